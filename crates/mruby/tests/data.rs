//! Ruby objects with a Rust half.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::cell::Cell;
use std::rc::Rc;

use mruby::{Options, Root, Value, Vm};

struct Counter {
    count: Cell<i64>,
    dropped: Rc<Cell<u32>>,
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.dropped.set(self.dropped.get() + 1);
    }
}

fn vm_with_counter() -> (Vm, Value) {
    let vm = Vm::new(Options::default()).unwrap();
    let class = vm.define_class(Value::NIL, "Counter", Value::NIL).unwrap();
    vm.data_class(class).unwrap();
    vm.define_method(class, "up", |vm, this, _| {
        let counter = vm.data::<Counter>(this)?;
        counter.count.set(counter.count.get() + 1);
        vm.integer(counter.count.get())
    })
    .unwrap();
    (vm, class)
}

#[test]
fn a_method_finds_the_rust_half_of_its_object() {
    let (vm, class) = vm_with_counter();
    let dropped = Rc::new(Cell::new(0));
    let counter = Rc::new(Counter { count: Cell::new(40), dropped });
    let object = vm.wrap(class, counter.clone()).unwrap();
    vm.set_global("$counter", object).unwrap();
    assert_eq!(vm.eval("$counter.up; $counter.up", "data.rb", 1).unwrap().as_i64(), Some(42));
    assert_eq!(counter.count.get(), 42);
}

#[test]
fn the_rust_half_goes_when_the_object_is_collected_and_not_before() {
    let (vm, class) = vm_with_counter();
    let dropped = Rc::new(Cell::new(0));
    let kept = {
        let _scope = vm.scope();
        for _ in 0..1000 {
            let _scope = vm.scope();
            vm.wrap(class, Rc::new(Counter { count: Cell::new(0), dropped: dropped.clone() }))
                .unwrap();
        }
        let half = Rc::new(Counter { count: Cell::new(0), dropped: dropped.clone() });
        vm.root(vm.wrap(class, half).unwrap())
    };
    vm.collect_garbage();
    assert_eq!(dropped.get(), 1000);
    assert!(vm.data::<Counter>(kept.value()).is_ok());
    drop(kept);
    drop(vm);
    assert_eq!(dropped.get(), 1001);
}

#[test]
fn an_object_kept_beyond_its_call_answers_an_error() {
    let (vm, class) = vm_with_counter();
    let dropped = Rc::new(Cell::new(0));
    let half = Rc::new(Counter { count: Cell::new(0), dropped: dropped.clone() });
    let object = vm.wrap(class, half).unwrap();
    vm.set_global("$kept", object).unwrap();
    vm.detach(object).unwrap();
    assert_eq!(dropped.get(), 1);
    let error = vm.eval("$kept.up", "data.rb", 1).unwrap_err();
    assert_eq!(error.message(), "this Counter is over: it can't be used after its call");
    vm.attach(object, Rc::new(Counter { count: Cell::new(6), dropped })).unwrap();
    assert_eq!(vm.eval("$kept.up", "data.rb", 1).unwrap().as_i64(), Some(7));
}

#[test]
fn another_type_or_no_half_is_a_type_error() {
    let (vm, class) = vm_with_counter();
    let object = vm.wrap(class, Rc::new(7u32)).unwrap();
    assert!(vm.data::<Counter>(object).is_err());
    assert_eq!(*vm.data::<u32>(object).unwrap(), 7);
    for source in ["Counter.new.up", "Counter.new.dup.up", "Counter.allocate.up"] {
        let error = vm.eval(source, "data.rb", 1).unwrap_err();
        assert_eq!(error.message(), "wanted a Counter, got a Counter", "{source}");
    }
    for value in [Value::NIL, Value::from(1), vm.string("x").unwrap(), vm.array(&[]).unwrap()] {
        assert!(vm.data::<Counter>(value).is_err());
        assert!(vm.attach(value, Rc::new(1)).is_err());
    }
}

#[test]
fn a_copy_has_no_half_of_its_own() {
    let (vm, class) = vm_with_counter();
    let dropped = Rc::new(Cell::new(0));
    let half = Rc::new(Counter { count: Cell::new(0), dropped: dropped.clone() });
    vm.set_global("$c", vm.wrap(class, half).unwrap()).unwrap();
    assert!(vm.eval("$c.dup.up", "data.rb", 1).is_err());
    assert!(vm.eval("$c.clone.up", "data.rb", 1).is_err());
    vm.collect_garbage();
    assert_eq!(dropped.get(), 0);
    assert_eq!(vm.eval("$c.up", "data.rb", 1).unwrap().as_i64(), Some(1));
}

#[test]
fn a_half_may_hold_roots() {
    let (vm, class) = vm_with_counter();
    for n in 0..200 {
        let _scope = vm.scope();
        let inner: Root = vm.root(vm.string(format!("inner {n}")).unwrap());
        vm.wrap(class, Rc::new(inner)).unwrap();
    }
    vm.collect_garbage();
    vm.collect_garbage();
    assert_eq!(vm.eval("1", "data.rb", 1).unwrap().as_i64(), Some(1));
}

#[test]
fn initialize_may_attach_the_half() {
    let (vm, class) = vm_with_counter();
    let dropped = Rc::new(Cell::new(0));
    vm.define_method(class, "initialize", move |vm, this, args| {
        let count = Cell::new(args.required(vm, 0)?);
        vm.attach(this, Rc::new(Counter { count, dropped: dropped.clone() }))?;
        Ok(Value::NIL)
    })
    .unwrap();
    assert_eq!(vm.eval("Counter.new(9).up", "data.rb", 1).unwrap().as_i64(), Some(10));
}

#[test]
fn a_builtin_class_can_not_become_a_data_class() {
    let (vm, _) = vm_with_counter();
    for name in ["Object", "String", "Array", "Exception", "Integer", "Proc", "Fiber"] {
        assert!(vm.wrap(vm.constant(name).unwrap(), Rc::new(1)).is_err(), "{name}");
    }
    assert_eq!(vm.eval("String.new('fine').size", "data.rb", 1).unwrap().as_i64(), Some(4));
}
