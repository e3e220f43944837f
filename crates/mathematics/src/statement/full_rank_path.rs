//! **Proposition 3.5** (ICML 2019, after Evard and Jafari 1994): full-rank paths.
//!
//! *The set of full-rank matrices in ℝ^{n×p} is connected for n ≠ p.* Here n > p; otherwise transpose.
//!
//! | paper | here |
//! |---|---|
//! | A, B of full rank | `from`, `to`, [n, p] with n > p |
//! | – | I: a basis of the rows, p of them; all others are spare |
//!
//! **Construction**: exchange of rows (`exchange.rs`). Spare rows move freely, since the rows I alone keep the
//! rank. Copy target rows into spare slots, take as the new I a basis that contains them, and so on: n ≥ 2p in one
//! round or two, n ≥ p + 1 through the one spare slot.
//!
//! **Certificate**: on each straight segment the rows I do not move, and an exact inverse of them is written down
//! ([`Segment::inverse`]): so every point of the chain has rank p, and the checker sees it with one product a segment
//! ([`Chain::object`]).
//!
//! Inside a network ([`match_weight`]) the segments are lines of constant output and a change of I is a follow: see
//! [`super::output_following::Canonical`].
//!
//! For n = p the statement is false: the sign of the determinant is an obstruction
//! ([`Hypothesis::SquareMatrices`], and the certificate of it in [`super::disconnection`]).
//!
//! # Example
//! ```
//! use sublevel::{example::integers, linalg::Exact};
//! use sublevel::statement::{Hypothesis, Obstacle, full_rank_path::full_rank_path};
//!
//! // The straight line from A to −A passes 0; this chain goes around it.
//! let (from, to) = (integers(2, 1, &[1, 0]), integers(2, 1, &[-1, 0]));
//! let chain = full_rank_path(&Exact, &from, &to).unwrap();
//! assert!(chain.verify());
//! assert_eq!(chain.segments.last().unwrap().end, to);
//! // For square matrices there is no way around.
//! let square = full_rank_path(&Exact, &integers(1, 1, &[1]), &integers(1, 1, &[-1]));
//! assert_eq!(square, Err(Obstacle::Hypothesis(Hypothesis::SquareMatrices { size: 1 })));
//! ```

use super::exchange::{Slots, exchange};
use super::object::prove;
use super::output_following::Canonical;
use super::{Hypothesis, Obstacle};
use crate::arith::Number;
use crate::certificate::{Object, object};
use crate::checker::Finding;
use crate::linalg::Kernel;
use crate::path::to_matrix;
use nalgebra::DMatrix;
use rug::Rational;
use std::collections::BTreeMap;

const STEP: &str = "Proposition 3.5, full-rank path";

/// A straight segment of a chain of full-rank matrices.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment<T> {
    /// I: p rows that do not move.
    pub basis: Vec<usize>,
    /// The inverse of the matrix of these rows, [p, p].
    pub inverse: DMatrix<T>,
    /// The matrix at the end of the segment, [n, p].
    pub end: DMatrix<T>,
}

/// A chain of matrices of full column rank.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain<T> {
    /// The first matrix, [n, p].
    pub start: DMatrix<T>,
    /// The segments in order.
    pub segments: Vec<Segment<T>>,
}

impl Chain<Rational> {
    /// Whether the checker accepts that every point of the chain, not only its vertices, has full rank.
    pub fn verify(&self) -> bool {
        matches!(prove(self.object()), Ok(Finding::FullRankChain { .. }))
    }

    /// All that the checker needs.
    pub fn object(&self) -> Object {
        let segment = |segment: &Segment<Rational>| object::Segment {
            basis: segment.basis.clone(),
            inverse: to_matrix(&segment.inverse),
            end: to_matrix(&segment.end),
        };
        let segments = self.segments.iter().map(segment).collect();
        Object::Chain(object::Chain { start: to_matrix(&self.start), segments })
    }
}

impl<T: Number> Chain<T> {
    /// The same chain of the transposed matrices: a basis of rows becomes one of columns.
    fn transposed(self) -> Self {
        let segment = |segment: Segment<T>| Segment { end: segment.end.transpose(), ..segment };
        Chain { start: self.start.transpose(), segments: self.segments.into_iter().map(segment).collect() }
    }
}

/// Proposition 3.5 as a function on matrices: a chain of straight segments from `from` to `to`, both [n, p] with n ≠ p,
/// on which the rank is min(n, p) throughout. Wide matrices are joined by their transposes.
///
/// # Errors
/// [`Hypothesis::SquareMatrices`] for n = p and different matrices, [`Hypothesis::RankDeficient`] if one of the two has
/// rank below min(n, p), [`Hypothesis::Shapes`] if the shapes differ.
pub fn full_rank_path<K: Kernel>(
    kernel: &K,
    from: &DMatrix<K::Scalar>,
    to: &DMatrix<K::Scalar>,
) -> Result<Chain<K::Scalar>, Obstacle> {
    let (n, p) = from.shape();
    if to.shape() != (n, p) {
        return Err(Hypothesis::Shapes { from: (n, p), to: to.shape() }.into());
    }
    if n < p {
        return full_rank_path(kernel, &from.transpose(), &to.transpose()).map(Chain::transposed);
    }
    let basis = kernel.pivot_columns(&from.transpose());
    for rank in [basis.len(), kernel.rank(to)] {
        if rank < p {
            return Err(Hypothesis::RankDeficient { rank, columns: p }.into());
        }
    }
    if n == p && from != to {
        return Err(Hypothesis::SquareMatrices { size: n }.into());
    }
    let mut chain = Chain { start: from.clone(), segments: Vec::new() };
    let inverse = kernel.left_inverse(&from.select_rows(&basis)).map_err(Obstacle::at(STEP))?;
    if from == to {
        // One segment that rests shows the rank.
        chain.segments.push(Segment { basis, inverse, end: to.clone() });
        return Ok(chain);
    }
    let mut rows = MatrixRows { kernel, current: from.clone(), target: to, chain, basis: basis.clone(), inverse };
    exchange(&mut rows, n, basis, STEP)?;
    Ok(rows.chain)
}

