//! The base rules on the recorded orders.

mod batch;

use std::collections::BTreeMap;
use std::path::Path;

use batch::{SECOND, decode, sampled_bytes};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use sample_adaptively::{Randomness, Threshold, TraceState};

const BASE: &str = include_str!("../../../rules/sample-adaptively/base.yaml");

fn batches() -> Vec<Vec<u8>> {
    let recordings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/recordings");
    let mut runs: Vec<_> = std::fs::read_dir(&recordings)
        .expect("recordings")
        .map(|entry| entry.expect("an entry").path().join("spans.jsonl"))
        .filter(|path| path.exists())
        .collect();
    runs.sort();
    let texts = runs.iter().map(|path| std::fs::read_to_string(path).expect("JSON lines"));
    let batches = texts.flat_map(|text| {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        lines.map(|line| otlp_json::to_protobuf(line).expect("OTLP JSON")).collect::<Vec<_>>()
    });
    batches.collect()
}

fn is_always_kept(span: &Span) -> bool {
    let has_gap = span.attributes.iter().any(|attribute| {
        attribute.key == "gap_detected"
            && attribute.value.as_ref().and_then(|value| value.value.as_ref())
                == Some(&Value::BoolValue(true))
    });
    let took = span.end_time_unix_nano.checked_sub(span.start_time_unix_nano);
    took.is_none_or(|nanos| nanos > 5 * SECOND)
        || span.status.as_ref().is_some_and(|status| status.code == 2)
        || has_gap
}

/// Slow and failed spans all stay; of every trace the fast spans that came with
/// the same threshold stay or go together; what stays says how it was sampled.
#[test]
fn the_recorded_orders_are_sampled_as_the_base_says() {
    let (mut before, mut kept_by_rule, mut kept_by_chance) = (0, 0, 0);
    let mut fates: BTreeMap<(Vec<u8>, String), bool> = BTreeMap::new();
    for batch in batches() {
        let spans = decode(&batch);
        let kept = sampled_bytes(BASE, &batch);
        before += spans.len();
        let mut left = kept.iter().peekable();
        for span in &spans {
            let after = left
                .next_if(|after| after.span_id == span.span_id && after.trace_id == span.trace_id);
            let incoming = TraceState::read(span.trace_state.as_bytes());
            if is_always_kept(span) {
                kept_by_rule += 1;
                let after = after.expect("kept by a rule");
                let threshold = TraceState::read(after.trace_state.as_bytes()).threshold;
                assert_eq!(threshold, incoming.threshold.or(Some(Threshold::KEEP_ALL)));
                continue;
            }
            kept_by_chance += usize::from(after.is_some());
            let fate = fates.entry((span.trace_id.clone(), span.trace_state.clone()));
            assert_eq!(*fate.or_insert(after.is_some()), after.is_some());
            let ten_percent = Threshold::read(b"e666").expect("a threshold");
            let randomness = Randomness::of_trace_id(&span.trace_id).expect("a trace id");
            assert_eq!(ten_percent.keeps(randomness), after.is_some());
            if let Some(after) = after {
                let threshold = TraceState::read(after.trace_state.as_bytes()).threshold;
                assert_eq!(threshold, incoming.threshold.max(Some(ten_percent)));
            }
        }
        assert!(left.next().is_none(), "nothing is left that was not there");
    }
    assert!(before > 1_000, "{before} spans");
    assert!(kept_by_rule > 10 && kept_by_chance > 10, "{kept_by_rule} and {kept_by_chance}");
}
