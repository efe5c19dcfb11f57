//! Running a program with the inline engine's runtime inside it, and in all that it starts.
//!
//! [`run`] starts a program under a seccomp filter that sends hooked calls to the runtime
//! (`inline`) and every `execve` of the tree to the supervisor, which traces the task up to its new
//! program, maps the runtime there before the first instruction, and lets it go. In between nothing
//! is traced, so nothing is slowed down.
//!
//! | module | |
//! | --- | --- |
//! | `filter` | what the kernel does with a call |
//! | `launch` | the first process |
//! | `supervisor` | who is where between `execve` and the runtime |
//! | `template` | loading a script once, for all programs of the run |
//! | `loader` | mapping the runtime into a stopped program |
//! | `output` | what handlers print |
//! | `sys` | the kernel's interfaces |
#![deny(unsafe_code)]

mod filter;
mod launch;
mod loader;
mod output;
mod supervisor;
mod support;
mod sys;
mod template;

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::PathBuf;

use engine::Exit;
use inline::Image;
use inline::layout::SHARED_LEN;

pub use support::{Reason, available};

/// Calls that the vDSO answers without the kernel; a program finds it only if none is handled.
const VDSO: [u64; 6] = [96, 201, 228, 229, 309, 318];

/// What to run.
#[derive(Clone, Debug)]
pub struct Program {
    /// The file to execute.
    pub path: PathBuf,
    /// Its arguments, the name by which it is called first.
    pub argv: Vec<OsString>,
    /// Its environment.
    pub env: Vec<(OsString, OsString)>,
}

impl Program {
    /// A command as a shell would start it: looked up in `PATH` unless it has a slash, with our own
    /// environment.
    ///
    /// # Panics
    /// If there are no words.
    #[must_use]
    pub fn new(words: Vec<OsString>) -> Program {
        let name = PathBuf::from(words.first().expect("a command has a name"));
        let dirs = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&dirs).map(|dir| dir.join(&name)).find(|f| f.is_file());
        let path = match name.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => name,
            _ => found.unwrap_or(name),
        };
        Program { path, argv: words, env: std::env::vars_os().collect() }
    }
}

/// Who handles its calls.
#[derive(Clone, Copy, Debug)]
pub enum Handlers<'a> {
    /// Handlers without a language, as the image was told.
    Native(&'a Image),
    /// A script's.
    Script(&'a Script<'a>),
}

/// What becomes of a call whose handler raised something that is no Errno.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OnError {
    /// It goes on as if there were no handler.
    #[default]
    Pass,
    /// It fails with `EIO`.
    Fail,
    /// The program is left alone.
    Abort,
}

/// A script, with what it sees of the world.
#[derive(Clone, Copy, Debug, Default)]
pub struct Script<'a> {
    /// Names and texts, in the order in which they are loaded.
    pub sources: &'a [(&'a str, &'a str)],
    /// `ARGV`
    pub arguments: &'a [Vec<u8>],
    /// `ENV`
    pub environment: &'a [(Vec<u8>, Vec<u8>)],
    /// `~` in patterns.
    pub home: &'a str,
    /// `./` in patterns.
    pub cwd: &'a str,
    /// For `rate:`: the same seed, the same calls.
    pub seed: Option<u64>,
    /// When a handler breaks.
    pub on_error: OnError,
    /// Leave the program's code alone: every handled call takes the way by SIGSYS.
    pub leave_code_alone: bool,
}

/// Where a text of a handler goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stream {
    /// `puts`, `p`, `print`.
    Out,
    /// `warn`, and what is wrong with a script.
    Err,
    /// `emit`: one JSON document a line.
    Json,
}

/// How to run it.
pub struct Options<'a> {
    /// Takes what handlers print.
    pub output: &'a dyn Fn(Stream, &[u8]),
    /// Whether to return when the first process has ended, or when all of the tree have.
    pub wait_for_all: bool,
    /// Told what a user should know, one line each.
    pub complain: &'a dyn Fn(&str),
}

impl fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("wait_for_all", &self.wait_for_all).finish_non_exhaustive()
    }
}

