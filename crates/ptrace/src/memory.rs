//! A program's memory, by `process_vm_readv(2)`, which honours its protections: a bad pointer is a
//! [`Fault`], as it is for the kernel.
//!
//! Where that call is forbidden (some containers' filters), `/proc/TID/mem` serves instead; it
//! ignores protections, so that read-only pages can then be written.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;

use engine::{Addr, Fault, Memory};

use crate::sys;

/// The memory that a task sees.
pub struct Of(pub i32);

impl Memory for Of {
    fn read(&self, addr: Addr, buf: &mut [u8]) -> Result<(), Fault> {
        read(self.0, addr, buf)
    }

    fn write(&mut self, addr: Addr, bytes: &[u8]) -> Result<(), Fault> {
        write(self.0, addr, bytes)
    }
}

/// Reads exactly `buf.len()` bytes.
pub fn read(tid: i32, addr: Addr, buf: &mut [u8]) -> Result<(), Fault> {
    let done = match sys::read_memory(tid, addr, buf) {
        Ok(n) => n,
        Err(libc::ENOSYS | libc::EPERM) => match OpenOptions::new().read(true).open(path(tid)) {
            Ok(mem) => mem.read_at(buf, addr).unwrap_or(0),
            Err(_) => 0,
        },
        Err(_) => 0,
    };
    whole(addr, done, buf.len())
}

/// Writes all of `bytes`.
pub fn write(tid: i32, addr: Addr, bytes: &[u8]) -> Result<(), Fault> {
    let done = match sys::write_memory(tid, addr, bytes) {
        Ok(n) => n,
        Err(libc::ENOSYS | libc::EPERM) => match OpenOptions::new().write(true).open(path(tid)) {
            Ok(mem) => mem.write_at(bytes, addr).unwrap_or(0),
            Err(_) => 0,
        },
        Err(_) => 0,
    };
    whole(addr, done, bytes.len())
}

/// Writes, whatever the page's protection: for code.
pub fn force(tid: i32, addr: Addr, bytes: &[u8]) -> Result<(), Fault> {
    let done =
        OpenOptions::new().write(true).open(path(tid)).and_then(|mem| mem.write_at(bytes, addr));
    whole(addr, done.unwrap_or(0), bytes.len())
}

fn path(tid: i32) -> String {
    format!("/proc/{tid}/mem")
}

fn whole(addr: Addr, done: usize, len: usize) -> Result<(), Fault> {
    if done == len { Ok(()) } else { Err(Fault { addr: addr.wrapping_add(done as u64) }) }
}
