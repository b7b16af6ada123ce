//! [`KeyPattern`]: what a rule calls an attribute by, and [`KeyPatterns`], which finds the one that
//! means a key.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::fmt;
use std::iter::once;

use crate::fold::{headers_from, without_case, without_hyphens};
use crate::glob::Glob;

/// Of how many bytes keys joined by dots may be for a host to join them.
///
/// A key of a megabyte above ten thousand entries would else be copied as often, in a host, whose
/// time nobody meters. Keys as people choose them come nowhere near.
pub const LONGEST_PATH: usize = 1024;

/// The key of an attribute or of a map entry, or the keys down to it joined by dots; `*` stands for
/// any run of characters.
///
/// Case is ignored. In keys of headers, which are those below a segment `header`, `headers` or
/// `metadata`, `-` and `_` are one.
#[derive(Clone, Debug)]
pub struct KeyPattern {
    written: String,
    /// Without case.
    glob: Glob,
    /// The same with `_` for every `-`: what it matches at most.
    in_headers: Glob,
}

/// A pattern that means this very key, and few others, for keys that are matched as they are
/// written: what cannot stand in a pattern gives way to `*`.
///
/// ```
/// assert_eq!(keys::pattern_of("order_id"), "order_id");
/// assert_eq!(keys::pattern_of(" a..b"), "*a.*.b");
/// ```
#[must_use]
pub fn pattern_of(key: &str) -> String {
    let trimmed = key.trim();
    let inner = trimmed.replace(char::is_control, "*");
    let segments: Vec<&str> =
        inner.split('.').map(|it| if it.is_empty() { "*" } else { it }).collect();
    let pattern = segments.join(".");
    let start = if key.starts_with(char::is_whitespace) { "*" } else { "" };
    let end = if key.ends_with(char::is_whitespace) { "*" } else { "" };
    format!("{start}{pattern}{end}")
}

/// Why a text can mean no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoKey {
    /// It is empty.
    Empty,
    /// There is white space around it, or it has control characters.
    WhiteSpace,
    /// Nothing stands before, after or between its dots.
    EmptyPart,
}

impl fmt::Display for NoKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NoKey::Empty => "an empty key",
            NoKey::WhiteSpace => "a key with white space around it or control characters",
            NoKey::EmptyPart => "a key with nothing before, after or between dots",
        })
    }
}

impl std::error::Error for NoKey {}

impl KeyPattern {
    /// A pattern as it is written.
    ///
    /// # Errors
    ///
    /// Why it can mean no key.
    pub fn new(written: &str) -> Result<Self, NoKey> {
        if let Some(reason) = why_no_key(written) {
            return Err(reason);
        }
        // Folding UTF-8 gives UTF-8.
        let folded = without_case(written.as_bytes());
        let glob = |folded: &[u8]| Glob::new(&String::from_utf8_lossy(folded));
        Ok(KeyPattern {
            written: written.to_owned(),
            glob: glob(&folded),
            in_headers: glob(&without_hyphens(&folded)),
        })
    }

    /// As it is written.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.written
    }

    /// In a spelling that patterns have in common which mean the same keys: without case, and with `_`
    /// for every `-` in the name of a header.
    ///
    /// ```
    /// let folded = |written| keys::KeyPattern::new(written).unwrap().folded();
    /// assert_eq!(folded("http.request.header.X-Id"), "http.request.header.x_id");
    /// assert_eq!(folded("X-Id.*"), "x-id.*");
    /// ```
    #[must_use]
    pub fn folded(&self) -> String {
        let mut folded = self.glob.to_string();
        if let Some(from) = headers_from(folded.as_bytes()) {
            let name = folded.split_off(from).replace('-', "_");
            folded.push_str(&name);
        }
        folded
    }

    /// Whether it is another one but for case.
    #[must_use]
    pub fn is_same(&self, other: &KeyPattern) -> bool {
        self.glob == other.glob
    }

    /// Sorts patterns: those without `*` before those with it, then the longer before the shorter.
    #[must_use]
    pub fn rank(&self) -> impl Ord + use<> {
        let length: usize = self.glob.parts().map(|part| part.chars().count()).sum();
        (self.glob.has_star(), Reverse(length))
    }

    /// A look at both ends: `false` is certain. Keys that begin alike most often end otherwise.
    fn may_match<'k>(
        &self,
        key: impl Iterator<Item = &'k u8>,
        reversed: impl Iterator<Item = &'k u8>,
    ) -> bool {
        let (first, last) = (self.in_headers.first().as_bytes(), self.in_headers.last().as_bytes());
        may_begin(last.iter().rev(), reversed) && may_begin(first.iter(), key)
    }

    fn matches(&self, folded: &[u8], headers_from: Option<usize>) -> bool {
        match headers_from {
            Some(from) => self.glob.matches_header(folded, from),
            None => self.glob.matches(folded),
        }
    }

    /// Whether a key that begins with this byte can match.
    fn can_begin_with(&self, byte: u8) -> bool {
        match self.in_headers.first().bytes().next() {
            Some(first) => may_be(first, byte),
            None => true,
        }
    }
}

