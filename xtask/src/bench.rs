//! The speed that we promise, measured: every figure is a ratio to the native run, or to strace, of
//! the same minute on the same machine. Results are kept in `benches/runs/`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::packages;
use crate::shell::{self, Outcome};

/// One line of the result.
struct Figure {
    what: String,
    value: String,
    promise: &'static str,
    kept: bool,
}

/// Runs every measurement and keeps the result in `benches/runs/`.
pub fn run() -> Outcome {
    packages::install()?;
    let hijinks = shell::release_binary()?;
    let dir = std::env::temp_dir().join(format!("hijinks-bench-{}", std::process::id()));
    fs::create_dir_all(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    let guest = compiled(&dir)?;
    let mut figures = calls(&hijinks, &guest)?;
    figures.push(start(&hijinks)?);
    figures.push(load(&hijinks, &dir)?);
    figures.push(size(&hijinks)?);
    let _ = fs::remove_dir_all(&dir);
    keep(&figures)
}

fn compiled(dir: &Path) -> Result<PathBuf, String> {
    let program = dir.join("getppid_loop");
    let mut gcc = Command::new("gcc");
    gcc.args(["-O2", "-o"]).arg(&program).arg(shell::root().join("guests/getppid_loop.c"));
    shell::status(&mut gcc, "gcc").map(|()| program)
}

/// The least time of a call in the guest, under whatever stands before it.
fn least(before: &[&str], guest: &Path, calls: u32) -> Result<f64, String> {
    let guest = guest.to_string_lossy().into_owned();
    let mut line: Vec<&str> = before.to_vec();
    let (calls, batches) = (calls.to_string(), "40".to_owned());
    line.extend([guest.as_str(), &calls, &batches]);
    let output = Command::new(line[0])
        .args(&line[1..])
        .stderr(Stdio::null())
        .output()
        .map_err(|error| format!("{}: {error}", line[0]))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.trim().parse().map_err(|_| format!("`{}` printed `{}`", line.join(" "), text.trim()))
}

/// Cost of a call: not hooked, hooked, and hooked by strace.
fn calls(hijinks: &Path, guest: &Path) -> Result<Vec<Figure>, String> {
    let hijinks = hijinks.to_string_lossy().into_owned();
    let under = |code: &'static str| {
        vec![
            hijinks.clone(),
            "--engine".into(),
            "ptrace".into(),
            "-e".into(),
            code.into(),
            "--".into(),
        ]
    };
    let measure = |line: &[String], n: u32| {
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        least(&line, guest, n)
    };
    // Three rounds in turn, the least of each: a slow minute hits all of them.
    let (mut native, mut unhooked, mut hooked, mut looked, mut injected) =
        (f64::MAX, f64::MAX, f64::MAX, f64::MAX, f64::MAX);
    let strace =
        ["strace", "-o", "/dev/null", "-e", "trace=getppid", "-e", "inject=getppid:retval=42"];
    for _ in 0..3 {
        native = native.min(least(&[], guest, 100_000)?);
        unhooked = unhooked.min(measure(&under("replace(:getpgrp) { 42 }"), 100_000)?);
        hooked = hooked.min(measure(&under("replace(:getppid) { 42 }"), 500)?);
        looked = looked.min(measure(&under("after(:getppid) { }"), 500)?);
        injected = injected.min(least(&strace, guest, 500)?);
    }
    let ratio = |what: &str, a: f64, b: f64, to: &str, promise: &'static str, most: f64| Figure {
        what: what.into(),
        value: format!("{a:.0} ns, {:.2} × {to} ({b:.0} ns)", a / b),
        promise,
        kept: a / b <= most,
    };
    Ok(vec![
        ratio("a call that nobody hooks", unhooked, native, "native", "at most 1.6 × native", 1.6),
        ratio(
            "replace(:getppid) { 42 }",
            hooked,
            injected,
            "strace -e inject",
            "at most 1.1 × strace",
            1.1,
        ),
        ratio(
            "after(:getppid) { }",
            looked,
            injected,
            "strace -e inject",
            "none: two stops",
            f64::MAX,
        ),
    ])
}

