//! Fraction-free elimination over the integers (Bareiss 1968): the method for small matrices.

use nalgebra::DMatrix;
use rug::{Complete, Integer};

/// The reduced row echelon form of an integer matrix, d times: row k holds d in column `pivots[k]` and zeros in the
/// other pivot columns; the rows below the rank are zero in the first `columns` columns.
pub(super) struct Echelon {
    /// The column rank profile of the first columns.
    pub pivots: Vec<usize>,
    /// d: a non-zero minor of order rank (1 if the rank is 0).
    pub scale: Integer,
    /// The transformed matrix.
    pub matrix: DMatrix<Integer>,
}

/// Fraction-free Gauss-Jordan elimination with pivots in the first `columns` columns.
///
/// Every intermediate entry is a minor of the input, so every division is exact. O(rank · m · n) operations.
pub(super) fn reduced_echelon(mut matrix: DMatrix<Integer>, columns: usize) -> Echelon {
    let mut pivots = Vec::new();
    let mut scale = Integer::from(1);
    for column in 0..columns {
        let step = pivots.len();
        let candidates = (step..matrix.nrows()).filter(|&row| matrix[(row, column)] != 0);
        let Some(row) = candidates.min_by_key(|&row| matrix[(row, column)].significant_bits()) else {
            continue;
        };
        matrix.swap_rows(step, row);
        let pivot = matrix[(step, column)].clone();
        eliminate(&mut matrix, step, column, &pivot, &scale);
        scale = pivot;
        pivots.push(column);
    }
    Echelon { pivots, scale, matrix }
}

/// One step: every other row becomes (pivot · row − row[column] · pivot row) / previous pivot.
fn eliminate(matrix: &mut DMatrix<Integer>, step: usize, column: usize, pivot: &Integer, previous: &Integer) {
    let factors: Vec<Integer> = matrix.column(column).iter().cloned().collect();
    for mut entries in matrix.column_iter_mut() {
        let head = entries[step].clone();
        for (row, entry) in entries.iter_mut().enumerate().filter(|&(row, _)| row != step) {
            if head == 0 && *entry == 0 {
                continue;
            }
            *entry *= pivot;
            *entry -= (&factors[row] * &head).complete();
            entry.div_exact_mut(previous);
        }
    }
}
