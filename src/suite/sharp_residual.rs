//! Trials of what is disconnected one neuron below Theorem B.

use super::statement::{Control, Entry, IJCAI_2020, Outcome, Refusal, about_objects, control, unproved, words};
use super::wide_residual::{ResidualShape, network, samples, scaled};
use super::{Draw, Float, Proof, Setup, Twist};
use crate::checker::Unproved;
use crate::network::{Activation, Residual};
use crate::statement::residual::path::ResidualProblem;
use crate::statement::residual::sharp::{NotSeparated, Separated, Separator, exchanged, fitted, separate};
use nalgebra::DMatrix;
use rug::Rational;
use std::sync::Arc;

/// How many instances are drawn until Ψ is regular and the targets have their rank.
const DRAWS: usize = 256;

/// m = N.
pub const SHARP: Entry = about_objects(
    IJCAI_2020,
    [
        "theorem-b-sharp",
        "Theorem B: m is sharp",
        "two networks with one output on the samples that no path joins at low loss: for m = N and rank Y = N (with a bias of the head m = N - 1 and rank [Y, 1] = N), \
         any blocks, by det Ψ; for m = 2, σ ≥ 0 homogeneous, no biases behind the stem and two targets of opposite signs, as N = 2 and y = (1, -1), by \
         the determinant of two rows of the stem",
        "statement::residual::sharp",
        "certificate of the claim separated: signs and losses of two networks, and a lower bound where the determinant is 0",
        "disconnected, proved",
    ],
    trial,
    controls,
    "an object of exact numbers; the same decision in f64 is compared in each trial",
);

fn controls() -> Vec<Control> {
    vec![
        control("m ≤ N", refuse_wide),
        control("m = N", refuse_sample_less),
        control("rank Y = N", refuse_rank),
        control("rank [Y, 1] = N, with biases", refuse_rank_with_bias),
        control("a bound that holds", refuse_margin),
        control("losses below the bound", refuse_loss),
        control("two signs of det Ψ", |seed| refuse_one_sign(by_features(&mut drawn(seed), false))),
        control("two signs of det (h_i; h_k)", |seed| refuse_one_sign(by_cone(&mut drawn(seed)))),
        control("σ ≥ 0", |seed| {
            refuse_sigma(seed, &Activation::leaky_relu(Rational::from((1, 2))), &Unproved::NoCone)
        }),
        control("σ(c x) = c σ(x)", |seed| refuse_sigma(seed, &raised(), &Unproved::NotHomogeneous { layer: 2 })),
        control("no biases behind the stem", refuse_bias),
        control("targets of opposite signs", refuse_targets),
    ]
}

/// max(x, 1).
fn raised() -> Activation {
    let numbers = |list: [i32; 2]| list.map(Rational::from).to_vec();
    Activation::new(vec![Rational::from(1)], numbers([0, 1]), Rational::from(1)).expect("a breakpoint and two slopes")
}

fn drawn(seed: u64) -> Draw {
    Draw::new("sharp-control", seed, Twist::Generic)
}

/// A network of loss 0 whose features have full rank, and another one.
fn by_features(draw: &mut Draw, biases: bool) -> Result<Separated, String> {
    for _ in 0..DRAWS {
        let count = draw.count(if biases { 2..=4 } else { 1..=4 });
        let width = count - usize::from(biases);
        let shape = ResidualShape { samples: count, width, blocks: draw.count(1..=2), biases, stem: !draw.once_in(4) };
        let activation = if biases { draw.activation() } else { Activation::relu() };
        let outputs = width + draw.count(0..=1);
        let Some((problem, targets, network)) = fitted_network(draw, &activation, shape, outputs) else { continue };
        match exchanged(&problem, &targets, &network) {
            Err(NotSeparated::Singular | NotSeparated::Targets { .. }) => {}
            found => return found.map_err(words),
        }
    }
    Err(format!("{DRAWS} instances, and no two signs in any of them"))
}

