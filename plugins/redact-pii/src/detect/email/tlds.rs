//! Top-level domains.

use std::sync::OnceLock;

/// The longest label that DNS knows, in bytes of ASCII; one of other letters takes more in UTF-8.
pub const LONGEST_LABEL: usize = 252;

/// Whether a label is a top-level domain, in ASCII or its own alphabet and in any case.
pub fn is_tld(label: &str) -> bool {
    if label.len() < 2 || label.len() > LONGEST_LABEL {
        return false;
    }
    // In an encoding that is not known no letter is either.
    if label.starts_with(char::REPLACEMENT_CHARACTER) {
        return label.chars().all(|letter| letter == char::REPLACEMENT_CHARACTER)
            && label.chars().nth(1).is_some();
    }
    // What is no ASCII and has two cases is rare; the others need no copy.
    let is_other = |byte: u8| !byte.is_ascii() || byte.is_ascii_uppercase();
    if label.bytes().any(is_other) {
        sorted().binary_search(&label.to_lowercase().as_str()).is_ok()
    } else {
        sorted().binary_search(&label).is_ok()
    }
}

fn sorted() -> &'static [&'static str] {
    static SORTED: OnceLock<Vec<&str>> = OnceLock::new();
    SORTED.get_or_init(|| {
        let lines = include_str!("../../../data/tlds.txt").lines();
        let mut tlds: Vec<_> = lines.filter(|line| !line.starts_with('#')).collect();
        tlds.sort_unstable();
        tlds
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_one_and_no_other_word_is() {
        assert!(sorted().len() > 1500);
        for tld in sorted() {
            assert!(is_tld(tld) && is_tld(&tld.to_uppercase()), "{tld}");
            assert!(tld.chars().all(|it| it == '-' || it.is_alphanumeric() || !it.is_ascii()));
        }
        for tld in ["ru", "РФ", "xn--p1ai", "example", "test", "internal", "公司", "δοκιμή"]
        {
            assert!(is_tld(tld), "{tld}");
        }
        for word in ["", "r", "png", "tgz", "service", "js", "0", "rux", "\u{fffd}", "#"] {
            assert!(!is_tld(word), "{word}");
        }
    }
}