/// Whether what is folded to `part` can stand at the start of `key`, in this order of bytes.
fn may_begin<'p, 'k>(
    mut part: impl Iterator<Item = &'p u8>,
    mut key: impl Iterator<Item = &'k u8>,
) -> bool {
    loop {
        let Some(expected) = part.next() else { return true };
        let Some(found) = key.next() else { return false };
        if !may_be(*expected, *found) {
            return false;
        }
        // What is not ASCII may fold to another length.
        if !found.is_ascii() {
            return true;
        }
    }
}

/// Whether `found` may be folded to `expected`.
fn may_be(expected: u8, found: u8) -> bool {
    if expected.is_ascii() {
        let found = if found == b'-' { b'_' } else { found.to_ascii_lowercase() };
        expected == found
    } else {
        !found.is_ascii()
    }
}

fn why_no_key(written: &str) -> Option<NoKey> {
    if written.is_empty() {
        return Some(NoKey::Empty);
    }
    if written.trim() != written || written.chars().any(char::is_control) {
        return Some(NoKey::WhiteSpace);
    }
    let has_empty_part = written.split('.').any(str::is_empty);
    has_empty_part.then_some(NoKey::EmptyPart)
}

/// Patterns of keys, in the order they are tried.
#[derive(Clone, Debug)]
pub struct KeyPatterns {
    patterns: Vec<KeyPattern>,
    /// The patterns that a key with this first byte can match, in order. A key of most spans begins
    /// like none of them, and costs one look here.
    by_first_byte: Vec<Vec<Candidate>>,
}

/// A pattern, and what tells most keys from it at a glance.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    index: usize,
    /// Bytes that a key has which it matches.
    min_length: usize,
    max_length: usize,
    /// What such a key ends with, in the folded form; 0 where that can be anything.
    last: u8,
}

impl Candidate {
    fn of(index: usize, pattern: &KeyPattern) -> Self {
        let glob = &pattern.in_headers;
        let bytes = || glob.parts().flat_map(str::bytes);
        // What is not ASCII may fold to another length; what is stays one byte.
        let min_length = bytes().filter(u8::is_ascii).count();
        let is_exact = !glob.has_star() && bytes().all(|byte| byte.is_ascii());
        let max_length = if is_exact { min_length } else { usize::MAX };
        let last = glob.last().bytes().last().filter(u8::is_ascii).unwrap_or(0);
        Candidate { index, min_length, max_length, last }
    }

    /// `false` is certain.
    #[inline(always)]
    fn may_match(&self, length: usize, last: Option<&u8>) -> bool {
        (self.min_length..=self.max_length).contains(&length)
            && (self.last == 0 || last.is_some_and(|last| may_be(self.last, *last)))
    }
}

impl KeyPatterns {
    /// Patterns that are tried in this order.
    #[must_use]
    pub fn new(patterns: Vec<KeyPattern>) -> Self {
        let by_first_byte = (0..=u8::MAX)
            .map(|byte| {
                let can = patterns.iter().enumerate().filter(|(_, it)| it.can_begin_with(byte));
                can.map(|(index, it)| Candidate::of(index, it)).collect()
            })
            .collect();
        KeyPatterns { patterns, by_first_byte }
    }

    /// The patterns, in order.
    #[must_use]
    pub fn patterns(&self) -> &[KeyPattern] {
        &self.patterns
    }

    /// Index of the first pattern that means the entry under the last of these keys: by that key
    /// alone, or by all of them joined by dots.
    ///
    /// ```
    /// use keys::{KeyPattern, KeyPatterns};
    ///
    /// let patterns = ["http.request.header.x-id", "customer.*"];
    /// let patterns = KeyPatterns::new(patterns.map(|it| KeyPattern::new(it).unwrap()).to_vec());
    /// assert_eq!(patterns.first_match(&[b"Customer.Name"]), Some(1));
    /// assert_eq!(patterns.first_match(&[b"customer", b"name"]), Some(1));
    /// assert_eq!(patterns.first_match(&[b"http.request.header.X_Id"]), Some(0));
    /// assert_eq!(patterns.first_match(&[b"customer"]), None);
    /// ```
    #[inline(always)]
    #[must_use]
    pub fn first_match(&self, keys: &[&[u8]]) -> Option<usize> {
        match keys {
            [] => None,
            [key] => {
                if self.candidates(key).is_empty() {
                    None
                } else {
                    self.of_key(key, key)
                }
            }
            [first, .., own] => {
                let none = self.candidates(first).is_empty() && self.candidates(own).is_empty();
                if none { None } else { self.of_path(own, &keys.join(&b'.')) }
            }
        }
    }

