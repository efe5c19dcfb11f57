module Hijinks
  # Things of the program: files behind descriptors, stack frames, processes. They are looked up when
  # they are asked for, and keep what they found.

  # An open descriptor.
  class Fd
    attr_reader :fileno, :pid

    def initialize(pid, fileno)
      @pid = pid
      @fileno = fileno
    end

    alias to_i fileno
    alias to_int fileno
    def path = (@path ||= [Hijinks.fd_path(@pid, @fileno)])[0]
    def kind = (@kind ||= [Hijinks.fd_kind(@pid, @fileno)])[0]
    def file? = kind == :file
    def directory? = kind == :directory
    def socket? = kind == :socket
    def pipe? = kind == :pipe
    def tty? = kind == :tty
    alias isatty tty?
    def std? = @fileno >= 0 && @fileno <= 2
    def opened_by = @opened_by ||= Hijinks.opened_by(@pid, @fileno) || Opened::BEFORE
    def age = Hijinks.now - opened_by.at
    def to_s = path ? "#{@fileno}<#{path}>" : @fileno.to_s
    alias inspect to_s
    def to_json(*) = to_s.to_json
    def hash = @fileno.hash
    def <=>(other) = @fileno <=> other.to_i

    def ==(other)
      case other
      when Integer then @fileno == other
      when Fd then @fileno == other.fileno && @pid == other.pid
      when String then path == other
      else false
      end
    end
    alias eql? ==
  end

  # The call that made a descriptor.
  class Opened
    attr_reader :name, :line, :pid, :tid, :at, :time, :caller

    def initialize(name, line, pid, tid, at, time, frames)
      @name = name
      @line = line
      @pid = pid
      @tid = tid
      @at = at
      @time = time
      @caller = frames
    end

    def to_s = @line
    alias inspect to_s
    def to_json(*) = to_s.to_json
  end

  # A frame of the program's native stack: `function+0x12 (module)`.
  class Frame
    attr_reader :address, :module, :function, :offset, :file, :line

    def initialize(address, mod, function, offset, file, line)
      @address = address
      @module = mod
      @function = function
      @offset = offset
      @file = file
      @line = line
    end

    def to_s
      where = @module || "?"
      where = "#{@file}:#{@line}" if @file && @line
      "#{@function || ""}+0x#{@offset.to_s(16)} (#{where})"
    end
    alias inspect to_s
    def to_json(*) = to_s.to_json
  end

  # A process of the run.
  class Program
    attr_reader :pid

    def initialize(pid)
      @pid = pid
    end

    alias to_i pid
    def exe = Hijinks.process_exe(@pid)
    def name = exe.split("/").last || ""
    def cwd = Hijinks.process_cwd(@pid)
    def argv = Hijinks.process_strings(@pid, "cmdline")

    def env
      Hijinks.process_strings(@pid, "environ").each_with_object({}) do |pair, env|
        name, value = pair.split("=", 2)
        env[name] = value || ""
      end
    end

    def uid = Hijinks.process_status(@pid, "Uid:")
    def gid = Hijinks.process_status(@pid, "Gid:")

    def parent
      pid = Hijinks.process_status(@pid, "PPid:")
      pid && pid > 0 ? Program.new(pid) : nil
    end

    def children = Hijinks.process_children(@pid).map { |pid| Program.new(pid) }
    # This process and its descendants, each before its own.
    def tree = [self] + children.flat_map(&:tree)
    def fds = Hijinks.process_fds(@pid).map { |fd| Fd.new(@pid, fd) }
    def to_s = "#{name}[#{@pid}]"
    alias inspect to_s
    def to_json(*) = to_s.to_json
    def ==(other) = other.is_a?(Program) && @pid == other.pid
    alias eql? ==
    def hash = @pid.hash
  end
end
