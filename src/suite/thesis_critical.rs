//! Trials of the thesis, chapter 2, from Assumption 2.4.7 on: gradients, critical points and solutions for the square loss.

use super::fate::Mutants;
use super::mutants::{change_number, to_bytes};
use super::statement::{Card, Entry, Outcome, Refusal, THESIS, control, refused, unproved, words};
use super::{Draw, Float, Proof, Setup, Twist};
use crate::certificate::{GraphRecord, Object, Reader, Record};
use crate::checker::{self, Expected, Finding, Targets, Unproved, Verdict};
use crate::linalg::{Kernel, Multiprecision};
use crate::network::{GraphNetwork, Nonlinearity};
use crate::path::{from_fraction, from_matrix, to_fraction, to_matrix};
use crate::statement::convolution::chains::{Layer, chain, filled, line_patches};
use crate::statement::convolution::critical::{flat_point, point};
use crate::statement::convolution::gradient::{BoundedGradient, Fit, NoBounds, bounded_gradient, unrolled};
use crate::statement::convolution::solution::{Aim, NoSolution, Solution, solution};
use crate::statement::object::{certificate, prove};
use crate::statement::skip::independent::NotIndependent;
use nalgebra::DMatrix;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::Rational;
use serde_json::Value;

/// The bits up to which a right inverse is looked for.
const PRECISION: u32 = 512;

/// So many networks are drawn until one is seen to be in S_k.
const DRAWS: usize = 64;

/// How many mutants are made of one certificate.
const MUTANTS: usize = 32;

/// How far doubles may be from what is certified where numbers are not large.
const STRAY: f64 = 1e-6;

/// Bits behind the point of the rational weights near a solution.
const BITS: u32 = 60;

const NO_FLOATS: &str =
    "features are enclosed, not exact: what doubles make of the same instance is compared in every trial";

