//! Signals.
use super::sets;
sets! {
    /// Signals.
    SIGNALS one "SIG???" { SIGHUP = 1, SIGINT = 2 }
}
