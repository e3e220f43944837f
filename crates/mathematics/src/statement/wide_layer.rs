//! **Theorem 4.2** (ICML 2019): one wide layer.
//!
//! *Let σ satisfy Assumptions 2.1 and 2.2, and let n_k ≥ N and n_{k+1} > … > n_L for some hidden layer k. Then (1) the
//! loss has no bad local valleys: from every point a path on which it does not increase comes as close to the infimum as
//! we like; (2) if k ≤ L − 2, every component of every level set is unbounded.*
//!
//! **Construction of (1)**, to an output Ŷ that we choose ([`mod@super::descend`] chooses it by the loss):
//! 1. The rows of F_{k-1} become distinct ([`super::distinct_features`]; where that fails, [`mod@super::nearby`]).
//! 2. Lemma 5.2 at layer k: rank [F_k, 1] = N.
//! 3. The layers above: canonical form over F_k (Lemmas 3.3 and 3.4), then one follow of the output to Ŷ. If only the
//!    last layer is above (k = L − 1, not covered by Theorem 3.2), it goes straight to a solution of [F_k, 1] U = Ŷ.
//!
//! But for the move to a nearby point, only the last one changes the output, along the straight line from F_L(θ) to Ŷ.
//!
//! k = 0 is the descent of Theorem 3.2, k = L − 1 with all widths at least N that of Theorem 6.1.
//!
//! **Construction of (2)**: [`run_off`]: if the columns of [F_k, 1] are dependent, as they always are when n_k ≥ N, one
//! neuron dies by Lemma 4.3, and its bias runs off: the output does not notice. A line and a ray.
//!
//! **What differs from the paper**: n_k ≥ N − 1 is enough for (1), where only rank [F_k, 1] = N is needed. The paper's
//! proof of (1) starts at a point nearby; here the loss never rises unless that point is needed. (2) holds
//! for k = L − 1 and for any activation.
//!
//! # Example
//! ```
//! use sublevel::{certificate::Claim, checker::Conclusion, example::*};
//! use sublevel::statement::wide_layer::{Above, independent_features};
//!
//! // N = 2 and n_1 = 2; from the zero network the output comes to any target.
//! let problem = problem("relu", integers(2, 1, &[0, 1]), &[1, 2, 1]);
//! let mut walker = walker(&problem, &network(&[1, 2, 1], &[&[0; 4], &[0; 3]]));
//! independent_features(&mut walker, &problem, 1, None).unwrap();
//! Above::reach(&mut walker, &problem, 1).unwrap().steer(&integers(2, 1, &[5, -7])).unwrap();
//! assert_eq!(*walker.output(), integers(2, 1, &[5, -7]));
//! assert_eq!(conclusion(&problem, Claim::Connected, None, &walker.into_path()), Ok(Conclusion::Connected));
//! ```

use super::column_reduction::{column_reduction, reduce};
use super::distinct_features::distinct_features;
use super::full_rank_features::full_rank_features;
use super::nearby::move_nearby;
use super::output_following::Canonical;
use super::weight_copying::Ones;
use super::{Hypothesis, Obstacle, Problem};
use crate::linalg::Kernel;
use crate::network::Loss;
use crate::path::{Walker, add, subtract};
use nalgebra::DMatrix;
use rug::Rational;

/// What (1) asks of the widths and the activation for the wide layer k (k = 0: the data themselves are independent).
///
/// # Errors
/// The first [`Hypothesis`] that is not met.
pub fn hypotheses(problem: &Problem, k: usize) -> Result<(), Hypothesis> {
    if k + 1 < problem.depth() {
        problem.require_monotone_onto()?;
        problem.require_narrowing(k + 1)?;
    }
    if k == 0 {
        return problem.require_independent_inputs();
    }
    problem.require_width_with_bias(k)?;
    problem.require_two_slopes()?;
    problem.require_distinct_samples()
}

