//! Patching: a site's two-byte `syscall` becomes a short jump to padding nearby, which holds a jump
//! to a page within reach, which jumps to the site's stub.
//!
//! Safe because: the trapped instruction pointer proves that the `syscall` is an instruction; the
//! padding is reached from there by decoding in a straight line ([`decode`]), so it is one, too;
//! what is written there is either behind a jump over itself (a long no-op stays a no-op, and
//! nothing can jump into the middle of one) or follows an instruction that never falls through; and
//! the site itself changes by one 16-bit store inside a cache line. A thread that still sees the old
//! bytes traps and comes to the same stub. Only private, file-backed, read-only code is patched:
//! never what a compiler inside the program writes. What is refused works by SIGSYS, slower.
//!
//! # Safety
//! All writes go to memory that was just found to be such code, under
//! [`TABLES`](crate::lock::TABLES), with signals blocked.
#![allow(unsafe_code)]

use core::sync::atomic::{AtomicU16, AtomicU64, Ordering};

use crate::decode::{Kind, decode};
use crate::dispatch::config;
use crate::kernel::{call, nr};
use crate::site::Stub;
use crate::task;

/// Why a site stays as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub enum Refusal {
    /// Switched off.
    Off,
    /// The two bytes cross a cache line and other threads run.
    Straddles,
    /// Not private, read-only, file-backed code, or the kernel does not tell (before 6.11).
    NotCode,
    /// No padding within reach.
    NoPadding,
    /// No free memory within 2 GiB.
    NoRoom,
    /// The kernel refused to make the page writable.
    Refused,
}

const PROT_RW: u64 = 3;
const PROT_RX: u64 = 5;
const PROT_RWX: u64 = 7;
const PAGE: u64 = 4096;

/// Pages of near stubs: their addresses and how many stubs are in use.
static NEAR: [(AtomicU64, AtomicU16); 64] = [const { (AtomicU64::new(0), AtomicU16::new(0)) }; 64];

unsafe extern "C" {
    static rt_near_page: [u8; 4096];
}

/// Whether the memory at a site that just trapped holds `syscall`.
pub fn is_syscall(site: u64) -> bool {
    // The vsyscall page can't be read; its "sites" are return addresses.
    // SAFETY: the caller's thread has just executed the instruction there.
    unsafe { (site as *const [u8; 2]).read_unaligned() == [0x0f, 0x05] }
}

/// Whether a near stub leads to this site's stub, i.e. it was patched once.
pub fn was_patched(behind: u64) -> bool {
    PATCHED.iter().any(|site| site.load(Ordering::Relaxed) == behind)
}

/// Sites patched, for the rare question above.
static PATCHED: [AtomicU64; 512] = [const { AtomicU64::new(0) }; 512];

/// The mapping around an address, if it is code that may be patched: its bounds.
fn code_around(address: u64) -> Option<(u64, u64)> {
    // struct procmap_query, uapi/linux/fs.h
    let mut query = [0u64; 13];
    query[0] = 104;
    query[2] = address;
    let path = b"/proc/self/maps\0";
    // SAFETY: opens, asks and closes; the memory is ours.
    let answer = unsafe {
        let fd = call(nr::OPENAT, &[-100i64 as u64, path.as_ptr() as u64, 0x80000]);
        if fd < 0 {
            return None;
        }
        let answer = call(nr::IOCTL, &[fd as u64, 0xc068_6611, query.as_mut_ptr() as u64]);
        call(nr::CLOSE, &[fd as u64]);
        answer
    };
    let [_, _, _, start, end, flags, _, _, inode, ..] = query;
    // readable and executable, neither writable nor shared, of a file
    (answer >= 0 && flags & 0xf == 5 && inode != 0).then_some((start, end))
}

enum Padding {
    /// One no-op of at least seven bytes.
    Nop(u64, usize),
    /// At least five bytes that are never executed.
    Dead(u64),
}

/// Padding that a short jump at the end of `behind - 2` reaches.
fn padding(behind: u64, end: u64) -> Option<Padding> {
    let window = (end - behind).min(160) as usize;
    // SAFETY: inside the mapping that `code_around` found, which is readable.
    let code = unsafe { core::slice::from_raw_parts(behind as *const u8, window) };
    let mut at = 0;
    let mut dead = false;
    while at <= 127 {
        let (len, kind) = decode(&code[at..])?;
        let address = behind + at as u64;
        if kind == Kind::Nop && len >= 7 && at + 2 <= 127 && address & 63 != 63 {
            return Some(Padding::Nop(address, len));
        }
        if dead {
            let mut run = at;
            while let Some((len, kind)) = decode(code.get(run..)?)
                && (kind == Kind::Nop || code[run] == 0xcc)
            {
                run += len;
            }
            if run - at >= 5 && (behind + run as u64).is_multiple_of(16) {
                return Some(Padding::Dead(address));
            }
        }
        dead = kind == Kind::Ends && code[at] != 0xcc;
        at += len;
    }
    None
}

