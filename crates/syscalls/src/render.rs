//! The line that strace writes.

use alloc::string::String;

use crate::Memory;

/// How a line is written.
#[derive(Clone, Copy)]
pub struct Style<'a> {
    /// Bytes of a string that are shown (`-s`).
    pub strings: usize,
    /// Structs and arrays in full (`-v`).
    pub verbose: bool,
    /// The file behind a descriptor of the program (`-y`).
    pub fd_path: Option<&'a dyn Fn(i32) -> Option<String>>,
}

impl Default for Style<'_> {
    fn default() -> Self {
        Style { strings: 32, verbose: false, fd_path: None }
    }
}

impl core::fmt::Debug for Style<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Style")
            .field("strings", &self.strings)
            .field("verbose", &self.verbose)
            .finish_non_exhaustive()
    }
}

/// A line under way: what was known before the call.
///
/// `Line::enter` before the kernel is asked, [`Line::exit`] after it answered: the program's memory
/// before the call may be gone (`execve`) or overwritten (`poll`) afterwards.
#[derive(Debug, Clone)]
pub struct Line {
    nr: u64,
    args: [u64; 6],
}

impl Line {
    /// Reads what the kernel is about to read.
    #[must_use]
    pub fn enter(nr: u64, args: &[u64; 6], mem: &dyn Memory, style: &Style<'_>) -> Self {
        let _ = (mem, style);
        Line { nr, args: *args }
    }

    /// The line as far as it is known before the answer: `read(0, `.
    #[must_use]
    pub fn unfinished(&self, style: &Style<'_>) -> String {
        let _ = style;
        String::new()
    }

    /// The whole line; without a result the call did not return: `= ?`.
    #[must_use]
    pub fn exit(&self, result: Option<i64>, mem: &dyn Memory, style: &Style<'_>) -> String {
        let _ = (result, mem, style);
        alloc::format!("{}({:?})", self.nr, self.args)
    }
}

/// The line of a call that is over, from what its memory holds now.
#[must_use]
pub fn render(
    nr: u64,
    args: &[u64; 6],
    result: Option<i64>,
    mem: &dyn Memory,
    style: &Style<'_>,
) -> String {
    Line::enter(nr, args, mem, style).exit(result, mem, style)
}
