//! From the words of `spans` to those of the contract, once for all plugins.

use crate::types::{Counts, Failure, Malformed, Outcome, Output};

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
