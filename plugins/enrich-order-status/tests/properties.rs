//! What holds for any stream of batches.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use ::spans::{Deed, Notes, Noting};
use enrich_order_status::enrich::Enricher;
use enrich_order_status::entries::VERSION;
use enrich_order_status::settings::Rules;
use opentelemetry_proto::tonic::trace::v1::Span;
use plugin::{Changed, Entry};
use proptest::prelude::*;
use proptest::sample::Index;
use support::{Dress, NAMES, STATUSES, any_span, bytes, bytes_of, cut, enrich, rules, span};

/// Keys of all that the plugin adds.
const ADDED: [&str; 10] = [
    "order_status",
    "partner_id",
    "prev_status",
    "status_transition_latency",
    "stage_duration",
    "publish_to_consume_latency",
    "calc_duration",
    "gap_detected",
    "last_successful_operation",
    "last_successful_operation_time",
];

prop_compose! {
    /// A span that names its order and has nothing to do with messages.
    fn span_of_an_order()(span in any_span(), order in 1u8..5) -> Span {
        let mut span = span.named("mes.packaging").kind(1);
        span.attributes.retain(|attribute| attribute.key != "order_id");
        span.order(&format!("o-{order}"))
    }
}

fn stream() -> impl Strategy<Value = Vec<Vec<Span>>> {
    prop::collection::vec(prop::collection::vec(any_span(), 0..12), 0..8)
}

fn enricher() -> Enricher {
    static RULES: LazyLock<Rules> = LazyLock::new(|| rules(&[]));
    Enricher::new(RULES.clone())
}

fn without_additions(mut span: Span, input: &Span) -> Span {
    span.attributes.retain(|attribute| {
        !ADDED.contains(&attribute.key.as_str())
            || input.attributes.iter().any(|other| other.key == attribute.key)
    });
    span
}

/// Takes in all that changed.
fn hear(enricher: &mut Enricher, max_bytes: usize, told: &mut BTreeMap<Vec<u8>, Entry>) {
    loop {
        let changed = enricher.changes(max_bytes);
        assert!(!changed.entries.is_empty() || !changed.more);
        for entry in changed.entries {
            if entry.value.is_some() {
                told.insert(entry.key.clone(), entry);
            } else {
                assert!(told.remove(&entry.key).is_some(), "it was never told");
            }
        }
        if !changed.more {
            return;
        }
    }
}

