//! The gallery: every number that it prints is computed here once more, by other means where there are any.

use nalgebra::{DMatrix, DVector};
use roxmltree::Document;
use rug::Rational;
use std::path::Path as File;
use std::sync::OnceLock;
use sublevel::certificate::Claim;
use sublevel::checker::{Finding, Verdict};
use sublevel::linalg::{Exact, Kernel, Unsolvable};
use sublevel::network::{Activation, Forward, Loss, Parameters, duplicate_rows, forward, with_ones};
use sublevel::path::{Change, Move, Path};
use sublevel::region::instances;
use sublevel::report::{Comparison, GalleryEntry, Pair, PairError, PairReport, compare, gallery};
use sublevel::statement::convolution::full_rank_filters::{Structure, decide};
use sublevel::statement::convolution::instances::{digits, four_patches, image, takagi};
use sublevel::statement::convolution::layers::Patches;
use sublevel::statement::convolution::triangular::full_rank_features;
use sublevel::statement::disconnection::{Disconnection, independent_targets, two_samples};
use sublevel::statement::residual::landscape::three_wells;
use sublevel::statement::residual::spread::Spread;
use sublevel::statement::residual::wall::ResidualWall;
use sublevel::statement::shift_span::shift_span;
use sublevel::statement::skip::independent::{independent, rank_in_doubles};
use sublevel::statement::skip::instances::{constant_images, deep_sigmoid};
use sublevel::statement::skip_product::SkipProduct;
use sublevel::statement::stuck_flow::{Stuck, StuckFlow};
use sublevel::statement::tail_valleys::TailFunction;
use sublevel::statement::{Goal, Problem, Theorem, column_reduction, descend, independent_data, prove};

fn q(numerator: i64, denominator: i64) -> Rational {
    Rational::from((numerator, denominator))
}

fn matrix(rows: usize, columns: usize, entries: &[i64]) -> DMatrix<Rational> {
    DMatrix::from_row_slice(rows, columns, entries).map(Rational::from)
}

/// A matrix of halves.
fn halves(rows: usize, columns: usize, entries: &[i64]) -> DMatrix<Rational> {
    matrix(rows, columns, entries).map(|entry| entry / 2)
}

fn run(activation: &Activation, inputs: &DMatrix<Rational>, network: &Parameters<Rational>) -> Forward<Rational> {
    forward(&Exact, &activation.import(&Exact), inputs, network).unwrap()
}

fn entries() -> &'static [GalleryEntry] {
    static GALLERY: OnceLock<Vec<GalleryEntry>> = OnceLock::new();
    GALLERY.get_or_init(|| gallery().unwrap())
}

/// The entry prints these numbers, in this order, and no others.
fn assert_numbers<N: AsRef<str>, V: ToString>(key: &str, expected: impl IntoIterator<Item = (N, V)>) {
    let entry = entries().iter().find(|entry| entry.key == key).unwrap();
    let expected: Vec<_> =
        expected.into_iter().map(|(name, value)| (name.as_ref().into(), value.to_string())).collect();
    assert_eq!(entry.numbers, expected, "{key}");
}

/// Every entry names a test of its own, which compares all of its numbers.
#[test]
fn every_entry_is_replayed_by_its_own_test() {
    let root = File::new(env!("CARGO_MANIFEST_DIR"));
    for entry in entries() {
        let (file, function) = entry.test;
        let source = std::fs::read_to_string(root.join(file)).unwrap();
        let (_, body) = source.split_once(&format!("#[test]\nfn {function}() {{\n")).expect(function);
        let (body, _) = body.split_once("\n}\n").unwrap();
        assert!(body.contains(&format!("(\"{}\", ", entry.key)), "{function} does not replay {}", entry.key);
        assert!(Document::parse(&entry.picture).is_ok(), "{}", entry.key);
        assert!(!entry.numbers.is_empty() && entry.text.len() > 80);
    }
}

const CONNECTED: &str = "a continuous path between two networks; at every point of it the loss is at most the larger one of \
                         the losses at its two ends";

/// What the checker says of a path.
fn verdict(problem: &Problem, claim: Claim, loss: &Loss, path: &Path<Rational>) -> Verdict {
    prove(problem, claim, Some(loss), path).1
}

// --- What floats get wrong -----------------------------------------------------------------------------------------

fn close_samples(k: u32, precisions: &[u32]) -> Vec<Comparison> {
    let near = Rational::from((1, rug::Integer::from(1) << k));
    let inputs = DMatrix::from_column_slice(4, 1, &[q(0, 1), near, q(1, 1), q(2, 1)]);
    let problem = Problem { activation: Activation::leaky_relu(q(1, 10)), inputs, widths: vec![1, 4, 1] };
    let network =
        |first: &[i64], second: &[i64]| Parameters::new(vec![matrix(2, 4, first), matrix(5, 1, second)]).unwrap();
    let from = network(&[1, -1, 2, 1, 0, 1, -1, -1], &[1, 1, -1, 2, 0]);
    let to = network(&[-1, 1, 1, 3, 1, 0, -1, -4], &[2, -1, 1, 1, -1]);
    let loss = Loss::square(matrix(4, 1, &[0, 1, 0, 1]));
    compare(&problem, &from, &to, &loss, Theorem::WideLayers, precisions)
}

