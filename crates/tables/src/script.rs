//! Scripts: where they may lie, when they are read again, and what becomes of an old version.
//!
//! A file is known by its real path, inode, size and time of change. When one of them differs it is
//! run again, after the constants that it defined were removed: a class starts anew instead of
//! getting each column twice. Tables that are open keep the class that they have.
//!
//! Where a script directory is set, a script is named by a path below it. Absolute paths, `..`,
//! links that lead outside and files that everybody may write are refused: a database file must not
//! be able to name code that its reader did not put there.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use mruby::{Root, Value as Ruby, Vm};

use crate::Runtime;
use crate::error::{Error, Result};

/// A script that was run.
#[derive(Debug)]
pub struct Script {
    name: String,
    identity: Option<Identity>,
    /// The top-level constants that it defined.
    constants: Root,
    /// Its last value: the way of Holycorn to say which class is the table.
    pub(crate) last: Root,
    /// How many tables had been defined before it.
    pub(crate) seen: i64,
}

impl Script {
    /// The path or name as it was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

#[derive(Debug)]
pub(crate) struct Scripts {
    dir: Option<PathBuf>,
    known: RefCell<HashMap<String, Rc<Script>>>,
}

impl Scripts {
    pub(crate) fn new(dir: Option<PathBuf>) -> Scripts {
        Scripts { dir, known: RefCell::default() }
    }

    /// The real path of a script, if it may be read.
    fn resolve(&self, given: &str) -> Result<PathBuf> {
        let forbidden =
            |reason: &str| Error::Forbidden { path: given.into(), reason: reason.into() };
        let unreadable =
            |e: std::io::Error| Error::Script { path: given.into(), reason: e.to_string() };
        let Some(dir) = &self.dir else { return fs::canonicalize(given).map_err(unreadable) };
        let below = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if !Path::new(given).components().all(below) {
            let text = "only a path below the script directory is allowed";
            return Err(forbidden(text));
        }
        let dir = fs::canonicalize(dir).map_err(unreadable)?;
        let path = fs::canonicalize(dir.join(given)).map_err(unreadable)?;
        if !path.starts_with(&dir) {
            return Err(forbidden("it is a link that leads out of the script directory"));
        }
        let mode = fs::metadata(&path).map_err(unreadable)?.mode();
        if mode & 0o002 != 0 {
            return Err(forbidden("everybody may write it"));
        }
        Ok(path)
    }
}

impl Runtime {
    /// Runs a script file, or answers the script that it already is.
    ///
    /// # Errors
    /// If it may not or can't be read, can't be parsed, or raises.
    pub fn load_file(&self, given: &str) -> Result<Rc<Script>> {
        let path = self.0.scripts.resolve(given)?;
        let unreadable =
            |e: std::io::Error| Error::Script { path: given.into(), reason: e.to_string() };
        let meta = fs::metadata(&path).map_err(unreadable)?;
        let identity = Identity {
            device: meta.dev(),
            inode: meta.ino(),
            size: meta.size(),
            changed: (meta.mtime(), meta.mtime_nsec()),
        };
        let key = path.to_string_lossy().into_owned();
        let old = self.0.scripts.known.borrow().get(&key).cloned();
        if let Some(script) = old {
            if script.identity == Some(identity) {
                return Ok(script);
            }
            self.forget(&key, &script)?;
        }
        let source = fs::read(&path).map_err(unreadable)?;
        let source = String::from_utf8(source)
            .map_err(|_| Error::Script { path: given.into(), reason: "it is not UTF-8".into() })?;
        self.run_script(key, given, &source, Some(identity))
    }

    /// Runs a script that is given as text, or answers the script that it already is.
    ///
    /// # Errors
    /// If it can't be parsed, or raises.
    pub fn load_source(&self, source: &str, name: &str) -> Result<Rc<Script>> {
        let key = format!("\0{source}");
        let known = self.0.scripts.known.borrow().get(&key).cloned();
        match known {
            Some(script) => Ok(script),
            None => self.run_script(key, name, source, None),
        }
    }

    fn run_script(
        &self,
        key: String,
        name: &str,
        source: &str,
        identity: Option<Identity>,
    ) -> Result<Rc<Script>> {
        let script = self.run(|vm| {
            let table = vm.constant("Table")?;
            let seen = vm.call(vm.call(table, "__classes", &[])?, "size", &[])?;
            let before = vm.call(vm.constant("Object")?, "constants", &[])?;
            let parsed = vm.parse(source, name, 1)?;
            let outer = vm.call(table, "__loading", &[])?;
            vm.call(table, "__loading=", &[vm.string(&key)?])?;
            let answer = vm.run(&parsed);
            vm.call(table, "__loading=", &[outer])?;
            let after = vm.call(vm.constant("Object")?, "constants", &[])?;
            let new = vm.call(after, "-", &[before])?;
            if answer.is_err() {
                forget(vm, new)?;
            }
            Ok(Script {
                name: name.to_owned(),
                identity,
                constants: vm.root(new),
                last: vm.root(answer?),
                seen: seen.as_i64().unwrap_or_default(),
            })
        })?;
        let script = Rc::new(script);
        self.0.scripts.known.borrow_mut().insert(key, Rc::clone(&script));
        Ok(script)
    }

    fn forget(&self, key: &str, script: &Script) -> Result<()> {
        self.0.scripts.known.borrow_mut().remove(key);
        self.run(|vm| forget(vm, script.constants.value()))
    }
}

fn forget(vm: &Vm, constants: Ruby) -> Result<(), mruby::Error> {
    vm.call(vm.constant("Table")?, "__forget", &[constants]).map(drop)
}
