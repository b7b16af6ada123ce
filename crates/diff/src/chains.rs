//! [`Comparison`]: two chains on the same spans.

use std::collections::BTreeMap;

use notes::{Rule, Told};
use otlp_json::{AnyValue, Error, Value};
use serde::Serialize;
use spans::{Deed, On, Spot};

use crate::compare::What;
use crate::follow::{Decoded, Step, Traveller, follow_with};
use crate::place::{Place, Segment, carrier_word, contents};

/// A rule of a plugin.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct By {
    /// The plugin's name.
    pub plugin: String,
    /// Where the rule is written; empty where the plugin gave no reason.
    pub path: String,
    /// The document.
    pub document: String,
    /// Counted from 1; 0 where no line leads to it.
    pub line: u32,
}

impl By {
    /// A rule as notes have it, of a plugin.
    #[must_use]
    pub fn of(rule: &Rule, plugin: &str) -> Self {
        let Rule { path, document, line } = rule.clone();
        By { plugin: plugin.to_owned(), path, document, line }
    }

    /// The rule as notes have it.
    #[must_use]
    pub fn rule(&self) -> Rule {
        Rule { path: self.path.clone(), document: self.document.clone(), line: self.line }
    }
}

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Became {
    /// It goes on as it came.
    Left,
    /// Something else goes on.
    Changed,
    /// Nothing goes on.
    Removed,
    /// It was added.
    Added,
    /// It was not there, and is not.
    Absent,
}

/// What became of values at a place in one chain, and by which rules.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Outcome {
    /// What became of them.
    pub became: Became,
    /// Why; nothing where nothing was done.
    pub by: Vec<By>,
}

/// Whether more leaves with the new chain than with the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// More of what came goes out.
    Loosened,
    /// Less of it does.
    Tightened,
    /// As much of it, in another form.
    Alike,
}

/// Values of one key that the two chains treat differently.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Whether more leaves.
    pub direction: Direction,
    /// On what: `span`, `resource`, `scope`.
    pub on: &'static str,
    /// The place, where every number in it is `[]`.
    pub place: String,
    /// The same, to be shown: see [`Place::path_with`].
    pub shown: String,
    /// What the old chain makes of them.
    pub old: Outcome,
    /// What the new chain makes of them.
    pub new: Outcome,
}

/// Why a span goes on, or does not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fate {
    /// Whether it goes on.
    #[serde(rename = "kept")]
    pub is_kept: bool,
    /// By which rules; nothing where none says so.
    pub by: Vec<By>,
}

/// Spans that the two chains decide differently, by the rules that decide.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decision {
    /// What the old chain decides.
    pub old: Fate,
    /// What the new one does.
    pub new: Fate,
}

/// How many spans, and how many of them are of interest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spans {
    /// All of them.
    pub all: u64,
    /// Those whose status is an error.
    pub failed: u64,
    /// Those that took longer than what counts as slow.
    pub slow: u64,
    /// Those with `gap_detected`.
    pub gapped: u64,
}

impl Spans {
    /// Whether any is failed, slow or gapped.
    #[must_use]
    pub fn are_of_interest(&self) -> bool {
        self.failed + self.slow + self.gapped > 0
    }
}

/// What is different between two chains, over all spans that they were sent.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// Values that are treated differently, with how many there were.
    pub values: BTreeMap<Difference, u64>,
    /// Values that both chains change, to the same.
    pub values_alike: u64,
    /// Spans that are decided differently.
    pub spans: BTreeMap<Decision, Spans>,
    /// Spans that came.
    pub spans_in: u64,
}

/// One of the two chains, on one batch.
#[derive(Clone, Copy, Debug)]
pub struct Side<'s> {
    /// What its plugins made of the batch.
    pub way: &'s [Step<'s>],
    /// Their names, in order.
    pub plugins: &'s [String],
}

/// How names are shown where values must not be.
pub type Show<'s> = &'s dyn Fn(&str) -> String;

