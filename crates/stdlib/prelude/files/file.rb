# File: opening, and what can be asked of and done to a path.

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
end

FileTest = File
