//! Times, moved to a day of their own with all that lies between them.

use otlp_json::{Span, TracesData};

/// When the first thing of a made-up span happens: 2026-03-02T09:00:00Z.
const BEGIN: u64 = 1_772_442_000_000_000_000;

/// Moves all times so that the first start of a span is at a day that says nothing. A time that is
/// not set stays so.
pub(crate) fn shift(traces: &mut TracesData) {
    let first = spans(traces).map(first_of).filter(|time| *time > 0).min().unwrap_or(BEGIN);
    let moved = |time: &mut u64| {
        if *time > 0 {
            *time = BEGIN.wrapping_add(time.wrapping_sub(first)).max(1);
        }
    };
    for around in &mut traces.resource_spans {
        for span in around.scope_spans.iter_mut().flat_map(|scope| &mut scope.spans) {
            moved(&mut span.start_time_unix_nano);
            moved(&mut span.end_time_unix_nano);
            span.events.iter_mut().for_each(|event| moved(&mut event.time_unix_nano));
        }
    }
}

fn first_of(span: &Span) -> u64 {
    match span.start_time_unix_nano {
        0 => span.end_time_unix_nano,
        start => start,
    }
}

/// The last time that spans have, or their events; 0 where they have none.
#[must_use]
pub fn latest(traces: &TracesData) -> u64 {
    let last = |span: &Span| {
        let events = span.events.iter().map(|event| event.time_unix_nano);
        events.chain([span.start_time_unix_nano, span.end_time_unix_nano]).max()
    };
    spans(traces).filter_map(last).max().unwrap_or_default()
}

fn spans(traces: &TracesData) -> impl Iterator<Item = &Span> {
    let scopes = traces.resource_spans.iter().flat_map(|around| &around.scope_spans);
    scopes.flat_map(|scope| &scope.spans)
}
