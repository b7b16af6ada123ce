//! [`NewValue`]: what is put under a key.

use crate::value::Value;
use crate::wire::{length_field_len, varint_len, write_length_field, write_varint};

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
