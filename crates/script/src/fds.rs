//! Who opened what: every file descriptor of every process, with the call, time and stack.
//!
//! A [`Recorder`] looks at the calls that make, copy and close descriptors, after the kernel
//! answered, and at fork, exec and exit. It knows no Ruby: `hijinks lsof` uses it as a handler of
//! its own ([`Lsof`]), a script only when it asks for `opened_by`, `age` or `fds`. A descriptor
//! that was there before we were has no [`Opened`].

use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use engine::{Call, CallSet, Event, Frame, Guest, Handler, Pid, Verdict};

use crate::kernel::Kernel;

const CLOEXEC: u64 = 0o2_000_000;
const SOL_SOCKET: u32 = 1;
const SCM_RIGHTS: u32 = 1;
const MSG_CMSG_CLOEXEC: u64 = 0x4000_0000;
const F_DUPFD: u64 = 0;
const F_SETFD: u64 = 2;
const F_DUPFD_CLOEXEC: u64 = 1030;
const FIONCLEX: u64 = 0x5450;
const FIOCLEX: u64 = 0x5451;
const CLOSE_RANGE_CLOEXEC: u64 = 4;
const AT_FDCWD: i32 = -100;
/// Descriptors that one message can carry (`SCM_MAX_FD`) need no more control data than this.
const MOST_CONTROL: usize = 4096;

/// The call that made a descriptor.
#[derive(Clone, PartialEq, Debug)]
pub struct Opened {
    /// The call's number and arguments.
    pub call: Call,
    /// The call as strace writes it.
    pub line: String,
    /// The process.
    pub pid: Pid,
    /// The task.
    pub tid: Pid,
    /// `CLOCK_MONOTONIC`, nanoseconds.
    pub at: u64,
    /// `CLOCK_REALTIME`, nanoseconds.
    pub time: i64,
    /// The native stack, innermost first.
    pub stack: Vec<Frame>,
}

#[derive(Clone, Debug)]
struct Entry {
    opened: Rc<Opened>,
    cloexec: bool,
}

/// A descriptor table; threads and `CLONE_FILES` children share it.
type Descriptors = Rc<RefCell<BTreeMap<i32, Entry>>>;

/// What a call does to the descriptor table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Effect {
    None,
    /// The result is a new descriptor; the bit of that argument makes it close-on-exec.
    Makes(u8, u64),
    /// The same, always (or never) close-on-exec.
    MakesAs(bool),
    /// `openat2`: the flags are in memory.
    Openat2,
    /// Two descriptors at the address in that argument; flags in the next one named.
    Pair(u8, u8),
    /// `signalfd`: makes one only if the first argument is -1; flags in the last.
    Signalfd,
    /// `dup2`, `dup3`: the second argument names the new one.
    DupTo,
    Fcntl,
    Ioctl,
    Close,
    CloseRange,
    /// `recvmsg`: descriptors may be in the control data.
    Receives,
    ReceivesMany,
    /// `unshare(CLONE_FILES)`
    Unshare,
}

