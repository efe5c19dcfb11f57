test "shell words" do
  same %w[a b], Shellwords.split("a b")
  same ["a b", "c'd", "e"], Shellwords.split("'a b' \"c'd\" e")
  same ["a b", "x\"y"], Shellwords.split('a\ b "x\"y"')
  same "it\\'s", Shellwords.escape("it's")
  same "''", Shellwords.escape("")
  same "a b\\ c", Shellwords.join(["a", "b c"])
  raises(ArgumentError) { Shellwords.split("'a") }
end

test "base 64" do
  same "aGVsbG8=", Base64.strict_encode64("hello")
  same "aGVsbG8=\n", Base64.encode64("hello")
  same "hello", Base64.decode64("aGVsbG8=")
  same "_-4", Base64.urlsafe_encode64("\xff\xee", padding: false)
  same "hello", Base64.urlsafe_decode64("aGVsbG8")
  raises(ArgumentError) { Base64.strict_decode64("a") }
end

test "secure random" do
  same 32, SecureRandom.hex.size
  same true, SecureRandom.uuid.match?(/\A\h{8}-\h{4}-4\h{3}-[89ab]\h{3}-\h{12}\z/)
  same 8, SecureRandom.random_bytes(8).bytesize
  same 5, SecureRandom.alphanumeric(5).size
  same true, (0...10).include?(SecureRandom.random_number(10))
  same true, (0.0...1.0).include?(SecureRandom.random_number)
  same false, SecureRandom.hex == SecureRandom.hex
end

test "random" do
  same true, (0.2..2.0).cover?(rand(0.2..2.0))
  same true, (1..6).cover?(rand(1..6))
  same true, (1...3).cover?(Random.rand(1...3))
  srand(42)
  a = [rand(100), rand]
  srand(42)
  same a, [rand(100), rand]
  same Random.new(1).rand(1000), Random.new(1).rand(1000)
  raises(ArgumentError) { Random.new.rand(-1) }
end

test "socket addresses" do
  same [2, 10, 1, 1, 2], [Socket::AF_INET, Socket::AF_INET6, Socket::AF_UNIX, Socket::SOCK_STREAM, Socket::SOCK_DGRAM]
  same 2, Socket::PF_INET
  raises(NameError) { Socket::AF_NOPE }
  a = Addrinfo.tcp("127.0.0.1", 80)
  same ["127.0.0.1", 80, true, true, false, 2], [a.ip_address, a.ip_port, a.ip?, a.ipv4?, a.unix?, a.afamily]
  same "127.0.0.1:80", a.inspect_sockaddr
  same "#<Addrinfo: 127.0.0.1:80 TCP>", a.inspect
  same true, a.ipv4_loopback?
  same "[::1]:53", Addrinfo.udp("::1", 53).inspect_sockaddr
  same true, Addrinfo.ip("::1").ipv6_loopback?
  same "/tmp/s", Addrinfo.unix("/tmp/s").unix_path
  same "/tmp/s", Addrinfo.unix("/tmp/s").inspect_sockaddr
  same [80, "127.0.0.1"], Socket.unpack_sockaddr_in(Socket.sockaddr_in(80, "127.0.0.1"))
  same "::1", Addrinfo.new(Addrinfo.tcp("::1", 1).to_sockaddr).ip_address
  same "/tmp/s", Addrinfo.new(Addrinfo.unix("/tmp/s").to_sockaddr).unix_path
  raises(SocketError) { Addrinfo.unix("/x").ip_address }
end

test "objects" do
  o = OpenStruct.new(a: 1)
  o.b = 2
  same [1, 2, nil], [o.a, o.b, o.c]
  same "#<OpenStruct a=1, b=2>", o.inspect
  same({ a: 1, b: 2 }, o.to_h)
  io = StringIO.new
  io.puts "x", [1]
  io << "y"
  io.printf("%d", 5)
  same "x\n1\ny5", io.string
  io.rewind
  same ["x\n", "1\n", "y5"], io.readlines
  same nil, io.gets
  same "ab", StringIO.new("abc").read(2)
  s = StringScanner.new("key: 12")
  same "key", s.scan(/\w+/)
  same nil, s.scan(/\d+/)
  same 2, s.skip(/:\s*/)
  same "12", s.scan(/(\d)(\d)/)
  same "2", s[2]
  same true, s.eos?
  class Only; include Singleton; end
  same true, Only.instance.equal?(Only.instance)
  class Queue2
    extend Forwardable
    def_delegators :@list, :size, :<<
    def_delegator :@list, :first, :head
    def initialize = @list = []
  end
  q = Queue2.new
  q << 5
  same [1, 5], [q.size, q.head]
end

test "what require knows" do
  same true, [true, false].include?(require("json"))
  same false, require("json")
  require "set"
  require "time"
  raises(LoadError) { require "no/such/thing" }
end

module Outer
  def self.now = Time.at(0).to_i
  def self.path = File.join("a", Shellwords.escape("b"))
  class Inner
    def env = ENV.key?("HOME")
  end
end

test "libraries come wherever they are named" do
  same [0, "a/b", true], [Outer.now, Outer.path, Outer::Inner.new.env]
  raises(NameError, "uninitialized constant Outer::Nope") { Outer::Nope }
  raises(NameError, "uninitialized constant Nope") { Nope }
end
