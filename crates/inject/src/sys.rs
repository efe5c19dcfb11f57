//! The kernel interfaces of the supervisor, each as a function that can't be used wrongly.
//!
//! # Safety
//! Every `unsafe` block is one call of the kernel with structures of ours, alive for its duration.
//! `ptrace` calls name a task; on one that is not stopped, or not ours, the kernel answers `ESRCH`.
#![allow(unsafe_code)]

use std::fs::File;
use std::io::{Error, Result};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;
use std::time::Duration;

use libc::{c_int, c_void, pid_t, user_regs_struct};

fn checked(result: i64) -> Result<i64> {
    if result < 0 { Err(Error::last_os_error()) } else { Ok(result) }
}

fn ptrace(request: libc::c_uint, task: pid_t, address: usize, data: usize) -> Result<i64> {
    // SAFETY: see the module; requests that write get a structure of the right type below.
    checked(unsafe { libc::ptrace(request, task, address as *mut c_void, data as *mut c_void) })
}

/// Starts tracing a task, without stopping it, for its `execve`.
pub fn seize(task: pid_t) -> Result<()> {
    ptrace(libc::PTRACE_SEIZE, task, 0, libc::PTRACE_O_TRACEEXEC as usize).map(drop)
}

/// Lets a stopped task go on, with a signal or 0.
pub fn go_on(task: pid_t, signal: i32) -> Result<()> {
    ptrace(libc::PTRACE_CONT, task, 0, signal as usize).map(drop)
}

/// Leaves a group-stopped task stopped.
pub fn listen(task: pid_t) -> Result<()> {
    ptrace(libc::PTRACE_LISTEN, task, 0, 0).map(drop)
}

/// Stops tracing.
pub fn detach(task: pid_t, signal: i32) -> Result<()> {
    ptrace(libc::PTRACE_DETACH, task, 0, signal as usize).map(drop)
}

/// Stops a running task.
pub fn interrupt(task: pid_t) -> Result<()> {
    ptrace(libc::PTRACE_INTERRUPT, task, 0, 0).map(drop)
}

/// What an event stop has to say: for `execve`, the thread's former number.
pub fn event_message(task: pid_t) -> Result<pid_t> {
    let mut message: libc::c_ulong = 0;
    ptrace(libc::PTRACE_GETEVENTMSG, task, 0, &raw mut message as usize)?;
    Ok(message as pid_t)
}

/// The registers of a stopped task.
pub fn registers(task: pid_t) -> Result<user_regs_struct> {
    // SAFETY: plain numbers.
    let mut registers: user_regs_struct = unsafe { std::mem::zeroed() };
    ptrace(libc::PTRACE_GETREGS, task, 0, &raw mut registers as usize)?;
    Ok(registers)
}

/// Sets them.
pub fn set_registers(task: pid_t, registers: &user_regs_struct) -> Result<()> {
    ptrace(libc::PTRACE_SETREGS, task, 0, ptr::from_ref(registers) as usize).map(drop)
}

/// The next of our own tasks that stopped or ended, if any.
pub fn next_event() -> Option<(pid_t, c_int)> {
    let mut status = 0;
    // SAFETY: see the module. `__WNOTHREAD`: children of other threads of this process are theirs.
    let task = unsafe {
        libc::waitpid(-1, &raw mut status, libc::__WALL | libc::__WNOTHREAD | libc::WNOHANG)
    };
    (task > 0).then_some((task, status))
}

