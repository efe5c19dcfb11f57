//! Calls executed in a stopped task, at once and unseen, and what they need: the way back to the
//! entry of a call that is over, and the frame of a signal handler.
//!
//! The `syscall` instruction of the program's own call is used again, two bytes before its return
//! address. Signals are blocked meanwhile, so that none is delivered in a state that is not the
//! program's; only `SIGKILL` and group-stops get through, and the latter are told anew afterwards.

use engine::{Addr, Call};

use crate::guest::{call_of, set_args};
use crate::memory;
use crate::shared::{Mode, Shared};
use crate::sys::{self, Regs, SyscallInfo};
use crate::tracee::{self, Go, Gone, News, Stop, Stopped, Waited};

/// What kind of call instruction stands before an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instruction {
    /// `syscall`.
    Syscall,
    /// Another, or none.
    Other,
}

/// The instruction whose return address this is.
pub fn instruction_before(tid: i32, ip: Addr) -> Instruction {
    let mut bytes = [0; 2];
    match memory::read(tid, ip.wrapping_sub(2), &mut bytes) {
        Ok(()) if bytes == [0x0f, 0x05] => Instruction::Syscall,
        _ => Instruction::Other,
    }
}

/// `offsetof(struct rt_sigframe, uc.uc_mcontext.gregs[..])` from the frame's start, where the stack
/// pointer is at a signal handler's first instruction (arch/x86/include/asm/sigframe.h).
const FRAME_RAX: u64 = 48 + 13 * 8;
const FRAME_RIP: u64 = 48 + 16 * 8;

/// The `rax` and `rip` that a signal handler will return to.
pub fn frame_registers(tid: i32, frame: Addr) -> Option<(i64, Addr)> {
    let word = |offset| {
        let mut bytes = [0; 8];
        memory::read(tid, frame + offset, &mut bytes).ok()?;
        Some(u64::from_le_bytes(bytes))
    };
    Some((word(FRAME_RAX)? as i64, word(FRAME_RIP)?))
}

/// Changes the result that the program sees when its signal handler has returned.
pub fn set_frame_result(tid: i32, frame: Addr, result: i64) {
    // The frame was just written by the kernel: its stack is writable, or the task is dead.
    let _ = memory::write(tid, frame + FRAME_RAX, &result.to_le_bytes());
}

/// Makes the call happen anew when the signal handler has returned.
pub fn restart_from_frame(stopped: &Stopped, frame: Addr, home: &Regs) -> Result<(), Gone> {
    let tid = stopped.tid();
    set_frame_result(tid, frame, home.orig_rax as i64);
    let site = home.rip - 2;
    memory::write(tid, frame + FRAME_RIP, &site.to_le_bytes()).map_err(|_| Gone)
}

/// Executes a call in the place of the one that the task is about to make. The task is then behind
/// that call, with the registers of `home`.
pub fn at_entry(
    stopped: Stopped,
    home: &Regs,
    call: Call,
    shared: &Shared<'_>,
) -> Result<(Stopped, i64), Gone> {
    let quiet = Quiet::new(&stopped)?;
    let mut regs = *home;
    regs.orig_rax = call.nr;
    set_args(&mut regs, &call.args);
    stopped.set_regs(&regs)?;
    let (stopped, result) = quiet.to_exit(stopped, shared)?;
    // Not the entry's orig_rax: a result that looks like a restart must not restart anything.
    stopped.set_regs(&Regs { orig_rax: u64::MAX, rax: result as u64, ..*home })?;
    quiet.end(&stopped)?;
    Ok((stopped, result))
}

/// Executes a call, wherever the task is (but not before a call of its own), and restores all.
/// `home` has an instruction pointer behind a `syscall` instruction and a usable stack pointer.
pub fn anywhere(
    stopped: Stopped,
    home: &Regs,
    call: Call,
    shared: &Shared<'_>,
) -> Result<(Stopped, i64), Gone> {
    let quiet = Quiet::new(&stopped)?;
    let now = stopped.regs()?;
    let mut regs = now;
    regs.rip = home.rip - 2;
    regs.rsp = home.rsp;
    regs.rax = call.nr;
    regs.orig_rax = u64::MAX;
    set_args(&mut regs, &call.args);
    stopped.set_regs(&regs)?;
    let (stopped, result) = quiet.to_exit(stopped, shared)?;
    stopped.set_regs(&now)?;
    quiet.end(&stopped)?;
    Ok((stopped, result))
}

