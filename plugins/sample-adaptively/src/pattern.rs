//! [`Pattern`]: what an attribute's value or a span's name is compared with.

use rules::{Node, Problems, Schema, Setting, Value as Written};
use spans::Value;

/// One value, or text with `*` for any characters.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Pattern {
    /// `*` alone: whatever is there, of any type.
    Anything,
    /// The parts between the `*`s of a text.
    Text(Vec<String>),
    Bool(bool),
    Int(i64),
    Double(f64),
}

/// One pattern or a list of them, of which one must match.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Patterns(Vec<Pattern>);

impl Pattern {
    fn matches_value(&self, value: &Value<'_>) -> bool {
        match (self, value) {
            (Pattern::Anything, _) => true,
            (Pattern::Text(parts), Value::Text(text)) => matches_parts(parts, text),
            (Pattern::Bool(expected), Value::Bool(found)) => expected == found,
            (Pattern::Int(expected), Value::Int(found)) => expected == found,
            #[allow(clippy::cast_precision_loss, reason = "a double is compared as a double")]
            (Pattern::Int(expected), Value::Double(found)) => *expected as f64 == *found,
            (Pattern::Double(expected), Value::Double(found)) => expected == found,
            // Some carriers know text only, so what came as text is compared
            // as text.
            (Pattern::Bool(expected), Value::Text(text)) => {
                expected.to_string().as_bytes() == *text
            }
            (Pattern::Int(expected), Value::Text(text)) => expected.to_string().as_bytes() == *text,
            _ => false,
        }
    }
}

impl Patterns {
    pub(crate) fn match_text(&self, text: &[u8]) -> bool {
        self.match_value(&Value::Text(text))
    }

    pub(crate) fn match_value(&self, value: &Value<'_>) -> bool {
        self.0.iter().any(|pattern| pattern.matches_value(value))
    }
}

/// Whether the parts stand in the text one after another, the first at its
/// start and the last at its end. The leftmost place of each part is enough:
/// it leaves the most room for the next.
fn matches_parts(parts: &[String], text: &[u8]) -> bool {
    let [first, between @ .., last] = parts else {
        return parts.first().is_some_and(|only| only.as_bytes() == text);
    };
    let Some(rest) = text.strip_prefix(first.as_bytes()) else { return false };
    let Some(mut rest) = rest.strip_suffix(last.as_bytes()) else { return false };
    for part in between.iter().map(String::as_bytes).filter(|part| !part.is_empty()) {
        match rest.windows(part.len()).position(|window| window == part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

impl Setting for Pattern {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.value {
            Written::Text(text) if text == "*" => Some(Pattern::Anything),
            Written::Text(text) => {
                Some(Pattern::Text(text.split('*').map(str::to_owned).collect()))
            }
            Written::Bool(value) => Some(Pattern::Bool(*value)),
            Written::Integer(value) => Some(Pattern::Int(*value)),
            Written::Float(value) => Some(Pattern::Double(*value)),
            _ => {
                problems.mismatch::<Self>(node);
                None
            }
        }
    }

    fn expected() -> String {
        "text (`*` in it stands for any characters), a number, `true` or `false`".to_owned()
    }

    fn schema() -> Schema {
        Schema::new().with("type", r#"["string","number","boolean"]"#)
    }
}

impl Setting for Patterns {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        one_or_more(node, problems).map(Patterns)
    }

    fn expected() -> String {
        format!("{}, or a list of these", Pattern::expected())
    }

    fn schema() -> Schema {
        one_or_more_schema::<Pattern>()
    }
}

/// Reads one setting or a list with at least one.
pub(crate) fn one_or_more<T: Setting>(node: &Node, problems: &mut Problems) -> Option<Vec<T>> {
    match &node.value {
        Written::List(nodes) if nodes.is_empty() => {
            problems.add(node, "an empty list", "one entry or more");
            None
        }
        Written::List(_) => Vec::read(node, problems),
        _ => T::read(node, problems).map(|one| vec![one]),
    }
}

pub(crate) fn one_or_more_schema<T: Setting>() -> Schema {
    let list = Vec::<T>::schema().with("minItems", "1");
    Schema::new().with("anyOf", Schema::list([T::schema(), list]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        let parts: Vec<String> = pattern.split('*').map(str::to_owned).collect();
        matches_parts(&parts, text.as_bytes())
    }

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, text) in [
            ("SELECT", "SELECT"),
            ("SELECT*", "SELECT"),
            ("SELECT*", "SELECT mes.orders"),
            ("*orders", "SELECT mes.orders"),
            ("*mes*", "SELECT mes.orders"),
            ("S*T*s", "SELECT mes.orders"),
            ("a*a", "aa"),
            ("**", ""),
            ("a**b", "ab"),
            ("*ab*ab*", "xabab"),
            ("", ""),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("SELECT", "SELECT 1"),
            ("SELECT*", "select 1"),
            ("a*a", "a"),
            ("*ab*ab*", "xab"),
            ("a*b*c", "acb"),
            ("", "a"),
            ("*x", "xa"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
