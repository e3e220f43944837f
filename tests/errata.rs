//! Replays `docs/errata.md`: one exact instance, or more, an item. Each would fail if the claim of the page were wrong.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use rug::Rational;
use sublevel::certificate::Claim;
use sublevel::checker::{Descent, Finding, Verdict};
use sublevel::linalg::{Double, Exact, Kernel, Unsolvable};
use sublevel::network::{
    Activation, Forward, GraphLayer, GraphNetwork, Loss, Parameters, Smooth, duplicate_rows, forward, with_ones,
};
use sublevel::region::smooth_instances::Diagonal;
use sublevel::region::{Arrangement, Budget, Chart, instances, ranks};
use sublevel::statement::convolution::critical::{flat_point, point};
use sublevel::statement::convolution::full_rank_filters::{Structure, decide};
use sublevel::statement::convolution::gradient::Fit;
use sublevel::statement::convolution::instances::{equal_values, four_patches, image, takagi};
use sublevel::statement::convolution::layers::{Layer, NotLayers, Patches, chain, features, layers};
use sublevel::statement::convolution::triangular::{NotConstructed, full_rank_features};
use sublevel::statement::disconnection::{alternating_targets, independent_targets, two_samples};
use sublevel::statement::minimum::leave::falling_line;
use sublevel::statement::minimum::{Extent, Minimum, NoMinimum, affine_fit};
use sublevel::statement::object::prove;
use sublevel::statement::residual::bounds::{Norms, critical_point, crowd, derivatives, lemma_10, theorem_8_constant};
use sublevel::statement::residual::instances::{Remark, lemma_7, remark_3_1, step_2, theorem_6};
use sublevel::statement::residual::landscape::{bowl, three_wells};
use sublevel::statement::residual::merge::{Case, Strategy as Way};
use sublevel::statement::residual::model::Skip;
use sublevel::statement::residual::spread::Spread;
use sublevel::statement::residual::wall::{NoWall, ResidualWall};
use sublevel::statement::shift_span::shift_span;
use sublevel::statement::skip::GraphMove;
use sublevel::statement::skip::assumption::{Unmet, assumption};
use sublevel::statement::skip::descend::{Aim, NoDescent, descend};
use sublevel::statement::skip::independent::{NotIndependent, independent};
use sublevel::statement::skip::instances::{constant_images, shared_in_both_orders};
use sublevel::statement::skip::triangular::{NotTriangular, triangular};
use sublevel::statement::skip_product::SkipProduct;
use sublevel::statement::{Problem, prove as path_proof};

fn q(numerator: i64, denominator: i64) -> Rational {
    Rational::from((numerator, denominator))
}

/// A matrix of halves.
fn halves(rows: usize, columns: usize, entries: &[i64]) -> DMatrix<Rational> {
    DMatrix::from_row_slice(rows, columns, entries).map(|entry| q(entry, 2))
}

fn matrix(rows: usize, columns: usize, entries: &[i64]) -> DMatrix<Rational> {
    DMatrix::from_row_slice(rows, columns, entries).map(Rational::from)
}

fn run(activation: &Activation, inputs: &DMatrix<Rational>, network: &Parameters<Rational>) -> Forward<Rational> {
    forward(&Exact, &activation.import(&Exact), inputs, network).unwrap()
}

/// ½ ‖F − Y‖².
fn square_loss(output: &DMatrix<Rational>, targets: &DMatrix<Rational>) -> Rational {
    output.iter().zip(targets.iter()).map(|(f, y)| Rational::from(f - y).square()).sum::<Rational>() / 2
}

#[test]
fn item_1_width_n_minus_1_is_not_enough() {
    let smallest = two_samples(q(1, 100)).unwrap().verify().unwrap();
    assert_eq!((smallest.attained, smallest.barrier), (q(0, 1), q(1, 4)));
    for samples in 2..6 {
        let inputs = DMatrix::from_fn(samples, 1, |i, _| Rational::from(i));
        let targets = DMatrix::from_fn(samples, samples, |i, j| Rational::from(u32::from(i == j)));
        let instance = independent_targets(&Exact, &"leaky-relu=0.01".parse().unwrap(), &inputs, &targets).unwrap();
        assert_eq!(instance.positive.widths()[1], samples - 1);
        assert_eq!(instance.verify().unwrap().barrier, q(1, 2));
    }
    assert_eq!(alternating_targets(3, q(1, 100)).unwrap().positive.widths(), [1, 2, 1]);
}

/// The network of thesis 5.3.1 and the margin of its first class.
fn thesis_margin(x: (&Rational, &Rational)) -> Rational {
    let layers = vec![matrix(3, 1, &[1, 1, 0]), matrix(2, 2, &[1, -1, 0, 0]), matrix(3, 2, &[2, 1, 3, 2, 0, 1])];
    let input = DMatrix::from_row_slice(1, 2, &[x.0.clone(), x.1.clone()]);
    let output = run(&Activation::leaky_relu(q(1, 2)), &input, &Parameters::new(layers).unwrap()).output().clone();
    Rational::from(&output[(0, 0)] - &output[(0, 1)])
}

#[test]
fn item_2_the_region_of_thesis_5_3_1_is_an_or() {
    let at = |sum: i64| thesis_margin((&Rational::from(sum), &Rational::new()));
    // Affine on both sides of 0: these values say everything.
    assert_eq!([-8, -4, 0, 2, 4].map(at), [q(1, 1), q(0, 1), q(-1, 1), q(0, 1), q(1, 1)]);
}

proptest! {
    #![proptest_config(cases!("errata", 256))]

    #[test]
    fn item_2_both_conditions_never_hold_together(a in -900..900i64, b in -900..900i64) {
        let (a, b) = (q(a, 100), q(b, 100));
        let sum = Rational::from(&a + &b);
        let (above, below) = (sum > 2, sum < -4);
        prop_assert!(!(above && below));
        prop_assert_eq!(thesis_margin((&a, &b)) > 0, above || below);
    }
}

#[test]
fn item_3_the_indices_run_over_neurons() {
    // N = 1, n_1 = 2 = 2N, x = 1: F_1 = (0, 1). No subset of {1, …, N} carries the rank.
    let network = Parameters::new(vec![matrix(2, 2, &[0, 1, 0, 0]), matrix(3, 1, &[1, 1, 0])]).unwrap();
    let pass = run(&Activation::leaky_relu(q(1, 2)), &matrix(1, 1, &[1]), &network);
    let features = pass.features[1].columns(0, 2).into_owned();
    assert_eq!(Exact.rank(&features), 1);
    assert_eq!(Exact.rank(&features.select_columns(&[0])), 0);
    assert_eq!(Exact.rank(&features.select_columns(&[1])), 1);
}

