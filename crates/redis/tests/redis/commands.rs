//! `command`: arguments in, effects and values out.

use crate::server::{Setup, plain, with};

const CART: &str = r#"
command "cart.add", keys: 1..1, args: [:key, :integer], flags: [:write, :denyoom],
                    summary: "Adds to a cart" do |cart, n|
  redis.incrby cart, n
end
"#;

#[test]
fn a_command_written_in_ruby_is_a_command_of_the_server() {
    let server = with(CART);
    assert_eq!(server.say("cart.add a 5"), "5");
    assert_eq!(server.say("CART.ADD a -7"), "-2");
    assert_eq!(server.say("get a"), "-2");
    let info = server.say("command info cart.add");
    assert_eq!(
        info.split(", ").take(3).collect::<Vec<_>>(),
        ["[[cart.add", "3", "[+write"],
        "{info}"
    );
    assert!(server.say("command docs cart.add").contains("Adds to a cart"));
    assert_eq!(server.say("command getkeys cart.add k 1"), "[k]");
}

#[test]
fn what_is_stored_through_ruby_is_stored_as_compactly_as_by_anybody() {
    let server = plain();
    assert_eq!(server.eval("redis.set 'n', 5; redis.object 'encoding', 'n'"), "int");
    assert_eq!(server.eval("redis.set 's', 'abc'; redis.object 'encoding', 's'"), "embstr");
}

#[test]
fn arguments_arrive_as_what_they_are_declared_to_be() {
    let server = with(
        r#"
        command("types", args: [:string, :integer, :float, :symbol]) { |*a| a.inspect }
        WORDS = [:up, :down]
        "#,
    );
    assert_eq!(server.say("types 1 2 3 up"), "[\"1\", 2, 3.0, :up]");
    assert_eq!(server.say("types x two 3 up"), "-ERR argument 2 of types is not an integer");
    assert_eq!(server.say("types x 2 three up"), "-ERR argument 3 of types is not a number");
    assert_eq!(
        server.say("types x 2 3 a-new-word"),
        "-ERR argument 4 of types is not a word that the script knows"
    );
}

#[test]
fn optional_and_repeated_arguments_are_counted() {
    let server = with(
        r#"
        command("optional", args: [:key, :integer?]) { |k, n| [k, n].inspect }
        command("many", args: [:string, [:integer]]) { |s, *n| [s, n].inspect }
        command("anything") { |*all| all.inspect }
        "#,
    );
    assert_eq!(server.say("optional a"), "[\"a\", nil]");
    assert_eq!(server.say("optional a 1"), "[\"a\", 1]");
    let wrong = |name| format!("-ERR wrong number of arguments for '{name}' command");
    assert_eq!(server.say("optional a 1 2"), wrong("optional"));
    assert_eq!(server.say("optional"), wrong("optional"));
    assert_eq!(server.say("many a"), "[\"a\", []]");
    assert_eq!(server.say("many a 1 2 3"), "[\"a\", [1, 2, 3]]");
    assert_eq!(server.say("many a 1 x"), "-ERR argument 3 of many is not an integer");
    assert_eq!(server.say("anything a b"), "[\"a\", \"b\"]");
}

#[test]
fn keys_are_found_for_clusters_and_rights() {
    let server = with(
        r#"
        command("one", keys: 1) { }
        command("all", keys: 1..-1) { }
        command("pairs", keys: [1, -1, 2]) { }
        command("second", keys: 2..2) { }
        "#,
    );
    assert_eq!(server.say("command getkeys one a b"), "[a]");
    assert_eq!(server.say("command getkeys all a b c"), "[a, b, c]");
    assert_eq!(server.say("command getkeys pairs a 1 b 2"), "[a, b]");
    assert_eq!(server.say("command getkeys second a b c"), "[b]");
    assert_eq!(server.say("command getkeys ruby.eval x 2 a b c"), "[a, b]");
    assert_eq!(server.say("command getkeys ruby.call x 1 a b c"), "[a]");
}