const EFFECTS: &[(&str, Effect)] = &[
    ("open", Effect::Makes(1, CLOEXEC)),
    ("openat", Effect::Makes(2, CLOEXEC)),
    ("openat2", Effect::Openat2),
    ("creat", Effect::MakesAs(false)),
    ("open_by_handle_at", Effect::Makes(2, CLOEXEC)),
    ("open_tree", Effect::Makes(2, CLOEXEC)),
    ("fsopen", Effect::Makes(1, 1)),
    ("fsmount", Effect::Makes(1, 1)),
    ("fspick", Effect::Makes(2, 1)),
    ("mq_open", Effect::Makes(1, CLOEXEC)),
    ("socket", Effect::Makes(1, CLOEXEC)),
    ("accept", Effect::MakesAs(false)),
    ("accept4", Effect::Makes(3, CLOEXEC)),
    ("socketpair", Effect::Pair(3, 1)),
    ("pipe", Effect::Pair(0, 6)),
    ("pipe2", Effect::Pair(0, 1)),
    ("dup", Effect::MakesAs(false)),
    ("dup2", Effect::DupTo),
    ("dup3", Effect::DupTo),
    ("fcntl", Effect::Fcntl),
    ("ioctl", Effect::Ioctl),
    ("eventfd", Effect::MakesAs(false)),
    ("eventfd2", Effect::Makes(1, CLOEXEC)),
    ("epoll_create", Effect::MakesAs(false)),
    ("epoll_create1", Effect::Makes(0, CLOEXEC)),
    ("timerfd_create", Effect::Makes(1, CLOEXEC)),
    ("signalfd", Effect::Signalfd),
    ("signalfd4", Effect::Signalfd),
    ("memfd_create", Effect::Makes(1, 1)),
    ("memfd_secret", Effect::Makes(0, CLOEXEC)),
    ("inotify_init", Effect::MakesAs(false)),
    ("inotify_init1", Effect::Makes(0, CLOEXEC)),
    ("fanotify_init", Effect::Makes(0, 1)),
    ("userfaultfd", Effect::Makes(0, CLOEXEC)),
    ("perf_event_open", Effect::Makes(4, 8)),
    ("pidfd_open", Effect::MakesAs(true)),
    ("pidfd_getfd", Effect::MakesAs(true)),
    ("io_uring_setup", Effect::MakesAs(true)),
    ("landlock_create_ruleset", Effect::MakesAs(true)),
    ("close", Effect::Close),
    ("close_range", Effect::CloseRange),
    ("recvmsg", Effect::Receives),
    ("recvmmsg", Effect::ReceivesMany),
    ("unshare", Effect::Unshare),
];

/// The descriptor tables of a process tree.
#[derive(Debug)]
pub struct Recorder {
    effects: [Effect; 512],
    tables: RefCell<BTreeMap<Pid, Descriptors>>,
    kernel: Kernel,
}

impl Recorder {
    /// Nothing recorded yet.
    #[must_use]
    pub fn new(kernel: Kernel) -> Recorder {
        let mut effects = [Effect::None; 512];
        for (name, effect) in EFFECTS {
            if let Some(call) = syscalls::by_name(name) {
                effects[call.nr as usize] = *effect;
            }
        }
        Recorder { effects, tables: RefCell::default(), kernel }
    }

    /// The calls whose results [`Recorder::after`] must be told.
    #[must_use]
    pub fn calls(&self) -> CallSet {
        (0..512).filter(|nr| self.wants(*nr)).collect()
    }

    /// Whether the call can change a descriptor table.
    #[must_use]
    pub fn wants(&self, nr: u64) -> bool {
        self.effects.get(nr as usize).is_some_and(|effect| *effect != Effect::None)
    }

