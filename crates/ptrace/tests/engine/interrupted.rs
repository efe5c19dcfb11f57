//! Calls that signals interrupt: each stays one call for its handler, with the result that the program
//! sees.

use std::cell::RefCell;

use engine::{Exit, Guest, Verdict};
use libc::{SYS_clock_nanosleep, SYS_getppid, SYS_poll, SYS_ppoll, SYS_read, SYS_rt_sigsuspend};

use crate::support::{Watch, guest, native, run};

const EINTR: i64 = -(libc::EINTR as i64);

/// Runs a guest with a handler that proceeds; what it printed and the results that were seen.
fn results(argv: &[&str], calls: &[i64]) -> (String, Vec<(i64, i64)>) {
    let seen = RefCell::new(Vec::new());
    let handler = Watch::new(calls, |guest| {
        let nr = guest.call().nr as i64;
        // The dynamic linker reads files; pipes are what these guests wait for.
        let result = guest.proceed();
        seen.borrow_mut().push((nr, result));
        Verdict::Pass
    });
    let outcome = run(argv, &handler);
    assert_eq!(outcome, native(argv), "{argv:?}");
    assert_eq!(outcome.exit, Exit::Code(0));
    let mut seen = seen.take();
    seen.retain(|(nr, result)| *nr != SYS_read || *result < 2);
    (outcome.output, seen)
}

#[test]
fn a_read_that_the_kernel_restarts_after_a_handler_is_one_call() {
    let (_, seen) = results(&[&guest("read_restarted.c")], &[SYS_read]);
    assert_eq!(seen, [(SYS_read, 1)]);
}

#[test]
fn the_signal_handlers_own_calls_are_handled_while_the_read_waits() {
    let (_, seen) = results(&[&guest("read_restarted.c")], &[SYS_read, SYS_getppid]);
    assert_eq!(seen.len(), 2);
    assert_eq!((seen[0].0, seen[1]), (SYS_getppid, (SYS_read, 1)), "the inner one ends first");
}

#[test]
fn a_read_that_a_handler_interrupts_returns_eintr() {
    let (_, seen) = results(&[&guest("read_restarted.c"), "x"], &[SYS_read]);
    assert_eq!(seen, [(SYS_read, EINTR), (SYS_read, 1)]);
}

#[test]
fn a_passed_read_that_the_kernel_restarts_is_one_call_too() {
    let reads = RefCell::new(0);
    let handler = Watch::new(&[SYS_read, SYS_getppid], |guest| {
        let mut pipe = [0; 64];
        let link = std::fs::read_link(format!("/proc/{}/fd/{}", guest.pid(), guest.call().args[0]));
        let is_pipe = link.is_ok_and(|link| link.to_string_lossy().starts_with("pipe"));
        assert!(guest.read(guest.stack_pointer(), &mut pipe).is_ok());
        *reads.borrow_mut() += i32::from(guest.call().nr == SYS_read as u64 && is_pipe);
        Verdict::Pass
    });
    let program = guest("read_restarted.c");
    assert_eq!(run(&[&program], &handler), native(&[&program]));
    assert_eq!(*reads.borrow(), 1);
}

#[test]
fn an_interrupted_result_can_be_changed_in_the_signal_handlers_frame() {
    let handler = Watch::new(&[SYS_read], |guest| match guest.proceed() {
        EINTR => Verdict::Return(-i64::from(libc::EBADF)),
        _ => Verdict::Pass,
    });
    let outcome = run(&[&guest("read_restarted.c"), "x"], &handler);
    assert_eq!(outcome.output, "-1 - -\n1 x\n");
}

#[test]
fn an_interrupted_read_can_be_asked_again() {
    let handler = Watch::new(&[SYS_read], |guest| {
        loop {
            match guest.proceed() {
                EINTR => {}
                _ => return Verdict::Pass,
            }
        }
    });
    let outcome = run(&[&guest("read_restarted.c"), "x"], &handler);
    assert_eq!(outcome.output, "1 x -\n", "as if the handler were SA_RESTART");
}

#[test]
fn changed_arguments_stay_changed_over_a_restart_and_the_programs_registers_unchanged() {
    let handler = Watch::new(&[SYS_read], |guest| {
        let mut call = guest.call();
        let buffer = guest.scratch(call.args[2] as usize).unwrap();
        let own = std::mem::replace(&mut call.args[1], buffer);
        guest.set_call(call);
        let n = guest.proceed();
        if n > 0 {
            let mut bytes = vec![0; n as usize];
            guest.read(buffer, &mut bytes).unwrap();
            if n == 1 {
                bytes[0] = b'y';
            }
            guest.write(own, &bytes).unwrap();
        }
        Verdict::Pass
    });
    let program = guest("read_restarted.c");
    assert_eq!(run(&[&program], &handler).output, "1 y -\n");
    assert_eq!(run(&[&program, "x"], &handler).output, "-1 - EINTR\n1 y\n");
}

#[test]
fn a_read_left_by_siglongjmp_is_forgotten_and_the_next_one_is_new() {
    let (_, seen) = results(&[&guest("read_left.c")], &[SYS_read]);
    assert_eq!(seen, [(SYS_read, 1)]);
}

#[test]
fn a_sleep_that_was_stopped_and_continued_is_one_call() {
    let (_, seen) = results(&[&guest("sleep_stopped.c")], &[SYS_clock_nanosleep]);
    assert_eq!(seen.iter().filter(|(_, result)| *result == 0).count(), seen.len());
}

#[test]
fn polls_and_sleeps_are_interrupted_as_they_are_without_us() {
    let calls = [SYS_poll, SYS_ppoll, SYS_clock_nanosleep, SYS_rt_sigsuspend];
    let (_, seen) = results(&[&guest("poll_interrupted.c")], &calls);
    assert_eq!(seen.len(), 4);
    assert!(seen.iter().all(|(_, result)| *result == EINTR), "{seen:?}");
}

#[test]
fn calls_of_nested_signal_handlers_wait_one_inside_the_other() {
    let (_, seen) =
        results(&[&guest("nested_signals.c")], &[SYS_read, SYS_clock_nanosleep, SYS_getppid]);
    let seen: Vec<_> = seen.into_iter().filter(|(nr, _)| *nr != SYS_getppid).collect();
    assert!(seen.contains(&(SYS_clock_nanosleep, EINTR)), "{seen:?}");
    assert_eq!(seen.last(), Some(&(SYS_read, 1)));
}

#[test]
fn every_way_to_be_interrupted_looks_the_same_with_all_calls_handled() {
    let guests = [
        "read_restarted.c",
        "read_left.c",
        "sleep_stopped.c",
        "poll_interrupted.c",
        "nested_signals.c",
    ];
    for source in guests {
        let program = guest(source);
        let expected = native(&[&program]);
        let pass = Watch::all(|_: &mut dyn Guest| Verdict::Pass);
        assert_eq!(run(&[&program], &pass), expected, "{source}, passed");
        let proceed = Watch::all(|guest: &mut dyn Guest| {
            guest.proceed();
            Verdict::Pass
        });
        assert_eq!(run(&[&program], &proceed), expected, "{source}, proceeded");
    }
}

#[test]
fn a_storm_of_signals_loses_no_byte_and_no_sleep() {
    let program = guest("signal_storm.c");
    for argv in [vec![program.as_str()], vec![program.as_str(), "restart"]] {
        let expected = native(&argv);
        assert_eq!(expected.output, "0 0 0\n");
        let proceed = Watch::all(|guest: &mut dyn Guest| Verdict::Return(guest.proceed()));
        assert_eq!(run(&argv, &proceed), expected);
    }
}
