//! What is kept of a plugin's state, and how much of it is lost.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use host::{Chain, Limits};
use plugin::{Level, RecordingHost};

use crate::support::{
    NOW, assert_state, batch, limits, listener, module, names, start, start_with,
};

/// A chain of one plugin, and what it logs.
fn chain(rules: &str, limits: Limits) -> (Chain, Arc<Mutex<RecordingHost>>) {
    let host = listener();
    let generation = start_with(rules, module(limits), None, &host).unwrap();
    (Chain::new(vec![generation], 0), host)
}

fn said(host: &Mutex<RecordingHost>) -> Vec<(Level, String)> {
    host.lock().unwrap().log.clone()
}

fn pass(chain: &mut Chain, name: &str) -> bool {
    names(&chain.process(&batch(&[name]), NOW).unwrap().traces) == [name]
}

fn small() -> Limits {
    Limits { memory_bytes: 16 << 20, ..limits() }
}

/// Scenario: an instance takes the state over, and no call after that has memory enough.
/// Guarantees: the plugin goes on without the state and works for good; no span is lost to it, and
/// the log says what was lost and why.
#[test]
fn a_state_that_leaves_no_memory_is_given_up() {
    let (mut chain, host) = chain("does: hoard\ntraps-on: poison\n", small());
    assert!(pass(&mut chain, "one"));
    assert!(!pass(&mut chain, "poison"));
    for name in ["two", "three", "four"] {
        assert!(pass(&mut chain, name), "{name}");
    }
    let text = "the state that was kept, 1 entries, leaves no memory for a call, the plugin goes on without it: asked for more than 16 MiB of memory";
    assert_eq!(said(&host), [(Level::Error, text.to_owned())]);
    assert_state(&mut chain, 3);
}

/// Scenario: the same after a swap, over a batch of many spans.
/// Guarantees: all of them pass.
#[test]
fn a_state_that_leaves_no_memory_after_a_swap_is_given_up() {
    let (mut chain, _) = chain("does: pass", small());
    assert!(pass(&mut chain, "one"));
    let host = listener();
    chain.swap(0, start_with("does: hoard", module(small()), None, &host).unwrap()).unwrap();
    let many = ["a", "b", "c", "d", "e"];
    let passed = chain.process(&batch(&many), NOW).unwrap();
    assert_eq!((names(&passed.traces), passed.faults.len()), (many.map(Into::into).into(), 0));
    assert_eq!(said(&host).len(), 1);
    assert_state(&mut chain, 1);
}

/// Scenario: a span takes all memory, whatever the state, and comes first of many.
/// Guarantees: the span is at fault, and the state stays.
#[test]
fn a_span_that_takes_all_memory_costs_no_state() {
    let (mut chain, host) = chain("does: allocate\nif-contains: poison\n", small());
    assert!(pass(&mut chain, "one"));
    for _ in 0..2 {
        let passed = chain.process(&batch(&["poison", "a", "b", "c", "d"]), NOW).unwrap();
        assert_eq!((names(&passed.traces).len(), passed.faults.len()), (4, 1));
    }
    assert_eq!(said(&host), []);
    // `a`, and the three after it; twice.
    assert_state(&mut chain, 5);
}

/// Scenario: a plugin does not take back what it told itself.
/// Guarantees: the log says how much is lost.
#[test]
fn a_state_that_is_not_taken_back_is_counted() {
    let (mut chain, host) = chain("does: fail\nduring: load\ntraps-on: poison\n", limits());
    assert!(pass(&mut chain, "one"));
    assert!(!pass(&mut chain, "poison"));
    let text = "the state that was kept, 1 entries, cannot be taken over, the plugin goes on without it: failed: told to fail";
    assert_eq!(said(&host), [(Level::Error, text.to_owned())]);
}

/// Scenario: a state takes more than may be kept beside the plugin, and that crashes.
/// Guarantees: spans pass, it is said, and the next instance begins anew.
#[test]
fn a_state_beyond_its_limit_is_not_kept() {
    let limits = Limits { state_bytes: 100, ..limits() };
    let (mut chain, host) = chain("does: trap\nif-contains: poison\n", limits);
    for name in ["one", "two", "poison", "three"] {
        chain.process(&batch(&[name]), NOW).unwrap();
    }
    let text =
        "the state takes more than 0 MiB: entries told that are not kept beside the plugin: 1";
    assert_eq!(said(&host), [(Level::Warn, text.to_owned())]);
    let (next, _) = start("does: pass");
    chain.swap(0, next).unwrap();
    assert!(pass(&mut chain, "four"));
}

/// Scenario: a plugin tells 10 MiB after each batch, one a call, where 1 MiB may be kept.
/// Guarantees: it does not count as broken, every batch passes, and how much is not kept is said at
/// the first and at ten times as many.
#[test]
fn much_that_is_told_under_a_small_limit_breaks_no_contract() {
    let limits = Limits { state_bytes: 1 << 20, ..limits() };
    let (mut chain, host) = chain("does: tell-much\nduring: changes\n", limits);
    for number in 0..15 {
        assert!(pass(&mut chain, &format!("batch {number}")));
    }
    let text = |count: usize| {
        let text = format!(
            "the state takes more than 1 MiB: entries told that are not kept beside the plugin: {count}"
        );
        (Level::Warn, text)
    };
    assert_eq!(said(&host), [text(10), text(100)]);
}

/// Scenario: a plugin keeps 1 MiB of each batch, and may have 32.
/// Guarantees: an instance that has outgrown its memory gives way to another, which knows all that
/// it knew; none gets so far that it traps.
#[test]
fn an_instance_that_has_outgrown_its_memory_gives_way_with_its_state() {
    let host = listener();
    let limits = Limits { memory_bytes: 32 << 20, timeout: Duration::from_secs(20), ..limits() };
    let generation = start_with("does: leak", module(limits), None, &host).unwrap();
    let mut chain = Chain::new(vec![generation], 0);
    for _ in 0..60 {
        let passed = chain.process(&batch(&["one"]), NOW).unwrap();
        assert_eq!((passed.traces.len(), passed.faults), (1, Vec::new()));
    }
    let said: Vec<_> = host.lock().unwrap().log.iter().map(|(_, line)| line.clone()).collect();
    let text = "the plugin's memory has grown to 24 MiB, a new instance goes on with less";
    assert_eq!(said, [text, text]);
    assert_state(&mut chain, 60);
}
