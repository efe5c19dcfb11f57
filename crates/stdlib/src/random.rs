//! Randomness from the kernel: what seeds `Random`, and `SecureRandom`'s bytes.

use alloc::rc::Rc;

use mruby::{Error, Value, Vm};

use crate::errors::failed;
use crate::host::Host;
use crate::kernel::Kernel;

/// A seed that is not the clock, for all that is random in a script.
pub(crate) fn install_seed(vm: &Vm, host: &Rc<dyn Host>) -> Result<(), Error> {
    let host = host.clone();
    vm.define_singleton_method(vm.constant("Random")?, "new_seed", move |vm, _, _| {
        let mut bytes = [0; 8];
        let result = Kernel(&*host).random(&mut bytes);
        result.map_err(|e| failed(vm, e, b"getrandom", ""))?;
        vm.integer(i64::from_ne_bytes(bytes) >> 2)
    })
}

pub(crate) fn install(vm: &Vm, host: &Rc<dyn Host>) -> Result<(), Error> {
    let host = host.clone();
    let module = vm.define_module(Value::NIL, "SecureRandom")?;
    vm.define_singleton_method(module, "random_bytes", move |vm, _, args| {
        args.arity(0..=1)?;
        let count: usize = args.optional(vm, 0)?.unwrap_or(16);
        if count > 1 << 24 {
            return Err(Error::argument("so many random bytes can't be meant"));
        }
        let mut bytes = alloc::vec![0; count];
        let result = Kernel(&*host).random(&mut bytes);
        result.map_err(|e| failed(vm, e, b"getrandom", ""))?;
        vm.string(bytes)
    })
}
