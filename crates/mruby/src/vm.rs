//! The VM: opening one, running programs, calling methods and blocks.
//!
//! # Safety
//! Every call into C here passes the state of an open VM (it is closed when the last handle goes)
//! and goes through the shim's protection, so nothing unwinds through Rust. Values are passed as
//! they are: that they are alive is the rule of [`Value`](crate::Value).
#![allow(unsafe_code)]

use alloc::alloc::{Layout, alloc, dealloc, realloc};
use alloc::boxed::Box;
use alloc::ffi::CString;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::any::Any;
use core::cell::{Cell, RefCell};
use core::ffi::{c_int, c_void};
use core::fmt;
use core::mem::ManuallyDrop;
use core::ptr;

use mruby_sys as sys;

use crate::error::Error;
use crate::symbol::Name;
use crate::value::Value;

/// What a VM may use. The default bounds depth and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Bytes of memory; then `NoMemoryError`.
    pub memory: Option<usize>,
    /// Instructions of one outermost call; then `BudgetExceeded`, which no `rescue` survives.
    pub instructions: Option<u64>,
    /// Ruby calls within calls; then `SystemStackError`.
    pub call_depth: usize,
    /// Bytes of native stack below an outermost call (Ruby uses some only where it calls native
    /// code that calls Ruby again); then `SystemStackError`. Keep 64 KiB of reserve for native
    /// methods.
    pub native_stack: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options { memory: None, instructions: None, call_depth: 8000, native_stack: 1 << 20 }
    }
}

/// A Ruby VM. A handle: cloning it is cheap, and the VM is closed when the last one goes (a
/// [`Root`](crate::Root), an [`Error`] or a [`Context`](crate::Context) counts as one). It stays on
/// its thread, or goes from thread to thread under a lock that the embedder holds.
#[derive(Clone)]
pub struct Vm(pub(crate) Rc<Inner>);

pub(crate) struct Inner {
    state: Cell<*mut sys::State>,
    limits: Cell<Options>,
    poll_every: Cell<u64>,
    poll: RefCell<Option<Rc<Poll>>>,
    /// Closures that Ruby methods point to: they live as long as the VM.
    methods: RefCell<Vec<Box<dyn Any>>>,
}

type Poll = dyn Fn(&Vm) -> bool;

impl fmt::Debug for Vm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Vm").field(&self.0.state.get()).finish()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if !self.state.get().is_null() {
            // SAFETY: the last handle is gone, so nobody is inside the VM or will be.
            unsafe { sys::hj_close(self.state.get()) }
        }
    }
}

/// mruby's memory comes from Rust's global allocator.
unsafe extern "C" fn allocate(_: *mut c_void, p: *mut u8, old: usize, new: usize) -> *mut u8 {
    let layout = |size| Layout::from_size_align(size, 16);
    // SAFETY: the shim passes back what this function gave, with the size it asked for, and never a
    // size of zero except to free.
    unsafe {
        match (layout(old), layout(new)) {
            (_, Ok(new)) if p.is_null() => alloc(new),
            (Ok(old), _) if new == 0 => {
                dealloc(p, old);
                ptr::null_mut()
            }
            (Ok(old), Ok(_)) => realloc(p, old, new),
            _ => ptr::null_mut(),
        }
    }
}

unsafe extern "C" fn poll(rust: *mut c_void) -> c_int {
    // SAFETY: the shim passes what `open` gave it.
    let vm = unsafe { Vm::borrow(rust) };
    let poll = vm.0.poll.borrow().clone();
    poll.is_some_and(|poll| poll(&vm)).into()
}

