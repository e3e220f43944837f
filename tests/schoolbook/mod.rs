//! Gauss–Jordan over the rationals, until the exact kernel is there.

use nalgebra::DMatrix;
use rug::Rational;
use sublevel::linalg::{Kernel, Unsolvable};

pub struct Exact;

/// Reduced row echelon form and its pivot columns among the first `columns`.
fn reduce(a: &DMatrix<Rational>, columns: usize) -> (DMatrix<Rational>, Vec<usize>) {
    let (mut a, mut pivots) = (a.clone(), vec![]);
    for column in 0..columns {
        let Some(row) = (pivots.len()..a.nrows()).find(|&row| !a[(row, column)].is_zero()) else { continue };
        a.swap_rows(pivots.len(), row);
        let top = pivots.len();
        let pivot = a[(top, column)].clone();
        for j in 0..a.ncols() {
            a[(top, j)] /= &pivot;
        }
        for i in (0..a.nrows()).filter(|&i| i != top) {
            let factor = a[(i, column)].clone();
            for j in 0..a.ncols() {
                let change = Rational::from(&factor * &a[(top, j)]);
                a[(i, j)] -= change;
            }
        }
        pivots.push(column);
    }
    (a, pivots)
}

impl Kernel for Exact {
    type Scalar = Rational;
    fn name(&self) -> String {
        "exact".into()
    }
    fn import(&self, value: &Rational) -> Rational {
        value.clone()
    }
    fn product(&self, a: &DMatrix<Rational>, b: &DMatrix<Rational>) -> DMatrix<Rational> {
        DMatrix::from_fn(a.nrows(), b.ncols(), |i, j| {
            (0..a.ncols()).map(|k| Rational::from(&a[(i, k)] * &b[(k, j)])).sum()
        })
    }
    fn pivot_columns(&self, a: &DMatrix<Rational>) -> Vec<usize> {
        reduce(a, a.ncols()).1
    }
    fn solve(&self, a: &DMatrix<Rational>, b: &DMatrix<Rational>) -> Result<DMatrix<Rational>, Unsolvable> {
        let n = a.ncols();
        let mut both = a.clone().resize_horizontally(n + b.ncols(), Rational::new());
        both.columns_mut(n, b.ncols()).copy_from(b);
        let (both, pivots) = reduce(&both, n);
        if pivots.len() < n {
            return Err(Unsolvable::DependentColumns { columns: n, rank: pivots.len() });
        }
        if both.rows(n, both.nrows() - n).iter().any(|x| !x.is_zero()) {
            return Err(Unsolvable::Inconsistent);
        }
        Ok(both.view((0, n), (n, b.ncols())).into_owned())
    }
    fn left_inverse(&self, _: &DMatrix<Rational>) -> Result<DMatrix<Rational>, Unsolvable> {
        unimplemented!()
    }
    fn right_inverse(&self, _: &DMatrix<Rational>) -> Result<DMatrix<Rational>, Unsolvable> {
        unimplemented!()
    }
}
