# truncate.rb                                   # nobody empties my logs
on :truncate, :ftruncate, path: "**/*.log", size: 0 do |c|
  warn "#{c.program} tried to empty #{c.path}", *c.caller.first(5)
  raise Errno::EPERM
end
