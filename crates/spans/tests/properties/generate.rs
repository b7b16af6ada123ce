//! Batches in all their shapes: every message and field of OTLP traces, absent ones and empty
//! ones among them.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, TracesData};

use crate::tape::Tape;

/// Keys that meet: the same ones stand on many spans, and twice on one.
pub const KEYS: [&str; 6] = ["order_id", "order_status", "db.statement", "оператор", "", "k"];

pub fn traces(tape: &mut Tape) -> TracesData {
    TracesData { resource_spans: some(tape, 4, resource_spans) }
}

fn resource_spans(tape: &mut Tape) -> ResourceSpans {
    ResourceSpans {
        scope_spans: some(tape, 4, scope_spans),
        resource: maybe(tape, |tape| Resource {
            attributes: attributes(tape),
            dropped_attributes_count: tape.number() as u32,
            entity_refs: some(tape, 3, |tape| EntityRef {
                schema_url: text(tape),
                r#type: text(tape),
                id_keys: some(tape, 3, text),
                description_keys: some(tape, 3, text),
            }),
        }),
        schema_url: text(tape),
    }
}

fn scope_spans(tape: &mut Tape) -> ScopeSpans {
    ScopeSpans {
        spans: some(tape, 5, span),
        scope: maybe(tape, |tape| InstrumentationScope {
            name: text(tape),
            version: text(tape),
            attributes: attributes(tape),
            dropped_attributes_count: tape.number() as u32,
        }),
        schema_url: text(tape),
    }
}

fn span(tape: &mut Tape) -> Span {
    Span {
        name: text(tape),
        attributes: attributes(tape),
        trace_id: id(tape, 16),
        span_id: id(tape, 8),
        parent_span_id: id(tape, 8),
        trace_state: text(tape),
        flags: tape.number() as u32,
        kind: tape.number() as i32,
        start_time_unix_nano: tape.number(),
        end_time_unix_nano: tape.number(),
        dropped_attributes_count: tape.number() as u32,
        events: some(tape, 3, |tape| Event {
            time_unix_nano: tape.number(),
            name: text(tape),
            attributes: attributes(tape),
            dropped_attributes_count: tape.number() as u32,
        }),
        dropped_events_count: tape.number() as u32,
        links: some(tape, 3, |tape| Link {
            trace_id: id(tape, 16),
            span_id: id(tape, 8),
            trace_state: text(tape),
            attributes: attributes(tape),
            dropped_attributes_count: tape.number() as u32,
            flags: tape.number() as u32,
        }),
        dropped_links_count: tape.number() as u32,
        status: maybe(tape, |tape| Status { message: text(tape), code: tape.number() as i32 }),
    }
}

fn attributes(tape: &mut Tape) -> Vec<KeyValue> {
    some(tape, 4, |tape| key_value(tape, 3))
}

fn key_value(tape: &mut Tape, depth: usize) -> KeyValue {
    let key = if tape.once_in(4) { text(tape) } else { (*tape.pick(&KEYS)).to_owned() };
    let value = maybe(tape, |tape| any_value(tape, depth));
    KeyValue { key, value, ..KeyValue::default() }
}

fn any_value(tape: &mut Tape, depth: usize) -> AnyValue {
    if tape.once_in(64) {
        return deep(tape);
    }
    let value = match tape.below(if depth == 0 { 6 } else { 9 }) {
        0 => None,
        1 => Some(Value::StringValue(text(tape))),
        2 => Some(Value::BoolValue(tape.once_in(2))),
        3 => Some(Value::IntValue(tape.number() as i64)),
        4 => Some(Value::DoubleValue(f64::from_bits(tape.number()))),
        5 => {
            let length = tape.below(20);
            Some(Value::BytesValue(tape.bytes(length)))
        }
        6 | 7 => Some(Value::KvlistValue(KeyValueList {
            values: some(tape, 4, |tape| key_value(tape, depth - 1)),
        })),
        _ => Some(Value::ArrayValue(ArrayValue {
            values: some(tape, 4, |tape| any_value(tape, depth - 1)),
        })),
    };
    AnyValue { value }
}

/// Lists in one another, around the depth that `spans` looks into; prost takes up to 47.
fn deep(tape: &mut Tape) -> AnyValue {
    let innermost = AnyValue { value: Some(Value::StringValue(text(tape))) };
    let depth = 30 + tape.below(6);
    (0..depth).fold(innermost, |inside, _| AnyValue {
        value: Some(Value::ArrayValue(ArrayValue { values: vec![inside] })),
    })
}

/// Empty, short, and about as long as a length varint of one and of two bytes can tell.
pub fn text(tape: &mut Tape) -> String {
    match tape.below(24) {
        0..6 => String::new(),
        6..12 => (*tape.pick(&["GET /orders", "+7 913 555-01-02", "Анна Воронцова", "0"])).into(),
        12 | 13 => "б".repeat(60 + tape.below(10)),
        14 | 15 => "a".repeat(120 + tape.below(15)),
        16 if tape.once_in(8) => "a".repeat(16_370 + tape.below(20)),
        _ => {
            let length = tape.below(12);
            tape.bytes(length).into_iter().map(|byte| char::from(byte % 0x7f)).collect()
        }
    }
}

fn id(tape: &mut Tape, length: usize) -> Vec<u8> {
    match tape.below(4) {
        0 => Vec::new(),
        1 => tape.bytes(3),
        _ => tape.bytes(length),
    }
}

fn some<T>(tape: &mut Tape, below: usize, mut make: impl FnMut(&mut Tape) -> T) -> Vec<T> {
    let count = tape.below(below);
    (0..count).map(|_| make(tape)).collect()
}

fn maybe<T>(tape: &mut Tape, make: impl FnOnce(&mut Tape) -> T) -> Option<T> {
    (tape.below(4) > 0).then(|| make(tape))
}
