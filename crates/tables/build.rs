//! Compiles the prelude to bytecode, so that opening a VM needs no parser.

use std::env;
use std::path::PathBuf;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=prelude");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("run from cargo")).join("prelude.mrb");
    let mrbc = env::var_os("DEP_MRUBY_MRBC").expect("mruby-sys tells where its mrbc is");
    let status = Command::new(mrbc)
        .args(["-g", "-o"])
        .arg(&out)
        .args(["prelude/table.rb", "prelude/functions.rb"])
        .status()
        .expect("mrbc can be run");
    assert!(status.success(), "the prelude can't be compiled");
}