/// A near stub that leads to `stub`, within reach of a site.
fn near_stub(site: u64, stub: Stub) -> Option<u64> {
    for (page, used) in &NEAR {
        let at = page.load(Ordering::Relaxed);
        if at == 0 {
            let at = new_near_page(site)?;
            page.store(at, Ordering::Relaxed);
            return near_stub(site, stub);
        }
        let row = used.load(Ordering::Relaxed);
        if at.abs_diff(site) < 0x7ff0_0000 && row < 512 {
            used.store(row + 1, Ordering::Relaxed);
            let row = at + u64::from(row) * 8;
            // SAFETY: the second page of the pair is ours and writable.
            unsafe { ((row + PAGE) as *mut u64).write(stub.address()) };
            return Some(row);
        }
    }
    None
}

/// A pair of pages below the site: code that is never written again, and its addresses.
fn new_near_page(site: u64) -> Option<u64> {
    const STEP: u64 = 0x100_0000;
    let top = if site < 0x1000_0000 { 0x7000_0000 } else { site & !(STEP - 1) };
    for k in 1..100 {
        let at = top.checked_sub(k * STEP)?;
        // SAFETY: MAP_FIXED_NOREPLACE replaces nothing; the two pages are ours then.
        unsafe {
            let got = call(nr::MMAP, &[at, 2 * PAGE, PROT_RW, 0x10_0022, u64::MAX, 0]);
            if got as u64 != at {
                if got > 0 {
                    call(nr::MUNMAP, &[got as u64, 2 * PAGE]);
                }
                continue;
            }
            core::ptr::copy_nonoverlapping(
                (&raw const rt_near_page).cast::<u8>(),
                at as *mut u8,
                PAGE as usize,
            );
            if call(nr::MPROTECT, &[at, PAGE, PROT_RX]) < 0 {
                call(nr::MUNMAP, &[at, 2 * PAGE]);
                return None;
            }
        }
        return Some(at);
    }
    None
}

/// Other threads see what was written before, whatever they had fetched.
fn synchronise_cores() {
    // SAFETY: MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE has no other effect.
    unsafe { call(nr::MEMBARRIER, &[1 << 5, 0]) };
}

/// One store of two bytes. Not an `AtomicU16`, which must not be misaligned.
///
/// # Safety
/// The memory is writable and changing it so is right.
unsafe fn store_u16(at: u64, value: u16) {
    // SAFETY: the caller's promise.
    unsafe {
        core::arch::asm!("mov word ptr [{}], {:x}", in(reg) at, in(reg) value, options(nostack));
    }
}

/// Patches the site whose `syscall` ends at `behind`.
pub fn patch(behind: u64, stub: Stub) -> Result<(), Refusal> {
    let site = behind - 2;
    if config().no_patch != 0 {
        return Err(Refusal::Off);
    }
    if site & 63 == 63 && !task::alone() {
        return Err(Refusal::Straddles);
    }
    let (start, end) = code_around(site).ok_or(Refusal::NotCode)?;
    if behind > end || site < start || !is_syscall(site) {
        return Err(Refusal::NotCode);
    }
    let padding = padding(behind, end).ok_or(Refusal::NoPadding)?;
    let near = near_stub(site, stub).ok_or(Refusal::NoRoom)?;
    let jump = match padding {
        Padding::Nop(at, _) => at + 2,
        Padding::Dead(at) => at,
    };
    let first = site & !(PAGE - 1);
    let pages = ((jump + 5 + PAGE - 1) & !(PAGE - 1)) - first;
    // SAFETY: `code_around` said this is private read-only code; between the two calls it is
    // writable as well, so that threads inside it go on. The stores are those of the module's
    // argument, each step visible everywhere before the next.
    unsafe {
        if call(nr::MPROTECT, &[first, pages, PROT_RWX]) < 0 {
            return Err(Refusal::Refused);
        }
        if let Padding::Nop(at, len) = padding {
            let over = (len as u16 - 2) << 8 | 0xeb;
            store_u16(at, over);
            synchronise_cores();
        }
        let far = (near.cast_signed() - (jump + 5).cast_signed()) as i32;
        (jump as *mut u8).write(0xe9);
        ((jump + 1) as *mut i32).write_unaligned(far);
        synchronise_cores();
        let short = ((jump - behind) as u16) << 8 | 0xeb;
        store_u16(site, short);
        synchronise_cores();
        call(nr::MPROTECT, &[first, pages, PROT_RX]);
    }
    if let Some(free) = PATCHED.iter().find(|s| s.load(Ordering::Relaxed) == 0) {
        free.store(behind, Ordering::Relaxed);
    }
    Ok(())
}
