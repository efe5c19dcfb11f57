//! A system call under way: what was asked, what is asked now, what came of it.
//!
//! One [`UnderWay`] belongs to one entry of [`engine::Handler::call`] and to the Ruby object `c`,
//! which may outlive it. Arguments are decoded when they are asked for. The program's own buffers
//! are never changed before the kernel reads them: new data and paths lie in scratch memory.

mod data;

use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use engine::{Call, Guest, Pid, Verdict};
use syscalls::{Addr, Decoder, Direction, Limits, SockAddr, Syscall, Type, Value};

pub use data::{Buffer, buffer_of};

use crate::book::Rule;
use crate::fds;
use crate::line::{self, AsMemory};
use crate::live::Live;
use crate::world::World;

const EFAULT: i32 = 14;

/// Why an argument can't be had or set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The kernel would say this: a bad pointer, no memory.
    Errno(i32),
    /// The call is over, or waits in the kernel.
    NotAtHand,
    /// It makes no sense for this call; the text says why.
    Senseless(String),
}

/// A call between the program and the kernel.
#[derive(Debug)]
pub struct UnderWay {
    /// The program, while it is at hand.
    pub live: Live,
    /// The process.
    pub pid: Pid,
    /// The task.
    pub tid: Pid,
    /// The address behind the `syscall` instruction.
    pub site: Addr,
    /// As the program made it.
    pub made: Call,
    /// As it is now.
    now: Cell<Call>,
    /// What the program is going to see, once that is known.
    result: Cell<Option<i64>>,
    /// What the kernel said last.
    answered: Cell<Option<i64>>,
    elapsed: Cell<Option<u64>>,
    time: Cell<Option<i64>>,
    /// When the kernel was first asked, `CLOCK_MONOTONIC`.
    began: Cell<Option<u64>>,
    /// The n-th call that matched the handler that runs now.
    pub nth: Cell<u64>,
    /// Data that the kernel gets in place of the program's.
    data: RefCell<Option<Vec<u8>>>,
    over: Cell<bool>,
    /// The kernel's own last word: unlike `answered`, never made up.
    raw: Cell<Option<i64>>,
    /// Pointers that were followed: what is known when the program is no longer at hand.
    seen: RefCell<Vec<(usize, Value)>>,
    /// The call does not return, and has been let go.
    pub leaves: Cell<bool>,
    /// How many blocks of this call are entered.
    pub in_ruby: Cell<u32>,
    /// The context in which they run.
    pub context: RefCell<Option<mruby::Context>>,
    /// The rest of the chain behind the handler that runs now.
    pub position: RefCell<Option<(Chain, usize)>>,
    /// The Ruby object, if there is one already.
    pub object: RefCell<Option<mruby::Root>>,
}

/// The rules of a call.
pub type Chain = Rc<[Rc<Rule>]>;

impl UnderWay {
    /// The call at which the guest stands.
    #[must_use]
    pub fn new(guest: &dyn Guest) -> UnderWay {
        let call = guest.call();
        UnderWay {
            live: Live::default(),
            pid: guest.pid(),
            tid: guest.tid(),
            site: guest.site(),
            made: call,
            now: Cell::new(call),
            result: Cell::new(None),
            answered: Cell::new(None),
            elapsed: Cell::new(None),
            time: Cell::new(None),
            began: Cell::new(None),
            nth: Cell::new(0),
            data: RefCell::new(None),
            over: Cell::new(false),
            raw: Cell::new(None),
            seen: RefCell::default(),
            leaves: Cell::new(false),
            in_ruby: Cell::new(0),
            context: RefCell::new(None),
            position: RefCell::new(None),
            object: RefCell::new(None),
        }
    }

