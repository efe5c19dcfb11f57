//! Contexts: where the program's registers lie while a call of it is handled.
//!
//! Nobody asks which thread it is. A call *claims* a free context, starting at a home that its
//! thread pointer hashes to, and releases it when it leaves. So threads, fibers, children of
//! `vfork` in their parent's memory and signal handlers inside a handled call are all the same
//! case. A slot of the pool holds, from low to high: a guard page, scratch memory for the data of
//! one call, the stack, and the [`Context`]. Whether a thread is inside the runtime can be told
//! from its stack pointer alone.
//!
//! # Safety
//! A context is written by its claimer only; `defer` also by a signal handler of the same thread.
#![allow(unsafe_code)]

use core::sync::atomic::{AtomicU32, Ordering};

use crate::layout::{POOL, SLOT, SLOTS, STUB_PASS, STUB_RETURN};

/// A handled call. The assembly knows the offsets.
#[repr(C, align(64))]
pub struct Context {
    /// 0: free.
    pub busy: AtomicU32,
    /// A signal waits until the runtime is left.
    pub defer: AtomicU32,
    /// Address of the site's stub.
    pub stub: u64,
    /// Number, later the result.
    pub rax: u64,
    /// First argument.
    pub rdi: u64,
    /// Second.
    pub rsi: u64,
    /// Third.
    pub rdx: u64,
    /// Fourth.
    pub r10: u64,
    /// Fifth.
    pub r8: u64,
    /// Sixth.
    pub r9: u64,
    /// The registers that a call preserves.
    pub rbx: u64,
    /// "
    pub rbp: u64,
    /// "
    pub r12: u64,
    /// "
    pub r13: u64,
    /// "
    pub r14: u64,
    /// "
    pub r15: u64,
    /// The program's stack pointer.
    pub rsp: u64,
    /// Where in the stub to leave.
    pub target: u64,
    /// Number and arguments for `rt_app` and `rt_clone`.
    pub call: [u64; 7],
    /// Stack pointer of the runtime while `rt_app` is in the program's state.
    pub runtime_rsp: u64,
    /// Signal mask to return to after a deferral.
    pub saved_mask: u64,
    /// Thread pointer of the claimer.
    pub fs: u64,
    /// For a new task: its signal mask.
    pub child_mask: u64,
    /// For a new task: its signal stack, plus one.
    pub child_alt: u64,
    /// For a new task: handlers are to be reset (`CLONE_CLEAR_SIGHAND`).
    pub child_clears: u64,
    /// Bytes of scratch handed out.
    pub scratch: u64,
    /// Mappings for more scratch: address and length.
    pub scratch_maps: [[u64; 2]; 4],
    /// The kernel was asked already: the call must not be made twice.
    pub asked: bool,
    /// What it answered.
    pub answer: i64,
    /// A signal handler of the program interrupted the question and has not come back yet.
    pub interrupted: bool,
    /// xmm0 to xmm15.
    pub xmm: [[u8; 16]; 16],
    /// Control and status of SSE.
    pub mxcsr: u32,
}

/// Scratch lies behind the guard page.
pub const SCRATCH: u64 = 0x2000;
const GUARD: u64 = 0x1000;

impl Context {
    /// The context whose slot an address of the pool lies in.
    pub fn of(address: u64) -> *mut Context {
        let slot = (address - POOL) / SLOT;
        Context::at(slot)
    }

    /// The context of a slot.
    pub fn at(slot: u64) -> *mut Context {
        (POOL + (slot + 1) * SLOT - size_of::<Context>() as u64) as *mut Context
    }

    /// Whether an address lies in the pool.
    pub fn holds(address: u64) -> bool {
        (POOL..POOL + SLOT * SLOTS).contains(&address)
    }

    /// Address of this.
    pub fn address(&self) -> u64 {
        core::ptr::from_ref(self) as u64
    }

    /// Leaves with a result.
    pub fn finish(&mut self, result: i64) {
        self.rax = result.cast_unsigned();
        self.target = self.stub + STUB_RETURN;
    }

    /// Leaves by asking the kernel in the program's own state.
    pub fn pass(&mut self) {
        self.target = self.stub + STUB_PASS;
    }

    /// The flags to come back with.
    pub fn flags(&self) -> u64 {
        // SAFETY: `rt_entered` pushed them there.
        unsafe { *((self.address() - 8) as *const u64) }
    }

    /// Gives it back. The caller must not touch it any more.
    pub fn release(&self) {
        self.busy.store(0, Ordering::Release);
    }

    /// Scratch memory until the call is over: first address and size.
    pub fn scratch_area(&self) -> (u64, u64) {
        (self.address() + size_of::<Context>() as u64 - SLOT + GUARD, SCRATCH)
    }
}

/// Claims a context for a new task, copying the state of its creator.
pub fn claim_for_child(parent: &Context) -> Option<*mut Context> {
    let own = (parent.address() - POOL) / SLOT;
    for distance in 1..SLOTS {
        let child = Context::at((own + distance) % SLOTS);
        // SAFETY: contexts are zeroed memory at least; `busy` is atomic.
        let busy = unsafe { &(*child).busy };
        if busy.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok() {
            // SAFETY: claimed by us now, so nobody else reads or writes it; the parent is ours.
            unsafe {
                core::ptr::copy_nonoverlapping(parent, child, 1);
                (*child).busy.store(1, Ordering::Relaxed);
                (*child).defer.store(0, Ordering::Relaxed);
                *(child as *mut u64).sub(1) = parent.flags();
            }
            return Some(child);
        }
    }
    None
}

/// Suspended calls of one thread that a signal handler may leave behind before they are looked at.
const LEFT_BEHIND: usize = 64;

/// Releases calls of this thread that will never go on: a signal handler of the program interrupted
/// them and left with `siglongjmp`. They are recognised by a stack pointer that has risen above
/// theirs. Where a handler switches stacks that is no proof, hence the patience.
pub fn reclaim(fs: u64, rsp: u64) {
    let left = || claimed().filter(move |c| c.fs == fs && c.interrupted && c.rsp <= rsp);
    if left().count() > LEFT_BEHIND {
        left().for_each(Context::release);
    }
}

/// Every context that is claimed now.
pub fn claimed() -> impl Iterator<Item = &'static Context> {
    // SAFETY: the pool is mapped for the life of the process; only `busy` and `fs` of contexts of
    // other threads are looked at, by callers who know that those threads are gone or stopped.
    (0..SLOTS)
        .map(|slot| unsafe { &*Context::at(slot) })
        .filter(|context| context.busy.load(Ordering::Relaxed) != 0)
}

/// The thread pointer.
pub fn thread_pointer() -> u64 {
    let fs: u64;
    // SAFETY: FSGSBASE was asked for before the run was started; reads a register.
    unsafe { core::arch::asm!("rdfsbase {}", out(reg) fs, options(nomem, nostack)) };
    fs
}
