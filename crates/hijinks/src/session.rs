//! Scripts under a program or a running process: load, run, print what was counted.

use std::cell::{Cell, RefCell};
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::SystemTime;

use engine::{CallSet, Event, Guest, Handler, Pid, Verdict};
use script::{Host, Kernel, LoadError, Script, Stream};

use crate::cli;
use crate::engines;

use crate::launch;
use crate::output::Output;
use crate::report::Failure;

/// Nanoseconds between two looks at the scripts' files.
const LOOK_AGAIN: u64 = 200_000_000;

/// Native stack of a handler: the ptrace engine gives a mebibyte; some is left for what Ruby calls.
const NATIVE_STACK: usize = (1 << 20) - (64 << 10);

/// `hijinks -e CODE -- PROGRAM` and `hijinks -e CODE -p PID`.
///
/// # Errors
/// [`Failure`] when the code is wrong, or the program can't be run.
pub fn one_liner(options: &cli::OneLiner) -> Result<i32, Failure> {
    let source = Source { name: "-e".into(), text: options.code.join("\n"), path: None };
    let session = Session::load(vec![source], Vec::new(), &options.how)?;
    match options.pid {
        Some(pid) => session.attach(pid, &options.how),
        None => session.run(&options.program, &options.how),
    }
}

/// `hijinks run SCRIPT.rb... -- PROGRAM`.
///
/// # Errors
/// [`Failure`] when a script is wrong, or the program can't be run.
pub fn run(options: &cli::Run) -> Result<i32, Failure> {
    let (sources, arguments) = read(&options.scripts)?;
    Session::load(sources, arguments, &options.how)?.run(&options.program, &options.how)
}

/// `hijinks attach PID SCRIPT.rb...`.
///
/// # Errors
/// [`Failure`] when a script is wrong, or the process can't be taken over.
pub fn attach(options: &cli::Attach) -> Result<i32, Failure> {
    let (sources, arguments) = read(&options.scripts)?;
    Session::load(sources, arguments, &options.how)?.attach(options.pid, &options.how)
}

/// A script's text, and the file that it came from.
struct Source {
    name: String,
    text: String,
    path: Option<(PathBuf, Option<SystemTime>)>,
}

impl Source {
    fn open(path: &Path) -> Result<Source, Failure> {
        let modified = fs::metadata(path).and_then(|meta| meta.modified()).ok();
        let bytes = fs::read(path).map_err(|error| Failure::cant_read(path, &error))?;
        let text = String::from_utf8(bytes).map_err(|_| Failure::CantRead {
            path: path.to_owned(),
            why: "it is not UTF-8 text".into(),
        })?;
        let name = path.to_string_lossy().into_owned();
        Ok(Source { name, text, path: Some((path.to_owned(), modified)) })
    }

    /// The file was saved since it was read.
    fn is_stale(&self) -> bool {
        self.path.as_ref().is_some_and(|(path, seen)| {
            // Editors write beside the file and rename: for a moment it may not be there.
            let now = fs::metadata(path).and_then(|meta| meta.modified()).ok();
            now.is_some() && now != *seen
        })
    }
}

/// The words before `--`: scripts as long as they end in `.rb`, the first one in any case; then the
/// scripts' own arguments.
fn read(words: &[OsString]) -> Result<(Vec<Source>, Vec<OsString>), Failure> {
    let is_script = |word: &OsString| word.as_bytes().ends_with(b".rb");
    let scripts = words.iter().take_while(|word| is_script(word)).count().max(1);
    let (scripts, arguments) = words.split_at(scripts.min(words.len()));
    let sources = scripts.iter().map(|path| Source::open(Path::new(path)));
    Ok((sources.collect::<Result<_, _>>()?, arguments.to_vec()))
}

/// Loaded scripts and where their words go.
struct Session {
    script: Script,
    sources: RefCell<Vec<Source>>,
    output: Rc<RefCell<Output>>,
    /// Whether saved scripts go live, and when to look next.
    watching: Cell<Option<u64>>,
}

impl Session {
    fn load(
        sources: Vec<Source>,
        arguments: Vec<OsString>,
        how: &cli::How,
    ) -> Result<Session, Failure> {
        let output = Output::beside_the_program(how.output.as_deref(), how.color)?;
        let output = Rc::new(RefCell::new(output));
        let host = Terminal { output: Rc::clone(&output), failed: false };
        let options = script::Options {
            on_error: match how.on_error {
                cli::OnError::Pass => script::OnError::Pass,
                cli::OnError::Fail => script::OnError::Fail,
                cli::OnError::Abort => script::OnError::Abort,
            },
            home: std::env::var("HOME").unwrap_or_else(|_| "/".into()),
            cwd: std::env::current_dir()
                .map_or_else(|_| "/".into(), |path| path.to_string_lossy().into_owned()),
            arguments: arguments.into_iter().map(OsString::into_vec).collect(),
            environment: std::env::vars_os()
                .map(|(name, value)| (name.into_vec(), value.into_vec()))
                .collect(),
            instructions: if how.budget == 0 { u64::MAX } else { how.budget },
            memory: how.memory.saturating_mul(1 << 20),
            native_stack: NATIVE_STACK,
            ..script::Options::new(Kernel::native())
        };
        let pairs: Vec<(&str, &str)> =
            sources.iter().map(|source| (source.name.as_str(), source.text.as_str())).collect();
        let script = Script::load(&pairs, options, Box::new(host))
            .map_err(|error| failure(&error, &sources))?;
        Ok(Session { script, sources: RefCell::new(sources), output, watching: Cell::new(None) })
    }

