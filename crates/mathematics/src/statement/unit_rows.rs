//! The unit rows that complete the rank of a weight matrix: a step of Lemma 3.4 (ICML 2019) that the canonical form of
//! Lemma 3.3 needs too.

use crate::linalg::Kernel;
use nalgebra::DMatrix;
use rug::Rational;

/// W̃ [n, p], n ≥ p, of full column rank, and p independent rows of it: the pivot rows of W as they are, and unit rows
/// in the place of the first others. W itself if its rank is p.
pub fn complete_rank<K: Kernel>(kernel: &K, weight: &DMatrix<K::Scalar>) -> (DMatrix<K::Scalar>, Vec<usize>) {
    let mut basis = kernel.pivot_columns(&weight.transpose());
    let mut completed = weight.clone();
    if basis.len() < weight.ncols() {
        // A unit row for every column that is not a pivot of W(I).
        let covered = kernel.pivot_columns(&weight.select_rows(&basis));
        let missing = (0..weight.ncols()).filter(|column| !covered.contains(column));
        let free = (0..weight.nrows()).filter(|row| !basis.contains(row));
        let units: Vec<(usize, usize)> = free.zip(missing).collect();
        for &(row, column) in &units {
            completed.row_mut(row).fill(kernel.import(&Rational::new()));
            completed[(row, column)] = kernel.import(&Rational::from(1));
        }
        basis.extend(units.into_iter().map(|(row, _)| row));
        basis.sort_unstable();
    }
    (completed, basis)
}