const fn card(key: &'static str, name: &'static str, [constructs, function, check, shows]: [&'static str; 4]) -> Card {
    Card { paper: THESIS, key, name, constructs, function, check, shows, real: &[], trivial: &[] }
}

/// Lemma 2.4.8.
pub const ALMOST_ALL: Entry = Entry {
    card: card(
        "lemma-2.4.8",
        "Lemma 2.4.8",
        [
            "one point of S_k, certified: then almost all are, for the minors that are not 0 there are analytic functions",
            "statement::convolution::gradient",
            "certificate of the claim bounded-gradient, with the sentence for almost all parameters where every σ is analytic",
            "in S_k, and almost all others",
        ],
    ),
    trial: almost_all,
    controls: || {
        vec![
            control("σ analytic", refuse_not_analytic),
            control("Assumption 2.3.4 above layer k + 1: there S_k is empty", refuse_never_of_full_rank),
        ]
    },
    kernels: Err(NO_FLOATS),
};

/// Lemma 2.4.9.
pub const BOUNDED: Entry = Entry {
    card: card(
        "lemma-2.4.9",
        "Assumption 2.4.7, Lemma 2.4.9",
        [
            "numbers c, C with c ‖F − Y‖ ≤ ‖∇‖ ≤ C ‖F − Y‖ for the gradient in U_(k+1), from approximate inverses of F_k and of the layers above; layers \
             dense and shared",
            "statement::convolution::gradient",
            "certificate of the claim bounded-gradient: c and C as fourth powers, features, σ′ and the gradient enclosed",
            "both bounds, and the gradient between them",
        ],
    ),
    trial: bounded,
    controls: || {
        vec![
            control("n_k ≥ N", refuse_few_units),
            control("n_(k+1) ≥ … ≥ n_L", refuse_wider_output),
            control("distinct samples", refuse_equal_samples),
            control("F_k of rank N", refuse_twins),
            control("U_(k+2) of full rank", refuse_zero_layer),
            control("no pooling above layer k", refuse_pool),
            control("σ differentiable", refuse_kinks),
            control("enough bits", refuse_few_bits),
            control("c as large as it is shown", refuse_larger_bound),
        ]
    },
    kernels: Err(NO_FLOATS),
};

/// Theorem 2.4.10.
pub const ZERO_LOSS: Entry = Entry {
    card: card(
        "theorem-2.4.10",
        "Theorem 2.4.10, with σ′ ≠ 0",
        [
            "at a point of S_k: Φ ≤ ‖∇‖²/(2c²) with c > 0, so that Φ = 0 if ∇ = 0",
            "statement::convolution::critical",
            "certificate of the claim bounded-gradient",
            "the loss is at most the gradient, squared and scaled",
        ],
    ),
    trial: zero_loss,
    controls: || {
        vec![
            control("σ′ ≠ 0: as printed the theorem is false", refuse_flat_point),
            control("U_(k+2) of full rank", refuse_zero_layer),
        ]
    },
    kernels: Err(NO_FLOATS),
};

/// Theorem 2.4.11 (1).
pub const NOT_CRITICAL: Entry = Entry {
    card: card(
        "theorem-2.4.11.1",
        "Theorem 2.4.11 (1), with σ′ ≠ 0",
        [
            "a point of S_k with a loss above 0 and a dense layer k + 1 is not critical: ∇ in W_(k+1) is bounded away from 0",
            "statement::convolution::critical",
            "certificate of the claim bounded-gradient",
            "not critical",
        ],
    ),
    trial: not_critical,
    controls: || {
        vec![
            control("σ′ ≠ 0: as printed the theorem is false", refuse_flat_point),
            control("layer k + 1 dense: ∇ in U is not ∇ in W", refuse_shared_layer),
            control("a point of S_k", refuse_critical_outside),
        ]
    },
    kernels: Err(NO_FLOATS),
};

/// Theorem 2.4.11 (2).
pub const SOLUTIONS: Entry = Entry {
    card: card(
        "theorem-2.4.11.2",
        "Theorem 2.4.11 (2)",
        [
            "in the three cases of the proof rational networks near networks of S_k with loss 0; two of them for each instance, by another bias of the \
             output",
            "statement::convolution::solution",
            "certificate of the claim fits: ‖R‖ ‖B − F W‖/(1 − ‖I − F R‖) within the radius",
            "loss 0, near by",
        ],
    ),
    trial: solutions,
    controls: || {
        vec![
            control("n_k ≥ N", refuse_unfit_few),
            control("distinct samples", refuse_unfit_equal),
            control("layer k + 1 dense", refuse_unfit_shared),
            control("Z regular", refuse_unfit_codes),
            control("n_(L−1) ≥ m", refuse_unfit_narrow),
            control("one target a class", refuse_unfit_class),
            control("a radius as large as it is shown", refuse_unfit_radius),
        ]
    },
    kernels: Err("what the rounded solution of doubles leaves of the targets is compared in every trial"),
};

/// Corollary 2.4.12.
pub const DENSE: Entry = Entry {
    card: card(
        "corollary-2.4.12",
        "Corollary 2.4.12, with σ′ ≠ 0",
        [
            "dense networks: a point of S_k that is not critical, a solution in S_k, and S_k almost everything",
            "statement::convolution::critical, statement::convolution::solution",
            "certificates of the claims bounded-gradient and fits",
            "all three clauses, at a point",
        ],
    ),
    trial: dense,
    controls: || {
        vec![
            control("σ′ ≠ 0: as printed (1) is false", refuse_flat_point),
            control("distinct samples", refuse_equal_samples),
            control("n_k ≥ N", refuse_few_units),
        ]
    },
    kernels: Err(NO_FLOATS),
};

/// The checker against mutants of both claims.
pub const AGAINST_MUTANTS: Entry = Entry {
    card: Card {
        paper: "the checker",
        key: "mutants-critical",
        name: "The checker, against mutants of bounded gradients and solutions",
        constructs: "certificates of the claims bounded-gradient and fits, with another number or another σ",
        function: "suite::thesis_critical",
        check: "for the given network the sentence is about the same level; what is accepted is true, in floats of 512 bits",
        shows: "refused, or true as well",
        real: &[],
        trivial: &[],
    },
    trial: mutants,
    controls: || vec![control("a gradient between the bounds", refuse_false_bounds)],
    kernels: Err("the checker has no floats"),
};

const DIFFERENTIABLE: [&str; 5] = ["sigmoid", "tanh", "softplus=1", "softplus=20", "elu=1"];

/// A network with what it is to fit.
struct Case {
    network: GraphNetwork,
    inputs: DMatrix<Rational>,
    labels: Vec<usize>,
    codes: DMatrix<Rational>,
    level: usize,
}

/// What is above the first convolution.
#[derive(Clone, Copy, PartialEq)]
enum Above {
    /// The output: k = L − 1.
    Output,
    /// A dense layer: k = L − 2.
    Dense,
    /// A dense layer and a convolution: k = L − 3.
    DenseAndShared,
    /// A convolution.
    Shared,
}

impl Case {
    /// Eight units or nine in block 1 on three to six samples, which differ.
    fn new(draw: &mut Draw, sigma: &str, above: Above) -> Self {
        let mut layers = vec![Layer::Filters(line_patches(5, 2, 1), 2)];
        match above {
            Above::Output => {}
            Above::Dense => layers.push(Layer::Dense(draw.count(3..=4))),
            Above::DenseAndShared => layers.extend([Layer::Dense(6), Layer::Filters(line_patches(6, 3, 1), 1)]),
            Above::Shared => layers.push(Layer::Filters(line_patches(8, 3, 1), 1)),
        }
        Case::of(draw, sigma, &layers, 1)
    }

    /// All layers dense; the wide one is the first or the second.
    fn dense(draw: &mut Draw, sigma: &str) -> Self {
        let (level, wide) = (draw.count(1..=2), draw.count(6..=7));
        let layers: Vec<Layer> = (0..level).map(|_| wide).chain([4]).map(Layer::Dense).collect();
        Case::of(draw, sigma, &layers, level)
    }

    fn of(draw: &mut Draw, sigma: &str, layers: &[Layer], level: usize) -> Self {
        let (samples, classes) = (draw.count(3..=6), draw.count(2..=3));
        let sigma: Nonlinearity = sigma.parse().expect("an activation");
        let network = filled(chain(5, layers, classes, &sigma), || draw.matrix(1, 1)[(0, 0)].clone());
        let inputs = loop {
            let inputs = draw.matrix(samples, 5);
            if crate::network::duplicate_rows(&inputs).is_none() {
                break inputs;
            }
        };
        let labels = (0..samples).map(|_| draw.count(0..=classes - 1)).collect();
        let codes = DMatrix::from_fn(classes, classes, |i, j| Rational::from(u32::from(i == j)));
        Case { network, inputs, labels, codes, level }
    }

    fn targets(&self) -> DMatrix<Rational> {
        self.codes.select_rows(&self.labels)
    }

    fn bounded(&self) -> Result<BoundedGradient, NoBounds> {
        let targets = self.targets();
        bounded_gradient(&self.network, &Fit { inputs: &self.inputs, targets: &targets, level: self.level }, PRECISION)
    }

    fn solution(&self) -> Result<Solution, NoSolution> {
        let Case { network, inputs, labels, codes, level } = self;
        let aim = Aim { inputs, labels, codes, level: *level, bits: BITS, precision: PRECISION, seed: 0 };
        solution(network, &aim)
    }

    /// The same with other parameters in some layers.
    fn with_layers(mut self, change: impl Fn(usize, &mut DMatrix<Rational>, &mut DMatrix<Rational>)) -> Self {
        let mut layers = self.network.layers().clone();
        for (&number, layer) in &mut layers {
            if let Some(bias) = &mut layer.bias {
                change(number, &mut layer.weight, bias);
            }
        }
        self.network = GraphNetwork::new(self.network.graph().clone(), layers).expect("the shapes stay");
        self
    }
}

fn sigma(draw: &mut Draw) -> &'static str {
    DIFFERENTIABLE[draw.count(0..=DIFFERENTIABLE.len() - 1)]
}