/// Two samples, one output or two, two neurons, no biases but that of the stem.
fn by_cone(draw: &mut Draw) -> Result<Separated, String> {
    for _ in 0..DRAWS {
        let shape = ResidualShape { samples: 2, width: 2, blocks: draw.count(1..=2), biases: false, stem: true };
        let Some((problem, targets, mut network)) = fitted_network(draw, &Activation::relu(), shape, 1) else {
            continue;
        };
        if draw.once_in(2) {
            // A bias of 0 that may move.
            let stem = network.stem.as_mut().expect("there is a stem");
            Arc::make_mut(stem).bias = Some(DMatrix::from_element(1, 2, Rational::new()));
        }
        match exchanged(&problem, &targets, &network) {
            Err(NotSeparated::Signs { .. } | NotSeparated::Targets { .. }) => {}
            found => return found.map_err(words),
        }
    }
    Err(format!("{DRAWS} instances, and no two signs in any of them"))
}

/// Data, and a random network whose head makes the targets; none if the features are dependent.
fn fitted_network(
    draw: &mut Draw,
    activation: &Activation,
    shape: ResidualShape,
    outputs: usize,
) -> Option<(ResidualProblem, DMatrix<Rational>, Residual<Rational>)> {
    let inner = [draw.count(1..=2), draw.count(1..=2)];
    let inputs = samples(draw, shape, Twist::Generic);
    let width = if shape.stem { inputs.ncols() } else { shape.width };
    let random = network(draw, shape, (width, outputs), &inner);
    let targets = draw.matrix(shape.samples, outputs);
    let problem = ResidualProblem { activation: activation.clone(), inputs };
    let network = fitted(&problem, &targets, &random).ok()?;
    Some((problem, targets, network))
}

/// The heads times 1 + 2⁻ᵏ, k the least for which both losses are below the bound: a loss that is not 0.
fn lifted(found: &Separated) -> Result<Separated, String> {
    for k in 1..64 {
        let mut other = found.clone();
        let factor = (Rational::from(1) >> k) + Rational::from(1);
        for network in [&mut other.positive, &mut other.negative] {
            network.head = Arc::new(scaled(&network.head, &factor));
        }
        if other.verify().is_ok() {
            return Ok(other);
        }
    }
    Err("no larger loss is below the bound".into())
}

fn trial(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("theorem-b-sharp", setup.seed, setup.twist);
    let found = match setup.seed % 3 {
        0 => by_features(&mut draw, false),
        1 => by_features(&mut draw, true),
        _ => by_cone(&mut draw),
    }?;
    let levels = found.verify().map_err(words)?;
    if !levels.attained.is_zero() {
        return Err(format!("a loss that is not 0: {levels}"));
    }
    let lifted = lifted(&found)?;
    let levels = lifted.verify().map_err(words)?;
    if levels.attained <= 0 || levels.attained >= levels.barrier {
        return Err(format!("no larger loss: {levels}"));
    }
    let stray = if found.decide_in_double() { 0.0 } else { 1.0 };
    let floats = vec![Float { kernel: "double".into(), stray: Some(stray) }];
    Ok(Proof { moves: found.positive.width(), floats, ..Proof::default() })
}

/// An instance with one thing forged, which the checker has to name.
fn refuse(
    instance: Result<Separated, String>,
    forge: impl FnOnce(&mut Separated),
    expected: impl FnOnce(&Unproved) -> bool,
) -> Refusal {
    let mut forged = instance?;
    forge(&mut forged);
    unproved(forged.verify(), expected)
}

