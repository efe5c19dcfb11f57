//! What the supervisor and the guests both need, though these live on stacks of their own.

use std::cell::RefCell;
use std::collections::VecDeque;

use engine::{CallSet, Frame, Handler, Pid};
use symbols::{Registers, Symbols};

use crate::memory;
use crate::sys::Regs;
use crate::tracee::News;

/// How calls become stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A seccomp filter stops tasks at hooked calls only.
    Filter,
    /// Tasks stop before and after every call; nothing of it stays when we leave.
    Syscalls,
}

/// What the supervisor and the guests, which live on other stacks, both need.
pub struct Shared<'h> {
    pub handler: &'h dyn Handler,
    pub mode: Mode,
    /// Calls that are answered `ENOSYS` in the kernel's place.
    pub refused: CallSet,
    /// News that came while somebody waited for something else.
    backlog: RefCell<VecDeque<News>>,
    /// Tasks born of calls that no handler saw.
    unseen: RefCell<Vec<i32>>,
    symbols: RefCell<Symbols>,
}

impl<'h> Shared<'h> {
    pub fn new(handler: &'h dyn Handler, mode: Mode, refused: CallSet) -> Self {
        let (backlog, unseen, symbols) = Default::default();
        Shared { handler, mode, refused, backlog, unseen, symbols }
    }

    /// Keeps news for the loop.
    pub fn later(&self, news: News) {
        self.backlog.borrow_mut().push_back(news);
    }

    /// A task was born of an injected call.
    pub fn born_unseen(&self, tid: i32) {
        self.unseen.borrow_mut().push(tid);
    }

    /// Those tasks.
    pub fn take_unseen(&self) -> Vec<i32> {
        self.unseen.take()
    }

    /// A process has ended, or has a new program.
    pub fn forget(&self, pid: i32) {
        self.symbols.borrow_mut().forget(Pid(pid));
    }

    /// What was kept.
    pub fn next(&self) -> Option<News> {
        self.backlog.borrow_mut().pop_front()
    }

    /// The native stack of a task.
    pub fn backtrace(&self, pid: i32, tid: i32, regs: &Regs) -> Vec<Frame> {
        let registers = Registers { ip: regs.rip, sp: regs.rsp, bp: regs.rbp };
        self.symbols.borrow_mut().backtrace(Pid(pid), registers, &memory::Of(tid))
    }
}
