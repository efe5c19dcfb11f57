//! What an argument, a field or a result turned out to be.
//!
//! A value describes itself: it can be printed or turned into a Ruby object without its [`Type`].
//!
//! [`Type`]: crate::Type

use alloc::vec::Vec;

use crate::{Addr, FlagSet, SockAddr, StructDef};

/// A decoded argument, field or element.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Value {
    /// A signed number.
    Int(i64),
    /// An unsigned number.
    Uint(u64),
    /// An unsigned number that is read in hexadecimal.
    Hex(u64),
    /// Bits or one name of a set.
    Flags(&'static FlagSet, u64),
    /// A file descriptor.
    Fd(i32),
    /// A directory descriptor; -100 is `AT_FDCWD`.
    DirFd(i32),
    /// A process or thread.
    Pid(i32),
    /// A user or group; `u32::MAX` is -1.
    Id(u32),
    /// Permission bits.
    Mode(u32),
    /// File type and permission bits.
    FileMode(u32),
    /// A device's number, as the kernel encodes it in `dev_t`.
    Dev(u64),
    /// A signal.
    Signal(i32),
    /// A set of signals: bit n-1 is signal n.
    SigSet(u64),
    /// What `wait4` said.
    WaitStatus(i32),
    /// Seconds since 1970.
    UnixTime(i64),
    /// A length of time, for encoding into a `timespec` or `timeval`.
    Nanos(i64),
    /// A file's name; false if it goes on beyond what was read.
    Path(Vec<u8>, bool),
    /// A C string; false if it goes on beyond what was read.
    Str(Vec<u8>, bool),
    /// A buffer: its beginning, and how many bytes it has in truth.
    Bytes(Vec<u8>, u64),
    /// A struct's fields in order.
    Struct(&'static StructDef, Vec<(&'static str, Value)>),
    /// Elements; false if there are more.
    Array(Vec<Value>, bool),
    /// What one pointer points to.
    Pointee(alloc::boxed::Box<Value>),
    /// `argv`; false if there are more.
    Argv(Vec<Value>, bool),
    /// The environment: where it lies, and its strings.
    Envp(Addr, Vec<Value>, bool),
    /// A socket address, and the length that came with it.
    Address(SockAddr),
    /// The descriptors of an `fd_set`.
    FdSet(Vec<i32>),
    /// The processors of a set.
    CpuSet(Vec<u32>),
    /// An address, not followed (or not yet: the kernel will write there).
    Ptr(Addr),
    /// The null pointer.
    Null,
    /// An address that can't be read.
    Fault(Addr),
}

impl Value {
    /// The number, for every kind that is one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        Some(match self {
            Value::Int(v) | Value::UnixTime(v) | Value::Nanos(v) => *v,
            Value::Uint(v)
            | Value::Hex(v)
            | Value::Flags(_, v)
            | Value::Dev(v)
            | Value::SigSet(v)
            | Value::Ptr(v)
            | Value::Fault(v) => v.cast_signed(),
            Value::Fd(v)
            | Value::DirFd(v)
            | Value::Pid(v)
            | Value::Signal(v)
            | Value::WaitStatus(v) => i64::from(*v),
            Value::Id(v) | Value::Mode(v) | Value::FileMode(v) => i64::from(*v),
            Value::Null => 0,
            Value::Pointee(v) => return v.as_int(),
            _ => return None,
        })
    }

    /// The bytes, for strings, paths and buffers.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Value::Path(b, _) | Value::Str(b, _) | Value::Bytes(b, _) => Some(b),
            _ => None,
        }
    }

    /// A struct's field; the prefix that all its fields share may be left out.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Value> {
        let Value::Struct(def, fields) = self else { return None };
        let field = def.field(name)?;
        fields.iter().find(|(n, _)| *n == field.name).map(|(_, v)| v)
    }
}
