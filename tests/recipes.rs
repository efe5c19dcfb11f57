//! Every script of `recipes/`, run as it stands against a real program.

use std::sync::OnceLock;

use crate::support::{directory, file, guest, hijinks, native, root, run};

/// `hijinks run recipes/NAME.rb -- PROGRAM` under every engine.
fn recipe(name: &str, program: &[&str]) -> crate::support::Ran {
    let script = root().join("recipes").join(name).with_extension("rb");
    let mut last = None;
    for engine in crate::support::ENGINES {
        let mut args = vec!["run", script.to_str().unwrap(), "--engine", engine, "--"];
        args.extend(program);
        last = Some(run(&mut hijinks(&args)));
    }
    last.expect("there is an engine")
}

fn python(code: &str) -> [&str; 3] {
    static PATH: OnceLock<String> = OnceLock::new();
    [PATH.get_or_init(crate::support::python), "-c", code]
}

#[test]
fn eatmydata_answers_for_the_disk() {
    // A descriptor that does not exist: only a kernel that is asked would say so.
    let code = "
import ctypes
c = ctypes.CDLL(None)
print(c.fsync(777), c.fdatasync(777), c.msync(1, 1, 99), c.sync_file_range(777, 0, 0, 0))";
    assert_eq!(native(&python(code)).stdout, "-1 -1 -1 -1\n");
    assert_eq!(recipe("eatmydata", &python(code)).stdout, "0 0 0 0\n");
}

#[test]
fn rot13_turns_all_that_is_printed() {
    let ran = recipe(
        "rot13",
        &["perl", "-e", "syswrite STDOUT, qq(Hello\n); syswrite STDERR, qq(World\n); exit 3"],
    );
    assert_eq!((ran.stdout.as_str(), ran.status), ("Uryyb\n", Some(3)));
    assert!(ran.stderr.contains("World"), "{}", ran.stderr);
}

#[test]
fn gem_audit_tells_what_an_installer_does() {
    let dir = directory();
    let made = dir.path().join("made");
    let code = format!(
        "
import os, socket, subprocess
open({made:?}, 'w').write('x')
subprocess.run(['true'])
try: socket.create_connection(('127.0.0.1', 1), 1)
except OSError: pass
os.unlink({made:?})"
    );
    let ran = recipe("gem_audit", &python(&code));
    for word in ["exec", "true", "net", "127.0.0.1", "write", "delete", made.to_str().unwrap()] {
        assert!(ran.stderr.contains(word), "`{word}` is missing in {}", ran.stderr);
    }
    assert_eq!(ran.status, Some(0));
}

#[test]
fn gem_audit_tells_of_secrets_that_are_read() {
    let home = directory();
    std::fs::create_dir(home.path().join(".ssh")).unwrap();
    let key = home.path().join(".ssh/id_rsa");
    std::fs::write(&key, "secret").unwrap();
    let script = root().join("recipes/gem_audit.rb");
    let ran = run(hijinks(&["run", script.to_str().unwrap(), "--", "cat", key.to_str().unwrap()])
        .env("HOME", home.path()));
    assert!(ran.stderr.contains("secret") && ran.stderr.contains("id_rsa"), "{}", ran.stderr);
}

#[test]
fn chaos_breaks_the_third_fsync_and_big_mappings() {
    let code = "
import os, mmap, tempfile
f = tempfile.TemporaryFile()
for i in range(4):
    try: os.fsync(f.fileno()); print('ok')
    except OSError as e: print(e.strerror)
try: mmap.mmap(-1, 128 << 20); print('mapped')
except OSError as e: print(e.strerror)";
    let ran = recipe("chaos", &python(code));
    assert_eq!(
        ran.stdout, "ok\nok\nInput/output error\nok\nCannot allocate memory\n",
        "{}",
        ran.stderr
    );
}

