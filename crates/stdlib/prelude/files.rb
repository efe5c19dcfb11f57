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

class File < IO
  SEPARATOR = "/"
  Separator = "/"
  ALT_SEPARATOR = nil
  PATH_SEPARATOR = ":"

  module Constants
    RDONLY = 0
    WRONLY = 1
    RDWR = 2
    ACCMODE = 3
    CREAT = 0100
    EXCL = 0200
    NOCTTY = 0400
    TRUNC = 01000
    APPEND = 02000
    NONBLOCK = 04000
    DSYNC = 010000
    DIRECT = 040000
    LARGEFILE = 0
    DIRECTORY = 0200000
    NOFOLLOW = 0400000
    NOATIME = 01000000
    CLOEXEC = 02000000
    SYNC = 04010000
    RSYNC = 04010000
    PATH = 010000000
    TMPFILE = 020200000
    BINARY = 0
    SHARE_DELETE = 0
    LOCK_SH = 1
    LOCK_EX = 2
    LOCK_NB = 4
    LOCK_UN = 8
    NULL = "/dev/null"
    FNM_NOESCAPE = 1
    FNM_PATHNAME = 2
    FNM_DOTMATCH = 4
    FNM_CASEFOLD = 8
    FNM_EXTGLOB = 16
    FNM_SYSCASE = 0
    FNM_SHORTNAME = 0
  end
  include Constants

  MODES = { "r" => 0, "r+" => 2, "w" => 01101, "w+" => 01102, "a" => 02101, "a+" => 02102,
            "wx" => 01301, "w+x" => 01302 }

  def self.__flags(mode)
    return mode if mode.is_a?(Integer)
    return 0 if mode.nil?
    name = mode.to_s.split(":")[0].delete("bt")
    MODES[name] || raise(ArgumentError, "invalid access mode #{mode}")
  end

  def self.new(path, mode = nil, perm = nil, **options)
    if path.is_a?(Integer)
      return for_fd(path, mode || "r")
    end
    flags = __flags(mode || options[:mode])
    flags |= options[:flags] if options[:flags]
    path = path.to_path if path.respond_to?(:to_path)
    file = allocate
    file.__start(IO.__open(path, flags, perm || options[:perm] || 0666), path, flags)
    file
  end

  def size = stat.size
  def lstat = File.lstat(@path)
  def atime = stat.atime
  def mtime = stat.mtime
  def ctime = stat.ctime
  def truncate(size) = IO.__truncate(fileno, size)
  def chmod(mode) = File.chmod(mode, @path)
  def flock(how) = 0

  def self.path(path)
    path.respond_to?(:to_path) ? path.to_path : path
  end

  def self.stat(path)
    Stat.__from(__stat(path, true, "rb_file_s_stat"))
  end

  def self.lstat(path)
    Stat.__from(__stat(path, false, "rb_file_s_lstat"))
  end

  def self.__try(path, follow = true)
    path = path.stat if path.is_a?(IO)
    return path if path.is_a?(Stat)
    raw = __stat(path, follow, nil)
    raw && Stat.__from(raw)
  end

  def self.exist?(path) = !__try(path).nil?
  def self.file?(path) = __try(path)&.file? || false
  def self.directory?(path) = __try(path)&.directory? || false
  def self.symlink?(path) = __try(path, false)&.symlink? || false
  def self.pipe?(path) = __try(path)&.pipe? || false
  def self.socket?(path) = __try(path)&.socket? || false
  def self.blockdev?(path) = __try(path)&.blockdev? || false
  def self.chardev?(path) = __try(path)&.chardev? || false
  def self.setuid?(path) = __try(path)&.setuid? || false
  def self.setgid?(path) = __try(path)&.setgid? || false
  def self.sticky?(path) = __try(path)&.sticky? || false
  def self.zero?(path) = __try(path)&.zero? || false
  def self.size?(path) = __try(path)&.size?
  def self.readable?(path) = __access?(path, 4)
  def self.writable?(path) = __access?(path, 2)
  def self.executable?(path) = __access?(path, 1)
  def self.absolute_path?(path) = path(path).start_with?("/")

  def self.identical?(one, other)
    one = __try(one)
    other = __try(other)
    !one.nil? && !other.nil? && one.dev == other.dev && one.ino == other.ino
  end

  def self.size(path) = Stat.__from(__stat(path, true, "rb_file_s_size")).size
  def self.mtime(path) = Stat.__from(__stat(path, true, "rb_file_s_mtime")).mtime
  def self.atime(path) = Stat.__from(__stat(path, true, "rb_file_s_atime")).atime
  def self.ctime(path) = Stat.__from(__stat(path, true, "rb_file_s_ctime")).ctime
  def self.ftype(path) = Stat.__from(__stat(path, false, "rb_file_s_ftype")).ftype

  def self.delete(*paths)
    paths.each { |path| __unlink(path) }
    paths.size
  end

  def self.chmod(mode, *paths)
    paths.each { |path| __chmod(mode, path) }
    paths.size
  end

  def self.chown(uid, gid, *paths)
    paths.each { |path| __chown(uid, gid, path) }
    paths.size
  end

  def self.utime(atime, mtime, *paths)
    times = [atime, mtime].map { |time| time ? Time.__split(time) : Time.__now }.flatten
    paths.each { |path| __utime(*times, path) }
    paths.size
  end

  def self.truncate(path, size)
    open(path, "r+") { |file| file.truncate(size) }
  end

  def self.mkfifo(path, mode = 0666)
    raise NotImplementedError, "mkfifo() function is unimplemented on this machine"
  end

  # The true path, with every link followed; the last name may be missing for realdirpath.
  def self.realpath(path, dir = nil)
    __real(path, dir, true)
  end

  def self.realdirpath(path, dir = nil)
    __real(path, dir, false)
  end

  def self.__real(path, dir, strict)
    names = expand_path(path, dir).split("/").drop(1)
    done = ""
    links = 0
    until names.empty?
      name = names.shift
      if name == ".."
        done = dirname(done)
        done = "" if done == "/"
        next
      end
      next if name == "." || name == ""
      one = "#{done}/#{name}"
      stat = __try(one, false)
      if stat.nil?
        raise Errno::ENOENT.new(one, "rb_realpath_internal") if strict || !names.empty?
        return one
      end
      unless stat.symlink?
        done = one
        next
      end
      links += 1
      raise Errno::ELOOP.new(one, "rb_realpath_internal") if links > 40
      target = readlink(one)
      done = "" if target.start_with?("/")
      names = target.split("/") + names
    end
    done.empty? ? "/" : done
  end

  class << self
    alias unlink delete
    alias empty? zero?
  end

  class Stat
    include Comparable
    FIELDS = %i[dev ino nlink mode uid gid rdev size blksize blocks]

    def self.__from(raw)
      stat = allocate
      stat.__set(raw)
      stat
    end

    def initialize(path)
      __set(File.__stat(path, true, "rb_file_s_stat"))
    end

    def __set(raw)
      @fields = File.__stat_fields(raw)
    end

    FIELDS.each_with_index do |name, index|
      define_method(name) { @fields[index] }
    end

    def atime = Time.made(@fields[10], @fields[11], nil)
    def mtime = Time.made(@fields[12], @fields[13], nil)
    def ctime = Time.made(@fields[14], @fields[15], nil)
    def dev_major = (dev >> 8 & 0xfff) | (dev >> 32 & ~0xfff)
    def dev_minor = (dev & 0xff) | (dev >> 12 & ~0xff)
    def rdev_major = (rdev >> 8 & 0xfff) | (rdev >> 32 & ~0xfff)
    def rdev_minor = (rdev & 0xff) | (rdev >> 12 & ~0xff)
    def __type = mode & 0170000
    def file? = __type == 0100000
    def directory? = __type == 0040000
    def symlink? = __type == 0120000
    def pipe? = __type == 0010000
    def socket? = __type == 0140000
    def chardev? = __type == 0020000
    def blockdev? = __type == 0060000
    def setuid? = mode & 04000 != 0
    def setgid? = mode & 02000 != 0
    def sticky? = mode & 01000 != 0
    def zero? = size == 0
    def size? = size == 0 ? nil : size
    def owned? = uid == Process.euid
    def grpowned? = gid == Process.egid
    def world_readable? = mode & 4 != 0 ? mode & 0777 : nil
    def world_writable? = mode & 2 != 0 ? mode & 0777 : nil

    def __may?(bit)
      return bit != 1 || mode & 0111 != 0 || directory? if Process.euid == 0
      shift = owned? ? 6 : grpowned? ? 3 : 0
      mode >> shift & bit != 0
    end
    def readable? = __may?(4)
    def writable? = __may?(2)
    def executable? = __may?(1)

    def ftype
      { 0100000 => "file", 0040000 => "directory", 0120000 => "link", 0010000 => "fifo",
        0140000 => "socket", 0020000 => "characterSpecial",
        0060000 => "blockSpecial" }[__type] || "unknown"
    end

    def <=>(other)
      other.is_a?(Stat) ? mtime <=> other.mtime : nil
    end

    def inspect
      "#<File::Stat dev=0x#{dev.to_s(16)}, ino=#{ino}, mode=0#{mode.to_s(8)}, nlink=#{nlink}, " \
        "uid=#{uid}, gid=#{gid}, rdev=0x#{rdev.to_s(16)}, size=#{size}, blksize=#{blksize}, " \
        "blocks=#{blocks}, atime=#{atime.inspect}, mtime=#{mtime.inspect}, ctime=#{ctime.inspect}>"
    end
  end
