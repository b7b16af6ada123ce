//! [`edit_texts`]: every text of a batch, however deep.

use std::ops::Range;

use crate::Malformed;
use crate::rewrite::{NewValue, replace_value};
use crate::script::Script;
use crate::walk::{Beyond, Keep, Rewritten, Steps, walk};
use crate::wire::{Field, Message, Reader, write_length_field};

/// How deep lists and maps are looked into. What stands deeper is [`Unsearchable::TooDeep`].
const MAX_DEPTH: usize = 32;

// Tags of attributes: the number of the field, and that it is a message.
const ATTRIBUTE: u8 = 9 << 3 | 2;
const RESOURCE_ATTRIBUTE: u8 = 1 << 3 | 2;

/// Whose attributes they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Carrier {
    /// A resource.
    Resource,
    /// An instrumentation scope.
    Scope,
    /// A span.
    Span,
    /// An event of a span.
    Event,
    /// A link of a span.
    Link,
}

/// Where a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'k> {
    /// Under these keys: the attribute's first, then those of maps inside it.
    Value(Carrier, &'k [&'k [u8]]),
    /// It is a key itself, under these others.
    Key(Carrier, &'k [&'k [u8]]),
    /// Name of a span.
    SpanName,
    /// Message of a span's status.
    StatusMessage,
    /// Name of an event.
    EventName,
    /// W3C `tracestate` of a span or a link.
    TraceState,
    /// Name of a scope.
    ScopeName,
    /// Version of a scope.
    ScopeVersion,
    /// Schema URL of resource spans, scope spans or an entity.
    SchemaUrl,
    /// Type or attribute key of an entity that a resource refers to.
    Entity,
}

/// What is done with the value of an attribute or a map entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// Its texts are visited.
    Search,
    /// It stays as it is, and none of its texts is visited.
    Leave,
    /// This text takes its place, whatever it was.
    Replace(String),
}

/// A value that is neither text nor bytes nor holds other values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Double(f64),
}

/// Why a value's texts cannot be visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsearchable {
    /// It is of type bytes.
    Bytes,
    /// It stands under more than 32 lists and maps.
    TooDeep,
}

/// What is done with fields that OTLP does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// They stay.
    Keep,
    /// They go.
    Drop,
}

/// Decides about texts.
pub trait TextEditor {
    /// Called for every resource, scope and span, with the range of the batch that it stands in,
    /// before anything in it is visited. What is passed by is not even decoded. Default: nothing
    /// is.
    fn passes_by(&self, range: Range<usize>) -> bool {
        let _ = range;
        false
    }

    /// Called for every attribute and every entry of a map, before its key and value are visited.
    /// `keys` ends with its own.
    fn entry(&mut self, carrier: Carrier, keys: &[&[u8]]) -> Treatment;

    /// Whether a text would be left by [`TextEditor::text`], wherever it stands. It is then not
    /// visited. Like the one below, this is asked before a visit is made ready; a `false` costs
    /// time and nothing else. Default: `false`.
    fn leaves_text(&self, text: &[u8]) -> bool {
        let _ = text;
        false
    }

    /// Whether an attribute that holds a text or a scalar would be left, key and value. `texts` are
    /// the bytes of the key and of the text, if there is one, with a few bytes of framing around
    /// them. Default: `false`.
    fn leaves_attribute(&self, key: &[u8], texts: &[u8]) -> bool {
        let _ = (key, texts);
        false
    }

