//! Path globs: `**`, `*`, `?`, `[a-z]`, `{a,b}` and a leading `~`, as in `path: "~/.{ssh,aws}/**"`.
//!
//! A pattern is compiled once, when the script loads (braces expanded, `~` and `./` made absolute),
//! and matched against bytes without allocation: a handler's path filter runs for every call.
//! `*`, `?` and `[..]` stay within one name; `**` crosses names, and `**/` also stands for no name
//! at all. A leading dot is nothing special: a filter that overlooks hidden files watches nothing.
//! A pattern without a slash means the last name, wherever it is (`*.log`), as in `.gitignore`.

use alloc::string::String;
use alloc::vec::Vec;

/// More alternatives than this in one pattern's braces are a mistake, not a filter.
const MOST_ALTERNATIVES: usize = 256;

#[derive(Clone, PartialEq, Eq, Debug)]
enum Token {
    Byte(u8),
    /// `?`
    AnyChar,
    /// `*`
    Star,
    /// `**`; true if a slash follows, which then is part of it.
    Deep(bool),
    /// `[a-z]`: inverted, ranges.
    Class(bool, Vec<(u8, u8)>),
}

/// A compiled pattern.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Glob {
    source: String,
    alternatives: Vec<Vec<Token>>,
    last_name_only: bool,
}

impl Glob {
    /// Compiles a pattern. `home` stands for a leading `~`, `cwd` for a leading `./` or `../`.
    #[must_use]
    pub fn new(pattern: &str, home: &str, cwd: &str) -> Glob {
        let mut expanded = Vec::new();
        expand_braces(pattern, &mut expanded);
        let last_name_only = !pattern.contains('/') && pattern != "**" && pattern != "~";
        let mut alternatives = Vec::new();
        for one in &expanded {
            let absolute = match one.as_bytes() {
                [b'~'] => String::from(home),
                [b'~', b'/', ..] => join(home, &one[2..]),
                [b'.', b'/', ..] => join(cwd, &one[2..]),
                [b'.', b'.', b'/', ..] => normalise(&join(cwd, one)),
                _ => one.clone(),
            };
            // `vendor/*` is meant from here, but a program may have written it just so.
            if !last_name_only && !absolute.starts_with(['/', '*']) {
                alternatives.push(tokens(join(cwd, &absolute).as_bytes()));
            }
            alternatives.push(tokens(absolute.as_bytes()));
        }
        Glob { source: String::from(pattern), alternatives, last_name_only }
    }

    /// The pattern as the script has it.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether the whole path (or its last name, for a pattern without a slash) matches.
    #[must_use]
    pub fn matches(&self, path: &[u8]) -> bool {
        let subject = if self.last_name_only {
            let start = path.iter().rposition(|b| *b == b'/').map_or(0, |at| at + 1);
            &path[start..]
        } else {
            path
        };
        self.alternatives.iter().any(|tokens| matches(tokens, subject))
    }

    /// Whether all of a text matches, slashes being ordinary: for host and program names.
    #[must_use]
    pub fn matches_text(&self, text: &[u8]) -> bool {
        self.alternatives.iter().any(|tokens| matches(tokens, text))
    }
}

/// `a/b/../c` as the kernel would read it if no name were a symbolic link.
#[must_use]
pub fn normalise(path: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                names.pop();
            }
            name => names.push(name),
        }
    }
    let mut out = String::with_capacity(path.len());
    for name in names {
        out.push('/');
        out.push_str(name);
    }
    if out.is_empty() {
        out.push('/');
    }
    out
}

/// `base/name`, or `name` alone if it is absolute.
#[must_use]
pub fn join(base: &str, name: &str) -> String {
    if name.starts_with('/') {
        return String::from(name);
    }
    let mut out = String::from(base.trim_end_matches('/'));
    out.push('/');
    out.push_str(name);
    out
}

/// `a{b,c{d,e}}f` becomes `abf acdf acef`; an unclosed brace is an ordinary character.
fn expand_braces(pattern: &str, out: &mut Vec<String>) {
    if out.len() >= MOST_ALTERNATIVES {
        return;
    }
    let Some((open, close, commas)) = outer_brace(pattern.as_bytes()) else {
        out.push(String::from(pattern));
        return;
    };
    let mut start = open + 1;
    for end in commas.into_iter().chain([close]) {
        let mut one = String::from(&pattern[..open]);
        one.push_str(&pattern[start..end]);
        one.push_str(&pattern[close + 1..]);
        expand_braces(&one, out);
        start = end + 1;
    }
}

