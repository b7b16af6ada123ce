//! Spans in files of every form.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is not as it was made")]

use std::path::{Path, PathBuf};

use otlp_json::{Form, Input, Output};

const ONE: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"one"}]}]}]}"#;
const TWO: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"two"}]}]}]}"#;

fn write(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    let file = std::fs::File::create(&path).unwrap();
    let mut output = Output::new(Form::of(&path).unwrap(), file);
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
    assert_eq!(last.unwrap_err().to_string(), "line 3, column 18: found a number; expected a list");
}

#[test]
fn refuses_an_ending_it_does_not_know() {
    let error = Input::open(Path::new("spans.txt")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "found another ending; expected a file that ends in `.json`, `.jsonl` or `.binpb`, or `-`"
    );
}

fn read_text(name: &str, text: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    Input::open(&path).unwrap().collect::<Result<_, _>>().map_err(|error| error.to_string())
}

/// Scenario: a Collector's exporter had nothing to write, or wrote batches without spans.
/// Guarantees: lines and files of such objects are read as batches; a file that should hold an
/// object and does not is refused.
#[test]
fn nothing_is_told_from_a_batch_without_spans() {
    for (name, text, batches) in [
        ("a.jsonl", "", Some(0)),
        ("a.jsonl", "\n \r\n", Some(0)),
        ("a.jsonl", "{}\n{\"resourceSpans\":[]}\n{\"resourceSpans\":null}\n", Some(3)),
        ("a.json", "{}", Some(1)),
        ("a.json", "{}{}", Some(2)),
        ("a.json", "", None),
        ("a.json", " \n", None),
    ] {
        let read = read_text(name, text.as_bytes());
        match batches {
            Some(count) => assert_eq!(read, Ok(vec![Vec::new(); count]), "{name} {text:?}"),
            None => assert_eq!(
                read.unwrap_err(),
                "line 1, column 1: found nothing; expected an object with `resourceSpans`"
            ),
        }
    }
}

/// Scenario: a program wrote U+FEFF before the text, as some do on Windows.
/// Guarantees: it is left out where an object follows, and is not itself a batch.
#[test]
fn a_mark_before_the_text_is_left_out() {
    let batch = otlp_json::to_protobuf(ONE).unwrap();
    let marked = format!("\u{feff}{ONE}\r\n");
    assert_eq!(read_text("a.json", marked.as_bytes()), Ok(vec![batch.clone()]));
    assert_eq!(read_text("a.jsonl", marked.as_bytes()), Ok(vec![batch]));
    assert!(read_text("a.json", "\u{feff}".as_bytes()).is_err());
    assert!(read_text("a.jsonl", "\u{feff}".as_bytes()).is_err());
    assert!(read_text("a.json", &[0xff, 0xfe, b'{', 0, b'}', 0]).is_err());
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_place() {
    let lines = [ONE.as_bytes(), b"\n{\"resourceSpans\":[],\"a\":\"\xff\"}\n"].concat();
    assert_eq!(
        read_text("a.jsonl", &lines).unwrap_err(),
        "line 2, column 26: found bytes that are not UTF-8; expected text"
    );
}

/// Scenario: a file of two objects and something after them.
/// Guarantees: what follows is told, and never taken for more spans.
#[test]
fn what_follows_an_object_is_an_object_or_refused() {
    for rest in ["}", "]", ",", "[]", "[][]", "1", "null", "\"x\"", "#", "{} x"] {
        let error = read_text("a.json", format!("{ONE}{rest}").as_bytes()).unwrap_err();
        assert!(error.starts_with("line 1, column "), "{rest}: {error}");
        assert!(error.contains(": found "), "{rest}: {error}");
        assert!(read_text("a.jsonl", format!("{ONE}{rest}").as_bytes()).is_err(), "{rest}");
    }
}
