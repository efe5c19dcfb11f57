//! The contract between an engine, which stops a program at its system calls, and a handler, which
//! decides what becomes of them.
//!
//! An engine (`ptrace`, `inline`) implements [`Guest`]: the program as it stands at one call, with
//! registers, memory, and the power to ask the kernel in the program's place. What to do with a
//! call is a [`Handler`]'s business; the Ruby API is one handler, `hijinks trace` another. Words
//! like `file` or `redirect` are written once, above this contract. Nothing here knows Ruby.
//!
//! **A handler is written as straight-line code.** [`Guest::proceed`] and [`Guest::sleep`] block
//! the task that made the call and nobody else: the engine suspends the handler there (its own
//! stack is kept) and serves other tasks meanwhile. Hence [`Handler::call`] takes `&self` and may
//! be entered again, for another task or for a signal handler of the same task, before it returns.
//! No lock or `RefCell` borrow may be held across these two calls.
#![no_std]
extern crate alloc;

mod calls;
mod event;
mod guest;
mod handler;

pub use calls::CallSet;
pub use event::{Event, Exit};
pub use guest::{Call, Frame, Guest, Pid};
pub use handler::{Handler, Verdict};
pub use syscalls::{Addr, Fault, Memory};
