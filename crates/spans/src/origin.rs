//! [`Origin`]: the resource and the scope that a span stands under, read as [`crate::span`] says.

use crate::Malformed;
use crate::value::Attributes;
use crate::wire::Message;

/// Where a span comes from.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    /// The span's resource.
    pub resource: Resource<'a>,
    /// The span's instrumentation scope.
    pub scope: Scope<'a>,
    /// Counts the resources of the batch from 0, so that what was read of one can be kept for all
    /// its spans.
    pub resource_index: usize,
}

/// The resource of spans.
#[derive(Clone, Copy)]
pub struct Resource<'a> {
    /// The `ResourceSpans` that it stands in.
    pub(crate) around: Option<Message<'a>>,
}

/// The instrumentation scope of spans.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// Name of the instrumentation library.
    pub name: &'a [u8],
    /// The `ScopeSpans` that it stands in.
    pub(crate) around: Option<Message<'a>>,
}

impl<'a> Resource<'a> {
    /// The resource's attributes.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::below(self.around, &[(1, "ResourceSpans")], "Resource", 1)
    }
}

impl<'a> Scope<'a> {
    /// Reads the scope of a `ScopeSpans`, wherever in it that stands.
    pub(crate) fn read(around: Message<'a>) -> Result<Self, Malformed> {
        let mut scope = Scope { name: &[], around: Some(around) };
        let mut fields = around.fields("ScopeSpans");
        loop {
            fields.skip_short_messages(2 << 3 | 2);
            let Some(field) = fields.next()? else { return Ok(scope) };
            if field.number == 1 {
                scope.take(fields.message(&field)?)?;
            }
        }
    }

    /// Reads a scope over what came before it.
    pub(crate) fn take(&mut self, message: Message<'a>) -> Result<(), Malformed> {
        let mut fields = message.fields("InstrumentationScope");
        while let Some(field) = fields.next()? {
            if field.number == 1 {
                self.name = fields.message(&field)?.bytes();
            }
        }
        Ok(())
    }

    /// The scope's attributes.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::below(self.around, &[(1, "ScopeSpans")], "InstrumentationScope", 3)
    }
}
