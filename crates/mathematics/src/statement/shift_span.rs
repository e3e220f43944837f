//! **Lemma 4.4** (ICML 2019): the shifts of one column span everything.
//!
//! *Let the entries of v ∈ ℝᴺ be distinct and let σ satisfy Assumption 2.2. Then {σ(v + b·1) : b ∈ ℝ} spans ℝᴺ.*
//!
//! **Construction.** For piecewise-linear σ with breakpoints t_j the curve b ↦ σ(v + b·1) is itself piecewise linear,
//! with kinks at b = t_j − v_i. On each piece it is affine, so it lies in the span of its values at any two points of
//! the piece: the kinks and one point beyond each end therefore span what the whole curve spans. That is a finite
//! list of at most N·r + 2 biases, exact, and by the lemma it contains a basis of ℝᴺ.
//!
//! **What differs from the paper**, which argues by contradiction: here the biases are named.
//!
//! # Example
//! ```
//! use nalgebra::DVector;
//! use sublevel::{linalg::{Exact, Kernel}, network::Activation};
//! use sublevel::statement::shift_span::{shift_span, shifted_columns};
//!
//! let v = DVector::from_vec(vec![0.into(), 1.into(), 3.into()]);
//! let relu = Activation::relu().import(&Exact);
//! let biases = shift_span(&Exact, &relu, &v);
//! assert_eq!(biases, [-1, 0, 1]);
//! assert_eq!(Exact.rank(&shifted_columns(&relu, &v, &biases)), 3);
//! ```

use crate::arith::Number;
use crate::linalg::Kernel;
use crate::network::PiecewiseLinear;
use nalgebra::{DMatrix, DVector};
use rug::Rational;

/// The candidate biases for the column `v`, of N entries: every kink t_j − v_i and one point beyond each end, ascending.
pub fn candidate_biases<K: Kernel>(
    kernel: &K,
    activation: &PiecewiseLinear<K::Scalar>,
    v: &DVector<K::Scalar>,
) -> Vec<K::Scalar> {
    let one = kernel.import(&Rational::from(1));
    let mut kinks: Vec<_> = activation.breakpoints().iter().flat_map(|t| v.iter().map(move |x| t.minus(x))).collect();
    kinks.sort_by(|a, b| a.partial_cmp(b).expect("kinks are finite numbers"));
    kinks.dedup();
    if let (Some(first), Some(last)) = (kinks.first().cloned(), kinks.last().cloned()) {
        kinks.insert(0, first.minus(&one));
        kinks.push(last.plus(&one));
    }
    kinks
}

/// The columns σ(v + b·1) for the given biases, shape [N, biases].
pub fn shifted_columns<T: Number>(activation: &PiecewiseLinear<T>, v: &DVector<T>, biases: &[T]) -> DMatrix<T> {
    activation.apply(&DMatrix::from_fn(v.len(), biases.len(), |i, j| v[i].plus(&biases[j])))
}

/// Lemma 4.4: biases b_1, …, b_N for which the columns σ(v + b_i·1) are a basis of ℝᴺ.
///
/// Fewer than N come back where σ is affine or two entries of v are equal: then the lemma does not apply.
pub fn shift_span<K: Kernel>(
    kernel: &K,
    activation: &PiecewiseLinear<K::Scalar>,
    v: &DVector<K::Scalar>,
) -> Vec<K::Scalar> {
    let biases = candidate_biases(kernel, activation, v);
    let pivots = kernel.pivot_columns(&shifted_columns(activation, v, &biases));
    pivots.into_iter().map(|column| biases[column].clone()).collect()
}
