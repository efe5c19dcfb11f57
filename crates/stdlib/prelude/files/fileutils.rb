# FileUtils: the part of it that scripts use.

module FileUtils
  def self.__each(list, &block) = [list].flatten.each(&block)

  def self.pwd = Dir.pwd
  def self.cd(dir, **options, &block) = Dir.chdir(dir, &block)

  def self.mkdir(list, mode: 0777, **options)
    __each(list) { |path| Dir.mkdir(path, mode) }
  end

  def self.mkdir_p(list, mode: 0777, **options)
    __each(list) do |path|
      path = File.path(path)
      missing = []
      until File.directory?(path)
        missing << path
        up = File.dirname(path)
        break if up == path
        path = up
      end
      missing.reverse_each do |dir|
        begin
          Dir.mkdir(dir, mode)
        rescue Errno::EEXIST
          raise unless File.directory?(dir)
        end
      end
    end
  end

  def self.rm(list, force: false, **options)
    __each(list) do |path|
      begin
        File.delete(path)
      rescue SystemCallError
        raise unless force
      end
    end
  end

  def self.rm_f(list, **options) = rm(list, force: true)

  def self.rm_r(list, force: false, **options)
    __each(list) do |path|
      begin
        if File.lstat(path).directory?
          Dir.children(path).each { |name| rm_r(File.join(path, name), force: force) }
          Dir.rmdir(path)
        else
          File.delete(path)
        end
      rescue SystemCallError
        raise unless force
      end
    end
  end

  def self.rm_rf(list, **options) = rm_r(list, force: true)

  def self.rmdir(list, **options)
    __each(list) { |path| Dir.rmdir(path) }
  end

  def self.touch(list, **options)
    __each(list) do |path|
      File.exist?(path) ? File.utime(nil, nil, path) : File.write(path, "")
    end
  end

  def self.__target(source, target)
    File.directory?(target) ? File.join(target, File.basename(source)) : target
  end

  def self.cp(sources, target, **options)
    __each(sources) do |source|
      to = __target(source, target)
      File.write(to, File.read(source))
      File.chmod(File.stat(source).mode & 07777, to)
    end
  end

  def self.cp_r(sources, target, **options)
    __each(sources) do |source|
      to = __target(source, target)
      stat = File.lstat(source)
      if stat.symlink?
        File.symlink(File.readlink(source), to)
      elsif stat.directory?
        Dir.mkdir(to) unless File.directory?(to)
        Dir.children(source).each { |name| cp_r(File.join(source, name), File.join(to, name)) }
      else
        cp(source, to)
      end
    end
  end

  def self.mv(sources, target, **options)
    __each(sources) do |source|
      to = __target(source, target)
      begin
        File.rename(source, to)
      rescue Errno::EXDEV
        cp_r(source, to)
        rm_rf(source)
      end
    end
  end

  def self.ln_s(source, target, force: false, **options)
    to = __target(source, target)
    rm_f(to) if force
    File.symlink(source, to)
  end

  def self.ln_sf(source, target, **options) = ln_s(source, target, force: true)

  def self.chmod(mode, list, **options)
    __each(list) { |path| File.chmod(mode, path) }
  end

  def self.compare_file(one, other) = File.read(one) == File.read(other)

  class << self
    alias makedirs mkdir_p
    alias mkpath mkdir_p
    alias remove rm
    alias rmtree rm_rf
    alias copy cp
    alias move mv
    alias chdir cd
    alias identical? compare_file
    alias cmp compare_file
  end
end
