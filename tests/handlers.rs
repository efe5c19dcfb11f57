//! What the words of a script do to real programs.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use crate::support::{ENGINES, Ran, directory, every_engine, file, guest, hijinks, python, run};

fn stderr_of(code: &str, program: &[&str]) -> String {
    every_engine(code, program).stderr
}

#[test]
fn on_sees_every_path_that_is_opened() {
    let said = stderr_of("on(:open) { |c| puts c.path }", &["cat", "/etc/hostname"]);
    assert!(said.lines().any(|line| line == "/etc/hostname"), "{said}");
}

#[test]
fn the_value_of_an_on_block_is_no_result() {
    assert_eq!(
        every_engine("on(:getppid) { 42 }\nreplace(:getppid) { 7 }", &[&guest("parent.c", &[])])
            .stdout,
        "7\n"
    );
    let natively = every_engine("n = 0\non(:write) { n += 1000 }", &["echo", "x"]);
    assert_eq!((natively.stdout.as_str(), natively.status), ("x\n", Some(0)));
}

#[test]
fn raising_an_errno_is_what_the_program_sees() {
    let ran = every_engine(
        "on(:open, path: '/etc/hostname') { raise Errno::EACCES }",
        &["cat", "/etc/hostname"],
    );
    assert_eq!(ran.status, Some(1));
    assert!(ran.stderr.contains("Permission denied"), "{}", ran.stderr);
}

#[test]
fn raising_after_proceed_hides_what_the_kernel_did() {
    let code = "on(:mkdir) { |c| c.proceed; raise Errno::EIO }";
    let dir = directory();
    let made = dir.path().join("made");
    let ran = every_engine(code, &["mkdir", made.to_str().unwrap()]);
    assert!(ran.stderr.contains("Input/output error"), "{}", ran.stderr);
    assert!(made.is_dir());
}

#[test]
fn proceed_asks_the_kernel_now_and_its_result_can_be_changed() {
    let code = "on(:getppid) { |c| c.proceed; c.result = c.result * 0 + 5 }";
    assert_eq!(every_engine(code, &[&guest("parent.c", &["-static"])]).stdout, "5\n");
}

#[test]
fn replace_is_a_nest_and_proceed_goes_to_the_next() {
    let code = "replace(:getppid) { |c| c.proceed + 1 }\nreplace(:getppid) { |c| 40 + 1 }";
    assert_eq!(every_engine(code, &[&guest("parent.c", &[])]).stdout, "42\n");
}

#[test]
fn handlers_run_on_down_and_after_back_up() {
    let code = "
on(:getppid)    { puts 'on 1' }
after(:getppid) { puts 'after 1' }
on(:getppid)    { puts 'on 2' }
after(:getppid) { puts 'after 2' }
replace(:getppid) { |c| puts 'replace'; 3 }
";
    let ran = every_engine(code, &[&guest("parent.S", &["-nostdlib", "-static"])]);
    assert_eq!(ran.stderr, "on 1\non 2\nreplace\nafter 2\nafter 1\n");
    assert_eq!(ran.stdout, "3\n");
}

#[test]
fn pass_leaves_the_handler_and_the_kernel_answers() {
    let code = "replace(:getppid) { |c| c.pass! if true; 42 }";
    let guest = guest("parent.c", &[]);
    // The parent of the guest is hijinks, whatever its number.
    let ran = every_engine(code, &[&guest]);
    assert_ne!(ran.stdout, "42\n");
    assert!(ran.stdout.trim().parse::<u32>().is_ok());
}

#[test]
fn an_argument_can_be_changed_for_the_kernel_and_not_for_the_program() {
    let dir = directory();
    let other = file(&dir, "other", "the other file\n");
    let code = format!("on(:open, path: '/etc/hostname') {{ |c| c.path = {other:?} }}");
    assert_eq!(every_engine(&code, &["cat", "/etc/hostname"]).stdout, "the other file\n");
}

#[test]
fn data_of_a_write_can_be_longer_and_the_program_sees_its_own_count() {
    let code = "on(:write, fd: :stdout) { |c| c.data = '<' + c.data * 3 + '>' }";
    let code_of_program = "import os; n = os.write(1, b'abc'); os.write(2, str(n).encode())";
    let ran = every_engine(code, &[&python(), "-c", code_of_program]);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("<abcabcabc>", "3"));
}

