//! What is read, what is written, and what is said where text is neither.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is not as it was made")]

mod full;

use opentelemetry_proto::tonic::trace::v1 as trace;
use otlp_json::{
    AnyValue, Event, InstrumentationScope, KeyValue, Link, Resource, ResourceSpans, ScopeSpans,
    Span, Status, TracesData, Value,
};
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
            "line 2, column 22: found a text; expected a list",
        ),
        (
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"ivanov, expected"}]}]}]}"#,
            "line 1, column 69: found another text; expected a span kind, as number or name such as `SPAN_KIND_SERVER`",
        ),
        (
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"ivanov"}]}]}]}"#,
            "line 1, column 62: found another text; expected an id in hex digits",
        ),
        (
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"endTimeUnixNano":1.5}]}]}]}"#,
            "line 1, column 65: found another number; expected a whole number from 0 to 2^64 - 1, as text or number",
        ),
        (
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"a","value":{"intValue":"ivanov"}}]}]}]}]}"#,
            "line 1, column 97: found another text; expected a whole number from -2^63 to 2^63 - 1, as text or number",
        ),
        (
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"a","value":"ivanov"}]}]}]}]}"#,
            "line 1, column 85: found a text; expected an object with one of `stringValue`, `boolValue`, `intValue`, `doubleValue`, `arrayValue`, `kvlistValue`, `bytesValue`",
        ),
        (
            r#"{"resourceSpans":[{"scopeSpans":"#,
            "line 1, column 32: found text that is not JSON: EOF while parsing a value",
        ),
        ("ivanov", "line 1, column 1: found text that is not JSON: expected value"),
        (
            "[1]",
            "line 1, column 1: found a list, as Zipkin writes one; expected an object with `resourceSpans`",
        ),
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

/// Guarantees: the field numbers here are those of `opentelemetry-proto`, for
/// every field: what it writes comes back byte for byte.
#[test]
fn has_the_field_numbers_of_opentelemetry_proto() {
    let theirs = full::traces();
    let json = otlp_json::to_json(&theirs.encode_to_vec()).unwrap();
    let back = otlp_json::to_protobuf(&json).unwrap();
    assert_eq!(trace::TracesData::decode(back.as_slice()).unwrap(), theirs);
}

/// Scenario: the kinds of JSONTestSuite, as a field that is not known, as a value and alone.
/// Guarantees: what is no JSON is refused everywhere; what is stops nothing where anything may
/// stand.
#[test]
fn takes_json_and_nothing_else() {
    let good = [
        "[]",
        "{}",
        "[ ]",
        "[null,1,\"1\",{}]",
        "123e65",
        "0e+1",
        "1E22",
        "-0",
        "-1",
        "1E-2",
        "\"\\u0060\\u012a\\u12AB\"",
        "\"\\ud801\\udc37\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\u{2028}\u{7f}\u{10ffff}\"",
        "\"\\u0000\"",
        "\"\\uFFFE\"",
        "\"\"",
        " true ",
        "null",
        "{\"a\":1,\"a\":2}",
        "{\"\":0}",
        "-0.000000000000000000000000001",
    ];
    let bad = [
        "",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1,,2]",
        "[\"\": 1]",
        "[1}",
        "{1:1}",
        "{'a':0}",
        "{a:0}",
        "{\"a\":0,}",
        "{\"a\" 0}",
        "{\"a\":}",
        "{\"a\":1 \"b\"}",
        "{\"a\"::1}",
        "{,}",
        "+1",
        "01",
        "-01",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x1",
        "1_000",
        "--1",
        "-",
        "- 1",
        "2.e3",
        "0.3e",
        "NaN",
        "-NaN",
        "Infinity",
        "-Infinity",
        "nul",
        "True",
        "truth",
        "'a'",
        "\"a",
        "\"\\x00\"",
        "\"\\a\"",
        "\"\\u00A\"",
        "\"\\",
        "\"\t\"",
        "\"a\nb\"",
        "// x\n1",
        "/* */1",
        "1#",
        "\u{a0}1",
        "\u{feff}1",
        "\\u0031",
        "<null>",
        "[",
        "{",
        "]",
        "*",
        "1]",
        "\"\\u{12}\"",
    ];
    for (texts, holds) in [(&good[..], true), (&bad[..], false)] {
        for text in texts {
            let unknown = format!(r#"{{"resourceSpans":[],"later":{text}}}"#);
            assert_eq!(otlp_json::to_protobuf(&unknown).is_ok(), holds, "{text}");
            let unknown = format!(
                r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"k","value":{{"later":{text}}}}}]}}}}]}}"#
            );
            assert_eq!(otlp_json::to_protobuf(&unknown).is_ok(), holds, "{text}");
            assert!(holds || otlp_json::to_protobuf(text).is_err(), "{text}");
            let known = format!(
                r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"value":{{"stringValue":{text}}}}}]}}}}]}}"#
            );
            let may_hold = holds && (text.starts_with('"') || *text == "null");
            assert_eq!(otlp_json::to_protobuf(&known).is_ok(), may_hold, "{text}");
        }
    }
    let lone = r#"{"resourceSpans":[{"schemaUrl":"\ud800"}]}"#;
    assert!(reason(lone).contains("found text that is not JSON"));
}

