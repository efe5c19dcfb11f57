test "sub and gsub" do
  same "h*llo", "hello".sub(/e/, "*")
  same "h*ll*", "hello".gsub(/[eo]/, "*")
  same "<h><e>", "he".gsub(/./, '<\0>')
  same "h<e>ll<o>", "hello".gsub(/([eo])/, '<\1>')
  same "Hello", "hello".sub(/\A./) { |c| c.upcase }
  same "h3ll0", "hello".gsub(/[eo]/, "e" => "3", "o" => "0")
  same "-a-b-", "ab".gsub(/x*/, "-")
  same "--b-", "aab".gsub(/a*/, "-")
  same "> a\n> b\n", "a\nb\n".gsub(/^/, "> ")
  same "a+b", "a.b".gsub(".", "+")
  same "b-a", "a-b".sub(/(?<x>\w)-(?<y>\w)/, '\k<y>-\k<x>')
  same 'a\b', "a/b".gsub("/", '\\\\')
  same "12", "a1b2".gsub(/[a-z]/, "")
  same ["a", "b"], "a1b".gsub(/[a-z]/).to_a
  same "sk_live_[redacted]", "sk_live_abc".gsub(/(sk_live|ghp)_\w+/) { "#{$1}_[redacted]" }
  same "ÉÈ", "éè".gsub(/[éè]/) { |c| c == "é" ? "É" : "È" }
  s = "aaa"
  same "baa", s.sub!(/a/, "b")
  same "baa", s
  same nil, s.gsub!(/x/, "y")
  same "bbb", s.gsub!("a", "b")
  raises(IndexError) { "a".sub(/(?<x>a)/, '\k<y>') }
end

test "scan" do
  same %w[1 22 3], "a1b22c3".scan(/\d+/)
  same [["a", "1"], ["b", "2"]], "a1b2".scan(/([a-z])(\d)/)
  same ["", "", ""], "ab".scan(//)
  same ["l", "l"], "hello".scan("l")
  all = []
  same "k=v", "k=v".scan(/(\w)=(\w)/) { |k, v| all << k << v << $~[0] }
  same %w[k v k=v], all
end

test "split" do
  same %w[a b c], "a, b;c".split(/[,;] ?/)
  same %w[a b c], "abc".split(//)
  same ["a", "b,c"], "a,b,c".split(/,/, 2)
  same ["a", ",", "b"], "a,b".split(/(,)/)
  same ["", "a"], ",a".split(/,/)
  same ["a"], "a,,".split(/,/)
  same ["a", "", ""], "a,,".split(/,/, -1)
  same %w[a b], " a  b ".split
  same %w[a b], "a b".split(" ")
  same [], "".split(/,/)
  same %w[h i], "hi".split(/x*/)
  same ["1", "2", "3"], "1  2 3".split(/\s+/)
  same ["a", "b", "c"], "a1b2c".split(/\d/)
  same ["é", "è"], "éè".split(//)
end

test "slices" do
  s = "hello world"
  same "world", s[/w.*/]
  same "w", s[/(w)(o)/, 1]
  same "o", s[/(?<x>w)(?<y>o)/, "y"]
  same nil, s[/x/]
  same "ell", s[1, 3]
  same "h", s[0]
  same "o w", s[4..6]
  same "hello", s[0...5]
  same "lo", s["lo"]
  s[/world/] = "there"
  same "hello there", s
  s[/(h)(e)/, 2] = "E"
  same "hEllo there", s
  same "there", s.slice!(/th.*/)
  same "hEllo ", s
  s[0] = "J"
  same "JEllo ", s
  raises(IndexError, "regexp not matched") { s[/zzz/] = "" }
end

test "where" do
  same 4, "hello".index(/o/)
  same 3, "hello".index("l", 3)
  same nil, "hello".index(/l/, 4)
  same 3, "hello".rindex(/l/)
  same 2, "hello".rindex(/l/, 2)
  same 1, "éa".index(/a/)
  same true, "hello".start_with?(/h./)
  same true, "hello".start_with?("x", "he")
  same false, "hello".start_with?(/e/)
  same ["he", "l", "lo"], "hello".partition(/l/)
  same ["hel", "l", "o"], "hello".rpartition(/l/)
  same ["hello", "", ""], "hello".partition(/x/)
  same ["", "", "hello"], "hello".rpartition(/x/)
  same ["a", ".", "b.c"], "a.b.c".partition(".")
  same 0, "a" =~ /a/
  same true, "abc".match?(/b/)
  same "b", "abc".match(/b/)[0]
  same "b", "abc".match("b")[0]
  same 1, :abc =~ /b/
  same true, :abc.match?(/b/)
  same "b", :abc[/b/]
  same false, "abc" !~ /b/
  same %w[abc], %w[abc xyz].grep(/b/)
  same %w[xyz], %w[abc xyz].grep_v(/b/)
  same %w[B], %w[abc xyz].grep(/b/) { $&.upcase }
end
