//! [`Schema`]: a JSON Schema (2020-12), written as text.

use crate::node::{Node, Value};
use crate::quoting::quoted;

/// A JSON Schema under construction: the members of one object, in order.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    members: Vec<(&'static str, String)>,
}

impl Schema {
    /// A schema that allows everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `{"type": kind}`
    #[must_use]
    pub fn of_type(kind: &'static str) -> Self {
        Self::new().with_text("type", kind)
    }

    /// Text.
    #[must_use]
    pub fn text() -> Self {
        Self::of_type("string")
    }

    /// Text that matches a regular expression (ECMA 262).
    #[must_use]
    pub fn text_like(pattern: &str) -> Self {
        Self::text().with_text("pattern", pattern)
    }

    /// Sets a member to a JSON value, given as JSON text. A member that is
    /// there already is replaced.
    #[must_use]
    pub fn with(mut self, name: &'static str, json: impl Into<String>) -> Self {
        let json = json.into();
        match self.members.iter_mut().find(|(known, _)| *known == name) {
            Some(member) => member.1 = json,
            None => self.members.push((name, json)),
        }
        self
    }

    /// Sets a member to a text.
    #[must_use]
    pub fn with_text(self, name: &'static str, text: &str) -> Self {
        self.with(name, json_text(text))
    }

    /// Sets `description`, unless it is empty.
    #[must_use]
    pub fn described(self, description: &str) -> Self {
        if description.is_empty() { self } else { self.with_text("description", description) }
    }

    /// Sets `default` to a value.
    #[must_use]
    pub fn with_default(self, default: &Node) -> Self {
        self.with("default", json(default))
    }

    /// A list of what these schemas allow.
    #[must_use]
    pub fn list(schemas: impl IntoIterator<Item = Schema>) -> String {
        join('[', schemas.into_iter().map(Schema::into_json), ']')
    }

    /// JSON text of an object: names and JSON texts.
    #[must_use]
    pub fn object<'a>(members: impl IntoIterator<Item = (&'a str, String)>) -> String {
        join(
            '{',
            members.into_iter().map(|(name, json)| format!("{}:{json}", json_text(name))),
            '}',
        )
    }

    /// JSON text.
    #[must_use]
    pub fn into_json(self) -> String {
        Self::object(self.members)
    }

    /// JSON text of a whole schema document, which says its dialect first.
    #[must_use]
    pub fn into_document(self) -> String {
        let dialect = ("$schema", json_text("https://json-schema.org/draft/2020-12/schema"));
        Self::object(std::iter::once(dialect).chain(self.members))
    }
}

/// Joins the lines of a doc comment into paragraphs.
#[must_use]
pub fn description(lines: &[&str]) -> String {
    let mut text = String::new();
    let mut is_new_paragraph = false;
    for line in lines.iter().map(|line| line.trim()) {
        if line.is_empty() {
            is_new_paragraph = !text.is_empty();
            continue;
        }
        if is_new_paragraph {
            text.push_str("\n\n");
        } else if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(line);
        is_new_paragraph = false;
    }
    text
}

/// A double-quoted text of YAML, as `print` writes it, is one of JSON too.
pub(crate) fn json_text(text: &str) -> String {
    quoted(text)
}

pub(crate) fn json(node: &Node) -> String {
    match &node.value {
        Value::Null | Value::Unreadable => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Float(value) if value.is_finite() => format!("{value:?}"),
        Value::Float(_) => "null".to_owned(),
        Value::Text(text) => json_text(text),
        Value::List(nodes) => join('[', nodes.iter().map(json), ']'),
        Value::Map(entries) => {
            Schema::object(entries.iter().map(|entry| (entry.key.as_str(), json(&entry.node))))
        }
    }
}

fn join(open: char, parts: impl Iterator<Item = String>, close: char) -> String {
    let mut text = String::from(open);
    for (index, part) in parts.enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&part);
    }
    text.push(close);
    text
}