impl Comparison {
    /// Takes in one batch. A span that takes longer than `slow`, in nanoseconds, counts as slow.
    ///
    /// # Errors
    /// A batch is no OTLP, or holds texts that are not UTF-8.
    pub fn take(
        &mut self,
        old: Side<'_>,
        new: Side<'_>,
        slow: u64,
        show: Show<'_>,
    ) -> Result<(), Error> {
        let Some(first) = old.way.first() else { return Ok(()) };
        let mut decoded = Decoded::default();
        let came = decoded.of(first.came)?;
        let came = contents(&came);
        let olds = follow_with(&mut decoded, old.way)?;
        let news = follow_with(&mut decoded, new.way)?;
        let is_sent = |traveller: &&Traveller| traveller.made_by.is_none();
        let pairs = olds.iter().filter(is_sent).zip(news.iter().filter(is_sent));
        for (content, (before, after)) in came.iter().zip(pairs) {
            let before = One { side: old, traveller: before };
            let after = One { side: new, traveller: after };
            if before.traveller.head.on == On::Span {
                self.spans_in += 1;
                self.decide(&before, &after, &content.places, slow);
            }
            let is_kept = |one: &One<'_>| one.traveller.gone_at().is_none();
            if is_kept(&before) && is_kept(&after) {
                self.values(&before, &after, &content.places, show);
            }
        }
        Ok(())
    }

    fn decide(&mut self, old: &One<'_>, new: &One<'_>, places: &[(Place, Value)], slow: u64) {
        let decision = Decision { old: old.fate(), new: new.fate() };
        if decision.old.is_kept == decision.new.is_kept {
            return;
        }
        let head = &old.traveller.head;
        let is_gap = |(place, value): &(Place, Value)| {
            *value == Value::BoolValue(true) && place.path() == GAP
        };
        let is_gapped = places.iter().any(is_gap) || old.says_gap() || new.says_gap();
        let spans = self.spans.entry(decision).or_default();
        spans.all += 1;
        spans.failed += u64::from(head.failed);
        spans.slow += u64::from(head.duration.is_some_and(|duration| duration > slow));
        spans.gapped += u64::from(is_gapped);
    }

    fn values(&mut self, old: &One<'_>, new: &One<'_>, places: &[(Place, Value)], show: Show<'_>) {
        let is_leaf =
            |value: &Value| !matches!(value, Value::ArrayValue(_) | Value::KvlistValue(_));
        for (place, value) in places.iter().filter(|(_, value)| is_leaf(value)) {
            let (before, after) = (old.end(place, value), new.end(place, value));
            self.pair(old, place, Some(value), (before, after), show);
        }
        let added: BTreeMap<String, Place> =
            old.added().chain(new.added()).map(|place| (place.to_string(), place)).collect();
        for place in added.values().filter(|place| !places.iter().any(|(it, _)| it == *place)) {
            self.pair(old, place, None, (old.end_of_added(place), new.end_of_added(place)), show);
        }
    }

    fn pair(
        &mut self,
        one: &One<'_>,
        place: &Place,
        came: Option<&Value>,
        (old, new): (End, End),
        show: Show<'_>,
    ) {
        if old.value == new.value {
            self.values_alike += u64::from(old.outcome.became != Became::Left);
            return;
        }
        let direction = match came {
            None => Direction::Alike,
            Some(came) => {
                match shown_of(came, old.value.as_ref()).cmp(&shown_of(came, new.value.as_ref())) {
                    std::cmp::Ordering::Less => Direction::Loosened,
                    std::cmp::Ordering::Greater => Direction::Tightened,
                    std::cmp::Ordering::Equal => Direction::Alike,
                }
            }
        };
        let difference = Difference {
            direction,
            on: carrier_word(one.traveller.head.on),
            place: place.pattern(&str::to_owned),
            shown: place.pattern(show),
            old: old.outcome,
            new: new.outcome,
        };
        *self.values.entry(difference).or_default() += 1;
    }
}

const GAP: &str = "gap_detected";

/// What of a value can still be read: of a text the characters of its words that stand in the other.
fn shown_of(came: &Value, went: Option<&Value>) -> usize {
    match (came, went) {
        (Value::StringValue(came), Some(Value::StringValue(went))) => {
            let words = came.split(|letter: char| !letter.is_alphanumeric());
            let seen = words.filter(|word| word.len() > 1 && went.contains(word));
            // One more where it is the same, so that a text of signs alone is not nothing.
            seen.map(str::len).sum::<usize>() + usize::from(came == went)
        }
        (came, Some(went)) => usize::from(came == went),
        (_, None) => 0,
    }
}

