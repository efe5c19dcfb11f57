//! Running other programs: said aloud, and an error when they fail.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a chore answers; the error is for a person.
pub type Outcome = Result<(), String>;

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the root").to_path_buf()
}

/// A command in the project's root.
pub fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(root()).stdin(Stdio::null());
    command
}

/// Says what runs, runs it, fails as it fails.
pub fn run(program: &str, args: &[&str]) -> Outcome {
    eprintln!("\x1b[1m> {program} {}\x1b[0m", args.join(" "));
    status(&mut command(program, args), program)
}

/// Runs a prepared command and turns its status into an outcome.
pub fn status(command: &mut Command, name: &str) -> Outcome {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name}: {status}")),
        Err(error) => Err(format!("{name}: {error}")),
    }
}

/// The cargo that runs us.
pub fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".into())
}

/// Whether a program can be found in `PATH`.
pub fn found(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

/// Builds `hijinks` as it is shipped and says where it lies.
pub fn release_binary() -> Result<PathBuf, String> {
    run(&cargo(), &["build", "--release", "--package", "hijinks"])?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target.join("release/hijinks"))
}
