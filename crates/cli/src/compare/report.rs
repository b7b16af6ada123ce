//! [`Report`]: what two chains do differently, as a document.

use std::path::Path;

use diff::{Became, By, Comparison, Difference, Direction, Fate, Outcome, Spans};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Playing;
use super::accepted::Accepted;
use super::leaves::{Doubt, Leaves};
use crate::Wrong;
use crate::arguments::Compare;
use crate::files::{full_path, short_path};
use crate::shown::rule_at;

/// What is told, in the order in which it should be read. Holds no value of a span.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// What was compared.
    pub facts: Vec<Fact>,
    pub sections: Vec<Section>,
    /// Whether more leaves, or something is no longer protected, that nobody accepted.
    pub is_loosened: bool,
    /// Whether failed, slow or gapped spans are newly lost.
    pub is_lost: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Fact {
    pub name: String,
    pub text: String,
}

/// A table.
#[derive(Debug, Serialize)]
pub(super) struct Section {
    pub title: &'static str,
    pub about: String,
    /// What is said where it has no row.
    pub otherwise: String,
    pub columns: &'static [&'static str],
    pub rows: Vec<Vec<String>>,
}

impl Report {
    pub fn new(
        comparison: &Comparison,
        leaves: &Leaves,
        accepted: &Accepted,
        chains: [&Playing; 2],
        arguments: &Compare,
    ) -> Result<Self, Wrong> {
        let [old, new] = chains;
        let mut loosened = Loosened { accepted, rows: Vec::new(), is_any: false };
        for (name, text) in unprotected(old, new) {
            let place = format!("{text} ({name})");
            let row = ["", &place, "protected", "no longer protected"].map(str::to_owned);
            loosened.add(row.to_vec(), &[&name], &text);
        }
        let mut tightened = Vec::new();
        let mut alike = Vec::new();
        for (difference, count) in &comparison.values {
            let row = row(difference, *count);
            match difference.direction {
                Direction::Tightened => tightened.push(row),
                Direction::Alike => alike.push(row),
                Direction::Loosened => {
                    let by = difference.old.by.iter();
                    let rules: Vec<_> = by.map(|by| by.path.as_str()).collect();
                    loosened.add(row, &rules, &difference.place);
                }
            }
        }
        let (lost, gained): (Vec<_>, Vec<_>) =
            comparison.spans.iter().partition(|(decision, _)| decision.old.is_kept);
        let is_lost = lost.iter().any(|(_, spans)| spans.are_of_interest());
        let decisions = |all: &[(&diff::Decision, &Spans)]| {
            all.iter().map(|(it, spans)| decision(&it.old, &it.new, spans)).collect()
        };
        let same = format!("both change {} values to the same", comparison.values_alike);
        let alike_about = format!("{same}; of these no more and no less leaves");
        let is_loosened = loosened.is_any;
        let sections = vec![
            section("Loosened", "more of these leaves than before", LOOSENED, loosened.rows),
            section(
                "Newly lost",
                "the old rules keep these spans, the new ones do not",
                SPANS,
                decisions(&lost),
            ),
            section(
                "Newly kept",
                "the new rules keep these spans, the old ones do not",
                SPANS,
                decisions(&gained),
            ),
            section("Tightened", "less of these leaves than before", VALUES, tightened),
            Section { otherwise: same, ..section("Unchanged", &alike_about, VALUES, alike) },
            section(
                "What leaves",
                "by the new rules, what to look at first",
                LEAVES,
                rows_of(leaves),
            ),
            section(
                "Span names that leave",
                "words that rules and OpenTelemetry's conventions have stand as they are",
                NAMES,
                names_of(leaves),
            ),
        ];
        let facts = facts(comparison, chains, arguments)?;
        Ok(Report { facts, sections, is_loosened, is_lost })
    }
}

/// What is loosened, and whether any of it is not accepted.
struct Loosened<'a> {
    accepted: &'a Accepted,
    rows: Vec<Vec<String>>,
    is_any: bool,
}

impl Loosened<'_> {
    fn add(&mut self, mut row: Vec<String>, rules: &[&str], place: &str) {
        let accepted = self.accepted.of(rules, place);
        self.is_any |= !matches!(accepted, Ok(Some(_)));
        row.push(match accepted {
            Ok(text) => text.unwrap_or_default(),
            Err(over) => over,
        });
        self.rows.push(row);
    }
}

const LOOSENED: &[&str] = &["values", "place", "old rules", "new rules", "accepted"];
const VALUES: &[&str] = &["values", "place", "old rules", "new rules"];
const SPANS: &[&str] = &["spans", "failed", "slow", "gapped", "old rules", "new rules"];
const LEAVES: &[&str] = &["place", "values", "distinct", "form", "what rules did"];
const NAMES: &[&str] = &["name", "spans"];

