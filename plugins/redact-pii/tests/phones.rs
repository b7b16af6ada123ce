//! Phones against what libphonenumber knows of every country (its port to Rust, as an oracle).

use std::collections::{BTreeMap, BTreeSet};

use phonenumber::metadata::{DATABASE, Descriptor};
use phonenumber::{Metadata, Mode, PhoneNumber};
use redact_pii::detect::{Detectors, Kind};

/// Countries whose numbers have seven digits with the country's code. All others have eight at least,
/// but for short numbers of services.
const SHORT: [u16; 3] = [290, 683, 690];

fn found(text: &str) -> Vec<String> {
    let mut detectors = Detectors::new(&[Kind::Phone]);
    detectors.search(text).iter().map(|found| text[found.range.clone()].to_owned()).collect()
}

/// What is dialled: no emergencies, no short codes.
fn descriptors(country: &Metadata) -> impl Iterator<Item = &Descriptor> {
    let of = country.descriptors();
    let kinds = [
        of.fixed_line(),
        of.mobile(),
        of.toll_free(),
        of.premium_rate(),
        of.shared_cost(),
        of.personal_number(),
        of.voip(),
        of.pager(),
    ];
    kinds.into_iter().flatten()
}

fn fewest_digits(code: u16) -> usize {
    if SHORT.contains(&code) { 7 } else { 8 }
}

/// The examples of every country, and for each two numbers with other last digits.
fn numbers() -> Vec<(u16, String, PhoneNumber)> {
    let mut numbers = Vec::new();
    for country in DATABASE.iter() {
        let code = country.country_code();
        for example in descriptors(country).filter_map(Descriptor::example) {
            for last in [example.chars().next_back().unwrap_or('0'), '3', '8'] {
                let e164 = format!("+{code}{}{last}", &example[..example.len() - 1]);
                if e164.len() > fewest_digits(code)
                    && let Ok(number) = phonenumber::parse(None, &e164)
                    // The port takes the 8 of +7 800 … for a trunk prefix and drops it.
                    && number.format().mode(Mode::E164).to_string() == e164
                {
                    numbers.push((code, e164, number));
                }
            }
        }
    }
    assert!(numbers.len() > 3_000, "{}", numbers.len());
    numbers
}

#[test]
fn numbers_of_every_country_are_found_whole_in_every_format() {
    let mut missed = BTreeSet::new();
    for (_, e164, number) in numbers() {
        let international = number.format().mode(Mode::International).to_string();
        // The port keeps a template's sign where a country has no format of its own.
        let rfc = number.format().mode(Mode::Rfc3966).to_string();
        let rfc = rfc.trim_start_matches("tel:").to_owned();
        for text in [e164, international, rfc] {
            for (before, after) in [("", ""), ("to ", ", from"), ("<tel:", ">"), ("\"", "\"")] {
                if found(&format!("{before}{text}{after}")) != [text.as_str()] {
                    missed.insert(text.clone());
                }
            }
        }
    }
    assert!(missed.is_empty(), "{} missed: {missed:#?}", missed.len());
}

#[test]
fn russian_numbers_are_found_as_they_are_written_inside_the_country() {
    let mut checked = 0;
    let mut missed = BTreeSet::new();
    for (_, _, number) in numbers().into_iter().filter(|(code, ..)| *code == 7) {
        let text = number.format().mode(Mode::National).to_string();
        // The port leaves the prefix out in some formats, and ten digits alone are no phone.
        if text.starts_with('8') {
            checked += 1;
            if found(&format!("тел. {text}, доб. нет")) != [text.as_str()] {
                missed.insert(text);
            }
        }
    }
    assert!(checked > 10, "{checked}");
    assert!(missed.is_empty(), "{missed:#?}");
}

/// Scenario: a plus sign, a country's code, and one to 17 digits.
/// Guarantees: it is a phone exactly where the country has numbers of that length.
#[test]
fn every_length_is_found_in_the_countries_that_have_it_and_in_no_other() {
    let mut lengths: BTreeMap<u16, BTreeSet<usize>> = BTreeMap::new();
    for country in DATABASE.iter() {
        let of_country = lengths.entry(country.country_code()).or_default();
        for descriptor in descriptors(country) {
            of_country.extend(descriptor.possible_length().iter().map(|it| usize::from(*it)));
        }
    }
    assert!(lengths.len() > 200, "{}", lengths.len());
    // The Gambia's numbers get two digits more, which the port does not know yet.
    lengths.entry(220).or_default().insert(9);
    // Russia's toll-free numbers from abroad are 14 digits long in the metadata, and not in E.164.
    lengths.insert(7, BTreeSet::from([10]));
    let mut wrong = Vec::new();
    for (code, lengths) in lengths {
        let digits = code.to_string().len();
        for length in 1..=17 {
            // No area and no trunk prefix begins so that the lengths alone would not tell.
            let text = format!("+{code}{}", "4".repeat(length));
            let range = fewest_digits(code)..=15;
            let expected = lengths.contains(&length) && range.contains(&(digits + length));
            if (found(&text) == [text.as_str()]) != expected {
                wrong.push(format!("{text}: expected {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Every code of one to three digits.
#[test]
fn a_code_that_no_country_has_begins_no_phone() {
    // Services and satellites, of which the port has only some.
    let global = ["800", "808", "870", "878", "881", "882", "883", "888", "979"];
    let mut codes: BTreeSet<String> =
        DATABASE.iter().map(|country| country.country_code().to_string()).collect();
    codes.extend(global.map(str::to_owned));
    let is_country = |code: &String| (1..=3).any(|digits| codes.contains(&code[..digits]));
    for code in (0..1000).map(|code| format!("{code:03}")).filter(|code| !is_country(code)) {
        for length in 4..=12 {
            let text = format!("+{code}{}", "4".repeat(length));
            // A plus sign before a number as it is dialled inside Russia.
            let is_russian = length == 8 && ["83", "84", "88", "89"].contains(&&code[..2]);
            assert_eq!(found(&text).is_empty(), !is_russian, "{text}");
        }
    }
}
