//! In which order a batch's messages are followed, and for how long.

mod support;

use enrich_order_status::enrich::Enricher;
use opentelemetry_proto::tonic::trace::v1::Span;
use support::{Dress, enrich, get, rules, span};

const PRODUCER: i32 = 4;
const CONSUMER: i32 = 5;

fn statuses(batch: &[Span]) -> Vec<String> {
    let out = enrich(&mut Enricher::new(rules(&[])), batch);
    out.iter().map(|span| get(span, "order_status")).collect()
}

/// Scenario: a consume of two messages; the order of the second takes a way that is one message
/// longer.
/// Guarantees: nothing is said of it, nor of what it sends: the first order is not taken for both,
/// though it was heard of a hop earlier.
#[test]
fn a_consume_waits_for_all_its_publishes() {
    let batch = [
        span(1, 1, 5, 9).order("o-1").change("", "SHIPPED"),
        span(1, 2, 10, 11).child_of(1).kind(PRODUCER),
        span(2, 3, 5, 9).order("o-2").change("", "CLOSED"),
        span(2, 4, 10, 11).child_of(3).kind(PRODUCER),
        span(3, 5, 12, 20).kind(CONSUMER).linked_to(2, 4),
        span(3, 6, 13, 14).kind(PRODUCER),
        span(4, 7, 15, 30).kind(CONSUMER).linked_to(1, 2).linked_to(3, 6),
        span(4, 8, 16, 17).child_of(7).kind(PRODUCER),
        span(5, 9, 20, 30).kind(CONSUMER).linked_to(4, 8),
    ];
    assert_eq!(statuses(&batch)[4..], ["CLOSED", "CLOSED", "", "", ""]);
}

/// Scenario: ten requests in a row, in one batch. Each is answered in the trace that it was sent
/// in, so that trace and answer wait for each other; whose children the requests are is not known.
/// Guarantees: eight of them are helped on; what the ninth is about is not asked any more.
#[test]
fn traces_that_wait_for_each_other_are_helped_on_eight_times() {
    let mut batch = vec![span(10, 9, 5, 9).order("o-1").change("", "SHIPPED")];
    for request in 0..10 {
        let (asks, answers) = (10 + request, 50 + request);
        if request > 0 {
            batch.push(span(asks, 1, 12, 13).kind(CONSUMER).linked_to(asks - 1, 2));
        }
        batch.push(span(asks, 2, 10, 11).child_of(99).kind(PRODUCER));
        batch.push(span(answers, 3, 12, 13).kind(CONSUMER).linked_to(asks, 2));
        batch.push(span(answers, 4, 14, 15).child_of(99).kind(PRODUCER));
        batch.push(span(asks, 5, 16, 17).kind(CONSUMER).linked_to(answers, 4));
    }
    let out = enrich(&mut Enricher::new(rules(&[])), &batch);
    let told = |trace: u8| {
        let of_trace = out.iter().filter(|it| it.trace_id[0] == trace && it.span_id[0] != 9);
        let mut statuses: Vec<String> = of_trace.map(|it| get(it, "order_status")).collect();
        statuses.dedup();
        statuses
    };
    let answered: Vec<u8> = (50..60).filter(|trace| told(*trace) == ["SHIPPED"]).collect();
    assert_eq!(answered, (50..58).collect::<Vec<u8>>());
    let asked: Vec<u8> = (10..20).filter(|trace| told(*trace) == ["SHIPPED"]).collect();
    assert_eq!(asked, (10..19).collect::<Vec<u8>>());
    assert_eq!((told(58), told(19)), (vec![String::new()], vec![String::new()]));
}

/// Scenario: a trace of two orders; what is sent below the second is got below the first, and sent
/// on from there. Another trace, whose message is about nothing, sorts before.
/// Guarantees: what is sent on has the order of what was got, and not of what stands above that.
#[test]
fn a_publish_waits_for_the_consume_above_it() {
    let batch = [
        span(1, 9, 5, 9).child_of(99).kind(PRODUCER),
        span(2, 1, 5, 9).order("o-1").change("", "SHIPPED"),
        span(2, 2, 5, 9).order("o-2").change("", "CLOSED"),
        span(2, 3, 10, 11).child_of(2).kind(PRODUCER),
        span(2, 4, 12, 20).child_of(1).kind(CONSUMER).linked_to(2, 3),
        span(2, 5, 13, 14).child_of(4).kind(PRODUCER),
        span(3, 6, 15, 20).kind(CONSUMER).linked_to(2, 5),
    ];
    assert_eq!(statuses(&batch), ["", "", "", "CLOSED", "CLOSED", "CLOSED", "CLOSED"]);
}

/// Scenario: a link or the parent of a consume leads to a publish of which nobody knows what it is
/// about. Later another publish with the id of the consume's message comes, about an order.
/// Guarantees: that one tells the consume's trace nothing.
#[test]
fn a_trace_hears_of_no_publish_that_is_not_its_own() {
    let publish = span(1, 1, 10, 11).child_of(99).kind(PRODUCER);
    let consume = |trace| span(trace, 2, 12, 20).kind(CONSUMER).text("message_id", "m-1");
    for consume in [consume(2).linked_to(1, 1), consume(1).child_of(1)] {
        let mut enricher = Enricher::new(rules(&[]));
        enrich(&mut enricher, &[publish.clone(), consume.clone()]);
        let other = span(3, 3, 10, 11).kind(PRODUCER).text("message_id", "m-1").order("o-2");
        enrich(&mut enricher, &[other.change("", "CLOSED")]);
        let later = Span { trace_id: consume.trace_id, ..span(9, 4, 30, 31).child_of(2) };
        assert_eq!(get(&enrich(&mut enricher, &[later])[0], "order_status"), "");
    }
}