impl Vm {
    /// Opens a VM with mruby's core library and our gems.
    ///
    /// # Errors
    /// `NoMemoryError` if the memory allowed is not even enough for that (about 200 KiB).
    pub fn new(options: Options) -> Result<Self, Error> {
        let vm = Vm(Rc::new(Inner {
            state: Cell::new(ptr::null_mut()),
            limits: Cell::new(options),
            poll_every: Cell::new(0),
            poll: RefCell::new(None),
            methods: RefCell::new(Vec::new()),
        }));
        let hooks = sys::Hooks {
            alloc: allocate,
            alloc_data: ptr::null_mut(),
            drop: crate::data::drop_data,
            poll,
        };
        let rust = Rc::as_ptr(&vm.0).cast_mut().cast();
        let memory = options.memory.unwrap_or(0);
        // SAFETY: the hooks fit their types, and `rust` outlives the VM, which it closes.
        let state = unsafe { sys::hj_open(&hooks, rust, memory, options.native_stack) };
        if state.is_null() {
            return Err(Error::new("NoMemoryError", "not enough memory to open a Ruby VM"));
        }
        vm.0.state.set(state);
        vm.apply_limits();
        Ok(vm)
    }

    /// The handle for code that the VM calls.
    ///
    /// # Safety
    /// `rust` is what [`Vm::new`] gave to the shim, and a handle is alive further up the stack.
    pub(crate) unsafe fn borrow(rust: *mut c_void) -> ManuallyDrop<Vm> {
        // SAFETY: by the contract it came from `Rc::as_ptr`; not dropping it leaves the count alone.
        ManuallyDrop::new(Vm(unsafe { Rc::from_raw(rust.cast_const().cast()) }))
    }

    pub(crate) fn state(&self) -> *mut sys::State {
        self.0.state.get()
    }

    pub(crate) fn keep_method(&self, method: Box<dyn Any>) {
        self.0.methods.borrow_mut().push(method);
    }

    /// What the limits are now.
    #[must_use]
    pub fn limits(&self) -> Options {
        self.0.limits.get()
    }

    /// Changes the limits; for calls that are in progress as well, except the native stack.
    pub fn set_limits(&self, limits: Options) {
        self.0.limits.set(limits);
        self.apply_limits();
    }

    /// Asks `stop` every so many instructions whether the script has run long enough: on `true` it
    /// ends with `DeadlineExceeded`, which no `rescue` survives. A deadline is a closure over a
    /// clock. 1000 instructions are about 4 µs.
    pub fn set_poll(&self, every: u64, stop: impl Fn(&Vm) -> bool + 'static) {
        *self.0.poll.borrow_mut() = Some(Rc::new(stop));
        self.0.poll_every.set(every.max(1));
        self.apply_limits();
    }

    /// No longer asks.
    pub fn clear_poll(&self) {
        self.0.poll_every.set(0);
        *self.0.poll.borrow_mut() = None;
        self.apply_limits();
    }

    fn apply_limits(&self) {
        let Options { memory, instructions, call_depth, .. } = self.0.limits.get();
        let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        // SAFETY: an open VM; plain numbers.
        unsafe {
            sys::hj_limits(
                self.state(),
                signed(instructions.unwrap_or(0)),
                signed(self.0.poll_every.get()),
                memory.unwrap_or(0),
                isize::try_from(call_depth).unwrap_or(isize::MAX),
            );
        }
    }

    /// A status and value of the shim as a `Result`.
    pub(crate) fn check(&self, status: c_int, out: sys::Value) -> Result<Value, Error> {
        if status == 0 { Ok(Value(out)) } else { Err(Error::raised(self, Value(out))) }
    }

    pub(crate) fn protect(
        &self,
        call: impl FnOnce(*mut sys::State, *mut sys::Value) -> c_int,
    ) -> Result<Value, Error> {
        let mut out = sys::NIL;
        let status = call(self.state(), &raw mut out);
        self.check(status, out)
    }

