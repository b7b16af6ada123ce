//! [`Problem`], and [`Problems`], which collects them while a tree is read.

use std::fmt;

use crate::located::Place;
use crate::node::{Node, Origin, Value};
use crate::path::{self, Step};
use crate::setting::Setting;

/// Most problems that one reading keeps. What comes after is only counted, so
/// that a hostile text cannot fill the memory with messages.
pub const MAX_PROBLEMS: usize = 1_000;

/// Longest text, in characters, that a message quotes.
const MAX_QUOTED: usize = 80;

/// One thing that is wrong with the rules. Its text is one line:
///
/// ```
/// let problem = rules::Problem {
///     document: "rules/redact-pii/base.yaml".into(),
///     line: 12,
///     path: "detectors.email.pattern".into(),
///     found: "an unclosed group at byte 5".into(),
///     expected: "a regular expression".into(),
/// };
/// assert_eq!(
///     problem.to_string(),
///     "rules/redact-pii/base.yaml:12: detectors.email.pattern: \
///      found an unclosed group at byte 5; expected a regular expression"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Name of the document; empty where no document is at fault.
    pub document: String,
    /// Counted from 1; 0 where no line is at fault.
    pub line: u32,
    /// Where in the rules: `rules[2].pattern`. Empty for the document itself.
    pub path: String,
    /// What stands there.
    pub found: String,
    /// What should stand there.
    pub expected: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.document.is_empty(), self.line) {
            (true, 0) => {}
            (true, line) => write!(f, "line {line}: ")?,
            (false, 0) => write!(f, "{}: ", self.document)?,
            (false, line) => write!(f, "{}:{line}: ", self.document)?,
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "found {}; expected {}", self.found, self.expected)
    }
}

impl std::error::Error for Problem {}

/// Collects problems while a tree is read, and knows the path of the value
/// that is being read.
#[derive(Debug, Default)]
pub struct Problems {
    path: Vec<Step>,
    list: Vec<Problem>,
    left_out: usize,
    missing_is_fine: bool,
}

impl Problems {
    /// No problem yet, at the top of the tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reports that something else was expected of the value being read.
    ///
    /// A value whose problem was reported before is passed over.
    pub fn add(&mut self, node: &Node, found: impl Into<String>, expected: impl Into<String>) {
        if node.value != Value::Unreadable {
            let place = self.place(&node.origin);
            self.push(place.problem(found, expected));
        }
    }

    /// Reports that the value being read is not what `T` is read from.
    pub fn mismatch<T: Setting>(&mut self, node: &Node) {
        self.add(node, node.describe(), T::expected());
    }

    /// Adds a problem as it is.
    pub fn push(&mut self, problem: Problem) {
        if self.list.len() < MAX_PROBLEMS {
            self.list.push(problem);
        } else {
            self.left_out += 1;
        }
    }

    /// The place of the value being read, to report a problem with it later.
    #[must_use]
    pub fn place(&self, origin: &Origin) -> Place {
        Place { document: origin.document.clone(), line: origin.line, path: path::text(&self.path) }
    }

    /// Reads what stands under a key of the value being read.
    pub fn under_key<R>(&mut self, key: &str, read: impl FnOnce(&mut Self) -> R) -> R {
        self.under(Step::Key(key.to_owned()), read)
    }

    /// Reads one entry of the list being read; `index` counts from 0.
    pub fn under_index<R>(&mut self, index: usize, read: impl FnOnce(&mut Self) -> R) -> R {
        self.under(Step::Index(index), read)
    }

    /// Whether nothing is wrong so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many problems there are so far, those above [`MAX_PROBLEMS`] too.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len() + self.left_out
    }

    /// All problems, in the order in which they were reported.
    ///
    /// Where there were more than [`MAX_PROBLEMS`], a last one tells how many.
    #[must_use]
    pub fn into_vec(mut self) -> Vec<Problem> {
        if self.left_out > 0 {
            self.list.push(Problem {
                document: String::new(),
                line: 0,
                path: String::new(),
                found: format!("{} more problems", self.left_out),
                expected: format!("{MAX_PROBLEMS} at most; mend those above first"),
            });
        }
        self.list
    }

    /// Whether a required key that is not there is reported.
    pub(crate) fn report_missing(&mut self, report: bool) {
        self.missing_is_fine = !report;
    }

    pub(crate) fn missing(&mut self, map: &Node, key: &str, expected: String) {
        if !self.missing_is_fine {
            self.under_key(key, |problems| problems.add(map, "nothing", expected));
        }
    }

    pub(crate) fn set_path(&mut self, path: Vec<Step>) {
        self.path = path;
    }

    fn under<R>(&mut self, step: Step, read: impl FnOnce(&mut Self) -> R) -> R {
        self.path.push(step);
        let result = read(self);
        self.path.pop();
        result
    }
}

/// Quotes text for a message: in backticks, on one line, cut if it is long.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::from("`");
    for (index, c) in text.chars().enumerate() {
        if index == MAX_QUOTED {
            quoted.push('…');
            break;
        }
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
            quoted.extend(c.escape_default());
        } else {
            quoted.push(c);
        }
    }
    quoted.push('`');
    quoted
}

/// Lists words for a message: `` `a`, `b` or `c` ``.
pub(crate) fn quote_list(words: &[&str], last: &str) -> String {
    let mut list = String::new();
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            list.push_str(if index + 1 == words.len() { last } else { ", " });
        }
        list.push_str(&quote(word));
    }
    list
}
