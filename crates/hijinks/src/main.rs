//! `hijinks`: Ruby in the place of any program's system calls.
//!
//! The command reads its options ([`cli`]), then one module a command does the work: [`session`]
//! puts scripts under a program or a running process, [`trace`] and [`lsof`] are handlers that need
//! no script, [`doc`], [`examples`] and [`doctor`] tell things. [`launch`] is where an engine is
//! started and its exit status becomes ours; [`report`] says what went wrong.
#![deny(unsafe_code)]

mod cli;
mod doc;
mod doctor;
mod engines;
mod examples;
mod launch;
mod lsof;
mod output;
mod probe;
mod proc;
mod report;
mod session;
mod trace;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use cli::{Cli, Command};
use report::Failure;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            if let Some(failure) = no_command(&error) {
                failure.print();
                return ExitCode::from(125);
            }
            let _ = error.print();
            // Help and version were asked for; anything else is our own failure: 125, as no program
            // has run whose status could be meant.
            return if error.use_stderr() { ExitCode::from(125) } else { ExitCode::SUCCESS };
        }
    };
    let status = match run(cli) {
        Ok(status) => status,
        Err(failure) => {
            let status = failure.exit_status();
            failure.print();
            status
        }
    };
    ExitCode::from(u8::try_from(status).unwrap_or(125))
}

/// A first word that is no command: `hijinks script.rb -- ls`, `hijinks tarce ls`.
fn no_command(error: &clap::Error) -> Option<Failure> {
    let word = std::env::args().nth(1).filter(|word| !word.starts_with('-'))?;
    let known = Cli::command().find_subcommand(&word).is_some();
    if known || error.kind() != clap::error::ErrorKind::UnknownArgument {
        return None;
    }
    let help = if word.ends_with(".rb") {
        format!("to run a program under a script: hijinks run {word} -- PROGRAM")
    } else {
        "`hijinks --help` lists the commands; code goes behind -e, a program behind `--`".into()
    };
    Some(Failure::usage(format!("`{word}` is no command of hijinks"), Some(help)))
}

fn run(cli: Cli) -> Result<i32, Failure> {
    match cli.command {
        None => session::one_liner(&cli.one_liner),
        Some(Command::Run(run)) => session::run(&run),
        Some(Command::Attach(attach)) => session::attach(&attach),
        Some(Command::Trace(trace)) => trace::run(&trace),
        Some(Command::Lsof(lsof)) => lsof::run(&lsof),
        Some(Command::Doc(doc)) => doc::run(&doc),
        Some(Command::Examples(examples)) => examples::run(&examples),
        Some(Command::Doctor(doctor)) => doctor::run(&doctor),
        Some(Command::Completions { shell }) => {
            clap_complete::generate(shell, &mut Cli::command(), "hijinks", &mut std::io::stdout());
            Ok(0)
        }
        Some(Command::Man) => {
            let man = clap_mangen::Man::new(Cli::command());
            man.render(&mut std::io::stdout())
                .map_err(|error| Failure::cant_write(None, &error))?;
            Ok(0)
        }
    }
}
