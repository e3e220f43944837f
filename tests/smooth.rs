//! Smooth networks: the certified loss barrier against dense samples, and trained chains.

use nalgebra::DMatrix;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::{Float, Rational};
use sublevel::barrier::{Barrier, Below, Budget, Task, barrier, below, end_losses, envelope, exact_maximum, samples};
use sublevel::chain::{Options, Setting, train, with_margin};
use sublevel::network::{Criterion, Inputs, Loss, Nonlinearity, Parameters, Smooth};

const NAMES: [&str; 6] = ["sigmoid", "tanh", "softplus=20", "softplus=1", "elu=1", "elu=5/2"];

/// The bits of losses that stand for the truth.
const BITS: u32 = 200;

/// Two networks, data and a loss.
struct Pair {
    activation: Nonlinearity,
    inputs: Inputs,
    loss: Loss,
    ends: [Parameters<Rational>; 2],
}

impl Pair {
    /// Random weights of size 1.
    fn new(seed: u64, activation: &str, widths: &[usize], samples: usize, squares: bool) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut matrix = |rows, columns| {
            DMatrix::from_fn(rows, columns, |_, _| Rational::from((random.random_range(-96i32..=96), 64)))
        };
        let outputs = widths[widths.len() - 1];
        let inputs = Inputs::from(matrix(samples, widths[0]));
        let criterion = match squares {
            true => Criterion::Square(matrix(samples, outputs)),
            false => Criterion::CrossEntropy((0..samples).map(|i| i % outputs).collect()),
        };
        let mut network =
            || Parameters::new(widths.windows(2).map(|pair| matrix(pair[0] + 1, pair[1])).collect()).unwrap();
        let ends = [network(), network()];
        Pair { activation: activation.parse().unwrap(), inputs, loss: Loss::new(criterion).unwrap(), ends }
    }

    fn task(&self) -> Task<'_> {
        Task::chain(&self.activation, &self.inputs, &self.loss, &self.ends.each_ref()).unwrap()
    }
}

fn run(task: &Task<'_>, tolerance: f64) -> Barrier {
    barrier(task, tolerance, Budget { evaluations: 20_000, progress: &mut |_, _, _| {} }).unwrap()
}

fn smooth(activation: &Nonlinearity) -> &Smooth {
    match activation {
        Nonlinearity::Smooth(smooth) => smooth,
        Nonlinearity::PiecewiseLinear(_) => panic!("{activation}"),
    }
}

/// The outputs at λ, in 200 bits: without a line of what is tested.
fn output(task: &Task<'_>, segment: usize, lambda: &Rational) -> DMatrix<Float> {
    let float = |matrix: &DMatrix<Rational>| matrix.map(|x| Float::with_val(BITS, x));
    let (network, sigma) = (task.point(segment, lambda), smooth(task.activation()));
    let mut features = float(&task.inputs().exact());
    for k in 1..=network.depth() {
        let layer = float(network.layer(k));
        let bias = layer.nrows() - 1;
        let pre = DMatrix::from_fn(features.nrows(), layer.ncols(), |i, j| {
            let terms = (0..bias).map(|l| Float::with_val(BITS, &features[(i, l)] * &layer[(l, j)]));
            terms.fold(layer[(bias, j)].clone(), |sum, term| sum + term)
        });
        features = if k < network.depth() { pre.map(|x| sigma.evaluate(&x)) } else { pre };
    }
    features
}

/// The loss at λ, from outputs of 200 bits.
fn loss(task: &Task<'_>, segment: usize, lambda: &Rational) -> f64 {
    let output = output(task, segment, lambda).map(|x| x.to_rational().unwrap());
    task.loss().enclose(&output).lo().to_f64()
}

