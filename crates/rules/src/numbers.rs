//! Numbers as settings.

use std::ops::RangeInclusive;

use crate::node::{Node, Value};
use crate::problems::Problems;
use crate::schema::Schema;
use crate::setting::{Ranged, Setting};

macro_rules! whole_numbers {
    ($($type:ty),*) => {$(
        impl Setting for $type {
            fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
                Self::read_in(node, &(Self::MIN..=Self::MAX), problems)
            }

            fn expected() -> String {
                Self::expected_in(&(Self::MIN..=Self::MAX))
            }

            fn schema() -> Schema {
                Self::schema_in(&(Self::MIN..=Self::MAX))
            }
        }

        impl Ranged for $type {
            type Bound = Self;

            fn read_in(node: &Node, range: &RangeInclusive<Self>, problems: &mut Problems) -> Option<Self> {
                let number = match node.value {
                    Value::Integer(number) => Self::try_from(number).ok().filter(|number| range.contains(number)),
                    _ => None,
                };
                if number.is_none() {
                    problems.add(node, node.describe(), Self::expected_in(range));
                }
                number
            }

            fn expected_in(range: &RangeInclusive<Self>) -> String {
                whole_number(range.start(), range.end(), *range.end() == Self::MAX && Self::BITS > 16)
            }

            fn schema_in(range: &RangeInclusive<Self>) -> Schema {
                Schema::of_type("integer")
                    .with("minimum", range.start().to_string())
                    .with("maximum", range.end().to_string())
            }
        }
    )*};
}

whole_numbers!(u8, u16, u32, u64, usize, i32, i64);

/// The largest number of a wide type says nothing to an operator.
fn whole_number(
    start: &dyn std::fmt::Display,
    end: &dyn std::fmt::Display,
    is_open: bool,
) -> String {
    if is_open {
        format!("a whole number of {start} or more")
    } else {
        format!("a whole number from {start} to {end}")
    }
}

/// Any number but infinity and "not a number".
impl Setting for f64 {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        Self::read_in(node, &(Self::MIN..=Self::MAX), problems)
    }

    fn expected() -> String {
        "a number".to_owned()
    }

    fn schema() -> Schema {
        Schema::of_type("number")
    }
}

impl Ranged for f64 {
    type Bound = Self;

    fn read_in(node: &Node, range: &RangeInclusive<Self>, problems: &mut Problems) -> Option<Self> {
        let number = match node.value {
            // A whole number above 2^53 loses its last digits, as in JSON.
            #[allow(clippy::cast_precision_loss, reason = "documented above")]
            Value::Integer(number) => Some(number as f64),
            Value::Float(number) => Some(number),
            _ => None,
        };
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            problems.add(node, node.describe(), Self::expected_in(range));
        }
        number
    }

    fn expected_in(range: &RangeInclusive<Self>) -> String {
        if *range == (Self::MIN..=Self::MAX) {
            return Self::expected();
        }
        format!("a number from {} to {}", range.start(), range.end())
    }

    fn schema_in(range: &RangeInclusive<Self>) -> Schema {
        Self::schema()
            .with("minimum", range.start().to_string())
            .with("maximum", range.end().to_string())
    }
}
