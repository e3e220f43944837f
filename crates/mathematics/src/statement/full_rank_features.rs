//! **Lemma 5.2** (ICML 2019): full-rank features.
//!
//! *Let the rows of X be distinct, n ≥ N, and let σ satisfy Assumption 2.2. From any (W, b, V) there is a curve on
//! which σ(XW + 1bᵀ)V is constant and at whose end σ(XW + 1bᵀ) has rank N.*
//!
//! | paper | here |
//! |---|---|
//! | X, W, b, V | [F_{k-1}, 1], layer k, layer k + 1 of a walker |
//! | I | `basis`, independent columns of F_k |
//! | a_j | `v`, one column that separates the samples, shared by all new neurons |
//!
//! **Construction**, two lines:
//! 1. I = pivot columns of F_k. If there are N, nothing is to be done.
//! 2. Reduce the columns to I (Lemma 4.3): the other neurons are dead.
//! 3. Choose integer weights w for which v = F_{k-1} w has distinct entries.
//! 4. Among the biases of Lemma 4.4, choose some that complete I to a basis of ℝᴺ.
//! 5. Give as many dead neurons the incoming weights w and these biases.
//!
//! **What differs from the paper.** One v serves every new neuron, since by Lemma 4.4 its shifts span everything. With
//! [`Ones::InBasis`] only rank [F_k, 1] = N is asked for, the ones column being carried by the next layer's bias:
//! N − 1 neurons suffice.
//!
//! # Example
//! ```
//! use sublevel::{certificate::Claim, checker::Conclusion, example::*, linalg::{Exact, Kernel}};
//! use sublevel::statement::{full_rank_features::full_rank_features, weight_copying::Ones};
//!
//! // From the zero network to three independent neurons on three samples.
//! let problem = problem("relu", integers(3, 1, &[0, 1, 2]), &[1, 3, 1]);
//! let mut walker = walker(&problem, &network(&[1, 3, 1], &[&[0; 6], &[0; 4]]));
//! assert_eq!(Exact.rank(&walker.level(1)), 0);
//! full_rank_features(&mut walker, 1, Ones::Apart).unwrap();
//! assert_eq!(Exact.rank(&walker.level(1)), 3);
//! assert_eq!(*walker.output(), integers(3, 1, &[0; 3]));
//! assert_eq!(conclusion(&problem, Claim::Connected, None, &walker.into_path()), Ok(Conclusion::Connected));
//! ```

use super::column_reduction::reduce;
use super::shift_span::{candidate_biases, shifted_columns};
use super::{Hypothesis, Obstacle, weight_copying::Ones};
use crate::linalg::Kernel;
use crate::network::duplicate_rows;
use crate::path::Walker;
use nalgebra::{DMatrix, DVector};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::Rational;

