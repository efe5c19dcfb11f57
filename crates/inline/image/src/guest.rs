//! The program as a handler sees it from inside: [`engine::Guest`] in the program's own process.
//!
//! Memory is read and written by the kernel (`process_vm_readv` on ourselves), so that a bad pointer
//! is an error here and never a fault, whatever signals the program has blocked.
//!
//! # Safety
//! The context behind an [`Inside`] is claimed by this thread as long as the handler runs.
#![allow(unsafe_code)]

use alloc::vec::Vec;
use core::sync::atomic::{AtomicI32, Ordering};
use core::time::Duration;

use engine::{Addr, Call, Fault, Frame, Guest, Memory, Pid};

use crate::context::Context;
use crate::dispatch;
use crate::kernel::{self, errno, nr};
use crate::lock::HANDLERS;
use crate::site::Stub;

extern crate alloc;

/// A handled call of this process.
pub struct Inside {
    context: *mut Context,
    call: Call,
}

impl Inside {
    /// For a call that just came in.
    pub fn new(context: &mut Context, call: Call) -> Inside {
        context.scratch = 0;
        context.scratch_maps = [[0; 2]; 4];
        Inside { context, call }
    }

    /// Address of the context.
    pub fn address(&self) -> u64 {
        self.context as u64
    }

    /// More than a slot holds.
    fn map_scratch(&mut self, len: u64) -> Result<Addr, i32> {
        let maps = &mut self.context_mut().scratch_maps;
        let free = maps.iter_mut().find(|map| map[0] == 0).ok_or(-errno::ENOMEM as i32)?;
        // SAFETY: a mapping of its own, where the kernel likes.
        let at = unsafe { kernel::call(nr::MMAP, &[0, len, 3, 0x22, u64::MAX, 0]) };
        if at < 0 {
            return Err(-at as i32);
        }
        *free = [at as u64, len];
        Ok(at as u64)
    }

    /// The call is over.
    pub fn drop_scratch(&mut self) {
        for map in &mut self.context_mut().scratch_maps {
            let [at, len] = core::mem::take(map);
            if at != 0 {
                // SAFETY: mapped for this call.
                unsafe { kernel::call(nr::MUNMAP, &[at, len]) };
            }
        }
    }

    /// Lets others into the handlers meanwhile.
    fn aside<R>(&mut self, wait: impl FnOnce(&mut Context) -> R) -> R {
        let address = self.address();
        let held = HANDLERS.leave_if(address);
        let result = wait(self.context_mut());
        if held {
            HANDLERS.enter(address);
        }
        result
    }

    /// The call as the handler left it.
    pub fn wanted(&self) -> Call {
        self.call
    }

    fn context(&self) -> &Context {
        // SAFETY: see the module.
        unsafe { &*self.context }
    }

    fn context_mut(&mut self) -> &mut Context {
        // SAFETY: see the module.
        unsafe { &mut *self.context }
    }
}

/// The process whose memory the kernel is asked to copy: ours. A child of `vfork` finds its
/// parent's number here, which names the same memory, unless the kernel objects.
static SELF: AtomicI32 = AtomicI32::new(0);

/// The process that the handlers were last told of.
static ANNOUNCED: AtomicI32 = AtomicI32::new(0);

/// The process, if the handlers have not heard of it yet.
pub fn newcomer() -> Option<Pid> {
    let pid = SELF.load(Ordering::Relaxed);
    (ANNOUNCED.swap(pid, Ordering::Relaxed) != pid).then_some(Pid(pid))
}

/// The number of this process has changed, or is not known yet.
pub fn new_process() {
    SELF.store(process_id(), Ordering::Relaxed);
}

fn process_id() -> i32 {
    // SAFETY: no effect.
    unsafe { kernel::call(nr::GETPID, &[]) as i32 }
}

/// Copies between the program's memory and ours; how many bytes could be.
fn transfer(which: u64, ours: u64, theirs: Addr, len: usize) -> usize {
    let local = [ours, len as u64];
    // Two pieces, cut where a page ends: the kernel promises partial answers per piece.
    let first = (4096 - (theirs & 4095)).min(len as u64);
    let remote = [theirs, first, theirs.wrapping_add(first), len as u64 - first];
    let mut pid = SELF.load(Ordering::Relaxed);
    for _ in 0..2 {
        let args = [pid as u64, local.as_ptr() as u64, 1, remote.as_ptr() as u64, 2, 0];
        // SAFETY: the kernel copies to or from `len` bytes of ours; the program's side is checked.
        let done = unsafe { kernel::call(which, &args) };
        if done >= 0 {
            return done as usize;
        }
        if done == errno::EFAULT {
            return 0;
        }
        pid = process_id();
    }
    0
}

