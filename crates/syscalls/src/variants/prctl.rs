//! `prctl`, `arch_prctl`, `ptrace`, `seccomp`: what follows the request.

use super::{Args, args};
use crate::flags as f;
use crate::structs as s;
use crate::table::{HEX, PID, PTR, Param, SIG, SIZE, STR, argument, arguments, r, v, w};
use crate::types::of;
use crate::types::short::*;
use crate::{Arg, Len, Type};

pub(crate) fn prctl(args: &[u64; 6]) -> Args {
    const OPTION: Param = v(bits(&f::PRCTL));
    match args[0] & 0xffff_ffff {
        // Those that only ask, and answer in the result.
        3 | 7 | 13 | 21 | 27 | 30 | 31 | 32 | 46 | 51 | 64 => args!(option: OPTION),
        // Those of other machines, and those that take one word.
        6 | 10 | 12 | 20 => args!(option: OPTION, arg2: v(U32)),
        5 | 9 | 11 | 19 => args!(option: OPTION, arg2: w(Type::To(&U32))),
        1 => args!(option: OPTION, sig: SIG),
        2 => args!(option: OPTION, sig: w(Type::To(&Type::Signal))),
        4 => args!(option: OPTION, dumpable: v(bits8(&f::PR_DUMPABLE))),
        8 | 14 => args!(option: OPTION, arg2: v(U64)),
        // PR_SET_NAME, PR_GET_NAME
        15 => args!(option: OPTION, name: STR),
        16 => args!(option: OPTION, name: w(Type::Str)),
        // PR_SET_SECCOMP
        22 if args[1] == 2 => {
            args!(option: OPTION, mode: v(bits8(&f::SECCOMP_MODE)), filter: r(Type::At(&s::SOCK_FPROG)))
        }
        22 => args!(option: OPTION, mode: v(bits8(&f::SECCOMP_MODE))),
        23 | 24 => args!(option: OPTION, cap: v(bits8(&f::CAP))),
        25 => args!(option: OPTION, mode: w(Type::To(of!(bits(&f::PR_TSC))))),
        26 => args!(option: OPTION, mode: v(bits8(&f::PR_TSC))),
        28 => args!(option: OPTION, bits: v(bits8(&f::SECUREBITS))),
        29 => args!(option: OPTION, nanoseconds: v(U64)),
        33 => args!(option: OPTION, op: v(bits8(&f::PR_MCE)), policy: v(bits8(&f::PR_MCE_POLICY)),
            arg4: HEX, arg5: HEX),
        34 => args!(option: OPTION, arg2: HEX, arg3: HEX, arg4: HEX, arg5: HEX),
        35 => args!(option: OPTION, field: v(bits8(&f::PR_MM)), addr: PTR, arg4: HEX, arg5: HEX),
        36 => args!(option: OPTION, flag: v(U64)),
        37 => args!(option: OPTION, flag: w(Type::To(&U32))),
        // PR_SET_NO_NEW_PRIVS and its like want zeros behind their argument, and say so.
        38 | 41 | 57 | 65 | 67 => {
            args!(option: OPTION, flag: v(U64), arg3: HEX, arg4: HEX, arg5: HEX)
        }
        39 | 42 | 66 | 68 => args!(option: OPTION, arg2: HEX, arg3: HEX, arg4: HEX, arg5: HEX),
        40 => args!(option: OPTION, tidptr: w(Type::To(&X64))),
        47 => args!(option: OPTION, op: v(bits8(&f::PR_CAP_AMBIENT)), cap: v(bits8(&f::CAP)),
            arg4: HEX, arg5: HEX),
        52 => args!(option: OPTION, misfeature: v(bits8(&f::PR_SPEC)), arg3: HEX, arg4: HEX,
            arg5: HEX),
        53 => args!(option: OPTION, misfeature: v(bits8(&f::PR_SPEC)),
            control: v(bits8(&f::PR_SPEC_SET))),
        59 => args!(option: OPTION, mode: v(bits8(&f::PR_DISPATCH)), offset: HEX, length: HEX,
            selector: HEX),
        62 => args!(option: OPTION, op: v(bits(&f::PR_SCHED_CORE)), pid: PID,
            scope: v(bits(&f::PR_SCOPE)), cookie: PTR),
        0x5356_4d41 if args[1] == 0 => {
            args!(option: OPTION, attr: v(bits8(&f::PR_VMA)), addr: HEX, size: v(U64),
            name: STR)
        }
        0x5356_4d41 => args!(option: OPTION, attr: v(bits8(&f::PR_VMA)), addr: HEX, size: HEX,
            arg5: HEX),
        0x5961_6d61 => args!(option: OPTION, pid: PID),
        _ => None,
    }
}

