//! Nothing that is told of an order depends on the order of keys in a map of the rules.

mod support;

use std::collections::BTreeMap;

use cases::any_order::{Ran, run, shuffled};
use enrich_order_status::EnrichOrderStatus;
use opentelemetry_proto::tonic::trace::v1::Span;
use plugin::Document;
use proptest::prelude::*;
use support::{BASE, Dress, bytes, document, span};

/// Loops, a cancellation, and attributes of which two may say different things of one span.
const OTHER: &str = "\
lifecycle:
  first: [NEW, INITIATED]
  statuses:
    NEW: { next: [SUBMITTED, SHIPPED] }
    SHIPPED: { next: [NEW, CLOSED] }
    CANCELLED: {}
  from_any: [CANCELLED]
messages:
  publish: { operations: { z.operation: [a], a.operation: [b], m.operation: [c] } }
  consume: { operations: { z.operation: [b], a.operation: [a], m.operation: [a, b] } }
limits: { orders: 2, transitions_per_order: 3 }
";
const WRONG: &str = "\
lifecycle:
  first: [NOWHERE]
  statuses: { A: { next: [B, B, C] }, B: { nxt: [] }, D: {}, E: {} }
read: { order_id: [x], new_status: [x], partner_id: [order_status] }
write: { gap_detected: g, calc_duration: g }
messages:
  publish: { kinds: [producer], operations: { o: [x], p: [x] } }
  consume: { kinds: [producer], operations: { p: [x], o: [x] } }
";
const STATUSES: [&str; 6] = ["INITIATED", "NEW", "SUBMITTED", "SHIPPED", "CANCELLED", "unheard of"];

prop_compose! {
    fn any_span()(
        trace in 1u8..4, id in 1u8..9, parent in prop::option::of(1u8..9),
        start in 0u64..9, length in 0u64..3, kind in 0i32..6,
        order in prop::option::of(1u8..4),
        from in prop::option::of(0usize..6), to in prop::option::of(0usize..6),
        operations in prop::collection::btree_map("(a|m|z|messaging)\\.operation", "[abc]|publish|receive", 0..3),
        message in prop::option::of(1u8..4),
    ) -> Span {
        let mut span = span(trace, id, start, start + length).kind(kind);
        if let Some(parent) = parent { span = span.child_of(parent) }
        if let Some(order) = order { span = span.order(&format!("o-{order}")) }
        if let Some(from) = from { span = span.text("prev_status", STATUSES[from]) }
        if let Some(to) = to { span = span.text("new_status", STATUSES[to]) }
        for (key, operation) in operations { span = span.text(&key, &operation) }
        if let Some(message) = message { span = span.text("message_id", &format!("m-{message}")) }
        span
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn rules_in_any_order_tell_alike(
        stream in prop::collection::vec(prop::collection::vec(any_span(), 0..8), 0..5),
        seed in any::<u64>(),
    ) {
        let batches: Vec<_> = stream.iter().map(|spans| bytes(spans)).collect();
        for texts in [vec![BASE], vec![BASE, OTHER], vec![BASE, WRONG], vec![WRONG]] {
            let documents: Vec<_> = texts.iter().map(|it| document("rules.yaml", it)).collect();
            let others: Vec<_> = documents.iter().map(|it| shuffled(it, seed)).collect();
            let ran = |documents: &[Document]| {
                run::<EnrichOrderStatus>(documents, &BTreeMap::new(), &batches)
            };
            prop_assert_eq!(ran(&documents), ran(&others), "{:?}", others);
        }
    }
}

/// What cannot be refused for another reason says something.
#[test]
fn the_other_rules_are_right_and_tell_of_gaps() {
    let documents = [document("rules.yaml", BASE), document("rules.yaml", OTHER)];
    let spans = [
        span(1, 1, 1, 2).order("o-1").change("", "NEW"),
        span(1, 2, 3, 4).order("o-1").change("NEW", "CLOSED"),
    ];
    let ran = run::<EnrichOrderStatus>(&documents, &BTreeMap::new(), &[bytes(&spans)]);
    let Ran::Well { outputs, .. } = ran else { unreachable!("{ran:?}") };
    let Ok(::spans::Output::Replaced(left)) = &outputs[0] else { unreachable!("{outputs:?}") };
    assert_eq!(support::get(&support::spans(left)[1], "gap_detected"), "true");
}