/// A case that is seen to be in S_k, with its bounds.
fn in_s_k(draw: &mut Draw, case: impl Fn(&mut Draw) -> Case) -> Result<(Case, BoundedGradient), String> {
    for _ in 0..DRAWS {
        let case = case(draw);
        match case.bounded() {
            Ok(found) => return Ok((case, found)),
            // By chance a layer or the features are of low rank, or nearly so.
            Err(
                NoBounds::Features { reason: NotIndependent::Undecided { .. }, .. }
                | NoBounds::LayerRank { .. }
                | NoBounds::NoLowerBound,
            ) => {}
            Err(NoBounds::Refused(refused)) if refused.unproved().is_none() => {}
            Err(other) => return Err(words(other)),
        }
    }
    Err(format!("{DRAWS} networks, and none is seen to be in S_k"))
}

fn of_any_kind(draw: &mut Draw) -> Case {
    let above = [Above::Output, Above::Dense, Above::DenseAndShared, Above::Shared][draw.count(0..=3)];
    let sigma = sigma(draw);
    Case::new(draw, sigma, above)
}

fn proof(found: &BoundedGradient) -> Outcome {
    let stray = found.stray();
    if found.bits <= 128 && stray > STRAY {
        return Err(format!("doubles stray by {stray:e}: {:?}", found.doubles));
    }
    let floats = vec![Float { kernel: "double".into(), stray: Some(stray) }];
    Ok(Proof { moves: 1, bits: found.bits, floats, ..Proof::default() })
}

fn bounded(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("lemma-2.4.9", setup.seed, setup.twist);
    proof(&in_s_k(&mut draw, of_any_kind)?.1)
}

fn almost_all(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("lemma-2.4.8", setup.seed, setup.twist);
    let (case, found) = in_s_k(&mut draw, of_any_kind)?;
    let analytic = case.network.sigmas().iter().flatten().all(|sigma| sigma.to_string() != "elu=1");
    match found.finding {
        Finding::Gradient { analytic: said, .. } if said == analytic => proof(&found),
        _ => Err("the sentence for almost all parameters is there or not, and should not be so".into()),
    }
}

fn zero_loss(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("theorem-2.4.10", setup.seed, setup.twist);
    let (case, _) = in_s_k(&mut draw, of_any_kind)?;
    let targets = case.targets();
    let fit = Fit { inputs: &case.inputs, targets: &targets, level: case.level };
    let found = point(&case.network, &fit, PRECISION).map_err(words)?;
    if found.loss_at_most < found.bounded.loss[0] {
        return Err("the loss is above the bound by its gradient".into());
    }
    proof(&found.bounded)
}

fn not_critical(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("theorem-2.4.11.1", setup.seed, setup.twist);
    let dense = |draw: &mut Draw| {
        let above = [Above::Output, Above::Dense, Above::DenseAndShared][draw.count(0..=2)];
        let sigma = sigma(draw);
        Case::new(draw, sigma, above)
    };
    at_no_critical_point(&in_s_k(&mut draw, dense)?.0)
}

fn at_no_critical_point(case: &Case) -> Outcome {
    let targets = case.targets();
    let fit = Fit { inputs: &case.inputs, targets: &targets, level: case.level };
    let found = point(&case.network, &fit, PRECISION).map_err(words)?;
    let positive = found.bounded.loss[0] > 0;
    if positive && found.not_critical { proof(&found.bounded) } else { Err("a loss or a gradient of 0".into()) }
}

/// A case with a solution.
fn solved(draw: &mut Draw, case: impl Fn(&mut Draw) -> Case) -> Result<(Case, Solution), String> {
    for _ in 0..DRAWS {
        let case = case(draw);
        match case.solution() {
            Ok(found) => return Ok((case, found)),
            Err(
                NoSolution::Network(NoBounds::Features { reason: NotIndependent::Undecided { .. }, .. })
                | NoSolution::Network(NoBounds::LayerRank { .. })
                | NoSolution::Stalls { .. }
                | NoSolution::Codes { .. },
            ) => {}
            Err(other) => return Err(words(other)),
        }
    }
    Err(format!("{DRAWS} networks, and a solution for none"))
}

