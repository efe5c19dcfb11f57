//! The table: one line a call.
//!
//! `number name [groups] (argument: type, ...) -> result;` A pointer's type is wrapped in what the
//! kernel does there: `r(...)` reads, `w(...)` writes, `rw(...)` both.

use crate::Width::{B4, B8};
use crate::{Arg, Direction, Groups, Len, Syscall, Type, flags};

const DESC: Groups = Groups::DESC;
const FILE: Groups = Groups::FILE;

#[derive(Clone, Copy)]
struct Param(Type, Direction);

const fn v(ty: Type) -> Param {
    Param(ty, Direction::Value)
}
const fn r(ty: Type) -> Param {
    Param(ty, Direction::Read)
}
const fn w(ty: Type) -> Param {
    Param(ty, Direction::Written)
}
const FD: Param = v(Type::Fd);
const SIZE: Param = v(Type::Uint(B8));
const PATH: Param = r(Type::Path);
const MODE: Param = v(Type::Mode);
const INT: Type = Type::Int(B4);
const LONG: Type = Type::Int(B8);

macro_rules! calls {
    ($($nr:literal $name:ident [$($group:ident)*] ($($arg:ident: $param:expr),*) -> $result:expr;)*) => {
        pub(crate) static CALLS: &[Syscall] = &[$(Syscall {
            nr: $nr,
            name: stringify!($name),
            groups: Groups::NONE$(.or($group))*,
            args: &[$(Arg { name: stringify!($arg), ty: $param.0, direction: $param.1 }),*],
            result: $result,
            variant: None,
        }),*];
    };
}

calls! {
    0 read [DESC] (fd: FD, buf: w(Type::Bytes(Len::Result)), count: SIZE) -> LONG;
    1 write [DESC] (fd: FD, buf: r(Type::Bytes(Len::Arg(2))), count: SIZE) -> LONG;
    2 open [DESC FILE] (pathname: PATH, flags: v(Type::Flags(&flags::OPEN, B4)), mode: MODE) -> Type::Fd;
    3 close [DESC] (fd: FD) -> INT;
}

const COUNT: usize = CALLS.len();

/// Index into [`CALLS`] by number; `u16::MAX` where the kernel has none.
pub(crate) static BY_NUMBER: [u16; 512] = {
    let mut index = [u16::MAX; 512];
    let mut i = 0;
    while i < COUNT {
        index[CALLS[i].nr as usize] = i as u16;
        i += 1;
    }
    index
};

const fn before(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut i = 0;
    while i < a.len() && i < b.len() {
        if a[i] != b[i] {
            return a[i] < b[i];
        }
        i += 1;
    }
    a.len() < b.len()
}

/// Indices into [`CALLS`], ordered by name.
pub(crate) static BY_NAME: [u16; COUNT] = {
    let mut order = [0u16; COUNT];
    let mut n = 0;
    while n < COUNT {
        let mut at = n;
        while at > 0 && before(CALLS[n].name, CALLS[order[at - 1] as usize].name) {
            order[at] = order[at - 1];
            at -= 1;
        }
        order[at] = n as u16;
        n += 1;
    }
    order
};