proptest! {
    #![proptest_config(cases!("smooth", 60))]

    #[test]
    fn the_enclosure_contains_the_loss(
        seed in 0..10_000u64,
        name in prop::sample::select(NAMES.to_vec()),
        widths in prop::sample::select(vec![vec![2, 3], vec![3, 4, 2], vec![2, 5, 3, 2], vec![1, 3, 3, 2, 2]]),
        squares: bool,
        is_bezier: bool,
        numerators in prop::collection::vec(0..=1_009u32, 5),
    ) {
        let pair = Pair::new(seed, name, &widths, 4, squares);
        let bend = Pair::new(seed + 1, name, &widths, 1, squares).ends[0].clone();
        let [from, to] = &pair.ends;
        let task = match is_bezier {
            true => Task::bezier(&pair.activation, &pair.inputs, &pair.loss, [from, &bend, to]),
            false => Task::chain(&pair.activation, &pair.inputs, &pair.loss, &[from, &bend, to]),
        };
        let task = task.unwrap();
        let found = run(&task, 1e-6);
        prop_assert!(found.decided, "{:?}", found.maximum);
        prop_assert!(found.maximum.upper - found.maximum.lower <= 1e-6);
        let witness = loss(&task, found.witness.segment, &Rational::from_f64(found.witness.lambda).unwrap());
        prop_assert!(found.maximum.lower <= witness.next_up());
        let curve = envelope(&task, 16);
        for segment in 0..task.segments().len() {
            for numerator in &numerators {
                let lambda = Rational::from((*numerator, 1_009));
                let at = loss(&task, segment, &lambda);
                prop_assert!(at.next_down() <= found.maximum.upper, "{at} above {:?} at {lambda}", found.maximum);
                let lambda = lambda.to_f64();
                let (region, [a, b]) = curve
                    .iter()
                    .find(|(region, _)| region.segment == segment && lambda <= region.to)
                    .unwrap();
                let s = (lambda - region.from) / (region.to - region.from);
                prop_assert!(at <= (1.0 - s) * a + s * b + 1e-9, "{at} above the envelope at {lambda}");
            }
        }
    }
}

proptest! {
    #![proptest_config(cases!("smooth", 60))]

    /// In a deep network, at a dyadic point: the chord that bounds its interval there is exact but for the 200 bits of the loss.
    /// Squares with far targets are nearly affine in the outputs and the networks are near each other, so that the bound is of the size
    /// of the outputs' bends above the loss, and the radius is small beside them.
    #[test]
    fn no_loss_of_a_deep_network_is_above_its_interval(
        seed in 0..10_000u64,
        name in prop::sample::select(NAMES.to_vec()),
        is_bezier: bool,
        numerators in prop::collection::vec(0..1u32 << 16, 8),
    ) {
        let widths = [3, 4, 4, 4, 4, 4, 2];
        let mut pair = Pair::new(seed, name, &widths, 2, true);
        let far = DMatrix::from_fn(2, 2, |i, j| Rational::from(if i == j { 1 << 10 } else { -1 << 10 }));
        pair.loss = Loss::new(Criterion::Square(far)).unwrap();
        let bend = Pair::new(seed + 1, name, &widths, 1, true).ends[0].clone();
        let [from, other] = &pair.ends;
        let near = |other: &Parameters<Rational>| {
            let layers = from.layers().iter().zip(other.layers());
            Parameters::new(layers.map(|(a, b)| a.zip_map(b, |a, b| (b - &a) / 16 + a)).collect()).unwrap()
        };
        let (bend, to) = (&near(&bend), &near(other));
        let task = match is_bezier {
            true => Task::bezier(&pair.activation, &pair.inputs, &pair.loss, [from, bend, to]),
            false => Task::chain(&pair.activation, &pair.inputs, &pair.loss, &[from, to]),
        };
        let task = task.unwrap();
        let curve = envelope(&task, 1 << 8);
        for numerator in numerators {
            let (_, [a, b]) = curve[(numerator >> 8) as usize];
            let share = Rational::from((numerator & 255, 256));
            let lambda = Rational::from((numerator, 1 << 16));
            let value = |end: f64| Rational::from_f64(end).unwrap();
            let bound = value(a) * (Rational::from(1) - &share) + value(b) * share;
            let output = output(&task, 0, &lambda).map(|x| x.to_rational().unwrap());
            let loss = task.loss().enclose(&output).lo().clone();
            prop_assert!(loss <= bound + Rational::from((1, 1u64 << 63)), "above the interval at {lambda}");
        }
    }
}

/// Samples in doubles lie below, and the largest of many comes near.
#[test]
fn dense_samples_come_near_the_maximum_and_not_above() {
    for (seed, name) in (0..).zip(NAMES) {
        let pair = Pair::new(seed, name, &[4, 12, 8, 3], 10, seed % 2 == 0);
        let found = run(&pair.task(), 1e-6);
        let sampled = samples(&pair.task(), 4_001).iter().map(|&(_, loss)| loss).fold(0.0, f64::max);
        assert!(found.decided && sampled <= found.maximum.upper + 1e-12, "{name}: {sampled} {:?}", found.maximum);
        assert!(found.maximum.lower - sampled < 1e-4 * found.maximum.upper, "{name}: {sampled} {:?}", found.maximum);
    }
}

