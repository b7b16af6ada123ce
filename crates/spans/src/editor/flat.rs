//! What protobuf reads as one value, written as one.
//!
//! An `AnyValue` may stand twice in its `KeyValue`, and a list in parts in its `AnyValue`. Encoders
//! do not write so. Where an edit goes into such a value it is written anew first, so that what a
//! path leads to stands in one place.

use crate::Malformed;
use crate::wire::{Message, write_length_field};

/// Whether the value of a `KeyValue` stands in one piece.
pub(super) fn is_flat_entry(key_value: Message<'_>) -> Result<bool, Malformed> {
    let mut values = 0;
    let mut fields = key_value.fields("KeyValue");
    while let Some(field) = fields.next()? {
        if field.number == 2 {
            values += 1;
            if values > 1 || !is_flat_value(fields.message(&field)?)? {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Whether an `AnyValue` has one kind of value, in one piece.
pub(super) fn is_flat_value(value: Message<'_>) -> Result<bool, Malformed> {
    let mut members = 0;
    let mut fields = value.fields("AnyValue");
    while let Some(field) = fields.next()? {
        members += usize::from(is_member(field.number));
    }
    Ok(members <= 1)
}

/// The content of a `KeyValue` with its value in one piece.
pub(super) fn flat_entry(key_value: Message<'_>) -> Result<Vec<u8>, Malformed> {
    let (mut out, mut values) = (Vec::new(), Vec::new());
    let mut fields = key_value.fields("KeyValue");
    while let Some(field) = fields.next()? {
        if field.number == 2 {
            values.push(fields.message(&field)?);
        } else {
            out.extend_from_slice(&key_value.batch[field.start..field.end]);
        }
    }
    if !values.is_empty() {
        write_length_field(&mut out, 2, &flat_value(&values)?);
    }
    Ok(out)
}

/// The content of these `AnyValue`s as of one: the last kind of value counts, and lists that follow
/// one another are one.
pub(super) fn flat_value(values: &[Message<'_>]) -> Result<Vec<u8>, Malformed> {
    let mut out = Vec::new();
    let (mut kind, mut member) = (0, Vec::new());
    for value in values {
        let mut fields = value.fields("AnyValue");
        while let Some(field) = fields.next()? {
            let raw = &value.batch[field.start..field.end];
            if !is_member(field.number) {
                out.extend_from_slice(raw);
                continue;
            }
            let is_list = matches!(field.number, 5 | 6);
            if !is_list || kind != field.number {
                member.clear();
            }
            kind = field.number;
            let content = if is_list { fields.message(&field)?.bytes() } else { raw };
            member.extend_from_slice(content);
        }
    }
    match kind {
        5 | 6 => write_length_field(&mut out, kind, &member),
        _ => out.extend_from_slice(&member),
    }
    Ok(out)
}

fn is_member(number: u32) -> bool {
    (1..=8).contains(&number)
}
