//! What a handler may do with a call, and what the program then sees.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use engine::{Call, Exit, Guest, Verdict};
use libc::{SYS_execve, SYS_exit_group, SYS_getpid, SYS_getppid, SYS_openat, SYS_pause, SYS_write};

use crate::support::{Build, Outcome, Watch, build, guest, native, run};

fn printed(outcome: &Outcome) -> &str {
    assert_eq!(outcome.exit, Exit::Code(0), "{outcome:?}");
    outcome.output.trim()
}

#[test]
fn a_returned_value_is_what_the_program_sees() {
    let handler = Watch::new(&[SYS_getppid], |_| Verdict::Return(42));
    for program in [guest("parent.c"), build("parent.c", Build::Static), guest("parent.S")] {
        assert_eq!(printed(&run(&[&program], &handler)), "42", "{program}");
    }
}

#[test]
fn a_result_of_the_kernel_can_be_changed_or_kept() {
    let parent = guest("parent.c");
    let changed = Watch::new(&[SYS_getppid], |guest| Verdict::Return(guest.proceed().min(17)));
    assert_eq!(printed(&run(&[&parent], &changed)), "17");
    let kept = Watch::new(&[SYS_getppid], |guest| {
        guest.proceed();
        Verdict::Pass
    });
    assert_eq!(printed(&run(&[&parent], &kept)), std::process::id().to_string());
}

#[test]
fn another_call_can_be_made_in_the_place_of_the_programs() {
    let handler = Watch::new(&[SYS_getppid], |guest| {
        guest.set_call(Call::new(SYS_getpid as u64, &[]));
        Verdict::Pass
    });
    let pid = Cell::new(0);
    let handler = handler.events(|event| {
        if let engine::Event::Start { pid: first } = event {
            pid.set(first.0);
        }
    });
    let outcome = run(&[&guest("parent.c")], &handler);
    assert_eq!(printed(&outcome), pid.get().to_string());
}

#[test]
fn registers_red_zone_and_vectors_are_what_they_were_whatever_a_handler_did() {
    let registers = guest("registers.S");
    let expected = native(&[&registers]);
    assert_eq!(expected.exit, Exit::Code(0));
    let ways: [fn(&mut dyn Guest) -> Verdict; 7] = [
        |_| Verdict::Pass,
        |guest| {
            guest.proceed();
            Verdict::Pass
        },
        |guest| {
            guest.syscall(Call::new(SYS_getpid as u64, &[1, 2, 3, 4, 5, 6]));
            Verdict::Pass
        },
        |guest| {
            let n = guest.proceed();
            guest.syscall(Call::new(SYS_getpid as u64, &[1, 2, 3, 4, 5, 6]));
            Verdict::Return(n)
        },
        |guest| {
            let copy = guest.scratch(5).unwrap();
            guest.write(copy, b"text\n").unwrap();
            let mut call = guest.call();
            call.args[1] = copy;
            call.args[5] = 77;
            guest.set_call(call);
            Verdict::Pass
        },
        |guest| {
            let call = guest.call();
            guest.set_call(Call::new(SYS_getpid as u64, &[]));
            guest.proceed();
            guest.set_call(call);
            guest.proceed();
            Verdict::Pass
        },
        |guest| {
            let call = guest.call();
            let copy = guest.scratch(5).unwrap();
            let mut text = [0; 5];
            guest.read(call.args[1], &mut text).unwrap();
            guest.write(copy, &text).unwrap();
            let write = Call::new(SYS_write as u64, &[call.args[0], copy, 5]);
            Verdict::Return(guest.syscall(write))
        },
    ];
    for (number, way) in ways.into_iter().enumerate() {
        let handler = Watch::new(&[SYS_write], way);
        assert_eq!(run(&[&registers], &handler), expected, "way {number}");
    }
}

#[test]
fn a_buffer_can_be_longer_than_the_programs_own() {
    let handler = Watch::new(&[SYS_write], |guest| {
        let text = "longer than what was there\n".repeat(1000);
        let copy = guest.scratch(text.len()).unwrap();
        guest.write(copy, text.as_bytes()).unwrap();
        let Call { nr, args } = guest.call();
        guest.set_call(Call::new(nr, &[args[0], copy, text.len() as u64]));
        assert_eq!(guest.proceed(), text.len() as i64);
        Verdict::Return(args[2] as i64)
    });
    let outcome = run(&["/bin/echo", "short"], &handler);
    assert_eq!(outcome.output.lines().count(), 1000);
}

#[test]
fn scratch_memory_is_gone_when_the_call_is_over() {
    const MARK: &[u8] = b"scratch of a call";
    let scratch = RefCell::new(Vec::new());
    let handler = Watch::new(&[SYS_openat, SYS_write], |guest| {
        for addr in scratch.take() {
            let mut bytes = [0; MARK.len()];
            let read = guest.read(addr, &mut bytes);
            assert!(read.is_err() || bytes != MARK, "{addr:#x} is still there");
        }
        for len in [1, 100_000] {
            let addr = guest.scratch(len.max(MARK.len())).unwrap();
            guest.write(addr, MARK).unwrap();
            scratch.borrow_mut().push(addr);
        }
        Verdict::Pass
    });
    assert_eq!(printed(&run(&["/bin/echo", "x"], &handler)), "x");
    assert!(!scratch.borrow().is_empty());
}

