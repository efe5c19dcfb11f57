//! Bad input gets a clear answer, and nothing is lost.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::support::{directory, every_engine, file, guest, hijinks, native, run, script};

/// A script that can't be loaded: 125, the program never starts, and these words are said.
fn refused(code: &str, words: &[&str]) {
    let ran = script("ptrace", code, &["echo", "started"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(125), ""), "{}", ran.stderr);
    for word in words {
        assert!(ran.stderr.contains(word), "`{word}` is missing in: {}", ran.stderr);
    }
}

/// A handler that goes wrong: it is said with these words, and the program does not notice.
fn survived(code: &str, words: &[&str]) {
    let ran = every_engine(code, &["echo", "survived"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(0), "survived\n"), "{}", ran.stderr);
    for word in words {
        assert!(ran.stderr.contains(word), "`{word}` is missing in: {}", ran.stderr);
    }
}

#[test]
fn a_misspelt_call_is_named_with_its_line_and_the_nearest_names() {
    refused("x = 1\non(:opennat) { }", &["opennat", "openat", ":2"]);
}

#[test]
fn a_misspelt_group_or_word_is_refused() {
    refused("on(:netwrk) { }", &["netwrk", "network"]);
    refused("replce(:getpid) { 1 }", &["replce", "replace"]);
}

#[test]
fn a_misspelt_filter_is_refused_with_the_nearest_names() {
    refused("on(:openat, pathh: '/etc/**') { }", &["pathh", "path"]);
}

#[test]
fn a_misspelt_constant_is_refused() {
    refused("on(:open, flags: File::CRAET) { }", &["CRAET"]);
    refused("fail :write, with: Errno::ENOSPCE", &["ENOSPCE", "ENOSPC"]);
}

#[test]
fn a_syntax_error_is_shown_with_its_line() {
    refused("on(:open) { |c|\n  puts c.path(\n", &["syntax error"]);
}

#[test]
fn an_exception_in_a_handler_is_told_once_and_the_call_goes_on() {
    survived("on(:write) { raise 'oh no' }", &["oh no", "RuntimeError", ":1"]);
    let ran =
        every_engine("on(:write) { nil.frobnicate }", &["sh", "-c", "echo a; echo b; echo c"]);
    assert_eq!(ran.stdout, "a\nb\nc\n");
    assert_eq!(ran.stderr.matches("frobnicate").count(), 1, "{}", ran.stderr);
}

#[test]
fn on_error_fail_and_abort_do_what_they_say() {
    let with = |policy: &str| {
        run(&mut hijinks(&[
            "--on-error",
            policy,
            "-e",
            "on(:write, fd: :stdout) { raise 'oh no' }",
            "--",
            "echo",
            "x",
        ]))
    };
    let failed = with("fail");
    assert_eq!((failed.status, failed.stdout.as_str()), (Some(1), ""), "{}", failed.stderr);
    let aborted = with("abort");
    assert_eq!((aborted.status, aborted.stdout.as_str()), (Some(125), ""), "{}", aborted.stderr);
}

#[test]
fn a_handler_that_loops_for_ever_is_stopped_and_the_call_passes() {
    let args = ["--budget", "100000", "-e", "on(:write) { loop { } }", "--", "echo", "survived"];
    let ran = run(&mut hijinks(&args));
    assert_eq!(ran.stdout, "survived\n", "{}", ran.stderr);
    assert!(ran.stderr.contains("endless") && ran.stderr.contains(":1"), "{}", ran.stderr);
    // Not even `rescue Exception` gets it out of there.
    let args = [
        "--budget",
        "100000",
        "-e",
        "on(:write) { begin; loop { }; rescue Exception; retry; end }",
        "--",
        "echo",
        "survived",
    ];
    let ran = run(&mut hijinks(&args));
    assert_eq!(ran.stdout, "survived\n", "{}", ran.stderr);
}

