//! [`Setting`]: what can be read from a node.

use std::ops::RangeInclusive;

use crate::near::nearest;
use crate::node::{Node, Value};
use crate::problems::Problems;
use crate::quoting::quote_list;
use crate::schema::Schema;

/// A type that is read from the rules.
///
/// Structs get it from [`settings!`](crate::settings!), enums of words from
/// [`words!`](crate::words!). A type whose check needs no other setting, such
/// as a pattern, implements it by hand, so that its problems are reported with
/// all the others:
///
/// ```
/// use rules::{Node, Problems, Schema, Setting};
///
/// struct Percentage(f64);
///
/// impl Setting for Percentage {
///     fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
///         let text = String::read(node, problems)?;
///         let number = text.strip_suffix('%').and_then(|number| number.trim().parse().ok());
///         if number.is_none() {
///             problems.mismatch::<Self>(node);
///         }
///         number.map(Percentage)
///     }
///     fn expected() -> String {
///         "a percentage, such as `10%`".to_owned()
///     }
///     fn schema() -> Schema {
///         Schema::text_like("^[0-9.]+ *%$")
///     }
/// }
/// ```
pub trait Setting: Sized {
    /// Returns the setting, or nothing after at least one problem was reported.
    fn read(node: &Node, problems: &mut Problems) -> Option<Self>;

    /// Says in words what it is read from: `a whole number from 0 to 255`.
    fn expected() -> String;

    /// JSON Schema of what it is read from.
    fn schema() -> Schema;

    /// What a key stands for that is not there. Nothing: the key is required.
    fn absent() -> Option<Self> {
        None
    }
}

/// A setting that can be held within bounds: `where (1..=100)` in
/// [`settings!`](crate::settings!). Numbers and durations by their value,
/// text and lists by their length.
pub trait Ranged: Setting {
    /// What the bounds are.
    type Bound;

    /// As [`Setting::read`], within bounds.
    fn read_in(
        node: &Node,
        range: &RangeInclusive<Self::Bound>,
        problems: &mut Problems,
    ) -> Option<Self>;

    /// As [`Setting::expected`], within bounds.
    fn expected_in(range: &RangeInclusive<Self::Bound>) -> String;

    /// As [`Setting::schema`], within bounds.
    fn schema_in(range: &RangeInclusive<Self::Bound>) -> Schema;
}

impl Problems {
    /// Reports that the value being read is not what `T` is read from.
    pub fn mismatch<T: Setting>(&mut self, node: &Node) {
        self.add(node, node.describe(), T::expected());
    }
}

impl Setting for bool {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        if let Value::Bool(value) = node.value {
            return Some(value);
        }
        problems.mismatch::<Self>(node);
        None
    }

    fn expected() -> String {
        "`true` or `false`".to_owned()
    }

    fn schema() -> Schema {
        Schema::of_type("boolean")
    }
}

impl Setting for String {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        if let Value::Text(text) = &node.value {
            return Some(text.clone());
        }
        match node.written() {
            Some(written) if !written.is_empty() => {
                problems.add(node, node.describe(), format!("text; write `\"{written}\"`"));
            }
            _ => problems.mismatch::<Self>(node),
        }
        None
    }

    fn expected() -> String {
        "text".to_owned()
    }

    fn schema() -> Schema {
        Schema::text()
    }
}

/// Bounds of the length in characters.
impl Ranged for String {
    type Bound = usize;

    fn read_in(
        node: &Node,
        range: &RangeInclusive<usize>,
        problems: &mut Problems,
    ) -> Option<Self> {
        let text = Self::read(node, problems)?;
        let length = text.chars().count();
        if range.contains(&length) {
            return Some(text);
        }
        problems.add(node, format!("{length} characters"), Self::expected_in(range));
        None
    }

    fn expected_in(range: &RangeInclusive<usize>) -> String {
        format!("text of {} to {} characters", range.start(), range.end())
    }

    fn schema_in(range: &RangeInclusive<usize>) -> Schema {
        Schema::text()
            .with("minLength", range.start().to_string())
            .with("maxLength", range.end().to_string())
    }
}

/// A key that may be absent; `null` says the same.
impl<T: Setting> Setting for Option<T> {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        if node.value == Value::Null { Some(None) } else { T::read(node, problems).map(Some) }
    }

    fn expected() -> String {
        T::expected()
    }

    fn schema() -> Schema {
        or_null(T::schema())
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Ranged> Ranged for Option<T> {
    type Bound = T::Bound;

    fn read_in(
        node: &Node,
        range: &RangeInclusive<T::Bound>,
        problems: &mut Problems,
    ) -> Option<Self> {
        if node.value == Value::Null {
            Some(None)
        } else {
            T::read_in(node, range, problems).map(Some)
        }
    }

    fn expected_in(range: &RangeInclusive<T::Bound>) -> String {
        T::expected_in(range)
    }

    fn schema_in(range: &RangeInclusive<T::Bound>) -> Schema {
        or_null(T::schema_in(range))
    }
}

fn or_null(schema: Schema) -> Schema {
    Schema::new().with("anyOf", Schema::list([schema, Schema::of_type("null")]))
}

/// Reads one of a few words; gives its index. [`words!`](crate::words!) calls it.
pub fn read_word(node: &Node, words: &[&str], problems: &mut Problems) -> Option<usize> {
    let Value::Text(text) = &node.value else {
        problems.add(node, node.describe(), quote_list(words, " or "));
        return None;
    };
    let index = words.iter().position(|word| word == text);
    if index.is_none() {
        let hint =
            nearest(text, words).map_or(String::new(), |word| format!("; did you mean `{word}`?"));
        problems.add(node, node.describe(), quote_list(words, " or ") + &hint);
    }
    index
}

/// Describes words for a message. [`words!`](crate::words!) calls it.
#[doc(hidden)]
#[must_use]
pub fn expected_words(words: &[&str]) -> String {
    quote_list(words, " or ")
}
