//! Calls that the runtime must see, wanted by a handler or not, to stay unseen itself.
//!
//! SIGSYS must never be blocked or ignored (the kernel would kill the process at the next hooked
//! call), so it is taken out of every mask the program sets; filters of the program must not stop
//! the runtime's own calls; signal stacks, threads and processes need a word with [`task`].
//!
//! # Safety
//! Structures of the program are copied in and out by the kernel; what is passed on in their place
//! lies on our stack and outlives the call.
#![allow(unsafe_code)]

use engine::Call;

use crate::context::Context;
use crate::dispatch::ask;
use crate::guest::{read, read_words};
use crate::kernel::{SIGSYS, bit, complain, errno, nr};
use crate::{signal, task};

unsafe extern "C" {
    static rt_gate: u8;
    static rt_gate_end: u8;
}

/// Stands in for the kernel where needed: the result, or `None` if the call can be made as it is.
pub fn stand_in(context: &mut Context, call: &Call) -> Option<i64> {
    match call.nr {
        nr::RT_SIGACTION => signal::sigaction(context, call),
        // SIG_UNBLOCK of it does no harm.
        nr::RT_SIGPROCMASK if call.args[0] == 1 => None,
        nr::RT_SIGPROCMASK | nr::PPOLL => {
            masked(context, call, if call.nr == nr::PPOLL { 3 } else { 1 })
        }
        nr::RT_SIGSUSPEND => masked(context, call, 0),
        nr::EPOLL_PWAIT | nr::EPOLL_PWAIT2 => masked(context, call, 4),
        nr::PSELECT6 | nr::IO_PGETEVENTS => masked_indirectly(context, call),
        nr::SIGALTSTACK => task::sigaltstack(context, call),
        nr::CLONE | nr::CLONE3 | nr::FORK | nr::VFORK => task::clone(context, call),
        nr::EXIT => {
            task::thread_ends(context);
            None
        }
        nr::PTRACE if call.args[0] == 0 => Some(refuse_to_be_traced()),
        nr::SECCOMP if call.args[0] == 1 => own_filter(context, call, 2),
        // System call user dispatch would stop the runtime's own calls, too: not here, as on kernels
        // before 5.11.
        nr::PRCTL if call.args[0] == 59 && call.args[1] != 0 => Some(errno::EINVAL),
        nr::PRCTL if call.args[0] == 22 && call.args[1] == 2 => own_filter(context, call, 2),
        _ => None,
    }
}

/// `PTRACE_TRACEME`. A trap of the filter is a signal, at which a traced task stops for its tracer;
/// but a debugger that starts a program waits in `vfork`, and both would wait for ever. Besides, the
/// kernel lets nobody but that tracer follow the `execve` to come.
fn refuse_to_be_traced() -> i64 {
    complain(
        "hijinks: a program that hijinks runs can't start another one to trace it; use --engine \
         ptrace, or attach the debugger to the running program\n",
    );
    errno::EPERM
}

/// The argument `index` points to a mask.
fn masked(context: &mut Context, original: &Call, index: usize) -> Option<i64> {
    let at = original.args[index];
    let [mask] = if at == 0 { return None } else { read_words::<1>(at).ok()? };
    if mask & bit(SIGSYS) == 0 {
        return None;
    }
    let mask = mask & !bit(SIGSYS);
    let mut asked = *original;
    asked.args[index] = (&raw const mask) as u64;
    let result = ask(context, &asked);
    core::hint::black_box(&mask);
    Some(result)
}

/// The sixth argument points to a pointer to a mask and its size.
fn masked_indirectly(context: &mut Context, original: &Call) -> Option<i64> {
    let at = original.args[5];
    let [pointer, size] = if at == 0 { return None } else { read_words::<2>(at).ok()? };
    let [mask] = if pointer == 0 { return None } else { read_words::<1>(pointer).ok()? };
    if mask & bit(SIGSYS) == 0 {
        return None;
    }
    let mask = mask & !bit(SIGSYS);
    let pair = [(&raw const mask) as u64, size];
    let mut asked = *original;
    asked.args[5] = pair.as_ptr() as u64;
    let result = ask(context, &asked);
    core::hint::black_box((&mask, &pair));
    Some(result)
}

/// A filter of the program's own: put behind a few instructions that let the gate's calls pass. The
/// stubs' calls are the program's, and its filter judges them.
fn own_filter(context: &mut Context, original: &Call, index: usize) -> Option<i64> {
    const LOAD: u16 = 0x20;
    const JEQ: u16 = 0x15;
    const JGT: u16 = 0x25;
    const RET: u16 = 0x06;
    const MOST: usize = 512;
    #[derive(Clone, Copy)]
    #[repr(C)]
    struct Instruction(u16, u8, u8, u32);
    let [len, program] = read_words::<2>(original.args[index]).ok()?;
    let len = len as u16 as usize;
    if len == 0 || len > MOST {
        return None;
    }
    let mut filter = [Instruction(0, 0, 0, 0); MOST + 6];
    let (low, high) = ((&raw const rt_gate) as u64, (&raw const rt_gate_end) as u64);
    let prefix = [
        Instruction(LOAD, 0, 0, 12),
        Instruction(JEQ, 0, 4, (low >> 32) as u32),
        Instruction(LOAD, 0, 0, 8),
        Instruction(JGT, 0, 2, low as u32),
        Instruction(JGT, 1, 0, high as u32),
        Instruction(RET, 0, 0, 0x7fff_0000),
    ];
    filter[..6].copy_from_slice(&prefix);
    // SAFETY: instructions of a filter are eight plain bytes.
    let rest =
        unsafe { core::slice::from_raw_parts_mut(filter[6..].as_mut_ptr().cast::<u8>(), len * 8) };
    read(program, rest).ok()?;
    let program = [len as u64 + 6, filter.as_ptr() as u64];
    let mut asked = *original;
    asked.args[index] = program.as_ptr() as u64;
    let result = ask(context, &asked);
    core::hint::black_box((&filter, &program));
    Some(result)
}