#[test]
fn item_3_lemma_4_3_is_used_with_dependent_columns() {
    // N = 1, n = 3 > 2N, F = (1, 2, 3). The proof of Lemma 5.3 reduces to the complement of I = {1}: two columns, rank 1.
    let (f, v) = (matrix(1, 3, &[1, 2, 3]), matrix(3, 1, &[5, 7, -2]));
    let kept = f.select_columns(&[1, 2]);
    assert_eq!((kept.ncols(), Exact.rank(&f)), (2, 1));
    assert_eq!(Exact.solve(&kept, &f.select_columns(&[0])), Err(Unsolvable::DependentColumns { columns: 2, rank: 1 }));
    // F(:, Ī) = F(:, I) E has solutions, but more than one, and E is [|I|, n − |I|] = [2, 1], not [r, n − r] = [1, 2].
    for e in [[q(1, 2), q(0, 1)], [q(0, 1), q(1, 3)], [q(2, 1), q(-1, 1)]] {
        let e = DMatrix::from_row_slice(2, 1, &e);
        assert_eq!(Exact.product(&kept, &e), f.select_columns(&[0]));
        let after = DMatrix::from_fn(3, 1, |i, _| match i {
            0 => Rational::new(),
            i => Rational::from(&e[(i - 1, 0)] * &v[(0, 0)]) + &v[(i, 0)],
        });
        // F V(λ) is affine in λ: equal at both ends, it is constant.
        assert_eq!(Exact.product(&f, &after), Exact.product(&f, &v));
    }
}

/// Item 4: d = 2, widths 2-1-3-1, N = 3 = n_2, k = 2. The first layer sees (0,0) and (0,1) as one.
struct Coinciding {
    activation: Activation,
    inputs: DMatrix<Rational>,
    targets: DMatrix<Rational>,
    /// θ and the ends of three lines.
    points: [Parameters<Rational>; 4],
}

fn coinciding() -> Coinciding {
    let first = |tilt: i64| DMatrix::from_row_slice(3, 1, &[q(1, 1), q(tilt, 4), q(1, 1)]);
    let live_only = matrix(2, 3, &[1, 0, 0, 0, 0, 0]);
    let three = halves(2, 3, &[2, 2, 2, 0, -3, -8]);
    let sloped = halves(4, 1, &[9, 0, 0, -8]);
    let flat = matrix(4, 1, &[0, 18, -18, -22]);
    let point = |tilt, second: &DMatrix<Rational>, third: &DMatrix<Rational>| {
        Parameters::new(vec![first(tilt), second.clone(), third.clone()]).unwrap()
    };
    Coinciding {
        activation: Activation::leaky_relu(q(1, 2)),
        inputs: matrix(3, 2, &[0, 0, 0, 1, 1, 0]),
        targets: matrix(3, 1, &[1, 0, 5]),
        points: [
            point(0, &live_only, &sloped),
            point(0, &three, &sloped),
            point(0, &three, &flat),
            point(1, &three, &flat),
        ],
    }
}

/// Whether the output is certainly constant on the straight line: one layer moves, every neuron that is not dead keeps
/// every sample in one piece of σ (so the output is affine in λ), and the output is the same at both ends.
fn is_constant_on_line(data: &Coinciding, from: &Parameters<Rational>, to: &Parameters<Rational>) -> bool {
    let depth = from.depth();
    let moving = (1..=depth).filter(|&k| from.layer(k) != to.layer(k)).count();
    let passes = [from, to].map(|network| run(&data.activation, &data.inputs, network));
    let piece = |x: &Rational| data.activation.breakpoints().partition_point(|kink| kink < x);
    let keeps = |k: usize, neuron: usize| {
        let dead = [from, to].iter().all(|network| network.layer(k + 1).row(neuron).iter().all(Rational::is_zero));
        let [start, end] =
            [0, 1].map(|side: usize| passes[side].pre_activations[k - 1].column(neuron).map(|x| piece(&x)));
        dead || start == end
    };
    let all_keep = (1..depth).all(|k| (0..from.layer(k).ncols()).all(|neuron| keeps(k, neuron)));
    moving <= 1 && all_keep && passes[0].output() == passes[1].output()
}

#[test]
fn item_4_the_step_of_the_paper_does_not_start() {
    let data = coinciding();
    let pass = run(&data.activation, &data.inputs, &data.points[0]);
    let level = |k: usize| pass.features[k].columns(0, data.points[0].layer(k).ncols()).into_owned();
    assert_eq!(duplicate_rows(&level(1)), Some((0, 1)));
    // No choice of biases at layer 2 reaches rank N = 3, only 2.
    let v = DVector::from_iterator(3, level(1).iter().cloned());
    assert_eq!(shift_span(&Exact, &data.activation.import(&Exact), &v).len(), 2);
    // No neuron of layer 1 is free either: the columns of [F_1, 1] are independent.
    assert_eq!(Exact.rank(&pass.features[1]), pass.features[1].ncols());
    // The point is no minimum, but the best that coinciding rows allow: the mean of both targets at both samples.
    assert_eq!(square_loss(pass.output(), &data.targets), q(1, 4));
    assert_eq!(*pass.output(), halves(3, 1, &[1, 1, 10]));
    // Tilting the first layer at once raises the loss: the output is not constant.
    let tilted = data.points[0].with_layer(1, (**data.points[3].layer(1)).clone()).unwrap();
    assert!(!is_constant_on_line(&data, &data.points[0], &tilted));
    assert!(square_loss(run(&data.activation, &data.inputs, &tilted).output(), &data.targets) > q(1, 4));
}

#[test]
fn item_4_no_nearby_point_is_needed() {
    let data = coinciding();
    for pair in data.points.windows(2) {
        assert!(is_constant_on_line(&data, &pair[0], &pair[1]));
    }
    let pass = run(&data.activation, &data.inputs, &data.points[3]);
    assert_eq!(duplicate_rows(&pass.features[1]), None);
    let v = DVector::from_iterator(3, pass.features[1].column(0).iter().cloned());
    assert_eq!(shift_span(&Exact, &data.activation.import(&Exact), &v).len(), 3);
}

