//! Looks for the spans that a plugin cannot process, in halves of halves.

use std::fmt;
use std::ops::Range;
use std::time::{Duration, Instant};

use notes::Telling;
use plugin::{Crash, OnFailure, Stopped};
use spans::{Counts, Gone, View};

use crate::budget::{Budget, Clock};
use crate::held::{Held, Unsearched};
use crate::pass::{Pass, ids};

/// Crashes after which a search is given up: six spans at fault in a thousand are found with it.
const MOST_CRASHES: usize = 64;

/// Longest search, in timeouts of one call.
const LONGEST: u32 = 10;

/// Spans that a plugin could not process. Holds ids, size and reason, and
/// nothing else of a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// How many spans; 1 but where a resource or scope has none, or in the shadow, where a search may
    /// end before it found each.
    pub spans: usize,
    /// Size of what the plugin sees of them and their resources, in bytes.
    pub bytes: usize,
    /// Ids of trace and span in hex, of a single span.
    pub ids: Option<(String, String)>,
    /// What became of them.
    pub policy: OnFailure,
    /// Whether that only would have, for the plugin runs in the shadow.
    pub is_shadow: bool,
    /// What the plugin did.
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.ids {
            Some((trace, span)) => write!(f, "span `{span}` of trace `{trace}`")?,
            None => write!(f, "{} spans", self.spans)?,
        }
        let became = match (self.policy, self.is_shadow, self.spans) {
            (OnFailure::Block, true, _) => "would not have been passed on",
            (OnFailure::Block, false, 1) => "was not passed on",
            (OnFailure::Block, false, _) => "were not passed on",
            (OnFailure::Pass, true, 1) => "would have gone on as it was",
            (OnFailure::Pass, true, _) => "would have gone on as they were",
            (OnFailure::Pass, false, 1) => "goes on as it was",
            (OnFailure::Pass, false, _) => "go on as they were",
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
    /// Searches that were given up before the one that ended.
    pub unsearched: Vec<Unsearched>,
    /// Why, where somebody asked.
    pub telling: Telling,
    /// What of the batch that came is not in `traces`.
    pub gone: Gone,
    /// Bytes at the end of `traces` that hold the spans of the plugin's own.
    pub own: usize,
}

/// What bounds a search, and what becomes of what it finds.
#[derive(Clone, Copy)]
pub(crate) struct Within {
    pub policy: OnFailure,
    /// The longest call.
    pub timeout: Duration,
    /// When a plugin in the shadow has had its time; nothing, where it is not in the shadow and a
    /// search goes on for as long as a search may.
    pub shadow_until: Option<Instant>,
    pub clock: Clock,
    /// Whether it goes on to its end, however long that takes.
    pub is_to_end: bool,
}

/// Settles the units of a view over which the plugin stopped for `cause`. `call` hands a view of a
/// part of them to the plugin, within a time that is at most the timeout, and decides about them
/// where that ends well.
pub(crate) fn settle<'a>(
    pass: &mut Pass<'a>,
    view: &View,
    cause: Stopped,
    within: Within,
    call: impl FnMut(&mut Pass<'a>, &View, Duration) -> Result<(), Stopped>,
) -> Result<Vec<Fault>, Held> {
    let mut search = Search {
        pass,
        within,
        call,
        budget: Budget::begin(within.clock, within.timeout.saturating_mul(LONGEST)),
        bytes: view.bytes.len(),
        crashes: 0,
        faults: Vec::new(),
    };
    search.failed(view, &cause)?;
    Ok(search.faults)
}

struct Search<'p, 'a, F> {
    pass: &'p mut Pass<'a>,
    within: Within,
    call: F,
    budget: Budget,
    /// Of the view as a whole.
    bytes: usize,
    crashes: usize,
    faults: Vec<Fault>,
}

impl<'a, F: FnMut(&mut Pass<'a>, &View, Duration) -> Result<(), Stopped>> Search<'_, 'a, F> {
    /// Hands units to the plugin on their own.
    fn try_alone(&mut self, units: Range<usize>, cause: &Stopped) -> Result<(), Held> {
        let view = self.pass.view(units, 0)?;
        if self.is_over_in_shadow() {
            self.give_up(&view, cause);
            return Ok(());
        }
        let is_over = self.crashes >= MOST_CRASHES || self.budget.check().is_err();
        if is_over && !self.within.is_to_end {
            // Too many spans failed to look at each.
            return Err(self.unsearched(cause));
        }
        // Half of the bytes have half of the time, but never so little that a busy machine
        // makes them fail. A heavy resource stays with both halves, and so does its time.
        let share = view.bytes.len() as f64 / self.bytes.max(1) as f64;
        let timeout = self.within.timeout.mul_f64(share.clamp(0.25, 1.0));
        let timeout = self.left_in_shadow().map_or(timeout, |left| left.min(timeout));
        match (self.call)(self.pass, &view, timeout) {
            Ok(()) => Ok(()),
            Err(stopped) => self.failed(&view, &stopped),
        }
    }

