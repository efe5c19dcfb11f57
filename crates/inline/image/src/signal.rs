//! Signals: the filter's, which make the engine work, and the program's, which must find it as if
//! we were not there.
//!
//! Every handler that the program installs is a trampoline to the kernel, one for each different
//! (handler, flags, mask); so the kernel's own table stays the truth, whoever shares it. The kernel
//! blocks all signals while a trampoline starts; [`rt_deliver`] then sets the mask the program asked
//! for. Where the signal found the thread is decided by instruction and stack pointer alone:
//!
//! | found | done |
//! | --- | --- |
//! | in the program | the handler is jumped to |
//! | in a stub, no context claimed or just claimed | released; the site starts again |
//! | on a context's stack | deferred: blocked, sent again; the exit has the kernel build the frame |
//! | behind the exit, before the stub's end | the exit is finished in the frame |
//! | at the kernel's door in a stub | the frame shows the site; afterwards the kernel is asked |
//! | in `rt_app`, asking for a handler | likewise, with the program's registers |
//!
//! # Safety
//! Everything here runs as a signal handler: no allocation, no lock but [`TABLES`] where signals are
//! blocked or deferred, and the frame that the kernel built is the only state.
#![allow(unsafe_code)]

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use engine::Call;

use crate::context::{Context, reclaim};
use crate::dispatch::{ask, faulted};
use crate::guest::{read_words, write_words};
use crate::kernel::{
    self, ASYNCHRONOUS, SIGSYS, SigAction, UContext, bit, call, errno, nr, sa, set_mask, shared,
};
use crate::layout::{
    STUB_PASS, STUB_RETURN, STUB_SYSCALL, STUB_TAIL, TRAMPOLINES, TRAP_NUMBER, TRAP_TAG,
};
use crate::lock::TABLES;
use crate::site::{Stub, stub_for};

unsafe extern "C" {
    fn rt_restorer();
    fn rt_trampolines();
    fn rt_claim_next();
    fn rt_claim_packed();
    fn rt_claim_scan();
    fn rt_claim_tested();
    fn rt_claim_restore();
    fn rt_claim_sahf();
    fn rt_claim_flags();
    fn rt_claim_unpacked();
    fn rt_enter();
    fn rt_entered();
    fn rt_exit_check();
    fn rt_exit_trapped();
    fn rt_left();
    fn rt_left_end();
    fn rt_app_check();
    fn rt_app_call();
    fn rt_app_after();
    fn rt_app_trapped();
}

fn at(label: unsafe extern "C" fn()) -> u64 {
    label as usize as u64
}

/// A handler as the program installed it.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct Row {
    handler: u64,
    flags: u64,
    mask: u64,
    spare: u64,
}

struct Rows(UnsafeCell<[Row; TRAMPOLINES]>);
// SAFETY: a row is written once, under TABLES, before its trampoline is given to the kernel.
unsafe impl Sync for Rows {}

#[unsafe(no_mangle)]
static rt_handlers: Rows =
    Rows(UnsafeCell::new([Row { handler: 0, flags: 0, mask: 0, spare: 0 }; TRAMPOLINES]));
static USED: AtomicU32 = AtomicU32::new(0);
const TRAMPOLINE: u64 = 16;

/// What the program believes to have set for SIGSYS: handler, flags, mask.
static BELIEVED: [AtomicU64; 3] = [const { AtomicU64::new(0) }; 3];

fn rows() -> *mut Row {
    rt_handlers.0.get().cast()
}

fn trampoline_for(row: Row) -> Option<u64> {
    let _held = TABLES.take();
    let used = USED.load(Ordering::Relaxed) as usize;
    // SAFETY: rows below `used` are complete; the one at `used` is ours under the lock.
    let known = (0..used).find(|i| unsafe { *rows().add(*i) } == row);
    let index = match known {
        Some(index) => index,
        None if used == TRAMPOLINES => return None,
        None => {
            // SAFETY: as above.
            unsafe { rows().add(used).write(row) };
            USED.store(used as u32 + 1, Ordering::Relaxed);
            used
        }
    };
    Some(at(rt_trampolines) + index as u64 * TRAMPOLINE)
}

