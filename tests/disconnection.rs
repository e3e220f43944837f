//! Sublevel sets that are disconnected, one below the thresholds of the theorems.

mod boundary;
mod extensions;

use crate::support::unproved;
use nalgebra::DMatrix;
use proptest::prelude::*;
use rug::Rational;
use std::sync::Arc;
use sublevel::certificate::Claim;
use sublevel::checker::{Conclusion, Unproved};
use sublevel::example::{conclusion, integers, network, problem};
use sublevel::linalg::{Double, Exact, Kernel};
use sublevel::network::{Activation, Loss, Parameters, import_matrix, with_ones};
use sublevel::path::{Move, Path, changes_between};
use sublevel::statement::determinant_sign::{DeterminantSign, NotSeparated};
use sublevel::statement::disconnection::*;
use sublevel::statement::object::{Refused, certificate};
use sublevel::statement::skip_product::{NotRefuted, SkipProduct};
use unproved::unproved;

fn q(numerator: i64, denominator: i64) -> Rational {
    Rational::from((numerator, denominator))
}

fn matrix(rows: usize, columns: usize, entries: &[i64]) -> DMatrix<Rational> {
    DMatrix::from_row_slice(rows, columns, entries).map(Rational::from)
}

fn identity(size: usize) -> DMatrix<Rational> {
    DMatrix::from_fn(size, size, |i, j| Rational::from(u32::from(i == j)))
}

fn levels(attained: Rational, barrier: Rational) -> Result<Levels, Refused> {
    Ok(Levels { attained, barrier })
}

/// rank [Y, 1] = 1: with all targets one row every width is enough, one neuron too: W_2 falls to 0, and then W_1 is free.
#[test]
fn equal_targets_are_connected_at_every_width() {
    let problem = problem("relu", integers(4, 1, &[0, 1, 2, 3]), &[1, 1, 2]);
    let ends = [network(&[1, 1, 2], &[&[1, 0], &[3, -1, 0, 4]]), network(&[1, 1, 2], &[&[-2, 5], &[1, 7, -3, 0]])];
    let loss = Loss::square(integers(4, 2, &[2, 5, 2, 5, 2, 5, 2, 5]));
    let flat = |end: &Parameters<Rational>| {
        let mut flat = end.clone();
        flat.set_layer(2, Arc::new(integers(2, 2, &[0, 0, 2, 5])));
        flat
    };
    let [from, to] = &ends;
    let stops = [from.clone(), flat(from), flat(to), to.clone()];
    let moves = stops.windows(2).map(|pair| Move::Line(changes_between(&pair[0], &pair[1]))).collect();
    let path = Path { start: from.clone(), moves };
    assert_eq!(conclusion(&problem, Claim::Connected, Some(&loss), &path), Ok(Conclusion::Connected));
}

/// The same network with its first hidden neuron in the place of the second too, and the best last layer for it.
fn best_with_equal_neurons(instance: &Disconnection) -> Parameters<Rational> {
    let mut first = (**instance.positive.layer(1)).clone();
    let neuron = first.column(0).into_owned();
    first.set_column(1, &neuron);
    let inputs = with_ones(&Exact, &instance.inputs);
    let hidden = Exact.product(&inputs, &first).map(|entry| instance.activation.evaluate(&entry));
    let features = with_ones(&Exact, &hidden);
    let basis = Exact.pivot_columns(&features);
    let columns = features.select_columns(&basis);
    let normal = Exact.product(&columns.transpose(), &columns);
    let best = Exact.solve(&normal, &Exact.product(&columns.transpose(), &instance.targets)).unwrap();
    let mut second = DMatrix::from_element(features.ncols(), instance.targets.ncols(), Rational::new());
    for (row, &place) in basis.iter().enumerate() {
        second.set_row(place, &best.row(row));
    }
    Parameters::new(vec![first, second]).unwrap()
}

#[test]
fn width_one_with_two_samples_is_disconnected_below_a_quarter() {
    let instance = two_samples(q(1, 100)).unwrap();
    assert_eq!(instance.verify(), levels(q(0, 1), q(1, 4)));
    let text = instance.verify().unwrap().to_string();
    assert_eq!(text, "for 0 ≤ α < 0.25 the sublevel set Φ ≤ α is disconnected");
    for slope in [q(0, 1), q(1, 1), q(-1, 2)] {
        assert_eq!(two_samples(slope), Err(NoInstance::Slope));
    }
}

