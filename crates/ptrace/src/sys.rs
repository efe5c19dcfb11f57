//! The kernel's doors that have no safe wrapper: `ptrace(2)`, `waitpid(2)`, `process_vm_readv(2)`.
//!
//! # Safety
//! Every request that fills memory gets a value of the size that the kernel writes, owned by the
//! function that asks. Tracees' memory is reached through the kernel alone, never through pointers.
#![allow(unsafe_code)]

use std::io;
use std::mem::{MaybeUninit, size_of};

use libc::{c_int, c_long, c_uint, c_void};

/// The registers of a task, as `PTRACE_GETREGS` gives them.
pub type Regs = libc::user_regs_struct;

/// The tasks that this thread traces, threads and children alike; not those of other threads here.
const WAIT_FLAGS: c_int = libc::__WALL | libc::__WNOTHREAD;

/// What `PTRACE_GET_SYSCALL_INFO` says of a syscall-stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyscallInfo {
    /// Before the call.
    Entry {
        /// Its number.
        nr: u64,
        /// The instruction pointer, behind the `syscall` instruction.
        ip: u64,
        /// The stack pointer.
        sp: u64,
        /// `AUDIT_ARCH_*` of the instruction that was used.
        arch: u32,
    },
    /// After it.
    Exit {
        /// `rax`.
        result: i64,
    },
    /// A stop that is neither.
    Other,
}

/// The errno of the last call.
pub fn errno() -> i32 {
    io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO)
}

fn check(result: c_long) -> Result<c_long, i32> {
    if result == -1 { Err(errno()) } else { Ok(result) }
}

/// A request whose data is a number.
pub fn ptrace(request: c_uint, tid: i32, addr: usize, data: usize) -> Result<(), i32> {
    // SAFETY: the callers in this crate pass requests that take numbers only.
    let result = unsafe { libc::ptrace(request, tid, addr as *mut c_void, data as *mut c_void) };
    check(result).map(drop)
}

/// A request that fills a `T`.
fn ptrace_get<T>(request: c_uint, tid: i32, addr: usize) -> Result<T, i32> {
    let mut value = MaybeUninit::<T>::zeroed();
    // SAFETY: the kernel writes at most a T (each caller pairs request and type), which is plain
    // data for which zeroes are a value.
    let result = unsafe {
        libc::ptrace(request, tid, addr as *mut c_void, value.as_mut_ptr().cast::<c_void>())
    };
    // SAFETY: zeroed or filled; plain data both times.
    check(result).map(|_| unsafe { value.assume_init() })
}

/// All general registers.
pub fn get_regs(tid: i32) -> Result<Regs, i32> {
    ptrace_get(libc::PTRACE_GETREGS, tid, 0)
}

/// Sets all general registers.
pub fn set_regs(tid: i32, regs: &Regs) -> Result<(), i32> {
    // SAFETY: the kernel reads one user_regs_struct.
    let result = unsafe {
        libc::ptrace(libc::PTRACE_SETREGS, tid, 0usize, std::ptr::from_ref(regs).cast::<c_void>())
    };
    check(result).map(drop)
}

/// Sets `rax` alone.
pub fn set_rax(tid: i32, value: i64) -> Result<(), i32> {
    let offset = std::mem::offset_of!(Regs, rax);
    ptrace(libc::PTRACE_POKEUSER, tid, offset, value as usize)
}

/// The `siginfo_t` of a signal-delivery-stop.
pub fn get_siginfo(tid: i32) -> Result<[u8; 128], i32> {
    ptrace_get(libc::PTRACE_GETSIGINFO, tid, 0)
}

/// The message of an event-stop.
pub fn get_event_message(tid: i32) -> Result<u64, i32> {
    ptrace_get(libc::PTRACE_GETEVENTMSG, tid, 0)
}

/// The blocked signals.
pub fn get_sigmask(tid: i32) -> Result<u64, i32> {
    ptrace_get(libc::PTRACE_GETSIGMASK, tid, size_of::<u64>())
}

