//! `hijinks trace`: the calls of a program as strace prints them, for people who write no script.
//!
//! A handler of its own above the engine's contract; Ruby is not involved. A line is printed when
//! its call is over, whole: calls that wait do not tear other processes' lines apart.

mod json;
mod line;
mod select;
mod summary;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use engine::{CallSet, Event, Exit, Guest, Handler, Pid, Verdict};
use syscalls::{Line, Style};

use crate::cli;
use crate::launch;
use crate::output::Output;
use crate::proc;
use crate::report::Failure;
use select::Selection;
use summary::Summary;

/// Runs a program, or attaches, and shows its calls.
///
/// # Errors
/// [`Failure`] for wrong expressions, programs that can't be run, output that can't be written.
pub fn run(options: &cli::Trace) -> Result<i32, Failure> {
    let selection = Selection::parse(options)?;
    let output = Output::beside_the_program(options.output.as_deref(), options.color)?;
    let tracer = Tracer::new(options, selection, output);
    let how = launch::Options { allow_io_uring: options.allow_io_uring, ..Default::default() };
    let exit = match options.pid {
        Some(pid) => {
            launch::attach(pid, &tracer, &how)?;
            None
        }
        None => {
            // The `--` before the program is optional here, as in strace.
            let words = match options.program.as_slice() {
                [first, rest @ ..] if first == "--" => rest,
                words => words,
            };
            if words.is_empty() {
                let help = "hijinks trace [OPTIONS] -- PROGRAM [ARGS]".to_owned();
                return Err(Failure::usage("no program to run", Some(help)));
            }
            Some(launch::run(words, &tracer, &how)?)
        }
    };
    tracer.finish()?;
    Ok(exit.map_or(0, launch::status))
}

/// The handler: what to show and what was seen.
struct Tracer<'o> {
    options: &'o cli::Trace,
    selection: Selection,
    output: RefCell<Output>,
    summary: RefCell<Summary>,
    /// Processes under us, with their exit once they are over.
    living: RefCell<BTreeMap<Pid, ()>>,
    /// What each task is in the middle of, for the case that it does not come back.
    pending: RefCell<BTreeMap<Pid, String>>,
    /// More than one process was seen: lines say whose they are.
    several: Cell<bool>,
    last: Cell<Option<Instant>>,
    failure: RefCell<Option<Failure>>,
}

/// What is known of a call when it begins.
struct Entry {
    tid: Pid,
    time: SystemTime,
    line: Line,
    json: Option<json::Arguments>,
    stack: Vec<engine::Frame>,
}

impl<'o> Tracer<'o> {
    fn new(options: &'o cli::Trace, selection: Selection, output: Output) -> Self {
        Tracer {
            options,
            selection,
            output: RefCell::new(output),
            summary: RefCell::new(Summary::default()),
            living: RefCell::default(),
            pending: RefCell::default(),
            several: Cell::new(false),
            last: Cell::new(None),
            failure: RefCell::new(None),
        }
    }

    fn lines_wanted(&self) -> bool {
        !self.options.summary_only
    }

    /// Runs `f` with the style of lines for this task.
    fn styled<T>(&self, pid: Pid, f: impl FnOnce(&Style<'_>) -> T) -> T {
        let ends = self.options.descriptor_paths > 1;
        let path = |fd: i32| proc::fd_path(pid, fd, ends);
        let style = Style {
            strings: self.options.string_limit,
            verbose: self.options.verbose,
            column: self.options.column,
            fd_path: (self.options.descriptor_paths > 0)
                .then_some(&path as &dyn Fn(i32) -> Option<String>),
        };
        f(&style)
    }

    fn begin(&self, guest: &mut dyn Guest) -> Entry {
        let (pid, call) = (guest.pid(), guest.call());
        let memory: &dyn engine::Memory = guest;
        let line = self.styled(pid, |style| Line::enter(call.nr, &call.args, memory, style));
        let line = line.with_stack_pointer(guest.stack_pointer(), memory);
        let json = self.options.json.then(|| json::Arguments::enter(&call, memory));
        let stack = if self.options.stacks { guest.backtrace() } else { Vec::new() };
        Entry { tid: guest.tid(), time: SystemTime::now(), line, json, stack }
    }

    fn end(&self, guest: &dyn Guest, entry: Entry, result: Option<i64>, elapsed: Duration) {
        let call = guest.call();
        let text = self.styled(guest.pid(), |style| entry.line.exit(result, guest, style));
        if let Some(mut arguments) = entry.json {
            arguments.exit(&call, result, guest);
            let program = proc::program(guest.pid());
            let object = json::call(&json::Seen {
                pid: guest.pid(),
                tid: entry.tid,
                program: &program,
                time: entry.time,
                elapsed: result.map(|_| elapsed),
                call: &call,
                arguments,
                result,
                line: &text,
                stack: &entry.stack,
            });
            self.write(&object.to_string());
            return;
        }
        let painted = line::Parts::split(&text).painted(&self.output.borrow());
        let mut whole = self.prefix(entry.tid, entry.time) + &painted;
        if self.options.durations && result.is_some() {
            whole += &format!(" <{:.6}>", elapsed.as_secs_f64());
        }
        self.write(&whole);
        for frame in &entry.stack {
            self.write(&line::frame(frame));
        }
    }

    fn prefix(&self, tid: Pid, time: SystemTime) -> String {
        let mut prefix = String::new();
        let output = self.output.borrow();
        if output.is_file() {
            prefix += &format!("{:<5} ", tid.0);
        } else if self.several.get() {
            prefix += &format!("[pid {:>5}] ", tid.0);
        }
        drop(output);
        match self.options.time {
            0 => {}
            precision => prefix += &line::time_of_day(time, precision),
        }
        if self.options.relative {
            let now = Instant::now();
            let since = self.last.replace(Some(now)).map_or(Duration::ZERO, |last| now - last);
            prefix += &format!("{:>6}.{:06} ", since.as_secs(), since.subsec_micros());
        }
        prefix
    }

    fn write(&self, line: &str) {
        if let Err(failure) = self.output.borrow_mut().line(line) {
            self.failure.borrow_mut().get_or_insert(failure);
        }
    }

    /// A line that is no call: `+++ exited with 0 +++`.
    fn note(&self, tid: Pid, text: &str, kind: &str, more: &[(&str, serde_json::Value)]) {
        if !self.lines_wanted() {
            return;
        }
        let now = SystemTime::now();
        if self.options.json {
            self.write(&json::event(kind, tid, now, more).to_string());
        } else {
            let line = self.prefix(tid, now) + text;
            self.write(&line);
        }
    }

    fn finish(self) -> Result<(), Failure> {
        use std::io::Write;
        let mut output = self.output.into_inner();
        if self.options.summary_only || self.options.summary {
            self.summary.into_inner().print(self.options.sort, &mut output)?;
        }
        output
            .flush()
            .map_err(|error| Failure::cant_write(self.options.output.as_deref(), &error))?;
        self.failure.into_inner().map_or(Ok(()), Err)
    }

    fn started(&self, pid: Pid) {
        let mut living = self.living.borrow_mut();
        living.insert(pid, ());
        if living.len() > 1 {
            self.several.set(true);
        }
    }

    /// strace tells the pid as long as several are there.
    fn ended(&self, pid: Pid) {
        let mut living = self.living.borrow_mut();
        living.remove(&pid);
        self.several.set(living.len() > 1);
    }
}

impl Handler for Tracer<'_> {
    fn calls(&self) -> CallSet {
        self.selection.calls
    }

