//! The line that strace writes.
//!
//! A line is made in two steps, because the program's memory before the call may be gone
//! (`execve`) or overwritten (`poll`) after it: [`Line::enter`] keeps what the kernel was given,
//! [`Line::exit`] adds what it answered. [`render`] does both from one look, for a call that is
//! over. What most calls share is in `value` (one value) and `structs`; the habits of single calls
//! are in `habits` and `writers` (arguments) and `result`.

mod habits;
mod result;
mod structs;
mod text;
mod value;
mod writers;

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::{Addr, Arg, Decoder, Direction, Fault, Limits, Memory, Value};
use value::Pen;

/// How a line is written.
#[derive(Clone, Copy)]
pub struct Style<'a> {
    /// Bytes of a string, and elements of an array, that are shown (`-s`).
    pub strings: usize,
    /// Structs and arrays in full (`-v`).
    pub verbose: bool,
    /// The column in which the result begins at the earliest (`-a`); strace's own default is 40.
    pub column: usize,
    /// The file behind a descriptor of the program (`-y`); -100 asks for the working directory.
    pub fd_path: Option<&'a dyn Fn(i32) -> Option<String>>,
}

impl Default for Style<'_> {
    fn default() -> Self {
        Style { strings: 32, verbose: false, column: 0, fd_path: None }
    }
}

impl core::fmt::Debug for Style<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Style")
            .field("strings", &self.strings)
            .field("verbose", &self.verbose)
            .field("column", &self.column)
            .finish_non_exhaustive()
    }
}

impl Style<'_> {
    fn limits(&self) -> Limits {
        let elements = if self.verbose { 1 << 16 } else { self.strings + 1 };
        Limits { bytes: self.strings + 1, elements }
    }
}

/// A line under way: what the kernel was given.
#[derive(Debug, Clone)]
pub struct Line {
    nr: u64,
    args: [u64; 6],
    /// By place in the list of arguments.
    before: Vec<Value>,
    /// The files behind the descriptors among them.
    paths: Vec<(i32, Option<String>)>,
}

/// What is known when the call is over.
struct After<'a> {
    decoder: Decoder<'a>,
    result: i64,
}

impl After<'_> {
    fn failed(&self) -> bool {
        (-4095..0).contains(&self.result)
    }
}

impl Line {
    /// Reads what the kernel is about to read.
    #[must_use]
    pub fn enter(nr: u64, args: &[u64; 6], mem: &dyn Memory, style: &Style<'_>) -> Self {
        let decoder = Decoder { nr, args: *args, result: None, mem, limits: style.limits() };
        let of = |arg: &Arg| decoder.register(arg, args[usize::from(arg.register)]);
        let before: Vec<Value> = habits::order(nr, args).iter().map(of).collect();
        let mut paths = Vec::new();
        if let Some(path_of) = style.fd_path {
            before.iter().for_each(|value| collect(value, path_of, &mut paths));
        }
        Line { nr, args: *args, before, paths }
    }

    /// The same for a call whose argument is the stack itself: `rt_sigreturn` takes the signal mask
    /// from the frame that the kernel built. Others are left as they are.
    #[must_use]
    pub fn with_stack_pointer(mut self, sp: Addr, mem: &dyn Memory) -> Self {
        const RT_SIGRETURN: u64 = 15;
        // `uc_sigmask` of `struct ucontext`, behind the flags, the link, the stack and the machine.
        const SIGMASK: u64 = 8 + 8 + 24 + 256;
        let mut mask = [0; 8];
        if self.nr == RT_SIGRETURN && mem.read(sp.wrapping_add(SIGMASK), &mut mask).is_ok() {
            self.before = vec![Value::SigSet(u64::from_le_bytes(mask))];
        }
        self
    }

    /// The line as far as it is known before the answer: `read(0, `.
    #[must_use]
    pub fn unfinished(&self, style: &Style<'_>) -> String {
        let mut pen = Pen { out: String::new(), style, before: &[] };
        self.write(&mut pen, None);
        pen.out
    }

    /// The whole line; without a result the call did not return: `= ?`.
    #[must_use]
    pub fn exit(&self, result: Option<i64>, mem: &dyn Memory, style: &Style<'_>) -> String {
        let mut pen = Pen { out: String::new(), style, before: &[] };
        let decoder = Decoder { nr: self.nr, args: self.args, result, mem, limits: style.limits() };
        let after = result.map(|result| After { decoder, result });
        match &after {
            // The task ended inside the call: what the kernel would have told is not there.
            None if !self.write(&mut pen, None) => pen.str(" <unfinished ...>"),
            None => {}
            Some(after) => self.write_all(&mut pen, Some(after)),
        }
        pen.str(")");
        while pen.out.len() < style.column {
            pen.str(" ");
        }
        if !pen.out.ends_with(' ') {
            pen.str(" ");
        }
        pen.before = &[];
        result::write(&mut pen, self, after.as_ref());
        pen.out
    }

    fn begin(&self, pen: &mut Pen<'_>) {
        match crate::syscall(self.nr) {
            Some(call) => pen.put(format_args!("{}(", call.name)),
            None => pen.put(format_args!("syscall_{:#x}(", self.nr)),
        }
    }

