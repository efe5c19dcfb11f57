//! Calls and signals: what a call's stops mean, and how the kernel's restarts of interrupted calls
//! stay one call for its handler.
//!
//! An interrupted call comes back with `-ERESTART*`, which the program never sees. What follows
//! depends on the signal (arch/x86/kernel/signal.c, `handle_signal` and
//! `arch_do_signal_or_restart`):
//!
//! * no handler of the program runs (ignored, stop and continue, taken by another thread): the
//!   kernel makes the same call again, or `restart_syscall` (219), from the same place;
//! * a handler runs, and its frame holds what follows its return: `-EINTR`, which is the result, or
//!   the call's restart. We step onto the handler's first instruction and read the frame, as rr
//!   does, and can change the result there;
//! * that handler may return (`rt_sigreturn` with that frame), make calls of its own, or never
//!   return (`siglongjmp`); a call from the very same place and stack then is a new one.

use engine::{Call, Event, Pid};

use crate::filter::AUDIT_ARCH_X86_64;
use crate::guest::{Answer, Place, call_of, escapes, set_args};
use crate::shared::Mode;
use crate::supervisor::{Launch, Supervisor};
use crate::sys::{Regs, SyscallInfo};
use crate::task::{Phase, Suspended};
use crate::tracee::{Go, Gone, Stopped};
use crate::{inject, process};

const ERESTARTSYS: i64 = 512;
const ERESTART_RESTARTBLOCK: i64 = 516;
/// `si_code` of the stop at a signal handler's first instruction (`ptrace_notify`).
const STEPPED: i32 = libc::SIGTRAP;
/// The page that emulates three calls of old programs; they can't be re-entered.
const VSYSCALL_PAGE: u64 = 0xffff_ffff_ff60_0000;

/// The kernel's private ways to say "again".
pub(crate) fn will_restart(result: i64) -> bool {
    (ERESTARTSYS..=ERESTART_RESTARTBLOCK).contains(&-result)
}

