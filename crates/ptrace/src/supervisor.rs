//! The event loop: news of the tasks in, decisions of the handler out.
//!
//! One thread traces all tasks. Each hooked call runs its handler as a [`Routine`]; a routine that
//! waits for the kernel leaves its task running and the loop goes on with the others. A task's
//! suspended calls are a stack (`task.rs`), for a signal handler that interrupts a call may
//! make calls itself; what happens to a call that a signal interrupts is told in `restart.rs`.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use engine::{CallSet, Event, Exit, Pid, Verdict};

use crate::alarm::Alarm;
use crate::guest::{Answer, Ask, Done, Place, TaskGuest, call_of, set_args};
use crate::routine::{Routine, Stacks, Step};
use crate::shared::{Mode, Shared};
use crate::sys::{self, Regs};
use crate::task::{Phase, Suspended, Task};
use crate::tracee::{self, Go, Gone, News, Stop, Stopped, Waited};
use crate::{memory, process};

/// How far the first program is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Launch {
    /// Our child has not called `execve` yet.
    Pending,
    /// It has, and the handler has seen it.
    Tried,
    /// The program runs.
    Done,
}

/// `restart_syscall` is the kernel's way to go on with a call, not a call of the program.
pub const NEVER_SHOWN: u64 = libc::SYS_restart_syscall as u64;

/// More suspended calls than any program nests: their signal handlers left by `siglongjmp`.
const DEEPEST: usize = 64;

/// See the module.
pub struct Supervisor<'s> {
    pub(crate) shared: &'s Shared<'s>,
    pub(crate) wanted: CallSet,
    pub(crate) tasks: HashMap<i32, Task<'s>>,
    stacks: Stacks,
    /// New tasks that stopped before their parent told of them.
    early: HashMap<i32, Stopped>,
    sleepers: BinaryHeap<Reverse<(u64, i32)>>,
    pub(crate) alarm: Alarm,
    main: i32,
    pub(crate) launch: Launch,
    exit: Option<Exit>,
    /// Every task that stops is left alone.
    pub(crate) leaving: bool,
}

impl<'s> Supervisor<'s> {
    pub fn new(shared: &'s Shared<'s>, mut wanted: CallSet, alarm: Alarm, main: i32) -> Self {
        wanted.remove(NEVER_SHOWN);
        Supervisor {
            shared,
            wanted,
            tasks: HashMap::new(),
            stacks: Stacks::default(),
            early: HashMap::new(),
            sleepers: BinaryHeap::new(),
            alarm,
            main,
            launch: Launch::Done,
            exit: None,
            leaving: false,
        }
    }

    /// The first program's process, which waits to be told to begin.
    pub fn begin(&mut self) {
        self.launch = Launch::Pending;
        self.tasks.insert(self.main, Task::new(self.main));
        self.shared.handler.event(&Event::Start { pid: Pid(self.main) });
    }

    /// Serves until no task is left, and says how the first process ended.
    pub fn serve(mut self) -> (Option<Exit>, Launch) {
        while !self.tasks.is_empty() {
            if self.shared.handler.finished() && !self.leaving {
                self.finish();
            }
            self.ring();
            let backlog = self.shared.next();
            if let Some(news) = backlog {
                self.handle(news);
                continue;
            }
            match tracee::wait_any(true) {
                Waited::News(news) => self.handle(news),
                Waited::Nothing => {}
                Waited::Nobody => break,
            }
        }
        (self.exit, self.launch)
    }

    /// The handler wants no more: a program that we started ends, another goes on without us.
    fn finish(&mut self) {
        match self.shared.mode {
            Mode::Filter => {
                self.leaving = true;
                for task in self.tasks.values() {
                    sys::kill(task.pid, libc::SIGKILL);
                }
            }
            Mode::Syscalls => self.leave(),
        }
    }

