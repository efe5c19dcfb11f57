//! The assembly files, with the numbers of the Rust side filled in.
//!
//! # Safety
//! `stubs.s`, `entry.s` and `gate.s` state their conventions.
#![allow(unsafe_code)]

use core::arch::global_asm;
use core::mem::offset_of;

use crate::context::Context;
use crate::kernel::UContext;
use crate::layout::{
    POOL, SHARED, SLOT, SLOTS, STUB_PASS, STUB_SYSCALL, STUBS, Shared, TRAMPOLINES, TRAP_NUMBER,
};

global_asm!(
    include_str!("stubs.s"),
    STUBS = const STUBS,
    TRAMPOLINES = const TRAMPOLINES,
    POOL = const POOL,
    SLOT = const SLOT,
    SLOTS = const SLOTS,
    CONTEXT = const size_of::<Context>(),
    options(att_syntax)
);

global_asm!(
    include_str!("entry.s"),
    POOL = const POOL,
    SLOT = const SLOT,
    SLOT_SHIFT = const SLOT.trailing_zeros(),
    SLOTS = const SLOTS,
    SHARED = const SHARED,
    EXHAUSTED = const offset_of!(Shared, exhausted),
    TRAP_NUMBER = const TRAP_NUMBER,
    STUB_PASS = const STUB_PASS,
    STUB_SYSCALL = const STUB_SYSCALL,
    UC_RSP = const offset_of!(UContext, rsp),
    C_DEFER = const offset_of!(Context, defer),
    C_STUB = const offset_of!(Context, stub),
    C_RAX = const offset_of!(Context, rax),
    C_RDI = const offset_of!(Context, rdi),
    C_RSI = const offset_of!(Context, rsi),
    C_RDX = const offset_of!(Context, rdx),
    C_R10 = const offset_of!(Context, r10),
    C_R8 = const offset_of!(Context, r8),
    C_R9 = const offset_of!(Context, r9),
    C_RBX = const offset_of!(Context, rbx),
    C_RBP = const offset_of!(Context, rbp),
    C_R12 = const offset_of!(Context, r12),
    C_R13 = const offset_of!(Context, r13),
    C_R14 = const offset_of!(Context, r14),
    C_R15 = const offset_of!(Context, r15),
    C_RSP = const offset_of!(Context, rsp),
    C_TARGET = const offset_of!(Context, target),
    C_XMM = const offset_of!(Context, xmm),
    C_MXCSR = const offset_of!(Context, mxcsr),
    options(att_syntax)
);

global_asm!(
    include_str!("gate.s"),
    C_DEFER = const offset_of!(Context, defer),
    C_RBP = const offset_of!(Context, rbp),
    C_R12 = const offset_of!(Context, r12),
    C_R13 = const offset_of!(Context, r13),
    C_R14 = const offset_of!(Context, r14),
    C_R15 = const offset_of!(Context, r15),
    C_RSP = const offset_of!(Context, rsp),
    C_CALL = const offset_of!(Context, call),
    C_RUNTIME_RSP = const offset_of!(Context, runtime_rsp),
    options(att_syntax)
);

global_asm!(include_str!("setjmp.s"), options(att_syntax));

const _: () = assert!(size_of::<UContext>() == 304 && offset_of!(UContext, rsp) == 160);
