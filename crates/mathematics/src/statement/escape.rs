//! **Unbounded level sets** (ICML 2019: Theorems 3.2 (2), 4.2 (2), 5.1): a path of constant loss to infinity.
//!
//! *Every component of every level set is unbounded.* From any θ there is a path of constant output to infinity:
//! * **Wide layer** (Theorems 4.2, 5.1, 6.1): if the columns of some [F_k, 1] are dependent, as for every n_k ≥ N, a
//!   dependent neuron dies and its bias runs off ([`super::wide_layer::run_off`]).
//! * **Independent data** (Theorem 3.2 (2)): σ strictly monotone and onto, rank [X, 1] = N, n_1 > n_2: there is v ≠ 0
//!   with vᵀW_2 = 0, and F_1 + λ·1vᵀ has the same output for every λ ([`through_kernel`]). It is a *follow* until all
//!   pre-activations of the neurons in v are beyond every breakpoint, and from there on a *ray* of biases.
//! * **Homogeneous σ** (section 4): a hidden layer grows and the next one shrinks ([`super::rescaling`]). A layer of zeros,
//!   which cannot grow, has dependent features: for such σ and L ≥ 2 there is always a way.
//!
//! **What differs from the paper**: full rank of W_2 is not needed for the second, nor are Assumptions 2.1 and 2.2 for
//! the first, nor n_2 > … > n_L for either.
//!
//! # Example
//! ```
//! use sublevel::{certificate::Claim, checker::{Conclusion, Level}, example::*};
//! use sublevel::statement::escape::{Escape, escape};
//!
//! let problem = problem("relu", integers(2, 1, &[0, 1]), &[1, 2, 1]);
//! let mut walker = walker(&problem, &network(&[1, 2, 1], &[&[1, 2, 0, 1], &[1, 1, 0]]));
//! assert_eq!(escape(&mut walker, &problem).unwrap(), Escape::DeadNeuron(1));
//! let proved = conclusion(&problem, Claim::Unbounded, None, &walker.into_path());
//! assert_eq!(proved, Ok(Conclusion::Unbounded(Level::Constant)));
//! ```

use super::output_following::independent_data;
use super::rescaling::rescaling;
use super::wide_layer::run_off;
use super::{Hypothesis, Obstacle, Problem};
use crate::arith::Number;
use crate::linalg::Kernel;
use crate::path::{Pullback, Walker};
use nalgebra::DMatrix;
use rug::Rational;
use std::collections::BTreeMap;

/// Which of the constructions was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// A dependent neuron of this hidden layer died and its bias runs off.
    DeadNeuron(usize),
    /// Features run off in the kernel of W_2ᵀ.
    Kernel,
    /// This hidden layer is multiplied with s, and the weight of the next one with 1/s.
    Rescaling(usize),
}

impl Escape {
    /// The label of the certificate.
    pub fn label(self) -> &'static str {
        match self {
            Escape::DeadNeuron(_) => "icml-2019/theorem-4.2",
            Escape::Kernel => "icml-2019/theorem-3.2",
            Escape::Rescaling(_) => "icml-2019/section-4",
        }
    }
}

impl std::fmt::Display for Escape {
    /// What happens.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Escape::DeadNeuron(k) => write!(f, "a dependent neuron of layer {k} dies and its bias runs off"),
            Escape::Kernel => f.write_str("the features of layer 1 run off in the left kernel of W_2"),
            Escape::Rescaling(k) => {
                write!(f, "layer {k} grows and the weight of layer {} shrinks by as much", k + 1)
            }
        }
    }
}

/// Walks to infinity at constant output, by the first of the three constructions that applies.
///
/// # Errors
/// [`Hypothesis::NoEscape`] if none applies; the others only from rounded kernels.
pub fn escape<K: Kernel>(walker: &mut Walker<K>, problem: &Problem) -> Result<Escape, Obstacle> {
    for k in 1..walker.depth() {
        if run_off(walker, k)? {
            return Ok(Escape::DeadNeuron(k));
        }
    }
    let kernel = match through_kernel(walker, problem) {
        Err(Obstacle::Hypothesis(reason)) => Box::new(reason),
        result => return result.map(|()| Escape::Kernel),
    };
    match rescaling(walker, problem) {
        Err(Obstacle::Hypothesis(reason)) => Err(Hypothesis::NoEscape { kernel, rescaling: Box::new(reason) }.into()),
        result => result.map(Escape::Rescaling),
    }
}

