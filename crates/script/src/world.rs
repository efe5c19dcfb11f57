//! What all handlers of a run share beside the Ruby heap.

use alloc::string::String;
use core::cell::{Cell, RefCell};

use engine::CallSet;

use crate::dns::Names;
use crate::fds::Recorder;
use crate::kernel::Kernel;
use crate::process::Processes;

/// The run, as the native side of a script sees it.
#[derive(Debug)]
pub struct World {
    /// Our own questions.
    pub kernel: Kernel,
    /// The processes.
    pub processes: Processes,
    /// Who opened what, if anybody wants to know.
    pub recorder: RefCell<Option<Recorder>>,
    /// Names of addresses.
    pub names: Names,
    /// The user's home directory, for `~`.
    pub home: String,
    /// Where hijinks was started, for `./`.
    pub cwd: String,
    random: Cell<u64>,
    /// The calls whose data may be a name server's answer, if a script has hosts' names.
    answers: Cell<CallSet>,
}

impl World {
    /// Before anything happened.
    #[must_use]
    pub fn new(kernel: Kernel, home: String, cwd: String, seed: Option<u64>) -> World {
        let seed = seed.unwrap_or_else(|| kernel.random());
        World {
            kernel,
            processes: Processes::new(kernel),
            recorder: RefCell::new(None),
            names: Names::default(),
            home,
            cwd,
            // xorshift has no way out of zero.
            random: Cell::new(seed | 1),
            answers: Cell::new(CallSet::EMPTY),
        }
    }

    /// From now on names of hosts matter: the program's answers from name servers are read.
    pub fn learn_names(&self) {
        if self.answers.get().is_empty() {
            let calls = ["read", "recvfrom", "recvmsg"].map(syscalls::by_name);
            self.answers.set(calls.into_iter().flatten().map(|call| call.nr).collect());
            if let Some(hosts) = self.kernel.read_file("/etc/hosts") {
                self.names.learn_hosts(&String::from_utf8_lossy(&hosts));
            }
        }
    }

    /// The calls whose data may be a name server's answer.
    #[must_use]
    pub fn answers(&self) -> CallSet {
        self.answers.get()
    }

    /// Whether a call's data may teach us a name.
    #[must_use]
    pub fn listens_to(&self, nr: u64) -> bool {
        self.answers.get().contains(nr)
    }

    /// True in that share of cases.
    pub fn chance(&self, share: f64) -> bool {
        self.share() < share
    }

    /// A number from 0 up to (not including) 1.
    pub fn share(&self) -> f64 {
        let mut x = self.random.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.random.set(x);
        // The upper 53 bits, as a fraction of one.
        (x.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
