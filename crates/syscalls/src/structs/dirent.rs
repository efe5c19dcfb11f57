//! Directory entries, both ways.
//!
//! `getdents64` fills a buffer with records of their own length: inode, offset of the next, length,
//! type, name. The old `getdents` has the type in the record's last byte.

use alloc::vec;
use alloc::vec::Vec;

use super::structs;
use crate::types::short::*;
use crate::{Addr, Decoder, StructDef, Type, Value, flags};

structs! {
    /// A record of `getdents64`; the name fills the rest of it.
    DIRENT64 "linux_dirent64" {
        d_ino: U64, d_off: I64, d_reclen: U16, d_type: bits1(&flags::DIRENT_TYPE),
        d_name: Type::Name(256),
    };
    /// A record of `getdents`.
    DIRENT "linux_dirent" {
        d_ino: U64, d_off: U64, d_reclen: U16, d_name: Type::Name(256),
        d_type: bits1(&flags::DIRENT_TYPE),
    };
}

/// An entry of a directory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The inode.
    pub ino: u64,
    /// Where the next entry begins: what `lseek` takes.
    pub off: i64,
    /// `DT_REG` and its like.
    pub kind: u8,
    /// The name.
    pub name: Vec<u8>,
}

/// The entries in a buffer that `getdents64` (or `getdents`, if not `new`) filled.
#[must_use]
pub fn parse(mut raw: &[u8], new: bool) -> Vec<Entry> {
    let head = if new { 19 } else { 18 };
    let mut entries = Vec::new();
    while raw.len() > head {
        let word = |at: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&raw[at..at + 8]);
            u64::from_le_bytes(bytes)
        };
        let length = usize::from(u16::from_le_bytes([raw[16], raw[17]])).clamp(head, raw.len());
        let name = &raw[head..length];
        let end = name.iter().position(|b| *b == 0).unwrap_or(name.len());
        let kind = if new { raw[18] } else { raw[length - 1] };
        entries.push(Entry {
            ino: word(0),
            off: word(8).cast_signed(),
            kind,
            name: name[..end].to_vec(),
        });
        raw = &raw[length..];
    }
    entries
}

/// As many entries as fit into `room` bytes, and how many those are.
#[must_use]
pub fn build(entries: &[Entry], new: bool, room: usize) -> (Vec<u8>, usize) {
    let mut raw = Vec::new();
    for (i, entry) in entries.iter().enumerate() {
        let length = (20 + entry.name.len()).next_multiple_of(8);
        if raw.len() + length > room {
            return (raw, i);
        }
        let end = raw.len() + length;
        raw.extend_from_slice(&entry.ino.to_le_bytes());
        raw.extend_from_slice(&entry.off.to_le_bytes());
        raw.extend_from_slice(&(length as u16).to_le_bytes());
        if new {
            raw.push(entry.kind);
        }
        raw.extend_from_slice(&entry.name);
        raw.resize(end, 0);
        if !new {
            raw[end - 1] = entry.kind;
        }
    }
    (raw, entries.len())
}

pub(crate) fn decode(at: &Decoder<'_>, addr: Addr, len: usize, new: bool) -> Value {
    let mut raw = vec![0; len.min(1 << 24)];
    if at.mem.read(addr, &mut raw).is_err() {
        return Value::Fault(addr);
    }
    let def: &'static StructDef = if new { &DIRENT64 } else { &DIRENT };
    let value = |entry: Entry| {
        let length = (20 + entry.name.len()).next_multiple_of(8) as u64;
        let kind = ("d_type", Value::Flags(&flags::DIRENT_TYPE, u64::from(entry.kind)));
        let name = ("d_name", Value::Str(entry.name, true));
        let mut fields = vec![
            ("d_ino", Value::Uint(entry.ino)),
            ("d_off", Value::Int(entry.off)),
            ("d_reclen", Value::Uint(length)),
        ];
        fields.extend(if new { [kind, name] } else { [name, kind] });
        Value::Struct(def, fields)
    };
    Value::Array(parse(&raw, new).into_iter().map(value).collect(), true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_survive_the_way_there_and_back_and_fill_no_more_than_the_room() {
        let entry = |n: u64, name: &str| Entry {
            ino: n,
            off: n.cast_signed(),
            kind: 8,
            name: name.as_bytes().to_vec(),
        };
        let entries = [entry(1, "."), entry(2, "a-longer-name"), entry(3, "z")];
        for new in [true, false] {
            let (raw, n) = build(&entries, new, 4096);
            assert_eq!((n, parse(&raw, new)), (3, entries.to_vec()));
            let (raw, n) = build(&entries, new, raw.len() - 1);
            assert_eq!((n, parse(&raw, new)), (2, entries[..2].to_vec()));
        }
    }
}
