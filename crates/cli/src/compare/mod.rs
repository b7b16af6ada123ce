//! `lapidary compare`

mod accepted;
mod forms;
mod html;
mod leaves;
mod report;
mod revision;
mod text;

use std::process::ExitCode;

use diff::{Comparison, Side, Words};
use host::{Chain, Passed};
use plugin::{Configured, Noting};

use self::accepted::Accepted;
use self::forms::Form;
use self::leaves::Leaves;
use self::report::Report;
use crate::Wrong;
use crate::arguments::{self, Compare, FailOn};
use crate::clock::Clock;
use crate::files::{full_path, write_whole};
use crate::load::{self, Loaded, load_noting};
use crate::looking::steps;
use crate::progress;
use crate::say::{complain, one_line, say};
use crate::settings::Settings;

/// The comparison could not be made.
const FAILED: u8 = 3;

/// Compares two chains on the same spans, and says how that went by the exit status.
pub(crate) fn main(arguments: &Compare) -> ExitCode {
    match compare(arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(Wrong(lines)) => {
            lines.iter().for_each(|line| complain!("{line}"));
            ExitCode::from(FAILED)
        }
    }
}

/// Says whether there is nothing that it should fail on.
fn compare(arguments: &Compare) -> Result<bool, Wrong> {
    let new_settings = load::settings(&arguments.sources)?;
    let old_settings = old_settings(arguments, &new_settings)?;
    let accepted = arguments.accepted.as_deref().map_or(Ok(Accepted::default()), Accepted::read)?;
    let forms = arguments.report.iter().map(|path| Form::of(path));
    let forms = forms.collect::<Result<Vec<_>, String>>()?;
    let mut old = Playing::new(&old_settings, Noting::Acts)?;
    let mut new = Playing::new(&new_settings, Noting::Looked)?;
    let mut words = Words::default();
    old.learned.iter().chain(&new.learned).for_each(|rules| words.learn(rules));
    let show = |name: &str| one_line(&words.show(name)).into_owned();
    let mut clock = Clock::new(arguments.now.as_deref(), arguments::Clock::EventTime)?;
    let path = &arguments.input;
    let at = |problem: &dyn std::fmt::Display| format!("{}: {problem}", full_path(path).display());
    let (mut comparison, mut leaves) = (Comparison::default(), Leaves::default());
    let slow = u64::try_from(arguments.slow.as_nanos()).unwrap_or(u64::MAX);
    for (number, batch) in progress::open(path).map_err(|error| at(&error))?.enumerate() {
        let place = |error: &dyn std::fmt::Display| at(&format!("batch {}: {error}", number + 1));
        let batch = batch.map_err(|error| at(&error))?;
        clock.observe(&batch);
        let now = clock.now();
        let before = old.play(&batch, now).map_err(|error| place(&error))?;
        let after = new.play(&batch, now).map_err(|error| place(&error))?;
        let (Some(old_way), Some(new_way)) = (before.ways.first(), after.ways.first()) else {
            continue;
        };
        let (old_way, new_way) = (steps(old_way), steps(new_way));
        let one = Side { way: &old_way, plugins: &old.names };
        let other = Side { way: &new_way, plugins: &new.names };
        comparison.take(one, other, slow, &show).map_err(|error| place(&error))?;
        leaves.take(&new_way, &after.traces, &new.names, &show).map_err(|error| place(&error))?;
    }
    if comparison.spans_in == 0 {
        return Err(at(&"found no span; expected some to compare").into());
    }
    let report = Report::new(&comparison, &leaves, &accepted, [&old, &new], arguments)?;
    for (path, form) in arguments.report.iter().zip(forms) {
        write_whole(path, form.write(&report)?.as_bytes())?;
    }
    say!("{}", text::write(&report).trim_end());
    let fails = |on: &FailOn| match on {
        FailOn::Loosened => report.is_loosened,
        FailOn::Lost => report.is_lost,
    };
    Ok(!arguments.fail_on.iter().any(fails))
}

fn old_settings(arguments: &Compare, new: &Settings) -> Result<Settings, Wrong> {
    let arguments::Old { old_plugins, old_config, since } = &arguments.old;
    if let Some(revision) = since {
        return revision::settings(revision, &arguments.sources, new);
    }
    match old_config {
        Some(config) => {
            crate::collector_config::read(config, arguments.sources.processor.as_deref())
        }
        None => Settings::of_plugins(old_plugins, &arguments.sources.secrets),
    }
}

/// A chain at work.
struct Playing {
    chain: Chain,
    names: Vec<String>,
    configured: Vec<Configured>,
    /// `redact-pii 0.1.0, sha256 …`
    modules: Vec<String>,
    /// Rules, merged.
    learned: Vec<rules::Node>,
    /// Name and text of each document of rules.
    documents: Vec<(String, String)>,
    spans_out: u64,
    bytes_out: u64,
}

impl Playing {
    fn new(settings: &Settings, noting: Noting) -> Result<Self, Wrong> {
        let mut playing = Playing {
            chain: Chain::new(Vec::new(), 0),
            names: Vec::new(),
            configured: Vec::new(),
            modules: Vec::new(),
            learned: Vec::new(),
            documents: Vec::new(),
            spans_out: 0,
            bytes_out: 0,
        };
        let mut generations = Vec::new();
        for Loaded { generation, documents, .. } in load_noting(settings, noting)? {
            let module = generation.module();
            let (name, version) = (&module.manifest.name, &module.manifest.version);
            let digest = hex::encode(module.sha256);
            playing.names.push(name.clone());
            playing.modules.push(format!("{name} {version}, sha256 {digest}"));
            playing.configured.push(generation.configured().clone());
            let texts: Vec<_> =
                documents.iter().map(|it| rules::Document::new(&it.name, &it.text)).collect();
            playing.learned.extend(rules::load(&texts));
            playing.documents.extend(documents.into_iter().map(|it| (it.name, it.text)));
            generations.push(generation);
        }
        playing.chain = Chain::new(generations, settings.max_batch_bytes);
        playing.chain.follow();
        Ok(playing)
    }

    fn play(&mut self, batch: &[u8], now: u64) -> Result<Passed, spans::Malformed> {
        let passed = self.chain.process(batch, now)?;
        for (index, fault) in &passed.faults {
            complain!("{}: warn: {}", self.names[*index], one_line(&fault.to_string()));
        }
        for traces in &passed.traces {
            self.spans_out += spans::count(traces).unwrap_or_default() as u64;
            self.bytes_out += traces.len() as u64;
        }
        Ok(passed)
    }
}
