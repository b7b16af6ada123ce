//! Spans in files of every form.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is not as it was made")]

use std::path::{Path, PathBuf};

use otlp_json::{Input, Output};

const ONE: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"one"}]}]}]}"#;
const TWO: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"two"}]}]}]}"#;

fn write(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    let mut output = Output::create(Some(&path)).unwrap();
    output.write(&otlp_json::to_protobuf(ONE).unwrap()).unwrap();
    output.write(&[]).unwrap();
    output.write(&otlp_json::to_protobuf(TWO).unwrap()).unwrap();
    output.finish().unwrap();
    path
}

fn read(path: &Path) -> Vec<Vec<u8>> {
    Input::open(path).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Guarantees: each form gives back the spans that were written, in order;
/// only JSON lines keep where one batch ends and the next begins.
#[test]
fn each_form_gives_back_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let batches = [ONE, TWO].map(|json| otlp_json::to_protobuf(json).unwrap());
    assert_eq!(read(&write(folder.path(), "spans.jsonl")), batches);
    assert_eq!(read(&write(folder.path(), "spans.json")), [batches.concat()]);
    assert_eq!(read(&write(folder.path(), "spans.binpb")), [batches.concat()]);
}

#[test]
fn a_json_file_may_hold_several_objects() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spans.json");
    std::fs::write(&path, format!("{ONE}\n{TWO}\n")).unwrap();
    assert_eq!(read(&path).len(), 2);
}

#[test]
fn errors_give_the_line_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spans.jsonl");
    std::fs::write(&path, format!("{ONE}\n\n{{\"resourceSpans\":7}}\n")).unwrap();
    let last = Input::open(&path).unwrap().last().unwrap();
    assert_eq!(last.unwrap_err().to_string(), "line 3, column 18: expected a sequence");
}

#[test]
fn refuses_an_ending_it_does_not_know() {
    let error = Input::open(Path::new("spans.txt")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected a file that ends in `.json`, `.jsonl` or `.binpb`, or `-`"
    );
}