fn solutions(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("theorem-2.4.11.2", setup.seed, setup.twist);
    let above = [Above::Output, Above::Dense, Above::DenseAndShared][(setup.seed % 3) as usize];
    let (case, found) = solved(&mut draw, |draw| {
        let sigma = sigma(draw);
        Case::new(draw, sigma, above)
    })?;
    // Another bias of the output, and another solution.
    let last = case.network.graph().blocks.len() + 1;
    let other = Case { network: found.network.clone(), ..case }.with_layers(|number, _, bias| {
        if number == last {
            bias[(0, 0)] += Rational::from((1, 1009));
        }
    });
    let second = other.solution().map_err(words)?;
    if second.network.output() == found.network.output() {
        return Err("two solutions are one".into());
    }
    proof_of_solution(&other, &found)
}

fn proof_of_solution(case: &Case, found: &Solution) -> Outcome {
    let doubles = case.inputs.map(|x| x.to_f64());
    let output =
        found.network.features(&crate::linalg::Double, &doubles) * found.network.stacked_output().map(|x| x.to_f64());
    let stray = (output - case.targets().map(|x| x.to_f64())).amax();
    let size =
        found.network.layers().values().map(|layer| layer.weight.iter().fold(0.0, |a: f64, x| a.max(x.to_f64().abs())));
    let size = size.fold(1.0, f64::max);
    if stray > STRAY * size {
        return Err(format!("in doubles {stray:e} is left of the targets, with weights of {size:e}"));
    }
    let floats = vec![Float { kernel: "double".into(), stray: Some(stray) }];
    Ok(Proof { moves: 1, bits: found.bits, floats, ..Proof::default() })
}

fn dense(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("corollary-2.4.12", setup.seed, setup.twist);
    let dense = |draw: &mut Draw| {
        // Those that are analytic.
        let sigma = DIFFERENTIABLE[draw.count(0..=3)];
        Case::dense(draw, sigma)
    };
    let (case, found) = in_s_k(&mut draw, dense)?;
    if !matches!(found.finding, Finding::Gradient { analytic: true, .. }) {
        return Err("nothing is said of almost all parameters".into());
    }
    at_no_critical_point(&case)?;
    let (case, found) = solved(&mut draw, dense)?;
    proof_of_solution(&case, &found)
}

fn refused_bounds(case: &Case, expected: fn(&NoBounds) -> bool) -> Refusal {
    refused(case.bounded(), expected)
}

fn refuse_few_units(seed: u64) -> Refusal {
    let mut draw = Draw::new("few-units", seed, Twist::Generic);
    let mut case = Case::of(&mut draw, "sigmoid", &[Layer::Dense(3), Layer::Dense(3)], 1);
    case.inputs = DMatrix::from_fn(4, 5, |i, j| Rational::from((i * i + j * i) as u32));
    case.labels = vec![0, 1, 0, 1];
    let few = |why: &NoBounds| matches!(why, NoBounds::Features { reason: NotIndependent::TooFew { .. }, level: 1 });
    refused_bounds(&case, few)
}

fn refuse_wider_output(seed: u64) -> Refusal {
    let mut draw = Draw::new("wider", seed, Twist::Generic);
    let case = Case::of(&mut draw, "tanh", &[Layer::Dense(7), Layer::Dense(1)], 1);
    refused_bounds(&case, |why| matches!(why, NoBounds::Widens { layer: 3, before: 1, .. }))
}

fn refuse_equal_samples(seed: u64) -> Refusal {
    let mut draw = Draw::new("equal", seed, Twist::Generic);
    let mut case = Case::new(&mut draw, "sigmoid", Above::Dense);
    let first = case.inputs.row(0).into_owned();
    case.inputs.set_row(2, &first);
    let equal = |why: &NoBounds| {
        matches!(why, NoBounds::Features { reason: NotIndependent::EqualSamples { first: 0, second: 2 }, .. })
    };
    refused_bounds(&case, equal)
}

/// All units of block 1 are equal.
fn refuse_twins(seed: u64) -> Refusal {
    let mut draw = Draw::new("twins", seed, Twist::Generic);
    let case = Case::dense(&mut draw, "sigmoid").with_layers(|_, weight, bias| {
        weight.fill(Rational::from(1));
        bias.fill(Rational::new());
    });
    refused_bounds(&case, |why| {
        matches!(
            why,
            NoBounds::Features { reason: NotIndependent::Undecided { .. } | NotIndependent::NotSeen { .. }, .. }
        )
    })
}

/// U_(k+2) = 0: nothing of the targets reaches layer k + 1, whose gradient is 0.
fn zero_layer(seed: u64) -> Case {
    let mut draw = Draw::new("zero", seed, Twist::Generic);
    let case = in_s_k(&mut draw, |draw| Case::new(draw, "softplus=1", Above::Dense)).map(|(case, _)| case);
    case.unwrap_or_else(|_| Case::new(&mut draw, "softplus=1", Above::Dense)).with_layers(|number, weight, _| {
        if number == 3 {
            weight.fill(Rational::new());
        }
    })
}

fn refuse_zero_layer(seed: u64) -> Refusal {
    refused_bounds(&zero_layer(seed), |why| matches!(why, NoBounds::LayerRank { layer: 3 }))
}

/// Outside of S_k a critical point in W_(k+1) has a loss above 0.
fn refuse_critical_outside(seed: u64) -> Refusal {
    let case = zero_layer(seed);
    let reason = refused_bounds(&case, |why| matches!(why, NoBounds::LayerRank { layer: 3 }))?;
    if unrolled(&case.network, 3).iter().any(|x| *x != 0) {
        return Err("the layer is not 0".into());
    }
    let bias = case.network.output().bias.clone().ok_or("the output has a bias")?;
    match case.targets().row_iter().all(|row| row == bias.row(0)) {
        true => Err("the loss is 0".into()),
        false => Ok(format!("{reason}; ∇ in layer 2 is 0, and the loss is not")),
    }
}

