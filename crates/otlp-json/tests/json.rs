//! What is read, what is written, and what is said where text is neither.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is not as it was made")]

use opentelemetry_proto::tonic::common::v1 as common;
use opentelemetry_proto::tonic::resource::v1 as resource;
use opentelemetry_proto::tonic::trace::v1 as trace;
use otlp_json::{AnyValue, KeyValue, Span, TracesData, Value};
use proptest::prelude::*;
use prost::Message;

fn span_of(json: &str) -> Span {
    let json = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{json}]}}]}}]}}"#);
    let traces = otlp_json::decode(&otlp_json::to_protobuf(&json).unwrap()).unwrap();
    traces.resource_spans[0].scope_spans[0].spans[0].clone()
}

fn reason(json: &str) -> String {
    otlp_json::to_protobuf(json).unwrap_err().to_string()
}

/// Scenario: exporters write enums and 64-bit integers in two ways each.
/// Guarantees: both mean the same.
#[test]
fn reads_names_as_numbers_and_text_as_integers() {
    let names = r#"{"kind":"SPAN_KIND_CONSUMER","status":{"code":"STATUS_CODE_ERROR"},
        "startTimeUnixNano":"1772442000000000001","droppedEventsCount":"3",
        "attributes":[{"key":"n","value":{"intValue":"-9223372036854775808"}}]}"#;
    let numbers = r#"{"kind":5,"status":{"code":2},
        "startTimeUnixNano":1772442000000000001,"droppedEventsCount":3,
        "attributes":[{"key":"n","value":{"intValue":-9223372036854775808}}]}"#;
    assert_eq!(span_of(names), span_of(numbers));
    assert_eq!(span_of(names).start_time_unix_nano, 1_772_442_000_000_000_001);
    assert_eq!(span_of(names).kind, trace::span::SpanKind::Consumer as i32);
}

/// Scenario: a newer exporter sends fields that are not known here, and some
/// write `null` for what they leave out.
/// Guarantees: neither stops a batch, at any depth.
#[test]
fn ignores_unknown_fields_and_null() {
    let read = span_of(
        r#"{"traceId":null,"name":"a","new":{"deep":[1]},"attributes":[
            {"key":"k","value":{"stringValue":"v","later":7},"x":1},{"key":"e","value":{}},
            {"key":"z","value":null}],
            "events":null,"status":null}"#,
    );
    let written = span_of(
        r#"{"name":"a","attributes":[{"key":"k","value":{"stringValue":"v"}},{"key":"e","value":{}},{"key":"z"}]}"#,
    );
    assert_eq!(read, written);
}

#[test]
fn writes_the_numbers_that_json_has_no_number_for() {
    let json = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"a","value":{"doubleValue":"NaN"}},{"key":"b","value":{"doubleValue":"-Infinity"}},{"key":"c","value":{"doubleValue":1.5}},{"key":"d","value":{"bytesValue":"AP8="}}]}]}]}]}"#;
    let traces = otlp_json::to_protobuf(json).unwrap();
    assert_eq!(otlp_json::to_json(&traces).unwrap(), json);
}

/// Scenario: text of a wrong shape that holds something private.
/// Guarantees: the message gives line, column and what was expected, and
/// nothing of what stood there.
#[test]
fn errors_give_the_place_and_never_the_value() {
    let cases = [
        (
            "{\"resourceSpans\":\n  \"ivanov@example.com\"}",
            "line 2, column 22: expected a sequence",
        ),
        (
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"ivanov, expected"}]}]}]}"#,
            "line 1, column 69: expected a span kind, as number or name such as `SPAN_KIND_SERVER`",
        ),
        (
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"ivanov"}]}]}]}"#,
            "line 1, column 62: expected an id in hex digits",
        ),
        (
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"endTimeUnixNano":1.5}]}]}]}"#,
            "line 1, column 65: expected a whole number from 0 to 2^64 - 1, as text or number",
        ),
        (
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"a","value":{"intValue":"ivanov"}}]}]}]}]}"#,
            "line 1, column 97: expected a whole number from -2^63 to 2^63 - 1, as text or number",
        ),
        (
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"a","value":"ivanov"}]}]}]}]}"#,
            "line 1, column 85: expected an object with one of `stringValue`, `boolValue`, `intValue`, `doubleValue`, `arrayValue`, `kvlistValue`, `bytesValue`",
        ),
        (r#"{"resourceSpans":[{"scopeSpans":"#, "line 1, column 32: EOF while parsing a value"),
        ("ivanov", "line 1, column 1: expected value"),
        ("[1]", "line 1, column 2: expected a sequence"),
    ];
    for (json, expected) in cases {
        assert_eq!(reason(json), expected, "{json}");
        assert!(!reason(json).contains("ivanov"));
    }
}

