test "parse" do
  same({ "a" => [1, -2.5, "x", true, false, nil] }, JSON.parse('{"a": [1, -2.5, "x", true, false, null]}'))
  same({ a: { b: 1 } }, JSON.parse('{"a":{"b":1}}', symbolize_names: true))
  same "é\n\"\\/\u{1F600}", JSON.parse('"\u00e9\n\"\\\\\/\ud83d\ude00"')
  same 1e20, JSON.parse("1e20")
  same 123456789012345678901234567890, JSON.parse("123456789012345678901234567890")
  same [], JSON.parse(" [ ] ")
  same({}, JSON.parse("{}"))
  same 5, JSON.parse("5")
  same [1, 2], JSON.parse("[1, /* two */ 2]")
  same({ "k" => "v" }, JSON.load('{"k":"v"}'))
  same nil, JSON.load(nil)
  ["", "{", "[1,]", "{\"a\"}", "nul", "[1 2]", "\"a", "01", "[1]x", "{'a':1}", "-"].each do |bad|
    raises(JSON::ParserError) { JSON.parse(bad) }
  end
  raises(JSON::NestingError) { JSON.parse("[" * 101 + "]" * 101) }
  raises(TypeError) { JSON.parse(nil) }
  same true, JSON::ParserError < StandardError
  begin # not in CRuby
    JSON.parse("{\n  \"a\": oops}") # not in CRuby
  rescue JSON::ParserError => e # not in CRuby
    same "unexpected token at 'oops}' (line 2, column 8)", e.message # not in CRuby
  end # not in CRuby
end

test "generate" do
  same '{"a":[1,2.5,"x",true,null],"b":{}}', JSON.generate({ a: [1, 2.5, "x", true, nil], "b" => {} })
  same '"é\"\\\\\n\u0001"', "é\"\\\n\u0001".to_json
  same "[1,\"a\",null]", [1, :a, nil].to_json
  same '{"1":2}', { 1 => 2 }.to_json
  same "null", nil.to_json
  same "true", true.to_json
  same "1.5", 1.5.to_json
  same "1.0e+20", 1e20.to_json.sub("100000000000000000000.0", "1.0e+20")
  same '"sym"', :sym.to_json
  same "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ],\n  \"c\": 1\n}", JSON.pretty_generate({ a: [1, { b: 2 }], c: 1 })
  same "[]", JSON.pretty_generate([]) # not in CRuby
  same "{}", JSON.pretty_generate({}) # not in CRuby
  same '{"a":1}', JSON.dump({ a: 1 })
  raises(JSON::GeneratorError) { JSON.generate(Float::NAN) }
  klass = Class.new do
    def to_json(*args)
      { k: 1 }.to_json(*args)
    end
  end
  same '[{"k":1}]', JSON.generate([klass.new])
  same '"1..2"', (1..2).to_json
  data = { "name" => "x", "list" => [1, [2, [3]]], "deep" => { "a" => { "b" => nil } } }
  same data, JSON.parse(JSON.generate(data))
  same data, JSON.parse(JSON.pretty_generate(data))
  same "\"a\u{fffd}b\"", "a\xFFb".to_json # not in CRuby
end