fn row_of_trampoline(handler: u64) -> Option<Row> {
    let offset = handler.checked_sub(at(rt_trampolines))?;
    let index = (offset / TRAMPOLINE) as usize;
    // SAFETY: the kernel knows this trampoline, so its row is complete.
    (index < TRAMPOLINES).then(|| unsafe { *rows().add(index) })
}

/// `rt_sigaction` as the program means it.
pub fn sigaction(context: &mut Context, original: &Call) -> Option<i64> {
    let [signal, new, old, size, ..] = original.args;
    if size != 8 {
        return None;
    }
    let wanted = match new {
        0 => None,
        at => match read_words::<4>(at) {
            Ok([handler, flags, restorer, mask]) => {
                Some(SigAction { handler, flags, restorer, mask })
            }
            Err(error) => return Some(error),
        },
    };
    if signal == SIGSYS {
        let [handler, flags, mask] = BELIEVED.each_ref().map(|word| word.load(Ordering::Relaxed));
        if let Some(wanted) = wanted {
            for (word, value) in BELIEVED.iter().zip([wanted.handler, wanted.flags, wanted.mask]) {
                word.store(value, Ordering::Relaxed);
            }
        }
        if old != 0 {
            return Some(write_words(old, &[handler, flags, 0, mask]).map_or_else(|e| e, |()| 0));
        }
        return Some(0);
    }
    let mut asked = *original;
    let mut kernels = SigAction::default();
    if let Some(mut action) = wanted {
        action.mask &= !bit(SIGSYS);
        if action.handler > 1 {
            let row =
                Row { handler: action.handler, flags: action.flags, mask: action.mask, spare: 0 };
            let Some(trampoline) = trampoline_for(row) else { return Some(errno::ENOMEM) };
            action.handler = trampoline;
            action.flags = (action.flags | sa::SIGINFO) & !(sa::NODEFER | sa::RESETHAND);
            action.mask = ASYNCHRONOUS;
        }
        kernels = action;
        asked.args[1] = (&raw const kernels) as u64;
    }
    let mut before = SigAction::default();
    if old != 0 {
        asked.args[2] = (&raw mut before) as u64;
    }
    let result = ask(context, &asked);
    core::hint::black_box(&mut kernels);
    if result == 0 && old != 0 {
        let before = core::hint::black_box(before);
        let mut words = [before.handler, before.flags, before.restorer, before.mask];
        if let Some(row) = row_of_trampoline(before.handler) {
            words = [row.handler, row.flags, before.restorer, row.mask];
        }
        if let Err(error) = write_words(old, &words) {
            return Some(error);
        }
    }
    Some(result)
}

/// Resets what is handled to its default, as `CLONE_CLEAR_SIGHAND` does; SIGSYS stays ours.
pub fn reset_handlers() {
    for signal in (1..=64).filter(|s| ![9, 19, SIGSYS].contains(s)) {
        let mut action = SigAction::default();
        // SAFETY: the new task's own table; the structures are ours.
        unsafe { call(nr::RT_SIGACTION, &[signal, 0, (&raw mut action) as u64, 8]) };
        let action = core::hint::black_box(action);
        if action.handler > 1 {
            default_action(signal);
        }
    }
    BELIEVED[0].store(0, Ordering::Relaxed);
}

fn default_action(signal: u64) {
    let action = SigAction { handler: 0, flags: sa::RESTORER, restorer: at(rt_restorer), mask: 0 };
    // SAFETY: what the program asked for.
    unsafe { call(nr::RT_SIGACTION, &[signal, (&raw const action) as u64, 0, 8]) };
}

/// Makes the filter's signal ours.
pub fn install() {
    let action = SigAction {
        handler: on_sigsys as *const () as u64,
        flags: sa::SIGINFO | sa::ONSTACK | sa::NODEFER | sa::RESTORER,
        restorer: at(rt_restorer),
        mask: ASYNCHRONOUS,
    };
    // SAFETY: the program never sees SIGSYS but through us.
    unsafe {
        call(nr::RT_SIGACTION, &[SIGSYS, (&raw const action) as u64, 0, 8]);
        let mask = bit(SIGSYS);
        call(nr::RT_SIGPROCMASK, &[1, (&raw const mask) as u64, 0, 8]);
    }
}

