//! Which plain scalars are `null`, booleans and numbers: the core schema of
//! YAML 1.2. `yes`, `on` and `0777` are what they look like: text, text, 777.

use crate::node::Value;

/// What a text would be that stood in rules without quotes: `1e3` a number, `True` a truth value,
/// `yes` a text.
#[must_use]
pub fn plain_scalar(text: &str) -> Value {
    resolve(text)
}

/// The value of a plain scalar.
pub(crate) fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        _ => {}
    }
    let (negative, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Value::Float(if negative { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    if let Some(value) = with_base(text, "0x", 16).or_else(|| with_base(text, "0o", 8)) {
        return value;
    }
    if is_digits(unsigned) {
        return match text.parse() {
            Ok(value) => Value::Integer(value),
            Err(_) => float(text),
        };
    }
    if is_float(unsigned) { float(text) } else { Value::Text(text.to_owned()) }
}

fn with_base(text: &str, prefix: &str, base: u32) -> Option<Value> {
    let digits = text.strip_prefix(prefix)?;
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(base)) {
        return None;
    }
    match i64::from_str_radix(digits, base) {
        Ok(value) => Some(Value::Integer(value)),
        Err(_) => {
            let digit = |c: char| f64::from(c.to_digit(base).unwrap_or(0));
            Some(Value::Float(digits.chars().fold(0.0, |sum, c| sum * f64::from(base) + digit(c))))
        }
    }
}

fn float(text: &str) -> Value {
    text.parse().map_or_else(|_| Value::Text(text.to_owned()), Value::Float)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(unsigned: &str) -> bool {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let mantissa_is_right = match mantissa.split_once('.') {
        Some(("", fraction)) => is_digits(fraction),
        Some((whole, fraction)) => is_digits(whole) && (fraction.is_empty() || is_digits(fraction)),
        None => is_digits(mantissa),
    };
    let exponent_is_right = exponent
        .is_none_or(|exponent| is_digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)));
    mantissa_is_right && exponent_is_right
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn resolves_plain_scalars_by_the_core_schema() {
        for (written, value) in [
            ("", Value::Null),
            ("~", Value::Null),
            ("null", Value::Null),
            ("nUll", text("nUll")),
            ("TRUE", Value::Bool(true)),
            ("yes", text("yes")),
            ("on", text("on")),
            ("0", Value::Integer(0)),
            ("-17", Value::Integer(-17)),
            ("+3", Value::Integer(3)),
            ("0777", Value::Integer(777)),
            ("0o777", Value::Integer(511)),
            ("0xFf", Value::Integer(255)),
            ("0x", text("0x")),
            ("0o8", text("0o8")),
            ("-0x1", text("-0x1")),
            ("9223372036854775807", Value::Integer(i64::MAX)),
            ("9223372036854775808", Value::Float(9_223_372_036_854_775_808.0)),
            ("0xFFFFFFFFFFFFFFFF", Value::Float(18_446_744_073_709_551_615.0)),
            ("1.5", Value::Float(1.5)),
            ("1.", Value::Float(1.0)),
            (".5", Value::Float(0.5)),
            ("-.5e-1", Value::Float(-0.05)),
            ("1e3", Value::Float(1000.0)),
            (".", text(".")),
            ("e3", text("e3")),
            ("1e", text("1e")),
            ("1.2.3", text("1.2.3")),
            ("1_000", text("1_000")),
            ("5s", text("5s")),
            ("-", text("-")),
            ("inf", text("inf")),
            ("nan", text("nan")),
            (".inf", Value::Float(f64::INFINITY)),
            ("-.INF", Value::Float(f64::NEG_INFINITY)),
        ] {
            assert_eq!(resolve(written), value, "{written}");
        }
    }
}
