//! The native stack on which a scan runs its script, so that a `yield` in `each` can wait for the
//! host wherever it stands, also below native code that called a block.
//!
//! # Safety
//! The yielder is used only by [`Coroutine::wait`], which is only called on the coroutine's own
//! stack (the sink checks that the running scan is its own), while the body, which owns the yielder,
//! has not returned. A coroutine that is dropped in the middle is leaked: unwinding it would go
//! through C.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ptr;

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine as Native, CoroutineResult, Yielder};

/// Bytes of each stack; only what is touched costs memory.
pub(crate) const STACK: usize = 512 * 1024;

/// A function on a stack of its own that can wait in the middle.
pub(crate) struct Coroutine<R: 'static>(Option<Native<(), (), R, DefaultStack>>);

/// Where the function waits.
#[derive(Debug)]
pub(crate) struct Gate(Cell<*const Yielder<(), ()>>);

impl Default for Gate {
    fn default() -> Self {
        Gate(Cell::new(ptr::null()))
    }
}

impl Gate {
    /// Gives control back to whoever resumed, until it is resumed again.
    pub(crate) fn wait(&self) {
        let yielder = self.0.get();
        assert!(!yielder.is_null(), "only a running coroutine waits");
        // SAFETY: see the module.
        unsafe { (*yielder).suspend(()) }
    }
}

/// What became of a resumed coroutine.
pub(crate) enum Step<R> {
    /// It waits at its gate.
    Waits,
    /// It is done; the stack can be used again.
    Done(R, DefaultStack),
}

impl<R: 'static> Coroutine<R> {
    /// A function, not started yet.
    pub(crate) fn new(
        stack: DefaultStack,
        body: impl FnOnce(&dyn Fn(&Gate)) -> R + 'static,
    ) -> Self {
        let native = Native::with_stack(stack, move |yielder: &Yielder<(), ()>, ()| {
            body(&|gate: &Gate| gate.0.set(ptr::from_ref(yielder)))
        });
        Coroutine(Some(native))
    }

    /// Runs it until it waits or ends. `body` must not panic: there is no unwinding out of it.
    pub(crate) fn resume(&mut self) -> Option<Step<R>> {
        let mut native = self.0.take()?;
        match native.resume(()) {
            CoroutineResult::Yield(()) => {
                self.0 = Some(native);
                Some(Step::Waits)
            }
            CoroutineResult::Return(result) => Some(Step::Done(result, native.into_stack())),
        }
    }

    /// Whether it has been started and is not done.
    pub(crate) fn is_waiting(&self) -> bool {
        self.0.as_ref().is_some_and(Native::started)
    }
}

impl<R: 'static> Drop for Coroutine<R> {
    fn drop(&mut self) {
        if self.is_waiting() {
            std::mem::forget(self.0.take());
        }
    }
}
