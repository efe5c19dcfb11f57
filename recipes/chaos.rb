# chaos.rb                                      # a disk that lies, a network that stalls
on(:write, path: "/var/lib/**", rate: 0.01) { raise Errno::ENOSPC }
on(:read,  fd: :socket, rate: 0.05)         { sleep rand(0.2..2.0) }
on(:fsync)                                  { |c| c.proceed; raise Errno::EIO if c.nth == 3 }
on(:mmap,  length: (64 << 20)..)            { raise Errno::ENOMEM }
