//! The exact kernel: rationals, with denominators cleared once a matrix.

use super::{
    Cleared, Kernel, Unsolvable,
    cleared::{common_denominator, scaled},
    elimination::reduced_echelon,
};
use nalgebra::DMatrix;
use rug::{Integer, Rational};

/// The exact kernel: what it decides is certain, what it solves is an equality.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exact;

impl Kernel for Exact {
    type Scalar = Rational;

    fn name(&self) -> String {
        "exact".into()
    }

    fn import(&self, value: &Rational) -> Rational {
        value.clone()
    }

    fn product(&self, a: &DMatrix<Rational>, b: &DMatrix<Rational>) -> DMatrix<Rational> {
        DMatrix::from_fn(a.nrows(), b.ncols(), |row, column| {
            (0..a.ncols()).map(|inner| Rational::from(&a[(row, inner)] * &b[(inner, column)])).sum()
        })
    }

    fn pivot_columns(&self, a: &DMatrix<Rational>) -> Vec<usize> {
        reduced_echelon(rows_cleared(a), a.ncols()).pivots
    }

    fn solve(&self, a: &DMatrix<Rational>, b: &DMatrix<Rational>) -> Result<DMatrix<Rational>, Unsolvable> {
        if a.nrows() != b.nrows() {
            return Err(Unsolvable::RowsDiffer { left: a.nrows(), right: b.nrows() });
        }
        let columns = a.ncols();
        let joined = DMatrix::from_fn(a.nrows(), columns + b.ncols(), |row, column| {
            if column < columns { a[(row, column)].clone() } else { b[(row, column - columns)].clone() }
        });
        let echelon = reduced_echelon(rows_cleared(&joined), columns);
        let rank = echelon.pivots.len();
        if rank < columns {
            return Err(Unsolvable::DependentColumns { columns, rank });
        }
        if echelon.matrix.view((rank, columns), (a.nrows() - rank, b.ncols())).iter().any(|entry| *entry != 0) {
            return Err(Unsolvable::Inconsistent);
        }
        let numerators = echelon.matrix.view((0, columns), (columns, b.ncols())).into_owned();
        Ok(Cleared::new(numerators, echelon.scale).expect("a pivot is not zero").to_rationals())
    }
}

/// Every row times the least common multiple of its denominators: the same column relations, over the integers.
fn rows_cleared(a: &DMatrix<Rational>) -> DMatrix<Integer> {
    let scales: Vec<Integer> = a.row_iter().map(|row| common_denominator(row.iter())).collect();
    DMatrix::from_fn(a.nrows(), a.ncols(), |row, column| scaled(&a[(row, column)], &scales[row]))
}