    /// The table's entry.
    #[must_use]
    pub fn syscall(&self) -> Option<&'static Syscall> {
        syscalls::syscall(self.made.nr)
    }

    /// The call's name; `syscall_600` for a number without one.
    #[must_use]
    pub fn name(&self) -> String {
        self.syscall().map_or_else(|| format!("syscall_{}", self.made.nr), |c| c.name.into())
    }

    /// The call as the kernel would get it now.
    #[must_use]
    pub fn now(&self) -> Call {
        self.now.get()
    }

    /// What the program is going to see, if that is known.
    #[must_use]
    pub fn result(&self) -> Option<i64> {
        self.result.get()
    }

    /// There is a result, or there will be none.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        self.leaves.get() || self.result.get().is_some()
    }

    /// Decides what the program sees.
    pub fn set_result(&self, result: i64) {
        self.result.set(Some(result));
    }

    /// What was answered so far no longer counts: the kernel is about to be asked (again).
    pub fn ask_again(&self) {
        self.result.set(None);
    }

    /// What the kernel said last, if it was asked.
    #[must_use]
    pub fn answered(&self) -> Option<i64> {
        self.answered.get()
    }

    /// The error's number, if the result is one.
    #[must_use]
    pub fn errno(&self) -> Option<i32> {
        self.result.get().filter(|r| (-4095..0).contains(r)).map(|r| -r as i32)
    }

    /// Nanoseconds that the kernel took.
    #[must_use]
    pub fn elapsed(&self) -> Option<u64> {
        self.elapsed.get()
    }

    /// When the call was made, `CLOCK_REALTIME` in nanoseconds.
    #[must_use]
    pub fn time(&self, world: &World) -> i64 {
        if let Some(time) = self.time.get() {
            return time;
        }
        // Asked for when it is over: as much earlier as it began earlier.
        let ago = self.began.get().map_or(0, |began| world.kernel.monotonic() - began);
        let time = world.kernel.realtime() - ago as i64;
        self.time.set(Some(time));
        time
    }

    /// The call is over: whoever still holds this sees what is known, and no program.
    pub fn finish(&self) {
        self.over.set(true);
        // The object would keep this, and this the object, for ever.
        self.object.replace(None);
        self.position.replace(None);
    }

    /// What the engine is told.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self.result.get() {
            // The kernel's word stands, and so does what comes with it (`execve`, `rt_sigreturn`).
            Some(result) if self.raw.get() != Some(result) => Verdict::Return(result),
            _ => Verdict::Pass,
        }
    }

    /// The handlers are done with it.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over.get()
    }

    /// Runs `work` on the program.
    ///
    /// # Errors
    /// [`Refusal::NotAtHand`] after the call, or while another handler waits for the kernel.
    pub fn guest<R>(&self, work: impl FnOnce(&mut dyn Guest) -> R) -> Result<R, Refusal> {
        self.live.with(work).ok_or(Refusal::NotAtHand)
    }

    /// Whether the kernel has to be asked by us: the program asked for other data than it gets.
    #[must_use]
    pub fn must_be_watched(&self) -> bool {
        self.data.borrow().is_some()
    }

    /// The arguments again as the program made them: `pass!`.
    pub fn restore(&self) {
        self.data.borrow_mut().take();
        self.change(self.made);
        if let Some(answered) = self.answered.get() {
            self.result.set(Some(answered));
        }
    }

    fn change(&self, call: Call) {
        self.now.set(call);
        let _ = self.live.with(|guest| guest.set_call(call));
    }

    /// Sets an argument's register.
    pub fn set_register(&self, index: usize, raw: u64) {
        let mut call = self.now.get();
        if let Some(slot) = call.args.get_mut(index) {
            *slot = raw;
            self.change(call);
        }
    }

    /// Copies bytes into scratch memory, for an argument to point to.
    ///
    /// # Errors
    /// The errno of the mapping, or [`Refusal::NotAtHand`].
    pub fn place(&self, bytes: &[u8]) -> Result<Addr, Refusal> {
        self.guest(|guest| {
            let addr = guest.scratch(bytes.len().max(1)).map_err(Refusal::Errno)?;
            guest.write(addr, bytes).map_err(|_| Refusal::Errno(EFAULT))?;
            Ok(addr)
        })?
    }

    /// Writes into the program's memory.
    ///
    /// # Errors
    /// `EFAULT` for a bad pointer, or [`Refusal::NotAtHand`].
    pub fn store(&self, addr: Addr, bytes: &[u8]) -> Result<(), Refusal> {
        self.guest(|guest| guest.write(addr, bytes).map_err(|_| Refusal::Errno(EFAULT)))?
    }

    /// Asks the kernel, with the arguments as they are now; the mruby side is parked by `wait`.
    pub fn proceed(&self, world: &World, wait: impl Fn(&mut dyn FnMut())) {
        if self.syscall().is_some_and(|call| call.name.starts_with("exec")) {
            // The memory that these point to will be gone.
            (0..6).for_each(|index| drop(self.argument(index)));
        }
        let before = world.kernel.monotonic();
        self.began.set(self.began.get().or(Some(before)));
        // No borrow is held while the task waits.
        let data = self.data.borrow().clone();
        let result = match data {
            Some(data) => self.proceed_with(&data, &wait),
            None => self.ask(&wait),
        };
        self.elapsed.set(Some(world.kernel.monotonic().saturating_sub(before)));
        self.answered.set(Some(result));
        self.result.set(Some(result));
        let now = self.now.get();
        if let Some(recorder) = world.recorder.borrow().as_ref().filter(|r| r.wants(now.nr)) {
            let _ = self.live.with(|guest| recorder.after(guest, &now, result));
        }
        if world.listens_to(now.nr) && result > 0 && self.data_buffer(Direction::Written).is_some()
        {
            self.learn_names(world);
        }
    }

    fn ask(&self, wait: &impl Fn(&mut dyn FnMut())) -> i64 {
        let mut result = -i64::from(EFAULT);
        wait(&mut || {
            if let Some(answer) = self.live.with(|guest| guest.proceed()) {
                result = answer;
                self.raw.set(Some(answer));
            }
        });
        result
    }

    fn learn_names(&self, world: &World) {
        let args = self.now.get().args;
        let fd = fds::descriptor(args[0]);
        // A name server's answer comes from port 53, and fits into a few kilobytes.
        if let Some(fd) = fd
            && self.result.get().is_some_and(|r| (12..=4096).contains(&r))
            && world.processes.fd_kind(self.pid, fd) == Some(crate::process::FdKind::Socket)
            && let Ok(Some(data)) = self.data()
        {
            world.names.learn_answer(&data);
        }
    }

    // --- arguments ---

    /// A decoder for the call as it is now.
    fn decoded<R>(&self, work: impl FnOnce(&Decoder<'_>) -> R) -> Result<R, Refusal> {
        self.guest(|guest| {
            let memory = AsMemory(guest);
            let now = self.now.get();
            work(&Decoder {
                nr: now.nr,
                args: now.args,
                result: self.result.get(),
                mem: &memory,
                limits: Limits { bytes: 1 << 24, ..Limits::default() },
            })
        })
    }

    /// An argument, decoded.
    ///
    /// # Errors
    /// `EFAULT` if it points to unmapped memory, [`Refusal::NotAtHand`] for a pointer when the
    /// program is not at hand.
    pub fn argument(&self, index: usize) -> Result<Value, Refusal> {
        let pointer = self.type_of(index).is_some_and(|ty| ty.is_pointer());
        let known = || {
            let seen = self.seen.borrow();
            seen.iter().find(|(i, _)| *i == index).map(|(_, value)| value.clone())
        };
        if !self.live.is_at_hand() {
            if let Some(value) = known().filter(|_| pointer) {
                return Ok(value);
            }
            let now = self.now.get();
            return match line::without_memory(&now, self.result.get(), index) {
                Value::Fault(_) => Err(Refusal::NotAtHand),
                value => Ok(value),
            };
        }
        let value = self.decoded(|decoder| decoder.arg(index))?;
        if let Value::Fault(_) = value {
            let exec = self.syscall().is_some_and(|call| call.name.starts_with("exec"));
            return known().filter(|_| exec).ok_or(Refusal::Errno(EFAULT));
        }
        if pointer {
            let mut seen = self.seen.borrow_mut();
            seen.retain(|(i, _)| *i != index);
            seen.push((index, value.clone()));
        }
        Ok(value)
    }

    /// The index of an argument by name: this very call's, or one that the call has at all.
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<usize> {
        let call = self.syscall()?;
        let own = call.args_of(&self.made.args).iter().position(|arg| arg.name == name);
        own.or_else(|| call.args.iter().position(|arg| arg.name == name))
    }

    /// The type of an argument of this very call.
    #[must_use]
    pub fn type_of(&self, index: usize) -> Option<Type> {
        let call = self.syscall()?;
        let arg = call.args_of(&self.made.args).get(index).or_else(|| call.args.get(index))?;
        Some(arg.ty)
    }

    /// A C string at an address.
    ///
    /// # Errors
    /// `EFAULT` for a bad pointer, or [`Refusal::NotAtHand`].
    pub fn string_argument(&self, index: usize) -> Result<Option<Vec<u8>>, Refusal> {
        Ok(match self.argument(index)? {
            Value::Path(bytes, _) | Value::Str(bytes, _) | Value::Bytes(bytes, _) => Some(bytes),
            _ => None,
        })
    }

    /// The indices of the arguments that name files, each with its directory's descriptor.
    pub fn path_arguments(&self) -> impl Iterator<Item = (usize, Option<i32>)> + use<> {
        let args = self.now.get().args;
        let list = self.syscall().map_or(&[][..], |call| call.args);
        list.iter().enumerate().filter(|(_, arg)| arg.ty == Type::Path).map(move |(i, _)| {
            // `openat(dirfd, path)`, and `linkat(olddirfd, oldpath, newdirfd, newpath)`; but
            // `symlinkat(target, newdirfd, linkpath)`.
            let directory = i.checked_sub(1).filter(|d| list[*d].ty == Type::DirFd);
            (i, directory.and_then(|d| fds::descriptor(args[d])))
        })
    }

    /// The file descriptor that the call is about.
    #[must_use]
    pub fn fd(&self) -> Option<i32> {
        match self.fd_index() {
            Some(index) => Some(self.now.get().args[index] as u32 as i32),
            // The descriptor that the call has made.
            None if self.syscall()?.result == Type::Fd => {
                self.result.get().filter(|r| *r >= 0).map(|r| r as i32)
            }
            None => None,
        }
    }

    /// The argument that holds it.
    #[must_use]
    pub fn fd_index(&self) -> Option<usize> {
        let args = self.syscall()?.args;
        let by_name = args.iter().position(|arg| arg.name == "fd" && arg.ty == Type::Fd);
        by_name.or_else(|| args.iter().position(|arg| arg.ty == Type::Fd))
    }

    /// The path that the call is about, as the program wrote it: its first path argument, or the
    /// file behind its descriptor.
    ///
    /// # Errors
    /// `EFAULT` for a bad pointer, or [`Refusal::NotAtHand`].
    pub fn path(&self, world: &World) -> Result<Option<Vec<u8>>, Refusal> {
        if let Some((index, directory)) = self.path_arguments().next() {
            let path = self.string_argument(index)?;
            // AT_EMPTY_PATH: the file is the descriptor's.
            return Ok(match (path, directory) {
                (Some(path), Some(fd)) if path.is_empty() => {
                    world.processes.fd_path(self.pid, fd).map(String::into_bytes).or(Some(path))
                }
                (path, _) => path,
            });
        }
        let fd = self.fd();
        Ok(fd.and_then(|fd| world.processes.fd_path(self.pid, fd)).map(String::into_bytes))
    }

    /// The socket address that the call names; without one, that of the socket's other end.
    ///
    /// # Errors
    /// `EFAULT` for a bad pointer, or [`Refusal::NotAtHand`].
    pub fn address(&self) -> Result<Option<SockAddr>, Refusal> {
        if let Some(index) = self.address_index() {
            match self.argument(index)? {
                Value::Address(address) => return Ok(Some(address)),
                Value::Pointee(inner) => {
                    if let Value::Address(address) = *inner {
                        return Ok(Some(address));
                    }
                }
                _ => {}
            }
        } else if let Some(Buffer::Message(index)) = self.data_buffer(Direction::Read) {
            let value = self.argument(index)?;
            if let Some(Value::Address(address)) = value.field("msg_name") {
                return Ok(Some(address.clone()));
            }
        }
        self.peer()
    }

    /// The argument that is a socket address.
    #[must_use]
    pub fn address_index(&self) -> Option<usize> {
        self.syscall()?.args.iter().position(|arg| matches!(arg.ty, Type::SockAddr(_)))
    }

    /// Who is at the other end of the call's socket.
    fn peer(&self) -> Result<Option<SockAddr>, Refusal> {
        let Some(fd) = self.fd() else { return Ok(None) };
        let Some(getpeername) = syscalls::by_name("getpeername") else { return Ok(None) };
        self.guest(|guest| {
            let room = guest.scratch(256).map_err(Refusal::Errno)?;
            let fault = |_| Refusal::Errno(EFAULT);
            guest.write(room, &128_u32.to_le_bytes()).map_err(fault)?;
            let args = [fd as u64, room + 16, room];
            if guest.syscall(Call::new(getpeername.nr, &args)) != 0 {
                return Ok(None);
            }
            let mut length = [0; 4];
            guest.read(room, &mut length).map_err(fault)?;
            let mut raw = vec![0; (u32::from_le_bytes(length) as usize).min(128)];
            guest.read(room + 16, &mut raw).map_err(fault)?;
            Ok(Some(SockAddr::decode(&raw)))
        })?
    }

    /// Bytes of the program's memory.
    ///
    /// # Errors
    /// `EFAULT` for a bad pointer, or [`Refusal::NotAtHand`].
    pub fn read_bytes(&self, addr: Addr, len: usize) -> Result<Vec<u8>, Refusal> {
        self.guest(|guest| {
            // A length that lies must not make us allocate gigabytes: probe the end first.
            if len > 1 << 20 {
                let end = addr.wrapping_add(len as u64 - 1);
                guest.read(end, &mut [0]).map_err(|_| Refusal::Errno(EFAULT))?;
            }
            let mut raw = vec![0; len];
            guest.read(addr, &mut raw).map_err(|_| Refusal::Errno(EFAULT))?;
            Ok(raw)
        })?
    }

    /// strace's line; without the program at hand, pointers are addresses.
    #[must_use]
    pub fn line(&self) -> String {
        let (now, result) = (self.now.get(), self.result.get());
        self.live
            .with(|guest| line::of_call(guest, &now, result))
            .unwrap_or_else(|| line::of_call_without_memory(&now, result))
    }
}
