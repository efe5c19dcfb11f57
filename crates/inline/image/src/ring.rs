//! What handlers print: handed to the supervisor through shared memory, since the program may close
//! any descriptor, and its own streams are not ours.
//!
//! # Safety
//! The loader has mapped the ring; it is written by whoever put its process number in `writer`.
#![allow(unsafe_code)]

use core::sync::atomic::Ordering;

use crate::kernel::{call, errno, nr};
use crate::layout::{RECORD, RING, RING_DATA, RING_LEN, Ring};

fn ring() -> &'static Ring {
    // SAFETY: see the module; atomics only.
    unsafe { &*(RING as *const Ring) }
}

fn yield_now() {
    // SAFETY: no effect.
    unsafe { call(nr::SCHED_YIELD, &[]) };
}

/// Takes the ring. A writer that was killed in between is found out after a while.
fn take(pid: u32) {
    for attempt in 1u32.. {
        let taken = ring().writer.compare_exchange(0, pid, Ordering::Acquire, Ordering::Relaxed);
        let Err(holder) = taken else { return };
        if attempt.is_multiple_of(1024) {
            // SAFETY: signal 0 only asks whether it exists.
            let gone = unsafe { call(nr::KILL, &[u64::from(holder), 0]) } == errno::ESRCH;
            let steal = || {
                let order = (Ordering::Acquire, Ordering::Relaxed);
                ring().writer.compare_exchange(holder, pid, order.0, order.1).is_ok()
            };
            if gone && steal() {
                return;
            }
        }
        yield_now();
    }
}

fn put(at: u64, bytes: &[u8]) {
    for (i, byte) in bytes.iter().enumerate() {
        let place = RING_DATA + (at + i as u64) % RING_LEN;
        // SAFETY: inside the ring; nobody reads it before `written` moves.
        unsafe { (place as *mut u8).write(*byte) };
    }
}

/// Hands a text over; what is too long for the ring goes in pieces, what finds no room for a second
/// is lost and counted.
pub fn write(stream: u32, text: &[u8]) {
    // SAFETY: no effect.
    let pid = unsafe { call(nr::GETPID, &[]) } as u32;
    for piece in text.chunks(RING_LEN as usize / 4) {
        let size = RECORD + piece.len().next_multiple_of(8) as u64;
        take(pid);
        let at = ring().written.load(Ordering::Relaxed);
        let mut patience = 100_000;
        while at + size - ring().read.load(Ordering::Acquire) > RING_LEN && patience > 0 {
            patience -= 1;
            yield_now();
        }
        if patience == 0 {
            ring().lost.fetch_add(1, Ordering::Relaxed);
        } else {
            put(at, &(piece.len() as u32).to_le_bytes());
            put(at + 4, &stream.to_le_bytes());
            put(at + RECORD, piece);
            ring().written.store(at + size, Ordering::Release);
        }
        ring().writer.store(0, Ordering::Release);
    }
}