    /// Records what the kernel did: `call` is what it was asked, `result` its answer.
    pub fn after(&self, guest: &mut dyn Guest, call: &Call, result: i64) {
        let a = &call.args;
        let effect = self.effects.get(call.nr as usize).copied().unwrap_or(Effect::None);
        // Linux frees the descriptor first, whatever `close` says then (EIO, EINTR).
        if effect == Effect::Close && result != -9 {
            self.table(guest.pid()).borrow_mut().remove(&(a[0] as i32));
            return;
        }
        if result < 0 {
            return;
        }
        match effect {
            Effect::None | Effect::Close => {}
            Effect::Makes(arg, bit) => {
                self.add(guest, call, result, &[(result as i32, a[usize::from(arg)] & bit != 0)]);
            }
            Effect::MakesAs(cloexec) => {
                self.add(guest, call, result, &[(result as i32, cloexec)]);
            }
            Effect::Openat2 => {
                let flags = read_u64(guest, a[2]).unwrap_or(0);
                self.add(guest, call, result, &[(result as i32, flags & CLOEXEC != 0)]);
            }
            Effect::Signalfd if a[0] as i32 == -1 => {
                let cloexec = a[3] & CLOEXEC != 0;
                self.add(guest, call, result, &[(result as i32, cloexec)]);
            }
            Effect::Signalfd => {}
            Effect::Pair(at, flags) => {
                let mut raw = [0; 8];
                if guest.read(a[usize::from(at)], &mut raw).is_ok() {
                    let cloexec = a.get(usize::from(flags)).is_some_and(|f| f & CLOEXEC != 0);
                    let [one, two] = [&raw[..4], &raw[4..]].map(le_i32);
                    self.add(guest, call, result, &[(one, cloexec), (two, cloexec)]);
                }
            }
            Effect::DupTo if a[0] as i32 == a[1] as i32 => {}
            Effect::DupTo => {
                // `dup2` has no flags; what lies in the third register then means nothing.
                let is_dup3 = syscalls::syscall(call.nr).is_some_and(|c| c.name == "dup3");
                let cloexec = is_dup3 && a[2] & CLOEXEC != 0;
                self.add(guest, call, result, &[(result as i32, cloexec)]);
            }
            Effect::Fcntl => match a[1] {
                F_DUPFD => self.add(guest, call, result, &[(result as i32, false)]),
                F_DUPFD_CLOEXEC => self.add(guest, call, result, &[(result as i32, true)]),
                F_SETFD => self.set_cloexec(guest.pid(), a[0] as i32, a[2] & 1 != 0),
                _ => {}
            },
            Effect::Ioctl => match a[1] {
                FIOCLEX => self.set_cloexec(guest.pid(), a[0] as i32, true),
                FIONCLEX => self.set_cloexec(guest.pid(), a[0] as i32, false),
                _ => {}
            },
            Effect::CloseRange => {
                let (first, last) = (a[0] as u32, a[1] as u32);
                let inside = |fd: i32| (first..=last).contains(&(fd as u32));
                let table = self.table(guest.pid());
                let mut table = table.borrow_mut();
                if a[2] & CLOSE_RANGE_CLOEXEC != 0 {
                    let hit = table.iter_mut().filter(|(fd, _)| inside(**fd));
                    hit.for_each(|(_, entry)| entry.cloexec = true);
                } else {
                    table.retain(|fd, _| !inside(*fd));
                }
            }
            Effect::Receives => self.received(guest, call, result, a[1], a[2]),
            Effect::ReceivesMany => {
                for i in 0..result as u64 {
                    self.received(guest, call, result, a[1].wrapping_add(i * 64), a[3]);
                }
            }
            Effect::Unshare => self.unshare(guest.pid(), a[0]),
        }
    }

    fn add(&self, guest: &mut dyn Guest, call: &Call, result: i64, new: &[(i32, bool)]) {
        let line = crate::line::of_call(guest, call, Some(result));
        let opened = Rc::new(Opened {
            call: *call,
            line,
            pid: guest.pid(),
            tid: guest.tid(),
            at: self.kernel.monotonic(),
            time: self.kernel.realtime(),
            stack: guest.backtrace(),
        });
        let table = self.table(guest.pid());
        let mut table = table.borrow_mut();
        for (fd, cloexec) in new {
            table.insert(*fd, Entry { opened: opened.clone(), cloexec: *cloexec });
        }
    }

    /// Descriptors in the control messages of the `msghdr` at this address.
    fn received(&self, guest: &mut dyn Guest, call: &Call, result: i64, header: u64, flags: u64) {
        let (Some(control), Some(len)) =
            (read_u64(guest, header + 32), read_u64(guest, header + 40))
        else {
            return;
        };
        let mut raw = [0; MOST_CONTROL];
        let raw = &mut raw[..(len as usize).min(MOST_CONTROL)];
        if guest.read(control, raw).is_err() {
            return;
        }
        let mut new = Vec::new();
        let mut rest = &raw[..];
        while rest.len() >= 16 {
            let size = u64::from_le_bytes(rest[..8].try_into().expect("eight bytes")) as usize;
            if !(16..=rest.len()).contains(&size) {
                break;
            }
            let kind = (le_i32(&rest[8..12]) as u32, le_i32(&rest[12..16]) as u32);
            if kind == (SOL_SOCKET, SCM_RIGHTS) {
                let cloexec = flags & MSG_CMSG_CLOEXEC != 0;
                new.extend(rest[16..size].chunks_exact(4).map(|fd| (le_i32(fd), cloexec)));
            }
            rest = rest.get(size.next_multiple_of(8)..).unwrap_or(&[]);
        }
        if !new.is_empty() {
            self.add(guest, call, result, &new);
        }
    }

