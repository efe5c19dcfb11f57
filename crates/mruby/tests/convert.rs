//! Rust's types in Ruby and back.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fmt::Debug;

use mruby::{FromRuby, IntoRuby, Options, Value, Vm};

fn vm() -> Vm {
    Vm::new(Options::default()).unwrap()
}

fn there_and_back<T: IntoRuby + FromRuby + Clone + PartialEq + Debug>(vm: &Vm, value: T) {
    let ruby = vm.to_ruby(value.clone()).unwrap();
    assert_eq!(vm.to_rust::<T>(ruby).unwrap(), value);
}

#[test]
fn numbers_of_every_size_come_back_as_they_went() {
    let vm = vm();
    for n in [0, 1, -1, i64::MAX, i64::MIN, 1 << 62, -(1 << 62), (1 << 62) - 1, 1 << 61] {
        there_and_back(&vm, n);
    }
    for n in [0, 1, u64::MAX, 1 << 63, i64::MAX as u64] {
        there_and_back(&vm, n);
        let text = vm.to_ruby(n).unwrap();
        assert_eq!(vm.to_s(text), n.to_string());
    }
    there_and_back(&vm, -5i32);
    there_and_back(&vm, 65535u16);
    there_and_back(&vm, 1.5f64);
    assert!(vm.to_rust::<f64>(vm.eval("0.1", "f.rb", 1).unwrap()).unwrap() - 0.1 < 1e-15);
}

#[test]
fn a_number_that_does_not_fit_is_a_range_error() {
    let vm = vm();
    let big = vm.eval("1 << 70", "n.rb", 1).unwrap();
    assert_eq!(vm.to_rust::<i64>(big).unwrap_err().class_name(), "RangeError");
    assert_eq!(
        vm.to_rust::<u32>(Value::from(-1)).unwrap_err().message(),
        "-1 does not fit into u32"
    );
    let nan = vm.eval("0.0 / 0", "n.rb", 1).unwrap();
    assert_eq!(vm.to_rust::<i64>(nan).unwrap_err().class_name(), "FloatDomainError");
    assert_eq!(vm.to_rust::<i64>(vm.eval("2.9", "n.rb", 1).unwrap()).unwrap(), 2);
    let error = vm.to_rust::<i64>(vm.string("7").unwrap()).unwrap_err();
    assert_eq!(error.message(), "can't convert String into Integer");
}

#[test]
fn strings_are_bytes() {
    let vm = vm();
    let bytes: Vec<u8> = (0..=255).collect();
    there_and_back(&vm, bytes.clone());
    there_and_back(&vm, String::from("schön"));
    let ruby = vm.to_ruby(bytes).unwrap();
    assert_eq!(vm.to_rust::<String>(ruby).unwrap_err().class_name(), "ArgumentError");
    assert_eq!(vm.to_rust::<String>(vm.eval(":sym", "s.rb", 1).unwrap()).unwrap(), "sym");
    let empty = vm.to_ruby("").unwrap();
    assert_eq!(vm.bytes(empty).unwrap(), b"");
    vm.append(empty, b"\0more").unwrap();
    assert_eq!(vm.bytes(empty).unwrap(), b"\0more");
}

#[test]
fn collections_nest() {
    let vm = vm();
    there_and_back(&vm, vec![Some((1i64, String::from("one"))), None]);
    there_and_back(&vm, (1i64, true, vec![2.5f64], String::new()));
    let value = vm.eval("[[1, :a], [2, 'b']]", "c.rb", 1).unwrap();
    let pairs: Vec<(i64, String)> = vm.to_rust(value).unwrap();
    assert_eq!(pairs, [(1, "a".into()), (2, "b".into())]);
    assert!(vm.to_rust::<(i64, i64)>(vm.eval("[1]", "c.rb", 1).unwrap()).is_err());
}

#[test]
fn a_big_array_is_built_while_the_collector_works() {
    let vm = vm();
    let many: Vec<String> = (0..20_000).map(|n| format!("item {n}")).collect();
    there_and_back(&vm, many);
}

#[test]
fn hashes_are_built_read_and_kept_in_order() {
    let vm = vm();
    let hash = vm.hash().unwrap();
    for (key, value) in [("b", 2), ("a", 1)] {
        let symbol = vm.intern(key).unwrap();
        vm.hash_set(hash, symbol, Value::from(value)).unwrap();
    }
    assert_eq!(vm.inspect(hash), "{:b=>2, :a=>1}");
    let a = vm.intern("a").unwrap();
    assert_eq!(vm.hash_get(hash, a).unwrap(), Some(Value::from(1)));
    assert_eq!(vm.hash_get(hash, Value::from(9)).unwrap(), None);
    assert_eq!(vm.pairs(hash).unwrap().len(), 2);
    assert_eq!(vm.hash_delete(hash, a).unwrap(), Value::from(1));
    assert_eq!(vm.len(hash).unwrap(), 1);
    let default = vm.eval("Hash.new { 5 }", "h.rb", 1).unwrap();
    assert_eq!(vm.hash_get(default, a).unwrap(), None);
    assert!(vm.hash_get(Value::NIL, a).is_err());
}

#[test]
fn ranges_are_taken_apart() {
    let vm = vm();
    let range = vm.eval("(3...9)", "r.rb", 1).unwrap();
    assert_eq!(vm.range_parts(range).unwrap(), (Value::from(3), Value::from(9), true));
    let open = vm.eval("(64..)", "r.rb", 1).unwrap();
    assert_eq!(vm.range_parts(open).unwrap(), (Value::from(64), Value::NIL, false));
    let made = vm.range(Value::from(1), Value::from(2), false).unwrap();
    assert_eq!(vm.inspect(made), "1..2");
}
