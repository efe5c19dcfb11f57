//! Who opened what.

mod support;

use engine::{Event, Handler as _, Pid};
use script::fds::Lsof;
use support::*;

fn lines(lsof: &Lsof, pid: i32) -> Vec<String> {
    let mut all = Vec::new();
    for fd in 0..32 {
        if let Some(opened) = lsof.recorder().opened_by(Pid(pid), fd) {
            let name = syscalls::syscall(opened.call.nr).expect("a call").name;
            all.push(format!("{fd} {name}"));
        }
    }
    all
}

/// Makes calls under the recorder, each with its result.
fn record(lsof: &Lsof, program: &mut Program, calls: &[(&str, &[u64], i64)]) {
    for (name, args, result) in calls {
        program.call = engine::Call::new(syscalls::by_name(name).expect("a call").nr, args);
        assert!(lsof.calls().contains(program.call.nr), "{name}");
        let result = *result;
        program.kernel(move |_, _| result);
        lsof.call(program);
    }
}

const CLOEXEC: u64 = 0o2_000_000;

#[test]
fn every_call_that_makes_a_descriptor_is_remembered_until_it_is_closed() {
    let (lsof, mut program) = (Lsof::new(script::Kernel::native()), Program::new());
    program.pid = 4242;
    let path = program.string("/x");
    let pair = program.put(&[8, 0, 0, 0, 9, 0, 0, 0]);
    record(
        &lsof,
        &mut program,
        &[
            ("openat", &[-100_i64 as u64, path, CLOEXEC, 0], 3),
            ("open", &[path, 0, 0], -2),
            ("socket", &[2, 1, 0], 4),
            ("accept4", &[4, 0, 0, 0], 5),
            ("dup", &[3], 6),
            ("fcntl", &[3, 0, 10], 10),
            ("pipe2", &[pair, 0], 0),
            ("epoll_create1", &[0], 11),
            ("eventfd2", &[0, 0], 12),
            ("memfd_create", &[path, 0], 13),
            ("pidfd_open", &[1, 0], 14),
            ("dup2", &[3, 4], 4),
            ("dup2", &[3, 3], 3),
            ("close", &[5], 0),
        ],
    );
    assert_eq!(
        lines(&lsof, 4242),
        [
            "3 openat",
            "4 dup2",
            "6 dup",
            "8 pipe2",
            "9 pipe2",
            "10 fcntl",
            "11 epoll_create1",
            "12 eventfd2",
            "13 memfd_create",
            "14 pidfd_open"
        ]
    );
    let opened = lsof.recorder().opened_by(Pid(4242), 3).unwrap();
    assert!(opened.line.starts_with("openat(AT_FDCWD, \"/x\""), "{}", opened.line);
    assert_eq!(opened.stack[1].function.as_deref(), Some("main"));
    record(&lsof, &mut program, &[("close_range", &[6, 10, 0], 0)]);
    assert_eq!(lines(&lsof, 4242).len(), 6);
}

#[test]
fn a_fork_copies_the_table_and_an_exec_closes_what_is_close_on_exec() {
    let (lsof, mut program) = (Lsof::new(script::Kernel::native()), Program::new());
    program.pid = 10;
    let path = program.string("/x");
    record(
        &lsof,
        &mut program,
        &[("open", &[path, CLOEXEC, 0], 3), ("open", &[path, 0, 0], 4), ("dup", &[3], 5)],
    );
    lsof.event(&Event::Fork { parent: Pid(10), child: Pid(11), shares_fds: false });
    lsof.event(&Event::Fork { parent: Pid(10), child: Pid(12), shares_fds: true });
    record(&lsof, &mut program, &[("fcntl", &[4, 2, 1], 0), ("close", &[5], 0)]);
    lsof.event(&Event::Exec { pid: Pid(10) });
    assert_eq!(lines(&lsof, 10), [] as [&str; 0]);
    assert_eq!(lines(&lsof, 11), ["3 open", "4 open", "5 dup"]);
    assert_eq!(lines(&lsof, 12), ["3 open", "4 open"], "it shared the table until the exec");
    lsof.event(&Event::Exec { pid: Pid(11) });
    assert_eq!(lines(&lsof, 11), ["4 open", "5 dup"]);
}

#[test]
fn descriptors_that_come_in_a_message_are_remembered() {
    let (lsof, mut program) = (Lsof::new(script::Kernel::native()), Program::new());
    program.pid = 10;
    let mut control = 24_u64.to_le_bytes().to_vec();
    control.extend([1, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 8, 0, 0, 0]);
    let control = program.put(&control);
    let message = program.words(&[0, 0, 0, 0, control, 24, 0]);
    record(&lsof, &mut program, &[("recvmsg", &[3, message, 0], 1)]);
    assert_eq!(lines(&lsof, 10), ["7 recvmsg", "8 recvmsg"]);
}

#[test]
fn a_script_asks_who_opened_a_descriptor() {
    let (script, said) = load(
        r#"
        on(:close) do |c|
          o = c.fd.opened_by
          puts c.fd, o.line, o.name, o.caller.first, c.fd.age < 60, o.pid == c.pid
        end
        "#,
    );
    let mut program = Program::new();
    program.pid = 4194300;
    let path = program.string("/x");
    program.kernel(|_, _| 30);
    program.calls(&script, "open", &[path, 0, 0]);
    program.kernel(|_, _| 0);
    program.calls(&script, "close", &[30]);
    program.calls(&script, "close", &[30]);
    assert_eq!(said.err(), "");
    let out = said.out();
    assert!(out.starts_with("30\nopen(\"/x\", O_RDONLY"), "{out}");
    assert!(out.contains("open\nwrite+0x14 (libc.so.6)\ntrue\ntrue\n"), "{out}");
    assert!(out.contains("open before hijinks came\nbefore\n"), "{out}");
}

#[test]
fn nothing_is_recorded_for_a_script_that_does_not_ask() {
    let (script, _) = load("on(:getppid) { }");
    assert_eq!(script.calls().iter().count(), 1);
    let (script, _) = load("on(:getppid) { |c| c.process.fds }");
    assert!(script.calls().iter().count() > 20);
    let (script, _) =
        load_with("on(:getppid) { }", script::Options { record_fds: true, ..options() });
    assert!(script.calls().iter().count() > 20);
    assert!(script.with_recorder(|r| r.of(Pid(std::process::id() as i32)).len()).unwrap() >= 3);
}
