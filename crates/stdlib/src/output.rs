//! `puts`, `p`, `print`, `warn` and the objects `$stdout` and `$stderr`: everything goes to the
//! [`Host`], never into the streams of a program that is being watched.

use alloc::rc::Rc;
use alloc::vec::Vec;

use mruby::{Error, Kind, Value, Vm};

use crate::host::{Host, Stream};

/// Nested arrays deeper than this are printed as `[...]`.
const MOST_NESTED: usize = 64;

pub(crate) fn install(vm: &Vm, host: &Rc<dyn Host>) -> Result<(), Error> {
    let kernel = vm.constant("Kernel")?;
    let out = host.clone();
    vm.define_method(kernel, "__write", move |vm, _, args| {
        args.arity(2..=2)?;
        let stream = if args[0].as_i64() == Some(2) { Stream::Err } else { Stream::Out };
        let bytes = vm.bytes(args[1])?;
        out.write(stream, &bytes);
        vm.to_ruby(bytes.len())
    })?;
    vm.define_method(kernel, "__lines", |vm, _, args| {
        let mut text = Vec::new();
        for item in args.positional() {
            line(vm, *item, &mut text, 0)?;
        }
        if args.is_empty() {
            text.push(b'\n');
        }
        vm.string(text)
    })
}

/// What `puts` writes for a value.
fn line(vm: &Vm, value: Value, text: &mut Vec<u8>, depth: usize) -> Result<(), Error> {
    if value.kind() == Kind::Array {
        if depth > MOST_NESTED {
            text.extend_from_slice(b"[...]\n");
            return Ok(());
        }
        return vm.items(value)?.into_iter().try_for_each(|item| line(vm, item, text, depth + 1));
    }
    let start = text.len();
    match value.kind() {
        Kind::String => text.extend(vm.bytes(value)?),
        _ => {
            let string = vm.call(value, "to_s", &[])?;
            text.extend(vm.bytes(string).unwrap_or_else(|_| vm.to_s(value).into_bytes()));
        }
    }
    if text[start..].last() != Some(&b'\n') {
        text.push(b'\n');
    }
    Ok(())
}
