//! Ruby's values as the protocol's.

use crate::resp::Value;
use crate::server::plain;

#[test]
fn every_kind_of_value_has_its_answer_in_both_protocols() {
    let server = plain();
    let (mut old, mut new) = (server.client(), server.client());
    new.say("hello 3");
    let table = [
        ("1", "1", "1"),
        ("-2**62", "-4611686018427387904", "-4611686018427387904"),
        ("2**80", "1208925819614629174706176", "(1208925819614629174706176"),
        ("1.5", "1.5", ",1.5"),
        ("'text'", "text", "text"),
        (":OK", "+OK", "+OK"),
        ("nil", "nil", "nil"),
        ("true", "1", "true"),
        ("false", "0", "false"),
        ("[1, [nil, 'a']]", "[1, [nil, a]]", "[1, [nil, a]]"),
        ("{a: 1, 'b' => [2]}", "[+a, 1, b, [2]]", "{+a: 1, b: [2]}"),
        ("Set.new([1, 2])", "[1, 2]", "~[1, 2]"),
        ("(1..3)", "[1, 2, 3]", "[1, 2, 3]"),
        ("Struct.new(:a, :b).new(1, 2)", "[1, 2]", "[1, 2]"),
        ("[]", "[]", "[]"),
        ("{}", "[]", "{}"),
        ("''", "", ""),
        ("RuntimeError.new('kept')", "-RUBYERR RuntimeError: kept", "-RUBYERR RuntimeError: kept"),
        ("Redis::Error.new('CODE kept')", "-CODE kept", "-CODE kept"),
        ("Class.new { def to_redis = [1] }.new", "[1]", "[1]"),
        ("Class.new { def to_s = 'me' }.new", "me", "me"),
    ];
    for (source, in_2, in_3) in table {
        assert_eq!(old.eval(source), in_2, "{source}");
        assert_eq!(new.eval(source), in_3, "{source}");
    }
}

#[test]
fn any_bytes_come_back_as_they_were() {
    let server = plain();
    let bytes: Vec<u8> = (0..=255).cycle().take(1000).collect();
    let set = [
        &b"RUBY.EVAL"[..],
        b"redis.set KEYS[0], ARGV[0]; redis.get KEYS[0]",
        b"1",
        b"k\0\xff",
        &bytes,
    ];
    assert_eq!(server.ask(&set), Value::Bulk(bytes.clone()));
    assert_eq!(server.ask(&[&b"GET"[..], b"k\0\xff"]), Value::Bulk(bytes));
}

#[test]
fn ten_megabytes_go_in_and_out() {
    let server = plain();
    let big = vec![b'x'; 10 << 20];
    let echo =
        server.ask(&[&b"RUBY.EVAL"[..], b"redis.set 'k', ARGV[0]; redis.get 'k'", b"0", &big]);
    assert_eq!(echo.bytes().len(), big.len());
    assert!(echo.bytes() == big, "the same bytes");
    assert_eq!(server.say("strlen k"), "10485760");
}

#[test]
fn what_can_not_be_answered_is_an_error_and_breaks_nothing() {
    let server = plain();
    let mut client = server.client();
    assert_eq!(client.eval("proc { }"), "-RUBYERR TypeError: a Proc can't be an answer");
    assert_eq!(client.eval("[1, 2, Object]"), "-RUBYERR TypeError: a Class can't be an answer");
    let itself = client.eval("a = []; a << a; a");
    assert_eq!(itself, "-RUBYERR ArgumentError: an answer may be nested 64 deep");
    assert_eq!(
        client.eval("Class.new { def to_redis = raise('no') }.new"),
        "-RUBYERR RuntimeError: no (eval:1)"
    );
    assert_eq!(client.say("ping"), "+PONG", "the connection is in step");
}

#[test]
fn an_error_is_one_line_whatever_its_message() {
    let server = plain();
    let mut client = server.client();
    assert_eq!(
        client.eval("raise \"two\\r\\nlines \\0 and a NUL\""),
        "-RUBYERR RuntimeError: two  lines   and a NUL (eval:1)"
    );
    assert_eq!(client.eval(":\"two\\nlines\""), "+two lines");
    assert_eq!(client.say("ping"), "+PONG", "the connection is in step");
    let binary = client.eval("raise \"\\xff\\xfe\"");
    assert!(binary.starts_with("-RUBYERR RuntimeError: "), "{binary}");
}

#[test]
fn answers_of_the_server_are_ruby_values() {
    let server = plain();
    server.say("rpush l a b");
    server.say("sadd s x");
    server.say("zadd z 1.5 m");
    server.say("hset h f v");
    let table = [
        ("redis.lrange('l', 0, -1)", "[\"a\", \"b\"]"),
        ("redis.smembers('s')", "[\"x\"]"),
        ("redis.hgetall('h')", "{\"f\"=>\"v\"}"),
        ("redis.zrange('z', 0, -1, withscores: true)", "[[\"m\", 1.5]]"),
        ("redis.get('none')", "nil"),
        ("redis.exists('l')", "1"),
        ("redis.ping", "\"PONG\""),
        ("redis.zscore('z', 'm')", "1.5"),
        ("redis.lrange('none', 0, -1)", "[]"),
    ];
    for (source, value) in table {
        assert_eq!(server.eval(&format!("{source}.inspect")), value, "{source}");
    }
}
