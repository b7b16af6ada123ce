//! [`follow`]: what became of each resource, scope and span on its way through the chain.

use std::collections::HashMap;
use std::rc::Rc;

use notes::Told;
use otlp_json::{AnyValue, Error, ResourceSpans, Span, TracesData, Value, decode};
use spans::{Gone, On};

use crate::compare::{Unit, compare};

/// What one plugin made of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Step<'s> {
    /// The plugin's place in the chain.
    pub place: usize,
    /// What the plugin got, an OTLP `TracesData` message.
    pub came: &'s [u8],
    /// What went on of it, without spans of the plugin's own; in the shadow, what would have.
    pub went: &'s [u8],
    /// What of `came` is not in `went`.
    pub gone: &'s Gone,
    /// What it told, in the shadow too as what was done.
    pub told: &'s [Told],
    /// Whether the plugin runs in the shadow: what `came` goes on, whatever it made of it.
    pub is_shadow: bool,
}

/// A resource, scope or span, and what each plugin made of it.
#[derive(Clone, Debug)]
pub struct Traveller {
    /// Which one it is.
    pub head: Head,
    /// The plugin that made it, by its place in the chain; none where it came with the batch.
    pub made_by: Option<usize>,
    /// What each step had to say of it, with the step's number.
    pub steps: Vec<(usize, Unit)>,
    /// The same of plugins in the shadow: nothing of it came to pass.
    pub shadowed: Vec<(usize, Unit)>,
    /// Its number in the batch of each step that it came to, from the first on that it came to.
    pub numbers: Vec<(usize, u32)>,
}

impl Traveller {
    /// What a step had to say of it, in the shadow or not.
    #[must_use]
    pub fn unit_at(&self, step: usize) -> Option<&Unit> {
        let mut all = self.steps.iter().chain(&self.shadowed);
        all.find(|(at, _)| *at == step).map(|(_, unit)| unit)
    }

    /// The step after which it did not go on.
    #[must_use]
    pub fn gone_at(&self) -> Option<usize> {
        self.steps.iter().find(|(_, unit)| unit.is_gone).map(|(step, _)| *step)
    }

    /// Whether anything in it differs after any step.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.steps.iter().any(|(_, unit)| !unit.changes.is_empty())
    }
}

/// What tells people which one it is, as it came.
#[derive(Clone, Debug)]
pub struct Head {
    /// What it is.
    pub on: On,
    /// Its `service.name`; empty where it has none.
    pub service: String,
    /// Of a scope or span; empty for a resource.
    pub name: String,
    /// Of a span, in hexadecimal.
    pub trace_id: String,
    /// The same.
    pub span_id: String,
    /// The same; empty where it has no parent.
    pub parent_span_id: String,
    /// When it started, in nanoseconds since 1970.
    pub start: u64,
    /// Whether its status is an error.
    pub failed: bool,
    /// Nanoseconds; nothing where the end lies before the start.
    pub duration: Option<u64>,
    /// How many spans a resource or scope has.
    pub spans: usize,
}

/// Follows all that came through the steps of one way, in order; what plugins made comes last.
///
/// # Errors
/// A batch is no OTLP, or holds texts that are not UTF-8.
pub fn follow(way: &[Step<'_>]) -> Result<Vec<Traveller>, Error> {
    follow_with(&mut Decoded::default(), way)
}

/// As [`follow`], of batches of which some may be decoded already.
pub(crate) fn follow_with<'s>(
    decoded: &mut Decoded<'s>,
    way: &[Step<'s>],
) -> Result<Vec<Traveller>, Error> {
    let mut travellers: Vec<Traveller> = Vec::new();
    let mut present = Present::default();
    for (number, step) in way.iter().enumerate() {
        let (came, went) = (decoded.of(step.came)?, decoded.of(step.went)?);
        let maker = number.checked_sub(1).map(|before| way[before].place);
        let mut seen = Present::default();
        for head in heads(&came) {
            let on = head.on;
            let at = present.get(on).get(seen.get(on).len()).copied().unwrap_or_else(|| {
                let (steps, shadowed, numbers) = (Vec::new(), Vec::new(), Vec::new());
                travellers.push(Traveller { head, made_by: maker, steps, shadowed, numbers });
                travellers.len() - 1
            });
            travellers[at].numbers.push((number, seen.get(on).len() as u32));
            seen.of(on).push(at);
        }
        for unit in compare(&came, &went, step.gone, step.told) {
            let traveller = &mut travellers[seen.get(unit.of.on)[unit.of.number as usize]];
            let to = if step.is_shadow { &mut traveller.shadowed } else { &mut traveller.steps };
            to.push((number, unit));
        }
        present = if step.is_shadow { seen } else { seen.without(step.gone) };
    }
    Ok(travellers)
}

/// Batches by their bytes, each decoded once: what goes on from one step comes to the next, and both
/// of two ways begin with the same.
#[derive(Default)]
pub(crate) struct Decoded<'b>(HashMap<&'b [u8], Rc<TracesData>>);

