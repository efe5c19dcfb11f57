//! The kernel, called through the gate; and the few of its structures that the runtime reads.
//!
//! # Safety
//! A raw call can do anything to the process, so [`call`] is `unsafe` and its users say why theirs
//! is harmless. Nothing here touches thread-local storage, `errno` or a library.
#![allow(unsafe_code)]

use core::sync::atomic::{AtomicU64, Ordering};

use crate::layout::{SHARED, Shared};

unsafe extern "C" {
    fn rt_syscall(nr: u64, a: u64, b: u64, c: u64, d: u64, e: u64, f: u64) -> i64;
    fn rt_theirs(nr: u64, a: u64, b: u64, c: u64, d: u64, e: u64, f: u64) -> i64;
}

/// Numbers of `asm/unistd_64.h`.
#[allow(missing_docs)]
pub mod nr {
    pub const WRITE: u64 = 1;
    pub const OPENAT: u64 = 257;
    pub const CLOSE: u64 = 3;
    pub const MMAP: u64 = 9;
    pub const MPROTECT: u64 = 10;
    pub const MUNMAP: u64 = 11;
    pub const RT_SIGACTION: u64 = 13;
    pub const RT_SIGPROCMASK: u64 = 14;
    pub const RT_SIGRETURN: u64 = 15;
    pub const IOCTL: u64 = 16;
    pub const NANOSLEEP: u64 = 35;
    pub const GETPID: u64 = 39;
    pub const CLONE: u64 = 56;
    pub const FORK: u64 = 57;
    pub const VFORK: u64 = 58;
    pub const EXIT: u64 = 60;
    pub const RT_SIGSUSPEND: u64 = 130;
    pub const SIGALTSTACK: u64 = 131;
    pub const PTRACE: u64 = 101;
    pub const PRCTL: u64 = 157;
    pub const GETTID: u64 = 186;
    pub const FUTEX: u64 = 202;
    pub const EXIT_GROUP: u64 = 231;
    pub const SCHED_YIELD: u64 = 24;
    pub const KILL: u64 = 62;
    pub const TGKILL: u64 = 234;
    pub const PSELECT6: u64 = 270;
    pub const PPOLL: u64 = 271;
    pub const EPOLL_PWAIT: u64 = 281;
    pub const RT_TGSIGQUEUEINFO: u64 = 297;
    pub const PROCESS_VM_READV: u64 = 310;
    pub const PROCESS_VM_WRITEV: u64 = 311;
    pub const SECCOMP: u64 = 317;
    pub const MEMBARRIER: u64 = 324;
    pub const IO_PGETEVENTS: u64 = 333;
    pub const CLONE3: u64 = 435;
    pub const EPOLL_PWAIT2: u64 = 441;
    pub const MSEAL: u64 = 462;
}

/// Errors of `errno.h`, negated as the kernel returns them.
#[allow(missing_docs)]
pub mod errno {
    pub const EPERM: i64 = -1;
    pub const ESRCH: i64 = -3;
    pub const EINTR: i64 = -4;
    pub const EAGAIN: i64 = -11;
    pub const ENOMEM: i64 = -12;
    pub const EFAULT: i64 = -14;
    pub const EINVAL: i64 = -22;
    pub const ENOSYS: i64 = -38;
}

/// Calls the kernel, unseen by the filter.
///
/// # Safety
/// The arguments must be what the kernel expects of `nr`, and its effect one that the program, of
/// whose process this is a part, can't be hurt by.
pub unsafe fn call(nr: u64, args: &[u64]) -> i64 {
    let mut six = [0; 6];
    six[..args.len()].copy_from_slice(args);
    let [a, b, c, d, e, f] = six;
    // SAFETY: the caller's promise.
    unsafe { rt_syscall(nr, a, b, c, d, e, f) }
}

/// Calls the kernel for the program: its own filters judge the call.
///
/// # Safety
/// As [`call`].
pub unsafe fn theirs(nr: u64, args: [u64; 6]) -> i64 {
    let [a, b, c, d, e, f] = args;
    // SAFETY: the caller's promise.
    unsafe { rt_theirs(nr, a, b, c, d, e, f) }
}

