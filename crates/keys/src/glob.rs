//! [`Glob`]: a text in which `*` stands for any run of characters.

use memchr::memmem;

/// A text in which `*` stands for any run of characters, the empty one too. Nothing else in it
/// means anything but itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    /// What stands between the `*`s.
    parts: Vec<String>,
}

/// As it is written.
impl std::fmt::Display for Glob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.parts.join("*"))
    }
}

impl Glob {
    /// A glob as it is written.
    ///
    /// ```
    /// let glob = keys::Glob::new("SELECT*FROM orders*");
    /// assert!(glob.matches(b"SELECT id FROM orders WHERE status = ?"));
    /// assert!(!glob.matches(b"select id from orders"));
    /// ```
    #[must_use]
    pub fn new(written: &str) -> Self {
        Glob { parts: written.split('*').map(str::to_owned).collect() }
    }

    /// Whether it matches the whole of a text, which need not be UTF-8. Takes time in proportion
    /// to the text's length.
    #[must_use]
    pub fn matches(&self, text: &[u8]) -> bool {
        let [first, between @ .., last] = self.parts.as_slice() else {
            return self.first().as_bytes() == text;
        };
        let Some(rest) = text.strip_prefix(first.as_bytes()) else { return false };
        let Some(mut rest) = rest.strip_suffix(last.as_bytes()) else { return false };
        // The leftmost place of each part is enough: it leaves the most room for the next.
        for part in between {
            match memmem::find(rest, part.as_bytes()) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        true
    }

    /// As [`Glob::matches`], where from the byte `from` of the text on `-` and `_` are one.
    pub(crate) fn matches_header(&self, text: &[u8], from: usize) -> bool {
        let is = |at: usize, part: &[u8]| {
            let found = text.get(at..at + part.len());
            found.is_some_and(|found| {
                let same = |(index, (a, b)): (usize, (&u8, &u8))| {
                    a == b || at + index >= from && is_hyphen(*a) && is_hyphen(*b)
                };
                found.iter().zip(part).enumerate().all(same)
            })
        };
        let [first, between @ .., last] = self.parts.as_slice() else {
            return text.len() == self.first().len() && is(0, self.first().as_bytes());
        };
        let Some(end) = text.len().checked_sub(last.len()) else { return false };
        if first.len() > end || !is(0, first.as_bytes()) || !is(end, last.as_bytes()) {
            return false;
        }
        let mut at = first.len();
        for part in between {
            let places = at..(end + 1).saturating_sub(part.len()).max(at);
            match places.into_iter().find(|place| is(*place, part.as_bytes())) {
                Some(place) => at = place + part.len(),
                None => return false,
            }
        }
        true
    }

    /// Whether there is a `*` in it.
    #[must_use]
    pub fn has_star(&self) -> bool {
        self.parts.len() > 1
    }

    /// What a match begins with; empty after a `*` at the start.
    #[must_use]
    pub fn first(&self) -> &str {
        self.parts.first().map_or("", String::as_str)
    }

    /// What a match ends with; empty before a `*` at the end.
    #[must_use]
    pub fn last(&self) -> &str {
        self.parts.last().map_or("", String::as_str)
    }

    /// What stands between the `*`s.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(String::as_str)
    }
}

fn is_hyphen(byte: u8) -> bool {
    matches!(byte, b'-' | b'_')
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (glob, text) in [
            ("SELECT", "SELECT"),
            ("SELECT*", "SELECT"),
            ("SELECT*", "SELECT mes.orders"),
            ("*orders", "SELECT mes.orders"),
            ("*mes*", "SELECT mes.orders"),
            ("S*T*s", "SELECT mes.orders"),
            ("a*a", "aa"),
            ("*", ""),
            ("**", ""),
            ("a**b", "ab"),
            ("*ab*ab*", "xabab"),
            ("", ""),
            ("a.[b]?", "a.[b]?"),
        ] {
            assert!(Glob::new(glob).matches(text.as_bytes()), "{glob} {text}");
        }
        for (glob, text) in [
            ("SELECT", "SELECT 1"),
            ("SELECT*", "select 1"),
            ("a*a", "a"),
            ("*ab*ab*", "xab"),
            ("a*b*c", "acb"),
            ("", "a"),
            ("*x", "xa"),
            ("a?", "ab"),
        ] {
            assert!(!Glob::new(glob).matches(text.as_bytes()), "{glob} {text}");
        }
        assert!(Glob::new("a*").matches(b"a\xff"));
    }
}
