//! The statements of ICML 2019 that construct something by every kernel, in the order of the paper.

use super::claims::{disconnected_without_narrowing, disconnected_without_rank};
use super::prove::output;
use super::statement::{
    Card, Control, ICML_2019, Outcome, PathStatement, Statement, below_epsilon, refuse, refused, words,
};
use super::{Draw, Instance, Proof, Twist};
use crate::arith::Number;
use crate::certificate::Claim;
use crate::linalg::{Exact, Kernel};
use crate::network::{Activation, Parameters, duplicate_rows, import_matrix};
use crate::path::{Move, Path, Walker};
use crate::statement::weight_copying::{Ones, Strategy};
use crate::statement::wide_layers::stand;
use crate::statement::{
    Goal, Hypothesis, Obstacle, column_reduction, descend, distinct_features, escape, full_rank_features,
    full_rank_weights, independent_data, output_following, rescaling, shift_span, weight_copying, wide_first_layer,
    wide_layer, wide_layers,
};
use nalgebra::{DMatrix, DVector};
use rug::Rational;
use std::sync::Arc;

/// Whether the obstacle is a hypothesis of this kind.
macro_rules! hypothesis {
    ($kind:pat) => {
        |obstacle: &Obstacle| matches!(obstacle, Obstacle::Hypothesis($kind))
    };
}

/// A control: the statement on drawn instances without the hypothesis.
macro_rules! without {
    ($what:expr, $kind:pat, $draw:expr) => {
        Control { without: $what, refuse: |seed| refuse::<Self>(seed, $draw, hypothesis!($kind)) }
    };
}

/// Every trained pair.
const ALL: &[&str] = &["wide-64", "relu-deep-32", "independent-32", "pyramid-32"];
const INDEPENDENT: &[&str] = &["independent-32", "pyramid-32"];

/// One network twice: nothing to connect.
pub(super) const UNMOVED: &[Twist] = &[Twist::BothZero, Twist::Identical];

/// A walker at one of the instance's networks.
fn walker<'a, K: Kernel>(kernel: &'a K, instance: &Instance, at: &Parameters<Rational>) -> Walker<'a, K> {
    stand(kernel, &instance.problem, at)
}

/// n_1 > n_2 > … > n_L and enough inputs for rank [X, 1] = N.
fn narrowing_widths(draw: &mut Draw, samples: usize) -> Vec<usize> {
    let layers = draw.count(2..=4);
    let inputs = (samples - 1).max(1) + draw.count(0..=1);
    [vec![inputs], draw.narrowing(layers, 1)].concat()
}

fn independent(draw: &mut Draw) -> Instance {
    let samples = draw.samples(1);
    let (activation, widths) = (draw.monotone_activation(), narrowing_widths(draw, samples));
    draw.independent_instance(&activation, samples, &widths)
}

/// [`independent`] with two layers of one width.
fn not_narrowing(draw: &mut Draw) -> Instance {
    let (activation, samples) = (draw.monotone_activation(), draw.count(1..=4));
    let width = draw.count(2..=4);
    draw.independent_instance(&activation, samples, &[samples, width, width, 1])
}

/// [`independent`] with a layer that is wider than the one below.
fn widening(draw: &mut Draw) -> Instance {
    let (activation, samples) = (draw.monotone_activation(), draw.count(1..=4));
    let width = draw.count(2..=3);
    draw.independent_instance(&activation, samples, &[samples, width, width + 1, 1])
}

/// [`independent`] with more samples than inputs can tell apart.
fn dependent(draw: &mut Draw) -> Instance {
    let (activation, inputs) = (draw.monotone_activation(), draw.count(1..=4));
    let samples = inputs + 2;
    draw.instance(&activation, samples, &[inputs, 3, 1])
}

/// [`independent`] with a σ that has a flat piece.
fn flat(draw: &mut Draw) -> Instance {
    let samples = draw.count(1..=4);
    let widths = narrowing_widths(draw, samples);
    draw.independent_instance(&Activation::relu(), samples, &widths)
}

/// Lemma 3.3, statement 1: with layers of full column rank above it, the first layer can bring level k to any target.
pub struct OutputFollowing;

/// The canonical form of the first network, the level and what it has to come to.
fn target(instance: &Instance) -> (usize, DMatrix<Rational>) {
    let mut draw = Draw::new("target", instance.choice, Twist::Generic);
    let level = draw.count(1..=instance.problem.depth());
    (level, draw.matrix(instance.problem.samples(), instance.problem.widths[level]))
}

impl Statement for OutputFollowing {
    const CARD: Card = Card {
        paper: ICML_2019,
        key: "lemma-3.3",
        name: "Lemma 3.3 (1)",
        constructs: "the map h: a first layer that brings level k to any target",
        function: "statement::output_following",
        check: "the exact forward pass returns the target",
        shows: "reached exactly",
        real: INDEPENDENT,
        trivial: &[],
    };
    /// The layers above and the first one found for them.
    type Object<K: Kernel> = Parameters<K::Scalar>;

    fn draw(draw: &mut Draw) -> Instance {
        independent(draw)
    }

    fn construct<K: Kernel>(kernel: &K, instance: &Instance) -> Result<Parameters<K::Scalar>, Obstacle> {
        let (level, target) = target(instance);
        let mut walker = walker(kernel, instance, &instance.from);
        let canonical = output_following::Canonical::reach(&mut walker, &instance.problem.activation, 1)?;
        let above = canonical.walker().parameters().clone();
        let target = import_matrix(kernel, &target);
        let first = output_following::first_layer_for(kernel, canonical.pullback(), &above, level, &target);
        Ok(above.with_layer(1, first).expect("the shape of the first layer"))
    }

    fn judge(instance: &Instance, reached: &Parameters<Rational>) -> Outcome {
        let (level, target) = target(instance);
        let found = walker(&Exact, instance, reached).level(level);
        let bits = reached.layer(1).iter().map(|entry| entry.denom().significant_bits().into()).max().unwrap_or(0);
        match found == target {
            true => Ok(Proof { moves: 1, bits, ..Proof::default() }),
            false => Err(format!("level {level} is not the target")),
        }
    }

    fn stray<K: Kernel>(kernel: &K, instance: &Instance, _: &Parameters<Rational>) -> Option<f64> {
        let (level, target) = target(instance);
        let reached = Self::construct(kernel, instance).ok()?.to_exact()?;
        Some(relative_distance(&walker(&Exact, instance, &reached).level(level), &target))
    }

