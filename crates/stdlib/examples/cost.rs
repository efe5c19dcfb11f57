//! What opening a VM with the library costs: `cargo run --release -p stdlib --example cost`.

use std::rc::Rc;
use std::time::Instant;

use mruby::{Options, Vm};
use stdlib::{Native, Parts, install};

fn best(times: usize, mut run: impl FnMut() -> u128) -> u128 {
    (0..times).map(|_| run()).min().unwrap_or(0)
}

fn main() {
    let open = || Vm::new(Options::default()).expect("there is memory for a VM");
    let all = |vm: &Vm, parts| {
        let native = Rc::new(Native::default());
        let start = Instant::now();
        install(vm, parts, native).expect("the library loads");
        start.elapsed().as_micros()
    };
    println!(
        "open     {:>5} us",
        best(200, || {
            let start = Instant::now();
            let _vm = open();
            start.elapsed().as_micros()
        })
    );
    println!("all      {:>5} us", best(200, || all(&open(), Parts::ALL)));
    println!("pure     {:>5} us", best(200, || all(&open(), Parts::PURE)));
    for name in ["JSON", "Time", "File", "Process", "Socket", "Errno::ENOENT"] {
        let cost = best(50, || {
            let vm = open();
            all(&vm, Parts::ALL);
            let start = Instant::now();
            vm.constant(name).expect("it is there");
            start.elapsed().as_micros()
        });
        println!("{name:<8} {cost:>5} us");
    }
    let vm = open();
    all(&vm, Parts::ALL);
    for (what, code) in [
        (
            "x =~ /literal/",
            "s = '/etc/passwd'; n = 0; while n < 100000; s =~ /passwd/; n += 1; end",
        ),
        (
            "match? /\\A\\/etc\\//",
            "s = '/etc/passwd'; n = 0; while n < 100000; s.match?(/\\A\\/etc\\//); n += 1; end",
        ),
        (
            "gsub 64 bytes",
            "s = 'token=ghp_abcdef and more text than that, up to sixty-four bytes'; n = 0; while n < 100000; s.gsub(/ghp_\\w+/, '[x]'); n += 1; end",
        ),
        (
            "raise, rescue Errno",
            "n = 0; while n < 100000; begin; raise Errno::EACCES; rescue SystemCallError; end; n += 1; end",
        ),
        (
            "to_json of a small Hash",
            "h = { a: 1, b: 'two', c: [1, 2.5, nil] }; n = 0; while n < 100000; h.to_json; n += 1; end",
        ),
        ("Time.now", "n = 0; while n < 100000; Time.now; n += 1; end"),
        (
            "case/when of three",
            "s = 'openat'; n = 0; while n < 100000; case s when /^read/ then 1 when /^write/ then 2 when /^open/ then 3 end; n += 1; end",
        ),
    ] {
        let cost = best(3, || {
            let start = Instant::now();
            vm.eval(code, "cost.rb", 1).expect("it runs");
            start.elapsed().as_nanos()
        });
        println!("{what:<26} {:>6} ns", cost / 100_000);
    }
}
