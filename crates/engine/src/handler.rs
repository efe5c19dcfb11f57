//! Who decides what becomes of a call.

use crate::{CallSet, Event, Guest, Pid};

/// What a handler decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Before a [`Guest::proceed`]: the kernel is asked, with [`Guest::call`] as it is now, and
    /// nobody looks at the result (the fast way). After one: the kernel's last result stands.
    Pass,
    /// The program sees this result (`-errno` for an error); the kernel is not asked (again).
    Return(i64),
}

/// A handler of system calls and of what happens to the processes that make them.
///
/// Entered again while an earlier call is suspended in [`Guest::proceed`] or [`Guest::sleep`]:
/// hence `&self`.
pub trait Handler {
    /// The calls that [`Handler::call`] wants to see. Asked once before the program starts, and
    /// again after each [`Handler::tick`] by engines that can change their mind (attach).
    fn calls(&self) -> CallSet;

    /// A task makes a call of [`Handler::calls`].
    fn call(&self, guest: &mut dyn Guest) -> Verdict;

    /// Calls of a task that are suspended in [`Guest::proceed`] or [`Guest::sleep`] will never go
    /// on: the task died, or left them behind (`exit`, `execve` of another thread, `siglongjmp`).
    /// Of its suspended calls the `kept` outermost remain; the stacks of the others are thrown away
    /// without unwinding, so no destructor on them runs.
    fn abandoned(&self, tid: Pid, kept: usize) {
        let _ = (tid, kept);
    }

    /// Something happened to the process tree.
    fn event(&self, event: &Event<'_>);

    /// When [`Handler::tick`] wants to be called next, in nanoseconds of `CLOCK_MONOTONIC`.
    fn deadline(&self) -> Option<u64> {
        None
    }

    /// The deadline has passed, or a caller's wake-up came.
    fn tick(&self) {}

    /// True when the handler wants the program left alone: an attached engine detaches, a started
    /// program is killed (`--on-error abort`).
    fn finished(&self) -> bool {
        false
    }
}
