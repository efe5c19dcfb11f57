//! `fcntl`: the third argument, by command.

use super::{Args, args};
use crate::flags as f;
use crate::structs as s;
use crate::table::{FD, INT_ARG, PID, SIG, UINT, argument, arguments, r, rw, v, w};
use crate::types::of;
use crate::types::short::*;
use crate::{Arg, Type};

pub(crate) fn fcntl(args: &[u64; 6]) -> Args {
    const CMD: crate::table::Param = v(bits(&f::FCNTL));
    const RECORD: Type = Type::At(&s::FLOCK_LOCK);
    match args[1] & 0xffff_ffff {
        // F_DUPFD, F_DUPFD_CLOEXEC: the least that will do; F_DUPFD_QUERY
        0 | 1030 => args!(fd: FD, cmd: CMD, arg: UINT),
        1027 => args!(fd: FD, cmd: CMD, arg: FD),
        // F_GETFD, F_GETFL, F_GETOWN, F_GETSIG, F_GETLEASE, F_GETPIPE_SZ, F_GET_SEALS
        1 | 3 | 9 | 11 | 1025 | 1032 | 1034 | 1028 => args!(fd: FD, cmd: CMD),
        2 => args!(fd: FD, cmd: CMD, arg: v(bits(&f::FD_FLAGS))),
        4 => args!(fd: FD, cmd: CMD, arg: v(bits(&f::OPEN))),
        // F_GETLK, F_OFD_GETLK
        5 | 36 => args!(fd: FD, cmd: CMD, arg: rw(Type::At(&s::FLOCK_HELD))),
        // F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW, F_CANCELLK
        6 | 7 | 37 | 38 | 1029 => args!(fd: FD, cmd: CMD, arg: r(RECORD)),
        8 => args!(fd: FD, cmd: CMD, arg: PID),
        10 => args!(fd: FD, cmd: CMD, arg: SIG),
        15 => args!(fd: FD, cmd: CMD, arg: r(Type::At(&s::F_OWNER_EX))),
        16 => args!(fd: FD, cmd: CMD, arg: w(Type::At(&s::F_OWNER_EX))),
        17 => args!(fd: FD, cmd: CMD, arg: w(Type::To(of!(Type::Inline(&Type::Id, 2))))),
        1024 => args!(fd: FD, cmd: CMD, arg: v(bits(&f::LOCK_TYPE))),
        1026 => args!(fd: FD, cmd: CMD, arg: v(bits(&f::NOTIFY))),
        1031 => args!(fd: FD, cmd: CMD, arg: INT_ARG),
        1033 => args!(fd: FD, cmd: CMD, arg: v(bits(&f::SEALS))),
        // The write hints: 64 bits behind a pointer.
        1035 | 1037 => args!(fd: FD, cmd: CMD, arg: w(Type::To(&U64))),
        1036 | 1038 => args!(fd: FD, cmd: CMD, arg: r(Type::To(&U64))),
        _ => None,
    }
}