#[test]
fn alternating_targets_are_disconnected_for_every_number_of_samples() {
    for samples in 3..=12 {
        for slope in [q(1, 100), q(1, 2), q(99, 100)] {
            let instance = alternating_targets(samples, slope).unwrap();
            assert_eq!(instance.positive.widths(), [1, (samples - 2).max(2), 1]);
            let found = instance.verify().unwrap();
            assert!(found.attained == 0 && found.barrier > 0, "N = {samples}");
        }
    }
    // N = 4, slope 1/10: the targets change by 1/2, −1/2, 1/20.
    assert_eq!(alternating_targets(4, q(1, 10)).unwrap().verify(), levels(q(0, 1), q(1, 1600)));
    assert_eq!(alternating_targets(2, q(1, 2)), Err(NoInstance::Samples { needed: 3, found: 2 }));
    assert_eq!(alternating_targets(3, q(2, 1)), Err(NoInstance::Slope));
}

#[test]
fn one_hot_targets_have_the_largest_margin() {
    for samples in 2..=7 {
        let inputs = DMatrix::from_fn(samples, 2, |i, j| Rational::from(i * i + j));
        let activation = "leaky-relu=0.01".parse().unwrap();
        let instance = independent_targets(&Exact, &activation, &inputs, &identity(samples)).unwrap();
        assert_eq!(instance.obstruction, Obstruction::Features { margin: q(1, 1) });
        assert_eq!(instance.positive.widths(), [2, samples - 1, samples]);
        assert_eq!(instance.verify(), levels(q(0, 1), q(1, 2)));
    }
}

fn any_rational() -> impl Strategy<Value = Rational> {
    (-20..20i64, 1..5i64).prop_map(|(numerator, denominator)| q(numerator, denominator))
}

fn any_matrix(rows: usize, columns: usize) -> impl Strategy<Value = DMatrix<Rational>> {
    prop::collection::vec(any_rational(), rows * columns)
        .prop_map(move |entries| DMatrix::from_vec(rows, columns, entries))
}

fn any_activation() -> impl Strategy<Value = Activation> {
    prop::sample::select(vec![
        "relu",
        "leaky-relu=0.01",
        "abs",
        "hard-tanh",
        "pl:breakpoints=-1,2;slopes=3,-1,2;value=1",
    ])
    .prop_map(|text| text.parse().unwrap())
}

proptest! {
    #![proptest_config(cases!("disconnection", 60))]

    #[test]
    fn width_n_minus_1_is_disconnected_for_any_data(
        activation in any_activation(),
        (inputs, targets) in (2..6usize).prop_flat_map(|n| (any_matrix(n, 2), any_matrix(n, n - 1))),
    ) {
        match independent_targets(&Exact, &activation, &inputs, &targets) {
            Ok(instance) => {
                let found = instance.verify().unwrap();
                prop_assert_eq!(&found.attained, &Rational::new());
                prop_assert!(found.barrier > 0);
                if instance.positive.widths()[1] > 1 {
                    let singular = best_with_equal_neurons(&instance);
                    prop_assert!(instance.loss(&singular) >= found.barrier);
                }
            }
            Err(NoInstance::EqualInputs { .. } | NoInstance::TargetRank { .. }) => {}
            Err(reason) => return Err(TestCaseError::fail(reason.to_string())),
        }
    }

    #[test]
    fn square_matrices_are_separated_exactly_by_opposite_determinants(
        a in any_matrix(3, 3), b in any_matrix(3, 3), exchanged in any_matrix(3, 3),
    ) {
        let by_hand = |m: &DMatrix<Rational>| -> Rational {
            let term = |i: usize, j: usize, k: usize| Rational::from(&m[(0, i)] * &m[(1, j)]) * &m[(2, k)];
            term(0, 1, 2) + term(1, 2, 0) + term(2, 0, 1) - term(2, 1, 0) - term(1, 0, 2) - term(0, 2, 1)
        };
        let opposite = by_hand(&a) * by_hand(&b) < 0;
        prop_assert_eq!(DeterminantSign::separate(&a, &b).is_ok(), opposite);
        let mut other = exchanged.clone();
        other.swap_rows(0, 2);
        prop_assert_eq!(DeterminantSign::separate(&exchanged, &other).is_ok(), !by_hand(&exchanged).is_zero());
    }

    #[test]
    fn a_product_cannot_change_its_sign(a in any_rational(), b in any_rational(), y in any_rational()) {
        match SkipProduct::new((a.clone(), b.clone()), y.clone()) {
            Ok(instance) => prop_assert_eq!(instance.verify(), Ok((Rational::new(), y.square()))),
            Err(NotRefuted::NoSkip) => prop_assert!(b.is_zero()),
            Err(reason) => prop_assert!(reason == NotRefuted::ZeroTarget && y.is_zero()),
        }
    }
}