#[test]
fn flaky_api_refuses_the_third_connection_to_its_host_and_no_other() {
    // The name is the one of the script; the address is what the program's own resolver says.
    let dir = directory();
    let script = std::fs::read_to_string(root().join("recipes/flaky_api.rb")).unwrap();
    let local = file(&dir, "flaky.rb", &script.replace("api.stripe.com", "localhost"));
    let code = "
import socket
s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(9)
for i in range(4):
    try: socket.create_connection(('127.0.0.1', s.getsockname()[1]), 5); print('ok')
    except OSError as e: print(e.strerror)";
    let ran = run(&mut hijinks(&["run", &local, "--", &crate::support::python(), "-c", code]));
    assert_eq!(ran.stdout, "ok\nok\nConnection refused\nok\n", "{}", ran.stderr);
    let other = recipe("flaky_api", &python(code));
    assert_eq!(other.stdout, "ok\nok\nok\nok\n", "{}", other.stderr);
}

#[test]
fn truncate_saves_the_logs_and_tells_who_tried() {
    let dir = directory();
    let log = file(&dir, "app.log", "precious");
    let text = file(&dir, "app.txt", "worthless");
    let ran = recipe("truncate", &["truncate", "-s", "0", &log]);
    assert_eq!(ran.status, Some(1), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("truncate tried to empty") && ran.stderr.contains("app.log"),
        "{}",
        ran.stderr
    );
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "precious");
    assert_eq!(recipe("truncate", &["truncate", "-s", "0", &text]).status, Some(0));
    assert_eq!(std::fs::read_to_string(&text).unwrap(), "");
}

#[test]
fn tally_prints_what_was_opened_and_what_was_missing() {
    let ran = recipe("tally", &["cat", "/etc/hostname", "/no/such/file"]);
    assert_eq!(ran.stdout, native(&["cat", "/etc/hostname"]).stdout);
    for word in ["/etc/hostname", "/no/such/file", "ENOENT"] {
        assert!(ran.stderr.contains(word), "`{word}` is missing in {}", ran.stderr);
    }
}

#[test]
fn leaks_names_the_function_that_left_a_descriptor_open() {
    let dir = directory();
    let path = file(&dir, "leaked", "");
    let guest = guest("leaks_a_file.c", &["-g", "-O0"]);
    let ran = recipe("leaks", &[&guest, &path]);
    assert!(ran.stderr.contains("leaked 3") && ran.stderr.contains(&path), "{}", ran.stderr);
    assert!(ran.stderr.contains("forgetful"), "{}", ran.stderr);
}

#[test]
fn redact_keeps_secrets_out_and_the_program_sees_its_own_counts() {
    let code = "
import os
text = b'key=sk_live_abcdef123 and ghp_xyz789 end\\n'
n = os.write(1, text)
os.write(2, f'{n == len(text)}\\n'.encode())";
    let ran = recipe("redact", &python(code));
    assert_eq!(ran.stdout, "key=sk_live_[redacted] and ghp_[redacted] end\n", "{}", ran.stderr);
    assert!(ran.stderr.contains("True"), "{}", ran.stderr);
}

#[test]
fn doorman_refuses_when_nobody_can_be_asked() {
    let code = "
import socket
s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(9)
try: socket.create_connection(s.getsockname(), 5); print('let in')
except OSError as e: print(e.strerror)";
    // No terminal: the safe answer is no.
    let script = root().join("recipes/doorman.rb");
    let ran = run(std::process::Command::new("setsid")
        .arg("-w")
        .arg(env!("CARGO_BIN_EXE_hijinks"))
        .args(["run", script.to_str().unwrap(), "--", &crate::support::python(), "-c", code]));
    assert_eq!(ran.stdout, "Permission denied\n", "{}", ran.stderr);
}

#[test]
fn slow_emits_the_reads_that_wait() {
    let ran = recipe("slow", &["sh", "-c", "(sleep 0.3; echo x) | cat"]);
    assert_eq!(ran.stdout, "x\n");
    let line = ran
        .stderr
        .lines()
        .find(|line| line.contains("\"slow\""))
        .unwrap_or_else(|| panic!("{}", ran.stderr));
    let object: serde_json::Value =
        serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    assert_eq!(object["slow"], "read");
    assert!(object["ms"].as_f64().unwrap() >= 100.0, "{line}");
}
