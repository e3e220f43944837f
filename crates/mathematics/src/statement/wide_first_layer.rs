//! **Theorem 5.1** (ICML 2019): a wide first layer.
//!
//! *Let σ be strictly monotone and onto (Assumption 2.1) and satisfy Assumption 2.2, let the samples be distinct,
//! n_1 ≥ 2N and n_2 > … > n_L. Then every sublevel set of the loss is connected, and every component of every level set
//! is unbounded.*
//!
//! **Construction**: Lemma 5.2 at layer 1 of both ends and Lemma 5.3 make the first layers equal, with rank
//! [F_1, 1] = N. The layers above are those of Theorem 3.2 with the data F_1. See
//! [`super::wide_layers::connect_through`]. Unbounded: [`super::escape`].
//!
//! **What differs from the paper**: n_1 ≥ N is enough, see [`super::weight_copying`]. In the paper's proof
//! "I ⊂ {1, …, N}" must read "I ⊂ {1, …, n_1}". With one hidden layer Assumption 2.1 is not needed.
//!
//! # Example
//! ```
//! use sublevel::{certificate::Claim, checker::Conclusion, example::*, linalg::Exact};
//! use sublevel::statement::{Hypothesis, wide_first_layer::{connect, hypotheses}};
//!
//! // n_1 = 2 = N, then 2 > 1.
//! let at = problem("leaky-relu=1/2", integers(2, 1, &[0, 1]), &[1, 2, 2, 1]);
//! let from = network(&at.widths, &[&[1, 2, 0, 1], &[1, 0, 2, 1, 0, 0], &[1, 1, 0]]);
//! let to = network(&at.widths, &[&[-3, 1, 1, 0], &[0, 1, 1, 1, 2, 0], &[2, -1, 5]]);
//! let path = connect(&Exact, &at, &from, &to).unwrap();
//! assert_eq!(path.end(), to);
//! assert_eq!(conclusion(&at, Claim::Connected, None, &path), Ok(Conclusion::Connected));
//! let below = problem("leaky-relu=1/2", integers(3, 1, &[0, 1, 2]), &[1, 2, 2, 1]);
//! assert_eq!(hypotheses(&below), Err(Hypothesis::TooNarrow { layer: 1, width: 2, samples: 3 }));
//! ```

use super::wide_layers::connect_through;
use super::{Hypothesis, Obstacle, Problem};
use crate::linalg::Kernel;
use crate::network::Parameters;
use crate::path::Path;
use rug::Rational;

/// What Theorem 5.1 asks, at the width that suffices here: distinct samples, two slopes, n_1 ≥ N, and for the layers
/// above it Assumption 2.1 and n_2 > … > n_L.
///
/// # Errors
/// The first [`Hypothesis`] that is not met.
pub fn hypotheses(problem: &Problem) -> Result<(), Hypothesis> {
    super::wide_layers::hypotheses_through(problem, 1.min(problem.depth() - 1)).map(drop)
}

/// Theorem 5.1: a path on which no convex loss exceeds the larger of its values at the ends.
///
/// # Errors
/// [`Obstacle::Hypothesis`] where the theorem does not apply; the others only from rounded kernels.
pub fn connect<K: Kernel>(
    kernel: &K,
    problem: &Problem,
    from: &Parameters<Rational>,
    to: &Parameters<Rational>,
) -> Result<Path<K::Scalar>, Obstacle> {
    connect_through(kernel, problem, 1.min(problem.depth() - 1), from, to)
}