/// Lemma 5.2 at layer k: afterwards F_k (or [F_k, 1], see [`Ones`]) has rank N; the output is constant on the way.
///
/// Needs n_k ≥ N (n_k ≥ N − 1 with the ones column), distinct rows of F_{k-1} and two different slopes of σ.
///
/// # Errors
/// [`Hypothesis::TooNarrow`], [`Hypothesis::TooNarrowToDescend`] (with the ones column), [`Hypothesis::AffineActivation`],
/// [`Hypothesis::DuplicateSamples`] or [`Hypothesis::CoincidingFeatures`] where a requirement fails;
/// [`Obstacle::RankLost`] or [`Obstacle::Unsolvable`] from a rounded kernel.
pub fn full_rank_features<K: Kernel>(walker: &mut Walker<K>, k: usize, ones: Ones) -> Result<(), Obstacle> {
    const STEP: &str = "Lemma 5.2, full-rank features";
    let samples = walker.samples();
    // 1. Pivot columns, the ones column first where it counts.
    let basis = ones.basis(walker, k);
    let missing = samples - basis.len();
    if missing == 0 {
        return Ok(());
    }
    require(walker, k, ones)?;
    // 2. The neurons outside the basis die.
    reduce(walker, k, &basis)?;
    let dead: Vec<usize> = (0..walker.width(k)).filter(|slot| !basis.contains(slot)).collect();
    if dead.len() < missing {
        return Err(Obstacle::RankLost { step: STEP, found: basis.len() + dead.len(), needed: samples });
    }
    // 3. A column that separates the samples.
    let below = walker.features(k - 1);
    let weights = separating_weights(walker.kernel(), &below.columns(0, below.ncols() - 1).into_owned())
        .ok_or(Obstacle::RankLost { step: STEP, found: basis.len(), needed: samples })?;
    let v: DVector<_> = walker.kernel().product(below, &weights).column(0).into_owned();
    // 4. Biases that complete the basis.
    let biases = candidate_biases(walker.kernel(), walker.activation(), &v);
    let candidates = shifted_columns(walker.activation(), &v, &biases);
    let kept = walker.features(k).select_columns(&basis);
    let all = DMatrix::from_fn(samples, basis.len() + biases.len(), |i, j| {
        if j < basis.len() { kept[(i, j)].clone() } else { candidates[(i, j - basis.len())].clone() }
    });
    let chosen: Vec<usize> =
        walker.kernel().pivot_columns(&all).into_iter().filter_map(|c| c.checked_sub(basis.len())).collect();
    if chosen.len() < missing {
        return Err(Obstacle::RankLost { step: STEP, found: basis.len() + chosen.len(), needed: samples });
    }
    // 5. Dead neurons take them.
    let last = weights.nrows() - 1;
    let incoming = DMatrix::from_fn(weights.nrows(), missing, |i, j| {
        if i == last { biases[chosen[j]].clone() } else { weights[i].clone() }
    });
    walker.redirect(k, &dead[..missing], &incoming);
    Ok(())
}

/// What the lemma asks of layer k.
fn require<K: Kernel>(walker: &Walker<K>, k: usize, ones: Ones) -> Result<(), Hypothesis> {
    let (width, samples) = (walker.width(k), walker.samples());
    match ones {
        Ones::Apart if width < samples => return Err(Hypothesis::TooNarrow { layer: k, width, samples }),
        Ones::InBasis if width + 1 < samples => {
            return Err(Hypothesis::TooNarrowToDescend { layer: k, width, samples });
        }
        _ => {}
    }
    if walker.activation().breakpoints().is_empty() {
        return Err(Hypothesis::AffineActivation);
    }
    require_distinct(walker, k - 1)
}

/// Distinct rows of F_level. Equal ones in a rounded kernel are no reason: exact ones may differ.
pub(crate) fn require_distinct<K: Kernel>(walker: &Walker<K>, level: usize) -> Result<(), Hypothesis> {
    match duplicate_rows(walker.features(level)) {
        Some((first, second)) if walker.kernel().is_exact() => Err(match level {
            0 => Hypothesis::DuplicateSamples { first, second },
            _ => Hypothesis::CoincidingFeatures { level, width: walker.width(level), first, second },
        }),
        _ => Ok(()),
    }
}

/// Integer weights w, followed by a zero bias, shape [n + 1, 1], for which the entries of `features`·w are distinct.
/// `features` is [N, n]. `None` if two rows are equal.
///
/// A difference of two rows is orthogonal to w with probability at most 1/(2B + 1) for entries drawn from −B..B, so
/// that doubling B ends the search soon; the seed is fixed, so that the result is always the same.
pub(crate) fn separating_weights<K: Kernel>(kernel: &K, features: &DMatrix<K::Scalar>) -> Option<DMatrix<K::Scalar>> {
    if duplicate_rows(features).is_some() {
        return None;
    }
    let mut random = ChaCha8Rng::seed_from_u64(0);
    // Rounded kernels may never separate two samples that exact arithmetic tells apart: give up beyond 2^30.
    for exponent in 0..31 {
        let bound = 1_i64 << exponent;
        let weights = DMatrix::from_fn(features.ncols(), 1, |_, _| {
            kernel.import(&Rational::from(random.random_range(-bound..=bound)))
        });
        let mut values: Vec<_> = kernel.product(features, &weights).iter().cloned().collect();
        values.sort_by(|a, b| a.partial_cmp(b).expect("features are finite numbers"));
        if values.windows(2).all(|pair| pair[0] != pair[1]) {
            return Some(weights.insert_row(features.ncols(), kernel.import(&Rational::new())));
        }
    }
    None
}
