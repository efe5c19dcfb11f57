//! Guests, natively and with handlers inside.
#![allow(clippy::unwrap_used, dead_code)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// How every call of a guest is handled: looked at before, around with the kernel asked from the
/// handler, slowly (signals then find the runtime at work), and without patching.
const MODES: [&[&str]; 4] = [&["all=count"], &["all=look"], &["all=slow"], &["--slow", "all=look"]];

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// Compiles a guest once; `-static` as asked.
pub fn guest(name: &str, flags: &[&str]) -> PathBuf {
    let file = Path::new(name).file_stem().unwrap().to_string_lossy().into_owned();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!(
        "{file}{}-{}",
        flags.concat(),
        std::process::id()
    ));
    let compiled = Command::new("gcc")
        .args(["-O2", "-w", "-pthread", "-o"])
        .args([&out, &here("guests").join(name)])
        .args(flags)
        .status();
    assert!(compiled.expect("gcc is installed").success(), "{name} compiles");
    out
}

/// The example program that runs others with handlers without a language.
pub fn hook() -> Command {
    static HOOK: OnceLock<PathBuf> = OnceLock::new();
    let hook = HOOK.get_or_init(|| {
        let tests = std::env::current_exe().expect("a test has a file");
        tests.parent().and_then(Path::parent).expect("target/debug/deps").join("examples/hook")
    });
    let mut command = Command::new("timeout");
    command.args(["-k", "1", "60"]).arg(hook);
    command
}

/// Runs a program under these handlers.
pub fn hooked(hooks: &[&str], program: &[&str]) -> Output {
    hook().args(hooks).arg("--").args(program).output().expect("timeout is installed")
}

/// What an output says.
pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// One figure of `hook --stats`.
pub fn figure(output: &Output, name: &str) -> u64 {
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let at = stderr.rfind(name).unwrap_or_else(|| panic!("{name} in {stderr}"));
    let digits = stderr[at + name.len()..].trim_start_matches([':', ' ']);
    digits.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
}

/// A command does under every mode what it does natively.
pub fn unseen(program: &[&str]) {
    let native = Command::new(program[0]).args(&program[1..]).output().expect("it runs");
    for mode in MODES {
        let ours = hooked(mode, program);
        let (natively, under_us) = (said(&native), said(&ours));
        assert_eq!(natively, under_us, "{program:?} {mode:?}: {ours:?}");
        // timeout says 128 + signal where the shell would.
        let code = |output: &Output| {
            use std::os::unix::process::ExitStatusExt;
            output.status.code().or_else(|| output.status.signal().map(|s| 128 + s))
        };
        assert_eq!(code(&native), code(&ours), "{program:?} {mode:?}: {ours:?}");
    }
}

/// A guest does under every mode what it does natively.
pub fn unseen_guest(name: &str) {
    let guest = guest(name, &[]);
    unseen(&[guest.to_str().unwrap()]);
}
