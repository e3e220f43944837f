//! What the papers print, what is true, and an instance that shows it: `docs/errata.md`, in pictures.

use super::{Entry, GalleryEntry, GalleryError, checked, exact, integers, landscape, number, square_losses};
use crate::certificate::Claim;
use crate::checker::{Statement, Verdict};
use crate::linalg::{Exact, Kernel};
use crate::network::{Activation, Forward, Loss, Parameters, duplicate_rows, forward, with_ones};
use crate::path::{Move, Path, Pullback, changes_between};
use crate::report::Profile;
use crate::report::chart::{Chart, Ink, Layer, PlotError, ends};
use crate::statement::column_reduction::column_reduction;
use crate::statement::output_following::first_layer_for;
use crate::statement::shift_span::shift_span;
use crate::statement::skip_product::SkipProduct;
use crate::statement::{Goal, Problem, descend, independent_data, prove};
use nalgebra::DMatrix;
use rug::Rational;
use std::collections::BTreeMap;
use std::sync::Arc;

/// `(a, b, c)`.
fn tuple<'a>(values: impl IntoIterator<Item = &'a Rational>) -> String {
    format!("({})", values.into_iter().map(exact).collect::<Vec<_>>().join(", "))
}

/// Leaky ReLU of slope 1/2.
fn leaky() -> Activation {
    Activation::leaky_relu(Rational::from((1, 2)))
}

fn run(inputs: &DMatrix<Rational>, network: &Parameters<Rational>) -> Forward<Rational> {
    forward(&Exact, &leaky().import(&Exact), inputs, network).expect("inputs and network fit")
}

/// The checker's statement about a path from its own first to its own last network.
fn proved(problem: &Problem, claim: Claim, loss: &Loss, path: &Path<Rational>) -> Result<Statement, String> {
    match prove(problem, claim, Some(loss), path).1 {
        Verdict::Valid(statement) => Ok(*statement),
        refused => Err(refused.to_string()),
    }
}

fn line(label: &str, ink: Ink, points: Vec<(f64, f64)>) -> Layer {
    Layer::Line { label: label.into(), ink, points }
}

fn dots(label: &str, ink: Ink, points: Vec<(f64, f64)>) -> Layer {
    Layer::Dots { label: label.into(), ink, points, shades: Vec::new() }
}

/// The network of thesis 5.3.1 at a point with x_1 + x_2 = sum: the margin of its first class.
fn thesis_margin(sum: &Rational) -> Rational {
    let layers = vec![integers(3, 1, &[1, 1, 0]), integers(2, 2, &[1, -1, 0, 0]), integers(3, 2, &[2, 1, 3, 2, 0, 1])];
    let network = Parameters::new(layers).expect("widths 2-1-2-2");
    let input = DMatrix::from_row_slice(1, 2, &[sum.clone(), Rational::new()]);
    let sigma = Activation::leaky_relu(Rational::from((1, 2))).import(&Exact);
    let pass = forward(&Exact, &sigma, &input, &network).expect("inputs and network fit");
    Rational::from(&pass.output()[(0, 0)] - &pass.output()[(0, 1)])
}

pub fn empty_region() -> Entry {
    let sums: Vec<Rational> = (-32..=24).map(|k| Rational::from((k, 4))).collect();
    let margins: Vec<(Rational, Rational)> = sums.into_iter().map(|sum| (sum.clone(), thesis_margin(&sum))).collect();
    let zeros: Vec<String> = margins.iter().filter(|(_, margin)| margin.is_zero()).map(|(sum, _)| exact(sum)).collect();
    let points: Vec<(f64, f64)> = margins.iter().map(|(sum, margin)| (sum.to_f64(), margin.to_f64())).collect();
    let chart = Chart {
        title: String::new(),
        x: ("x_1 + x_2".into(), -8.0..6.0),
        y: ("margin of class 1".into(), ends(points.iter().map(|point| point.1), 0.35)),
        layers: vec![
            Layer::Line { label: "0".into(), ink: Ink::Neutral, points: vec![(-8.0, 0.0), (6.0, 0.0)] },
            Layer::Line { label: "margin, affine between its kinks".into(), ink: Ink::Certified, points },
        ],
        ..Chart::default()
    };
    let positive = margins.iter().filter(|(_, margin)| *margin > 0).map(|(sum, _)| sum);
    let (left, right): (Vec<&Rational>, Vec<&Rational>) = positive.partition(|sum| **sum < 0);
    Ok(GalleryEntry {
        key: "empty-region",
        title: "Erratum: a region that is empty as printed",
        text: "Thesis, section 5.3.1, prints a decision region as x_1 + x_2 - 2 > 0 and x_1 + x_2 + 4 < 0. No point satisfies \
               both. The margin of the class is positive where one or the other holds: two half-planes, disconnected, as \
               the text wants.",
        numbers: vec![
            number("x_1 + x_2 where the margin vanishes", zeros.join(" and ")),
            number(
                "points of the picture with a positive margin on the left, on the right",
                format!("{}, {}", left.len(), right.len()),
            ),
        ],
        picture: chart.draw().map_err(GalleryError::of("empty-region"))?,
        test: ("tests/gallery.rs", "the_region_of_thesis_5_3_1_is_an_or"),
    })
}

