//! [`Case`]: a contract, a batch and answers, and how they are written down.

use std::ops::Range;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use opentelemetry_proto::tonic::trace::v1::TracesData;
use prost::Message;
use serde_json::{Value, json};
use spans::{
    Carriers, Editor, Fields, Output, Part, Parts, Selector, SetKey, Sight, Verdict, Writes,
};

use crate::plain::Plain;
use crate::plain_apply::{Fate, apply};
use crate::proto::{Action, Edit, Edits, Field, On, Scalar, ScalarValue};
use crate::{batch, proto, strict};

/// One case; its name is a claim.
#[derive(Clone)]
pub struct Case {
    pub name: &'static str,
    pub about: &'static str,
    pub sight: Sight,
    pub writes: Writes,
    pub traces: TracesData,
    pub parts: Vec<(Range<usize>, Answer)>,
}

/// What is said to a part.
#[derive(Clone)]
pub enum Answer {
    Edits(Vec<u8>),
    Drop,
    Leave,
}

impl Case {
    /// A case on the whole shop, with everything in sight and allowed.
    pub fn new(name: &'static str, about: &'static str, edits: Vec<Edit>) -> Self {
        let edits = Edits { edits, ..Edits::default() };
        Case {
            name,
            about,
            sight: Sight::Everything,
            writes: everything(),
            traces: batch::shop(),
            parts: vec![(0..batch::UNITS, Answer::Edits(edits.encode_to_vec()))],
        }
    }

    pub fn dropping(mut self, spans: &[u32]) -> Self {
        let Some((_, Answer::Edits(bytes))) = self.parts.first_mut() else { return self };
        let mut edits = Edits::decode(bytes.as_slice()).unwrap();
        edits.dropped_spans = spans.to_vec();
        *bytes = edits.encode_to_vec();
        self
    }

    pub fn bytes(mut self, edits: Vec<u8>) -> Self {
        self.parts[0].1 = Answer::Edits(edits);
        self
    }

    pub fn parts(mut self, parts: Vec<(Range<usize>, Answer)>) -> Self {
        self.parts = parts;
        self
    }

    pub fn seeing(mut self, fields: Fields, keys: Vec<Selector>) -> Self {
        self.sight = Sight::Parts(Parts { fields, keys });
        // Only what is in sight can be set.
        self.writes.sets.clear();
        self
    }

    pub fn seeing_texts(mut self) -> Self {
        self.sight = Sight::Texts;
        self
    }

    pub fn writing(mut self, change: impl FnOnce(&mut Writes)) -> Self {
        change(&mut self.writes);
        self
    }

    pub fn batch(mut self, traces: TracesData) -> Self {
        self.traces = traces;
        self
    }

    /// The file, as it should be.
    pub fn written(&self) -> String {
        let traces = self.traces.encode_to_vec();
        let mut file = json!({
            "about": self.about,
            "sight": sight(&self.sight),
            "writes": writes(&self.writes),
            "traces": BASE64_STANDARD.encode(&traces),
            "parts": self.parts.iter().map(part).collect::<Vec<_>>(),
        });
        match self.outcome(&traces) {
            Ok((result, counts)) => {
                file["result"] = Value::String(BASE64_STANDARD.encode(result));
                file["counts"] = counts;
            }
            Err(refusal) => file["refused"] = Value::String(refusal),
        }
        let mut written = serde_json::to_string_pretty(&file).unwrap();
        written.push('\n');
        written
    }

    fn outcome(&self, traces: &[u8]) -> Result<(Vec<u8>, Value), String> {
        let editor = Editor::new(&self.sight, &self.writes).unwrap();
        let plain = Plain::new(self.sight.clone(), self.writes.clone());
        for (units, answer) in &self.parts {
            let Answer::Edits(bytes) = answer else { continue };
            let is_right = strict::is_right(bytes)
                && plain.takes(&self.traces, units, &Edits::decode(bytes.as_slice()).unwrap());
            let checked = editor.check(traces, units.clone(), bytes);
            assert_eq!(checked.is_ok(), is_right, "{}: {checked:?}", self.name);
            checked.map_err(|refusal| refusal.to_string())?;
        }
        let parts: Vec<Part<'_>> = self
            .parts
            .iter()
            .map(|(units, answer)| Part {
                units: units.clone(),
                verdict: match answer {
                    Answer::Edits(bytes) => Verdict::Edit(bytes),
                    Answer::Drop => Verdict::Drop,
                    Answer::Leave => Verdict::Leave,
                },
            })
            .collect();
        let rewritten = editor.apply(traces, &parts).unwrap();
        let result = match &rewritten.output {
            Output::Unchanged => self.traces.clone(),
            Output::Replaced(bytes) => TracesData::decode(bytes.as_slice()).unwrap(),
            Output::NothingLeft => TracesData::default(),
        };
        let fates = self.parts.iter().map(|(units, answer)| {
            let fate = match answer {
                Answer::Edits(bytes) => Fate::Edit(Edits::decode(bytes.as_slice()).unwrap()),
                Answer::Drop => Fate::Drop,
                Answer::Leave => Fate::Leave,
            };
            (units.clone(), fate)
        });
        let expected = apply(&plain, &self.traces, &fates.collect::<Vec<_>>());
        assert_eq!(rewritten.counts, expected.counts, "{}", self.name);
        if rewritten.output != Output::NothingLeft {
            assert_eq!(result, expected.traces, "{}", self.name);
        }
        let counts = rewritten.counts;
        let counts = json!({
            "spans_in": counts.spans_in,
            "spans_out": counts.spans_out,
            "spans_changed": counts.spans_changed,
            "spans_dropped": counts.spans_in - counts.spans_out,
        });
        Ok((result.encode_to_vec(), counts))
    }
}