    fn outline(reached: &Parameters<Rational>) -> String {
        super::prove::fingerprint("first layer", reached.layer(1))
    }

    fn controls() -> Vec<Control> {
        following_controls::<Self>()
    }
}

fn following_controls<S: Statement>() -> Vec<Control> {
    vec![
        Control {
            without: "Assumption 2.1",
            refuse: |seed| refuse::<S>(seed, flat, hypothesis!(Hypothesis::NotMonotoneOnto { .. })),
        },
        Control {
            without: "rank [X, 1] = N",
            refuse: |seed| refuse::<S>(seed, dependent, hypothesis!(Hypothesis::DependentFeatures { level: 0, .. })),
        },
        Control {
            without: "widths that do not grow",
            refuse: |seed| refuse::<S>(seed, widening, hypothesis!(Hypothesis::NotNarrowing { .. })),
        },
    ]
}

/// max |a − b| over max(1, |b|).
fn relative_distance(found: &DMatrix<Rational>, wanted: &DMatrix<Rational>) -> f64 {
    let distance = |(a, b): (&Rational, &Rational)| {
        let size = Rational::from(b.abs_ref()).max(Rational::from(1));
        (Rational::from(a - b).abs() / size).to_f64()
    };
    found.iter().zip(wanted.iter()).map(distance).fold(0.0, f64::max)
}

/// Lemmas 3.3 (2) and 3.4: full column rank of all layers above the first, at constant output.
pub struct FullRankWeights;

impl PathStatement for FullRankWeights {
    const CARD: Card = Card {
        paper: ICML_2019,
        key: "lemma-3.4",
        name: "Lemmas 3.3 (2) and 3.4",
        constructs: "a path of constant output to weights of full column rank",
        function: "statement::full_rank_weights",
        check: "certificate, by the follow and line rules; equal outputs at both ends",
        shows: "proved for all λ",
        real: INDEPENDENT,
        trivial: &[],
    };
    const CLAIM: Claim = Claim::Connected;
    const CONSTANT: bool = true;

    fn draw(draw: &mut Draw) -> Instance {
        independent(draw)
    }

    fn construct<K: Kernel>(kernel: &K, instance: &Instance) -> Result<Path<K::Scalar>, Obstacle> {
        let mut walker = walker(kernel, instance, &instance.from);
        full_rank_weights::full_rank_weights(&mut walker, &instance.problem.activation, 1)?;
        Ok(walker.into_path())
    }

    fn arrives(instance: &Instance, path: &Path<Rational>) -> Result<(), String> {
        let (end, widths) = (path.end(), &instance.problem.widths);
        match (2..=instance.problem.depth()).find(|&l| Exact.rank(&end.weight(l).into_owned()) < widths[l]) {
            Some(l) => Err(format!("W_{l} does not have full column rank")),
            None => Ok(()),
        }
    }

    fn controls() -> Vec<Control> {
        following_controls::<Self>()
    }
}

/// Theorem 3.2, statement 1.
pub struct IndependentData;

impl PathStatement for IndependentData {
    const CARD: Card = Card {
        paper: ICML_2019,
        key: "theorem-3.2",
        name: "Theorem 3.2 (1)",
        constructs: "a connecting path from independent data through narrowing layers",
        function: "statement::independent_data",
        check: "certificate, by the follow and line rules",
        shows: "proved for all λ",
        real: INDEPENDENT,
        trivial: UNMOVED,
    };
    const CLAIM: Claim = Claim::Connected;
    const CONSTANT: bool = false;

    fn draw(draw: &mut Draw) -> Instance {
        independent(draw)
    }

    fn construct<K: Kernel>(kernel: &K, instance: &Instance) -> Result<Path<K::Scalar>, Obstacle> {
        independent_data::connect(kernel, &instance.problem, &instance.from, &instance.to)
    }

    fn controls() -> Vec<Control> {
        vec![
            without!("Assumption 2.1", Hypothesis::NotMonotoneOnto { .. }, flat),
            without!("rank [X, 1] = N", Hypothesis::DependentFeatures { level: 0, .. }, dependent),
            without!("widths that decrease strictly", Hypothesis::NotNarrowing { .. }, not_narrowing),
            Control {
                without: "widths that decrease strictly: the conclusion fails",
                refuse: disconnected_without_narrowing,
            },
            Control { without: "rank [X, 1] = N: the conclusion fails", refuse: disconnected_without_rank },
        ]
    }
}

/// Theorem 3.2, statement 1: from every point to a loss that is close to p*.
pub struct IndependentDescent;

impl PathStatement for IndependentDescent {
    const CARD: Card = Card {
        paper: ICML_2019,
        key: "theorem-3.2-descent",
        name: "Theorem 3.2 (1), close to p*",
        constructs: "a path along which the loss never rises, to below any ε above its infimum",
        function: "statement::descend",
        check: "certificate, by the line and follow rules; the loss at the end",
        shows: "proved for all λ",
        real: INDEPENDENT,
        trivial: &[],
    };
    const CLAIM: Claim = Claim::Descends;
    const CONSTANT: bool = false;

    fn draw(draw: &mut Draw) -> Instance {
        independent(draw)
    }

    fn construct<K: Kernel>(kernel: &K, instance: &Instance) -> Result<Path<K::Scalar>, Obstacle> {
        descend_through(kernel, instance, 0, None)
    }

    fn controls() -> Vec<Control> {
        vec![
            without!("Assumption 2.1", Hypothesis::NotMonotoneOnto { .. }, flat),
            without!("rank [X, 1] = N", Hypothesis::DependentFeatures { level: 0, .. }, dependent),
            without!("widths that decrease strictly", Hypothesis::NotNarrowing { .. }, not_narrowing),
            Control { without: "ε above the infimum", refuse: below_infimum },
        ]
    }
}

/// A goal below the infimum of the loss.
fn below_infimum(seed: u64) -> Result<String, String> {
    let instance = independent(&mut Draw::new("below", seed, Twist::Generic));
    let epsilon = instance.loss.infimum(64).lo() - Rational::from((1, 1000));
    let goal = Goal::never_rising(&instance.loss, &epsilon);
    refused(descend::descend(&Exact, &instance.problem, &goal, 0, &instance.from), |reason| {
        matches!(reason, Obstacle::Hypothesis(Hypothesis::BelowInfimum { .. }))
    })
}