/// The instance of three samples and one-hot targets that the negative controls start from.
fn three_samples() -> Disconnection {
    let inputs = matrix(3, 1, &[0, 1, 2]);
    independent_targets(&Exact, &"leaky-relu=1/10".parse().unwrap(), &inputs, &identity(3)).unwrap()
}

#[test]
fn what_does_not_separate_is_refused_by_name() {
    let good = three_samples();
    let swapped = Disconnection { positive: good.negative.clone(), negative: good.positive.clone(), ..good.clone() };
    assert_eq!(unproved(swapped.verify()), Unproved::Signs);
    let one_sided = Disconnection { negative: good.positive.clone(), ..good.clone() };
    assert_eq!(unproved(one_sided.verify()), Unproved::Signs);

    let margin = q(1000001, 1000000);
    let greedy = Disconnection { obstruction: Obstruction::Features { margin: margin.clone() }, ..good.clone() };
    assert_eq!(unproved(greedy.verify()), Unproved::Margin);
    let empty = Disconnection { obstruction: Obstruction::Features { margin: q(0, 1) }, ..good.clone() };
    assert_eq!(unproved(empty.verify()), Unproved::Margin);

    // A last bias moved by 1 costs 3/2 > 1/2.
    let mut last = (**good.positive.layer(2)).clone();
    last[(2, 0)] += 1;
    let worse = Disconnection { positive: good.positive.with_layer(2, last).unwrap(), ..good.clone() };
    assert!(matches!(unproved(worse.verify()), Unproved::NotBelow { attained, .. } if attained.to_string() == "3/2"));

    let fewer = Disconnection { targets: matrix(2, 3, &[1, 0, 0, 0, 1, 0]), ..good.clone() };
    assert!(fewer.verify().unwrap_err().to_string().contains("the matrix of targets"));
    let wrong = Disconnection { obstruction: Obstruction::SingleNeuron, ..good };
    assert_eq!(unproved(wrong.verify()), Unproved::Function);
}

#[test]
fn the_determinant_obstructs_at_any_depth() {
    // A neuron in front that hands on the inputs, which are not negative: widths 1-1-2-3.
    let good = three_samples();
    let deeper = |parameters: &Parameters<Rational>| {
        let layers = [&matrix(2, 1, &[1, 0]), &**parameters.layer(1), &**parameters.layer(2)];
        Parameters::new(layers.map(Clone::clone).to_vec()).unwrap()
    };
    let deep = Disconnection { positive: deeper(&good.positive), negative: deeper(&good.negative), ..good };
    assert_eq!(deep.positive.widths(), [1, 1, 2, 3]);
    assert_eq!(deep.verify(), levels(q(0, 1), q(1, 2)));
    let alternation = Disconnection { obstruction: Obstruction::Alternation, ..deep };
    assert_eq!(unproved(alternation.verify()), Unproved::Function);
}

#[test]
fn at_width_n_the_argument_stops() {
    // The same data, one more neuron: [F_1, 1] is no longer square, and the paper's theorems take over.
    let good = three_samples();
    let wider = |parameters: &Parameters<Rational>| {
        let first = (**parameters.layer(1)).clone().insert_column(2, Rational::new());
        let second = (**parameters.layer(2)).clone().insert_row(2, Rational::new());
        Parameters::new(vec![first, second]).unwrap()
    };
    let wide = Disconnection { positive: wider(&good.positive), negative: wider(&good.negative), ..good };
    assert_eq!(unproved(wide.verify()), Unproved::Function);
    // Alternating targets: with one neuron more, what is left after one vanishes can follow them.
    let four = alternating_targets(4, q(1, 10)).unwrap();
    let wide = Disconnection { positive: wider(&four.positive), negative: wider(&four.negative), ..four };
    assert_eq!(unproved(wide.verify()), Unproved::TooFewAlternations { alternations: 3, runs: 3 });
}

