//! What a script may use, and that it can't take more.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::cell::Cell;

use mruby::{Context, ErrorKind, Options, Value, Vm};

fn limited(instructions: u64) -> Vm {
    let vm = Vm::new(Options { instructions: Some(instructions), ..Options::default() }).unwrap();
    assert!(vm.eval("1 + 1", "warm.rb", 1).is_ok());
    vm
}

#[test]
fn an_endless_loop_ends() {
    let vm = limited(100_000);
    let error = vm.eval("loop { }", "loop.rb", 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BudgetExceeded);
    assert_eq!(error.class_name(), "BudgetExceeded");
    assert_eq!(error.backtrace().last().unwrap().line, 1);
}

#[test]
fn rescue_exception_and_retry_does_not_swallow_the_end() {
    let vm = limited(100_000);
    for source in [
        "begin; loop { }; rescue Exception; retry; end",
        "begin; loop { }; ensure; loop { }; end",
        "loop { begin; loop { }; rescue BudgetExceeded; end }",
        "def f; loop { }; rescue Exception; f; end; f",
        "Fiber.new { begin; loop { }; rescue Exception; retry; end }.resume",
    ] {
        let error = vm.eval(source, "retry.rb", 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BudgetExceeded, "{source}");
    }
}

#[test]
fn every_outermost_call_has_a_budget_of_its_own() {
    let vm = limited(10_000);
    let block = vm.eval("proc { 500.times { } }", "own.rb", 1).unwrap();
    for _ in 0..100 {
        vm.yield_block(block, &[]).unwrap();
    }
}

#[test]
fn a_call_within_a_call_spends_the_same_budget() {
    let vm = limited(100_000);
    let kernel = vm.constant("Kernel").unwrap();
    vm.define_method(kernel, "native", |vm, _, args| vm.yield_block(args.block().unwrap(), &[]))
        .unwrap();
    let error = vm.eval("loop { native { } }", "within.rb", 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BudgetExceeded);
}

#[test]
fn parked_contexts_keep_what_is_left_of_their_budget() {
    let vm = limited(20_000);
    let context = Context::new(&vm, 256 * 1024).unwrap();
    let kernel = vm.constant("Kernel").unwrap();
    vm.define_method(kernel, "others", move |vm, _, _| {
        vm.enter(&context, || vm.eval("1000.times { }", "others.rb", 1))
    })
    .unwrap();
    // The others' calls have budgets of their own: ten of them would be too much for ours.
    vm.eval("10.times { others }", "ours.rb", 1).unwrap();
    let error = vm.eval("loop { others }", "ours.rb", 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BudgetExceeded);
}

