//! How long a view may be.

use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, TracesData};
use prost::Message;
use spans::{Sight, Viewer};

/// Scenario: views of spans of some hundred bytes, with a limit of so many bytes and of one less.
/// Guarantees: a view ends before the span that would make it longer than its limit.
#[test]
fn a_view_is_not_longer_than_its_limit() {
    let spans = vec![Span { name: "a".repeat(200), ..Span::default() }; 8];
    let schema_url = "https://opentelemetry.io/schemas/1.37.0".to_owned();
    let scope_spans =
        vec![ScopeSpans { spans, schema_url: schema_url.clone(), ..ScopeSpans::default() }];
    let resource_spans =
        vec![ResourceSpans { scope_spans, schema_url, ..ResourceSpans::default() }];
    let bytes = TracesData { resource_spans }.encode_to_vec();
    let viewer = Viewer::new(&Sight::Everything).expect("a view");
    for count in 2..8 {
        let length = viewer.view(&bytes, 0..count, 0).expect("a view").bytes.len();
        for (limit, expected) in [(length, count), (length - 1, count - 1)] {
            let view = viewer.view(&bytes, 0..usize::MAX, limit).expect("a view");
            assert_eq!(view.units, 0..expected, "{limit}");
        }
    }
}
