//! Faults on demand, to prove that none of them reaches the server. Only in debug builds:
//! `RUBY.FAULT place` makes the next passing of that place fail.

#[cfg(debug_assertions)]
mod armed {
    use std::sync::{Mutex, MutexGuard};

    static PLACE: Mutex<Option<String>> = Mutex::new(None);

    fn place() -> MutexGuard<'static, Option<String>> {
        PLACE.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Makes a place fail, once.
    pub fn arm(name: &str) {
        *place() = Some(name.to_string());
    }

    /// Whether this place is to fail now.
    pub fn strikes(name: &str) -> bool {
        place().take_if(|armed| armed == name).is_some()
    }
}

#[cfg(debug_assertions)]
pub use armed::{arm, strikes};

/// Whether this place is to fail now.
#[cfg(not(debug_assertions))]
#[inline]
pub fn strikes(_: &str) -> bool {
    false
}

/// A place that may panic.
#[inline]
pub fn point(name: &str) {
    assert!(!strikes(name), "injected at {name}");
}
