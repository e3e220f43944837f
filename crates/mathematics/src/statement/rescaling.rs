//! **Rescaling** (ICML 2019, section 4, after Theorem 4.2): unbounded level sets at once, where σ is homogeneous.
//!
//! *For Leaky-ReLU and other similar homogeneous activation functions, the second statement of Theorem 4.2 is
//! straightforward: if one scales all parameters of one hidden layer by some arbitrarily large factor k > 0 and the weight
//! matrix of the following layer by 1/k, then the network output will be unchanged.*
//!
//! σ(s x) = s σ(x) for all s > 0: a continuous piecewise-linear σ is so exactly if it bends nowhere but at 0 and σ(0) = 0.
//! Then s (W_l, b_l) turns P_l and F_l into s P_l and s F_l, and s F_l W_{l+1} / s is what it was, for all s ≥ 1: one move,
//! [`Move::Rescale`](crate::path::Move::Rescale).
//!
//! **What differs from the paper**: it does not say that (W_l, b_l) has to be other than zero, without which nothing grows.
//! (A layer of zeros has features that are zero, and other ways to infinity: [`super::escape`].)
//!
//! # Example
//! ```
//! use sublevel::{certificate::Claim, checker::{Conclusion, Level}, example::*, statement::rescaling::rescaling};
//!
//! // One hidden neuron that tells samples apart, and a flat piece of σ: no other way to infinity is known.
//! let problem = problem("relu", integers(3, 1, &[0, 1, 2]), &[1, 1, 1]);
//! let mut walker = walker(&problem, &network(&[1, 1, 1], &[&[2, -1], &[3, 0]]));
//! assert_eq!(rescaling(&mut walker, &problem), Ok(1));
//! let proved = conclusion(&problem, Claim::Unbounded, None, &walker.into_path());
//! assert_eq!(proved, Ok(Conclusion::Unbounded(Level::Constant)));
//! ```

use super::{Hypothesis, Obstacle, Problem};
use crate::arith::Number;
use crate::linalg::Kernel;
use crate::path::Walker;

/// Walks to infinity at constant output: the first hidden layer that is not zero grows, the weight of the next one shrinks
/// by as much. Returns the layer.
///
/// # Errors
/// [`Hypothesis::BendsOffZero`], [`Hypothesis::ValueAtZero`], [`Hypothesis::NothingToRescale`].
pub fn rescaling<K: Kernel>(walker: &mut Walker<K>, problem: &Problem) -> Result<usize, Obstacle> {
    problem.require_homogeneous()?;
    let hidden = walker.depth() - 1;
    let is_zero = |&layer: &usize| walker.layer(layer).iter().all(Number::is_zero);
    let layer = (1..=hidden).find(|layer| !is_zero(layer)).ok_or(Hypothesis::NothingToRescale { hidden })?;
    walker.rescale(layer);
    Ok(layer)
}
