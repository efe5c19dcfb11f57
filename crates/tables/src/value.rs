//! Values between Ruby and a host: [`Value`] owns, [`Cell`] looks into a batch of rows.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A moment in microseconds since 1970 in UTC, with the offset that the script's `Time` had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timestamp {
    /// Microseconds since 1970-01-01 00:00:00 UTC.
    pub micros: i64,
    /// Seconds east of UTC of the local time that the script meant.
    pub offset: i32,
}

/// A value with its memory: an argument of a function, an operand of a condition, a row to insert.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// NULL, `nil`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// A float.
    Float(f64),
    /// UTF-8.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// The text of a JSON document.
    Json(String),
    /// A `Time`.
    Timestamp(Timestamp),
    /// An array's elements.
    List(Vec<Value>),
}

/// A value inside a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// NULL, `nil`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// A float.
    Float(f64),
    /// UTF-8 without NUL.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
    /// The text of a JSON document.
    Json(&'a str),
    /// A `Time`.
    Timestamp(Timestamp),
    /// An array's elements.
    List(&'a [Value]),
}

impl Cell<'_> {
    /// A copy that outlives the batch.
    #[must_use]
    pub fn to_value(self) -> Value {
        match self {
            Cell::Null => Value::Null,
            Cell::Bool(b) => Value::Bool(b),
            Cell::Integer(i) => Value::Integer(i),
            Cell::Float(f) => Value::Float(f),
            Cell::Text(s) => Value::Text(s.into()),
            Cell::Blob(b) => Value::Blob(b.into()),
            Cell::Json(s) => Value::Json(s.into()),
            Cell::Timestamp(t) => Value::Timestamp(t),
            Cell::List(l) => Value::List(l.into()),
        }
    }
}

impl Value {
    /// A look at it.
    #[must_use]
    pub fn as_cell(&self) -> Cell<'_> {
        match self {
            Value::Null => Cell::Null,
            Value::Bool(b) => Cell::Bool(*b),
            Value::Integer(i) => Cell::Integer(*i),
            Value::Float(f) => Cell::Float(*f),
            Value::Text(s) => Cell::Text(s),
            Value::Blob(b) => Cell::Blob(b),
            Value::Json(s) => Cell::Json(s),
            Value::Timestamp(t) => Cell::Timestamp(*t),
            Value::List(l) => Cell::List(l),
        }
    }
}

impl Timestamp {
    /// The local date and time: year, month, day, and microseconds of that day.
    #[must_use]
    pub fn civil(self) -> (i64, u32, u32, i64) {
        let local = self.micros + i64::from(self.offset) * 1_000_000;
        let (days, of_day) = (local.div_euclid(86_400_000_000), local.rem_euclid(86_400_000_000));
        // Days to a civil date in the proleptic Gregorian calendar, counted in eras of 400 years
        // that start on 1 March, so that the leap day is the last of its year.
        let shifted = days + 719_468;
        let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year + era * 400 + i64::from(month <= 2);
        (year, small(month), small(day), of_day)
    }

    /// The same moment as seen in UTC.
    #[must_use]
    pub fn utc(self) -> Timestamp {
        Timestamp { offset: 0, ..self }
    }
}

fn small(n: i64) -> u32 {
    u32::try_from(n).expect("a month or a day")
}

/// `2026-11-23 19:13:31` or, with a fraction, `2026-11-23 19:13:31.250000`: the local time.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day, of_day) = self.civil();
        let (seconds, fraction) = (of_day / 1_000_000, of_day % 1_000_000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")?;
        if fraction != 0 {
            write!(f, ".{fraction:06}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_as_sql_writes_it_and_keeps_its_microseconds() {
        let at = |micros, offset| Timestamp { micros, offset }.to_string();
        assert_eq!(at(0, 0), "1970-01-01 00:00:00");
        assert_eq!(at(951_782_400_000_001, 0), "2000-02-29 00:00:00.000001");
        assert_eq!(at(-1, 0), "1969-12-31 23:59:59.999999");
        assert_eq!(at(0, 3600), "1970-01-01 01:00:00");
        assert_eq!(at(4_102_444_799_000_000, 0), "2099-12-31 23:59:59");
    }
}