#[test]
fn redis_takes_numbers_symbols_lists_hashes_and_options() {
    let server = plain();
    assert_eq!(server.eval("redis.set :k, 1.5, ex: 100, nx: true, keepttl: false"), "OK");
    assert_eq!(server.eval("redis.set :k, 2, nx: true"), "nil");
    assert_eq!(server.say("get k"), "1.5");
    assert_eq!(server.eval("redis.rpush 'l', [1, [2, :three]], 2**70"), "4");
    assert_eq!(server.say("lrange l 0 -1"), "[1, 2, three, 1180591620717411303424]");
    assert_eq!(server.eval("redis.hset 'h', {a: 1, 'b' => 2}"), "2");
    assert_eq!(server.eval("redis.hset 'h', c: 3"), "1");
    assert_eq!(
        server.eval("redis.hgetall('h').inspect"),
        "{\"a\"=>\"1\", \"b\"=>\"2\", \"c\"=>\"3\"}"
    );
    assert_eq!(server.eval("redis.zadd 'z', 1.5, 'm'; redis.zscore('z', 'm').inspect"), "1.5");
    assert_eq!(server.eval("redis.call('SET', 'k', 'v'); redis.call 'get', 'k'"), "v");
    let many: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    assert_eq!(server.eval("redis.rpush 'many', (0...100).to_a"), "100");
    assert_eq!(server.say("lrange many 0 -1"), format!("[{}]", many.join(", ")));
    assert_eq!(
        server.eval("redis.set 'k', nil"),
        "-RUBYERR TypeError: nil can't be an argument of a Redis command: use to_s (eval:1)"
    );
}

#[test]
fn errors_of_the_server_are_raised_or_answered_as_one_asks() {
    let server = plain();
    server.say("set s x");
    let wrong = "WRONGTYPE Operation against a key holding the wrong kind of value";
    assert_eq!(server.eval("redis.lpush 's', 1"), format!("-{wrong} (eval:1)"));
    assert_eq!(
        server.eval("begin; redis.lpush 's', 1; rescue Redis::Error => e; e.message; end"),
        wrong
    );
    assert_eq!(server.eval("redis.lpush?('s', 1).class.to_s"), "Redis::CommandError");
    assert_eq!(server.eval("redis.call?('lpush', 's', 1).message"), wrong);
    assert_eq!(
        server.eval("redis.no_such_thing"),
        "-ERR unknown Redis command 'no_such_thing' (eval:1)"
    );
    assert_eq!(server.eval("raise Redis::Error, 'NOSTOCK none left'"), "-NOSTOCK none left");
}

