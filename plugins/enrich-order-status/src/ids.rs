//! Which texts count as ids.
//!
//! Ids are the only texts from spans that are remembered, so they are held to a shape that names,
//! addresses, e-mails and sentences do not have.

/// What ids look like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Longest id in bytes.
    pub max_bytes: usize,
    /// ASCII characters that an id may have besides letters and digits.
    pub characters: String,
}

impl Shape {
    /// Returns whether `text` can be the id of an order or of a message: within the length, made
    /// of ASCII letters, digits and the characters of the rules, and with one digit at least.
    ///
    /// ```
    /// let shape = enrich_order_status::ids::Shape { max_bytes: 36, characters: "-".into() };
    ///
    /// assert!(shape.has("ORD-2026-000017"));
    /// assert!(!shape.has("Petrova"));
    /// assert!(!shape.has("ivan7@example.com"));
    /// ```
    pub fn has(&self, text: &str) -> bool {
        self.is_word(text) && text.bytes().any(|byte| byte.is_ascii_digit())
    }

    /// Returns whether `text` can be the id of a partner, which needs no digit.
    pub fn is_word(&self, text: &str) -> bool {
        !text.is_empty()
            && text.len() <= self.max_bytes
            && text.bytes().all(|byte| {
                byte.is_ascii_alphanumeric() || self.characters.as_bytes().contains(&byte)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Guarantees: what is longer than the rules allow, empty, or not ASCII is no id.
    #[test]
    fn refuses_what_has_not_the_shape() {
        let shape = Shape { max_bytes: 4, characters: "-".into() };
        assert!(shape.has("ab-1"));
        for text in ["", "ab-12", "ab", "a.1", "ю1", "a 1"] {
            assert!(!shape.has(text), "{text}");
        }
        assert!(shape.is_word("ab"));
    }
}
