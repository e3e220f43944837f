//! The certified loss barrier against exact rational arithmetic.

use nalgebra::DMatrix;
use proptest::prelude::*;
use rug::{Integer, Rational};
use sublevel::barrier::{
    Barrier, Below, Budget, Enclosure, Task, TaskError, ToleranceError, barrier, below, envelope, exact_loss,
    exact_maximum, samples,
};
use sublevel::network::{
    Activation, Criterion, Inputs, Loss, LossError, LossKind, Parameters, parse_data, parse_network,
};
use sublevel::report::{BarrierSummary, Options, below_objection, below_summary, undecided};
use sublevel::suite::{CARRIED, Instance, Twist, activations, instance};

const BUDGET: usize = 20_000;

fn limits(progress: &mut dyn FnMut(usize, f64, f64)) -> Budget<'_> {
    Budget { evaluations: BUDGET, progress }
}

fn run(task: &Task<'_>, tolerance: f64) -> Barrier {
    barrier(task, tolerance, limits(&mut |_, _, _| {})).unwrap()
}

fn ask(task: &Task<'_>, alpha: &Rational) -> Below {
    below(task, alpha, limits(&mut |_, _, _| {}))
}

fn line(instance: &Instance) -> Task<'_> {
    chain(instance, &[&instance.from, &instance.to])
}

