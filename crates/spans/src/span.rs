//! [`Span`], [`Event`] and [`Link`]: borrowed from the batch, read as far as asked.
//!
//! Where a field stands twice, the last one counts, and two messages are read as one, as protobuf
//! says. Texts are bytes, for nothing on the wire promises that they are UTF-8; see
//! [`str::from_utf8`].

use std::ops::Range;

use crate::Malformed;
use crate::joined::Joined;
use crate::value::Attributes;
use crate::wire::{Field, Message, Reader};

/// One span, its own fields read, its attributes, events and links ready to be walked.
#[derive(Clone)]
pub struct Span<'a> {
    /// 16 bytes, if the sender kept to OTLP.
    pub trace_id: &'a [u8],
    /// 8 bytes, if the sender kept to OTLP.
    pub span_id: &'a [u8],
    /// Empty for a root span.
    pub parent_span_id: &'a [u8],
    /// W3C `tracestate`.
    pub trace_state: &'a [u8],
    /// The span's name.
    pub name: &'a [u8],
    /// OTLP's `SpanKind`: 1 internal, 2 server, 3 client, 4 producer, 5 consumer.
    pub kind: i32,
    /// Nanoseconds since 1970.
    pub start_time_unix_nano: u64,
    /// Nanoseconds since 1970.
    pub end_time_unix_nano: u64,
    /// OTLP's `StatusCode`: 0 unset, 1 ok, 2 error.
    pub status_code: i32,
    /// The status' message.
    pub status_message: &'a [u8],
    /// OTLP's span flags.
    pub flags: u32,
    pub(crate) message: Message<'a>,
    /// From the first attribute to the last. Other fields may stand between them.
    attributes: Range<usize>,
}

/// An event of a span.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    /// Nanoseconds since 1970.
    pub time_unix_nano: u64,
    /// The event's name.
    pub name: &'a [u8],
    message: Message<'a>,
}

/// A link from a span to another.
#[derive(Clone, Copy)]
pub struct Link<'a> {
    /// Trace that the link leads to.
    pub trace_id: &'a [u8],
    /// Span that the link leads to.
    pub span_id: &'a [u8],
    message: Message<'a>,
}

/// Tags of a span's fields that nearly every span has: the number, and how the value is written.
pub(crate) mod tag {
    pub const TRACE_ID: u8 = 1 << 3 | 2;
    pub const SPAN_ID: u8 = 2 << 3 | 2;
    pub const PARENT_SPAN_ID: u8 = 4 << 3 | 2;
    pub const NAME: u8 = 5 << 3 | 2;
    pub const KIND: u8 = 6 << 3;
    pub const START: u8 = 7 << 3 | 1;
    pub const END: u8 = 8 << 3 | 1;
    pub const ATTRIBUTE: u8 = 9 << 3 | 2;
    pub const STATUS: u8 = 15 << 3 | 2;
    /// The first of two bytes; the second is 1.
    pub const FLAGS: u8 = (16 << 3 | 5) | 0x80;
}

impl<'a> Span<'a> {
    /// A span of which nothing was read yet.
    #[inline(always)]
    pub(crate) fn unread(message: Message<'a>) -> Self {
        Span {
            trace_id: &[],
            span_id: &[],
            parent_span_id: &[],
            trace_state: &[],
            name: &[],
            kind: 0,
            start_time_unix_nano: 0,
            end_time_unix_nano: 0,
            status_code: 0,
            status_message: &[],
            flags: 0,
            message,
            attributes: message.end..message.end,
        }
    }

