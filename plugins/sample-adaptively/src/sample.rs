//! [`sample()`]: which spans of a batch are kept, and what their `tracestate`
//! says about it.

use spans::{
    Attributes, Deed, Edits, Keep, Malformed, Notes, Noting, Span, Spot, Subject, TextField, Value,
};

use crate::settings::{AllOf, Rule, Rules};
use crate::threshold::{Randomness, Threshold};
use crate::trace_state::TraceState;

/// A batch after sampling.
#[derive(Debug)]
pub struct Sampled<'r> {
    /// Which spans go, and what the others' `tracestate` becomes.
    pub edits: Edits,
    /// How many spans each rule decided about: those that drop, then the most
    /// generous, then by name; then `otherwise`, then `in_doubt`.
    pub tallies: Vec<Tally<'r>>,
    /// The same of each rule that only reports: what it would have decided, in the order of the rules.
    pub reported: Vec<Reported<'r>>,
}

/// How many spans a rule that only reports would have decided about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported<'r> {
    /// Name of the rule.
    pub rule: &'r str,
    /// By whether it would keep them (0) or drop them (1), then by whether they were kept or dropped.
    pub spans: [[u64; 2]; 2],
}

impl<'r> Sampled<'r> {
    /// What to add to which counter, with the rule as its label; no zeros.
    pub fn counters(&self) -> impl Iterator<Item = (&'static str, &'r str, u64)> {
        let both = |tally: &Tally<'r>| {
            [("spans_kept", tally.rule, tally.kept), ("spans_dropped", tally.rule, tally.dropped)]
        };
        self.tallies.iter().flat_map(both).filter(|(_, _, spans)| *spans > 0)
    }

    /// Of each rule that only reports: its name, what it would do, what was done, and how often; no
    /// zeros.
    pub fn reports(&self) -> impl Iterator<Item = (&'r str, &'static str, &'static str, u64)> {
        const WORDS: [(&str, &str); 4] =
            [("keep", "kept"), ("keep", "dropped"), ("drop", "kept"), ("drop", "dropped")];
        let of_rule = |Reported { rule, spans }: &Reported<'r>| {
            let (rule, counts) = (*rule, spans.as_flattened().to_vec());
            let counts = WORDS.into_iter().zip(counts);
            counts.map(move |((would, was), spans)| (rule, would, was, spans))
        };
        self.reported.iter().flat_map(of_rule).filter(|(_, _, _, spans)| *spans > 0)
    }
}

/// How many spans one rule decided about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally<'r> {
    /// Name of the rule.
    pub rule: &'r str,
    /// Spans that were kept.
    pub kept: u64,
    /// Spans that were dropped.
    pub dropped: u64,
}

/// Returns which spans of a batch the rules keep, by its view, and notes why.
///
/// # Errors
///
/// Where the view cannot be decoded.
pub fn sample<'r>(
    rules: &'r Rules,
    view: &[u8],
    notes: &mut Notes,
) -> Result<Sampled<'r>, Malformed> {
    let names = rules.rules.iter().map(|rule| rule.name.as_str()).chain(["otherwise", "in_doubt"]);
    let mut tallies: Vec<Tally<'r>> =
        names.map(|rule| Tally { rule, kept: 0, dropped: 0 }).collect();
    let mut reported: Vec<Reported<'r>> = rules
        .reporting
        .iter()
        .map(|index| Reported { rule: &rules.rules[*index].name, spans: [[0; 2]; 2] })
        .collect();
    let mut attributes = Looked::at(&rules.span_keys);
    let mut resource = Looked::at(&rules.resource_keys);
    let mut written = Written::default();
    let mut resource_index = None;
    let mut number = 0;
    let edits = spans::rewrite(view, &rules.writes, |origin, span, edit| {
        if resource_index != Some(origin.resource_index) {
            resource_index = Some(origin.resource_index);
            resource.read(origin.resource.attributes())?;
        }
        attributes.read(span.attributes())?;
        let choice = choose(rules, None, span, &attributes, &resource);
        let (index, threshold) = choice.row_and_threshold(rules);
        let state = TraceState::read(span.trace_state);
        let decision = decide(threshold, span.trace_id, &state);
        for (reporting, reported) in rules.reporting.iter().zip(&mut reported) {
            let choice = choose(rules, Some(*reporting), span, &attributes, &resource);
            if !choice.is_of(*reporting) {
                continue;
            }
            let (_, threshold) = choice.row_and_threshold(rules);
            let would = decide(threshold, span.trace_id, &state);
            reported.spans[usize::from(would.drops())][usize::from(decision.drops())] += 1;
            let deed = if would.drops() { Deed::WouldDrop } else { Deed::WouldKeep };
            notes.add(Subject::span(number), Spot::Whole, deed, *reporting as u32);
        }
        let text = match decision {
            Decision::Keep { threshold, .. } => written.of(&state, threshold),
            Decision::Drop => None,
        };
        if notes.level() != Noting::Off {
            let told = Told { number, choice, decision, is_written: text.is_some() };
            told.note(rules, notes);
            if notes.level() == Noting::Looked {
                let fits = |rule: &Rule| fits(rule, span, &attributes, &resource);
                told.note_others(rules, fits, notes);
            }
        }
        number += 1;
        let tally = &mut tallies[index];
        if decision.drops() {
            tally.dropped += 1;
            return Ok(Keep::No);
        }
        tally.kept += 1;
        if let Some(text) = text {
            edit.set_trace_state(text)?;
        }
        Ok(Keep::Yes)
    })?;
    Ok(Sampled { edits, tallies, reported })
}

