# Numbers and randomness.

class Rational
  def floor(digits = 0)
    return (self * 10**digits).floor.quo(10**digits) if digits > 0
    numerator.div(denominator)
  end

  def ceil(digits = 0)
    -((-self).floor(digits))
  end

  def truncate(digits = 0)
    self < 0 ? ceil(digits) : floor(digits)
  end

  def round(digits = 0, half: :up)
    return (self * 10**digits).round.quo(10**digits) if digits > 0
    self < 0 ? -(-self + Rational(1, 2)).floor : (self + Rational(1, 2)).floor
  end
end

class Integer
  def even? = self & 1 == 0
  def odd? = self & 1 == 1
  def integer? = true
  def ord = self
  def pred = self - 1
  def magnitude = abs
  def size = 8
  def fdiv(other) = to_f / other
  def numerator = self
  def denominator = 1

  def [](index, length = nil)
    if index.is_a?(Range)
      first = index.begin || 0
      last = index.end
      return self >> first unless last
      last -= 1 if index.exclude_end?
      return self >> first & ((1 << last - first + 1) - 1)
    end
    return self >> index & ((1 << length) - 1) if length
    self >> index & 1
  end

  def bit_length
    number = self < 0 ? ~self : self
    length = 0
    while number >= 0x10000
      number >>= 16
      length += 16
    end
    while number > 0
      number >>= 1
      length += 1
    end
    length
  end

  def gcd(other)
    one = abs
    other = other.abs
    one, other = other, one % other until other == 0
    one
  end

  def lcm(other)
    return 0 if self == 0 || other == 0
    (self / gcd(other) * other).abs
  end

  def gcdlcm(other) = [gcd(other), lcm(other)]

  def coerce(other)
    return [other, self] if other.is_a?(Integer)
    [Float(other), to_f]
  end

  def self.sqrt(number)
    raise Math::DomainError, "Numerical argument is out of domain - \"isqrt\"" if number < 0
    return number if number < 2
    guess = Math.sqrt(number).floor
    guess -= 1 while guess * guess > number
    guess += 1 while (guess + 1) * (guess + 1) <= number
    guess
  end
end

class Float
  def integer? = false
  def fdiv(other) = self / other
  alias quo fdiv
  alias magnitude abs
  def coerce(other) = [Float(other), self]

  # `round(digits, half: :even)`
  def __round_half(digits, how)
    return __round(digits) if how[:half].nil? || how[:half] == :up
    scaled = self * 10**digits
    near = scaled.floor
    rest = scaled - near
    if rest == 0.5
      even = near.even? ? near : near + 1
      near = how[:half] == :even ? even : self < 0 ? near + 1 : near
    else
      near += 1 if rest > 0.5
    end
    digits > 0 ? near.to_f / 10**digits : near.div(1) * 10**-digits
  end

  def rationalize(within = nil)
    return to_r unless within
    low = to_r - within.abs
    high = to_r + within.abs
    below = 1
    below += 1 until (low * below).ceil <= (high * below).floor
    Rational((low * below).ceil, below)
  end
end

module Comparable
  alias __clamp clamp
  def clamp(low, high = nil)
    if low.is_a?(Range)
      raise ArgumentError, "cannot clamp with an exclusive range" if low.exclude_end? && low.end
      low, high = low.begin, low.end
    end
    raise ArgumentError, "min argument must be smaller than max argument" if low && high && low > high
    return low if low && self < low
    return high if high && self > high
    self
  end
end

class Random
  alias __rand rand
  def rand(limit = nil)
    case limit
    when nil then __rand
    when Float
      raise ArgumentError, "invalid argument - #{limit}" if limit <= 0
      __rand * limit
    when Range
      first = limit.begin
      last = limit.end
      raise Errno::EDOM if first.nil? || last.nil?
      if first.is_a?(Float) || last.is_a?(Float)
        first + __rand * (last - first)
      else
        count = last - first + (limit.exclude_end? ? 0 : 1)
        raise ArgumentError, "invalid argument - #{limit}" if count <= 0
        first + __rand(count)
      end
    else
      raise ArgumentError, "invalid argument - #{limit}" if limit <= 0
      __rand(limit)
    end
  end

  def self.rand(limit = nil) = ($__random ||= Random.new($__seed = new_seed)).rand(limit)
  def self.new_seed = object_id * 2654435761 % 4611686018427387903
  def self.srand(seed = nil) = Kernel.srand(seed)
  def self.bytes(count) = Array.new(count) { rand(256) }.pack("C*")
end
