//! A task stopped at a call, as its handler sees it: [`engine::Guest`] over one [`Stopped`].
//!
//! Lives on the handler's own stack. `proceed` and `sleep` hand the stopped task to the supervisor
//! and suspend; everything else is done at once. After the verdict, [`TaskGuest::settle`] leaves the
//! task with the registers that it had, but for the result, and without scratch memory.

use std::time::Duration;

use corosensei::Yielder;
use engine::{Addr, Call, Fault, Frame, Guest, Memory, Pid, Verdict};

use crate::inject::{self, Instruction};
use crate::memory;
use crate::shared::Shared;
use crate::sys::{self, Regs};
use crate::tracee::{Gone, Stopped};

/// What a suspended handler waits for.
#[derive(Debug)]
pub enum Ask {
    /// The kernel's answer to the call as it stands in the registers.
    Proceed {
        /// At the call's entry, registers as the kernel shall see them.
        stopped: Stopped,
        /// The registers as the program set them.
        home: Box<Regs>,
        /// What the kernel is asked.
        issued: Call,
    },
    /// The kernel's answer, once more, when the signal handler that interrupted it has returned.
    Again {
        /// At the signal handler's first instruction.
        stopped: Stopped,
        /// The registers as the program set them.
        home: Box<Regs>,
        /// The address of its frame, which will restart the call.
        frame: Addr,
        /// What the kernel is asked then.
        issued: Call,
    },
    /// A moment.
    Until {
        /// Anywhere.
        stopped: Stopped,
        /// In nanoseconds of `CLOCK_MONOTONIC`.
        at: u64,
        /// With these registers the task would go on as if nobody had handled its call.
        unhandled: Box<Regs>,
    },
    /// Nothing: the task is gone.
    Gone,
}

/// Where the task is when its handler goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Before the call.
    Entry,
    /// Behind it.
    Exit,
    /// At the first instruction of a signal handler, whose frame at this address holds the result.
    Frame(Addr),
    /// Before the first instruction of a new program.
    NewProgram,
    /// Where `rt_sigreturn` has led: registers are none of our business.
    Elsewhere,
}

/// What a suspended handler gets.
#[derive(Debug)]
pub struct Answer {
    pub stopped: Stopped,
    pub place: Place,
    pub result: i64,
}

/// A handler is through: the task, if it still lives, ready to be resumed.
pub type Done = Option<Stopped>;

/// How many pieces of scratch memory one call may have.
const PIECES: usize = 32;

/// See the module.
pub struct TaskGuest<'g> {
    shared: &'g Shared<'g>,
    yielder: &'g Yielder<Answer, Ask>,
    /// `None` when the task is gone.
    stopped: Option<Stopped>,
    pid: i32,
    tid: i32,
    /// The registers as the program set them.
    home: Regs,
    call: Call,
    place: Place,
    /// The kernel's answer to the last `proceed`, and to what.
    answer: Option<(i64, Call)>,
    scratch: [(Addr, u64); PIECES],
    pieces: usize,
    /// The address of the next byte of the last piece, and what is left of it.
    free: (Addr, u64),
}

/// The call in these registers.
pub fn call_of(regs: &Regs) -> Call {
    let args = [regs.rdi, regs.rsi, regs.rdx, regs.r10, regs.r8, regs.r9];
    Call { nr: regs.orig_rax, args }
}

/// Puts a call's arguments into registers.
pub fn set_args(regs: &mut Regs, args: &[u64; 6]) {
    [regs.rdi, regs.rsi, regs.rdx, regs.r10, regs.r8, regs.r9] = *args;
}

/// Whether a call makes a task that no tracer would follow.
pub fn escapes(call: &Call) -> bool {
    call.nr == libc::SYS_clone as u64 && call.args[0] & libc::CLONE_UNTRACED as u64 != 0
}

/// The call as the kernel may see it.
fn tame(mut call: Call) -> Call {
    if escapes(&call) {
        call.args[0] &= !(libc::CLONE_UNTRACED as u64);
    }
    call
}

const PAGE: u64 = 4096;

