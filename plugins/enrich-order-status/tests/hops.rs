//! Orders follow messages over any number of hops, and into later batches of a trace.

mod support;

use enrich_order_status::enrich::Enricher;
use enrich_order_status::entries::VERSION;
use opentelemetry_proto::tonic::trace::v1::Span;
use proptest::prelude::*;
use support::{Dress, enrich, get, rules, span};

const PRODUCER: i32 = 4;
const CONSUMER: i32 = 5;

fn enricher() -> Enricher {
    Enricher::new(rules(&[]))
}

fn statuses(spans: &[Span]) -> Vec<String> {
    spans.iter().map(|span| get(span, "order_status")).collect()
}

/// The status that a span of the trace gets which comes now and names nothing.
fn status_in(enricher: &mut Enricher, trace: u8) -> String {
    let out = enrich(enricher, &[span(trace, 250, 200, 201).child_of(251)]);
    get(&out[0], "order_status")
}

/// Names the order, and sends a message about it: spans 1 and 2 of trace 1.
fn first_hop() -> [Span; 2] {
    [
        span(1, 1, 5, 9).order("o-1").change("FILE_UPLOADED", "SUBMITTED"),
        span(1, 2, 10, 11).child_of(1).kind(PRODUCER).text("message_id", "m-1"),
    ]
}

#[derive(Clone, Copy, Debug)]
enum Handle {
    Link,
    Parent,
    Message,
}

/// Gets message `hop` and sends the next one. A consume that only its parent leads to the publish
/// is of the publish's trace.
fn later_hop(hop: u8, trace: u8, before: (u8, u8), handle: Handle) -> [Span; 2] {
    let at = 10 * u64::from(hop);
    let consume = span(trace, 2 * hop + 1, at + 14, at + 20).kind(CONSUMER);
    let consume = match handle {
        Handle::Link => consume.linked_to(before.0, before.1),
        Handle::Parent => consume.child_of(before.1),
        Handle::Message => consume.text("message_id", &format!("m-{hop}")),
    };
    let publish = span(trace, 2 * hop + 2, at + 15, at + 16).kind(PRODUCER);
    [consume, publish.child_of(2 * hop + 1).text("message_id", &format!("m-{}", hop + 1))]
}

/// A chain of messages, with the trace of each hop.
fn chain(handles: &[Handle]) -> (Vec<[Span; 2]>, Vec<u8>) {
    let mut hops = vec![first_hop()];
    let mut traces = vec![1];
    for (handle, hop) in handles.iter().zip(1u8..) {
        let last = traces[traces.len() - 1];
        let trace = if matches!(handle, Handle::Parent) { last } else { hop + 1 };
        hops.push(later_hop(hop, trace, (last, 2 * hop), *handle));
        traces.push(trace);
    }
    (hops, traces)
}

/// Scenario: publish A of order o-1, consume B, its child publish B, consume C; in one batch, in a
/// batch for each, and with the last first.
/// Guarantees: C belongs to o-1, by link, parent or message; where it came before A did, its trace
/// does from then on.
#[test]
fn an_order_follows_a_second_message() {
    for handle in [Handle::Link, Handle::Parent, Handle::Message] {
        let (hops, traces) = chain(&[handle; 2]);
        let out = enrich(&mut enricher(), &hops.concat());
        assert_eq!(statuses(&out)[1..], ["SUBMITTED"; 5], "{handle:?}");
        let backwards: Vec<Span> = hops.concat().into_iter().rev().collect();
        let out = enrich(&mut enricher(), &backwards);
        assert_eq!(statuses(&out)[..5], ["SUBMITTED"; 5], "{handle:?}");

        let mut in_order = enricher();
        enrich(&mut in_order, &hops[0]);
        for hop in &hops[1..] {
            assert_eq!(statuses(&enrich(&mut in_order, hop)), ["SUBMITTED"; 2], "{handle:?}");
        }

        let mut last_first = enricher();
        for span in &backwards {
            enrich(&mut last_first, std::slice::from_ref(span));
        }
        for trace in traces {
            assert_eq!(status_in(&mut last_first, trace), "SUBMITTED", "{handle:?} {trace}");
        }
    }
}

/// Scenario: a hundred messages one after another, in one batch, the last first.
/// Guarantees: the last consume belongs to the order.
#[test]
fn an_order_follows_any_number_of_messages() {
    let (hops, _) = chain(&[Handle::Link; 100]);
    let backwards: Vec<Span> = hops.concat().into_iter().rev().collect();
    let out = enrich(&mut enricher(), &backwards);
    assert_eq!(get(&out[0], "order_status"), "SUBMITTED");
    assert_eq!(get(&out[1], "order_status"), "SUBMITTED");
}

