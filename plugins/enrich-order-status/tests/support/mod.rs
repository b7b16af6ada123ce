//! What several tests need: the ready rules, and spans made of a few words.

#![allow(dead_code, reason = "each test uses some of it")]

use enrich_order_status::counts::Counts;
use enrich_order_status::enrich::Enricher;
use enrich_order_status::settings::Rules;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::span::Link;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, TracesData};
use plugin::Document;
use proptest::prelude::*;
use prost::Message;

pub const BASE: &str = include_str!("../../../../rules/enrich-order-status/base.yaml");

pub const STATUSES: [&str; 6] =
    ["INITIATED", "FILE_UPLOADED", "SUBMITTED", "PACKAGING", "SHIPPED", "no such status"];
pub const NAMES: [&str; 4] = ["work", "mes.packaging", "mes.price.calc", "mq.consume.price"];
pub const SECOND: u64 = 1_000_000_000;

/// The ready rules, with overlays.
pub fn rules(overlays: &[&str]) -> Rules {
    let mut documents = vec![document("base.yaml", BASE)];
    documents.extend(overlays.iter().map(|text| document("overlay.yaml", text)));
    Rules::read(&documents).expect("the rules are right")
}

pub fn document(name: &str, text: &str) -> Document {
    Document { name: name.into(), text: text.into() }
}

/// A span of trace `trace` with id `id`, from second `start` to second `end`.
pub fn span(trace: u8, id: u8, start: u64, end: u64) -> Span {
    Span {
        trace_id: vec![trace; 16],
        span_id: vec![id; 8],
        name: "work".into(),
        kind: 1,
        start_time_unix_nano: start * SECOND,
        end_time_unix_nano: end * SECOND,
        ..Span::default()
    }
}

pub trait Dress {
    fn named(self, name: &str) -> Self;
    fn kind(self, kind: i32) -> Self;
    fn child_of(self, parent: u8) -> Self;
    fn linked_to(self, trace: u8, id: u8) -> Self;
    fn failed(self) -> Self;
    fn with(self, key: &str, value: any_value::Value) -> Self;
    fn text(self, key: &str, value: &str) -> Self;
    fn order(self, id: &str) -> Self;
    fn change(self, from: &str, to: &str) -> Self;
}

impl Dress for Span {
    fn named(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }
    fn kind(mut self, kind: i32) -> Self {
        self.kind = kind;
        self
    }
    fn child_of(mut self, parent: u8) -> Self {
        self.parent_span_id = vec![parent; 8];
        self
    }
    fn linked_to(mut self, trace: u8, id: u8) -> Self {
        let link = Link { trace_id: vec![trace; 16], span_id: vec![id; 8], ..Link::default() };
        self.links.push(link);
        self
    }
    fn failed(mut self) -> Self {
        self.status = Some(Status { code: 2, message: String::new() });
        self
    }
    fn with(mut self, key: &str, value: any_value::Value) -> Self {
        let value = Some(AnyValue { value: Some(value) });
        self.attributes.push(KeyValue { key: key.into(), value, ..KeyValue::default() });
        self
    }
    fn text(self, key: &str, value: &str) -> Self {
        self.with(key, any_value::Value::StringValue(value.into()))
    }
    fn order(self, id: &str) -> Self {
        self.text("order_id", id)
    }
    fn change(self, from: &str, to: &str) -> Self {
        if from.is_empty() { self } else { self.text("prev_status", from) }.text("new_status", to)
    }
}

