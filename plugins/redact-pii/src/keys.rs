//! Rules by key: what becomes of a value under a key, with `*` for any run of characters.

use std::cmp::Reverse;

use crate::settings::Action;

/// Rules by key, in the order they are tried.
#[derive(Debug)]
pub struct KeyRules {
    rules: Vec<(KeyPattern, Action)>,
    /// Indices of the rules that a key with this first byte can match, in order. A key of most
    /// spans begins like none of the rules, and costs one look here.
    by_first_byte: Vec<Vec<usize>>,
}

/// A key in which `*` stands for any run of characters.
#[derive(Debug)]
struct KeyPattern {
    parts: Vec<String>,
}

impl KeyRules {
    /// Rules by pattern. Patterns without `*` are tried first, then the longer ones.
    pub fn new(rules: impl IntoIterator<Item = (String, Action)>) -> Self {
        let mut rules: Vec<_> =
            rules.into_iter().map(|(key, action)| (KeyPattern::new(&key), action)).collect();
        rules.sort_by_key(|(pattern, _)| pattern.precedence());
        let by_first_byte = (0..=u8::MAX)
            .map(|byte| {
                let can = rules.iter().enumerate().filter(|(_, (it, _))| it.can_begin_with(byte));
                can.map(|(index, _)| index).collect()
            })
            .collect();
        KeyRules { rules, by_first_byte }
    }

    /// What becomes of the value under a key: its own, or all keys down to it joined by dots.
    ///
    /// ```
    /// use redact_pii::keys::KeyRules;
    /// use redact_pii::settings::Action;
    ///
    /// let rules = KeyRules::new([("customer.*".to_owned(), Action::Mask)]);
    /// assert_eq!(rules.action(b"customer.name", b"customer.name"), Action::Mask);
    /// assert_eq!(rules.action(b"name", b"customer.name"), Action::Mask);
    /// assert_eq!(rules.action(b"customer", b"customer"), Action::Search);
    /// ```
    #[inline(always)]
    pub fn action(&self, own: &[u8], path: &[u8]) -> Action {
        let can_match = |key: &[u8]| !self.candidates(key).is_empty();
        if can_match(own) || can_match(path) { self.matching(own, path) } else { Action::Search }
    }

    #[inline(never)]
    fn matching(&self, own: &[u8], path: &[u8]) -> Action {
        self.first_match(own)
            .into_iter()
            .chain(if own.len() == path.len() { None } else { self.first_match(path) })
            .min()
            .map_or(Action::Search, |index| self.rules[index].1)
    }

    #[inline(always)]
    fn candidates(&self, key: &[u8]) -> &[usize] {
        &self.by_first_byte[usize::from(*key.first().unwrap_or(&0))]
    }

    /// Index of the first rule that matches the whole of `key`.
    fn first_match(&self, key: &[u8]) -> Option<usize> {
        self.candidates(key).iter().copied().find(|index| self.rules[*index].0.matches(key))
    }
}

impl KeyPattern {
    fn new(pattern: &str) -> Self {
        KeyPattern { parts: pattern.split('*').map(str::to_owned).collect() }
    }

    fn matches(&self, key: &[u8]) -> bool {
        let Some((first, rest)) = self.parts.split_first() else { return false };
        let Some((last, middle)) = rest.split_last() else { return key == first.as_bytes() };
        let Some(mut left) = key.strip_prefix(first.as_bytes()) else { return false };
        for part in middle {
            match memchr::memmem::find(left, part.as_bytes()) {
                Some(at) => left = &left[at + part.len()..],
                None => return false,
            }
        }
        left.ends_with(last.as_bytes())
    }

    /// Says yes as well for the byte 0, which stands for the empty key.
    fn can_begin_with(&self, byte: u8) -> bool {
        match self.parts.first().and_then(|part| part.bytes().next()) {
            Some(first) => first == byte,
            None => true,
        }
    }

    fn precedence(&self) -> (bool, Reverse<usize>) {
        let length = self.parts.iter().map(String::len).sum();
        (self.parts.len() > 1, Reverse(length))
    }
}
