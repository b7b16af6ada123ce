//! Each plugin on recorded spans with its base rules: as native code, and as the built component
//! on wasmtime, metered as it ships; on the view that it gets of a batch. Fields of the batch stand in the order of most encoders, then in the
//! Collector's.
//!
//! A plugin without state is measured warm. One with state starts anew for each batch, or it would
//! see the same orders go through the same statuses again and again.

use std::hint::black_box;
use std::sync::{Arc, Mutex};

use criterion::measurement::WallTime;
use criterion::{
    BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main,
};
use enrich_order_status::EnrichOrderStatus;
use hash_operator_id::HashOperatorId;
use host::{ComponentInstance, Limits, Module, Runtime};
use lapidary_benches::{Batch, Order, component, granting_host, recorded_batch, rules};
use plugin::{Instance, Outcome, Plugin, RecordingHost};
use redact_pii::RedactPii;
use sample_adaptively::SampleAdaptively;
use spans::{Sight, Viewer};

fn benches(criterion: &mut Criterion) {
    let runtime = Runtime::new(None).unwrap();
    let modules = ["enrich-order-status", "sample-adaptively", "redact-pii", "hash-operator-id"]
        .map(|name| runtime.load(&component(name), Limits::default()).unwrap());
    for order in Order::ALL {
        let batch = recorded_batch(order);
        let mut group = criterion.benchmark_group(order.group("native"));
        group.throughput(Throughput::Elements(batch.spans));
        native::<EnrichOrderStatus>(&mut group, &batch);
        native::<SampleAdaptively>(&mut group, &batch);
        native::<RedactPii>(&mut group, &batch);
        native::<HashOperatorId>(&mut group, &batch);
        group.finish();

        let mut group = criterion.benchmark_group(order.group("wasmtime"));
        group.throughput(Throughput::Elements(batch.spans));
        for module in &modules {
            wasmtime(&mut group, module, &batch);
        }
        group.finish();
    }
}

fn native<P: Plugin>(group: &mut BenchmarkGroup<'_, WallTime>, batch: &Batch) {
    let manifest = P::manifest();
    let start = || P::configure(&rules(&manifest.name), &mut granting_host()).ok().unwrap();
    let view = view(&start().configured().sight, batch);
    let process = |plugin: &mut P| -> Outcome {
        let view = black_box(&view);
        plugin.process(view, batch.now_unix_nanos, &mut RecordingHost::default()).unwrap()
    };
    group.bench_function(&manifest.name, |bencher| {
        if manifest.state_version > 0 {
            bencher.iter_batched_ref(start, process, BatchSize::PerIteration);
        } else {
            let mut plugin = start();
            bencher.iter(|| process(&mut plugin));
        }
    });
}

fn wasmtime(group: &mut BenchmarkGroup<'_, WallTime>, module: &Module, batch: &Batch) {
    let name = &module.manifest.name;
    let start = || {
        let host = Arc::new(Mutex::new(granting_host()));
        ComponentInstance::start(module, &rules(name), host).unwrap()
    };
    let view = view(&start().configured().sight, batch);
    let process = |instance: &mut ComponentInstance| -> Outcome {
        instance.process(black_box(&view), batch.now_unix_nanos).unwrap()
    };
    group.bench_function(name, |bencher| {
        if module.keeps_state() {
            bencher.iter_batched_ref(start, process, BatchSize::PerIteration);
        } else {
            let mut instance = start();
            bencher.iter(|| process(&mut instance));
        }
    });
}

/// What a plugin sees of the batch.
fn view(sight: &Sight, batch: &Batch) -> Vec<u8> {
    Viewer::new(sight).unwrap().view(&batch.traces, 0..usize::MAX, 0).unwrap().bytes
}

criterion_group!(all, benches);
criterion_main!(all);
