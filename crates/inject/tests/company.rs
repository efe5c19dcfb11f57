//! Others who trace, and programs that can't be followed: a clear word, never a hang.

mod support;

use support::{guest, hook, hooked, said};

fn complaint(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn strace_inside_a_run_is_told_that_it_cannot_start_programs() {
    let run = hooked(&["110=42"], &["strace", "-f", "/bin/true"]);
    assert_eq!(run.status.code(), Some(1), "{run:?}");
    assert!(complaint(&run).contains("traced by somebody else"), "{run:?}");
}

#[test]
fn gdb_inside_a_run_is_told_that_it_cannot_start_programs() {
    let run = hooked(&["110=42"], &["gdb", "-batch", "-ex", "run", "/bin/true"]);
    assert!(complaint(&run).contains("can't start another one to trace it"), "{run:?}");
    assert!(complaint(&run).contains("exited with code 127") || said(&run).contains("127"));
}

#[test]
fn hijinks_inside_hijinks_says_that_the_kernel_allows_one() {
    let inner = hook();
    let inner = [inner.get_program()].into_iter().chain(inner.get_args());
    let inner: Vec<&str> = inner.map(|a| a.to_str().unwrap()).collect();
    let run = hooked(&["110=42"], &[&inner[..], &["110=43", "--", "/bin/true"]].concat());
    assert_eq!(run.status.code(), Some(125), "{run:?}");
    assert!(complaint(&run).contains("inside another hijinks"), "{run:?}");
}

#[test]
fn hijinks_under_strace_says_that_it_is_traced() {
    let mut strace = std::process::Command::new("strace");
    strace.args(["-f", "-o", "/dev/null"]);
    let hook = hook();
    strace.arg(hook.get_program()).args(hook.get_args()).args(["110=42", "--", "/bin/true"]);
    let run = strace.output().expect("strace is installed");
    assert!(complaint(&run).contains("being traced by process"), "{run:?}");
}

#[test]
fn a_program_that_is_not_there_is_an_error_with_its_name() {
    let run = hooked(&["110=42"], &["/does/not/exist"]);
    assert_eq!(run.status.code(), Some(125), "{run:?}");
    assert!(complaint(&run).contains("/does/not/exist: No such file"), "{run:?}");
}

#[test]
fn a_program_without_memory_for_the_runtime_is_ended_with_a_reason() {
    let run = hooked(&["110=42"], &["sh", "-c", "ulimit -v 60000; exec /bin/true"]);
    assert!(complaint(&run).contains("no room for the runtime"), "{run:?}");
}

#[test]
fn how_the_program_ends_is_how_the_run_ends() {
    assert_eq!(hooked(&["all=count"], &["sh", "-c", "exit 7"]).status.code(), Some(7));
    let killed = hooked(&["all=count"], &["sh", "-c", "kill -TERM $$"]);
    assert_eq!(killed.status.code(), Some(128 + 15), "{killed:?}");
}

#[test]
fn failed_execs_leave_their_task_untraced() {
    let python = "
import os, time
try: os.execv('/does/not/exist', ['x'])
except FileNotFoundError: pass
time.sleep(0.3)
print([line for line in open('/proc/self/status') if line.startswith('TracerPid')])";
    let run = hooked(&["all=count"], &["python3", "-c", python]);
    assert_eq!(said(&run), "['TracerPid:\\t0\\n']\n", "{run:?}");
}

#[test]
fn a_handler_on_every_number_leaves_even_the_launcher_alone() {
    let guest = guest("inline_execs.c", &[]);
    let run = hooked(&["all=count", "59=look", "322=look", "110=42"], &[guest.to_str().unwrap()]);
    assert!(said(&run).ends_with("shebang 42\nlast 42\n"), "{run:?}");
}
