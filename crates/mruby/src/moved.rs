//! Blocks that move to another VM: as bytecode, with the values that they see around them.
//!
//! # Safety
//! The shim's functions are given Procs and Arrays of Arrays only, and are protected.
#![allow(unsafe_code)]

use alloc::vec::Vec;

use mruby_sys as sys;

use crate::error::Error;
use crate::value::{Kind, Value};
use crate::vm::Vm;

impl Vm {
    /// A block taken apart: its bytecode, and the values of the scopes around it, the nearest first.
    /// The first value of a scope is its `self`. Methods and constants are looked up where the block
    /// will run.
    ///
    /// ```
    /// # use mruby::Vm;
    /// # let vm = Vm::new(Default::default()).unwrap();
    /// let block = vm.eval("n = 20; proc { |m| n + m }", "here.rb", 1).unwrap();
    /// let (bytecode, scopes) = vm.take_apart(block).unwrap();
    ///
    /// let other = Vm::new(Default::default()).unwrap();
    /// let copied: Vec<Vec<_>> = scopes
    ///     .iter()
    ///     .map(|scope| {
    ///         let copy = |value: &mruby::Value| value.as_i64().map_or(mruby::Value::NIL, |n| other.integer(n).unwrap());
    ///         scope.iter().map(copy).collect()
    ///     })
    ///     .collect();
    /// let block = other.put_together(&bytecode, &copied).unwrap();
    /// let sum = other.yield_block(block, &[other.integer(22).unwrap()]).unwrap();
    /// assert_eq!(sum.as_i64(), Some(42));
    /// ```
    ///
    /// # Errors
    /// `TypeError` if it is no block, or one written in Rust.
    pub fn take_apart(&self, block: Value) -> Result<(Vec<u8>, Vec<Vec<Value>>), Error> {
        if block.kind() != Kind::Proc {
            return Err(Error::type_error("a block is wanted"));
        }
        // SAFETY: see the module.
        let scopes = self.protect(|vm, out| unsafe { sys::hj_scopes(vm, block.0, out) })?;
        let scopes = self.items(scopes)?.into_iter().map(|scope| self.items(scope));
        let scopes = scopes.collect::<Result<_, _>>()?;
        // SAFETY: see the module; `hj_scopes` has refused what has no bytecode.
        let bytes = self.protect(|vm, out| unsafe { sys::hj_dump(vm, block.0, out) })?;
        Ok((self.bytes(bytes)?, scopes))
    }

    /// A block put together from what [`Vm::take_apart`] gave in another VM of this program, with
    /// the same number of values in each scope. `self` is `main`.
    ///
    /// # Errors
    /// `ScriptError` if it is not bytecode.
    pub fn put_together(&self, bytecode: &[u8], scopes: &[Vec<Value>]) -> Result<Value, Error> {
        let list = self.array(&[])?;
        scopes.iter().try_for_each(|scope| self.push(list, self.array(scope)?))?;
        // SAFETY: see the module.
        let program = self.protect(|vm, out| unsafe {
            sys::hj_load(vm, bytecode.as_ptr(), bytecode.len(), out)
        })?;
        // SAFETY: see the module.
        self.protect(|vm, out| unsafe { sys::hj_rescope(vm, program.0, list.0, out) })
    }
}
