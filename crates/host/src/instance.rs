//! One instance of a plugin in a store of its own.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bounds::{LINE_BYTES, cut};
use plugin::{
    Changed, Changes, Configured, Crash, Document, Entry, Failure, Instance, Manifest, Outcome,
    Problem, RecordingHost, Refused, Runner, SharedHost, Stopped,
};
use spans::{NoteBounds, Notes, Parts, Sight, Writes};
use wasmtime::Store;

use crate::bindings::TracesPlugin;
use crate::bindings::exports::lapidary::processor::plugin::Guest;
use crate::bindings::lapidary::processor::types;
use crate::imports::{SharedBounds, State};
use crate::limits::Use;
use crate::lists;
use crate::module::Module;

impl Runner for Module {
    fn start(
        &self,
        documents: &[Document],
        host: SharedHost,
    ) -> Result<Box<dyn Instance>, Refused> {
        Ok(Box::new(ComponentInstance::start(self, documents, host)?))
    }

    fn state_version(&self) -> u32 {
        self.manifest.state_version
    }
}

/// One instance of a plugin's component. After a [`Stopped::Crash`] it must
/// not be used again: every later call would trap.
pub struct ComponentInstance {
    store: Store<State>,
    plugin: TracesPlugin,
    timeout: Duration,
    /// The most that it says it changes.
    changes: Changes,
    configured: Configured,
}

impl fmt::Debug for ComponentInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ComponentInstance")
    }
}

/// What comes before the first batch may take this many times the time of another call: rules are
/// compiled then, which happens once.
const START: u32 = 10;

impl ComponentInstance {
    /// Makes an instance that has read these rules, base first.
    ///
    /// # Errors
    ///
    /// The problems of the rules, or how it crashed.
    pub fn start(
        module: &Module,
        documents: &[Document],
        host: SharedHost,
    ) -> Result<ComponentInstance, Refused> {
        ComponentInstance::start_within(module, documents, host, SharedBounds::default())
    }

    /// The same, within what all instances of a plugin share.
    pub(crate) fn start_within(
        module: &Module,
        documents: &[Document],
        host: SharedHost,
        bounds: SharedBounds,
    ) -> Result<ComponentInstance, Refused> {
        let instance = ComponentInstance::new_within(module, host, bounds);
        let mut instance = instance.map_err(Refused::Stopped)?;
        let problems = instance.configure(documents).map_err(Refused::Stopped)?;
        if problems.is_empty() { Ok(instance) } else { Err(Refused::Problems(problems)) }
    }

    /// Makes an instance, which knows no rules yet.
    ///
    /// # Errors
    ///
    /// It cannot be made within the limits.
    pub fn new(module: &Module, host: SharedHost) -> Result<ComponentInstance, Stopped> {
        ComponentInstance::new_within(module, host, SharedBounds::default())
    }

    fn new_within(
        module: &Module,
        host: SharedHost,
        bounds: SharedBounds,
    ) -> Result<ComponentInstance, Stopped> {
        let used = Use::new(module.limits, module.clock);
        let names = module.manifest.counters.iter().map(|counter| counter.name.clone()).collect();
        let mut store = Store::new(&module.engine, State::new(used, names, host, bounds));
        store.limiter(|state| &mut state.used);
        // Only the engine for modules without a meter strikes.
        store.epoch_deadline_callback(|mut store| store.data_mut().used.strike());
        begin(&mut store, module.limits.timeout * START);
        let plugin = module
            .pre
            .instantiate(&mut store)
            .map_err(|error| Stopped::Crash(store.data().used.crash(&error)))?;
        Ok(ComponentInstance {
            store,
            plugin,
            timeout: module.limits.timeout,
            changes: module.manifest.changes,
            configured: Configured::new(Sight::Parts(Parts::default()), Writes::default()),
        })
    }

    /// Makes an instance that nobody listens to.
    pub(crate) fn anonymous(module: &Module) -> Result<ComponentInstance, Stopped> {
        ComponentInstance::new(module, Arc::new(Mutex::new(RecordingHost::default())))
    }

