class OpenStruct
  def initialize(fields = nil, **named)
    @table = {}
    (fields || {}).each { |name, value| @table[name.to_sym] = value }
    named.each { |name, value| @table[name] = value }
  end

  def [](name) = @table[name.to_sym]

  def []=(name, value)
    @table[name.to_sym] = value
  end

  def to_h(&block) = block ? @table.to_h(&block) : @table.dup
  def each_pair(&block) = @table.each_pair(&block)
  def dig(name, *rest) = @table.dig(name.to_sym, *rest)
  def delete_field(name) = @table.delete(name.to_sym)
  def respond_to_missing?(name, all = false) = @table.key?(name.to_s.chomp("=").to_sym)
  def ==(other) = other.is_a?(OpenStruct) && to_h == other.to_h
  def hash = @table.hash

  def method_missing(name, *args)
    text = name.to_s
    return @table[text.chomp("=").to_sym] = args[0] if text.end_with?("=")
    return super unless args.empty?
    @table[name]
  end

  def inspect
    "#<OpenStruct#{@table.map { |name, value| " #{name}=#{value.inspect}" }.join(",")}>"
  end
  alias to_s inspect
end

# Text that is read and written as a file is.
class StringIO
  include Enumerable
  attr_accessor :string, :pos, :lineno
  alias tell pos

  def self.open(*args)
    io = new(*args)
    block_given? ? yield(io) : io
  end

  def initialize(string = "", mode = nil)
    @string = string.frozen? ? string.dup : string
    @string.replace("") if mode == "w"
    @pos = mode.to_s.start_with?("a") ? @string.bytesize : 0
    @lineno = 0
    @closed = false
  end

  def write(*items)
    items.inject(0) do |sum, item|
      text = item.to_s
      size = @string.bytesize
      @string << "\0" * (@pos - size) if @pos > size
      if @pos >= @string.bytesize
        @string << text
      else
        rest = @string.byteslice(@pos + text.bytesize, @string.bytesize) || ""
        @string.replace(@string.byteslice(0, @pos) + text + rest)
      end
      @pos += text.bytesize
      sum + text.bytesize
    end
  end

  def <<(item)
    write(item)
    self
  end

  def print(*items)
    write(*items)
    nil
  end

  def puts(*items)
    return (write("\n") && nil) if items.empty?
    items.flatten.each do |item|
      text = item.to_s
      write(text.end_with?("\n") ? text : text + "\n")
    end
    nil
  end

  def printf(format, *items)
    write(sprintf(format, *items))
    nil
  end

  def read(length = nil)
    left = @string.bytesize - @pos
    if length.nil?
      text = left > 0 ? @string.byteslice(@pos, left) : ""
    else
      return nil if left <= 0 && length > 0
      text = @string.byteslice(@pos, length) || ""
    end
    @pos += text.bytesize
    text
  end

  def gets(separator = "\n", chomp: false)
    return nil if @pos >= @string.bytesize
    return read if separator.nil?
    found = @string.byteindex(separator, @pos)
    stop = found ? found + separator.bytesize : @string.bytesize
    line = @string.byteslice(@pos, stop - @pos)
    @pos = stop
    @lineno += 1
    chomp ? line.chomp(separator) : line
  end

  def readline(*args, **options) = gets(*args, **options) || raise(EOFError, "end of file reached")

  def each_line(*args, **options)
    return to_enum(:each_line, *args) unless block_given?
    while (line = gets(*args, **options))
      yield line
    end
    self
  end
  alias each each_line

  def readlines(*args, **options)
    lines = []
    each_line(*args, **options) { |line| lines << line }
    lines
  end

  def getc
    return nil if eof?
    char = @string.byteslice(@pos, 4)[0]
    @pos += char.bytesize
    char
  end

  def getbyte
    byte = @string.getbyte(@pos)
    @pos += 1 if byte
    byte
  end

  def seek(offset, whence = 0)
    @pos = whence == 0 ? offset : whence == 1 ? @pos + offset : @string.bytesize + offset
    0
  end

  def rewind
    @lineno = 0
    @pos = 0
  end

  def truncate(size)
    @string.replace(@string.byteslice(0, size))
    size
  end

  def eof? = @pos >= @string.bytesize
  alias eof eof?
  def size = @string.bytesize
  alias length size
  def close = (@closed = true) && nil
  def closed? = @closed
  def tty? = false
  def sync = true
  def flush = self
