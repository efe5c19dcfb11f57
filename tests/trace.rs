//! `hijinks trace` says what strace says.

use crate::support::{directory, guest, hijinks, native, run};

#[test]
fn the_lines_of_a_simple_program_are_straces() {
    // The same program without randomness twice: what differs are addresses and pids.
    let guest = guest("parent.S", &["-nostdlib", "-static"]);
    let ours = run(hijinks(&["trace", "--", "setarch", "-R", &guest])
        .env_clear()
        .env("PATH", "/usr/bin:/bin"));
    let theirs = run(std::process::Command::new("strace")
        .args(["-f", "setarch", "-R", &guest])
        .env_clear()
        .env("PATH", "/usr/bin:/bin"));
    let of_interest = |text: &str| -> Vec<String> {
        let begin = text.find("getppid").expect("the guest asks for its parent");
        let number = |line: &str| line.split("getppid()").next().unwrap_or("").to_owned();
        text[begin..]
            .lines()
            .map(|line| number(line) + line.split(" = ").next().unwrap_or(""))
            .map(|line| digits_out(&line))
            .collect()
    };
    assert_eq!(
        of_interest(&ours.stderr),
        of_interest(&theirs.stderr),
        "{}\n{}",
        ours.stderr,
        theirs.stderr
    );
}

fn digits_out(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect::<String>()
        .replace("00", "0")
        .replace("00", "0")
        .replace("00", "0")
}

#[test]
fn an_expression_chooses_calls_and_groups() {
    let ran = run(&mut hijinks(&[
        "trace",
        "-q",
        "-q",
        "-e",
        "openat,%process",
        "--",
        "sh",
        "-c",
        "true < /dev/null; :",
    ]));
    assert!(
        ran.stderr.lines().all(|line| [
            "execve(",
            "openat(",
            "exit",
            "clone",
            "vfork",
            "wait4(",
            "+++",
            "---",
            "[pid",
            "arch_prctl",
            "rt_sig",
            "kill"
        ]
        .iter()
        .any(|name| line.starts_with(name))),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("openat(AT_FDCWD, \"/dev/null\", O_RDONLY) = 3"), "{}", ran.stderr);
    assert!(ran.stderr.contains("execve("), "{}", ran.stderr);
}

#[test]
fn a_misspelt_call_is_refused_with_the_nearest() {
    let ran = run(&mut hijinks(&["trace", "-e", "opennat", "--", "true"]));
    assert_eq!(ran.status, Some(125));
    assert!(ran.stderr.contains("openat"), "{}", ran.stderr);
}

#[test]
fn failed_calls_alone_can_be_shown() {
    let ran = run(&mut hijinks(&["trace", "-Z", "-e", "%file", "--", "cat", "/no/such/file"]));
    assert!(ran.stderr.contains("ENOENT (No such file or directory)"), "{}", ran.stderr);
    assert!(
        ran.stderr
            .lines()
            .filter(|line| line.contains("openat("))
            .all(|line| line.contains("= -1 ")),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.status, native(&["cat", "/no/such/file"]).status);
}

#[test]
fn a_path_chooses_the_calls_that_touch_it() {
    let dir = directory();
    let path = crate::support::file(&dir, "touched", "content");
    let ran = run(&mut hijinks(&["trace", "-q", "-q", "-P", &path, "--", "cat", &path]));
    assert!(
        ran.stderr.contains("openat(")
            && ran.stderr.contains("read(")
            && ran.stderr.contains("content"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("ld.so"), "{}", ran.stderr);
}

#[test]
fn descriptors_show_their_paths() {
    let ran = run(&mut hijinks(&["trace", "-y", "-e", "read", "--", "cat", "/etc/hostname"]));
    assert!(ran.stderr.contains("</etc/hostname>"), "{}", ran.stderr);
}

#[test]
fn the_summary_counts_calls_and_errors() {
    let ran = run(&mut hijinks(&["trace", "-c", "--", "cat", "/no/such/file"]));
    let row = ran
        .stderr
        .lines()
        .find(|line| line.ends_with(" openat"))
        .unwrap_or_else(|| panic!("{}", ran.stderr));
    let fields: Vec<&str> = row.split_whitespace().collect();
    let (calls, errors): (u32, u32) = (fields[3].parse().unwrap(), fields[4].parse().unwrap());
    assert!(calls > errors && errors >= 1, "{row}");
    assert!(ran.stderr.contains("% time"), "{}", ran.stderr);
    assert!(ran.stderr.lines().last().unwrap().ends_with("total"), "{}", ran.stderr);
}

#[test]
fn json_is_one_object_a_line_with_everything_in_it() {
    let ran =
        run(&mut hijinks(&["trace", "--json", "-e", "openat,read", "--", "cat", "/etc/hostname"]));
    let objects: Vec<serde_json::Value> = ran
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect();
    let open = objects
        .iter()
        .find(|o| o["name"] == "openat" && o["line"].as_str().unwrap().contains("/etc/hostname"))
        .unwrap_or_else(|| panic!("{}", ran.stderr));
    assert_eq!(open["type"], "call");
    assert_eq!(open["args"][1]["name"], "pathname");
    assert_eq!(open["args"][1]["value"], "/etc/hostname");
    assert_eq!(open["args"][2]["value"], "O_RDONLY");
    assert!(
        open["result"].as_i64().unwrap() > 2
            && open["errno"].is_null()
            && open["elapsed"].is_number()
    );
    assert!(objects.iter().any(|o| o["type"] == "exit" && o["status"] == 0));
}

#[test]
fn a_stack_stands_under_each_call() {
    let guest = guest("parent.c", &[]);
    let ran = run(&mut hijinks(&["trace", "-k", "-e", "getppid", "--", &guest]));
    let at = ran.stderr.find("getppid()").unwrap_or_else(|| panic!("{}", ran.stderr));
    assert!(ran.stderr[at..].contains("main"), "{}", ran.stderr);
}

#[test]
fn exits_signals_and_death_are_told_as_strace_tells_them() {
    let ran =
        run(&mut hijinks(&["trace", "-e", "none", "--", "sh", "-c", "true & wait; kill -USR1 $$"]));
    assert!(
        ran.stderr.contains("--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid="),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("+++ exited with 0 +++"), "{}", ran.stderr);
    assert!(ran.stderr.contains("+++ killed by SIGUSR1 +++"), "{}", ran.stderr);
    assert_eq!(ran.signal, Some(10));
}

#[test]
fn there_are_no_colours_in_a_pipe_and_some_when_asked_for() {
    let plain = run(&mut hijinks(&["trace", "true"]));
    assert!(!plain.stderr.contains('\x1b'), "{}", plain.stderr);
    let coloured = run(&mut hijinks(&["trace", "--color", "always", "true"]));
    assert!(coloured.stderr.contains('\x1b'), "{}", coloured.stderr);
}
