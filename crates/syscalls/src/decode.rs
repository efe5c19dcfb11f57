//! From registers and memory to values.
//!
//! A [`Decoder`] looks at one call at one moment. Before the call only what the kernel will read
//! can be followed; what it will write is an address still. After the call both can, and lengths
//! that the result gives are known. Each argument is decoded by itself, when it is asked for.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::Cell;

use crate::structs::{self, control};
use crate::{
    Addr, Arg, Direction, Field, Len, Memory, SockAddr, StructDef, Syscall, Type, Value, Width,
};

/// The moment at which a call is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// Before the kernel is asked.
    Entry,
    /// After it answered.
    Exit,
}

/// How much is read at most.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of a buffer or a string (a path is always read whole).
    pub bytes: usize,
    /// Elements of an array.
    pub elements: usize,
}

impl Default for Limits {
    /// Buffers up to a mebibyte, arrays up to `IOV_MAX` elements: whole, for all that is usual.
    fn default() -> Self {
        Limits { bytes: 1 << 20, elements: 1024 }
    }
}

/// One call at one moment.
#[derive(Clone, Copy)]
pub struct Decoder<'m> {
    /// The call's number.
    pub nr: u64,
    /// Its registers.
    pub args: [u64; 6],
    /// The kernel's answer, once there is one.
    pub result: Option<i64>,
    /// The program's memory.
    pub mem: &'m dyn Memory,
    /// How much to read.
    pub limits: Limits,
}

impl core::fmt::Debug for Decoder<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Decoder")
            .field("nr", &self.nr)
            .field("args", &self.args)
            .field("result", &self.result)
            .finish_non_exhaustive()
    }
}

/// All arguments of a call, with their names.
///
/// At [`When::Exit`] the result must be given; what a failed call would have written stays an
/// address.
#[must_use]
pub fn decode(
    nr: u64,
    args: &[u64; 6],
    result: Option<i64>,
    mem: &dyn Memory,
    when: When,
) -> Vec<(&'static str, Value)> {
    let result = if when == When::Entry { None } else { result };
    Decoder { nr, args: *args, result, mem, limits: Limits::default() }.all()
}

/// The argument of that index alone.
#[must_use]
pub fn decode_arg(
    nr: u64,
    args: &[u64; 6],
    index: usize,
    result: Option<i64>,
    mem: &dyn Memory,
    limits: Limits,
) -> Value {
    Decoder { nr, args: *args, result, mem, limits }.arg(index)
}

/// What a nested read needs beside memory: the struct around it, the bytes left of a result, and
/// how much may be kept.
#[derive(Clone, Copy)]
struct Within<'a> {
    fields: &'a [(&'static str, Value)],
    /// Bytes that the call transferred, to be spread over the buffers of an iovec.
    budget: Option<&'a Cell<u64>>,
    /// Bytes of memory that this argument may still take here: a thousand buffers that overlap in
    /// the program would be a thousand copies.
    room: &'a Cell<usize>,
}

/// What one argument may take, buffers, strings and structs together.
const ROOM: usize = 32 << 20;

impl Within<'_> {
    /// Takes so many bytes of what is left, or says that they are not.
    fn take(&self, bytes: usize) -> bool {
        let left = self.room.get().checked_sub(bytes);
        self.room.set(left.unwrap_or_else(|| self.room.get()));
        left.is_some()
    }
}

