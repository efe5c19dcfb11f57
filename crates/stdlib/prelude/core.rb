class SystemCallError
  Errno = nil
  def self.new(*args)
    return super if self != SystemCallError
    message, number, location = args
    if message.is_a?(Integer) && number.nil?
      number = message
      message = nil
    end
    known = number && __class(number)
    return known.new(message, location) if known
    error = allocate
    error.__send__(:initialize, message, number)
    error
  end

  def self.===(other)
    return true if super
    other.is_a?(SystemCallError) && !self::Errno.nil? && self::Errno == other.errno
  end

  attr_reader :errno

  # The text is made when somebody reads it: most are raised to be answered, not to be read.
  def initialize(message = nil, number = nil)
    @detail = message
    @errno = self.class::Errno
    if @errno
      @location = number
    else
      @errno = number
    end
  end

  def to_s
    text = @errno ? SystemCallError.__message(@errno) : "unknown error"
    text += " @ #{@location}" if @location
    text += " - #{@detail}" unless @detail.nil?
    text
  end
  alias message to_s
end

class EncodingError < StandardError; end
class IOError < StandardError; end
class EOFError < IOError; end
class LoadError < ScriptError; end
class SecurityError < Exception; end
class ThreadError < StandardError; end
class NoMatchingPatternError < StandardError; end

class SystemExit < Exception
  attr_reader :status
  def initialize(status = 0, message = "exit")
    if status.is_a?(String)
      message = status
      status = 0
    end
    @status = status == true ? 0 : status == false ? 1 : status
    super(message)
  end
  def success?
    @status == 0
  end
end

class SignalException < Exception
  attr_reader :signo
  def initialize(signal = nil, name = nil)
    raise ArgumentError, "wrong number of arguments (given 0, expected 1+)" if signal.nil?
    if signal.is_a?(Integer)
      @signo = signal
      name ||= "SIG#{Signal.signame(signal)}"
    else
      name = signal.to_s
      name = name[3..-1] if name.start_with?("SIG")
      @signo = Signal.list[name]
      raise ArgumentError, "unsupported signal 'SIG#{name}'" unless @signo
      name = "SIG#{name}"
    end
    super(name)
  end
  def signm
    message
  end
end

class Interrupt < SignalException
  def initialize(message = "Interrupt")
    super(2, message)
  end
end

module Signal
  LIST = %w[EXIT HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD
            CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS]
  def self.list
    all = {}
    LIST.each_with_index { |name, number| all[name] = number }
    all["IOT"] = 6
    all["CLD"] = 17
    all["POLL"] = 29
    all
  end
  def self.signame(number)
    LIST[number]
  end
end

class Symbol
  def =~(pattern)
    to_s =~ pattern
  end
  def match(*args, &block)
    to_s.match(*args, &block)
  end
  def match?(*args)
    to_s.match?(*args)
  end
  def [](*args)
    to_s[*args]
  end
  def start_with?(*args)
    to_s.start_with?(*args)
  end
  def end_with?(*args)
    to_s.end_with?(*args)
  end
  def swapcase
    to_s.swapcase.to_sym
  end
  def succ
    to_s.succ.to_sym
  end
  alias next succ
  alias id2name to_s
  alias slice []
end

class MatchData
  include Enumerable
  def ==(other)
    other.is_a?(MatchData) && string == other.string && regexp == other.regexp &&
      offset(0) == other.offset(0)
  end
  def values_at(*which)
    which.map { |one| self[one] }
  end
  def each(&block)
    to_a.each(&block)
  end
  def inspect
    parts = [to_s.inspect]
    (1...size).each do |group|
      name = names.find { |n| regexp.named_captures[n].include?(group) }
      parts << "#{name || group}:#{self[group].inspect}"
    end
    "#<MatchData #{parts.join(" ")}>"
  end
  def deconstruct_keys(keys)
    named_captures(symbolize_names: true)
  end
  alias deconstruct captures
end

