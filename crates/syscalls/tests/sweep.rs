//! Every call, every argument through all its values: the lines are Debian strace's, byte for byte.
//!
//! A guest of twenty instructions makes the calls with `strace -e inject=all`, which tells strace
//! to skip each call and pretend a result: nothing is executed, nothing depends on the machine. Our
//! side renders the same calls over the same memory image. Skipped, loudly, where strace or a C
//! compiler is missing.
#![allow(clippy::unwrap_used, reason = "a test that can't set itself up should panic")]

#[path = "strace/page.rs"]
mod page;
#[path = "strace/sweep.rs"]
mod sweep;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use page::Page;
use syscalls::{Style, render};

/// What strace is told to pretend, and what that is to the program.
const RESULTS: &[(&str, i64)] =
    &[("error=ENOENT", -2), ("retval=0", 0), ("retval=1", 1), ("retval=2", 2)];

/// Calls in which lines differ, and why. What is not here is equal in every line of the sweep.
const KNOWN: &[(&str, &str)] = &[
    // strace follows more pointers there than we do: we print the address.
    ("_sysctl", "strace decodes the struct of a call that no kernel since 5.5 has"),
    ("arch_prctl", "strace names the bits of XFEATURE masks"),
    ("bpf", "strace decodes the attributes of every command"),
    ("get_thread_area", "strace decodes user_desc, which 64-bit programs don't use"),
    ("set_thread_area", "strace decodes user_desc, which 64-bit programs don't use"),
    ("io_cancel", "strace decodes iocb by operation"),
    ("io_uring_register", "strace decodes the argument of some operations"),
    ("ioctl", "strace decodes structs of disks, consoles, clocks, KVM, btrfs, userfaultfd"),
    ("io_uring_setup", "flags younger than strace"),
    ("keyctl", "strace decodes the public key operations' structs"),
    ("mbind", "strace prints node masks as words"),
    ("get_mempolicy", "strace prints node masks as words"),
    ("set_mempolicy", "strace prints node masks as words"),
    ("migrate_pages", "strace prints node masks as words"),
    ("mincore", "strace prints the vector"),
    ("kexec_load", "strace names other machines' architectures"),
    ("personality", "strace names the execution domains of other systems"),
    ("prctl", "strace names the options' arguments on other machines"),
    ("ptrace", "strace decodes the register sets and names offsets in `struct user`"),
    ("semctl", "strace decodes seminfo"),
    ("shmctl", "strace decodes shminfo"),
    ("msgctl", "strace decodes msginfo"),
    ("socket", "strace names protocols of AX.25, IrDA, CAN and others"),
    ("syslog", "strace names log levels"),
    ("setsockopt", "strace decodes SO_TXREHASH, packet rings and group requests"),
    ("getsockopt", "strace decodes SO_TXREHASH and structs cut short by the length"),
    ("timer_create", "strace decodes the thread function of SIGEV_THREAD"),
    ("mq_notify", "strace decodes the thread function of SIGEV_THREAD"),
    ("fcntl", "strace leaves F_GETOWNER_UIDS an address; we decode it"),
    // Interfaces by name and hardware types: of the machine, not of the call.
    ("connect", "strace asks the machine for the name of an interface"),
    ("sendto", "strace asks the machine for the name of an interface"),
    ("recvfrom", "strace asks the machine for the name of an interface"),
    ("getsockname", "strace asks the machine for the name of an interface"),
    // Larger structs than this kernel's: strace prints the bytes behind it.
    ("clone3", "sizes beyond the struct"),
    ("openat2", "sizes beyond the struct"),
    ("mount_setattr", "sizes beyond the struct"),
    ("landlock_create_ruleset", "sizes beyond the struct, rights younger than strace"),
    ("landlock_add_rule", "rights younger than strace"),
    ("sched_setattr", "sizes beyond the struct, fields hidden by flags"),
    ("sched_getattr", "sizes beyond the struct, fields hidden by flags"),
    ("name_to_handle_at", "handles longer than a string may be"),
    ("open_by_handle_at", "handles longer than a string may be"),
    ("shmget", "the size of a huge page in the flags"),
    ("uname", "names without an end"),
    // Values that no kernel returns.
    ("statx", "attributes and masks younger than strace"),
    ("rt_sigaction", "flags younger than strace"),
    ("getcwd", "a result that does not fit the string"),
    ("getdents", "a result that does not fit the entries"),
    ("getdents64", "a result that does not fit the entries"),
    ("wait4", "statuses of more than 16 bits"),
    ("waitid", "signals and errors out of range"),
    ("rt_sigqueueinfo", "signals and errors out of range"),
    ("rt_tgsigqueueinfo", "signals and errors out of range"),
    ("rt_sigtimedwait", "signals and errors out of range"),
    ("pidfd_send_signal", "signals and errors out of range"),
    ("rt_sigpending", "sets of less than eight bytes"),
    ("sched_setaffinity", "sets of gigabytes"),
    ("sched_getaffinity", "sets of gigabytes"),
    ("setgroups", "more groups than there can be"),
    ("io_getevents", "a null pointer in an event is 0"),
    ("io_pgetevents", "a null pointer in an event is 0"),
    ("poll", "a result without a descriptor"),
    ("ppoll", "a result without a descriptor"),
    ("select", "a time left that can't be read"),
    ("pselect6", "a time left that can't be read"),
    ("sendmmsg", "more messages sent than there were"),
    ("recvmmsg", "more messages received than there was room for"),
    ("socketpair", "protocols of more than 32 bits"),
    ("pipe", "an array of which half can be read"),
    ("pipe2", "an array of which half can be read"),
    ("mmap", "a mapping that is neither shared nor private"),
    ("remap_file_pages", "a mapping that is neither shared nor private"),
    ("move_pages", "a count of zero"),
    ("set_mempolicy_home_node", "a null address"),
    ("fanotify_init", "two classes at once"),
    ("fsconfig", "commands that do not exist"),
    ("futex", "operations that do not exist"),
    ("restart_syscall", "strace names the call before, which is not the call's own"),
];