/// Item 3: indices that run over neurons, and Lemma 4.3 with dependent columns.
pub fn over_neurons() -> Entry {
    let failed = GalleryError::of("over-neurons");
    // Theorem 5.1: N = 1, n_1 = 2 = 2N, x = 1.
    let network = Parameters::new(vec![integers(2, 2, &[0, 1, 0, 0]), integers(3, 1, &[1, 1, 0])]);
    let pass = run(&integers(1, 1, &[1]), &network.expect("widths 1-2-1"));
    let features = pass.features[1].columns(0, 2).into_owned();
    let rank = |columns: &[usize]| Exact.rank(&features.select_columns(columns));
    // Lemma 5.3: N = 1, n = 3 > 2N, the first neuron dies, the other two have dependent features.
    let (f, v) = (integers(1, 3, &[1, 2, 3]), integers(3, 1, &[5, 7, -2]));
    let (kept, output) = (f.select_columns(&[1, 2]), Exact.product(&f, &v));
    let mut numbers = vec![
        number("N, n_1 and F_1 in Theorem 5.1", format!("1, 2, {}", tuple(features.iter()))),
        number(
            "rank F_1; of the columns in {1, ..., N}; of column 2",
            [rank(&[0, 1]), rank(&[0]), rank(&[1])].map(|rank| rank.to_string()).join("; "),
        ),
        number(
            "F and V in Lemma 5.3, and F V",
            format!("{}, {}, {}", tuple(f.iter()), tuple(v.iter()), exact(&output[(0, 0)])),
        ),
        number("rank of the columns 2 and 3 of F", Exact.rank(&kept)),
    ];
    let mut reached = Vec::new();
    for e in [[(1, 2), (0, 1)], [(0, 1), (1, 3)], [(2, 1), (-1, 1)]].map(|e| e.map(Rational::from)) {
        let moved = |row: usize| Rational::from(&e[row] * &v[0]) + &v[row + 1];
        let after = DMatrix::from_column_slice(3, 1, &[Rational::new(), moved(0), moved(1)]);
        if Exact.product(&f, &after) != output {
            return Err(failed("the output changes"));
        }
        numbers.push(number(&format!("E = {}: V becomes", tuple(&e)), tuple(after.iter())));
        reached.push(after);
    }
    let reduced = column_reduction(&Exact, &f, &[1, 2], &output).map_err(GalleryError::of("over-neurons"))?;
    numbers.push(number("here, with pivots inside {2, 3}: V becomes", tuple(reduced.iter())));
    Ok(GalleryEntry {
        key: "over-neurons",
        title: "Erratum: two slips in proofs about columns",
        text: "ICML 2019. The proof of Theorem 5.1 takes I from {1, ..., N} such that rank F_1(:, I) = rank F_1; the columns of F_1 \
               are its n_1 neurons, and here no set of the first N has the rank. The proof of Lemma 5.3 applies Lemma 4.3 to more \
               columns than the rank: then E is not unique. Any E will do: each moves V straight, at constant output, to \
               weights that leave the first neuron dead.",
        numbers,
        picture: draw_weights(&v, &reached, &output[(0, 0)]).map_err(GalleryError::of("over-neurons"))?,
        test: ("tests/gallery.rs", "indices_run_over_neurons_and_any_solution_will_do"),
    })
}

