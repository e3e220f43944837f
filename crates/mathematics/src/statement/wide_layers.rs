//! **Theorem 6.1** (ICML 2019): wide layers.
//!
//! *Let σ satisfy Assumption 2.2 and let the samples be distinct. (1) If every hidden layer has at least N neurons, then
//! from every point a path of non-increasing loss comes as close to the infimum as we like. (2) If every hidden layer
//! has at least 2N neurons, then every sublevel set of the loss is connected.*
//!
//! **Construction of (2)**, lines only, at any depth and for any continuous piecewise-linear σ with two slopes:
//! 1. For k = 1, …, L − 1, the layers below k being equal already:
//!    * Lemma 5.2 at layer k of both ends: F_k (or [F_k, 1]) has rank N;
//!    * Lemma 5.3: layer k of the first end becomes that of the second.
//! 2. Only the last layer differs: it goes straight, and the output with it, from F_L(θ) to F_L(θ').
//! 3. Then come the second end's own steps, backwards.
//!
//! The output is constant on all moves but one, on which it runs straight: for every convex φ the loss on the path is
//! at most the larger of the losses at its ends.
//!
//! **One construction for three theorems.** Stop step 1 after `wide` layers and do the others as in Theorem 3.2
//! ([`super::independent_data`]): `wide` = 0 is Theorem 3.2, `wide` = 1 Theorem 5.1, `wide` = L − 1 Theorem 6.1, and
//! what lies between them is a theorem as well ([`connect_through`]).
//!
//! **What differs from the paper.** N neurons in every hidden layer are enough, see [`super::weight_copying`]. With no
//! hidden layer at all the straight line does it. (1) is [`mod@super::descend`].
//!
//! # Example
//! ```
//! use sublevel::{certificate::Claim, checker::Conclusion, example::*, linalg::Exact};
//! use sublevel::statement::wide_layers::connect;
//!
//! // Both hidden layers have N = 2 neurons; ReLU has two slopes.
//! let problem = problem("relu", integers(2, 1, &[0, 1]), &[1, 2, 2, 1]);
//! let from = network(&problem.widths, &[&[1, 2, 0, 1], &[1, 0, 2, 1, 0, 0], &[1, 1, 0]]);
//! let to = network(&problem.widths, &[&[-3, 1, 1, 0], &[0, 1, 1, 1, 2, 0], &[2, -1, 5]]);
//! let path = connect(&Exact, &problem, &from, &to).unwrap();
//! assert_eq!(path.end(), to);
//! assert_eq!(conclusion(&problem, Claim::Connected, None, &path), Ok(Conclusion::Connected));
//! ```

use super::above::connect_above;
use super::full_rank_features::full_rank_features;
use super::weight_copying::{Strategy, weight_copying};
use super::{Hypothesis, Obstacle, Problem};
use crate::linalg::Kernel;
use crate::network::Parameters;
use crate::path::{Path, Walker};
use rug::Rational;

/// What Theorem 6.1 (2) asks, at the widths that suffice here: distinct samples, two slopes, n_k ≥ N for hidden k.
/// Returns the strategy of each hidden layer.
///
/// # Errors
/// The first [`Hypothesis`] that is not met.
pub fn hypotheses(problem: &Problem) -> Result<Vec<Strategy>, Hypothesis> {
    hypotheses_through(problem, problem.depth() - 1)
}

/// What [`connect_through`] asks: for layers 1..`wide` distinct samples, two slopes and n_k ≥ N; for hidden layers above
/// them Assumption 2.1 and n_{wide+1} > … > n_L, and rank [X, 1] = N where `wide` is 0.
///
/// # Errors
/// The first [`Hypothesis`] that is not met.
pub fn hypotheses_through(problem: &Problem, wide: usize) -> Result<Vec<Strategy>, Hypothesis> {
    if wide + 1 < problem.depth() {
        problem.require_monotone_onto()?;
        problem.require_narrowing(wide + 1)?;
        if wide == 0 {
            problem.require_independent_inputs()?;
        }
    }
    if wide > 0 {
        problem.require_two_slopes()?;
        problem.require_distinct_samples()?;
    }
    let strategy = |k| {
        problem.require_width(k)?;
        Ok(Strategy::for_width(problem.widths[k], problem.samples()).expect("n_k ≥ N has a strategy"))
    };
    (1..=wide).map(strategy).collect()
}

/// Theorem 6.1 (2): a path between two networks on which no convex loss exceeds the larger of its values at the ends.
///
/// # Errors
/// [`Obstacle::Hypothesis`] where the theorem does not apply; the others only from rounded kernels.
pub fn connect<K: Kernel>(
    kernel: &K,
    problem: &Problem,
    from: &Parameters<Rational>,
    to: &Parameters<Rational>,
) -> Result<Path<K::Scalar>, Obstacle> {
    connect_through(kernel, problem, problem.depth() - 1, from, to)
}

/// Layers 1..`wide` as in Theorem 6.1, those above as in Theorem 3.2.
///
/// # Errors
/// [`Obstacle::Hypothesis`] where [`hypotheses_through`] fails; the others only from rounded kernels.
pub fn connect_through<K: Kernel>(
    kernel: &K,
    problem: &Problem,
    wide: usize,
    from: &Parameters<Rational>,
    to: &Parameters<Rational>,
) -> Result<Path<K::Scalar>, Obstacle> {
    let strategies = hypotheses_through(problem, wide)?;
    let mut walker = stand(kernel, problem, from);
    if from == to {
        return Ok(walker.into_path());
    }
    let mut target = stand(kernel, problem, to);
    // 1. Layer by layer.
    for (k, strategy) in (1..).zip(strategies) {
        full_rank_features(&mut walker, k, strategy.ones())?;
        full_rank_features(&mut target, k, strategy.ones())?;
        weight_copying(&mut walker, &target, k, strategy.ones())?;
    }
    // 2. The layers above them; where that is the last layer alone, it goes straight.
    connect_above(&mut walker, &mut target, &problem.activation, wide + 1)?;
    // 3. The second end's own steps, backwards.
    Ok(walker.into_path().meet(&target.into_path()))
}

/// A walker at the given parameters.
pub fn stand<'a, K: Kernel>(kernel: &'a K, problem: &Problem, parameters: &Parameters<Rational>) -> Walker<'a, K> {
    let inputs = crate::network::import_matrix(kernel, &problem.inputs);
    Walker::new(kernel, problem.activation.import(kernel), &inputs, parameters.import(kernel))
}
