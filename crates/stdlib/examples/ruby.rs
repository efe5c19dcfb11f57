//! Runs a Ruby program with the whole library: `cargo run -p stdlib --example ruby FILE [ARGS]`.

use std::rc::Rc;
use std::{env, fs, process};

use stdlib::{Native, Parts, install};

fn main() {
    let mut args = env::args().skip(1);
    let Some(file) = args.next() else {
        eprintln!("usage: ruby FILE [ARGS]");
        process::exit(2);
    };
    let source = match fs::read_to_string(&file) {
        Ok(source) => source,
        Err(error) => {
            eprintln!("{file}: {error}");
            process::exit(1);
        }
    };
    let native = Native {
        script: file.clone().into(),
        arguments: args.map(String::into_bytes).collect(),
        variables: None,
    };
    let vm = mruby::Vm::new(mruby::Options::default()).expect("there is memory for a VM");
    install(&vm, Parts::ALL, Rc::new(native)).expect("the library loads");
    let result = vm.eval(&source, &file, 1);
    process::exit(stdlib::finish(&vm, result));
}