/// `siginfo_t` of SIGSYS.
#[repr(C)]
struct SigSys {
    signal: i32,
    errno: i32,
    code: i32,
    pad: i32,
    address: u64,
    number: u32,
    arch: u32,
}

const SYS_SECCOMP: i32 = 1;

/// The filter stopped a call. Runs no handler: makes the thread go on in the site's stub.
extern "C" fn on_sigsys(signal: u64, info: &mut SigSys, frame: &mut UContext) {
    if info.code != SYS_SECCOMP || info.errno != i32::from(TRAP_TAG) {
        return foreign(signal, info, frame);
    }
    let number = u64::from(info.number);
    if info.address == at(rt_exit_trapped) || info.address == at(rt_app_trapped) {
        // SAFETY: the trap carries the number of the slot that this thread holds.
        let context = unsafe { &mut *Context::at(number - TRAP_NUMBER) };
        frame.mask = context.saved_mask;
        context.defer.store(0, Ordering::Relaxed);
        if info.address == at(rt_app_trapped) {
            frame.rip = at(rt_app_check);
        } else {
            finish_exit(context, frame);
        }
        return;
    }
    kernel::count(&shared().traps);
    if number >= TRAP_NUMBER {
        frame.rax = errno::ENOSYS.cast_unsigned();
        return;
    }
    let mut behind = frame.rip;
    if behind & !0xfff == 0xffff_ffff_ff60_0000 {
        // The vsyscall page: the kernel emulates `call`ed functions there, so do we; the place that
        // called is the site.
        match read_words::<1>(frame.rsp) {
            Ok([caller]) => behind = caller,
            Err(_) => return default_action(11),
        }
        frame.rsp += 8;
    }
    frame.rax = number;
    match stub_for(behind) {
        Some(stub) => frame.rip = stub.address(),
        None => without_stub(frame),
    }
}

/// No stub is left: the kernel is asked from here, unseen by handlers.
fn without_stub(frame: &mut UContext) {
    kernel::count(&shared().exhausted);
    if matches!(frame.rax, nr::CLONE | nr::CLONE3 | nr::VFORK | nr::FORK | nr::RT_SIGRETURN) {
        kernel::die("hijinks: the program makes calls from more places than can be followed\n");
    }
    let [r8, r9, r10, ..] = frame.r8_15;
    // SAFETY: it is the program's own call.
    let result = unsafe { call(frame.rax, &[frame.rdi, frame.rsi, frame.rdx, r10, r8, r9]) };
    frame.rax = result.cast_unsigned();
}

/// What the rest of the exit would do, done in a frame; the context is released.
fn finish_exit(context: &Context, frame: &mut UContext) {
    const SETTABLE: u64 = 0x44dd5;
    frame.rsp = context.rsp;
    frame.rax = context.rax;
    frame.eflags = frame.eflags & !SETTABLE | context.flags() & SETTABLE;
    *frame.r11() = context.flags();
    let stub = Stub::around(context.stub);
    if let Some(stub) = stub {
        if context.target == context.stub + STUB_RETURN {
            frame.rip = stub.return_address();
            frame.rcx = frame.rip;
        } else {
            frame.rip = context.stub + STUB_SYSCALL;
        }
    }
    context.release();
}

/// A SIGSYS that is not the engine's: of a filter of the program's own, of its system call user
/// dispatch, or sent by somebody.
fn foreign(signal: u64, info: &mut SigSys, frame: &mut UContext) {
    let [handler, flags, mask] = BELIEVED.each_ref().map(|word| word.load(Ordering::Relaxed));
    let forced = info.code > 0;
    if handler == 0 || (handler == 1 && forced) {
        default_action(SIGSYS);
        // SAFETY: dies of the signal that it would have died of.
        unsafe {
            let pid = call(nr::GETPID, &[]) as u64;
            let tid = call(nr::GETTID, &[]) as u64;
            call(nr::TGKILL, &[pid, tid, SIGSYS]);
        }
        return;
    }
    if handler == 1 || Context::holds(frame.rsp) {
        return;
    }
    if let Some(stub) = Stub::around(info.address) {
        info.address = stub.return_address();
    }
    let row = Row { handler, flags, mask, spare: 0 };
    let info = core::ptr::from_mut(info).cast();
    let call_now = rt_deliver(signal, info, frame, &row);
    if call_now != 0 {
        call_handler(call_now, signal, info, frame);
    }
}

