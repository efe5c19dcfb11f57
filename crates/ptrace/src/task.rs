//! What the supervisor knows of a task: its process, and its calls that wait.
//!
//! Waiting calls are a stack: a signal handler of the program that interrupts a call may make calls
//! itself, and so on.

use engine::{Addr, Call};

use crate::guest::{Answer, Ask, Done};
use crate::routine::Routine;
use crate::sys::Regs;
use crate::tracee::Stopped;

/// A call whose handler is suspended, or which the kernel will restart.
pub struct Suspended<'s> {
    /// `None`: the call was passed; it is only kept so that its restart is not taken for a new call.
    pub routine: Option<Routine<'s, Answer, Ask, Done>>,
    /// The registers as the program set them.
    pub home: Box<Regs>,
    /// What the kernel is asked.
    pub issued: Call,
    pub phase: Phase,
}

/// What a suspended call waits for.
#[derive(Debug)]
pub enum Phase {
    /// The kernel.
    InKernel,
    /// The kernel, which has executed a new program.
    InNewProgram,
    /// The kernel, which will make the call anew unless a signal handler comes first.
    Restarting,
    /// To learn what a signal handler, about to be entered, will return to.
    Entering,
    /// The return of the signal handler with this frame, and then the call's restart.
    Interrupted(Addr),
    /// The same, and the handler is returning.
    Returning,
    /// The filter's stop of a restarted call which was passed before.
    Passing,
    /// This moment. If the task is to be left alone before, it gets `home` as its registers.
    Asleep(Stopped, u64),
}

impl Suspended<'_> {
    /// Whether a call from here is this call.
    pub fn is_from(&self, ip: Addr, sp: Addr) -> bool {
        self.home.rip == ip && self.home.rsp == sp
    }
}

/// A task under us.
pub struct Task<'s> {
    pub pid: i32,
    /// Its suspended calls, outermost first.
    pub calls: Vec<Suspended<'s>>,
    /// Asked by us to stop.
    pub interrupted: bool,
    /// Born of a call whose arguments were changed: the registers that it should have inherited.
    pub inherits: Option<Box<Regs>>,
}

impl Task<'_> {
    pub fn new(pid: i32) -> Self {
        Task { pid, calls: Vec::new(), interrupted: false, inherits: None }
    }
}
