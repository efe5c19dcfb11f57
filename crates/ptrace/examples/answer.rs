//! Tells programs 42 whenever they ask for their parent's pid: one that it runs, whose end is its own,
//! or with `-p PID` one that runs already, until Ctrl-C.
//!
//! `cargo run -p ptrace --example answer -- python3 -c 'import os; print(os.getppid())'`

use std::process::exit;

use engine::{CallSet, Event, Exit, Guest, Handler, Verdict};
use ptrace::{Ended, Error, Options, Program};

struct Answer;

impl Handler for Answer {
    fn calls(&self) -> CallSet {
        [libc::SYS_getppid as u64].into_iter().collect()
    }

    fn call(&self, _guest: &mut dyn Guest) -> Verdict {
        Verdict::Return(42)
    }

    fn event(&self, _event: &Event<'_>) {}
}

fn main() {
    let argv: Vec<String> = std::env::args().skip(1).collect();
    let options = Options::default();
    let ended = match argv.as_slice() {
        [] => usage(),
        [p, pid] if p == "-p" => {
            ptrace::attach(pid.parse().unwrap_or_else(|_| usage()), &Answer, &options)
        }
        argv => ptrace::run(&Program::new(argv), &Answer, &options).map(Ended::Exit),
    };
    exit(ended.map_or_else(complain, status));
}

fn status(ended: Ended) -> i32 {
    match ended {
        Ended::Exit(Exit::Code(code)) => code,
        Ended::Exit(Exit::Signal(signal, _)) => 128 + signal,
        Ended::Detached => 0,
    }
}

fn complain(error: Error) -> i32 {
    eprintln!("answer: {error}");
    error.exit_status()
}

fn usage() -> ! {
    eprintln!("usage: answer PROGRAM [ARGUMENT...] | answer -p PID");
    exit(125);
}
