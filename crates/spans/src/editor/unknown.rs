//! Takes fields that OTLP does not know out of parts of a batch.

use std::ops::Range;

use super::layout::{Layout, Place};
use super::script::Script;
use crate::Malformed;
use crate::messages::{Kind, Role};
use crate::value::MAX_DEPTH;
use crate::wire::Message;

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
                Role::Unknown => self.script.splice(field.start, field.end, |_| {}),
                Role::Message(below) if is_on_the_way_to_spans(below) => {}
                Role::Message(below) => {
                    let depth = depth + usize::from(below.is_list());
                    if depth > MAX_DEPTH {
                        continue;
                    }
                    let inner = fields.message(&field)?;
                    self.script.enter(&inner);
                    self.message(below, inner, depth)?;
                    self.script.leave();
                }
                Role::Bytes | Role::Varint | Role::Fixed32 | Role::Fixed64 => {}
            }
        }
        Ok(())
    }
}

/// They have a walk of their own, for some of them are skipped.
fn is_on_the_way_to_spans(kind: Kind) -> bool {
    matches!(kind, Kind::ResourceSpans | Kind::ScopeSpans | Kind::Span)
}

fn any(units: &[Range<usize>], wanted: &Range<usize>) -> bool {
    units.iter().any(|units| units.start < wanted.end && wanted.start < units.end)
}
