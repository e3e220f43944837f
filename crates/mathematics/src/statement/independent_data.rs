//! **Theorem 3.2** (ICML 2019): independent data.
//!
//! *Let σ be strictly monotone and onto (Assumption 2.1), rank X = N and n_1 > … > n_L. Then (1) every sublevel set of
//! the loss is connected, and the loss can be brought as close to its infimum over outputs as we like; (2) every
//! component of every level set is unbounded.*
//!
//! **Construction of (1)**, for layers s..L over features [F_{s-1}, 1] of rank N (s = 1 and F_0 = X in the theorem
//! itself; s = k + 1 in Theorems 4.2 and 5.1):
//! 1. Both ends walk to the canonical form (Lemmas 3.3 and 3.4), with one R, as both have the same F_{s-1}.
//! 2. For l = s+1..L: W_l, b_l and the basis become those of the other end (Proposition 3.5).
//! 3. One follow at level L takes the output from F_L(θ) to F_L(θ'). Now both canonical forms coincide, since a
//!    canonical form depends on the layers above s and the output only.
//! 4. The other end's steps, backwards.
//!
//! Steps 1 to 3 are `above.rs`. A one-layer (sub)network, s = L, is affine in its parameters: it goes straight.
//!
//! **Construction of (2)**: [`super::escape`]. **Descent**: [`mod@super::descend`].
//!
//! **What differs from the paper**: rank [X, 1] = N is enough; L = 1 is included.
//!
//! # Example
//! ```
//! use sublevel::{certificate::Claim, checker::Conclusion, example::*, linalg::Exact};
//! use sublevel::statement::independent_data::connect;
//!
//! // rank [X, 1] = 2 = N, and 2 > 1.
//! let problem = problem("leaky-relu=1/2", integers(2, 1, &[0, 1]), &[1, 2, 1]);
//! let from = network(&[1, 2, 1], &[&[1, 2, 0, 1], &[1, 1, 0]]);
//! let to = network(&[1, 2, 1], &[&[-3, 1, 1, 0], &[2, -1, 5]]);
//! let path = connect(&Exact, &problem, &from, &to).unwrap();
//! assert_eq!(path.end(), to);
//! assert_eq!(conclusion(&problem, Claim::Connected, None, &path), Ok(Conclusion::Connected));
//! ```

use super::wide_layers::connect_through;
use super::{Hypothesis, Obstacle, Problem};
use crate::linalg::Kernel;
use crate::network::Parameters;
use crate::path::Path;
use rug::Rational;

/// What Theorem 3.2 asks: Assumption 2.1, rank [X, 1] = N, n_1 > … > n_L.
///
/// # Errors
/// The first [`Hypothesis`] that is not met.
pub fn hypotheses(problem: &Problem) -> Result<(), Hypothesis> {
    if problem.depth() == 1 {
        return Ok(());
    }
    problem.require_monotone_onto()?;
    problem.require_narrowing(1)?;
    problem.require_independent_inputs()
}

/// Theorem 3.2 (1): a path on which no convex loss exceeds the larger of its values at the ends.
///
/// # Errors
/// [`Obstacle::Hypothesis`] where the theorem does not apply; the others only from rounded kernels.
pub fn connect<K: Kernel>(
    kernel: &K,
    problem: &Problem,
    from: &Parameters<Rational>,
    to: &Parameters<Rational>,
) -> Result<Path<K::Scalar>, Obstacle> {
    hypotheses(problem)?;
    connect_through(kernel, problem, 0, from, to)
}
