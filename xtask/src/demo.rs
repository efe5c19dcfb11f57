//! The main job on real input, in under a minute: Ruby answers the system calls of real programs.

use std::path::Path;
use std::process::Command;

use crate::shell::{self, Outcome};

/// One scene: what it shows, and hijinks' arguments.
const SCENES: &[(&str, &[&str])] = &[
    ("What does ls read?", &["-e", "on(:open) { |c| puts c.path }", "--", "ls", "/"]),
    ("You are root (you think)", &["-e", "replace(:getuid, :geteuid) { 0 }", "--", "id", "-u"]),
    (
        "What python looks for and does not find",
        &[
            "-e",
            "tally(:open, error: true) { |c| [c.errno, c.path] }",
            "--",
            "python3",
            "-c",
            "import json",
        ],
    ),
    (
        "strace -c, in one word",
        &["-e", "tally(:all) { |c| c.name }", "--", "git", "status", "--short"],
    ),
    (
        "Does it work offline?",
        &[
            "-e",
            "on(:connect, family: :inet) { |c| puts \"no, not #{c.address}\"; raise Errno::ENETUNREACH }",
            "--",
            "python3",
            "-c",
            "import socket\ntry: socket.create_connection(('127.0.0.1', 9), 1)\nexcept OSError as e: print(e)",
        ],
    ),
    (
        "All that a program prints, in rot13",
        &[
            "-e",
            "on(:write, fd: :stdout) { |c| c.data = c.data.tr('A-Za-z', 'N-ZA-Mn-za-m') }",
            "--",
            "echo",
            "Uryyb sebz Ehol",
        ],
    ),
    (
        "A disk that fills up",
        &["-e", "fail :write, with: Errno::ENOSPC, fd: :stdout", "--", "echo", "hello"],
    ),
    (
        "A strace for people who write no script",
        &["trace", "-e", "openat,%process", "--", "sh", "-c", "true | cat"],
    ),
    ("Who opened what", &["lsof", "--", "sh", "-c", "exec 7</etc/hostname; true"]),
];

/// Builds hijinks and plays every scene; a scene that fails by our fault fails the demo.
pub fn run() -> Outcome {
    let hijinks = shell::release_binary()?;
    for (title, args) in SCENES {
        scene(&hijinks, title, args)?;
    }
    static_and_go(&hijinks)
}

fn scene(hijinks: &Path, title: &str, args: &[&str]) -> Outcome {
    eprintln!("\n\x1b[1;36m# {title}\x1b[0m\n\x1b[2m$ hijinks {}\x1b[0m", quoted(args));
    let status = Command::new(hijinks)
        .args(args)
        .current_dir(shell::root())
        .status()
        .map_err(|error| format!("{}: {error}", hijinks.display()))?;
    match status.code() {
        // 125 is hijinks' own failure, everything else the program's exit status.
        Some(125) | None => Err(format!("the scene `{title}` failed: {status}")),
        Some(_) => Ok(()),
    }
}

fn quoted(args: &[&str]) -> String {
    let plain =
        |word: &str| word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./%,=".contains(c));
    let quote = |word: &&str| {
        if plain(word) { (*word).to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
    };
    args.iter().map(quote).collect::<Vec<_>>().join(" ")
}

/// A static C program has no libc to preload, a Go program does not use one: Ruby answers both.
fn static_and_go(hijinks: &Path) -> Outcome {
    let dir = std::env::temp_dir().join(format!("hijinks-demo-{}", std::process::id()));
    std::fs::create_dir_all(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    let source = dir.join("parent.c");
    let program = dir.join("parent");
    std::fs::write(&source, "#include <stdio.h>\n#include <unistd.h>\nint main(void) { printf(\"my parent is %d\\n\", getppid()); }\n")
        .map_err(|error| format!("{}: {error}", source.display()))?;
    let mut gcc = Command::new("gcc");
    shell::status(gcc.arg("-static").arg("-o").arg(&program).arg(&source), "gcc")?;
    let program_name = program.to_string_lossy().into_owned();
    scene(
        hijinks,
        "A static program, where LD_PRELOAD sees nothing",
        &["-e", "replace(:getppid) { 42 }", "--", &program_name],
    )?;
    if shell::found("go") {
        let source = dir.join("parent.go");
        std::fs::write(&source, "package main\n\nimport (\"fmt\"; \"os\")\n\nfunc main() { fmt.Println(\"my parent is\", os.Getppid()) }\n")
            .map_err(|error| format!("{}: {error}", source.display()))?;
        let mut go = Command::new("go");
        go.arg("build")
            .arg("-o")
            .arg(&program)
            .arg(&source)
            .env("GOCACHE", dir.join("cache"))
            .env("GOFLAGS", "-mod=mod");
        shell::status(&mut go, "go build")?;
        scene(
            hijinks,
            "A Go program, which uses no libc",
            &["-e", "replace(:getppid) { 42 }", "--", &program_name],
        )?;
    }
    let _ = std::fs::remove_dir_all(&dir);
    Ok(())
}
