//! Which plain texts are numbers, times and so on: as Go's `yaml.v3` has it.

use crate::value::Yaml;

/// Returns the value of a plain scalar.
pub(crate) fn resolve(text: &str) -> Yaml {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Yaml::Null,
        "true" | "True" | "TRUE" => return Yaml::Bool(true),
        "false" | "False" | "FALSE" => return Yaml::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Yaml::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Yaml::Float(f64::INFINITY);
        }
        "-.inf" | "-.Inf" | "-.INF" => return Yaml::Float(f64::NEG_INFINITY),
        _ => {}
    }
    let other = || Yaml::Text(text.into());
    match text.as_bytes().first() {
        Some(b'0'..=b'9' | b'+' | b'-') => {}
        Some(b'.') => return fraction(text).map_or_else(other, Yaml::Float),
        _ => return other(),
    }
    if let Some(time) = crate::timestamp::rfc3339(text) {
        return Yaml::Time(time);
    }
    let plain = text.replace('_', "");
    if let Some(value) = integer(&plain) {
        return Yaml::Integer(value);
    }
    float(&plain).map_or_else(other, Yaml::Float)
}

/// Returns the key that a value is as a key; nothing for lists and maps.
pub(crate) fn key(value: &Yaml) -> Option<String> {
    match value {
        Yaml::Null => Some("<nil>".into()),
        Yaml::List(_) | Yaml::Map(_) | Yaml::Expanded(..) => None,
        value => Some(text(value)),
    }
}

/// Returns a scalar as Go prints it with `%v`.
pub(crate) fn text(value: &Yaml) -> String {
    match value {
        Yaml::Bool(value) => value.to_string(),
        Yaml::Integer(value) => value.to_string(),
        Yaml::Float(value) => float_text(*value),
        Yaml::Text(text) | Yaml::Time(text) => text.clone(),
        Yaml::Expanded(value, _) => self::text(value),
        Yaml::Null | Yaml::List(_) | Yaml::Map(_) => String::new(),
    }
}

/// Decimal, `0x`, `0o`, `0b`, and octal after a `0` as in YAML 1.1.
fn integer(plain: &str) -> Option<i128> {
    let (negative, digits) = match plain.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, plain.strip_prefix('+').unwrap_or(plain)),
    };
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    // A sign may stand here once only.
    if !digits.starts_with(|c: char| c.is_digit(base)) {
        return None;
    }
    let value = i128::from_str_radix(digits, base).ok()?;
    let value = if negative { -value } else { value };
    let most = if plain.starts_with(['+', '-']) { i128::from(i64::MAX) } else { u64::MAX.into() };
    (i128::from(i64::MIN)..=most).contains(&value).then_some(value)
}

/// After a point an underscore must stand between digits.
fn fraction(text: &str) -> Option<f64> {
    let is_digit = |at: Option<&u8>| at.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    let stands_well = |(at, _): (usize, &u8)| {
        is_digit(at.checked_sub(1).and_then(|at| bytes.get(at))) && is_digit(bytes.get(at + 1))
    };
    let all_do = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'_').all(stands_well);
    if all_do { float(&text.replace('_', "")) } else { None }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, where it is finite.
fn float(plain: &str) -> Option<f64> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = plain.strip_prefix(['-', '+']).unwrap_or(plain);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent),
        None => (unsigned, "0"),
    };
    let mantissa_is_right = match mantissa.split_once('.') {
        Some((whole, fraction)) => {
            (is_digits(whole) && fraction.is_empty() || is_digits(fraction))
                && (whole.is_empty() || is_digits(whole))
        }
        None => is_digits(mantissa),
    };
    if !mantissa_is_right || !is_digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)) {
        return None;
    }
    plain.parse().ok().filter(|value: &f64| value.is_finite())
}

/// As Go writes a float in as few digits as tell it from all others: whole numbers below a
/// million without a point, and others from there on, and below a ten-thousandth, with an exponent.
fn float_text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf".into() } else { "-Inf".into() };
    }
    let written = format!("{value:e}");
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    match exponent.parse::<i32>().unwrap_or_default() {
        -4..=5 => value.to_string(),
        exponent => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Guarantees: every text is what `yaml.v3` makes of it; the list was read by it.
    #[test]
    fn resolves_as_the_collector_does() {
        let text = |text: &str| Yaml::Text(text.into());
        for (written, value) in [
            ("1.0", Yaml::Float(1.0)),
            ("1e6", Yaml::Float(1e6)),
            ("0x1F", Yaml::Integer(31)),
            ("0X1f", Yaml::Integer(31)),
            ("-0x1f", Yaml::Integer(-31)),
            ("010", Yaml::Integer(8)),
            ("0_8", Yaml::Float(8.0)),
            ("08", Yaml::Float(8.0)),
            ("0o17", Yaml::Integer(15)),
            ("-0o7", Yaml::Integer(-7)),
            ("0b11", Yaml::Integer(3)),
            ("1_000", Yaml::Integer(1000)),
            ("1__0", Yaml::Integer(10)),
            ("_1", text("_1")),
            ("+5", Yaml::Integer(5)),
            ("+-5", text("+-5")),
            ("0x", text("0x")),
            ("0x+1", text("0x+1")),
            ("09.5", Yaml::Float(9.5)),
            ("1_0.5", Yaml::Float(10.5)),
            ("-.5", Yaml::Float(-0.5)),
            (".", text(".")),
            (".97_2", Yaml::Float(0.972)),
            ("._5", text("._5")),
            ("5.", Yaml::Float(5.0)),
            ("1e400", text("1e400")),
            ("18446744073709551615", Yaml::Integer(u64::MAX.into())),
            ("18446744073709551616", Yaml::Float(18_446_744_073_709_551_616.0)),
            ("-9223372036854775809", Yaml::Float(-9_223_372_036_854_775_809.0)),
            ("yes", text("yes")),
            ("on", text("on")),
            ("~", Yaml::Null),
            ("nUll", text("nUll")),
            ("5s", text("5s")),
            ("2026-1-2", Yaml::Time("2026-01-02T00:00:00Z".into())),
            ("2026-13-02", text("2026-13-02")),
        ] {
            assert_eq!(resolve(written), value, "{written}");
        }
    }

    #[test]
    fn writes_floats_as_go_does() {
        for (value, written) in [
            (1.0, "1"),
            (1.5, "1.5"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (100_000.0, "100000"),
            (1e6, "1e+06"),
            (123_456_789.5, "1.234567895e+08"),
            (1.25e21, "1.25e+21"),
            (f64::INFINITY, "+Inf"),
        ] {
            assert_eq!(float_text(value), written);
        }
    }
}
