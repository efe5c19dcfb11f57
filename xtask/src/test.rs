//! Everything a change must pass. `.ci/run` is this and nothing else.

use crate::packages;
use crate::shell::{self, Outcome};

/// How much to test.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// What every change must pass, in minutes.
    Usual,
    /// The slow and the noisy too: tests marked `#[ignore]`.
    Full,
}

/// Format, lints, docs, tests, in the order in which they fail fastest.
pub fn run(extent: Extent) -> Outcome {
    packages::install()?;
    let cargo = shell::cargo();
    let cargo = cargo.as_str();
    shell::run(cargo, &["fmt", "--all", "--check"])?;
    shell::run(cargo, &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    let mut doc = shell::command(cargo, &["doc", "--workspace", "--no-deps", "--quiet"]);
    doc.env("RUSTDOCFLAGS", "-D warnings");
    eprintln!("\x1b[1m> cargo doc\x1b[0m");
    shell::status(&mut doc, "cargo doc")?;
    shell::run(cargo, &["test", "--workspace"])?;
    if extent == Extent::Full {
        shell::run(cargo, &["test", "--workspace", "--", "--ignored"])?;
    }
    Ok(())
}
