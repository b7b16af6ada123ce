//! [`Texts`]: the way to the texts of resources, scopes and spans, and to their attributes.

use super::plain::{only_scalar, skip_plain};
use super::{Carrier, Place, TextEditor, Unknown};
use crate::Malformed;
use crate::script::Script;
use crate::span::tag;
use crate::walk::{Beyond, Keep, Steps};
use crate::wire::{Field, Message, Reader, write_length_field};

/// Tag of a resource's attributes: the number of the field, and that it is a message.
const RESOURCE_ATTRIBUTE: u8 = 1 << 3 | 2;

pub(super) struct Texts<'a, 'e, E> {
    pub(super) editor: &'e mut E,
    pub(super) unknown: Unknown,
    /// Keys from the attribute down to where the walk is.
    pub(super) keys: Vec<&'a [u8]>,
}

impl<'a, E: TextEditor> Steps<'a> for Texts<'a, '_, E> {
    const BEYOND_SPANS: Beyond = Beyond::InPlace;

    fn resource(&mut self, resource: Message<'a>, script: &mut Script) -> Result<(), Malformed> {
        if self.editor.passes_by(resource.content..resource.end) {
            return Ok(());
        }
        let mut fields = resource.fields("Resource");
        loop {
            self.skip_left_attributes(RESOURCE_ATTRIBUTE, &mut fields);
            let Some(field) = fields.next()? else { break };
            match field.number {
                1 => self.attribute(Carrier::Resource, fields.message(&field)?, script, 0)?,
                2 => _ = fields.varint_of(&field)?,
                3 => self.entity(fields.message(&field)?, script)?,
                _ => self.unknown(&field, script),
            }
        }
        Ok(())
    }

    fn scope(&mut self, scope: Message<'a>, script: &mut Script) -> Result<(), Malformed> {
        if self.editor.passes_by(scope.content..scope.end) {
            return Ok(());
        }
        let mut fields = scope.fields("InstrumentationScope");
        while let Some(field) = fields.next()? {
            match field.number {
                1 => self.text(Place::ScopeName, &fields, &field, script)?,
                2 => self.text(Place::ScopeVersion, &fields, &field, script)?,
                3 => self.attribute(Carrier::Scope, fields.message(&field)?, script, 0)?,
                4 => _ = fields.varint_of(&field)?,
                _ => self.unknown(&field, script),
            }
        }
        Ok(())
    }

