//! Compares with the Collector's own sampler, by the vectors that
//! `contrib/main.go` wrote.

mod batch;

use batch::{TestSpan, sampled};
use sample_adaptively::{Randomness, Threshold, TraceState};

#[test]
fn thresholds_are_those_of_the_collector() {
    let vectors = include_str!("contrib/thresholds.csv").lines().skip(1);
    let mut compared = 0;
    for line in vectors {
        let [percentage, digits, expected] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("three columns: {line}");
        };
        let percentage: f32 = percentage.parse().expect("a percentage");
        let digits: usize = digits.parse().expect("a number of digits");
        let threshold = Threshold::of_share(f64::from(percentage) / 100.0, digits);
        assert_eq!(threshold.to_string(), expected, "{line}");
        compared += 1;
    }
    assert_eq!(compared, 544);
}

/// One difference is on purpose: of spans that came with a threshold that
/// should have dropped them, a share of 100 % keeps all, without a threshold.
#[test]
fn decisions_are_those_of_the_collector() {
    let (mut kept_by_both, mut erased) = (0, 0);
    for line in include_str!("contrib/decisions.csv").lines().skip(1) {
        let [percentage, trace_id, before, kept, after] = line.split('\t').collect::<Vec<_>>()[..]
        else {
            panic!("five columns: {line}");
        };
        let trace_id = bytes(trace_id);
        let span = TestSpan { trace_id: &trace_id, trace_state: before, ..TestSpan::default() };
        let ours = sampled(&format!("otherwise: {percentage}%"), &[span]);
        let state = TraceState::read(before.as_bytes());
        let randomness =
            state.randomness.or(Randomness::of_trace_id(&trace_id)).expect("randomness");
        let is_consistent = state.threshold.is_none_or(|threshold| threshold.keeps(randomness));
        match (kept, &ours[..]) {
            ("true", [span]) if span.trace_state == after => kept_by_both += 1,
            // Where `th` is right already we leave the text alone; the
            // Collector's sampler writes it anew.
            ("true", [span]) if span.trace_state == before => {
                assert_eq!(state.threshold, TraceState::read(after.as_bytes()).threshold, "{line}");
                kept_by_both += 1;
            }
            ("false", []) => {}
            ("false", [span]) if percentage == "100" && !is_consistent => {
                assert_eq!(TraceState::read(span.trace_state.as_bytes()).threshold, None, "{line}");
                erased += 1;
            }
            _ => panic!("{line}: {ours:?}"),
        }
    }
    assert_eq!((kept_by_both, erased), (387, 6));
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    (0..hexadecimal.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hexadecimal[at..at + 2], 16).expect("hexadecimal digits"))
        .collect()
}
