//! [`settings!`](crate::settings!) and [`words!`](crate::words!), and what they are made of.

/// Declares a struct that is read from a map with known keys.
///
/// - `name: Type`: required, unless the type is an `Option`.
/// - `name: Type = "yaml"`: the default, as YAML text.
/// - `name: Type where (1..=100)`: within bounds, see [`Ranged`](crate::Ranged).
/// - `check = function;` after the struct: called with the struct as it was
///   read, its [`Place`](crate::Place) and the [`Problems`](crate::Problems), for checks that
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

/// Declares an enum that is read from one of a few words.
///
/// ```
/// rules::words! {
///     /// What becomes of a value.
///     #[derive(Clone, Copy, Debug, PartialEq, Eq)]
///     pub enum Action {
///         /// Hides it.
///         Mask = "mask",
///         /// Takes it away with its key.
///         Remove = "remove",
///     }
/// }
/// assert_eq!(Action::Mask.word(), "mask");
/// ```
#[macro_export]
macro_rules! words {
    (
        $(#[$($attribute:tt)*])*
        $visibility:vis enum $name:ident {
            $(
                $(#[$($word_attribute:tt)*])*
                $variant:ident = $word:literal
            ),* $(,)?
        }
    ) => {
        $(#[$($attribute)*])*
        $visibility enum $name {
            $($(#[$($word_attribute)*])* $variant,)*
        }

        impl $name {
            /// The word that it is written as.
            #[allow(dead_code, reason = "not every enum of words is written back")]
            $visibility fn word(&self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl $crate::Setting for $name {
            fn read(node: &$crate::Node, problems: &mut $crate::Problems) -> Option<Self> {
                const WORDS: &[&str] = &[$($word),*];
                let mut variants = [$(Some(Self::$variant)),*];
                variants[$crate::read_word(node, WORDS, problems)?].take()
            }

            fn expected() -> String {
                $crate::private::expected_words(&[$($word),*])
            }

            fn schema() -> $crate::Schema {
                let words = [$(
                    $crate::private::word_schema($word, &[$($crate::doc_line!($($word_attribute)*)),*]),
                )*];
                $crate::Schema::new().with("oneOf", $crate::Schema::list(words))
            }
        }
    };
}

/// The text of an attribute that is a line of a doc comment; empty otherwise.
#[doc(hidden)]
#[macro_export]
macro_rules! doc_line {
    (doc = $line:literal) => {
        $line
    };
    ($($other:tt)*) => {
        ""
    };
}
