//! [`Fields`] and [`settings!`](crate::settings!): maps with known keys.

use crate::near::nearest;
use crate::node::{Node, Origin, Value};
use crate::parse::{Document, parse};
use crate::problem::{Problems, quote_list};

/// The keys of one map, for a struct to be read from.
#[derive(Debug)]
pub struct Fields<'a> {
    map: &'a Node,
    has_unknown: bool,
}

impl<'a> Fields<'a> {
    /// Looks at a map: each key that is not known is a problem. Nothing, after
    /// a problem, if it is no map.
    pub fn open(map: &'a Node, known: &[&str], problems: &mut Problems) -> Option<Self> {
        let Value::Map(entries) = &map.value else {
            problems.add(map, map.describe(), "a map");
            return None;
        };
        let mut has_unknown = false;
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            has_unknown = true;
            let mut sorted = known.to_vec();
            sorted.sort_unstable();
            let mut expected = match sorted.len() {
                0 => "no keys at all".to_owned(),
                1 => quote_list(&sorted, ""),
                _ => format!("one of {}", quote_list(&sorted, ", ")),
            };
            if let Some(word) = nearest(&entry.key, known) {
                expected.push_str(&format!("; did you mean `{word}`?"));
            }
            let at_key = Node::new(Value::Null, entry.origin.clone());
            problems.under_key(&entry.key, |problems| {
                problems.add(&at_key, "an unknown key", expected)
            });
        }
        Some(Self { map, has_unknown })
    }

    /// Whether the map has a key that is not known.
    #[must_use]
    pub fn has_unknown(&self) -> bool {
        self.has_unknown
    }

    /// Reads the value under a key; `absent` is what a missing key stands for.
    /// A key that is missing and stands for nothing is a problem.
    pub fn required<T>(
        &self,
        key: &str,
        absent: Option<T>,
        expected: impl FnOnce() -> String,
        read: impl FnOnce(&Node, &mut Problems) -> Option<T>,
        problems: &mut Problems,
    ) -> Option<T> {
        match self.map.get(key) {
            Some(node) => problems.under_key(key, |problems| read(node, problems)),
            None => {
                if absent.is_none() {
                    problems.missing(self.map, key, expected());
                }
                absent
            }
        }
    }

    /// Reads the value under a key, or the default, which is YAML text.
    pub fn or_default<T>(
        &self,
        key: &str,
        default: &str,
        read: impl FnOnce(&Node, &mut Problems) -> Option<T>,
        problems: &mut Problems,
    ) -> Option<T> {
        match self.map.get(key) {
            Some(node) => problems.under_key(key, |problems| read(node, problems)),
            None => {
                let mut node = default_node(default);
                node.move_to(&self.map.origin);
                problems.under_key(key, |problems| read(&node, problems))
            }
        }
    }
}

/// The tree of a default. One that is not YAML is as good as nothing, which
/// the first test that reads the default meets.
#[must_use]
pub(crate) fn default_node(yaml: &str) -> Node {
    let mut problems = Problems::new();
    let node = parse(&Document::new("default", yaml), &mut problems);
    node.filter(|_| problems.is_empty())
        .unwrap_or_else(|| Node::new(Value::Null, Origin::new("default", 1)))
}

