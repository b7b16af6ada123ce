//! One instance of a plugin in a store of its own.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use plugin::{
    Document, Failure, Instance, Manifest, Outcome, Problem, RecordingHost, Refused, Runner,
    SharedHost, Stopped,
};
use wasmtime::Store;

use crate::answer;
use crate::bindings::TracesPlugin;
use crate::bindings::exports::lapidary::processor::plugin::Guest;
use crate::bindings::lapidary::processor::types;
use crate::imports::State;
use crate::limits::{EPOCH, Use};
use crate::module::Module;

impl Runner for Module {
    fn start(
        &self,
        documents: &[Document],
        host: SharedHost,
    ) -> Result<Box<dyn Instance>, Refused> {
        Ok(Box::new(ComponentInstance::start(self, documents, host)?))
    }
}

/// One instance of a plugin's component. After a [`Stopped::Crash`] it must
/// not be used again: every later call would trap.
pub struct ComponentInstance {
    store: Store<State>,
    plugin: TracesPlugin,
    timeout: Duration,
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
        let mut instance = ComponentInstance::new(module, host).map_err(Refused::Stopped)?;
        let problems = instance.configure(documents).map_err(Refused::Stopped)?;
        if problems.is_empty() { Ok(instance) } else { Err(Refused::Problems(problems)) }
    }

    /// Makes an instance, which knows no rules yet.
    ///
    /// # Errors
    ///
    /// It cannot be made within the limits.
    pub fn new(module: &Module, host: SharedHost) -> Result<ComponentInstance, Stopped> {
        let used = Use::new(module.limits, module.clock);
        let names = module.manifest.counters.iter().map(|counter| counter.name.clone()).collect();
        let mut store = Store::new(&module.engine, State::new(used, names, host));
        store.limiter(|state| &mut state.used);
        begin(&mut store, module.limits.timeout * START);
        let plugin = module
            .pre
            .instantiate(&mut store)
            .map_err(|error| Stopped::Crash(store.data().used.crash(&error)))?;
        Ok(ComponentInstance { store, plugin, timeout: module.limits.timeout })
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
        self.call(self.timeout * START, |guest, store| Ok(Ok(guest.call_describe(store)?.into())))
    }

    /// Hands the rules over, and lets the plugin ask for its secrets.
    ///
    /// # Errors
    ///
    /// It crashed. The problems of the rules are the answer.
    pub fn configure(&mut self, documents: &[Document]) -> Result<Vec<Problem>, Stopped> {
        let documents: Vec<types::Document> = documents.iter().map(Into::into).collect();
        self.store.data_mut().configuring = true;
        let answer = self.call(self.timeout * START, |guest, store| {
            Ok(Ok(guest.call_configure(store, &documents)?))
        })?;
        self.store.data_mut().configuring = false;
        Ok(answer.err().unwrap_or_default().into_iter().map(Problem::from).collect())
    }

    /// Hands a batch over, with another time than the module's own.
    ///
    /// # Errors
    ///
    /// The plugin could not do its work, or crashed.
    pub fn process_within(
        &mut self,
        timeout: Duration,
        traces: &[u8],
        now_unix_nanos: u64,
    ) -> Result<Outcome, Stopped> {
        self.call(timeout, |guest, store| {
            let answer = guest.call_process(store, traces, now_unix_nanos)?;
            let answer = answer.map(Outcome::from).map_err(Failure::from);
            if let Ok(outcome) = &answer {
                answer::check(traces, outcome)?;
            }
            Ok(answer)
        })
    }

    /// Makes one call. What it adds to counters is kept only where it ends with
    /// an answer.
    fn call<R>(
        &mut self,
        timeout: Duration,
        f: impl FnOnce(&Guest, &mut Store<State>) -> wasmtime::Result<Result<R, Failure>>,
    ) -> Result<R, Stopped> {
        begin(&mut self.store, timeout);
        let guest = self.plugin.lapidary_processor_plugin();
        let ended = f(guest, &mut self.store);
        let state = self.store.data_mut();
        match ended {
            Ok(Ok(answer)) => {
                state.commit_counters();
                Ok(answer)
            }
            Ok(Err(failure)) => {
                state.pending.clear();
                Err(Stopped::Failure(failure))
            }
            // What waits is never handed on, for there is no later call.
            Err(error) => Err(Stopped::Crash(state.used.crash(&error))),
        }
    }
}

impl Instance for ComponentInstance {
    fn process(&mut self, traces: &[u8], now_unix_nanos: u64) -> Result<Outcome, Stopped> {
        self.process_within(self.timeout, traces, now_unix_nanos)
    }

    fn tick(&mut self, now_unix_nanos: u64) -> Result<Option<Vec<u8>>, Stopped> {
        self.call(self.timeout, |guest, store| own(guest.call_tick(store, now_unix_nanos)?))
    }

    fn flush(&mut self, now_unix_nanos: u64) -> Result<Option<Vec<u8>>, Stopped> {
        self.call(self.timeout, |guest, store| own(guest.call_flush(store, now_unix_nanos)?))
    }

    fn snapshot(&mut self) -> Result<Vec<u8>, Stopped> {
        self.call(self.timeout, |guest, store| Ok(Ok(guest.call_snapshot(store)?)))
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), Stopped> {
        self.call(self.timeout * START, |guest, store| {
            Ok(guest.call_restore(store, state)?.map_err(Failure::Other))
        })
    }
}

fn own(
    answer: Result<Option<Vec<u8>>, types::Failure>,
) -> wasmtime::Result<Result<Option<Vec<u8>>, Failure>> {
    if let Ok(traces) = &answer {
        answer::check_own(traces.as_ref())?;
    }
    Ok(answer.map_err(Failure::from))
}

fn begin(store: &mut Store<State>, timeout: Duration) {
    store.data_mut().used.begin(timeout);
    // Only the engine for modules without a meter looks at this.
    let strikes = timeout.as_millis().div_ceil(EPOCH.as_millis()) as u64;
    store.set_epoch_deadline(strikes + 1);
}
