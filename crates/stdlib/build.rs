//! Compiles `prelude/*.rb`, and each folder in it as one, to bytecode with the host's `mrbc`, which
//! mruby-sys has built.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The Ruby files of a folder, in the order of their names.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the prelude's folder can be read");
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.expect("its entries can be read").path()).collect();
    files.sort();
    files
}

fn main() {
    let mrbc = env::var("DEP_MRUBY_MRBC").expect("mruby-sys exports the path of mrbc");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    println!("cargo::rerun-if-changed=prelude");
    for part in sources(Path::new("prelude")) {
        let name = part.file_stem().expect("files have names").to_owned();
        let bytecode = Path::new(&out).join(name).with_extension("mrb");
        let files = if part.is_dir() { sources(&part) } else { vec![part.clone()] };
        // No line numbers: an error's innermost line is then the script's own.
        let status = Command::new(&mrbc).arg("-o").arg(&bytecode).args(&files).status();
        assert!(status.is_ok_and(|s| s.success()), "{mrbc} could not compile {part:?}");
    }
}
