//! [`Problems`], which collects what is wrong while a tree is read.

use crate::node::{Node, Origin, Value};
use crate::path::{self, Step};
use crate::problem::{Place, Problem};

/// Most problems that one reading keeps. What comes after is only counted, so
/// that a hostile text cannot fill the memory with messages.
pub const MAX_PROBLEMS: usize = 1_000;

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
