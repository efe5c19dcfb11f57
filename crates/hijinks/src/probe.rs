//! Small questions to the kernel, answered by trying.
//!
//! # Safety
//! `fork` in a process with threads leaves the child with one thread and whatever locks the others
//! held: between `fork` and `_exit` the children here make system calls and nothing else.
#![allow(unsafe_code)]

use std::fs;
use std::io;

/// Whether we are root in this user namespace.
#[must_use]
pub fn root() -> bool {
    // SAFETY: geteuid has no arguments and can't fail.
    unsafe { libc::geteuid() == 0 }
}

/// Who traces us, if anybody.
#[must_use]
pub fn tracer() -> Option<i32> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let pid = status.lines().find_map(|line| line.strip_prefix("TracerPid:"))?;
    pid.trim().parse().ok().filter(|pid| *pid != 0)
}

/// Tries to trace a child.
///
/// # Errors
/// What `ptrace(PTRACE_SEIZE)` answers.
pub fn ptrace() -> io::Result<()> {
    // SAFETY: the child only waits to be killed.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => loop {
            // SAFETY: no memory is touched.
            unsafe { libc::pause() };
        },
        child => {
            // SAFETY: the arguments are a pid and numbers; no memory is passed.
            let seized = unsafe { libc::ptrace(libc::PTRACE_SEIZE, child, 0, 0) };
            let outcome = if seized == 0 { Ok(()) } else { Err(io::Error::last_os_error()) };
            // SAFETY: `child` is our own child and not yet waited for, so the pid is not reused.
            unsafe { libc::kill(child, libc::SIGKILL) };
            // SAFETY: a null status pointer is allowed.
            unsafe { libc::waitpid(child, std::ptr::null_mut(), libc::__WALL) };
            outcome
        }
    }
}

/// Tries to install a filter (that allows everything) in a child.
///
/// # Errors
/// What `prctl(PR_SET_SECCOMP)` answers.
pub fn seccomp() -> io::Result<()> {
    const ALLOW_ALL: libc::sock_filter =
        libc::sock_filter { code: 0x06, jt: 0, jf: 0, k: libc::SECCOMP_RET_ALLOW };
    // SAFETY: the child makes system calls on its own stack's data and exits.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            let mut program = [ALLOW_ALL];
            let filter = libc::sock_fprog { len: 1, filter: program.as_mut_ptr() };
            // SAFETY: prctl with numbers.
            unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
            // SAFETY: `filter` lives across the call.
            let done = unsafe { libc::prctl(libc::PR_SET_SECCOMP, 2, &raw const filter) };
            let errno =
                if done == 0 { 0 } else { io::Error::last_os_error().raw_os_error().unwrap_or(1) };
            // SAFETY: _exit runs no handlers of the parent's.
            unsafe { libc::_exit(errno) }
        }
        child => {
            let mut status = 0;
            // SAFETY: `status` is valid for the kernel's write.
            unsafe { libc::waitpid(child, &raw mut status, 0) };
            match libc::WEXITSTATUS(status) {
                _ if !libc::WIFEXITED(status) => Err(io::Error::other("the child was killed")),
                0 => Ok(()),
                errno => Err(io::Error::from_raw_os_error(errno)),
            }
        }
    }
}
