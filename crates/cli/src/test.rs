//! `lapidary test`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cases::{Case, Recording};
use host::{Limits, Module, Runtime};
use notes::Telling;
use rules::Place;

use crate::Wrong;
use crate::arguments::Test;
use crate::coverage::Coverage;
use crate::files::full_path;
use crate::in_use::InUse;
use crate::junit::{self, Ended};
use crate::load::{load_module, runtime};
use crate::new_case::new_case;
use crate::say::{complain, say};

/// A case must not fail because a machine is busy.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Runs every case folder below the given ones on the built plugins, or makes a new one.
pub(crate) fn test(arguments: &Test) -> Result<(), Wrong> {
    if arguments.new_case.new.is_some() {
        return new_case(&arguments.new_case);
    }
    let mut folders = Vec::new();
    for folder in &arguments.folders {
        folders.extend(cases::find(folder)?);
    }
    if folders.is_empty() {
        return Err("found no case; expected folders that hold a `case.yaml`".to_string().into());
    }
    stands_apart(arguments, &folders)?;
    let limits = Limits { timeout: TIMEOUT, rounds: arguments.rounds, ..Limits::default() };
    let modules = BTreeMap::new();
    let mut plugins = Plugins { runtime: runtime()?, limits, modules, coverage: BTreeMap::new() };
    let (mut ended, mut written) = (Vec::new(), 0);
    for folder in &folders {
        let begun = Instant::now();
        let (name, problem) = match run(folder, &mut plugins, arguments) {
            Ok((name, Blessed::No)) => {
                say!("ok    {name}");
                (name, None)
            }
            Ok((name, Blessed::Yes)) => {
                say!("wrote {name}");
                written += 1;
                (name, None)
            }
            Err(problem) => {
                let name = folder.display().to_string();
                say!("FAIL  {name}\n{problem}");
                (name, Some(problem))
            }
        };
        ended.push(Ended { name, took: begun.elapsed(), problem });
    }
    let failed = ended.iter().filter(|case| case.problem.is_some()).count();
    let well = ended.len() - failed;
    match arguments.bless {
        true => say!("{written} written, {} as they were, {failed} failed", well - written),
        false => say!("{well} passed, {failed} failed"),
    }
    if let Some(path) = &arguments.junit {
        junit::write(path, &ended)?;
    }
    let is_covered = !arguments.coverage || say_coverage(&plugins.coverage, arguments.min);
    if failed == 0 && is_covered { Ok(()) } else { Err(Wrong(Vec::new())) }
}

/// Refuses a report onto a case or a plugin.
fn stands_apart(arguments: &Test, folders: &[PathBuf]) -> Result<(), String> {
    let Some(junit) = &arguments.junit else { return Ok(()) };
    let mut in_use = InUse::default();
    in_use.add_stdout();
    folders.iter().for_each(|folder| in_use.add_folder(folder, "file of a case"));
    in_use.add_folder(&arguments.plugins_dir, "file of a plugin");
    in_use.keep_off(junit, "a report")
}

/// Whether what a case expects was written anew.
enum Blessed {
    Yes,
    No,
}

fn run(
    folder: &Path,
    plugins: &mut Plugins,
    arguments: &Test,
) -> Result<(String, Blessed), String> {
    let case = Case::load(folder)?;
    let module = plugins.module(&case.plugin, &arguments.plugins_dir)?;
    let played = match &arguments.golden {
        Some(golden) => Recording::play(&case, &module, golden)?,
        None => cases::play(&case, &module)?,
    };
    let blessed = match arguments.bless && cases::bless(&case, &played)? {
        true => Blessed::Yes,
        false => Blessed::No,
    };
    if !arguments.bless {
        cases::check(&case, &played)?;
    }
    let name = format!("{}/{}", case.plugin, case.name);
    if arguments.coverage {
        let coverage = plugins.coverage.entry(case.plugin.clone()).or_default();
        cases::coverage(case, &module, &mut |rules, telling| {
            take(coverage, folder, rules, telling)
        })?;
    }
    Ok((name, blessed))
}

/// Takes in what a case made act. Its documents are named from its folder.
fn take(coverage: &mut Coverage, folder: &Path, rules: &[Place], telling: &Telling) {
    let full = |document: &str| match document {
        "" => String::new(),
        name => full_path(&folder.join(name)).display().to_string(),
    };
    let known =
        rules.iter().map(|place| Place { document: full(&place.document).into(), ..place.clone() });
    coverage.know(&known.collect::<Vec<_>>());
    let mut telling = telling.clone();
    for told in &mut telling.told {
        told.rule.document = full(&told.rule.document);
    }
    coverage.take(&telling);
}

/// Says what acted, and whether that is enough.
fn say_coverage(plugins: &BTreeMap<String, Coverage>, min: Option<u8>) -> bool {
    let (mut acted, mut all) = (0, 0);
    for (name, coverage) in plugins {
        for line in coverage.lines(false) {
            say!("{name}: {line}");
        }
        let counts = coverage.counts();
        acted += counts.0;
        all += counts.1;
    }
    let percent = (100 * acted).checked_div(all).unwrap_or(100);
    say!("coverage: {acted} of {all} rules, {percent} %");
    match min {
        Some(min) if percent < usize::from(min) => {
            complain!("--min {min}: found {percent} % of the rules; expected {min} % or more");
            false
        }
        _ => true,
    }
}

struct Plugins {
    runtime: Runtime,
    limits: Limits,
    modules: BTreeMap<String, Module>,
    coverage: BTreeMap<String, Coverage>,
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
