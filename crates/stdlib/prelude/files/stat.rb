# File::Stat, from the bytes of struct stat.

class File::Stat
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