    /// Asks the plugin what it is.
    ///
    /// # Errors
    ///
    /// It crashed.
    pub fn describe(&mut self) -> Result<Manifest, Stopped> {
        self.call(self.timeout * START, |guest, store| {
            let manifest = guest.call_describe(store)?;
            lists::check(manifest.counters.len())?;
            Ok(Ok((manifest.into(), Vec::new())))
        })
    }

    /// Hands the rules over, and lets the plugin ask for its secrets. What it then says that it
    /// reads and changes is kept.
    ///
    /// # Errors
    ///
    /// It crashed. The problems of the rules are the answer.
    pub fn configure(&mut self, documents: &[Document]) -> Result<Vec<Problem>, Stopped> {
        let handed: Vec<types::Document> = documents.iter().map(Into::into).collect();
        self.store.data_mut().configuring = true;
        let answer = self.call(self.timeout * START, |guest, store| {
            let answer = guest.call_configure(store, &handed)?;
            lists::check(lists::of_configured(&answer))?;
            Ok(Ok((answer, Vec::new())))
        })?;
        self.store.data_mut().configuring = false;
        match answer {
            Ok(configured) => {
                self.configured = configured.into();
                self.check_changes()?;
                let rules = self.configured.check_rules(documents);
                rules.map_err(|detail| Stopped::Crash(Crash::Contract(detail)))?;
                Ok(Vec::new())
            }
            Err(problems) => Ok(problems.into_iter().map(Problem::from).collect()),
        }
    }

    /// What the rules let a plugin change is no more than it says of itself.
    fn check_changes(&self) -> Result<(), Stopped> {
        let more = Changes::of(&self.configured.writes) - self.changes;
        match more.iter_names().next() {
            Some((name, _)) => {
                let name = name.to_lowercase().replace('_', "-");
                let detail = format!("`configure` named `{name}`, which the manifest does not");
                Err(Stopped::Crash(Crash::Contract(detail)))
            }
            None => Ok(()),
        }
    }

    /// Hands the view of a batch over, with another time than the module's own. The answer counts
    /// only if `accept` does not find it outside the contract.
    ///
    /// # Errors
    ///
    /// The plugin could not do its work, or crashed.
    pub fn process_within(
        &mut self,
        timeout: Duration,
        view: &[u8],
        now_unix_nanos: u64,
        accept: impl FnOnce(&Outcome) -> Result<(), Crash>,
    ) -> Result<Outcome, Stopped> {
        let makes_spans = self.configured.writes.makes_spans;
        let (rules, sets) = (self.configured.rules.len(), self.configured.writes.sets.len());
        let noting = self.store.data().noting();
        self.store.data_mut().used.begin_batch();
        self.store.data().bounds().at(now_unix_nanos);
        self.call(timeout, |guest, store| {
            let answer = guest.call_process(store, view, now_unix_nanos, noting.into())?;
            Ok(match answer {
                Ok(types::Outcome { edits, spans, additions, notes }) => {
                    lists::check(additions.len())?;
                    check_own(spans.as_ref(), makes_spans)?;
                    let bounds = NoteBounds { view, rules, sets };
                    Notes::check(&notes, noting, &bounds).map_err(breach)?;
                    let outcome = Outcome { edits, spans, notes };
                    accept(&outcome).map_err(wasmtime::Error::new)?;
                    Ok((outcome, additions))
                }
                Err(text) => Err(failure(&text)),
            })
        })
    }

    fn make(
        &mut self,
        now_unix_nanos: u64,
        f: impl FnOnce(&Guest, &mut Store<State>) -> wasmtime::Result<Result<types::Made, String>>,
    ) -> Result<Option<Vec<u8>>, Stopped> {
        let makes_spans = self.configured.writes.makes_spans;
        self.store.data().bounds().at(now_unix_nanos);
        self.call(self.timeout, |guest, store| {
            Ok(match f(guest, store)? {
                Ok(types::Made { spans, additions }) => {
                    lists::check(additions.len())?;
                    check_own(spans.as_ref(), makes_spans)?;
                    Ok((spans, additions))
                }
                Err(text) => Err(failure(&text)),
            })
        })
    }