    /// Parses a program without running it. `line` is the number of its first line.
    ///
    /// # Errors
    /// `SyntaxError`, with [`Error::syntax_errors`].
    pub fn parse(&self, source: &str, file: &str, line: u16) -> Result<Program, Error> {
        let file = CString::new(file.replace('\0', "?")).expect("the NULs were replaced");
        self.protect(|vm, out| {
            // SAFETY: see the module.
            unsafe {
                let text = source.as_ptr().cast();
                sys::hj_parse(vm, text, source.len(), file.as_ptr(), line.into(), out)
            }
        })
        .map(|proc| Program(self.root(proc)))
    }

    /// Reads bytecode, of [`Vm::compile`] or `mrbc`, without running it.
    ///
    /// Bytecode is trusted: made up by a stranger, it can do anything.
    ///
    /// # Errors
    /// `ScriptError` if it is not bytecode of this version.
    pub fn read(&self, bytecode: &[u8]) -> Result<Program, Error> {
        // SAFETY: see the module.
        self.protect(|vm, out| unsafe { sys::hj_load(vm, bytecode.as_ptr(), bytecode.len(), out) })
            .map(|proc| Program(self.root(proc)))
    }

    /// Runs a program at the top level, with `self` = `main`. May be run again.
    ///
    /// # Errors
    /// What the program raises.
    pub fn run(&self, program: &Program) -> Result<Value, Error> {
        // SAFETY: see the module.
        self.protect(|vm, out| unsafe { sys::hj_run(vm, program.0.value().0, out) })
    }

    /// Parses and runs.
    ///
    /// # Errors
    /// `SyntaxError`, or what the program raises.
    pub fn eval(&self, source: &str, file: &str, line: u16) -> Result<Value, Error> {
        self.run(&self.parse(source, file, line)?)
    }

    /// Compiles to bytecode with line numbers, which needs no parser to run: [`Vm::load`].
    ///
    /// # Errors
    /// `SyntaxError`.
    pub fn compile(&self, source: &str, file: &str) -> Result<Vec<u8>, Error> {
        let program = self.parse(source, file, 1)?;
        // SAFETY: see the module.
        let dump = |vm, out| unsafe { sys::hj_dump(vm, program.0.value().0, out) };
        let bytes = self.protect(dump)?;
        self.bytes(bytes)
    }

    /// Reads and runs bytecode.
    ///
    /// # Errors
    /// As [`Vm::read`] and [`Vm::run`].
    pub fn load(&self, bytecode: &[u8]) -> Result<Value, Error> {
        self.run(&self.read(bytecode)?)
    }

    /// Calls a method. A `Hash` at the end is a positional argument, not keywords: mruby has no way
    /// to pass keywords from native code.
    ///
    /// # Errors
    /// What the method raises; `NoMethodError`.
    pub fn call(&self, this: Value, name: impl Name, args: &[Value]) -> Result<Value, Error> {
        self.call_with_block(this, name, args, Value::NIL)
    }

    /// Calls a method with a block (a `Proc`, or `nil` for none).
    ///
    /// # Errors
    /// What the method raises.
    pub fn call_with_block(
        &self,
        this: Value,
        name: impl Name,
        args: &[Value],
        block: Value,
    ) -> Result<Value, Error> {
        let mid = name.symbol(self)?.0;
        let (argv, argc) = raw_args(args);
        // SAFETY: see the module.
        self.protect(|vm, out| unsafe { sys::hj_send(vm, this.0, mid, argv, argc, block.0, out) })
    }

    /// Calls a method with keyword arguments (a Hash with Symbols as keys) and perhaps a block.
    /// mruby itself offers this to Ruby code only, so it goes through a bit of that.
    ///
    /// # Errors
    /// What the method raises; `ArgumentError` for unknown keywords.
    pub fn call_with_keywords(
        &self,
        this: Value,
        name: impl Name,
        args: &[Value],
        keywords: Value,
        block: Value,
    ) -> Result<Value, Error> {
        const NAME: &str = "mruby.send";
        let mut send = self.global(NAME)?;
        if send.is_nil() {
            let source = "proc { |o, name, args, keywords, block| \
                          o.__send__(name, *args, **keywords, &block) }";
            send = self.eval(source, NAME, 1)?;
            self.set_global(NAME, send)?;
        }
        let (name, args) = (name.symbol(self)?.into(), self.array(args)?);
        self.yield_block(send, &[this, name, args, keywords, block])
    }

