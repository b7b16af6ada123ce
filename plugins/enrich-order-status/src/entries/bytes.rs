//! [`Writer`] and [`Reader`]: numbers, texts and lists as bytes.
//!
//! Numbers are LEB128, the shortest form only; texts and lists have their length before them.

use crate::life::keys::SpanKey;

/// Longest name of a status or an operation, and longest id, that is read back, in bytes.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Writes values one after the other.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Starts with room for so many bytes, for what grows is copied.
    pub fn with_room_for(bytes: usize) -> Self {
        Writer { bytes: Vec::with_capacity(bytes) }
    }

    /// Writes one byte.
    pub fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// Writes a number, the smaller the shorter.
    pub fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    /// Writes a number that may be negative, the nearer to zero the shorter.
    pub fn signed(&mut self, number: i64) {
        self.number((number << 1 ^ number >> 63) as u64);
    }

    /// Writes bytes whose number is known to the reader.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Writes a text.
    pub fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.raw(text.as_bytes());
    }

    /// Writes the ids of a span.
    pub fn span_key(&mut self, key: &SpanKey) {
        self.raw(&key.trace_id.to_be_bytes());
        self.raw(&key.span_id.to_be_bytes());
    }

    /// Writes a value or its absence.
    pub fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.byte(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    /// Writes a list.
    pub fn list<T>(&mut self, values: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.number(values.len() as u64);
        for value in values {
            write(self, value);
        }
    }

    /// Returns what was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Reads what a [`Writer`] wrote. Every method gives `None` where that is not what stands there.
#[derive(Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { bytes, at: 0 }
    }

    /// Returns whether all bytes were read.
    pub fn is_empty(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// Reads one byte.
    pub fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    /// Reads a number.
    pub fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits || (byte == 0 && shift > 0) {
                return None;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// Reads a number that may be negative.
    pub fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// Reads a number that is the place in a list.
    pub fn index(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    /// Reads how many values follow. No more than bytes are left, so that a damaged number
    /// reserves no memory that the bytes do not pay for.
    pub fn count(&mut self) -> Option<usize> {
        self.index().filter(|count| *count <= self.bytes.len() - self.at)
    }

    /// Reads `N` bytes.
    pub fn raw<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// Reads a text of at most `most` bytes.
    pub fn text(&mut self, most: usize) -> Option<&'a str> {
        let length = self.count().filter(|length| *length <= most)?;
        str::from_utf8(self.take(length)?).ok()
    }

    /// Reads the ids of a span.
    pub fn span_key(&mut self) -> Option<SpanKey> {
        let trace_id = u128::from_be_bytes(self.raw()?);
        Some(SpanKey { trace_id, span_id: u64::from_be_bytes(self.raw()?) })
    }

    /// Reads a value or its absence; the outer `None` is neither.
    pub fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.byte()? {
            0 => Some(None),
            1 => read(self).map(Some),
            _ => None,
        }
    }

    /// Reads a list.
    pub fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        (0..self.count()?).map(|_| read(self)).collect()
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let bytes = self.bytes.get(self.at..)?.get(..count)?;
        self.at += count;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Guarantees: every number comes back as it was.
        #[test]
        fn numbers_come_back(number: u64, signed: i64) {
            let mut out = Writer::default();
            out.number(number);
            out.signed(signed);
            let bytes = out.into_bytes();
            let mut input = Reader::new(&bytes);
            prop_assert_eq!(input.number(), Some(number));
            prop_assert_eq!(input.signed(), Some(signed));
            prop_assert!(input.is_empty());
        }

        /// Guarantees: what reads as a number is written as the very same bytes.
        #[test]
        fn a_number_has_one_form(bytes in prop::collection::vec(any::<u8>(), 0..12)) {
            let mut input = Reader::new(&bytes);
            if let Some(number) = input.number() {
                let mut out = Writer::default();
                out.number(number);
                prop_assert_eq!(&out.into_bytes()[..], &bytes[..input.at]);
            }
        }
    }

    /// Guarantees: a number with a byte too many, or of more than 64 bits, is none.
    #[test]
    fn a_number_is_short_and_fits() {
        let number = |last: &[u8]| Reader::new(&[&[0xff; 9], last].concat()).number();
        assert_eq!(number(&[1]), Some(u64::MAX));
        assert_eq!((number(&[2]), number(&[0x81, 0])), (None, None));
        assert_eq!(Reader::new(&[0x80, 0]).number(), None);
        assert_eq!(Reader::new(&[0]).number(), Some(0));
    }

    /// Guarantees: no more values are said to follow than bytes are left.
    #[test]
    fn a_count_is_paid_for() {
        assert_eq!(Reader::new(&[2, 0, 0]).count(), Some(2));
        assert_eq!(Reader::new(&[3, 0, 0]).count(), None);
    }
}