fn any_value() -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        any::<String>().prop_map(Value::StringValue),
        any::<bool>().prop_map(Value::BoolValue),
        any::<i64>().prop_map(Value::IntValue),
        prop_oneof![
            prop::num::f64::ANY.prop_filter("text has one NaN", |number| !number.is_nan()),
            Just(f64::NAN)
        ]
        .prop_map(Value::DoubleValue),
        prop::collection::vec(any::<u8>(), 0..9).prop_map(Value::BytesValue),
    ];
    let value = leaf.prop_recursive(3, 16, 4, |inner| {
        let inner = inner.prop_map(|value| AnyValue { value: Some(value) });
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|values| Value::ArrayValue(otlp_json::ArrayValue { values })),
            prop::collection::vec((any::<String>(), prop::option::of(inner)), 0..4).prop_map(
                |pairs| {
                    let values =
                        pairs.into_iter().map(|(key, value)| KeyValue { key, value }).collect();
                    Value::KvlistValue(otlp_json::KeyValueList { values })
                }
            ),
        ]
    });
    prop::option::of(value).prop_map(|value| AnyValue { value })
}

fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    let attribute = (any::<String>(), prop::option::of(any_value()));
    prop::collection::vec(attribute.prop_map(|(key, value)| KeyValue { key, value }), 0..3)
}

/// Ids of any length: what the wire had is not for this crate to judge.
fn id() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..20)
}

prop_compose! {
    fn event()(
        time_unix_nano: u64, name: String, attributes in attributes(),
        dropped_attributes_count: u32,
    ) -> Event {
        Event { time_unix_nano, name, attributes, dropped_attributes_count }
    }
}

prop_compose! {
    fn link()(
        trace_id in id(), span_id in id(), trace_state: String, attributes in attributes(),
        dropped_attributes_count: u32, flags: u32,
    ) -> Link {
        Link { trace_id, span_id, trace_state, attributes, dropped_attributes_count, flags }
    }
}

prop_compose! {
    fn span()(
        ids in (id(), id(), id()),
        texts in any::<(String, String)>(),
        numbers in any::<(u32, i32, u64, u64, u32, u32, u32)>(),
        attributes in attributes(),
        events in prop::collection::vec(event(), 0..3),
        links in prop::collection::vec(link(), 0..3),
        status in prop::option::of(any::<(String, i32)>()),
    ) -> Span {
        let (trace_id, span_id, parent_span_id) = ids;
        let (trace_state, name) = texts;
        let (flags, kind, start, end, attributes_dropped, events_dropped, links_dropped) = numbers;
        Span {
            trace_id, span_id, trace_state, parent_span_id, flags, name, kind,
            start_time_unix_nano: start, end_time_unix_nano: end,
            attributes, dropped_attributes_count: attributes_dropped,
            events, dropped_events_count: events_dropped,
            links, dropped_links_count: links_dropped,
            status: status.map(|(message, code)| Status { message, code }),
        }
    }
}

