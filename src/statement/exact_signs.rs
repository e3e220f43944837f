//! Signs of small rational matrices, for the verifiers of this room: they share no code with the kernels.

use nalgebra::DMatrix;
use rug::Rational;

/// The determinant of A [n, n], by Gaussian elimination. Cost: n³/3 products.
pub(super) fn determinant(a: &DMatrix<Rational>) -> Rational {
    let (mut a, size) = (a.clone(), a.nrows());
    let mut determinant = Rational::from(1);
    for column in 0..size {
        let Some(row) = (column..size).find(|&row| !a[(row, column)].is_zero()) else { return Rational::new() };
        if row != column {
            a.swap_rows(row, column);
            determinant = -determinant;
        }
        determinant *= &a[(column, column)];
        eliminate_below(&mut a, column);
    }
    determinant
}

/// Whether the symmetric A [n, n] is positive semidefinite: symmetric elimination never meets a negative pivot, nor a
/// zero pivot with something else in its row. Cost: n³/3 products.
pub(super) fn is_positive_semidefinite(a: &DMatrix<Rational>) -> bool {
    let mut a = a.clone();
    for k in 0..a.nrows() {
        let pivot = &a[(k, k)];
        if *pivot < 0 || pivot.is_zero() && (k..a.nrows()).any(|j| !a[(k, j)].is_zero()) {
            return false;
        }
        if !pivot.is_zero() {
            eliminate_below(&mut a, k);
        }
    }
    true
}

/// Subtracts multiples of row k from the rows below, so that column k is zero there.
fn eliminate_below(a: &mut DMatrix<Rational>, k: usize) {
    for i in k + 1..a.nrows() {
        let factor = Rational::from(&a[(i, k)] / &a[(k, k)]);
        for j in k..a.ncols() {
            let change = Rational::from(&factor * &a[(k, j)]);
            a[(i, j)] -= change;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(size: usize, entries: &[i32]) -> DMatrix<Rational> {
        DMatrix::from_row_slice(size, size, entries).map(Rational::from)
    }

    #[test]
    fn determinants_by_hand() {
        assert_eq!(determinant(&matrix(1, &[-7])), -7);
        assert_eq!(determinant(&matrix(2, &[0, 1, 1, 0])), -1);
        assert_eq!(determinant(&matrix(3, &[2, 0, 1, 1, 3, 2, 1, 1, 1])), 0);
        assert_eq!(determinant(&matrix(3, &[0, 2, 1, 1, 3, 2, 1, 1, 2])), -2);
    }

    #[test]
    fn semidefinite_matrices_by_hand() {
        assert!(is_positive_semidefinite(&matrix(2, &[1, 1, 1, 1])));
        assert!(is_positive_semidefinite(&matrix(2, &[0, 0, 0, 5])));
        assert!(!is_positive_semidefinite(&matrix(2, &[0, 1, 1, 5])));
        assert!(!is_positive_semidefinite(&matrix(2, &[1, 2, 2, 3])));
        assert!(!is_positive_semidefinite(&matrix(1, &[-1])));
    }
}
