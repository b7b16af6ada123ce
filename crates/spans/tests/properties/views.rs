//! What holds for views of any bytes. Both the property tests and a fuzz target check it.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, TracesData};
use prost::Message;
use spans::{Carriers, Fields, Parts, Selector, Sight, View, Viewer};

use crate::shown;
use crate::tape::Tape;

const PATTERNS: [&str; 14] = [
    "order_id",
    "ORDER_*",
    "db.statement",
    "db.*",
    "ОПЕРАТОР",
    "k",
    "k.k",
    "*.k",
    "k.*.order_id",
    "order_id.*",
    "*",
    "*a*",
    "get /orders",
    "nowhere",
];

/// Any sight; those of parts most often.
pub fn sight(tape: &mut Tape) -> Sight {
    match tape.below(8) {
        0 => Sight::Everything,
        1 => Sight::Texts,
        _ => {
            let few = tape.once_in(2);
            let mut fields = Fields::from_bits_truncate(number(tape));
            if few {
                fields &= Fields::from_bits_truncate(number(tape) & number(tape));
            }
            let selectors = 0..tape.below(4);
            let keys = selectors.map(|_| Selector {
                carriers: Carriers::from_bits_truncate(tape.byte()),
                keys: (0..tape.below(3)).map(|_| (*tape.pick(&PATTERNS)).to_owned()).collect(),
            });
            Sight::Parts(Parts { fields, keys: keys.collect() })
        }
    }
}

fn number(tape: &mut Tape) -> u32 {
    (0..3).fold(0, |number, _| number << 8 | u32::from(tape.byte()))
}

/// Checks all of it. `tape` chooses the sight, and where views begin and end.
pub fn hold(bytes: &[u8], tape: &mut Tape) {
    let sight = sight(tape);
    let viewer = Viewer::new(&sight).expect("right patterns");
    match (viewer.view(bytes, 0..usize::MAX, 0), TracesData::decode(bytes)) {
        (Ok(view), Ok(traces)) => {
            shows_what_prost_shows(&view, &traces, &sight);
            is_its_own_view(&viewer, &view, &traces, &sight);
            parts_are_the_whole(&viewer, bytes, &traces, &sight, tape);
        }
        (Err(malformed), Ok(_)) => panic!("prost takes it: {malformed}"),
        (Err(malformed), Err(_)) => {
            assert!(spans::validate(bytes).is_err(), "it decodes: {malformed}");
            assert!(malformed.offset <= malformed.length, "{malformed}");
            assert_eq!(malformed.length, bytes.len(), "{malformed}");
        }
        (Ok(view), Err(_)) => assert_eq!(spans::validate(&view.bytes), Ok(())),
    }
    let _ = spans::units(bytes);
    let _ = viewer.view(bytes, tape.below(4)..tape.below(8), tape.below(300));
}

fn shows_what_prost_shows(view: &View, traces: &TracesData, sight: &Sight) {
    let expected = shown::view(traces, sight);
    if view.bytes != expected.encode_to_vec() {
        let found = TracesData::decode(&view.bytes[..]);
        panic!("{sight:?} shows\n{found:?}\ninstead of\n{expected:?}\nof\n{traces:?}");
    }
    let units = units(&expected);
    assert_eq!(view.spans, units.iter().filter(|it| it.span.is_some()).count());
    assert_eq!(view.units, 0..units.len());
}

fn is_its_own_view(viewer: &Viewer, view: &View, traces: &TracesData, sight: &Sight) {
    let again = viewer.view(&view.bytes, 0..usize::MAX, 0).expect("a view decodes");
    let mut expected = TracesData::decode(&view.bytes[..]).expect("a view decodes");
    if *sight == Sight::Texts {
        // In a batch, a value that is there and empty is none. So much a view says once only.
        expected = shown::view(&expected, &Sight::Everything);
    } else if matches!(sight, Sight::Parts(_)) && is_deep(traces) {
        // Nor does a list that is cut off say twice what may be in it.
        return;
    }
    assert_eq!(again.bytes, expected.encode_to_vec());
}

/// Whether there is a list or a map that views show empty.
fn is_deep(traces: &TracesData) -> bool {
    let mut carriers: Vec<&[KeyValue]> = Vec::new();
    for resource_spans in &traces.resource_spans {
        carriers.extend(resource_spans.resource.as_ref().map(|it| &it.attributes[..]));
        for scope_spans in &resource_spans.scope_spans {
            carriers.extend(scope_spans.scope.as_ref().map(|it| &it.attributes[..]));
            for span in &scope_spans.spans {
                carriers.push(&span.attributes);
                carriers.extend(span.events.iter().map(|it| &it.attributes[..]));
                carriers.extend(span.links.iter().map(|it| &it.attributes[..]));
            }
        }
    }
    carriers.into_iter().any(|it| depth_of(it) > 32)
}

