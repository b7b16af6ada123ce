//! Protobuf's wire format: fields and messages, and the few writers that edits need. Formats are
//! those of <https://protobuf.dev/programming-guides/encoding/>.
//!
//! [`Reader`] steps from field to field.

mod reader;

pub(crate) use self::reader::Reader;

/// One field: where it stands and what it holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    pub number: u32,
    /// Where the tag starts.
    pub start: usize,
    /// Where the field ends.
    pub end: usize,
    pub payload: Payload<'a>,
}

impl<'a> Field<'a> {
    /// The field with a tag of one byte that holds `message`.
    pub fn of_message(tag: u8, message: Message<'a>) -> Self {
        let number = u32::from(tag >> 3);
        let payload = Payload::Length(message);
        Field { number, start: message.header - 1, end: message.end, payload }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Payload<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    /// Bytes, text or a message, with the place of its length.
    Length(Message<'a>),
    /// A group, a form that protobuf gave up in 2008; only ever skipped.
    Group,
}

/// A length-delimited payload, and where its length stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message<'a> {
    pub batch: &'a [u8],
    /// Where the length varint starts.
    pub header: usize,
    pub content: usize,
    pub end: usize,
}

impl<'a> Message<'a> {
    /// The whole batch as a message that has no length of its own.
    pub fn root(batch: &'a [u8]) -> Self {
        Message { batch, header: 0, content: 0, end: batch.len() }
    }

    #[inline(always)]
    pub fn bytes(&self) -> &'a [u8] {
        &self.batch[self.content..self.end]
    }

    /// Key and text of a `KeyValue` that holds these and nothing else, with lengths of one byte:
    /// most attributes. `None` says nothing about any other.
    ///
    /// Most encoders write the key first; the Collector's writes all fields from the last to the
    /// first.
    // Two loads of four bytes: inside a plugin each load costs as much as a handful of other
    // instructions.
    #[inline(always)]
    pub fn key_and_text(&self) -> Option<(&'a [u8], &'a [u8])> {
        let (batch, content, end) = (self.batch, self.content, self.end);
        let head = u32::from_le_bytes(*batch.get(content..)?.first_chunk()?);
        let first_end = content + 2 + (head >> 8 & 0x7f) as usize;
        // Either way all that was read lies in the message if it ends where the second field does.
        if head & 0x80ff_80ff == 0x000a_0012 {
            let text_length = (head >> 24) as usize;
            let [tag, key_length] = *batch.get(first_end..)?.first_chunk()?;
            let is_plain = first_end == content + 4 + text_length
                && tag == 0x0a
                && key_length < 0x80
                && first_end + 2 + usize::from(key_length) == end;
            if is_plain {
                return Some((batch.get(first_end + 2..end)?, batch.get(content + 4..first_end)?));
            }
        } else if head & 0x80ff == 0x0a {
            let middle = u32::from_le_bytes(*batch.get(first_end..)?.first_chunk()?);
            let text_length = (middle >> 24) as usize;
            let is_plain = middle & 0x80ff_80ff == 0x000a_0012
                && (middle >> 8 & 0x7f) as usize == text_length + 2
                && first_end + 4 + text_length == end;
            if is_plain {
                return Some((batch.get(content + 2..first_end)?, batch.get(first_end + 4..end)?));
            }
        }
        None
    }

    /// The key of a `KeyValue` of which [`Message::key_and_value`] knows the parts.
    #[inline(always)]
    pub fn only_key(&self) -> Option<&'a [u8]> {
        let (batch, content, end) = (self.batch, self.content, self.end);
        let head = u32::from_le_bytes(*batch.get(content..)?.first_chunk()?);
        let (tag, length) = (head as u8, (head >> 8 & 0x7f) as usize);
        let first_end = if head & 0x8000 == 0 {
            content + 2 + length
        } else if tag == 0x12 && head & 0x80_0000 == 0 {
            content + 3 + (length | (head >> 9 & 0x3f80) as usize)
        } else {
            return None;
        };
        if tag == 0x12 {
            let [tag, key_length] = *batch.get(first_end..)?.first_chunk()?;
            let is_last =
                tag == 0x0a && key_length < 0x80 && first_end + 2 + usize::from(key_length) == end;
            return if is_last { batch.get(first_end + 2..end) } else { None };
        }
        let value = Reader { batch, at: first_end, end, inside: "KeyValue" };
        let is_first = tag == 0x0a && value.short_message_with(0x12)?.end == end;
        if is_first { batch.get(content + 2..first_end) } else { None }
    }

    /// Key and value of a `KeyValue` that holds these and nothing else, in either order, the key
    /// with a length of one byte, the value with one of one or two. `None` says nothing about any
    /// other.
    #[inline(always)]
    pub fn key_and_value(&self) -> Option<(Message<'a>, Message<'a>)> {
        let mut fields = self.fields("KeyValue");
        let (first_tag, first) = fields.short_message()?;
        fields.step_over(&first);
        let (second_tag, second) = fields.short_message()?;
        if second.end != self.end {
            return None;
        }
        match (first_tag, second_tag) {
            (0x0a, 0x12) => Some((first, second)),
            (0x12, 0x0a) => Some((second, first)),
            _ => None,
        }
    }

    /// The text of an `AnyValue` that holds one and nothing else, with a length of one or two
    /// bytes. `None` says nothing about any other.
    #[inline(always)]
    pub fn only_text(&self) -> Option<&'a [u8]> {
        let content = match *self.batch.get(self.content..)?.first_chunk::<3>()? {
            [0x0a, length @ ..=0x7f, _] if self.content + 2 + usize::from(length) == self.end => {
                self.content + 2
            }
            [0x0a, low @ 0x80..=0xff, high @ ..=0x7f]
                if self.content + 3 + (usize::from(low & 0x7f) | usize::from(high) << 7)
                    == self.end =>
            {
                self.content + 3
            }
            _ => return None,
        };
        Some(&self.batch[content..self.end])
    }

    /// Fields of this payload read as the message that `inside` names.
    #[inline]
    pub fn fields(&self, inside: &'static str) -> Reader<'a> {
        Reader { batch: self.batch, at: self.content, end: self.end, inside }
    }
}

/// How many bytes `value` takes as a varint.
pub(crate) fn varint_len(value: u64) -> usize {
    // Seven bits a byte, and zero takes one.
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

pub(crate) fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// How many bytes a length-delimited field takes whose content takes `content`, if its number is
/// below 16.
pub(crate) fn length_field_len(content: usize) -> usize {
    1 + varint_len(content as u64) + content
}

/// Writes tag, length and content of a length-delimited field.
pub(crate) fn write_length_field(out: &mut Vec<u8>, number: u32, content: &[u8]) {
    write_varint(out, u64::from(number << 3 | 2));
    write_varint(out, content.len() as u64);
    out.extend_from_slice(content);
}
