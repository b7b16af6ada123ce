//! One text to one tree, from the events of `saphyr-parser`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use crate::node::{Entry, Node, Origin, Value};
use crate::path::Step;
use crate::problems::Problems;
use crate::quoting::quote;
use crate::scalar;

/// Longest text of one document, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 1024 * 1024;

/// How deep lists and maps may stand in each other.
pub const MAX_DEPTH: usize = 64;

/// One text of rules, as the user wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// How messages call it: the full path of a file, or the place in the
    /// host's config where the rules stand.
    pub name: String,
    /// YAML 1.2.
    pub text: String,
}

impl Document {
    /// A text with its name.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }
}

/// Returns the tree of one text, or nothing if it holds nothing but comments
/// or cannot be read to its end.
///
/// A text holds one YAML document. Anchors and aliases are refused: a few
/// lines of them stand for millions of values, and overlays do what they are
/// used for. A key given twice keeps its first value.
pub fn parse(document: &Document, problems: &mut Problems) -> Option<Node> {
    let mut builder =
        Builder { name: Origin::new(&document.name, 1), stack: Vec::new(), root: None, problems };
    let is_whole = builder.run(&document.text);
    let root = builder.root.take();
    builder.problems.set_path(Vec::new());
    root.filter(|root| is_whole && !is_nothing(root))
}

/// Whether there is no value at all, not even a `null`, as after a lone `---`.
fn is_nothing(root: &Node) -> bool {
    root.value == Value::Null && root.written() == Some("")
}

struct Builder<'a> {
    name: Origin,
    stack: Vec<Frame>,
    root: Option<Node>,
    problems: &'a mut Problems,
}

/// A list or map whose end has not come yet.
struct Frame {
    origin: Origin,
    collection: Collection,
}

enum Collection {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        lines: BTreeMap<String, u32>,
        /// The key whose value comes next.
        pending: Option<Pending>,
    },
}

struct Pending {
    key: String,
    origin: Origin,
    /// The key is wrong, so its value is read but not kept.
    is_refused: bool,
}

