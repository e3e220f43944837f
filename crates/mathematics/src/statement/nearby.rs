//! **Theorem 4.2** (ICML 2019), step 1 of its proof as printed: a nearby point where the features tell the samples apart.
//!
//! *If the rows of X are distinct, then arbitrarily near every θ there is a point where the rows of F_{k-1} are distinct:
//! so every component of a strict sublevel set {Φ < α} has such a point.*
//!
//! Taken only where [`super::distinct_features`] cannot keep the loss. The loss may rise here; a bound α > Φ(θ) has to be
//! given, and Φ ≤ α is proved for the whole line from θ to the point.
//!
//! **Construction**, one bounded line:
//! 1. Go up from the first level l whose rows coincide and add ε w to the incoming weights of one neuron there, with
//!    integer weights w for which the entries of v = F_{l-1} w are distinct. Where two samples had equal pre-activations,
//!    they now differ by ε (v_i − v_j) ≠ 0; where they had not, they differ for all but one ε. A strictly monotone σ keeps
//!    this, so that all but finitely many ε do.
//! 2. Quarter ε until the rows are distinct and the loss is at most α, by the bound of [`output_spread`] and
//!    [`Loss::bound_within`].
//!
//! # Example
//! ```
//! use sublevel::{certificate::Claim, checker::{Conclusion, Descent}, example::*, linalg::Exact, network::Loss};
//! use sublevel::statement::{Goal, descend::descend};
//!
//! // The one neuron of layer 1 sees x_1 only: samples (0, 0) and (0, 1) coincide behind it.
//! let problem = problem("leaky-relu=1/2", integers(3, 2, &[0, 0, 0, 1, 1, 0]), &[2, 1, 2, 1]);
//! let from = network(&[2, 1, 2, 1], &[&[1, 0, 0], &[1, 1, 0, 0], &[1, 1, 0]]);
//! let (loss, epsilon, alpha) = (Loss::square(integers(3, 1, &[3, 5, 4])), (1, 1000).into(), 30.into());
//! let never_rising = Goal::never_rising(&loss, &epsilon);
//! assert!(descend(&Exact, &problem, &never_rising, 2, &from).is_err());
//! let path = descend(&Exact, &problem, &Goal { alpha: Some(&alpha), ..never_rising }, 2, &from).unwrap();
//! let proved = conclusion(&problem, Claim::Descends, Some(&loss), &path).unwrap();
//! assert!(matches!(proved, Conclusion::Descends(Descent::StaysBelow(bound)) if bound.to_string() == "30"));
//! ```

use super::full_rank_features::separating_weights;
use super::{Hypothesis, Obstacle, Problem};
use crate::arith::write_rational;
use crate::linalg::{Exact, Kernel};
use crate::network::{Forward, Loss, Parameters, duplicate_rows, forward, with_ones};
use crate::path::Walker;
use nalgebra::DMatrix;
use rug::Rational;
use std::sync::Arc;

/// So many ε are tried: 1, 1/4, …, 4^-1024. Below, the loss is too close to the bound for its enclosure.
const STEPS: u32 = 1025;

