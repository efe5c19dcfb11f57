//! The supervisor as a process of its own (the example `answer`): at a terminal, told to end, killed.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::support::{Outcome, guest, native};

/// Cargo builds examples along with the tests, into the folder beside theirs.
fn answer() -> String {
    let tests = std::env::current_exe().unwrap();
    let path = tests.parent().unwrap().parent().unwrap().join("examples/answer");
    assert!(path.exists(), "{} is built by `cargo test` without a filter", path.display());
    path.to_str().unwrap().to_owned()
}

fn signal(name: &str, pid: u32) {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).status();
    assert!(sent.unwrap().success());
}

/// The only child of a process.
fn child_of(pid: u32) -> u32 {
    let path = format!("/proc/{pid}/task/{pid}/children");
    loop {
        if let Ok(pid) = std::fs::read_to_string(&path).unwrap().trim().parse() {
            return pid;
        }
    }
}

fn is_alive(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"));
    status.is_ok_and(|status| !status.contains("State:\tZ"))
}

fn piped(command: &mut Command) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    (child, output)
}

fn line(lines: &mut impl BufRead) -> String {
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    line.trim().to_owned()
}

#[test]
fn ctrl_z_fg_and_ctrl_c_work_at_a_terminal() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../guests/job_control.py");
    let expected = native(&["python3", script, "cat"]);
    assert_eq!(native(&["python3", script, &answer(), "cat"]), expected);
}

#[test]
fn the_end_of_the_program_is_the_end_of_the_supervisor() {
    let Outcome { exit, output } = native(&[&answer(), "/bin/sh", "-c", "echo $PPID; exit 3"]);
    assert_eq!((exit, output.as_str()), (engine::Exit::Code(3), "42\n"));
    let missing = native(&[&answer(), "no-such-program"]);
    assert_eq!(missing.exit, engine::Exit::Code(127));
    assert!(missing.output.contains("not found"));
}

#[test]
fn what_kill_sends_to_the_supervisor_reaches_the_program_once() {
    let shell = "for s in INT QUIT TERM HUP USR1 USR2; do trap \"echo $s\" $s; done; \
        trap 'exit 5' ALRM; echo ready; while :; do sleep 0.01; done";
    let (mut supervisor, mut lines) = piped(Command::new(answer()).args(["/bin/sh", "-c", shell]));
    assert_eq!(line(&mut lines), "ready");
    for name in ["INT", "QUIT", "TERM", "HUP", "USR1", "USR2"] {
        signal(name, supervisor.id());
        assert_eq!(line(&mut lines), name);
    }
    signal("ALRM", child_of(supervisor.id()));
    assert_eq!(supervisor.wait().unwrap().code(), Some(5));
    assert_eq!(line(&mut lines), "");
}

#[test]
fn a_program_ends_with_a_supervisor_that_is_killed() {
    let (mut supervisor, mut lines) =
        piped(Command::new(answer()).args(["/bin/sh", "-c", "echo ready; exec sleep 100"]));
    assert_eq!(line(&mut lines), "ready");
    let program = child_of(supervisor.id());
    assert!(is_alive(program));
    supervisor.kill().unwrap();
    supervisor.wait().unwrap();
    while is_alive(program) {
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn an_attached_program_goes_on_when_the_supervisor_is_interrupted_or_killed() {
    let (mut program, mut lines) = piped(&mut Command::new(guest("waits.c")));
    let pid = program.id().to_string();
    assert_eq!(line(&mut lines), pid);
    let mut input = program.stdin.take().unwrap();
    let mut ask = || {
        input.write_all(b"x").unwrap();
        line(&mut lines)
    };
    let us = std::process::id().to_string();
    for end in ["INT", "KILL"] {
        let mut supervisor = Command::new(answer()).args(["-p", &pid]).spawn().unwrap();
        while ask() != "42" {}
        signal(end, supervisor.id());
        assert_eq!(supervisor.wait().unwrap().success(), end == "INT");
        assert_eq!(ask(), us, "after SIG{end}");
    }
    drop(input);
    // The kernel detaches for a tracer that was killed, and epoll_wait is not restarted then.
    assert!(line(&mut lines).ends_with("read waits, sleep sleeps"));
    assert!(program.wait().unwrap().success());
}

#[test]
fn an_ordinary_user_can_run_programs() {
    // As root the program would keep privileges; without, the filter needs no_new_privs.
    let argv = ["setpriv", "--reuid", "65534", "--clear-groups", "--bounding-set", "-all"];
    let ours = answer();
    let program = [ours.as_str(), "/bin/sh", "-c", "echo $PPID"];
    let outcome = native(&[argv.as_slice(), program.as_slice()].concat());
    assert_eq!(outcome.output, "42\n");
}
