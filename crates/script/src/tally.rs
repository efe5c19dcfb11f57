//! What `tally`, `sum` and `histogram` count, and the tables printed at the end.
//!
//! One [`Table`] belongs to one line of the script and to the whole process tree. Keys are rows of
//! texts (`[c.errno, c.path]` gives two columns). A histogram keeps sixteen steps per power of two,
//! so its percentiles are right to six per cent whatever the values are, and shows the powers.
//! Floats are seconds, as everywhere in the language, and are printed as times.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write as _;

/// Rows shown; the rest is one line.
const MOST_ROWS: usize = 40;
/// Width of a histogram's longest bar.
const BAR: u64 = 40;

/// What a table does with a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Word {
    /// Counts how often each key came.
    Tally,
    /// Adds up an amount per key.
    Sum,
    /// Shows how an amount is distributed.
    Histogram,
}

/// An amount that a script gave.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Amount {
    /// A count, a size.
    Plain(i64),
    /// Seconds.
    Seconds(f64),
}

impl Amount {
    /// The amount as an integer: seconds in nanoseconds.
    fn units(self) -> i64 {
        match self {
            Amount::Plain(n) => n,
            Amount::Seconds(s) => (s * 1e9) as i64,
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Row {
    count: u64,
    total: i128,
    most: i64,
    /// Histogram: sixteenths of powers of two.
    steps: BTreeMap<u16, u64>,
}

/// One line's counters.
#[derive(Clone, Debug)]
pub struct Table {
    title: String,
    word: Word,
    seconds: bool,
    rows: BTreeMap<Vec<String>, Row>,
}

impl Table {
    /// An empty table; the title says what is counted and where the script asks for it.
    #[must_use]
    pub fn new(word: Word, title: &str) -> Table {
        Table { title: title.to_string(), word, seconds: false, rows: BTreeMap::new() }
    }

    /// What is counted, and where the script asks for it.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What the table does.
    #[must_use]
    pub fn word(&self) -> Word {
        self.word
    }

    /// Counts a key once.
    pub fn count(&mut self, key: &[&str]) {
        self.row(key).count += 1;
    }

    /// Adds an amount to a key.
    pub fn add(&mut self, key: &[&str], amount: Amount) {
        self.seconds |= matches!(amount, Amount::Seconds(_));
        let units = amount.units();
        let histogram = self.word == Word::Histogram;
        let row = self.row(key);
        row.count += 1;
        row.total += i128::from(units);
        row.most = row.most.max(units);
        if histogram {
            *row.steps.entry(step(units.max(0) as u64)).or_insert(0) += 1;
        }
    }

    fn row(&mut self, key: &[&str]) -> &mut Row {
        // The common case, a key seen before, copies it once for the look-up and no more.
        let key: Vec<String> = key.iter().map(ToString::to_string).collect();
        self.rows.entry(key).or_default()
    }

    /// The table as text, most first; empty if nothing was counted.
    #[must_use]
    pub fn render(&self) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        match self.word {
            Word::Histogram => self.render_histograms(),
            Word::Tally | Word::Sum => self.render_rows(),
        }
    }

    fn render_rows(&self) -> String {
        let value = |row: &Row| match self.word {
            Word::Sum => row.total,
            _ => i128::from(row.count),
        };
        let mut rows: Vec<_> = self.rows.iter().collect();
        rows.sort_by(|(a_key, a), (b_key, b)| value(b).cmp(&value(a)).then(a_key.cmp(b_key)));
        let total: i128 = rows.iter().map(|(_, row)| value(row)).sum();

        let mut lines: Vec<Vec<String>> = Vec::new();
        for (key, row) in rows.iter().take(MOST_ROWS) {
            let mut line = Vec::from([self.shown(value(row))]);
            if self.word == Word::Sum {
                line.push(format!("{}x", row.count));
            }
            line.extend(key.iter().map(|text| one_line(text)));
            lines.push(line);
        }
        let mut out = format!("{}\n", self.title);
        align(&lines, if self.word == Word::Sum { 2 } else { 1 }, &mut out);
        if rows.len() > MOST_ROWS {
            let rest: i128 = rows[MOST_ROWS..].iter().map(|(_, row)| value(row)).sum();
            let _ =
                writeln!(out, "  and {} more with {}", rows.len() - MOST_ROWS, self.shown(rest));
        }
        if rows.len() > 1 {
            let _ = writeln!(out, "  {} in all", self.shown(total));
        }
        out
    }

    fn render_histograms(&self) -> String {
        let mut out = String::new();
        for (key, row) in &self.rows {
            let mut title = self.title.clone();
            for part in key {
                let _ = write!(title, "  {}", one_line(part));
            }
            let _ = writeln!(
                out,
                "{title}\n  {} values, p50 {}, p99 {}, most {}",
                row.count,
                self.shown(percentile(row, 50)),
                self.shown(percentile(row, 99)),
                self.shown(row.most.into()),
            );
            let mut powers: BTreeMap<u16, u64> = BTreeMap::new();
            for (step, count) in &row.steps {
                *powers.entry(power_of(*step)).or_insert(0) += count;
            }
            let (Some(first), Some(last)) = (powers.keys().next(), powers.keys().next_back())
            else {
                continue;
            };
            let fullest = powers.values().copied().max().unwrap_or(1);
            let lines: Vec<Vec<String>> = (*first..=*last)
                .map(|power| {
                    let count = powers.get(&power).copied().unwrap_or(0);
                    let (low, high) = bounds(power);
                    // A value that came once is worth a mark.
                    let bar = (count * BAR).div_ceil(fullest) as usize;
                    Vec::from([
                        self.shown(low.into()),
                        format!("..{}", self.shown(high.into())),
                        count.to_string(),
                        "#".repeat(bar),
                    ])
                })
                .collect();
            align(&lines, 3, &mut out);
        }
        out
    }

    fn shown(&self, units: i128) -> String {
        if self.seconds { duration(units as f64 / 1e9) } else { units.to_string() }
    }
}

/// A time as a person reads it: `850ns`, `1.25ms`, `12.0s`.
#[must_use]
pub fn duration(seconds: f64) -> String {
    let (value, unit) = match seconds {
        s if s < 1e-6 => (s * 1e9, "ns"),
        s if s < 1e-3 => (s * 1e6, "us"),
        s if s < 1.0 => (s * 1e3, "ms"),
        s => (s, "s"),
    };
    match value {
        v if unit == "ns" => format!("{v:.0}{unit}"),
        v if v < 10.0 => format!("{v:.2}{unit}"),
        v if v < 100.0 => format!("{v:.1}{unit}"),
        v => format!("{v:.0}{unit}"),
    }
}

/// The first `right` columns flush right, the others left, two spaces in front of each.
pub fn align(lines: &[Vec<String>], right: usize, out: &mut String) {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width: Vec<usize> = (0..columns)
        .map(|c| lines.iter().filter_map(|line| line.get(c)).map(|s| s.chars().count()).max())
        .map(|most| most.unwrap_or(0))
        .collect();
    for line in lines {
        let start = out.len();
        for (c, text) in line.iter().enumerate() {
            if c < right {
                let _ = write!(out, "  {text:>0$}", width[c]);
            } else {
                let _ = write!(out, "  {text:<0$}", width[c]);
            }
        }
        out.truncate(start + out[start..].trim_end().len());
        out.push('\n');
    }
}

/// Values below 16 each have a step; above, the highest bit and the four bits behind it are one.
fn step(value: u64) -> u16 {
    if value < 16 {
        return value as u16;
    }
    let power = value.ilog2() as u16;
    power << 4 | (value >> (power - 4) & 15) as u16
}

fn power_of(step: u16) -> u16 {
    match step {
        0 => 0,
        1..16 => step.ilog2() as u16 + 1,
        _ => (step >> 4) + 1,
    }
}

/// The values that a power's row holds: 0, 1, 2..3, 4..7 and so on.
fn bounds(power: u16) -> (i64, i64) {
    match power {
        0 => (0, 0),
        p => (1 << (p - 1), (1_i64 << (p - 1)).wrapping_mul(2).wrapping_sub(1)),
    }
}

/// The middle of the step in which the value of this rank lies.
fn percentile(row: &Row, percent: u64) -> i128 {
    let rank = (row.count * percent).div_ceil(100).max(1);
    let mut seen = 0;
    for (step, count) in &row.steps {
        seen += count;
        if seen >= rank {
            let middle = if *step < 16 {
                i64::from(*step)
            } else {
                let shift = (step >> 4) - 4;
                ((16 + i64::from(step & 15)) << shift) + ((1_i64 << shift) >> 1)
            };
            return middle.min(row.most).into();
        }
    }
    row.most.into()
}

/// A key as one line of a table.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_key_comes_first_and_columns_are_aligned() {
        let mut table = Table::new(Word::Tally, "tally open");
        for _ in 0..12 {
            table.count(&["ENOENT", "/a"]);
        }
        table.count(&["EACCES", "/root/x"]);
        let text = table.render();
        assert_eq!(text, "tally open\n  12  ENOENT  /a\n   1  EACCES  /root/x\n  13 in all\n");
    }

