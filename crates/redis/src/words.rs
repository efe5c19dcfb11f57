//! The arguments of a call to the server: bytes in one buffer that is used again and again.

/// Words, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Words {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Words {
    /// Forgets them. One big call must not be paid for ever after.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        if self.bytes.capacity() > 1 << 16 {
            *self = Words::default();
        }
    }

    /// Adds one.
    pub fn push(&mut self, word: &[u8]) {
        self.bytes.extend_from_slice(word);
        self.end();
    }

    /// The buffer to write the next one to; [`Words::end`] ends it.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// What was written to the buffer since the last word is one.
    pub fn end(&mut self) {
        self.ends.push(self.bytes.len());
    }

    /// Adds a whole number, by its digits.
    pub fn push_integer(&mut self, n: i64) {
        let mut digits = [b'0'; 20];
        let mut start = digits.len();
        let mut rest = n.unsigned_abs();
        loop {
            start -= 1;
            digits[start] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if n < 0 {
            start -= 1;
            digits[start] = b'-';
        }
        self.push(&digits[start..]);
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// One by one.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.bytes[start..*end])
    }
}

impl<'a> FromIterator<&'a [u8]> for Words {
    fn from_iter<I: IntoIterator<Item = &'a [u8]>>(words: I) -> Self {
        let mut all = Words::default();
        words.into_iter().for_each(|word| all.push(word));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn words_come_out_as_they_went_in() {
        let mut words: Words = [&b"SET"[..], b"", b"a\0b"].into_iter().collect();
        for n in [0, -7, i64::MAX, i64::MIN] {
            words.push_integer(n);
        }
        let read: Vec<String> =
            words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
        let min = i64::MIN.to_string();
        assert_eq!(read, ["SET", "", "a\0b", "0", "-7", "9223372036854775807", &min]);
        words.clear();
        assert_eq!(words.iter().count(), 0);
    }
}
