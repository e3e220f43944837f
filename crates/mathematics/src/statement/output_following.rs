//! **Lemma 3.3** (ICML 2019): the features of one level, or the output, go where we like and the first layer follows.
//!
//! *Let σ be strictly monotone and onto (Assumption 2.1) and let W_2, …, W_k have full column rank, rank X = N. There
//! is a continuous map h with (1) F_k(h((W_l, b_l)_{l=2}^k, A), (W_l, b_l)_{l=2}^k) = A for every A, and (2) a curve
//! from any θ to (h((W_l, b_l), F_k(θ)), (W_l, b_l)) on which F_k, and so the loss, is constant.*
//!
//! | paper | here |
//! |---|---|
//! | X, rank X = N | [F_{s-1}, 1] with rank N: the bias is worth one more column, and any layer s may be the first |
//! | X⁺ | R, `right_inverse` [n_{s-1} + 1, N]: [F_{s-1}, 1] R = I |
//! | W_l⁺ | L_l, `left_inverses` [n_l, n_{l-1}]: L_l W_l = I |
//! | h | [`first_layer_for`], with any choice of these inverses |
//!
//! **Statement 1** is [`first_layer_for`]: go down from A by P_l = σ⁻¹(F_l), F_{l-1} = (P_l − 1b_lᵀ) L_l, U_s = R P_s.
//! It is a property of the code that the forward pass returns A (`tests/output_following.rs`), with the Moore–Penrose
//! inverses of the paper ([`moore_penrose`]) as with others.
//!
//! **Statement 2** is [`Canonical`]: the walk to the *canonical form*, F_{l-1} = (P_l − 1b_lᵀ) L_l for l = s+1..L and
//! U_s = R P_s, by one follow per level. Its L_l are supported on n_l independent rows I_l of W_l (a basis), so that the
//! columns of F_{l-1} outside I_l are zero: the rows of W_l outside I_l are free. The state then depends on the current
//! weights only, not on history: numbers stay small.
//!
//! **What differs from the paper**: the canonical form is reached from below, level by level, together with Lemma 3.4
//! ([`super::full_rank_weights`]), since a follow at level l − 1 keeps the levels under it canonical.
//!
//! # Example
//! ```
//! use sublevel::{certificate::Claim, checker::Conclusion, example::*};
//! use sublevel::statement::output_following::Canonical;
//!
//! let problem = problem("leaky-relu=1/2", integers(2, 1, &[0, 1]), &[1, 2, 1]);
//! let mut walker = walker(&problem, &network(&[1, 2, 1], &[&[1, 2, 0, 1], &[2, 4, 3]]));
//! let mut canonical = Canonical::reach(&mut walker, &problem.activation, 1).unwrap();
//! // The output goes where we like, and the first layer follows.
//! canonical.follow_output(integers(2, 1, &[-7, 11]));
//! assert_eq!(*walker.output(), integers(2, 1, &[-7, 11]));
//! assert_eq!(conclusion(&problem, Claim::Connected, None, &walker.into_path()), Ok(Conclusion::Connected));
//! ```

use super::unit_rows::complete_rank;
use super::{Hypothesis, Obstacle};
use crate::linalg::{Kernel, Unsolvable};
use crate::network::{Activation, Parameters};
use crate::path::{Pullback, Walker, subtract_row};
use nalgebra::DMatrix;
use std::collections::BTreeMap;
use std::sync::Arc;

const STEP: &str = "Lemma 3.3, output following";

/// Lemma 3.3, statement 1: the map h. The stacked first layer U_s [n_{s-1} + 1, n_s] of a (sub)network, s =
/// `pull.first`, with which level k of the network `above` has the features `target` [N, n_k] (the output if k = L).
///
/// # Panics
/// If `pull` lacks a left inverse of a layer s+1..k.
pub fn first_layer_for<K: Kernel>(
    kernel: &K,
    pull: &Pullback<K::Scalar>,
    above: &Parameters<K::Scalar>,
    k: usize,
    target: &DMatrix<K::Scalar>,
) -> DMatrix<K::Scalar> {
    let mut features = target.clone();
    for l in (pull.first + 1..=k).rev() {
        let pre = if l == above.depth() { features } else { pull.inverse.apply(&features) };
        let bias = above.bias(l).into_owned();
        features = kernel.product(&subtract_row(&pre, &bias), &pull.left_inverses[&l]);
    }
    let pre = if pull.first == above.depth() { features } else { pull.inverse.apply(&features) };
    kernel.product(&pull.right_inverse, &pre)
}

