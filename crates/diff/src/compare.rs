//! [`compare`]: what became of a batch.

use notes::Told;
use otlp_json::{AnyValue, KeyValue, ResourceSpans, ScopeSpans, TracesData, Value};
use spans::{Gone, On, Spot, Subject};

use crate::align::align;
use crate::place::{Carrier, Place, Segment, of_resource, of_scope, of_span};

/// A resource, scope or span that something became of.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// Its number in the batch that came.
    pub of: Subject,
    /// Whether it does not go on.
    pub is_gone: bool,
    /// What differs in it, in order.
    pub changes: Vec<Change>,
    /// Notes of it that belong to no change, by their number: why it was kept or dropped, what was
    /// looked at and left, what was left in doubt.
    pub told: Vec<usize>,
}

/// One thing that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Where.
    pub place: Place,
    /// What differs there.
    pub what: What,
    /// Numbers of the notes that say why.
    pub told: Vec<usize>,
}

/// What differs at a place.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A value; of one that was not there, or is not any more, the other alone.
    Value(Option<AnyValue>, Option<AnyValue>),
    /// The key of an entry.
    Key(String, String),
}

/// Compares a batch that came with what went of it: `gone` says what did not. Gives what changed,
/// what is gone, and what `told` tells of, in the order of the batch: resources before their scopes,
/// scopes before their spans.
#[must_use]
pub fn compare(came: &TracesData, went: &TracesData, gone: &Gone, told: &[Told]) -> Vec<Unit> {
    let mut all = Comparison { told: by_unit(told), units: Vec::new(), gone, scopes: 0, spans: 0 };
    all.batches(came, went);
    all.units
}

/// Notes with their numbers, those of one resource, scope or span together.
fn by_unit(told: &[Told]) -> Vec<(usize, &Told)> {
    let mut all: Vec<_> = told.iter().enumerate().collect();
    all.sort_by_key(|(_, told)| unit_of(told));
    all
}

fn unit_of(told: &Told) -> (u8, u32) {
    (told.of.on.whole() as u8, told.of.number)
}

struct Comparison<'t> {
    told: Vec<(usize, &'t Told)>,
    units: Vec<Unit>,
    gone: &'t Gone,
    /// Scopes and spans so far.
    scopes: usize,
    spans: usize,
}

impl<'t> Comparison<'t> {
    fn batches(&mut self, came: &TracesData, went: &TracesData) {
        let mut went = went.resource_spans.iter();
        for (number, resource) in came.resource_spans.iter().enumerate() {
            let is_gone = is_gone(&self.gone.resources, number);
            let after = if is_gone { None } else { went.next() };
            self.unit(On::Resource, number, &of_resource(resource), after.map(of_resource));
            self.scopes_of(resource, after);
        }
    }

    fn scopes_of(&mut self, resource: &ResourceSpans, after: Option<&ResourceSpans>) {
        let mut went = after.map(|after| after.scope_spans.iter());
        for scope in &resource.scope_spans {
            let number = self.scopes;
            self.scopes += 1;
            let is_gone = is_gone(&self.gone.scopes, number);
            let after = if is_gone { None } else { went.as_mut().and_then(Iterator::next) };
            self.unit(On::Scope, number, &of_scope(scope), after.map(of_scope));
            self.spans_of(scope, after);
        }
    }

    fn spans_of(&mut self, scope: &ScopeSpans, after: Option<&ScopeSpans>) {
        let mut went = after.map(|after| after.spans.iter());
        for span in &scope.spans {
            let number = self.spans;
            self.spans += 1;
            let is_gone = is_gone(&self.gone.spans, number);
            let after = if is_gone { None } else { went.as_mut().and_then(Iterator::next) };
            self.unit(On::Span, number, &of_span(span), after.map(of_span));
        }
    }

