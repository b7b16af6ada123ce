//! `lapidary test --new`: a case of a span that was seen, its values made up.

mod find;
mod write;

use std::collections::BTreeMap;
use std::path::Path;

use cases::{Did, Trial};
use host::{Chain, Module};
use made_up::{Made, Spare, latest, make_up};
use otlp_json::TracesData;
use plugin::Document;
use spans::Deed;

use self::find::Wanted;
use crate::Wrong;
use crate::arguments::{NewCase, Source, Sources};
use crate::files::{full_path, short_path};
use crate::load::{self, Loaded, load, secrets};
use crate::say::{complain, one_line, say};
use crate::settings::Settings;
use crate::sources::Rules;

/// What a case is made of.
struct Subject {
    module: Module,
    documents: Vec<Document>,
    rules: Rules,
    /// Others of the same lengths, by name.
    secrets: BTreeMap<String, Vec<u8>>,
}

/// Writes the folder of a case, whose expected output is what comes out now.
pub(crate) fn new_case(arguments: &NewCase) -> Result<(), Wrong> {
    let (Some(folder), Some(input), Some(span)) =
        (&arguments.new, &arguments.from, &arguments.span)
    else {
        return Ok(());
    };
    check_free(folder)?;
    let settings = load::settings(&sources(arguments))?;
    let loaded = load(&settings)?;
    let spare = spare(arguments, &loaded);
    let (subject, before) = choose(arguments, &settings, loaded)?;
    let wanted = Wanted { span: *span, trace: arguments.trace.as_deref() };
    let seen = find::find(input, &wanted, before)?;
    let mut trial = Trial::new(&subject.module, subject.documents.clone(), subject.secrets.clone());
    let mut judge = |traces: &TracesData| trial.of(&otlp_json::encode(traces), now(traces));
    let made = make_up(&seen, &spare, &mut judge)?;
    let did = judge(&made.traces)?;
    write::write(folder, &subject, &made.traces, &acting(&did))?;
    tell(folder, &made, &did);
    Ok(())
}

fn check_free(folder: &Path) -> Result<(), String> {
    let full = full_path(folder);
    let wrong = |found: &str| {
        Err(format!("{}: found {found}; expected no folder yet, or an empty one", full.display()))
    };
    match folder.read_dir().map(Iterator::count) {
        Ok(0) => Ok(()),
        Ok(_) => wrong("a folder with something in it"),
        Err(_) if folder.exists() => wrong("something that is no folder"),
        Err(_) => Ok(()),
    }
}

fn sources(arguments: &NewCase) -> Sources {
    let NewCase { plugins, config, processor, secrets, .. } = arguments;
    Sources {
        source: Source { plugins: plugins.clone(), config: config.clone() },
        processor: processor.clone(),
        secrets: secrets.clone(),
    }
}

/// What rules name is no secret, whichever plugin of the chain they are of: statuses of orders stand in
/// the rules of one, and in the spans of all.
fn spare(arguments: &NewCase, loaded: &[Loaded]) -> Spare {
    let mut spare = Spare::default();
    spare.keep(arguments.keep.clone());
    for plugin in loaded {
        let text = |it: &Document| rules::Document::new(&it.name, &it.text);
        let documents: Vec<_> = plugin.documents.iter().map(text).collect();
        if let Ok(merged) = rules::load(&documents) {
            learn(&merged, &mut spare);
        }
    }
    spare
}

fn learn(node: &rules::Node, spare: &mut Spare) {
    match &node.value {
        rules::Value::Text(text) => spare.learn(text),
        rules::Value::Integer(number) => spare.learn(&number.to_string()),
        rules::Value::Float(number) => spare.learn(&number.to_string()),
        rules::Value::List(nodes) => nodes.iter().for_each(|node| learn(node, spare)),
        _ => {}
    }
    for entry in node.entries() {
        spare.learn(&entry.key);
        learn(&entry.node, spare);
    }
}

/// The plugin that the case is for, and those before it.
fn choose(
    arguments: &NewCase,
    settings: &Settings,
    loaded: Vec<Loaded>,
) -> Result<(Subject, Chain), Wrong> {
    let name = |plugin: &Loaded| plugin.generation.module().manifest.name.clone();
    let names: Vec<String> = loaded.iter().map(name).collect();
    let place = match &arguments.of {
        Some(of) => names.iter().position(|name| name == of),
        None => (names.len() == 1).then_some(0),
    };
    let Some(place) = place else {
        let all: Vec<_> = names.iter().map(|name| format!("`--of {name}`")).collect();
        let (count, all) = (names.len(), all.join(" or "));
        let none = "of none of which that is the name";
        let found = match &arguments.of {
            Some(of) => format!("--of {of}: found {count} plugins, {none}"),
            None => format!("found {count} plugins, and a case is for one"),
        };
        return Err(format!("{found}; expected {all}").into());
    };
    let sources = &settings.plugins[place];
    let secrets = secrets(sources)?.into_iter().map(|(name, secret)| (name, other(&secret)));
    let subject = Subject {
        module: loaded[place].generation.module().clone(),
        documents: loaded[place].documents.clone(),
        rules: sources.rules.clone(),
        secrets: secrets.collect(),
    };
    let before = loaded.into_iter().take(place).map(|plugin| plugin.generation).collect();
    Ok((subject, Chain::new(before, settings.max_batch_bytes)))
}

/// A secret of the same length that everybody may know.
fn other(secret: &[u8]) -> Vec<u8> {
    (0..=u8::MAX).cycle().take(secret.len()).collect()
}

/// The first full second behind all that happens in the span.
fn now(traces: &TracesData) -> u64 {
    const SECOND: u64 = 1_000_000_000;
    (latest(traces) / SECOND).saturating_add(1).saturating_mul(SECOND)
}

/// The paths of the rules that act, in order.
fn acting(did: &Did) -> Vec<String> {
    let is_left = |deed: Deed| matches!(deed, Deed::LookedAndLeft | Deed::WouldHave);
    let is_act = |deed: Deed| !is_left(deed) && !deed.is_reported();
    let mut paths: Vec<String> = Vec::new();
    for (_, _, deed, path, _) in &did.deeds {
        if is_act(*deed) && !paths.contains(path) {
            paths.push(path.clone());
        }
    }
    paths
}

fn tell(folder: &Path, made: &Made, did: &Did) {
    for place in &made.unlike {
        let place = one_line(&place.to_string()).into_owned();
        complain!(
            "warn: {place}: found no words for it that are treated as those were that stood there; expected the case to show something else there"
        );
    }
    let full = full_path(folder).display().to_string();
    let folder = short_path(&full);
    say!("wrote {folder}: {} words are made up; read spans.json before you commit it", made.words);
    match acting(did) {
        paths if paths.is_empty() => say!("no rule acts"),
        paths => paths.iter().for_each(|path| say!("acts: {path}")),
    }
}
