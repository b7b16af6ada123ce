//! One file of the corpus.

use std::ops::Range;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use opentelemetry_proto::tonic::trace::v1::TracesData;
use prost::Message;
use serde::Serialize;
use serde_json::{Value, json};
use spans::{Carriers, Fields, Parts, Selector, Sight, Viewer};

use crate::shown;

/// A view that is asked for.
pub struct Case {
    /// The claim, as a file name.
    pub name: &'static str,
    /// The claim, as a sentence.
    pub about: &'static str,
    pub sight: Sight,
    pub traces: Vec<u8>,
    /// All, where absent.
    pub units: Option<Range<usize>>,
    /// None, where absent.
    pub limit: Option<usize>,
}

#[derive(Serialize)]
struct File {
    about: &'static str,
    sight: Value,
    traces: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    units: Option<[usize; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<usize>,
    view: String,
    spans: usize,
    view_units: [usize; 2],
}

/// Compares the file with what is seen now, or writes it.
pub fn check(case: &Case, folder: &Path) {
    let viewer = Viewer::new(&case.sight).expect("right patterns");
    let units = case.units.clone().unwrap_or(0..usize::MAX);
    let view = viewer.view(&case.traces, units, case.limit.unwrap_or(0)).expect("a batch");
    // Some batches are deeper than prost decodes.
    if let (None, None, Ok(traces)) =
        (&case.units, case.limit, TracesData::decode(&case.traces[..]))
    {
        let expected = shown::view(&traces, &case.sight).encode_to_vec();
        assert_eq!(view.bytes, expected, "{}", case.name);
    }
    let file = File {
        about: case.about,
        sight: sight(&case.sight),
        traces: STANDARD.encode(&case.traces),
        units: case.units.as_ref().map(|units| [units.start, units.end]),
        limit: case.limit,
        view: STANDARD.encode(&view.bytes),
        spans: view.spans,
        view_units: [view.units.start, view.units.end],
    };
    let text = serde_json::to_string_pretty(&file).expect("JSON") + "\n";
    let path = folder.join(format!("{}.json", case.name));
    if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&path, &text).expect("the file of a case");
    }
    let expected = std::fs::read_to_string(&path);
    let expected = expected.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    for (number, (found, expected)) in text.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "{}:{}", path.display(), number + 1);
    }
    assert_eq!(text.len(), expected.len(), "{}", path.display());
}

fn sight(sight: &Sight) -> Value {
    match sight {
        Sight::Everything => json!("everything"),
        Sight::Texts => json!("texts"),
        Sight::Parts(Parts { fields, keys }) => {
            let keys = keys.iter().map(|Selector { carriers, keys }| {
                let carriers: Vec<_> = carriers.iter_names().map(|(name, _)| kebab(name)).collect();
                json!({ "carriers": carriers, "keys": keys })
            });
            let fields: Vec<_> = fields.iter_names().map(|(name, _)| kebab(name)).collect();
            json!({ "fields": fields, "keys": keys.collect::<Vec<_>>() })
        }
    }
}

fn kebab(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}

/// Some fields and no keys.
pub fn fields(fields: Fields) -> Sight {
    Sight::Parts(Parts { fields, keys: Vec::new() })
}

/// Keys and no fields.
pub fn keys(carriers: Carriers, keys: &[&str]) -> Sight {
    fields_and_keys(Fields::empty(), carriers, keys)
}

/// Fields and keys.
pub fn fields_and_keys(fields: Fields, carriers: Carriers, keys: &[&str]) -> Sight {
    let keys = keys.iter().map(|it| (*it).to_owned()).collect();
    Sight::Parts(Parts { fields, keys: vec![Selector { carriers, keys }] })
}