/// All may be written, and these keys may be set.
fn everything() -> Writes {
    let set = |key: &str, carriers| SetKey { carriers, key: key.to_owned() };
    Writes {
        drops_spans: true,
        makes_spans: false,
        drops_unknown_fields: true,
        fields: Fields::TEXTS,
        sets: vec![
            set("order_status", Carriers::all()),
            set("order_id", Carriers::all()),
            set("stage_duration", Carriers::SPAN),
        ],
        replaces: vec![all_keys()],
        renames: vec![all_keys()],
        removes: vec![all_keys()],
    }
}

fn all_keys() -> Selector {
    keys(Carriers::all(), &["*"])
}

pub fn keys(carriers: Carriers, keys: &[&str]) -> Selector {
    Selector { carriers, keys: keys.iter().map(|key| (*key).to_owned()).collect() }
}

pub fn edit(on: On, number: u32, member: u32, action: Action) -> Edit {
    Edit { carrier: on.into(), number, member, action: Some(action) }
}

pub fn set_field(field: Field, text: &str) -> Action {
    Action::SetField(proto::SetField { field: field.into(), text: text.to_owned() })
}

pub fn set(key: u32, value: ScalarValue) -> Action {
    Action::SetAttribute(proto::SetAttribute { key, value: scalar(value) })
}

pub fn replace(path: &[u32], text: &str) -> Action {
    let value = scalar(ScalarValue::Text(text.to_owned()));
    Action::ReplaceValue(proto::ReplaceValue { path: path.to_vec(), value })
}

pub fn rename(path: &[u32], key: &str) -> Action {
    Action::RenameKey(proto::RenameKey { path: path.to_vec(), key: key.to_owned() })
}

pub fn remove(path: &[u32]) -> Action {
    Action::RemoveEntry(proto::RemoveEntry { path: path.to_vec() })
}

pub fn text(text: &str) -> ScalarValue {
    ScalarValue::Text(text.to_owned())
}

fn scalar(value: ScalarValue) -> Option<Scalar> {
    Some(Scalar { value: Some(value) })
}

fn part((units, answer): &(Range<usize>, Answer)) -> Value {
    let edits = match answer {
        Answer::Edits(bytes) => BASE64_STANDARD.encode(bytes),
        Answer::Drop => "drop".to_owned(),
        Answer::Leave => "leave".to_owned(),
    };
    json!({ "units": [units.start, units.end], "edits": edits })
}

fn sight(sight: &Sight) -> Value {
    match sight {
        Sight::Everything => json!("everything"),
        Sight::Texts => json!("texts"),
        Sight::Parts(parts) => {
            json!({ "fields": names(parts.fields.iter_names()), "keys": selectors(&parts.keys) })
        }
    }
}

fn writes(writes: &Writes) -> Value {
    let sets = writes
        .sets
        .iter()
        .map(|set| json!({ "carriers": names(set.carriers.iter_names()), "key": set.key }));
    json!({
        "drops_spans": writes.drops_spans,
        "drops_unknown_fields": writes.drops_unknown_fields,
        "fields": names(writes.fields.iter_names()),
        "sets": sets.collect::<Vec<_>>(),
        "replaces": selectors(&writes.replaces),
        "renames": selectors(&writes.renames),
        "removes": selectors(&writes.removes),
    })
}

fn selectors(selectors: &[Selector]) -> Value {
    let selectors = selectors.iter().map(|selector| {
        json!({ "carriers": names(selector.carriers.iter_names()), "keys": selector.keys })
    });
    selectors.collect()
}

fn names<F>(flags: impl Iterator<Item = (&'static str, F)>) -> Vec<String> {
    flags.map(|(name, _)| name.to_lowercase().replace('_', "-")).collect()
}
