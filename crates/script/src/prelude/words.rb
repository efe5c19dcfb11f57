# The words that need no native side, and what the native side needs of Ruby.
module Hijinks
  # Leaves a handler, past every `rescue => e`.
  class Pass < Exception; end

  # An object as JSON can have it.
  def self.plain(object)
    case object
    when nil, true, false, Integer, Float, String then object
    when Symbol, Flags then object.to_s
    when Timespec then object.to_f
    when Array then object.map { |one| plain(one) }
    when Hash, Fields
      object.to_h.each_with_object({}) { |(key, value), out| out[key.to_s] = plain(value) }
    else object.to_s
    end
  end

  # "PATH=/bin" and its like as a Hash.
  def self.environment(list)
    (list || []).each_with_object({}) do |pair, env|
      name, value = pair.split("=", 2)
      env[name] = value || ""
    end
  end

  # What `audit` writes of a detail: a list in one line, a stack in lines of its own.
  def self.detail(detail)
    return detail.map { |frame| "\n    #{frame}" }.join if detail.is_a?(Array) && detail.first.is_a?(Frame)
    detail.is_a?(Array) ? detail.join(" ") : detail.to_s
  end

  class Opened
    # A descriptor that was open before the script looked.
    BEFORE = Opened.new("before", "open before hijinks came", nil, nil, Hijinks.now, nil, [])
  end

  # One store for the whole process tree. What was never set is 0, so that `shared[:n] += 1` counts.
  class Shared
    PLAIN = [Integer, Float, String, Symbol, NilClass, TrueClass, FalseClass]
    include Enumerable

    def initialize
      @store = {}
    end

    def [](key) = @store.fetch(key.to_s, 0)

    def []=(key, value)
      unless PLAIN.any? { |type| type === value }
        raise TypeError, "shared can't hold a #{value.class}: numbers, Strings, Symbols, true, false and nil only"
      end
      @store[key.to_s] = value.is_a?(String) ? value.dup : value
    end

    def add(key, by = 1) = self[key] += by
    def key?(key) = @store.key?(key.to_s)
    def fetch(key, *default, &block) = @store.fetch(key.to_s, *default, &block)
    def delete(key) = @store.delete(key.to_s)
    def keys = @store.keys.map(&:to_sym)
    def values = @store.values
    def size = @store.size
    def empty? = @store.empty?
    def clear = @store.clear
    def each = @store.each { |key, value| yield key.to_sym, value }
    def to_h = @store.each_with_object({}) { |(key, value), out| out[key.to_sym] = value }
    def to_s = to_h.to_s
    alias inspect to_s
    def to_json(*) = to_h.to_json
  end

  # Counts of the calls that handlers saw.
  class Stats
    def top(n = 10) = Hijinks.stats_top(n)
    def to_s = top(1000)
    alias inspect to_s
  end
end

module Kernel
  def shared = $__shared ||= Hijinks::Shared.new
  def stats = $__stats ||= Hijinks::Stats.new

  # One JSON line to hijinks' own output.
  def emit(fields = nil, **more)
    fields = fields ? fields.to_h.merge(more) : more
    Hijinks.emit(Hijinks.plain(fields).to_json)
    nil
  end

  # One line of an audit: when, who, what.
  def audit(kind, *details)
    text = details.map { |detail| Hijinks.detail(detail) }.join(" ")
    Hijinks.audit(kind, "#{::Time.now.strftime("%H:%M:%S.%L")} #{Hijinks.who} #{kind} #{text}")
    nil
  end
end
