//! Cuts a batch at span boundaries.

use std::ops::Range;

use crate::rewrite::edit;
use crate::{Keep, Malformed, Rewritten};

/// How many spans a batch holds.
///
/// # Errors
/// Where the way to the spans cannot be decoded. The spans themselves are not.
pub fn count(traces: &[u8]) -> Result<usize, Malformed> {
    let mut spans = 0;
    edit(traces, |_, _| {
        spans += 1;
        Ok(Keep::Yes)
    })?;
    Ok(spans)
}

/// The batch with only those of its spans whose index, counted from 0, lies in `range`, under
/// their resources and scopes.
///
/// # Errors
/// Where the way to the spans cannot be decoded. The spans themselves are not, so that one which
/// is malformed can be cut off from the others.
pub fn slice(traces: &[u8], range: Range<usize>) -> Result<Rewritten, Malformed> {
    edit(traces, |index, _| Ok(if range.contains(&index) { Keep::Yes } else { Keep::No }))
}
