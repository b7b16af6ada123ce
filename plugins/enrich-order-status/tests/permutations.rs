//! No rule depends on the order of keys in a map.

mod support;

use enrich_order_status::enrich::Enricher;
use enrich_order_status::settings::Rules;
use opentelemetry_proto::tonic::trace::v1::Span;
use proptest::prelude::*;
use support::{Dress, any_span, bytes, document};

/// A line with what stands below it.
type Entry = (String, Vec<(String, Vec<String>)>);

/// Rules as a tree of three levels: enough for every map there is.
fn tree() -> Vec<Entry> {
    let rules = "\
lifecycle:
  first: [INITIATED, SUBMITTED]
  statuses:
    INITIATED: { next: [FILE_UPLOADED] }
    FILE_UPLOADED: { next: [SUBMITTED] }
    SUBMITTED: { next: [PACKAGING] }
    PACKAGING: { next: [SHIPPED] }
    SHIPPED: {}
  from_any: [SHIPPED]
read:
  order_id: [order_id]
  new_status: [new_status]
  prev_status: [prev_status]
  event_version: [event_version]
  partner_id: [partner_id]
  message_id: [message_id]
messages:
  publish: { names: [mes.packaging], operations: { a: [send], b: [publish] }, kinds: [producer] }
  consume: { names: [mq.consume.price], operations: { b: [get], a: [receive] }, kinds: [consumer] }
write:
  order_status: status_of_order
  gap_detected: gap
calculations: [mes.price.calc]
operations: [mes.packaging, mes.price.calc]
ids:
  max_bytes: 32
  characters: '-'
limits:
  orders: 3
  publishes: 5
  traces: 4
";
    let mut tree: Vec<Entry> = Vec::new();
    for line in rules.lines() {
        match line.len() - line.trim_start().len() {
            0 => tree.push((line.into(), Vec::new())),
            2 => tree.last_mut().expect("it stands below one").1.push((line.into(), Vec::new())),
            _ => {
                let above = tree.last_mut().and_then(|(_, below)| below.last_mut());
                above.expect("it stands below one").1.push(line.into());
            }
        }
    }
    tree
}

fn text(tree: &[Entry]) -> String {
    let mut lines = Vec::new();
    for (line, below) in tree {
        lines.push(line.clone());
        for (line, below) in below {
            lines.push(line.clone());
            lines.extend(below.clone());
        }
    }
    lines.join("\n")
}

/// The same rules, every map in some order.
fn permuted() -> impl Strategy<Value = String> {
    let below: Vec<_> = tree()
        .into_iter()
        .map(|(line, below)| {
            let below: Vec<_> = below
                .into_iter()
                .map(|(line, below)| (Just(line), Just(below).prop_shuffle()))
                .collect();
            (Just(line), below.prop_flat_map(|below| Just(below).prop_shuffle()))
        })
        .collect();
    let tree = below.prop_flat_map(|tree| Just(tree).prop_shuffle());
    // Maps that stand in one line.
    (tree, any::<bool>()).prop_map(|(tree, swap)| {
        let text = text(&tree);
        if swap {
            text.replace("{ a: [send], b: [publish] }", "{ b: [publish], a: [send] }")
                .replace("{ b: [get], a: [receive] }", "{ a: [receive], b: [get] }")
        } else {
            text
        }
    })
}

fn enricher(rules: &str) -> Enricher {
    Enricher::new(Rules::read(&[document("rules.yaml", rules)]).expect("the rules are right"))
}

proptest! {
    /// Guarantees: whatever order the keys of maps stand in, the same batches leave as the same
    /// bytes, count the same and leave the same state.
    #[test]
    fn the_order_of_keys_changes_no_byte(
        rules in permuted(),
        batches in prop::collection::vec(prop::collection::vec(any_span(), 0..12), 0..6),
    ) {
        let (mut plain, mut permuted) = (enricher(&text(&tree())), enricher(&rules));
        for batch in batches {
            let batch: Vec<Span> = batch.into_iter().map(with_operations).collect();
            prop_assert_eq!(plain.enrich(&bytes(&batch)), permuted.enrich(&bytes(&batch)));
            prop_assert_eq!(plain.entries(), permuted.entries());
        }
    }
}

/// Names operations under both keys of the rules on some spans.
fn with_operations(span: Span) -> Span {
    match span.span_id[0] % 4 {
        0 => span.text("a", "send"),
        1 => span.text("b", "get").text("a", "publish"),
        2 => span.text("a", "receive").text("b", "publish"),
        _ => span,
    }
}
