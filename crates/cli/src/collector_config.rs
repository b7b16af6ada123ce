//! The Collector's config, of which one processor is read.
//!
//! Keys and messages are those of the processor itself. `instances`,
//! `reload_interval` and `snapshot_interval` are about a Collector that goes on
//! for days: they are accepted, and do nothing here.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use host::Limits;
use plugin::OnFailure;
use secrets::Source;
use serde::Deserialize;
use serde_json::Value;

use crate::Wrong;
use crate::arguments::Clock;
use crate::expand::expand;
use crate::load::read_file;
use crate::settings::{MAX_BATCH_BYTES, PluginSettings, Rules, Settings, full_path};

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    processors: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Processor {
    #[serde(default)]
    plugins: Vec<PluginConfig>,
    clock: Option<Clock>,
    timeout: Option<String>,
    memory_limit_mib: Option<usize>,
    max_batch_bytes: Option<usize>,
    #[serde(rename = "instances")]
    _instances: Option<Value>,
    #[serde(rename = "reload_interval")]
    _reload_interval: Option<Value>,
    #[serde(rename = "snapshot_interval")]
    _snapshot_interval: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PluginConfig {
    #[serde(default)]
    module: String,
    #[serde(default)]
    rules: Value,
    #[serde(default)]
    secrets: BTreeMap<String, Source>,
    on_failure: Option<Policy>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Policy {
    Block,
    Pass,
}

/// Reads the processor of this name from a Collector's config.
pub(crate) fn read(path: &Path, name: &str) -> Result<Settings, Wrong> {
    let full = full_path(path);
    let bytes = read_file(path, "a Collector's config")?;
    let text = String::from_utf8(bytes)
        .map_err(|_| format!("{}: found bytes that are no text; expected YAML", full.display()))?;
    let mut config: Config = serde_saphyr::from_str(&text)
        .map_err(|error| format!("{}: {}", full.display(), error.to_string().trim()))?;
    let known: Vec<String> = config.processors.keys().map(|key| format!("`{key}`")).collect();
    let Some(mut value) = config.processors.remove(name) else {
        let expected =
            if known.is_empty() { "a config with processors".into() } else { known.join(", ") };
        let line =
            format!("{}: processors: found no `{name}`; expected {expected}", full.display());
        return Err(line.into());
    };
    let at = |problem: String| format!("{}: processors.{name}: {problem}", full.display());
    expand(&mut value, &|variable| std::env::var(variable).ok()).map_err(at)?;
    let processor: Processor =
        serde_json::from_value(value).map_err(|error| at(error.to_string()))?;
    settings(processor, name).map_err(|problems| Wrong(problems.into_iter().map(at).collect()))
}

fn settings(processor: Processor, name: &str) -> Result<Settings, Vec<String>> {
    let mut problems = Vec::new();
    let mut limits = Limits::default();
    if processor.plugins.is_empty() {
        problems.push("plugins: found none; expected one or more".into());
    }
    match processor.timeout.as_deref().map(duration) {
        None => {}
        Some(Ok(timeout)) if timeout > Duration::ZERO => limits.timeout = timeout,
        Some(Ok(_)) => problems.push("timeout: found 0s; expected more than 0s".into()),
        Some(Err(problem)) => problems.push(format!("timeout: {problem}")),
    }
    match processor.memory_limit_mib {
        None => {}
        Some(mib @ 1..=4096) => limits.memory_bytes = mib << 20,
        Some(mib) => problems.push(format!("memory_limit_mib: found {mib}; expected 1 to 4096")),
    }
    let mut plugins = Vec::new();
    for (index, plugin) in processor.plugins.into_iter().enumerate() {
        match plugin.settings(format!("{name}: plugins[{index}]")) {
            Ok(plugin) => plugins.push(plugin),
            Err(problem) => problems.push(format!("plugins[{index}].{problem}")),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Settings {
        plugins,
        clock: processor.clock.unwrap_or(Clock::System),
        limits,
        max_batch_bytes: processor.max_batch_bytes.unwrap_or(MAX_BATCH_BYTES),
    })
}

fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|_| format!("found `{text}`; expected a duration such as `500ms` or `1m30s`"))
}

impl PluginConfig {
    fn settings(self, place: String) -> Result<PluginSettings, String> {
        if self.module.is_empty() {
            return Err("module: found nothing; expected the path of a .wasm file".into());
        }
        let rules = match self.rules {
            Value::Null => Rules::Files(Vec::new()),
            Value::String(path) if path.is_empty() => {
                return Err("rules: found an empty path; expected the path of a YAML file".into());
            }
            Value::String(path) => Rules::Files(vec![path.into()]),
            Value::Array(paths) if paths.is_empty() => {
                return Err("rules: found an empty list; expected paths of YAML files".into());
            }
            Value::Array(paths) => {
                let path = |(index, path): (usize, &Value)| {
                    path.as_str().filter(|path| !path.is_empty()).map(Into::into).ok_or_else(|| {
                        format!("rules[{index}]: found {path}; expected the path of a YAML file")
                    })
                };
                Rules::Files(paths.iter().enumerate().map(path).collect::<Result<_, _>>()?)
            }
            Value::Object(map) => Rules::Inline(Value::Object(map).to_string()),
            other => {
                return Err(format!(
                    "rules: found {other}; expected a path, a list of paths or a map"
                ));
            }
        };
        for (name, secret) in &self.secrets {
            let found = match (&secret.file, &secret.env) {
                (None, None) => "neither",
                (Some(_), Some(_)) => "both",
                _ => continue,
            };
            return Err(format!("secrets.{name}: found {found}; expected either `file` or `env`"));
        }
        let on_failure = self.on_failure.map(|policy| match policy {
            Policy::Block => OnFailure::Block,
            Policy::Pass => OnFailure::Pass,
        });
        Ok(PluginSettings {
            place,
            module: self.module.into(),
            rules,
            secrets: self.secrets,
            on_failure,
        })
    }
}