    /// Wakes whom the time has come for.
    fn ring(&mut self) {
        if self.alarm.rang() {
            let now = sys::now();
            while let Some(&Reverse((until, tid))) = self.sleepers.peek() {
                if until > now {
                    break;
                }
                self.sleepers.pop();
                self.wake(tid, until);
            }
            if self.shared.mode == Mode::Syscalls && crate::signals::told_to_leave() {
                self.leave();
            }
            let handler = self.shared.handler;
            if self.alarm.woken() || handler.deadline().is_some_and(|deadline| deadline <= now) {
                handler.tick();
                if self.shared.mode == Mode::Syscalls {
                    self.wanted = handler.calls();
                    self.wanted.remove(NEVER_SHOWN);
                }
            }
        }
        let sleeper = self.sleepers.peek().map(|Reverse((until, _))| *until);
        let deadline = self.shared.handler.deadline();
        self.alarm.set(sleeper.into_iter().chain(deadline).min());
    }

    fn wake(&mut self, tid: i32, at: u64) {
        let Some(task) = self.tasks.get_mut(&tid) else { return };
        match task.calls.last() {
            Some(Suspended { phase: Phase::Asleep(_, until), .. }) if *until == at => {}
            _ => return,
        }
        if let Some(Suspended {
            routine: Some(routine), phase: Phase::Asleep(stopped, _), ..
        }) = task.calls.pop()
        {
            self.drive(tid, routine, Answer { stopped, place: Place::Entry, result: 0 });
        }
    }

    fn handle(&mut self, news: News) {
        self.adopt_unseen();
        let told = match news {
            News::End(tid, exit) => {
                self.end(tid, exit);
                Ok(())
            }
            News::Stop(stopped, stop) if !self.tasks.contains_key(&stopped.tid()) => {
                self.stranger(stopped, stop)
            }
            News::Stop(stopped, Stop::Seccomp) => self.seccomp_stop(stopped),
            News::Stop(stopped, Stop::Syscall) => self.syscall_stop(stopped),
            News::Stop(stopped, Stop::Signal(signal)) => self.signal_stop(stopped, signal),
            News::Stop(stopped, Stop::Group(signal)) => self.group_stop(stopped, signal),
            News::Stop(stopped, Stop::Trap) => self.trap_stop(stopped),
            News::Stop(stopped, Stop::Born) => self.born(stopped),
            News::Stop(stopped, Stop::Exec) => self.executed(stopped),
            News::Stop(stopped, Stop::Other) => self.go_on(stopped, 0),
        };
        // Gone: the task was killed under our hands; its end is told by the kernel.
        let _: Result<(), Gone> = told;
    }

    /// Lets a task run, with a signal (0: none).
    pub(crate) fn go_on(&mut self, stopped: Stopped, signal: i32) -> Result<(), Gone> {
        if self.leaving {
            match self.shared.mode {
                Mode::Syscalls => return self.let_go(stopped, signal),
                // Born while the others were killed.
                Mode::Filter => sys::kill(stopped.tid(), libc::SIGKILL),
            }
        }
        let busy = self.tasks.get(&stopped.tid()).is_some_and(|task| !task.calls.is_empty());
        let go = match self.shared.mode {
            Mode::Filter if !busy => Go::Free,
            _ => Go::ToSyscall,
        };
        stopped.resume(go, signal)
    }

    /// A hooked call begins.
    pub(crate) fn begin_call(&mut self, stopped: Stopped, regs: Regs) -> Result<(), Gone> {
        let tid = stopped.tid();
        let Some(task) = self.tasks.get_mut(&tid) else { return stopped.resume(Go::Free, 0) };
        if task.calls.len() >= DEEPEST {
            self.abandon(tid, 0);
            return self.begin_call(stopped, regs);
        }
        let (shared, pid) = (self.shared, task.pid);
        let wanted = self.wanted.contains(regs.orig_rax);
        let routine = Routine::new(&mut self.stacks, move |yielder, begin: Answer| {
            let mut guest = TaskGuest::new(shared, yielder, begin.stopped, pid, regs);
            let verdict = if wanted { shared.handler.call(&mut guest) } else { Verdict::Pass };
            guest.settle(verdict)
        });
        match routine {
            Ok(routine) => {
                self.drive(tid, routine, Answer { stopped, place: Place::Entry, result: 0 });
                Ok(())
            }
            // No memory for a stack: the program must not suffer from that.
            Err(_) => self.go_on(stopped, 0),
        }
    }

