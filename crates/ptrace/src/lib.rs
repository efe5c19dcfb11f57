//! The ptrace engine: a supervisor process stops a program at its system calls.
//!
//! It works on anything: static programs, Go, raw assembly, processes that already run. Start
//! reading at `supervisor.rs` (the event loop), then `guest.rs` (what a handler sees), `restart.rs`
//! (calls and signals), `inject.rs` (calls made in the program's place).
//!
//! * [`run`] starts a program under a seccomp filter that stops it at hooked calls only: everything
//!   else runs at the kernel's speed. If the supervisor dies, the program is killed with it: its
//!   filter would leave it without hooked calls otherwise.
//! * [`attach()`] takes over a process that runs, stops at all of its calls, and leaves no trace.
//! * A task is a value that is given away when it is resumed (`tracee.rs`), a handler's invocation
//!   is a coroutine on a native stack of its own (`routine.rs`).
//!
//! All of a run happens in the thread that called; several threads may each have a run.
#![deny(unsafe_code)]

mod alarm;
mod attach;
mod error;
mod filter;
mod guest;
mod inject;
mod launch;
mod memory;
mod process;
mod program;
mod restart;
mod routine;
mod shared;
mod signals;
mod supervisor;
mod sys;
mod task;
mod tracee;

use engine::{CallSet, Exit, Handler};

pub use alarm::Waker;
pub use error::Error;
pub use program::Program;

use launch::{Child, Failed};
use shared::{Mode, Shared};
use supervisor::{Launch, Supervisor};

/// What may be chosen for a run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Lets the program use `io_uring`, whose work no engine sees; otherwise `io_uring_setup`
    /// answers `ENOSYS` and programs fall back.
    pub allow_io_uring: bool,
    /// Through which [`Handler::tick`] can be called from elsewhere.
    pub waker: Waker,
}

/// Runs a program and everything that it starts under a handler, until the last of its processes
/// has ended, and says how the first one did.
///
/// # Errors
/// If the program can't be started; [`Error::exit_status`] is what a shell would answer.
pub fn run(program: &Program, handler: &dyn Handler, options: &Options) -> Result<Exit, Error> {
    let path = program.find()?;
    let image = program.image(&path)?;
    let mut hooked = handler.calls();
    hooked.remove(supervisor::NEVER_SHOWN);
    let mut refused = CallSet::EMPTY;
    if !options.allow_io_uring {
        refused.insert(libc::SYS_io_uring_setup as u64);
    }
    let alarm = alarm(options)?;
    let dispositions = signals::Dispositions::set();
    let mut child = Child::fork(&image, &hooked, &refused, &dispositions)?;
    dispositions.forward_to(child.pid);

    let shared = Shared::new(handler, Mode::Filter, refused);
    let mut supervisor = Supervisor::new(&shared, hooked, alarm, child.pid);
    supervisor.begin();
    child.go();
    let (exit, launch) = supervisor.serve();
    if launch != Launch::Done
        && let Some((failed, cause)) = child.failure()
    {
        return Err(failure(program, path, failed, cause));
    }
    exit.ok_or_else(|| resources("children")(libc::ECHILD))
}

/// How an attachment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The process ended.
    Exit(Exit),
    /// We left it (Ctrl-C, or the handler is [`Handler::finished`]); it goes on without us.
    Detached,
}

/// Takes over a process that runs already, all its threads and descendants, until they have ended
/// or we leave. `SIGINT`, `SIGTERM` and `SIGHUP` make us leave; if we are killed (`SIGKILL`), the
/// kernel lets the process go on.
///
/// # Errors
/// If the process can't be traced.
pub fn attach(pid: i32, handler: &dyn Handler, options: &Options) -> Result<Ended, Error> {
    attach::check(pid)?;
    let alarm = alarm(options)?;
    alarm.ring_on_signal();
    let _dispositions = signals::Dispositions::leave_when_told();
    let shared = Shared::new(handler, Mode::Syscalls, CallSet::EMPTY);
    let mut supervisor = Supervisor::new(&shared, handler.calls(), alarm, pid);
    supervisor.seize(pid)?;
    let (exit, _) = supervisor.serve();
    Ok(exit.map_or(Ended::Detached, Ended::Exit))
}

fn alarm(options: &Options) -> Result<alarm::Alarm, Error> {
    alarm::Alarm::new(options.waker.clone()).map_err(resources("timer"))
}

fn resources(what: &'static str) -> impl Fn(i32) -> Error {
    move |errno| Error::Resources { what, cause: std::io::Error::from_raw_os_error(errno) }
}

fn failure(
    program: &Program,
    path: std::path::PathBuf,
    failed: Failed,
    cause: std::io::Error,
) -> Error {
    match (failed, cause.raw_os_error()) {
        (Failed::Directory, _) => {
            Error::Directory { path: program.directory.clone().unwrap_or_default(), cause }
        }
        (Failed::Filter, _) => Error::NoSeccomp(cause),
        (Failed::Execute, Some(libc::ENOENT)) if path.exists() => Error::NotExecutable {
            path,
            reason: "the interpreter that it names is not there".into(),
        },
        (Failed::Execute, Some(libc::ENOENT)) => {
            Error::NotFound { program: program.name.to_string_lossy().into_owned() }
        }
        (Failed::Execute, Some(libc::ENOEXEC)) => Error::NotExecutable {
            path,
            reason: "it is no program for this machine, nor a script with a #! line".into(),
        },
        (Failed::Execute, _) => {
            Error::NotExecutable { path, reason: cause.to_string().to_lowercase() }
        }
    }
}
