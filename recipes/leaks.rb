# leaks.rb                                      # lsof that remembers who opened what
on :exit_group do |c|
  c.process.fds.reject(&:std?).each do |fd|
    puts "leaked #{fd.fileno} #{fd.path} opened #{fd.age.round}s ago at", fd.opened_by.caller.first(3)
  end
end
