//! [`Out`]: the bytes of a view as they grow, every field in its one canonical form.

use crate::wire::{varint_len, write_length_field, write_varint};

/// Bytes that fields are appended to.
#[derive(Default)]
pub(super) struct Out {
    pub bytes: Vec<u8>,
}

/// A message whose length is not known yet.
#[derive(Clone, Copy)]
pub(super) struct Open {
    /// Where its tag stands, which takes one byte.
    pub start: usize,
    /// Bytes kept free for the length.
    reserved: usize,
}

impl Open {
    pub fn content(&self) -> usize {
        self.start + 1 + self.reserved
    }
}

impl Out {
    /// A text or bytes, unless empty.
    #[inline]
    pub fn text(&mut self, number: u32, text: &[u8]) {
        if !text.is_empty() {
            self.present(number, text);
        }
    }

    /// A text, bytes or a message, even an empty one.
    #[inline]
    pub fn present(&mut self, number: u32, content: &[u8]) {
        write_length_field(&mut self.bytes, number, content);
    }

    /// An id that should have `length` bytes, unless it says that there is none.
    #[inline]
    pub fn id(&mut self, number: u32, id: &[u8], length: usize) {
        if id.len() != length || id.iter().any(|byte| *byte != 0) {
            self.text(number, id);
        }
    }

    /// A number below 2^64, unless 0.
    #[inline]
    pub fn varint(&mut self, number: u32, value: u64) {
        if value != 0 {
            self.present_varint(number, value);
        }
    }

    /// A number below 2^64, even 0.
    #[inline]
    pub fn present_varint(&mut self, number: u32, value: u64) {
        write_varint(&mut self.bytes, u64::from(number << 3));
        write_varint(&mut self.bytes, value);
    }

    /// A member of an enum, unless it is the first.
    #[inline]
    pub fn enumeration(&mut self, number: u32, value: i32) {
        // Protobuf writes what is negative as if it had 64 bits.
        self.varint(number, i64::from(value) as u64);
    }

    /// Eight bytes, unless 0.
    #[inline]
    pub fn fixed64(&mut self, number: u32, value: u64) {
        if value != 0 {
            self.present_fixed64(number, value);
        }
    }

    /// Eight bytes, even 0.
    #[inline]
    pub fn present_fixed64(&mut self, number: u32, value: u64) {
        write_varint(&mut self.bytes, u64::from(number << 3 | 1));
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// Four bytes, unless 0.
    #[inline]
    pub fn fixed32(&mut self, number: u32, value: u32) {
        if value != 0 {
            write_varint(&mut self.bytes, u64::from(number << 3 | 5));
            self.bytes.extend_from_slice(&value.to_le_bytes());
        }
    }

    /// Begins a message that is about `guess` bytes long.
    #[inline]
    pub fn open(&mut self, number: u32, guess: usize) -> Open {
        let open = Open { start: self.bytes.len(), reserved: varint_len(guess as u64) };
        self.bytes.push((number << 3 | 2) as u8);
        self.bytes.extend_from_slice(&[0; 10][..open.reserved]);
        open
    }

    /// Ends it, and says whether there is anything in it.
    #[inline]
    pub fn close(&mut self, open: Open) -> bool {
        let content = open.content();
        let length = self.bytes.len() - content;
        if length < 0x80 && open.reserved == 1 {
            self.bytes[content - 1] = length as u8;
        } else {
            self.fit_length(open, length);
        }
        length > 0
    }

    /// Ends a message that stands only if there is anything in it.
    pub fn close_unless_empty(&mut self, open: Open) {
        if !self.close(open) {
            self.bytes.truncate(open.start);
        }
    }

    fn fit_length(&mut self, open: Open, length: usize) {
        let needed = varint_len(length as u64);
        let (from, to) = (open.content(), open.start + 1 + needed);
        if to > from {
            self.bytes.resize(to + length, 0);
        }
        self.bytes.copy_within(from..from + length, to);
        self.bytes.truncate(to + length);
        let mut rest = length;
        for byte in &mut self.bytes[open.start + 1..to] {
            *byte = rest as u8 | 0x80;
            rest >>= 7;
        }
        self.bytes[to - 1] &= 0x7f;
    }
}
