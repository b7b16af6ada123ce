//! [`Rows`]: what became of each resource, scope and span, in short.

use std::collections::HashMap;

use diff::{Head, Step, Traveller, carrier_word};
use notes::{Rule, Told};
use report::without_numbers;
use serde::Serialize;
use spans::{Deed, On};

use crate::showing::Showing;

/// What became of a batch.
#[derive(Serialize)]
pub(crate) struct Rows<'r> {
    /// Rules that did something.
    rules: Vec<Acted<'r>>,
    rows: Vec<Row>,
    /// What was done to which places, in the order in which it was told first.
    findings: Vec<Finding>,
}

/// Something that a rule did, as often as it did so.
#[derive(Serialize)]
struct Finding {
    /// The rule by its number above.
    rule: usize,
    deed: &'static str,
    on: &'static str,
    /// The attribute and the way into it with `[]` for every number, or the field; empty: the whole.
    place: String,
    count: u32,
}

/// A rule, and how often it did something.
#[derive(Serialize)]
struct Acted<'r> {
    /// The plugin's place in the chain.
    place: usize,
    #[serde(flatten)]
    rule: &'r Rule,
    count: u32,
}

#[derive(Serialize)]
struct Row {
    on: &'static str,
    service: String,
    name: String,
    trace: String,
    span: String,
    parent: String,
    /// Nanoseconds, as text.
    start: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<String>,
    failed: bool,
    spans: usize,
    /// The plugin that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    made: Option<usize>,
    /// The plugin after which it did not go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    gone: Option<usize>,
    /// How many places in it differ.
    changes: usize,
    /// Rules that did something to it, by their number above.
    acted: Vec<usize>,
}

pub(crate) fn of<'r>(steps: &[Step<'r>], travellers: &[Traveller], showing: &Showing) -> Rows<'r> {
    let (rules, numbers) = rules(steps);
    let row = |traveller: &Traveller| row(steps, traveller, &numbers, showing);
    let rows = travellers.iter().map(row).collect();
    let findings = findings(steps, &rules, showing);
    Rows { rules, rows, findings }
}

fn findings(steps: &[Step<'_>], rules: &[Acted<'_>], showing: &Showing) -> Vec<Finding> {
    let known: HashMap<(usize, &Rule), usize> =
        rules.iter().enumerate().map(|(number, it)| ((it.place, it.rule), number)).collect();
    let (mut findings, mut at) = (Vec::<Finding>::new(), HashMap::new());
    for step in steps {
        for told in step.told {
            let Some(rule) = known.get(&(step.place, &told.rule)).copied() else { continue };
            let (deed, on) = (deed(step, told).word(), carrier_word(told.of.on));
            let place = without_numbers(told.key.as_deref().or(told.field).unwrap_or_default());
            let number = *at.entry((rule, deed, on, place.clone())).or_insert_with(|| {
                let place = showing.name(&place);
                findings.push(Finding { rule, deed, on, place, count: 0 });
                findings.len() - 1
            });
            findings[number].count += 1;
        }
    }
    findings
}

/// Numbers of the rules that did something, by what they did it to.
type Numbers = HashMap<(usize, u8, u32), Vec<usize>>;

fn rules<'r>(steps: &[Step<'r>]) -> (Vec<Acted<'r>>, Numbers) {
    let (mut rules, mut numbers): (Vec<Acted<'r>>, Numbers) = (Vec::new(), HashMap::new());
    let mut known: HashMap<(usize, &Rule), usize> = HashMap::new();
    for (number, step) in steps.iter().enumerate() {
        for told in step.told.iter().filter(|told| acts(told.deed)) {
            let rule = *known.entry((step.place, &told.rule)).or_insert_with(|| {
                rules.push(Acted { place: step.place, rule: &told.rule, count: 0 });
                rules.len() - 1
            });
            rules[rule].count += 1;
            let all = numbers.entry((number, told.of.on.whole() as u8, told.of.number));
            all.or_default().push(rule);
        }
    }
    (rules, numbers)
}

/// What a plugin did, or in the shadow would have done.
pub(crate) fn deed(step: &Step<'_>, told: &Told) -> Deed {
    if step.is_shadow { told.deed.reported() } else { told.deed }
}

/// Whether something was done, and not only looked at.
pub(crate) fn acts(deed: Deed) -> bool {
    !matches!(deed, Deed::LookedAndLeft | Deed::WouldHave | Deed::LeftInDoubt)
}

fn row(steps: &[Step<'_>], traveller: &Traveller, numbers: &Numbers, showing: &Showing) -> Row {
    let Head { on, service, name, trace_id, span_id, parent_span_id, .. } = &traveller.head;
    let key = |step: usize, number: u32| (step, *on as u8, number);
    let mut acted: Vec<usize> = traveller
        .numbers
        .iter()
        .flat_map(|(step, number)| numbers.get(&key(*step, *number)).into_iter().flatten())
        .copied()
        .collect();
    acted.sort_unstable();
    acted.dedup();
    Row {
        on: carrier_word(*on),
        service: showing.name(service),
        name: if *on == On::Resource { String::new() } else { showing.name(name) },
        trace: trace_id.clone(),
        span: span_id.clone(),
        parent: parent_span_id.clone(),
        start: traveller.head.start.to_string(),
        duration: traveller.head.duration.map(|nanos| nanos.to_string()),
        failed: traveller.head.failed,
        spans: traveller.head.spans,
        made: traveller.made_by,
        gone: traveller.gone_at().map(|step| steps[step].place),
        changes: traveller.steps.iter().map(|(_, unit)| unit.changes.len()).sum(),
        acted,
    }
}
