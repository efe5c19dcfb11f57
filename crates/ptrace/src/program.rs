//! What to run.

use std::ffi::{CString, OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Error;

/// A program, as `execve` and a shell know it. What is not said here is inherited.
#[derive(Debug, Clone)]
pub struct Program {
    /// A path, or a name to look up in `PATH`.
    pub name: OsString,
    /// Its arguments, `argv[0]` first.
    pub argv: Vec<OsString>,
    /// Its environment; `None` is ours.
    pub env: Option<Vec<(OsString, OsString)>>,
    /// Where it starts; `None` is where we are.
    pub directory: Option<PathBuf>,
    /// Its standard input, output and error; `None` are ours.
    pub streams: [Option<Arc<OwnedFd>>; 3],
}

/// What `execve` takes.
pub(crate) struct Image {
    pub path: CString,
    pub argv: Vec<CString>,
    pub env: Vec<CString>,
    pub directory: Option<CString>,
    pub streams: [Option<Arc<OwnedFd>>; 3],
}

impl Program {
    /// A program with its arguments, of which the first is its name.
    ///
    /// # Panics
    /// Without any argument: there is no program then.
    pub fn new<S: Into<OsString>>(argv: impl IntoIterator<Item = S>) -> Self {
        let argv: Vec<OsString> = argv.into_iter().map(Into::into).collect();
        let name = argv.first().expect("a program has a name").clone();
        Program { name, argv, env: None, directory: None, streams: [None, None, None] }
    }

    /// The same with this environment and nothing else.
    #[must_use]
    pub fn with_env<K, V>(mut self, env: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        self.env = Some(env.into_iter().map(|(k, v)| (k.into(), v.into())).collect());
        self
    }

    /// The same, started in this directory.
    #[must_use]
    pub fn in_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// The same, writing its output and errors there.
    #[must_use]
    pub fn with_output(mut self, output: impl Into<OwnedFd>) -> Self {
        let output = Arc::new(output.into());
        self.streams[1] = Some(Arc::clone(&output));
        self.streams[2] = Some(output);
        self
    }

    /// The same, reading its input from there.
    #[must_use]
    pub fn with_input(mut self, input: impl Into<OwnedFd>) -> Self {
        self.streams[0] = Some(Arc::new(input.into()));
        self
    }

    /// The file that will be executed, found as a shell finds it.
    ///
    /// # Errors
    /// [`Error::NotFound`] or [`Error::NotExecutable`].
    pub fn find(&self) -> Result<PathBuf, Error> {
        let not_found = || Error::NotFound { program: self.name.to_string_lossy().into_owned() };
        if self.name.is_empty() {
            return Err(not_found());
        }
        if self.name.as_bytes().contains(&b'/') {
            let path = PathBuf::from(&self.name);
            return match trouble(&self.resolve(&path)) {
                None => Ok(path),
                Some(Trouble::Missing) => Err(not_found()),
                Some(Trouble::Unfit(reason)) => Err(Error::NotExecutable { path, reason }),
            };
        }
        let mut unfit = None;
        for directory in std::env::split_paths(&self.search_path()) {
            let path = directory.join(&self.name);
            match trouble(&self.resolve(&path)) {
                None => return Ok(path),
                Some(Trouble::Missing) => {}
                Some(Trouble::Unfit(reason)) => {
                    unfit.get_or_insert(Error::NotExecutable { path, reason });
                }
            }
        }
        Err(unfit.unwrap_or_else(not_found))
    }

    /// Whether the file would gain its user or group in `execve` and will not: a traced program
    /// never does unless its tracer has the privilege to give it.
    ///
    /// # Errors
    /// As [`Program::find`].
    pub fn loses_privilege(&self) -> Result<bool, Error> {
        use std::os::unix::fs::MetadataExt;
        let Ok(file) = std::fs::metadata(self.resolve(&self.find()?)) else { return Ok(false) };
        let ours = std::fs::metadata("/proc/self").map_or(u32::MAX, |ours| ours.uid());
        let gains = file.mode() & libc::S_ISUID != 0 && file.uid() != ours
            || file.mode() & libc::S_ISGID != 0;
        Ok(gains && !crate::process::may_trace_all())
    }

    /// A relative path means one in the program's directory.
    pub(crate) fn resolve(&self, path: &Path) -> PathBuf {
        self.directory.as_ref().map_or_else(|| path.into(), |directory| directory.join(path))
    }

    fn search_path(&self) -> OsString {
        let ours = || std::env::var_os("PATH");
        let path = match &self.env {
            Some(env) => env.iter().find(|(name, _)| name == "PATH").map(|(_, path)| path.clone()),
            None => ours(),
        };
        path.or_else(ours).unwrap_or_else(|| OsString::from("/usr/local/bin:/usr/bin:/bin"))
    }

    pub(crate) fn image(&self, path: &Path) -> Result<Image, Error> {
        let c = |s: &OsStr| CString::new(s.as_bytes()).map_err(|_| Error::Nul);
        let env = match &self.env {
            Some(env) => env.clone(),
            None => std::env::vars_os().collect(),
        };
        let env = env.into_iter().map(|(name, value)| {
            CString::new([name.into_vec(), value.into_vec()].join(&b'=')).map_err(|_| Error::Nul)
        });
        Ok(Image {
            path: c(path.as_os_str())?,
            argv: self.argv.iter().map(|arg| c(arg)).collect::<Result<_, _>>()?,
            env: env.collect::<Result<_, _>>()?,
            directory: self.directory.as_ref().map(|d| c(d.as_os_str())).transpose()?,
            streams: self.streams.clone(),
        })
    }
}

enum Trouble {
    Missing,
    Unfit(String),
}

fn trouble(path: &Path) -> Option<Trouble> {
    use std::os::unix::fs::PermissionsExt;
    let unfit = |reason: &str| Some(Trouble::Unfit(reason.into()));
    match std::fs::metadata(path) {
        Ok(meta) if meta.is_dir() => unfit("it is a directory"),
        Ok(meta) if meta.permissions().mode() & 0o111 == 0 => {
            unfit("it has no execute permission (chmod +x gives it)")
        }
        Ok(_) if is_32_bit(path) => unfit("it is a 32-bit program, whose calls would go unseen"),
        Ok(_) => None,
        Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => unfit("permission denied"),
        Err(_) => Some(Trouble::Missing),
    }
}

/// An ELF file of another class than ours.
fn is_32_bit(path: &Path) -> bool {
    use std::io::Read;
    let mut header = [0; 5];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut header));
    read.is_ok() && header == *b"\x7fELF\x01"
}