/// Theorem 3.2 (2).
///
/// # Errors
/// [`Hypothesis::NotMonotoneOnto`], [`Hypothesis::NotNarrowing`] (n_1 ≤ n_2 or L = 1),
/// [`Hypothesis::DependentFeatures`].
pub fn through_kernel<K: Kernel>(walker: &mut Walker<K>, problem: &Problem) -> Result<(), Obstacle> {
    let inverse = problem.activation.inverse().ok_or_else(|| Hypothesis::not_monotone_onto(&problem.activation))?;
    if walker.depth() == 1 || walker.width(1) <= walker.width(2) {
        let next = problem.widths.get(2).copied().unwrap_or(problem.widths[1]);
        return Err(Hypothesis::NotNarrowing { layer: 1, width: problem.widths[1], next }.into());
    }
    let kernel = walker.kernel();
    let right_inverse = independent_data(walker, 1)?;
    // 1. v in the left kernel of W_2.
    let v = left_kernel_vector(kernel, &walker.parameters().weight(2).into_owned())?;
    // 2. A follow beyond every breakpoint.
    let pull = Pullback { first: 1, inverse: inverse.import(kernel), right_inverse, left_inverses: BTreeMap::new() };
    let far = beyond_values(kernel, &pull, &walker.level(1), &v);
    let level = walker.level(1);
    let target = DMatrix::from_fn(level.nrows(), level.ncols(), |i, j| level[(i, j)].plus(&far.times(&v[j])));
    walker.follow(&pull, 1, target, None);
    // 3. A ray of biases: F_1 goes on by 1vᵀ.
    let mut direction = walker.layer(1).map(|_| kernel.import(&Rational::new()));
    let bias = direction.nrows() - 1;
    for (j, entry) in v.iter().enumerate().filter(|(_, entry)| !entry.is_zero()) {
        let piece = walker.activation().piece(&walker.pre_activation(1)[(0, j)]);
        direction[(bias, j)] = entry.over(&walker.activation().slopes()[piece]);
    }
    walker.ray(1, direction);
    Ok(())
}

/// v ≠ 0 with vᵀ W = 0, for W [n, p] with n > p: a row outside the basis, minus its combination of the basis.
fn left_kernel_vector<K: Kernel>(kernel: &K, weight: &DMatrix<K::Scalar>) -> Result<Vec<K::Scalar>, Obstacle> {
    const STEP: &str = "Theorem 3.2 (2), left kernel of W_2";
    let transposed = weight.transpose();
    let basis = kernel.pivot_columns(&transposed);
    let row = (0..weight.nrows()).find(|row| !basis.contains(row)).ok_or(Obstacle::RankLost {
        step: STEP,
        found: basis.len(),
        needed: weight.ncols(),
    })?;
    let combination = kernel
        .solve(&transposed.select_columns(&basis), &transposed.select_columns(&[row]))
        .map_err(Obstacle::at(STEP))?;
    let mut v = vec![kernel.import(&Rational::new()); weight.nrows()];
    v[row] = kernel.import(&Rational::from(1));
    for (i, &neuron) in basis.iter().enumerate() {
        v[neuron] = combination[i].negated();
    }
    Ok(v)
}

/// λ > 0 for which every entry F_ij + λv_j with v_j ≠ 0 is beyond all values of σ at breakpoints, in the direction of
/// v_j.
fn beyond_values<K: Kernel>(
    kernel: &K,
    pull: &Pullback<K::Scalar>,
    level: &DMatrix<K::Scalar>,
    v: &[K::Scalar],
) -> K::Scalar {
    let zero = kernel.import(&Rational::new());
    let values = pull.inverse.breakpoints();
    let mut far = zero.clone();
    for (j, entry) in v.iter().enumerate() {
        let extreme = if *entry > zero { values.last() } else { values.first() };
        let (Some(extreme), false) = (extreme, entry.is_zero()) else { continue };
        for i in 0..level.nrows() {
            let needed = extreme.minus(&level[(i, j)]).over(entry);
            if needed > far {
                far = needed;
            }
        }
    }
    far.plus(&kernel.import(&Rational::from(1)))
}
