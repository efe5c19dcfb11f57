//! Symbolic constants: one [`FlagSet`] a family, one line a name.
//!
//! A set is either bits that are or-ed (`O_CREAT|O_EXCL`), with possibly a field of several bits
//! among them (the access mode in `O_RDONLY`), or one name out of several (`AF_INET`).

mod fs;
mod ioctl;
mod ipc;
mod memory;
mod net;
mod process;
mod signal;
mod time;

pub use fs::*;
pub use ioctl::*;
pub use ipc::*;
pub use memory::*;
pub use net::*;
pub use process::*;
pub use signal::*;
pub use time::*;

/// A name of a set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flag {
    /// The name, as in C.
    pub name: &'static str,
    /// Its value.
    pub value: u64,
    /// The bits in which the value is found; for a single bit the value itself.
    pub mask: u64,
}

/// A family of constants.
#[derive(Debug)]
pub struct FlagSet {
    /// What strace calls a member that it doesn't know: `O_???`.
    pub unknown: &'static str,
    /// One name out of several, rather than bits.
    pub exclusive: bool,
    /// The names, in the order in which they are printed.
    pub flags: &'static [Flag],
}

impl PartialEq for FlagSet {
    fn eq(&self, other: &Self) -> bool {
        core::ptr::eq(self, other)
            || (self.unknown == other.unknown && core::ptr::eq(self.flags, other.flags))
    }
}

impl FlagSet {
    /// The value of a name, spelt as in C (`O_CREAT`), without the prefix (`CREAT`), or as a
    /// Rubyist would (`:creat`).
    #[must_use]
    pub fn value(&self, name: &str) -> Option<u64> {
        let exact = self.flags.iter().find(|f| f.name == name);
        let bare = || {
            self.flags.iter().find(|f| {
                let rest = f.name.get(self.prefix().len()..).unwrap_or(f.name);
                f.name.eq_ignore_ascii_case(name) || rest.eq_ignore_ascii_case(name)
            })
        };
        exact.or_else(bare).map(|f| f.value)
    }

    /// The first name of exactly this value.
    #[must_use]
    pub fn name(&self, value: u64) -> Option<&'static str> {
        self.flags.iter().find(|f| f.value == value && f.mask & value == value).map(|f| f.name)
    }

    /// What the names begin with: `O_`.
    #[must_use]
    pub fn prefix(&self) -> &'static str {
        let prefix = self.unknown.trim_end_matches('?');
        if prefix.len() < self.unknown.len() { prefix } else { "" }
    }

    /// The names in a value, in the set's order, and the bits that have none.
    #[must_use]
    pub fn split(&self, value: u64) -> (alloc::vec::Vec<&'static str>, u64) {
        let mut names = alloc::vec::Vec::new();
        if self.exclusive {
            return match self.name(value) {
                Some(name) => (alloc::vec![name], 0),
                None => (names, value),
            };
        }
        let (mut left, mut claimed) = (value, 0u64);
        for flag in self.flags {
            let field = flag.mask != flag.value;
            let hit = if field {
                value & flag.mask == flag.value && claimed & flag.mask == 0
            } else {
                flag.value != 0 && left & flag.value == flag.value
            };
            if hit {
                names.push(flag.name);
                left &= !flag.value;
                if field {
                    claimed |= flag.mask;
                }
            }
        }
        (names, left)
    }
}

/// One line a name: `NAME = value`, or `NAME = value & mask` for a field of several bits.
macro_rules! sets {
    ($($(#[$doc:meta])* $set:ident $kind:ident $unknown:literal {
        $($name:tt = $value:literal $(& $mask:literal)?),* $(,)?
    })*) => {
        $($(#[$doc])* pub static $set: $crate::FlagSet = $crate::FlagSet {
            unknown: $unknown,
            exclusive: sets!(@exclusive $kind),
            flags: &[$($crate::Flag {
                name: sets!(@name $name),
                value: $value,
                mask: sets!(@mask $value $(, $mask)?),
            }),*],
        };)*
        /// The sets of this family.
        pub(crate) static ALL: &[&$crate::FlagSet] = &[$(&$set),*];
    };
    (@name $name:literal) => { $name };
    (@name $name:ident) => { stringify!($name) };
    (@exclusive bits) => { false };
    (@exclusive one) => { true };
    (@mask $value:literal) => { $value };
    (@mask $value:literal, $mask:literal) => { $mask };
}
pub(crate) use sets;

/// The value of a constant by the name that C gives it (`O_CREAT`, `AF_INET`), or that Ruby gives
/// it (`File::CREAT`, `Socket::AF_INET`, `Process::CLOCK_MONOTONIC`, `Errno::ENOENT`).
#[must_use]
pub fn constant(name: &str) -> Option<i64> {
    let (scope, bare) = match name.rsplit_once("::") {
        Some((scope, bare)) => (scope, bare),
        None => ("", name),
    };
    if let Some(errno) = crate::errno::by_name(bare) {
        return Some(i64::from(errno));
    }
    let families = [
        fs::ALL,
        net::ALL,
        memory::ALL,
        process::ALL,
        signal::ALL,
        time::ALL,
        ipc::ALL,
        ioctl::ALL,
    ];
    let sets = || families.iter().flat_map(|sets| sets.iter());
    let exact = sets().find_map(|s| s.flags.iter().find(|f| f.name == bare));
    let prefixed = || match scope {
        "File" | "IO" | "File::Constants" => OPEN.value(bare).or_else(|| FLOCK.value(bare)),
        "Signal" => SIGNALS.value(bare),
        _ => None,
    };
    exact.map(|f| f.value).or_else(prefixed).map(u64::cast_signed)
}
