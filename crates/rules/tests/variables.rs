//! Variables inside a text of rules.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is not as it was made")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use proptest::prelude::*;
use rules::{
    Document, Filled, Problem, Variable, escaped, fill, fill_from, stand_ins, variables_of,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Corpus {
    environment: BTreeMap<String, String>,
    filled: Vec<Written>,
    refused: Vec<Refused>,
    rules: String,
    quoted: Vec<Quoted>,
}

#[derive(Deserialize)]
struct Written {
    written: String,
    text: String,
}

#[derive(Deserialize)]
struct Refused {
    written: String,
    problems: Vec<Wrong>,
}

#[derive(Deserialize)]
struct Wrong {
    line: u32,
    problem: String,
}

#[derive(Deserialize)]
struct Quoted {
    line: u32,
    said: String,
    quoted: String,
}

fn corpus() -> Corpus {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/variables.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn filled_by(text: &str, environment: &BTreeMap<String, String>) -> Result<Filled, Vec<String>> {
    let variable = |name: &str| environment.get(name).map(OsString::from);
    let lines = |problems: Vec<Problem>| problems.iter().map(ToString::to_string).collect();
    fill(&Document::new("r", text), &variable).map_err(lines)
}

/// Protects: the Collector's processor reads the same file, so that no rules mean one thing there and
/// another here.
#[test]
fn variables_mean_what_every_host_makes_of_them() {
    let Corpus { environment, filled, refused, rules, quoted } = corpus();
    for Written { written, text } in filled {
        let filled = filled_by(&written, &environment).map(|it| it.document.text);
        assert_eq!(filled.as_deref(), Ok(text.as_str()), "{written}");
    }
    for Refused { written, problems } in refused {
        let line = |it: &Wrong| format!("r:{}: {}", it.line, it.problem);
        let expected: Vec<_> = problems.iter().map(line).collect();
        assert_eq!(filled_by(&written, &environment).unwrap_err(), expected, "{written}");
    }
    let rules = filled_by(&rules, &environment).unwrap();
    for Quoted { line, said, quoted } in quoted {
        assert_eq!(rules.text_as_written(&said, line), quoted);
        let (document, path) = ("r".to_owned(), said.clone());
        let problem = Problem { document, line, path, found: said, expected: String::new() };
        let other = Problem { document: "another".into(), ..problem.clone() };
        assert_eq!(rules.as_written(other.clone()), other);
        let expected = Problem { path: quoted.clone(), found: quoted, ..problem.clone() };
        assert_eq!(rules.as_written(problem), expected);
    }
}

#[test]
fn a_variable_that_is_no_text_is_refused() {
    let bytes = |_: &str| Some(OsString::from_vec(vec![0xff]));
    let problems = fill(&Document::new("r", "\n${env:BYTES}"), &bytes).unwrap_err();
    assert_eq!(
        problems[0].to_string(),
        "r:2: found `${env:BYTES}`, which holds bytes that are no text; expected a variable that holds text"
    );
}

/// Protects: a host that may not read a variable says so, and a default is taken as of one that is not set.
#[test]
fn a_variable_that_is_not_read_says_why() {
    let unread = |_: &str| Variable::Unread(", which nobody read", "one that is");
    let document = Document::new("r", "a: ${env:A}\nb: ${env:B:-b}\n");
    let problems = fill_from(&document, &unread).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(
        problems[0].to_string(),
        "r:1: found `${env:A}`, which nobody read; expected one that is, or a default, as in `${env:A:-default}`"
    );
}

#[test]
fn a_printed_tree_shows_references() {
    let text = "a: [${env:NONE}, '${env:NONE:-x y}']\n${env:KEY}: \"$${env:A} ꀀ\"\n";
    let (documents, marks) = stand_ins(&[Document::new("r", text)]);
    let printed = rules::print(&rules::load(&documents).unwrap());
    let expected = "a:\n  - ${env:NONE}\n  - ${env:NONE:-x y}\n${env:KEY}: '${env:A} ꀀ'\n";
    assert_eq!(marks.restored(&printed), expected);
    assert_eq!(variables_of(&Document::new("r", text)), ["NONE", "NONE", "KEY"]);
}

fn pieces() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec!["$", "${env:", "}", "{", "A", ":-", "\n", "#", " ", "`", "${env:STAGE}", "${env:NONE:-d}", "$${env:STAGE}"]).prop_map(str::to_owned),
        1 => "\\PC{0,3}",
    ]
}

proptest! {
    /// Guarantees: a line stays in its place, and where there is no reference all stays as it was.
    #[test]
    fn lines_stay(pieces in prop::collection::vec(pieces(), 0..20)) {
        let text = pieces.concat();
        let environment = BTreeMap::from([("STAGE".to_owned(), "production".to_owned())]);
        if let Ok(filled) = filled_by(&text, &environment) {
            let filled = filled.document.text;
            prop_assert_eq!(filled.matches('\n').count(), text.matches('\n').count());
            if !text.contains("${env:") {
                prop_assert_eq!(filled, text);
            }
        }
    }

    /// Guarantees: an escaped text comes out as it was, whatever it holds.
    #[test]
    fn an_escaped_text_comes_out_as_it_was(pieces in prop::collection::vec(pieces(), 0..20)) {
        let text = pieces.concat();
        let filled = filled_by(&escaped(&text), &BTreeMap::new());
        prop_assert_eq!(filled.map(|it| it.document.text), Ok(text));
    }

    /// Guarantees: no message holds a value of four characters or more, whatever stands around it.
    #[test]
    fn no_message_holds_a_value(value in "[a-c$`{}…:]{4,9}", around in "[a-c`…]{0,6}", line in 0u32..3) {
        let document = Document::new("r", "a: ${env:V}\n");
        let rules = fill(&document, &|_| Some(value.clone().into())).unwrap();
        let found = format!("{around}{value}{around}");
        let said = rules.text_as_written(&found, line).replace("${env:V}", "\u{0}");
        prop_assert!(!said.contains(&value), "{}", said);
    }
}