    /// Whether any pattern means the entry under the last of these keys, for a host that shows it.
    ///
    /// As [`KeyPatterns::first_match`], but where the keys joined by dots are longer than
    /// [`LONGEST_PATH`]: there a pattern is met if they begin and end as it does, and in the last
    /// of them `-` and `_` are one. So it may be met where it means another entry, never the other
    /// way round.
    ///
    /// ```
    /// use keys::{KeyPattern, KeyPatterns};
    ///
    /// let pattern = KeyPattern::new("customer.*.first.*.name").unwrap();
    /// let patterns = KeyPatterns::new(vec![pattern]);
    /// let long = [b'x'; keys::LONGEST_PATH];
    /// assert!(patterns.may_match(&[b"customer", &long, b"name"]));
    /// assert!(!patterns.may_match(&[b"customer", &long, b"email"]));
    /// ```
    #[inline(always)]
    #[must_use]
    pub fn may_match(&self, keys: &[&[u8]]) -> bool {
        match keys {
            [_, .., own] => {
                let length = keys.iter().map(|key| key.len()).sum::<usize>() + keys.len() - 1;
                if length > LONGEST_PATH {
                    self.may_mean_own(own) || self.may_mean_path(keys, own, length)
                } else {
                    self.first_match(keys).is_some()
                }
            }
            _ => self.first_match(keys).is_some(),
        }
    }

    /// Whether any pattern means this key, if it were the name of a header.
    #[inline(never)]
    fn may_mean_own(&self, key: &[u8]) -> bool {
        let mut folded = None;
        self.candidates(key).iter().any(|candidate| {
            candidate.may_match(key.len(), key.last()) && {
                let folded = folded.get_or_insert_with(|| without_case(key));
                self.patterns[candidate.index].matches(folded, Some(0))
            }
        })
    }

    /// Whether these keys, joined by dots, begin and end as any pattern.
    #[inline(never)]
    fn may_mean_path(&self, keys: &[&[u8]], own: &[u8], length: usize) -> bool {
        let last = own.last().unwrap_or(&b'.');
        self.candidates(keys[0]).iter().any(|candidate| {
            candidate.may_match(length, Some(last)) && {
                let path = keys.iter().flat_map(|key| once(&b'.').chain(*key)).skip(1);
                let reversed =
                    keys.iter().rev().flat_map(|key| key.iter().rev().chain(once(&b'.')));
                self.patterns[candidate.index].may_match(path, reversed)
            }
        })
    }

    #[inline(never)]
    fn of_path(&self, own: &[u8], path: &[u8]) -> Option<usize> {
        self.of_key(own, path).into_iter().chain(self.of_key(path, path)).min()
    }

    #[inline(never)]
    fn of_key(&self, key: &[u8], path: &[u8]) -> Option<usize> {
        let mut folded = None;
        let candidates = self.candidates(key).iter();
        let mut candidates = candidates.filter(|it| it.may_match(key.len(), key.last()));
        let found = candidates.find(|candidate| {
            let pattern = &self.patterns[candidate.index];
            pattern.may_match(key.iter(), key.iter().rev()) && {
                let (folded, headers_from) = folded.get_or_insert_with(|| folded_key(key, path));
                pattern.matches(folded, *headers_from)
            }
        });
        found.map(|candidate| candidate.index)
    }

    /// The byte 0, which no pattern begins with, stands for the empty key.
    #[inline(always)]
    fn candidates(&self, key: &[u8]) -> &[Candidate] {
        &self.by_first_byte[usize::from(*key.first().unwrap_or(&0))]
    }
}

/// The key at the end of a path without case, and where names of headers begin in it.
fn folded_key<'k>(key: &'k [u8], path: &[u8]) -> (Cow<'k, [u8]>, Option<usize>) {
    let folded = without_case(key);
    let parents = &path[..path.len() - key.len()];
    let from = if headers_from(parents).is_some() { Some(0) } else { headers_from(&folded) };
    (folded, from)
}

#[cfg(test)]
mod tests {
    use super::{KeyPattern, KeyPatterns, pattern_of};

    #[test]
    fn every_key_has_a_pattern_that_means_it() {
        for key in [
            "order_id", "a..b", ".a", "a.", "..", ".", "", " ", " a ", "a\nb", "\t.a", "a*b",
            "Ключ", "\u{85}x",
        ] {
            let pattern = KeyPattern::new(&pattern_of(key)).expect("a right pattern");
            assert_eq!(
                KeyPatterns::new(vec![pattern]).first_match(&[key.as_bytes()]),
                Some(0),
                "{key:?}"
            );
        }
    }
}
