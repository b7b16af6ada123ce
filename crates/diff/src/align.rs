//! Which of two lists of entries are the same, as far as edits can change them.

use std::collections::HashMap;

use otlp_json::KeyValue;

/// Entries that belong together; one alone was added or removed.
pub(crate) type Pair<'v> = (Option<&'v KeyValue>, Option<&'v KeyValue>);

/// Pairs the entries of a map before and after edits, which change no order. Where no key leads on,
/// an entry is the one that took its place, if keys may have been `renamed`.
pub(crate) fn align<'v>(was: &'v [KeyValue], is: &'v [KeyValue], renamed: bool) -> Vec<Pair<'v>> {
    let (last_was, last_is) = (last(was), last(is));
    let comes = |last: &HashMap<&str, usize>, key: &str, from: usize| {
        last.get(key).is_some_and(|at| *at >= from)
    };
    let mut pairs = Vec::with_capacity(was.len().max(is.len()));
    let (mut old, mut new) = (0, 0);
    while let (Some(before), Some(after)) = (was.get(old), is.get(new)) {
        let stays = comes(&last_is, &before.key, new);
        let was_there = comes(&last_was, &after.key, old);
        let both = before.key == after.key || !stays && !was_there && renamed;
        let (takes_old, takes_new) = (both || !stays, both || stays);
        pairs.push((takes_old.then_some(before), takes_new.then_some(after)));
        old += usize::from(takes_old);
        new += usize::from(takes_new);
    }
    pairs.extend(was[old..].iter().map(|before| (Some(before), None)));
    pairs.extend(is[new..].iter().map(|after| (None, Some(after))));
    pairs
}

/// The last place of each key.
fn last(entries: &[KeyValue]) -> HashMap<&str, usize> {
    entries.iter().enumerate().map(|(index, entry)| (entry.key.as_str(), index)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<KeyValue> {
        text.chars().map(|key| KeyValue { key: key.into(), value: None }).collect()
    }

    fn aligned(was: &str, is: &str, renamed: bool) -> String {
        let (was, is) = (keys(was), keys(is));
        let name = |entry: Option<&KeyValue>| entry.map_or("-", |it| &it.key).to_owned();
        let pairs = align(&was, &is, renamed);
        pairs.into_iter().map(|(was, is)| name(was) + &name(is) + " ").collect()
    }

    #[test]
    fn what_an_edit_can_do_is_told() {
        assert_eq!(aligned("abc", "abc", true), "aa bb cc ");
        assert_eq!(aligned("abc", "ac", true), "aa b- cc ");
        assert_eq!(aligned("abc", "abcd", true), "aa bb cc -d ");
        assert_eq!(aligned("abc", "axc", true), "aa bx cc ");
        assert_eq!(aligned("abc", "axc", false), "aa b- -x cc ");
        assert_eq!(aligned("aab", "ab", true), "aa a- bb ");
        assert_eq!(aligned("ab", "", true), "a- b- ");
        assert_eq!(aligned("", "ab", true), "-a -b ");
    }

    /// Guarantees: each entry stands in one pair, whatever comes.
    #[test]
    fn nothing_is_lost_in_any_order() {
        let orders = ["", "a", "ab", "ba", "abc", "cab", "bca", "aba", "bab", "abab", "xyz"];
        for (was, is) in orders.iter().flat_map(|was| orders.map(|is| (*was, is))) {
            for renamed in [false, true] {
                let (was, is) = (keys(was), keys(is));
                let pairs = align(&was, &is, renamed);
                let old: Vec<_> = pairs.iter().filter_map(|pair| pair.0).collect();
                let new: Vec<_> = pairs.iter().filter_map(|pair| pair.1).collect();
                assert!(old.into_iter().eq(&was) && new.into_iter().eq(&is));
            }
        }
    }
}
