//! Connect, check and descend on the trained networks that the crate carries, exact beside double.

use criterion::{Criterion, criterion_group, criterion_main};
use rug::Rational;
use std::hint::black_box;
use std::time::Duration;
use sublevel::certificate::Claim;
use sublevel::linalg::{Double, Exact};
use sublevel::statement::{Goal, connect, descend};
use sublevel::suite::{CARRIED, certificate, check};

fn paths(criterion: &mut Criterion) {
    for pair in &CARRIED {
        let instance = pair.instance();
        let (problem, from, to) = (&instance.problem, &instance.from, &instance.to);
        let mut group = criterion.benchmark_group(pair.name);
        group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
        group.bench_function("connect/exact", |b| b.iter(|| connect(&Exact, problem, from, to, None)));
        group.bench_function("connect/double", |b| b.iter(|| connect(&Double, problem, from, to, None)));
        let path = connect(&Exact, problem, from, to, None).expect("the carried networks connect").path;
        group.bench_function("write", |b| b.iter(|| certificate(&instance, Claim::Connected, &path)));
        let bytes = certificate(&instance, Claim::Connected, &path);
        group.bench_function("check", |b| b.iter(|| check(&instance, black_box(&bytes), Some(to))));
        let epsilon = Rational::from((1, 1_000_000));
        group.bench_function("descend/exact", |b| {
            b.iter(|| descend(&Exact, problem, &Goal::never_rising(&instance.loss, &epsilon), from))
        });
        group.finish();
    }
}

criterion_group!(benches, paths);
criterion_main!(benches);
