class Time
  include Comparable

  MONTHS = %w[jan feb mar apr may jun jul aug sep oct nov dec]


  def self.now(options = nil)
    second, nanosecond = __now
    made(second, nanosecond, options && __zone(options[:in]))
  end

  def self.made(second, nanosecond, zone)
    time = allocate
    time.__set(second, nanosecond, zone)
    time
  end

  # Seconds and nanoseconds of any number, exactly where the number is exact.
  def self.__split(number)
    case number
    when Integer
      [number, 0]
    when Float
      raise FloatDomainError, number.to_s unless number.finite?
      second = number.floor
      [second, ((number - second) * 1_000_000_000).floor]
    when Time
      [number.to_i, number.nsec]
    when nil, String
      raise TypeError, "can't convert #{number.nil? ? "nil" : number.class} into an exact number"
    else
      second = number.floor
      [second, ((number - second) * 1_000_000_000).floor]
    end
  end

  # nil: local; :utc; or seconds east of Greenwich.
  def self.__zone(zone)
    case zone
    when nil, :utc then zone
    when Integer then zone
    when "UTC", "Z", "-00:00" then :utc
    when /\A([+-])(\d\d):?(\d\d)(?::?(\d\d))?\z/
      sign = $1 == "-" ? -1 : 1
      raise ArgumentError, "utc_offset out of range" if $2.to_i > 23 || $3.to_i > 59
      sign * ($2.to_i * 3600 + $3.to_i * 60 + $4.to_i)
    when /\A[A-IK-Z]\z/
      letters = { "A".."I" => 0x40, "K".."M" => 0x41 }
      base = letters.find { |range, _| range.include?(zone) }
      base ? (zone.ord - base[1]) * 3600 : (0x4d - zone.ord) * 3600
    else
      raise ArgumentError, "\"+HH:MM\", \"-HH:MM\", \"UTC\" or \"A\"..\"I\",\"K\"..\"Z\" expected for utc_offset: #{zone}"
    end
  end

  def self.at(time, sub = 0, unit = :microsecond, **options)
    second, nanosecond = __split(time)
    if sub != 0
      scale = { millisecond: 1_000_000, usec: 1000, microsecond: 1000, nsec: 1, nanosecond: 1 }[unit]
      raise ArgumentError, "unexpected unit: #{unit}" unless scale
      nanosecond += (sub * scale).floor
    end
    zone = options[:in] ? __zone(options[:in]) : time.is_a?(Time) ? time.__zone : nil
    made(second, nanosecond, zone)
  end

  def self.__fields(year, month, day, hour, minute, second)
    if month.is_a?(String)
      month = MONTHS.index(month.downcase)&.succ || Integer(month, 10)
    end
    year, month, day, hour, minute = [year, month || 1, day || 1, hour || 0, minute || 0].map { |n| n.is_a?(String) ? n.to_i : n.to_int }
    second = second.nil? ? 0 : second.is_a?(String) ? (second.include?(".") ? second.to_r : second.to_i) : second
    whole, nanosecond = __split(second)
    [__seconds(year, month, day, hour, minute, whole), nanosecond]
  end

  def self.utc(year, month = nil, day = nil, hour = nil, minute = nil, second = nil, microsecond = 0)
    local, nanosecond = __fields(year, month, day, hour, minute, second)
    made(local, nanosecond + (microsecond * 1000).floor, :utc)
  end

  def self.local(year, month = nil, day = nil, hour = nil, minute = nil, second = nil, microsecond = 0)
    local, nanosecond = __fields(year, month, day, hour, minute, second)
    made(__utc_of(local), nanosecond + (microsecond * 1000).floor, nil)
  end

  def self.new(year = nil, month = nil, day = nil, hour = nil, minute = nil, second = nil, zone = nil, **options)
    zone = __zone(zone || options[:in])
    if year.nil?
      time = now
      return zone ? made(time.to_i, time.nsec, zone) : time
    end
    if year.is_a?(String) && month.nil?
      time = parse(year)
      return zone ? made(time.to_i, time.nsec, zone) : time
    end
    local, nanosecond = __fields(year, month, day, hour, minute, second)
    case zone
    when nil then made(__utc_of(local), nanosecond, nil)
    when :utc then made(local, nanosecond, :utc)
    else made(local - zone, nanosecond, zone)
    end
  end

  class << self
    alias gm utc
    alias mktime local
  end

  # A date as people write it; what is missing is today's, or zero.
  def self.parse(text, now = nil)
    fields = __read(text)
    raise ArgumentError, "no time information in #{text.inspect}" unless fields
    year, month, day, hour, minute, second, nanosecond, offset, utc = fields
    unless year && month && day
      base = now || self.now
      day ||= month ? 1 : base.day
      month ||= year ? 1 : base.month
      year ||= base.year
    end
    local = __seconds(year, month, day, hour || 0, minute || 0, second || 0)
    nanosecond ||= 0
    return made(local, nanosecond, :utc) if utc
    return made(local - offset, nanosecond, offset) if offset
    made(__utc_of(local), nanosecond, nil)
  end

  def self.iso8601(text)
    unless text =~ /\A\s*-?\d{4,}-?\d\d-?\d\dT\d\d:?\d\d:?\d\d([.,]\d+)?(Z|[+-]\d\d(:?\d\d)?)?\s*\z/i
      raise ArgumentError, "invalid xmlschema date: #{text.inspect}"
    end
    parse(text)
  end

  class << self
    alias xmlschema iso8601
  end

  def __set(second, nanosecond, zone)
    if nanosecond < 0 || nanosecond >= 1_000_000_000
      second += nanosecond.div(1_000_000_000)
      nanosecond %= 1_000_000_000
    end
    @second = second
    @nanosecond = nanosecond
    @zone = zone
    @offset = @fields = nil
    self
  end

  def utc_offset
    @offset ||= @zone.nil? ? Time.__local(@second)[0] : @zone == :utc ? 0 : @zone
  end
  alias gmt_offset utc_offset
  alias gmtoff utc_offset

  def __zone
    @zone
  end

  def __field(index)
    (@fields ||= Time.__civil(@second + utc_offset))[index]
  end

  def year = __field(0)
  def month = __field(1)
  def day = __field(2)
  def hour = __field(3)
  def min = __field(4)
  def sec = __field(5)
  def wday = __field(6)
  def yday = __field(7)
  alias mon month
  alias mday day

  def sunday? = wday == 0
  def monday? = wday == 1
  def tuesday? = wday == 2
  def wednesday? = wday == 3
  def thursday? = wday == 4
  def friday? = wday == 5
  def saturday? = wday == 6

  def to_i = @second
  def nsec = @nanosecond
  def usec = @nanosecond / 1000
  alias tv_sec to_i
  alias tv_nsec nsec
  alias tv_usec usec
  def to_f = @second + @nanosecond / 1_000_000_000.0
  def to_r = Rational(@second * 1_000_000_000 + @nanosecond, 1_000_000_000)
  def subsec = @nanosecond == 0 ? 0 : Rational(@nanosecond, 1_000_000_000)
  def to_a = [sec, min, hour, day, month, year, wday, yday, isdst, zone]

  def utc? = @zone == :utc
  alias gmt? utc?

  def zone
    @zone.nil? ? Time.__local(@second)[1] : @zone == :utc ? "UTC" : nil
  end

  def isdst
    @zone.nil? && Time.__local(@second)[2]
  end
  alias dst? isdst

  def utc = __set(@second, @nanosecond, :utc)
  alias gmtime utc
  def getutc = Time.made(@second, @nanosecond, :utc)
  alias getgm getutc
  def localtime(zone = nil) = __set(@second, @nanosecond, Time.__zone(zone))
  def getlocal(zone = nil) = Time.made(@second, @nanosecond, Time.__zone(zone))

  def +(other)
    raise TypeError, "time + time?" if other.is_a?(Time)
    second, nanosecond = Time.__split(other)
    Time.made(@second + second, @nanosecond + nanosecond, @zone)
  end

  def -(other)
    if other.is_a?(Time)
      return (@second - other.to_i) + (@nanosecond - other.nsec) / 1_000_000_000.0
    end
    second, nanosecond = Time.__split(other)
    Time.made(@second - second, @nanosecond - nanosecond, @zone)
  end

  def <=>(other)
    return nil unless other.is_a?(Time)
    order = @second <=> other.to_i
    order == 0 ? @nanosecond <=> other.nsec : order
  end

  def ==(other)
    other.is_a?(Time) && @second == other.to_i && @nanosecond == other.nsec
  end
  alias eql? ==

  def hash
    [@second, @nanosecond].hash
  end

  def round(digits = 0)
    step = 10**(9 - digits)
    Time.made(@second, (@nanosecond + step / 2).div(step) * step, @zone)
  end

  def floor(digits = 0)
    step = 10**(9 - digits)
    Time.made(@second, @nanosecond.div(step) * step, @zone)
  end

  def ceil(digits = 0)
    step = 10**(9 - digits)
    Time.made(@second, -(-@nanosecond).div(step) * step, @zone)
  end

  def strftime(format)
    Time.__strftime(format, @second, @nanosecond, utc_offset, utc?, zone)
  end

  def to_s
    strftime(utc? ? "%Y-%m-%d %H:%M:%S UTC" : "%Y-%m-%d %H:%M:%S %z")
  end

  def inspect
    fraction = @nanosecond == 0 ? "" : strftime(".%N").sub(/0+\z/, "")
    strftime("%Y-%m-%d %H:%M:%S#{fraction}#{utc? ? " UTC" : " %z"}")
  end

  def ctime
    strftime("%a %b %e %H:%M:%S %Y")
  end
  alias asctime ctime

  def iso8601(digits = 0)
    fraction = digits > 0 ? ".%#{digits}N" : ""
    strftime("%Y-%m-%dT%H:%M:%S#{fraction}#{utc? ? "Z" : "%:z"}")
  end
  alias xmlschema iso8601

  def httpdate
    getutc.strftime("%a, %d %b %Y %H:%M:%S GMT")
  end

  def rfc2822
    strftime("%a, %d %b %Y %H:%M:%S #{utc? ? "-0000" : "%z"}")
  end
  alias rfc822 rfc2822

  def to_time
    self
  end

  def deconstruct_keys(keys)
    { year: year, month: month, day: day, yday: yday, wday: wday, hour: hour, min: min, sec: sec,
      subsec: subsec, dst: isdst, zone: zone }
  end
end
