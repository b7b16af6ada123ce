//! Batches, and the parts that they are made of.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, TracesData};
use prost::Message;

pub fn text(text: &str) -> AnyValue {
    any(Value::StringValue(text.into()))
}

pub fn int(value: i64) -> AnyValue {
    any(Value::IntValue(value))
}

pub fn double(value: f64) -> AnyValue {
    any(Value::DoubleValue(value))
}

pub fn truth(value: bool) -> AnyValue {
    any(Value::BoolValue(value))
}

pub fn bytes(value: &[u8]) -> AnyValue {
    any(Value::BytesValue(value.into()))
}

pub fn array(values: impl IntoIterator<Item = AnyValue>) -> AnyValue {
    any(Value::ArrayValue(ArrayValue { values: values.into_iter().collect() }))
}

pub fn map(entries: impl IntoIterator<Item = KeyValue>) -> AnyValue {
    any(Value::KvlistValue(KeyValueList { values: entries.into_iter().collect() }))
}

pub fn nothing() -> AnyValue {
    AnyValue { value: None }
}

fn any(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

/// A value inside so many arrays.
pub fn in_arrays(arrays: usize, value: AnyValue) -> AnyValue {
    (0..arrays).fold(value, |inner, _| array([inner]))
}

/// A value inside so many maps, under the key `m` in each.
pub fn in_maps(maps: usize, value: AnyValue) -> AnyValue {
    (0..maps).fold(value, |inner, _| map([entry("m", inner)]))
}

pub fn entry(key: &str, value: AnyValue) -> KeyValue {
    KeyValue { key: key.into(), value: Some(value), key_strindex: 0 }
}

pub fn without_value(key: &str) -> KeyValue {
    KeyValue { key: key.into(), value: None, key_strindex: 0 }
}

pub fn event(name: &str, attributes: Vec<KeyValue>) -> Event {
    Event {
        time_unix_nano: 1_700_000_000_500_000_000,
        name: name.into(),
        attributes,
        dropped_attributes_count: 3,
    }
}

pub fn link(trace_state: &str, attributes: Vec<KeyValue>) -> Link {
    Link {
        trace_id: (0x41..0x51).collect(),
        span_id: (0x61..0x69).collect(),
        trace_state: trace_state.into(),
        attributes,
        dropped_attributes_count: 4,
        flags: 0x301,
    }
}

/// A span with a name and attributes alone.
pub fn span(name: &str, attributes: Vec<KeyValue>) -> Span {
    Span { name: name.into(), attributes, ..Span::default() }
}

/// A span that has every field.
pub fn full_span() -> Span {
    Span {
        trace_id: (1..17).collect(),
        span_id: (0x21..0x29).collect(),
        trace_state: "ot=th:8".into(),
        parent_span_id: (0x31..0x39).collect(),
        flags: 0x101,
        name: "POST /orders".into(),
        kind: 2,
        start_time_unix_nano: 1_700_000_000_000_000_001,
        end_time_unix_nano: 1_700_000_001_000_000_002,
        attributes: vec![
            entry("order_id", text("A-1043")),
            entry("order.total", double(12.5)),
            entry("order.lines", int(3)),
            entry("order.paid", truth(true)),
            entry("order.sign", bytes(b"\x00\x01")),
            entry("customer", map([entry("name", text("Анна")), entry("age", int(40))])),
            entry("tags", array([text("a"), int(1), text("b")])),
        ],
        dropped_attributes_count: 1,
        events: vec![
            event("exception", vec![entry("exception.type", text("ValueError"))]),
            event("", vec![entry("retry", int(2))]),
        ],
        dropped_events_count: 2,
        links: vec![link("ot=th:c", vec![entry("messaging.message.id", text("m-1"))])],
        dropped_links_count: 5,
        status: Some(Status { message: "no such order".into(), code: 2 }),
    }
}

/// A batch that has every field.
pub fn full() -> TracesData {
    TracesData {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource {
                attributes: vec![entry("service.name", text("shop-api")), entry("pid", int(7))],
                dropped_attributes_count: 6,
                entity_refs: vec![EntityRef {
                    schema_url: "https://example.org/entity".into(),
                    r#type: "service".into(),
                    id_keys: vec!["service.name".into(), String::new()],
                    description_keys: vec!["pid".into()],
                }],
            }),
            scope_spans: vec![ScopeSpans {
                scope: Some(InstrumentationScope {
                    name: "asgi".into(),
                    version: "1.2".into(),
                    attributes: vec![entry("scope.kind", text("server"))],
                    dropped_attributes_count: 7,
                }),
                spans: vec![full_span(), span("", Vec::new())],
                schema_url: "https://example.org/scope".into(),
            }],
            schema_url: "https://example.org/resource".into(),
        }],
    }
}

/// Spans of one scope and one resource, of which nothing is said.
pub fn of_spans(spans: Vec<Span>) -> Vec<u8> {
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
    TracesData { resource_spans }.encode_to_vec()
}

/// One span with these attributes.
pub fn of_attributes(attributes: Vec<KeyValue>) -> Vec<u8> {
    of_spans(vec![span("", attributes)])
}

/// One span with these events.
pub fn of_events(events: Vec<Event>) -> Vec<u8> {
    of_spans(vec![Span { events, ..Span::default() }])
}

/// One span with these links.
pub fn of_links(links: Vec<Link>) -> Vec<u8> {
    of_spans(vec![Span { links, ..Span::default() }])
}