/// A pool of sums between the blocks.
fn refuse_pool(seed: u64) -> Refusal {
    use crate::certificate::graph::{BlockRecord, BlockRule, Pool};
    let mut draw = Draw::new("pool", seed, Twist::Generic);
    let mut case = Case::new(&mut draw, "sigmoid", Above::Output);
    let mut graph = case.network.graph().clone();
    let patches: Vec<_> = (0..4).map(|unit| vec![2 * unit, 2 * unit + 1]).collect();
    let patches = Some(patches.into());
    graph.blocks.push(BlockRecord { from: vec![1], patches, rule: BlockRule::Pool { pool: Pool::Max } });
    graph.skips = (0..4).map(|unit| [2, unit]).collect();
    let mut layers = case.network.layers().clone();
    let output = layers.remove(&2).ok_or("the output has a weight")?;
    let weight = output.weight.rows(0, 4).into_owned();
    layers.insert(3, crate::network::GraphLayer { weight, bias: output.bias });
    case.network = GraphNetwork::new(graph, layers).map_err(words)?;
    refused_bounds(&case, |why| matches!(why, NoBounds::NoChain { block: 2 }))
}

fn refuse_kinks(seed: u64) -> Refusal {
    let mut draw = Draw::new("kinks", seed, Twist::Generic);
    for _ in 0..DRAWS {
        let case = Case::new(&mut draw, "elu=2", Above::Dense);
        match case.bounded() {
            Err(NoBounds::Refused(refused)) if refused.unproved() == Some(&Unproved::Kinked { block: 2 }) => {
                return Ok(words(refused));
            }
            Err(NoBounds::Features { .. } | NoBounds::LayerRank { .. } | NoBounds::NoLowerBound) => {}
            other => return Err(format!("expected a kink, found {:?}", other.map(|found| found.finding))),
        }
    }
    Err("no network of rank N".into())
}

/// The checker's word on an object that was changed.
fn refused_object(object: Object, expected: Option<&Unproved>) -> Refusal {
    refused(prove(object), |refused| refused.unproved() == expected)
}

fn changed(seed: u64, change: impl Fn(&mut crate::certificate::object::Gradient)) -> Result<Object, String> {
    let mut draw = Draw::new("changed", seed, Twist::Generic);
    let (_, found) = in_s_k(&mut draw, of_any_kind)?;
    let Object::Gradient(mut object) = found.object else { return Err("another claim".into()) };
    change(&mut object);
    Ok(Object::Gradient(object))
}

fn refuse_few_bits(seed: u64) -> Refusal {
    refused_object(changed(seed, |object| object.bits = 1)?, None)
}

fn refuse_larger_bound(seed: u64) -> Refusal {
    let twice = |object: &mut crate::certificate::object::Gradient| {
        object.lower = to_fraction(&(from_fraction(&object.lower) * 2u32));
    };
    refused_object(changed(seed, twice)?, Some(&Unproved::LowerBound))
}

fn refuse_not_analytic(seed: u64) -> Refusal {
    let mut draw = Draw::new("not-analytic", seed, Twist::Generic);
    let (_, found) = in_s_k(&mut draw, |draw| Case::new(draw, "elu=1", Above::Dense))?;
    match found.finding {
        Finding::Gradient { analytic: false, .. } => {
            Ok("σ is not analytic: one point of S_k, and no word of others".into())
        }
        _ => Err("almost all parameters by a σ that is not analytic".into()),
    }
}

/// Patches {1, 3}, {2, 3}, {2, 4}, {1, 4}: p_1 − p_2 + p_3 − p_4 = 0 whatever the filter is.
fn refuse_never_of_full_rank(seed: u64) -> Refusal {
    let mut draw = Draw::new("never", seed, Twist::Generic);
    let patches = vec![vec![0, 2], vec![1, 2], vec![1, 3], vec![0, 3]];
    let layers = [Layer::Dense(8), Layer::Dense(4), Layer::Filters(patches, 1)];
    for _ in 0..DRAWS {
        let case = Case::of(&mut draw, "sigmoid", &layers, 1);
        let matrix = unrolled(&case.network, 3);
        let signs = DMatrix::from_column_slice(4, 1, &[1, -1, 1, -1].map(Rational::from));
        if crate::linalg::Exact.product(&matrix, &signs).iter().any(|x| *x != 0) {
            return Err("the relation between the patches does not hold".into());
        }
        match case.bounded() {
            Err(reason @ NoBounds::LayerRank { layer: 3 }) => return Ok(words(reason)),
            Err(NoBounds::Features { .. }) => {}
            other => return Err(format!("expected a layer of low rank, found {:?}", other.map(|found| found.finding))),
        }
    }
    Err("no network of rank N".into())
}

fn refuse_flat_point(_: u64) -> Refusal {
    let flat = flat_point();
    let flat_gradients = flat.gradients.iter().flatten().flatten().chain(flat.bias_gradients.iter().flatten());
    let [a, b, c] = &flat.determinant;
    // det F_1 = ¼ − s², which is 0 for s = ±½ alone; s > ½.
    if (a, b, c) != (&Rational::from((1, 4)), &Rational::new(), &Rational::from(-1)) {
        return Err("F_1 has another determinant".into());
    }
    match flat_gradients.into_iter().all(|x| *x == 0) && flat.loss == Rational::from((1, 2)) {
        true => Ok("σ = 1/(1 + exp(−t³)) has σ′(0) = 0: a critical point in S_1 with loss ½".into()),
        false => Err("a gradient is not 0, or the loss is not ½".into()),
    }
}

