//! Symbols: names as numbers.
//!
//! # Safety
//! The shim's functions that look a symbol up neither raise nor allocate.
#![allow(unsafe_code)]

use alloc::string::String;

use mruby_sys as sys;

use crate::error::Error;
use crate::value::Value;
use crate::vm::Vm;

/// A Symbol of one VM. Where a name is used often, make its symbol once and keep it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Symbol(pub(crate) sys::Sym);

impl Symbol {
    pub(crate) fn of(value: Value) -> Option<Self> {
        let word = value.0.0;
        // boxing_word.h: the tag in the lowest two bits, the number above them.
        (word & 3 == 2).then_some(Symbol(u32::try_from(word >> 2).unwrap_or(0)))
    }
}

impl From<Symbol> for Value {
    fn from(symbol: Symbol) -> Self {
        Value(sys::Value(usize::try_from(symbol.0).unwrap_or(0) << 2 | 2))
    }
}

/// What names a method, variable or constant: a [`Symbol`], or a string, which is looked up each
/// time.
pub trait Name {
    /// The symbol in this VM.
    ///
    /// # Errors
    /// `NoMemoryError` for a name that is new.
    fn symbol(self, vm: &Vm) -> Result<Symbol, Error>;
}

impl Name for Symbol {
    fn symbol(self, _: &Vm) -> Result<Symbol, Error> {
        Ok(self)
    }
}

impl Name for &str {
    fn symbol(self, vm: &Vm) -> Result<Symbol, Error> {
        vm.intern(self)
    }
}

impl Vm {
    /// The symbol of a name.
    ///
    /// # Errors
    /// `NoMemoryError` for a name that is new.
    pub fn intern(&self, name: &str) -> Result<Symbol, Error> {
        // SAFETY: see the module.
        let known = unsafe { sys::hj_sym_check(self.state(), name.as_ptr(), name.len()) };
        if known != 0 {
            return Ok(Symbol(known));
        }
        let value = self.op(sys::op::INTERN, |op| {
            op.p = name.as_ptr().cast();
            op.n = name.len();
        })?;
        Ok(Symbol::of(value).expect("interning answers a Symbol"))
    }

    /// The symbol of a name, if any code loaded so far has mentioned it.
    #[must_use]
    pub fn known_symbol(&self, name: &str) -> Option<Symbol> {
        // SAFETY: see the module.
        let known = unsafe { sys::hj_sym_check(self.state(), name.as_ptr(), name.len()) };
        (known != 0).then_some(Symbol(known))
    }

    /// The name of a symbol.
    #[must_use]
    pub fn symbol_name(&self, symbol: Symbol) -> String {
        let mut len = 0;
        // SAFETY: see the module. The bytes are copied before the VM is asked anything else, which
        // may reuse the buffer.
        let bytes = unsafe {
            let name = sys::hj_sym(self.state(), symbol.0, &raw mut len);
            if name.is_null() { &[] } else { core::slice::from_raw_parts(name, len) }
        };
        String::from_utf8_lossy(bytes).into_owned()
    }
}
