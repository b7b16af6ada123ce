//! A case folder, read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::UNIX_EPOCH;

use plugin::{Document, Noting, Problem, RecordingHost};
use serde::Deserialize;

/// A case folder, read: all that is needed to play it.
#[derive(Clone, Debug)]
pub struct Case {
    /// The folder.
    pub folder: PathBuf,
    /// The folder's own name, which is a claim.
    pub name: String,
    /// What the case protects.
    pub about: String,
    /// Name of the plugin.
    pub plugin: String,
    /// The rules, base first.
    pub documents: Vec<Document>,
    /// The secrets that are granted, decoded.
    pub secrets: BTreeMap<String, Vec<u8>>,
    /// How much of why is asked for.
    pub noting: Noting,
    /// What happens, in order.
    pub(crate) steps: Vec<Step>,
}

/// One thing that happens, with the name it has in `expected.json`.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Batch { name: String, traces: Vec<u8>, now: u64 },
    Tick { name: String, now: u64 },
    Flush { name: String, now: u64 },
    Reload { names: Vec<String>, documents: Vec<Document> },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    about: String,
    plugin: String,
    rules: OneOrMany,
    #[serde(default)]
    secrets: BTreeMap<String, secrets::Source>,
    #[serde(default)]
    notes: NotesFile,
    #[serde(default)]
    steps: Vec<StepFile>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum NotesFile {
    #[default]
    Off,
    Acts,
    Looked,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepFile {
    batch: Option<String>,
    now: Option<String>,
    tick: Option<String>,
    flush: Option<String>,
    reload: Option<OneOrMany>,
}

/// Returns the case folders below `folder`, and itself if it is one, in the
/// order of their paths.
///
/// # Errors
///
/// A folder cannot be read.
pub fn find(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    if folder.join("case.yaml").is_file() {
        found.push(folder.to_path_buf());
    }
    let entries = std::fs::read_dir(folder).map_err(|error| at(folder, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| at(folder, &error))?.path();
        if path.is_dir() {
            found.extend(find(&path)?);
        }
    }
    found.sort();
    Ok(found)
}

impl Case {
    /// Reads the case in `folder`, and every file that it names.
    ///
    /// # Errors
    ///
    /// The file, and what is wrong with it.
    pub fn load(folder: &Path) -> Result<Case, String> {
        let path = folder.join("case.yaml");
        let text = std::fs::read_to_string(&path).map_err(|error| at(&path, &error))?;
        let file: CaseFile = serde_saphyr::from_str(&text).map_err(|error| at(&path, &error))?;
        if file.about.trim().is_empty() {
            return Err(at(&path, &"about: found nothing; expected what the case protects"));
        }
        let mut secrets = BTreeMap::new();
        for (name, source) in &file.secrets {
            let secret = source.read(folder).map_err(|problem| at(&path, &problem))?;
            secrets.insert(name.clone(), secret);
        }
        let mut steps = Vec::new();
        for (index, step) in file.steps.into_iter().enumerate() {
            let read = step.read(folder);
            steps.extend(read.map_err(|problem| at(&path, &format!("steps[{index}]: {problem}")))?);
        }
        Ok(Case {
            folder: folder.to_path_buf(),
            name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            about: file.about,
            plugin: file.plugin,
            documents: file.rules.documents(folder)?,
            secrets,
            noting: match file.notes {
                NotesFile::Off => Noting::Off,
                NotesFile::Acts => Noting::Acts,
                NotesFile::Looked => Noting::Looked,
            },
            steps,
        })
    }

    /// Returns a host that grants the case's secrets, for all its instances.
    pub(crate) fn host(&self) -> Arc<Mutex<RecordingHost>> {
        let secrets = self.secrets.clone();
        let noting = self.noting;
        Arc::new(Mutex::new(RecordingHost { secrets, noting, ..RecordingHost::default() }))
    }
}

impl OneOrMany {
    fn names(self) -> Vec<String> {
        match self {
            OneOrMany::One(name) => vec![name],
            OneOrMany::Many(names) => names,
        }
    }

    fn documents(self, folder: &Path) -> Result<Vec<Document>, String> {
        documents(folder, self.names())
    }
}

/// Documents are named as the case names them, so that messages are the same
/// wherever the project stands.
fn documents(folder: &Path, names: Vec<String>) -> Result<Vec<Document>, String> {
    let read = |name: String| {
        let path = folder.join(&name);
        let text = std::fs::read_to_string(&path).map_err(|error| at(&path, &error))?;
        let filled = rules::fill(&Document { name, text }, &|name| std::env::var_os(name));
        let lines =
            |problems: Vec<Problem>| problems.iter().map(ToString::to_string).collect::<Vec<_>>();
        Ok(filled.map_err(|problems| lines(problems).join("\n"))?.document)
    };
    names.into_iter().map(read).collect()
}

impl StepFile {
    fn read(self, folder: &Path) -> Result<Vec<Step>, String> {
        match self {
            StepFile { batch: Some(name), now: Some(now), tick: None, flush: None, reload: None } => {
                let now = unix_nanos(&now)?;
                let path = folder.join(&name);
                let input = otlp_json::Input::open(&path).map_err(|error| at(&path, &error))?;
                let batches: Vec<Vec<u8>> =
                    input.collect::<Result<_, _>>().map_err(|error| at(&path, &error))?;
                let alone = batches.len() == 1;
                let steps = batches.into_iter().enumerate().map(|(index, traces)| Step::Batch {
                    name: if alone { name.clone() } else { format!("{name}:{}", index + 1) },
                    traces,
                    now,
                });
                Ok(steps.collect())
            }
            StepFile { batch: None, now: None, tick: Some(now), flush: None, reload: None } => {
                Ok(vec![Step::Tick { now: unix_nanos(&now)?, name: now }])
            }
            StepFile { batch: None, now: None, tick: None, flush: Some(now), reload: None } => {
                Ok(vec![Step::Flush { now: unix_nanos(&now)?, name: now }])
            }
            StepFile { batch: None, now: None, tick: None, flush: None, reload: Some(rules) } => {
                let names = rules.names();
                Ok(vec![Step::Reload { documents: documents(folder, names.clone())?, names }])
            }
            _ => Err("found another set of keys; expected `batch` with `now`, `tick`, `flush` or `reload`".into()),
        }
    }
}

fn unix_nanos(text: &str) -> Result<u64, String> {
    let expected = || format!("found `{text}`; expected a time such as `2026-03-02T09:00:00Z`");
    let time = humantime::parse_rfc3339(text).map_err(|_| expected())?;
    let since = time.duration_since(UNIX_EPOCH).map_err(|_| expected())?;
    u64::try_from(since.as_nanos()).map_err(|_| expected())
}

fn at(path: &Path, problem: &dyn std::fmt::Display) -> String {
    format!("{}: {problem}", path.display())
}
