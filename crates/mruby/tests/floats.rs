//! Floats keep all their bits on the way between Rust and Ruby, and inside.

use mruby::Vm;

#[test]
fn a_float_comes_back_with_all_its_bits() {
    let vm = Vm::new(Default::default()).unwrap();
    for float in [0.1, 1.0 / 3.0, f64::MIN_POSITIVE, f64::MAX, -0.0, f64::NAN] {
        let value = vm.float(float).unwrap();
        assert_eq!(value.as_f64().unwrap().to_bits(), float.to_bits());
    }
    let sum = vm.eval("0.1 + 0.2", "sum.rb", 1).unwrap();
    assert_eq!(sum.as_f64(), Some(0.1 + 0.2));
}
