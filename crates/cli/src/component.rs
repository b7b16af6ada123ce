//! How the Collector names its components: a type, and where there are several of it a name.

use unicode_general_category::{GeneralCategory, get_general_category};

const MAX_TYPE_BYTES: usize = 63;
const MAX_NAME_BYTES: usize = 1024;

/// Whether the Collector takes this for `type` or `type/name`.
pub(crate) fn is_name(text: &str) -> bool {
    match text.split_once('/') {
        None => is_type(text.trim()),
        Some((kind, name)) => is_type(kind.trim()) && is_second_name(name.trim()),
    }
}

fn is_type(text: &str) -> bool {
    text.len() <= MAX_TYPE_BYTES
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|char| char.is_ascii_alphanumeric() || char == '_')
}

fn is_second_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_NAME_BYTES && text.chars().all(may_stand_in_a_name)
}

/// Everything but white space, control characters and symbols.
fn may_stand_in_a_name(char: char) -> bool {
    use GeneralCategory as Of;
    !matches!(
        get_general_category(char),
        Of::SpaceSeparator
            | Of::LineSeparator
            | Of::ParagraphSeparator
            | Of::Control
            | Of::Format
            | Of::PrivateUse
            | Of::Surrogate
            | Of::MathSymbol
            | Of::CurrencySymbol
            | Of::ModifierSymbol
            | Of::OtherSymbol
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_the_collector_takes() {
        for name in ["file_storage", "file_storage/state", " a / b ", "a/b/c", "a/Größe-2", "A9_"]
        {
            assert!(is_name(name), "{name}");
        }
        let long = format!("a/{}", "b".repeat(1025));
        for name in [
            "/a",
            "a/",
            "a/ ",
            "9a",
            "_a",
            "a-b",
            "a b",
            "a/b c",
            "a/b\u{200b}",
            "a/1+1",
            "a/€",
            &long,
        ] {
            assert!(!is_name(name), "{name}");
        }
        assert!(is_name(&"a".repeat(63)));
        assert!(!is_name(&"a".repeat(64)));
    }
}
