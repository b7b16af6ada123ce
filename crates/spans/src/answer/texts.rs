//! [`edit_texts`]: the way to the texts of resources, scopes and spans, and to their attributes.

use super::noted::Noted;
use super::visit::{Texts, new_text};
use super::walk::{Steps, walk};
use super::writer::{Mark, Writer};
use super::{Edits, Keep};
use crate::Malformed;
use crate::edit_form::{On, TextField};
use crate::notes::{Notes, Spot};
use crate::plain::{only_scalar, skip_plain};
use crate::span::tag;
use crate::texts::{Asking, Carrier, Place, SaysWhy, TextEditor, Unknown};
use crate::wire::{Message, Reader};

/// Tag of a resource's attributes: the number of the field, and that it is a message.
const RESOURCE_ATTRIBUTE: u8 = 1 << 3 | 2;

/// Walks every text of a view: attributes of resource, scope, span, event and link with nested
/// lists and maps, their keys, names, messages, trace states and schema URLs.
///
/// Of a value that is left as it is, no text is looked at. A value of which a view says only that it
/// stands there and is no text is replaced where its entry is, and else left. Fields that OTLP does
/// not know are never in a view; `unknown` says what the host does with them.
///
/// # Errors
/// Where the view cannot be decoded; here that is all of it but the values that are left or
/// replaced.
pub fn edit_texts(
    view: &[u8],
    unknown: Unknown,
    editor: &mut impl TextEditor,
) -> Result<Edits, Malformed> {
    walk_texts(view, unknown, editor, &mut Notes::default())
}

/// As [`edit_texts`], and notes why. The edits are the same, whatever level the notes have.
///
/// # Errors
/// As for [`edit_texts`].
pub fn edit_texts_noting(
    view: &[u8],
    unknown: Unknown,
    editor: &mut impl SaysWhy,
    notes: &mut Notes,
) -> Result<Edits, Malformed> {
    walk_texts(view, unknown, &mut Asking(editor), notes)
}

fn walk_texts(
    view: &[u8],
    unknown: Unknown,
    editor: &mut impl TextEditor,
    notes: &mut Notes,
) -> Result<Edits, Malformed> {
    let mut steps = Texts { editor, notes, keys: Vec::new(), path: Vec::new() };
    Ok(walk(view, &mut steps)?.finish(unknown == Unknown::Drop))
}

/// New texts of fields whose edits stand in another order than the fields. Most spans have none.
#[derive(Default)]
struct NewTexts(Vec<(TextField, String)>);

impl NewTexts {
    fn add(&mut self, field: TextField, new: Option<String>) {
        self.0.extend(new.map(|new| (field, new)));
    }

    /// Writes them before the edits since `mark`.
    #[inline]
    fn write(self, mark: Mark, writer: &mut Writer) {
        if !self.0.is_empty() {
            self.write_some(mark, writer);
        }
    }

    #[inline(never)]
    fn write_some(mut self, mark: Mark, writer: &mut Writer) {
        let later = writer.mark();
        self.0.sort_by_key(|(field, _)| *field as u8);
        for (field, new) in &self.0 {
            writer.set_field(*field, new);
        }
        writer.turn(mark, later);
    }
}

