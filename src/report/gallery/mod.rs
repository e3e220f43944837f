//! Instances worth knowing, each with a picture, exact numbers, and the test that replays it.

mod convolution;
mod errata;
mod iclr_2019;
mod regions;
mod residual;
mod strict_descent;

use super::chart::{Chart, Ink, Layer, PlotError, Scale, Ticks, ends};
use super::{Comparison, Pair, compare};
use crate::arith::{parallel, write_rational};
use crate::linalg::Exact;
use crate::network::{Activation, Loss, Parameters, forward};
use crate::path::interpolate;
use crate::statement::disconnection::{Disconnection, independent_targets, ordered_neurons, two_samples};
use crate::statement::stuck_flow::{Grid, StuckFlow};
use crate::statement::tail_valleys::{Landscape, TailFunction};
use crate::statement::{Problem, Theorem};
use nalgebra::DMatrix;
use rug::{Integer, Rational};
use serde::Serialize;

/// An instance worth knowing; everything in it is computed when it is asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GalleryEntry {
    /// A short name for files and links.
    pub key: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What there is to see, in plain sentences.
    pub text: &'static str,
    /// Names and exact values.
    pub numbers: Vec<(String, String)>,
    /// An SVG document.
    pub picture: String,
    /// The test that replays it: file and function.
    pub test: (&'static str, &'static str),
}

/// An entry could not be computed: a claim of it does not hold, or it could not be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the gallery's entry `{entry}`: {reason}")]
pub struct GalleryError {
    entry: &'static str,
    reason: String,
}

impl GalleryError {
    fn of<E: ToString>(entry: &'static str) -> impl Fn(E) -> Self {
        move |reason| Self { entry, reason: reason.to_string() }
    }
}

type Entry = Result<GalleryEntry, GalleryError>;

/// All entries, computed in parallel.
///
/// # Errors
/// [`GalleryError`] of the first entry that does not come out.
pub fn gallery() -> Result<Vec<GalleryEntry>, GalleryError> {
    gallery_about(|_| true)
}

/// An entry, and the keys of the suite's statements that it is about; none for another paper's.
type About = (fn() -> Entry, &'static [&'static str]);

const ENTRIES: [About; 30] = [
    (close_samples, &["theorem-6.1"]),
    (thin_margin, &["disconnection"]),
    (tightness, &["disconnection", "theorem-6.1"]),
    (disconnected, &["disconnection"]),
    (threshold, &["threshold"]),
    (strict_descent::plateau, &["plateau", "strict-descent", "local-minimum"]),
    (errata::empty_region, &[]),
    (errata::over_neurons, &["lemma-5.3", "theorem-5.1"]),
    (errata::coinciding_rows, &["theorem-4.2", "theorem-4.2-nearby"]),
    (errata::skip_product, &[]),
    (residual::wall, &["ijcai-theorem-11"]),
    (residual::wells, &["ijcai-theorem-4"]),
    (residual::directions, &["ijcai-lemma-9"]),
    (errata::free_rank, &["theorem-3.2", "theorem-3.2-unbounded"]),
    (stuck_flow, &["section-7"]),
    (valley_in_the_plane, &["section-7"]),
    (without_minima, &["propositions-2.7-2.8"]),
    (with_bad_tails, &["propositions-2.7-2.8"]),
    (two_global_valleys, &["propositions-2.7-2.8"]),
    (regions::thin_crossing, &["thesis-5.2.4"]),
    (regions::perfect_fit, &["thesis-5.3.2"]),
    (regions::narrow_layer, &["thesis-5.2.3", "thesis-5.3.1", "regions-pyramidal"]),
    (regions::shared_weights, &["thesis-5.2.3"]),
    (regions::not_onto, &["regions-not-onto"]),
    (iclr_2019::deep_ranks, &["lemma-3.2"]),
    (iclr_2019::tied_biases, &["lemma-3.2", "theorem-3.4.2"]),
    (convolution::features, &["thesis-2.4.4", "thesis-2.4.6"]),
    (convolution::commuting_filters, &["thesis-2.3.4", "thesis-2.3.5"]),
    (convolution::nowhere_monotone, &["thesis-2.4.4"]),
    (convolution::dead_half_plane, &["thesis-2.4.5"]),
];