/// Executes a call in a task that has just executed a new program, and has not made a call there:
/// its next instruction is a `syscall` for a moment. Nobody else runs that code.
pub fn on_borrowed_code(
    stopped: Stopped,
    call: Call,
    shared: &Shared<'_>,
) -> Result<(Stopped, i64), Gone> {
    const SYSCALL: [u8; 2] = [0x0f, 0x05];
    let (tid, now) = (stopped.tid(), stopped.regs()?);
    let mut code = [0; SYSCALL.len()];
    memory::read(tid, now.rip, &mut code).map_err(|_| Gone)?;
    memory::force(tid, now.rip, &SYSCALL).map_err(|_| Gone)?;
    let home = Regs { rip: now.rip + 2, ..now };
    let (stopped, result) = anywhere(stopped, &home, call, shared)?;
    memory::force(tid, now.rip, &code).map_err(|_| Gone)?;
    Ok((stopped, result))
}

/// Makes a task that is behind a call make it again.
pub fn rewind(regs: &mut Regs, home: &Regs) {
    regs.rip = home.rip - 2;
    regs.rax = home.orig_rax;
    regs.orig_rax = u64::MAX;
    set_args(regs, &call_of(home).args);
}

/// Goes back from behind a call to its entry.
pub fn reenter(stopped: Stopped, home: &Regs, shared: &Shared<'_>) -> Result<Stopped, Gone> {
    let quiet = Quiet::new(&stopped)?;
    let mut regs = stopped.regs()?;
    rewind(&mut regs, home);
    stopped.set_regs(&regs)?;
    let (go, wanted) = match shared.mode {
        Mode::Filter => (Go::Free, Stop::Seccomp),
        Mode::Syscalls => (Go::ToSyscall, Stop::Syscall),
    };
    let mut stopped = stopped;
    loop {
        let (next, stop) = quiet.step(stopped, go, shared)?;
        stopped = next;
        if stop == wanted {
            quiet.end(&stopped)?;
            return Ok(stopped);
        }
    }
}

/// A stretch in which no signal is delivered to the task.
struct Quiet {
    mask: u64,
    group_stop: std::cell::Cell<bool>,
    sigstop: std::cell::Cell<bool>,
}

impl Quiet {
    fn new(stopped: &Stopped) -> Result<Self, Gone> {
        let mask = stopped.sigmask()?;
        stopped.set_sigmask(u64::MAX)?;
        Ok(Quiet { mask, group_stop: false.into(), sigstop: false.into() })
    }

    /// Runs to the exit of the next call.
    fn to_exit(&self, mut stopped: Stopped, shared: &Shared<'_>) -> Result<(Stopped, i64), Gone> {
        loop {
            let (next, stop) = self.step(stopped, Go::ToSyscall, shared)?;
            stopped = next;
            if stop == Stop::Syscall
                && let SyscallInfo::Exit { result } = stopped.syscall_info()?
            {
                return Ok((stopped, result));
            }
        }
    }

    /// Runs to the next stop.
    fn step(&self, stopped: Stopped, go: Go, shared: &Shared<'_>) -> Result<(Stopped, Stop), Gone> {
        let tid = stopped.tid();
        stopped.resume(go, 0)?;
        match tracee::wait_for(tid) {
            // Another thread executes a program and has taken over our task's id.
            Waited::News(news @ News::Stop(_, Stop::Exec)) => {
                shared.later(news);
                Err(Gone)
            }
            Waited::News(News::Stop(stopped, stop)) => {
                match stop {
                    Stop::Signal(libc::SIGSTOP) => self.sigstop.set(true),
                    Stop::Group(_) => self.group_stop.set(true),
                    Stop::Born => shared.born_unseen(stopped.message()? as i32),
                    _ => {}
                }
                Ok((stopped, stop))
            }
            Waited::News(end) => {
                shared.later(end);
                Err(Gone)
            }
            Waited::Nothing | Waited::Nobody => Err(Gone),
        }
    }

    fn end(self, stopped: &Stopped) -> Result<(), Gone> {
        let tid = stopped.tid();
        if self.sigstop.get() {
            sys::tgkill(crate::process::tgid(tid).unwrap_or(tid), tid, libc::SIGSTOP);
        }
        if self.group_stop.get() {
            tracee::interrupt(tid);
        }
        stopped.set_sigmask(self.mask)
    }
}
