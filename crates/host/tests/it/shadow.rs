//! A plugin in the shadow: whatever it does, nothing of it reaches a batch.

use std::time::Instant;

use host::{Chain, Clock, Runtime, Totals};
use plugin::OnFailure;

use crate::support::{
    COMPONENT, NOW, assert_state, batch, limits, listener, module, names, start, start_with,
};

const SECOND: u64 = 1_000_000_000;

/// All that the plugin of tests can do wrong to a batch, and nothing wrong.
const DOES: [&str; 22] = [
    "pass",
    "drop",
    "rename",
    "make",
    "fail",
    "panic",
    "trap",
    "spin",
    "recurse",
    "allocate",
    "garbage",
    "drop-beyond",
    "edit-beyond",
    "place-beyond",
    "drop-twice",
    "edit-twice",
    "edit-dropped",
    "unknown-edit",
    "unannounced",
    "unknown-key",
    "note",
    "count-unknown",
];

/// Scenario: a plugin in the shadow does each of these to every batch, at its ticks and when it goes,
/// under `block`; a plugin after it lives in the light.
/// Guarantees: what passes is what came, byte for byte; the next plugin gets just that, and nothing else.
#[test]
fn whatever_it_does_the_batch_is_as_it_came() {
    let came = batch(&["one", "two", "three"]);
    let small = module(host::Limits { memory_bytes: 16 << 20, ..limits() });
    for does in DOES {
        for during in ["process", "tick", "flush", "changes"] {
            let rules = format!("does: {does}\nduring: {during}\ntick: repeat\n");
            let start = |rules: &str, host: &_| {
                start_with(rules, small.clone(), Some(OnFailure::Block), host).unwrap()
            };
            let (nobody, host) = (listener(), listener());
            let dark = start(&rules, &nobody).in_shadow();
            let light = start("does: pass", &host);
            let mut chain = Chain::new(vec![dark, light], 0);
            for second in 0..2 {
                let now = NOW + second * SECOND;
                let passed = chain.process(&came, now).unwrap();
                assert_eq!(passed.traces, std::slice::from_ref(&came), "{does} during {during}");
                assert_eq!(chain.tick(now).unwrap().traces, Vec::<Vec<u8>>::new(), "{does}");
            }
            assert_eq!(chain.flush(NOW + SECOND).unwrap().traces, Vec::<Vec<u8>>::new(), "{does}");
            let seen = host.lock().unwrap().counter("batches_seen", &[("kind", "any")]);
            assert_eq!(seen, 2, "{does} during {during}");
        }
    }
}

/// Scenario: plugins in the shadow drop a batch, change it, and cannot process a span of it.
/// Guarantees: what each would have done is counted and told as what would have been; the fault is
/// found to the span, as in the light.
#[test]
fn what_it_would_have_done_is_counted_and_told() {
    let dark = |rules: &str| start(rules).0.in_shadow();
    let stages =
        vec![dark("does: drop"), dark("does: rename"), dark("does: trap\nif-contains: two")];
    let mut chain = Chain::new(stages, 0);
    chain.follow();
    let came = batch(&["one", "two", "three"]);
    let passed = chain.process(&came, NOW).unwrap();
    let totals: Vec<Totals> = chain.stages().map(|(_, totals)| totals.clone()).collect();
    let of = |out, changed, dropped, at_fault| Totals {
        spans_in: 3,
        spans_out: out,
        spans_changed: changed,
        spans_dropped: dropped,
        spans_at_fault: at_fault,
    };
    assert_eq!(totals, [of(0, 0, 3, 0), of(3, 3, 0, 0), of(2, 0, 0, 1)]);
    let faults: Vec<String> = passed.faults.iter().map(|(_, fault)| fault.to_string()).collect();
    assert_eq!(faults.len(), 1);
    assert!(faults[0].starts_with("span `0000000000000002` of trace "), "{faults:?}");
    assert!(faults[0].contains(" bytes, would not have been passed on: the plugin "), "{faults:?}");
    let way = &passed.ways[0];
    assert!(way.iter().all(|step| step.is_shadow && step.came == came));
    assert_eq!(names(std::slice::from_ref(&way[1].went)), ["changed"; 3]);
}

/// Scenario: a plugin in the shadow spins over every span of a batch of many.
/// Guarantees: nobody waits longer than for one call, where a search may take ten times as long.
#[test]
fn nobody_waits_for_it_longer_than_for_one_call() {
    let timeout = limits().timeout;
    // What others get of the processor is no part of it.
    let clock = Clock { wall: Instant::now, thread: None };
    let module = Runtime::with_clock(None, clock).unwrap().load(&COMPONENT, limits()).unwrap();
    let dark = start_with("does: spin", module, None, &listener()).unwrap().in_shadow();
    let mut chain = Chain::new(vec![dark], 0);
    let began = Instant::now();
    let passed = chain.process(&batch(&["span"; 64]), NOW).unwrap();
    // What an instance takes to end is no part of the call, and machines are busy.
    assert!(began.elapsed() < timeout * 4, "{:?}", began.elapsed());
    assert_eq!(passed.faults.iter().map(|(_, fault)| fault.spans).sum::<usize>(), 64);
}

/// Scenario: a plugin in the shadow traps after some batches, and is swapped for one that protects
/// nothing.
/// Guarantees: it keeps its state as any other; of a loosening there is no warning, for nothing was
/// protected.
#[test]
fn it_has_a_state_of_its_own_and_protects_nothing() {
    let dark = |rules: &str| {
        let (generation, host) = start(rules);
        (generation.in_shadow(), host)
    };
    let mut chain = Chain::new(vec![dark("traps-on: poison\nprotects: a, b").0], 0);
    for name in ["one", "poison", "two"] {
        chain.process(&batch(&[name]), NOW).unwrap();
    }
    assert_state(&mut chain, 2);
    let (next, host) = dark("does: pass");
    chain.swap(0, next).unwrap();
    assert_state(&mut chain, 2);
    assert!(host.lock().unwrap().log.is_empty(), "{:?}", host.lock().unwrap().log);
}