fn call_handler(handler: u64, signal: u64, info: *mut u8, frame: &mut UContext) {
    type Function = extern "C" fn(u64, *mut u8, *mut UContext);
    // SAFETY: the program says that this is its handler.
    let handler = unsafe { core::mem::transmute::<usize, Function>(handler as usize) };
    handler(signal, info, frame);
}

/// Where a signal found the thread, once the frame has been made to look as without us.
enum Place {
    /// Nothing remains to be done.
    Program,
    /// The kernel is to be asked at this address; the frame shows the site.
    Door { really: u64, shown: u64 },
    /// In `rt_app`, at this address, for the handler of this context.
    Asking { really: u64, context: *mut Context },
}

fn context_at(address: u64) -> &'static mut Context {
    // SAFETY: in the windows where this is used the register holds the context that the thread has
    // claimed.
    unsafe { &mut *(address as *mut Context) }
}

/// Makes the frame look as if the program alone had been running.
fn settle(frame: &mut UContext) -> Place {
    let rip = frame.rip;
    if let Some(stub) = Stub::around(rip) {
        let site = stub.return_address() - 2;
        match rip - stub.address() {
            41 if *frame.r11() & 0xffff_ffff == 0 => context_at(frame.rcx).release(),
            44 if frame.rcx == 0 => context_at(*frame.r11()).release(),
            58 | 65 => context_at(*frame.r11()).release(),
            STUB_RETURN | STUB_PASS => context_at(frame.rcx).release(),
            _ => {}
        }
        match rip - stub.address() {
            STUB_PASS | STUB_SYSCALL => {
                frame.rip = site;
                return Place::Door { really: stub.address() + STUB_SYSCALL, shown: site };
            }
            STUB_RETURN..=STUB_TAIL | 93 => {
                frame.rip = stub.return_address();
                frame.rcx = frame.rip;
            }
            _ => frame.rip = site,
        }
        return Place::Program;
    }
    if (at(rt_claim_next)..at(rt_entered)).contains(&rip) {
        return unclaim(frame);
    }
    if (at(rt_left)..at(rt_left_end)).contains(&rip) {
        let context = context_at(frame.rcx);
        finish_exit(context, frame);
        return settle_door(frame);
    }
    if (at(rt_app_check)..=at(rt_app_after)).contains(&rip) {
        let context = context_at(frame.rbx);
        let stub = Stub::around(context.stub);
        let behind = stub.map_or(0, Stub::return_address);
        frame.rbx = context.rbx;
        if rip == at(rt_app_after) {
            frame.rip = behind;
        } else {
            frame.rip = behind - 2;
            frame.rax = context.rax;
        }
        [frame.rdi, frame.rsi, frame.rdx] = [context.rdi, context.rsi, context.rdx];
        [frame.r8_15[0], frame.r8_15[1], frame.r8_15[2]] = [context.r8, context.r9, context.r10];
        return Place::Asking { really: rip, context };
    }
    Place::Program
}

/// `finish_exit` may have left the frame at a stub's `syscall`.
fn settle_door(frame: &mut UContext) -> Place {
    match Stub::around(frame.rip) {
        Some(stub) => {
            let shown = stub.return_address() - 2;
            frame.rip = shown;
            Place::Door { really: stub.address() + STUB_SYSCALL, shown }
        }
        None => Place::Program,
    }
}

/// Between a stub and the runtime's stack: back to the site.
fn unclaim(frame: &mut UContext) -> Place {
    const CARRY: u64 = 1;
    let rip = frame.rip;
    let stub = Stub::around(frame.rcx);
    let packed = at(rt_claim_packed)..at(rt_claim_unpacked);
    let claimed = rip > at(rt_claim_tested) && rip >= at(rt_claim_restore)
        || rip == at(rt_claim_tested) && frame.eflags & CARRY == 0;
    if claimed {
        context_at(*frame.r11()).release();
    }
    if packed.contains(&rip) {
        let kept = frame.rax;
        if (at(rt_claim_scan)..=at(rt_claim_sahf)).contains(&rip) {
            // lahf: SF ZF AF PF CF as they lie in the low byte; seto: 1, or 0x80 after the add.
            let overflow = match kept & 0xff {
                0 | 0x7f => 0,
                _ => 0x800,
            };
            frame.eflags = frame.eflags & !0x8d5 | (kept >> 8) & 0xd5 | overflow;
        }
        frame.rax = kept.swap_bytes() & 0xffff_ffff;
    } else {
        frame.rax &= 0xffff_ffff;
    }
    let _ = (at(rt_claim_flags), at(rt_enter));
    if let Some(stub) = stub {
        frame.rip = stub.return_address() - 2;
    }
    Place::Program
}