    fn set_cloexec(&self, pid: Pid, fd: i32, cloexec: bool) {
        if let Some(entry) = self.table(pid).borrow_mut().get_mut(&fd) {
            entry.cloexec = cloexec;
        }
    }

    fn unshare(&self, pid: Pid, flags: u64) {
        const CLONE_FILES: u64 = 0x400;
        if flags & CLONE_FILES != 0 {
            let own = self.table(pid).borrow().clone();
            self.tables.borrow_mut().insert(pid, Rc::new(RefCell::new(own)));
        }
    }

    fn table(&self, pid: Pid) -> Descriptors {
        self.tables.borrow_mut().entry(pid).or_default().clone()
    }

    /// Follows the process tree.
    pub fn event(&self, event: &Event<'_>) {
        match *event {
            Event::Fork { parent, child, shares_fds } => {
                let table = self.table(parent);
                let childs =
                    if shares_fds { table } else { Rc::new(RefCell::new(table.borrow().clone())) };
                self.tables.borrow_mut().insert(child, childs);
            }
            Event::Exec { pid } => {
                // An exec unshares the table before it closes what is close-on-exec.
                let mut own = self.table(pid).borrow().clone();
                own.retain(|_, entry| !entry.cloexec);
                self.tables.borrow_mut().insert(pid, Rc::new(RefCell::new(own)));
            }
            Event::Exit { pid, .. } => {
                self.tables.borrow_mut().remove(&pid);
            }
            _ => {}
        }
    }

    /// Who opened a descriptor, if that was under our eyes.
    #[must_use]
    pub fn opened_by(&self, pid: Pid, fd: i32) -> Option<Rc<Opened>> {
        let table = self.tables.borrow().get(&pid)?.clone();
        let entry = table.borrow().get(&fd)?.opened.clone();
        Some(entry)
    }

    /// The open descriptors of a process: those that the kernel lists, with what was recorded.
    #[must_use]
    pub fn of(&self, pid: Pid) -> Vec<(i32, Option<Rc<Opened>>)> {
        let listed = self.kernel.descriptors(pid);
        let listed = listed.unwrap_or_else(|| {
            let table = self.table(pid);
            let table = table.borrow();
            table.keys().copied().collect()
        });
        listed.into_iter().map(|fd| (fd, self.opened_by(pid, fd))).collect()
    }
}

/// A handler that only records, for `hijinks lsof -- prog`.
#[derive(Debug)]
pub struct Lsof {
    recorder: Recorder,
}

impl Lsof {
    /// Nothing recorded yet.
    #[must_use]
    pub fn new(kernel: Kernel) -> Lsof {
        Lsof { recorder: Recorder::new(kernel) }
    }

    /// What was recorded so far.
    #[must_use]
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }
}

impl Handler for Lsof {
    fn calls(&self) -> CallSet {
        self.recorder.calls()
    }

    fn call(&self, guest: &mut dyn Guest) -> Verdict {
        let call = guest.call();
        let result = guest.proceed();
        self.recorder.after(guest, &call, result);
        Verdict::Pass
    }

    fn event(&self, event: &Event<'_>) {
        self.recorder.event(event);
    }
}

/// The descriptor in a register: `AT_FDCWD` is none.
#[must_use]
pub fn descriptor(raw: u64) -> Option<i32> {
    let fd = raw as u32 as i32;
    (fd != AT_FDCWD && fd >= 0).then_some(fd)
}

fn read_u64(guest: &dyn Guest, addr: u64) -> Option<u64> {
    let mut raw = [0; 8];
    guest.read(addr, &mut raw).ok()?;
    Some(u64::from_le_bytes(raw))
}

fn le_i32(raw: &[u8]) -> i32 {
    i32::from_le_bytes(raw.try_into().expect("four bytes"))
}