/// The entries for whose statements, by their keys in the suite, `wanted` says so.
///
/// # Errors
/// [`GalleryError`] of the first entry that does not come out.
pub fn gallery_about(wanted: impl Fn(&[&str]) -> bool) -> Result<Vec<GalleryEntry>, GalleryError> {
    let entries: Vec<fn() -> Entry> =
        ENTRIES.iter().filter(|(_, statements)| wanted(statements)).map(|&(entry, _)| entry).collect();
    parallel::map(&entries, |entry| entry()).into_iter().collect()
}

fn number(name: &str, value: impl ToString) -> (String, String) {
    (name.to_owned(), value.to_string())
}

fn exact(value: &Rational) -> String {
    write_rational(value)
}

fn integers(rows: usize, columns: usize, entries: &[i32]) -> DMatrix<Rational> {
    DMatrix::from_row_slice(rows, columns, entries).map(Rational::from)
}

/// The line of a statement that says what was checked.
fn checked(statement: &str) -> &str {
    statement.lines().find_map(|line| line.strip_prefix("checked")).unwrap_or_default().trim()
}

/// 2^−k.
fn power(k: u32) -> Rational {
    Rational::from((Integer::from(1), Integer::from(1) << k))
}

// --- What floats get wrong -----------------------------------------------------------------------------------------

/// The samples 0, 2^−k, 1, 2 and two networks 1-4-1; the square loss.
fn close_pair(k: u32) -> (Problem, [Parameters<Rational>; 2], Loss) {
    let inputs = DMatrix::from_column_slice(4, 1, &[Rational::new(), power(k), Rational::from(1), Rational::from(2)]);
    let problem =
        Problem { activation: Activation::leaky_relu(Rational::from((1, 10))), inputs, widths: vec![1, 4, 1] };
    let network = |first: &[i32], second: &[i32]| {
        Parameters::new(vec![integers(2, 4, first), integers(5, 1, second)]).expect("widths 1-4-1")
    };
    let from = network(&[1, -1, 2, 1, 0, 1, -1, -1], &[1, 1, -1, 2, 0]);
    let to = network(&[-1, 1, 1, 3, 1, 0, -1, -4], &[2, -1, 1, 1, -1]);
    (problem, [from, to], Loss::square(integers(4, 1, &[0, 1, 0, 1])))
}

/// The float kernels of the family, double last.
const FAMILY: [u32; 2] = [24, 113];

/// How close the samples come: k = 1, …, FAR.
const FAR: u32 = 120;

/// The k at which the least sufficient precision is looked for.
const FIXED: u32 = 60;

fn close_comparison(k: u32, precisions: &[u32]) -> Vec<Comparison> {
    let (problem, [from, to], loss) = close_pair(k);
    compare(&problem, &from, &to, &loss, Theorem::WideLayers, precisions)
}

/// For every kernel of the family what it made of k = 1, …, [`FAR`]: exact, double, then [`FAMILY`].
fn close_family() -> Vec<Vec<Comparison>> {
    let ks: Vec<_> = (1..=FAR).collect();
    let runs = parallel::map(&ks, |&k| close_comparison(k, &FAMILY));
    (0..FAMILY.len() + 2).map(|kernel| runs.iter().map(|run| run[kernel].clone()).collect()).collect()
}

