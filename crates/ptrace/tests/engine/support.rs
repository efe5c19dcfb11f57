//! Guests, compiled once; handlers of closures; runs with their output.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};

use engine::{CallSet, Event, Exit, Guest, Handler, Pid, Verdict};
use ptrace::{Options, Program};

type OnCall<'a> = Box<dyn Fn(&mut dyn Guest) -> Verdict + 'a>;
type OnEvent<'a> = Box<dyn Fn(&Event<'_>) + 'a>;

/// A handler of closures.
pub struct Watch<'a> {
    pub calls: CallSet,
    pub call: OnCall<'a>,
    pub event: OnEvent<'a>,
    pub abandoned: RefCell<Vec<(Pid, usize)>>,
}

impl<'a> Watch<'a> {
    /// A handler of these calls.
    pub fn new(calls: &[i64], call: impl Fn(&mut dyn Guest) -> Verdict + 'a) -> Self {
        Watch {
            calls: calls.iter().map(|nr| *nr as u64).collect(),
            call: Box::new(call),
            event: Box::new(|_| {}),
            abandoned: RefCell::default(),
        }
    }

    /// A handler of every call.
    pub fn all(call: impl Fn(&mut dyn Guest) -> Verdict + 'a) -> Self {
        Watch { calls: CallSet::ALL, ..Watch::new(&[], call) }
    }

    pub fn events(mut self, event: impl Fn(&Event<'_>) + 'a) -> Self {
        self.event = Box::new(event);
        self
    }
}

impl Handler for Watch<'_> {
    fn calls(&self) -> CallSet {
        self.calls
    }

    fn call(&self, guest: &mut dyn Guest) -> Verdict {
        (self.call)(guest)
    }

    fn abandoned(&self, tid: Pid, kept: usize) {
        self.abandoned.borrow_mut().push((tid, kept));
    }

    fn event(&self, event: &Event<'_>) {
        (self.event)(event);
    }
}

/// How a run ended and what it printed.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    pub exit: Exit,
    pub output: String,
}

/// Runs under a handler.
pub fn run(argv: &[&str], handler: &dyn Handler) -> Outcome {
    run_with(argv, handler, &Options::default())
}

pub fn run_with(argv: &[&str], handler: &dyn Handler, options: &Options) -> Outcome {
    let mut file = tempfile::tempfile().unwrap();
    let program = Program::new(argv.iter().copied()).with_output(file.try_clone().unwrap());
    let program = program.with_input(File::open("/dev/null").unwrap());
    let exit = ptrace::run(&program, handler, options).unwrap();
    Outcome { exit, output: contents(&mut file) }
}

/// Runs without us.
pub fn native(argv: &[&str]) -> Outcome {
    let mut file = tempfile::tempfile().unwrap();
    let status = Command::new(argv[0])
        .args(&argv[1..])
        .stdin(File::open("/dev/null").unwrap())
        .stdout(file.try_clone().unwrap())
        .stderr(file.try_clone().unwrap())
        .status()
        .unwrap();
    let exit = match status.signal() {
        Some(signal) => Exit::Signal(signal, status.core_dumped()),
        None => Exit::Code(status.code().unwrap()),
    };
    Outcome { exit, output: contents(&mut file) }
}

fn contents(file: &mut File) -> String {
    use std::io::Seek;
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// How a guest is built.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Build {
    Dynamic,
    Static,
}

/// The compiled guest of this source file in `guests/`.
pub fn guest(source: &str) -> String {
    build(source, Build::Dynamic)
}

type Built = Mutex<HashMap<(String, Build), Arc<OnceLock<PathBuf>>>>;

pub fn build(source: &str, how: Build) -> String {
    static BUILT: OnceLock<Built> = OnceLock::new();
    let cell = {
        let mut built = BUILT.get_or_init(Built::default).lock().unwrap();
        Arc::clone(built.entry((source.to_owned(), how)).or_default())
    };
    cell.get_or_init(|| compile(source, how)).to_str().unwrap().to_owned()
}

fn compile(source: &str, how: Build) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests");
    let name = source.replace('.', "_") + if how == Build::Static { "_static" } else { "" };
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let mut gcc = Command::new("gcc");
    gcc.arg("-O1").arg("-o").arg(&out).arg(root.join(source));
    if source.ends_with(".S") {
        gcc.args(["-nostdlib", "-static"]);
    } else {
        gcc.arg("-pthread");
        if how == Build::Static {
            gcc.arg("-static");
        }
    }
    let status = gcc.status().expect("gcc is installed");
    assert!(status.success(), "{source} does not compile");
    out
}

/// The compiled Go guest; `None` where there is no Go.
pub fn go(source: &str) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests");
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(source.replace('.', "_"));
    let mut go = Command::new("go");
    go.env("CGO_ENABLED", "0").env("GOFLAGS", "-buildvcs=false").env("GO111MODULE", "off");
    let status = go.args(["build", "-o"]).arg(&out).arg(root.join(source)).status().ok()?;
    assert!(status.success(), "{source} does not compile");
    Some(out.to_str()?.to_owned())
}
