//! [`Fields`]: maps with known keys.

use crate::near::nearest;
use crate::node::{Node, Origin, Value};
use crate::parse::{Document, parse};
use crate::problems::Problems;
use crate::quoting::quote_list;

/// The keys of one map, for a struct to be read from.
#[derive(Debug)]
pub struct Fields<'a> {
    map: &'a Node,
    has_unknown: bool,
}

impl<'a> Fields<'a> {
    /// Looks at a map: each key that is not known is a problem. Nothing, after
    /// a problem, if it is no map.
    pub fn open(map: &'a Node, known: &[&str], problems: &mut Problems) -> Option<Self> {
        let Value::Map(entries) = &map.value else {
            problems.add(map, map.describe(), "a map");
            return None;
        };
        let mut has_unknown = false;
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            has_unknown = true;
            let mut sorted = known.to_vec();
            sorted.sort_unstable();
            let mut expected = match sorted.len() {
                0 => "no keys at all".to_owned(),
                1 => quote_list(&sorted, ""),
                _ => format!("one of {}", quote_list(&sorted, ", ")),
            };
            if let Some(word) = nearest(&entry.key, known) {
                expected.push_str(&format!("; did you mean `{word}`?"));
            }
            let at_key = Node::new(Value::Null, entry.origin.clone());
            problems.under_key(&entry.key, |problems| {
                problems.add(&at_key, "an unknown key", expected)
            });
        }
        Some(Self { map, has_unknown })
    }

    /// Whether the map has a key that is not known.
    #[must_use]
    pub fn has_unknown(&self) -> bool {
        self.has_unknown
    }

    /// Reads the value under a key; `absent` is what a missing key stands for.
    /// A key that is missing and stands for nothing is a problem.
    pub fn required<T>(
        &self,
        key: &str,
        absent: Option<T>,
        expected: impl FnOnce() -> String,
        read: impl FnOnce(&Node, &mut Problems) -> Option<T>,
        problems: &mut Problems,
    ) -> Option<T> {
        match self.map.get(key) {
            Some(node) => problems.under_key(key, |problems| read(node, problems)),
            None => {
                if absent.is_none() {
                    problems.missing(self.map, key, expected());
                }
                absent
            }
        }
    }

    /// Reads the value under a key, or the default, which is YAML text.
    pub fn or_default<T>(
        &self,
        key: &str,
        default: &str,
        read: impl FnOnce(&Node, &mut Problems) -> Option<T>,
        problems: &mut Problems,
    ) -> Option<T> {
        match self.map.get(key) {
            Some(node) => problems.under_key(key, |problems| read(node, problems)),
            None => {
                let mut node = default_node(default);
                node.move_to(&self.map.origin);
                problems.under_key(key, |problems| read(&node, problems))
            }
        }
    }
}

/// The tree of a default. One that is not YAML is as good as nothing, which
/// the first test that reads the default meets.
#[must_use]
pub(crate) fn default_node(yaml: &str) -> Node {
    let mut problems = Problems::new();
    let node = parse(&Document::new("default", yaml), &mut problems);
    node.filter(|_| problems.is_empty())
        .unwrap_or_else(|| Node::new(Value::Null, Origin::new("default", 1)))
}