    #[test]
    fn a_sum_adds_amounts_and_shows_how_often() {
        let mut table = Table::new(Word::Sum, "sum write");
        table.add(&["/a"], Amount::Plain(10));
        table.add(&["/a"], Amount::Plain(5));
        table.add(&["/b"], Amount::Plain(100));
        assert_eq!(table.render(), "sum write\n  100  1x  /b\n   15  2x  /a\n  115 in all\n");
    }

    #[test]
    fn a_histogram_has_a_row_per_power_of_two_and_percentiles() {
        let mut table = Table::new(Word::Histogram, "histogram fsync");
        for ms in 1..=100 {
            table.add(&[], Amount::Seconds(f64::from(ms) / 1000.0));
        }
        let text = table.render();
        let p50 = percentile(&table.rows[&Vec::new()], 50) as f64 / 1e6;
        let p99 = percentile(&table.rows[&Vec::new()], 99) as f64 / 1e6;
        assert!((47.0..53.0).contains(&p50) && (93.0..=100.0).contains(&p99), "{text}");
        assert!(text.starts_with("histogram fsync\n  100 values, p50 "), "{text}");
        let bars: usize = text.lines().skip(2).filter(|line| line.ends_with('#')).count();
        assert_eq!(bars, 8, "1 ms to 100 ms are eight powers of two of a nanosecond: {text}");
    }

    #[test]
    fn every_integer_falls_into_the_row_whose_bounds_hold_it() {
        for value in (0..70).chain([1023, 1024, 1025, 1 << 40, i64::MAX as u64]) {
            let (low, high) = bounds(power_of(step(value)));
            assert!((low as u64..=high as u64).contains(&value), "{value}: {low}..{high}");
        }
    }

    #[test]
    fn times_are_readable() {
        assert_eq!(duration(0.0000008), "800ns");
        assert_eq!(duration(0.00125), "1.25ms");
        assert_eq!(duration(12.0), "12.0s");
    }

    #[test]
    fn a_table_of_thousands_ends_in_one_line() {
        let mut table = Table::new(Word::Tally, "tally");
        for i in 0..1000 {
            table.count(&[&i.to_string()]);
        }
        assert_eq!(table.render().lines().count(), 1 + MOST_ROWS + 2);
    }
}