/// Theorem 3.2, statement 2.
pub struct KernelEscape;

impl PathStatement for KernelEscape {
    const CARD: Card = Card {
        paper: ICML_2019,
        key: "theorem-3.2-unbounded",
        name: "Theorem 3.2 (2)",
        constructs: "a path of constant output to infinity through the left kernel of W_2",
        function: "statement::escape::through_kernel",
        check: "certificate, by the follow and ray rules",
        shows: "proved for all λ",
        real: INDEPENDENT,
        trivial: &[],
    };
    const CLAIM: Claim = Claim::Unbounded;
    const CONSTANT: bool = true;

    fn draw(draw: &mut Draw) -> Instance {
        independent(draw)
    }

    fn construct<K: Kernel>(kernel: &K, instance: &Instance) -> Result<Path<K::Scalar>, Obstacle> {
        let mut walker = walker(kernel, instance, &instance.from);
        escape::through_kernel(&mut walker, &instance.problem)?;
        Ok(walker.into_path())
    }

    fn controls() -> Vec<Control> {
        vec![
            without!("Assumption 2.1", Hypothesis::NotMonotoneOnto { .. }, flat),
            without!("rank [X, 1] = N", Hypothesis::DependentFeatures { level: 0, .. }, dependent),
            without!("n_1 > n_2", Hypothesis::NotNarrowing { layer: 1, .. }, not_narrowing),
        ]
    }
}

/// One hidden layer of any width.
fn hidden(draw: &mut Draw, samples: usize, width: usize) -> Instance {
    let (activation, inputs, outputs) = (draw.activation(), draw.count(1..=3), draw.count(1..=3));
    draw.instance(&activation, samples, &[inputs, width, outputs])
}

/// Lemma 4.3 in a network: the neurons outside a basis die.
pub struct ColumnReduction;

impl ColumnReduction {
    /// The first neurons that are independent; the ones column is apart.
    fn basis<K: Kernel>(walker: &Walker<K>) -> Vec<usize> {
        walker.kernel().pivot_columns(&walker.level(1))
    }
}

impl PathStatement for ColumnReduction {
    const CARD: Card = Card {
        paper: ICML_2019,
        key: "lemma-4.3",
        name: "Lemma 4.3",
        constructs: "a line to weights that use independent columns only",
        function: "statement::column_reduction",
        check: "certificate, by the line rule; equal outputs at both ends",
        shows: "proved for all λ",
        // The features of the other one are independent.
        real: &["wide-64", "relu-deep-32", "pyramid-32"],
        trivial: &[Twist::Zero, Twist::BothZero],
    };
    const CLAIM: Claim = Claim::Connected;
    const CONSTANT: bool = true;

    fn draw(draw: &mut Draw) -> Instance {
        let samples = draw.samples(1);
        let width = draw.count(2..=samples + 4);
        hidden(draw, samples, width)
    }

    fn construct<K: Kernel>(kernel: &K, instance: &Instance) -> Result<Path<K::Scalar>, Obstacle> {
        let mut walker = walker(kernel, instance, &instance.from);
        let basis = Self::basis(&walker);
        column_reduction::reduce(&mut walker, 1, &basis)?;
        Ok(walker.into_path())
    }

    fn arrives(instance: &Instance, path: &Path<Rational>) -> Result<(), String> {
        let (basis, end) = (Self::basis(&walker(&Exact, instance, &instance.from)), path.end());
        let alive = |&neuron: &usize| end.layer(2).row(neuron).iter().any(|entry| !entry.is_zero());
        match (0..instance.problem.widths[1]).filter(|neuron| !basis.contains(neuron)).find(alive) {
            Some(neuron) => Err(format!("neuron {neuron} is not dead")),
            None => Ok(()),
        }
    }

    fn controls() -> Vec<Control> {
        vec![Control { without: "columns that span", refuse: too_few_columns }]
    }
}

/// F W = F·1 by the first of two independent columns.
fn too_few_columns(seed: u64) -> Result<String, String> {
    let features = DMatrix::from_fn(2, 2, |i, j| Rational::from(i32::from(i == j) * (1 + (seed % 7) as i32)));
    let reduced = column_reduction::column_reduction(&Exact, &features, &[0], &features);
    refused(reduced, |reason| matches!(reason, Obstacle::Unsolvable { .. }))
}

/// Lemma 4.4: shifts of σ whose columns are a basis.
pub struct ShiftSpan;

/// A column with distinct entries, by the lemma's σ: X w.
fn column<K: Kernel>(kernel: &K, instance: &Instance) -> DVector<K::Scalar> {
    import_matrix(kernel, &instance.problem.inputs).column(0).into_owned()
}

impl Statement for ShiftSpan {
    const CARD: Card = Card {
        paper: ICML_2019,
        key: "lemma-4.4",
        name: "Lemma 4.4",
        constructs: "N biases whose shifted columns σ(v + b_i 1) are a basis of ℝᴺ",
        function: "statement::shift_span",
        check: "exact rank N",
        shows: "a basis, by exact rank",
        real: &[],
        trivial: &[],
    };
    type Object<K: Kernel> = Vec<K::Scalar>;

    fn draw(draw: &mut Draw) -> Instance {
        let (samples, activation) = (draw.samples(1), draw.activation());
        draw.instance(&activation, samples, &[1, 1])
    }

    fn construct<K: Kernel>(kernel: &K, instance: &Instance) -> Result<Vec<K::Scalar>, Obstacle> {
        let activation = instance.problem.activation.import(kernel);
        Ok(shift_span::shift_span(kernel, &activation, &column(kernel, instance)))
    }

    fn judge(instance: &Instance, biases: &Vec<Rational>) -> Outcome {
        let (activation, v) = (instance.problem.activation.import(&Exact), column(&Exact, instance));
        let rank = Exact.rank(&shift_span::shifted_columns(&activation, &v, biases));
        match rank == v.len() && biases.len() == v.len() {
            true => Ok(Proof { moves: rank, ..Proof::default() }),
            false => Err(format!("the shifts span {rank} of {} dimensions", v.len())),
        }
    }

