//! Rows between the VM and the host: filled while the script yields, read while the host steps.
//!
//! A row is a run of slots; texts and bytes lie behind each other in one buffer. Both keep their
//! memory from batch to batch, so a scan allocates nothing per row.

use crate::{Cell, Timestamp, Value};

/// A value's place. 16 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Slot {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(u32, usize),
    Blob(u32, usize),
    Json(u32, usize),
    Timestamp(i32, i64),
    List(u32),
}

/// Rows of one width.
#[derive(Clone, Debug, Default)]
pub struct RowBatch {
    width: usize,
    rows: usize,
    slots: Vec<Slot>,
    bytes: Vec<u8>,
    lists: Vec<Vec<Value>>,
}

impl RowBatch {
    /// An empty batch of rows so wide.
    #[must_use]
    pub fn new(width: usize) -> RowBatch {
        RowBatch { width, ..RowBatch::default() }
    }

    /// How many rows are complete.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many bytes of text it holds.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Empties it; the memory is kept, unless it is a lot.
    pub(crate) fn clear(&mut self) {
        self.rows = 0;
        self.slots.clear();
        self.lists.clear();
        self.bytes.clear();
        self.bytes.shrink_to(4 << 20);
    }

    /// Forgets a row that was not completed.
    pub(crate) fn abandon_row(&mut self) {
        self.slots.truncate(self.rows * self.width);
    }

    pub(crate) fn end_row(&mut self) {
        debug_assert_eq!(self.slots.len(), (self.rows + 1) * self.width);
        self.rows += 1;
    }

    pub(crate) fn push(&mut self, slot: Slot) {
        self.slots.push(slot);
    }

    /// The text buffer: append to it, then [`RowBatch::tail`].
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// What was appended since the buffer was so long.
    pub(crate) fn tail(&self, start: usize) -> &[u8] {
        &self.bytes[start..]
    }

    /// Length and place of that, for a slot; `None` beyond 4 GiB.
    pub(crate) fn place(&self, start: usize) -> Option<(u32, usize)> {
        u32::try_from(self.bytes.len() - start).ok().map(|len| (len, start))
    }

    pub(crate) fn push_list(&mut self, list: Vec<Value>) {
        let index = u32::try_from(self.lists.len()).expect("a batch has few lists");
        self.lists.push(list);
        self.push(Slot::List(index));
    }

    /// One value. NULL where there is none.
    #[must_use]
    #[inline]
    pub fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        let Some(slot) = self.slots.get(row * self.width + column) else { return Cell::Null };
        match *slot {
            Slot::Null => Cell::Null,
            Slot::Bool(b) => Cell::Bool(b),
            Slot::Integer(i) => Cell::Integer(i),
            Slot::Float(f) => Cell::Float(f),
            Slot::Text(len, at) => Cell::Text(self.text(len, at)),
            Slot::Blob(len, at) => Cell::Blob(self.slice(len, at)),
            Slot::Json(len, at) => Cell::Json(self.text(len, at)),
            Slot::Timestamp(offset, micros) => Cell::Timestamp(Timestamp { micros, offset }),
            Slot::List(index) => Cell::List(&self.lists[index as usize]),
        }
    }

    fn slice(&self, len: u32, at: usize) -> &[u8] {
        &self.bytes[at..at + len as usize]
    }

    #[allow(unsafe_code, reason = "checking the text again would cost as much as making it")]
    fn text(&self, len: u32, at: usize) -> &str {
        // SAFETY: `coerce` makes a slot of text only of bytes that it has found to be UTF-8, and
        // the buffer only grows until it is cleared together with the slots.
        unsafe { std::str::from_utf8_unchecked(self.slice(len, at)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_stays_small() {
        assert_eq!(size_of::<Slot>(), 16);
    }
}
