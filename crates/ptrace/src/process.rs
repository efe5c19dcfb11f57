//! What `/proc` knows of a task.

use std::fs;

/// One line of `/proc/TID/status`, by its name.
fn status(tid: i32, name: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{tid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    Some(line.trim().to_owned())
}

/// The process of a task.
pub fn tgid(tid: i32) -> Option<i32> {
    status(tid, "Tgid")?.parse().ok()
}

/// Who traces a task; 0 is nobody.
pub fn tracer(tid: i32) -> Option<i32> {
    status(tid, "TracerPid")?.parse().ok()
}

/// The real user of a task.
pub fn uid(tid: i32) -> Option<u32> {
    status(tid, "Uid")?.split_whitespace().next()?.parse().ok()
}

/// Whether a task has ended and only waits to be reaped.
pub fn is_zombie(tid: i32) -> bool {
    status(tid, "State").is_some_and(|state| state.starts_with(['Z', 'X']))
}

/// Whether the program has a handler for a signal.
pub fn catches(tid: i32, signal: i32) -> bool {
    let caught = status(tid, "SigCgt").and_then(|set| u64::from_str_radix(&set, 16).ok());
    caught.is_some_and(|set| set >> (signal - 1) & 1 != 0)
}

/// Whether this process has `CAP_SYS_PTRACE`.
pub fn may_trace_all() -> bool {
    const CAP_SYS_PTRACE: u32 = 19;
    let ours = status(std::process::id() as i32, "CapEff");
    let set = ours.and_then(|set| u64::from_str_radix(&set, 16).ok());
    set.is_some_and(|set| set >> CAP_SYS_PTRACE & 1 != 0)
}

/// The strictness of Yama, where the kernel has it.
pub fn yama_scope() -> Option<u8> {
    fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").ok()?.trim().parse().ok()
}

/// The living children of all threads of a process.
pub fn children(pid: i32) -> Vec<i32> {
    let of = |tid| fs::read_to_string(format!("/proc/{pid}/task/{tid}/children"));
    let lists: Vec<String> = threads(pid).into_iter().filter_map(|tid| of(tid).ok()).collect();
    lists
        .iter()
        .flat_map(|list| list.split_whitespace())
        .filter_map(|pid| pid.parse().ok())
        .collect()
}

/// All threads of a process.
pub fn threads(pid: i32) -> Vec<i32> {
    let Ok(entries) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
}
