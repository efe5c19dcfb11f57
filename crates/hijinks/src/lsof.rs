//! `hijinks lsof`: open files, with the call, time and stack that opened them.
//!
//! For a program that is started under us every descriptor's origin is known; a process that runs
//! already can tell only what is open now.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::rc::Rc;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use engine::{CallSet, Event, Guest, Handler, Pid, Verdict};
use script::Kernel;
use script::fds::{Opened, Recorder};
use serde_json::{Value as Json, json};

use crate::cli;

use crate::launch;
use crate::output::Output;
use crate::proc;
use crate::report::Failure;

/// Lists a process's open files, or runs a program and lists what each of its processes leaves open.
///
/// # Errors
/// [`Failure`] when the process or the program is not there, or the list can't be written.
pub fn run(options: &cli::Lsof) -> Result<i32, Failure> {
    if let Some(pid) = options.pid {
        return running(Pid(pid), options);
    }
    let output = Output::beside_the_program(options.output.as_deref(), options.color)?;
    let watcher = Watcher {
        options,
        recorder: Recorder::new(Kernel::native()),
        told: RefCell::default(),
        output: RefCell::new(output),
        failure: RefCell::new(None),
    };
    let exit = launch::run(&options.program, &watcher, &launch::Options::default())?;
    watcher.failure.into_inner().map_or_else(|| Ok(launch::status(exit)), Err)
}

/// What is open now in a process that runs already.
fn running(pid: Pid, options: &cli::Lsof) -> Result<i32, Failure> {
    let recorder = Recorder::new(Kernel::native());
    if let Err(error) = fs::read_dir(format!("/proc/{pid}/fd")) {
        let (why, help) = match error.kind() {
            std::io::ErrorKind::NotFound => ("there is no such process", None),
            std::io::ErrorKind::PermissionDenied => {
                ("it belongs to somebody else", Some("try with sudo".to_owned()))
            }
            _ => ("its descriptors can't be read", None),
        };
        return Err(Failure::Attach { pid: pid.0, why: why.into(), help });
    }
    let mut output = match &options.output {
        Some(path) => Output::beside_the_program(Some(path), options.color)?,
        None => Output::stdout(options.color),
    };
    let mut all = cli_all(options);
    all.standard = true;
    report(pid, &recorder, &all, &mut output)?;
    Ok(0)
}

/// How a list is to look.
#[derive(Clone, Copy)]
struct Shape {
    standard: bool,
    frames: usize,
    json: bool,
}

fn cli_all(options: &cli::Lsof) -> Shape {
    Shape { standard: options.all, frames: options.stack, json: options.json }
}

/// The handler: records who opens what, and lists it when a process ends.
struct Watcher<'o> {
    options: &'o cli::Lsof,
    recorder: Recorder,
    told: RefCell<BTreeSet<Pid>>,
    output: RefCell<Output>,
    failure: RefCell<Option<Failure>>,
}

impl Watcher<'_> {
    fn tell(&self, pid: Pid) {
        if !self.told.borrow_mut().insert(pid) {
            return;
        }
        let told =
            report(pid, &self.recorder, &cli_all(self.options), &mut self.output.borrow_mut());
        if let Err(failure) = told {
            self.failure.borrow_mut().get_or_insert(failure);
        }
    }
}

impl Handler for Watcher<'_> {
    fn calls(&self) -> CallSet {
        let mut calls = self.recorder.calls();
        calls.insert(libc::SYS_exit_group.cast_unsigned());
        calls
    }

    fn call(&self, guest: &mut dyn Guest) -> Verdict {
        let call = guest.call();
        if call.nr == libc::SYS_exit_group.cast_unsigned() {
            // While the process still lives the kernel can be asked, too.
            self.tell(guest.pid());
            return Verdict::Pass;
        }
        let result = guest.proceed();
        self.recorder.after(guest, &call, result);
        Verdict::Pass
    }

    fn event(&self, event: &Event<'_>) {
        if let Event::Exit { pid, .. } = event {
            // Killed, or its last thread ended: what was recorded is still known.
            self.tell(*pid);
            self.told.borrow_mut().remove(pid);
        }
        self.recorder.event(event);
    }
}

