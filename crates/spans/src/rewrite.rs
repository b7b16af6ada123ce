//! [`read`], [`rewrite`] and [`edit`]: span by span, with edits.

use crate::Malformed;
use crate::origin::{Origin, Resource, Scope};
use crate::script::Script;
use crate::span::Span;
use crate::span_edit::{Done, Read, SpanEdit};
use crate::walk::{Beyond, Keep, Rewritten, Steps, walk};
use crate::wire::{Field, Message, Reader};

/// Calls `visit` for every span, in the order they stand.
///
/// # Errors
/// Where the batch cannot be decoded, or `visit` says so. Only what is looked at is decoded.
pub fn read<'a>(
    traces: &'a [u8],
    mut visit: impl FnMut(&Origin<'a>, &Span<'a>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    rewrite(traces, |origin, span, _| {
        visit(origin, span)?;
        Ok(Keep::Yes)
    })?;
    Ok(())
}

/// Calls `visit` for every span, in the order they stand, and gives the batch with its edits and
/// without the spans it dropped.
///
/// # Errors
/// Where the batch cannot be decoded, or `visit` says so. Only what is looked at is decoded.
///
/// ```
/// use spans::{Keep, NewValue, Output, rewrite};
///
/// let rewritten = rewrite(&[], |_, span, edit| {
///     if span.name == b"GET /health" {
///         return Ok(Keep::No);
///     }
///     edit.set_attribute("order_status", NewValue::Text("SHIPPED"))?;
///     Ok(Keep::Yes)
/// })?;
/// assert_eq!(rewritten.output, Output::Unchanged);
/// # Ok::<(), spans::Malformed>(())
/// ```
pub fn rewrite<'a>(
    traces: &'a [u8],
    visit: impl FnMut(&Origin<'a>, &Span<'a>, &mut SpanEdit<'a, '_>) -> Result<Keep, Malformed>,
) -> Result<Rewritten, Malformed> {
    let origin = Origin {
        resource: Resource { around: None },
        scope: Scope { name: &[], around: None },
        resource_index: 0,
    };
    walk(traces, &mut Rewrite { visit, origin, resources: 0, done: Done::default() })
}

/// As [`rewrite`], for a caller that knows the spans by the order they stand in: none is read.
/// `visit` gets a span's index, counted from 0.
///
/// # Errors
/// Where the way to the spans cannot be decoded, or `visit` says so.
///
/// ```
/// use spans::{Keep, Output, edit};
///
/// let every_second = edit(&[], |index, _| Ok(if index % 2 == 0 { Keep::Yes } else { Keep::No }))?;
/// assert_eq!(every_second.output, Output::Unchanged);
/// # Ok::<(), spans::Malformed>(())
/// ```
pub fn edit(
    traces: &[u8],
    visit: impl FnMut(usize, &mut SpanEdit<'_, '_>) -> Result<Keep, Malformed>,
) -> Result<Rewritten, Malformed> {
    walk(traces, &mut Edit { visit, index: 0, done: Done::default() })
}

struct Edit<F> {
    visit: F,
    /// Of the next span.
    index: usize,
    /// As in [`Rewrite`].
    done: Done,
}

impl<'a, F> Steps<'a> for Edit<F>
where
    F: FnMut(usize, &mut SpanEdit<'_, '_>) -> Result<Keep, Malformed>,
{
    const BEYOND_SPANS: Beyond = Beyond::Never;

    fn resource(&mut self, _: Message<'a>, _: &mut Script) -> Result<(), Malformed> {
        Ok(())
    }

    fn scope(&mut self, _: Message<'a>, _: &mut Script) -> Result<(), Malformed> {
        Ok(())
    }

    fn next_resource(&mut self, _: Message<'a>) {}

    fn next_scope(&mut self, _: Message<'a>) {}

    fn span(&mut self, span: Message<'a>, script: &mut Script) -> Result<Keep, Malformed> {
        self.done.clear();
        let index = self.index;
        self.index += 1;
        (self.visit)(
            index,
            &mut SpanEdit { span, read: Read::Late(None), script, done: &mut self.done },
        )
    }

    fn other(&mut self, _: &Reader<'a>, _: &Field<'a>, _: &mut Script) -> Result<(), Malformed> {
        Ok(())
    }
}

struct Rewrite<'a, F> {
    visit: F,
    origin: Origin<'a>,
    resources: usize,
    /// What was done to the span that is being visited; kept for its memory.
    done: Done,
}

impl<'a, F> Steps<'a> for Rewrite<'a, F>
where
    F: FnMut(&Origin<'a>, &Span<'a>, &mut SpanEdit<'a, '_>) -> Result<Keep, Malformed>,
{
    const BEYOND_SPANS: Beyond = Beyond::First;

    fn resource(&mut self, _: Message<'a>, _: &mut Script) -> Result<(), Malformed> {
        Ok(())
    }

    fn scope(&mut self, scope: Message<'a>, _: &mut Script) -> Result<(), Malformed> {
        self.origin.scope.read(scope)
    }

    fn next_resource(&mut self, resource_spans: Message<'a>) {
        self.origin.resource = Resource { around: Some(resource_spans) };
        self.origin.resource_index = self.resources;
        self.resources += 1;
    }

    fn next_scope(&mut self, scope_spans: Message<'a>) {
        self.origin.scope = Scope { name: &[], around: Some(scope_spans) };
    }

    fn span(&mut self, span: Message<'a>, script: &mut Script) -> Result<Keep, Malformed> {
        self.done.clear();
        let mut read = Span::unread(span);
        read.read()?;
        let mut edit = SpanEdit { span, read: Read::Before(&read), script, done: &mut self.done };
        (self.visit)(&self.origin, &read, &mut edit)
    }

    fn other(&mut self, _: &Reader<'a>, _: &Field<'a>, _: &mut Script) -> Result<(), Malformed> {
        Ok(())
    }
}
