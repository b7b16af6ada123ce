//! A batch that is refused teaches nothing, wherever it is broken.

mod support;

use enrich_order_status::enrich::Enricher;
use enrich_order_status::entries::VERSION;
use enrich_order_status::settings::Rules;
use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::trace::v1::Span;
use plugin::{Plugin, RecordingHost};
use proptest::prelude::*;
use prost::Message;
use std::sync::LazyLock;
use support::{Dress, any_span, bytes, document, enrich, get, rules, span, text_value};

/// Room for little, so that things are forgotten all the time.
static TIGHT: LazyLock<Rules> = LazyLock::new(|| {
    rules(&["limits: { orders: 3, transitions_per_order: 3, operations_per_order: 2, \
            publishes: 4, traces: 3 }"])
});

/// What is written under these keys stands on some spans already, broken. The first walk does not
/// look there.
const WRITTEN: [&str; 3] = ["order_status", "stage_duration", "publish_to_consume_latency"];

/// Scenario: the first span of a batch records a transition, a publish waits for its consume and a
/// trace begins; the last one has a broken value under a key that is written.
/// Guarantees: the state is what it was, and the good spans alone are then as new: nothing counts
/// as repeated.
#[test]
fn a_batch_that_breaks_while_it_is_written_teaches_nothing() {
    for key in WRITTEN {
        let mut enricher = Enricher::new(rules(&[]));
        let first = span(1, 1, 5, 9).order("o-1").change("FILE_UPLOADED", "SUBMITTED");
        enricher.enrich(&bytes(&[first])).expect("the batch is right");
        let before = enricher.entries();
        let good = [
            span(2, 2, 10, 20).order("o-1").change("SUBMITTED", "PRICE_CALCULATION_STARTED"),
            span(2, 3, 21, 22).child_of(2).kind(4).text("message_id", "m-1"),
            span(3, 4, 25, 30).kind(5).text("message_id", "m-2"),
            span(4, 5, 31, 32).order("o-2").text("partner_id", "p-7"),
        ];
        let last = span(3, 6, 26, 29).child_of(4).order("o-1").kind(5).linked_to(2, 3);
        let last = last.change("", "PRICE_CALCULATED").text(key, BREAK_ME);
        let broken = break_values(&bytes(&[&good[..], &[last]].concat()));

        assert!(enricher.enrich(&broken).is_err(), "{key}");
        assert_eq!(enricher.entries(), before, "{key}");

        let mut fresh = Enricher::new(rules(&[]));
        fresh.load(VERSION, &before).expect("the state is right");
        let (again, counts) = enricher.enrich(&bytes(&good)).expect("the batch is right");
        assert_eq!(counts.transitions_repeated, 0, "{key}");
        assert_eq!(counts.transitions.len(), 1, "{key}");
        assert_eq!(Ok((again, counts)), fresh.enrich(&bytes(&good)), "{key}");
        assert_eq!(enricher.entries(), fresh.entries(), "{key}");
    }
}

/// Scenario: consumes wait, by link and by message; a publish of a trace that nobody knows the
/// order of, too. Each of three batches would answer them, and is refused at first.
/// Guarantees: what waited goes on waiting, and is answered by the batch that is taken.
#[test]
fn what_waited_goes_on_waiting_after_a_refusal() {
    let broken = |spans: &[Span]| {
        let at_fault = span(90, 90, 1, 2).order("o-1").text("order_status", BREAK_ME);
        break_values(&bytes(&[spans, &[at_fault]].concat()))
    };
    let mut enricher = Enricher::new(rules(&[]));
    let before = [
        span(9, 9, 1, 2).order("o-1").change("PACKAGING", "SHIPPED"),
        span(1, 1, 14, 20).kind(5).linked_to(5, 1),
        span(2, 2, 14, 20).kind(5).text("message_id", "m-1"),
        span(3, 3, 10, 11).child_of(30).kind(4),
        span(4, 4, 14, 20).kind(5).linked_to(3, 3),
        span(6, 6, 10, 11).kind(4).order("o-1").text("message_id", "m-2"),
    ];
    enricher.enrich(&bytes(&before)).expect("the batch is right");
    let good = [
        span(5, 1, 10, 11).kind(4).order("o-1"),
        span(5, 2, 10, 12).kind(4).order("o-1").text("message_id", "m-1"),
        span(3, 5, 12, 13).order("o-1"),
    ];
    let other = span(7, 7, 10, 12).kind(4).text("message_id", "m-2");
    for refused in [&good[..1], &good[1..2], &good[2..], &[other], &good[..]] {
        let as_it_was = enricher.entries();
        assert!(enricher.enrich(&broken(refused)).is_err());
        assert_eq!(enricher.entries(), as_it_was);
    }
    let out = enrich(&mut enricher, &good);
    let waits: Vec<String> =
        out.iter().map(|span| get(span, "publish_to_consume_latency")).collect();
    assert_eq!(waits, ["3", "2", ""]);
    let probe = |trace| span(trace, 50, 30, 31).child_of(51);
    let last = span(8, 8, 14, 20).kind(5).text("message_id", "m-2");
    let out = enrich(&mut enricher, &[probe(1), probe(2), probe(3), probe(4), last]);
    for span in out {
        assert_eq!(get(&span, "order_status"), "SHIPPED", "{:?}", span.trace_id);
    }
}

