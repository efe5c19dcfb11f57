//! Where an engine is started, and where its exit becomes ours.
//!
//! # Safety
//! Dying of the same signal as the program takes three C functions with plain numbers.
#![allow(unsafe_code)]

use std::ffi::OsString;

use engine::{Exit, Handler};
use ptrace::Program;

use crate::report::Failure;

/// What every command may choose of an engine.
pub use ptrace::Options;

/// Runs a program under a handler until everything that it started is over.
///
/// # Errors
/// [`Failure`] when it can't be started.
pub fn run(words: &[OsString], handler: &dyn Handler, options: &Options) -> Result<Exit, Failure> {
    let program = Program::new(words.to_vec());
    if program.loses_privilege().unwrap_or(false) {
        eprintln!(
            "hijinks: {} is set-user-id or set-group-id and gains nothing while it is traced by an \
             ordinary user: run hijinks as root to let it",
            program.name.display()
        );
    }
    ptrace::run(&program, handler, options).map_err(Failure::from)
}

/// Takes over a running process until it ends or we are interrupted.
///
/// # Errors
/// [`Failure`] when it can't be taken over.
pub fn attach(pid: i32, handler: &dyn Handler, options: &Options) -> Result<(), Failure> {
    ptrace::attach(pid, handler, options).map_err(Failure::from)?;
    Ok(())
}

/// The program's exit as ours: its status, or the same death.
#[must_use]
pub fn status(exit: Exit) -> i32 {
    match exit {
        Exit::Code(code) => code,
        Exit::Signal(signal, _) => die_of(signal),
    }
}

/// A shell tells a program that a signal killed by how its child died: so must we.
fn die_of(signal: i32) -> i32 {
    let limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // The program has left its core, if any; ours would be in its place.
    // SAFETY: the limit lives across the call.
    unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const limit) };
    // SAFETY: the default disposition runs none of our code.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
    // SAFETY: an all-zero set is valid memory for sigemptyset and sigaddset to fill.
    let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: the set is ours.
    unsafe { libc::sigaddset(&raw mut set, signal) };
    // SAFETY: the set lives across the call; no old one is asked for.
    unsafe { libc::sigprocmask(libc::SIG_UNBLOCK, &raw const set, std::ptr::null_mut()) };
    // SAFETY: raise takes a number.
    unsafe { libc::raise(signal) };
    128 + signal
}
