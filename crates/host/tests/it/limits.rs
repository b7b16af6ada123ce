//! Whatever a plugin does, the host goes on.

use std::time::Duration;

use host::{Chain, ComponentInstance, Crash, Limits, Stopped};
use plugin::{Changed, Entry, Instance, OnFailure};

use crate::support::{
    COMPONENT, CORE, NOW, RUNTIME, assert_state, batch, document, limits, listener, module, names,
    start, start_with,
};

/// Runs one batch through an instance that does what the rules say.
fn crash(rules: &str, limits: Limits) -> Stopped {
    let mut instance = ComponentInstance::new(&module(limits), listener()).unwrap();
    assert_eq!(instance.configure(&[document(rules)]).unwrap(), []);
    instance.process(&batch(&["one"]), NOW).unwrap_err()
}

#[test]
fn stops_a_plugin_that_spins() {
    let stopped = crash("does: spin", limits());
    assert_eq!(stopped, Stopped::Crash(Crash::OutOfTime(limits().timeout)));
    assert_eq!(stopped.to_string(), "ran longer than 300ms");
}

/// Scenario: a module that no build step has metered.
/// Guarantees: it is stopped too, and a warning says why it is slower.
#[test]
fn stops_a_plugin_without_a_meter() {
    let component = componentize::wrap(&CORE).unwrap();
    let module = RUNTIME.load(&component, limits()).unwrap();
    assert_eq!(
        module.warning().unwrap(),
        "found a module without a meter; expected one made by `lapidary componentize`; it runs with a slower limit"
    );
    let mut instance = ComponentInstance::new(&module, listener()).unwrap();
    instance.configure(&[document("does: spin")]).unwrap();
    let stopped = instance.process(&batch(&["one"]), NOW).unwrap_err();
    assert_eq!(stopped, Stopped::Crash(Crash::OutOfTime(limits().timeout)));
}

/// Scenario: a module that is not metered has a seal that fits its code.
/// Guarantees: it is not believed, and stopped as if it had none.
#[test]
fn stops_a_plugin_that_claims_a_meter() {
    let component = componentize::claim(&CORE).unwrap();
    let module = RUNTIME.load(&component, limits()).unwrap();
    assert_eq!(
        module.warning().unwrap(),
        "found a module that says it is metered and is not (no import asks for more rounds); expected one made by `lapidary componentize`; it runs with a slower limit"
    );
    let mut instance = ComponentInstance::new(&module, listener()).unwrap();
    instance.configure(&[document("does: spin")]).unwrap();
    let stopped = instance.process(&batch(&["one"]), NOW).unwrap_err();
    assert_eq!(stopped, Stopped::Crash(Crash::OutOfTime(limits().timeout)));
}

#[test]
fn stops_a_plugin_that_takes_too_much_memory() {
    let limits = Limits { memory_bytes: 16 << 20, timeout: Duration::from_secs(20), ..limits() };
    let stopped = crash("does: allocate", limits);
    assert_eq!(stopped, Stopped::Crash(Crash::OutOfMemory(16 << 20)));
    assert_eq!(stopped.to_string(), "asked for more than 16 MiB of memory");
}

#[test]
fn stops_a_plugin_that_calls_itself_without_end() {
    assert_eq!(crash("does: recurse", limits()), Stopped::Crash(Crash::OutOfStack));
}

#[test]
fn says_how_a_plugin_trapped() {
    let text = crash("does: trap", limits()).to_string();
    assert_eq!(text, "trapped: wasm `unreachable` instruction executed");
}

/// Scenario: a panic whose text holds the batch.
/// Guarantees: the log has the place in the code and nothing of the text.
#[test]
fn a_panic_leaves_only_its_place_in_the_log() {
    let host = listener();
    let mut generation =
        start_with("does: panic", module(limits()), Some(OnFailure::Pass), &host).unwrap();
    let mut chain = Chain::new(vec![generation], 0);
    chain.process(&batch(&["ivanov@example.com"]), NOW).unwrap();
    generation = start_with("does: pass", module(limits()), None, &host).unwrap();
    assert_eq!(generation.policy(), OnFailure::Block);
    let log = host.lock().unwrap().log.clone();
    assert!(!log.is_empty());
    for (_, line) in log {
        let place =
            line.strip_prefix("panicked at crates/host/fixtures/misbehaving/src/misbehaviour.rs:");
        assert!(place.unwrap().parse::<u32>().is_ok(), "{line}");
    }
}

