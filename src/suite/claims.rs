//! Trials of the statements about activations, and of the objects that prove what is *not* so.

use super::prove::Proof;
use super::statement::{Outcome, Refusal, refused, words};
use super::{Draw, Setup, Twist};
use crate::arith::write_rational;
use crate::checker::Unproved;
use crate::linalg::{Double, Exact};
use crate::network::{Activation, Parameters};
use crate::path::Curve;
use crate::statement::disconnection::{
    Disconnection, NoInstance, alternating_targets, independent_targets, two_samples,
};
use crate::statement::shift_independence::{
    PointOutcome, ShiftIndependence, Shifts, decide_by_points, is_combination_at_points, refute_by_kinks,
};
use crate::statement::stuck_flow::StuckFlow;
use crate::statement::tail_valleys::TailFunction;
use crate::statement::{Hypothesis, Obstacle, Problem, full_rank_path, full_rank_weights, independent_data};
use nalgebra::DMatrix;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::Rational;
use std::collections::BTreeSet;

/// Distinct non-zero shifts, close together where the instance is adversarial.
fn random_shifts(setup: &Setup) -> Result<Shifts, String> {
    let mut random = ChaCha8Rng::seed_from_u64(setup.seed);
    let count = random.random_range(1..6);
    let denominator: i32 = if setup.twist == Twist::Generic { 4 } else { 1 << 30 };
    let mut shifts = BTreeSet::new();
    while shifts.len() < count {
        let numerator = random.random_range(-40..=40);
        if numerator != 0 {
            shifts.insert(Rational::from((numerator, denominator)));
        }
    }
    Shifts::new(shifts.into_iter().collect()).map_err(words)
}

/// Lemma 2.3: Assumption 2.2 is decided, and for given shifts refuted in two independent ways.
pub fn independent_shifts(setup: &Setup) -> Outcome {
    let activation = &Draw::new("lemma-2.3", setup.seed, setup.twist).activation();
    let decided = ShiftIndependence::decide(activation);
    if !decided.holds() || !decided.verify(activation) {
        return Err(format!("{activation} has two slopes, but Assumption 2.2 was decided to fail"));
    }
    let shifts = random_shifts(setup)?;
    refute_by_kinks(activation, &shifts).map_err(words)?.verify(activation, &shifts).map_err(words)?;
    match decide_by_points(&Exact, activation, &shifts) {
        PointOutcome::Refuted(refutation) => refutation.verify(activation, &shifts).map_err(words)?,
        PointOutcome::Related(relation) => return Err(format!("a relation where there is none: {relation}")),
    }
    let stray = if is_combination_at_points(&Double, activation, &shifts) { 1.0 } else { 0.0 };
    let floats = vec![super::Float { kernel: "double".into(), stray: Some(stray) }];
    Ok(Proof { moves: shifts.as_slice().len(), floats, ..Proof::default() })
}

/// An affine function, in disguise, has a relation; its refutation must not be found.
pub fn refuse_independent_shifts(seed: u64) -> Refusal {
    let slope = 1 + seed % 9;
    let trap: Activation =
        format!("pl:breakpoints=0,1;slopes={slope},{slope},{slope};value=1").parse().map_err(words)?;
    match ShiftIndependence::decide(&trap) {
        decided if decided.holds() => Err("an affine function passed for one with two slopes".into()),
        decided if decided.verify(&trap) => Ok(decided.to_string()),
        _ => Err("the witness is not true".into()),
    }
}

/// Propositions 2.7 and 2.8: image and sum of polygonal curves, compared with the points at random λ.
pub fn curves(setup: &Setup) -> Outcome {
    let mut random = ChaCha8Rng::seed_from_u64(setup.seed);
    let mut point = || DMatrix::from_fn(2, 2, |_, _| Rational::from((random.random_range(-40..=40), 7)));
    let [a, b] = [(); 2].map(|()| Curve::segment(point(), point()));
    let activation = Draw::new("propositions-2.7-2.8", setup.seed, setup.twist).activation().import(&Exact);
    let (image, sum) = (a.image(&activation), a.sum(&b));
    for _ in 0..40 {
        let lambda = Rational::from((random.random_range(0..=1_000_003), 1_000_003));
        let exact = a.at(&lambda).zip_map(&b.at(&lambda), |x, y| x + y);
        if image.at(&lambda) != activation.apply(&a.at(&lambda)) || sum.at(&lambda) != exact {
            return Err(format!("image or sum is wrong at {lambda}"));
        }
    }
    Ok(Proof { moves: image.vertices().len() - 1, ..Proof::default() })
}

