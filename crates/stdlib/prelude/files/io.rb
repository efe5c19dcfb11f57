# IO: buffers in front of the descriptors that the native half reads and writes.

class IO
  include Enumerable
  SEEK_SET = 0
  SEEK_CUR = 1
  SEEK_END = 2
  CHUNK = 65536

  attr_reader :path, :lineno
  attr_accessor :sync
  alias to_path path

  def self.sysopen(path, mode = "r", perm = 0666)
    __open(path, File.__flags(mode), perm)
  end

  def self.for_fd(fd, mode = "r", **options)
    io = allocate
    io.__start(fd, nil, File.__flags(mode))
    io
  end

  def self.new(fd, mode = "r", **options)
    for_fd(fd, mode)
  end

  def self.open(*args, **options)
    io = new(*args, **options)
    return io unless block_given?
    begin
      yield io
    ensure
      io.close unless io.closed?
    end
  end

  def __start(fd, path, flags)
    @fd = fd
    @path = path
    @readable = flags & 3 != 1
    @writable = flags & 3 != 0
    @buffer = ""
    @at = 0
    @lineno = 0
    @sync = true
    self
  end

  def fileno
    __check
    @fd
  end
  alias to_i fileno

  def to_io = self
  def closed? = @fd.nil?
  def binmode = self
  def set_encoding(*) = self
  def external_encoding = nil
  def flush = self
  def pid = nil

  def fsync
    IO.__sync(fileno)
  end
  alias fdatasync fsync

  def tty?
    IO.__terminal?(fileno)
  end
  alias isatty tty?

  def close
    return nil if @fd.nil?
    fd = @fd
    @fd = nil
    IO.__close(fd)
  end

  def __check
    raise IOError, "closed stream" if @fd.nil?
  end

  def __readable
    __check
    raise IOError, "not opened for reading" unless @readable
  end

  # Fetches more; false at the end.
  def __fill(count = CHUNK)
    more = IO.__read(@fd, count)
    return false unless more
    if @at > 0
      @buffer = @buffer.byteslice(@at, @buffer.bytesize) || ""
      @at = 0
    end
    @buffer << more
    true
  end

  def __take(count)
    taken = @buffer.byteslice(@at, count) || ""
    @at += taken.bytesize
    taken
  end

  def __left
    @buffer.bytesize - @at
  end

  def read(length = nil, into = nil)
    __readable
    if length.nil?
      text = __take(__left)
      rest = IO.__read(@fd, nil)
      text << rest if rest
    else
      raise ArgumentError, "negative length #{length} given" if length < 0
      while __left < length && __fill([length - __left, CHUNK].max); end
      text = __take(length)
      text = nil if text.empty? && length > 0
    end
    into ? into.replace(text || "") : text
    text
  end

  def readpartial(length, into = nil)
    __readable
    if __left == 0
      text = IO.__read(@fd, length)
      raise EOFError, "end of file reached" unless text
    else
      text = __take(length)
    end
    into ? into.replace(text) : text
  end
  alias sysread readpartial

  def getc
    __readable
    while (__left < 4) && __fill; end
    return nil if __left == 0
    char = @buffer.byteslice(@at, 4)[0]
    __take(char.bytesize)
  end

  def getbyte
    __readable
    return nil if __left == 0 && !__fill
    __take(1).getbyte(0)
  end

  def readchar = getc || raise(EOFError, "end of file reached")
  def readbyte = getbyte || raise(EOFError, "end of file reached")

  def each_char
    return to_enum(:each_char) unless block_given?
    while (char = getc)
      yield char
    end
    self
  end

  def each_byte
    return to_enum(:each_byte) unless block_given?
    while (byte = getbyte)
      yield byte
    end
    self
  end

  def ungetc(text)
    text = text.chr if text.is_a?(Integer)
    @buffer = text + __take(__left)
    @at = 0
    nil
  end

  def gets(separator = "\n", limit = nil, chomp: false)
    __readable
    if separator.is_a?(Integer)
      limit = separator
      separator = "\n"
    end
    line = __line(separator, limit)
    return nil unless line
    @lineno += 1
    line = separator == "" ? line.sub(/\n+\z/, "") : line.chomp(separator || "") if chomp && separator
    line
  end

  def __line(separator, limit)
    if separator.nil?
      text = limit ? read(limit) : read
      return text.nil? || text.empty? ? nil : text
    end
    paragraph = separator == ""
    if paragraph
      separator = "\n\n"
      while (__left > 0 || __fill) && @buffer.getbyte(@at) == 10
        @at += 1
      end
    end
    from = @at
    until (found = @buffer.byteindex(separator, from))
      break if limit && __left >= limit
      scanned = [__left - separator.bytesize + 1, 0].max
      break unless __fill
      from = @at + scanned
    end
    length = found ? found - @at + separator.bytesize : __left
    length = limit if limit && limit < length
    return nil if length == 0
    line = __take(length)
    if paragraph
      while (__left > 0 || __fill) && @buffer.getbyte(@at) == 10
        @at += 1
      end
    end
    line
  end

  def readline(*args, **options)
    gets(*args, **options) || raise(EOFError, "end of file reached")
  end

  def each_line(*args, **options)
    return to_enum(:each_line, *args, **options) unless block_given?
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

  def eof?
    __readable
    __left == 0 && !__fill
  end
  alias eof eof?

  def __settle
    if __left > 0
      IO.__seek(@fd, -__left, SEEK_CUR)
    end
    @buffer = ""
    @at = 0
  end

  def write(*items)
    __check
    raise IOError, "not opened for writing" unless @writable
    __settle if @readable
    items.inject(0) { |sum, item| sum + IO.__put(@fd, item.to_s) }
  end

  def syswrite(item) = write(item)
  alias write_nonblock syswrite

  def print(*items)
    items.each { |item| write(item) }
    nil
  end

  def puts(*items)
    write(__lines(*items))
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

  def seek(offset, whence = SEEK_SET)
    __check
    whence = { SET: 0, CUR: 1, END: 2 }.fetch(whence) if whence.is_a?(Symbol)
    offset -= __left if whence == SEEK_CUR
    @buffer = ""
    @at = 0
    IO.__seek(@fd, offset, whence)
    0
  end
  alias sysseek seek

  def pos
    __check
    IO.__seek(@fd, 0, SEEK_CUR) - __left
  end
  alias tell pos

  def pos=(offset)
    seek(offset)
    offset
  end

  def rewind
    seek(0)
    @lineno = 0
    0
  end

  def stat
    File::Stat.__from(IO.__fstat(fileno))
  end

  def inspect
    "#<#{self.class}:#{@path || "fd #{@fd}"}#{" (closed)" if closed?}>"
  end

  def self.read(path, length = nil, offset = nil, **options)
    return File.__whole(path) if length.nil? && offset.nil?
    File.open(path) do |file|
      file.seek(offset) if offset
      file.read(length)
    end
  end

  def self.write(path, text, offset = nil, mode: nil, perm: 0666, **options)
    mode ||= offset ? File::WRONLY | File::CREAT : "w"
    File.open(path, mode, perm) do |file|
      file.seek(offset) if offset
      file.write(text)
    end
  end

  def self.readlines(path, *args, **options)
    File.open(path) { |file| file.readlines(*args, **options) }
  end

  def self.foreach(path, *args, **options, &block)
    return readlines(path, *args, **options).each unless block
    File.open(path) { |file| file.each_line(*args, **options, &block) }
    nil
  end

  class << self
    alias binread read
    alias binwrite write
  end

  def self.copy_stream(from, to, length = nil)
    from = from.is_a?(String) ? File.open(from) : from
    text = from.read(length) || ""
    to.is_a?(String) ? File.write(to, text) : to.write(text)
    text.bytesize
  end
end

STDIN = IO.for_fd(0)
$stdin = STDIN