/// Why a program could not be run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The machine, or our own situation, does not allow it.
    #[error("{0}")]
    Unavailable(Reason),
    /// The kernel refused to execute it.
    #[error("{}: {error}", path.display())]
    Exec {
        /// The program.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Somebody traces us and everything we start.
    #[error("hijinks itself is being traced (strace, gdb?): use --engine ptrace inside of nobody")]
    Traced,
    /// We are in a run of another hijinks, or in a sandbox of that kind.
    #[error(
        "hijinks runs inside another hijinks, or in a sandbox with a supervisor: the kernel allows \
         one only; run the inner program with --engine ptrace, or name both scripts in one run"
    )]
    Nested,
    /// The child ended before it was the program.
    #[error("the program was killed before it started")]
    Lost,
    /// A path, an argument or the environment has a zero byte in it.
    #[error("a path, argument or environment variable contains a zero byte")]
    Nul,
    /// The script can't be loaded: file, line and reason.
    #[error("{0}")]
    Script(String),
    /// The process that loads the script ended with this wait status.
    #[error("the script could not be loaded inside a program (status {0:#x}); use --engine ptrace")]
    Template(i32),
    /// A call of ours failed.
    #[error("{0}: {1}")]
    Kernel(&'static str, #[source] io::Error),
}

/// What the processes of a run counted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Stats {
    /// Calls that the filter stopped by a signal.
    pub traps: u64,
    /// Places that made a hooked call.
    pub sites: u64,
    /// Of these, patched.
    pub patched: u64,
    /// Places left alone, by reason: switched off, cache line, not code, no padding, no room,
    /// refused by the kernel.
    pub refused: [u64; 8],
    /// Signals held back until a handler was left.
    pub deferred: u64,
    /// Calls that went unseen because too many were being handled.
    pub exhausted: u64,
    /// Failures inside the runtime.
    pub broken: u64,
    /// Programs the runtime was started in.
    pub images: u64,
    /// Calls that reached a handler, by number.
    pub calls: Vec<u64>,
}

/// A run that has ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// How the first process ended.
    pub exit: Exit,
    /// What was counted.
    pub stats: Stats,
}

/// Runs a program, and all that it starts, with handlers inside.
///
/// Blocks SIGCHLD, SIGINT, SIGQUIT, SIGTERM and SIGHUP in the calling thread for the time; it must
/// be the process's only one, or the others must have them blocked as well.
///
/// # Errors
/// See [`Error`]; the program has not run then.
pub fn run(
    handlers: Handlers<'_>,
    program: &Program,
    options: &Options<'_>,
) -> Result<Outcome, Error> {
    available().map_err(Error::Unavailable)?;
    let mut image = match handlers {
        Handlers::Native(image) => image.clone(),
        Handlers::Script(_) => Image::default(),
    };
    let mut loader = loader::Loader::new(&image).map_err(|e| Error::Kernel("memfd_create", e))?;
    let shared = sys::map_shared(&loader.file, loader.shared_offset(), SHARED_LEN)
        .map_err(|e| Error::Kernel("mmap", e))?;
    let output = output::Output::new(shared);
    let ended = load(&mut image, &mut loader, handlers).and_then(|()| {
        let filter = filter::program(&image.header(), &image.hooked());
        let signals = sys::Signals::take().map_err(|e| Error::Kernel("signalfd", e))?;
        let launched = launch::launch(program, &filter, &signals)?;
        let hide_vdso = VDSO.iter().any(|number| image.handles(*number));
        let prints = matches!(handlers, Handlers::Script(_));
        supervisor::Supervisor::new(launched, &loader, options, hide_vdso, &output, prints)
            .run(&signals)
            .map_err(|errno| Error::Exec {
                path: program.path.clone(),
                error: io::Error::from_raw_os_error(errno),
            })
    });
    output.drain(options.output);
    let stats = support::read_stats(shared);
    sys::unmap(shared, SHARED_LEN);
    Ok(Outcome { exit: ended?, stats })
}

fn load(
    image: &mut Image,
    loader: &mut loader::Loader,
    handlers: Handlers<'_>,
) -> Result<(), Error> {
    let Handlers::Script(script) = handlers else { return Ok(()) };
    let snapshot = template::load(loader, script)?;
    image.handle_by_script(snapshot.calls.iter());
    if script.leave_code_alone {
        image.leave_code_alone();
    }
    loader.start_from(image, snapshot.heap_top).map_err(|e| Error::Kernel("ftruncate", e))
}
