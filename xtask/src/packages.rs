//! What the tests need on a fresh Debian machine beside Rust: found, or installed by apt-get.

use std::process::{Command, Stdio};

use crate::shell::{self, Outcome};

/// A program that must be in `PATH`, and the Debian package that brings it.
const NEEDED: &[(&str, &str)] = &[
    ("gcc", "gcc"),
    ("as", "binutils"),
    ("make", "make"),
    ("strace", "strace"),
    ("gdb", "gdb"),
    ("git", "git"),
    ("perl", "perl"),
    ("python3", "python3"),
    ("node", "nodejs"),
    ("go", "golang-go"),
    ("busybox", "busybox"),
];

/// What the tests of the database extensions need on top.
const DATABASES: &[(&str, &str)] =
    &[("sqlite3", "sqlite3"), ("redis-server", "redis-server"), ("redis-cli", "redis-tools")];

/// Installs what is missing among [`NEEDED`] and [`DATABASES`].
pub fn install() -> Outcome {
    install_missing(NEEDED)?;
    install_databases()
}

/// Installs the servers and shells that the database extensions are tested with.
pub fn install_databases() -> Outcome {
    install_missing(DATABASES)
}

fn install_missing(needed: &[(&str, &str)]) -> Outcome {
    let missing: Vec<&str> = needed
        .iter()
        .filter(|(program, _)| !shell::found(program))
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("installing {}", missing.join(" "));
    apt_get(&["update", "-qq"])?;
    let mut args = vec!["install", "-y", "-qq", "--no-install-recommends"];
    args.extend(&missing);
    apt_get(&args).map_err(|why| {
        format!("{why}\ninstall these packages by hand, then try again: {}", missing.join(" "))
    })
}

fn apt_get(args: &[&str]) -> Outcome {
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    let mut command = if root {
        Command::new("apt-get")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["--non-interactive", "apt-get"]);
        sudo
    };
    command.args(args).env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
    shell::status(&mut command, "apt-get")
}
