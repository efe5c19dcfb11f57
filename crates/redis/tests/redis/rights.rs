//! Ruby has the rights of whoever calls it.

use crate::server::{Setup, with};

const SPY: &str = r#"
command("spy", args: [:string]) { |key| redis.get key }
command("peek", keys: 1..1, args: [:key]) { |key| redis.get key }
command("trusted", args: [:string], acl: false) { |key| redis.get key }
command("later", args: [:string], flags: [:background]) { |key| redis.get key }
command("block", args: [:string]) { |key| background { redis.get key } }
"#;

#[test]
fn a_user_can_not_read_through_ruby_what_he_may_not_read() {
    let server = with(SPY);
    server.say("mset mine yes secret no");
    server.say("acl setuser ann on >pw ~mine +get +spy +peek +trusted +later +block +ruby.call");
    let mut ann = server.client();
    assert_eq!(ann.say("auth ann pw"), "+OK");
    assert_eq!(ann.say("spy mine"), "yes");
    for command in ["spy secret", "peek secret", "later secret", "block secret"] {
        let answer = ann.say(command);
        assert!(answer.starts_with("-NOPERM"), "{command}: {answer}");
    }
    assert_eq!(ann.say("later mine"), "yes");
    assert_eq!(ann.say("block mine"), "yes");
    assert_eq!(ann.say("trusted secret"), "no", "the script has said that it may");
}

#[test]
fn a_user_without_a_command_can_not_use_it_through_ruby() {
    let server = with(SPY);
    server.say("set k v");
    server.say("acl setuser bob on >pw ~* +spy +ruby.call");
    let mut bob = server.client();
    bob.say("auth bob pw");
    assert!(bob.say("spy k").starts_with("-NOPERM"), "bob may not GET");
    assert!(bob.say("ruby.call trusted 0 k").starts_with("-NOPERM"), "nor call what he may not");
    assert!(bob.say("trusted k").starts_with("-NOPERM"));
    assert_eq!(bob.say("ruby.call spy 0 k").get(..7), Some("-NOPERM"));
}

#[test]
fn only_administrators_load_and_evaluate() {
    let server = with(SPY);
    server.say("acl setuser eve on >pw ~* +@all -@admin -@dangerous");
    let mut eve = server.client();
    eve.say("auth eve pw");
    for line in ["ruby.load x 1", "ruby.eval 1 0", "ruby.evalsha x 0", "ruby.delete x", "ruby.kill"]
    {
        assert!(eve.say(line).starts_with("-NOPERM"), "{line}");
    }
    assert_eq!(eve.say("ruby.call spy 0 k"), "nil");
}

#[test]
fn commands_that_scripts_may_not_use_are_refused_to_ruby_too() {
    let server = with(SPY);
    for source in
        ["redis.shutdown", "redis.multi", "redis.subscribe 'x'", "redis.eval 'return 1', 0"]
    {
        let answer = server.eval(source);
        assert!(answer.contains("not allowed"), "{source}: {answer}");
    }
}

#[test]
fn memory_that_is_full_is_full_for_ruby_too() {
    let server = Setup::default()
        .script("fill.rb", "command('fill', flags: [:write]) { redis.set 'k', 'x' * 100 }")
        .start();
    server.say("config set maxmemory 1");
    let answer = server.say("fill");
    assert!(answer.starts_with("-OOM"), "{answer}");
    assert_eq!(server.eval("1").get(..4), Some("-OOM"));
}

#[test]
fn the_modules_commands_can_be_called_from_everywhere() {
    let mut server = with(
        r#"
        command("one") { 1 }
        command("outer", flags: [:write]) { redis.call "ruby.call", "one", 0 }
        command("bg", flags: [:write]) { background { redis.call? "ruby.call", "one", 0; 2 } }
        on_keyspace(:list) { redis.set "event", redis.call("ruby.call", "one", 0) }
        every(0.01) { redis.set "rhythm", redis.call("ruby.eval", "1 + 1", 0) }
        "#,
    );
    assert_eq!(server.say("outer"), "1");
    assert_eq!(server.say("bg"), "2");
    assert_eq!(server.ask(&["EVAL", "return redis.call('ruby.call', 'one', 0)", "0"]).text(), "1");
    let mut client = server.client();
    client.say("multi");
    client.say("ruby.call one 0");
    assert_eq!(client.say("exec"), "[1]");
    server.say("rpush l 1");
    server.wait_until("the event is told", |server| server.say("get event") == "1");
    server.wait_until("the rhythm beats", |server| server.say("get rhythm") == "2");
}
