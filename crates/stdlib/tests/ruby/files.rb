test "names" do
  same "b.rb", File.basename("/a/b.rb")
  same "b", File.basename("/a/b.rb", ".rb")
  same "b", File.basename("/a/b.rb", ".*")
  same "/a", File.dirname("/a/b.rb")
  same "/", File.dirname("/a/b/c", 3)
  same ".rb", File.extname("b.rb")
  same ["/a", "b"], File.split("/a/b")
  same "a/b/c", File.join("a", ["b"], "/c")
  same "/x/b", File.expand_path("../b", "/x/y")
  same "/home/ann/b", File.expand_path("~/b")
  same Dir.pwd + "/b", File.expand_path("b")
  same true, File.fnmatch("*.rb", "a.rb")
  same false, File.fnmatch?("*", "a/b", File::FNM_PATHNAME)
  same true, File.absolute_path?("/a")
  same 0101, File::WRONLY | File::CREAT
  same [1000, 1024], [01750, File::APPEND]
  same 0200000, File::DIRECTORY # not in CRuby
end

Dir.mktmpdir do |dir|
  path = File.join(dir, "a.txt")

  test "whole files" do
    same 11, File.write(path, "one\ntwo\né\n")
    same "one\ntwo\né\n", File.read(path)
    same "wo", File.read(path, 2, 5)
    same ["one\n", "two\n", "é\n"], File.readlines(path)
    same %w[one two é], File.readlines(path, chomp: true)
    same %w[one two é], File.foreach(path).map(&:chomp)
    same 11, File.size(path)
    same 2, File.write(path, "TW", 4)
    same "one\nTWo\né\n", IO.read(path)
    File.write(path, "!", mode: "a")
    same "one\nTWo\né\n!", File.binread(path).force_encoding("UTF-8")
    raises(Errno::ENOENT, "No such file or directory @ rb_sysopen - /no/such") { File.read("/no/such") }
    raises(Errno::EISDIR) { File.read(dir) }
  end

  test "open files" do
    File.open(path, "w") do |f|
      same path, f.path
      same 3, f.write("a", 1, :b)
      f.puts "x", [1, [2]]
      f.print "y", "z"
      f << "w" << 1
      f.printf("%03d", 7)
      raises(IOError, "not opened for reading") { f.read }
    end
    same "a1bx\n1\n2\nyzw1007", File.read(path)
    f = File.open(path)
    same "a1bx\n", f.gets
    same 5, f.pos
    same "1", f.getc
    same "\n2\n", f.read(3)
    same 9, f.tell
    same "yzw1007", f.read
    same "", f.read
    same nil, f.read(1)
    same nil, f.gets
    same true, f.eof?
    raises(EOFError, "end of file reached") { f.readline }
    f.rewind
    same 4, f.each_line.to_a.size
    f.seek(-4, IO::SEEK_END)
    same "1007", f.read
    f.pos = 1
    same 49, f.getbyte
    same "bx", f.gets(chomp: true)
    same "1\n2", f.gets("2")
    raises(IOError, "not opened for writing") { f.write("x") }
    f.close
    same true, f.closed?
    same nil, f.close
    raises(IOError, "closed stream") { f.read }
    File.open(path, "r+") { |g| g.gets; g.write("Q"); same "\n", g.gets }
    same "a1bx\nQ\n2\n", File.read(path)[0, 9]
    File.open(path, File::RDWR | File::CREAT | File::TRUNC, 0600) { |g| g.write("long\n\n\npara\n"); g.rewind; same ["long\n\n", "para\n"], g.each_line("").to_a }
    raises(Errno::EEXIST) { File.open(path, "wx") }
    raises(ArgumentError, "invalid access mode q") { File.open(path, "q") }
    big = "0123456789abcde\n" * 20_000
    File.write(path, big)
    same 20_000, File.open(path) { |g| g.each_line.count }
    same big, File.open(path) { |g| g.read }
  end

  test "what is said of a file" do
    File.write(path, "12345")
    File.chmod(0640, path)
    s = File.stat(path)
    same [5, true, false, 0100640, "file"], [s.size, s.file?, s.directory?, s.mode, s.ftype]
    same 1, s.nlink
    same Time, s.mtime.class
    same true, (Time.now - s.mtime).abs < 3600
    same [true, true, false, false], [File.exist?(path), File.file?(path), File.directory?(path), File.symlink?(path)]
    same [true, false], [File.directory?(dir), File.exist?(path + "x")]
    link = path + ".link"
    File.symlink("a.txt", link)
    same "a.txt", File.readlink(link)
    same [true, true], [File.symlink?(link), File.file?(link)]
    same ["link", "file"], [File.ftype(link), File.ftype(path)]
    same File.realpath(path), File.realpath(link)
    same true, File.identical?(path, link)
    raises(Errno::ENOENT) { File.realpath(path + "x") }
    File.utime(Time.at(1), Time.at(2, 5000), path)
    same [1, 2, 5_000_000], [File.atime(path).to_i, File.mtime(path).to_i, File.mtime(path).nsec]
    same [false, nil, 5], [File.zero?(path), File.size?(path + "x"), File.size?(path)]
    same "characterSpecial", File.ftype("/dev/null")
    same [1, 3], [File.stat("/dev/null").rdev_major, File.stat("/dev/null").rdev_minor]
    raises(Errno::ENOENT, "No such file or directory @ rb_file_s_size - /no") { File.size("/no") }
    File.rename(link, path + ".l2")
    same true, File.symlink?(path + ".l2")
    same 1, File.delete(path + ".l2")
    raises(Errno::ENOENT, "No such file or directory @ apply2files - /no") { File.unlink("/no") }
    raises(ArgumentError) { File.exist?("a\0b") }
    raises(TypeError) { File.exist?(nil) }
  end

  test "directories" do
    sub = File.join(dir, "sub")
    FileUtils.mkdir_p(File.join(sub, "deep", "er"))
    File.write(File.join(sub, "b.rb"), "")
    File.write(File.join(sub, "deep", "c.rb"), "")
    File.write(File.join(sub, "deep", "er", "d.rb"), "")
    File.write(File.join(sub, ".hidden"), "")
    same [".hidden", "b.rb", "deep"], Dir.children(sub).sort
    same [".", "..", ".hidden", "b.rb", "deep"], Dir.entries(sub).sort
    same ["b.rb", "deep"], Dir.glob("*", base: sub)
    same ["b.rb", "deep/c.rb", "deep/er/d.rb"], Dir.glob("**/*.rb", base: sub)
    same ["#{sub}/b.rb"], Dir["#{sub}/*.rb"]
    same ["#{sub}/b.rb", "#{sub}/deep"], Dir.glob("#{sub}/{b.rb,deep}")
    same ["#{sub}/deep/"], Dir.glob("#{sub}/*/")
    same [], Dir.glob("#{sub}/nothing*")
    same [true, false], [Dir.exist?(sub), Dir.empty?(sub)]
    here = Dir.pwd
    Dir.chdir(sub) { same File.realpath(sub), Dir.pwd }
    same here, Dir.pwd
    raises(Errno::ENOTEMPTY) { Dir.rmdir(sub) }
    raises(Errno::EEXIST) { Dir.mkdir(sub) }
    raises(Errno::ENOENT) { Dir.entries(sub + "x") }
    FileUtils.cp(File.join(sub, "b.rb"), File.join(dir, "copy.rb"))
    same true, File.exist?(File.join(dir, "copy.rb"))
    FileUtils.rm_rf(sub)
    same false, File.exist?(sub)
    same %w[a.txt copy.rb], Dir.each_child(dir).sort
  end

  test "other Ruby files" do
    File.write(File.join(dir, "lib.rb"), "$loaded = ($loaded || 0) + 1\nANSWER = 42\n")
    same true, require(File.join(dir, "lib"))
    same false, require(File.join(dir, "lib.rb"))
    same [1, 42], [$loaded, ANSWER]
    Object.__send__(:remove_const, :ANSWER)
    same true, load(File.join(dir, "lib.rb"))
    same 2, $loaded
    raises(LoadError) { require "no_such_thing" }
    raises(LoadError) { load "/no/such.rb" }
    File.write(File.join(dir, "outer.rb"), "require_relative 'inner'\n$dir = __dir__\n")
    File.write(File.join(dir, "inner.rb"), "$inner = __FILE__\n")
    require File.join(dir, "outer")
    same "inner.rb", File.basename($inner)
    same File.realpath(dir), $dir
  end
end

test "the standard descriptors" do
  same 0, $stdin.fileno
  same STDIN, $stdin
  same [1, 2], [$stdout.fileno, $stderr.fileno]
  same true, $stdout.sync || true
end
