//! [`Pattern`]: what an attribute's value or a span's name is compared with.

use std::collections::BTreeSet;
use std::fmt;

use rules::{Glob, Node, Problems, Schema, Setting, Value as Written};
use spans::Value;

use crate::number::Number;

/// One value, or text with `*` for any characters.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Pattern {
    /// `*` alone: whatever is there, of any type.
    Anything,
    /// Characters; and the number or truth value that they would be without quotes.
    Text { glob: Glob, number: Option<Number>, truth: Option<bool> },
    /// `true` or `false`.
    Bool(bool),
    /// A number of any type.
    Number(Number),
}

/// One pattern or a list of them, of which one must match.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Patterns(Vec<Pattern>);

impl Pattern {
    /// Some carriers know text only, and some rules are written with quotes, so numbers and truth
    /// values meet their texts either way. Lists, maps and bytes meet `*` alone.
    fn matches_value(&self, value: &Value<'_>) -> bool {
        match (self, value) {
            (Pattern::Anything, _) => true,
            (Pattern::Text { glob, .. }, Value::Text(text)) => glob.matches(text),
            (Pattern::Text { glob, truth, .. }, Value::Bool(found)) => {
                *truth == Some(*found) || matches_written(glob, found)
            }
            (Pattern::Text { glob, number, .. }, Value::Int(found)) => {
                number.is_some_and(|it| it == Number::Whole((*found).into()))
                    || matches_written(glob, found)
            }
            (Pattern::Text { glob, number, .. }, Value::Double(found)) => {
                number.is_some_and(|it| it == Number::of_double(*found))
                    || matches_written(glob, found)
            }
            (Pattern::Bool(expected), Value::Bool(found)) => expected == found,
            (Pattern::Bool(expected), Value::Text(text)) => truth(text) == Some(*expected),
            (Pattern::Number(expected), Value::Text(text)) => {
                Number::of_text(text).is_some_and(|it| it == *expected)
            }
            (Pattern::Number(expected), found) => {
                Number::of_value(found).is_some_and(|it| it == *expected)
            }
            _ => false,
        }
    }
}

/// Whether a pattern with `*` matches the shortest decimal text of a number, or `true` or `false`.
fn matches_written(glob: &Glob, found: &impl ToString) -> bool {
    glob.has_star() && glob.matches(found.to_string().as_bytes())
}

/// The truth value that a text would be without quotes.
fn truth(text: &[u8]) -> Option<bool> {
    match text {
        b"true" | b"True" | b"TRUE" => Some(true),
        b"false" | b"False" | b"FALSE" => Some(false),
        _ => None,
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

/// Texts in quotes, for the number 504 meets other values than the text `504`.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::Anything => f.write_str("*"),
            Pattern::Text { glob, .. } => f.write_str(&rules::quoted(&glob.to_string())),
            Pattern::Bool(value) => write!(f, "{value}"),
            Pattern::Number(Number::Whole(value)) => write!(f, "{value}"),
            Pattern::Number(Number::Other(value)) => write!(f, "{value}"),
        }
    }
}

/// One after another, in the order of their texts: any of them will do.
impl fmt::Display for Patterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: BTreeSet<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&texts.into_iter().collect::<Vec<_>>().join(" or "))
    }
}

impl Setting for Pattern {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.value {
            Written::Text(text) if text == "*" => Some(Pattern::Anything),
            Written::Text(text) => Some(Pattern::Text {
                glob: Glob::new(text),
                number: Number::of_text(text.as_bytes()),
                truth: truth(text.as_bytes()),
            }),
            Written::Bool(value) => Some(Pattern::Bool(*value)),
            Written::Integer(value) => Some(Pattern::Number(Number::Whole((*value).into()))),
            // What is too large for an integer was written exactly.
            Written::Float(value) => {
                let exact = node.written().and_then(|it| Number::of_text(it.as_bytes()));
                Some(Pattern::Number(exact.unwrap_or(Number::of_double(*value))))
            }
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
        if matches!(node.value, Written::Map(_) | Written::Null) {
            problems.mismatch::<Self>(node);
            return None;
        }
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
