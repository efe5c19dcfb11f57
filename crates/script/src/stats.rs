//! `stats.top(10)`: counts of the calls that handlers saw, without Ruby.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::Cell;

use crate::tally::{align, duration};

#[derive(Clone, Copy, Default, Debug)]
struct Count {
    calls: u64,
    errors: u64,
    nanos: u64,
}

/// One counter a call.
#[derive(Debug)]
pub struct Stats {
    counts: Vec<Cell<Count>>,
}

impl Default for Stats {
    fn default() -> Self {
        Stats { counts: (0..512).map(|_| Cell::default()).collect() }
    }
}

impl Stats {
    /// A call is over.
    pub fn count(&self, nr: u64, result: Option<i64>, nanos: u64) {
        if let Some(cell) = self.counts.get(nr as usize) {
            let mut count = cell.get();
            count.calls += 1;
            count.errors += u64::from(result.is_some_and(|r| (-4095..0).contains(&r)));
            count.nanos += nanos;
            cell.set(count);
        }
    }

    /// The calls in which most time was spent, as a table.
    #[must_use]
    pub fn top(&self, n: usize) -> String {
        let mut rows: Vec<(usize, Count)> =
            self.counts.iter().map(Cell::get).enumerate().filter(|(_, c)| c.calls > 0).collect();
        rows.sort_by_key(|(nr, c)| (core::cmp::Reverse((c.nanos, c.calls)), *nr));
        let mut lines =
            Vec::from([["time", "calls", "errors", "each", "call"].map(str::to_string).to_vec()]);
        for (nr, count) in rows.into_iter().take(n) {
            let name = syscalls::syscall(nr as u64)
                .map_or_else(|| format!("syscall_{nr}"), |call| call.name.to_string());
            let seconds = count.nanos as f64 / 1e9;
            lines.push(Vec::from([
                duration(seconds),
                count.calls.to_string(),
                count.errors.to_string(),
                duration(seconds / count.calls as f64),
                name,
            ]));
        }
        let mut out = String::new();
        align(&lines, 4, &mut out);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_that_took_most_time_comes_first() {
        let stats = Stats::default();
        stats.count(0, Some(5), 1_000_000);
        stats.count(0, Some(-4), 3_000_000);
        stats.count(1, Some(1), 9_000_000);
        stats.count(600, None, 1);
        let text = stats.top(10);
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[1].contains("9.00ms") && lines[1].ends_with("write"), "{text}");
        assert!(lines[2].contains("4.00ms") && lines[2].ends_with("read"), "{text}");
        assert_eq!(stats.top(1).lines().count(), 2);
    }
}
