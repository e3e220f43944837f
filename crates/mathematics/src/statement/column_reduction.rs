//! **Lemma 4.3** (ICML 2019): column reduction.
//!
//! *Let F be [N, n] and W [n, p], and let the columns I of F have the rank of F. Then there is a curve c from W with
//! F c(λ) = F W for all λ, at whose end F c(1) no longer depends on the columns outside I.*
//!
//! | paper | here |
//! |---|---|
//! | F | `features`, [N, n] |
//! | I, Ī | `basis`, the other columns |
//! | F W | `product`, [N, p] |
//! | c(1) | the result, [n, p]: rows outside I are zero |
//!
//! **Construction.** c is the straight line from W to c(1), whose rows I solve F(:, I) V = F W and whose other rows
//! are zero. Both ends have the product F W, hence every point between them has. A neuron outside I is *dead*
//! afterwards: its outgoing weights vanish, so its incoming weights are free.
//!
//! **What differs from the paper.** There c(1)(I) = W(I) + E W(Ī) with F(:, Ī) = F(:, I) E. We never form E, which
//! has as many right-hand sides as there are dead neurons; solving for F W has p, and its right-hand side stays the
//! same however often the columns are reduced anew, so that numbers do not grow with history. The paper takes |I|
//! equal to the rank; its own proof of Lemma 5.3 uses a larger I. Here pivots are taken inside I (earlier entries of
//! `basis` preferred), so that any I of full rank will do.
//!
//! # Example
//! ```
//! use sublevel::{example::integers, linalg::{Exact, Kernel}, statement::column_reduction::column_reduction};
//!
//! // F = (1, 2, 3) has rank 1: neuron 0 alone carries F W = 13.
//! let (features, weights) = (integers(1, 3, &[1, 2, 3]), integers(3, 1, &[5, 7, -2]));
//! let product = Exact.product(&features, &weights);
//! let reduced = column_reduction(&Exact, &features, &[0], &product).unwrap();
//! assert_eq!(reduced, integers(3, 1, &[13, 0, 0]));
//! assert_eq!(Exact.product(&features, &reduced), product);
//! ```

use super::Obstacle;
use crate::linalg::{Kernel, Unsolvable};
use crate::path::{Walker, subtract_row};
use nalgebra::DMatrix;

/// c(1) of Lemma 4.3: the weights [n, p] with `features`·c(1) = `product` and zero rows outside `basis`.
///
/// # Errors
/// [`Obstacle::Unsolvable`] where the columns `basis` do not span the columns of `product`.
pub fn column_reduction<K: Kernel>(
    kernel: &K,
    features: &DMatrix<K::Scalar>,
    basis: &[usize],
    product: &DMatrix<K::Scalar>,
) -> Result<DMatrix<K::Scalar>, Obstacle> {
    const STEP: &str = "Lemma 4.3, column reduction";
    // 1. Pivots inside I, looked for only where I is not independent already.
    let columns = features.select_columns(basis);
    let (rows, solution) = match kernel.solve(&columns, product) {
        Err(Unsolvable::DependentColumns { .. }) => {
            let pivots = kernel.pivot_columns(&columns);
            let solution = kernel.solve(&columns.select_columns(&pivots), product);
            (pivots.into_iter().map(|pivot| basis[pivot]).collect(), solution)
        }
        solution => (basis.to_vec(), solution),
    };
    // 2. F(:, I) V = F W.
    let solution = solution.map_err(Obstacle::at(STEP))?;
    // 3. c(1): V in the rows I, zero elsewhere.
    let zero = kernel.import(&rug::Rational::new());
    let mut reduced = DMatrix::from_element(features.ncols(), product.ncols(), zero);
    for (i, row) in rows.into_iter().enumerate() {
        reduced.set_row(row, &solution.row(i));
    }
    Ok(reduced)
}

/// Lemma 4.3 in a network: afterwards the neurons of layer k outside `basis` are dead. One line, constant output.
///
/// `basis` indexes the columns of [F_k, 1]. With the ones column (index n_k) in it the lemma is applied to
/// ([F_k, 1], [W_{k+1}; b_{k+1}ᵀ]), and the bias does the work of one neuron; without it, to (F_k, W_{k+1}).
///
/// # Errors
/// As [`column_reduction`].
pub fn reduce<K: Kernel>(walker: &mut Walker<K>, k: usize, basis: &[usize]) -> Result<(), Obstacle> {
    let ones = walker.width(k);
    let (features, pre) = (walker.features(k), walker.pre_activation(k + 1));
    let reduced = if basis.contains(&ones) {
        column_reduction(walker.kernel(), features, basis, pre)?
    } else {
        let bias = walker.parameters().bias(k + 1).into_owned();
        let product = subtract_row(pre, &bias);
        let mut reduced = column_reduction(walker.kernel(), features, basis, &product)?;
        reduced.set_row(ones, &bias.row(0));
        reduced
    };
    walker.reweight(k + 1, reduced);
    Ok(())
}