#[test]
fn data_of_a_read_can_be_changed_after_the_kernel_answered() {
    let code = "after(:read, path: '/etc/hostname') { |c| c.data = 'elsewhere' if c.result > 0 }";
    let ran = every_engine(
        code,
        &[
            "python3",
            "-c",
            "import os; fd = os.open('/etc/hostname', 0); print(os.read(fd, 4), os.read(fd, 99))",
        ],
    );
    assert!(ran.stdout.starts_with("b'else' "), "{} {}", ran.stdout, ran.stderr);
}

#[test]
fn a_hash_fills_the_struct_that_the_program_asked_for() {
    let code = "replace(:uname) { { sysname: 'PDP-11', nodename: 'here', release: '7', version: 'UNIX', machine: 'pdp11' } }";
    assert_eq!(every_engine(code, &["uname", "-snrm"]).stdout, "PDP-11 here 7 pdp11\n");
}

#[test]
fn a_string_fills_the_buffer_and_its_length_is_the_result() {
    let code = "first = true\nreplace(:read, path: '/etc/hostname') { first ? (first = false; 'made up') : 0 }";
    assert_eq!(every_engine(code, &["cat", "/etc/hostname"]).stdout, "made up");
}

#[test]
fn filters_are_natural() {
    let dir = directory();
    let a = file(&dir, "a.log", "");
    let b = file(&dir, "b.txt", "");
    let seen = |filter: &str| -> Vec<bool> {
        let said =
            stderr_of(&format!("on(:open, {filter}) {{ |c| puts c.path }}"), &["cat", &a, &b]);
        [&a, &b].iter().map(|path| said.lines().any(|line| line == path.as_str())).collect()
    };
    assert_eq!(seen("path: '**/*.log'"), [true, false]);
    assert_eq!(seen("path: /\\.txt$/"), [false, true]);
    assert_eq!(seen("path: '**/*.{log,txt}'"), [true, true]);
    assert_eq!(seen(&format!("path: [{a:?}, 'x']")), [true, false]);
    assert_eq!(seen("path: ->(path) { path.end_with?('b.txt') }"), [false, true]);
    assert_eq!(seen("mode: :write"), [false, false]);
    assert_eq!(seen("flags: File::RDONLY, path: '**/a.log'"), [true, false]);
    assert_eq!(seen("result: 3.., program: 'cat', path: '*.txt'"), [false, true]);
    assert_eq!(seen("error: true"), [false, false]);
}

#[test]
fn nth_times_and_rate_choose_among_the_calls() {
    let shell = "for i in 1 2 3 4; do echo $i; done";
    let code = "fail :write, with: Errno::EIO, fd: :stdout, nth: 2";
    assert_eq!(every_engine(code, &["sh", "-c", shell]).stdout, "1\n3\n4\n");
    let code = "fail :write, with: Errno::EIO, fd: :stdout, times: 3";
    assert_eq!(every_engine(code, &["sh", "-c", shell]).stdout, "4\n");
    let code = "fail :write, with: Errno::EIO, fd: :stdout, rate: 1.0";
    assert_eq!(every_engine(code, &["sh", "-c", shell]).stdout, "");
    let code = "fail :write, with: Errno::EIO, fd: :stdout, rate: 0.0";
    assert_eq!(every_engine(code, &["sh", "-c", shell]).stdout, "1\n2\n3\n4\n");
}

#[test]
fn deny_refuses_for_the_whole_tree() {
    let ran = every_engine(
        "deny :open, path: '/etc/hostname'",
        &["sh", "-c", "sh -c 'cat /etc/hostname'; cat /etc/os-release > /dev/null && echo fine"],
    );
    assert_eq!(ran.stdout, "fine\n");
    assert!(ran.stderr.contains("Permission denied"), "{}", ran.stderr);
}

#[test]
fn delay_holds_up_its_own_task_and_no_other() {
    // Both children wait half a second; one after the other it would be a whole one.
    let code_of_program = "
import subprocess, time
begun = time.monotonic()
ps = [subprocess.Popen(['mkdir', '-p', '/tmp']) for i in range(2)]
[p.wait() for p in ps]
print('waited', time.monotonic() - begun >= 0.5)";
    assert_eq!(
        every_engine("delay :mkdir, by: 0.5", &[&python(), "-c", code_of_program]).stdout,
        "waited True\n"
    );
    // Order, not time: the one that sleeps comes last.
    let code = "on(:write, fd: :stdout) { |c| sleep 0.3 if c.data.start_with?('slow') }";
    let ran = every_engine(code, &["sh", "-c", "echo slow & echo fast; wait"]);
    assert_eq!(ran.stdout, "fast\nslow\n", "{}", ran.stderr);
}

