//! Ruby's regular expression syntax (Onigmo's), read into a tree.
//!
//! Read: literals and every escape, classes with `&&` and nesting, POSIX brackets and `\p{}`,
//! groups (numbered, named, atomic, look-ahead, look-behind, options, conditions), greedy, lazy and
//! possessive repeats, back-references, `\g<calls>`, `\K \G \R \X \h`. Not read, and said so: the
//! absence operator `(?~…)` and callouts.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::set::{Property, Set};
use super::{Options, SyntaxError};

/// Nesting beyond this is an error, so that a hostile pattern can't exhaust the stack.
const MOST_NESTED: usize = 100;
/// Onigmo's limit for `{n,m}`.
const MOST_REPEATS: u32 = 100_000;
/// Units that are no characters: byte `b` of text that is not UTF-8 is `STRAY + b`.
pub(crate) const STRAY: u32 = 0x11_0000;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Greed {
    Greedy,
    Lazy,
    Possessive,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Anchor {
    LineStart,
    LineEnd,
    TextStart,
    TextEnd,
    /// `\Z`: the end, or before a newline that ends the text.
    TextEndOrNewline,
    SearchStart,
    WordBoundary,
    NotWordBoundary,
}

/// A group that is referred to: by number, or by a name (which may stand for several groups).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Reference {
    Number(usize),
    Name(String),
}

#[derive(Clone, Debug)]
pub(crate) enum Node {
    Empty,
    /// A character or stray byte; the flag says that case is ignored.
    Unit(u32, bool),
    /// `.`; true if it takes a newline too.
    Any(bool),
    Class(Set),
    Concat(Vec<Node>),
    Either(Vec<Node>),
    Capture(usize, Box<Node>),
    Repeat {
        node: Box<Node>,
        min: u32,
        max: Option<u32>,
        greed: Greed,
    },
    Anchor(Anchor),
    Look {
        ahead: bool,
        negative: bool,
        node: Box<Node>,
    },
    Atomic(Box<Node>),
    BackReference(Reference, bool),
    Call(Reference),
    Condition(Reference, Box<Node>, Box<Node>),
    /// `\K`
    Keep,
}

/// A pattern as a tree, with what is known of its groups.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) node: Node,
    /// How many groups there are, without group 0.
    pub(crate) groups: usize,
    /// Names in order of appearance, each with its groups.
    pub(crate) names: Vec<(String, Vec<usize>)>,
}

pub(crate) fn parse(pattern: &[u8], options: Options) -> Result<Tree, SyntaxError> {
    let mut parser = Parser {
        pattern,
        at: 0,
        options,
        depth: 0,
        groups: 0,
        names: Vec::new(),
        // Plain groups don't count where there are named ones.
        plain_capture: !has_named_group(pattern),
        highest: 0,
    };
    let node = parser.alternatives()?;
    if parser.at < pattern.len() {
        return Err(parser.error("unmatched close parenthesis"));
    }
    if parser.highest > parser.groups {
        return Err(parser.error("invalid backref number/name"));
    }
    Ok(Tree { node, groups: parser.groups, names: parser.names })
}

fn has_named_group(pattern: &[u8]) -> bool {
    let mut at = 0;
    while at + 3 < pattern.len() {
        match pattern[at] {
            b'\\' => at += 1,
            b'(' if pattern[at + 1] == b'?'
                && (pattern[at + 2] == b'\''
                    || pattern[at + 2] == b'<' && !matches!(pattern[at + 3], b'=' | b'!')) =>
            {
                return true;
            }
            _ => {}
        }
        at += 1;
    }
    false
}

struct Parser<'a> {
    pattern: &'a [u8],
    at: usize,
    options: Options,
    depth: usize,
    groups: usize,
    names: Vec<(String, Vec<usize>)>,
    plain_capture: bool,
    /// The highest group number referred to.
    highest: usize,
}

