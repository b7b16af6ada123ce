//! The batch of most cases, as small as it can be with one of everything.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, TracesData};

/// How many units the shop has: three spans, a scope without spans, two spans, a resource without
/// scopes.
pub const UNITS: usize = 7;

pub fn shop() -> TracesData {
    let api = ResourceSpans {
        resource: Some(Resource {
            attributes: vec![text("service.name", "shop-api"), text("host.name", "node-1")],
            entity_refs: vec![EntityRef {
                schema_url: "https://example.com/entities/1".into(),
                r#type: "service".into(),
                id_keys: vec!["service.name".into(), "service.instance.id".into()],
                description_keys: vec!["service.version".into()],
            }],
            ..Resource::default()
        }),
        scope_spans: vec![
            scope_spans("asgi", vec![submit(), span("GET /health", 2), span("shop.ship", 3)]),
            scope_spans("idle", vec![]),
        ],
        schema_url: "https://opentelemetry.io/schemas/1.37.0".into(),
    };
    let worker = ResourceSpans {
        resource: resource("worker"),
        scope_spans: vec![scope_spans("celery", vec![span("price", 4), span("pack", 5)])],
        schema_url: String::new(),
    };
    let idle = ResourceSpans { resource: resource("idle"), ..ResourceSpans::default() };
    TracesData { resource_spans: vec![api, worker, idle] }
}

fn resource(service: &str) -> Option<Resource> {
    Some(Resource { attributes: vec![text("service.name", service)], ..Resource::default() })
}

pub fn scope_spans(name: &str, spans: Vec<Span>) -> ScopeSpans {
    ScopeSpans {
        scope: Some(InstrumentationScope {
            name: name.into(),
            version: "1.2.0".into(),
            attributes: vec![text("short_name", name)],
            ..InstrumentationScope::default()
        }),
        spans,
        schema_url: "https://opentelemetry.io/schemas/1.36.0".into(),
    }
}

pub fn span(name: &str, number: u8) -> Span {
    Span {
        trace_id: vec![7; 16],
        span_id: vec![number; 8],
        name: name.into(),
        kind: 2,
        start_time_unix_nano: 1_772_442_000_000_000_000,
        end_time_unix_nano: 1_772_442_001_000_000_000,
        attributes: vec![text("order_id", "A-1043"), int("attempt", 1)],
        status: Some(Status::default()),
        ..Span::default()
    }
}

/// The span with one of everything.
fn submit() -> Span {
    let address = map(vec![text("city", "Pskov"), text("street", "Zavodskaya 4")]);
    let lines = array(vec![
        map(vec![text("sku", "K-17"), int("count", 2)]),
        map(vec![text("sku", "K-18"), int("count", 1)]),
    ]);
    Span {
        trace_state: "ot=th:8".into(),
        attributes: vec![
            text("order_id", "A-1043"),
            key_value(
                "customer",
                map(vec![
                    text("name", "Anna"),
                    key_value("address", address),
                    text("phone", "+7 913 555-01-02"),
                ]),
            ),
            key_value("lines", lines),
            key_value("tags", array(vec![any_text("new"), any_text("gift"), any_text("fragile")])),
            int("attempt", 1),
            key_value("is_first", Value::BoolValue(true)),
            key_value("total", Value::DoubleValue(17.5)),
            key_value("digest", Value::BytesValue(vec![0, 159, 146, 150])),
        ],
        events: vec![
            Event {
                time_unix_nano: 1_772_442_000_500_000_000,
                name: "exception".into(),
                attributes: vec![text("exception.type", "ValueError"), text("order_id", "A-1")],
                ..Event::default()
            },
            Event {
                time_unix_nano: 1_772_442_000_600_000_000,
                name: "retry".into(),
                attributes: vec![text("order_id", "A-2")],
                ..Event::default()
            },
        ],
        links: vec![Link {
            trace_id: vec![9; 16],
            span_id: vec![1; 8],
            trace_state: "ot=th:c".into(),
            attributes: vec![text("reason", "retry")],
            ..Link::default()
        }],
        status: Some(Status { message: "no file for +7 913 555-01-02".into(), code: 2 }),
        ..span("POST /orders", 1)
    }
}

/// The shop, whose first span has these attributes.
pub fn shop_with(attributes: Vec<KeyValue>) -> TracesData {
    let mut shop = shop();
    shop.resource_spans[0].scope_spans[0].spans[0].attributes = attributes;
    shop
}

pub fn key_value(key: &str, value: Value) -> KeyValue {
    let value = Some(AnyValue { value: Some(value) });
    KeyValue { key: key.into(), value, ..KeyValue::default() }
}

pub fn text(key: &str, value: &str) -> KeyValue {
    key_value(key, any_text(value))
}

pub fn int(key: &str, value: i64) -> KeyValue {
    key_value(key, Value::IntValue(value))
}

pub fn any_text(value: &str) -> Value {
    Value::StringValue(value.into())
}

pub fn map(values: Vec<KeyValue>) -> Value {
    Value::KvlistValue(KeyValueList { values })
}

pub fn array(values: Vec<Value>) -> Value {
    let values = values.into_iter().map(|value| AnyValue { value: Some(value) }).collect();
    Value::ArrayValue(ArrayValue { values })
}
