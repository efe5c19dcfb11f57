//! A traced task as a value: [`Stopped`] can be asked and changed, and whoever resumes it gives it
//! away, so that no request ever reaches a running task.
//!
//! A stopped task may be killed at any moment (`SIGKILL`, another thread's `exit_group`); requests
//! then answer `ESRCH`, which is the value [`Gone`] here. Its end is still told by [`wait_any`].

use engine::Exit;

use crate::sys::{self, Regs, SyscallInfo};

/// The task is being killed, or dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

/// What a stopped task should do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Go {
    /// Run until something happens (`PTRACE_CONT`).
    Free,
    /// Run until the next side of a system call (`PTRACE_SYSCALL`).
    ToSyscall,
    /// Run one instruction, or to the first one of a signal handler (`PTRACE_SINGLESTEP`).
    Step,
}

/// A task in a ptrace-stop. Not `Clone`: resuming consumes it.
#[derive(Debug)]
#[must_use = "a stopped task stays stopped until it is resumed"]
pub struct Stopped {
    tid: i32,
}

/// Why a task stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The filter said `SECCOMP_RET_TRACE`.
    Seccomp,
    /// Before or after a call, on `PTRACE_SYSCALL`.
    Syscall,
    /// A signal is about to be delivered.
    Signal(i32),
    /// Group-stop by this signal.
    Group(i32),
    /// `PTRACE_EVENT_STOP` without group-stop: a new task, an interrupt, or `SIGCONT`.
    Trap,
    /// It made a task: `fork`, `vfork` or `clone`.
    Born,
    /// A new program.
    Exec,
    /// Another event, which we did not ask for.
    Other,
}

/// News of a task.
#[derive(Debug)]
pub enum News {
    /// It stopped.
    Stop(Stopped, Stop),
    /// It is no more.
    End(i32, Exit),
}

/// What came of waiting.
#[derive(Debug)]
pub enum Waited {
    /// This.
    News(News),
    /// Nothing yet: a signal for us, or nobody has news.
    Nothing,
    /// There is nobody to wait for.
    Nobody,
}

fn gone<T>(result: Result<T, i32>) -> Result<T, Gone> {
    result.map_err(|errno| {
        debug_assert!(errno == libc::ESRCH, "ptrace: errno {errno}");
        Gone
    })
}

impl Stopped {
    /// The task.
    pub fn tid(&self) -> i32 {
        self.tid
    }

    pub fn regs(&self) -> Result<Regs, Gone> {
        gone(sys::get_regs(self.tid))
    }

    pub fn set_regs(&self, regs: &Regs) -> Result<(), Gone> {
        gone(sys::set_regs(self.tid, regs))
    }

    /// Sets the result register alone.
    pub fn set_result(&self, value: i64) -> Result<(), Gone> {
        gone(sys::set_rax(self.tid, value))
    }

    pub fn siginfo(&self) -> Result<[u8; 128], Gone> {
        gone(sys::get_siginfo(self.tid))
    }

    /// Which side of which call, at [`Stop::Syscall`].
    pub fn syscall_info(&self) -> Result<SyscallInfo, Gone> {
        gone(sys::get_syscall_info(self.tid))
    }

    /// The new task at [`Stop::Born`], the former tid at [`Stop::Exec`].
    pub fn message(&self) -> Result<u64, Gone> {
        gone(sys::get_event_message(self.tid))
    }

    pub fn sigmask(&self) -> Result<u64, Gone> {
        gone(sys::get_sigmask(self.tid))
    }

    pub fn set_sigmask(&self, mask: u64) -> Result<(), Gone> {
        gone(sys::set_sigmask(self.tid, mask))
    }

    /// Lets it run, with a signal (0: none).
    pub fn resume(self, go: Go, signal: i32) -> Result<(), Gone> {
        let request = match go {
            Go::Free => libc::PTRACE_CONT,
            Go::ToSyscall => libc::PTRACE_SYSCALL,
            Go::Step => libc::PTRACE_SINGLESTEP,
        };
        gone(sys::ptrace(request, self.tid, 0, signal as usize))
    }

    /// Leaves it in its group-stop, to hear of `SIGCONT`.
    pub fn listen(self) -> Result<(), Gone> {
        gone(sys::ptrace(libc::PTRACE_LISTEN, self.tid, 0, 0))
    }

    /// Lets it go for good, with a signal (0: none).
    pub fn detach(self, signal: i32) -> Result<(), Gone> {
        gone(sys::ptrace(libc::PTRACE_DETACH, self.tid, 0, signal as usize))
    }
}

/// Asks a running task to stop soon ([`Stop::Trap`], or [`Stop::Group`] if its group is stopped).
pub fn interrupt(tid: i32) {
    // A task that is gone answers ESRCH and will be told as such.
    let _ = sys::ptrace(libc::PTRACE_INTERRUPT, tid, 0, 0);
}

/// Waits for news of any task.
pub fn wait_any(block: bool) -> Waited {
    wait(-1, block)
}

/// Waits for news of this task only.
pub fn wait_for(tid: i32) -> Waited {
    loop {
        match wait(tid, true) {
            Waited::Nothing => {}
            waited => return waited,
        }
    }
}

fn wait(tid: i32, block: bool) -> Waited {
    match sys::wait(tid, block) {
        Ok(Some((tid, status))) => match news(tid, status) {
            Some(news) => Waited::News(news),
            None => Waited::Nothing,
        },
        Ok(None) | Err(libc::EINTR) => Waited::Nothing,
        Err(_) => Waited::Nobody,
    }
}

fn news(tid: i32, status: i32) -> Option<News> {
    if libc::WIFEXITED(status) {
        return Some(News::End(tid, Exit::Code(libc::WEXITSTATUS(status))));
    }
    if libc::WIFSIGNALED(status) {
        let exit = Exit::Signal(libc::WTERMSIG(status), libc::WCOREDUMP(status));
        return Some(News::End(tid, exit));
    }
    if !libc::WIFSTOPPED(status) {
        return None;
    }
    let signal = libc::WSTOPSIG(status);
    let stop = match status >> 16 {
        0 if signal == libc::SIGTRAP | 0x80 => Stop::Syscall,
        0 => Stop::Signal(signal),
        libc::PTRACE_EVENT_SECCOMP => Stop::Seccomp,
        libc::PTRACE_EVENT_FORK | libc::PTRACE_EVENT_VFORK | libc::PTRACE_EVENT_CLONE => Stop::Born,
        libc::PTRACE_EVENT_EXEC => Stop::Exec,
        libc::PTRACE_EVENT_STOP if signal == libc::SIGTRAP => Stop::Trap,
        libc::PTRACE_EVENT_STOP => Stop::Group(signal),
        _ => Stop::Other,
    };
    Some(News::Stop(Stopped { tid }, stop))
}
