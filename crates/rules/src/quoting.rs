//! Text in messages, and in the double quotes that YAML and JSON share.

/// Longest text, in characters, that a message quotes.
const MAX_QUOTED: usize = 80;

/// Quotes text for a message: in backticks, on one line, cut if it is long.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::from("`");
    for (index, c) in text.chars().enumerate() {
        if index == MAX_QUOTED {
            quoted.push('…');
            break;
        }
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
            quoted.extend(c.escape_default());
        } else {
            quoted.push(c);
        }
    }
    quoted.push('`');
    quoted
}

/// Lists words for a message: `` `a`, `b` or `c` ``.
pub(crate) fn quote_list(words: &[&str], last: &str) -> String {
    let mut list = String::new();
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            list.push_str(if index + 1 == words.len() { last } else { ", " });
        }
        list.push_str(&quote(word));
    }
    list
}

/// A name, as it stands in a list or between other words: in double quotes where it could be taken for
/// more than one word.
///
/// ```
/// assert_eq!(rules::one_word("customer.*"), "customer.*");
/// assert_eq!(rules::one_word("customer name"), r#""customer name""#);
/// ```
#[must_use]
pub fn one_word(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '*' | '/');
    let is_one = !name.is_empty() && name.chars().all(is_plain);
    if is_one { name.to_owned() } else { quoted(name) }
}

/// A text in double quotes: YAML and JSON.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') =>
            {
                quoted.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
