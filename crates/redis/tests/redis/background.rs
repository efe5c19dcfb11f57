//! Work beside the server.

use crate::server::{plain, with};

#[test]
fn a_block_in_the_background_sees_what_is_around_it() {
    let server = with(
        r#"
        FACTOR = 10
        offset = 5
        def double(n) = 2 * n
        command "work", keys: 1..1, args: [:key, :integer], flags: [:write] do |key, n|
          list = [1, {"a" => [2.5, nil, true]}, :sym]
          background do
            redis.set key, double(n) * FACTOR + offset
            [redis.get(key), list.inspect]
          end
        end
        "#,
    );
    assert_eq!(server.say("work k 2"), "[45, [1, {\"a\"=>[2.5, nil, true]}, :sym]]");
    assert_eq!(server.say("get k"), "45");
}

#[test]
fn others_are_served_while_one_waits() {
    let mut server = with(
        r#"
        command "await", args: [:key] do |key|
          background { nil until redis.get(key); "done" }
        end
        "#,
    );
    let mut waiting = server.client();
    waiting.send(&["await", "go"]);
    server.wait_until("the work is under way", |server| {
        server.ask(&["RUBY.STATS"]).get("background-busy").text() == "1"
    });
    assert_eq!(server.say("ping"), "+PONG");
    assert_eq!(server.say("set go 1"), "+OK");
    assert_eq!(waiting.answer().text(), "done");
}

#[test]
fn a_whole_command_can_be_background_work() {
    let server = with(
        r#"
        command "sum", args: [[:integer]], flags: [:background] do |*n|
          raise ArgumentError, "nothing to add" if n.empty?
          n.sum
        end
        "#,
    );
    assert_eq!(server.say("sum 1 2 3"), "6");
    assert_eq!(server.say("sum"), "-RUBYERR ArgumentError: nothing to add (test.rb:3)");
    assert_eq!(server.say("sum 1 x"), "-ERR argument 2 of sum is not an integer");
}

#[test]
fn where_a_client_can_not_wait_the_work_is_done_at_once() {
    let server = with("command('work') { n = 41; background { n + 1 } }");
    let mut client = server.client();
    client.say("multi");
    client.say("work");
    assert_eq!(client.say("exec"), "[42]");
    assert_eq!(server.ask(&["EVAL", "return redis.call('work')", "0"]).text(), "42");
}

#[test]
fn what_can_not_be_copied_says_so_when_it_is_used() {
    let server = with(
        "command('work') { block = proc { 1 }; n = 2; background { n == 2 ? block.call : 0 } }",
    );
    assert_eq!(
        server.say("work"),
        "-RUBYERR TypeError: call: a Proc can't go to the background: give the block plain values \
         (test.rb:1)"
    );
}

#[test]
fn a_lock_makes_several_calls_one() {
    let server = with(
        r#"
        command "add", keys: 1..1, args: [:key], flags: [:write] do |key|
          background do
            100.times { redis.lock { redis.set key, redis.get(key).to_i + 1 } }
            :OK
          end
        end
        "#,
    );
    let mut clients: Vec<_> = (0..4).map(|_| server.client()).collect();
    clients.iter_mut().for_each(|client| client.send(&["add", "n"]));
    for client in &mut clients {
        assert_eq!(client.answer().text(), "+OK");
    }
    assert_eq!(server.say("get n"), "400");
}

#[test]
fn what_the_background_writes_is_in_the_append_only_file() {
    let mut server = crate::server::Setup::default()
        .script(
            "bg.rb",
            "command('bg', flags: [:write]) { background { 10.times { |n| redis.set n, rand } } }",
        )
        .server("--appendonly yes --appendfsync always")
        .start();
    assert_eq!(server.say("bg"), "10");
    let before = server.say("debug digest");
    server.restart();
    assert_eq!(server.say("debug digest"), before);
}

#[test]
fn a_write_in_the_background_needs_the_flag_too() {
    let server = with("command('bg') { background { redis.set 'k', 1 } }");
    let answer = server.say("bg");
    assert!(answer.starts_with("-ERR Write command"), "{answer}");
}

#[test]
fn workers_have_the_scripts_as_they_are_now() {
    let server = plain();
    let script = |n| format!("def now = {n}\ncommand('now') {{ background {{ now }} }}");
    server.ask(&["RUBY.LOAD", "s", &script(1)]);
    assert_eq!(server.say("now"), "1");
    server.ask(&["RUBY.LOAD", "REPLACE", "s", &script(2)]);
    assert_eq!(server.say("now"), "2");
}

#[test]
fn a_client_that_leaves_does_not_matter() {
    let mut server = with(
        "command('await', args: [:key], flags: [:write]) { |k| background { nil until redis.get(k); redis.set 'end', 1 } }",
    );
    let mut client = server.client();
    client.send(&["await", "go"]);
    server.wait_until("the work is under way", |server| {
        server.ask(&["RUBY.STATS"]).get("background-busy").text() == "1"
    });
    drop(client);
    server.say("set go 1");
    server.wait_until("the work is done", |server| server.say("get end") == "1");
}

#[test]
fn events_and_rhythms_can_work_in_the_background() {
    let mut server = with(
        r#"on_keyspace(:list) { |_, key| background { redis.set "length", redis.llen(key) } }"#,
    );
    server.say("rpush l a b c");
    server.wait_until("the length is known", |server| server.say("get length") == "3");
}

#[test]
fn work_without_end_is_ended_by_ruby_kill() {
    let mut server = with("command('spin', flags: [:background]) { loop { } }");
    let mut client = server.client();
    client.send(&["spin"]);
    server.wait_until("it is killed", |server| server.say("ruby.kill") == "+OK");
    assert_eq!(client.answer().text(), "-RUBYERR Killed: ended by RUBY.KILL (test.rb:1)");
    assert_eq!(server.say("ruby.kill"), "-NOTBUSY no Ruby is running");
}
