//! [`SpanEdit`]: what can be changed about one span.

use std::ops::Range;

use crate::Malformed;
use crate::script::{Mark, Script};
use crate::span::Span;
use crate::value::Value;
use crate::wire::{Message, length_field_len, varint_len, write_length_field, write_varint};

/// A value to put under a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NewValue<'v> {
    /// A text.
    Text(&'v str),
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Double(f64),
}

/// Changes one span.
///
/// Edits do not show in the [`Span`] that is being visited. What is set twice has the last value.
pub struct SpanEdit<'a, 's> {
    pub(crate) span: Message<'a>,
    pub(crate) read: Read<'a, 's>,
    pub(crate) script: &'s mut Script,
    pub(crate) done: &'s mut Done,
}

/// The span that is changed, read once.
pub(crate) enum Read<'a, 's> {
    /// By who visits it.
    Before(&'s Span<'a>),
    /// By the first edit.
    Late(Option<Span<'a>>),
}

impl<'a> Read<'a, '_> {
    pub fn get(&mut self, span: Message<'a>) -> Result<&Span<'a>, Malformed> {
        Ok(match self {
            Read::Before(read) => read,
            Read::Late(Some(read)) => read,
            Read::Late(late) => {
                let read = late.insert(Span::unread(span));
                read.read()?;
                read
            }
        })
    }
}

/// What was set on a span. Its memory serves for all spans of a batch.
#[derive(Default)]
pub(crate) struct Done {
    edits: Vec<Edited>,
    /// Keys of attributes, one after another.
    keys: Vec<u8>,
}

/// One thing that was set, and the operations that set it.
struct Edited {
    target: Target,
    since: Mark,
    until: Mark,
}

enum Target {
    /// The attribute whose key stands here in the list of keys.
    Attribute(Range<usize>),
    TraceState,
}

impl Done {
    pub fn clear(&mut self) {
        self.edits.clear();
        self.keys.clear();
    }

    /// Takes out what was done to the attribute under `key`, or to the `tracestate` for none.
    fn take(&mut self, key: Option<&str>) -> Option<Edited> {
        let index = self.edits.iter().position(|edited| match (&edited.target, key) {
            (Target::Attribute(range), Some(key)) => self.keys[range.clone()] == *key.as_bytes(),
            (Target::TraceState, None) => true,
            _ => false,
        })?;
        Some(self.edits.remove(index))
    }

    fn add(&mut self, key: Option<&str>, since: Mark, until: Mark) {
        let target = match key {
            Some(key) => {
                let start = self.keys.len();
                self.keys.extend_from_slice(key.as_bytes());
                Target::Attribute(start..self.keys.len())
            }
            None => Target::TraceState,
        };
        self.edits.push(Edited { target, since, until });
    }
}

impl SpanEdit<'_, '_> {
    /// Puts `value` under `key`, over what stood there before.
    ///
    /// A span that has this value already is not changed. A new attribute comes after all fields
    /// of the span.
    ///
    /// # Errors
    /// Where the attributes of the span cannot be decoded.
    pub fn set_attribute(&mut self, key: &str, value: NewValue<'_>) -> Result<(), Malformed> {
        let attributes = self.read.get(self.span)?.attributes();
        let since = self.begin(Some(key));
        let mut found = false;
        for attribute in attributes.of_keys(|it| it == key.as_bytes()) {
            let attribute = attribute?;
            found = true;
            if !value.is(&attribute.value) {
                self.script.enter(&attribute.message);
                replace_value(attribute.message, self.script, |out| value.write_field(out))?;
                self.script.leave();
            }
        }
        if !found {
            let end = self.span.end;
            self.script.splice(end, end, |out| value.write_attribute(9, key, out));
        }
        self.done.add(Some(key), since, self.script.mark());
        Ok(())
    }