#[test]
fn item_4_the_last_layer_is_not_covered_by_theorem_3_2() {
    // k = L − 1: above F_1 [2, 2] of rank N = 2 there is one layer, Theorem 3.2 asks two. It goes straight to a solution.
    let network = Parameters::new(vec![matrix(2, 2, &[1, -1, 0, 1]), matrix(3, 1, &[0, 0, 0])]).unwrap();
    let inputs = matrix(2, 1, &[0, 1]);
    let pass = run(&Activation::relu(), &inputs, &network);
    let features = pass.features[1].columns(0, 2).into_owned();
    assert_eq!(Exact.rank(&features), 2);
    let targets = matrix(2, 1, &[7, -3]);
    let solution = Exact.solve(&features, &targets).unwrap().insert_row(2, Rational::new());
    let end = network.with_layer(2, solution).unwrap();
    assert_eq!(*run(&Activation::relu(), &inputs, &end).output(), targets);
}

#[test]
fn item_5_lemma_7_of_wang_et_al_fails_for_equal_dimensions() {
    let instance = SkipProduct::new((q(0, 1), q(1, 1)), q(1, 1)).unwrap();
    assert_eq!(instance.verify(), Ok((q(0, 1), q(1, 1))));
    // Theorem 6: x = 1, g = 1. inf_W (W x − y)² = 0 at W = 1, and still the loss reaches 1.
    let theorem_6 = SkipProduct::new((q(1, 1), q(1, 1)), q(1, 1)).unwrap();
    assert_eq!(theorem_6.verify(), Ok((q(0, 1), q(1, 1))));
    assert_eq!((theorem_6.positive.clone(), theorem_6.negative.clone()), ((q(1, 1), q(0, 1)), (q(-1, 1), q(-2, 1))));
    assert_eq!(theorem_6.loss(&(q(0, 1), q(17, 3))), 1);
}

#[test]
fn item_6_rank_of_x_and_1_is_enough() {
    // x = (0, 1): rank X = 1 < N = 2 = rank [X, 1]. Widths 1-2-1, σ = leaky ReLU.
    let (inputs, activation) = (matrix(2, 1, &[0, 1]), Activation::leaky_relu(q(1, 2)));
    let stacked = with_ones(&Exact, &inputs);
    assert_eq!((Exact.rank(&inputs), Exact.rank(&stacked)), (1, 2));
    // The map h of Lemma 3.3 with a right inverse of [X, 1] realises every output A.
    let (second, output) = (matrix(3, 1, &[2, 4, 3]), matrix(2, 1, &[-7, 11]));
    let weights = second.rows(0, 2).into_owned();
    let shifted = output.map(|entry| entry - 3);
    let features = Exact.product(&shifted, &Exact.left_inverse(&weights).unwrap());
    let inverse = activation.inverse().unwrap();
    let pre_activations = features.map(|entry| inverse.evaluate(&entry));
    let first = Exact.product(&Exact.right_inverse(&stacked).unwrap(), &pre_activations);
    let network = Parameters::new(vec![first, second]).unwrap();
    assert_eq!(*run(&activation, &inputs, &network).output(), output);
    // X alone, as in Appendix D, has no right inverse: the sample 0 sees the bias only.
    assert_eq!(Exact.right_inverse(&inputs), Err(Unsolvable::DependentRows { rows: 2, rank: 1 }));
}

/// Every test is named on the page, and every test that the page names is here.
#[test]
fn the_page_and_the_tests_name_each_other() {
    let (page, tests) = (include_str!("../docs/errata.md"), include_str!("errata.rs"));
    let named: Vec<&str> = page.split('`').filter(|word| word.starts_with("item_")).collect();
    let here: Vec<&str> = tests
        .lines()
        .filter_map(|line| line.trim().strip_prefix("fn ")?.split('(').next())
        .filter(|name| name.starts_with("item_"))
        .collect();
    assert!(here.len() >= 9);
    for name in &here {
        assert!(named.contains(name), "{name} is not on the page");
    }
    for name in &named {
        assert!(here.contains(name), "{name} is not a test");
    }
}

/// The components of every class in the whole space.
fn components(network: &Parameters<Rational>, activation: &Activation) -> (Arrangement, Vec<usize>) {
    let chart = Chart::of_space(network).unwrap();
    let arrangement = Arrangement::new(network, activation, &chart, &Budget::default()).unwrap();
    let counts = arrangement.component_counts();
    (arrangement, counts)
}

/// The checker's word that class 0 has several components.
fn is_disconnected(network: &Parameters<Rational>, activation: &Activation) -> bool {
    let (arrangement, counts) = components(network, activation);
    counts[0] > 1 && prove(arrangement.boundaries(0).unwrap()).is_ok()
}

#[test]
fn item_7_red_wins_nowhere() {
    for slope in [q(1, 100), q(1, 10), q(1, 2), q(9, 10)] {
        let printed = instances::low_rank_as_printed(&slope);
        let (arrangement, counts) = components(&printed.network, &printed.activation);
        assert_eq!(counts, [2, 0]);
        assert!(!arrangement.ties().is_empty());
        assert!(prove(arrangement.census()).is_ok());
        let repaired = instances::low_rank(&slope);
        assert_eq!(components(&repaired.network, &repaired.activation).1, [2, 1]);
        assert!(is_disconnected(&repaired.network, &repaired.activation));
    }
}

#[test]
fn item_8_no_layer_is_wider_than_the_input() {
    let example = instances::narrow_layer();
    let widths = example.network.widths();
    assert!(widths.iter().all(|&width| width <= widths[0]), "{widths:?}");
    assert!(is_disconnected(&example.network, &example.activation));
}