module Kernel
  def =~(other)
    nil
  end
  def !~(other)
    !(self =~ other)
  end
end

module Enumerable
  def grep_v(pattern)
    rest = reject { |item| pattern === item }
    block_given? ? rest.map { |item| yield item } : rest
  end

  def each_entry(*args)
    return to_enum(:each_entry, *args) unless block_given?
    each(*args) { |*item| yield(item.size > 1 ? item : item[0]) }
    self
  end

  def slice_when
    return to_enum(:slice_when) unless block_given?
    groups = []
    last = nil
    each do |item|
      if groups.empty? || yield(last, item)
        groups << [item]
      else
        groups[-1] << item
      end
      last = item
    end
    groups.each
  end

  def chunk_while
    slice_when { |before, after| !yield(before, after) }
  end

  def chunk
    return to_enum(:chunk) unless block_given?
    groups = []
    each do |item|
      key = yield item
      if key.nil? || key == :_separator
        groups << nil
      elsif key == :_alone
        groups << [key, [item]] << nil
      elsif groups[-1] && groups[-1][0] == key
        groups[-1][1] << item
      else
        groups << [key, [item]]
      end
    end
    groups.compact.each
  end

  def slice_before(pattern = nil)
    groups = []
    each do |item|
      starts = block_given? ? yield(item) : pattern === item
      starts || groups.empty? ? groups << [item] : groups[-1] << item
    end
    groups.each
  end

  def slice_after(pattern = nil)
    groups = []
    fresh = true
    each do |item|
      fresh ? groups << [item] : groups[-1] << item
      fresh = block_given? ? yield(item) : pattern === item
    end
    groups.each
  end

  def tally_by
    return to_enum(:tally_by) unless block_given?
    counts = Hash.new(0)
    each { |item| counts[yield(item)] += 1 }
    counts.default = nil
    counts
  end

  def to_set(*args, &block)
    Set.new(self, *args, &block)
  end

  def compact
    reject(&:nil?)
  end
end

class Rational
  def floor(digits = 0)
    return (self * 10**digits).floor.quo(10**digits) if digits > 0
    numerator.div(denominator)
  end

  def ceil(digits = 0)
    -((-self).floor(digits))
  end

  def truncate(digits = 0)
    self < 0 ? ceil(digits) : floor(digits)
  end

  def round(digits = 0, half: :up)
    return (self * 10**digits).round.quo(10**digits) if digits > 0
    self < 0 ? -(-self + Rational(1, 2)).floor : (self + Rational(1, 2)).floor
  end
end

class Integer
  def even? = self & 1 == 0
  def odd? = self & 1 == 1
  def integer? = true
  def ord = self
  def pred = self - 1
  def magnitude = abs
  def size = 8
  def fdiv(other) = to_f / other
  def numerator = self
  def denominator = 1

  def [](index, length = nil)
    if index.is_a?(Range)
      first = index.begin || 0
      last = index.end
      return self >> first unless last
      last -= 1 if index.exclude_end?
      return self >> first & ((1 << last - first + 1) - 1)
    end
    return self >> index & ((1 << length) - 1) if length
    self >> index & 1
  end

  def bit_length
    number = self < 0 ? ~self : self
    length = 0
    while number >= 0x10000
      number >>= 16
      length += 16
    end
    while number > 0
      number >>= 1
      length += 1
    end
    length
  end

  def gcd(other)
    one = abs
    other = other.abs
    one, other = other, one % other until other == 0
    one
  end

  def lcm(other)
    return 0 if self == 0 || other == 0
    (self / gcd(other) * other).abs
  end

  def gcdlcm(other) = [gcd(other), lcm(other)]

  def coerce(other)
    return [other, self] if other.is_a?(Integer)
    [Float(other), to_f]
  end

  def self.sqrt(number)
    raise Math::DomainError, "Numerical argument is out of domain - \"isqrt\"" if number < 0
    return number if number < 2
    guess = Math.sqrt(number).floor
    guess -= 1 while guess * guess > number
    guess += 1 while (guess + 1) * (guess + 1) <= number
    guess
  end
