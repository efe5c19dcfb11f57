//! Ruby's regular expressions, without the VM: [`Regex::new`], [`Regex::find`].
//!
//! Written for this project instead of taken from a crate because scripts expect Onigmo's language
//! (look-around, back-references, `^` and `$` as line anchors, leftmost-first with Ruby's captures)
//! and because the image inside a program must stay small: no tables, no automata, about 40 KiB.
//!
//! * `parse` reads the syntax into a tree, `program` turns it into instructions;
//! * `search` runs them, bounded in time;
//! * `set` answers what is in a character class.

mod parse;
mod program;
mod search;
mod set;

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

/// The slot of a group that took no part.
pub const UNSET: usize = usize::MAX;

/// How a pattern is read.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Debug)]
pub struct Options {
    /// `i`
    pub ignore_case: bool,
    /// `m`: `.` takes newlines.
    pub multiline: bool,
    /// `x`: white space and comments in the pattern don't count.
    pub extended: bool,
    /// `n`: text is bytes, not characters.
    pub bytes: bool,
    /// `(?u)`: `\w \d \s` go beyond ASCII.
    pub unicode: bool,
}

/// What is wrong with a pattern.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{what}: /{pattern}/")]
pub struct SyntaxError {
    /// In Onigmo's words where it has any.
    pub what: String,
    /// The pattern as given.
    pub pattern: String,
}

/// A search went on for too long and was given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the match takes too many steps; make the pattern less ambiguous")]
pub struct TooComplex;

/// The character at `at` and its length; a byte that is not UTF-8 is [`parse::STRAY`] and more.
#[inline]
fn decode(text: &[u8], at: usize, bytes: bool) -> Option<(u32, usize)> {
    let first = *text.get(at)?;
    if first < 0x80 || bytes {
        return Some((u32::from(first), 1));
    }
    let stray = Some((parse::STRAY + u32::from(first), 1));
    let length = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return stray,
    };
    let Some(encoded) = text.get(at..at + length) else { return stray };
    match core::str::from_utf8(encoded) {
        Ok(s) => s.chars().next().map(|c| (u32::from(c), length)),
        Err(_) => stray,
    }
}

/// How long the character at `at` is (1 for a stray byte).
#[must_use]
pub fn unit_length(text: &[u8], at: usize) -> usize {
    decode(text, at, false).map_or(1, |(_, length)| length)
}

/// A compiled pattern.
#[derive(Debug)]
pub struct Regex {
    program: program::Program,
    groups: usize,
    names: Vec<(String, Vec<usize>)>,
    options: Options,
    scratch: RefCell<search::Scratch>,
}

impl Regex {
    /// Compiles a pattern.
    pub fn new(pattern: &[u8], options: Options) -> Result<Regex, SyntaxError> {
        let tree = parse::parse(pattern, options)?;
        let program = program::compile(&tree, options).map_err(|mut error| {
            error.pattern = String::from_utf8_lossy(pattern).into_owned();
            error
        })?;
        Ok(Regex {
            program,
            groups: tree.groups,
            names: tree.names,
            options,
            scratch: RefCell::new(search::Scratch::default()),
        })
    }

    /// How many groups there are, group 0 not counted.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// Names with their groups, in order of appearance.
    #[must_use]
    pub fn names(&self) -> &[(String, Vec<usize>)] {
        &self.names
    }

    /// The first match from `from` on: start and end of every group, [`UNSET`] for one without.
    pub fn find(&self, text: &[u8], from: usize) -> Result<Option<Vec<usize>>, TooComplex> {
        self.search(text, from, false)
    }

    /// The match that begins exactly at `at`.
    pub fn find_here(&self, text: &[u8], at: usize) -> Result<Option<Vec<usize>>, TooComplex> {
        self.search(text, at, true)
    }

    /// The last match that begins at `from` or before it.
    pub fn find_last(&self, text: &[u8], from: usize) -> Result<Option<Vec<usize>>, TooComplex> {
        let mut at = from.min(text.len());
        loop {
            if let Some(found) = self.search(text, at, true)? {
                return Ok(Some(found));
            }
            if at == 0 {
                return Ok(None);
            }
            at = search::before(text, at, self.options.bytes);
        }
    }

    /// Whether there is a match, without the cost of saying where.
    pub fn is_match(&self, text: &[u8], from: usize) -> Result<bool, TooComplex> {
        let mut scratch = self.scratch.take();
        let found =
            search::search(&self.program, text, from, false, self.options.bytes, &mut scratch);
        self.scratch.replace(scratch);
        found
    }

    fn search(
        &self,
        text: &[u8],
        from: usize,
        here: bool,
    ) -> Result<Option<Vec<usize>>, TooComplex> {
        let mut scratch = self.scratch.take();
        let found =
            search::search(&self.program, text, from, here, self.options.bytes, &mut scratch);
        let result = found.map(|yes| yes.then(|| scratch.slots[..2 * (self.groups + 1)].to_vec()));
        self.scratch.replace(scratch);
        result
    }
}

#[cfg(test)]
mod tests;
