//! The golden corpus: what every host must do, call by call.
//!
//! One JSON file for each case. A host replays `calls` in order and must get
//! the same answers, byte for byte; each `configure` begins a new instance.
//! Bytes are base64 (standard alphabet, padded), 64-bit numbers are text.
//!
//! ```json
//! {
//!   "plugin": "redact-pii",
//!   "case": "masks-e-mail-in-url",
//!   "secrets": {"operator-key-1": "c2VjcmV0"},
//!   "calls": [
//!     {"call": "configure", "documents": [{"name": "base.yaml", "text": "…"}],
//!      "configured": {"sight": "texts", "writes": {"drops_spans": true}}},
//!     {"call": "process", "traces": "CgA=", "view": "CgA=", "now_unix_nanos": "1772442000000000000",
//!      "answer": {"edits": "CAE=", "spans": null},
//!      "result": {"output": "replaced", "traces": "CgA=",
//!                 "counts": {"spans_in": 1, "spans_out": 1, "spans_changed": 1, "spans_dropped": 0}}},
//!     {"call": "process", "traces": "", "view": "", "now_unix_nanos": "1772442000000000000",
//!      "failure": "…"},
//!     {"call": "tick", "now_unix_nanos": "1772442010000000000", "answer": {"traces": null}},
//!     {"call": "flush", "now_unix_nanos": "1772442010000000000", "failure": "…"},
//!     {"call": "changes", "max_bytes": 1048576, "answer": {"entries": [
//!       {"key": "bw==", "value": "AA==", "belongs_to": ""}, {"key": "bw==", "value": null, "belongs_to": ""}],
//!       "more": false}},
//!     {"call": "configure", "documents": [], "problems": [
//!       {"document": "base.yaml", "line": 1, "path": "a", "found": "…", "expected": "…"}]},
//!     {"call": "load", "version": 1, "entries": [], "answer": {"damaged": 0}}
//!   ],
//!   "counters": [{"name": "values_masked", "labels": {"detector": "email"}, "sum": "3"}],
//!   "log": [{"level": "info", "message": "…"}]
//! }
//! ```
//!
//! `traces` is a batch, `view` what the plugin gets of it, `result` what its edits make of the batch;
//! `output` is `unchanged`, `replaced` or `nothing left`. Where a case asks for notes, a `process` has
//! `noting`, `acts` or `looked`, and its answer `notes`. Sight and writes are the records of
//! `wit/types.wit`, with what is empty or false left out of `writes`. `counters` and `log`
//! are what all instances of the case said, counters by name and labels; what
//! failed calls added is not in them.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::PoisonError;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use plugin::{
    Changed, Configured, Document, Entry, Instance, Noting, Outcome, RecordingHost, Refused,
    Runner, SharedHost, Stopped,
};
use serde_json::{Map, Value, json};
use spans::{Output, Rewritten};

use crate::contract;
use crate::play::play_with;
use crate::way::Went;
use crate::{Case, Played};

/// A runner that writes down every call of another.
pub struct Recording<'a> {
    inner: &'a dyn Runner,
    noting: Noting,
    calls: Rc<RefCell<Vec<Value>>>,
}

impl<'a> Recording<'a> {
    /// Plays a case on `inner` and writes its golden file to
    /// `folder/<plugin>/<case>.json`.
    ///
    /// # Errors
    ///
    /// The case cannot be played, or the file cannot be written.
    pub fn play(case: &Case, inner: &'a dyn Runner, folder: &Path) -> Result<Played, String> {
        let recording = Recording { inner, noting: case.noting, calls: Rc::default() };
        let host = case.host();
        let calls = Rc::clone(&recording.calls);
        let note = |traces: &[u8], _: &Configured, went: Option<&Went>| {
            if let Some(call) = calls.borrow_mut().last_mut() {
                call["traces"] = base64(traces);
                if let Some(went) = went {
                    call["result"] = result(&went.rewritten);
                }
            }
        };
        let played = play_with(case, &recording, &host, &note)?;
        let file = recording.file(case, &host.lock().unwrap_or_else(PoisonError::into_inner));
        let path = folder.join(&case.plugin).join(format!("{}.json", case.name));
        let written = std::fs::create_dir_all(folder.join(&case.plugin))
            .and_then(|()| std::fs::write(&path, format!("{file}\n")));
        written.map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(played)
    }

    fn file(self, case: &Case, host: &RecordingHost) -> Value {
        let secrets: Map<String, Value> =
            case.secrets.iter().map(|(name, secret)| (name.clone(), base64(secret))).collect();
        let counters: Vec<Value> = host
            .counters
            .iter()
            .map(|((name, labels), sum)| {
                let labels: Map<String, Value> =
                    labels.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
                json!({"name": name, "labels": labels, "sum": sum.to_string()})
            })
            .collect();
        let log: Vec<Value> = host
            .log
            .iter()
            .map(|(level, message)| json!({"level": level.to_string(), "message": message}))
            .collect();
        json!({
            "plugin": case.plugin, "case": case.name, "secrets": secrets,
            "calls": self.calls.take(), "counters": counters, "log": log,
        })
    }
}

