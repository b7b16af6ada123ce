//! A module, its rules and its secrets as one unit.

use std::fmt;

use plugin::{Counts, Document, OnFailure, Outcome, Output, Problem};

use crate::SharedHost;
use crate::instance::{Instance, Stopped};
use crate::module::Module;
use crate::search::{Fault, Search};

/// A module with rules and secrets, found good. It has one instance, and makes
/// another with the last state where that one crashes.
#[derive(Debug)]
pub struct Generation {
    pub(crate) module: Module,
    documents: Vec<Document>,
    host: Listening,
    policy: OnFailure,
    instance: Option<Instance>,
    saved: Option<Vec<u8>>,
}

/// Why a generation cannot run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// What is wrong with the rules or secrets.
    Problems(Vec<Problem>),
    /// The plugin crashed while it read them.
    Stopped(Stopped),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Problems(problems) => {
                for (index, problem) in problems.iter().enumerate() {
                    if index > 0 {
                        f.write_str("\n")?;
                    }
                    problem.fmt(f)?;
                }
                Ok(())
            }
            Refused::Stopped(stopped) => {
                write!(
                    f,
                    "found a plugin that {stopped} while it read the rules; expected it to end"
                )
            }
        }
    }
}

impl std::error::Error for Refused {}

/// What one batch came to.
pub(crate) struct Processed {
    /// The spans that go on; nothing where none is left.
    pub traces: Option<Vec<u8>>,
    pub counts: Counts,
    pub faults: Vec<Fault>,
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
        let mut generation =
            Generation { module, documents, host, policy, instance: None, saved: None };
        generation.instance = Some(generation.make()?);
        Ok(generation)
    }

    /// Returns the compiled plugin.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// Returns what becomes of a span that the plugin cannot process.
    pub fn policy(&self) -> OnFailure {
        self.policy
    }

    fn make(&self) -> Result<Instance, Refused> {
        let mut instance =
            Instance::new(&self.module, self.host.0.clone()).map_err(Refused::Stopped)?;
        let problems = instance.configure(&self.documents).map_err(Refused::Stopped)?;
        if problems.is_empty() { Ok(instance) } else { Err(Refused::Problems(problems)) }
    }

    /// Returns an instance that holds the last state: the one there is, or
    /// another where that one crashed.
    pub(crate) fn ready(&mut self) -> Result<&mut Instance, Stopped> {
        let instance = match self.instance.take() {
            Some(instance) => instance,
            None => {
                let mut instance = self.make().map_err(|refused| match refused {
                    Refused::Stopped(stopped) => stopped,
                    Refused::Problems(problems) => Stopped::Failure(plugin::Failure::Other(
                        format!("{} problems in rules that were good before", problems.len()),
                    )),
                })?;
                if let Some(state) = &self.saved {
                    instance.restore(state)?;
                }
                instance
            }
        };
        Ok(self.instance.insert(instance))
    }

    /// Gives up an instance that crashed.
    pub(crate) fn after<T>(&mut self, answer: Result<T, Stopped>) -> Result<T, Stopped> {
        if matches!(answer, Err(Stopped::Crash(_))) {
            self.instance = None;
        }
        answer
    }

    /// Sends one batch through the plugin, whatever becomes of its instances.
    pub(crate) fn process(&mut self, batch: Vec<u8>, now: u64) -> Result<Processed, Stopped> {
        let timeout = self.module.limits.timeout;
        let answer = self.ready().and_then(|instance| instance.process(&batch, now, timeout));
        let processed = match self.after(answer) {
            Ok(Outcome { output, counts }) => Processed {
                traces: match output {
                    Output::Unchanged => Some(batch),
                    Output::Replaced(traces) => Some(traces),
                    Output::NothingLeft => None,
                },
                counts,
                faults: Vec::new(),
            },
            Err(stopped) => Search::run(self, &batch, now, stopped)?,
        };
        self.save();
        Ok(processed)
    }

    /// Keeps what must outlive the instance. The command line plays recordings,
    /// where a crash must not cost what an earlier batch taught: so after every
    /// batch.
    fn save(&mut self) {
        if !self.module.keeps_state() {
            return;
        }
        let Some(instance) = &mut self.instance else {
            return;
        };
        let state = instance.snapshot();
        if let Ok(state) = self.after(state) {
            self.saved = Some(state);
        }
    }

    /// Asks for spans that the plugin itself makes.
    pub(crate) fn tick(&mut self, now: u64) -> Result<Option<Vec<u8>>, Stopped> {
        let answer = self.ready().and_then(|instance| instance.tick(now));
        let made = self.after(answer);
        self.save();
        made
    }

    /// Asks for the last spans that the plugin makes.
    pub(crate) fn flush(&mut self, now: u64) -> Result<Option<Vec<u8>>, Stopped> {
        let answer = self.ready().and_then(|instance| instance.flush(now));
        self.after(answer)
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
            return Ok(());
        }
        if old.state_version > new.state_version {
            return Err(format!(
                "found state version {}; expected {} or higher, which the running generation has",
                new.state_version, old.state_version
            ));
        }
        before.save();
        let Some(state) = &before.saved else {
            return Ok(());
        };
        let answer = self.ready().and_then(|instance| instance.restore(state));
        let answer = self.after(answer);
        answer.map_err(|stopped| {
            format!("the state of the running generation cannot be taken over: {stopped}")
        })?;
        self.saved = Some(state.clone());
        Ok(())
    }
}

struct Listening(SharedHost);

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listening")
    }
}
