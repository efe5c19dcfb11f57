//! System V's control calls, and `keyctl`.

use super::{Args, args};
use crate::flags as f;
use crate::structs as s;
use crate::table::{ID, INT_ARG, PATH, PTR, Param, SIZE, STR, argument, arguments, buf, r, v, w};
use crate::types::short::*;
use crate::{Arg, Type};

/// Set in a command by 32-bit habits; the 64-bit kernel ignores it.
const IPC_64: u64 = 0x100;

pub(crate) fn shmctl(args: &[u64; 6]) -> Args {
    const CMD: Param = v(bits(&f::SHM_CTL));
    match args[1] & 0xffff_ffff & !IPC_64 {
        1 => args!(shmid: INT_ARG, cmd: CMD, buf: r(Type::At(&s::SHMID_SET))),
        2 | 13 | 15 => args!(shmid: INT_ARG, cmd: CMD, buf: w(Type::At(&s::SHMID_DS))),
        _ => args!(shmid: INT_ARG, cmd: CMD, buf: PTR),
    }
}

pub(crate) fn msgctl(args: &[u64; 6]) -> Args {
    const CMD: Param = v(bits(&f::MSG_CTL));
    match args[1] & 0xffff_ffff & !IPC_64 {
        1 => args!(msqid: INT_ARG, cmd: CMD, buf: r(Type::At(&s::MSQID_SET))),
        2 | 11 | 13 => args!(msqid: INT_ARG, cmd: CMD, buf: w(Type::At(&s::MSQID_DS))),
        _ => args!(msqid: INT_ARG, cmd: CMD, buf: PTR),
    }
}

pub(crate) fn semctl(args: &[u64; 6]) -> Args {
    const CMD: Param = v(bits(&f::SEM_CTL));
    match args[2] & 0xffff_ffff & !IPC_64 {
        1 => args!(semid: INT_ARG, semnum: INT_ARG, cmd: CMD, arg: r(Type::At(&s::SEMID_SET))),
        2 | 18 | 20 => {
            args!(semid: INT_ARG, semnum: INT_ARG, cmd: CMD, arg: w(Type::At(&s::SEMID_DS)))
        }
        _ => args!(semid: INT_ARG, semnum: INT_ARG, cmd: CMD, arg: PTR),
    }
}

pub(crate) fn keyctl(args: &[u64; 6]) -> Args {
    const OP: Param = v(bits(&f::KEYCTL));
    const KEY: Param = v(bits(&f::KEY_SPEC));
    match args[0] & 0xffff_ffff {
        0 => args!(operation: OP, key: KEY, create: INT_ARG),
        1 => args!(operation: OP, name: STR),
        2 => args!(operation: OP, key: KEY, payload: r(buf(3)), plen: SIZE),
        3 | 7 | 16 | 21 => args!(operation: OP, key: KEY),
        4 => args!(operation: OP, key: KEY, uid: ID, gid: ID),
        5 => args!(operation: OP, key: KEY, perm: v(bits(&f::KEY_PERM))),
        6 | 11 | 17 => {
            args!(operation: OP, key: KEY, buffer: w(Type::Bytes(crate::Len::Result)), buflen: SIZE)
        }
        8 | 9 => args!(operation: OP, key: KEY, keyring: KEY),
        10 => args!(operation: OP, keyring: KEY, r#type: STR, description: STR, dest: KEY),
        12 => args!(operation: OP, key: KEY, payload: r(buf(3)), plen: SIZE, keyring: KEY),
        13 => args!(operation: OP, key: KEY, timeout: v(U32), keyring: KEY),
        15 => args!(operation: OP, key: KEY, timeout: v(U32)),
        30 => args!(operation: OP, key: KEY, from: KEY, to: KEY, flags: v(X32)),
        31 => args!(operation: OP, buffer: w(Type::Bytes(crate::Len::Result)), buflen: SIZE),
        18 => args!(operation: OP),
        22 => args!(operation: OP, uid: ID, keyring: KEY),
        29 => args!(operation: OP, keyring: KEY, r#type: STR, restriction: PATH),
        _ => None,
    }
}
