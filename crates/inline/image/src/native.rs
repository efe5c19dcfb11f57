//! Handlers without a language: they prove the engine, and measure it.

use core::cell::Cell;
use core::sync::atomic::AtomicU64;

use engine::{Call, CallSet, Event, Guest, Handler, Verdict};

use crate::dispatch::config;
use crate::kernel::{count, errno, shared};
use crate::layout::Native;

/// The one handler: what it does with a number is in the configuration.
pub static NATIVE: Table = Table;

/// See [`Native`].
pub struct Table;

impl Handler for Table {
    fn calls(&self) -> CallSet {
        CallSet::EMPTY
    }

    fn call(&self, guest: &mut dyn Guest) -> Verdict {
        let call = guest.call();
        let number = call.nr as usize;
        let wanted = config().native[number];
        if wanted == Native::Constant as u8 {
            return Verdict::Return(config().value[number]);
        }
        count(&shared().calls[number]);
        if wanted == Native::Look as u8 {
            let _ = guest.proceed();
        } else if wanted == Native::Rot13 as u8 {
            rotate(guest, call);
        } else if wanted == Native::Peek as u8 {
            let mut bytes = [0; 16];
            if guest.read(call.args[1], &mut bytes).is_err() {
                return Verdict::Return(errno::EFAULT);
            }
        } else if wanted == Native::Slow as u8 {
            let spin = Cell::new(0);
            while core::hint::black_box(spin.get()) < 3000 {
                spin.set(spin.get() + 1);
            }
        } else if wanted == Native::Panic as u8 {
            let none: Option<AtomicU64> = None;
            if core::hint::black_box(none).is_none() {
                panic!();
            }
        }
        Verdict::Pass
    }

    fn event(&self, _: &Event<'_>) {}
}

fn rotate(guest: &mut dyn Guest, call: Call) {
    let mut bytes = [0; 1024];
    let len = bytes.len().min(call.args[2] as usize);
    let bytes = &mut bytes[..len];
    if guest.read(call.args[1], bytes).is_err() {
        return;
    }
    for byte in bytes.iter_mut() {
        let base = if byte.is_ascii_lowercase() { b'a' } else { b'A' };
        if byte.is_ascii_alphabetic() {
            *byte = base + (*byte - base + 13) % 26;
        }
    }
    let Ok(scratch) = guest.scratch(len) else { return };
    if guest.write(scratch, bytes).is_ok() {
        let args = [call.args[0], scratch, len as u64, 0, 0, 0];
        guest.set_call(Call { nr: call.nr, args });
    }
}
