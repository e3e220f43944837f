//! Trials of ICLR 2019: networks with skip connections to the output.

use super::statement::{Card, Entry, Outcome, Refusal, control, refused, words};
use super::{Draw, Float, Proof, Setup, Twist};
use crate::arith::write_rational;
use crate::certificate::graph::{BlockRecord, BlockRule, GraphRecord, Pool};
use crate::certificate::{Claim, Limits, Object, Reader};
use crate::checker::{self, Descent, Expected, Finding, Rejection, Verdict};
use crate::linalg::{Double, Exact, Kernel};
use crate::network::{Criterion, GraphLayer, GraphNetwork, Loss, Nonlinearity};
use crate::path::to_nonlinearity;
use crate::statement::object::{number, prove};
use crate::statement::skip::assumption::{Assumption, Unmet, assumption};
use crate::statement::skip::descend::{self, Aim, GraphDescent, NoDescent};
use crate::statement::skip::independent::{Independent, NotIndependent, independent, object_of, rank_in_doubles};
use crate::statement::skip::instances::{constant_images, shared_in_both_orders};
use crate::statement::skip::triangular::{NotTriangular, triangular};
use crate::statement::skip::zero_error::{NoTie, ZeroError, threshold, tie, zero_error};
use crate::statement::skip::{GraphMove, GraphPath};
use nalgebra::DMatrix;
use rug::Rational;
use std::collections::BTreeMap;

/// Quynh Nguyen, Mahesh Chandra Mukkamala, Matthias Hein, *On the loss landscape of a class of deep neural networks with no
/// bad local valleys*.
const ICLR_2019: &str = "ICLR 2019";

/// The bits up to which a right inverse is looked for.
const PRECISION: u32 = 512;

/// So many networks are drawn until one has features of rank N.
const DRAWS: usize = 64;

pub(super) const NO_FLOATS: &str =
    "features are enclosed, not exact: what doubles make of the same instance is compared in every trial";

