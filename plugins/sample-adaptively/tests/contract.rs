//! What the plugin says of itself, before and after it has read its rules.

use std::collections::BTreeSet;

use plugin::{Changes, OnFailure, Plugin, RecordingHost};
use rules::Document;
use sample_adaptively::SampleAdaptively;

fn protected(rules: &str) -> Vec<String> {
    let rules = [Document::new("rules", rules)];
    let configured = SampleAdaptively::configure(&rules, &mut RecordingHost::default());
    configured.map(|plugin| plugin.configured().protects).expect("right rules")
}

#[test]
fn a_span_that_it_cannot_process_passes_and_nothing_but_tracestate_is_written() {
    let manifest = SampleAdaptively::manifest();
    assert_eq!(manifest.on_failure, OnFailure::Pass);
    assert_eq!(manifest.changes, Changes::DROPS_SPANS | Changes::WRITES_FIELDS);
    let counters: Vec<_> = manifest.counters.iter().map(|counter| counter.name.as_str()).collect();
    assert_eq!(counters, ["spans_kept", "spans_dropped", "spans_reported"]);
}

/// Guarantees: a rule that keeps all is protected with its conditions, one that keeps less is not; a
/// swap that changes a condition or takes the rule away is warned of.
#[test]
fn rules_that_keep_all_are_protected() {
    let base = include_str!("../../../rules/sample-adaptively/base.yaml");
    let none = "no rule drops what others keep";
    let protects = [
        "rule failed keeps 100%: status error",
        "rule gap keeps 100%: attribute gap_detected true",
        "rule slow keeps 100%: longer than 5s",
        none,
    ];
    assert_eq!(protected(base), protects);
    let shorter = protected(&base.replace("5s", "1500ms"));
    assert_eq!(shorter[2], "rule slow keeps 100%: longer than 1.5s");
    assert_eq!(protected(&base.replace("keep: 100%", "keep: 99%")), [none]);
    let otherwise = protected(&base.replace("otherwise: 10%", "otherwise: 100%"));
    assert_eq!(otherwise[3..], ["otherwise keeps 100%", none]);
}

/// Scenario: rules that drop, and then one more, or one that drops more, or another name or order.
/// Guarantees: what is dropped stands in one text, which changes whenever more is; names and order
/// mean nothing.
#[test]
fn whatever_drops_more_loses_what_was_protected() {
    let drops = |rules: &str| protected(&format!("rules: {{{rules}}}\notherwise: 10%\n"));
    let before = drops("health: { match: [{ name: /health }, { kind: client }], drop: true }");
    assert_eq!(before, ["no rule drops but: kind client; name \"/health\""]);
    for more in [
        "health: { match: [{ name: /health }, { kind: client }, { status: error }], drop: true }",
        "health: { match: [{ name: /health }, { kind: client }], drop: true }, \
         pay: { match: { attributes: { pay: '*' } }, drop: true }",
        "health: { match: [{ name: '/health*' }, { kind: client }], drop: true }",
    ] {
        assert_ne!(drops(more), before, "{more}");
    }
    let same =
        "a: { match: { kind: client }, drop: true }, b: { match: { name: [/health] }, drop: true }";
    assert_eq!(drops(same), before);
}

/// Scenario: all spans that no rule matches are kept; then a rule keeps fewer of some.
/// Guarantees: that this is more than before is seen.
#[test]
fn what_others_keep_less_of_is_no_longer_protected() {
    let rules = "rules: { sql: { match: { name: 'SELECT*' }, keep: 1% } }\notherwise: 100%\n";
    let protects =
        ["otherwise keeps 100%, less only of: name \"SELECT*\"", "no rule drops what others keep"];
    assert_eq!(protected(rules), protects);
}

/// Scenario: each condition there is, values of each type, and sets of conditions, one of them twice.
/// Guarantees: each set stands once, in whatever order it is written.
#[test]
fn conditions_stand_in_words() {
    let rules = "\
rules:
  any:
    match:
      - { status: error, kind: server, longer_than: 1s, name: [b, \"a*\"] }
      - { name: [\"a*\", b], longer_than: 1000ms, kind: server, status: error }
      - { attributes: { x: [1, 1.5, true, \"*\"], a: z }, resource: { service.name: mes } }
      - { status: ok }
      - { status: unset }
    keep: 100%
otherwise: 0%
";
    let all = [
        "rule any keeps 100%: attribute a \"z\", attribute x * or 1 or 1.5 or true, \
         resource attribute service.name \"mes\"",
        "rule any keeps 100%: longer than 1s, status error, kind server, name \"a*\" or \"b\"",
        "rule any keeps 100%: status ok",
        "rule any keeps 100%: status unset",
        "no rule drops what others keep",
    ];
    assert_eq!(protected(rules), all);
}

/// Scenario: pairs of conditions that match different spans and look alike.
/// Guarantees: no two have the same words.
#[test]
fn other_conditions_have_other_words() {
    let conditions = [
        "{ status: error }",
        "{ attributes: { status: error } }",
        "{ resource: { status: error } }",
        "{ kind: client }",
        "{ attributes: { kind: client } }",
        "{ name: a }",
        "{ attributes: { name: a } }",
        "{ attributes: { c: true } }",
        "{ attributes: { c: 'true' } }",
        "{ attributes: { c: 504 } }",
        "{ attributes: { c: '504' } }",
        "{ attributes: { c: '*' } }",
        "{ attributes: { c: '**' } }",
        "{ name: [a, b] }",
        "{ name: 'a or b' }",
        "{ name: 'a\" or \"b' }",
        "{ name: 'a, status error' }",
        "{ name: a, status: error }",
        "{ resource: { team: a } }",
        "{ attributes: { 'team of the resource': a } }",
        "{ attributes: { 'x \"1\", attribute y': '2' } }",
        "{ attributes: { x: '1', y: '2' } }",
    ];
    let words = |condition: &&str| {
        protected(&format!("rules: {{ r: {{ match: {condition}, keep: 100% }} }}\notherwise: 0%\n"))
    };
    let different: BTreeSet<_> = conditions.iter().map(words).collect();
    assert_eq!(different.len(), conditions.len(), "{different:#?}");
}