/// Scenario: the meter asks for time at every loop head and function entry.
/// Guarantees: it never does so where a component must not call out.
#[test]
fn a_budget_of_one_round_goes_through_every_function() {
    let limits = Limits { rounds: 1, timeout: Duration::from_secs(20), ..Limits::default() };
    let module = RUNTIME.load(&COMPONENT, limits).unwrap();
    let host = listener();
    host.lock().unwrap().secrets.insert("key".into(), vec![7; 4096]);
    let mut instance = ComponentInstance::new(&module, host.clone()).unwrap();
    assert_eq!(instance.describe().unwrap().name, "misbehaving");
    let problems = instance.configure(&[document("wrong: line\nalso: wrong\n")]).unwrap();
    assert_eq!(problems.len(), 2);

    let mut instance = ComponentInstance::new(&module, host.clone()).unwrap();
    let rules = document("secret: key\ntick: repeat\ndoes: fail\nif-contains: bad\n");
    assert_eq!(instance.configure(&[rules]).unwrap(), []);
    let big = batch(&vec!["span"; 500]);
    instance.process(&big, NOW).unwrap();
    let failure = instance.process(&batch(&["bad"]), NOW).unwrap_err();
    assert_eq!(failure.to_string(), "told to fail");
    let damaged = instance.process(&[0x0a, 0x05, 0x12], NOW).unwrap_err();
    assert_eq!(
        damaged.to_string(),
        "decoding stopped at byte 1 of 3, inside TracesData: length runs past the end"
    );
    instance.process(&big, NOW).unwrap();
    assert_eq!(instance.tick(NOW).unwrap().unwrap(), big);
    assert_eq!(instance.flush(NOW).unwrap().unwrap(), big);
    let told = instance.changes(0).unwrap();
    assert_eq!((told.entries.len(), told.more), (1, false));
    assert_eq!(instance.changes(0).unwrap(), Changed::default());
    assert_eq!(instance.load(1, &told.entries), Ok(0));
    let odd = Entry { value: Some(vec![1]), ..told.entries[0].clone() };
    assert_eq!(instance.load(1, &[odd.clone(), told.entries[0].clone(), odd]), Ok(2));
    let refused = instance.load(2, &told.entries).unwrap_err();
    assert_eq!(refused.to_string(), "entries of version 2, expected 1");
    // The two that failed are not in it.
    assert_eq!(host.lock().unwrap().counter("batches_seen", &[("kind", "any")]), 2);
}

/// Scenario: a batch is tried again in parts, as the plugin cannot process all
/// of it.
/// Guarantees: only calls that ended with an answer count, whether the others
/// failed or crashed.
#[test]
fn a_call_that_gave_no_answer_adds_to_no_counter() {
    for does in ["fail", "trap", "panic"] {
        let (generation, host) = start(&format!("does: {does}\nif-contains: poison\n"));
        let mut chain = Chain::new(vec![generation], 0);
        let passed = chain.process(&batch(&["a", "poison", "b", "c"]), NOW).unwrap();
        assert_eq!(names(&passed.traces), ["a", "b", "c"]);
        // `a` went alone; `b` and `c` together.
        let seen = host.lock().unwrap().counter("batches_seen", &[("kind", "any")]);
        assert_eq!(seen, 2, "{does}");
    }
}

/// Scenario: two spans of a hundred make the plugin crash.
/// Guarantees: only these two are held back.
#[test]
fn finds_the_spans_at_fault_and_passes_the_rest() {
    let mut all: Vec<String> = (0..100).map(|index| format!("span {index}")).collect();
    (all[17], all[80]) = ("poison".into(), "poison".into());
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let (generation, host) = start("does: trap\nif-contains: poison\n");
    let mut chain = Chain::new(vec![generation], 0);
    let passed = chain.process(&batch(&all), NOW).unwrap();

    let good: Vec<&str> = all.iter().copied().filter(|name| *name != "poison").collect();
    assert_eq!(names(&passed.traces), good);
    let faults: Vec<String> = passed.faults.iter().map(|(_, fault)| fault.to_string()).collect();
    assert_eq!(faults.len(), 2);
    assert_eq!(
        faults[0],
        "span `0000000000000012` of trace `00000000000000000000000000000012`, 42 bytes, was not passed on: the plugin trapped: wasm `unreachable` instruction executed"
    );
    assert!(faults[1].starts_with("span `0000000000000051` of trace"));
    let (_, totals) = chain.stages().next().unwrap();
    assert_eq!((totals.spans_in, totals.spans_out, totals.spans_at_fault), (100, 98, 2));
    // What is held back was not dropped on purpose.
    assert_eq!(totals.spans_dropped, 0);

    // Six halvings lead to each of the two, and each leaves a part that went through.
    let seen = host.lock().unwrap().counter("batches_seen", &[("kind", "any")]);
    assert_eq!(seen, 12);
    assert_eq!(names(&chain.process(&batch(&["next"]), NOW).unwrap().traces), ["next"]);
}

