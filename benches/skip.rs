//! Features connected to the output: their rank certified and counted in doubles, a descent, and their checks:
//! `cargo bench --bench skip`.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use rug::Rational;
use std::time::Duration;
use sublevel::certificate::Claim;
use sublevel::checker::Verdict;
use sublevel::network::{GraphNetwork, Loss, Nonlinearity, parse_data, parse_network};
use sublevel::statement::object::prove;
use sublevel::statement::skip::descend::{Aim, descend};
use sublevel::statement::skip::independent::{independent, rank_in_doubles};
use sublevel::statement::skip::instances::{deep_sigmoid, with_twins};
use sublevel::statement::skip::maximum::no_maximum;
use sublevel::statement::skip::strict_minimum::no_strict_minimum;

/// That of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BITS: u32 = 1024;

/// A carried network with 64 of its 128 units connected, on 64 digits.
fn digits(activation: &str) -> (GraphNetwork, nalgebra::DMatrix<Rational>, Loss) {
    let network =
        parse_network(include_bytes!("../tests/data/digits/wide-64-a.safetensors"), "wide-64").expect("carried");
    let data = parse_data(include_bytes!("../tests/data/digits/digits-64.npz"), "digits").expect("carried");
    let activation: Nonlinearity = activation.parse().expect("an activation");
    let network = GraphNetwork::from_dense(&network, &activation).expect("it has a hidden layer");
    let network = network.with_skips(64, 1, false).expect("it has 64 units");
    let labels = match &data.targets {
        sublevel::network::Targets::Labels(labels) => labels.clone(),
        _ => panic!("digits have labels"),
    };
    (network, data.inputs.exact(), Loss::cross_entropy(labels))
}

fn ranks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rank of the features");
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(2));
    let mut networks: Vec<(String, GraphNetwork, nalgebra::DMatrix<Rational>)> = vec![];
    for activation in ["sigmoid", "tanh", "softplus=1"] {
        let (network, inputs, _) = digits(activation);
        networks.push((format!("64-128-10, {activation}, N = 64"), network, inputs));
    }
    let (deep, inputs) = deep_sigmoid(8);
    networks.push(("8 layers of 32, sigmoid, N = 32".into(), deep, inputs));
    for (name, network, inputs) in &networks {
        let certify = || independent(network, inputs, BITS, &mut |_| {}).expect("rank N");
        group.bench_function(BenchmarkId::new("certified", name), |bencher| bencher.iter(certify));
        let object = certify().object;
        group.bench_function(BenchmarkId::new("checked", name), |bencher| bencher.iter(|| prove(object.clone())));
        group.bench_function(BenchmarkId::new("doubles", name), |bencher| {
            bencher.iter(|| rank_in_doubles(network, inputs));
        });
    }
    group.finish();
}

/// z for equal units, through one layer and through four, and the second derivative in one weight.
fn extremes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Theorem 3.4 (3), (4)");
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(2));
    for layers in [1, 4] {
        let (network, inputs) = deep_sigmoid(layers);
        let twins = with_twins(&network, layers);
        let find = || no_strict_minimum(&twins, &inputs, BITS).expect("equal units");
        group.bench_function(BenchmarkId::new("z found", layers), |bencher| bencher.iter(find));
        let object = find().object;
        group.bench_function(BenchmarkId::new("z checked", layers), |bencher| bencher.iter(|| prove(object.clone())));
    }
    let (network, inputs, loss) = digits("sigmoid");
    let steep = || no_maximum(&network, &inputs, &loss).expect("a feature that is not 0");
    group.bench_function("no maximum", |bencher| bencher.iter(steep));
    let object = steep().object;
    group.bench_function("no maximum, checked", |bencher| bencher.iter(|| prove(object.clone())));
    group.finish();
}

fn descents(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Theorem 3.4 (2)");
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(2));
    let epsilon = Rational::from((1, 1_000_000));
    for activation in ["sigmoid", "tanh", "softplus=1"] {
        let (network, inputs, loss) = digits(activation);
        let aim = Aim { inputs: &inputs, loss: &loss, epsilon: &epsilon, precision: BITS, seed: 0 };
        let down = || descend(&network, &aim, &mut |_| {}).expect("features of rank N");
        group.bench_function(BenchmarkId::new("descend", activation), |bencher| bencher.iter(down));
        let found = down();
        let check = || found.path.prove((Claim::StrictlyDescends, "bench"), &inputs, &loss, found.bits).1;
        assert!(matches!(check(), Verdict::Valid(_)));
        group.bench_function(BenchmarkId::new("check", activation), |bencher| bencher.iter(check));
    }
    group.finish();
}

criterion_group!(benches, ranks, extremes, descents);
criterion_main!(benches);
