//! How publishes and consumes find each other, and what sets a transition off.

mod support;

use enrich_order_status::enrich::Enricher;
use opentelemetry_proto::tonic::trace::v1::Span;
use support::{Dress, enrich, get, rules, span};

const PRODUCER: i32 = 4;
const CONSUMER: i32 = 5;

fn enricher() -> Enricher {
    Enricher::new(rules(&[]))
}

fn waits(spans: &[Span]) -> Vec<String> {
    spans.iter().map(|span| get(span, "publish_to_consume_latency")).collect()
}

/// Guarantees: a consume finds its publish by link, in the same batch and in a later one.
#[test]
fn joins_by_link() {
    let publish = span(1, 1, 10, 11).kind(PRODUCER).order("o-1");
    let consume = |id| span(2, id, 14, 20).kind(CONSUMER).linked_to(1, 1).order("o-1");
    let mut enricher = enricher();
    assert_eq!(waits(&enrich(&mut enricher, &[consume(2), publish])), ["3", ""]);
    assert_eq!(waits(&enrich(&mut enricher, &[consume(3)])), ["3"]);
}

/// Guarantees: a consume finds its publish by parent.
#[test]
fn joins_by_parent() {
    let mut enricher = enricher();
    let out = enrich(
        &mut enricher,
        &[
            span(1, 1, 10, 11).named("mq.publish.status").order("o-1"),
            span(1, 2, 13, 20).named("mq.consume.status").child_of(1),
        ],
    );
    assert_eq!(waits(&out), ["", "2"]);
}

/// Scenario: neither link nor parent lead from the consume to the publish.
/// Guarantees: the message's id does, under the keys of both generations of conventions.
#[test]
fn joins_by_message_id() {
    let mut enricher = enricher();
    let out = enrich(
        &mut enricher,
        &[
            span(1, 1, 10, 11)
                .kind(3)
                .text("messaging.operation.type", "send")
                .text("messaging.message.id", "m-7")
                .order("o-1"),
            span(2, 2, 15, 20)
                .kind(3)
                .text("messaging.operation", "receive")
                .text("message_id", "m-7")
                .order("o-1"),
        ],
    );
    assert_eq!(waits(&out), ["", "4"]);
}

/// Scenario: the consume arrives before its publish.
/// Guarantees: the publish gets the time, also when it is sent again; the consume has none.
#[test]
fn the_later_of_the_two_gets_the_time() {
    for handle in ["link", "parent", "message"] {
        let publish = || span(1, 1, 10, 11).kind(PRODUCER).order("o-1").text("message_id", "m-1");
        let consume = span(1, 2, 14, 20).kind(CONSUMER).order("o-1");
        let consume = match handle {
            "link" => Span { trace_id: vec![2; 16], ..consume.linked_to(1, 1) },
            "parent" => consume.child_of(1),
            _ => Span { trace_id: vec![2; 16], ..consume.text("message_id", "m-1") },
        };
        let mut enricher = enricher();
        assert_eq!(waits(&enrich(&mut enricher, &[consume])), [""], "{handle}");
        assert_eq!(waits(&enrich(&mut enricher, &[publish()])), ["3"], "{handle}");
        assert_eq!(waits(&enrich(&mut enricher, &[publish()])), ["3"], "{handle}");
    }
}

/// Scenario: a consume of a trace of its own, without the order's id; its publish has it.
/// Guarantees: the consume and its trace belong to the order of the publish.
#[test]
fn a_consume_belongs_to_the_order_of_its_publish() {
    let mut enricher = enricher();
    enrich(
        &mut enricher,
        &[
            span(1, 1, 5, 9).order("o-1").change("FILE_UPLOADED", "SUBMITTED"),
            span(1, 2, 10, 11).child_of(1).kind(PRODUCER),
        ],
    );
    let out = enrich(
        &mut enricher,
        &[
            span(2, 3, 12, 20).kind(CONSUMER).linked_to(1, 2),
            span(2, 4, 13, 14).child_of(3).named("INSERT"),
        ],
    );
    assert_eq!(waits(&out), ["1", ""]);
    assert_eq!(get(&out[0], "order_status"), "SUBMITTED");
    assert_eq!(get(&out[1], "order_status"), "SUBMITTED");
}

/// Guarantees: a message that nobody knows the order of leaves its spans as they are.
#[test]
fn messages_of_no_order_stay_as_they_are() {
    let batch =
        [span(1, 1, 10, 11).kind(PRODUCER), span(2, 2, 14, 20).kind(CONSUMER).linked_to(1, 1)];
    assert_eq!(enrich(&mut enricher(), &batch), batch);
}

