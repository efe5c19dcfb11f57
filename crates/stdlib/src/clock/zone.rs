//! Time zones from compiled zone files (tzfile(5), version 2 and later).
//!
//! The table covers the past; the rule at the file's end (a POSIX `TZ` string such as
//! `CET-1CEST,M3.5.0,M10.5.0/3`) all that comes after it.

use alloc::string::String;
use alloc::vec::Vec;

use super::civil::{civil, seconds};

/// What a zone's clocks show in some period.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LocalType {
    /// Seconds east of Greenwich.
    pub offset: i32,
    /// Whether it is summer time.
    pub summer: bool,
    /// `CET`
    pub name: String,
}

/// A zone: its periods and the rule that holds after them.
#[derive(Clone, Debug)]
pub struct Zone {
    /// When a period begins, and its type.
    transitions: Vec<(i64, usize)>,
    types: Vec<LocalType>,
    rule: Option<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    standard: LocalType,
    /// Summer time, when it begins and when it ends.
    summer: Option<(LocalType, Change, Change)>,
}

/// A day of the year and the second of it.
#[derive(Clone, Copy, Debug)]
struct Change {
    day: Day,
    second: i64,
}

#[derive(Clone, Copy, Debug)]
enum Day {
    /// `Jn`: 1 to 365, 29 February never counted.
    Julian(i64),
    /// `n`: 0 to 365.
    Zero(i64),
    /// `Mm.w.d`: month, week (5 is the last), weekday.
    Month(i64, i64, i64),
}

impl Zone {
    /// Greenwich's.
    #[must_use]
    pub fn utc() -> Zone {
        let utc = LocalType { offset: 0, summer: false, name: String::from("UTC") };
        Zone { transitions: Vec::new(), types: alloc::vec![utc], rule: None }
    }

    /// Reads a zone file; none if it isn't one.
    #[must_use]
    pub fn parse(file: &[u8]) -> Option<Zone> {
        let first = Header::read(file)?;
        // The second block has 64-bit times; a version 1 file has none.
        let (header, body, wide) = if first.version >= b'2' {
            let rest = file.get(44 + first.length(4)..)?;
            (Header::read(rest)?, rest.get(44..)?, 8)
        } else {
            (first, file.get(44..)?, 4)
        };
        let (times, rest) = body.split_at_checked(header.transitions * wide)?;
        let (indexes, rest) = rest.split_at_checked(header.transitions)?;
        let (types, rest) = rest.split_at_checked(header.types * 6)?;
        let (names, _) = rest.split_at_checked(header.names)?;
        let types = types
            .chunks_exact(6)
            .map(|t| {
                let name = names.get(usize::from(t[5])..)?;
                let end = name.iter().position(|b| *b == 0)?;
                Some(LocalType {
                    offset: i32::from_be_bytes([t[0], t[1], t[2], t[3]]),
                    summer: t[4] != 0,
                    name: String::from_utf8_lossy(&name[..end]).into_owned(),
                })
            })
            .collect::<Option<Vec<_>>>()?;
        let transitions = times
            .chunks_exact(wide)
            .zip(indexes)
            .map(|(time, index)| {
                let time = match time {
                    [a, b, c, d] => i64::from(i32::from_be_bytes([*a, *b, *c, *d])),
                    eight => i64::from_be_bytes(eight.try_into().ok()?),
                };
                (usize::from(*index) < types.len()).then_some((time, usize::from(*index)))
            })
            .collect::<Option<Vec<_>>>()?;
        let rule = (wide == 8).then(|| body.get(header.length(8)..)).flatten().and_then(|footer| {
            let footer = footer.strip_prefix(b"\n")?;
            let end = footer.iter().position(|b| *b == b'\n')?;
            Rule::parse(&footer[..end])
        });
        (!types.is_empty()).then_some(Zone { transitions, types, rule })
    }

    /// A zone from a POSIX `TZ` string.
    #[must_use]
    pub fn posix(text: &[u8]) -> Option<Zone> {
        let rule = Rule::parse(text)?;
        Some(Zone {
            transitions: Vec::new(),
            types: alloc::vec![rule.standard.clone()],
            rule: Some(rule),
        })
    }

    /// What the clocks show at a second since 1970.
    #[must_use]
    pub fn at(&self, time: i64) -> &LocalType {
        let index = self.transitions.partition_point(|(from, _)| *from <= time);
        if index == self.transitions.len()
            && let Some(rule) = &self.rule
        {
            return rule.at(time);
        }
        match index.checked_sub(1) {
            Some(last) => &self.types[self.transitions[last].1],
            // Before all of them: the first type that is no summer time.
            None => self.types.iter().find(|t| !t.summer).unwrap_or(&self.types[0]),
        }
    }

    /// The second since 1970 at which the clocks show `local`. Of two such the earlier is meant;
    /// for an hour that the clocks jump over, the time is taken as before the jump.
    #[must_use]
    pub fn utc_of(&self, local: i64) -> i64 {
        let before = i64::from(self.at(local - 86_400).offset);
        let after = i64::from(self.at(local + 86_400).offset);
        let early = local - before;
        if i64::from(self.at(early).offset) == before {
            return early;
        }
        let late = local - after;
        if i64::from(self.at(late).offset) == after { late } else { early }
    }
}

