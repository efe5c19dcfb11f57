//! Following a run: every `execve` of the tree asks here, is traced up to its new program, gets the
//! runtime, and is let go.
//!
//! | a task is | until |
//! | --- | --- |
//! | not ours | it asks for an `execve`: seized, allowed |
//! | expected | its exec stop: the loader is written and started; or 20 ms: the `execve` failed, let go |
//! | loading | the loader's breakpoint: detached into the runtime's start |
//!
//! A task that somebody else traces can't be followed. Its `execve` is refused with `EPERM` and a
//! line that says why: going on would be a program whose first hooked call kills it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use engine::Exit;
use inline::layout::LOADER_MAGIC;
use libc::pid_t;

use crate::Options;
use crate::launch::Launched;
use crate::loader::{Loaded, Loader, Loading};
use crate::output::Output;
use crate::sys::{self, Request, Signals};

const PATIENCE: Duration = Duration::from_millis(20);
/// How long what a handler prints may lie in the ring.
const PRINTING: Duration = Duration::from_millis(10);

enum State {
    Expected { since: Instant, interrupted: bool },
    Loading(Box<Loading>),
}

/// A run in progress.
pub struct Supervisor<'a> {
    launched: Launched,
    loader: &'a Loader,
    options: &'a Options<'a>,
    hide_vdso: bool,
    output: &'a Output,
    prints: bool,
    tasks: HashMap<pid_t, State>,
    exit: Option<Exit>,
    executed: bool,
    failed: Option<i32>,
}