impl<'a, E: TextEditor> Steps<'a> for Texts<'a, '_, E> {
    fn resource(&mut self, around: Message<'a>, writer: &mut Writer) -> Result<(), Malformed> {
        if let Some(new) = self.schema_url(around, "ResourceSpans", writer)? {
            writer.set_field(TextField::SchemaUrl, &new);
        }
        let (mut attributes, mut entities) = (0, 0);
        let mut fields = around.fields("ResourceSpans");
        while fields.peek() == Some(1 << 3 | 2)
            && let Some(resource) = fields.next_message(1)?
        {
            let mark = writer.mark();
            if let Some(known) = self.editor.known_resource(resource.bytes()) {
                known.write(writer);
                continue;
            }
            let mut fields = resource.fields("Resource");
            loop {
                self.skip_left_attributes(RESOURCE_ATTRIBUTE, &mut fields, &mut attributes);
                let Some(field) = fields.next()? else { break };
                match field.number {
                    1 => {
                        let attribute = fields.message(&field)?;
                        self.attribute(Carrier::Resource, attribute, attributes, writer, 0)?;
                        attributes += 1;
                    }
                    3 => {
                        writer.begin_member(On::Entity, entities);
                        self.entity(fields.message(&field)?, writer)?;
                        writer.begin_member(On::Resource, 0);
                        entities += 1;
                    }
                    _ => {}
                }
            }
            self.editor.keep_resource(resource.bytes(), || Noted::since(mark, writer).ok());
        }
        Ok(())
    }

    fn scope(&mut self, around: Message<'a>, writer: &mut Writer) -> Result<(), Malformed> {
        let mark = writer.mark();
        let mut new = NewTexts::default();
        new.add(TextField::SchemaUrl, self.schema_url(around, "ScopeSpans", writer)?);
        let mut attributes = 0;
        let mut fields = around.fields("ScopeSpans");
        while fields.peek() == Some(1 << 3 | 2)
            && let Some(scope) = fields.next_message(1)?
        {
            let mut fields = scope.fields("InstrumentationScope");
            while let Some(field) = fields.next()? {
                match field.number {
                    1 => {
                        let text = fields.message(&field)?.bytes();
                        let name = self.field(Place::ScopeName, TextField::Name, text, writer);
                        new.add(TextField::Name, name);
                    }
                    2 => {
                        let text = fields.message(&field)?.bytes();
                        let version =
                            self.field(Place::ScopeVersion, TextField::Version, text, writer);
                        new.add(TextField::Version, version);
                    }
                    3 => {
                        let attribute = fields.message(&field)?;
                        self.attribute(Carrier::Scope, attribute, attributes, writer, 0)?;
                        attributes += 1;
                    }
                    _ => {}
                }
            }
        }
        new.write(mark, writer);
        Ok(())
    }

    fn span(&mut self, span: Message<'a>, writer: &mut Writer) -> Result<Keep, Malformed> {
        let mark = writer.mark();
        let mut new = NewTexts::default();
        let (mut attributes, mut events, mut links) = (0, 0, 0);
        let mut fields = span.fields("Span");
        while let Some(next) = fields.peek() {
            if skip_plain(&mut fields, next) {
                continue;
            }
            if next == tag::ATTRIBUTE {
                self.skip_left_attributes(next, &mut fields, &mut attributes);
            }
            let Some(field) = fields.next()? else { break };
            match field.number {
                9 => {
                    let attribute = fields.message(&field)?;
                    self.attribute(Carrier::Span, attribute, attributes, writer, 0)?;
                    attributes += 1;
                }
                3 => {
                    let text = fields.message(&field)?.bytes();
                    let state = self.field(Place::TraceState, TextField::TraceState, text, writer);
                    new.add(TextField::TraceState, state);
                }
                5 => {
                    let text = fields.message(&field)?.bytes();
                    let name = self.field(Place::SpanName, TextField::Name, text, writer);
                    new.add(TextField::Name, name);
                }
                11 => {
                    writer.begin_member(On::Event, events);
                    self.event(fields.message(&field)?, writer)?;
                    writer.begin_member(On::Span, 0);
                    events += 1;
                }
                13 => {
                    writer.begin_member(On::Link, links);
                    self.link(fields.message(&field)?, writer)?;
                    writer.begin_member(On::Span, 0);
                    links += 1;
                }
                15 => {
                    let message = self.status(fields.message(&field)?, writer)?;
                    new.add(TextField::StatusMessage, message);
                }
                _ => {}
            }
        }
        new.write(mark, writer);
        Ok(Keep::Yes)
    }
}

