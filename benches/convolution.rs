//! Convolutional networks: Assumption 2.3.4 decided, Theorem 2.4.4 built and certified, Corollary 2.4.6, each beside what doubles
//! take for it:
//! `cargo bench --bench convolution`.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use rug::Rational;
use std::time::Duration;
use sublevel::checker::Verdict;
use sublevel::network::Nonlinearity;
use sublevel::statement::convolution::full_rank_filters::{Structure, decide};
use sublevel::statement::convolution::instances::{digits, image};
use sublevel::statement::convolution::interpolate::interpolate;
use sublevel::statement::convolution::triangular::full_rank_features;
use sublevel::statement::skip::independent::rank_in_doubles;

/// That of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn structures(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Assumption 2.3.4");
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(2));
    for (name, side, channels, size, filters) in [
        ("8 × 8, 3 × 3, T = 3", 8, 1, 3, 3),
        ("8 × 8, 3 × 3, T = 2", 8, 1, 3, 2),
        ("8 × 8 × 2, 2 × 2, T = 3", 8, 2, 2, 3),
    ] {
        let patches = image(side, channels, size);
        group
            .bench_function(BenchmarkId::new("decided", name), |bencher| bencher.iter(|| decide(&patches, filters, 0)));
        if let Structure::FullRank(found) = decide(&patches, filters, 0) {
            group.bench_function(BenchmarkId::new("certified", name), |bencher| {
                bencher.iter(|| found.certify(&patches))
            });
            let matrix = patches.matrix(&found.weight).map(|x| x.to_f64());
            group.bench_function(BenchmarkId::new("doubles", name), |bencher| bencher.iter(|| matrix.rank(1e-9)));
        }
    }
    group.finish();
}

fn features(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Theorem 2.4.4");
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(2));
    for sigma in ["relu", "sigmoid", "softplus=1"] {
        let sigma: Nonlinearity = sigma.parse().expect("an activation");
        let (network, inputs) = digits(1, &sigma);
        let name = format!("32 digits, 36 units, {sigma:?}");
        let build = || full_rank_features(&network, &inputs, 1, 0).expect("independent features");
        group.bench_function(BenchmarkId::new("built", &name), |bencher| bencher.iter(build));
        let found = build();
        group.bench_function(BenchmarkId::new("certified", &name), |bencher| bencher.iter(|| found.certify(&inputs)));
        let reduced = found.features_network();
        group.bench_function(BenchmarkId::new("doubles", &name), |bencher| {
            bencher.iter(|| rank_in_doubles(&reduced, &inputs));
        });
    }
    group.finish();
}

fn targets(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Corollary 2.4.6");
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(2));
    let (network, inputs) = digits(1, &"relu".parse().expect("an activation"));
    let targets: Vec<Rational> = (0..32).map(|i| Rational::from(i % 10)).collect();
    let fit = || interpolate(&network, &inputs, &targets, 0).expect("features of rank N");
    group.bench_function("32 digits, exact", |bencher| bencher.iter(fit));
    let found = fit();
    let prove = || found.prove(&inputs, &targets).expect("no pools").1;
    assert!(matches!(prove(), Verdict::Valid(_)));
    group.bench_function("32 digits, certificate and check", |bencher| bencher.iter(prove));
    group.finish();
}

criterion_group!(benches, structures, features, targets);
criterion_main!(benches);
