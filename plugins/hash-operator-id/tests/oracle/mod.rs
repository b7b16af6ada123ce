//! The plain walk, and batches for it.
#![allow(dead_code, reason = "not every test needs all of it")]

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, TracesData};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

const MAX_DEPTH: usize = 32;

/// Replaces by some key and patterns, and counts.
pub struct Oracle<'p> {
    key: [u8; 32],
    digest_bytes: usize,
    patterns: &'p [&'p str],
    pub replaced: u64,
}

impl<'p> Oracle<'p> {
    pub fn new(key: &[u8; 32], digest_bytes: usize, patterns: &'p [&'p str]) -> Self {
        Oracle { key: *key, digest_bytes, patterns, replaced: 0 }
    }

    pub fn batch(&mut self, batch: &TracesData) -> TracesData {
        let mut batch = batch.clone();
        for_each_attributes(&mut batch, |attributes| {
            for attribute in attributes {
                self.entry(attribute, &[], false, 0);
            }
        });
        batch
    }

    fn entry(&mut self, entry: &mut KeyValue, parents: &[String], is_inside: bool, depth: usize) {
        let keys = [parents, std::slice::from_ref(&entry.key)].concat();
        let is_inside = is_inside || self.means(&keys);
        if let Some(value) = &mut entry.value {
            self.value(value, &keys, is_inside, depth);
        }
    }

    fn value(&mut self, value: &mut AnyValue, keys: &[String], is_inside: bool, depth: usize) {
        let new = match &mut value.value {
            Some(Value::ArrayValue(_) | Value::KvlistValue(_)) if depth == MAX_DEPTH => {
                let is_hidden = is_inside || self.holds(value, keys);
                is_hidden.then(|| "op_k1_unreadable".to_owned())
            }
            Some(Value::ArrayValue(list)) => {
                list.values.iter_mut().for_each(|it| self.value(it, keys, is_inside, depth + 1));
                None
            }
            Some(Value::KvlistValue(map)) => {
                map.values.iter_mut().for_each(|it| self.entry(it, keys, is_inside, depth + 1));
                None
            }
            _ if !is_inside => None,
            Some(Value::StringValue(text)) => {
                (!text.is_empty() && !text.starts_with("op_")).then(|| self.pseudonym(text))
            }
            Some(Value::BoolValue(value)) => Some(self.pseudonym(&value.to_string())),
            Some(Value::IntValue(value)) => Some(self.pseudonym(&value.to_string())),
            Some(Value::DoubleValue(value)) => Some(self.pseudonym(&value.to_string())),
            Some(Value::BytesValue(_)) => Some("op_k1_unreadable".to_owned()),
            _ => None,
        };
        if let Some(new) = new {
            self.replaced += 1;
            value.value = Some(Value::StringValue(new));
        }
    }

    /// Whether an entry that is meant stands in a value.
    fn holds(&self, value: &AnyValue, keys: &[String]) -> bool {
        match &value.value {
            Some(Value::ArrayValue(list)) => list.values.iter().any(|it| self.holds(it, keys)),
            Some(Value::KvlistValue(map)) => map.values.iter().any(|it| {
                let keys = [keys, std::slice::from_ref(&it.key)].concat();
                self.means(&keys) || it.value.as_ref().is_some_and(|it| self.holds(it, &keys))
            }),
            _ => false,
        }
    }

    /// HMAC by RFC 2104: two hashes, the key padded to a block of 64 bytes.
    fn pseudonym(&self, text: &str) -> String {
        let pad = |byte: u8| {
            let mut block = [byte; 64];
            block.iter_mut().zip(self.key).for_each(|(pad, key)| *pad ^= key);
            block
        };
        let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text).finalize();
        let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
        format!("op_k1_{}", hex::encode(&outer[..self.digest_bytes]))
    }

    fn means(&self, keys: &[String]) -> bool {
        let path = keys.join(".").to_lowercase();
        let mut parents = path.split('.').rev().skip(1);
        let is_header = parents.any(|it| ["header", "headers", "metadata"].contains(&it));
        let own = keys.last().map(|own| own.to_lowercase()).unwrap_or_default();
        let chars = |text: &str| {
            let text = if is_header { text.replace('-', "_") } else { text.to_owned() };
            text.to_lowercase().chars().collect::<Vec<_>>()
        };
        let means = |pattern: &&str, key: &str| glob(&chars(pattern), &chars(key));
        self.patterns.iter().any(|it| means(it, &own) || means(it, &path))
    }
}

fn glob(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        (['*', rest @ ..], _) => (0..=text.len()).any(|skipped| glob(rest, &text[skipped..])),
        ([a, pattern @ ..], [b, text @ ..]) => a == b && glob(pattern, text),
        _ => false,
    }
}

