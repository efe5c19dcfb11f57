module Hijinks
  # A flag word (O_WRONLY|O_CREAT) or one name out of several (AF_INET): an Integer that reads well.
  class Flags
    include Comparable

    def initialize(set, value)
      @set = set
      @value = value
    end

    def to_i = @value
    def to_int = @value
    def zero? = @value == 0
    def hash = @value.hash

    # The names, without C's prefix where there are several: ["WRONLY", "CREAT"]
    def names = @names ||= Hijinks.flag_names(@set, @value)

    def to_s = names.empty? ? "0" : names.join("|")
    alias inspect to_s
    def to_json(*) = to_s.to_json
    def to_sym = to_s.downcase.to_sym
    def to_a = names.map { |name| name.downcase.to_sym }

    # c.flags.include?(:creat), c.flags.include?(File::CREAT), c.flags.include?(:wronly, :append)
    def include?(*flags)
      flags.all? { |flag| Hijinks.flag_include(@set, @value, flag.is_a?(Flags) ? flag.to_i : flag) }
    end

    def ==(other)
      case other
      when Integer then @value == other
      when Flags   then @value == other.to_i
      when Symbol, String then Hijinks.flag_value(@set, other) == @value
      else false
      end
    end
    alias eql? ==
    alias === ==

    def <=>(other) = other.respond_to?(:to_i) ? @value <=> other.to_i : nil

    def |(other) = Flags.new(@set, @value | bits(other))
    def &(other) = Flags.new(@set, @value & bits(other))
    def ^(other) = Flags.new(@set, @value ^ bits(other))
    def -(other) = Flags.new(@set, @value & ~bits(other))
    alias + |
    def ~ = Flags.new(@set, ~@value)

    def bits(other)
      return other if other.is_a?(Integer)
      return other.to_i if other.is_a?(Flags)
      return other.inject(0) { |all, one| all | bits(one) } if other.is_a?(Array)
      Hijinks.flag_value(@set, other) or raise ArgumentError, "there is no flag #{other.inspect} here"
    end
  end

  # An error's number that reads as its name: ENOENT
  class ErrnoNumber
    include Comparable

    def initialize(number)
      @number = number
    end

    def to_i = @number
    def to_int = @number
    def hash = @number.hash
    def to_s = Hijinks.errno_name(@number)
    alias inspect to_s
    alias name to_s
    def to_sym = to_s.to_sym
    def to_json(*) = to_s.to_json
    def <=>(other) = other.respond_to?(:to_i) ? @number <=> other.to_i : nil

    def ==(other)
      case other
      when Integer then @number == other
      when ErrnoNumber then @number == other.to_i
      when Symbol, String then to_s.downcase == other.to_s.downcase
      when Class then other.const_defined?(:Errno) && other::Errno == @number
      else false
      end
    end
    alias eql? ==
    alias === ==
  end
end
