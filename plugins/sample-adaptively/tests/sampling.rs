//! What sampling promises, over spans at random.

mod batch;

use batch::{SECOND, TestSpan, TestValue, sampled};
use opentelemetry_proto::tonic::trace::v1::Span;
use proptest::prelude::*;
use sample_adaptively::{Randomness, Threshold, TraceState};

const BASE: &str = include_str!("../../../rules/sample-adaptively/base.yaml");

fn index_of(span: &Span) -> u64 {
    u64::from_be_bytes(span.span_id[..].try_into().expect("8 bytes"))
}

fn threshold_of(span: &Span) -> Option<Threshold> {
    TraceState::read(span.trace_state.as_bytes()).threshold
}

fn trace_ids() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => any::<[u8; 16]>().prop_map(Vec::from),
        // Near the threshold of 10 %.
        2 => any::<[u8; 16]>().prop_map(|mut id| { id[9..12].copy_from_slice(&[0xe6, 0x66, 0x00]); id.to_vec() }),
        1 => Just(vec![0; 16]),
        1 => prop::collection::vec(any::<u8>(), 0..20),
    ]
}

fn trace_states() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just(String::new()),
        3 => "(ot=(rv:[0-9a-f]{14};)?(th:[0-9a-f]{1,14})?(;x[a-z]:[a-z]{0,3})?)?(,[a-z]{1,3}=[a-z]{1,9}){0,3}",
        1 => "[ ,=;:a-z0-9@]{0,40}",
        1 => "(ot=(th|rv):[0-9a-fx]{0,16}[;,]?){0,4}",
        1 => "([a-z]{1,3}=[a-z]{1,250},){0,40}ot=th:8",
        1 => any::<String>(),
    ]
}

#[derive(Clone, Debug)]
struct AnySpan {
    trace_id: Vec<u8>,
    trace_state: String,
    start: u64,
    nanos: i64,
    status: i32,
    gap: Option<bool>,
}

fn any_spans() -> impl Strategy<Value = Vec<AnySpan>> {
    let nanos = prop_oneof![
        -10..10_i64,
        0..20 * SECOND as i64,
        (5 * SECOND as i64 - 2)..(5 * SECOND as i64 + 3),
    ];
    let span =
        (trace_ids(), trace_states(), (SECOND..1 << 62), nanos, 0..4_i32, any::<Option<bool>>());
    let span = span.prop_map(|(trace_id, trace_state, start, nanos, status, gap)| AnySpan {
        trace_id,
        trace_state,
        start,
        nanos,
        status,
        gap,
    });
    prop::collection::vec(span, 0..30)
}

