//! A module, its rules and its secrets as one unit.

use std::fmt;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use plugin::{
    Configured, Crash, Document, Failure, Host, Instance, Level, OnFailure, Place, Refused,
    SharedHost, Stopped,
};
use spans::{Output, Rewritten, View};

use crate::held::Held;
use crate::imports::SharedBounds;
use crate::instance::ComponentInstance;
use crate::kept::Kept;
use crate::module::Module;
use crate::pass::{Eyes, Pass, left};
use crate::search::{Processed, Within, settle};

/// A module with rules and secrets, found good. It has one instance, and makes
/// another with the last state where that one crashes.
#[derive(Debug)]
pub struct Generation {
    pub(crate) module: Module,
    documents: Vec<Document>,
    pub(crate) host: Listening,
    policy: OnFailure,
    is_shadow: bool,
    eyes: Arc<Eyes>,
    bounds: SharedBounds,
    pub(crate) instance: Option<ComponentInstance>,
    pub(crate) kept: Kept,
}

impl Generation {
    /// Makes a generation and its first instance. `policy` overrides what the
    /// plugin declares about a span that it cannot process.
    ///
    /// # Errors
    ///
    /// Every problem of the rules.
    pub fn start(
        module: Module,
        documents: Vec<Document>,
        host: SharedHost,
        policy: Option<OnFailure>,
    ) -> Result<Generation, Refused> {
        let policy = policy.unwrap_or(module.manifest.on_failure);
        let host = Listening(host);
        let bounds = SharedBounds::default();
        let instance =
            ComponentInstance::start_within(&module, &documents, host.0.clone(), bounds.clone())?;
        let eyes = Eyes::new(instance.configured());
        let eyes = eyes.map_err(|crash| Refused::Stopped(Stopped::Crash(crash)))?;
        let kept = Kept::new(&module);
        Ok(Generation {
            module,
            documents,
            host,
            policy,
            is_shadow: false,
            eyes: Arc::new(eyes),
            bounds,
            instance: Some(instance),
            kept,
        })
    }

    /// Returns the compiled plugin.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// Returns what the plugin reads and changes by its rules.
    pub fn configured(&self) -> &Configured {
        self.eyes.configured()
    }

    /// Gives the plugin's rules other names, by which they are called from now on.
    pub fn name_rules(&mut self, name: impl FnMut(&mut Place)) {
        // Nobody looks through them yet but the generation itself.
        if let Some(eyes) = Arc::get_mut(&mut self.eyes) {
            eyes.name_rules(name);
        }
    }

    /// Returns what becomes of a span that the plugin cannot process.
    pub fn policy(&self) -> OnFailure {
        self.policy
    }

    /// Puts the plugin in the shadow: it sees each batch where it stands in the chain, and what it
    /// makes of it is checked, counted and dropped. What came goes on, also where it stops.
    #[must_use]
    pub fn in_shadow(mut self) -> Generation {
        self.is_shadow = true;
        self
    }

    /// Returns whether the plugin is in the shadow.
    pub fn is_shadow(&self) -> bool {
        self.is_shadow
    }

    /// Makes another instance by the same rules.
    pub(crate) fn make(&self) -> Result<ComponentInstance, Stopped> {
        let started = ComponentInstance::start_within(
            &self.module,
            &self.documents,
            self.host.0.clone(),
            self.bounds.clone(),
        );
        let instance = started.map_err(|refused| match refused {
            Refused::Stopped(stopped) => stopped,
            Refused::Problems(problems) => Stopped::Failure(Failure(format!(
                "{} problems in rules that were good before",
                problems.len()
            ))),
        })?;
        if self.eyes.fit(instance.configured()) {
            return Ok(instance);
        }
        let detail = "`configure` answered otherwise than before";
        Err(Stopped::Crash(Crash::Contract(detail.into())))
    }

    /// Gives up an instance that crashed.
    pub(crate) fn after<T>(&mut self, answer: Result<T, Stopped>) -> Result<T, Stopped> {
        if matches!(answer, Err(Stopped::Crash(_))) {
            self.instance = None;
        }
        answer
    }

    /// Sends one batch through the plugin, whatever becomes of its instances; in parts, where what
    /// the plugin sees of it is longer than `limit`. Where it is not searched to its end, it is sent
    /// again, as a sender would, and the third time searched however long that takes.
    ///
    /// # Errors
    ///
    /// Where the batch cannot be decoded, or the machine has no time for it.
    pub(crate) fn process(
        &mut self,
        batch: Vec<u8>,
        now: u64,
        limit: usize,
    ) -> Result<Processed, Held> {
        let mut unsearched = Vec::new();
        loop {
            let is_to_end = unsearched.len() == MOST_RETURNS;
            match self.try_process(&batch, now, limit, is_to_end) {
                Ok((output, own, processed)) => {
                    let mut traces = left(output, batch);
                    if !own.is_empty() {
                        traces.get_or_insert_default().extend(&own);
                    }
                    return Ok(Processed { traces, unsearched, ..processed });
                }
                Err(Held::Unsearched(held)) if !is_to_end => unsearched.push(held),
                Err(held) => return Err(held),
            }
        }
    }

