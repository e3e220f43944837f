//! **Lemma 3.4** (ICML 2019): full-rank weights.
//!
//! *Under the conditions of Theorem 3.2 there is a curve of constant loss from any θ to a point where W_2, …, W_L have
//! full column rank (Property 3.1).*
//!
//! | paper | here |
//! |---|---|
//! | W_l, rank r < n_l | the current weights [n_{l-1}, n_l] |
//! | I, W_l(Ī) = E W_l(I) | pivot rows of W_l; E is never formed |
//!
//! **Construction**, layer by layer from below: F_{l-1} follows to [F(:, I) + F(:, Ī) E, 0]; then the rows Ī of W_l are
//! free, and unit rows complete the rank. With W̃_l the completed weights, supported left inverse L̃ and P_l − 1b_lᵀ =
//! F_{l-1} W_l, the target of the follow is simply (P_l − 1b_lᵀ) L̃: it is zero outside I by itself, since the rows of
//! F_{l-1} W_l are in the span of W_l(I). So the steps of this lemma are those that reach the canonical form, see
//! [`super::output_following::Canonical::reach`]; the choice of the unit rows is [`complete_rank`].
//!
//! **What differs from the paper**: rank [F_{s-1}, 1] = N is enough, and E, with as many right-hand sides as there are
//! dependent rows, is never formed.
//!
//! # Example
//! ```
//! use sublevel::{certificate::Claim, checker::Conclusion, example::*, linalg::{Exact, Kernel}};
//! use sublevel::statement::full_rank_weights::full_rank_weights;
//!
//! // W_2 = 0, and the output is its bias.
//! let problem = problem("leaky-relu=1/2", integers(2, 1, &[0, 1]), &[1, 2, 1]);
//! let mut walker = walker(&problem, &network(&[1, 2, 1], &[&[1, 2, 0, 1], &[0, 0, 3]]));
//! full_rank_weights(&mut walker, &problem.activation, 1).unwrap();
//! assert_eq!(Exact.rank(&walker.parameters().weight(2).into_owned()), 1);
//! assert_eq!(*walker.output(), integers(2, 1, &[3, 3]));
//! assert_eq!(conclusion(&problem, Claim::Connected, None, &walker.into_path()), Ok(Conclusion::Connected));
//! ```

use super::Obstacle;
use super::output_following::Canonical;
use crate::linalg::Kernel;
use crate::network::Activation;
use crate::path::Walker;

pub use super::unit_rows::complete_rank;

/// Lemma 3.4 for the layers `first`+1..L over the data F_{first−1}: full column rank, at constant output.
///
/// # Errors
/// As [`Canonical::reach`].
pub fn full_rank_weights<K: Kernel>(
    walker: &mut Walker<K>,
    activation: &Activation,
    first: usize,
) -> Result<(), Obstacle> {
    Canonical::reach(walker, activation, first).map(drop)
}
