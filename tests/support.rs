//! What every end-to-end test needs: hijinks as it was built, guests compiled once, and what a
//! command did, so that the native run can be the oracle.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

/// Every test that runs a script runs it under each of these.
pub const ENGINES: &[&str] = &["ptrace"];

/// What a command printed and how it ended.
#[derive(Debug, PartialEq, Eq, Clone)]
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    /// The exit status.
    pub status: Option<i32>,
    /// The signal that killed it.
    pub signal: Option<i32>,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        Ran {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            status: output.status.code(),
            signal: output.status.signal(),
        }
    }
}

impl Ran {
    /// The same, for a comparison with a native run that says nothing of standard error (where
    /// hijinks may speak too).
    pub fn but_for_stderr(&self) -> (&str, Option<i32>, Option<i32>) {
        (&self.stdout, self.status, self.signal)
    }
}

/// Runs a prepared command with nothing on its standard input.
pub fn run(command: &mut Command) -> Ran {
    command.stdin(Stdio::null()).output().expect("the command starts").into()
}

/// Runs a command with this on its standard input.
pub fn run_with_input(command: &mut Command, input: &str) -> Ran {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(input.as_bytes()).expect("it reads");
    drop(stdin);
    child.wait_with_output().expect("it ends").into()
}

/// A program as the kernel runs it: the oracle.
pub fn native(line: &[&str]) -> Ran {
    run(Command::new(line[0]).args(&line[1..]))
}

/// `hijinks` with these arguments.
pub fn hijinks<S: AsRef<OsStr>>(args: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hijinks"));
    command.args(args).env_remove("NO_COLOR").env("COLUMNS", "200");
    command
}

/// `hijinks --engine ENGINE -e CODE -- PROGRAM`.
pub fn script(engine: &str, code: &str, program: &[&str]) -> Ran {
    let mut args = vec!["--engine", engine, "-e", code, "--"];
    args.extend(program);
    run(&mut hijinks(&args))
}

/// The script under every engine; they must agree on what the program did, and this is it.
pub fn every_engine(code: &str, program: &[&str]) -> Ran {
    let mut runs = ENGINES.iter().map(|engine| script(engine, code, program));
    let first = runs.next().expect("there is an engine");
    for other in runs {
        assert_eq!(
            first.but_for_stderr(),
            other.but_for_stderr(),
            "the engines disagree on `{code}`"
        );
    }
    first
}

/// The Python that `python3` stands for: itself, where a wrapper script is first in `PATH`.
pub fn python() -> String {
    let line = ["python3", "-c", "import sys; print(sys.executable)"];
    native(&line).stdout.trim().to_owned()
}

/// The project's root.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// A directory of this test's own.
pub fn directory() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("hijinks-").tempdir().expect("there is a place for files")
}

/// A file in the directory.
pub fn file(dir: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path = dir.path().join(name);
    fs::write(&path, text).expect("it can be written");
    path.to_str().expect("its name is plain").to_owned()
}

static COMPILING: Mutex<()> = Mutex::new(());

/// A program of `guests/`, compiled with these options; the path of the binary.
///
/// `name.c` and `name.S` go through gcc, `name.go` through go.
pub fn guest(source: &str, options: &[&str]) -> String {
    let from = root().join("guests").join(source);
    let stem = source.replace('.', "_") + &options.concat().replace(['/', '=', ','], "_");
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join(stem);
    let _one_at_a_time = COMPILING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if !newer(&to, &from) {
        let mut compiler = if source.ends_with(".go") {
            let mut go = Command::new("go");
            go.args(["build", "-o"]).arg(&to).args(options).arg(&from);
            go.env("GOCACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("go-cache"));
            go.env("GO111MODULE", "off");
            go
        } else {
            let mut gcc = Command::new("gcc");
            gcc.args(["-O1", "-g", "-pthread", "-w", "-o"]).arg(&to).arg(&from).args(options);
            gcc
        };
        let ran = run(&mut compiler);
        assert_eq!(ran.status, Some(0), "{source}: {}", ran.stderr);
    }
    to.to_str().expect("its name is plain").to_owned()
}

fn newer(made: &PathBuf, source: &PathBuf) -> bool {
    let time = |path: &PathBuf| fs::metadata(path).and_then(|meta| meta.modified());
    match (time(made), time(source)) {
        (Ok(made), Ok(source)) => made >= source,
        (_, source) => {
            source.expect("the guest's source is there");
            false
        }
    }
}
