use proptest::prelude::*;

use super::*;
use crate::detect::suspect::Look;

/// What numbers are made of, what stands around them, and what looks like either.
const PIECES: &[&str] = &[
    "7",
    "89123456789",
    "+7",
    "912",
    "345-67-89",
    "(495)",
    "4111 1111 1111 1111",
    "%2B",
    "%20",
    "%28",
    "%D0",
    "%AB",
    "%3",
    "%",
    "\\u002B",
    "\\u00a0",
    "\\uABCD",
    "\\uABC",
    "\\u00",
    "\\n",
    "\\",
    "u",
    "b",
    "-",
    ".",
    "(",
    ")",
    "+",
    " ",
    "    ",
    "\u{a0}",
    "\u{2009}",
    "\u{2013}",
    "\u{2212}",
    "©",
    "€",
    "ю",
    "_",
    "x",
    ":",
    "/orders/by-status/",
    "550e8400-e29b-41d4-a716-446655440000",
];

proptest! {
    /// Guarantees: what is not looked at one by one hides no number and makes none.
    #[test]
    fn skipping_finds_what_a_plain_walk_finds(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..24),
    ) {
        let text = pieces.concat();
        let mut plain = Vec::new();
        let mut finder = Finder::default();
        let (mut at, mut joined) = (0, false);
        while at < text.len() {
            (at, joined) = finder.read(&text, at, joined, &mut |number, range| {
                plain.push((number, range));
            });
        }
        let mut skipping = Vec::new();
        let is_spelt = Look::at(text.as_bytes()).is_spelt();
        Finder::default().find(&text, is_spelt, |number, range| skipping.push((number, range)));
        prop_assert_eq!(skipping, plain, "{:?}", text);
    }
}
