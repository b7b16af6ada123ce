//! A module, its rules and its secrets as one unit.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use plugin::{
    Configured, Crash, Document, Entries, Exceeded, Failure, Host, Instance, Level, OnFailure,
    Refused, SharedHost, Stopped,
};
use spans::{Malformed, Rewritten, View};

use crate::instance::ComponentInstance;
use crate::module::Module;
use crate::pass::{Eyes, Pass, left};
use crate::search::{Processed, settle};

/// A module with rules and secrets, found good. It has one instance, and makes
/// another with the last state where that one crashes.
#[derive(Debug)]
pub struct Generation {
    pub(crate) module: Module,
    documents: Vec<Document>,
    host: Listening,
    policy: OnFailure,
    eyes: Arc<Eyes>,
    instance: Option<ComponentInstance>,
    /// The state, as the plugin told it.
    entries: Entries,
    /// Whether it was said that the state takes more than it may.
    is_excess_said: bool,
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
        let instance = ComponentInstance::start(&module, &documents, host.0.clone())?;
        let eyes = Eyes::new(instance.configured());
        let eyes = eyes.map_err(|crash| Refused::Stopped(Stopped::Crash(crash)))?;
        let entries = Entries::new(module.manifest.state_version, module.limits.state_bytes);
        Ok(Generation {
            module,
            documents,
            host,
            policy,
            eyes: Arc::new(eyes),
            instance: Some(instance),
            entries,
            is_excess_said: false,
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

    /// Returns what becomes of a span that the plugin cannot process.
    pub fn policy(&self) -> OnFailure {
        self.policy
    }

    /// Makes another instance by the same rules.
    fn make(&self) -> Result<ComponentInstance, Stopped> {
        let started = ComponentInstance::start(&self.module, &self.documents, self.host.0.clone());
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

    /// Returns an instance that holds the last state: the one there is, or
    /// another where that one crashed.
    fn ready(&mut self) -> Result<&mut ComponentInstance, Stopped> {
        let instance = match self.instance.take() {
            Some(instance) => instance,
            None => {
                let mut instance = self.make()?;
                if let Err(stopped) = self.hand_over(&mut instance) {
                    // It was this generation that told the state. Going on without it forgets
                    // what was kept; not going on would block every span for good.
                    self.say(
                        "the state that was kept cannot be taken over, the plugin goes on without it",
                        &stopped,
                    );
                    self.forget();
                    return self.ready();
                }
                instance
            }
        };
        Ok(self.instance.insert(instance))
    }

    /// Hands all entries to a new instance, and takes in what it holds otherwise.
    fn hand_over(&mut self, instance: &mut ComponentInstance) -> Result<(), Stopped> {
        if self.entries.is_empty() {
            return Ok(());
        }
        let mut damaged = 0;
        for piece in self.entries.pieces() {
            damaged += instance.load(self.entries.version(), &piece)?;
        }
        if damaged > 0 {
            let text = format!("damaged entries of the state, which are left out: {damaged}");
            self.host.0.log(Level::Error, &text);
        }
        self.take_changes(instance)
    }

    fn forget(&mut self) {
        let limit = self.module.limits.state_bytes;
        self.entries = Entries::new(self.module.manifest.state_version, limit);
    }

    /// Takes in what changed of the state, to the last.
    fn take_changes(&mut self, instance: &mut ComponentInstance) -> Result<(), Stopped> {
        if !self.module.keeps_state() {
            return Ok(());
        }
        // Who tells more than twice what it can hold will not come to an end; what is kept of it is
        // another limit.
        let most = 2 * self.module.limits.memory_bytes / Entries::piece() + 2;
        for _ in 0..most {
            let changed = instance.changes(Entries::piece())?;
            let more = changed.more;
            if let Err(exceeded) = self.entries.take(changed) {
                self.say_excess(exceeded);
            }
            if !more {
                return Ok(());
            }
        }
        Err(Stopped::Crash(Crash::Contract("told changes without end".into())))
    }

    fn say_excess(&mut self, exceeded: Exceeded) {
        if !self.is_excess_said {
            let mib = self.module.limits.state_bytes >> 20;
            let text = format!("the state takes more than {mib} MiB: {exceeded}");
            self.host.0.log(Level::Warn, &text);
        }
        self.is_excess_said = true;
    }

    /// Gives up an instance that crashed.
    fn after<T>(&mut self, answer: Result<T, Stopped>) -> Result<T, Stopped> {
        if matches!(answer, Err(Stopped::Crash(_))) {
            self.instance = None;
        }
        answer
    }

    /// Sends one batch through the plugin, whatever becomes of its instances; in parts, where what
    /// the plugin sees of it is longer than `limit`.
    ///
    /// # Errors
    ///
    /// Where the batch cannot be decoded.
    pub(crate) fn process(
        &mut self,
        batch: Vec<u8>,
        now: u64,
        limit: usize,
    ) -> Result<Processed, Malformed> {
        let (policy, timeout) = (self.policy, self.module.limits.timeout);
        let eyes = Arc::clone(&self.eyes);
        let units = spans::units(&batch)?;
        let mut pass = Pass::new(&eyes, &batch);
        let mut faults = Vec::new();
        let mut from = 0;
        loop {
            let view = pass.view(from..units, limit)?;
            if let Err(stopped) = self.call(&mut pass, &view, timeout, now) {
                let call =
                    |pass: &mut Pass<'_>, view: &View, timeout| self.call(pass, view, timeout, now);
                faults.extend(settle(&mut pass, &view, stopped, policy, timeout, call)?);
            }
            from = view.units.end;
            if from >= units {
                break;
            }
        }
        let (rewritten, own, telling) = pass.end()?;
        let Rewritten { output, counts, gone } = rewritten;
        let mut traces = left(output, batch);
        if !own.is_empty() {
            traces.get_or_insert_default().extend(&own);
        }
        Ok(Processed { traces, counts, faults, telling, gone, own: own.len() })
    }

    fn call(
        &mut self,
        pass: &mut Pass<'_>,
        view: &View,
        timeout: Duration,
        now: u64,
    ) -> Result<(), Stopped> {
        let answer = self.ready().and_then(|instance| {
            let accept = |outcome: &_| pass.check(view.units.clone(), outcome);
            instance.process_within(timeout, &view.bytes, now, accept)
        });
        let outcome = self.after(answer)?;
        pass.take(view.units.clone(), &view.bytes, outcome);
        self.save();
        Ok(())
    }

    /// Takes in what the last call taught: so a crash costs one call.
    fn save(&mut self) {
        let Some(mut instance) = self.instance.take() else { return };
        let told = self.take_changes(&mut instance);
        self.instance = Some(instance);
        if let Err(stopped) = self.after(told) {
            self.say("what changed of the state was not told", &stopped);
        }
    }

    fn say(&mut self, what: &str, stopped: &Stopped) {
        self.host.0.log(Level::Error, &format!("{what}: {}", stopped.deed()));
    }

    /// Asks for spans that the plugin itself makes. Where it cannot tell, that is logged: what
    /// others sent goes on.
    pub(crate) fn tick(&mut self, now: u64) -> Option<Vec<u8>> {
        let answer = self.ready().and_then(|instance| instance.tick(now));
        let made = self.own(answer, "spans of the plugin's own making were lost");
        self.save();
        made
    }

    /// Asks for the last spans that the plugin makes.
    pub(crate) fn flush(&mut self, now: u64) -> Option<Vec<u8>> {
        let answer = self.ready().and_then(|instance| instance.flush(now));
        self.own(answer, "the last spans of the plugin were lost")
    }

    fn own(&mut self, answer: Result<Option<Vec<u8>>, Stopped>, lost: &str) -> Option<Vec<u8>> {
        self.after(answer).unwrap_or_else(|stopped| {
            self.say(lost, &stopped);
            None
        })
    }

    /// Takes over the state of the generation before, which was at work until
    /// now.
    ///
    /// # Errors
    ///
    /// Why the state cannot be taken over; this generation must then not be
    /// used, and the one before is as it was.
    pub fn take_over(&mut self, before: &mut Generation) -> Result<(), String> {
        let (old, new) = (&before.module.manifest, &self.module.manifest);
        if old.name != new.name || !before.module.keeps_state() || !self.module.keeps_state() {
            let entries = before.entries.len();
            if entries > 0 {
                let name = &old.name;
                let text =
                    format!("the state of plugin `{name}`, {entries} entries, is not taken over");
                self.host.0.log(Level::Warn, &text);
            }
            return Ok(());
        }
        if old.state_version > new.state_version {
            return Err(format!(
                "found state version {}; expected {} or higher, which the running generation has",
                new.state_version, old.state_version
            ));
        }
        self.entries = before.entries.within(self.module.limits.state_bytes);
        let instance = match self.instance.take() {
            Some(instance) => Ok(instance),
            None => self.make(),
        };
        let holding = instance.and_then(|mut instance| {
            self.hand_over(&mut instance)?;
            Ok(instance)
        });
        self.instance = Some(holding.map_err(|stopped| {
            format!("the state of the running generation cannot be taken over: {stopped}")
        })?);
        self.entries.set_version(self.module.manifest.state_version);
        Ok(())
    }

    /// Warns of what the generation before protected and this one does not.
    pub(crate) fn warn_of_loosened(&mut self, before: &Generation) {
        for text in before.configured().loosened(self.configured()) {
            self.host.0.log(Level::Warn, &format!("no longer protected: {text}"));
        }
    }
}

struct Listening(SharedHost);

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listening")
    }
}