/// The Moore–Penrose inverse A⁺ = (AᵀA)⁻¹Aᵀ [n, m] of a matrix A [m, n] of full column rank; for full row rank, use
/// (Aᵀ)⁺ᵀ.
///
/// # Errors
/// [`Unsolvable::DependentColumns`].
pub fn moore_penrose<K: Kernel>(kernel: &K, a: &DMatrix<K::Scalar>) -> Result<DMatrix<K::Scalar>, Unsolvable> {
    let transposed = a.transpose();
    kernel.solve(&kernel.product(&transposed, a), &transposed)
}

/// A walker whose layers s..L are in canonical form (see the module): the free rows of every W_l, and its bias, can be
/// set without changing the output.
pub struct Canonical<'w, 'a, K: Kernel> {
    walker: &'w mut Walker<'a, K>,
    pull: Pullback<K::Scalar>,
    bases: BTreeMap<usize, Vec<usize>>,
}

impl<'w, 'a, K: Kernel> Canonical<'w, 'a, K> {
    /// Walks to the canonical form of layers `first`..L; the output is constant on the way. Lemma 3.4 is part of it.
    ///
    /// 1. U_s = R P_s: a line.
    /// 2. For l = s+1..L: complete W_l to full column rank, as \[W̃_l\], with basis I_l and left inverse L_l.
    ///    A follow takes F_{l-1} to (P_l − 1b_lᵀ) L_l. That is zero outside the rows I_l that W_l had already, so that
    ///    the output stays and the rows of W_l that differ from those of W̃_l are free.
    /// 3. A line takes W_l to W̃_l.
    ///
    /// # Errors
    /// [`Hypothesis::NotMonotoneOnto`], [`Hypothesis::DependentFeatures`]; [`Obstacle::Unsolvable`] from rounded
    /// kernels.
    pub fn reach(walker: &'w mut Walker<'a, K>, activation: &Activation, first: usize) -> Result<Self, Obstacle> {
        let right_inverse = independent_data(walker, first)?;
        Self::reach_with(walker, activation, first, right_inverse)
    }

    /// The same with a given R, which two walkers over the same features share.
    pub(crate) fn reach_with(
        walker: &'w mut Walker<'a, K>,
        activation: &Activation,
        first: usize,
        right_inverse: Arc<DMatrix<K::Scalar>>,
    ) -> Result<Self, Obstacle> {
        let inverse = activation.inverse().ok_or_else(|| Hypothesis::not_monotone_onto(activation))?;
        let inverse = inverse.import(walker.kernel());
        // A weight with more columns than rows has no full column rank.
        if let Some(layer) = (first..walker.depth()).find(|&l| walker.width(l) < walker.width(l + 1)) {
            let (width, next) = (walker.width(layer), walker.width(layer + 1));
            return Err(Hypothesis::NotNarrowing { layer, width, next }.into());
        }
        // 1. U_s = R P_s.
        let layer = walker.kernel().product(&right_inverse, walker.pre_activation(first));
        walker.reweight(first, layer);
        let pull = Pullback { first, inverse, right_inverse, left_inverses: BTreeMap::new() };
        let mut canonical = Self { walker, pull, bases: BTreeMap::new() };
        for l in first + 1..=canonical.walker.depth() {
            // 2. A follow to features that use a basis of the rows only.
            let weight = canonical.weight(l);
            let (completed, basis) = complete_rank(canonical.walker.kernel(), &weight);
            canonical.follow_to_basis(l, &completed, basis, None)?;
            // 3. The missing rows.
            canonical.set_weight(l, completed);
        }
        Ok(canonical)
    }

