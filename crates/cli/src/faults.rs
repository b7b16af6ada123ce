//! `faults` of a Collector's config: checked as the Collector's processor does, and nothing more. A run
//! keeps no spans; whoever has it has its input.

use crate::fields::{Fields, Quoted, found, plain};
use crate::value::Yaml;

/// Checks `faults`, if anything is said.
pub(crate) fn check(fields: &mut Fields<'_>) {
    let map = match fields.take("faults").map(plain) {
        None | Some(Yaml::Null) => return,
        Some(Yaml::Map(map)) => map,
        Some(other) => {
            // Somebody may have written a key here.
            let found = found(&other, Quoted::No);
            return fields.wrong("faults", found, "a map of `file` and `recipients`");
        }
    };
    let mut inside = fields.below("faults", map);
    let before = inside.problems();
    let file = inside.text("file", "the path of a file", Quoted::Yes);
    if file.is_none_or(|file| file.is_empty()) && inside.problems() == before {
        inside.wrong("file", "nothing", "the path of a file");
    }
    recipients(&mut inside);
    inside.whole("max_mib", 1, 1 << 20, "a whole number from 1 to 1048576");
    inside.finish();
}

fn recipients(inside: &mut Fields<'_>) {
    let expected = "a list of recipients such as `age1…`";
    let items = match inside.take("recipients") {
        Some(Yaml::List(items)) if !items.is_empty() => items,
        None | Some(Yaml::Null | Yaml::List(_)) => {
            return inside.wrong("recipients", "none", expected);
        }
        Some(other) => return inside.wrong("recipients", found(&other, Quoted::No), expected),
    };
    for (index, item) in items.iter().enumerate() {
        let text = if let Yaml::Text(text) = item { text.as_str() } else { "" };
        let key = format!("recipients[{index}]");
        if is_recipient(text) {
            continue;
        }
        if text.to_uppercase().starts_with("AGE-SECRET-KEY-") {
            // A secret is never quoted.
            inside.wrong(&key, "a secret key", "its recipient, which `age-keygen -y` prints");
            continue;
        }
        let quoted = if text.starts_with("age1") { Quoted::Yes } else { Quoted::No };
        let expected = "a recipient such as `age1…`, as `age-keygen` prints it";
        inside.wrong(&key, found(item, quoted), expected);
    }
}

/// The digits of Bech32 (BIP 173), each by its value.
const DIGITS: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
/// Digits of the checksum.
const CHECKSUM: usize = 6;
/// Digits of a key of 32 bytes; the last has 4 bits too many, which are 0.
const KEY: usize = 52;

/// Whether a text is an X25519 recipient of age: `age1`, and 32 bytes in Bech32.
fn is_recipient(text: &str) -> bool {
    let Some(written) = text.strip_prefix("age1") else { return false };
    let value = |digit: u8| DIGITS.iter().position(|it| *it == digit).map(|value| value as u8);
    let Some(values) = written.bytes().map(value).collect::<Option<Vec<u8>>>() else {
        return false;
    };
    let is_long_enough = values.len() == KEY + CHECKSUM;
    is_long_enough && values[KEY - 1] & 0b1111 == 0 && polymod(b"age", &values) == 1
}

/// The checksum of BIP 173 over the name of what is written and its digits: 1 where all is right.
fn polymod(name: &[u8], values: &[u8]) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let high = name.iter().map(|letter| letter >> 5);
    let low = name.iter().map(|letter| letter & 31);
    let all = high.chain([0]).chain(low).chain(values.iter().copied());
    all.fold(1, |sum, value| {
        let next = ((sum & 0x01ff_ffff) << 5) ^ u32::from(value);
        let bits = (0..).zip(GENERATOR).filter(|(bit, _)| (sum >> (25 + bit)) & 1 == 1);
        bits.fold(next, |next, (_, generator)| next ^ generator)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPIENT: &str = "age1p3hp85khjqceq3j5zv898zqs9u2hhtnlgcr5ntxl7w2ea4dshavqxzpjs9";

    #[test]
    fn a_recipient_is_told_from_what_is_none() {
        assert!(is_recipient(RECIPIENT));
        let mut wrong = vec![String::new(), "age1".into(), RECIPIENT.to_uppercase()];
        wrong.push(format!("{RECIPIENT}q"));
        // One other letter is found, wherever it stands.
        for at in 0..RECIPIENT.len() {
            let mut other = RECIPIENT.to_owned();
            other.replace_range(at..=at, if &RECIPIENT[at..=at] == "q" { "p" } else { "q" });
            wrong.push(other);
        }
        for text in wrong {
            assert!(!is_recipient(&text), "{text}");
        }
    }
}
