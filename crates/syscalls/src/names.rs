//! What a user writes, resolved to numbers.
//!
//! `:open` means opening a file, however the C library does it today: one word stands for all
//! spellings of a call unless the user insists on one. A group's word stands for its calls. What
//! is misspelt is answered with the nearest words.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::{Groups, by_name, table};

/// No call and no group has this name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Suggestion {
    /// What was asked for.
    pub name: String,
    /// The nearest names, best first; may be empty.
    pub nearest: Vec<&'static str>,
}

impl core::error::Error for Suggestion {}

impl core::fmt::Display for Suggestion {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "there is no system call and no group `{}`", self.name)?;
        for (i, name) in self.nearest.iter().enumerate() {
            write!(f, "{} `{name}`", if i == 0 { "; did you mean" } else { " or" })?;
        }
        Ok(())
    }
}

/// One word for all spellings of a call. A word that is a call's name itself still means all of
/// them, unless the user wants it exact.
pub const FAMILIES: &[(&str, &[&str])] = &[
    ("open", &["open", "openat", "openat2", "creat"]),
    ("stat", &["stat", "lstat", "fstat", "newfstatat", "statx"]),
    ("fstatat", &["newfstatat"]),
    ("fork", &["fork", "vfork", "clone", "clone3"]),
    ("exec", &["execve", "execveat"]),
    ("execve", &["execve", "execveat"]),
    ("chmod", &["chmod", "fchmod", "fchmodat", "fchmodat2"]),
    ("chown", &["chown", "fchown", "lchown", "fchownat"]),
    ("mkdir", &["mkdir", "mkdirat"]),
    ("mknod", &["mknod", "mknodat"]),
    ("unlink", &["unlink", "unlinkat"]),
    ("rmdir", &["rmdir", "unlinkat"]),
    ("rename", &["rename", "renameat", "renameat2"]),
    ("link", &["link", "linkat"]),
    ("symlink", &["symlink", "symlinkat"]),
    ("readlink", &["readlink", "readlinkat"]),
    ("access", &["access", "faccessat", "faccessat2"]),
    ("utime", &["utime", "utimes", "futimesat", "utimensat"]),
    ("truncate", &["truncate", "ftruncate"]),
    ("statfs", &["statfs", "fstatfs"]),
    ("getdents", &["getdents", "getdents64"]),
    ("dup", &["dup", "dup2", "dup3"]),
    ("pipe", &["pipe", "pipe2"]),
    ("poll", &["poll", "ppoll"]),
    ("select", &["select", "pselect6"]),
    ("epoll_create", &["epoll_create", "epoll_create1"]),
    ("epoll_wait", &["epoll_wait", "epoll_pwait", "epoll_pwait2"]),
    ("accept", &["accept", "accept4"]),
    ("pread", &["pread64"]),
    ("pwrite", &["pwrite64"]),
    ("preadv", &["preadv", "preadv2"]),
    ("pwritev", &["pwritev", "pwritev2"]),
    ("eventfd", &["eventfd", "eventfd2"]),
    ("signalfd", &["signalfd", "signalfd4"]),
    ("inotify_init", &["inotify_init", "inotify_init1"]),
    ("kill", &["kill", "tkill", "tgkill", "pidfd_send_signal"]),
    ("sigqueue", &["rt_sigqueueinfo", "rt_tgsigqueueinfo"]),
    ("sigaction", &["rt_sigaction"]),
    ("sigprocmask", &["rt_sigprocmask"]),
    ("sigpending", &["rt_sigpending"]),
    ("sigsuspend", &["rt_sigsuspend"]),
    ("sigtimedwait", &["rt_sigtimedwait"]),
    ("sigreturn", &["rt_sigreturn"]),
    ("wait", &["wait4", "waitid"]),
    ("exit", &["exit", "exit_group"]),
    ("send", &["sendto", "sendmsg", "sendmmsg"]),
    ("recv", &["recvfrom", "recvmsg", "recvmmsg"]),
    ("sendmsg", &["sendmsg", "sendmmsg"]),
    ("recvmsg", &["recvmsg", "recvmmsg"]),
    ("sleep", &["nanosleep", "clock_nanosleep"]),
    ("nanosleep", &["nanosleep", "clock_nanosleep"]),
    ("getrlimit", &["getrlimit", "prlimit64"]),
    ("setrlimit", &["setrlimit", "prlimit64"]),
    ("prlimit", &["prlimit64"]),
    ("umount", &["umount2"]),
    ("fadvise", &["fadvise64"]),
    ("mlock", &["mlock", "mlock2"]),
    ("clone", &["clone", "clone3"]),
    ("futex", &["futex", "futex_waitv", "futex_wake", "futex_wait", "futex_requeue"]),
    ("setxattr", &["setxattr", "lsetxattr", "fsetxattr", "setxattrat"]),
    ("getxattr", &["getxattr", "lgetxattr", "fgetxattr", "getxattrat"]),
    ("listxattr", &["listxattr", "llistxattr", "flistxattr", "listxattrat"]),
    ("removexattr", &["removexattr", "lremovexattr", "fremovexattr", "removexattrat"]),
];

