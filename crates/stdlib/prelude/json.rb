module JSON
  class JSONError < StandardError; end
  class ParserError < JSONError; end
  class NestingError < ParserError; end
  class GeneratorError < JSONError; end

  def self.parse!(text, **options)
    parse(text, allow_nan: true, max_nesting: 0, **options)
  end

  def self.load(source, proc = nil, **options)
    source = source.read if source.respond_to?(:read)
    return nil if source.nil? || source.empty?
    parse(source, allow_nan: true, max_nesting: 0, **options)
  end

  def self.load_file(path, **options)
    parse(File.read(path), **options)
  end

  def self.dump(value, io = nil)
    text = generate(value, allow_nan: true)
    return text unless io
    io.write(text)
    io
  end

  def self.[](value, **options)
    value.is_a?(String) ? parse(value, **options) : generate(value, **options)
  end
end
