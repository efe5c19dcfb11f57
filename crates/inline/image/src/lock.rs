//! A lock for tables: held for a few hundred instructions, never while the program's code or a
//! handler runs.
//!
//! Lock order: there is one such lock ([`TABLES`]) and nothing is taken under it. Its holder is on a
//! context's stack (signals are deferred there, and deferring takes no lock) or in `on_sigsys` (all
//! signals are blocked), so it can't be interrupted by a second taker of the same thread. `fork`
//! takes it, so that the child finds the tables whole.

use core::sync::atomic::{AtomicBool, Ordering};

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
