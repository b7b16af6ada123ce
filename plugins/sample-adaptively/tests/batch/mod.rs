//! Batches for tests, made and read with OpenTelemetry's own types.
#![allow(dead_code, reason = "not every test needs all of it")]

use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, KeyValue, KeyValueList, any_value::Value,
};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, TracesData};
use prost::Message;
use sample_adaptively::{Settings, sample};
use spans::{MOST_NOTES, Notes, Noting, Output, Spot};

/// One second.
pub const SECOND: u64 = 1_000_000_000;

/// What a test says of a span.
#[derive(Clone, Copy, Debug)]
pub struct TestSpan<'a> {
    pub trace_id: &'a [u8],
    pub trace_state: &'a str,
    pub name: &'a str,
    pub start: u64,
    pub end: u64,
    pub status: i32,
    pub attributes: &'a [(&'a str, TestValue<'a>)],
}

/// The value of an attribute.
#[derive(Clone, Copy, Debug)]
pub enum TestValue<'a> {
    Text(&'a str),
    Bool(bool),
    Int(i64),
    Double(f64),
    Bytes(&'a [u8]),
    List(&'a TestValue<'a>),
    /// With one entry, `a`.
    Map(&'a TestValue<'a>),
    /// No value at all.
    None,
}

impl Default for TestSpan<'_> {
    /// Took 1 ms, in a trace that 10 % do not keep.
    fn default() -> Self {
        TestSpan {
            trace_id: &[1; 16],
            trace_state: "",
            name: "GET /orders",
            start: 1_000 * SECOND,
            end: 1_000 * SECOND + 1_000_000,
            status: 0,
            attributes: &[],
        }
    }
}

/// The spans that are left by these rules.
///
/// # Panics
///
/// Where the rules are wrong, or the counts do not fit what is left.
pub fn sampled(rules: &str, spans: &[TestSpan<'_>]) -> Vec<Span> {
    sampled_bytes(rules, &encode(spans))
}

/// The spans of an encoded batch that are left by these rules.
///
/// # Panics
///
/// Where the rules are wrong, or the counts do not fit what is left.
pub fn sampled_bytes(rules: &str, traces: &[u8]) -> Vec<Span> {
    let documents = [rules::Document::new("rules.yaml", rules)];
    let rules = rules::read::<Settings>(&documents).expect("right rules").compile();
    let mut tallies = Vec::new();
    let rewritten = cases::edited(&rules.sight(), rules.writes(), traces, |view| {
        let sampled = sample(&rules, view, &mut Notes::default())?;
        let mut notes = Notes::at(Noting::Acts);
        let asked = sample(&rules, view, &mut notes)?;
        assert_eq!((&asked.edits, &asked.tallies), (&sampled.edits, &sampled.tallies));
        // Two notes a span are more than an answer may have.
        if spans::count(view)? <= MOST_NOTES / 2 {
            assert_eq!(told(notes), spans::count(view)?, "each span has a reason");
        }
        tallies = sampled.tallies;
        Ok(sampled.edits)
    });
    let rewritten = rewritten.expect("a batch");
    let counts = rewritten.counts;
    let left = match rewritten.output {
        Output::Unchanged => decode(traces),
        Output::Replaced(bytes) => decode(&bytes),
        Output::NothingLeft => Vec::new(),
    };
    assert_eq!(counts.spans_out as usize, left.len());
    let kept: u64 = tallies.iter().map(|tally| tally.kept).sum();
    let dropped: u64 = tallies.iter().map(|tally| tally.dropped).sum();
    assert_eq!((kept as usize, (kept + dropped) as usize), (left.len(), counts.spans_in as usize));
    left
}

/// How many spans notes say of whether they are kept.
fn told(notes: Notes) -> usize {
    let (notes, _) = Notes::read(&notes.into_bytes()).expect("notes");
    notes.iter().filter(|note| note.spot == Spot::Whole).count()
}

/// A batch of these spans.
pub fn encode(spans: &[TestSpan<'_>]) -> Vec<u8> {
    let spans = spans.iter().enumerate().map(|(index, span)| Span {
        trace_id: span.trace_id.to_vec(),
        span_id: (index as u64 + 1).to_be_bytes().to_vec(),
        trace_state: span.trace_state.to_owned(),
        name: span.name.to_owned(),
        start_time_unix_nano: span.start,
        end_time_unix_nano: span.end,
        status: (span.status != 0).then(|| Status { code: span.status, ..Status::default() }),
        attributes: span.attributes.iter().map(attribute).collect(),
        ..Span::default()
    });
    let scope_spans = ScopeSpans { spans: spans.collect(), ..ScopeSpans::default() };
    let resource_spans =
        ResourceSpans { scope_spans: vec![scope_spans], ..ResourceSpans::default() };
    TracesData { resource_spans: vec![resource_spans] }.encode_to_vec()
}

fn attribute((key, value): &(&str, TestValue<'_>)) -> KeyValue {
    KeyValue { key: (*key).to_owned(), value: Some(any_value(value)), ..KeyValue::default() }
}

fn any_value(value: &TestValue<'_>) -> AnyValue {
    let value = match value {
        TestValue::Text(text) => Value::StringValue((*text).to_owned()),
        TestValue::Bool(value) => Value::BoolValue(*value),
        TestValue::Int(value) => Value::IntValue(*value),
        TestValue::Double(value) => Value::DoubleValue(*value),
        TestValue::Bytes(bytes) => Value::BytesValue(bytes.to_vec()),
        TestValue::List(one) => Value::ArrayValue(ArrayValue { values: vec![any_value(one)] }),
        TestValue::Map(one) => {
            Value::KvlistValue(KeyValueList { values: vec![attribute(&("a", **one))] })
        }
        TestValue::None => return AnyValue { value: None },
    };
    AnyValue { value: Some(value) }
}

/// The spans of a batch, in order.
///
/// # Panics
///
/// Where it is none.
pub fn decode(traces: &[u8]) -> Vec<Span> {
    let traces = TracesData::decode(traces).expect("what comes out is a batch");
    let scopes = traces.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
    scopes.flat_map(|scope| scope.spans).collect()
}