/// The rows of a matrix as slots.
struct MatrixRows<'m, K: Kernel> {
    kernel: &'m K,
    current: DMatrix<K::Scalar>,
    target: &'m DMatrix<K::Scalar>,
    chain: Chain<K::Scalar>,
    basis: Vec<usize>,
    inverse: DMatrix<K::Scalar>,
}

impl<K: Kernel> Slots for MatrixRows<'_, K> {
    fn independent(&self, order: &[usize]) -> Vec<usize> {
        independent_rows(self.kernel, &self.current, order)
    }

    fn independent_targets(&self, order: &[usize]) -> Vec<usize> {
        independent_rows(self.kernel, self.target, order)
    }

    fn copy(&mut self, home: &[usize], originals: &[usize], copies: &[usize]) {
        let end = with_copies(&self.current, self.target, home, originals, copies);
        if end != self.current {
            self.current = end.clone();
            let (basis, inverse) = (self.basis.clone(), self.inverse.clone());
            self.chain.segments.push(Segment { basis, inverse, end });
        }
    }

    fn settle(&mut self, basis: &[usize]) -> Result<(), Obstacle> {
        self.inverse = self.kernel.left_inverse(&self.current.select_rows(basis)).map_err(Obstacle::at(STEP))?;
        self.basis = basis.to_vec();
        Ok(())
    }
}

/// Proposition 3.5 inside a network: W_l and b_l become those of the target, and the basis of W_l too; the output is
/// constant. Both are in canonical form over the same features.
///
/// # Errors
/// [`Obstacle::RankLost`] or [`Obstacle::Unsolvable`] from a rounded kernel.
pub fn match_weight<'a, K: Kernel>(
    ours: &mut Canonical<'_, 'a, K>,
    theirs: &Canonical<'_, 'a, K>,
    l: usize,
) -> Result<(), Obstacle> {
    let target = theirs.weight(l);
    if ours.weight(l) != target {
        let (slots, basis) = (target.nrows(), ours.basis(l).to_vec());
        exchange(&mut LayerRows { canonical: ours, target: &target, l }, slots, basis, STEP)?;
    }
    let bias = theirs.walker().parameters().bias(l).into_owned();
    ours.settle(l, theirs.basis(l), Some(bias))
}

/// The rows of W_l in a network in canonical form as slots.
struct LayerRows<'c, 'w, 'a, K: Kernel> {
    canonical: &'c mut Canonical<'w, 'a, K>,
    target: &'c DMatrix<K::Scalar>,
    l: usize,
}

impl<K: Kernel> Slots for LayerRows<'_, '_, '_, K> {
    fn independent(&self, order: &[usize]) -> Vec<usize> {
        independent_rows(self.canonical.walker().kernel(), &self.canonical.weight(self.l), order)
    }

    fn independent_targets(&self, order: &[usize]) -> Vec<usize> {
        independent_rows(self.canonical.walker().kernel(), self.target, order)
    }

    fn copy(&mut self, home: &[usize], originals: &[usize], copies: &[usize]) {
        let weight = with_copies(&self.canonical.weight(self.l), self.target, home, originals, copies);
        self.canonical.set_weight(self.l, weight);
    }

    fn settle(&mut self, basis: &[usize]) -> Result<(), Obstacle> {
        self.canonical.settle(self.l, basis, None)
    }
}

/// The rows of `order` that are independent of those before them.
fn independent_rows<K: Kernel>(kernel: &K, matrix: &DMatrix<K::Scalar>, order: &[usize]) -> Vec<usize> {
    let pivots = kernel.pivot_columns(&matrix.select_rows(order).transpose());
    pivots.into_iter().map(|pivot| order[pivot]).collect()
}

/// The matrix with the target's rows `home` in their own places and copies of the rows `originals` in `copies`.
fn with_copies<T: Number>(
    matrix: &DMatrix<T>,
    target: &DMatrix<T>,
    home: &[usize],
    originals: &[usize],
    copies: &[usize],
) -> DMatrix<T> {
    let mut result = matrix.clone();
    for &row in home {
        result.set_row(row, &target.row(row));
    }
    let moves: BTreeMap<usize, usize> = copies.iter().copied().zip(originals.iter().copied()).collect();
    for (copy, original) in moves {
        result.set_row(copy, &matrix.row(original));
    }
    result
}
