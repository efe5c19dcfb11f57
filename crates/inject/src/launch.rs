//! Starting the program: a child that installs the filter and executes.
//!
//! After the filter a hooked call has nobody to handle it yet, so the child makes none: it hands the
//! listener's number over in a register at a breakpoint, and its `execve` carries the mark that the
//! filter knows.
//!
//! # Safety
//! Between `fork` and `execve` the child calls the kernel only, with memory prepared before; it
//! never returns.
#![allow(unsafe_code)]

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

use inline::layout::LOADER_MAGIC;
use libc::pid_t;

use crate::filter::Instruction;
use crate::sys::{self, Signals};
use crate::{Error, Program};

/// A child that stands before its `execve`.
#[derive(Debug)]
pub struct Launched {
    /// The process.
    pub pid: pid_t,
    /// Where the tasks of the run ask for their `execve`.
    pub listener: OwnedFd,
}

const NEW_LISTENER: u64 = 8;
const WAIT_KILLABLE: u64 = 32;

fn breakpoint(value: i64) -> ! {
    // SAFETY: the supervisor traces the child and stops it here.
    unsafe { std::arch::asm!("int3", "ud2", in("rax") value, options(noreturn)) }
}

/// Forks; the supervisor traces the child from its first instruction on.
pub fn launch(
    program: &Program,
    filter: &[Instruction],
    signals: &Signals,
) -> Result<Launched, Error> {
    let c_string = |s: &std::ffi::OsStr| CString::new(s.as_bytes()).map_err(|_| Error::Nul);
    let path = c_string(program.path.as_os_str())?;
    let argv: Vec<CString> = program.argv.iter().map(|a| c_string(a)).collect::<Result<_, _>>()?;
    let env: Vec<CString> = program
        .env
        .iter()
        .map(|(name, value)| {
            let mut joined = name.clone();
            joined.push("=");
            joined.push(value);
            c_string(&joined)
        })
        .collect::<Result<_, _>>()?;
    let pointers = |strings: &[CString]| -> Vec<*const libc::c_char> {
        strings.iter().map(|s| s.as_ptr()).chain([std::ptr::null()]).collect()
    };
    let (argv, env) = (pointers(&argv), pointers(&env));
    let fprog = [filter.len() as u64, filter.as_ptr() as u64];
    let mut ends = [0; 2];
    // SAFETY: see the module.
    let pid = unsafe {
        if libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) < 0 {
            return Err(Error::Kernel("pipe2", io::Error::last_os_error()));
        }
        libc::fork()
    };
    if pid < 0 {
        return Err(Error::Kernel("fork", io::Error::last_os_error()));
    }
    if pid == 0 {
        // SAFETY: see the module.
        unsafe {
            libc::close(ends[1]);
            let mut byte = 0u8;
            libc::read(ends[0], (&raw mut byte).cast(), 1);
            libc::signal(libc::SIGPIPE, libc::SIG_DFL);
            libc::sigprocmask(libc::SIG_SETMASK, signals.before(), std::ptr::null_mut());
            let install = || {
                libc::syscall(
                    libc::SYS_seccomp,
                    libc::SECCOMP_SET_MODE_FILTER,
                    NEW_LISTENER | WAIT_KILLABLE,
                    fprog.as_ptr(),
                )
            };
            let mut listener = install();
            if listener < 0 && *libc::__errno_location() == libc::EACCES {
                libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
                listener = install();
            }
            if listener < 0 {
                breakpoint(-i64::from(*libc::__errno_location()));
            }
            // The breakpoint is passed with a jump by the supervisor.
            let result: i64;
            std::arch::asm!(
                "int3",
                "mov eax, 59",
                "syscall",
                inout("rax") listener => result,
                in("rdi") path.as_ptr(), in("rsi") argv.as_ptr(), in("rdx") env.as_ptr(),
                in("r10") 0, in("r8") 0, in("r9") LOADER_MAGIC,
                out("rcx") _, out("r11") _,
            );
            breakpoint(result);
        }
    }
    // SAFETY: the pipe is ours; its reading end stays open in the child alone.
    let ends = unsafe { [OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])] };
    let kill = |error| {
        sys::kill(pid, libc::SIGKILL);
        let _ = sys::wait_for(pid);
        Err(error)
    };
    if let Err(error) = sys::seize(pid) {
        return kill(if error.raw_os_error() == Some(libc::EPERM) {
            Error::Traced
        } else {
            Error::Kernel("PTRACE_SEIZE", error)
        });
    }
    // SAFETY: one byte of ours.
    unsafe { libc::write(ends[1].as_raw_fd(), [1u8].as_ptr().cast(), 1) };
    let installed = loop {
        let status = match sys::wait_for(pid) {
            Ok(status) => status,
            Err(error) => return kill(Error::Kernel("waitpid", error)),
        };
        if !libc::WIFSTOPPED(status) {
            return Err(Error::Lost);
        }
        if libc::WSTOPSIG(status) == libc::SIGTRAP && status >> 16 == 0 {
            break sys::registers(pid).map(|r| r.rax.cast_signed());
        }
        // A signal for the child before it is the program: as it would have been.
        let _ = sys::go_on(pid, if status >> 16 == 0 { libc::WSTOPSIG(status) } else { 0 });
    };
    let number = match installed {
        Ok(number) if number >= 0 => number as i32,
        Ok(errno) if errno == -i64::from(libc::EBUSY) => return kill(Error::Nested),
        Ok(errno) => {
            let error = io::Error::from_raw_os_error(-errno as i32);
            return kill(Error::Kernel("seccomp", error));
        }
        Err(error) => return kill(Error::Kernel("PTRACE_GETREGS", error)),
    };
    match sys::descriptor_of(pid, number) {
        Ok(listener) => Ok(Launched { pid, listener }),
        Err(error) => kill(Error::Kernel("pidfd_getfd", error)),
    }
}