    /// Lets a handler go on until it waits again or is through.
    pub(crate) fn drive(
        &mut self,
        tid: i32,
        mut routine: Routine<'s, Answer, Ask, Done>,
        answer: Answer,
    ) {
        let (home, issued, phase, go) = match routine.resume(answer) {
            Step::Done(done) => {
                routine.recycle(&mut self.stacks);
                // A program that is to end must not make this call first.
                if self.shared.mode == Mode::Filter
                    && !self.leaving
                    && self.shared.handler.finished()
                {
                    self.finish();
                }
                // None or Gone: its end is told by the kernel.
                let _ = done.map(|stopped| self.go_on(stopped, 0));
                return;
            }
            Step::Panicked(panic) => std::panic::resume_unwind(panic),
            Step::Asks(Ask::Proceed { stopped, home, issued }) => {
                (home, issued, Phase::InKernel, Some(stopped))
            }
            Step::Asks(Ask::Again { stopped, home, frame, issued }) => {
                (home, issued, Phase::Interrupted(frame), Some(stopped))
            }
            Step::Asks(Ask::Until { stopped, at, unhandled }) => {
                self.sleepers.push(Reverse((at, tid)));
                let call = call_of(&unhandled);
                (unhandled, call, Phase::Asleep(stopped, at), None)
            }
            Step::Asks(Ask::Gone) => {
                routine.recycle(&mut self.stacks);
                self.shared.handler.abandoned(Pid(tid), self.depth(tid));
                return;
            }
        };
        let Some(task) = self.tasks.get_mut(&tid) else {
            routine.recycle(&mut self.stacks);
            return;
        };
        task.calls.push(Suspended { routine: Some(routine), home, issued, phase });
        if let Some(stopped) = go {
            let _ = stopped.resume(Go::ToSyscall, 0);
        }
    }

    /// Throws away a task's suspended calls but for the outermost `kept`.
    pub(crate) fn abandon(&mut self, tid: i32, kept: usize) {
        let Some(task) = self.tasks.get_mut(&tid) else { return };
        let mut lost = false;
        for routine in task.calls.drain(kept..).filter_map(|call| call.routine) {
            routine.recycle(&mut self.stacks);
            lost = true;
        }
        if lost {
            self.shared.handler.abandoned(Pid(tid), self.depth(tid));
        }
    }

    /// How many handlers of a task are suspended.
    fn depth(&self, tid: i32) -> usize {
        let calls = self.tasks.get(&tid).map(|task| task.calls.iter());
        calls.map_or(0, |calls| calls.filter(|call| call.routine.is_some()).count())
    }

    fn end(&mut self, tid: i32, exit: Exit) {
        self.early.remove(&tid);
        self.abandon(tid, 0);
        let Some(task) = self.tasks.remove(&tid) else { return };
        if tid == self.main {
            self.exit = Some(exit);
            if self.shared.mode == Mode::Filter {
                crate::signals::first_process_ended();
            }
        }
        if self.launch != Launch::Done {
            return;
        }
        if task.pid == tid {
            self.shared.forget(tid);
        }
        let event = match task.pid {
            pid if pid == tid => Event::Exit { pid: Pid(pid), exit },
            pid => Event::ThreadExit { pid: Pid(pid), tid: Pid(tid) },
        };
        self.shared.handler.event(&event);
    }

    /// A task made another.
    fn born(&mut self, stopped: Stopped) -> Result<(), Gone> {
        let child = stopped.message()? as i32;
        let regs = stopped.regs()?;
        let flags = clone_flags(stopped.tid(), &regs);
        let Some(parent) = self.tasks.get(&stopped.tid()) else { return self.go_on(stopped, 0) };
        let inherits = parent.calls.last().filter(|call| call.issued != call_of(&call.home));
        let inherits = inherits.map(|call| call.home.clone());
        let parent = parent.pid;
        let thread = flags & libc::CLONE_THREAD as u64 != 0;
        let mut task = Task::new(if thread { parent } else { child });
        task.inherits = inherits;
        self.tasks.insert(child, task);
        self.shared.handler.event(&if thread {
            Event::Thread { pid: Pid(parent), tid: Pid(child) }
        } else {
            let shares_fds = flags & libc::CLONE_FILES as u64 != 0;
            Event::Fork { parent: Pid(parent), child: Pid(child), shares_fds }
        });
        if let Some(early) = self.early.remove(&child) {
            // Killed already: its end is told by the kernel.
            let _ = self.trap_stop(early);
        }
        self.go_on(stopped, 0)
    }