#[test]
fn a_deadline_is_asked_for_and_kept() {
    let vm = Vm::new(Options::default()).unwrap();
    let asked = Cell::new(0);
    vm.set_poll(1000, move |_| {
        asked.set(asked.get() + 1);
        asked.get() > 50
    });
    let source = "begin; loop { }; rescue Exception; retry; end";
    let error = vm.eval(source, "late.rb", 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
    vm.clear_poll();
    vm.eval("10_000.times { }", "late.rb", 1).unwrap();
}

#[test]
fn memory_ends_in_no_memory_error_and_the_vm_goes_on() {
    let vm = Vm::new(Options { memory: Some(4 << 20), ..Options::default() }).unwrap();
    for source in [
        "a = []; loop { a << 'x' * 10_000 }",
        "a = []; loop { a << Object.new }",
        "s = 'x'; loop { s << s }",
        "h = {}; i = 0; loop { h[i += 1] = i }",
        "x = 3; loop { x *= x }",
        "'a' * (1 << 40)",
    ] {
        let error = vm.eval(source, "memory.rb", 1).unwrap_err();
        if error.kind() != ErrorKind::OutOfMemory {
            // The longest String, and a number, are bounded by themselves.
            assert!(
                ["ArgumentError", "RangeError"].contains(&error.class_name().as_str()),
                "{error}"
            );
        }
        assert!(!error.to_string().is_empty());
        vm.collect_garbage();
        assert!(vm.memory_used() < 4 << 20);
        assert_eq!(vm.eval("[1, 2].sum", "after.rb", 1).unwrap().as_i64(), Some(3), "{source}");
    }
    let error = vm.eval(
        "begin; loop { (@a ||= []) << 'x' * 9999 }; rescue NoMemoryError; @a = nil; 7; end",
        "m.rb",
        1,
    );
    assert_eq!(error.unwrap().as_i64(), Some(7));
}

#[test]
fn too_little_memory_to_open_is_an_error() {
    for memory in (1..200).map(|kib| kib * 1024) {
        // Any amount: it opens or says that it can't, and never ends the process.
        let _ = Vm::new(Options { memory: Some(memory), ..Options::default() });
    }
    assert!(Vm::new(Options { memory: Some(1000), ..Options::default() }).is_err());
}

#[test]
fn deep_recursion_ends_at_the_depth_allowed() {
    let vm = Vm::new(Options { call_depth: 300, ..Options::default() }).unwrap();
    let source = "def f(n)\n  $n = n\n  f(n + 1)\nend\nf(1)";
    let error = vm.eval(source, "deep.rb", 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StackTooDeep, "{error}");
    let reached = vm.eval("$n", "deep.rb", 1).unwrap().as_i64().unwrap();
    assert!((280..=300).contains(&reached), "{reached}");
    let rescued = "begin; f(1); rescue SystemStackError; 'caught'; end";
    let rescued = vm.eval(rescued, "deep.rb", 1).unwrap();
    assert_eq!(vm.to_s(rescued), "caught");
}

#[test]
fn recursion_through_native_code_ends_before_the_native_stack_does() {
    let run = || {
        let vm = Vm::new(Options { native_stack: 192 * 1024, ..Options::default() }).unwrap();
        let kernel = vm.constant("Kernel").unwrap();
        vm.define_method(kernel, "native", |vm, _, args| vm.yield_block(args.get(0), &[])).unwrap();
        for source in [
            "def f = native(proc { f })\nf",
            "def g = [2, 1].sort { g; 0 }\ng",
            "class A; def to_s = \"#{self}\"; def inspect = [self].inspect; end; A.new.inspect",
            "class B; def ==(o) = [self] == [B.new]; end; B.new == 1",
            "class C; def eql?(o) = [self].uniq; def <=>(o) = [self, self].max; end; [C.new, C.new].max",
            "class D; def method_missing(*) = [1].each { nope }; end; D.new.nope",
        ] {
            let error = vm.eval(source, "native.rb", 1).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::StackTooDeep, "{source}: {error}");
            assert_eq!(vm.eval("[3, 1].sort.first", "after.rb", 1).unwrap().as_i64(), Some(1));
        }
        let rescued = "begin; f; rescue SystemStackError; 9; end";
        assert_eq!(vm.eval(rescued, "native.rb", 1).unwrap().as_i64(), Some(9));
    };
    std::thread::Builder::new().stack_size(512 * 1024).spawn(run).unwrap().join().unwrap();
}

#[test]
fn limits_may_change_between_calls() {
    let vm = limited(1000);
    assert!(vm.eval("1000.times { }", "change.rb", 1).is_err());
    vm.set_limits(Options { instructions: None, ..vm.limits() });
    assert!(vm.eval("100_000.times { }", "change.rb", 1).is_ok());
    assert_eq!(vm.eval("nil", "change.rb", 1).unwrap(), Value::NIL);
}

#[test]
fn the_poll_may_run_ruby_itself() {
    let vm = Vm::new(Options::default()).unwrap();
    vm.eval("$ticks = 0", "poll.rb", 1).unwrap();
    let tick = vm.root(vm.eval("proc { 100.times { }; $ticks += 1 }", "poll.rb", 1).unwrap());
    let block = tick.value();
    vm.set_poll(1000, move |vm| {
        vm.yield_block(block, &[]).unwrap();
        vm.collect_garbage();
        false
    });
    vm.eval("a = []; 20_000.times { |i| a << i.to_s }; raise unless a[777] == '777'", "p.rb", 1)
        .unwrap();
    vm.clear_poll();
    assert!(vm.eval("$ticks", "poll.rb", 1).unwrap().as_i64().unwrap() > 50);
}
