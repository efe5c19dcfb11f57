//! Methods written in Rust.
//!
//! # Safety
//! The trampoline in C calls [`enter`] with the closure that was boxed for it (kept as long as the
//! VM) and raises only after it has returned, so a `longjmp` never passes a Rust frame. A panic does
//! not leave it either: with `std` it becomes an exception, without it the process ends.
#![allow(unsafe_code)]

use alloc::boxed::Box;
use alloc::format;
use core::ffi::{c_int, c_void};
use core::ops::{Bound, Index, RangeBounds};

use mruby_sys::{self as sys, op};

use crate::convert::FromRuby;
use crate::error::Error;
use crate::symbol::{Name, Symbol};
use crate::value::Value;
use crate::vm::Vm;

/// The arguments of a call from Ruby.
#[derive(Clone, Copy, Debug)]
pub struct Args<'a> {
    positional: &'a [Value],
    keywords: Value,
    block: Value,
}

impl<'a> Args<'a> {
    /// The positional arguments, splats expanded.
    #[must_use]
    pub fn positional(&self) -> &'a [Value] {
        self.positional
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.positional.len()
    }

    /// Whether there is no positional argument.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.positional.is_empty()
    }

    /// One of them; `nil` for one that is not given.
    #[must_use]
    pub fn get(&self, index: usize) -> Value {
        self.positional.get(index).copied().unwrap_or(Value::NIL)
    }

    /// Checks how many are given: `args.arity(1..=2)?`.
    ///
    /// # Errors
    /// `ArgumentError`
    pub fn arity(&self, wanted: impl RangeBounds<usize>) -> Result<(), Error> {
        let given = self.len();
        if wanted.contains(&given) {
            return Ok(());
        }
        let first = match wanted.start_bound() {
            Bound::Included(n) => *n,
            Bound::Excluded(n) => n + 1,
            Bound::Unbounded => 0,
        };
        let last = match wanted.end_bound() {
            Bound::Included(n) => Some(*n),
            Bound::Excluded(n) => Some(n - 1),
            Bound::Unbounded => None,
        };
        let wanted = match last {
            Some(last) if last == first => format!("{first}"),
            Some(last) => format!("{first}..{last}"),
            None => format!("{first}+"),
        };
        let text = format!("wrong number of arguments (given {given}, expected {wanted})");
        Err(Error::argument(text))
    }

    /// A required argument, converted.
    ///
    /// # Errors
    /// `ArgumentError` if it is missing, `TypeError`, `RangeError`.
    pub fn required<T: FromRuby>(&self, vm: &Vm, index: usize) -> Result<T, Error> {
        if index >= self.len() {
            self.arity(index + 1..)?;
        }
        T::from_ruby(vm, self.get(index))
    }

    /// An optional argument, converted; `None` when not given or `nil`.
    ///
    /// # Errors
    /// `TypeError`, `RangeError`
    pub fn optional<T: FromRuby>(&self, vm: &Vm, index: usize) -> Result<Option<T>, Error> {
        self.get(index).non_nil().map(|value| T::from_ruby(vm, value)).transpose()
    }

    /// The keyword arguments, a Hash; `None` without any.
    #[must_use]
    pub fn keywords(&self) -> Option<Value> {
        self.keywords.non_nil()
    }

    /// One keyword argument.
    ///
    /// # Errors
    /// `NoMemoryError` for a name that is new.
    pub fn keyword(&self, vm: &Vm, name: impl Name) -> Result<Option<Value>, Error> {
        let name = name.symbol(vm)?;
        self.keywords().map_or(Ok(None), |keywords| vm.hash_get(keywords, name))
    }

    /// Checks that there are no keywords but these.
    ///
    /// # Errors
    /// `ArgumentError` with the first unknown one.
    pub fn only_keywords(&self, vm: &Vm, known: &[&str]) -> Result<(), Error> {
        let Some(keywords) = self.keywords() else { return Ok(()) };
        for (key, _) in vm.pairs(keywords)? {
            let name = Symbol::of(key).map(|symbol| vm.symbol_name(symbol)).unwrap_or_default();
            if !known.contains(&name.as_str()) {
                return Err(Error::argument(format!("unknown keyword: {}", vm.inspect(key))));
            }
        }
        Ok(())
    }

    /// The block; `None` without one.
    #[must_use]
    pub fn block(&self) -> Option<Value> {
        self.block.non_nil()
    }
}

impl Index<usize> for Args<'_> {
    type Output = Value;

    /// # Panics
    /// If it is not given: check [`Args::arity`] first.
    fn index(&self, index: usize) -> &Value {
        &self.positional[index]
    }
}

