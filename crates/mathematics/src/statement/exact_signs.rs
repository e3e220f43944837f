//! Factors that show signs of small rational matrices: the checker multiplies them out.

use crate::certificate::object::{Factors, Squares};
use crate::path::to_matrix;
use nalgebra::DMatrix;
use rug::Rational;

/// P A = L U by Gaussian elimination: the rows in their new order, L and U. Cost: n³/3 products.
fn eliminate(a: &DMatrix<Rational>) -> (Vec<usize>, DMatrix<Rational>, DMatrix<Rational>) {
    let (mut upper, size) = (a.clone(), a.nrows());
    let mut lower = DMatrix::from_fn(size, size, |i, j| Rational::from(u32::from(i == j)));
    let mut rows: Vec<usize> = (0..size).collect();
    for column in 0..size {
        let Some(row) = (column..size).find(|&row| !upper[(row, column)].is_zero()) else { continue };
        rows.swap(row, column);
        upper.swap_rows(row, column);
        for before in 0..column {
            lower.swap((row, before), (column, before));
        }
        eliminate_below(&mut upper, &mut lower, column);
    }
    (rows, lower, upper)
}

/// Subtracts multiples of row k from the rows below, so that column k is zero there, and keeps the factors.
fn eliminate_below(a: &mut DMatrix<Rational>, lower: &mut DMatrix<Rational>, k: usize) {
    for i in k + 1..a.nrows() {
        let factor = Rational::from(&a[(i, k)] / &a[(k, k)]);
        for j in k..a.ncols() {
            let change = Rational::from(&factor * &a[(k, j)]);
            a[(i, j)] -= change;
        }
        lower[(i, k)] = factor;
    }
}

/// The determinant of A [n, n], and the factors that show it.
pub(super) fn determinant(a: &DMatrix<Rational>) -> (Rational, Factors) {
    let (rows, lower, upper) = eliminate(a);
    let mut product: Rational = (0..a.nrows()).map(|i| &upper[(i, i)]).product();
    let mut order = rows.clone();
    for i in 0..order.len() {
        while order[i] != i {
            let at = order[i];
            order.swap(i, at);
            product = -product;
        }
    }
    (product, Factors { rows, lower: to_matrix(&lower), upper: to_matrix(&upper) })
}

/// B and D ≥ 0 with A = B D Bᵀ for a symmetric A [n, n], and whether that is so: if A is positive semidefinite. Cost: n³/3
/// products.
pub(super) fn squares(a: &DMatrix<Rational>) -> (Squares, bool) {
    let (mut rest, size, mut semidefinite) = (a.clone(), a.nrows(), true);
    let mut base = DMatrix::from_fn(size, size, |i, j| Rational::from(u32::from(i == j)));
    for k in 0..size {
        if rest[(k, k)].is_zero() {
            semidefinite &= (k..size).all(|j| rest[(k, j)].is_zero());
        } else {
            semidefinite &= rest[(k, k)] > 0;
            eliminate_below(&mut rest, &mut base, k);
        }
    }
    let diagonal = DMatrix::from_fn(1, size, |_, k| rest[(k, k)].clone());
    (Squares { base: to_matrix(&base), diagonal: to_matrix(&diagonal) }, semidefinite)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(size: usize, entries: &[i32]) -> DMatrix<Rational> {
        DMatrix::from_row_slice(size, size, entries).map(Rational::from)
    }

    #[test]
    fn determinants_by_hand() {
        assert_eq!(determinant(&matrix(1, &[-7])).0, -7);
        assert_eq!(determinant(&matrix(2, &[0, 1, 1, 0])).0, -1);
        assert_eq!(determinant(&matrix(3, &[2, 0, 1, 1, 3, 2, 1, 1, 1])).0, 0);
        assert_eq!(determinant(&matrix(3, &[0, 2, 1, 1, 3, 2, 1, 1, 2])).0, -2);
        assert_eq!(determinant(&matrix(3, &[0, 1, 0, 0, 0, 1, 1, 0, 0])).0, 1);
    }

    #[test]
    fn semidefinite_matrices_by_hand() {
        for (entries, semidefinite) in [
            (&[1, 1, 1, 1], true),
            (&[0, 0, 0, 5], true),
            (&[0, 1, 1, 5], false),
            (&[1, 2, 2, 3], false),
            (&[-1, 0, 0, 1], false),
        ] {
            assert_eq!(squares(&matrix(2, entries)).1, semidefinite, "{entries:?}");
        }
    }
}
