//! Loading, listing, replacing, deleting.

use std::fs;

use crate::server::{Setup, plain, with};

#[test]
fn a_script_can_be_loaded_while_the_server_runs() {
    let server = plain();
    let loaded = server.ask(&["RUBY.LOAD", "hi", "command('hi') { 'hello' }"]);
    assert_eq!(loaded.text(), "[hi, by its name]");
    assert_eq!(server.say("hi"), "hello");
    let list = server.say("ruby.list");
    assert_eq!(list, "[[name, hi, commands, [hi], origin, client]]");
    assert!(server.say("ruby.list withcode").contains("command('hi') { 'hello' }"));
}

#[test]
fn a_script_is_replaced_only_when_one_says_so() {
    let server = plain();
    server.ask(&["RUBY.LOAD", "hi", "command('hi') { 1 }"]);
    let again = server.ask(&["RUBY.LOAD", "hi", "command('hi') { 2 }"]);
    assert_eq!(again.text(), "-ERR there is a script hi: say REPLACE");
    assert_eq!(server.say("hi"), "1");
    server.ask(&["RUBY.LOAD", "REPLACE", "hi", "command('hi') { 2 }; command('ho') { 3 }"]);
    assert_eq!(server.say("hi"), "2");
    assert_eq!(server.say("ho"), "3");
    // A script without the command takes it away.
    server.ask(&["RUBY.LOAD", "REPLACE", "hi", "command('hi') { 4 }"]);
    assert_eq!(server.say("ho"), "-ERR no script has a command ho any more");
}

#[test]
fn a_script_that_fails_leaves_what_was_there() {
    let server = plain();
    server.ask(&["RUBY.LOAD", "hi", "command('hi') { 1 }"]);
    let replace = |source| server.ask(&["RUBY.LOAD", "REPLACE", "hi", source]).text();
    assert_eq!(
        replace("command('hi') { 2 }\nraise 'half way'"),
        "-RUBYERR RuntimeError: half way (hi.rb:2)"
    );
    let syntax = replace("command('hi') {");
    assert!(syntax.starts_with("-RUBYERR SyntaxError: hi.rb:1: syntax error"), "{syntax}");
    let taken = replace("command('get') { 2 }");
    assert_eq!(taken, "-ERR the server has a command get already");
    assert_eq!(server.say("hi"), "1");
    assert_eq!(server.say("get none"), "nil");
    let other = server.ask(&["RUBY.LOAD", "other", "command('hi') { 2 }"]).text();
    assert_eq!(other, "-ERR the script hi has a command hi already");
    let binary = server.ask(&[&b"RUBY.LOAD"[..], b"b", b"'\xff'"]).text();
    assert!(binary.starts_with("-RUBYERR SyntaxError: b: not UTF-8"), "{binary}");
}

#[test]
fn a_deleted_script_is_gone_and_its_name_free() {
    let server = plain();
    server.ask(&["RUBY.LOAD", "hi", "command('hi') { 1 }"]);
    assert_eq!(server.say("ruby.delete hi"), "+OK");
    assert_eq!(server.say("hi"), "-ERR no script has a command hi any more");
    assert_eq!(server.say("ruby.delete hi"), "-ERR there is no script hi");
    server.ask(&["RUBY.LOAD", "ho", "command('hi') { 2 }"]);
    assert_eq!(server.say("hi"), "2");
}

#[test]
fn new_keys_or_flags_of_a_command_the_server_knows_are_told() {
    let server = plain();
    server.ask(&["RUBY.LOAD", "hi", "command('hi') { 1 }"]);
    let again = server.ask(&["RUBY.LOAD", "REPLACE", "hi", "command('hi', keys: 1) { 1 }"]);
    assert_eq!(again.text(), "[hi, by its name, with the keys and flags it had before]");
}

