//! How a call that does not end is ended: by its time, by `RUBY.KILL`, by the module's end.
//!
//! The VM asks every few thousand instructions. On the server's thread the question is also the
//! moment to let the server look after its other clients (7.0 and later): it answers them `-BUSY`
//! once the call has taken longer than `busy-reply-threshold`, but lets `RUBY.KILL` through.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mruby::Vm;

use crate::runtime::State;

/// About 40 µs of Ruby.
const EVERY: u64 = 10_000;

/// What other threads may say to a VM, and ask about it.
#[derive(Debug, Default)]
pub struct Control {
    /// The call that runs shall end.
    kill: AtomicBool,
    /// A call runs.
    running: AtomicBool,
    /// It has called a command that writes.
    wrote: AtomicBool,
    /// How many were ended so far.
    killed: AtomicU64,
}

impl Control {
    /// A call begins.
    pub fn begin(&self) {
        self.kill.store(false, Ordering::Relaxed);
        self.wrote.store(false, Ordering::Relaxed);
        self.running.store(true, Ordering::Release);
    }

    /// It is over.
    pub fn end(&self) {
        self.running.store(false, Ordering::Relaxed);
    }

    /// A command that writes was called.
    pub fn writes(&self) {
        self.wrote.store(true, Ordering::Relaxed);
    }

    /// Whether it has written, as far as we know.
    pub fn wrote(&self) -> bool {
        self.wrote.load(Ordering::Relaxed)
    }

    /// Whether a call runs.
    pub fn is_running(&self) -> bool {
        self.running.load(Ordering::Acquire)
    }

    /// Ends what runs.
    pub fn kill(&self) {
        self.kill.store(true, Ordering::Relaxed);
        self.killed.fetch_add(1, Ordering::Relaxed);
    }

    /// How often that was asked for.
    pub fn killed(&self) -> u64 {
        self.killed.load(Ordering::Relaxed)
    }

    /// Whether it shall end.
    pub fn is_killed(&self) -> bool {
        self.kill.load(Ordering::Relaxed)
    }
}

/// Sets the questions up.
pub fn watch(vm: &Vm, state: &Rc<State>, control: Arc<Control>, limit: Option<Duration>) {
    let state = Rc::clone(state);
    let started = Cell::new((0, Instant::now()));
    vm.set_poll(EVERY, move |_| {
        let now = Instant::now();
        // The first question of a call is where its time starts: reading the clock for each of the
        // short ones would cost more than they do.
        if started.get().0 != state.serial.get() {
            started.set((state.serial.get(), now));
        }
        if control.is_killed() || limit.is_some_and(|limit| now - started.get().1 > limit) {
            return true;
        }
        if let Some(frame) = state.frame()
            && state.pool.is_some()
        {
            frame.context.let_others(c"Ruby is busy. RUBY.KILL ends the call.");
        }
        control.is_killed()
    });
}
