//! Ruby objects with a Rust half.
//!
//! # Safety
//! A data object of ours points to a leaked `Box<Half>`; the collector gives it back once, to
//! [`drop_data`]. The pointer is read and written only here, on the VM's thread, and no reference
//! into the box is kept across a call.
#![allow(unsafe_code)]

use alloc::boxed::Box;
use alloc::format;
use alloc::rc::Rc;
use core::any::{Any, type_name};
use core::ffi::c_void;

use mruby_sys::{self as sys, op};

use crate::error::Error;
use crate::value::{Kind, Value};
use crate::vm::Vm;

/// `None`: detached.
type Half = Option<Rc<dyn Any>>;

/// Called by the collector, and for what is left when the VM closes.
pub(crate) unsafe extern "C" fn drop_data(data: *mut c_void) {
    if !data.is_null() {
        // SAFETY: see the module.
        drop(unsafe { Box::from_raw(data.cast::<Half>()) });
    }
}

impl Vm {
    /// Makes the instances of a class (and of its subclasses defined later) able to have a Rust
    /// half. Its `new` makes objects without one, which `initialize` may [attach](Vm::attach).
    ///
    /// # Errors
    /// `TypeError` if it is no class.
    pub fn data_class(&self, class: Value) -> Result<(), Error> {
        if class.kind() != Kind::Class {
            return Err(Error::type_error("a class is wanted"));
        }
        self.op(op::DATA_CLASS, |op| op.a = class.0).map(drop)
    }

    /// A new object of a [data class](Vm::data_class) with a Rust half, which is dropped when the
    /// object is collected (or later, if it was shared). Its `Drop` must not call the VM.
    ///
    /// # Errors
    /// `TypeError` if it is no class.
    pub fn wrap<T: Any>(&self, class: Value, data: Rc<T>) -> Result<Value, Error> {
        self.data_class(class)?;
        let object = self.op(op::DATA, |op| op.a = class.0)?;
        self.attach(object, data)?;
        Ok(object)
    }

    /// Gives an object a Rust half, or another one.
    ///
    /// # Errors
    /// `TypeError` if its class is no [data class](Vm::data_class).
    pub fn attach<T: Any>(&self, object: Value, data: Rc<T>) -> Result<(), Error> {
        self.replace(object, Some(data))
    }

    /// Takes the Rust half away: what is asked of the object from now on answers an error. For
    /// objects that mean something only while a call lasts, and may be kept by a script.
    ///
    /// # Errors
    /// `TypeError` if it never could have one.
    pub fn detach(&self, object: Value) -> Result<(), Error> {
        self.replace(object, None)
    }

    fn replace(&self, object: Value, half: Half) -> Result<(), Error> {
        // SAFETY: see the module. What was there is dropped when the new half is in its place, for
        // its Drop may be anything.
        let old = unsafe {
            let place = sys::hj_data(object.0).cast::<Half>();
            if place.is_null() {
                let place = Box::into_raw(Box::new(half));
                if sys::hj_data_set(object.0, place.cast()) == 0 {
                    drop(Box::from_raw(place));
                    let class = self.class_name(object);
                    return Err(Error::type_error(format!("a {class} has no native half")));
                }
                None
            } else {
                core::mem::replace(&mut *place, half)
            }
        };
        drop(old);
        Ok(())
    }

    /// The Rust half.
    ///
    /// # Errors
    /// `TypeError` if the object has no such half; `RuntimeError` if it was detached.
    pub fn data<T: Any>(&self, object: Value) -> Result<Rc<T>, Error> {
        // SAFETY: see the module.
        let half = unsafe {
            let place = sys::hj_data(object.0).cast::<Half>();
            if place.is_null() { None } else { Some((*place).clone()) }
        };
        match half.map(|half| half.map(Rc::downcast)) {
            Some(Some(Ok(data))) => Ok(data),
            Some(None) => {
                let class = self.class_name(object);
                Err(Error::runtime(format!(
                    "this {class} is over: it can't be used after its call"
                )))
            }
            None | Some(Some(Err(_))) => {
                let wanted = type_name::<T>().rsplit("::").next().unwrap_or_default();
                let class = self.class_name(object);
                Err(Error::type_error(format!("wanted a {wanted}, got a {class}")))
            }
        }
    }
}
