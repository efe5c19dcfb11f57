//! What the handlers inside the programs print, read from the ring they share.
//!
//! # Safety
//! The shared part of the image's file is mapped; bytes up to `written` are complete and are not
//! written again before `read` has moved past them.
#![allow(unsafe_code)]

use std::sync::atomic::Ordering;

use inline::layout::{RECORD, RING, RING_DATA, RING_LEN, Ring, SHARED};

use crate::Stream;

/// The ring of a run.
#[derive(Debug)]
pub struct Output {
    shared: *mut u8,
}

impl Output {
    /// In the shared part that is mapped here.
    pub fn new(shared: *mut u8) -> Output {
        Output { shared }
    }

    fn ring(&self) -> &Ring {
        // SAFETY: see the module; atomics only.
        unsafe { &*self.shared.add((RING - SHARED) as usize).cast::<Ring>() }
    }

    fn byte(&self, at: u64) -> u8 {
        let place = (RING_DATA - SHARED + at % RING_LEN) as usize;
        // SAFETY: see the module.
        unsafe { self.shared.add(place).read_volatile() }
    }

    fn number(&self, at: u64) -> u32 {
        u32::from_le_bytes([0, 1, 2, 3].map(|i| self.byte(at + i)))
    }

    /// Hands over what has come since the last time.
    pub fn drain(&self, sink: &dyn Fn(Stream, &[u8])) {
        loop {
            let at = self.ring().read.load(Ordering::Relaxed);
            let written = self.ring().written.load(Ordering::Acquire);
            if at == written {
                return;
            }
            let len = u64::from(self.number(at));
            let size = RECORD + len.next_multiple_of(8);
            if size > RING_LEN || at + size > written {
                // A program has written over it. Nothing in it can be trusted.
                self.ring().read.store(written, Ordering::Release);
                return;
            }
            let text: Vec<u8> = (0..len).map(|i| self.byte(at + RECORD + i)).collect();
            let stream = match self.number(at + 4) {
                0 => Stream::Out,
                1 => Stream::Err,
                _ => Stream::Json,
            };
            self.ring().read.store(at + size, Ordering::Release);
            sink(stream, &text);
        }
    }
}
