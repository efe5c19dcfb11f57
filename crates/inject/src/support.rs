//! What the engine needs of the machine, and the figures it leaves behind.
//!
//! # Safety
//! The shared part of the image's file is mapped here with the layout that all its users know.
#![allow(unsafe_code)]

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use inline::layout::Shared;

use crate::Stats;

/// Why the inline engine can't be used here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reason {
    /// The processor lacks something that every one since 2013 has.
    Processor(&'static str),
    /// The kernel lacks something.
    Kernel(&'static str),
    /// We are traced, and so would be what we start.
    Traced(i32),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Processor(what) => write!(f, "the processor has no {what}"),
            Reason::Kernel(what) => write!(f, "the kernel has no {what}"),
            Reason::Traced(by) => {
                write!(f, "hijinks is being traced by process {by}, which only one can do")
            }
        }
    }
}

impl std::error::Error for Reason {}

/// Whether the inline engine can be used here, and if not, why.
///
/// # Errors
/// The first [`Reason`] that is found.
pub fn available() -> Result<(), Reason> {
    const FSGSBASE: u64 = 2;
    const SECCOMP_GET_NOTIF_SIZES: u64 = 3;
    if !std::arch::is_x86_feature_detected!("sse4.2") {
        return Err(Reason::Processor("SSE4.2"));
    }
    // SAFETY: reads the auxiliary vector.
    if unsafe { libc::getauxval(libc::AT_HWCAP2) } & FSGSBASE == 0 {
        return Err(Reason::Processor("FSGSBASE, or the kernel (before 5.9) does not use it"));
    }
    let mut sizes = [0u16; 3];
    // SAFETY: the kernel writes three sizes.
    let asked =
        unsafe { libc::syscall(libc::SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, sizes.as_mut_ptr()) };
    if asked != 0 || sizes[0] != 80 {
        return Err(Reason::Kernel("seccomp user notification"));
    }
    if kernel_version() < (5, 19) {
        return Err(Reason::Kernel("seccomp notifications that signals leave alone (before 5.19)"));
    }
    match tracer() {
        0 => Ok(()),
        by => Err(Reason::Traced(by)),
    }
}

fn kernel_version() -> (u32, u32) {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let mut numbers = release.split(['.', '-']).map(|n| n.trim().parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

fn tracer() -> i32 {
    let status = std::fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("TracerPid:"));
    line.and_then(|pid| pid.trim().parse().ok()).unwrap_or(0)
}

/// The figures in the shared part.
pub fn read_stats(shared: *mut u8) -> Stats {
    // SAFETY: mapped by `run`, longer than this, aligned to a page; others only add to atomics.
    let shared = unsafe { &*shared.cast::<Shared>() };
    let get = |figure: &AtomicU64| figure.load(Ordering::Relaxed);
    Stats {
        traps: get(&shared.traps),
        sites: get(&shared.sites),
        patched: get(&shared.patched),
        refused: shared.refused.each_ref().map(get),
        deferred: get(&shared.deferred),
        exhausted: get(&shared.exhausted),
        broken: get(&shared.broken),
        images: get(&shared.images),
        calls: shared.calls.iter().map(get).collect(),
    }
}