proptest! {
    /// Guarantees: JSON carries every value, number and text without loss, those among them that
    /// no instrumentation should write: kinds and codes of any number, ids of any length.
    #[test]
    fn json_carries_every_value(
        spans in prop::collection::vec(span(), 0..3),
        resource in prop::option::of((attributes(), any::<u32>())),
        scope in prop::option::of((any::<String>(), any::<String>(), attributes(), any::<u32>())),
        urls in any::<(String, String)>(),
    ) {
        let resource = resource.map(|(attributes, dropped_attributes_count)| Resource {
            attributes, dropped_attributes_count, ..Default::default()
        });
        let scope = scope.map(|(name, version, attributes, dropped_attributes_count)| {
            InstrumentationScope { name, version, attributes, dropped_attributes_count }
        });
        let scope_spans = vec![ScopeSpans { scope, spans, schema_url: urls.0 }];
        let resource_spans = vec![ResourceSpans { resource, scope_spans, schema_url: urls.1 }];
        let bytes = TracesData { resource_spans }.encode_to_vec();
        let json = otlp_json::to_json(&bytes).unwrap();
        prop_assert_eq!(otlp_json::to_protobuf(&json).unwrap(), bytes);
    }
}

/// Guarantees: JSON takes values as deep as protobuf's readers do, and no deeper: a batch that was
/// written can be read again.
#[test]
fn values_nest_as_deep_as_in_protobuf() {
    for in_map in [false, true] {
        let mut depths = [0, 0];
        for depth in 1..60 {
            let batch = nested(depth, in_map);
            let bytes = batch.encode_to_vec();
            let json = serde_json::to_string(&batch).unwrap();
            if otlp_json::decode(&bytes).is_ok() {
                depths[0] = depth;
            }
            match otlp_json::to_protobuf(&json) {
                Ok(read) => {
                    assert_eq!(read, bytes);
                    depths[1] = depth;
                }
                Err(error) => {
                    let error = error.to_string();
                    assert!(error.contains("found values nested too deep; expected"), "{error}");
                }
            }
        }
        assert_eq!(depths[0], depths[1]);
        assert!(depths[0] > 25 && depths[0] < 59, "{depths:?}");
    }
    let endless = "[".repeat(100_000);
    assert!(otlp_json::to_protobuf(&endless).is_err());
    let endless = format!(r#"{{"a":{}"#, r#"{"a":["#.repeat(100_000));
    assert!(otlp_json::to_protobuf(&endless).is_err());
    let value = r#"{"arrayValue":{"values":["#.repeat(100_000);
    let endless = format!(r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"value":{value}"#);
    assert!(otlp_json::to_protobuf(&endless).is_err());
}

fn nested(depth: usize, in_map: bool) -> TracesData {
    let innermost = AnyValue { value: Some(Value::BoolValue(true)) };
    let value = (0..depth).fold(innermost, |inside, _| AnyValue {
        value: Some(if in_map {
            let values = vec![KeyValue { key: String::new(), value: Some(inside) }];
            Value::KvlistValue(otlp_json::KeyValueList { values })
        } else {
            Value::ArrayValue(otlp_json::ArrayValue { values: vec![inside] })
        }),
    });
    let attributes = vec![KeyValue { key: "k".into(), value: Some(value) }];
    let span = Span { attributes, ..Default::default() };
    let scope_spans = vec![ScopeSpans { spans: vec![span], ..Default::default() }];
    TracesData { resource_spans: vec![ResourceSpans { scope_spans, ..Default::default() }] }
}
