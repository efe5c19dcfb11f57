//! What Ruby has done is on disk and on replicas as what was done.

use crate::server::{Server, Setup, plain};

const DICE: &str = r#"
command "dice", keys: 1..1, args: [:key], flags: [:write] do |key|
  n = rand(1_000_000)
  redis.rpush key, n
  redis.incr "throws"
  redis.hset "last", key => n
  n
end
command "half", keys: 1..1, args: [:key], flags: [:write] do |key|
  redis.set key, "written"
  raise "half way"
end
"#;

fn digest(server: &Server) -> String {
    server.say("debug digest")
}

#[test]
fn the_append_only_file_replays_to_the_same_memory() {
    let mut server = Setup::default()
        .script("dice.rb", DICE)
        .server("--appendonly yes --appendfsync always")
        .start();
    for key in ["a", "b", "a"] {
        server.ask(&["dice", key]);
    }
    assert_eq!(server.say("half h"), "-RUBYERR RuntimeError: half way (dice.rb:11)");
    server.eval("redis.set 'e', rand(1_000_000); redis.lpop 'a'");
    server.ask(&["RUBY.LOAD", "late", "command('late', flags: [:write]) { redis.incr 'late' }"]);
    server.say("late");
    let before = digest(&server);
    server.restart();
    assert_eq!(digest(&server), before);
    assert_eq!(server.say("get throws"), "3");
    assert_eq!(server.say("get h"), "written", "what was done before the error was kept by both");
    assert_eq!(server.say("late"), "2", "the script came back with the file");
}

#[test]
fn a_rewritten_append_only_file_keeps_scripts_and_data() {
    let mut server = Setup::default().server("--appendonly yes --appendfsync always").start();
    server.ask(&["RUBY.LOAD", "dice", DICE]);
    server.say("dice a");
    server.say("bgrewriteaof");
    server.wait_until("the file is rewritten", |server| {
        let info = server.say("info persistence");
        info.contains("aof_rewrite_in_progress:0") && info.contains("aof_rewrite_scheduled:0")
    });
    server.say("dice b");
    let before = digest(&server);
    server.restart();
    assert_eq!(digest(&server), before);
    server.say("dice c");
    assert_eq!(server.say("get throws"), "3");
}

#[test]
fn the_rdb_file_keeps_what_clients_have_loaded() {
    let mut server = plain();
    server.ask(&["RUBY.LOAD", "one", "command('one') { 1 }"]);
    server.ask(&["RUBY.LOAD", "two", "command('two') { 2 }"]);
    server.say("ruby.delete two");
    assert_eq!(server.say("save"), "+OK");
    server.restart();
    assert_eq!(server.say("one"), "1");
    assert!(server.say("two").starts_with("-ERR unknown command"));
    assert_eq!(server.say("ruby.list"), "[[name, one, commands, [one], origin, client]]");
}

#[test]
fn a_reload_of_the_data_set_reloads_the_scripts() {
    let server = plain();
    server.ask(&["RUBY.LOAD", "one", "command('one') { 1 }"]);
    server.say("set k v");
    assert_eq!(server.say("debug reload"), "+OK");
    assert_eq!(server.say("one"), "1");
    assert_eq!(server.say("get k"), "v");
}

#[test]
fn effects_of_one_call_are_one_transaction_in_the_append_only_file() {
    let server = Setup::default()
        .script("dice.rb", DICE)
        .server("--appendonly yes --appendfsync always")
        .start();
    server.say("dice a");
    let dir = server.file("appendonlydir");
    let file = std::fs::read_dir(dir).unwrap().flatten().map(|entry| entry.path());
    let file = file.into_iter().find(|path| path.to_string_lossy().ends_with(".incr.aof")).unwrap();
    let text = String::from_utf8_lossy(&std::fs::read(file).unwrap()).to_lowercase();
    let order: Vec<_> = ["multi", "rpush", "incr", "hset", "exec"]
        .map(|word| text.find(&format!("\r\n{word}\r\n")))
        .into_iter()
        .collect();
    assert!(order.iter().all(Option::is_some) && order.is_sorted(), "{order:?} in {text:?}");
    assert!(!text.contains("dice"), "effects, not the command: {text:?}");
}

#[test]
fn a_replica_gets_data_and_scripts() {
    let master = Setup::default().script("dice.rb", DICE).start();
    master.ask(&["RUBY.LOAD", "before", "command('before') { 'before' }"]);
    let mut replica = plain();
    replica.say(&format!("replicaof 127.0.0.1 {}", master.port));
    replica.wait_until("the replica is in step", |replica| {
        replica.say("info replication").contains("master_link_status:up")
    });
    assert_eq!(replica.say("before"), "before");
    for key in ["a", "b"] {
        master.ask(&["dice", key]);
    }
    master.ask(&["RUBY.LOAD", "after", "command('after', flags: [:write]) { redis.set 'x', 1 }"]);
    let wanted = digest(&master);
    replica.wait_until("the replica has the same data", |replica| digest(replica) == wanted);
    let refused = replica.say("after");
    assert!(refused.starts_with("-READONLY"), "{refused}");
    let refused = replica.say("ruby.delete after");
    assert!(refused.starts_with("-READONLY"), "{refused}");
    assert_eq!(replica.say("before"), "before");
}