impl<'g> TaskGuest<'g> {
    /// The task at the entry of its call.
    pub fn new(
        shared: &'g Shared<'g>,
        yielder: &'g Yielder<Answer, Ask>,
        stopped: Stopped,
        pid: i32,
        home: Regs,
    ) -> Self {
        TaskGuest {
            shared,
            yielder,
            pid,
            tid: stopped.tid(),
            stopped: Some(stopped),
            call: call_of(&home),
            home,
            place: Place::Entry,
            answer: None,
            scratch: [(0, 0); PIECES],
            pieces: 0,
            free: (0, 0),
        }
    }

    fn suspend(&mut self, ask: Ask) -> Answer {
        self.yielder.suspend(ask)
    }

    /// Suspends for good: the supervisor hears of the task's end and throws this stack away.
    fn vanish(&mut self) -> ! {
        self.stopped = None;
        self.suspend(Ask::Gone);
        unreachable!("a routine whose task is gone is not resumed")
    }

    fn try_proceed(&mut self) -> Result<i64, Gone> {
        let mut stopped = self.stopped.take().ok_or(Gone)?;
        let answer = match self.place {
            Place::NewProgram | Place::Elsewhere => {
                self.stopped = Some(stopped);
                return Ok(self.answer.map_or(0, |(result, _)| result));
            }
            Place::Frame(frame) => {
                inject::restart_from_frame(&stopped, frame, &self.home)?;
                let home = Box::new(self.home);
                self.suspend(Ask::Again { stopped, home, frame, issued: self.call })
            }
            Place::Entry | Place::Exit => {
                if self.place == Place::Exit {
                    stopped = inject::reenter(stopped, &self.home, self.shared)?;
                    self.home = stopped.regs()?;
                    self.place = Place::Entry;
                }
                if let Some(result) = self.refused() {
                    self.stopped = Some(stopped);
                    self.answer = Some((result, self.call));
                    return Ok(result);
                }
                let mut regs = self.home;
                let issued = tame(self.call);
                if issued != call_of(&self.home) {
                    regs.orig_rax = issued.nr;
                    set_args(&mut regs, &issued.args);
                    stopped.set_regs(&regs)?;
                }
                let home = Box::new(self.home);
                self.suspend(Ask::Proceed { stopped, home, issued })
            }
        };
        // An execve by another thread than the first has given the task its process's id.
        self.tid = answer.stopped.tid();
        self.stopped = Some(answer.stopped);
        self.place = answer.place;
        self.answer = Some((answer.result, tame(self.call)));
        if self.place == Place::NewProgram {
            // Scratch memory went with the old program.
            self.pieces = 0;
            self.free = (0, 0);
        }
        Ok(answer.result)
    }

    /// The registers that the program would have if it were left alone now.
    fn unhandled(&self, stopped: &Stopped) -> Result<Box<Regs>, Gone> {
        let mut regs = stopped.regs()?;
        if self.place == Place::Exit {
            set_args(&mut regs, &call_of(&self.home).args);
            match self.answer {
                Some((result, _)) => regs.rax = result as u64,
                // Only calls of ours were made here: the program's own comes yet.
                None => inject::rewind(&mut regs, &self.home),
            }
        }
        Ok(Box::new(regs))
    }

    /// The engine's own answer to calls that would get past it.
    fn refused(&self) -> Option<i64> {
        let refused = self.shared.refused.contains(self.call.nr);
        refused.then_some(-i64::from(libc::ENOSYS))
    }

    fn try_syscall(&mut self, call: Call) -> Result<i64, Gone> {
        let stopped = self.stopped.take().ok_or(Gone)?;
        let (stopped, result) = match self.place {
            Place::Entry => {
                let injected = inject::at_entry(stopped, &self.home, call, self.shared)?;
                self.place = Place::Exit;
                injected
            }
            Place::NewProgram => inject::on_borrowed_code(stopped, call, self.shared)?,
            _ if inject::instruction_before(self.tid, self.home.rip) != Instruction::Syscall => {
                (stopped, -i64::from(libc::ENOSYS))
            }
            _ => inject::anywhere(stopped, &self.home, call, self.shared)?,
        };
        self.stopped = Some(stopped);
        Ok(result)
    }

    /// Carries a verdict out and gives the task back, to be resumed.
    pub fn settle(mut self, verdict: Verdict) -> Done {
        match self.try_settle(verdict) {
            Ok(()) => self.stopped.take(),
            Err(Gone) => None,
        }
    }