    /// Calls a block.
    ///
    /// # Errors
    /// What the block raises; `TypeError` if it is no `Proc`.
    pub fn yield_block(&self, block: Value, args: &[Value]) -> Result<Value, Error> {
        let (argv, argc) = raw_args(args);
        // SAFETY: see the module.
        self.protect(|vm, out| unsafe { sys::hj_yield(vm, block.0, argv, argc, out) })
    }

    /// Calls a block with another `self`, as `instance_exec` does: the cheapest call there is.
    ///
    /// # Errors
    /// What the block raises; `TypeError` if it is no `Proc`.
    pub fn yield_with_self(
        &self,
        this: Value,
        block: Value,
        args: &[Value],
    ) -> Result<Value, Error> {
        let (argv, argc) = raw_args(args);
        // SAFETY: see the module.
        self.protect(|vm, out| unsafe { sys::hj_yield_self(vm, block.0, this.0, argv, argc, out) })
    }

    /// Collects all garbage now.
    pub fn collect_garbage(&self) {
        // SAFETY: an open VM; the shim refuses inside the collector.
        unsafe { sys::hj_full_gc(self.state()) }
    }

    /// Bytes in use.
    #[must_use]
    pub fn memory_used(&self) -> usize {
        // SAFETY: an open VM.
        unsafe { sys::hj_memory_used(self.state()) }
    }

    /// Whether a call is in progress on this native stack: false at the outermost level, where
    /// new values are kept until a [`Vm::scope`] ends.
    #[must_use]
    pub fn in_call(&self) -> bool {
        // SAFETY: an open VM.
        unsafe { sys::hj_depth(self.state()) > 0 }
    }

    /// The values made from now on may be collected when the guard goes. For the outermost level,
    /// and for long loops in a method: a method's own values go when it returns.
    ///
    /// ```
    /// # let vm = mruby::Vm::new(Default::default()).unwrap();
    /// for n in 0..1000 {
    ///     let _scope = vm.scope();
    ///     let text = vm.string("many of these").unwrap();
    ///     vm.call(text, "upcase", &[]).unwrap();
    /// }
    /// ```
    #[must_use = "the values are kept until the guard is dropped"]
    pub fn scope(&self) -> Scope<'_> {
        // SAFETY: an open VM.
        Scope { vm: self, index: unsafe { sys::hj_arena_save(self.state()) } }
    }
}

fn raw_args(args: &[Value]) -> (*const sys::Value, isize) {
    // A slice is never longer than isize::MAX bytes.
    (args.as_ptr().cast(), isize::try_from(args.len()).unwrap_or(isize::MAX))
}

/// A guard of [`Vm::scope`].
#[derive(Debug)]
pub struct Scope<'vm> {
    vm: &'vm Vm,
    index: c_int,
}

impl Drop for Scope<'_> {
    fn drop(&mut self) {
        // SAFETY: an open VM; the index came from it.
        unsafe { sys::hj_arena_restore(self.vm.state(), self.index) }
    }
}

/// A program, parsed or read, not yet run.
#[derive(Debug)]
pub struct Program(crate::Root);

impl Program {
    /// Whether the program, in any of its blocks and methods, names this method, symbol, constant
    /// or variable. False for a name that the VM has never seen.
    #[must_use]
    pub fn mentions(&self, name: &str) -> bool {
        let vm = self.0.vm();
        // SAFETY: an open VM; the root is a Proc that came from parse or read.
        unsafe {
            let sym = sys::hj_sym_check(vm.state(), name.as_ptr(), name.len());
            sym != 0 && sys::hj_mentions(self.0.value().0, sym) != 0
        }
    }
}
