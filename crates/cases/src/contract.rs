//! What a plugin says that it reads and changes, as JSON.

use plugin::{Configured, Place};
use serde_json::{Map, Value, json};
use spans::{Carriers, Fields, Parts, Selector, SetKey, Sight, Writes};

/// What follows from rules, as it stands in the golden corpus.
#[must_use]
pub fn configured(configured: &Configured) -> Value {
    let rule = |Place { document, line, path }: &Place| json!({"path": path, "document": **document, "line": line});
    json!({
        "sight": sight(&configured.sight), "writes": writes(&configured.writes),
        "rules": configured.rules.iter().map(rule).collect::<Value>(),
        "protects": configured.protects,
    })
}

fn sight(sight: &Sight) -> Value {
    match sight {
        Sight::Everything => json!("everything"),
        Sight::Texts => json!("texts"),
        Sight::Parts(Parts { fields, keys }) => {
            json!({"fields": names(*fields), "keys": selectors(keys)})
        }
    }
}

fn writes(writes: &Writes) -> Value {
    let set_key =
        |SetKey { carriers, key }: &SetKey| json!({"carriers": carrying(*carriers), "key": key});
    let all = [
        ("drops_spans", json!(writes.drops_spans)),
        ("makes_spans", json!(writes.makes_spans)),
        ("drops_unknown_fields", json!(writes.drops_unknown_fields)),
        ("fields", json!(names(writes.fields))),
        ("sets", writes.sets.iter().map(set_key).collect()),
        ("replaces", selectors(&writes.replaces)),
        ("renames", selectors(&writes.renames)),
        ("removes", selectors(&writes.removes)),
    ];
    let is_empty = |value: &Value| *value == json!(false) || *value == json!([]);
    let named = all.into_iter().filter(|(_, value)| !is_empty(value));
    named.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>().into()
}

fn selectors(selectors: &[Selector]) -> Value {
    let selector = |Selector { carriers, keys }: &Selector| json!({"carriers": carrying(*carriers), "keys": keys});
    selectors.iter().map(selector).collect()
}

/// `trace-id`, as the contract spells it.
fn names(fields: Fields) -> Vec<String> {
    fields.iter_names().map(|(name, _)| name.to_lowercase().replace('_', "-")).collect()
}

fn carrying(carriers: Carriers) -> Vec<String> {
    carriers.iter_names().map(|(name, _)| name.to_lowercase()).collect()
}
