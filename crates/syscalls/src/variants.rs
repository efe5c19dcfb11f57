//! Calls whose arguments depend on a command, on flags, or on another argument.
//!
//! Each function looks at the registers of one very call and answers with the list of arguments
//! that it has; `None` means the table's own line.

mod fcntl;
mod ioctl;
mod ipc;
mod prctl;
mod sockopt;

pub(crate) use fcntl::fcntl;
pub(crate) use ioctl::ioctl;
pub(crate) use ipc::{keyctl, msgctl, semctl, shmctl};
pub(crate) use prctl::{arch_prctl, prctl, ptrace, seccomp};
pub(crate) use sockopt::{getsockopt, is_int, setsockopt, socket};

use crate::flags as f;
use crate::table::{
    DIR, FD, INT_ARG, PATH, PID, PTR, SIZE, STR, UINT, argument, arguments, r, v, w,
};
use crate::types::short::*;
use crate::{Arg, Type, structs as s};

type Args = Option<&'static [Arg]>;

/// The arguments of a call, as the table's lines write them.
macro_rules! args {
    ($($list:tt)*) => { Some($crate::table::arguments!($($list)*)) };
}
pub(crate) use args;

/// `O_CREAT`, or the bit of `O_TMPFILE` that is its own.
const CREATES: u64 = 0x40 | 0x40_0000;

pub(crate) fn open(args: &[u64; 6]) -> Args {
    if args[1] & CREATES != 0 {
        return None;
    }
    args!(pathname: PATH, flags: v(bits(&f::OPEN)))
}

pub(crate) fn openat(args: &[u64; 6]) -> Args {
    if args[2] & CREATES != 0 {
        return None;
    }
    args!(dirfd: DIR, pathname: PATH, flags: v(bits(&f::OPEN)))
}

pub(crate) fn mq_open(args: &[u64; 6]) -> Args {
    const O_CREAT: u64 = 0x40;
    if args[1] & O_CREAT != 0 {
        return None;
    }
    args!(name: PATH, oflag: v(bits(&f::OPEN)))
}

/// A device number belongs to device files alone.
fn has_device(mode: u64) -> bool {
    matches!(mode & 0o170_000, 0o020_000 | 0o060_000)
}

pub(crate) fn mknod(args: &[u64; 6]) -> Args {
    if has_device(args[1]) {
        return None;
    }
    args!(pathname: PATH, mode: v(Type::FileMode(crate::Width::B2)))
}

pub(crate) fn mknodat(args: &[u64; 6]) -> Args {
    if has_device(args[2]) {
        return None;
    }
    args!(dirfd: DIR, pathname: PATH, mode: v(Type::FileMode(crate::Width::B2)))
}

pub(crate) fn mremap(args: &[u64; 6]) -> Args {
    const MAYMOVE_AND_FIXED: u64 = 3;
    if args[3] & MAYMOVE_AND_FIXED == MAYMOVE_AND_FIXED {
        return None;
    }
    args!(old_address: PTR, old_size: SIZE, new_size: SIZE, flags: v(bits8(&f::MREMAP)))
}

pub(crate) fn mount(args: &[u64; 6]) -> Args {
    const REMOUNT: u64 = 0x20;
    // Bind, move and the propagation types look at the two paths alone.
    const PATHS_ONLY: u64 = 0x1000 | 0x2000 | 0x2_0000 | 0x4_0000 | 0x8_0000 | 0x10_0000;
    if args[3] & REMOUNT != 0 {
        args!(source: PATH, target: PATH, filesystemtype: PTR, mountflags: v(bits8(&f::MOUNT)),
            data: STR)
    } else if args[3] & PATHS_ONLY != 0 {
        args!(source: PATH, target: PATH, filesystemtype: PTR, mountflags: v(bits8(&f::MOUNT)),
            data: PTR)
    } else {
        None
    }
}

pub(crate) fn reboot(args: &[u64; 6]) -> Args {
    const RESTART2: u64 = 0xa1b2_c3d4;
    if args[2] & 0xffff_ffff == RESTART2 {
        return args!(magic: v(bits(&f::REBOOT_MAGIC1)), magic2: v(bits(&f::REBOOT_MAGIC2)),
            cmd: v(bits(&f::REBOOT)), arg: STR);
    }
    args!(magic: v(bits(&f::REBOOT_MAGIC1)), magic2: v(bits(&f::REBOOT_MAGIC2)),
        cmd: v(bits(&f::REBOOT)))
}

