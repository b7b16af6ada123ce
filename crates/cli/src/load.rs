//! From what the user wrote to plugins that run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use host::{Generation, Limits, Module, Refused, Runtime};
use plugin::{Document, Noting, OnFailure, Place, Problem};
use rules::Filled;
use spans::Sight;

use crate::Wrong;
use crate::arguments::Sources;
use crate::collector_config;
use crate::files::{full_path, read_file, read_text};
use crate::listen::{Listener, Sums};
use crate::say::complain;
use crate::settings::Settings;
use crate::sources::{PluginSources, Rules};

/// Reads what the command line, or the config that it names, says.
pub(crate) fn settings(sources: &Sources) -> Result<Settings, Wrong> {
    match &sources.source.config {
        Some(config) => collector_config::read(config, sources.processor.as_deref()),
        None => Settings::from_flags(sources),
    }
}

/// A plugin that is ready, with what it was made from.
pub(crate) struct Loaded {
    pub generation: Generation,
    /// Whether the rules stand inside a config, where no line leads to them.
    pub inline: bool,
    /// The rules as the plugin got them, and as they are written.
    pub documents: Vec<Document>,
    pub written: Vec<Document>,
    pub sums: Sums,
}

/// Loads every plugin; where something is wrong, says all of it.
pub(crate) fn load(settings: &Settings) -> Result<Vec<Loaded>, Wrong> {
    load_noting(settings, Noting::Off)
}

/// As [`load`], of plugins that are asked why.
pub(crate) fn load_noting(settings: &Settings, noting: Noting) -> Result<Vec<Loaded>, Wrong> {
    let runtime = runtime()?;
    let mut loaded = Vec::new();
    let mut problems = Vec::new();
    for plugin in &settings.plugins {
        match load_one(&runtime, plugin, settings.limits, noting) {
            Ok(plugin) => loaded.push(plugin),
            Err(Wrong(lines)) => problems.extend(lines),
        }
    }
    if problems.is_empty() { Ok(loaded) } else { Err(Wrong(problems)) }
}

fn load_one(
    runtime: &Runtime,
    plugin: &PluginSources,
    limits: Limits,
    noting: Noting,
) -> Result<Loaded, Wrong> {
    // Everything is read before anything is judged, so that all is said at once.
    let parts = parts(runtime, plugin, limits);
    let filled = match &parts {
        Ok(Parts { documents, .. }) => filled(documents, plugin),
        Err(_) => Ok(Vec::new()),
    };
    let ((parts, filled), secrets) = both(both(parts, filled), secrets(plugin))?;
    let Parts { module, documents: written, .. } = parts;
    let documents: Vec<_> = filled.iter().map(|filled| filled.document.clone()).collect();
    let full = full_path(&plugin.module);
    let name = module.manifest.name.clone();
    if let Some(warning) = module.warning() {
        complain!("{name}: warn: {}: {warning}", full.display());
    }
    if plugin.on_failure == Some(OnFailure::Pass) && module.manifest.on_failure == OnFailure::Block
    {
        complain!(
            "{name}: warn: on_failure is `pass` where the plugin declares `block`: spans that it cannot process go on as they were"
        );
    }
    let sums = Sums::default();
    let listener = Listener { plugin: name, secrets, sums: Arc::clone(&sums), noting };
    let inline = matches!(plugin.rules, Rules::Inline(_));
    let host = Arc::new(Mutex::new(listener));
    let started = Generation::start(module, documents.clone(), host, plugin.on_failure);
    let mut generation = started.map_err(|refused| match refused {
        Refused::Problems(problems) => {
            let line = |problem| told(as_written(problem, &filled), &full, inline).to_string();
            Wrong(problems.into_iter().map(line).collect())
        }
        refused @ Refused::Stopped(_) => format!("{}: {refused}", full.display()).into(),
    })?;
    generation.name_rules(|place| name_as_written(place, &filled));
    check_sight(&generation, plugin.sight.as_ref(), &full)?;
    let generation = if plugin.shadow { generation.in_shadow() } else { generation };
    Ok(Loaded { generation, inline, documents, written, sums })
}

/// What a plugin is made of, before its rules are judged.
pub(crate) struct Parts {
    pub module: Module,
    /// The module's file.
    pub file: Vec<u8>,
    /// The rules as they are written.
    pub documents: Vec<Document>,
}

/// Reads a plugin's file and its rules; says all that is wrong with either.
pub(crate) fn parts(
    runtime: &Runtime,
    plugin: &PluginSources,
    limits: Limits,
) -> Result<Parts, Wrong> {
    let trusted = |file: &[u8]| plugin.trust.module(&plugin.module, file);
    let module = read_trusted(runtime, &plugin.module, limits, trusted);
    let ((module, file), documents) = both(module, documents(plugin))?;
    Ok(Parts { module, file, documents })
}

/// Returns both, or all that is wrong with either.
fn both<O, A>(one: Result<O, Wrong>, another: Result<A, Wrong>) -> Result<(O, A), Wrong> {
    match (one, another) {
        (Ok(one), Ok(another)) => Ok((one, another)),
        (Err(Wrong(mut lines)), Err(Wrong(more))) => {
            lines.extend(more);
            Err(Wrong(lines))
        }
        (Err(wrong), Ok(_)) | (Ok(_), Err(wrong)) => Err(wrong),
    }
}

