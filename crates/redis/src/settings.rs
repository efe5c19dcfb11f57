//! The words behind the module's path: `loadmodule libhijinks_redis.so dir /etc/redis/ruby time-limit 5000`.

use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

/// What the module was told when it was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where scripts are: all `*.rb` there are loaded at the start.
    pub dir: Option<PathBuf>,
    /// Whether scripts that clients load are kept in the RDB file. The server refuses to unload a
    /// module that does so.
    pub persist: bool,
    /// Bytes of a VM.
    pub memory: usize,
    /// Instructions of a call.
    pub instructions: Option<u64>,
    /// How long a call may take.
    pub time: Option<Duration>,
    /// Ruby calls within calls.
    pub depth: usize,
    /// Threads for background work.
    pub workers: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            dir: None,
            persist: true,
            memory: 256 << 20,
            instructions: None,
            time: None,
            depth: 4000,
            workers: 2,
        }
    }
}

/// Why the module will not be loaded.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Unclear {
    /// A word that says nothing to us.
    #[error(
        "unknown setting {0:?}: there are dir, persist, max-memory, max-instructions, time-limit, \
         max-depth and workers"
    )]
    Unknown(String),
    /// Nothing follows.
    #[error("{0} wants a value")]
    Missing(String),
    /// What follows is no such value.
    #[error("{0} wants {1}, not {2:?}")]
    Wrong(&'static str, &'static str, String),
}

impl Settings {
    /// Reads name after name, each with its value.
    pub fn read(words: &[String]) -> Result<Self, Unclear> {
        let mut settings = Settings::default();
        for pair in words.chunks(2) {
            let [name, value] = pair else { return Err(Unclear::Missing(pair[0].clone())) };
            settings.set(name, value)?;
        }
        Ok(settings)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Unclear> {
        let whole = |name, wanted| {
            value.parse::<u64>().map_err(|_| Unclear::Wrong(name, wanted, value.into()))
        };
        let size = |name, wanted| {
            let n = whole(name, wanted)?;
            usize::try_from(n).map_err(|_| Unclear::Wrong(name, wanted, value.into()))
        };
        match name.to_ascii_lowercase().as_str() {
            "dir" => self.dir = Some(value.into()),
            "persist" => {
                self.persist = match value {
                    "yes" => true,
                    "no" => false,
                    _ => return Err(Unclear::Wrong("persist", "yes or no", value.into())),
                }
            }
            "max-memory" => {
                self.memory = bytes(value).ok_or_else(|| {
                    Unclear::Wrong("max-memory", "a size such as 64mb, at least 1mb", value.into())
                })?;
            }
            "max-instructions" => {
                let n = whole("max-instructions", "a number of instructions, 0 for no limit")?;
                self.instructions = (n > 0).then_some(n);
            }
            "time-limit" => {
                let n = whole("time-limit", "milliseconds, 0 for no limit")?;
                self.time = (n > 0).then(|| Duration::from_millis(n));
            }
            "max-depth" => self.depth = size("max-depth", "a number of nested calls")?.max(16),
            "workers" => self.workers = size("workers", "a number of threads")?.clamp(1, 64),
            _ => return Err(Unclear::Unknown(name.into())),
        }
        Ok(())
    }
}

/// `64mb`, as in the server's own configuration.
fn bytes(text: &str) -> Option<usize> {
    let text = text.to_ascii_lowercase();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" | "b" => 1,
        "k" => 1000,
        "kb" => 1 << 10,
        "m" => 1_000_000,
        "mb" => 1 << 20,
        "g" => 1_000_000_000,
        "gb" => 1 << 30,
        _ => return None,
    };
    let size = digits.parse::<usize>().ok()?.checked_mul(unit)?;
    // A VM alone takes a third of this.
    (size >= 1 << 20).then_some(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Settings, Unclear> {
        Settings::read(&line.split_whitespace().map(str::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn every_setting_is_understood() {
        let settings = read(
            "dir /ruby persist no max-memory 64mb max-instructions 1000 time-limit 250 \
             max-depth 100 workers 3",
        );
        let wanted = Settings {
            dir: Some("/ruby".into()),
            persist: false,
            memory: 64 << 20,
            instructions: Some(1000),
            time: Some(Duration::from_millis(250)),
            depth: 100,
            workers: 3,
        };
        assert_eq!(settings, Ok(wanted));
    }

    #[test]
    fn what_is_misspelt_is_named() {
        assert_eq!(read("dri /ruby"), Err(Unclear::Unknown("dri".into())));
        assert_eq!(read("dir"), Err(Unclear::Missing("dir".into())));
        let wrong = read("max-memory lots").unwrap_err().to_string();
        assert_eq!(wrong, "max-memory wants a size such as 64mb, at least 1mb, not \"lots\"");
        assert!(read("max-memory 99999999999999999999gb").is_err());
    }
}
