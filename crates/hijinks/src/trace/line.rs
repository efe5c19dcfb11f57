//! What surrounds the call in a line of strace: columns, colours, times, signals, stacks.

use std::time::SystemTime;

use anstyle::{AnsiColor, Style};
use engine::{Addr, Fault, Frame, Memory};
use syscalls::flags::SIGNALS;
use syscalls::structs::SIGINFO;
use syscalls::{Decoder, Limits};

use crate::output::Output;

/// A rendered call, taken apart where the colours go.
#[derive(Debug, PartialEq, Eq)]
pub struct Parts<'t> {
    name: &'t str,
    arguments: &'t str,
    result: &'t str,
}

impl<'t> Parts<'t> {
    /// `name(arguments)   = result`; a text of another form is all arguments.
    pub fn split(text: &'t str) -> Parts<'t> {
        let parts = || {
            let open = text.find('(')?;
            // The last one: a string among the arguments may hold the same characters.
            let mut ends = text.rmatch_indices(" = ").map(|(at, _)| at);
            let equals = ends.find(|at| text[..*at].trim_end().ends_with(')'))?;
            Some(Parts {
                name: text.get(..open)?,
                arguments: text.get(open..equals + 3)?,
                result: &text[equals + 3..],
            })
        };
        parts().unwrap_or(Parts { name: "", arguments: text, result: "" })
    }

    /// The line, coloured if wanted.
    pub fn painted(&self, output: &Output) -> String {
        if self.name.is_empty() {
            return self.arguments.to_owned();
        }
        let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        let name = output.paint(colour(AnsiColor::Cyan).bold(), self.name);
        let of_result = if self.result.starts_with("-1 ") {
            colour(AnsiColor::Red)
        } else if self.result.starts_with('?') {
            colour(AnsiColor::Yellow)
        } else {
            colour(AnsiColor::Green)
        };
        format!("{name}{}{}", self.arguments, output.paint(of_result, self.result))
    }
}

/// `HH:MM:SS `, with microseconds, or seconds since the epoch: strace's -t, -tt, -ttt.
pub fn time_of_day(time: SystemTime, precision: u8) -> String {
    let since = super::epoch(time);
    if precision > 2 {
        return format!("{}.{:06} ", since.as_secs(), since.subsec_micros());
    }
    let (hour, minute, second) = crate::proc::local_time(since.as_secs());
    let micros = match precision {
        1 => String::new(),
        _ => format!(".{:06}", since.subsec_micros()),
    };
    format!("{hour:02}:{minute:02}:{second:02}{micros} ")
}

/// `SIGCHLD`.
pub fn signal_name(signal: i32) -> String {
    match u64::try_from(signal) {
        Ok(32) => "SIGRTMIN".into(),
        // strace counts from the kernel's SIGRTMIN, of which the C library keeps two for itself.
        Ok(number @ 33..=64) => format!("SIGRT_{}", number - 32),
        Ok(number) => SIGNALS.name(number).map_or_else(|| number.to_string(), str::to_owned),
        Err(_) => signal.to_string(),
    }
}

/// `{si_signo=SIGCHLD, si_code=CLD_EXITED, ...}`.
pub fn siginfo(info: &[u8; 128]) -> String {
    let decoder = Decoder {
        nr: 0,
        args: [0; 6],
        result: None,
        mem: &Copied(info),
        limits: Limits::default(),
    };
    syscalls::text(&decoder.struct_at(&SIGINFO, 0), &syscalls::Style::default())
}

/// A copy of some memory, at address 0.
struct Copied<'b>(&'b [u8]);

impl Memory for Copied<'_> {
    fn read(&self, addr: Addr, buf: &mut [u8]) -> Result<(), Fault> {
        let range = usize::try_from(addr).ok().and_then(|at| self.0.get(at..at + buf.len()));
        buf.copy_from_slice(range.ok_or(Fault { addr })?);
        Ok(())
    }

    fn write(&mut self, addr: Addr, _: &[u8]) -> Result<(), Fault> {
        Err(Fault { addr })
    }
}

/// A line of the stack under a call.
pub fn frame(frame: &Frame) -> String {
    let module = frame.module.as_deref().unwrap_or("?");
    let function = frame.function.as_deref().unwrap_or("");
    let source = match (&frame.file, frame.line) {
        (Some(file), Some(line)) => format!(" {file}:{line}"),
        _ => String::new(),
    };
    format!(" > {module}({function}+0x{:x}) [0x{:x}]{source}", frame.offset, frame.ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_is_behind_the_last_closing_parenthesis() {
        assert_eq!(
            Parts::split("write(1, \"x) = 3\", 6)  = -1 EIO (Input/output error)"),
            Parts {
                name: "write",
                arguments: "(1, \"x) = 3\", 6)  = ",
                result: "-1 EIO (Input/output error)"
            }
        );
    }

    #[test]
    fn colours_change_nothing_else() {
        let text = "openat(AT_FDCWD, \"/etc/ld.so.cache\", O_RDONLY|O_CLOEXEC) = 3";
        let plain = Output::stdout(crate::cli::Colour::Never);
        assert_eq!(Parts::split(text).painted(&plain), text);
        let coloured = Parts::split(text).painted(&Output::stdout(crate::cli::Colour::Always));
        assert!(coloured.matches('\x1b').count() >= 4, "{coloured:?}");
    }
}
