//! What happens to the tasks of a run, beside their calls.

use crate::Pid;

/// How a process ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// It called `exit_group` (or its last thread `exit`) with this status, 0 to 255.
    Code(i32),
    /// A signal killed it; whether it left a core.
    Signal(i32, bool),
}

/// An event of the process tree, told in the order in which the kernel tells it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event<'a> {
    /// A process is under us now: the first one, or attached.
    Start {
        /// The process.
        pid: Pid,
    },
    /// A new process: `fork`, `vfork`, or `clone` without `CLONE_THREAD`.
    Fork {
        /// Who called.
        parent: Pid,
        /// The new process.
        child: Pid,
        /// The child shares its parent's file descriptor table (`CLONE_FILES`).
        shares_fds: bool,
    },
    /// A new thread of a process.
    Thread {
        /// The process.
        pid: Pid,
        /// The new thread.
        tid: Pid,
    },
    /// A process runs another program now; threads other than the caller are gone, close-on-exec
    /// descriptors are closed.
    Exec {
        /// The process, and by now its only thread.
        pid: Pid,
    },
    /// A signal is about to be delivered to a task.
    Signal {
        /// The process.
        pid: Pid,
        /// The task.
        tid: Pid,
        /// The signal's number.
        signal: i32,
        /// The raw `siginfo_t`.
        info: &'a [u8; 128],
    },
    /// A task stopped (group-stop) by this signal.
    Stopped {
        /// The process.
        pid: Pid,
        /// The task.
        tid: Pid,
        /// The signal's number.
        signal: i32,
    },
    /// A thread ended and its process lives on.
    ThreadExit {
        /// The process.
        pid: Pid,
        /// The thread that is gone.
        tid: Pid,
    },
    /// A process ended.
    Exit {
        /// The process that is gone.
        pid: Pid,
        /// How.
        exit: Exit,
    },
}
