//! The two locks.
//!
//! [`HANDLERS`] is held while Ruby runs: there is one VM in a process. It is given away while the
//! kernel is asked or a handler sleeps, so a blocked call stops nobody. Its holder is on a context's
//! stack, where signals are deferred; so the same thread never asks for it twice.
//!
//! [`TABLES`] is held for a few hundred instructions, never while the program's code or a handler
//! runs.
//!
//! Lock order: [`HANDLERS`], then [`TABLES`], under which nothing is taken. The holder of `TABLES` is on a
//! context's stack (signals are deferred there, and deferring takes no lock) or in `on_sigsys` (all
//! signals are blocked), so it can't be interrupted by a second taker of the same thread. `fork`
//! takes both, so that the child finds everything whole.
//!
//! # Safety
//! The futex calls name memory of ours.
#![allow(unsafe_code)]

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use crate::kernel::{self, nr};

/// Sites, patches, trampolines.
pub static TABLES: Lock = Lock(AtomicBool::new(false));

/// A spin lock.
pub struct Lock(AtomicBool);

impl Lock {
    /// Takes it; given back when the guard is dropped.
    pub fn take(&self) -> Guard<'_> {
        while self.0.swap(true, Ordering::Acquire) {
            core::hint::spin_loop();
        }
        Guard(self)
    }
}

/// The lock is held.
pub struct Guard<'a>(&'a Lock);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Release);
    }
}

/// Who may enter the handlers.
pub static HANDLERS: Turn = Turn { state: AtomicU32::new(0), holder: AtomicU64::new(0) };

/// A lock that sleeps. 0: free, 1: taken, 2: taken and somebody waits.
pub struct Turn {
    state: AtomicU32,
    holder: AtomicU64,
}

impl Turn {
    /// Waits for its turn, for the context at this address.
    pub fn enter(&self, context: u64) {
        let free = |state| {
            self.state.compare_exchange(0, state, Ordering::Acquire, Ordering::Relaxed).is_ok()
        };
        let soon = (0..200).any(|_| {
            let entered = free(1);
            if !entered {
                core::hint::spin_loop();
            }
            entered
        });
        if !soon {
            while self.state.swap(2, Ordering::Acquire) != 0 {
                self.futex(128, 2); // FUTEX_WAIT_PRIVATE
            }
        }
        self.holder.store(context, Ordering::Relaxed);
    }

    /// Gives it away.
    pub fn leave(&self) {
        self.holder.store(0, Ordering::Relaxed);
        if self.state.swap(0, Ordering::Release) == 2 {
            self.futex(129, 1); // FUTEX_WAKE_PRIVATE
        }
    }

    /// Gives it away if it is this context's. Whether it was.
    pub fn leave_if(&self, context: u64) -> bool {
        let mine = self.holder.load(Ordering::Relaxed) == context;
        if mine {
            self.leave();
        }
        mine
    }

    fn futex(&self, operation: u64, value: u64) {
        // SAFETY: see the module.
        unsafe { kernel::call(nr::FUTEX, &[self.state.as_ptr() as u64, operation, value, 0]) };
    }
}
