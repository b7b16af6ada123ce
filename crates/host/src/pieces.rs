//! Parts of a batch, cut between spans.

use std::ops::Range;

/// Cuts a batch between spans into pieces of no more than `limit` bytes. What
/// cannot be decoded stays whole, so that a plugin says where it is damaged.
pub(crate) fn split(batch: &[u8], limit: usize) -> Vec<Vec<u8>> {
    let count =
        if limit == 0 || batch.len() <= limit { 1 } else { spans::count(batch).unwrap_or(1) };
    if count <= 1 {
        return vec![batch.to_vec()];
    }
    // Halves of halves: a resource is repeated in every piece, so sizes of
    // pieces are not the sum of the sizes of their spans.
    let mut pieces = split(&part(batch, 0..count / 2), limit);
    pieces.extend(split(&part(batch, count / 2..count), limit));
    pieces
}

/// Returns the spans of a range on their own. The batch was decoded before.
pub(crate) fn part(batch: &[u8], range: Range<usize>) -> Vec<u8> {
    match spans::slice(batch, range).map(|rewritten| rewritten.output) {
        Ok(spans::Output::Replaced(part)) => part,
        Ok(spans::Output::Unchanged) => batch.to_vec(),
        Ok(spans::Output::NothingLeft) | Err(_) => Vec::new(),
    }
}
