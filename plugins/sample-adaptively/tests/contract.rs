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

/// Guarantees: a rule that keeps all is protected with its limit, one that keeps less is not; a swap
/// that raises the limit or takes the rule away is warned of.
#[test]
fn rules_that_keep_all_are_protected() {
    let base = include_str!("../../../rules/sample-adaptively/base.yaml");
    let protects =
        ["rule failed keeps 100%", "rule gap keeps 100%", "rule slow keeps 100%, longer than 5s"];
    assert_eq!(protected(base), protects);
    assert_eq!(
        protected(&base.replace("5s", "1500ms"))[2],
        "rule slow keeps 100%, longer than 1.5s"
    );
    assert_eq!(protected(&base.replace("keep: 100%", "keep: 99%")), [""; 0]);
    assert_eq!(protected(&base.replace("keep: 100%", "drop: true")), [""; 0]);
}

/// Scenario: a rule with three sets of conditions, of which two have no limit.
#[test]
fn a_text_stands_once() {
    let rules = "\
rules:
  any:
    match: [{ status: error }, { kind: server }, { longer_than: 1s }]
    keep: 100%
otherwise: 0%
";
    assert_eq!(protected(rules), ["rule any keeps 100%", "rule any keeps 100%, longer than 1s"]);
}