impl<'a, E: TextEditor> Texts<'a, '_, E> {
    /// Steps over the attributes under this tag that follow, up to one that may not be left, and
    /// counts them.
    #[inline(always)]
    fn skip_left_attributes(&self, tag: u8, fields: &mut Reader<'a>, count: &mut u32) {
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
            *count += 1;
        }
    }

    fn leaves_scalar(&self, attribute: Message<'a>) -> bool {
        attribute.key_and_value().is_some_and(|(key, value)| {
            only_scalar(value.bytes()).is_some()
                && self.editor.leaves_attribute(key.bytes(), key.bytes())
        })
    }

    /// Resource spans and scope spans have theirs in field 3, behind what leads to spans.
    fn schema_url(
        &mut self,
        around: Message<'a>,
        inside: &'static str,
        writer: &Writer,
    ) -> Result<Option<String>, Malformed> {
        let mut new = None;
        let mut fields = around.fields(inside);
        loop {
            fields.skip_short_messages(2 << 3 | 2);
            let Some(field) = fields.next()? else { break };
            if field.number == 3 {
                let text = fields.message(&field)?.bytes();
                new = self.field(Place::SchemaUrl, TextField::SchemaUrl, text, writer);
            }
        }
        Ok(new)
    }

    fn event(&mut self, event: Message<'a>, writer: &mut Writer) -> Result<(), Malformed> {
        let mut attributes = 0;
        let mut fields = event.fields("Span.Event");
        while let Some(field) = fields.next()? {
            match field.number {
                2 => {
                    let text = fields.message(&field)?.bytes();
                    self.set_field(Place::EventName, TextField::Name, text, writer);
                }
                3 => {
                    let attribute = fields.message(&field)?;
                    self.attribute(Carrier::Event, attribute, attributes, writer, 0)?;
                    attributes += 1;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn link(&mut self, link: Message<'a>, writer: &mut Writer) -> Result<(), Malformed> {
        let mut attributes = 0;
        let mut fields = link.fields("Span.Link");
        while let Some(field) = fields.next()? {
            match field.number {
                3 => {
                    let text = fields.message(&field)?.bytes();
                    self.set_field(Place::TraceState, TextField::TraceState, text, writer);
                }
                4 => {
                    let attribute = fields.message(&field)?;
                    self.attribute(Carrier::Link, attribute, attributes, writer, 0)?;
                    attributes += 1;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn status(
        &mut self,
        status: Message<'a>,
        writer: &Writer,
    ) -> Result<Option<String>, Malformed> {
        let mut new = None;
        let mut fields = status.fields("Status");
        while let Some(field) = fields.next()? {
            if field.number == 2 {
                let text = fields.message(&field)?.bytes();
                new = self.field(Place::StatusMessage, TextField::StatusMessage, text, writer);
            }
        }
        Ok(new)
    }

    fn entity(&mut self, entity: Message<'a>, writer: &mut Writer) -> Result<(), Malformed> {
        let mut keys = [0, 0];
        let mut fields = entity.fields("EntityRef");
        while let Some(field) = fields.next()? {
            match field.number {
                1 => {
                    let text = fields.message(&field)?.bytes();
                    self.set_field(Place::SchemaUrl, TextField::SchemaUrl, text, writer);
                }
                2 => {
                    let text = fields.message(&field)?.bytes();
                    self.set_field(Place::Entity, TextField::Type, text, writer);
                }
                3 | 4 => {
                    let list = field.number - 3;
                    let path = [list, keys[list as usize]];
                    let text = fields.message(&field)?.bytes();
                    let new = new_text(self.editor, Place::Entity, text);
                    self.note(Spot::Key(&path), new.is_some(), writer);
                    if let Some(new) = new {
                        writer.rename_key(&path, &new);
                    }
                    keys[list as usize] += 1;
                }
                _ => {}
            }
        }
        Ok(())
    }
}
