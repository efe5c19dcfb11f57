//! From the assembly to the handler and back.
//!
//! # Safety
//! `rt_dispatch` is called by `entry.s` with a claimed context; `rt_leave` abandons the stack it is
//! called on, of which nothing is needed any more.
#![allow(unsafe_code)]

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, Ordering};

use engine::{Call, Handler, Verdict};

use crate::context::{Context, thread_pointer};
use crate::guest::Inside;
use crate::kernel::{self, nr, shared};
use crate::layout::{Config, kind};
use crate::lock::HANDLERS;
use crate::native::NATIVE;
use crate::{ruby, task, virt};

unsafe extern "C" {
    fn rt_app(context: *mut Context) -> i64;
    fn rt_leave(context: *mut Context) -> !;
}

struct Settings(UnsafeCell<Config>);
// SAFETY: written by the host before the image is mapped, and never again.
unsafe impl Sync for Settings {}

/// What the host wants. The assembly tests `kind`, which comes first.
#[unsafe(no_mangle)]
#[unsafe(link_section = ".data")]
static rt_config: Settings = Settings(UnsafeCell::new(Config {
    kind: [0; 512],
    native: [0; 512],
    value: [0; 512],
    no_patch: 0,
    script: 0,
}));

/// What the host wants.
pub fn config() -> &'static Config {
    // SAFETY: nobody writes.
    unsafe { &*rt_config.0.get() }
}

static OFF: AtomicBool = AtomicBool::new(false);

/// No handler is entered any more in this process. Whether that was so already.
pub fn switch_off() -> bool {
    OFF.swap(true, Ordering::Relaxed)
}

/// The program's call as its registers have it.
pub fn registers(context: &Context) -> Call {
    let c = context;
    Call { nr: c.rax, args: [c.rdi, c.rsi, c.rdx, c.r10, c.r8, c.r9] }
}

/// Asks the kernel, in the program's own state.
pub fn ask(context: &mut Context, call: &Call) -> i64 {
    context.call[0] = call.nr;
    context.call[1..].copy_from_slice(&call.args);
    // SAFETY: the context is claimed by this thread and we are on its stack.
    unsafe { rt_app(context) }
}

/// Leaves for good with a call that does not come back, or after which our stack is of no use.
pub fn leave_with(context: &mut Context, call: &Call) -> ! {
    context.rax = call.nr;
    [context.rdi, context.rsi, context.rdx, context.r10, context.r8, context.r9] = call.args;
    context.pass();
    // SAFETY: see the module.
    unsafe { rt_leave(context) }
}

/// Leaves from wherever the handler stands: with the kernel's answer if it was asked, else by
/// asking it.
pub fn abandon(context: &mut Context) -> ! {
    HANDLERS.leave_if(context.address());
    if context.asked {
        let answer = context.answer;
        context.finish(answer);
    } else {
        context.pass();
    }
    // SAFETY: see the module.
    unsafe { rt_leave(context) }
}

/// A hooked call of the program: decides how it is left.
#[unsafe(no_mangle)]
extern "C" fn rt_dispatch(context: &mut Context) {
    let call = registers(context);
    let number = call.nr as usize;
    let wanted = config().kind[number];
    context.asked = false;
    context.interrupted = false;
    context.fs = thread_pointer();
    if wanted & kind::USER != 0 && !OFF.load(Ordering::Relaxed) {
        let mut guest = Inside::new(context, call);
        let verdict = match ruby::script() {
            Some(script) => {
                HANDLERS.enter(guest.address());
                ruby::announce(script);
                let verdict = script.call(&mut guest);
                HANDLERS.leave();
                verdict
            }
            None => NATIVE.call(&mut guest),
        };
        guest.drop_scratch();
        match verdict {
            Verdict::Return(result) => return context.finish(result),
            Verdict::Pass if context.asked => {
                let answer = context.answer;
                return context.finish(answer);
            }
            Verdict::Pass => {
                let changed = guest.wanted();
                if changed != call {
                    let result = issue(context, &changed);
                    return context.finish(result);
                }
            }
        }
    }
    if wanted & kind::VIRTUAL != 0
        && let Some(result) = virt::stand_in(context, &call)
    {
        return context.finish(result);
    }
    context.pass();
}

/// Makes a call for the program: by what stands in for it, else by the kernel.
pub fn issue(context: &mut Context, call: &Call) -> i64 {
    if matches!(call.nr, nr::EXIT | nr::EXIT_GROUP | nr::RT_SIGRETURN) {
        if call.nr == nr::EXIT {
            task::thread_ends(context);
        }
        leave_with(context, call);
    }
    let is_virtual = config().kind.get(call.nr as usize).is_some_and(|k| k & kind::VIRTUAL != 0);
    let stood_in = if is_virtual { virt::stand_in(context, call) } else { None };
    let result = match stood_in {
        Some(result) => result,
        None => ask(context, call),
    };
    context.asked = true;
    context.answer = result;
    result
}

/// The runtime itself faulted: the signal handler makes the thread go on here, on its context's
/// stack.
pub extern "C" fn faulted(context: &mut Context) -> ! {
    kernel::count(&shared().broken);
    if !switch_off() {
        kernel::complain("hijinks: the runtime faulted; this process goes on without handlers\n");
    }
    abandon(context)
}
