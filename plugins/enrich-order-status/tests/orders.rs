//! What spans get, told as stories of a few spans. The order of a story is the order of arrival.

mod support;

use enrich_order_status::enrich::Enricher;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use support::{Dress, enrich, get, rules, span};

fn enricher() -> Enricher {
    Enricher::new(rules(&[]))
}

/// Scenario: two transitions in one batch, then a span of the order.
/// Guarantees: each span has the status of its start, the transition its stage.
#[test]
fn tells_status_and_stage() {
    let mut enricher = enricher();
    let out = enrich(
        &mut enricher,
        &[
            span(1, 1, 10, 20).order("o-1").change("", "INITIATED"),
            span(1, 2, 24, 25).order("o-1").change("INITIATED", "FILE_UPLOADED"),
        ],
    );
    assert_eq!(get(&out[0], "order_status"), "");
    assert_eq!(get(&out[0], "stage_duration"), "");
    assert_eq!(get(&out[1], "order_status"), "INITIATED");
    assert_eq!(get(&out[1], "stage_duration"), "5");
    assert_eq!(get(&out[1], "gap_detected"), "");

    let out = enrich(&mut enricher, &[span(2, 3, 30, 31).order("o-1")]);
    assert_eq!(get(&out[0], "order_status"), "FILE_UPLOADED");
}

/// Scenario: a span that started long ago comes after a later transition.
/// Guarantees: it gets the status of its time.
#[test]
fn a_late_span_gets_the_status_of_its_time() {
    let mut enricher = enricher();
    enrich(
        &mut enricher,
        &[
            span(1, 1, 10, 20).order("o-1").change("PACKAGING", "SHIPPED"),
            span(1, 2, 39, 40).order("o-1").change("SHIPPED", "CLOSED"),
        ],
    );
    let out = enrich(
        &mut enricher,
        &[
            span(2, 3, 15, 50).order("o-1"),
            span(2, 4, 20, 50).order("o-1"),
            span(2, 5, 39, 50).order("o-1"),
            span(2, 6, 40, 50).order("o-1"),
        ],
    );
    let statuses: Vec<String> = out.iter().map(|span| get(span, "order_status")).collect();
    assert_eq!(statuses, ["PACKAGING", "SHIPPED", "SHIPPED", "CLOSED"]);
}

/// Scenario: a transition takes no time at all.
/// Guarantees: its span has the status before it, not its own outcome.
#[test]
fn a_span_without_length_does_not_see_its_own_outcome() {
    let mut enricher = enricher();
    let out = enrich(
        &mut enricher,
        &[
            span(1, 1, 10, 10).order("o-1").change("", "INITIATED"),
            span(1, 2, 12, 12).order("o-1").change("INITIATED", "FILE_UPLOADED"),
        ],
    );
    assert_eq!(get(&out[0], "order_status"), "");
    assert_eq!(get(&out[1], "order_status"), "INITIATED");
}

/// Scenario: the transitions of an order come in two batches, the later one first.
/// Guarantees: what is known afterwards is the same; the stage whose beginning came too late is
/// left out.
#[test]
fn transitions_may_arrive_out_of_order() {
    let mut enricher = enricher();
    let late = span(1, 2, 30, 40).order("o-1").change("SHIPPED", "CLOSED");
    let out = enrich(&mut enricher, std::slice::from_ref(&late));
    assert_eq!(get(&out[0], "stage_duration"), "");
    assert_eq!(get(&out[0], "order_status"), "SHIPPED");

    let early = span(1, 1, 10, 20).order("o-1").change("PACKAGING", "SHIPPED");
    enrich(&mut enricher, &[early]);
    // The sender tries again.
    let out = enrich(&mut enricher, &[late]);
    assert_eq!(get(&out[0], "stage_duration"), "20");
}

