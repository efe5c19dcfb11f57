//! Kinds that Symbols name: of addresses (`:inet`), of opening a file (`:write`), and the flags that
//! tell calls of one number apart (`:rmdir`).

use alloc::format;
use alloc::string::String;

use syscalls::Value;

use super::{Facts, FilterError, argument_index};
use crate::nearest::nearest;

/// A kind of socket address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Net {
    Inet,
    Inet4,
    Inet6,
    Unix,
    Netlink,
    Loopback,
}

/// What a file is opened for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Access {
    Read,
    Write,
    ReadWrite,
    Create,
    Append,
    Execute,
}

impl Net {
    pub(super) fn new(name: &str) -> Result<Net, FilterError> {
        const NAMES: &[(&str, Net)] = &[
            ("inet", Net::Inet),
            ("inet4", Net::Inet4),
            ("inet6", Net::Inet6),
            ("unix", Net::Unix),
            ("netlink", Net::Netlink),
            ("loopback", Net::Loopback),
        ];
        match NAMES.iter().find(|(word, _)| *word == name) {
            Some((_, net)) => Ok(*net),
            None => Err(FilterError {
                message: format!("there is no kind of address `:{name}`"),
                suggestions: nearest(name, NAMES.iter().map(|(word, _)| *word)),
            }),
        }
    }

    pub(super) fn holds(self, address: &syscalls::SockAddr) -> bool {
        use syscalls::SockAddr::{Inet, Inet6, Netlink, Unix};
        match (self, address) {
            // A Rubyist's "inet" is the Internet, of either version.
            (Net::Inet, Inet { .. } | Inet6 { .. }) => true,
            (Net::Inet4, Inet { .. }) | (Net::Inet6, Inet6 { .. }) => true,
            (Net::Unix, Unix(_)) | (Net::Netlink, Netlink { .. }) => true,
            (Net::Loopback, Inet { addr, .. }) => addr[0] == 127,
            (Net::Loopback, Inet6 { addr, .. }) => {
                core::net::Ipv6Addr::from(*addr).is_loopback()
                    || core::net::Ipv6Addr::from(*addr)
                        .to_ipv4_mapped()
                        .is_some_and(|v4| v4.is_loopback())
            }
            _ => false,
        }
    }
}

impl Access {
    pub(super) fn new(name: &str) -> Result<Access, FilterError> {
        const NAMES: &[(&str, Access)] = &[
            ("read", Access::Read),
            ("write", Access::Write),
            ("read_write", Access::ReadWrite),
            ("create", Access::Create),
            ("append", Access::Append),
            ("execute", Access::Execute),
        ];
        match NAMES.iter().find(|(word, _)| *word == name) {
            Some((_, access)) => Ok(*access),
            None => Err(FilterError {
                message: format!("`mode` is never `:{name}`"),
                suggestions: nearest(name, NAMES.iter().map(|(word, _)| *word)),
            }),
        }
    }

    pub(super) fn holds(self, open: Opening) -> bool {
        match open {
            Opening::Open(flags) => {
                let mode = flags & 3;
                match self {
                    // O_TRUNC empties a file even if it is opened for reading only.
                    Access::Write => mode != 0 || flags & 0o1000 != 0,
                    Access::Read => mode == 0 || mode == 2,
                    Access::ReadWrite => mode == 2,
                    Access::Create => flags & 0o100 != 0,
                    Access::Append => flags & 0o2000 != 0,
                    Access::Execute => false,
                }
            }
            Opening::Access(bits) => match self {
                Access::Read => bits & 4 != 0,
                Access::Write => bits & 2 != 0,
                Access::ReadWrite => bits & 6 == 6,
                Access::Execute => bits & 1 != 0,
                Access::Create | Access::Append => false,
            },
        }
    }
}

/// What `mode: :write` looks at: flags of an open, or the bits of an `access`.
#[derive(Clone, Copy)]
pub(super) enum Opening {
    Open(u64),
    Access(u64),
}

