//! The way from a view to its resources, scopes and spans.

use super::Keep;
use super::writer::Writer;
use crate::Malformed;
use crate::edit_form::On;
use crate::wire::Message;

/// What is done at each place on the way. Edits that go to `writer` are those of the place.
pub(super) trait Steps<'a> {
    /// A `ResourceSpans`, of which this looks at all but the scopes.
    fn resource(&mut self, around: Message<'a>, writer: &mut Writer) -> Result<(), Malformed>;
    /// A `ScopeSpans`, of which this looks at all but the spans.
    fn scope(&mut self, around: Message<'a>, writer: &mut Writer) -> Result<(), Malformed>;
    /// A span.
    fn span(&mut self, span: Message<'a>, writer: &mut Writer) -> Result<Keep, Malformed>;
}

pub(super) fn walk<'a>(view: &'a [u8], steps: &mut impl Steps<'a>) -> Result<Writer, Malformed> {
    let mut writer = Writer::default();
    let mut resources = Message::root(view).fields("TracesData");
    while let Some(resource) = resources.next_message(1)? {
        writer.begin(On::Resource);
        let mark = writer.mark();
        steps.resource(resource, &mut writer)?;
        let is_changed = writer.changed_since(mark);
        let mut scopes = resource.fields("ResourceSpans");
        while let Some(scope) = scopes.next_message(2)? {
            walk_scope(scope, is_changed, steps, &mut writer)?;
        }
    }
    Ok(writer)
}

fn walk_scope<'a>(
    scope: Message<'a>,
    resource_is_changed: bool,
    steps: &mut impl Steps<'a>,
    writer: &mut Writer,
) -> Result<(), Malformed> {
    writer.begin(On::Scope);
    let mark = writer.mark();
    steps.scope(scope, writer)?;
    let is_changed = resource_is_changed || writer.changed_since(mark);
    let mut spans = scope.fields("ScopeSpans");
    while let Some(span) = spans.next_message(2)? {
        writer.begin(On::Span);
        let mark = writer.mark();
        match steps.span(span, writer)? {
            Keep::Yes => writer.keep(is_changed || writer.changed_since(mark)),
            Keep::No => writer.drop(),
        }
    }
    Ok(())
}