#[test]
fn close_samples_break_every_float_kernel_and_not_the_exact_one() {
    let runs: Vec<Vec<Comparison>> = (1..=120).map(|k| close_samples(k, &[24, 113])).collect();
    assert!(runs.iter().all(|rows| rows[0].drift == Some(0.0)));
    let mut numbers = vec![];
    for (kernel, name) in [(1, "double"), (2, "multiprecision-24"), (3, "multiprecision-113")] {
        let wrong = runs.iter().position(|rows| !rows[kernel].same_decisions).unwrap();
        let reason = "Lemma 5.2, full-rank features: 3 independent columns found where exact arithmetic has 4";
        // Right before, and broken at once.
        assert!(runs[..wrong].iter().all(|rows| rows[kernel].moves.is_some()));
        assert_eq!(runs[wrong][kernel].broke.as_deref(), Some(reason));
        let drift = runs.iter().filter_map(|rows| rows[kernel].drift).fold(0.0, f64::max);
        numbers.push((format!("{name}: the first k with a rank decided wrongly"), (wrong + 1).to_string()));
        numbers.push((format!("{name}: what happens there"), reason.to_owned()));
        numbers.push((format!("{name}: largest drift of the loss before"), format!("{drift:.2e}")));
    }
    let enough = (24..).find(|&bits| close_samples(60, &[bits])[2].same_decisions).unwrap();
    numbers.push(("bits that are enough for k = 60".into(), enough.to_string()));
    numbers.push(("exact: largest drift of the loss".into(), "0".into()));
    assert_numbers("close-samples", numbers);
}

#[test]
fn a_thin_margin_drowns_in_f64() {
    let thin = |k: u32| {
        let mut targets = matrix(3, 2, &[0, 0, 1, 1, 3, 3]);
        targets[(2, 1)] += Rational::from((1, 1u64 << k));
        let activation = Activation::leaky_relu(q(1, 10));
        independent_targets(&Exact, &activation, &matrix(3, 1, &[0, 1, 2]), &targets).unwrap()
    };
    let first = (1..=60).find(|&k| thin(k).decide_in_double() == Some(false)).unwrap();
    // All of them are disconnected.
    assert!((1..=60).all(|k| thin(k).verify().is_ok()));
    let numbers = [
        ("the first k that f64 decides wrongly", first.to_string()),
        ("exactly, for this k", thin(first).verify().unwrap().to_string()),
        ("disconnected for some α, says f64", "false".into()),
    ];
    assert_numbers("thin-margin", numbers);
}

// --- Thresholds and disconnected sets ------------------------------------------------------------------------------

#[test]
fn width_n_connects_what_width_n_minus_1_does_not() {
    let targets = matrix(3, 3, &[1, 0, 0, 0, 1, 0, 0, 0, 1]);
    let activation = Activation::leaky_relu(q(1, 10));
    let below = independent_targets(&Exact, &activation, &matrix(3, 1, &[0, 1, 2]), &targets).unwrap();
    assert_eq!(below.verify().unwrap().barrier, q(1, 2));
    let widened = |network: &Parameters<Rational>| {
        let first = network.layer(1).as_ref().clone().insert_column(2, q(0, 1));
        let second = network.layer(2).as_ref().clone().insert_row(2, q(0, 1));
        Parameters::new(vec![first, second]).unwrap()
    };
    let (from, to) = (widened(&below.positive), widened(&below.negative));
    let problem = Problem { activation, inputs: below.inputs.clone(), widths: vec![1, 3, 3] };
    let loss = Loss::square(targets);
    let pair = |problem: &Problem, from: &Parameters<Rational>, to: &Parameters<Rational>| {
        Pair { name: "tight", problem, from, to, loss: &loss }.report()
    };
    let report: PairReport = pair(&problem, &from, &to).unwrap();
    assert!(report.profile.vertices.iter().all(|vertex| *vertex.hi() == 0));
    assert!(report.proved.contains(CONNECTED));
    let moves = report.moves.len().to_string();
    let numbers = [
        ("N", "3"),
        ("width N - 1", "for 0 ≤ α < 0.5 the sublevel set Φ ≤ α is disconnected"),
        ("width N: moves of the certified path", &moves),
        ("width N: largest loss on the path", "0"),
        ("width N: what was checked", CONNECTED),
    ];
    assert_numbers("tightness", numbers);
    let narrow = Problem { widths: vec![1, 2, 3], ..problem };
    let refused = pair(&narrow, &below.positive, &below.negative);
    assert!(matches!(refused, Err(PairError::NotConnected { reason, .. }) if reason.contains("n_1 = 2 < N = 3")));
}

#[test]
fn width_one_with_two_samples_is_disconnected_below_a_quarter() {
    let instance: Disconnection = two_samples(q(1, 2)).unwrap();
    assert_eq!(instance.verify().unwrap().to_string(), "for 0 ≤ α < 0.25 the sublevel set Φ ≤ α is disconnected");
    // x → v σ(w x + b) + c, by hand: 0 → 0 and 1 → 1 at both ends.
    let sigma = |x: i64| if x > 0 { q(x, 1) } else { q(x, 2) };
    let ends = [(&instance.positive, [1, 0, 1, 0]), (&instance.negative, [-1, 1, -1, 1])];
    for (end, [w, b, v, c]) in ends {
        assert_eq!(end.layers().iter().flat_map(|layer| layer.iter()).cloned().collect::<Vec<_>>(), [w, b, v, c]);
        assert_eq!([0, 1].map(|x| sigma(w * x + b) * v + c), [0, 1]);
    }
    let numbers = [
        ("proved", "for 0 ≤ α < 0.25 the sublevel set Φ ≤ α is disconnected"),
        ("w, b, v, c with v > 0", "1, 0, 1, 0"),
        ("w, b, v, c with v < 0", "-1, 1, -1, 1"),
        ("losses there", "0, 0"),
    ];
    assert_numbers("disconnected", numbers);
}

// --- Errata --------------------------------------------------------------------------------------------------------

