# redact.rb                                     # secrets never reach the terminal, the log or the wire
on :write, :sendto do |c|
  c.data = c.data.gsub(/(sk_live|ghp)_\w+/) { "#{$1}_[redacted]" }
end
