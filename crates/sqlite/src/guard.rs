//! The border to SQLite: no panic passes it.
//!
//! In builds with debug assertions a test can put a panic into any callback, by its name in
//! `HIJINKS_FAULT`.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tables::{Error, Result};

/// Runs a callback's body; a panic in it is an [`Error::Fault`].
#[inline]
pub(crate) fn guard<R>(callback: &'static str, body: impl FnOnce() -> Result<R>) -> Result<R> {
    // What a panic may leave half-done is ours: a cursor, a table. SQLite closes it next.
    catch_unwind(AssertUnwindSafe(|| {
        fault(callback);
        body()
    }))
    .unwrap_or_else(|panic| Err(Error::Fault(format!("{callback}: {}", text(&*panic)))))
}

fn text(panic: &(dyn Any + Send)) -> &str {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text,
        _ => "a panic",
    }
}

#[cfg(debug_assertions)]
fn fault(callback: &str) {
    use std::sync::OnceLock;
    static WANTED: OnceLock<Option<String>> = OnceLock::new();
    let wanted = WANTED.get_or_init(|| std::env::var("HIJINKS_FAULT").ok());
    assert!(wanted.as_deref() != Some(callback), "a panic injected by a test");
}

#[cfg(not(debug_assertions))]
#[inline]
fn fault(_: &str) {}
