//! Several native stacks in one VM.
//!
//! A method written in Rust may have to wait: for the kernel, for another thread. Meanwhile other
//! handlers shall run in the same VM. Each native stack (a coroutine, or a thread under a lock) gets
//! a [`Context`]; it [enters](Vm::enter) there, and [parks](Vm::park) around every place where
//! control may leave its native stack:
//!
//! ```
//! # let vm = mruby::Vm::new(Default::default()).unwrap();
//! # use mruby::{Context, Value};
//! let context = Context::new(&vm, 256 * 1024).unwrap();
//! let kernel = vm.constant("Kernel").unwrap();
//! vm.define_method(kernel, "proceed", |vm, _, _| {
//!     let parked = vm.park();
//!     // here another native stack may run and use the VM
//!     parked.unpark();
//!     Ok(Value::NIL)
//! })
//! .unwrap();
//! vm.enter(&context, || vm.eval("proceed", "handler.rb", 1)).unwrap();
//! ```
//!
//! What is switched: mruby's stack (a Fiber's context), its exception handlers, its list of new
//! objects, the budget. Parked stacks are roots for the collector. Switching allocates nothing and
//! can't fail. Whoever entered or unparked a context (its parent) runs again when it parks or ends.
//! Fibers and Enumerators inside a context work as ever.
//!
//! # Safety
//! A strand lives in the context that its pointer was taken from: [`Parked`] holds one. A strand is
//! switched to only from idle or parked, which [`State`] tracks.
#![allow(unsafe_code)]

use alloc::rc::Rc;
use core::cell::{Cell, UnsafeCell};
use core::fmt;
use core::mem::MaybeUninit;
use core::ptr;

use mruby_sys as sys;

use crate::error::Error;
use crate::value::Value;
use crate::vm::Vm;

/// What a native stack needs of the VM. Reusable, one call after the other: keep a pool.
#[derive(Clone)]
pub struct Context(Rc<Inner>);

#[repr(C)]
struct Inner {
    /// First, so that its address is that of `Inner`.
    strand: UnsafeCell<MaybeUninit<sys::Strand>>,
    state: Cell<State>,
    stack: Cell<usize>,
    vm: Vm,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Idle,
    Running,
    Parked,
    Abandoned,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Context").field(&self.0.state.get()).finish()
    }
}

impl Inner {
    fn strand(&self) -> *mut sys::Strand {
        self.strand.get().cast()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // SAFETY: nobody holds the context, so it neither runs nor will be unparked. One that was
        // abandoned while parked loses its stack to the collector.
        unsafe { sys::hj_strand_free(self.vm.state(), self.strand()) }
    }
}

impl Context {
    /// A context whose calls may use so many bytes of native stack, counted from where a call
    /// starts; then `SystemStackError`. Leave 64 KiB of the stack for native methods.
    ///
    /// # Errors
    /// `NoMemoryError`
    pub fn new(vm: &Vm, native_stack: usize) -> Result<Self, Error> {
        let inner = Rc::new(Inner {
            strand: UnsafeCell::new(MaybeUninit::zeroed()),
            state: Cell::new(State::Idle),
            stack: Cell::new(native_stack),
            vm: vm.clone(),
        });
        let strand = inner.strand();
        // SAFETY: the strand stays where it is, inside the Rc, until it is freed.
        vm.protect(|vm, out| unsafe { sys::hj_strand_new(vm, strand, out) })?;
        Ok(Context(inner))
    }

    /// Lets go of what a parked native stack keeps alive in Ruby, because that stack is gone and
    /// will never run again (a coroutine that was reset without unwinding: its task died). The
    /// context is of no use afterwards. No effect unless it is parked.
    pub fn abandon(&self) {
        if self.0.state.get() == State::Parked {
            self.0.state.set(State::Abandoned);
            // SAFETY: parked, so it is not running; the state keeps it from being switched to.
            unsafe { sys::hj_abandon(self.0.vm.state(), self.0.strand()) }
        }
    }

    /// Whether it can be entered.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.0.state.get() == State::Idle
    }
}

impl Vm {
    /// Runs `call` in a context, as the outermost level of this native stack.
    ///
    /// Values made in the context end with it: convert them inside, or carry a
    /// [`Root`](crate::Root) out. (The result of the last call inside lives on outside, as far as a
    /// result of a call made there would.)
    ///
    /// # Panics
    /// If the context is in use, or if `call` ends while another context is the running one
    /// (somebody switched native stacks without [parking](Vm::park)).
    pub fn enter<R>(&self, context: &Context, call: impl FnOnce() -> R) -> R {
        assert!(context.is_idle(), "the context is in use by another native stack");
        let entered = Entered { vm: self, context };
        context.0.state.set(State::Running);
        // SAFETY: idle until now.
        unsafe { sys::hj_enter(self.state(), context.0.strand(), context.0.stack.get()) }
        let result = call();
        drop(entered);
        result
    }

    /// Leaves the VM to others in the middle of a method: the state of this native stack is set
    /// aside until the guard goes. Call it just before control may leave the native stack, and let
    /// the guard go on the same native stack when control is back.
    #[must_use = "the guard brings this native stack's state back"]
    pub fn park(&self) -> Parked<'_> {
        // SAFETY: an open VM. A strand other than the main one is the first field of an Inner that
        // `enter` borrows further up this stack.
        unsafe {
            let strand = sys::hj_park(self.state());
            let switched = strand != sys::hj_current(self.state());
            let context = switched.then(|| {
                let inner: *const Inner = strand.cast_const().cast();
                Rc::increment_strong_count(inner);
                Context(Rc::from_raw(inner))
            });
            if let Some(context) = &context {
                context.0.state.set(State::Parked);
            }
            Parked { vm: self, context }
        }
    }
}

struct Entered<'a> {
    vm: &'a Vm,
    context: &'a Context,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        let strand = self.context.0.strand();
        // SAFETY: it is the running strand, or it is left alone.
        unsafe {
            if ptr::eq(sys::hj_current(self.vm.state()), strand) {
                sys::hj_leave(self.vm.state(), strand);
                self.context.0.state.set(State::Idle);
                return;
            }
        }
        // Unwound while parked: its Ruby frames are gone, it must not be used again.
        self.context.0.state.set(State::Parked);
    }
}

/// The state of a native stack that has left the VM to others.
#[derive(Debug)]
#[must_use = "the guard brings this native stack's state back"]
pub struct Parked<'vm> {
    vm: &'vm Vm,
    /// `None` for the VM's own (the main) state, which needs no setting aside.
    context: Option<Context>,
}

impl Parked<'_> {
    /// Comes back.
    pub fn unpark(self) {
        drop(self);
    }
}

impl Drop for Parked<'_> {
    fn drop(&mut self) {
        if let Some(context) = &self.context {
            let state = context.0.state.replace(State::Running);
            assert!(state == State::Parked, "an abandoned native stack came back");
            // SAFETY: parked until now, and alive.
            unsafe { sys::hj_unpark(self.vm.state(), context.0.strand()) }
        }
    }
}

#[allow(dead_code, reason = "the layout that park relies on")]
const _: () = assert!(core::mem::offset_of!(Inner, strand) == 0);
#[allow(dead_code, reason = "values cross the boundary as they are")]
const _: () = assert!(size_of::<Value>() == size_of::<sys::Value>());