#[test]
fn item_9_a_convolution_has_not_full_rank() {
    // Kernels a and b of one pixel, stride 2: pixels 0 and 2 are seen, by two channels each.
    let convolution = |a: i64, b: i64| matrix(5, 4, &[a, b, 0, 0, 0, 0, 0, 0, 0, 0, a, b, 0, 0, 0, 0, 0, 0, 0, 0]);
    for (a, b) in [(1, -1), (1, 2), (3, 5), (-2, 7)] {
        assert!(Exact.rank(&convolution(a, b)) <= 2);
    }
    let mut last = matrix(5, 2, &[1, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    last[(4, 1)] = q(1, 1);
    let network = Parameters::new(vec![convolution(1, -1), last]).unwrap();
    let activation = Activation::leaky_relu(q(1, 10));
    assert!(is_disconnected(&network, &activation));
    assert!(ranks(&network, &activation).is_err());
}

#[test]
fn item_10_monotone_is_not_enough() {
    for activation in
        ["relu", "hard-tanh", "pl:breakpoints=0;slopes=2,0;value=1", "pl:breakpoints=-1,3;slopes=0,-1,0;value=4"]
    {
        let activation: Activation = activation.parse().unwrap();
        let example = instances::not_onto(&activation).unwrap();
        assert_eq!(example.network.widths(), [2, 2, 2, 2]);
        for k in 1..3 {
            assert_eq!(Exact.rank(&example.network.weight(k).into_owned()), 2);
        }
        assert!(is_disconnected(&example.network, &activation), "{activation}");
    }
    assert_eq!(instances::not_onto(&Activation::leaky_relu(q(1, 10))), None);
    // Smooth ones, enclosed: the diagonal parts (u, −u) from (−u, u).
    let elu = Diagonal::new(Smooth::Elu { alpha: q(1, 1) });
    assert_eq!((elu.scale.clone(), elu.shift.clone(), elu.threshold.clone()), (q(1, 1), q(0, 1), q(0, 1)));
    let softplus = Smooth::Softplus { gamma: q(1, 1) };
    let all = [Smooth::Sigmoid, Smooth::Tanh, softplus].map(Diagonal::new).into_iter().chain([elu]);
    for instance in all {
        let found = prove(instance.object()).unwrap();
        assert!(matches!(found, Finding::DisconnectedRegions { components: 2, class: 0, .. }), "{found}");
        assert!(instance.margin_in_double([8.0, -8.0]) > 0.4 && instance.margin_in_double([3.0, 3.0]) < 1e-12);
    }
}

#[test]
fn item_11_a_plateau_of_length_one() {
    // By hand: n = 2, w = b = 0, v = 1, c = 1, slope 1/2.
    let sigma = Activation::leaky_relu(q(1, 2));
    let (inputs, targets) = (matrix(3, 1, &[-1, 0, 1]), matrix(3, 1, &[0, 3, 0]));
    let network = |first: &[i64], last: &[i64]| Parameters::new(vec![matrix(2, 2, first), matrix(3, 1, last)]).unwrap();
    let at = |network| {
        let problem = Problem { activation: sigma.clone(), inputs: inputs.clone(), widths: vec![1, 2, 1] };
        Minimum::by_jensen(problem, targets.clone(), network).unwrap().with_lower()
    };
    let proved = at(network(&[0; 4], &[1, 1, 1])).verify().unwrap();
    assert_eq!((proved.value, proved.lower), (q(3, 1), Some(q(0, 1))));
    assert_eq!(proved.extent, Extent::Orthant { least: q(1, 1) });
    let far = at(network(&[0; 4], &[1000, 1000, 1])).verify().unwrap();
    assert_eq!(far.extent, Extent::Orthant { least: q(1000, 1) });
    // Φ − 3 = ½|F − 1|² + ½ Σ v_j (relu z_j(−1) + relu z_j(1) − 2 relu z_j(0)), for all parameters: these are some.
    for numbers in [[1, -2, 3, 0, 2, 1, -4], [0, 5, -1, 2, 1, 3, 0], [-3, 2, 2, -2, 4, 4, 1]] {
        let [w, u, b, a, v, t, c] = numbers;
        let any = network(&[w, u, b, a], &[v, t, c]);
        let output = run(&sigma, &inputs, &any).output().clone();
        let off: Rational = output.iter().map(|f| Rational::from(f - 1u32).square()).sum();
        let relu = |x: i64| Rational::from(x.max(0));
        let bend = |w: i64, b: i64| relu(b - w) + relu(b + w) - 2u32 * relu(b);
        let jensen = bend(w, b) * v + bend(u, a) * t;
        assert_eq!(at(any.clone()).loss(&any), (off + jensen) / 2u32 + 3u32);
    }
}

#[test]
fn item_11_dependent_data_have_a_bad_minimum_and_independent_none() {
    let sigma = Activation::leaky_relu(q(1, 2));
    // Targets that are affine in the inputs have none of this kind, but a bad one all the same, with kinks between 1 and 2.
    let (inputs, targets) = (matrix(4, 1, &[0, 1, 2, 3]), matrix(4, 1, &[0, 1, 2, 3]));
    assert_eq!(affine_fit(&sigma, &inputs, &targets, 3).unwrap_err(), NoMinimum::Fits { fit: "affine" });
    let third = DMatrix::from_element(3, 1, q(1, 3)).insert_row(3, q(9, 10));
    let first = DMatrix::from_fn(2, 3, |row, _| if row == 0 { q(6, 5) } else { q(-7, 5) });
    let problem = Problem { activation: sigma.clone(), inputs, widths: vec![1, 3, 1] };
    let minimum = Minimum::in_cell(problem, targets, Parameters::new(vec![first, third]).unwrap()).with_lower();
    let proved = minimum.verify().unwrap();
    assert_eq!((proved.value, proved.lower), (q(1, 20), Some(q(0, 1))));
    assert_eq!(proved.extent, Extent::Cell { squared_radius: Some(q(1, 50)) });
    // Two samples: all derivatives of first order vanish at w = 0, v = 0, c the mean, and a line falls.
    let (inputs, targets) = (matrix(2, 1, &[0, 1]), matrix(2, 1, &[0, 2]));
    let problem = Problem { activation: sigma, inputs, widths: vec![1, 1, 1] };
    let worst = Parameters::new(vec![matrix(2, 1, &[0, 3]), matrix(2, 1, &[0, 1])]).unwrap();
    let path = falling_line(&problem, &targets, &worst).unwrap();
    let (_, verdict) = path_proof(&problem, Claim::StrictlyDescends, Some(&Loss::square(targets)), &path);
    assert!(matches!(verdict, Verdict::Valid(_)), "{verdict}");
}

#[test]
fn item_12_constant_images_need_a_bias_for_every_unit() {
    let (free, inputs) = constant_images(false);
    assert!(independent(&free, &inputs, 256, &mut |_| {}).is_ok());
    // One bias: both units have the same pre-activation, exactly, for any filter and bias.
    let (tied, _) = constant_images(true);
    for numbers in [[1, 2, 3], [-4, 7, 0], [5, -5, 2]] {
        let mut layers = tied.layers().clone();
        layers.insert(1, GraphLayer { weight: matrix(2, 1, &numbers[..2]), bias: Some(matrix(1, 1, &numbers[2..])) });
        let network = GraphNetwork::new(tied.graph().clone(), layers).unwrap();
        let level = &network.levels(&Double, &inputs.map(|x| x.to_f64()))[1];
        assert_eq!(level.column(0), level.column(1));
        assert!(matches!(
            independent(&network, &inputs, 256, &mut |_| {}),
            Err(NotIndependent::Undecided { precision: 256 })
        ));
    }
    // Labels 0 and 1, features a, b > 0 of the two images: Φ ≥ (log 2)/2 for all output weights.
    let half_log_two = q(34_657_359, 100_000_000);
    for (a, b) in [(q(1, 2), q(3, 4)), (q(1, 100), q(99, 100)), (q(9, 10), q(1, 5))] {
        for w in (-50..=50).map(|w| q(w, 3)) {
            let output = DMatrix::from_fn(2, 2, |i, j| if j == 0 { [&a, &b][i].clone() * &w } else { q(0, 1) });
            assert!(*Loss::cross_entropy(vec![0, 1]).enclose(&output).lo() > half_log_two);
        }
    }
}

#[test]
fn item_12_theorem_2_4_4_needs_one_too() {
    let (tied, inputs) = constant_images(true);
    assert_eq!(
        full_rank_features(&tied, &inputs, 1, 0),
        Err(NotConstructed::Layers(NotLayers::TiedBiases { block: 1, patches: 2 }))
    );
    // By hand: two patches of a constant image are equal, so are the features of one filter with one bias.
    let patches = Patches::new(3, vec![vec![0, 1], vec![1, 2]]).unwrap();
    for (w, b) in [([1, 2], 3), ([-5, 1], 4), ([0, 7], -1)] {
        let sums = Exact.product(&inputs, &patches.matrix(&matrix(2, 1, &w))).map(|sum| sum + q(b, 1));
        for activation in ["relu", "abs", "leaky-relu=0.01", "hard-tanh"] {
            let activation: Activation = activation.parse().unwrap();
            assert!(Exact.rank(&sums.map(|sum| activation.evaluate(&sum))) <= 1);
        }
    }
    let (free, inputs) = constant_images(false);
    assert!(full_rank_features(&free, &inputs, 1, 0).unwrap().certify(&inputs).is_ok());
}

#[test]
fn item_13_no_place_of_the_1_suits_both_units() {
    let (network, inputs) = shared_in_both_orders();
    let found = assumption(&network, &inputs);
    assert!(found.holds(), "{found}");
    let gap = Unmet::Position { block: 2, filter: 0, positions: 2 };
    assert_eq!(found.construction, Err(gap.clone()));
    assert_eq!(triangular(&network, &inputs, 0).unwrap_err(), NotTriangular::Unmet(gap));
    // By hand: with the 1 in place 0 the unit p′ = (s, h) stands on s, with the 1 in place 1 the unit p = (h, s) does.
    let some = |units: [[usize; 2]; 2]| units.map(Some).to_vec();
    assert_eq!(network.patches(2), [some([[1, 0], [1, 1]]), some([[1, 1], [1, 0]])]);
    assert!(network.graph().skips.contains(&[1, 1]) && !network.graph().skips.contains(&[1, 0]));
    let certified = independent(&network, &inputs, 256, &mut |_| {}).unwrap();
    assert!(matches!(certified.finding, Finding::Independent { samples: 3, features: 3, analytic: true, .. }));
}

#[test]
fn item_14_cnn13_has_204_928_hidden_units() {
    let printed = [50_176, 50_176, 12_544, 25_088, 25_088, 6_272, 12_544, 12_544, 4_096, 4_096, 1_024, 1_024, 256];
    let sides = [28, 28, 14, 14, 14, 7, 7, 7, 4, 4, 2, 2, 1];
    let maps = [64, 64, 64, 128, 128, 128, 256, 256, 256, 256, 256, 256, 256];
    assert!(printed.iter().zip(sides.iter().zip(maps)).all(|(units, (side, maps))| *units == side * side * maps));
    let total: u32 = printed.iter().sum();
    assert_eq!((total, total - 179_840), (204_928, 14 * 14 * 128));
}

#[test]
fn item_15_a_path_below_the_start_is_not_a_path_that_never_rises() {
    let (network, inputs) = constant_images(false);
    // Equal features and V = 0: no step in V lowers the loss, and the line of the proof, V to V*, does not exist.
    let mut layers = network.layers().clone();
    layers.insert(1, GraphLayer { weight: matrix(2, 1, &[0, 0]), bias: Some(matrix(1, 2, &[0, 0])) });
    let flat = GraphNetwork::new(network.graph().clone(), layers).unwrap();
    let loss = Loss::cross_entropy(vec![0, 1]);
    let epsilon = q(1, 1000);
    let aim = Aim { inputs: &inputs, loss: &loss, epsilon: &epsilon, precision: 256, seed: 0 };
    assert_eq!(descend(&flat, &aim, &mut |_| {}).unwrap_err(), NoDescent::Critical { samples: 2 });
    // Off the critical point the path goes, and may rise on its bounded line: only the start is not exceeded.
    let tilted = flat.with_output(&matrix(2, 2, &[1, 0, 1, 0]));
    let found = descend(&tilted, &aim, &mut |_| {}).unwrap();
    assert_eq!(found.descent, Descent::StaysBelowStart);
    assert!(matches!(found.path.moves[1], GraphMove::Bounded(..)));
}

#[test]
fn item_16_four_patches_that_cover_and_differ() {
    let patches = four_patches();
    assert_eq!(patches.members(), [[0, 2], [1, 2], [1, 3], [0, 3]]);
    for (a, b) in [(1, 2), (3, -5), (7, 7)] {
        let m = patches.matrix(&matrix(2, 1, &[a, b]));
        assert_eq!(m, matrix(4, 4, &[a, 0, 0, a, 0, a, a, 0, b, b, 0, 0, 0, 0, b, b]));
        assert_eq!(Exact.product(&m, &matrix(4, 1, &[1, -1, 1, -1])), matrix(4, 1, &[0; 4]));
        assert_eq!(Exact.rank(&m), 3);
    }
    let bound = |patches: &Patches| match decide(patches, 1, 0) {
        Structure::NeverFull(why) => why.verify(patches, 1).unwrap(),
        other => panic!("{other:?}"),
    };
    assert_eq!(bound(&patches), 3);
    let pairs = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3], [4, 5]].map(|pair| pair.to_vec());
    assert_eq!(bound(&Patches::new(6, pairs.to_vec()).unwrap()), 5);
    // Without the last patch it is of full rank.
    let three = Patches::new(4, patches.members()[..3].to_vec()).unwrap();
    assert!(matches!(decide(&three, 1, 0), Structure::FullRank(_)));
}

