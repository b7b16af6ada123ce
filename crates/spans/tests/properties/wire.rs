//! Protobuf's wire format once more, written plainly and without a line of `spans`, so that one
//! can be held against the other.

/// The messages of OTLP traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    TracesData,
    ResourceSpans,
    ScopeSpans,
    Resource,
    EntityRef,
    Scope,
    Span,
    Event,
    Link,
    Status,
    KeyValue,
    AnyValue,
    Array,
    Map,
}

/// What OTLP puts into a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Varint,
    Fixed32,
    Fixed64,
    Bytes,
    Text,
    Message(Kind),
    Unknown,
}

pub fn role(kind: Kind, number: u64) -> Role {
    use Kind::*;
    match (kind, number) {
        (TracesData, 1) => Role::Message(ResourceSpans),
        (ResourceSpans, 1) => Role::Message(Resource),
        (ResourceSpans, 2) => Role::Message(ScopeSpans),
        (ScopeSpans, 1) => Role::Message(Scope),
        (ScopeSpans, 2) => Role::Message(Span),
        (ResourceSpans | ScopeSpans, 3) => Role::Text,
        (Resource, 1) => Role::Message(KeyValue),
        (Resource, 2) => Role::Varint,
        (Resource, 3) => Role::Message(EntityRef),
        (EntityRef, 1..=4) => Role::Text,
        (Scope, 1 | 2) => Role::Text,
        (Scope, 3) => Role::Message(KeyValue),
        (Scope, 4) => Role::Varint,
        (Span, 1 | 2 | 4) => Role::Bytes,
        (Span, 3 | 5) => Role::Text,
        (Span, 6 | 10 | 12 | 14) => Role::Varint,
        (Span, 7 | 8) => Role::Fixed64,
        (Span, 9) => Role::Message(KeyValue),
        (Span, 11) => Role::Message(Event),
        (Span, 13) => Role::Message(Link),
        (Span, 15) => Role::Message(Status),
        (Span, 16) => Role::Fixed32,
        (Event, 1) => Role::Fixed64,
        (Event, 2) => Role::Text,
        (Event, 3) => Role::Message(KeyValue),
        (Event, 4) => Role::Varint,
        (Link, 1 | 2) => Role::Bytes,
        (Link, 3) => Role::Text,
        (Link, 4) => Role::Message(KeyValue),
        (Link, 5) => Role::Varint,
        (Link, 6) => Role::Fixed32,
        (Status, 2) => Role::Text,
        (Status, 3) => Role::Varint,
        (KeyValue, 1) => Role::Text,
        (KeyValue, 2) => Role::Message(AnyValue),
        (KeyValue, 3) => Role::Varint,
        (AnyValue, 1) => Role::Text,
        (AnyValue, 2 | 3 | 8) => Role::Varint,
        (AnyValue, 4) => Role::Fixed64,
        (AnyValue, 5) => Role::Message(Array),
        (AnyValue, 6) => Role::Message(Map),
        (AnyValue, 7) => Role::Bytes,
        (Array, 1) => Role::Message(AnyValue),
        (Map, 1) => Role::Message(KeyValue),
        _ => Role::Unknown,
    }
}

/// One field of a message.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    pub number: u64,
    pub wire_type: u8,
    /// Tag, length and content.
    pub raw: &'a [u8],
    pub tag: &'a [u8],
    /// Content without a length.
    pub content: &'a [u8],
}

/// The fields of a message that is known to be whole.
pub fn split(message: &[u8]) -> Vec<Field<'_>> {
    let mut fields = Vec::new();
    let mut rest = message;
    while !rest.is_empty() {
        let field = first(rest);
        rest = &rest[field.raw.len()..];
        fields.push(field);
    }
    fields
}

fn first(bytes: &[u8]) -> Field<'_> {
    let (key, tag) = varint(bytes);
    let (number, wire_type) = (key >> 3, (key & 7) as u8);
    let (content, end) = match wire_type {
        0 => {
            let (_, length) = varint(&bytes[tag..]);
            (tag, tag + length)
        }
        1 => (tag, tag + 8),
        2 => {
            let (length, header) = varint(&bytes[tag..]);
            (tag + header, tag + header + length as usize)
        }
        3 => {
            let mut at = tag;
            loop {
                let (key, length) = varint(&bytes[at..]);
                if key & 7 == 4 {
                    break (tag, at + length);
                }
                at += first(&bytes[at..]).raw.len();
            }
        }
        5 => (tag, tag + 4),
        _ => unreachable!("wire type {wire_type} in bytes that are known to be whole"),
    };
    Field {
        number,
        wire_type,
        raw: &bytes[..end],
        tag: &bytes[..tag],
        content: &bytes[content..end],
    }
}

/// A varint and how many bytes it takes.
pub fn varint(bytes: &[u8]) -> (u64, usize) {
    let mut value = 0;
    for (index, byte) in bytes.iter().enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return (value, index + 1);
        }
    }
    unreachable!("a varint without an end in bytes that are known to be whole")
}

/// Appends a varint, longer than it must be by `padding` bytes, as far as ten allow.
pub fn put_varint(out: &mut Vec<u8>, mut value: u64, padding: usize) {
    let start = out.len();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    let padding = padding.min(10 - (out.len() - start));
    if padding > 0 {
        *out.last_mut().expect("a byte was pushed") |= 0x80;
        out.extend(std::iter::repeat_n(0x80, padding - 1));
        out.push(0);
    }
}