#[test]
fn without_the_flag_write_nothing_is_written() {
    let server = with(r#"command("sneaky", keys: 1..1) { |key| redis.set key, 1 }"#);
    let answer = server.say("sneaky k");
    assert!(
        answer.starts_with("-ERR Write command 'set' was called while write is not allowed"),
        "{answer}"
    );
    assert!(answer.ends_with("(test.rb:1)"), "{answer}");
    assert_eq!(server.say("exists k"), "0");
    let answer = server.ask(&["RUBY.EVAL_RO", "redis.set 'k', 1", "0"]).text();
    assert!(answer.starts_with("-ERR Write command"), "{answer}");
}

#[test]
fn a_command_may_call_another_and_itself() {
    let server = with(
        r#"
        command("fib", args: [:integer]) do |n|
          n < 2 ? n : redis.call("fib", n - 1) + redis.call("fib", n - 2)
        end
        "#,
    );
    assert_eq!(server.say("fib 10"), "55");
}

#[test]
fn commands_work_in_transactions_and_from_lua() {
    let server = with(CART);
    let mut client = server.client();
    assert_eq!(client.say("multi"), "+OK");
    client.say("cart.add a 1");
    client.say("cart.add a 2");
    assert_eq!(client.say("exec"), "[1, 3]");
    let lua = server.ask(&["EVAL", "return redis.call('cart.add', KEYS[1], 4)", "1", "a"]);
    assert_eq!(lua.text(), "7");
}

#[test]
fn eval_sees_keys_and_arguments_and_is_known_by_its_sha() {
    let server = plain();
    let source = "[KEYS, ARGV, KEYS.size].inspect";
    let first = server.ask(&["RUBY.EVAL", source, "2", "a", "b", "c"]).text();
    assert_eq!(first, "[[\"a\", \"b\"], [\"c\"], 2]");
    let sha = "d12212f539da64cedc39c220b1e166c1b4f0fba1";
    assert_eq!(server.ask(&["RUBY.EVALSHA", sha, "0"]).text(), "[[], [], 0]");
    let unknown = server.ask(&["RUBY.EVALSHA", &"0".repeat(40), "0"]).text();
    assert_eq!(unknown, "-NOSCRIPT No matching script. Please use RUBY.EVAL.");
    assert_eq!(server.say("ruby.eval 1 x"), "-ERR value is not an integer or out of range");
    assert_eq!(server.say("ruby.eval 1 -1"), "-ERR Number of keys can't be negative");
    assert_eq!(
        server.say("ruby.eval 1 2 a"),
        "-ERR Number of keys can't be greater than number of args"
    );
}

#[test]
fn ruby_call_finds_commands_by_name() {
    let server = with(CART);
    assert_eq!(server.say("ruby.call cart.add 1 a 5"), "5");
    assert_eq!(server.say("ruby.call_ro cart.add 1 a 5"), "-ERR cart.add writes: use RUBY.CALL");
    assert_eq!(
        server.say("ruby.call nobody 0"),
        "-ERR there is no command nobody: RUBY.LIST names them"
    );
    assert_eq!(
        server.say("ruby.call cart.add 1 a"),
        "-ERR wrong number of arguments for 'ruby.call' command"
    );
}

#[test]
fn what_scripts_print_is_in_the_servers_log() {
    let server = with("command('talk') { puts 'hello, log'; p({a: 1}) }");
    server.say("talk");
    assert!(server.log().contains("hello, log"), "{}", server.log());
    assert!(server.log().contains("{:a=>1}"), "{}", server.log());
}

#[test]
fn stats_count_calls_and_errors() {
    let server = with("command('maybe', args: [:integer]) { |n| raise 'no' if n == 0; n }");
    for n in ["1", "0", "2"] {
        server.ask(&["maybe", n]);
    }
    let stats = server.ask(&["RUBY.STATS"]);
    let maybe = stats.get("commands").get("maybe");
    assert_eq!(maybe.get("calls").text(), "3");
    assert_eq!(maybe.get("errors").text(), "1");
    assert_eq!(stats.get("running").text(), "0");
}

#[test]
fn a_module_that_is_told_nonsense_is_not_loaded_and_says_why() {
    let server = plain();
    assert_eq!(server.say("module unload hijinks").chars().next(), Some('-'));
    let bare = Setup::default().module("persist no").start();
    assert_eq!(bare.say("module unload hijinks"), "+OK");
    let path = crate::server::module();
    let path = path.to_str().unwrap();
    let answer = bare.ask(&["MODULE", "LOAD", path, "max-memory", "lots"]).text();
    assert!(answer.starts_with("-ERR Error loading the extension"), "{answer}");
    assert!(bare.log().contains("max-memory wants a size such as 64mb"), "{}", bare.log());
    assert_eq!(bare.say("ping"), "+PONG");
}

#[test]
fn ruby_has_regular_expressions_json_and_time_but_no_files() {
    let server = plain();
    assert_eq!(server.eval("'k:42'[/\\d+/].to_i + 1"), "43");
    assert_eq!(server.eval("JSON.generate(JSON.parse('{\"a\": [1, null]}'))"), "{\"a\":[1,null]}");
    assert_eq!(server.eval("Time.at(0).utc.year"), "1970");
    for name in ["File", "IO", "Process", "Socket", "ENV"] {
        let answer = server.eval(name);
        assert!(answer.starts_with("-RUBYERR NameError"), "{name}: {answer}");
    }
    let answer = server.eval("sleep 1");
    assert!(answer.contains("sleep would stop the server"), "{answer}");
}
