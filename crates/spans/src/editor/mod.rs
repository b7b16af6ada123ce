//! [`Editor`]: checks what a plugin answers to a view, and carries it out on the batch.

mod announced;
mod apply;
mod check;
mod decode;
mod entries;
mod flat;
mod layout;
mod order;
mod own;
mod pass;
mod refusal;
mod replace;
mod script;
mod shown;
mod unit;
mod unknown;

use std::fmt;
use std::ops::Range;

use keys::NoKey;

use self::announced::Announced;
pub use self::layout::{Window, window};
pub use self::own::check_own;
pub use self::refusal::Refusal;
use crate::Malformed;
use crate::sight::{Fields, Sight, Writes};
use crate::texts::Carrier;
use crate::view::Seen;

/// Checks what a plugin answers to views by one sight, and carries it out.
#[derive(Clone, Debug)]
pub struct Editor {
    seen: Seen,
    announced: Announced,
}

/// Some units of a batch, and what becomes of them.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// The units of a batch are, in order, its spans, its scopes without spans and its resources
    /// without scopes.
    pub units: Range<usize>,
    /// What becomes of them.
    pub verdict: Verdict<'a>,
}

/// What becomes of a part of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// These edits, which were checked, are carried out.
    Edit(&'a [u8]),
    /// Its spans do not go on, nor its scopes without spans and its resources without scopes.
    Drop,
    /// It stays as it is.
    Leave,
}

/// How many spans a batch had, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Spans in the batch that came.
    pub spans_in: u32,
    /// Spans in the batch that goes.
    pub spans_out: u32,
    /// Spans that go with another content, their resource's and scope's included.
    pub spans_changed: u32,
}

/// A batch after edits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// The very bytes that came.
    Unchanged,
    /// These bytes.
    Replaced(Vec<u8>),
    /// There were spans, and every one was dropped.
    NothingLeft,
}

/// What edits make of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The batch.
    pub output: Output,
    /// What happened to its spans.
    pub counts: Counts,
    /// What of the batch that came does not go on.
    pub gone: Gone,
}

/// For every resource, scope and span of a batch, whether it is gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    /// A resource goes with the last of what is in it, or where it came without scopes and its part
    /// is dropped.
    pub resources: Vec<bool>,
    /// The same.
    pub scopes: Vec<bool>,
    /// A span goes where it is dropped.
    pub spans: Vec<bool>,
}

/// Why a sight and what a plugin would write do not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// This pattern can mean no key.
    NoKey {
        /// As it is written.
        key: String,
        /// Why.
        reason: NoKey,
    },
    /// This key would be set where it is not in sight.
    SetOutOfSight {
        /// The key.
        key: String,
        /// On what.
        carrier: Carrier,
    },
    /// These fields would be written, and hold no text.
    FieldWithoutText(Fields),
}

impl Editor {
    /// Takes in what a plugin reads and writes.
    ///
    /// # Errors
    /// Why that is outside the contract.
    pub fn new(sight: &Sight, writes: &Writes) -> Result<Self, Unfit> {
        let announced = Announced::new(sight, writes)?;
        let no_key = |reason| Unfit::NoKey { key: String::new(), reason };
        Ok(Editor { seen: Seen::new(sight).map_err(no_key)?, announced })
    }

    /// Checks one answer to the view of these units. Touches only what is edited.
    ///
    /// # Errors
    /// What is wrong with the answer.
    pub fn check(&self, traces: &[u8], units: Range<usize>, edits: &[u8]) -> Result<(), Refusal> {
        self.check_answer(traces, &units, edits)
    }

    /// Carries out what was checked, on the parts of the batch in order. What no edit touches stays
    /// as it is, byte for byte.
    ///
    /// A resource or scope that stands in several parts has the edits of the first of them that was
    /// answered with any.
    ///
    /// # Errors
    /// Where the batch cannot be decoded, or an answer was not checked.
    pub fn apply(&self, traces: &[u8], parts: &[Part<'_>]) -> Result<Rewritten, Malformed> {
        self.apply_parts(traces, parts)
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfit::NoKey { key, .. } => write!(f, "`{key}` can mean no key"),
            Unfit::SetOutOfSight { key, carrier } => {
                let carrier = format!("{carrier:?}").to_lowercase();
                write!(f, "`{key}` is set on every {carrier}, and is not in sight there")
            }
            Unfit::FieldWithoutText(fields) => {
                let names: Vec<_> = fields.iter_names().map(|(name, _)| name).collect();
                let names = names.join(", ").to_lowercase().replace('_', "-");
                write!(f, "{names} cannot be written")
            }
        }
    }
}

impl std::error::Error for Unfit {}