end

FileTest = File

class Dir
  include Enumerable
  attr_reader :path
  alias to_path path

  def self.open(path)
    dir = new(path)
    block_given? ? yield(dir) : dir
  end

  def initialize(path, **options)
    @path = path.respond_to?(:to_path) ? path.to_path : path
    @entries = Dir.__entries(@path)
    @at = 0
  end

  def read
    name = @entries[@at]
    @at += 1
    name
  end

  def each(&block)
    return to_enum(:each) unless block
    @entries.each(&block)
    self
  end

  def children = @entries - [".", ".."]
  def each_child(&block) = children.each(&block)
  def rewind = (@at = 0) && self
  def close = nil

  def self.entries(path, **options) = __entries(path)
  def self.children(path, **options) = __entries(path) - [".", ".."]

  def self.each_child(path, **options, &block)
    return children(path).each unless block
    children(path).each(&block)
    nil
  end

  def self.foreach(path, **options, &block)
    return entries(path).each unless block
    entries(path).each(&block)
    nil
  end

  def self.exist?(path) = File.directory?(path)

  def self.empty?(path)
    File.directory?(path) && children(path).empty?
  end

  def self.chdir(path = nil)
    path ||= home
    return __chdir(path) unless block_given?
    before = pwd
    __chdir(path)
    begin
      yield path
    ensure
      __chdir(before)
    end
  end

  def self.glob(patterns, flags = 0, base: nil, sort: true, **options)
    flags = options[:flags] if options[:flags]
    found = [patterns].flatten.flat_map { |pattern| __glob(pattern, flags, base) }
    return found unless block_given?
    found.each { |path| yield path }
    nil
  end

  def self.[](*patterns, base: nil, sort: true)
    glob(patterns, base: base)
  end

  def self.tmpdir
    ENV["TMPDIR"] || "/tmp"
  end

  def self.mktmpdir(prefix = "d", dir = nil)
    prefix, suffix = prefix
    begin
      name = "#{prefix || "d"}#{Time.now.strftime("%Y%m%d")}-#{Process.pid}-#{rand(0x100000000).to_s(36)}#{suffix}"
      path = File.join(dir || tmpdir, name)
      mkdir(path, 0700)
    rescue Errno::EEXIST
      retry
    end
    return path unless block_given?
    begin
      yield path
    ensure
      FileUtils.rm_rf(path)
    end
  end
