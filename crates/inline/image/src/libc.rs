//! The few symbols that compiled code expects of a C library, and the end of the road.
//!
//! # Safety
//! `memcpy` and friends have the C meaning; strings of bytes are moved by the processor's own
//! instruction, so nothing here can be turned by the compiler into a call of itself.
#![allow(unsafe_code)]

use core::arch::asm;
use core::panic::PanicInfo;

use crate::context::Context;
use crate::{dispatch, kernel};

/// # Safety
/// As C's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    // SAFETY: the caller's promise; the direction flag is clear inside the runtime.
    unsafe {
        asm!("rep movsb", inout("rdi") to => _, inout("rsi") from => _, inout("rcx") len => _,
             options(nostack, preserves_flags));
    }
    to
}

/// # Safety
/// As C's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    if (to as usize).wrapping_sub(from as usize) >= len {
        // SAFETY: copying forward does not overwrite what is still to be read.
        return unsafe { memcpy(to, from, len) };
    }
    // SAFETY: backward, from the last byte; the flag is cleared again.
    unsafe {
        asm!("std", "rep movsb", "cld",
             inout("rdi") to.wrapping_add(len).wrapping_sub(1) => _,
             inout("rsi") from.wrapping_add(len).wrapping_sub(1) => _,
             inout("rcx") len => _, options(nostack));
    }
    to
}

/// # Safety
/// As C's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memset(to: *mut u8, byte: i32, len: usize) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe {
        asm!("rep stosb", inout("rdi") to => _, inout("rcx") len => _, in("eax") byte,
             options(nostack, preserves_flags));
    }
    to
}

/// # Safety
/// As C's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, len: usize) -> i32 {
    for i in 0..len {
        // SAFETY: both have `len` bytes; volatile so that this is not recognised as memcmp.
        let (x, y) = unsafe { (a.add(i).read_volatile(), b.add(i).read_volatile()) };
        if x != y {
            return i32::from(x) - i32::from(y);
        }
    }
    0
}

/// # Safety
/// As C's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, len: usize) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { memcmp(a, b, len) }
}

/// A mistake in a handler or in the runtime must not kill the program: handlers are switched off in
/// this process, which is said once, and the call that was handled goes to the kernel.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let rsp: u64;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, rsp", out(reg) rsp, options(nomem, nostack)) };
    kernel::count(&kernel::shared().broken);
    if !dispatch::switch_off() {
        if let Some(at) = info.location() {
            kernel::complain("hijinks: the runtime failed in ");
            kernel::complain(at.file());
        }
        kernel::complain("; this process goes on without handlers\n");
    }
    if !Context::holds(rsp) {
        kernel::die("hijinks: and it can't go on\n");
    }
    // SAFETY: the stack pointer is in its slot, so this thread claimed it.
    let context = unsafe { &mut *Context::of(rsp) };
    dispatch::abandon(context)
}

#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() -> ! {
    kernel::die("hijinks: unwinding in the runtime\n")
}

#[allow(non_snake_case)]
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() -> ! {
    kernel::die("hijinks: unwinding in the runtime\n")
}