#[test]
fn targets_that_do_not_alternate_are_refused() {
    let good = alternating_targets(5, q(1, 10)).unwrap();
    let mut flat = good.clone();
    flat.targets[2] = flat.targets[1].clone();
    assert_eq!(unproved(flat.verify()), Unproved::NotAlternating { sample: 1 });
    let mut equal = good.clone();
    equal.inputs[3] = equal.inputs[2].clone();
    assert_eq!(unproved(equal.verify()), Unproved::NotAscending { sample: 2 });
    // A single neuron of |x| turns: three samples are no obstacle for one neuron less than two.
    let three = alternating_targets(3, q(1, 10)).unwrap();
    let folded = Disconnection { activation: Activation::abs(), ..three };
    assert_eq!(unproved(folded.verify()), Unproved::TooFewAlternations { alternations: 2, runs: 2 });
}

#[test]
fn data_without_an_instance_are_refused_by_name() {
    let try_on = |activation: &str, inputs: &[i64], targets: &DMatrix<Rational>| {
        let inputs = matrix(inputs.len(), 1, inputs);
        independent_targets(&Exact, &activation.parse().unwrap(), &inputs, targets).unwrap_err()
    };
    assert_eq!(try_on("relu", &[0], &identity(1)), NoInstance::Samples { needed: 2, found: 1 });
    assert_eq!(try_on("relu", &[0, 1], &identity(3)), NoInstance::Targets { inputs: 2, targets: 3 });
    assert_eq!(try_on("relu", &[0, 1, 0], &identity(3)), NoInstance::EqualInputs { first: 0, second: 2 });
    let one_output = matrix(3, 1, &[0, 1, 5]);
    assert_eq!(try_on("relu", &[0, 1, 2], &one_output), NoInstance::TargetRank { rank: 2, samples: 3 });
    assert_eq!(try_on("identity", &[0, 1, 2], &identity(3)), NoInstance::FeatureRank { rank: 2, samples: 3 });
}

#[test]
fn f64_answers_wrongly_where_the_margin_is_small() {
    assert_eq!(three_samples().decide_in_double(), Some(true));
    assert_eq!(two_samples(q(1, 100)).unwrap().decide_in_double(), Some(true));
    assert_eq!(alternating_targets(6, q(1, 100)).unwrap().decide_in_double(), Some(true));
    // The third target is off the line through the first two by 2⁻⁶⁰: rank [Y, 1] = 3, but f64 sees rank 2.
    let mut targets = matrix(3, 2, &[0, 0, 1, 1, 3, 3]);
    targets[(2, 1)] += Rational::from((1, 1u64 << 60));
    let activation = "leaky-relu=1/10".parse().unwrap();
    let thin = independent_targets(&Exact, &activation, &matrix(3, 1, &[0, 1, 2]), &targets).unwrap();
    assert!(thin.verify().is_ok());
    assert_eq!(thin.decide_in_double(), Some(false));
    // Outputs equal to the mean of the targets: the loss is exactly the barrier. Rounded, it may be below.
    let at_the_mean = |k: i64| {
        let parameters = |weight: i64| {
            let second = DMatrix::from_row_slice(2, 1, &[q(weight, 1), q(2, k)]);
            Parameters::new(vec![matrix(2, 1, &[0, 0]), second]).unwrap()
        };
        let (inputs, targets) = (matrix(3, 1, &[0, 1, 2]), DMatrix::from_row_slice(3, 1, &[q(0, 1), q(1, k), q(5, k)]));
        Disconnection {
            inputs,
            targets,
            positive: parameters(1),
            negative: parameters(-1),
            ..two_samples(q(1, 2)).unwrap()
        }
    };
    let deceived = (1..100).map(at_the_mean).find(|instance| instance.decide_in_double() == Some(true)).unwrap();
    assert!(matches!(unproved(deceived.verify()), Unproved::NotBelow { attained, barrier } if attained == barrier));
}