fn section(
    title: &'static str,
    about: &str,
    columns: &'static [&'static str],
    rows: Vec<Vec<String>>,
) -> Section {
    let otherwise = "nothing".to_owned();
    Section { title, about: about.to_owned(), otherwise, columns, rows }
}

/// What the old chain protects and the new one does not, plugin by plugin.
fn unprotected(old: &Playing, new: &Playing) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (name, configured) in old.names.iter().zip(&old.configured) {
        let next = new.names.iter().position(|other| other == name);
        let texts = match next {
            Some(next) => configured.loosened(&new.configured[next]),
            None => configured.protects.clone(),
        };
        all.extend(texts.into_iter().map(|text| (name.clone(), text)));
    }
    all
}

fn row(difference: &Difference, count: u64) -> Vec<String> {
    let Difference { on, shown, old, new, .. } = difference;
    let place = if *on == "span" { shown.clone() } else { format!("{shown} of the {on}") };
    vec![count.to_string(), place, outcome(old), outcome(new)]
}

fn outcome(Outcome { became, by }: &Outcome) -> String {
    let word = match became {
        Became::Left => "left",
        Became::Changed => "changed",
        Became::Removed => "removed",
        Became::Added => "added",
        Became::Absent => "not there",
    };
    format!("{word}{}", reasons(by))
}

fn decision(old: &Fate, new: &Fate, spans: &Spans) -> Vec<String> {
    let Spans { all, failed, slow, gapped } = spans;
    let fate = |Fate { is_kept, by }: &Fate| {
        format!("{}{}", if *is_kept { "kept" } else { "dropped" }, reasons(by))
    };
    let counts = [all, failed, slow, gapped].map(ToString::to_string);
    counts.into_iter().chain([fate(old), fate(new)]).collect()
}

fn reasons(by: &[By]) -> String {
    let one = |by: &By| match by.path.is_empty() {
        true => format!(" ({})", by.plugin),
        false => format!(" ← {} ({})", rule_at(&by.rule()), by.plugin),
    };
    by.iter().map(one).collect()
}

fn rows_of(leaves: &Leaves) -> Vec<Vec<String>> {
    let row = |(doubt, leaf, rules): (Doubt, &super::leaves::Leaf, Vec<&String>)| {
        let rules = match (doubt, rules.is_empty()) {
            (Doubt::Unread, _) => "no rule looked at it".to_owned(),
            (_, true) => String::new(),
            (_, false) => rules.into_iter().cloned().collect::<Vec<_>>().join("; "),
        };
        let forms: Vec<_> = leaf.forms.iter().cloned().collect();
        vec![
            leaf.shown.clone(),
            leaf.count.to_string(),
            leaf.distinct().to_string(),
            forms.join("; "),
            rules,
        ]
    };
    leaves.sorted().into_iter().map(row).collect()
}

fn names_of(leaves: &Leaves) -> Vec<Vec<String>> {
    leaves.names.iter().map(|(name, count)| vec![name.clone(), count.to_string()]).collect()
}

/// What was compared, with the digests of all that decides.
fn facts(
    comparison: &Comparison,
    [old, new]: [&Playing; 2],
    arguments: &Compare,
) -> Result<Vec<Fact>, Wrong> {
    let mut facts = Vec::new();
    let mut add = |name: &str, text: String| facts.push(Fact { name: name.to_owned(), text });
    if arguments.input != Path::new("-") {
        let bytes = crate::files::read_file(&arguments.input, "spans")?;
        let full = full_path(&arguments.input).display().to_string();
        add("recording", format!("{}, sha256 {}", short_path(&full), digest(&bytes)));
    }
    for (side, chain) in [("old", old), ("new", new)] {
        for module in &chain.modules {
            add(&format!("{side} plugin"), module.clone());
        }
        for (name, text) in &chain.documents {
            let digest = digest(text.as_bytes());
            add(&format!("{side} rules"), format!("{}, sha256 {digest}", short_path(name)));
        }
    }
    let per_day = |count: u64| match arguments.rate {
        Some(rate) => {
            let a_day = rate * 86_400.0 * count as f64 / comparison.spans_in.max(1) as f64;
            format!(", {a_day:.0} a day")
        }
        None => String::new(),
    };
    if let Some(rate) = arguments.rate {
        add("rate", format!("{rate} spans a second"));
    }
    add("spans in", comparison.spans_in.to_string());
    for (side, chain) in [("old", old), ("new", new)] {
        let (spans, bytes) = (chain.spans_out, chain.bytes_out);
        add(&format!("{side} spans out"), format!("{spans}{}", per_day(spans)));
        add(&format!("{side} bytes out"), format!("{bytes}{}", per_day(bytes)));
    }
    Ok(facts)
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
