//! Two sets of rules are compared as on the command line: the plugins run natively here, and what they
//! answer goes the way that it goes in a page.
//!
//! `BLESS=1` in the environment rewrites the files in `comparing/`.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use cases::Native;
use plugin::{Document, Instance, Noting, RecordingHost, Runner};
use redact_pii::RedactPii;
use sample_adaptively::SampleAdaptively;
use serde_json::{Value, json};
use web::{Announced, Comparing, Decided, Leaving, Way, latest_end, settle, to_protobuf};

/// What `lapidary compare` takes for slow where nothing else is said.
const SLOW: u64 = 5_000_000_000;

/// Guarantees: a page says what the command line says, byte for byte.
#[test]
fn what_the_screens_show_is_what_a_page_gets() {
    for screen in [
        "compares-nothing-where-nothing-differs",
        "compares-what-is-loosened-and-lost",
        "compares-what-is-only-lost",
    ] {
        let folder = root().join("testdata/screens").join(screen);
        let asked = Asked::read(&folder.join("case.yaml"));
        let about = json!({"rate": asked.rate}).to_string();
        let found = asked.compare().report("txt", &about).unwrap();
        assert_eq!(found.trim_end(), text(&folder.join("out.txt")).trim_end(), "{screen}");
    }
}

/// Guarantees: every form is what it was, and no value of a span stands in any.
#[test]
fn a_document_holds_no_value() {
    let asked = Asked::read(&root().join("testdata/screens/compares-what-is-only-lost/case.yaml"));
    let comparing = asked.compare();
    let recording = json!({"name": "spans.json", "sha256": web::sha256(b"spans")});
    let about = json!({"recording": recording, "rate": 2.5}).to_string();
    let report = |form: &str| comparing.report(form, &about).unwrap();
    let json = comparing.findings().unwrap();
    let all = [
        ("report.html", report("html")),
        ("report.md", report("md")),
        ("report.json", report("json")),
        ("findings.json", pretty(&json)),
    ];
    for (name, found) in all {
        for value in
            ["Анна", "anna", "ALX-1", "495", "operator-7", "перезвонить", "ruby", "no answer"]
        {
            assert!(!found.contains(value), "{name}: {value}");
        }
        check(name, &format!("{}\n", found.trim_end()));
    }
}

/// Guarantees: what leaves by rules is the same with and without others to compare them with.
#[test]
fn what_leaves_needs_no_second_chain() {
    let case = root().join("testdata/screens/compares-nothing-where-nothing-differs/case.yaml");
    let asked = Asked::read(&case);
    let left: Value = serde_json::from_str(&asked.left()).unwrap();
    let findings: Value = serde_json::from_str(&asked.compare().findings().unwrap()).unwrap();
    assert_eq!(left["leaves"].as_array().map(Vec::len), Some(17));
    assert_eq!(left, json!({"leaves": findings["leaves"], "names": findings["names"]}));
}

/// What a screen asks for: two chains, a file, and how many spans come in a second.
struct Asked {
    old: Vec<String>,
    new: Vec<String>,
    input: String,
    rate: Option<f64>,
}

impl Asked {
    fn read(case: &Path) -> Self {
        let case = text(case);
        let mut arguments = case.lines().filter_map(argument).skip(1);
        let mut asked =
            Asked { old: Vec::new(), new: Vec::new(), input: String::new(), rate: None };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().unwrap().to_owned();
            match argument {
                "--old-plugin" => asked.old.push(value()),
                "--plugin" => asked.new.push(value()),
                "--rate" => asked.rate = Some(value().parse().unwrap()),
                // What an exit status says is not for a page.
                "--fail-on" => drop(value()),
                input => asked.input = input.to_owned(),
            }
        }
        asked
    }

    fn compare(&self) -> Comparing {
        let batch = self.batch();
        let (mut old, mut new) =
            (Chain::of(&self.old, Noting::Acts), Chain::of(&self.new, Noting::Looked));
        let mut comparing = Comparing::new(&old.described(), &new.described(), SLOW).unwrap();
        let (old_way, new_way) = (old.process(&batch), new.process(&batch));
        comparing.take(&old_way, &new_way).unwrap();
        comparing
    }

    fn left(&self) -> String {
        let (batch, mut chain) = (self.batch(), Chain::of(&self.new, Noting::Looked));
        let mut leaving = Leaving::new(&chain.described()).unwrap();
        let way = chain.process(&batch);
        leaving.take(&way).unwrap();
        leaving.findings().unwrap()
    }

    fn batch(&self) -> Vec<u8> {
        settle(to_protobuf(&text(&root().join(&self.input))).unwrap()).unwrap()
    }
}

