//! Sites: the places in the program from which hooked calls were made.
//!
//! A site is met through SIGSYS, gets a stub of its own and keeps it. Which stub belongs to which
//! address never changes, even when the memory there is unmapped and used again, so a lookup needs
//! no lock and nothing is ever taken back.
//!
//! # Safety
//! The tables are written under [`TABLES`](crate::lock::TABLES); readers see a row only after its
//! place in the hash was published.
#![allow(unsafe_code)]

use core::sync::atomic::{AtomicU16, AtomicU64, AtomicUsize, Ordering};

use crate::kernel::{self, shared};
use crate::layout::{STUB, STUBS};
use crate::lock::TABLES;
use crate::patch;

/// Addresses behind the sites' `syscall`s; `stubs.s` returns through them.
#[unsafe(no_mangle)]
static rt_returns: [AtomicU64; STUBS] = [const { AtomicU64::new(0) }; STUBS];

static BUCKETS: [AtomicU16; STUBS * 2] = [const { AtomicU16::new(0) }; STUBS * 2];
static USED: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" {
    static rt_stubs: [u8; STUBS * STUB as usize];
}

fn stubs() -> u64 {
    (&raw const rt_stubs) as u64
}

/// A stub of a site.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Stub(usize);

impl Stub {
    /// Address of the stub's first instruction.
    pub fn address(self) -> u64 {
        stubs() + self.0 as u64 * STUB
    }

    /// The stub around an address.
    pub fn around(address: u64) -> Option<Stub> {
        let offset = address.checked_sub(stubs())?;
        (offset < STUB * STUBS as u64).then_some(Stub((offset / STUB) as usize))
    }

    /// Address behind the site's `syscall`.
    pub fn return_address(self) -> u64 {
        rt_returns[self.0].load(Ordering::Relaxed)
    }
}

fn find(behind: u64) -> Result<Stub, usize> {
    let mut bucket = (behind.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52) as usize % BUCKETS.len();
    loop {
        match BUCKETS[bucket].load(Ordering::Acquire) {
            0 => return Err(bucket),
            row => {
                let stub = Stub(usize::from(row) - 1);
                if stub.return_address() == behind {
                    return Ok(stub);
                }
            }
        }
        bucket = (bucket + 1) % BUCKETS.len();
    }
}

/// The stub for the site whose `syscall` ends at `behind`: the known one, or a new one, in which
/// case the site is patched if possible. `None` when there are no more stubs.
pub fn stub_for(behind: u64) -> Option<Stub> {
    if let Ok(stub) = find(behind) {
        // A patched site does not trap: its memory has been used anew since, or written back.
        if patch::is_syscall(behind - 2) && patch::was_patched(behind) {
            let _held = TABLES.take();
            let _ = patch::patch(behind, stub);
        }
        return Some(stub);
    }
    let _held = TABLES.take();
    let bucket = match find(behind) {
        Ok(stub) => return Some(stub),
        Err(bucket) => bucket,
    };
    let row = USED.load(Ordering::Relaxed);
    if row == STUBS {
        return None;
    }
    USED.store(row + 1, Ordering::Relaxed);
    let stub = Stub(row);
    rt_returns[row].store(behind, Ordering::Relaxed);
    BUCKETS[bucket].store(row as u16 + 1, Ordering::Release);
    kernel::count(&shared().sites);
    match patch::patch(behind, stub) {
        Ok(()) => kernel::count(&shared().patched),
        Err(why) => kernel::count(&shared().refused[why as usize]),
    }
    Some(stub)
}
