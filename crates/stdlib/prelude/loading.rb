module Kernel
  def require(name)
    name = name.to_s
    return __require_file(name) if name.start_with?("/", "./", "../")
    raise LoadError, "cannot load such file -- #{name} (only parts of the standard library are here; " \
      "require_relative loads a file of your own)" unless __known_part?(name)
    $__required ||= {}
    return false if $__required[name]
    $__required[name] = true
  end

  def require_relative(name)
    __require_file(File.expand_path(name.to_s, File.dirname(__caller_file)))
  end

  def load(name, wrap = false)
    path = File.expand_path(name.to_s)
    path = File.expand_path(name.to_s, File.dirname(__caller_file)) unless File.exist?(path)
    raise LoadError, "cannot load such file -- #{name}" unless File.file?(path)
    __run_file(path)
    true
  end

  def __dir__
    File.dirname(File.expand_path(__caller_file))
  end

  def __require_file(path)
    path = File.expand_path(path)
    path += ".rb" if !File.file?(path) && File.file?("#{path}.rb")
    raise LoadError, "cannot load such file -- #{path}" unless File.file?(path)
    path = File.realpath(path)
    ($LOADED_FEATURES ||= [])
    return false if $LOADED_FEATURES.include?(path)
    $LOADED_FEATURES << path
    begin
      __run_file(path)
    rescue Exception
      $LOADED_FEATURES.delete(path)
      raise
    end
    true
  end

  def open(path, *args, **options, &block)
    File.open(path, *args, **options, &block)
  end

  def gets(*args, **options)
    STDIN.gets(*args, **options)
  end

  def readlines(*args, **options)
    STDIN.readlines(*args, **options)
  end
end

# Stands for STDIN until somebody reads, so that files need not be loaded before.
class Kernel::Input
  def method_missing(name, *args, **options, &block)
    $stdin = STDIN if $stdin.equal?(self)
    STDIN.__send__(name, *args, **options, &block)
  end

  def respond_to_missing?(name, all = false)
    STDIN.respond_to?(name)
  end
end
$stdin = Kernel::Input.new
