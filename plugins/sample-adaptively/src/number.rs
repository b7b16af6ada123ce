//! [`Number`]: a number of a rule or of a span, whatever type it came in.

use spans::Value;

/// A number that is compared by what it is worth: 5 and 5.0 are one, 2^53 and 2^53 + 1 are not.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Number {
    /// Without a fraction.
    Whole(i128),
    /// With one, or beyond what is whole above; infinity; not a number.
    Other(f64),
}

impl Number {
    #[allow(clippy::cast_possible_truncation, reason = "whole and in range")]
    pub(crate) fn of_double(value: f64) -> Self {
        // What an `i128` holds.
        let is_whole = value.fract() == 0.0 && (-2_f64.powi(127)..2_f64.powi(127)).contains(&value);
        if is_whole { Number::Whole(value as i128) } else { Number::Other(value) }
    }

    /// What a text is worth that would be a number if it stood in rules without quotes; or `NaN`,
    /// `Infinity` or `inf` in any case, as most languages write these.
    pub(crate) fn of_text(text: &[u8]) -> Option<Self> {
        // Most texts are none, and that is seen by one byte.
        text.first().filter(|first| b"+-.0123456789iInN".contains(first))?;
        let text = str::from_utf8(text).ok()?;
        if let Ok(value) = text.parse() {
            return Some(Number::Whole(value));
        }
        match rules::plain_scalar(text) {
            rules::Value::Integer(value) => Some(Number::Whole(value.into())),
            rules::Value::Float(value) => Some(Number::of_double(value)),
            _ if text.ends_with(|c: char| c.is_ascii_alphabetic()) => {
                text.parse().ok().map(Number::Other)
            }
            _ => None,
        }
    }

    /// The number that a value is, not counting texts.
    pub(crate) fn of_value(value: &Value<'_>) -> Option<Self> {
        match value {
            Value::Int(value) => Some(Number::Whole((*value).into())),
            Value::Double(value) => Some(Number::of_double(*value)),
            _ => None,
        }
    }
}

/// "Not a number" is what a rule for it means, so it is equal to itself.
impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Number::Whole(one), Number::Whole(other)) => one == other,
            (Number::Other(one), Number::Other(other)) => {
                one == other || one.is_nan() && other.is_nan()
            }
            _ => false,
        }
    }
}
