//! `SystemCallError` and `Errno`: one class a number, each made when it is first named.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use mruby::{Error, Value, Vm};
use syscalls::errno;

use crate::kernel::Errno;

/// Restart codes, which only a tracer sees, are no errors of Ruby's.
const LAST: i32 = 511;

/// The class of an error number; none for a number that Linux does not have.
pub(crate) fn class(vm: &Vm, number: i32) -> Result<Option<Value>, Error> {
    match errno::name(number).filter(|_| number <= LAST) {
        Some(name) => vm.constant(&format!("Errno::{name}")).map(Some),
        None => Ok(None),
    }
}

/// The exception for a failed call; `what` is a path, or whatever it was about. `place` is the
/// function that CRuby names in the same message, if it names one.
pub(crate) fn failed(vm: &Vm, error: Errno, what: &[u8], place: &str) -> Error {
    let make = || {
        let what = if what.is_empty() { Value::NIL } else { vm.string(what)? };
        let number = vm.to_ruby(error.0)?;
        let place = if place.is_empty() { Value::NIL } else { vm.string(place)? };
        vm.call(vm.constant("SystemCallError")?, "new", &[what, number, place])
    };
    match make() {
        Ok(exception) => Error::raised(vm, exception),
        Err(error) => error,
    }
}

pub(crate) fn install(vm: &Vm) -> Result<(), Error> {
    let standard = vm.constant("StandardError")?;
    let base = vm.define_class(Value::NIL, "SystemCallError", standard)?;
    let module = vm.define_module(Value::NIL, "Errno")?;
    vm.define_singleton_method(module, "const_missing", move |vm, _, args| {
        args.arity(1..=1)?;
        let name = vm.to_s(args[0]);
        let Some(number) = errno::by_name(&name).filter(|n| *n <= LAST) else {
            let text = format!("uninitialized constant Errno::{name}");
            return Err(Error::new("NameError", text).with_variable("@name", args[0]));
        };
        let proper = errno::name(number).unwrap_or_default();
        if proper != name {
            let class = vm.constant(&format!("Errno::{proper}"))?;
            vm.define_const(module, name.as_str(), class)?;
            return Ok(class);
        }
        let class = vm.define_class(module, proper, base)?;
        vm.define_const(class, "Errno", number)?;
        Ok(class)
    })?;
    vm.define_singleton_method(module, "constants", |vm, _, _| {
        let mut names: Vec<&str> =
            errno::TABLE.iter().filter(|e| e.0 <= LAST).map(|e| e.1).collect();
        names.extend(errno::ALIASES.iter().map(|a| a.0));
        let all = vm.array(&[])?;
        for name in names {
            vm.push(all, vm.intern(name)?)?;
        }
        Ok(all)
    })?;
    // The class of a number, or nil: for SystemCallError.new(number).
    vm.define_singleton_method(base, "__class", |vm, _, args| {
        vm.to_ruby(class(vm, args.required(vm, 0)?)?)
    })?;
    vm.define_singleton_method(base, "__message", |vm, _, args| {
        let number: i32 = args.required(vm, 0)?;
        let text = errno::message(number).map(String::from);
        vm.to_ruby(text.unwrap_or_else(|| format!("Unknown error {number}")))
    })
}
