//! [`Node`]: one value of the tree, with the document and line it came from.

use std::sync::Arc;

use crate::quoting::quote;

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Name of the document.
    pub document: Arc<str>,
    /// Counted from 1.
    pub line: u32,
}

impl Origin {
    /// An origin in the document of this name.
    #[must_use]
    pub fn new(document: &str, line: u32) -> Self {
        Self { document: document.into(), line }
    }
}

/// What a [`Node`] is.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number. One that does not fit is a [`Value::Float`].
    Integer(i64),
    /// Any other number, `.inf` and `.nan` too.
    Float(f64),
    /// Text, quoted or not.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order in which its keys were written. No key stands in it
    /// twice.
    Map(Vec<Entry>),
    /// Something whose problem was reported already. Reading it gives nothing
    /// and reports nothing more.
    Unreadable,
}

/// One key of a map and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key. A number or a word that stands as a key is its text.
    pub key: String,
    /// Where the key stands.
    pub origin: Origin,
    /// The value.
    pub node: Node,
}

/// Entries are equal when key and value are, wherever they stand.
impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.node == other.node
    }
}

/// One value of the tree.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it stands. A map or list under a key stands where the key does.
    pub origin: Origin,
    /// A number, `true` or `null` as it was written; `1.10` is the number 1.1,
    /// but only the author knows whether it was meant as text.
    written: Option<Box<str>>,
    /// Of a map: where the last overlay that changed something in it begins to do so.
    pub(crate) changed: Option<Origin>,
}

/// Nodes are equal when their values are, wherever they stand.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Node {
    /// A value that stands at this place.
    #[must_use]
    pub fn new(value: Value, origin: Origin) -> Self {
        Self { value, origin, written: None, changed: None }
    }

    pub(crate) fn written_as(mut self, text: &str) -> Self {
        self.written = Some(text.into());
        self
    }

    pub(crate) fn changed_at(mut self, changed: Option<Origin>) -> Self {
        self.changed = changed;
        self
    }

    /// Where it was written last: of a map that overlays changed, the first line of what the last of
    /// them has in it; else where it stands.
    #[must_use]
    pub fn last_written(&self) -> &Origin {
        self.changed.as_ref().unwrap_or(&self.origin)
    }

    /// A number, `true` or `null` as it was written, which may say more than its value.
    #[must_use]
    pub fn written(&self) -> Option<&str> {
        self.written.as_deref()
    }

    /// The value under a key, if this is a map that has the key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(entries) => {
                entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
            }
            _ => None,
        }
    }

    /// The entries, if this is a map; else none.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        match &self.value {
            Value::Map(entries) => entries.iter(),
            _ => [].iter(),
        }
    }

    /// Says in words what stands here, as `found` of a problem does.
    ///
    /// Long text is cut.
    #[must_use]
    pub fn describe(&self) -> String {
        let written = self.written.as_deref();
        match &self.value {
            Value::Null => "nothing (null)".to_owned(),
            Value::Bool(value) => quote(written.unwrap_or(if *value { "true" } else { "false" })),
            Value::Integer(value) => {
                format!("the number {}", quote(written.unwrap_or(&value.to_string())))
            }
            Value::Float(value) => {
                format!("the number {}", quote(written.unwrap_or(&value.to_string())))
            }
            Value::Text(text) if text.is_empty() => "empty text".to_owned(),
            Value::Text(text) => format!("the text {}", quote(text)),
            Value::List(nodes) if nodes.is_empty() => "an empty list".to_owned(),
            Value::List(_) => "a list".to_owned(),
            Value::Map(entries) if entries.is_empty() => "an empty map".to_owned(),
            Value::Map(_) => "a map".to_owned(),
            Value::Unreadable => "something unreadable".to_owned(),
        }
    }

    /// Says of every value in this tree that it stands at `origin`.
    pub(crate) fn move_to(&mut self, origin: &Origin) {
        self.origin = origin.clone();
        match &mut self.value {
            Value::List(nodes) => nodes.iter_mut().for_each(|node| node.move_to(origin)),
            Value::Map(entries) => {
                for entry in entries {
                    entry.origin = origin.clone();
                    entry.node.move_to(origin);
                }
            }
            _ => {}
        }
    }
}
