//! Calls from Rust to Ruby and from Ruby to Rust.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::cell::RefCell;
use std::rc::Rc;

use mruby::{Error, Options, Value, Vm};

fn vm() -> Vm {
    Vm::new(Options::default()).unwrap()
}

#[test]
fn a_program_runs_and_answers_its_last_value() {
    let vm = vm();
    assert_eq!(vm.eval("1 + 2 * 3", "sum.rb", 1).unwrap().as_i64(), Some(7));
}

#[test]
fn bytecode_remembers_its_lines() {
    let vm = vm();
    let bytecode = vm.compile("x = 1\n\nraise 'here'", "lines.rb").unwrap();
    let error = Vm::new(Options::default()).unwrap().load(&bytecode).unwrap_err();
    assert_eq!(error.to_string(), "lines.rb:3: here (RuntimeError)");
    assert!(vm.load(b"RITE9999 and so on, not quite long enough").is_err());
}

#[test]
fn methods_written_in_rust_get_arguments_keywords_and_block() {
    let vm = vm();
    let kernel = vm.constant("Kernel").unwrap();
    vm.define_method(kernel, "describe_call", |vm, this, args| {
        let block = args.block().map(|b| vm.yield_block(b, &[Value::from(1)])).transpose()?;
        let text = format!(
            "{} {:?} {} {}",
            vm.inspect(this),
            args.positional(),
            args.keywords().map_or_else(|| "-".into(), |k| vm.inspect(k)),
            block.map_or_else(|| "-".into(), |b| vm.inspect(b)),
        );
        vm.to_ruby(text)
    })
    .unwrap();
    let cases = [
        ("describe_call", "main [] - -"),
        ("describe_call 1, 2", "main [1, 2] - -"),
        ("describe_call(1, a: 2) { |n| n + 1 }", "main [1] {:a=>2} 2"),
        ("describe_call(*(1..20), a: 2)[-17..-1]", "19, 20] {:a=>2} -"),
        ("5.describe_call(*[1, 2], **{b: 3})", "5 [1, 2] {:b=>3} -"),
        ("describe_call({a: 1})[0, 12]", "main [Hash(0"),
    ];
    for (source, wanted) in cases {
        let got = vm.eval(source, "call.rb", 1).unwrap();
        let got = vm.to_s(got);
        assert!(got.ends_with(wanted) || got == wanted, "{source}: {got}");
    }
}

