//! The rules of the language: what runs, in which order, and what becomes of its value.

mod support;

use engine::{Event, Exit, Handler, Pid};
use support::*;

fn names(script: &script::Script) -> Vec<&'static str> {
    script.calls().iter().map(|nr| syscalls::syscall(nr).map_or("?", |c| c.name)).collect()
}

#[test]
fn replace_answers_in_the_kernels_place() {
    let (script, _) = load("replace(:getppid) { 42 }");
    let mut program = Program::new();
    assert_eq!(program.calls(&script, "getppid", &[]), 42);
    assert!(program.asked.is_empty());
    assert_eq!(names(&script), ["getppid"]);
}

#[test]
fn the_value_of_on_is_ignored() {
    let (script, _) = load("on(:getppid) { 42 }");
    let mut program = Program::new();
    program.kernel(|_, _| 7);
    assert_eq!(program.calls(&script, "getppid", &[]), 7);
    assert_eq!(program.asked.len(), 1);
}

#[test]
fn proceed_asks_the_kernel_and_then_the_result_is_there() {
    let (script, said) = load(
        "on(:getppid) { |c| p c.result; p c.proceed; p c.result, c.error?, c.elapsed.class; c.result = 9 }",
    );
    let mut program = Program::new();
    program.kernel(|_, _| 7);
    assert_eq!(program.calls(&script, "getppid", &[]), 9);
    assert_eq!(said.out(), "nil\n7\n7\nfalse\nFloat\n");
}

#[test]
fn proceeding_twice_asks_the_kernel_twice() {
    let (script, _) =
        load("on(:read) { |c| c.proceed while c.result.nil? || c.errno == Errno::EINTR }");
    let mut program = Program::new();
    let mut n = 0;
    program.kernel(move |_, _| {
        n += 1;
        if n < 3 { -4 } else { 5 }
    });
    assert_eq!(program.calls(&script, "read", &[0, BASE, 5]), 5);
    assert_eq!(program.asked.len(), 3);
}

#[test]
fn after_runs_when_the_kernel_has_answered() {
    let (script, said) = load("after(:getppid) { |c| puts c.result; c.result += 1 }");
    let mut program = Program::new();
    program.kernel(|_, _| 7);
    assert_eq!(program.calls(&script, "getppid", &[]), 8);
    assert_eq!(said.out(), "7\n");
}

#[test]
fn a_filter_on_the_result_makes_any_handler_an_after_handler() {
    let (script, said) = load("on(:open, error: true) { |c| puts c.errno, c.path }");
    let mut program = Program::new();
    let path = program.string("/nowhere");
    program.kernel(|_, _| -2);
    assert_eq!(program.calls(&script, "openat", &[-100_i64 as u64, path, 0, 0]), -2);
    assert_eq!(said.out(), "ENOENT\n/nowhere\n");
    program.kernel(|_, _| 3);
    assert_eq!(program.calls(&script, "openat", &[-100_i64 as u64, path, 0, 0]), 3);
    assert_eq!(said.out(), "ENOENT\n/nowhere\n");
}

#[test]
fn raising_an_errno_is_the_result_before_and_after() {
    let (script, _) = load(
        "on(:unlink) { raise Errno::EACCES }\non(:fsync) { |c| c.proceed; raise Errno::EIO if c.nth == 3 }",
    );
    let mut program = Program::new();
    let path = program.string("/x");
    assert_eq!(program.calls(&script, "unlink", &[path]), -13);
    assert!(program.asked.is_empty());
    let results: Vec<i64> = (0..4).map(|_| program.calls(&script, "fsync", &[3])).collect();
    assert_eq!(results, [0, 0, -5, 0]);
    assert_eq!(program.asked.len(), 4);
}

#[test]
fn handlers_run_in_the_order_written_down_and_up() {
    let (script, said) = load(
        r#"
        after(:getppid)   { puts "after 1" }
        on(:getppid)      { puts "on 1" }
        replace(:getppid) { |c| puts "outer"; c.proceed + 1 }
        on(:getppid)      { puts "on 2" }
        replace(:getppid) { |c| puts "inner"; c.proceed + 10 }
        after(:getppid)   { |c| puts "after 2 #{c.result}" }
        "#,
    );
    let mut program = Program::new();
    program.kernel(|_, _| 100);
    assert_eq!(program.calls(&script, "getppid", &[]), 111);
    assert_eq!(said.out(), "on 1\nouter\non 2\ninner\nafter 2 100\nafter 1\n");
}

