//! Runs a program with handlers that need no language, to try the inline engine out.
//!
//! `hook [--slow] [--stats] CALL=WHAT... -- PROGRAM ARGUMENT...`, where CALL is a number or `all`
//! and WHAT one of `count`, `look`, `rot13`, `peek`, `slow`, `panic` or a result; or, instead of
//! these, `--ruby SCRIPT`.

use std::io::Write;
use std::process::ExitCode;

use engine::Exit;
use inject::{Handlers, Options, Program, Script};
use inline::Image;
use inline::layout::Native;

fn main() -> ExitCode {
    let mut image = Image::default();
    let (mut stats, mut slow) = (false, false);
    let mut ruby = None;
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next().filter(|a| a != "--") {
        let argument = argument.to_string_lossy();
        match argument.as_ref() {
            "--slow" => {
                slow = true;
                image.leave_code_alone();
            }
            "--ruby" => ruby = arguments.next().map(|text| text.to_string_lossy().into_owned()),
            "--stats" => stats = true,
            hook => {
                let (call, what) = hook.split_once('=').expect("CALL=WHAT");
                let (native, value) = match what {
                    "count" => (Native::Count, 0),
                    "look" => (Native::Look, 0),
                    "rot13" => (Native::Rot13, 0),
                    "peek" => (Native::Peek, 0),
                    "slow" => (Native::Slow, 0),
                    "panic" => (Native::Panic, 0),
                    value => (Native::Constant, value.parse().expect("a number")),
                };
                match call {
                    "all" => (0..512).for_each(|call| image.handle(call, native, value)),
                    call => image.handle(call.parse().expect("a number"), native, value),
                }
            }
        }
    }
    let program = Program::new(arguments.collect());
    let options = Options {
        wait_for_all: true,
        complain: &|line| eprintln!("hook: {line}"),
        output: &|_, text| {
            let _ = std::io::stderr().write_all(text);
        },
    };
    let sources = [("-e", ruby.as_deref().unwrap_or_default())];
    let script = Script {
        sources: &sources,
        home: "/root",
        cwd: "/",
        leave_code_alone: slow,
        ..Script::default()
    };
    let handlers = match ruby {
        Some(_) => Handlers::Script(&script),
        None => Handlers::Native(&image),
    };
    match inject::run(handlers, &program, &options) {
        Ok(outcome) => {
            if stats {
                let mut figures = outcome.stats.clone();
                let calls: u64 = figures.calls.iter().sum();
                figures.calls.clear();
                eprintln!("{figures:?} calls {calls}");
            }
            match outcome.exit {
                Exit::Code(code) => ExitCode::from(code as u8),
                Exit::Signal(signal, _) => ExitCode::from(128 + signal as u8),
            }
        }
        Err(error) => {
            eprintln!("hook: {error}");
            ExitCode::from(125)
        }
    }
}