/// Scenario: a consume begins while the publish is still being confirmed; another one before the
/// publish began, by its own clock.
/// Guarantees: the first did not wait; of the second nothing is said.
#[test]
fn no_time_is_negative() {
    let out = enrich(
        &mut enricher(),
        &[
            span(1, 1, 10, 20).kind(PRODUCER).order("o-1"),
            span(1, 2, 15, 30).kind(CONSUMER).child_of(1),
            span(1, 3, 9, 30).kind(CONSUMER).child_of(1),
        ],
    );
    assert_eq!(waits(&out), ["", "0", ""]);
}

/// Scenario: one consume gets three messages.
/// Guarantees: its time is that of the message that waited longest.
#[test]
fn of_several_messages_the_longest_wait_counts() {
    let out = enrich(
        &mut enricher(),
        &[
            span(1, 1, 10, 11).kind(PRODUCER).order("o-1"),
            span(1, 2, 10, 15).kind(PRODUCER).order("o-1"),
            span(2, 3, 20, 30).kind(CONSUMER).linked_to(1, 2).linked_to(1, 1),
        ],
    );
    assert_eq!(waits(&out), ["", "", "9"]);
}

/// Guarantees: an operation that is neither kind of message says so, whatever the span's kind.
#[test]
fn another_operation_is_no_message() {
    let out = enrich(
        &mut enricher(),
        &[
            span(1, 1, 10, 11).kind(PRODUCER).order("o-1"),
            span(1, 2, 14, 20).kind(CONSUMER).child_of(1).text("messaging.operation", "settle"),
        ],
    );
    assert_eq!(waits(&out), ["", ""]);
}

/// Scenario: a transition below an HTTP request, whose root arrives with it or before it.
/// Guarantees: the time runs from the start of the root.
#[test]
fn a_transition_is_set_off_by_the_root_of_its_trace() {
    let root = span(1, 1, 10, 40).named("POST /orders");
    let change = span(1, 2, 20, 30).child_of(1).order("o-1").change("", "INITIATED");
    let out = enrich(&mut enricher(), &[change.clone(), root.clone()]);
    assert_eq!(get(&out[0], "status_transition_latency"), "20");

    let mut enricher = enricher();
    enrich(&mut enricher, &[root]);
    let out = enrich(&mut enricher, &[change]);
    assert_eq!(get(&out[0], "status_transition_latency"), "20");
}

/// Scenario: a transition in a trace that a message began.
/// Guarantees: the time runs from the start of the publish; while that is not known, nothing is
/// said, for the root of the trace began later than what set it off.
#[test]
fn a_transition_is_set_off_by_the_publish_its_trace_links_to() {
    let publish = span(1, 1, 10, 11).kind(PRODUCER).order("o-1");
    let consume = span(2, 2, 14, 30).kind(CONSUMER).linked_to(1, 1);
    let change = span(2, 3, 15, 28)
        .child_of(2)
        .order("o-1")
        .change("SUBMITTED", "PRICE_CALCULATION_STARTED");
    let mut enricher = enricher();
    let out = enrich(&mut enricher, &[consume, change.clone()]);
    assert_eq!(get(&out[1], "status_transition_latency"), "");
    enrich(&mut enricher, &[publish]);
    let out = enrich(&mut enricher, &[change]);
    assert_eq!(get(&out[0], "status_transition_latency"), "18");
}

/// Scenario: one consume works on messages about two orders.
/// Guarantees: each transition runs from the publish of its own order.
#[test]
fn each_order_is_set_off_by_its_own_message() {
    let out = enrich(
        &mut enricher(),
        &[
            span(1, 1, 10, 11).kind(PRODUCER).order("o-1"),
            span(2, 2, 20, 21).kind(PRODUCER).order("o-2"),
            span(3, 3, 24, 40).kind(CONSUMER).linked_to(1, 1).linked_to(2, 2),
            span(3, 4, 25, 30).child_of(3).order("o-1").change("SHIPPED", "CLOSED"),
            span(3, 5, 31, 35).child_of(3).order("o-2").change("SHIPPED", "CLOSED"),
        ],
    );
    assert_eq!(get(&out[3], "status_transition_latency"), "20");
    assert_eq!(get(&out[4], "status_transition_latency"), "15");
    assert_eq!(get(&out[2], "order_status"), "");
}
