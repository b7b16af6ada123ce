//! The same walks over prost's structs.

use opentelemetry_proto::tonic::common::v1::any_value::Value as ProstValue;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::trace::v1::{Span, TracesData};
use spans::{Attribute, Attributes, Malformed, Value};

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
