//! The statements of the thesis, chapter 2, up to Corollary 2.4.6: convolutional networks have features of full rank.

use super::prove::{Float, Proof};
use super::statement::{Entry, Outcome, Refusal, control, refused, words};
use super::thesis_regions::entry;
use super::{Draw, Setup, Twist};
use crate::certificate::graph::{BlockRule, Pool};
use crate::checker::{Conclusion, Descent, Finding, Verdict};
use crate::linalg::{Double, Exact, Kernel, Multiprecision};
use crate::network::{GraphLayer, GraphNetwork, Nonlinearity, duplicate_rows};
use crate::statement::convolution::full_rank_filters::{NotAnObstruction, Obstruction, Structure, decide};
use crate::statement::convolution::instances::{four_patches, image};
use crate::statement::convolution::interpolate::{NotInterpolated, approximate, interpolate};
use crate::statement::convolution::layers::{Layer, NotLayers, NotPatches, Patches, chain, features, layers};
use crate::statement::convolution::peel::distinct_patches;
use crate::statement::convolution::tails::{NoTails, Tails, tails};
use crate::statement::convolution::triangular::{FullRankFeatures, NotConstructed, full_rank_features};
use crate::statement::object::number;
use crate::statement::skip::independent::{NotIndependent, independent, rank_in_doubles};
use crate::statement::skip::instances::constant_images;
use nalgebra::DMatrix;
use rug::{Integer, Rational};

/// So many instances are drawn until one is as wanted.
const DRAWS: usize = 200;

/// The bits in which a float kernel that is near to exact evaluates.
const PRECISION: u32 = 256;

/// Definitions 2.3.1 to 2.3.3.
pub const LAYERS: Entry = entry(
    (
        "thesis-2.3.1",
        "Definitions 2.3.1 to 2.3.3",
        "convolutional, fully connected and max-pooling layers over patches that cover and differ, and the matrix M(W)",
        "statement::convolution::layers",
        "F M(W) + 1 bᵀ and the largest entries, in rational numbers, against the patches of the graph network one by one, \
         whose integers no float rounds",
        "the same numbers, for layers of each kind",
    ),
    defined,
    || {
        vec![
            control("patches of one size", |seed| refused_patches(seed, |draw, patches| patches[draw].truncate(1))),
            control("a cover", |seed| {
                refused_patches(seed, |_, patches| patches.iter_mut().flatten().for_each(|unit| *unit = (*unit).min(3)))
            }),
            control("patches that differ", |seed| {
                refused_patches(seed, |draw, patches| {
                    let again = patches[draw].iter().rev().copied().collect();
                    patches.push(again);
                })
            }),
            control("layers one on the other", refuse_no_chain),
            control("a pool of largest entries", refuse_mean),
        ]
    },
    "evaluated in f64 and 256 bits in each trial, equal",
);

/// Assumption 2.3.4.
pub const FULL_RANK: Entry = entry(
    (
        "thesis-2.3.4",
        "Assumption 2.3.4",
        "for given patches and T: a W with M(W) of full rank; or polynomials z(W) with M(W) z(W) = 0, or a cover of all \
         entries by fewer rows and \
         columns: then no W has it",
        "statement::convolution::full_rank_filters",
        "certificate of the claim independent on the unit vectors; polynomials multiplied out, and independent at one W \
         modulo a prime",
        "decided for all W at once",
    ),
    decided,
    || {
        vec![
            control("patches that depend on each other", refuse_four_patches),
            control("T ≠ c + 1 in an image with stride 1", refuse_commuting),
            control("as many rows and columns that are not 0", refuse_covered),
            control("the polynomials z", refuse_other_relation),
            control("a W that is not exceptional", refuse_zero_filters),
        ]
    },
    "the rank of M(W) is counted in f64 in each trial",
);

/// Lemma 2.3.5.
pub const ALMOST_EVERY_FILTER: Entry = entry(
    (
        "thesis-2.3.5",
        "Lemma 2.3.5",
        "one W with M(W) of full rank, and with it almost every W: minors are polynomials",
        "statement::convolution::full_rank_filters",
        "certificate of the claim independent with its sentence for almost all weights; five more W have the rank over the \
         rationals",
        "almost every W, proved",
    ),
    almost_every_filter,
    || {
        vec![
            control("Assumption 2.3.4", refuse_four_patches),
            control("minors that are polynomials: σ = ReLU", refuse_relu_minors),
        ]
    },
    "a sentence about one W that is certified: its rank is counted in f64 under Assumption 2.3.4",
);

/// Assumption 2.4.2 and Lemma 2.4.3.
pub const TAILS: Entry = entry(
    (
        "thesis-2.4.3",
        "Assumption 2.4.2, Lemma 2.4.3",
        "for any piecewise-linear σ, sigmoid, tanh, softplus and ELU whether the assumption holds, with the limits or the \
         numbers ρ_1 to ρ_4",
        "statement::convolution::tails",
        "the bounds at random t, in rational numbers where σ is piecewise linear and in 256 bits where it is not; that \
         log(1 + u) ≤ u on paper",
        "decided, with constants",
    ),
    bounded_tails,
    || {
        vec![
            control("a limit 0: tanh", |_| refused_tails("tanh", |why| matches!(why, NoTails::Limits { .. }))),
            control("a limit: ELU", |_| refused_tails("elu=1", |why| matches!(why, NoTails::Unbounded { .. }))),
            control("decay at −∞: leaky ReLU", |_| {
                refused_tails("leaky-relu=0.01", |why| matches!(why, NoTails::Unbounded { .. }))
            }),
            control("a σ that is not constant", |_| {
                refused_tails("pl:breakpoints=0;slopes=0,0;value=0", |why| *why == NoTails::Constant)
            }),
        ]
    },
    "a decision about σ; its bounds are evaluated in 256 bits",
);

