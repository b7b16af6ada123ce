//! Account numbers (IBAN, ISO 13616), whose groups of four look like cards.

/// The longest IBAN, and how many bytes one may take with its spaces.
const MAX_CHARACTERS: usize = 34;
const MAX_BYTES: usize = 44;

/// Whether the bytes from `start` to `end` are part of an IBAN with right check digits.
pub fn surrounds(text: &str, start: usize, end: usize) -> bool {
    let bytes = text.as_bytes();
    let floor = start.saturating_sub(MAX_BYTES);
    (floor..start)
        .rev()
        .any(|head| begins_at(bytes, head) && is_iban_past(&bytes[head..], end - head))
}

fn begins_at(bytes: &[u8], at: usize) -> bool {
    let is_word_start = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
    is_word_start && matches!(bytes[at..], [b'A'..=b'Z', b'A'..=b'Z', b'0'..=b'9', b'0'..=b'9', ..])
}

/// Whether an IBAN begins with these bytes that ends at `end` or after it.
fn is_iban_past(bytes: &[u8], end: usize) -> bool {
    let head = bytes[..4].iter().fold(0, |all, byte| shift_in(all, *byte));
    let (mut rest, mut count) = (0, 4);
    for (at, byte) in bytes.iter().enumerate().take(MAX_BYTES).skip(4) {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' => (rest, count) = (shift_in(rest, *byte), count + 1),
            b' ' | b'-' => continue,
            _ => return false,
        }
        let ends = bytes.get(at + 1).is_none_or(|next| !next.is_ascii_alphanumeric());
        // Country and check digits come last (ISO 7064, MOD 97-10): six decimal digits.
        if count > 14 && at + 1 >= end && ends && (rest * 1_000_000 + head) % 97 == 1 {
            return true;
        }
        if count == MAX_CHARACTERS {
            return false;
        }
    }
    false
}

fn shift_in(all: u32, byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => (all * 10 + u32::from(byte - b'0')) % 97,
        _ => (all * 100 + u32::from(byte - b'A') + 10) % 97,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_part_of_an_account_number_is_told_by_its_check_digits() {
        for (text, part, expected) in [
            ("to EE38 2200 2210 2014 5685, thanks", "2200 2210 2014 5685", true),
            ("EE382200221020145685", "2200221020145685", true),
            ("RS35 2600 0560 1001 6113 79", "2600 0560 1001 6113", true),
            ("EE39 2200 2210 2014 5685", "2200 2210 2014 5685", false),
            ("GB29 NWBK 6016 1331 9268 19", "6016 1331 9268 19", true),
            ("XGB29 NWBK 6016 1331 9268 19", "6016 1331 9268 19", false),
            ("NY12, 4111 1111 1111 1111", "4111 1111 1111 1111", false),
        ] {
            let start = text.find(part).unwrap();
            assert_eq!(surrounds(text, start, start + part.len()), expected, "{text}");
        }
    }
}
