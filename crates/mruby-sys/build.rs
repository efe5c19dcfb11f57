//! Compiles mruby and the shim, and tells dependants where things are (`DEP_MRUBY_*`).

use std::path::PathBuf;

use mruby_build::{Recipe, Result};

/// No stack protector and no shadow stack (both need the thread register), no register that the
/// entry does not save (AVX, x87), no unwind tables.
const FREESTANDING: &[&str] = &[
    "-fno-stack-protector",
    "-fcf-protection=none",
    "-mno-avx",
    "-mno-80387",
    "-mlong-double-64",
    "-fno-asynchronous-unwind-tables",
    "-U_FORTIFY_SOURCE",
    "-include",
];

fn main() -> Result<()> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let out = std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set: run me from cargo")?;
    let shim = here.join("csrc/shim.c");
    let hidden = here.join("csrc/hidden.h");
    println!("cargo::rerun-if-changed={}", hidden.display());

    let mut recipe = Recipe::new(out)?.unit(&shim);
    let freestanding = std::env::var_os("CARGO_FEATURE_FREESTANDING").is_some();
    if freestanding {
        recipe = recipe.flags(FREESTANDING.iter().copied()).flags([hidden.to_string_lossy()]);
    }
    let built = recipe.build()?;

    println!("cargo::rustc-link-search=native={}", built.dir.display());
    println!("cargo::rustc-link-lib=static=mruby");
    if !freestanding {
        println!("cargo::rustc-link-lib=m");
    }
    let includes: Vec<_> = built.includes.iter().map(|dir| dir.display().to_string()).collect();
    println!("cargo::metadata=MRBC={}", built.mrbc.program().display());
    println!("cargo::metadata=TREE={}", built.tree.display());
    println!("cargo::metadata=LIBRARY={}", built.dir.join("libmruby.a").display());
    println!("cargo::metadata=SHIM={}", shim.display());
    println!("cargo::metadata=INCLUDE={}", includes.join(":"));
    println!("cargo::metadata=DEFINES={}", built.defines.join(" "));
    Ok(())
}
