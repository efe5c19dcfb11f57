//! What can't be run or attached to is said in a sentence that helps, with a shell's exit status.

use std::process::{Command, Stdio};

use engine::Verdict;
use ptrace::{Error, Options, Program};

use crate::support::Watch;

fn refused(argv: &[&str]) -> Error {
    let handler = Watch::new(&[], |_| Verdict::Pass);
    ptrace::run(&Program::new(argv.iter().copied()), &handler, &Options::default()).unwrap_err()
}

fn not_attached(pid: i32) -> Error {
    let handler = Watch::new(&[], |_| Verdict::Pass);
    ptrace::attach(pid, &handler, &Options::default()).unwrap_err()
}

#[test]
fn a_missing_program_is_127_and_one_that_cannot_run_126() {
    let directory = tempfile::tempdir().unwrap();
    let plain = directory.path().join("plain");
    std::fs::write(&plain, "echo").unwrap();
    assert_eq!(refused(&["no-such-program"]).exit_status(), 127);
    assert_eq!(refused(&["/no/such/program"]).exit_status(), 127);
    assert_eq!(refused(&["/tmp"]).exit_status(), 126);
    let error = refused(&[plain.to_str().unwrap()]);
    assert_eq!(error.exit_status(), 126);
    assert!(error.to_string().contains("chmod +x"), "{error}");
}

#[test]
fn a_script_without_its_interpreter_says_so() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let script = directory.path().join("script");
    for (text, word) in [("#!/no/such/interpreter\n", "interpreter"), ("just text", "#!")] {
        std::fs::write(&script, text).unwrap();
        std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).unwrap();
        let error = refused(&[script.to_str().unwrap()]);
        assert!(error.to_string().contains(word), "{error}");
        assert_eq!(error.exit_status(), 126);
    }
}

#[test]
fn a_directory_that_is_not_there_is_named() {
    let handler = Watch::new(&[], |_| Verdict::Pass);
    let program = Program::new(["/bin/true"]).in_directory("/no/such/directory");
    let error = ptrace::run(&program, &handler, &Options::default()).unwrap_err();
    assert!(error.to_string().contains("/no/such/directory"), "{error}");
}

#[test]
fn dead_own_and_traced_processes_cannot_be_attached_to() {
    let mut child = Command::new("sleep").arg("9").stdin(Stdio::null()).spawn().unwrap();
    let pid = child.id() as i32;
    let strace = Command::new("strace")
        .args(["-o", "/dev/null", "-p", &pid.to_string()])
        .stderr(Stdio::null())
        .spawn();
    let mut strace = strace.unwrap();
    while !std::fs::read_to_string(format!("/proc/{pid}/status"))
        .unwrap()
        .contains(&format!("TracerPid:\t{}", strace.id()))
    {
        std::thread::yield_now();
    }
    let error = not_attached(pid);
    assert!(
        matches!(error, Error::AlreadyTraced { tracer, .. } if tracer == strace.id() as i32),
        "{error}"
    );
    strace.kill().unwrap();
    strace.wait().unwrap();
    child.kill().unwrap();
    while !std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap().contains("State:\tZ") {
        std::thread::yield_now();
    }
    assert!(matches!(not_attached(pid), Error::NoProcess { .. }), "a zombie");
    child.wait().unwrap();
    assert!(matches!(not_attached(pid), Error::NoProcess { .. }), "reaped");
    assert!(matches!(not_attached(std::process::id() as i32), Error::Ourselves { .. }));
}

#[test]
fn a_thread_is_attached_to_by_its_process() {
    let us = std::process::id() as i32;
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let tids = tasks.map(|task| task.unwrap().file_name().to_str().unwrap().parse().unwrap());
    let tid = tids.filter(|tid: &i32| *tid != us).last().expect("this test runs in a thread");
    let error = not_attached(tid);
    assert!(matches!(error, Error::NotAProcess { pid, .. } if pid == us), "{error}");
}

#[test]
fn a_program_that_would_gain_privilege_is_known_before_it_runs() {
    let privileged = std::fs::read_to_string("/proc/self/status").unwrap();
    let capabilities = privileged.lines().find_map(|line| line.strip_prefix("CapEff:")).unwrap();
    let may_trace_all = u64::from_str_radix(capabilities.trim(), 16).unwrap() >> 19 & 1 == 1;
    assert_eq!(Program::new(["su"]).loses_privilege().unwrap(), !may_trace_all);
    assert!(!Program::new(["true"]).loses_privilege().unwrap());
}
