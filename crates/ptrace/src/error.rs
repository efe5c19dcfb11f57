//! Why a program can't be run or attached to, and what to do about it.

use std::io;
use std::path::PathBuf;

/// Why there is nothing to serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No file of that name, or none in `PATH`.
    #[error("{program}: command not found")]
    NotFound {
        /// As it was asked for.
        program: String,
    },
    /// The file is there and is no program for this user.
    #[error("{}: cannot be executed: {reason}", path.display())]
    NotExecutable {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The directory to start in can't be entered.
    #[error("cannot change to the directory {}: {cause}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why not.
        cause: io::Error,
    },
    /// An argument or environment variable contains a NUL byte.
    #[error(
        "an argument or environment variable contains a NUL byte, which no program can be given"
    )]
    Nul,
    /// The kernel has no seccomp filters, or a sandbox around us forbids them.
    #[error(
        "this kernel or sandbox does not allow seccomp filters ({0}); `hijinks doctor` says more, \
         and attaching to a running program works without them"
    )]
    NoSeccomp(io::Error),
    /// `ptrace` is forbidden here.
    #[error(
        "tracing is not allowed here ({0}): in a container, run it with --cap-add=SYS_PTRACE or \
         --security-opt seccomp=unconfined"
    )]
    NoPtrace(io::Error),
    /// No process could be made, or no timer, or no pipe.
    #[error("the system is out of resources: {what}: {cause}")]
    Resources {
        /// What was asked for.
        what: &'static str,
        /// The kernel's answer.
        cause: io::Error,
    },
    /// No process has this id.
    #[error("no process {pid}: it has ended, or never was")]
    NoProcess {
        /// The id.
        pid: i32,
    },
    /// The id is a thread's.
    #[error("{tid} is a thread of process {pid}: attach to {pid}")]
    NotAProcess {
        /// The id that was given.
        tid: i32,
        /// Its process.
        pid: i32,
    },
    /// It is us.
    #[error("process {pid} is this one, and nobody can trace itself")]
    Ourselves {
        /// The id.
        pid: i32,
    },
    /// Another tracer is there.
    #[error(
        "process {pid} is already traced by process {tracer}: end that one (strace, gdb) first"
    )]
    AlreadyTraced {
        /// The process.
        pid: i32,
        /// Who traces it.
        tracer: i32,
    },
    /// Another user's process.
    #[error("process {pid} belongs to user {uid}: become that user, or root")]
    Foreign {
        /// The process.
        pid: i32,
        /// Its real user.
        uid: u32,
    },
    /// Yama's ptrace scope forbids it.
    #[error(
        "process {pid} can't be attached to, because /proc/sys/kernel/yama/ptrace_scope is {scope}: \
         become root, start the program under hijinks, or set the scope to 0"
    )]
    Yama {
        /// The process.
        pid: i32,
        /// The scope.
        scope: u8,
    },
    /// The kernel said no, and we don't know why.
    #[error(
        "process {pid} can't be attached to: {cause} (a set-user-id program, a kernel thread?)"
    )]
    Refused {
        /// The process.
        pid: i32,
        /// The kernel's answer.
        cause: io::Error,
    },
}

impl Error {
    /// The exit status that a shell would give: 127, 126, and 125 for our own troubles.
    #[must_use]
    pub fn exit_status(&self) -> i32 {
        match self {
            Error::NotFound { .. } => 127,
            Error::NotExecutable { .. } => 126,
            _ => 125,
        }
    }
}