impl Parser<'_> {
    fn error(&self, what: impl Into<String>) -> SyntaxError {
        SyntaxError {
            what: what.into(),
            pattern: String::from_utf8_lossy(self.pattern).into_owned(),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.pattern.get(self.at).copied()
    }

    fn eat(&mut self, text: &[u8]) -> bool {
        let found = self.pattern[self.at..].starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// The next character of the pattern, or a stray byte; in a byte pattern always a byte.
    fn unit(&mut self) -> Option<u32> {
        let (unit, length) = super::decode(self.pattern, self.at, self.options.bytes)?;
        self.at += length;
        Some(unit)
    }

    fn alternatives(&mut self) -> Result<Node, SyntaxError> {
        self.depth += 1;
        if self.depth > MOST_NESTED {
            return Err(self.error("too deep nesting"));
        }
        // Options set by `(?i)` hold to the end of the group, across `|`.
        let options = self.options;
        let mut all = alloc::vec![self.sequence()?];
        while self.eat(b"|") {
            all.push(self.sequence()?);
        }
        self.options = options;
        self.depth -= 1;
        Ok(if all.len() == 1 { all.remove(0) } else { Node::Either(all) })
    }

    fn sequence(&mut self) -> Result<Node, SyntaxError> {
        let mut items = Vec::new();
        loop {
            match self.peek() {
                None | Some(b'|' | b')') => break,
                Some(b'\t'..=b'\r' | b' ') if self.options.extended => {
                    self.at += 1;
                }
                Some(b'#') if self.options.extended => {
                    while self.peek().is_some_and(|b| b != b'\n') {
                        self.at += 1;
                    }
                }
                Some(b'(') if self.pattern[self.at..].starts_with(b"(?#") => {
                    while self.peek().is_some_and(|b| b != b')') {
                        self.at += if self.peek() == Some(b'\\') { 2 } else { 1 };
                    }
                    if !self.eat(b")") {
                        return Err(self.error("end pattern in group"));
                    }
                }
                Some(_) => {
                    let atom = self.atom()?;
                    items.push(self.repeats(atom)?);
                }
            }
        }
        Ok(match items.len() {
            0 => Node::Empty,
            1 => items.remove(0),
            _ => Node::Concat(items),
        })
    }

    fn repeats(&mut self, mut node: Node) -> Result<Node, SyntaxError> {
        loop {
            if self.options.extended {
                // `a +` repeats `a`, as Onigmo has it.
                let mut next = self.at;
                while self.pattern.get(next).is_some_and(u8::is_ascii_whitespace) {
                    next += 1;
                }
                if matches!(self.pattern.get(next), Some(b'*' | b'+' | b'?')) {
                    self.at = next;
                }
            }
            let (min, max, interval) = match self.peek() {
                Some(b'*') => (0, None, false),
                Some(b'+') => (1, None, false),
                Some(b'?') => (0, Some(1), false),
                Some(b'{') => match self.interval()? {
                    Some((min, max)) => (min, max, true),
                    None => return Ok(node),
                },
                _ => return Ok(node),
            };
            if !interval {
                self.at += 1;
            }
            let greed = if interval && self.peek() == Some(b'?') && max == Some(min) {
                // `a{3}?` is `(?:a{3})?`.
                Greed::Greedy
            } else if self.eat(b"?") {
                Greed::Lazy
            } else if !interval && self.eat(b"+") {
                Greed::Possessive
            } else {
                Greed::Greedy
            };
            node = Node::Repeat { node: Box::new(node), min, max, greed };
        }
    }

    /// `{n}`, `{n,}`, `{,m}` or `{n,m}`; none if the brace is an ordinary character.
    fn interval(&mut self) -> Result<Option<(u32, Option<u32>)>, SyntaxError> {
        let rest = &self.pattern[self.at + 1..];
        let Some(end) = rest.iter().position(|b| *b == b'}') else { return Ok(None) };
        let body = &rest[..end];
        if body.is_empty() || !body.iter().all(|b| b.is_ascii_digit() || *b == b',') {
            return Ok(None);
        }
        let mut parts = body.split(|b| *b == b',');
        let number = |digits: Option<&[u8]>| -> Option<u32> {
            digits.filter(|d| !d.is_empty()).map(|d| {
                d.iter().fold(0u32, |n, b| n.saturating_mul(10).saturating_add(u32::from(b - b'0')))
            })
        };
        let (low, high) = (parts.next(), parts.next());
        if parts.next().is_some() || body == b"," {
            return Ok(None);
        }
        let min = number(low);
        let max = if high.is_none() { min } else { number(high) };
        if min.unwrap_or(0) > MOST_REPEATS || max.unwrap_or(0) > MOST_REPEATS {
            return Err(self.error("too big number"));
        }
        self.at += end + 2;
        let min = min.unwrap_or(0);
        if max.is_some_and(|max| max < min) {
            // Onigmo swaps the two.
            return Ok(Some((max.unwrap_or(0), Some(min))));
        }
        Ok(Some((min, max)))
    }

    fn atom(&mut self) -> Result<Node, SyntaxError> {
        match self.peek() {
            Some(b'(') => self.group(),
            Some(b'[') => {
                self.at += 1;
                let mut set = self.class()?;
                set.ignore_case |= self.options.ignore_case;
                Ok(Node::Class(set))
            }
            Some(b'.') => {
                self.at += 1;
                Ok(Node::Any(self.options.multiline))
            }
            Some(b'^') => {
                self.at += 1;
                Ok(Node::Anchor(Anchor::LineStart))
            }
            Some(b'$') => {
                self.at += 1;
                Ok(Node::Anchor(Anchor::LineEnd))
            }
            Some(b'*' | b'+' | b'?') => {
                Err(self.error("target of repeat operator is not specified"))
            }
            Some(b'{') => {
                let before = self.at;
                if self.interval()?.is_some() {
                    return Err(self.error("target of repeat operator is not specified"));
                }
                self.at = before + 1;
                Ok(self.literal(u32::from(b'{')))
            }
            Some(b'\\') => {
                self.at += 1;
                self.escape()
            }
            _ => {
                let unit = self.unit().unwrap_or(0);
                Ok(self.literal(unit))
            }
        }
    }

    fn literal(&self, unit: u32) -> Node {
        Node::Unit(unit, self.options.ignore_case)
    }

    fn close(&mut self) -> Result<(), SyntaxError> {
        if self.eat(b")") {
            Ok(())
        } else {
            Err(self.error("end pattern with unmatched parenthesis"))
        }
    }

    fn capture(&mut self, name: Option<String>) -> Result<Node, SyntaxError> {
        self.groups += 1;
        let number = self.groups;
        if let Some(name) = name {
            match self.names.iter_mut().find(|(n, _)| *n == name) {
                Some((_, groups)) => groups.push(number),
                None => self.names.push((name, alloc::vec![number])),
            }
        }
        let node = self.alternatives()?;
        self.close()?;
        Ok(Node::Capture(number, Box::new(node)))
    }

    fn group(&mut self) -> Result<Node, SyntaxError> {
        self.at += 1;
        if !self.eat(b"?") {
            if self.plain_capture {
                return self.capture(None);
            }
            let node = self.alternatives()?;
            self.close()?;
            return Ok(node);
        }
        if self.eat(b":") {
            let node = self.alternatives()?;
            self.close()?;
            return Ok(node);
        }
        if self.eat(b">") {
            let node = self.alternatives()?;
            self.close()?;
            return Ok(Node::Atomic(Box::new(node)));
        }
        for (opening, ahead, negative) in [
            (&b"="[..], true, false),
            (b"!", true, true),
            (b"<=", false, false),
            (b"<!", false, true),
        ] {
            if self.eat(opening) {
                let node = self.alternatives()?;
                self.close()?;
                return Ok(Node::Look { ahead, negative, node: Box::new(node) });
            }
        }
        if self.eat(b"<") {
            let name = self.name(b'>')?;
            return self.capture(Some(name));
        }
        if self.eat(b"'") {
            let name = self.name(b'\'')?;
            return self.capture(Some(name));
        }
        if self.eat(b"(") {
            return self.condition();
        }
        if self.eat(b"~") {
            return Err(self.error("the absence operator (?~...) is not supported"));
        }
        if self.eat(b"{") {
            return Err(self.error("callouts (?{...}) are not supported"));
        }
        self.option_group()
    }

    fn option_group(&mut self) -> Result<Node, SyntaxError> {
        let before = self.options;
        let mut on = true;
        loop {
            match self.peek() {
                Some(b'-') => on = false,
                Some(b'i') => self.options.ignore_case = on,
                Some(b'm') => self.options.multiline = on,
                Some(b'x') => self.options.extended = on,
                Some(b'a' | b'd' | b'u') if on => self.options.unicode = self.peek() == Some(b'u'),
                Some(b')') => {
                    // `(?i)`: for the rest of this group, alternatives included.
                    self.at += 1;
                    let mut all = alloc::vec![self.sequence()?];
                    while self.eat(b"|") {
                        all.push(self.sequence()?);
                    }
                    self.options = before;
                    return Ok(if all.len() == 1 { all.remove(0) } else { Node::Either(all) });
                }
                Some(b':') => {
                    self.at += 1;
                    let node = self.alternatives()?;
                    self.options = before;
                    self.close()?;
                    return Ok(node);
                }
                None => return Err(self.error("end pattern in group")),
                Some(_) => return Err(self.error("undefined group option")),
            }
            self.at += 1;
        }
    }

    fn condition(&mut self) -> Result<Node, SyntaxError> {
        let reference = if self.eat(b"<") {
            let name = self.name(b'>')?;
            self.reference(name)?
        } else if self.eat(b"'") {
            let name = self.name(b'\'')?;
            self.reference(name)?
        } else {
            let start = self.at;
            while self.peek().is_some_and(|b| b != b')') {
                self.at += 1;
            }
            let text = String::from_utf8_lossy(&self.pattern[start..self.at]).into_owned();
            if !text.bytes().all(|b| b.is_ascii_digit()) || text.is_empty() {
                return Err(self.error("invalid conditional pattern"));
            }
            self.reference(text)?
        };
        if !self.eat(b")") {
            return Err(self.error("invalid conditional pattern"));
        }
        let yes = self.sequence()?;
        let no = if self.eat(b"|") { self.sequence()? } else { Node::Empty };
        if self.peek() == Some(b'|') {
            return Err(self.error("invalid conditional pattern"));
        }
        self.close()?;
        Ok(Node::Condition(reference, Box::new(yes), Box::new(no)))
    }

    /// A group's name up to its closing sign.
    fn name(&mut self, closing: u8) -> Result<String, SyntaxError> {
        let rest = &self.pattern[self.at..];
        let end = rest.iter().position(|b| *b == closing).unwrap_or(rest.len());
        let name = String::from_utf8_lossy(&rest[..end]).into_owned();
        if name.is_empty() {
            return Err(self.error("group name is empty"));
        }
        if end == rest.len() || name.contains([')', '(']) {
            return Err(self.error(format!("invalid group name <{name}>")));
        }
        self.at += end + 1;
        Ok(name)
    }

    fn reference(&mut self, name: String) -> Result<Reference, SyntaxError> {
        if let Ok(number) = name.parse::<isize>() {
            let number = if name.starts_with('-') {
                self.groups.checked_add_signed(number + 1)
            } else if name.starts_with('+') {
                self.groups.checked_add_signed(number)
            } else {
                usize::try_from(number).ok()
            };
            let Some(number) = number else {
                return Err(self.error("invalid backref number/name"));
            };
            self.highest = self.highest.max(number);
            return Ok(Reference::Number(number));
        }
        let name = name.split(['+', '-']).next().unwrap_or_default().to_string();
        Ok(Reference::Name(name))
    }

    fn escape(&mut self) -> Result<Node, SyntaxError> {
        let Some(byte) = self.peek() else {
            return Err(self.error("too short escape sequence"));
        };
        if let Some(set) = self.class_escape(byte)? {
            return Ok(Node::Class(set));
        }
        let anchor = match byte {
            b'A' => Some(Anchor::TextStart),
            b'z' => Some(Anchor::TextEnd),
            b'Z' => Some(Anchor::TextEndOrNewline),
            b'G' => Some(Anchor::SearchStart),
            b'b' => Some(Anchor::WordBoundary),
            b'B' => Some(Anchor::NotWordBoundary),
            _ => None,
        };
        if let Some(anchor) = anchor {
            self.at += 1;
            return Ok(Node::Anchor(anchor));
        }
        match byte {
            b'K' => {
                self.at += 1;
                Ok(Node::Keep)
            }
            b'R' => {
                self.at += 1;
                let line =
                    Node::Class(Set::of(&[(0x0a, 0x0d), (0x85, 0x85), (0x2028, 0x2029)], false));
                let pair = Node::Concat(alloc::vec![Node::Unit(13, false), Node::Unit(10, false)]);
                Ok(Node::Atomic(Box::new(Node::Either(alloc::vec![pair, line]))))
            }
            b'X' => {
                self.at += 1;
                let mut joined = Set::property(Property::Mark, false);
                joined.ranges.extend([
                    (0x200d, 0x200d),
                    (0x1f3fb, 0x1f3ff),
                    (0x903, 0x903),
                    (0x93e, 0x94d),
                ]);
                let more = Node::Repeat {
                    node: Box::new(Node::Class(joined)),
                    min: 0,
                    max: None,
                    greed: Greed::Possessive,
                };
                let pair = Node::Concat(alloc::vec![Node::Unit(13, false), Node::Unit(10, false)]);
                let one = Node::Concat(alloc::vec![Node::Any(true), more]);
                Ok(Node::Atomic(Box::new(Node::Either(alloc::vec![pair, one]))))
            }
            b'k' | b'g' if matches!(self.pattern.get(self.at + 1), Some(b'<' | b'\'')) => {
                let closing = if self.pattern[self.at + 1] == b'<' { b'>' } else { b'\'' };
                self.at += 2;
                let name = self.name(closing)?;
                let reference = self.reference(name)?;
                Ok(if byte == b'k' {
                    Node::BackReference(reference, self.options.ignore_case)
                } else {
                    Node::Call(reference)
                })
            }
            b'1'..=b'9' => {
                let start = self.at;
                let mut number = 0usize;
                while let Some(digit @ b'0'..=b'9') = self.peek() {
                    number = number.saturating_mul(10).saturating_add(usize::from(digit - b'0'));
                    self.at += 1;
                }
                // `\10` and up are octal unless so many groups have been opened already.
                if number < 10 || number <= self.groups {
                    if !self.plain_capture {
                        return Err(self.error("numbered backref/call is not allowed. (use name)"));
                    }
                    self.highest = self.highest.max(number);
                    return Ok(Node::BackReference(
                        Reference::Number(number),
                        self.options.ignore_case,
                    ));
                }
                self.at = start;
                let unit = self.character_escape()?;
                Ok(self.literal(unit))
            }
            b'u' if self.pattern.get(self.at + 1) == Some(&b'{') => {
                let mut units = Vec::new();
                for unit in self.code_points()? {
                    units.push(self.literal(unit));
                }
                Ok(if units.len() == 1 { units.remove(0) } else { Node::Concat(units) })
            }
            _ => {
                let unit = self.character_escape()?;
                Ok(self.literal(unit))
            }
        }
    }

    /// `\d \w \s \h`, their opposites, `\p{...}`; steps over it if it is one.
    fn class_escape(&mut self, byte: u8) -> Result<Option<Set>, SyntaxError> {
        let inverted = byte.is_ascii_uppercase();
        let property = match byte.to_ascii_lowercase() {
            b'd' => Property::Digit,
            b'w' => Property::Word,
            b's' => Property::Space,
            b'h' => Property::XDigit,
            b'p' if self.pattern.get(self.at + 1) == Some(&b'{') => {
                let start = self.at + 2;
                let length = self.pattern[start..].iter().position(|b| *b == b'}');
                let Some(length) = length else {
                    return Err(self.error("invalid character property name {p}"));
                };
                let name = &self.pattern[start..start + length];
                let (caret, bare) = match name {
                    [b'^', bare @ ..] => (true, bare),
                    bare => (false, bare),
                };
                let Some(property) = Property::named(bare) else {
                    let name = String::from_utf8_lossy(name).into_owned();
                    return Err(self.error(format!("invalid character property name {{{name}}}")));
                };
                self.at = start + length + 1;
                return Ok(Some(Set::property(property, caret != inverted)));
            }
            _ => return Ok(None),
        };
        self.at += 1;
        if self.options.unicode {
            return Ok(Some(Set::property(property, inverted)));
        }
        let ranges: &[(u32, u32)] = match property {
            Property::Digit => &[(0x30, 0x39)],
            Property::Word => &[(0x30, 0x39), (0x41, 0x5a), (0x5f, 0x5f), (0x61, 0x7a)],
            Property::Space => &[(0x09, 0x0d), (0x20, 0x20)],
            _ => &[(0x30, 0x39), (0x41, 0x46), (0x61, 0x66)],
        };
        Ok(Some(Set::of(ranges, inverted)))
    }

    fn code_points(&mut self) -> Result<Vec<u32>, SyntaxError> {
        self.at += 2;
        let rest = &self.pattern[self.at..];
        let Some(end) = rest.iter().position(|b| *b == b'}') else {
            return Err(self.error("invalid Unicode escape"));
        };
        let text = core::str::from_utf8(&rest[..end]).unwrap_or("?");
        let mut units = Vec::new();
        for word in text.split_ascii_whitespace() {
            match u32::from_str_radix(word, 16) {
                Ok(unit) if unit < STRAY => units.push(unit),
                _ => return Err(self.error("invalid Unicode escape")),
            }
        }
        self.at += end + 1;
        Ok(units)
    }

    fn hex(&mut self, most: usize) -> Option<u32> {
        let (mut value, mut digits) = (0, 0);
        while digits < most
            && let Some(digit) = self.peek().and_then(|b| char::from(b).to_digit(16))
        {
            value = value * 16 + digit;
            digits += 1;
            self.at += 1;
        }
        (digits > 0).then_some(value)
    }

    /// An escape that stands for one character; `at` is behind the backslash.
    fn character_escape(&mut self) -> Result<u32, SyntaxError> {
        let Some(byte) = self.peek() else {
            return Err(self.error("too short escape sequence"));
        };
        let simple = match byte {
            b't' => Some(0x09),
            b'n' => Some(0x0a),
            b'v' => Some(0x0b),
            b'f' => Some(0x0c),
            b'r' => Some(0x0d),
            b'a' => Some(0x07),
            b'e' => Some(0x1b),
            _ => None,
        };
        if let Some(unit) = simple {
            self.at += 1;
            return Ok(unit);
        }
        match byte {
            b'x' => {
                self.at += 1;
                let Some(value) = self.hex(2) else {
                    return Err(self.error("invalid hex escape"));
                };
                Ok(self.raw_byte(value))
            }
            b'u' => {
                self.at += 1;
                let start = self.at;
                match self.hex(4) {
                    Some(unit) if self.at == start + 4 => Ok(unit),
                    _ => Err(self.error("invalid Unicode escape")),
                }
            }
            b'0'..=b'7' => {
                let (mut value, mut digits) = (0, 0);
                while digits < 3
                    && let Some(digit @ b'0'..=b'7') = self.peek()
                {
                    value = value * 8 + u32::from(digit - b'0');
                    digits += 1;
                    self.at += 1;
                }
                Ok(self.raw_byte(value & 0xff))
            }
            b'c' => {
                self.at += 1;
                self.control()
            }
            b'C' if self.pattern.get(self.at + 1) == Some(&b'-') => {
                self.at += 2;
                self.control()
            }
            b'M' => Err(self.error("meta escapes are not supported")),
            _ => Ok(self.unit().unwrap_or(0)),
        }
    }

    /// `\xE3\x81\x82` spells one character, where the bytes are UTF-8.
    fn raw_byte(&mut self, value: u32) -> u32 {
        if value < 0x80 || self.options.bytes {
            return value;
        }
        let Ok(first) = u8::try_from(value) else { return value };
        let mut bytes = [first, 0, 0, 0];
        let length = match first {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => return STRAY + value,
        };
        let before = self.at;
        for byte in &mut bytes[1..length] {
            let next = if self.eat(b"\\x") { self.hex(2) } else { None };
            match next.and_then(|v| u8::try_from(v).ok()) {
                Some(next) => *byte = next,
                None => {
                    self.at = before;
                    return STRAY + value;
                }
            }
        }
        match core::str::from_utf8(&bytes[..length]).ok().and_then(|s| s.chars().next()) {
            Some(c) => u32::from(c),
            None => {
                self.at = before;
                STRAY + value
            }
        }
    }

    fn control(&mut self) -> Result<u32, SyntaxError> {
        let Some(byte) = self.peek() else {
            return Err(self.error("too short control sequence"));
        };
        self.at += 1;
        Ok(if byte == b'?' { 0x7f } else { u32::from(byte) & 0x1f })
    }

    /// What stands between `[` and `]`; `at` is behind the bracket.
    fn class(&mut self) -> Result<Set, SyntaxError> {
        self.depth += 1;
        if self.depth > MOST_NESTED {
            return Err(self.error("too deep nesting"));
        }
        let negated = self.eat(b"^");
        let mut set = Set { ignore_case: self.options.ignore_case, ..Set::default() };
        let mut parts: Vec<Set> = Vec::new();
        let mut first = true;
        loop {
            let Some(byte) = self.peek() else {
                return Err(self.error("premature end of char-class"));
            };
            match byte {
                b']' if !first || !self.pattern[self.at + 1..].contains(&b']') => {
                    self.at += 1;
                    if set.is_empty() && parts.is_empty() {
                        return Err(self.error("empty char-class"));
                    }
                    break;
                }
                b'&' if self.eat(b"&&") => {
                    parts.push(core::mem::take(&mut set));
                    set.ignore_case = self.options.ignore_case;
                }
                b'[' if self.posix(&mut set)? => {}
                b'[' => {
                    self.at += 1;
                    let inner = self.class()?;
                    set.sets.push(inner);
                }
                _ => self.class_item(&mut set)?,
            }
            first = false;
        }
        parts.push(set);
        // `a&&b&&c` is a chain of conditions.
        let mut chain: Option<Set> = None;
        while let Some(mut part) = parts.pop() {
            part.and = chain.map(Box::new);
            chain = Some(part);
        }
        let mut set = chain.unwrap_or_default();
        set.negated = negated;
        self.depth -= 1;
        Ok(set)
    }

    /// `[:alpha:]` or `[:^alpha:]`, if that is what comes.
    fn posix(&mut self, set: &mut Set) -> Result<bool, SyntaxError> {
        let rest = &self.pattern[self.at..];
        if !rest.starts_with(b"[:") {
            return Ok(false);
        }
        let Some(end) = rest.windows(2).position(|w| w == b":]") else { return Ok(false) };
        let (inverted, name) = match &rest[2..end] {
            [b'^', name @ ..] => (true, name),
            name => (false, name),
        };
        if name.is_empty() || !name.iter().all(u8::is_ascii_alphabetic) {
            return Ok(false);
        }
        let Some(property) = Property::named(name) else { return Ok(false) };
        set.properties.push((property, inverted));
        self.at += end + 2;
        Ok(true)
    }

    fn class_item(&mut self, set: &mut Set) -> Result<(), SyntaxError> {
        let Some(low) = self.class_unit(set)? else { return Ok(()) };
        let ranged = self.peek() == Some(b'-')
            && !matches!(self.pattern.get(self.at + 1), None | Some(b']'))
            && !self.pattern[self.at + 1..].starts_with(b"&&");
        if !ranged {
            set.ranges.push((low, low));
            return Ok(());
        }
        self.at += 1;
        if self.peek() == Some(b'[') {
            // `[a-[b]]`: the dash is itself.
            set.ranges.extend([(low, low), (u32::from(b'-'), u32::from(b'-'))]);
            return Ok(());
        }
        match self.class_unit(set)? {
            Some(high) if high < low => Err(self.error("empty range in char class")),
            Some(high) => {
                set.ranges.push((low, high));
                Ok(())
            }
            // `[a-\d]`: the dash is itself.
            None => {
                set.ranges.extend([(low, low), (u32::from(b'-'), u32::from(b'-'))]);
                Ok(())
            }
        }
    }

    /// One character of a class; none if what came was a set and has been added.
    fn class_unit(&mut self, set: &mut Set) -> Result<Option<u32>, SyntaxError> {
        if !self.eat(b"\\") {
            return Ok(self.unit());
        }
        let Some(byte) = self.peek() else {
            return Err(self.error("premature end of char-class"));
        };
        if let Some(inner) = self.class_escape(byte)? {
            set.sets.push(inner);
            return Ok(None);
        }
        match byte {
            b'b' => {
                self.at += 1;
                Ok(Some(0x08))
            }
            b'R' | b'X' => Err(self.error("invalid escape in char-class")),
            b'u' if self.pattern.get(self.at + 1) == Some(&b'{') => {
                let mut units = self.code_points()?;
                let last = units.pop();
                set.ranges.extend(units.into_iter().map(|u| (u, u)));
                Ok(last)
            }
            _ => self.character_escape().map(Some),
        }
    }
}