pub(super) const fn card(
    key: &'static str,
    name: &'static str,
    [constructs, function, check, shows]: [&'static str; 4],
) -> Card {
    Card { paper: ICLR_2019, key, name, constructs, function, check, shows, real: &[], trivial: &[] }
}

/// Lemma 2.1.
pub const ZERO_ERROR: Entry = Entry {
    card: card(
        "lemma-2.1",
        "Lemma 2.1",
        [
            "a mean cross-entropy below log 2/N, and every margin positive; and a tie with a loss above log 2/N by as little as one likes",
            "statement::skip::zero_error",
            "log 2 and the loss enclosed, margins exact",
            "no training error, and sharp",
        ],
    ),
    trial: zero_errors,
    controls: || {
        vec![
            control("Φ < log 2/N: a tie", refuse_tie),
            control("N > 1 or m > 2, for sharpness: there Φ is log 2/N", refuse_equality),
        ]
    },
    kernels: Err(NO_FLOATS),
};

/// Assumption 3.1.
pub const ASSUMPTION: Entry = Entry {
    card: card(
        "assumption-3.1",
        "Assumption 3.1",
        [
            "whether it holds, clause by clause, with the unit, the patch or the samples where a clause fails; and whether the choice              of weights in the proof of Lemma 3.2 exists, which it does not imply",
            "statement::skip::assumption",
            "samples compared exactly; where it holds, the network that the proof constructs has rank N, certified",
            "decided, and used",
        ],
    ),
    trial: assumptions,
    controls: || {
        vec![
            control("(1) σ analytic", refuse_elu),
            control("(1) σ strictly increasing", refuse_relu),
            control("(2) limit 0 at −∞, or softplus", refuse_tanh),
            control("(2) a backward path of softplus units", refuse_no_path),
            control("(3) distinct patches", refuse_equal_patches),
            control("a bias for every unit", refuse_tied),
            control("M ≥ N", refuse_few_units),
        ]
    },
    kernels: Err("a decision about an architecture: there are no numbers but the samples"),
};

/// Lemma 3.2 as it is proved.
pub const TRIANGULAR: Entry = Entry {
    card: card(
        "lemma-3.2-proof",
        "Lemma 3.2, by its proof",
        [
            "the U of the proof in both cases, nearly triangular: integers that separate the samples, chains with a single 1, a power of              two a layer",
            "statement::skip::triangular",
            "the paper's estimate of the determinant with directed rounding; certificate of the claim independent",
            "rank N, proved twice",
        ],
    ),
    trial: triangular_features,
    controls: || {
        vec![
            control("one place of the 1 for all units that share it", refuse_no_place),
            control("α below 2^4096", refuse_large_alpha),
            control("distinct patches", refuse_triangular_equal),
        ]
    },
    kernels: Err(NO_FLOATS),
};

/// Lemma 3.2 by one certified point.
pub const INDEPENDENT: Entry = Entry {
    card: card(
        "lemma-3.2",
        "Lemma 3.2, for almost every U",
        [
            "R with ‖I − Ψ R‖ < 1 for features Ψ of N samples from any layers, over dense and shared blocks and pools; with analytic \
             σ the sentence for almost every U. V ↦ Ψ V is onto then: of every convex loss a local minimum in V is a global one",
            "statement::skip::independent",
            "certificate of the claim independent: Ψ enclosed in integers, I − Ψ R summed up",
            "rank N, proved",
        ],
    ),
    trial: independent_features,
    controls: || {
        vec![
            control("units that differ", refuse_twin_units),
            control("M ≥ N", refuse_one_unit_less),
            control("distinct samples", refuse_equal_samples),
            control("a bias for every unit (untied), with constant images", refuse_tied_constants),
            control("σ strictly increasing", refuse_dead_relu),
            control("enough bits", refuse_few_bits),
            control("R of these samples", refuse_other_order),
        ]
    },
    kernels: Err(NO_FLOATS),
};

/// Theorem 3.4 (1).
pub const SOLUTIONS: Entry = Entry {
    card: card(
        "theorem-3.4.1",
        "Theorem 3.4 (1)",
        [
            "a line of networks, uncountably many, on all of which the cross-entropy is below log 2/N: no training error",
            "statement::skip::descend",
            "certificate of the claim strictly-descends from a network below log 2/N; Lemma 2.1",
            "a whole line of solutions, proved",
        ],
    ),
    trial: solutions,
    controls: || vec![control("Φ < log 2/N", refuse_tie)],
    kernels: Err(NO_FLOATS),
};

/// Theorem 3.4 (2).
pub const NO_BAD_VALLEY: Entry = Entry {
    card: card(
        "theorem-3.4.2",
        "Definition 3.3, Theorem 3.4 (2)",
        [
            "a line in the output's weights on which cross-entropy and square loss fall strictly to below ε; from features of lower \
             rank a step down and a bounded line first, never above the start",
            "statement::skip::descend",
            "certificate of the claims strictly-descends and descends: every margin grows, or the slope at the end is negative",
            "proved for all λ",
        ],
    ),
    trial: descents,
    controls: || {
        vec![
            control("M ≥ N", refuse_descent_of_few),
            control("distinct samples", refuse_descent_of_equal),
            control("m ≥ 2 for the cross-entropy", refuse_one_class),
            control("∇_V Φ ≠ 0 where the rank is below N", refuse_critical),
            control("the direction of the path", refuse_backwards),
            control("the labels", refuse_exchanged_labels),
            control("a line in V alone", refuse_moving_block),
        ]
    },
    kernels: Err(NO_FLOATS),
};

/// Theorem C.3.
pub const CONVEX: Entry = Entry {
    card: card(
        "theorem-c.3",
        "Assumption C.1, Theorem C.3",
        [
            "the same for the hinge loss and for squares, convex and bounded below",
            "statement::skip::descend",
            "certificates of the claims descends (no margin falls) and strictly-descends",
            "proved for all λ",
        ],
    ),
    trial: convex_losses,
    controls: || vec![control("a step short of the target", refuse_overshoot)],
    kernels: Err(NO_FLOATS),
};

/// M ≥ N is sharp.
pub const SHARP: Entry = Entry {
    card: card(
        "m-below-n",
        "M ≥ N is sharp, for every σ",
        [
            "for N − 1 features and targets I: z ≠ 0 with zᵀΨ = 0, so that ½‖Ψ V − I‖² ≥ ½ for all V, whatever Ψ is",
            "linalg::kernel",
            "rational arithmetic: zᵀ(Ψ V − I) = −zᵀ, entry by entry",
            "the loss is at least ½",
        ],
    ),
    trial: fewer_features,
    controls: || vec![control("N features", refuse_as_many_features)],
    kernels: Err(NO_FLOATS),
};

const SMOOTH: [&str; 5] = ["sigmoid", "tanh", "softplus=1", "softplus=20", "elu=1"];

fn smooth(draw: &mut Draw) -> Nonlinearity {
    SMOOTH[draw.count(0..=SMOOTH.len() - 1)].parse().expect("an activation")
}

/// A network of random blocks, and samples that differ; M features, with a bias or without.
pub(super) fn drawn(
    draw: &mut Draw,
    samples: usize,
    features: usize,
    outputs: usize,
) -> (GraphNetwork, DMatrix<Rational>) {
    let sigma = smooth(draw);
    let mut block = |from: Vec<usize>, patches: Option<Vec<Vec<usize>>>, filters: usize| {
        let tied = patches.is_some() && draw.once_in(2);
        let rule = BlockRule::Filters { filters, tied, activation: to_nonlinearity(&sigma) };
        BlockRecord { from, patches: patches.map(Into::into), rule }
    };
    // Shared over two patches of the inputs, dense over both, and pooled.
    let mut blocks =
        vec![block(vec![0], Some(vec![vec![0, 1], vec![2, 1]]), features), block(vec![0, 1], None, features)];
    if draw.once_in(2) {
        let pool = if draw.once_in(2) { Pool::Sum } else { Pool::Mean };
        let patches: Vec<Vec<usize>> = (0..features).map(|unit| vec![unit, unit + features]).collect();
        blocks.push(BlockRecord { from: vec![1], patches: Some(patches.into()), rule: BlockRule::Pool { pool } });
    }
    let bias = features > 1 && draw.once_in(3);
    let wanted = features - usize::from(bias);
    let skips = (0..wanted).map(|unit| if draw.once_in(3) { [1, 2 * unit] } else { [2, unit] }).collect();
    let graph = GraphRecord { inputs: 3, blocks, skips, outputs, bias };
    let mut layers = BTreeMap::new();
    for (layer, (rows, filters, units)) in
        [(1, (2, features, 2 * features)), (2, (3 + 2 * features, features, features))]
    {
        let tied = matches!(graph.blocks[layer - 1].rule, BlockRule::Filters { tied: true, .. });
        let bias = draw.matrix(1, if tied { filters } else { units });
        layers.insert(layer, GraphLayer { weight: draw.matrix(rows, filters), bias: Some(bias) });
    }
    let bias = bias.then(|| draw.matrix(1, outputs));
    layers.insert(graph.blocks.len() + 1, GraphLayer { weight: draw.matrix(wanted, outputs), bias });
    let inputs = apart(draw, samples);
    (GraphNetwork::new(graph, layers).expect("blocks and layers fit together"), inputs)
}

/// Samples of three inputs that differ in both patches.
pub(super) fn apart(draw: &mut Draw, samples: usize) -> DMatrix<Rational> {
    loop {
        let inputs = draw.matrix(samples, 3);
        let columns = inputs.columns(0, 2).into_owned();
        let others = inputs.columns(1, 2).into_owned();
        if [columns, others].iter().all(|part| crate::network::duplicate_rows(part).is_none()) {
            return inputs;
        }
    }
}

/// A network whose features have rank N, certified.
pub(super) fn of_full_rank(
    draw: &mut Draw,
    outputs: usize,
) -> Result<(GraphNetwork, DMatrix<Rational>, Independent), String> {
    for _ in 0..DRAWS {
        let samples = draw.count(2..=6);
        let features = samples + draw.count(0..=2);
        let (network, inputs) = drawn(draw, samples, features, outputs);
        match independent(&network, &inputs, PRECISION, &mut |_| {}) {
            Ok(found) => return Ok((network, inputs, found)),
            Err(NotIndependent::Undecided { .. }) => {}
            Err(other) => return Err(words(other)),
        }
    }
    Err(format!("{DRAWS} networks, and none has rank N that {PRECISION} bits see"))
}

pub(super) fn labels(draw: &mut Draw, samples: usize, classes: usize) -> Vec<usize> {
    (0..samples).map(|_| draw.count(0..=classes - 1)).collect()
}

fn zero_errors(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("lemma-2.1", setup.seed, setup.twist);
    let (samples, classes) = (draw.count(2..=8), draw.count(2..=5));
    let labels = labels(&mut draw, samples, classes);
    // Logits in favour of the labels, by more and more until the loss is small.
    let noise = draw.matrix(samples, classes);
    let below = (0..12).find_map(|k| {
        let size = Rational::from((1u32 << k, 4));
        let outputs = DMatrix::from_fn(samples, classes, |i, j| {
            let gain = if labels[i] == j { size.clone() } else { Rational::new() };
            Rational::from(&noise[(i, j)] / 4u32) + gain
        });
        match zero_error(&outputs, &labels) {
            Ok(ZeroError::Below { margin: Some(margin), .. }) => Some(Ok(margin)),
            Ok(_) => None,
            Err(reason) => Some(Err(words(reason))),
        }
    });
    let margin = below.ok_or("the loss does not become small")??;
    if margin <= 0 {
        return Err("a margin is not positive".into());
    }
    let tied = tie(samples, classes, 8 + draw.count(0..=56) as u32).map_err(words)?;
    match zero_error(&tied.outputs, &tied.labels).map_err(words)? {
        ZeroError::Above { .. } if *tied.excess.lo() > 0 && *tied.excess.hi() < Rational::from((1, 100)) => {}
        other => return Err(format!("a tie is not just above log 2/N: {other:?}")),
    }
    // Doubles say that the tie is not above.
    let stray = if tied.double > 0.0 { 0.0 } else { 1.0 };
    let floats = vec![Float { kernel: "double".into(), stray: Some(stray) }];
    Ok(Proof { moves: samples, floats, ..Proof::default() })
}

fn refuse_tie(seed: u64) -> Refusal {
    let tied = tie(1 + (seed % 7) as usize, 3, 8 + (seed % 50) as u32).map_err(words)?;
    match zero_error(&tied.outputs, &tied.labels).map_err(words)? {
        ZeroError::Above { loss } => Ok(format!("a tie, and Φ = {loss} is above log 2/N")),
        other => Err(format!("expected a loss above log 2/N, found {other:?}")),
    }
}

fn refuse_equality(seed: u64) -> Refusal {
    match tie(1, 2, 1 + (seed % 60) as u32) {
        Err(reason @ NoTie::Equality) => Ok(words(reason)),
        other => Err(format!("expected equality, found {other:?}")),
    }
}

/// One hidden layer and a second one over it, with the second block shared or not; all σ of one kind; N units are connected.
pub(super) fn layered(draw: &mut Draw, sigma: &str, samples: usize, upper: bool) -> (GraphNetwork, DMatrix<Rational>) {
    let activation = to_nonlinearity(&sigma.parse().expect("an activation"));
    let rule = |filters: usize| BlockRule::Filters { filters, tied: false, activation: activation.clone() };
    let blocks = vec![
        BlockRecord { from: vec![0], patches: None, rule: rule(samples) },
        BlockRecord { from: vec![1], patches: None, rule: rule(samples) },
    ];
    let block = if upper { 2 } else { 1 };
    let graph = GraphRecord {
        inputs: 3,
        blocks,
        skips: (0..samples).map(|unit| [block, unit]).collect(),
        outputs: 2,
        bias: false,
    };
    let layer = |draw: &mut Draw, rows: usize, columns: usize| GraphLayer {
        weight: draw.matrix(rows, columns),
        bias: Some(draw.matrix(1, columns)),
    };
    let output = GraphLayer { weight: draw.matrix(samples, 2), bias: None };
    let layers = [(1, layer(draw, 3, samples)), (2, layer(draw, samples, samples)), (3, output)].into();
    (GraphNetwork::new(graph, layers).expect("the shapes fit"), apart(draw, samples))
}

const COVERED: [&str; 3] = ["sigmoid", "softplus=1", "softplus=20"];

fn covered(setup: &Setup, purpose: &str) -> (GraphNetwork, DMatrix<Rational>) {
    let mut draw = Draw::new(purpose, setup.seed, setup.twist);
    let (sigma, samples, upper) = (COVERED[draw.count(0..=2)], draw.count(2..=4), draw.once_in(2));
    layered(&mut draw, sigma, samples, upper)
}

fn triangular_features(setup: &Setup) -> Outcome {
    let (network, inputs) = covered(setup, "lemma-3.2-proof");
    let found = triangular(&network, &inputs, setup.seed).map_err(words)?;
    let certified = found.certify(&inputs).map_err(words)?;
    Ok(Proof { moves: inputs.nrows(), bits: certified.bits, ..Proof::default() })
}

fn assumptions(setup: &Setup) -> Outcome {
    let (network, inputs) = covered(setup, "assumption-3.1");
    let found = assumption(&network, &inputs);
    if !found.holds() || found.construction.is_err() {
        return Err(format!("it does not hold: {found}"));
    }
    let constructed = triangular(&network, &inputs, setup.seed).map_err(words)?;
    constructed.certify(&inputs).map_err(words)?;
    Ok(Proof { moves: inputs.nrows(), ..Proof::default() })
}

/// A clause fails, and the assumption with it.
fn unmet(found: &Assumption, clause: &Result<(), Unmet>, expected: fn(&Unmet) -> bool) -> Refusal {
    refused(clause.as_ref(), |reason| expected(reason) && !found.holds())
}

fn with_sigma(seed: u64, sigma: &str) -> Assumption {
    let (network, inputs) = layered(&mut Draw::new("assumption", seed, Twist::Generic), sigma, 3, true);
    assumption(&network, &inputs)
}

fn refuse_elu(seed: u64) -> Refusal {
    let found = with_sigma(seed, "elu=1");
    unmet(&found, &found.analytic, |why| matches!(why, Unmet::NotAnalytic { block: 1, .. }))
}

fn refuse_relu(seed: u64) -> Refusal {
    let found = with_sigma(seed, "pl:breakpoints=;slopes=-1;value=0");
    unmet(&found, &found.analytic, |why| matches!(why, Unmet::NotIncreasing { block: 1, .. }))
}

fn refuse_tanh(seed: u64) -> Refusal {
    let found = with_sigma(seed, "tanh");
    unmet(&found, &found.bounded, |why| matches!(why, Unmet::Bounded { found: 0, samples: 3, .. }))
}

/// All units of both layers are connected to the output.
fn refuse_no_path(seed: u64) -> Refusal {
    let mut draw = Draw::new("no-path", seed, Twist::Generic);
    let (network, _) = layered(&mut draw, "softplus=1", 3, true);
    let mut graph = network.graph().clone();
    graph.skips = (0..3).map(|unit| [1, unit]).chain((0..3).map(|unit| [2, unit])).collect();
    let mut layers = network.layers().clone();
    layers.insert(3, GraphLayer { weight: draw.matrix(6, 2), bias: None });
    let network = GraphNetwork::new(graph, layers).expect("the shapes fit");
    let found = assumption(&network, &apart(&mut draw, 5));
    unmet(&found, &found.softplus, |why| matches!(why, Unmet::BackwardPath { found: 3, samples: 5, .. }))
}

fn refuse_equal_patches(seed: u64) -> Refusal {
    let (network, mut inputs) = layered(&mut Draw::new("patches", seed, Twist::Generic), "sigmoid", 3, true);
    let first = inputs.row(0).into_owned();
    inputs.set_row(2, &first);
    let found = assumption(&network, &inputs);
    unmet(&found, &found.distinct, |why| matches!(why, Unmet::EqualPatches { first: 0, second: 2, .. }))
}

fn refuse_tied(_: u64) -> Refusal {
    let (network, inputs) = constant_images(true);
    let found = assumption(&network, &inputs);
    unmet(&found, &found.architecture, |why| matches!(why, Unmet::TiedBiases { block: 1, patches: 2 }))
}

fn refuse_few_units(seed: u64) -> Refusal {
    let mut draw = Draw::new("few-units", seed, Twist::Generic);
    let (network, _) = layered(&mut draw, "sigmoid", 3, true);
    let found = assumption(&network, &apart(&mut draw, 4));
    unmet(&found, &found.bounded, |why| matches!(why, Unmet::TooFew { connected: 3, samples: 4 }))
}

fn refused_triangular(
    network: &GraphNetwork,
    inputs: &DMatrix<Rational>,
    expected: fn(&NotTriangular) -> bool,
) -> Refusal {
    refused(triangular(network, inputs, 0), expected)
}

fn refuse_no_place(_: u64) -> Refusal {
    let (network, inputs) = shared_in_both_orders();
    let no_place =
        |why: &NotTriangular| matches!(why, NotTriangular::Unmet(Unmet::Position { block: 2, filter: 0, .. }));
    let reason = refused_triangular(&network, &inputs, no_place)?;
    independent(&network, &inputs, 256, &mut |_| {}).map_err(words)?;
    Ok(format!("{reason}; and yet this U has rank 3"))
}

/// Chains through three layers of units that are connected: each α is exponential in the one before.
fn refuse_large_alpha(seed: u64) -> Refusal {
    let mut draw = Draw::new("alpha", seed, Twist::Generic);
    let (network, inputs) = stacked(&mut draw, 9);
    refused_triangular(&network, &inputs, |why| matches!(why, NotTriangular::Alpha { layer: 3 }))
}

/// Three sigmoid layers of which every unit is connected, N in all.
fn stacked(draw: &mut Draw, samples: usize) -> (GraphNetwork, DMatrix<Rational>) {
    let (activation, units) = (to_nonlinearity(&"sigmoid".parse().expect("an activation")), samples / 3);
    let block = |from: usize| BlockRecord {
        from: vec![from],
        patches: None,
        rule: BlockRule::Filters { filters: units, tied: false, activation: activation.clone() },
    };
    let graph = GraphRecord {
        inputs: 3,
        blocks: (0..3).map(block).collect(),
        skips: (1..=3).flat_map(|block| (0..units).map(move |unit| [block, unit])).collect(),
        outputs: 2,
        bias: false,
    };
    let mut layers = BTreeMap::new();
    for layer in 1..=3 {
        let rows = if layer == 1 { 3 } else { units };
        layers.insert(layer, GraphLayer { weight: draw.matrix(rows, units), bias: Some(draw.matrix(1, units)) });
    }
    layers.insert(4, GraphLayer { weight: draw.matrix(3 * units, 2), bias: None });
    (GraphNetwork::new(graph, layers).expect("the shapes fit"), apart(draw, samples))
}

fn refuse_triangular_equal(seed: u64) -> Refusal {
    let (network, mut inputs) = layered(&mut Draw::new("triangular", seed, Twist::Generic), "sigmoid", 3, true);
    let first = inputs.row(0).into_owned();
    inputs.set_row(1, &first);
    let equal = |why: &NotTriangular| matches!(why, NotTriangular::Unmet(Unmet::EqualPatches { .. }));
    refused_triangular(&network, &inputs, equal)
}

fn independent_features(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("lemma-3.2", setup.seed, setup.twist);
    let (network, inputs, found) = of_full_rank(&mut draw, 2)?;
    let Finding::Independent { analytic, .. } = &found.finding else { return Err("another claim was proved".into()) };
    let smooth = |sigma: &Option<Nonlinearity>| {
        sigma.as_ref().is_none_or(|sigma| matches!(sigma, Nonlinearity::Smooth(smooth) if smooth.is_analytic()))
    };
    if *analytic != network.sigmas().iter().all(smooth) {
        return Err("the sentence for almost every U is there or not, and should not be so".into());
    }
    let stray = if rank_in_doubles(&network, &inputs) == inputs.nrows() { 0.0 } else { 1.0 };
    let floats = vec![Float { kernel: "double".into(), stray: Some(stray) }];
    Ok(Proof { moves: inputs.nrows(), bits: found.bits, floats, ..Proof::default() })
}

/// A path by Theorem 3.4 (2).
fn descent(
    network: &GraphNetwork,
    inputs: &DMatrix<Rational>,
    loss: &Loss,
    epsilon: &Rational,
) -> Result<GraphDescent, NoDescent> {
    descend::descend(network, &Aim { inputs, loss, epsilon, precision: PRECISION, seed: 0 }, &mut |_| {})
}

/// The proof of a path, with what doubles see of it.
pub(super) fn proof(found: &GraphDescent, inputs: &DMatrix<Rational>, loss: &Loss) -> Proof {
    let floats = vec![Float { kernel: "double".into(), stray: Some(rise(found, inputs, loss)) }];
    Proof { moves: found.path.moves.len(), bits: found.bits, floats, ..Proof::default() }
}

/// By how much the loss rises between two of 61 points of each line, in doubles, relative to its start (at least 1).
fn rise(found: &GraphDescent, inputs: &DMatrix<Rational>, loss: &Loss) -> f64 {
    let doubles = inputs.map(|x| x.to_f64());
    let (mut network, mut rise) = (found.path.start.clone(), 0f64);
    for step in &found.path.moves {
        let GraphMove::Line(output) = step else {
            network = GraphPath { start: network, moves: vec![step.clone()] }.end();
            continue;
        };
        let psi = network.features(&Double, &doubles);
        let [from, to] = [&network.stacked_output(), output].map(|output| output.map(|x| x.to_f64()));
        let at = |i: u32| loss.approximate(&(&psi * (&from + (&to - &from) * (f64::from(i) / 60.0))));
        let values: Vec<f64> = (0..=60).map(at).collect();
        let rises = values.windows(2).map(|pair| pair[1] - pair[0]);
        rise = rises.fold(rise, |most, step| most.max(step / values[0].max(1.0)));
        network = network.with_output(output);
    }
    rise
}

fn epsilon() -> Rational {
    Rational::from((1, 1_000_000))
}

/// What the checker found has to be this, and the loss has to end below ε.
pub(super) fn expect_descent(found: &GraphDescent, descent: &Descent) -> Result<(), String> {
    let end = number(&found.losses[1].upper);
    match () {
        () if found.descent != *descent => Err(format!("proved is another behaviour: {:?}", found.descent)),
        () if end > epsilon() => Err(format!("the loss ends at {}", write_rational(&end))),
        () => Ok(()),
    }
}

fn descents(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("theorem-3.4.2", setup.seed, setup.twist);
    let (mut network, inputs, _) = of_full_rank(&mut draw, 3)?;
    let loss = Loss::cross_entropy(labels(&mut draw, inputs.nrows(), 3));
    let mut expected = Descent::FallsStrictly;
    if setup.twist != Twist::Generic {
        // Twin units: features of a rank below N, unless there are few samples.
        network = with_equal_units(&network);
        if independent(&network, &inputs, f64::MANTISSA_DIGITS, &mut |_| {}).is_err() {
            expected = Descent::StaysBelowStart;
        }
    }
    let found = descent(&network, &inputs, &loss, &epsilon()).map_err(words)?;
    expect_descent(&found, &expected)?;
    Ok(proof(&found, &inputs, &loss))
}

/// All filters of a block are the first one, and all its biases.
fn with_equal_units(network: &GraphNetwork) -> GraphNetwork {
    let last = network.graph().blocks.len() + 1;
    let mut layers = network.layers().clone();
    for (_, layer) in layers.iter_mut().filter(|(number, _)| **number < last) {
        let (column, bias) = (layer.weight.column(0).into_owned(), layer.bias.as_ref().map(|bias| bias[0].clone()));
        layer.weight.column_iter_mut().for_each(|mut other| other.copy_from(&column));
        layer.bias.iter_mut().for_each(|own| own.fill(bias.clone().unwrap_or_default()));
    }
    GraphNetwork::new(network.graph().clone(), layers).expect("the shapes stay")
}

fn solutions(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("theorem-3.4.1", setup.seed, setup.twist);
    // Nearly dependent features need large weights, with which doubles do not see how small a loss is.
    let (network, inputs) = loop {
        let (network, inputs, found) = of_full_rank(&mut draw, 2)?;
        if found.bits <= 40 {
            break (network, inputs);
        }
    };
    let loss = Loss::cross_entropy(labels(&mut draw, inputs.nrows(), 2));
    let first = descent(&network, &inputs, &loss, &epsilon()).map_err(words)?;
    let further = number(&first.losses[1].lower) / 1000u32;
    let line = descent(&first.path.end(), &inputs, &loss, &further).map_err(words)?;
    expect_descent(&line, &Descent::FallsStrictly)?;
    let start = number(&line.losses[0].upper);
    if start >= *threshold(inputs.nrows(), 64).lo() {
        return Err(format!("the line starts at {}, not below log 2/N", write_rational(&start)));
    }
    Ok(proof(&line, &inputs, &loss))
}

/// A line of Theorem 3.4 (2) for squares or cross-entropy, from a network of rank N.
pub(super) fn full_rank_descent(draw: &mut Draw) -> Result<(GraphDescent, DMatrix<Rational>, Loss), String> {
    let (network, inputs, _) = of_full_rank(draw, 2)?;
    let loss = squares_or_classes(draw, inputs.nrows());
    let found = descent(&network, &inputs, &loss, &epsilon()).map_err(words)?;
    Ok((found, inputs, loss))
}

fn squares_or_classes(draw: &mut Draw, samples: usize) -> Loss {
    if draw.once_in(2) { Loss::square(draw.matrix(samples, 2)) } else { Loss::cross_entropy(labels(draw, samples, 2)) }
}

/// A line that ends at a network of rank N, on which the loss falls strictly.
pub(super) fn climbing(draw: &mut Draw) -> Result<(GraphDescent, DMatrix<Rational>, Loss), String> {
    let (network, inputs, _) = of_full_rank(draw, 2)?;
    let loss = squares_or_classes(draw, inputs.nrows());
    let found = descend::climb(&network, &inputs, &loss, 30).map_err(words)?;
    if found.path.end() != network {
        return Err("the line ends at another network".into());
    }
    match found.descent {
        Descent::FallsStrictly => Ok((found, inputs, loss)),
        other => Err(format!("proved is another behaviour: {other:?}")),
    }
}

fn convex_losses(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("theorem-c.3", setup.seed, setup.twist);
    let (network, inputs, _) = of_full_rank(&mut draw, 3)?;
    let (loss, expected) = match setup.seed % 3 {
        0 => (Loss::hinge(labels(&mut draw, inputs.nrows(), 3)), Descent::NeverRises),
        1 => (Loss::square(draw.matrix(inputs.nrows(), 3)), Descent::FallsStrictly),
        _ => (Loss::mean_square(draw.matrix(inputs.nrows(), 3)), Descent::FallsStrictly),
    };
    let found = descent(&network, &inputs, &loss, &epsilon()).map_err(words)?;
    expect_descent(&found, &expected)?;
    Ok(proof(&found, &inputs, &loss))
}

/// z with zᵀΨ = 0, and what it does to Ψ V − I.
fn lower_bound(psi: &DMatrix<Rational>, output: &DMatrix<Rational>) -> Result<Rational, String> {
    let samples = psi.nrows();
    let z = Exact.left_kernel_vector(psi).map_err(words)?.ok_or("the features have rank N")?;
    let difference = Exact.product(psi, output) - Exact.identity(samples);
    if Exact.product(&z.transpose(), &difference) != -z.transpose() {
        return Err("zᵀ(Ψ V − I) is not −zᵀ".into());
    }
    Ok(difference.iter().map(|x| Rational::from(x.square_ref())).sum::<Rational>() / 2u32)
}

fn fewer_features(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("m-below-n", setup.seed, setup.twist);
    let samples = draw.count(2..=8);
    let (psi, output) = (draw.matrix(samples, samples - 1), draw.matrix(samples - 1, samples));
    let loss = lower_bound(&psi, &output)?;
    if loss < Rational::from((1, 2)) {
        return Err(format!("a loss of {}", write_rational(&loss)));
    }
    Ok(Proof { moves: samples, ..Proof::default() })
}

fn refuse_as_many_features(seed: u64) -> Refusal {
    let mut draw = Draw::new("m-below-n-control", seed, Twist::Generic);
    let samples = draw.count(2..=6);
    match lower_bound(&Exact.identity(samples), &Exact.identity(samples)) {
        Err(reason) if reason == "the features have rank N" => Ok(format!("{reason}, and the loss is 0 at V = Ψ^−1")),
        Err(other) => Err(format!("refused for another reason: {other}")),
        Ok(loss) => Err(format!("a bound of {} where the loss is 0", write_rational(&loss))),
    }
}

/// At the minimum in V the loss of N − 1 features is ½ or more: above the infimum, and a local minimum in V.
pub(super) fn refuse_fewer_than_samples(seed: u64) -> Refusal {
    let mut draw = Draw::new("few", seed, Twist::Generic);
    let samples = draw.count(3..=6);
    let (network, inputs) = drawn(&mut draw, samples, samples - 1, 2);
    let loss = Loss::square(draw.matrix(samples, 2));
    refused_descent(&network, &inputs, &loss, |reason| matches!(reason, NoDescent::TooFew { .. }))
}

fn refused_descent(
    network: &GraphNetwork,
    inputs: &DMatrix<Rational>,
    loss: &Loss,
    expected: fn(&NoDescent) -> bool,
) -> Refusal {
    refused(descent(network, inputs, loss, &epsilon()), expected)
}

fn refused_rank(network: &GraphNetwork, inputs: &DMatrix<Rational>, expected: fn(&NotIndependent) -> bool) -> Refusal {
    refused(independent(network, inputs, 256, &mut |_| {}), expected)
}

fn refuse_twin_units(seed: u64) -> Refusal {
    let mut draw = Draw::new("twins", seed, Twist::Generic);
    // Two patches, one unit in all of the dense block, and a column of ones: rank 4 at most, or 5 with a pool.
    let (network, inputs) = drawn(&mut draw, 6, 6, 2);
    let twins = with_equal_units(&network);
    refused_rank(&twins, &inputs, |reason| matches!(reason, NotIndependent::Undecided { .. }))
}

fn refuse_one_unit_less(seed: u64) -> Refusal {
    let mut draw = Draw::new("one-less", seed, Twist::Generic);
    let samples = draw.count(3..=6);
    let (network, inputs) = drawn(&mut draw, samples, samples - 1, 2);
    refused_rank(&network, &inputs, |reason| matches!(reason, NotIndependent::TooFew { .. }))
}

/// One sample is there twice.
fn doubled(draw: &mut Draw) -> (GraphNetwork, DMatrix<Rational>) {
    let (network, mut inputs) = drawn(draw, 4, 5, 2);
    let first = inputs.row(0).into_owned();
    inputs.set_row(2, &first);
    (network, inputs)
}

fn refuse_equal_samples(seed: u64) -> Refusal {
    let (network, inputs) = doubled(&mut Draw::new("equal", seed, Twist::Generic));
    let named = |reason: &NotIndependent| *reason == NotIndependent::EqualSamples { first: 0, second: 2 };
    refused_rank(&network, &inputs, named)
}

fn refuse_tied_constants(_: u64) -> Refusal {
    let (network, inputs) = constant_images(false);
    independent(&network, &inputs, 256, &mut |_| {})
        .map_err(|reason| format!("with a bias for every unit: {reason}"))?;
    let (network, inputs) = constant_images(true);
    refused_rank(&network, &inputs, |reason| matches!(reason, NotIndependent::Undecided { .. }))
}

fn refuse_dead_relu(seed: u64) -> Refusal {
    let mut draw = Draw::new("dead", seed, Twist::Generic);
    let (network, inputs) = drawn(&mut draw, 3, 3, 2);
    let mut graph = network.graph().clone();
    let relu = to_nonlinearity(&"relu".parse().expect("an activation"));
    for block in &mut graph.blocks {
        if let BlockRule::Filters { activation, .. } = &mut block.rule {
            *activation = relu.clone();
        }
    }
    let mut layers = network.layers().clone();
    for layer in [1, 2] {
        let layer = layers.get_mut(&layer).expect("two blocks have parameters");
        layer.bias.iter_mut().for_each(|bias| bias.fill(Rational::from(-1000)));
    }
    let dead = GraphNetwork::new(graph, layers).expect("the shapes stay");
    refused_rank(&dead, &inputs, |reason| matches!(reason, NotIndependent::Undecided { .. }))
}

/// The checker's word on an object that was changed.
pub(super) fn refused_object(object: Object, undecided: bool) -> Refusal {
    match prove(object) {
        Ok(found) => Err(format!("what should be refused was accepted: {found}")),
        Err(refused) if refused.unproved().is_some() != undecided => Ok(refused.to_string()),
        Err(refused) => Err(format!("refused for another reason: {refused}")),
    }
}

/// With too few bits nothing is decided; it is not wrong either.
fn refuse_few_bits(seed: u64) -> Refusal {
    let mut draw = Draw::new("few-bits", seed, Twist::Generic);
    let (network, inputs, found) = of_full_rank(&mut draw, 2)?;
    refused_object(object_of(&network, &inputs, &found.right_inverse, 1), true)
}

/// The right inverse of the samples in another order.
fn refuse_other_order(seed: u64) -> Refusal {
    let mut draw = Draw::new("order", seed, Twist::Generic);
    let (network, inputs, found) = of_full_rank(&mut draw, 2)?;
    let mut inverse = found.right_inverse.clone();
    inverse.swap_columns(0, 1);
    refused_object(object_of(&network, &inputs, &inverse, 2 * found.bits), false)
}

fn refuse_descent_of_few(seed: u64) -> Refusal {
    let mut draw = Draw::new("descent-few", seed, Twist::Generic);
    let (network, inputs) = drawn(&mut draw, 4, 3, 2);
    let loss = Loss::cross_entropy(labels(&mut draw, 4, 2));
    refused_descent(&network, &inputs, &loss, |reason| *reason == NoDescent::TooFew { features: 3, samples: 4 })
}

fn refuse_descent_of_equal(seed: u64) -> Refusal {
    let mut draw = Draw::new("descent-equal", seed, Twist::Generic);
    let (network, inputs) = doubled(&mut draw);
    let loss = Loss::cross_entropy(labels(&mut draw, 4, 2));
    refused_descent(&network, &inputs, &loss, |reason| *reason == NoDescent::EqualSamples { first: 0, second: 2 })
}

fn refuse_one_class(seed: u64) -> Refusal {
    let mut draw = Draw::new("one-class", seed, Twist::Generic);
    let (network, inputs) = drawn(&mut draw, 3, 4, 1);
    let loss = Loss::cross_entropy(vec![0; 3]);
    refused_descent(&network, &inputs, &loss, |reason| matches!(reason, NoDescent::Constant { .. }))
}

pub(super) fn refuse_constant_loss(seed: u64) -> Refusal {
    let mut draw = Draw::new("constant", seed, Twist::Generic);
    let (network, inputs) = drawn(&mut draw, 3, 4, 1);
    refused(descend::climb(&network, &inputs, &Loss::cross_entropy(vec![0; 3]), 30), |reason| {
        matches!(reason, NoDescent::Constant { .. })
    })
}

/// All features are equal, V = 0, and both classes come as often: the gradient in V is 0.
fn refuse_critical(seed: u64) -> Refusal {
    let mut draw = Draw::new("critical", seed, Twist::Generic);
    let (network, inputs) = drawn(&mut draw, 4, 4, 2);
    let mut layers = network.layers().clone();
    for layer in layers.values_mut() {
        layer.weight.fill(Rational::new());
        layer.bias.iter_mut().for_each(|bias| bias.fill(Rational::new()));
    }
    let flat = GraphNetwork::new(network.graph().clone(), layers).expect("the shapes stay");
    let loss = Loss::cross_entropy(vec![0, 1, 0, 1]);
    refused_descent(&flat, &inputs, &loss, |reason| matches!(reason, NoDescent::Critical { samples: 4 }))
}

/// A strictly falling line of full rank, by cross-entropy.
pub(super) fn falling(seed: u64, purpose: &str) -> Result<(GraphDescent, DMatrix<Rational>, Loss), String> {
    let mut draw = Draw::new(purpose, seed, Twist::Generic);
    let (network, inputs, _) = of_full_rank(&mut draw, 3)?;
    let loss = Loss::cross_entropy(labels(&mut draw, inputs.nrows(), 3));
    let found = descent(&network, &inputs, &loss, &epsilon()).map_err(words)?;
    Ok((found, inputs, loss))
}

/// The checker's word on a path that is claimed to fall strictly.
fn refused_path(
    path: &GraphPath,
    (inputs, loss): (&DMatrix<Rational>, &Loss),
    bits: u64,
    expected: fn(&Rejection) -> bool,
) -> Refusal {
    match path.prove((Claim::StrictlyDescends, "control"), inputs, loss, 64 + 2 * bits).1 {
        Verdict::Invalid { rejection, .. } if expected(&rejection) => Ok(rejection.to_string()),
        other => Err(format!("expected a refusal, found: {other}")),
    }
}

fn refuse_backwards(seed: u64) -> Refusal {
    let (found, inputs, loss) = falling(seed, "backwards")?;
    let back = GraphPath { start: found.path.end(), moves: vec![GraphMove::Line(found.path.start.stacked_output())] };
    refused_path(&back, (&inputs, &loss), found.bits, |why| *why == Rejection::LossDoesNotFall)
}

/// The labels of the first sample and of all others are moved on by one class.
fn refuse_exchanged_labels(seed: u64) -> Refusal {
    let (found, inputs, loss) = falling(seed, "labels")?;
    let Criterion::CrossEntropy(labels) = loss.criterion() else { return Err("another loss".into()) };
    let other = Loss::cross_entropy(labels.iter().map(|label| (label + 1) % 3).collect());
    refused_path(&found.path, (&inputs, &other), found.bits, |why| *why == Rejection::LossDoesNotFall)
}

fn refuse_moving_block(seed: u64) -> Refusal {
    let (found, inputs, loss) = falling(seed, "block")?;
    let bytes = found.path.certificate((Claim::StrictlyDescends, "control"), &inputs, &loss, 64);
    let text = String::from_utf8(bytes).map_err(words)?;
    let mut lines: Vec<serde_json::Value> =
        text.lines().map(serde_json::from_str).collect::<Result<_, _>>().map_err(words)?;
    lines[2]["layers"]["1"] = lines[1]["layers"]["1"].clone();
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    match checker::check(Reader::with_limits(Limits::NONE, text.as_bytes()), &Expected::default(), &mut |_| {}) {
        Verdict::Invalid { rejection: why @ Rejection::LineMovesBlock { layer: 1 }, .. } => Ok(why.to_string()),
        other => Err(format!("expected a refusal, found: {other}")),
    }
}

/// Beyond the target of the square loss its slope at the end is positive.
fn refuse_overshoot(seed: u64) -> Refusal {
    let mut draw = Draw::new("overshoot", seed, Twist::Generic);
    let (network, inputs, _) = of_full_rank(&mut draw, 2)?;
    let loss = Loss::square(draw.matrix(inputs.nrows(), 2));
    let found = descent(&network, &inputs, &loss, &epsilon()).map_err(words)?;
    let (from, to) = (network.stacked_output(), found.path.end().stacked_output());
    let beyond = to.zip_map(&from, |to, from| 2u32 * to - from);
    let path = GraphPath { start: network, moves: vec![GraphMove::Line(beyond)] };
    refused_path(&path, (&inputs, &loss), found.bits, |why| *why == Rejection::LossDoesNotFall)
}