#[test]
fn the_region_of_thesis_5_3_1_is_an_or() {
    // h = σ(x_1 + x_2) with slope 1/2 on the left; the margin is |h|/2 − 1, as item 2 of the errata has it.
    let margin = |sum: &Rational| {
        let h = if *sum > 0 { sum.clone() } else { Rational::from(sum / 2) };
        h.abs() / 2 - 1
    };
    let sums: Vec<Rational> = (-32..=24).map(|k| q(k, 4)).collect();
    let zeros: Vec<&Rational> = sums.iter().filter(|sum| margin(sum) == 0).collect();
    assert_eq!(zeros, [&q(-4, 1), &q(2, 1)]);
    let positive = |side: i64| sums.iter().filter(|sum| margin(sum) > 0 && Rational::from(*sum * side) > 0).count();
    let numbers = [
        ("x_1 + x_2 where the margin vanishes", "-4 and 2".to_owned()),
        (
            "points of the picture with a positive margin on the left, on the right",
            format!("{}, {}", positive(-1), positive(1)),
        ),
    ];
    assert_numbers("empty-region", numbers);
}

#[test]
fn indices_run_over_neurons_and_any_solution_will_do() {
    // F_1 = σ((0, 1)) at x = 1.
    let network = Parameters::new(vec![matrix(2, 2, &[0, 1, 0, 0]), matrix(3, 1, &[1, 1, 0])]).unwrap();
    let features = run(&Activation::leaky_relu(q(1, 2)), &matrix(1, 1, &[1]), &network).features[1].clone();
    assert_eq!(features, matrix(1, 3, &[0, 1, 1]));
    let rank = |columns: &[usize]| Exact.rank(&features.select_columns(columns));
    assert_eq!([rank(&[0, 1]), rank(&[0]), rank(&[1])], [1, 0, 1]);
    // 1·5 + 2·7 − 3·2 = 13, and at the other ends.
    let output = |v: [Rational; 3]| v.into_iter().zip([1, 2, 3]).map(|(v, f)| v * f).sum::<Rational>();
    assert_eq!(output([q(5, 1), q(7, 1), q(-2, 1)]), 13);
    for (e, after) in [
        ([q(1, 2), q(0, 1)], [q(0, 1), q(19, 2), q(-2, 1)]),
        ([q(0, 1), q(1, 3)], [q(0, 1), q(7, 1), q(-1, 3)]),
        ([q(2, 1), q(-1, 1)], [q(0, 1), q(17, 1), q(-7, 1)]),
    ] {
        // F(:, 1) = F(:, {2, 3}) E, and rows 2 and 3 of V take E V(1) on.
        assert_eq!(Rational::from(&e[0] * 2) + Rational::from(&e[1] * 3), 1);
        assert_eq!(
            [Rational::from(&e[0] * 5) + 7, Rational::from(&e[1] * 5) - 2],
            [after[1].clone(), after[2].clone()]
        );
        assert_eq!(output(after), 13);
    }
    let f = matrix(1, 3, &[1, 2, 3]);
    let kept = f.select_columns(&[1, 2]);
    assert_eq!(Exact.solve(&kept, &f), Err(Unsolvable::DependentColumns { columns: 2, rank: 1 }));
    let reduced = column_reduction::column_reduction(&Exact, &f, &[1, 2], &matrix(1, 1, &[13])).unwrap();
    assert_eq!(reduced, halves(3, 1, &[0, 13, 0]));
    let numbers = [
        ("N, n_1 and F_1 in Theorem 5.1", "1, 2, (0, 1)"),
        ("rank F_1; of the columns in {1, ..., N}; of column 2", "1; 0; 1"),
        ("F and V in Lemma 5.3, and F V", "(1, 2, 3), (5, 7, -2), 13"),
        ("rank of the columns 2 and 3 of F", "1"),
        ("E = (0.5, 0): V becomes", "(0, 9.5, -2)"),
        ("E = (0, 1/3): V becomes", "(0, 7, -1/3)"),
        ("E = (2, -1): V becomes", "(0, 17, -7)"),
        ("here, with pivots inside {2, 3}: V becomes", "(0, 6.5, 0)"),
    ];
    assert_numbers("over-neurons", numbers);
}

/// Widths 2-1-3-1: θ, and the ends of three lines.
fn coinciding() -> [Parameters<Rational>; 4] {
    let first = |tilt: i64| DMatrix::from_row_slice(3, 1, &[q(1, 1), q(tilt, 4), q(1, 1)]);
    let (live, three) = (matrix(2, 3, &[1, 0, 0, 0, 0, 0]), halves(2, 3, &[2, 2, 2, 0, -3, -8]));
    let (sloped, flat) = (halves(4, 1, &[9, 0, 0, -8]), matrix(4, 1, &[0, 18, -18, -22]));
    [(0, &live, &sloped), (0, &three, &sloped), (0, &three, &flat), (1, &three, &flat)]
        .map(|(tilt, second, third)| Parameters::new(vec![first(tilt), second.clone(), third.clone()]).unwrap())
}

