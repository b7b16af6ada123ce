//! [`Trial`]: what a plugin does with one batch and another, each as if it were the first.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use notes::{Telling, Told};
use plugin::{Document, Instance, Noting, RecordingHost, Refused, Runner, Stopped};
use spans::{Counts, Deed, Output, Rewritten, Spot, Subject};

use crate::way::{Way, Went};

/// A plugin with rules that batches are tried on.
pub struct Trial<'r> {
    runner: &'r dyn Runner,
    documents: Vec<Document>,
    host: Arc<Mutex<RecordingHost>>,
    /// Is used again where it keeps nothing from batch to batch.
    instance: Option<Box<dyn Instance>>,
}

/// What a plugin did with a batch, without any value of it: which places it changed or left, by which
/// rules, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Did {
    /// What was done, where, and by the rule of which path and line.
    pub deeds: Vec<(Subject, Spot, Deed, String, u32)>,
    left_out: u32,
    counts: Option<Counts>,
    /// What went on, with `x` for every run of letters and digits: whether a mask stands for all that
    /// it stood for.
    shape: String,
    counters: BTreeMap<(String, Vec<(String, String)>), u64>,
    stopped: Option<String>,
}

impl<'r> Trial<'r> {
    /// A plugin that reads these rules and is granted these secrets.
    pub fn new(
        runner: &'r dyn Runner,
        documents: Vec<Document>,
        secrets: BTreeMap<String, Vec<u8>>,
    ) -> Self {
        let noting = Noting::Looked;
        let host = RecordingHost { secrets, noting, ..RecordingHost::default() };
        Trial { runner, documents, host: Arc::new(Mutex::new(host)), instance: None }
    }

    /// Shows the plugin a batch.
    ///
    /// # Errors
    ///
    /// The rules are refused, or the batch cannot be decoded.
    pub fn of(&mut self, traces: &[u8], now: u64) -> Result<Did, String> {
        let mut instance = match self.instance.take() {
            Some(instance) => instance,
            None => self.start()?,
        };
        self.host.lock().unwrap_or_else(PoisonError::into_inner).counters.clear();
        let way = Way::new(instance.configured())?;
        let view = way.view(traces).map_err(|malformed| malformed.to_string())?;
        let went = way.go(instance.as_mut(), traces, &view, now, Noting::Looked);
        if self.runner.state_version() == 0 && !matches!(went, Err(Stopped::Crash(_))) {
            self.instance = Some(instance);
        }
        self.did(went)
    }

    fn start(&self) -> Result<Box<dyn Instance>, String> {
        let started = self.runner.start(&self.documents, self.host.clone());
        started.map_err(|refused| match refused {
            Refused::Problems(problems) => {
                let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
                lines.join("\n")
            }
            Refused::Stopped(stopped) => format!("configure: {stopped}"),
        })
    }

    fn did(&self, went: Result<Went, Stopped>) -> Result<Did, String> {
        let host = self.host.lock().unwrap_or_else(PoisonError::into_inner);
        let counters = host.counters.clone();
        let mut did = Did {
            deeds: Vec::new(),
            left_out: 0,
            counts: None,
            shape: String::new(),
            counters,
            stopped: None,
        };
        match went {
            Ok(Went { rewritten: Rewritten { output, counts, .. }, telling, .. }) => {
                let Telling { told, left_out } = telling;
                did.deeds = told.into_iter().map(deed).collect();
                did.left_out = left_out;
                did.counts = Some(counts);
                if let Output::Replaced(traces) = output {
                    did.shape = shape(&traces)?;
                }
            }
            Err(stopped) => did.stopped = Some(stopped.to_string()),
        }
        Ok(did)
    }
}

fn shape(traces: &[u8]) -> Result<String, String> {
    let json = otlp_json::to_json(traces).map_err(|error| error.to_string())?;
    let mut shape = String::new();
    for letter in json.chars() {
        match letter.is_alphanumeric() {
            true if shape.ends_with('x') => {}
            true => shape.push('x'),
            false => shape.push(letter),
        }
    }
    Ok(shape)
}

fn deed(told: Told) -> (Subject, Spot, Deed, String, u32) {
    (told.of, told.spot, told.deed, told.rule.path, told.rule.line)
}
