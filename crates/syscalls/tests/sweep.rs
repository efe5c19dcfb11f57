//! Every call, every argument through all its values: the lines are Debian strace's, byte for byte.
//!
//! A guest of twenty instructions makes the calls with `strace -e inject=all`, which tells strace
//! to skip each call and pretend a result: nothing is executed, nothing depends on the machine. Our
//! side renders the same calls over the same memory image. Skipped, loudly, where strace or a C
//! compiler is missing.

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
        .args(["-nostdlib", "-static", "-Wl,--section-start=.page=0x10000000", "-o", "guest", source])
        .current_dir(dir)
        .status()
        .unwrap();
    assert!(built.success(), "gcc can't build the guest");
}

fn strace(dir: &Path, pretend: &str) -> Vec<String> {
    let inject = format!("inject=!execve,exit_group:{pretend}");
    let run = Command::new("strace")
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
    if !tools_are_there() {
        return;
    }
    let dir = std::env::temp_dir().join(format!("syscalls-sweep-{}", std::process::id()));
    fs::create_dir_all(&dir).unwrap();
    let (page, places) = Page::build();
    let calls = sweep::calls(&places);
    guest(&dir, &calls, &page);
    let mut differing: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let (mut compared, mut equal) = (0, 0);
    for (pretend, result) in RESULTS {
        let lines = strace(&dir, pretend);
        assert_eq!(lines.len(), calls.len(), "one line a call");
        for ((nr, args), line) in calls.iter().zip(&lines) {
            let ours = render(*nr, args, Some(*result), &page, &Style::default());
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
    assert!(differing.is_empty(), "{} calls differ from strace", differing.len());
}