fn refuse_shared_layer(seed: u64) -> Refusal {
    let mut draw = Draw::new("shared", seed, Twist::Generic);
    let (case, _) = in_s_k(&mut draw, |draw| Case::new(draw, "tanh", Above::Shared))?;
    let targets = case.targets();
    let fit = Fit { inputs: &case.inputs, targets: &targets, level: 1 };
    match point(&case.network, &fit, PRECISION).map_err(words)?.not_critical {
        true => Err("a gradient in U passed for one in shared weights".into()),
        false => Ok("layer 2 shares its weights: ∇ in U_2 is not 0, and nothing follows for the weights".into()),
    }
}

fn refused_solution(case: &Case, expected: fn(&NoSolution) -> bool) -> Refusal {
    refused(case.solution(), expected)
}

fn refuse_unfit_few(seed: u64) -> Refusal {
    let mut draw = Draw::new("unfit-few", seed, Twist::Generic);
    let case = Case::of(&mut draw, "sigmoid", &[Layer::Dense(2), Layer::Dense(3)], 1);
    refused_solution(&case, |why| {
        matches!(why, NoSolution::Network(NoBounds::Features { reason: NotIndependent::TooFew { .. }, .. }))
    })
}

fn refuse_unfit_equal(seed: u64) -> Refusal {
    let mut draw = Draw::new("unfit-equal", seed, Twist::Generic);
    let mut case = Case::new(&mut draw, "sigmoid", Above::Dense);
    let first = case.inputs.row(1).into_owned();
    case.inputs.set_row(2, &first);
    refused_solution(&case, |why| {
        matches!(why, NoSolution::Network(NoBounds::Features { reason: NotIndependent::EqualSamples { .. }, .. }))
    })
}

/// The first of these with features of rank N.
fn first_of_rank(draw: &mut Draw, case: impl Fn(&mut Draw) -> Case) -> Case {
    loop {
        let case = case(draw);
        let lower = case.network.first_blocks(case.level);
        if crate::statement::skip::independent::independent(&lower, &case.inputs, PRECISION, &mut |_| {}).is_ok() {
            return case;
        }
    }
}

fn refuse_unfit_shared(seed: u64) -> Refusal {
    let mut draw = Draw::new("unfit-shared", seed, Twist::Generic);
    let case = first_of_rank(&mut draw, |draw| Case::new(draw, "sigmoid", Above::Shared));
    refused_solution(&case, |why| matches!(why, NoSolution::NotDense { layer: 2 }))
}

/// Two classes with one target, and no bias.
fn refuse_unfit_codes(seed: u64) -> Refusal {
    let mut draw = Draw::new("unfit-codes", seed, Twist::Generic);
    let mut case =
        first_of_rank(&mut draw, |draw| Case::new(draw, "sigmoid", Above::Dense)).with_layers(|number, _, bias| {
            if number == 3 {
                bias.fill(Rational::new());
            }
        });
    let first = case.codes.row(0).into_owned();
    case.codes.set_row(1, &first);
    refused_solution(&case, |why| matches!(why, NoSolution::Codes { .. }))
}

/// One unit below two or three outputs: m classes are not independent there.
fn refuse_unfit_narrow(seed: u64) -> Refusal {
    let mut draw = Draw::new("unfit-narrow", seed, Twist::Generic);
    let layers = [Layer::Dense(8), Layer::Dense(1)];
    let case = first_of_rank(&mut draw, |draw| Case::of(draw, "sigmoid", &layers, 1));
    refused_solution(&case, |why| {
        matches!(why, NoSolution::Classes { layer: 3, last: NotIndependent::TooFew { features: 1, .. } })
    })
}

fn changed_solution(seed: u64, change: impl Fn(&mut crate::certificate::object::Solution)) -> Result<Object, String> {
    let mut draw = Draw::new("changed-solution", seed, Twist::Generic);
    let (_, found) = solved(&mut draw, |draw| Case::new(draw, "sigmoid", Above::Dense))?;
    let Object::Solution(mut object) = found.object else { return Err("another claim".into()) };
    change(&mut object);
    Ok(Object::Solution(object))
}

/// The first sample has another target than its class.
fn refuse_unfit_class(seed: u64) -> Refusal {
    let object = changed_solution(seed, |object| {
        let mut targets = from_matrix(&object.targets);
        targets[(0, 0)] += Rational::from(1);
        object.targets = to_matrix(&targets);
    })?;
    refused_object(object, Some(&Unproved::ClassTarget { sample: 0 }))
}

fn refuse_unfit_radius(seed: u64) -> Refusal {
    let object = changed_solution(seed, |object| {
        object.radius = to_fraction(&(from_fraction(&object.radius) >> 40u32));
    })?;
    unproved(prove(object), |reason| matches!(reason, Unproved::Radius { .. }))
}

/// A certificate that is valid, and what it is about.
struct Original {
    lines: Vec<Value>,
    expected: Expected,
}

