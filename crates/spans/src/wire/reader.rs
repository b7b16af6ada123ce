//! [`Reader`]: from field to field of one message.

use super::{Field, Message, Payload};
use crate::Malformed;

/// How deep groups may stand in one another before the bytes are refused. prost's limit.
const MAX_GROUP_DEPTH: usize = 100;

/// Steps over the fields of one message; positions are counted from the start of the batch.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    pub(super) batch: &'a [u8],
    pub(super) at: usize,
    pub(super) end: usize,
    pub(super) inside: &'static str,
}

impl<'a> Reader<'a> {
    /// The next field, or `None` at the end of the message.
    // Inlined with its fast path, so that the field it gives lives in registers: of all that a walk
    // does, this is done most.
    #[inline(always)]
    pub fn next(&mut self) -> Result<Option<Field<'a>>, Malformed> {
        if self.at == self.end {
            return Ok(None);
        }
        if let Some((tag, message)) = self.short_message() {
            self.step_over(&message);
            return Ok(Some(Field::of_message(tag, message)));
        }
        // A copy, so that this reader need not live in memory, where others could reach it.
        let mut reader = self.clone();
        let field = reader.next_of_any_form();
        self.at = reader.at;
        field.map(Some)
    }

    /// Tag and payload of the next field, if it has a tag of one byte and a length of one or two:
    /// most fields of most spans. `None` says nothing about any other. It is not stepped over.
    #[inline(always)]
    pub fn short_message(&self) -> Option<(u8, Message<'a>)> {
        let start = self.at;
        // One load, which may reach beyond the message, but never beyond the batch.
        let word = u32::from_le_bytes(*self.batch.get(start..)?.first_chunk()?);
        let (content, length) = if word & 0x8087 == 2 {
            (start + 2, word >> 8 & 0x7f)
        } else if word & 0x80_8087 == 0x8002 {
            (start + 3, word >> 8 & 0x7f | word >> 9 & 0x3f80)
        } else {
            return None;
        };
        let end = content + length as usize;
        if end > self.end || word & 0x78 == 0 {
            return None;
        }
        Some((word as u8, Message { batch: self.batch, header: start + 1, content, end }))
    }

    /// The tag of the next field, if there is one.
    #[inline(always)]
    pub fn peek(&self) -> Option<u8> {
        if self.at < self.end { self.batch.get(self.at).copied() } else { None }
    }

    /// The payload of the next field, if that has this tag and a length of one byte or two. It is
    /// not stepped over.
    #[inline(always)]
    pub fn short_message_with(&self, tag: u8) -> Option<Message<'a>> {
        let (found, message) = self.short_message()?;
        (found == tag).then_some(message)
    }

    /// Steps over the field that holds this payload.
    #[inline(always)]
    pub fn step_over(&mut self, message: &Message<'a>) {
        self.at = message.end;
    }

    /// Steps over fields of text, bytes or messages with this tag, as long as they follow one
    /// another and have short lengths.
    #[inline(always)]
    pub fn skip_short_messages(&mut self, tag: u8) {
        while let Some(message) = self.short_message_with(tag) {
            self.step_over(&message);
        }
    }

    /// The value of the next field, if it is a varint of one byte with this tag.
    #[inline(always)]
    pub fn short_varint_with(&mut self, tag: u8) -> Option<u64> {
        let [first, value @ ..=0x7f] = *self.batch.get(self.at..self.end)?.first_chunk()? else {
            return None;
        };
        if first != tag {
            return None;
        }
        self.at += 2;
        Some(u64::from(value))
    }

    /// The value of the next field, if it is a fixed32 whose tag is these two bytes.
    #[inline(always)]
    pub fn fixed32_with(&mut self, tag: [u8; 2]) -> Option<u32> {
        let [first, second, value @ ..] = *self.batch.get(self.at..self.end)?.first_chunk::<6>()?;
        if [first, second] != tag {
            return None;
        }
        self.at += 6;
        Some(u32::from_le_bytes(value))
    }

    /// The value of the next field, if it is a fixed64 with this tag.
    #[inline(always)]
    pub fn fixed64_with(&mut self, tag: u8) -> Option<u64> {
        let [first, value @ ..] = *self.batch.get(self.at..self.end)?.first_chunk::<9>()?;
        if first != tag {
            return None;
        }
        self.at += 9;
        Some(u64::from_le_bytes(value))
    }

    /// The payload of the next field `number`, which must be text, bytes or a message; `None` at
    /// the end of the message.
    #[inline(always)]
    pub fn next_message(&mut self, number: u32) -> Result<Option<Message<'a>>, Malformed> {
        if let Some((tag, message)) = self.short_message()
            && u32::from(tag >> 3) == number
        {
            self.step_over(&message);
            return Ok(Some(message));
        }
        let mut reader = self.clone();
        let message = reader.find_message(number);
        self.at = reader.at;
        message
    }

    #[inline(never)]
    fn find_message(&mut self, number: u32) -> Result<Option<Message<'a>>, Malformed> {
        while let Some(field) = self.next()? {
            if field.number == number {
                return self.message(&field).map(Some);
            }
        }
        Ok(None)
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

    /// Where the next field starts.
    pub fn at(&self) -> usize {
        self.at
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
    /// The next of packed varints.
    pub fn next_varint(&mut self) -> Result<Option<u64>, Malformed> {
        if self.at == self.end { Ok(None) } else { self.varint().map(Some) }
    }

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
