//! What went wrong, told to a person: what it was, where in the script, what to do next.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use miette::{Diagnostic, NamedSource, SourceSpan};
use thiserror::Error;

/// Why hijinks itself could not do its work. The program's own failures are exit statuses, not these.
#[derive(Debug, Error, Diagnostic)]
pub enum Failure {
    /// The program can't be run, or the process can't be taken over.
    #[error("{error}")]
    Program {
        /// What the engine says, with what to do.
        error: ptrace::Error,
    },

    /// The program that was asked about is not there.
    #[error("{}: no such program", .program.to_string_lossy())]
    #[diagnostic(help("check the spelling and PATH"))]
    NotFound {
        /// As it was named.
        program: OsString,
    },

    /// The script can't be loaded, or has a mistake; the line is shown.
    #[error("{message}")]
    Script {
        /// What Ruby or we say of it.
        message: String,
        /// The script's text.
        #[source_code]
        source_code: NamedSource<String>,
        /// The line, or the word in it.
        #[label("{label}")]
        span: Option<SourceSpan>,
        /// What stands at the mark.
        label: String,
        /// What to do.
        #[help]
        help: Option<String>,
    },

    /// A file that we must read.
    #[error("{}: {why}", .path.display())]
    #[diagnostic(help("scripts and files are looked for as named, from the current directory"))]
    CantRead {
        /// The file.
        path: PathBuf,
        /// The kernel's words.
        why: String,
    },

    /// Output that can't be written.
    #[error("{}: can't be written: {why}", .path.as_deref().map_or_else(|| "output".into(), |p| p.display().to_string()))]
    #[diagnostic(help("choose another file with -o, or free some space"))]
    CantWrite {
        /// The file, if it is one.
        path: Option<PathBuf>,
        /// The kernel's words.
        why: String,
    },

    /// A running process that can't be taken over.
    #[error("process {pid}: {why}")]
    Attach {
        /// Which.
        pid: i32,
        /// Why not.
        why: String,
        /// What to do.
        #[help]
        help: Option<String>,
    },

    /// An option, or a combination of options, that does not go.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        #[help]
        help: Option<String>,
    },

    /// The engine can't work here.
    #[error("{message}")]
    #[diagnostic(help("`hijinks doctor` tells what this kernel allows"))]
    Engine {
        /// What failed.
        message: String,
    },
}

impl Failure {
    /// The exit status: 126 and 127 as a shell's, 125 for everything that is ours.
    #[must_use]
    pub fn exit_status(&self) -> i32 {
        match self {
            Failure::Program { error } => error.exit_status(),
            Failure::NotFound { .. } => 127,
            _ => 125,
        }
    }

    /// A file that could not be read.
    #[must_use]
    pub fn cant_read(path: &Path, error: &io::Error) -> Failure {
        Failure::CantRead { path: path.to_owned(), why: plain(error) }
    }

    /// Output that could not be written.
    #[must_use]
    pub fn cant_write(path: Option<&Path>, error: &io::Error) -> Failure {
        Failure::CantWrite { path: path.map(Path::to_owned), why: plain(error) }
    }

    /// Something that should not happen, with the words of what did.
    #[must_use]
    pub fn internal(error: &dyn std::fmt::Display) -> Failure {
        Failure::Engine { message: error.to_string() }
    }

    /// A wrong option.
    #[must_use]
    pub fn usage(message: impl Into<String>, help: Option<String>) -> Failure {
        Failure::Usage { message: message.into(), help }
    }

    /// A mistake in a script, with its line marked.
    #[must_use]
    pub fn script(
        message: &str,
        file: &str,
        text: &str,
        line: u32,
        help: Option<String>,
    ) -> Failure {
        let span = line_span(text, line);
        Failure::Script {
            message: message.to_owned(),
            source_code: NamedSource::new(file, text.to_owned()).with_language("Ruby"),
            label: "here".into(),
            span,
            help,
        }
    }

    /// Prints the report: boxes and colours on a terminal, plain words in a pipe.
    pub fn print(self) {
        eprintln!("{:?}", miette::Report::new(self));
    }
}

impl From<ptrace::Error> for Failure {
    fn from(error: ptrace::Error) -> Failure {
        Failure::Program { error }
    }
}

/// Without Rust's ` (os error 2)`.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.find(" (os error").map_or_else(|| text.clone(), |at| text[..at].to_owned())
}

/// The line (from 1) without its indentation.
fn line_span(text: &str, line: u32) -> Option<SourceSpan> {
    // Where something is missing at the end, Ruby names the line behind the last.
    let last = text.trim_end().lines().count();
    let index = usize::try_from(line).ok()?.min(last.max(1)).checked_sub(1)?;
    let start: usize = text.split_inclusive('\n').take(index).map(str::len).sum();
    let content = text.get(start..)?.lines().next()?;
    let indent = content.len() - content.trim_start().len();
    Some(SourceSpan::new((start + indent).into(), content.trim().len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stands_under_the_line_and_not_under_its_indentation() {
        let span = line_span("a\n  b = 1\nc", 2).unwrap();
        assert_eq!((span.offset(), span.len()), (4, 5));
        assert!(line_span("a", 0).is_none());
    }

    #[test]
    fn what_is_missing_at_the_end_is_marked_in_the_last_line() {
        let span = line_span("on(:open) {\n  puts 1\n", 3).unwrap();
        assert_eq!((span.offset(), span.len()), (14, 6));
    }
}
