//! [`Viewer`]: what a plugin is shown of a batch.

mod around;
mod entry;
mod members;
mod out;
// Whoever applies edits asks it of single entries, too.
#[allow(dead_code)]
mod seen;
mod span;
mod units;

use std::ops::{ControlFlow, Range};

use keys::NoKey;

use self::around::Around;
use self::out::Out;
#[allow(unused_imports)]
pub(crate) use self::seen::{Seen, Shown, leads};
use self::units::{Unit, each_unit};
use crate::wire::Message;
use crate::{Carrier, Fields, Malformed, Sight};

/// Makes views of batches: OTLP `TracesData` with what a [`Sight`] asks for and nothing else.
///
/// All resources, scopes and spans stand, in order, so that a span's number in a view is its number
/// in the batch. What a view says depends on what the batch means, and not on how it was written:
///
/// - Fields stand in the order of their numbers. Of a field that stands twice the last counts;
///   messages that stand twice are one. Fields that OTLP does not know are gone.
/// - Defaults are left out: 0, empty texts, ids of zeros, a resource, scope or status with nothing
///   in it. Attributes, entries, elements, events, links and entities stand even where empty.
/// - An attribute or entry has no value where it had an empty one. So a value that is there and
///   empty means one that is no text and not shown, under [`Sight::Texts`].
/// - With named parts, elements of arrays, events and links stand empty before one that shows
///   something, and are gone after the last.
/// - A list or map that stands under 32 others is shown empty. Where only what leads to a key is
///   shown, it stands if the key is in it, or may be: whatever cannot be decoded there or lies under
///   more than 128 others may hold any key.
#[derive(Clone, Debug)]
pub struct Viewer {
    seen: Seen,
}

/// What is shown of a batch, or of a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// OTLP `TracesData`.
    pub bytes: Vec<u8>,
    /// Spans in it.
    pub spans: usize,
    /// Units of the batch that are in it.
    pub units: Range<usize>,
}

impl Viewer {
    /// One for this sight.
    ///
    /// # Errors
    /// The first key that can mean none.
    pub fn new(sight: &Sight) -> Result<Self, NoKey> {
        Ok(Viewer { seen: Seen::new(sight)? })
    }

    /// The view of some [`units`] of a batch, however far they reach, under their resources and
    /// scopes.
    ///
    /// A `limit` above 0 lets it end before the unit that would make it longer than `limit` bytes;
    /// or than two times what stands around its first unit, if that is more. What stands around a
    /// unit is all of a view that holds this one alone, but for the span. One unit is always in it.
    ///
    /// # Errors
    /// Where what is looked at cannot be decoded. That is less than the whole batch: what is not
    /// shown may be anything, and so may be what stands too deep.
    pub fn view(
        &self,
        traces: &[u8],
        units: Range<usize>,
        limit: usize,
    ) -> Result<View, Malformed> {
        let mut maker = Maker::new(&self.seen, units.start, limit);
        let mut index = 0;
        each_unit(traces, |unit| {
            if index >= units.end {
                return Ok(ControlFlow::Break(()));
            }
            index += 1;
            if index <= units.start { Ok(ControlFlow::Continue(())) } else { maker.unit(&unit) }
        })?;
        Ok(maker.finish())
    }
}

/// How many units a batch has: spans, scopes without spans, and resources without scopes. A batch
/// can be cut between any two of them.
///
/// # Errors
/// Where the way to the spans cannot be decoded. The spans themselves are not.
pub fn units(traces: &[u8]) -> Result<usize, Malformed> {
    let mut count = 0;
    each_unit(traces, |_| {
        count += 1;
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(count)
}

/// A view in the making.
struct Maker<'v, 'a> {
    seen: &'v Seen,
    /// What [`Seen`] says of all batches.
    fields: Fields,
    shows_all: bool,
    shows_resources: bool,
    shows_scopes: bool,
    out: Out,
    resource: Option<Around<'a>>,
    scope: Option<Around<'a>>,
    /// Keys down to an entry.
    keys: Vec<&'a [u8]>,
    /// The length of the span before, which most often needs as many bytes as that of the next.
    span_guess: usize,
    spans: usize,
    units: Range<usize>,
    limit: usize,
    /// How long the view may become.
    most: usize,
}

impl<'v, 'a> Maker<'v, 'a> {
    fn new(seen: &'v Seen, start: usize, limit: usize) -> Self {
        let shows =
            |fields, carrier| seen.fields().intersects(fields) || !seen.is_blind_to(carrier);
        Maker {
            seen,
            fields: seen.fields(),
            shows_all: matches!(seen, Seen::Everything),
            shows_resources: shows(Fields::ENTITIES, Carrier::Resource),
            shows_scopes: shows(Fields::SCOPE_NAME | Fields::SCOPE_VERSION, Carrier::Scope),
            out: Out::default(),
            resource: None,
            scope: None,
            keys: Vec::new(),
            span_guess: 0,
            spans: 0,
            units: start..start,
            limit,
            most: 0,
        }
    }

    /// Shows one more unit, unless the view would become too long.
    fn unit(&mut self, unit: &Unit<'a>) -> Result<ControlFlow<()>, Malformed> {
        self.leave_for(unit);
        let before = self.out.bytes.len();
        let (had_resource, had_scope) = (self.resource.is_some(), self.scope.is_some());
        if !had_resource {
            self.begin_resource(unit.resource)?;
        }
        if let (false, Some(scope)) = (had_scope, unit.scope) {
            self.begin_scope(scope)?;
        }
        let span_length = unit.span.map_or(Ok(0), |span| self.span(span))?;
        if self.limit > 0 {
            let length = self.closed_length();
            if self.units.is_empty() {
                self.most = self.limit.max(2 * (length - span_length));
            } else if length > self.most {
                self.out.bytes.truncate(before);
                self.resource.take_if(|_| !had_resource);
                self.scope.take_if(|_| !had_scope);
                return Ok(ControlFlow::Break(()));
            }
        }
        self.units.end += 1;
        self.spans += usize::from(unit.span.is_some());
        Ok(ControlFlow::Continue(()))
    }

    /// Ends the scope and the resource that this unit does not stand in.
    fn leave_for(&mut self, unit: &Unit<'a>) {
        let is = |around: &Option<Around<'a>>, message: Option<&Message<'a>>| {
            around.as_ref().zip(message).is_some_and(|(around, message)| around.is(message))
        };
        if !is(&self.scope, unit.scope.as_ref()) {
            self.end_scope();
        }
        if !is(&self.resource, Some(&unit.resource)) {
            self.end_resource();
        }
    }

    /// How long the view is if this is its last unit.
    fn closed_length(&self) -> usize {
        let length = self.out.bytes.len();
        let around = [&self.scope, &self.resource];
        around.into_iter().flatten().fold(length, |length, it| it.closed_length(length))
    }

    fn finish(mut self) -> View {
        self.end_resource();
        View { bytes: self.out.bytes, spans: self.spans, units: self.units }
    }
}