#[test]
fn tally_sum_and_histogram_are_printed_at_the_end() {
    let code = "
tally(:write, fd: :stdout) { |c| c.program }
sum(:write, fd: :stdout)   { |c| [c.program, c.result] }
histogram(:write, fd: :stdout) { |c| c.size }";
    let said = stderr_of(code, &["sh", "-c", "echo one; echo three; /bin/echo five"]);
    let words = |word: &str, number: &str| {
        assert!(
            said.lines().any(|line| line.contains(word) && line.contains(number)),
            "{word} {number}: {said}"
        );
    };
    words("sh", "2");
    words("sh", "10");
    words("echo", "5");
}

#[test]
fn shared_counts_over_the_whole_tree() {
    let code = "on(:getppid, program: /parent/) { shared[:n] += 1 }\nat_exit { puts shared[:n] }";
    let guest = guest("parent.S", &["-nostdlib", "-static"]);
    let line = format!("{guest}; {guest} & {guest}; wait");
    assert_eq!(stderr_of(code, &["busybox", "sh", "-c", &line]).lines().last(), Some("3"));
}

#[test]
fn emit_writes_json_lines_to_the_output_file() {
    let dir = directory();
    let out = dir.path().join("out");
    let args = [
        "-o",
        out.to_str().unwrap(),
        "-e",
        "on(:open, path: '/etc/hostname') { |c| emit call: c.name, path: c.path, fine: true }",
        "--",
        "cat",
        "/etc/hostname",
    ];
    let ran = run(&mut hijinks(&args));
    assert_eq!(ran.stderr, "");
    let text = std::fs::read_to_string(&out).unwrap();
    let object: serde_json::Value =
        serde_json::from_str(text.trim()).unwrap_or_else(|e| panic!("{e}: {text}"));
    assert_eq!(object["path"], "/etc/hostname");
    assert_eq!(object["fine"], true);
}

#[test]
fn hooks_of_the_tree_run_at_their_times() {
    let code = "at_start { puts 'start' }\non_fork { |*| puts 'fork' }\non_exec { |*| puts 'exec' }\nat_exit { puts 'exit' }";
    let said = stderr_of(code, &["sh", "-c", "/bin/true; :"]);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!((lines.first(), lines.last()), (Some(&"start"), Some(&"exit")), "{said}");
    assert!(lines.contains(&"fork") && lines.contains(&"exec"), "{said}");
}

#[test]
fn every_runs_again_and_again() {
    let said = stderr_of("n = 0\nevery(0.05) { n += 1; puts 'tick' if n == 3 }", &["sleep", "1"]);
    assert_eq!(said, "tick\n");
}

#[test]
fn a_script_reads_and_changes_what_the_call_object_offers() {
    let code = r#"
on(:openat, path: "/etc/hostname") do |c|
  c.proceed
  puts [c.name, c.number, c.path, c.flags.to_s, c.result > 2, c.error?, c.fd.nil? || true, c.program, c.pid == c.tid].inspect
  puts c.inspect
  puts c.to_h.keys.include?(:name), c[:pathname], c.process.pid == c.pid, c.process.argv.inspect
end"#;
    let said = stderr_of(code, &["cat", "/etc/hostname"]);
    assert!(
        said.contains(
            r#"[:openat, 257, "/etc/hostname", "RDONLY", true, false, true, "cat", true]"#
        ),
        "{said}"
    );
    assert!(said.contains("openat(AT_FDCWD, \"/etc/hostname\", O_RDONLY) = 3"), "{said}");
    assert!(said.contains("[\"cat\", \"/etc/hostname\"]"), "{said}");
}

#[test]
fn the_stack_of_a_call_is_symbolised() {
    let said = stderr_of("on(:getppid) { |c| puts c.caller.first(3) }", &[&guest("parent.c", &[])]);
    assert!(said.contains("main"), "{said}");
}

#[test]
fn require_relative_and_the_ruby_library_work_in_scripts() {
    let dir = directory();
    file(&dir, "lib.rb", "def answer = 42\n");
    let main = file(
        &dir,
        "main.rb",
        "require 'json'\nrequire_relative 'lib'\nputs JSON.generate({ a: [answer, nil, 1.5] }), Time.at(0).utc.strftime('%Y-%m-%d'), File.basename(__FILE__), \"x1y22\".scan(/\\d+/).inspect\nreplace(:getppid) { answer }\n",
    );
    let ran = run(&mut hijinks(&["run", &main, "--", &guest("parent.c", &[])]));
    assert_eq!(ran.stdout, "42\n", "{}", ran.stderr);
    assert_eq!(ran.stderr, "{\"a\":[42,null,1.5]}\n1970-01-01\nmain.rb\n[\"1\", \"22\"]\n");
}

