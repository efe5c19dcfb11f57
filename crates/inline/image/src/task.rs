//! New tasks: threads, processes, and everything between; and the signal stacks that threads need.
//!
//! A task that shares memory gets a context of its own, filled from its creator's, and leaves
//! through it as if the call had returned 0 there. A forked process goes on with its copy of the
//! creator's context. All signals are blocked around the call, so no window needs a thought.
//!
//! # Safety
//! A child in shared memory touches its own context and stack only (`rt_clone`).
#![allow(unsafe_code)]

use core::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use engine::Call;

use crate::context::{Context, claim_for_child, claimed, thread_pointer};
use crate::dispatch::ask;
use crate::guest::{self, read, read_words, write_words};
use crate::kernel::{self, ASYNCHRONOUS, Stack, errno, nr, set_mask};
use crate::layout::{ALT, ALT_LEN, ALTS};
use crate::lock::{HANDLERS, TABLES};
use crate::signal;

const CLONE_VM: u64 = 0x100;
const CLONE_VFORK: u64 = 0x4000;
const CLONE_CLEAR_SIGHAND: u64 = 0x1_0000_0000;

unsafe extern "C" {
    fn rt_clone(parent: *mut Context, child: *mut Context) -> i64;
}

static ALONE: AtomicBool = AtomicBool::new(true);

/// No other thread runs in this memory: none was ever made.
pub fn alone() -> bool {
    ALONE.load(Ordering::Relaxed)
}

static ALT_USED: [AtomicU8; ALTS as usize] = [const { AtomicU8::new(0) }; ALTS as usize];

fn alt_index(sp: u64) -> Option<usize> {
    let offset = sp.checked_sub(ALT)?;
    (offset < ALT_LEN * ALTS).then_some((offset / ALT_LEN) as usize)
}

fn claim_alt() -> Option<usize> {
    ALT_USED.iter().position(|used| used.swap(1, Ordering::Relaxed) == 0)
}

fn use_alt(index: usize) {
    let stack = Stack::at(ALT + index as u64 * ALT_LEN, ALT_LEN);
    // SAFETY: memory of ours that no other thread uses.
    unsafe { kernel::call(nr::SIGALTSTACK, &[(&raw const stack) as u64, 0]) };
}

fn current_alt() -> Stack {
    let mut stack = Stack::default();
    // SAFETY: only asks.
    unsafe { kernel::call(nr::SIGALTSTACK, &[0, (&raw mut stack) as u64]) };
    core::hint::black_box(stack)
}

/// The first thread of a fresh image.
pub fn first_thread() {
    ALT_USED[0].store(1, Ordering::Relaxed);
    use_alt(0);
}

/// The calling thread is about to end: its signal stack can serve another one, and calls of it that
/// are still suspended (it ends in a signal handler) will never go on.
pub fn thread_ends(context: &Context) {
    for left in claimed().filter(|c| c.fs == context.fs && c.address() != context.address()) {
        if left.interrupted {
            left.release();
        }
    }
    if let Some(index) = alt_index(current_alt().sp) {
        let none = Stack::NONE;
        // SAFETY: this thread makes no hooked call any more.
        unsafe { kernel::call(nr::SIGALTSTACK, &[(&raw const none) as u64, 0]) };
        ALT_USED[index].store(0, Ordering::Relaxed);
    }
}

/// `sigaltstack`: a thread without one has ours, and must not know.
pub fn sigaltstack(context: &mut Context, original: &Call) -> Option<i64> {
    let [new, old, ..] = original.args;
    let before = current_alt();
    let ours = alt_index(before.sp);
    if ours.is_none() && new == 0 {
        return None;
    }
    let wanted = match new {
        0 => None,
        at => match read_words::<3>(at) {
            Ok([_, flags, _]) => Some(flags as u32),
            Err(error) => return Some(error),
        },
    };
    let disables = wanted.is_some_and(|flags| flags & 2 != 0);
    let result = if wanted.is_none() || (disables && ours.is_some()) {
        0
    } else {
        let mut asked = *original;
        asked.args[1] = 0;
        ask(context, &asked)
    };
    if result != 0 {
        return Some(result);
    }
    match ours {
        Some(index) if wanted.is_some() && !disables => {
            ALT_USED[index].store(0, Ordering::Relaxed);
        }
        None if disables => {
            if let Some(index) = claim_alt() {
                use_alt(index);
            }
        }
        _ => {}
    }
    if old != 0 {
        let seen = if ours.is_some() { Stack::NONE } else { before };
        if let Err(error) = write_words(old, &[seen.sp, u64::from(seen.flags), seen.size]) {
            return Some(error);
        }
    }
    Some(0)
}

