//! [`Details`]: what stands in a resource, scope or span after each plugin, what changed there, and why.

use diff::{Answer, Change, Looked, Place, Step, Traveller, What, answers, contents};
use notes::{Rule, Told};
use otlp_json::{Error, Value, decode};
use serde::Serialize;
use spans::Spot;

use crate::rows::deed;
use crate::showing::Showing;

#[derive(Serialize)]
pub(crate) struct Details<'d> {
    /// Before each plugin that it came to, and at the end.
    stages: Vec<Stage<'d>>,
}

#[derive(Serialize)]
struct Stage<'d> {
    /// The plugin's place in the chain; of the end the number of plugins or more.
    place: usize,
    /// What stands there.
    values: Vec<Standing>,
    /// Whether the plugin runs in the shadow: all that follows would be.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    shadow: bool,
    /// Whether it does not go on.
    gone: bool,
    changes: Vec<Changed<'d>>,
    /// Why it was kept or dropped, and what else was told of it.
    reasons: Vec<Reason<'d>>,
}

#[derive(Serialize)]
struct Standing {
    /// As `lapidary run --why` takes it.
    place: String,
    shown: String,
    value: String,
}

#[derive(Serialize)]
struct Changed<'d> {
    place: String,
    shown: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is: Option<String>,
    /// Whether it is the key that differs.
    key: bool,
    reasons: Vec<Reason<'d>>,
}

/// A deed and the rule that did it.
#[derive(Serialize)]
struct Reason<'d> {
    deed: &'static str,
    rule: &'d Rule,
    /// The attribute or field that it is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

pub(crate) fn of<'d>(
    steps: &[Step<'d>],
    traveller: &Traveller,
    showing: &Showing,
) -> Result<Details<'d>, Error> {
    let mut stages = Vec::new();
    for (number, at) in &traveller.numbers {
        let step = &steps[*number];
        let unit = traveller.unit_at(*number);
        let changes = unit.map_or(&[][..], |unit| &unit.changes);
        let told = unit.map_or(&[][..], |unit| &unit.told);
        stages.push(Stage {
            place: step.place,
            values: standing(step.came, traveller, *at, showing)?,
            shadow: step.is_shadow,
            gone: unit.is_some_and(|unit| unit.is_gone),
            changes: changes.iter().map(|it| changed(it, step, showing)).collect(),
            reasons: told.iter().map(|number| reason(&step.told[*number], step, showing)).collect(),
        });
    }
    Ok(Details { stages })
}

fn standing(
    batch: &[u8],
    traveller: &Traveller,
    number: u32,
    showing: &Showing,
) -> Result<Vec<Standing>, Error> {
    let is_it = |it: &diff::Content| it.of.on == traveller.head.on && it.of.number == number;
    let all = contents(&decode(batch)?).into_iter().find(is_it);
    let is_leaf = |value: &Value| !matches!(value, Value::KvlistValue(it) if !it.values.is_empty());
    let places = all.map_or_else(Vec::new, |it| it.places).into_iter();
    Ok(places
        .filter(|(_, value)| is_leaf(value))
        .map(|(place, value)| Standing {
            place: place.to_string(),
            shown: showing.place(&place),
            value: showing.value(Some(&value)),
        })
        .collect())
}

fn changed<'d>(change: &Change, step: &Step<'d>, showing: &Showing) -> Changed<'d> {
    let (was, is, key) = match &change.what {
        What::Value(was, is) => {
            let value = |it: &Option<_>| it.as_ref().map(|it| showing.any(it));
            (value(was), value(is), false)
        }
        What::Key(was, is) => (Some(showing.name(was)), Some(showing.name(is)), true),
    };
    Changed {
        place: change.place.to_string(),
        shown: showing.place(&change.place),
        was,
        is,
        key,
        reasons: change
            .told
            .iter()
            .map(|number| reason(&step.told[*number], step, showing))
            .collect(),
    }
}

fn reason<'d>(told: &'d Told, step: &Step<'_>, showing: &Showing) -> Reason<'d> {
    let field = told.field.map(str::to_owned);
    let key = match told.spot {
        Spot::Whole => None,
        _ => told.key.as_deref().map(|key| showing.name(key)).or(field),
    };
    Reason { deed: deed(step, told).word(), rule: &told.rule, key }
}

/// What a plugin did about a place, or why it did nothing.
#[derive(Serialize)]
pub(crate) struct Why {
    place: usize,
    answers: Vec<Answered>,
}

#[derive(Serialize)]
struct Answered {
    /// A deed, or `no rule acted`, `not read`, `dropped the span`, `would drop the span`,
    /// `unprocessed`.
    word: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Rule>,
}

pub(crate) fn why(
    steps: &[Step<'_>],
    views: &[&[u8]],
    traveller: &Traveller,
    asked: &str,
) -> Result<Vec<Why>, Error> {
    let mut all = Vec::new();
    // The last step is the end, where nobody looks.
    for (number, at) in traveller.numbers.iter().filter(|(number, _)| *number < views.len()) {
        let looked = Looked::of(&steps[*number], views[*number])?;
        let is_asked = |(place, _): &&(Place, Value)| place.to_string() == asked;
        let Some((place, _)) = looked.came(traveller, *at).iter().find(is_asked) else { continue };
        let found = answers((*number, &looked), (traveller, *at), place);
        let answers = found.iter().map(answered).collect();
        all.push(Why { place: steps[*number].place, answers });
    }
    Ok(all)
}

fn answered(answer: &Answer<'_>) -> Answered {
    let (word, rule) = match answer {
        Answer::Did(deed, rule) => (deed.word(), Some(*rule)),
        Answer::NoRuleActed => ("no rule acted", None),
        Answer::NotRead => ("not read", None),
        Answer::Dropped(rule) => ("dropped the span", Some(*rule)),
        Answer::WouldDrop(rule) => ("would drop the span", Some(*rule)),
        Answer::Unprocessed => ("unprocessed", None),
    };
    Answered { word, rule: rule.cloned() }
}
