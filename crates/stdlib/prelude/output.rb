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

class IO
  class Sink < IO
    def initialize(fd)
      @fd = fd
    end
    def write(*items)
      items.inject(0) { |sum, item| sum + __write(@fd, item.to_s) }
    end
    def puts(*items)
      __write(@fd, __lines(*items))
      nil
    end
    def print(*items)
      write(*items)
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
  end
end
$stdout = STDOUT = IO::Sink.new(1)
$stderr = STDERR = IO::Sink.new(2)