#[test]
fn says_which_field_of_a_message_is_damaged() {
    let text = otlp_json::to_json(&[0x0a, 0x05, 0x12]).unwrap_err().to_string();
    assert_eq!(
        text,
        "decoding an OTLP message of 3 bytes: TracesData.resource_spans: buffer underflow"
    );
}

fn string_value(text: &str) -> Option<common::AnyValue> {
    Some(common::AnyValue { value: Some(common::any_value::Value::StringValue(text.into())) })
}

fn attribute(key: &str) -> common::KeyValue {
    common::KeyValue { key: key.into(), value: string_value("v"), ..Default::default() }
}

/// Guarantees: the field numbers here are those of `opentelemetry-proto`, for
/// every field: what it writes comes back byte for byte.
#[test]
fn has_the_field_numbers_of_opentelemetry_proto() {
    let link = trace::span::Link {
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        trace_state: "a=b".into(),
        attributes: vec![attribute("link")],
        dropped_attributes_count: 1,
        flags: 257,
    };
    let event = trace::span::Event {
        time_unix_nano: 5,
        name: "event".into(),
        attributes: vec![attribute("event")],
        dropped_attributes_count: 2,
    };
    let span = trace::Span {
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        trace_state: "a=b".into(),
        parent_span_id: vec![3; 8],
        flags: 1,
        name: "span".into(),
        kind: 2,
        start_time_unix_nano: 3,
        end_time_unix_nano: 4,
        attributes: vec![attribute("span")],
        dropped_attributes_count: 3,
        events: vec![event],
        dropped_events_count: 4,
        links: vec![link],
        dropped_links_count: 5,
        status: Some(trace::Status { message: "bad".into(), code: 2 }),
    };
    let scope = common::InstrumentationScope {
        name: "scope".into(),
        version: "1".into(),
        attributes: vec![attribute("scope")],
        dropped_attributes_count: 6,
    };
    let entity = common::EntityRef {
        schema_url: "entity".into(),
        r#type: "service".into(),
        id_keys: vec!["id".into()],
        description_keys: vec!["description".into()],
    };
    let resource = resource::Resource {
        attributes: vec![attribute("resource")],
        dropped_attributes_count: 7,
        entity_refs: vec![entity],
    };
    let theirs = trace::TracesData {
        resource_spans: vec![trace::ResourceSpans {
            resource: Some(resource),
            scope_spans: vec![trace::ScopeSpans {
                scope: Some(scope),
                spans: vec![span],
                schema_url: "scope url".into(),
            }],
            schema_url: "resource url".into(),
        }],
    };
    let bytes = theirs.encode_to_vec();
    let json = otlp_json::to_json(&bytes).unwrap();
    let back = otlp_json::to_protobuf(&json).unwrap();
    assert_eq!(trace::TracesData::decode(back.as_slice()).unwrap(), theirs);
}

fn any_value() -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        any::<String>().prop_map(Value::StringValue),
        any::<bool>().prop_map(Value::BoolValue),
        any::<i64>().prop_map(Value::IntValue),
        prop::num::f64::NORMAL.prop_map(Value::DoubleValue),
        prop::collection::vec(any::<u8>(), 0..9).prop_map(Value::BytesValue),
    ];
    let value = leaf.prop_recursive(3, 16, 4, |inner| {
        let inner = inner.prop_map(|value| AnyValue { value: Some(value) });
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|values| Value::ArrayValue(otlp_json::ArrayValue { values })),
            prop::collection::vec((any::<String>(), inner), 0..4).prop_map(|pairs| {
                let values = pairs
                    .into_iter()
                    .map(|(key, value)| KeyValue { key, value: Some(value) })
                    .collect();
                Value::KvlistValue(otlp_json::KeyValueList { values })
            }),
        ]
    });
    prop::option::of(value).prop_map(|value| AnyValue { value })
}

proptest! {
    /// Guarantees: JSON carries every value, number and text without loss.
    #[test]
    fn json_carries_every_value(
        values in prop::collection::vec((any::<String>(), any_value()), 0..5),
        start_time_unix_nano: u64,
        flags: u32,
        name: String,
        trace_id: [u8; 16],
    ) {
        let attributes = values
            .into_iter()
            .map(|(key, value)| KeyValue { key, value: Some(value) })
            .collect();
        let span = Span {
            trace_id: trace_id.to_vec(), name, flags, start_time_unix_nano, attributes,
            ..Default::default()
        };
        let scope = otlp_json::ScopeSpans { spans: vec![span], ..Default::default() };
        let resource = otlp_json::ResourceSpans { scope_spans: vec![scope], ..Default::default() };
        let bytes = TracesData { resource_spans: vec![resource] }.encode_to_vec();
        let json = otlp_json::to_json(&bytes).unwrap();
        prop_assert_eq!(otlp_json::to_protobuf(&json).unwrap(), bytes);
    }
}