pub(super) fn access_of(facts: &dyn Facts) -> Option<Opening> {
    let call = syscalls::syscall(facts.nr())?;
    match call.name {
        // creat is open with O_CREAT|O_WRONLY|O_TRUNC.
        "creat" => Some(Opening::Open(0o1101)),
        "access" | "faccessat" | "faccessat2" => {
            let mode = facts.argument(argument_index(call, "mode")?)?;
            Some(Opening::Access(mode.as_int()? as u64))
        }
        "openat2" => {
            let how = facts.argument(2)?;
            Some(Opening::Open(how.field("flags")?.as_int()? as u64))
        }
        _ => {
            let flags = facts.argument(argument_index(call, "flags")?)?;
            Some(Opening::Open(flags.as_int()? as u64))
        }
    }
}

/// An address as people write it: `1.2.3.4:80`, `[::1]:80`, `/run/x.sock`, `@abstract`.
#[must_use]
pub fn address_text(address: &syscalls::SockAddr) -> String {
    use syscalls::SockAddr::{Inet, Inet6, Netlink, Packet, Unix};
    match address {
        Inet { addr, port } => format!("{}:{port}", core::net::Ipv4Addr::from(*addr)),
        Inet6 { addr, port, .. } => format!("[{}]:{port}", core::net::Ipv6Addr::from(*addr)),
        Unix(path) => match path.split_first() {
            None => "unnamed".into(),
            Some((0, name)) => format!("@{}", String::from_utf8_lossy(name)),
            Some(_) => String::from_utf8_lossy(path).into_owned(),
        },
        Netlink { pid, .. } => format!("netlink:{pid}"),
        Packet { ifindex, .. } => format!("packet:{ifindex}"),
        other => format!("family {}", other.family()),
    }
}

/// The host of an Internet address.
#[must_use]
pub fn host_of(address: &syscalls::SockAddr) -> Option<core::net::IpAddr> {
    use syscalls::SockAddr::{Inet, Inet6};
    match address {
        Inet { addr, .. } => Some(core::net::IpAddr::V4((*addr).into())),
        Inet6 { addr, .. } => {
            let addr = core::net::Ipv6Addr::from(*addr);
            // A program that speaks both versions connects to ::ffff:1.2.3.4.
            Some(addr.to_ipv4_mapped().map_or(core::net::IpAddr::V6(addr), core::net::IpAddr::V4))
        }
        _ => None,
    }
}

/// Seconds of a `timespec` or `timeval`.
#[must_use]
pub fn seconds(value: &Value) -> Option<f64> {
    match value {
        Value::Struct(def, _) if matches!(def.name, "timespec" | "timeval") => {
            let field = |i: usize| value.field(def.fields[i].name).and_then(Value::as_int);
            let unit = if def.name == "timeval" { 1e6 } else { 1e9 };
            Some(field(0)? as f64 + field(1)? as f64 / unit)
        }
        Value::Pointee(inner) => seconds(inner),
        _ => None,
    }
}

/// Calls of a family that share a number with another family are told apart by a flag: what the
/// word means beyond the number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Nuance {
    nr: u64,
    argument: usize,
    mask: u64,
    set: bool,
}

impl Nuance {
    /// `:unlink` is not `unlinkat(AT_REMOVEDIR)`, `:rmdir` is nothing else; `:fork` makes no
    /// thread.
    #[must_use]
    pub fn of(word: &str) -> Option<Nuance> {
        const AT_REMOVEDIR: u64 = 0x200;
        const CLONE_THREAD: u64 = 0x10000;
        let (name, argument, mask, set) = match word {
            "unlink" => ("unlinkat", 2, AT_REMOVEDIR, false),
            "rmdir" => ("unlinkat", 2, AT_REMOVEDIR, true),
            "fork" => ("clone", 0, CLONE_THREAD, false),
            _ => return None,
        };
        Some(Nuance { nr: syscalls::by_name(name)?.nr, argument, mask, set })
    }

    /// Whether it is about calls of this number.
    #[must_use]
    pub fn is_about(&self, nr: u64) -> bool {
        nr == self.nr
    }

    /// Whether a call of that number is meant by the word.
    #[must_use]
    pub fn holds(&self, call: &engine::Call) -> bool {
        (call.args[self.argument] & self.mask != 0) == self.set
    }
}
