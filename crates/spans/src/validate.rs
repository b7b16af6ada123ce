//! [`validate`]: whether a batch decodes.

use crate::Malformed;
use crate::messages::{Kind, Role};
use crate::plain::{only_scalar, skip_plain};
use crate::span::tag;
use crate::value::MAX_DEPTH;
use crate::wire::{Message, Reader};

/// Decodes a batch to its last field and gives nothing. What stands under more than 32 lists and
/// maps is not decoded; whether texts are UTF-8 is not looked at.
///
/// # Errors
/// Where the batch cannot be decoded.
pub fn validate(traces: &[u8]) -> Result<(), Malformed> {
    message(Kind::TracesData, Message::root(traces), 0)
}

/// `depth` counts the lists and maps around a message, and the message.
fn message(kind: Kind, message: Message<'_>, depth: usize) -> Result<(), Malformed> {
    let mut fields = message.fields(kind.name());
    while let Some(next) = fields.peek() {
        if kind == Kind::Span && skip_usual(&mut fields, next) {
            continue;
        }
        let Some(field) = fields.next()? else { break };
        match kind.role(field.number) {
            Role::Bytes => _ = fields.message(&field)?,
            Role::Varint => _ = fields.varint_of(&field)?,
            Role::Fixed32 => _ = fields.fixed32_of(&field)?,
            Role::Fixed64 => _ = fields.fixed64_of(&field)?,
            Role::Message(below) => {
                let depth = depth + usize::from(below.is_list());
                let inner = fields.message(&field)?;
                if depth <= MAX_DEPTH {
                    self::message(below, inner, depth)?;
                }
            }
            Role::Unknown => {}
        }
    }
    Ok(())
}

/// Steps over what most fields of a span are, written as encoders write it.
#[inline]
fn skip_usual(fields: &mut Reader<'_>, next: u8) -> bool {
    if next != tag::ATTRIBUTE {
        return skip_plain(fields, next);
    }
    let Some(attribute) = fields.short_message_with(next) else { return false };
    let is_usual = attribute.key_and_value().is_some_and(|(_, value)| {
        value.only_text().is_some() || only_scalar(value.bytes()).is_some()
    });
    if is_usual {
        fields.step_over(&attribute);
    }
    is_usual
}