    fn failed(&mut self, view: &View, cause: &Stopped) -> Result<(), Held> {
        let is_starved = matches!(cause, Stopped::Crash(Crash::Starved(..)));
        if is_starved && self.within.shadow_until.is_none() {
            return Err(self.unsearched(cause));
        }
        self.crashes += 1;
        let Range { start, end } = view.units;
        if self.is_over_in_shadow() || end - start <= 1 && self.crashes > 1 {
            self.give_up(view, cause);
        } else if end - start <= 1 {
            // It came alone, so no new instance has tried it yet.
            self.try_alone(start..end, cause)?;
        } else {
            let middle = start + (end - start) / 2;
            self.try_alone(start..middle, cause)?;
            self.try_alone(middle..end, cause)?;
        }
        Ok(())
    }

    /// Returns whether what is left counts as at fault: for a plugin in the shadow no sender brings a
    /// batch again.
    fn is_over_in_shadow(&self) -> bool {
        self.left_in_shadow().is_some_and(|left| self.crashes >= MOST_CRASHES || left.is_zero())
    }

    /// Returns how long a plugin in the shadow may still be waited for.
    fn left_in_shadow(&self) -> Option<Duration> {
        let until = self.within.shadow_until?;
        Some(until.saturating_duration_since((self.within.clock.wall)()))
    }

    fn unsearched(&self, cause: &Stopped) -> Held {
        let spans = spans::count(self.pass.batch()).unwrap_or_default();
        Held::Unsearched(Unsearched { spans, cause: cause.clone() })
    }

    /// Leaves units to the failure policy.
    fn give_up(&mut self, view: &View, cause: &Stopped) {
        let units = view.units.clone();
        match self.within.policy {
            OnFailure::Block => self.pass.drop_spans(units.clone()),
            OnFailure::Pass => self.pass.leave(units.clone()),
        }
        self.faults.push(Fault {
            spans: view.spans,
            bytes: view.bytes.len(),
            ids: if view.spans == 1 { ids(self.pass.batch(), &units) } else { None },
            policy: self.within.policy,
            is_shadow: self.within.shadow_until.is_some(),
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

    const WITHIN: Within = Within {
        policy: OnFailure::Block,
        timeout: Duration::from_secs(60),
        shadow_until: None,
        clock: Clock { wall: Instant::now, thread: None },
        is_to_end: false,
    };

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
            let found = settle(&mut pass, &whole, crash(), WITHIN, call).unwrap();
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
            settle(&mut pass, &whole, crash(), WITHIN, call).unwrap();
            let is_fair = shares.iter().all(|share| (least..=most).contains(share));
            assert!(is_fair && shares.len() == 2, "{weight}: {shares:?}");
        }
    }

    /// Scenario: a plugin in the shadow stops over two spans and their halves; it had its time before
    /// the search, between the halves, or has it all.
    /// Guarantees: no call begins after its time, none gets more than what is left of it, and what was
    /// not tried counts as at fault.
    #[test]
    fn a_search_in_the_shadow_ends_with_its_time() {
        let span = r#"{"name":"a"}"#;
        let json =
            format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span},{span}]}}]}}]}}"#);
        let batch = otlp_json::to_protobuf(&json).unwrap();
        let eyes = eyes();
        for (left, pause, expected) in [(0, 0, 0), (50, 60, 1), (10_000, 0, 2)] {
            let mut pass = Pass::new(&eyes, &batch);
            let whole = pass.view(0..usize::MAX, 0).unwrap();
            let left = Duration::from_millis(left);
            let within = Within { shadow_until: Some(Instant::now() + left), ..WITHIN };
            let mut calls = 0;
            let call = |_: &mut Pass<'_>, _: &View, timeout: Duration| {
                calls += 1;
                assert!(timeout <= left, "{timeout:?}");
                std::thread::sleep(Duration::from_millis(pause));
                Err(crash())
            };
            let faults = settle(&mut pass, &whole, crash(), within, call).unwrap();
            assert_eq!(calls, expected);
            assert_eq!(faults.iter().map(|fault| fault.spans).sum::<usize>(), 2);
            let mut texts = faults.iter().map(Fault::to_string);
            assert!(texts.all(|text| text.contains(" would not have been passed on: ")));
        }
    }
}
