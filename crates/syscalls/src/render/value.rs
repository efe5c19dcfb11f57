//! One value as strace writes it.

use alloc::string::String;

use super::text::{date, hex, put, quote};
use super::{Style, structs};
use crate::{FlagSet, SockAddr, Value, flags};

/// Where values are written, and how.
pub(super) struct Pen<'a> {
    pub(super) out: String,
    pub(super) style: &'a Style<'a>,
    /// The files behind descriptors as they were before the call: `close` has none afterwards,
    /// `dup2` had none before.
    pub(super) before: &'a [(i32, Option<String>)],
}

impl Pen<'_> {
    pub(super) fn str(&mut self, text: &str) {
        self.out.push_str(text);
    }

    pub(super) fn put(&mut self, what: core::fmt::Arguments<'_>) {
        put(&mut self.out, what);
    }

    pub(super) fn value(&mut self, value: &Value) {
        match value {
            Value::Int(v) | Value::Nanos(v) => self.put(format_args!("{v}")),
            Value::Uint(v) => self.put(format_args!("{v}")),
            Value::Null | Value::Ptr(0) => self.str("NULL"),
            Value::Hex(v) | Value::Ptr(v) | Value::Fault(v) => hex(&mut self.out, *v),
            Value::Flags(set, v) => self.flags(set, *v),
            Value::Fd(fd) => self.fd(*fd),
            Value::DirFd(-100) => {
                self.str("AT_FDCWD");
                self.fd_path(-100);
            }
            Value::DirFd(fd) => self.fd(*fd),
            Value::Pid(v) => self.put(format_args!("{v}")),
            Value::Id(u32::MAX) => self.str("-1"),
            Value::Id(v) => self.put(format_args!("{v}")),
            Value::Mode(v) => self.mode(*v),
            Value::FileMode(v) => self.file_mode(*v),
            Value::Dev(v) => self.dev(*v),
            Value::Signal(v) => self.signal(*v),
            Value::SigSet(v) => self.sigset(*v),
            Value::WaitStatus(v) => self.wait_status(*v),
            Value::UnixTime(v) => {
                self.put(format_args!("{v}"));
                self.moment(*v, 0, 9);
            }
            Value::Path(bytes, whole) => {
                quote(&mut self.out, bytes);
                self.dots(*whole);
            }
            Value::Str(bytes, whole) => self.string(bytes, *whole),
            Value::Bytes(bytes, len) => {
                let whole = bytes.len() as u64 == *len;
                self.string(bytes, whole);
            }
            Value::Struct(def, fields) => structs::write(self, def, fields),
            Value::Array(elements, whole) => self.array(elements, *whole),
            Value::Pointee(inner) => match &**inner {
                Value::Array(..) | Value::Bytes(..) | Value::Str(..) => self.value(inner),
                inner => {
                    self.str("[");
                    self.value(inner);
                    self.str("]");
                }
            },
            Value::Argv(strings, whole) => self.array(strings, *whole),
            Value::CpuSet(cpus) => {
                self.str("[");
                for (i, cpu) in cpus.iter().enumerate() {
                    if i == self.style.strings {
                        self.str(" ...");
                        break;
                    }
                    self.put(format_args!("{}{cpu}", if i > 0 { " " } else { "" }));
                }
                self.str("]");
            }
            Value::Envp(addr, strings, whole) => {
                if self.style.verbose {
                    self.array(strings, *whole);
                } else {
                    let n = strings.len();
                    let s = if n == 1 { "" } else { "s" };
                    self.put(format_args!("{addr:#x} /* {n} var{s} */"));
                }
            }
            Value::Address(address) => self.address(address),
            Value::FdSet(fds) => {
                self.str("[");
                for (i, fd) in fds.iter().enumerate() {
                    if i > 0 {
                        self.str(" ");
                    }
                    self.fd(*fd);
                }
                self.str("]");
            }
        }
    }

    /// A date as a comment, if there is anything to say; `rest` has so many digits.
    pub(super) fn moment(&mut self, seconds: i64, rest: u64, digits: usize) {
        // Beyond that a year does not fit the C library's `int`.
        let year_fits = seconds.unsigned_abs() < 0xe7_91f6_9000_0000;
        let most = 10u64.pow(digits as u32);
        if (seconds, rest) == (0, 0) || rest >= most || !year_fits {
            return;
        }
        let mut text = String::new();
        date(&mut text, seconds);
        let (day, zone) = text.split_at(text.len() - 5);
        if rest == 0 {
            self.put(format_args!(" /* {text} */"));
        } else {
            self.put(format_args!(" /* {day}.{rest:0digits$}{zone} */"));
        }
    }

    fn dots(&mut self, whole: bool) {
        if !whole {
            self.str("...");
        }
    }

    /// A string cut to the style's length.
    pub(super) fn string(&mut self, bytes: &[u8], whole: bool) {
        let limit = self.style.strings;
        quote(&mut self.out, &bytes[..bytes.len().min(limit)]);
        self.dots(whole && bytes.len() <= limit);
    }

    /// Bytes that are no text: every one in hexadecimal.
    pub(super) fn hex_string(&mut self, bytes: &[u8], len: u64) {
        let limit = self.style.strings;
        self.str("\"");
        for byte in bytes.iter().take(limit) {
            self.put(format_args!("\\x{byte:02x}"));
        }
        self.str("\"");
        self.dots(len <= limit as u64);
    }

    pub(super) fn array(&mut self, elements: &[Value], whole: bool) {
        let limit = if self.style.verbose { usize::MAX } else { self.style.strings };
        self.str("[");
        for (i, element) in elements.iter().enumerate() {
            if i > 0 {
                self.str(", ");
            }
            if i == limit {
                self.str("...]");
                return;
            }
            match element {
                Value::Fault(at) if i > 0 => self.put(format_args!("... /* {at:#x} */")),
                element => self.value(element),
            }
        }
        if !whole {
            self.str(", ...");
        }
        self.str("]");
    }

    pub(super) fn fd(&mut self, fd: i32) {
        self.put(format_args!("{fd}"));
        if fd >= 0 {
            self.fd_path(fd);
        }
    }

    fn fd_path(&mut self, fd: i32) {
        let path = match self.before.iter().find(|(of, _)| *of == fd) {
            Some((_, path)) => path.clone(),
            None => self.style.fd_path.and_then(|of| of(fd)),
        };
        if let Some(path) = path {
            match path.strip_suffix(" (deleted)") {
                Some(path) => self.put(format_args!("<{path}>(deleted)")),
                None => self.put(format_args!("<{path}>")),
            }
        }
    }

    pub(super) fn flags(&mut self, set: &FlagSet, value: u64) {
        let (names, left) = set.split(value);
        if names.is_empty() {
            match set.unknown {
                _ if value == 0 && !set.exclusive => self.str("0"),
                // No names to hint at: keys are numbered, masks are any.
                "%d" => self.put(format_args!("{}", value as i32)),
                "" => hex(&mut self.out, value),
                unknown => {
                    hex(&mut self.out, value);
                    self.put(format_args!(" /* {unknown} */"));
                }
            }
            return;
        }
        for (i, name) in names.iter().enumerate() {
            if i > 0 {
                self.str("|");
            }
            self.str(name);
        }
        if left != 0 {
            self.put(format_args!("|{left:#x}"));
        }
    }

    /// At least three digits.
    pub(super) fn mode(&mut self, mode: u32) {
        if mode > 0o77 {
            self.put(format_args!("0{mode:o}"));
        } else {
            self.put(format_args!("{mode:03o}"));
        }
    }

    pub(super) fn file_mode(&mut self, mode: u32) {
        if let Some(kind) = flags::FILE_TYPE.name(u64::from(mode & 0o170_000)) {
            self.put(format_args!("{kind}|"));
            for (bit, name) in [(0o4000, "S_ISUID|"), (0o2000, "S_ISGID|"), (0o1000, "S_ISVTX|")] {
                if mode & bit != 0 {
                    self.str(name);
                }
            }
            self.mode(mode & !0o177_000);
        } else if mode & 0o7000 != 0 && mode <= 0o7777 {
            for (bit, name) in [(0o4000, "S_ISUID|"), (0o2000, "S_ISGID|"), (0o1000, "S_ISVTX|")] {
                self.str(if mode & bit != 0 { name } else { "" });
            }
            self.mode(mode & 0o777);
        } else {
            self.mode(mode);
        }
    }

    pub(super) fn dev(&mut self, dev: u64) {
        let major = ((dev >> 8) & 0xfff) | ((dev >> 32) & 0xffff_f000);
        let minor = (dev & 0xff) | ((dev >> 12) & 0xffff_ff00);
        self.str("makedev(");
        hex(&mut self.out, major);
        self.str(", ");
        hex(&mut self.out, minor);
        self.str(")");
    }

    pub(super) fn signal(&mut self, signal: i32) {
        match u64::try_from(signal).ok().and_then(|n| flags::SIGNALS.name(n)) {
            Some(name) => self.str(name),
            None => match signal {
                32 => self.str("SIGRTMIN"),
                33..=64 => self.put(format_args!("SIGRT_{}", signal - 32)),
                _ => self.put(format_args!("{signal}")),
            },
        }
    }

    /// The shorter of what is in the set and what is not.
    pub(super) fn sigset(&mut self, set: u64) {
        let inverted = set.count_ones() >= 64 * 2 / 3;
        let shown = if inverted { !set } else { set };
        self.str(if inverted { "~[" } else { "[" });
        let mut first = true;
        for signal in (1..=64).filter(|n| shown & (1 << (n - 1)) != 0) {
            if !first {
                self.str(" ");
            }
            first = false;
            let at = self.out.len();
            self.signal(signal);
            if self.out[at..].starts_with("SIG") {
                self.out.replace_range(at..at + 3, "");
            }
        }
        self.str("]");
    }

    fn wait_status(&mut self, status: i32) {
        let signal = status & 0x7f;
        if status == 0xffff {
            self.str("{WIFCONTINUED(s)}");
        } else if signal == 0 {
            self.put(format_args!(
                "{{WIFEXITED(s) && WEXITSTATUS(s) == {}}}",
                (status >> 8) & 0xff
            ));
        } else if status & 0xff == 0x7f {
            self.str("{WIFSTOPPED(s) && WSTOPSIG(s) == ");
            self.signal((status >> 8) & 0xff);
            self.str("}");
        } else {
            self.str("{WIFSIGNALED(s) && WTERMSIG(s) == ");
            self.signal(signal);
            if status & 0x80 != 0 {
                self.str(" && WCOREDUMP(s)");
            }
            self.str("}");
        }
    }

    pub(super) fn address(&mut self, address: &SockAddr) {
        match address {
            SockAddr::Unix(path) => {
                self.str("{sa_family=AF_UNIX, sun_path=");
                if let Some((0, name)) = path.split_first().map(|(first, rest)| (*first, rest)) {
                    self.str("@");
                    quote(&mut self.out, name);
                } else {
                    quote(&mut self.out, path);
                }
            }
            SockAddr::Inet { addr: [a, b, c, d], port } => self.put(format_args!(
                "{{sa_family=AF_INET, sin_port=htons({port}), sin_addr=inet_addr(\"{a}.{b}.{c}.{d}\")"
            )),
            SockAddr::Inet6 { addr, port, flowinfo, scope_id } => {
                let ip = core::net::Ipv6Addr::from(*addr);
                self.put(format_args!(
                    "{{sa_family=AF_INET6, sin6_port=htons({port}), sin6_flowinfo=htonl({flowinfo}), \
                     inet_pton(AF_INET6, \"{ip}\", &sin6_addr), sin6_scope_id={scope_id}"
                ));
            }
            SockAddr::Netlink { pid, groups } => self.put(format_args!(
                "{{sa_family=AF_NETLINK, nl_pid={pid}, nl_groups={}{groups:0width$x}",
                if *groups == 0 { "" } else { "0x" },
                width = if *groups == 0 { 8 } else { 6 },
            )),
            SockAddr::Packet { protocol, ifindex, hatype, pkttype, addr } => {
                self.str("{sa_family=AF_PACKET, sll_protocol=htons(");
                self.flags(&flags::ETH_P, u64::from(*protocol));
                self.put(format_args!("), sll_ifindex={ifindex}, sll_hatype={hatype:#x}, sll_pkttype="));
                self.flags(&flags::PACKET_TYPE, u64::from(*pkttype));
                self.put(format_args!(", sll_halen={}, sll_addr=[", addr.len()));
                for (i, byte) in addr.iter().enumerate() {
                    self.put(format_args!("{}{byte:#04x}", if i > 0 { ", " } else { "" }));
                }
                self.str("]");
            }
            SockAddr::Other { family, data } => {
                self.str("{sa_family=");
                self.flags(&flags::DOMAIN, u64::from(*family));
                if !data.is_empty() {
                    self.str(", sa_data=");
                    quote(&mut self.out, data);
                }
            }
        }
        self.str("}");
    }
}
