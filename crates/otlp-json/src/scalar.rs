//! How single values stand in JSON.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::Serializer;

pub fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Reads `null` as a field that was left out, as protobuf's JSON does.
pub fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// A whole number that stands in JSON as number or text.
pub trait Whole: Copy + fmt::Display + std::str::FromStr {
    const EXPECTED: &'static str;
    fn from_wide(number: i128) -> Option<Self>;
}

impl Whole for u64 {
    const EXPECTED: &'static str = "a whole number from 0 to 2^64 - 1, as text or number";
    fn from_wide(number: i128) -> Option<Self> {
        number.try_into().ok()
    }
}

impl Whole for i64 {
    const EXPECTED: &'static str = "a whole number from -2^63 to 2^63 - 1, as text or number";
    fn from_wide(number: i128) -> Option<Self> {
        number.try_into().ok()
    }
}

impl Whole for i32 {
    const EXPECTED: &'static str = "a whole number from -2^31 to 2^31 - 1";
    fn from_wide(number: i128) -> Option<Self> {
        number.try_into().ok()
    }
}

impl Whole for u32 {
    const EXPECTED: &'static str = "a whole number from 0 to 2^32 - 1";
    fn from_wide(number: i128) -> Option<Self> {
        number.try_into().ok()
    }
}

/// An enum that stands in JSON as a number or by name.
struct Names {
    names: &'static [&'static str],
    expected: &'static str,
}

struct WholeVisitor<T>(PhantomData<T>, Option<Names>);

impl<T> WholeVisitor<T> {
    fn expected(&self) -> &'static str
    where
        T: Whole,
    {
        self.1.as_ref().map_or(T::EXPECTED, |names| names.expected)
    }
}

impl<'de, T: Whole + Default> Visitor<'de> for WholeVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        T::from_wide(number.into()).ok_or_else(|| found("another number", &self))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        T::from_wide(number.into()).ok_or_else(|| found("another number", &self))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        // `1e3` is a whole number too; from 2^53 on the text no longer tells which.
        if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 {
            T::from_wide(number as i128).ok_or_else(|| found("another number", &self))
        } else {
            Err(found("another number", &self))
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        let expected = self.expected();
        if let Some(names) = &self.1
            && let Some(number) = names.names.iter().position(|name| *name == text)
        {
            return T::from_wide(number as i128).ok_or_else(|| found("another name", &self));
        }
        match (text.parse(), text.parse::<f64>()) {
            (Ok(number), _) => Ok(number),
            // `"1e3"`: as text, too, it may be written with an exponent.
            (_, Ok(number)) => {
                self.visit_f64(number).map_err(|_: E| found("another text", &expected))
            }
            _ => Err(found("another text", &expected)),
        }
    }

    fn visit_unit<E: de::Error>(self) -> Result<T, E> {
        Ok(T::default())
    }
}

/// An error without the value that was found.
pub fn found<E: de::Error>(what: &str, expected: &dyn de::Expected) -> E {
    E::custom(format_args!("found {what}; expected {expected}"))
}

pub fn number_32<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    deserializer.deserialize_any(WholeVisitor(PhantomData, None))
}

pub fn span_kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    let names = Names {
        names: &[
            "SPAN_KIND_UNSPECIFIED",
            "SPAN_KIND_INTERNAL",
            "SPAN_KIND_SERVER",
            "SPAN_KIND_CLIENT",
            "SPAN_KIND_PRODUCER",
            "SPAN_KIND_CONSUMER",
        ],
        expected: "a span kind, as number or name such as `SPAN_KIND_SERVER`",
    };
    deserializer.deserialize_any(WholeVisitor(PhantomData, Some(names)))
}

pub fn status_code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    let names = Names {
        names: &["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"],
        expected: "a status code, as number or name such as `STATUS_CODE_ERROR`",
    };
    deserializer.deserialize_any(WholeVisitor(PhantomData, Some(names)))
}

/// 64-bit integers: text on the way out, text or number on the way in.
pub mod text_64 {
    use super::{Deserializer, PhantomData, Serializer, Whole, WholeVisitor};

    pub fn serialize<S: Serializer, T: Whole>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub fn deserialize<'de, D: Deserializer<'de>, T: Whole + Default>(
        from: D,
    ) -> Result<T, D::Error> {
        from.deserialize_any(WholeVisitor(PhantomData, None))
    }
}

/// Text that stands for bytes.
struct BytesVisitor {
    read: fn(&str) -> Option<Vec<u8>>,
    expected: &'static str,
}

impl Visitor<'_> for BytesVisitor {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<u8>, E> {
        (self.read)(text).ok_or_else(|| found("another text", &self))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Vec<u8>, E> {
        Ok(Vec::new())
    }
}

/// Ids of traces and spans.
pub mod hex_bytes {
    use super::{BytesVisitor, Deserializer, Serializer, base64_bytes};
    use crate::object::Tempo;

    pub fn serialize<S: Serializer>(value: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(value))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        from.deserialize_any(BytesVisitor {
            read: |text| {
                if Tempo::is_read() { base64_bytes::decode(text) } else { hex::decode(text).ok() }
            },
            expected: "an id in hex digits",
        })
    }
}

/// Values of type bytes.
pub mod base64_bytes {
    use base64::Engine;
    use base64::alphabet::{STANDARD, URL_SAFE};
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

    use super::{BytesVisitor, Deserializer, Serializer};

    const CONFIG: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

    pub fn serialize<S: Serializer>(value: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&GeneralPurpose::new(&STANDARD, CONFIG).encode(value))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        from.deserialize_any(BytesVisitor { read: decode, expected: "bytes in base64" })
    }

    /// Protobuf's JSON may use either alphabet, padded or not.
    pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
        let standard = GeneralPurpose::new(&STANDARD, CONFIG).decode(text);
        standard.or_else(|_| GeneralPurpose::new(&URL_SAFE, CONFIG).decode(text)).ok()
    }
}

/// Floating-point numbers, with the three that JSON has no number for as text.
pub mod double {
    use super::{Deserializer, Serializer, Visitor, de, fmt, found};

    pub fn serialize<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
        match *value {
            value if value.is_nan() => to.serialize_str("NaN"),
            f64::INFINITY => to.serialize_str("Infinity"),
            f64::NEG_INFINITY => to.serialize_str("-Infinity"),
            value => to.serialize_f64(value),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        from.deserialize_any(DoubleVisitor)
    }

    struct DoubleVisitor;

    impl Visitor<'_> for DoubleVisitor {
        type Value = f64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number, or `NaN`, `Infinity` or `-Infinity`")
        }

        fn visit_f64<E: de::Error>(self, number: f64) -> Result<f64, E> {
            Ok(number)
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<f64, E> {
            Ok(number as f64)
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<f64, E> {
            Ok(number as f64)
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<f64, E> {
            match text {
                "NaN" => Ok(f64::NAN),
                "Infinity" => Ok(f64::INFINITY),
                "-Infinity" => Ok(f64::NEG_INFINITY),
                _ => match text.parse::<f64>() {
                    // Rust reads `inf` and `nan` too; protobuf does not.
                    Ok(number) if number.is_finite() => Ok(number),
                    _ => Err(found("another text", &self)),
                },
            }
        }
    }
}