/// `struct sigaction` as the kernel has it.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct SigAction {
    /// Handler, or 0 (default) or 1 (ignore).
    pub handler: u64,
    /// `SA_*`.
    pub flags: u64,
    /// Where a handler returns to.
    pub restorer: u64,
    /// Blocked while the handler runs.
    pub mask: u64,
}

#[allow(missing_docs)]
pub mod sa {
    pub const SIGINFO: u64 = 4;
    pub const RESTORER: u64 = 0x0400_0000;
    pub const ONSTACK: u64 = 0x0800_0000;
    pub const NODEFER: u64 = 0x4000_0000;
    pub const RESETHAND: u64 = 0x8000_0000;
}

/// `stack_t`.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Stack {
    /// Lowest address.
    pub sp: u64,
    /// `SS_ONSTACK`, `SS_DISABLE`.
    pub flags: u32,
    pad: u32,
    /// Bytes.
    pub size: u64,
}

impl Stack {
    /// No signal stack (`SS_DISABLE`).
    pub const NONE: Stack = Stack { sp: 0, flags: 2, pad: 0, size: 0 };

    /// A signal stack.
    pub const fn at(sp: u64, size: u64) -> Stack {
        Stack { sp, flags: 0, pad: 0, size }
    }
}

/// `struct ucontext` of x86-64 up to the signal mask.
#[repr(C)]
pub struct UContext {
    flags: u64,
    link: u64,
    stack: Stack,
    /// r8 to r15.
    pub r8_15: [u64; 8],
    /// Destination index.
    pub rdi: u64,
    /// Source index.
    pub rsi: u64,
    /// Frame pointer.
    pub rbp: u64,
    /// Base.
    pub rbx: u64,
    /// Third argument.
    pub rdx: u64,
    /// Number, result.
    pub rax: u64,
    /// Counter.
    pub rcx: u64,
    /// Stack pointer.
    pub rsp: u64,
    /// Instruction pointer.
    pub rip: u64,
    /// Flags.
    pub eflags: u64,
    rest: [u64; 5],
    fpstate: u64,
    reserved: [u64; 8],
    /// The mask that returning from the handler sets.
    pub mask: u64,
}

impl UContext {
    /// r11.
    pub fn r11(&mut self) -> &mut u64 {
        &mut self.r8_15[3]
    }
}

/// Bit of a signal in a mask.
pub const fn bit(signal: u64) -> u64 {
    1 << (signal - 1)
}

/// "Bad system call": what the filter raises.
pub const SIGSYS: u64 = 31;
/// Every signal but those that an instruction raises by itself (and SIGSYS): blocking these would
/// not delay them, it would kill the process.
pub const ASYNCHRONOUS: u64 = !(bit(SIGSYS) | bit(11) | bit(7) | bit(4) | bit(8) | bit(5));

/// Sets the calling thread's mask and returns the old one.
pub fn set_mask(mask: u64) -> u64 {
    let mut old = 0u64;
    // SAFETY: both masks are ours; SIGSYS never is in one that is set here.
    unsafe { call(nr::RT_SIGPROCMASK, &[2, (&raw const mask) as u64, (&raw mut old) as u64, 8]) };
    old
}

/// The figures that all processes of the run share.
pub fn shared() -> &'static Shared {
    // SAFETY: the loader has mapped zeroed or already used memory of this layout there; it has
    // nothing but atomics.
    unsafe { &*(SHARED as *const Shared) }
}

/// One more.
pub fn count(figure: &AtomicU64) {
    figure.fetch_add(1, Ordering::Relaxed);
}

/// Says something on the program's standard error, when there is no other way.
pub fn complain(text: &str) {
    // SAFETY: writes memory of ours.
    unsafe { call(nr::WRITE, &[2, text.as_ptr() as u64, text.len() as u64]) };
}

/// Ends the process.
pub fn die(text: &str) -> ! {
    complain(text);
    loop {
        // SAFETY: nothing is left to protect.
        unsafe { call(nr::EXIT_GROUP, &[126]) };
    }
}
