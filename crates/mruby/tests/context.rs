//! Many native stacks in one VM.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::cell::Cell;
use std::rc::Rc;

use corosensei::{Coroutine, CoroutineResult};
use mruby::{Context, Options, Value, Vm};

type Task = Coroutine<(), (), ()>;

/// A VM with `proceed`, which hands the processor to whoever comes next.
fn vm_with_proceed() -> Vm {
    let vm = Vm::new(Options::default()).unwrap();
    let kernel = vm.constant("Kernel").unwrap();
    vm.define_method(kernel, "proceed", |vm, _, args| {
        let parked = vm.park();
        let yielder = YIELDER.with(Cell::get);
        // SAFETY: the yielder of the coroutine that runs this.
        unsafe { (*yielder).suspend(()) };
        parked.unpark();
        Ok(args.get(0))
    })
    .unwrap();
    vm
}

thread_local! {
    /// The coroutine that runs now.
    static YIELDER: Cell<*const corosensei::Yielder<(), ()>> = const { Cell::new(std::ptr::null()) };
}

fn task(vm: &Vm, context: &Context, block: Value, me: i64, done: &Rc<Cell<u32>>) -> Task {
    let (vm, context, done) = (vm.clone(), context.clone(), done.clone());
    Coroutine::new(move |yielder, ()| {
        YIELDER.with(|y| y.set(yielder));
        let result = vm.enter(&context, || {
            let _scope = vm.scope();
            vm.yield_block(block, &[vm.integer(me).unwrap()]).map(drop)
        });
        if let Err(error) = result {
            panic!("task {me}: {error}\n{:?}", error.backtrace());
        }
        done.set(done.get() + 1);
    })
}

fn run_interleaved(vm: &Vm, script: &str, tasks: usize, rounds: usize) {
    let block = vm.root(vm.eval(script, "tasks.rb", 1).unwrap());
    let contexts: Vec<_> = (0..tasks).map(|_| Context::new(vm, 64 * 1024).unwrap()).collect();
    let done = Rc::new(Cell::new(0));
    let mut random = 12345u64;
    for round in 0..rounds {
        let mut running: Vec<(Task, *const corosensei::Yielder<(), ()>)> = contexts
            .iter()
            .enumerate()
            .map(|(n, context)| {
                let me = (round * tasks + n) as i64;
                (task(vm, context, block.value(), me, &done), std::ptr::null())
            })
            .collect();
        while !running.is_empty() {
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let n = (random >> 33) as usize % running.len();
            let (task, yielder) = &mut running[n];
            YIELDER.with(|y| y.set(*yielder));
            match task.resume(()) {
                CoroutineResult::Yield(()) => *yielder = YIELDER.with(Cell::get),
                CoroutineResult::Return(()) => drop(running.swap_remove(n)),
            }
        }
    }
    assert_eq!(done.get() as usize, tasks * rounds);
    vm.collect_garbage();
}

#[test]
fn fifty_handlers_interleave_at_random_and_none_sees_anothers_stack() {
    run_interleaved(
        &vm_with_proceed(),
        r##"
        def deep(n, me)
          x = "s#{n}-#{me}" * 3
          n == 0 ? proceed : deep(n - 1, me)
          raise 'stacks mixed' unless x == "s#{n}-#{me}" * 3
          n
        end
        $count = Hash.new(0)
        proc do |me|
          items = (0..20).map { |i| "item#{i}-#{me}" }
          deep(20, me)
          items.each_with_index do |s, i|
            proceed if i % 7 == 0
            raise 'arrays mixed' unless s == "item#{i}-#{me}"
          end
          sorted = [3, 1, 2].sort_by { |i| proceed; -i }
          raise 'sort' unless sorted == [3, 2, 1]
          trail = []
          begin
            begin
              proceed
              raise "mine #{me}"
            ensure
              proceed
              trail << me
            end
          rescue => e
            proceed
            raise 'exceptions mixed' unless e.message == "mine #{me}" && trail == [me]
          end
          raise 'argument' unless proceed(me) == me
          $count[me] += 1
        end
        "##,
        50,
        4,
    );
}

#[test]
fn fibers_and_enumerators_inside_handlers_park_too() {
    run_interleaved(
        &vm_with_proceed(),
        r##"
        proc do |me|
          fiber = Fiber.new { |x| proceed; y = Fiber.yield(x + 1); proceed; "#{y}-#{me}" }
          raise 'first' unless fiber.resume(1) == 2
          proceed
          raise 'second' unless fiber.resume(5) == "5-#{me}"
          letters = %w[a b c].each
          3.times { |i| proceed; raise 'next' unless letters.next == %w[a b c][i] }
          begin
            letters.next
            raise 'no end'
          rescue StopIteration
            proceed
          end
          nested = Fiber.new { Fiber.new { proceed; [me] }.resume << 1 }
          raise 'nested' unless nested.resume == [me, 1]
          raise 'lazy' unless (1..Float::INFINITY).lazy.map { |i| proceed; i * 2 }.first(3) == [2, 4, 6]
        end
        "##,
        20,
        4,
    );
}

