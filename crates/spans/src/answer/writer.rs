//! [`Writer`]: edits, as they go on the wire.

use super::Edits;
use crate::edit_form::{On, TextField};
use crate::notes::Subject;
use crate::wire::{length_field_len, varint_len, write_length_field, write_varint};

/// Takes edits in the order in which they go, and writes each at once.
#[derive(Default)]
pub(super) struct Writer {
    /// The fields `edits`.
    edits: Vec<u8>,
    /// Content of the field `dropped_spans`.
    dropped: Vec<u8>,
    spans_dropped: u32,
    spans_changed: u32,
    /// How many resources, scopes and spans were begun.
    begun: [u32; 3],
    on: u8,
    number: u32,
    member: u32,
}

/// Where a writer stood.
#[derive(Clone, Copy)]
pub(super) struct Mark(usize);

impl Writer {
    /// The edits that follow are those of the next resource, scope or span.
    #[inline]
    pub fn begin(&mut self, on: On) {
        let begun = &mut self.begun[on as usize];
        (self.on, self.number, self.member) = (on as u8, *begun, 0);
        *begun += 1;
    }

    /// The edits that follow are those of this event or link of the span, or entity of the
    /// resource; or its own again.
    #[inline]
    pub fn begin_member(&mut self, on: On, member: u32) {
        (self.on, self.member) = (on as u8, member);
    }

    /// The resource, scope, span or member that was begun.
    pub fn subject(&self) -> Subject {
        let on = On::ALL[usize::from(self.on)];
        Subject { on, number: self.number, member: self.member }
    }

    #[inline]
    pub fn mark(&self) -> Mark {
        Mark(self.edits.len())
    }

    #[inline]
    pub fn changed_since(&self, mark: Mark) -> bool {
        self.edits.len() > mark.0
    }

    /// The span that was begun stays; `is_changed`, where something around it is.
    #[inline]
    pub fn keep(&mut self, is_changed: bool) {
        self.spans_changed += u32::from(is_changed);
    }

    /// The span that was begun, which has no edits, goes.
    pub fn drop(&mut self) {
        write_varint(&mut self.dropped, u64::from(self.number));
        self.spans_dropped += 1;
    }

    pub fn set_field(&mut self, field: TextField, text: &str) {
        let field = field as u8;
        let field_len = if field == 0 { 0 } else { 2 };
        let text_len = if text.is_empty() { 0 } else { length_field_len(text.len()) };
        self.open(4, field_len + text_len);
        if field != 0 {
            self.edits.extend_from_slice(&[1 << 3, field]);
        }
        self.put_text(text);
    }

    /// `value` is the content of a `Scalar`.
    pub fn set_attribute(&mut self, key: u32, value: &[u8]) {
        let key_len = if key == 0 { 0 } else { 1 + varint_len(u64::from(key)) };
        self.open(5, key_len + length_field_len(value.len()));
        self.put_number(1, key);
        write_length_field(&mut self.edits, 2, value);
    }

    /// Puts a text in the place of a value.
    pub fn replace_value(&mut self, path: &[u32], text: &str) {
        let value_len = length_field_len(text.len());
        self.open(6, path_len(path) + length_field_len(value_len));
        self.put_path(path);
        self.edits.push(2 << 3 | 2);
        write_varint(&mut self.edits, value_len as u64);
        write_length_field(&mut self.edits, 1, text.as_bytes());
    }

    pub fn rename_key(&mut self, path: &[u32], key: &str) {
        let key_len = if key.is_empty() { 0 } else { length_field_len(key.len()) };
        self.open(7, path_len(path) + key_len);
        self.put_path(path);
        self.put_text(key);
    }

    /// The fields `edits` since `mark`.
    pub fn since(&self, mark: Mark) -> &[u8] {
        &self.edits[mark.0..]
    }

    /// Writes an edit of the resource, scope or span that was begun, or of this member of it, with
    /// the field of its action.
    pub fn put_edit(&mut self, on: u8, member: u32, action: &[u8]) {
        let own = (self.on, self.member);
        (self.on, self.member) = (on, member);
        self.put_place(action.len());
        self.edits.extend_from_slice(action);
        (self.on, self.member) = own;
    }

    /// Puts the edits since `later` before those between `earlier` and it.
    pub fn turn(&mut self, earlier: Mark, later: Mark) {
        self.edits[earlier.0..].rotate_left(later.0 - earlier.0);
    }

    pub fn finish(self, drop_unknown_fields: bool) -> Edits {
        let Writer { edits, dropped, spans_dropped, spans_changed, .. } = self;
        let mut bytes = Vec::new();
        if drop_unknown_fields {
            bytes.extend_from_slice(&[1 << 3, 1]);
        }
        if !dropped.is_empty() {
            write_length_field(&mut bytes, 2, &dropped);
        }
        if bytes.is_empty() {
            bytes = edits;
        } else {
            bytes.extend_from_slice(&edits);
        }
        Edits { bytes, spans_changed, spans_dropped }
    }

    /// Writes an edit up to the content of its action, which then follows.
    fn open(&mut self, action: u8, content_len: usize) {
        self.put_place(length_field_len(content_len));
        self.edits.push(action << 3 | 2);
        write_varint(&mut self.edits, content_len as u64);
    }

    /// Writes an edit up to the field of its action, which is so long and then follows.
    fn put_place(&mut self, action_len: usize) {
        let place = [(1, u32::from(self.on)), (2, self.number), (3, self.member)];
        let number_len = |number: u32| {
            if number == 0 { 0 } else { 1 + varint_len(u64::from(number)) }
        };
        let place_len: usize = place.iter().map(|(_, number)| number_len(*number)).sum();
        self.edits.push(3 << 3 | 2);
        write_varint(&mut self.edits, (place_len + action_len) as u64);
        for (field, number) in place {
            self.put_number(field, number);
        }
    }

    fn put_number(&mut self, field: u8, number: u32) {
        if number != 0 {
            self.edits.push(field << 3);
            write_varint(&mut self.edits, u64::from(number));
        }
    }

    /// Text and key are field 2 of the messages that have one.
    fn put_text(&mut self, text: &str) {
        if !text.is_empty() {
            write_length_field(&mut self.edits, 2, text.as_bytes());
        }
    }

    fn put_path(&mut self, path: &[u32]) {
        self.edits.push(1 << 3 | 2);
        write_varint(&mut self.edits, packed_len(path) as u64);
        for position in path {
            write_varint(&mut self.edits, u64::from(*position));
        }
    }
}

fn path_len(path: &[u32]) -> usize {
    length_field_len(packed_len(path))
}

fn packed_len(path: &[u32]) -> usize {
    path.iter().map(|position| varint_len(u64::from(*position))).sum()
}