/// The first brace that closes: its start, its end, and the commas that belong to it.
fn outer_brace(bytes: &[u8]) -> Option<(usize, usize, Vec<usize>)> {
    for open in (0..bytes.len()).filter(|i| bytes[*i] == b'{') {
        let (mut depth, mut commas) = (0, Vec::new());
        for (at, byte) in bytes.iter().enumerate().skip(open) {
            match byte {
                b'{' => depth += 1,
                b',' if depth == 1 => commas.push(at),
                b'}' => {
                    depth -= 1;
                    if depth == 0 {
                        return Some((open, at, commas));
                    }
                }
                _ => {}
            }
        }
    }
    None
}

fn tokens(pattern: &[u8]) -> Vec<Token> {
    let mut out = Vec::with_capacity(pattern.len());
    let mut at = 0;
    while at < pattern.len() {
        match pattern[at] {
            b'*' if pattern.get(at + 1) == Some(&b'*') => {
                while pattern.get(at + 1) == Some(&b'*') {
                    at += 1;
                }
                let slash = pattern.get(at + 1) == Some(&b'/');
                at += usize::from(slash);
                out.push(Token::Deep(slash));
            }
            b'*' => out.push(Token::Star),
            b'?' => out.push(Token::AnyChar),
            b'[' => match class(&pattern[at..]) {
                Some((token, used)) => {
                    out.push(token);
                    at += used - 1;
                }
                None => out.push(Token::Byte(b'[')),
            },
            b'\\' if at + 1 < pattern.len() => {
                at += 1;
                out.push(Token::Byte(pattern[at]));
            }
            byte => out.push(Token::Byte(byte)),
        }
        at += 1;
    }
    out
}

/// `[a-z]` or `[!a-z]` at the start of `pattern`, and its length; none if it is not closed.
fn class(pattern: &[u8]) -> Option<(Token, usize)> {
    let inverted = matches!(pattern.get(1), Some(b'!' | b'^'));
    let first = 1 + usize::from(inverted);
    // A `]` right at the start is a member, as in every shell.
    let end = first + 1 + pattern.get(first + 1..)?.iter().position(|b| *b == b']')?;
    let mut ranges = Vec::new();
    let mut at = first;
    while at < end {
        if at + 2 < end && pattern[at + 1] == b'-' {
            ranges.push((pattern[at], pattern[at + 2]));
            at += 3;
        } else {
            ranges.push((pattern[at], pattern[at]));
            at += 1;
        }
    }
    Some((Token::Class(inverted, ranges), end + 1))
}

/// How many bytes the one token takes at the start of `text`, if it matches there.
fn step(token: &Token, text: &[u8]) -> Option<usize> {
    let first = *text.first()?;
    match token {
        Token::Byte(byte) => (*byte == first).then_some(1),
        _ if first == b'/' => None,
        Token::Class(inverted, ranges) => {
            let inside = ranges.iter().any(|(low, high)| (*low..=*high).contains(&first));
            (inside != *inverted).then_some(1)
        }
        // One character, of however many bytes.
        _ => Some(1 + text[1..].iter().take_while(|b| **b & 0xc0 == 0x80).count()),
    }
}

