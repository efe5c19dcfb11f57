//! Taking over a running process, and leaving it as if nobody had been there.

use std::cell::{Cell, RefCell};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

use engine::{CallSet, Event, Exit, Guest, Handler, Pid, Verdict};
use libc::SYS_getppid;
use ptrace::{Ended, Options};

use crate::support::{Watch, guest};

/// The guest that waits in several ways, each time a line is written to it asks for its parent.
struct Waits {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Waits {
    fn start() -> Self {
        let mut child = Command::new(guest("waits.c"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), child.id().to_string());
        while std::fs::read_dir(format!("/proc/{}/task", child.id())).unwrap().count() < 5 {}
        std::thread::sleep(std::time::Duration::from_millis(50));
        Waits { child, lines }
    }

    fn pid(&self) -> i32 {
        self.child.id() as i32
    }

    fn parent(&mut self) -> String {
        self.child.stdin.as_mut().unwrap().write_all(b"x").unwrap();
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    /// Lets it end; how its threads' waits ended. Its parent and tracer are one process here: who
    /// waits for it may take the other's news, so nobody does.
    fn end(&mut self) -> String {
        drop(self.child.stdin.take());
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).unwrap();
        rest
    }
}

/// Answers getppid and is finished after so many.
struct Fleeting {
    left: Cell<i32>,
    threads: RefCell<Vec<Pid>>,
}

impl Handler for Fleeting {
    fn calls(&self) -> CallSet {
        [SYS_getppid as u64].into_iter().collect()
    }

    fn call(&self, guest: &mut dyn Guest) -> Verdict {
        self.left.set(self.left.get() - 1);
        let real = guest.proceed();
        Verdict::Return(if self.left.get() == 0 { real } else { 42 })
    }

    fn event(&self, event: &Event<'_>) {
        if let Event::Start { pid: tid } | Event::Thread { tid, .. } = event {
            self.threads.borrow_mut().push(*tid);
        }
    }

    fn finished(&self) -> bool {
        self.left.get() <= 0
    }
}

fn signal(name: &str, pid: i32) {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).status();
    assert!(sent.unwrap().success());
}

#[test]
fn all_threads_are_taken_over_and_left_with_their_waits_unbroken() {
    let mut waits = Waits::start();
    let pid = waits.pid();
    let handler = std::thread::spawn(move || {
        let handler = Fleeting { left: Cell::new(3), threads: RefCell::default() };
        let ended = ptrace::attach(pid, &handler, &Options::default()).unwrap();
        (ended, handler.threads.into_inner().len())
    });
    while std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap().contains("TracerPid:\t0")
    {
    }
    let mut answers = vec![waits.parent()];
    while answers.last().unwrap() != "42" {
        answers.push(waits.parent());
    }
    assert_eq!(waits.parent(), "42");
    let us = std::process::id().to_string();
    assert_eq!(waits.parent(), us, "the kernel's answer");
    assert_eq!(handler.join().unwrap(), (Ended::Detached, 5));
    assert_eq!(waits.parent(), us, "nobody is there any more");
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    assert!(status.contains("TracerPid:\t0") && status.contains("Seccomp:\t0"), "{status}");
    assert_eq!(waits.end(), "epoll waits, read waits, sleep sleeps\n");
}

#[test]
fn a_process_that_ends_under_us_ends_the_attachment() {
    let mut waits = Waits::start();
    let pid = waits.pid();
    let attached = std::thread::spawn(move || {
        let handler = Watch::all(|guest| {
            guest.proceed();
            Verdict::Pass
        });
        ptrace::attach(pid, &handler, &Options::default()).unwrap()
    });
    while std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap().contains("TracerPid:\t0")
    {
    }
    let rest = waits.end();
    assert_eq!(rest, "epoll waits, read waits, sleep sleeps\n");
    assert_eq!(attached.join().unwrap(), Ended::Exit(Exit::Code(0)));
}

#[test]
fn a_stopped_process_stays_stopped_until_it_is_continued() {
    let mut waits = Waits::start();
    let pid = waits.pid();
    signal("STOP", pid);
    let attached = std::thread::spawn(move || {
        let handler = Fleeting { left: Cell::new(1), threads: RefCell::default() };
        ptrace::attach(pid, &handler, &Options::default()).unwrap()
    });
    while std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap().contains("TracerPid:\t0")
    {
    }
    std::thread::sleep(std::time::Duration::from_millis(50));
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    assert!(state.contains(") T ") || state.contains(") t "), "{state}");
    signal("CONT", pid);
    waits.parent();
    while !attached.is_finished() {
        waits.parent();
    }
    assert_eq!(attached.join().unwrap(), Ended::Detached);
    // The stop itself ends an epoll_wait, without us as well.
    let rest = waits.end();
    assert!(rest.ends_with("read waits, sleep sleeps\n"), "{rest}");
}
