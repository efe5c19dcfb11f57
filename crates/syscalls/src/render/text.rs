//! Strings as strace quotes them, and numbers as it writes them.

use alloc::string::String;
use core::fmt::Write;

/// Bytes in quotes: C's short escapes, else octal with as few digits as the next byte allows.
pub(super) fn quote(out: &mut String, bytes: &[u8]) {
    out.push('"');
    for (i, byte) in bytes.iter().enumerate() {
        let next_is_digit = bytes.get(i + 1).is_some_and(|b| (b'0'..=b'7').contains(b));
        let written = match byte {
            b'"' => out.write_str("\\\""),
            b'\\' => out.write_str("\\\\"),
            0x0c => out.write_str("\\f"),
            b'\n' => out.write_str("\\n"),
            b'\r' => out.write_str("\\r"),
            b'\t' => out.write_str("\\t"),
            0x0b => out.write_str("\\v"),
            0x20..=0x7e => out.write_char(char::from(*byte)),
            _ if next_is_digit => write!(out, "\\{byte:03o}"),
            _ => write!(out, "\\{byte:o}"),
        };
        debug_assert!(written.is_ok());
    }
    out.push('"');
}

/// `0x1f`; zero is `0`.
pub(super) fn hex(out: &mut String, value: u64) {
    if value == 0 {
        out.push('0');
    } else {
        put(out, format_args!("{value:#x}"));
    }
}

/// Writes to a string, which can't fail.
pub(super) fn put(out: &mut String, what: core::fmt::Arguments<'_>) {
    out.write_fmt(what).expect("a String takes whatever is written to it");
}

/// `2026-11-23T18:49:55+0000`: seconds since 1970 in universal time.
pub(super) fn date(out: &mut String, seconds: i64) {
    let days = seconds.div_euclid(86_400);
    let rest = seconds.rem_euclid(86_400);
    // Days to a civil date by 400-year eras that begin on 1 March.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    put(out, format_args!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+0000"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(bytes: &[u8]) -> String {
        let mut out = String::new();
        quote(&mut out, bytes);
        out
    }

    #[test]
    fn octal_escapes_are_as_short_as_the_next_byte_allows() {
        assert_eq!(quoted(b"\0\x011\x7fELF"), r#""\0\0011\177ELF""#);
        assert_eq!(quoted(b"\x008\x007"), r#""\08\0007""#);
        assert_eq!(quoted(b"a\"b\\c\n\t\r\x0b\x0c"), r#""a\"b\\c\n\t\r\v\f""#);
        assert_eq!(quoted("é".as_bytes()), r#""\303\251""#);
    }

    #[test]
    fn dates_are_right_around_leap_days_and_before_1970() {
        let of = |seconds| {
            let mut out = String::new();
            date(&mut out, seconds);
            out
        };
        assert_eq!(of(951_827_696), "2000-02-29T12:34:56+0000");
        assert_eq!(of(-1), "1969-12-31T23:59:59+0000");
        assert_eq!(of(1_795_459_795), "2026-11-23T18:49:55+0000");
    }
}
