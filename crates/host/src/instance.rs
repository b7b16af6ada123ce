//! One instance of a plugin in a store of its own.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use plugin::{Document, Failure, Host, Level, Manifest, Outcome, Pending, Problem, RecordingHost};
use wasmtime::Store;

use crate::SharedHost;
use crate::bindings::TracesPlugin;
use crate::bindings::exports::lapidary::processor::plugin::Guest;
use crate::bindings::lapidary::processor::{host, meter, types};
use crate::limits::{Crash, Use};
use crate::module::{EPOCH, Module};

/// Why a call gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The plugin said so; the instance is still good.
    Failure(Failure),
    /// The instance is no longer good.
    Crash(Crash),
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stopped::Failure(failure) => failure.fmt(f),
            Stopped::Crash(crash) => crash.fmt(f),
        }
    }
}

impl std::error::Error for Stopped {}

/// What a plugin's imports reach.
pub struct State {
    used: Use,
    host: SharedHost,
    pending: Pending,
    configuring: bool,
}

impl State {
    fn host(&self) -> MutexGuard<'_, dyn Host + Send + 'static> {
        // A panic in a log elsewhere must not stop spans here.
        self.host.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn commit_counters(&mut self) {
        let mut pending = std::mem::take(&mut self.pending);
        pending.commit(&mut *self.host());
    }
}

impl host::Host for State {
    fn log(&mut self, level: host::Level, message: String) -> wasmtime::Result<()> {
        self.host().log(Level::from(level), &message);
        Ok(())
    }

    fn secret(&mut self, name: String) -> wasmtime::Result<Option<Vec<u8>>> {
        if !self.configuring {
            return Ok(None);
        }
        Ok(self.host().secret(&name))
    }

    fn add_to_counter(
        &mut self,
        name: String,
        labels: Vec<(String, String)>,
        delta: u64,
    ) -> wasmtime::Result<()> {
        let labels: Vec<(&str, &str)> =
            labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        self.pending.add(&name, &labels, delta);
        Ok(())
    }
}

impl meter::Host for State {
    fn refill(&mut self) -> wasmtime::Result<i32> {
        self.used.refill()
    }
}

impl types::Host for State {}

/// One instance of a plugin. After a [`Stopped::Crash`] it must not be used
/// again: every later call would trap.
pub struct Instance {
    store: Store<State>,
    plugin: TracesPlugin,
    timeout: Duration,
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Instance")
    }
}

/// `configure` may take this many times the time of another call.
const CONFIGURE: u32 = 10;

impl Instance {
    /// Makes an instance, which knows no rules yet.
    ///
    /// # Errors
    ///
    /// It cannot be made within the limits.
    pub fn new(module: &Module, host: SharedHost) -> Result<Instance, Stopped> {
        let used = Use::new(module.limits);
        let state = State { used, host, pending: Pending::default(), configuring: false };
        let mut store = Store::new(&module.engine, state);
        store.limiter(|state| &mut state.used);
        begin(&mut store, module.limits.timeout);
        let plugin = module
            .pre
            .instantiate(&mut store)
            .map_err(|error| Stopped::Crash(store.data().used.crash(&error)))?;
        Ok(Instance { store, plugin, timeout: module.limits.timeout })
    }

    /// Makes an instance that nobody listens to.
    pub(crate) fn anonymous(module: &Module) -> Result<Instance, Stopped> {
        Instance::new(module, Arc::new(Mutex::new(RecordingHost::default())))
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

    /// Asks the plugin what it is.
    ///
    /// # Errors
    ///
    /// It crashed.
    pub fn describe(&mut self) -> Result<Manifest, Stopped> {
        self.call(self.timeout, |guest, store| Ok(Ok(guest.call_describe(store)?.into())))
    }

    /// Hands the rules over, and lets the plugin ask for its secrets.
    ///
    /// # Errors
    ///
    /// It crashed. The problems of the rules are the answer.
    pub fn configure(&mut self, documents: &[Document]) -> Result<Vec<Problem>, Stopped> {
        let documents: Vec<types::Document> = documents.iter().map(Into::into).collect();
        self.store.data_mut().configuring = true;
        let answer = self.call(self.timeout * CONFIGURE, |guest, store| {
            Ok(Ok(guest.call_configure(store, &documents)?))
        })?;
        self.store.data_mut().configuring = false;
        Ok(answer.err().unwrap_or_default().into_iter().map(Problem::from).collect())
    }

    /// Hands a batch over; `timeout` is for this call alone.
    ///
    /// # Errors
    ///
    /// The plugin could not do its work, or crashed.
    pub fn process(
        &mut self,
        traces: &[u8],
        now_unix_nanos: u64,
        timeout: Duration,
    ) -> Result<Outcome, Stopped> {
        self.call(timeout, |guest, store| {
            let answer = guest.call_process(store, traces, now_unix_nanos)?;
            Ok(answer.map(Outcome::from).map_err(Failure::from))
        })
    }

    /// Asks for spans that the plugin itself makes.
    ///
    /// # Errors
    ///
    /// The plugin could not do its work, or crashed.
    pub fn tick(&mut self, now_unix_nanos: u64) -> Result<Option<Vec<u8>>, Stopped> {
        self.call(self.timeout, |guest, store| {
            Ok(guest.call_tick(store, now_unix_nanos)?.map_err(Failure::from))
        })
    }

    /// Asks for the last spans that the plugin makes.
    ///
    /// # Errors
    ///
    /// The plugin could not do its work, or crashed.
    pub fn flush(&mut self, now_unix_nanos: u64) -> Result<Option<Vec<u8>>, Stopped> {
        self.call(self.timeout, |guest, store| {
            Ok(guest.call_flush(store, now_unix_nanos)?.map_err(Failure::from))
        })
    }

    /// Asks for what must outlive the instance.
    ///
    /// # Errors
    ///
    /// It crashed.
    pub fn snapshot(&mut self) -> Result<Vec<u8>, Stopped> {
        self.call(self.timeout, |guest, store| Ok(Ok(guest.call_snapshot(store)?)))
    }

    /// Hands over what an earlier instance left.
    ///
    /// # Errors
    ///
    /// The state cannot be taken over, or the plugin crashed.
    pub fn restore(&mut self, state: &[u8]) -> Result<(), Stopped> {
        self.call(self.timeout, |guest, store| {
            Ok(guest.call_restore(store, state)?.map_err(Failure::Other))
        })
    }
}

fn begin(store: &mut Store<State>, timeout: Duration) {
    store.data_mut().used.begin(timeout);
    // Only the engine for modules without a meter looks at this.
    let strikes = timeout.as_millis().div_ceil(EPOCH.as_millis()) as u64;
    store.set_epoch_deadline(strikes + 1);
}