/// Waits for a task of ours.
pub fn wait_for(task: pid_t) -> Result<c_int> {
    let mut status = 0;
    loop {
        // SAFETY: see the module.
        match checked(unsafe { libc::waitpid(task, &raw mut status, libc::__WALL) }.into()) {
            Ok(_) => return Ok(status),
            Err(error) if error.raw_os_error() == Some(libc::EINTR) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Kills a process.
pub fn kill(process: pid_t, signal: i32) {
    // SAFETY: see the module; a process that is gone is an error of no interest.
    unsafe { libc::kill(process, signal) };
}

/// A task's memory, whatever its protection.
pub fn memory(task: pid_t) -> Result<File> {
    File::options().read(true).write(true).open(format!("/proc/{task}/mem"))
}

/// A descriptor of another process, by its number there.
pub fn descriptor_of(process: pid_t, number: RawFd) -> Result<OwnedFd> {
    // SAFETY: both calls return descriptors that nobody else has.
    unsafe {
        let pidfd = checked(libc::syscall(libc::SYS_pidfd_open, process, 0))?;
        let pidfd = OwnedFd::from_raw_fd(pidfd as RawFd);
        let fd = libc::syscall(libc::SYS_pidfd_getfd, pidfd.as_raw_fd(), number, 0);
        Ok(OwnedFd::from_raw_fd(checked(fd)? as RawFd))
    }
}

/// A file without a name.
pub fn nameless_file() -> Result<File> {
    // SAFETY: the name is a C string; the descriptor is ours.
    unsafe {
        let fd = libc::memfd_create(c"hijinks".as_ptr(), libc::MFD_CLOEXEC);
        Ok(File::from_raw_fd(checked(fd.into())? as RawFd))
    }
}

/// Maps part of a file into this process, shared with all that map it; for ever.
pub fn map_shared(file: &File, offset: u64, len: u64) -> Result<*mut u8> {
    // SAFETY: a mapping of its own, where the kernel likes.
    let at = unsafe {
        libc::mmap(
            ptr::null_mut(),
            len as usize,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED,
            file.as_raw_fd(),
            offset as i64,
        )
    };
    if at == libc::MAP_FAILED { Err(Error::last_os_error()) } else { Ok(at.cast()) }
}

/// Unmaps what [`map_shared`] mapped.
pub fn unmap(at: *mut u8, len: u64) {
    // SAFETY: the caller had it mapped and uses it no more.
    unsafe { libc::munmap(at.cast(), len as usize) };
}

/// A task that asks whether it may `execve`.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// To be answered with this.
    pub id: u64,
    /// Who asks.
    pub task: pid_t,
    /// The call's arguments.
    pub args: [u64; 6],
}

/// `struct seccomp_notif`.
#[repr(C)]
#[derive(Default)]
struct Notification {
    id: u64,
    pid: u32,
    flags: u32,
    nr: i32,
    arch: u32,
    ip: u64,
    args: [u64; 6],
}

#[repr(C)]
struct Response {
    id: u64,
    val: i64,
    error: i32,
    flags: u32,
}

#[repr(C)]
struct AddDescriptor {
    id: u64,
    flags: u32,
    source: u32,
    target: u32,
    target_flags: u32,
}

const NOTIF_RECV: u64 = 0xc050_2100;
const NOTIF_SEND: u64 = 0xc018_2101;
const NOTIF_ADDFD: u64 = 0x4018_2103;
const CONTINUE: u32 = 1;
const ADDFD_SEND: u32 = 2;

/// Receives a request; `None` if the asker has died since.
pub fn receive(listener: &OwnedFd) -> Option<Request> {
    let mut n = Notification::default();
    // SAFETY: see the module.
    let result = unsafe { libc::ioctl(listener.as_raw_fd(), NOTIF_RECV, &raw mut n) };
    (result == 0).then_some(Request { id: n.id, task: n.pid as pid_t, args: n.args })
}

/// Lets the asker's call happen.
pub fn allow(listener: &OwnedFd, request: &Request) {
    respond(listener, &Response { id: request.id, val: 0, error: 0, flags: CONTINUE });
}

/// Lets it fail with this errno.
pub fn refuse(listener: &OwnedFd, request: &Request, errno: i32) {
    respond(listener, &Response { id: request.id, val: 0, error: -errno, flags: 0 });
}

fn respond(listener: &OwnedFd, response: &Response) {
    // SAFETY: see the module. That the asker has died since is no error.
    unsafe { libc::ioctl(listener.as_raw_fd(), NOTIF_SEND, ptr::from_ref(response)) };
}

/// Answers with a copy of a descriptor of ours, whose number becomes the call's result.
pub fn hand_over(listener: &OwnedFd, request: &Request, file: &File) -> Result<()> {
    let add = AddDescriptor {
        id: request.id,
        flags: ADDFD_SEND,
        source: file.as_raw_fd() as u32,
        target: 0,
        target_flags: libc::O_CLOEXEC as u32,
    };
    // SAFETY: see the module.
    let result = unsafe { libc::ioctl(listener.as_raw_fd(), NOTIF_ADDFD, &raw const add) };
    checked(result.into()).map(drop)
}

/// What there is to do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ready {
    /// A request waits.
    pub request: bool,
    /// No task of the run is left.
    pub over: bool,
}

/// Waits for a request, a signal, or the time.
pub fn wait(listener: &OwnedFd, signals: &Signals, at_most: Option<Duration>) -> Ready {
    let poll = |fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    let mut fds = [poll(listener.as_raw_fd()), poll(signals.fd.as_raw_fd())];
    let timeout = at_most.map_or(-1, |time| time.as_millis() as c_int + 1);
    // SAFETY: see the module.
    unsafe { libc::poll(fds.as_mut_ptr(), 2, timeout) };
    Ready { request: fds[0].revents & libc::POLLIN != 0, over: fds[0].revents & libc::POLLHUP != 0 }
}

/// The signals that concern the supervisor, blocked and read from a descriptor while this lives.
#[derive(Debug)]
pub struct Signals {
    fd: OwnedFd,
    before: libc::sigset_t,
}

impl Signals {
    /// From here on.
    pub fn take() -> Result<Signals> {
        // SAFETY: see the module; the sets are ours.
        unsafe {
            let mut set = std::mem::zeroed();
            let mut before = std::mem::zeroed();
            libc::sigemptyset(&raw mut set);
            for signal in [libc::SIGCHLD, libc::SIGTERM, libc::SIGHUP, libc::SIGINT, libc::SIGQUIT]
            {
                libc::sigaddset(&raw mut set, signal);
            }
            let failed = libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, &raw mut before);
            if failed != 0 {
                return Err(Error::from_raw_os_error(failed));
            }
            let fd = libc::signalfd(-1, &raw const set, libc::SFD_NONBLOCK | libc::SFD_CLOEXEC);
            let fd = OwnedFd::from_raw_fd(checked(fd.into())? as RawFd);
            Ok(Signals { fd, before })
        }
    }

    /// The mask that was set before: the program's.
    pub fn before(&self) -> &libc::sigset_t {
        &self.before
    }

    /// The next signal and whether a process sent it (the terminal sends to the program as well).
    pub fn next(&self) -> Option<(i32, bool)> {
        // SAFETY: see the module; plain numbers.
        unsafe {
            let mut info: libc::signalfd_siginfo = std::mem::zeroed();
            let size = size_of_val(&info);
            let read = libc::read(self.fd.as_raw_fd(), (&raw mut info).cast(), size);
            (read == size as isize).then_some((info.ssi_signo as i32, info.ssi_code <= 0))
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        // SAFETY: puts back what `take` found.
        unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.before, ptr::null_mut());
        }
    }
}
