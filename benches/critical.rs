//! Gradients bounded and solutions found for convolutional networks, each with its check and with doubles beside it:
//! `cargo bench --bench critical`.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use nalgebra::DMatrix;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::Rational;
use std::time::Duration;
use sublevel::linalg::Double;
use sublevel::network::{GraphNetwork, Nonlinearity, Targets, parse_data};
use sublevel::statement::convolution::chains::{Layer, chain, filled, line_patches, square_patches};
use sublevel::statement::convolution::gradient::{Fit, bounded_gradient};
use sublevel::statement::convolution::solution::{Aim, solution};
use sublevel::statement::object::prove;

/// That of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BITS: u32 = 512;

/// Forty digits with their labels, and three filters of 3 × 3 below these layers.
fn digits(activation: &str, above: &[Layer]) -> (GraphNetwork, DMatrix<Rational>, Vec<usize>) {
    let data = parse_data(include_bytes!("../tests/data/digits/digits-128.npz"), "digits").expect("carried");
    let Targets::Labels(labels) = &data.targets else { panic!("digits have labels") };
    let inputs = data.inputs.exact().rows(0, 40).map(|x| x / 16u32);
    let layers = [&[Layer::Filters(square_patches(8, 8, 3), 3)], above].concat();
    let sigma: Nonlinearity = activation.parse().expect("an activation");
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let network = filled(chain(64, &layers, 10, &sigma), || Rational::from((random.random_range(-8..=8), 16)));
    (network, inputs, labels[..40].to_vec())
}

fn codes() -> DMatrix<Rational> {
    DMatrix::from_fn(10, 10, |i, j| Rational::from(u32::from(i == j)))
}

fn gradients(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Lemma 2.4.9");
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(2));
    for activation in ["sigmoid", "tanh", "softplus=1"] {
        let (network, inputs, labels) = digits(activation, &[Layer::Dense(20), Layer::Dense(12)]);
        let targets = codes().select_rows(&labels);
        let fit = Fit { inputs: &inputs, targets: &targets, level: 1 };
        let certify = || bounded_gradient(&network, &fit, BITS).expect("a point of S_1");
        group.bench_function(BenchmarkId::new("certified", activation), |bencher| bencher.iter(certify));
        let object = certify().object;
        group.bench_function(BenchmarkId::new("checked", activation), |bencher| bencher.iter(|| prove(object.clone())));
        let doubles = inputs.map(|x| x.to_f64());
        group.bench_function(BenchmarkId::new("singular values in doubles", activation), |bencher| {
            bencher.iter(|| network.levels(&Double, &doubles)[1].singular_values());
        });
    }
    group.finish();
}

fn solutions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Theorem 2.4.11 (2)");
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(2));
    let cases = [
        ("case 1", vec![]),
        ("case 2", vec![Layer::Dense(12)]),
        ("case 3", vec![Layer::Dense(40), Layer::Filters(line_patches(40, 5, 2), 2)]),
    ];
    for (name, above) in cases {
        let (network, inputs, labels) = digits("sigmoid", &above);
        let codes = codes();
        let aim =
            Aim { inputs: &inputs, labels: &labels, codes: &codes, level: 1, bits: 120, precision: BITS, seed: 1 };
        let find = || solution(&network, &aim).expect("a solution");
        group.bench_function(BenchmarkId::new("found", name), |bencher| bencher.iter(find));
        let object = find().object;
        group.bench_function(BenchmarkId::new("checked", name), |bencher| bencher.iter(|| prove(object.clone())));
    }
    group.finish();
}

criterion_group!(benches, gradients, solutions);
criterion_main!(benches);