/// Runs a closure for the trampoline.
unsafe extern "C" fn enter<F>(
    data: *mut c_void,
    rust: *mut c_void,
    this: sys::Value,
    argv: *const sys::Value,
    argc: isize,
    keywords: sys::Value,
    block: sys::Value,
    out: *mut sys::Value,
) -> c_int
where
    F: Fn(&Vm, Value, &Args<'_>) -> Result<Value, Error> + 'static,
{
    // SAFETY: `define` gave a pointer to an F that lives as long as the VM; the trampoline's copy
    // of the arguments lives until we return; `rust` is the VM's own.
    let (vm, method, positional) = unsafe {
        let argc = usize::try_from(argc).unwrap_or(0);
        let argv = core::slice::from_raw_parts(argv.cast::<Value>(), argc);
        (Vm::borrow(rust), &*data.cast::<F>(), argv)
    };
    let args = Args { positional, keywords: Value(keywords), block: Value(block) };
    let result = guarded(&vm, || method(&vm, Value(this), &args));
    let (status, value) = match result {
        Ok(value) => (0, value),
        Err(error) => (1, error.exception(&vm)),
    };
    // SAFETY: the trampoline's own variable.
    unsafe { *out = value.0 }
    status
}

#[cfg(feature = "std")]
fn guarded(_vm: &Vm, call: impl FnOnce() -> Result<Value, Error>) -> Result<Value, Error> {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    // Ruby's objects are consistent at every call; the embedder's are its own business.
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let text =
            match (panic.downcast_ref::<&str>(), panic.downcast_ref::<alloc::string::String>()) {
                (Some(text), _) => text,
                (_, Some(text)) => text.as_str(),
                _ => "a native method panicked",
            };
        // Outside StandardError: a script must not shrug off our bug.
        Err(Error::new("Exception", format!("panic: {text}")))
    })
}

#[cfg(not(feature = "std"))]
fn guarded(_vm: &Vm, call: impl FnOnce() -> Result<Value, Error>) -> Result<Value, Error> {
    call()
}

impl Vm {
    /// Defines an instance method.
    ///
    /// ```
    /// # let vm = mruby::Vm::new(Default::default()).unwrap();
    /// let string = vm.constant("String").unwrap();
    /// vm.define_method(string, "shout", |vm, this, args| {
    ///     args.arity(..=1)?;
    ///     let mark = args.optional::<String>(vm, 0)?.unwrap_or("!".into());
    ///     vm.to_ruby(vm.to_s(this).to_uppercase() + &mark)
    /// })
    /// .unwrap();
    /// let loud = vm.eval("'hey'.shout + 'you'.shout('?')", "shout.rb", 1).unwrap();
    /// assert_eq!(vm.to_s(loud), "HEY!YOU?");
    /// ```
    ///
    /// # Errors
    /// `TypeError` if `class` is no class or module.
    pub fn define_method<F>(&self, class: Value, name: impl Name, method: F) -> Result<(), Error>
    where
        F: Fn(&Vm, Value, &Args<'_>) -> Result<Value, Error> + 'static,
    {
        self.expect_class(class)?;
        let sym = name.symbol(self)?.0;
        let method = Box::new(method);
        let data = &raw const *method;
        self.keep_method(method);
        let entry: sys::Method = enter::<F>;
        self.op(op::METHOD, |op| {
            op.a = class.0;
            op.sym = sym;
            op.p = entry as *const c_void;
            op.n = data.cast::<()>().addr();
        })
        .map(drop)
    }

    /// Defines a method of one object: a class method, if the object is a class.
    ///
    /// # Errors
    /// `TypeError` for numbers and symbols, which have no methods of their own.
    pub fn define_singleton_method<F>(
        &self,
        object: Value,
        name: impl Name,
        method: F,
    ) -> Result<(), Error>
    where
        F: Fn(&Vm, Value, &Args<'_>) -> Result<Value, Error> + 'static,
    {
        self.define_method(self.singleton_class(object)?, name, method)
    }

    /// A Proc whose body is written in Rust, to be passed as a block. Its `self` is the Proc. The
    /// closure lives as long as the VM, however often the Proc is made: make it once.
    ///
    /// ```
    /// # let vm = mruby::Vm::new(Default::default()).unwrap();
    /// let double = vm.proc(|vm, _, args| vm.integer(2 * args.required::<i64>(vm, 0)?)).unwrap();
    /// let list = vm.eval("[1, 2]", "list.rb", 1).unwrap();
    /// let doubled = vm.call_with_block(list, "map", &[], double).unwrap();
    /// assert_eq!(vm.inspect(doubled), "[2, 4]");
    /// ```
    ///
    /// # Errors
    /// `NoMemoryError`
    pub fn proc<F>(&self, body: F) -> Result<Value, Error>
    where
        F: Fn(&Vm, Value, &Args<'_>) -> Result<Value, Error> + 'static,
    {
        let body = Box::new(body);
        let data = &raw const *body;
        self.keep_method(body);
        let entry: sys::Method = enter::<F>;
        self.op(op::PROC, |op| {
            op.p = entry as *const c_void;
            op.n = data.cast::<()>().addr();
        })
    }
}
