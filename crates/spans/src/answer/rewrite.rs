//! [`rewrite`] and [`edit`]: span by span.

use super::span_edit::{Pending, Read, SpanEdit};
use super::walk::{Steps, walk};
use super::writer::Writer;
use super::{Edits, Keep};
use crate::Malformed;
use crate::origin::{Origin, Resource, Scope};
use crate::sight::Writes;
use crate::span::Span;
use crate::wire::Message;

/// Calls `visit` for every span, in the order they stand, and gives what it edited and dropped.
/// `writes` is what the plugin said in `configure` that it may change.
///
/// # Errors
/// Where the view cannot be decoded, or `visit` says so. Only what is looked at is decoded.
///
/// ```
/// use spans::{Carriers, Keep, NewValue, SetKey, Writes};
///
/// let order_status = SetKey { carriers: Carriers::SPAN, key: "order_status".to_owned() };
/// let writes = Writes { drops_spans: true, sets: vec![order_status], ..Writes::default() };
/// let edits = spans::rewrite(&[], &writes, |_, span, edit| {
///     if span.name == b"GET /health" {
///         return Ok(Keep::No);
///     }
///     edit.set_attribute("order_status", NewValue::Text("SHIPPED"))?;
///     Ok(Keep::Yes)
/// })?;
/// assert!(edits.bytes.is_empty());
/// # Ok::<(), spans::Malformed>(())
/// ```
pub fn rewrite<'a>(
    view: &'a [u8],
    writes: &Writes,
    visit: impl FnMut(&Origin<'a>, &Span<'a>, &mut SpanEdit<'a, '_>) -> Result<Keep, Malformed>,
) -> Result<Edits, Malformed> {
    let origin = Origin {
        resource: Resource { around: None },
        scope: Scope { name: &[], around: None },
        resource_index: 0,
    };
    let pending = Pending::default();
    let mut steps = Rewrite { visit, writes, origin, resources: 0, pending };
    Ok(walk(view, &mut steps)?.finish(false))
}

/// As [`rewrite`], for a caller that knows the spans by the order they stand in: none is read.
/// `visit` gets a span's index, counted from 0.
///
/// # Errors
/// Where the way to the spans cannot be decoded, or `visit` says so.
pub fn edit(
    view: &[u8],
    writes: &Writes,
    visit: impl FnMut(usize, &mut SpanEdit<'_, '_>) -> Result<Keep, Malformed>,
) -> Result<Edits, Malformed> {
    let mut steps = Edit { visit, writes, index: 0, pending: Pending::default() };
    Ok(walk(view, &mut steps)?.finish(false))
}

struct Edit<'w, F> {
    visit: F,
    writes: &'w Writes,
    /// Of the next span.
    index: usize,
    /// As in [`Rewrite`].
    pending: Pending,
}

impl<'a, F> Steps<'a> for Edit<'_, F>
where
    F: FnMut(usize, &mut SpanEdit<'_, '_>) -> Result<Keep, Malformed>,
{
    fn resource(&mut self, _: Message<'a>, _: &mut Writer) -> Result<(), Malformed> {
        Ok(())
    }

    fn scope(&mut self, _: Message<'a>, _: &mut Writer) -> Result<(), Malformed> {
        Ok(())
    }

    fn span(&mut self, span: Message<'a>, writer: &mut Writer) -> Result<Keep, Malformed> {
        let Edit { visit, writes, index, pending } = self;
        let read = Read::Late(None);
        let keep = visit(*index, &mut SpanEdit { span, read, writes, pending })?;
        *index += 1;
        pending.settle(keep, writer);
        Ok(keep)
    }
}

struct Rewrite<'a, 'w, F> {
    visit: F,
    writes: &'w Writes,
    origin: Origin<'a>,
    resources: usize,
    /// What was set on the span that is being visited; kept for its memory.
    pending: Pending,
}

impl<'a, F> Steps<'a> for Rewrite<'a, '_, F>
where
    F: FnMut(&Origin<'a>, &Span<'a>, &mut SpanEdit<'a, '_>) -> Result<Keep, Malformed>,
{
    fn resource(&mut self, around: Message<'a>, _: &mut Writer) -> Result<(), Malformed> {
        self.origin.resource = Resource { around: Some(around) };
        self.origin.resource_index = self.resources;
        self.resources += 1;
        Ok(())
    }

    fn scope(&mut self, around: Message<'a>, _: &mut Writer) -> Result<(), Malformed> {
        self.origin.scope = Scope { name: &[], around: Some(around) };
        let mut fields = around.fields("ScopeSpans");
        // A view has the scope before its spans.
        while fields.peek() == Some(1 << 3 | 2)
            && let Some(scope) = fields.next_message(1)?
        {
            self.origin.scope.take(scope)?;
        }
        Ok(())
    }

    fn span(&mut self, span: Message<'a>, writer: &mut Writer) -> Result<Keep, Malformed> {
        let Rewrite { visit, writes, origin, pending, .. } = self;
        let mut read = Span::unread(span);
        read.read()?;
        let mut edit = SpanEdit { span, read: Read::Before(&read), writes, pending };
        let keep = visit(origin, &read, &mut edit)?;
        pending.settle(keep, writer);
        Ok(keep)
    }
}