impl Builder<'_> {
    /// Whether the text was read to its end.
    fn run(&mut self, text: &str) -> bool {
        if text.len() > MAX_DOCUMENT_BYTES {
            self.problem(
                1,
                format!("{} bytes", text.len()),
                format!("{MAX_DOCUMENT_BYTES} bytes at most"),
            );
            return false;
        }
        let mut documents = 0;
        for event in Parser::new_from_str(text) {
            let (event, line) = match event {
                Ok((event, span)) => (event, line_of(span.start.line())),
                Err(error) => {
                    let found = format!("wrong YAML: {}", error.info());
                    // The scanner runs ahead, so where it stands in the tree
                    // says nothing.
                    self.stack.clear();
                    self.problem(line_of(error.marker().line()), found, "YAML 1.2");
                    return false;
                }
            };
            match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents == 2 {
                        self.problem(
                            line,
                            "a second YAML document",
                            "one document in a text; give overlays as texts of their own",
                        );
                        return true;
                    }
                }
                Event::Scalar(text, style, anchor, tag) => {
                    self.scalar(&text, style, anchor, tag.as_deref(), line)
                }
                Event::SequenceStart(anchor, tag) => {
                    if !self.open(Collection::List(Vec::new()), anchor, tag, line) {
                        return false;
                    }
                }
                Event::MappingStart(anchor, tag) => {
                    let map = Collection::Map {
                        entries: Vec::new(),
                        lines: BTreeMap::new(),
                        pending: None,
                    };
                    if !self.open(map, anchor, tag, line) {
                        return false;
                    }
                }
                Event::SequenceEnd | Event::MappingEnd => self.close(),
                Event::Alias(_) => {
                    self.problem(
                        line,
                        "an alias",
                        "the value written out; anchors and aliases are not supported",
                    );
                    let node = Node::new(Value::Unreadable, self.origin(line));
                    self.complete(node);
                }
                Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            }
        }
        true
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        line: u32,
    ) {
        self.refuse_anchor(anchor, line);
        let is_key = matches!(
            self.stack.last(),
            Some(Frame { collection: Collection::Map { pending: None, .. }, .. })
        );
        if is_key {
            self.key(text, line);
            return;
        }
        let origin = self.origin(line);
        let mut node = if style == ScalarStyle::Plain {
            Node::new(scalar::resolve(text), origin).written_as(text)
        } else {
            Node::new(Value::Text(text.to_owned()), origin)
        };
        if matches!(node.value, Value::Text(_)) {
            node = Node::new(node.value, node.origin);
        }
        if let Some(tag) = tag {
            self.apply_tag(tag, text, &mut node);
        }
        self.complete(node);
    }

    /// `!!str` makes text of anything; the other tags of the core schema only
    /// say what is there already.
    fn apply_tag(&mut self, tag: &Tag, text: &str, node: &mut Node) {
        let name = tag.is_yaml_core_schema().then_some(tag.suffix.as_str());
        let is_right = match (name, &node.value) {
            (Some("str"), _) => {
                *node = Node::new(Value::Text(text.to_owned()), node.origin.clone());
                true
            }
            (Some("null"), Value::Null)
            | (Some("bool"), Value::Bool(_))
            | (Some("int"), Value::Integer(_))
            | (Some("float"), Value::Float(_) | Value::Integer(_)) => true,
            _ => false,
        };
        if !is_right {
            self.refuse_tag(tag, node.origin.line);
            node.value = Value::Unreadable;
        }
    }

    fn refuse_tag(&mut self, tag: &Tag, line: u32) {
        let written =
            if tag.is_yaml_core_schema() { format!("!!{}", tag.suffix) } else { tag.to_string() };
        self.problem(line, format!("the tag {}", quote(&written)), "a value without a tag");
    }

    fn refuse_anchor(&mut self, anchor: usize, line: u32) {
        if anchor != 0 {
            self.problem(line, "an anchor", "no anchor; anchors and aliases are not supported");
        }
    }

    fn key(&mut self, key: &str, line: u32) {
        let origin = self.origin(line);
        let Some(Frame { collection: Collection::Map { lines, pending, .. }, .. }) =
            self.stack.last_mut()
        else {
            return;
        };
        let first = lines.get(key).copied();
        lines.entry(key.to_owned()).or_insert(line);
        *pending = Some(Pending { key: key.to_owned(), origin, is_refused: first.is_some() });
        if let Some(first) = first {
            self.problem(
                line,
                "the same key again",
                format!("each key once; it stands on line {first} too"),
            );
        }
    }

    /// Whether it may be opened.
    fn open(
        &mut self,
        collection: Collection,
        anchor: usize,
        tag: Option<Cow<'_, Tag>>,
        line: u32,
    ) -> bool {
        self.refuse_anchor(anchor, line);
        if let Some(tag) = tag {
            let own = if matches!(collection, Collection::List(_)) { "seq" } else { "map" };
            if !(tag.is_yaml_core_schema() && tag.suffix == own) {
                self.refuse_tag(&tag, line);
            }
        }
        if self.stack.len() == MAX_DEPTH {
            self.problem(
                line,
                "lists and maps nested too deep",
                format!("{MAX_DEPTH} levels at most"),
            );
            return false;
        }
        let origin = match self.stack.last() {
            Some(Frame { collection: Collection::Map { pending: Some(pending), .. }, .. }) => {
                pending.origin.clone()
            }
            _ => self.origin(line),
        };
        self.stack.push(Frame { origin, collection });
        true
    }

    fn close(&mut self) {
        if let Some(frame) = self.stack.pop() {
            let value = match frame.collection {
                Collection::List(nodes) => Value::List(nodes),
                Collection::Map { entries, .. } => Value::Map(entries),
            };
            self.complete(Node::new(value, frame.origin));
        }
    }

    fn complete(&mut self, node: Node) {
        let line = node.origin.line;
        match self.stack.last_mut().map(|frame| &mut frame.collection) {
            None => self.root = Some(node),
            Some(Collection::List(nodes)) => nodes.push(node),
            Some(Collection::Map { entries, pending, .. }) => match pending.take() {
                Some(Pending { is_refused: true, .. }) => {}
                Some(Pending { key, origin, .. }) => entries.push(Entry { key, origin, node }),
                None => {
                    let found = node.describe();
                    *pending =
                        Some(Pending { key: String::new(), origin: node.origin, is_refused: true });
                    self.problem(line, format!("{found} as a key"), "text as a key");
                }
            },
        }
    }

    fn origin(&self, line: u32) -> Origin {
        Origin { document: self.name.document.clone(), line }
    }

    fn problem(&mut self, line: u32, found: impl Into<String>, expected: impl Into<String>) {
        let path = self.stack.iter().filter_map(|frame| match &frame.collection {
            Collection::List(nodes) => Some(Step::Index(nodes.len())),
            Collection::Map { pending, .. } => pending
                .as_ref()
                .filter(|pending| !pending.key.is_empty())
                .map(|pending| Step::Key(pending.key.clone())),
        });
        let path = path.collect();
        self.problems.set_path(path);
        let place = self.problems.place(&self.origin(line));
        self.problems.push(place.problem(found, expected));
    }
}

fn line_of(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}
