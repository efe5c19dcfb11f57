//! `hijinks lsof` knows who opened what.

use std::process::{Command, Stdio};

use crate::support::{directory, file, guest, hijinks, native, run};

#[test]
fn a_program_tells_at_its_end_what_is_open_and_who_opened_it() {
    let dir = directory();
    let path = file(&dir, "leaked", "");
    let guest = guest("leaks_a_file.c", &["-g", "-O0"]);
    let ran = run(&mut hijinks(&["lsof", "--", &guest, &path]));
    assert_eq!(ran.stdout, native(&[&guest, &path]).stdout);
    assert!(ran.stderr.contains(&path), "{}", ran.stderr);
    assert!(ran.stderr.contains("openat("), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("forgetful"),
        "the function that opened it is missing: {}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("/dev/zero"), "a closed one is listed: {}", ran.stderr);
}

#[test]
fn an_inherited_descriptor_knows_the_process_that_opened_it() {
    let ran = run(&mut hijinks(&[
        "lsof",
        "--",
        "sh",
        "-c",
        "exec 7</etc/hostname; sh -c 'exit 0'; true",
    ]));
    assert!(ran.stderr.matches("/etc/hostname").count() >= 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("by process"), "{}", ran.stderr);
}

#[test]
fn a_running_process_lists_what_is_open_now() {
    let mut child = Command::new("sleep").arg("60").stdin(Stdio::null()).spawn().unwrap();
    let ran = run(&mut hijinks(&["lsof", &child.id().to_string()]));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(ran.stdout.contains("/dev/null"), "{} {}", ran.stdout, ran.stderr);
}

#[test]
fn a_process_that_is_not_there_is_an_error() {
    let ran = run(&mut hijinks(&["lsof", "999999999"]));
    assert_eq!(ran.status, Some(125));
    assert!(ran.stderr.contains("no such process"), "{}", ran.stderr);
}

#[test]
fn json_lists_one_descriptor_a_line() {
    let ran = run(&mut hijinks(&[
        "lsof",
        "--json",
        "--",
        "perl",
        "-e",
        "use POSIX; open F, q(/etc/hostname); POSIX::_exit(0)",
    ]));
    let object = |line| -> serde_json::Value {
        serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))
    };
    let mut objects = ran.stderr.lines().map(object);
    let object = objects
        .find(|object| object["name"] == "/etc/hostname")
        .unwrap_or_else(|| panic!("{}", ran.stderr));
    assert!(object["opened_by"]["line"].as_str().unwrap().contains("/etc/hostname"));
}
