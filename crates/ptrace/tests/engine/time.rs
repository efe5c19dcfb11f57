//! Deadlines, wake-ups and ends that a handler asks for.

use std::cell::Cell;
use std::time::{Duration, Instant};

use engine::{CallSet, Event, Exit, Guest, Handler, Verdict};
use ptrace::{Options, Program, Waker};

/// Ticks on its deadlines, and is finished after so many ticks.
struct Ticks {
    period: Option<Duration>,
    next: Cell<u64>,
    ticks: Cell<u32>,
    enough: u32,
}

impl Ticks {
    fn new(period: Option<Duration>, enough: u32) -> Self {
        Ticks { period, next: Cell::new(0), ticks: Cell::new(0), enough }
    }

    fn run(&self, argv: &[&str], options: &Options) -> Exit {
        ptrace::run(&Program::new(argv.iter().copied()), self, options).unwrap()
    }
}

fn now() -> u64 {
    let uptime = std::fs::read_to_string("/proc/uptime").unwrap();
    let seconds: f64 = uptime.split(' ').next().unwrap().parse().unwrap();
    (seconds * 1e9) as u64
}

impl Handler for Ticks {
    fn calls(&self) -> CallSet {
        CallSet::EMPTY
    }

    fn call(&self, _guest: &mut dyn Guest) -> Verdict {
        unreachable!("nothing is hooked")
    }

    fn event(&self, _event: &Event<'_>) {}

    fn deadline(&self) -> Option<u64> {
        let period = self.period?;
        if self.next.get() == 0 {
            self.next.set(now() + period.as_nanos() as u64);
        }
        Some(self.next.get())
    }

    fn tick(&self) {
        self.ticks.set(self.ticks.get() + 1);
        self.next.set(0);
    }

    fn finished(&self) -> bool {
        self.ticks.get() >= self.enough
    }
}

#[test]
fn deadlines_come_while_the_program_sleeps_and_while_it_works() {
    let busy = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; exit 3";
    for (argv, least) in [(["sh", "-c", "sleep 0.5; exit 3"], 5), (["sh", "-c", busy], 1)] {
        let handler = Ticks::new(Some(Duration::from_millis(20)), u32::MAX);
        assert_eq!(handler.run(&argv, &Options::default()), Exit::Code(3));
        assert!(handler.ticks.get() >= least, "{argv:?}: {}", handler.ticks.get());
    }
}

#[test]
fn a_waker_wakes_from_another_thread_and_a_finished_handler_ends_the_program() {
    let handler = Ticks::new(None, 3);
    let options = Options { waker: Waker::new(), ..Options::default() };
    let (waker, begin) = (options.waker.clone(), Instant::now());
    let waking = std::thread::spawn(move || {
        for _ in 0..200 {
            std::thread::sleep(Duration::from_millis(20));
            waker.wake();
        }
    });
    let exit = handler.run(&["sh", "-c", "(sleep 100 & sleep 100); sleep 100"], &options);
    assert_eq!(exit, Exit::Signal(libc::SIGKILL, false));
    assert!(begin.elapsed() < Duration::from_secs(50));
    waking.join().unwrap();
}