/// Scenario: two services whose workers each have one endless trace send messages about three
/// orders to and fro, all in one batch.
/// Guarantees: each span belongs to the order of the message it works on.
#[test]
fn orders_keep_apart_in_traces_that_wait_for_each_other() {
    let mut spans = Vec::new();
    let mut expected = Vec::new();
    for (order, status) in [(0u8, "PACKAGING"), (1, "SHIPPED"), (2, "CLOSED")] {
        let id = 40 * order;
        spans.push(span(10 + order, id + 1, 5, 9).order(&format!("o-{order}")).change("", status));
        spans.push(span(10 + order, id + 2, 10, 11).child_of(id + 1).kind(PRODUCER));
        expected.extend(["", status]);
        for hop in 0..12 {
            let (trace, id) = (20 + hop % 2, id + 3 + 2 * hop);
            let before = if hop == 0 { 10 + order } else { 20 + (hop + 1) % 2 };
            let consume = span(trace, id, 14, 20).kind(CONSUMER).child_of(200);
            spans.push(consume.linked_to(before, id - 1));
            spans.push(span(trace, id + 1, 15, 16).child_of(id).kind(PRODUCER));
            expected.extend([status, status]);
        }
    }
    spans.push(span(20, 200, 1, 100));
    spans.push(span(21, 200, 1, 100));
    expected.extend(["", ""]);
    let out = enrich(&mut enricher(), &spans);
    assert_eq!(statuses(&out), expected);
    let backwards: Vec<Span> = spans.into_iter().rev().collect();
    let out = enrich(&mut enricher(), &backwards);
    assert_eq!(statuses(&out).into_iter().rev().collect::<Vec<_>>(), expected);
}

/// Scenario: a request, its reply, and the reply to that, between two traces joined by links.
/// Guarantees: all belong to the order that the first names, though each trace waits for the other.
#[test]
fn an_order_follows_replies() {
    let batch = [
        span(1, 1, 5, 9).order("o-1").change("", "SHIPPED"),
        span(1, 2, 10, 11).child_of(1).kind(PRODUCER),
        span(2, 3, 12, 20).kind(CONSUMER).linked_to(1, 2),
        span(2, 4, 13, 14).child_of(3).kind(PRODUCER),
        span(1, 5, 15, 20).child_of(1).kind(CONSUMER).linked_to(2, 4),
        span(1, 6, 16, 17).child_of(5).kind(PRODUCER),
        span(2, 7, 18, 20).child_of(3).kind(CONSUMER).linked_to(1, 6),
    ];
    let out = enrich(&mut enricher(), &batch);
    assert_eq!(statuses(&out)[1..], ["SHIPPED"; 6]);

    // Nor does it matter that nobody knows whose children the publishes are.
    let orphans = batch.map(|span| Span { parent_span_id: vec![99; 8], ..span });
    let out = enrich(&mut enricher(), &orphans);
    assert_eq!(statuses(&out)[1..], ["SHIPPED"; 6]);
}

/// Scenario: a trace waits for ten publishes, one after another; the last is about another order.
/// Guarantees: what was answered takes no room: the trace is known to be about both.
#[test]
fn a_trace_hears_of_its_last_publish() {
    let mut enricher = enricher();
    enrich(&mut enricher, &[span(99, 1, 5, 9).order("o-1").change("", "SHIPPED")]);
    for id in 1..=10 {
        enrich(&mut enricher, &[span(50, id, 14, 20).kind(CONSUMER).linked_to(id, id)]);
        assert_eq!(status_in(&mut enricher, 50), if id == 1 { "" } else { "SHIPPED" });
        let order = if id == 10 { "o-2" } else { "o-1" };
        enrich(&mut enricher, &[span(id, id, 10, 11).kind(PRODUCER).order(order)]);
    }
    assert_eq!(status_in(&mut enricher, 50), "");
}

/// Scenario: a publish in a trace of two orders, below a span that names one of them.
/// Guarantees: its consume, in another trace, belongs to that order.
#[test]
fn in_a_trace_of_several_orders_a_publish_has_that_of_its_ancestor() {
    let out = enrich(
        &mut enricher(),
        &[
            span(1, 1, 5, 9).order("o-1").change("", "SHIPPED"),
            span(1, 2, 5, 9).order("o-2").change("", "CLOSED"),
            span(1, 3, 10, 11).child_of(2).kind(PRODUCER),
            span(2, 4, 14, 20).kind(CONSUMER).linked_to(1, 3),
            span(2, 5, 15, 16).child_of(4),
        ],
    );
    assert_eq!(statuses(&out), ["", "", "CLOSED", "CLOSED", "CLOSED"]);
}

