//! What holds for batches without what protobuf overrides.

use opentelemetry_proto::tonic::trace::v1::TracesData;
use prost::Message;
use spans::{Sight, Viewer};

use crate::wire::{Kind, Role, role, split};

pub fn hold(bytes: &[u8]) {
    let decodes = spans::validate(bytes).is_ok();
    match spans::settle(bytes) {
        Ok(None) => assert!(!has_overridden(Kind::TracesData, &[bytes], 0)),
        Ok(Some(settled)) => {
            assert!(has_overridden(Kind::TracesData, &[bytes], 0));
            assert!(!has_overridden(Kind::TracesData, &[&settled], 0));
            assert_eq!(spans::settle(&settled), Ok(None));
            means_the_same(bytes, &settled);
        }
        Err(malformed) => assert!(!decodes || holds_library_spans(bytes), "{malformed}"),
    }
}

fn means_the_same(bytes: &[u8], settled: &[u8]) {
    let viewer = Viewer::new(&Sight::Everything).expect("a sight");
    let view = |bytes| viewer.view(bytes, 0..usize::MAX, 0).expect("it was validated");
    assert_eq!(view(bytes), view(settled));
    if let Ok(traces) = TracesData::decode(bytes) {
        let settled = TracesData::decode(settled).expect("it means the same");
        // Encoded, so that NaN equals NaN.
        assert_eq!(settled.encode_to_vec(), traces.encode_to_vec());
    }
}

/// Whether a field that may stand once stands several times, plainly.
fn has_overridden(kind: Kind, contents: &[&[u8]], depth: usize) -> bool {
    let mut once = Vec::new();
    contents.iter().flat_map(|content| split(content)).any(|field| {
        let role = role(kind, field.number);
        if role != Role::Unknown && !is_repeated(kind, field.number) {
            let name = if kind == Kind::AnyValue { 0 } else { field.number };
            if once.contains(&name) {
                return true;
            }
            once.push(name);
        }
        let Role::Message(below) = role else { return false };
        let depth = depth + usize::from(matches!(below, Kind::Array | Kind::Map));
        depth <= 32 && has_overridden(below, &[field.content], depth)
    })
}

fn is_repeated(kind: Kind, number: u64) -> bool {
    match kind {
        Kind::TracesData | Kind::Array | Kind::Map => number == 1,
        Kind::ResourceSpans | Kind::ScopeSpans => number == 2,
        Kind::Resource => number == 1 || number == 3,
        Kind::EntityRef => number > 2,
        Kind::Scope | Kind::Event => number == 3,
        Kind::Span => [9, 11, 13].contains(&number),
        Kind::Link => number == 4,
        _ => false,
    }
}

/// Field 1000 of a `ResourceSpans`, as bytes.
fn holds_library_spans(bytes: &[u8]) -> bool {
    let resources = split(bytes).into_iter().filter(|field| field.number == 1);
    resources.flat_map(|field| split(field.content)).any(|field| field.number == 1000)
}
