//! OTLP JSON to protobuf bytes and back.
//!
//! It is its own crate because the command line, the cases and the tests all
//! read and write spans as files, and because plugins must never need it: they
//! work on bytes. It reads what the OTLP specification allows and some of what
//! exporters do besides: names of fields as JSON or as protobuf has them
//! (`resourceSpans`, `resource_spans`), 64-bit integers as text or number, enum
//! values by name or number, hex ids in either case and of any length, the answer of Tempo
//! (`batches`, ids in base64), `null` for a field that is left out; fields that it does not know are ignored. A
//! field that stands twice, by whichever names, is refused.
//!
//! `{}` is a batch without spans, as `{"resourceSpans":[]}` is. An object that
//! has other fields and not that one is something else, and refused.
//!
//! No error quotes a value: it may be what somebody trusted us to hide.
//!
//! ```
//! let json = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{
//!     "traceId":"5B8EFFF798038103D269B633813FC60C","kind":"SPAN_KIND_SERVER"}]}]}]}"#;
//! let traces = otlp_json::to_protobuf(json)?;
//! assert_eq!(
//!     otlp_json::to_json(&traces)?,
//!     r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","kind":2}]}]}]}"#,
//! );
//! # Ok::<(), otlp_json::Error>(())
//! ```

mod any_value;
mod error;
mod files;
mod message;
mod normal;
mod object;
mod scalar;

use prost::Message;
use serde::Deserialize;

pub use error::Error;
pub use files::{Form, Input, Output};
pub use message::{
    AnyValue, ArrayValue, EntityRef, Event, InstrumentationScope, KeyValue, KeyValueList, Link,
    Resource, ResourceSpans, ScopeSpans, Span, Status, TracesData, Value,
};
pub use normal::normal_form;

/// Returns the OTLP `TracesData` message that one JSON object describes.
///
/// # Errors
///
/// Line, column and what was expected there.
pub fn to_protobuf(json: &str) -> Result<Vec<u8>, Error> {
    let mut from = serde_json::Deserializer::from_str(without_mark(json));
    // What nests is a value, and `Deeper` counts those.
    from.disable_recursion_limit();
    // Not `TracesData::deserialize`: that is what serde made, without what stands before it.
    let traces: Result<TracesData, _> = Deserialize::deserialize(&mut from);
    let traces = traces.and_then(|traces| from.end().map(|()| traces));
    Ok(encode(&traces.map_err(|error| Error::json(&error))?))
}

/// U+FEFF, which some programs put before all text that they write.
pub(crate) const MARK: &str = "\u{feff}";

fn without_mark(json: &str) -> &str {
    json.strip_prefix(MARK).unwrap_or(json)
}

/// Returns the spans as one JSON object on one line.
///
/// Fields that JSON has no name for are left out. 64-bit integers become text
/// and enums numbers, as the OTLP specification asks.
///
/// # Errors
///
/// The bytes are not an OTLP `TracesData` message.
pub fn to_json(traces: &[u8]) -> Result<String, Error> {
    serde_json::to_string(&decode(traces)?).map_err(|error| Error::json(&error))
}

/// Returns the spans as a JSON value, in the order they came.
///
/// # Errors
///
/// The bytes are not an OTLP `TracesData` message.
pub fn to_json_value(traces: &[u8]) -> Result<serde_json::Value, Error> {
    serde_json::to_value(decode(traces)?).map_err(|error| Error::json(&error))
}

/// Decodes a message; what this crate does not know in it is dropped.
///
/// # Errors
///
/// The bytes are not an OTLP `TracesData` message.
pub fn decode(traces: &[u8]) -> Result<TracesData, Error> {
    TracesData::decode(traces).map_err(|error| Error::protobuf(traces.len(), &error))
}

/// Encodes a message.
#[must_use]
pub fn encode(traces: &TracesData) -> Vec<u8> {
    traces.encode_to_vec()
}

/// Returns how many spans a message holds, 0 where it is none.
pub fn span_count(traces: &[u8]) -> usize {
    decode(traces).map_or(0, |traces| {
        let scopes = traces.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
        scopes.map(|scope| scope.spans.len()).sum()
    })
}
