//! [`TextEditor`]: decides about every text of a batch, however deep.

mod deep;
mod why;

pub use self::deep::Deep;
pub(crate) use self::why::Asking;
pub use self::why::{Reason, SaysWhy};
use crate::Noted;

/// Whose attributes they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Carrier {
    /// A resource.
    Resource,
    /// An instrumentation scope.
    Scope,
    /// A span.
    Span,
    /// An event of a span.
    Event,
    /// A link of a span.
    Link,
}

impl Carrier {
    /// All of them, in order.
    pub const ALL: [Carrier; 5] =
        [Carrier::Resource, Carrier::Scope, Carrier::Span, Carrier::Event, Carrier::Link];
}

/// Where a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'k> {
    /// Under these keys: the attribute's first, then those of maps inside it.
    Value(Carrier, &'k [&'k [u8]]),
    /// It is a key itself, under these others.
    Key(Carrier, &'k [&'k [u8]]),
    /// Name of a span.
    SpanName,
    /// Message of a span's status.
    StatusMessage,
    /// Name of an event.
    EventName,
    /// W3C `tracestate` of a span or a link.
    TraceState,
    /// Name of a scope.
    ScopeName,
    /// Version of a scope.
    ScopeVersion,
    /// Schema URL of resource spans, scope spans or an entity.
    SchemaUrl,
    /// Type or attribute key of an entity that a resource refers to.
    Entity,
}

/// What is done with the value of an attribute or a map entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// Its texts are visited.
    Search,
    /// It stays as it is, and none of its texts is visited.
    Leave,
    /// This text takes its place, whatever it was.
    Replace(String),
}

/// A value that is neither text nor bytes nor holds other values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Double(f64),
}

/// Why a value's texts cannot be visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsearchable {
    /// It is of type bytes.
    Bytes,
    /// It stands under more than 32 lists and maps.
    TooDeep,
}

/// What is done with fields that OTLP does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// They stay.
    Keep,
    /// They go.
    Drop,
}

/// Decides about texts.
pub trait TextEditor {
    /// Called for every resource before anything in it is visited, with its message. Answers with
    /// its edits where they are known from one that was written in the same way; then nothing in it
    /// is visited. Default: nothing is known.
    fn known_resource(&mut self, resource: &[u8]) -> Option<&Noted> {
        let _ = resource;
        None
    }

    /// Called for every resource that was visited, with its message and with what tells its edits.
    /// Default: nothing is kept.
    fn keep_resource(&mut self, resource: &[u8], edits: impl FnOnce() -> Option<Noted>) {
        let _ = (resource, edits);
    }

    /// Called for every attribute and every entry of a map, before its key and value are visited.
    /// `keys` ends with its own.
    fn entry(&mut self, carrier: Carrier, keys: &[&[u8]]) -> Treatment;

    /// Whether a text would be left by [`TextEditor::text`], wherever it stands. It is then not
    /// visited. Like the one below, this is asked before a visit is made ready; a `false` costs
    /// time and nothing else. Default: `false`.
    fn leaves_text(&self, text: &[u8]) -> bool {
        let _ = text;
        false
    }

    /// Whether an attribute that holds a text or a scalar would be left, key and value. `texts` are
    /// the bytes of the key and of the text, if there is one, with a few bytes of framing around
    /// them. Default: `false`.
    fn leaves_attribute(&self, key: &[u8], texts: &[u8]) -> bool {
        let _ = (key, texts);
        false
    }

    /// Called for every text, which need not be UTF-8. Answers with what takes its place, if
    /// anything does.
    fn text(&mut self, place: Place<'_>, text: &[u8]) -> Option<String>;

    /// Called for every value that is a truth value or a number. Answers with the text that takes
    /// its place, if anything does. Default: nothing does.
    fn scalar(&mut self, place: Place<'_>, value: Scalar) -> Option<String> {
        let _ = (place, value);
        None
    }

    /// Called for a value that cannot be searched. Answers with the text that takes its place, if
    /// anything does.
    fn unsearchable(&mut self, place: Place<'_>, why: Unsearchable) -> Option<String>;

    /// Called for a list or map that stands too deep, for those who would know what keys are in it.
    /// Default: as [`TextEditor::unsearchable`].
    fn too_deep(&mut self, place: Place<'_>, deep: Deep<'_>) -> Option<String> {
        let _ = deep;
        self.unsearchable(place, Unsearchable::TooDeep)
    }

    /// What the last answer of the methods above did, and by which rules; nothing where nobody asks.
    #[doc(hidden)]
    #[inline(always)]
    fn reasons(&mut self) -> Option<Vec<Reason>> {
        None
    }
}
