//! [`Fact`]: what was compared, with the digests of all that decides.

use serde::{Deserialize, Serialize};

use crate::chain::{Plugin, sha256};
use crate::played::Played;

/// A line of the table that a report begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it is: `recording`, `old plugin`.
    pub name: String,
    /// The fact.
    pub text: String,
}

/// What a report says of the spans that were played. What is not known is left out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct About {
    /// Where they were read.
    pub recording: Option<Recording>,
    /// How many spans a second come, all in all: then what goes out is told for a day too.
    pub rate: Option<f64>,
}

/// A file with spans.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// As the report calls it.
    pub name: String,
    /// Its digest, see [`sha256`].
    pub sha256: String,
}

pub(crate) fn facts(about: &About, spans_in: u64, [old, new]: [&Played; 2]) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut add = |name: &str, text: String| facts.push(Fact { name: name.to_owned(), text });
    if let Some(Recording { name, sha256 }) = &about.recording {
        add("recording", format!("{name}, sha256 {sha256}"));
    }
    for (side, played) in [("old", old), ("new", new)] {
        for Plugin { name, version, sha256, is_shadow, .. } in &played.chain.0 {
            let shadow = if *is_shadow { ", in the shadow" } else { "" };
            add(&format!("{side} plugin"), format!("{name} {version}{shadow}, sha256 {sha256}"));
        }
        for document in played.chain.0.iter().flat_map(|plugin| &plugin.documents) {
            let digest = sha256(document.text.as_bytes());
            add(&format!("{side} rules"), format!("{}, sha256 {digest}", document.name));
        }
    }
    if let Some(rate) = about.rate {
        add("rate", format!("{rate} spans a second"));
    }
    add("spans in", spans_in.to_string());
    let per_day =
        |count: u64| about.rate.map_or(String::new(), |rate| a_day(count, rate, spans_in));
    for (side, played) in [("old", old), ("new", new)] {
        let (spans, bytes) = (played.spans_out, played.bytes_out);
        add(&format!("{side} spans out"), format!("{spans}{}", per_day(spans)));
        add(&format!("{side} bytes out"), format!("{bytes}{}", per_day(bytes)));
    }
    facts
}

/// As much as goes out in a day, where so much went out of the spans that came.
fn a_day(count: u64, rate: f64, spans_in: u64) -> String {
    let a_day = rate * 86_400.0 * count as f64 / spans_in.max(1) as f64;
    format!(", {a_day:.0} a day")
}