/// An argument, from its line in a list.
fn argument(line: &str) -> Option<&str> {
    line.trim().strip_prefix("- \"")?.strip_suffix('"')
}

/// Plugins at work, as a page has them.
struct Chain(Vec<Member>);

struct Member {
    name: String,
    documents: Vec<Document>,
    configured: String,
    instance: Box<dyn Instance>,
    announced: Announced,
}

impl Chain {
    fn of(flags: &[String], noting: Noting) -> Self {
        Chain(flags.iter().map(|flag| Member::of(flag, noting)).collect())
    }

    fn described(&self) -> String {
        let one = |Member { name, documents, configured, .. }: &Member| {
            let configured: Value = serde_json::from_str(configured).unwrap();
            let document = |it: &Document| json!({"name": it.name, "text": it.text});
            let documents: Vec<Value> = documents.iter().map(document).collect();
            let sha256 = web::sha256(name.as_bytes());
            json!({"name": name, "version": "1.0.0", "sha256": sha256, "configured": configured,
                "documents": documents})
        };
        Value::from(self.0.iter().map(one).collect::<Vec<_>>()).to_string()
    }

    fn process(&mut self, batch: &[u8]) -> Way {
        let (mut batch, mut way) = (batch.to_vec(), Way::new());
        for (place, member) in self.0.iter_mut().enumerate() {
            if batch.is_empty() {
                break;
            }
            batch = member.process(place, batch, &mut way);
        }
        if !batch.is_empty() {
            way.goes(batch);
        }
        way
    }
}

impl Member {
    /// `dist/redact-pii.wasm=rules/redact-pii/base.yaml,overlay.yaml`
    fn of(flag: &str, noting: Noting) -> Self {
        let (module, files) = flag.split_once('=').unwrap();
        let name = Path::new(module).file_stem().unwrap().to_string_lossy().into_owned();
        let document = |name: &str| Document::new(name, text(&root().join(name)));
        let documents: Vec<Document> = files.split(',').map(document).collect();
        let host = Arc::new(Mutex::new(RecordingHost { noting, ..RecordingHost::default() }));
        let instance = match name.as_str() {
            "redact-pii" => Native::<RedactPii>::default().start(&documents, host),
            "sample-adaptively" => Native::<SampleAdaptively>::default().start(&documents, host),
            other => unreachable!("no plugin `{other}` is linked into this test"),
        };
        let instance = instance.unwrap();
        let configured = cases::configured(instance.configured()).to_string();
        let announced = Announced::new(&configured).unwrap();
        Member { name, documents, configured, instance, announced }
    }

    /// What goes on of what came; adds its step to the way.
    fn process(&mut self, place: usize, came: Vec<u8>, way: &mut Way) -> Vec<u8> {
        let view = self.announced.view(&came, 0, usize::MAX, 0).unwrap();
        let answer = self.instance.process(&view.bytes(), latest_end(&came)).unwrap();
        let mut decided = Decided::new();
        decided.edit(view.start(), view.end(), answer.edits);
        let rewritten = self.announced.apply(&came, &decided).unwrap();
        let went = match rewritten.output().as_str() {
            "unchanged" => came.clone(),
            _ => rewritten.traces().unwrap_or_default(),
        };
        way.step(place, came, went.clone(), &rewritten.gone());
        way.tell(&self.announced, view.start(), view.end(), &answer.notes).unwrap();
        [went, answer.spans.unwrap_or_default()].concat()
    }
}

fn pretty(json: &str) -> String {
    let value: Value = serde_json::from_str(json).unwrap();
    serde_json::to_string_pretty(&value).unwrap()
}

fn check(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/comparing").join(name);
    if std::env::var_os("BLESS").is_some_and(|bless| bless == "1") {
        fs::write(&path, found).unwrap();
    }
    assert_eq!(found, text(&path), "{}", path.display());
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
