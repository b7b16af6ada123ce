//! How an attribute's value stands in JSON: as an object with one field, which names its type.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::message::{AnyValue, Value};
use crate::object::Deeper;
use crate::scalar::{base64_bytes, double, found, text_64};

impl Serialize for AnyValue {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            Some(value) => value.serialize(to),
            None => to.serialize_map(Some(0))?.end(),
        }
    }
}

impl<'de> Deserialize<'de> for AnyValue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyValueVisitor)
    }
}

struct AnyValueVisitor;

impl<'de> Visitor<'de> for AnyValueVisitor {
    type Value = AnyValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with one of `stringValue`, `boolValue`, `intValue`, `doubleValue`, `arrayValue`, `kvlistValue`, `bytesValue`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AnyValue, A::Error> {
        let _deeper = Deeper::enter()?;
        let mut value = None;
        while let Some(case) = map.next_key::<Case>()? {
            if let Some(found_value) = case.next_value(&mut map)?
                && value.replace(found_value).is_some()
            {
                return Err(found("a second value", &self));
            }
        }
        Ok(AnyValue { value })
    }

    fn visit_unit<E: de::Error>(self) -> Result<AnyValue, E> {
        Ok(AnyValue::default())
    }
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
enum Case {
    #[serde(alias = "string_value")]
    StringValue,
    #[serde(alias = "bool_value")]
    BoolValue,
    #[serde(alias = "int_value")]
    IntValue,
    #[serde(alias = "double_value")]
    DoubleValue,
    #[serde(alias = "array_value")]
    ArrayValue,
    #[serde(alias = "kvlist_value")]
    KvlistValue,
    #[serde(alias = "bytes_value")]
    BytesValue,
    #[serde(other)]
    Unknown,
}

#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Text64(#[serde(with = "text_64")] i64);

#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Double(#[serde(with = "double")] f64);

#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Base64(#[serde(with = "base64_bytes")] Vec<u8>);

impl Case {
    fn next_value<'de, A: MapAccess<'de>>(self, map: &mut A) -> Result<Option<Value>, A::Error> {
        Ok(match self {
            Case::StringValue => map.next_value::<Option<_>>()?.map(Value::StringValue),
            Case::BoolValue => map.next_value::<Option<_>>()?.map(Value::BoolValue),
            Case::IntValue => map.next_value::<Option<Text64>>()?.map(|v| Value::IntValue(v.0)),
            Case::DoubleValue => {
                map.next_value::<Option<Double>>()?.map(|v| Value::DoubleValue(v.0))
            }
            Case::ArrayValue => map.next_value::<Option<_>>()?.map(Value::ArrayValue),
            Case::KvlistValue => map.next_value::<Option<_>>()?.map(Value::KvlistValue),
            Case::BytesValue => map.next_value::<Option<Base64>>()?.map(|v| Value::BytesValue(v.0)),
            Case::Unknown => {
                map.next_value::<IgnoredAny>()?;
                None
            }
        })
    }
}
