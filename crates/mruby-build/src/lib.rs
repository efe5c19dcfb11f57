//! Compiles mruby with nothing but a C compiler and `ar`: no ruby, rake, bison or libclang.
//!
//! mruby's own build is a Ruby program. What it does is small, and [`Recipe`] does it in Rust:
//!
//! 1. find the source tree and copy it, with [asserted edits](edits), to the output directory;
//! 2. build the bytecode compiler `mrbc` for the machine that builds ([`Mrbc`]);
//! 3. turn the Ruby half of the core library and of the gems into C arrays;
//! 4. collect the symbols that C code names at compile time (presym);
//! 5. compile every unit with the caller's flags and archive `libmruby.a`.
//!
//! A second library with other flags (the one that lives inside other programs, without a libc)
//! is the same recipe with other words, and may reuse tree and `mrbc` of the first:
//!
//! ```no_run
//! # fn main() -> Result<(), String> {
//! use mruby_build::Recipe;
//! let built = Recipe::new("out/hosted")?.unit("csrc/shim.c").build()?;
//! let inner = Recipe::new("out/freestanding")?
//!     .reuse(&built.tree, &built.mrbc)
//!     .flags(["-fno-stack-protector", "-mno-avx", "-include", "csrc/hidden.h"])
//!     .unit("csrc/shim.c")
//!     .build()?;
//! # let _ = inner; Ok(()) }
//! ```
//!
//! `mruby-sys` builds the hosted library, or with its feature `freestanding` the other one.
//!
//! A build script that depends on `mruby-sys` finds the same paths in `DEP_MRUBY_TREE`,
//! `DEP_MRUBY_MRBC`, `DEP_MRUBY_SHIM`, and compiles its Ruby files with [`Mrbc::from_env`].
//! `MRUBY_SRC=dir` replaces the source tree (3.2 only: the edits are asserted).

mod archive;
pub mod edits;
mod gems;
mod mrbc;
mod presym;
mod recipe;
mod tree;
mod units;

pub use gems::GEMS;
pub use mrbc::Mrbc;
pub use recipe::{Built, Recipe};

/// What went wrong, in words for whoever started the build.
pub type Result<T> = std::result::Result<T, String>;

/// Names the file in an I/O error.
fn at<T>(path: &std::path::Path, result: std::io::Result<T>) -> Result<T> {
    result.map_err(|error| format!("{}: {error}", path.display()))
}

/// The files of a directory with one extension, in the order of their names. A directory that is
/// not there has none.
fn list(dir: &std::path::Path, extension: &str) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    files.sort();
    files
}
