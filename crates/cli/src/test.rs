//! `lapidary test`

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use cases::{Case, Recording};
use host::{Limits, Module, Runtime};

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
    let played = match &arguments.golden {
        Some(golden) => Recording::play(&case, &module, golden)?,
        None => cases::play(&case, &module)?,
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
