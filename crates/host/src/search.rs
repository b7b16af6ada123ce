//! Looks for the spans that a plugin cannot process, in halves of halves.

use std::fmt;
use std::ops::Range;
use std::time::{Duration, Instant};

use notes::Telling;
use plugin::{OnFailure, Stopped};
use spans::{Counts, Gone, Malformed, View};

use crate::pass::{Pass, ids};

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
    /// Size of what the plugin sees of them and their resources, in bytes.
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
    /// Why, where somebody asked.
    pub telling: Telling,
    /// What of the batch that came is not in `traces`.
    pub gone: Gone,
    /// Bytes at the end of `traces` that hold the spans of the plugin's own.
    pub own: usize,
}

/// Settles the units of a view over which the plugin stopped for `cause`. `call` hands a view of a
/// part of them to the plugin, within a time that is at most `timeout`, and decides about them where
/// that ends well.
pub(crate) fn settle<'a>(
    pass: &mut Pass<'a>,
    view: &View,
    cause: Stopped,
    policy: OnFailure,
    timeout: Duration,
    call: impl FnMut(&mut Pass<'a>, &View, Duration) -> Result<(), Stopped>,
) -> Result<Vec<Fault>, Malformed> {
    let mut search = Search {
        pass,
        policy,
        timeout,
        call,
        until: Instant::now() + timeout * LONGEST,
        bytes: view.bytes.len(),
        crashes: 0,
        faults: Vec::new(),
    };
    search.failed(view, &cause)?;
    Ok(search.faults)
}

struct Search<'p, 'a, F> {
    pass: &'p mut Pass<'a>,
    policy: OnFailure,
    timeout: Duration,
    call: F,
    until: Instant,
    /// Of the view as a whole.
    bytes: usize,
    crashes: usize,
    faults: Vec<Fault>,
}

impl<'a, F: FnMut(&mut Pass<'a>, &View, Duration) -> Result<(), Stopped>> Search<'_, 'a, F> {
    /// Hands units to the plugin on their own.
    fn try_alone(&mut self, units: Range<usize>) -> Result<(), Malformed> {
        let view = self.pass.view(units, 0)?;
        // Half of the bytes have half of the time, but never so little that a busy machine
        // makes them fail. A heavy resource stays with both halves, and so does its time.
        let share = view.bytes.len() as f64 / self.bytes.max(1) as f64;
        let timeout = self.timeout.mul_f64(share.clamp(0.25, 1.0));
        match (self.call)(self.pass, &view, timeout) {
            Ok(()) => Ok(()),
            Err(stopped) => self.failed(&view, &stopped),
        }
    }

    fn failed(&mut self, view: &View, cause: &Stopped) -> Result<(), Malformed> {
        self.crashes += 1;
        let Range { start, end } = view.units;
        let too_many = self.crashes >= MOST_CRASHES || Instant::now() >= self.until;
        if too_many || end - start <= 1 && self.crashes > 1 {
            self.give_up(view, cause);
        } else if end - start <= 1 {
            // It came alone, so no new instance has tried it yet.
            self.try_alone(start..end)?;
        } else {
            let middle = start + (end - start) / 2;
            self.try_alone(start..middle)?;
            self.try_alone(middle..end)?;
        }
        Ok(())
    }

    /// Leaves units to the failure policy.
    fn give_up(&mut self, view: &View, cause: &Stopped) {
        let units = view.units.clone();
        match self.policy {
            OnFailure::Block => self.pass.drop_spans(units.clone()),
            OnFailure::Pass => self.pass.leave(units.clone()),
        }
        self.faults.push(Fault {
            spans: view.spans,
            bytes: view.bytes.len(),
            ids: if view.spans == 1 { ids(self.pass.batch(), &units) } else { None },
            policy: self.policy,
            reason: cause.deed(),
        });
    }
}

#[cfg(test)]
mod tests {
    use plugin::{Configured, Crash, Outcome};
    use spans::{Sight, Writes};

    use super::*;
    use crate::pass::Eyes;

    const MINUTE: Duration = Duration::from_secs(60);

    fn eyes() -> Eyes {
        let configured = Configured::new(Sight::Everything, Writes::default());
        Eyes::new(&configured).unwrap()
    }

    fn crash() -> Stopped {
        Stopped::Crash(Crash::OutOfStack)
    }

    /// Scenario: a span came alone, and its instance crashed for a reason of
    /// its own.
    /// Guarantees: a new instance tries the span once, and only once, before it
    /// counts as at fault.
    #[test]
    fn a_span_that_came_alone_is_tried_by_a_new_instance() {
        let json = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"}]}]}]}"#;
        let batch = otlp_json::to_protobuf(json).unwrap();
        let eyes = eyes();
        for (passes, faults) in [(true, 0), (false, 1)] {
            let mut pass = Pass::new(&eyes, &batch);
            let whole = pass.view(0..usize::MAX, 0).unwrap();
            let mut calls = 0;
            let call = |pass: &mut Pass<'_>, view: &View, _| {
                calls += 1;
                assert_eq!(view.bytes, whole.bytes);
                if !passes {
                    return Err(crash());
                }
                pass.take(view.units.clone(), &view.bytes, Outcome::default());
                Ok(())
            };
            let found = settle(&mut pass, &whole, crash(), OnFailure::Block, MINUTE, call).unwrap();
            assert_eq!((calls, found.len()), (1, faults));
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
            let eyes = eyes();
            let mut pass = Pass::new(&eyes, &batch);
            let whole = pass.view(0..usize::MAX, 0).unwrap();
            let mut shares = Vec::new();
            let call = |_: &mut Pass<'_>, _: &View, timeout: Duration| {
                shares.push(timeout.as_secs_f64() / 60.0);
                Err(crash())
            };
            settle(&mut pass, &whole, crash(), OnFailure::Block, MINUTE, call).unwrap();
            let is_fair = shares.iter().all(|share| (least..=most).contains(share));
            assert!(is_fair && shares.len() == 2, "{weight}: {shares:?}");
        }
    }
}