    fn run(self, program: &[OsString], how: &cli::How) -> Result<i32, Failure> {
        let choice = engines::choose(how.engine)?;
        debug_assert_eq!(choice.engine, engines::Engine::Ptrace);
        let exit = launch::run(program, &self, &launch_options(how))?;
        let aborted = self.script.finished();
        self.finish();
        // The script's mistake ended the program (--on-error abort): that is no status of its own.
        Ok(if aborted { 125 } else { launch::status(exit) })
    }

    fn attach(self, pid: i32, how: &cli::How) -> Result<i32, Failure> {
        engines::choose(how.engine)?;
        if self.sources.borrow().iter().any(|source| source.path.is_some()) {
            self.watching.set(Some(Kernel::native().monotonic() + LOOK_AGAIN));
        }
        launch::attach(pid, &self, &launch_options(how))?;
        let aborted = self.script.finished();
        self.finish();
        Ok(if aborted { 125 } else { 0 })
    }

    fn finish(&self) {
        self.script.finish();
        let flushed = self.output.borrow_mut().flush();
        if let Err(error) = flushed {
            Failure::cant_write(self.output.borrow().path(), &error).print();
        }
    }

    /// Loads what was saved; a mistake in it is told and the old script stays live.
    fn reload(&self) {
        let mut sources = self.sources.borrow_mut();
        if !sources.iter().any(Source::is_stale) {
            return;
        }
        let mut fresh = Vec::new();
        for source in sources.iter() {
            match source.path.as_ref().map(|(path, _)| Source::open(path)) {
                Some(Ok(source)) => fresh.push(source),
                Some(Err(failure)) => return failure.print(),
                None => {}
            }
        }
        let pairs: Vec<(&str, &str)> =
            fresh.iter().map(|source| (source.name.as_str(), source.text.as_str())).collect();
        match self.script.reload(&pairs) {
            Ok(()) => eprintln!(
                "hijinks: {} is live",
                pairs.first().map_or("the script", |(name, _)| name)
            ),
            Err(error) => {
                failure(&error, &fresh).print();
                eprintln!("hijinks: the script before it stays live");
            }
        }
        *sources = fresh;
    }
}

fn launch_options(how: &cli::How) -> launch::Options {
    launch::Options { allow_io_uring: how.allow_io_uring, ..Default::default() }
}

/// A script's mistake, with the line underlined.
fn failure(error: &LoadError, sources: &[Source]) -> Failure {
    let quoted: Vec<String> = error.suggestions.iter().map(|name| format!("`{name}`")).collect();
    let help = match quoted.as_slice() {
        [] => None,
        names => Some(format!("did you mean {}?", names.join(" or "))),
    };
    let file = error.file.as_deref().unwrap_or("-e");
    let line = error.line.unwrap_or(0);
    let text = match sources.iter().find(|source| source.name == file) {
        Some(source) => source.text.clone(),
        None => fs::read_to_string(file).unwrap_or_default(),
    };
    let place = if line > 0 { format!("{file}:{line}: ") } else { String::new() };
    Failure::script(&format!("{place}{}", error.message), file, &text, line, help)
}

/// Where scripts' words go, and who is asked.
struct Terminal {
    output: Rc<RefCell<Output>>,
    failed: bool,
}

impl Host for Terminal {
    fn write(&mut self, stream: Stream, text: &[u8]) {
        let mut output = self.output.borrow_mut();
        let written = match stream {
            // Complaints are for the person at the terminal, whatever `-o` says.
            Stream::Err if output.is_file() => {
                let _ = std::io::stderr().write_all(text);
                Ok(())
            }
            _ => output.bytes(text),
        };
        // Once: the program goes on, and so would the complaints.
        if let Err(failure) = written
            && !std::mem::replace(&mut self.failed, true)
        {
            failure.print();
        }
    }

    fn ask(&mut self, question: &str) -> Option<bool> {
        let mut terminal = fs::File::options().read(true).write(true).open("/dev/tty").ok()?;
        write!(terminal, "{question} [y/N] ").ok()?;
        let mut answer = String::new();
        BufReader::new(terminal).read_line(&mut answer).ok()?;
        Some(answer.trim_start().starts_with(['y', 'Y']))
    }
}

impl Handler for Session {
    fn calls(&self) -> CallSet {
        self.script.calls()
    }

    fn call(&self, guest: &mut dyn Guest) -> Verdict {
        self.script.call(guest)
    }

    fn abandoned(&self, tid: Pid, kept: usize) {
        self.script.abandoned(tid, kept);
    }

    fn event(&self, event: &Event<'_>) {
        self.script.event(event);
    }

    fn deadline(&self) -> Option<u64> {
        [self.script.deadline(), self.watching.get()].into_iter().flatten().min()
    }

    fn tick(&self) {
        if self.watching.get().is_some_and(|at| at <= Kernel::native().monotonic()) {
            self.reload();
            self.watching.set(Some(Kernel::native().monotonic() + LOOK_AGAIN));
        }
        if self.script.deadline().is_some_and(|at| at <= Kernel::native().monotonic()) {
            self.script.tick();
        }
    }

    fn finished(&self) -> bool {
        self.script.finished()
    }
}
