# Dir, and temporary directories.

class Dir
  include Enumerable
  attr_reader :path
  alias to_path path

  def self.open(path)
    dir = new(path)
    block_given? ? yield(dir) : dir
  end

  def initialize(path, **options)
    @path = path.respond_to?(:to_path) ? path.to_path : path
    @entries = Dir.__entries(@path)
    @at = 0
  end

  def read
    name = @entries[@at]
    @at += 1
    name
  end

  def each(&block)
    return to_enum(:each) unless block
    @entries.each(&block)
    self
  end

  def children = @entries - [".", ".."]
  def each_child(&block) = children.each(&block)
  def rewind = (@at = 0) && self
  def close = nil

  def self.entries(path, **options) = __entries(path)
  def self.children(path, **options) = __entries(path) - [".", ".."]

  def self.each_child(path, **options, &block)
    return children(path).each unless block
    children(path).each(&block)
    nil
  end

  def self.foreach(path, **options, &block)
    return entries(path).each unless block
    entries(path).each(&block)
    nil
  end

  def self.exist?(path) = File.directory?(path)

  def self.empty?(path)
    File.directory?(path) && children(path).empty?
  end

  def self.chdir(path = nil)
    path ||= home
    return __chdir(path) unless block_given?
    before = pwd
    __chdir(path)
    begin
      yield path
    ensure
      __chdir(before)
    end
  end

  def self.glob(patterns, flags = 0, base: nil, sort: true, **options)
    flags = options[:flags] if options[:flags]
    found = [patterns].flatten.flat_map { |pattern| __glob(pattern, flags, base) }
    return found unless block_given?
    found.each { |path| yield path }
    nil
  end

  def self.[](*patterns, base: nil, sort: true)
    glob(patterns, base: base)
  end

  def self.tmpdir
    ENV["TMPDIR"] || "/tmp"
  end

  def self.mktmpdir(prefix = "d", dir = nil)
    prefix, suffix = prefix
    begin
      name = "#{prefix || "d"}#{Time.now.strftime("%Y%m%d")}-#{Process.pid}-#{rand(0x100000000).to_s(36)}#{suffix}"
      path = File.join(dir || tmpdir, name)
      mkdir(path, 0700)
    rescue Errno::EEXIST
      retry
    end
    return path unless block_given?
    begin
      yield path
    ensure
      FileUtils.rm_rf(path)
    end
  end
end