impl<'a> Supervisor<'a> {
    /// Of a child that stands before its `execve`.
    pub fn new(
        launched: Launched,
        loader: &'a Loader,
        options: &'a Options<'a>,
        hide_vdso: bool,
        output: &'a Output,
        prints: bool,
    ) -> Supervisor<'a> {
        let expected = State::Expected { since: Instant::now(), interrupted: true };
        let tasks = HashMap::from([(launched.pid, expected)]);
        Supervisor {
            launched,
            loader,
            options,
            hide_vdso,
            output,
            prints,
            tasks,
            exit: None,
            executed: false,
            failed: None,
        }
    }

    /// Until no task of the run is left. How the first process ended, or the errno of its
    /// `execve`.
    pub fn run(mut self, signals: &Signals) -> Result<Exit, i32> {
        let _ = sys::go_on(self.launched.pid, 0);
        loop {
            let ready = sys::wait(&self.launched.listener, signals, self.deadline());
            if ready.request
                && let Some(request) = sys::receive(&self.launched.listener)
            {
                self.asked(&request);
            }
            while let Some((signal, sent)) = signals.next() {
                // What the terminal sends, it sends to the program as well.
                if signal != libc::SIGCHLD && sent {
                    sys::kill(self.launched.pid, signal);
                }
            }
            while let Some((task, status)) = sys::next_event() {
                self.changed(task, status);
            }
            self.give_up_waiting();
            self.output.drain(self.options.output);
            if let Some(errno) = self.failed {
                return Err(errno);
            }
            if let Some(exit) = self.exit
                && (ready.over || !self.options.wait_for_all)
            {
                return Ok(exit);
            }
        }
    }

    fn deadline(&self) -> Option<Duration> {
        let waiting = |state: &State| match state {
            State::Expected { since, interrupted: false } => {
                Some(PATIENCE.saturating_sub(since.elapsed()))
            }
            _ => None,
        };
        let printing = self.prints.then_some(PRINTING);
        self.tasks.values().filter_map(waiting).chain(printing).min()
    }

    fn asked(&mut self, request: &Request) {
        let listener = &self.launched.listener;
        let task = request.task;
        if let Some(State::Loading(_)) = self.tasks.get(&task)
            && request.args[5] == LOADER_MAGIC
        {
            if sys::hand_over(listener, request, &self.loader.file).is_err() {
                sys::refuse(listener, request, libc::EMFILE);
            }
            return;
        }
        if !self.tasks.contains_key(&task)
            && let Err(error) = sys::seize(task)
        {
            if error.raw_os_error() == Some(libc::EPERM) {
                (self.options.complain)(&format!(
                    "process {task} may not start another program: it is traced by somebody else \
                     (strace, gdb?) and can't be followed; use --engine ptrace, or trace from \
                     outside"
                ));
            }
            sys::refuse(listener, request, libc::EPERM);
            return;
        }
        let first = task == self.launched.pid && !self.executed;
        let expected = State::Expected { since: Instant::now(), interrupted: first };
        self.tasks.insert(task, expected);
        sys::allow(listener, request);
    }

    /// An `execve` that failed left its task traced: let it go.
    fn give_up_waiting(&mut self) {
        for (task, state) in &mut self.tasks {
            if let State::Expected { since, interrupted } = state
                && !*interrupted
                && since.elapsed() >= PATIENCE
            {
                *interrupted = true;
                let _ = sys::interrupt(*task);
            }
        }
    }

    fn changed(&mut self, task: pid_t, status: i32) {
        if !libc::WIFSTOPPED(status) {
            self.tasks.remove(&task);
            if task == self.launched.pid {
                self.exit = Some(if libc::WIFEXITED(status) {
                    Exit::Code(libc::WEXITSTATUS(status))
                } else {
                    Exit::Signal(libc::WTERMSIG(status), libc::WCOREDUMP(status))
                });
            }
            return;
        }
        let (event, signal) = (status >> 16, libc::WSTOPSIG(status));
        let handled = match event {
            libc::PTRACE_EVENT_EXEC => self.executed(task),
            libc::PTRACE_EVENT_STOP if signal == libc::SIGTRAP => {
                if let Some(State::Expected { interrupted: true, .. }) = self.tasks.get(&task)
                    && (task != self.launched.pid || self.executed)
                {
                    self.tasks.remove(&task);
                    sys::detach(task, 0)
                } else {
                    sys::go_on(task, 0)
                }
            }
            libc::PTRACE_EVENT_STOP => sys::listen(task),
            _ if signal == libc::SIGTRAP => self.breakpoint(task),
            _ => sys::go_on(task, signal),
        };
        if let Err(error) = handled
            && error.raw_os_error() != Some(libc::ESRCH)
        {
            self.give_up(task, &format!("{error}"));
        }
    }

    fn executed(&mut self, task: pid_t) -> std::io::Result<()> {
        if let Ok(former) = sys::event_message(task)
            && former != task
        {
            self.tasks.remove(&former);
        }
        if task == self.launched.pid {
            self.executed = true;
        }
        let registers = sys::registers(task)?;
        if registers.cs != 0x33 {
            self.tasks.remove(&task);
            (self.options.complain)(&format!(
                "process {task} runs a 32-bit program now: its calls are not seen by the inline \
                 engine"
            ));
            return sys::detach(task, 0);
        }
        let loading = self.loader.begin(task, self.hide_vdso)?;
        self.tasks.insert(task, State::Loading(Box::new(loading)));
        sys::go_on(task, 0)
    }

    fn breakpoint(&mut self, task: pid_t) -> std::io::Result<()> {
        if task == self.launched.pid && !self.executed {
            let errno = -sys::registers(task)?.rax.cast_signed();
            sys::kill(task, libc::SIGKILL);
            self.failed = Some(errno as i32);
            let _ = sys::wait_for(task);
            return Ok(());
        }
        let Some(State::Loading(loading)) = self.tasks.get(&task) else {
            return sys::go_on(task, libc::SIGTRAP);
        };
        match self.loader.finish(task, loading)? {
            Loaded::Yes => {
                self.tasks.remove(&task);
                sys::detach(task, 0)
            }
            Loaded::NotYet => sys::go_on(task, libc::SIGTRAP),
            Loaded::No(error) => {
                let error = std::io::Error::from_raw_os_error(-error as i32);
                self.give_up(task, &format!("its memory has no room for the runtime ({error})"));
                Ok(())
            }
        }
    }

    /// The filter is in place and the runtime is not: whatever it did next would kill it.
    fn give_up(&mut self, task: pid_t, why: &str) {
        (self.options.complain)(&format!(
            "process {task} is ended: it can't be followed into its new program: {why}; use \
             --engine ptrace"
        ));
        sys::kill(task, libc::SIGKILL);
    }
}
