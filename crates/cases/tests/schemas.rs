//! The schemas of the built plugins, read by a validator of somebody else's: editors underline what the
//! plugins refuse, and nothing that they take.
//!
//! It stands here and not beside the command line because the validator would have all of wasmtime
//! built a second time, with other features of one of its libraries.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where something is not as it was made"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cases::Case;
use jsonschema::Validator;
use serde_json::Value;

const PLUGINS: [&str; 4] =
    ["enrich-order-status", "hash-operator-id", "redact-pii", "sample-adaptively"];

/// Wrong rules that a schema cannot tell from right ones, and why.
const BEYOND_SCHEMAS: [(&str, &str); 8] = [
    ("enrich-order-status/refuses-a-status-that-no-order-can-reach", "it is a path in a graph"),
    (
        "enrich-order-status/refuses-limits-that-do-not-fit-the-memory",
        "the host says how much it is",
    ),
    ("enrich-order-status/refuses-rules-that-contradict-themselves", "names refer to others"),
    ("hash-operator-id/refuses-a-missing-secret", "the secret is not in the rules"),
    ("hash-operator-id/refuses-a-short-secret", "the secret is not in the rules"),
    ("redact-pii/refuses-a-mask-that-a-detector-finds", "detectors search, and it only matches"),
    ("redact-pii/refuses-rules-that-mask-nothing", "one of two maps has something in it"),
    ("sample-adaptively/refuses-a-rule-that-neither-keeps-nor-drops", "one of two keys is there"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// That of a schema that the build wrote.
fn validator(name: &str) -> Validator {
    let path = root().join("dist/schemas").join(name);
    let schema = std::fs::read(&path).expect("`make build` writes the schemas to dist/schemas");
    let schema: Value = serde_json::from_slice(&schema).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

fn errors(validator: &Validator, rules: &Value) -> Vec<String> {
    let line =
        |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
    validator.iter_errors(rules).map(line).collect()
}

/// Guarantees: each ready rules file fits the schema that its first line names, and is named by it.
#[test]
fn ready_rules_fit_the_schema_that_they_name() {
    let mut count = 0;
    for plugin in PLUGINS {
        let whole = validator(&format!("{plugin}.json"));
        let overlay = validator(&format!("{plugin}.overlay.json"));
        for file in root().join("rules").join(plugin).read_dir().unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let first = text.lines().next().unwrap();
            let named = first.strip_prefix("# yaml-language-server: $schema=../../dist/schemas/");
            let schema = match named.and_then(|name| name.strip_prefix(plugin)) {
                Some(".json") => &whole,
                Some(".overlay.json") => &overlay,
                _ => panic!("{}: {first}", path.display()),
            };
            assert_eq!(errors(schema, &yaml(&text)), [""; 0], "{}", path.display());
            count += 1;
        }
    }
    assert!(count >= 6);
}

/// Guarantees: what a plugin refuses in a case, an editor underlines, but for what no schema can tell;
/// what it takes, merged, fits.
#[test]
fn the_rules_of_cases_fit_or_not_as_the_plugins_say() {
    let mut beyond = BTreeSet::new();
    for plugin in PLUGINS {
        let validator = validator(&format!("{plugin}.json"));
        for folder in cases::find(&root().join("plugins").join(plugin)).unwrap() {
            let case = Case::load(&folder).unwrap();
            let documents: Vec<_> = case
                .documents
                .iter()
                .map(|document| rules::Document::new(&document.name, &document.text))
                .collect();
            // What is no YAML has no values.
            let Ok(merged) = rules::load(&documents) else { continue };
            let errors = errors(&validator, &yaml(&rules::print(&merged)));
            let name = format!("{plugin}/{}", case.name);
            match (folder.join("error.txt").is_file(), errors.is_empty()) {
                (false, _) => assert_eq!(errors, [""; 0], "{name}"),
                (true, true) => _ = beyond.insert(name),
                (true, false) => {}
            }
        }
    }
    let expected: BTreeSet<_> = BEYOND_SCHEMAS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(beyond, expected);
}
