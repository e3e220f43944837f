//! Theorem B for residual networks, built by every kernel and checked, curves and lines of those without a stem, and Theorem R: `cargo bench --bench residual`.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use rug::Rational;
use std::path::Path;
use std::time::Duration;
use sublevel::certificate::Claim;
use sublevel::checker::Verdict;
use sublevel::linalg::{Double, Exact, Multiprecision};
use sublevel::network::{Activation, ImportOptions, Residual, ResidualNames, parse_data};
use sublevel::statement::residual::curves;
use sublevel::statement::residual::emptied::walk;
use sublevel::statement::residual::path::ResidualProblem;
use sublevel::statement::residual::wide::connect;
use sublevel::suite::{
    Draw, EmptiedInstance, PRECISION, ResidualInstance, ResidualShape, Twist, low_rank, residual_instance,
};

/// That of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A carried network.
fn carried(name: &str) -> Residual<Rational> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/residual").join(name);
    let read = ImportOptions::default().read_residual(&path, &ResidualNames::default());
    read.expect("carried").expect("a residual network").network
}

/// The carried pair on 16 digits.
fn digits() -> (ResidualProblem, Residual<Rational>, Residual<Rational>) {
    let data = parse_data(include_bytes!("../tests/data/digits/digits-64.npz"), "digits").expect("carried");
    let inputs = data.inputs.exact().rows(0, 16).into_owned();
    let problem = ResidualProblem { activation: Activation::relu(), inputs };
    (problem, carried("digits-16-a.pt"), carried("digits-16-b.pt"))
}

/// Small random numbers.
fn random(blocks: usize) -> (ResidualProblem, Residual<Rational>, Residual<Rational>) {
    let shape = ResidualShape { samples: 6, width: 24, blocks, biases: true, stem: true };
    let mut draw = Draw::new("bench", 1, Twist::Generic);
    let instance = residual_instance(&mut draw, &Activation::relu(), shape, Twist::Generic);
    let ResidualInstance { problem, from, to, .. } = instance;
    (problem, from, to)
}

fn wide(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Theorem B");
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(2));
    let named = [
        ("digits, N = 16, width 16", digits()),
        ("random, N = 6, width 24, 1 block", random(1)),
        ("random, N = 6, width 24, 2 blocks", random(2)),
    ];
    for (name, (problem, from, to)) in &named {
        let exact = || connect(&Exact, problem, from, to).expect("wide enough");
        group.bench_function(BenchmarkId::new("exact", name), |bencher| bencher.iter(exact));
        group.bench_function(BenchmarkId::new("multiprecision", name), |bencher| {
            bencher.iter(|| connect(&Multiprecision::new(PRECISION), problem, from, to).is_ok());
        });
        group.bench_function(BenchmarkId::new("double", name), |bencher| {
            bencher.iter(|| connect(&Double, problem, from, to).is_ok());
        });
        let path = exact();
        group.bench_function(BenchmarkId::new("checked", name), |bencher| {
            bencher.iter(|| {
                let verdict = path.prove(Claim::Connected, problem, None).1;
                assert!(matches!(verdict, Verdict::Valid(_)));
            });
        });
    }
    group.finish();
}

/// Curves and lines of networks without a stem, through W*.
fn without_stem(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Curves and lines");
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(2));
    let shape = ResidualShape { samples: 8, width: 12, blocks: 1, biases: true, stem: false };
    let mut draw = Draw::new("bench", 1, Twist::Generic);
    let ResidualInstance { problem, from, to, .. } =
        residual_instance(&mut draw, &Activation::relu(), shape, Twist::Generic);
    group.bench_function("curves, exact", |bencher| {
        bencher.iter(|| curves::connect(&Exact, &problem, &from, &to, None).expect("independent samples"));
    });
    group.bench_function("lines, exact", |bencher| {
        bencher.iter(|| curves::connect_by_lines(&Exact, &problem, &from, &to, None).expect("independent samples"));
    });
    group.bench_function("curves, double", |bencher| {
        bencher.iter(|| curves::connect(&Double, &problem, &from, &to, None).is_ok());
    });
    group.bench_function("lines, double", |bencher| {
        bencher.iter(|| curves::connect_by_lines(&Double, &problem, &from, &to, None).is_ok());
    });
    group.finish();
}

/// Theorem R by way of a network of few neurons, and a head of low rank.
fn narrow(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Theorem R and heads of low rank");
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(2));
    let drawn = EmptiedInstance::new(&mut Draw::new("bench", 1, Twist::Generic), Twist::Generic);
    let found = drawn.connect().expect("a path");
    let EmptiedInstance { instance, target, emptied } = &drawn;
    group.bench_function("theorem R, exact, with its maximum", |bencher| {
        bencher.iter(|| drawn.connect().expect("a path"));
    });
    group.bench_function("theorem R, one end, multiprecision", |bencher| {
        bencher.iter(|| walk(&Multiprecision::new(PRECISION), &instance.from, target, &emptied[0]).is_ok());
    });
    group.bench_function("theorem R, one end, double", |bencher| {
        bencher.iter(|| walk(&Double, &instance.from, target, &emptied[0]).is_ok());
    });
    group.bench_function("theorem R, checked", |bencher| {
        bencher.iter(|| assert!(matches!(drawn.verdict(&found), Verdict::Valid(_))));
    });
    let instance = low_rank(&mut Draw::new("bench", 1, Twist::Generic));
    let ResidualInstance { problem, from, to, loss } = &instance;
    let none = Rational::new();
    group.bench_function("low rank, exact", |bencher| {
        bencher.iter(|| curves::connect_below(&Exact, problem, (loss, &none), from, to).expect("a larger end"));
    });
    group.bench_function("low rank, multiprecision", |bencher| {
        bencher
            .iter(|| curves::connect_below(&Multiprecision::new(PRECISION), problem, (loss, &none), from, to).is_ok());
    });
    group.bench_function("low rank, double", |bencher| {
        bencher.iter(|| curves::connect_below(&Double, problem, (loss, &none), from, to).is_ok());
    });
    group.finish();
}

criterion_group!(benches, wide, without_stem, narrow);
criterion_main!(benches);
