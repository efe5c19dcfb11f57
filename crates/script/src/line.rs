//! A call in one line, as strace writes it.

use alloc::string::String;

use engine::{Call, Guest};
use syscalls::Style;

/// The line of a call; without a result it is not over.
#[must_use]
pub fn of_call(guest: &dyn Guest, call: &Call, result: Option<i64>) -> String {
    syscalls::render(call.nr, &call.args, result, &AsMemory(guest), &Style::default())
}

/// A guest's memory, for the decoder, which wants no more.
pub struct AsMemory<'a>(pub &'a dyn Guest);

impl core::fmt::Debug for AsMemory<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("AsMemory")
    }
}

impl syscalls::Memory for AsMemory<'_> {
    fn read(&self, addr: syscalls::Addr, buf: &mut [u8]) -> Result<(), syscalls::Fault> {
        self.0.read(addr, buf)
    }

    fn write(&mut self, addr: syscalls::Addr, _bytes: &[u8]) -> Result<(), syscalls::Fault> {
        Err(syscalls::Fault { addr })
    }

    fn read_some(&self, addr: syscalls::Addr, buf: &mut [u8]) -> usize {
        self.0.read_some(addr, buf)
    }
}

/// The memory of a program that is not at hand.
struct Nowhere;

impl syscalls::Memory for Nowhere {
    fn read(&self, addr: syscalls::Addr, _: &mut [u8]) -> Result<(), syscalls::Fault> {
        Err(syscalls::Fault { addr })
    }

    fn write(&mut self, addr: syscalls::Addr, _: &[u8]) -> Result<(), syscalls::Fault> {
        Err(syscalls::Fault { addr })
    }
}

/// The line of a call whose memory can't be read: pointers are addresses.
#[must_use]
pub fn of_call_without_memory(call: &Call, result: Option<i64>) -> String {
    syscalls::render(call.nr, &call.args, result, &Nowhere, &Style::default())
}

/// An argument of a call whose memory can't be read.
#[must_use]
pub fn without_memory(call: &Call, result: Option<i64>, index: usize) -> syscalls::Value {
    syscalls::decode_arg(call.nr, &call.args, index, result, &Nowhere, syscalls::Limits::default())
}
