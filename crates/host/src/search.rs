//! Looks for the spans that a plugin cannot process, in halves of halves.

use std::fmt;
use std::time::{Duration, Instant};

use plugin::{Counts, OnFailure, Outcome, Output, Stopped};

use crate::pieces;

/// Crashes after which the rest of a batch goes by the failure policy as it
/// is: six spans at fault in a thousand are found with it.
const MOST_CRASHES: usize = 64;

/// Longest search, in timeouts of one call.
const LONGEST: u32 = 10;

/// Spans that a plugin could not process. Holds ids, size and reason, and
/// nothing else of a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// How many spans; 1 but where the search was given up.
    pub spans: usize,
    /// Size of the spans with their resources in bytes of OTLP.
    pub bytes: usize,
    /// Ids of trace and span in hex, of a single span.
    pub ids: Option<(String, String)>,
    /// What became of them.
    pub policy: OnFailure,
    /// What the plugin did.
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.ids {
            Some((trace, span)) => write!(f, "span `{span}` of trace `{trace}`")?,
            None => write!(f, "{} spans", self.spans)?,
        }
        let became = match (self.policy, self.spans) {
            (OnFailure::Block, 1) => "was not passed on",
            (OnFailure::Block, _) => "were not passed on",
            (OnFailure::Pass, 1) => "goes on as it was",
            (OnFailure::Pass, _) => "go on as they were",
        };
        write!(f, ", {} bytes, {became}: the plugin {}", self.bytes, self.reason)
    }
}

/// What one batch came to.
pub(crate) struct Processed {
    /// The spans that go on; nothing where none is left.
    pub traces: Option<Vec<u8>>,
    pub counts: Counts,
    pub faults: Vec<Fault>,
}

impl Processed {
    /// What a batch came to that the plugin could process as a whole.
    pub fn whole(outcome: Outcome, batch: Vec<u8>) -> Processed {
        let traces = match outcome.output {
            Output::Unchanged => Some(batch),
            Output::Replaced(traces) => Some(traces),
            Output::NothingLeft => None,
        };
        Processed { traces, counts: outcome.counts, faults: Vec::new() }
    }
}

/// Settles a batch whose first call ended with `cause`. `call` hands a part of
/// it to the plugin, within a time that is at most `timeout`.
pub(crate) fn settle(
    batch: &[u8],
    cause: Stopped,
    policy: OnFailure,
    timeout: Duration,
    call: impl FnMut(&[u8], Duration) -> Result<Outcome, Stopped>,
) -> Result<Processed, Stopped> {
    // Spans that cannot be told apart can only go by together.
    let Ok(spans) = spans::count(batch) else {
        return Err(cause);
    };
    let mut search = Search {
        batch,
        policy,
        timeout,
        call,
        until: Instant::now() + timeout * LONGEST,
        crashes: 0,
        traces: Vec::new(),
        counts: Counts { spans_in: spans as u32, ..Counts::default() },
        faults: Vec::new(),
    };
    search.failed(0, spans, 0, &cause);
    let Search { traces, counts, faults, .. } = search;
    let traces = (!traces.is_empty()).then_some(traces);
    Ok(Processed { traces, counts, faults })
}

struct Search<'a, F> {
    batch: &'a [u8],
    policy: OnFailure,
    timeout: Duration,
    call: F,
    until: Instant,
    crashes: usize,
    traces: Vec<u8>,
    counts: Counts,
    faults: Vec<Fault>,
}

