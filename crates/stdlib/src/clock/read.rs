//! Reading dates as people and programs write them, for `Time.parse` and `Time.iso8601`.
//!
//! Known: ISO 8601 (`2026-11-23T18:54:37.5+01:00`, compact too), `date(1)`'s and `ctime`'s order,
//! RFC 2822 and HTTP dates, `23 Nov 2026`, `Nov 23, 2026`, `2026/11/23`, `11:22 pm`.

use super::MONTHS;

/// What a text said; what it did not say is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Fields {
    /// The year.
    pub year: Option<i64>,
    /// 1 to 12.
    pub month: Option<i64>,
    /// 1 to 31.
    pub day: Option<i64>,
    /// 0 to 24.
    pub hour: Option<i64>,
    /// 0 to 59.
    pub minute: Option<i64>,
    /// 0 to 60.
    pub second: Option<i64>,
    /// Of a second.
    pub nanosecond: i64,
    /// Seconds east of Greenwich.
    pub offset: Option<i64>,
    /// The zone was written as `Z`, `UTC` or `GMT`.
    pub utc: bool,
}

/// Reads a date, a time, or both; none if there is neither.
#[must_use]
pub fn read(text: &str) -> Option<Fields> {
    let bytes = text.as_bytes();
    let mut fields = Fields::default();
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if byte.is_ascii_digit() {
            at = number(bytes, at, &mut fields)?;
        } else if byte.is_ascii_alphabetic() {
            at = word(bytes, at, &mut fields);
        } else if (byte == b'+' || byte == b'-') && fields.hour.is_some() {
            at = offset(bytes, at, &mut fields).unwrap_or(at + 1);
        } else {
            at += 1;
        }
    }
    let sane = fields.month.is_none_or(|m| (1..=12).contains(&m))
        && fields.day.is_none_or(|d| (1..=31).contains(&d))
        && fields.hour.is_none_or(|h| h <= 24)
        && fields.minute.is_none_or(|m| m < 60)
        && fields.second.is_none_or(|s| s <= 60);
    let something = fields.day.is_some() || fields.hour.is_some() || fields.month.is_some();
    (sane && something).then_some(fields)
}

fn digits(bytes: &[u8], at: usize) -> (i64, usize) {
    let length = bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
    let value = bytes[at..at + length.min(18)]
        .iter()
        .fold(0i64, |value, b| value * 10 + i64::from(b - b'0'));
    (value, length)
}

fn slice(value: i64, drop: u32, keep: u32) -> i64 {
    value / 10i64.pow(drop) % 10i64.pow(keep)
}

fn number(bytes: &[u8], at: usize, fields: &mut Fields) -> Option<usize> {
    let (value, length) = digits(bytes, at);
    let next = at + length;
    let after = |at: usize| bytes.get(at).copied();
    let digit_follows = |at: usize| after(at).is_some_and(|b| b.is_ascii_digit());
    if after(next) == Some(b':') && digit_follows(next + 1) && fields.hour.is_none() {
        return Some(clock(bytes, at, fields));
    }
    // 20261123T185437 and 20261123
    if (length == 8 || length == 14) && fields.year.is_none() {
        let date = if length == 14 { value / 1_000_000 } else { value };
        fields.year = Some(slice(date, 4, 4));
        fields.month = Some(slice(date, 2, 2));
        fields.day = Some(slice(date, 0, 2));
        if length == 14 {
            compact_clock(value % 1_000_000, 6, fields);
        }
        return Some(next);
    }
    if (length == 6 || length == 4)
        && fields.day.is_some()
        && fields.hour.is_none()
        && at > 0
        && matches!(bytes[at - 1], b'T' | b't')
    {
        compact_clock(value, length, fields);
        return Some(fraction(bytes, next, fields));
    }
    if let Some(separator @ (b'-' | b'/' | b'.')) = after(next)
        && digit_follows(next + 1)
        && fields.day.is_none()
        && fields.month.is_none()
    {
        let (second, second_length) = digits(bytes, next + 1);
        let mut end = next + 1 + second_length;
        let third = (after(end) == Some(separator) && digit_follows(end + 1)).then(|| {
            let (third, length) = digits(bytes, end + 1);
            end += 1 + length;
            (third, length)
        });
        match third {
            // 23.11.2026 and 23/11/2026, read as Ruby reads it: day first
            Some((third, third_length)) if length <= 2 && third_length == 4 => {
                (fields.day, fields.month, fields.year) = (Some(value), Some(second), Some(third));
            }
            Some((third, _)) => {
                let year = if length <= 2 { century(value) } else { value };
                (fields.year, fields.month, fields.day) = (Some(year), Some(second), Some(third));
            }
            None if length == 4 => {
                (fields.year, fields.month) = (Some(value), Some(second));
            }
            None => (fields.month, fields.day) = (Some(value), Some(second)),
        }
        return Some(end);
    }
    if fields.hour.is_none() && meridian(bytes, next).is_some() && length <= 2 {
        fields.hour = Some(value);
        return Some(next);
    }
    if length >= 3 && fields.year.is_none() {
        fields.year = Some(value);
    } else if fields.day.is_none() && length <= 2 {
        fields.day = Some(value);
    } else if fields.year.is_none() && length <= 2 {
        fields.year = Some(century(value));
    }
    Some(next)
}