end

class Float
  def integer? = false
  def fdiv(other) = self / other
  alias quo fdiv
  alias magnitude abs
  def coerce(other) = [Float(other), self]
end

module Kernel
  def public_send(name, *args, **options, &block)
    __send__(name, *args, **options, &block)
  end

  def respond_to_missing?(name, all = false)
    false
  end
end

class Exception
  attr_accessor :cause

  def detailed_message(**options)
    "#{message} (#{self.class})"
  end

  def full_message(**options)
    lines = backtrace || []
    text = "#{lines[0] || $0}: #{detailed_message}"
    lines.drop(1).each { |line| text << "\n\tfrom #{line}" }
    text
  end
end

class Module
  def private_class_method(*names) = nil
  def public_class_method(*names) = nil
  def private_constant(*names) = nil
  def deprecate_constant(*names) = self
  def public_instance_method(name) = instance_method(name)
  def public_method_defined?(name) = method_defined?(name)
  def private_method_defined?(name) = false
end

class Method
  def curry(*args) = to_proc.curry(*args)
end

class Struct
  def deconstruct = to_a
  def deconstruct_keys(keys) = to_h
end

class Hash
  def assoc(key)
    key?(key) ? [keys.find { |k| k == key }, self[key]] : nil
  end

  def rassoc(value)
    each { |pair| return pair if pair[1] == value }
    nil
  end

  def deconstruct_keys(keys) = self
end

class Array
  def deconstruct = self

  def sort_by!(&block)
    return to_enum(:sort_by!) unless block
    replace(sort_by(&block))
  end
end

class Range
  def step(by = 1)
    return to_enum(:step, by) unless block_given?
    raise ArgumentError, "step can't be 0" if by == 0
    raise ArgumentError, "step can't be negative" if by < 0
    first = self.begin
    last = self.end
    if first.is_a?(Float) || last.is_a?(Float) || by.is_a?(Float)
      count = ((last - first) / by.to_f + 1e-9).floor
      count -= 1 if exclude_end? && first + count * by >= last
      (0..count).each { |n| yield first.to_f + n * by }
    elsif first.is_a?(Integer)
      at = first
      until last && (exclude_end? ? at >= last : at > last)
        yield at
        at += by
      end
    else
      each_with_index { |item, index| yield item if index % by == 0 }
    end
    self
  end
  alias % step

  def overlap?(other)
    return false if (self.begin && self.end && self.begin > self.end)
    (self.end.nil? || other.begin.nil? || (exclude_end? ? other.begin < self.end : other.begin <= self.end)) &&
      (other.end.nil? || self.begin.nil? || (other.exclude_end? ? self.begin < other.end : self.begin <= other.end))
  end
end

class Encoding
  attr_reader :name

  def initialize(name)
    @name = name
  end
  alias to_s name

  def inspect = "#<Encoding:#{@name}>"
  def ascii_compatible? = true

  UTF_8 = new("UTF-8")
  ASCII_8BIT = new("ASCII-8BIT")
  BINARY = ASCII_8BIT
  US_ASCII = new("US-ASCII")
  ASCII = US_ASCII
  ISO_8859_1 = new("ISO-8859-1")

  class CompatibilityError < EncodingError; end
  class UndefinedConversionError < EncodingError; end
  class InvalidByteSequenceError < EncodingError; end
  class ConverterNotFoundError < EncodingError; end

  def self.default_external = UTF_8
  def self.default_internal = nil
  def self.default_external=(encoding)
    encoding
  end
  def self.default_internal=(encoding)
    encoding
  end
  def self.find(name) = UTF_8
end