/// Of resources, scopes, spans, events and links.
fn for_each_attributes(batch: &mut TracesData, mut visit: impl FnMut(&mut Vec<KeyValue>)) {
    for resource_spans in &mut batch.resource_spans {
        resource_spans.resource.iter_mut().for_each(|it| visit(&mut it.attributes));
        for scope_spans in &mut resource_spans.scope_spans {
            scope_spans.scope.iter_mut().for_each(|it| visit(&mut it.attributes));
            for span in &mut scope_spans.spans {
                visit(&mut span.attributes);
                span.events.iter_mut().for_each(|it| visit(&mut it.attributes));
                span.links.iter_mut().for_each(|it| visit(&mut it.attributes));
            }
        }
    }
}

/// Every text in values of attributes.
pub fn texts_of(batch: &TracesData) -> Vec<String> {
    fn collect(value: &AnyValue, texts: &mut Vec<String>) {
        match &value.value {
            Some(Value::StringValue(text)) => texts.push(text.clone()),
            Some(Value::ArrayValue(list)) => list.values.iter().for_each(|it| collect(it, texts)),
            Some(Value::KvlistValue(map)) => {
                let values = map.values.iter().filter_map(|it| it.value.as_ref());
                values.for_each(|it| collect(it, texts));
            }
            _ => {}
        }
    }
    let mut texts = Vec::new();
    for_each_attributes(&mut batch.clone(), |attributes| {
        let values = attributes.iter().filter_map(|it| it.value.as_ref());
        values.for_each(|it| collect(it, &mut texts));
    });
    texts
}

const KEYS: &[&str] = &[
    "operator_id",
    "Operator_Id",
    "OPERATOR_ID",
    "operator-id",
    "operator",
    "id",
    "ID",
    "m",
    "crm.operator_id",
    "operator.id",
    "x-operator-id",
    "X_Operator_Id",
    "headers",
    "metadata",
    "http.request.header",
    "http.request.header.X-Operator_Id",
    "Оператор",
    "оператор.ид",
    "operator_ids",
    "an operator_id",
    "",
];

fn keys() -> impl Strategy<Value = String> {
    prop_oneof![9 => prop::sample::select(KEYS).prop_map(str::to_owned), 1 => "[a-z._-]{0,80}"]
}

fn values() -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        4 => "(op-[0-9]{4}|operator_id|\\PC{0,9})".prop_map(Value::StringValue),
        1 => Just(Value::StringValue("op_k1_00112233445566778899aabbccddeeff".to_owned())),
        1 => any::<i64>().prop_map(Value::IntValue),
        1 => any::<bool>().prop_map(Value::BoolValue),
        1 => any::<f64>().prop_map(Value::DoubleValue),
        1 => prop::collection::vec(any::<u8>(), 0..9).prop_map(Value::BytesValue),
    ];
    let leaf = prop_oneof![9 => leaf.prop_map(Some), 1 => Just(None)];
    let leaf = leaf.prop_map(|value| AnyValue { value });
    let tree = leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(array),
            2 => prop::collection::vec((keys(), inner), 0..4).prop_map(map),
        ]
    });
    // Lists around it, up to both sides of the limit; prost reads no deeper.
    let depth = prop_oneof![4 => Just(0), 1 => 24..36_usize];
    (tree, depth).prop_map(|(tree, depth)| (0..depth).fold(tree, |inner, _| array(vec![inner])))
}

fn array(values: Vec<AnyValue>) -> AnyValue {
    AnyValue { value: Some(Value::ArrayValue(ArrayValue { values })) }
}

fn map(entries: Vec<(String, AnyValue)>) -> AnyValue {
    let values = entries.into_iter().map(entry).collect();
    AnyValue { value: Some(Value::KvlistValue(KeyValueList { values })) }
}

fn entry((key, value): (String, AnyValue)) -> KeyValue {
    KeyValue { key, value: Some(value), ..KeyValue::default() }
}

fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    prop::collection::vec((keys(), values()).prop_map(entry), 0..4)
}

pub fn batches() -> impl Strategy<Value = TracesData> {
    let spans =
        (attributes(), attributes(), attributes()).prop_map(|(own, of_event, of_link)| Span {
            name: "operator_id".into(),
            attributes: own,
            events: vec![Event { attributes: of_event, ..Event::default() }],
            links: vec![Link { attributes: of_link, ..Link::default() }],
            ..Span::default()
        });
    (attributes(), attributes(), prop::collection::vec(spans, 0..3)).prop_map(
        |(of_resource, of_scope, spans)| {
            let scope = InstrumentationScope { attributes: of_scope, ..Default::default() };
            let scope_spans = ScopeSpans { scope: Some(scope), spans, ..ScopeSpans::default() };
            let resource = Resource { attributes: of_resource, ..Resource::default() };
            TracesData {
                resource_spans: vec![ResourceSpans {
                    resource: Some(resource),
                    scope_spans: vec![scope_spans],
                    ..ResourceSpans::default()
                }],
            }
        },
    )
}
