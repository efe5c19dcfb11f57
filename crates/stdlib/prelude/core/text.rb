# String, Symbol, MatchData, Encoding; what takes a Regexp is native.

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
