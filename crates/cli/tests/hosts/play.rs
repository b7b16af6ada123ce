//! Plays one case.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::alone::alone;
use crate::support::{Ran as Command, lapidary_in, plugins, text};

/// What became of a case.
pub enum Played {
    /// The config or what it names, a line for each problem.
    Refused(Vec<String>),
    Ran(Ran),
}

/// What the processor passed on and logged.
#[derive(Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Ran {
    pub passes: Vec<Value>,
    pub log: Vec<Line>,
}

/// One line of the log.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub level: String,
    pub plugin: String,
    pub message: String,
}

impl Ran {
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap() + "\n"
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    about: String,
    processor: String,
    #[serde(default)]
    env: BTreeMap<String, String>,
}

/// Plays the case of a folder in a copy of it.
///
/// # Errors
///
/// The case is not as the format has it.
pub fn play(folder: &Path, root: &Path) -> Result<Played, String> {
    let case = fs::read_to_string(folder.join("case.yaml")).map_err(|error| error.to_string())?;
    let case: Case = serde_saphyr::from_str(&case).map_err(|error| error.to_string())?;
    if !case.about.ends_with('.') {
        return Err("about: expected a sentence".into());
    }
    if let Some(name) = case.env.keys().find(|name| !name.starts_with("HOSTS_")) {
        return Err(format!("env: found `{name}`; expected a name that begins with `HOSTS_`"));
    }
    let copy = tempfile::tempdir().unwrap();
    for entry in folder.read_dir().unwrap() {
        let from = entry.unwrap().path();
        fs::copy(&from, copy.path().join(from.file_name().unwrap())).unwrap();
    }
    link_plugins(&root.join("dist"), &copy.path().join("dist"));
    let batches = copy.path().join("batches.jsonl");
    if !batches.exists() {
        fs::write(&batches, "").unwrap();
    }
    let run =
        ["run", "--config", "collector.yaml", "--processor", &case.processor, "batches.jsonl"];
    let mut ran = lapidary_in(copy.path(), &run, &case.env);
    let full = copy.path().canonicalize().unwrap();
    for path in [text(&full), text(copy.path())] {
        ran.err = ran.err.replace(path, "DIR");
    }
    match ran.status {
        0 => Ok(Played::Ran(read(&ran)?)),
        1 => Ok(Played::Refused(refused(&ran.err, &case.processor))),
        status => Err(format!("ended with status {status}: {}", ran.err)),
    }
}

/// The plugins as they were built last, and the misbehaving one as its source is now.
fn link_plugins(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in from.read_dir().into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        if path.extension().is_some_and(|ending| ending == "wasm") && name != "misbehaving.wasm" {
            symlink(&path, to.join(name)).unwrap();
        }
    }
    symlink(plugins().join("misbehaving.wasm"), to.join("misbehaving.wasm")).unwrap();
}

/// Takes off where the lines stand, and leaves out what is only logged.
fn refused(err: &str, processor: &str) -> Vec<String> {
    let inside = format!("DIR/collector.yaml: processors.{processor}: ");
    let lines = err.lines().filter(|line| logged(line).is_none());
    let line = |line: &str| {
        let line = line.strip_prefix(&inside).unwrap_or(line);
        line.strip_prefix("DIR/collector.yaml: ").unwrap_or(line).to_owned()
    };
    lines.map(line).collect()
}

fn read(ran: &Command) -> Result<Ran, String> {
    let mut all = Ran::default();
    for line in ran.err.lines() {
        if line.contains(" batches, ") {
            break;
        }
        all.log.push(logged(line).ok_or_else(|| format!("found a line that is no log: {line}"))?);
    }
    for batch in ran.out.lines() {
        let batch = otlp_json::to_protobuf(batch).map_err(|error| error.to_string())?;
        all.passes.extend(alone(&batch)?);
    }
    all.passes.sort_by_key(Value::to_string);
    all.log.sort();
    Ok(all)
}

/// `misbehaving: warn: …`
fn logged(line: &str) -> Option<Line> {
    let (plugin, rest) = line.split_once(": ")?;
    let (level, message) = rest.split_once(": ")?;
    matches!(level, "info" | "warn" | "error").then(|| Line {
        level: level.into(),
        plugin: plugin.into(),
        message: message.into(),
    })
}
