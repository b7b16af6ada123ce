//! Plugins in order, their own spans, and the swap of one.

use host::{Chain, Refused};
use plugin::Runner;

use crate::support::{
    NOW, assert_state, batch, limits, listener, module, names, start, start_with,
};

const SECOND: u64 = 1_000_000_000;

/// Scenario: the first plugin makes spans at a tick and when it goes.
/// Guarantees: these go through the plugins after it, and not through itself.
#[test]
fn spans_of_a_tick_enter_at_the_next_plugin() {
    let (makes, maker) = start("tick: repeat");
    let (drops, host) = start("does: drop\nif-contains: poison\n");
    let mut chain = Chain::new(vec![makes, drops], 0);
    assert_eq!(names(&chain.process(&batch(&["one"]), NOW).unwrap().traces), ["one"]);
    // The first call only starts the clock.
    assert_eq!(chain.tick(NOW).unwrap().traces, Vec::<Vec<u8>>::new());
    assert_eq!(chain.tick(NOW + SECOND / 2).unwrap().traces, Vec::<Vec<u8>>::new());
    assert_eq!(names(&chain.tick(NOW + SECOND).unwrap().traces), ["one"]);
    let seen = host.lock().unwrap().counter("batches_seen", &[("kind", "any")]);
    assert_eq!(seen, 2);
    let seen = maker.lock().unwrap().counter("batches_seen", &[("kind", "any")]);
    assert_eq!(seen, 1);

    chain.process(&batch(&["poison"]), NOW + SECOND).unwrap();
    assert_eq!(chain.flush(NOW + SECOND).unwrap().traces, Vec::<Vec<u8>>::new());
}

/// Guarantees: where a plugin makes no spans, nothing goes on.
#[test]
fn a_tick_without_spans_passes_nothing() {
    let mut chain = Chain::new(vec![start("tick: repeat").0], 0);
    for now in [NOW, NOW + SECOND] {
        assert_eq!(chain.tick(now).unwrap().traces, Vec::<Vec<u8>>::new());
    }
    assert_eq!(chain.flush(NOW + SECOND).unwrap().traces, Vec::<Vec<u8>>::new());
}

/// Scenario: a plugin that would make spans names no interval.
/// Guarantees: it is never asked for any.
#[test]
fn a_plugin_without_an_interval_is_not_ticked() {
    let mut module = module(limits());
    module.manifest.tick_interval_millis = 0;
    let makes = start_with("tick: repeat", module, None, &listener()).unwrap();
    let mut chain = Chain::new(vec![makes], 0);
    chain.process(&batch(&["one"]), NOW).unwrap();
    for seconds in 0..3 {
        let made = chain.tick(NOW + seconds * SECOND).unwrap().traces;
        assert_eq!(made, Vec::<Vec<u8>>::new());
    }
}

/// Scenario: a chain is followed whose plugin adds spans of its own to a batch.
/// Guarantees: they go on; what went of the batch is told without them.
#[test]
fn a_way_is_told_without_spans_of_the_plugins_own() {
    let (makes, _) = start("does: make");
    let mut chain = Chain::new(vec![makes], 0);
    chain.follow();
    let passed = chain.process(&batch(&["one"]), NOW).unwrap();
    assert_eq!(names(&passed.traces), ["one", "one"]);
    assert_eq!(passed.ways[0][0].went, batch(&["one"]));
}

/// Guarantees: a new generation goes on where the one before stopped; one that
/// is wrong leaves it at work.
#[test]
fn a_swap_hands_the_state_over() {
    let (before, _) = start("does: pass");
    let mut chain = Chain::new(vec![before], 0);
    chain.process(&batch(&["one"]), NOW).unwrap();
    chain.process(&batch(&["two"]), NOW).unwrap();

    let (refuses, _) = start("does: trap\nduring: load\n");
    assert_eq!(
        chain.swap(0, refuses).unwrap_err(),
        "the state of the running generation cannot be taken over: trapped: wasm `unreachable` instruction executed"
    );
    assert_eq!(names(&chain.process(&batch(&["three"]), NOW).unwrap().traces), ["three"]);

    let (after, _) = start("does: trap\nif-contains: poison\n");
    chain.swap(0, after).unwrap();
    assert_eq!(names(&chain.process(&batch(&["four"]), NOW).unwrap().traces), ["four"]);
    assert_state(&mut chain, 4);
}

/// Scenario: a generation has taken over a state and crashes before it was
/// handed another batch.
/// Guarantees: its next instance has that state.
#[test]
fn a_crash_right_after_a_swap_loses_nothing() {
    let (before, _) = start("does: pass");
    let mut chain = Chain::new(vec![before], 0);
    chain.process(&batch(&["one"]), NOW).unwrap();
    chain.process(&batch(&["two"]), NOW).unwrap();

    let (after, _) = start("does: trap\nif-contains: poison\n");
    chain.swap(0, after).unwrap();
    assert_eq!(chain.process(&batch(&["poison"]), NOW).unwrap().faults.len(), 1);
    assert_eq!(names(&chain.process(&batch(&["three"]), NOW).unwrap().traces), ["three"]);
    assert_state(&mut chain, 3);
}

#[test]
fn rules_are_refused_with_every_problem() {
    let refused = start_with("does: sing\nloudly: yes\n", module(limits()), None, &listener());
    let Err(Refused::Problems(problems)) = refused else { unreachable!("{refused:?}") };
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "rules.yaml:1: does: found `sing`; expected a line of the table in the plugin's documentation",
            "rules.yaml:2: loudly: found `yes`; expected a line of the table in the plugin's documentation",
        ]
    );
}

