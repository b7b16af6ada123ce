//! Plugins in order; one batch goes through all of them.

use notes::Telling;
use plugin::OnFailure;
use spans::Gone;

use crate::generation::Generation;
use crate::held::{Held, Unsearched};
use crate::search::{Fault, Processed};

/// Generations of plugins in order.
#[derive(Debug)]
pub struct Chain {
    stages: Vec<Stage>,
    max_batch_bytes: usize,
    is_followed: bool,
}

#[derive(Debug)]
struct Stage {
    generation: Generation,
    totals: Totals,
    /// When it was last asked for spans of its own making; 0 where never.
    ticked: u64,
}

/// What one plugin did to all spans so far; in the shadow, what it would have done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Spans that came in.
    pub spans_in: u64,
    /// Spans that went on, those of its own making not counted.
    pub spans_out: u64,
    /// Spans that went on with another content.
    pub spans_changed: u64,
    /// Spans that were left out on purpose.
    pub spans_dropped: u64,
    /// Spans that it could not process.
    pub spans_at_fault: u64,
}

/// What is left of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// OTLP `TracesData` messages; none where no span is left.
    pub traces: Vec<Vec<u8>>,
    /// The spans that a plugin could not process, with the plugin's place.
    pub faults: Vec<(usize, Fault)>,
    /// Searches for such spans that were given up, and made again, with the plugin's place.
    pub unsearched: Vec<(usize, Unsearched)>,
    /// Why plugins did what they did, as far as their hosts ask for it
    /// ([`plugin::Host::noting`]), with the plugin's place; of a plugin in the shadow, what it would
    /// have done.
    pub tellings: Vec<(usize, Telling)>,
    /// The way of the batch, where the chain is [followed](Chain::follow); of a tick and of the end
    /// the ways of what plugins made, a way for each.
    pub ways: Vec<Vec<Step>>,
}

/// What one plugin made of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The plugin's place in the chain.
    pub place: usize,
    /// What the plugin got, an OTLP `TracesData` message.
    pub came: Vec<u8>,
    /// What went on of it, without spans of the plugin's own; in the shadow, what would have.
    pub went: Vec<u8>,
    /// What of `came` is not in `went`.
    pub gone: Gone,
    /// Why, where its host asked for it, in the shadow too as what was done.
    pub telling: Telling,
    /// Whether the plugin runs in the shadow: `came` goes on, whatever it made of it.
    pub is_shadow: bool,
}

impl Chain {
    /// Makes a chain. Where a plugin would see more than `max_batch_bytes` of a
    /// batch, it gets it in parts, cut between spans as [`spans::Viewer::view`]
    /// says; 0 means no limit.
    pub fn new(generations: Vec<Generation>, max_batch_bytes: usize) -> Chain {
        let stage = |generation| Stage { generation, totals: Totals::default(), ticked: 0 };
        let stages = generations.into_iter().map(stage).collect();
        Chain { stages, max_batch_bytes, is_followed: false }
    }

    /// From now on, [`Passed::ways`] tells what each plugin made of each batch.
    pub fn follow(&mut self) {
        self.is_followed = true;
    }

    /// Returns the plugins and what each did so far.
    pub fn stages(&self) -> impl Iterator<Item = (&Generation, &Totals)> {
        self.stages.iter().map(|stage| (&stage.generation, &stage.totals))
    }

    /// Sends a batch through all plugins.
    ///
    /// # Errors
    ///
    /// Where the batch cannot be decoded, or the machine has no time for it; nothing of it may pass.
    pub fn process(&mut self, batch: &[u8], now: u64) -> Result<Passed, Held> {
        let mut passed = Passed::default();
        if batch.is_empty() {
            return Ok(passed);
        }
        // All of it is decoded, for a view decodes what is in sight only; and what no view shows,
        // for protobuf overrides it, may not go on unseen.
        let settled = spans::settle(batch)?;
        self.run(0, settled.unwrap_or_else(|| batch.to_vec()), now, &mut passed)?;
        Ok(passed)
    }

