# slow.rb                                       # hijinks attach 4242 slow.rb; edit, save: live. Ctrl-C detaches
on :read, :recvfrom, elapsed: 0.1.. do |c|
  emit slow: c.name, fd: c.fd.to_s, ms: (c.elapsed * 1000).round(1), stack: c.caller
end
every(5) { puts stats.top(10) }
