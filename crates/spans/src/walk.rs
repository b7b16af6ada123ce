//! The way from a batch to its spans, which every kind of edit goes.

use crate::Malformed;
use crate::script::Script;
use crate::wire::{Field, Message, Reader};

/// Whether a span stays in the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// It stays, with its edits.
    Yes,
    /// It goes, and with the last span of a scope the scope, and so on upwards.
    No,
}

/// How many spans a walk met, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Spans in the batch that came.
    pub spans_in: u32,
    /// Spans in the batch that goes.
    pub spans_out: u32,
    /// Spans that go with another content, their resource's and scope's included.
    pub spans_changed: u32,
}

/// The batch after a walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// The very bytes that came.
    Unchanged,
    /// These bytes.
    Replaced(Vec<u8>),
    /// There were spans, and every one was dropped.
    NothingLeft,
}

/// What a walk that may edit gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The batch.
    pub output: Output,
    /// What happened to its spans.
    pub counts: Counts,
}

/// When a walk comes to resources, scopes and all that leads to no span.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Beyond {
    /// Before the spans below, even where the sender wrote them last.
    First,
    /// Where they stand. Edits then come in order, and need not be sorted.
    InPlace,
    /// Never.
    Never,
}

/// What is done at each place on the way. `script` has the messages around the place open.
pub(crate) trait Steps<'a> {
    /// When anything is done with what is no span.
    const BEYOND_SPANS: Beyond;

    /// A resource.
    fn resource(&mut self, resource: Message<'a>, script: &mut Script) -> Result<(), Malformed>;
    /// A scope.
    fn scope(&mut self, scope: Message<'a>, script: &mut Script) -> Result<(), Malformed>;
    /// The spans of another resource follow.
    fn next_resource(&mut self, resource_spans: Message<'a>);
    /// The spans of another scope follow.
    fn next_scope(&mut self, scope_spans: Message<'a>);
    /// Whether a span stays as it is, without a look at it.
    #[inline(always)]
    fn passes_by(&self, span: &Message<'a>) -> bool {
        let _ = span;
        false
    }
    /// A span.
    fn span(&mut self, span: Message<'a>, script: &mut Script) -> Result<Keep, Malformed>;
    /// A field that leads to no span: a schema URL, or one that OTLP does not know.
    fn other(
        &mut self,
        fields: &Reader<'a>,
        field: &Field<'a>,
        script: &mut Script,
    ) -> Result<(), Malformed>;
}

pub(crate) fn walk<'a>(
    traces: &'a [u8],
    steps: &mut impl Steps<'a>,
) -> Result<Rewritten, Malformed> {
    let mut script = Script::for_batch(traces.len());
    let level = Level { inside: "TracesData", children: 1, below: Some(&RESOURCE_SPANS) };
    let counts = level.walk(Message::root(traces), steps, &mut script)?;
    let output = if script.is_empty() {
        Output::Unchanged
    } else if counts.spans_in > 0 && counts.spans_out == 0 {
        Output::NothingLeft
    } else {
        Output::Replaced(script.apply(traces))
    };
    Ok(Rewritten { output, counts })
}

/// One of the three messages that lead to spans.
struct Level {
    inside: &'static str,
    /// Field number of the messages below it.
    children: u32,
    /// What those messages are; spans where there is nothing below.
    below: Option<&'static Level>,
}

const RESOURCE_SPANS: Level =
    Level { inside: "ResourceSpans", children: 2, below: Some(&SCOPE_SPANS) };
const SCOPE_SPANS: Level = Level { inside: "ScopeSpans", children: 2, below: None };

impl Level {
    fn walk<'a, S: Steps<'a>>(
        &self,
        message: Message<'a>,
        steps: &mut S,
        script: &mut Script,
    ) -> Result<Counts, Malformed> {
        let mut changed_here = false;
        if S::BEYOND_SPANS == Beyond::First {
            let mark = script.mark();
            self.walk_own_fields(message, steps, script)?;
            changed_here = script.changed_since(mark);
        }
        let mut counts = Counts::default();
        let mut fields = message.fields(self.inside);
        while let Some(field) = fields.next()? {
            if field.number != self.children {
                if S::BEYOND_SPANS == Beyond::InPlace {
                    let mark = script.mark();
                    self.walk_own_field(&fields, &field, steps, script)?;
                    changed_here |= script.changed_since(mark);
                }
                continue;
            }
            let child = fields.message(&field)?;
            if self.below.is_none() && steps.passes_by(&child) {
                counts.spans_in += 1;
                counts.spans_out += 1;
                continue;
            }
            let mark = script.mark();
            script.enter(&child);
            let below = match self.below {
                Some(level) => {
                    level.announce(child, steps);
                    level.walk(child, steps, script)?
                }
                None => walk_span(child, steps, script)?,
            };
            script.leave();
            if below.spans_in > 0 && below.spans_out == 0 {
                script.forget_since(mark);
                script.splice(field.start, field.end, |_| {});
            }
            counts.spans_in += below.spans_in;
            counts.spans_out += below.spans_out;
            counts.spans_changed += below.spans_changed;
        }
        if changed_here {
            counts.spans_changed = counts.spans_out;
        }
        Ok(counts)
    }

    fn walk_own_fields<'a>(
        &self,
        message: Message<'a>,
        steps: &mut impl Steps<'a>,
        script: &mut Script,
    ) -> Result<(), Malformed> {
        let mut fields = message.fields(self.inside);
        loop {
            fields.skip_short_messages((self.children as u8) << 3 | 2);
            let Some(field) = fields.next()? else { break };
            if field.number != self.children {
                self.walk_own_field(&fields, &field, steps, script)?;
            }
        }
        Ok(())
    }

    fn walk_own_field<'a>(
        &self,
        fields: &Reader<'a>,
        field: &Field<'a>,
        steps: &mut impl Steps<'a>,
        script: &mut Script,
    ) -> Result<(), Malformed> {
        // A resource and a scope are field 1 of the message around them.
        if field.number != 1 {
            return steps.other(fields, field, script);
        }
        let own = fields.message(field)?;
        script.enter(&own);
        if self.below.is_some() {
            steps.resource(own, script)?;
        } else {
            steps.scope(own, script)?;
        }
        script.leave();
        Ok(())
    }

    fn announce<'a>(&self, message: Message<'a>, steps: &mut impl Steps<'a>) {
        if self.below.is_some() {
            steps.next_resource(message);
        } else {
            steps.next_scope(message);
        }
    }
}

fn walk_span<'a>(
    span: Message<'a>,
    steps: &mut impl Steps<'a>,
    script: &mut Script,
) -> Result<Counts, Malformed> {
    let mark = script.mark();
    Ok(match steps.span(span, script)? {
        Keep::No => Counts { spans_in: 1, ..Counts::default() },
        Keep::Yes => {
            let spans_changed = u32::from(script.changed_since(mark));
            Counts { spans_in: 1, spans_out: 1, spans_changed }
        }
    })
}