/// Guarantees: what a refused batch would have counted is not counted.
#[test]
fn a_refused_batch_counts_nothing() {
    let base = document("base.yaml", support::BASE);
    let mut host = RecordingHost::default();
    let mut plugin = enrich_order_status::EnrichOrderStatus::configure(&[base], &mut host)
        .unwrap_or_else(|problems| panic!("{problems:?}"));
    let change = span(1, 1, 10, 20).order("o-1").change("PACKAGING", "SHIPPED");
    let broken = break_values(&bytes(&[change.clone(), change.text("order_status", BREAK_ME)]));
    assert!(plugin.process(&broken, 0, &mut host).is_err());
    assert!(host.counters.is_empty(), "{:?}", host.counters);
}

prop_compose! {
    /// A batch, as it would be and as it is sent at first.
    fn any_batch()(
        mut spans in prop::collection::vec(any_span(), 0..10),
        broken_value in prop::option::of((any::<prop::sample::Index>(), 0..WRITTEN.len())),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        keep in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) -> (Vec<u8>, Vec<u8>) {
        let good = bytes(&spans);
        if let (Some((place, key)), false) = (broken_value, spans.is_empty()) {
            let place = place.index(spans.len());
            spans[place] = spans[place].clone().text(WRITTEN[key], BREAK_ME);
        }
        let mut sent = break_values(&bytes(&spans));
        for (place, byte) in damage {
            if !sent.is_empty() {
                let place = place.index(sent.len());
                sent[place] = byte;
            }
        }
        if let (Some(keep), false) = (keep, sent.is_empty()) {
            sent.truncate(keep.index(sent.len()));
        }
        (good, sent)
    }
}

proptest! {
    /// Guarantees: whatever batches come, those that are refused might as well not have come: what
    /// the others leave as, what they count and the state are the same, and a batch that comes
    /// again, whole, leaves as it would have at first.
    #[test]
    fn refused_batches_might_as_well_not_have_come(
        batches in prop::collection::vec(any_batch(), 0..8), is_tight: bool,
    ) {
        static WIDE: LazyLock<Rules> = LazyLock::new(|| rules(&[]));
        let rules = if is_tight { &TIGHT } else { &WIDE };
        let (mut with, mut without) =
            (Enricher::new((*rules).clone()), Enricher::new((*rules).clone()));
        for (good, sent) in batches {
            let answer = with.enrich(&sent);
            let taken = if answer.is_ok() { sent } else { good };
            let answer = match answer {
                Ok(answer) => answer,
                Err(_) => {
                    prop_assert_eq!(with.entries(), without.entries());
                    with.enrich(&taken).expect("the batch is right")
                }
            };
            prop_assert_eq!(Ok(answer), without.enrich(&taken));
            prop_assert_eq!(with.entries(), without.entries());
        }
    }

    /// Guarantees: a host that tries a refused batch in halves, and these in halves, until the
    /// spans at fault are alone, has the same state after it as if those had never been there.
    #[test]
    fn halves_teach_what_the_good_spans_say(
        before in prop::collection::vec(any_span(), 0..10),
        spans in prop::collection::vec((any_span(), prop::bool::weighted(0.2)), 1..10),
    ) {
        let (mut halved, mut alone) = (Enricher::new(rules(&[])), Enricher::new(rules(&[])));
        for enricher in [&mut halved, &mut alone] {
            enricher.enrich(&bytes(&before)).expect("the batch is right");
        }
        let spans: Vec<Span> = spans
            .into_iter()
            .map(|(span, broken)| if broken { span.text("order_status", BREAK_ME) } else { span })
            .collect();
        let taken = in_halves(&mut halved, &spans);
        for part in &taken {
            alone.enrich(part).expect("it was taken before");
        }
        prop_assert_eq!(halved.entries(), alone.entries());
    }
}

/// Returns the parts that were taken.
fn in_halves(enricher: &mut Enricher, spans: &[Span]) -> Vec<Vec<u8>> {
    let batch = break_values(&bytes(spans));
    if enricher.enrich(&batch).is_ok() {
        return vec![batch];
    }
    if spans.len() < 2 {
        return Vec::new();
    }
    let (first, second) = spans.split_at(spans.len() / 2);
    [in_halves(enricher, first), in_halves(enricher, second)].concat()
}

/// Stands where [`break_values`] puts a value that cannot be decoded, of the same length.
const BREAK_ME: &str = "to be broken";

fn break_values(batch: &[u8]) -> Vec<u8> {
    let value = text_value(BREAK_ME).encode_to_vec();
    // A text that says it is longer than what is around it.
    let mut broken = value.clone();
    broken[1] = 0x7f;
    let mut batch = batch.to_vec();
    for place in 0..batch.len() {
        if batch[place..].starts_with(&value) {
            batch[place..place + broken.len()].copy_from_slice(&broken);
        }
    }
    batch
}

/// Guarantees: what the tests above call broken is.
#[test]
fn values_are_broken_indeed() {
    let text = text_value(BREAK_ME).encode_to_vec();
    let broken = break_values(&text);
    assert_eq!(broken.len(), text.len());
    assert!(AnyValue::decode(&broken[..]).is_err());
}
