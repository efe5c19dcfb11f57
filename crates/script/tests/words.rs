//! The words above the calls: tables, audit, emit, shared, questions.

mod support;

use support::*;

const AT_FDCWD: u64 = -100_i64 as u64;

#[test]
fn tables_are_printed_at_the_end_the_most_frequent_first() {
    let (script, said) = load(
        r#"
tally(:open)               { |c| c.path }
tally(:open, error: true)  { |c| [c.errno, c.path] }
sum(:write)                { |c| [c.fd.fileno, c.result] }
histogram(:fsync)          { |c| c.elapsed }
tally(:close)
        "#,
    );
    let mut program = Program::new();
    let (a, b) = (program.string("/a"), program.string("/b"));
    for (path, result) in [(a, 3), (b, -2), (b, -2), (b, 3)] {
        program.kernel(move |_, _| result);
        program.calls(&script, "openat", &[AT_FDCWD, path, 0, 0]);
    }
    for (fd, result) in [(1, 10), (1, 5), (2, 100), (2, -11)] {
        program.kernel(move |_, _| result);
        program.calls(&script, "write", &[fd, BASE, 10]);
    }
    program.kernel(|_, _| 0);
    program.calls(&script, "fsync", &[3]);
    program.calls(&script, "close", &[3]);
    program.calls(&script, "close", &[4]);
    script.finish();
    assert_eq!(said.err(), "");
    let out = said.out();
    assert!(out.contains("tally open  (test.rb:2)\n  3  /b\n  1  /a\n  4 in all\n"), "{out}");
    assert!(out.contains("tally open  (test.rb:3)\n  2  ENOENT  /b\n"), "{out}");
    assert!(
        out.contains("sum write  (test.rb:4)\n  100  1x  2\n   15  2x  1\n  115 in all\n"),
        "{out}"
    );
    assert!(out.contains("histogram fsync  (test.rb:5)\n  1 values, p50 "), "{out}");
    assert!(out.contains("tally close  (test.rb:6)\n  2  close\n"), "{out}");
}

#[test]
fn a_call_that_does_not_return_is_counted_before() {
    let (script, said) =
        load("tally(:execve, :exit_group) { |c| c.name == :execve ? c.path : c.name }");
    let mut program = Program::new();
    let path = program.string("/bin/ls");
    program.kernel(|_, program| {
        // The memory of the old program is gone.
        program.memory.clear();
        0
    });
    assert_eq!(program.calls(&script, "execve", &[path, 0, 0]), 0);
    script.finish();
    assert!(said.out().contains("1  /bin/ls"), "{}{}", said.out(), said.err());
}

#[test]
fn after_an_exec_its_arguments_are_still_known() {
    let (script, said) = load("after(:execve) { |c| p c.path, c.argv }");
    let mut program = Program::new();
    let (path, name) = (program.string("/bin/ls"), program.string("ls"));
    let argv = program.words(&[name, 0]);
    program.kernel(|_, program| {
        program.memory.clear();
        0
    });
    program.calls(&script, "execve", &[path, argv, 0]);
    assert_eq!((said.out().as_str(), said.err().as_str()), ("\"/bin/ls\"\n[\"ls\"]\n", ""));
}

#[test]
fn an_audit_is_a_line_and_a_count() {
    let (script, said) = load(
        "on(:open) { |c| audit :secret, c.path, c.caller }\non(:execve) { |c| audit :exec, c.argv }",
    );
    let mut program = Program::new();
    let path = program.string("/etc/shadow");
    program.calls(&script, "open", &[path, 0, 0]);
    let argv = program.words(&[path, path, 0]);
    program.calls(&script, "execve", &[path, argv, 0]);
    script.finish();
    assert_eq!(said.err(), "");
    let out = said.out();
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].contains(&format!("[{}] secret /etc/shadow", std::process::id())), "{out}");
    assert!(lines[1].trim() == "write+0x14 (libc.so.6)", "{out}");
    assert!(lines[3].ends_with("exec /etc/shadow /etc/shadow"), "{out}");
    assert!(out.contains("audit\n  1  exec\n  1  secret\n"), "{out}");
}

#[test]
fn emit_is_one_json_line() {
    let (script, said) = load(
        "on(:open) { |c| emit call: c.name, flags: c.flags, path: c.path, n: 1, list: [c.fd, nil, true] }",
    );
    let mut program = Program::new();
    let path = program.string("/a\"b");
    program.calls(&script, "open", &[path, 1, 0]);
    assert_eq!(said.err(), "");
    let wanted = "{\"call\":\"open\",\"flags\":\"WRONLY\",\"path\":\"/a\\\"b\",\"n\":1,\"list\":[null,null,true]}\n";
    assert_eq!(said.json(), wanted);
}

#[test]
fn shared_counts_and_refuses_what_no_process_could_share() {
    let (script, said) = load(
        r#"
        on(:getppid) { shared[:n] += 1; shared[:who] = "x"; shared[:f] = 1.5 }
        on(:getpid)  { p shared[:n], shared[:missing], shared.keys, shared.to_h; shared[:bad] = [] }
        "#,
    );
    let mut program = Program::new();
    for _ in 0..3 {
        program.calls(&script, "getppid", &[]);
    }
    program.calls(&script, "getpid", &[]);
    assert_eq!(said.out(), "3\n0\n[:n, :who, :f]\n{:n=>3, :who=>\"x\", :f=>1.5}\n");
    assert!(said.err().contains("shared can't hold a Array"), "{}", said.err());
}

#[test]
fn a_question_goes_to_a_person_and_without_one_it_is_no() {
    let (script, said) = load("on(:getppid) { puts ask?('Really?') }");
    let mut program = Program::new();
    said.answer(true);
    program.calls(&script, "getppid", &[]);
    said.answer(false);
    program.calls(&script, "getppid", &[]);
    program.calls(&script, "getppid", &[]);
    assert_eq!(said.out(), "true\nfalse\nfalse\n");
    assert_eq!(said.questions(), ["Really?"; 3]);
    assert!(said.err().contains("nobody to ask"), "{}", said.err());
}

#[test]
fn stats_show_where_time_goes() {
    let (script, said) =
        load("on(:read, :write) { |c| c.proceed }\non(:getppid) { puts stats.top(10) }");
    let mut program = Program::new();
    program.calls(&script, "read", &[0, BASE, 1]);
    program.calls(&script, "write", &[1, BASE, 1]);
    program.calls(&script, "getppid", &[]);
    let out = said.out();
    assert!(
        out.contains("read") && out.contains("write") && out.contains("calls"),
        "{out}{}",
        said.err()
    );
}

#[test]
fn output_goes_to_the_host_and_nowhere_else() {
    let (_, said) = load(
        "puts 'a', [1, [2]]\nprint 'b', 'c'\np :d\nwarn 'e'\n$stdout.puts 'f'\n$stderr.puts 'g'",
    );
    assert_eq!(said.out(), "a\n1\n2\nbc:d\nf\n");
    assert_eq!(said.err(), "e\ng\n");
}
