//! The units of a batch, one after another.

use std::ops::ControlFlow;

use crate::Malformed;
use crate::wire::Message;

/// A span with what stands around it; or a scope without spans, or a resource without scopes.
pub(super) struct Unit<'a> {
    /// The resource spans.
    pub resource: Message<'a>,
    /// The scope spans.
    pub scope: Option<Message<'a>>,
    pub span: Option<Message<'a>>,
}

/// Calls `visit` with every unit until it wants no more.
///
/// # Errors
/// Those of `visit`, and where the way to the spans cannot be decoded.
pub(super) fn each_unit<'a>(
    traces: &'a [u8],
    mut visit: impl FnMut(Unit<'a>) -> Result<ControlFlow<()>, Malformed>,
) -> Result<(), Malformed> {
    let mut resources = Message::root(traces).fields("TracesData");
    while let Some(resource) = resources.next_message(1)? {
        if in_resource(resource, &mut visit)?.is_break() {
            break;
        }
    }
    Ok(())
}

fn in_resource<'a>(
    resource: Message<'a>,
    visit: &mut impl FnMut(Unit<'a>) -> Result<ControlFlow<()>, Malformed>,
) -> Result<ControlFlow<()>, Malformed> {
    let mut is_empty = true;
    let mut scopes = resource.fields("ResourceSpans");
    while let Some(scope) = scopes.next_message(2)? {
        is_empty = false;
        if in_scope(resource, scope, visit)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    if is_empty { visit(Unit { resource, scope: None, span: None }) } else { go_on() }
}

#[inline]
fn in_scope<'a>(
    resource: Message<'a>,
    scope: Message<'a>,
    visit: &mut impl FnMut(Unit<'a>) -> Result<ControlFlow<()>, Malformed>,
) -> Result<ControlFlow<()>, Malformed> {
    let mut is_empty = true;
    let mut spans = scope.fields("ScopeSpans");
    while let Some(span) = spans.next_message(2)? {
        is_empty = false;
        if visit(Unit { resource, scope: Some(scope), span: Some(span) })?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    if is_empty { visit(Unit { resource, scope: Some(scope), span: None }) } else { go_on() }
}

fn go_on() -> Result<ControlFlow<()>, Malformed> {
    Ok(ControlFlow::Continue(()))
}
