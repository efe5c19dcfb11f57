//! Processes and threads: everything that the program starts is followed, and ends as it would.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use engine::{Event, Exit, Verdict};
use libc::{SYS_execve, SYS_getppid, SYS_read, SYS_vfork};

use crate::support::{Watch, guest, native, run};

#[test]
fn every_thread_of_a_program_is_served() {
    let (threads, ended, calls) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let handler = Watch::new(&[SYS_getppid], |_| {
        calls.set(calls.get() + 1);
        Verdict::Return(42)
    });
    let handler = handler.events(|event| match event {
        Event::Thread { pid, tid } => {
            assert_ne!(pid, tid);
            threads.set(threads.get() + 1);
        }
        Event::ThreadExit { .. } => ended.set(ended.get() + 1),
        _ => {}
    });
    let outcome = run(&[&guest("threads.c")], &handler);
    assert_eq!(outcome.output, "0\n");
    assert_eq!((threads.get(), ended.get(), calls.get()), (8, 8, 801));
}

#[test]
fn fork_vfork_and_posix_spawn_are_followed() {
    let program = guest("spawn.c");
    let (forks, ends, execs) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let handler = Watch::all(|guest| {
        guest.proceed();
        Verdict::Pass
    });
    let handler = handler.events(|event| match event {
        Event::Fork { shares_fds, .. } => {
            assert!(!shares_fds);
            forks.set(forks.get() + 1);
        }
        Event::Exec { .. } => execs.set(execs.get() + 1),
        Event::Exit { .. } => ends.set(ends.get() + 1),
        _ => {}
    });
    assert_eq!(run(&[&program], &handler), native(&[&program]));
    assert_eq!((forks.get(), ends.get(), execs.get()), (4, 5, 4));
}

#[test]
fn proceed_of_vfork_gives_the_parent_its_childs_pid() {
    let (child, result) = (Cell::new(0), Cell::new(0));
    let handler = Watch::new(&[SYS_vfork], |guest| {
        child.set(0);
        result.set(guest.proceed());
        assert_eq!(result.get(), i64::from(child.get()));
        Verdict::Pass
    });
    let handler = handler.events(|event| {
        if let Event::Fork { child: pid, .. } = event {
            child.set(pid.0);
        }
    });
    let program = guest("spawn.c");
    assert_eq!(run(&[&program], &handler), native(&[&program]));
    assert!(result.get() > 0);
}

#[test]
fn a_thread_that_executes_a_program_becomes_the_process() {
    let program = guest("exec_in_thread.c");
    let callers = RefCell::new(Vec::new());
    let handler = Watch::new(&[SYS_execve, SYS_read], |guest| {
        let caller = guest.tid();
        let result = guest.proceed();
        if guest.call().nr == SYS_execve as u64 {
            callers.borrow_mut().push((caller == guest.pid(), guest.tid() == guest.pid(), result));
        }
        Verdict::Pass
    });
    assert_eq!(run(&[&program], &handler), native(&[&program]));
    assert_eq!(*callers.borrow(), [(true, true, 0), (false, true, 0)]);
    assert_eq!(handler.abandoned.borrow().len(), 1, "the first thread's read never returns");
}

#[test]
fn a_thousand_children_are_served_and_none_is_left() {
    let program = guest("forks.c");
    let alive = RefCell::new(HashSet::new());
    let handler = Watch::new(&[SYS_getppid], |_| Verdict::Return(8));
    let handler = handler.events(|event| match event {
        Event::Fork { child, .. } => assert!(alive.borrow_mut().insert(*child)),
        Event::Exit { pid, exit: Exit::Code(1) } => assert!(alive.borrow_mut().remove(pid)),
        Event::Exit { exit, .. } => assert_eq!(*exit, Exit::Code(0)),
        _ => {}
    });
    let outcome = run(&[&program, "1000"], &handler);
    assert_eq!(outcome.output, "1000\n");
    assert_eq!(alive.borrow().len(), 0);
}

#[test]
fn a_long_chain_of_generations_ends_in_order() {
    let program = guest("fork_chain.c");
    let handler = Watch::all(|_| Verdict::Pass);
    assert_eq!(run(&[&program], &handler), native(&[&program]));
}

#[test]
fn a_background_child_is_followed_after_the_first_process_has_ended() {
    let calls = Cell::new(0);
    let handler = Watch::new(&[SYS_execve], |_| {
        calls.set(calls.get() + 1);
        Verdict::Pass
    });
    let outcome = run(&["/bin/sh", "-c", "(sleep 0.1; /bin/echo late) & exit 6"], &handler);
    assert_eq!((outcome.exit, outcome.output.trim()), (Exit::Code(6), "late"));
    assert_eq!(calls.get(), 3);
}

#[test]
fn a_program_killed_by_a_signal_ends_so() {
    for signal in ["TERM", "KILL", "SEGV", "PIPE"] {
        let argv = ["/bin/sh", "-c", &format!("ulimit -c 0; kill -{signal} $$; sleep 5")];
        let signals = RefCell::new(Vec::new());
        let handler = Watch::all(|_| Verdict::Pass).events(|event| {
            if let Event::Signal { signal, .. } = event {
                signals.borrow_mut().push(*signal);
            }
        });
        let outcome = run(&argv, &handler);
        assert_eq!(outcome, native(&argv), "{signal}");
        assert!(matches!(outcome.exit, Exit::Signal(..)));
        assert_eq!(signals.borrow().len(), usize::from(signal != "KILL"));
    }
}

#[test]
fn a_task_killed_while_its_handler_waits_is_abandoned() {
    let handler = Watch::new(&[SYS_read], |guest| {
        guest.proceed();
        Verdict::Pass
    });
    let shell = "(sleep 9 | cat) & sleep 0.2; pkill -KILL -P $! cat; kill -9 0";
    let outcome = run(&["setsid", "--wait", "/bin/sh", "-c", shell], &handler);
    assert_ne!(outcome.exit, Exit::Code(0));
    assert!(!handler.abandoned.borrow().is_empty());
}
