//! A batch that has everything.

use opentelemetry_proto::tonic::common::v1 as common;
use opentelemetry_proto::tonic::resource::v1 as resource;
use opentelemetry_proto::tonic::trace::v1 as trace;

fn string_value(text: &str) -> Option<common::AnyValue> {
    Some(common::AnyValue { value: Some(common::any_value::Value::StringValue(text.into())) })
}

fn attribute(key: &str) -> common::KeyValue {
    common::KeyValue { key: key.into(), value: string_value("v"), ..Default::default() }
}

/// Every message of OTLP's traces with every field set, and every kind of value.
pub fn traces() -> trace::TracesData {
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
        attributes: values(),
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
    trace::TracesData {
        resource_spans: vec![trace::ResourceSpans {
            resource: Some(resource),
            scope_spans: vec![trace::ScopeSpans {
                scope: Some(scope),
                spans: vec![span],
                schema_url: "scope url".into(),
            }],
            schema_url: "resource url".into(),
        }],
    }
}

fn values() -> Vec<common::KeyValue> {
    use common::any_value::Value;
    let inside = vec![common::AnyValue { value: Some(Value::BoolValue(true)) }];
    let values = [
        Value::StringValue("v".into()),
        Value::BoolValue(true),
        Value::IntValue(-7),
        Value::DoubleValue(1.5),
        Value::ArrayValue(common::ArrayValue { values: inside }),
        Value::KvlistValue(common::KeyValueList { values: vec![attribute("inside")] }),
        Value::BytesValue(vec![1, 2, 3]),
    ];
    let attribute = |value| common::KeyValue {
        key: "k".into(),
        value: Some(common::AnyValue { value: Some(value) }),
        ..Default::default()
    };
    values.map(attribute).into()
}