    /// What becomes of a batch, and the spans of the plugin's own.
    fn try_process(
        &mut self,
        batch: &[u8],
        now: u64,
        limit: usize,
        is_to_end: bool,
    ) -> Result<(Output, Vec<u8>, Processed), Held> {
        let (timeout, clock) = (self.module.limits.timeout, self.module.clock);
        let policy = self.policy;
        let eyes = Arc::clone(&self.eyes);
        let units = spans::units(batch)?;
        let mut pass = Pass::new(&eyes, batch);
        let mut faults = Vec::new();
        let mut from = 0;
        loop {
            let view = pass.view(from..units, limit)?;
            // Nobody waits longer for a plugin in the shadow than for one call.
            let shadow_until = self.is_shadow.then(|| (clock.wall)() + timeout);
            if let Err(stopped) = self.call(&mut pass, &view, timeout, now) {
                let within = Within { policy, timeout, shadow_until, clock, is_to_end };
                let call =
                    |pass: &mut Pass<'_>, view: &View, timeout| self.call(pass, view, timeout, now);
                faults.extend(settle(&mut pass, &view, stopped, within, call)?);
            }
            from = view.units.end;
            if from >= units {
                break;
            }
        }
        self.renew();
        let (rewritten, own, telling) = pass.end()?;
        let Rewritten { output, counts, gone } = rewritten;
        let (traces, unsearched) = (None, Vec::new());
        let processed =
            Processed { traces, counts, faults, unsearched, telling, gone, own: own.len() };
        Ok((output, own, processed))
    }

    fn call(
        &mut self,
        pass: &mut Pass<'_>,
        view: &View,
        timeout: Duration,
        now: u64,
    ) -> Result<(), Stopped> {
        let outcome = self.attempt(|instance| {
            let accept = |outcome: &_| pass.check(view.units.clone(), outcome);
            instance.process_within(timeout, &view.bytes, now, accept)
        })?;
        pass.take(view.units.clone(), &view.bytes, outcome);
        self.save();
        Ok(())
    }

    pub(crate) fn say(&mut self, what: &str, stopped: &Stopped) {
        self.host.0.log(Level::Error, &format!("{what}: {}", stopped.deed()));
    }

    /// Asks for spans that the plugin itself makes. Where it cannot tell, that is logged: what
    /// others sent goes on.
    pub(crate) fn tick(&mut self, now: u64) -> Option<Vec<u8>> {
        let answer = self.attempt(|instance| instance.tick(now));
        let made = self.own(answer, "spans of the plugin's own making were lost");
        self.save();
        self.renew();
        made
    }

    /// Lets an instance go whose memory has grown; the next begins with the state. Only between two
    /// batches: what this one knows was told after its last call.
    fn renew(&mut self) {
        if let Some(bytes) = self.instance.as_ref().and_then(ComponentInstance::outgrown) {
            self.host.0.log(Level::Info, &bounds::Growth::said(bytes));
            self.instance = None;
        }
    }

    /// Asks for the last spans that the plugin makes.
    pub(crate) fn flush(&mut self, now: u64) -> Option<Vec<u8>> {
        let answer = self.ready().and_then(|instance| instance.flush(now));
        let made = self.own(answer, "the last spans of the plugin were lost");
        self.say_left_out();
        made
    }

    /// Says how many lines of the log were left out, at the end.
    pub(crate) fn say_left_out(&mut self) {
        let rest = self.bounds.lock().unwrap_or_else(PoisonError::into_inner).rest();
        if let Some(text) = rest {
            self.host.0.log(Level::Warn, &text);
        }
    }

    fn own(&mut self, answer: Result<Option<Vec<u8>>, Stopped>, lost: &str) -> Option<Vec<u8>> {
        self.after(answer).unwrap_or_else(|stopped| {
            self.say(lost, &stopped);
            None
        })
    }

    /// Warns of what the generation before protected and this one does not.
    pub(crate) fn warn_of_loosened(&mut self, before: &Generation) {
        // In the shadow nothing was protected.
        if before.is_shadow {
            return;
        }
        for text in before.configured().loosened(self.configured()) {
            self.host.0.log(Level::Warn, &format!("no longer protected: {text}"));
        }
    }
}

/// How often a batch that was not searched to its end is sent again before it is.
const MOST_RETURNS: usize = 2;

pub(crate) struct Listening(pub(crate) SharedHost);

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listening")
    }
}