pub fn bytes(spans: &[Span]) -> Vec<u8> {
    let scope_spans = vec![ScopeSpans { spans: spans.to_vec(), ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
    TracesData { resource_spans }.encode_to_vec()
}

pub fn spans(bytes: &[u8]) -> Vec<Span> {
    let traces = TracesData::decode(bytes).expect("the plugin gives OTLP");
    let scopes = traces.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
    scopes.flat_map(|scope| scope.spans).collect()
}

/// A batch as its host sees it after the plugin.
pub fn enriched(enricher: &mut Enricher, traces: &[u8]) -> (::spans::Rewritten, Counts) {
    let (sight, writes) = (enricher.rules().sight(), enricher.rules().writes.clone());
    let mut counts = None;
    let rewritten = cases::edited(&sight, &writes, traces, |view| {
        let (edits, counted) = enricher.enrich(view)?;
        counts = Some(counted);
        Ok(edits)
    });
    (rewritten.expect("the batch is right"), counts.expect("it was enriched"))
}

/// All that entries hold.
pub fn bytes_of(entries: &[plugin::Entry]) -> Vec<u8> {
    let parts = entries.iter().flat_map(|it| [&it.key, it.value.as_ref().unwrap_or(&it.key)]);
    parts.flatten().copied().collect()
}

/// The spans after one batch.
pub fn enrich(enricher: &mut Enricher, batch: &[Span]) -> Vec<Span> {
    let input = bytes(batch);
    match enriched(enricher, &input).0.output {
        ::spans::Output::Unchanged => batch.to_vec(),
        ::spans::Output::Replaced(output) => spans(&output),
        ::spans::Output::NothingLeft => Vec::new(),
    }
}

/// A value as text: `SHIPPED`, `2.5`, `true`; empty where the attribute is missing.
pub fn get(span: &Span, key: &str) -> String {
    use any_value::Value;
    let mut values = span.attributes.iter().filter(|attribute| attribute.key == key);
    let value = values.next().and_then(|attribute| attribute.value.clone()?.value);
    assert!(values.next().is_none(), "{key} stands twice");
    match value {
        None => String::new(),
        Some(Value::StringValue(text)) => text,
        Some(Value::DoubleValue(number)) => number.to_string(),
        Some(Value::BoolValue(value)) => value.to_string(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(other) => format!("{other:?}"),
    }
}

prop_compose! {
    /// Any span of a small world, so that spans meet.
    pub fn any_span()(
        trace in 1u8..6, id in 1u8..30, parent in prop::option::of(1u8..30),
        start in 0u64..40, length in 0u64..10, kind in 0i32..6, name in 0usize..4,
        order in prop::option::of(1u8..5), failed in prop::bool::weighted(0.1),
        from in prop::option::of(0usize..6), to in prop::option::of(0usize..6),
        version in prop::option::of(0i64..5), partner in prop::option::of(1u8..3),
        message in prop::option::of(1u8..5), link in prop::option::of((1u8..6, 1u8..30)),
    ) -> Span {
        let mut span = span(trace, id, start, start + length).kind(kind).named(NAMES[name]);
        if let Some(parent) = parent { span = span.child_of(parent) }
        if let Some(order) = order { span = span.order(&format!("o-{order}")) }
        if failed { span = span.failed() }
        if let Some(from) = from { span = span.text("prev_status", STATUSES[from]) }
        if let Some(to) = to { span = span.text("new_status", STATUSES[to]) }
        if let Some(version) = version { span = span.text("event_version", &version.to_string()) }
        if let Some(partner) = partner { span = span.text("partner_id", &format!("p{partner}")) }
        if let Some(message) = message { span = span.text("message_id", &format!("m-{message}")) }
        if let Some((trace, id)) = link { span = span.linked_to(trace, id) }
        span
    }
}

pub fn text_value(text: &str) -> AnyValue {
    AnyValue { value: Some(any_value::Value::StringValue(text.into())) }
}

/// Cuts a list after these places.
pub fn cut<T: Clone>(list: &[T], places: &std::collections::BTreeSet<usize>) -> Vec<Vec<T>> {
    let mut batches = vec![Vec::new()];
    for (place, entry) in list.iter().enumerate() {
        if places.contains(&place) {
            batches.push(Vec::new());
        }
        batches.last_mut().expect("there is one").push(entry.clone());
    }
    batches
}