fn depth_of(entries: &[KeyValue]) -> usize {
    entries.iter().filter_map(|it| it.value.as_ref()).map(depth).max().unwrap_or(0)
}

fn depth(value: &AnyValue) -> usize {
    match &value.value {
        Some(Value::ArrayValue(array)) => 1 + array.values.iter().map(depth).max().unwrap_or(0),
        Some(Value::KvlistValue(map)) => 1 + depth_of(&map.values),
        _ => 0,
    }
}

/// A span, a scope without spans, or a resource without scopes.
struct Unit<'t> {
    resource: usize,
    scope: Option<usize>,
    span: Option<&'t Span>,
}

fn units(traces: &TracesData) -> Vec<Unit<'_>> {
    let mut units = Vec::new();
    for (resource, resource_spans) in traces.resource_spans.iter().enumerate() {
        if resource_spans.scope_spans.is_empty() {
            units.push(Unit { resource, scope: None, span: None });
        }
        for (index, scope_spans) in resource_spans.scope_spans.iter().enumerate() {
            let scope = Some(index);
            if scope_spans.spans.is_empty() {
                units.push(Unit { resource, scope, span: None });
            }
            let spans = scope_spans.spans.iter();
            units.extend(spans.map(|span| Unit { resource, scope, span: Some(span) }));
        }
    }
    units
}

/// A batch of some of the units of another.
fn batch_of(traces: &TracesData, units: &[Unit<'_>]) -> TracesData {
    let mut batch = TracesData::default();
    let mut before: Option<&Unit<'_>> = None;
    for unit in units {
        let around = &traces.resource_spans[unit.resource];
        let is_same = before.is_some_and(|it| it.resource == unit.resource);
        if !is_same {
            batch.resource_spans.push(ResourceSpans { scope_spans: Vec::new(), ..around.clone() });
        }
        let resource_spans = batch.resource_spans.last_mut().expect("it was pushed");
        if let Some(index) = unit.scope {
            if !is_same || before.is_none_or(|it| it.scope != unit.scope) {
                let scope_spans = around.scope_spans[index].clone();
                let scope_spans = ScopeSpans { spans: Vec::new(), ..scope_spans };
                resource_spans.scope_spans.push(scope_spans);
            }
            let scope_spans = resource_spans.scope_spans.last_mut().expect("it was pushed");
            scope_spans.spans.extend(unit.span.cloned());
        }
        before = Some(unit);
    }
    batch
}

fn parts_are_the_whole(
    viewer: &Viewer,
    bytes: &[u8],
    traces: &TracesData,
    sight: &Sight,
    tape: &mut Tape,
) {
    let all = units(traces);
    assert_eq!(spans::units(bytes), Ok(all.len()));
    let limit = if tape.once_in(2) { 0 } else { 1 + tape.below(600) };
    let shown = |units: &[Unit<'_>]| shown::view(&batch_of(traces, units), sight).encode_to_vec();
    let mut start = 0;
    while start < all.len() {
        let end = if tape.once_in(3) { usize::MAX } else { start + 1 + tape.below(4) };
        let view = viewer.view(bytes, start..end, limit).expect("the whole can be viewed");
        let within = &all[start..end.min(all.len())];
        let count = if limit == 0 { within.len() } else { fitting(within, limit, shown) };
        assert_eq!(view.units, start..start + count, "of {end} with {limit}");
        assert_eq!(view.bytes, shown(&within[..count]));
        let spans = within[..count].iter().filter(|it| it.span.is_some()).count();
        assert_eq!(view.spans, spans);
        start += count;
    }
    let beyond = viewer.view(bytes, start..usize::MAX, limit).expect("the whole can be viewed");
    assert_eq!(beyond, View { bytes: Vec::new(), spans: 0, units: start..start });
}

/// How many of these units a view with this limit holds.
fn fitting(units: &[Unit<'_>], limit: usize, shown: impl Fn(&[Unit<'_>]) -> Vec<u8>) -> usize {
    let alone = shown(&units[..1]);
    let batch = TracesData::decode(&alone[..]).expect("a view decodes");
    let span = self::units(&batch)[0].span;
    let field = |span| ScopeSpans { spans: vec![Span::clone(span)], ..ScopeSpans::default() };
    let span_length = span.map_or(0, |span| field(span).encoded_len());
    let most = limit.max(2 * (alone.len() - span_length));
    (2..=units.len()).find(|count| shown(&units[..*count]).len() > most).unwrap_or(units.len() + 1)
        - 1
}
