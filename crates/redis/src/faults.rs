//! Panics on demand, to prove that none of them crosses into the server. Only in debug builds:
//! `RUBY.FAULT place` makes the next passing of that place panic.

#[cfg(debug_assertions)]
mod armed {
    use std::sync::Mutex;

    static PLACE: Mutex<Option<String>> = Mutex::new(None);

    fn place() -> std::sync::MutexGuard<'static, Option<String>> {
        PLACE.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Makes a place panic, once.
    pub fn arm(name: &str) {
        *place() = Some(name.to_string());
    }

    /// A place.
    pub fn point(name: &str) {
        let here = place().take_if(|armed| armed == name).is_some();
        assert!(!here, "injected at {name}");
    }
}

#[cfg(debug_assertions)]
pub use armed::{arm, point};

/// A place.
#[cfg(not(debug_assertions))]
#[inline]
pub fn point(_: &str) {}
