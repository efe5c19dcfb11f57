# Kernel: conversions, randomness, and what a missing method says.

module Kernel
  def =~(other)
    nil
  end
  def !~(other)
    !(self =~ other)
  end

  def public_send(name, *args, **options, &block)
    __send__(name, *args, **options, &block)
  end

  def respond_to_missing?(name, all = false)
    false
  end

  alias __Integer Integer
  def Integer(value, base = nil, exception: true)
    case value
    when String
      text = value.strip.downcase
      radix = base
      if radix.nil? && text =~ /\A[+-]?0([xbod])?/
        radix = { "x" => 16, "b" => 2, "o" => 8, "d" => 10 }[$1] || (text =~ /\A[+-]?0[0-9_]/ ? 8 : 10)
      end
      radix ||= 10
      body = text.sub(/\A([+-]?)0[xbod]/, '\1')
      last = radix > 10 ? "0-9a-#{(86 + radix).chr}" : "0-#{radix - 1}"
      if body =~ /\A[+-]?[#{last}]+(_[#{last}]+)*\z/
        body.delete("_").to_i(radix)
      elsif exception
        raise ArgumentError, "invalid value for Integer(): #{value.inspect}"
      end
    when nil
      raise TypeError, "can't convert nil into Integer" if exception
    else
      begin
        base ? __Integer(value, base) : __Integer(value)
      rescue FloatDomainError
        raise if exception
      rescue TypeError, RuntimeError
        raise TypeError, "can't convert #{value.class} into Integer" if exception
      end
    end
  end

  alias __Float Float
  def Float(value, exception: true)
    if value.is_a?(String)
      if value =~ /\A\s*[+-]?(\d+(_\d+)*)(\.\d+(_\d+)*)?([eE][+-]?\d+)?\s*\z/
        return value.delete("_").to_f
      elsif value =~ /\A\s*[+-]?0x\h+\s*\z/i
        return value.to_i(16).to_f
      end
      raise ArgumentError, "invalid value for Float(): #{value.inspect}" if exception
    elsif value.nil?
      raise TypeError, "can't convert nil into Float" if exception
    else
      begin
        __Float(value)
      rescue TypeError
        raise if exception
      end
    end
  end

  def Hash(value)
    return {} if value.nil? || value == []
    value.to_h
  end

  def rand(limit = nil)
    $__random ||= Random.new($__seed = Random.new_seed)
    case limit
    when nil, 0 then $__random.rand
    when Range then $__random.rand(limit)
    else
      limit = limit.to_i.abs
      limit == 0 ? $__random.rand : $__random.rand(limit)
    end
  end

  def srand(seed = nil)
    before = $__seed || 0
    $__seed = seed || Random.new_seed
    $__random = Random.new($__seed)
    before
  end

  # mruby names the method only; what it was asked of is what one wants to know.
  def method_missing(name, *args)
    whom = case self
           when nil then "nil"
           when true then "true"
           when false then "false"
           when Class then "class #{self}"
           when Module then "module #{self}"
           else
             text = self.class.to_s
             equal?(TOPLEVEL) ? "main:Object" : "an instance of #{text}"
           end
    if args.empty? && equal?(TOPLEVEL)
      raise NameError.new("undefined local variable or method '#{name}' for #{whom}", name)
    end
    raise NoMethodError.new("undefined method '#{name}' for #{whom}", name, args)
  end

  alias __Rational Rational
  def Rational(above, below = nil)
    above = above.to_r if above.is_a?(String)
    below = below.to_r if below.is_a?(String)
    return above if below.nil? && above.is_a?(Rational)
    below.nil? ? __Rational(above) : __Rational(above, below)
  end
end

Kernel::TOPLEVEL = self
