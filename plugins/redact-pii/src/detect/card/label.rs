//! Letters that are glued to a card's number.

use crate::detect::context;
use crate::detect::groups::Run;
use crate::detect::units::unit_before;

/// The currencies (ISO 4217) whose letters are hexadecimal digits too.
const CURRENCIES: [&str; 5] = ["AED", "BBD", "BEF", "CAD", "CDF"];
/// How much of a word is looked at.
const MAX_CHARACTERS: usize = 64;
/// Digits after the `D` of a chip's stripe.
const MAX_DATA: usize = 20;

/// Whether the letters around a card's number say what it is, though all of them are hexadecimal
/// digits: `CC4111…`, `4111…CAD`, the `B` that a magnetic stripe begins with, the `D` of a chip's.
pub fn is_labelled(run: Run<'_>, first: usize, past: usize) -> bool {
    let (start, end) = (run.groups[first].start, run.groups[past - 1].end);
    let before = word_before(run.text, start);
    let bytes = &run.text.as_bytes()[end..];
    let in_word = |byte: &&u8| byte.is_ascii_alphanumeric();
    let after = &bytes[..bytes.iter().take(MAX_CHARACTERS).take_while(in_word).count()];
    let begins = matches!(before.as_str(), "" | "B" | "CC" | "Cc" | "cc")
        || CURRENCIES.contains(&before.as_str());
    let ends = match after {
        [] => true,
        [b'D', date @ ..] => date.len() <= MAX_DATA && date.iter().all(u8::is_ascii_digit),
        word => CURRENCIES.iter().any(|it| it.as_bytes() == word),
    };
    (12..=19).contains(&run.count(first, past)) && begins && ends
}

/// Whether the run's first digits go on a word with digits among its letters, or one of capitals that
/// tells of no card: `1Z2402…`, `AKIA4111…`.
pub fn is_id(run: Run<'_>) -> bool {
    let group = &run.groups[0];
    if group.gap.units > 0 || !group.joined_before {
        return false;
    }
    let word = word_before(run.text, group.start);
    let has_digits = word.bytes().any(|it| it.is_ascii_digit());
    let is_code = word.len() > 3 && word.bytes().all(|it| it.is_ascii_uppercase());
    has_digits || is_code && !context::tells_of_card(run.text, group.start)
}

/// The ASCII letters and digits right before `end`, as far as none of them is spelt by an escape.
fn word_before(text: &str, end: usize) -> String {
    let mut start = end;
    while end - start < MAX_CHARACTERS
        && let Some(unit) = unit_before(text, 0, start)
        && unit.length == 1
        && unit.character.is_ascii_alphanumeric()
    {
        start -= 1;
    }
    text[start..end].to_owned()
}