fn original(setup: &Setup) -> Result<Original, String> {
    let mut draw = Draw::new("mutants-critical", setup.seed, setup.twist);
    let (object, network, case) = if setup.seed.is_multiple_of(2) {
        let (case, found) = in_s_k(&mut draw, of_any_kind)?;
        (found.object, case.network.clone(), case)
    } else {
        let above = [Above::Output, Above::Dense, Above::DenseAndShared][(setup.seed / 2 % 3) as usize];
        let (case, found) = solved(&mut draw, |draw| Case::new(draw, "sigmoid", above))?;
        (found.object, found.network, case)
    };
    let text = String::from_utf8(certificate("suite", object)).map_err(words)?;
    let lines: Vec<Value> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>().map_err(words)?;
    let expected = Expected {
        from: Some(network.to_layers()),
        graph: Some(network.graph().clone()),
        inputs: Some(to_matrix(&case.inputs)),
        targets: Some(Targets::Values(to_matrix(&case.targets()))),
        ..Expected::default()
    };
    match accepted(&lines, &expected) {
        Some(_) => Ok(Original { lines, expected }),
        None => Err("the original is refused".into()),
    }
}

fn accepted(lines: &[Value], expected: &Expected) -> Option<Finding> {
    match checker::check(Reader::new(&*to_bytes(lines)), expected, &mut |_| {}) {
        Verdict::Proved { finding, .. } => Some(*finding),
        _ => None,
    }
}

fn mutants(setup: &Setup) -> Outcome {
    let original = original(setup)?;
    let whole = accepted(&original.lines, &original.expected).ok_or("the original is refused")?;
    let mut random = ChaCha8Rng::seed_from_u64(setup.seed);
    let mut mutants = Mutants::default();
    let mut made = 0;
    while made < MUTANTS {
        let mut lines = original.lines.clone();
        let what = if random.random_ratio(1, 8) {
            other_sigma(&mut lines[0])
        } else {
            change_number(&mut random, &mut lines[0], String::new())
        };
        let Some(what) = what.filter(|_| lines != original.lines) else { continue };
        made += 1;
        let fate = mutants.0.entry("object").or_default();
        if let Some(found) = accepted(&lines, &original.expected) {
            same_place(&whole, &found).map_err(|why| format!("{what}: accepted for the given network, {why}"))?;
        }
        match accepted(&lines, &Expected::default()) {
            Some(found) => {
                holds(&lines, &found).map_err(|why| format!("{what}: {why}"))?;
                fate.still_true += 1;
            }
            None => fate.refused += 1,
        }
    }
    Ok(Proof { moves: MUTANTS, mutants, ..Proof::default() })
}

/// σ of the first block becomes another one.
fn other_sigma(line: &mut Value) -> Option<String> {
    let kind = if line["object"]["gradient"].is_null() { "solution" } else { "gradient" };
    let activation = line.pointer_mut(&format!("/object/{kind}/graph/blocks/0/activation"))?;
    *activation = serde_json::json!({ "name": if activation["name"] == "tanh" { "sigmoid" } else { "tanh" } });
    Some(format!("with {activation}"))
}

/// Whether two sentences are about the same level of the same samples.
fn same_place(one: &Finding, other: &Finding) -> Result<(), String> {
    let place = |finding: &Finding| match finding {
        Finding::Gradient { samples, level, dense, analytic, .. } => {
            Some((*samples, *level, *dense, *analytic, vec![]))
        }
        Finding::Solution { samples, level, corrected, .. } => Some((*samples, *level, true, true, corrected.clone())),
        _ => None,
    };
    if place(one) == place(other) { Ok(()) } else { Err(format!("with another sentence: {other}")) }
}

/// Whether what the certificate says is true of what is in it, in floats of 512 bits.
fn holds(lines: &[Value], finding: &Finding) -> Result<(), String> {
    let bytes = to_bytes(lines);
    let mut reader = Reader::new(&*bytes);
    let Ok(Some(Record::Object { object, .. })) = reader.next_record() else { return Err("it has no object".into()) };
    match (object, finding) {
        (Object::Gradient(object), Finding::Gradient { bounds, .. }) => {
            let numbers = bounds.each_ref().map(crate::statement::object::number);
            gradient_holds(&object, &numbers)
        }
        (Object::Solution(object), Finding::Solution { radius, .. }) => {
            solution_holds(&object, &crate::statement::object::number(radius))
        }
        _ => Err("another claim".into()),
    }
}

type Floats = DMatrix<rug::Float>;

/// A pass in floats: the features of each level.
struct InFloats {
    kernel: Multiprecision,
    network: GraphNetwork,
    levels: Vec<Floats>,
}

impl InFloats {
    fn new(
        graph: &GraphRecord,
        layers: &crate::certificate::Layers,
        inputs: &crate::certificate::Matrix,
    ) -> Result<Self, String> {
        let kernel = Multiprecision::new(512);
        let network = GraphNetwork::from_layers(graph.clone(), layers).map_err(words)?;
        let levels = network.levels(&kernel, &from_matrix(inputs).map(|x| kernel.import(&x)));
        Ok(InFloats { kernel, network, levels })
    }

    fn import(&self, matrix: &DMatrix<Rational>) -> Floats {
        matrix.map(|x| self.kernel.import(&x))
    }

    /// F U_l + 1 b_lᵀ on these features.
    fn pre(&self, layer: usize, features: &Floats) -> Floats {
        let sums = self.kernel.product(features, &self.import(&unrolled(&self.network, layer)));
        let Some(bias) = self.network.layers()[&layer].bias.as_ref().map(|bias| self.import(bias)) else { return sums };
        DMatrix::from_fn(sums.nrows(), sums.ncols(), |i, j| sums[(i, j)].clone() + &bias[(0, j % bias.ncols())])
    }

