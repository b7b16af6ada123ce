//! `lapidary compare`

mod revision;

use std::path::Path;
use std::process::ExitCode;
use std::time::SystemTime;

use diff::Step;
use host::{Chain, Held, Passed};
use plugin::{Document, Noting};
use report::{About, Accepted, Comparing, Form, Recording, Went};

use crate::Wrong;
use crate::arguments::{self, Compare, FailOn};
use crate::clock::Clock;
use crate::files::{full_path, read_file, read_text, short_path, write_whole};
use crate::in_use::InUse;
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
    let accepted = arguments.accepted.as_deref().map_or(Ok(Accepted::default()), accepted)?;
    let forms = arguments.report.iter().map(|path| form(path));
    let forms = forms.collect::<Result<Vec<_>, String>>()?;
    stand_apart(arguments, [&old_settings, &new_settings])?;
    let old = Playing::new(&old_settings, Noting::Acts)?;
    let new = Playing::new(&new_settings, Noting::Looked)?;
    let comparing = play(arguments, old, new)?;
    let about = About { recording: recording(&arguments.input)?, rate: arguments.rate };
    let report = comparing.report(&about, &accepted, SystemTime::now());
    let write = |form: Form| form.write(&report).map_err(|error| error.to_string());
    for (path, form) in arguments.report.iter().zip(forms) {
        write_whole(path, write(form)?.as_bytes())?;
    }
    say!("{}", write(Form::Text)?.trim_end());
    let fails = |on: &FailOn| match on {
        FailOn::Loosened => report.is_loosened,
        FailOn::Lost => report.is_lost,
    };
    Ok(!arguments.fail_on.iter().any(fails))
}

fn accepted(path: &Path) -> Result<Accepted, Wrong> {
    let text = read_text(path, "a file of accepted loosenings")?;
    let name = full_path(path).display().to_string();
    Accepted::read(Document { name, text })
        .map_err(|problems| Wrong(problems.iter().map(ToString::to_string).collect()))
}

/// Refuses a report onto what the comparison is made from, or onto another report.
fn stand_apart(arguments: &Compare, chains: [&Settings; 2]) -> Result<(), String> {
    let mut in_use = InUse::default();
    in_use.add_stdout();
    in_use.add_input(&arguments.input);
    if let Some(accepted) = &arguments.accepted {
        in_use.add(accepted, "file of accepted loosenings");
    }
    chains.into_iter().for_each(|chain| in_use.add_chain(chain));
    for report in &arguments.report {
        in_use.keep_off(report, "a report")?;
        in_use.add(report, "file of another report");
    }
    Ok(())
}

/// The form of a report's file.
fn form(path: &Path) -> Result<Form, String> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    // What is for a terminal stands there, and needs no file.
    let form = ending.and_then(Form::of).filter(|form| *form != Form::Text);
    form.ok_or_else(|| {
        let full = full_path(path);
        format!("{}: expected a file that ends in `.html`, `.md` or `.json`", full.display())
    })
}

/// Sends every batch through both.
fn play(arguments: &Compare, mut old: Playing, mut new: Playing) -> Result<Comparing, Wrong> {
    let slow = u64::try_from(arguments.slow.as_nanos()).unwrap_or(u64::MAX);
    let mut comparing = Comparing::new(old.named(), new.named(), slow);
    let mut clock = Clock::new(arguments.now.as_deref(), arguments::Clock::EventTime)?;
    let path = &arguments.input;
    let at = |problem: &dyn std::fmt::Display| format!("{}: {problem}", full_path(path).display());
    for (number, batch) in progress::open(path).map_err(|error| at(&error))?.enumerate() {
        let place = |error: &dyn std::fmt::Display| at(&format!("batch {}: {error}", number + 1));
        let batch = batch.map_err(|error| at(&error))?;
        clock.observe(&batch);
        let now = clock.now();
        let before = old.play(&batch, now).map_err(|error| place(&error))?;
        let after = new.play(&batch, now).map_err(|error| place(&error))?;
        let (old_way, new_way) = (way(&before), way(&after));
        let before = Went { way: &old_way, traces: &before.traces };
        let after = Went { way: &new_way, traces: &after.traces };
        comparing.take(before, after).map_err(|error| place(&error))?;
    }
    match comparing.spans_in() {
        0 => Err(at(&"found no span; expected some to compare").into()),
        _ => Ok(comparing),
    }
}

/// The way of the batch itself; one without bytes has none.
fn way(passed: &Passed) -> Vec<Step<'_>> {
    passed.ways.first().map_or(Vec::new(), |way| steps(way))
}

/// What a report says of the input; of standard input nothing is left to be read.
fn recording(path: &Path) -> Result<Option<Recording>, String> {
    if path == Path::new("-") {
        return Ok(None);
    }
    let sha256 = report::sha256(&read_file(path, "spans")?);
    let full = full_path(path).display().to_string();
    Ok(Some(Recording { name: short_path(&full).to_owned(), sha256 }))
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
    plugins: Vec<report::Plugin>,
}

impl Playing {
    fn new(settings: &Settings, noting: Noting) -> Result<Self, Wrong> {
        let (mut generations, mut plugins) = (Vec::new(), Vec::new());
        for Loaded { generation, documents, .. } in load_noting(settings, noting)? {
            let module = generation.module();
            plugins.push(report::Plugin {
                name: module.manifest.name.clone(),
                version: module.manifest.version.clone(),
                sha256: hex::encode(module.sha256),
                configured: generation.configured().clone(),
                is_shadow: generation.is_shadow(),
                documents: documents.into_iter().map(short).collect(),
            });
            generations.push(generation);
        }
        let mut chain = Chain::new(generations, settings.max_batch_bytes);
        chain.follow();
        Ok(Playing { chain, plugins })
    }

    /// The chain, as the report names it.
    fn named(&self) -> report::Chain {
        report::Chain(self.plugins.clone())
    }

    fn play(&mut self, batch: &[u8], now: u64) -> Result<Passed, Held> {
        let mut passed = self.chain.process(batch, now)?;
        for (index, unsearched) in &passed.unsearched {
            let name = &self.plugins[*index].name;
            complain!("{name}: warn: {}", one_line(&unsearched.to_string()));
        }
        for (index, fault) in &passed.faults {
            let name = &self.plugins[*index].name;
            complain!("{name}: warn: {}", one_line(&fault.to_string()));
        }
        for told in passed.ways.iter_mut().flatten().flat_map(|step| &mut step.telling.told) {
            told.rule.document = short_path(&told.rule.document).to_owned();
        }
        Ok(passed)
    }
}

/// A document, as the report calls it.
fn short(document: Document) -> Document {
    Document { name: short_path(&document.name).to_owned(), ..document }
}
