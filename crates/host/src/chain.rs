//! Plugins in order; one batch goes through all of them.

use plugin::Stopped;

use crate::generation::Generation;
use crate::pieces::split;
use crate::search::{Fault, Processed};

/// Generations of plugins in order.
#[derive(Debug)]
pub struct Chain {
    stages: Vec<Stage>,
    max_batch_bytes: usize,
}

#[derive(Debug)]
struct Stage {
    generation: Generation,
    totals: Totals,
    /// When it was last asked for spans of its own making; 0 where never.
    ticked: u64,
}

/// What one plugin did to all spans so far.
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
}

impl Chain {
    /// Makes a chain. A batch longer than `max_batch_bytes` is split between
    /// spans, and a single span that is longer goes alone; 0 means no limit.
    pub fn new(generations: Vec<Generation>, max_batch_bytes: usize) -> Chain {
        let stage = |generation| Stage { generation, totals: Totals::default(), ticked: 0 };
        Chain { stages: generations.into_iter().map(stage).collect(), max_batch_bytes }
    }

    /// Returns the plugins and what each did so far.
    pub fn stages(&self) -> impl Iterator<Item = (&Generation, &Totals)> {
        self.stages.iter().map(|stage| (&stage.generation, &stage.totals))
    }

    /// Sends a batch through all plugins.
    ///
    /// # Errors
    ///
    /// The place of the plugin that refused the batch as a whole, and why:
    /// nothing of it may pass.
    pub fn process(&mut self, batch: &[u8], now: u64) -> Result<Passed, (usize, Stopped)> {
        let mut passed = Passed::default();
        if batch.is_empty() {
            return Ok(passed);
        }
        for piece in split(batch, self.max_batch_bytes) {
            self.run(0, piece, now, &mut passed)?;
        }
        Ok(passed)
    }

    /// Asks every plugin whose tick is due for spans of its own making, and
    /// sends these through the plugins after it. A plugin's clock starts at the
    /// first call.
    ///
    /// # Errors
    ///
    /// As for [`Chain::process`].
    pub fn tick(&mut self, now: u64) -> Result<Passed, (usize, Stopped)> {
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
    pub fn flush(&mut self, now: u64) -> Result<Passed, (usize, Stopped)> {
        let mut passed = Passed::default();
        for place in 0..self.stages.len() {
            let made = self.stages[place].generation.flush(now);
            self.run_made(place, made, now, &mut passed)?;
        }
        Ok(passed)
    }

    /// Lets another generation take over from the one at `place`, with its
    /// state.
    ///
    /// # Errors
    ///
    /// Why the state cannot be taken over; the running generation stays.
    pub fn swap(&mut self, place: usize, mut generation: Generation) -> Result<(), String> {
        let stage = &mut self.stages[place];
        generation.take_over(&mut stage.generation)?;
        stage.generation = generation;
        Ok(())
    }

    fn run_made(
        &mut self,
        place: usize,
        made: Option<Vec<u8>>,
        now: u64,
        passed: &mut Passed,
    ) -> Result<(), (usize, Stopped)> {
        match made {
            Some(traces) if !traces.is_empty() => self.run(place + 1, traces, now, passed),
            _ => Ok(()),
        }
    }

    fn run(
        &mut self,
        from: usize,
        mut batch: Vec<u8>,
        now: u64,
        passed: &mut Passed,
    ) -> Result<(), (usize, Stopped)> {
        for (place, stage) in self.stages.iter_mut().enumerate().skip(from) {
            let processed = stage.generation.process(batch, now);
            let Processed { traces, counts, faults } =
                processed.map_err(|stopped| (place, stopped))?;
            stage.totals.spans_in += u64::from(counts.spans_in);
            stage.totals.spans_out += u64::from(counts.spans_out);
            stage.totals.spans_changed += u64::from(counts.spans_changed);
            stage.totals.spans_dropped += u64::from(counts.spans_dropped);
            stage.totals.spans_at_fault += faults.iter().map(|it| it.spans as u64).sum::<u64>();
            passed.faults.extend(faults.into_iter().map(|fault| (place, fault)));
            match traces {
                Some(traces) if !traces.is_empty() => batch = traces,
                _ => return Ok(()),
            }
        }
        passed.traces.push(batch);
        Ok(())
    }
}
