//! OTLP's trace messages, in protobuf and JSON at once.
//!
//! `opentelemetry-proto` has them too; its JSON refuses enum names, unknown
//! fields inside a value, `null` and `NaN`, and its errors quote values. A test
//! compares the field numbers with it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::object::{Fields, object};
use crate::scalar::{
    base64_bytes, double, hex_bytes, is_default, nullable, number_32, span_kind, status_code,
    text_64,
};

macro_rules! messages {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $ty:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
        // `remote` leaves the last word to the traits below.
        #[serde(rename_all = "camelCase", default, remote = "Self")]
        #[allow(missing_docs, reason = "the fields are OTLP's own, and documented there")]
        pub struct $name {
            $(
                #[serde(skip_serializing_if = "is_default")]
                $(#[$field_meta])*
                pub $field: $ty,
            )*
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                $name::serialize(self, to)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                object(from)
            }
        }

        impl<'de> Fields<'de> for $name {
            const NAME: &'static str = stringify!($name);

            fn read<D: Deserializer<'de>>(fields: D) -> Result<Self, D::Error> {
                $name::deserialize(fields)
            }
        }
    )*};
}

messages! {
    /// A batch: what one call of a plugin gets.
    TracesData {
        #[prost(message, repeated, tag = "1")]
        #[serde(alias = "resource_spans", alias = "batches", deserialize_with = "nullable")]
        resource_spans: Vec<ResourceSpans>,
    }

    /// Spans of one resource.
    ResourceSpans {
        #[prost(message, optional, tag = "1")]
        resource: Option<Resource>,
        #[prost(message, repeated, tag = "2")]
        #[serde(alias = "scope_spans", deserialize_with = "nullable")]
        scope_spans: Vec<ScopeSpans>,
        #[prost(string, tag = "3")]
        #[serde(alias = "schema_url", deserialize_with = "nullable")]
        schema_url: String,
    }

    /// What made the spans.
    Resource {
        #[prost(message, repeated, tag = "1")]
        #[serde(deserialize_with = "nullable")]
        attributes: Vec<KeyValue>,
        #[prost(uint32, tag = "2")]
        #[serde(alias = "dropped_attributes_count", deserialize_with = "number_32")]
        dropped_attributes_count: u32,
        #[prost(message, repeated, tag = "3")]
        #[serde(alias = "entity_refs", deserialize_with = "nullable")]
        entity_refs: Vec<EntityRef>,
    }

    /// One of the entities that a resource describes.
    EntityRef {
        #[prost(string, tag = "1")]
        #[serde(alias = "schema_url", deserialize_with = "nullable")]
        schema_url: String,
        #[prost(string, tag = "2")]
        #[serde(deserialize_with = "nullable")]
        r#type: String,
        #[prost(string, repeated, tag = "3")]
        #[serde(alias = "id_keys", deserialize_with = "nullable")]
        id_keys: Vec<String>,
        #[prost(string, repeated, tag = "4")]
        #[serde(alias = "description_keys", deserialize_with = "nullable")]
        description_keys: Vec<String>,
    }

    /// Spans of one instrumentation scope.
    ScopeSpans {
        #[prost(message, optional, tag = "1")]
        scope: Option<InstrumentationScope>,
        #[prost(message, repeated, tag = "2")]
        #[serde(deserialize_with = "nullable")]
        spans: Vec<Span>,
        #[prost(string, tag = "3")]
        #[serde(alias = "schema_url", deserialize_with = "nullable")]
        schema_url: String,
    }

    /// The library that made the spans.
    InstrumentationScope {
        #[prost(string, tag = "1")]
        #[serde(deserialize_with = "nullable")]
        name: String,
        #[prost(string, tag = "2")]
        #[serde(deserialize_with = "nullable")]
        version: String,
        #[prost(message, repeated, tag = "3")]
        #[serde(deserialize_with = "nullable")]
        attributes: Vec<KeyValue>,
        #[prost(uint32, tag = "4")]
        #[serde(alias = "dropped_attributes_count", deserialize_with = "number_32")]
        dropped_attributes_count: u32,
    }

    /// One operation.
    Span {
        #[prost(bytes = "vec", tag = "1")]
        #[serde(alias = "trace_id", with = "hex_bytes")]
        trace_id: Vec<u8>,
        #[prost(bytes = "vec", tag = "2")]
        #[serde(alias = "span_id", with = "hex_bytes")]
        span_id: Vec<u8>,
        #[prost(string, tag = "3")]
        #[serde(alias = "trace_state", deserialize_with = "nullable")]
        trace_state: String,
        #[prost(bytes = "vec", tag = "4")]
        #[serde(alias = "parent_span_id", with = "hex_bytes")]
        parent_span_id: Vec<u8>,
        #[prost(fixed32, tag = "16")]
        #[serde(deserialize_with = "number_32")]
        flags: u32,
        #[prost(string, tag = "5")]
        #[serde(deserialize_with = "nullable")]
        name: String,
        #[prost(int32, tag = "6")]
        #[serde(deserialize_with = "span_kind")]
        kind: i32,
        #[prost(fixed64, tag = "7")]
        #[serde(alias = "start_time_unix_nano", with = "text_64")]
        start_time_unix_nano: u64,
        #[prost(fixed64, tag = "8")]
        #[serde(alias = "end_time_unix_nano", with = "text_64")]
        end_time_unix_nano: u64,
        #[prost(message, repeated, tag = "9")]
        #[serde(deserialize_with = "nullable")]
        attributes: Vec<KeyValue>,
        #[prost(uint32, tag = "10")]
        #[serde(alias = "dropped_attributes_count", deserialize_with = "number_32")]
        dropped_attributes_count: u32,
        #[prost(message, repeated, tag = "11")]
        #[serde(deserialize_with = "nullable")]
        events: Vec<Event>,
        #[prost(uint32, tag = "12")]
        #[serde(alias = "dropped_events_count", deserialize_with = "number_32")]
        dropped_events_count: u32,
        #[prost(message, repeated, tag = "13")]
        #[serde(deserialize_with = "nullable")]
        links: Vec<Link>,
        #[prost(uint32, tag = "14")]
        #[serde(alias = "dropped_links_count", deserialize_with = "number_32")]
        dropped_links_count: u32,
        #[prost(message, optional, tag = "15")]
        status: Option<Status>,
    }

    /// Something that happened during a span.
    Event {
        #[prost(fixed64, tag = "1")]
        #[serde(alias = "time_unix_nano", with = "text_64")]
        time_unix_nano: u64,
        #[prost(string, tag = "2")]
        #[serde(deserialize_with = "nullable")]
        name: String,
        #[prost(message, repeated, tag = "3")]
        #[serde(deserialize_with = "nullable")]
        attributes: Vec<KeyValue>,
        #[prost(uint32, tag = "4")]
        #[serde(alias = "dropped_attributes_count", deserialize_with = "number_32")]
        dropped_attributes_count: u32,
    }

    /// A span of this or another trace that has to do with this one.
    Link {
        #[prost(bytes = "vec", tag = "1")]
        #[serde(alias = "trace_id", with = "hex_bytes")]
        trace_id: Vec<u8>,
        #[prost(bytes = "vec", tag = "2")]
        #[serde(alias = "span_id", with = "hex_bytes")]
        span_id: Vec<u8>,
        #[prost(string, tag = "3")]
        #[serde(alias = "trace_state", deserialize_with = "nullable")]
        trace_state: String,
        #[prost(message, repeated, tag = "4")]
        #[serde(deserialize_with = "nullable")]
        attributes: Vec<KeyValue>,
        #[prost(uint32, tag = "5")]
        #[serde(alias = "dropped_attributes_count", deserialize_with = "number_32")]
        dropped_attributes_count: u32,
        #[prost(fixed32, tag = "6")]
        #[serde(deserialize_with = "number_32")]
        flags: u32,
    }

    /// How the operation ended.
    Status {
        #[prost(string, tag = "2")]
        #[serde(deserialize_with = "nullable")]
        message: String,
        #[prost(int32, tag = "3")]
        #[serde(deserialize_with = "status_code")]
        code: i32,
    }

    /// One attribute.
    KeyValue {
        #[prost(string, tag = "1")]
        #[serde(deserialize_with = "nullable")]
        key: String,
        #[prost(message, optional, tag = "2")]
        value: Option<AnyValue>,
    }

    /// A list of values.
    ArrayValue {
        #[prost(message, repeated, tag = "1")]
        #[serde(deserialize_with = "nullable")]
        values: Vec<AnyValue>,
    }

    /// A map of values.
    KeyValueList {
        #[prost(message, repeated, tag = "1")]
        #[serde(deserialize_with = "nullable")]
        values: Vec<KeyValue>,
    }
}

/// An attribute's value, which may be empty.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AnyValue {
    /// What it holds.
    #[prost(oneof = "Value", tags = "1, 2, 3, 4, 5, 6, 7")]
    pub value: Option<Value>,
}

/// What an attribute's value can be.
#[derive(Clone, PartialEq, prost::Oneof, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the cases are OTLP's own, and documented there")]
pub enum Value {
    #[prost(string, tag = "1")]
    StringValue(String),
    #[prost(bool, tag = "2")]
    BoolValue(bool),
    #[prost(int64, tag = "3")]
    IntValue(#[serde(with = "text_64")] i64),
    #[prost(double, tag = "4")]
    DoubleValue(#[serde(with = "double")] f64),
    #[prost(message, tag = "5")]
    ArrayValue(ArrayValue),
    #[prost(message, tag = "6")]
    KvlistValue(KeyValueList),
    #[prost(bytes = "vec", tag = "7")]
    BytesValue(#[serde(with = "base64_bytes")] Vec<u8>),
}
