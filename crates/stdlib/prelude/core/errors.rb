# What can go wrong: SystemCallError and its kin, signals, exits.

class SystemCallError
  Errno = nil
  def self.new(*args)
    return super if self != SystemCallError
    message, number, location = args
    if message.is_a?(Integer) && number.nil?
      number = message
      message = nil
    end
    known = number && __class(number)
    return known.new(message, location) if known
    error = allocate
    error.__send__(:initialize, message, number)
    error
  end

  def self.===(other)
    return true if super
    other.is_a?(SystemCallError) && !self::Errno.nil? && self::Errno == other.errno
  end

  attr_reader :errno

  # The text is made when somebody reads it: most are raised to be answered, not to be read.
  def initialize(message = nil, number = nil)
    @detail = message
    @errno = self.class::Errno
    if @errno
      @location = number
    else
      @errno = number
    end
  end

  def to_s
    text = @errno ? SystemCallError.__message(@errno) : "unknown error"
    text += " @ #{@location}" if @location
    text += " - #{@detail}" unless @detail.nil?
    text
  end
  alias message to_s
end

class EncodingError < StandardError; end
class IOError < StandardError; end
class EOFError < IOError; end
class LoadError < ScriptError; end
class SecurityError < Exception; end
class ThreadError < StandardError; end
class NoMatchingPatternError < StandardError; end

class SystemExit < Exception
  attr_reader :status
  def initialize(status = 0, message = "exit")
    if status.is_a?(String)
      message = status
      status = 0
    end
    @status = status == true ? 0 : status == false ? 1 : status
    super(message)
  end
  def success?
    @status == 0
  end
end

class SignalException < Exception
  attr_reader :signo
  def initialize(signal = nil, name = nil)
    raise ArgumentError, "wrong number of arguments (given 0, expected 1+)" if signal.nil?
    if signal.is_a?(Integer)
      @signo = signal
      name ||= "SIG#{Signal.signame(signal)}"
    else
      name = signal.to_s
      name = name[3..-1] if name.start_with?("SIG")
      @signo = Signal.list[name]
      raise ArgumentError, "unsupported signal 'SIG#{name}'" unless @signo
      name = "SIG#{name}"
    end
    super(name)
  end
  def signm
    message
  end
end

class Interrupt < SignalException
  def initialize(message = "Interrupt")
    super(2, message)
  end
end

module Signal
  LIST = %w[EXIT HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD
            CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS]
  def self.list
    all = {}
    LIST.each_with_index { |name, number| all[name] = number }
    all["IOT"] = 6
    all["CLD"] = 17
    all["POLL"] = 29
    all
  end
  def self.signame(number)
    LIST[number]
  end
end

class Exception
  attr_accessor :cause

  def detailed_message(**options)
    "#{message} (#{self.class})"
  end

  def full_message(**options)
    lines = backtrace || []
    text = "#{lines[0] || $0}: #{detailed_message}"
    lines.drop(1).each { |line| text << "\n\tfrom #{line}" }
    text
  end

  def inspect
    text = message
    text.empty? ? self.class.to_s : "#<#{self.class}: #{text}>"
  end
end

class KeyError
  attr_reader :receiver, :key
  def initialize(message = "key not found", receiver: nil, key: nil)
    super(message)
    @receiver = receiver
    @key = key
  end
end