/// Moves to a point where the rows of F_`level` are distinct, along a line on which the loss is at most `bound`; no move
/// if they are distinct already. The rows of X are distinct.
///
/// The point is found in exact arithmetic whatever the walker's kernel, and rounded by it.
///
/// # Errors
/// [`Hypothesis::NotMonotoneOnto`], or [`Hypothesis::BoundNotAboveStart`] if the loss is not below the bound.
pub fn move_nearby<K: Kernel>(
    walker: &mut Walker<K>,
    problem: &Problem,
    level: usize,
    loss: &Loss,
    bound: &Rational,
) -> Result<(), Obstacle> {
    const STEP: &str = "Theorem 4.2, a nearby point";
    if duplicate_rows(&walker.level(level)).is_none() {
        return Ok(());
    }
    problem.require_monotone_onto()?;
    let infinite = Obstacle::RankLost { step: STEP, found: 1, needed: 2 };
    let from = walker.parameters().to_exact().ok_or(infinite)?;
    let pass = forward(&Exact, &problem.activation.import(&Exact), &problem.inputs, &from);
    let pass = pass.expect("inputs and network fit");
    let start = loss.enclose(pass.output());
    let no_room = || Hypothesis::BoundNotAboveStart { start: start.to_string(), bound: write_rational(bound) };
    // No ε would do: this is said at once, and not after all the steps.
    if start.hi() >= bound {
        return Err(no_room().into());
    }
    let near_enough = |to: &Parameters<Rational>| {
        loss.bound_within(pass.output(), &output_spread(problem, &pass, &from, to)) <= *bound
    };
    let steps = (0..STEPS).map(|exponent| Rational::from(1) >> (2 * exponent));
    let mut points = steps.filter_map(|epsilon| separated(problem, level, &from, &epsilon));
    let to = points.find(near_enough).ok_or_else(no_room)?;
    walker.bounded(to.import(walker.kernel()), bound.clone());
    Ok(())
}

/// Step 1; `None` for the exceptional ε.
fn separated(
    problem: &Problem,
    level: usize,
    from: &Parameters<Rational>,
    epsilon: &Rational,
) -> Option<Parameters<Rational>> {
    let activation = problem.activation.import(&Exact);
    let mut to = from.clone();
    let mut below = problem.inputs.clone();
    for l in 1..=level {
        let features =
            |to: &Parameters<Rational>| activation.apply(&Exact.product(&with_ones(&Exact, &below), to.layer(l)));
        let mut above = features(&to);
        if duplicate_rows(&above).is_some() {
            let step = separating_weights(&Exact, &below)?.map(|w| w * epsilon);
            let mut layer = DMatrix::clone(to.layer(l));
            layer.column_mut(0).iter_mut().zip(step.iter()).for_each(|(entry, step)| *entry += step);
            to.set_layer(l, Arc::new(layer));
            above = features(&to);
        }
        below = above;
    }
    duplicate_rows(&below).is_none().then_some(to)
}

/// A bound D [N, n_L] on |F_L(θ + λ (θ′ − θ)) − F_L(θ)|, entry by entry, for all λ ∈ [0, 1]; `from` is θ, `pass` the exact forward
/// pass there, `to` θ′.
///
/// With D_0 = 0, s the largest |slope| of σ and U_l, ΔU_l the stacked layers and their steps:
/// |P_l(λ) − P_l| = |(F_{l-1}(λ) − F_{l-1}) (W_l + λ ΔW_l) + λ [F_{l-1}, 1] ΔU_l|
/// ≤ D_{l-1} (|W_l| + |ΔW_l|) + [|F_{l-1}|, 1] |ΔU_l|, and D_l is s times that, below the output.
///
/// # Panics
/// If the networks do not have the problem's widths.
pub fn output_spread(
    problem: &Problem,
    pass: &Forward<Rational>,
    from: &Parameters<Rational>,
    to: &Parameters<Rational>,
) -> DMatrix<Rational> {
    let absolute = |matrix: &DMatrix<Rational>| matrix.map(Rational::abs);
    let steepest = problem.activation.slopes().iter().map(|slope| slope.clone().abs()).max().unwrap_or_default();
    let mut spread = problem.inputs.map(|_| Rational::new());
    for (l, (before, after)) in (1..).zip(from.layers().iter().zip(to.layers())) {
        let step = absolute(&before.zip_map(after.as_ref(), |a, b| b - a));
        let weights = absolute(before).zip_map(&step, |a, b| a + b);
        let weights = weights.rows(0, weights.nrows() - 1).into_owned();
        let moved = Exact.product(&absolute(&pass.features[l - 1]), &step);
        spread = Exact.product(&spread, &weights).zip_map(&moved, |a, b| a + b);
        if l < problem.depth() {
            spread = spread.map(|x| x * &steepest);
        }
    }
    spread
}