fn close_samples() -> Entry {
    let failed = GalleryError::of("close-samples");
    let family = close_family();
    if family[0].iter().any(|row| row.drift != Some(0.0)) {
        return Err(failed("the exact path drifts"));
    }
    let mut numbers = Vec::new();
    for rows in &family[1..] {
        let wrong = rows.iter().position(|row| !row.same_decisions);
        let (name, place) =
            (&rows[0].kernel, wrong.map_or_else(|| format!("none up to {FAR}"), |k| (k + 1).to_string()));
        numbers.push((format!("{name}: the first k with a rank decided wrongly"), place));
        if let Some(reason) = rows.iter().find_map(|row| row.broke.as_ref()) {
            numbers.push((format!("{name}: what happens there"), reason.clone()));
        }
        let drift = rows.iter().filter_map(|row| row.drift).fold(0.0, f64::max);
        numbers.push((format!("{name}: largest drift of the loss before"), format!("{drift:.2e}")));
    }
    let candidates: Vec<u32> = (24..=2 * FIXED).collect();
    let least = close_comparison(FIXED, &candidates).into_iter().skip(2).find(|row| row.same_decisions);
    let least = least.and_then(|row| row.precision).ok_or("no precision is enough").map_err(&failed)?;
    numbers.push((format!("bits that are enough for k = {FIXED}"), least.to_string()));
    numbers.push(number(
        "exact: largest drift of the loss",
        family[0].iter().filter_map(|row| row.drift).fold(0.0, f64::max),
    ));
    Ok(GalleryEntry {
        key: "close-samples",
        title: "Two samples 2^-k apart: floats lose a rank",
        text: "Networks 1-4-1 on the samples 0, 2^-k, 1, 2, connected by Theorem 6.1. The features of the first two samples \
               are independent for every k, and exact arithmetic builds a path on which the loss stays. Floats measure \
               independence by a threshold: from some k on they decide that the rank is 3, one of four samples cannot be \
               held any more, and the path breaks. More bits only move the place.",
        numbers,
        picture: draw_family(&family[1..]).map_err(GalleryError::of("close-samples"))?,
        test: ("tests/gallery.rs", "close_samples_break_every_float_kernel_and_not_the_exact_one"),
    })
}

/// log10 of the drift against k, for as long as there is a path.
fn draw_family(family: &[Vec<Comparison>]) -> Result<String, PlotError> {
    let inks = [Ink::Float, Ink::Sampled, Ink::Other];
    let layers: Vec<Layer> = family
        .iter()
        .zip(inks)
        .map(|(rows, ink)| {
            let drift = |(k, row): (usize, &Comparison)| Some((k as f64 + 1.0, row.drift?.max(1e-40).log10()));
            let points: Vec<(f64, f64)> = rows.iter().enumerate().filter_map(drift).collect();
            let last = points.last().map_or(0.0, |point| point.0);
            Layer::Line { label: format!("{}: ends at k = {last}", rows[0].kernel), ink, points }
        })
        .collect();
    let (x, y) =
        (("k (samples 2^-k apart)".into(), 0.0..f64::from(FAR)), ("log10 of the drift of the loss".into(), -40.0..6.0));
    Chart { title: String::new(), x, y, layers, ..Chart::default() }.draw()
}

/// Targets on a line but for 2^−k; see [`independent_targets`].
fn thin_instance(k: u32) -> Result<Disconnection, GalleryError> {
    let mut targets = integers(3, 2, &[0, 0, 1, 1, 3, 3]);
    targets[(2, 1)] += power(k);
    let activation = Activation::leaky_relu(Rational::from((1, 10)));
    independent_targets(&Exact, &activation, &integers(3, 1, &[0, 1, 2]), &targets)
        .map_err(GalleryError::of("thin-margin"))
}