/// Theorem 2.4.4.
pub const TRIANGULAR: Entry = entry(
    (
        "thesis-2.4.4",
        "Lemma 2.6.1, Theorem 2.4.4",
        "integer filters, an order of units and samples, α and β for which F_k is upper triangular: exactly for \
         piecewise-linear σ, \
         nearly for sigmoid and softplus; through max-pooling layers; also where samples share patches",
        "statement::convolution::triangular",
        "the triangle in rational numbers; certificates of the claim independent, for F_k and for every M(W)",
        "rank F_k = N, and every M(W) of full rank, proved",
    ),
    triangular,
    || {
        vec![
            control("Assumption 2.4.1: two samples are equal", refuse_equal_samples),
            control("Assumption 2.3.4: never of full rank, and rank F_k = N all the same", refuse_commuting_features),
            control("Assumption 2.4.2: tanh", |seed| {
                refused_sigma(seed, "tanh", |why| {
                    matches!(why, NotConstructed::Tails { why: NoTails::Limits { .. }, .. })
                })
            }),
            control("Assumption 2.4.2: the identity, whose features have rank d + 1 at most", refuse_linear),
            control("layer 1 with filters: its largest entries may be equal", refuse_first_pool),
            control("layer k with filters", refuse_last_pool),
            control("n_k ≥ N", refuse_narrow),
            control("a bias for every unit", refuse_tied),
            control("the order of units and samples", refuse_other_order),
        ]
    },
    "the triangle is evaluated in f64 in each trial",
);

/// Theorem 2.4.5.
pub const ALMOST_EVERY_NETWORK: Entry = entry(
    (
        "thesis-2.4.5",
        "Theorem 2.4.5",
        "the network of Theorem 2.4.4 with sigmoid or softplus, and a random one: each has rank F_k = N, and so has almost \
         every one",
        "statement::convolution::triangular, statement::skip::independent",
        "certificates of the claim independent with its sentence for almost all weights and biases",
        "almost every parameter, proved twice",
    ),
    almost_every_network,
    || {
        vec![
            control("σ analytic: ReLU, whose features vanish on an open set", refuse_relu),
            control("layers without max-pooling: the sentence is not there", refuse_pooled_sentence),
            control("a bias for every unit", refuse_tied_sentence),
        ]
    },
    "the rank is counted in f64 in each trial",
);

/// Corollary 2.4.6.
pub const INTERPOLATE: Entry = entry(
    (
        "thesis-2.4.6",
        "Corollary 2.4.6",
        "λ by back substitution, for any targets; with max-pooling or a smooth σ to below ε",
        "statement::convolution::interpolate",
        "the outputs in rational numbers; certificate of the claim strictly-descends that ends at loss 0, of the same \
         function as a fully \
         connected network with the matrices M(W)",
        "every target fitted exactly, proved",
    ),
    interpolated,
    || {
        vec![
            control("one output", refuse_two_outputs),
            control("n_(L−1) ≥ N", refuse_narrow_targets),
            control("samples that differ, with targets that differ", refuse_contradiction),
            control("λ: with another one the loss does not end at 0", refuse_other_lambda),
            control("σ piecewise linear, for an exact λ", refuse_smooth_targets),
        ]
    },
    "the outputs are evaluated in f64 in each trial",
);

// --- Definitions ----------------------------------------------------------------------------------------------------

/// Patches of so many units, of one size each, that cover and differ.
fn patches(draw: &mut Draw, units: usize) -> Patches {
    let size = draw.count(1..=units);
    let patch = |draw: &mut Draw| {
        let mut left: Vec<usize> = (0..units).collect();
        (0..size).map(|_| left.swap_remove(draw.count(0..=left.len() - 1))).collect::<Vec<_>>()
    };
    let mut found = vec![];
    loop {
        found.push(patch(draw));
        match Patches::new(units, found.clone()) {
            Ok(patches) => return patches,
            Err(NotPatches::Same { .. }) => drop(found.pop()),
            Err(_) => {}
        }
    }
}

fn activation(name: &str) -> Nonlinearity {
    name.parse().expect("an activation")
}

/// Integers that no float rounds.
fn small_integers(draw: &mut Draw, rows: usize, columns: usize) -> DMatrix<Rational> {
    draw.matrix(rows, columns) * Rational::from(4)
}

fn defined(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("thesis-2.3.1", setup.seed, setup.twist);
    let units = draw.count(2..=6);
    let first = patches(&mut draw, units);
    let filters = draw.count(1..=3);
    let first = Layer::Filters { patches: first, filters, activation: activation("relu") };
    let second = Layer::MaxPool(patches(&mut draw, first.width()));
    let third = Patches::dense(second.width()).map_err(words)?;
    let third = Layer::Filters { patches: third, filters: 2, activation: activation("abs") };
    let all = [first, second, third];
    let network = chain(units, &all, 1).map_err(words)?;
    let mut parameters = network.layers().clone();
    for (_, layer) in parameters.iter_mut().filter(|(number, _)| **number <= all.len()) {
        layer.weight = small_integers(&mut draw, layer.weight.nrows(), layer.weight.ncols());
        layer.bias.iter_mut().for_each(|bias| *bias = small_integers(&mut draw, 1, bias.ncols()));
    }
    let network = GraphNetwork::new(network.graph().clone(), parameters).map_err(words)?;
    if layers(&network, all.len()).map_err(words)? != all {
        return Err("the layers of the network are others".into());
    }
    let inputs = small_integers(&mut draw, 3, units);
    let kernel = Multiprecision::new(PRECISION);
    let precise = network.levels(&kernel, &inputs.map(|x| kernel.import(&x)));
    let double = network.levels(&Double, &inputs.map(|x| x.to_f64()));
    let (mut level, mut stray) = (inputs, 0f64);
    for (number, layer) in (1..).zip(&all) {
        level = features(layer, &level, network.layers().get(&number)).ok_or("a smooth σ")?;
        if precise[number].map(|x| x.to_rational().expect("finite")) != level {
            return Err(format!("layer {number} has other features"));
        }
        stray = double[number].zip_map(&level, |x, y| (x - y.to_f64()).abs()).max().max(stray);
    }
    let floats = vec![Float { kernel: Double.name(), stray: Some(stray) }];
    Ok(Proof { moves: all.len(), floats, ..Proof::default() })
}

