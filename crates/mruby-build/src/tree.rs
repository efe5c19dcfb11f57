//! Where mruby's source comes from: `MRUBY_SRC`, or the package that carries it.
//!
//! The package `mruby3-sys` holds mruby 3.2.0 exactly as released. Its own build script wants make,
//! rake and libclang and writes into the registry, so it must never run: the package is a
//! dependency under a condition that never holds, and cargo is asked where it lies. This respects
//! `cargo vendor`, source replacement and the lock file's checksum.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::archive::run;
use crate::{Result, at};

/// The tree as released.
pub(crate) fn locate() -> Result<PathBuf> {
    println!("cargo::rerun-if-env-changed=MRUBY_SRC");
    if let Some(dir) = std::env::var_os("MRUBY_SRC") {
        return Ok(dir.into());
    }
    // Offline first: the package is there after a `cargo fetch`, and nothing is asked of a network.
    let metadata = metadata(&["--offline"]).or_else(|_| metadata(&[]))?;
    let package = metadata
        .find("\"name\":\"mruby3-sys\",\"version\"")
        .ok_or("mruby3-sys is not in the lock file; set MRUBY_SRC to a tree of mruby 3.2")?;
    let key = "\"manifest_path\":\"";
    let start = metadata[package..].find(key).ok_or("cargo metadata: no manifest_path")?;
    let rest = &metadata[package + start + key.len()..];
    let manifest = &rest[..rest.find('"').ok_or("cargo metadata: cut off")?];
    Ok(Path::new(manifest).with_file_name("mruby"))
}

fn metadata(extra: &[&str]) -> Result<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version", "1", "--locked", "--manifest-path"]);
    let text = run(command.arg(manifest).args(extra))?;
    String::from_utf8(text).map_err(|error| format!("cargo metadata: {error}"))
}

/// Copies what the recipe needs of the tree: core, headers, library, the gems and `mrbc`.
pub(crate) fn copy(from: &Path, to: &Path, gems: &[String]) -> Result<()> {
    if !from.join("include/mruby.h").is_file() {
        return Err(format!("{} is no source tree of mruby", from.display()));
    }
    let mut parts: Vec<PathBuf> = ["include", "src", "mrblib"].iter().map(PathBuf::from).collect();
    let gems = gems.iter().map(String::as_str).chain(["mruby-compiler", "mruby-bin-mrbc"]);
    parts.extend(gems.map(|gem| Path::new("mrbgems").join(gem)));
    parts.iter().try_for_each(|part| copy_dir(&from.join(part), &to.join(part)))
}

fn copy_dir(from: &Path, to: &Path) -> Result<()> {
    at(to, fs::create_dir_all(to))?;
    for entry in at(from, fs::read_dir(from))? {
        let entry = at(from, entry)?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_dir(&source, &target)?;
        } else {
            // Not fs::copy: the registry's files may be read-only, and that mode would stay.
            let bytes = at(&source, fs::read(&source))?;
            at(&target, fs::write(&target, bytes))?;
        }
    }
    Ok(())
}
