//! `crates/spans` on recorded spans, beside prost, which decodes and encodes all of it. Fields stand
//! in the order of most encoders, then in the Collector's.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lapidary_benches::{Batch, Order, recorded_batch};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::{Span, TracesData};
use prost::Message;
use spans::{
    Carrier, Carriers, Editor, Edits, Keep, NewValue, Part, Parts, Place, Rewritten, Selector,
    SetKey, Sight, TextEditor, Treatment, Unknown, Unsearchable, Verdict, Viewer, Writes,
};

fn benches(criterion: &mut Criterion) {
    for order in Order::ALL {
        let batch = recorded_batch(order);
        ours(criterion, &order.group("spans"), &batch);
        theirs(criterion, &order.group("prost"), &batch);
    }
}

fn ours(criterion: &mut Criterion, name: &str, batch: &Batch) {
    let traces = &batch.traces[..];
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(batch.spans));
    group.bench_function("read", |bencher| bencher.iter(|| read(black_box(traces))));
    group.bench_function("read_one_attribute", |bencher| {
        bencher.iter(|| read_one_attribute(black_box(traces)));
    });
    let whole = Viewer::new(&Sight::Everything).unwrap();
    group.bench_function("view_everything", |bencher| {
        bencher.iter(|| whole.view(black_box(traces), 0..usize::MAX, 0).unwrap());
    });
    group.bench_function("view_one_key", |bencher| {
        let keys = vec![Selector { carriers: Carriers::SPAN, keys: vec!["order_id".into()] }];
        let one = Viewer::new(&Sight::Parts(Parts { keys, ..Parts::default() })).unwrap();
        bencher.iter(|| one.view(black_box(traces), 0..usize::MAX, 0).unwrap());
    });
    // Each takes a view, answers to it and carries the answer out, as a host and a plugin do.
    group.bench_function("drop_nine_of_ten", |bencher| {
        let contract =
            Contract::new(&["order_id"], Writes { drops_spans: true, ..Writes::default() });
        bencher.iter(|| contract.through(black_box(traces), drop_nine_of_ten));
    });
    group.bench_function("set_attribute_on_all", |bencher| {
        let status = SetKey { carriers: Carriers::SPAN, key: "order_status".into() };
        let writes = Writes { sets: vec![status], ..Writes::default() };
        let contract = Contract::new(&["order_status"], writes);
        bencher.iter(|| contract.through(black_box(traces), set_attribute_on_all));
    });
    group.bench_function("edit_texts_unchanged", |bencher| {
        bencher
            .iter(|| spans::edit_texts(black_box(traces), Unknown::Keep, &mut Length(0)).unwrap());
    });
    group.bench_function("validate", |bencher| {
        bencher.iter(|| spans::validate(black_box(traces)).unwrap());
    });
    group.finish();
}

fn theirs(criterion: &mut Criterion, name: &str, batch: &Batch) {
    let traces = &batch.traces[..];
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(batch.spans));
    group.bench_function("decode", |bencher| {
        bencher.iter(|| TracesData::decode(black_box(traces)).unwrap());
    });
    group.bench_function("decode_and_encode", |bencher| {
        bencher.iter(|| TracesData::decode(black_box(traces)).unwrap().encode_to_vec());
    });
    group.bench_function("decode_drop_nine_of_ten_encode", |bencher| {
        bencher.iter(|| prost_drop_nine_of_ten(black_box(traces)));
    });
    group.bench_function("decode_set_attribute_on_all_encode", |bencher| {
        bencher.iter(|| prost_set_attribute_on_all(black_box(traces)));
    });
    group.finish();
}

fn read(traces: &[u8]) -> u64 {
    let mut sum = 0u64;
    spans::read(traces, |_, span| {
        sum = sum.wrapping_add(span.duration_nanos().unwrap_or(0));
        Ok(())
    })
    .unwrap();
    sum
}

fn read_one_attribute(traces: &[u8]) -> usize {
    let mut found = 0;
    spans::read(traces, |_, span| {
        found += usize::from(span.attributes().get("order_id")?.is_some());
        Ok(())
    })
    .unwrap();
    found
}

/// What a plugin reads and writes.
struct Contract {
    writes: Writes,
    viewer: Viewer,
    editor: Editor,
}

impl Contract {
    /// It reads these keys of spans.
    fn new(keys: &[&str], writes: Writes) -> Self {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        let keys = vec![Selector { carriers: Carriers::SPAN, keys }];
        let sight = Sight::Parts(Parts { keys, ..Parts::default() });
        let viewer = Viewer::new(&sight).unwrap();
        let editor = Editor::new(&sight, &writes).unwrap();
        Contract { writes, viewer, editor }
    }

    fn through(&self, traces: &[u8], plugin: impl Fn(&[u8], &Writes) -> Edits) -> Rewritten {
        let view = self.viewer.view(traces, 0..usize::MAX, 0).unwrap();
        let edits = plugin(&view.bytes, &self.writes);
        self.editor.check(traces, view.units.clone(), &edits.bytes).unwrap();
        let part = Part { units: view.units, verdict: Verdict::Edit(&edits.bytes) };
        self.editor.apply(traces, &[part]).unwrap()
    }
}

fn drop_nine_of_ten(view: &[u8], writes: &Writes) -> Edits {
    spans::edit(view, writes, |index, _| Ok(if index % 10 == 9 { Keep::Yes } else { Keep::No }))
        .unwrap()
}

fn set_attribute_on_all(view: &[u8], writes: &Writes) -> Edits {
    spans::edit(view, writes, |_, edit| {
        edit.set_attribute("order_status", NewValue::Text("MANUFACTURING_STARTED"))?;
        Ok(Keep::Yes)
    })
    .unwrap()
}

/// Looks at every text and changes none.
struct Length(usize);

impl TextEditor for Length {
    fn entry(&mut self, _: Carrier, _: &[&[u8]]) -> Treatment {
        Treatment::Search
    }
    fn text(&mut self, _: Place<'_>, text: &[u8]) -> Option<String> {
        self.0 += text.len();
        None
    }
    fn unsearchable(&mut self, _: Place<'_>, _: Unsearchable) -> Option<String> {
        None
    }
}

fn prost_drop_nine_of_ten(traces: &[u8]) -> Vec<u8> {
    let mut traces = TracesData::decode(traces).unwrap();
    let mut index = 0;
    traces.resource_spans.retain_mut(|resource_spans| {
        resource_spans.scope_spans.retain_mut(|scope_spans| {
            scope_spans.spans.retain(|_| {
                index += 1;
                index % 10 == 0
            });
            !scope_spans.spans.is_empty()
        });
        !resource_spans.scope_spans.is_empty()
    });
    traces.encode_to_vec()
}

fn prost_set_attribute_on_all(traces: &[u8]) -> Vec<u8> {
    let mut traces = TracesData::decode(traces).unwrap();
    let scopes = traces.resource_spans.iter_mut().flat_map(|it| &mut it.scope_spans);
    scopes.flat_map(|it| &mut it.spans).for_each(|span: &mut Span| {
        let value = Value::StringValue("MANUFACTURING_STARTED".into());
        let value = Some(AnyValue { value: Some(value) });
        match span.attributes.iter_mut().find(|known| known.key == "order_status") {
            Some(known) => known.value = value,
            None => span.attributes.push(KeyValue {
                key: "order_status".into(),
                value,
                ..KeyValue::default()
            }),
        }
    });
    traces.encode_to_vec()
}

criterion_group!(all, benches);
criterion_main!(all);