/// Two patches of a row of five units, changed.
fn refused_patches(seed: u64, change: fn(usize, &mut Vec<Vec<usize>>)) -> Refusal {
    let mut members = vec![vec![0, 1, 2], vec![2, 3, 4], vec![1, 2, 4]];
    change(1 + seed as usize % 2, &mut members);
    match Patches::new(5, members) {
        Err(reason) => Ok(words(reason)),
        Ok(_) => Err("patches that should be refused were accepted".into()),
    }
}

fn row_network(sigma: &str, filters: usize) -> GraphNetwork {
    let patches = Patches::line(5, 2, 1).expect("a row");
    let layer = Layer::Filters { patches, filters, activation: activation(sigma) };
    chain(5, &[layer], 1).expect("one layer")
}

fn refused_layers(network: Result<GraphNetwork, impl ToString>, expected: fn(&NotLayers) -> bool) -> Refusal {
    let network = network.map_err(words)?;
    refused(layers(&network, network.graph().blocks.len()), expected)
}

/// The second block takes from the inputs.
fn refuse_no_chain(_: u64) -> Refusal {
    let dense = |units: usize| Layer::Filters {
        patches: Patches::dense(units).expect("units"),
        filters: 3,
        activation: activation("relu"),
    };
    let network = chain(3, &[dense(3), dense(3)], 1).map_err(words)?;
    let mut graph = network.graph().clone();
    graph.blocks[1].from = vec![0];
    let network = GraphNetwork::new(graph, network.layers().clone());
    refused_layers(network, |why| *why == NotLayers::NotAChain { block: 2 })
}

fn refuse_mean(_: u64) -> Refusal {
    let pool = Layer::MaxPool(Patches::line(4, 2, 2).expect("two pairs"));
    let network = chain(4, &[pool], 1).map_err(words)?;
    let mut graph = network.graph().clone();
    graph.blocks[0].rule = BlockRule::Pool { pool: Pool::Mean };
    let network = GraphNetwork::new(graph, network.layers().clone());
    refused_layers(network, |why| *why == NotLayers::OtherPool { block: 1 })
}

// --- Assumption 2.3.4 -----------------------------------------------------------------------------------------------

/// Any patches, or windows in a row or an image; and T.
fn structured(draw: &mut Draw) -> (Patches, usize) {
    let filters = draw.count(1..=3);
    let found = match draw.count(0..=3) {
        0 => patches(draw, 4),
        1 => Patches::line(7, draw.count(1..=4), 1).expect("a window of stride 1"),
        2 => image(draw.count(4..=5), 1, draw.count(2..=3)),
        _ => image(4, 2, 2),
    };
    (found, filters)
}

fn decided(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("thesis-2.3.4", setup.seed, setup.twist);
    for _ in 0..DRAWS {
        let (patches, filters) = structured(&mut draw);
        let weight = small_integers(&mut draw, patches.size(), filters);
        let own = Exact.rank(&patches.matrix(&weight));
        let (rank, moves) = match decide(&patches, filters, setup.seed) {
            Structure::Undecided { .. } => continue,
            Structure::NeverFull(why) => (why.verify(&patches, filters).map_err(words)?, 1),
            Structure::FullRank(found) => {
                let certified = found.certify(&patches).map_err(words)?;
                if !matches!(certified.finding, Finding::Independent { samples, analytic: true, .. } if samples == found.rank)
                {
                    return Err(format!("another claim was proved: {}", certified.finding));
                }
                (found.rank, found.rank)
            }
        };
        if own > rank {
            return Err(format!("a W has rank {own}, and {rank} is the most"));
        }
        let matrix = patches.matrix(&weight).map(|x| x.to_f64());
        let counted = matrix.rank(1e-9);
        let floats = vec![Float { kernel: Double.name(), stray: Some(counted.abs_diff(own) as f64) }];
        return Ok(Proof { moves, floats, ..Proof::default() });
    }
    Err(format!("{DRAWS} systems of patches, and all are undecided"))
}

/// That Assumption 2.3.4 fails, with this bound of the rank.
fn never_full(patches: &Patches, filters: usize, bound: usize, seed: u64) -> Refusal {
    match decide(patches, filters, seed) {
        Structure::NeverFull(why) if why.verify(patches, filters) == Ok(bound) => {
            Ok(format!("for every W the rank of M(W) is {bound} at most"))
        }
        other => Err(format!("a structure that never is of full rank passed for another one: {other:?}")),
    }
}

fn refuse_four_patches(seed: u64) -> Refusal {
    never_full(&four_patches(), 1, 3, seed)
}

fn refuse_commuting(seed: u64) -> Refusal {
    match seed % 2 {
        0 => never_full(&image(5, 1, 2), 2, 23, seed),
        _ => never_full(&image(4, 2, 2), 3, 26, seed),
    }
}

/// All pairs of four units, and one more pair with two other units.
fn refuse_covered(seed: u64) -> Refusal {
    let mut pairs: Vec<Vec<usize>> = (0..4).flat_map(|a| (a + 1..4).map(move |b| vec![a, b])).collect();
    pairs.push(vec![4, 5]);
    never_full(&Patches::new(6, pairs).map_err(words)?, 1, 5, seed)
}

fn refuse_other_relation(seed: u64) -> Refusal {
    let patches = image(5, 1, 2);
    let Structure::NeverFull(Obstruction::Relations { mut relations, at }) = decide(&patches, 2, seed) else {
        return Err("no relations".into());
    };
    let forged = seed as usize % relations.len();
    let unit = *relations[forged].keys().next().ok_or("a relation without terms")?;
    relations[forged].remove(&unit);
    refused(
        (Obstruction::Relations { relations, at }).verify(&patches, 2),
        |reason| matches!(reason, NotAnObstruction::NoRelation { relation, .. } if *relation == forged),
    )
}

