//! The JSON Schema of an overlay, from that of the merged rules.

use serde_json::{Map, Value, json};

/// Returns the schema of an overlay: of maps nothing is required, and each of their values may be
/// `null`, which removes it (RFC 7396). Lists are replaced whole, so in them all stays as it is.
///
/// # Errors
///
/// The text is no JSON object.
pub(crate) fn overlay(schema: &str) -> Result<String, String> {
    let wrong = |_| "the plugin's schema is no JSON object".to_owned();
    let mut schema: Map<String, Value> = serde_json::from_str(schema).map_err(wrong)?;
    loosen(&mut schema);
    serde_json::to_string_pretty(&schema).map_err(|error| error.to_string())
}

fn loosen(schema: &mut Map<String, Value>) {
    schema.remove("required");
    schema.remove("minProperties");
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.values_mut().for_each(or_null);
    }
    if let Some(more @ Value::Object(_)) = schema.get_mut("additionalProperties") {
        or_null(more);
    }
    for one in ["anyOf", "oneOf", "allOf"] {
        for schema in schema.get_mut(one).and_then(Value::as_array_mut).into_iter().flatten() {
            schema.as_object_mut().into_iter().for_each(loosen);
        }
    }
}

/// Lets `null` stand for it, too. What editors show of it stays outside.
fn or_null(schema: &mut Value) {
    let Value::Object(inner) = schema else { return };
    let description = inner.remove("description");
    loosen(inner);
    let mut outer = Map::from_iter([("anyOf".to_owned(), json!([inner, {"type": "null"}]))]);
    outer.extend(description.map(|text| ("description".to_owned(), text)));
    *schema = Value::Object(outer);
}