    /// The walker.
    pub fn walker(&self) -> &Walker<'a, K> {
        self.walker
    }

    /// How features are pulled back: σ⁻¹, R and the current left inverses.
    pub fn pullback(&self) -> &Pullback<K::Scalar> {
        &self.pull
    }

    /// I_l: the rows of W_l that carry, n_l of them.
    pub fn basis(&self, l: usize) -> &[usize] {
        &self.bases[&l]
    }

    /// W_l, [n_{l-1}, n_l].
    pub fn weight(&self, l: usize) -> DMatrix<K::Scalar> {
        self.walker.parameters().weight(l).into_owned()
    }

    /// [`Walker::tilt`]; the canonical form does not see the output bias.
    pub fn tilt(&mut self, shift: &DMatrix<K::Scalar>) {
        self.walker.tilt(shift);
    }

    /// Rows of W_l outside I_l go straight to those of `weight`; they meet features that are zero. A line.
    pub fn set_weight(&mut self, l: usize, weight: DMatrix<K::Scalar>) {
        let layer = stack(&weight, &self.walker.parameters().bias(l).into_owned());
        self.walker.reweight(l, layer);
    }

    /// Switches to another basis of the rows of W_l, and, where a bias [1, n_l] is given, takes b_l there: a follow at
    /// level l − 1 from (P_l − 1b_lᵀ) L_l to (P_l − 1b'_lᵀ) L'_l. Nothing happens if neither changes.
    ///
    /// # Errors
    /// [`Obstacle::Unsolvable`] if the rows are dependent.
    pub fn settle(&mut self, l: usize, basis: &[usize], bias: Option<DMatrix<K::Scalar>>) -> Result<(), Obstacle> {
        let bias = bias.filter(|bias| self.walker.parameters().bias(l) != *bias);
        if bias.is_none() && self.bases[&l] == basis {
            return Ok(());
        }
        let weight = self.weight(l);
        self.follow_to_basis(l, &weight, basis.to_vec(), bias)
    }

    /// The output goes straight to `target` [N, n_L]: a follow at level L, the one move that may change the loss.
    pub fn follow_output(&mut self, target: DMatrix<K::Scalar>) {
        self.walker.follow_canonical(&self.pull, self.walker.depth(), target, None);
    }

    /// F_{l-1} goes to (P_l − 1bᵀ) L, where L inverts the rows `basis` of `weight`; b_l goes to b where one is given.
    fn follow_to_basis(
        &mut self,
        l: usize,
        weight: &DMatrix<K::Scalar>,
        basis: Vec<usize>,
        bias: Option<DMatrix<K::Scalar>>,
    ) -> Result<(), Obstacle> {
        let kernel = self.walker.kernel();
        let square = kernel.left_inverse(&weight.select_rows(&basis)).map_err(Obstacle::at(STEP))?;
        let mut inverse = DMatrix::from_element(weight.ncols(), weight.nrows(), kernel.import(&rug::Rational::new()));
        for (column, &row) in basis.iter().enumerate() {
            inverse.set_column(row, &square.column(column));
        }
        let current = self.walker.parameters().bias(l).into_owned();
        let pre = subtract_row(self.walker.pre_activation(l), bias.as_ref().unwrap_or(&current));
        let next = bias.map(|bias| stack(&self.weight(l), &bias));
        self.walker.follow_canonical(&self.pull, l - 1, kernel.product(&pre, &inverse), next);
        self.pull.left_inverses.insert(l, Arc::new(inverse));
        self.bases.insert(l, basis);
        Ok(())
    }
}

/// R with [F_{s-1}, 1] R = I.
///
/// # Errors
/// [`Hypothesis::DependentFeatures`] if [F_{s-1}, 1] has rank below N.
pub(crate) fn independent_data<K: Kernel>(
    walker: &Walker<K>,
    first: usize,
) -> Result<Arc<DMatrix<K::Scalar>>, Obstacle> {
    match walker.kernel().right_inverse(walker.features(first - 1)) {
        Ok(inverse) => Ok(Arc::new(inverse)),
        Err(Unsolvable::DependentRows { rows, rank }) => {
            Err(Hypothesis::DependentFeatures { level: first - 1, rank, samples: rows }.into())
        }
        Err(source) => Err(Obstacle::at(STEP)(source)),
    }
}

/// [W; bᵀ].
fn stack<T: crate::arith::Number>(weight: &DMatrix<T>, bias: &DMatrix<T>) -> DMatrix<T> {
    let last = weight.nrows();
    DMatrix::from_fn(last + 1, weight.ncols(), |i, j| if i < last { weight[(i, j)].clone() } else { bias[j].clone() })
}