struct Header {
    version: u8,
    transitions: usize,
    types: usize,
    names: usize,
    leaps: usize,
    standards: usize,
    universals: usize,
}

impl Header {
    fn read(file: &[u8]) -> Option<Header> {
        let head = file.get(..44)?;
        let word = |n: usize| {
            let at = 20 + 4 * n;
            u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]) as usize
        };
        head.starts_with(b"TZif").then(|| Header {
            version: head[4],
            universals: word(0),
            standards: word(1),
            leaps: word(2),
            transitions: word(3),
            types: word(4),
            names: word(5),
        })
    }

    fn length(&self, wide: usize) -> usize {
        self.transitions * (wide + 1)
            + self.types * 6
            + self.names
            + self.leaps * (wide + 4)
            + self.standards
            + self.universals
    }
}

impl Rule {
    fn parse(text: &[u8]) -> Option<Rule> {
        let mut reader = Reader { text, at: 0 };
        let name = reader.name()?;
        let offset = reader.time()?;
        let standard = local_type(-offset, false, name)?;
        if reader.at == text.len() {
            return Some(Rule { standard, summer: None });
        }
        let name = reader.name()?;
        let offset = if reader.peek() == Some(b',') || reader.at == text.len() {
            offset - 3600
        } else {
            reader.time()?
        };
        let summer = local_type(-offset, true, name)?;
        if reader.at == text.len() {
            // Without dates the United States' rule is meant.
            let noon = |day| Change { day, second: 7200 };
            let changes = (noon(Day::Month(3, 2, 0)), noon(Day::Month(11, 1, 0)));
            return Some(Rule { standard, summer: Some((summer, changes.0, changes.1)) });
        }
        let start = reader.change()?;
        let end = reader.change()?;
        Some(Rule { standard, summer: Some((summer, start, end)) })
    }

    fn at(&self, time: i64) -> &LocalType {
        let Some((summer, start, end)) = &self.summer else { return &self.standard };
        let year = civil(time + i64::from(self.standard.offset)).year;
        let start = start.of_year(year) - i64::from(self.standard.offset);
        let end = end.of_year(year) - i64::from(summer.offset);
        let inside = if start < end {
            (start..end).contains(&time)
        } else {
            // South of the equator.
            !(end..start).contains(&time)
        };
        if inside { summer } else { &self.standard }
    }
}

fn local_type(offset: i64, summer: bool, name: String) -> Option<LocalType> {
    Some(LocalType { offset: i32::try_from(offset).ok()?, summer, name })
}

impl Change {
    /// The local second at which it happens.
    fn of_year(self, year: i64) -> i64 {
        let first = seconds(year, 1, 1, 0, 0, 0);
        let leap = i64::from(super::days_of_month(year, 2) == 29);
        let day = match self.day {
            Day::Zero(n) => n,
            Day::Julian(n) => n - 1 + if n >= 60 { leap } else { 0 },
            Day::Month(month, week, weekday) => {
                let start = civil(seconds(year, month, 1, 0, 0, 0));
                let mut day = (weekday - start.weekday).rem_euclid(7) + 7 * (week - 1);
                if day >= super::days_of_month(year, month) {
                    day -= 7;
                }
                start.yearday - 1 + day
            }
        };
        first + day * 86_400 + self.second
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn name(&mut self) -> Option<String> {
        let quoted = self.eat(b'<');
        let start = self.at;
        while self.peek().is_some_and(|b| if quoted { b != b'>' } else { b.is_ascii_alphabetic() })
        {
            self.at += 1;
        }
        let name = String::from_utf8_lossy(&self.text[start..self.at]).into_owned();
        if quoted && !self.eat(b'>') || name.len() < 3 {
            return None;
        }
        Some(name)
    }

    fn number(&mut self) -> Option<i64> {
        let start = self.at;
        let mut value = 0i64;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            value = value.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
            self.at += 1;
        }
        (self.at > start).then_some(value)
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    fn time(&mut self) -> Option<i64> {
        let sign = if self.eat(b'-') { -1 } else { 1 };
        self.eat(b'+');
        let mut total = self.number()? * 3600;
        for unit in [60, 1] {
            if !self.eat(b':') {
                break;
            }
            total += self.number()? * unit;
        }
        Some(sign * total)
    }

    fn change(&mut self) -> Option<Change> {
        if !self.eat(b',') {
            return None;
        }
        let day = if self.eat(b'J') {
            Day::Julian(self.number()?)
        } else if self.eat(b'M') {
            let month = self.number()?;
            let week = self.eat(b'.').then(|| self.number()).flatten()?;
            let weekday = self.eat(b'.').then(|| self.number()).flatten()?;
            if !(1..=12).contains(&month) {
                return None;
            }
            Day::Month(month, week, weekday)
        } else {
            Day::Zero(self.number()?)
        };
        let second = if self.eat(b'/') { self.time()? } else { 7200 };
        Some(Change { day, second })
    }
}
