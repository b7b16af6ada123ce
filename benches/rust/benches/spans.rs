//! `crates/spans` on recorded spans, beside prost, which decodes and encodes all of it. Fields stand
//! in the order of most encoders, then in the Collector's.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lapidary_benches::{Batch, Order, recorded_batch};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::{Span, TracesData};
use prost::Message;
use spans::{Carrier, Keep, NewValue, Place, TextEditor, Treatment, Unknown, Unsearchable};

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
    group.bench_function("rewrite_unchanged", |bencher| {
        bencher.iter(|| spans::rewrite(black_box(traces), |_, _, _| Ok(Keep::Yes)).unwrap());
    });
    group.bench_function("drop_nine_of_ten", |bencher| {
        bencher.iter(|| drop_nine_of_ten(black_box(traces)));
    });
    group.bench_function("set_attribute_on_all", |bencher| {
        bencher.iter(|| set_attribute_on_all(black_box(traces)));
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

fn drop_nine_of_ten(traces: &[u8]) -> spans::Rewritten {
    let mut index = 0;
    spans::rewrite(traces, |_, _, _| {
        index += 1;
        Ok(if index % 10 == 0 { Keep::Yes } else { Keep::No })
    })
    .unwrap()
}

fn set_attribute_on_all(traces: &[u8]) -> spans::Rewritten {
    spans::rewrite(traces, |_, _, edit| {
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