    /// News of a task that nobody told us of: its parent's stop comes later.
    fn stranger(&mut self, stopped: Stopped, stop: Stop) -> Result<(), Gone> {
        match stop {
            Stop::Trap | Stop::Group(_) => {
                self.early.insert(stopped.tid(), stopped);
                Ok(())
            }
            Stop::Signal(signal) => stopped.resume(Go::Free, signal),
            _ => stopped.resume(Go::Free, 0),
        }
    }

    fn adopt_unseen(&mut self) {
        let unseen = self.shared.take_unseen();
        for tid in unseen {
            let pid = process::tgid(tid).unwrap_or(tid);
            self.tasks.insert(tid, Task::new(pid));
            if let Some(stopped) = self.early.remove(&tid) {
                let _ = self.trap_stop(stopped);
            }
        }
    }

    /// A task begins, or was interrupted by us, or its group goes on after `SIGCONT`.
    fn trap_stop(&mut self, stopped: Stopped) -> Result<(), Gone> {
        self.undo_interrupt(&stopped)?;
        let inherits = self.tasks.get_mut(&stopped.tid()).and_then(|task| task.inherits.take());
        if let Some(home) = inherits {
            let mut regs = stopped.regs()?;
            set_args(&mut regs, &call_of(&home).args);
            stopped.set_regs(&regs)?;
        }
        self.go_on(stopped, 0)
    }

    fn group_stop(&mut self, stopped: Stopped, signal: i32) -> Result<(), Gone> {
        let tid = stopped.tid();
        if self.leaving {
            return self.go_on(stopped, 0);
        }
        let Some(task) = self.tasks.get_mut(&tid) else { return stopped.listen() };
        task.interrupted = false;
        let pid = task.pid;
        self.shared.handler.event(&Event::Stopped { pid: Pid(pid), tid: Pid(tid), signal });
        stopped.listen()?;
        if tid == self.main && self.shared.mode == Mode::Filter {
            crate::signals::stop_with_the_job(signal);
        }
        Ok(())
    }

    /// A task executes a new program. If it was not its process's first thread, it is now: the
    /// kernel gives it that id, and the first thread ends unannounced.
    fn executed(&mut self, stopped: Stopped) -> Result<(), Gone> {
        let tid = stopped.tid();
        let former = stopped.message()? as i32;
        if former != tid && self.tasks.contains_key(&former) {
            self.abandon(tid, 0);
            if let Some(mut caller) = self.tasks.remove(&former) {
                caller.pid = tid;
                self.tasks.insert(tid, caller);
            }
        }
        let calls = &mut self.tasks.get_mut(&tid).ok_or(Gone)?.calls;
        match calls.as_mut_slice() {
            [] => {}
            [call] if call.routine.is_some() => call.phase = Phase::InNewProgram,
            // Signal handlers of the old program: nobody will return to what they interrupted.
            _ => self.abandon(tid, 0),
        }
        self.launch = Launch::Done;
        self.shared.forget(tid);
        self.shared.handler.event(&Event::Exec { pid: Pid(tid) });
        self.go_on(stopped, 0)
    }
}

/// The flags of the `clone` that a task is in.
fn clone_flags(tid: i32, regs: &Regs) -> u64 {
    match regs.orig_rax as i64 {
        libc::SYS_clone => regs.rdi,
        libc::SYS_clone3 => {
            let mut flags = [0; 8];
            match memory::read(tid, regs.rdi, &mut flags) {
                Ok(()) => u64::from_le_bytes(flags),
                Err(_) => 0,
            }
        }
        _ => 0,
    }
}