#[derive(Clone, Copy)]
enum Choice {
    Rule(usize),
    Otherwise,
    /// With the rule that may match.
    InDoubt(usize),
}

impl Choice {
    /// Its row in the tallies, and what it says.
    fn row_and_threshold(self, rules: &Rules) -> (usize, Option<Threshold>) {
        match self {
            Choice::Rule(index) => (index, rules.rules[index].verdict.threshold()),
            Choice::Otherwise => (rules.rules.len(), rules.otherwise),
            Choice::InDoubt(_) => (rules.rules.len() + 1, Some(Threshold::KEEP_ALL)),
        }
    }

    /// Whether it is this rule that decides, or leaves in doubt.
    fn is_of(self, rule: usize) -> bool {
        matches!(self, Choice::Rule(index) | Choice::InDoubt(index) if index == rule)
    }
}

/// What became of a span, to be noted.
struct Told {
    /// Of the span in the view.
    number: u32,
    choice: Choice,
    decision: Decision,
    /// Its `tracestate` is another now.
    is_written: bool,
}

impl Told {
    /// Row of the rule that decided in the table of rules.
    fn row(&self, rules: &Rules) -> usize {
        match self.choice {
            Choice::Rule(index) | Choice::InDoubt(index) => index,
            Choice::Otherwise => rules.rules.len(),
        }
    }

    fn note(&self, rules: &Rules, notes: &mut Notes) {
        let (of, row) = (Subject::span(self.number), self.row(rules) as u32);
        let deed = match (self.choice, self.decision) {
            (_, Decision::Drop) => Deed::Dropped,
            (Choice::InDoubt(_), _) | (_, Decision::Keep { in_doubt: true, .. }) => {
                Deed::LeftInDoubt
            }
            _ => Deed::Kept,
        };
        notes.add(of, Spot::Whole, deed, row);
        if self.is_written {
            notes.add(of, Spot::Field(TextField::TraceState), Deed::Replaced, row);
        }
    }

    /// Notes the rules that fit the span and did not decide.
    fn note_others(&self, rules: &Rules, fits: impl Fn(&Rule) -> bool, notes: &mut Notes) {
        let row = self.row(rules);
        for (other, rule) in rules.rules.iter().enumerate() {
            // Of one that only reports it is told what it would do.
            if other != row && !rule.report_only && fits(rule) {
                notes.add(Subject::span(self.number), Spot::Whole, Deed::WouldHave, other as u32);
            }
        }
    }
}

/// The first rule that matches, in the order of what they say; of those that only report `with` alone,
/// as if it decided. A span that ended before it started
/// may be a long one: it is in doubt where a rule that goes before all that match may match.
fn choose(
    rules: &Rules,
    with: Option<usize>,
    span: &Span<'_>,
    attributes: &Looked<'_, '_>,
    resource: &Looked<'_, '_>,
) -> Choice {
    let mut in_doubt = None;
    let decides = |(index, rule): &(usize, &Rule)| !rule.report_only || with == Some(*index);
    for (index, Rule { any_of, verdict, .. }) in rules.rules.iter().enumerate().filter(decides) {
        // Of two rules that say the same it matters not which one matches.
        if let Some((doubtful, other)) = in_doubt
            && other != *verdict
        {
            return Choice::InDoubt(doubtful);
        }
        match any_of.iter().map(|it| holds(it, span, attributes, resource)).max() {
            Some(Holds::Yes) => return Choice::Rule(index),
            Some(Holds::InDoubt) => in_doubt = in_doubt.or(Some((index, *verdict))),
            Some(Holds::No) | None => {}
        }
    }
    in_doubt.map_or(Choice::Otherwise, |(doubtful, _)| Choice::InDoubt(doubtful))
}