    /// The dimensions that are missing where the rounded biases are taken exactly.
    fn stray<K: Kernel>(kernel: &K, instance: &Instance, _: &Vec<Rational>) -> Option<f64> {
        let biases = Self::construct(kernel, instance).ok()?;
        let biases: Vec<Rational> = biases.iter().map(Number::to_rational).collect::<Option<_>>()?;
        let (activation, v) = (instance.problem.activation.import(&Exact), column(&Exact, instance));
        Some((v.len() - Exact.rank(&shift_span::shifted_columns(&activation, &v, &biases))) as f64)
    }

    fn outline(biases: &Vec<Rational>) -> String {
        super::prove::fingerprint("biases", &DMatrix::from_row_slice(1, biases.len(), biases))
    }

    fn controls() -> Vec<Control> {
        vec![
            Control { without: "distinct entries", refuse: equal_entries },
            Control { without: "two slopes", refuse: affine_shifts },
        ]
    }
}

fn equal_entries(seed: u64) -> Result<String, String> {
    let entry = Rational::from((seed % 11) as i32);
    let v = DVector::from_vec(vec![entry.clone(), entry.clone(), entry + 3u32]);
    spans(&Activation::relu(), &v, 2)
}

fn affine_shifts(seed: u64) -> Result<String, String> {
    let v = DVector::from_vec(vec![Rational::from(seed % 11), Rational::from(20), Rational::from(33)]);
    spans(&Activation::identity(), &v, 0)
}

/// The shifts that are found are fewer than N.
fn spans(activation: &Activation, v: &DVector<Rational>, expected: usize) -> Result<String, String> {
    match shift_span::shift_span(&Exact, &activation.import(&Exact), v).len() {
        found if found == expected => Ok(format!("{found} of {} shifts are found", v.len())),
        found => Err(format!("{found} independent shifts, where {expected} are possible")),
    }
}

/// Theorem 4.2, the first step of its proof: samples that coincide behind a layer are told apart.
pub struct DistinctFeatures;

/// Two samples differ in one coordinate only, which the first layer does not see.
fn coinciding(draw: &mut Draw, samples: usize, width: usize) -> Instance {
    let (activation, inputs, outputs) = (draw.activation(), draw.count(2..=3), draw.count(1..=3));
    loop {
        let mut instance = draw.instance(&activation, samples, &[inputs, width, outputs]);
        let mut twin = instance.problem.inputs.row(0).into_owned();
        twin[inputs - 1] += Rational::from(1);
        instance.problem.inputs.set_row(samples - 1, &twin);
        let mut first = DMatrix::clone(instance.from.layer(1));
        first.row_mut(inputs - 1).fill(Rational::new());
        instance.from.set_layer(1, Arc::new(first));
        if duplicate_rows(&instance.problem.inputs).is_none() {
            return instance;
        }
    }
}

impl PathStatement for DistinctFeatures {
    const CARD: Card = Card {
        paper: ICML_2019,
        key: "theorem-4.2-distinct",
        name: "Theorem 4.2, step 1",
        constructs: "two lines of constant output to features that tell the samples apart",
        function: "statement::distinct_features",
        check: "certificate, by the line rule; equal outputs at both ends; distinct rows",
        shows: "proved for all λ",
        real: &[],
        trivial: &[],
    };
    const CLAIM: Claim = Claim::Connected;
    const CONSTANT: bool = true;

    /// As many neurons as samples: some column of [F_1, 1] is always dependent.
    fn draw(draw: &mut Draw) -> Instance {
        let samples = draw.samples(2);
        let width = samples + draw.count(0..=2);
        coinciding(draw, samples, width)
    }

    fn construct<K: Kernel>(kernel: &K, instance: &Instance) -> Result<Path<K::Scalar>, Obstacle> {
        let mut walker = walker(kernel, instance, &instance.from);
        distinct_features::distinct_features(&mut walker, 1)?;
        Ok(walker.into_path())
    }

    fn arrives(instance: &Instance, path: &Path<Rational>) -> Result<(), String> {
        match duplicate_rows(&walker(&Exact, instance, &path.end()).level(1)) {
            Some((first, second)) => Err(format!("samples {first} and {second} coincide")),
            None => Ok(()),
        }
    }

    fn controls() -> Vec<Control> {
        vec![
            without!("distinct samples", Hypothesis::DuplicateSamples { .. }, |draw| { twins(coinciding(draw, 3, 4)) }),
            Control { without: "a dependent neuron", refuse: needed_neuron },
        ]
    }
}

/// Two of three samples coincide behind a single ReLU neuron that is needed for the third.
fn needed_neuron(seed: u64) -> Result<String, String> {
    let mut instance = Draw::new("needed", seed, Twist::Generic).instance(&Activation::relu(), 3, &[1, 1, 1]);
    let rational = |entries: &[i32]| entries.iter().map(|&entry| Rational::from(entry)).collect::<Vec<_>>();
    instance.problem.inputs = DMatrix::from_vec(3, 1, rational(&[-2, -1, 1]));
    instance.from.set_layer(1, Arc::new(DMatrix::from_vec(2, 1, rational(&[1 + (seed % 5) as i32, 0]))));
    refused(<DistinctFeatures as PathStatement>::construct(&Exact, &instance), |reason| {
        matches!(reason, Obstacle::Hypothesis(Hypothesis::CoincidingFeatures { level: 1, .. }))
    })
}

/// A descent by the first wide layer whose hypotheses hold, to 10^-6 above the infimum.
fn descend_through<K: Kernel>(
    kernel: &K,
    instance: &Instance,
    wide: usize,
    alpha: Option<&Rational>,
) -> Result<Path<K::Scalar>, Obstacle> {
    let epsilon = instance.epsilon((1, 1_000_000));
    let goal = Goal { alpha, ..Goal::never_rising(&instance.loss, &epsilon) };
    descend::descend(kernel, &instance.problem, &goal, wide, &instance.from)
}

/// The first layer through which the theorem descends.
pub(super) fn wide_layer_of(instance: &Instance, from: usize) -> usize {
    let problem = &instance.problem;
    (from..problem.depth()).find(|&k| wide_layer::hypotheses(problem, k).is_ok()).unwrap_or(from)
}

/// Theorem 4.2, statement 1: through a wide layer below narrowing ones.
pub struct NarrowingDescent;