# Strings here are bytes that are read as UTF-8 wherever they are UTF-8; they carry no encoding.
class String
  def encoding = Encoding::UTF_8
  def force_encoding(encoding) = self
  def b = dup
  def unicode_normalize(form = :nfc) = dup
  def encode(*encodings, invalid: nil, undef: nil, replace: "\u{fffd}", **options)
    invalid == :replace || encodings == [] ? scrub(replace) : dup
  end
  alias encode! force_encoding
  def each_grapheme_cluster(&block) = grapheme_clusters.each(&block)
  def grapheme_clusters = scan(/\X/)

  def to_r
    text = self[/\A\s*[+-]?\d[\d_]*(\.\d+)?(\/\d+)?/]
    return Rational(0) unless text
    above, below = text.split("/")
    whole, fraction = above.split(".")
    digits = fraction ? fraction.size : 0
    Rational("#{whole}#{fraction}".to_i, 10**digits * (below || 1).to_i)
  end

  def sum(bits = 16)
    bytes.sum & ((1 << bits) - 1)
  end
end

class Mutex
  def lock
    raise ThreadError, "deadlock; recursive locking" if @locked
    @locked = true
    self
  end

  def unlock
    @locked = false
    self
  end

  def try_lock = @locked ? false : (@locked = true)
  def locked? = @locked ? true : false
  def owned? = locked?

  def synchronize
    lock
    begin
      yield
    ensure
      unlock
    end
  end
end

class Monitor
  def synchronize = yield
  alias mon_synchronize synchronize
  def enter = nil
  def exit = nil
end

class Float
  # `round(digits, half: :even)`
  def __round_half(digits, how)
    return __round(digits) if how[:half].nil? || how[:half] == :up
    scaled = self * 10**digits
    near = scaled.floor
    rest = scaled - near
    if rest == 0.5
      even = near.even? ? near : near + 1
      near = how[:half] == :even ? even : self < 0 ? near + 1 : near
    else
      near += 1 if rest > 0.5
    end
    digits > 0 ? near.to_f / 10**digits : near.div(1) * 10**-digits
  end

  def rationalize(within = nil)
    return to_r unless within
    low = to_r - within.abs
    high = to_r + within.abs
    below = 1
    below += 1 until (low * below).ceil <= (high * below).floor
    Rational((low * below).ceil, below)
  end
end

class String
  def unpack1(format, offset: 0)
    (offset > 0 ? byteslice(offset, bytesize) : self).unpack(format)[0]
  end

  alias __each_line each_line
  def each_line(separator = "\n", chomp: false)
    return __lines_of(separator, chomp).each unless block_given?
    __lines_of(separator, chomp).each { |line| yield line }
    self
  end

  def __lines_of(separator, chomp)
    return [self] if separator.nil?
    lines = []
    at = 0
    while at < bytesize
      found = byteindex(separator, at)
      stop = found ? found + separator.bytesize : bytesize
      line = byteslice(at, stop - at)
      lines << (chomp ? line.chomp(separator) : line)
      at = stop
    end
    lines
  end

  def lines(separator = "\n", chomp: false, &block)
    lines = __lines_of(separator, chomp)
    block ? lines.each(&block) : lines
  end
end

module Comparable
  alias __clamp clamp
  def clamp(low, high = nil)
    if low.is_a?(Range)
      raise ArgumentError, "cannot clamp with an exclusive range" if low.exclude_end? && low.end
      low, high = low.begin, low.end
    end
    raise ArgumentError, "min argument must be smaller than max argument" if low && high && low > high
    return low if low && self < low
    return high if high && self > high
    self
  end
end

