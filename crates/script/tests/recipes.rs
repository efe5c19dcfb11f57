//! The scripts of `recipes/`, as they stand, on a fake program.

mod support;

use std::rc::Rc;

use support::*;

const AT_FDCWD: u64 = -100_i64 as u64;

/// A recipe, loaded under its own name.
fn recipe(name: &str) -> (script::Script, Said) {
    let path = format!("{}/../../recipes/{name}.rb", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect(&path);
    let said = Said::default();
    let file = format!("{name}.rb");
    match script::Script::load(&[(&file, &text)], options(), Box::new(said.clone())) {
        Ok(script) => (script, said),
        Err(error) => panic!("{error}"),
    }
}

fn inet(program: &mut Program) -> u64 {
    program.put(&[2, 0, 1, 187, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0])
}

#[test]
fn eatmydata_lets_an_fsync_cost_nothing() {
    let (script, _) = recipe("eatmydata");
    let mut program = Program::new();
    for name in ["fsync", "fdatasync", "sync", "msync", "sync_file_range"] {
        assert_eq!(program.calls(&script, name, &[3]), 0);
    }
    assert!(program.asked.is_empty());
}

#[test]
fn rot13_turns_what_goes_to_standard_output() {
    let (script, said) = recipe("rot13");
    let mut program = Program::new();
    let buffer = program.put(b"Hello!");
    program.kernel(|call, program| {
        assert_eq!(program.get(call.args[1], 6), b"Uryyb!");
        6
    });
    assert_eq!(program.calls(&script, "write", &[1, buffer, 6]), 6, "{}", said.err());
    program.kernel(|call, program| {
        assert_eq!(program.get(call.args[1], 6), b"Hello!");
        6
    });
    assert_eq!(program.calls(&script, "write", &[2, buffer, 6]), 6);
}

#[test]
fn gem_audit_tells_what_an_installer_does() {
    let (script, said) = recipe("gem_audit");
    let mut program = Program::new();
    let path = program.string("/home/ann/.ssh/id_rsa");
    let name = program.string("sh");
    let argv = program.words(&[name, path, 0]);
    program.calls(&script, "execve", &[path, argv, 0]);
    program.calls(&script, "openat", &[AT_FDCWD, path, 1, 0]);
    program.calls(&script, "unlink", &[path]);
    let address = inet(&mut program);
    program.calls(&script, "connect", &[3, address, 16]);
    script.finish();
    assert_eq!(said.err(), "");
    let out = said.out();
    for words in [
        "exec sh /home/ann/.ssh/id_rsa\n",
        "write /home/ann/.ssh/id_rsa\n",
        "secret /home/ann/.ssh/id_rsa \n    write+0x14 (libc.so.6)\n",
        "delete /home/ann/.ssh/id_rsa\n",
        "net 1.2.3.4:443\n",
        "audit\n  1  delete\n",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
}

#[test]
fn chaos_breaks_some_calls() {
    let (script, said) = recipe("chaos");
    let mut program = Program::new();
    let mapped = |length| [0, length, 3, 0x22, -1_i64 as u64, 0];
    assert_eq!(program.calls(&script, "mmap", &mapped(64 << 20)), -12);
    assert_eq!(program.calls(&script, "mmap", &mapped(4096)), 0);
    let results: Vec<i64> = (0..4).map(|_| program.calls(&script, "fsync", &[3])).collect();
    assert_eq!(results, [0, 0, -5, 0]);
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let fd = std::os::fd::AsRawFd::as_raw_fd(&socket) as u64;
    for _ in 0..200 {
        program.calls(&script, "read", &[fd, BASE, 0]);
    }
    assert!(program.slept.as_secs_f64() > 0.2, "{:?} {}", program.slept, said.err());
    assert_eq!(said.err(), "");
}

#[test]
fn flaky_api_fails_the_third_time() {
    let (script, said) = recipe("flaky_api");
    let mut program = Program::new();
    // The program's own question to its name server.
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let fd = std::os::fd::AsRawFd::as_raw_fd(&socket) as u64;
    let mut answer = b"\x12\x34\x81\x80\0\x01\0\x01\0\0\0\0".to_vec();
    answer.extend(b"\x03api\x06stripe\x03com\0\0\x01\0\x01\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x01\x02\x03\x04");
    let len = answer.len() as i64;
    program.kernel(move |call, program| {
        engine::Memory::write(program, call.args[1], &answer).unwrap();
        len
    });
    let buffer = program.put(&[0; 512]);
    program.calls(&script, "recvfrom", &[fd, buffer, 512, 0, 0, 0]);
    program.kernel(|_, _| 0);
    let address = inet(&mut program);
    let results: Vec<i64> =
        (0..10).map(|_| program.calls(&script, "connect", &[3, address, 16])).collect();
    assert_eq!(results, [0, 0, -111, 0, 0, 0, 0, 0, 0, 0], "{}", said.err());
    assert_eq!(program.slept.as_secs(), 5);
}

#[test]
fn truncate_keeps_logs_full() {
    let (script, said) = recipe("truncate");
    let mut program = Program::new();
    let (log, other) = (program.string("/var/log/a.log"), program.string("/tmp/x"));
    assert_eq!(program.calls(&script, "truncate", &[log, 0]), -1);
    assert_eq!(program.calls(&script, "truncate", &[log, 5]), 0);
    assert_eq!(program.calls(&script, "truncate", &[other, 0]), 0);
    assert!(
        said.err().contains("tried to empty /var/log/a.log\nwrite+0x14 (libc.so.6)\n"),
        "{}",
        said.err()
    );
}

#[test]
fn tally_counts() {
    let (script, said) = recipe("tally");
    let mut program = Program::new();
    let path = program.string("/nowhere");
    program.kernel(|_, _| -2);
    program.calls(&script, "openat", &[AT_FDCWD, path, 0, 0]);
    program.kernel(|_, _| 5);
    program.calls(&script, "write", &[1, BASE, 5]);
    program.calls(&script, "fsync", &[1]);
    script.finish();
    assert_eq!(said.err(), "");
    let out = said.out();
    assert!(out.contains("1  /nowhere") && out.contains("1  ENOENT  /nowhere"), "{out}");
    assert!(out.contains("5  1x  ") && out.contains("1 values, p50"), "{out}");
}

#[test]
fn leaks_remembers_who_opened_what() {
    let (script, said) = recipe("leaks");
    let mut program = Program::new();
    let file = std::fs::File::open("/etc/passwd").unwrap();
    let fd = i64::from(std::os::fd::AsRawFd::as_raw_fd(&file));
    let path = program.string("/etc/passwd");
    program.kernel(move |_, _| fd);
    program.calls(&script, "openat", &[AT_FDCWD, path, 0, 0]);
    program.kernel(|_, _| 0);
    program.calls(&script, "exit_group", &[0]);
    assert_eq!(said.err(), "");
    let out = said.out();
    let wanted = format!(
        "leaked {fd} /etc/passwd opened 0s ago at\nwrite+0x14 (libc.so.6)\nmain+0x2a (prog)\n"
    );
    assert!(out.contains(&wanted), "{out}");
}

#[test]
fn redact_hides_secrets_of_any_length() {
    let (script, said) = recipe("redact");
    let mut program = Program::new();
    let text = b"key=sk_live_abc123 and ghp_x\n";
    let buffer = program.put(text);
    let seen = Rc::new(std::cell::RefCell::new(Vec::new()));
    let kept = seen.clone();
    program.kernel(move |call, program| {
        kept.replace(program.get(call.args[1], call.args[2] as usize));
        call.args[2] as i64
    });
    let len = text.len() as u64;
    assert_eq!(program.calls(&script, "write", &[1, buffer, len]), len as i64, "{}", said.err());
    assert_eq!(*seen.borrow(), b"key=sk_live_[redacted] and ghp_[redacted]\n");
    assert_eq!(program.calls(&script, "sendto", &[1, buffer, len, 0, 0, 0]), len as i64);
    assert_eq!(program.get(buffer, text.len()), text, "the program's own memory is as it was");
}

#[test]
fn doorman_asks_once_for_each_door() {
    let (script, said) = recipe("doorman");
    let mut program = Program::new();
    let address = inet(&mut program);
    said.answer(false);
    assert_eq!(program.calls(&script, "connect", &[3, address, 16]), -13, "{}", said.err());
    assert_eq!(program.calls(&script, "connect", &[3, address, 16]), -13);
    let other = program.put(&[2, 0, 0, 80, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
    said.answer(true);
    assert_eq!(program.calls(&script, "connect", &[3, other, 16]), 0);
    let questions = said.questions();
    assert_eq!(questions.len(), 2, "{questions:?}");
    assert!(questions[0].contains("wants 1.2.3.4. Allow?"), "{questions:?}");
}

#[test]
fn slow_tells_of_slow_calls_only() {
    let (script, said) = recipe("slow");
    let mut program = Program::new();
    program.kernel(|_, _| 1);
    program.calls(&script, "read", &[0, BASE, 1]);
    assert_eq!(said.json(), "");
    program.kernel(|_, _| {
        std::thread::sleep(std::time::Duration::from_millis(110));
        1
    });
    program.calls(&script, "recvfrom", &[0, BASE, 1, 0, 0, 0]);
    assert_eq!(said.err(), "");
    let json = said.json();
    assert!(json.starts_with("{\"slow\":\"recvfrom\",\"fd\":\"0"), "{json}");
    assert!(json.contains("\"stack\":[\"write+0x14 (libc.so.6)\""), "{json}");
    assert!(engine::Handler::deadline(&script).is_some());
}
