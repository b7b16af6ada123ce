//! Over every span that was recorded: nothing that somebody planted is left, and the form is the same.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is not as it was made")]

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::{Path, PathBuf};

use made_up::{Spare, latest, make_up};
use otlp_json::{Input, ResourceSpans, ScopeSpans, TracesData};
use serde_json::Value;

fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/recordings")
}

/// Every span, alone with its resource and scope, by its run.
fn spans() -> Vec<(String, TracesData)> {
    let mut all = Vec::new();
    for run in recordings().read_dir().unwrap().map(|entry| entry.unwrap().path()) {
        let file = run.join("spans.jsonl");
        if !file.is_file() {
            continue;
        }
        let name = run.file_name().unwrap().to_string_lossy().into_owned();
        for batch in Input::open(&file).unwrap() {
            for around in otlp_json::decode(&batch.unwrap()).unwrap().resource_spans {
                for scope in &around.scope_spans {
                    for span in &scope.spans {
                        let scope = ScopeSpans { spans: vec![span.clone()], ..scope.clone() };
                        let alone = ResourceSpans { scope_spans: vec![scope], ..around.clone() };
                        all.push((name.clone(), TracesData { resource_spans: vec![alone] }));
                    }
                }
            }
        }
    }
    assert!(all.len() > 3000);
    all
}

fn made(seen: &TracesData, spare: &Spare) -> TracesData {
    make_up(seen, spare, &mut |_| Ok::<_, Infallible>(())).unwrap().traces
}

/// The texts of a JSON document, one after another, as they are read.
fn texts(value: &Value, all: &mut String) {
    match value {
        Value::String(text) => {
            all.push_str(text);
            all.push('\0');
        }
        Value::Array(values) => values.iter().for_each(|value| texts(value, all)),
        Value::Object(map) => map.values().for_each(|value| texts(value, all)),
        _ => {}
    }
}

fn all_texts(traces: &TracesData) -> String {
    let mut all = String::new();
    texts(&serde_json::to_value(traces).unwrap(), &mut all);
    all
}

#[test]
fn nothing_planted_is_left_in_any_span() {
    let planted = std::fs::read_to_string(recordings().join("planted.json")).unwrap();
    let planted: Vec<BTreeMap<String, String>> = serde_json::from_str(&planted).unwrap();
    let mut found = 0;
    for (run, seen) in spans() {
        let (was, is) = (all_texts(&seen), all_texts(&made(&seen, &Spare::default())));
        for value in planted.iter().filter(|value| value["run"] == run).map(|it| &it["value"]) {
            found += usize::from(was.contains(value));
            assert!(!is.contains(value), "run {run}: something planted is left");
        }
    }
    assert!(found > 300, "{found}");
}

/// Guarantees: durations, structure and the signs between words are those of the span, the same comes of
/// it twice, and all of it begins on one day.
#[test]
fn the_form_of_every_span_stays() {
    let form = |traces: &TracesData| -> String {
        let text = all_texts(traces);
        text.chars().map(|letter| if letter.is_alphanumeric() { 'x' } else { letter }).collect()
    };
    for (_, seen) in spans().into_iter().step_by(7) {
        let made = made(&seen, &Spare::default());
        assert_eq!(form(&made), form(&seen));
        assert_eq!(made, self::made(&seen, &Spare::default()));
        let span = |traces: &TracesData| traces.resource_spans[0].scope_spans[0].spans[0].clone();
        let (was, is) = (span(&seen), span(&made));
        let moved = was.start_time_unix_nano - is.start_time_unix_nano;
        assert_eq!(was.end_time_unix_nano - is.end_time_unix_nano, moved);
        let events = was.events.iter().zip(&is.events);
        assert!(
            events.into_iter().all(|(was, is)| was.time_unix_nano - is.time_unix_nano == moved)
        );
        assert_eq!(is.start_time_unix_nano, 1_772_442_000_000_000_000);
        assert!(latest(&made) >= is.end_time_unix_nano);
        assert_eq!((was.kind, was.flags), (is.kind, is.flags));
        assert_ne!(was.trace_id, is.trace_id);
        assert_ne!(was.span_id, is.span_id);
    }
}
