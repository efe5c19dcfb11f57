//! Calls of other tables, and calls that get past an engine.

use std::cell::Cell;

use engine::Verdict;
use libc::{SYS_getpid, SYS_io_uring_setup, SYS_writev};

use crate::support::{Watch, guest, run, run_with};

#[test]
fn i386_and_x32_numbers_are_refused_and_never_taken_for_others() {
    let wrong = Cell::new(0);
    let handler = Watch::new(&[SYS_getpid, SYS_writev], |guest| {
        if guest.call().nr == SYS_writev as u64 {
            wrong.set(wrong.get() + 1);
        }
        Verdict::Pass
    });
    let outcome = run(&[&guest("other_tables.c")], &handler);
    assert_eq!(outcome.output, "i386 refused\nx32 refused\n");
    assert_eq!(wrong.get(), 0);
}

#[test]
fn io_uring_is_refused_unless_it_is_allowed() {
    let program = guest("io_uring.c");
    let allowed = ptrace::Options { allow_io_uring: true, ..Default::default() };
    let nobody = Watch::new(&[], |_| Verdict::Pass);
    assert_eq!(run(&[&program], &nobody).output, "ENOSYS\n");
    assert_ne!(run_with(&[&program], &nobody, &allowed).output, "ENOSYS\n");
    let seen = Cell::new(0);
    let handler = Watch::new(&[SYS_io_uring_setup], |guest| {
        seen.set(guest.proceed());
        Verdict::Pass
    });
    assert_eq!(run(&[&program], &handler).output, "ENOSYS\n");
    assert_eq!(seen.get(), -i64::from(libc::ENOSYS));
    let handler = Watch::new(&[SYS_io_uring_setup], |_| Verdict::Pass);
    assert_eq!(run(&[&program], &handler).output, "ENOSYS\n");
}

#[test]
fn descriptors_have_the_numbers_that_they_have_without_us() {
    let program = guest("descriptors.c");
    let handler = Watch::new(&[], |_| Verdict::Pass);
    assert_eq!(run(&[&program], &handler), crate::support::native(&[&program]));
}

#[test]
fn every_call_with_bad_pointers_is_answered_as_without_us() {
    let program = guest("bad_pointers.c");
    let handler = Watch::all(|guest| {
        for addr in guest.call().args {
            let _ = guest.read(addr, &mut [0; 32]);
        }
        guest.proceed();
        Verdict::Pass
    });
    let (ours, theirs) = (run(&[&program], &handler), crate::support::native(&[&program]));
    assert_eq!(ours.exit, theirs.exit);
    for (ours, theirs) in ours.output.lines().zip(theirs.output.lines()) {
        assert_eq!(ours, theirs);
    }
}

#[test]
fn the_calls_of_the_vsyscall_page_are_left_to_the_kernel() {
    let program = guest("vsyscall.c");
    let handler = Watch::all(|guest| Verdict::Return(guest.proceed()));
    assert_eq!(run(&[&program], &handler), crate::support::native(&[&program]));
}

#[test]
fn a_static_program_executed_with_an_empty_environment_is_still_ours() {
    let program = crate::support::build("parent.c", crate::support::Build::Static);
    let handler = Watch::new(&[libc::SYS_getppid], |_| Verdict::Return(42));
    let shell = format!("exec env -i {program} 3>&- 4>&- 5>&-");
    assert_eq!(run(&["/bin/sh", "-c", &shell], &handler).output, "42\n");
}

#[test]
fn a_child_that_asks_not_to_be_traced_is_followed_all_the_same() {
    let program = guest("clone_untraced.c");
    assert_eq!(crate::support::native(&[&program]).output, "its parent\n");
    for calls in [vec![libc::SYS_getppid], vec![libc::SYS_getppid, libc::SYS_clone]] {
        let handler = Watch::new(&calls, |guest| match guest.call().nr as i64 {
            libc::SYS_clone => Verdict::Pass,
            _ => Verdict::Return(42),
        });
        assert_eq!(run(&[&program], &handler).output, "another\n");
    }
}
