//! Compiles `src/prelude/*.rb` to bytecode with the host's `mrbc`, which mruby-sys has built.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

fn main() {
    let mrbc = env::var("DEP_MRUBY_MRBC").expect("mruby-sys exports the path of mrbc");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let folder = "src/prelude";
    println!("cargo::rerun-if-changed={folder}");
    // One program, in this order: a file may use the classes of those before it.
    let order = ["flags", "fields", "address", "process", "words"];
    let files: Vec<_> =
        order.iter().map(|name| Path::new(folder).join(name).with_extension("rb")).collect();
    let there = fs::read_dir(folder).expect("the prelude's folder is there").count();
    assert_eq!(there, files.len(), "{folder} has a file that the order does not name");
    // No line numbers: an error's innermost line is then the script's own.
    let bytecode = Path::new(&out).join("prelude.mrb");
    let status = Command::new(&mrbc).arg("-o").arg(&bytecode).args(&files).status();
    assert!(status.is_ok_and(|s| s.success()), "{mrbc} could not compile {folder}");
}
