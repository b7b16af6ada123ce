//! Puts a field in the place of another.

use super::script::Script;
use crate::Malformed;
use crate::wire::Message;

/// Replaces the value of a `KeyValue`, which `script` has open, by the field that `write` puts out.
pub(super) fn replace_value(
    key_value: Message<'_>,
    script: &mut Script,
    write: impl FnOnce(&mut Vec<u8>),
) -> Result<(), Malformed> {
    replace_field(key_value, "KeyValue", 2, script, write)
}

/// Puts what `write` gives in the place of the field `number`, which stands once after that; at
/// the end of the message where it did not stand at all.
pub(super) fn replace_field(
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