#[test]
fn a_plugin_that_spins_over_its_rules_is_refused() {
    let limits = host::Limits { timeout: std::time::Duration::from_millis(20), ..limits() };
    let refused = start_with("does: spin\nduring: configure\n", module(limits), None, &listener());
    assert_eq!(
        refused.unwrap_err().to_string(),
        "found a plugin that, while it read the rules, ran longer than 200ms; expected an answer"
    );
}

/// Guarantees: a batch that is too long goes in pieces, and nothing is lost or
/// changes its order; a single span that is too long goes alone.
#[test]
fn splits_a_long_batch_between_spans() {
    let (generation, host) = start("does: pass");
    let mut chain = Chain::new(vec![generation], 300);
    let long = "x".repeat(400);
    let all = ["a", "b", "c", &long, "d", "e", "f", "g", "h"];
    assert_eq!(names(&chain.process(&batch(&all), NOW).unwrap().traces), all);
    assert!(host.lock().unwrap().counter("batches_seen", &[("kind", "any")]) > 2);
}

/// Guarantees: a view of just the longest length goes whole, and one that is a
/// byte longer does not.
#[test]
fn splits_no_batch_that_is_short_enough() {
    let batch = batch(&["a", "b"]);
    for (limit, calls) in [(batch.len(), 1), (batch.len() - 1, 2)] {
        let (generation, host) = start("does: pass");
        let mut chain = Chain::new(vec![generation], limit);
        assert_eq!(names(&chain.process(&batch, NOW).unwrap().traces), ["a", "b"]);
        let seen = host.lock().unwrap().counter("batches_seen", &[("kind", "any")]);
        assert_eq!(seen, calls, "{limit}");
    }
}

/// Scenario: an older version of the plugin comes after a newer one.
/// Guarantees: it does not get a state that it cannot know, and the newer one
/// goes on.
#[test]
fn a_state_never_goes_back_to_an_older_version() {
    let mut newer = module(limits());
    newer.manifest.state_version = 2;
    assert_eq!(newer.state_version(), 2);
    let before = start_with("does: pass", newer, None, &listener()).unwrap();
    let mut chain = Chain::new(vec![before], 0);
    chain.process(&batch(&["one"]), NOW).unwrap();
    assert_eq!(
        chain.swap(0, start("does: pass").0).unwrap_err(),
        "found state version 1; expected 2 or higher, which the running generation has"
    );
    assert_eq!(names(&chain.process(&batch(&["two"]), NOW).unwrap().traces), ["two"]);
}

/// Scenario: a plugin of another name, or one that keeps no state, takes the place of one that has
/// seen a batch, or none.
/// Guarantees: it is not handed the state; where there was one, a warning says so.
#[test]
fn a_state_is_not_taken_over_by_another_plugin() {
    let (mut other, mut stateless) = (module(limits()), module(limits()));
    other.manifest.name = "other".into();
    stateless.manifest.state_version = 0;
    for module in [other, stateless] {
        for batches in [0, 1] {
            let mut chain = Chain::new(vec![start("does: pass").0], 0);
            (0..batches).for_each(|_| _ = chain.process(&batch(&["one"]), NOW).unwrap());
            let host = listener();
            let rules = "does: trap\nduring: load\n";
            chain.swap(0, start_with(rules, module.clone(), None, &host).unwrap()).unwrap();
            let said = host.lock().unwrap().log.clone();
            let text = "the state of plugin `misbehaving`, 1 entries, is not taken over";
            assert_eq!(said, vec![(plugin::Level::Warn, text.to_owned()); batches]);
            assert_eq!(names(&chain.process(&batch(&["two"]), NOW).unwrap().traces), ["two"]);
        }
    }
}

#[test]
fn an_empty_batch_passes() {
    let (generation, _) = start("does: trap");
    let mut chain = Chain::new(vec![generation], 0);
    assert_eq!(chain.process(&[], NOW).unwrap().traces, Vec::<Vec<u8>>::new());
}

/// Scenario: a span whose name stands twice, of which protobuf takes the last.
/// Guarantees: no plugin sees the first, so it does not go on.
#[test]
fn what_protobuf_overrides_goes_no_further() {
    let (pass, _) = start("does: pass");
    let mut chain = Chain::new(vec![pass], 0);
    let span = b"\x2a\x06secret\x2a\x04open";
    let nested = |inner: &[u8], tag: u8| [&[tag, inner.len() as u8], inner].concat();
    let bytes = nested(&nested(&nested(span, 0x12), 0x12), 0x0a);
    let passed = chain.process(&bytes, NOW).unwrap().traces;
    assert_eq!(names(&passed), ["open"]);
    assert!(!passed[0].windows(6).any(|it| it == b"secret"));
}

/// Scenario: spans in a field that OTLP gave up, and that the Collector still reads.
/// Guarantees: they are refused, and not passed on unseen.
#[test]
fn spans_of_an_old_form_are_refused() {
    let (pass, _) = start("does: pass");
    let mut chain = Chain::new(vec![pass], 0);
    let refused = chain.process(b"\x0a\x05\xc2\x3e\x02\x12\x00", NOW).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "decoding stopped at byte 2 of 7, inside ResourceSpans: spans of before 2021 (`instrumentation_library_spans`) are not read"
    );
}

/// Guarantees: what the rules before protected and the next ones do not is named, and nothing else.
#[test]
fn a_swap_that_loosens_is_warned_of() {
    let (before, _) = start("protects: detector phone, detector email, key k1\n");
    let mut chain = Chain::new(vec![before], 0);
    let (after, host) = start("protects: detector email, key k2\n");
    chain.swap(0, after).unwrap();
    let warned: Vec<String> =
        host.lock().unwrap().log.iter().map(|(level, text)| format!("{level}: {text}")).collect();
    let expected = ["detector phone", "key k1"];
    assert_eq!(warned, expected.map(|text| format!("warn: no longer protected: {text}")));
}
