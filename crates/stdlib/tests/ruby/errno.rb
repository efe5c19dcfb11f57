test "every error has a class" do
  same "No such file or directory", Errno::ENOENT.new.message
  same "No such file or directory - x", Errno::ENOENT.new("x").message
  same "No such file or directory @ here - x", Errno::ENOENT.new("x", "here").message
  same 2, Errno::ENOENT::Errno
  same 2, Errno::ENOENT.new.errno
  same SystemCallError, Errno::ENOENT.superclass
  same StandardError, SystemCallError.superclass
  same true, Errno::EWOULDBLOCK.equal?(Errno::EAGAIN)
  same "Errno::EHWPOISON", Errno::EHWPOISON.name
  same true, Errno.constants.include?(:EPERM)
  raises(NameError, "uninitialized constant Errno::ENOSUCH") { Errno::ENOSUCH }
end

test "a number finds its class" do
  same Errno::ENOENT, SystemCallError.new(2).class
  same "Permission denied - x", SystemCallError.new("x", 13).message
  same "Unknown error 9999", SystemCallError.new(9999).message
  same 9999, SystemCallError.new(9999).errno
  same "unknown error - x", SystemCallError.new("x").message
  same nil, SystemCallError.new("x").errno
end

test "raise and rescue" do
  raises(Errno::EACCES, "Permission denied") { raise Errno::EACCES }
  raises(Errno::EACCES, "Permission denied - /etc") { raise Errno::EACCES, "/etc" }
  raises(Errno::EACCES, "Permission denied - /etc") { raise Errno::EACCES.new("/etc") }
  begin
    raise Errno::EAGAIN
  rescue Errno::EWOULDBLOCK => e
    same 11, e.errno
  end
  begin
    raise Errno::EPERM, "x"
  rescue SystemCallError => e
    same 1, e.errno
  end
  same true, Errno::EPERM === SystemCallError.new(1)
  same false, Errno::EPERM === Errno::ENOENT.new
end

test "the other errors" do
  same IOError, EOFError.superclass
  same "EOFError", EOFError.new.message
  same ScriptError, LoadError.superclass
  same SignalException, Interrupt.superclass
  same Exception, SystemExit.superclass
  same "SIGTERM", SignalException.new("TERM").message
  same 15, SignalException.new("SIGTERM").signo
  same 2, Signal.list["INT"]
  same "KILL", Signal.signame(9)
end