/// Far below the rounding of doubles the second arithmetic takes over.
#[test]
fn multiprecision_decides_what_doubles_do_not() {
    for name in NAMES {
        let pair = Pair::new(3, name, &[2, 3, 2], 2, true);
        let [coarse, fine] = [1e-6, 2e-13].map(|tolerance| run(&pair.task(), tolerance));
        assert!(fine.decided, "{name}: {:?}", fine.maximum);
        assert!(fine.maximum.lower <= coarse.maximum.upper && coarse.maximum.lower <= fine.maximum.upper, "{name}");
    }
}

/// A smooth σ that is nearly a ReLU has nearly its barrier: softplus_γ is at most log 2/γ above it.
#[test]
fn softplus_comes_near_relu() {
    let pair = Pair::new(8, "softplus=1000000", &[3, 6, 2], 6, true);
    let relu = Pair::new(8, "relu", &[3, 6, 2], 6, true);
    let (near, limit) = (run(&pair.task(), 1e-6).maximum, run(&relu.task(), 1e-6).maximum);
    assert!((near.upper - limit.upper).abs() < 1e-3, "{near} {limit}");
}

/// A refutation rests on the bounded floats, and says so; there is no exact maximum.
#[test]
fn below_is_proved_or_refuted_without_rationals() {
    for name in NAMES {
        let pair = Pair::new(5, name, &[3, 5, 2], 5, false);
        let task = pair.task();
        let maximum = run(&task, 1e-6).maximum;
        let ask = |alpha: f64| {
            let alpha = Rational::from_f64(alpha).unwrap();
            below(&task, &alpha, Budget { evaluations: 20_000, progress: &mut |_, _, _| {} })
        };
        assert!(matches!(ask(maximum.upper + 1e-6), Below::Proved { .. }), "{name}");
        let refuted = ask(maximum.lower - 1e-6);
        let Below::Refuted { exact, loss, .. } = &refuted else { panic!("{name}: {refuted:?}") };
        assert!(!exact && loss.lo().to_f64() >= maximum.lower - 1e-6, "{name}");
        assert_eq!(exact_maximum(&task, &Rational::from((1, 100))), None, "{name}");
    }
}

/// Weights so large that nothing is finite: no bound, and no wrong one.
#[test]
fn overflow_has_no_bound() {
    for name in ["softplus=20", "elu=1"] {
        let mut pair = Pair::new(1, name, &[2, 2, 1], 2, true);
        let huge = Rational::from_f64(1e300).unwrap();
        let scaled = |network: &Parameters<Rational>| {
            let layers = network.layers().iter().map(|layer| layer.map(|x| x * &huge)).collect();
            Parameters::new(layers).unwrap()
        };
        pair.ends = pair.ends.each_ref().map(scaled);
        let ends = end_losses(&pair.task());
        assert!(ends.iter().all(|end| end.upper.is_infinite()), "{name}: {ends:?}");
    }
}

/// Training lowers the largest loss between two networks, whatever σ is; what it finds is certified.
#[test]
fn chains_of_smooth_networks_are_trained() {
    for name in ["sigmoid", "tanh", "softplus=20", "elu=1"] {
        let pair = Pair::new(2, name, &[4, 16, 3], 12, false);
        let setting = Setting { activation: &pair.activation, inputs: &pair.inputs, loss: &pair.loss };
        let top = end_losses(&pair.task()).map(|end| end.lower).into_iter().fold(0.0, f64::max);
        let margins = pair.ends.each_ref().map(|end| with_margin(&setting, end));
        let options = Options { bends: 1, steps: 200, seed: 0 };
        let trained = train(&setting, margins.each_ref(), top, options, &mut |_| true).unwrap();
        let knots = [&margins[0], &trained.bends[0], &margins[1]];
        let chain = Task::chain(&pair.activation, &pair.inputs, &pair.loss, &knots).unwrap();
        let goal = Rational::from_f64(top.next_down()).unwrap();
        let answer = below(&chain, &goal, Budget { evaluations: 20_000, progress: &mut |_, _, _| {} });
        assert!(matches!(answer, Below::Proved { .. }), "{name}: {answer:?}, {top}");
    }
}