#[test]
fn an_on_that_raises_shields_what_comes_after_it() {
    let (script, said) = load(
        "on(:getppid) { raise Errno::EPERM }\non(:getppid) { puts 'never' }\nreplace(:getppid) { 1 }",
    );
    let mut program = Program::new();
    assert_eq!(program.calls(&script, "getppid", &[]), -1);
    assert_eq!(said.out(), "");
}

#[test]
fn pass_leaves_the_handler_and_the_kernel_sees_the_call_as_it_was() {
    let (script, said) =
        load("replace(:kill) { |c| c.sig = 9; c.pass! if c.pid == 1; puts 'here'; 0 }");
    let mut program = Program::new();
    program.kernel(|call, _| call.args[1] as i64);
    assert_eq!(program.calls(&script, "kill", &[1, 15]), 15);
    assert_eq!(program.calls(&script, "kill", &[2, 15]), 0);
    assert_eq!(said.out(), "here\n");
}

#[test]
fn next_ends_a_block_and_keeps_what_was_changed() {
    let (script, _) = load("on(:kill) { |c| c.sig = 10; next if true; c.sig = 11 }");
    let mut program = Program::new();
    program.kernel(|call, _| call.args[1] as i64);
    assert_eq!(program.calls(&script, "kill", &[1, 15]), 10);
}

#[test]
fn what_replace_answers() {
    let (script, _) = load(
        r#"
        replace(:getuid)  { nil }
        replace(:getgid)  { true }
        replace(:read)    { "hello" }
        replace(:uname)   { { sysname: "Hijinks", release: "1.0" } }
        replace(:clock_gettime) { { tv_sec: 5, tv_nsec: 7 } }
        replace(:geteuid) { |c| c.proceed }
        replace(:getcwd)  { "/x" }
        "#,
    );
    let mut program = Program::new();
    assert_eq!(program.calls(&script, "getuid", &[]), 0);
    assert_eq!(program.calls(&script, "getgid", &[]), 0);
    let buffer = program.put(&[0; 400]);
    assert_eq!(program.calls(&script, "read", &[0, buffer, 400]), 5);
    assert_eq!(program.get(buffer, 5), b"hello");
    assert_eq!(program.calls(&script, "read", &[0, buffer, 3]), 3, "cut to the buffer");
    assert_eq!(program.calls(&script, "uname", &[buffer]), 0);
    assert_eq!(program.text(buffer), "Hijinks");
    assert_eq!(program.text(buffer + 130), "1.0");
    assert_eq!(program.calls(&script, "clock_gettime", &[0, buffer]), 0);
    assert_eq!(
        program.get(buffer, 16),
        [[5, 0, 0, 0, 0, 0, 0, 0], [7, 0, 0, 0, 0, 0, 0, 0]].concat()
    );
    program.kernel(|_, _| 77);
    assert_eq!(program.calls(&script, "geteuid", &[]), 77);
    assert_eq!(program.calls(&script, "getcwd", &[buffer, 100]), 3);
    assert_eq!(program.text(buffer), "/x");
    assert_eq!(program.calls(&script, "getcwd", &[buffer, 2]), -34);
}

#[test]
fn a_wrong_answer_is_named_and_the_call_goes_on() {
    for (source, call, words) in [
        ("replace(:getppid) { 1.5 }", "getppid", "Float"),
        ("replace(:getppid) { false }", "getppid", "FalseClass"),
        ("replace(:getppid) { 'text' }", "getppid", "no buffer"),
        ("replace(:getppid) { { a: 1 } }", "getppid", "no struct"),
        ("replace(:uname) { { sysnam: 'x' } }", "uname", "sysname"),
        ("replace(:getppid) { [1] }", "getppid", "Array"),
    ] {
        let (script, said) = load(source);
        let mut program = Program::new();
        program.kernel(|_, _| 7);
        assert_eq!(program.calls(&script, call, &[BASE]), 7, "{source}");
        let error = said.err();
        assert!(error.contains(words) && error.contains("test.rb:1"), "{source}: {error}");
    }
}

