//! Connect, check and descend: on the trained networks that the crate carries, and at three sizes by every kernel.
//!
//! `cargo bench --bench paths`, or `cargo bench --bench paths -- "sizes|wide-64"` for a part.

#[path = "support/random.rs"]
mod random;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use rug::Rational;
use std::hint::black_box;
use std::time::Duration;
use sublevel::arith::RUG;
use sublevel::certificate::{Claim, Reader};
use sublevel::checker::{Arithmetic, Expected, check_with};
use sublevel::linalg::{Double, Exact, Kernel, Multiprecision};
use sublevel::statement::{Goal, NoTheorem, Theorem, connect, descend};
use sublevel::suite::{CARRIED, Instance, certificate, check};

/// That of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The one construction that is measured at three sizes.
const THEOREM: Option<Theorem> = Some(Theorem::WideFirstLayer);

fn carried(criterion: &mut Criterion) {
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

/// One hidden layer of 2N leaky neurons, 64-2N-10, for N = 16, 32, 64, by Theorem 5.1.
fn sizes(criterion: &mut Criterion) {
    for samples in [16, 32, 64] {
        let instance = random::instance(samples, &[64, 2 * samples, 10], "leaky-relu=0.01");
        build(criterion, samples, &instance, &Exact);
        build(criterion, samples, &instance, &Multiprecision::new(113));
        build(criterion, samples, &instance, &Multiprecision::new(1024));
        build(criterion, samples, &instance, &Double);
        let Instance { problem, from, to, .. } = &instance;
        let path = connect(&Exact, problem, from, to, THEOREM).expect("width 2N is enough").path;
        let bytes = certificate(&instance, Claim::Connected, &path);
        for arithmetic in [Arithmetic::OWN, RUG] {
            let check = || check_with(arithmetic, Reader::new(&bytes[..]), &Expected::default(), &mut |_| {});
            measure(criterion, "check", &arithmetic.to_string(), samples, &|| drop(black_box(check())));
        }
    }
}

/// Connect and descend by one kernel. A construction that it breaks off is not measured.
fn build<K: Kernel>(criterion: &mut Criterion, samples: usize, instance: &Instance, kernel: &K) {
    let Instance { problem, from, to, loss, .. } = instance;
    let epsilon = Rational::from((1, 1_000_000));
    let goal = Goal::never_rising(loss, &epsilon);
    let connect = || connect(kernel, problem, from, to, THEOREM).map(drop);
    let descend = || descend(kernel, problem, &goal, from).map(drop);
    let mut bench = |what: &str, work: &dyn Fn() -> Result<(), NoTheorem>| match work() {
        Ok(()) => measure(criterion, what, &kernel.name(), samples, &|| drop(black_box(work()))),
        Err(refused) => eprintln!("{what} by {}, N = {samples}: {refused}", kernel.name()),
    };
    bench("connect", &connect);
    bench("descend", &descend);
}

fn measure(criterion: &mut Criterion, what: &str, by: &str, samples: usize, work: &dyn Fn()) {
    let mut group = criterion.benchmark_group(format!("sizes/{what}"));
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(1));
    group.bench_function(BenchmarkId::new(by, samples), |bencher| bencher.iter(work));
    group.finish();
}

criterion_group!(benches, carried, sizes);
criterion_main!(benches);
