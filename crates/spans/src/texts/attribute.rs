//! The way through one attribute to its texts: its key, its value, and all lists and maps in it.

use super::plain::{Plain, only_scalar, replace_plain};
use super::walk::{Texts, replace_text};
use super::{Carrier, Deep, Place, Scalar, TextEditor, Treatment, Unsearchable};
use crate::Malformed;
use crate::script::Script;
use crate::span_edit::{NewValue, replace_value};
use crate::wire::{Field, Message, write_length_field};

/// How deep lists and maps are looked into. What stands deeper is [`Unsearchable::TooDeep`].
pub(crate) const MAX_DEPTH: usize = 32;

impl<'a, E: TextEditor> Texts<'a, '_, E> {
    pub(super) fn attribute(
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
                    let (message, is_map) = (fields.message(&field)?, field.number == 6);
                    let deep = Deep { keys: &self.keys, message, is_map };
                    if let Some(new) = self.editor.too_deep(place, deep) {
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
}

/// The last key of a `KeyValue`, which need not stand before the value.
#[inline]
pub(crate) fn key_of<'a>(key_value: Message<'a>) -> Result<&'a [u8], Malformed> {
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

/// Puts a text value in the place of a value of another type.
fn replace_by_text(field: &Field<'_>, new: &str, script: &mut Script) {
    script.splice(field.start, field.end, |out| write_length_field(out, 1, new.as_bytes()));
}
