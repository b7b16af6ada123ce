//! Which pattern means which key: `testdata/keys.json`, which every host reads.

use std::path::Path;

use keys::{KeyPattern, KeyPatterns};
use serde_json::Value;

/// Guarantees: patterns mean the same to a plugin's rules and to what every host shows.
#[test]
fn patterns_mean_the_keys_of_the_corpus() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/keys.json");
    let rows = std::fs::read_to_string(path).expect("the corpus");
    let rows: Vec<Value> = serde_json::from_str(&rows).expect("a list of rows");
    let mut wrong = Vec::new();
    for row in &rows {
        let pattern = row["pattern"].as_str().expect("a pattern");
        let keys = row["keys"].as_array().expect("keys").iter();
        let keys: Vec<_> = keys.map(|key| key.as_str().expect("a key").as_bytes()).collect();
        let pattern = KeyPattern::new(pattern).expect("a pattern that can mean a key");
        let patterns = KeyPatterns::new(vec![pattern]);
        let shown = row.get("shown").unwrap_or(&row["matches"]);
        if row["matches"] != patterns.first_match(&keys).is_some()
            || *shown != patterns.may_match(&keys)
        {
            wrong.push(row.to_string());
        }
    }
    assert!(wrong.is_empty(), "mean something else:\n{}", wrong.join("\n"));
    assert!(rows.len() > 150);
}
