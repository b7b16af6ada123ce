//! The same edits to prost's structs.

use opentelemetry_proto::tonic::common::v1::any_value::Value as ProstValue;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::{Span, TracesData};
use spans::{Carrier, NewValue, Place, Scalar, TextEditor, Treatment, Unsearchable};

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

/// All spans, in order.
pub fn each_span(traces: &mut TracesData) -> impl Iterator<Item = &mut Span> {
    let scopes = traces.resource_spans.iter_mut().flat_map(|it| &mut it.scope_spans);
    scopes.flat_map(|it| &mut it.spans)
}

pub fn spans(traces: &TracesData) -> usize {
    let scopes = traces.resource_spans.iter().flat_map(|it| &it.scope_spans);
    scopes.map(|it| it.spans.len()).sum()
}

/// Gives every attribute under this key the value, or adds one.
pub fn set_attribute(span: &mut Span, key: &str, new: &NewValue<'_>) {
    let value = Some(AnyValue {
        value: Some(match *new {
            NewValue::Text(text) => ProstValue::StringValue(text.to_owned()),
            NewValue::Bool(value) => ProstValue::BoolValue(value),
            NewValue::Int(value) => ProstValue::IntValue(value),
            NewValue::Double(value) => ProstValue::DoubleValue(value),
        }),
    });
    if span.attributes.iter().all(|known| known.key != key) {
        span.attributes.push(KeyValue { key: key.to_owned(), ..KeyValue::default() });
    }
    let known = span.attributes.iter_mut().filter(|known| known.key == key);
    known.for_each(|known| known.value = value.clone());
}

/// Decides about texts in prost's structs, too.
pub trait ModelEditor: TextEditor {
    /// As [`TextEditor::too_deep`].
    fn deep(&mut self, place: Place<'_>, keys: &[&[u8]], value: &AnyValue) -> Option<String> {
        let _ = (keys, value);
        self.unsearchable(place, Unsearchable::TooDeep)
    }
}

/// Whether `wanted` says so of any entry in a value, which has these keys above it.
pub fn any_entry(
    keys: &[&[u8]],
    value: &AnyValue,
    wanted: &mut impl FnMut(&[&[u8]]) -> bool,
) -> bool {
    match &value.value {
        Some(ProstValue::ArrayValue(array)) => {
            array.values.iter().any(|value| any_entry(keys, value, wanted))
        }
        Some(ProstValue::KvlistValue(map)) => map.values.iter().any(|entry| {
            let keys = [keys, &[entry.key.as_bytes()]].concat();
            wanted(&keys) || entry.value.iter().any(|value| any_entry(&keys, value, wanted))
        }),
        _ => false,
    }
}

/// Edits every text. A plain text that is empty is not on the wire, so it is not visited.
pub fn edit_texts(traces: &mut TracesData, editor: &mut impl ModelEditor) {
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

fn edit_span(span: &mut Span, editor: &mut impl ModelEditor) {
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

fn edit_attributes(carrier: Carrier, attributes: &mut [KeyValue], editor: &mut impl ModelEditor) {
    for attribute in attributes {
        edit_entry(carrier, attribute, &[], 0, editor);
    }
}

fn edit_entry(
    carrier: Carrier,
    entry: &mut KeyValue,
    above: &[&[u8]],
    depth: usize,
    editor: &mut impl ModelEditor,
) {
    let key = entry.key.clone();
    let keys = [above, &[key.as_bytes()]].concat();
    match (editor.entry(carrier, &keys), &mut entry.value) {
        (Treatment::Search, Some(value)) => edit_value(carrier, value, &keys, depth, editor),
        // A view does not tell an empty value from none, nor from one that only profiles have.
        (_, Some(AnyValue { value: None | Some(ProstValue::StringValueStrindex(_)) })) => {}
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
    editor: &mut impl ModelEditor,
) {
    let place = Place::Value(carrier, keys);
    let is_list =
        matches!(value.value, Some(ProstValue::ArrayValue(_) | ProstValue::KvlistValue(_)));
    if is_list && depth == 32 {
        if let Some(new) = editor.deep(place, keys, value) {
            value.value = Some(ProstValue::StringValue(new));
        }
        return;
    }
    let new = match &mut value.value {
        Some(ProstValue::StringValue(text)) => {
            present_text(place, text, editor);
            None
        }
        Some(ProstValue::BoolValue(value)) => editor.scalar(place, Scalar::Bool(*value)),
        Some(ProstValue::IntValue(value)) => editor.scalar(place, Scalar::Int(*value)),
        Some(ProstValue::DoubleValue(value)) => editor.scalar(place, Scalar::Double(*value)),
        Some(ProstValue::BytesValue(_)) => editor.unsearchable(place, Unsearchable::Bytes),
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

fn text(place: Place<'_>, text: &mut String, editor: &mut impl ModelEditor) {
    if !text.is_empty() {
        present_text(place, text, editor);
    }
}

fn present_text(place: Place<'_>, text: &mut String, editor: &mut impl ModelEditor) {
    if let Some(new) = editor.text(place, text.as_bytes()) {
        *text = new;
    }
}