/// A signal for the program. The kernel has blocked all; returns the handler if it can be jumped
/// to, 0 if all is done.
#[unsafe(no_mangle)]
extern "C" fn rt_deliver(signal: u64, info: *mut u8, frame: &mut UContext, row: &Row) -> u64 {
    let own = if row.flags & sa::NODEFER == 0 { bit(signal) } else { 0 };
    let mask = (frame.mask | row.mask | own) & !bit(SIGSYS);
    if row.flags & sa::RESETHAND != 0 {
        default_action(signal);
    }
    match settle(frame) {
        Place::Program => {
            set_mask(mask);
            row.handler
        }
        Place::Door { really, shown } => {
            set_mask(mask);
            call_handler(row.handler, signal, info, frame);
            if frame.rip == shown {
                frame.rip = really;
            }
            0
        }
        Place::Asking { really, context } => {
            let shown = frame.rip;
            // SAFETY: `rt_app` holds it; the thread is interrupted there.
            unsafe {
                // Itself is not interrupted yet, so it is not among them.
                reclaim((*context).fs, frame.rsp);
                (*context).interrupted = true;
            }
            set_mask(mask);
            call_handler(row.handler, signal, info, frame);
            // SAFETY: `rt_app` holds it until the handler, here, sends the thread elsewhere.
            let context = unsafe { &mut *context };
            if frame.rip == shown {
                context.interrupted = false;
                frame.rip = really;
                frame.rbx = context.address();
                let [_, rdi, rsi, rdx, r10, r8, r9] = context.call;
                [frame.rdi, frame.rsi, frame.rdx] = [rdi, rsi, rdx];
                [frame.r8_15[0], frame.r8_15[1], frame.r8_15[2]] = [r8, r9, r10];
                if really != at(rt_app_after) {
                    frame.rax = if really == at(rt_app_call) { context.call[0] } else { frame.rax };
                }
            } else {
                context.release();
            }
            0
        }
    }
}

/// A signal found the thread on a context's stack: it waits until the runtime is left.
#[unsafe(no_mangle)]
extern "C" fn rt_defer(signal: u64, info: *mut u8, frame: &mut UContext, _row: &Row) {
    // SAFETY: the stack pointer is in its slot.
    let context = unsafe { &mut *Context::of(frame.rsp) };
    // SAFETY: the kernel wrote a siginfo.
    let code = unsafe { *info.cast::<i32>().add(2) };
    if bit(signal) & ASYNCHRONOUS == 0 && code > 0 {
        // Our own fault, not the program's.
        frame.rip = faulted as *const () as u64;
        frame.rdi = context.address();
        frame.rsp = (context.address() - 64) & !15;
        frame.rsp -= 8;
        return;
    }
    if context.defer.swap(1, Ordering::Relaxed) == 0 {
        context.saved_mask = frame.mask;
    }
    kernel::count(&shared().deferred);
    // SAFETY: sends the same signal to the same thread again; it is blocked from here on.
    unsafe {
        let pid = call(nr::GETPID, &[]) as u64;
        let tid = call(nr::GETTID, &[]) as u64;
        call(nr::RT_TGSIGQUEUEINFO, &[pid, tid, signal, info as u64]);
    }
    frame.mask |= ASYNCHRONOUS;
    let rip = frame.rip;
    if (at(rt_exit_check)..at(rt_left)).contains(&rip)
        || (at(rt_left_end)..at(rt_exit_trapped)).contains(&rip)
    {
        frame.rip = at(rt_exit_check);
    }
    if (at(rt_app_check)..at(rt_app_call)).contains(&rip) {
        frame.rip = at(rt_app_check);
    }
}