    fn next_resource(&mut self, _: Message<'a>) {}

    fn next_scope(&mut self, _: Message<'a>) {}

    #[inline(always)]
    fn passes_by(&self, span: &Message<'a>) -> bool {
        self.editor.passes_by(span.content..span.end)
    }

    fn span(&mut self, span: Message<'a>, script: &mut Script) -> Result<Keep, Malformed> {
        let mut fields = span.fields("Span");
        while let Some(next) = fields.peek() {
            if skip_plain(&mut fields, next) {
                continue;
            }
            if next == tag::ATTRIBUTE {
                self.skip_left_attributes(next, &mut fields);
            }
            let Some(field) = fields.next()? else { break };
            match field.number {
                9 => self.attribute(Carrier::Span, fields.message(&field)?, script, 0)?,
                1 | 2 | 4 => _ = fields.message(&field)?,
                3 => self.text(Place::TraceState, &fields, &field, script)?,
                5 => self.text(Place::SpanName, &fields, &field, script)?,
                6 | 10 | 12 | 14 => _ = fields.varint_of(&field)?,
                7 | 8 => _ = fields.fixed64_of(&field)?,
                11 => self.event(fields.message(&field)?, script)?,
                13 => self.link(fields.message(&field)?, script)?,
                15 => self.status(fields.message(&field)?, script)?,
                16 => _ = fields.fixed32_of(&field)?,
                _ => self.unknown(&field, script),
            }
        }
        Ok(Keep::Yes)
    }

    fn other(
        &mut self,
        fields: &Reader<'a>,
        field: &Field<'a>,
        script: &mut Script,
    ) -> Result<(), Malformed> {
        // Both resource spans and scope spans have their schema URL in field 3; the traces
        // themselves have no such field.
        if field.number == 3 && !fields.is_root() {
            self.text(Place::SchemaUrl, fields, field, script)
        } else {
            self.unknown(field, script);
            Ok(())
        }
    }
}

impl<'a, E: TextEditor> Texts<'a, '_, E> {
    /// Steps over the attributes under this tag that follow, up to one that may not be left.
    #[inline(always)]
    fn skip_left_attributes(&self, tag: u8, fields: &mut Reader<'a>) {
        while let Some(attribute) = fields.short_message_with(tag) {
            let is_left = if let Some((key, _)) = attribute.key_and_text() {
                self.editor.leaves_attribute(key, attribute.bytes())
            } else {
                self.leaves_scalar(attribute)
            };
            if !is_left {
                return;
            }
            fields.step_over(&attribute);
        }
    }

    fn leaves_scalar(&self, attribute: Message<'a>) -> bool {
        attribute.key_and_value().is_some_and(|(key, value)| {
            only_scalar(value.bytes()).is_some()
                && self.editor.leaves_attribute(key.bytes(), key.bytes())
        })
    }

    fn event(&mut self, event: Message<'a>, script: &mut Script) -> Result<(), Malformed> {
        script.enter(&event);
        let mut fields = event.fields("Span.Event");
        while let Some(field) = fields.next()? {
            match field.number {
                1 => _ = fields.fixed64_of(&field)?,
                2 => self.text(Place::EventName, &fields, &field, script)?,
                3 => self.attribute(Carrier::Event, fields.message(&field)?, script, 0)?,
                4 => _ = fields.varint_of(&field)?,
                _ => self.unknown(&field, script),
            }
        }
        script.leave();
        Ok(())
    }

    fn link(&mut self, link: Message<'a>, script: &mut Script) -> Result<(), Malformed> {
        script.enter(&link);
        let mut fields = link.fields("Span.Link");
        while let Some(field) = fields.next()? {
            match field.number {
                1 | 2 => _ = fields.message(&field)?,
                3 => self.text(Place::TraceState, &fields, &field, script)?,
                4 => self.attribute(Carrier::Link, fields.message(&field)?, script, 0)?,
                5 => _ = fields.varint_of(&field)?,
                6 => _ = fields.fixed32_of(&field)?,
                _ => self.unknown(&field, script),
            }
        }
        script.leave();
        Ok(())
    }

    fn status(&mut self, status: Message<'a>, script: &mut Script) -> Result<(), Malformed> {
        if status.bytes().is_empty() {
            return Ok(());
        }
        script.enter(&status);
        let mut fields = status.fields("Status");
        while let Some(field) = fields.next()? {
            match field.number {
                2 => self.text(Place::StatusMessage, &fields, &field, script)?,
                3 => _ = fields.varint_of(&field)?,
                _ => self.unknown(&field, script),
            }
        }
        script.leave();
        Ok(())
    }

    fn entity(&mut self, entity: Message<'a>, script: &mut Script) -> Result<(), Malformed> {
        script.enter(&entity);
        let mut fields = entity.fields("EntityRef");
        while let Some(field) = fields.next()? {
            match field.number {
                1 => self.text(Place::SchemaUrl, &fields, &field, script)?,
                2..=4 => self.text(Place::Entity, &fields, &field, script)?,
                _ => self.unknown(&field, script),
            }
        }
        script.leave();
        Ok(())
    }

    #[inline]
    fn text(
        &mut self,
        place: Place<'_>,
        fields: &Reader<'a>,
        field: &Field<'a>,
        script: &mut Script,
    ) -> Result<(), Malformed> {
        let text = fields.message(field)?.bytes();
        if !self.editor.leaves_text(text)
            && let Some(new) = self.editor.text(place, text)
        {
            replace_text(field, &new, script);
        }
        Ok(())
    }

    pub(super) fn unknown(&self, field: &Field<'a>, script: &mut Script) {
        if self.unknown == Unknown::Drop {
            script.splice(field.start, field.end, |_| {});
        }
    }
}

/// Puts a text in the place of another.
pub(super) fn replace_text(field: &Field<'_>, new: &str, script: &mut Script) {
    script.splice(field.start, field.end, |out| {
        write_length_field(out, field.number, new.as_bytes());
    });
}
