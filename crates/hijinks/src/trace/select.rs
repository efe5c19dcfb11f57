//! Which calls are shown: strace's `-e` and `-P`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use engine::{CallSet, Guest};
use syscalls::{Decoder, Limits, Value};

use crate::cli;
use crate::proc;
use crate::report::Failure;

/// The calls that are wanted.
#[derive(Debug)]
pub struct Selection {
    /// By number.
    pub calls: CallSet,
    paths: Vec<PathBuf>,
}

impl Selection {
    /// Reads `-e` and `-P`.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a name that is no call's and no group's, with the nearest names.
    pub fn parse(options: &cli::Trace) -> Result<Selection, Failure> {
        let mut calls = None;
        for expression in &options.expressions {
            let set = parse_set(expression)?;
            calls = Some(calls.map_or(set, |before: CallSet| before.union(&set)));
        }
        let paths = options.paths.iter().map(|path| absolute(path)).collect();
        Ok(Selection { calls: calls.unwrap_or(CallSet::ALL), paths })
    }

    /// Whether the call names one of the paths, or has a descriptor of one (or below one).
    pub fn matches_path(&self, guest: &dyn Guest) -> bool {
        if self.paths.is_empty() {
            return true;
        }
        let call = guest.call();
        let decoder = Decoder {
            nr: call.nr,
            args: call.args,
            result: None,
            mem: guest,
            limits: Limits::default(),
        };
        let values = decoder.all();
        let dir = values.iter().find_map(|(_, value)| match value {
            Value::DirFd(fd) if *fd >= 0 => {
                proc::fd_path(guest.pid(), *fd, false).map(PathBuf::from)
            }
            _ => None,
        });
        let base = dir.or_else(|| proc::cwd(guest.pid())).unwrap_or_default();
        values.iter().any(|(_, value)| {
            let path = match value {
                Value::Path(bytes, _) => base.join(OsStr::from_bytes(bytes)),
                Value::Fd(fd) => match proc::fd_path(guest.pid(), *fd, false) {
                    Some(path) => PathBuf::from(path),
                    None => return false,
                },
                _ => return false,
            };
            let path = normal(&path);
            self.paths.iter().any(|wanted| path.starts_with(wanted))
        })
    }
}

/// `openat,%network`, `!futex`, `trace=file`.
fn parse_set(expression: &str) -> Result<CallSet, Failure> {
    let words = expression
        .strip_prefix("trace=")
        .or_else(|| expression.strip_prefix("t="))
        .unwrap_or(expression);
    let (words, inverted) = match words.strip_prefix('!') {
        Some(rest) => (rest, true),
        None => (words, false),
    };
    let mut set = CallSet::EMPTY;
    for word in words.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        if word == "none" {
            continue;
        }
        // strace's `?name` is a call that need not exist.
        let (name, optional) = match word.strip_prefix('?') {
            Some(rest) => (rest, true),
            None => (word, false),
        };
        // A plain name is that call alone, as in strace; a group or a word like `open` is all of it.
        match syscalls::resolve(name, true) {
            Ok(numbers) => set = set.union(&numbers.into_iter().collect()),
            Err(_) if optional => {}
            Err(suggestion) => {
                let near: Vec<String> =
                    suggestion.nearest.iter().map(|name| format!("`{name}`")).collect();
                let help = match near.as_slice() {
                    [] => "`hijinks doc` lists the groups".to_owned(),
                    near => format!("did you mean {}?", near.join(" or ")),
                };
                return Err(Failure::usage(
                    format!("-e {expression}: there is no system call `{name}`"),
                    Some(help),
                ));
            }
        }
    }
    if inverted {
        let excluded = set;
        set = (0..512).filter(|nr| !excluded.contains(*nr)).collect();
    }
    Ok(set)
}

fn absolute(path: &Path) -> PathBuf {
    normal(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}

/// Without `.` and `..`, as far as names alone tell.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            part => out.push(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(expression: &str) -> Vec<&'static str> {
        parse_set(expression)
            .unwrap()
            .iter()
            .filter_map(syscalls::syscall)
            .map(|call| call.name)
            .collect()
    }

    #[test]
    fn straces_expressions_are_read() {
        assert_eq!(names("openat,close"), ["close", "openat"]);
        assert_eq!(names("trace=openat"), ["openat"]);
        assert!(names("%network").contains(&"connect"));
        assert!(names("network").contains(&"connect"));
        assert!(!names("!futex").contains(&"futex"));
        assert_eq!(names("!all"), Vec::<&str>::new());
        assert_eq!(names("none"), Vec::<&str>::new());
        assert_eq!(names("?nosuchcall,close"), ["close"]);
    }

    #[test]
    fn a_misspelt_name_is_an_error_with_the_nearest() {
        let failure = parse_set("opennat").unwrap_err();
        let Failure::Usage { message, help } = failure else { panic!("{failure}") };
        assert!(message.contains("opennat"));
        assert!(help.unwrap().contains("openat"));
    }
}
