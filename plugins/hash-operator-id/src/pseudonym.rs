//! Keyed pseudonyms: `op_<key id>_<HMAC-SHA-256, in hexadecimal>`.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A key shorter than the hash's output weakens the HMAC (RFC 2104, section 3).
pub const MIN_KEY_BYTES: usize = 32;

/// What the fingerprint of a key is the HMAC of. No operator has a NUL in the id.
const FINGERPRINT: &[u8] = b"lapidary hash-operator-id fingerprint\0";

/// Bytes of the HMAC that a fingerprint shows: enough to tell two keys apart.
const FINGERPRINT_BYTES: usize = 8;

/// Makes pseudonyms with one key.
pub struct Pseudonyms {
    key_id: String,
    prefix: String,
    /// The HMAC with the key taken in, to be copied for every value.
    keyed: Hmac<Sha256>,
    digest_bytes: usize,
}

impl Pseudonyms {
    /// Pseudonyms by this key, with the first `digest_bytes` of the HMAC (32 at most); `None` where
    /// the key has fewer than 32 bytes.
    pub fn new(key_id: &str, key: &[u8], digest_bytes: usize) -> Option<Self> {
        if key.len() < MIN_KEY_BYTES {
            return None;
        }
        let keyed = Hmac::new_from_slice(key).ok()?;
        let (key_id, prefix) = (key_id.to_owned(), format!("op_{key_id}_"));
        Some(Pseudonyms { key_id, prefix, keyed, digest_bytes })
    }

    /// Names the key and tells it from another of the same name: `key k1 fingerprint
    /// 28c4b4e5763fc6a4`. Does not lead back to it.
    pub fn key(&self) -> String {
        let digest = self.keyed.clone().chain_update(FINGERPRINT).finalize().into_bytes();
        let mut text = format!("key {} fingerprint ", self.key_id);
        hexadecimal(&digest[..FINGERPRINT_BYTES], &mut text);
        text
    }

    /// The pseudonym of `value`; always the same for the same value and key.
    ///
    /// ```
    /// use hash_operator_id::pseudonym::Pseudonyms;
    ///
    /// // Test case 1 of RFC 4231, its key filled up to 32 bytes, which changes nothing: HMAC does
    /// // the same with a key that is shorter than a block.
    /// let mut key = [0; 32];
    /// key[..20].fill(0x0b);
    /// let pseudonyms = Pseudonyms::new("k1", &key, 16).expect("the key is long enough");
    /// assert_eq!(pseudonyms.of(b"Hi There"), "op_k1_b0344c61d8db38535ca8afceaf0bf12b");
    /// ```
    pub fn of(&self, value: &[u8]) -> String {
        let digest = self.keyed.clone().chain_update(value).finalize().into_bytes();
        let mut pseudonym = String::with_capacity(self.prefix.len() + 2 * self.digest_bytes);
        pseudonym.push_str(&self.prefix);
        hexadecimal(&digest[..self.digest_bytes], &mut pseudonym);
        pseudonym
    }

    /// What stands for a value that cannot be read.
    pub fn of_unreadable(&self) -> String {
        format!("{}unreadable", self.prefix)
    }

    /// Whether `value` is a pseudonym already, made with this key or another: a second Collector
    /// on the way must not make a pseudonym of a pseudonym.
    pub fn is_pseudonym(value: &[u8]) -> bool {
        let Some(rest) = value.strip_prefix(b"op_") else { return false };
        let Some(end) = rest.iter().position(|byte| *byte == b'_') else { return false };
        let (id, digest) = (&rest[..end], &rest[end + 1..]);
        let is_digest = (32..=64).contains(&digest.len())
            && digest.len().is_multiple_of(2)
            && digest.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let is_id = (1..=16).contains(&id.len())
            && id.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
        is_id && (is_digest || digest == b"unreadable")
    }
}

fn hexadecimal(bytes: &[u8], text: &mut String) {
    for byte in bytes {
        // Writing to a String cannot fail.
        _ = write!(text, "{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::Pseudonyms;

    /// Guarantees: a fingerprint tells two keys of one name apart, and holds nothing of either.
    #[test]
    fn a_fingerprint_is_of_the_key_and_not_the_key() {
        let key = |keys: &[u8]| Pseudonyms::new("k1", keys, 16).expect("long enough").key();
        let (one, other) = (key(&[b'a'; 32]), key(&[b'b'; 32]));
        assert_eq!(one, key(&[b'a'; 32]));
        assert_ne!(one, other);
        for text in [&one, &other] {
            let digits = text.strip_prefix("key k1 fingerprint ").expect("its words");
            assert_eq!(digits.len(), 16);
            assert!(!text.contains("aaaa") && !text.contains("61616161"));
        }
    }

    /// Guarantees: a value passes as a pseudonym only if it is written as one; else whoever writes
    /// `op_` before a name keeps it.
    #[test]
    fn only_what_is_written_as_a_pseudonym_is_one() {
        let digits = "0123456789abcdef".repeat(5);
        let of = |id: &str, digest: &str| {
            Pseudonyms::is_pseudonym(format!("op_{id}_{digest}").as_bytes())
        };
        for id in ["k1", "a", "Key-2026-Quarter"] {
            for length in [32, 34, 64] {
                assert!(of(id, &digits[..length]), "{id} {length}");
            }
            assert!(of(id, "unreadable"), "{id}");
        }
        let right = &digits[..32];
        for id in ["", "Key-2026-Quarter4", "k.1", "k 1", "Анна"] {
            assert!(!of(id, right) && !of(id, "unreadable"), "{id}");
        }
        for digest in [
            "",
            "Anna",
            "Unreadable",
            "unreadable1",
            "anna.voronzova@alexandrite.example",
            "0123456789ABCDEF0123456789ABCDEF",
            "0123456789abcdef_0123456789abcde",
            &digits[..30],
            &digits[..31],
            &digits[..33],
            &digits[..66],
        ] {
            assert!(!of("k1", digest), "{digest}");
        }
        for value in ["", "op_", "op_k1", "k1_unreadable", "xop_k1_unreadable", "OP_k1_unreadable"]
        {
            assert!(!Pseudonyms::is_pseudonym(value.as_bytes()), "{value}");
        }
    }
}
