//! The rules of the language: what runs, in which order, and what becomes of its value.

mod support;

use support::*;

#[test]
fn replace_answers_in_the_kernels_place() {
    let (script, _) = load("replace(:getppid) { 42 }");
    let mut program = Program::new();
    assert_eq!(program.calls(&script, "getppid", &[]), 42);
    assert!(program.asked.is_empty());
    assert_eq!(script.calls_by_name(), ["getppid"]);
}

trait Names {
    fn calls_by_name(&self) -> Vec<&'static str>;
}

impl Names for script::Script {
    fn calls_by_name(&self) -> Vec<&'static str> {
        let calls = engine::Handler::calls(self);
        calls.iter().map(|nr| syscalls::syscall(nr).map_or("?", |c| c.name)).collect()
    }
}

#[test]
fn the_value_of_on_is_ignored() {
    let (script, _) = load("on(:getppid) { 42 }");
    let mut program = Program::new();
    program.kernel(|_, _| 7);
    assert_eq!(program.calls(&script, "getppid", &[]), 7);
    assert_eq!(program.asked.len(), 1);
}
