//! Times, timers, clocks.
use super::structs;
use crate::flags;
use crate::types::short::*;

structs! {
    /// A time to the nanosecond.
    TIMESPEC "timespec" { tv_sec: I64, tv_nsec: U64 };
    /// A time to the microsecond.
    TIMEVAL "timeval" { tv_sec: I64, tv_usec: U64 };
    /// A file's time to the nanosecond, which is a date.
    UTIME_SPEC "timespec" { tv_sec: I64, tv_nsec: U64 };
    /// A file's time to the microsecond.
    UTIME_VAL "timeval" { tv_sec: I64, tv_usec: U64 };
    /// A timer's period and its first time, for `timer_settime`.
    ITIMERSPEC "itimerspec" { it_interval: nested(&TIMESPEC), it_value: nested(&TIMESPEC) };
    /// The same for `setitimer`.
    ITIMERVAL "itimerval" { it_interval: nested(&TIMEVAL), it_value: nested(&TIMEVAL) };
    /// Minutes west of Greenwich, and nothing.
    TIMEZONE "timezone" { tz_minuteswest: I32, tz_dsttime: I32 };
    /// Times for `utime`.
    UTIMBUF "utimbuf" {
        actime: crate::Type::UnixTime(crate::Width::B8),
        modtime: crate::Type::UnixTime(crate::Width::B8),
    };
    /// Processor time of a process and its children, in ticks.
    TMS "tms" { tms_utime: U64, tms_stime: U64, tms_cutime: U64, tms_cstime: U64 };
    /// The discipline of the clock.
    TIMEX "timex" {
        modes: bits(&flags::ADJTIMEX), offset: I64, freq: I64, maxerror: I64, esterror: I64,
        status: bits(&flags::TIMEX_STATUS), constant: I64, precision: I64, tolerance: I64,
        time: nested(&TIMEVAL), tick: I64, ppsfreq: I64, jitter: I64, shift: I32, stabil: I64,
        jitcnt: I64, calcnt: I64, errcnt: I64, stbcnt: I64, tai: I32,
        _pad: crate::Type::Chars(44),
    } shown [
        modes offset freq maxerror esterror status constant precision tolerance time tick ppsfreq
        jitter shift stabil jitcnt calcnt errcnt stbcnt tai
    ];
}