module Enumerable
  alias __max max
  alias __min min
  alias __max_by max_by
  alias __min_by min_by

  def max(count = nil, &block)
    return __max(&block) unless count
    (block ? sort(&block) : sort).reverse.first(count)
  end

  def min(count = nil, &block)
    return __min(&block) unless count
    (block ? sort(&block) : sort).first(count)
  end

  def max_by(count = nil, &block)
    return __max_by(&block) unless count && block
    sort_by(&block).reverse.first(count)
  end

  def min_by(count = nil, &block)
    return __min_by(&block) unless count && block
    sort_by(&block).first(count)
  end

  # Floats are added as Kahan and Babuška do, so that 0.1 + 0.2 + 0.3 is 0.6.
  def sum(start = 0)
    sum = start
    rest = 0.0
    exact = !sum.is_a?(Float)
    each do |*item|
      item = item.size > 1 ? item : item[0]
      item = yield(item) if block_given?
      if exact && !(item.is_a?(Float) && sum.is_a?(Numeric))
        sum += item
        next
      end
      exact = false
      sum = sum.to_f
      unless item.is_a?(Float) || item.is_a?(Integer) || item.is_a?(Rational)
        sum = sum + rest + item
        rest = 0.0
        exact = true
        next
      end
      item = item.to_f
      total = sum + item
      if total.finite?
        rest += sum.abs >= item.abs ? (sum - total) + item : (item - total) + sum
      end
      sum = total
    end
    exact ? sum : sum + rest
  end

  alias __sum sum

  def to_h(&block)
    hash = {}
    each do |*item|
      item = item.size > 1 ? item : item[0]
      item = yield(item) if block
      pair = item.to_ary if item.respond_to?(:to_ary)
      pair = item if item.is_a?(Array)
      raise TypeError, "wrong element type #{item.class} (expected array)" unless pair
      raise ArgumentError, "element has wrong array length (expected 2, was #{pair.size})" if pair.size != 2
      hash[pair[0]] = pair[1]
    end
    hash
  end
end

class Array
  def sum(start = 0, &block)
    __sum(start, &block)
  end

  alias __pop pop
  def pop(count = nil)
    return __pop unless count
    taken = last(count)
    taken.size.times { __pop }
    taken
  end
end

class Enumerator
  def size = nil
end

class Exception
  def inspect
    text = message
    text.empty? ? self.class.to_s : "#<#{self.class}: #{text}>"
  end
end

class Hash
  def fetch(key, *default)
    return self[key] if key?(key)
    return yield(key) if block_given?
    return default[0] unless default.empty?
    raise KeyError.new("key not found: #{key.inspect}", receiver: self, key: key)
  end

end

class KeyError
  attr_reader :receiver, :key
  def initialize(message = "key not found", receiver: nil, key: nil)
    super(message)
    @receiver = receiver
    @key = key
  end
end