#[test]
fn square_matrices_are_refused_by_name() {
    let swap = matrix(2, 2, &[0, 1, 1, 0]);
    let pair = DeterminantSign::separate(&swap, &identity(2)).unwrap();
    assert_eq!((pair.verify(), pair.positive.clone()), (Ok(()), identity(2)));
    assert_eq!(pair.to_string(), "the determinants are 1 and -1: no path of full rank matrices joins the two");
    let same = DeterminantSign::separate(&identity(2), &matrix(2, 2, &[3, 0, 0, 1]));
    assert_eq!(same, Err(NotSeparated::Signs { first: q(1, 1), second: q(3, 1) }));
    let wide = matrix(2, 3, &[1, 0, 0, 0, 1, 0]);
    assert_eq!(DeterminantSign::separate(&wide, &wide), Err(NotSeparated::Shape { first: (2, 3), second: (2, 3) }));
    assert!(DeterminantSign::separate(&identity(2), &identity(3)).is_err());
    // Regular by 2⁻⁶⁰, and singular in f64.
    let mut thin = matrix(2, 2, &[1, 1, 1, 1]);
    thin[(1, 1)] -= Rational::from((1, 1u64 << 60));
    assert!(DeterminantSign::separate(&thin, &identity(2)).is_ok());
    assert_eq!(import_matrix(&Double, &thin).determinant(), 0.0);
}

#[test]
fn a_skip_product_that_refutes_nothing_is_refused_by_name() {
    let good = SkipProduct::new((q(0, 1), q(1, 1)), q(1, 1)).unwrap();
    assert_eq!((good.positive.clone(), good.negative.clone()), ((q(1, 1), q(1, 1)), (q(-1, 1), q(-1, 1))));
    assert_eq!(good.verify(), Ok((q(0, 1), q(1, 1))));
    let swapped = SkipProduct { positive: good.negative.clone(), ..good.clone() };
    assert_eq!(unproved(swapped.verify()), Unproved::Signs);
    let far = SkipProduct { positive: (q(1, 1), q(2, 1)), ..good };
    assert!(matches!(unproved(far.verify()), Unproved::NotBelow { .. }));
}

/// Distinct inputs, targets that rise and fall in turn, and a slope for which neurons in order part them.
fn alternating_data() -> impl Strategy<Value = (Vec<Rational>, Vec<Rational>, Rational)> {
    let steps = |n: usize| prop::collection::vec((1..30i64, 1..5i64), n);
    (3..=13usize)
        .prop_flat_map(move |n| (steps(n), steps(n), any::<bool>(), 0..100i64, any::<bool>(), any::<u64>()))
        .prop_map(|(widths, heights, rises, slope, negative, order)| {
            let sums = |steps: &[(i64, i64)], sign: fn(usize) -> i64| {
                let mut sum = Rational::new();
                let step = |(i, &(p, r)): (usize, &(i64, i64))| {
                    sum += q(p, r) * sign(i);
                    sum.clone()
                };
                steps.iter().enumerate().map(step).collect::<Vec<_>>()
            };
            let inputs = sums(&widths, |_| 1);
            let targets = sums(
                &heights,
                if rises { |i| if i % 2 == 0 { -1 } else { 1 } } else { |i| if i % 2 == 0 { 1 } else { -1 } },
            );
            let slope = if negative && inputs.len() % 2 == 0 { q(-slope - 1, 100) } else { q(slope, 100) };
            // In any order.
            let mut places: Vec<usize> = (0..inputs.len()).collect();
            places.sort_by_key(|&i| (i as u64 + 1).wrapping_mul(order | 1).rotate_left(17));
            let listed = |list: &[Rational]| places.iter().map(|&i| list[i].clone()).collect::<Vec<_>>();
            (listed(&inputs), listed(&targets), slope)
        })
}

/// ¼ min δ² of an instance, whose inputs ascend.
fn quarter(instance: &Disconnection) -> Rational {
    let changes = instance.targets.as_slice().windows(2).map(|pair| Rational::from(&pair[1] - &pair[0]).square());
    changes.min().unwrap() / 4u32
}

/// The same network with these weights of its last layer, and the best bias for them.
fn with_best_bias(instance: &Disconnection, first: DMatrix<Rational>, mut second: DMatrix<Rational>) -> Rational {
    let bias = second.nrows() - 1;
    second[(bias, 0)] = Rational::new();
    let inputs = with_ones(&Exact, &instance.inputs);
    let hidden = Exact.product(&inputs, &first).map(|entry| instance.activation.evaluate(&entry));
    let output = Exact.product(&with_ones(&Exact, &hidden), &second);
    let residual = instance.targets.clone() - output;
    second[(bias, 0)] = residual.iter().sum::<Rational>() / residual.len() as u64;
    instance.loss(&Parameters::new(vec![first, second]).unwrap())
}