    /// Called for every text, which need not be UTF-8. Answers with what takes its place, if
    /// anything does.
    fn text(&mut self, place: Place<'_>, text: &[u8]) -> Option<String>;

    /// Called for every value that is a truth value or a number. Answers with the text that takes
    /// its place, if anything does. Default: nothing does.
    fn scalar(&mut self, place: Place<'_>, value: Scalar) -> Option<String> {
        let _ = (place, value);
        None
    }

    /// Called for a value that cannot be searched. Answers with the text that takes its place, if
    /// anything does.
    fn unsearchable(&mut self, place: Place<'_>, why: Unsearchable) -> Option<String>;
}

/// Walks every text of a batch: attributes of resource, scope, span, event and link with nested
/// lists and maps, their keys, names, messages, trace states and schema URLs.
///
/// Of a value that is left as it is, neither texts nor unknown fields are looked at.
///
/// # Errors
/// Where the batch cannot be decoded; here that is all of it but the values that are left or
/// replaced, and what stands too deep.
pub fn edit_texts(
    traces: &[u8],
    unknown: Unknown,
    editor: &mut impl TextEditor,
) -> Result<Rewritten, Malformed> {
    walk(traces, &mut Texts { editor, unknown, keys: Vec::new() })
}

/// Decodes a batch to its last field and gives nothing. What stands under more than 32 lists and
/// maps is not decoded; whether texts are UTF-8 is not looked at.
///
/// # Errors
/// Where the batch cannot be decoded.
pub fn validate(traces: &[u8]) -> Result<(), Malformed> {
    struct Nothing;
    impl TextEditor for Nothing {
        fn entry(&mut self, _: Carrier, _: &[&[u8]]) -> Treatment {
            Treatment::Search
        }
        fn text(&mut self, _: Place<'_>, _: &[u8]) -> Option<String> {
            None
        }
        fn unsearchable(&mut self, _: Place<'_>, _: Unsearchable) -> Option<String> {
            None
        }
    }
    edit_texts(traces, Unknown::Keep, &mut Nothing).map(|_| ())
}

struct Texts<'a, 'e, E> {
    editor: &'e mut E,
    unknown: Unknown,
    /// Keys from the attribute down to where the walk is.
    keys: Vec<&'a [u8]>,
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

    fn span(&mut self, span: Message<'a>, script: &mut Script) -> Result<Keep, Malformed> {
        if self.editor.passes_by(span.content..span.end) {
            return Ok(Keep::Yes);
        }
        let mut fields = span.fields("Span");
        while let Some(tag) = fields.peek() {
            if skip_plain(&mut fields, tag) {
                continue;
            }
            if tag == ATTRIBUTE {
                self.skip_left_attributes(tag, &mut fields);
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

    fn attribute(
        &mut self,
        carrier: Carrier,
        key_value: Message<'a>,
        script: &mut Script,
        depth: usize,
    ) -> Result<(), Malformed> {
        if let Some((key, value)) = key_value.key_and_value() {
            if let Some(text) = value.only_text() {
                self.plain_attribute(carrier, key_value, key, value, Plain::Text(text), script);
                return Ok(());
            }
            if let Some(scalar) = only_scalar(value.bytes()) {
                self.plain_attribute(carrier, key_value, key, value, Plain::Scalar(scalar), script);
                return Ok(());
            }
        }
        self.keys.push(key_of(key_value)?);
        let treatment = self.editor.entry(carrier, &self.keys);
        script.enter(&key_value);
        let mut has_value = false;
        let mut fields = key_value.fields("KeyValue");
        while let Some(field) = fields.next()? {
            match field.number {
                1 => {
                    let parents = &self.keys[..self.keys.len() - 1];
                    let text = fields.message(&field)?.bytes();
                    if let Some(new) = self.editor.text(Place::Key(carrier, parents), text) {
                        replace_text(&field, &new, script);
                    }
                }
                2 => {
                    has_value = true;
                    let value = fields.message(&field)?;
                    if treatment == Treatment::Search {
                        self.value(carrier, value, script, depth)?;
                    }
                }
                3 => _ = fields.varint_of(&field)?,
                _ => self.unknown(&field, script),
            }
        }
        if let (Treatment::Replace(new), true) = (&treatment, has_value) {
            replace_value(key_value, script, |out| NewValue::Text(new).write_field(out))?;
        }
        script.leave();
        self.keys.pop();
        Ok(())
    }

    /// A key and a text or a scalar, which most attributes are: nothing is noted where nothing
    /// changes.
    #[inline]
    fn plain_attribute(
        &mut self,
        carrier: Carrier,
        key_value: Message<'a>,
        key: Message<'a>,
        value: Message<'a>,
        plain: Plain<'a>,
        script: &mut Script,
    ) {
        let is_deep = !self.keys.is_empty();
        if is_deep {
            self.keys.push(key.bytes());
        }
        let own = [key.bytes()];
        let keys: &[&[u8]] = if is_deep { &self.keys } else { &own };
        let parents = &keys[..keys.len() - 1];
        let treatment = self.editor.entry(carrier, keys);
        let new_text = match (&treatment, &plain) {
            (Treatment::Search, Plain::Text(text)) => {
                self.editor.text(Place::Value(carrier, keys), text)
            }
            (Treatment::Search, Plain::Scalar(scalar)) => {
                self.editor.scalar(Place::Value(carrier, keys), *scalar)
            }
            (Treatment::Leave, _) => None,
            (Treatment::Replace(new), _) => Some(new.clone()),
        };
        let new_key = if self.editor.leaves_text(key.bytes()) {
            None
        } else {
            self.editor.text(Place::Key(carrier, parents), key.bytes())
        };
        if is_deep {
            self.keys.pop();
        }
        if new_key.is_some() || new_text.is_some() {
            replace_plain(key_value, key, value, new_key, new_text, script);
        }
    }

    fn value(
        &mut self,
        carrier: Carrier,
        value: Message<'a>,
        script: &mut Script,
        depth: usize,
    ) -> Result<(), Malformed> {
        script.enter(&value);
        let mut fields = value.fields("AnyValue");
        while let Some(field) = fields.next()? {
            let place = Place::Value(carrier, &self.keys);
            match field.number {
                1 => {
                    let text = fields.message(&field)?.bytes();
                    if let Some(new) = self.editor.text(place, text) {
                        replace_text(&field, &new, script);
                    }
                }
                2..=4 => {
                    let value = match field.number {
                        2 => Scalar::Bool(fields.varint_of(&field)? != 0),
                        3 => Scalar::Int(fields.varint_of(&field)? as i64),
                        _ => Scalar::Double(f64::from_bits(fields.fixed64_of(&field)?)),
                    };
                    if let Some(new) = self.editor.scalar(place, value) {
                        replace_by_text(&field, &new, script);
                    }
                }
                // An index into the table of texts that only profiles have.
                8 => _ = fields.varint_of(&field)?,
                5 | 6 if depth == MAX_DEPTH => {
                    fields.message(&field)?;
                    if let Some(new) = self.editor.unsearchable(place, Unsearchable::TooDeep) {
                        replace_by_text(&field, &new, script);
                    }
                }
                5 => self.array(carrier, fields.message(&field)?, script, depth + 1)?,
                6 => self.map(carrier, fields.message(&field)?, script, depth + 1)?,
                7 => {
                    fields.message(&field)?;
                    if let Some(new) = self.editor.unsearchable(place, Unsearchable::Bytes) {
                        replace_by_text(&field, &new, script);
                    }
                }
                _ => self.unknown(&field, script),
            }
        }
        script.leave();
        Ok(())
    }

    fn array(
        &mut self,
        carrier: Carrier,
        array: Message<'a>,
        script: &mut Script,
        depth: usize,
    ) -> Result<(), Malformed> {
        script.enter(&array);
        let mut fields = array.fields("ArrayValue");
        while let Some(field) = fields.next()? {
            match field.number {
                1 => self.value(carrier, fields.message(&field)?, script, depth)?,
                _ => self.unknown(&field, script),
            }
        }
        script.leave();
        Ok(())
    }

    fn map(
        &mut self,
        carrier: Carrier,
        map: Message<'a>,
        script: &mut Script,
        depth: usize,
    ) -> Result<(), Malformed> {
        script.enter(&map);
        let mut fields = map.fields("KeyValueList");
        while let Some(field) = fields.next()? {
            match field.number {
                1 => self.attribute(carrier, fields.message(&field)?, script, depth)?,
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

    fn unknown(&self, field: &Field<'a>, script: &mut Script) {
        if self.unknown == Unknown::Drop {
            script.splice(field.start, field.end, |_| {});
        }
    }
}

/// The value of an attribute that most have.
enum Plain<'a> {
    Text(&'a [u8]),
    Scalar(Scalar),
}

/// The scalar in an `AnyValue` that holds one and nothing else, as encoders write it. `None` says
/// nothing about any other.
#[inline]
fn only_scalar(value: &[u8]) -> Option<Scalar> {
    match *value {
        [0x10, truth @ 0..=1] => Some(Scalar::Bool(truth == 1)),
        [0x18, a @ ..=0x7f] => Some(Scalar::Int(i64::from(a))),
        [0x18, a @ 0x80..=0xff, b @ ..=0x7f] => {
            Some(Scalar::Int(i64::from(a & 0x7f) | i64::from(b) << 7))
        }
        [0x18, a @ 0x80..=0xff, b @ 0x80..=0xff, c @ ..=0x7f] => {
            Some(Scalar::Int(i64::from(a & 0x7f) | i64::from(b & 0x7f) << 7 | i64::from(c) << 14))
        }
        [0x21, ref bytes @ ..] => bytes.try_into().ok().map(f64::from_le_bytes).map(Scalar::Double),
        _ => None,
    }
}

/// Steps over the next field if it is an id or a number that nearly every span has, written as
/// encoders write it.
#[inline(always)]
fn skip_plain(fields: &mut Reader<'_>, tag: u8) -> bool {
    const KIND: u8 = 6 << 3;
    const START: u8 = 7 << 3 | 1;
    const END: u8 = 8 << 3 | 1;
    const FLAGS: u8 = (16 << 3 | 5) | 0x80;
    const TRACE_ID: u8 = 1 << 3 | 2;
    const SPAN_ID: u8 = 2 << 3 | 2;
    const PARENT_SPAN_ID: u8 = 4 << 3 | 2;
    match tag {
        TRACE_ID | SPAN_ID | PARENT_SPAN_ID => {
            let id = fields.short_message_with(tag);
            if let Some(id) = &id {
                fields.step_over(id);
            }
            id.is_some()
        }
        KIND => fields.short_varint_with(tag).is_some(),
        START | END => fields.fixed64_with(tag).is_some(),
        FLAGS => fields.fixed32_with([FLAGS, 1]).is_some(),
        _ => false,
    }
}

/// Replaces what is new of a key and a value, which stand in `key_value` and nothing else.
fn replace_plain(
    key_value: Message<'_>,
    key: Message<'_>,
    value: Message<'_>,
    new_key: Option<String>,
    new_text: Option<String>,
    script: &mut Script,
) {
    script.enter(&key_value);
    // A key is field 1 of its message, as a text is of its value. Its tag takes one byte.
    if let Some(new) = new_key {
        script.splice(key.header - 1, key.end, |out| {
            write_length_field(out, 1, new.as_bytes());
        });
    }
    if let Some(new) = new_text {
        script.enter(&value);
        script.splice(value.content, value.end, |out| {
            write_length_field(out, 1, new.as_bytes());
        });
        script.leave();
    }
    script.leave();
}

/// The last key of a `KeyValue`, which need not stand before the value.
#[inline]
fn key_of<'a>(key_value: Message<'a>) -> Result<&'a [u8], Malformed> {
    if let Some((key, _)) = key_value.key_and_value() {
        return Ok(key.bytes());
    }
    let mut fields = key_value.fields("KeyValue");
    let mut key: &[u8] = &[];
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            key = fields.message(&field)?.bytes();
        }
    }
    Ok(key)
}

fn replace_text(field: &Field<'_>, new: &str, script: &mut Script) {
    script.splice(field.start, field.end, |out| {
        write_length_field(out, field.number, new.as_bytes());
    });
}

/// Puts a text value in the place of a value of another type.
fn replace_by_text(field: &Field<'_>, new: &str, script: &mut Script) {
    script.splice(field.start, field.end, |out| write_length_field(out, 1, new.as_bytes()));
}