#[test]
fn no_memory_for_scratch_is_an_error_for_the_handler_and_nothing_for_the_program() {
    let refused = Cell::new(0);
    let handler = Watch::new(&[SYS_write], |guest| {
        refused.set(guest.scratch(1 << 40).unwrap_err());
        Verdict::Pass
    });
    let shell = "ulimit -v 100000; exec /bin/echo x";
    assert_eq!(printed(&run(&["/bin/sh", "-c", shell], &handler)), "x");
    assert_eq!(refused.get(), libc::ENOMEM);
}

#[test]
fn a_bad_pointer_is_a_fault_and_a_read_only_page_is_not_written() {
    let handler = Watch::new(&[SYS_write], |guest| {
        assert!(guest.read(0, &mut [0; 8]).is_err());
        assert!(guest.write(16, &[1]).is_err());
        let site = guest.site();
        assert!(guest.write(site, &[0x90]).is_err(), "program text is read-only");
        let mut code = [0; 2];
        guest.read(site - 2, &mut code).unwrap();
        assert_eq!(code, [0x0f, 0x05]);
        Verdict::Pass
    });
    assert_eq!(printed(&run(&["/bin/echo", "x"], &handler)), "x");
}

#[test]
fn a_sleeping_handler_holds_its_task_and_no_other() {
    let slept = Cell::new(false);
    let handler = Watch::new(&[SYS_getppid], |guest| {
        if !slept.replace(true) {
            guest.sleep(Duration::from_millis(300));
        }
        Verdict::Pass
    });
    let begin = Instant::now();
    let outcome = run(&[&guest("threads.c")], &handler);
    assert_eq!(printed(&outcome), "0");
    assert!(begin.elapsed() >= Duration::from_millis(300));
    assert_eq!(handler.abandoned.borrow().len(), 0);
}

#[test]
fn the_first_execve_is_seen_and_can_be_refused() {
    let seen = RefCell::new(Vec::new());
    let handler = Watch::all(|guest| {
        seen.borrow_mut().push(guest.call().nr as i64);
        Verdict::Pass
    });
    run(&["/bin/true"], &handler);
    let seen = seen.take();
    assert_eq!(seen.iter().filter(|nr| **nr == SYS_execve).count(), 1);
    assert_eq!((seen[0], *seen.last().unwrap()), (SYS_execve, SYS_exit_group));
    let refuse = Watch::new(&[SYS_execve], |_| Verdict::Return(-i64::from(libc::EACCES)));
    let error = ptrace::run(&ptrace::Program::new(["/bin/true"]), &refuse, &Default::default());
    assert_eq!(error.unwrap_err().exit_status(), 126);
}

#[test]
fn a_handler_sees_the_new_program_when_execve_has_succeeded() {
    let results = RefCell::new(Vec::new());
    let handler = Watch::new(&[SYS_execve], |guest| {
        let path = guest.call().args[0];
        let mut byte = [0];
        guest.read(path, &mut byte).unwrap();
        let result = guest.proceed();
        results.borrow_mut().push((result, guest.read(path, &mut byte).is_ok()));
        assert_eq!(guest.syscall(Call::new(SYS_getpid as u64, &[])), guest.pid().0.into());
        let scratch = guest.scratch(10).unwrap();
        guest.write(scratch, b"new memory").unwrap();
        Verdict::Pass
    });
    let outcome = run(&["/bin/sh", "-c", "/nonexistent/x; exec /bin/echo x"], &handler);
    assert!(outcome.output.ends_with("x\n"), "{outcome:?}");
    let missing = -i64::from(libc::ENOENT);
    assert_eq!(*results.borrow(), [(0, false), (missing, true), (0, false)]);
}

#[test]
fn a_retry_asks_the_kernel_again() {
    let handler = Watch::new(&[SYS_write], |guest| {
        assert_eq!((guest.proceed(), guest.proceed(), guest.proceed()), (2, 2, 2));
        Verdict::Pass
    });
    assert_eq!(printed(&run(&["/bin/echo", "x"], &handler)), "x\nx\nx");
}

#[test]
fn exit_does_not_return_to_its_handler() {
    let returned = Cell::new(false);
    let handler = Watch::new(&[SYS_exit_group], |guest| {
        guest.proceed();
        returned.set(true);
        Verdict::Pass
    });
    let outcome = run(&["/bin/sh", "-c", "exit 9"], &handler);
    assert_eq!(outcome.exit, Exit::Code(9));
    assert!(!returned.get());
    assert_eq!(handler.abandoned.borrow().len(), 1);
}

#[test]
fn a_backtrace_names_the_functions_that_led_to_a_call() {
    let names = RefCell::new(Vec::new());
    let handler = Watch::new(&[SYS_pause], |guest| {
        names.replace(guest.backtrace().into_iter().filter_map(|frame| frame.function).collect());
        Verdict::Return(0)
    });
    for how in [Build::Dynamic, Build::Static] {
        assert!(matches!(run(&[&build("call_chain.c", how)], &handler).exit, Exit::Code(_)));
        let names: Vec<String> = names.take();
        let chain = ["inner", "middle", "outer", "main"];
        assert!(names.windows(4).any(|names| names == chain), "{names:?}");
    }
}