impl<'b> Decoded<'b> {
    /// # Errors
    /// The batch is no OTLP, or holds texts that are not UTF-8.
    pub fn of(&mut self, batch: &'b [u8]) -> Result<Rc<TracesData>, Error> {
        if let Some(known) = self.0.get(batch) {
            return Ok(Rc::clone(known));
        }
        let new = Rc::new(decode(batch)?);
        self.0.insert(batch, Rc::clone(&new));
        Ok(new)
    }
}

/// The resources, scopes and spans of the batch at hand, by their place among the travellers.
#[derive(Default)]
struct Present([Vec<usize>; 3]);

impl Present {
    fn get(&self, on: On) -> &[usize] {
        &self.0[on.whole() as usize]
    }

    fn of(&mut self, on: On) -> &mut Vec<usize> {
        &mut self.0[on.whole() as usize]
    }

    fn without(mut self, gone: &Gone) -> Self {
        let all =
            [(On::Resource, &gone.resources), (On::Scope, &gone.scopes), (On::Span, &gone.spans)];
        for (on, gone) in all {
            let mut gone = gone.iter();
            self.of(on).retain(|_| !gone.next().copied().unwrap_or_default());
        }
        self
    }
}

/// The heads of what stands in a batch, in order.
fn heads(batch: &TracesData) -> Vec<Head> {
    let mut heads = Vec::new();
    for resource in &batch.resource_spans {
        let service = service(resource);
        let around = |on, name: &str, spans| Head {
            on,
            service: service.clone(),
            name: name.to_owned(),
            trace_id: String::new(),
            span_id: String::new(),
            parent_span_id: String::new(),
            start: 0,
            failed: false,
            duration: None,
            spans,
        };
        let spans = resource.scope_spans.iter().map(|scope| scope.spans.len()).sum();
        heads.push(around(On::Resource, "", spans));
        for scope in &resource.scope_spans {
            let name = scope.scope.as_ref().map_or("", |scope| &scope.name);
            heads.push(around(On::Scope, name, scope.spans.len()));
            heads.extend(scope.spans.iter().map(|span| of_span(span, &service)));
        }
    }
    heads
}

/// OTLP's `STATUS_CODE_ERROR`.
const ERROR: i32 = 2;

fn of_span(span: &Span, service: &str) -> Head {
    Head {
        on: On::Span,
        service: service.to_owned(),
        name: span.name.clone(),
        trace_id: notes::id(&span.trace_id),
        span_id: notes::id(&span.span_id),
        parent_span_id: notes::id(&span.parent_span_id),
        start: span.start_time_unix_nano,
        failed: span.status.as_ref().is_some_and(|status| status.code == ERROR),
        duration: span.end_time_unix_nano.checked_sub(span.start_time_unix_nano),
        spans: 1,
    }
}

/// OpenTelemetry's `service.name`.
fn service(resource: &ResourceSpans) -> String {
    let attributes = resource.resource.as_ref().map_or(&[][..], |resource| &resource.attributes);
    let name = attributes.iter().find(|attribute| attribute.key == "service.name");
    match name.and_then(|name| name.value.clone()) {
        Some(AnyValue { value: Some(Value::StringValue(name)) }) => name,
        _ => String::new(),
    }
}