/// The weights v_2 and v_3 at the start, the lines to those with v_1 = 0, and the line on which the output 2v_2 + 3v_3 is the
/// same.
fn draw_weights(v: &DMatrix<Rational>, reached: &[DMatrix<Rational>], output: &Rational) -> Result<String, PlotError> {
    let point = |v: &DMatrix<Rational>| (v[1].to_f64(), v[2].to_f64());
    let plane = |x: f64| (x, (output.to_f64() - 2.0 * x) / 3.0);
    let mut layers = vec![line("v_1 = 0 and the same output", Ink::Neutral, vec![plane(4.0), plane(20.0)])];
    for (k, after) in reached.iter().enumerate() {
        let label = if k == 0 { "V goes straight, the output stays" } else { "" };
        layers.push(line(label, Ink::Certified, vec![point(v), point(after)]));
    }
    layers.push(dots("V at the start", Ink::Sampled, vec![point(v)]));
    layers.push(dots("V at the end, for three E", Ink::Certified, reached.iter().map(point).collect()));
    let chart = Chart {
        title: String::new(),
        x: ("v_2".into(), 4.0..20.0),
        y: ("v_3".into(), -9.5..4.0),
        layers,
        ..Chart::default()
    };
    chart.draw()
}

/// Item 4: widths 2-1-3-1, N = 3, k = 2, and four networks: θ, and the ends of three lines.
fn coinciding() -> (Problem, DMatrix<Rational>, [Parameters<Rational>; 4]) {
    let halves = |rows, columns, entries: &[i32]| integers(rows, columns, entries).map(|entry| entry / 2);
    let first = |tilt: i32| DMatrix::from_column_slice(3, 1, &[1.into(), Rational::from((tilt, 4)), 1.into()]);
    let live_only = integers(2, 3, &[1, 0, 0, 0, 0, 0]);
    let three = halves(2, 3, &[2, 2, 2, 0, -3, -8]);
    let (sloped, flat) = (halves(4, 1, &[9, 0, 0, -8]), integers(4, 1, &[0, 18, -18, -22]));
    let point = |tilt, second: &DMatrix<Rational>, third: &DMatrix<Rational>| {
        Parameters::new(vec![first(tilt), second.clone(), third.clone()]).expect("widths 2-1-3-1")
    };
    let points =
        [point(0, &live_only, &sloped), point(0, &three, &sloped), point(0, &three, &flat), point(1, &three, &flat)];
    let inputs = integers(3, 2, &[0, 0, 0, 1, 1, 0]);
    let problem = Problem { activation: leaky(), inputs, widths: vec![2, 1, 3, 1] };
    (problem, integers(3, 1, &[1, 0, 5]), points)
}

pub fn coinciding_rows() -> Entry {
    let failed = |reason: &dyn ToString| GalleryError::of("coinciding-rows")(reason.to_string());
    let (problem, targets, points) = coinciding();
    let loss = Loss::square(targets.clone());
    let [start, .., tilted] = &points;
    // Three lines of constant output, then Theorem 4.2 from where the rows are distinct.
    let mut path = Path {
        start: start.clone(),
        moves: points.windows(2).map(|pair| Move::Line(changes_between(&pair[0], &pair[1]))).collect(),
    };
    let descent = descend::descend(&Exact, &problem, &Goal::never_rising(&loss, &Rational::from((1, 1000))), 2, tilted);
    path.moves.extend(descent.map_err(|reason| failed(&reason))?.moves);
    let statement = proved(&problem, Claim::Descends, &loss, &path).map_err(|reason| failed(&reason))?;
    // What it avoids: to tilt the first layer at once.
    let at_once = start.with_layer(1, tilted.layer(1).as_ref().clone()).map_err(|reason| failed(&reason))?;
    let loss_at = |network: &Parameters<Rational>| loss.enclose(run(&problem.inputs, network).output()).lo().clone();
    let before = run(&problem.inputs, start);
    let shifts = |network: &Parameters<Rational>| {
        let column = run(&problem.inputs, network).features[1].column(0).into_owned();
        shift_span(&Exact, &problem.activation.import(&Exact), &column).len()
    };
    let twins = duplicate_rows(&before.features[1]).ok_or("the rows are distinct").map_err(|reason| failed(&reason))?;
    Ok(GalleryEntry {
        key: "coinciding-rows",
        title: "Erratum: a step that does not start, and a way around it",
        text: "ICML 2019, Theorem 4.2, is said to give a path on which the loss does not increase from any point; the proof first moves \
               to a nearby point where the rows of F_1 are distinct, and there the loss may be higher. Networks 2-1-3-1, three \
               samples, of which the first layer sees two as one: no biases of layer 2 reach rank 3, and the first layer \
               cannot tilt at once. Three lines at constant output part the samples, and from there the loss falls to 0.",
        numbers: vec![
            number("equal rows of F_1 at the start", format!("{} and {}", twins.0, twins.1)),
            number(
                "rank that shifts of F_1 reach, of N = 3: at the start; after three lines",
                format!("{}; {}", shifts(start), shifts(tilted)),
            ),
            number(
                "columns of [F_1, 1] at the start, and their rank",
                format!("{}, {}", before.features[1].ncols(), Exact.rank(&before.features[1])),
            ),
            number("losses at the start and after each of the three lines", tuple(&points.each_ref().map(loss_at))),
            number("loss where the first layer tilts at once", exact(&loss_at(&at_once))),
            number("loss at the end", exact(&loss_at(&path.end()))),
            number("moves", path.moves.len()),
            number("what was checked", checked(&statement.to_string())),
        ],
        picture: draw_detour(&problem, &targets, &path, &at_once).map_err(|reason| failed(&reason))?,
        test: ("tests/gallery.rs", "samples_that_coincide_part_at_constant_output"),
    })
}

