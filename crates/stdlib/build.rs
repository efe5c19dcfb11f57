//! Compiles `prelude/*.rb` to bytecode with the host's `mrbc`, which mruby-sys has built.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

fn main() {
    let mrbc = env::var("DEP_MRUBY_MRBC").expect("mruby-sys exports the path of mrbc");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    println!("cargo::rerun-if-changed=prelude");
    for entry in fs::read_dir("prelude").expect("the prelude's folder is there") {
        let source = entry.expect("the prelude's folder can be read").path();
        let name = source.file_stem().expect("files have names").to_owned();
        let bytecode = Path::new(&out).join(name).with_extension("mrb");
        // No line numbers: an error's innermost line is then the script's own.
        let status = Command::new(&mrbc).arg("-o").arg(&bytecode).arg(&source).status();
        assert!(status.is_ok_and(|s| s.success()), "{mrbc} could not compile {source:?}");
    }
}
