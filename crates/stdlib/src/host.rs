//! What the library asks of whoever embeds it: one way into the kernel, and a place for output.
//!
//! Nothing else here touches the system, so the same library works in the supervisor, inside a
//! program's own process without a C library, and in a database server.

use alloc::vec::Vec;

/// Where output goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stream {
    /// `$stdout`: `puts`, `p`, `print`
    Out,
    /// `$stderr`: `warn`
    Err,
}

/// The embedder.
pub trait Host {
    /// A system call by its x86-64 number: what the kernel answers, `-errno` included.
    ///
    /// # Safety
    /// As the call itself: pointers must be good for what it does with them.
    #[expect(unsafe_code, reason = "a declaration: what it does is the embedder's")]
    unsafe fn syscall(&self, number: u64, args: [u64; 6]) -> i64;

    /// Shows what a script prints.
    fn write(&self, stream: Stream, bytes: &[u8]);

    /// `ARGV`
    fn arguments(&self) -> Vec<Vec<u8>> {
        Vec::new()
    }

    /// `ENV`: names and values.
    fn environment(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        Vec::new()
    }

    /// `$0`, and what `require_relative` is relative to where a script's own file is not known.
    fn script(&self) -> Vec<u8> {
        b"-e".to_vec()
    }

    /// Lets that many nanoseconds pass. An embedder that serves others meanwhile does so here.
    fn sleep(&self, nanoseconds: u64) {
        crate::kernel::Kernel(self).sleep(nanoseconds);
    }
}
