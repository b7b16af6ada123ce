//! Carries out the answers to the parts of one batch.

use std::iter::Peekable;
use std::ops::Range;
use std::vec::IntoIter;

use super::decode::Decoded;
use super::layout::{Layout, Place, Spot, Window};
use super::order::Order;
use super::script::Script;
use super::unit::Unit;
use super::{Counts, Editor, Gone, Output, Part, Rewritten, Verdict, unknown};
use crate::Malformed;

impl Editor {
    pub(super) fn apply_parts(
        &self,
        traces: &[u8],
        parts: &[Part<'_>],
    ) -> Result<Rewritten, Malformed> {
        let answers: Vec<Answer<'_>> = parts.iter().map(Answer::read).collect();
        let mut layout = Layout::of(traces)?;
        let cleaned = unknown::dropped(traces, &layout, &units_to_clean(&answers))?;
        if let Some(cleaned) = &cleaned {
            layout = Layout::of(cleaned)?;
        }
        let batch = cleaned.as_deref().unwrap_or(traces);
        let mut plan = Plan::of(&layout);
        plan.take(self, &layout, &answers)?;
        let mut script = Script::for_batch(batch.len());
        let jobs = plan.jobs.into_iter().peekable();
        let mut gone = plan.gone;
        let work = Work { batch, layout: &layout, jobs, gone: &gone };
        let counts = work.all(&mut script)?;
        gone.spread(&layout);
        let output = if counts.spans_in > 0 && counts.spans_out == 0 {
            Output::NothingLeft
        } else if !script.is_empty() {
            Output::Replaced(script.apply(batch))
        } else {
            cleaned.map_or(Output::Unchanged, Output::Replaced)
        };
        Ok(Rewritten { output, counts, gone })
    }
}

/// A part, with its edits decoded.
struct Answer<'p> {
    units: &'p Range<usize>,
    /// Its edits, where it has some.
    decoded: Option<Decoded<'p>>,
    is_dropped: bool,
}

impl<'p> Answer<'p> {
    fn read(part: &'p Part<'p>) -> Self {
        let decoded = match part.verdict {
            Verdict::Edit(bytes) => Some(Decoded::read(bytes)),
            Verdict::Drop | Verdict::Leave => None,
        };
        Answer { units: &part.units, decoded, is_dropped: part.verdict == Verdict::Drop }
    }
}

/// The units of which unknown fields go; parts that follow one another as one.
fn units_to_clean(answers: &[Answer<'_>]) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = Vec::new();
    for Answer { units, decoded, .. } in answers {
        if !decoded.as_ref().is_some_and(|decoded| decoded.drop_unknown_fields) {
            continue;
        }
        match all.last_mut() {
            Some(last) if last.end == units.start => last.end = units.end,
            _ => all.push((*units).clone()),
        }
    }
    all
}

/// The edits of a resource, scope or span, and where it stands.
struct Job<'p> {
    start: usize,
    unit: Unit<'p, 'p>,
}

/// What is to be done.
struct Plan<'p> {
    jobs: Vec<Job<'p>>,
    /// Spans that are dropped, and scopes without spans and resources without scopes that are.
    gone: Gone,
}

impl<'p> Plan<'p> {
    fn of(layout: &Layout) -> Self {
        Plan {
            jobs: Vec::new(),
            gone: Gone {
                resources: vec![false; layout.resources.len()],
                scopes: vec![false; layout.scopes.len()],
                spans: vec![false; layout.spans.len()],
            },
        }
    }

    fn take(
        &mut self,
        editor: &'p Editor,
        layout: &Layout,
        answers: &'p [Answer<'p>],
    ) -> Result<(), Malformed> {
        // What stands in parts before has its edits from there.
        let mut claimed = Window::default();
        for Answer { units, decoded, is_dropped } in answers {
            let window = layout.window(units);
            if *is_dropped {
                self.gone.drop_bare(layout, &window);
                self.gone.spans[window.spans].fill(true);
            } else if let Some(decoded) = decoded {
                self.take_edits(editor, layout, &window, decoded, &claimed)?;
                claimed.take(&window);
            }
        }
        self.jobs.sort_by_key(|job| job.start);
        Ok(())
    }

    fn take_edits(
        &mut self,
        editor: &'p Editor,
        layout: &Layout,
        window: &Window,
        decoded: &'p Decoded<'p>,
        claimed: &Window,
    ) -> Result<(), Malformed> {
        // Edits that lie in one another cannot be carried out.
        if (Order { decoded, layout, window }).check().1.is_some() {
            let (inside, reason) = ("Edits", "an answer was not checked");
            return Err(Malformed { offset: 0, length: 0, inside, reason });
        }
        let spans = &mut self.gone.spans[window.spans.clone()];
        for number in &decoded.dropped_spans {
            if let Some(dropped) = spans.get_mut(*number as usize) {
                *dropped = true;
            }
        }
        let mut rest = 0..decoded.edits.len();
        while !rest.is_empty() {
            let first = &decoded.edits[rest.start];
            let (on, number) = (first.on.unit(), first.number);
            let edits =
                decoded.take(&mut rest, |edit| edit.on.unit() == on && edit.number == number);
            let index = window.shown(on).start + number as usize;
            let is_new = index >= claimed.shown(on).end;
            if let (true, Some(spot)) = (is_new, layout.spot(window, on, number)) {
                self.jobs.push(Job { start: spot.start, unit: Unit { editor, decoded, edits } });
            }
        }
        Ok(())
    }
}

