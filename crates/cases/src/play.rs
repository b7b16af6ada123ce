//! Plays a case and writes down what came out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use notes::Told;
use otlp_json::TracesData;
use plugin::{
    Configured, Entries, Entry, Instance, Noting, RecordingHost, Refused, Runner, SharedHost,
    Stopped,
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use spans::{Counts, Output};

use crate::case::Step;
use crate::way::{Way, Went};
use crate::{Case, Played, print};

#[derive(Serialize)]
struct Expected {
    steps: Vec<Happened>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<State>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    counters: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    log: Vec<String>,
}

/// What one step gave. Only the keys that fit the step are written.
#[derive(Default, Serialize)]
struct Happened {
    #[serde(skip_serializing_if = "Option::is_none")]
    batch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tick: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flush: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reload: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problems: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<CountsInJson>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    exact: Option<Bytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traces: Option<TracesData>,
    /// Why, where the case asks for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<Told>,
    /// Spans that the plugin made itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    own: Option<Bytes>,
}

#[derive(Serialize)]
struct CountsInJson {
    spans_in: u32,
    spans_out: u32,
    spans_changed: u32,
    spans_dropped: u32,
}

/// What is kept from batch to batch.
#[derive(Serialize)]
struct State {
    entries: usize,
    #[serde(flatten)]
    exact: Bytes,
}

impl State {
    /// Keys and values, one after another with their lengths before them.
    fn of(entries: &Entries) -> Option<State> {
        let mut exact = Vec::new();
        for Entry { key, value, belongs_to } in entries.pieces().concat() {
            for part in [key, value.unwrap_or_default(), belongs_to] {
                exact.extend((part.len() as u64).to_be_bytes());
                exact.extend(part);
            }
        }
        let exact = Bytes::of(&exact);
        (!entries.is_empty()).then(|| State { entries: entries.len(), exact })
    }
}

/// The exact bytes, which JSON cannot show: unknown fields and their order.
#[derive(Serialize)]
struct Bytes {
    bytes: usize,
    sha256: String,
}

impl Bytes {
    fn of(bytes: &[u8]) -> Bytes {
        Bytes { bytes: bytes.len(), sha256: hex::encode(Sha256::digest(bytes)) }
    }
}

/// Plays a case.
///
/// # Errors
///
/// The plugin crashed, or gave bytes that are not OTLP.
pub fn play(case: &Case, runner: &dyn Runner) -> Result<Played, String> {
    play_with(case, runner, &case.host(), &|_, _, _| {})
}

/// Is told of every batch that a plugin got a view of, what the plugin says of itself, and what became
/// of the batch.
pub(crate) type Note<'n> = &'n dyn Fn(&[u8], &Configured, Option<&Went>);

/// Plays a case whose instances talk to `host`.
pub(crate) fn play_with(
    case: &Case,
    runner: &dyn Runner,
    host: &Arc<Mutex<RecordingHost>>,
    note: Note<'_>,
) -> Result<Played, String> {
    let mut instance = match runner.start(&case.documents, host.clone()) {
        Ok(instance) => instance,
        Err(Refused::Problems(problems)) => {
            let lines = problems.iter().map(|problem| format!("{problem}\n"));
            return Ok(Played::Refused(lines.collect()));
        }
        Err(Refused::Stopped(stopped)) => return Err(format!("configure: {stopped}")),
    };
    let mut steps = Vec::new();
    let mut state = Entries::new(runner.state_version(), usize::MAX);
    for (index, step) in case.steps.iter().enumerate() {
        let happened =
            take(step, &mut instance, &mut state, runner, host.clone(), case.noting, note);
        let told = happened.and_then(|happened| {
            tell(&mut instance, &mut state)?;
            Ok(happened)
        });
        steps.push(told.map_err(|text| format!("steps[{index}]: {text}"))?);
    }
    // A panic elsewhere leaves the record as it was then.
    let host = host.lock().unwrap_or_else(PoisonError::into_inner);
    let expected = Expected {
        steps,
        state: State::of(&state),
        counters: host
            .counters
            .iter()
            .map(|((name, labels), sum)| (counter_name(name, labels), *sum))
            .collect(),
        log: host.log.iter().map(|(level, message)| format!("{level}: {message}")).collect(),
    };
    let compact = serde_json::to_string(&expected).map_err(|error| error.to_string())?;
    Ok(Played::Ran(print::pretty(&compact)))
}

/// Takes in what changed of the state.
fn tell(instance: &mut Box<dyn Instance>, state: &mut Entries) -> Result<(), String> {
    loop {
        let changed = instance.changes(Entries::piece()).map_err(|it| format!("changes: {it}"))?;
        let more = changed.more;
        state.take(changed).map_err(|exceeded| exceeded.to_string())?;
        if !more {
            return Ok(());
        }
    }
}

fn load(next: &mut Box<dyn Instance>, state: &Entries) -> Result<u32, Stopped> {
    let pieces = state.pieces().into_iter();
    pieces.map(|piece| next.load(state.version(), &piece)).sum()
}

fn take(
    step: &Step,
    instance: &mut Box<dyn Instance>,
    state: &mut Entries,
    runner: &dyn Runner,
    host: SharedHost,
    noting: Noting,
    note: Note<'_>,
) -> Result<Happened, String> {
    match step {
        Step::Batch { name, traces, now } => {
            let mut happened = Happened { batch: Some(name.clone()), ..Happened::default() };
            let way = Way::new(instance.configured())?;
            match way.view(traces) {
                Ok(view) => {
                    let went = way.go(instance.as_mut(), traces, &view, *now, noting);
                    note(traces, instance.configured(), went.as_ref().ok());
                    match went {
                        Ok(went) => happened.take_went(went)?,
                        Err(stopped) => happened.take_failure(stopped)?,
                    }
                }
                Err(malformed) => happened.failure = Some(malformed.to_string()),
            }
            Ok(happened)
        }
        Step::Tick { name, now } => {
            let mut happened = Happened { tick: Some(name.clone()), ..Happened::default() };
            happened.take_made(instance.tick(*now))?;
            Ok(happened)
        }
        Step::Flush { name, now } => {
            let mut happened = Happened { flush: Some(name.clone()), ..Happened::default() };
            happened.take_made(instance.flush(*now))?;
            Ok(happened)
        }
        Step::Reload { names, documents } => {
            let mut happened = Happened { reload: Some(names.clone()), ..Happened::default() };
            match runner.start(documents, host) {
                Ok(mut next) => match load(&mut next, state) {
                    Ok(0) => *instance = next,
                    Ok(damaged) => return Err(format!("{damaged} damaged entries")),
                    Err(stopped) => happened.take_failure(stopped)?,
                },
                Err(Refused::Problems(problems)) => {
                    happened.problems = Some(problems.iter().map(ToString::to_string).collect());
                }
                Err(Refused::Stopped(stopped)) => return Err(stopped.to_string()),
            }
            Ok(happened)
        }
    }
}

impl Happened {
    fn take_went(&mut self, Went { outcome, rewritten, telling }: Went) -> Result<(), String> {
        self.notes = telling.told;
        self.own = outcome.spans.as_deref().map(Bytes::of);
        let Counts { spans_in, spans_out, spans_changed } = rewritten.counts;
        let spans_dropped = spans_in - spans_out;
        self.counts = Some(CountsInJson { spans_in, spans_out, spans_changed, spans_dropped });
        self.output = Some(match rewritten.output {
            Output::Unchanged => "unchanged",
            Output::NothingLeft => "nothing left",
            Output::Replaced(traces) => {
                self.show(&traces)?;
                "replaced"
            }
        });
        Ok(())
    }

    fn take_made(&mut self, made: Result<Option<Vec<u8>>, Stopped>) -> Result<(), String> {
        match made {
            Ok(Some(traces)) => self.show(&traces),
            Ok(None) => Ok(()),
            Err(stopped) => self.take_failure(stopped),
        }
    }

    fn show(&mut self, traces: &[u8]) -> Result<(), String> {
        self.exact = Some(Bytes::of(traces));
        self.traces = Some(otlp_json::decode(traces).map_err(|error| error.to_string())?);
        Ok(())
    }

    fn take_failure(&mut self, stopped: Stopped) -> Result<(), String> {
        match stopped {
            Stopped::Failure(failure) => {
                self.failure = Some(failure.to_string());
                Ok(())
            }
            Stopped::Crash(crash) => Err(crash.to_string()),
        }
    }
}

/// `values_masked{detector="email"}`, as Prometheus writes it.
fn counter_name(name: &str, labels: &[(String, String)]) -> String {
    if labels.is_empty() {
        return name.into();
    }
    let labels: Vec<String> =
        labels.iter().map(|(key, value)| format!("{key}=\"{value}\"")).collect();
    format!("{name}{{{}}}", labels.join(","))
}
