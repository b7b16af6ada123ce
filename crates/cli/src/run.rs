//! `lapidary run`

use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use host::{Chain, Held, Passed, Totals};
use otlp_json::{Form, Input, Output};
use plugin::Noting;

use crate::Wrong;
use crate::arguments::Run;
use crate::clock::Clock;
use crate::files::{Draft, full_path};
use crate::in_use::InUse;
use crate::listen::Sums;
use crate::load::{self, load_noting};
use crate::looking::Looking;
use crate::progress;
use crate::say::{complain, one_line};
use crate::settings::Settings;
use crate::watch;
use crate::why::Why;

/// Sends every batch of the input through the chain, one after the other, and
/// says on standard error what became of the spans.
pub(crate) fn run(arguments: &Run) -> Result<(), Wrong> {
    if arguments.watch { watch::watch(arguments, run_once) } else { run_once(arguments) }
}

/// Runs through the input, once.
pub(crate) fn run_once(arguments: &Run) -> Result<(), Wrong> {
    let settings = load::settings(&arguments.sources)?;
    let source = arguments.clock.unwrap_or(settings.clock);
    let clock = Clock::new(arguments.now.as_deref(), source)?;
    let why = Why::open(arguments, &stands_apart(arguments, &settings)?)?;
    let noting = Looking::noting(arguments).max(why.as_ref().map_or(Noting::Off, Why::level));
    let loaded = load_noting(&settings, noting)?;
    let looking = Looking::at(arguments, &loaded);
    let input = progress::open(&arguments.input).map_err(|error| at(&arguments.input, &error))?;
    let (to, draft) = open_output(arguments)?;
    let output = arguments.output.clone().unwrap_or("-".into());

    let mut names = Vec::new();
    let mut sums = Vec::new();
    let mut generations = Vec::new();
    let mut inline = Vec::new();
    for plugin in loaded {
        inline.push(plugin.inline);
        names.push(plugin.generation.module().manifest.name.clone());
        sums.push(plugin.sums);
        generations.push(plugin.generation);
    }
    let mut chain = Chain::new(generations, settings.max_batch_bytes);
    looking.prepare(&mut chain);
    let mut running = Running {
        chain,
        clock,
        names,
        inline,
        to,
        output,
        why,
        looking,
        batches: 0,
        spans_in: 0,
        spans_out: 0,
    };
    running.play(input, arguments)?;
    running.summary(&sums);
    if running.spans_in == 0 {
        complain!("{}", at(&arguments.input, &"warn: found no span"));
    }
    running.looking.end(arguments);
    running.to.finish().map_err(|error| at(&running.output, &error))?;
    running.why.map_or(Ok(()), Why::keep)?;
    Ok(draft.map_or(Ok(()), Draft::keep)?)
}

/// Refuses an output onto what the chain is made of; returns what notes must keep off.
fn stands_apart(arguments: &Run, settings: &Settings) -> Result<InUse, String> {
    let mut in_use = InUse::by(settings);
    let output = arguments.output.as_deref().filter(|path| !is_stdout(path));
    if Looking::takes_output(arguments) || output.is_none() {
        in_use.add_stdout();
    }
    if let Some(output) = output {
        // Onto the input spans may go: they are seen once they are whole.
        in_use.keep_off(output, "spans")?;
        in_use.add(output, "output");
    }
    in_use.add_input(&arguments.input);
    Ok(in_use)
}

fn is_stdout(path: &Path) -> bool {
    path == Path::new("-") || path == Path::new("/dev/stdout")
}

/// Opens what `-o` names. A file is seen once it is whole, so that it may be the input, too.
fn open_output(arguments: &Run) -> Result<(Output, Option<Draft>), String> {
    let path = match arguments.output.as_deref() {
        None if Looking::takes_output(arguments) => {
            return Ok((Output::new(Form::Lines, std::io::sink()), None));
        }
        Some(path) if is_stdout(path) && Looking::takes_output(arguments) => {
            let path = path.display();
            return Err(format!(
                "{path}: found standard output, where `--diff` and `--why` go; expected a file for spans"
            ));
        }
        Some(path) if !is_stdout(path) => path,
        _ => return Ok((Output::new(Form::Lines, std::io::stdout()), None)),
    };
    let draft = Draft::new(path)?;
    let form = match Form::of(path) {
        Ok(form) => form,
        Err(_) if draft.is_direct() => Form::Lines,
        Err(error) => return Err(at(path, &error)),
    };
    Ok((Output::new(form, draft.writer()?), Some(draft)))
}