#[test]
fn samples_that_coincide_part_at_constant_output() {
    let activation = Activation::leaky_relu(q(1, 2));
    let (inputs, targets) = (matrix(3, 2, &[0, 0, 0, 1, 1, 0]), matrix(3, 1, &[1, 0, 5]));
    let points = coinciding();
    let features = |network: &Parameters<Rational>| run(&activation, &inputs, network).features[1].clone();
    let square_loss = |network: &Parameters<Rational>| {
        let output = run(&activation, &inputs, network).output().clone();
        output.iter().zip(targets.iter()).map(|(f, y)| Rational::from(f - y).square()).sum::<Rational>() / 2
    };
    let at_start = features(&points[0]);
    assert_eq!((duplicate_rows(&at_start), Exact.rank(&at_start), at_start.ncols()), (Some((0, 1)), 2, 2));
    let shifts = |network: &Parameters<Rational>| {
        let column = DVector::from_iterator(3, features(network).column(0).iter().cloned());
        shift_span(&Exact, &activation.import(&Exact), &column).len()
    };
    assert_eq!([shifts(&points[0]), shifts(&points[3])], [2, 3]);
    assert_eq!(points.each_ref().map(square_loss), [q(1, 4), q(1, 4), q(1, 4), q(1, 4)]);
    let tilted = points[0].with_layer(1, points[3].layer(1).as_ref().clone()).unwrap();
    assert_eq!(square_loss(&tilted), q(185, 128));
    // The three lines alone are of constant output, for every loss; the whole path never rises.
    let moves = points.windows(2).map(|pair| {
        let changed = (1..4).find(|&k| pair[0].layer(k) != pair[1].layer(k)).unwrap();
        let change = Change { before: pair[0].layer(changed).clone(), after: pair[1].layer(changed).clone() };
        Move::Line([(changed, change)].into())
    });
    let mut path = Path { start: points[0].clone(), moves: moves.collect() };
    let problem = Problem { activation: activation.clone(), inputs: inputs.clone(), widths: vec![2, 1, 3, 1] };
    let loss = Loss::square(targets.clone());
    let Verdict::Valid(constant) = verdict(&problem, Claim::Connected, &loss, &path) else { panic!() };
    assert!(constant.to_string().contains("every convex loss"));
    let rest = descend::descend(&Exact, &problem, &Goal::never_rising(&loss, &q(1, 1000)), 2, &path.end()).unwrap();
    path.moves.extend(rest.moves);
    let Verdict::Valid(falling) = verdict(&problem, Claim::Descends, &loss, &path) else { panic!() };
    let checked = "a continuous path from the first to the last network; the loss never rises along it";
    assert!(falling.to_string().contains(checked));
    assert_eq!(square_loss(&path.end()), 0);
    let moves = path.moves.len().to_string();
    let numbers = [
        ("equal rows of F_1 at the start", "0 and 1"),
        ("rank that shifts of F_1 reach, of N = 3: at the start; after three lines", "2; 3"),
        ("columns of [F_1, 1] at the start, and their rank", "2, 2"),
        ("losses at the start and after each of the three lines", "(0.25, 0.25, 0.25, 0.25)"),
        ("loss where the first layer tilts at once", "185/128"),
        ("loss at the end", "0"),
        ("moves", &moves),
        ("what was checked", checked),
    ];
    assert_numbers("coinciding-rows", numbers);
}

#[test]
fn a_product_cannot_change_its_sign() {
    let instance = SkipProduct::new((q(0, 1), q(1, 1)), q(1, 1)).unwrap();
    assert_eq!(instance.verify(), Ok((q(0, 1), q(1, 1))));
    // (W V − 1)² by hand.
    let loss = |(w, v): &(Rational, Rational)| (Rational::from(w * v) - 1u32).square();
    for (point, expected) in [(&instance.positive, 0), (&instance.negative, 0), (&(q(0, 1), q(0, 1)), 1)] {
        assert_eq!((loss(point), instance.loss(point)), (expected.into(), expected.into()));
    }
    let numbers = [
        (
            "two points (W, V) and what lies between",
            "(W, V) = (1, 1) and (-1, -1): on every path between them the loss reaches 1",
        ),
        ("disconnected from", "0"),
        ("up to, not including", "1"),
        ("loss half-way on the straight line", "1"),
    ];
    assert_numbers("skip-product", numbers);
}

#[test]
fn a_wall_does_not_sink_with_the_width() {
    // By hand, y = 8, κ = 1: A has R = 6 and no error; B has p = 15/2, so 1/4 + 15/2; where q = 1, p = 13/2 is best.
    let at_the_wall = (q(13, 2) + q(1, 1) - q(8, 1)).square() + q(13, 2) + q(3, 1);
    assert_eq!((q(1, 4) + q(15, 2), at_the_wall), (q(31, 4), q(39, 4)));
    for neurons in [2, 1000] {
        let levels = ResidualWall::of_theorem_11(&q(2, 1), &q(1, 1), 1, neurons).unwrap().verify().unwrap();
        assert_eq!((levels.losses, levels.wall), ([q(6, 1), q(31, 4)], q(39, 4)));
    }
    // y = 27/8: (k + 2) s − κ/4 = 9/2 − 1/4, and 27/8 − 1/4.
    assert_eq!((q(9, 2) - q(1, 4), q(27, 8) - q(1, 4)), (q(17, 4), q(25, 8)));
    let numbers = [
        ("losses of A and B", "6, 7.75"),
        ("infimum without the block", "7.75"),
        ("the wall", "9.75"),
        ("excess for 2 and for 1000 neurons", "2, 2"),
        ("y = 27/8: a whole valley above the infimum", "4.25 > 3.125"),
    ];
    assert_numbers("residual-wall", numbers);
}

#[test]
fn no_path_has_the_depth_of_three_wells() {
    let wells = three_wells();
    // Barriers by hand: 1 and 3 behind 3, 3 and 5 behind 2, 1 and 5 behind 3.
    let barrier = |a, b| wells.barrier(&q(a, 1), &q(b, 1));
    assert_eq!([barrier(1, 3), barrier(3, 5), barrier(1, 5)], [q(3, 1), q(2, 1), q(3, 1)]);
    assert_eq!(barrier(1, 5) - q(1, 2), q(5, 2));
    let numbers = [
        ("ε", "2.5"),
        ("largest value", "3"),
        ("minima, and how far a path has to climb", "0 at 1: 3; 1 at 3: 1; 0.5 at 5: 1.5"),
        ("whether Theorem 4 holds there", "no, no, yes"),
    ];
    assert_numbers("three-wells", numbers);
}

