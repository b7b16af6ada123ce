//! Protobuf's wire format: a reader that steps from field to field, and the few writers that
//! edits need. Formats are those of <https://protobuf.dev/programming-guides/encoding/>.

use crate::Malformed;

/// How deep groups may stand in one another before the bytes are refused. prost's limit.
const MAX_GROUP_DEPTH: usize = 100;

/// Steps over the fields of one message; positions are counted from the start of the batch.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    batch: &'a [u8],
    at: usize,
    end: usize,
    inside: &'static str,
}

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

    /// Key and value of a `KeyValue` that is written as encoders write it: a key, then a value, both
    /// with lengths of one byte. `None` says nothing about any other.
    #[inline(always)]
    pub fn key_and_value(&self) -> Option<(Message<'a>, Message<'a>)> {
        let bytes = self.bytes();
        let [0x0a, key_length @ ..=0x7f, ..] = *bytes else { return None };
        let key_end = 2 + key_length as usize;
        let [0x12, value_length @ ..=0x7f, ..] = *bytes.get(key_end..)? else { return None };
        if key_end + 2 + value_length as usize != bytes.len() {
            return None;
        }
        let (batch, content) = (self.batch, self.content);
        let key =
            Message { batch, header: content + 1, content: content + 2, end: content + key_end };
        let value = Message { batch, header: key.end + 1, content: key.end + 2, end: self.end };
        Some((key, value))
    }

    /// The text of an `AnyValue` that holds one and nothing else, with a length of one byte. `None`
    /// says nothing about any other.
    #[inline(always)]
    pub fn only_text(&self) -> Option<&'a [u8]> {
        match *self.bytes() {
            [0x0a, length @ ..=0x7f, ref text @ ..] if text.len() == length as usize => {
                Some(&self.batch[self.content + 2..self.end])
            }
            _ => None,
        }
    }

    /// Fields of this payload read as the message that `inside` names.
    #[inline]
    pub fn fields(&self, inside: &'static str) -> Reader<'a> {
        Reader { batch: self.batch, at: self.content, end: self.end, inside }
    }
}

