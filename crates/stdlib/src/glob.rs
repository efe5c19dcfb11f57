//! `Dir.glob`: the paths that match a pattern, each directory's names sorted.

use alloc::vec::Vec;

use crate::host::Host;
use crate::kernel::Kernel;
use crate::path::{braces, flags, name_matches};

/// `d_type` of a directory, of a link, and of what must be asked for.
const DT_UNKNOWN: u8 = 0;
const DT_DIR: u8 = 4;
const DT_LNK: u8 = 10;
const S_IFMT: u32 = 0o170_000;
const S_IFDIR: u32 = 0o040_000;
/// Directories below each other; what is deeper is a loop of mounts.
const MOST_NESTED: usize = 200;

/// Everything that matches, relative to `base` if there is one.
#[must_use]
pub(crate) fn glob(
    kernel: &Kernel<'_, dyn Host>,
    pattern: &[u8],
    how: i64,
    base: Option<&[u8]>,
) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for one in braces(pattern, how & flags::NOESCAPE == 0) {
        let mut names: Vec<&[u8]> = one.split(|b| *b == b'/').collect();
        let mut start = Vec::new();
        if one.starts_with(b"/") {
            start.push(b'/');
            names.remove(0);
        }
        // `a//b` is `a/b`, but `a/` asks for a directory.
        let last = names.len() - 1;
        let mut n = 0;
        names.retain(|name| {
            n += 1;
            !name.is_empty() || n - 1 == last
        });
        if !one.is_empty() {
            let walk = Walk { kernel, how, base: base.unwrap_or(b"") };
            walk.step(&start, &names, 0, &mut found);
        }
    }
    found
}

struct Walk<'a> {
    kernel: &'a Kernel<'a, dyn Host>,
    how: i64,
    base: &'a [u8],
}

impl Walk<'_> {
    /// Where a path is that is shown relative to the base.
    fn real(&self, path: &[u8]) -> Vec<u8> {
        match (self.base, path) {
            (b"", b"") => b".".to_vec(),
            (b"", path) => path.to_vec(),
            (base, b"") => base.to_vec(),
            (_, [b'/', ..]) => path.to_vec(),
            (base, path) => [base, b"/", path].concat(),
        }
    }

    fn is_directory(&self, path: &[u8], follow: bool) -> bool {
        self.kernel.stat(&self.real(path), follow).is_ok_and(|stat| {
            u32::from_le_bytes([stat[24], stat[25], stat[26], stat[27]]) & S_IFMT == S_IFDIR
        })
    }

    fn step(&self, path: &[u8], names: &[&[u8]], depth: usize, found: &mut Vec<Vec<u8>>) {
        let Some((name, rest)) = names.split_first() else {
            found.push(path.to_vec());
            return;
        };
        if depth > MOST_NESTED {
            return;
        }
        if name.is_empty() {
            // A slash at the end.
            if self.is_directory(path, true) {
                let mut path = path.to_vec();
                if path.last() != Some(&b'/') {
                    path.push(b'/');
                }
                found.push(path);
            }
            return;
        }
        if *name == b"**" && !rest.is_empty() {
            self.step(path, rest, depth + 1, found);
            for (entry, kind) in self.entries(path) {
                if entry.starts_with(b".") && self.how & flags::DOTMATCH == 0 {
                    continue;
                }
                let below = under(path, &entry);
                let inside =
                    kind == DT_DIR || kind == DT_UNKNOWN && self.is_directory(&below, false);
                if inside {
                    self.step(&below, names, depth + 1, found);
                }
            }
            return;
        }
        if !name.iter().any(|b| matches!(b, b'*' | b'?' | b'[' | b'\\')) {
            let next = under(path, name);
            if self.kernel.stat(&self.real(&next), !rest.is_empty()).is_ok() {
                self.step(&next, rest, depth + 1, found);
            }
            return;
        }
        for (entry, kind) in self.entries(path) {
            if !name_matches(name, &entry, self.how) {
                continue;
            }
            let next = under(path, &entry);
            let may = rest.is_empty()
                || kind == DT_DIR
                || matches!(kind, DT_LNK | DT_UNKNOWN) && self.is_directory(&next, true);
            if may {
                self.step(&next, rest, depth + 1, found);
            }
        }
    }

    fn entries(&self, path: &[u8]) -> Vec<(Vec<u8>, u8)> {
        let mut entries = self.kernel.entries(&self.real(path)).unwrap_or_default();
        entries.retain(|(name, _)| name != b"." && name != b"..");
        entries.sort();
        entries
    }
}

fn under(path: &[u8], name: &[u8]) -> Vec<u8> {
    let mut below = path.to_vec();
    if !below.is_empty() && below.last() != Some(&b'/') {
        below.push(b'/');
    }
    below.extend_from_slice(name);
    below
}