#[test]
fn an_exception_that_is_no_errno_is_told_once_a_site_and_the_call_goes_on_untouched() {
    let (script, said) = load("on(:kill) do |c|\n  c.sig = 9\n  c.nothing_like_it\nend");
    let mut program = Program::new();
    program.kernel(|call, _| call.args[1] as i64);
    for _ in 0..3 {
        assert_eq!(program.calls(&script, "kill", &[1, 15]), 15);
    }
    let error = said.err();
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(error.contains("test.rb:3") && error.contains("nothing_like_it"), "{error}");
    assert!(error.contains("kill of ") && error.contains("untouched"), "{error}");
}

#[test]
fn a_policy_can_let_the_call_fail_or_end_it_all() {
    let source = "on(:getppid) { raise 'oops' }";
    let mut program = Program::new();
    let (script, _) = load_with(source, on_error(script::OnError::Fail));
    assert_eq!(program.calls(&script, "getppid", &[]), -5);
    assert!(!script.finished());
    let (script, _) = load_with(source, on_error(script::OnError::Abort));
    program.calls(&script, "getppid", &[]);
    assert!(script.finished());
}

#[test]
fn a_handler_without_end_is_stopped_and_the_call_goes_on() {
    for (body, words) in [
        ("loop { }", "too long"),
        ("begin; while true; end; rescue Exception; retry; end", "too long"),
        ("a = []; loop { a << 'x' * 1_000_000 }", "memory"),
        ("def deep(n) = deep(n + 1); deep(0)", "without end"),
    ] {
        let (script, said) = load(&format!("on(:getppid) do\n  {body}\nend"));
        let mut program = Program::new();
        program.kernel(|_, _| 7);
        assert_eq!(program.calls(&script, "getppid", &[]), 7, "{body}");
        let error = said.err();
        assert!(error.contains(words) && error.contains("test.rb:"), "{body}: {error}");
        // The VM is as good as new.
        assert_eq!(program.calls(&script, "getppid", &[]), 7, "{body}");
    }
}

#[test]
fn a_sleep_holds_the_task_and_nothing_else() {
    let (script, _) =
        load("on(:read) { sleep 0.25 }\ndelay :write, by: 0.5\ndelay :fsync, by: 1..2");
    let mut program = Program::new();
    program.calls(&script, "read", &[0, BASE, 0]);
    assert_eq!(program.slept.as_millis(), 250);
    program.calls(&script, "write", &[1, BASE, 0]);
    assert_eq!(program.slept.as_millis(), 750);
    program.calls(&script, "fsync", &[1]);
    assert!((1750..=2750).contains(&program.slept.as_millis()));
}

#[test]
fn declarative_words_answer_without_a_block() {
    let (script, _) = load(
        r#"
        allow :connect, port: 443
        deny  :connect
        deny  :setuid
        deny  :mkdir, with: Errno::EROFS
        fail  :fsync, with: Errno::EIO, nth: 2
        fail  :fdatasync, with: :enospc, times: 1
        "#,
    );
    let mut program = Program::new();
    let inet = |port: u16| [2_u16.to_le_bytes(), port.to_be_bytes(), [1, 2], [3, 4]].concat();
    let https = program.put(&[inet(443), vec![0; 8]].concat());
    let http = program.put(&[inet(80), vec![0; 8]].concat());
    assert_eq!(program.calls(&script, "connect", &[3, https, 16]), 0);
    assert_eq!(program.calls(&script, "connect", &[3, http, 16]), -13);
    assert_eq!(program.calls(&script, "setuid", &[0]), -1);
    let path = program.string("/x");
    assert_eq!(program.calls(&script, "mkdir", &[path, 0o755]), -30);
    let fsyncs: Vec<i64> = (0..3).map(|_| program.calls(&script, "fsync", &[3])).collect();
    assert_eq!(fsyncs, [0, -5, 0]);
    let fsyncs: Vec<i64> = (0..3).map(|_| program.calls(&script, "fdatasync", &[3])).collect();
    assert_eq!(fsyncs, [-28, 0, 0]);
}

