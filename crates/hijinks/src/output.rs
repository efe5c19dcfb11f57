//! Where hijinks' own words go: a terminal with colours, a pipe without, or a file. Never the
//! program's standard output, unless there is no program.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anstyle::Style;

use crate::cli::Colour;
use crate::report::Failure;

/// A place for lines.
pub struct Output {
    sink: Box<dyn Write + Send>,
    colour: bool,
    path: Option<PathBuf>,
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output").field("path", &self.path).field("colour", &self.colour).finish()
    }
}

impl Output {
    /// The file if one is named, else standard error: the program owns standard output.
    ///
    /// # Errors
    /// [`Failure::CantWrite`] when the file can't be made.
    pub fn beside_the_program(path: Option<&Path>, colour: Colour) -> Result<Output, Failure> {
        match path {
            None => Ok(Output::new(Box::new(io::stderr()), colour, io::stderr().is_terminal())),
            Some(path) => {
                let file =
                    File::create(path).map_err(|error| Failure::cant_write(Some(path), &error))?;
                let mut output = Output::new(Box::new(io::BufWriter::new(file)), colour, false);
                output.path = Some(path.to_owned());
                Ok(output)
            }
        }
    }

    /// Standard output, for commands that run no program.
    #[must_use]
    pub fn stdout(colour: Colour) -> Output {
        Output::new(Box::new(io::stdout()), colour, io::stdout().is_terminal())
    }

    fn new(sink: Box<dyn Write + Send>, colour: Colour, terminal: bool) -> Output {
        let colour = match colour {
            Colour::Always => true,
            Colour::Never => false,
            // https://no-color.org: set and not empty.
            Colour::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
        };
        Output { sink, colour, path: None }
    }

    /// Whether lines go to a file that the user named.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.path.is_some()
    }

    /// The file, if it is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The text in this style, or as it is where colours are not wanted.
    #[must_use]
    pub fn paint(&self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// One line.
    ///
    /// # Errors
    /// [`Failure::CantWrite`]; a reader that went away (`EPIPE`) is no error: nobody is left to tell.
    pub fn line(&mut self, line: &str) -> Result<(), Failure> {
        let mut bytes = Vec::with_capacity(line.len() + 1);
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
        self.bytes(&bytes)
    }

    /// Bytes as they are, in one write as far as possible, so that lines of several writers stay whole.
    ///
    /// # Errors
    /// As [`Output::line`].
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self.sink.write_all(bytes) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::cant_write(self.path.as_deref(), &error))
            }
            _ => Ok(()),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sink.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}