#[test]
fn item_16_filters_commute() {
    // c, s, the side of the image: the rank falls short by c (c + 1)(s − 1)², and no W has more.
    for (channels, size, side) in [(1, 2, 5), (1, 3, 8), (2, 2, 5), (1, 3, 28)] {
        let (patches, filters) = (image(side, channels, size), channels + 1);
        let Structure::NeverFull(why) = decide(&patches, filters, 3) else { panic!() };
        let short = channels * (channels + 1) * (size - 1) * (size - 1);
        assert_eq!(why.verify(&patches, filters), Ok(patches.units() - short), "{channels} {size} {side}");
        let other = [1, 3, 4].into_iter().filter(|other| *other != filters && side < 28);
        assert!(other.into_iter().all(|filters| matches!(decide(&patches, filters, 3), Structure::FullRank(_))));
    }
}

proptest! {
    #![proptest_config(cases!("errata", 40))]
    #[test]
    fn item_16_with_as_many_filters_as_pixels_it_is_true(
        units in 2usize..=6,
        order in Just((0..6usize).collect::<Vec<_>>()).prop_shuffle(),
        size in 1usize..=3,
    ) {
        // Windows over the units in any order, around its end too.
        let order: Vec<usize> = order.into_iter().filter(|&unit| unit < units).collect();
        let size = size.min(units);
        let places = if size == units { 1 } else { units };
        let members = (0..places).map(|place| (0..size).map(|r| order[(place + r) % units]).collect());
        let patches = Patches::new(units, members.collect()).unwrap();
        prop_assert_eq!(Exact.rank(&patches.matrix(&Exact.identity(size))), units);
        prop_assert!(matches!(decide(&patches, size, 0), Structure::FullRank(_)));
    }
}

