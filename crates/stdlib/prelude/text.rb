module Base64
  def self.encode64(text) = [text].pack("m")
  def self.decode64(text) = text.unpack1("m")
  def self.strict_encode64(text) = [text].pack("m0")

  def self.strict_decode64(text)
    unless text =~ /\A(?:[A-Za-z0-9+\/]{4})*(?:[A-Za-z0-9+\/]{2}==|[A-Za-z0-9+\/]{3}=)?\z/
      raise ArgumentError, "invalid base64"
    end
    text.unpack1("m")
  end

  def self.urlsafe_encode64(text, padding: true)
    text = strict_encode64(text).tr("+/", "-_")
    padding ? text : text.delete("=")
  end

  def self.urlsafe_decode64(text)
    text = text.tr("-_", "+/")
    strict_decode64(text + "=" * (-text.size % 4))
  end
end

module Shellwords
  def self.split(line)
    words = []
    field = ""
    line.scan(/\G\s*(?>([^\s\\'"]+)|'([^']*)'|"((?:[^"\\]|\\.)*)"|(\\.?)|(\S))(\s|\z)?/m) do |word, single, double, escaped, garbage, ends|
      raise ArgumentError, "Unmatched quote: #{line}" if garbage
      field += word || single || (double && double.gsub(/\\([$`"\\\n])/, '\1')) || escaped.gsub(/\\(.)/, '\1')
      if ends
        words << field
        field = ""
      end
    end
    words
  end

  def self.escape(text)
    text = text.to_s
    return "''" if text.empty?
    text.gsub(/[^A-Za-z0-9_\-.,:+\/@\n]/) { |c| "\\#{c}" }.gsub("\n", "'\n'")
  end

  def self.join(words) = words.map { |word| escape(word) }.join(" ")

  class << self
    alias shellsplit split
    alias shellwords split
    alias shellescape escape
    alias shelljoin join
  end
end

class String
  def shellsplit = Shellwords.split(self)
  def shellescape = Shellwords.escape(self)
end

class Array
  def shelljoin = Shellwords.join(self)
end
