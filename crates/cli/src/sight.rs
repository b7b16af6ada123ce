//! What a plugin may see at most, as a Collector's config says it.
//!
//! The words are those of the Collector's processor.

use rules::KeyPattern;
use spans::{Carriers, Fields as Parts, Selector, Sight};

use crate::fields::{Fields, Quoted, found, plain};
use crate::value::Yaml;

const EXPECTED: &str = "`everything`, `texts` or a map of `fields` and `keys`";

/// Reads `sight`; none where nothing is said.
pub(crate) fn read(fields: &mut Fields<'_>) -> Option<Sight> {
    match plain(fields.take("sight")?) {
        Yaml::Text(text) if text == "everything" => Some(Sight::Everything),
        Yaml::Text(text) if text == "texts" => Some(Sight::Texts),
        Yaml::Map(map) => Some(Sight::Parts(parts(fields.below("sight", map)))),
        other => {
            fields.wrong("sight", found(&other, Quoted::Yes), EXPECTED);
            None
        }
    }
}

fn parts(mut inside: Fields<'_>) -> spans::Parts {
    let mut allowed = spans::Parts::default();
    let named = words(&mut inside, "fields", "a list of fields such as `trace-id`");
    for (index, name) in named.into_iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        match flag(Parts::all().iter_names(), &name) {
            Ok(field) => allowed.fields |= field,
            Err(expected) => {
                inside.wrong(&format!("fields[{index}]"), format!("`{name}`"), &expected)
            }
        }
    }
    let items = match inside.take("keys") {
        None | Some(Yaml::Null) => Vec::new(),
        Some(Yaml::List(items)) => items,
        Some(other) => {
            inside.wrong("keys", found(&other, Quoted::Yes), "a list of keys");
            Vec::new()
        }
    };
    for (index, item) in items.into_iter().enumerate() {
        let at = format!("keys[{index}]");
        let selector = match item {
            Yaml::Text(key) => Selector { carriers: Carriers::all(), keys: vec![key] },
            Yaml::Map(map) => selector(inside.below(&at, map)),
            other => {
                let expected = "a key, or a map of `carriers` and `keys`";
                inside.wrong(&at, found(&other, Quoted::Yes), expected);
                continue;
            }
        };
        for key in selector.keys.iter().filter(|key| KeyPattern::new(key).is_err()) {
            inside.wrong(&at, format!("`{key}` can mean no key"), "the key of an attribute");
        }
        allowed.keys.push(selector);
    }
    inside.finish();
    allowed
}

fn selector(mut inside: Fields<'_>) -> Selector {
    let mut carriers = Carriers::empty();
    let named = words(&mut inside, "carriers", "a list of carriers such as `span`");
    for (index, name) in named.into_iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        match flag(Carriers::all().iter_names(), &name) {
            Ok(carrier) => carriers |= carrier,
            Err(expected) => {
                inside.wrong(&format!("carriers[{index}]"), format!("`{name}`"), &expected);
            }
        }
    }
    let mut keys = words(&mut inside, "keys", "a list of keys");
    keys.retain(|key| !key.is_empty());
    inside.finish();
    Selector { carriers, keys }
}

/// The flag of a name as the contract spells it, or what could stand there.
fn flag<F>(all: impl Iterator<Item = (&'static str, F)>, name: &str) -> Result<F, String> {
    let mut names = Vec::new();
    for (known, flag) in all {
        let known = known.to_lowercase().replace('_', "-");
        if known == name {
            return Ok(flag);
        }
        names.push(format!("`{known}`"));
    }
    let last = names.pop().unwrap_or_default();
    Err(format!("{} or {last}", names.join(", ")))
}

/// Reads a list of texts. One that is wrong is empty.
fn words(fields: &mut Fields<'_>, key: &'static str, expected: &str) -> Vec<String> {
    let items = match fields.take(key) {
        None | Some(Yaml::Null) => return Vec::new(),
        Some(Yaml::List(items)) => items,
        Some(other) => {
            fields.wrong(key, found(&other, Quoted::Yes), expected);
            return Vec::new();
        }
    };
    let mut words = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        match item {
            Yaml::Text(word) if !word.is_empty() => words.push(word),
            other => {
                let at = format!("{key}[{index}]");
                fields.wrong(&at, found(&other, Quoted::Yes), "a text");
                words.push(String::new());
            }
        }
    }
    words
}