proptest! {
    /// Guarantees: however a stream is cut into batches, the same is known afterwards.
    #[test]
    fn batches_do_not_matter(
        spans in prop::collection::vec(span_of_an_order(), 0..60),
        places in prop::collection::btree_set(0usize..60, 0..8),
    ) {
        let (mut whole, mut parts) = (enricher(), enricher());
        enrich(&mut whole, &spans);
        for batch in cut(&spans, &places) {
            enrich(&mut parts, &batch);
        }
        prop_assert_eq!(whole.entries(), parts.entries());
    }

    /// Guarantees: in whatever order the spans of an order arrive, it has the same statuses at the
    /// same times.
    #[test]
    fn the_order_of_arrival_does_not_matter(
        (spans, shuffled) in prop::collection::vec(span_of_an_order(), 0..40)
            .prop_flat_map(|spans| (Just(spans.clone()), Just(spans).prop_shuffle())),
    ) {
        let (mut first, mut second) = (enricher(), enricher());
        enrich(&mut first, &spans);
        for span in &shuffled {
            enrich(&mut second, std::slice::from_ref(span));
        }
        let mut ask = |order: u8| {
            let probes: Vec<Span> =
                (1..60).map(|time| support::span(9, 9, time, time).order(&format!("o-{order}"))).collect();
            let statuses = |enricher: &mut Enricher| -> Vec<String> {
                enrich(enricher, &probes).iter().map(|span| support::get(span, "order_status")).collect()
            };
            (statuses(&mut first), statuses(&mut second))
        };
        for order in 1..5 {
            let (first, second) = ask(order);
            prop_assert_eq!(first, second);
        }
    }

    /// Guarantees: the same spans again add nothing to what is known of orders, and come out with
    /// at least what they had.
    #[test]
    fn a_batch_again_changes_no_order(batch in prop::collection::vec(span_of_an_order(), 0..30)) {
        let mut enricher = enricher();
        let out = enrich(&mut enricher, &batch);
        let again = enrich(&mut enricher, &batch);
        prop_assert_eq!(out, again);
    }

    /// Guarantees: no more is remembered than the limits allow, after any batch.
    #[test]
    fn state_stays_within_the_limits(batches in stream()) {
        static RULES: LazyLock<Rules> = LazyLock::new(|| {
            rules(&["limits: { orders: 2, transitions_per_order: 2, operations_per_order: 1, \
                    publishes: 2, traces: 2 }"])
        });
        let mut enricher = Enricher::new(RULES.clone());
        // Two of everything, each as long as ids can be, with the names of two statuses.
        let most = 2 * (600 + 300 + 300 + 250);
        for batch in batches {
            enrich(&mut enricher, &batch);
            prop_assert!(enricher.orders() <= 2);
            prop_assert!(enricher.entries().len() <= 10);
            prop_assert!(bytes_of(&enricher.entries()).len() <= most);
        }
    }

    /// Guarantees: a span of an order has a status as soon as a transition to a listed status is
    /// known that took effect before the span started.
    #[test]
    fn every_span_after_a_transition_has_a_status(
        before in stream(), moment in 1u64..60, after in 0u64..10,
    ) {
        let mut enricher = enricher();
        for batch in before {
            let listed = batch.into_iter().filter(|span| {
                !span.attributes.iter().any(|attribute| support::get(span, &attribute.key) == STATUSES[5])
            });
            enrich(&mut enricher, &listed.collect::<Vec<_>>());
        }
        let change = span(7, 1, moment, moment).order("o-1").change("", "SHIPPED");
        enrich(&mut enricher, &[change]);
        let started = moment + after;
        let out = enrich(&mut enricher, &[span(7, 2, started, started + 1).order("o-1")]);
        prop_assert_ne!(support::get(&out[0], "order_status"), "");
    }

    /// Guarantees: spans leave in the order they came, with nothing but attributes added; a batch
    /// of traces of which no span ever named an order or got a message leaves as the very same
    /// bytes.
    #[test]
    fn nothing_but_additions(batches in stream()) {
        let mut enricher = enricher();
        let mut about = BTreeSet::new();
        for batch in batches {
            for span in &batch {
                let is_consume = span.kind == 5 || span.name == NAMES[3];
                if is_consume || !support::get(span, "order_id").is_empty() {
                    about.insert(span.trace_id.clone());
                }
            }
            let (rewritten, _) = support::enriched(&mut enricher, &bytes(&batch));
            if !batch.iter().any(|span| about.contains(&span.trace_id)) {
                prop_assert_eq!(&rewritten.output, &::spans::Output::Unchanged);
            }
            let out = match rewritten.output {
                ::spans::Output::Unchanged => batch.clone(),
                ::spans::Output::Replaced(bytes) => support::spans(&bytes),
                ::spans::Output::NothingLeft => Vec::new(),
            };
            prop_assert_eq!(out.len(), batch.len());
            for (out, input) in out.into_iter().zip(&batch) {
                prop_assert_eq!(&without_additions(out, input), input);
            }
        }
    }

    /// Guarantees: a span whose trace names no order, and that is no consume, stays as it is, even
    /// among spans that change.
    #[test]
    fn spans_of_no_order_stay_as_they_are(
        batch in prop::collection::vec(any_span(), 0..12), stranger in any_span(),
    ) {
        let mut stranger = stranger.kind(1).named("work");
        stranger.trace_id = vec![200; 16];
        stranger.attributes.retain(|attribute| attribute.key != "order_id");
        let mut batch = batch;
        batch.push(stranger.clone());
        let out = enrich(&mut enricher(), &batch);
        prop_assert_eq!(out.last(), Some(&stranger));
    }

    /// Guarantees: an instance that takes over in the middle of a stream does what the first would
    /// have done, byte for byte, and writes down what the first would have written.
    #[test]
    fn a_restored_instance_goes_on_as_the_first(before in stream(), after in stream()) {
        let mut first = enricher();
        for batch in before {
            enrich(&mut first, &batch);
        }
        let mut second = enricher();
        second.load(VERSION, &first.entries()).expect("the state is right");
        prop_assert_eq!(first.entries(), second.entries());
        for batch in after {
            let batch = bytes(&batch);
            prop_assert_eq!(first.enrich(&batch), second.enrich(&batch));
        }
        prop_assert_eq!(first.entries(), second.entries());
    }

    /// Guarantees: who is asked why does the same, and remembers the same; and no span is changed
    /// without a note.
    #[test]
    fn being_asked_why_changes_nothing(stream in stream()) {
        let (mut plain, mut asked) = (enricher(), enricher());
        for batch in stream {
            let batch = bytes(&batch);
            let mut notes = Notes::at(Noting::Looked);
            let (edits, counts) = asked.enrich_at(&batch, 0, &mut notes).expect("the batch is right");
            let changed = edits.spans_changed as usize;
            prop_assert_eq!(plain.enrich(&batch), Ok((edits, counts)));
            let (notes, left_out) = Notes::read(&notes.into_bytes()).expect("notes");
            let added = notes.iter().filter(|note| note.deed == Deed::Added);
            let spans: BTreeSet<u32> = added.map(|note| note.of.number).collect();
            prop_assert_eq!((spans.len(), left_out), (changed, 0));
        }
        prop_assert_eq!(plain.entries(), asked.entries());
    }

    /// Scenario: a host asks what changed at some moments, for so many bytes at a time, and an
    /// instance takes that over at its end, in pieces and in any order.
    /// Guarantees: what was told is the state, and the instance goes on as the first would have
    /// done, to the last forgotten order.
    #[test]
    fn what_is_told_at_any_moments_is_the_state(
        before in stream(), after in stream(), asked in prop::collection::vec(any::<bool>(), 20),
        max_bytes in 0usize..2000, piece in 1usize..9, turn: bool,
    ) {
        static RULES: LazyLock<Rules> = LazyLock::new(|| {
            rules(&["limits: { orders: 3, transitions_per_order: 3, publishes: 3, traces: 3 }"])
        });
        let mut first = Enricher::new(RULES.clone());
        let mut told = BTreeMap::new();
        for (now, batch) in before.iter().enumerate() {
            let batch = bytes(batch);
            first.enrich_at(&batch, now as u64, &mut Notes::default()).expect("a batch");
            if asked[now % asked.len()] {
                hear(&mut first, max_bytes, &mut told);
            }
        }
        hear(&mut first, max_bytes, &mut told);
        let mut entries: Vec<Entry> = told.values().cloned().collect();
        prop_assert_eq!(&entries, &first.entries());

        if turn {
            entries.reverse();
        }
        let mut second = Enricher::new(RULES.clone());
        for piece in entries.chunks(piece) {
            prop_assert_eq!(second.load(VERSION, piece), Ok(0));
        }
        prop_assert_eq!(second.entries(), first.entries());
        prop_assert_eq!(second.changes(0), Changed::default());
        for (now, batch) in after.iter().enumerate() {
            let (batch, now) = (bytes(batch), (before.len() + now) as u64);
            let notes = &mut Notes::default();
            prop_assert_eq!(first.enrich_at(&batch, now, notes), second.enrich_at(&batch, now, notes));
            prop_assert_eq!(first.entries(), second.entries());
        }
        hear(&mut second, max_bytes, &mut told);
        prop_assert_eq!(told.into_values().collect::<Vec<_>>(), first.entries());
    }

    /// Guarantees: of damaged entries each is left out or is one like any other; what a host holds
    /// otherwise is told, and nothing panics.
    #[test]
    fn damaged_entries_are_survived(
        before in stream(), after in stream(),
        damage in prop::collection::vec((any::<Index>(), any::<Index>(), any::<u8>()), 0..4),
        cut in prop::option::of((any::<Index>(), any::<Index>())),
    ) {
        let mut first = enricher();
        for batch in before {
            enrich(&mut first, &batch);
        }
        let mut entries = first.entries();
        for (entry, place, byte) in damage {
            if !entries.is_empty() {
                let entry = entry.index(entries.len());
                let value = entries[entry].value.as_mut().expect("it is there");
                let place = place.index(value.len());
                value[place] = byte;
            }
        }
        if let Some((entry, place)) = cut && !entries.is_empty() {
            let entry = entry.index(entries.len());
            let value = entries[entry].value.as_mut().expect("it is there");
            value.truncate(place.index(value.len()));
        }
        let mut told: BTreeMap<Vec<u8>, Entry> =
            entries.iter().map(|it| (it.key.clone(), it.clone())).collect();
        let mut second = enricher();
        let damaged = second.load(VERSION, &entries).expect("the version is right") as usize;
        prop_assert!(damaged <= 5);
        hear(&mut second, 1000, &mut told);
        let told: Vec<_> = told.into_values().map(|it| (it.key, it.value)).collect();
        let held: Vec<_> = second.entries().into_iter().map(|it| (it.key, it.value)).collect();
        prop_assert_eq!(told, held);
        for batch in after {
            enrich(&mut second, &batch);
        }
    }

    /// Guarantees: what is no entry is left out, and counted; no noise panics.
    #[test]
    fn noise_is_no_state(
        entries in prop::collection::vec(
            ("[opwta]?", prop::collection::vec(any::<u8>(), 0..30), prop::option::of(prop::collection::vec(any::<u8>(), 0..60))),
            0..10,
        ),
    ) {
        let entry = |(tag, key, value): (String, Vec<u8>, _)| {
            Entry { key: [tag.into_bytes(), key].concat(), value, belongs_to: Vec::new() }
        };
        let entries: Vec<Entry> = entries.into_iter().map(entry).collect();
        let damaged = enricher().load(VERSION, &entries).expect("the version is right");
        prop_assert!(damaged as usize <= entries.len());
        let refused = enricher().load(VERSION + 1, &entries);
        prop_assert_eq!(refused, Err("entries of version 4, expected 3".to_owned()));
    }

    /// Guarantees: bytes that are no batch are refused, and nothing of them is remembered.
    #[test]
    fn a_broken_batch_is_forgotten(batch in prop::collection::vec(any_span(), 1..10), cut in 1usize..30) {
        let mut bytes = bytes(&batch);
        bytes.truncate(bytes.len().saturating_sub(cut));
        let mut enricher = enricher();
        let before = enricher.entries();
        if enricher.enrich(&bytes).is_err() {
            prop_assert_eq!(enricher.entries(), before);
        }
    }
}
