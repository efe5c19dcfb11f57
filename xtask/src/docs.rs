//! Documents that are made from the code: never edited by hand, checked by a test.

use std::fs;
use std::process::Command;

use crate::shell::{self, Outcome};

/// Regenerates everything generated.
pub fn run() -> Outcome {
    let table = output(shell::command(
        &shell::cargo(),
        &["run", "--quiet", "-p", "syscalls", "--example", "table"],
    ))?;
    write("docs/syscalls.md", &table)?;
    let hijinks = shell::release_binary()?;
    let man = output({
        let mut command = Command::new(&hijinks);
        command.arg("man");
        command
    })?;
    write("docs/hijinks.1", &man)?;
    let help = output({
        let mut command = Command::new(&hijinks);
        command.arg("--help").env("COLUMNS", "100");
        command
    })?;
    paste("README.md", "help", &format!("```text\n{}```\n", help.trim_start()))
}

fn output(mut command: Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "{command:?}: {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{command:?}: not UTF-8"))
}

fn write(path: &str, text: &str) -> Outcome {
    fs::write(shell::root().join(path), text).map_err(|error| format!("{path}: {error}"))?;
    eprintln!("wrote {path}");
    Ok(())
}

/// Replaces what stands between `<!-- NAME -->` and `<!-- /NAME -->`.
fn paste(path: &str, name: &str, text: &str) -> Outcome {
    let old =
        fs::read_to_string(shell::root().join(path)).map_err(|error| format!("{path}: {error}"))?;
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let start =
        old.find(&open).ok_or_else(|| format!("{path} has no `{}`", open.trim()))? + open.len();
    let end =
        start + old[start..].find(&close).ok_or_else(|| format!("{path} has no `{close}`"))?;
    write(path, &format!("{}{text}{}", &old[..start], &old[end..]))
}
