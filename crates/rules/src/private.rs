//! What the macros call. Not for anybody else.

use crate::fields::default_node;
use crate::schema::{Schema, description, json_text};
pub use crate::setting::expected_words;

/// One field of a struct, for its schema.
#[derive(Debug)]
pub struct Field {
    /// Name as it is written.
    pub key: &'static str,
    /// Lines of the doc comment.
    pub docs: Vec<&'static str>,
    /// Of its type.
    pub schema: Schema,
    /// Whether its type stands for nothing when it is absent.
    pub is_required: bool,
    /// YAML text.
    pub default: Option<&'static str>,
}

/// The key of a field: `r#type` and `match_` are written `type` and `match`.
#[must_use]
pub fn key(field: &'static str) -> &'static str {
    let name = field.strip_prefix("r#").unwrap_or(field);
    name.strip_suffix('_').unwrap_or(name)
}

/// Schema of a struct.
#[must_use]
pub fn struct_schema(docs: &[&str], fields: Vec<Field>) -> Schema {
    let required: Vec<String> = fields
        .iter()
        .filter(|field| field.is_required && field.default.is_none())
        .map(|field| json_text(field.key))
        .collect();
    let properties = fields.into_iter().map(|field| {
        let mut schema = field.schema.described(&description(&field.docs));
        if let Some(default) = field.default {
            schema = schema.with_default(&default_node(default));
        }
        (field.key, schema.into_json())
    });
    let mut schema = Schema::of_type("object")
        .described(&description(docs))
        .with("properties", Schema::object(properties))
        .with("additionalProperties", "false");
    if !required.is_empty() {
        schema = schema.with("required", format!("[{}]", required.join(",")));
    }
    schema
}

/// Schema of one word.
#[must_use]
pub fn word_schema(word: &str, docs: &[&str]) -> Schema {
    Schema::new().with_text("const", word).described(&description(docs))
}
