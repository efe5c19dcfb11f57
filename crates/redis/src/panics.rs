//! What becomes of a panic: a line in the server's log, and a count by which whoever called into the
//! module learns of it, even if something caught it on the way.

use std::cell::Cell;
use std::panic;

use crate::context::{Level, log};

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

/// How many there were on this thread.
pub fn on_this_thread() -> u64 {
    COUNT.get()
}

/// From now on they are counted and logged.
pub fn watch() {
    panic::set_hook(Box::new(|panic| {
        COUNT.set(COUNT.get() + 1);
        log(Level::Warning, &format!("a bug: {panic}"));
    }));
}

/// The text of a panic.
pub fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text,
        _ => "no message",
    }
}
