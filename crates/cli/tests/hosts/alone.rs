//! The normal form of what passes.

use otlp_json::{ResourceSpans, TracesData};
use serde_json::Value;

/// Returns every span of a message alone with its resource and scope, and what has no spans.
///
/// # Errors
///
/// The bytes are no OTLP.
pub fn alone(batch: &[u8]) -> Result<Vec<Value>, String> {
    let wrong = |error: otlp_json::Error| error.to_string();
    let spans = otlp_json::normal_form(&[batch]).map_err(wrong)?;
    let mut all: Vec<Value> =
        spans.iter().map(|span| serde_json::from_str(span).unwrap()).collect();
    for resource in otlp_json::decode(batch).map_err(wrong)?.resource_spans {
        let without = |scopes| ResourceSpans { scope_spans: scopes, ..resource.clone() };
        if resource.scope_spans.is_empty() {
            all.push(without_spans(without(Vec::new()))?);
        }
        for scope in resource.scope_spans.iter().filter(|scope| scope.spans.is_empty()) {
            all.push(without_spans(without(vec![scope.clone()]))?);
        }
    }
    Ok(all)
}

fn without_spans(resource: ResourceSpans) -> Result<Value, String> {
    let traces = TracesData { resource_spans: vec![resource] };
    serde_json::to_value(traces).map_err(|error| error.to_string())
}
