//! What the README shows is right.

mod support;

use std::path::Path;

use enrich_order_status::settings::Rules;
use support::{BASE, document};

const README: &str = include_str!("../README.md");

/// Guarantees: every YAML in the README is right; one that begins as an overlay, over the base.
#[test]
fn the_yaml_in_the_readme_is_right() {
    let blocks: Vec<&str> = README
        .split("```yaml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().expect("split gives one at least"))
        .collect();
    assert_eq!(blocks.len(), 2);
    for block in blocks {
        let mut documents = vec![document("README.md", block)];
        if block.starts_with("# overlay") {
            documents.insert(0, document("base.yaml", BASE));
        }
        assert_eq!(Rules::read(&documents).map(|_| ()), Ok(()));
    }
}

/// Guarantees: the spans before and after in the README are those of a case.
#[test]
fn the_spans_in_the_readme_are_those_of_a_case() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/puts-what-the-readme-shows");
    let json = std::fs::read_to_string(case.join("expected.json")).expect("the case is there");
    let json: String = json.split_whitespace().collect();
    let mut pairs = 0;
    for row in README
        .lines()
        .filter(|line| line.starts_with("| `mes.shipped`") || line.starts_with("| `UPDATE"))
    {
        for pair in row.split('`').filter_map(|code| code.split_once(": ")) {
            let (key, value) = pair;
            let texts = [
                format!(r#"{{"stringValue":"{value}"}}"#),
                format!(r#"{{"doubleValue":{value}}}"#),
                format!(r#"{{"boolValue":{value}}}"#),
            ];
            let is_there =
                texts.iter().any(|text| json.contains(&format!(r#""key":"{key}","value":{text}"#)));
            assert!(is_there, "{key}: {value}");
            pairs += 1;
        }
    }
    assert_eq!(pairs, 12);
}

/// Guarantees: every case that the README names is there.
#[test]
fn the_cases_in_the_readme_are_there() {
    let names: Vec<&str> = README
        .lines()
        .filter(|line| line.starts_with("| "))
        .flat_map(|line| line.split('|').nth(3).unwrap_or_default().split('`').skip(1).step_by(2))
        .filter(|name| name.matches('-').count() > 2)
        .collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name);
        assert!(case.join("case.yaml").is_file(), "{name}");
    }
}

/// Guarantees: the defaults in the README's table are those of the settings.
#[test]
fn the_defaults_in_the_readme_are_right() {
    let minimal = "lifecycle: { first: [A], statuses: { A: {} } }\n\
                   read: { order_id: [id], new_status: [status] }\n";
    let rules = Rules::read(&[document("rules.yaml", minimal)]).expect("the rules are right");
    let limits = &rules.limits;
    for (setting, value) in [
        ("ids.max_bytes", rules.shape.max_bytes.to_string()),
        ("ids.characters", rules.shape.characters.clone()),
        ("limits.orders", limits.orders.to_string()),
        ("limits.transitions_per_order", limits.history.transitions.to_string()),
        ("limits.operations_per_order", limits.history.successes.to_string()),
        ("limits.publishes", limits.publishes.to_string()),
        ("limits.traces", limits.traces.to_string()),
    ] {
        assert!(README.contains(&format!("| `{setting}` | `{value}` |")), "{setting}: {value}");
    }
}

/// Guarantees: the base file writes the defaults out, so that reading it tells what happens.
#[test]
fn the_base_file_holds_the_defaults() {
    let base = support::rules(&[]);
    let minimal = "lifecycle: { first: [A], statuses: { A: {} } }\n\
                   read: { order_id: [id], new_status: [status] }\n";
    let rules = Rules::read(&[document("rules.yaml", minimal)]).expect("the rules are right");
    assert_eq!(base.limits, rules.limits);
    assert_eq!(base.shape, rules.shape);
    assert_eq!(base.write, rules.write);
}
