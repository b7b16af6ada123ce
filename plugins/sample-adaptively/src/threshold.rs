//! [`Threshold`] and [`Randomness`] of OpenTelemetry's consistent probability
//! sampling: a span is kept if its randomness is not below the threshold.
//!
//! <https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/>
//!
//! The arithmetic follows the Collector's `pkg/sampling` to the last bit, so
//! that this plugin and the probabilistic sampler keep the same traces.

/// 2^56: how many values a randomness can have.
const RANGE: u64 = 1 << 56;

/// Hexadecimal digits of 56 bits.
const MAX_DIGITS: usize = 14;

/// How many of 2^56 randomness values are rejected: 0 keeps all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Threshold(u64);

/// 56 bits that all spans of a trace share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Randomness(u64);

impl Threshold {
    /// Keeps every span.
    pub const KEEP_ALL: Threshold = Threshold(0);

    /// The threshold that keeps this share, rounded to `digits` hexadecimal
    /// digits after the leading `0`s or `f`s. A share above 1 counts as 1,
    /// one below 2^-56 as 2^-56.
    ///
    /// ```
    /// use sample_adaptively::Threshold;
    ///
    /// assert_eq!(Threshold::of_share(0.1, 4).to_string(), "e666");
    /// assert_eq!(Threshold::of_share(0.01, 5).to_string(), "fd70a4");
    /// assert_eq!(Threshold::of_share(1.0, 4).to_string(), "0");
    /// ```
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "2^56 is a power of two")]
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and 2^56"
    )]
    pub fn of_share(share: f64, digits: usize) -> Self {
        let share = share.max(1.0 / RANGE as f64);
        if share >= 1.0 {
            return Self::KEEP_ALL;
        }
        // Near both ends more digits are needed for the same relative error.
        let more = (exponent(share) / -4).max(exponent(1.0 - share) / -4).max(0);
        let digits = (digits + more as usize).min(MAX_DIGITS);
        let mut threshold = RANGE - (share * RANGE as f64).round() as u64;
        let dropped_bits = 4 * (MAX_DIGITS - digits);
        if dropped_bits > 0 {
            threshold += 1 << (dropped_bits - 1);
            threshold = threshold >> dropped_bits << dropped_bits;
        }
        Self(threshold)
    }

    /// Reads the value of `th`: 1 to 14 hexadecimal digits, zeros at the end
    /// left out.
    #[must_use]
    pub fn read(digits: &[u8]) -> Option<Self> {
        if digits.is_empty() || digits.len() > MAX_DIGITS {
            return None;
        }
        Some(Self(hexadecimal(digits)? << (4 * (MAX_DIGITS - digits.len()))))
    }

    /// Whether a span of this randomness is kept.
    #[must_use]
    pub fn keeps(self, randomness: Randomness) -> bool {
        randomness.0 >= self.0
    }
}

/// As the value of `th`.
impl std::fmt::Display for Threshold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 == 0 {
            return f.write_str("0");
        }
        let zeros = self.0.trailing_zeros() as usize / 4;
        write!(f, "{:0width$x}", self.0 >> (4 * zeros), width = MAX_DIGITS - zeros)
    }
}

impl Randomness {
    /// The last 56 bits of a trace id. Nothing where it is no trace id: all
    /// zeros, or not of 16 bytes.
    #[must_use]
    pub fn of_trace_id(trace_id: &[u8]) -> Option<Self> {
        let id: [u8; 16] = trace_id.try_into().ok().filter(|id| *id != [0; 16])?;
        let last_half =
            u64::from_be_bytes([id[8], id[9], id[10], id[11], id[12], id[13], id[14], id[15]]);
        Some(Self(last_half & (RANGE - 1)))
    }

    /// Reads the value of `rv`: 14 hexadecimal digits.
    #[must_use]
    pub fn read(digits: &[u8]) -> Option<Self> {
        (digits.len() == MAX_DIGITS).then(|| hexadecimal(digits))?.map(Self)
    }
}

/// As the value of `rv`.
impl std::fmt::Display for Randomness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:014x}", self.0)
    }
}

fn hexadecimal(digits: &[u8]) -> Option<u64> {
    digits
        .iter()
        .try_fold(0, |sum, digit| Some(sum << 4 | u64::from(char::from(*digit).to_digit(16)?)))
}

/// The exponent of `frexp`: `value` is between half of 2 to this power and it.
/// For normal numbers above 0, which is all that shares can be.
fn exponent(value: f64) -> i32 {
    (value.to_bits() >> 52 & 0x7ff) as i32 - 1022
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_th() {
        for (written, value, trimmed) in [
            ("0", 0, "0"),
            ("00", 0, "0"),
            ("c", 0xc0_0000_0000_0000, "c"),
            ("C000", 0xc0_0000_0000_0000, "c"),
            ("08", 0x08_0000_0000_0000, "08"),
            ("ffffffffffffff", 0xff_ffff_ffff_ffff, "ffffffffffffff"),
            ("00000000000001", 1, "00000000000001"),
        ] {
            let threshold = Threshold::read(written.as_bytes());
            assert_eq!(threshold, Some(Threshold(value)), "{written}");
            assert_eq!(Threshold(value).to_string(), trimmed);
        }
        for wrong in ["", "g", "-1", "+1", "0x1", "1.5", "100000000000000", " 1"] {
            assert_eq!(Threshold::read(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn randomness_is_rv_or_the_end_of_the_trace_id() {
        let id = [1, 2, 3, 4, 5, 6, 7, 8, 0xff, 0xab, 0, 0, 0, 0, 0, 1];
        assert_eq!(Randomness::of_trace_id(&id), Some(Randomness(0xab_0000_0000_0001)));
        assert_eq!(Randomness::of_trace_id(&[0; 16]), None);
        assert_eq!(Randomness::of_trace_id(&[1; 8]), None);
        assert_eq!(Randomness::of_trace_id(&[]), None);
        assert_eq!(Randomness::read(b"0000000000000f"), Some(Randomness(15)));
        assert_eq!(Randomness::read(b"f"), None);
        assert_eq!(Randomness(15).to_string(), "0000000000000f");
    }
}