impl<'s> Supervisor<'s> {
    fn top(&mut self, tid: i32) -> Option<&mut Suspended<'s>> {
        self.tasks.get_mut(&tid)?.calls.last_mut()
    }

    fn pop(&mut self, tid: i32) -> Option<Suspended<'s>> {
        self.tasks.get_mut(&tid)?.calls.pop()
    }

    /// The filter stopped a task.
    pub(crate) fn seccomp_stop(&mut self, stopped: Stopped) -> Result<(), Gone> {
        let tid = stopped.tid();
        match self.top(tid).map(|call| &call.phase) {
            Some(Phase::InKernel) => return stopped.resume(Go::ToSyscall, 0),
            Some(Phase::Passing) => {
                self.pop(tid);
                return self.go_on(stopped, 0);
            }
            _ => {}
        }
        let regs = stopped.regs()?;
        match self.launch {
            Launch::Done => {}
            Launch::Pending if regs.orig_rax == libc::SYS_execve as u64 => {
                self.launch = Launch::Tried;
            }
            // Our own child, which reports that the program can't be executed.
            _ => return self.go_on(stopped, 0),
        }
        if regs.rip & !0xfff == VSYSCALL_PAGE {
            return self.go_on(stopped, 0);
        }
        self.entry(stopped, regs)
    }

    /// A task is about to make a hooked call, perhaps one that we know.
    fn entry(&mut self, stopped: Stopped, regs: Regs) -> Result<(), Gone> {
        let tid = stopped.tid();
        match self.top(tid) {
            Some(call) if call.is_from(regs.rip, regs.rsp) => match call.phase {
                Phase::Restarting | Phase::Entering => self.restarted(stopped, regs.orig_rax),
                Phase::Interrupted(_) => {
                    self.forget_top(tid);
                    self.entry(stopped, regs)
                }
                _ => self.begin_call(stopped, regs),
            },
            _ => self.begin_call(stopped, regs),
        }
    }

    /// The topmost suspended call will never go on.
    fn forget_top(&mut self, tid: i32) {
        let depth = self.tasks.get(&tid).map_or(0, |task| task.calls.len());
        self.abandon(tid, depth.saturating_sub(1));
    }

    /// The kernel makes the topmost suspended call again, as this number.
    fn restarted(&mut self, stopped: Stopped, nr: u64) -> Result<(), Gone> {
        let tid = stopped.tid();
        let Some(call) = self.top(tid) else { return self.go_on(stopped, 0) };
        if call.routine.is_none() {
            self.pop(tid);
            return self.go_on(stopped, 0);
        }
        // The program's registers were restored; the kernel shall be asked what the handler wants.
        if nr == call.home.orig_rax && call.issued != call_of(&call.home) {
            let mut regs = *call.home;
            regs.orig_rax = call.issued.nr;
            set_args(&mut regs, &call.issued.args);
            stopped.set_regs(&regs)?;
        }
        call.phase = Phase::InKernel;
        stopped.resume(Go::ToSyscall, 0)
    }

    /// A task stopped before or after a call.
    pub(crate) fn syscall_stop(&mut self, stopped: Stopped) -> Result<(), Gone> {
        match stopped.syscall_info()? {
            SyscallInfo::Exit { result } => self.exit_stop(stopped, result),
            SyscallInfo::Entry { nr, ip, sp, arch } => {
                let here = Entry { nr, ip, sp, native: arch == AUDIT_ARCH_X86_64 };
                self.entry_stop(stopped, here)
            }
            SyscallInfo::Other => self.go_on(stopped, 0),
        }
    }

    fn entry_stop(&mut self, stopped: Stopped, here: Entry) -> Result<(), Gone> {
        let tid = stopped.tid();
        let filtered = self.shared.mode == Mode::Filter;
        let wanted = here.native && self.wanted.contains(here.nr);
        if let Some(call) = self.top(tid) {
            let same = call.is_from(here.ip, here.sp);
            match call.phase {
                Phase::Restarting | Phase::Entering if same => {
                    // With a filter, a passed call stops once more, for the filter.
                    if call.routine.is_none() && filtered && here.nr == call.home.orig_rax {
                        call.phase = Phase::Passing;
                        return stopped.resume(Go::ToSyscall, 0);
                    }
                    return self.restarted(stopped, here.nr);
                }
                // Left behind: a new call from the same place, or a handler that returned elsewhere.
                Phase::Interrupted(_) if same => {
                    self.forget_top(tid);
                    return self.entry_stop(stopped, here);
                }
                Phase::Restarting | Phase::Entering => {
                    self.forget_top(tid);
                    return self.entry_stop(stopped, here);
                }
                Phase::Interrupted(frame) if here.is_return_from(frame) => {
                    call.phase = Phase::Returning;
                }
                Phase::InKernel | Phase::InNewProgram | Phase::Passing => {
                    return stopped.resume(Go::ToSyscall, 0);
                }
                _ => {}
            }
        }
        if filtered {
            return self.go_on(stopped, 0);
        }
        let clones = here.native && here.nr == libc::SYS_clone as u64;
        if wanted || clones {
            let regs = stopped.regs()?;
            if wanted || escapes(&call_of(&regs)) {
                return self.begin_call(stopped, regs);
            }
        }
        self.go_on(stopped, 0)
    }

    fn exit_stop(&mut self, stopped: Stopped, result: i64) -> Result<(), Gone> {
        let tid = stopped.tid();
        let cut_short = self.leaving && self.cut_short(tid, result);
        let Some(call) = self.top(tid) else { return self.go_on(stopped, 0) };
        let place = match call.phase {
            Phase::InKernel if cut_short => return self.let_go(stopped, 0),
            Phase::InKernel if will_restart(result) => {
                if call.issued != call_of(&call.home) {
                    let mut regs = stopped.regs()?;
                    regs.orig_rax = call.home.orig_rax;
                    set_args(&mut regs, &call_of(&call.home).args);
                    stopped.set_regs(&regs)?;
                }
                call.phase = Phase::Restarting;
                return stopped.resume(Go::ToSyscall, 0);
            }
            Phase::InKernel if call.issued.nr == libc::SYS_rt_sigreturn as u64 => Place::Elsewhere,
            Phase::InKernel => Place::Exit,
            Phase::InNewProgram => Place::NewProgram,
            Phase::Returning => {
                call.phase = Phase::Restarting;
                return stopped.resume(Go::ToSyscall, 0);
            }
            _ => return self.go_on(stopped, 0),
        };
        let Some(Suspended { routine: Some(routine), issued, .. }) = self.pop(tid) else {
            return self.go_on(stopped, 0);
        };
        if issued.nr == libc::SYS_rt_sigreturn as u64
            && let Some(outer @ Suspended { phase: Phase::Returning, .. }) = self.top(tid)
        {
            outer.phase = Phase::Restarting;
        }
        self.drive(tid, routine, Answer { stopped, place, result });
        Ok(())
    }

    /// A signal is about to be delivered.
    pub(crate) fn signal_stop(&mut self, stopped: Stopped, signal: i32) -> Result<(), Gone> {
        let tid = stopped.tid();
        let info = stopped.siginfo()?;
        let code = i32::from_ne_bytes([info[8], info[9], info[10], info[11]]);
        let entering = matches!(self.top(tid), Some(Suspended { phase: Phase::Entering, .. }));
        if entering && signal == libc::SIGTRAP && code == STEPPED {
            return self.entered_handler(stopped);
        }
        if self.launch == Launch::Done {
            let pid = self.tasks.get(&tid).map_or(tid, |task| task.pid);
            let event = Event::Signal { pid: Pid(pid), tid: Pid(tid), signal, info: &info };
            self.shared.handler.event(&event);
        }
        let regs = stopped.regs()?;
        let interrupts = will_restart(regs.rax as i64) && (regs.orig_rax as i64) >= 0;
        if !interrupts || !self.interrupted(tid, &regs) {
            return self.go_on(stopped, signal);
        }
        let handled = process::catches(tid, signal);
        let Some(call) = self.top(tid) else { return self.go_on(stopped, signal) };
        call.phase = if handled { Phase::Entering } else { Phase::Restarting };
        stopped.resume(if handled { Go::Step } else { Go::ToSyscall }, signal)
    }

    /// Whether the topmost suspended call is the one that a signal interrupts here. A wanted call
    /// that was passed becomes one now, so that its restart is not taken for a new call.
    fn interrupted(&mut self, tid: i32, regs: &Regs) -> bool {
        let wanted = self.wanted.contains(regs.orig_rax);
        let Some(task) = self.tasks.get_mut(&tid) else { return false };
        if let Some(Suspended { phase: Phase::Restarting | Phase::Entering, .. }) =
            task.calls.last()
        {
            return true;
        }
        if wanted {
            let (home, issued): (_, Call) = (Box::new(*regs), call_of(regs));
            task.calls.push(Suspended { routine: None, home, issued, phase: Phase::Restarting });
        }
        wanted
    }

    /// The task is at the first instruction of a signal handler.
    fn entered_handler(&mut self, stopped: Stopped) -> Result<(), Gone> {
        let tid = stopped.tid();
        let frame = stopped.regs()?.rsp;
        let Some(call) = self.top(tid) else { return self.go_on(stopped, 0) };
        match inject::frame_registers(tid, frame) {
            Some((result, ip)) if ip == call.home.rip => match self.pop(tid) {
                Some(Suspended { routine: Some(routine), .. }) => {
                    let place = Place::Frame(frame);
                    self.drive(tid, routine, Answer { stopped, place, result });
                    Ok(())
                }
                _ => self.go_on(stopped, 0),
            },
            Some(_) => {
                call.phase = Phase::Interrupted(frame);
                self.go_on(stopped, 0)
            }
            None => Err(Gone),
        }
    }
}

/// A call about to be made.
#[derive(Clone, Copy)]
struct Entry {
    nr: u64,
    ip: u64,
    sp: u64,
    native: bool,
}

impl Entry {
    /// The C library's restorer has popped the return address off the frame.
    fn is_return_from(self, frame: u64) -> bool {
        self.nr == libc::SYS_rt_sigreturn as u64 && self.sp == frame + 8
    }
}
