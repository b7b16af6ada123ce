//! Spans of a real system, with the sights of the four plugins.

use std::path::Path;

use spans::{Carriers, Fields, Parts, Selector, Sight};

use crate::corpus::{Case, keys};

pub fn cases() -> Vec<Case> {
    [
        (
            "order-lifecycle",
            22..24,
            [
                "redaction-of-an-order",
                "sampling-of-an-order",
                "enrichment-of-an-order",
                "hashing-of-an-order",
            ],
        ),
        (
            "exception",
            11..13,
            [
                "redaction-of-a-failure",
                "sampling-of-a-failure",
                "enrichment-of-a-failure",
                "hashing-of-a-failure",
            ],
        ),
        (
            "partner-order",
            2..4,
            [
                "redaction-of-a-partner",
                "sampling-of-a-partner",
                "enrichment-of-a-partner",
                "hashing-of-a-partner",
            ],
        ),
    ]
    .into_iter()
    .flat_map(|(recording, lines, names)| {
        let traces = requests(recording, lines);
        names.into_iter().zip(sights()).map(move |(name, (about, sight))| Case {
            name,
            about,
            sight,
            traces: traces.clone(),
            units: None,
            limit: None,
        })
    })
    .collect()
}

/// What each plugin reads with its base rules.
fn sights() -> [(&'static str, Sight); 4] {
    let selector = |carriers, keys: &[&str]| Selector {
        carriers,
        keys: keys.iter().map(|it| (*it).to_owned()).collect(),
    };
    let sampling = Parts {
        fields: Fields::TRACE_ID | Fields::TRACE_STATE | Fields::SPAN_TIMES | Fields::STATUS_CODE,
        keys: vec![
            selector(Carriers::SPAN, &["gap_detected", "db.query.text", "db.statement"]),
            selector(Carriers::RESOURCE, &["service.name"]),
        ],
    };
    let enrichment = Parts {
        fields: Fields::TRACE_ID
            | Fields::SPAN_ID
            | Fields::PARENT_SPAN_ID
            | Fields::SPAN_TIMES
            | Fields::SPAN_NAME
            | Fields::SPAN_KIND
            | Fields::STATUS_CODE
            | Fields::LINKS,
        keys: vec![selector(
            Carriers::SPAN,
            &[
                "order_id",
                "new_status",
                "prev_status",
                "event_version",
                "partner_id",
                "message_id",
                "messaging.message.id",
                "messaging.message_id",
                "messaging.operation",
                "messaging.operation.type",
            ],
        )],
    };
    [
        ("What redaction sees of recorded spans.", Sight::Texts),
        ("What sampling sees of recorded spans.", Sight::Parts(sampling)),
        ("What enrichment sees of recorded spans.", Sight::Parts(enrichment)),
        ("What hashing sees of recorded spans.", keys(Carriers::all(), &["operator_id"])),
    ]
}

/// Some requests of a recording as one batch.
fn requests(recording: &str, lines: std::ops::Range<usize>) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/recordings");
    let path = folder.join(recording).join("spans.jsonl");
    let text = std::fs::read_to_string(&path).expect("a recording");
    let lines = text.lines().skip(lines.start).take(lines.len());
    // Batches one after another are one batch.
    lines.flat_map(|line| otlp_json::to_protobuf(line).expect("a request")).collect()
}