#[test]
fn sixteen_directions_are_no_crowd() {
    // Four neighbours: (1, 0) and (5, 12) have the cosine 5/13, an angle of 67.4°; five are 90° apart. √2 is 81.03°.
    let spread = Spread::sixteen();
    assert!((2f64.sqrt() - spread.bound()).abs() < 1e-12 && (5.0 / 13.0f64).acos() < spread.bound());
    let product = |i: usize, j: usize| -> Rational {
        spread.vectors[i].iter().zip(&spread.vectors[j]).map(|(a, b)| Rational::from(a * b)).sum()
    };
    for part in &spread.parts {
        assert!(part.iter().all(|&i| part.iter().all(|&j| i == j || product(i, j) <= 0)));
    }
    let numbers = [
        ("directions that Lemma 9 asks for", "8"),
        ("its bound, in degrees", "81.0"),
        ("so many are within it, in floats", "4"),
        ("of so many two are at 90° or more, proved", "5"),
    ];
    assert_numbers("sixteen-directions", numbers);
}

#[test]
fn one_rank_is_free() {
    let (inputs, activation) = (matrix(2, 1, &[0, 1]), Activation::leaky_relu(q(1, 2)));
    assert_eq!((Exact.rank(&inputs), Exact.rank(&with_ones(&Exact, &inputs))), (1, 2));
    assert_eq!(Exact.right_inverse(&inputs), Err(Unsolvable::DependentRows { rows: 2, rank: 1 }));
    // W_2 = (2, 4)ᵀ, b_2 = 3, by hand: 3 + 2σ(−10) + 4σ(0) = −7 and 3 + 2σ(4) + 4σ(0) = 11.
    let network = |first: &[i64]| Parameters::new(vec![matrix(2, 2, first), matrix(3, 1, &[2, 4, 3])]).unwrap();
    let output = |network: &Parameters<Rational>| run(&activation, &inputs, network).output().clone();
    let reached = network(&[14, 0, -10, 0]);
    assert_eq!(output(&reached), matrix(2, 1, &[-7, 11]));
    for [a, b] in [[1, 3], [2, -6], [-6, -4]] {
        assert_eq!(output(&network(&[a, b, 0, 0]))[(0, 0)], 3);
    }
    let problem = Problem { activation: activation.clone(), inputs: inputs.clone(), widths: vec![1, 2, 1] };
    let path = independent_data::connect(&Exact, &problem, &network(&[0; 4]), &reached).unwrap();
    let found = verdict(&problem, Claim::Connected, &Loss::square(matrix(2, 1, &[-7, 11])), &path);
    assert!(matches!(found, Verdict::Valid(statement) if statement.to_string().contains(CONNECTED)));
    assert_eq!((path.start.clone(), path.end()), (network(&[0; 4]), reached));
    let moves = path.moves.len().to_string();
    let numbers = [
        ("N, rank X, rank [X, 1]", "2, 1, 2"),
        ("a right inverse of X", "none: the 2 rows have rank 1"),
        ("W_1 and b_1 by the map h", "(14, 0), (-10, 0)"),
        ("outputs asked for and reached", "(-7, 11), (-7, 11)"),
        ("outputs at x = 0 for three W_1 with b_1 = 0", "(3, 3, 3)"),
        ("Theorem 3.2 from W_1 = 0: moves of the path", &moves),
        ("what was checked", CONNECTED),
    ];
    assert_numbers("free-rank", numbers);
}

// --- Valleys at infinity -------------------------------------------------------------------------------------------

#[test]
fn the_flow_is_stuck_above_the_infimum() {
    let stuck = Stuck { limit: q(0, 1), infimum: q(-1, 1), radius: q(1, 16), contraction: q(51, 256) };
    assert_eq!(StuckFlow::example().verify(), Ok(stuck));
    let numbers = [
        ("f(x, y)", "exp(-x) (y^2 + 1) + 3y^4 - 4y^3"),
        ("limit of f along the flow in the wedge", "0"),
        ("infimum of f", "-1"),
        ("the wedge: x ≥ 0, |y| ≤ ρ exp(-x) with ρ", "0.0625"),
        ("contraction c: d(y²/s²)/dt ≤ -2 c s (y²/s²), s = exp(-x)", "51/256"),
    ];
    assert_numbers("stuck-flow", numbers);
}

/// Σ c_k t^k.
fn polynomial(coefficients: &[Rational], t: &Rational) -> Rational {
    coefficients.iter().rev().fold(Rational::new(), |value, c| value * t + c)
}

/// The values at the limits and at the points where the derivative vanishes: t = 0, the turns, t = 1.
fn values(coefficients: &[Rational], turns: &[Rational]) -> Vec<Rational> {
    let derivative: Vec<Rational> =
        (1..).zip(&coefficients[1..]).map(|(k, c): (u32, _)| Rational::from(c * k)).collect();
    assert_eq!(turns.len() + 1, derivative.len(), "as many as its degree, so there are no others");
    assert!(turns.iter().all(|turn| polynomial(&derivative, turn) == 0));
    let all = [&[q(0, 1)], turns, &[q(1, 1)]].concat();
    all.iter().map(|t| polynomial(coefficients, t)).collect()
}

#[test]
fn figure_2_right_has_a_bad_valley_without_a_local_minimum() {
    let landscape = TailFunction::bad_valley_in_the_plane().verify().unwrap();
    assert_eq!(landscape.values, values(&[q(0, 1), q(1, 1), q(-2, 1)], &[q(1, 4)]));
    let numbers = [
        ("f(x, y)", "-2t^2 + t + y^2 with t = 1/(1 + exp(-x))"),
        (
            "proved",
            "of two variables; on y = 0 from -∞ to +∞ the values 0, 0.125, -1: no local minimum, there is a bad local valley, \
             some sublevel sets are disconnected",
        ),
        ("infimum", "-1"),
        ("values of the local minima", "none"),
    ];
    assert_numbers("valley-in-the-plane", numbers);
}