proptest! {
    #![proptest_config(cases!("errata", 64))]
    #[test]
    fn item_17_takagi_is_bijective_nowhere(n in 0u32..=20, place in 0u32..=u32::MAX) {
        let k = place % (1 << n);
        let [left, right] = equal_values(k, n);
        let end = |k: u32| Rational::from((k, 1u32 << n));
        prop_assert!(end(k) <= left && left < right && right <= end(k + 1));
        prop_assert_eq!(takagi(&left), takagi(&right));
        prop_assert!(takagi(&left).is_some());
        // And it is not constant.
        prop_assert_eq!(takagi(&q(1, 2)), Some(q(1, 2)));
        prop_assert_eq!(takagi(&q(1, 1)), Some(q(0, 1)));
    }
}

#[test]
fn item_17_eta_may_be_zero_and_need_not() {
    let x = [q(0, 1), q(1, 1)];
    // γ(1) is sample 1 for the filter a¹ = 1, and so γ(2) = 2. What σ sees at i = 1, j = 2 is α⟨a², x_2 − x_1⟩ + β.
    let seen = |filter: i64, alpha: i64| q(alpha * filter, 1) * (x[1].clone() - &x[0]);
    assert!((1..60).all(|alpha| seen(-1, alpha) == -alpha), "to −∞: η_12 = μ₋, which is 0 for the sigmoid");
    assert!((1..60).all(|alpha| seen(1, -alpha) == -alpha), "to −∞ for α → −∞: η_12 = μ₋, which is 1 for 1/(1 + e^t)");
    // A falling step for σ, which is 0 on the right: F is a triangle with ones in it, and of rank 2 all the same.
    let falling = "pl:breakpoints=0,1;slopes=0,-1,0;value=1".parse().unwrap();
    let layer = Layer::Filters { patches: Patches::dense(1).unwrap(), filters: 2, activation: falling };
    let network = chain(1, &[layer], 1).unwrap();
    let inputs = matrix(2, 1, &[0, 1]);
    let above = |seed| {
        let found = full_rank_features(&network, &inputs, 1, seed).unwrap();
        let triangle = found.triangle(&inputs).unwrap();
        assert_eq!((&triangle[(0, 0)], &triangle[(1, 0)]), (&q(1, 2), &q(0, 1)));
        triangle[(0, 1)].clone()
    };
    let found: Vec<Rational> = (0..20).map(above).collect();
    assert!(found.contains(&q(0, 1)) && found.contains(&q(1, 1)), "{found:?}");
}

#[test]
fn item_17_more_units_than_samples() {
    let layer =
        Layer::Filters { patches: Patches::line(4, 2, 1).unwrap(), filters: 2, activation: Activation::relu().into() };
    let network = chain(4, &[layer], 1).unwrap();
    let inputs = matrix(2, 4, &[0, 1, 5, 2, 7, 3, 1, 1]);
    let found = full_rank_features(&network, &inputs, 1, 0).unwrap();
    let bias = found.network.layers()[&1].bias.clone().unwrap();
    let free = (0..6).filter(|unit| !found.order.units.contains(unit));
    assert_eq!(free.map(|unit| bias[(0, unit)].clone()).collect::<Vec<_>>(), vec![found.beta.clone(); 4]);
    assert!(found.certify(&inputs).is_ok());
}

#[test]
fn item_18_relu_features_vanish_on_an_open_set() {
    let relu =
        Layer::Filters { patches: Patches::dense(1).unwrap(), filters: 1, activation: Activation::relu().into() };
    let one = matrix(1, 1, &[1]);
    for (w, b) in (-8..8).flat_map(|w| (-8..8).map(move |b| (w, b))) {
        let layer = GraphLayer { weight: matrix(1, 1, &[w]), bias: Some(matrix(1, 1, &[b])) };
        let rank = Exact.rank(&features(&relu, &one, Some(&layer)).unwrap());
        assert_eq!(rank, usize::from(w + b > 0));
    }
    let found = full_rank_features(&chain(1, &[relu], 1).unwrap(), &one, 1, 0).unwrap();
    assert!(matches!(found.certify(&one).unwrap().finding, Finding::Independent { analytic: false, .. }));
    // Three samples, two layers: with biases −100 nothing is left, and 1 more or less changes nothing.
    let dense = |units| Layer::Filters {
        patches: Patches::dense(units).unwrap(),
        filters: 3,
        activation: Activation::relu().into(),
    };
    let network = chain(2, &[dense(2), dense(3)], 1).unwrap();
    let inputs = matrix(3, 2, &[0, 1, 2, 3, -1, 4]);
    for (w, b) in [(1, -100), (-1, -99), (2, -101)] {
        let layer =
            |rows| GraphLayer { weight: matrix(rows, 3, &vec![w; 3 * rows]), bias: Some(matrix(1, 3, &[b; 3])) };
        let all = layers(&network, 2).unwrap();
        let first = features(&all[0], &inputs, Some(&layer(2))).unwrap();
        assert_eq!(Exact.rank(&features(&all[1], &first, Some(&layer(3))).unwrap()), 0);
    }
}

