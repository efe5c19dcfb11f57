//! The first process: forked, seized, filtered, and only then the program.
//!
//! The child waits until it is seized, installs the filter and executes the program; its `execve`
//! is the first call that a handler sees. If anything fails it says what, through a pipe that a
//! successful `execve` closes.
//!
//! # Safety
//! Between `fork` and `execve` the child is a copy of perhaps many threads of which one lives: it
//! only makes async-signal-safe calls on what was prepared before.
#![allow(unsafe_code)]

use std::ffi::CString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;

use engine::CallSet;
use libc::{c_char, c_int};

use crate::program::Image;
use crate::signals::Dispositions;
use crate::{Error, filter, sys};

/// What we want to hear of; a program that was started by us ends with us.
pub const EVENTS: c_int = libc::PTRACE_O_TRACESYSGOOD
    | libc::PTRACE_O_TRACEFORK
    | libc::PTRACE_O_TRACEVFORK
    | libc::PTRACE_O_TRACECLONE
    | libc::PTRACE_O_TRACEEXEC;

/// A child that waits to be let go.
pub struct Child {
    pub pid: i32,
    go: File,
    report: File,
}

/// What the child could not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    Directory,
    Filter,
    Execute,
}

fn pipe() -> Result<(OwnedFd, OwnedFd), Error> {
    let mut fds = [0; 2];
    // SAFETY: two descriptors are written to `fds`, and owned from then on.
    unsafe {
        if libc::pipe2(fds.as_mut_ptr(), libc::O_CLOEXEC) != 0 {
            return Err(Error::Resources { what: "pipe", cause: io::Error::last_os_error() });
        }
        Ok((OwnedFd::from_raw_fd(fds[0]), OwnedFd::from_raw_fd(fds[1])))
    }
}

fn pointers(strings: &[CString]) -> Vec<*const c_char> {
    strings.iter().map(|s| s.as_ptr()).chain([ptr::null()]).collect()
}

impl Child {
    /// Forks and seizes it.
    pub fn fork(
        image: &Image,
        hooked: &CallSet,
        refused: &CallSet,
        dispositions: &Dispositions,
    ) -> Result<Self, Error> {
        let (go_read, go) = pipe()?;
        let (report, report_write) = pipe()?;
        let mut code = filter::build(hooked, refused);
        let filter = libc::sock_fprog { len: code.len() as u16, filter: code.as_mut_ptr() };
        let (argv, env) = (pointers(&image.argv), pointers(&image.env));
        // SAFETY: the child keeps to the module's rule.
        let pid = unsafe { libc::fork() };
        match pid {
            -1 => Err(Error::Resources { what: "fork", cause: io::Error::last_os_error() }),
            0 => {
                let steps = Steps { image, argv: &argv, env: &env, filter: &filter };
                // SAFETY: in the child; `argv` and `env` end in null pointers.
                unsafe {
                    // Else we would wait for ourselves if the parent died.
                    libc::close(go.as_raw_fd());
                    dispositions.restore();
                    let (failed, errno) = steps.take(go_read.as_raw_fd());
                    steps.report(report_write.as_raw_fd(), failed, errno)
                }
            }
            pid => {
                let child = Child { pid, go: go.into(), report: report.into() };
                let options = EVENTS | libc::PTRACE_O_EXITKILL | libc::PTRACE_O_TRACESECCOMP;
                if let Err(errno) = sys::ptrace(libc::PTRACE_SEIZE, pid, 0, options as usize) {
                    sys::kill(pid, libc::SIGKILL);
                    let _ = sys::wait(pid, true);
                    return Err(Error::NoPtrace(io::Error::from_raw_os_error(errno)));
                }
                Ok(child)
            }
        }
    }

    /// Lets it execute the program.
    pub fn go(&mut self) {
        // A child that was killed meanwhile reads nothing; its end is told by the kernel.
        let _ = self.go.write_all(&[1]);
    }

    /// What went wrong, once it is known that something did.
    pub fn failure(mut self) -> Option<(Failed, io::Error)> {
        let mut report = [0; 5];
        self.report.read_exact(&mut report).ok()?;
        let failed = match report[0] {
            1 => Failed::Directory,
            2 => Failed::Filter,
            _ => Failed::Execute,
        };
        let errno = i32::from_ne_bytes([report[1], report[2], report[3], report[4]]);
        Some((failed, io::Error::from_raw_os_error(errno)))
    }
}

/// The child's way to the program.
struct Steps<'a> {
    image: &'a Image,
    argv: &'a [*const c_char],
    env: &'a [*const c_char],
    filter: &'a libc::sock_fprog,
}

impl Steps<'_> {
    /// Returns only if something fails.
    ///
    /// # Safety
    /// In the child of a `fork`; `argv` and `env` end in null pointers.
    unsafe fn take(&self, go: c_int) -> (Failed, c_int) {
        // SAFETY: async-signal-safe calls on memory that lives in `self` or here.
        unsafe {
            let mut byte = 0u8;
            if libc::read(go, (&raw mut byte).cast(), 1) != 1 {
                libc::_exit(125);
            }
            // Rust's runtime ignores it; nobody else does.
            libc::signal(libc::SIGPIPE, libc::SIG_DFL);
            for (fd, stream) in self.image.streams.iter().enumerate() {
                if let Some(stream) = stream {
                    libc::dup2(stream.as_raw_fd(), fd as c_int);
                }
            }
            if let Some(directory) = &self.image.directory
                && libc::chdir(directory.as_ptr()) != 0
            {
                return (Failed::Directory, sys::errno());
            }
            if !self.install() {
                return (Failed::Filter, sys::errno());
            }
            libc::execve(self.image.path.as_ptr(), self.argv.as_ptr(), self.env.as_ptr());
            (Failed::Execute, sys::errno())
        }
    }

    /// With the privilege to, without `no_new_privs`, so that set-user-id programs stay what they
    /// are where that is possible; without mitigations that only untrusted filters need.
    unsafe fn install(&self) -> bool {
        let set = |flags: libc::c_ulong| {
            // SAFETY: the kernel reads the filter that `self` points to.
            let result = unsafe {
                libc::syscall(
                    libc::SYS_seccomp,
                    libc::SECCOMP_SET_MODE_FILTER,
                    flags,
                    ptr::from_ref(self.filter),
                )
            };
            result == 0
        };
        let try_both =
            || set(libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW) || sys::errno() == libc::EINVAL && set(0);
        if try_both() {
            return true;
        }
        if sys::errno() != libc::EACCES {
            return false;
        }
        // SAFETY: numbers only.
        unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && try_both() }
    }

    /// Says what failed and ends the child.
    ///
    /// # Safety
    /// In the child of a `fork`.
    unsafe fn report(&self, fd: c_int, failed: Failed, errno: c_int) -> ! {
        let step = match failed {
            Failed::Directory => 1,
            Failed::Filter => 2,
            Failed::Execute => 3,
        };
        let [a, b, c, d] = errno.to_ne_bytes();
        let bytes = [step, a, b, c, d];
        // SAFETY: `bytes` lives here.
        unsafe {
            libc::write(fd, bytes.as_ptr().cast(), bytes.len());
            libc::_exit(125)
        }
    }
}
