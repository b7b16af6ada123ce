//! What most spans and attributes are, known at a glance by the way encoders write it.

use super::Scalar;
use crate::script::Script;
use crate::span::tag;
use crate::wire::{Message, Reader, write_length_field};

/// The value of an attribute that most have.
pub(crate) enum Plain<'a> {
    Text(&'a [u8]),
    Scalar(Scalar),
}

/// The scalar in an `AnyValue` that holds one and nothing else, as encoders write it. `None` says
/// nothing about any other.
#[inline]
pub(crate) fn only_scalar(value: &[u8]) -> Option<Scalar> {
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
pub(crate) fn skip_plain(fields: &mut Reader<'_>, next: u8) -> bool {
    match next {
        tag::TRACE_ID | tag::SPAN_ID | tag::PARENT_SPAN_ID => {
            let id = fields.short_message_with(next);
            if let Some(id) = &id {
                fields.step_over(id);
            }
            id.is_some()
        }
        tag::KIND => fields.short_varint_with(next).is_some(),
        tag::START | tag::END => fields.fixed64_with(next).is_some(),
        tag::FLAGS => fields.fixed32_with([tag::FLAGS, 1]).is_some(),
        _ => false,
    }
}

/// Replaces what is new of a key and a value, which stand in `key_value` and nothing else.
pub(super) fn replace_plain(
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
