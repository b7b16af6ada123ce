//! What most spans and attributes are, known at a glance by the way encoders write it.

use crate::span::tag;
use crate::texts::Scalar;
use crate::wire::Reader;

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
