//! What the plugin promises, over batches at random, against a plain walk that knows nothing of the
//! plugin: HMAC by RFC 2104 from SHA-256 alone, globs one character after the other.

mod oracle;

use hash_operator_id::HashOperatorId;
use opentelemetry_proto::tonic::trace::v1::TracesData;
use oracle::{Oracle, batches, texts_of};
use plugin::{Configured, Document, Notes, Noting, Plugin, RecordingHost};
use proptest::prelude::*;
use prost::Message;
use spans::{Deed, Edits, Output};

const KEY: [u8; 32] = *b"0123456789abcdef0123456789abcdef";

fn host() -> RecordingHost {
    let mut host = RecordingHost::default();
    host.secrets.insert("operator-key-1".into(), KEY.to_vec());
    host
}

fn rules(attributes: &[&str], digest_bits: usize) -> Vec<Document> {
    let attributes = serde_list(attributes);
    let text = format!(
        "attributes: {attributes}\nkey: {{ id: k1, secret: operator-key-1 }}\ndigest_bits: {digest_bits}\n"
    );
    vec![Document { name: "rules.yaml".into(), text }]
}

fn serde_list(texts: &[&str]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("'{text}'")).collect();
    format!("[{}]", quoted.join(", "))
}

/// What leaves, and how many values were replaced.
fn hashed(rules: &[Document], traces: &[u8]) -> (Vec<u8>, u64) {
    let mut host = host();
    let mut plugin = HashOperatorId::configure(rules, &mut host).expect("right rules");
    let Configured { sight, writes, .. } = plugin.configured();
    let rewritten = cases::edited(&sight, &writes, traces, |view| {
        let bytes = plugin.process(view, 0, &mut host).expect("a view").edits;
        assert_eq!(said_why(&mut plugin, view), bytes);
        Ok(Edits { bytes, ..Edits::default() })
    });
    let left = match rewritten.expect("a batch").output {
        Output::Unchanged => traces.to_vec(),
        Output::Replaced(bytes) => bytes,
        Output::NothingLeft => Vec::new(),
    };
    (left, host.counters.values().sum())
}

/// The answer of one who is asked why. Each value that is replaced has its reason.
fn said_why(plugin: &mut HashOperatorId, view: &[u8]) -> Vec<u8> {
    let mut host = RecordingHost { noting: Noting::Looked, ..host() };
    let outcome = plugin.process(view, 0, &mut host).expect("a view");
    let (notes, _) = Notes::read(&outcome.notes).expect("notes");
    let replaced = notes.iter().filter(|note| note.deed == Deed::Replaced).count() as u64;
    assert_eq!(replaced, host.counters.values().sum::<u64>());
    outcome.edits
}

const PATTERNS: &[&str] = &[
    "operator_id",
    "*.operator_id",
    "operator.id",
    "X_Operator-Id",
    "http.*.header.x-operator-id",
    "оператор*",
    "m.*.ID",
    "*",
];

fn patterns() -> impl Strategy<Value = Vec<&'static str>> {
    // All keys would be meant by the last, so it comes seldom.
    let one = prop_oneof![19 => prop::sample::select(&PATTERNS[..7]), 1 => Just("*")];
    prop::collection::vec(one, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Byte for byte, and as many as are counted.
    #[test]
    fn replaces_what_the_plain_walk_replaces(
        batch in batches(),
        patterns in patterns(),
        digest_bytes in 16..=32_usize,
    ) {
        let mut oracle = Oracle::new(&KEY, digest_bytes, &patterns);
        let expected = oracle.batch(&batch).encode_to_vec();
        let (left, count) = hashed(&rules(&patterns, 8 * digest_bytes), &batch.encode_to_vec());
        prop_assert_eq!(TracesData::decode(&left[..]), TracesData::decode(&expected[..]));
        prop_assert_eq!(left, expected);
        prop_assert_eq!(count, oracle.replaced);
    }

    /// A second Collector on the way, with the same key or another, changes nothing more.
    #[test]
    fn what_was_replaced_once_stays(batch in batches(), patterns in patterns()) {
        let rules = rules(&patterns, 128);
        let (once, _) = hashed(&rules, &batch.encode_to_vec());
        let mut other = rules.clone();
        other[0].text = other[0].text.replace("k1", "k-2");
        for rules in [rules, other] {
            prop_assert_eq!(&hashed(&rules, &once).0, &once);
        }
    }

    /// No value under a key that is meant leaves in clear, wherever and however deep.
    #[test]
    fn no_operator_leaves_in_clear(batch in batches()) {
        let (left, _) = hashed(&rules(&["*"], 128), &batch.encode_to_vec());
        for text in texts_of(&TracesData::decode(&left[..]).expect("a batch")) {
            prop_assert!(text.is_empty() || text.starts_with("op_"), "{text}");
        }
    }
}

/// Guarantees: a digest has from 128 to 256 bits, and whole bytes.
#[test]
fn digest_bits_are_whole_bytes() {
    for bits in 0..300 {
        let is_taken = HashOperatorId::configure(&rules(&["a"], bits), &mut host()).is_ok();
        assert_eq!(is_taken, (128..=256).contains(&bits) && bits % 8 == 0, "{bits}");
    }
}
