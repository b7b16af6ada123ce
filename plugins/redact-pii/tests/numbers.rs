//! Phones and cards in whatever separators, scripts and neighbourhoods, and in hostile texts.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use redact_pii::detect::{Detectors, Kind};

const PHONES: [&str; 6] = [
    "+7 (912) 345-67-89",
    "89123456789",
    "8 (49232) 2-11-05",
    "+44 (0)20 7946 0958",
    "+33 1 42 68 53 00",
    "+4915112345678",
];
const CARDS: [&str; 6] = [
    "4111 1111 1111 1111",
    "4111111111111111",
    "3056 9309 0259 04",
    "3782-822463-10005",
    "6799 9901 0000 0000 019",
    "2200384148525388853",
];

fn found(kinds: &[Kind], text: &str) -> Vec<(usize, String)> {
    let mut detectors = Detectors::new(kinds);
    let found = detectors.search(text).iter();
    found.map(|found| (found.detector, text[found.range.clone()].to_owned())).collect()
}

fn all(text: &str) -> Vec<(usize, String)> {
    found(&[Kind::Phone, Kind::Card], text)
}

/// Every value with what kind it is.
fn values() -> impl Iterator<Item = (usize, &'static str)> {
    PHONES.map(|it| (0, it)).into_iter().chain(CARDS.map(|it| (1, it)))
}

#[test]
fn what_is_not_seen_hides_nothing_wherever_it_stands() {
    let invisible = ["\u{ad}", "\u{200b}", "\u{200d}\u{2060}", "\u{feff}", "\\u200b", "%E2%80%8B"];
    for (kind, value) in values() {
        for at in 1..value.len() {
            for unseen in invisible {
                let text = format!("{}{unseen}{}", &value[..at], &value[at..]);
                assert_eq!(all(&format!("to {text}, ok")), [(kind, text.clone())], "{text}");
            }
        }
    }
}

#[test]
fn digits_of_any_script_are_digits() {
    for (kind, value) in values() {
        for zero in ['\u{ff10}', '\u{660}', '\u{6f0}', '\u{966}', '\u{1d7ce}'] {
            let other = |it: char| match it.to_digit(10) {
                Some(digit) => char::from_u32(u32::from(zero) + digit).unwrap(),
                None => it,
            };
            let whole: String = value.chars().map(other).collect();
            let half: String = value
                .chars()
                .enumerate()
                .map(|(at, it)| if at % 2 == 0 { other(it) } else { it })
                .collect();
            for text in [whole, half] {
                assert_eq!(all(&format!("to {text}, ok")), [(kind, text.clone())], "{value}");
            }
        }
    }
}

#[test]
fn a_card_is_found_in_any_separators() {
    let groups: [&[&str]; 4] = [
        &["4111", "1111", "1111", "1111"],
        &["3056", "9309", "0259", "04"],
        &["3782", "822463", "10005"],
        &["6799", "9901", "0000", "0000", "019"],
    ];
    for separator in [
        " ", "  ", "\t", "-", " - ", ".", "/", "_", "+", "%20", "%2B", "%09", "\\t", "\\u00a0",
        "&nbsp;", "\u{a0}", "\u{2009}", "\u{202f}", "\u{3000}", "\u{2010}", "\u{2012}", "\u{2013}",
        "\u{2014}", "\u{2212}", "\u{ff0d}", "\u{b7}", "\u{2022}",
    ] {
        for groups in groups {
            let text = groups.join(separator);
            assert_eq!(all(&format!("pan={text}&x=1")), [(1, text.clone())], "{text:?}");
        }
    }
}

proptest! {
    /// Guarantees: what is a phone does not depend on what else is looked for, nor what is a card.
    #[test]
    fn detectors_do_not_depend_on_each_other(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "+7 (912) 345-67-89", "+4915112345678", "89123456789", "4111 1111 1111 1111", "4111111111111111",
            "4111", "1111", "8", "912", "12/26", "card ", " ", " ", "-", ".", "+", "(", ")", ",", "x5",
        ]), 0..16),
    ) {
        let text = pieces.concat();
        let both = all(&text);
        for (kind, alone) in [(0, Kind::Phone), (1, Kind::Card)] {
            let of_kind: Vec<String> =
                both.iter().filter(|(it, _)| *it == kind).map(|(_, it)| it.clone()).collect();
            let found: Vec<String> = found(&[alone], &text).into_iter().map(|(_, it)| it).collect();
            prop_assert_eq!(found, of_kind, "{}", text);
        }
    }

    /// Guarantees: a row of more fours than a card has holds no card, whatever its digits.
    #[test]
    fn no_part_of_a_longer_row_is_a_card(
        fours in prop::collection::vec("[2-6][0-9]{3}", 5..12),
        separator in prop::sample::select(vec![" ", "-", ".", "%20", "  "]),
    ) {
        // Month and year of a card's end may follow it, so no group may say these.
        let row: Vec<String> = fours.iter().map(|four| four.replace('0', "7")).collect();
        let cards_of = |from: usize| all(&row[from..from + 4].join(separator)).len();
        // Two cards, one after the other, are two cards.
        prop_assume!(row.len() < 8 || (0..row.len() - 3).filter(|from| cards_of(*from) > 0).count() < 2);
        prop_assert_eq!(all(&row.join(separator)), Vec::new());
    }

    /// Guarantees: a plus sign right after a digit begins no phone, unless a number ends there.
    #[test]
    fn a_plus_sign_after_a_digit_is_no_prefix(
        before in "[1-9][0-9]{0,9}",
        after in "[1-6][0-9]{7,9}",
    ) {
        // `7+3000000000` is a Russian number with a space in it.
        prop_assume!(!matches!(before.as_str(), "7" | "8"));
        prop_assert_eq!(all(&format!("{before}+{after}")), Vec::new());
        prop_assert_eq!(all(&format!("x={before}%2B{after}")), Vec::new());
    }
}

/// Scenario: texts that are one piece again and again, and four times as many of it.
/// Guarantees: the time is in proportion to the length. Were it to its square, it would be sixteen
/// times as long.
#[test]
fn hostile_texts_take_time_in_proportion_to_their_length() {
    for piece in [
        "1 ",
        "8 ",
        "12 ",
        "4111 ",
        "4111111111111111 ",
        "+1 ",
        "+",
        "(",
        "1+",
        "+49 1 ",
        "00 44 ",
        "%2B1",
        "\u{200b}",
        "1\u{200b}",
        "4111\u{ad}",
        "card ",
        "card 1 ",
        "cardCard",
        "AB12 ",
        "AB12 4111 ",
        "\\",
        "&#4",
        "１",
        "％",
        "89123456789x",
        "x1",
        "8 912 345 67 89 ",
        "%B4111111111111111^",
        "^",
        "ж1 ",
        ";4111111111111111=2612",
        "-1",
        "1.",
        "_1",
        "\t1\t",
        "(495) ",
    ] {
        let time = |bytes: usize| {
            let text = piece.repeat(bytes / piece.len());
            let mut detectors = Detectors::new(&[Kind::Phone, Kind::Card]);
            let once = |_| {
                let start = Instant::now();
                detectors.search(&text);
                start.elapsed()
            };
            (0..5).map(once).min().unwrap_or_default()
        };
        // What is over at once says nothing of proportions, and a busy machine says it now and then.
        let in_proportion = |_| time(88_000) < time(22_000).max(Duration::from_millis(2)) * 9;
        assert!((0..5).any(in_proportion), "{piece:?}");
    }
}
