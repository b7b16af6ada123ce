//! What must come out, byte for byte: each message is taken apart and put together again, the
//! slow and plain way.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use prost::Message;
use spans::{
    Carrier, Counts, NewValue, Place, Scalar, TextEditor, Treatment, Unknown, Unsearchable,
};

use crate::wire::{
    Field, Kind, Role, put_field, put_varint, put_with_content, role, split, varint,
};

/// What becomes of a span.
pub enum Fate {
    Dropped,
    Same,
    Changed(Vec<u8>),
}

/// What is done to a batch. `None` always means: as it came.
pub trait Edits {
    fn resource(&mut self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
    fn scope(&mut self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
    /// A field that leads to no span; gives the field anew.
    fn other(&mut self, _: Kind, _: &Field<'_>) -> Option<Vec<u8>> {
        None
    }
    fn span(&mut self, span: &[u8]) -> Fate;
}

/// The batch after `edits`, or `None` where nothing was edited, and what was counted.
pub fn edited(batch: &[u8], edits: &mut impl Edits) -> (Option<Vec<u8>>, Counts) {
    level(Kind::TracesData, batch, edits)
}

fn level(kind: Kind, content: &[u8], edits: &mut impl Edits) -> (Option<Vec<u8>>, Counts) {
    let children = if kind == Kind::TracesData { 1 } else { 2 };
    let mut out = Vec::new();
    let mut counts = Counts::default();
    let (mut own_changed, mut changed) = (false, false);
    for field in split(content) {
        if field.number != children {
            let new = match role(kind, field.number) {
                Role::Message(Kind::Resource) => {
                    edits.resource(field.content).map(|new| with_content(&field, &new))
                }
                Role::Message(_) => {
                    edits.scope(field.content).map(|new| with_content(&field, &new))
                }
                _ => edits.other(kind, &field),
            };
            own_changed |= new.is_some();
            out.extend_from_slice(new.as_deref().unwrap_or(field.raw));
            continue;
        }
        let (new, below) = match kind {
            Kind::TracesData => level(Kind::ResourceSpans, field.content, edits),
            Kind::ResourceSpans => level(Kind::ScopeSpans, field.content, edits),
            _ => match edits.span(field.content) {
                Fate::Dropped => (None, Counts { spans_in: 1, ..Counts::default() }),
                Fate::Same => (None, Counts { spans_in: 1, spans_out: 1, spans_changed: 0 }),
                Fate::Changed(new) => {
                    (Some(new), Counts { spans_in: 1, spans_out: 1, spans_changed: 1 })
                }
            },
        };
        if below.spans_in > 0 && below.spans_out == 0 {
            changed = true;
        } else if let Some(new) = new {
            changed = true;
            put_with_content(&mut out, &field, &new);
        } else {
            out.extend_from_slice(field.raw);
        }
        counts.spans_in += below.spans_in;
        counts.spans_out += below.spans_out;
        counts.spans_changed += below.spans_changed;
    }
    if own_changed {
        counts.spans_changed = counts.spans_out;
    }
    ((changed || own_changed).then_some(out), counts)
}

fn with_content(field: &Field<'_>, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put_with_content(&mut out, field, content);
    out
}

/// What a visit does to one span.
#[derive(Clone, Debug)]
pub enum Set {
    Attribute(&'static str, NewValue<'static>),
    TraceState(&'static str),
}

impl Set {
    /// The attribute's key, or nothing for the trace state.
    fn key(&self) -> Option<&str> {
        match self {
            Set::Attribute(key, _) => Some(key),
            Set::TraceState(_) => None,
        }
    }
}

/// The span with what `sets` leaves, or `None` where it had that already.
pub fn with_sets(span: &[u8], sets: &[Set]) -> Option<Vec<u8>> {
    // Only the last word on each key counts, and new fields come in the order of those.
    let mut wanted: Vec<&Set> = Vec::new();
    for set in sets {
        wanted.retain(|earlier| earlier.key() != set.key());
        wanted.push(set);
    }
    let mut changed = false;
    let mut met = vec![false; wanted.len()];
    let mut out = Vec::new();
    let fields = split(span);
    let old_state = fields.iter().rfind(|field| field.number == 3).map_or(&b""[..], |f| f.content);
    for field in &fields {
        let key = match field.number {
            3 => None,
            9 => Some(KeyValue::decode(field.content).expect("prost took all of it").key),
            _ => {
                out.extend_from_slice(field.raw);
                continue;
            }
        };
        let index = wanted.iter().position(|set| set.key() == key.as_deref());
        match index.map(|index| (index, wanted[index])) {
            Some((index, Set::TraceState(new))) if new.as_bytes() != old_state => {
                changed = true;
                if !std::mem::replace(&mut met[index], true) && !new.is_empty() {
                    put_field(&mut out, 3, new.as_bytes());
                }
            }
            Some((index, Set::Attribute(_, new))) => {
                met[index] = true;
                if is(new, &KeyValue::decode(field.content).expect("prost took all of it")) {
                    out.extend_from_slice(field.raw);
                } else {
                    changed = true;
                    let key_value = with_value(field.content, &any_value(new));
                    put_with_content(&mut out, field, &key_value);
                }
            }
            _ => out.extend_from_slice(field.raw),
        }
    }
    for (set, _) in wanted.into_iter().zip(met).filter(|(_, met)| !met) {
        match set {
            Set::TraceState(new) if new.as_bytes() != old_state => {
                changed = true;
                put_field(&mut out, 3, new.as_bytes());
            }
            Set::TraceState(_) => {}
            Set::Attribute(key, new) => {
                changed = true;
                let mut key_value = Vec::new();
                put_field(&mut key_value, 1, key.as_bytes());
                put_field(&mut key_value, 2, &any_value(new));
                put_field(&mut out, 9, &key_value);
            }
        }
    }
    changed.then_some(out)
}

fn is(new: &NewValue<'_>, old: &KeyValue) -> bool {
    match (new, old.value.as_ref().and_then(|value| value.value.as_ref())) {
        (NewValue::Text(new), Some(Value::StringValue(old))) => new == old,
        (NewValue::Bool(new), Some(Value::BoolValue(old))) => new == old,
        (NewValue::Int(new), Some(Value::IntValue(old))) => new == old,
        (NewValue::Double(new), Some(Value::DoubleValue(old))) => new.to_bits() == old.to_bits(),
        _ => false,
    }
}

fn any_value(value: &NewValue<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    match value {
        NewValue::Text(text) => put_field(&mut out, 1, text.as_bytes()),
        NewValue::Bool(value) => out.extend([0x10, u8::from(*value)]),
        NewValue::Int(value) => {
            out.push(0x18);
            put_varint(&mut out, *value as u64, 0);
        }
        NewValue::Double(value) => {
            out.push(0x21);
            out.extend(value.to_le_bytes());
        }
    }
    out
}

/// A `KeyValue` whose value is `any_value`, in the place of the first value it had.
fn with_value(key_value: &[u8], any_value: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut written = false;
    for field in split(key_value) {
        if field.number != 2 {
            out.extend_from_slice(field.raw);
        } else if !std::mem::replace(&mut written, true) {
            put_field(&mut out, 2, any_value);
        }
    }
    if !written {
        put_field(&mut out, 2, any_value);
    }
    out
}

/// Visits every text as the doc of `edit_texts` says.
pub struct Texts<'e, E> {
    pub editor: &'e mut E,
    pub unknown: Unknown,
}

impl<E: TextEditor> Edits for Texts<'_, E> {
    fn resource(&mut self, resource: &[u8]) -> Option<Vec<u8>> {
        self.message(Kind::Resource, resource, Carrier::Resource, &mut Vec::new(), 0)
    }

    fn scope(&mut self, scope: &[u8]) -> Option<Vec<u8>> {
        self.message(Kind::Scope, scope, Carrier::Scope, &mut Vec::new(), 0)
    }

    fn other(&mut self, kind: Kind, field: &Field<'_>) -> Option<Vec<u8>> {
        match role(kind, field.number) {
            Role::Text => self.text(Place::SchemaUrl, field),
            _ => (self.unknown == Unknown::Drop).then(Vec::new),
        }
    }

    fn span(&mut self, span: &[u8]) -> Fate {
        match self.message(Kind::Span, span, Carrier::Span, &mut Vec::new(), 0) {
            Some(new) => Fate::Changed(new),
            None => Fate::Same,
        }
    }
}

impl<E: TextEditor> Texts<'_, E> {
    /// `keys` are those from the attribute down to here; `depth` counts lists and maps.
    fn message<'a>(
        &mut self,
        kind: Kind,
        content: &'a [u8],
        carrier: Carrier,
        keys: &mut Vec<&'a [u8]>,
        depth: usize,
    ) -> Option<Vec<u8>> {
        let mut changed = false;
        let mut out = Vec::new();
        for field in split(content) {
            let new = match role(kind, field.number) {
                Role::Text => self.text(place(kind, field.number, carrier, keys), &field),
                Role::Varint | Role::Fixed64 if kind == Kind::AnyValue && field.number < 8 => {
                    let place = Place::Value(carrier, keys);
                    self.editor.scalar(place, scalar(&field)).map(|new| text(1, &new))
                }
                Role::Bytes if kind == Kind::AnyValue => {
                    let place = Place::Value(carrier, keys);
                    self.editor.unsearchable(place, Unsearchable::Bytes).map(|new| text(1, &new))
                }
                Role::Message(Kind::Array | Kind::Map) if depth == 32 => {
                    let place = Place::Value(carrier, keys);
                    self.editor.unsearchable(place, Unsearchable::TooDeep).map(|new| text(1, &new))
                }
                Role::Message(Kind::KeyValue) => self
                    .key_value(field.content, carrier, keys, depth)
                    .map(|new| with_content(&field, &new)),
                Role::Message(below) => {
                    let carrier = match below {
                        Kind::Event => Carrier::Event,
                        Kind::Link => Carrier::Link,
                        _ => carrier,
                    };
                    let depth = depth + usize::from(matches!(below, Kind::Array | Kind::Map));
                    self.message(below, field.content, carrier, keys, depth)
                        .map(|new| with_content(&field, &new))
                }
                Role::Unknown => (self.unknown == Unknown::Drop).then(Vec::new),
                _ => None,
            };
            changed |= new.is_some();
            out.extend_from_slice(new.as_deref().unwrap_or(field.raw));
        }
        changed.then_some(out)
    }

    fn key_value<'a>(
        &mut self,
        content: &'a [u8],
        carrier: Carrier,
        keys: &mut Vec<&'a [u8]>,
        depth: usize,
    ) -> Option<Vec<u8>> {
        let fields = split(content);
        let key = fields.iter().rfind(|field| field.number == 1).map_or(&b""[..], |f| f.content);
        keys.push(key);
        let treatment = self.editor.entry(carrier, keys);
        let mut changed = false;
        let mut out = Vec::new();
        for field in fields {
            let new = match field.number {
                1 => self.text(Place::Key(carrier, &keys[..keys.len() - 1]), &field),
                2 if treatment == Treatment::Search => self
                    .message(Kind::AnyValue, field.content, carrier, keys, depth)
                    .map(|new| with_content(&field, &new)),
                2 | 3 => None,
                _ => (self.unknown == Unknown::Drop).then(Vec::new),
            };
            changed |= new.is_some();
            out.extend_from_slice(new.as_deref().unwrap_or(field.raw));
        }
        keys.pop();
        if let Treatment::Replace(new) = treatment
            && split(&out).iter().any(|field| field.number == 2)
        {
            return Some(with_value(&out, &text(1, &new)));
        }
        changed.then_some(out)
    }

    fn text(&mut self, place: Place<'_>, field: &Field<'_>) -> Option<Vec<u8>> {
        self.editor.text(place, field.content).map(|new| text(field.number, &new))
    }
}

fn scalar(field: &Field<'_>) -> Scalar {
    match field.number {
        2 => Scalar::Bool(varint(field.content).0 != 0),
        3 => Scalar::Int(varint(field.content).0 as i64),
        _ => Scalar::Double(f64::from_le_bytes(field.content.try_into().expect("8 bytes"))),
    }
}

fn text(number: u64, new: &str) -> Vec<u8> {
    let mut out = Vec::new();
    put_field(&mut out, number, new.as_bytes());
    out
}

fn place<'k>(kind: Kind, number: u64, carrier: Carrier, keys: &'k [&'k [u8]]) -> Place<'k> {
    match (kind, number) {
        (Kind::AnyValue, _) => Place::Value(carrier, keys),
        (Kind::EntityRef, 1) => Place::SchemaUrl,
        (Kind::EntityRef, _) => Place::Entity,
        (Kind::Scope, 1) => Place::ScopeName,
        (Kind::Scope, _) => Place::ScopeVersion,
        (Kind::Span, 5) => Place::SpanName,
        (Kind::Status, _) => Place::StatusMessage,
        (Kind::Event, _) => Place::EventName,
        _ => Place::TraceState,
    }
}