/// Scenario: a worker's trace has gone over to a second order before a message of nobody knows
/// whom is sent in it.
/// Guarantees: nothing is said of that message: the first order is not taken for it, though it was
/// heard of a hop earlier.
#[test]
fn what_cannot_be_told_is_not_told_a_hop_earlier() {
    let batch = [
        span(1, 1, 5, 9).order("o-1").change("", "SHIPPED"),
        span(1, 2, 10, 11).child_of(1).kind(PRODUCER),
        span(2, 3, 5, 9).order("o-2").change("", "CLOSED"),
        span(2, 4, 10, 11).child_of(3).kind(PRODUCER),
        // The second order takes a way that is one message longer.
        span(3, 5, 12, 20).kind(CONSUMER).linked_to(2, 4),
        span(3, 6, 13, 14).kind(PRODUCER),
        span(4, 7, 15, 30).kind(CONSUMER).linked_to(1, 2),
        span(4, 8, 15, 30).kind(CONSUMER).linked_to(3, 6),
        span(4, 9, 16, 17).kind(PRODUCER),
        span(5, 10, 20, 30).kind(CONSUMER).linked_to(4, 9),
    ];
    let out = enrich(&mut enricher(), &batch);
    assert_eq!(statuses(&out)[6..], ["SHIPPED", "CLOSED", "", ""]);
}

/// Scenario: the span that names the order comes in the first batch; its children, their children,
/// and the root in later ones. The partner becomes known in between.
/// Guarantees: all that come later have the status and, once it is known, the partner.
#[test]
fn what_comes_later_in_a_trace_has_its_order() {
    let mut enricher = enricher();
    enrich(&mut enricher, &[span(1, 2, 5, 9).child_of(1).order("o-1").change("", "SHIPPED")]);
    let out = enrich(&mut enricher, &[span(1, 3, 10, 11).child_of(2).named("UPDATE")]);
    assert_eq!((&*get(&out[0], "order_status"), &*get(&out[0], "partner_id")), ("SHIPPED", ""));

    enrich(&mut enricher, &[span(9, 9, 12, 13).order("o-1").text("partner_id", "p-7")]);
    let mut restored = self::enricher();
    restored.load(VERSION, &enricher.entries()).expect("the state is right");
    for enricher in [&mut enricher, &mut restored] {
        let out = enrich(
            enricher,
            &[
                span(1, 4, 14, 15).child_of(3).named("INSERT"),
                span(1, 1, 8, 20).named("POST /orders"),
                span(2, 4, 14, 15).child_of(3).named("INSERT"),
            ],
        );
        assert_eq!(statuses(&out), ["SHIPPED", "", ""]);
        let partners: Vec<String> = out.iter().map(|span| get(span, "partner_id")).collect();
        assert_eq!(partners, ["p-7", "p-7", ""]);
    }
}

/// Scenario: a transition whose span names no order comes after the one that named it.
/// Guarantees: it is a transition of that order.
#[test]
fn a_transition_belongs_to_the_order_of_its_trace() {
    let mut enricher = enricher();
    enrich(&mut enricher, &[span(1, 1, 5, 9).order("o-1").change("", "PACKAGING")]);
    let out = enrich(&mut enricher, &[span(1, 2, 10, 12).child_of(1).change("", "SHIPPED")]);
    assert_eq!(get(&out[0], "stage_duration"), "3");
    let out = enrich(&mut enricher, &[span(2, 3, 20, 21).order("o-1")]);
    assert_eq!(statuses(&out), ["SHIPPED"]);
}

/// Scenario: a trace turns out to be about a second order.
/// Guarantees: from then on nothing is said of spans that neither name one nor have an ancestor in
/// their batch that does.
#[test]
fn a_trace_of_several_orders_tells_nothing_later() {
    let mut enricher = enricher();
    enrich(&mut enricher, &[span(1, 1, 5, 9).order("o-1").change("", "SHIPPED")]);
    assert_eq!(status_in(&mut enricher, 1), "SHIPPED");
    enrich(&mut enricher, &[span(1, 2, 5, 9).order("o-2").change("", "CLOSED")]);
    assert_eq!(status_in(&mut enricher, 1), "");
    let out = enrich(
        &mut enricher,
        &[span(1, 3, 20, 30).child_of(1).order("o-2"), span(1, 4, 21, 22).child_of(3)],
    );
    assert_eq!(statuses(&out), ["CLOSED", "CLOSED"]);
}

