//! Durations as settings: `5s`, `250ms`, `1h30m`.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::node::{Node, Value};
use crate::problem::Problems;
use crate::schema::Schema;
use crate::setting::{Ranged, Setting};

const UNITS: [(&str, u64); 6] = [
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60 * 1_000_000_000),
    ("h", 3_600 * 1_000_000_000),
    ("d", 86_400 * 1_000_000_000),
];

/// Numbers with units, largest first by custom: `us`, `ms`, `s`, `m`, `h`, `d`.
/// A number without a unit is refused, for nobody can tell what it counts.
impl Setting for Duration {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let found = match &node.value {
            Value::Text(text) => parse(text),
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
        let text = Schema::text_like("^([0-9]+(\\.[0-9]+)?(us|ms|s|m|h|d))+$");
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

fn parse(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut nanos: u64 = 0;
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| c.is_ascii_alphabetic())?);
        let (unit, after) =
            after.split_at(after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len()));
        let (_, unit_nanos) = UNITS.iter().find(|(name, _)| *name == unit)?;
        nanos = nanos.checked_add(in_nanos(number, *unit_nanos)?)?;
        rest = after;
    }
    (!text.is_empty()).then(|| Duration::from_nanos(nanos))
}

fn in_nanos(number: &str, unit_nanos: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let mut nanos = whole.parse::<u64>().ok()?.checked_mul(unit_nanos)?;
    let mut place = unit_nanos;
    for digit in fraction.bytes() {
        place /= 10;
        nanos = nanos.checked_add(place.checked_mul(u64::from(digit - b'0'))?)?;
    }
    Some(nanos)
}

/// In the largest unit that needs no fraction.
fn text(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let unit =
        UNITS.iter().rev().find(|(_, unit)| nanos.is_multiple_of(u128::from(*unit)) && nanos > 0);
    match unit {
        Some((name, unit)) => format!("`{}{name}`", nanos / u128::from(*unit)),
        None if nanos == 0 => "`0s`".to_owned(),
        None => format!("{nanos} nanoseconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_with_units() {
        for (written, nanos) in [
            ("5s", 5_000_000_000),
            ("250ms", 250_000_000),
            ("30m", 1_800_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("1.5s", 1_500_000_000),
            ("0.25ms", 250_000),
            ("7us", 7_000),
            ("14d", 1_209_600_000_000_000),
            ("0s", 0),
        ] {
            assert_eq!(parse(written), Some(Duration::from_nanos(nanos)), "{written}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for written in [
            "",
            "5",
            "s",
            "5 s",
            "-5s",
            "5sec",
            "1.s",
            ".5s",
            "5s3",
            "1e3s",
            "5S",
            "999999999999d",
            "1..5s",
            "٣s",
        ] {
            assert_eq!(parse(written), None, "{written}");
        }
    }

    #[test]
    fn writes_bounds_in_their_largest_unit() {
        assert_eq!(text(Duration::from_secs(90)), "`90s`");
        assert_eq!(text(Duration::from_secs(7200)), "`2h`");
        assert_eq!(text(Duration::from_millis(1)), "`1ms`");
        assert_eq!(text(Duration::from_nanos(5)), "5 nanoseconds");
        assert_eq!(text(Duration::ZERO), "`0s`");
    }
}
