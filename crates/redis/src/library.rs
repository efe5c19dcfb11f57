//! The scripts by name: what a new VM is filled from, what the RDB file keeps, what `RUBY.DUMP` gives.

use std::path::PathBuf;

use crate::sha1;

/// Where a script comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file of the directory: the file is the truth, nothing is kept of it.
    File(PathBuf),
    /// A client: kept in the RDB file.
    Client,
}

/// A script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Its name.
    pub name: String,
    /// Its text.
    pub source: Vec<u8>,
    /// Where it comes from.
    pub origin: Origin,
}

/// All scripts, in the order in which they were loaded.
#[derive(Clone, Debug, Default)]
pub struct Library {
    scripts: Vec<Script>,
}

/// The first bytes of a dump: whose it is, and of which version.
const MAGIC: &[u8] = b"HIJINKS\x01";

impl Library {
    /// The scripts.
    pub fn iter(&self) -> impl Iterator<Item = &Script> {
        self.scripts.iter()
    }

    /// A script by its name.
    pub fn get(&self, name: &str) -> Option<&Script> {
        self.scripts.iter().find(|script| script.name == name)
    }

    /// Adds a script, or replaces the one of its name in its place.
    pub fn put(&mut self, script: Script) {
        match self.scripts.iter_mut().find(|other| other.name == script.name) {
            Some(other) => *other = script,
            None => self.scripts.push(script),
        }
    }

    /// Takes a script away.
    pub fn remove(&mut self, name: &str) -> Option<Script> {
        let at = self.scripts.iter().position(|script| script.name == name)?;
        Some(self.scripts.remove(at))
    }

    /// The scripts of clients, as one string of bytes with a check sum.
    pub fn dump(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let mut put = |bytes: &[u8]| {
            out.extend((bytes.len() as u64).to_le_bytes());
            out.extend(bytes);
        };
        for script in self.scripts.iter().filter(|script| script.origin == Origin::Client) {
            put(script.name.as_bytes());
            put(&script.source);
        }
        out.extend(sha1::digest(&out));
        out
    }

    /// The names and texts of a dump; `None` if it is damaged, or none.
    pub fn read(dump: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
        let (body, sum) = dump.split_at_checked(dump.len().checked_sub(20)?)?;
        if sha1::digest(body) != sum {
            return None;
        }
        let mut rest = body.strip_prefix(MAGIC)?;
        let mut next = || {
            let (len, behind) = rest.split_first_chunk::<8>()?;
            let len = usize::try_from(u64::from_le_bytes(*len)).ok()?;
            let (bytes, behind) = behind.split_at_checked(len)?;
            rest = behind;
            Some((bytes.to_vec(), behind.is_empty()))
        };
        let mut scripts = Vec::new();
        let mut done = body == MAGIC;
        while !done {
            let (name, _) = next()?;
            let (source, last) = next()?;
            scripts.push((String::from_utf8(name).ok()?, source));
            done = last;
        }
        Some(scripts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library() -> Library {
        let mut library = Library::default();
        for (name, source) in [("cart", "command(\"x\") { 1 }"), ("empty", ""), ("nul", "a\0b")] {
            let source = source.as_bytes().to_vec();
            library.put(Script { name: name.into(), source, origin: Origin::Client });
        }
        let origin = Origin::File("/ruby/here.rb".into());
        library.put(Script { name: "here".into(), source: b"1".to_vec(), origin });
        library
    }

    #[test]
    fn a_dump_gives_back_what_clients_loaded_and_no_files() {
        let read = Library::read(&library().dump()).unwrap();
        let names: Vec<&str> = read.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["cart", "empty", "nul"]);
        assert_eq!(read[2].1, b"a\0b");
        assert_eq!(Library::read(&Library::default().dump()), Some(vec![]));
    }

    #[test]
    fn a_damaged_dump_is_refused() {
        let dump = library().dump();
        for at in 0..dump.len() {
            let mut damaged = dump.clone();
            damaged[at] ^= 1;
            assert_eq!(Library::read(&damaged), None, "byte {at} changed");
            assert_eq!(Library::read(&dump[..at]), None, "cut at {at}");
        }
    }
}
