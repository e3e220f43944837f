//! Decision regions of random ReLU networks with two inputs, exact and in doubles, against the number of neurons:
//! `cargo bench --bench regions`.

#[path = "support/random.rs"]
mod random;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::time::Duration;
use sublevel::checker::Finding;
use sublevel::network::{Activation, Parameters, parse_data, parse_network};
use sublevel::region::class_path::{self, Classifier, Way};
use sublevel::region::{Arrangement, Budget, Chart, ranks, rough_counts};
use sublevel::statement::object::prove;

/// That of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SHAPES: [&[usize]; 5] =
    [&[2, 16, 10], &[2, 16, 16, 10], &[2, 32, 32, 10], &[2, 16, 16, 16, 10], &[2, 64, 64, 10]];

fn network(widths: &[usize]) -> Parameters<rug::Rational> {
    random::instance(1, widths, "relu").from
}

fn arrangements(criterion: &mut Criterion) {
    let (relu, budget) = (Activation::relu(), Budget::default());
    let mut group = criterion.benchmark_group("regions");
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(2));
    for widths in SHAPES {
        let network = network(widths);
        let chart = Chart::of_space(&network).expect("two inputs");
        let exact = || Arrangement::new(&network, &relu, &chart, &budget).expect("not too many cells");
        let name = format!("{widths:?}, {} cells", exact().cell_count());
        group.bench_function(BenchmarkId::new("exact", &name), |bencher| bencher.iter(exact));
        group.bench_function(BenchmarkId::new("doubles", &name), |bencher| {
            bencher.iter(|| rough_counts(&network, &relu, &chart, &budget));
        });
    }
    group.finish();
}

fn certificates(criterion: &mut Criterion) {
    let network = network(&[2, 16, 16, 10]);
    let chart = Chart::of_space(&network).expect("two inputs");
    let found =
        Arrangement::new(&network, &Activation::relu(), &chart, &Budget::default()).expect("not too many cells");
    let mut group = criterion.benchmark_group("regions' certificates");
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(1));
    group.bench_function("write a census", |bencher| bencher.iter(|| found.census()));
    let census = found.census();
    assert!(matches!(prove(census.clone()), Ok(Finding::Census { .. })));
    group.bench_function("check a census", |bencher| bencher.iter(|| prove(census.clone())));
    let square = self::network(&[256, 256, 10]);
    group.bench_function("ranks of 256-256-10", |bencher| bencher.iter(|| ranks(&square, &Activation::relu())));
    group.finish();
}

/// The carried digits: between two of one class, exact numbers beside floats.
fn class_paths(criterion: &mut Criterion) {
    let network =
        parse_network(include_bytes!("../tests/data/class-path/digits.safetensors"), "digits").expect("carried");
    let data = parse_data(include_bytes!("../tests/data/class-path/digits.npz"), "digits").expect("carried");
    let sigma: Activation = "leaky-relu=0.05".parse().expect("an activation");
    let inputs = class_path::rows(&data.inputs.exact());
    let mut group = criterion.benchmark_group("class paths");
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(2));
    for (name, way) in
        [("any", Way::Shortest), ("Theorem 5.2.3, rounded", Way::Theorem), ("Theorem 5.2.3, exact", Way::Exact)]
    {
        let find = || class_path::class_path(&network, &sigma, &inputs[..2], way, &|_| ()).expect("a path");
        let object = find().object(&network, &sigma);
        group.bench_function(BenchmarkId::new("find", name), |bencher| bencher.iter(find));
        group.bench_function(BenchmarkId::new("check", name), |bencher| bencher.iter(|| prove(object.clone())));
    }
    let classifier = Classifier::new(&network, &sigma);
    group.bench_function("Theorem 5.2.3, in doubles", |bencher| {
        bencher.iter(|| class_path::float_chain(&classifier, &inputs[0], &inputs[1]));
    });
    group.finish();
}

criterion_group!(benches, arrangements, certificates, class_paths);
criterion_main!(benches);