#[test]
fn one_word_is_all_spellings_of_a_call_unless_exact() {
    let (script, _) = load("on(:open) { }\non(:stat) { }");
    let known = names(&script);
    for name in ["open", "openat", "openat2", "creat", "newfstatat", "statx", "lstat"] {
        assert!(known.contains(&name), "{name}");
    }
    let (script, _) = load("on(:open, exact: true) { }");
    assert_eq!(names(&script), ["open"]);
    let (script, _) = load("on(:network) { }");
    assert!(names(&script).contains(&"sendmsg"));
    let (script, _) = load("on(:all) { }");
    assert_eq!(names(&script).len(), syscalls::table().len());
}

#[test]
fn a_shared_number_is_told_apart_by_its_flag() {
    let (script, said) = load("on(:unlink) { puts 'unlink' }\non(:rmdir) { puts 'rmdir' }");
    let mut program = Program::new();
    let path = program.string("/x");
    program.calls(&script, "unlinkat", &[-100_i64 as u64, path, 0]);
    program.calls(&script, "unlinkat", &[-100_i64 as u64, path, 0x200]);
    program.calls(&script, "rmdir", &[path]);
    assert_eq!(said.out(), "unlink\nrmdir\nrmdir\n");
}

#[test]
fn hooks_follow_the_process_tree() {
    let (script, said) = load(
        r#"
        at_start { |process| puts "start #{process.pid}" }
        on_fork  { |child|   puts "fork #{child.pid}" }
        on_exec  { |process| puts "exec #{process.pid}" }
        at_exit  { puts "exit" }
        "#,
    );
    tell(&script, Event::Start { pid: Pid(10) });
    tell(&script, Event::Fork { parent: Pid(10), child: Pid(11), shares_fds: false });
    tell(&script, Event::Exec { pid: Pid(11) });
    tell(&script, Event::Exit { pid: Pid(11), exit: Exit::Code(0) });
    script.finish();
    assert_eq!(said.out(), "start 10\nfork 11\nexec 11\nexit\n");
}

#[test]
fn a_timer_runs_when_it_is_due() {
    let (script, said) = load("n = 0\nevery(0.01) { n += 1; puts n }");
    let due = script.deadline().expect("a deadline");
    script.tick();
    assert_eq!(said.out(), "", "not yet");
    while script::Kernel::native().monotonic() < due {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    script.tick();
    assert_eq!(said.out(), "1\n");
    assert!(script.deadline().expect("again") > due);
}

#[test]
fn reloading_replaces_the_handlers_and_keeps_the_state() {
    let (script, said) = load("$n = 1\nshared[:n] += 5\nreplace(:getppid) { 1 }");
    let mut program = Program::new();
    assert_eq!(program.calls(&script, "getppid", &[]), 1);
    script.reload(&[("test.rb", "replace(:getppid) { puts $n, shared[:n]; 2 }")]).expect("loads");
    assert_eq!(program.calls(&script, "getppid", &[]), 2);
    assert_eq!(said.out(), "1\n5\n");
    let error = script.reload(&[("test.rb", "replace(:getppid) { 3 }\nreplace(:getpid) {")]);
    assert_eq!(error.expect_err("a syntax error").line, Some(2));
    assert_eq!(program.calls(&script, "getppid", &[]), 2, "the old handlers are live");
}

#[test]
fn an_exit_does_not_return_and_proceed_ends_the_handler() {
    let (script, said) = load(
        r#"
        after(:exit_group) { puts "never" }
        on(:exit_group) do |c|
          c.error_code = 3 if c.respond_to?(:error_code)
          c.status = 3 if c.respond_to?(:status)
          c.proceed
          puts "never"
        ensure
          puts "ensured"
        end
        on(:exit_group) { puts "next" }
        "#,
    );
    let mut program = Program::new();
    program.calls(&script, "exit_group", &[1]);
    assert_eq!(program.asked.len(), 1);
    assert_eq!(program.asked[0].args[0], 3);
    assert_eq!((said.out().as_str(), said.err().as_str()), ("next\nensured\n", ""));
}

#[test]
fn a_table_goes_on_counting_when_the_script_is_saved() {
    let (script, _) = load("tally(:getppid)");
    let mut program = Program::new();
    program.calls(&script, "getppid", &[]);
    script.reload(&[("test.rb", "tally(:getppid)\non(:read) { }")]).expect("loads");
    program.calls(&script, "getppid", &[]);
    assert!(script.tables().contains("2  getppid"), "{}", script.tables());
}