/// One process's list.
fn report(pid: Pid, recorder: &Recorder, shape: &Shape, out: &mut Output) -> Result<(), Failure> {
    let program = proc::program(pid);
    let rows: Vec<(i32, Option<Rc<Opened>>)> = recorder
        .of(pid)
        .into_iter()
        .filter(|(fd, opened)| shape.standard || *fd > 2 || opened.is_some())
        .collect();
    if shape.json {
        for (fd, opened) in &rows {
            out.line(&object(pid, &program, *fd, opened.as_deref()).to_string())?;
        }
        return Ok(());
    }
    let bold = Style::new().bold();
    let heading = format!("{program} ({pid}) has {} open", files(rows.len(), shape.standard));
    out.line(&out.paint(bold, &heading))?;
    for (fd, opened) in &rows {
        let name = proc::fd_path(pid, *fd, true).unwrap_or_else(|| "?".into());
        let fd_text =
            out.paint(Style::new().fg_color(Some(AnsiColor::Cyan.into())), &format!("{fd:>4}"));
        out.line(&format!("{fd_text}{} {name}", proc::fd_mode(pid, *fd)))?;
        if let Some(opened) = opened {
            told_of(opened, pid, shape, out)?;
        }
    }
    Ok(())
}

fn files(count: usize, standard: bool) -> String {
    let besides = if standard { "" } else { " beside its standard streams" };
    match count {
        0 => format!("nothing{besides}"),
        1 => format!("1 file{besides}"),
        n => format!("{n} files{besides}"),
    }
}

/// The call, how long ago, by whom if it was inherited, and the first frames of the stack.
fn told_of(opened: &Opened, pid: Pid, shape: &Shape, out: &mut Output) -> Result<(), Failure> {
    let dim = Style::new().dimmed();
    let age = Duration::from_nanos(Kernel::native().monotonic().saturating_sub(opened.at));
    let by = if opened.pid == pid { String::new() } else { format!(", by process {}", opened.pid) };
    out.line(&format!(
        "       {}  {}",
        opened.line,
        out.paint(dim, &format!("{} ago{by}", seconds(age)))
    ))?;
    for frame in opened.stack.iter().take(shape.frames) {
        out.line(&out.paint(dim, &format!("         {}", place(frame))))?;
    }
    Ok(())
}

fn seconds(age: Duration) -> String {
    match age.as_secs_f64() {
        s if s < 1.0 => format!("{:.0} ms", s * 1e3),
        s if s < 120.0 => format!("{s:.1} s"),
        s => format!("{:.0} min", s / 60.0),
    }
}

fn place(frame: &engine::Frame) -> String {
    let function = frame.function.as_deref().unwrap_or("?");
    let module =
        frame.module.as_deref().map_or("?", |path| path.rsplit('/').next().unwrap_or(path));
    match (&frame.file, frame.line) {
        (Some(file), Some(line)) => format!("{function} at {file}:{line} ({module})"),
        _ => format!("{function}+0x{:x} ({module})", frame.offset),
    }
}

fn object(pid: Pid, program: &str, fd: i32, opened: Option<&Opened>) -> Json {
    let opened = opened.map(|opened| {
        json!({
            "line": opened.line,
            "pid": opened.pid.0,
            "tid": opened.tid.0,
            "time": opened.time as f64 / 1e9,
            "stack": opened.stack.iter().map(crate::trace::frame_json).collect::<Vec<_>>(),
        })
    });
    json!({
        "pid": pid.0,
        "program": program,
        "fd": fd,
        "mode": proc::fd_mode(pid, fd).trim(),
        "name": proc::fd_path(pid, fd, true),
        "opened_by": opened,
    })
}
