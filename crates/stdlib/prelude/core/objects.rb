# Module, Method, Struct, and locks for programs of one thread.

class Module
  def private_class_method(*names) = nil
  def public_class_method(*names) = nil
  def private_constant(*names) = nil
  def deprecate_constant(*names) = self
  def public_instance_method(name) = instance_method(name)
  def public_method_defined?(name) = method_defined?(name)
  def private_method_defined?(name) = false
end

class Method
  def curry(*args) = to_proc.curry(*args)
end

class Struct
  def deconstruct = to_a
  def deconstruct_keys(keys) = to_h

  class << self
    alias __new new
    def new(*names, **options, &block)
      if self != Struct
        return options.empty? ? __new(*names, &block) : __new(*names, **options, &block)
      end
      type = __new(*names, &block)
      type.__keywords if options[:keyword_init]
      type
    end

    def __keywords
      def self.keyword_init? = true
      # Native code passes keywords on as a Hash.
      define_method(:initialize) do |fields = {}|
        unknown = fields.keys - members
        raise ArgumentError, "unknown keywords: #{unknown.join(", ")}" unless unknown.empty?
        fields.each { |name, value| self[name] = value }
      end
      define_method(:inspect) do
        name = self.class.to_s
        name = name.start_with?("#") ? "" : " #{name}"
        "#<struct#{name} #{members.map { |m| "#{m}=#{self[m].inspect}" }.join(", ")}>"
      end
      alias_method :to_s, :inspect
    end
  end

  alias __each each
  def each(&block)
    return to_enum(:each) unless block
    __each(&block)
  end
end

class Mutex
  def lock
    raise ThreadError, "deadlock; recursive locking" if @locked
    @locked = true
    self
  end

  def unlock
    @locked = false
    self
  end

  def try_lock = @locked ? false : (@locked = true)
  def locked? = @locked ? true : false
  def owned? = locked?

  def synchronize
    lock
    begin
      yield
    ensure
      unlock
    end
  end
end

class Monitor
  def synchronize = yield
  alias mon_synchronize synchronize
  def enter = nil
  def exit = nil
end