fn thin_margin() -> Entry {
    let failed = GalleryError::of("thin-margin");
    let (mut barriers, mut right, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    for k in (2..=FIXED).step_by(2) {
        let instance = thin_instance(k)?;
        let levels = instance.verify().map_err(|reason| failed(reason.to_string()))?;
        let point = (f64::from(k), levels.barrier.to_f64().log10());
        barriers.push(point);
        let answer = instance.decide_in_double();
        if answer == Some(true) { right.push(point) } else { wrong.push(point) }
    }
    let first = (1..=FIXED).find(|&k| thin_instance(k).is_ok_and(|thin| thin.decide_in_double() == Some(false)));
    let first = first.ok_or_else(|| failed("f64 is always right".into()))?;
    let answer = thin_instance(first)?.decide_in_double().is_some_and(|answer| answer);
    let levels = thin_instance(first)?.verify().map_err(|reason| failed(reason.to_string()))?;
    let low = barriers.last().map_or(-40.0, |point| point.1) - 2.0;
    let dots = |label: &str, ink, points| Layer::Dots { label: label.into(), ink, points, shades: Vec::new() };
    let chart = Chart {
        title: String::new(),
        x: ("k".into(), 0.0..f64::from(FIXED + 2)),
        y: ("log10 of the barrier, exact".into(), low..2.0),
        layers: vec![
            Layer::Line { label: String::new(), ink: Ink::Certified, points: barriers },
            dots("f64 answers: disconnected (right)", Ink::Certified, right),
            dots("f64 answers: not disconnected (wrong)", Ink::Sampled, wrong),
        ],
        ..Chart::default()
    };
    Ok(GalleryEntry {
        key: "thin-margin",
        title: "A disconnected set that f64 takes for connected",
        text: "Three samples, two hidden neurons, targets that lie on a line but for 2^-k. However small 2^-k is, some \
               sublevel set is disconnected: a determinant cannot vanish on it. f64 computes the margin as an eigenvalue, \
               which drowns in rounding from some k on: there its answer is a matter of luck, and often wrong.",
        numbers: vec![
            number("the first k that f64 decides wrongly", first),
            number("exactly, for this k", &levels),
            number("disconnected for some α, says f64", answer),
        ],
        picture: chart.draw().map_err(GalleryError::of("thin-margin"))?,
        test: ("tests/gallery.rs", "a_thin_margin_drowns_in_f64"),
    })
}

// --- Thresholds and disconnected sets ------------------------------------------------------------------------------

/// Three samples, unit targets, leaky ReLU: width 2 of the certificate, and both its networks with a dead third neuron.
fn at_and_below_the_threshold() -> Result<(Disconnection, [Parameters<Rational>; 2]), GalleryError> {
    let activation = Activation::leaky_relu(Rational::from((1, 10)));
    let targets = integers(3, 3, &[1, 0, 0, 0, 1, 0, 0, 0, 1]);
    let below = independent_targets(&Exact, &activation, &integers(3, 1, &[0, 1, 2]), &targets)
        .map_err(GalleryError::of("tightness"))?;
    let widened = |network: &Parameters<Rational>| {
        let neurons = network.layer(1).ncols();
        let first = network.layer(1).as_ref().clone().insert_column(neurons, Rational::new());
        let second = network.layer(2).as_ref().clone().insert_row(neurons, Rational::new());
        Parameters::new(vec![first, second]).expect("one neuron more")
    };
    let ends = [widened(&below.positive), widened(&below.negative)];
    Ok((below, ends))
}

fn tightness() -> Entry {
    let failed = GalleryError::of("tightness");
    let (below, [from, to]) = at_and_below_the_threshold()?;
    let levels = below.verify().map_err(|reason| failed(reason.to_string()))?;
    let problem = Problem { activation: below.activation.clone(), inputs: below.inputs.clone(), widths: from.widths() };
    let loss = Loss::square(below.targets.clone());
    let pair = Pair { name: "width N", problem: &problem, from: &from, to: &to, loss: &loss };
    let report = pair.report().map_err(|reason| failed(reason.to_string()))?;
    let top = report.profile.vertices.iter().map(|value| value.hi()).max().expect("a path has vertices").clone();
    let moves = report.profile.along.last().map_or(1.0, |last| last.at.max(1.0));
    let along: Vec<(f64, f64)> = report.profile.along.iter().map(|sample| (sample.at / moves, sample.loss)).collect();
    let straight =
        square_losses(&problem.activation, &below.inputs, &below.targets, [&below.positive, &below.negative]);
    let barrier = levels.barrier.to_f64();
    let line = |label: &str, ink, points| Layer::Line { label: label.into(), ink, points };
    // The straight line rises far above the barrier, which would not be seen.
    let high = 4.0 * barrier;
    let straight = straight.into_iter().map(|(x, y)| (x, y.min(high))).collect();
    let chart = Chart {
        title: String::new(),
        x: ("share of the way".into(), 0.0..1.0),
        y: ("square loss, cut off at the top".into(), -0.05 * high..1.4 * high),
        layers: vec![
            line("the barrier at width N - 1", Ink::Neutral, vec![(0.0, barrier), (1.0, barrier)]),
            line("width N - 1: the straight line (sampled)", Ink::Sampled, straight),
            line("width N: the certified path", Ink::Certified, along),
        ],
        ..Chart::default()
    };
    Ok(GalleryEntry {
        key: "tightness",
        title: "Width N connects, width N - 1 does not",
        text: "Three samples with unit targets. With two hidden neurons every path between these two networks of loss 0 \
               passes a point where det [F, 1] vanishes, and there the loss is at least the barrier. One more neuron, dead \
               at both ends, and a certified path stays at loss 0.",
        numbers: vec![
            number("N", problem.samples()),
            number("width N - 1", &levels),
            number("width N: moves of the certified path", report.moves.len()),
            number("width N: largest loss on the path", exact(&top)),
            number("width N: what was checked", checked(&report.proved)),
        ],
        picture: chart.draw().map_err(GalleryError::of("tightness"))?,
        test: ("tests/gallery.rs", "width_n_connects_what_width_n_minus_1_does_not"),
    })
}

/// The square loss at 61 points of the straight line between two networks, exactly, rounded once.
fn square_losses(
    activation: &Activation,
    inputs: &DMatrix<Rational>,
    targets: &DMatrix<Rational>,
    [from, to]: [&Parameters<Rational>; 2],
) -> Vec<(f64, f64)> {
    let (sigma, loss) = (activation.import(&Exact), Loss::square(targets.clone()));
    let point = |k: u32| {
        let lambda = Rational::from((k, 60));
        let layers = from.layers().iter().zip(to.layers()).map(|(a, b)| interpolate(a, b, &lambda)).collect();
        let network = Parameters::new(layers).expect("one architecture");
        let pass = forward(&Exact, &sigma, inputs, &network).expect("inputs and network fit");
        (f64::from(k) / 60.0, loss.enclose(pass.output()).lo().to_f64())
    };
    (0..=60).map(point).collect()
}

fn disconnected() -> Entry {
    let failed = GalleryError::of("disconnected");
    let instance = two_samples(Rational::from((1, 2))).map_err(|reason| failed(reason.to_string()))?;
    let levels = instance.verify().map_err(|reason| failed(reason.to_string()))?;
    let weights = |network: &Parameters<Rational>| {
        let (first, second) = (network.layer(1), network.layer(2));
        [&first[(0, 0)], &first[(1, 0)], &second[(0, 0)], &second[(1, 0)]].map(exact).join(", ")
    };
    // The slice b = c = 0: only the sample x = 1 is left, with the output v σ(w).
    let sigma = |w: f64| if w > 0.0 { w } else { w / 2.0 };
    let picture = landscape(("w", "v"), |w, v| (v * sigma(w) - 1.0).powi(2) / 2.0, &[]);
    Ok(GalleryEntry {
        key: "disconnected",
        title: "A disconnected sublevel set, smallest instance",
        text: "The network x -> v σ(w x + b) + c with one leaky ReLU of slope 1/2 on the samples 0 and 1 with targets 0 and 1. \
               Where v = 0 the output is constant and the loss at least 1/4, so no path of smaller loss leads from v > 0 \
               to v < 0. The picture is the slice b = c = 0, sampled; the ends of the certificate are points of loss 0.",
        numbers: vec![
            number("proved", &levels),
            number("w, b, v, c with v > 0", weights(&instance.positive)),
            number("w, b, v, c with v < 0", weights(&instance.negative)),
            number(
                "losses there",
                [&instance.positive, &instance.negative].map(|end| exact(&instance.loss(end))).join(", "),
            ),
        ],
        picture: picture.map_err(GalleryError::of("disconnected"))?,
        test: ("tests/gallery.rs", "width_one_with_two_samples_is_disconnected_below_a_quarter"),
    })
}

/// One output: N − 1 neurons in two orders.
fn threshold() -> Entry {
    let failed = GalleryError::of("threshold");
    let [x, y] = [[0, 1, 2, 3], [0, 1, 0, 1]].map(|list| list.map(Rational::from).to_vec());
    let instance = ordered_neurons(&x, &y, &Rational::from((1, 100))).map_err(|reason| failed(reason.to_string()))?;
    let levels = instance.verify().map_err(|reason| failed(reason.to_string()))?;
    let list = |values: &mut dyn Iterator<Item = &Rational>| values.map(exact).collect::<Vec<_>>().join(", ");
    let neurons = |network: &Parameters<Rational>| {
        let (first, second) = (network.layer(1), network.layer(2));
        let of = |row: usize| list(&mut first.row(row).iter().cloned().collect::<Vec<_>>().iter());
        format!("w = ({}), b = ({}), v and b_2 = ({})", of(0), of(1), list(&mut second.iter()))
    };
    let output = |at: f64| {
        let input = DMatrix::from_element(1, 1, Rational::from_f64(at).unwrap_or_default());
        let sigma = instance.activation.import(&Exact);
        let pass = forward(&Exact, &sigma, &input, &instance.positive).expect("one input");
        (at, pass.output()[(0, 0)].to_f64())
    };
    let kinks = ["1", "2", "3"].into_iter().zip([0.0, 1.0, 2.0]);
    let chart = Chart {
        x: ("x".into(), -0.6..3.6),
        y: ("output".into(), -0.6..1.8),
        layers: vec![
            Layer::Line {
                label: "both networks: one function, loss 0".into(),
                ink: Ink::Certified,
                points: (-12..=72).map(|k| output(f64::from(k) / 20.0)).collect(),
            },
            Layer::Dots {
                label: "the samples".into(),
                ink: Ink::Sampled,
                points: x.iter().zip(&y).map(|(x, y)| (x.to_f64(), y.to_f64())).collect(),
                shades: vec![],
            },
            Layer::Marks { ink: Ink::Neutral, places: kinks.map(|(name, at)| (name.to_owned(), (at, -0.4))).collect() },
        ],
        ..Chart::default()
    };
    Ok(GalleryEntry {
        key: "threshold",
        title: "Width N - 1 with one output: not enough",
        text: "Four samples, three neurons of slope 1/100, one output. Two networks of loss 0 differ by the order of two neurons only: they \
               are one function, drawn here with the kinks of its neurons. On the way from one to the other two kinks \
               meet or a neuron dies, and two bends with the signs that are left cannot follow the targets: the loss is 1/4 at \
               least. So it is for every number of samples and all targets that rise and fall in turn, and with another bound for all \
               targets of which the second differences alternate.",
        numbers: vec![
            number("proved", &levels),
            number("one network", neurons(&instance.positive)),
            number("the other", neurons(&instance.negative)),
            number(
                "losses there",
                [&instance.positive, &instance.negative].map(|end| exact(&instance.loss(end))).join(", "),
            ),
        ],
        picture: chart.draw().map_err(GalleryError::of("threshold"))?,
        test: ("tests/gallery.rs", "two_orders_of_three_neurons"),
    })
}

/// log10 of a function on [−4, 4]², with lines over it.
fn landscape(
    names: (&str, &str),
    function: impl Fn(f64, f64) -> f64,
    lines: &[Vec<(f64, f64)>],
) -> Result<String, PlotError> {
    let range = (-4.0, 4.0);
    let grid = Grid::of((range, range), (81, 61), |x, y| function(x, y).max(1e-3).log10());
    let line = |points: &Vec<(f64, f64)>| Layer::Line { label: String::new(), ink: Ink::Light, points: points.clone() };
    Chart {
        title: String::new(),
        x: (names.0.into(), -4.0..4.0),
        y: (names.1.into(), -4.0..4.0),
        scale: Some(Scale { name: "loss".into(), ends: -3.0..2.0, ticks: Ticks::Logarithmic }),
        layers: std::iter::once(Layer::Cells(grid)).chain(lines.iter().map(line)).collect(),
        ..Chart::default()
    }
    .draw()
}

// --- Valleys at infinity -------------------------------------------------------------------------------------------

fn stuck_flow() -> Entry {
    let failed = GalleryError::of("stuck-flow");
    let flow = StuckFlow::example();
    let stuck = flow.verify().map_err(|reason| failed(reason.to_string()))?;
    let radius = stuck.radius.to_f64();
    let grid = flow.grid((-1.0, 5.0), (-0.6, 1.5), 90, 56);
    let inside = |points: Vec<(f64, f64)>| points.into_iter().take_while(|point| point.0 < 5.0).step_by(20).collect();
    let starts = [(0.0, radius), (0.0, -radius), (0.0, 0.0), (0.0, 0.5), (-0.5, 0.8), (-0.5, -0.5)];
    let trajectories: Vec<Vec<(f64, f64)>> =
        starts.iter().map(|&start| inside(flow.trajectory(start, 0.01, 20_000))).collect();
    let scale = ends(grid.values.iter().flatten().copied(), 0.0);
    let line = |points: Vec<(f64, f64)>| Layer::Line { label: String::new(), ink: Ink::Light, points };
    let dots = Layer::Dots { label: String::new(), ink: Ink::Light, points: starts.to_vec(), shades: Vec::new() };
    let chart = Chart {
        title: String::new(),
        x: ("x".into(), -1.0..5.0),
        y: ("y".into(), -0.6..1.5),
        scale: Some(Scale { name: "f(x, y)".into(), ends: scale, ticks: Ticks::Plain }),
        layers: std::iter::once(Layer::Cells(grid)).chain(trajectories.into_iter().map(line)).chain([dots]).collect(),
        ..Chart::default()
    };
    Ok(GalleryEntry {
        key: "stuck-flow",
        title: "Connected sublevel sets, and gradient flow is stuck",
        text: "A function without critical points whose sublevel sets are all connected. From a whole region of starting points, \
               the narrow wedge around y = 0, the gradient flow descends for ever and its value tends to 0, while the \
               infimum is lower. Trajectories (white, floats) from inside the wedge run off to the right; others find the valley.",
        numbers: vec![
            number("f(x, y)", &flow),
            number("limit of f along the flow in the wedge", exact(&stuck.limit)),
            number("infimum of f", exact(&stuck.infimum)),
            number("the wedge: x ≥ 0, |y| ≤ ρ exp(-x) with ρ", exact(&stuck.radius)),
            number("contraction c: d(y²/s²)/dt ≤ -2 c s (y²/s²), s = exp(-x)", exact(&stuck.contraction)),
        ],
        picture: chart.draw().map_err(GalleryError::of("stuck-flow"))?,
        test: ("tests/gallery.rs", "the_flow_is_stuck_above_the_infimum"),
    })
}

/// The parts of an entry about valleys that are the same for all of them.
fn tail_entry(
    function: &TailFunction,
    (key, title, text): (&'static str, &'static str, &'static str),
    test: &'static str,
) -> Entry {
    let failed = GalleryError::of(key);
    let landscape = function.verify().map_err(|reason| failed(reason.to_string()))?;
    let minima: Vec<String> = landscape.local_minima().into_iter().map(exact).collect();
    let none_or = |values: Vec<String>| if values.is_empty() { "none".to_owned() } else { values.join(", ") };
    let (name, chart) = match &function.square {
        None => ("f(x)", curve(function)),
        Some(square) => ("f(x, y)", plane(function, square.to_f64(), &landscape)),
    };
    Ok(GalleryEntry {
        key,
        title,
        text,
        numbers: vec![
            number(name, function),
            number("proved", &landscape),
            number("infimum", exact(landscape.infimum())),
            number("values of the local minima", none_or(minima)),
        ],
        picture: chart.draw().map_err(GalleryError::of(key))?,
        test: ("tests/gallery.rs", test),
    })
}

/// The graph of a function of one variable.
fn curve(function: &TailFunction) -> Chart {
    let graph = function.graph(-9.0, 9.0, 361);
    Chart {
        title: String::new(),
        x: ("x".into(), -9.0..9.0),
        y: ("f(x)".into(), ends(graph.iter().map(|point| point.1), 0.08)),
        layers: vec![Layer::Line { label: String::new(), ink: Ink::Certified, points: graph }],
        ..Chart::default()
    }
}

/// q(t(x)) + c y² in colours, and where it is as high as it gets on y = 0.
fn plane(function: &TailFunction, c: f64, landscape: &Landscape) -> Chart {
    let ridge = landscape.values.iter().max().expect("there are two ends").to_f64();
    let grid = Grid::of(((-7.0, 5.0), (-1.2, 1.2)), (90, 56), |x, y| function.evaluate(x) + c * y * y);
    let level = |side: f64| {
        let points =
            function.graph(-7.0, 5.0, 361).into_iter().map(|(x, f)| (x, side * ((ridge - f).max(0.0) / c).sqrt()));
        Layer::Line { label: String::new(), ink: Ink::Light, points: points.collect() }
    };
    Chart {
        title: String::new(),
        x: ("x".into(), -7.0..5.0),
        y: ("y".into(), -1.2..1.2),
        scale: Some(Scale {
            name: "f(x, y)".into(),
            ends: ends(grid.values.iter().flatten().copied(), 0.0),
            ticks: Ticks::Plain,
        }),
        layers: vec![Layer::Cells(grid), level(1.0), level(-1.0)],
        ..Chart::default()
    }
}

fn valley_in_the_plane() -> Entry {
    let words = (
        "valley-in-the-plane",
        "A bad valley of two variables without a local minimum (figure 2, right)",
        "White: the height of the saddle. On its left is a valley that falls to 0 as x falls, and has no local minimum; on its \
         right the function falls to -1. No descending path leads from the one to the other.",
    );
    let function = TailFunction::bad_valley_in_the_plane();
    tail_entry(&function, words, "figure_2_right_has_a_bad_valley_without_a_local_minimum")
}

fn without_minima() -> Entry {
    let words = (
        "without-minima",
        "A bad valley without a local minimum (figure 3, left)",
        "A function with no local minimum at all: it tends to its infimum at one infinity, and to a higher value at the \
         other. There it has a bad local valley, from which no descending path leads to the infimum.",
    );
    tail_entry(&TailFunction::without_minima(), words, "figure_3_left_has_no_local_minimum_and_a_bad_valley")
}

fn with_bad_tails() -> Entry {
    let words = (
        "bad-tails",
        "All minima global, and two bad valleys (figure 3, right)",
        "Every local minimum is global, so a search for bad minima finds nothing. Both tails are bad local valleys all the same.",
    );
    tail_entry(&TailFunction::with_bad_tails(), words, "figure_3_right_has_only_global_minima_and_two_bad_valleys")
}

fn two_global_valleys() -> Entry {
    let words = (
        "two-global-valleys",
        "No bad valley, and disconnected (figure 4)",
        "Both valleys reach the infimum, so that none is bad; below the ridge between them the sublevel sets are disconnected. \
         Connectedness says more than the absence of bad valleys.",
    );
    tail_entry(&TailFunction::with_two_global_valleys(), words, "figure_4_has_two_valleys_and_no_bad_one")
}
