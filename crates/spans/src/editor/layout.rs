//! [`Layout`]: where the resources, scopes and spans of a batch stand.

use std::ops::Range;

use crate::Malformed;
use crate::edit_form::On;
use crate::wire::{Field, Message};

/// Every resource, scope and span, in order.
#[derive(Default)]
pub(super) struct Layout {
    pub resources: Vec<Place>,
    pub scopes: Vec<Place>,
    pub spans: Vec<Spot>,
}

/// A `ResourceSpans` or `ScopeSpans`.
pub(super) struct Place {
    pub spot: Spot,
    /// The units in it: see [`Layout::window`].
    pub units: Range<usize>,
    /// Which scopes or spans are in it.
    pub children: Range<usize>,
}

/// Where the field of a message stands in the batch.
#[derive(Clone, Copy)]
pub(super) struct Spot {
    pub start: usize,
    pub end: usize,
}

/// So many bytes a span has at least in most batches; what grows is copied.
const BYTES_PER_SPAN: usize = 256;

/// The resources, scopes and spans that a view of some units shows, by their numbers in the batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Those of the resources.
    pub resources: Range<usize>,
    /// Those of the scopes.
    pub scopes: Range<usize>,
    /// Those of the spans.
    pub spans: Range<usize>,
}

/// What a view of some [units](crate::units) of a batch shows.
///
/// # Errors
/// Where the way to the spans cannot be decoded.
pub fn window(traces: &[u8], units: &Range<usize>) -> Result<Window, Malformed> {
    Ok(Layout::of(traces)?.window(units))
}

impl Layout {
    pub fn of(traces: &[u8]) -> Result<Self, Malformed> {
        let spans = Vec::with_capacity(traces.len() / BYTES_PER_SPAN);
        let mut layout = Layout { spans, ..Layout::default() };
        let mut unit = 0;
        let mut resources = Message::root(traces).fields("TracesData");
        while let Some(field) = resources.next()? {
            if field.number == 1 {
                layout.add_resource(&field, resources.message(&field)?, &mut unit)?;
            }
        }
        Ok(layout)
    }

    fn add_resource(
        &mut self,
        field: &Field<'_>,
        resource: Message<'_>,
        unit: &mut usize,
    ) -> Result<(), Malformed> {
        let (first_unit, first_scope) = (*unit, self.scopes.len());
        let mut scopes = resource.fields("ResourceSpans");
        while let Some(field) = scopes.next()? {
            if field.number == 2 {
                self.add_scope(&field, scopes.message(&field)?, unit)?;
            }
        }
        let children = first_scope..self.scopes.len();
        *unit += usize::from(children.is_empty());
        let spot = Spot::of(field);
        self.resources.push(Place { spot, units: first_unit..*unit, children });
        Ok(())
    }

    fn add_scope(
        &mut self,
        field: &Field<'_>,
        scope: Message<'_>,
        unit: &mut usize,
    ) -> Result<(), Malformed> {
        let first = self.spans.len();
        let mut spans = scope.fields("ScopeSpans");
        while let Some(field) = spans.next()? {
            if field.number == 2 {
                spans.message(&field)?;
                self.spans.push(Spot::of(&field));
            }
        }
        let children = first..self.spans.len();
        let units = *unit..*unit + children.len().max(1);
        *unit = units.end;
        self.scopes.push(Place { spot: Spot::of(field), units, children });
        Ok(())
    }

    /// What a view of these units shows. The units of a batch are, in order, its spans, its scopes
    /// without spans and its resources without scopes.
    pub fn window(&self, units: &Range<usize>) -> Window {
        if units.is_empty() {
            return Window::default();
        }
        let shown = |places: &[Place]| {
            let start = places.partition_point(|place| place.units.end <= units.start);
            start..places.partition_point(|place| place.units.start < units.end).max(start)
        };
        let (resources, scopes) = (shown(&self.resources), shown(&self.scopes));
        let before = |place: &Place, unit: usize| {
            let Place { units, children, .. } = place;
            children.start + unit.saturating_sub(units.start).min(children.len())
        };
        let spans = match &self.scopes[scopes.clone()] {
            [] => 0..0,
            all @ [first, ..] => {
                let last = all.last().unwrap_or(first);
                before(first, units.start)..before(last, units.end)
            }
        };
        Window { resources, scopes, spans }
    }

    /// Where the resource, scope or span stands that an edit names by its number in a view, or that
    /// its event, link or entity belongs to.
    pub fn spot(&self, window: &Window, on: On, number: u32) -> Option<Spot> {
        let shown = window.shown(on);
        let index = shown.start + number as usize;
        if index >= shown.end {
            return None;
        }
        match on.unit() {
            On::Resource => self.resources.get(index).map(|it| it.spot),
            On::Scope => self.scopes.get(index).map(|it| it.spot),
            _ => self.spans.get(index).copied(),
        }
    }
}

impl Window {
    /// The resources, scopes or spans for what is of this kind to name.
    #[must_use]
    pub fn shown(&self, on: On) -> &Range<usize> {
        match on.unit() {
            On::Resource => &self.resources,
            On::Scope => &self.scopes,
            _ => &self.spans,
        }
    }

    /// Goes on to the end of another.
    pub(super) fn take(&mut self, other: &Window) {
        self.resources.end = self.resources.end.max(other.resources.end);
        self.scopes.end = self.scopes.end.max(other.scopes.end);
        self.spans.end = self.spans.end.max(other.spans.end);
    }
}

impl Spot {
    fn of(field: &Field<'_>) -> Self {
        Spot { start: field.start, end: field.end }
    }

    pub fn message<'a>(&self, batch: &'a [u8]) -> Result<Message<'a>, Malformed> {
        let field = Message { batch, header: self.start, content: self.start, end: self.end };
        let mut fields = field.fields("TracesData");
        match fields.next()? {
            Some(field) => fields.message(&field),
            None => Err(fields.malformed(self.start, "nothing stands where a message stood")),
        }
    }
}