impl Gone {
    fn drop_bare(&mut self, layout: &Layout, window: &Window) {
        for index in window.resources.clone() {
            self.resources[index] |= layout.resources[index].children.is_empty();
        }
        for index in window.scopes.clone() {
            self.scopes[index] |= layout.scopes[index].children.is_empty();
        }
    }

    /// What has lost all that was in it is gone, too.
    fn spread(&mut self, layout: &Layout) {
        spread(&layout.scopes, &self.spans, &mut self.scopes);
        spread(&layout.resources, &self.scopes, &mut self.resources);
    }
}

fn spread(places: &[Place], inside: &[bool], gone: &mut [bool]) {
    for (place, gone) in places.iter().zip(gone) {
        let inside = &inside[place.children.clone()];
        *gone |= !inside.is_empty() && inside.iter().all(|gone| *gone);
    }
}

/// A walk over the batch that carries a plan out.
struct Work<'p, 'w> {
    batch: &'p [u8],
    layout: &'w Layout,
    jobs: Peekable<IntoIter<Job<'p>>>,
    gone: &'w Gone,
}

impl<'p> Work<'p, '_> {
    fn all(mut self, script: &mut Script) -> Result<Counts, Malformed> {
        let spans = &self.gone.spans;
        let spans_out = spans.iter().filter(|is_dropped| !**is_dropped).count() as u32;
        let mut counts = Counts { spans_in: spans.len() as u32, spans_out, spans_changed: 0 };
        for (index, resource) in self.layout.resources.iter().enumerate() {
            let scopes = &self.layout.scopes[resource.children.clone()];
            let spans = match scopes {
                [first, .., last] => first.children.start..last.children.end,
                [only] => only.children.clone(),
                [] => 0..0,
            };
            let bare = &self.gone.scopes[resource.children.clone()];
            let is_bare = self.gone.resources[index]
                || spans.is_empty() && !bare.is_empty() && bare.iter().all(|goes| *goes);
            let loses_scopes = bare.contains(&true);
            if !self.has_work(resource, &spans, is_bare, loses_scopes, script) {
                continue;
            }
            let message = resource.spot.message(self.batch)?;
            script.enter(&message);
            let job = self.job(&resource.spot);
            if let Some(unit) = &job {
                unit.edit_resource(message, script)?;
            }
            for (scope, is_bare) in scopes.iter().zip(bare) {
                self.scope(scope, *is_bare, job.is_some(), &mut counts, script)?;
            }
            script.leave();
        }
        Ok(counts)
    }

    fn scope(
        &mut self,
        scope: &Place,
        is_bare: bool,
        resource_is_changed: bool,
        counts: &mut Counts,
        script: &mut Script,
    ) -> Result<(), Malformed> {
        if !self.has_work(scope, &scope.children, is_bare, false, script) {
            if resource_is_changed {
                counts.spans_changed += self.staying(&scope.children) as u32;
            }
            return Ok(());
        }
        let message = scope.spot.message(self.batch)?;
        script.enter(&message);
        let job = self.job(&scope.spot);
        if let Some(unit) = &job {
            unit.edit_scope(message, script)?;
        }
        let is_changed = resource_is_changed || job.is_some();
        for index in scope.children.clone() {
            let span = &self.layout.spans[index];
            if self.gone.spans[index] {
                self.remove(span, script);
                continue;
            }
            let job = self.job(span);
            if let Some(unit) = &job {
                let message = span.message(self.batch)?;
                script.enter(&message);
                unit.edit_span(message, script)?;
                script.leave();
            }
            counts.spans_changed += u32::from(is_changed || job.is_some());
        }
        script.leave();
        Ok(())
    }

    /// Whether there is anything to do inside a resource or scope with these spans. One that loses
    /// its last span is taken out, and so is one that came without and goes.
    fn has_work(
        &mut self,
        place: &Place,
        spans: &Range<usize>,
        goes: bool,
        loses_scopes: bool,
        script: &mut Script,
    ) -> bool {
        let staying = self.staying(spans);
        if goes || staying == 0 && !spans.is_empty() {
            self.remove(&place.spot, script);
            return false;
        }
        loses_scopes
            || staying < spans.len()
            || self.jobs.peek().is_some_and(|job| job.start < place.spot.end)
    }

    fn staying(&self, spans: &Range<usize>) -> usize {
        self.gone.spans[spans.clone()].iter().filter(|is_dropped| !**is_dropped).count()
    }

    /// Takes a message out of the one that is open, and forgets what was to be done in it.
    fn remove(&mut self, spot: &Spot, script: &mut Script) {
        script.splice(spot.start, spot.end, |_| {});
        while self.jobs.next_if(|job| job.start < spot.end).is_some() {}
    }

    /// What is to be done to the resource, scope or span that stands here.
    fn job(&mut self, spot: &Spot) -> Option<Unit<'p, 'p>> {
        self.jobs.next_if(|job| job.start == spot.start).map(|job| job.unit)
    }
}