#[test]
fn mistakes_in_a_definition_are_named() {
    let server = plain();
    let load = |source| server.ask(&["RUBY.LOAD", "x", source]).text();
    let table = [
        ("command('x', flag: [:write]) { }", "unknown keyword: :flag"),
        ("command('x', flags: [:wirte]) { }", "unknown flag \"wirte\": there are write"),
        ("command('x', args: [:number]) { }", "unknown \"number\": there are key, string"),
        ("command('x', args: [:key?, :key]) { }", "a required argument can't follow"),
        ("command('x y') { }", "can't be the name of a command"),
        ("command('x')", "command wants a block"),
        ("command('ruby.x') { }", "are the module's own"),
        ("command('x', keys: 0..1) { }", "keys: are counted from 1"),
        ("command('x') { }; command('X') { }", "the command x is defined twice"),
        ("on_keyspace(:strings) { }", "unknown class of events \"strings\""),
        ("every(0) { }", "every wants seconds"),
        ("redis.get 'x'", "a script can't use redis while it is loaded"),
    ];
    for (source, part) in table {
        let error = load(source);
        assert!(error.starts_with("-RUBYERR ") && error.contains(part), "{source}: {error}");
        assert!(error.ends_with("(x.rb:1)"), "{source}: {error}");
    }
    let late = server.eval("command('x') { }");
    assert!(late.contains("command belongs to the top of a script that is loaded"), "{late}");
}

#[test]
fn the_directory_is_loaded_at_the_start_and_one_bad_script_stops_nothing() {
    let server = Setup::default()
        .script("a.rb", "command('a') { helper }\ndef helper = 'from a'")
        .script("bad.rb", "command('bad') { 1 }\nnil.upcase")
        .script("c.rb", "command('c') { helper + ', from c' }")
        .script("notes.txt", "not Ruby")
        .start();
    assert_eq!(server.say("a"), "from a");
    assert_eq!(server.say("c"), "from a, from c");
    assert!(server.say("bad").starts_with("-ERR unknown command"));
    assert!(server.log().contains("bad.rb: RUBYERR NoMethodError: undefined method 'upcase'"));
}

#[test]
fn a_changed_file_is_loaded_again_by_its_path() {
    let server = with("command('v') { 1 }");
    fs::write(server.dir().join("test.rb"), "command('v') { 2 }").unwrap();
    assert_eq!(server.say("v"), "1");
    assert_eq!(server.say("ruby.load replace test test.rb"), "[v, by its name]");
    assert_eq!(server.say("v"), "2");
    let hidden = server.ask(&["RUBY.LOAD", "REPLACE", "test", "command('v') { 3 }"]).text();
    assert!(hidden.ends_with("test.rb: change it and load it by path"), "{hidden}");
}

#[test]
fn no_path_leads_out_of_the_directory() {
    let server = with("1");
    fs::write(server.file("secret.rb"), "command('secret') { 1 }").unwrap();
    for path in ["../secret.rb", server.file("secret.rb").to_str().unwrap()] {
        let answer = server.ask(&["RUBY.LOAD", "s", path]).text();
        assert!(answer.contains("is not in"), "{answer}");
    }
    std::os::unix::fs::symlink(server.file("secret.rb"), server.dir().join("link.rb")).unwrap();
    let answer = server.say("ruby.load s link.rb");
    assert!(answer.contains("is not in"), "{answer}");
    let answer = server.say("ruby.load s missing.rb");
    assert!(answer.contains("No such file"), "{answer}");
    assert_eq!(plain().say("ruby.load s x.rb"), "-ERR the module was loaded without a dir");
}

#[test]
fn a_dump_brings_the_scripts_to_another_server() {
    let (one, two) = (plain(), plain());
    one.ask(&["RUBY.LOAD", "hi", "command('hi') { 'hello' }"]);
    let dump = one.ask(&["RUBY.DUMP"]);
    two.ask(&["RUBY.LOAD", "old", "command('old') { 1 }"]);
    assert_eq!(two.ask(&[b"RUBY.RESTORE", dump.bytes()]).text(), "+OK");
    assert_eq!(two.say("hi"), "hello");
    assert_eq!(two.say("old"), "-ERR no script has a command old any more");
    let damaged = two.ask(&[b"RUBY.RESTORE", &dump.bytes()[1..]]).text();
    assert_eq!(damaged, "-ERR this is not what RUBY.DUMP gave, or it is damaged");
    assert_eq!(two.say("hi"), "hello");
}

#[test]
fn a_server_that_takes_no_new_commands_is_used_through_ruby_call() {
    let server = plain();
    // As 7.2 and Valkey do once they have started.
    server.say("ruby.fault register");
    let loaded =
        server.ask(&["RUBY.LOAD", "hi", "command('hi', args: [:key]) { |k| 'hello ' + k }"]);
    assert_eq!(loaded.text(), "[hi, RUBY.CALL]");
    assert!(server.say("hi k").starts_with("-ERR unknown command"));
    assert_eq!(server.say("ruby.call hi 1 k"), "hello k");
    assert_eq!(server.say("ruby.call_ro hi 1 k"), "hello k");
}
