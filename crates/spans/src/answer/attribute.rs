//! The way through one attribute to its texts: its key, its value, and all lists and maps in it.

use super::visit::{Texts, new_text, note_all};
use super::writer::Writer;
use crate::Malformed;
use crate::notes::Spot;
use crate::plain::{Plain, only_scalar};
use crate::texts::{Carrier, Deep, Place, Scalar, TextEditor, Treatment, Unsearchable};
use crate::value::MAX_DEPTH;
use crate::wire::Message;

impl<'a, E: TextEditor> Texts<'a, '_, E> {
    /// An attribute or an entry at this position among those around it.
    pub(super) fn attribute(
        &mut self,
        carrier: Carrier,
        key_value: Message<'a>,
        position: u32,
        writer: &mut Writer,
        depth: usize,
    ) -> Result<(), Malformed> {
        if let Some((key, value)) = key_value.key_and_value() {
            let plain = match value.only_text() {
                Some(text) => Some(Plain::Text(text)),
                None => only_scalar(value.bytes()).map(Plain::Scalar),
            };
            if let Some(plain) = plain {
                self.plain_attribute(carrier, key.bytes(), plain, position, writer);
                return Ok(());
            }
        }
        let (key, value) = parts(key_value)?;
        self.path.push(position);
        if let Some(key) = key {
            let new = new_text(self.editor, Place::Key(carrier, &self.keys), key);
            self.note_here(true, new.is_some(), writer);
            if let Some(new) = new {
                writer.rename_key(&self.path, &new);
            }
        }
        self.keys.push(key.unwrap_or_default());
        let new = match (self.editor.entry(carrier, &self.keys), value) {
            (Treatment::Replace(new), Some(value)) if value.only_text() != Some(new.as_bytes()) => {
                Some(new)
            }
            (Treatment::Search, Some(value)) => {
                self.note_here(false, false, writer);
                self.value(carrier, value, writer, depth)?;
                None
            }
            _ => None,
        };
        self.note_here(false, new.is_some(), writer);
        if let Some(new) = new {
            writer.replace_value(&self.path, &new);
        }
        self.keys.pop();
        self.path.pop();
        Ok(())
    }

    /// A key and a text or a scalar, which most attributes are.
    #[inline]
    fn plain_attribute(
        &mut self,
        carrier: Carrier,
        key: &'a [u8],
        plain: Plain<'a>,
        position: u32,
        writer: &mut Writer,
    ) {
        let is_deep = !self.keys.is_empty();
        if is_deep {
            self.keys.push(key);
        }
        let own = [key];
        let keys: &[&[u8]] = if is_deep { &self.keys } else { &own };
        let place = Place::Value(carrier, keys);
        let new_text = match (self.editor.entry(carrier, keys), &plain) {
            (Treatment::Search, Plain::Text(text)) => self.editor.text(place, text),
            (Treatment::Search, Plain::Scalar(scalar)) => self.editor.scalar(place, *scalar),
            (Treatment::Leave, _) => None,
            (Treatment::Replace(new), _) => Some(new),
        };
        let new_text = new_text.filter(|new| !plain.is(new));
        let of_text = self.editor.reasons();
        let new_key = if self.editor.leaves_text(key) {
            None
        } else {
            self.editor.text(Place::Key(carrier, &keys[..keys.len() - 1]), key)
        };
        let new_key = new_key.filter(|new| new.as_bytes() != key);
        let of_key = self.editor.reasons();
        if is_deep {
            self.keys.pop();
        }
        if new_key.is_some() || new_text.is_some() || of_text.is_some() {
            self.path.push(position);
            for (spot, new, reasons) in [
                (Spot::Key(&*self.path), &new_key, of_key),
                (Spot::Value(&*self.path), &new_text, of_text),
            ] {
                note_all(self.notes, spot, new.is_some(), writer, &reasons.unwrap_or_default());
            }
            if let Some(new) = new_key {
                writer.rename_key(&self.path, &new);
            }
            if let Some(new) = new_text {
                writer.replace_value(&self.path, &new);
            }
            self.path.pop();
        }
    }

    fn value(
        &mut self,
        carrier: Carrier,
        value: Message<'a>,
        writer: &mut Writer,
        depth: usize,
    ) -> Result<(), Malformed> {
        let mut fields = value.fields("AnyValue");
        while let Some(field) = fields.next()? {
            let place = Place::Value(carrier, &self.keys);
            let new = match field.number {
                1 => {
                    let text = fields.message(&field)?.bytes();
                    self.editor.text(place, text).filter(|new| new.as_bytes() != text)
                }
                2 => self.editor.scalar(place, Scalar::Bool(fields.varint_of(&field)? != 0)),
                3 => self.editor.scalar(place, Scalar::Int(fields.varint_of(&field)? as i64)),
                4 => {
                    let value = f64::from_bits(fields.fixed64_of(&field)?);
                    self.editor.scalar(place, Scalar::Double(value))
                }
                5 | 6 if depth == MAX_DEPTH => {
                    let (message, is_map) = (fields.message(&field)?, field.number == 6);
                    self.editor.too_deep(place, Deep { keys: &self.keys, message, is_map })
                }
                5 => {
                    self.array(carrier, fields.message(&field)?, writer, depth + 1)?;
                    None
                }
                6 => {
                    self.map(carrier, fields.message(&field)?, writer, depth + 1)?;
                    None
                }
                7 => {
                    fields.message(&field)?;
                    self.editor.unsearchable(place, Unsearchable::Bytes)
                }
                _ => None,
            };
            if !matches!(field.number, 5 | 6) || depth == MAX_DEPTH {
                self.note_here(false, new.is_some(), writer);
            }
            if let Some(new) = new {
                writer.replace_value(&self.path, &new);
            }
        }
        Ok(())
    }

    fn array(
        &mut self,
        carrier: Carrier,
        array: Message<'a>,
        writer: &mut Writer,
        depth: usize,
    ) -> Result<(), Malformed> {
        let mut elements = array.fields("ArrayValue");
        let mut position = 0;
        while let Some(element) = elements.next_message(1)? {
            self.path.push(position);
            self.value(carrier, element, writer, depth)?;
            self.path.pop();
            position += 1;
        }
        Ok(())
    }

    fn map(
        &mut self,
        carrier: Carrier,
        map: Message<'a>,
        writer: &mut Writer,
        depth: usize,
    ) -> Result<(), Malformed> {
        let mut entries = map.fields("KeyValueList");
        let mut position = 0;
        while let Some(entry) = entries.next_message(1)? {
            self.attribute(carrier, entry, position, writer, depth)?;
            position += 1;
        }
        Ok(())
    }
}

impl Plain<'_> {
    fn is(&self, new: &str) -> bool {
        matches!(self, Plain::Text(text) if *text == new.as_bytes())
    }
}

/// Key and value of a `KeyValue`, where it has them.
fn parts<'a>(key_value: Message<'a>) -> Result<(Option<&'a [u8]>, Option<Message<'a>>), Malformed> {
    let (mut key, mut value) = (None, None);
    let mut fields = key_value.fields("KeyValue");
    while let Some(field) = fields.next()? {
        match field.number {
            1 => key = Some(fields.message(&field)?.bytes()),
            2 => value = Some(fields.message(&field)?),
            _ => {}
        }
    }
    Ok((key, value))
}
