//! What `redact-pii` costs on texts that hold nothing to mask: most texts of most spans.
//!
//! The texts are recorded spans once they were masked, and those of `benches/texts`: log lines in
//! Latin and in Cyrillic letters, and ids, times and counters. `LAPIDARY_BEFORE` names a folder with
//! another build of the plugin, which is then measured beside this one.

use std::borrow::Cow;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use host::{ComponentInstance, Limits, Runtime};
use lapidary_benches::{Order, component, recorded_batch, rules};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, TracesData};
use plugin::{Configured, Instance, RecordingHost};
use prost::Message;
use spans::{Editor, Output, Part, Verdict, Viewer};

const PLUGIN: &str = "redact-pii";
const SPANS: usize = 1000;
const ATTRIBUTES: usize = 4;

fn benches(criterion: &mut Criterion) {
    let runtime = Runtime::new(None).unwrap();
    let start = |file: &[u8]| {
        let module = runtime.load(file, Limits::default()).unwrap();
        let host = Arc::new(Mutex::new(RecordingHost::default()));
        ComponentInstance::start(&module, &rules(PLUGIN), host).unwrap()
    };
    let mut now = start(&component(PLUGIN));
    let mut before = std::env::var_os("LAPIDARY_BEFORE").map(|folder| {
        let file = Path::new(&folder).join(format!("{PLUGIN}.wasm"));
        start(&fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
    });
    for (name, traces) in clean_batches(&mut now) {
        let mut group = criterion.benchmark_group(format!("clean/{name}"));
        group.throughput(Throughput::Elements(SPANS as u64));
        measure(&mut group, "now", &mut now, &traces);
        if let Some(before) = &mut before {
            measure(&mut group, "before", before, &traces);
        }
        group.finish();
    }
}

fn measure(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    instance: &mut ComponentInstance,
    traces: &[u8],
) {
    assert_eq!(redacted(instance, traces), traces, "{name} finds something in clean texts");
    let view = view(instance, traces);
    group.bench_function(name, |bencher| {
        bencher.iter(|| instance.process(black_box(&view), 0).unwrap());
    });
}

/// What the plugin sees of a batch.
fn view(instance: &ComponentInstance, traces: &[u8]) -> Vec<u8> {
    let viewer = Viewer::new(&instance.configured().sight).unwrap();
    viewer.view(traces, 0..usize::MAX, 0).unwrap().bytes
}

/// The batch with all masked that was found in it.
fn redacted<'t>(instance: &mut ComponentInstance, traces: &'t [u8]) -> Cow<'t, [u8]> {
    let view = view(instance, traces);
    let edits = instance.process(&view, 0).unwrap().edits;
    let Configured { sight, writes, .. } = instance.configured();
    let editor = Editor::new(sight, writes).unwrap();
    let units = 0..usize::MAX;
    editor.check(traces, units.clone(), &edits).unwrap();
    let part = Part { units, verdict: Verdict::Edit(&edits) };
    match editor.apply(traces, &[part]).unwrap().output {
        Output::Unchanged => traces.into(),
        Output::Replaced(traces) => traces.into(),
        Output::NothingLeft => panic!("a batch was dropped"),
    }
}

/// Batches by the name of their texts.
fn clean_batches(instance: &mut ComponentInstance) -> Vec<(String, Vec<u8>)> {
    let recorded = |order: Order| {
        let masked = redacted(instance, &recorded_batch(order).traces).into_owned();
        (order.group("recorded"), masked)
    };
    let of_file = |name: &str| (name.to_owned(), batch(&texts(name)));
    let mut batches: Vec<_> = Order::ALL.map(recorded).into();
    batches.extend(["latin", "cyrillic", "ids"].map(of_file));
    batches
}

/// The lines of a file, in which `\n` is a line break.
fn texts(name: &str) -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../texts");
    let file = folder.join(format!("{name}.txt"));
    let text =
        fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    text.lines().map(|line| line.replace("\\n", "\n")).collect()
}

/// Spans with some of the texts each, one after another and again from the first.
fn batch(texts: &[String]) -> Vec<u8> {
    let mut texts = texts.iter().cycle();
    let mut attribute = |index| KeyValue {
        key: format!("log.line.{index}"),
        value: Some(AnyValue { value: texts.next().cloned().map(Value::StringValue) }),
        ..KeyValue::default()
    };
    let mut span = |id: usize| Span {
        trace_id: vec![1; 16],
        span_id: id.to_be_bytes().to_vec(),
        name: "work".to_owned(),
        attributes: (0..ATTRIBUTES).map(&mut attribute).collect(),
        ..Span::default()
    };
    let scope = ScopeSpans { spans: (1..=SPANS).map(&mut span).collect(), ..ScopeSpans::default() };
    let resource = ResourceSpans { scope_spans: vec![scope], ..ResourceSpans::default() };
    TracesData { resource_spans: vec![resource] }.encode_to_vec()
}

criterion_group!(all, benches);
criterion_main!(all);