/// The image of a segment across a kink is not the segment between the images of its ends.
pub fn refuse_curves(seed: u64) -> Refusal {
    let end = DMatrix::from_element(1, 1, Rational::from(1 + seed % 9));
    let activation = Activation::abs().import(&Exact);
    let straight = Curve::segment(activation.apply(&-end.clone()), activation.apply(&end));
    let bent = Curve::segment(-end.clone(), end).image(&activation);
    let middle = Rational::from((1, 2));
    if straight.at(&middle) == bent.at(&middle) {
        Err("the image of a segment under |x| passed for straight".into())
    } else {
        Ok("the image of a segment under |x| bends at its kink".into())
    }
}

/// Proposition 3.5 on matrices: the layer-1 matrices of two random networks, made full rank.
pub fn full_rank_path(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("proposition-3.5", setup.seed, setup.twist);
    let (columns, more) = (draw.count(1..=4), draw.count(0..=5));
    // The matrices of the first layer are [W; bᵀ], with one row more than there are inputs.
    let instance = draw.instance(&Activation::relu(), 2, &[columns + more, columns, 1]);
    let full = |network: &Parameters<Rational>| full_rank_weights::complete_rank(&Exact, network.layer(1)).0;
    let from = full(&instance.from);
    // A twist may make the two networks one.
    let other = || full(&draw.instance(&Activation::relu(), 2, &[columns + more, columns, 1]).to);
    let to = Some(full(&instance.to)).filter(|to| *to != from).unwrap_or_else(other);
    let chain = full_rank_path::full_rank_path(&Exact, &from, &to).map_err(words)?;
    let last = chain.segments.last().map_or(&chain.start, |segment| &segment.end);
    if chain.verify() && *last == to {
        Ok(Proof { moves: chain.segments.len(), ..Proof::default() })
    } else {
        Err("the chain is not verified".into())
    }
}

/// Two different square matrices.
pub fn refuse_square_matrices(seed: u64) -> Refusal {
    let identity = DMatrix::from_fn(2, 2, |i, j| Rational::from(i32::from(i == j)));
    let mut other = identity.clone();
    other[(1, 1)] = Rational::from(-1 - (seed % 5) as i32);
    refused(full_rank_path::full_rank_path(&Exact, &identity, &other), |reason| {
        matches!(reason, Obstacle::Hypothesis(Hypothesis::SquareMatrices { .. }))
    })
}

/// Width N − 1 is not enough: a disconnection certificate.
pub fn disconnected(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("disconnection", setup.seed, setup.twist);
    let slope = Rational::from((draw.count(1..=99) as u32, 100));
    match setup.seed % 3 {
        0 => two_samples(slope).map_err(words)?.verify(),
        1 => alternating_targets(draw.count(3..=8), slope).map_err(words)?.verify(),
        _ => loop {
            // Any data and any σ: targets of full rank together with the ones column.
            let (samples, activation) = (draw.count(2..=6), draw.activation());
            let instance = draw.instance(&activation, samples, &[2, samples, samples]);
            let targets = draw.matrix(samples, samples - 1);
            match independent_targets(&Exact, &activation, &instance.problem.inputs, &targets) {
                Ok(found) => break found.verify(),
                Err(NoInstance::TargetRank { .. }) => {}
                Err(reason) => return Err(reason.to_string()),
            }
        },
    }
    .map_err(words)?;
    Ok(Proof { moves: 1, ..Proof::default() })
}

/// Theorem 3.2 (1) without widths that decrease strictly: one hidden neuron over two samples, and a sublevel set that is
/// disconnected.
pub fn disconnected_without_narrowing(seed: u64) -> Refusal {
    let found = two_samples(Rational::from((1 + (seed % 50) as u32, 100))).map_err(words)?;
    let problem = problem_of(&found);
    problem.require_independent_inputs().map_err(words)?;
    match independent_data::hypotheses(&problem) {
        Err(reason @ Hypothesis::NotNarrowing { .. }) => disconnected_although(&reason, &found),
        other => Err(format!("expected widths that do not decrease, found {other:?}")),
    }
}

