//! [`settle`]: takes out of a batch what protobuf overrides.

use crate::Malformed;
use crate::messages::{Kind, Role};
use crate::validate::look_through;
use crate::value::MAX_DEPTH;
use crate::wire::{Field, Message, write_length_field};

/// Decodes a batch as [`validate`](crate::validate()) does, and gives it without what protobuf
/// overrides; `None` where nothing is overridden, as in whatever an encoder wrote.
///
/// Of a field that stands several times but may stand once, the last counts; messages become one,
/// and a value takes the place of a value of another type. What stood before is in no view, so
/// nobody could mask it. Fields that OTLP does not know stay. What stands under more than 32 lists
/// and maps stays as it is.
///
/// # Errors
/// Where the batch cannot be decoded, or holds spans in the field `instrumentation_library_spans`
/// of before 2021, which the Collector would read and this crate does not.
pub fn settle(traces: &[u8]) -> Result<Option<Vec<u8>>, Malformed> {
    let unusual = look_through(traces)?;
    if let Some(refused) = unusual.library_spans {
        return Err(refused);
    }
    if !unusual.has_overridden {
        return Ok(None);
    }
    let mut out = Vec::with_capacity(traces.len());
    write(Kind::TracesData, &[Message::root(traces)], 0, &mut out)?;
    Ok(Some(out))
}

/// Writes the content of messages that are one. `depth` counts the lists and maps around them, and
/// them.
fn write(
    kind: Kind,
    messages: &[Message<'_>],
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<(), Malformed> {
    let mut all = Vec::new();
    for message in messages {
        let mut fields = message.fields(kind.name());
        while let Some(field) = fields.next()? {
            all.push((fields.clone(), field));
        }
    }
    if kind == Kind::AnyValue {
        keep_last_value(&mut all, |(_, field)| field.number);
    }
    for (index, (fields, field)) in all.iter().enumerate() {
        let later = &all[index + 1..];
        let has_once = kind.has_once(field.number);
        let same = |(_, other): &(_, Field<'_>)| other.number == field.number;
        if has_once && later.iter().any(same) {
            continue;
        }
        let Role::Message(below) = kind.role(field.number) else {
            out.extend_from_slice(&messages[0].batch[field.start..field.end]);
            continue;
        };
        let mut parts = Vec::new();
        for (fields, field) in all[..index].iter().filter(|it| has_once && same(it)) {
            parts.push(fields.message(field)?);
        }
        parts.push(fields.message(field)?);
        let mut content = Vec::new();
        let depth = depth + usize::from(below.is_list());
        if depth <= MAX_DEPTH {
            write(below, &parts, depth, &mut content)?;
        } else {
            parts.iter().for_each(|part| content.extend_from_slice(part.bytes()));
        }
        write_length_field(out, field.number, &content);
    }
    Ok(())
}

/// Keeps, of the fields of an `AnyValue`, the last that OTLP knows; of a list or map also those of
/// the same kind right before it, which are one with it.
fn keep_last_value<T>(all: &mut Vec<T>, number: impl Fn(&T) -> u32) {
    let is_value = |field: &T| Kind::AnyValue.role(number(field)) != Role::Unknown;
    let Some(last) = all.iter().rfind(|it| is_value(it)).map(&number) else { return };
    let before = all.iter().rposition(|it| is_value(it) && number(it) != last);
    let mut index = 0;
    all.retain(|field| {
        index += 1;
        !is_value(field) || before.is_none_or(|before| index - 1 > before)
    });
}
