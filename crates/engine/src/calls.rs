//! A set of system call numbers.

/// Which calls a handler wants: one bit a number of the x86-64 table, which ends below 512.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CallSet([u64; 8]);

impl CallSet {
    /// No call.
    pub const EMPTY: CallSet = CallSet([0; 8]);
    /// Every number, known to the table or not.
    pub const ALL: CallSet = CallSet([u64::MAX; 8]);

    /// Adds a number. Numbers from 512 on are no system calls and are ignored.
    pub fn insert(&mut self, nr: u64) {
        if nr < 512 {
            self.0[(nr / 64) as usize] |= 1 << (nr % 64);
        }
    }

    /// Takes a number out.
    pub fn remove(&mut self, nr: u64) {
        if nr < 512 {
            self.0[(nr / 64) as usize] &= !(1 << (nr % 64));
        }
    }

    /// Whether the number is in the set.
    #[must_use]
    pub const fn contains(&self, nr: u64) -> bool {
        nr < 512 && self.0[(nr / 64) as usize] & (1 << (nr % 64)) != 0
    }

    /// Both sets together.
    #[must_use]
    pub fn union(mut self, other: &CallSet) -> CallSet {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a |= b;
        }
        self
    }

    /// No number is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|w| *w == 0)
    }

    /// The numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        (0..512).filter(|nr| self.contains(*nr))
    }

    /// The 512 bits, number 0 in the lowest of the first word.
    #[must_use]
    pub const fn words(&self) -> &[u64; 8] {
        &self.0
    }
}

impl FromIterator<u64> for CallSet {
    fn from_iter<I: IntoIterator<Item = u64>>(numbers: I) -> Self {
        let mut set = CallSet::EMPTY;
        for nr in numbers {
            set.insert(nr);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        let mut set: CallSet = [0, 63, 64, 511].into_iter().collect();
        assert!(set.iter().eq([0, 63, 64, 511]));
        set.remove(64);
        set.insert(512);
        assert!(set.iter().eq([0, 63, 511]));
        assert!(!set.contains(512) && !CallSet::ALL.contains(u64::MAX));
    }
}