#[test]
fn figure_3_left_has_no_local_minimum_and_a_bad_valley() {
    assert_eq!(values(&[q(0, 1), q(1, 1), q(-2, 1)], &[q(1, 4)]), [q(0, 1), q(1, 8), q(-1, 1)]);
    assert_eq!(TailFunction::without_minima().verify().unwrap().values, [q(0, 1), q(1, 8), q(-1, 1)]);
    let numbers = [
        ("f(x)", "-2t^2 + t with t = 1/(1 + exp(-x))"),
        (
            "proved",
            "from -∞ to +∞ the values 0, 0.125, -1: no local minimum, there is a bad local valley, some sublevel sets are \
             disconnected",
        ),
        ("infimum", "-1"),
        ("values of the local minima", "none"),
    ];
    assert_numbers("without-minima", numbers);
}

#[test]
fn figure_3_right_has_only_global_minima_and_two_bad_valleys() {
    let expected = [q(1, 1), q(81, 32), q(0, 1), q(81, 32), q(1, 1)];
    let coefficients = [1, 28, -156, 256, -128].map(|c| q(c, 1));
    assert_eq!(values(&coefficients, &[q(1, 8), q(1, 2), q(7, 8)]), expected);
    assert_eq!(TailFunction::with_bad_tails().verify().unwrap().values, expected);
    let numbers = [
        ("f(x)", "-128t^4 + 256t^3 - 156t^2 + 28t + 1 with t = 1/(1 + exp(-x))"),
        (
            "proved",
            "from -∞ to +∞ the values 1, 2.53125, 0, 2.53125, 1: every local minimum is global, there is a bad local valley, \
             some sublevel sets are disconnected",
        ),
        ("infimum", "0"),
        ("values of the local minima", "0"),
    ];
    assert_numbers("bad-tails", numbers);
}

#[test]
fn figure_4_has_two_valleys_and_no_bad_one() {
    let expected = [q(9, 16), q(0, 1), q(1, 16), q(0, 1), q(9, 16)];
    let coefficients = [q(9, 16), q(-6, 1), q(22, 1), q(-32, 1), q(16, 1)];
    assert_eq!(values(&coefficients, &[q(1, 4), q(1, 2), q(3, 4)]), expected);
    assert_eq!(TailFunction::with_two_global_valleys().verify().unwrap().values, expected);
    let numbers = [
        ("f(x)", "16t^4 - 32t^3 + 22t^2 - 6t + 0.5625 with t = 1/(1 + exp(-x))"),
        (
            "proved",
            "from -∞ to +∞ the values 0.5625, 0, 0.0625, 0, 0.5625: every local minimum is global, there is no bad local \
             valley, some sublevel sets are disconnected",
        ),
        ("infimum", "0"),
        ("values of the local minima", "0, 0"),
    ];
    assert_numbers("two-global-valleys", numbers);
}

/// The components that a network's own output has along a line: runs of points at which it gives the class.
fn runs(network: &Parameters<Rational>, activation: &Activation, class: usize, points: &DMatrix<Rational>) -> usize {
    let output = run(activation, points, network).output().clone();
    let wins = |row: usize| (0..output.ncols()).all(|k| k == class || output[(row, class)] > output[(row, k)]);
    (0..points.nrows()).filter(|&row| wins(row) && (row == 0 || !wins(row - 1))).count()
}

/// Points on a line through 0.
fn along(direction: &[i64]) -> DMatrix<Rational> {
    DMatrix::from_fn(161, direction.len(), |row, column| q((row as i64 - 80) * direction[column], 4))
}

#[test]
fn regions_touch_or_do_not() {
    let expected = [("2^-60", "1, 2"), ("0", "2, 2"), ("-2^-60", "2, 1")];
    let numbers = expected.iter().flat_map(|(epsilon, counts)| {
        let floats = "2, 2";
        [
            (format!("ε = {epsilon}: components of both classes, proved"), *counts),
            (format!("ε = {epsilon}: as f64 counts them"), floats),
        ]
    });
    assert_numbers("thin-crossing", numbers);
    // On x_2 = 0 the first class wins on both sides of x_1 = 0, and there only for ε > 0.
    for (epsilon, parts) in [(q(1, 1 << 60), 1), (q(0, 1), 2), (q(-1, 1 << 60), 2)] {
        let example = instances::crossing(&epsilon);
        assert_eq!(runs(&example.network, &example.activation, 0, &along(&[1, 0])), parts);
    }
}

#[test]
fn red_wins_nowhere() {
    let numbers = [
        ("α", "0.1"),
        ("as printed: components of both classes, proved", "2, 0"),
        ("as printed: cells without a winner", "4"),
        ("as printed: as f64 counts them", "2, 2"),
        ("repaired: components of both classes, proved", "2, 1"),
        ("repaired: cells without a winner", "0"),
    ];
    assert_numbers("perfect-fit", numbers);
    for (example, parts) in
        [(instances::low_rank_as_printed(&q(1, 10)), [2, 0]), (instances::low_rank(&q(1, 10)), [2, 1])]
    {
        let found = [0, 1].map(|class| runs(&example.network, &example.activation, class, &along(&[1, 0])));
        assert_eq!(found, parts);
    }
}

