//! Constants that a script names: the nearest to one that is not there.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use mruby::Vm;

use crate::nearest::nearest;

/// At most three constants that could have been meant by `scope::name`.
#[must_use]
pub fn suggest(vm: &Vm, scope: &str, name: &str) -> Vec<String> {
    let listed = vm.constant(scope).and_then(|module| vm.call(module, "constants", &[]));
    let listed = listed.and_then(|list| vm.items(list)).unwrap_or_default();
    let mut names: Vec<String> = listed.into_iter().map(|symbol| vm.to_s(symbol)).collect();
    if scope == "Errno" {
        names.extend(syscalls::errno::TABLE.iter().map(|(_, name, _)| String::from(*name)));
    }
    let near = nearest(name, names.iter().map(String::as_str));
    let prefix = if scope == "Object" { String::new() } else { format!("{scope}::") };
    near.into_iter().map(|name| format!("{prefix}{name}")).collect()
}
