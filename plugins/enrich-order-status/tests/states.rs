//! State of an earlier version of the plugin.

mod support;

use enrich_order_status::enrich::Enricher;
use support::{Dress, enrich, get, rules, span};

/// Of an order that was submitted in trace 1, with a publish about it, one about nothing, and
/// consumes that wait: by a link, by a message, by a parent.
const VERSION_1: &[u8] = include_bytes!("states/version-1.bin");

fn restored() -> Enricher {
    let mut enricher = Enricher::new(rules(&[]));
    enricher.restore(VERSION_1).expect("state of version 1 is taken over");
    enricher
}

/// Guarantees: order, partner, publishes and the beginnings of traces are taken over.
#[test]
fn orders_of_version_1_are_taken_over() {
    let mut enricher = restored();
    let out = enrich(
        &mut enricher,
        &[
            span(7, 1, 20, 21).order("o-1"),
            span(8, 2, 14, 20).kind(5).linked_to(1, 2),
            span(6, 9, 18, 19).order("o-1").change("SUBMITTED", "PRICE_CALCULATION_STARTED"),
        ],
    );
    assert_eq!(get(&out[0], "partner_id"), "partner-7");
    assert_eq!(get(&out[1], "order_status"), "SUBMITTED");
    assert_eq!(get(&out[1], "publish_to_consume_latency"), "3");
    assert_eq!(get(&out[2], "stage_duration"), "10");
    assert_eq!(get(&out[2], "status_transition_latency"), "9");
}

/// Guarantees: consumes that waited go on waiting, under the handle that they waited under.
#[test]
fn consumes_of_version_1_go_on_waiting() {
    let mut enricher = restored();
    let out = enrich(
        &mut enricher,
        &[
            span(3, 7, 10, 11).kind(4).order("o-1"),
            span(9, 1, 10, 11).kind(4).order("o-1").text("message_id", "m-2"),
            span(5, 9, 10, 11).kind(4).order("o-1"),
        ],
    );
    let waits: Vec<String> =
        out.iter().map(|span| get(span, "publish_to_consume_latency")).collect();
    assert_eq!(waits, ["3", "4", "5"]);
}

/// Guarantees: what was taken over is written in the version of now, and taken over again.
#[test]
fn state_of_version_1_becomes_state_of_now() {
    let enricher = restored();
    let state = enricher.snapshot();
    assert_ne!(state[0], VERSION_1[0]);
    let mut next = Enricher::new(rules(&[]));
    next.restore(&state).expect("the state is right");
    assert_eq!(next.snapshot(), state);
}

/// Guarantees: any part of a state of version 1, and one of a version to come, is refused, and
/// changes nothing.
#[test]
fn parts_of_a_state_are_refused() {
    let mut enricher = restored();
    let before = enricher.snapshot();
    for end in 0..VERSION_1.len() {
        assert!(enricher.restore(&VERSION_1[..end]).is_err(), "{end}");
    }
    let mut later = VERSION_1.to_vec();
    later[0] = 3;
    assert_eq!(enricher.restore(&later), Err("state of version 3, expected 1 or 2".to_owned()));
    assert_eq!(enricher.snapshot(), before);
}