    fn call(&self, guest: &mut dyn Guest) -> Verdict {
        let call = guest.call();
        if !self.selection.matches_path(guest) {
            return Verdict::Pass;
        }
        let tid = guest.tid();
        let entry = self.lines_wanted().then(|| self.begin(guest));
        let never = syscalls::syscall(call.nr).is_some_and(|c| c.result == syscalls::Type::Never);
        if never {
            self.summary.borrow_mut().count(call.nr, Duration::ZERO, 0);
            if let Some(entry) = entry
                && !self.options.failed_only
            {
                self.end(guest, entry, None, Duration::ZERO);
            }
            return Verdict::Pass;
        }
        if let Some(entry) = &entry {
            let text = self.styled(guest.pid(), |style| entry.line.unfinished(style));
            self.pending.borrow_mut().insert(tid, text);
        }
        let begun = Instant::now();
        let result = guest.proceed();
        let elapsed = begun.elapsed();
        self.pending.borrow_mut().remove(&tid);
        let failed = (-4095..0).contains(&result);
        self.summary.borrow_mut().count(call.nr, elapsed, result);
        let wanted = match failed {
            true => !self.options.successful_only,
            false => !self.options.failed_only,
        };
        if let Some(entry) = entry
            && wanted
        {
            self.end(guest, entry, Some(result), elapsed);
        }
        Verdict::Pass
    }

    fn event(&self, event: &Event<'_>) {
        match *event {
            Event::Start { pid } => {
                self.started(pid);
                if self.options.pid.is_some() && self.options.quiet == 0 && !self.options.json {
                    self.write(&format!("hijinks: Process {pid} attached"));
                }
            }
            Event::Fork { child, .. } => {
                self.started(child);
            }
            Event::Thread { tid, .. } => self.started(tid),
            Event::Exec { .. } => {}
            Event::Signal { tid, signal, info, .. } => {
                let name = line::signal_name(signal);
                let text = format!("--- {name} {} ---", line::siginfo(info));
                self.note(tid, &text, "signal", &[("signal", name.into())]);
            }
            Event::Stopped { tid, signal, .. } => {
                let name = line::signal_name(signal);
                self.note(
                    tid,
                    &format!("--- stopped by {name} ---"),
                    "stopped",
                    &[("signal", name.into())],
                );
            }
            Event::ThreadExit { tid, .. } => {
                self.lost(tid);
                if self.options.quiet < 2 {
                    self.note(tid, "+++ exited with 0 +++", "thread_exit", &[]);
                }
                self.ended(tid);
            }
            Event::Exit { pid, exit } => {
                self.lost(pid);
                match exit {
                    Exit::Code(code) if self.options.quiet < 2 => {
                        self.note(
                            pid,
                            &format!("+++ exited with {code} +++"),
                            "exit",
                            &[("status", code.into())],
                        );
                    }
                    Exit::Code(_) => {}
                    Exit::Signal(signal, core) => {
                        let name = line::signal_name(signal);
                        let dumped = if core { " (core dumped)" } else { "" };
                        self.note(
                            pid,
                            &format!("+++ killed by {name}{dumped} +++"),
                            "killed",
                            &[("signal", name.into()), ("core", core.into())],
                        );
                    }
                }
                self.ended(pid);
            }
        }
    }
}

impl Tracer<'_> {
    /// The task is gone in the middle of a call.
    fn lost(&self, tid: Pid) {
        if let Some(text) = self.pending.borrow_mut().remove(&tid)
            && !self.options.json
            && !self.options.failed_only
        {
            let line = self.prefix(tid, SystemTime::now()) + &text + " <unfinished ...>";
            self.write(&line);
        }
    }
}

/// Seconds since the epoch.
fn epoch(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// A frame of a stack as JSON, for other commands.
pub use json::frame as frame_json;
