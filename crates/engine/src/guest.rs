//! The program as it stands at one system call.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use syscalls::{Addr, Memory};

/// A process or thread id, as the kernel numbers them where the engine runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Pid(pub i32);

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A system call in registers: the number (`rax`) and six arguments (`rdi rsi rdx r10 r8 r9`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Call {
    /// The call's number in the x86-64 table.
    pub nr: u64,
    /// The six argument registers; how many mean something is the call's business.
    pub args: [u64; 6],
}

impl Call {
    /// A call with the given arguments, the rest zero.
    ///
    /// # Panics
    /// If more than six arguments are given.
    #[must_use]
    pub fn new(nr: u64, args: &[u64]) -> Self {
        let mut six = [0; 6];
        six[..args.len()].copy_from_slice(args);
        Call { nr, args: six }
    }
}

/// One frame of a native stack, innermost first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Frame {
    /// The instruction's address in the program.
    pub ip: Addr,
    /// The file mapped there (`/usr/lib/x86_64-linux-gnu/libc.so.6`), if any.
    pub module: Option<String>,
    /// The function, demangled, if symbols are known.
    pub function: Option<String>,
    /// Bytes from the function's start, or from the module's load address without one.
    pub offset: u64,
    /// Source file, if debug information is there.
    pub file: Option<String>,
    /// Source line.
    pub line: Option<u32>,
}

/// A task (thread) stopped at a system call that a handler wants.
///
/// Results follow the kernel's convention: `-errno` in `-4095..=-1` is an error.
///
/// The program must not notice: whatever a handler asks for here, the task's registers other than
/// `rax`, `rcx` and `r11` are afterwards what they were (a changed argument is changed for the
/// kernel, not for the program), and scratch memory is gone.
pub trait Guest: Memory {
    /// The process (thread group) of the task.
    fn pid(&self) -> Pid;

    /// The task itself. An `execve` makes it the process's first task: it is [`Guest::pid`] then.
    fn tid(&self) -> Pid;

    /// The call as the kernel would see it now.
    fn call(&self) -> Call;

    /// Changes the call that [`Guest::proceed`] or [`Verdict::Pass`](crate::Verdict::Pass) issue.
    fn set_call(&mut self, call: Call);

    /// The address just behind the `syscall` instruction.
    fn site(&self) -> Addr;

    /// The stack pointer at the call.
    fn stack_pointer(&self) -> Addr;

    /// Memory in the program for data that a handler wants to pass to the kernel (a longer buffer,
    /// another path): at least `len` bytes, 16-byte aligned, writable, kept until the program's
    /// call is over. Never the program's own buffer, which may be shared or read-only.
    ///
    /// # Errors
    /// The errno (positive) of the `mmap` inside the program, `ENOMEM` for instance.
    fn scratch(&mut self, len: usize) -> Result<Addr, i32>;

    /// Executes any call inside the program, at once, unseen by handlers, and returns its result.
    /// For short calls (`dup`, `mmap`, `openat`): it may hold up other tasks.
    fn syscall(&mut self, call: Call) -> i64;

    /// Asks the kernel the program's own question, [`Guest::call`] as it is now, in the program's
    /// own state: it may block for ever, be interrupted by signals, and other tasks run meanwhile.
    /// May be called again (a retry).
    ///
    /// A call that the kernel restarts behind the program's back (`ERESTARTSYS`) is still the same
    /// call; this returns once, with what the program would see. An `execve` that succeeds returns
    /// 0, with the new program's memory, and from then on the caller is the process's only task;
    /// `exit` and `exit_group` do not return ([`Handler::abandoned`](crate::Handler::abandoned)).
    fn proceed(&mut self) -> i64;

    /// Holds this task, and only it, for a while.
    fn sleep(&mut self, duration: Duration);

    /// The native stack, symbolised as far as symbols are known, innermost first. Expensive.
    fn backtrace(&mut self) -> Vec<Frame>;
}
