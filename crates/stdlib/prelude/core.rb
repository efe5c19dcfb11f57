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

  def initialize(message = nil, number = nil)
    @errno = self.class::Errno
    if @errno
      location = number
    else
      @errno = number
    end
    text = @errno ? SystemCallError.__message(@errno) : "unknown error"
    text += " @ #{location}" if location
    text += " - #{message}" unless message.nil?
    super(text)
  end
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

class Symbol
  def =~(pattern)
    to_s =~ pattern
  end
  def match(*args, &block)
    to_s.match(*args, &block)
  end
  def match?(*args)
    to_s.match?(*args)
  end
  def [](*args)
    to_s[*args]
  end
  def start_with?(*args)
    to_s.start_with?(*args)
  end
  def end_with?(*args)
    to_s.end_with?(*args)
  end
  def swapcase
    to_s.swapcase.to_sym
  end
  def succ
    to_s.succ.to_sym
  end
  alias next succ
  alias id2name to_s
  alias slice []
end

class MatchData
  include Enumerable
  def ==(other)
    other.is_a?(MatchData) && string == other.string && regexp == other.regexp &&
      offset(0) == other.offset(0)
  end
  def values_at(*which)
    which.map { |one| self[one] }
  end
  def each(&block)
    to_a.each(&block)
  end
  def inspect
    parts = [to_s.inspect]
    (1...size).each do |group|
      name = names.find { |n| regexp.named_captures[n].include?(group) }
      parts << "#{name || group}:#{self[group].inspect}"
    end
    "#<MatchData #{parts.join(" ")}>"
  end
  def deconstruct_keys(keys)
    named_captures(symbolize_names: true)
  end
  alias deconstruct captures
end

module Kernel
  def =~(other)
    nil
  end
  def !~(other)
    !(self =~ other)
  end
end

module Enumerable
  def grep_v(pattern)
    rest = reject { |item| pattern === item }
    block_given? ? rest.map { |item| yield item } : rest
  end

  def each_entry(*args)
    return to_enum(:each_entry, *args) unless block_given?
    each(*args) { |*item| yield(item.size > 1 ? item : item[0]) }
    self
  end

  def slice_when
    return to_enum(:slice_when) unless block_given?
    groups = []
    last = nil
    each do |item|
      if groups.empty? || yield(last, item)
        groups << [item]
      else
        groups[-1] << item
      end
      last = item
    end
    groups.each
  end

  def chunk_while
    slice_when { |before, after| !yield(before, after) }
  end

  def chunk
    return to_enum(:chunk) unless block_given?
    groups = []
    each do |item|
      key = yield item
      if key.nil? || key == :_separator
        groups << nil
      elsif key == :_alone
        groups << [key, [item]] << nil
      elsif groups[-1] && groups[-1][0] == key
        groups[-1][1] << item
      else
        groups << [key, [item]]
      end
    end
    groups.compact.each
  end

  def slice_before(pattern = nil)
    groups = []
    each do |item|
      starts = block_given? ? yield(item) : pattern === item
      starts || groups.empty? ? groups << [item] : groups[-1] << item
    end
    groups.each
  end

  def slice_after(pattern = nil)
    groups = []
    fresh = true
    each do |item|
      fresh ? groups << [item] : groups[-1] << item
      fresh = block_given? ? yield(item) : pattern === item
    end
    groups.each
  end

  def tally_by
    return to_enum(:tally_by) unless block_given?
    counts = Hash.new(0)
    each { |item| counts[yield(item)] += 1 }
    counts.default = nil
    counts
  end

  def to_set(*args, &block)
    Set.new(self, *args, &block)
  end

  def compact
    reject(&:nil?)
  end
end