#[test]
fn a_handler_that_allocates_without_end_is_stopped_and_the_call_passes() {
    let args = [
        "--memory",
        "64",
        "-e",
        "on(:write) { a = []; loop { a << 'x' * 100_000 } }",
        "--",
        "echo",
        "survived",
    ];
    let ran = run(&mut hijinks(&args));
    assert_eq!(ran.stdout, "survived\n", "{}", ran.stderr);
    assert!(ran.stderr.to_lowercase().contains("memory"), "{}", ran.stderr);
}

#[test]
fn a_handler_that_recurses_without_end_is_stopped_and_the_call_passes() {
    survived("def f(n) = f(n + 1)\non(:write) { f(0) }", &["calls itself without end", ":1"]);
    survived(
        "on(:write) { f = ->(x) { [1].sort_by { f.(x) } }; f.(1) }",
        &["calls itself without end"],
    );
}

#[test]
fn a_block_that_returns_a_wrong_type_is_told_and_the_kernel_answers() {
    survived("replace(:write) { Object.new }", &["Object", "no result of write", ":1"]);
    survived("replace(:write) { 1.5 }", &["Float"]);
}

#[test]
fn data_longer_than_the_buffer_is_cut_to_it() {
    let guest = guest("short_read.c", &[]);
    let ran = every_engine("replace(:read, count: 5) { 'longer than five' }", &[&guest]);
    assert_eq!(ran.stdout, "5:longe|untouched\n", "{}", ran.stderr);
}

#[test]
fn a_bad_pointer_in_any_argument_raises_efault_and_harms_nobody() {
    let guest = guest("bad_pointers.c", &[]);
    let oracle = native(&[&guest]);
    let code = "on(:all) { |c| c.inspect; %i[args to_h to_json path data address fd].each { |word| c.send(word) rescue nil } }";
    let ran = every_engine(code, &[&guest]);
    assert_eq!(oracle.stdout, ran.stdout, "{}", ran.stderr);
    assert_eq!((oracle.status, oracle.signal), (ran.status, ran.signal), "{}", ran.stderr);
    let ran = every_engine(
        "on(:openat) { |c| begin; c.path; rescue Errno::EFAULT; puts 'efault'; end }",
        &[&guest],
    );
    assert!(ran.stderr.contains("efault"), "{}", ran.stderr);
}

#[test]
fn a_program_that_is_not_there_is_127() {
    let ran = script("ptrace", "on(:open) { }", &["no-such-program-here"]);
    assert_eq!(ran.status, Some(127), "{}", ran.stderr);
    assert!(ran.stderr.contains("no-such-program-here"), "{}", ran.stderr);
    assert_eq!(script("ptrace", "1", &["./no/such/path"]).status, Some(127));
}

#[test]
fn a_program_that_can_not_be_executed_is_126() {
    let dir = directory();
    let plain = file(&dir, "plain", "no program\n");
    assert_eq!(script("ptrace", "1", &[&plain]).status, Some(126));
    std::fs::set_permissions(&plain, std::fs::Permissions::from_mode(0o755)).unwrap();
    let ran = script("ptrace", "1", &[&plain]);
    assert_eq!(ran.status, Some(126), "{}", ran.stderr);
    assert_eq!(script("ptrace", "1", &[dir.path().to_str().unwrap()]).status, Some(126));
}

#[test]
fn a_script_that_is_not_there_is_named() {
    let ran = run(&mut hijinks(&["run", "no-such-script.rb", "--", "true"]));
    assert_eq!(ran.status, Some(125));
    assert!(ran.stderr.contains("no-such-script.rb"), "{}", ran.stderr);
}

#[test]
fn an_output_file_that_can_not_be_written_is_named_before_the_program_starts() {
    let ran = run(&mut hijinks(&[
        "-o",
        "/no/such/dir/out",
        "-e",
        "on(:open) { }",
        "--",
        "echo",
        "started",
    ]));
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(125), ""));
    assert!(ran.stderr.contains("/no/such/dir/out"), "{}", ran.stderr);
}

#[test]
fn a_full_disk_under_the_output_is_said_and_the_program_goes_on() {
    let ran = run(&mut hijinks(&[
        "-o",
        "/dev/full",
        "-e",
        "on(:write) { |c| puts c.inspect * 100 }",
        "--",
        "sh",
        "-c",
        "echo one; echo two",
    ]));
    assert_eq!(ran.stdout, "one\ntwo\n", "{}", ran.stderr);
    assert!(ran.stderr.contains("/dev/full"), "{}", ran.stderr);
}