impl<'a> Reader<'a> {
    /// The next field, or `None` at the end of the message.
    // Inlined with its fast path, so that the field it gives lives in registers: of all that a walk
    // does, this is done most.
    #[inline(always)]
    pub fn next(&mut self) -> Result<Option<Field<'a>>, Malformed> {
        let start = self.at;
        if start == self.end {
            return Ok(None);
        }
        // A tag of one byte and a length of one byte: most fields of most spans.
        if let [tag, length, ..] = self.batch[start..self.end]
            && tag & 0x87 == 2
            && tag > 7
            && length < 0x80
        {
            let content = start + 2;
            let end = content + length as usize;
            if end <= self.end {
                self.at = end;
                let message = Message { batch: self.batch, header: start + 1, content, end };
                let number = u32::from(tag >> 3);
                return Ok(Some(Field { number, start, end, payload: Payload::Length(message) }));
            }
        }
        self.next_of_any_form().map(Some)
    }

    /// The payload of the next field `number`, which must be text, bytes or a message; `None` at
    /// the end of the message.
    ///
    /// Steps over the other fields of a span without taking them apart.
    pub fn next_message(&mut self, number: u32) -> Result<Option<Message<'a>>, Malformed> {
        loop {
            let start = self.at;
            let is_other = |tag: u8| u32::from(tag >> 3) != number;
            let skipped = match self.batch[start..self.end] {
                // A varint of one byte, and a fixed64.
                [tag @ 8..=0x7f, ..=0x7f, ..] if tag & 7 == 0 && is_other(tag) => 2,
                [tag @ 8..=0x7f, _, _, _, _, _, _, _, _, ..] if tag & 7 == 1 && is_other(tag) => 9,
                _ => match self.next()? {
                    Some(field) if field.number == number => {
                        return self.message(&field).map(Some);
                    }
                    Some(_) => continue,
                    None => return Ok(None),
                },
            };
            self.at = start + skipped;
        }
    }

    #[inline(never)]
    fn next_of_any_form(&mut self) -> Result<Field<'a>, Malformed> {
        let start = self.at;
        let tag = self.varint()?;
        let number = (tag >> 3) as u32;
        if number == 0 || tag > u64::from(u32::MAX) {
            return Err(self.malformed(start, "field number is out of range"));
        }
        let payload = match tag & 7 {
            0 => Payload::Varint(self.varint()?),
            1 => Payload::Fixed64(u64::from_le_bytes(self.take()?)),
            2 => Payload::Length(self.length()?),
            3 => {
                self.skip_group(number, start)?;
                Payload::Group
            }
            5 => Payload::Fixed32(u32::from_le_bytes(self.take()?)),
            _ => return Err(self.malformed(start, "wire type is unknown")),
        };
        Ok(Field { number, start, end: self.at, payload })
    }

    /// Where the message ends.
    pub fn end(&self) -> usize {
        self.end
    }

    /// Lets no field follow.
    pub fn stop(&mut self) {
        self.at = self.end;
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, Malformed> {
        let bytes = &self.batch[self.at..self.end];
        // Almost every tag and length takes one byte, or two.
        match bytes {
            [first, ..] if *first < 0x80 => {
                self.at += 1;
                Ok(u64::from(*first))
            }
            [first, second, ..] if *second < 0x80 => {
                self.at += 2;
                Ok(u64::from(*first & 0x7f) | u64::from(*second) << 7)
            }
            _ => self.long_varint(),
        }
    }

    #[cold]
    fn long_varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0u64;
        for (index, byte) in self.batch[self.at..self.end].iter().take(10).enumerate() {
            if index == 9 && *byte > 1 {
                return Err(self.malformed(self.at, "varint is too long"));
            }
            value |= u64::from(byte & 0x7f) << (7 * index);
            if *byte < 0x80 {
                self.at += index + 1;
                return Ok(value);
            }
        }
        Err(self.malformed(self.at, "varint runs past the end"))
    }

    #[inline]
    fn length(&mut self) -> Result<Message<'a>, Malformed> {
        let header = self.at;
        let length = self.varint()?;
        let content = self.at;
        if length > (self.end - content) as u64 {
            return Err(self.malformed(header, "length runs past the end"));
        }
        self.at = content + length as usize;
        Ok(Message { batch: self.batch, header, content, end: self.at })
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        match self.batch[self.at..self.end].first_chunk::<N>() {
            Some(bytes) => {
                self.at += N;
                Ok(*bytes)
            }
            None => Err(self.malformed(self.at, "fixed-size value runs past the end")),
        }
    }

    /// Skips to the end of the group `number`. A stack of its own, so that hostile nesting costs
    /// heap and not call depth.
    #[cold]
    fn skip_group(&mut self, number: u32, start: usize) -> Result<(), Malformed> {
        let mut open = vec![number];
        while let Some(innermost) = open.last().copied() {
            let at = self.at;
            let tag = self.varint()?;
            let number = (tag >> 3) as u32;
            if number == 0 || tag > u64::from(u32::MAX) {
                return Err(self.malformed(at, "field number is out of range"));
            }
            match tag & 7 {
                0 => {
                    self.varint()?;
                }
                1 => {
                    self.take::<8>()?;
                }
                2 => {
                    self.length()?;
                }
                3 if open.len() == MAX_GROUP_DEPTH => {
                    return Err(self.malformed(start, "groups stand too deep in one another"));
                }
                3 => open.push(number),
                4 if number == innermost => {
                    open.pop();
                }
                4 => return Err(self.malformed(at, "end of a group that was not begun")),
                5 => {
                    self.take::<4>()?;
                }
                _ => return Err(self.malformed(at, "wire type is unknown")),
            }
        }
        Ok(())
    }

    /// Whether these are the fields of the batch itself.
    pub fn is_root(&self) -> bool {
        self.inside == "TracesData"
    }

    pub fn malformed(&self, offset: usize, reason: &'static str) -> Malformed {
        Malformed { offset, length: self.batch.len(), inside: self.inside, reason }
    }

    /// The payload of a field that must be text, bytes or a message.
    #[inline(always)]
    pub fn message(&self, field: &Field<'a>) -> Result<Message<'a>, Malformed> {
        match field.payload {
            Payload::Length(message) => Ok(message),
            _ => Err(self.wrong_type(field)),
        }
    }

    #[inline]
    pub fn varint_of(&self, field: &Field<'a>) -> Result<u64, Malformed> {
        match field.payload {
            Payload::Varint(value) => Ok(value),
            _ => Err(self.wrong_type(field)),
        }
    }

    #[inline]
    pub fn fixed64_of(&self, field: &Field<'a>) -> Result<u64, Malformed> {
        match field.payload {
            Payload::Fixed64(value) => Ok(value),
            _ => Err(self.wrong_type(field)),
        }
    }

    #[inline]
    pub fn fixed32_of(&self, field: &Field<'a>) -> Result<u32, Malformed> {
        match field.payload {
            Payload::Fixed32(value) => Ok(value),
            _ => Err(self.wrong_type(field)),
        }
    }

    #[cold]
    fn wrong_type(&self, field: &Field<'a>) -> Malformed {
        self.malformed(field.start, "field has another wire type than OTLP gives it")
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
