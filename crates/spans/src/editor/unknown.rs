//! Takes fields that OTLP does not know out of parts of a batch.

use std::ops::Range;

use super::layout::{Layout, Place};
use crate::Malformed;
use crate::script::Script;
use crate::texts::attribute::MAX_DEPTH;
use crate::wire::Message;

/// The messages of OTLP traces.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    TracesData,
    ResourceSpans,
    ScopeSpans,
    Resource,
    EntityRef,
    Scope,
    Span,
    Event,
    Link,
    Status,
    KeyValue,
    AnyValue,
    Array,
    Map,
}

/// What stands in a field.
enum Role {
    /// A number, a text or bytes.
    Plain,
    Message(Kind),
    Unknown,
}

impl Kind {
    fn role(self, number: u32) -> Role {
        Role::Message(match (self, number) {
            (Kind::TracesData, 1) => Kind::ResourceSpans,
            (Kind::ResourceSpans, 1) => Kind::Resource,
            (Kind::ResourceSpans, 2) => Kind::ScopeSpans,
            (Kind::ScopeSpans, 1) => Kind::Scope,
            (Kind::ScopeSpans, 2) => Kind::Span,
            (Kind::Resource, 3) => Kind::EntityRef,
            (Kind::Resource | Kind::Map, 1)
            | (Kind::Scope | Kind::Event, 3)
            | (Kind::Span, 9)
            | (Kind::Link, 4) => Kind::KeyValue,
            (Kind::Span, 11) => Kind::Event,
            (Kind::Span, 13) => Kind::Link,
            (Kind::Span, 15) => Kind::Status,
            (Kind::KeyValue, 2) | (Kind::Array, 1) => Kind::AnyValue,
            (Kind::AnyValue, 5) => Kind::Array,
            (Kind::AnyValue, 6) => Kind::Map,
            (Kind::ResourceSpans | Kind::ScopeSpans, 3)
            | (Kind::Resource, 2)
            | (Kind::EntityRef | Kind::Scope | Kind::Event, 1..=4)
            | (Kind::Span, 1..=16)
            | (Kind::Link, 1..=6)
            | (Kind::Status, 2 | 3)
            | (Kind::KeyValue, 1 | 3)
            | (Kind::AnyValue, 1..=8) => return Role::Plain,
            _ => return Role::Unknown,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Kind::TracesData => "TracesData",
            Kind::ResourceSpans => "ResourceSpans",
            Kind::ScopeSpans => "ScopeSpans",
            Kind::Resource => "Resource",
            Kind::EntityRef => "EntityRef",
            Kind::Scope => "InstrumentationScope",
            Kind::Span => "Span",
            Kind::Event => "Span.Event",
            Kind::Link => "Span.Link",
            Kind::Status => "Status",
            Kind::KeyValue => "KeyValue",
            Kind::AnyValue => "AnyValue",
            Kind::Array => "ArrayValue",
            Kind::Map => "KeyValueList",
        }
    }

    /// What has a walk of its own, for some of them are skipped.
    fn is_on_the_way_to_spans(self) -> bool {
        matches!(self, Kind::ResourceSpans | Kind::ScopeSpans | Kind::Span)
    }
}

/// The batch without the unknown fields of these units and of the scopes and resources around
/// them; `None` where there are none.
pub(super) fn dropped(
    traces: &[u8],
    layout: &Layout,
    units: &[Range<usize>],
) -> Result<Option<Vec<u8>>, Malformed> {
    if units.is_empty() {
        return Ok(None);
    }
    let mut script = Script::for_batch(traces.len());
    let mut dropper = Dropper { traces, layout, units, script: &mut script };
    dropper.message(Kind::TracesData, Message::root(traces), 0)?;
    for resource in layout.resources.iter().filter(|resource| any(units, &resource.units)) {
        dropper.resource(resource)?;
    }
    Ok((!script.is_empty()).then(|| script.apply(traces)))
}

struct Dropper<'d> {
    traces: &'d [u8],
    layout: &'d Layout,
    units: &'d [Range<usize>],
    script: &'d mut Script,
}

impl Dropper<'_> {
    fn resource(&mut self, resource: &Place) -> Result<(), Malformed> {
        let message = resource.spot.message(self.traces)?;
        self.script.enter(&message);
        self.message(Kind::ResourceSpans, message, 0)?;
        let (layout, units) = (self.layout, self.units);
        let scopes = &layout.scopes[resource.children.clone()];
        for scope in scopes.iter().filter(|scope| any(units, &scope.units)) {
            self.scope(scope)?;
        }
        self.script.leave();
        Ok(())
    }

    fn scope(&mut self, scope: &Place) -> Result<(), Malformed> {
        let message = scope.spot.message(self.traces)?;
        self.script.enter(&message);
        self.message(Kind::ScopeSpans, message, 0)?;
        let spans = &self.layout.spans[scope.children.clone()];
        for (unit, span) in (scope.units.start..).zip(spans) {
            if any(self.units, &(unit..unit + 1)) {
                let span = span.message(self.traces)?;
                self.script.enter(&span);
                self.message(Kind::Span, span, 0)?;
                self.script.leave();
            }
        }
        self.script.leave();
        Ok(())
    }

    /// Takes the unknown fields out of a message that is open. `depth` counts the lists and maps
    /// around it.
    fn message(&mut self, kind: Kind, message: Message<'_>, depth: usize) -> Result<(), Malformed> {
        let mut fields = message.fields(kind.name());
        while let Some(field) = fields.next()? {
            match kind.role(field.number) {
                Role::Plain => {}
                Role::Unknown => self.script.splice(field.start, field.end, |_| {}),
                Role::Message(below) if below.is_on_the_way_to_spans() => {}
                Role::Message(below) => {
                    let depth = depth + usize::from(matches!(below, Kind::Array | Kind::Map));
                    if depth > MAX_DEPTH {
                        continue;
                    }
                    let inner = fields.message(&field)?;
                    self.script.enter(&inner);
                    self.message(below, inner, depth)?;
                    self.script.leave();
                }
            }
        }
        Ok(())
    }
}

fn any(units: &[Range<usize>], wanted: &Range<usize>) -> bool {
    units.iter().any(|units| units.start < wanted.end && wanted.start < units.end)
}
