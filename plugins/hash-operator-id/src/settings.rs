//! What the operator writes, and the pseudonyms it becomes.

use plugin::{Document, Host, Problem};
use rules::{KeyPattern, KeyPatterns, Located, Node, Place, Problems, Schema, Setting, settings};

use crate::pseudonym::{MIN_KEY_BYTES, Pseudonyms};

settings! {
    /// Rules of `hash-operator-id`.
    #[derive(Debug)]
    pub struct Settings {
        /// Keys of the attributes and map entries whose values are replaced, wherever they stand:
        /// on resource, scope, span, event or link. A key is an entry's own, or the keys down to
        /// it joined by dots; `*` stands for any run of characters. Case is ignored; below a
        /// segment `header`, `headers` or `metadata`, `-` and `_` are one.
        pub attributes: Vec<Located<KeyPattern>> where (1..=100) = "[operator_id]",
        /// What the pseudonyms are made with.
        pub key: Key,
        /// Bits of the HMAC that stay in a pseudonym, in steps of 8.
        pub digest_bits: DigestBits = "128",
    }
}

settings! {
    /// A secret key and its public name.
    #[derive(Debug)]
    pub struct Key {
        /// Stands in every pseudonym, so that it can be told which key made it: 1 to 16 letters,
        /// digits and hyphens.
        pub id: KeyId,
        /// Name of the secret in the host's config. It has 32 bytes or more after decoding.
        pub secret: Located<String>,
    }
}

/// 1 to 16 letters, digits and hyphens.
#[derive(Clone, Debug)]
pub struct KeyId(String);

/// 128, 136, … 256.
#[derive(Clone, Copy, Debug)]
pub struct DigestBits(u32);

impl KeyId {
    fn is_valid(id: &str) -> bool {
        (1..=16).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    }
}

impl Setting for KeyId {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let id = String::read(node, problems)?;
        if !KeyId::is_valid(&id) {
            problems.add(node, format!("`{id}`"), Self::expected());
            return None;
        }
        Some(KeyId(id))
    }

    fn expected() -> String {
        "1 to 16 letters, digits and hyphens".to_owned()
    }

    fn schema() -> Schema {
        Schema::text_like("^[A-Za-z0-9-]{1,16}$")
    }
}

impl Setting for DigestBits {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let bits = u32::read(node, problems)?;
        if !(128..=256).contains(&bits) || !bits.is_multiple_of(8) {
            problems.add(node, format!("`{bits}`"), Self::expected());
            return None;
        }
        Some(DigestBits(bits))
    }

    fn expected() -> String {
        "a number of bits from 128 to 256, in steps of 8".to_owned()
    }

    fn schema() -> Schema {
        Schema::of_type("integer")
            .with("minimum", "128")
            .with("maximum", "256")
            .with("multipleOf", "8")
    }
}

/// What the work on spans needs. Cannot be wrong.
pub struct Rules {
    /// Keys whose values are replaced.
    pub attributes: KeyPatterns,
    /// Where each of them is written.
    pub places: Vec<Place>,
    /// Makes the pseudonyms.
    pub pseudonyms: Pseudonyms,
}

impl Rules {
    /// Reads the rules, base first, and asks the host for the secret.
    ///
    /// # Errors
    /// Every problem in the documents; a secret that is missing or too short.
    pub fn read(documents: &[Document], host: &mut dyn Host) -> Result<Self, Vec<Problem>> {
        let settings: Settings = rules::read(documents)?;
        let secret = &settings.key.secret;
        let problem = |found: String, expected: String| vec![secret.problem(found, expected)];
        let Some(bytes) = host.secret(secret) else {
            return Err(problem(
                format!("no secret `{}`", secret.value),
                "the name of a secret that the host's config grants to this plugin".to_owned(),
            ));
        };
        let length = bytes.len();
        let bits = settings.digest_bits.0 as usize;
        let Some(pseudonyms) = Pseudonyms::new(&settings.key.id.0, &bytes, bits / 8) else {
            return Err(problem(
                format!("secret `{}` of {length} bytes", secret.value),
                format!("{MIN_KEY_BYTES} bytes or more after decoding"),
            ));
        };
        let (patterns, places) =
            settings.attributes.into_iter().map(|it| (it.value, it.place)).unzip();
        Ok(Rules { attributes: KeyPatterns::new(patterns), places, pseudonyms })
    }
}