pub(crate) fn syslog(args: &[u64; 6]) -> Args {
    const ACTION: crate::table::Param = v(bits(&f::SYSLOG));
    match args[0] & 0xffff_ffff {
        2..=4 => args!(r#type: ACTION, bufp: w(Type::Bytes(crate::Len::Result)), len: INT_ARG),
        8 => args!(r#type: ACTION, bufp: PTR, len: INT_ARG),
        0 | 1 | 5..=7 | 9 | 10 => args!(r#type: ACTION),
        _ => args!(r#type: ACTION, bufp: PTR, len: INT_ARG),
    }
}

pub(crate) fn kcmp(args: &[u64; 6]) -> Args {
    match args[2] & 0xffff_ffff {
        0 => args!(pid1: PID, pid2: PID, r#type: v(bits(&f::KCMP)), idx1: FD, idx2: FD),
        7 => args!(pid1: PID, pid2: PID, r#type: v(bits(&f::KCMP)), idx1: FD,
            idx2: r(Type::At(&s::EPOLL_SLOT))),
        1..=6 => args!(pid1: PID, pid2: PID, r#type: v(bits(&f::KCMP))),
        _ => None,
    }
}

pub(crate) fn membarrier(args: &[u64; 6]) -> Args {
    if args[1] & 1 != 0 {
        return None;
    }
    args!(cmd: v(bits(&f::MEMBARRIER)), flags: v(bits(&f::MEMBARRIER_FLAGS)))
}

pub(crate) fn fsconfig(args: &[u64; 6]) -> Args {
    match args[1] & 0xffff_ffff {
        0 => args!(fd: FD, cmd: v(bits(&f::FSCONFIG)), key: STR, value: PTR, aux: INT_ARG),
        1 => args!(fd: FD, cmd: v(bits(&f::FSCONFIG)), key: STR, value: STR, aux: INT_ARG),
        2 => args!(fd: FD, cmd: v(bits(&f::FSCONFIG)), key: STR,
            value: r(crate::table::buf(4)), aux: INT_ARG),
        3 | 4 => args!(fd: FD, cmd: v(bits(&f::FSCONFIG)), key: STR, value: PATH, aux: DIR),
        5 => args!(fd: FD, cmd: v(bits(&f::FSCONFIG)), key: STR, value: PTR, aux: FD),
        6 | 7 => args!(fd: FD, cmd: v(bits(&f::FSCONFIG)), key: PTR, value: PTR, aux: INT_ARG),
        _ => None,
    }
}

pub(crate) fn futex(args: &[u64; 6]) -> Args {
    const TIMEOUT: crate::table::Param = r(Type::At(&s::TIMESPEC));
    const OP: crate::table::Param = v(bits(&f::FUTEX));
    match args[1] & 0x7f {
        0 => args!(uaddr: PTR, futex_op: OP, val: UINT, timeout: TIMEOUT),
        1 | 2 => args!(uaddr: PTR, futex_op: OP, val: UINT),
        3 => args!(uaddr: PTR, futex_op: OP, val: UINT, val2: UINT, uaddr2: PTR),
        4 | 12 => args!(uaddr: PTR, futex_op: OP, val: UINT, val2: UINT, uaddr2: PTR, val3: UINT),
        5 => args!(uaddr: PTR, futex_op: OP, val: UINT, val2: UINT, uaddr2: PTR, val3: v(X32)),
        6 | 13 => args!(uaddr: PTR, futex_op: OP, timeout @ 3: TIMEOUT),
        7 | 8 => args!(uaddr: PTR, futex_op: OP),
        9 => args!(uaddr: PTR, futex_op: OP, val: UINT, timeout: TIMEOUT,
            val3 @ 5: v(bits(&f::FUTEX_BITSET))),
        10 => args!(uaddr: PTR, futex_op: OP, val: UINT, val3 @ 5: v(bits(&f::FUTEX_BITSET))),
        11 => args!(uaddr: PTR, futex_op: OP, val: UINT, timeout: TIMEOUT, uaddr2: PTR),
        _ => None,
    }
}
