//! A timer that gets this thread out of `waitpid(2)`, which knows no time-out.
//!
//! Its signal goes to this thread alone and does nothing but interrupt. A signal that comes just
//! before the wait would be lost: hence the timer rings again every few milliseconds until it is
//! set anew. A run without deadlines arms nothing and pays nothing.
//!
//! # Safety
//! The kernel's timer belongs to one [`Alarm`] and is deleted with it; a [`Waker`] reaches it only
//! under the lock under which it is deleted.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::sys;

/// How often an unheard alarm rings again, in nanoseconds.
const AGAIN: i64 = 5_000_000;

/// Counts rings of all alarms; a look at it costs nothing and a false one does no harm.
static RINGS: AtomicU32 = AtomicU32::new(0);

/// No timer; the first one of a process has the id 0, which looks like a null pointer.
const NO_TIMER: usize = usize::MAX;

/// The timer that a signal handler may ring.
static ON_SIGNAL: AtomicUsize = AtomicUsize::new(NO_TIMER);

/// Rings the alarm that said [`Alarm::ring_on_signal`]. Async-signal-safe.
pub fn ring_now() {
    let timer = ON_SIGNAL.load(Ordering::Acquire);
    if timer != NO_TIMER {
        set(timer as libc::timer_t, Some(1));
    }
}

extern "C" fn ring(_signal: i32) {
    RINGS.fetch_add(1, Ordering::Relaxed);
}

struct Timer(libc::timer_t);

// SAFETY: a timer's id is a number to the kernel, good in any thread.
unsafe impl Send for Timer {}

#[derive(Default)]
struct Bell {
    timer: Mutex<Option<Timer>>,
    woken: AtomicBool,
}

/// Makes an engine, from any thread, call [`engine::Handler::tick`] soon.
#[derive(Clone, Default)]
pub struct Waker(Arc<Bell>);

impl std::fmt::Debug for Waker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Waker")
    }
}

impl Waker {
    /// A waker to give to one run, in its options.
    #[must_use]
    pub fn new() -> Self {
        Waker::default()
    }

    /// Wakes the engine, if it runs.
    pub fn wake(&self) {
        self.0.woken.store(true, Ordering::Release);
        if let Ok(timer) = self.0.timer.lock()
            && let Some(timer) = &*timer
        {
            set(timer.0, Some(1));
        }
    }
}

/// See the module.
pub struct Alarm {
    bell: Waker,
    armed: Option<u64>,
    heard: u32,
}

impl Alarm {
    /// This thread's alarm, silent.
    pub fn new(bell: Waker) -> Result<Self, i32> {
        let signal = libc::SIGRTMIN() + 7;
        // SAFETY: plain data, filled here; the handler does nothing but count.
        unsafe {
            let mut action: libc::sigaction = MaybeUninit::zeroed().assume_init();
            action.sa_sigaction = ring as *const () as usize;
            libc::sigaction(signal, &raw const action, ptr::null_mut());
            let mut event: libc::sigevent = MaybeUninit::zeroed().assume_init();
            event.sigev_notify = libc::SIGEV_THREAD_ID;
            event.sigev_signo = signal;
            event.sigev_notify_thread_id = libc::gettid();
            let mut timer: libc::timer_t = ptr::null_mut();
            if libc::timer_create(libc::CLOCK_MONOTONIC, &raw mut event, &raw mut timer) != 0 {
                return Err(sys::errno());
            }
            *bell.0.timer.lock().expect("nobody panics with this lock") = Some(Timer(timer));
        }
        let heard = RINGS.load(Ordering::Relaxed);
        let alarm = Alarm { bell, armed: None, heard };
        if alarm.bell.0.woken.load(Ordering::Acquire) {
            alarm.bell.wake();
        }
        Ok(alarm)
    }

    /// Lets signal handlers ring it, by [`ring_now`].
    pub fn ring_on_signal(&self) {
        if let Ok(timer) = self.bell.0.timer.lock()
            && let Some(timer) = &*timer
        {
            ON_SIGNAL.store(timer.0 as usize, Ordering::Release);
        }
    }

    /// Whether it (or somebody's) rang since the last time.
    pub fn rang(&mut self) -> bool {
        let rings = RINGS.load(Ordering::Relaxed);
        if rings == self.heard {
            return false;
        }
        self.heard = rings;
        // Rings again unless it is set anew.
        self.armed = Some(0);
        true
    }

    /// Whether somebody woke us.
    pub fn woken(&self) -> bool {
        self.bell.0.woken.swap(false, Ordering::AcqRel)
    }

    /// Sets the moment, in nanoseconds of `CLOCK_MONOTONIC`.
    pub fn set(&mut self, at: Option<u64>) {
        if at == self.armed {
            return;
        }
        self.armed = at;
        if let Ok(timer) = self.bell.0.timer.lock()
            && let Some(timer) = &*timer
            // A wake-up that came meanwhile must not be disarmed.
            && !(at.is_none() && self.bell.0.woken.load(Ordering::Acquire))
        {
            set(timer.0, at.map(|at| at.max(1)));
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Ok(mut timer) = self.bell.0.timer.lock()
            && let Some(Timer(timer)) = timer.take()
        {
            let (id, order) = (timer as usize, Ordering::AcqRel);
            // Another's alarm stays where it is.
            let _ = ON_SIGNAL.compare_exchange(id, NO_TIMER, order, Ordering::Relaxed);
            // SAFETY: ours, and nobody can reach it any more.
            unsafe { libc::timer_delete(timer) };
        }
    }
}

fn set(timer: libc::timer_t, at: Option<u64>) {
    let zero = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    let setting = match at {
        Some(at) => libc::itimerspec {
            it_interval: libc::timespec { tv_sec: 0, tv_nsec: AGAIN },
            it_value: libc::timespec {
                tv_sec: (at / 1_000_000_000) as i64,
                tv_nsec: (at % 1_000_000_000) as i64,
            },
        },
        None => libc::itimerspec { it_interval: zero, it_value: zero },
    };
    // SAFETY: the caller holds the lock under which the timer lives.
    unsafe { libc::timer_settime(timer, libc::TIMER_ABSTIME, &raw const setting, ptr::null_mut()) };
}