#[test]
fn no_layer_is_wider_than_the_input() {
    let numbers = [
        ("widths 2-1-2-2: components of both classes, proved", "2, 1"),
        ("widths 3-2-3-2: components of both classes, proved", "2, 1"),
        ("widths 1-2-2: components of both classes, proved", "2, 1"),
        ("widths 5-3-2-3-2: components of both classes, proved", "2, 1"),
        ("section 5.3.1, widths 2-1-2-2", "2, 1"),
    ];
    assert_numbers("narrow-layer", numbers);
    let example = instances::narrow_layer();
    assert_eq!([0, 1].map(|class| runs(&example.network, &example.activation, class, &along(&[1, 1]))), [2, 1]);
    let sigma = Activation::leaky_relu(q(1, 10));
    for hidden in [&[2, 1, 2][..], &[3, 2, 3], &[1, 2], &[5, 3, 2, 3]] {
        let network = instances::not_pyramidal(hidden, &sigma).unwrap().network;
        let mut first = vec![0; hidden[0]];
        first[0] = 40;
        assert_eq!([0, 1].map(|class| runs(&network, &sigma, class, &along(&first))), [2, 1], "{hidden:?}");
    }
}

#[test]
fn a_convolution_has_not_full_rank() {
    let numbers = [
        ("d, n_1, rank W_1", "4, 4, 2"),
        ("directions that the network sees", "1"),
        ("components of both classes in the whole space, proved", "2, 1"),
    ];
    assert_numbers("shared-weights", numbers);
}

#[test]
fn monotone_is_not_enough() {
    let numbers = [
        ("relu, widths 2-2-2-2: components of both classes, proved", "2, 1"),
        ("hard-tanh, widths 2-2-2-2: components of both classes, proved", "2, 1"),
    ];
    assert_numbers("not-onto", numbers);
    for name in ["relu", "hard-tanh"] {
        let activation: Activation = name.parse().unwrap();
        let network = instances::not_onto(&activation).unwrap().network;
        assert_eq!(runs(&network, &activation, 0, &along(&[1, -1])), 2);
        assert_eq!(runs(&network, &activation, 0, &along(&[1, 1])), 0);
    }
}

#[test]
fn a_plateau_of_length_one() {
    let falls = "a continuous path from the first to the last network; the loss falls strictly along it, at every point \
                 below all that come before";
    let numbers = [
        ("loss of the minimum, and of a lower network", "3, 0"),
        ("length of the plateau, at least", "1"),
        ("losses over the edge", "3, 3, 6085/2048, 1557731/524288, 389427/131072, 0"),
        ("over the edge", falls),
        (
            "on the plateau, strictly",
            "record 3 (claim): the loss is constant on the move, or on a part of it, and does not fall",
        ),
        ("losses from beside", "387/128, 98811/32768, 24651/8192, 0"),
        ("from beside", falls),
        ("gradient descent in f64, from (w, b, v, c) near (0, 1, 1, -1)", "3.000000"),
    ];
    assert_numbers("plateau", numbers);
    // By hand: v = −1/4 and w = 1/4 of a neuron at the edge give it the outputs −1/16 σ(x), and the loss
    // 3 − 1/16 ⟨R, σ⟩ + 1/2 |σ|²/256 with σ = (−1/2, 0, 1) and R = (1, −2, 1).
    assert_eq!(q(3, 1) - q(1, 16) * q(1, 2) + q(1, 2) * q(5, 4) / 256u32, q(6085, 2048));
    // And an eighth beside: 1/2 (9/8)² + 1/2 (15/8)² + 1/2 (9/8)².
    assert_eq!(q(81 + 225 + 81, 128), q(387, 128));
}

#[test]
fn two_orders_of_three_neurons() {
    let numbers = [
        ("proved", "for 0 ≤ α < 0.25 the sublevel set Φ ≤ α is disconnected"),
        ("one network", "w = (1, 1, -1), b = (0, -1, 2), v and b_2 = (301/99, -200/99, 200/99, -134/33)"),
        ("the other", "w = (1, 1, -1), b = (-1, 0, 2), v and b_2 = (-200/99, 301/99, 200/99, -134/33)"),
        ("losses there", "0, 0"),
    ];
    assert_numbers("threshold", numbers);
    // The function goes through the samples, and on with slope 1.
    let sigma = Activation::leaky_relu(q(1, 100));
    let network = Parameters::new(vec![
        matrix(2, 3, &[1, 1, -1, 0, -1, 2]),
        DMatrix::from_vec(4, 1, vec![q(301, 99), q(-200, 99), q(200, 99), q(-134, 33)]),
    ]);
    let output = run(&sigma, &matrix(5, 1, &[0, 1, 2, 3, 4]), &network.unwrap()).output().clone();
    assert_eq!(output.as_slice(), [0, 1, 0, 1, 2].map(Rational::from));
}

#[test]
fn doubles_lose_a_rank_in_the_depth() {
    let at = |layers| {
        let (network, inputs) = deep_sigmoid(layers);
        let found = independent(&network, &inputs, 1024, &mut |_| {}).unwrap();
        assert!(matches!(found.finding, Finding::Independent { samples: 32, features: 32, analytic: true, .. }));
        (rank_in_doubles(&network, &inputs), found)
    };
    let ranks: Vec<_> = (1..=12).map(at).collect();
    let (rank, last) = &ranks[11];
    assert!(*rank < 32);
    let first = ranks.iter().position(|(rank, _)| *rank < 32).unwrap() + 1;
    let numbers = [
        ("the first layer where doubles count less than 32", first.to_string()),
        ("rank of layer 12, counted in doubles", rank.to_string()),
        ("rank of layer 12, proved", "32".into()),
        ("layer 12: bits of the floats that gave a right inverse", last.precision.to_string()),
        ("layer 12: bits of the features' enclosures", last.bits.to_string()),
    ];
    assert_numbers("deep-ranks", numbers);
}

