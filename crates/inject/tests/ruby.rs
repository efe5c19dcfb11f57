//! Scripts inside the program.

mod support;

use std::process::Output;

use support::{guest, hook, said};

fn ruby(script: &str, program: &[&str]) -> Output {
    let mut hook = hook();
    hook.args(["--ruby", script, "--"]).args(program).output().expect("timeout is installed")
}

/// What handlers printed: the example sends it to its standard error.
fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_block_answers_in_the_place_of_the_kernel() {
    let guest = guest("inline_execs.c", &[]);
    let run = ruby("replace(:getppid) { 42 }", &[guest.to_str().unwrap()]);
    let expected = "fork 42\nvfork 42\nspawn 42\nthread 42\nshebang 42\nlast 42\n";
    assert_eq!(said(&run), expected, "{run:?}");
}

#[test]
fn a_block_changes_what_the_program_writes() {
    let script = "on(:write, fd: :stdout) { |c| c.data = c.data.tr('A-Za-z', 'N-ZA-Mn-za-m') }";
    let run = ruby(script, &["/bin/echo", "Hello"]);
    assert_eq!(said(&run), "Uryyb\n", "{run:?}");
}

#[test]
fn a_block_raises_what_the_program_sees() {
    let script = "on(:open, path: '/etc/hostname') { raise Errno::EACCES }";
    let run = ruby(script, &["cat", "/etc/hostname"]);
    assert!(printed(&run).contains("Permission denied"), "{run:?}");
}

#[test]
fn a_block_sees_the_result_after_the_kernel() {
    let script = "after(:read) { |c| puts \"#{c.fd.path} #{c.result}\" }";
    let run = ruby(script, &["head", "-c", "4", "/etc/passwd"]);
    assert!(printed(&run).contains("/etc/passwd 4\n"), "{run:?}");
}

#[test]
fn a_block_that_never_ends_is_stopped_and_the_call_goes_on() {
    let run = ruby("on(:read) { loop {} }", &["head", "-c", "4", "/etc/passwd"]);
    assert_eq!(said(&run), "root", "{run:?}");
    assert!(printed(&run).contains("too long"), "{run:?}");
}

#[test]
fn a_mistake_in_a_script_is_told_with_its_line_before_anything_runs() {
    let run = ruby("on(:getppid) { }\non(:opn) { }", &["/bin/echo", "ran"]);
    assert_eq!(said(&run), "", "{run:?}");
    assert!(printed(&run).contains("-e:2:") && printed(&run).contains(":opn"), "{run:?}");
}

#[test]
fn a_script_on_every_call_loses_no_signal_no_task_and_no_wake_up() {
    let guests = [
        "inline_signals.c",
        "inline_wakeup.c",
        "inline_clones.c",
        "inline_interrupted.c",
        "inline_longjmp.c",
        "inline_filters.c",
    ];
    for name in guests {
        let guest = guest(name, &[]);
        let native = std::process::Command::new(&guest).output().expect("it runs");
        for script in ["on(:all) { }", "on(:all) { |c| c.proceed }"] {
            let run = ruby(script, &[guest.to_str().unwrap()]);
            assert_eq!(said(&native), said(&run), "{name} {script}: {run:?}");
        }
    }
}

#[test]
fn threads_whose_handlers_wait_for_the_kernel_stop_nobody() {
    let python = "
import os, threading
r, w = os.pipe()
t = threading.Thread(target=lambda: os.read(r, 1))
t.start()
[os.getppid() for _ in range(1000)]
os.write(w, b'x')
t.join()
print('done')";
    let run = ruby("on(:all) { |c| c.proceed }", &["python3", "-c", python]);
    assert_eq!(said(&run), "done\n", "{run:?}");
}

#[test]
fn a_fork_of_a_threaded_program_finds_its_handlers_whole() {
    let python = "
import os, threading
stop = False
def busy():
    while not stop: os.getppid()
threads = [threading.Thread(target=busy) for _ in range(4)]
[t.start() for t in threads]
for i in range(50):
    pid = os.fork()
    if not pid:
        os.getppid()
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
stop = True
[t.join() for t in threads]
print('done')";
    let run = ruby("on(:getppid, :fork, :clone) { |c| c.proceed }", &["python3", "-c", python]);
    assert_eq!(said(&run), "done\n", "{run:?}");
}