/// m = N + 1: Theorem B joins them.
fn refuse_wide(seed: u64) -> Refusal {
    let mut draw = drawn(seed);
    let shape = ResidualShape { samples: 3, width: 4, blocks: 1, biases: false, stem: true };
    let inputs = samples(&mut draw, shape, Twist::Generic);
    let [first, second] = [(); 2].map(|()| network(&mut draw, shape, (inputs.ncols(), 3), &[2]));
    let problem = ResidualProblem { activation: Activation::relu(), inputs };
    let targets = draw.matrix(3, 3);
    match separate(&problem, &targets, &first, &second) {
        Err(why @ NotSeparated::Width { features: 4, samples: 3 }) => Ok(why.to_string()),
        other => Err(format!("expected too many features, found {other:?}")),
    }
}

/// The last sample is left out.
fn refuse_sample_less(seed: u64) -> Refusal {
    let mut draw = drawn(seed);
    let found = std::iter::repeat_with(|| by_features(&mut draw, false))
        .find(|found| found.as_ref().map_or(true, |found| found.targets.nrows() > 1))
        .expect("three of four have two samples or more");
    let less = |forged: &mut Separated| {
        let rows = forged.targets.nrows() - 1;
        forged.targets = forged.targets.rows(0, rows).into_owned();
        forged.problem.inputs = forged.problem.inputs.rows(0, rows).into_owned();
    };
    refuse(found, less, |why| matches!(why, Unproved::FeatureCount { features, samples } if *features == samples + 1))
}

/// The last row of the targets is 0.
fn refuse_rank(seed: u64) -> Refusal {
    let flat = |forged: &mut Separated| {
        let last = forged.targets.nrows() - 1;
        forged.targets.row_mut(last).fill(Rational::new());
    };
    refuse(by_features(&mut drawn(seed), false), flat, |why| *why == Unproved::TargetMargin)
}

/// The first two rows of the targets are equal.
fn refuse_rank_with_bias(seed: u64) -> Refusal {
    let equal = |forged: &mut Separated| {
        let first = forged.targets.row(0).into_owned();
        forged.targets.set_row(1, &first);
    };
    refuse(by_features(&mut drawn(seed), true), equal, |why| *why == Unproved::Margin)
}

/// Twice the margin, which is within 1 % of the largest one.
fn refuse_margin(seed: u64) -> Refusal {
    let twice = |forged: &mut Separated| {
        if let Separator::Features { margin } = &mut forged.separator {
            *margin *= 2;
        }
    };
    refuse(by_features(&mut drawn(seed), false), twice, |why| *why == Unproved::TargetMargin)
}

/// The output is 0: as far from the targets as the bound, or further.
fn refuse_loss(seed: u64) -> Refusal {
    let none = |forged: &mut Separated| {
        forged.positive.head = Arc::new(scaled(&forged.positive.head, &Rational::new()));
    };
    refuse(by_features(&mut drawn(seed), false), none, |why| matches!(why, Unproved::NotBelow { .. }))
}

fn refuse_one_sign(found: Result<Separated, String>) -> Refusal {
    refuse(found, |forged| forged.negative = forged.positive.clone(), |why| *why == Unproved::Signs)
}

fn refuse_sigma(seed: u64, activation: &Activation, expected: &Unproved) -> Refusal {
    refuse(by_cone(&mut drawn(seed)), |forged| forged.problem.activation = activation.clone(), |why| why == expected)
}

/// A bias of the block's first layer.
fn refuse_bias(seed: u64) -> Refusal {
    let biased = |forged: &mut Separated| {
        for network in [&mut forged.positive, &mut forged.negative] {
            let first = Arc::make_mut(&mut network.blocks[0][0]);
            first.bias = Some(DMatrix::from_element(1, first.weight.ncols(), Rational::from(1)));
        }
    };
    refuse(by_cone(&mut drawn(seed)), biased, |why| *why == Unproved::NotHomogeneous { layer: 2 })
}

/// Both targets are 1.
fn refuse_targets(seed: u64) -> Refusal {
    refuse(by_cone(&mut drawn(seed)), |forged| forged.targets.fill(Rational::from(1)), |why| *why == Unproved::Opposite)
}
