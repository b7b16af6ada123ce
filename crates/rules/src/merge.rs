//! Overlays: RFC 7396, JSON Merge Patch.

use std::collections::BTreeMap;

use crate::node::{Entry, Node, Origin, Value};

/// Merges an overlay into what stands below it, by RFC 7396.
///
/// Keys that were there keep their place in the order; new ones follow.
///
/// ```
/// use rules::{Document, load, print};
///
/// let base = Document::new("base.yaml", "a: 1\nb: {w: 1, x: [1, 2]}\n");
/// let overlay = Document::new("overlay.yaml", "a: null\nb: {x: [3]}\nc: new\n");
/// let merged = load(&[base, overlay]).expect("both parse");
/// assert_eq!(print(&merged), "b:\n  w: 1\n  x:\n    - 3\nc: new\n");
/// ```
#[must_use]
pub fn merge(target: Node, patch: Node) -> Node {
    let Value::Map(changes) = patch.value else {
        return patch;
    };
    let (entries, origin, changed) = match target.value {
        Value::Map(entries) => {
            (entries, target.origin, first_change(&changes).cloned().or(target.changed))
        }
        _ => (Vec::new(), patch.origin, None),
    };
    let index_of: BTreeMap<String, usize> =
        entries.iter().enumerate().map(|(index, entry)| (entry.key.clone(), index)).collect();
    // What is removed leaves a hole until the end, so that indices hold.
    let mut slots: Vec<Option<Entry>> = entries.into_iter().map(Some).collect();
    for change in changes {
        let index = index_of.get(&change.key);
        match (index.map(|index| &mut slots[*index]), &change.node.value) {
            (Some(slot), Value::Null) => *slot = None,
            (None, Value::Null) => {}
            (Some(Some(entry)), Value::Map(_)) => merge_entry(entry, change),
            (Some(slot), _) => *slot = Some(change),
            (None, _) => {
                let nothing = Node::new(Value::Null, change.origin.clone());
                let node = merge(nothing, change.node);
                slots.push(Some(Entry { key: change.key, origin: change.origin, node }));
            }
        }
    }
    Node::new(Value::Map(slots.into_iter().flatten().collect()), origin).changed_at(changed)
}

/// Where the first of the values stands that an overlay has in a map.
fn first_change(changes: &[Entry]) -> Option<&Origin> {
    let Entry { origin, node, .. } = changes.first()?;
    match &node.value {
        Value::Map(changes) => first_change(changes).or(Some(origin)),
        _ => Some(origin),
    }
}

fn merge_entry(entry: &mut Entry, change: Entry) {
    let nothing = Node::new(Value::Null, entry.origin.clone());
    let below = std::mem::replace(&mut entry.node, nothing);
    if !matches!(below.value, Value::Map(_)) {
        entry.origin = change.origin;
    }
    entry.node = merge(below, change.node);
}
