//! The same walks and edits over prost's structs.

use opentelemetry_proto::tonic::common::v1::any_value::Value as ProstValue;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::trace::v1::{Span, TracesData};
use spans::{
    Attribute, Attributes, Carrier, Malformed, NewValue, Place, Scalar, TextEditor, Treatment,
    Unsearchable, Value,
};

use crate::expected::Set;

/// All that `spans` shows of a span and of where it comes from.
#[derive(Debug, Default)]
pub struct Seen {
    pub resource_index: usize,
    pub resource: Vec<KeyValue>,
    pub scope: Vec<KeyValue>,
    pub scope_name: String,
    pub span: Span,
}

/// What reading must show of prost's batch.
pub fn seen(traces: &TracesData) -> Vec<Seen> {
    let mut all = Vec::new();
    for (resource_index, resource_spans) in traces.resource_spans.iter().enumerate() {
        for scope_spans in &resource_spans.scope_spans {
            for span in &scope_spans.spans {
                let scope = scope_spans.scope.clone().unwrap_or_default();
                all.push(Seen {
                    resource_index,
                    resource: resource_spans.resource.clone().unwrap_or_default().attributes,
                    scope: scope.attributes,
                    scope_name: scope.name,
                    span: span.clone(),
                });
            }
        }
    }
    all
}

/// Attributes as `spans` shows them, in prost's types.
pub fn attributes(attributes: Attributes<'_>) -> Result<Vec<KeyValue>, Malformed> {
    attributes.map(|attribute| key_value(attribute?)).collect()
}

pub fn key_value(attribute: Attribute<'_>) -> Result<KeyValue, Malformed> {
    let Attribute { key, value, .. } = attribute;
    Ok(KeyValue { key: utf8(key), value: Some(any_value(value)?), ..KeyValue::default() })
}

pub fn any_value(value: Value<'_>) -> Result<AnyValue, Malformed> {
    let value = match value {
        Value::Empty => None,
        Value::Text(text) => Some(ProstValue::StringValue(utf8(text))),
        Value::Bool(value) => Some(ProstValue::BoolValue(value)),
        Value::Int(value) => Some(ProstValue::IntValue(value)),
        Value::Double(value) => Some(ProstValue::DoubleValue(value)),
        Value::Bytes(bytes) => Some(ProstValue::BytesValue(bytes.to_vec())),
        Value::Array(values) => Some(ProstValue::ArrayValue(ArrayValue {
            values: values.map(|value| any_value(value?)).collect::<Result<_, _>>()?,
        })),
        Value::Map(entries) => {
            Some(ProstValue::KvlistValue(KeyValueList { values: attributes(entries)? }))
        }
    };
    Ok(AnyValue { value })
}

