//! OTLP as JSON and as bytes.

use wasm_bindgen::prelude::*;

use crate::thrown;

/// Returns the OTLP `TracesData` message that one JSON object describes.
///
/// # Errors
/// Line, column and what was expected there.
#[wasm_bindgen(js_name = toProtobuf)]
pub fn to_protobuf(json: &str) -> Result<Vec<u8>, JsError> {
    otlp_json::to_protobuf(json).map_err(thrown)
}

/// Returns the spans as one JSON object on one line.
///
/// # Errors
/// The bytes are not an OTLP `TracesData` message.
#[wasm_bindgen(js_name = toJson)]
pub fn to_json(traces: &[u8]) -> Result<String, JsError> {
    otlp_json::to_json(traces).map_err(thrown)
}

/// Returns a batch without what protobuf overrides in it: every plugin's host does this first.
///
/// # Errors
/// Where the batch cannot be decoded.
#[wasm_bindgen]
pub fn settle(traces: Vec<u8>) -> Result<Vec<u8>, JsError> {
    spans::validate(&traces).map_err(thrown)?;
    let settled = spans::settle(&traces).map_err(thrown)?;
    Ok(settled.unwrap_or(traces))
}

/// How many units a batch has: spans, scopes without spans, and resources without scopes.
///
/// # Errors
/// Where the way to the spans cannot be decoded.
#[wasm_bindgen]
pub fn units(traces: &[u8]) -> Result<usize, JsError> {
    spans::units(traces).map_err(thrown)
}

/// What is wrong with spans that a plugin made, by themselves; nothing where nothing is.
#[wasm_bindgen(js_name = faultOfMade)]
#[must_use]
pub fn fault_of_made(spans: &[u8]) -> Option<String> {
    if spans::validate(spans).is_err() {
        // Where it is damaged helps nobody, for nobody else sees these bytes.
        return Some("answered with bytes that are not OTLP".into());
    }
    spans::check_own(spans).err().map(|refusal| refusal.to_string())
}

/// Whether all of these bytes are an OTLP `TracesData` message.
#[wasm_bindgen(js_name = isOtlp)]
#[must_use]
pub fn is_otlp(traces: &[u8]) -> bool {
    spans::validate(traces).is_ok()
}
