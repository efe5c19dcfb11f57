module SecureRandom
  class << self
    alias bytes random_bytes

    def hex(count = 16) = random_bytes(count).unpack1("H*")
    def base64(count = 16) = [random_bytes(count)].pack("m0")
    def urlsafe_base64(count = 16, padding = false)
      text = base64(count).tr("+/", "-_")
      padding ? text : text.delete("=")
    end

    def uuid
      bytes = random_bytes(16)
      bytes.setbyte(6, bytes.getbyte(6) & 0x0f | 0x40)
      bytes.setbyte(8, bytes.getbyte(8) & 0x3f | 0x80)
      hex = bytes.unpack1("H*")
      [hex[0, 8], hex[8, 4], hex[12, 4], hex[16, 4], hex[20, 12]].join("-")
    end

    def alphanumeric(count = 16, chars: [*"A".."Z", *"a".."z", *"0".."9"])
      Array.new(count) { chars[random_number(chars.size)] }.join
    end

    def random_number(limit = 0)
      word = random_bytes(7).bytes.inject(0) { |number, byte| number << 8 | byte } >> 3
      case limit
      when Range
        first = limit.begin
        last = limit.end
        if first.is_a?(Float) || last.is_a?(Float)
          first + random_number * (last - first)
        else
          first + random_number(last - first + (limit.exclude_end? ? 0 : 1))
        end
      when Float
        limit > 0 ? limit * random_number : random_number
      when nil, 0
        word / (1 << 53).to_f
      else
        word % limit
      end
    end
    alias rand random_number
  end
end