pub fn utf8(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What `spans` does not show goes, and no value is as good as one that holds nothing.
pub fn normal(attributes: &mut [KeyValue]) {
    for attribute in attributes {
        attribute.key_strindex = 0;
        normal_value(attribute.value.get_or_insert_default());
    }
}

fn normal_value(value: &mut AnyValue) {
    match &mut value.value {
        Some(ProstValue::StringValueStrindex(_)) => value.value = None,
        Some(ProstValue::ArrayValue(array)) => array.values.iter_mut().for_each(normal_value),
        Some(ProstValue::KvlistValue(map)) => normal(&mut map.values),
        _ => {}
    }
}

/// Drops the spans that `keep` does not name, and what held nothing but such spans.
pub fn retain(traces: &mut TracesData, mut keep: impl FnMut() -> bool) {
    traces.resource_spans.retain_mut(|resource_spans| {
        let mut had_spans = false;
        let mut has_spans = false;
        resource_spans.scope_spans.retain_mut(|scope_spans| {
            let before = scope_spans.spans.len();
            scope_spans.spans.retain(|_| keep());
            had_spans |= before > 0;
            has_spans |= !scope_spans.spans.is_empty();
            before == 0 || !scope_spans.spans.is_empty()
        });
        !had_spans || has_spans
    });
}

/// Carries out `sets`, one after another. A new attribute that is set twice is put last anew.
pub fn set(span: &mut Span, sets: &[Set]) {
    let had: Vec<String> = span.attributes.iter().map(|known| known.key.clone()).collect();
    for set in sets {
        match set {
            Set::TraceState(text) => span.trace_state = (*text).to_owned(),
            Set::Attribute(key, new) => {
                let value = Some(AnyValue {
                    value: Some(match *new {
                        NewValue::Text(text) => ProstValue::StringValue(text.to_owned()),
                        NewValue::Bool(value) => ProstValue::BoolValue(value),
                        NewValue::Int(value) => ProstValue::IntValue(value),
                        NewValue::Double(value) => ProstValue::DoubleValue(value),
                    }),
                });
                let key = (*key).to_owned();
                if had.contains(&key) {
                    let known = span.attributes.iter_mut().filter(|known| known.key == key);
                    known.for_each(|known| known.value = value.clone());
                } else {
                    span.attributes.retain(|known| known.key != key);
                    span.attributes.push(KeyValue { key, value, ..KeyValue::default() });
                }
            }
        }
    }
}

/// Edits every text. A plain text that is empty is not on the wire, so it is not visited.
pub fn edit_texts(traces: &mut TracesData, editor: &mut impl TextEditor) {
    for resource_spans in &mut traces.resource_spans {
        text(Place::SchemaUrl, &mut resource_spans.schema_url, editor);
        if let Some(resource) = &mut resource_spans.resource {
            edit_attributes(Carrier::Resource, &mut resource.attributes, editor);
            for entity in &mut resource.entity_refs {
                text(Place::SchemaUrl, &mut entity.schema_url, editor);
                text(Place::Entity, &mut entity.r#type, editor);
                let keys = entity.id_keys.iter_mut().chain(&mut entity.description_keys);
                keys.for_each(|key| present_text(Place::Entity, key, editor));
            }
        }
        for scope_spans in &mut resource_spans.scope_spans {
            text(Place::SchemaUrl, &mut scope_spans.schema_url, editor);
            if let Some(scope) = &mut scope_spans.scope {
                text(Place::ScopeName, &mut scope.name, editor);
                text(Place::ScopeVersion, &mut scope.version, editor);
                edit_attributes(Carrier::Scope, &mut scope.attributes, editor);
            }
            scope_spans.spans.iter_mut().for_each(|span| edit_span(span, editor));
        }
    }
}

fn edit_span(span: &mut Span, editor: &mut impl TextEditor) {
    text(Place::SpanName, &mut span.name, editor);
    text(Place::TraceState, &mut span.trace_state, editor);
    edit_attributes(Carrier::Span, &mut span.attributes, editor);
    for event in &mut span.events {
        text(Place::EventName, &mut event.name, editor);
        edit_attributes(Carrier::Event, &mut event.attributes, editor);
    }
    for link in &mut span.links {
        text(Place::TraceState, &mut link.trace_state, editor);
        edit_attributes(Carrier::Link, &mut link.attributes, editor);
    }
    if let Some(status) = &mut span.status {
        text(Place::StatusMessage, &mut status.message, editor);
    }
}

fn edit_attributes(carrier: Carrier, attributes: &mut [KeyValue], editor: &mut impl TextEditor) {
    for attribute in attributes {
        edit_entry(carrier, attribute, &[], 0, editor);
    }
}

fn edit_entry(
    carrier: Carrier,
    entry: &mut KeyValue,
    above: &[&[u8]],
    depth: usize,
    editor: &mut impl TextEditor,
) {
    let key = entry.key.clone();
    let keys = [above, &[key.as_bytes()]].concat();
    match (editor.entry(carrier, &keys), &mut entry.value) {
        (Treatment::Search, Some(value)) => edit_value(carrier, value, &keys, depth, editor),
        (Treatment::Replace(new), Some(value)) => {
            value.value = Some(ProstValue::StringValue(new));
        }
        _ => {}
    }
    text(Place::Key(carrier, above), &mut entry.key, editor);
}

fn edit_value(
    carrier: Carrier,
    value: &mut AnyValue,
    keys: &[&[u8]],
    depth: usize,
    editor: &mut impl TextEditor,
) {
    let place = Place::Value(carrier, keys);
    let new = match &mut value.value {
        Some(ProstValue::StringValue(text)) => {
            present_text(place, text, editor);
            None
        }
        Some(ProstValue::BoolValue(value)) => editor.scalar(place, Scalar::Bool(*value)),
        Some(ProstValue::IntValue(value)) => editor.scalar(place, Scalar::Int(*value)),
        Some(ProstValue::DoubleValue(value)) => editor.scalar(place, Scalar::Double(*value)),
        Some(ProstValue::BytesValue(_)) => editor.unsearchable(place, Unsearchable::Bytes),
        Some(ProstValue::ArrayValue(_) | ProstValue::KvlistValue(_)) if depth == 32 => {
            editor.unsearchable(place, Unsearchable::TooDeep)
        }
        Some(ProstValue::ArrayValue(array)) => {
            for value in &mut array.values {
                edit_value(carrier, value, keys, depth + 1, editor);
            }
            None
        }
        Some(ProstValue::KvlistValue(map)) => {
            for entry in &mut map.values {
                edit_entry(carrier, entry, keys, depth + 1, editor);
            }
            None
        }
        _ => None,
    };
    if let Some(new) = new {
        value.value = Some(ProstValue::StringValue(new));
    }
}

fn text(place: Place<'_>, text: &mut String, editor: &mut impl TextEditor) {
    if !text.is_empty() {
        present_text(place, text, editor);
    }
}

fn present_text(place: Place<'_>, text: &mut String, editor: &mut impl TextEditor) {
    if let Some(new) = editor.text(place, text.as_bytes()) {
        *text = new;
    }
}
