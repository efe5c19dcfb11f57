//! An entry of the table, and how it is found.

use core::fmt;
use core::ops::BitOr;

use crate::Type;
use crate::table::{BY_NAME, BY_NUMBER, CALLS};

/// The groups of calls, strace's and ours: a set.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Groups(pub(crate) u32);

macro_rules! groups {
    ($($(#[$doc:meta])* $name:ident = $bit:literal, $word:literal;)*) => {
        impl Groups {
            $($(#[$doc])* pub const $name: Groups = Groups(1 << $bit);)*
            /// Every group with its word.
            pub const WORDS: &'static [(&'static str, Groups)] = &[$(($word, Groups::$name)),*];
        }
    };
}

groups! {
    /// Takes a file descriptor, or makes one.
    DESC = 0, "desc";
    /// Takes a file's name.
    FILE = 1, "file";
    /// Sockets.
    NETWORK = 2, "network";
    /// Life and death of processes.
    PROCESS = 3, "process";
    /// Mappings.
    MEMORY = 4, "memory";
    /// Signals.
    SIGNAL = 5, "signal";
    /// System V and POSIX inter-process communication.
    IPC = 6, "ipc";
    /// Clocks: reads or sets one.
    CLOCK = 7, "clock";
    /// Users, groups, capabilities.
    CREDS = 8, "creds";
    /// Time: clocks, timers, sleeping.
    TIME = 9, "time";
    /// `stat` and its old forms.
    STAT = 10, "%stat";
    /// `lstat`.
    LSTAT = 11, "%lstat";
    /// `fstat`.
    FSTAT = 12, "%fstat";
    /// Everything of the stat family.
    STATS = 13, "%%stat";
    /// `statfs`.
    STATFS = 14, "%statfs";
    /// `fstatfs`.
    FSTATFS = 15, "%fstatfs";
    /// `statfs` and `fstatfs`.
    STATFSES = 16, "%%statfs";
    /// Never fails.
    PURE = 17, "pure";
}

impl Groups {
    /// In no group.
    pub const NONE: Groups = Groups(0);

    /// Both.
    #[must_use]
    pub const fn or(self, other: Groups) -> Groups {
        Groups(self.0 | other.0)
    }

    /// Whether all of the other's groups are among these.
    #[must_use]
    pub const fn contains(self, other: Groups) -> bool {
        self.0 & other.0 == other.0
    }

    /// The words of these groups.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        Groups::WORDS.iter().filter(move |(_, g)| self.contains(*g)).map(|(w, _)| *w)
    }
}

impl BitOr for Groups {
    type Output = Groups;
    fn bitor(self, other: Groups) -> Groups {
        self.or(other)
    }
}

impl fmt::Debug for Groups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.words()).finish()
    }
}

/// Who fills what an argument points to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// The register itself is the argument.
    Value,
    /// The kernel reads what it points to.
    Read,
    /// The kernel writes what it points to.
    Written,
    /// Both.
    Both,
}

/// An argument of a call.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Arg {
    /// As the man page calls it.
    pub name: &'static str,
    /// What it is.
    pub ty: Type,
    /// Who fills what it points to.
    pub direction: Direction,
    /// Which of the six registers holds it; usually its own index.
    pub register: u8,
}

/// How far a call's arguments are decoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Support {
    /// Every argument, and what it points to.
    Full,
    /// Some pointers are printed as addresses.
    Partial,
    /// The kernel has a number for it and nothing behind it.
    Absent,
}

/// What a call's registers say of its arguments.
pub(crate) type Variant = fn(&[u64; 6]) -> Option<&'static [Arg]>;

/// An entry of the table.
#[derive(Debug)]
pub struct Syscall {
    /// The number in `rax`.
    pub nr: u64,
    /// The name, as in `man 2`.
    pub name: &'static str,
    /// Its groups.
    pub groups: Groups,
    /// Its arguments when nothing is known of their values.
    pub args: &'static [Arg],
    /// What its result is.
    pub result: Type,
    /// The arguments of one very call, where they depend on a command or on flags.
    pub(crate) variant: Option<Variant>,
}

impl PartialEq for Syscall {
    fn eq(&self, other: &Self) -> bool {
        self.nr == other.nr
    }
}

impl Syscall {
    /// The arguments of this very call: `open` has a `mode` only with `O_CREAT`, the third of
    /// `ioctl` and `fcntl` depends on the command.
    #[must_use]
    pub fn args_of(&self, args: &[u64; 6]) -> &'static [Arg] {
        self.variant.and_then(|variant| variant(args)).unwrap_or(self.args)
    }

    /// The index of an argument by its name. `path` finds `pathname` and its like.
    #[must_use]
    pub fn arg(&self, name: &str) -> Option<usize> {
        let find = |name: &str| self.args.iter().position(|a| a.name == name);
        find(name).or_else(|| match name {
            "path" => self.args.iter().position(|a| matches!(a.ty, Type::Path)),
            "fd" => self.args.iter().position(|a| matches!(a.ty, Type::Fd | Type::DirFd)),
            _ => None,
        })
    }

    /// How far its arguments are decoded.
    #[must_use]
    pub fn support(&self) -> Support {
        if self.result == Type::Absent {
            Support::Absent
        } else if self.args.iter().any(|a| a.ty == Type::Ptr && a.direction != Direction::Value) {
            Support::Partial
        } else {
            Support::Full
        }
    }
}

/// The entry of a number. Numbers without one are no system calls of this kernel.
#[must_use]
pub fn syscall(nr: u64) -> Option<&'static Syscall> {
    let index = *BY_NUMBER.get(usize::try_from(nr).ok()?)?;
    CALLS.get(usize::from(index))
}

/// The entry of a name, spelt exactly.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Syscall> {
    let at = BY_NAME.binary_search_by(|i| CALLS[usize::from(*i)].name.cmp(name)).ok()?;
    Some(&CALLS[usize::from(BY_NAME[at])])
}

/// All entries, ascending by number.
#[must_use]
pub fn table() -> &'static [Syscall] {
    CALLS
}