/// `clone`, `clone3`, `fork`, `vfork`.
pub fn clone(context: &mut Context, original: &Call) -> Option<i64> {
    let mut asked = *original;
    let mut arguments = [0u64; 32];
    let mut flags = match original.nr {
        nr::CLONE => original.args[0],
        nr::VFORK => CLONE_VM | CLONE_VFORK,
        nr::CLONE3 => {
            let [at, size, ..] = original.args;
            // Sizes that the kernel refuses are the kernel's to refuse.
            if !(64..=256).contains(&size) {
                return None;
            }
            // SAFETY: words are bytes.
            let bytes = unsafe {
                core::slice::from_raw_parts_mut(arguments.as_mut_ptr().cast(), size as usize)
            };
            read(at, bytes).ok()?;
            asked.args[0] = arguments.as_ptr() as u64;
            arguments[0]
        }
        _ => 0,
    };
    context.child_clears = 0;
    if original.nr == nr::CLONE3 && flags & CLONE_CLEAR_SIGHAND != 0 {
        flags &= !CLONE_CLEAR_SIGHAND;
        arguments[0] = flags;
        context.child_clears = 1;
    }
    let before = set_mask(ASYNCHRONOUS);
    let deferred = context.defer.load(Ordering::Relaxed) != 0;
    context.child_mask = if deferred { context.saved_mask } else { before };
    let result =
        if flags & CLONE_VM == 0 { fork(context, &asked) } else { share(context, &asked, flags) };
    core::hint::black_box(&arguments);
    // A forked child whose creator had deferred a signal: it was sent to the creator.
    set_mask(if result == 0 { context.child_mask } else { before });
    Some(result)
}

/// The new process has a copy of everything.
fn fork(context: &mut Context, asked: &Call) -> i64 {
    HANDLERS.enter(context.address());
    let held = TABLES.take();
    // SAFETY: the program's own call; the child goes on from here with its copy of this stack.
    let result = unsafe { kernel::theirs(asked.nr, asked.args) };
    drop(held);
    HANDLERS.leave();
    if result == 0 {
        guest::new_process();
        context.defer.store(0, Ordering::Relaxed);
        let own = thread_pointer();
        // Other threads' calls are not being handled here. What the same thread had suspended when
        // a signal handler of the program interrupted it stays.
        for other in
            claimed().filter(|other| other.fs != own && other.address() != context.address())
        {
            other.release();
        }
        let alt = alt_index(current_alt().sp);
        for (index, used) in ALT_USED.iter().enumerate() {
            used.store(u8::from(alt == Some(index)), Ordering::Relaxed);
        }
        ALONE.store(true, Ordering::Relaxed);
        if context.child_clears != 0 {
            signal::reset_handlers();
        }
    }
    result
}

/// The new task shares our memory.
fn share(context: &mut Context, asked: &Call, flags: u64) -> i64 {
    let Some(child) = claim_for_child(context) else { return errno::EAGAIN };
    let is_vfork = flags & CLONE_VFORK != 0;
    if !is_vfork {
        ALONE.store(false, Ordering::Relaxed);
    }
    // The kernel resets the signal stack of a task that shares memory, unless it is a vfork.
    let alt = if is_vfork { None } else { claim_alt() };
    // SAFETY: claimed for the child, which does not exist yet.
    unsafe { (*child).child_alt = alt.map_or(0, |index| index as u64 + 1) };
    context.call[0] = asked.nr;
    context.call[1..].copy_from_slice(&asked.args);
    let own = thread_pointer();
    let mut ours = [0u64; 16];
    for (slot, suspended) in ours.iter_mut().zip(claimed().filter(|c| c.fs == own)) {
        *slot = suspended.address();
    }
    // SAFETY: signals are blocked, and both contexts are as the assembly wants them.
    let result = unsafe { rt_clone(context, child) };
    if result < 0 {
        if let Some(index) = alt {
            ALT_USED[index].store(0, Ordering::Relaxed);
        }
        // SAFETY: there is no child, so the context is still ours.
        unsafe { (*child).release() };
    } else if is_vfork {
        // The child has another program now or is gone: a call of it that was still being handled
        // never came back to release its context.
        for left in claimed().filter(|c| c.fs == own && !ours.contains(&c.address())) {
            left.release();
        }
    }
    result
}

/// The first thing a task in shared memory does, on its own context's stack.
#[unsafe(no_mangle)]
extern "C" fn rt_child(context: &mut Context, rsp: u64) {
    if !Context::holds(rsp) {
        context.rsp = rsp;
    }
    context.fs = thread_pointer();
    context.defer.store(0, Ordering::Relaxed);
    if context.child_alt != 0 {
        use_alt(context.child_alt as usize - 1);
    }
    if context.child_clears != 0 {
        signal::reset_handlers();
    }
    context.finish(0);
    set_mask(context.child_mask);
}
