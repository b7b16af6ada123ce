//! The recorded runs, through the ready rules.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use enrich_order_status::enrich::Enricher;
use enrich_order_status::life::lifecycle::Step;
use opentelemetry_proto::tonic::trace::v1::Span;
use support::{get, rules, spans};

const FAILED: i32 = 2;

struct Run {
    name: String,
    /// What came out, in the order of arrival.
    spans: Vec<Span>,
    /// Changes of status, with how often each was counted.
    transitions: BTreeMap<(String, String), u64>,
    gaps: BTreeMap<(String, String), u64>,
    /// Names and sums of the other counters.
    counters: BTreeMap<String, u64>,
    /// All that is remembered at the end.
    state: Vec<u8>,
}

fn runs() -> Vec<Run> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/recordings");
    let entries = std::fs::read_dir(&folder).expect("the recordings are there");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the folder can be read").path().join("spans.jsonl"))
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files.iter().map(|file| play(file)).collect()
}

fn play(file: &Path) -> Run {
    let name = file.parent().and_then(Path::file_name).expect("it stands in a folder");
    let mut run = Run {
        name: name.to_string_lossy().into_owned(),
        spans: Vec::new(),
        transitions: BTreeMap::new(),
        gaps: BTreeMap::new(),
        counters: BTreeMap::new(),
        state: Vec::new(),
    };
    let mut enricher = Enricher::new(rules(&[]));
    for line in std::fs::read_to_string(file).expect("the recording can be read").lines() {
        let batch = otlp_json::to_protobuf(line).expect("the recording is OTLP JSON");
        let (rewritten, counts) = support::enriched(&mut enricher, &batch);
        run.spans.extend(match rewritten.output {
            ::spans::Output::Replaced(batch) => spans(&batch),
            _ => spans(&batch),
        });
        counts.report(&enricher.rules().lifecycle, |name, labels, count| {
            let sums = match (name, labels) {
                ("transitions", [(_, from), (_, to)]) => {
                    run.transitions.entry((from.to_string(), to.to_string())).or_default()
                }
                ("gaps_detected", [(_, from), (_, to)]) => {
                    run.gaps.entry((from.to_string(), to.to_string())).or_default()
                }
                _ => run.counters.entry(name.into()).or_default(),
            };
            *sums += count;
        });
    }
    run.state = support::bytes_of(&enricher.entries());
    run
}

/// Guarantees: no entry holds personal data that was sent, of any kind and in any form.
#[test]
fn no_entry_holds_a_planted_value() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/recordings");
    let planted = std::fs::read_to_string(folder.join("planted.json")).expect("it is there");
    let planted: Vec<serde_json::Value> = serde_json::from_str(&planted).expect("a list");
    assert!(planted.len() > 50);
    for run in runs() {
        assert!(run.state.len() > 1000, "{}", run.name);
        let state = String::from_utf8_lossy(&run.state).into_owned();
        for value in planted.iter().filter_map(|it| it["value"].as_str()) {
            assert!(!state.contains(value), "{}: {value}", run.name);
        }
    }
}

/// Guarantees: in a run from `INITIATED` to `CLOSED` every step is seen once, with its stage, and
/// the stages add up to the time from the first to the last.
#[test]
fn a_whole_life_has_every_stage() {
    let runs = runs();
    let run = runs.iter().find(|run| run.name == "order-lifecycle").expect("it was recorded");
    let statuses = statuses();
    let mut expected = BTreeMap::from([((String::new(), statuses[0].clone()), 1)]);
    expected.extend(statuses.windows(2).map(|pair| ((pair[0].clone(), pair[1].clone()), 1)));
    assert_eq!(run.transitions, expected);
    assert_eq!(run.gaps, BTreeMap::new());

    let ends = |status: &str| {
        let mut spans = run.spans.iter().filter(|span| get(span, "new_status") == status);
        spans.next().expect("the run has it").end_time_unix_nano
    };
    let life = (ends("CLOSED") - ends("INITIATED")) as f64 / 1e9;
    let stages: f64 =
        run.spans.iter().filter_map(|span| get(span, "stage_duration").parse::<f64>().ok()).sum();
    assert!((life - stages).abs() < 1e-6, "{life} s of life, {stages} s of stages");
}

