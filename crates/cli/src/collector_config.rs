//! The Collector's config, of which one processor is read.
//!
//! What a text means, and the messages, are those of the Collector and of the processor itself.
//! `instances`, `reload_interval`, `storage`, `storage_interval`, `faults`, `allow_rename` and `cache_dir` are about a
//! Collector that goes on for days: they are checked, and do nothing here.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use host::Limits;
use plugin::OnFailure;
use secrets::{Encoding, Source};

use crate::Wrong;
use crate::arguments::Clock;
use crate::expand::{Variables, expand};
use crate::faults;
use crate::fields::{Fields, Quoted, found, go_text, plain};
use crate::files::{full_path, read_text};
use crate::inline;
use crate::settings::{MAX_BATCH_BYTES, Settings};
use crate::sight;
use crate::sources::{PluginSources, Rules};
use crate::trust::Trust;
use crate::value::{Map, Yaml};
use crate::yaml;

/// Keeps looks from being all that a Collector does.
const SHORTEST_RELOAD_INTERVAL: Duration = Duration::from_millis(10);

/// What the Collector calls processors of ours.
const TYPE: &str = "lapidary";

/// Reads the processor of this name from a Collector's config; without a name the only one of ours.
pub(crate) fn read(path: &Path, name: Option<&str>) -> Result<Settings, Wrong> {
    let text = read_text(path, "a Collector's config")?;
    let full = full_path(path);
    let read = RefCell::new(vec![path.to_owned()]);
    let file = |path: &Path| {
        read.borrow_mut().push(path.to_owned());
        std::fs::read_to_string(path)
    };
    let variables = Variables { env: &|name| std::env::var(name).ok(), file: &file };
    let at = |problem: String| format!("{}: {problem}", full.display());
    let (name, processor) = processor(&text, name, variables).map_err(at)?;
    let mut problems = Vec::new();
    let mut settings = settings(processor, &name, &mut problems);
    settings.read = read.take();
    if problems.is_empty() {
        return Ok(settings);
    }
    let line = |problem| at(format!("processors.{name}: {problem}"));
    Err(Wrong(problems.into_iter().map(line).collect()))
}

/// Finds the processor. Only what it is made of is expanded: other components may name sources
/// that only their Collector has.
fn processor(
    text: &str,
    name: Option<&str>,
    variables: Variables<'_>,
) -> Result<(String, Map), String> {
    let root = yaml::parse(text)?;
    let Yaml::Map(root) = root else {
        return Err(format!("found {}; expected a Collector's config", found(&root, Quoted::Yes)));
    };
    let processors = nested(root).remove("processors").unwrap_or(Yaml::Null);
    let is_whole = matches!(processors, Yaml::Text(_));
    let mut processors =
        if is_whole { unwrapped(expand(processors, variables)?) } else { processors };
    let Yaml::Map(known) = &mut processors else {
        return Err("processors: found none; expected a config with processors".into());
    };
    let name = name.map_or_else(|| only_one(known), |name| Ok(name.to_owned()))?;
    let Some(processor) = known.remove(&name) else {
        return Err(format!("processors: found no `{name}`; expected {}", names(known.keys())));
    };
    let processor =
        expand(processor, variables).map_err(|problem| format!("processors.{name}: {problem}"))?;
    match unwrapped(processor) {
        Yaml::Map(map) => Ok((name, map)),
        Yaml::Null => Ok((name, Map::new())),
        other => {
            Err(format!("processors.{name}: found {}; expected a map", found(&other, Quoted::Yes)))
        }
    }
}

/// The name of the only processor of ours: `lapidary`, or `lapidary/` and something.
fn only_one(processors: &Map) -> Result<String, String> {
    let is_ours = |name: &&String| name.split('/').next() == Some(TYPE);
    let ours: Vec<&String> = processors.keys().filter(is_ours).collect();
    match ours[..] {
        [name] => Ok(name.clone()),
        [] => Err(format!("processors: found no `{TYPE}`; expected {}", names(processors.keys()))),
        _ => Err(format!(
            "processors: found {} of `{TYPE}`; expected --processor with one of {}",
            ours.len(),
            names(ours)
        )),
    }
}

fn names<'n>(names: impl IntoIterator<Item = &'n String>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "a config with processors".into() } else { names.join(", ") }
}

/// Takes keys such as `processors::lapidary` apart: a short way to write maps in each other.
fn nested(map: Map) -> Map {
    let mut nested = Map::new();
    for (key, value) in map {
        let value = match value {
            Yaml::Map(below) => Yaml::Map(self::nested(below)),
            other => other,
        };
        let mut keys = key.rsplit("::");
        let last = keys.next().unwrap_or_default().to_owned();
        let first = keys.fold((last, value), |(key, value), above| {
            (above.to_owned(), Yaml::Map(Map::from([(key, value)])))
        });
        join(&mut nested, first.0, first.1);
    }
    nested
}

