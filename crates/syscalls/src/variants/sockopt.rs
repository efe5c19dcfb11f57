//! Sockets: the protocol by domain, options by level.

use super::{Args, args};
use crate::flags as f;
use crate::structs as s;
use crate::table::{FD, INT_ARG, PTR, Param, UINT, argument, arguments, buf, r, rw, v, w};
use crate::types::short::*;
use crate::{Arg, Len, Type};

const DOMAIN: Param = v(bits(&f::DOMAIN));
const KIND: Param = v(bits(&f::SOCK_FLAGS));

pub(crate) fn socket(args: &[u64; 6]) -> Args {
    match args[0] & 0xffff_ffff {
        2 | 10 => None,
        16 => args!(domain: DOMAIN, r#type: KIND, protocol: v(bits(&f::NETLINK))),
        _ => args!(domain: DOMAIN, r#type: KIND, protocol: UINT),
    }
}

/// What an option's value is.
enum Shape {
    Int,
    Errno,
    Bytes,
    Linger,
    Credentials,
    Filter,
    Membership,
    Memberships,
}

/// Options of `SOL_SOCKET` that are no `int`: times, names, filters; and those younger than 6.1.
const NOT_INT: &[u64] = &[
    3, 20, 21, 22, 23, 24, 25, 28, 31, 38, 39, 48, 50, 52, 55, 57, 59, 61, 62, 66, 67, 71, 72, 76,
    77, 78, 79, 80, 82, 83, 84,
];

fn shape(level: u64, name: u64, length: u64) -> Shape {
    match (level, name) {
        (1, 4) => Shape::Errno,
        (1, 13) => Shape::Linger,
        (1, 17) => Shape::Credentials,
        (1, 26 | 51) => Shape::Filter,
        (1, name) if !NOT_INT.contains(&name) => Shape::Int,
        (0, 35 | 36) => Shape::Membership,
        (270, 9) => Shape::Memberships,
        (270, _) => Shape::Int,
        _ if length == 4 => Shape::Int,
        _ => Shape::Bytes,
    }
}

/// Whether an option is an `int` however long its buffer is.
pub(crate) fn is_int(level: u64, name: u64) -> bool {
    matches!(shape(level & 0xffff_ffff, name & 0xffff_ffff, 0), Shape::Int | Shape::Errno)
}

/// `args!` for every level, whose options have names of their own.
macro_rules! by_level {
    ($level:expr; $value:expr, $length:expr) => {
        by_level!(@ $level; $value, $length;
            1 => SO, 0 => IP_OPT, 6 => TCP_OPT, 17 => UDP_OPT, 41 => IPV6_OPT, 263 => PACKET_OPT,
            270 => NETLINK_OPT)
    };
    (@ $level:expr; $value:expr, $length:expr; $($number:literal => $set:ident),*) => {
        match $level {
            $($number => args!(sockfd: FD, level: v(bits(&f::SOL)), optname: v(bits(&f::$set)),
                optval: $value, optlen: $length),)*
            _ => args!(sockfd: FD, level: v(bits(&f::SOL)), optname: v(X32), optval: $value,
                optlen: $length),
        }
    };
}

pub(crate) fn setsockopt(args: &[u64; 6]) -> Args {
    let (level, name, length) =
        (args[1] & 0xffff_ffff, args[2] & 0xffff_ffff, args[4] & 0xffff_ffff);
    // A negative length is nobody's.
    let length = if length > 0x7fff_ffff { 0 } else { length };
    match shape(level, name, length) {
        Shape::Int | Shape::Memberships if length < 4 => by_level!(level; PTR, INT_ARG),
        Shape::Int | Shape::Memberships => {
            by_level!(level; r(Type::To(&I32)), INT_ARG)
        }
        Shape::Linger if length < 8 => by_level!(level; PTR, INT_ARG),
        Shape::Linger => by_level!(level; r(Type::At(&s::LINGER)), INT_ARG),
        Shape::Filter if length != 16 => by_level!(level; PTR, INT_ARG),
        Shape::Filter => by_level!(level; r(Type::At(&s::SOCK_FPROG)), INT_ARG),
        Shape::Membership if length >= 8 => by_level!(level; r(Type::At(&s::IP_MREQ)), INT_ARG),
        Shape::Errno | Shape::Credentials if length == 4 => {
            by_level!(level; r(Type::To(&I32)), INT_ARG)
        }
        _ => by_level!(level; r(buf(4)), INT_ARG),
    }
}

pub(crate) fn getsockopt(args: &[u64; 6]) -> Args {
    const LENGTH: Param = rw(Type::To(&I32));
    let (level, name) = (args[1] & 0xffff_ffff, args[2] & 0xffff_ffff);
    // The length is behind a pointer; the renderer looks again whether it suffices.
    match shape(level, name, 4) {
        Shape::Int => by_level!(level; w(Type::To(&I32)), LENGTH),
        Shape::Errno => by_level!(level; w(Type::To(&I32)), LENGTH),
        Shape::Linger => by_level!(level; w(Type::At(&s::LINGER)), LENGTH),
        Shape::Credentials => by_level!(level; w(Type::At(&s::UCRED)), LENGTH),
        Shape::Memberships => by_level!(level; w(Type::Bytes(Len::At(4))), LENGTH),
        _ => by_level!(level; w(Type::Bytes(Len::At(4))), LENGTH),
    }
}