impl Decoder<'_> {
    /// The table's entry.
    #[must_use]
    pub fn syscall(&self) -> Option<&'static Syscall> {
        crate::syscall(self.nr)
    }

    /// The arguments that this very call has.
    #[must_use]
    pub fn params(&self) -> &'static [Arg] {
        self.syscall().map_or(&[], |call| call.args_of(&self.args))
    }

    /// All arguments, with their names.
    #[must_use]
    pub fn all(&self) -> Vec<(&'static str, Value)> {
        let params = self.params();
        params.iter().enumerate().map(|(i, arg)| (arg.name, self.arg(i))).collect()
    }

    /// The argument of that index: as this very call has it, or else as the call has it at all.
    #[must_use]
    pub fn arg(&self, index: usize) -> Value {
        let of_call = || self.syscall().and_then(|call| call.args.get(index));
        match self.params().get(index).or_else(of_call) {
            Some(arg) => self.register(arg, self.args[usize::from(arg.register)]),
            None => Value::Hex(self.args.get(index).copied().unwrap_or(0)),
        }
    }

    /// An argument by its name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<Value> {
        let here = self.params().iter().position(|a| a.name == name);
        match here {
            Some(i) => Some(self.arg(i)),
            None => {
                let call = self.syscall()?;
                let arg = &call.args[call.arg(name)?];
                Some(self.register(arg, self.args[usize::from(arg.register)]))
            }
        }
    }

    pub(crate) fn register(&self, arg: &Arg, raw: u64) -> Value {
        if !arg.ty.is_pointer() {
            return scalar(&arg.ty, raw);
        }
        if raw == 0 {
            return Value::Null;
        }
        // Where a buffer's pieces lie is known before anything is in them.
        let pieces = matches!(arg.ty, Type::Array(Type::Struct(def), _) if def.name == "iovec");
        let written = arg.direction == Direction::Written && !pieces;
        let failed = self.result.is_none_or(|r| (-4095..0).contains(&r));
        if written && failed {
            return Value::Ptr(raw);
        }
        let moved = Cell::new(self.result.map_or(0, |r| u64::try_from(r).unwrap_or(0)));
        let is_read = matches!(arg.direction, Direction::Read);
        let budget = if is_read { None } else { Some(&moved) };
        self.pointer(&arg.ty, raw, &Within { fields: &[], budget, room: &Cell::new(ROOM) })
    }

    /// What lies at `addr`, a non-null address of a pointer type.
    fn pointer(&self, ty: &Type, addr: Addr, within: &Within<'_>) -> Value {
        match *ty {
            Type::Path => self.c_string(addr, 4096, Value::Path),
            Type::Str => self.c_string(addr, self.limits.bytes, Value::Str),
            Type::Bytes(len) => self.buffer(addr, len, within),
            Type::To(of) => match self.inline(of, addr, within) {
                Value::Fault(_) => Value::Fault(addr),
                value => Value::Pointee(Box::new(value)),
            },
            Type::At(def) => self.structure(def, addr, within),
            Type::Array(of, len) => match self.length(len, within) {
                None => Value::Ptr(addr),
                Some(n) => self.array(of, addr, n, within),
            },
            Type::Argv => {
                let (strings, whole) = self.strings(addr, self.limits.elements, within);
                match strings.first() {
                    Some(Value::Fault(_)) if strings.len() == 1 => Value::Fault(addr),
                    _ => Value::Argv(strings, whole),
                }
            }
            // Nobody reads an environment in a line, but everybody wants its size.
            Type::Envp => {
                let (strings, whole) = self.strings(addr, 1 << 16, within);
                match strings.first() {
                    Some(Value::Fault(_)) if strings.len() == 1 => Value::Fault(addr),
                    _ => Value::Envp(addr, strings, whole),
                }
            }
            Type::SigSetAt(len) => match self.length(len, within) {
                Some(8) => {
                    let mut raw = [0; 8];
                    match self.mem.read(addr, &mut raw) {
                        Ok(()) => Value::SigSet(u64::from_le_bytes(raw)),
                        Err(_) => Value::Fault(addr),
                    }
                }
                _ => Value::Ptr(addr),
            },
            Type::SockAddr(len) => {
                let n = self.length(len, within).unwrap_or(0) as u32;
                if n < 2 || n > i32::MAX as u32 {
                    return Value::Ptr(addr);
                }
                let mut raw = vec![0; n.min(128) as usize];
                match self.mem.read(addr, &mut raw) {
                    Ok(()) => Value::Address(SockAddr::decode(&raw)),
                    Err(_) => Value::Fault(addr),
                }
            }
            Type::Control(len) => {
                let n = self.length(len, within).unwrap_or(0);
                control::decode(self, addr, n)
            }
            Type::FdSet(nfds) => {
                let n = i32::from_le_bytes(low4(self.args[usize::from(nfds)])).min(1 << 20);
                if n <= 0 {
                    return Value::Ptr(addr);
                }
                let mut raw = vec![0; usize::try_from(n).unwrap_or(0).div_ceil(64) * 8];
                match self.mem.read(addr, &mut raw) {
                    Ok(()) => Value::FdSet(
                        (0..n).filter(|fd| raw[*fd as usize / 8] & (1 << (fd % 8)) != 0).collect(),
                    ),
                    Err(_) => Value::Fault(addr),
                }
            }
            Type::CpuSet(len) => match self.length(len, within) {
                Some(n @ 0..=0x2000) => {
                    let mut raw = vec![0; n as usize];
                    match self.mem.read(addr, &mut raw) {
                        Ok(()) => Value::CpuSet(
                            (0..8 * n as u32)
                                .filter(|cpu| raw[*cpu as usize / 8] & (1 << (cpu % 8)) != 0)
                                .collect(),
                        ),
                        Err(_) => Value::Fault(addr),
                    }
                }
                _ => Value::Ptr(addr),
            },
            Type::Message(len) => {
                let (Some(n), mut kind) = (self.length(len, within), [0; 8]) else {
                    return Value::Ptr(addr);
                };
                if self.mem.read(addr, &mut kind).is_err() {
                    return Value::Fault(addr);
                }
                let text = self.bytes(addr.wrapping_add(8), n);
                let kind = Value::Int(i64::from_le_bytes(kind));
                Value::Struct(&structs::MSGBUF, vec![("mtype", kind), ("mtext", text)])
            }
            Type::Dirents(new) => match self.result.and_then(|r| usize::try_from(r).ok()) {
                Some(n) => structs::dirent::decode(self, addr, n, new),
                None => Value::Ptr(addr),
            },
            _ => Value::Ptr(addr),
        }
    }

    /// What lies at `addr` itself: one access to memory, however many fields it has.
    fn inline(&self, ty: &Type, addr: Addr, within: &Within<'_>) -> Value {
        let mut small = [0; 64];
        let mut large = Vec::new();
        let raw = match small.get_mut(..ty.size()) {
            Some(raw) => raw,
            None if within.take(ty.size()) => {
                large.resize(ty.size(), 0);
                &mut large[..]
            }
            None => return Value::Ptr(addr),
        };
        match self.mem.read(addr, raw) {
            Ok(()) => self.within_bytes(ty, raw, addr, within),
            Err(_) => Value::Fault(addr),
        }
    }

    /// What these bytes are, which were read from `addr`.
    fn within_bytes(&self, ty: &Type, raw: &[u8], addr: Addr, within: &Within<'_>) -> Value {
        match *ty {
            Type::Struct(def) => self.fields(def, raw, addr, within),
            Type::Inline(of, _) => {
                let size = of.size();
                let of_index = |(i, raw)| {
                    let at = addr.wrapping_add((i * size) as u64);
                    self.within_bytes(of, raw, at, within)
                };
                Value::Array(raw.chunks_exact(size).enumerate().map(of_index).collect(), true)
            }
            Type::Chars(_) => Value::Bytes(raw.to_vec(), raw.len() as u64),
            Type::Tail(length) => match self.length(Len::Field(length), within) {
                Some(n @ 0..=4096) => self.bytes(addr, n),
                _ => Value::Ptr(addr),
            },
            Type::Name(_) => {
                let end = raw.iter().position(|b| *b == 0);
                Value::Str(raw[..end.unwrap_or(raw.len())].to_vec(), end.is_some())
            }
            _ => {
                let mut word = [0; 8];
                word[..raw.len()].copy_from_slice(raw);
                let word = u64::from_le_bytes(word);
                if !ty.is_pointer() {
                    scalar(ty, word)
                } else if word == 0 {
                    Value::Null
                } else {
                    self.pointer(ty, word, within)
                }
            }
        }
    }

    /// A struct at an address.
    #[must_use]
    pub fn struct_at(&self, def: &'static StructDef, addr: Addr) -> Value {
        let within = Within { fields: &[], budget: None, room: &Cell::new(ROOM) };
        self.structure(def, addr, &within)
    }

    fn structure(&self, def: &'static StructDef, addr: Addr, within: &Within<'_>) -> Value {
        if within.take(64 * def.fields.len()) {
            self.inline(&Type::Struct(def), addr, within)
        } else {
            Value::Ptr(addr)
        }
    }

    fn fields(
        &self,
        def: &'static StructDef,
        raw: &[u8],
        addr: Addr,
        within: &Within<'_>,
    ) -> Value {
        let mut fields: Vec<(&'static str, Value)> = Vec::with_capacity(def.fields.len());
        let value = |field: &Field, fields: &[(&'static str, Value)]| {
            let bytes = &raw[field.offset..field.offset + field.ty.size()];
            let at = addr.wrapping_add(field.offset as u64);
            self.within_bytes(&field.ty, bytes, at, &Within { fields, ..*within })
        };
        // Lengths stand behind the pointers they belong to: scalars first.
        for field in def.fields {
            let first = if field.ty.is_pointer() { Value::Null } else { value(field, &fields) };
            fields.push((field.name, first));
        }
        for (i, field) in def.fields.iter().enumerate() {
            if field.ty.is_pointer() {
                fields[i].1 = value(field, &fields);
            }
        }
        Value::Struct(def, fields)
    }

    fn array(&self, of: &Type, addr: Addr, n: u64, within: &Within<'_>) -> Value {
        let shown = n.min(self.limits.elements as u64);
        let size = of.size() as u64;
        let end = n.checked_mul(size).and_then(|bytes| addr.checked_add(bytes));
        if end.is_none() {
            return Value::Ptr(addr);
        }
        // All at once: an access to another process is a system call.
        let wanted = usize::try_from(shown * size).unwrap_or(usize::MAX);
        if !within.take(wanted.saturating_mul(2)) {
            return Value::Ptr(addr);
        }
        let mut raw = vec![0; wanted];
        let got = match self.mem.read(addr, &mut raw) {
            Ok(()) => wanted,
            Err(_) => self.mem.read_some(addr, &mut raw),
        };
        let mut elements = Vec::new();
        for i in 0..shown {
            let at = addr.wrapping_add(i.wrapping_mul(size));
            let from = (i * size) as usize;
            let element = match raw[..got].get(from..from + of.size()) {
                Some(raw) => self.within_bytes(of, raw, at, within),
                None => Value::Fault(at),
            };
            let bad = matches!(element, Value::Fault(bad) if bad == at);
            // A pointer among them that leads nowhere is still an element.
            let element = match element {
                Value::Fault(pointer) if !bad => Value::Ptr(pointer),
                element => element,
            };
            if bad && i == 0 {
                return Value::Fault(addr);
            }
            elements.push(element);
            if bad {
                return Value::Array(elements, true);
            }
        }
        Value::Array(elements, shown == n)
    }

    fn length(&self, len: Len, within: &Within<'_>) -> Option<u64> {
        Some(match len {
            // As wide as the argument is declared: an `int` has four bytes.
            Len::Arg(i) => {
                let raw = self.args[usize::from(i)];
                match self.params().iter().find(|arg| arg.register == i) {
                    Some(arg) => scalar(&arg.ty, raw).as_int().unwrap_or(0).cast_unsigned(),
                    None => raw,
                }
            }
            Len::Result => u64::try_from(self.result?).ok()?,
            Len::At(i) => {
                let mut raw = [0; 4];
                self.mem.read(self.args[usize::from(i)], &mut raw).ok()?;
                u64::from(u32::from_le_bytes(raw))
            }
            Len::Field(name) => {
                let (_, value) = within.fields.iter().find(|(n, _)| *n == name)?;
                value.as_int()?.cast_unsigned()
            }
            Len::Fixed(n) => u64::from(n),
        })
    }

    fn buffer(&self, addr: Addr, len: Len, within: &Within<'_>) -> Value {
        let Some(mut n) = self.length(len, within) else { return Value::Ptr(addr) };
        if let (Len::Field(_), Some(budget)) = (len, within.budget) {
            if self.result.is_none_or(|r| (-4095..0).contains(&r)) {
                return Value::Ptr(addr);
            }
            n = n.min(budget.get());
            budget.set(budget.get() - n);
        }
        let here = usize::try_from(n).unwrap_or(usize::MAX).min(self.limits.bytes);
        if within.take(here) { self.bytes(addr, n) } else { Value::Ptr(addr) }
    }

    /// A buffer of `n` bytes, as much of it as the limits allow.
    #[must_use]
    pub fn bytes(&self, addr: Addr, n: u64) -> Value {
        if n == 0 {
            return Value::Bytes(Vec::new(), 0);
        }
        let want = usize::try_from(n).unwrap_or(usize::MAX).min(self.limits.bytes);
        let mut raw = vec![0; want];
        match self.mem.read(addr, &mut raw) {
            Ok(()) => Value::Bytes(raw, n),
            Err(_) => Value::Fault(addr),
        }
    }

    fn c_string(&self, addr: Addr, limit: usize, make: fn(Vec<u8>, bool) -> Value) -> Value {
        let mut text = Vec::new();
        let mut chunk = [0; 256];
        while text.len() < limit {
            let at = addr.wrapping_add(text.len() as u64);
            let want = chunk.len().min(limit - text.len());
            let got = self.mem.read_some(at, &mut chunk[..want]);
            if let Some(end) = chunk[..got].iter().position(|b| *b == 0) {
                text.extend_from_slice(&chunk[..end]);
                return make(text, true);
            }
            text.extend_from_slice(&chunk[..got]);
            if got < want {
                return Value::Fault(addr);
            }
        }
        make(text, false)
    }

    fn strings(&self, addr: Addr, most: usize, within: &Within<'_>) -> (Vec<Value>, bool) {
        let mut strings = Vec::new();
        for i in 0..most.max(1) {
            let at = addr.wrapping_add(8 * i as u64);
            let mut raw = [0; 8];
            if self.mem.read(at, &mut raw).is_err() {
                strings.push(Value::Fault(at));
                return (strings, true);
            }
            match u64::from_le_bytes(raw) {
                0 => return (strings, true),
                text => {
                    let string = self.c_string(text, self.limits.bytes, Value::Str);
                    let size = 64 + string.as_bytes().map_or(0, <[u8]>::len);
                    strings.push(string);
                    if !within.take(size) {
                        return (strings, false);
                    }
                }
            }
        }
        (strings, false)
    }
}

fn low4(raw: u64) -> [u8; 4] {
    let [a, b, c, d, ..] = raw.to_le_bytes();
    [a, b, c, d]
}

/// The low bits of a register or a word of memory, as a scalar type has them.
pub(crate) fn scalar(ty: &Type, raw: u64) -> Value {
    let unsigned = |w: Width| match w {
        Width::B1 => raw & 0xff,
        Width::B2 => raw & 0xffff,
        Width::B4 => raw & 0xffff_ffff,
        Width::B8 => raw,
    };
    let signed = |w: Width| {
        let bits = 64 - 8 * w as u32;
        (raw << bits).cast_signed() >> bits
    };
    let low = i32::from_le_bytes(low4(raw));
    match *ty {
        Type::Int(w) => Value::Int(signed(w)),
        Type::Uint(w) => Value::Uint(unsigned(w)),
        Type::Hex(w) => Value::Hex(unsigned(w)),
        Type::Fd => Value::Fd(low),
        Type::DirFd => Value::DirFd(low),
        Type::Pid => Value::Pid(low),
        Type::Id => Value::Id(low.cast_unsigned()),
        // `umode_t` has 16 bits.
        Type::Mode => Value::Mode(low.cast_unsigned() & 0xffff),
        Type::FileMode(w) => Value::FileMode(unsigned(w) as u32),
        Type::Dev(w) => Value::Dev(unsigned(w)),
        Type::Signal => Value::Signal(low),
        Type::Flags(set, w) => Value::Flags(set, unsigned(w)),
        Type::UnixTime(w) => Value::UnixTime(signed(w)),
        Type::WaitStatus => Value::WaitStatus(low),
        Type::SigSet => Value::SigSet(raw),
        _ if raw == 0 => Value::Null,
        _ => Value::Ptr(raw),
    }
}