fn join(map: &mut Map, key: String, value: Yaml) {
    match (map.get_mut(&key), value) {
        (Some(Yaml::Map(there)), Yaml::Map(more)) => {
            for (key, value) in more {
                join(there, key, value);
            }
        }
        (_, value) => {
            map.insert(key, value);
        }
    }
}

fn settings(processor: Map, name: &str, problems: &mut Vec<String>) -> Settings {
    let mut fields = Fields::new(String::new(), processor, problems);
    let mut limits = Limits::default();
    let plugins = plugin_list(&mut fields);
    let clocks = [("system", Clock::System), ("event_time", Clock::EventTime)];
    let clock = fields.word("clock", &clocks, "`system` or `event_time`", Quoted::Yes);
    if let Some(timeout) = fields.duration("timeout", Duration::from_nanos(1), "more than 0s") {
        limits.timeout = timeout;
    }
    let mib = fields.whole("memory_limit_mib", 1, 4096, "a whole number from 1 to 4096");
    if let Some(mib) = mib {
        limits.memory_bytes = (mib as usize) << 20;
    }
    let most = i64::MAX.into();
    let max_batch_bytes = fields.whole("max_batch_bytes", 0, most, "a whole number of 0 or more");
    fields.whole("instances", 0, most, "a whole number of 0 or more");
    let interval =
        fields.duration("reload_interval", Duration::ZERO, "0s or more").unwrap_or_default();
    if !interval.is_zero() && interval < SHORTEST_RELOAD_INTERVAL {
        fields.wrong("reload_interval", go_text(interval), "0s, or 10ms or more");
    }
    let mib = fields.whole("state_limit_mib", 1, 4096, "a whole number from 1 to 4096");
    if let Some(mib) = mib {
        limits.state_bytes = (mib as usize) << 20;
    }
    fields.component(
        "storage",
        "the name of an extension such as `file_storage` or `file_storage/state`",
    );
    fields.duration("storage_interval", Duration::from_millis(100), "100ms or more");
    faults::check(&mut fields);
    let keys = (path(&mut fields, "public_key"), path(&mut fields, "rules_public_key"));
    fields.text("cache_dir", "the path of a folder", Quoted::Yes);
    let mut settings = Settings {
        plugins: Vec::new(),
        clock: clock.unwrap_or(Clock::System),
        limits,
        max_batch_bytes: max_batch_bytes.map_or(MAX_BATCH_BYTES, |bytes| bytes as usize),
        read: Vec::new(),
    };
    for (index, value) in plugins.into_iter().enumerate() {
        let key = format!("plugins[{index}]");
        match unwrapped(value) {
            Yaml::Null => {
                let fields = fields.below(&key, Map::new());
                settings.plugins.push(plugin(fields, format!("{name}: {key}")));
            }
            Yaml::Map(map) => {
                let fields = fields.below(&key, map);
                settings.plugins.push(plugin(fields, format!("{name}: {key}")));
            }
            other => fields.wrong(&key, found(&other, Quoted::Yes), "a map with a module"),
        }
    }
    fields.finish();
    for PluginSources { trust, .. } in &mut settings.plugins {
        trust.public_key = trust.public_key.take().or_else(|| keys.0.clone());
        trust.rules_public_key = trust.rules_public_key.take().or_else(|| keys.1.clone());
    }
    settings
}

fn path(fields: &mut Fields<'_>, key: &'static str) -> Option<PathBuf> {
    let path = fields.text(key, "the path of a public key", Quoted::Yes);
    path.filter(|path| !path.is_empty()).map(Into::into)
}

fn plugin_list(fields: &mut Fields<'_>) -> Vec<Yaml> {
    match fields.take("plugins").map(unwrapped) {
        None | Some(Yaml::Null) => fields.wrong("plugins", "none", "one or more"),
        Some(Yaml::List(plugins)) if plugins.is_empty() => {
            fields.wrong("plugins", "none", "one or more");
        }
        Some(Yaml::List(plugins)) => return plugins,
        Some(other) => {
            fields.wrong("plugins", found(&other, Quoted::Yes), "a list of plugins");
        }
    }
    Vec::new()
}

