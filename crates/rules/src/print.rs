//! A tree as YAML.

use crate::node::{Entry, Node, Origin, Value};
use crate::quoting::quoted;
use crate::scalar;

/// Returns a tree as YAML that [`parse`](crate::parse) reads back to an equal
/// tree. Comments are gone; keys stand in the order of the tree.
///
/// Text is written plain where that reads back as the same text, in single
/// quotes where it does not, and in double quotes only where it holds
/// characters that cannot be seen.
#[must_use]
pub fn print(node: &Node) -> String {
    Printer { out: String::new(), place: &|_| None }.all(node)
}

/// As [`print`], with a comment behind each line that says where its value comes from.
///
/// ```
/// let documents = [
///     rules::Document::new("base.yaml", "detectors:\n  email: {}\nmask: x\n"),
///     rules::Document::new("overlay.yaml", "mask: z\n"),
/// ];
/// let merged = rules::load(&documents).unwrap();
/// let printed = rules::print_with_places(&merged, |place| format!("{}:{}", place.document, place.line));
/// assert_eq!(printed, "\
/// detectors: # base.yaml:1
///   email: {} # base.yaml:2
/// mask: z # overlay.yaml:1
/// ");
/// ```
#[must_use]
pub fn print_with_places(node: &Node, show: impl Fn(&Origin) -> String) -> String {
    Printer { out: String::new(), place: &|origin| Some(show(origin)) }.all(node)
}

struct Printer<'p> {
    out: String,
    /// What is said of where a line comes from.
    place: &'p dyn Fn(&Origin) -> Option<String>,
}

impl Printer<'_> {
    fn all(mut self, node: &Node) -> String {
        match &node.value {
            Value::Map(entries) if !entries.is_empty() => self.map(entries, 0),
            Value::List(nodes) if !nodes.is_empty() => self.list(nodes, 0),
            _ => self.scalar(node),
        }
        self.out
    }

    fn map(&mut self, entries: &[Entry], indent: usize) {
        for (index, entry) in entries.iter().enumerate() {
            if index > 0 {
                push_indent(indent, &mut self.out);
            }
            self.out.push_str(&text(&entry.key));
            self.out.push(':');
            match &entry.node.value {
                Value::Map(below) if !below.is_empty() => {
                    self.end_line(&entry.origin);
                    push_indent(indent + 1, &mut self.out);
                    self.map(below, indent + 1);
                }
                Value::List(below) if !below.is_empty() => {
                    self.end_line(&entry.origin);
                    push_indent(indent + 1, &mut self.out);
                    self.list(below, indent + 1);
                }
                _ => {
                    self.out.push(' ');
                    self.scalar(&entry.node);
                }
            }
        }
    }

    fn list(&mut self, nodes: &[Node], indent: usize) {
        for (index, node) in nodes.iter().enumerate() {
            if index > 0 {
                push_indent(indent, &mut self.out);
            }
            self.out.push_str("- ");
            match &node.value {
                Value::Map(below) if !below.is_empty() => self.map(below, indent + 1),
                Value::List(below) if !below.is_empty() => self.list(below, indent + 1),
                _ => self.scalar(node),
            }
        }
    }

    fn scalar(&mut self, node: &Node) {
        self.out.push_str(&scalar_text(node));
        self.end_line(&node.origin);
    }

    fn end_line(&mut self, origin: &Origin) {
        if let Some(place) = (self.place)(origin) {
            self.out.push_str(" # ");
            // A name may hold anything, and a comment ends with its line.
            self.out.extend(place.chars().map(|c| if c.is_control() { ' ' } else { c }));
        }
        self.out.push('\n');
    }
}

fn push_indent(indent: usize, out: &mut String) {
    for _ in 0..indent {
        out.push_str("  ");
    }
}

fn scalar_text(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Float(value) => float_text(*value),
        Value::Text(value) => text(value),
        Value::List(_) => "[]".to_owned(),
        Value::Map(_) => "{}".to_owned(),
        Value::Unreadable => "null # unreadable".to_owned(),
    }
}

/// A float always shows that it is one, so that `1.0` does not become `1`.
pub(crate) fn float_text(value: f64) -> String {
    if value.is_nan() {
        ".nan".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { ".inf".to_owned() } else { "-.inf".to_owned() }
    } else {
        format!("{value:?}")
    }
}

fn text(text: &str) -> String {
    if text.chars().any(|c| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    }) {
        quoted(text)
    } else if is_plain(text) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// Plain is only what no reader of YAML, old or new, takes for anything else.
fn is_plain(text: &str) -> bool {
    let starts_well = text
        .chars()
        .next()
        .is_some_and(|c| c.is_alphabetic() || matches!(c, '_' | '/') || c.is_ascii_digit());
    let is_word_of_yaml_1_1 =
        ["y", "n", "yes", "no", "on", "off"].iter().any(|word| word.eq_ignore_ascii_case(text));
    starts_well
        && !text.ends_with([' ', ':'])
        && text.chars().all(|c| c.is_alphanumeric() || " _-./:()*+%@$=<>~^;".contains(c))
        && !text.contains(": ")
        && !is_word_of_yaml_1_1
        && matches!(scalar::resolve(text), Value::Text(_))
}