/// The loss along the path, and on the straight line on which the first layer tilts at once.
fn draw_detour(
    problem: &Problem,
    targets: &DMatrix<Rational>,
    path: &Path<Rational>,
    at_once: &Parameters<Rational>,
) -> Result<String, PlotError> {
    let Problem { activation, inputs, .. } = problem;
    let risen = square_losses(activation, inputs, targets, [&path.start, at_once]);
    let along = Profile::new(activation, inputs, &Loss::square(targets.clone()), path).along;
    let along: Vec<(f64, f64)> = along.iter().map(|sample| (sample.at, sample.loss)).collect();
    let top = risen.iter().chain(&along).map(|point| point.1).fold(0.0, f64::max);
    let chart = Chart {
        title: String::new(),
        x: ("moves".into(), 0.0..path.moves.len() as f64),
        y: ("square loss".into(), -0.05 * top..1.3 * top),
        layers: vec![
            line("the first layer tilts at once (sampled)", Ink::Sampled, risen),
            line("the certified path", Ink::Certified, along),
        ],
        ..Chart::default()
    };
    chart.draw()
}

pub fn skip_product() -> Entry {
    let failed = GalleryError::of("skip-product");
    let one = Rational::from(1);
    let instance =
        SkipProduct::new((Rational::new(), one.clone()), one).map_err(|reason| failed(reason.to_string()))?;
    let (attained, barrier) = instance.verify().map_err(|reason| failed(reason.to_string()))?;
    let picture = landscape(("W", "V"), |w, v| (w * v - 1.0).powi(2), &[]);
    let halfway = (Rational::new(), Rational::new());
    Ok(GalleryEntry {
        key: "skip-product",
        title: "Erratum: a product that cannot change its sign",
        text: "Wang et al. (IJCAI 2020), Lemma 7, takes connectedness of sublevel sets from Z to the product W V for d_y = d_x. \
               With one sample, (z - 1)^2 is convex, but (W V - 1)^2 has its zeros on two branches, and wherever W vanishes it is 1.",
        numbers: vec![
            number("two points (W, V) and what lies between", &instance),
            number("disconnected from", exact(&attained)),
            number("up to, not including", exact(&barrier)),
            number("loss half-way on the straight line", exact(&instance.loss(&halfway))),
        ],
        picture: picture.map_err(GalleryError::of("skip-product"))?,
        test: ("tests/gallery.rs", "a_product_cannot_change_its_sign"),
    })
}

/// Item 6: x = (0, 1), widths 1-2-1. The network without first layer, and the right inverse of [X, 1] in the map h.
fn free() -> Result<(Problem, Parameters<Rational>, Pullback<Rational>), String> {
    let problem = Problem { activation: leaky(), inputs: integers(2, 1, &[0, 1]), widths: vec![1, 2, 1] };
    let above =
        Parameters::new(vec![integers(2, 2, &[0; 4]), integers(3, 1, &[2, 4, 3])]).map_err(|e| e.to_string())?;
    let inverse = problem.activation.inverse().ok_or("leaky ReLU has an inverse")?.import(&Exact);
    let right = Exact.right_inverse(&with_ones(&Exact, &problem.inputs)).map_err(|error| error.to_string())?;
    let left = Exact.left_inverse(&above.weight(2).into_owned()).map_err(|error| error.to_string())?;
    let left_inverses = BTreeMap::from([(2, Arc::new(left))]);
    Ok((problem, above, Pullback { first: 1, inverse, right_inverse: Arc::new(right), left_inverses }))
}

