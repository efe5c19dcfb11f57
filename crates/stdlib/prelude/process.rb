module Process
  CLOCK_REALTIME = 0
  CLOCK_MONOTONIC = 1
  CLOCK_PROCESS_CPUTIME_ID = 2
  CLOCK_THREAD_CPUTIME_ID = 3
  CLOCK_MONOTONIC_RAW = 4
  CLOCK_REALTIME_COARSE = 5
  CLOCK_MONOTONIC_COARSE = 6
  CLOCK_BOOTTIME = 7
  CLOCK_REALTIME_ALARM = 8
  CLOCK_BOOTTIME_ALARM = 9
  CLOCK_TAI = 11
  WNOHANG = 1
  WUNTRACED = 2
  PRIO_PROCESS = 0
  PRIO_PGRP = 1
  PRIO_USER = 2
  RLIM_INFINITY = 18446744073709551615
  RLIMIT_CPU = 0
  RLIMIT_FSIZE = 1
  RLIMIT_DATA = 2
  RLIMIT_STACK = 3
  RLIMIT_CORE = 4
  RLIMIT_RSS = 5
  RLIMIT_NPROC = 6
  RLIMIT_NOFILE = 7
  RLIMIT_MEMLOCK = 8
  RLIMIT_AS = 9
  RLIMIT_SIGPENDING = 11
  RLIMIT_MSGQUEUE = 12
  RLIMIT_NICE = 13
  RLIMIT_RTPRIO = 14
  RLIMIT_RTTIME = 15

  def self.__in(unit, second, nanosecond)
    case unit
    when :float_second then second + nanosecond / 1_000_000_000.0
    when :float_millisecond then second * 1000.0 + nanosecond / 1_000_000.0
    when :float_microsecond then second * 1_000_000.0 + nanosecond / 1000.0
    when :second then second
    when :millisecond then second * 1000 + nanosecond / 1_000_000
    when :microsecond then second * 1_000_000 + nanosecond / 1000
    when :nanosecond then second * 1_000_000_000 + nanosecond
    else raise ArgumentError, "unexpected unit: #{unit}"
    end
  end

  def self.clock_gettime(clock, unit = :float_second)
    __in(unit, *__clock(clock))
  end

  def self.clock_getres(clock, unit = :float_second)
    __in(unit, *__clock_resolution(clock))
  end

  def self.exit(status = true) = Kernel.exit(status)
  def self.pid = __plain(39)
  def self.ppid = __plain(110)
  def self.uid = __plain(102)
  def self.gid = __plain(104)
  def self.euid = __plain(107)
  def self.egid = __plain(108)
  def self.getpgrp = __plain(111)
  def self.getpgid(pid) = __plain(121, pid)
  def self.getsid(pid = 0) = __plain(124, pid)
  def self.getpriority(kind, id) = 20 - __plain(140, kind, id)

  def self.kill(signal, *pids)
    unless signal.is_a?(Integer)
      name = signal.to_s.sub(/\ASIG/, "")
      signal = Signal.list[name] || raise(ArgumentError, "unsupported signal `SIG#{name}'")
    end
    pids.each { |pid| __kill(pid, signal) }
    pids.size
  end
end

class << (ENV = Object.new)
  include Enumerable

  def __all
    @all ||= __environment
  end

  def [](name) = __all[name]

  def []=(name, value)
    value.nil? ? __all.delete(name) : __all[name] = value
  end
  alias store []=

  def fetch(name, *default, &block)
    return __all[name] if __all.key?(name)
    return yield(name) if block
    return default[0] unless default.empty?
    raise KeyError, "key not found: #{name.inspect}"
  end

  def each(&block)
    __all.each(&block)
    self
  end
  alias each_pair each

  def to_h(&block) = block ? __all.to_h(&block) : __all.dup
  alias to_hash to_h
  def key?(name) = __all.key?(name)
  alias has_key? key?
  alias include? key?
  alias member? key?
  def keys = __all.keys
  def values = __all.values
  def value?(value) = __all.value?(value)
  def key(value) = __all.key(value)
  def values_at(*names) = __all.values_at(*names)
  def slice(*names) = __all.slice(*names)
  def except(*names) = __all.except(*names)
  def select(&block) = __all.select(&block)
  alias filter select
  def reject(&block) = __all.reject(&block)
  def delete(name) = __all.delete(name)
  def update(other) = __all.update(other) && self
  alias merge! update
  def size = __all.size
  alias length size
  def empty? = __all.empty?
  def to_a = __all.to_a
  def to_s = "ENV"
  def inspect = __all.inspect
end