/// Whether a rule surely matches.
fn fits(
    rule: &Rule,
    span: &Span<'_>,
    attributes: &Looked<'_, '_>,
    resource: &Looked<'_, '_>,
) -> bool {
    rule.any_of.iter().any(|it| holds(it, span, attributes, resource) == Holds::Yes)
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Holds {
    No,
    InDoubt,
    Yes,
}

#[inline]
fn holds(
    all_of: &AllOf,
    span: &Span<'_>,
    attributes: &Looked<'_, '_>,
    resource: &Looked<'_, '_>,
) -> Holds {
    let others_hold = all_of.status_code.is_none_or(|code| code == span.status_code)
        && all_of.kind.is_none_or(|kind| kind == span.kind)
        && all_of.name.as_ref().is_none_or(|patterns| patterns.match_text(span.name))
        && all_of.attributes.iter().all(|(index, patterns)| {
            attributes.get(*index).is_some_and(|value| patterns.match_value(value))
        })
        && all_of.resource.iter().all(|(index, patterns)| {
            resource.get(*index).is_some_and(|value| patterns.match_value(value))
        });
    match (others_hold, all_of.longer_than_nanos, span.duration_nanos()) {
        (false, _, _) => Holds::No,
        (true, None, _) => Holds::Yes,
        (true, Some(_), None) => Holds::InDoubt,
        (true, Some(limit), Some(duration)) if duration > limit => Holds::Yes,
        (true, Some(_), Some(_)) => Holds::No,
    }
}

#[derive(Clone, Copy)]
enum Decision {
    Drop,
    Keep {
        /// Its `th`, if it has one.
        threshold: Option<Threshold>,
        /// Nothing tells whether it should be.
        in_doubt: bool,
    },
}

impl Decision {
    fn drops(self) -> bool {
        matches!(self, Decision::Drop)
    }
}

/// Keeps a span if its randomness is not below the threshold: ours, or the one
/// it came with if that is higher. No threshold of ours keeps nothing.
fn decide(ours: Option<Threshold>, trace_id: &[u8], state: &TraceState<'_>) -> Decision {
    let Some(ours) = ours else { return Decision::Drop };
    let Some(randomness) = state.randomness.or_else(|| Randomness::of_trace_id(trace_id)) else {
        // No trace to be consistent with: such spans are all kept, and each
        // stands for itself.
        let threshold = state.threshold.or(Some(Threshold::KEEP_ALL));
        return Decision::Keep { threshold, in_doubt: ours != Threshold::KEEP_ALL };
    };
    let threshold = state.threshold.map_or(ours, |theirs| theirs.max(ours));
    if threshold.keeps(randomness) {
        Decision::Keep { threshold: Some(threshold), in_doubt: false }
    } else if ours == Threshold::KEEP_ALL {
        // It came with a threshold that would have dropped it, so how many
        // spans it stands for is unknown. The specification has such a
        // threshold erased.
        Decision::Keep { threshold: None, in_doubt: false }
    } else {
        Decision::Drop
    }
}

/// The `tracestate` that was written last: as good as every span comes without one, and most then
/// get the same.
#[derive(Default)]
struct Written {
    /// The threshold in `text`, where that was written to a span without a `tracestate`.
    threshold: Option<Threshold>,
    text: Option<String>,
}

impl Written {
    /// What [`TraceState::with_threshold`] gives.
    fn of(&mut self, state: &TraceState<'_>, threshold: Option<Threshold>) -> Option<&str> {
        let is_same = state.is_empty() && threshold.is_some() && threshold == self.threshold;
        if !is_same {
            self.text = state.with_threshold(threshold);
            self.threshold = threshold.filter(|_| state.is_empty());
        }
        self.text.as_deref()
    }
}

/// The values of those attributes that rules look at.
struct Looked<'k, 'a> {
    keys: &'k [String],
    values: Vec<Option<Value<'a>>>,
}

impl<'k, 'a> Looked<'k, 'a> {
    fn at(keys: &'k [String]) -> Self {
        Self { keys, values: vec![None; keys.len()] }
    }

    /// One walk for all keys. Of a key that stands twice the last counts.
    fn read(&mut self, attributes: Attributes<'a>) -> Result<(), Malformed> {
        self.values.fill(None);
        if self.keys.is_empty() {
            return Ok(());
        }
        let index = |key: &[u8]| self.keys.iter().position(|it| it.as_bytes() == key);
        for found in attributes.looked_up(index) {
            let (index, attribute) = found?;
            self.values[index] = Some(attribute.value);
        }
        Ok(())
    }

    fn get(&self, index: usize) -> Option<&Value<'a>> {
        self.values[index].as_ref()
    }
}