module Kernel
  alias __Integer Integer
  def Integer(value, base = nil, exception: true)
    case value
    when String
      text = value.strip.downcase
      radix = base
      if radix.nil? && text =~ /\A[+-]?0([xbod])?/
        radix = { "x" => 16, "b" => 2, "o" => 8, "d" => 10 }[$1] || (text =~ /\A[+-]?0[0-9_]/ ? 8 : 10)
      end
      radix ||= 10
      body = text.sub(/\A([+-]?)0[xbod]/, '\1')
      last = radix > 10 ? "0-9a-#{(86 + radix).chr}" : "0-#{radix - 1}"
      if body =~ /\A[+-]?[#{last}]+(_[#{last}]+)*\z/
        body.delete("_").to_i(radix)
      elsif exception
        raise ArgumentError, "invalid value for Integer(): #{value.inspect}"
      end
    when nil
      raise TypeError, "can't convert nil into Integer" if exception
    else
      begin
        base ? __Integer(value, base) : __Integer(value)
      rescue FloatDomainError
        raise if exception
      rescue TypeError, RuntimeError
        raise TypeError, "can't convert #{value.class} into Integer" if exception
      end
    end
  end

  alias __Float Float
  def Float(value, exception: true)
    if value.is_a?(String)
      if value =~ /\A\s*[+-]?(\d+(_\d+)*)(\.\d+(_\d+)*)?([eE][+-]?\d+)?\s*\z/
        return value.delete("_").to_f
      elsif value =~ /\A\s*[+-]?0x\h+\s*\z/i
        return value.to_i(16).to_f
      end
      raise ArgumentError, "invalid value for Float(): #{value.inspect}" if exception
    elsif value.nil?
      raise TypeError, "can't convert nil into Float" if exception
    else
      begin
        __Float(value)
      rescue TypeError
        raise if exception
      end
    end
  end

  def Hash(value)
    return {} if value.nil? || value == []
    value.to_h
  end
end

class Struct
  class << self
    alias __new new
    def new(*names, **options, &block)
      if self != Struct
        return options.empty? ? __new(*names, &block) : __new(*names, **options, &block)
      end
      type = __new(*names, &block)
      type.__keywords if options[:keyword_init]
      type
    end

    def __keywords
      def self.keyword_init? = true
      # Native code passes keywords on as a Hash.
      define_method(:initialize) do |fields = {}|
        unknown = fields.keys - members
        raise ArgumentError, "unknown keywords: #{unknown.join(", ")}" unless unknown.empty?
        fields.each { |name, value| self[name] = value }
      end
      define_method(:inspect) do
        name = self.class.to_s
        name = name.start_with?("#") ? "" : " #{name}"
        "#<struct#{name} #{members.map { |m| "#{m}=#{self[m].inspect}" }.join(", ")}>"
      end
      alias_method :to_s, :inspect
    end
  end

  alias __each each
  def each(&block)
    return to_enum(:each) unless block
    __each(&block)
  end
end

class Random
  alias __rand rand
  def rand(limit = nil)
    case limit
    when nil then __rand
    when Float
      raise ArgumentError, "invalid argument - #{limit}" if limit <= 0
      __rand * limit
    when Range
      first = limit.begin
      last = limit.end
      raise Errno::EDOM if first.nil? || last.nil?
      if first.is_a?(Float) || last.is_a?(Float)
        first + __rand * (last - first)
      else
        count = last - first + (limit.exclude_end? ? 0 : 1)
        raise ArgumentError, "invalid argument - #{limit}" if count <= 0
        first + __rand(count)
      end
    else
      raise ArgumentError, "invalid argument - #{limit}" if limit <= 0
      __rand(limit)
    end
  end

  def self.rand(limit = nil) = ($__random ||= Random.new($__seed = new_seed)).rand(limit)
  def self.new_seed = object_id * 2654435761 % 4611686018427387903
  def self.srand(seed = nil) = Kernel.srand(seed)
  def self.bytes(count) = Array.new(count) { rand(256) }.pack("C*")
end

module Kernel
  def rand(limit = nil)
    $__random ||= Random.new($__seed = Random.new_seed)
    case limit
    when nil, 0 then $__random.rand
    when Range then $__random.rand(limit)
    else
      limit = limit.to_i.abs
      limit == 0 ? $__random.rand : $__random.rand(limit)
    end
  end

  def srand(seed = nil)
    before = $__seed || 0
    $__seed = seed || Random.new_seed
    $__random = Random.new($__seed)
    before
  end
end

module Kernel
  # mruby names the method only; what it was asked of is what one wants to know.
  def method_missing(name, *args)
    whom = case self
           when nil then "nil"
           when true then "true"
           when false then "false"
           when Class then "class #{self}"
           when Module then "module #{self}"
           else
             text = self.class.to_s
             equal?(TOPLEVEL) ? "main:Object" : "an instance of #{text}"
           end
    if args.empty? && equal?(TOPLEVEL)
      raise NameError.new("undefined local variable or method '#{name}' for #{whom}", name)
    end
    raise NoMethodError.new("undefined method '#{name}' for #{whom}", name, args)
  end
end
Kernel::TOPLEVEL = self

module Kernel
  alias __Rational Rational
  def Rational(above, below = nil)
    above = above.to_r if above.is_a?(String)
    below = below.to_r if below.is_a?(String)
    return above if below.nil? && above.is_a?(Rational)
    below.nil? ? __Rational(above) : __Rational(above, below)
  end
end

class Set
  def hash = to_a.map(&:hash).sum
  alias __disjoint disjoint?
  def disjoint?(other) = none? { |item| other.include?(item) }
  def intersect?(other) = !disjoint?(other)
end
