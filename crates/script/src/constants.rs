//! Constants that a script names: whether they are there, and the nearest to one that is not.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use mruby::Vm;

use crate::book::LoadError;
use crate::bytecode;
use crate::nearest::nearest;

/// What comes into being only when it is first asked for, and so is in no list.
const LAZY: &[&str] = &[
    "Addrinfo",
    "ARGV",
    "Dir",
    "ENV",
    "File",
    "FileUtils",
    "IO",
    "JSON",
    "Process",
    "Random",
    "SecureRandom",
    "Signal",
    "Socket",
    "Time",
];

/// At most three constants that could have been meant by `scope::name`.
#[must_use]
pub fn suggest(vm: &Vm, scope: &str, name: &str) -> Vec<String> {
    let listed = vm.constant(scope).and_then(|module| vm.call(module, "constants", &[]));
    let listed = listed.and_then(|list| vm.items(list)).unwrap_or_default();
    let mut names: Vec<String> = listed.into_iter().map(|symbol| vm.to_s(symbol)).collect();
    if scope == "Errno" {
        names.extend(syscalls::errno::TABLE.iter().map(|(_, name, _)| String::from(*name)));
    }
    if scope == "Object" {
        names.extend(LAZY.iter().map(|name| String::from(*name)));
    }
    let near = nearest(name, names.iter().map(String::as_str));
    let prefix = if scope == "Object" { String::new() } else { format!("{scope}::") };
    near.into_iter().map(|name| format!("{prefix}{name}")).collect()
}

/// A constant that a script which has been run names, and that is nowhere.
///
/// # Errors
/// [`LoadError`] with its line and the nearest names.
pub fn check(vm: &Vm, file: &str, text: &str, code: &[u8]) -> Result<(), Box<LoadError>> {
    let Some(found) = bytecode::constants(code) else { return Ok(()) };
    let is_own = |name: &str| found.defined.iter().any(|own| own == name);
    for path in &found.read {
        // A class of the script's may hold others by the same name: it knows best.
        if path.split("::").any(is_own) || vm.constant(path).is_ok() {
            continue;
        }
        let (scope, name) = path.rsplit_once("::").unwrap_or(("Object", path));
        // Found through something else than the top level: not for us to judge.
        if scope != "Object" && vm.constant(scope).is_err() && scope.contains("::") {
            continue;
        }
        return Err(Box::new(LoadError {
            message: format!("there is no constant {path}"),
            file: Some(file.to_string()),
            line: line_of(text, path),
            column: None,
            suggestions: suggest(vm, scope, name),
        }));
    }
    Ok(())
}

/// The first line that has the path in its code.
fn line_of(text: &str, path: &str) -> Option<u32> {
    let code = |line: &str| line.split(" #").next().unwrap_or("").contains(path);
    let at = text.lines().position(|line| !line.starts_with('#') && code(line))?;
    u32::try_from(at + 1).ok()
}