/// Theorem 3.2 (1) without rank [X, 1] = N: three inputs or more on a line, and a sublevel set that is disconnected.
pub fn disconnected_without_rank(seed: u64) -> Refusal {
    let found = alternating_targets(3 + (seed % 5) as usize, Rational::from((1 + (seed % 50) as u32, 100)));
    let found = found.map_err(words)?;
    // It is the last of the hypotheses: the others hold.
    match independent_data::hypotheses(&problem_of(&found)) {
        Err(reason @ Hypothesis::DependentFeatures { level: 0, .. }) => disconnected_although(&reason, &found),
        other => Err(format!("expected dependent inputs, found {other:?}")),
    }
}

pub(super) fn problem_of(found: &Disconnection) -> Problem {
    let Disconnection { activation, inputs, positive, .. } = found;
    Problem { activation: activation.clone(), inputs: inputs.clone(), widths: positive.widths() }
}

/// The checker's word that the conclusion fails, with the hypothesis that is not met.
pub(super) fn disconnected_although(reason: &Hypothesis, found: &Disconnection) -> Refusal {
    let levels = found.verify().map_err(words)?;
    let [from, to] = [&levels.attained, &levels.barrier].map(write_rational);
    Ok(format!("{reason}; the sublevel sets of levels in [{from}, {to}) are disconnected"))
}

/// A forged disconnection certificate: both points on one side.
pub fn refuse_disconnected(seed: u64) -> Refusal {
    let slope = Rational::from((1 + (seed % 50) as u32, 100));
    let mut forged = two_samples(slope).map_err(words)?;
    forged.negative = forged.positive.clone();
    match forged.verify() {
        Err(rejection) => Ok(rejection.to_string()),
        Ok(_) => Err("two points on one side passed for two components".into()),
    }
}

/// Section 7: a function with connected sublevel sets on which gradient flow is stuck, and valleys at infinity.
pub fn stuck(_: &Setup) -> Outcome {
    StuckFlow::example().verify().map_err(words)?;
    let landscape = |function: TailFunction| function.verify().map_err(words);
    let connected = landscape(TailFunction::connected())?;
    let crowded = landscape(TailFunction::with_two_minima_in_a_bad_valley())?;
    let bad = landscape(TailFunction::with_bad_tails())?;
    let bare = landscape(TailFunction::without_minima())?;
    let plane = landscape(TailFunction::bad_valley_in_the_plane())?;
    let all = [
        connected.is_connected(),
        crowded.bad_valleys(&Rational::from(-50)).iter().any(|valley| valley.basins.len() == 2),
        bad.all_minima_are_global() && bad.has_bad_valley(),
        bare.local_minima().is_empty() && bare.has_bad_valley(),
        plane.square.is_some() && plane.local_minima().is_empty() && plane.has_bad_valley(),
    ];
    match all.iter().position(|holds| !holds) {
        Some(figure) => Err(format!("function {figure} of figures 1 to 3 is not what it is drawn for")),
        None => Ok(Proof { moves: all.len(), ..Proof::default() }),
    }
}

/// In two variables with −c y² nothing retracts onto y = 0; with c = 0 there is one variable only.
pub fn refuse_ridge(seed: u64) -> Refusal {
    let square = Some(Rational::from(-((seed % 5) as i32)));
    refused((TailFunction { square, ..TailFunction::bad_valley_in_the_plane() }).verify(), |refused| {
        refused.unproved() == Some(&Unproved::Square)
    })
}

/// Two global valleys: no bad valley, and yet not connected.
pub fn refuse_stuck(_: u64) -> Refusal {
    let two = TailFunction::with_two_global_valleys().verify().map_err(words)?;
    if two.is_connected() || two.has_bad_valley() {
        Err("two global valleys passed for one, or for bad ones".into())
    } else {
        Ok("two global valleys: not connected, and none is bad".into())
    }
}