fn refuse_zero_filters(_: u64) -> Refusal {
    let patches = Patches::line(5, 2, 1).map_err(words)?;
    let Structure::FullRank(mut found) = decide(&patches, 1, 0) else { return Err("no W of full rank".into()) };
    found.weight.fill(Rational::new());
    refused(found.certify(&patches), |reason| matches!(reason, NotIndependent::Undecided { .. }))
}

fn almost_every_filter(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("thesis-2.3.5", setup.seed, setup.twist);
    for _ in 0..DRAWS {
        let (patches, filters) = structured(&mut draw);
        let Structure::FullRank(found) = decide(&patches, filters, setup.seed) else { continue };
        let certified = found.certify(&patches).map_err(words)?;
        if !matches!(certified.finding, Finding::Independent { analytic: true, .. }) {
            return Err("the sentence for almost every W is not there".into());
        }
        // Entries from 10⁶ numbers: a minor of degree d is 0 for d/10⁶ of them at most.
        let random = |draw: &mut Draw| {
            DMatrix::from_fn(patches.size(), filters, |_, _| Rational::from(draw.count(1..=1_000_000)))
        };
        if (0..5).any(|_| Exact.rank(&patches.matrix(&random(&mut draw))) < found.rank) {
            return Err("a random W has a lower rank".into());
        }
        return Ok(Proof { moves: found.rank, bits: certified.bits, ..Proof::default() });
    }
    Err(format!("{DRAWS} systems of patches, and none has full rank"))
}

/// The same layer with ReLU for the identity: its features at the unit vectors are no polynomials.
fn refuse_relu_minors(seed: u64) -> Refusal {
    let patches = Patches::line(5, 2, 1).map_err(words)?;
    let Structure::FullRank(found) = decide(&patches, 2, seed) else { return Err("no W of full rank".into()) };
    let (network, inputs) = found.as_network(&patches);
    let weight = network.layers()[&1].weight.map(|w| w.abs() + 1u32);
    let network = with_sigma(&network, "relu")?;
    let mut parameters = network.layers().clone();
    let bias = parameters[&1].bias.clone();
    parameters.insert(1, GraphLayer { weight, bias });
    let network = GraphNetwork::new(network.graph().clone(), parameters).map_err(words)?;
    match independent(&network, &inputs, PRECISION, &mut |_| {}) {
        Ok(found) if matches!(found.finding, Finding::Independent { analytic: false, .. }) => {
            Ok("rank at this W alone: nothing is said of other weights".into())
        }
        // Equal filters by chance.
        Err(reason) => Ok(words(reason)),
        Ok(found) => Err(format!("a sentence for almost every W: {}", found.finding)),
    }
}

/// The same network with another σ in every block of filters.
fn with_sigma(network: &GraphNetwork, sigma: &str) -> Result<GraphNetwork, String> {
    let mut graph = network.graph().clone();
    for block in &mut graph.blocks {
        if let BlockRule::Filters { activation: own, .. } = &mut block.rule {
            *own = crate::path::to_nonlinearity(&activation(sigma));
        }
    }
    GraphNetwork::new(graph, network.layers().clone()).map_err(words)
}

// --- Assumption 2.4.2 -----------------------------------------------------------------------------------------------

fn bounded_tails(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("thesis-2.4.3", setup.seed, setup.twist);
    for _ in 0..DRAWS {
        let sigma = match draw.count(0..=4) {
            0 => activation("sigmoid"),
            1 => activation(["softplus=1", "softplus=20", "softplus=1/7"][draw.count(0..=2)]),
            2 => activation("relu"),
            _ => draw.bounded_activation().into(),
        };
        let Ok(found) = tails(&sigma) else { continue };
        for _ in 0..40 {
            let t = Rational::from((draw.count(0..=160) as i32 - 80, 1 + draw.count(0..=7) as u32));
            // log(1 + u) and u are apart by u²/2, which 256 bits see for u = e^(ρ_2 t) ≥ e^(−80).
            let t = if let Tails::Exponential([_, rate, ..]) = &found { t / rate } else { t };
            within(&sigma, &found, &t)?;
        }
        return Ok(Proof { moves: 40, ..Proof::default() });
    }
    Err(format!("{DRAWS} activations, and none satisfies the assumption"))
}

/// The bounds at one t: (1) a monotone σ between its limits, (2) below the exponential or the line.
fn within(sigma: &Nonlinearity, found: &Tails, t: &Rational) -> Result<(), String> {
    let kernel = Multiprecision::new(PRECISION);
    let value = match sigma {
        Nonlinearity::PiecewiseLinear(activation) => activation.evaluate(t),
        Nonlinearity::Smooth(smooth) => smooth.evaluate(&kernel.import(t)).to_rational().ok_or("not finite")?,
    };
    let holds = match found {
        Tails::Limits(limits) => {
            let (least, most) = (limits.iter().min(), limits.iter().max());
            least.is_some_and(|least| *least <= value) && most.is_some_and(|most| value <= *most)
        }
        Tails::Exponential([rho, rate, ..]) if *t < 0 => {
            let decay = rug::Float::with_val(PRECISION, Rational::from(rate * t)).exp();
            value.abs() <= decay.to_rational().ok_or("not finite")? * rho
        }
        Tails::Exponential([_, _, slope, offset]) => value.abs() <= Rational::from(slope * t) + offset,
    };
    if holds { Ok(()) } else { Err(format!("the bound does not hold at {t}")) }
}

fn refused_tails(sigma: &str, expected: fn(&NoTails) -> bool) -> Refusal {
    refused(tails(&activation(sigma)), expected)
}

// --- Theorem 2.4.4 --------------------------------------------------------------------------------------------------

