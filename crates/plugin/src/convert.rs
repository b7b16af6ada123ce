//! From the words of `spans` and `rules` to those of the contract, once for all plugins.

use crate::types::{Counts, Document, Failure, Malformed, Outcome, Output, Problem};

impl From<spans::Malformed> for Failure {
    fn from(malformed: spans::Malformed) -> Self {
        Failure::Malformed(Malformed {
            offset: malformed.offset as u64,
            length: malformed.length as u64,
            inside: malformed.inside.to_owned(),
            reason: malformed.reason.to_owned(),
        })
    }
}

impl From<spans::Rewritten> for Outcome {
    fn from(rewritten: spans::Rewritten) -> Self {
        let spans::Counts { spans_in, spans_out, spans_changed } = rewritten.counts;
        Outcome {
            output: match rewritten.output {
                spans::Output::Unchanged => Output::Unchanged,
                spans::Output::Replaced(traces) => Output::Replaced(traces),
                spans::Output::NothingLeft => Output::NothingLeft,
            },
            counts: Counts {
                spans_in,
                spans_out,
                spans_changed,
                spans_dropped: spans_in - spans_out,
            },
        }
    }
}

impl From<rules::Problem> for Problem {
    fn from(problem: rules::Problem) -> Self {
        let rules::Problem { document, line, path, found, expected } = problem;
        Problem { document, line, path, found, expected }
    }
}

/// Reads the rules of a plugin.
///
/// # Errors
///
/// Every problem in the documents.
pub fn read_rules<T: rules::Setting>(documents: &[Document]) -> Result<T, Vec<Problem>> {
    let documents: Vec<rules::Document> =
        documents.iter().map(|document| rules::Document::new(&document.name, &document.text)).collect();
    rules::read(&documents).map_err(|problems| problems.into_iter().map(Problem::from).collect())
}
