//! Paths as text: what `File.basename`, `join`, `expand_path` and `fnmatch` compute.
//!
//! Bytes in, bytes out, no system call.

use alloc::vec::Vec;

/// `File.basename`: the last name, without `suffix` (`.*` is any).
#[must_use]
pub fn basename<'p>(path: &'p [u8], suffix: &[u8]) -> &'p [u8] {
    let trimmed = trim_slashes(path);
    if trimmed.is_empty() {
        return if path.is_empty() { path } else { &path[..1] };
    }
    let start = trimmed.iter().rposition(|b| *b == b'/').map_or(0, |at| at + 1);
    let name = &trimmed[start..];
    if suffix == b".*" {
        let extension = extname(name);
        return &name[..name.len() - extension.len()];
    }
    match name.strip_suffix(suffix) {
        Some(stem) if !stem.is_empty() => stem,
        _ => name,
    }
}

/// `File.dirname`: all but the last name.
#[must_use]
pub fn dirname(path: &[u8]) -> &[u8] {
    let trimmed = trim_slashes(path);
    match trimmed.iter().rposition(|b| *b == b'/') {
        Some(slash) => match trim_slashes(&trimmed[..slash]) {
            [] => b"/",
            dir => dir,
        },
        None if trimmed.is_empty() && !path.is_empty() => b"/",
        None => b".",
    }
}

/// `File.extname`: from the last dot of the last name on, unless the name begins with it.
#[must_use]
pub fn extname(path: &[u8]) -> &[u8] {
    let name = basename(path, b"");
    let stem = name.iter().take_while(|b| **b == b'.').count();
    match name.iter().rposition(|b| *b == b'.') {
        Some(dot) if dot >= stem.max(1) => &name[dot..],
        _ => b"",
    }
}

fn trim_slashes(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|b| *b != b'/').map_or(0, |at| at + 1);
    &path[..end]
}

/// One step of `File.join`.
pub fn join(path: &mut Vec<u8>, part: &[u8]) {
    match (path.last() == Some(&b'/'), part.first() == Some(&b'/')) {
        (true, true) => path.truncate(trim_slashes(path).len()),
        (false, false) => path.push(b'/'),
        _ => {}
    }
    path.extend_from_slice(part);
}

/// `File.expand_path`: absolute, without `.`, `..` and doubled slashes. `home` stands for `~`.
#[must_use]
pub fn expand(path: &[u8], dir: &[u8], home: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    match path {
        [b'~'] | [b'~', b'/', ..] => {
            whole.extend_from_slice(home);
            whole.extend_from_slice(&path[1..]);
        }
        [b'/', ..] => whole.extend_from_slice(path),
        _ => {
            whole.extend_from_slice(dir);
            whole.push(b'/');
            whole.extend_from_slice(path);
        }
    }
    let mut names: Vec<&[u8]> = Vec::new();
    for name in whole.split(|b| *b == b'/') {
        match name {
            b"" | b"." => {}
            b".." => {
                names.pop();
            }
            name => names.push(name),
        }
    }
    let mut out = Vec::with_capacity(whole.len());
    for name in names {
        out.push(b'/');
        out.extend_from_slice(name);
    }
    if out.is_empty() {
        out.push(b'/');
    }
    out
}

/// The flags of `File.fnmatch` and `Dir.glob`, with Ruby's values.
pub mod flags {
    /// A backslash is itself.
    pub const NOESCAPE: i64 = 1;
    /// Wildcards don't match slashes.
    pub const PATHNAME: i64 = 2;
    /// Wildcards match a leading dot.
    pub const DOTMATCH: i64 = 4;
    /// Case is ignored.
    pub const CASEFOLD: i64 = 8;
    /// Braces are alternatives.
    pub const EXTGLOB: i64 = 16;
}

