//! `hijinks trace` agrees with strace on real programs, whole trees of processes included. The
//! lines' shapes are compared as the table's own tests compare them (crates/syscalls/tests).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{directory, file, hijinks, run};

#[path = "../crates/syscalls/tests/strace/normalise.rs"]
mod normalise;
use normalise::{shape, skeleton};

/// Runs that are looked at on each side: what timing makes different shows up in some.
const RUNS: usize = 3;

/// A place that looks the same in every run.
fn place() -> tempfile::TempDir {
    let dir = directory();
    fs::create_dir(dir.path().join("tree")).unwrap();
    file(&dir, "tree/one.txt", "one\ntwo\n");
    dir
}

/// Shapes of the calls in a log whose lines begin with the process.
fn shapes(text: &str, place: &Path) -> BTreeSet<String> {
    let lines = text.lines().filter_map(|line| line.split_once(' '));
    let lines: Vec<(&str, &str)> = lines.map(|(pid, line)| (pid, line.trim_start())).collect();
    let pids = lines.iter().filter_map(|(pid, _)| pid.parse().ok()).collect();
    let place = place.to_str().unwrap();
    let calls = lines.iter().map(|(_, line)| line.replace(place, "PLACE"));
    let calls = calls.filter(|line| !line.starts_with(['+', '-']) && line.contains(" = "));
    calls.map(|line| shape(&line, &pids)).collect()
}

fn theirs(command: &[&str]) -> BTreeSet<String> {
    let place = place();
    let logs = directory();
    let mut strace = Command::new("strace");
    strace.args(["-ff", "-q", "-e", "signal=none", "-o"]).arg(logs.path().join("log"));
    run(strace.args(command).current_dir(place.path()));
    let mut text = String::new();
    for entry in fs::read_dir(logs.path()).unwrap() {
        let path = entry.unwrap().path();
        let pid = path.extension().unwrap().to_str().unwrap().to_owned();
        let log = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        text.extend(log.lines().map(|line| format!("{pid} {line}\n")));
    }
    shapes(&text, place.path())
}

fn ours(command: &[&str]) -> BTreeSet<String> {
    let place = place();
    let log = directory();
    let log = log.path().join("log");
    let mut args = vec!["trace", "-qq", "-o", log.to_str().unwrap(), "--"];
    args.extend(command);
    run(hijinks(&args).env_remove("COLUMNS").current_dir(place.path()));
    shapes(&String::from_utf8_lossy(&fs::read(&log).unwrap()), place.path())
}

/// What only one of the two printed: `S` strace, `H` hijinks.
fn differences(command: &[&str]) -> BTreeSet<String> {
    let runs: Vec<_> = (0..RUNS).map(|_| theirs(command)).collect();
    let ours: BTreeSet<String> = (0..RUNS).flat_map(|_| ours(command)).collect();
    assert!(ours.len() > 10, "nearly nothing was seen of {command:?}: {ours:?}");
    let always = runs[0].iter().filter(|line| runs.iter().all(|run| run.contains(*line)));
    let always: BTreeSet<String> = always.cloned().collect();
    let theirs: BTreeSet<String> = runs.into_iter().flatten().collect();
    let varies = |line: &str, others: &BTreeSet<String>| {
        let bare = skeleton(line);
        line.starts_with("futex(")
            // hijinks runs under a filter and its children are traced: the environment differs.
            || line.starts_with("execve(")
            || bare.is_some() && others.iter().any(|other| skeleton(other) == bare)
    };
    let only_they = always.iter().filter(|line| !ours.contains(*line) && !varies(line, &ours));
    let only_we = ours.iter().filter(|line| !theirs.contains(*line) && !varies(line, &theirs));
    only_they
        .map(|line| format!("S {line}"))
        .chain(only_we.map(|line| format!("H {line}")))
        .collect()
}

fn agrees(command: &[&str]) {
    // A difference in what we print comes back every time; one of timing does not.
    let mut found = differences(command);
    for _ in 0..3 {
        if !found.is_empty() {
            let again = differences(command);
            found.retain(|line| again.contains(line));
        }
    }
    let found: Vec<String> = found.into_iter().collect();
    assert!(found.is_empty(), "{command:?} differs from strace:\n{}", found.join("\n"));
}

#[test]
fn trace_agrees_with_strace_on_ls() {
    agrees(&["ls", "-l", "tree", "/etc/hostname"]);
}

#[test]
fn trace_agrees_with_strace_on_a_shell_and_its_children() {
    agrees(&[
        "bash",
        "-c",
        "cat tree/one.txt | tr a-z A-Z | wc -c; (exit 3); umask 027; kill -0 $$",
    ]);
}

#[test]
fn trace_agrees_with_strace_on_failures() {
    agrees(&["cat", "/no/such/file", "tree", "/proc/self/mem"]);
}

#[test]
fn trace_agrees_with_strace_on_copies_links_and_modes() {
    agrees(&[
        "sh",
        "-c",
        "cp -a tree copy; ln -s tree soft; chmod 600 tree/one.txt; mv copy moved; rm -r moved; touch -d @0 tree",
    ]);
}

#[test]
fn trace_agrees_with_strace_on_sockets_and_polls() {
    agrees(&[
        "perl",
        "-MSocket",
        "-e",
        "socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, 0); syswrite $a, q(hello); my $r = ''; vec($r, fileno($b), 1) = 1; select($r, undef, undef, 1); sysread $b, my $x, 9; socket(my $s, AF_INET, SOCK_STREAM, 0); connect($s, sockaddr_in(1, inet_aton('127.0.0.1')));",
    ]);
}