/// The output of a network 1-2-1 at 61 points from −1 to 2, exactly, rounded once.
fn graph(network: &Parameters<Rational>) -> Vec<(f64, f64)> {
    let inputs = DMatrix::from_fn(61, 1, |k, _| Rational::from((k as i32 - 20, 20)));
    let pass = run(&inputs, network);
    inputs.iter().zip(pass.output().iter()).map(|(x, y)| (x.to_f64(), y.to_f64())).collect()
}

pub fn free_rank() -> Entry {
    let failed = |reason: &dyn ToString| GalleryError::of("free-rank")(reason.to_string());
    let (problem, above, pull) = free().map_err(|reason| failed(&reason))?;
    let with_first = |first: DMatrix<Rational>| above.with_layer(1, first).map_err(|reason| failed(&reason));
    let target = integers(2, 1, &[-7, 11]);
    let reached = with_first(first_layer_for(&Exact, &pull, &above, 2, &target))?;
    // Theorem 3.2 on these data, from the network of constant output to that one.
    let path = independent_data::connect(&Exact, &problem, &above, &reached).map_err(|reason| failed(&reason))?;
    let loss = Loss::square(target.clone());
    let statement = proved(&problem, Claim::Connected, &loss, &path).map_err(|reason| failed(&reason))?;
    let refused = Exact.right_inverse(&problem.inputs).err().ok_or_else(|| failed(&"X has a right inverse"))?;
    let without_bias = [[1, 3], [2, -6], [-6, -4]].map(|[a, b]| with_first(integers(2, 2, &[a, b, 0, 0])));
    let [a, b, c] = without_bias;
    let without_bias = [a?, b?, c?];
    let at_zero: Vec<Rational> =
        without_bias.iter().map(|network| run(&problem.inputs, network).output()[(0, 0)].clone()).collect();
    Ok(GalleryEntry {
        key: "free-rank",
        title: "Erratum: one rank for free",
        text: "ICML 2019, Theorem 3.2, asks for rank X = N, and its Appendix D uses a right inverse of X, which moves W_1 alone: a sample at \
               0 then sees the bias only. With the bias moved as well, rank [X, 1] = N is enough, which allows one sample more. Two samples 0 \
               and 1 in one dimension: every output is reached, and Theorem 3.2 connects.",
        numbers: vec![
            number(
                "N, rank X, rank [X, 1]",
                format!(
                    "{}, {}, {}",
                    problem.samples(),
                    Exact.rank(&problem.inputs),
                    Exact.rank(&with_ones(&Exact, &problem.inputs))
                ),
            ),
            number("a right inverse of X", format!("none: {refused}")),
            number(
                "W_1 and b_1 by the map h",
                format!("{}, {}", tuple(reached.weight(1).iter()), tuple(reached.bias(1).iter())),
            ),
            number(
                "outputs asked for and reached",
                format!("{}, {}", tuple(target.iter()), tuple(run(&problem.inputs, &reached).output().iter())),
            ),
            number("outputs at x = 0 for three W_1 with b_1 = 0", tuple(&at_zero)),
            number("Theorem 3.2 from W_1 = 0: moves of the path", path.moves.len()),
            number("what was checked", checked(&statement.to_string())),
        ],
        picture: draw_outputs(&reached, &without_bias).map_err(|reason| failed(&reason))?,
        test: ("tests/gallery.rs", "one_rank_is_free"),
    })
}

/// The networks as functions of x, and the samples.
fn draw_outputs(reached: &Parameters<Rational>, without_bias: &[Parameters<Rational>]) -> Result<String, PlotError> {
    let (graphs, chosen): (Vec<_>, _) = (without_bias.iter().map(graph).collect(), graph(reached));
    let y = ends(graphs.iter().flatten().chain(&chosen).map(|point| point.1), 0.3);
    let label = |k: usize| if k == 0 { "W_1 alone moves: one value at x = 0" } else { "" };
    let mut layers: Vec<Layer> = (0..).zip(graphs).map(|(k, points)| line(label(k), Ink::Sampled, points)).collect();
    layers.push(line("W_1 and b_1 from the map h", Ink::Certified, chosen));
    layers.push(dots("the samples, and the output asked for", Ink::Certified, vec![(0.0, -7.0), (1.0, 11.0)]));
    let chart =
        Chart { title: String::new(), x: ("x".into(), -1.0..2.0), y: ("output".into(), y), layers, ..Chart::default() };
    chart.draw()
}
