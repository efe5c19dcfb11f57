//! The runtime that handles calls inside the program, as bytes to be mapped there.
//!
//! The runtime itself is the package in `image/`, a freestanding program that `build.rs` builds.
//! This crate is its host side: [`Image`] is a copy of it, laid out as the memory it will be and
//! told what to do; [`layout`] is what both sides agree on. Who maps it into programs is the crate
//! `inject`. How it works is told in `docs/internals/inline.md`.
#![deny(unsafe_code)]

pub mod layout;

use core::mem::offset_of;

use layout::{BASE, Config, Header, Native, kind};

static BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/image.bin"));

/// The image with its symbols, for debuggers and for tests that look into it.
pub static ELF: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/image.elf"));

/// Calls that the runtime must see even when no handler wants them: signals and their masks and
/// stacks, new tasks, tracing, filters.
pub const VIRTUAL: [u64; 17] =
    [13, 14, 56, 57, 58, 60, 101, 130, 131, 157, 270, 271, 281, 317, 333, 435, 441];

/// A runtime image that knows what to do.
#[derive(Clone, Debug)]
pub struct Image {
    bytes: Vec<u8>,
}

impl Default for Image {
    fn default() -> Self {
        let mut image = Image { bytes: BYTES.to_vec() };
        for number in VIRTUAL {
            *image.byte(offset_of!(Config, kind) + number as usize) |= kind::VIRTUAL;
        }
        image
    }
}

impl Image {
    /// The memory from [`BASE`] on, up to the part that starts as zeroes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The table of contents.
    #[must_use]
    pub fn header(&self) -> Header {
        let word = |index: usize| {
            let bytes = self.bytes[index * 8..][..8].try_into().expect("eight bytes");
            u64::from_le_bytes(bytes)
        };
        Header {
            magic: word(0).to_le_bytes(),
            start: word(1),
            config: word(2),
            exempt: word(3),
            exempt_end: word(4),
            data: word(5),
            data_end: word(6),
            bss_end: word(7),
            template: word(8),
        }
    }

    fn byte(&mut self, in_config: usize) -> &mut u8 {
        let at = (self.header().config - BASE) as usize + in_config;
        &mut self.bytes[at]
    }

    /// Handles a call without a language; `value` is the constant of [`Native::Constant`].
    ///
    /// # Panics
    /// If `number` is no system call's (512 and up).
    pub fn handle(&mut self, number: u64, native: Native, value: i64) {
        assert!(number < 512, "{number} is no system call");
        let number = number as usize;
        *self.byte(offset_of!(Config, kind) + number) |= kind::USER;
        *self.byte(offset_of!(Config, native) + number) = native as u8;
        for (i, byte) in value.to_le_bytes().into_iter().enumerate() {
            *self.byte(offset_of!(Config, value) + number * 8 + i) = byte;
        }
    }

    /// Handles these calls by the script that the snapshot contains.
    pub fn handle_by_script(&mut self, calls: impl IntoIterator<Item = u64>) {
        for number in calls.into_iter().filter(|number| *number < 512) {
            *self.byte(offset_of!(Config, kind) + number as usize) |= kind::USER;
        }
        *self.byte(offset_of!(Config, script)) = 1;
    }

    /// Leaves the program's code alone: every hooked call takes the way by SIGSYS.
    pub fn leave_code_alone(&mut self) {
        *self.byte(offset_of!(Config, no_patch)) = 1;
    }

    /// The numbers that the filter must send to the runtime.
    #[must_use]
    pub fn hooked(&self) -> Vec<u64> {
        let at = (self.header().config - BASE) as usize + offset_of!(Config, kind);
        let kinds = &self.bytes[at..at + 512];
        (0..512).filter(|number| kinds[*number as usize] != 0).collect()
    }

    /// Whether a handler wants a call.
    #[must_use]
    pub fn handles(&self, number: u64) -> bool {
        let at = (self.header().config - BASE) as usize + offset_of!(Config, kind);
        number < 512 && self.bytes[at + number as usize] & kind::USER != 0
    }
}