/// Declares a struct that is read from a map with known keys.
///
/// - `name: Type`: required, unless the type is an `Option`.
/// - `name: Type = "yaml"`: the default, as YAML text.
/// - `name: Type where (1..=100)`: within bounds, see [`Ranged`](crate::Ranged).
/// - `check = function;` after the struct: called with the struct as it was
///   read, its [`Place`](crate::Place) and the [`Problems`], for checks that
///   need more than one field; only where every field was read and no key is
///   unknown. The struct counts as read only if the check adds no problem.
///
/// Doc comments become descriptions in the JSON Schema.
///
/// ```
/// use std::time::Duration;
///
/// rules::settings! {
///     /// What is kept.
///     #[derive(Debug)]
///     pub struct Settings {
///         /// Longer spans are kept.
///         pub longer_than: Duration = "5s",
///         /// Shorter spans are dropped.
///         pub shorter_than: Duration where (Duration::ZERO..=Duration::from_secs(60)) = "0s",
///         /// For people.
///         pub note: Option<String>,
///     }
///     check = Settings::check;
/// }
///
/// impl Settings {
///     fn check(&self, place: &rules::Place, problems: &mut rules::Problems) {
///         if self.shorter_than > self.longer_than {
///             problems.push(place.problem("`shorter_than` above `longer_than`", "it below"));
///         }
///     }
/// }
///
/// let settings: Settings = rules::read(&[rules::Document::new("base.yaml", "longer_than: 2s")]).unwrap();
/// assert_eq!(settings.longer_than, Duration::from_secs(2));
///
/// let problems = rules::read::<Settings>(&[rules::Document::new("base.yaml", "longer_than: 2")]).unwrap_err();
/// assert_eq!(
///     problems[0].to_string(),
///     "base.yaml:1: longer_than: found the number `2`; expected a duration with its unit; \
///      write `2s` for seconds or `2ms` for milliseconds"
/// );
/// ```
#[macro_export]
macro_rules! settings {
    (
        $(#[$($attribute:tt)*])*
        $visibility:vis struct $name:ident {
            $(
                $(#[$($field_attribute:tt)*])*
                $field_visibility:vis $field:ident : $type:ty $(where ($range:expr))? $(= $default:literal)?
            ),* $(,)?
        }
        $(check = $check:path;)?
    ) => {
        $(#[$($attribute)*])*
        $visibility struct $name {
            $($(#[$($field_attribute)*])* $field_visibility $field: $type,)*
        }

        impl $crate::Setting for $name {
            fn read(node: &$crate::Node, problems: &mut $crate::Problems) -> Option<Self> {
                let fields = $crate::Fields::open(node, &[$($crate::private::key(stringify!($field))),*], problems)?;
                // Every field is read before one that is missing ends the
                // reading, so that all problems are reported.
                $(let $field = $crate::read_field!(fields, problems, $field, $type, ($($range)?), ($($default)?));)*
                let settings = Self { $($field: $field?),* };
                $(
                    // Beside a misspelled key the check would see a default in
                    // place of what was meant.
                    let before = problems.len();
                    if !fields.has_unknown() {
                        $check(&settings, &problems.place(&node.origin), problems);
                    }
                    if problems.len() > before {
                        return None;
                    }
                )?
                Some(settings)
            }

            fn expected() -> String {
                "a map".to_owned()
            }

            fn schema() -> $crate::Schema {
                $crate::private::struct_schema(
                    &[$($crate::doc_line!($($attribute)*)),*],
                    vec![$($crate::private::Field {
                        key: $crate::private::key(stringify!($field)),
                        docs: vec![$($crate::doc_line!($($field_attribute)*)),*],
                        schema: $crate::field_schema!($type, ($($range)?)),
                        is_required: <$type as $crate::Setting>::absent().is_none(),
                        default: $crate::field_default!($($default)?),
                    }),*],
                )
            }
        }
    };
}

/// Reads one field, with or without bounds and default.
#[doc(hidden)]
#[macro_export]
macro_rules! read_field {
    ($fields:ident, $problems:ident, $field:ident, $type:ty, ($($range:expr)?), ($default:literal)) => {
        $fields.or_default(
            $crate::private::key(stringify!($field)),
            $default,
            $crate::field_reader!($type, ($($range)?)),
            $problems,
        )
    };
    ($fields:ident, $problems:ident, $field:ident, $type:ty, ($($range:expr)?), ()) => {
        $fields.required(
            $crate::private::key(stringify!($field)),
            <$type as $crate::Setting>::absent(),
            $crate::field_expected!($type, ($($range)?)),
            $crate::field_reader!($type, ($($range)?)),
            $problems,
        )
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! field_reader {
    ($type:ty, ()) => {
        <$type as $crate::Setting>::read
    };
    ($type:ty, ($range:expr)) => {
        |node, problems| <$type as $crate::Ranged>::read_in(node, &$range, problems)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! field_expected {
    ($type:ty, ()) => {
        <$type as $crate::Setting>::expected
    };
    ($type:ty, ($range:expr)) => {
        || <$type as $crate::Ranged>::expected_in(&$range)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! field_schema {
    ($type:ty, ()) => {
        <$type as $crate::Setting>::schema()
    };
    ($type:ty, ($range:expr)) => {
        <$type as $crate::Ranged>::schema_in(&$range)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! field_default {
    () => {
        None
    };
    ($default:literal) => {
        Some($default)
    };
}
