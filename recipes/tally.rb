# tally.rb
tally(:open)               { |c| c.path }
tally(:open, error: true)  { |c| [c.errno, c.path] }
sum(:write)                { |c| [c.fd.path, c.result] }
histogram(:fsync)          { |c| c.elapsed }