/// Piecewise linear and smooth.
const EXACT: [&str; 3] =
    ["relu", "pl:breakpoints=-1,2;slopes=0,1/2,0;value=0", "pl:breakpoints=0,3;slopes=0,-1,0;value=3"];
const SMOOTH: [&str; 3] = ["sigmoid", "softplus=1", "softplus=20"];

/// Layers that satisfy Assumption 2.3.4, of which the last is wide enough for six samples; and d.
fn stack(draw: &mut Draw, sigma: &str, shape: usize) -> (usize, Vec<Layer>) {
    let filters = |patches: Patches, filters: usize| Layer::Filters { patches, filters, activation: activation(sigma) };
    let row = |units: usize, size: usize, stride: usize| Patches::line(units, size, stride).expect("a row");
    match shape {
        0 => (5, vec![filters(row(5, 2, 1), 2)]),
        1 => (3, vec![filters(Patches::dense(3).expect("units"), 6 + draw.count(0..=2))]),
        2 => (6, vec![filters(row(6, 2, 1), 2), filters(row(10, 3, 1), 1)]),
        3 => (16, vec![filters(image(4, 1, 2), 3), Layer::MaxPool(row(27, 3, 2)), filters(row(13, 3, 2), 1)]),
        _ => {
            // Pools in a row, and a fully connected layer over them.
            let pool = Layer::MaxPool(row(8, 2, 2));
            (5, vec![filters(row(5, 2, 1), 2), pool, filters(Patches::dense(4).expect("units"), 6)])
        }
    }
}

/// Samples whose patches differ; by the twist very near to each other, very large, or with a blank first patch.
fn samples(draw: &mut Draw, twist: Twist, count: usize, first: &Patches) -> DMatrix<Rational> {
    loop {
        let mut inputs = small_integers(draw, count, first.units());
        match twist {
            Twist::NearlyEqualSamples if count > 1 => {
                let near = Rational::from((Integer::from(1), Integer::from(1) << 100));
                let last = inputs.row(0).map(|x| x + &near);
                inputs.set_row(count - 1, &last);
            }
            Twist::HugeAndTiny => inputs *= Rational::from(Integer::from(1) << 40),
            Twist::DeadNeurons => {
                first.members()[0].iter().for_each(|&unit| inputs.column_mut(unit).fill(Rational::new()));
                if duplicate_rows(&inputs).is_none() {
                    return inputs;
                }
                continue;
            }
            _ => {}
        }
        if distinct_patches(&inputs, first).is_ok() {
            return inputs;
        }
    }
}

/// A network for Theorem 2.4.4, samples, and k.
fn instance(draw: &mut Draw, twist: Twist, sigma: &str, shapes: &[usize]) -> (GraphNetwork, DMatrix<Rational>, usize) {
    let shape = if twist == Twist::DeadNeurons { 0 } else { shapes[draw.count(0..=shapes.len() - 1)] };
    let (units, layers) = stack(draw, sigma, shape);
    let network = chain(units, &layers, 1).expect("layers that fit");
    let count = draw.count(2..=if twist == Twist::DeadNeurons { 4 } else { 6 });
    let inputs = samples(draw, twist, count, layers[0].patches());
    (network, inputs, layers.len())
}

fn triangular(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("thesis-2.4.4", setup.seed, setup.twist);
    let exact = draw.once_in(2);
    let sigma = if exact { EXACT[draw.count(0..=2)] } else { SMOOTH[draw.count(0..=2)] };
    let (network, inputs, layer) = instance(&mut draw, setup.twist, sigma, &[0, 1, 2, 3, 4]);
    let found = full_rank_features(&network, &inputs, layer, setup.seed).map_err(words)?;
    let stray = match found.triangle(&inputs) {
        Some(triangle) if exact => {
            is_triangular(&found, &triangle)?;
            Some(deviation(&found, &inputs, &triangle))
        }
        None if !exact => Some(inputs.nrows().abs_diff(rank_in_doubles(&found.features_network(), &inputs)) as f64),
        _ => return Err("a triangle where σ is smooth, or none where it is not".into()),
    };
    let certified = found.certify(&inputs).map_err(words)?;
    let filters = found.filters_of_full_rank().map_err(|(layer, why)| format!("layer {layer}: {why:?}"))?;
    let all = layers(&found.network, layer).map_err(words)?;
    for (number, full) in filters {
        full.certify(all[number - 1].patches()).map_err(words)?;
        proportional(&found.network.layers()[&number].weight, &full.weight)?;
    }
    let floats = vec![Float { kernel: Double.name(), stray }];
    let plain = setup.twist == Twist::Generic;
    Ok(Proof { moves: inputs.nrows(), bits: certified.bits, plain, floats, ..Proof::default() })
}

/// W is a multiple of Q that is not 0, so that M(W) has the rank of M(Q).
fn proportional(weight: &DMatrix<Rational>, own: &DMatrix<Rational>) -> Result<(), String> {
    let place = own.iter().position(|entry| !entry.is_zero()).ok_or("filters of 0")?;
    let factor = Rational::from(&weight[place] / &own[place]);
    let equal = weight.iter().zip(own.iter()).all(|(w, q)| *w == Rational::from(q * &factor));
    if equal && !factor.is_zero() { Ok(()) } else { Err("the filters are no multiple of those of full rank".into()) }
}

/// σ(β) on the diagonal, 0 below.
fn is_triangular(found: &FullRankFeatures, triangle: &DMatrix<Rational>) -> Result<(), String> {
    let Layer::Filters { activation: Nonlinearity::PiecewiseLinear(sigma), .. } =
        layers(&found.network, found.layer).map_err(words)?.pop().ok_or("no layer")?
    else {
        return Err("no exact σ".into());
    };
    let diagonal = sigma.evaluate(&found.beta);
    let holds = |i: usize| triangle[(i, i)] == diagonal && (0..i).all(|j| triangle[(i, j)].is_zero());
    if !diagonal.is_zero() && (0..triangle.nrows()).all(holds) { Ok(()) } else { Err("no triangle".into()) }
}