    /// Gives the span this W3C `tracestate`; an empty one removes the field.
    ///
    /// A span that has this one already is not changed.
    ///
    /// # Errors
    /// Where the span cannot be decoded.
    pub fn set_trace_state(&mut self, trace_state: &str) -> Result<(), Malformed> {
        let since = self.begin(None);
        let read = self.read.get(self.span)?;
        if read.trace_state != trace_state.as_bytes() {
            let write = |out: &mut Vec<u8>| {
                if !trace_state.is_empty() {
                    write_length_field(out, 3, trace_state.as_bytes());
                }
            };
            match &read.trace_state_field {
                Some(field) => self.script.splice(field.start, field.end, write),
                None => replace_field(self.span, "Span", 3, self.script, write)?,
            }
        }
        self.done.add(None, since, self.script.mark());
        Ok(())
    }

    /// Takes back what was done before to the attribute under `key`, or to the `tracestate` for
    /// none.
    fn begin(&mut self, key: Option<&str>) -> Mark {
        if let Some(before) = self.done.take(key) {
            self.script.forget_between(before.since, before.until);
        }
        self.script.mark()
    }
}

/// Replaces the value of a `KeyValue`, which `script` has open, by the field that `write` puts out.
pub(crate) fn replace_value(
    key_value: Message<'_>,
    script: &mut Script,
    write: impl FnOnce(&mut Vec<u8>),
) -> Result<(), Malformed> {
    replace_field(key_value, "KeyValue", 2, script, write)
}

/// Puts what `write` gives in the place of the field `number`, which stands once after that; at
/// the end of the message where it did not stand at all.
pub(crate) fn replace_field(
    message: Message<'_>,
    inside: &'static str,
    number: u32,
    script: &mut Script,
    write: impl FnOnce(&mut Vec<u8>),
) -> Result<(), Malformed> {
    let mut write = Some(write);
    let mut fields = message.fields(inside);
    while let Some(field) = fields.next()? {
        if field.number != number {
            continue;
        }
        match write.take() {
            Some(write) => script.splice(field.start, field.end, write),
            None => script.splice(field.start, field.end, |_| {}),
        }
    }
    if let Some(write) = write {
        script.splice(message.end, message.end, write);
    }
    Ok(())
}

impl NewValue<'_> {
    /// Writes the field, of this number, of an attribute that holds this value under `key`.
    pub(crate) fn write_attribute(&self, number: u32, key: &str, out: &mut Vec<u8>) {
        write_varint(out, u64::from(number << 3 | 2));
        write_varint(out, (length_field_len(key.len()) + length_field_len(self.len())) as u64);
        write_length_field(out, 1, key.as_bytes());
        self.write_field(out);
    }

    /// Writes the field of a `KeyValue` that holds this value.
    pub(crate) fn write_field(&self, out: &mut Vec<u8>) {
        out.push(2 << 3 | 2);
        write_varint(out, self.len() as u64);
        self.write(out);
    }

    /// How many bytes `write` puts out.
    fn len(&self) -> usize {
        match *self {
            NewValue::Text(text) => length_field_len(text.len()),
            NewValue::Bool(_) => 2,
            NewValue::Int(value) => 1 + varint_len(value as u64),
            NewValue::Double(_) => 9,
        }
    }

    /// Writes the content of an `AnyValue`.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match *self {
            NewValue::Text(text) => write_length_field(out, 1, text.as_bytes()),
            NewValue::Bool(value) => out.extend_from_slice(&[2 << 3, u8::from(value)]),
            NewValue::Int(value) => {
                out.push(3 << 3);
                write_varint(out, value as u64);
            }
            NewValue::Double(value) => {
                out.push(4 << 3 | 1);
                out.extend_from_slice(&value.to_le_bytes());
            }
        }
    }

    pub(crate) fn is(&self, value: &Value<'_>) -> bool {
        match (*self, value) {
            (NewValue::Text(new), Value::Text(old)) => new.as_bytes() == *old,
            (NewValue::Bool(new), Value::Bool(old)) => new == *old,
            (NewValue::Int(new), Value::Int(old)) => new == *old,
            (NewValue::Double(new), Value::Double(old)) => new.to_bits() == old.to_bits(),
            _ => false,
        }
    }
}