/// Scenario: `PACKAGING` is left out.
/// Guarantees: the gap stands on the transition that skipped it, with the last operation that had
/// succeeded when it started; one that failed does not count, nor one that ended later.
#[test]
fn a_skipped_status_is_a_gap() {
    let mut enricher = enricher();
    enrich(
        &mut enricher,
        &[
            span(1, 1, 10, 20)
                .named("mes.manufacturing.complete")
                .order("o-1")
                .change("MANUFACTURING_STARTED", "MANUFACTURING_COMPLETED"),
            span(1, 2, 21, 22).named("mes.packaging").order("o-1").failed(),
        ],
    );
    let shipped = span(2, 3, 25, 30)
        .named("mes.shipped")
        .order("o-1")
        .change("MANUFACTURING_COMPLETED", "SHIPPED");
    let out =
        enrich(&mut enricher, &[shipped, span(2, 4, 26, 27).named("shop.submit").order("o-1")]);
    assert_eq!(get(&out[0], "gap_detected"), "true");
    assert_eq!(get(&out[0], "stage_duration"), "10");
    assert_eq!(get(&out[0], "last_successful_operation"), "mes.manufacturing.complete");
    assert_eq!(get(&out[0], "last_successful_operation_time"), "1970-01-01T00:00:20.000000000Z");
    assert_eq!(get(&out[1], "gap_detected"), "");
}

/// Scenario: a transition does not say where it comes from.
/// Guarantees: what is known of the order fills it in, and tells the gap.
#[test]
fn a_missing_previous_status_is_filled_in() {
    let mut enricher = enricher();
    let out = enrich(
        &mut enricher,
        &[
            span(1, 1, 10, 20).order("o-1").change("", "MANUFACTURING_COMPLETED"),
            span(1, 2, 29, 30).order("o-1").change("", "SHIPPED"),
        ],
    );
    assert_eq!(get(&out[0], "prev_status"), "");
    assert_eq!(get(&out[0], "gap_detected"), "");
    assert_eq!(get(&out[1], "prev_status"), "MANUFACTURING_COMPLETED");
    assert_eq!(get(&out[1], "gap_detected"), "true");
}

/// Scenario: the step before a transition was not seen, but the transition says where it comes from.
/// Guarantees: no gap, for the missing span may be on its way; no stage, for its beginning is not
/// known.
#[test]
fn a_step_that_was_not_seen_is_no_gap() {
    let mut enricher = enricher();
    let out = enrich(
        &mut enricher,
        &[
            span(1, 1, 10, 20).order("o-1").change("", "MANUFACTURING_COMPLETED"),
            span(1, 2, 29, 30).order("o-1").change("PACKAGING", "SHIPPED"),
        ],
    );
    assert_eq!(get(&out[1], "gap_detected"), "");
    assert_eq!(get(&out[1], "stage_duration"), "");
}

/// Scenario: a transition names the status before, whose own transition has not arrived, or comes
/// later.
/// Guarantees: spans from its start on have the status that it found; those before it the last one
/// known. Once the missing transition is there, its moment counts.
#[test]
fn a_transition_tells_what_it_found() {
    let mut enricher = enricher();
    let statuses = |enricher: &mut Enricher| -> Vec<String> {
        let probes = [15, 22, 25].map(|start| span(2, 9, start, 40).order("o-1"));
        enrich(enricher, &probes).iter().map(|span| get(span, "order_status")).collect()
    };
    let out = enrich(
        &mut enricher,
        &[
            span(1, 1, 9, 10).order("o-1").change("", "MANUFACTURING_COMPLETED"),
            span(1, 3, 20, 30).order("o-1").change("PACKAGING", "SHIPPED"),
            span(1, 4, 24, 26).child_of(3).order("o-1"),
        ],
    );
    assert_eq!(get(&out[1], "order_status"), "PACKAGING");
    assert_eq!(get(&out[2], "order_status"), "PACKAGING");
    assert_eq!(statuses(&mut enricher), ["MANUFACTURING_COMPLETED", "PACKAGING", "PACKAGING"]);
    enrich(&mut enricher, &[span(1, 2, 12, 23).order("o-1").change("", "PACKAGING")]);
    let known = ["MANUFACTURING_COMPLETED", "MANUFACTURING_COMPLETED", "PACKAGING"];
    assert_eq!(statuses(&mut enricher), known);
}

/// Scenario: the first try fails, the message is delivered again, and a third delivery comes late.
/// Guarantees: the failed span changes nothing, nor does the repeated one; the stage runs to the
/// one that changed the order, and the next one from there.
#[test]
fn redelivery_changes_the_order_once() {
    let mut enricher = enricher();
    let start = |id, from, to| {
        span(1, id, from, to).order("o-1").change("SUBMITTED", "PRICE_CALCULATION_STARTED")
    };
    let out = enrich(
        &mut enricher,
        &[
            span(1, 1, 9, 10).order("o-1").change("FILE_UPLOADED", "SUBMITTED"),
            start(2, 11, 12).failed(),
            start(3, 14, 15),
            start(4, 16, 17),
            span(1, 5, 14, 25).order("o-1").change("PRICE_CALCULATION_STARTED", "PRICE_CALCULATED"),
        ],
    );
    let stages: Vec<String> = out.iter().map(|span| get(span, "stage_duration")).collect();
    assert_eq!(stages, ["", "", "5", "", "10"]);
    assert_eq!(get(&out[3], "status_transition_latency"), "");
}