    /// How large its memory is, where another instance should go on with less.
    pub(crate) fn outgrown(&self) -> Option<usize> {
        self.store.data().used.outgrown()
    }

    /// Makes one call. What it adds to counters is kept only where it ends with
    /// an answer.
    fn call<R>(
        &mut self,
        timeout: Duration,
        f: impl FnOnce(&Guest, &mut Store<State>) -> wasmtime::Result<Answer<R>>,
    ) -> Result<R, Stopped> {
        begin(&mut self.store, timeout);
        let guest = self.plugin.lapidary_processor_plugin();
        let ended = f(guest, &mut self.store);
        let state = self.store.data_mut();
        match ended {
            Ok(Ok((answer, additions))) => {
                state.add(&additions).map_err(Stopped::Crash)?;
                Ok(answer)
            }
            Ok(Err(failure)) => Err(Stopped::Failure(failure)),
            Err(error) => Err(Stopped::Crash(state.used.crash(&error))),
        }
    }
}

/// What a call gave, and what it adds to counters; or that it could not do its work.
type Answer<R> = Result<(R, Vec<types::Addition>), Failure>;

impl Instance for ComponentInstance {
    fn configured(&self) -> &Configured {
        &self.configured
    }

    fn process(&mut self, view: &[u8], now_unix_nanos: u64) -> Result<Outcome, Stopped> {
        self.process_within(self.timeout, view, now_unix_nanos, |_| Ok(()))
    }

    fn tick(&mut self, now_unix_nanos: u64) -> Result<Option<Vec<u8>>, Stopped> {
        self.make(now_unix_nanos, |guest, store| guest.call_tick(store, now_unix_nanos))
    }

    fn flush(&mut self, now_unix_nanos: u64) -> Result<Option<Vec<u8>>, Stopped> {
        self.make(now_unix_nanos, |guest, store| guest.call_flush(store, now_unix_nanos))
    }

    fn changes(&mut self, max_bytes: usize) -> Result<Changed, Stopped> {
        let max_bytes = u32::try_from(max_bytes).unwrap_or(u32::MAX);
        self.call(self.timeout, |guest, store| {
            let changed = guest.call_changes(store, max_bytes)?;
            lists::check(changed.entries.len())?;
            Ok(Ok((changed.into(), Vec::new())))
        })
    }

    fn load(&mut self, version: u32, entries: &[Entry]) -> Result<u32, Stopped> {
        let entries: Vec<types::Entry> = entries.iter().map(Into::into).collect();
        self.call(self.timeout * START, |guest, store| {
            let answer = guest.call_load(store, version, &entries)?;
            Ok(answer.map(|damaged| (damaged, Vec::new())).map_err(|text| failure(&text)))
        })
    }
}

/// Looks at spans of a plugin's own making: whether it may make any, whether they are OTLP, and each
/// is there once.
fn check_own(spans: Option<&Vec<u8>>, makes_spans: bool) -> wasmtime::Result<()> {
    let Some(spans) = spans else { return Ok(()) };
    let detail = if !makes_spans {
        "made spans, which `configure` did not name".into()
    } else if spans::validate(spans).is_err() {
        // Where it is damaged helps nobody, for nobody else sees these bytes.
        "answered with bytes that are not OTLP".into()
    } else if let Err(refusal) = spans::check_own(spans) {
        refusal.to_string()
    } else {
        return Ok(());
    };
    Err(wasmtime::Error::new(Crash::Contract(detail)))
}

/// The text of a failure goes into the log.
fn failure(text: &str) -> Failure {
    Failure(cut(text, LINE_BYTES).into())
}

fn breach(noted: &str) -> wasmtime::Error {
    wasmtime::Error::new(Crash::Contract(format!("answered with {noted}")))
}

fn begin(store: &mut Store<State>, timeout: Duration) {
    store.data_mut().used.begin(timeout);
    store.set_epoch_deadline(1);
}
