//! Values that Rust keeps.
//!
//! # Safety
//! The table of roots belongs to the shim and outlives the collector; a slot is freed once, by the
//! one guard that owns it.
#![allow(unsafe_code)]

use mruby_sys as sys;

use crate::value::Value;
use crate::vm::Vm;

/// Keeps a value alive. Also keeps the VM open.
#[derive(Debug)]
pub struct Root {
    vm: Vm,
    value: Value,
    slot: usize,
}

/// A value that needs no slot, or a table that could not grow.
const NO_SLOT: usize = usize::MAX;

impl Root {
    /// The value.
    #[must_use]
    pub fn value(&self) -> Value {
        self.value
    }

    /// The VM that it belongs to.
    #[must_use]
    pub fn vm(&self) -> &Vm {
        &self.vm
    }
}

impl Clone for Root {
    fn clone(&self) -> Self {
        self.vm.root(self.value)
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        if self.slot != NO_SLOT {
            // SAFETY: see the module.
            unsafe { sys::hj_unroot(self.vm.state(), self.slot) }
        }
    }
}

impl Vm {
    /// Keeps a value alive until the guard goes.
    ///
    /// # Panics
    /// If there is no memory for eight more bytes.
    #[must_use]
    pub fn root(&self, value: Value) -> Root {
        let slot = if value.is_reference() {
            // SAFETY: see the module.
            let slot = unsafe { sys::hj_root(self.state(), value.0) };
            assert!(slot != NO_SLOT, "no memory for the table of roots");
            slot
        } else {
            NO_SLOT
        };
        Root { vm: self.clone(), value, slot }
    }
}

impl Value {
    fn is_reference(self) -> bool {
        self.0.0 & 7 == 0 && !self.is_nil()
    }
}