    fn sum_of_squares(&self, matrix: &Floats) -> Rational {
        matrix.iter().map(|x| x.to_rational().expect("finite").square()).sum()
    }
}

/// The gradient by a difference quotient of the loss along itself would be long: it is F_kᵀ Δ, once more, by other code.
fn gradient_holds(object: &crate::certificate::object::Gradient, [c, above]: &[Rational; 2]) -> Result<(), String> {
    let pass = InFloats::new(&object.graph, &object.layers, &object.inputs)?;
    let (blocks, level) = (pass.network.graph().blocks.len(), object.level);
    let targets = pass.import(&from_matrix(&object.targets));
    let mut delta = pass.pre(blocks + 1, &pass.levels[blocks]).zip_map(&targets, |f, y| f - y);
    let distance = pass.sum_of_squares(&delta);
    let step = pass.kernel.import(&(Rational::from(1) >> 100u32));
    for block in (level + 1..=blocks).rev() {
        delta = pass.kernel.product(&delta, &pass.import(&unrolled(&pass.network, block + 1)).transpose());
        let Some(Nonlinearity::Smooth(sigma)) = &pass.network.sigmas()[block - 1] else {
            return Err("a gradient of a σ that is not smooth".into());
        };
        let slope = |x: rug::Float| {
            let rise = sigma.evaluate(&(x.clone() + &step)) - sigma.evaluate(&(x - &step));
            rise / (step.clone() * 2u32)
        };
        delta = delta.zip_map(&pass.pre(block, &pass.levels[block - 1]), |delta, pre| delta * slope(pre));
    }
    let gradient = pass.sum_of_squares(&pass.kernel.product(&pass.levels[level].transpose(), &delta));
    // Difference quotients err by 2^−200 or so.
    let room = Rational::from(1) + (Rational::from(1) >> 40u32);
    let [below, over] = [c, above].map(|bound| Rational::from(bound.square_ref()) * &distance);
    if below <= Rational::from(&gradient * &room) && gradient <= over * room {
        Ok(())
    } else {
        Err("accepted, but the gradient is not between the bounds".into())
    }
}

/// Corrects the weights in floats, and sees how far that is, and what is left.
fn solution_holds(object: &crate::certificate::object::Solution, radius: &Rational) -> Result<(), String> {
    let pass = InFloats::new(&object.graph, &object.layers, &object.inputs)?;
    let (blocks, level) = (pass.network.graph().blocks.len(), object.level);
    let targets = from_matrix(&object.targets);
    let step = |features: &Floats, inverse: &crate::certificate::Matrix, wanted: &Floats, layer: usize| {
        let right = pass.import(&from_matrix(inverse));
        let rest = wanted.zip_map(&pass.pre(layer, features), |b, f| b - f);
        // (F R)^−1 of the rest, by its series.
        let product = pass.kernel.product(features, &right);
        let mut sum = rest.clone();
        for _ in 0..2000 {
            let left = rest.zip_map(&pass.kernel.product(&product, &sum), |a, b| a - b);
            if left.iter().all(|x| x.is_zero() || x.get_exp().is_some_and(|exponent| exponent < -300)) {
                break;
            }
            sum = sum.zip_map(&left, |a, b| a + b);
        }
        pass.kernel.product(&right, &sum)
    };
    let far = |correction: &Floats| {
        let exact = correction.map(|x| x.to_rational().expect("finite").abs());
        exact.row_iter().map(|row| row.iter().sum::<Rational>()).max().is_some_and(|sum: Rational| sum > *radius)
    };
    let last = match &object.classes {
        None => step(&pass.levels[blocks], &object.right_inverse, &pass.import(&targets), blocks + 1),
        Some(classes) => {
            let rows = from_matrix(&classes.preactivations);
            let wanted = pass.import(&rows.select_rows(&classes.labels));
            let first = step(&pass.levels[level], &object.right_inverse, &wanted, level + 1);
            if far(&first) {
                return Err(format!("accepted, but layer {} is further away", level + 1));
            }
            let sigma = |block: usize, pre: Floats| match &pass.network.sigmas()[block - 1] {
                Some(Nonlinearity::Smooth(sigma)) => Ok(pre.map(|x| sigma.evaluate(&x))),
                _ => Err("a σ that is not smooth".to_owned()),
            };
            let mut top = sigma(level + 1, pass.import(&rows))?;
            for block in level + 2..=blocks {
                top = sigma(block, pass.pre(block, &top))?;
            }
            step(&top, &classes.right_inverse, &pass.import(&from_matrix(&classes.codes)), blocks + 1)
        }
    };
    if far(&last) { Err("accepted, but the output is further away".into()) } else { Ok(()) }
}

/// Bounds that are too narrow, and the judge of mutants sees it.
fn refuse_false_bounds(seed: u64) -> Refusal {
    let mut draw = Draw::new("false-bounds", seed, Twist::Generic);
    let (_, found) = in_s_k(&mut draw, of_any_kind)?;
    let Object::Gradient(object) = found.object else { return Err("another claim".into()) };
    let [c, above] = found.bounds;
    gradient_holds(&object, &[c, above.clone()])?;
    match gradient_holds(&object, &[above.clone() * 2u32, above * 4u32]) {
        Err(reason) => Ok(reason),
        Ok(()) => Err("bounds above the gradient passed for bounds".into()),
    }
}
