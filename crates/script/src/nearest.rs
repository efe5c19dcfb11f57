//! The nearest names to a misspelt one: what an error offers when a script loads.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// At most three candidates that could have been meant, the nearest first.
#[must_use]
pub fn nearest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let wrong = wrong.to_ascii_lowercase();
    let allowed = (wrong.len() / 3).max(1) + usize::from(wrong.len() > 3);
    let mut found: Vec<(usize, &str)> = Vec::new();
    for candidate in candidates {
        let distance = distance(&wrong, &candidate.to_ascii_lowercase());
        // A name that begins alike is meant more often than one that merely shares letters.
        let alike = candidate.as_bytes().first().map(u8::to_ascii_lowercase)
            == wrong.as_bytes().first().copied();
        if distance <= allowed && !found.iter().any(|(_, name)| *name == candidate) {
            found.push((distance * 2 + usize::from(!alike), candidate));
        }
    }
    found.sort();
    let best = found.first().map_or(0, |(score, _)| *score);
    found
        .iter()
        .filter(|(score, _)| *score <= best + 1)
        .take(3)
        .map(|(_, name)| (*name).to_string())
        .collect()
}

/// How many single letters must be added, dropped, changed, or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = core::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swapped_letter_costs_one() {
        assert_eq!(distance("opne", "open"), 1);
        assert_eq!(distance("conect", "connect"), 1);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn the_nearest_name_is_offered_first_and_strangers_never() {
        let names = ["open", "openat", "openat2", "read", "connect", "close"];
        assert_eq!(nearest("opne", names)[0], "open");
        assert_eq!(nearest("conect", names), ["connect"]);
        assert_eq!(nearest("EACESS", ["EACCES", "EEXIST", "ENOENT"]), ["EACCES"]);
        assert!(nearest("zzzzzz", names).is_empty());
    }
}
