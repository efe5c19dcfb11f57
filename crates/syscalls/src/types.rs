//! What an argument, or a field of a struct, is.
//!
//! One vocabulary serves registers and memory: a [`Type`] says how many bytes the thing takes in
//! memory ([`Type::size`]), how it is read, and how it is written. In a register a scalar is the
//! register's low bits, and a pointer type is the address.

use crate::FlagSet;

/// Bytes of a scalar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Width {
    /// 1 byte.
    B1 = 1,
    /// 2 bytes.
    B2 = 2,
    /// 4 bytes.
    B4 = 4,
    /// 8 bytes.
    B8 = 8,
}

/// How many elements (or bytes) a pointer points to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Len {
    /// As many as the call's argument of this index says.
    Arg(u8),
    /// As many as the call returned; at entry, or on an error, the address alone is known.
    Result,
    /// As the 32-bit word says to which the argument of this index points.
    At(u8),
    /// As the sibling field of this name says.
    Field(&'static str),
    /// Always so many.
    Fixed(u32),
}

/// What an argument or a field is.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub enum Type {
    /// A signed decimal number.
    Int(Width),
    /// An unsigned decimal number.
    Uint(Width),
    /// A number best read in hexadecimal.
    Hex(Width),
    /// A file descriptor.
    Fd,
    /// A directory's descriptor, or `AT_FDCWD`.
    DirFd,
    /// A process or thread id.
    Pid,
    /// A user or group id; -1 is "unchanged".
    Id,
    /// Permission bits, in octal.
    Mode,
    /// File type and permission bits, as in `st_mode`.
    FileMode(Width),
    /// A device number.
    Dev(Width),
    /// A signal's number.
    Signal,
    /// One of a set of names, or bits of it.
    Flags(&'static FlagSet, Width),
    /// Seconds since 1970.
    UnixTime(Width),
    /// The status that `wait4` stores.
    WaitStatus,
    /// A set of signals, 8 bytes, inline.
    SigSet,
    /// As many bytes as a sibling field says, behind the struct's end.
    Tail(&'static str),
    /// So many bytes, inline: an array of characters.
    Chars(u32),
    /// A C string inline, in so many bytes.
    Name(u32),
    /// An address that is not followed.
    Ptr,
    /// A C string that names a file.
    Path,
    /// A C string.
    Str,
    /// A buffer.
    Bytes(Len),
    /// Pointer to one of these.
    To(&'static Type),
    /// Pointer to a struct.
    At(&'static StructDef),
    /// A struct, inline.
    Struct(&'static StructDef),
    /// Pointer to so many of these.
    Array(&'static Type, Len),
    /// So many of these, inline.
    Inline(&'static Type, u32),
    /// Pointer to a NULL-terminated array of C strings: `argv`.
    Argv,
    /// The same for the environment, which nobody wants to read in a line.
    Envp,
    /// Pointer to a signal set of so many bytes.
    SigSetAt(Len),
    /// Pointer to a socket address.
    SockAddr(Len),
    /// Pointer to the control messages of a `msghdr`.
    Control(Len),
    /// Pointer to the bits of `select`; the argument of this index is the number of descriptors.
    FdSet(u8),
    /// Pointer to directory entries, as many bytes as the result says; true for `getdents64`.
    Dirents(bool),
    /// Pointer to a set of processors of so many bytes.
    CpuSet(Len),
    /// Pointer to a System V message whose text has so many bytes.
    Message(Len),
    /// As a result: the call does not return.
    Never,
    /// As a result: the kernel has a number for the call and nothing behind it.
    Absent,
}

impl Type {
    /// Bytes in memory; for a pointer, the pointer's.
    #[must_use]
    pub const fn size(&self) -> usize {
        match self {
            Type::Int(w) | Type::Uint(w) | Type::Hex(w) | Type::Flags(_, w) => *w as usize,
            Type::FileMode(w) | Type::Dev(w) | Type::UnixTime(w) => *w as usize,
            Type::Fd | Type::DirFd | Type::Pid | Type::Id | Type::Signal | Type::WaitStatus => 4,
            Type::Mode => 4,
            Type::Chars(n) | Type::Name(n) => *n as usize,
            Type::Tail(_) => 0,
            Type::Struct(def) => def.size,
            Type::Inline(of, n) => of.size() * *n as usize,
            _ => 8,
        }
    }

    /// The alignment that C gives it.
    #[must_use]
    pub const fn align(&self) -> usize {
        match self {
            Type::Chars(_) | Type::Name(_) | Type::Tail(_) => 1,
            Type::Inline(of, _) => of.align(),
            Type::Struct(def) => {
                let (mut most, mut i) = (1, 0);
                while i < def.fields.len() {
                    let align = def.fields[i].ty.align();
                    if align > most {
                        most = align;
                    }
                    i += 1;
                }
                most
            }
            _ => self.size(),
        }
    }

    /// Whether the register holds an address that is followed.
    #[must_use]
    pub const fn is_pointer(&self) -> bool {
        matches!(
            self,
            Type::Path
                | Type::Str
                | Type::Bytes(_)
                | Type::To(_)
                | Type::At(_)
                | Type::Array(..)
                | Type::Argv
                | Type::Envp
                | Type::SigSetAt(_)
                | Type::SockAddr(_)
                | Type::Control(_)
                | Type::FdSet(_)
                | Type::Dirents(_)
                | Type::CpuSet(_)
                | Type::Message(_)
        )
    }
}

/// A field of a struct.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Field {
    /// As the man page calls it.
    pub name: &'static str,
    /// Bytes from the struct's start.
    pub offset: usize,
    /// What it is.
    pub ty: Type,
}

/// A struct of the kernel's interface.
#[derive(Debug)]
pub struct StructDef {
    /// As the man page calls it, without `struct`.
    pub name: &'static str,
    /// Bytes.
    pub size: usize,
    /// In the order of memory.
    pub fields: &'static [Field],
    /// What a verbose line shows, in its order; empty: everything.
    pub shown: &'static [&'static str],
    /// What a line shows that is not verbose, with dots for the rest; empty: the same.
    pub brief: &'static [&'static str],
}

impl PartialEq for StructDef {
    fn eq(&self, other: &Self) -> bool {
        core::ptr::eq(self, other) || (self.name == other.name && self.size == other.size)
    }
}

impl StructDef {
    /// The field of that name; the prefix that all share (`st_`, `tv_`) may be left out.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|f| f.name == name).or_else(|| {
            self.fields
                .iter()
                .find(|f| f.name.split_once('_').is_some_and(|(_, rest)| rest == name))
        })
    }
}

