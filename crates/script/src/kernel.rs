//! Our own questions to the kernel: clocks, and what `/proc` says of a process.
//!
//! Everything goes through one function that the embedder gives ([`RawSyscall`]), so that the same
//! code serves a supervisor process and the image inside a program, where there is no libc.
//!
//! # Safety
//! A raw system call can do anything. Here only calls are made that write into buffers of ours
//! whose length is passed with them, or that take a NUL-terminated path of ours.
#![allow(unsafe_code)]

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use engine::Pid;

/// Asks the kernel: number and six arguments, the result as the kernel gives it (`-errno`).
pub type RawSyscall = unsafe fn(u64, [u64; 6]) -> i64;

const READ: u64 = 0;
const WRITE: u64 = 1;
const CLOSE: u64 = 3;
const NANOSLEEP: u64 = 35;
const GETDENTS64: u64 = 217;
const CLOCK_GETTIME: u64 = 228;
const OPENAT: u64 = 257;
const NEWFSTATAT: u64 = 262;
const READLINKAT: u64 = 267;
const GETRANDOM: u64 = 318;

const AT_FDCWD: u64 = -100_i64 as u64;
const O_RDWR: u64 = 2;
const O_NOCTTY_CLOEXEC: u64 = 0o2_000_400;
const O_DIRECTORY: u64 = 0o200_000;

/// The kernel as this process sees it.
#[derive(Clone, Copy)]
pub struct Kernel {
    raw: RawSyscall,
}

impl fmt::Debug for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kernel")
    }
}

/// An open descriptor of ours, closed when dropped.
struct File(Kernel, u64);

impl Drop for File {
    fn drop(&mut self) {
        self.0.ask(CLOSE, &[self.1]);
    }
}

impl Kernel {
    /// A kernel behind a function. The function must do what the `syscall` instruction does.
    #[must_use]
    pub fn new(raw: RawSyscall) -> Kernel {
        Kernel { raw }
    }

    /// The kernel of this process, by instruction.
    #[must_use]
    pub fn native() -> Kernel {
        Kernel { raw: instruction }
    }

    /// Any call.
    ///
    /// # Safety
    /// As the call itself.
    pub unsafe fn syscall(&self, nr: u64, args: [u64; 6]) -> i64 {
        // SAFETY: by the contract.
        unsafe { (self.raw)(nr, args) }
    }

    fn ask(&self, nr: u64, args: &[u64]) -> i64 {
        let mut six = [0; 6];
        six[..args.len()].copy_from_slice(args);
        // SAFETY: callers are in this file and pass only addresses of their own live buffers, with
        // the lengths of these buffers (see the heading).
        unsafe { (self.raw)(nr, six) }
    }

    fn clock(&self, id: u64) -> i64 {
        let mut now = [0_i64; 2];
        self.ask(CLOCK_GETTIME, &[id, (&raw mut now) as u64]);
        now[0] * 1_000_000_000 + now[1]
    }

    /// `CLOCK_MONOTONIC` in nanoseconds.
    #[must_use]
    pub fn monotonic(&self) -> u64 {
        self.clock(1) as u64
    }

    /// `CLOCK_REALTIME` in nanoseconds since 1970.
    #[must_use]
    pub fn realtime(&self) -> i64 {
        self.clock(0)
    }

    /// A number that nobody can guess.
    #[must_use]
    pub fn random(&self) -> u64 {
        let mut raw = [0; 8];
        self.ask(GETRANDOM, &[(&raw mut raw) as u64, 8, 0]);
        u64::from_le_bytes(raw)
    }

    /// Sleeps in this very thread.
    pub fn sleep(&self, duration: core::time::Duration) {
        let mut left = [duration.as_secs() as i64, i64::from(duration.subsec_nanos())];
        while self.ask(NANOSLEEP, &[(&raw const left) as u64, (&raw mut left) as u64]) == -4 {}
    }

    fn open(&self, path: &str, flags: u64) -> Option<File> {
        let path = format!("{path}\0");
        let fd = self.ask(OPENAT, &[AT_FDCWD, path.as_ptr() as u64, flags | O_NOCTTY_CLOEXEC, 0]);
        (fd >= 0).then_some(File(*self, fd as u64))
    }

