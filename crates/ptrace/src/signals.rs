//! The supervisor's own signals: the terminal's belong to the program, `kill`'s are passed on, and
//! when the program's job stops we stop with it, so that the shell's `fg` and `bg` work.
//!
//! # Safety
//! Handlers make async-signal-safe calls only. Dispositions are the process's; they are put back
//! when the run ends, and in the child before it executes the program.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use libc::{
    SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2, c_int,
    c_void,
};

/// The process that gets what is sent to us.
static PROGRAM: AtomicI32 = AtomicI32::new(0);

/// For those who touch the terminal from the background: it is the program's to stop then.
const IGNORED: [c_int; 2] = [SIGTTIN, SIGTTOU];
/// People and service managers send them to us and mean the program.
const FORWARDED: [c_int; 7] = [SIGINT, SIGQUIT, SIGTSTP, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2];
/// Somebody asked us to leave the program alone.
static LEAVE: AtomicBool = AtomicBool::new(false);

const CHANGED: usize = IGNORED.len() + FORWARDED.len() + 1;

extern "C" fn forward(signal: c_int, info: *mut libc::siginfo_t, _context: *mut c_void) {
    let program = PROGRAM.load(Ordering::Relaxed);
    // SAFETY: the kernel passes a siginfo to an SA_SIGINFO handler.
    let by_kernel = unsafe { (*info).si_code } > 0;
    // What the terminal sends, it sends to the whole group: the program has it already.
    if program > 0 && !by_kernel {
        // SAFETY: async-signal-safe.
        unsafe { libc::kill(program, signal) };
    }
}

extern "C" fn leave(_signal: c_int) {
    LEAVE.store(true, Ordering::Relaxed);
    crate::alarm::ring_now();
}

fn action(handler: usize, flags: c_int) -> libc::sigaction {
    // SAFETY: plain data; all fields that matter are set.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = handler;
    action.sa_flags = flags;
    action
}

/// The dispositions that were there before a run.
pub struct Dispositions([(c_int, libc::sigaction); CHANGED]);

impl Dispositions {
    /// Those of a supervisor that attached: it leaves when it is told to end.
    pub fn leave_when_told() -> Self {
        LEAVE.store(false, Ordering::Relaxed);
        let dispositions = Self::set();
        let leave = action(leave as *const () as usize, 0);
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // SAFETY: lives here.
            unsafe { libc::sigaction(signal, &raw const leave, ptr::null_mut()) };
        }
        for signal in [SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU] {
            let default = action(libc::SIG_DFL, 0);
            // SAFETY: lives here.
            unsafe { libc::sigaction(signal, &raw const default, ptr::null_mut()) };
        }
        dispositions
    }

    /// Those of a supervisor that started a program.
    pub fn set() -> Self {
        let ignore = action(libc::SIG_IGN, 0);
        let pass_on = action(forward as *const () as usize, libc::SA_SIGINFO | libc::SA_RESTART);
        let ignored = IGNORED.map(|signal| (signal, ignore));
        let forwarded = FORWARDED.map(|signal| (signal, pass_on));
        // An inherited SIG_IGN would make the kernel reap children in our place; and nobody needs a
        // signal at every stop.
        let child = (SIGCHLD, action(libc::SIG_DFL, libc::SA_NOCLDSTOP));
        let mut new = ignored.into_iter().chain(forwarded).chain([child]);
        Dispositions(std::array::from_fn(|_| {
            let (signal, new) = new.next().expect("as many as CHANGED says");
            let mut old = action(libc::SIG_DFL, 0);
            // SAFETY: both live here.
            unsafe { libc::sigaction(signal, &raw const new, &raw mut old) };
            // Who started us with a signal ignored (nohup) wants it ignored.
            if FORWARDED.contains(&signal) && old.sa_sigaction == libc::SIG_IGN {
                // SAFETY: as above.
                unsafe { libc::sigaction(signal, &raw const old, ptr::null_mut()) };
            }
            (signal, old)
        }))
    }

    /// Names the process that signals are passed on to.
    pub fn forward_to(&self, pid: i32) {
        PROGRAM.store(pid, Ordering::Relaxed);
    }

    /// Puts them back. Async-signal-safe, for the child of a `fork`.
    pub fn restore(&self) {
        for (signal, old) in &self.0 {
            // SAFETY: `old` lives in self.
            unsafe { libc::sigaction(*signal, &raw const *old, ptr::null_mut()) };
        }
    }
}

impl Drop for Dispositions {
    fn drop(&mut self) {
        PROGRAM.store(0, Ordering::Relaxed);
        self.restore();
    }
}

/// Whether somebody asked us to leave, since the last time.
pub fn told_to_leave() -> bool {
    LEAVE.swap(false, Ordering::Relaxed)
}

/// Only descendants are left: Ctrl-C is for us again.
pub fn first_process_ended() {
    PROGRAM.store(0, Ordering::Relaxed);
    for signal in FORWARDED {
        let default = action(libc::SIG_DFL, 0);
        // SAFETY: lives here.
        unsafe { libc::sigaction(signal, &raw const default, ptr::null_mut()) };
    }
}

/// The program's first process stopped: the shell that started us must see its job stop. Nobody
/// does where there is no terminal, and a stopped supervisor would only be in the way.
pub fn stop_with_the_job(signal: c_int) {
    let path = c"/dev/tty";
    // SAFETY: a NUL-terminated path; the descriptor is closed below.
    let tty = unsafe { libc::open(path.as_ptr(), libc::O_RDWR | libc::O_CLOEXEC) };
    if tty < 0 {
        return;
    }
    // SAFETY: numbers only.
    let foreground = unsafe { libc::tcgetpgrp(tty) == libc::getpgrp() };
    // SAFETY: ours.
    unsafe { libc::close(tty) };
    if foreground || [SIGTSTP, SIGTTIN, SIGTTOU].contains(&signal) {
        // SAFETY: stops this process until SIGCONT.
        unsafe { libc::raise(libc::SIGSTOP) };
    }
}
