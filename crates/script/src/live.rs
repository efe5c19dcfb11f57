//! The program as it stands at a call, lent to Ruby objects that may outlive the call.
//!
//! A script can keep `c` for ever. So a call object holds no reference to the [`Guest`] but asks a
//! [`Live`] for it: it is there only while the call's own handler runs. While the handler waits in
//! `proceed` or `sleep`, and after the call, there is none, and the accessor answers from what is
//! known or raises.
//!
//! # Safety
//! The pointer is set from a `&mut dyn Guest` by [`Live::during`], which clears it before that
//! borrow ends, also when it unwinds. [`Live::with`] takes the pointer out while it lends the
//! guest, so there are never two `&mut` at a time.
#![allow(unsafe_code)]

use core::cell::Cell;
use core::fmt;
use core::ptr::NonNull;

use engine::Guest;

/// Where the guest is, if it may be touched now.
#[derive(Default)]
pub struct Live {
    guest: Cell<Option<NonNull<dyn Guest>>>,
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("guest", &self.guest.get().is_some()).finish()
    }
}

/// Puts the pointer back (or clears it) also when a panic passes.
struct Put<'a>(&'a Live, Option<NonNull<dyn Guest>>);

impl Drop for Put<'_> {
    fn drop(&mut self) {
        self.0.guest.set(self.1);
    }
}

impl Live {
    /// Lends the guest to all who hold this `Live` while `work` runs.
    pub fn during<R>(&self, guest: &mut dyn Guest, work: impl FnOnce() -> R) -> R {
        let short: NonNull<dyn Guest + '_> = NonNull::from(guest);
        // SAFETY: only the lifetime changes; `clear` takes the pointer out before the borrow ends.
        let long = unsafe {
            core::mem::transmute::<NonNull<dyn Guest + '_>, NonNull<dyn Guest + 'static>>(short)
        };
        self.guest.set(Some(long));
        let clear = Put(self, None);
        let result = work();
        drop(clear);
        result
    }

    /// Runs `work` on the guest; none if it is not at hand.
    pub fn with<R>(&self, work: impl FnOnce(&mut dyn Guest) -> R) -> Option<R> {
        let mut pointer = self.guest.take()?;
        let put = Put(self, Some(pointer));
        // SAFETY: `during` keeps the guest borrowed, and nobody else has the pointer now.
        let result = work(unsafe { pointer.as_mut() });
        drop(put);
        Some(result)
    }

    /// Whether the guest is at hand.
    #[must_use]
    pub fn is_at_hand(&self) -> bool {
        self.guest.get().is_some()
    }
}
