//! Whatever a plugin does, the host goes on.

use std::cell::Cell;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use host::{Chain, ComponentInstance, Crash, Limits, Runtime, Stopped};
use plugin::{Changed, Entry, Instance, OnFailure};

use crate::support::{
    COMPONENT, CORE, NOW, RUNTIME, assert_state, batch, document, limits, listener, module, names,
    start, start_with,
};

thread_local! {
    static LOOKS: Cell<u64> = const { Cell::new(0) };
}

/// A clock on which a millisecond goes by whenever somebody looks.
fn clock() -> Instant {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    LOOKS.set(LOOKS.get() + 1);
    *START + Duration::from_millis(LOOKS.get())
}

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

/// Scenario: a clock on which a millisecond goes by whenever somebody looks.
/// Guarantees: a plugin that spins gets rounds as long as it has time, and
/// none once its time is over.
#[test]
fn a_plugin_that_spins_gets_no_rounds_after_its_time() {
    let runtime = Runtime::with_clock(None, clock).unwrap();
    let module = runtime.load(&COMPONENT, Limits { rounds: 1000, ..limits() }).unwrap();
    let mut instance =
        ComponentInstance::start(&module, &[document("does: spin")], listener()).unwrap();

    LOOKS.set(0);
    let stopped = instance.process(&batch(&["one"]), NOW).unwrap_err();
    assert_eq!(stopped, Stopped::Crash(Crash::OutOfTime(Duration::from_millis(300))));
    // One look as the call begins; 300 ms later is the 301st.
    assert_eq!(LOOKS.get(), 301);
}

/// Scenario: a plugin that needs twice the time of a call to say what it is.
/// Guarantees: it has that: what comes before the first batch may take ten times as long.
#[test]
fn a_plugin_has_more_time_before_its_first_batch() {
    let runtime = Runtime::with_clock(None, clock).unwrap();
    let load = |millis| {
        let limits = Limits { rounds: 1, timeout: Duration::from_millis(millis), ..limits() };
        runtime.load(&COMPONENT, limits)
    };
    let mut instance = ComponentInstance::new(&load(1_000_000).unwrap(), listener()).unwrap();
    LOOKS.set(0);
    instance.describe().unwrap();
    let needed = LOOKS.get();
    assert!(load(needed / 2).is_ok(), "{needed}");
    assert!(load(needed / 20).is_err(), "{needed}");
}

/// Scenario: a plugin spins over the state that it is handed.
/// Guarantees: it is stopped after ten times the time of a call.
#[test]
fn a_plugin_has_more_time_to_take_a_state_over() {
    let runtime = Runtime::with_clock(None, clock).unwrap();
    let module = runtime.load(&COMPONENT, Limits { rounds: 1000, ..limits() }).unwrap();
    let spins = start_with("does: spin\nduring: load\n", module, None, &listener()).unwrap();
    let mut chain = Chain::new(vec![start("does: pass").0], 0);
    chain.process(&batch(&["one"]), NOW).unwrap();
    assert_eq!(
        chain.swap(0, spins).unwrap_err(),
        "the state of the running generation cannot be taken over: ran longer than 3s"
    );
}

/// Scenario: a plugin tells changes of its state and each time says that there are more.
/// Guarantees: it is asked until it has told twice what its memory can hold, and given up then.
#[test]
fn changes_without_end_come_to_one() {
    let runtime = Runtime::with_clock(None, clock).unwrap();
    let limits = Limits { memory_bytes: 16 << 20, rounds: i32::MAX, ..limits() };
    let module = runtime.load(&COMPONENT, limits).unwrap();
    let host = listener();
    let generation = start_with("does: repeat\nduring: changes\n", module, None, &host).unwrap();
    let mut chain = Chain::new(vec![generation], 0);
    LOOKS.set(0);
    assert_eq!(names(&chain.process(&batch(&["one"]), NOW).unwrap().traces), ["one"]);
    // One look as a call begins: at the batch, and at each MiB of what was told of the state.
    assert_eq!(LOOKS.get(), 1 + 2 * 16 + 2);
    let log = host.lock().unwrap().log.clone();
    assert_eq!(log.len(), 1);
    assert!(log[0].1.ends_with("told changes without end"), "{log:?}");
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

/// Scenario: every span makes the plugin crash.
/// Guarantees: the search ends, and nothing passes.
#[test]
fn gives_up_where_every_span_is_at_fault() {
    let (generation, _) = start("does: trap");
    let mut chain = Chain::new(vec![generation], 0);
    let passed = chain.process(&batch(&vec!["poison"; 1000]), NOW).unwrap();
    assert_eq!(passed.traces, Vec::<Vec<u8>>::new());
    assert_eq!(passed.faults.iter().map(|(_, fault)| fault.spans).sum::<usize>(), 1000);
    assert!(passed.faults.len() < 64, "{}", passed.faults.len());
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
