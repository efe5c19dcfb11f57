//! What crossing between Rust and Ruby costs: `cargo run --release -p mruby --example costs`.
//! Each line is the minimum of many batches, in nanoseconds per call.

use std::time::Instant;

use mruby::{Context, Error, Options, Value, Vm};

fn measure(name: &str, mut call: impl FnMut()) {
    const CALLS: u32 = 1000;
    let batch = |call: &mut dyn FnMut()| {
        let start = Instant::now();
        (0..CALLS).for_each(|_| call());
        start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
    };
    let best = (0..300).map(|_| batch(&mut call)).fold(f64::INFINITY, f64::min);
    println!("{name:52} {best:8.1}");
}

fn main() -> Result<(), Error> {
    let vm = Vm::new(Options::default())?;
    let class = vm.define_class(Value::NIL, "Event", Value::NIL)?;
    vm.define_method(class, "fd", |vm, this, _| vm.integer(*vm.data::<i64>(this)?))?;
    vm.define_method(class, "park", |vm, _, _| {
        vm.park().unpark();
        Ok(Value::NIL)
    })?;
    let event = vm.wrap(class, std::rc::Rc::new(3i64))?;
    let block = |source: &str| vm.eval(source, "costs.rb", 1).map(|block| vm.root(block));
    let run = |name: &str, source: &str| -> Result<(), Error> {
        let block = block(source)?;
        measure(name, || {
            let _scope = vm.scope();
            let _ = std::hint::black_box(vm.yield_with_self(event, block.value(), &[]));
        });
        Ok(())
    };

    run("block, a constant", "proc { 1 }")?;
    run("block, a method written in Rust on its data", "proc { fd }")?;
    run("block, a comparison with such a method", "proc { fd == 3 }")?;
    run("block, park and unpark on the main stack", "proc { park }")?;
    run("block that raises, caught in Rust", "proc { raise ArgumentError }")?;

    let constant = block("proc { |e| 1 }")?;
    measure("block, the event as its argument", || {
        let _scope = vm.scope();
        let _ = std::hint::black_box(vm.yield_block(constant.value(), &[event]));
    });
    let to_s = vm.intern("itself")?;
    measure("method by symbol", || {
        let _scope = vm.scope();
        let _ = std::hint::black_box(vm.call(event, to_s, &[]));
    });
    measure("string of 64 bytes, its collection included", || {
        let _scope = vm.scope();
        let _ = std::hint::black_box(vm.string([b'x'; 64]));
    });
    let context = Context::new(&vm, 64 * 1024)?;
    measure("enter and leave a context", || vm.enter(&context, || ()));
    vm.enter(&context, || run("in a context: park and unpark", "proc { park }"))?;

    vm.set_limits(Options { instructions: Some(1 << 40), ..vm.limits() });
    run("with a budget: a constant", "proc { 1 }")?;
    run("with a budget: a comparison", "proc { fd == 3 }")?;
    measure("open and close a VM", {
        let mut n = 0;
        move || {
            n += 1;
            if n % 100 == 0 {
                drop(Vm::new(Options::default()));
            }
        }
    });
    println!("(the last line is a hundredth of one VM)");
    Ok(())
}