/// Guarantees: each span that names an order has the order's status once there is one, and a
/// transition starts in the status that it says it comes from.
#[test]
fn every_span_of_an_order_has_its_status() {
    for run in runs() {
        let mut begun: BTreeMap<String, u64> = BTreeMap::new();
        for span in &run.spans {
            let order = get(span, "order_id");
            if order.is_empty() {
                continue;
            }
            let is_transition = !get(span, "new_status").is_empty() && status_code(span) != FAILED;
            if is_transition {
                let begin = begun.entry(order.clone()).or_insert(u64::MAX);
                *begin = span.end_time_unix_nano.min(*begin);
            }
            let status = get(span, "order_status");
            if begun.get(&order).is_some_and(|begin| *begin <= span.start_time_unix_nano) {
                assert_ne!(status, "", "{}: {}", run.name, span.name);
            }
            if is_transition {
                assert_eq!(status, get(span, "prev_status"), "{}: {}", run.name, span.name);
            }
        }
    }
}

/// Guarantees: each message of which both ends were recorded has its time in the queue on exactly
/// one of them; each redelivery at most once more.
#[test]
fn every_message_has_its_time_in_the_queue_once() {
    for run in runs() {
        let mut ends: BTreeMap<String, (BTreeSet<String>, usize)> = BTreeMap::new();
        for span in &run.spans {
            let message = get(span, "message_id");
            if !message.is_empty() && span.name.starts_with("mq.") {
                let (names, times) = ends.entry(message).or_default();
                names.insert(span.name.clone());
                *times += usize::from(!get(span, "publish_to_consume_latency").is_empty());
            }
        }
        let joined: Vec<usize> =
            ends.values().filter(|(names, _)| names.len() == 2).map(|(_, times)| *times).collect();
        assert!(!joined.is_empty(), "{}", run.name);
        let redelivered = run.spans.iter().filter(|span| {
            span.name == "mq.consume.status" && !matches!(&*get(span, "retry_count"), "" | "0")
        });
        // A delivery of its own has its own time, if it comes after the publish.
        let times = joined.iter().sum::<usize>();
        let most = joined.len() + redelivered.count();
        assert!((joined.len()..=most).contains(&times), "{}: {times} of {most}", run.name);
    }
}

/// Guarantees: a gap is on the transition that skipped `PACKAGING`, and on no other.
#[test]
fn only_the_skipped_packaging_is_a_gap() {
    for run in runs() {
        let gaps: Vec<&Span> =
            run.spans.iter().filter(|span| get(span, "gap_detected") == "true").collect();
        if run.name != "skipped-packaging" {
            assert!(gaps.is_empty() && run.gaps.is_empty(), "{}", run.name);
            continue;
        }
        assert_eq!(gaps.len(), 1);
        assert_eq!(gaps[0].name, "mes.shipped");
        assert_eq!(get(gaps[0], "prev_status"), "MANUFACTURING_COMPLETED");
        let last = get(gaps[0], "last_successful_operation");
        assert!(last.starts_with("mq.") || last == "mes.manufacturing.complete", "{last}");
    }
}

/// Guarantees: nothing of a recording is refused as an id, and no status is unlisted.
#[test]
fn the_ready_rules_fit_the_recordings() {
    for run in runs() {
        for name in ["ids_unfit", "statuses_unlisted", "evicted", "transitions_stale"] {
            assert_eq!(run.counters.get(name), None, "{}", run.name);
        }
    }
}

/// The statuses, each before the one that follows it.
fn statuses() -> Vec<String> {
    let lifecycle = rules(&[]).lifecycle;
    let mut statuses = vec!["INITIATED".to_owned()];
    while let Some(next) = lifecycle.names().iter().find(|name| {
        let last = lifecycle.status(&statuses[statuses.len() - 1]);
        lifecycle.step(last, lifecycle.status(name)) == Step::Expected
    }) {
        statuses.push(next.clone());
    }
    statuses
}

fn status_code(span: &Span) -> i32 {
    span.status.as_ref().map_or(0, |status| status.code)
}