proptest! {
    #![proptest_config(cases!("disconnection", 80))]

    #[test]
    fn one_output_and_width_n_minus_1_are_not_enough((inputs, targets, slope) in alternating_data()) {
        let instance = ordered_neurons(&inputs, &targets, &slope).unwrap();
        prop_assert_eq!(instance.positive.widths(), [1, inputs.len() - 1, 1]);
        let barrier = quarter(&instance);
        prop_assert_eq!(instance.verify(), levels(Rational::new(), barrier.clone()));
        // On the boundary the loss is not below β: a neuron dead, or two neighbouring kinks in one place.
        let (first, second) = ((**instance.positive.layer(1)).clone(), (**instance.positive.layer(2)).clone());
        for neuron in 0..inputs.len() - 1 {
            let mut dead = second.clone();
            dead[(neuron, 0)] = Rational::new();
            prop_assert!(with_best_bias(&instance, first.clone(), dead) >= barrier);
            if neuron > 0 {
                let mut meeting = first.clone();
                // All weights are 1 or −1: the kink of the neighbour.
                let kink = Rational::from(-&first[(1, neuron - 1)]) * &first[(0, neuron - 1)];
                meeting[(1, neuron)] = -kink * &first[(0, neuron)];
                prop_assert!(with_best_bias(&instance, meeting, second.clone()) >= barrier);
            }
        }
    }
}

#[test]
fn the_smallest_instance_of_one_output_has_four_samples() {
    let [x, y] = [[0, 1, 2, 3], [0, 1, 0, 1]].map(|list| list.map(Rational::from).to_vec());
    let instance = ordered_neurons(&x, &y, &q(1, 100)).unwrap();
    assert_eq!(**instance.positive.layer(1), matrix(2, 3, &[1, 1, -1, 0, -1, 2]));
    let second = [q(301, 99), q(-200, 99), q(200, 99), q(-134, 33)];
    assert_eq!(instance.positive.layer(2).as_slice(), second);
    assert_eq!(instance.verify(), levels(q(0, 1), q(1, 4)));
    assert_eq!(instance.decide_in_double(), Some(true));
    let relu = ordered_neurons(&x, &y, &q(0, 1)).unwrap();
    assert_eq!(relu.positive.layer(2).as_slice(), [3, -2, 2, -4].map(Rational::from));
}

#[test]
fn neurons_in_order_without_a_hypothesis() {
    let list = |entries: &[i64]| entries.iter().copied().map(Rational::from).collect::<Vec<_>>();
    let (x, y) = (list(&[0, 1, 2, 3, 4]), list(&[0, 1, 0, 1, 0]));
    let refused = |x: &[Rational], y: &[Rational], slope| ordered_neurons(x, y, &slope).unwrap_err();
    for slope in [q(1, 1), q(-1, 2), q(-3, 2)] {
        assert_eq!(refused(&x, &y, slope), NoInstance::OrderedSlope);
    }
    assert_eq!(refused(&x[..2], &y[..2], q(0, 1)), NoInstance::Samples { needed: 3, found: 2 });
    assert_eq!(refused(&x, &y[..4], q(0, 1)), NoInstance::Targets { inputs: 5, targets: 4 });
    assert_eq!(refused(&x, &list(&[0, 1, 2, 1, 0]), q(0, 1)), NoInstance::SecondDifferences { sample: 1 });
    assert_eq!(refused(&list(&[0, 1, 2, 1, 4]), &y, q(0, 1)), NoInstance::EqualInputs { first: 1, second: 3 });
    // The checker, where the instance is forged: an odd number of samples with s < 0, one neuron more, two points of one side.
    let good = ordered_neurons(&x, &y, &q(1, 2)).unwrap();
    let negative = Disconnection { activation: Activation::leaky_relu(q(-1, 2)), ..good.clone() };
    assert_eq!(unproved(negative.verify()), Unproved::NoHinge);
    let wider = |parameters: &Parameters<Rational>| {
        let first = (**parameters.layer(1)).clone().insert_column(4, Rational::new());
        let second = (**parameters.layer(2)).clone().insert_row(4, Rational::new());
        Parameters::new(vec![first, second]).unwrap()
    };
    let wide = Disconnection { positive: wider(&good.positive), negative: wider(&good.negative), ..good.clone() };
    assert_eq!(unproved(wide.verify()), Unproved::Function);
    let one_side = Disconnection { negative: good.positive.clone(), ..good };
    assert_eq!(unproved(one_side.verify()), Unproved::Signs);
}