/// Scenario: spans come one by one, and the second makes the plugin crash.
/// Guarantees: another instance is handed that span, and nothing else.
#[test]
fn a_span_that_came_alone_is_not_halved() {
    let (generation, host) = start("does: trap\nif-contains: poison\n");
    let mut chain = Chain::new(vec![generation], 1);
    let passed = chain.process(&batch(&["a", "poison"]), NOW).unwrap();
    assert_eq!(names(&passed.traces), ["a"]);
    let seen = host.lock().unwrap().counter("batches_seen", &[("kind", "any")]);
    assert_eq!(seen, 1);
}

/// Scenario: a plugin crashes after it has seen some batches.
/// Guarantees: the instance after that one goes on with the last state.
#[test]
fn a_plugin_that_crashed_goes_on_with_its_state() {
    let (generation, _) = start("does: trap\nif-contains: poison\n");
    let mut chain = Chain::new(vec![generation], 0);
    for name in ["one", "two", "three"] {
        chain.process(&batch(&[name]), NOW).unwrap();
    }
    assert_eq!(chain.process(&batch(&["poison"]), NOW).unwrap().faults.len(), 1);
    assert_eq!(names(&chain.process(&batch(&["four"]), NOW).unwrap().traces), ["four"]);
    assert_state(&mut chain, 4);
}

#[test]
fn spans_at_fault_go_on_as_they_were_where_the_policy_is_pass() {
    let rules = "does: panic\nif-contains: poison\n";
    let generation =
        start_with(rules, module(limits()), Some(OnFailure::Pass), &listener()).unwrap();
    let mut chain = Chain::new(vec![generation], 0);
    let passed = chain.process(&batch(&["a", "poison", "b"]), NOW).unwrap();
    assert_eq!(names(&passed.traces), ["a", "poison", "b"]);
    assert_eq!(passed.faults.len(), 1);
}

/// Scenario: more spans make the plugin crash than a search may find.
/// Guarantees: the search is given up twice, and nothing passes of it; the third time it goes to
/// its end, and just those spans are held back.
#[test]
fn a_batch_that_is_not_searched_to_its_end_is_sent_again_twice() {
    let (generation, _) = start("does: trap\nif-contains: poison\n");
    let mut chain = Chain::new(vec![generation], 0);
    let all: Vec<&str> =
        (0..300).map(|index| if index % 3 == 2 { "poison" } else { "good" }).collect();
    let passed = chain.process(&batch(&all), NOW).unwrap();
    assert_eq!(names(&passed.traces), vec!["good"; 200]);
    assert_eq!(passed.faults.len(), 100);
    let given_up: Vec<_> = passed.unsearched.iter().map(|(_, it)| it.to_string()).collect();
    let text = "a batch of 300 spans was not searched to its end, nothing of it goes on, it may be sent again: the plugin trapped: wasm `unreachable` instruction executed";
    assert_eq!(given_up, [text, text]);
    let (_, totals) = chain.stages().next().unwrap();
    assert_eq!((totals.spans_in, totals.spans_out, totals.spans_at_fault), (300, 200, 100));
}

#[test]
fn a_batch_that_is_no_otlp_is_refused_with_the_place() {
    let (generation, _) = start("does: pass");
    let mut chain = Chain::new(vec![generation], 0);
    let malformed = chain.process(&[0x0a, 0x05, 0x12], NOW).unwrap_err();
    assert_eq!(
        malformed.to_string(),
        "decoding stopped at byte 1 of 3, inside TracesData: length runs past the end"
    );
    assert_eq!(names(&chain.process(&batch(&["next"]), NOW).unwrap().traces), ["next"]);
}
