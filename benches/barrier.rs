//! The certified loss barrier of the digits pairs, and of two small convolutional networks with errors followed back and without,
//! beside the 61 samples that the field takes: `cargo bench --bench barrier`.

use criterion::{Criterion, criterion_group, criterion_main};
use std::path::Path;
use std::time::Duration;
use sublevel::barrier::{Budget, Certifying, GraphTask, Task, barrier, certified_barrier, samples};
use sublevel::network::{BatchNorm, ImportOptions, Loss, LossKind, Nonlinearity, read_data};
use sublevel::report::SAMPLES;
use sublevel::suite::CARRIED;

/// That of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn digits(criterion: &mut Criterion) {
    for carried in &CARRIED {
        let instance = carried.instance();
        let (activation, inputs) = (&instance.problem.activation, &instance.problem.inputs);
        let task = Task::chain(activation, inputs, &instance.loss, &[&instance.from, &instance.to])
            .expect("a carried pair fits together");
        let mut group = criterion.benchmark_group(&instance.name);
        group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(1));
        for tolerance in [1e-3, 1e-6, 1e-9] {
            group.bench_function(format!("certified to {tolerance:e}"), |bencher| {
                bencher
                    .iter(|| barrier(&task, tolerance, Budget { evaluations: 100_000, progress: &mut |_, _, _| {} }));
            });
        }
        group.bench_function(format!("{SAMPLES} samples"), |bencher| bencher.iter(|| samples(&task, SAMPLES as u32)));
        group.finish();
    }
}

/// The weights of two pairs with one σ after another: networks of the same size.
fn activations(criterion: &mut Criterion) {
    for carried in CARRIED.iter().filter(|carried| ["wide-64", "relu-deep-32"].contains(&carried.name)) {
        let instance = carried.instance();
        let mut group = criterion.benchmark_group(format!("{} to 1e-6", instance.name));
        group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(1));
        for name in ["relu", "tanh", "sigmoid", "softplus=20", "elu"] {
            let activation: Nonlinearity = name.parse().expect("a known activation");
            let ends = [&instance.from, &instance.to];
            let task = Task::chain(&activation, &instance.problem.inputs, &instance.loss, &ends)
                .expect("a carried pair fits together");
            let run = || barrier(&task, 1e-6, Budget { evaluations: 100_000, progress: &mut |_, _, _| {} });
            let evaluations = run().map(|found| found.evaluations).unwrap_or_default();
            group.bench_function(format!("{name}, {evaluations} intervals"), |bencher| bencher.iter(run));
        }
        group.finish();
    }
}

/// Errors are followed back where no pieces are asked for; those are made by a checker's rules, which are radii alone.
fn graphs(criterion: &mut Criterion) {
    for name in ["lenet", "resnet"] {
        let file =
            |end: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/onnx").join(format!("{name}{end}"));
        let read =
            |end: &str| ImportOptions::default().read_onnx(&file(end), BatchNorm::Separate).map(|read| read.network);
        let [from, to] = ["-0.onnx", "-1.onnx"].map(|end| read(end).expect("a carried network"));
        let data = read_data(&file(".npz")).expect("carried data");
        let loss = Loss::from_data(LossKind::CrossEntropy, &data, from.graph().outputs).expect("carried labels");
        let task = GraphTask::chain(&data.inputs, &loss, &[&from, &to]).expect("a carried pair fits together");
        let mut group = criterion.benchmark_group(format!("{name} to 1e-3"));
        group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(2));
        let run = |pieces: bool| {
            let limits = Budget { evaluations: 100_000, progress: &mut |_, _, _| {} };
            certified_barrier(&task, 1e-3, limits, Certifying { pieces, expected: &mut |_, _| {} })
        };
        for (how, pieces) in [("errors followed back", false), ("radii, with pieces for a checker", true)] {
            let evaluations = run(pieces).map(|(found, _)| found.evaluations).unwrap_or_default();
            group.bench_function(format!("{how}, {evaluations} intervals"), |bencher| bencher.iter(|| run(pieces)));
        }
        group.bench_function(format!("{SAMPLES} samples"), |bencher| bencher.iter(|| samples(&task, SAMPLES as u32)));
        group.finish();
    }
}

criterion_group!(benches, digits, activations, graphs);
criterion_main!(benches);
