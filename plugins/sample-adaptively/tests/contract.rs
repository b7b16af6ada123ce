//! What the plugin says of itself, before and after it has read its rules.

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
    assert_eq!(counters, ["spans_kept", "spans_dropped"]);
}

/// Guarantees: a rule that keeps all is protected with its conditions, one that keeps less is not; a
/// swap that changes a condition or takes the rule away is warned of.
#[test]
fn rules_that_keep_all_are_protected() {
    let base = include_str!("../../../rules/sample-adaptively/base.yaml");
    let none = "no rule drops what others keep";
    let protects = [
        "rule failed keeps 100%: status error",
        "rule gap keeps 100%: gap_detected true",
        "rule slow keeps 100%: longer than 5s",
        none,
    ];
    assert_eq!(protected(base), protects);
    let shorter = protected(&base.replace("5s", "1500ms"));
    assert_eq!(shorter[2], "rule slow keeps 100%: longer than 1.5s");
    assert_eq!(protected(&base.replace("keep: 100%", "keep: 99%")), [none]);
    assert_eq!(protected(&base.replace("keep: 100%", "drop: true")), [""; 0]);
    let otherwise = protected(&base.replace("otherwise: 10%", "otherwise: 100%"));
    assert_eq!(otherwise[3..], ["otherwise keeps 100%", none]);
}

/// Scenario: each condition there is, values of each type, and sets of conditions, one of them twice.
/// Guarantees: each set stands once, in words that no other conditions have, in whatever order they are
/// written.
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
        "rule any keeps 100%: a z, x * or 1 or 1.5 or true, service.name of the resource mes",
        "rule any keeps 100%: longer than 1s, status error, kind server, name a* or b",
        "rule any keeps 100%: status ok",
        "rule any keeps 100%: status unset",
        "no rule drops what others keep",
    ];
    assert_eq!(protected(rules), all);
}