#[test]
fn the_collector_sees_parked_stacks() {
    run_interleaved(
        &vm_with_proceed(),
        r##"
        proc do |me|
          x = [+"kept #{me}"]
          [1, 2, 3].each do |i|
            [i].map { |j| proceed; GC.start if (me + j) % 5 == 0; 'x' * 100 }
          end
          catch(:done) { proceed; throw :done }
          200.times { |i| "garbage #{i}" }
          raise 'collected' unless x == ["kept #{me}"]
        end
        "##,
        30,
        5,
    );
}

#[test]
fn a_context_in_use_is_not_entered_twice() {
    let vm = Vm::new(Options::default()).unwrap();
    let context = Context::new(&vm, 64 * 1024).unwrap();
    let twice = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        vm.enter(&context, || vm.enter(&context, || ()));
    }));
    assert!(twice.is_err());
    assert!(context.is_idle());
    vm.enter(&context, || vm.eval("1", "again.rb", 1)).unwrap();
}

#[test]
fn contexts_may_be_entered_in_the_middle_of_ruby() {
    let vm = Vm::new(Options::default()).unwrap();
    let kernel = vm.constant("Kernel").unwrap();
    let context = Context::new(&vm, 64 * 1024).unwrap();
    vm.define_method(kernel, "elsewhere", move |vm, _, args| {
        vm.enter(&context, || vm.yield_block(args.block().unwrap(), &[Value::from(2)]))
    })
    .unwrap();
    let sum = vm.eval("a = [1]; a << elsewhere { |n| a.first + n }; a.sum", "sum.rb", 1).unwrap();
    assert_eq!(sum.as_i64(), Some(4));
    let error = vm.eval("elsewhere { raise 'over there' }", "sum.rb", 1).unwrap_err();
    assert_eq!(error.message(), "over there");
}

#[test]
fn a_native_stack_that_died_leaves_nothing_behind_in_ruby() {
    let vm = vm_with_proceed();
    let source = "proc { |me| big = 'x' * 100_000; [1].each { proceed }; big }";
    let block = vm.root(vm.eval(source, "dead.rb", 1).unwrap());
    let done = Rc::new(Cell::new(0));
    let die = || {
        let context = Context::new(&vm, 64 * 1024).unwrap();
        let mut task = task(&vm, &context, block.value(), 1, &done);
        assert!(matches!(task.resume(()), CoroutineResult::Yield(())));
        // SAFETY: what lies on the stack is leaked; nothing else points there.
        unsafe { task.force_reset() };
        context
    };
    die().abandon();
    vm.collect_garbage();
    let before = vm.memory_used();
    for _ in 0..200 {
        die().abandon();
    }
    vm.collect_garbage();
    assert!(vm.memory_used() < before + 100_000, "{before} {}", vm.memory_used());
    assert_eq!(done.get(), 0);
    run_interleaved(&vm, "proc { |me| proceed }", 5, 2);
}

#[test]
fn scopes_that_end_in_the_wrong_order_keep_what_is_alive_alive() {
    let vm = Vm::new(Options::default()).unwrap();
    let outer = vm.scope();
    let first = vm.string("first").unwrap();
    let kept = vm.root(first);
    let inner = vm.scope();
    vm.string("second").unwrap();
    drop(outer);
    vm.collect_garbage();
    drop(inner);
    for n in 0..1000 {
        vm.string(format!("more {n}")).unwrap();
    }
    vm.collect_garbage();
    assert_eq!(vm.to_s(kept.value()), "first");
}

#[test]
fn the_value_of_the_last_call_leaves_its_context_alive() {
    let vm = Vm::new(Options::default()).unwrap();
    let context = Context::new(&vm, 64 * 1024).unwrap();
    let value = vm.enter(&context, || vm.eval("['kept', 'x' * 100]", "last.rb", 1)).unwrap();
    vm.collect_garbage();
    vm.eval("1000.times { |i| 'y' * 100 }", "last.rb", 1).unwrap();
    assert_eq!(vm.items(value).unwrap().len(), 2);
    assert!(vm.inspect(value).starts_with("[\"kept\", \"xxx"));
}