/// How much later `/bin/true` is done.
fn start(hijinks: &Path) -> Result<Figure, String> {
    let script = "replace(:getppid) { 42 }";
    let mut native = Vec::new();
    let mut under = Vec::new();
    for _ in 0..40 {
        native.push(wall(Command::new("/bin/true"))?);
        let mut command = Command::new(hijinks);
        command.args(["--engine", "ptrace", "-e", script, "--", "/bin/true"]);
        under.push(wall(command)?);
    }
    let (native, under) = (median(native), median(under));
    let later = under.saturating_sub(native);
    Ok(Figure {
        what: "/bin/true under a script".into(),
        value: format!("{:.1} ms later than natively ({:.1} ms)", ms(later), ms(native)),
        promise: "at most 15 ms later",
        kept: later <= Duration::from_millis(15),
    })
}

/// A script of 51 lines against one of a single handler, on a program that opens nothing.
fn load(hijinks: &Path, dir: &Path) -> Result<Figure, String> {
    let long = dir.join("long.rb");
    let short = dir.join("short.rb");
    let mut text = String::from("seen = Hash.new(0)\n");
    for n in 0..10 {
        let _ = write!(
            text,
            "on(:open, path: \"/srv/{n}/**\") do |c|\n  seen[c.path] += 1\n  audit :open, c.path if seen[c.path] == {n}\n  raise Errno::EACCES if c.path.include?(\"{n}\")\nend\n"
        );
    }
    fs::write(&long, text).map_err(|error| error.to_string())?;
    fs::write(&short, "on(:open, path: \"/srv/0/**\") { }\n").map_err(|error| error.to_string())?;
    let program = dir.join("parent");
    let mut gcc = Command::new("gcc");
    gcc.args(["-nostdlib", "-static", "-o"]).arg(&program);
    shell::status(gcc.arg(shell::root().join("guests/parent.S")), "gcc")?;
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..100 {
        for (script, times) in [(&long, &mut with), (&short, &mut without)] {
            let mut command = Command::new(hijinks);
            command.args(["run", "--engine", "ptrace"]).arg(script).arg("--").arg(&program);
            times.push(wall(command)?);
        }
    }
    let least = |times: Vec<Duration>| times.into_iter().min().unwrap_or_default();
    let cost = least(with).saturating_sub(least(without));
    Ok(Figure {
        what: "a script of 51 lines".into(),
        value: format!("{:.2} ms more than one of one line", ms(cost)),
        promise: "loads in under 1 ms",
        kept: cost < Duration::from_millis(1),
    })
}

fn size(hijinks: &Path) -> Result<Figure, String> {
    let bytes = fs::metadata(hijinks).map_err(|error| error.to_string())?.len();
    Ok(Figure {
        what: "the binary".into(),
        value: format!("{:.1} MB", bytes as f64 / 1e6),
        promise: "under 15 MB",
        kept: bytes < 15_000_000,
    })
}

fn wall(mut command: Command) -> Result<Duration, String> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let begun = Instant::now();
    let status = command.status().map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() { Ok(begun.elapsed()) } else { Err(format!("{command:?}: {status}")) }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn said(program: &str, args: &[&str]) -> String {
    let output = shell::command(program, args).output();
    output.map_or_else(
        |_| "?".into(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

/// Prints the figures and keeps them with machine and commit.
fn keep(figures: &[Figure]) -> Outcome {
    let commit = said("git", &["rev-parse", "--short", "HEAD"]);
    let day = said("date", &["+%Y-%m-%d"]);
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("?", |rest| rest.trim_start_matches([' ', '\t', ':']));
    let mut text = format!(
        "# {day}, commit {commit}\n\n`cargo xtask bench` on {}, {} cores ({cpu}), Linux {}, {}.\nTimes of calls are the least of 3 × 40 batches, starts the median of 40 runs.\n\n| what | measured | promised | |\n| --- | --- | --- | --- |\n",
        said("uname", &["-m"]),
        said("nproc", &[]),
        said("uname", &["-r"]),
        said("strace", &["--version"])
            .lines()
            .next()
            .unwrap_or("no strace")
            .trim_start_matches("strace -- version "),
    );
    for figure in figures {
        let mark = if figure.kept { "kept" } else { "**missed**" };
        let _ =
            writeln!(text, "| {} | {} | {} | {mark} |", figure.what, figure.value, figure.promise);
    }
    print!("{text}");
    let path = shell::root().join("benches/runs").join(format!("{day}-ptrace-{commit}.md"));
    fs::create_dir_all(path.parent().expect("it has one")).map_err(|error| error.to_string())?;
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
}
