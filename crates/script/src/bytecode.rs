//! The constants that a program names, from its bytecode: a misspelt `Errno::EACESS` deep in a
//! handler is found when the script loads, not when the handler first raises it.
//!
//! The format is mruby 3.2's (`src/dump.c`, `include/mruby/ops.h`); of any other version nothing is
//! said.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// What a program says of constants.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Constants {
    /// Paths that are read: `Errno::EIO`, `Socket`.
    pub read: Vec<String>,
    /// Last names that the program gives to something itself.
    pub defined: Vec<String>,
}

/// Operands of each instruction in the order of their numbers: B is a byte, S two, W three.
const OPERANDS: &[&str] = &[
    "", "BB", "BB", "BB", "BB", "B", "B", "B", "B", "B", "B", "B", "B", "B", "BS", "BSS", "BB",
    "B", "B", "B", "B", "BB", "BB", "BB", "BB", "BB", "BB", "BB", "BB", "BB", "BB", "BB", "BB",
    "BBB", "BBB", "B", "B", "S", "BS", "BS", "BS", "S", "B", "BB", "B", "BBB", "BBB", "BBB", "BBB",
    "", "BB", "BS", "W", "BB", "", "BB", "B", "B", "B", "BS", "B", "BB", "B", "BB", "B", "B", "B",
    "B", "B", "B", "B", "BB", "BBB", "B", "BB", "B", "BBB", "BBB", "BBB", "B", "BB", "BB", "B",
    "BB", "BB", "B", "BB", "BB", "BB", "B", "B", "B", "BB", "BB", "BB", "BB", "BB", "B", "B", "B",
    "BBB", "B", "", "", "", "",
];
const GETCONST: u8 = 29;
const SETCONST: u8 = 30;
const GETMCNST: u8 = 31;
const SETMCNST: u8 = 32;
const CLASS: u8 = 92;
const MODULE: u8 = 93;
const EXT1: u8 = 102;
const EXT2: u8 = 103;
const EXT3: u8 = 104;

/// Reads a program's bytecode; none if it is of another version, or not what it should be.
#[must_use]
pub fn constants(bytecode: &[u8]) -> Option<Constants> {
    let mut reader = Reader(bytecode);
    if reader.take(8)? != b"RITE0300" {
        return None;
    }
    reader.take(12)?;
    if reader.take(4)? != b"IREP" {
        return None;
    }
    reader.take(8)?;
    let mut found = Constants::default();
    record(&mut reader, &mut found, 0)?;
    Some(found)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(head)
    }

    fn word(&mut self) -> Option<usize> {
        Some(self.take(2)?.iter().fold(0, |n, byte| n << 8 | usize::from(*byte)))
    }

    fn long(&mut self) -> Option<usize> {
        Some(self.take(4)?.iter().fold(0, |n, byte| n << 8 | usize::from(*byte)))
    }
}

/// One irep and those inside it.
fn record(reader: &mut Reader<'_>, found: &mut Constants, depth: usize) -> Option<()> {
    if depth > 100 {
        return None;
    }
    reader.take(8)?;
    let (children, handlers, length) = (reader.word()?, reader.word()?, reader.long()?);
    let code = reader.take(length)?;
    reader.take(handlers * 13)?;
    for _ in 0..reader.word()? {
        match reader.take(1)?[0] {
            // int32, int64, float, bigint, string
            1 => reader.take(4)?,
            3 | 5 => reader.take(8)?,
            7 => {
                let digits = usize::from(*reader.0.first()?);
                reader.take(digits + 2)?
            }
            _ => {
                let length = reader.word()?;
                reader.take(length + 1)?
            }
        };
    }
    let mut symbols = Vec::new();
    for _ in 0..reader.word()? {
        symbols.push(match reader.word()? {
            0xffff => "",
            length => core::str::from_utf8(&reader.take(length + 1)?[..length]).unwrap_or(""),
        });
    }
    instructions(code, &symbols, found)?;
    (0..children).try_for_each(|_| record(reader, found, depth + 1))
}

fn instructions(code: &[u8], symbols: &[&str], found: &mut Constants) -> Option<()> {
    let mut reader = Reader(code);
    // The path that the instruction before has put into a register.
    let mut path: Option<(usize, String)> = None;
    while !reader.0.is_empty() {
        let mut op = reader.take(1)?[0];
        let (mut wide_first, mut wide_second) = (false, false);
        if (EXT1..=EXT3).contains(&op) {
            wide_first = op != EXT2;
            wide_second = op != EXT1;
            op = reader.take(1)?[0];
        }
        let mut operands = [0; 3];
        for (i, kind) in OPERANDS.get(usize::from(op))?.bytes().enumerate() {
            let wide = i == 0 && wide_first || i == 1 && wide_second;
            operands[i] = match kind {
                b'W' => reader.take(3)?.iter().fold(0, |n, byte| n << 8 | usize::from(*byte)),
                b'S' => reader.word()?,
                _ if wide => reader.word()?,
                _ => usize::from(reader.take(1)?[0]),
            };
        }
        let name = || symbols.get(operands[1]).map(|name| (*name).to_owned());
        path = match (op, path) {
            (GETCONST, before) => {
                found.read.extend(before.map(|(_, path)| path));
                Some((operands[0], name()?))
            }
            (GETMCNST, Some((register, scope))) if register == operands[0] => {
                Some((register, alloc::format!("{scope}::{}", name()?)))
            }
            (SETCONST | SETMCNST | CLASS | MODULE, before) => {
                found.defined.push(name()?);
                found.read.extend(before.map(|(_, path)| path));
                None
            }
            (_, before) => {
                found.read.extend(before.map(|(_, path)| path));
                None
            }
        };
    }
    found.read.extend(path.map(|(_, path)| path));
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use mruby::Vm;

    fn of(source: &str) -> Constants {
        let vm = Vm::new(mruby::Options::default()).unwrap();
        constants(&vm.compile(source, "test.rb").unwrap()).unwrap()
    }

    #[test]
    fn constants_are_found_in_blocks_within_blocks() {
        let found = of(
            "on(:read) { |c| raise Errno::EACESS if c.x { [1.5, 1 << 70, 'a'].map { File::Stat::Foo } } }",
        );
        assert!(found.read.contains(&"Errno::EACESS".into()), "{found:?}");
        assert!(found.read.contains(&"File::Stat::Foo".into()), "{found:?}");
        assert_eq!(found.read.len(), 2);
    }

    #[test]
    fn what_a_script_defines_is_its_own() {
        let found =
            of("class Watch\n LIMIT = 5\n def x = LIMIT\nend\nmodule Tools; end\nTools::N = 1");
        assert_eq!(found.defined, ["Watch", "Tools", "N", "LIMIT"]);
    }

    #[test]
    fn rubbish_says_nothing() {
        assert_eq!(constants(b"RITE0400"), None);
        assert_eq!(constants(b""), None);
        let vm = Vm::new(mruby::Options::default()).unwrap();
        let whole = vm.compile("x { Errno::EIO }", "t.rb").unwrap();
        for cut in 0..whole.len() - 60 {
            let _ = constants(&whole[..cut]);
        }
    }
}
