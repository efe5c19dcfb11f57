//! Loops, recursion, memory: one bad call, and the server goes on.

use crate::server::{Setup, plain, with};

#[test]
fn an_endless_loop_is_ended_by_ruby_kill() {
    let mut server = with("command('spin') { loop { } }");
    let mut client = server.client();
    client.send(&["spin"]);
    server.wait_until("others are told", |server| server.say("ping").starts_with("-BUSY"));
    assert_eq!(server.say("ping"), "-BUSY Ruby is busy. RUBY.KILL ends the call.");
    assert_eq!(server.ask(&["RUBY.STATS"]).get("running").text(), "1");
    assert_eq!(server.say("ruby.kill"), "+OK");
    assert_eq!(client.answer().text(), "-RUBYERR Killed: ended by RUBY.KILL (test.rb:1)");
    assert_eq!(server.say("ping"), "+PONG");
    assert_eq!(server.say("ruby.kill"), "-NOTBUSY no Ruby is running");
}

#[test]
fn no_rescue_survives_ruby_kill() {
    let mut server =
        with("command('spin') { begin; loop { }; rescue Exception; retry; ensure; loop { }; end }");
    let mut client = server.client();
    client.send(&["spin"]);
    server.wait_until("others are told", |server| server.say("ping").starts_with("-BUSY"));
    server.say("ruby.kill");
    assert!(client.answer().text().starts_with("-RUBYERR Killed"));
}

#[test]
fn a_call_that_has_written_is_ended_by_force_only() {
    let mut server = with("command('spin', flags: [:write]) { redis.set 'k', 1; loop { } }");
    let mut client = server.client();
    client.send(&["spin"]);
    server.wait_until("others are told", |server| server.say("ping").starts_with("-BUSY"));
    assert!(server.say("ruby.kill").starts_with("-UNKILLABLE the call has written"));
    assert_eq!(server.say("ruby.kill force"), "+OK");
    assert!(client.answer().text().starts_with("-RUBYERR Killed"));
    assert_eq!(server.say("get k"), "1");
}

#[test]
fn a_time_limit_ends_a_loop_by_itself() {
    let server = Setup::default()
        .module("time-limit 100")
        .script("s.rb", "command('spin') { loop { } }")
        .start();
    let answer = server.say("spin");
    assert_eq!(answer, "-RUBYERR DeadlineExceeded: the script has used up its time (s.rb:1)");
    assert_eq!(server.eval("1 + 1"), "2");
}

#[test]
fn a_budget_of_instructions_ends_a_loop_by_itself() {
    let server = Setup::default().module("max-instructions 100000").start();
    let answer = server.eval("begin; loop { }; rescue Exception; retry; end");
    assert_eq!(answer, "-RUBYERR BudgetExceeded: the script has used up its instructions (eval:1)");
    assert_eq!(server.eval("1 + 1"), "2");
}

#[test]
fn a_script_that_does_not_end_while_it_is_loaded_does_not_stop_the_start() {
    let server = Setup::default()
        .module("time-limit 100")
        .script("a.rb", "loop { }")
        .script("b.rb", "command('b') { 1 }")
        .start();
    assert_eq!(server.say("b"), "1");
    assert!(server.log().contains("a.rb: RUBYERR DeadlineExceeded"), "{}", server.log());
}

#[test]
fn deep_recursion_is_an_error() {
    let server = plain();
    let answer = server.eval("def deep(n) = deep(n + 1)\ndeep 0");
    assert!(answer.starts_with("-RUBYERR SystemStackError"), "{answer}");
    // Through native code, which takes more of the stack.
    let answer = server.eval("def each_deep = [1].each { each_deep }\neach_deep");
    assert!(answer.starts_with("-RUBYERR SystemStackError"), "{answer}");
    let answer = server.eval("deep = [1]; 100_000.times { deep = [deep] }; deep");
    assert_eq!(answer, "-RUBYERR ArgumentError: an answer may be nested 64 deep");
    assert_eq!(server.eval("1 + 1"), "2");
}

#[test]
fn a_command_that_calls_itself_through_the_server_comes_to_an_end() {
    let server = with("command('again') { redis.call 'again' }");
    let answer = server.say("again");
    assert!(answer.starts_with('-'), "{answer}");
    assert_eq!(server.say("ping"), "+PONG");
    assert_eq!(server.eval("1 + 1"), "2");
}

#[test]
fn a_memory_hog_gets_an_error_and_its_memory_is_given_back() {
    let server = Setup::default().module("max-memory 16mb").start();
    for source in [
        "a = []; loop { a << 'x' * 1000 }",
        "'x' * 100_000_000",
        "h = {}; loop { h[h.size] = [1] }",
    ] {
        let answer = server.eval(source);
        assert!(
            answer.starts_with("-RUBYERR NoMemoryError")
                || answer.starts_with("-RUBYERR ArgumentError"),
            "{source}: {answer}"
        );
        assert_eq!(server.eval("'small' + ' string'"), "small string");
    }
}

#[test]
fn scripts_whose_objects_fill_the_memory_start_anew() {
    let server = Setup::default()
        .module("max-memory 16mb")
        .script("hoard.rb", "ALL = []\ncommand('hoard') { loop { ALL << 'x' * 1000 } }\ncommand('size') { ALL.size }")
        .start();
    let answer = server.say("hoard");
    assert!(answer.starts_with("-RUBYERR NoMemoryError"), "{answer}");
    assert_eq!(server.say("size"), "0");
    assert_eq!(server.ask(&["RUBY.STATS"]).get("rebuilt").text(), "1");
}

#[test]
fn clients_can_not_fill_the_memory_with_programs_they_send() {
    let server = Setup::default().module("max-memory 16mb").start();
    let mut client = server.client();
    for n in 0..3000 {
        assert_eq!(client.eval(&format!("{n} + 0")), n.to_string());
    }
    assert_eq!(server.ask(&["RUBY.STATS"]).get("programs").text(), "1000");
}

#[test]
fn a_hundred_thousand_calls_leave_nothing_behind() {
    let server = with(
        r#"command("work", args: [:string]) { |s| [s, s.upcase, {s => redis.get(s)}, s.to_sym.to_s] }"#,
    );
    let memory = |server: &crate::server::Server| -> i64 {
        server.ask(&["RUBY.STATS"]).get("memory").text().parse().unwrap()
    };
    let mut client = server.client();
    let mut after_a_thousand = 0;
    for round in 0..100 {
        for _ in 0..1000 {
            client.send(&["work", "some longer string than fits into an object"]);
        }
        for _ in 0..1000 {
            client.answer();
        }
        if round == 0 {
            after_a_thousand = memory(&server);
        }
    }
    let grown = memory(&server) - after_a_thousand;
    assert!(grown < 1 << 20, "{grown} bytes more than after a thousand calls");
}
