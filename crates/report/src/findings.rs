//! [`Findings`]: what was found, for whoever makes tables of their own.

use diff::{Comparison, Difference, Direction, Fate, Outcome, Spans};
use serde::Serialize;

use crate::chain::Chain;
use crate::leaves::{Leaf, Leaves, Name};

/// What two chains do differently. Names and keys stand as they may be shown, and no value is there.
///
/// As JSON:
///
/// ```json
/// {"unprotected":[{"plugin":"redact-pii","text":"detector phone"}],
///  "loosened":[{"values":1,"on":"span","place":"customer.name",
///    "old":{"became":"changed","by":[{"plugin":"redact-pii","path":"attributes.\"customer.*\"",
///      "document":"base.yaml","line":15}]},
///    "new":{"became":"left","by":[]}}],
///  "tightened":[],"otherwise":[],"alike":5,
///  "lost":[{"spans":{"all":1,"failed":1,"slow":0,"gapped":0},
///    "old":{"kept":true,"by":[]},"new":{"kept":false,"by":[]}}],
///  "kept":[],"spans_in":3,
///  "leaves":[],"names":[{"name":"mes.shipped","spans":1}]}
/// ```
#[derive(Debug, Serialize)]
pub struct Findings<'c> {
    /// What the old chain protects, and the new one does not.
    pub unprotected: Vec<Unprotected<'c>>,
    /// Values of which more leaves than before.
    pub loosened: Vec<Values<'c>>,
    /// Values of which less leaves than before.
    pub tightened: Vec<Values<'c>>,
    /// Values of which as much leaves, in another form.
    pub otherwise: Vec<Values<'c>>,
    /// How many values both chains change to the same.
    pub alike: u64,
    /// Spans that only the old chain keeps.
    pub lost: Vec<Decided<'c>>,
    /// Spans that only the new chain keeps.
    pub kept: Vec<Decided<'c>>,
    /// How many spans came.
    pub spans_in: u64,
    /// What leaves by the new chain, what to look at first.
    pub leaves: Vec<Leaf<'c>>,
    /// Names of spans that leave by the new chain.
    pub names: Vec<Name<'c>>,
}

/// Something that is no longer protected.
#[derive(Debug, Serialize)]
pub struct Unprotected<'c> {
    /// The plugin of the old chain.
    pub plugin: &'c str,
    /// In its words.
    pub text: String,
}

/// Values of one place that the two chains treat differently.
#[derive(Debug, Serialize)]
pub struct Values<'c> {
    /// How many.
    pub values: u64,
    /// On what: `span`, `resource`, `scope`.
    pub on: &'static str,
    /// Where, as it may be shown.
    pub place: &'c str,
    /// What the old chain makes of them.
    pub old: &'c Outcome,
    /// What the new chain makes of them.
    pub new: &'c Outcome,
    /// Where, as it came.
    #[serde(skip)]
    pub(crate) place_as_came: &'c str,
}

/// Spans that the two chains decide differently.
#[derive(Debug, Serialize)]
pub struct Decided<'c> {
    /// How many.
    pub spans: &'c Spans,
    /// What the old chain decides.
    pub old: &'c Fate,
    /// What the new chain decides.
    pub new: &'c Fate,
}

impl<'c> Findings<'c> {
    pub(crate) fn new(
        comparison: &'c Comparison,
        leaves: &'c Leaves,
        [old, new]: [&'c Chain; 2],
    ) -> Self {
        let values = |direction: Direction| {
            let all = comparison.values.iter().filter(move |(it, _)| it.direction == direction);
            all.map(|(difference, count)| Values::new(difference, *count)).collect()
        };
        let decided = |was_kept: bool| {
            let all = comparison.spans.iter().filter(move |(it, _)| it.old.is_kept == was_kept);
            all.map(|(it, spans)| Decided { spans, old: &it.old, new: &it.new }).collect()
        };
        let unprotected = old.unprotected(new).into_iter();
        Findings {
            unprotected: unprotected.map(|(plugin, text)| Unprotected { plugin, text }).collect(),
            loosened: values(Direction::Loosened),
            tightened: values(Direction::Tightened),
            otherwise: values(Direction::Alike),
            alike: comparison.values_alike,
            lost: decided(true),
            kept: decided(false),
            spans_in: comparison.spans_in,
            leaves: leaves.sorted(),
            names: leaves.names(),
        }
    }

    /// Whether failed, slow or gapped spans are newly lost.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.lost.iter().any(|lost| lost.spans.are_of_interest())
    }
}

impl<'c> Values<'c> {
    fn new(difference: &'c Difference, values: u64) -> Self {
        let Difference { on, shown, place, old, new, .. } = difference;
        Values { values, on, place: shown, old, new, place_as_came: place }
    }
}
