//! Taking over a process that runs already, and leaving it as if nobody had been there.
//!
//! No filter is installed, for none can be taken away again: tasks stop at both sides of every
//! call. All threads and living descendants are seized first; each goes on as soon as it has been
//! told to stop at calls. Leaving is the same backwards: every task is asked to stop and let go,
//! with a call that we interrupted made anew by the kernel, or by us where the kernel would have
//! told the program (`EINTR` from `epoll_wait` and its like, signal(7)).

use engine::{Event, Pid};

use crate::guest::{call_of, set_args};
use crate::launch::EVENTS;
use crate::restart::will_restart;
use crate::supervisor::Supervisor;
use crate::task::{Phase, Suspended, Task};
use crate::tracee::{self, Gone, Stopped};
use crate::{Error, inject, process, sys};

/// Calls that an interrupt ends with `EINTR` although no signal handler ran.
const NEVER_RESTARTED: [i64; 8] = [
    libc::SYS_epoll_wait,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_io_getevents,
    IO_PGETEVENTS,
];

/// Not in every version of the `libc` crate.
const IO_PGETEVENTS: i64 = 333;

/// Whether a result came of our interrupt, which the program must not see.
fn ended_early(nr: u64, result: i64) -> bool {
    result == -i64::from(libc::EINTR) && NEVER_RESTARTED.contains(&(nr as i64))
}

impl Supervisor<'_> {
    /// Seizes all threads of a process and of its descendants.
    pub fn seize(&mut self, pid: i32) -> Result<(), Error> {
        let mut processes = vec![pid];
        // Threads and children that are born meanwhile are found in a later round, or told of by
        // their parents, which are seized already.
        loop {
            let before = self.tasks.len();
            for process in processes.clone() {
                self.seize_threads(process, process == pid)?;
                for child in process::children(process) {
                    if !processes.contains(&child) && child != std::process::id() as i32 {
                        processes.push(child);
                    }
                }
            }
            if self.tasks.len() == before {
                break;
            }
        }
        for (tid, task) in &mut self.tasks {
            task.interrupted = true;
            tracee::interrupt(*tid);
        }
        Ok(())
    }

    fn seize_threads(&mut self, pid: i32, demanded: bool) -> Result<(), Error> {
        for tid in process::threads(pid) {
            if self.tasks.contains_key(&tid) {
                continue;
            }
            match sys::ptrace(libc::PTRACE_SEIZE, tid, 0, EVENTS as usize) {
                Ok(()) => {
                    self.tasks.insert(tid, Task::new(pid));
                    self.shared.handler.event(&if tid == pid {
                        Event::Start { pid: Pid(pid) }
                    } else {
                        Event::Thread { pid: Pid(pid), tid: Pid(tid) }
                    });
                }
                Err(errno) if demanded && tid == pid => return Err(refusal(pid, errno)),
                // Gone, ours already, or a descendant that is none of our business.
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// A task stopped on our interrupt: nothing must have happened to its call.
    pub(crate) fn undo_interrupt(&mut self, stopped: &Stopped) -> Result<(), Gone> {
        let Some(task) = self.tasks.get_mut(&stopped.tid()) else { return Ok(()) };
        if std::mem::take(&mut task.interrupted) {
            make_again(stopped)?;
        }
        Ok(())
    }

    /// Begins to leave every task alone.
    pub(crate) fn leave(&mut self) {
        self.leaving = true;
        let tids: Vec<i32> = self.tasks.keys().copied().collect();
        for tid in tids {
            let Some(task) = self.tasks.get_mut(&tid) else { continue };
            task.interrupted = true;
            match task.calls.pop() {
                Some(Suspended { routine, home, phase: Phase::Asleep(stopped, _), issued }) => {
                    // Nobody to restore anything for if the task was killed.
                    let _ = stopped.set_regs(&home);
                    let phase = Phase::Restarting;
                    task.calls.push(Suspended { routine, home, issued, phase });
                    task.interrupted = false;
                    let _ = self.let_go(stopped, 0);
                }
                other => {
                    task.calls.extend(other);
                    tracee::interrupt(tid);
                }
            }
        }
    }

    /// Lets a stopped task go for good.
    pub(crate) fn let_go(&mut self, stopped: Stopped, signal: i32) -> Result<(), Gone> {
        let tid = stopped.tid();
        if let Some(Suspended { home, issued, phase: Phase::InKernel, .. }) =
            self.tasks.get(&tid).and_then(|task| task.calls.last())
            && *issued != call_of(home)
        {
            let mut regs = stopped.regs()?;
            set_args(&mut regs, &call_of(home).args);
            regs.orig_rax = home.orig_rax;
            stopped.set_regs(&regs)?;
        }
        self.undo_interrupt(&stopped)?;
        self.abandon(tid, 0);
        self.tasks.remove(&tid);
        stopped.detach(signal)
    }

    /// Whether the topmost call of a task ended because we want to leave.
    pub(crate) fn cut_short(&self, tid: i32, result: i64) -> bool {
        let Some(task) = self.tasks.get(&tid) else { return false };
        let nr = task.calls.last().map_or(0, |call| call.issued.nr);
        task.interrupted && (will_restart(result) || ended_early(nr, result))
    }
}

/// Makes a call again that our interrupt ended.
fn make_again(stopped: &Stopped) -> Result<(), Gone> {
    let mut regs = stopped.regs()?;
    if (regs.orig_rax as i64) < 0 || !ended_early(regs.orig_rax, regs.rax as i64) {
        return Ok(());
    }
    if inject::instruction_before(stopped.tid(), regs.rip) == inject::Instruction::Syscall {
        let home = regs;
        inject::rewind(&mut regs, &home);
        stopped.set_regs(&regs)?;
    }
    Ok(())
}

/// Why the kernel does not let us.
fn refusal(pid: i32, errno: i32) -> Error {
    let cause = std::io::Error::from_raw_os_error(errno);
    if errno == libc::ESRCH || process::is_zombie(pid) {
        return Error::NoProcess { pid };
    }
    match process::tracer(pid) {
        None => return Error::NoProcess { pid },
        Some(0) => {}
        Some(tracer) => return Error::AlreadyTraced { pid, tracer },
    }
    if let Some(uid) = process::uid(pid)
        && process::uid(std::process::id() as i32).is_some_and(|ours| ours != uid)
    {
        return Error::Foreign { pid, uid };
    }
    match process::yama_scope() {
        Some(scope) if scope > 0 => Error::Yama { pid, scope },
        _ => Error::Refused { pid, cause },
    }
}

/// What can be said before the kernel is asked.
pub fn check(pid: i32) -> Result<(), Error> {
    if pid == std::process::id() as i32 {
        return Err(Error::Ourselves { pid });
    }
    match process::tgid(pid) {
        None => Err(Error::NoProcess { pid }),
        Some(tgid) if tgid != pid => Err(Error::NotAProcess { tid: pid, pid: tgid }),
        Some(_) if process::is_zombie(pid) => Err(Error::NoProcess { pid }),
        Some(_) => Ok(()),
    }
}
