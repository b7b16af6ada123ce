//! Each built-in detector against texts it must find and near misses it must leave alone
//! (`testdata/detectors`), and against every number of its form.

use proptest::prelude::*;
use redact_pii::detect::{Detectors, Kind, Suspicion};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    rule: String,
    r#match: Vec<Match>,
    #[serde(rename = "no-match")]
    no_match: Vec<NoMatch>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Match {
    name: String,
    text: String,
    found: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoMatch {
    name: String,
    text: String,
    /// For readers of the file.
    #[serde(rename = "why")]
    _why: String,
}

fn kind(rule: &str) -> Kind {
    let kinds = [("email", Kind::Email), ("phone", Kind::Phone), ("card", Kind::Card)];
    let kind = kinds.into_iter().find(|(name, _)| *name == rule);
    kind.expect("the rule is a built-in detector").1
}

fn found(kind: Kind, text: &str) -> Vec<&str> {
    let mut detectors = Detectors::new(&[kind]);
    detectors.search(text).iter().map(|found| &text[found.range.clone()]).collect()
}

fn check(file: &str) {
    let texts: Texts = toml::from_str(file).expect("the file of texts is right");
    let mut wrong = Vec::new();
    for Match { name, text, found: expected } in &texts.r#match {
        let got = found(kind(&texts.rule), text);
        if got != *expected {
            wrong.push(format!("{name}: found {got:?}, expected {expected:?}"));
        }
    }
    for NoMatch { name, text, .. } in &texts.no_match {
        let got = found(kind(&texts.rule), text);
        if !got.is_empty() {
            wrong.push(format!("{name}: found {got:?}, expected nothing"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn email_finds_its_texts_and_leaves_near_misses() {
    check(include_str!("../testdata/detectors/email.toml"));
}

#[test]
fn phone_finds_its_texts_and_leaves_near_misses() {
    check(include_str!("../testdata/detectors/phone.toml"));
}

#[test]
fn card_finds_its_texts_and_leaves_near_misses() {
    check(include_str!("../testdata/detectors/card.toml"));
}

/// Scenario: a number begins where an address ends, with a sign that the address might have.
/// Guarantees: both are found, for what belongs to the address is in no row of digits beside it.
#[test]
fn a_number_is_found_right_behind_an_address() {
    let text = "a@x.ru+47221234 56";
    let mut detectors = Detectors::new(&[Kind::Email, Kind::Phone, Kind::Card]);
    let found = detectors.search(text).iter().map(|found| &text[found.range.clone()]);
    assert_eq!(found.collect::<Vec<_>>(), ["a@x.ru", "+47221234 56"]);
}

/// Scenario: a card number of every issuer range and length, with each of the ten last digits.
/// Guarantees: exactly the one with the right check digit is found; the check here is Luhn's by
/// the book, digit by digit, and shares no code with the detector.
#[test]
fn exactly_one_check_digit_of_ten_makes_a_card() {
    let prefixes =
        ["2200", "2204", "2221", "2720", "34", "37", "3528", "36", "4", "51", "55", "62"];
    for prefix in prefixes {
        let length = match prefix {
            "34" | "37" => 15,
            _ => 16,
        };
        for filler in 0..50_u32 {
            let body: String = format!("{prefix}{:07}{filler:012}", filler * 7_919)
                .chars()
                .take(length - 1)
                .collect();
            let right: Vec<String> =
                (0..10).map(|last| format!("{body}{last}")).filter(|it| luhn(it)).collect();
            assert_eq!(right.len(), 1, "{body}");
            for last in 0..10 {
                let number = format!("{body}{last}");
                assert_eq!(
                    found(Kind::Card, &number).len(),
                    usize::from(luhn(&number)),
                    "{number}"
                );
            }
        }
    }
}

fn luhn(number: &str) -> bool {
    let mut sum = 0;
    let mut double = false;
    for character in number.chars().rev() {
        let mut digit = character.to_digit(10).expect("a digit");
        if double {
            digit *= 2;
            if digit > 9 {
                digit -= 9;
            }
        }
        sum += digit;
        double = !double;
    }
    sum % 10 == 0
}

/// Every area code of three digits that a Russian number may begin with, in every spelling.
#[test]
fn every_russian_area_code_is_found_in_every_spelling() {
    for area in (300..500).chain(800..1000) {
        for spelling in [
            "+7 (A) 234-56-78",
            "+7 A 234 56 78",
            "+7A2345678",
            "8 (A) 234-56-78",
            "8 A 234 56 78",
            "8-A-234-56-78",
            "8A2345678",
            "7A2345678",
            "8 (A) 2345678",
            "8(A)234-5678",
            "(A) 234-56-78",
        ] {
            let text = spelling.replace('A', &area.to_string());
            assert_eq!(found(Kind::Phone, &text), [text.as_str()], "{spelling}");
        }
    }
}

fn hostile() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop::sample::select(vec![
            "@",
            "%40",
            "%",
            "\\u0040",
            "\\",
            "a",
            "я",
            ".",
            "ru",
            "8",
            "912",
            "4111",
            " ",
            "-",
            "+",
            "(",
            ")",
            "\u{a0}",
            "%20",
            "\\n",
            "x@y.ru",
            "89123456789",
            "&#64;",
            "%D0",
            "\u{1F600}",
        ]),
        0..60,
    )
    .prop_map(|parts| parts.concat())
}

/// Digits in groups of any length, with one to four separators between them.
fn numbers() -> impl Strategy<Value = String> {
    let group = ("[0-9]{1,12}", "[ .()+-]{1,4}|[a-z]|%20|");
    prop::collection::vec(group, 0..8)
        .prop_map(|groups| groups.into_iter().map(|(digits, gap)| digits + &gap).collect())
}

proptest! {
    /// Guarantees: ranges stand in order, apart from each other, at character boundaries, and a
    /// text with the found parts masked has nothing more to find.
    #[test]
    fn what_is_masked_is_found_no_more(text in prop_oneof![hostile(), any::<String>()]) {
        let mut detectors = Detectors::new(&[Kind::Email, Kind::Phone, Kind::Card]);
        let mut masked = String::new();
        let mut copied = 0;
        for found in detectors.search(&text) {
            prop_assert!(found.range.start >= copied && found.range.start < found.range.end);
            prop_assert!(text.is_char_boundary(found.range.start));
            prop_assert!(text.is_char_boundary(found.range.end));
            masked.push_str(&text[copied..found.range.start]);
            masked.push_str("[masked]");
            copied = found.range.end;
        }
        masked.push_str(&text[copied..]);
        let again: Vec<_> = detectors.search(&masked).to_vec();
        prop_assert!(again.is_empty(), "{masked:?}: {again:?}");
    }

    /// Guarantees: what the first look at a text rules out, no search would have found, be the text
    /// looked at alone or among others.
    #[test]
    fn a_first_look_hides_nothing(
        text in prop_oneof![hostile(), numbers(), "[0-9a-f. @-]{0,50}"],
        before in "[ -~]{0,20}",
        after in "[ -~]{0,20}",
    ) {
        let patterns = [r"[a-z]+@[a-z.]+", r"\d{6}-\d{2}", r"(?:8|\+7)[0-9]{10}|x[0-9]{3}"];
        let mut kinds = vec![Kind::Email, Kind::Phone, Kind::Card];
        kinds.extend(patterns.map(|pattern| Kind::Pattern(pattern.parse().unwrap())));
        let mut detectors = Detectors::new(&kinds);
        let everything =
            Suspicion { emails: true, numbers: true, patterns: true, not_ascii: true, is_spelt: true };
        let book = detectors.search_for(everything, &text).to_vec();

        prop_assert_eq!(detectors.search(&text), &book);
        if !book.is_empty() {
            let among_others = format!("{before}{text}{after}");
            prop_assert!(!detectors.suspect(among_others.as_bytes()).is_none());
        }
    }

    /// Scenario: a text, and the same with a letter after it that is not ASCII, so that every group
    /// of digits in it is looked at.
    /// Guarantees: the same is found in both.
    #[test]
    fn groups_that_are_passed_over_hold_nothing(
        text in prop_oneof![numbers(), (numbers(), numbers()).prop_map(|(a, b)| a + "x" + &b)],
    ) {
        let mut detectors = Detectors::new(&[Kind::Phone, Kind::Card]);
        let with_letter = detectors.search(&format!("{text} é")).to_vec();
        prop_assert_eq!(detectors.search(&text), &with_letter);
    }

    /// Guarantees: an address or a number is found wherever it stands between words.
    #[test]
    fn planted_values_are_found_between_any_words(
        before in "[a-zа-я ,:;=]{0,20}",
        after in "[ ,;\"'<>\\]}][a-zа-я ]{0,20}",
        value in prop::sample::select(vec![
            (0, "ivan.petrov@example.ru"), (1, "+7 (912) 345-67-89"), (2, "4111 1111 1111 1111"),
        ]),
    ) {
        let (kind, value) = value;
        // An address would run together with a word right before it.
        let text = format!("{before} {value}{after}");
        let kind = [Kind::Email, Kind::Phone, Kind::Card][kind].clone();
        prop_assert_eq!(found(kind, &text), [value]);
    }
}

/// Lines as programs log them: each must stay as it is.
#[test]
fn lines_of_logs_without_personal_data_stay() {
    let mut detectors = Detectors::new(&[Kind::Email, Kind::Phone, Kind::Card]);
    let lines = include_str!("../testdata/innocent.txt").lines();
    let masked: Vec<_> = lines
        .filter_map(|line| {
            let found = detectors.search(line).first()?.range.clone();
            Some(format!("{line}: found {:?}", &line[found]))
        })
        .collect();
    assert!(masked.is_empty(), "{masked:#?}");
}