#[test]
fn item_18_softplus_features_do_not() {
    let softplus = "softplus=1".parse().unwrap();
    let layer = Layer::Filters { patches: Patches::dense(1).unwrap(), filters: 1, activation: softplus };
    let one = matrix(1, 1, &[1]);
    let found = full_rank_features(&chain(1, &[layer], 1).unwrap(), &one, 1, 0).unwrap();
    assert!(matches!(found.certify(&one).unwrap().finding, Finding::Independent { analytic: true, .. }));
}

#[test]
fn item_19_a_flat_point_is_critical_with_loss_one_half() {
    let flat = flat_point();
    // Every gradient is 0, whatever s = σ(1) is, and the loss is not.
    assert!(flat.gradients.iter().flatten().flatten().all(|x| *x == 0));
    assert!(flat.bias_gradients.iter().flatten().all(|x| *x == 0));
    assert_eq!(flat.loss, q(1, 2));
    // In S_1: W_3 = I, and F_1 = [[½, s], [s, ½]] with det F_1 = ¼ − s², s > σ(0) = ½.
    assert_eq!(flat.weights[2], matrix(2, 2, &[1, 0, 0, 1]));
    let (half, s) = ([q(1, 2), q(0, 1)], [q(0, 1), q(1, 1)]);
    assert_eq!(flat.features, DMatrix::from_row_slice(2, 2, &[half.clone(), s.clone(), s, half]));
    assert_eq!(flat.determinant, [q(1, 4), q(0, 1), q(-1, 1)]);
    // Not for want of a residual: Δ_3 is not 0, and what takes it away is σ′(0) = 0.
    assert_eq!(flat.deltas[2], halves(2, 2, &[-1, 1, 1, -1]));
}

/// The same parameters and data with a σ that has σ′ ≠ 0.
#[test]
fn item_19_with_a_slope_the_same_point_is_not_critical() {
    let flat = flat_point();
    let layers: Vec<_> = (0..3).map(|k| flat.weights[k].clone().insert_row(flat.weights[k].nrows(), q(0, 1))).collect();
    let layers = layers.into_iter().zip(&flat.biases).map(|(mut layer, bias)| {
        let last = layer.nrows() - 1;
        layer.set_row(last, &bias.row(0));
        layer
    });
    let network = Parameters::new(layers.collect()).unwrap();
    let (inputs, targets) = (matrix(2, 1, &[0, 1]), matrix(2, 2, &[1, 0, 0, 1]));
    for sigma in [Smooth::Sigmoid, Smooth::Tanh, Smooth::Softplus { gamma: q(3, 1) }] {
        let network = GraphNetwork::from_dense(&network, &sigma.into()).unwrap();
        let found = point(&network, &Fit { inputs: &inputs, targets: &targets, level: 1 }, 256).unwrap();
        assert!(found.not_critical && found.bounded.loss[0] > 0);
        assert!(found.loss_at_most >= found.bounded.loss[0]);
    }
}

#[test]
fn item_20_theorem_3_fails_where_the_set_is_empty() {
    let found = bowl().verify().unwrap();
    assert_eq!((bowl().components(&q(0, 1)).len(), found.connected_from.clone()), (0, None));
    assert_eq!((found.wells[0].value.clone(), found.theorem_3_holds(&q(0, 1))), (q(1, 1), Some(false)));
}

#[test]
fn item_20_theorem_3_holds_where_it_is_not() {
    assert_eq!(bowl().verify().unwrap().theorem_3_holds(&q(1, 1)), Some(true));
    let wells = three_wells().verify().unwrap();
    // {F ≤ 2} is disconnected, and a minimum is above 0: nothing is said there.
    assert_eq!([q(0, 1), q(2, 1), q(3, 1)].map(|level| wells.theorem_3_holds(&level)), [None, None, Some(true)]);
    // Theorem 2: several minimum sets, and so not all sublevel sets are connected.
    assert_eq!((three_wells().minimum_sets().len(), bowl().minimum_sets().len()), (3, 1));
}

#[test]
fn item_21_no_path_has_the_depth() {
    let found = three_wells().verify().unwrap();
    assert_eq!((found.depth.clone(), found.ceiling.clone()), (q(5, 2), q(3, 1)));
    // From the minimum 1 nothing is 5/2 higher; from the minimum 0 the next component is behind 3.
    assert!(found.wells[1].value == 1 && q(1, 1) + &found.depth > found.ceiling);
    assert!(found.wells[0].value == 0 && found.wells[0].climb.clone().unwrap() > found.depth);
}

#[test]
fn item_21_a_minimum_that_is_not_the_only_global_one_reaches_one_as_low() {
    let (function, found) = (three_wells(), three_wells().verify().unwrap());
    // From 3 to 5, from 5 to 1.
    for (from, to) in [(3, 5), (5, 1)].map(|(from, to)| (q(from, 1), q(to, 1))) {
        assert!(function.at(&to) <= function.at(&from));
        assert!(function.barrier(&from, &to) <= function.at(&from) + &found.depth);
    }
}

#[test]
fn item_22_every_higher_level_is_connected_and_this_one_is_not() {
    assert!(remark_3_1().verify().is_ok());
    for point in [[q(1, 1), q(0, 1)], [q(-1, 1), q(0, 1)], [q(0, 1), q(-2000, 1)]] {
        let way = Remark.way(&q(1, 1_000_000), &point).unwrap();
        assert!(way.iter().all(|corner| Remark.at(corner) <= q(1, 1_000_000)) && way[3] == [q(1, 1), q(0, 1)]);
    }
    assert!(Remark.way(&q(0, 1), &[q(-1, 1), q(0, 1)]).is_none());
}

#[test]
fn item_23_lemma_7_and_theorem_6_fail_at_the_infimum() {
    for instance in [lemma_7(), theorem_6()] {
        assert!(instance.verify().is_ok());
        assert_eq!([&instance.positive, &instance.negative].map(|point| instance.loss(point)), [q(0, 1), q(0, 1)]);
    }
    // Theorem 6: W = (1, 0) and V = 0 fit, so that F*_w = 0.
    assert_eq!(theorem_6().positive[2..4], [q(0, 1), q(0, 1)]);
}