end

module FileUtils
  def self.__each(list, &block) = [list].flatten.each(&block)

  def self.pwd = Dir.pwd
  def self.cd(dir, **options, &block) = Dir.chdir(dir, &block)

  def self.mkdir(list, mode: 0777, **options)
    __each(list) { |path| Dir.mkdir(path, mode) }
  end

  def self.mkdir_p(list, mode: 0777, **options)
    __each(list) do |path|
      path = File.path(path)
      missing = []
      until File.directory?(path)
        missing << path
        up = File.dirname(path)
        break if up == path
        path = up
      end
      missing.reverse_each do |dir|
        begin
          Dir.mkdir(dir, mode)
        rescue Errno::EEXIST
          raise unless File.directory?(dir)
        end
      end
    end
  end

  def self.rm(list, force: false, **options)
    __each(list) do |path|
      begin
        File.delete(path)
      rescue SystemCallError
        raise unless force
      end
    end
  end

  def self.rm_f(list, **options) = rm(list, force: true)

  def self.rm_r(list, force: false, **options)
    __each(list) do |path|
      begin
        if File.lstat(path).directory?
          Dir.children(path).each { |name| rm_r(File.join(path, name), force: force) }
          Dir.rmdir(path)
        else
          File.delete(path)
        end
      rescue SystemCallError
        raise unless force
      end
    end
  end

  def self.rm_rf(list, **options) = rm_r(list, force: true)

  def self.rmdir(list, **options)
    __each(list) { |path| Dir.rmdir(path) }
  end

  def self.touch(list, **options)
    __each(list) do |path|
      File.exist?(path) ? File.utime(nil, nil, path) : File.write(path, "")
    end
  end

  def self.__target(source, target)
    File.directory?(target) ? File.join(target, File.basename(source)) : target
  end

  def self.cp(sources, target, **options)
    __each(sources) do |source|
      to = __target(source, target)
      File.write(to, File.read(source))
      File.chmod(File.stat(source).mode & 07777, to)
    end
  end

  def self.cp_r(sources, target, **options)
    __each(sources) do |source|
      to = __target(source, target)
      stat = File.lstat(source)
      if stat.symlink?
        File.symlink(File.readlink(source), to)
      elsif stat.directory?
        Dir.mkdir(to) unless File.directory?(to)
        Dir.children(source).each { |name| cp_r(File.join(source, name), File.join(to, name)) }
      else
        cp(source, to)
      end
    end
  end

  def self.mv(sources, target, **options)
    __each(sources) do |source|
      to = __target(source, target)
      begin
        File.rename(source, to)
      rescue Errno::EXDEV
        cp_r(source, to)
        rm_rf(source)
      end
    end
  end

  def self.ln_s(source, target, force: false, **options)
    to = __target(source, target)
    rm_f(to) if force
    File.symlink(source, to)
  end

  def self.ln_sf(source, target, **options) = ln_s(source, target, force: true)

  def self.chmod(mode, list, **options)
    __each(list) { |path| File.chmod(mode, path) }
  end

  def self.compare_file(one, other) = File.read(one) == File.read(other)

  class << self
    alias makedirs mkdir_p
    alias mkpath mkdir_p
    alias remove rm
    alias rmtree rm_rf
    alias copy cp
    alias move mv
    alias chdir cd
    alias identical? compare_file
    alias cmp compare_file
  end
end

STDIN = IO.for_fd(0)
$stdin = STDIN