/// Steps 1 and 2: rank [F_k, 1] = N; the output stays on all moves but one, which is made only where samples coincide
/// below layer k in a way that cannot be undone at constant output, and only if `allowance` says how far the loss may
/// rise on it ([`mod@super::nearby`]). Needs [`hypotheses`].
///
/// # Errors
/// [`Hypothesis::CoincidingFeatures`] without an allowance, those of [`move_nearby`] with one; the others only from
/// rounded kernels, or where [`hypotheses`] fails.
pub fn independent_features<K: Kernel>(
    walker: &mut Walker<K>,
    problem: &Problem,
    k: usize,
    allowance: Option<(&Loss, &Rational)>,
) -> Result<(), Obstacle> {
    if k == 0 {
        return Ok(());
    }
    // 1. Distinct samples below the wide layer.
    match (distinct_features(walker, k - 1), allowance) {
        (Err(Obstacle::Hypothesis(Hypothesis::CoincidingFeatures { .. })), Some((loss, bound))) => {
            move_nearby(walker, problem, k - 1, loss, bound)?;
        }
        (result, _) => result?,
    }
    // 2. Independent samples above it.
    full_rank_features(walker, k, Ones::InBasis)
}

/// Step 3: what is above the wide layer k, with rank [F_k, 1] = N, ready for its output to go anywhere.
pub enum Above<'w, 'a, K: Kernel> {
    /// The last layer alone.
    Last(&'w mut Walker<'a, K>),
    /// Layers k + 1..L in canonical form.
    Layers(Canonical<'w, 'a, K>),
}

impl<'w, 'a, K: Kernel> Above<'w, 'a, K> {
    /// Walks to the canonical form where there are several layers; the output is constant on the way.
    ///
    /// # Errors
    /// Only from rounded kernels, where [`hypotheses`] holds.
    pub fn reach(walker: &'w mut Walker<'a, K>, problem: &Problem, k: usize) -> Result<Self, Obstacle> {
        match k + 1 == walker.depth() {
            true => Ok(Above::Last(walker)),
            false => Canonical::reach(walker, &problem.activation, k + 1).map(Above::Layers),
        }
    }

    /// The walker.
    pub fn walker(&self) -> &Walker<'a, K> {
        match self {
            Above::Last(walker) => walker,
            Above::Layers(canonical) => canonical.walker(),
        }
    }

    /// [`Walker::tilt`].
    pub fn tilt(&mut self, shift: &DMatrix<K::Scalar>) {
        match self {
            Above::Last(walker) => walker.tilt(shift),
            Above::Layers(canonical) => canonical.tilt(shift),
        }
    }

    /// The output goes straight to `target` [N, n_L].
    ///
    /// # Errors
    /// Only from rounded kernels.
    pub fn steer(&mut self, target: &DMatrix<K::Scalar>) -> Result<(), Obstacle> {
        match self {
            Above::Last(walker) => {
                let k = walker.depth() - 1;
                // N columns that are a basis carry the step as well: a solve with n_L right-hand sides.
                let basis = Ones::InBasis.basis(walker, k);
                let step = subtract(target, walker.output());
                let change = column_reduction(walker.kernel(), walker.features(k), &basis, &step)?;
                let layer = add(walker.layer(k + 1), &change);
                walker.steer(k + 1, layer, target.clone());
            }
            Above::Layers(canonical) => canonical.follow_output(target.clone()),
        }
        Ok(())
    }
}

/// Theorem 4.2 (2): a neuron of hidden layer k whose features depend on the others dies, and its bias runs off to
/// infinity. Constant output. `false`, and no move, if the columns of [F_k, 1] are independent.
///
/// # Errors
/// [`Obstacle::Unsolvable`] from a rounded kernel.
pub fn run_off<K: Kernel>(walker: &mut Walker<K>, k: usize) -> Result<bool, Obstacle> {
    let width = walker.width(k);
    let basis = Ones::InBasis.basis(walker, k);
    let Some(neuron) = (0..width).find(|neuron| !basis.contains(neuron)) else {
        return Ok(false);
    };
    reduce(walker, k, &basis)?;
    let (zero, one) = (walker.kernel().import(&Rational::new()), walker.kernel().import(&Rational::from(1)));
    let mut direction = walker.layer(k).map(|_| zero.clone());
    let bias = direction.nrows() - 1;
    direction[(bias, neuron)] = one;
    walker.ray(k, direction);
    Ok(true)
}