/// One resource, scope or span in one of the chains.
struct One<'o> {
    side: Side<'o>,
    traveller: &'o Traveller,
}

/// What a value ended as.
struct End {
    value: Option<Value>,
    outcome: Outcome,
}

impl One<'_> {
    /// Why the span goes on or not.
    fn fate(&self) -> Fate {
        let gone = self.traveller.gone_at();
        let deed = if gone.is_some() { Deed::Dropped } else { Deed::Kept };
        let mut by = Vec::new();
        for (step, unit) in &self.traveller.steps {
            let told = unit.told.iter().map(|number| &self.side.way[*step].told[*number]);
            let whole = told.filter(|told| told.deed == deed && told.spot == Spot::Whole);
            by.extend(whole.map(|told| self.by(*step, told)));
        }
        if let (Some(step), true) = (gone, by.is_empty()) {
            by.push(By { plugin: self.plugin(step), ..By::default() });
        }
        Fate { is_kept: gone.is_none(), by }
    }

    /// What a value ended as that came.
    fn end(&self, place: &Place, came: &Value) -> End {
        let mut value = Some(came.clone());
        let mut by = Vec::new();
        for (step, change) in self.changes() {
            match &change.what {
                What::Value(_, is) if change.place == *place => {
                    value = is.clone().and_then(|is| is.value);
                }
                // What is around it was replaced.
                What::Value(..) if place.is_in(&change.place) => value = None,
                What::Key(was, _) => {
                    let key = change.place.around().inside(Segment::Key(was.clone()));
                    if key != *place && !place.is_in(&key) {
                        continue;
                    }
                    value = None;
                }
                What::Value(..) => continue,
            }
            self.add_reasons(step, &change.told, &mut by);
        }
        let became = match &value {
            Some(value) if value == came => Became::Left,
            Some(_) => Became::Changed,
            None if by.is_empty() => Became::Removed,
            None => Became::Changed,
        };
        End { value, outcome: Outcome { became, by } }
    }

    fn end_of_added(&self, place: &Place) -> End {
        let mut end =
            End { value: None, outcome: Outcome { became: Became::Absent, by: Vec::new() } };
        for (step, change) in self.changes().filter(|(_, change)| change.place == *place) {
            if let What::Value(_, is) = &change.what {
                end.value = is.clone().and_then(|is| is.value);
                end.outcome.became = Became::Added;
                self.add_reasons(step, &change.told, &mut end.outcome.by);
            }
        }
        end
    }

    /// Places that hold something that did not come.
    fn added(&self) -> impl Iterator<Item = Place> {
        let is_new = |(_, change): &(usize, &crate::Change)| {
            matches!(&change.what, What::Value(None, Some(_)))
        };
        self.changes().filter(is_new).map(|(_, change)| change.place.clone())
    }

    fn says_gap(&self) -> bool {
        let yes = Some(AnyValue { value: Some(Value::BoolValue(true)) });
        self.changes().any(|(_, change)| {
            matches!(&change.what, What::Value(_, is) if *is == yes) && change.place.path() == GAP
        })
    }

    fn changes(&self) -> impl Iterator<Item = (usize, &crate::Change)> {
        let steps = self.traveller.steps.iter();
        steps.flat_map(|(step, unit)| unit.changes.iter().map(|change| (*step, change)))
    }

    fn add_reasons(&self, step: usize, told: &[usize], by: &mut Vec<By>) {
        let reasons = told.iter().map(|number| self.by(step, &self.side.way[step].told[*number]));
        let mut reasons: Vec<By> = reasons.collect();
        if reasons.is_empty() {
            reasons.push(By { plugin: self.plugin(step), ..By::default() });
        }
        for reason in reasons {
            if !by.contains(&reason) {
                by.push(reason);
            }
        }
    }

    fn by(&self, step: usize, told: &Told) -> By {
        By::of(&told.rule, &self.plugin(step))
    }

    fn plugin(&self, step: usize) -> String {
        self.side.plugins[self.side.way[step].place].clone()
    }
}
