//! [`rfc3339`]: a moment for people.

use std::time::{Duration, SystemTime};

/// Returns nanoseconds since 1970 as RFC 3339 in UTC, to the nanosecond.
///
/// ```
/// let text = enrich_order_status::time::rfc3339(1_772_366_400_123_456_789);
/// assert_eq!(text, "2026-03-01T12:00:00.123456789Z");
/// ```
pub fn rfc3339(unix_nanos: u64) -> String {
    // 64 bits of nanoseconds end in the year 2554: every moment has four digits for its year, and
    // no clock is asked.
    humantime::format_rfc3339_nanos(SystemTime::UNIX_EPOCH + Duration::from_nanos(unix_nanos))
        .to_string()
}