impl NarrowingDescent {
    /// [d, …, n_k ≥ N − 1 − `less`, n_{k+1} > … > n_L] with k = 1 or 2, at least one layer above it hidden.
    fn widths(draw: &mut Draw, samples: usize, less: usize) -> Vec<usize> {
        let above = draw.count(2..=3);
        let above = draw.narrowing(above, 1);
        let least = (samples - 1).saturating_sub(less).max(1);
        let width = if less > 0 { least } else { least.max(above[0] + 1) + draw.count(0..=1) };
        let below = if draw.once_in(3) { vec![draw.count(2..=4) + samples] } else { vec![] };
        [vec![draw.count(1..=3)], below, vec![width], above].concat()
    }
}

impl PathStatement for NarrowingDescent {
    const CARD: Card = Card {
        paper: ICML_2019,
        key: "theorem-4.2",
        name: "Theorem 4.2 (1)",
        constructs: "a path along which the loss never rises, to below any ε, through a layer of N − 1 neurons",
        function: "statement::descend, statement::wide_layer",
        check: "certificate, by the line and follow rules; the loss at the end",
        shows: "proved for all λ",
        real: ALL,
        trivial: &[],
    };
    const CLAIM: Claim = Claim::Descends;
    const CONSTANT: bool = false;

    fn draw(draw: &mut Draw) -> Instance {
        let samples = draw.samples(2);
        let (activation, widths) = (draw.monotone_activation(), Self::widths(draw, samples, 0));
        draw.instance(&activation, samples, &widths)
    }

    fn construct<K: Kernel>(kernel: &K, instance: &Instance) -> Result<Path<K::Scalar>, Obstacle> {
        descend_through(kernel, instance, wide_layer_of(instance, 1), None)
    }

    fn controls() -> Vec<Control> {
        vec![
            without!("n_k ≥ N − 1", Hypothesis::TooNarrowToDescend { .. }, |draw| {
                let activation = draw.monotone_activation();
                let samples = draw.count(5..=7);
                draw.instance(&activation, samples, &[2, samples - 2, 2, 1])
            }),
            without!("Assumption 2.1", Hypothesis::NotMonotoneOnto { .. }, |draw| {
                draw.instance(&Activation::relu(), 5, &[2, 6, 3, 1])
            }),
            without!("widths that decrease above", Hypothesis::NotNarrowing { .. }, |draw| {
                let activation = draw.monotone_activation();
                draw.instance(&activation, 5, &[2, 6, 2, 2])
            }),
            without!("distinct samples", Hypothesis::DuplicateSamples { .. }, |draw| {
                let activation = draw.monotone_activation();
                twins(draw.instance(&activation, 3, &[2, 4, 3, 1]))
            }),
            without!("two slopes", Hypothesis::AffineActivation, |draw| {
                draw.instance(&Activation::identity(), 3, &[2, 4, 3, 1])
            }),
        ]
    }
}

/// The last sample is the first one again.
fn twins(mut instance: Instance) -> Instance {
    let first = instance.problem.inputs.row(0).into_owned();
    let last = instance.problem.samples() - 1;
    instance.problem.inputs.set_row(last, &first);
    instance
}

/// Theorem 4.2, statement 1, where two samples coincide behind a neuron that is needed: through a nearby point, below α.
pub struct NearbyDescent;

impl NearbyDescent {
    /// α is a thousandth above the loss at the start.
    fn alpha(instance: &Instance) -> Rational {
        let start = instance.loss.enclose(&output(instance, &instance.from)).hi().clone();
        Rational::from(&start * 1001u32) / 1000u32
    }
}

impl PathStatement for NearbyDescent {
    const CARD: Card = Card {
        paper: ICML_2019,
        key: "theorem-4.2-nearby",
        name: "Theorem 4.2 (1), nearby",
        constructs: "the same through a nearby point where samples coincide, with the loss below any α above its start",
        function: "statement::nearby, statement::descend",
        check: "certificate, by the bounded, line and follow rules; the loss at the end",
        shows: "proved for all λ",
        real: &[],
        trivial: &[],
    };
    const CLAIM: Claim = Claim::Descends;
    const CONSTANT: bool = false;

    /// The first layer has one neuron, which does not see the coordinate in which two samples differ.
    fn draw(draw: &mut Draw) -> Instance {
        let (samples, activation) = (draw.count(3..=6), draw.monotone_activation());
        let above = if draw.once_in(2) { vec![draw.count(2..=3)] } else { vec![2, 1] };
        let width = (samples - 1).max(above[0] + 1);
        let mut instance = draw.instance(&activation, samples, &[vec![2, 1, width], above].concat());
        for i in 0..samples {
            instance.problem.inputs[(i, 0)] = Rational::from(i);
            instance.problem.inputs[(i, 1)] = Rational::from(i.max(1));
        }
        let mut first = DMatrix::clone(instance.from.layer(1));
        first[(0, 0)] = Rational::new();
        if first[(1, 0)] == 0 {
            first[(1, 0)] = Rational::from(1);
        }
        instance.from.set_layer(1, Arc::new(first));
        // What bends the loss back below α may be tiny.
        instance.plain = false;
        instance
    }

    fn construct<K: Kernel>(kernel: &K, instance: &Instance) -> Result<Path<K::Scalar>, Obstacle> {
        descend_through(kernel, instance, 2, Some(&Self::alpha(instance)))
    }

    fn arrives(instance: &Instance, path: &Path<Rational>) -> Result<(), String> {
        // Where the wide layer's loss is below ε already there is nothing to do, and a trial does not count.
        match path.moves.iter().filter(|step| matches!(step, Move::Bounded(..))).count() {
            1 => below_epsilon(instance, path),
            0 if path.moves.is_empty() => Ok(()),
            found => Err(format!("{found} bounded moves, where one is needed")),
        }
    }

    fn controls() -> Vec<Control> {
        vec![
            Control {
                without: "a bound",
                refuse: |seed| nearby(seed, |_| None, hypothesis!(Hypothesis::CoincidingFeatures { .. })),
            },
            Control {
                without: "a bound above the start",
                refuse: |seed| nearby(seed, Some, hypothesis!(Hypothesis::BoundNotAboveStart { .. })),
            },
        ]
    }
}

/// The descent with another bound.
fn nearby(
    seed: u64,
    alpha: fn(Rational) -> Option<Rational>,
    expected: fn(&Obstacle) -> bool,
) -> Result<String, String> {
    let mut draw = Draw::new("nearby", seed, Twist::Generic);
    loop {
        let instance = <NearbyDescent as PathStatement>::draw(&mut draw);
        let start = instance.loss.enclose(&output(&instance, &instance.from));
        if *start.hi() <= instance.epsilon((1, 1_000_000)) {
            continue;
        }
        return refused(descend_through(&Exact, &instance, 2, alpha(start.lo().clone()).as_ref()), expected);
    }
}