    /// Up to the first argument that only the kernel's answer tells; whether that was all.
    fn write<'a>(&'a self, pen: &mut Pen<'a>, after: Option<&After<'_>>) -> bool {
        self.begin(pen);
        for (i, arg) in habits::order(self.nr, &self.args).iter().enumerate() {
            if i > 0 {
                pen.str(", ");
            }
            if arg.direction == Direction::Written && self.args[usize::from(arg.register)] != 0 {
                return false;
            }
            self.argument(pen, i, arg, after);
        }
        true
    }

    fn write_all<'a>(&'a self, pen: &mut Pen<'a>, after: Option<&After<'_>>) {
        self.begin(pen);
        let order = habits::order(self.nr, &self.args);
        if order.is_empty() && crate::syscall(self.nr).is_none() {
            for (i, arg) in self.args.iter().enumerate() {
                pen.put(format_args!("{}{arg:#x}", if i > 0 { ", " } else { "" }));
            }
        }
        if let (true, [Value::SigSet(mask)]) = (order.is_empty(), &self.before[..]) {
            pen.str("{mask=");
            pen.sigset(*mask);
            pen.str("}");
        }
        for (i, arg) in order.iter().enumerate() {
            if i > 0 {
                pen.str(", ");
            }
            self.argument(pen, i, arg, after);
        }
    }

    fn argument<'a>(&'a self, pen: &mut Pen<'a>, i: usize, arg: &Arg, after: Option<&After<'_>>) {
        // What the kernel told is new; what it was given is as it was.
        pen.before = if arg.direction == Direction::Written { &[] } else { &self.paths };
        let name = crate::syscall(self.nr).map_or("", |call| call.name);
        if habits::argument(pen, self, name, i, arg, after) {
            return;
        }
        match (arg.direction, after) {
            (Direction::Value | Direction::Read, _) | (_, None) => pen.value(&self.before[i]),
            (Direction::Both, Some(after)) if after.failed() => pen.value(&self.before[i]),
            (_, Some(after)) => {
                let raw = self.args[usize::from(arg.register)];
                pen.value(&after.decoder.register(arg, raw));
            }
        }
    }

    /// The value that an argument had before the call.
    fn given(&self, name: &str) -> Option<&Value> {
        let order = habits::order(self.nr, &self.args);
        self.before.get(order.iter().position(|arg| arg.name == name)?)
    }
}

/// What strace writes when a signal comes: `--- SIGCHLD {si_signo=SIGCHLD, ...} ---`; `info` is the
/// raw `siginfo_t`.
#[must_use]
pub fn render_signal(signal: i32, info: &[u8; 128]) -> String {
    let style = Style::default();
    let mut pen = Pen { out: String::new(), style: &style, before: &[] };
    let none = [0; 6];
    let bytes = Bytes(info);
    let decoder =
        Decoder { nr: 0, args: none, result: None, mem: &bytes, limits: Limits::default() };
    pen.str("--- ");
    pen.signal(signal);
    pen.str(" ");
    pen.value(&decoder.struct_at(&crate::structs::SIGINFO, 0));
    pen.str(" ---");
    pen.out
}

/// What strace writes when a process is gone, from the status that `wait4` told:
/// `+++ exited with 0 +++`, `+++ killed by SIGKILL +++`.
#[must_use]
pub fn render_end(status: i32) -> String {
    let style = Style::default();
    let mut pen = Pen { out: String::new(), style: &style, before: &[] };
    match status & 0x7f {
        0 => pen.put(format_args!("+++ exited with {} +++", (status >> 8) & 0xff)),
        signal => {
            pen.str("+++ killed by ");
            pen.signal(signal);
            pen.str(if status & 0x80 != 0 { " (core dumped) +++" } else { " +++" });
        }
    }
    pen.out
}

/// Bytes at hand, as memory that begins at address zero.
struct Bytes<'a>(&'a [u8]);

impl Memory for Bytes<'_> {
    fn read(&self, addr: Addr, buf: &mut [u8]) -> Result<(), Fault> {
        let from = usize::try_from(addr).map_err(|_| Fault { addr })?;
        let to = from.checked_add(buf.len()).ok_or(Fault { addr })?;
        buf.copy_from_slice(self.0.get(from..to).ok_or(Fault { addr })?);
        Ok(())
    }

    fn write(&mut self, addr: Addr, _: &[u8]) -> Result<(), Fault> {
        Err(Fault { addr })
    }
}

/// The descriptors in a value, with their files.
fn collect(
    value: &Value,
    path_of: &dyn Fn(i32) -> Option<String>,
    paths: &mut Vec<(i32, Option<String>)>,
) {
    match value {
        Value::Fd(fd) | Value::DirFd(fd) if *fd >= 0 || *fd == -100 => {
            paths.push((*fd, path_of(*fd)));
        }
        Value::FdSet(fds) => {
            paths.extend(fds.iter().map(|fd| (*fd, path_of(*fd))));
        }
        Value::Array(elements, _) => elements.iter().for_each(|e| collect(e, path_of, paths)),
        Value::Struct(_, fields) => fields.iter().for_each(|(_, v)| collect(v, path_of, paths)),
        Value::Pointee(inner) => collect(inner, path_of, paths),
        _ => {}
    }
}

/// The line of a call that is over, from what its memory holds now.
#[must_use]
pub fn render(
    nr: u64,
    args: &[u64; 6],
    result: Option<i64>,
    mem: &dyn Memory,
    style: &Style<'_>,
) -> String {
    Line::enter(nr, args, mem, style).exit(result, mem, style)
}

/// One value as it stands in such a line.
#[must_use]
pub fn text(value: &Value, style: &Style<'_>) -> String {
    let mut pen = Pen { out: String::new(), style, before: &[] };
    pen.value(value);
    pen.out
}
