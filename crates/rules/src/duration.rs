//! Durations as settings: `5s`, `250ms`, `1h30m`.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::node::{Node, Value};
use crate::problems::Problems;
use crate::schema::Schema;
use crate::setting::{Ranged, Setting};

/// Those of Go, and days, which only rules know, at the end.
const UNITS: [(&str, u64); 9] = [
    ("ns", 1),
    // With the sign for micro, and with the Greek letter.
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60 * 1_000_000_000),
    ("h", 3_600 * 1_000_000_000),
    ("d", 86_400 * 1_000_000_000),
];

/// Numbers with units, largest first by custom: `ns`, `us`, `ms`, `s`, `m`, `h`, `d`.
/// A number without a unit is refused, for nobody can tell what it counts.
impl Setting for Duration {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let found = match &node.value {
            Value::Text(text) => parse_duration(text),
            // Nothing at all needs no unit.
            Value::Integer(0) => Some(Duration::ZERO),
            _ => None,
        };
        if found.is_none() {
            let expected = match &node.value {
                Value::Integer(number) if *number > 0 => {
                    format!(
                        "a duration with its unit; write `{number}s` for seconds or `{number}ms` for milliseconds"
                    )
                }
                _ => Self::expected(),
            };
            problems.add(node, node.describe(), expected);
        }
        found
    }

    fn expected() -> String {
        "a duration, such as `250ms`, `5s`, `30m` or `1h30m`".to_owned()
    }

    fn schema() -> Schema {
        let number = "([0-9]+\\.?[0-9]*|\\.[0-9]+)";
        let text = Schema::text_like(&format!("^[+]?(0|({number}(ns|us|µs|μs|ms|s|m|h|d))+)$"));
        Schema::new().with("anyOf", Schema::list([text, Schema::new().with("const", "0")]))
    }
}

impl Ranged for Duration {
    type Bound = Self;

    fn read_in(node: &Node, range: &RangeInclusive<Self>, problems: &mut Problems) -> Option<Self> {
        let duration = Self::read(node, problems)?;
        if range.contains(&duration) {
            return Some(duration);
        }
        problems.add(node, node.describe(), Self::expected_in(range));
        None
    }

    fn expected_in(range: &RangeInclusive<Self>) -> String {
        format!("a duration from {} to {}", text(*range.start()), text(*range.end()))
    }

    fn schema_in(_range: &RangeInclusive<Self>) -> Schema {
        // JSON Schema cannot compare durations that are text.
        Self::schema()
    }
}

/// Reads a duration as rules write it: by Go's grammar, and with `d` for days of 24 hours.
///
/// ```
/// use std::time::Duration;
///
/// assert_eq!(rules::parse_duration("1h30m"), Some(Duration::from_secs(5_400)));
/// assert_eq!(rules::parse_duration("14d"), Some(Duration::from_secs(14 * 86_400)));
/// assert_eq!(rules::parse_duration("1min"), None);
/// assert_eq!(rules::parse_duration("5"), None);
/// ```
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    parse(text, &UNITS)
}

/// Reads a duration as a Collector's config writes it: by the grammar of Go's `time.ParseDuration`,
/// to the last nanosecond. Nothing where Go refuses it, and where it is less than nothing.
///
/// ```
/// use std::time::Duration;
///
/// assert_eq!(rules::parse_go_duration("1.5s"), Some(Duration::from_millis(1_500)));
/// assert_eq!(rules::parse_go_duration("14d"), None);
/// ```
#[must_use]
pub fn parse_go_duration(text: &str) -> Option<Duration> {
    parse(text, &UNITS[..UNITS.len() - 1])
}

fn parse(text: &str, units: &[(&str, u64)]) -> Option<Duration> {
    let is_negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    let mut nanos: u64 = 0;
    let mut has_any = false;
    while !rest.is_empty() {
        let is_number = |c: char| c.is_ascii_digit() || c == '.';
        let (number, after) = rest.split_at(rest.find(|c| !is_number(c))?);
        let (unit, after) = after.split_at(after.find(is_number).unwrap_or(after.len()));
        let (_, unit_nanos) = units.iter().find(|(name, _)| *name == unit)?;
        nanos = nanos.checked_add(in_nanos(number, *unit_nanos)?)?;
        has_any = true;
        rest = after;
    }
    let is_right = has_any && i64::try_from(nanos).is_ok() && !(is_negative && nanos > 0);
    is_right.then(|| Duration::from_nanos(nanos))
}

/// Go reckons the fraction in double precision and cuts it off at a nanosecond.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "as Go does; the fraction is below one unit"
)]
fn in_nanos(number: &str, unit_nanos: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() + fraction.len() == 0 || fraction.contains('.') {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let nanos = whole.checked_mul(unit_nanos)?;
    let (mut digits, mut scale) = (0_u64, 1.0);
    for digit in fraction.bytes() {
        // What does not fit counts for less than a nanosecond.
        let next = digits.checked_mul(10).and_then(|all| all.checked_add(u64::from(digit - b'0')));
        let Some(next) = next.filter(|next| *next <= i64::MAX as u64) else { break };
        digits = next;
        scale *= 10.0;
    }
    nanos.checked_add((digits as f64 * (unit_nanos as f64 / scale)) as u64)
}

/// In the largest unit that needs no fraction.
fn text(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let unit =
        UNITS.iter().rev().find(|(_, unit)| nanos.is_multiple_of(u128::from(*unit)) && nanos > 0);
    match unit {
        Some((name, unit)) => format!("`{}{name}`", nanos / u128::from(*unit)),
        None => "`0s`".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_bounds_in_their_largest_unit() {
        assert_eq!(text(Duration::from_secs(90)), "`90s`");
        assert_eq!(text(Duration::from_secs(7200)), "`2h`");
        assert_eq!(text(Duration::from_millis(1)), "`1ms`");
        assert_eq!(text(Duration::from_nanos(5)), "`5ns`");
        assert_eq!(text(Duration::ZERO), "`0s`");
    }
}
