//! What a program must not notice. Each test is a guest that would; the native run is the oracle.

mod support;

use support::{figure, guest, hooked, said, unseen, unseen_guest};

#[test]
fn a_program_that_blocks_ignores_and_handles_sigsys_sees_its_own_sigsys_only() {
    unseen_guest("inline_sigsys.c");
}

#[test]
fn every_program_of_the_tree_is_handled_however_it_was_started() {
    let guest = guest("inline_execs.c", &[]);
    let expected = "fork 42\nvfork 42\nspawn 42\nthread 42\nshebang 42\nlast 42\n";
    for modes in [&["110=42"][..], &["--slow", "110=42"], &["all=look", "110=42"]] {
        let run = hooked(modes, &[guest.to_str().unwrap()]);
        assert_eq!(said(&run), expected, "{run:?}");
    }
}

#[test]
fn static_programs_are_handled_before_their_first_instruction() {
    let guest = guest("inline_execs.c", &["-static"]);
    let run = hooked(&["110=42"], &[guest.to_str().unwrap(), "static"]);
    assert_eq!(said(&run), "static 42\n", "{run:?}");
}

#[test]
fn no_signal_is_lost_doubled_or_reordered_while_handlers_run() {
    unseen_guest("inline_signals.c");
}

#[test]
fn a_signal_always_ends_the_wait_it_is_meant_to_end() {
    unseen_guest("inline_wakeup.c");
}

#[test]
fn blocking_calls_are_interrupted_restarted_continued_and_cancelled() {
    unseen_guest("inline_interrupted.c");
}

#[test]
fn signal_handlers_that_never_return_leave_nothing_behind() {
    unseen_guest("inline_longjmp.c");
    let guest = guest("inline_longjmp.c", &[]);
    let run = hooked(&["--stats", "all=look"], &[guest.to_str().unwrap()]);
    assert_eq!(figure(&run, "exhausted"), 0, "{run:?}");
}

#[test]
fn signal_stacks_are_the_programs_own_and_a_senseless_stack_pointer_is_no_obstacle() {
    unseen_guest("inline_altstack.c");
}

#[test]
fn every_shape_of_clone_makes_the_task_it_makes_natively() {
    unseen_guest("inline_clones.c");
}

#[test]
fn a_call_changes_rax_rcx_and_r11_and_nothing_else() {
    unseen_guest("inline_registers.c");
}

#[test]
fn code_that_is_written_rewritten_unmapped_and_mapped_anew_runs_as_it_stands() {
    unseen_guest("inline_code.c");
}

#[test]
fn filters_of_the_program_judge_its_calls_and_let_the_runtime_live() {
    unseen_guest("inline_filters.c");
}

#[test]
fn no_descriptor_of_ours_can_be_seen_or_closed() {
    unseen_guest("inline_descriptors.c");
}

#[test]
fn the_runtime_cannot_be_unmapped() {
    unseen_guest("inline_unmap.c");
}

#[test]
fn the_thread_pointer_may_point_anywhere() {
    unseen_guest("inline_thread_pointer.c");
}

#[test]
fn user_dispatch_is_refused_as_by_a_kernel_without_it() {
    let guest = guest("inline_dispatch.c", &[]);
    let run = hooked(&["all=count"], &[guest.to_str().unwrap()]);
    assert_eq!(said(&run), "22 0 1\n", "{run:?}");
}

#[test]
fn io_uring_is_refused_because_it_would_work_unseen() {
    let python = "import ctypes; print(ctypes.CDLL(None, use_errno=True).syscall(425, 1, 0), \
                  ctypes.get_errno())";
    let run = hooked(&["0=count"], &["python3", "-c", python]);
    assert_eq!(said(&run), "-1 38\n", "{run:?}");
}

#[test]
fn a_clock_that_is_handled_is_asked_of_the_kernel_and_not_of_the_vdso() {
    let python = "import time; [time.clock_gettime(1) for _ in range(1000)]";
    let run = hooked(&["--stats", "228=count"], &["python3", "-c", python]);
    assert!(figure(&run, " calls") >= 1000, "{run:?}");
}

#[test]
fn a_bad_pointer_in_a_handler_is_an_error_there_and_not_a_crash() {
    let python = "import ctypes; c = ctypes.CDLL(None, use_errno=True); \
                  print(c.write(1, 8, 16), ctypes.get_errno())";
    let run = hooked(&["1=peek"], &["python3", "-c", python]);
    assert_eq!((said(&run).as_str(), run.status.code()), ("-1 14\n", Some(0)), "{run:?}");
}

#[test]
fn a_mistake_in_the_runtime_costs_the_handlers_and_not_the_program() {
    let perl = "print getppid() > 42 ? 'yes ' : 'no ' for 1 .. 3";
    let run = hooked(&["--stats", "110=panic"], &["perl", "-e", perl]);
    assert_eq!(said(&run), "yes yes yes ", "{run:?}");
    assert_eq!(figure(&run, "broken"), 1, "{run:?}");
}

#[test]
fn sanitizers_work_including_the_leak_check_that_traces_the_program() {
    for kind in ["-fsanitize=address", "-fsanitize=thread", "-fsanitize=undefined"] {
        let guest = guest("inline_descriptors.c", &[kind]);
        unseen(&[guest.to_str().unwrap()]);
    }
}

#[test]
fn a_handler_can_hand_other_data_to_the_kernel() {
    let run = hooked(&["1=rot13"], &["/bin/echo", "Hello"]);
    assert_eq!(said(&run), "Uryyb\n", "{run:?}");
}
