//! Overlays: RFC 7396, JSON Merge Patch.

use crate::node::{Entry, Node, Value};

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
    let (mut entries, origin) = match target.value {
        Value::Map(entries) => (entries, target.origin),
        _ => (Vec::new(), patch.origin),
    };
    for change in changes {
        let index = entries.iter().position(|entry| entry.key == change.key);
        match (index, &change.node.value) {
            (Some(index), Value::Null) => {
                entries.remove(index);
            }
            (None, Value::Null) => {}
            (Some(index), Value::Map(_)) => merge_entry(&mut entries[index], change),
            (Some(index), _) => entries[index] = change,
            (None, _) => {
                let nothing = Node::new(Value::Null, change.origin.clone());
                let node = merge(nothing, change.node);
                entries.push(Entry {
                    key: change.key,
                    origin: change.origin,
                    node,
                });
            }
        }
    }
    Node::new(Value::Map(entries), origin)
}

fn merge_entry(entry: &mut Entry, change: Entry) {
    let nothing = Node::new(Value::Null, entry.origin.clone());
    let below = std::mem::replace(&mut entry.node, nothing);
    if !matches!(below.value, Value::Map(_)) {
        entry.origin = change.origin;
    }
    entry.node = merge(below, change.node);
}
