//! No pseudonym depends on the order of keys in a map of the rules.

mod oracle;

use std::collections::BTreeMap;

use cases::any_order::{run, shuffled};
use hash_operator_id::HashOperatorId;
use oracle::batches;
use plugin::Document;
use proptest::prelude::*;
use prost::Message;

const BASE: &str = include_str!("../../../rules/hash-operator-id/base.yaml");
const OTHER: &str =
    "key: { secret: operator-key-1, id: k-2 }\nattributes: ['*id', operator]\ndigest_bits: 256\n";
const WRONG: &str =
    "key: { secret: 5, id: '' }\nattributes: ['', ok, 5]\ndigest_bits: 7\nx: { y: 1 }\n";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn rules_in_any_order_hash_alike(batch in batches(), seed in any::<u64>()) {
        let secrets = BTreeMap::from([("operator-key-1".to_owned(), vec![7; 32])]);
        for texts in [vec![BASE], vec![BASE, OTHER], vec![WRONG], vec![BASE, WRONG]] {
            let document = |text: &str| Document { name: "rules.yaml".into(), text: text.into() };
            let documents: Vec<_> = texts.into_iter().map(document).collect();
            let others: Vec<_> = documents.iter().map(|it| shuffled(it, seed)).collect();
            let ran = |documents: &[Document]| {
                run::<HashOperatorId>(documents, &secrets, &[batch.encode_to_vec()])
            };
            prop_assert_eq!(ran(&documents), ran(&others), "{:?}", others);
        }
    }
}