/// Fills `buf` from the program's memory.
pub fn read(addr: Addr, buf: &mut [u8]) -> Result<(), Fault> {
    let done = transfer(nr::PROCESS_VM_READV, buf.as_mut_ptr() as u64, addr, buf.len());
    if done == buf.len() { Ok(()) } else { Err(Fault { addr: addr.wrapping_add(done as u64) }) }
}

/// Stores in the program's memory.
pub fn write(addr: Addr, bytes: &[u8]) -> Result<(), Fault> {
    let done = transfer(nr::PROCESS_VM_WRITEV, bytes.as_ptr() as u64, addr, bytes.len());
    if done == bytes.len() { Ok(()) } else { Err(Fault { addr: addr.wrapping_add(done as u64) }) }
}

/// A structure of the program, by its words.
pub fn read_words<const N: usize>(addr: Addr) -> Result<[u64; N], i64> {
    let mut words = [0u64; N];
    // SAFETY: any bytes are words.
    let bytes = unsafe { core::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), N * 8) };
    read(addr, bytes).map_err(|_| errno::EFAULT)?;
    Ok(words)
}

/// Stores words.
pub fn write_words(addr: Addr, words: &[u64]) -> Result<(), i64> {
    // SAFETY: words are bytes.
    let bytes = unsafe { core::slice::from_raw_parts(words.as_ptr().cast(), words.len() * 8) };
    write(addr, bytes).map_err(|_| errno::EFAULT)
}

impl Memory for Inside {
    fn read(&self, addr: Addr, buf: &mut [u8]) -> Result<(), Fault> {
        read(addr, buf)
    }

    fn write(&mut self, addr: Addr, bytes: &[u8]) -> Result<(), Fault> {
        write(addr, bytes)
    }

    fn read_some(&self, addr: Addr, buf: &mut [u8]) -> usize {
        transfer(nr::PROCESS_VM_READV, buf.as_mut_ptr() as u64, addr, buf.len())
    }
}

impl Guest for Inside {
    fn pid(&self) -> Pid {
        Pid(process_id())
    }

    fn tid(&self) -> Pid {
        // SAFETY: no effect.
        Pid(unsafe { kernel::call(nr::GETTID, &[]) as i32 })
    }

    fn call(&self) -> Call {
        self.call
    }

    fn set_call(&mut self, call: Call) {
        self.call = call;
    }

    fn site(&self) -> Addr {
        Stub::around(self.context().stub).map_or(0, Stub::return_address)
    }

    fn stack_pointer(&self) -> Addr {
        self.context().rsp
    }

    fn scratch(&mut self, len: usize) -> Result<Addr, i32> {
        let (start, size) = self.context().scratch_area();
        let used = self.context().scratch;
        let len = (len as u64).next_multiple_of(16);
        if used + len > size {
            return self.map_scratch(len);
        }
        self.context_mut().scratch = used + len;
        Ok(start + used)
    }

    fn syscall(&mut self, call: Call) -> i64 {
        // SAFETY: the handler answers for what it asks for, as the program would.
        unsafe { kernel::call(call.nr, &call.args) }
    }

    fn proceed(&mut self) -> i64 {
        let call = self.call;
        self.aside(|context| dispatch::issue(context, &call))
    }

    fn sleep(&mut self, duration: Duration) {
        let mut time = [duration.as_secs(), u64::from(duration.subsec_nanos())];
        let at = time.as_mut_ptr() as u64;
        // A signal is answered when the runtime is left; go on with what remains.
        self.aside(|_| {
            // SAFETY: the kernel writes the remaining time to our memory.
            while unsafe { kernel::call(nr::NANOSLEEP, &[at, at]) } == errno::EINTR {}
        });
    }

    fn backtrace(&mut self) -> Vec<Frame> {
        // Frames need symbols, which a program does not carry in memory; the place itself is known.
        alloc::vec![Frame { ip: self.site(), ..Frame::default() }]
    }
}
