//! Values, roots, symbols, and the corrections to mruby that scripts can see.
#![allow(clippy::unwrap_used, reason = "tests")]

use mruby::{Kind, Options, Value, Vm};

fn vm() -> Vm {
    Vm::new(Options::default()).unwrap()
}

fn inspect(vm: &Vm, source: &str) -> String {
    match vm.eval(source, "value.rb", 1) {
        Ok(value) => vm.inspect(value),
        Err(error) => error.to_string(),
    }
}

#[test]
fn every_kind_is_told_apart() {
    let vm = vm();
    for (source, kind) in [
        ("nil", Kind::Nil),
        ("false", Kind::False),
        ("true", Kind::True),
        ("-7", Kind::Integer),
        ("1 << 62", Kind::Integer),
        ("1 << 64", Kind::BigInteger),
        ("1.5", Kind::Float),
        (":sym", Kind::Symbol),
        ("'s'", Kind::String),
        ("[]", Kind::Array),
        ("{}", Kind::Hash),
        ("1..2", Kind::Range),
        ("proc { }", Kind::Proc),
        ("String", Kind::Class),
        ("Kernel", Kind::Module),
        ("RuntimeError.new", Kind::Exception),
        ("Fiber.new { }", Kind::Fiber),
        ("Struct.new(:a).new(1)", Kind::Struct),
        ("3r", Kind::Rational),
        ("Object.new", Kind::Object),
    ] {
        assert_eq!(vm.eval(source, "kind.rb", 1).unwrap().kind(), kind, "{source}");
    }
}

#[test]
fn a_root_keeps_its_value_and_lets_it_go() {
    let vm = vm();
    let _scope = vm.scope();
    let kept = {
        let _scope = vm.scope();
        let text = vm.string("kept").unwrap();
        vm.root(text)
    };
    for n in 0..100 {
        let _scope = vm.scope();
        let _gone = vm.root(vm.string(format!("gone {n}")).unwrap());
    }
    vm.collect_garbage();
    assert_eq!(vm.to_s(kept.value()), "kept");
    let before = vm.memory_used();
    let big = vm.eval("Array.new(100_000, 'x')", "big.rb", 1);
    let big = vm.root(big.unwrap());
    vm.eval("nil", "big.rb", 1).unwrap();
    assert!(vm.memory_used() > before + 500_000);
    drop(big);
}

#[test]
fn a_scope_lets_the_collector_have_what_was_made_in_it() {
    let vm = vm();
    vm.collect_garbage();
    let before = vm.memory_used();
    for _ in 0..20_000 {
        let _scope = vm.scope();
        vm.string("x".repeat(500)).unwrap();
    }
    vm.collect_garbage();
    assert!(vm.memory_used() < before + 200_000, "{} {before}", vm.memory_used());
}

#[test]
fn symbols_are_the_same_however_they_are_made() {
    let vm = vm();
    let a = vm.intern("each").unwrap();
    assert_eq!(vm.eval(":each", "sym.rb", 1).unwrap().as_symbol(), Some(a));
    let odd = vm.intern("no such name, surely").unwrap();
    assert_eq!(vm.symbol_name(odd), "no such name, surely");
    assert_eq!(Value::from(odd), vm.eval(":'no such name, surely'", "sym.rb", 1).unwrap());
}

#[test]
fn questions_about_objects_are_answered_natively() {
    let vm = vm();
    let text = vm.string("x").unwrap();
    assert!(text.responds_to(&vm, "upcase"));
    assert!(!text.responds_to(&vm, "downcast"));
    assert!(text.is_a(&vm, vm.constant("Comparable").unwrap()));
    assert!(!text.is_a(&vm, Value::from(1)));
    assert_eq!(text.class(&vm), vm.constant("String").unwrap());
}

