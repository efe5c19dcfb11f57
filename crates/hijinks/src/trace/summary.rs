//! `-c`: calls, errors and time, a row a call.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::cli::SummaryKey;
use crate::output::Output;
use crate::report::Failure;

/// What was counted of one call.
#[derive(Debug, Default, Clone, Copy)]
struct Row {
    calls: u64,
    errors: u64,
    time: Duration,
}

/// The table.
#[derive(Debug, Default)]
pub struct Summary(BTreeMap<u64, Row>);

impl Summary {
    /// Counts a call that took so long and ended so.
    pub fn count(&mut self, nr: u64, elapsed: Duration, result: i64) {
        let row = self.0.entry(nr).or_default();
        row.calls += 1;
        row.time += elapsed;
        if (-4095..0).contains(&result) {
            row.errors += 1;
        }
    }

    /// Prints the table as strace does; the time is that between asking and answering, so a call
    /// that waits has waited.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn print(&self, key: SummaryKey, out: &mut Output) -> Result<(), Failure> {
        let mut rows: Vec<(String, Row)> = self
            .0
            .iter()
            .map(|(nr, row)| {
                (
                    syscalls::syscall(*nr)
                        .map_or_else(|| format!("syscall_{nr:#x}"), |c| c.name.to_owned()),
                    *row,
                )
            })
            .collect();
        rows.sort_by(|(name_a, a), (name_b, b)| {
            let order = match key {
                SummaryKey::Time => b.time.cmp(&a.time),
                SummaryKey::Calls => b.calls.cmp(&a.calls),
                SummaryKey::Errors => b.errors.cmp(&a.errors),
                SummaryKey::Name => std::cmp::Ordering::Equal,
            };
            order.then_with(|| name_a.cmp(name_b))
        });
        let mut all = Row::default();
        for (_, row) in &rows {
            all.calls += row.calls;
            all.errors += row.errors;
            all.time += row.time;
        }
        const RULE: &str = "------ ----------- ----------- --------- --------- ----------------";
        out.line("% time     seconds  usecs/call     calls    errors syscall")?;
        out.line(RULE)?;
        for (name, row) in &rows {
            out.line(&line(row, all.time, name))?;
        }
        out.line(RULE)?;
        out.line(&line(&all, all.time, "total"))
    }
}

fn line(row: &Row, total: Duration, name: &str) -> String {
    let seconds = row.time.as_secs_f64();
    let share = if total.is_zero() { 0.0 } else { 100.0 * seconds / total.as_secs_f64() };
    let each = row.time.as_micros() / u128::from(row.calls.max(1));
    let errors = if row.errors == 0 { String::new() } else { row.errors.to_string() };
    format!("{share:6.2} {seconds:11.6} {each:11} {:9} {errors:>9} {name}", row.calls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_counts_calls_and_errors() {
        let mut summary = Summary::default();
        summary.count(0, Duration::from_micros(10), 5);
        summary.count(0, Duration::from_micros(30), -4);
        let row = summary.0[&0];
        assert_eq!((row.calls, row.errors, row.time), (2, 1, Duration::from_micros(40)));
        assert_eq!(
            line(&row, row.time, "read"),
            "100.00    0.000040          20         2         1 read"
        );
    }
}
