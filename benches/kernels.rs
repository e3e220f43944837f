//! Every operation of the exact kernel beside multiprecision and double, at three sizes; entries as trained weights.
//!
//! `cargo bench --bench kernels`, or `cargo bench --bench kernels -- solve/exact` for a part.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use nalgebra::DMatrix;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::Rational;
use std::{hint::black_box, time::Duration};
use sublevel::linalg::{Double, Exact, Kernel, Multiprecision};

/// That of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SIZES: [usize; 3] = [16, 32, 64];

/// Floats of 24 bits with different exponents, as in a layer trained in single precision.
fn weights(rows: usize, columns: usize, seed: u64) -> DMatrix<Rational> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    DMatrix::from_fn(rows, columns, |_, _| {
        Rational::from(random.random_range(-(1 << 24)..1 << 24)) >> random.random_range(20..40u32)
    })
}

/// A square matrix of rank size/2.
fn half_rank(size: usize) -> DMatrix<Rational> {
    Exact.product(&weights(size, size / 2, 3), &weights(size / 2, size, 4))
}

fn operations<K: Kernel>(criterion: &mut Criterion, kernel: &K) {
    for size in SIZES {
        let import = |a: DMatrix<Rational>| a.map(|entry| kernel.import(&entry));
        let (a, b) = (import(weights(size, size, 1)), import(weights(size, size, 2)));
        let (tall, side, half) =
            (import(weights(2 * size, size, 5)), b.columns(0, 1).into_owned(), import(half_rank(size)));
        let wide = tall.transpose();
        let mut measure = |operation: &str, work: &dyn Fn()| {
            let mut group = criterion.benchmark_group(operation);
            group.sample_size(10).warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(500));
            group.bench_function(BenchmarkId::new(kernel.name(), size), |bencher| bencher.iter(work));
            group.finish();
        };
        measure("product", &|| drop(black_box(kernel.product(&a, &b))));
        measure("pivots of full rank", &|| drop(black_box(kernel.pivot_columns(&a))));
        measure("pivots of half rank", &|| drop(black_box(kernel.pivot_columns(&half))));
        measure("solve one side", &|| drop(black_box(kernel.solve(&a, &side))));
        measure("solve N sides", &|| drop(black_box(kernel.solve(&a, &b))));
        measure("left inverse", &|| drop(black_box(kernel.left_inverse(&tall))));
        measure("right inverse", &|| drop(black_box(kernel.right_inverse(&wide))));
        measure("kernel basis", &|| drop(black_box(kernel.kernel_basis(&half))));
    }
}

fn kernels(criterion: &mut Criterion) {
    operations(criterion, &Exact);
    operations(criterion, &Multiprecision::new(113));
    operations(criterion, &Multiprecision::new(1024));
    operations(criterion, &Double);
}

criterion_group!(benches, kernels);
criterion_main!(benches);