/// Theorem 4.2, statement 2: below the last hidden layer too.
pub struct DeadNeuronEscape;

impl DeadNeuronEscape {
    /// The first hidden layer that is too wide for its features to be independent.
    fn layer(instance: &Instance) -> usize {
        let (widths, samples) = (&instance.problem.widths, instance.problem.samples());
        (1..instance.problem.depth()).find(|&k| widths[k] >= samples).unwrap_or(1)
    }
}

impl PathStatement for DeadNeuronEscape {
    const CARD: Card = Card {
        paper: ICML_2019,
        key: "theorem-4.2-unbounded",
        name: "Theorem 4.2 (2), 5.1 (2), 6.1 (3)",
        constructs: "a path of constant output to infinity: a dependent neuron of any hidden layer dies, its bias runs off",
        function: "statement::escape, statement::wide_layer",
        check: "certificate, by the line and ray rules",
        shows: "proved for all λ",
        real: ALL,
        trivial: &[],
    };
    const CLAIM: Claim = Claim::Unbounded;
    const CONSTANT: bool = true;

    fn draw(draw: &mut Draw) -> Instance {
        let (samples, activation) = (draw.samples(2), draw.activation());
        let below = draw.count(0..=2);
        let narrow = |draw: &mut Draw| draw.count(1..=samples - 1).min(4);
        let mut widths = vec![draw.count(1..=3)];
        widths.extend((0..below).map(|_| narrow(draw)).collect::<Vec<_>>());
        widths.push(samples + draw.count(0..=2));
        let above = draw.count(0..=2);
        widths.extend((0..=above).map(|_| draw.count(1..=3)).collect::<Vec<_>>());
        draw.instance(&activation, samples, &widths)
    }

    fn construct<K: Kernel>(kernel: &K, instance: &Instance) -> Result<Path<K::Scalar>, Obstacle> {
        let mut walker = walker(kernel, instance, &instance.from);
        wide_layer::run_off(&mut walker, Self::layer(instance))?;
        Ok(walker.into_path())
    }

    fn controls() -> Vec<Control> {
        vec![Control { without: "a dependent neuron", refuse: no_escape }]
    }
}

/// One hidden neuron that tells the samples apart, and a σ that is flat and bends off 0: no construction applies.
fn no_escape(seed: u64) -> Result<String, String> {
    let mut draw = Draw::new("no escape", seed, Twist::Generic);
    loop {
        let instance = draw.instance(&Activation::hard_tanh(), 3, &[1, 1, 1]);
        let mut walker = walker(&Exact, &instance, &instance.from);
        match escape::escape(&mut walker, &instance.problem) {
            Err(Obstacle::Hypothesis(reason @ Hypothesis::NoEscape { .. })) => return Ok(reason.to_string()),
            Err(other) => return Err(format!("refused for another reason: {other}")),
            // A dead neuron by chance.
            Ok(_) => {}
        }
    }
}

/// Section 4: a hidden layer grows, the next one shrinks.
pub struct Rescaling;

impl Rescaling {
    /// Whether a hidden layer is not zero.
    fn applies(network: &Parameters<Rational>) -> bool {
        network.layers()[..network.depth() - 1].iter().any(|layer| layer.iter().any(|entry| !entry.is_zero()))
    }

    /// Networks of any widths with this activation.
    fn of(draw: &mut Draw, activation: &Activation) -> Instance {
        let (samples, layers) = (draw.samples(1), draw.count(2..=4));
        let widths: Vec<usize> = (0..=layers).map(|_| draw.count(1..=4)).collect();
        draw.instance(activation, samples, &widths)
    }

    /// σ(0) = 0, and one bend, which is not at 0.
    fn bent_off_zero(draw: &mut Draw) -> Instance {
        let (bend, slope) = (Rational::from((draw.count(1..=8) as u32, 4)), Rational::from(draw.count(0..=3) as u32));
        let value = Rational::from(&bend * &slope);
        let activation = Activation::new(vec![bend], vec![slope.clone(), slope + 1u32], value);
        Self::of(draw, &activation.expect("one slope more"))
    }

    /// One bend, at 0, and σ(0) ≠ 0.
    fn lifted(draw: &mut Draw) -> Instance {
        let (value, slope) = (Rational::from((draw.count(1..=8) as u32, 4)), Rational::from(draw.count(0..=3) as u32));
        let activation = Activation::new(vec![Rational::new()], vec![slope.clone(), slope + 1u32], value);
        Self::of(draw, &activation.expect("one slope more"))
    }

    /// Hidden layers of zeros; the last layer is any.
    fn zero(draw: &mut Draw) -> Instance {
        let activation = draw.homogeneous_activation();
        let mut instance = Self::of(draw, &activation);
        for k in 1..instance.problem.depth() {
            let zero = instance.from.layer(k).map(|_| Rational::new());
            instance.from.set_layer(k, Arc::new(zero));
        }
        instance
    }
}

impl PathStatement for Rescaling {
    const CARD: Card = Card {
        paper: ICML_2019,
        key: "section-4-rescaling",
        name: "Section 4, rescaling",
        constructs: "for a homogeneous σ, a path of constant output to infinity: a hidden layer times s, the next weight times 1/s",
        function: "statement::rescaling",
        check: "certificate, by the rescale rule",
        shows: "proved for all s",
        real: ALL,
        // Nothing grows.
        trivial: &[Twist::Zero, Twist::BothZero],
    };
    const CLAIM: Claim = Claim::Unbounded;
    const CONSTANT: bool = true;

    fn draw(draw: &mut Draw) -> Instance {
        loop {
            let activation = draw.homogeneous_activation();
            let instance = Self::of(draw, &activation);
            if Self::applies(&instance.from) {
                return instance;
            }
        }
    }

    fn construct<K: Kernel>(kernel: &K, instance: &Instance) -> Result<Path<K::Scalar>, Obstacle> {
        let mut walker = walker(kernel, instance, &instance.from);
        rescaling::rescaling(&mut walker, &instance.problem)?;
        Ok(walker.into_path())
    }