fn guest(dir: &Path, calls: &[sweep::Call], page: &Page) {
    let mut bytes = Vec::new();
    for (nr, args) in calls {
        bytes.extend_from_slice(&nr.to_le_bytes());
        args.iter().for_each(|arg| bytes.extend_from_slice(&arg.to_le_bytes()));
    }
    bytes.extend_from_slice(&u64::MAX.to_le_bytes());
    fs::write(dir.join("calls.bin"), bytes).unwrap();
    fs::write(dir.join("page.bin"), page.bytes()).unwrap();
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/strace/guest.S");
    let built = Command::new("gcc")
        .args([
            "-nostdlib",
            "-static",
            "-Wl,--section-start=.page=0x10000000",
            "-o",
            "guest",
            source,
        ])
        .current_dir(dir)
        .status()
        .unwrap();
    assert!(built.success(), "gcc can't build the guest");
}

fn strace(dir: &Path, pretend: &str, verbose: bool) -> Vec<String> {
    let inject = format!("inject=!execve,exit_group:{pretend}");
    let run = Command::new("strace")
        .args(if verbose { &["-v"][..] } else { &[] })
        .args(["-a0", "-e", "signal=none", "-o", "lines", "-e", &inject, "./guest"])
        .stderr(std::process::Stdio::null())
        .current_dir(dir)
        .status()
        .unwrap();
    assert!(run.success(), "strace failed: {run}");
    let lines = fs::read(dir.join("lines")).unwrap();
    let lines = String::from_utf8_lossy(&lines);
    let lines = lines.lines().skip(1).map(|l| l.trim_end_matches(" (INJECTED)").to_owned());
    let mut lines: Vec<String> = lines.collect();
    // The guest's own end.
    lines.truncate(lines.len() - 2);
    lines
}

fn tools_are_there() -> bool {
    let there = |tool: &str| Command::new(tool).arg("--version").output().is_ok();
    let all = there("strace") && there("gcc");
    if !all {
        eprintln!("SKIPPED: strace and gcc are needed to compare with strace");
    }
    all
}

#[test]
fn every_line_of_the_sweep_is_straces() {
    agrees("short", false);
}

#[test]
fn every_line_in_full_is_straces() {
    agrees("full", true);
}

fn agrees(name: &str, verbose: bool) {
    if !tools_are_there() {
        return;
    }
    let dir = std::env::temp_dir().join(format!("syscalls-sweep-{name}-{}", std::process::id()));
    fs::create_dir_all(&dir).unwrap();
    let (page, places) = Page::build();
    let mut calls = sweep::calls(&places);
    // Nothing is left out of a line in full, so no thousands there.
    calls.retain(|call| !verbose || sweep::elements(call) <= 64);
    guest(&dir, &calls, &page);
    let mut differing: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let style = Style { verbose, ..Style::default() };
    let (mut compared, mut equal) = (0, 0);
    // A success shows most; the rest differs in what short lines show as well.
    let results = if verbose { &RESULTS[1..2] } else { RESULTS };
    for (pretend, result) in results {
        let lines = strace(&dir, pretend, verbose);
        assert_eq!(lines.len(), calls.len(), "one line a call");
        for ((nr, args), line) in calls.iter().zip(&lines) {
            let ours = render(*nr, args, Some(*result), &page, &style);
            let ours = ours.trim_end();
            compared += 1;
            if ours == line.trim_end() {
                equal += 1;
            } else {
                let name = syscalls::syscall(*nr).unwrap().name;
                differing.entry(name).or_default().push(format!("strace {line}\n  ours {ours}"));
            }
        }
    }
    fs::remove_dir_all(&dir).unwrap();
    let mut report = format!("{equal} of {compared} lines are equal\n");
    for (name, lines) in &differing {
        report.push_str(&format!("== {name}: {} differ\n", lines.len()));
        lines.iter().take(3).for_each(|line| report.push_str(&format!("  {line}\n")));
    }
    if let Ok(path) = std::env::var("SWEEP_REPORT") {
        let all: Vec<String> = differing.values().flatten().cloned().collect();
        fs::write(path, format!("{report}\n{}", all.join("\n"))).unwrap();
    }
    eprintln!("{report}");
    let known = || KNOWN.iter().map(|(call, _)| *call);
    let unexpected: Vec<_> =
        differing.keys().filter(|name| !known().any(|known| known == **name)).collect();
    assert!(unexpected.is_empty(), "differ from strace: {unexpected:?}");
    let stale: Vec<_> = known().filter(|known| !differing.contains_key(known)).collect();
    assert!(verbose || stale.is_empty(), "no longer differ, take them off the list: {stale:?}");
    assert!(equal * 100 >= compared * 92, "only {equal} of {compared} lines are equal");
}
