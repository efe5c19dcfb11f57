# gem_audit.rb                                  # hijinks run gem_audit.rb -- gem install rake
on(:execve)                               { |c| audit :exec,   c.argv }
on(:connect)                              { |c| audit :net,    c.address }
on(:open, mode: :write)                   { |c| audit :write,  c.path }
on(:open, path: "~/.{ssh,aws,gem}/**")    { |c| audit :secret, c.path, c.caller }
on(:unlink)                               { |c| audit :delete, c.path }