/// Two digits: 69 and later are the last century's.
fn century(year: i64) -> i64 {
    if year >= 69 { 1900 + year } else { 2000 + year }
}

fn compact_clock(value: i64, length: usize, fields: &mut Fields) {
    let value = if length == 4 { value * 100 } else { value };
    fields.hour = Some(slice(value, 4, 2));
    fields.minute = Some(slice(value, 2, 2));
    fields.second = Some(slice(value, 0, 2));
}

fn clock(bytes: &[u8], at: usize, fields: &mut Fields) -> usize {
    let (hour, length) = digits(bytes, at);
    let (minute, more) = digits(bytes, at + length + 1);
    let mut next = at + length + 1 + more;
    fields.hour = Some(hour);
    fields.minute = Some(minute);
    if bytes.get(next) == Some(&b':') && bytes.get(next + 1).is_some_and(u8::is_ascii_digit) {
        let (second, length) = digits(bytes, next + 1);
        fields.second = Some(second);
        next = fraction(bytes, next + 1 + length, fields);
    }
    next
}

/// `.5` or `,500000000` behind the seconds.
fn fraction(bytes: &[u8], at: usize, fields: &mut Fields) -> usize {
    if !matches!(bytes.get(at), Some(b'.' | b','))
        || !bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
    {
        return at;
    }
    let (_, length) = digits(bytes, at + 1);
    let mut scale = 100_000_000;
    for byte in &bytes[at + 1..at + 1 + length.min(9)] {
        fields.nanosecond += i64::from(byte - b'0') * scale;
        scale /= 10;
    }
    at + 1 + length
}

/// `am` or `pm`, perhaps behind a space: the hours to add, and where it ends.
fn meridian(bytes: &[u8], mut at: usize) -> Option<(bool, usize)> {
    while bytes.get(at) == Some(&b' ') {
        at += 1;
    }
    let afternoon = match bytes.get(at)?.to_ascii_lowercase() {
        b'a' => false,
        b'p' => true,
        _ => return None,
    };
    let is = bytes.get(at + 1)?.eq_ignore_ascii_case(&b'm');
    let ends = !bytes.get(at + 2).is_some_and(u8::is_ascii_alphanumeric);
    (is && ends).then_some((afternoon, at + 2))
}

fn word(bytes: &[u8], at: usize, fields: &mut Fields) -> usize {
    let length = bytes[at..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let text = &bytes[at..at + length];
    let next = at + length;
    if let (Some((afternoon, end)), Some(hour)) = (meridian(bytes, at), fields.hour) {
        fields.hour = Some(hour % 12 + if afternoon { 12 } else { 0 });
        return end;
    }
    let month = MONTHS.iter().position(|m| {
        length >= 3 && length <= m.len() && m.as_bytes()[..length].eq_ignore_ascii_case(text)
    });
    if let Some(month) = month
        && fields.month.is_none()
    {
        fields.month = i64::try_from(month + 1).ok();
        return next;
    }
    if fields.hour.is_none() {
        return next;
    }
    // RFC 2822's names, in hours.
    let zone = match text.to_ascii_uppercase().as_slice() {
        b"Z" | b"UTC" | b"GMT" | b"UT" => {
            fields.utc = true;
            Some(0)
        }
        b"EST" | b"CDT" => Some(-5),
        b"EDT" => Some(-4),
        b"CST" | b"MDT" => Some(-6),
        b"MST" | b"PDT" => Some(-7),
        b"PST" => Some(-8),
        b"CET" | b"BST" => Some(1),
        b"CEST" | b"EET" => Some(2),
        b"JST" => Some(9),
        _ => None,
    };
    if let Some(hours) = zone {
        fields.offset = Some(hours * 3600);
    }
    next
}

/// `+01:00`, `-0500`, `+9`
fn offset(bytes: &[u8], at: usize, fields: &mut Fields) -> Option<usize> {
    let sign = if bytes[at] == b'-' { -1 } else { 1 };
    if !bytes.get(at + 1)?.is_ascii_digit() || fields.offset.is_some_and(|o| o != 0) {
        return None;
    }
    let (value, length) = digits(bytes, at + 1);
    let mut next = at + 1 + length;
    let mut seconds = match length {
        1 | 2 => value * 3600,
        4 => value / 100 * 3600 + value % 100 * 60,
        6 => value / 10_000 * 3600 + value / 100 % 100 * 60 + value % 100,
        _ => return None,
    };
    for unit in [60, 1] {
        if length > 2
            || bytes.get(next) != Some(&b':')
            || !bytes.get(next + 1).is_some_and(u8::is_ascii_digit)
        {
            break;
        }
        let (value, length) = digits(bytes, next + 1);
        seconds += value * unit;
        next += 1 + length;
    }
    fields.offset = Some(sign * seconds);
    fields.utc = false;
    Some(next)
}
