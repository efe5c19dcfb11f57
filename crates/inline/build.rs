//! Builds the runtime image (`image/`, a freestanding program with a profile of its own) and lays
//! it out as the memory it will be.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

const BASE: u64 = 0x5500_0000_0000;

fn main() {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let here = ["image/src", "image/Cargo.toml", "image/link.ld", "src/layout.rs"];
    let there = ["engine", "syscalls", "script", "stdlib", "mruby", "mruby-sys", "mruby-build"];
    here.iter().for_each(|input| println!("cargo:rerun-if-changed={input}"));
    there.iter().for_each(|input| println!("cargo:rerun-if-changed=../{input}"));
    let elf = build(&manifest.join("image"), &out.join("image-target"));
    let bytes = std::fs::read(&elf).expect("cargo just wrote it");
    std::fs::write(out.join("image.bin"), lay_out(&bytes)).expect("OUT_DIR is writable");
    std::fs::write(out.join("image.elf"), bytes).expect("OUT_DIR is writable");
}

/// A cargo of its own: the outer one's flags are for programs with a libc.
fn build(package: &Path, target: &Path) -> PathBuf {
    let mut cargo = Command::new(env::var_os("CARGO").expect("cargo sets it"));
    cargo.arg("build").arg("--release").arg("--manifest-path").arg(package.join("Cargo.toml"));
    cargo.args(["--target", "x86_64-unknown-linux-gnu"]).arg("--target-dir").arg(target);
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PROFILE_")
            || ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"]
                .contains(&name.as_ref())
        {
            cargo.env_remove(name.as_ref());
        }
    }
    let status = cargo.status().expect("cargo runs");
    assert!(status.success(), "the runtime image does not build, see above");
    target.join("x86_64-unknown-linux-gnu/release/hijinks-image")
}

/// The loadable segments at their places, from [`BASE`] on.
fn lay_out(elf: &[u8]) -> Vec<u8> {
    let word = |at: usize, len: usize| {
        elf[at..at + len].iter().rev().fold(0u64, |value, byte| value << 8 | u64::from(*byte))
    };
    assert_eq!(word(16, 2), 2, "the image is linked for a fixed address (ET_EXEC)");
    let (table, count) = (word(32, 8) as usize, word(56, 2) as usize);
    let mut memory = Vec::new();
    for header in (0..count).map(|i| table + i * 56) {
        match word(header, 4) {
            1 => {
                let (offset, len) = (word(header + 8, 8) as usize, word(header + 32, 8) as usize);
                let place = (word(header + 16, 8) - BASE) as usize;
                memory.resize(memory.len().max((place + len).next_multiple_of(4096)), 0);
                memory[place..place + len].copy_from_slice(&elf[offset..offset + len]);
            }
            2 | 3 | 7 => panic!("the image asks for a dynamic linker or has thread-local storage"),
            _ => {}
        }
    }
    memory
}