/// The numbers that a name stands for: a call, a family of calls (`open`), or a group (`network`,
/// also `%network`); `all` is every call. With `exact`, a call's own name means that call alone.
///
/// # Errors
/// [`Suggestion`] with the nearest names.
pub fn resolve(name: &str, exact: bool) -> Result<Vec<u64>, Suggestion> {
    if exact && let Some(call) = by_name(name) {
        return Ok(vec![call.nr]);
    }
    if let Some((_, members)) = FAMILIES.iter().find(|(family, _)| *family == name) {
        return Ok(members.iter().filter_map(|m| by_name(m)).map(|c| c.nr).collect());
    }
    // Before the calls: `time` is a call too, and among those of its group.
    let bare = name.trim_start_matches('%');
    if let Some((_, group)) = Groups::WORDS.iter().find(|(word, _)| *word == name || *word == bare)
    {
        return Ok(table().iter().filter(|c| c.groups.contains(*group)).map(|c| c.nr).collect());
    }
    if let Some(call) = by_name(name) {
        return Ok(vec![call.nr]);
    }
    if bare == "all" {
        return Ok(table().iter().map(|c| c.nr).collect());
    }
    Err(Suggestion { name: name.into(), nearest: nearest(name) })
}

/// The names of calls, families and groups that are nearest to a misspelt one.
#[must_use]
pub fn nearest(name: &str) -> Vec<&'static str> {
    let calls = table().iter().map(|c| c.name);
    let families = FAMILIES.iter().map(|(f, _)| *f);
    let groups = Groups::WORDS.iter().map(|(w, _)| *w).filter(|w| !w.starts_with('%'));
    nearest_of(name, families.chain(groups).chain(calls).chain(["all"]))
}

/// At most three of the names, within a third of the word's length by edit distance.
pub(crate) fn nearest_of(
    name: &str,
    names: impl Iterator<Item = &'static str>,
) -> Vec<&'static str> {
    let allowed = (name.len() / 3).max(2);
    let mut scored: Vec<(usize, &'static str)> = names
        .map(|candidate| (distance(name.as_bytes(), candidate.as_bytes()), candidate))
        .filter(|(d, candidate)| *d <= allowed && *d < candidate.len())
        .collect();
    scored.sort_by_key(|(d, candidate)| (*d, candidate.len().abs_diff(name.len())));
    let mut best: Vec<&'static str> = Vec::new();
    for (_, candidate) in scored {
        if !best.contains(&candidate) && best.len() < 3 {
            best.push(candidate);
        }
    }
    best
}

/// Insertions, deletions, replacements and swaps of neighbours between two words.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before: Vec<usize> = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let same = usize::from(!a[i].eq_ignore_ascii_case(&b[j]));
            let mut best = (last[j] + same).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = core::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(word: &str, exact: bool) -> Vec<&'static str> {
        let numbers = resolve(word, exact).unwrap();
        numbers.iter().map(|nr| crate::syscall(*nr).unwrap().name).collect()
    }

    #[test]
    fn every_member_of_a_family_is_a_call() {
        for (family, members) in FAMILIES {
            for member in *members {
                assert!(by_name(member).is_some(), "{member} of {family}");
            }
        }
    }

    #[test]
    fn open_means_all_spellings_unless_exact() {
        assert_eq!(names("open", false), ["open", "openat", "openat2", "creat"]);
        assert_eq!(names("open", true), ["open"]);
        assert_eq!(names("openat", false), ["openat"]);
        assert_eq!(names("pread", true), ["pread64"]);
    }

    #[test]
    fn a_group_is_its_calls() {
        assert!(names("network", false).contains(&"connect"));
        assert!(names("%network", false).contains(&"socket"));
        assert!(names("time", false).contains(&"nanosleep"));
        assert_eq!(names("time", true), ["time"]);
        assert_eq!(names("lstat", false), ["lstat"]);
        assert_eq!(names("%fstat", false), ["fstat", "newfstatat", "statx"]);
        assert_eq!(resolve("all", false).unwrap().len(), table().len());
    }

    #[test]
    fn a_misspelt_name_is_answered_with_the_nearest() {
        let error = resolve("opne", false).unwrap_err();
        assert_eq!(error.nearest[0], "open");
        assert_eq!(resolve("conect", false).unwrap_err().nearest[0], "connect");
        assert_eq!(resolve("netwrok", false).unwrap_err().nearest[0], "network");
        assert!(resolve("qqqqqqqqqq", false).unwrap_err().nearest.is_empty());
    }
}