    fn controls() -> Vec<Control> {
        vec![
            without!("a σ that bends at 0 only", Hypothesis::BendsOffZero { .. }, Self::bent_off_zero),
            without!("σ(0) = 0", Hypothesis::ValueAtZero { .. }, Self::lifted),
            without!("a hidden layer that is not zero", Hypothesis::NothingToRescale { .. }, Self::zero),
        ]
    }
}

/// Lemma 5.2 at the threshold and above it.
pub struct FullRankFeatures;

impl FullRankFeatures {
    /// With N − 1 neurons the ones column has to help.
    fn ones(instance: &Instance) -> Ones {
        if instance.problem.widths[1] < instance.problem.samples() { Ones::InBasis } else { Ones::Apart }
    }
}

impl PathStatement for FullRankFeatures {
    const CARD: Card = Card {
        paper: ICML_2019,
        key: "lemma-5.2",
        name: "Lemma 5.2",
        constructs: "two lines of constant output to features of rank N",
        function: "statement::full_rank_features",
        check: "certificate, by the line rule; equal outputs at both ends; exact rank N",
        shows: "proved for all λ",
        // The features of the trained networks have rank N already.
        real: &[],
        trivial: &[],
    };
    const CLAIM: Claim = Claim::Connected;
    const CONSTANT: bool = true;

    fn draw(draw: &mut Draw) -> Instance {
        let samples = draw.samples(2);
        let width = samples - 1 + draw.count(0..=2);
        hidden(draw, samples, width)
    }

    fn construct<K: Kernel>(kernel: &K, instance: &Instance) -> Result<Path<K::Scalar>, Obstacle> {
        let mut walker = walker(kernel, instance, &instance.from);
        full_rank_features::full_rank_features(&mut walker, 1, Self::ones(instance))?;
        Ok(walker.into_path())
    }

    fn arrives(instance: &Instance, path: &Path<Rational>) -> Result<(), String> {
        let walker = walker(&Exact, instance, &path.end());
        let features = match Self::ones(instance) {
            Ones::Apart => walker.level(1),
            Ones::InBasis => walker.features(1).clone(),
        };
        let (rank, samples) = (Exact.rank(&features), instance.problem.samples());
        if rank == samples { Ok(()) } else { Err(format!("rank {rank} < N = {samples}")) }
    }

    fn controls() -> Vec<Control> {
        vec![
            without!("n_k ≥ N − 1", Hypothesis::TooNarrowToDescend { .. }, |draw| {
                let samples = draw.count(3..=6);
                hidden(draw, samples, samples - 2)
            }),
            without!("distinct samples", Hypothesis::DuplicateSamples { .. }, |draw| twins(hidden(draw, 3, 3))),
            without!("two slopes", Hypothesis::AffineActivation, |draw| {
                draw.instance(&Activation::identity(), 4, &[2, 4, 1])
            }),
        ]
    }
}

/// Lemma 5.3 by the strategy that the width allows.
pub struct WeightCopying;

impl WeightCopying {
    fn strategy(instance: &Instance) -> Strategy {
        let (width, samples) = (instance.problem.widths[1], instance.problem.samples());
        match width == samples + 1 {
            true => Strategy::Exchange,
            false => Strategy::for_width(width, samples).unwrap_or(Strategy::ExchangeWithBias),
        }
    }
}

impl PathStatement for WeightCopying {
    const CARD: Card = Card {
        paper: ICML_2019,
        key: "lemma-5.3",
        name: "Lemma 5.3",
        constructs: "lines of constant output that copy the weights of another network, at three widths",
        function: "statement::weight_copying",
        check: "certificate, by the line rule; equal outputs at both ends; equal weights",
        shows: "proved for all λ",
        real: ALL,
        trivial: &[],
    };
    const CLAIM: Claim = Claim::Connected;
    const CONSTANT: bool = true;

    fn draw(draw: &mut Draw) -> Instance {
        let samples = draw.samples(1);
        let width = [samples, samples + 1, 2 * samples, 2 * samples + 1][draw.count(0..=3)];
        hidden(draw, samples, width)
    }

    fn construct<K: Kernel>(kernel: &K, instance: &Instance) -> Result<Path<K::Scalar>, Obstacle> {
        let ones = Self::strategy(instance).ones();
        let [mut ours, mut theirs] = [&instance.from, &instance.to].map(|at| walker(kernel, instance, at));
        full_rank_features::full_rank_features(&mut ours, 1, ones)?;
        full_rank_features::full_rank_features(&mut theirs, 1, ones)?;
        weight_copying::weight_copying(&mut ours, &theirs, 1, ones)?;
        Ok(ours.into_path())
    }

    fn arrives(instance: &Instance, path: &Path<Rational>) -> Result<(), String> {
        let mut theirs = walker(&Exact, instance, &instance.to);
        full_rank_features::full_rank_features(&mut theirs, 1, Self::strategy(instance).ones()).map_err(words)?;
        if path.end().layer(1) == theirs.layer(1) { Ok(()) } else { Err("the weights were not copied".into()) }
    }

    fn controls() -> Vec<Control> {
        vec![
            without!("n_k ≥ N", Hypothesis::TooNarrow { .. }, |draw| {
                let samples = draw.count(2..=6);
                hidden(draw, samples, samples - 1)
            }),
            without!("distinct samples", Hypothesis::DuplicateSamples { .. }, |draw| twins(hidden(draw, 3, 6))),
            Control { without: "features of rank N", refuse: deficient_features },
        ]
    }
}

/// The weights of a network whose features have rank N, on one whose features have not.
fn deficient_features(seed: u64) -> Result<String, String> {
    let instance = hidden(&mut Draw::new("deficient", seed, Twist::Zero), 3, 6);
    let [mut ours, mut theirs] = [&instance.from, &instance.to].map(|at| walker(&Exact, &instance, at));
    full_rank_features::full_rank_features(&mut theirs, 1, Ones::Apart).map_err(words)?;
    refused(weight_copying::weight_copying(&mut ours, &theirs, 1, Ones::Apart), |reason| {
        matches!(reason, Obstacle::Hypothesis(Hypothesis::DependentFeatures { level: 1, .. }))
    })
}

/// Theorem 5.1, statement 1.
pub struct WideFirstLayer;

