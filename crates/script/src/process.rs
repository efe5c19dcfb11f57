//! What is known of the processes of a run: program, arguments, directory, descriptors' files.
//!
//! `/proc` is asked when a script or a filter asks, no earlier. What only an exec can change (the
//! program's name) is remembered until then.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;

use engine::{Event, Pid};

use crate::glob::{join, normalise};
use crate::kernel::Kernel;

const S_IFMT: u32 = 0o170_000;
const S_IFSOCK: u32 = 0o140_000;
const S_IFREG: u32 = 0o100_000;
const S_IFDIR: u32 = 0o040_000;
const S_IFCHR: u32 = 0o020_000;
const S_IFIFO: u32 = 0o010_000;

/// What a descriptor leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FdKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A socket.
    Socket,
    /// A pipe or FIFO.
    Pipe,
    /// A terminal.
    Tty,
    /// Another device, or something without a file (epoll, eventfd).
    Other,
}

/// The processes of a run.
#[derive(Debug)]
pub struct Processes {
    kernel: Kernel,
    programs: RefCell<BTreeMap<Pid, Rc<str>>>,
    /// Who forked whom, in the order of their births.
    parents: RefCell<Vec<(Pid, Pid)>>,
}

impl Processes {
    /// None known yet.
    #[must_use]
    pub fn new(kernel: Kernel) -> Processes {
        Processes { kernel, programs: RefCell::default(), parents: RefCell::default() }
    }

    /// The kernel that is asked.
    #[must_use]
    pub fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// The path of the program that a process runs; empty if the process is gone.
    #[must_use]
    pub fn exe(&self, pid: Pid) -> Rc<str> {
        if let Some(known) = self.programs.borrow().get(&pid) {
            return known.clone();
        }
        let exe: Rc<str> = self.link(pid, "exe").unwrap_or_default().into();
        self.programs.borrow_mut().insert(pid, exe.clone());
        exe
    }

    /// Follows the process tree.
    pub fn event(&self, event: &Event<'_>) {
        match *event {
            Event::Exec { pid } => {
                self.programs.borrow_mut().remove(&pid);
            }
            Event::Exit { pid, .. } => {
                self.programs.borrow_mut().remove(&pid);
                self.parents.borrow_mut().retain(|(child, _)| *child != pid);
            }
            Event::Fork { parent, child, .. } => self.parents.borrow_mut().push((child, parent)),
            _ => {}
        }
    }

    fn link(&self, pid: Pid, name: &str) -> Option<String> {
        let raw = self.kernel.read_link(&format!("/proc/{pid}/{name}"))?;
        let text = String::from_utf8_lossy(&raw).into_owned();
        Some(text.strip_suffix(" (deleted)").map(ToOwned::to_owned).unwrap_or(text))
    }

    /// The current directory.
    #[must_use]
    pub fn cwd(&self, pid: Pid) -> Option<String> {
        self.link(pid, "cwd")
    }

    /// The file behind a descriptor: a path, or `socket:[123]` and the like.
    #[must_use]
    pub fn fd_path(&self, pid: Pid, fd: i32) -> Option<String> {
        self.link(pid, &format!("fd/{fd}"))
    }

    /// What a descriptor leads to; none if it is closed.
    #[must_use]
    pub fn fd_kind(&self, pid: Pid, fd: i32) -> Option<FdKind> {
        let (mode, device) = self.kernel.mode_and_device(&format!("/proc/{pid}/fd/{fd}"))?;
        Some(match mode & S_IFMT {
            S_IFREG => FdKind::File,
            S_IFDIR => FdKind::Directory,
            S_IFSOCK => FdKind::Socket,
            S_IFIFO => FdKind::Pipe,
            // Majors 4 and 5 are consoles and /dev/tty, 136 to 143 pseudo-terminals.
            S_IFCHR if matches!(device >> 8 & 0xfff, 4 | 5 | 136..=143) => FdKind::Tty,
            _ => FdKind::Other,
        })
    }

    /// A path as the program means it: from its current directory, or from the directory of that
    /// descriptor.
    #[must_use]
    pub fn absolute(&self, pid: Pid, directory: Option<i32>, path: &str) -> String {
        if path.starts_with('/') {
            return normalise(path);
        }
        let base = match directory {
            Some(fd) => self.fd_path(pid, fd),
            None => self.cwd(pid),
        };
        let base = base.unwrap_or_default();
        if path.is_empty() { base } else { normalise(&join(&base, path)) }
    }

    /// A list of NUL-terminated strings: `cmdline`, `environ`.
    #[must_use]
    pub fn strings(&self, pid: Pid, file: &str) -> Vec<Vec<u8>> {
        let raw = self.kernel.read_file(&format!("/proc/{pid}/{file}")).unwrap_or_default();
        let raw = raw.strip_suffix(&[0]).unwrap_or(&raw);
        if raw.is_empty() {
            return Vec::new();
        }
        raw.split(|b| *b == 0).map(<[u8]>::to_vec).collect()
    }

    /// The living processes of the run that a process has forked.
    #[must_use]
    pub fn children(&self, pid: Pid) -> Vec<Pid> {
        let parents = self.parents.borrow();
        parents.iter().filter(|(_, parent)| *parent == pid).map(|(child, _)| *child).collect()
    }

    /// A number from `/proc/PID/status`, the first behind that word.
    #[must_use]
    pub fn status(&self, pid: Pid, word: &str) -> Option<i64> {
        let raw = self.kernel.read_file(&format!("/proc/{pid}/status"))?;
        let text = String::from_utf8_lossy(&raw);
        let line = text.lines().find(|line| line.starts_with(word))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }
}

/// The last name of a path.
#[must_use]
pub fn basename(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_string()
}