    fn try_settle(&mut self, verdict: Verdict) -> Result<(), Gone> {
        let result = match verdict {
            Verdict::Return(result) => result,
            Verdict::Pass => match (self.answer, self.refused()) {
                (Some((result, _)), _) | (None, Some(result)) => result,
                (None, None) => {
                    let untouched = self.place == Place::Entry && self.pieces == 0;
                    if untouched && tame(self.call) == call_of(&self.home) {
                        return Ok(());
                    }
                    self.try_proceed()?
                }
            },
        };
        while self.pieces > 0 {
            self.pieces -= 1;
            let (addr, len) = self.scratch[self.pieces];
            self.try_syscall(Call::new(libc::SYS_munmap as u64, &[addr, len]))?;
        }
        let stopped = self.stopped.as_ref().ok_or(Gone)?;
        match self.place {
            Place::Entry => {
                let mut regs = self.home;
                // Number -1 makes the kernel skip the call and keep rax.
                regs.orig_rax = u64::MAX;
                regs.rax = result as u64;
                stopped.set_regs(&regs)
            }
            Place::Exit => {
                match self.answer {
                    // The arguments in the registers are the program's: nothing else to restore.
                    Some((natural, issued)) if issued == call_of(&self.home) => {
                        if natural == result { Ok(()) } else { stopped.set_result(result) }
                    }
                    _ => {
                        // Others may have changed (fs_base by arch_prctl): ask for them anew.
                        let mut regs = stopped.regs()?;
                        regs.orig_rax = self.home.orig_rax;
                        set_args(&mut regs, &call_of(&self.home).args);
                        regs.rax = result as u64;
                        stopped.set_regs(&regs)
                    }
                }
            }
            Place::Frame(frame) => {
                inject::set_frame_result(self.tid, frame, result);
                Ok(())
            }
            Place::NewProgram | Place::Elsewhere => Ok(()),
        }
    }
}

impl Memory for TaskGuest<'_> {
    fn read(&self, addr: Addr, buf: &mut [u8]) -> Result<(), Fault> {
        memory::read(self.tid, addr, buf)
    }

    fn write(&mut self, addr: Addr, bytes: &[u8]) -> Result<(), Fault> {
        memory::write(self.tid, addr, bytes)
    }
}

impl Guest for TaskGuest<'_> {
    fn pid(&self) -> Pid {
        Pid(self.pid)
    }

    fn tid(&self) -> Pid {
        Pid(self.tid)
    }

    fn call(&self) -> Call {
        self.call
    }

    fn set_call(&mut self, call: Call) {
        self.call = call;
    }

    fn site(&self) -> Addr {
        self.home.rip
    }

    fn stack_pointer(&self) -> Addr {
        self.home.rsp
    }

    fn scratch(&mut self, len: usize) -> Result<Addr, i32> {
        let len = (len.max(1) as u64).next_multiple_of(16);
        if self.free.1 < len {
            if self.pieces == PIECES {
                return Err(libc::ENOMEM);
            }
            let size = len.next_multiple_of(PAGE).max(4 * PAGE);
            let protection = (libc::PROT_READ | libc::PROT_WRITE) as u64;
            let flags = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) as u64;
            let mmap = Call::new(libc::SYS_mmap as u64, &[0, size, protection, flags, u64::MAX, 0]);
            let addr = self.syscall(mmap);
            if (-4095..0).contains(&addr) {
                return Err(-addr as i32);
            }
            self.scratch[self.pieces] = (addr as u64, size);
            self.pieces += 1;
            self.free = (addr as u64, size);
        }
        let addr = self.free.0;
        self.free = (addr + len, self.free.1 - len);
        Ok(addr)
    }

    fn syscall(&mut self, call: Call) -> i64 {
        match self.try_syscall(call) {
            Ok(result) => result,
            Err(Gone) => self.vanish(),
        }
    }

    fn proceed(&mut self) -> i64 {
        match self.try_proceed() {
            Ok(result) => result,
            Err(Gone) => self.vanish(),
        }
    }

    fn sleep(&mut self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let until = sys::now().saturating_add(nanos);
        let Some(stopped) = self.stopped.take() else { self.vanish() };
        let Ok(unhandled) = self.unhandled(&stopped) else { self.vanish() };
        let answer = self.suspend(Ask::Until { stopped, at: until, unhandled });
        self.stopped = Some(answer.stopped);
    }

    fn backtrace(&mut self) -> Vec<Frame> {
        self.shared.backtrace(self.pid, self.tid, &self.home)
    }
}