impl PathStatement for WideFirstLayer {
    const CARD: Card = Card {
        paper: ICML_2019,
        key: "theorem-5.1",
        name: "Theorem 5.1 (1)",
        constructs: "a connecting path through a wide first layer and narrowing ones",
        function: "statement::wide_first_layer",
        check: "certificate, by the line and follow rules",
        shows: "proved for all λ",
        real: &["wide-64", "pyramid-32"],
        trivial: UNMOVED,
    };
    const CLAIM: Claim = Claim::Connected;
    const CONSTANT: bool = false;

    fn draw(draw: &mut Draw) -> Instance {
        let (samples, activation) = (draw.samples(1), draw.monotone_activation());
        let layers = draw.count(1..=3);
        let above = draw.narrowing(layers, 1);
        let width = [samples, samples + 1, 2 * samples][draw.count(0..=2)].max(above[0] + usize::from(layers > 1));
        let widths = [vec![draw.count(1..=3), width], above].concat();
        draw.instance(&activation, samples, &widths)
    }

    fn construct<K: Kernel>(kernel: &K, instance: &Instance) -> Result<Path<K::Scalar>, Obstacle> {
        wide_first_layer::connect(kernel, &instance.problem, &instance.from, &instance.to)
    }

    fn controls() -> Vec<Control> {
        vec![
            without!("n_1 ≥ N", Hypothesis::TooNarrow { layer: 1, .. }, |draw| {
                let (activation, samples) = (draw.monotone_activation(), draw.count(4..=6));
                draw.instance(&activation, samples, &[2, samples - 1, 2, 1])
            }),
            without!("widths that decrease above", Hypothesis::NotNarrowing { .. }, |draw| {
                let activation = draw.monotone_activation();
                draw.instance(&activation, 3, &[2, 6, 2, 2])
            }),
            Control {
                without: "widths that decrease above: the conclusion fails",
                refuse: super::threshold::disconnected_without_narrowing_above,
            },
            without!("Assumption 2.1", Hypothesis::NotMonotoneOnto { .. }, |draw| {
                draw.instance(&Activation::relu(), 3, &[2, 6, 2, 1])
            }),
            without!("distinct samples", Hypothesis::DuplicateSamples { .. }, |draw| {
                let activation = draw.monotone_activation();
                twins(draw.instance(&activation, 3, &[2, 6, 2, 1]))
            }),
            without!("two slopes", Hypothesis::AffineActivation, |draw| {
                draw.instance(&Activation::identity(), 3, &[2, 6, 2, 1])
            }),
        ]
    }
}

/// Hidden layers of N neurons or more, one hidden layer at least.
fn wide_widths(draw: &mut Draw, samples: usize) -> Vec<usize> {
    let hidden = draw.count(1..=3);
    let mut widths = vec![draw.count(1..=3)];
    widths.extend((0..hidden).map(|_| [samples, samples + 1, 2 * samples][draw.count(0..=2)]).collect::<Vec<_>>());
    widths.push(draw.count(1..=3));
    widths
}

/// Theorem 6.1, statement 1: descent for any activation with two slopes, through the last hidden layer.
pub struct WideDescent;

impl PathStatement for WideDescent {
    const CARD: Card = Card {
        paper: ICML_2019,
        key: "theorem-6.1-descent",
        name: "Theorem 6.1 (1)",
        constructs: "a path of lines along which the loss never rises, to below any ε, for any activation",
        function: "statement::descend, statement::wide_layers",
        check: "certificate, by the line rule; the loss at the end",
        shows: "proved for all λ",
        real: &["wide-64", "relu-deep-32"],
        trivial: &[],
    };
    const CLAIM: Claim = Claim::Descends;
    const CONSTANT: bool = false;

    fn draw(draw: &mut Draw) -> Instance {
        let (samples, activation) = (draw.samples(2), draw.activation());
        let widths = wide_widths(draw, samples);
        draw.instance(&activation, samples, &widths)
    }

    fn construct<K: Kernel>(kernel: &K, instance: &Instance) -> Result<Path<K::Scalar>, Obstacle> {
        descend_through(kernel, instance, instance.problem.depth() - 1, None)
    }

    fn controls() -> Vec<Control> {
        vec![
            without!("n_{L−1} ≥ N − 1", Hypothesis::TooNarrowToDescend { .. }, |draw| {
                let (activation, samples) = (draw.activation(), draw.count(3..=6));
                draw.instance(&activation, samples, &[2, samples - 2, 2])
            }),
            without!("distinct samples", Hypothesis::DuplicateSamples { .. }, |draw| twins(hidden(draw, 3, 3))),
            without!("two slopes", Hypothesis::AffineActivation, |draw| {
                draw.instance(&Activation::identity(), 4, &[2, 4, 1])
            }),
        ]
    }
}

/// Theorem 6.1, statement 2.
pub struct WideLayers;

impl PathStatement for WideLayers {
    const CARD: Card = Card {
        paper: ICML_2019,
        key: "theorem-6.1",
        name: "Theorem 6.1 (2)",
        constructs: "a connecting path of lines through wide layers",
        function: "statement::wide_layers",
        check: "certificate, by the line rule",
        shows: "proved for all λ",
        real: &["wide-64", "relu-deep-32"],
        trivial: UNMOVED,
    };
    const CLAIM: Claim = Claim::Connected;
    const CONSTANT: bool = false;

    fn draw(draw: &mut Draw) -> Instance {
        let (samples, activation) = (draw.samples(1), draw.activation());
        let widths = wide_widths(draw, samples);
        draw.instance(&activation, samples, &widths)
    }

    fn construct<K: Kernel>(kernel: &K, instance: &Instance) -> Result<Path<K::Scalar>, Obstacle> {
        wide_layers::connect(kernel, &instance.problem, &instance.from, &instance.to)
    }

    fn controls() -> Vec<Control> {
        vec![
            without!("n_k ≥ N in the last hidden layer", Hypothesis::TooNarrow { layer: 2, .. }, |draw| {
                let (activation, samples) = (draw.activation(), draw.count(2..=6));
                draw.instance(&activation, samples, &[2, samples, samples - 1, 1])
            }),
            without!("distinct samples", Hypothesis::DuplicateSamples { .. }, |draw| twins(hidden(draw, 3, 6))),
            without!("two slopes", Hypothesis::AffineActivation, |draw| {
                draw.instance(&Activation::identity(), 4, &[2, 8, 1])
            }),
        ]
    }
}