#[test]
fn arguments_survive_a_method_that_moves_the_vms_stack() {
    let vm = vm();
    let kernel = vm.constant("Kernel").unwrap();
    vm.define_method(kernel, "after_deep", |vm, _, args| {
        vm.eval("def down(n) = n == 0 ? GC.start : down(n - 1)\ndown(2000)", "deep.rb", 1)?;
        vm.array(args.positional())
    })
    .unwrap();
    let got = vm.eval("after_deep('a' + 'b', [1])", "call.rb", 1).unwrap();
    assert_eq!(vm.inspect(got), r#"["ab", [1]]"#);
}

#[test]
fn an_error_of_a_method_written_in_rust_is_an_ordinary_exception() {
    let vm = vm();
    let kernel = vm.constant("Kernel").unwrap();
    vm.define_method(kernel, "refuse", |_, _, _| {
        Err(Error::argument("not like this").with_variable("@code", Value::from(13)))
    })
    .unwrap();
    let source = "begin; refuse; rescue ArgumentError => e; [e.message, e.instance_variable_get(:@code)]; end";
    let got = vm.eval(source, "call.rb", 1).unwrap();
    assert_eq!(vm.inspect(got), r#"["not like this", 13]"#);
    let error = vm.eval("\n\nrefuse", "call.rb", 1).unwrap_err();
    assert_eq!(error.to_string(), "call.rb:3: not like this (ArgumentError)");
}

#[test]
fn an_exception_passes_through_rust_as_it_is() {
    let vm = vm();
    let kernel = vm.constant("Kernel").unwrap();
    vm.define_method(kernel, "through", |vm, _, args| vm.yield_block(args.block().unwrap(), &[]))
        .unwrap();
    let source =
        "e = RuntimeError.new('one'); begin; through { raise e }; rescue => f; e.equal?(f); end";
    assert_eq!(vm.eval(source, "call.rb", 1).unwrap(), Value::TRUE);
}

#[test]
fn break_passes_through_rust_to_its_home() {
    let vm = vm();
    let kernel = vm.constant("Kernel").unwrap();
    vm.define_method(kernel, "forever", |vm, _, args| {
        loop {
            vm.yield_block(args.block().unwrap(), &[])?;
        }
    })
    .unwrap();
    let source = "def home; n = 0; r = forever { n += 1; break n if n == 3 }; r * 10; end; home";
    assert_eq!(vm.eval(source, "call.rb", 1).unwrap().as_i64(), Some(30));
}

#[test]
fn a_break_without_a_home_is_an_error_that_can_be_printed() {
    let vm = vm();
    let block = vm.eval("def keep(&b) = b\nkeep { break 1 }", "call.rb", 1).unwrap();
    let error = vm.yield_block(block, &[]).unwrap_err();
    assert!(error.to_string().contains("break from"), "{error}");
    assert_eq!(vm.eval("1", "call.rb", 1).unwrap().as_i64(), Some(1));
}

#[test]
fn a_block_runs_with_another_self() {
    let vm = vm();
    let block = vm.eval("proc { |n| size + n }", "call.rb", 1).unwrap();
    let this = vm.string("four").unwrap();
    let got = vm.yield_with_self(this, block, &[Value::from(3)]).unwrap();
    assert_eq!(got.as_i64(), Some(7));
    assert!(vm.yield_with_self(this, Value::NIL, &[]).is_err());
}

#[test]
fn closures_keep_their_state_between_calls() {
    let vm = vm();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let log = seen.clone();
    let kernel = vm.constant("Kernel").unwrap();
    vm.define_method(kernel, "note", move |vm, _, args| {
        log.borrow_mut().push(args.required::<String>(vm, 0)?);
        Ok(Value::NIL)
    })
    .unwrap();
    vm.eval("note 'a'; note :b", "call.rb", 1).unwrap();
    assert_eq!(*seen.borrow(), ["a", "b"]);
    let error = vm.eval("note", "call.rb", 1).unwrap_err();
    assert_eq!(error.message(), "wrong number of arguments (given 0, expected 1+)");
}

#[test]
fn a_panic_becomes_an_exception_outside_standard_error() {
    let vm = vm();
    let kernel = vm.constant("Kernel").unwrap();
    vm.define_method(kernel, "trip", |_, _, _| panic!("over a stone")).unwrap();
    let error = vm.eval("begin; trip; rescue; end", "call.rb", 1).unwrap_err();
    assert_eq!(error.message(), "panic: over a stone");
}

#[test]
fn blocks_keep_the_variables_of_the_program_that_made_them() {
    let vm = vm();
    let add = vm.eval("total = 0; proc { |n| total += n }", "call.rb", 1).unwrap();
    vm.eval("a = 1; b = 2; c = [a, b]", "other.rb", 1).unwrap();
    vm.yield_block(add, &[Value::from(2)]).unwrap();
    assert_eq!(vm.yield_block(add, &[Value::from(3)]).unwrap().as_i64(), Some(5));
}

#[test]
fn a_program_tells_what_it_mentions() {
    let vm = vm();
    let program = vm.parse("on(:open) { |c| c.fd.opened_by if c }", "m.rb", 1).unwrap();
    assert!(program.mentions("opened_by"));
    assert!(program.mentions("open"));
    assert!(!program.mentions("closed_by"));
}

#[test]
fn a_fiber_resumes_in_a_block_that_rust_calls() {
    let vm = vm();
    let block = vm.eval("proc { e = [1, 2].each; [e.next, e.next] }", "call.rb", 1).unwrap();
    let got = vm.yield_block(block, &[]).unwrap();
    assert_eq!(vm.inspect(got), "[1, 2]");
}

#[test]
fn keywords_are_passed_to_methods_written_in_ruby() {
    let vm = vm();
    vm.eval("def kw(a, b:, c: 3, &d) = [a, b, c, d&.call]", "call.rb", 1).unwrap();
    let keywords = vm.eval("{b: 2}", "call.rb", 1).unwrap();
    let block = vm.eval("proc { 4 }", "call.rb", 1).unwrap();
    for _ in 0..2 {
        let got =
            vm.call_with_keywords(vm.top_self(), "kw", &[Value::from(1)], keywords, block).unwrap();
        assert_eq!(vm.inspect(got), "[1, 2, 3, 4]");
    }
    let wrong = vm.eval("{x: 2}", "call.rb", 1).unwrap();
    assert!(vm.call_with_keywords(vm.top_self(), "kw", &[], wrong, Value::NIL).is_err());
}
