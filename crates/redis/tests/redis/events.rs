//! Ruby that nobody called.

use crate::server::{Setup, plain, with};

#[test]
fn events_of_the_asked_classes_come_with_name_and_key() {
    let mut server = with(
        r#"
        on_keyspace(:string, :generic) { |event, key| redis.rpush "seen", event.inspect + " " + key }
        "#,
    );
    server.say("set a 1");
    server.say("incr a");
    server.say("del a");
    server.say("lpush l 1");
    server.wait_until("three events are told", |server| server.say("llen seen") == "3");
    assert_eq!(server.say("lrange seen 0 -1"), "[:set a, :incrby a, :del a]");
}

#[test]
fn an_expired_key_is_told_in_its_own_database() {
    let mut server = with(r#"on_keyspace(:expired) { |_, key| redis.set "gone:" + key, 1 }"#);
    let mut client = server.client();
    client.say("select 3");
    client.say("set k v px 1");
    server.wait_until("the expiry is told", |server| {
        let mut client = server.client();
        client.say("select 3");
        client.say("get k") == "nil" && client.say("get gone:k") == "1"
    });
    assert_eq!(server.say("get gone:k"), "nil", "not in database 0");
}

#[test]
fn what_a_block_does_comes_after_its_cause_in_the_append_only_file() {
    let mut server = Setup::default()
        .script(
            "echo.rb",
            r#"on_keyspace(:list) { |_, key| redis.set "copy", redis.lrange(key, 0, -1).join }"#,
        )
        .server("--appendonly yes --appendfsync always")
        .start();
    for n in 1..=5 {
        server.say(&format!("rpush l {n}"));
    }
    server.wait_until("all is copied", |server| server.say("get copy") == "12345");
    let before = server.say("debug digest");
    server.restart();
    assert_eq!(server.say("debug digest"), before);
}

#[test]
fn an_error_in_a_block_is_logged_and_the_others_run() {
    let mut server = with(
        r#"
        on_keyspace(:string) { raise "bad block" }
        on_keyspace(:string) { |_, key| redis.rpush "seen", key }
        "#,
    );
    server.say("set a 1");
    server.wait_until("the other block runs", |server| server.say("lrange seen 0 -1") == "[a]");
    let wanted = "on_keyspace set in test: RUBYERR RuntimeError: bad block (test.rb:2)";
    assert!(server.log().contains(wanted), "{}", server.log());
}

#[test]
fn a_rhythm_beats_until_its_script_goes() {
    let mut server = plain();
    server.ask(&["RUBY.LOAD", "beat", "every(0.01) { redis.incr 'beats' }"]);
    let beats = |server: &crate::server::Server| server.say("get beats").parse().unwrap_or(0);
    server.wait_until("three beats", |server| beats(server) >= 3);
    server.say("ruby.delete beat");
    let then = beats(&server);
    std::thread::sleep(std::time::Duration::from_millis(100));
    assert_eq!(beats(&server), then);
}

#[test]
fn scripts_that_are_replaced_listen_no_longer() {
    let mut server = plain();
    server.ask(&["RUBY.LOAD", "l", "on_keyspace(:string) { |_, key| redis.rpush 'old', key }"]);
    server.ask(&[
        "RUBY.LOAD",
        "REPLACE",
        "l",
        "on_keyspace(:string) { |_, key| redis.rpush 'new', key }",
    ]);
    server.say("set a 1");
    server.wait_until("the new one hears", |server| server.say("llen new") == "1");
    assert_eq!(server.say("llen old"), "0");
}

#[test]
fn on_a_replica_blocks_are_silent_and_their_effects_arrive() {
    let script = r#"on_keyspace(:string) { |_, key| redis.rpush "seen", key }"#;
    let mut master = with(script);
    let mut replica = with(script);
    replica.say(&format!("replicaof 127.0.0.1 {}", master.port));
    replica.wait_until("the replica is in step", |replica| {
        replica.say("info replication").contains("master_link_status:up")
    });
    master.say("set a 1");
    master.wait_until("it is told", |master| master.say("llen seen") == "1");
    replica.wait_until("it arrives", |replica| replica.say("llen seen") == "1");
    assert_eq!(replica.ask(&["RUBY.STATS"]).get("events").text(), "0");
}
