//! `Time#strftime`: every directive of Ruby's, with its flags (`-0^#_:`) and widths.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Civil, MONTHS, WEEKDAYS, civil};

/// Writes a time as `pattern` says. `offset` is seconds east of Greenwich.
#[must_use]
pub fn strftime(
    pattern: &[u8],
    time: i64,
    nanosecond: u32,
    offset: i32,
    utc: bool,
    zone: &str,
) -> Vec<u8> {
    let civil = civil(time.wrapping_add(i64::from(offset)));
    let moment = Moment { civil, time, nanosecond, offset, utc, zone };
    let mut out = Vec::with_capacity(pattern.len() * 2);
    moment.write(pattern, &mut out);
    out
}

struct Moment<'a> {
    civil: Civil,
    time: i64,
    nanosecond: u32,
    offset: i32,
    utc: bool,
    zone: &'a str,
}

/// What stands between `%` and the directive.
#[derive(Clone, Copy, Default)]
struct Flags {
    /// `-` drops padding, `_` pads with spaces, `0` with zeros.
    padding: Option<u8>,
    upper: bool,
    swap: bool,
    colons: usize,
    width: Option<usize>,
}

impl Moment<'_> {
    fn write(&self, pattern: &[u8], out: &mut Vec<u8>) {
        let mut at = 0;
        while at < pattern.len() {
            if pattern[at] != b'%' {
                out.push(pattern[at]);
                at += 1;
                continue;
            }
            let start = at;
            at += 1;
            let mut flags = Flags::default();
            while let Some(byte) = pattern.get(at) {
                match byte {
                    b'-' | b'_' => flags.padding = Some(*byte),
                    b'0' => flags.padding = Some(b'0'),
                    b'^' => flags.upper = true,
                    b'#' => flags.swap = true,
                    b':' => flags.colons += 1,
                    b'1'..=b'9' => {
                        let mut width = 0usize;
                        while let Some(digit @ b'0'..=b'9') = pattern.get(at) {
                            width = (width * 10 + usize::from(digit - b'0')).min(4096);
                            at += 1;
                        }
                        flags.width = Some(width);
                        continue;
                    }
                    // Locale modifiers change nothing.
                    b'E' | b'O' => {}
                    _ => break,
                }
                at += 1;
            }
            let known = pattern.get(at).is_some_and(|d| self.directive(*d, flags, out));
            if known {
                at += 1;
            } else {
                // As Ruby: what is no directive stays as it is.
                at = (at + 1).min(pattern.len());
                out.extend_from_slice(&pattern[start..at]);
            }
        }
    }

    fn directive(&self, directive: u8, flags: Flags, out: &mut Vec<u8>) -> bool {
        let c = &self.civil;
        let mut number =
            |value: i64, width: usize, pad: u8| pad_number(out, flags, value, width, pad);
        let twelve = (c.hour + 11) % 12 + 1;
        match directive {
            b'Y' => {
                let width = if c.year < 0 { 5 } else { 4 };
                number(c.year, width, b'0');
            }
            b'C' => number(c.year.div_euclid(100), 2, b'0'),
            b'y' => number(c.year.rem_euclid(100), 2, b'0'),
            b'm' => number(c.month, 2, b'0'),
            b'd' => number(c.day, 2, b'0'),
            b'e' => number(c.day, 2, b' '),
            b'j' => number(c.yearday, 3, b'0'),
            b'H' => number(c.hour, 2, b'0'),
            b'k' => number(c.hour, 2, b' '),
            b'I' => number(twelve, 2, b'0'),
            b'l' => number(twelve, 2, b' '),
            b'M' => number(c.minute, 2, b'0'),
            b'S' => number(c.second, 2, b'0'),
            b's' => number(self.time, 1, b'0'),
            b'u' => number((c.weekday + 6) % 7 + 1, 1, b'0'),
            b'w' => number(c.weekday, 1, b'0'),
            b'U' => number((c.yearday - 1 + 7 - c.weekday) / 7, 2, b'0'),
            b'W' => number((c.yearday - 1 + 7 - (c.weekday + 6) % 7) / 7, 2, b'0'),
            b'G' => number(self.iso_week().0, 4, b'0'),
            b'g' => number(self.iso_week().0.rem_euclid(100), 2, b'0'),
            b'V' => number(self.iso_week().1, 2, b'0'),
            b'L' => self.fraction(flags, 3, out),
            b'N' => self.fraction(flags, 9, out),
            b'z' => self.offset(flags, out),
            b'Z' => {
                let zone = if self.utc { "UTC" } else { self.zone };
                let lower = flags.swap;
                pad_text(out, flags, zone, |s| if lower { s.to_lowercase() } else { s.into() });
            }
            b'A' | b'a' => {
                let name = WEEKDAYS[usize::try_from(c.weekday).unwrap_or(0) % 7];
                self.name(if directive == b'A' { name } else { &name[..3] }, flags, out);
            }
            b'B' | b'b' | b'h' => {
                let name = MONTHS[usize::try_from(c.month - 1).unwrap_or(0) % 12];
                self.name(if directive == b'B' { name } else { &name[..3] }, flags, out);
            }
            b'p' | b'P' => {
                let lower = (directive == b'P') != flags.swap;
                let word = match (c.hour < 12, lower) {
                    (true, false) => "AM",
                    (true, true) => "am",
                    (false, false) => "PM",
                    (false, true) => "pm",
                };
                pad_text(out, flags, word, |s| s.into());
            }
            b'n' => pad_text(out, flags, "\n", |s| s.into()),
            b't' => pad_text(out, flags, "\t", |s| s.into()),
            b'%' => pad_text(out, flags, "%", |s| s.into()),
            b'c' => self.compound(b"%a %b %e %H:%M:%S %Y", flags, out),
            b'D' | b'x' => self.compound(b"%m/%d/%y", flags, out),
            b'F' => self.compound(b"%Y-%m-%d", flags, out),
            b'T' | b'X' => self.compound(b"%H:%M:%S", flags, out),
            b'R' => self.compound(b"%H:%M", flags, out),
            b'r' => self.compound(b"%I:%M:%S %p", flags, out),
            b'v' => {
                let mut inner = Vec::new();
                self.write(b"%e-%^b-%Y", &mut inner);
                pad_text(out, flags, &String::from_utf8_lossy(&inner), |s| s.into());
            }
            b'+' => self.compound(b"%a %b %e %H:%M:%S %Z %Y", flags, out),
            _ => return false,
        }
        true
    }

    fn compound(&self, pattern: &[u8], flags: Flags, out: &mut Vec<u8>) {
        let mut inner = Vec::new();
        self.write(pattern, &mut inner);
        pad_text(out, flags, &String::from_utf8_lossy(&inner), |s| s.into());
    }

    fn name(&self, name: &str, flags: Flags, out: &mut Vec<u8>) {
        let swap = flags.swap;
        pad_text(out, flags, name, |s| if swap { s.to_uppercase() } else { s.into() });
    }

    fn fraction(&self, flags: Flags, digits: usize, out: &mut Vec<u8>) {
        let width = flags.width.unwrap_or(digits);
        let all = format!("{:09}", self.nanosecond);
        if width <= 9 {
            out.extend_from_slice(&all.as_bytes()[..width]);
        } else {
            out.extend_from_slice(all.as_bytes());
            out.resize(out.len() + width - 9, b'0');
        }
    }

    fn offset(&self, flags: Flags, out: &mut Vec<u8>) {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let all = self.offset.unsigned_abs();
        let (hour, minute, second) = (all / 3600, all / 60 % 60, all % 60);
        let tail = match flags.colons {
            0 => format!("{minute:02}"),
            1 => format!(":{minute:02}"),
            2 => format!(":{minute:02}:{second:02}"),
            _ if second != 0 => format!(":{minute:02}:{second:02}"),
            _ if minute != 0 => format!(":{minute:02}"),
            _ => String::new(),
        };
        let width = flags.width.unwrap_or(0).saturating_sub(tail.len() + 1).max(2);
        let text = match flags.padding {
            Some(b'-') => format!("{sign}{hour}{tail}"),
            Some(b'_') => {
                let signed = format!("{sign}{hour}");
                format!("{signed:>width$}{tail}", width = width + 1)
            }
            _ => format!("{sign}{hour:0width$}{tail}"),
        };
        out.extend_from_slice(text.as_bytes());
    }

    /// ISO 8601's year and week: week 1 has the year's first Thursday.
    fn iso_week(&self) -> (i64, i64) {
        let monday_based = (self.civil.weekday + 6) % 7;
        let thursday = self.civil.yearday - monday_based + 3;
        let long = |year: i64| 337 + super::days_of_month(year, 2);
        if thursday < 1 {
            let year = self.civil.year - 1;
            (year, (thursday + long(year) - 1) / 7 + 1)
        } else if thursday > long(self.civil.year) {
            (self.civil.year + 1, 1)
        } else {
            (self.civil.year, (thursday - 1) / 7 + 1)
        }
    }
}

fn pad_number(out: &mut Vec<u8>, flags: Flags, value: i64, width: usize, pad: u8) {
    let pad = match flags.padding {
        Some(b'_') => b' ',
        Some(b'0') => b'0',
        Some(_) => {
            out.extend_from_slice(format!("{value}").as_bytes());
            return;
        }
        None => pad,
    };
    let width = flags.width.unwrap_or(width);
    let text = if pad == b'0' { format!("{value:0width$}") } else { format!("{value:width$}") };
    out.extend_from_slice(text.as_bytes());
}

fn pad_text(out: &mut Vec<u8>, flags: Flags, text: &str, change: impl Fn(&str) -> String) {
    let mut text = change(text);
    if flags.upper {
        text = text.to_uppercase();
    }
    if flags.padding != Some(b'-') {
        let fill = if flags.padding == Some(b'0') { b'0' } else { b' ' };
        let missing = flags.width.unwrap_or(0).saturating_sub(text.len());
        out.resize(out.len() + missing, fill);
    }
    out.extend_from_slice(text.as_bytes());
}
