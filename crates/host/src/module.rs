//! From a file to something that instances are made of.

use std::fmt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use plugin::Manifest;
use sha2::{Digest, Sha256};
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Config, Engine};

use crate::binary::{Binary, Metered, NotAPlugin};
use crate::bindings::{TracesPlugin, TracesPluginPre};
use crate::instance::{Instance, State, Stopped};
use crate::limits::{Crash, Limits};

/// How often the clock of a module without a meter strikes.
pub(crate) const EPOCH: Duration = Duration::from_millis(10);

/// Compiles plugins. One is enough for a process; cloning it is cheap.
#[derive(Clone)]
pub struct Runtime {
    metered: Engine,
    unmetered: Engine,
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
        let cache = cache.map(crate::cache::open).transpose()?;
        let engine = |epochs: bool| {
            let mut config = Config::new();
            config.cache(cache.clone()).epoch_interruption(epochs);
            Engine::new(&config).map_err(|error| error.to_string())
        };
        let unmetered = engine(true)?;
        let clock = unmetered.weak();
        thread::spawn(move || {
            while let Some(engine) = clock.upgrade() {
                engine.increment_epoch();
                drop(engine);
                thread::sleep(EPOCH);
            }
        });
        Ok(Runtime { metered: engine(false)?, unmetered })
    }

    /// Compiles a plugin and asks it what it is.
    ///
    /// # Errors
    ///
    /// In one line, what the file is instead.
    pub fn load(&self, file: &[u8], limits: Limits) -> Result<Module, LoadError> {
        let binary = Binary::read(file).map_err(LoadError::NotAPlugin)?;
        let engine = match binary.metered {
            Metered::Yes => &self.metered,
            Metered::No | Metered::Stale => &self.unmetered,
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
            binary,
            manifest,
            sha256,
            size: file.len(),
        };
        module.manifest = match Instance::anonymous(&module).and_then(|mut it| it.describe()) {
            Ok(manifest) => manifest,
            Err(Stopped::Crash(crash)) => return Err(LoadError::Crashed(crash)),
            Err(Stopped::Failure(failure)) => return Err(LoadError::Unfit(failure.to_string())),
        };
        Ok(module)
    }
}

/// A compiled plugin, from which instances are made.
#[derive(Clone)]
pub struct Module {
    pub(crate) engine: Engine,
    pub(crate) pre: TracesPluginPre<State>,
    pub(crate) limits: Limits,
    /// What can be told from outside.
    pub binary: Binary,
    /// What the plugin says of itself.
    pub manifest: Manifest,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// Length of the file in bytes.
    pub size: usize,
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Module({} {})", self.manifest.name, self.manifest.version)
    }
}

impl Module {
    /// Returns what an operator should know about the file, in one line.
    pub fn warning(&self) -> Option<String> {
        let what = match self.binary.metered {
            Metered::Yes => return None,
            Metered::No => "found a module without a meter",
            Metered::Stale => "found a module that was changed after it was metered",
        };
        Some(format!(
            "{what}; expected one made by `lapidary componentize`; it runs with a slower limit"
        ))
    }

    /// Says whether something lives from batch to batch.
    pub fn keeps_state(&self) -> bool {
        self.manifest.state_version > 0
    }
}
