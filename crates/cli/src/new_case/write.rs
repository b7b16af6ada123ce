//! Writes the files of a case.

use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use cases::Case;
use otlp_json::TracesData;
use rules::{Entry, Node, Origin, Value};

use super::{Subject, now};
use crate::files::{full_path, write_whole};
use crate::sources::Rules;

/// The spans of the case.
const SPANS: &str = "spans.json";

/// Writes the case, plays it, and writes down what comes out.
pub(super) fn write(
    folder: &Path,
    subject: &Subject,
    traces: &TracesData,
    acting: &[String],
) -> Result<(), String> {
    let spans = serde_json::to_string(traces).map_err(|error| error.to_string())?;
    write_whole(&folder.join(SPANS), cases::pretty(&spans).as_bytes())?;
    let rules = rules_of(folder, subject)?;
    let secrets = secrets_of(folder, subject)?;
    let case = case(subject, traces, acting, rules, secrets);
    write_whole(&folder.join("case.yaml"), rules::print(&case).as_bytes())?;
    let case = Case::load(folder)?;
    let played = cases::play(&case, &subject.module)?;
    cases::bless(&case, &played)?;
    Ok(())
}

/// The rules are those that others use, too, so that the case shows what a change of them does. What
/// stands in a config has no file, and gets one.
fn rules_of(folder: &Path, subject: &Subject) -> Result<Vec<Node>, String> {
    let names = match &subject.rules {
        Rules::Files(files) => files.iter().map(|file| from(folder, file)).collect(),
        Rules::Inline(_) | Rules::Read(_) => {
            let name = |number: usize| match subject.documents.len() {
                1 => "rules.yaml".to_owned(),
                _ => format!("rules-{}.yaml", number + 1),
            };
            let mut names = Vec::new();
            for (number, document) in subject.documents.iter().enumerate() {
                write_whole(&folder.join(name(number)), document.text.as_bytes())?;
                names.push(name(number));
            }
            names
        }
    };
    Ok(names.iter().map(|name| text(name)).collect())
}

/// The way from a folder to a file.
fn from(folder: &Path, file: &Path) -> String {
    let (folder, file) = (full_path(folder), full_path(file));
    let (folder, file): (Vec<_>, Vec<_>) =
        (folder.components().collect(), file.components().collect());
    let same = folder.iter().zip(&file).take_while(|(one, other)| one == other).count();
    let up = folder[same..].iter().map(|_| Path::new(".."));
    let way: PathBuf = up.chain(file[same..].iter().map(|it| it.as_ref())).collect();
    way.display().to_string()
}

/// The keys that the case is granted, which are nobody's.
fn secrets_of(folder: &Path, subject: &Subject) -> Result<Vec<(String, Node)>, String> {
    let mut secrets = Vec::new();
    for (number, (name, secret)) in subject.secrets.iter().enumerate() {
        let file = format!("secret-{}.hex", number + 1);
        write_whole(&folder.join(&file), hex::encode(secret).as_bytes())?;
        let source = map(vec![("file".into(), text(&file)), ("encoding".into(), text("hex"))]);
        secrets.push((name.clone(), source));
    }
    Ok(secrets)
}

fn case(
    subject: &Subject,
    traces: &TracesData,
    acting: &[String],
    rules: Vec<Node>,
    secrets: Vec<(String, Node)>,
) -> Node {
    let acts = match acting {
        [] => "No rule acts".to_owned(),
        [one] => format!("{one} acts"),
        several => format!("{} act", several.join(", ")),
    };
    let about = format!("{acts} on a span that was seen; its values are made up.");
    let time = UNIX_EPOCH + Duration::from_nanos(now(traces));
    let now = humantime::format_rfc3339_seconds(time).to_string();
    let step = map(vec![("batch".into(), text(SPANS)), ("now".into(), text(&now))]);
    let mut entries = vec![
        ("about".into(), text(&about)),
        ("plugin".into(), text(&subject.module.manifest.name)),
        ("rules".into(), list(rules)),
    ];
    if !secrets.is_empty() {
        entries.push(("secrets".into(), map(secrets)));
    }
    entries.push(("steps".into(), list(vec![step])));
    map(entries)
}

fn text(text: &str) -> Node {
    Node::new(Value::Text(text.to_owned()), nowhere())
}

fn list(nodes: Vec<Node>) -> Node {
    Node::new(Value::List(nodes), nowhere())
}

fn map(entries: Vec<(String, Node)>) -> Node {
    let entry = |(key, node)| Entry { key, origin: nowhere(), node };
    Node::new(Value::Map(entries.into_iter().map(entry).collect()), nowhere())
}

fn nowhere() -> Origin {
    Origin::new("", 0)
}
