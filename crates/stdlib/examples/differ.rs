use std::rc::Rc;
fn main() {
    let gold = std::fs::read_to_string(std::env::args().nth(1).unwrap()).unwrap();
    let mut bad = 0;
    for line in gold.lines() {
        let (expr, want) = line.split_once('\t').unwrap();
        let vm = mruby::Vm::new(mruby::Options::default()).unwrap();
        stdlib::install(&vm, stdlib::Parts::ALL, Rc::new(stdlib::Native::default())).unwrap();
        let got = match vm.eval(expr, "-e", 1) { Ok(v) => vm.inspect(v), Err(e) => format!("{}: {}", e.class_name(), e.message()) };
        if got != want { bad += 1; println!("{expr}\n   ruby {want}\n   ours {got}"); }
    }
    println!("{bad} differ of {}", gold.lines().count());
}
