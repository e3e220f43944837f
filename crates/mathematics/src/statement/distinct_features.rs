//! **Theorem 4.2** (ICML 2019), step 1 of its proof: features that tell the samples apart.
//!
//! *If the rows of X are distinct, then arbitrarily near every θ there is a point where the rows of F_{k-1} are distinct.*
//! The paper moves to that nearby point, where the loss may be a little higher: then the path is not non-increasing.
//!
//! **Construction**, at constant output instead: go up from the first level l whose rows coincide. If the columns of
//! [F_l, 1] are dependent, one neuron of layer l dies by column reduction (Lemma 4.3), and its incoming weights are free:
//! let it compute σ(αv + β) where the entries of v = F_{l-1} w are distinct (w as in Lemma 5.2) and α, β scale and shift
//! them into one piece of σ with a non-zero slope. Now the rows of F_l are distinct.
//!
//! **What differs from the paper**: the loss does not move at all. Where all n_l neurons are independent although
//! samples coincide (n_l < N then), the method does not apply and the condition is named
//! ([`Hypothesis::CoincidingFeatures`]); an all-zero network, for one, is no such case.
//!
//! # Example
//! ```
//! use sublevel::{example::*, network::duplicate_rows, statement::distinct_features::distinct_features};
//!
//! // The zero network takes both samples for one.
//! let problem = problem("relu", integers(2, 1, &[0, 1]), &[1, 2, 1]);
//! let mut walker = walker(&problem, &network(&[1, 2, 1], &[&[0; 4], &[0; 3]]));
//! assert_eq!(duplicate_rows(&walker.level(1)), Some((0, 1)));
//! distinct_features(&mut walker, 1).unwrap();
//! assert_eq!(duplicate_rows(&walker.level(1)), None);
//! assert_eq!(*walker.output(), integers(2, 1, &[0, 0]));
//! ```

use super::column_reduction::reduce;
use super::full_rank_features::{require_distinct, separating_weights};
use super::weight_copying::Ones;
use super::{Hypothesis, Obstacle};
use crate::arith::Number;
use crate::linalg::Kernel;
use crate::network::{PiecewiseLinear, duplicate_rows};
use crate::path::Walker;
use rug::Rational;

/// Makes the rows of F_1, …, F_level distinct; constant output, at most two lines a level. The rows of X are distinct.
///
/// # Errors
/// [`Hypothesis::DuplicateSamples`], [`Hypothesis::CoincidingFeatures`]; the others only from rounded kernels.
pub fn distinct_features<K: Kernel>(walker: &mut Walker<K>, level: usize) -> Result<(), Obstacle> {
    // What comes out distinct at the top needs nothing below it.
    if duplicate_rows(&walker.level(level)).is_none() {
        return Ok(());
    }
    for l in 1..=level {
        if let Some(pair) = duplicate_rows(&walker.level(l)) {
            separate(walker, l, pair)?;
        }
    }
    Ok(())
}

/// One neuron of layer l comes to tell all samples apart; the rows of F_{l−1} are distinct.
fn separate<K: Kernel>(walker: &mut Walker<K>, l: usize, (first, second): (usize, usize)) -> Result<(), Obstacle> {
    const STEP: &str = "Theorem 4.2, distinct features";
    require_distinct(walker, l - 1)?;
    let width = walker.width(l);
    // 1. A dependent neuron dies.
    let basis = Ones::InBasis.basis(walker, l);
    let slot = (0..width).find(|neuron| !basis.contains(neuron)).ok_or(Hypothesis::CoincidingFeatures {
        level: l,
        width,
        first,
        second,
    })?;
    reduce(walker, l, &basis)?;
    // 2. Its pre-activation: distinct entries, all inside one piece that is not flat.
    let below = walker.features(l - 1);
    let weights = separating_weights(walker.kernel(), &walker.level(l - 1)).ok_or(Obstacle::RankLost {
        step: STEP,
        found: 1,
        needed: 2,
    })?;
    let v = walker.kernel().product(below, &weights);
    let (scale, shift) = into_one_piece(walker.kernel(), walker.activation(), v.as_slice());
    let mut incoming = weights.map(|w| w.times(&scale));
    incoming[weights.nrows() - 1] = shift;
    // 3. The dead neuron takes it.
    walker.redirect(l, &[slot], &incoming);
    Ok(())
}

/// α ≠ 0 and β for which all αv_i + β lie inside one piece of σ with a non-zero slope; there is one, as σ is not
/// constant.
fn into_one_piece<K: Kernel>(
    kernel: &K,
    activation: &PiecewiseLinear<K::Scalar>,
    v: &[K::Scalar],
) -> (K::Scalar, K::Scalar) {
    let one = kernel.import(&Rational::from(1));
    let compare = |a: &&K::Scalar, b: &&K::Scalar| a.partial_cmp(b).expect("features are finite numbers");
    let low = v.iter().min_by(compare).expect("there are samples");
    let high = v.iter().max_by(compare).expect("there are samples");
    let (slopes, breakpoints) = (activation.slopes(), activation.breakpoints());
    let piece = slopes.iter().position(|slope| !slope.is_zero()).unwrap_or(0);
    let (left, right) = (piece.checked_sub(1).map(|i| &breakpoints[i]), breakpoints.get(piece));
    match (left, right) {
        (None, None) => (one, kernel.import(&Rational::new())),
        // Unbounded pieces need a shift only.
        (None, Some(right)) => (one, right.minus(high)),
        (Some(left), None) => (one, left.minus(low)),
        (Some(left), Some(right)) => {
            let spread = high.minus(low);
            let scale = if spread.is_zero() { one } else { right.minus(left).over(&spread) };
            let shift = left.minus(&low.times(&scale));
            (scale, shift)
        }
    }
}