impl<F: FnMut(&[u8], Duration) -> Result<Outcome, Stopped>> Search<'_, F> {
    /// Hands spans from `first` up to `end` to the plugin on their own.
    fn try_range(&mut self, first: usize, end: usize, depth: u32) {
        let part = self.part(first, end);
        // Half of the bytes have half of the time, but never so little that a busy machine
        // makes them fail. A heavy resource stays with both halves, and so does its time.
        let share = part.len() as f64 / self.batch.len() as f64;
        let timeout = self.timeout.mul_f64(share.clamp(0.25, 1.0));
        match (self.call)(&part, timeout) {
            Ok(outcome) => {
                self.counts.spans_out += outcome.counts.spans_out;
                self.counts.spans_changed += outcome.counts.spans_changed;
                self.counts.spans_dropped += outcome.counts.spans_dropped;
                match outcome.output {
                    // Two messages one after the other are one with the spans of both.
                    Output::Unchanged => self.traces.extend_from_slice(&part),
                    Output::Replaced(traces) => self.traces.extend_from_slice(&traces),
                    Output::NothingLeft => {}
                }
            }
            Err(stopped) => self.failed(first, end, depth, &stopped),
        }
    }

    fn failed(&mut self, first: usize, end: usize, depth: u32, cause: &Stopped) {
        self.crashes += 1;
        let too_many = self.crashes >= MOST_CRASHES || Instant::now() >= self.until;
        if too_many || end - first <= 1 && (depth > 0 || self.crashes > 1) {
            self.give_up(first, end, cause);
        } else if end - first <= 1 {
            // It came alone, so no new instance has tried it yet.
            self.try_range(first, end, depth);
        } else {
            let middle = first + (end - first) / 2;
            self.try_range(first, middle, depth + 1);
            self.try_range(middle, end, depth + 1);
        }
    }

    /// Leaves spans to the failure policy.
    fn give_up(&mut self, first: usize, end: usize, cause: &Stopped) {
        let part = self.part(first, end);
        if self.policy == OnFailure::Pass {
            self.traces.extend_from_slice(&part);
            self.counts.spans_out += (end - first) as u32;
        }
        self.faults.push(Fault {
            spans: end - first,
            bytes: part.len(),
            ids: if end - first == 1 { ids(&part) } else { None },
            policy: self.policy,
            reason: cause.deed(),
        });
    }

    fn part(&self, first: usize, end: usize) -> Vec<u8> {
        // The whole also holds what stands under no span.
        if end - first == self.counts.spans_in as usize {
            return self.batch.to_vec();
        }
        pieces::part(self.batch, first..end)
    }
}

fn ids(part: &[u8]) -> Option<(String, String)> {
    let mut ids = None;
    spans::read(part, |_, span| {
        ids = Some((hex::encode(span.trace_id), hex::encode(span.span_id)));
        Ok(())
    })
    .ok()?;
    ids
}

#[cfg(test)]
mod tests {
    use plugin::Crash;

    use super::*;

    /// Scenario: a span came alone, and its instance crashed for a reason of
    /// its own.
    /// Guarantees: a new instance tries the span once, and only once, before it
    /// counts as at fault.
    #[test]
    fn a_span_that_came_alone_is_tried_by_a_new_instance() {
        let json = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"}]}]}]}"#;
        let batch = otlp_json::to_protobuf(json).unwrap();
        let crash = || Stopped::Crash(Crash::OutOfStack);
        for (passes, faults) in [(true, 0), (false, 1)] {
            let mut calls = 0;
            let call = |part: &[u8], _| {
                calls += 1;
                assert_eq!(part, batch);
                let counts = Counts { spans_in: 1, spans_out: 1, ..Counts::default() };
                passes.then_some(Outcome { output: Output::Unchanged, counts }).ok_or_else(crash)
            };
            let timeout = Duration::from_secs(60);
            let processed = settle(&batch, crash(), OnFailure::Block, timeout, call).ok().unwrap();
            assert_eq!((calls, processed.faults.len()), (1, faults));
            assert_eq!(processed.traces, passes.then(|| batch.clone()));
        }
    }

    /// Scenario: two spans under a light resource, then under a heavy one.
    /// Guarantees: a half has as much of the time as it has of the bytes, so
    /// what a resource costs is not cut in two.
    #[test]
    fn a_half_has_time_for_its_resource() {
        for (weight, least, most) in [(0, 0.25, 0.6), (100_000, 0.99, 1.0)] {
            let resource = format!(
                r#"{{"attributes":[{{"key":"k","value":{{"stringValue":"{}"}}}}]}}"#,
                "x".repeat(weight)
            );
            let span = format!(r#"{{"name":"{}"}}"#, "s".repeat(100));
            let json = format!(
                r#"{{"resourceSpans":[{{"resource":{resource},"scopeSpans":[{{"spans":[{span},{span}]}}]}}]}}"#
            );
            let batch = otlp_json::to_protobuf(&json).unwrap();
            let crash = || Stopped::Crash(Crash::OutOfStack);
            let mut shares = Vec::new();
            let call = |_: &[u8], timeout: Duration| {
                shares.push(timeout.as_secs_f64() / 60.0);
                Err(crash())
            };
            settle(&batch, crash(), OnFailure::Block, Duration::from_secs(60), call).ok().unwrap();
            let is_fair = shares.iter().all(|share| (least..=most).contains(share));
            assert!(is_fair && shares.len() == 2, "{weight}: {shares:?}");
        }
    }
}