#[test]
fn item_23_above_the_infimum_nothing_is_parted() {
    for k in [10, 1000] {
        let [small, large] = [q(1, k), q(k, 1)];
        let loss = lemma_7().loss(&[q(0, 1), small.clone(), q(0, 1), large.clone()]);
        assert_eq!(loss, Rational::from(small.square_ref()));
        assert_eq!(theorem_6().loss(&[q(0, 1), small, q(0, 1), large, q(1, 1)]), loss);
    }
}

#[test]
fn item_24_a_scaled_neuron_has_the_same_loss() {
    let network = Skip::from_integers(&[&[1, 2], &[0, 0]], &[&[1, 0]], &[&[2, 5]], &[&[&[3]]], &[&[1], &[0]]);
    // The second neuron is 0: its weight of the block is free.
    for neuron in [0, 1] {
        let other = network.beside(neuron, &q(1001, 1000));
        assert_ne!(other, network);
        assert_eq!(other.invariants(), network.invariants());
        assert!(prove(network.no_strict_minimum(neuron, &q(1001, 1000))).is_ok());
        for x in [[1, 1], [-3, 2], [5, -2]].map(|x| x.map(Rational::from)) {
            assert_eq!(other.output(&x), network.output(&x));
        }
    }
}

#[test]
fn item_24_all_four_factors_are_needed() {
    let network = Skip::from_integers(&[&[1, 2]], &[&[1]], &[&[2]], &[&[&[3]]], &[&[1]]);
    let scaled = network.beside(0, &q(2, 1));
    let without = |change: fn(&mut Skip, &Skip)| {
        let mut other = scaled.clone();
        change(&mut other, &network);
        other.output(&[q(1, 1), q(1, 1)]) != network.output(&[q(1, 1), q(1, 1)])
    };
    assert!(without(|other, network| other.stem = network.stem.clone()));
    assert!(without(|other, network| other.head = network.head.clone()));
    assert!(without(|other, network| other.first = network.first.clone()));
    assert!(without(|other, network| other.last = network.last.clone()));
}

#[test]
fn item_25_the_terms_are_below_the_constant_at_a_critical_point() {
    let (network, samples, kappa) = critical_point();
    let norms = Norms::of(&network).unwrap();
    assert_eq!(derivatives(&network, &norms, &samples, &kappa), vec![q(0, 1); 4]);
    assert_eq!((theorem_8_constant(&samples, &kappa), norms.largest()), (q(9, 8), q(1, 1)));
}

#[test]
fn item_25_elsewhere_they_are_not() {
    let (mut network, samples, kappa) = critical_point();
    network.last *= q(2, 1);
    let norms = Norms::of(&network).unwrap();
    assert!(norms.largest() > theorem_8_constant(&samples, &kappa));
    assert!(derivatives(&network, &norms, &samples, &kappa).iter().any(|slope| !slope.is_zero()));
}

#[test]
fn item_26_eight_of_sixteen_directions_are_no_crowd() {
    // √2 < 3/2 < π/2; and 2√2 < 3 < π for 1 and −1.
    let spread = Spread::sixteen();
    assert!(matches!(spread.verify(), Ok(Finding::Spread { vectors: 16, parts: 4, opposite: false, .. })));
    let opposite = Spread::opposite(&[vec![q(1, 1)]], q(1, 2), true);
    assert!(matches!(opposite.verify(), Ok(Finding::Spread { vectors: 2, parts: 1, opposite: true, .. })));
}

/// With η = 1, which is allowed, all vectors would be within 2 of each other.
#[test]
fn item_26_with_all_vectors_it_fails_in_every_dimension() {
    for n in 1..6 {
        let axes: Vec<Vec<Rational>> = (0..n).map(|i| (0..n).map(|j| q(i64::from(i == j), 1)).collect()).collect();
        for grows in [false, true] {
            assert!(Spread::opposite(&axes, q(1, 1), grows).verify().is_ok());
        }
    }
}

#[test]
fn item_26_a_cell_of_the_cube_holds_a_crowd() {
    let rows: Vec<Vec<Rational>> = Spread::sixteen().vectors;
    // 16 > 2·2·1·3: two directions within 2/3.
    let found = crowd(&rows, 1).unwrap();
    assert_eq!((found.cells, found.squared_distance), (3, q(4, 9)));
    assert!(crowd(&rows, 4).is_none());
}

#[test]
fn item_26_lemma_10_has_the_constant_1() {
    let [left, right] = lemma_10(&[q(1, 1)], &[q(0, 1)], &[vec![q(1, 1)], vec![q(-1, 1)]]);
    assert_eq!((left, right), (q(1, 1), q(2, 1)));
    // Equal where all is positive: no smaller constant.
    let [left, right] = lemma_10(&[q(1, 1)], &[q(0, 1)], &[vec![q(1, 1)]]);
    assert_eq!(left, right);
}

#[test]
fn item_27_every_path_reaches_the_wall() {
    for neurons in [2, 7, 50] {
        let levels = ResidualWall::of_theorem_11(&q(2, 1), &q(1, 1), 1, neurons).unwrap().verify().unwrap();
        assert_eq!((levels.losses.clone(), levels.wall.clone()), ([q(6, 1), q(31, 4)], q(39, 4)));
        assert_eq!((levels.two_layer.clone(), levels.excess()), (q(31, 4), q(2, 1)));
    }
    let valley = ResidualWall::of_theorem_11(&q(3, 2), &q(1, 1), 1, 2).unwrap().with_valley().verify().unwrap();
    assert_eq!((valley.floor, valley.two_layer, valley.wall - &valley.losses[0]), (Some(q(17, 4)), q(25, 8), q(5, 8)));
}

#[test]
fn item_27_without_regularisation_there_is_no_wall() {
    assert_eq!(ResidualWall::of_theorem_11(&q(2, 1), &q(0, 1), 1, 2), Err(NoWall::Kappa(q(0, 1))));
    // Theorem R: cutting neurons costs what its bound says at most.
    for seed in 0..4 {
        let case = Case::draw(2, 10, 16, seed);
        assert!(case.removed(3, Way::Cut).unwrap().maximum_is_within_the_bound());
    }
}

#[test]
fn item_27_step_2_runs_off() {
    assert!(step_2().verify().is_ok());
    assert_eq!(step_2().loss(&[q(999, 1000), q(500, 1), q(-500, 1)]), 0);
    assert_eq!(step_2().loss(&[q(1, 1), q(500, 1), q(-500, 1)]), 1);
}