/// Scenario: a status that the rules do not list.
/// Guarantees: nothing is said of the time the order is in it, and the text is not remembered.
#[test]
fn an_unlisted_status_hides_the_last_one() {
    let mut enricher = enricher();
    let out = enrich(
        &mut enricher,
        &[
            span(1, 1, 10, 20).order("o-1").change("PACKAGING", "SHIPPED"),
            span(1, 2, 29, 30).order("o-1").change("SHIPPED", "Lost by Ivan"),
            span(1, 3, 35, 36).order("o-1"),
            span(1, 4, 39, 40).order("o-1").change("", "CLOSED"),
            span(1, 5, 45, 46).order("o-1"),
        ],
    );
    let statuses: Vec<String> = out.iter().map(|span| get(span, "order_status")).collect();
    assert_eq!(statuses, ["PACKAGING", "SHIPPED", "", "", "CLOSED"]);
    assert_eq!(get(&out[3], "stage_duration"), "");
    assert_eq!(get(&out[3], "prev_status"), "");
    assert_eq!(get(&out[3], "gap_detected"), "");
    let state = support::bytes_of(&enricher.entries());
    assert!(!state.windows(4).any(|bytes| bytes == b"Ivan"));
}

/// Scenario: an HTTP request with SQL below it, of which only one span knows the order and another
/// the partner.
/// Guarantees: all of them get status and partner; another trace in the batch gets nothing.
#[test]
fn spans_of_the_trace_get_what_the_order_has() {
    let mut enricher = enricher();
    enrich(&mut enricher, &[span(9, 9, 1, 2).order("o-1").change("", "SHIPPED")]);
    let out = enrich(
        &mut enricher,
        &[
            span(1, 1, 10, 20).named("PUT /orders").text("partner_id", "goldline"),
            span(1, 2, 11, 19).named("crm.close").child_of(1).order("o-1"),
            span(1, 3, 12, 13).named("UPDATE orders").child_of(2),
            span(2, 4, 12, 13).named("SELECT").child_of(5),
        ],
    );
    for span in &out[..3] {
        assert_eq!(get(span, "order_status"), "SHIPPED");
        assert_eq!(get(span, "partner_id"), "goldline");
    }
    assert!(out[3].attributes.is_empty());
}

/// Scenario: a trace about two orders.
/// Guarantees: a span without an id belongs to the order of its nearest ancestor; one above both
/// belongs to none. Parents in a ring end the search.
#[test]
fn in_a_trace_of_several_orders_parents_decide() {
    let mut enricher = enricher();
    let out = enrich(
        &mut enricher,
        &[
            span(1, 1, 10, 20).named("batch"),
            span(1, 2, 11, 12).child_of(1).order("o-1").change("", "SHIPPED"),
            span(1, 3, 11, 12).child_of(1).order("o-2").change("", "CLOSED"),
            span(1, 4, 13, 14).child_of(2),
            span(1, 5, 13, 14).child_of(4),
            span(1, 6, 13, 14).child_of(3),
            span(1, 7, 13, 14).child_of(8),
            span(1, 8, 13, 14).child_of(7),
        ],
    );
    let statuses: Vec<String> = out.iter().map(|span| get(span, "order_status")).collect();
    assert_eq!(statuses, ["", "", "", "SHIPPED", "SHIPPED", "CLOSED", "", ""]);
}

/// Scenario: one service writes the order's id as a number, another as text; the partner's too.
/// Guarantees: it is one order, and the partner's id stays the number that it was.
#[test]
fn a_number_and_its_text_are_one_id() {
    let mut enricher = enricher();
    let out = enrich(
        &mut enricher,
        &[
            span(1, 1, 10, 20)
                .with("order_id", Value::IntValue(4217))
                .with("partner_id", Value::IntValue(7))
                .change("", "SHIPPED"),
            span(2, 2, 30, 31).order("4217"),
        ],
    );
    assert_eq!(get(&out[1], "order_status"), "SHIPPED");
    let partner = out[1].attributes.iter().find(|attribute| attribute.key == "partner_id");
    let value = partner.and_then(|partner| partner.value.clone()?.value);
    assert_eq!(value, Some(Value::IntValue(7)));
}