/// A plugin whose rules make it read more than the config allows is refused: nothing is withheld in
/// silence.
fn check_sight(
    generation: &Generation,
    allowed: Option<&Sight>,
    module: &Path,
) -> Result<(), Wrong> {
    let Some(allowed) = allowed else { return Ok(()) };
    let more = generation.configured().sight.beyond(allowed);
    if more.is_empty() {
        return Ok(());
    }
    let found = format!("found a plugin that reads {}", more.join(", "));
    let expected = "expected no more than `sight` allows";
    Err(format!("{}: {found}; {expected}", module.display()).into())
}

/// A line number leads nowhere in rules that stand in the Collector's config,
/// and what no document is to blame for is the plugin's.
fn told(mut problem: Problem, module: &Path, inline: bool) -> Problem {
    if inline {
        problem.line = 0;
    }
    if problem.document.is_empty() {
        problem.document = module.display().to_string();
    }
    problem
}

/// Compiles a plugin's file.
pub(crate) fn load_module(runtime: &Runtime, path: &Path, limits: Limits) -> Result<Module, Wrong> {
    read_module(runtime, path, limits).map(|(module, _)| module)
}

/// Compiles a plugin's file, and returns what stands in it, too.
pub(crate) fn read_module(
    runtime: &Runtime,
    path: &Path,
    limits: Limits,
) -> Result<(Module, Vec<u8>), Wrong> {
    read_trusted(runtime, path, limits, |_| Ok(()))
}

/// Compiles a plugin's file unless it is not to be trusted.
fn read_trusted(
    runtime: &Runtime,
    path: &Path,
    limits: Limits,
    trusted: impl Fn(&[u8]) -> Result<(), String>,
) -> Result<(Module, Vec<u8>), Wrong> {
    let file = read_file(path, "the plugin's .wasm file")?;
    trusted(&file)?;
    let full = full_path(path);
    let module = runtime.load(&file, limits);
    let module = module.map_err(|error| format!("{}: {error}", full.display()))?;
    Ok((module, file))
}

/// Makes a runtime that keeps compiled plugins in the user's own cache.
pub(crate) fn runtime() -> Result<Runtime, String> {
    let Some(cache) = cache_folder() else {
        return Runtime::new(None);
    };
    Runtime::new(Some(&cache)).or_else(|problem| {
        complain!("{problem}; compiled plugins are kept in memory only");
        Runtime::new(None)
    })
}

fn cache_folder() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let caches = match set("XDG_CACHE_HOME") {
        Some(caches) => PathBuf::from(caches),
        None => PathBuf::from(set("HOME")?).join(".cache"),
    };
    Some(caches.join("lapidary"))
}

fn documents(plugin: &PluginSources) -> Result<Vec<Document>, Wrong> {
    let files = match &plugin.rules {
        Rules::Inline(text) => {
            let name = format!("{}.rules", plugin.place);
            return Ok(vec![Document { name, text: text.clone() }]);
        }
        Rules::Read(documents) => return Ok(documents.clone()),
        Rules::Files(files) => files,
    };
    let mut documents = Vec::new();
    let mut problems = Vec::new();
    for path in files {
        let full = full_path(path);
        let read = read_text(path, "a file of rules");
        let trusted = |text: String| plugin.trust.rules(path, text.as_bytes()).map(|()| text);
        match read.and_then(trusted) {
            Ok(text) => documents.push(Document { name: full.display().to_string(), text }),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(documents) } else { Err(Wrong(problems)) }
}

/// Puts variables into rules. What stands in the Collector's config has gone through the Collector's
/// own expansion.
fn filled(documents: &[Document], plugin: &PluginSources) -> Result<Vec<Filled>, Wrong> {
    let is_inline = matches!(plugin.rules, Rules::Inline(_));
    let mut filled = Vec::new();
    let mut problems = Vec::new();
    for document in documents {
        if is_inline {
            filled.push(document.clone().into());
            continue;
        }
        match rules::fill(document, &|name| std::env::var_os(name)) {
            Ok(one) => filled.push(one),
            Err(wrong) => problems.extend(wrong.iter().map(ToString::to_string)),
        }
    }
    if problems.is_empty() { Ok(filled) } else { Err(Wrong(problems)) }
}

fn as_written(problem: Problem, filled: &[Filled]) -> Problem {
    filled.iter().fold(problem, |problem, filled| filled.as_written(problem))
}

fn name_as_written(place: &mut Place, filled: &[Filled]) {
    let of = filled.iter().find(|filled| *filled.document.name == *place.document);
    if let Some(filled) = of {
        place.path = filled.text_as_written(&place.path, place.line);
    }
}

/// Reads every secret that a plugin is granted; where something is wrong, says all of it.
pub(crate) fn secrets(plugin: &PluginSources) -> Result<BTreeMap<String, Vec<u8>>, Wrong> {
    let folder = full_path(Path::new("."));
    let mut secrets = BTreeMap::new();
    let mut problems = Vec::new();
    for (name, source) in &plugin.secrets {
        match source.read(&folder) {
            Ok(secret) => {
                secrets.insert(name.clone(), secret);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(secrets) } else { Err(Wrong(problems)) }
}
