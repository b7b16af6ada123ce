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