    /// Reads the span's own fields.
    // Where it lies: to give it back would copy all of it.
    pub(crate) fn read(&mut self) -> Result<(), Malformed> {
        let span = self;
        let mut fields = span.message.fields("Span");
        // What encoders write most goes by its tag; all else, and what only looks like it, by the
        // book.
        while let Some(tag) = fields.peek() {
            if let Some((tag, message)) = fields.short_message() {
                fields.step_over(&message);
                match tag {
                    tag::ATTRIBUTE => {
                        fields.skip_short_messages(tag::ATTRIBUTE);
                        span.add_attributes(message.header - 1..fields.at());
                    }
                    tag::TRACE_ID => span.trace_id = message.bytes(),
                    tag::SPAN_ID => span.span_id = message.bytes(),
                    tag::PARENT_SPAN_ID => span.parent_span_id = message.bytes(),
                    tag::NAME => span.name = message.bytes(),
                    // Most spans have an empty one.
                    tag::STATUS if message.bytes().is_empty() => {}
                    _ => span.take(&fields, &Field::of_message(tag, message))?,
                }
                continue;
            }
            match tag {
                tag::KIND if let Some(kind) = fields.short_varint_with(tag) => {
                    span.kind = kind as i32
                }
                tag::START if let Some(nanos) = fields.fixed64_with(tag) => {
                    span.start_time_unix_nano = nanos;
                }
                tag::END if let Some(nanos) = fields.fixed64_with(tag) => {
                    span.end_time_unix_nano = nanos;
                }
                tag::FLAGS if let Some(flags) = fields.fixed32_with([tag::FLAGS, 1]) => {
                    span.flags = flags
                }
                _ => {
                    if let Some(field) = fields.next()? {
                        span.take(&fields, &field)?;
                    }
                }
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn add_attributes(&mut self, range: Range<usize>) {
        if self.attributes.is_empty() {
            self.attributes = range;
        } else if !range.is_empty() {
            self.attributes.end = range.end;
        }
    }

    #[inline(never)]
    fn take(&mut self, fields: &Reader<'a>, field: &Field<'a>) -> Result<(), Malformed> {
        match field.number {
            1 => self.trace_id = fields.message(field)?.bytes(),
            2 => self.span_id = fields.message(field)?.bytes(),
            3 => self.trace_state = fields.message(field)?.bytes(),
            4 => self.parent_span_id = fields.message(field)?.bytes(),
            5 => self.name = fields.message(field)?.bytes(),
            6 => self.kind = fields.varint_of(field)? as i32,
            7 => self.start_time_unix_nano = fields.fixed64_of(field)?,
            8 => self.end_time_unix_nano = fields.fixed64_of(field)?,
            9 => {
                fields.message(field)?;
                self.add_attributes(field.start..field.end);
            }
            15 => self.read_status(fields.message(field)?)?,
            16 => self.flags = fields.fixed32_of(field)?,
            _ => {}
        }
        Ok(())
    }

    fn read_status(&mut self, message: Message<'a>) -> Result<(), Malformed> {
        let mut fields = message.fields("Status");
        while let Some(field) = fields.next()? {
            match field.number {
                2 => self.status_message = fields.message(&field)?.bytes(),
                3 => self.status_code = fields.varint_of(&field)? as i32,
                _ => {}
            }
        }
        Ok(())
    }

    /// Nanoseconds from start to end, or `None` where it ended before it started.
    pub fn duration_nanos(&self) -> Option<u64> {
        self.end_time_unix_nano.checked_sub(self.start_time_unix_nano)
    }

    /// The span's own attributes.
    pub fn attributes(&self) -> Attributes<'a> {
        let Range { start, end } = self.attributes;
        Attributes::of(Message { content: start, end, ..self.message }, "Span", 9)
    }

    /// The span's events, in the order they stand.
    pub fn events(&self) -> impl Iterator<Item = Result<Event<'a>, Malformed>> + use<'a> {
        messages(self.message, "Span", 11).map(|message| Event::read(message?))
    }

    /// The span's links, in the order they stand.
    pub fn links(&self) -> impl Iterator<Item = Result<Link<'a>, Malformed>> + use<'a> {
        messages(self.message, "Span", 13).map(|message| Link::read(message?))
    }
}

impl<'a> Event<'a> {
    fn read(message: Message<'a>) -> Result<Self, Malformed> {
        let mut event = Event { time_unix_nano: 0, name: &[], message };
        let mut fields = message.fields("Span.Event");
        while let Some(field) = fields.next()? {
            match field.number {
                1 => event.time_unix_nano = fields.fixed64_of(&field)?,
                2 => event.name = fields.message(&field)?.bytes(),
                _ => {}
            }
        }
        Ok(event)
    }

    /// The event's attributes.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::of(self.message, "Span.Event", 3)
    }
}

impl<'a> Link<'a> {
    fn read(message: Message<'a>) -> Result<Self, Malformed> {
        let mut link = Link { trace_id: &[], span_id: &[], message };
        let mut fields = message.fields("Span.Link");
        while let Some(field) = fields.next()? {
            match field.number {
                1 => link.trace_id = fields.message(&field)?.bytes(),
                2 => link.span_id = fields.message(&field)?.bytes(),
                _ => {}
            }
        }
        Ok(link)
    }

    /// The link's attributes.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::of(self.message, "Span.Link", 4)
    }
}

fn messages<'a>(message: Message<'a>, inside: &'static str, number: u32) -> Joined<'a> {
    Joined::from(message, inside, number, message, &[])
}
