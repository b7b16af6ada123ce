//! The path of a value, as an operator would look for it: `rules[2].pattern`.

use std::fmt::Write;

use crate::quoting::quoted;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

/// Keys that could be mistaken for a path of their own are quoted.
pub(crate) fn text<'a>(steps: impl IntoIterator<Item = &'a Step>) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Index(index) => {
                // Writing to a string cannot fail.
                let _ = write!(path, "[{index}]");
            }
            Step::Key(key) => {
                if !path.is_empty() {
                    path.push('.');
                }
                if is_simple(key) {
                    path.push_str(key);
                } else {
                    path.push_str(&quoted(key));
                }
            }
        }
    }
    path
}

fn is_simple(key: &str) -> bool {
    !key.is_empty()
        && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '$' | '@'))
}