/// By how much the triangle differs in doubles, relative to its largest entry.
fn deviation(found: &FullRankFeatures, inputs: &DMatrix<Rational>, triangle: &DMatrix<Rational>) -> f64 {
    let double = found.features_network().features(&Double, &inputs.map(|x| x.to_f64()));
    let double = double.select_rows(&found.order.samples);
    let exact = triangle.map(|x| x.to_f64());
    (double - &exact).abs().max() / exact.abs().max()
}

fn refused_features(
    network: &GraphNetwork,
    inputs: &DMatrix<Rational>,
    layer: usize,
    expected: fn(&NotConstructed) -> bool,
) -> Refusal {
    refused(full_rank_features(network, inputs, layer, 0), expected)
}

fn refused_sigma(seed: u64, sigma: &str, expected: fn(&NotConstructed) -> bool) -> Refusal {
    let mut draw = Draw::new("thesis-2.4.4-sigma", seed, Twist::Generic);
    let (network, inputs, layer) = instance(&mut draw, Twist::Generic, sigma, &[0, 1, 2]);
    refused_features(&network, &inputs, layer, expected)
}

fn refuse_equal_samples(seed: u64) -> Refusal {
    let mut draw = Draw::new("thesis-2.4.4-equal", seed, Twist::Generic);
    let (network, mut inputs, layer) = instance(&mut draw, Twist::Generic, "relu", &[0, 1, 2]);
    let first = inputs.row(0).into_owned();
    inputs.set_row(1, &first);
    refused_features(&network, &inputs, layer, |why| *why == NotConstructed::EqualSamples { first: 0, second: 1 })
}

/// Two filters 2 × 2 over 5 × 5 pixels: M(W) is never of full rank, and the features are independent.
fn refuse_commuting_features(seed: u64) -> Refusal {
    let layer = Layer::Filters { patches: image(5, 1, 2), filters: 2, activation: activation("relu") };
    let network = chain(25, std::slice::from_ref(&layer), 1).map_err(words)?;
    let mut draw = Draw::new("thesis-2.4.4-structure", seed, Twist::Generic);
    let inputs = samples(&mut draw, Twist::Generic, 6, layer.patches());
    let found = full_rank_features(&network, &inputs, 1, seed).map_err(words)?;
    found.certify(&inputs).map_err(words)?;
    match found.filters_of_full_rank() {
        Err((1, Structure::NeverFull(why))) => {
            let bound = why.verify(layer.patches(), 2).map_err(words)?;
            Ok(format!("M(W) has rank {bound} of 25 at most, for every W; rank F = 6 is certified"))
        }
        other => Err(format!("expected a structure that never is of full rank, found {other:?}")),
    }
}

/// Two linear layers of three units over two inputs: F_2 is [X, 1] times a matrix, and has rank 3 at most.
fn refuse_linear(seed: u64) -> Refusal {
    let identity = "pl:breakpoints=;slopes=1;value=0";
    let dense = |units: usize| Layer::Filters {
        patches: Patches::dense(units).expect("units"),
        filters: 5,
        activation: activation(identity),
    };
    let network = chain(2, &[dense(2), dense(5)], 1).map_err(words)?;
    let mut draw = Draw::new("thesis-2.4.4-linear", seed, Twist::Generic);
    let inputs = samples(&mut draw, Twist::Generic, 5, &Patches::dense(2).map_err(words)?);
    let (first, second) = (draw.matrix(2, 5), draw.matrix(5, 5));
    let level = Exact.product(&Exact.product(&inputs, &first), &second);
    if Exact.rank(&level) > 2 {
        return Err("a product of matrices has a larger rank than one of them".into());
    }
    refused_features(&network, &inputs, 2, |why| {
        matches!(why, NotConstructed::Tails { why: NoTails::Unbounded { .. }, block: 1 })
    })
}

/// The samples (0, 1) and (1, 0) have the same largest entry.
fn refuse_first_pool(_: u64) -> Refusal {
    let pool = Layer::MaxPool(Patches::dense(2).map_err(words)?);
    let dense =
        Layer::Filters { patches: Patches::dense(1).map_err(words)?, filters: 2, activation: activation("relu") };
    let network = chain(2, &[pool.clone(), dense], 1).map_err(words)?;
    let inputs = Exact.identity(2);
    let pooled = features(&pool, &inputs, None).ok_or("a pool is exact")?;
    if duplicate_rows(&pooled) != Some((0, 1)) {
        return Err("largest entries that differ".into());
    }
    refused_features(&network, &inputs, 2, |why| *why == NotConstructed::Pool { layer: 1 })
}

fn refuse_last_pool(seed: u64) -> Refusal {
    let mut draw = Draw::new("thesis-2.4.4-pool", seed, Twist::Generic);
    let (network, inputs, _) = instance(&mut draw, Twist::Generic, "relu", &[3, 4]);
    refused_features(&network, &inputs, 2, |why| *why == NotConstructed::Pool { layer: 2 })
}

fn refuse_narrow(seed: u64) -> Refusal {
    let network = row_network("relu", 1);
    let mut draw = Draw::new("thesis-2.4.4-narrow", seed, Twist::Generic);
    let inputs = samples(&mut draw, Twist::Generic, 5, &Patches::line(5, 2, 1).map_err(words)?);
    refused_features(&network, &inputs, 1, |why| *why == NotConstructed::Narrow { layer: 1, width: 4, samples: 5 })
}

fn refuse_tied(_: u64) -> Refusal {
    let (network, inputs) = constant_images(true);
    let tied =
        |why: &NotConstructed| matches!(why, NotConstructed::Layers(NotLayers::TiedBiases { block: 1, patches: 2 }));
    let reason = refused_features(&network, &inputs, 1, tied)?;
    let (free, inputs) = constant_images(false);
    full_rank_features(&free, &inputs, 1, 0).map_err(|why| format!("with a bias for every unit: {why}"))?;
    Ok(format!("{reason}; with a bias for every unit rank 2 is certified"))
}

