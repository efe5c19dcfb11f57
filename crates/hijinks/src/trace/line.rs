//! What surrounds the call in a line of strace: columns, colours, times, signals, stacks.

use std::time::SystemTime;

use anstyle::{AnsiColor, Style};
use engine::Frame;

use crate::output::Output;

/// A rendered call, taken apart where the columns and colours go.
#[derive(Debug, PartialEq, Eq)]
pub struct Parts<'t> {
    name: &'t str,
    arguments: &'t str,
    result: &'t str,
}

impl<'t> Parts<'t> {
    /// `name(arguments) = result`; a text of another form is all arguments.
    pub fn split(text: &'t str) -> Parts<'t> {
        let parts = || {
            let open = text.find('(')?;
            // The last one: a string among the arguments may hold the same characters.
            let equals = text.rfind(") = ")?;
            Some(Parts {
                name: &text[..open],
                arguments: &text[open..=equals],
                result: &text[equals + 4..],
            })
        };
        parts().unwrap_or(Parts { name: "", arguments: text, result: "" })
    }

    /// The line with its result in the column, coloured if wanted.
    pub fn aligned(&self, column: usize, output: &Output) -> String {
        if self.name.is_empty() {
            return self.arguments.to_owned();
        }
        let width = self.name.len() + self.arguments.len();
        let padding = " ".repeat(column.saturating_sub(width).saturating_sub(1));
        let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        let name = output.paint(colour(AnsiColor::Cyan).bold(), self.name);
        let of_result = if self.result.starts_with("-1 ") {
            colour(AnsiColor::Red)
        } else if self.result.starts_with('?') {
            colour(AnsiColor::Yellow)
        } else {
            colour(AnsiColor::Green)
        };
        let result = output.paint(of_result, self.result);
        format!("{name}{}{padding} = {result}", self.arguments)
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
    syscalls::flags::signal_name(signal)
}

/// `{si_signo=SIGCHLD, si_code=CLD_EXITED, ...}`.
pub fn siginfo(info: &[u8; 128]) -> String {
    syscalls::render_siginfo(info)
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
        let parts = Parts::split("write(1, \"x) = 3\", 6) = -1 EIO (Input/output error)");
        assert_eq!(
            parts,
            Parts {
                name: "write",
                arguments: "(1, \"x) = 3\", 6)",
                result: "-1 EIO (Input/output error)"
            }
        );
    }

    #[test]
    fn results_stand_in_their_column_as_straces_do() {
        let output = Output::stdout(crate::cli::Colour::Never);
        assert_eq!(
            Parts::split("getpid() = 7").aligned(40, &output),
            format!("{:<39} = 7", "getpid()")
        );
        let long = "openat(AT_FDCWD, \"/etc/ld.so.cache\", O_RDONLY|O_CLOEXEC) = 3";
        assert_eq!(Parts::split(long).aligned(40, &output), long);
    }
}
