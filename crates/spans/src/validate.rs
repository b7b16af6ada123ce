//! [`validate`]: whether a batch decodes.

use crate::Malformed;
use crate::messages::{Kind, Role};
use crate::plain::{only_scalar, skip_plain};
use crate::span::tag;
use crate::value::MAX_DEPTH;
use crate::wire::{Field, Message, Payload, Reader};

/// The field of `ResourceSpans` that held spans until 2021, `instrumentation_library_spans`. The
/// Collector still reads it.
const LIBRARY_SPANS: u32 = 1000;

/// Decodes a batch to its last field and gives nothing. What stands under more than 32 lists and
/// maps is not decoded; whether texts are UTF-8 is not looked at.
///
/// # Errors
/// Where the batch cannot be decoded.
pub fn validate(traces: &[u8]) -> Result<(), Malformed> {
    look_through(traces).map(|_| ())
}

/// What is unusual in a batch that decodes.
#[derive(Default)]
pub(crate) struct Unusual {
    /// A field that stands once stands there several times.
    pub has_overridden: bool,
    /// Spans stand in a field that is no longer OTLP's.
    pub library_spans: Option<Malformed>,
}

/// As [`validate`], and says what is unusual.
pub(crate) fn look_through(traces: &[u8]) -> Result<Unusual, Malformed> {
    let mut unusual = Unusual::default();
    message(Kind::TracesData, Message::root(traces), 0, &mut unusual)?;
    Ok(unusual)
}

/// `depth` counts the lists and maps around a message, and the message.
fn message(
    kind: Kind,
    message: Message<'_>,
    depth: usize,
    unusual: &mut Unusual,
) -> Result<(), Malformed> {
    let mut seen = 0_u32;
    let mut fields = message.fields(kind.name());
    while let Some(next) = fields.peek() {
        if kind == Kind::Span
            && let Some(number) = skip_usual(&mut fields, next)
        {
            see(kind, number, &mut seen, unusual);
            continue;
        }
        let Some(field) = fields.next()? else { break };
        see(kind, field.number, &mut seen, unusual);
        match kind.role(field.number) {
            Role::Bytes => _ = fields.message(&field)?,
            Role::Varint => _ = fields.varint_of(&field)?,
            Role::Fixed32 => _ = fields.fixed32_of(&field)?,
            Role::Fixed64 => _ = fields.fixed64_of(&field)?,
            Role::Message(below) => {
                let depth = depth + usize::from(below.is_list());
                let inner = fields.message(&field)?;
                if depth <= MAX_DEPTH {
                    self::message(below, inner, depth, unusual)?;
                }
            }
            Role::Unknown => unknown(kind, &fields, &field, unusual),
        }
    }
    Ok(())
}

/// Notes a field that stood before. Those of an `AnyValue` are in each other's place.
#[inline]
fn see(kind: Kind, number: u32, seen: &mut u32, unusual: &mut Unusual) {
    if kind.has_once(number) {
        let bit = if kind == Kind::AnyValue { 1 } else { 1 << number };
        unusual.has_overridden |= *seen & bit != 0;
        *seen |= bit;
    }
}

fn unknown(kind: Kind, fields: &Reader<'_>, field: &Field<'_>, unusual: &mut Unusual) {
    let is_message = matches!(field.payload, Payload::Length(_));
    if kind == Kind::ResourceSpans && field.number == LIBRARY_SPANS && is_message {
        let reason = "spans of before 2021 (`instrumentation_library_spans`) are not read";
        unusual.library_spans.get_or_insert_with(|| fields.malformed(field.start, reason));
    }
}

/// Steps over what most fields of a span are, written as encoders write it. Gives the number of the
/// field.
#[inline]
fn skip_usual(fields: &mut Reader<'_>, next: u8) -> Option<u32> {
    if next != tag::ATTRIBUTE {
        let number = if next == tag::FLAGS { 16 } else { u32::from(next >> 3) };
        return skip_plain(fields, next).then_some(number);
    }
    let attribute = fields.short_message_with(next)?;
    let (_, value) = attribute.key_and_value()?;
    let is_usual = value.only_text().is_some() || only_scalar(value.bytes()).is_some();
    if is_usual {
        fields.step_over(&attribute);
    }
    is_usual.then_some(9)
}
