//! Runs the C compiler, many files at a time, and keeps objects whose inputs did not change.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use crate::{Result, at};

/// A compiler with the flags that all units share.
#[derive(Clone, Debug)]
pub(crate) struct Compiler {
    command: String,
    pub(crate) flags: Vec<String>,
    jobs: usize,
}

impl Compiler {
    /// The compiler named by `variable` (`CC`, `HOST_CC`), `cc` otherwise.
    pub(crate) fn new(variable: &str) -> Self {
        println!("cargo::rerun-if-env-changed={variable}");
        let command = std::env::var(variable).unwrap_or_else(|_| "cc".into());
        let jobs = std::env::var("NUM_JOBS").ok().and_then(|n| n.parse().ok()).unwrap_or(2);
        Compiler { command, flags: Vec::new(), jobs }
    }

    fn command(&self) -> Command {
        let mut words = self.command.split_whitespace();
        let mut command = Command::new(words.next().unwrap_or("cc"));
        command.args(words).args(&self.flags);
        command
    }

    /// Preprocesses each file; the texts, in the order of the files.
    pub(crate) fn preprocess(&self, files: &[PathBuf], extra: &[&str]) -> Result<Vec<String>> {
        self.each(files, |file| {
            let text = run(self.command().args(["-w", "-E", "-P"]).args(extra).arg(file))?;
            Ok(String::from_utf8_lossy(&text).into_owned())
        })
    }

    /// Compiles each file into `dir`. An object is kept when the file, the flags and `context` (a
    /// digest of whatever else it reads) are those of the last time.
    pub(crate) fn compile(
        &self,
        files: &[PathBuf],
        dir: &Path,
        context: u64,
    ) -> Result<Vec<PathBuf>> {
        at(dir, fs::create_dir_all(dir))?;
        let objects = self.each(files, |file| {
            let source = at(file, fs::read(file))?;
            let key = digest(&(&self.command, &self.flags, file, source, context));
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            let object = dir.join(format!("{stem}-{key:016x}.o"));
            if !object.exists() {
                let part = object.with_extension("part");
                run(self.command().arg("-c").arg(file).arg("-o").arg(&part))?;
                at(&object, fs::rename(&part, &object))?;
            }
            Ok(object)
        })?;
        for stale in crate::list(dir, "o").iter().filter(|o| !objects.contains(o)) {
            at(stale, fs::remove_file(stale))?;
        }
        Ok(objects)
    }

    /// Links objects into a program.
    pub(crate) fn link(&self, objects: &[PathBuf], program: &Path) -> Result<()> {
        run(self.command().args(objects).arg("-lm").arg("-o").arg(program)).map(drop)
    }

    fn each<R: Send>(
        &self,
        files: &[PathBuf],
        work: impl Fn(&Path) -> Result<R> + Sync,
    ) -> Result<Vec<R>> {
        let queue = Mutex::new(files.iter().enumerate());
        let done = Mutex::new(Vec::with_capacity(files.len()));
        std::thread::scope(|scope| {
            for _ in 0..self.jobs {
                scope.spawn(|| {
                    loop {
                        let next = queue.lock().expect("no worker panics").next();
                        let Some((index, file)) = next else { break };
                        let result = work(file);
                        done.lock().expect("no worker panics").push((index, result));
                    }
                });
            }
        });
        let mut done = done.into_inner().expect("no worker panics");
        done.sort_by_key(|(index, _)| *index);
        done.into_iter().map(|(_, result)| result).collect()
    }
}

/// Archives objects as a static library.
pub(crate) fn archive(objects: &[PathBuf], library: &Path) -> Result<()> {
    println!("cargo::rerun-if-env-changed=AR");
    let ar = std::env::var("AR").unwrap_or_else(|_| "ar".into());
    // `ar` adds to what is there: objects of an earlier build would stay inside.
    let _ = fs::remove_file(library);
    run(Command::new(ar).arg("crs").arg(library).args(objects)).map(drop)
}

/// Runs a command to its end; what it printed, or its complaint.
pub(crate) fn run(command: &mut Command) -> Result<Vec<u8>> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(format!("{command:?}\n{}", String::from_utf8_lossy(&output.stderr)))
    }
}

/// A number that changes when the value does.
pub(crate) fn digest(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
