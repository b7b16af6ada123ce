//! [`find`]: the span that a case is made of, with its resource and scope.

use std::path::Path;

use host::{Chain, Passed};
use otlp_json::{ResourceSpans, ScopeSpans, Span, TracesData};

use crate::arguments;
use crate::clock::Clock;
use crate::files::full_path;
use crate::progress;
use crate::say::complain;

/// Which span is looked for.
pub(super) struct Wanted<'w> {
    pub span: [u8; 8],
    /// What the id of its trace begins with.
    pub trace: Option<&'w str>,
}

/// Finds the one span that is meant, as it comes out of `before`, which sees all of the input.
pub(super) fn find(
    path: &Path,
    wanted: &Wanted<'_>,
    mut before: Chain,
) -> Result<TracesData, String> {
    let at = |problem: &dyn std::fmt::Display| match path.to_str() {
        Some("-") => format!("-: {problem}"),
        _ => format!("{}: {problem}", full_path(path).display()),
    };
    let mut clock = Clock::new(None, arguments::Clock::EventTime)?;
    let (mut came, mut went) = (Vec::new(), Vec::new());
    for (number, batch) in progress::open(path).map_err(|error| at(&error))?.enumerate() {
        let place = |error: &dyn std::fmt::Display| at(&format!("batch {}: {error}", number + 1));
        let batch = batch.map_err(|error| at(&error))?;
        take(&batch, wanted, &mut came).map_err(|error| place(&error))?;
        clock.observe(&batch);
        let now = clock.now();
        for passed in [before.process(&batch, now), before.tick(now)] {
            let Passed { traces, .. } = passed.map_err(|error| place(&error))?;
            for traces in &traces {
                take(traces, wanted, &mut went).map_err(|error| place(&error))?;
            }
        }
    }
    let came = one(came, wanted).map_err(|problem| at(&problem))?;
    let is_same = |alone: &TracesData| {
        span(alone).map(|it| &it.trace_id) == span(&came).map(|it| &it.trace_id)
    };
    went.into_iter().find(is_same).ok_or_else(|| {
        at(&"found a span that a plugin before drops; expected one that comes to the plugin")
    })
}

fn take(
    traces: &[u8],
    wanted: &Wanted<'_>,
    found: &mut Vec<TracesData>,
) -> Result<(), otlp_json::Error> {
    for around in otlp_json::decode(traces)?.resource_spans {
        for scope in &around.scope_spans {
            for span in scope.spans.iter().filter(|span| wanted.is(span)) {
                let scope = ScopeSpans { spans: vec![span.clone()], ..scope.clone() };
                let alone = ResourceSpans { scope_spans: vec![scope], ..around.clone() };
                found.push(TracesData { resource_spans: vec![alone] });
            }
        }
    }
    Ok(())
}

/// The one that is meant. Of a span that came twice it is the first.
fn one(mut found: Vec<TracesData>, wanted: &Wanted<'_>) -> Result<TracesData, String> {
    let mut traces: Vec<_> =
        found.iter().filter_map(|it| Some(span(it)?.trace_id.clone())).collect();
    traces.sort();
    traces.dedup();
    let of_trace =
        if wanted.trace.is_some() { ", in a trace whose id begins as `--trace` says" } else { "" };
    match (found.len(), traces.len()) {
        (0, _) => Err(format!("found no span of this id{of_trace}; expected one")),
        (count, 1) => {
            if count > 1 {
                complain!(
                    "warn: found the span {count} times in its trace; the case is made of the first"
                );
            }
            Ok(found.swap_remove(0))
        }
        (count, traces) => Err(format!(
            "found {count} spans of this id{of_trace}, in {traces} traces; expected one: say of which trace with `--trace`"
        )),
    }
}

fn span(alone: &TracesData) -> Option<&Span> {
    alone.resource_spans.first()?.scope_spans.first()?.spans.first()
}

impl Wanted<'_> {
    fn is(&self, span: &Span) -> bool {
        let is_of_trace = |begin: &str| hex::encode(&span.trace_id).starts_with(begin);
        span.span_id == self.span && self.trace.is_none_or(is_of_trace)
    }
}