/// A program that prints a line whenever it is told to, so that tests need no clocks.
struct Talker {
    child: std::process::Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Talker {
    fn new() -> Talker {
        let code = "
import os, sys, threading
threading.Thread(target=lambda: threading.Event().wait(), daemon=True).start()
for line in sys.stdin:
    print(os.getppid(), flush=True)";
        let mut child = Command::new(python())
            .args(["-c", code])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        let mut talker = Talker { child, answers };
        talker.ask();
        talker
    }

    fn ask(&mut self) -> String {
        self.child.stdin.as_mut().unwrap().write_all(b"?\n").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    /// Asks until the answer is this one.
    fn until(&mut self, answer: &str) {
        while self.ask() != answer {
            std::thread::yield_now();
        }
    }
}

impl Drop for Talker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn interrupt(pid: u32) {
    assert!(Command::new("kill").args(["-INT", &pid.to_string()]).status().unwrap().success());
}

#[test]
fn attaching_takes_over_a_running_program_and_ctrl_c_gives_it_back() {
    for engine in ENGINES {
        let mut talker = Talker::new();
        let natively = talker.ask();
        let pid = talker.child.id().to_string();
        let mut attached =
            hijinks(&["--engine", engine, "-e", "replace(:getppid) { 42 }", "-p", &pid])
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
        talker.until("42");
        interrupt(attached.id());
        let status = attached.wait().unwrap();
        let mut said = String::new();
        attached.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(status.code(), Some(0), "{said}");
        assert_eq!(talker.ask(), natively, "{said}");
        let state = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        assert!(state.contains("TracerPid:\t0"), "{state}");
    }
}

#[test]
fn a_saved_script_goes_live_and_its_state_is_kept() {
    let dir = directory();
    let script = file(&dir, "live.rb", "$n ||= 0\nreplace(:getppid) { $n = 42 }\n");
    let mut talker = Talker::new();
    let pid = talker.child.id().to_string();
    let mut attached = hijinks(&["attach", &pid, &script]).stderr(Stdio::piped()).spawn().unwrap();
    talker.until("42");
    file(&dir, "live.rb", "$n ||= 0\nreplace(:getppid) { $n + 1 }\n");
    talker.until("43");
    // A mistake in the saved script leaves the old one at work.
    file(&dir, "live.rb", "replace(:getppidd) { }\n");
    let mut said = BufReader::new(attached.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("getppidd") {
        line.clear();
        assert_ne!(said.read_line(&mut line).unwrap(), 0, "the mistake was not told");
    }
    assert_eq!(talker.ask(), "43");
    interrupt(attached.id());
    attached.wait().unwrap();
}

#[test]
fn a_program_that_ends_under_an_attached_hijinks_ends_it_too() {
    let mut talker = Talker::new();
    let pid = talker.child.id().to_string();
    let mut attached = hijinks(&["-e", "replace(:getppid) { 42 }", "-p", &pid]).spawn().unwrap();
    talker.until("42");
    drop(talker);
    assert!(attached.wait().unwrap().code().is_some());
}

#[test]
fn ctrl_c_on_the_terminal_is_the_programs_business() {
    // `script` gives both a terminal of their own; its Ctrl-C goes to the whole foreground group.
    let hijinks_path = env!("CARGO_BIN_EXE_hijinks");
    let inner = format!(
        "trap : INT; {hijinks_path} -e 'on(:write) {{ }}' -- sh -c 'trap \"echo caught; exit 3\" INT; echo ready; while :; do sleep 0.1; done'; echo status=$?"
    );
    let code = format!(
        "
import os, pty, sys
pid, fd = pty.fork()
if pid == 0: os.execvp('sh', ['sh', '-c', {inner:?}])
seen = b''
sent = False
while True:
    try: data = os.read(fd, 4096)
    except OSError: break
    if not data: break
    seen += data
    if b'ready' in seen and not sent:
        sent = True
        os.write(fd, b'\\x03')
os.waitpid(pid, 0)
sys.stdout.write(seen.decode())"
    );
    let ran: Ran = run(Command::new(python()).args(["-c", &code]));
    assert!(
        ran.stdout.contains("caught") && ran.stdout.contains("status=3"),
        "{} {}",
        ran.stdout,
        ran.stderr
    );
}