/// Scenario: room for two traces; a third comes.
/// Guarantees: the oldest is forgotten, and traces without orders take no room.
#[test]
fn traces_are_forgotten_the_oldest_first() {
    let mut enricher = Enricher::new(rules(&["limits: { traces: 2 }"]));
    for trace in 1..=3 {
        enrich(&mut enricher, &[span(trace, trace, 5, 9).order("o-1").change("", "SHIPPED")]);
        enrich(&mut enricher, &[span(100 + trace, 1, 5, 9), span(110 + trace, 1, 5, 9)]);
    }
    let told = [1, 2, 3].map(|trace| status_in(&mut enricher, trace));
    assert_eq!(told, ["", "SHIPPED", "SHIPPED"]);
}

prop_compose! {
    /// A chain of messages, its spans in any order, cut into batches.
    fn any_chain()(
        handles in prop::collection::vec(
            prop::sample::select(&[Handle::Link, Handle::Parent, Handle::Message][..]), 1..8),
    )(
        handles in Just(handles.clone()),
        spans in Just(chain(&handles).0.concat()).prop_shuffle(),
        cuts in prop::collection::btree_set(0usize..16, 0..16),
    ) -> (Vec<Vec<Span>>, Vec<u8>) {
        (support::cut(&spans, &cuts), chain(&handles).1)
    }
}

proptest! {
    /// Guarantees: in whatever order and batches the spans of a chain of messages arrive, in the
    /// end all its traces are known to be about the order, also after a swap in the middle; what
    /// comes in one batch has the status at once.
    #[test]
    fn chains_arrive_in_any_order((batches, traces) in any_chain()) {
        let mut enricher = enricher();
        for batch in &batches {
            let out = enrich(&mut enricher, batch);
            if batches.len() == 1 {
                let without = statuses(&out).iter().filter(|status| status.is_empty()).count();
                // Only the transition itself has none: it did not say where it came from.
                prop_assert!(without <= 1);
            }
            let mut next = self::enricher();
            next.load(VERSION, &enricher.entries()).expect("the state is right");
            prop_assert_eq!(next.entries(), enricher.entries());
            enricher = next;
        }
        for trace in traces {
            prop_assert_eq!(status_in(&mut enricher, trace), "SUBMITTED");
        }
    }

    /// Guarantees: no span of a chain ever gets what is another order's, when two chains arrive
    /// mixed.
    #[test]
    fn chains_do_not_mix(
        (first, traces) in any_chain(), (second, _) in any_chain(), swap: bool,
    ) {
        let second: Vec<Vec<Span>> = second
            .into_iter()
            .map(|batch| batch.into_iter().map(as_second).collect())
            .collect();
        let mut enricher = enricher();
        let both = if swap { [&second, &first] } else { [&first, &second] };
        for place in 0..16 {
            let batch: Vec<Span> =
                both.iter().filter_map(|batches| batches.get(place)).flatten().cloned().collect();
            for span in enrich(&mut enricher, &batch) {
                let own = if span.trace_id[0] > 100 { "CLOSED" } else { "SUBMITTED" };
                let status = get(&span, "order_status");
                let from = get(&span, "prev_status");
                prop_assert!(status.is_empty() || status == own || status == from, "{}", status);
            }
        }
        for trace in traces {
            prop_assert_eq!(status_in(&mut enricher, trace), "SUBMITTED");
            prop_assert_eq!(status_in(&mut enricher, trace + 100).replace("CLOSED", ""), "");
        }
    }
}

/// The same span in a chain of its own, about an order that is closed.
fn as_second(mut span: Span) -> Span {
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    span.trace_id.iter_mut().for_each(|byte| *byte += 100);
    for link in &mut span.links {
        link.trace_id.iter_mut().for_each(|byte| *byte += 100);
    }
    for attribute in &mut span.attributes {
        let text = match get_text(attribute).as_str() {
            "o-1" => "o-2".into(),
            "FILE_UPLOADED" => "SHIPPED".into(),
            "SUBMITTED" => "CLOSED".into(),
            message => message.replace("m-", "n-"),
        };
        attribute.value.as_mut().expect("it has a value").value = Some(Value::StringValue(text));
    }
    span
}

fn get_text(attribute: &opentelemetry_proto::tonic::common::v1::KeyValue) -> String {
    let span = Span { attributes: vec![attribute.clone()], ..Span::default() };
    get(&span, &attribute.key)
}