/// Sets the blocked signals.
pub fn set_sigmask(tid: i32, mask: u64) -> Result<(), i32> {
    // SAFETY: the kernel reads eight bytes.
    let result = unsafe {
        libc::ptrace(
            libc::PTRACE_SETSIGMASK,
            tid,
            size_of::<u64>(),
            std::ptr::from_ref(&mask).cast::<c_void>(),
        )
    };
    check(result).map(drop)
}

/// Which side of which call.
pub fn get_syscall_info(tid: i32) -> Result<SyscallInfo, i32> {
    let mut info = MaybeUninit::<libc::ptrace_syscall_info>::zeroed();
    let size = size_of::<libc::ptrace_syscall_info>();
    // SAFETY: the kernel writes at most `size` bytes of this plain struct.
    let result = unsafe {
        libc::ptrace(libc::PTRACE_GET_SYSCALL_INFO, tid, size, info.as_mut_ptr().cast::<c_void>())
    };
    check(result)?;
    // SAFETY: zeroed, then filled; plain data.
    let info = unsafe { info.assume_init() };
    Ok(match info.op {
        libc::PTRACE_SYSCALL_INFO_ENTRY => {
            // SAFETY: `op` says which member the kernel filled.
            let entry = unsafe { info.u.entry };
            let (ip, sp) = (info.instruction_pointer, info.stack_pointer);
            SyscallInfo::Entry { nr: entry.nr, ip, sp, arch: info.arch }
        }
        libc::PTRACE_SYSCALL_INFO_EXIT => {
            // SAFETY: as above.
            SyscallInfo::Exit { result: unsafe { info.u.exit.sval } }
        }
        _ => SyscallInfo::Other,
    })
}

/// One `waitpid`: the task and its raw status, `None` when it would block, or an errno.
pub fn wait(tid: i32, block: bool) -> Result<Option<(i32, i32)>, i32> {
    let mut status = 0;
    let flags = WAIT_FLAGS | if block { 0 } else { libc::WNOHANG };
    // SAFETY: `status` lives here.
    let tid = unsafe { libc::waitpid(tid, &raw mut status, flags) };
    match tid {
        -1 => Err(errno()),
        0 => Ok(None),
        tid => Ok(Some((tid, status))),
    }
}

/// Copies between here and a program; how many bytes, or the errno.
fn process_vm(tid: i32, addr: u64, here: *mut u8, len: usize, write: bool) -> Result<usize, i32> {
    let local = libc::iovec { iov_base: here.cast(), iov_len: len };
    let remote = libc::iovec { iov_base: addr as *mut c_void, iov_len: len };
    // SAFETY: `here` is a live buffer of `len` bytes (both callers); for a write it is only read.
    let n = unsafe {
        if write {
            libc::process_vm_writev(tid, &raw const local, 1, &raw const remote, 1, 0)
        } else {
            libc::process_vm_readv(tid, &raw const local, 1, &raw const remote, 1, 0)
        }
    };
    if n < 0 { Err(errno()) } else { Ok(n as usize) }
}

/// Reads as much as can be read.
pub fn read_memory(tid: i32, addr: u64, buf: &mut [u8]) -> Result<usize, i32> {
    process_vm(tid, addr, buf.as_mut_ptr(), buf.len(), false)
}

/// Writes as much as can be written.
pub fn write_memory(tid: i32, addr: u64, bytes: &[u8]) -> Result<usize, i32> {
    process_vm(tid, addr, bytes.as_ptr().cast_mut(), bytes.len(), true)
}

/// Sends a signal to one task.
pub fn tgkill(pid: i32, tid: i32, signal: i32) {
    // SAFETY: numbers only. The task may be gone, which is as good.
    unsafe { libc::syscall(libc::SYS_tgkill, pid, tid, signal) };
}

/// Sends a signal to a process.
pub fn kill(pid: i32, signal: i32) {
    // SAFETY: numbers only.
    unsafe { libc::kill(pid, signal) };
}

/// `CLOCK_MONOTONIC` in nanoseconds.
pub fn now() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` lives here; this clock always exists.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
