//! Chores of the project, the same for everybody: `cargo xtask COMMAND`.

mod bench;
mod demo;
mod docs;
mod packages;
mod shell;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask COMMAND

  demo            build hijinks and show it on real programs
  test [--full]   format, lints, docs and every test (--full: the slow and noisy ones too)
  docs            regenerate docs/syscalls.md, the man page and the --help text in the README
  setup databases the Debian packages for the database extensions
  bench           ratios against the native run and against strace, kept in benches/runs/
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["demo"] => demo::run(),
        ["test"] => test::run(test::Extent::Usual),
        ["test", "--full"] => test::run(test::Extent::Full),
        ["docs"] => docs::run(),
        ["bench"] => bench::run(),
        ["setup", "databases"] => packages::install_databases(),
        [] | ["-h" | "--help" | "help"] => {
            print!("{USAGE}");
            Ok(())
        }
        _ => Err(format!("unknown command `{}`\n\n{USAGE}", words.join(" "))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}
