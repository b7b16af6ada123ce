//! [`Report`]: what two chains do differently, as a document.

use std::time::SystemTime;

use diff::{Became, By, Fate, Outcome, Spans};
use serde::Serialize;

use crate::accepted::Accepted;
use crate::facts::Fact;
use crate::findings::{Decided, Findings, Unprotected, Values};
use crate::leaves::{Doubt, Leaf, Name};

/// What is told, in the order in which it should be read. Holds no value of a span.
#[derive(Debug, Serialize)]
pub struct Report {
    /// What was compared.
    pub facts: Vec<Fact>,
    /// What was found.
    pub sections: Vec<Section>,
    /// Whether more leaves, or something is no longer protected, that nobody accepted.
    pub is_loosened: bool,
    /// Whether failed, slow or gapped spans are newly lost.
    pub is_lost: bool,
}

/// A table.
#[derive(Debug, Serialize)]
pub struct Section {
    /// What stands above it.
    pub title: &'static str,
    /// What it is about.
    pub about: String,
    /// What is said where it has no row.
    pub otherwise: String,
    /// The heads of its columns.
    pub columns: &'static [&'static str],
    /// A cell for each column.
    pub rows: Vec<Vec<String>>,
}

impl Report {
    pub(crate) fn new(
        findings: &Findings<'_>,
        facts: Vec<Fact>,
        accepted: &Accepted,
        now: SystemTime,
    ) -> Self {
        let loosened = Loosened::of(findings, accepted, now);
        let values = |all: &[Values<'_>]| all.iter().map(row).collect();
        let decisions = |all: &[Decided<'_>]| all.iter().map(decision).collect();
        let same = format!("both change {} values to the same", findings.alike);
        let alike_about = format!("{same}; of these no more and no less leaves");
        let is_loosened = loosened.is_any;
        let sections = vec![
            section("Loosened", "more of these leaves than before", LOOSENED, loosened.rows),
            section(
                "Newly lost",
                "the old rules keep these spans, the new ones do not",
                SPANS,
                decisions(&findings.lost),
            ),
            section(
                "Newly kept",
                "the new rules keep these spans, the old ones do not",
                SPANS,
                decisions(&findings.kept),
            ),
            section(
                "Tightened",
                "less of these leaves than before",
                VALUES,
                values(&findings.tightened),
            ),
            Section {
                otherwise: same,
                ..section("Unchanged", &alike_about, VALUES, values(&findings.otherwise))
            },
            section(
                "What leaves",
                "by the new rules, what to look at first",
                LEAVES,
                findings.leaves.iter().map(leaf).collect(),
            ),
            section(
                "Span names that leave",
                "words that rules and OpenTelemetry's conventions have stand as they are",
                NAMES,
                findings.names.iter().map(name).collect(),
            ),
        ];
        Report { facts, sections, is_loosened, is_lost: findings.is_lost() }
    }
}

/// What is loosened, and whether any of it is not accepted.
struct Loosened<'a> {
    accepted: &'a Accepted,
    now: SystemTime,
    rows: Vec<Vec<String>>,
    is_any: bool,
}

impl<'a> Loosened<'a> {
    fn of(findings: &Findings<'_>, accepted: &'a Accepted, now: SystemTime) -> Self {
        let mut all = Loosened { accepted, now, rows: Vec::new(), is_any: false };
        for Unprotected { plugin, text } in &findings.unprotected {
            let place = format!("{text} ({plugin})");
            let row = ["", &place, "protected", "no longer protected"].map(str::to_owned);
            all.add(row.to_vec(), &[plugin], text);
        }
        for values in &findings.loosened {
            let rules: Vec<_> = values.old.by.iter().map(|by| by.path.as_str()).collect();
            all.add(row(values), &rules, values.place_as_came);
        }
        all
    }

    fn add(&mut self, mut row: Vec<String>, rules: &[&str], place: &str) {
        let accepted = self.accepted.of(rules, place, self.now);
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

fn row(values: &Values<'_>) -> Vec<String> {
    let Values { values, on, place, old, new, .. } = values;
    let place = if *on == "span" { (*place).to_owned() } else { format!("{place} of the {on}") };
    vec![values.to_string(), place, outcome(old), outcome(new)]
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

fn decision(Decided { spans, old, new }: &Decided<'_>) -> Vec<String> {
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
        false => format!(" ← {} ({})", by.rule(), by.plugin),
    };
    by.iter().map(one).collect()
}

fn leaf(leaf: &Leaf<'_>) -> Vec<String> {
    let mut rules: Vec<String> = leaf.rules.iter().map(ToString::to_string).collect();
    rules.dedup();
    let rules = match leaf.doubt {
        Doubt::Unread => "no rule looked at it".to_owned(),
        Doubt::Read | Doubt::NoText => rules.join("; "),
    };
    let forms: Vec<&str> = leaf.forms.iter().map(String::as_str).collect();
    let (values, distinct) = (leaf.values.to_string(), leaf.distinct.to_string());
    vec![leaf.place.to_owned(), values, distinct, forms.join("; "), rules]
}

fn name(Name { name, spans }: &Name<'_>) -> Vec<String> {
    vec![(*name).to_owned(), spans.to_string()]
}
