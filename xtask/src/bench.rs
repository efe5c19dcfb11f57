//! The speed that we promise, measured: every figure is a ratio to the native run of the same minute.

use crate::shell::Outcome;

/// Runs every measurement and keeps the result in `benches/runs/`.
pub fn run() -> Outcome {
    Err("not written yet".into())
}