/// Scenario: e-mails stand where ids should be, a partner's name where its id should be.
/// Guarantees: the spans stay as they are, and none of it is remembered.
#[test]
fn what_is_no_id_is_not_remembered() {
    let mut enricher = enricher();
    let batch = [
        span(1, 1, 10, 20).order("ivan1@example.com").change("", "SHIPPED"),
        span(2, 2, 10, 20).order("o-1").change("", "SHIPPED").text("partner_id", "Иван Petrov"),
        span(3, 3, 10, 20).kind(4).text("message_id", "for ivan"),
    ];
    let (_, counts) = enricher.enrich(&support::bytes(&batch)).expect("the batch is right");
    assert_eq!(counts.ids_unfit, 3);
    let out = enrich(&mut enricher, &[span(4, 4, 30, 31).order("o-1")]);
    assert_eq!(get(&out[0], "partner_id"), "");
    let state = support::bytes_of(&enricher.entries());
    let state = String::from_utf8_lossy(&state).to_lowercase();
    for text in ["ivan", "иван", "petrov", "example"] {
        assert!(!state.contains(text), "{text}");
    }
}

/// Scenario: a service names the partner itself, and a wrong status.
/// Guarantees: its partner stays, the derived status takes the place of the wrong one.
#[test]
fn own_partner_stays_and_status_is_replaced() {
    let mut enricher = enricher();
    let out = enrich(
        &mut enricher,
        &[
            span(1, 1, 10, 20).order("o-1").change("", "SHIPPED").text("partner_id", "p1"),
            span(2, 2, 30, 31).order("o-1").text("partner_id", "p2").text("order_status", "?"),
        ],
    );
    assert_eq!(get(&out[1], "partner_id"), "p2");
    assert_eq!(get(&out[1], "order_status"), "SHIPPED");
}

/// Scenario: a calculation, one that ends before it starts, and one of no order.
/// Guarantees: only the first has a length.
#[test]
fn a_calculation_has_its_length() {
    let mut enricher = enricher();
    let out = enrich(
        &mut enricher,
        &[
            span(1, 1, 10, 133).named("mes.price.calc").order("o-1"),
            span(1, 2, 10, 9).named("mes.price.calc").order("o-1"),
            span(2, 3, 10, 11).named("mes.price.calc"),
        ],
    );
    let lengths: Vec<String> = out.iter().map(|span| get(span, "calc_duration")).collect();
    assert_eq!(lengths, ["123", "", ""]);
}

/// Scenario: spans whose times or ids are missing.
/// Guarantees: they pass, and tell nothing.
#[test]
fn spans_without_times_tell_nothing() {
    let mut enricher = enricher();
    let mut timeless = span(1, 1, 0, 0).order("o-1").change("", "SHIPPED");
    timeless.trace_id.clear();
    let out = enrich(&mut enricher, &[timeless, span(2, 2, 0, 5).order("o-1")]);
    assert_eq!(get(&out[0], "order_status"), "");
    assert_eq!(get(&out[1], "order_status"), "");
}

/// Scenario: a service writes empty texts for what it does not know.
/// Guarantees: they count as missing, and what is known takes their place.
#[test]
fn an_empty_text_counts_as_missing() {
    let mut enricher = enricher();
    let batch = [
        span(1, 1, 10, 20).order("o-1").change("", "PACKAGING").text("partner_id", "p1"),
        span(1, 2, 29, 30)
            .order("o-1")
            .text("prev_status", "")
            .text("new_status", "SHIPPED")
            .text("partner_id", ""),
        span(2, 3, 40, 41).order("").text("message_id", ""),
    ];
    let (_, counts) = enricher.enrich(&support::bytes(&batch)).expect("the batch is right");
    assert_eq!(counts.ids_unfit, 0);
    let out = enrich(&mut enricher, &batch);
    assert_eq!(get(&out[1], "prev_status"), "PACKAGING");
    assert_eq!(get(&out[1], "partner_id"), "p1");
    assert_eq!(out[2], batch[2]);
}
