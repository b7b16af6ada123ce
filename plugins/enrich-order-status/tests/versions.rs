//! Versions of status events: which change overtakes which.

mod support;

use enrich_order_status::enrich::Enricher;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use support::{Dress, enrich, get, rules, span};

/// Scenario: an old status event is worked on after a newer one.
/// Guarantees: the order does not go back.
#[test]
fn an_older_event_version_changes_nothing() {
    let mut enricher = Enricher::new(rules(&[]));
    let out = enrich(
        &mut enricher,
        &[
            span(1, 1, 10, 20)
                .order("o-1")
                .change("PACKAGING", "SHIPPED")
                .with("event_version", Value::IntValue(10)),
            span(1, 2, 29, 30)
                .order("o-1")
                .change("MANUFACTURING_COMPLETED", "PACKAGING")
                .text("event_version", "9"),
            span(1, 3, 40, 41).order("o-1"),
        ],
    );
    assert_eq!(get(&out[1], "stage_duration"), "");
    assert_eq!(get(&out[2], "order_status"), "SHIPPED");
}

/// Scenario: two changes have the same event version.
/// Guarantees: neither overtakes the other.
#[test]
fn an_event_version_overtakes_only_what_is_older() {
    let mut enricher = Enricher::new(rules(&[]));
    let change = |id, to: &str| {
        let start = 10 * u64::from(id);
        span(1, id, start, start + 1).order("o-1").change("", to).text("event_version", "7")
    };
    let out = enrich(
        &mut enricher,
        &[change(1, "PACKAGING"), change(2, "SHIPPED"), span(1, 3, 50, 51).order("o-1")],
    );
    assert_eq!(get(&out[2], "order_status"), "SHIPPED");
    assert_eq!(get(&out[1], "stage_duration"), "10");
}

/// Scenario: a change is forgotten, one without a version follows, then one of an older version.
/// Guarantees: what was forgotten has overtaken it.
#[test]
fn an_event_version_outlives_its_change() {
    let mut enricher = Enricher::new(rules(&["limits: { transitions_per_order: 2 }"]));
    let change = |id, to: &str, version: &str| {
        let start = 10 * u64::from(id);
        let change = span(1, id, start, start + 1).order("o-1").change("", to);
        if version.is_empty() { change } else { change.text("event_version", version) }
    };
    enrich(
        &mut enricher,
        &[
            change(1, "PACKAGING", "9"),
            change(2, "SHIPPED", ""),
            change(3, "CLOSED", ""),
            change(4, "SUBMITTED", "8"),
        ],
    );
    let out = enrich(&mut enricher, &[span(1, 5, 60, 61).order("o-1")]);
    assert_eq!(get(&out[0], "order_status"), "CLOSED");
}
