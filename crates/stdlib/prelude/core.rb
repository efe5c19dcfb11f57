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

  def initialize(message = nil, number = nil)
    @errno = self.class::Errno
    if @errno
      location = number
    else
      @errno = number
    end
    text = @errno ? SystemCallError.__message(@errno) : "unknown error"
    text += " @ #{location}" if location
    text += " - #{message}" unless message.nil?
    super(text)
  end
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