impl Runner for Recording<'_> {
    fn start(
        &self,
        documents: &[Document],
        host: SharedHost,
    ) -> Result<Box<dyn Instance>, Refused> {
        let texts: Vec<Value> = documents
            .iter()
            .map(|document| json!({"name": document.name, "text": document.text}))
            .collect();
        let mut call = json!({"call": "configure", "documents": texts});
        let answer = self.inner.start(documents, host);
        if let Err(Refused::Problems(problems)) = &answer {
            call["problems"] = problems
                .iter()
                .map(|problem| {
                    json!({"document": problem.document, "line": problem.line,
                           "path": problem.path, "found": problem.found,
                           "expected": problem.expected})
                })
                .collect();
        }
        if let Ok(instance) = &answer {
            call["configured"] = contract::configured(instance.configured());
        }
        self.calls.borrow_mut().push(call);
        let instance = answer?;
        let calls = Rc::clone(&self.calls);
        Ok(Box::new(RecordingInstance { inner: instance, noting: self.noting, calls }))
    }

    fn state_version(&self) -> u32 {
        self.inner.state_version()
    }
}

struct RecordingInstance {
    inner: Box<dyn Instance>,
    noting: Noting,
    calls: Rc<RefCell<Vec<Value>>>,
}

impl RecordingInstance {
    fn record<T>(
        &self,
        mut call: Value,
        answer: &Result<T, Stopped>,
        describe: impl FnOnce(&T) -> Value,
    ) {
        match answer {
            Ok(answer) => call["answer"] = describe(answer),
            Err(Stopped::Failure(failure)) => call["failure"] = json!(failure.0),
            // Playing the case ends here, and with it the recording.
            Err(Stopped::Crash(_)) => {}
        }
        self.calls.borrow_mut().push(call);
    }
}

impl Instance for RecordingInstance {
    fn configured(&self) -> &Configured {
        self.inner.configured()
    }

    fn process(&mut self, view: &[u8], now: u64) -> Result<Outcome, Stopped> {
        let answer = self.inner.process(view, now);
        let mut call =
            json!({"call": "process", "view": base64(view), "now_unix_nanos": now.to_string()});
        if self.noting != Noting::Off {
            call["noting"] = json!(noting_word(self.noting));
        }
        self.record(call, &answer, |Outcome { edits, spans, notes }| {
            let mut answer = json!({"edits": base64(edits), "spans": spans.as_deref().map(base64)});
            if !notes.is_empty() {
                answer["notes"] = base64(notes);
            }
            answer
        });
        answer
    }

    fn tick(&mut self, now: u64) -> Result<Option<Vec<u8>>, Stopped> {
        let answer = self.inner.tick(now);
        let call = json!({"call": "tick", "now_unix_nanos": now.to_string()});
        self.record(call, &answer, made);
        answer
    }

    fn flush(&mut self, now: u64) -> Result<Option<Vec<u8>>, Stopped> {
        let answer = self.inner.flush(now);
        let call = json!({"call": "flush", "now_unix_nanos": now.to_string()});
        self.record(call, &answer, made);
        answer
    }

    fn changes(&mut self, max_bytes: usize) -> Result<Changed, Stopped> {
        let answer = self.inner.changes(max_bytes);
        let call = json!({"call": "changes", "max_bytes": max_bytes});
        self.record(
            call,
            &answer,
            |changed| json!({"entries": entries(&changed.entries), "more": changed.more}),
        );
        answer
    }

    fn load(&mut self, version: u32, loaded: &[Entry]) -> Result<u32, Stopped> {
        let answer = self.inner.load(version, loaded);
        let call = json!({"call": "load", "version": version, "entries": entries(loaded)});
        self.record(call, &answer, |damaged| json!({"damaged": damaged}));
        answer
    }
}

fn noting_word(noting: Noting) -> &'static str {
    match noting {
        Noting::Off => "off",
        Noting::Acts => "acts",
        Noting::Looked => "looked",
    }
}

fn result(rewritten: &Rewritten) -> Value {
    let spans::Counts { spans_in, spans_out, spans_changed } = rewritten.counts;
    let mut result = json!({"counts": {
        "spans_in": spans_in, "spans_out": spans_out, "spans_changed": spans_changed,
        "spans_dropped": spans_in - spans_out,
    }});
    result["output"] = json!(match &rewritten.output {
        Output::Unchanged => "unchanged",
        Output::NothingLeft => "nothing left",
        Output::Replaced(traces) => {
            result["traces"] = base64(traces);
            "replaced"
        }
    });
    result
}

fn entries(entries: &[Entry]) -> Value {
    let entry = |Entry { key, value, belongs_to }: &Entry| {
        let value = value.as_deref().map(base64);
        json!({"key": base64(key), "value": value, "belongs_to": base64(belongs_to)})
    };
    entries.iter().map(entry).collect()
}

fn made(traces: &Option<Vec<u8>>) -> Value {
    json!({"traces": traces.as_deref().map(base64)})
}

fn base64(bytes: &[u8]) -> Value {
    STANDARD.encode(bytes).into()
}