#[test]
fn one_bias_a_filter_is_not_enough() {
    let [free, tied] = [false, true].map(|tied| {
        let (network, inputs) = constant_images(tied);
        independent(&network, &inputs, 256, &mut |_| {})
    });
    let why = "undecided: no right inverse of the features was found with up to 256 bits";
    assert_numbers("tied-biases", [("a bias a unit: rank", "2"), ("a bias a filter", why)]);
    assert!(free.is_ok() && tied.is_err_and(|reason| reason.to_string() == why));
}

// --- Convolutions ---------------------------------------------------------------------------------------------------

#[test]
fn one_filter_makes_a_triangle_of_digits() {
    let (network, inputs) = digits(1, &Activation::relu().into());
    let found = full_rank_features(&network, &inputs, 1, 0).unwrap();
    let certified = found.certify(&inputs).unwrap();
    assert!(matches!(certified.finding, Finding::Independent { samples: 32, features: 32, analytic: false, .. }));
    // The convolution by hand: filter and bias from the network, pixel by pixel.
    let layer = &found.network.layers()[&1];
    let feature = |sample: usize, unit: usize| {
        let (y, x) = (unit / 6, unit % 6);
        let terms =
            (0..9).map(|r| Rational::from(&layer.weight[(r, 0)] * &inputs[(sample, (y + r / 3) * 8 + x + r % 3)]));
        (terms.sum::<Rational>() + &layer.bias.as_ref().unwrap()[(0, unit)]).max(q(0, 1))
    };
    let order = &found.order;
    let triangle = DMatrix::from_fn(32, 32, |i, j| feature(order.samples[i], order.units[j]));
    assert!((0..32).all(|i| triangle[(i, i)] == 1 && (0..i).all(|j| triangle[(i, j)] == 0)));
    let shared = found.shared.unwrap();
    let patch = |[sample, patch]: [usize; 2]| -> Vec<&Rational> {
        (0..9).map(|r| &inputs[(sample, (patch / 6 + r / 3) * 8 + patch % 6 + r % 3)]).collect()
    };
    assert!(shared.first[0] != shared.second[0] && patch(shared.first) == patch(shared.second));
    let listed = |numbers: &[usize]| numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let written = |value: &Rational| sublevel::arith::write_rational(value);
    let numbers = [
        ("digits, units", "32, 36".into()),
        ("Assumption 2.4.1", shared.to_string()),
        ("the units in their order", listed(&order.units)),
        ("the digits in their order", listed(&order.samples)),
        ("α", written(&found.alpha)),
        ("determinant", "1".into()),
        ("the largest feature", written(triangle.iter().max().unwrap())),
        ("rank, proved with so many bits", format!("32, {}", certified.bits)),
    ];
    assert_numbers("convolution-features", numbers);
}

#[test]
fn two_filters_of_one_channel_commute() {
    let rank = |patches: &Patches, filters: usize| {
        let weight =
            DMatrix::from_fn(patches.size(), filters, |i, j| q((5 * i * i + 3 * j + i * j) as i64 % 17 - 8, 1));
        Exact.rank(&patches.matrix(&weight))
    };
    let eight = image(8, 1, 3);
    assert_eq!([1, 2, 3, 4].map(|filters| rank(&eight, filters)), [36, 56, 64, 64]);
    assert_eq!((rank(&four_patches(), 1), rank(&image(6, 2, 2), 3)), (3, 66));
    let Structure::NeverFull(why) = decide(&image(28, 1, 3), 2, 0) else { panic!() };
    assert_eq!(why.verify(&image(28, 1, 3), 2), Ok(776));
    let numbers = [
        ("four patches of two pixels: rank, at most", "3 of 4"),
        ("8 × 8, 3 × 3, 1, 2, 3, 4 filters: rank, at most", "36 56 64 64"),
        ("28 × 28, 3 × 3, 2 filters: rank, at most", "776 of 784"),
        ("6 × 6, two channels, 2 × 2, 3 filters: rank, at most", "66 of 72"),
    ];
    assert_numbers("commuting-filters", numbers);
}

#[test]
fn a_continuous_function_that_is_bijective_nowhere() {
    // Term by term, in doubles, which hold these numbers.
    let saw = |t: f64| (t - t.round()).abs();
    let sum = |x: f64| (0..20).map(|n| saw(f64::from(1u32 << n) * x) / f64::from(1u32 << n)).sum::<f64>();
    let points = [[q(3, 16), q(1, 4), q(1, 2)], [q(3, 4), q(13, 16), q(1, 2)], [q(29, 32), q(233, 256), q(11, 32)]];
    for [left, right, value] in &points {
        assert_eq!([sum(left.to_f64()), sum(right.to_f64())], [value.to_f64(); 2]);
        assert_eq!([takagi(left).unwrap(), takagi(right).unwrap()], [value.clone(), value.clone()]);
    }
    let numbers = [
        ("in [0/4, 1/4] two points, and the value at both", "3/16, 1/4: 1/2"),
        ("in [6/8, 7/8] two points, and the value at both", "3/4, 13/16: 1/2"),
        ("in [29/32, 30/32] two points, and the value at both", "29/32, 233/256: 11/32"),
    ];
    assert_numbers("nowhere-monotone", numbers);
}

#[test]
fn a_relu_unit_is_dead_on_a_half_plane() {
    // The cells' middles are −2 + k/16: w + b ≤ 0 for k + l ≤ 64.
    let dead = (0..=64).map(|k| 65 - k).sum::<usize>();
    assert_numbers("dead-half-plane", [("cells of the picture where the feature is 0, of 4225", dead)]);
}