    fn unit(&mut self, on: On, number: usize, was: &[Carrier<'_>], is: Option<Vec<Carrier<'_>>>) {
        let of = Subject { on, number: number as u32, member: 0 };
        let mut unit = Unit { of, is_gone: is.is_none(), changes: Vec::new(), told: Vec::new() };
        let told = self.told_of(of);
        for (was, is) in was.iter().zip(is.iter().flatten()) {
            carrier(was, is, &told, &mut unit.changes);
        }
        let is_joined = |number: &usize| unit.changes.iter().any(|it| it.told.contains(number));
        unit.told = told.iter().map(|(number, _)| *number).filter(|it| !is_joined(it)).collect();
        if unit.is_gone || !unit.changes.is_empty() || !unit.told.is_empty() {
            self.units.push(unit);
        }
    }

    fn told_of(&self, of: Subject) -> Vec<(usize, &'t Told)> {
        let unit = (of.on as u8, of.number);
        let start = self.told.partition_point(|(_, told)| unit_of(told) < unit);
        let told = self.told[start..].iter().take_while(|(_, told)| unit_of(told) == unit);
        told.copied().collect()
    }
}

fn is_gone(gone: &[bool], number: usize) -> bool {
    gone.get(number).copied().unwrap_or_default()
}

/// What differs in a resource, scope, span, event, link or entity.
fn carrier(was: &Carrier<'_>, is: &Carrier<'_>, told: &[(usize, &Told)], to: &mut Vec<Change>) {
    let here = |told: &&(usize, &Told)| (told.1.of.on, told.1.of.member) == (was.on, was.member);
    let told: Vec<_> = told.iter().filter(here).copied().collect();
    let renamed = told.iter().any(|(_, told)| matches!(told.spot, Spot::Key(_)));
    let mut differ = Differ { told, renamed, to };
    for (before, after) in was.fields.iter().zip(&is.fields) {
        if before.1 != after.1 {
            let place = Place::field(was.on, was.member, before.0);
            let [before, after] = [before.1, after.1].map(|text| {
                let text = (!text.is_empty()).then(|| Value::StringValue(text.to_owned()));
                text.map(|text| AnyValue { value: Some(text) })
            });
            differ.push(place, What::Value(before, after));
        }
    }
    differ.entries(&Place::attributes(was.on, was.member), was.attributes, is.attributes);
}

struct Differ<'d, 't> {
    /// Notes of this carrier.
    told: Vec<(usize, &'t Told)>,
    renamed: bool,
    to: &'d mut Vec<Change>,
}

impl Differ<'_, '_> {
    fn entries(&mut self, around: &Place, was: &[KeyValue], is: &[KeyValue]) {
        for (was, is) in align(was, is, self.renamed) {
            match (was, is) {
                (Some(was), Some(is)) if was.key == is.key => {
                    let place = around.inside(Segment::Key(was.key.clone()));
                    self.values(place, was.value.as_ref(), is.value.as_ref());
                }
                (Some(was), Some(is)) => {
                    let place = around.inside(Segment::Changed);
                    self.push(place.clone(), What::Key(was.key.clone(), is.key.clone()));
                    self.values(place, was.value.as_ref(), is.value.as_ref());
                }
                (was, is) => {
                    let Some(entry) = was.or(is) else { continue };
                    let value =
                        |it: Option<&KeyValue>| it.map(|it| it.value.clone().unwrap_or_default());
                    let place = around.inside(Segment::Key(entry.key.clone()));
                    self.push(place, What::Value(value(was), value(is)));
                }
            }
        }
    }

    fn values(&mut self, place: Place, was: Option<&AnyValue>, is: Option<&AnyValue>) {
        let inner = |value: Option<&AnyValue>| value.and_then(|it| it.value.clone());
        match (inner(was), inner(is)) {
            (Some(Value::KvlistValue(was)), Some(Value::KvlistValue(is))) => {
                self.entries(&place, &was.values, &is.values);
            }
            (Some(Value::ArrayValue(was)), Some(Value::ArrayValue(is))) => {
                self.elements(&place, &was.values, &is.values);
            }
            (was, is) if is_same(was.as_ref(), is.as_ref()) => {}
            (was, is) => {
                let value = |value| Some(AnyValue { value });
                self.push(place, What::Value(value(was), value(is)));
            }
        }
    }

    /// What stands in a list: from both ends what is the same, between them one for one.
    fn elements(&mut self, place: &Place, was: &[AnyValue], is: &[AnyValue]) {
        if was.len() == is.len() {
            for (index, (was, is)) in was.iter().zip(is).enumerate() {
                self.values(place.inside(Segment::Index(index)), Some(was), Some(is));
            }
            return;
        }
        let front = was.iter().zip(is).take_while(|(was, is)| was == is).count();
        let (was, is) = (&was[front..], &is[front..]);
        let back = was.iter().rev().zip(is.iter().rev()).take_while(|(was, is)| was == is).count();
        let (was, is) = (&was[..was.len() - back], &is[..is.len() - back]);
        for index in 0..was.len().max(is.len()) {
            let place = place.inside(Segment::Index(front + index));
            match (was.get(index), is.get(index)) {
                (Some(was), Some(is)) => self.values(place, Some(was), Some(is)),
                (was, is) => self.push(place, What::Value(was.cloned(), is.cloned())),
            }
        }
    }

    fn push(&mut self, place: Place, what: What) {
        let is_key = matches!(what, What::Key(..));
        let says = |(_, told): &&(usize, &Told)| match told.spot {
            // By such a rule nothing differs, whatever others did there.
            _ if told.deed.is_reported() => false,
            Spot::Whole => false,
            Spot::Field(field) => place.field == Some(field),
            Spot::Key(_) => is_key && is_of(told, &place),
            Spot::Set(_) | Spot::Value(_) => !is_key && is_of(told, &place),
        };
        let told = self.told.iter().filter(says).map(|(number, _)| *number).collect();
        self.to.push(Change { place, what, told });
    }
}

/// Whether a note that is of this carrier's attributes is of this place.
fn is_of(told: &Told, place: &Place) -> bool {
    let path = told.key.as_deref();
    path.is_some_and(|path| place.meets(told.of.on, told.of.member, None, path))
}

/// A double that is not a number is the same as itself.
fn is_same(was: Option<&Value>, is: Option<&Value>) -> bool {
    match (was, is) {
        (Some(Value::DoubleValue(was)), Some(Value::DoubleValue(is))) => {
            was.to_bits() == is.to_bits()
        }
        (was, is) => was == is,
    }
}