    fn read_into(&self, file: &File, buf: &mut [u8]) -> usize {
        self.ask(READ, &[file.1, buf.as_mut_ptr() as u64, buf.len() as u64]).max(0) as usize
    }

    /// A whole file, `/proc`'s included, up to a mebibyte.
    #[must_use]
    pub fn read_file(&self, path: &str) -> Option<Vec<u8>> {
        let file = self.open(path, 0)?;
        let mut out = Vec::new();
        let mut chunk = [0; 4096];
        while out.len() < 1 << 20 {
            match self.read_into(&file, &mut chunk) {
                0 => break,
                got => out.extend_from_slice(&chunk[..got]),
            }
        }
        Some(out)
    }

    /// Where a symbolic link points.
    #[must_use]
    pub fn read_link(&self, path: &str) -> Option<Vec<u8>> {
        let path = format!("{path}\0");
        let mut buf = vec![0; 4096];
        let at = [AT_FDCWD, path.as_ptr() as u64, buf.as_mut_ptr() as u64, buf.len() as u64];
        let got = usize::try_from(self.ask(READLINKAT, &at)).ok()?;
        buf.truncate(got);
        Some(buf)
    }

    /// `st_mode` and `st_rdev` of what a path leads to.
    #[must_use]
    pub fn mode_and_device(&self, path: &str) -> Option<(u32, u64)> {
        let path = format!("{path}\0");
        let mut stat = [0_u64; 18];
        let at = [AT_FDCWD, path.as_ptr() as u64, (&raw mut stat) as u64, 0];
        // x86-64's struct stat: st_mode in the low half of the fourth word, st_rdev the sixth.
        (self.ask(NEWFSTATAT, &at) == 0).then_some((stat[3] as u32, stat[5]))
    }

    /// The numbers in a directory of `/proc`: descriptors, tasks.
    fn numbers_in(&self, path: &str) -> Option<Vec<i32>> {
        let directory = self.open(path, O_DIRECTORY)?;
        let mut numbers = Vec::new();
        let mut buf = [0_u8; 4096];
        loop {
            let len = buf.len() as u64;
            let got = self.ask(GETDENTS64, &[directory.1, buf.as_mut_ptr() as u64, len]);
            if got <= 0 {
                break;
            }
            let mut at = 0;
            while at < got as usize {
                let size = usize::from(u16::from_le_bytes([buf[at + 16], buf[at + 17]]));
                let name = &buf[at + 19..at + size];
                let name = name.split(|b| *b == 0).next().unwrap_or(&[]);
                let number = core::str::from_utf8(name).ok().map(str::parse::<i32>);
                numbers.extend(number.and_then(Result::ok));
                at += size;
            }
        }
        numbers.sort_unstable();
        Some(numbers)
    }

    /// The open descriptors of a process, ascending.
    #[must_use]
    pub fn descriptors(&self, pid: Pid) -> Option<Vec<i32>> {
        self.numbers_in(&format!("/proc/{pid}/fd"))
    }

    /// Asks a question on the controlling terminal: none if there is no terminal, else the line.
    #[must_use]
    pub fn ask_terminal(&self, question: &str) -> Option<String> {
        let tty = self.open("/dev/tty", O_RDWR)?;
        self.ask(WRITE, &[tty.1, question.as_ptr() as u64, question.len() as u64]);
        let mut line = [0; 256];
        let got = self.read_into(&tty, &mut line);
        Some(String::from_utf8_lossy(&line[..got]).trim().into())
    }
}

/// The `syscall` instruction.
#[cfg(target_arch = "x86_64")]
unsafe fn instruction(nr: u64, args: [u64; 6]) -> i64 {
    let result: i64;
    // SAFETY: what the call does is the caller's promise; the kernel changes rax, rcx and r11 only.
    unsafe {
        core::arch::asm!(
            "syscall",
            inlateout("rax") nr => result,
            in("rdi") args[0],
            in("rsi") args[1],
            in("rdx") args[2],
            in("r10") args[3],
            in("r8") args[4],
            in("r9") args[5],
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}