fn run(rules: &str, spans: &[AnySpan]) -> Vec<Span> {
    let attributes: Vec<Vec<(&str, TestValue<'_>)>> = spans
        .iter()
        .map(|span| {
            span.gap.map(|gap| ("gap_detected", TestValue::Bool(gap))).into_iter().collect()
        })
        .collect();
    let spans: Vec<TestSpan<'_>> = spans
        .iter()
        .zip(&attributes)
        .map(|(span, attributes)| TestSpan {
            trace_id: &span.trace_id,
            trace_state: &span.trace_state,
            start: span.start,
            end: span.start.saturating_add_signed(span.nanos),
            status: span.status,
            attributes,
            ..TestSpan::default()
        })
        .collect();
    sampled(rules, &spans)
}

fn is_always_kept(span: &AnySpan) -> bool {
    let took = span.start.saturating_add_signed(span.nanos).checked_sub(span.start);
    took.is_none_or(|nanos| nanos > 5 * SECOND) || span.status == 2 || span.gap == Some(true)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// The plain model: always kept, or 14 digits of randomness against those
    /// of the higher of two thresholds. Order is that of the batch.
    #[test]
    fn keeps_what_the_plain_model_keeps(spans in any_spans()) {
        let expected: Vec<u64> = (1..).zip(&spans).filter(|(_, span)| {
            let state = TraceState::read(span.trace_state.as_bytes());
            let Some(randomness) = state.randomness.or(Randomness::of_trace_id(&span.trace_id)) else {
                return true;
            };
            let threshold = state.threshold.map_or(String::new(), |threshold| threshold.to_string());
            is_always_kept(span) || randomness.to_string() >= format!("{threshold:0<14}").max("e6660000000000".to_owned())
        }).map(|(index, _)| index).collect();
        let kept: Vec<u64> = run(BASE, &spans).iter().map(index_of).collect();
        prop_assert_eq!(kept, expected);
    }

    /// Never lower than it came, unless it came with one that was a lie; and
    /// whatever came in, what goes out keeps to the grammar and the limits.
    #[test]
    fn a_threshold_is_never_lowered_and_tracestate_is_well_formed(spans in any_spans()) {
        for kept in run(BASE, &spans) {
            let span = &spans[index_of(&kept) as usize - 1];
            let state = TraceState::read(span.trace_state.as_bytes());
            let randomness = state.randomness.or(Randomness::of_trace_id(&span.trace_id));
            let is_lie = state.threshold.zip(randomness).is_some_and(|(threshold, randomness)| !threshold.keeps(randomness));
            match threshold_of(&kept) {
                Some(threshold) => prop_assert!(threshold >= state.threshold.unwrap_or(Threshold::KEEP_ALL)),
                None => prop_assert!(is_lie),
            }
            let after = TraceState::read(kept.trace_state.as_bytes());
            prop_assert_eq!(after.randomness, state.randomness);
            prop_assert_eq!(after.with_threshold(after.threshold), None, "{:?} is well formed", kept.trace_state);
            if kept.trace_state != span.trace_state {
                prop_assert!(kept.trace_state.len() <= 512);
                prop_assert!(kept.trace_state.split(',').count() <= 32);
            }
        }
    }

    /// Sampling twice, here and in the next tier, changes nothing more.
    #[test]
    fn a_second_stage_with_the_same_rules_keeps_all(spans in any_spans()) {
        let once = run(BASE, &spans);
        let again: Vec<AnySpan> = once.iter().map(|kept| {
            AnySpan { trace_state: kept.trace_state.clone(), ..spans[index_of(kept) as usize - 1].clone() }
        }).collect();
        let twice = run(BASE, &again);
        prop_assert_eq!(twice.len(), once.len());
        for (first, second) in once.iter().zip(&twice) {
            let was_erased = threshold_of(first).is_none();
            prop_assert!(was_erased || first.trace_state == second.trace_state);
        }
    }

    #[test]
    fn fast_spans_of_a_trace_stay_or_go_together(trace_id in any::<[u8; 16]>(), count in 1..20_usize) {
        let span = TestSpan { trace_id: &trace_id, ..TestSpan::default() };
        let kept = sampled(BASE, &vec![span; count]).len();
        prop_assert!(kept == 0 || kept == count);
    }

    /// Rules together keep what any of them alone would keep, each with the threshold of the most
    /// generous; but nothing that one drops. Where none matches, `otherwise` keeps.
    #[test]
    fn rules_together_are_the_union_of_samplers(
        rules in prop::collection::vec((0..=20_u32, prop::bool::weighted(0.1)), 1..5),
        otherwise in 0..=100_u32,
        spans in prop::collection::vec((any::<[u8; 16]>(), prop::collection::vec(any::<bool>(), 5)), 1..20),
    ) {
        const KEYS: [&str; 5] = ["a", "b", "c", "d", "e"];
        let rule = |(index, (share, drop)): (usize, &(u32, bool))| {
            let key = KEYS[index];
            format!("{key}: {{match: {{attributes: {{{key}: true}}}}, keep: {}%, drop: {drop}}}", 5 * share)
        };
        let attributes: Vec<Vec<_>> = spans.iter().map(|(_, flags)| {
            KEYS.iter().zip(flags).map(|(key, flag)| (*key, TestValue::Bool(*flag))).collect()
        }).collect();
        let spans: Vec<TestSpan<'_>> = spans.iter().zip(&attributes)
            .map(|((trace_id, _), attributes)| TestSpan { trace_id, attributes, ..TestSpan::default() })
            .collect();
        let together: Vec<String> = rules.iter().enumerate().map(rule).collect();
        let all = sampled(&format!("rules: {{{}}}\notherwise: {otherwise}%\n", together.join(", ")), &spans);

        for (index, span) in spans.iter().enumerate() {
            let matching: Vec<_> = rules.iter().zip(span.attributes)
                .filter(|(_, (_, value))| matches!(value, TestValue::Bool(true)))
                .map(|(rule, _)| rule).collect();
            let is_dropped = matching.iter().any(|(_, drop)| *drop);
            let shares = matching.iter().map(|(share, _)| 5 * share);
            let shares = if matching.is_empty() { vec![otherwise] } else { shares.collect() };
            let alone = |share: u32| sampled(&format!("otherwise: {share}%"), &[*span]);
            let kept_by: Vec<Span> = shares.into_iter().filter(|_| !is_dropped).flat_map(alone).collect();
            let expected = kept_by.iter().map(threshold_of).min();
            let found = all.iter().find(|it| index_of(it) == index as u64 + 1).map(threshold_of);
            prop_assert_eq!(found, expected, "span {}", index);
        }
    }

    /// A trace that a smaller share keeps is kept by every larger one.
    #[test]
    fn shares_are_nested(trace_id in any::<[u8; 16]>(), a in 1..1000_u32, b in 1..1000_u32) {
        let span = TestSpan { trace_id: &trace_id, ..TestSpan::default() };
        let kept = |tenths: u32| sampled(&format!("otherwise: {}.{}%", tenths / 10, tenths % 10), &[span]).len();
        prop_assert!(kept(a.min(b)) <= kept(a.max(b)));
    }
}

/// 20,000 trace ids from a fixed generator: not near enough, but exactly what
/// the share of the last seven bytes says.
#[test]
fn ten_percent_are_ten_percent() {
    let mut state = 1_u64;
    let mut next = || {
        // SplitMix64, so that the ids are the same for ever.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    };
    let ids: Vec<[u8; 16]> = (0..20_000)
        .map(|_| (u128::from(next()) << 64 | u128::from(next())).to_be_bytes())
        .collect();
    let expected = ids.iter().filter(|id| id[9..12] >= [0xe6, 0x66, 0x00][..]).count();
    let spans: Vec<TestSpan<'_>> =
        ids.iter().map(|id| TestSpan { trace_id: id, ..TestSpan::default() }).collect();
    let kept = sampled(BASE, &spans);
    assert_eq!(kept.len(), expected);
    assert!((1_900..2_100).contains(&expected), "{expected}");
    assert!(kept.iter().all(|span| span.trace_state == "ot=th:e666"));
}
