//! [`read`] and [`count`]: the spans of a batch; [`read_around`]: what stands around them.

use crate::Malformed;
use crate::edit_form::On;
use crate::origin::{Origin, Resource, Scope};
use crate::span::Span;
use crate::value::Attributes;
use crate::wire::Message;

/// Calls `visit` for every span, in the order they stand.
///
/// # Errors
/// Where the batch cannot be decoded, or `visit` says so. Only what is looked at is decoded.
///
/// ```
/// let mut names = Vec::new();
/// spans::read(b"\x0a\x0a\x12\x08\x12\x06\x2a\x04ping", |_, span| {
///     names.push(span.name);
///     Ok(())
/// })?;
/// assert_eq!(names, [b"ping"]);
/// # Ok::<(), spans::Malformed>(())
/// ```
pub fn read<'a>(
    traces: &'a [u8],
    mut visit: impl FnMut(&Origin<'a>, &Span<'a>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    let mut resource_index = 0;
    let mut resources = Message::root(traces).fields("TracesData");
    while let Some(around) = resources.next_message(1)? {
        let resource = Resource { around: Some(around) };
        let mut scopes = around.fields("ResourceSpans");
        while let Some(around) = scopes.next_message(2)? {
            let origin = Origin { resource, scope: Scope::read(around)?, resource_index };
            let mut spans = around.fields("ScopeSpans");
            while let Some(message) = spans.next_message(2)? {
                let mut span = Span::unread(message);
                span.read()?;
                visit(&origin, &span)?;
            }
        }
        resource_index += 1;
    }
    Ok(())
}

/// Calls `visit` for every resource and every scope, with its number among those and its attributes;
/// a resource before its scopes.
///
/// # Errors
/// Where the way there cannot be decoded, or `visit` says so.
pub fn read_around<'a>(
    traces: &'a [u8],
    mut visit: impl FnMut(On, u32, Attributes<'a>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    let (mut resource_number, mut scope_number) = (0, 0);
    let mut resources = Message::root(traces).fields("TracesData");
    while let Some(around) = resources.next_message(1)? {
        let resource = Resource { around: Some(around) };
        visit(On::Resource, resource_number, resource.attributes())?;
        resource_number += 1;
        let mut scopes = around.fields("ResourceSpans");
        while let Some(around) = scopes.next_message(2)? {
            visit(On::Scope, scope_number, Scope::read(around)?.attributes())?;
            scope_number += 1;
        }
    }
    Ok(())
}

/// How many spans a batch holds.
///
/// # Errors
/// Where the way to its spans cannot be decoded. The spans themselves are not.
pub fn count(traces: &[u8]) -> Result<usize, Malformed> {
    let mut count = 0;
    let mut resources = Message::root(traces).fields("TracesData");
    while let Some(resource) = resources.next_message(1)? {
        let mut scopes = resource.fields("ResourceSpans");
        while let Some(scope) = scopes.next_message(2)? {
            let mut spans = scope.fields("ScopeSpans");
            while spans.next_message(2)?.is_some() {
                count += 1;
            }
        }
    }
    Ok(count)
}