/// With two samples exchanged the matrix is no triangle.
fn refuse_other_order(seed: u64) -> Refusal {
    let mut draw = Draw::new("thesis-2.4.4-order", seed, Twist::Generic);
    let (network, inputs, layer) = instance(&mut draw, Twist::Generic, "relu", &[0, 1, 2, 4]);
    let mut found = full_rank_features(&network, &inputs, layer, seed).map_err(words)?;
    found.order.samples.swap(0, 1);
    let triangle = found.triangle(&inputs).ok_or("ReLU is exact")?;
    match is_triangular(&found, &triangle) {
        Err(reason) if reason == "no triangle" => Ok(format!("{reason} with samples {:?}", found.order.samples)),
        other => Err(format!("refused for another reason, or not: {other:?}")),
    }
}

// --- Theorem 2.4.5 --------------------------------------------------------------------------------------------------

fn almost_every_network(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("thesis-2.4.5", setup.seed, setup.twist);
    let sigma = SMOOTH[draw.count(0..=1)];
    let (network, inputs, layer) = instance(&mut draw, Twist::Generic, sigma, &[0, 1, 2]);
    let found = full_rank_features(&network, &inputs, layer, setup.seed).map_err(words)?;
    let certified = found.certify(&inputs).map_err(words)?;
    sentence(&certified.finding, inputs.nrows())?;
    // A random network, all of its units.
    let random = with_random_parameters(&mut draw, &network);
    let second = independent(&random, &inputs, 2 * PRECISION, &mut |_| {}).map_err(words)?;
    sentence(&second.finding, inputs.nrows())?;
    let stray = inputs.nrows().abs_diff(rank_in_doubles(&random, &inputs)) as f64;
    let floats = vec![Float { kernel: Double.name(), stray: Some(stray) }];
    Ok(Proof { moves: inputs.nrows(), bits: certified.bits.max(second.bits), floats, ..Proof::default() })
}

fn sentence(finding: &Finding, rank: usize) -> Result<(), String> {
    match finding {
        Finding::Independent { samples, analytic: true, .. } if *samples == rank => Ok(()),
        other => Err(format!("the sentence for almost every network is not there: {other}")),
    }
}

fn with_random_parameters(draw: &mut Draw, network: &GraphNetwork) -> GraphNetwork {
    let mut layers = network.layers().clone();
    for layer in layers.values_mut() {
        layer.weight = draw.matrix(layer.weight.nrows(), layer.weight.ncols());
        layer.bias.iter_mut().for_each(|bias| *bias = draw.matrix(1, bias.ncols()));
    }
    GraphNetwork::new(network.graph().clone(), layers).expect("the shapes stay")
}

/// N = 1, f = max(0, w x + b) at x = 1: 0 wherever w + b < 0, an open set.
fn refuse_relu(seed: u64) -> Refusal {
    let layer =
        Layer::Filters { patches: Patches::dense(1).map_err(words)?, filters: 1, activation: activation("relu") };
    let network = chain(1, std::slice::from_ref(&layer), 1).map_err(words)?;
    let inputs = DMatrix::from_element(1, 1, Rational::from(1));
    let mut draw = Draw::new("thesis-2.4.5-relu", seed, Twist::Generic);
    let w = draw.matrix(1, 1);
    let below = Rational::from((1 + draw.count(0..=8) as u32, 4));
    let bias = w.map(|w| -(w + &below));
    let dead = GraphLayer { weight: w, bias: Some(bias) };
    // All networks nearer than this in each entry: w + b moves by less than it is below 0.
    let radius = Rational::from(&below / 2u32);
    for (dw, db) in [(1, 1), (1, -1), (-1, 1), (-1, -1), (0, 0)] {
        let moved = GraphLayer {
            weight: dead.weight.map(|w| w + Rational::from(&radius * dw)),
            bias: dead.bias.clone().map(|bias| bias.map(|b| b + Rational::from(&radius * db))),
        };
        if features(&layer, &inputs, Some(&moved)).ok_or("ReLU is exact")?[0] != 0 {
            return Err("a feature that is not 0".into());
        }
    }
    let network = full_rank_features(&network, &inputs, 1, seed).map_err(words)?;
    match network.certify(&inputs).map_err(words)?.finding {
        Finding::Independent { analytic: false, .. } => {
            Ok(format!("rank 1 at one network, and rank 0 at all corners of a square of side {} around another", below))
        }
        other => Err(format!("a sentence for almost every network: {other}")),
    }
}

fn refuse_pooled_sentence(seed: u64) -> Refusal {
    let mut draw = Draw::new("thesis-2.4.5-pool", seed, Twist::Generic);
    let (network, inputs, layer) = instance(&mut draw, Twist::Generic, "sigmoid", &[4]);
    let found = full_rank_features(&network, &inputs, layer, seed).map_err(words)?;
    match found.certify(&inputs).map_err(words)?.finding {
        Finding::Independent { analytic: false, .. } => {
            Ok("rank N at this network; the maximum is not analytic".into())
        }
        other => Err(format!("a sentence for almost every network: {other}")),
    }
}

fn refuse_tied_sentence(_: u64) -> Refusal {
    let (network, inputs) = constant_images(true);
    refused(independent(&network, &inputs, PRECISION, &mut |_| {}), |reason| {
        matches!(reason, NotIndependent::Undecided { .. })
    })
}

// --- Corollary 2.4.6 ------------------------------------------------------------------------------------------------

fn targets(draw: &mut Draw, count: usize) -> Vec<Rational> {
    let mut found: Vec<Rational> = draw.matrix(count, 1).iter().cloned().collect();
    if found.iter().all(Rational::is_zero) {
        found[0] += 1u32;
    }
    found
}

