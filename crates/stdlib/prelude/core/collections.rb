# Enumerable, Array, Hash, Range, Set: what mruby lacks of them.

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

  alias __max max
  alias __min min
  alias __max_by max_by
  alias __min_by min_by

  def max(count = nil, &block)
    return __max(&block) unless count
    (block ? sort(&block) : sort).reverse.first(count)
  end

  def min(count = nil, &block)
    return __min(&block) unless count
    (block ? sort(&block) : sort).first(count)
  end

  def max_by(count = nil, &block)
    return __max_by(&block) unless count && block
    sort_by(&block).reverse.first(count)
  end

  def min_by(count = nil, &block)
    return __min_by(&block) unless count && block
    sort_by(&block).first(count)
  end

  # Floats are added as Kahan and Babuška do, so that 0.1 + 0.2 + 0.3 is 0.6.
  def sum(start = 0)
    sum = start
    rest = 0.0
    exact = !sum.is_a?(Float)
    each do |*item|
      item = item.size > 1 ? item : item[0]
      item = yield(item) if block_given?
      if exact && !(item.is_a?(Float) && sum.is_a?(Numeric))
        sum += item
        next
      end
      exact = false
      sum = sum.to_f
      unless item.is_a?(Float) || item.is_a?(Integer) || item.is_a?(Rational)
        sum = sum + rest + item
        rest = 0.0
        exact = true
        next
      end
      item = item.to_f
      total = sum + item
      if total.finite?
        rest += sum.abs >= item.abs ? (sum - total) + item : (item - total) + sum
      end
      sum = total
    end
    exact ? sum : sum + rest
  end

  alias __sum sum

  def to_h(&block)
    hash = {}
    each do |*item|
      item = item.size > 1 ? item : item[0]
      item = yield(item) if block
      pair = item.to_ary if item.respond_to?(:to_ary)
      pair = item if item.is_a?(Array)
      raise TypeError, "wrong element type #{item.class} (expected array)" unless pair
      raise ArgumentError, "element has wrong array length (expected 2, was #{pair.size})" if pair.size != 2
      hash[pair[0]] = pair[1]
    end
    hash
  end
end

class Hash
  def assoc(key)
    key?(key) ? [keys.find { |k| k == key }, self[key]] : nil
  end

  def rassoc(value)
    each { |pair| return pair if pair[1] == value }
    nil
  end

  def deconstruct_keys(keys) = self

  def fetch(key, *default)
    return self[key] if key?(key)
    return yield(key) if block_given?
    return default[0] unless default.empty?
    raise KeyError.new("key not found: #{key.inspect}", receiver: self, key: key)
  end

end

class Array
  def deconstruct = self

  def sort_by!(&block)
    return to_enum(:sort_by!) unless block
    replace(sort_by(&block))
  end

  def sum(start = 0, &block)
    __sum(start, &block)
  end

  alias __pop pop
  def pop(count = nil)
    return __pop unless count
    taken = last(count)
    taken.size.times { __pop }
    taken
  end
end

class Range
  def step(by = 1)
    return to_enum(:step, by) unless block_given?
    raise ArgumentError, "step can't be 0" if by == 0
    raise ArgumentError, "step can't be negative" if by < 0
    first = self.begin
    last = self.end
    if first.is_a?(Float) || last.is_a?(Float) || by.is_a?(Float)
      count = ((last - first) / by.to_f + 1e-9).floor
      count -= 1 if exclude_end? && first + count * by >= last
      (0..count).each { |n| yield first.to_f + n * by }
    elsif first.is_a?(Integer)
      at = first
      until last && (exclude_end? ? at >= last : at > last)
        yield at
        at += by
      end
    else
      each_with_index { |item, index| yield item if index % by == 0 }
    end
    self
  end
  alias % step

  def overlap?(other)
    return false if (self.begin && self.end && self.begin > self.end)
    (self.end.nil? || other.begin.nil? || (exclude_end? ? other.begin < self.end : other.begin <= self.end)) &&
      (other.end.nil? || self.begin.nil? || (other.exclude_end? ? self.begin < other.end : self.begin <= other.end))
  end
end

class Enumerator
  def size = nil
end

class Set
  def hash = to_a.map(&:hash).sum
  alias __disjoint disjoint?
  def disjoint?(other) = none? { |item| other.include?(item) }
  def intersect?(other) = !disjoint?(other)
end