#[test]
fn a_kernel_without_seccomp_is_told_and_nothing_starts() {
    let without = guest("without_seccomp.c", &[]);
    let parent = guest("parent.c", &[]);
    let line = [env!("CARGO_BIN_EXE_hijinks"), "-e", "replace(:getppid) { 42 }", "--", &parent];
    let ran = run(Command::new(&without).args(line));
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(125), ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("seccomp"), "{}", ran.stderr);
    let doctor = run(Command::new(&without).args([env!("CARGO_BIN_EXE_hijinks"), "doctor"]));
    assert!(doctor.stdout.contains("a filter can't be installed"), "{}", doctor.stdout);
}

#[test]
fn attaching_to_a_dead_or_impossible_process_says_why() {
    for pid in ["999999999", "0", "-1"] {
        let ran = run(&mut hijinks(&["-e", "on(:open) { }", &format!("--pid={pid}")]));
        assert_eq!(ran.status, Some(125), "{pid}: {}", ran.stderr);
        assert!(ran.stderr.contains("process"), "{}", ran.stderr);
    }
}

#[test]
fn attaching_to_a_process_that_is_traced_already_says_by_whom() {
    let mut traced =
        Command::new("strace").args(["-o", "/dev/null", "sleep", "60"]).spawn().unwrap();
    let children = format!("/proc/{0}/task/{0}/children", traced.id());
    let sleeper = loop {
        let text = std::fs::read_to_string(&children).unwrap();
        if let Some(pid) = text.split_whitespace().next() {
            let comm = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            if comm.trim() == "sleep" {
                break pid.to_owned();
            }
        }
    };
    let ran = run(&mut hijinks(&["-e", "on(:open) { }", "-p", &sleeper]));
    traced.kill().unwrap();
    traced.wait().unwrap();
    let _ = Command::new("kill").arg(&sleeper).status();
    assert_eq!(ran.status, Some(125), "{}", ran.stderr);
    assert!(ran.stderr.contains("traced"), "{}", ran.stderr);
}

#[test]
fn when_hijinks_is_killed_the_program_is_not_left_stopped() {
    let dir = directory();
    let mark = file(&dir, "mark", "");
    let line = format!("echo $$ > {mark}; exec sleep 60");
    let mut run = hijinks(&["-e", "on(:write) { }", "--", "sh", "-c", &line]).spawn().unwrap();
    let pid = loop {
        let text = std::fs::read_to_string(&mark).unwrap();
        if text.ends_with('\n') {
            break text.trim().to_owned();
        }
    };
    run.kill().unwrap();
    run.wait().unwrap();
    // The kernel kills it with us (PTRACE_O_EXITKILL): without a supervisor its hooked calls would
    // fail with ENOSYS for ever.
    let gone = || {
        std::fs::read_to_string(format!("/proc/{pid}/stat")).map_or(true, |stat| {
            stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with(['Z', 'X']))
        })
    };
    while !gone() {
        std::thread::yield_now();
    }
}

#[test]
fn a_setuid_program_runs_and_is_told_to_lack_its_privilege() {
    // Only where we are not root does the bit mean anything.
    let ran = run(&mut hijinks(&["doctor", "su"]));
    assert!(ran.stdout.contains("su"), "{}", ran.stdout);
    let ran = script("ptrace", "on(:open) { }", &["su", "--version"]);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
}

#[test]
fn the_inline_engine_says_that_it_is_not_offered_yet() {
    let ran = script("inline", "1", &["echo", "started"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(125), ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("not built yet"), "{}", ran.stderr);
}

#[test]
fn an_unknown_option_is_named_with_the_usage() {
    let ran = run(&mut hijinks(&["-e", "1", "--frobnicate", "--", "true"]));
    assert_eq!(ran.status, Some(125));
    assert!(ran.stderr.contains("--frobnicate"), "{}", ran.stderr);
}