/// A type for others to refer to: `Type::To(of!(Type::Struct(&STAT)))`. A plain `&` does not live
/// long enough once it mentions another static.
macro_rules! of {
    ($ty:expr) => {
        const { &$ty }
    };
}
pub(crate) use of;

/// Short names for the types, for the tables.
pub(crate) mod short {
    use super::Width::{B1, B2, B4, B8};
    use super::{Len, StructDef, Type};
    use crate::FlagSet;

    pub(crate) const I16: Type = Type::Int(B2);
    pub(crate) const I32: Type = Type::Int(B4);
    pub(crate) const I64: Type = Type::Int(B8);
    pub(crate) const U8: Type = Type::Uint(B1);
    pub(crate) const U16: Type = Type::Uint(B2);
    pub(crate) const U32: Type = Type::Uint(B4);
    pub(crate) const U64: Type = Type::Uint(B8);
    pub(crate) const X16: Type = Type::Hex(B2);
    pub(crate) const X32: Type = Type::Hex(B4);
    pub(crate) const X64: Type = Type::Hex(B8);

    /// Four bytes of flags.
    pub(crate) const fn bits(set: &'static FlagSet) -> Type {
        Type::Flags(set, B4)
    }
    /// Eight bytes of flags.
    pub(crate) const fn bits8(set: &'static FlagSet) -> Type {
        Type::Flags(set, B8)
    }
    /// Two bytes of flags.
    pub(crate) const fn bits2(set: &'static FlagSet) -> Type {
        Type::Flags(set, B2)
    }
    /// One byte of flags.
    pub(crate) const fn bits1(set: &'static FlagSet) -> Type {
        Type::Flags(set, B1)
    }
    /// A struct inside another.
    pub(crate) const fn nested(def: &'static StructDef) -> Type {
        Type::Struct(def)
    }
    /// A buffer as long as a sibling field says.
    pub(crate) const fn buffer(length: &'static str) -> Type {
        Type::Bytes(Len::Field(length))
    }
}
