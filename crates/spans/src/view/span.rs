//! A span in a view.

use super::Maker;
use crate::span::tag;
use crate::wire::{Field, Message, Reader};
use crate::{Carrier, Fields, Malformed};

/// Fields of a span, wherever they stand in it. The last of each counts.
struct Parts<'a> {
    trace_id: &'a [u8],
    span_id: &'a [u8],
    trace_state: &'a [u8],
    parent_span_id: &'a [u8],
    name: &'a [u8],
    kind: i32,
    start: u64,
    end: u64,
    dropped_attributes: u32,
    dropped_events: u32,
    dropped_links: u32,
    status_message: &'a [u8],
    status_code: i32,
    flags: u32,
    /// From the first to the last. Other fields may stand between them.
    attributes: Message<'a>,
    events: Message<'a>,
    links: Message<'a>,
}

impl<'a> Maker<'_, 'a> {
    /// Shows a span. Gives how many bytes its field takes.
    pub(super) fn span(&mut self, span: Message<'a>) -> Result<usize, Malformed> {
        let mut parts = Parts::unread(span);
        parts.read(span)?;
        let open = self.out.open(2, self.span_guess);
        self.before_attributes(&parts);
        self.attributes(Carrier::Span, parts.attributes)?;
        self.dropped(10, parts.dropped_attributes);
        self.events(parts.events)?;
        self.dropped(12, parts.dropped_events);
        self.links(parts.links)?;
        self.dropped(14, parts.dropped_links);
        self.status(&parts);
        if self.fields.contains(Fields::SPAN_FLAGS) {
            self.out.fixed32(16, parts.flags);
        }
        self.span_guess = self.out.bytes.len() - open.content();
        self.out.close(open);
        Ok(self.out.bytes.len() - open.start)
    }

    #[inline]
    fn before_attributes(&mut self, span: &Parts<'a>) {
        let fields = self.fields;
        if fields.contains(Fields::TRACE_ID) {
            self.out.id(1, span.trace_id, 16);
        }
        if fields.contains(Fields::SPAN_ID) {
            self.out.id(2, span.span_id, 8);
        }
        if fields.contains(Fields::TRACE_STATE) {
            self.out.text(3, span.trace_state);
        }
        if fields.contains(Fields::PARENT_SPAN_ID) {
            self.out.id(4, span.parent_span_id, 8);
        }
        if fields.contains(Fields::SPAN_NAME) {
            self.out.text(5, span.name);
        }
        if fields.contains(Fields::SPAN_KIND) {
            self.out.enumeration(6, span.kind);
        }
        if fields.contains(Fields::SPAN_TIMES) {
            self.out.fixed64(7, span.start);
            self.out.fixed64(8, span.end);
        }
    }

    fn status(&mut self, span: &Parts<'a>) {
        let status = self.out.open(15, 0);
        if self.fields.contains(Fields::STATUS_MESSAGE) {
            self.out.text(2, span.status_message);
        }
        if self.fields.contains(Fields::STATUS_CODE) {
            self.out.enumeration(3, span.status_code);
        }
        self.out.close_unless_empty(status);
    }
}

impl<'a> Parts<'a> {
    fn unread(span: Message<'a>) -> Self {
        let nowhere = Message { content: span.end, ..span };
        Parts {
            trace_id: &[],
            span_id: &[],
            trace_state: &[],
            parent_span_id: &[],
            name: &[],
            kind: 0,
            start: 0,
            end: 0,
            dropped_attributes: 0,
            dropped_events: 0,
            dropped_links: 0,
            status_message: &[],
            status_code: 0,
            flags: 0,
            attributes: nowhere,
            events: nowhere,
            links: nowhere,
        }
    }

    // Where it lies: to give it back would copy all of it.
    fn read(&mut self, span: Message<'a>) -> Result<(), Malformed> {
        let mut fields = span.fields("Span");
        while let Some(tag) = fields.peek() {
            if self.read_plain(tag, &mut fields) {
                continue;
            }
            if let Some(field) = fields.next()? {
                self.read_any(&fields, &field)?;
            }
        }
        Ok(())
    }

    /// Reads the next field if it is one that most spans have, written as encoders write it.
    #[inline(always)]
    fn read_plain(&mut self, tag: u8, fields: &mut Reader<'a>) -> bool {
        match tag {
            tag::ATTRIBUTE => {
                let start = fields.at();
                fields.skip_short_messages(tag::ATTRIBUTE);
                let found = fields.at() > start;
                if found {
                    extend(&mut self.attributes, start, fields.at());
                }
                return found;
            }
            tag::TRACE_ID | tag::SPAN_ID | tag::PARENT_SPAN_ID | tag::NAME => {
                let Some(message) = fields.short_message_with(tag) else { return false };
                fields.step_over(&message);
                let text = message.bytes();
                match tag {
                    tag::TRACE_ID => self.trace_id = text,
                    tag::SPAN_ID => self.span_id = text,
                    tag::PARENT_SPAN_ID => self.parent_span_id = text,
                    _ => self.name = text,
                }
                return true;
            }
            tag::KIND => fields.short_varint_with(tag).map(|kind| self.kind = kind as i32),
            tag::START => fields.fixed64_with(tag).map(|time| self.start = time),
            tag::END => fields.fixed64_with(tag).map(|time| self.end = time),
            tag::FLAGS => fields.fixed32_with([tag, 1]).map(|flags| self.flags = flags),
            _ => None,
        }
        .is_some()
    }

    fn read_any(&mut self, fields: &Reader<'a>, field: &Field<'a>) -> Result<(), Malformed> {
        let text = || fields.message(field).map(|text| text.bytes());
        match field.number {
            1 => self.trace_id = text()?,
            2 => self.span_id = text()?,
            3 => self.trace_state = text()?,
            4 => self.parent_span_id = text()?,
            5 => self.name = text()?,
            6 => self.kind = fields.varint_of(field)? as i32,
            7 => self.start = fields.fixed64_of(field)?,
            8 => self.end = fields.fixed64_of(field)?,
            10 => self.dropped_attributes = fields.varint_of(field)? as u32,
            12 => self.dropped_events = fields.varint_of(field)? as u32,
            14 => self.dropped_links = fields.varint_of(field)? as u32,
            15 => self.read_status(fields.message(field)?)?,
            16 => self.flags = fields.fixed32_of(field)?,
            number @ (9 | 11 | 13) => {
                fields.message(field)?;
                let repeated = match number {
                    9 => &mut self.attributes,
                    11 => &mut self.events,
                    _ => &mut self.links,
                };
                extend(repeated, field.start, field.end);
            }
            _ => {}
        }
        Ok(())
    }

    fn read_status(&mut self, status: Message<'a>) -> Result<(), Malformed> {
        let mut fields = status.fields("Status");
        while let Some(field) = fields.next()? {
            match field.number {
                2 => self.status_message = fields.message(&field)?.bytes(),
                3 => self.status_code = fields.varint_of(&field)? as i32,
                _ => {}
            }
        }
        Ok(())
    }
}

/// Lets a stretch of fields reach from its first to this one.
#[inline(always)]
fn extend(stretch: &mut Message<'_>, start: usize, end: usize) {
    if stretch.content >= stretch.end {
        stretch.content = start;
    }
    stretch.end = end;
}