#[test]
fn variables_and_constants_are_shared_with_scripts() {
    let vm = vm();
    let object = vm
        .eval("$seen = 1; module Deep; module Down; HERE = 3; end; end; Object.new", "v.rb", 1)
        .unwrap();
    vm.set_global("$seen", Value::from(2)).unwrap();
    vm.set_instance_variable(object, "@x", Value::from(5)).unwrap();
    vm.set_global("$object", object).unwrap();
    assert_eq!(inspect(&vm, "[$seen, $object.instance_variable_get(:@x)]"), "[2, 5]");
    assert_eq!(vm.constant("Deep::Down::HERE").unwrap().as_i64(), Some(3));
    vm.define_const(vm.constant("Deep").unwrap(), "MADE", Value::TRUE).unwrap();
    assert_eq!(inspect(&vm, "Deep::MADE"), "true");
    assert!(vm.constant("Deep::NOWHERE").is_err());
    assert!(vm.constant("Deep::Down::HERE::MORE").is_err());
    assert!(vm.set_instance_variable(Value::from(1), "@x", Value::NIL).is_err());
}

#[test]
fn classes_are_defined_and_found_again() {
    let vm = vm();
    let outer = vm.define_module(Value::NIL, "Outer").unwrap();
    let class = vm.define_class(outer, "Inner", vm.constant("StandardError").unwrap()).unwrap();
    assert_eq!(vm.define_class(outer, "Inner", Value::NIL).ok(), None);
    assert_eq!(inspect(&vm, "Outer::Inner.superclass"), "StandardError");
    vm.define_singleton_method(class, "answer", |_, _, _| Ok(Value::from(42))).unwrap();
    assert_eq!(inspect(&vm, "Outer::Inner.answer"), "42");
    assert!(vm.define_method(Value::from(1), "x", |_, _, _| Ok(Value::NIL)).is_err());
}

#[test]
fn floats_print_as_they_should() {
    let vm = vm();
    for exponent in -300..=300 {
        let text = inspect(&vm, &format!("1e{exponent}.to_s"));
        let text = text.trim_matches('"');
        let back: f64 = text.parse().unwrap_or(f64::NAN);
        let wanted: f64 = format!("1e{exponent}").parse().unwrap();
        assert!((back / wanted - 1.0).abs() < 1e-14, "1e{exponent} prints as {text}");
    }
    assert_eq!(
        inspect(&vm, "[1.5, 0.1, 100.0, -2.25, 1e20, 1e-7]"),
        "[1.5, 0.1, 100.0, -2.25, 1.0e+20, 1.0e-07]"
    );
}

#[test]
fn mrubys_known_crashes_are_closed() {
    let vm = vm();
    assert!(inspect(&vm, "Proc.allocate.call").contains("undefined method"));
    assert!(inspect(&vm, "Class.new(Proc).allocate.call").contains("undefined method"));
    // The format is changed while it is read.
    let sly = "f = +'%s-%s'; o = Object.new; o.define_singleton_method(:to_s) { f.replace('x' * 9999); 'o' }; sprintf(f, o, 1)";
    assert_eq!(inspect(&vm, sly), "\"o-1\"");
}

#[test]
fn a_regexp_literal_asks_the_class_regexp_to_compile_it() {
    let vm = vm();
    assert!(inspect(&vm, "/x/").contains("uninitialized constant Regexp"));
    let regexp = vm.define_class(Value::NIL, "Regexp", Value::NIL).unwrap();
    vm.define_singleton_method(regexp, "compile", |vm, _, args| vm.array(args.positional()))
        .unwrap();
    for (source, wanted) in [
        (r"/a\d\/b/", r#"["a\\d/b"]"#),
        (r"/a/i", r#"["a", "i"]"#),
        (r"/a/imx", r#"["a", "ixm"]"#),
        (r"/a/n", r#"["a", nil, "n"]"#),
        (r"/a#{1 + 1}b/", r#"["a2b"]"#),
        (r"/a#{1}/mi", r#"["a1", "im"]"#),
        (r"%r{a/b}x", r#"["a/b", "x"]"#),
        (r"//", r#"[""]"#),
    ] {
        assert_eq!(inspect(&vm, source), wanted, "{source}");
    }
    vm.eval("$~ = 1; 'ok'", "re.rb", 1).unwrap();
    vm.set_global("$1", vm.string("one").unwrap()).unwrap();
    vm.set_global("$&", vm.string("all").unwrap()).unwrap();
    assert_eq!(inspect(&vm, "[$~, $1, $2, $&]"), r#"[1, "one", nil, "all"]"#);
}