fn plugin(mut fields: Fields<'_>, place: String) -> PluginSources {
    let expected = "the path of a .wasm file";
    let module = match fields.take("module") {
        None | Some(Yaml::Null) => None,
        Some(Yaml::Text(path) | Yaml::Expanded(_, path)) if path.is_empty() => None,
        Some(Yaml::Text(path) | Yaml::Expanded(_, path)) => Some(Some(path)),
        Some(other) => {
            fields.wrong("module", found(&other, Quoted::Yes), expected);
            Some(None)
        }
    };
    if module.is_none() {
        fields.wrong("module", "nothing", expected);
    }
    let rules = rules(&mut fields);
    let secrets = match fields.take("secrets").map(unwrapped) {
        None | Some(Yaml::Null) => Map::new(),
        Some(Yaml::Map(map)) => map,
        Some(other) => {
            fields.wrong("secrets", found(&other, Quoted::No), "a map of secrets");
            Map::new()
        }
    };
    let secrets = secrets
        .into_iter()
        .filter_map(|(name, value)| Some((name.clone(), secret(&mut fields, &name, value)?)))
        .collect();
    let sight = sight::read(&mut fields);
    let policies = [("block", Some(OnFailure::Block)), ("pass", Some(OnFailure::Pass)), ("", None)];
    let on_failure = fields.word("on_failure", &policies, "`block` or `pass`", Quoted::Yes);
    let shadow = fields.truth("shadow");
    let trust = Trust {
        sha256: fields.digest("sha256"),
        public_key: path(&mut fields, "public_key"),
        rules_public_key: path(&mut fields, "rules_public_key"),
    };
    fields.truth("allow_rename");
    fields.finish();
    PluginSources {
        place,
        module: module.flatten().unwrap_or_default().into(),
        rules,
        secrets,
        on_failure: on_failure.flatten(),
        shadow: shadow.unwrap_or_default(),
        sight,
        trust,
    }
}

fn rules(fields: &mut Fields<'_>) -> Rules {
    let expected = "the path of a YAML file";
    match fields.take("rules").map(plain) {
        None | Some(Yaml::Null) => {}
        Some(Yaml::Text(path)) if path.is_empty() => {
            fields.wrong("rules", "an empty path", expected)
        }
        Some(Yaml::Text(path)) => return Rules::Files(vec![path.into()]),
        Some(Yaml::List(paths)) if paths.is_empty() => {
            fields.wrong("rules", "an empty list", "paths of YAML files");
        }
        Some(Yaml::List(paths)) => {
            let mut files = Vec::new();
            for (index, path) in paths.into_iter().enumerate() {
                match path {
                    Yaml::Text(path) if !path.is_empty() => files.push(path.into()),
                    other => {
                        let key = format!("rules[{index}]");
                        fields.wrong(&key, found(&other, Quoted::Yes), expected);
                    }
                }
            }
            return Rules::Files(files);
        }
        Some(Yaml::Map(map)) => return Rules::Inline(inline::block(&map)),
        Some(other) => {
            let expected = "a path, a list of paths or a map";
            fields.wrong("rules", found(&other, Quoted::Yes), expected);
        }
    }
    Rules::Files(Vec::new())
}

fn secret(fields: &mut Fields<'_>, name: &str, value: Yaml) -> Option<Source> {
    let key = format!("secrets.{name}");
    let map = match unwrapped(value) {
        Yaml::Null => Map::new(),
        Yaml::Map(map) => map,
        other => {
            fields.wrong(&key, found(&other, Quoted::No), "either `file` or `env`");
            return None;
        }
    };
    let mut inside = fields.below(&key, map);
    let before = inside.problems();
    let file = inside.text("file", "the path of a file", Quoted::No);
    let env = inside.text("env", "the name of an environment variable", Quoted::No);
    let set = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    let found = match (set(&file), set(&env)) {
        (false, false) => Some("neither"),
        (true, true) => Some("both"),
        _ => None,
    };
    if let Some(found) = found.filter(|_| inside.problems() == before) {
        inside.wrong_itself(found, "either `file` or `env`");
    }
    let encodings = [
        ("raw", Encoding::Raw),
        ("hex", Encoding::Hex),
        ("base64", Encoding::Base64),
        ("", Encoding::Raw),
    ];
    let encoding = inside.word("encoding", &encodings, "`raw`, `hex` or `base64`", Quoted::No);
    inside.finish();
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    Some(Source {
        file: given(file).map(Into::into),
        env: given(env),
        encoding: encoding.unwrap_or_default(),
    })
}

/// Returns what a variable stands for, or the value itself.
fn unwrapped(value: Yaml) -> Yaml {
    match value {
        Yaml::Expanded(value, _) => unwrapped(*value),
        other => other,
    }
}