end

# Walks through a text with patterns.
class StringScanner
  attr_reader :string, :pos
  alias pointer pos

  def initialize(string)
    @string = string
    @pos = 0
  end

  def string=(string)
    @string = string
    reset
  end

  def pos=(at)
    @pos = at
  end
  alias pointer= pos=

  def rest = @string.byteslice(@pos, @string.bytesize) || ""
  def rest? = !eos?
  def eos? = @pos >= @string.bytesize
  def rest_size = @string.bytesize - @pos
  def reset = (@pos = 0) && self
  def terminate = (@pos = @string.bytesize) && self
  def bol? = @pos == 0 || @string.getbyte(@pos - 1) == 10
  alias beginning_of_line? bol?

  def __match(pattern, move, text, anywhere)
    pattern = Regexp.new(Regexp.escape(pattern)) if pattern.is_a?(String)
    left = rest
    @match = anywhere ? pattern.match(left) : left.start_with?(pattern) ? $~ : nil
    return nil unless @match
    length = @match.byteoffset(0)[1]
    @before = @pos
    @pos += length if move
    text ? left.byteslice(0, length) : length
  end

  def scan(pattern) = __match(pattern, true, true, false)
  def match?(pattern) = __match(pattern, false, false, false)
  def skip(pattern) = __match(pattern, true, false, false)
  def check(pattern) = __match(pattern, false, true, false)
  def scan_until(pattern) = __match(pattern, true, true, true)
  def skip_until(pattern) = __match(pattern, true, false, true)
  def check_until(pattern) = __match(pattern, false, true, true)
  def exist?(pattern) = __match(pattern, false, false, true)

  def getch = scan(/./m)

  def peek(length) = @string.byteslice(@pos, length) || ""
  def unscan = (@pos = @before) && self
  def matched = @match && @match[0]
  def matched? = !@match.nil?
  def matched_size = @match && @match[0].bytesize
  def [](group) = @match && @match[group]
  def captures = @match && @match.captures
  def pre_match = @match && @string.byteslice(0, @before + @match.byteoffset(0)[0])
  def post_match = @match && @match.post_match
end

module Singleton
  def self.included(type)
    def type.instance = @instance ||= new
  end
end

module Forwardable
  def def_delegator(target, name, own = name)
    target = target.to_s
    define_method(own) do |*args, **options, &block|
      object = target.start_with?("@") ? instance_variable_get(target) : __send__(target)
      object.__send__(name, *args, **options, &block)
    end
  end
  alias def_instance_delegator def_delegator

  def def_delegators(target, *names)
    names.each { |name| def_delegator(target, name) }
  end
  alias def_instance_delegators def_delegators

  def delegate(pairs)
    pairs.each { |names, target| [names].flatten.each { |name| def_delegator(target, name) } }
  end
  alias instance_delegate delegate
end

class SimpleDelegator
  def initialize(object)
    @object = object
  end
  def __getobj__ = @object
  def __setobj__(object)
    @object = object
  end
  def method_missing(name, *args, **options, &block)
    @object.respond_to?(name) ? @object.__send__(name, *args, **options, &block) : super
  end
  def respond_to_missing?(name, all = false) = @object.respond_to?(name)
  def ==(other) = @object == other
  def to_s = @object.to_s
  def inspect = @object.inspect
end

module Benchmark
  def self.realtime
    start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    yield
    Process.clock_gettime(Process::CLOCK_MONOTONIC) - start
  end
end
