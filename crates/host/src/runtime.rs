//! From a file to something that instances are made of.

use std::fmt;
use std::path::Path;
use std::thread;

use binary::{Binary, Metered, NotAPlugin};
use plugin::{Crash, Manifest, Stopped};
use sha2::{Digest, Sha256};
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Config, Engine};

use crate::bindings::{TracesPlugin, TracesPluginPre};
use crate::budget::Clock;
use crate::imports::State;
use crate::instance::ComponentInstance;
use crate::limits::{EPOCH, Limits};
use crate::module::Module;

/// Compiles plugins. One is enough for a process; cloning it is cheap.
#[derive(Clone)]
pub struct Runtime {
    metered: Engine,
    unmetered: Engine,
    clock: Clock,
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Runtime")
    }
}

/// Why a plugin cannot be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// The file is no plugin for this host.
    NotAPlugin(NotAPlugin),
    /// The component wants something that the contract does not have, or is
    /// not valid.
    Unfit(String),
    /// It starts with so many bytes of memory, and may have so many.
    TooLarge(u64, usize),
    /// It crashed when it was asked what it is.
    Crashed(Crash),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::NotAPlugin(problem) => problem.fmt(f),
            LoadError::Unfit(problem) => {
                write!(f, "found a component that cannot be run ({problem}); expected a plugin")
            }
            LoadError::TooLarge(bytes, limit) => {
                let (found, most) = (bytes >> 10, limit >> 20);
                write!(f, "found a module that starts with {found} KiB of memory; ")?;
                write!(f, "expected no more than the limit of {most} MiB")
            }
            LoadError::Crashed(crash) => {
                write!(f, "found a plugin that {crash} when asked what it is; expected an answer")
            }
        }
    }
}

impl std::error::Error for LoadError {}

impl Runtime {
    /// Makes a runtime. Compiled plugins are kept in `cache`, a folder that
    /// nobody else may write to, or only in memory.
    ///
    /// # Errors
    ///
    /// Others may write to the folder, or wasmtime does not run here.
    pub fn new(cache: Option<&Path>) -> Result<Runtime, String> {
        Runtime::with_clock(cache, Clock::system())
    }

    /// Makes a runtime that measures the time of plugins by another clock than
    /// the system's.
    ///
    /// # Errors
    ///
    /// As for [`Runtime::new`].
    pub fn with_clock(cache: Option<&Path>, clock: Clock) -> Result<Runtime, String> {
        let cache = cache.map(crate::cache::open).transpose()?;
        let engine = |epochs: bool| {
            let mut config = Config::new();
            config.cache(cache.clone()).epoch_interruption(epochs);
            Engine::new(&config).map_err(|error| error.to_string())
        };
        let unmetered = engine(true)?;
        let ticking = unmetered.weak();
        thread::spawn(move || {
            while let Some(engine) = ticking.upgrade() {
                engine.increment_epoch();
                drop(engine);
                thread::sleep(EPOCH);
            }
        });
        Ok(Runtime { metered: engine(false)?, unmetered, clock })
    }

    /// Compiles a plugin and asks it what it is.
    ///
    /// # Errors
    ///
    /// In one line, what the file is instead.
    pub fn load(&self, file: &[u8], limits: Limits) -> Result<Module, LoadError> {
        let binary = Binary::read(file).map_err(LoadError::NotAPlugin)?;
        if binary.least_memory > limits.memory_bytes as u64 {
            return Err(LoadError::TooLarge(binary.least_memory, limits.memory_bytes));
        }
        let meter_fault = match binary.metered {
            Metered::Yes => check_meter(file, &binary).err(),
            Metered::No | Metered::Stale => None,
        };
        let engine = if binary.metered == Metered::Yes && meter_fault.is_none() {
            &self.metered
        } else {
            &self.unmetered
        };
        let unfit = |error: wasmtime::Error| {
            LoadError::Unfit(error.to_string().lines().next().unwrap_or_default().into())
        };
        let component = Component::from_binary(engine, file).map_err(unfit)?;
        let mut linker = Linker::new(engine);
        TracesPlugin::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)
            .map_err(unfit)?;
        let pre = linker.instantiate_pre(&component).map_err(unfit)?;
        let pre = TracesPluginPre::new(pre).map_err(unfit)?;
        let manifest = Manifest::new("", "", "");
        let sha256 = Sha256::digest(file).into();
        let mut module = Module {
            engine: engine.clone(),
            pre,
            limits,
            clock: self.clock,
            binary,
            meter_fault,
            manifest,
            sha256,
            size: file.len(),
        };
        module.manifest = match ComponentInstance::anonymous(&module)
            .and_then(|mut it| it.describe())
        {
            Ok(manifest) => manifest,
            Err(Stopped::Crash(crash)) => return Err(LoadError::Crashed(crash)),
            Err(Stopped::Failure(failure)) => return Err(LoadError::Unfit(failure.to_string())),
        };
        Ok(module)
    }
}

/// Reads the code of all that a component runs.
fn check_meter(file: &[u8], binary: &Binary) -> Result<(), meter::Fault> {
    meter::check(&file[binary.core.clone()])?;
    binary.beside.iter().try_for_each(|module| meter::check_beside(&file[module.clone()]))
}
