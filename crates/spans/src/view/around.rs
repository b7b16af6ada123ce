//! Resources and scopes of a view, and where they begin and end.

use super::Maker;
use super::out::Open;
use crate::wire::{Message, varint_len};
use crate::{Carrier, Fields, Malformed};

/// The resource spans or the scope spans that a view is in the middle of.
pub(super) struct Around<'a> {
    /// Where it stands in the batch.
    pub message: Message<'a>,
    open: Open,
    /// Comes after all that is in it.
    schema_url: &'a [u8],
}

impl<'a> Around<'a> {
    /// Whether it is this message of the batch.
    pub fn is(&self, message: &Message<'a>) -> bool {
        // Of two messages no two begin behind the same length.
        self.message.content == message.content
    }

    /// How long the view were if it ended here, and were `length` long without this end.
    pub fn closed_length(&self, length: usize) -> usize {
        let url = self.schema_url.len();
        let url = if url == 0 { 0 } else { 1 + varint_len(url as u64) + url };
        let content = length - self.open.content() + url;
        self.open.start + 1 + varint_len(content as u64) + content
    }
}

impl<'a> Maker<'_, 'a> {
    /// Begins resource spans with their resource.
    pub(super) fn begin_resource(&mut self, message: Message<'a>) -> Result<(), Malformed> {
        let own = Own::read(message, "ResourceSpans")?;
        let open = self.out.open(1, message.end - message.content);
        self.resource = Some(Around { message, open, schema_url: self.shown(&own) });
        if self.shows_resources && !own.messages.is_empty() {
            let resource = self.out.open(1, 0);
            self.in_resource(&own.messages)?;
            self.out.close_unless_empty(resource);
        }
        Ok(())
    }

    fn in_resource(&mut self, resources: &[Message<'a>]) -> Result<(), Malformed> {
        const INSIDE: &str = "Resource";
        for resource in resources {
            self.attributes(Carrier::Resource, *resource)?;
        }
        if self.shows_all {
            self.dropped(2, last_number(resources, INSIDE, 2)?);
        }
        if self.fields.contains(Fields::ENTITIES) {
            for resource in resources {
                let mut fields = resource.fields(INSIDE);
                while let Some(entity) = fields.next_message(3)? {
                    self.entity(entity)?;
                }
            }
        }
        Ok(())
    }

    fn entity(&mut self, entity: Message<'a>) -> Result<(), Malformed> {
        const INSIDE: &str = "EntityRef";
        let open = self.out.open(3, 0);
        self.out.text(1, last_text(&[entity], INSIDE, 1)?);
        self.out.text(2, last_text(&[entity], INSIDE, 2)?);
        for number in [3, 4] {
            let mut fields = entity.fields(INSIDE);
            while let Some(key) = fields.next_message(number)? {
                self.out.present(number, key.bytes());
            }
        }
        self.out.close(open);
        Ok(())
    }

    /// Begins scope spans with their scope.
    pub(super) fn begin_scope(&mut self, message: Message<'a>) -> Result<(), Malformed> {
        let own = Own::read(message, "ScopeSpans")?;
        let open = self.out.open(2, message.end - message.content);
        self.scope = Some(Around { message, open, schema_url: self.shown(&own) });
        if self.shows_scopes && !own.messages.is_empty() {
            let scope = self.out.open(1, 0);
            self.in_scope(&own.messages)?;
            self.out.close_unless_empty(scope);
        }
        Ok(())
    }

    fn in_scope(&mut self, scopes: &[Message<'a>]) -> Result<(), Malformed> {
        const INSIDE: &str = "InstrumentationScope";
        for (number, field) in [(1, Fields::SCOPE_NAME), (2, Fields::SCOPE_VERSION)] {
            if self.fields.contains(field) {
                self.out.text(number, last_text(scopes, INSIDE, number)?);
            }
        }
        for scope in scopes {
            self.attributes(Carrier::Scope, *scope)?;
        }
        if self.shows_all {
            self.dropped(4, last_number(scopes, INSIDE, 4)?);
        }
        Ok(())
    }

    /// The schema URL, if it is in sight.
    fn shown(&self, own: &Own<'a>) -> &'a [u8] {
        if self.fields.contains(Fields::SCHEMA_URLS) { own.schema_url } else { &[] }
    }

    pub(super) fn end_scope(&mut self) {
        if let Some(scope) = self.scope.take() {
            self.end(&scope);
        }
    }

    pub(super) fn end_resource(&mut self) {
        self.end_scope();
        if let Some(resource) = self.resource.take() {
            self.end(&resource);
        }
    }

    fn end(&mut self, around: &Around<'a>) {
        self.out.text(3, around.schema_url);
        self.out.close(around.open);
    }
}

/// Of resource spans or scope spans, what does not lead to a span.
struct Own<'a> {
    /// The resource or the scope, which is one even if it stands twice.
    messages: Vec<Message<'a>>,
    schema_url: &'a [u8],
}

impl<'a> Own<'a> {
    fn read(around: Message<'a>, inside: &'static str) -> Result<Self, Malformed> {
        /// A span, or scope spans.
        const BELOW: u8 = 2 << 3 | 2;
        let mut own = Own { messages: Vec::new(), schema_url: &[] };
        let mut fields = around.fields(inside);
        loop {
            fields.skip_short_messages(BELOW);
            let Some(field) = fields.next()? else { return Ok(own) };
            match field.number {
                1 => own.messages.push(fields.message(&field)?),
                3 => own.schema_url = fields.message(&field)?.bytes(),
                _ => {}
            }
        }
    }
}

/// The last text in the fields `number` of messages that are one.
fn last_text<'a>(
    messages: &[Message<'a>],
    inside: &'static str,
    number: u32,
) -> Result<&'a [u8], Malformed> {
    let mut last = &[][..];
    for message in messages {
        let mut fields = message.fields(inside);
        while let Some(text) = fields.next_message(number)? {
            last = text.bytes();
        }
    }
    Ok(last)
}

/// The last number in the fields `number` of messages that are one.
fn last_number(
    messages: &[Message<'_>],
    inside: &'static str,
    number: u32,
) -> Result<u32, Malformed> {
    let mut last = 0;
    for message in messages {
        let mut fields = message.fields(inside);
        while let Some(field) = fields.next()? {
            if field.number == number {
                last = fields.varint_of(&field)? as u32;
            }
        }
    }
    Ok(last)
}