    /// Asks every plugin whose tick is due for spans of its own making, and
    /// sends these through the plugins after it. A plugin's clock starts at the
    /// first call.
    ///
    /// # Errors
    ///
    /// As for [`Chain::process`].
    pub fn tick(&mut self, now: u64) -> Result<Passed, Held> {
        let mut passed = Passed::default();
        for place in 0..self.stages.len() {
            let stage = &mut self.stages[place];
            let interval = u64::from(stage.generation.module.manifest.tick_interval_millis);
            let due = interval > 0
                && stage.ticked > 0
                && now >= stage.ticked.saturating_add(interval * 1_000_000);
            if stage.ticked == 0 || due {
                stage.ticked = now;
            }
            if due {
                let made = stage.generation.tick(now);
                self.run_made(place, made, now, &mut passed)?;
            }
        }
        Ok(passed)
    }

    /// Asks every plugin for its last spans, and sends these through the
    /// plugins after it.
    ///
    /// # Errors
    ///
    /// As for [`Chain::process`].
    pub fn flush(&mut self, now: u64) -> Result<Passed, Held> {
        let mut passed = Passed::default();
        for place in 0..self.stages.len() {
            let made = self.stages[place].generation.flush(now);
            self.run_made(place, made, now, &mut passed)?;
        }
        Ok(passed)
    }

    /// Lets another generation take over from the one at `place`, with its
    /// state. What the rules no longer protect is logged as a warning.
    ///
    /// # Errors
    ///
    /// Why the state cannot be taken over; the running generation stays.
    pub fn swap(&mut self, place: usize, mut generation: Generation) -> Result<(), String> {
        let stage = &mut self.stages[place];
        generation.take_over(&mut stage.generation)?;
        generation.warn_of_loosened(&stage.generation);
        stage.generation.say_left_out();
        stage.generation = generation;
        Ok(())
    }

    fn run_made(
        &mut self,
        place: usize,
        made: Option<Vec<u8>>,
        now: u64,
        passed: &mut Passed,
    ) -> Result<(), Held> {
        let is_shadow = self.stages[place].generation.is_shadow();
        match made {
            Some(traces) if !traces.is_empty() && !is_shadow => {
                self.run(place + 1, traces, now, passed)
            }
            _ => Ok(()),
        }
    }

    fn run(
        &mut self,
        from: usize,
        mut batch: Vec<u8>,
        now: u64,
        passed: &mut Passed,
    ) -> Result<(), Held> {
        if self.is_followed {
            passed.ways.push(Vec::new());
        }
        for (place, stage) in self.stages.iter_mut().enumerate().skip(from) {
            let is_shadow = stage.generation.is_shadow();
            let came = (self.is_followed || is_shadow).then(|| batch.clone());
            let processed = stage.generation.process(batch, now, self.max_batch_bytes)?;
            stage.totals.take(&processed);
            if let (Some(came), Some(way)) = (&came, passed.ways.last_mut()) {
                way.push(Step { is_shadow, ..Step::of(place, came.clone(), &processed) });
            }
            let Processed { traces, faults, unsearched, telling, .. } = processed;
            passed.unsearched.extend(unsearched.into_iter().map(|it| (place, it)));
            passed.faults.extend(faults.into_iter().map(|fault| (place, fault)));
            let telling = if is_shadow { telling.reported() } else { telling };
            if telling != Telling::default() {
                passed.tellings.push((place, telling));
            }
            match if is_shadow { came } else { traces } {
                Some(traces) if !traces.is_empty() => batch = traces,
                _ => return Ok(()),
            }
        }
        passed.traces.push(batch);
        Ok(())
    }
}

impl Step {
    fn of(place: usize, came: Vec<u8>, processed: &Processed) -> Self {
        let traces = processed.traces.as_deref().unwrap_or_default();
        let went = traces[..traces.len() - processed.own].to_vec();
        let (gone, telling) = (processed.gone.clone(), processed.telling.clone());
        Step { place, came, went, gone, telling, is_shadow: false }
    }
}

impl Totals {
    fn take(&mut self, Processed { counts, faults, .. }: &Processed) {
        let spans_of = |faults: &mut dyn Iterator<Item = &Fault>| -> u64 {
            faults.map(|fault| fault.spans as u64).sum()
        };
        let blocked = spans_of(&mut faults.iter().filter(|it| it.policy == OnFailure::Block));
        let gone = u64::from(counts.spans_in) - u64::from(counts.spans_out);
        self.spans_in += u64::from(counts.spans_in);
        self.spans_out += u64::from(counts.spans_out);
        self.spans_changed += u64::from(counts.spans_changed);
        self.spans_dropped += gone.saturating_sub(blocked);
        self.spans_at_fault += spans_of(&mut faults.iter());
    }
}
