module Hijinks
  # A struct of the kernel: its fields by name, with or without the prefix that they share.
  # Of an argument, the fields can be set: `c.rlim.cur = 1024`.
  class Fields
    include Comparable

    def initialize(name, fields, call = nil, index = nil)
      @name = name
      @fields = fields
      @call = call
      @index = index
    end

    def struct_name = @name
    def to_h = @fields
    def keys = @fields.keys
    def each(&block) = @fields.each(&block)
    def [](name) = @fields[key(name)]

    def []=(name, value)
      raise FrozenError, "this #{@name} can't be changed" unless @call
      name = key(name)
      Hijinks.set_field(@call, @index, name, value)
      @fields[name] = value
    end

    def to_s = "{" + @fields.map { |name, value| "#{name}=#{value.inspect}" }.join(", ") + "}"
    alias inspect to_s
    def to_json(*) = Hijinks.plain(@fields).to_json
    def ==(other) = other.respond_to?(:to_h) && to_h == other.to_h
    def <=>(other) = to_f <=> other.to_f

    def respond_to_missing?(name, *) = !find(name.to_s.delete_suffix("=")).nil?

    def method_missing(name, *args)
      text = name.to_s
      if text.end_with?("=") && find(text[0..-2])
        self[text[0..-2]] = args[0]
      elsif args.empty? && (found = find(text))
        @fields[found]
      else
        super
      end
    end

    def find(name)
      name = name.to_sym
      return name if @fields.key?(name)
      @fields.keys.find { |key| (at = key.to_s.index("_")) && key.to_s[at + 1..-1] == name.to_s }
    end

    def key(name)
      find(name) or raise KeyError, "struct #{@name} has no field #{name}: it has #{@fields.keys.join(", ")}"
    end
  end

  # timespec and timeval: seconds
  class Timespec < Fields
    def sec = @fields[:tv_sec]
    def nsec = @fields[:tv_nsec] || @fields[:tv_usec] * 1000
    def usec = nsec / 1000
    def to_f = sec + nsec / 1e9
    def to_i = sec
    def to_s = to_f.to_s
    alias inspect to_s
    def to_json(*) = to_f.to_json
    def to_time = ::Time.at(to_f)
    def ==(other) = other.is_a?(Fields) ? to_h == other.to_h : to_f == other
    def +(other) = to_f + other.to_f
    def -(other) = to_f - other.to_f
    def *(other) = to_f * other
    def /(other) = to_f / other
  end

  # stat and statx: what File::Stat answers
  class Stat < Fields
    FTYPES = { 0o010000 => "fifo", 0o020000 => "characterSpecial", 0o040000 => "directory", 0o060000 => "blockSpecial",
               0o100000 => "file", 0o120000 => "link", 0o140000 => "socket" }

    def mode = self[:mode].to_i
    def ftype = FTYPES[mode & 0o170000] || "unknown"
    def file? = ftype == "file"
    def directory? = ftype == "directory"
    def symlink? = ftype == "link"
    def socket? = ftype == "socket"
    def pipe? = ftype == "fifo"
    def chardev? = ftype == "characterSpecial"
    def blockdev? = ftype == "blockSpecial"
    def setuid? = mode & 0o4000 != 0
    def setgid? = mode & 0o2000 != 0
    def sticky? = mode & 0o1000 != 0
    def world_readable? = mode & 0o004 != 0 ? mode & 0o777 : nil
    def world_writable? = mode & 0o002 != 0 ? mode & 0o777 : nil
    def size? = size == 0 ? nil : size
    def zero? = size == 0
    def atime = time(:atime)
    def mtime = time(:mtime)
    def ctime = time(:ctime)

    def time(name)
      value = self[name]
      seconds = value.is_a?(Fields) ? value.to_f : value + (@fields[:"st_#{name}_nsec"] || 0) / 1e9
      ::Time.at(seconds)
    end
  end
end
