//! [`form`]: what a value looks like, for those who may not see it.

use otlp_json::{AnyValue, Value};
use unicode_script::{Script, UnicodeScript};

/// What a value looks like: its type and its size, of a text also its words and scripts.
///
/// ```
/// use otlp_json::Value;
///
/// let form = |text: &str| diff::form(Some(&Value::StringValue(text.into())));
/// assert_eq!(form("Анна Пробная"), "text, 12 characters, 2 words, Cyrillic");
/// assert_eq!(form("+7 495 123-45-67"), "text, 16 characters, 3 words, digits");
/// assert_eq!(form(""), "text, empty");
/// assert_eq!(diff::form(Some(&Value::IntValue(-504))), "integer, 3 digits");
/// assert_eq!(diff::form(None), "no value");
/// ```
#[must_use]
pub fn form(value: Option<&Value>) -> String {
    match value {
        None => "no value".to_owned(),
        Some(Value::StringValue(text)) => form_of_text(text),
        Some(Value::BoolValue(_)) => "boolean".to_owned(),
        Some(Value::IntValue(number)) => {
            let digits = number.unsigned_abs().to_string().len();
            format!("integer, {}", counted(digits, "digit"))
        }
        Some(Value::DoubleValue(_)) => "double".to_owned(),
        Some(Value::BytesValue(bytes)) => format!("bytes, {}", bytes.len()),
        Some(Value::ArrayValue(list)) => {
            format!("list, {}", counted(list.values.len(), "element"))
        }
        Some(Value::KvlistValue(map)) => {
            let count = map.values.len();
            format!(
                "map, {}",
                if count == 1 { "1 entry".into() } else { format!("{count} entries") }
            )
        }
    }
}

/// A value as people write it: texts in quotes, lists and maps in brackets, bytes by their number.
#[must_use]
pub fn plain(value: Option<&Value>) -> String {
    let inner = |value: &Option<AnyValue>| plain(value.as_ref().and_then(|it| it.value.as_ref()));
    match value {
        None | Some(Value::BytesValue(_)) => form(value),
        Some(Value::StringValue(text)) => serde_json::Value::from(text.as_str()).to_string(),
        Some(Value::BoolValue(value)) => value.to_string(),
        Some(Value::IntValue(value)) => value.to_string(),
        Some(Value::DoubleValue(value)) => value.to_string(),
        Some(Value::ArrayValue(list)) => {
            let all: Vec<_> = list.values.iter().map(|value| plain(value.value.as_ref())).collect();
            format!("[{}]", all.join(", "))
        }
        Some(Value::KvlistValue(map)) => {
            let entry =
                |entry: &otlp_json::KeyValue| format!("{}: {}", entry.key, inner(&entry.value));
            let all: Vec<_> = map.values.iter().map(entry).collect();
            format!("{{{}}}", all.join(", "))
        }
    }
}

/// As [`form`], of a text.
#[must_use]
pub fn form_of_text(text: &str) -> String {
    if text.is_empty() {
        return "text, empty".to_owned();
    }
    let mut parts = vec!["text".to_owned(), counted(text.chars().count(), "character")];
    let words = text.split_whitespace().count();
    if words > 1 {
        parts.push(counted(words, "word"));
    }
    parts.extend(scripts(text));
    parts.join(", ")
}

/// The scripts of a text in the order in which they come, then digits.
fn scripts(text: &str) -> Vec<String> {
    let mut scripts: Vec<Script> = Vec::new();
    for script in text.chars().map(|letter| letter.script()) {
        let is_none = matches!(script, Script::Common | Script::Inherited | Script::Unknown);
        if !is_none && !scripts.contains(&script) {
            scripts.push(script);
        }
    }
    let mut names: Vec<String> =
        scripts.iter().map(|script| script.full_name().replace('_', " ")).collect();
    if text.chars().any(char::is_numeric) {
        names.push("digits".to_owned());
    }
    names
}

pub(crate) fn counted(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}