/// `a{b,c{d,e}}` becomes `ab acd ace`.
#[must_use]
pub fn braces(pattern: &[u8], escape: bool) -> Vec<Vec<u8>> {
    let (mut open, mut depth, mut commas) = (None, 0, Vec::new());
    let mut at = 0;
    while at < pattern.len() {
        match pattern[at] {
            b'\\' if escape => at += 1,
            b'{' => {
                if depth == 0 {
                    open = Some(at);
                    commas.clear();
                }
                depth += 1;
            }
            b',' if depth == 1 => commas.push(at),
            b'}' if depth > 0 => {
                depth -= 1;
                if depth == 0
                    && let Some(open) = open
                {
                    let mut out = Vec::new();
                    let mut start = open + 1;
                    for end in commas.iter().copied().chain([at]) {
                        let mut one = pattern[..open].to_vec();
                        one.extend_from_slice(&pattern[start..end]);
                        one.extend_from_slice(&pattern[at + 1..]);
                        out.extend(braces(&one, escape));
                        start = end + 1;
                    }
                    return out;
                }
            }
            _ => {}
        }
        at += 1;
    }
    alloc::vec![pattern.to_vec()]
}

/// `File.fnmatch`.
#[must_use]
pub fn fnmatch(pattern: &[u8], path: &[u8], how: i64) -> bool {
    if how & flags::EXTGLOB != 0 {
        return braces(pattern, how & flags::NOESCAPE == 0)
            .iter()
            .any(|one| fnmatch(one, path, how & !flags::EXTGLOB));
    }
    if how & flags::PATHNAME == 0 {
        return name_matches(pattern, path, how);
    }
    // Name by name; `**/` takes any number of names that don't begin with a dot.
    let Some(slash) = pattern.iter().position(|b| *b == b'/') else {
        return !path.contains(&b'/') && name_matches(pattern, path, how);
    };
    let (name, rest) = (&pattern[..slash], &pattern[slash + 1..]);
    if name == b"**" {
        let mut at = 0;
        loop {
            if fnmatch(rest, &path[at..], how) {
                return true;
            }
            let Some(next) = path[at..].iter().position(|b| *b == b'/') else { return false };
            if path[at] == b'.' && how & flags::DOTMATCH == 0 {
                return false;
            }
            at += next + 1;
        }
    }
    let Some(end) = path.iter().position(|b| *b == b'/') else { return false };
    name_matches(name, &path[..end], how) && fnmatch(rest, &path[end + 1..], how)
}

/// One name against one pattern; without `PATHNAME`, slashes are letters like others.
pub(crate) fn name_matches(pattern: &[u8], name: &[u8], how: i64) -> bool {
    if name.first() == Some(&b'.')
        && how & flags::DOTMATCH == 0
        && matches!(pattern.first(), Some(b'*' | b'?' | b'['))
    {
        return false;
    }
    matches(pattern, name, how)
}

/// Goes back to the last star only, so that the time is bounded by length times length.
fn matches(pattern: &[u8], name: &[u8], how: i64) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            star = Some((p, n));
            continue;
        }
        if let Some((after, taken)) = one(pattern, p, name, n, how) {
            (p, n) = (after, taken);
            continue;
        }
        if p == pattern.len() && n == name.len() {
            return true;
        }
        let Some((after, taken)) = star else { return false };
        if taken >= name.len() {
            return false;
        }
        let next = taken + crate::regex::unit_length(name, taken);
        star = Some((after, next));
        (p, n) = (after, next);
    }
}

