class SocketError < StandardError; end

class Socket
  def self.sockaddr_in(port, host)
    Addrinfo.tcp(host.nil? || host == "" ? "0.0.0.0" : host, port).to_sockaddr
  end

  def self.sockaddr_un(path)
    Addrinfo.unix(path).to_sockaddr
  end

  def self.unpack_sockaddr_in(address)
    info = Addrinfo.new(address)
    raise ArgumentError, "not an AF_INET/AF_INET6 sockaddr" unless info.ip?
    [info.ip_port, info.ip_address]
  end

  def self.unpack_sockaddr_un(address)
    Addrinfo.new(address).unix_path
  end

  class << self
    alias pack_sockaddr_in sockaddr_in
    alias pack_sockaddr_un sockaddr_un
  end
end

class Addrinfo
  attr_reader :afamily, :socktype, :protocol, :canonname
  alias pfamily afamily

  def self.tcp(host, port) = __of(host, port, 1, 6)
  def self.udp(host, port) = __of(host, port, 2, 17)
  def self.ip(host) = __of(host, 0, 0, 0)

  def self.unix(path, type = 1)
    info = allocate
    info.__set(1, nil, nil, path, type.is_a?(Integer) ? type : Socket.const_get("SOCK_#{type}"), 0)
    info
  end

  PORTS = { "http" => 80, "https" => 443, "ssh" => 22, "domain" => 53, "smtp" => 25, "ftp" => 21 }

  def self.__of(host, port, type, protocol)
    port = PORTS[port] || Integer(port) if port.is_a?(String)
    host = "127.0.0.1" if host == "localhost"
    family, text = __ip(host.to_s)
    raise SocketError, "getaddrinfo: Name or service not known" unless family
    info = allocate
    info.__set(family, text, port, nil, type, protocol)
    info
  end

  # From a packed address, or ["AF_INET", port, host, address].
  def initialize(address, family = nil, type = 0, protocol = 0)
    if address.is_a?(Array)
      if address[0] == "AF_UNIX"
        __set(1, nil, nil, address[1], type || 0, protocol)
      else
        found, text = Addrinfo.__ip((address[3] || address[2]).to_s)
        raise SocketError, "getaddrinfo: Name or service not known" unless found
        __set(found, text, address[1].to_i, nil, type || 0, protocol)
      end
      return
    end
    number = address.byteslice(0, 2).unpack1("S<")
    case number
    when 2
      __set(2, Addrinfo.__text(address.byteslice(4, 4)), address.byteslice(2, 2).unpack1("S>"), nil, type, protocol)
    when 10
      __set(10, Addrinfo.__text(address.byteslice(8, 16)), address.byteslice(2, 2).unpack1("S>"), nil, type, protocol)
    when 1
      path = address.byteslice(2, 108) || ""
      path = path.getbyte(0) == 0 ? path : path.split("\0")[0] || ""
      __set(1, nil, nil, path, type, protocol)
    else
      __set(number, nil, nil, nil, type, protocol)
    end
  end

  def __set(family, ip, port, path, type, protocol)
    @afamily = family
    @ip = ip
    @port = port
    @path = path
    @socktype = type
    @protocol = protocol
  end

  def ip? = !@ip.nil?
  def ipv4? = @afamily == 2
  def ipv6? = @afamily == 10
  def unix? = @afamily == 1

  def ip_address
    @ip || raise(SocketError, "need IPv4 or IPv6 address")
  end

  def ip_port
    @port || raise(SocketError, "need IPv4 or IPv6 address")
  end

  def ip_unpack = [ip_address, ip_port]

  def unix_path
    raise SocketError, "need AF_UNIX address" unless unix?
    @path
  end

  def __bytes = Addrinfo.__ip(@ip)[2]
  def ipv4_loopback? = ipv4? && __bytes.getbyte(0) == 127
  def ipv4_multicast? = ipv4? && __bytes.getbyte(0) >> 4 == 14

  def ipv4_private?
    return false unless ipv4?
    first, second = __bytes.bytes
    first == 10 || first == 172 && second >> 4 == 1 || first == 192 && second == 168
  end

  def ipv6_loopback? = ipv6? && @ip == "::1"
  def ipv6_unspecified? = ipv6? && @ip == "::"
  def ipv6_multicast? = ipv6? && __bytes.getbyte(0) == 255
  def ipv6_linklocal? = ipv6? && __bytes.getbyte(0) == 0xfe && __bytes.getbyte(1) >> 6 == 2

  def to_sockaddr
    case @afamily
    when 2 then [2, @port].pack("S<S>") + __bytes + "\0" * 8
    when 10 then [10, @port, 0].pack("S<S>L>") + __bytes + "\0" * 4
    else [1].pack("S<") + @path + "\0" * (108 - @path.bytesize)
    end
  end
  alias to_s to_sockaddr

  def inspect_sockaddr
    if ipv4?
      @port == 0 ? @ip : "#{@ip}:#{@port}"
    elsif ipv6?
      @port == 0 ? @ip : "[#{@ip}]:#{@port}"
    elsif unix?
      @path.start_with?("/") ? @path : "UNIX #{@path}"
    else
      "unknown address family #{@afamily}"
    end
  end

  def inspect
    kind = { [1, 6] => " TCP", [2, 17] => " UDP" }[[@socktype, @protocol]]
    kind = " SOCK_STREAM" if unix? && @socktype == 1
    "#<Addrinfo: #{inspect_sockaddr}#{kind}>"
  end

  def ==(other)
    other.is_a?(Addrinfo) && inspect == other.inspect
  end
  alias eql? ==

  def hash = inspect.hash
  def getnameinfo(flags = 0) = [@ip, @port.to_s]
end
