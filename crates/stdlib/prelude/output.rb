module Kernel
  def puts(*items)
    $stdout.puts(*items)
  end

  def print(*items)
    $stdout.print(*items)
  end

  def p(*items, **named)
    items << named unless named.empty?
    items.each { |item| $stdout.write(item.inspect + "\n") }
    items.size > 1 ? items : items[0]
  end

  def warn(*items, uplevel: nil, category: nil)
    $stderr.puts(*items) unless items.empty?
    nil
  end
end

# What `$stdout` and `$stderr` are: the embedder's streams, not the watched program's.
class Kernel::Stream
  attr_reader :fileno
  alias to_i fileno

  def initialize(fd, name)
    @fileno = fd
    @name = name
  end

  def write(*items)
    items.inject(0) { |sum, item| sum + __write(@fileno, item.to_s) }
  end

  def puts(*items)
    __write(@fileno, __lines(*items))
    nil
  end

  def print(*items)
    write(*items)
    nil
  end

  def p(*items)
    items.each { |item| write(item.inspect + "\n") }
    nil
  end

  def <<(item)
    write(item)
    self
  end

  def printf(format, *items)
    write(sprintf(format, *items))
    nil
  end

  def putc(item)
    write(item.is_a?(Integer) ? (item & 255).chr : item[0])
    item
  end

  def sync = true
  def sync=(flag)
    flag
  end
  def flush = self
  def fsync = 0
  def tty? = false
  alias isatty tty?
  def closed? = false
  def close = nil
  def external_encoding = nil
  def set_encoding(*) = self
  alias binmode flush
  def inspect = "#<IO:#{@name}>"
end

module Kernel
  def pp(*items, **named)
    items << named unless named.empty?
    items.each { |item| $stdout.write(__pretty(item, 0) + "\n") }
    items.size > 1 ? items : items[0]
  end

  # `inspect`, broken over lines where it is longer than a terminal.
  def __pretty(item, depth)
    line = item.inspect
    return line if line.size + depth <= 79
    inside = depth + 1
    case item
    when Array
      "[" + item.map { |one| __pretty(one, inside) }.join(",\n" + " " * inside) + "]"
    when Hash
      pairs = item.map do |key, value|
        name = key.inspect + "=>"
        text = __pretty(value, inside + name.size)
        text = "\n" + " " * (inside + 1) + __pretty(value, inside + 1) if text.include?("\n") && name.size > 10
        name + text
      end
      "{" + pairs.join(",\n" + " " * inside) + "}"
    else
      line
    end
  end

  def printf(format, *items)
    $stdout.printf(format, *items)
  end

  def putc(item)
    $stdout.putc(item)
  end

  def display(out = $stdout)
    out.write(to_s)
    nil
  end
end

$stdout = STDOUT = Kernel::Stream.new(1, "<STDOUT>")
$stderr = STDERR = Kernel::Stream.new(2, "<STDERR>")
