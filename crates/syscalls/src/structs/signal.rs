//! Signals.
use super::structs;
use crate::types::short::*;
use crate::{Type, flags};

structs! {
    /// The kernel's `sigaction`, which is not the C library's: flags and restorer precede the mask.
    SIGACTION "sigaction" {
        sa_handler: Type::Ptr, sa_flags: bits8(&flags::SIGACTION), sa_restorer: Type::Ptr,
        sa_mask: Type::SigSet,
    } shown [sa_handler sa_mask sa_flags sa_restorer];
    /// An alternate stack.
    STACK "stack_t" { ss_sp: Type::Ptr, ss_flags: bits(&flags::SIGALTSTACK), ss_size: U64 };
    /// What came with a signal. After the three common fields it is a union; the renderer reads
    /// the rest by signal and code.
    SIGINFO "siginfo" {
        si_signo: Type::Signal, si_errno: I32, si_code: bits(&flags::SI_CODE), _pad0: I32,
        si_pid: Type::Pid, si_uid: Type::Id, si_value: U64, si_utime: U64, si_stime: U64,
        _pad: Type::Chars(80),
    };
    /// How a timer or a queue tells.
    SIGEVENT "sigevent" {
        sigev_value: X64, sigev_signo: Type::Signal, sigev_notify: bits(&flags::SIGEV),
        sigev_notify_thread_id: Type::Pid, _pad: Type::Chars(44),
    };
}
