//! What a plugin reads and changes, in words for people.

use std::borrow::Cow;

use plugin::{Changes, Configured};
use spans::{Carriers, Fields, Parts, Selector, SetKey, Sight, Writes};

/// A line for each thing that a plugin reads.
pub(crate) fn reads(Configured { sight, .. }: &Configured) -> Vec<String> {
    match sight {
        Sight::Everything => vec!["everything".into()],
        Sight::Texts => vec![
            "every text and every key: attributes, names, messages, trace states, schema URLs, \
             entities"
                .into(),
            "no ids, times, numbers or truth values".into(),
        ],
        Sight::Parts(Parts { fields, keys }) => {
            let mut lines = Vec::new();
            if !fields.is_empty() {
                lines.push(listed(*fields));
            }
            lines.extend(keys.iter().map(|selector| format!("attributes {}", meant(selector))));
            if lines.is_empty() {
                lines.push("nothing but how many spans there are".into());
            }
            lines
        }
    }
}

/// A line for each thing that a plugin changes.
pub(crate) fn writes(Configured { writes, .. }: &Configured) -> Vec<String> {
    let Writes { fields, sets, replaces, renames, removes, .. } = writes;
    let mut lines = Vec::new();
    let does = [
        (writes.drops_spans, Changes::DROPS_SPANS),
        (writes.makes_spans, Changes::MAKES_SPANS),
        (writes.drops_unknown_fields, Changes::DROPS_UNKNOWN_FIELDS),
    ];
    for (_, change) in does.into_iter().filter(|(does, _)| *does) {
        lines.extend(changes(change));
    }
    if !fields.is_empty() {
        lines.push(format!("writes {}", listed(*fields)));
    }
    lines.extend(of_sets(sets));
    for (verb, selectors) in
        [("replaces values", replaces), ("renames keys", renames), ("removes attributes", removes)]
    {
        lines.extend(selectors.iter().map(|selector| format!("{verb} {}", meant(selector))));
    }
    if lines.is_empty() {
        lines.push("nothing".into());
    }
    lines
}

/// What is protected, in the plugin's words.
pub(crate) fn protects(Configured { protects, .. }: &Configured) -> Vec<String> {
    if protects.is_empty() { vec!["nothing".into()] } else { protects.clone() }
}

/// A line for each rule: where it is written, and its path.
pub(crate) fn rules(Configured { rules, .. }: &Configured) -> Vec<String> {
    rules.iter().map(ToString::to_string).collect()
}

/// What a plugin may ever do, whatever its rules are.
pub(crate) fn changes(changes: Changes) -> Vec<String> {
    let words = |(_, change)| match change {
        Changes::DROPS_SPANS => "drops spans",
        Changes::MAKES_SPANS => "makes spans",
        Changes::DROPS_UNKNOWN_FIELDS => "drops fields that OTLP does not know",
        Changes::WRITES_FIELDS => "writes fields",
        Changes::SETS_ATTRIBUTES => "sets attributes",
        Changes::REPLACES_VALUES => "replaces values",
        Changes::RENAMES_KEYS => "renames keys",
        _ => "removes attributes",
    };
    let mut lines: Vec<String> = changes.iter_names().map(words).map(str::to_owned).collect();
    if lines.is_empty() {
        lines.push("nothing".into());
    }
    lines
}

/// One line for all keys that are set on the same.
fn of_sets(sets: &[SetKey]) -> Vec<String> {
    let mut lines: Vec<(Carriers, String)> = Vec::new();
    for SetKey { carriers, key } in sets {
        match lines.iter_mut().find(|(others, _)| others == carriers) {
            Some((_, line)) => *line += &format!(", {}", quoted(key)),
            None => {
                let line = format!("sets attributes {}: {}", of(*carriers), quoted(key));
                lines.push((*carriers, line));
            }
        }
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

fn meant(Selector { carriers, keys }: &Selector) -> String {
    if keys.iter().any(|key| key == "*") {
        return format!("{}: all", of(*carriers));
    }
    let keys: Vec<_> = keys.iter().map(|key| quoted(key)).collect();
    format!("{}: {}", of(*carriers), keys.join(", "))
}

/// A key that nobody takes for several.
fn quoted(key: &str) -> Cow<'_, str> {
    let is_plain = !key.contains([',', '`']) && !key.contains(char::is_whitespace);
    if is_plain { key.into() } else { format!("`{key}`").into() }
}

fn of(carriers: Carriers) -> String {
    if carriers == Carriers::all() {
        return "anywhere".into();
    }
    let names: Vec<String> =
        carriers.iter_names().map(|(name, _)| format!("{}s", name.to_lowercase())).collect();
    format!("of {}", names.join(", "))
}

/// Names of fields as the contract spells them, without the hyphens.
fn listed(fields: Fields) -> String {
    let names = fields.iter_names().map(|(name, _)| name.to_lowercase().replace('_', " "));
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_not_taken_for_several() {
        let set = |key: &str| SetKey { carriers: Carriers::SPAN, key: key.to_owned() };
        assert_eq!(
            of_sets(&[set("order_status"), set("a, gap_detected"), set("b`")]),
            ["sets attributes of spans: order_status, `a, gap_detected`, `b``"]
        );
    }
}
