//! [`run`] and [`shuffled`]: for the promise that no rule depends on the order of keys in a map.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use plugin::{Document, Noting, Plugin, RecordingHost, Refused, Runner, SharedHost};
use rules::{Node, Problems, Value};
use spans::Output;

use crate::Native;
use crate::way::Way;

/// All that can be seen of a plugin that was given some rules and batches.
#[derive(Debug, PartialEq, Eq)]
pub enum Ran {
    /// The rules are right.
    Well {
        /// What became of each batch.
        outputs: Vec<Result<Output, String>>,
        /// Sums by name and labels.
        counters: BTreeMap<(String, Vec<(String, String)>), u64>,
    },
    /// They are not: path, found and expected of every problem. Not their lines, for these differ.
    Refused(BTreeSet<(String, String, String)>),
}

/// Gives a plugin rules and batches, one second apart.
pub fn run<P: Plugin + 'static>(
    documents: &[Document],
    secrets: &BTreeMap<String, Vec<u8>>,
    batches: &[Vec<u8>],
) -> Ran {
    let host = RecordingHost { secrets: secrets.clone(), ..RecordingHost::default() };
    let host = Arc::new(Mutex::new(host));
    let started = Native::<P>::default().start(documents, Arc::clone(&host) as SharedHost);
    let mut instance = match started {
        Ok(instance) => instance,
        Err(Refused::Problems(problems)) => {
            let seen = problems.into_iter().map(|it| (it.path, it.found, it.expected));
            return Ran::Refused(seen.collect());
        }
        Err(Refused::Stopped(stopped)) => {
            let outputs = vec![Err(stopped.to_string())];
            return Ran::Well { outputs, counters: BTreeMap::new() };
        }
    };
    let way = Way::new(instance.configured());
    let mut process = |(second, traces): (u64, &Vec<u8>)| {
        let way = way.as_ref().map_err(Clone::clone)?;
        let view = way.view(traces).map_err(|malformed| malformed.to_string())?;
        let went = way.go(instance.as_mut(), traces, &view, second * 1_000_000_000, Noting::Off);
        went.map(|it| it.rewritten.output).map_err(|stopped| stopped.to_string())
    };
    let batches = (1_772_442_000..).zip(batches);
    let outputs = batches.map(&mut process).collect();
    let counters = host.lock().unwrap_or_else(PoisonError::into_inner).counters.clone();
    Ran::Well { outputs, counters }
}

/// The same rules with the keys of every map, however deep, in another order. A text that is no
/// YAML stays.
#[must_use]
pub fn shuffled(document: &Document, seed: u64) -> Document {
    let mut problems = Problems::new();
    let node = rules::parse(document, &mut problems);
    let Some(mut node) = node.filter(|_| problems.is_empty()) else { return document.clone() };
    let mut state = seed;
    shuffle(&mut node, &mut state);
    Document { name: document.name.clone(), text: rules::print(&node) }
}

fn shuffle(node: &mut Node, state: &mut u64) {
    match &mut node.value {
        Value::List(nodes) => nodes.iter_mut().for_each(|node| shuffle(node, state)),
        Value::Map(entries) => {
            for last in (1..entries.len()).rev() {
                entries.swap(last, below(last + 1, state));
            }
            entries.iter_mut().for_each(|entry| shuffle(&mut entry.node, state));
        }
        _ => {}
    }
}

/// A number below `end`, from a generator that is the same for ever.
fn below(end: usize, state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as usize % end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_of_a_map_comes_up_and_lists_stay() {
        let document = Document {
            name: "rules.yaml".into(),
            text: "a: 1\nb: [x, { c: 1, d: 2 }, z]\ne: {}\n".into(),
        };
        let orders: BTreeSet<String> =
            (0..200).map(|seed| shuffled(&document, seed).text).collect();
        assert_eq!(orders.len(), 12, "three keys, two keys: {orders:?}");
        let of = |text: &str| {
            let document = Document { name: String::new(), text: text.into() };
            rules::load(&[document]).expect("YAML")
        };
        for order in orders {
            let (one, other) = (of(&order), of(&document.text));
            assert_eq!(one.get("a"), other.get("a"));
            assert!(order.find("- x") < order.find("- z"), "{order}");
        }
    }
}