/// Backtracks to the last `*` and the last `**` only, which is enough: whatever an earlier one
/// could take, the later one can take as well. So the time is bounded by length times length.
fn matches(tokens: &[Token], text: &[u8]) -> bool {
    let (mut t, mut s) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    let mut deep: Option<(usize, usize)> = None;
    loop {
        match tokens.get(t) {
            Some(Token::Star) => {
                t += 1;
                star = Some((t, s));
                continue;
            }
            Some(Token::Deep(_)) => {
                t += 1;
                deep = Some((t, s));
                star = None;
                continue;
            }
            Some(token) => {
                if let Some(used) = step(token, &text[s..]) {
                    t += 1;
                    s += used;
                    continue;
                }
            }
            None if s == text.len() => return true,
            None => {}
        }
        if let Some((after, taken)) = star
            && taken < text.len()
            && text[taken] != b'/'
        {
            star = Some((after, taken + 1));
            (t, s) = (after, taken + 1);
            continue;
        }
        let Some((after, taken)) = deep else { return false };
        // `**/` goes on behind a slash; a `**` at the end takes all there is.
        let next = if let Token::Deep(true) = tokens[after - 1] {
            match text[taken..].iter().position(|b| *b == b'/') {
                Some(slash) => taken + slash + 1,
                None => return false,
            }
        } else if taken < text.len() {
            taken + 1
        } else {
            return false;
        };
        deep = Some((after, next));
        star = None;
        (t, s) = (after, next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(pattern: &str, path: &str) -> bool {
        Glob::new(pattern, "/home/ann", "/srv").matches(path.as_bytes())
    }

    #[test]
    fn a_star_stays_within_a_name_and_two_cross_them() {
        assert!(matched("/var/*/x", "/var/lib/x"));
        assert!(!matched("/var/*/x", "/var/lib/y/x"));
        assert!(matched("/var/**/x", "/var/lib/y/x"));
        assert!(matched("/var/**/x", "/var/x"));
        assert!(matched("/var/**", "/var/lib/y/x"));
        assert!(!matched("/var/**", "/variable"));
        assert!(!matched("/var/**", "/var"));
    }

    #[test]
    fn a_pattern_without_a_slash_means_the_last_name() {
        assert!(matched("*.log", "/var/log/a.log"));
        assert!(matched("*.log", "a.log"));
        assert!(!matched("*.log", "/var/a.log/b"));
        assert!(matched("**/*.log", "/var/log/a.log"));
        assert!(matched("**/*.log", "a.log"));
        assert!(matched("**", "/a/b"));
    }

    #[test]
    fn braces_nest_and_the_home_directory_is_a_tilde() {
        assert!(matched("~/.{ssh,aws,gem}/**", "/home/ann/.ssh/id_rsa"));
        assert!(matched("~/.{ssh,aws,gem}/**", "/home/ann/.gem/a/b"));
        assert!(!matched("~/.{ssh,aws,gem}/**", "/home/ann/.gnupg/a"));
        assert!(matched("/a{b,c{d,e}}f", "/acef"));
        assert!(matched("/a{b", "/a{b"));
        assert!(matched("/{a,}b", "/b"));
    }

    #[test]
    fn a_dot_slash_is_where_hijinks_was_started() {
        assert!(matched("./vendor/**", "/srv/vendor/a"));
        assert!(matched("../up", "/up"));
        assert!(matched("vendor/**", "/srv/vendor/a") && matched("vendor/**", "vendor/a"));
        assert!(!matched("vendor/**", "/else/vendor/a"));
    }

    #[test]
    fn classes_and_question_marks_take_one_character() {
        assert!(matched("/dev/sd[a-c]?", "/dev/sdb1"));
        assert!(!matched("/dev/sd[!a-c]1", "/dev/sdb1"));
        assert!(matched("/?", "/ü"));
        assert!(!matched("/a?b", "/a/b"));
        assert!(matched("/[]x]", "/]"));
        assert!(matched("/[x", "/[x"));
        assert!(matched("/\\*", "/*"));
        assert!(!matched("/\\*", "/x"));
    }

    #[test]
    fn hidden_files_are_files() {
        assert!(matched("/home/*", "/home/.profile"));
    }

    #[test]
    fn a_hostile_pattern_ends_soon() {
        let pattern = "/*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b".repeat(4);
        assert!(!matched(&pattern, &"a".repeat(2000)));
        assert!(!matched(&"{a,b}".repeat(40), "x"));
        assert!(matched("/**/**/**/**/x", &("/a".repeat(900) + "/x")));
    }

    #[test]
    fn a_host_name_is_matched_as_text() {
        let glob = Glob::new("*.rubygems.org", "", "");
        assert!(glob.matches_text(b"index.rubygems.org"));
        assert!(!glob.matches_text(b"rubygems.org.evil"));
    }

    #[test]
    fn paths_are_normalised_without_asking_the_kernel() {
        assert_eq!(normalise("/a/./b//../c/"), "/a/c");
        assert_eq!(normalise("/.."), "/");
        assert_eq!(join("/a/", "b"), "/a/b");
        assert_eq!(join("/a", "/b"), "/b");
    }
}
