test "literals, options and text" do
  same 1, "foo" =~ /o+/
  same nil, "foo" =~ /x/
  same "/a\\/b/mix", /a\/b/mix.inspect
  same "(?m-ix:x)", /x/m.to_s
  same "(?-mix:a)", /a/.to_s
  same "a.b", /a.b/.source
  same 7, /x/mix.options
  same true, /a/ == /a/
  same false, /a/ == /a/i
  same true, /a/.eql?(Regexp.new("a"))
  same true, { /a/ => 1 }.key?(/a/)
  same 2, "cab" =~ Regexp.new("B", Regexp::IGNORECASE)
  same true, Regexp.new("b", true).casefold?
  name = "b+"
  same "bb", "abbc"[/#{name}/]
  same 0, "a/b" =~ %r{a/b}
  same "ab", "xab"[Regexp.new(/a b/x)]
end

test "match data" do
  m = /(\d+)-(?:x)?(\d+)?/.match("tel 12-34 end")
  same "12-34", m[0]
  same ["12", "34"], m.captures
  same ["12-34", "12", "34"], m.to_a
  same "34", m[-1]
  same nil, m[9]
  same "tel ", m.pre_match
  same " end", m.post_match
  same [4, 9], m.offset(0)
  same 7, m.begin(2)
  same 9, m.end(2)
  same 3, m.size
  same ["34", "12-34"], m.values_at(2, 0)
  same "12-34", m.to_s
  same "tel 12-34 end", m.string
  same /(\d+)-(?:x)?(\d+)?/, m.regexp
  same '#<MatchData "12-34" 1:"12" 2:"34">', m.inspect
  same nil, /x/.match("y")
  same [1, 2], /é/.match("aéb").offset(0)
end

test "names" do
  m = /(?<year>\d+)-(?<month>\d+)/.match("on 2026-11")
  same "2026", m[:year]
  same "11", m["month"]
  same({ "year" => "2026", "month" => "11" }, m.named_captures)
  same ["year", "month"], m.names
  same '#<MatchData "2026-11" year:"2026" month:"11">', m.inspect
  raises(IndexError, "undefined group name reference: day") { m[:day] }
  same ["year"], /(?<year>.)/.names
  case m.named_captures
  when Hash then same true, true
  end
end

test "the globals" do
  "hello world" =~ /(o) (w)/
  same "o", $1
  same "w", $2
  same nil, $3
  same "o w", $~[0]
  same "o w", $&
  same "hell", $`
  same "orld", $'
  same "w", $+
  same "w", Regexp.last_match(2)
  "x" =~ /y/
  same nil, $~
  same nil, $1
  same ["b", "c"], "abc".gsub(/[bc]/) { $&.upcase }.downcase.chars.last(2)
  "abc".match?(/b/)
  same nil, "x".match(/y/)
end

test "case and when" do
  found = case "GET /index"
          when /\APOST (.*)/ then "post"
          when /\AGET (.*)/ then $1
          end
  same "/index", found
  same true, /a/ === :cat
  same false, /a/ === nil
  same false, /a/ === 5
end

test "escape, union, match?" do
  same "a\\.b\\*\\ c\\n", Regexp.escape("a.b* c\n")
  same(/a\.b|c/, Regexp.union("a.b", "c"))
  same(/(?-mix:a)|(?i-mx:b)/, Regexp.union(/a/, /b/i))
  same(/(?!)/, Regexp.union)
  same(/x/, Regexp.union(/x/))
  same true, /b/.match?("abc")
  same false, /b/.match?("abc", 2)
  same false, /b/.match?(nil)
  same "bc", /b./.match("abcbd", 1)[0]
  same "bd", /b./.match("abcbd", 2)[0]
  same 3, /b(.)/.match("abcbd", 2) { |m| m.begin(0) }
end

test "mistakes are named" do
  raises(RegexpError, "end pattern with unmatched parenthesis: /a(/") { Regexp.new("a(") }
  raises(RegexpError, "premature end of char-class: /[a/") { Regexp.new("[a") }
  raises(TypeError) { Regexp.new(nil) }
end

test "the language" do
  same "ab", "ab"[/(?<=x|)ab(?!c)/]
  same "aa", "baab"[/(a)\1/]
  same "2026", "y2026"[/\p{Digit}{4}\z/]
  same %w[a b], "a1b".scan(/[[:alpha:]]/)
  same ["abc"], "abc".scan(/\A\w++\z/)
  same "line2", "line1\nline2\n"[/^.*2$/]
  same nil, "a\nb"[/\Ab/]
  same "a\nb", "a\nb"[/a.b/m]
  same "tschüß", "ein tschüß"[/t\S+/]
end
