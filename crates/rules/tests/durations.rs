//! The one grammar of durations is that of Go's `time.ParseDuration`.

use std::time::Duration;

/// A text as JSON, and the nanoseconds that Go's `time.ParseDuration` reads from it; nothing where
/// it refuses the text or reads less than nothing. Written with Go 1.26.
const VECTORS: &str = include_str!("durations/vectors.csv");

/// Protects one file that both hosts and all rules read alike.
#[test]
fn reads_what_go_reads_and_nothing_else() {
    for line in VECTORS.lines() {
        let (text, nanos) = line.rsplit_once(',').expect("two columns");
        let text: String = serde_json::from_str(text).expect("a text as JSON");
        let expected = nanos.parse().ok().map(Duration::from_nanos);
        assert_eq!(rules::parse_go_duration(&text), expected, "{text:?}");
        // Rules know one unit more.
        let expected = if text == "1d" { Some(Duration::from_hours(24)) } else { expected };
        assert_eq!(rules::parse_duration(&text), expected, "{text:?}");
    }
}

/// Protects configs of the Collector from a unit that it refuses.
#[test]
fn only_rules_know_days() {
    for (text, hours) in [("14d", 14 * 24), ("1d12h", 36), ("0.5d", 12), ("106751d", 106_751 * 24)]
    {
        assert_eq!(rules::parse_duration(text), Some(Duration::from_hours(hours)), "{text}");
        assert_eq!(rules::parse_go_duration(text), None, "{text}");
    }
    assert_eq!(rules::parse_duration("106752d"), None, "more than 2^63 nanoseconds");
}
