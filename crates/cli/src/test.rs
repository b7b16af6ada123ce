//! `lapidary test`

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cases::{Case, Recording, Refused, Runner, SharedHost};
use host::{Limits, Module, Runtime};
use plugin::{Document, Outcome};

use crate::Wrong;
use crate::arguments::Test;
use crate::load::{load_module, runtime};
use crate::say::say;

/// A case must not fail because a machine is busy.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Runs every case folder below the given ones on the built plugins.
pub(crate) fn test(arguments: &Test) -> Result<(), Wrong> {
    let mut folders = Vec::new();
    for folder in &arguments.folders {
        folders.extend(cases::find(folder)?);
    }
    if folders.is_empty() {
        return Err("found no case; expected folders that hold a `case.yaml`".to_string().into());
    }
    let limits = Limits { timeout: TIMEOUT, rounds: arguments.rounds, ..Limits::default() };
    let mut plugins = Plugins { runtime: runtime()?, limits, modules: BTreeMap::new() };
    let (mut passed, mut failed) = (0_usize, 0_usize);
    for folder in &folders {
        match run(folder, &mut plugins, arguments) {
            Ok(name) => {
                passed += 1;
                say!("ok    {name}");
            }
            Err(problem) => {
                failed += 1;
                say!("FAIL  {}\n{problem}", folder.display());
            }
        }
    }
    say!("{passed} passed, {failed} failed");
    if failed == 0 { Ok(()) } else { Err(Wrong(Vec::new())) }
}

fn run(folder: &Path, plugins: &mut Plugins, arguments: &Test) -> Result<String, String> {
    let case = Case::load(folder)?;
    let module = plugins.module(&case.plugin, &arguments.plugins_dir)?;
    let mut component = Component(module);
    let played = match &arguments.golden {
        Some(golden) => Recording::play(&case, &mut component, golden)?,
        None => cases::play(&case, &mut component)?,
    };
    cases::check(&case, &played)?;
    Ok(format!("{}/{}", case.plugin, case.name))
}

struct Plugins {
    runtime: Runtime,
    limits: Limits,
    modules: BTreeMap<String, Module>,
}

impl Plugins {
    fn module(&mut self, name: &str, folder: &Path) -> Result<Module, String> {
        if let Some(module) = self.modules.get(name) {
            return Ok(module.clone());
        }
        let path = folder.join(format!("{name}.wasm"));
        let module = load_module(&self.runtime, &path, self.limits)
            .map_err(|Wrong(lines)| lines.join("\n"))?;
        self.modules.insert(name.into(), module.clone());
        Ok(module)
    }
}

/// Makes instances of a component on wasmtime.
struct Component(Module);

impl Runner for Component {
    fn configure(
        &mut self,
        documents: &[Document],
        host: SharedHost,
    ) -> Result<Box<dyn cases::Instance>, Refused> {
        let host = Arc::new(Mutex::new(host));
        let trap = |stopped: host::Stopped| Refused::Trap(stopped.to_string());
        let mut instance = host::Instance::new(&self.0, host).map_err(trap)?;
        let problems = instance.configure(documents).map_err(trap)?;
        if problems.is_empty() {
            Ok(Box::new(Instance(instance)))
        } else {
            Err(Refused::Problems(problems))
        }
    }
}

struct Instance(host::Instance);

impl cases::Instance for Instance {
    fn process(&mut self, traces: &[u8], now: u64) -> Result<Outcome, cases::Stopped> {
        self.0.process(traces, now, TIMEOUT).map_err(stopped)
    }

    fn tick(&mut self, now: u64) -> Result<Option<Vec<u8>>, cases::Stopped> {
        self.0.tick(now).map_err(stopped)
    }

    fn flush(&mut self, now: u64) -> Result<Option<Vec<u8>>, cases::Stopped> {
        self.0.flush(now).map_err(stopped)
    }

    fn snapshot(&mut self) -> Result<Vec<u8>, cases::Stopped> {
        self.0.snapshot().map_err(stopped)
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), cases::Stopped> {
        self.0.restore(state).map_err(stopped)
    }
}

fn stopped(stopped: host::Stopped) -> cases::Stopped {
    match stopped {
        host::Stopped::Failure(failure) => cases::Stopped::Failure(failure),
        host::Stopped::Crash(crash) => cases::Stopped::Trap(crash.to_string()),
    }
}
