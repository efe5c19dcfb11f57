//! A panic is a bug of ours; the server must not pay for it.

use crate::server::{Server, Setup, module, with};

const SCRIPT: &str = r#"
command("one") { 1 }
command("bg", flags: [:background]) { 2 }
on_keyspace(:string) { |_, key| redis.rpush "seen", key }
every(0.02) { redis.incr "beats" }
"#;

fn arm(server: &Server, place: &str) {
    assert_eq!(server.say(&format!("ruby.fault {place}")), "+OK");
}

#[test]
fn a_panic_in_a_command_is_an_error_and_ruby_starts_anew() {
    let server = with(SCRIPT);
    arm(&server, "command");
    let answer = server.say("one");
    assert!(answer.starts_with("-RUBYERR panic: injected at command"), "{answer}");
    assert_eq!(server.say("one"), "1");
    assert_eq!(server.ask(&["RUBY.STATS"]).get("rebuilt").text(), "1");
    assert!(server.log().contains("a bug: panicked at"), "{}", server.log());
}

#[test]
fn a_panic_below_ruby_is_an_error_and_ruby_starts_anew() {
    // Without a rhythm, whose calls might come first.
    let server = with("command('one') { 1 }");
    arm(&server, "call");
    let answer = server.eval("begin; redis.ping; rescue => e; 'swallowed'; end");
    assert!(answer.starts_with("-RUBYERR Exception: panic: injected at call"), "{answer}");
    arm(&server, "call");
    assert_eq!(server.eval("begin; redis.ping; rescue Exception; 'swallowed'; end"), "swallowed");
    assert_eq!(server.say("one"), "1");
    assert_eq!(server.ask(&["RUBY.STATS"]).get("rebuilt").text(), "2");
}

#[test]
fn a_panic_while_a_script_is_loaded_leaves_what_was_there() {
    let server = with(SCRIPT);
    arm(&server, "load");
    let answer = server.ask(&["RUBY.LOAD", "x", "command('x') { 1 }"]).text();
    assert!(answer.starts_with("-RUBYERR panic: injected at load"), "{answer}");
    assert_eq!(server.say("one"), "1");
    assert_eq!(server.ask(&["RUBY.LOAD", "x", "command('x') { 3 }"]).text(), "[x, by its name]");
    assert_eq!(server.say("x"), "3");
}

#[test]
fn a_panic_in_an_event_or_a_timer_stops_neither_the_server_nor_the_next_ones() {
    let mut server = with(SCRIPT);
    arm(&server, "event");
    server.say("set a 1");
    arm(&server, "timer");
    server.wait_until("the timer panics", |server| {
        server.log().matches("a bug: panicked at").count() == 2
    });
    server.wait_until("events go on", |server| {
        server.say("set b 1");
        server.say("llen seen") != "0"
    });
    let beats = server.say("get beats");
    server.wait_until("rhythms go on", |server| server.say("get beats") != beats);
}

#[test]
fn a_panic_in_the_background_is_an_answer() {
    let server = with(SCRIPT);
    arm(&server, "background");
    let answer = server.say("bg");
    assert_eq!(answer, "-RUBYERR panic: a bug in the module, see the log");
    assert_eq!(server.say("bg"), "2");
}

#[test]
fn a_panic_while_the_data_is_saved_or_loaded_loses_no_data() {
    let server = with(SCRIPT);
    server.say("set k v");
    arm(&server, "save");
    assert_eq!(server.say("save"), "+OK");
    arm(&server, "restore");
    assert_eq!(server.say("debug reload"), "+OK");
    assert_eq!(server.say("get k"), "v");
    assert_eq!(server.say("one"), "1");
}

#[test]
fn the_module_can_be_unloaded_and_loaded_again() {
    let (rhythm, rest) = SCRIPT.trim().rsplit_once('\n').map(|(rest, last)| (last, rest)).unwrap();
    let mut server = Setup::default()
        .module("persist no")
        .script("s.rb", rest)
        .script("beat.rb", rhythm)
        .start();
    let path = module();
    for _ in 0..3 {
        assert_eq!(server.say("one"), "1");
        assert_eq!(server.say("bg"), "2");
        server.say("set a 1");
        // A server that runs a timer of the module keeps it, so the rhythm goes first.
        let held = server.say("module unload hijinks");
        assert!(held.contains("the module holds timer"), "{held}");
        assert_eq!(server.say("ruby.delete beat"), "+OK");
        server.wait_until("it is unloaded", |server| server.say("module unload hijinks") == "+OK");
        assert!(server.say("one").starts_with("-ERR unknown command"));
        // Timers and events of the module that went would end the server here.
        server.say("set a 2");
        std::thread::sleep(std::time::Duration::from_millis(60));
        let dir = server.dir();
        let load = [
            "MODULE",
            "LOAD",
            path.to_str().unwrap(),
            "persist",
            "no",
            "dir",
            dir.to_str().unwrap(),
        ];
        assert_eq!(server.ask(&load).text(), "+OK");
    }
    assert_eq!(server.say("one"), "1");
}

#[test]
fn a_module_that_keeps_scripts_in_the_rdb_file_stays() {
    let server = with(SCRIPT);
    let answer = server.say("module unload hijinks");
    assert!(answer.contains("exports one or more module-side data types"), "{answer}");
    assert_eq!(server.say("one"), "1");
}

#[test]
fn background_work_holds_the_unloading_up() {
    let mut server = Setup::default()
        .module("persist no")
        .script("s.rb", "command('spin', flags: [:background]) { loop { } }")
        .start();
    let mut client = server.client();
    client.send(&["spin"]);
    server.wait_until("it runs", |server| {
        server.ask(&["RUBY.STATS"]).get("background-busy").text() == "1"
    });
    assert!(server.say("module unload hijinks").starts_with("-ERR"));
    server.wait_until("it is killed", |server| server.say("ruby.kill") == "+OK");
    client.answer();
    server.wait_until("it is unloaded", |server| server.say("module unload hijinks") == "+OK");
}

#[test]
fn a_server_that_is_told_to_end_ends_in_the_middle_of_background_work() {
    let mut server = with("command('spin', flags: [:background]) { loop { } }");
    let mut client = server.client();
    client.send(&["spin"]);
    server.wait_until("it runs", |server| {
        server.ask(&["RUBY.STATS"]).get("background-busy").text() == "1"
    });
    server.stop();
}