fn one(pattern: &[u8], p: usize, name: &[u8], n: usize, how: i64) -> Option<(usize, usize)> {
    let first = *pattern.get(p)?;
    let byte = *name.get(n)?;
    let fold = |b: u8| if how & flags::CASEFOLD != 0 { b.to_ascii_lowercase() } else { b };
    match first {
        b'?' => Some((p + 1, n + crate::regex::unit_length(name, n))),
        b'[' => {
            let mut at = p + 1;
            let inverted = matches!(pattern.get(at), Some(b'!' | b'^'));
            at += usize::from(inverted);
            let mut inside = false;
            while *pattern.get(at)? != b']' {
                if pattern[at] == b'\\' && how & flags::NOESCAPE == 0 {
                    at += 1;
                }
                let low = *pattern.get(at)?;
                let mut high = low;
                if pattern.get(at + 1) == Some(&b'-') && *pattern.get(at + 2)? != b']' {
                    at += 2;
                    high = pattern[at];
                }
                inside |= (fold(low)..=fold(high)).contains(&fold(byte));
                at += 1;
            }
            (inside != inverted).then_some((at + 1, n + 1))
        }
        b'\\' if how & flags::NOESCAPE == 0 && p + 1 < pattern.len() => {
            (fold(pattern[p + 1]) == fold(byte)).then_some((p + 2, n + 1))
        }
        literal => (fold(literal) == fold(byte)).then_some((p + 1, n + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart_as_ruby_takes_them() {
        let base = |p: &'static str, s: &str| {
            core::str::from_utf8(basename(p.as_bytes(), s.as_bytes())).unwrap()
        };
        assert_eq!(base("/a/b.rb", ""), "b.rb");
        assert_eq!(base("/a/b.rb", ".rb"), "b");
        assert_eq!(base("/a/b.tar.gz", ".*"), "b.tar");
        assert_eq!(
            (base("/", ""), base("//", ""), base("", ""), base("a//", "")),
            ("/", "/", "", "a")
        );
        assert_eq!(base(".rb", ".rb"), ".rb");
        let dir = |p: &'static str| core::str::from_utf8(dirname(p.as_bytes())).unwrap();
        assert_eq!(
            (dir("/a/b"), dir("/a"), dir("a"), dir("/"), dir("a//b/")),
            ("/a", "/", ".", "/", "a")
        );
        let ext = |p: &'static str| core::str::from_utf8(extname(p.as_bytes())).unwrap();
        assert_eq!(
            (ext("a.rb"), ext(".profile"), ext(".a.rb"), ext("a.b/c"), ext("foo.")),
            (".rb", "", ".rb", "", ".")
        );
    }

    #[test]
    fn joining_and_expanding() {
        let joined = |parts: &[&str]| {
            let mut path = parts[0].as_bytes().to_vec();
            for part in &parts[1..] {
                join(&mut path, part.as_bytes());
            }
            alloc::string::String::from_utf8(path).unwrap()
        };
        assert_eq!(joined(&["a", "b"]), "a/b");
        assert_eq!(joined(&["a/", "/b"]), "a/b");
        assert_eq!(joined(&["a//", "b"]), "a//b");
        assert_eq!(joined(&["", "b", ""]), "/b/");
        assert_eq!(expand(b"../x/./y", b"/a/b", b"/home/ann"), b"/a/x/y");
        assert_eq!(expand(b"~/x", b"/a", b"/home/ann"), b"/home/ann/x");
        assert_eq!(expand(b"/../..", b"/a", b""), b"/");
    }

    #[test]
    fn patterns_match_as_fnmatch_does() {
        let m = |p: &str, n: &str, how| fnmatch(p.as_bytes(), n.as_bytes(), how);
        assert!(
            m("*.rb", "a.rb", 0) && !m("*.rb", ".a.rb", 0) && m("*.rb", ".a.rb", flags::DOTMATCH)
        );
        assert!(m("*", "a/b", 0) && !m("*", "a/b", flags::PATHNAME));
        assert!(m("**/*.rb", "x/y/a.rb", flags::PATHNAME) && m("**/*.rb", "a.rb", flags::PATHNAME));
        assert!(!m("**/*.rb", ".x/a.rb", flags::PATHNAME));
        assert!(
            m("c[a-c]t", "cat", 0) && !m("c[!a-c]t", "cat", 0) && m("CAT", "cat", flags::CASEFOLD)
        );
        assert!(m("{a,b}*", "bx", flags::EXTGLOB) && !m("{a,b}", "a", 0));
        assert!(m("\\*", "*", 0) && m("\\*", "\\x", flags::NOESCAPE) && m("?", "é", 0));
    }
}
