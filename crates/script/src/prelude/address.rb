module Hijinks
  # A socket address: what Addrinfo answers, and `host`, the name by which the program asked for it.
  class Address
    attr_reader :family, :port, :text, :names

    def initialize(family, ip, port, path, text, names)
      @family = family
      @ip = ip
      @port = port
      @path = path
      @text = text
      @names = names
    end

    def host = @names.first || @ip
    def name = @names.first
    def ip_address = @ip
    def ip_port = @port
    def unix_path = @path
    alias path unix_path
    def afamily = @family.to_i
    alias pfamily afamily
    def ip? = !@ip.nil?
    def ipv4? = afamily == 2
    def ipv6? = afamily == 10
    def unix? = afamily == 1
    def ipv4_loopback? = ipv4? && @ip.start_with?("127.")
    def ipv6_loopback? = ipv6? && @ip == "::1"
    def loopback? = ipv4_loopback? || ipv6_loopback?
    def ip_unpack = [@ip, @port]
    alias inspect_sockaddr text
    def to_s = name ? "#{name}:#{@port}" : @text
    alias inspect to_s
    def to_json(*) = to_s.to_json
    def ==(other) = other.is_a?(Address) ? @text == other.text : [@text, to_s].include?(other)
    alias eql? ==
    def hash = @text.hash
  end
end