pub(crate) fn arch_prctl(args: &[u64; 6]) -> Args {
    const CODE: Param = v(bits(&f::ARCH_PRCTL));
    match args[0] & 0xffff_ffff {
        // ARCH_GET_FS, ARCH_GET_GS: the kernel stores a word.
        0x1003 | 0x1004 => args!(code: CODE, addr: w(Type::To(&X64))),
        0x1001 | 0x1002 => args!(code: CODE, addr: HEX),
        0x1011 => args!(code: CODE),
        0x1012 => args!(code: CODE, on: HEX),
        _ => None,
    }
}

pub(crate) fn ptrace(args: &[u64; 6]) -> Args {
    const REQUEST: Param = v(bits8(&f::PTRACE));
    match args[0] {
        0 => args!(request: REQUEST),
        // Attach, interrupt, kill, listen: nothing follows the process.
        16 | 8 | 0x4207 => args!(request: REQUEST, pid: PID),
        1..=3 => args!(request: REQUEST, pid: PID, addr: PTR, data: w(Type::To(&X64))),
        7 | 9 | 17 | 24 | 31 | 32 | 33 => {
            args!(request: REQUEST, pid: PID, addr: PTR, sig: SIG)
        }
        12 => args!(request: REQUEST, pid: PID, regs @ 3: w(Type::At(&s::USER_REGS))),
        13 => args!(request: REQUEST, pid: PID, regs @ 3: r(Type::At(&s::USER_REGS))),
        21 | 0x4200 | 0x4206 => {
            args!(request: REQUEST, pid: PID, addr: PTR, options: v(bits8(&f::PTRACE_OPT)))
        }
        0x4201 => args!(request: REQUEST, pid: PID, addr: PTR, message: w(Type::To(&X64))),
        0x4202 => args!(request: REQUEST, pid: PID, addr: PTR, info: w(Type::At(&s::SIGINFO))),
        0x4203 => args!(request: REQUEST, pid: PID, addr: PTR, info: r(Type::At(&s::SIGINFO))),
        0x4204 => args!(request: REQUEST, pid: PID, set: v(bits8(&f::NT)),
            iov: w(Type::At(&s::IOVEC_BARE))),
        0x4205 => args!(request: REQUEST, pid: PID, set: v(bits8(&f::NT)),
            iov: r(Type::At(&s::IOVEC_BARE))),
        0x420a => args!(request: REQUEST, pid: PID, size: SIZE,
            mask: w(Type::SigSetAt(Len::Arg(2)))),
        0x420b => args!(request: REQUEST, pid: PID, size: SIZE,
            mask: r(Type::SigSetAt(Len::Arg(2)))),
        _ => None,
    }
}

pub(crate) fn seccomp(args: &[u64; 6]) -> Args {
    const OP: Param = v(bits(&f::SECCOMP));
    match args[0] & 0xffff_ffff {
        1 => args!(operation: OP, flags: v(bits(&f::SECCOMP_FLAGS)),
            args: r(Type::At(&s::SOCK_FPROG))),
        2 => args!(operation: OP, flags: v(X32),
            args: r(Type::To(of!(bits(&f::SECCOMP_RET))))),
        3 => args!(operation: OP, flags: v(X32), args: w(Type::At(&s::SECCOMP_SIZES))),
        _ => args!(operation: OP, flags: v(X32), args: PTR),
    }
}
