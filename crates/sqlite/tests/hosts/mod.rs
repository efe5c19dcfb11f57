//! The programs that load the extension: the `sqlite3` shell and Python.

#![allow(dead_code, reason = "no test uses all of it")]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A directory with scripts, and a host that runs in it.
pub struct Place {
    pub dir: tempfile::TempDir,
    env: Vec<(String, String)>,
}

fn library() -> PathBuf {
    let deps = std::env::current_exe().unwrap().parent().unwrap().to_path_buf();
    deps.join("libhijinks_sqlite.so")
}

impl Place {
    pub fn new() -> Place {
        Place { dir: tempfile::tempdir().unwrap(), env: Vec::new() }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a script.
    pub fn script(self, name: &str, text: &str) -> Place {
        fs::write(self.path().join(name), text).unwrap();
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Place {
        self.env.push((name.into(), value.into()));
        self
    }

    fn run(&self, program: &str, arguments: &[&str], input: &str) -> Output {
        // A host that hangs shall fail its test, not the suite.
        let mut child = Command::new("timeout")
            .args(["60", program])
            .args(arguments)
            .current_dir(self.path())
            .env_remove("HIJINKS_SCRIPT_DIR")
            .envs(self.env.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A host that died early says so by its status.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// Runs statements in the shell, on a database file that stays; answers what it printed, errors
    /// among it.
    pub fn sql(&self, statements: &str) -> String {
        let statements = a_line_each(statements);
        let input = format!(".load {}\n{statements}\nSELECT 'alive';\n", library().display());
        let output = self.run("sqlite3", &["test.db"], &input);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            text.ends_with("alive\n"),
            "the shell did not live to the end: {:?}\n{text}{errors}",
            output.status
        );
        let text = text.strip_suffix("alive\n").unwrap_or_default();
        // What the shell says about where an error was differs from version to version.
        let errors = errors.lines().filter(|line| !line.contains("panicked at"));
        let errors: Vec<_> = errors.filter(|line| line.contains("rror")).collect();
        format!("{text}{}", errors.join("\n")).trim_end().to_owned()
    }

    /// Runs Python, which has `db` with the extension loaded; answers what it printed.
    pub fn python(&self, code: &str) -> String {
        let start = format!(
            "import sqlite3\ndb = sqlite3.connect('test.db', isolation_level=None)\n\
             db.enable_load_extension(True)\ndb.load_extension({:?})\n",
            library().display().to_string()
        );
        let output = self.run("/usr/bin/python3", &["-"], &(start + code));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{:?}\n{errors}", output.status);
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }
}

/// The shell skips the rest of a line with an error.
fn a_line_each(statements: &str) -> String {
    let mut quoted = false;
    let mut text = String::new();
    for c in statements.chars() {
        quoted ^= c == '\'';
        text.push(c);
        if c == ';' && !quoted {
            text.push('\n');
        }
    }
    text
}

/// Whether every one of these texts is in it.
#[track_caller]
pub fn has(text: &str, wanted: &[&str]) {
    for part in wanted {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
}
