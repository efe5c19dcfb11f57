# Functions, aggregates and collations for the database:
#
#   function(:slug, [:text] => :text, deterministic: true) { |s| s.downcase.tr(" ", "-") }
#   aggregate :longest, [:text] => :text do
#     def step(s) = @best = s if @best.nil? || s.size > @best.size
#     def final = @best
#   end
#   collation(:by_length) { |a, b| a.size <=> b.size }

# What an aggregate's block is a class of: one instance for each group.
class Aggregate
  class << self
    def step(&block) = define_method(:step, &block)
    def inverse(&block) = define_method(:inverse, &block)
    def value(&block) = define_method(:value, &block)
    def final(&block) = define_method(:final, &block)
  end
end

# What scripts have declared and no host has registered yet.
module Declared
  LIST = []

  def self.take
    taken = LIST.dup
    LIST.clear
    taken
  end

  # [arguments, result] of `[:int] => :int`, which Ruby puts among the keywords.
  def self.signature(options)
    arguments = options.keys.find { |key| Array === key }
    unknown = options.keys.find { |key| !(Array === key) && !OPTIONS.include?(key) }
    raise ArgumentError, "unknown option #{unknown.inspect} (known: #{OPTIONS.inspect})" if unknown
    return [nil, "any"] unless arguments
    [arguments.map { |type| type.to_s }, options[arguments].to_s]
  end

  OPTIONS = [:deterministic, :direct_only, :innocuous]

  # The number of arguments; -1 for any number.
  def self.arity(block)
    count = block.arity
    block.respond_to?(:lambda?) && block.parameters.any? { |kind, _| kind == :rest || kind == :opt } ? -1 : (count < 0 ? -1 : count)
  end

  def self.add(kind, name, options, arity, body)
    arguments, result = signature(options)
    LIST << [kind, name.to_s, arguments, result, arguments ? arguments.size : arity,
             !!options[:deterministic], !!options[:direct_only], !!options[:innocuous], body]
    name
  end
end

module Kernel
  def function(name, **options, &block)
    raise ArgumentError, "function #{name}: a block is wanted" unless block
    Declared.add("function", name, options, Declared.arity(block), block)
  end

  def aggregate(name, klass = nil, **options, &block)
    klass ||= Class.new(Aggregate)
    klass.class_eval(&block) if block
    [:step, :final].each do |method|
      next if klass.method_defined?(method)
      raise ArgumentError, "aggregate #{name}: `def #{method}` is missing"
    end
    count = klass.instance_method(:step).arity
    kind = klass.method_defined?(:inverse) ? "window" : "aggregate"
    Declared.add(kind, name, options, count < 0 ? -1 : count, klass)
  end

  def collation(name, &block)
    raise ArgumentError, "collation #{name}: a block is wanted" unless block
    Declared.add("collation", name, {}, 2, block)
  end
end