fn interpolated(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("thesis-2.4.6", setup.seed, setup.twist);
    if draw.once_in(4) {
        return approximated(&mut draw, setup.seed);
    }
    let sigma = EXACT[draw.count(0..=2)];
    let (network, inputs, _) = instance(&mut draw, setup.twist, sigma, &[0, 1, 2, 4]);
    let targets = targets(&mut draw, inputs.nrows());
    let found = interpolate(&network, &inputs, &targets, setup.seed).map_err(words)?;
    if found.outputs(&inputs) != targets {
        return Err("other outputs than the targets".into());
    }
    if let Some((_, verdict)) = found.prove(&inputs, &targets) {
        ends_at_zero(&verdict)?;
    }
    let features = found.network.features(&Double, &inputs.map(|x| x.to_f64()));
    let double = features * found.network.stacked_output().map(|x| x.to_f64());
    let scale = targets.iter().map(|y| y.to_f64().abs()).fold(1.0, f64::max);
    let away = double.iter().zip(&targets).map(|(f, y)| (f - y.to_f64()).abs() / scale);
    let floats = vec![Float { kernel: Double.name(), stray: Some(away.fold(0.0, f64::max)) }];
    let bits = found.network.stacked_output().iter().map(|x| x.numer().significant_bits()).max().unwrap_or(0);
    let plain = setup.twist == Twist::Generic;
    Ok(Proof { moves: inputs.nrows(), bits: bits.into(), plain, floats, ..Proof::default() })
}

/// The line falls strictly, from ½‖y‖² to 0.
fn ends_at_zero(verdict: &Verdict) -> Result<(), String> {
    let Verdict::Valid(statement) = verdict else { return Err(verdict.to_string()) };
    let losses = statement.losses.as_ref().ok_or("no losses")?;
    let end = number(&losses.end.upper);
    match statement.conclusion {
        Conclusion::Descends(Descent::FallsStrictly) if end.is_zero() => Ok(()),
        _ => Err(format!("the loss ends at {end}")),
    }
}

fn approximated(draw: &mut Draw, seed: u64) -> Outcome {
    let (sigma, shape) = if draw.once_in(2) { ("relu", 3) } else { ("softplus=1", 0) };
    let (network, inputs, layer) = instance(draw, Twist::Generic, sigma, &[shape]);
    let targets = targets(draw, inputs.nrows());
    let features = full_rank_features(&network, &inputs, layer, seed).map_err(words)?;
    let epsilon = Rational::from((1, 1_000_000));
    let found = approximate(&features, &inputs, &targets, &epsilon).map_err(words)?;
    if found.descent != Descent::FallsStrictly || number(&found.losses[1].upper) > epsilon {
        return Err(format!("{:?}, to {}", found.descent, found.losses[1]));
    }
    Ok(Proof { moves: inputs.nrows(), bits: found.bits, ..Proof::default() })
}

fn refused_targets(
    network: &GraphNetwork,
    inputs: &DMatrix<Rational>,
    seed: u64,
    expected: fn(&NotInterpolated) -> bool,
) -> Refusal {
    let targets: Vec<Rational> = (1..=inputs.nrows()).map(Rational::from).collect();
    refused(interpolate(network, inputs, &targets, seed), expected)
}

fn refuse_two_outputs(seed: u64) -> Refusal {
    let mut draw = Draw::new("thesis-2.4.6-outputs", seed, Twist::Generic);
    let (units, layers) = stack(&mut draw, "relu", 0);
    let network = chain(units, &layers, 2).map_err(words)?;
    let inputs = samples(&mut draw, Twist::Generic, 4, layers[0].patches());
    refused_targets(&network, &inputs, seed, |why| *why == NotInterpolated::Outputs { outputs: 2 })
}

fn refuse_narrow_targets(seed: u64) -> Refusal {
    let mut draw = Draw::new("thesis-2.4.6-narrow", seed, Twist::Generic);
    let inputs = samples(&mut draw, Twist::Generic, 5, &Patches::line(5, 2, 1).map_err(words)?);
    let narrow = |why: &NotInterpolated| {
        matches!(why, NotInterpolated::Features(NotConstructed::Narrow { width: 4, samples: 5, .. }))
    };
    refused_targets(&row_network("relu", 1), &inputs, seed, narrow)
}

fn refuse_contradiction(seed: u64) -> Refusal {
    let mut draw = Draw::new("thesis-2.4.6-equal", seed, Twist::Generic);
    let (network, mut inputs, _) = instance(&mut draw, Twist::Generic, "relu", &[0, 1]);
    let first = inputs.row(0).into_owned();
    inputs.set_row(1, &first);
    let equal = |why: &NotInterpolated| matches!(why, NotInterpolated::Features(NotConstructed::EqualSamples { .. }));
    refused_targets(&network, &inputs, seed, equal)
}

fn refuse_other_lambda(seed: u64) -> Refusal {
    let mut draw = Draw::new("thesis-2.4.6-lambda", seed, Twist::Generic);
    let (network, inputs, _) = instance(&mut draw, Twist::Generic, "relu", &[0, 1, 2]);
    let targets = targets(&mut draw, inputs.nrows());
    let mut found = interpolate(&network, &inputs, &targets, seed).map_err(words)?;
    let nearer = found.network.stacked_output().map(|x| x * Rational::from((999, 1000)));
    found.network = found.network.with_output(&nearer);
    let (_, verdict) = found.prove(&inputs, &targets).ok_or("no fully connected network")?;
    refused(ends_at_zero(&verdict), |reason| reason.starts_with("the loss ends at "))
}

fn refuse_smooth_targets(seed: u64) -> Refusal {
    let mut draw = Draw::new("thesis-2.4.6-smooth", seed, Twist::Generic);
    let (network, inputs, _) = instance(&mut draw, Twist::Generic, "sigmoid", &[0, 1]);
    refused_targets(&network, &inputs, seed, |why| *why == NotInterpolated::Smooth)
}