struct Running {
    chain: Chain,
    clock: Clock,
    names: Vec<String>,
    inline: Vec<bool>,
    to: Output,
    output: PathBuf,
    why: Option<Why>,
    looking: Looking,
    batches: usize,
    spans_in: usize,
    spans_out: usize,
}

impl Running {
    fn play(&mut self, input: Input, arguments: &Run) -> Result<(), Wrong> {
        for batch in input {
            let batch = batch.map_err(|error| at(&arguments.input, &error))?;
            self.batches += 1;
            let place = format!("batch {}", self.batches);
            self.clock.observe(&batch);
            let now = self.clock.now();
            let passed = self.chain.process(&batch, now);
            // After the chain, which says where a batch is damaged.
            self.spans_in += spans::count(&batch).unwrap_or_default();
            self.take(passed, &arguments.input, &place)?;
            let ticked = self.chain.tick(now);
            self.take(ticked, &arguments.input, &place)?;
        }
        let now = self.clock.now();
        let flushed = self.chain.flush(now);
        self.take(flushed, &arguments.input, "the end")
    }

    fn take(
        &mut self,
        passed: Result<Passed, Held>,
        input: &Path,
        place: &str,
    ) -> Result<(), Wrong> {
        let passed = passed.map_err(|held| at(input, &format!("{place}: {held}")))?;
        for (index, unsearched) in &passed.unsearched {
            complain!("{}: warn: {}", self.names[*index], one_line(&unsearched.to_string()));
        }
        for (index, fault) in &passed.faults {
            complain!("{}: warn: {}", self.names[*index], one_line(&fault.to_string()));
        }
        for (index, telling) in passed.tellings {
            self.looking.hear(index, self.batches, &telling);
            if let Some(why) = &mut self.why {
                why.write(&self.names[index], self.inline[index], self.batches, telling)?;
            }
        }
        self.looking.show(self.batches, &passed.ways);
        for traces in &passed.traces {
            // Whether texts are UTF-8 nobody asked so far.
            otlp_json::decode(traces).map_err(|error| at(input, &format!("{place}: {error}")))?;
            self.spans_out += spans::count(traces).unwrap_or_default();
            self.to.write(traces).map_err(|error| at(&self.output, &error))?;
        }
        Ok(())
    }

    fn summary(&self, sums: &[Sums]) {
        complain!(
            "{} batches, {} spans in, {} spans out",
            self.batches,
            self.spans_in,
            self.spans_out
        );
        let stages = self.chain.stages();
        for ((name, sums), (generation, totals)) in self.names.iter().zip(sums).zip(stages) {
            complain!("{name}{}", counts(totals, generation.is_shadow()));
            for (counter, sum) in sums.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                complain!("  {counter} {sum}");
            }
        }
    }
}

/// What a plugin did to all spans, or would have done in the shadow.
fn counts(totals: &Totals, is_shadow: bool) -> String {
    let Totals { spans_in, spans_out, spans_changed, spans_dropped, spans_at_fault } = totals;
    if is_shadow {
        return format!(
            " (shadow): {spans_in} in, {spans_out} would go on, {spans_changed} would change, \
             {spans_dropped} would be dropped, {spans_at_fault} at fault"
        );
    }
    format!(
        ": {spans_in} in, {spans_out} out, {spans_changed} changed, {spans_dropped} dropped, \
         {spans_at_fault} at fault"
    )
}

/// Says what is wrong with an input or output, and where that lies.
pub(crate) fn at(path: &Path, problem: &dyn std::fmt::Display) -> String {
    if path.as_os_str() == "-" {
        format!("-: {problem}")
    } else {
        format!("{}: {problem}", full_path(path).display())
    }
}