fn chain<'a>(instance: &'a Instance, networks: &[&'a Parameters<Rational>]) -> Task<'a> {
    Task::chain(&instance.problem.activation, &instance.problem.inputs, &instance.loss, networks).unwrap()
}

fn exact(value: f64) -> Rational {
    Rational::from_f64(value).unwrap()
}

fn rational(numerator: i64, denominator: i64) -> Rational {
    Rational::from((numerator, denominator))
}

/// lower ≤ value ≤ upper for a value in [lo, hi].
fn meets(enclosure: Enclosure, lo: &Rational, hi: &Rational) -> bool {
    let is_below = enclosure.upper.is_infinite() || *lo <= exact(enclosure.upper);
    exact(enclosure.lower) <= *hi && is_below
}

fn overlap(a: Enclosure, b: Enclosure) -> bool {
    a.lower <= b.upper && b.lower <= a.upper
}

/// The exact losses at these λ lie below the upper bound, and that of the witness above the lower bound.
fn assert_encloses(task: &Task<'_>, found: &Barrier, lambdas: &[Rational]) {
    let upper = Rational::from_f64(found.maximum.upper);
    for segment in 0..task.segments().len() {
        for lambda in lambdas {
            let loss = exact_loss(task, segment, lambda);
            assert!(upper.as_ref().is_none_or(|upper| loss.lo() <= upper), "segment {segment}, λ = {lambda}");
        }
    }
    let witness = exact_loss(task, found.witness.segment, &exact(found.witness.lambda));
    assert!(exact(found.maximum.lower) <= *witness.hi(), "the witness attains the lower bound");
    for (end, segment, lambda) in [(0, 0, 0), (1, task.segments().len() - 1, 1)] {
        let loss = exact_loss(task, segment, &Rational::from(lambda));
        assert!(meets(found.ends[end], loss.lo(), loss.hi()), "end {end}");
    }
}

/// An instance whose samples and breakpoints are of ordinary size: doubles resolve what is asked for.
fn modest(seed: u64, activation: &Activation, samples: usize, widths: &[usize], twist: Twist) -> Instance {
    let mut seeds = (0..).map(|further| seed + 10_000 * further);
    seeds.find_map(|seed| Some(instance(seed, activation, samples, widths, twist)).filter(|found| found.plain)).unwrap()
}

fn any_lambda() -> impl Strategy<Value = Rational> {
    (0..=1_000_003i64).prop_map(|k| rational(k, 1_000_003))
}

fn any_widths() -> impl Strategy<Value = Vec<usize>> {
    prop::sample::select(vec![vec![2, 2], vec![3, 4, 2], vec![2, 5, 1], vec![2, 4, 3, 3], vec![1, 3, 3, 2, 2]])
}

proptest! {
    #![proptest_config(cases!("barrier", 150))]

    #[test]
    fn the_enclosure_contains_the_loss_at_random_rationals(
        seed in 0..10_000u64,
        activation in prop::sample::select(activations()),
        widths in any_widths(),
        count in 1..5usize,
        twist in prop::sample::select(Twist::ALL.to_vec()),
        shape in 0..3,
        lambdas in prop::collection::vec(any_lambda(), 4),
    ) {
        let first = instance(seed, &activation, count, &widths, twist);
        let bend = instance(seed + 1, &activation, count, &widths, Twist::Generic).from;
        let (activation, inputs, loss) = (&first.problem.activation, &first.problem.inputs, &first.loss);
        let task = match shape {
            0 => line(&first),
            1 => chain(&first, &[&first.from, &bend, &first.to]),
            _ => Task::bezier(activation, inputs, loss, [&first.from, &bend, &first.to]).unwrap(),
        };
        let found = barrier(&task, 1e-3, Budget { evaluations: 400, progress: &mut |_, _, _| {} }).unwrap();
        assert_encloses(&task, &found, &lambdas);
    }

    /// Every piece of the envelope lies above the exact loss: a bound that is tested away from the maximum too.
    #[test]
    fn the_envelope_is_above_the_loss_everywhere(
        seed in 0..10_000u64,
        activation in prop::sample::select(activations()),
        widths in any_widths(),
        is_curved: bool,
        place in any_lambda(),
    ) {
        let first = instance(seed, &activation, 3, &widths, Twist::Generic);
        let bend = instance(seed + 1, &activation, 3, &widths, Twist::Generic).to;
        let task = if is_curved {
            let points = [&first.from, &bend, &first.to];
            Task::bezier(&first.problem.activation, &first.problem.inputs, &first.loss, points).unwrap()
        } else {
            line(&first)
        };
        for pieces in [1, 3, 32] {
            for (region, ends) in envelope(&task, pieces) {
                let (from, to) = (exact(region.from), exact(region.to));
                let lambda = Rational::from(&to - &from) * &place + &from;
                let bound = (exact(ends[1]) - exact(ends[0])) * &place + exact(ends[0]);
                let loss = exact_loss(&task, 0, &lambda);
                prop_assert!(*loss.lo() <= bound, "λ = {lambda} of {region:?}: {loss} above {bound}");
            }
        }
    }

    #[test]
    fn it_agrees_with_the_exact_maximum(
        seed in 0..10_000u64,
        activation in prop::sample::select(activations()[..4].to_vec()),
        count in 1..4usize,
    ) {
        let instance = modest(seed, &activation, count, &[2, 3, 2], Twist::Generic);
        let task = line(&instance);
        let truth = exact_maximum(&task, &rational(1, 100_000_000)).unwrap();
        let found = run(&task, 1e-6);
        prop_assert!(found.decided);
        prop_assert!(found.maximum.upper - found.maximum.lower <= 1e-6);
        prop_assert!(meets(found.maximum, truth.lo(), truth.hi()), "{:?} {truth}", found.maximum);
        // The maximum is in one of the regions: elsewhere an exact value is never above the lower bound.
        for k in 0..=64 {
            let lambda = f64::from(k) / 64.0;
            let is_open = found.regions.iter().any(|region| region.from <= lambda && lambda <= region.to);
            let loss = exact_loss(&task, 0, &exact(lambda));
            prop_assert!(is_open || *loss.lo() <= exact(found.maximum.upper));
            prop_assert!(is_open || *loss.hi() < *truth.hi() || loss.lo() == truth.lo(), "λ = {lambda}");
        }
    }

    #[test]
    fn nothing_depends_on_direction_cuts_or_the_order_of_samples(
        seed in 0..10_000u64,
        activation in prop::sample::select(activations()),
        widths in any_widths(),
    ) {
        let here = modest(seed, &activation, 4, &widths, Twist::Generic);
        let found = run(&line(&here), 1e-5);
        prop_assert!(found.decided);
        let back = run(&chain(&here, &[&here.to, &here.from]), 1e-5);
        let middle = line(&here).point(0, &rational(1, 2));
        let split = run(&chain(&here, &[&here.from, &middle, &here.to]), 1e-5);
        let order = [2, 0, 3, 1];
        let rows = |targets: &DMatrix<Rational>| targets.select_rows(&order);
        let loss = match here.loss.criterion() {
            Criterion::Square(targets) => Criterion::Square(rows(targets)),
            Criterion::MeanSquare(targets) => Criterion::MeanSquare(rows(targets)),
            Criterion::SoftCrossEntropy(targets) => Criterion::SoftCrossEntropy(rows(targets)),
            Criterion::BinaryCrossEntropy(targets) => Criterion::BinaryCrossEntropy(rows(targets)),
            Criterion::CrossEntropy(labels) => Criterion::CrossEntropy(order.map(|i| labels[i]).to_vec()),
            Criterion::Hinge(labels) => Criterion::Hinge(order.map(|i| labels[i]).to_vec()),
        };
        let weights = here.loss.weights().map_or(vec![Rational::from(1); 4], |w| order.map(|i| w[i].clone()).to_vec());
        let loss = Loss::new(loss).unwrap().weighted(weights).unwrap();
        let inputs = here.problem.inputs.select_rows(&order);
        let mixed = Task::chain(&activation, &inputs, &loss, &[&here.from, &here.to]).unwrap();
        for other in [back, split, run(&mixed, 1e-5)] {
            prop_assert!(overlap(found.maximum, other.maximum));
            prop_assert!(overlap(found.above_larger_end, other.above_larger_end));
            prop_assert!(overlap(found.above_interpolation, other.above_interpolation));
        }
    }

    #[test]
    fn enclosures_narrow_with_the_tolerance(seed in 0..10_000u64, activation in prop::sample::select(activations())) {
        let instance = modest(seed, &activation, 3, &[2, 4, 3, 2], Twist::Generic);
        let task = line(&instance);
        // Doubles say how large the loss is: a tolerance relative to it.
        let size = run(&task, 1e6).maximum.upper.max(1.0);
        let found = [1e-1, 1e-3, 1e-6, 1e-9].map(|tolerance| {
            let tolerance = tolerance * size;
            let found = run(&task, tolerance);
            assert!(found.decided, "tolerance {tolerance}: {:?}", found.maximum);
            assert!(found.maximum.upper - found.maximum.lower <= tolerance);
            assert!(found.above_interpolation.upper - found.above_interpolation.lower <= tolerance);
            found.maximum
        });
        prop_assert!(found.windows(2).all(|pair| overlap(pair[0], pair[1])));
    }

    /// α around the exact maximum: below it refuted with an exact witness, above it proved.
    #[test]
    fn below_is_proved_or_refuted(seed in 0..10_000u64, activation in prop::sample::select(activations()[..4].to_vec())) {
        let instance = modest(seed, &activation, 2, &[2, 3, 2], Twist::Generic);
        let task = line(&instance);
        let truth = exact_maximum(&task, &rational(1, 1_000_000_000)).unwrap();
        let margin = rational(1, 1_000_000);
        match ask(&task, &Rational::from(truth.hi() + &margin)) {
            Below::Proved { upper } => prop_assert!(*truth.lo() <= exact(upper)),
            other => prop_assert!(false, "{other:?}"),
        }
        let alpha = Rational::from(truth.lo() - &margin);
        match ask(&task, &alpha) {
            Below::Refuted { witness, loss, exact: true } => {
                prop_assert!(*loss.lo() >= alpha);
                prop_assert_eq!(loss, exact_loss(&task, 0, &exact(witness.lambda)));
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }
}

/// The pair's bend, trained by `examples/train.rs` (seed 7, 400 steps).
fn bend(name: &str) -> Parameters<Rational> {
    let path = format!("{}/tests/data/bends/{name}.safetensors", env!("CARGO_MANIFEST_DIR"));
    parse_network(&std::fs::read(path).unwrap(), name).unwrap()
}

#[test]
fn lines_and_bends_of_the_digits_are_certified() {
    for carried in &CARRIED {
        let instance = carried.instance();
        let straight = run(&line(&instance), 1e-6);
        let bend = bend(&instance.name);
        let bent = run(&chain(&instance, &[&instance.from, &bend, &instance.to]), 1e-6);
        for found in [&straight, &bent] {
            assert!(found.decided && found.maximum.upper - found.maximum.lower <= 1e-6, "{}", instance.name);
        }
        assert!(bent.maximum.upper < straight.maximum.lower / 5.0, "{}: the bend avoids the barrier", instance.name);
    }
}

#[test]
fn a_trained_bezier_curve_is_certified() {
    let instance = CARRIED[3].instance();
    let control = bend("independent-32-bezier");
    let points = [&instance.from, &control, &instance.to];
    let task = Task::bezier(&instance.problem.activation, &instance.problem.inputs, &instance.loss, points).unwrap();
    let found = run(&task, 1e-6);
    assert!(found.decided && found.maximum.upper < 0.0385);
    assert_encloses(&task, &found, &[rational(1, 3)]);
}

/// A network by its stacked layers, row by row.
fn network(layers: &[(usize, usize, &[Rational])]) -> Parameters<Rational> {
    let matrix =
        |&(rows, columns, entries): &(usize, usize, &[Rational])| DMatrix::from_row_slice(rows, columns, entries);
    Parameters::new(layers.iter().map(matrix).collect()).unwrap()
}

fn numbers<const N: usize>(values: [i64; N]) -> [Rational; N] {
    values.map(Rational::from)
}

/// One input that is 1.
fn one() -> DMatrix<Rational> {
    DMatrix::from_element(1, 1, Rational::from(1))
}

fn square(target: i64) -> Loss {
    Loss::square(DMatrix::from_element(1, 1, Rational::from(target)))
}

/// 61 samples miss the maximum by all of it. Three ReLUs make a tent over [30/60, 31/60], zero elsewhere: the hidden
/// pre-activations are λ − 30/60, λ − 61/120, λ − 31/60 (the input is 1), the outgoing weights 120, −240, 120. Every
/// multiple of 1/60 has output 0 and loss 0, but at 61/120 the output is 1 and the loss 1/2.
#[test]
fn sixty_one_samples_can_miss_everything() {
    let kinks = [rational(30, 60), rational(61, 120), rational(31, 60)];
    let first = |lambda: i64| -> Vec<Rational> {
        kinks.iter().map(|kink| lambda - kink.clone()).chain(numbers([0, 0, 0])).collect()
    };
    let second = numbers([120, -240, 120, 0]);
    let end = |lambda| network(&[(2, 3, &first(lambda)), (4, 1, &second)]);
    let (from, to) = (end(0), end(1));
    let (relu, inputs, loss) = (Activation::relu(), one(), square(0));
    let task = Task::chain(&relu, &inputs, &loss, &[&from, &to]).unwrap();
    let sampled = samples(&task, 61).iter().map(|&(_, loss)| loss).fold(0.0, f64::max);
    assert!(sampled < 1e-25, "{sampled}");
    let found = run(&task, 1e-6);
    assert!(found.decided && found.maximum.lower > 0.499_999 && found.maximum.upper < 0.500_001);
    assert_eq!(exact_loss(&task, 0, &rational(61, 120)), sublevel::arith::Interval::point(rational(1, 2)));
    assert!(matches!(ask(&task, &rational(49, 100)), Below::Refuted { exact: true, .. }));
}

#[test]
fn equal_networks_have_a_constant_loss_and_no_barrier() {
    for twist in [Twist::Identical, Twist::BothZero] {
        for seed in 0..6 {
            let instance = modest(seed, &Activation::relu(), 3, &[2, 4, 3, 2], twist);
            let task = line(&instance);
            let found = run(&task, 1e-9);
            assert!(found.decided);
            assert!(found.above_larger_end.upper <= 1e-8 && found.above_interpolation.upper <= 1e-8);
            let value = exact_loss(&task, 0, &Rational::new());
            assert!(meets(found.maximum, value.lo(), value.hi()));
        }
    }
}

/// A breakpoint hit exactly, at an end, in the middle of a piece and where the search cuts.
#[test]
fn breakpoints_that_are_hit_exactly() {
    for kink in [rational(0, 1), rational(1, 2), rational(1, 3), rational(1, 1)] {
        let from = network(&[(2, 1, &[-kink.clone(), Rational::new()]), (2, 1, &numbers([2, 0]))]);
        let to = network(&[(2, 1, &[1 - kink.clone(), Rational::new()]), (2, 1, &numbers([2, 0]))]);
        let (absolute, inputs, loss) = (Activation::abs(), one(), square(0));
        let task = Task::chain(&absolute, &inputs, &loss, &[&from, &to]).unwrap();
        // The loss is 2 (λ − kink)².
        let farther = kink.clone().max(1 - kink);
        let truth = 2 * farther.square();
        let found = run(&task, 1e-9);
        assert!(found.decided && meets(found.maximum, &truth, &truth));
    }
}

/// The product of the weights is λ, but 2^600 · 2^600 is beyond doubles: MPFR decides.
#[test]
fn an_overflow_in_doubles_is_decided_by_multiprecision() {
    let huge = Rational::from(Integer::from(1) << 600);
    let tiny = Rational::from((Integer::from(1), Integer::from(1) << 1200));
    let end = |first: i64| {
        network(&[
            (2, 1, &[huge.clone() * first, Rational::new()]),
            (2, 1, &[huge.clone(), Rational::new()]),
            (2, 1, &[tiny.clone(), Rational::new()]),
        ])
    };
    let (from, to) = (end(0), end(1));
    let (relu, inputs, loss) = (Activation::relu(), one(), square(0));
    let task = Task::chain(&relu, &inputs, &loss, &[&from, &to]).unwrap();
    let found = run(&task, 1e-6);
    assert!(found.decided && meets(found.maximum, &rational(1, 2), &rational(1, 2)), "{found:?}");
}

proptest! {
    #![proptest_config(cases!("barrier", 64))]

    /// Losses on both sides of the largest double: a bound is true, or it is none.
    #[test]
    fn an_overflow_gives_no_bound(
        seed in 0..10_000u64,
        exponent in prop_oneof![480..540u32, 990..1040u32],
        activation in prop::sample::select(activations()),
        lambdas in prop::collection::vec(any_lambda(), 4),
    ) {
        let mut instance = instance(seed, &activation, 3, &[2, 3, 2], Twist::Generic);
        for network in [&mut instance.from, &mut instance.to] {
            let layer = network.layer(2).map(|entry| entry << exponent);
            network.set_layer(2, layer.into());
        }
        let task = line(&instance);
        let found = run(&task, 1e-3);
        assert_encloses(&task, &found, &lambdas);
        for enclosure in [found.maximum, found.above_larger_end, found.above_interpolation, found.ends[0], found.ends[1]] {
            prop_assert!(enclosure.lower <= enclosure.upper && enclosure.lower < f64::MAX, "{enclosure}");
        }
        let end = exact_loss(&task, 0, &Rational::new());
        for alpha in [end.lo() * rational(99, 100), end.hi() * rational(101, 100)] {
            if let Below::Refuted { loss, .. } = ask(&task, &alpha) {
                prop_assert!(*loss.lo() >= alpha);
            }
        }
    }
}

/// Networks and one input, as users would bring them.
fn reported(names: [&str; 2], data: &str) -> (Vec<Parameters<Rational>>, Inputs, Loss) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/adversary");
    let networks = names.map(|name| sublevel::network::read_network(&folder.join(name)).unwrap());
    let data = sublevel::network::read_data(&folder.join(data)).unwrap();
    let loss = Loss::from_data(LossKind::Square, &data, 1).unwrap();
    (networks.to_vec(), data.inputs, loss)
}

#[test]
fn a_square_that_overflows_is_no_lower_bound() {
    let (networks, inputs, loss) = reported(["overflow-lower.safetensors"; 2], "one.npz");
    let relu: Activation = "relu".parse().unwrap();
    let task = Task::chain(&relu, &inputs, &loss, &[&networks[0], &networks[1]]).unwrap();
    let found = run(&task, 1e-6);
    assert_encloses(&task, &found, &[Rational::new(), rational(1, 3)]);
    let truth = exact_loss(&task, 0, &rational(1, 2));
    assert!((truth.lo().to_f64() / 9.1125e307 - 1.0).abs() < 1e-12);
    assert!(found.maximum.upper - found.maximum.lower < 1e294);
    let above = rational(15, 1) * Rational::from(Integer::from(Integer::u_pow_u(10, 307)));
    assert!(matches!(ask(&task, &above), Below::Proved { .. }));

    // Nothing in doubles or beyond bounds this one from above: no bound is said to be one.
    let (networks, inputs, loss) = reported(["overflow-upper.safetensors"; 2], "one.npz");
    let task = Task::chain(&relu, &inputs, &loss, &[&networks[0], &networks[1]]).unwrap();
    let found = run(&task, 1e-6);
    assert!(!found.decided && found.maximum.upper.is_infinite() && found.maximum.lower < f64::MAX);
}

/// A spike of height 5e11 on a line where doubles know a point's loss to 6e-5 only: far from the tolerance.
#[test]
fn the_search_goes_on_as_long_as_it_narrows() {
    let (networks, inputs, loss) = reported(["tent-a.safetensors", "tent-b.safetensors"], "tent.npz");
    let relu: Activation = "relu".parse().unwrap();
    let task = Task::chain(&relu, &inputs, &loss, &[&networks[0], &networks[1]]).unwrap();
    let maximum = exact_maximum(&task, &rational(1, 1_000_000)).unwrap();
    for tolerance in [1e-6, 1e-2] {
        let found = run(&task, tolerance);
        assert!(meets(found.maximum, maximum.lo(), maximum.hi()));
        assert!(found.maximum.upper - found.maximum.lower < 1e-3, "{}", found.maximum);
        assert_eq!(found.decided, found.maximum.upper - found.maximum.lower <= tolerance);
    }
    let pair = CARRIED.iter().find(|pair| pair.name == "independent-32").unwrap().instance();
    let found = run(&line(&pair), 1e-15);
    assert!(!found.decided && found.maximum.upper - found.maximum.lower < 1e-14, "{}", found.maximum);
}

/// 2^60 h − 2^60 h + λ: doubles see noise of the size of 2^60 u, far above the tolerance.
#[test]
fn a_cancellation_in_doubles_is_decided_by_multiprecision() {
    let large = Rational::from(Integer::from(1) << 60);
    let end = |last: i64| {
        let second = [large.clone(), -large.clone(), Rational::from(last), Rational::new()];
        network(&[
            (2, 3, &[rational(1, 3), rational(1, 3), rational(1, 1), rational(0, 1), rational(0, 1), rational(0, 1)]),
            (4, 1, &second),
        ])
    };
    let (from, to) = (end(0), end(1));
    let (relu, inputs, loss) = (Activation::relu(), one(), square(0));
    let task = Task::chain(&relu, &inputs, &loss, &[&from, &to]).unwrap();
    let found = run(&task, 1e-9);
    assert!(found.decided && meets(found.maximum, &rational(1, 2), &rational(1, 2)), "{found:?}");
}

#[test]
fn a_tolerance_beyond_doubles_is_reached() {
    // A loss near 1: there 2e-13 is a thousand units in the last place, and far more than the noise of a point in doubles.
    let mut any = (0..).map(|seed| modest(seed, &Activation::relu(), 2, &[2, 3, 2], Twist::Generic));
    let instance = any.find(|instance| run(&line(instance), 1e-3).maximum.upper < 1.0).unwrap();
    let task = line(&instance);
    let found = run(&task, 2e-13);
    let truth = exact_maximum(&task, &Rational::from((1, 1u64 << 55))).unwrap();
    assert!(found.decided && meets(found.maximum, truth.lo(), truth.hi()), "{found:?}");
    assert!(found.maximum.upper - found.maximum.lower <= 2e-13);
}

#[test]
fn weights_below_the_normal_doubles() {
    let small = |power: u32| Rational::from((Integer::from(3), Integer::from(1) << power));
    for power in [1000, 1074, 1100, 4000] {
        let end = |sign: i64| {
            let weight = small(power) * sign;
            network(&[(2, 1, &[weight.clone(), weight.clone()]), (2, 1, &[Rational::from(7), weight])])
        };
        let (from, to) = (end(1), end(-1));
        let (absolute, inputs, loss) = (Activation::abs(), one(), square(1));
        let task = Task::chain(&absolute, &inputs, &loss, &[&from, &to]).unwrap();
        let found = run(&task, 1e-12);
        assert!(found.decided);
        assert_encloses(&task, &found, &[rational(1, 3), rational(1, 2)]);
    }
}

/// Logits of ±10,000 and far more: no overflow, and the loss is about the gap.
#[test]
fn large_logits_do_not_overflow() {
    for (size, tolerance) in [(10_000, 1e-6), (1_000_000_000_000, 1e-2)] {
        let from = network(&[(2, 3, &numbers([size, -size, 0, 0, 0, 0]))]);
        let to = network(&[(2, 3, &numbers([-size, size, 0, 0, 0, 0]))]);
        for (loss, truth) in [(Loss::cross_entropy(vec![0]), 2 * size), (Loss::hinge(vec![0]), 2 * size + 1)] {
            let (relu, inputs) = (Activation::relu(), one());
            let task = Task::chain(&relu, &inputs, &loss, &[&from, &to]).unwrap();
            let found = run(&task, tolerance);
            assert!(found.decided && meets(found.maximum, &Rational::from(truth), &Rational::from(truth)), "{found:?}");
        }
    }
}

#[test]
fn a_small_budget_is_undecided_with_a_true_enclosure() {
    let instance = CARRIED[3].instance();
    let task = line(&instance);
    let full = run(&task, 1e-9);
    let found = barrier(&task, 1e-9, Budget { evaluations: 40, progress: &mut |_, _, _| {} }).unwrap();
    assert!(!found.decided && overlap(found.maximum, full.maximum));
    assert!(found.maximum.upper > full.maximum.upper);
    let alpha = exact(full.maximum.upper + 1e-8);
    match below(&task, &alpha, Budget { evaluations: 40, progress: &mut |_, _, _| {} }) {
        Below::Undecided { maximum, .. } => assert!(overlap(maximum, full.maximum)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_said_names_the_option_as_it_is_written() {
    let instance = CARRIED[3].instance();
    let task = line(&instance);
    let full = run(&task, 1e-9);
    let found = barrier(&task, 1e-9, Budget { evaluations: 40, progress: &mut |_, _, _| {} }).unwrap();
    assert_eq!(undecided(&full, BUDGET, 1e-9, Options::PYTHON), None);
    let said = |options| undecided(&found, 40, 1e-9, options).unwrap();
    assert!(
        said(Options::COMMAND_LINE).contains("(a larger --budget)")
            && said(Options::PYTHON).contains("(a larger budget)")
    );
    let (summary, samples) = BarrierSummary::new(&task, &full, (vec![], false), 1e-9, 0.0);
    assert_eq!((summary.maximum, summary.decided), ([full.maximum.lower, full.maximum.upper], true));
    assert_eq!(summary.sampled_points, samples.len());
    let answer = |alpha: &Rational| ask(&task, alpha);
    let (over, under) = (exact(full.maximum.upper * 1.01), exact(full.maximum.lower * 0.99));
    assert_eq!(below_objection(&over, &answer(&over), Options::PYTHON), None);
    assert!(below_objection(&under, &answer(&under), Options::PYTHON).unwrap().starts_with("refuted: at λ = "));
    let value = below_summary(&task, &under, &answer(&under));
    assert!(value["answer"] == "refuted" && value["loss_at_witness"].is_array() && value["loss"].is_string());
}

#[test]
fn what_does_not_fit_is_refused() {
    let instance = instance(1, &Activation::relu(), 2, &[2, 3, 2], Twist::Generic);
    let other = sublevel::suite::instance(1, &Activation::relu(), 2, &[2, 4, 2], Twist::Generic);
    let (activation, inputs) = (&instance.problem.activation, &instance.problem.inputs);
    let (from, to) = (&instance.from, &instance.to);
    let fails = |inputs: &DMatrix<Rational>, loss: &Loss, networks: &[&Parameters<Rational>]| {
        Task::chain(activation, inputs, loss, networks).map(|_| ()).unwrap_err()
    };
    let labels = Loss::cross_entropy(vec![0, 1]);
    assert_eq!(fails(inputs, &labels, &[from]), TaskError::TooFewNetworks { found: 1 });
    let widths = TaskError::Widths { network: 1, found: vec![2, 4, 2], expected: vec![2, 3, 2] };
    assert_eq!(fails(inputs, &labels, &[from, &other.from]), widths);
    let wide = DMatrix::from_element(2, 5, Rational::new());
    assert_eq!(fails(&wide, &labels, &[from, to]), TaskError::Inputs { found: 5, expected: 2 });
    let none = DMatrix::from_element(0, 2, Rational::new());
    assert_eq!(fails(&none, &labels, &[from, to]), TaskError::NoSamples);
    let short = TaskError::Loss(LossError::Count { found: 1, samples: 2 });
    assert_eq!(fails(inputs, &Loss::hinge(vec![0]), &[from, to]), short);
    let targets = TaskError::Loss(LossError::Columns { found: 5, outputs: 2 });
    assert_eq!(fails(inputs, &Loss::square(wide.clone()), &[from, to]), targets);
    let label = TaskError::Loss(LossError::Label { sample: 1, label: 2, outputs: 2 });
    assert_eq!(fails(inputs, &Loss::cross_entropy(vec![0, 2]), &[from, to]), label);
    for tolerance in [0.0, -1.0, f64::INFINITY] {
        let refused = barrier(&line(&instance), tolerance, limits(&mut |_, _, _| {})).map(|_| ());
        assert_eq!(refused, Err(ToleranceError { found: tolerance }));
    }
}

/// A number of the size of 2^exponent.
fn any_size() -> impl Strategy<Value = Rational> {
    let exponent =
        prop_oneof![3 => -4..4i32, 1 => -200..200i32, 1 => prop::sample::select(vec![-1100, -600, 600, 1100])];
    (-9..=9i64, exponent).prop_map(|(k, exponent)| Rational::from(k) << exponent)
}

/// Every loss of two samples and two outputs, with targets and weights of any size.
fn any_losses() -> impl Strategy<Value = Vec<Loss>> {
    let weights = prop::option::of(prop::collection::vec(any_size(), 2));
    (prop::collection::vec(any_size(), 4), prop::collection::vec(0..2usize, 2), weights).prop_map(
        |(targets, labels, weights)| {
            let targets = DMatrix::from_vec(2, 2, targets);
            let soft = targets.map(|y| y.abs());
            let largest = soft.iter().max().unwrap().clone().max(Rational::from(1));
            let criteria = [
                Criterion::Square(targets.clone()),
                Criterion::MeanSquare(targets),
                Criterion::Hinge(labels.clone()),
                Criterion::CrossEntropy(labels),
                Criterion::BinaryCrossEntropy(soft.map(|y| y / &largest)),
                Criterion::SoftCrossEntropy(soft),
            ];
            let weigh = |criterion| {
                let loss = Loss::new(criterion).unwrap();
                match &weights {
                    None => loss,
                    Some(weights) => {
                        let mut weights: Vec<_> = weights.iter().map(|weight| weight.clone().abs()).collect();
                        weights[0] += Rational::from((1, 1000));
                        loss.weighted(weights).unwrap()
                    }
                }
            };
            criteria.map(weigh).into()
        },
    )
}

proptest! {
    #![proptest_config(cases!("barrier", 80))]

    /// Whatever the sizes of outputs, targets and weights, and however few intervals: a bound is a bound, and where doubles
    /// overflow there is none.
    #[test]
    fn every_loss_is_bounded_at_any_size(
        layers in prop::collection::vec(any_size(), 2 * (2 * 2 + 3 * 2)),
        losses in any_losses(),
        places in prop::collection::vec(any_lambda(), 2),
        is_curved: bool,
    ) {
        let inputs = DMatrix::from_column_slice(2, 1, &[rational(1, 1), rational(-2, 3)]);
        let end = |entries: &[Rational]| network(&[(2, 2, &entries[..4]), (3, 2, &entries[4..])]);
        let (from, to) = (end(&layers[..10]), end(&layers[10..]));
        let leaky: Activation = "leaky-relu=1/4".parse().unwrap();
        for loss in &losses {
            let task = if is_curved {
                Task::bezier(&leaky, &inputs, loss, [&from, &to, &from]).unwrap()
            } else {
                Task::chain(&leaky, &inputs, loss, &[&from, &to]).unwrap()
            };
            let found = barrier(&task, 1e-3, Budget { evaluations: 12, progress: &mut |_, _, _| {} }).unwrap();
            prop_assert!(found.maximum.lower.is_finite() && found.ends.iter().all(|end| end.lower.is_finite()));
            assert_encloses(&task, &found, &places);
            for (region, ends) in envelope(&task, 4) {
                let (from, to) = (exact(region.from), exact(region.to));
                let lambda = Rational::from(&to - &from) * &places[0] + &from;
                let value = exact_loss(&task, 0, &lambda);
                let [a, b] = ends.map(Rational::from_f64);
                if let (Some(a), Some(b)) = (a, b) {
                    let bound = Rational::from(&b - &a) * &places[0] + a;
                    prop_assert!(*value.lo() <= bound, "{loss}, {region:?}: {value} above {bound}");
                }
            }
        }
    }
}

/// Outputs of 2^600, whose squares no double holds, count 2^-900 times: an overflow on the way is no lower bound.
#[test]
fn an_overflow_is_no_lower_bound() {
    let power = |exponent: i32| Rational::from(1) << exponent;
    let end = |sign: i32| network(&[(2, 1, &[power(600) * sign, Rational::new()])]);
    let (from, to) = (end(1), end(-1));
    let (relu, inputs) = (Activation::relu(), DMatrix::from_column_slice(2, 1, &[rational(1, 1), rational(0, 1)]));
    let targets = || DMatrix::from_element(2, 1, Rational::new());
    for loss in [Loss::square(targets()), Loss::mean_square(targets())] {
        let loss = loss.weighted(vec![power(-900), power(0)]).unwrap();
        let task = Task::chain(&relu, &inputs, &loss, &[&from, &to]).unwrap();
        let found = barrier(&task, 2f64.powi(280), limits(&mut |_, _, _| {})).unwrap();
        let truth = exact_loss(&task, 0, &Rational::new());
        assert!(found.decided && meets(found.maximum, truth.lo(), truth.hi()), "{found:?}");
    }
}

fn report(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/reports/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Networks that others trained, with one logit on labels 0 and 1, and on real targets: what PyTorch's losses are in double
/// at 200,001 and 100,001 points of the line.
#[test]
fn one_logit_and_mean_squares_of_trained_networks() {
    let relu = Activation::relu();
    for (name, data, kind, sampled) in [
        ("moons", "moons-lab.npz", LossKind::BinaryCrossEntropy, [0.020891675814, 0.021634940310, 0.314037393]),
        ("reg", "reg-2d.npz", LossKind::MeanSquare, [0.003837556320, 0.015428327480, 0.583482967]),
        ("reg", "reg-2d.npz", LossKind::Square, [0.0767511264, 0.3085665496, 11.66965934]),
    ] {
        let data = parse_data(&report(data), data).unwrap();
        let [a, b] = ["a", "b"].map(|end| {
            let file = format!("{name}-{end}.safetensors");
            parse_network(&report(&file), &file).unwrap()
        });
        if kind == LossKind::BinaryCrossEntropy {
            assert_eq!(LossKind::usual(&data.targets, 1), Some(kind));
        }
        let loss = Loss::from_data(kind, &data, 1).unwrap();
        let task = Task::chain(&relu, &data.inputs, &loss, &[&a, &b]).unwrap();
        let found = run(&task, 1e-6);
        assert!(
            found.decided && found.maximum.lower < sampled[2] + 1e-6 && sampled[2] < found.maximum.upper,
            "{found:?}"
        );
        for (end, sampled) in found.ends.iter().zip(sampled) {
            assert!((end.lower - sampled).abs() < 1e-9 && (end.upper - sampled).abs() < 1e-9, "{found:?}");
        }
    }
}

/// Runs the program in a directory of its own; the exit code and what it printed.
fn sublevel(arguments: &[&str]) -> (i32, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_sublevel")).args(arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), text)
}

#[test]
fn the_program_certifies_refutes_and_is_checked() {
    let root = env!("CARGO_MANIFEST_DIR");
    let file = |name: &str| format!("{root}/tests/data/{name}");
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("bend.path.jsonl").display().to_string();
    let svg = directory.path().join("bend.svg").display().to_string();
    let (a, b) = (file("digits/independent-32-a.safetensors"), file("digits/independent-32-b.safetensors"));
    let (data, bend) = (file("digits/digits-32.npz"), file("bends/independent-32.safetensors"));
    let common = [a.as_str(), &b, "--data", &data, "--activation", "leaky-relu=0.01"];
    let run = |more: &[&str]| sublevel(&[&["barrier"], &common[..], more].concat());

    let (code, text) = run(&["--via", &bend, "--tolerance", "1e-3", "--out", &out, "--plot", &svg]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("2 straight segments of 64-32-16-10") && text.contains("above the larger end"), "{text}");
    assert!(std::fs::read_to_string(&svg).unwrap().starts_with("<svg"));
    let (code, text) = sublevel(&["check", &out, "--from", &a, "--to", &b, "--data", &data]);
    assert!(code == 0 && text.contains("the loss never exceeds 0.03"), "{text}");

    let (code, text) = run(&["--below", "1.2"]);
    assert!(code == 1 && text.contains("refuted") && text.contains("verified in rational numbers"), "{text}");
    assert_eq!(run(&["--below", "1.3"]).0, 0);
    assert_eq!(run(&["--below", "1.27605", "--budget", "40"]).0, 4);
    let (code, text) = run(&["--tolerance", "1e-9", "--budget", "40", "--json"]);
    assert!(code == 4 && text.contains("\"decided\": false"), "{text}");
    assert_eq!(run(&["--via", "/nowhere"]).0, 2);
    assert_eq!(run(&["--tolerance", "0"]).0, 2);
    assert_eq!(run(&["--bezier", &bend, "--via", &bend]).0, 2);
}
