//! `hijinks doctor`: what this kernel allows, and which engine a program would get, each line with
//! what to do about it. Everything is tried, not guessed: a sandbox may forbid what the kernel has.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::cli;
use crate::output::Output;
use crate::probe;
use crate::report::Failure;

/// How a check came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Health {
    Good,
    Limited,
    Bad,
}

/// One line of the report.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    health: Health,
    found: String,
    /// What the user can do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Check {
    fn good(name: &'static str, found: impl Into<String>) -> Check {
        Check { name, health: Health::Good, found: found.into(), advice: None }
    }

    fn limited(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Check {
        Check { name, health: Health::Limited, found: found.into(), advice: Some(advice.into()) }
    }

    fn bad(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Check {
        Check { name, health: Health::Bad, found: found.into(), advice: Some(advice.into()) }
    }
}

/// Runs the checks and prints them.
///
/// # Errors
/// [`Failure`] when the program that was asked about is not there, or the report can't be written.
pub fn run(options: &cli::Doctor) -> Result<i32, Failure> {
    let mut checks = machine();
    if let Some(program) = &options.program {
        checks.extend(program_checks(program)?);
    }
    let mut out = Output::stdout(cli::Colour::Auto);
    let healthy = checks.iter().all(|check| check.health != Health::Bad);
    if options.json {
        let text =
            serde_json::to_string_pretty(&checks).map_err(|error| Failure::internal(&error))?;
        out.line(&text)?;
    } else {
        for check in &checks {
            print(&mut out, check)?;
        }
    }
    Ok(if healthy { 0 } else { 1 })
}

fn print(out: &mut Output, check: &Check) -> Result<(), Failure> {
    let (mark, colour) = match check.health {
        Health::Good => ("ok  ", AnsiColor::Green),
        Health::Limited => ("note", AnsiColor::Yellow),
        Health::Bad => ("bad ", AnsiColor::Red),
    };
    let mark = out.paint(Style::new().fg_color(Some(colour.into())), mark);
    out.line(&format!("{mark} {:<14} {}", check.name, check.found))?;
    if let Some(advice) = &check.advice {
        let advice = out.paint(Style::new().dimmed(), advice);
        out.line(&format!("     {:<14} {advice}", ""))?;
    }
    out.flush().map_err(|error| Failure::cant_write(None, &error))
}

fn machine() -> Vec<Check> {
    vec![kernel(), ptrace(), seccomp(), yama(), privileges(), nested(), engine()]
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
}

fn kernel() -> Check {
    let release = read("/proc/sys/kernel/osrelease").unwrap_or_else(|| "unknown".into());
    let number = |n: usize| {
        release.split(|c: char| !c.is_ascii_digit()).nth(n).and_then(|s| s.parse::<u32>().ok())
    };
    // 5.3 brought PTRACE_GET_SYSCALL_INFO, 5.11 the constant-allow bitmap of seccomp filters.
    match (number(0), number(1)) {
        (Some(major), Some(minor)) if (major, minor) >= (5, 11) => {
            Check::good("kernel", format!("Linux {release}"))
        }
        (Some(major), Some(minor)) if (major, minor) >= (5, 3) => Check::limited(
            "kernel",
            format!("Linux {release}"),
            "before 5.11 a call that nobody hooks costs more under us",
        ),
        _ => Check::bad("kernel", format!("Linux {release}"), "Linux 5.3 or newer is needed"),
    }
}

fn ptrace() -> Check {
    match probe::ptrace() {
        Ok(()) => Check::good("ptrace", "a child can be traced"),
        Err(error) => Check::bad(
            "ptrace",
            format!("tracing a child fails: {error}"),
            "in a container: allow ptrace (--cap-add SYS_PTRACE, or a seccomp profile that permits it)",
        ),
    }
}

fn seccomp() -> Check {
    match probe::seccomp() {
        Ok(()) => Check::good("seccomp", "filters with RET_TRACE can be installed"),
        Err(error) => Check::bad(
            "seccomp",
            format!("a filter can't be installed: {error}"),
            "the kernel needs CONFIG_SECCOMP_FILTER; attaching (-p) works without it",
        ),
    }
}

fn yama() -> Check {
    match read("/proc/sys/kernel/yama/ptrace_scope").as_deref() {
        None => Check::good("attach", "any process of yours (no yama)"),
        Some("0") => Check::good("attach", "any process of yours (yama scope 0)"),
        Some("1") if !probe::root() => Check::limited(
            "attach",
            "only to descendants (yama scope 1)",
            "starting programs works; to attach with -p: sudo hijinks, or sysctl kernel.yama.ptrace_scope=0",
        ),
        Some("2") if !probe::root() => Check::limited(
            "attach",
            "only as root (yama scope 2)",
            "starting programs works; attach with sudo",
        ),
        Some("3") => Check::bad(
            "attach",
            "nobody may trace (yama scope 3)",
            "this can't be changed before the next boot; set kernel.yama.ptrace_scope lower there",
        ),
        Some(scope) => Check::good("attach", format!("allowed (yama scope {scope}, as root)")),
    }
}

fn privileges() -> Check {
    if probe::root() {
        Check::good("privileges", "root: programs keep what set-user-ID bits give them")
    } else {
        Check::limited(
            "privileges",
            "ordinary user: set-user-ID programs (sudo, su, ping) run without their privilege",
            "the kernel wants no_new_privs before a filter; run hijinks itself under sudo for those",
        )
    }
}

fn nested() -> Check {
    match probe::tracer() {
        None => Check::good("tracer", "nobody traces hijinks itself"),
        Some(pid) => Check::limited(
            "tracer",
            format!("process {pid} traces hijinks"),
            "strace or a debugger around hijinks sees the supervisor; the program has one tracer only: us",
        ),
    }
}

fn engine() -> Check {
    match crate::engines::choose(cli::EngineChoice::Auto) {
        Ok(choice) => match choice.reason {
            None => Check::good("engine", choice.engine.name()),
            Some(reason) => Check::limited("engine", choice.engine.name(), reason),
        },
        Err(failure) => Check::bad("engine", failure.to_string(), "see above"),
    }
}

fn program_checks(program: &OsStr) -> Result<Vec<Check>, Failure> {
    let path = find(program).ok_or_else(|| Failure::NotFound { program: program.to_owned() })?;
    let mut checks = vec![Check::good("program", path.display().to_string())];
    let bytes = fs::read(&path).map_err(|error| Failure::cant_read(&path, &error))?;
    checks.push(kind(&bytes));
    let meta = fs::metadata(&path).map_err(|error| Failure::cant_read(&path, &error))?;
    if meta.mode() & 0o6000 != 0 && !probe::root() {
        checks.push(Check::limited(
            "set-user-ID",
            "the program would gain privilege, and does not under us",
            "run hijinks under sudo",
        ));
    }
    Ok(checks)
}

fn kind(bytes: &[u8]) -> Check {
    const NAME: &str = "format";
    // ELF header: e_ident[EI_CLASS] at 4 (2 is 64-bit), e_machine at 18 (62 is x86-64).
    match bytes {
        [0x7f, b'E', b'L', b'F', class, ..] if bytes.len() > 20 => {
            let machine = u16::from_le_bytes([bytes[18], bytes[19]]);
            match (class, machine) {
                (2, 62) => {
                    let dynamic = contains(bytes, b"/ld-linux") || contains(bytes, b"/ld-musl");
                    let go = contains(&bytes[..bytes.len().min(1 << 20)], b"Go build");
                    let linked = if dynamic { "dynamically linked" } else { "static" };
                    let language = if go { ", Go" } else { "" };
                    Check::good(
                        NAME,
                        format!("64-bit x86-64, {linked}{language}: every call is seen"),
                    )
                }
                (1, 3) => Check::bad(
                    NAME,
                    "32-bit x86",
                    "its calls are refused with ENOSYS under us: build it for x86-64",
                ),
                _ => Check::bad(NAME, format!("ELF for machine {machine}"), "x86-64 programs only"),
            }
        }
        [b'#', b'!', ..] => {
            let line = bytes[2..].split(|b| *b == b'\n').next().unwrap_or_default();
            Check::good(NAME, format!("a script for {}", String::from_utf8_lossy(line).trim()))
        }
        _ => Check::bad(
            NAME,
            "neither ELF nor a script with #!",
            "the kernel will refuse to execute it",
        ),
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// Where `execvp` would find the program.
fn find(program: &OsStr) -> Option<PathBuf> {
    let runnable = |path: &Path| {
        fs::metadata(path).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
    };
    if program.as_encoded_bytes().contains(&b'/') {
        let path = PathBuf::from(program);
        return path.exists().then_some(path);
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|path| runnable(path))
}
