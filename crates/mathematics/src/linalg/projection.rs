//! How the float kernels decide: columns projected from left to right, a threshold on what is left.
//!
//! A is scaled by a power of two so that its largest entry is in [1/2, 1). Column by column, the part in the span of
//! the earlier pivot columns is taken off (modified Gram-Schmidt, twice). The column is a pivot if the norm of what is
//! left exceeds ½ √(m + n + 1) σ_max(A) ε, the threshold of the thesis (Table 2.2; Press 2007, 2.6.1), with ε = 2^(1−p)
//! at p bits. The thesis applies it to singular values; here the same number is applied to distances, since a rank
//! profile is asked for and not only a rank. σ_max comes from an f64 singular value decomposition at any p: the
//! threshold is an order of magnitude, it needs no digits.
//!
//! A solution of an overdetermined system is accepted if every column of the residual satisfies
//! ‖b − A x‖ ≤ (m + n + 1) ε (‖A‖_F ‖x‖ + ‖b‖). A matrix with an infinity or a NaN has no pivots, and no system with it is solved.

use super::{Unsolvable, integers::collect};
use crate::arith::Number;
use nalgebra::{DMatrix, SVD};
use rug::Float;

/// A rounded scalar: what the decisions need beyond arithmetic.
pub(super) trait Real: Number {
    /// √self.
    fn root(&self) -> Self;
    /// self · 2^shift.
    fn shifted(&self, shift: i32) -> Self;
    /// The e with 2^(e−1) ≤ |self| < 2^e; `None` for zero, infinities and NaN.
    fn exponent(&self) -> Option<i32>;
    fn finite(&self) -> bool;
    /// The nearest f64.
    fn approximate(&self) -> f64;
    /// An f64 at the precision of self.
    fn same_precision(&self, value: f64) -> Self;
}

impl Real for f64 {
    fn root(&self) -> Self {
        self.sqrt()
    }
    fn shifted(&self, shift: i32) -> Self {
        // In two factors: 2^shift alone can overflow where the result does not.
        self * 2f64.powi(shift / 2) * 2f64.powi(shift - shift / 2)
    }
    fn exponent(&self) -> Option<i32> {
        Float::with_val(53, *self).get_exp()
    }
    fn finite(&self) -> bool {
        self.is_finite()
    }
    fn approximate(&self) -> f64 {
        *self
    }
    fn same_precision(&self, value: f64) -> Self {
        value
    }
}

impl Real for Float {
    fn root(&self) -> Self {
        self.clone().sqrt()
    }
    fn shifted(&self, shift: i32) -> Self {
        Float::with_val(self.prec(), self << shift)
    }
    fn exponent(&self) -> Option<i32> {
        self.get_exp()
    }
    fn finite(&self) -> bool {
        self.is_finite()
    }
    fn approximate(&self) -> f64 {
        self.to_f64()
    }
    fn same_precision(&self, value: f64) -> Self {
        Float::with_val(self.prec(), value)
    }
}

/// The orthogonal factorisation of the pivot columns of a matrix.
struct Projection<T> {
    pivots: Vec<usize>,
    /// Orthonormal columns, one a pivot.
    basis: Vec<Vec<T>>,
    /// Row k of column j: the coefficient of pivot column j along basis vector k ≤ j.
    triangle: Vec<Vec<T>>,
}

/// The columns whose distance from the span of the earlier pivots exceeds the threshold; none if A is not finite.
pub(super) fn pivot_columns<T: Real>(a: &DMatrix<T>, bits: u32) -> Vec<usize> {
    scaled(a).map_or_else(Vec::new, |(scaled, _)| project(&scaled, bits).pivots)
}

/// The least-squares solution of A X = B, if the columns of A are independent and the residual is small.
pub(super) fn solve<T: Real>(a: &DMatrix<T>, b: &DMatrix<T>, bits: u32) -> Result<DMatrix<T>, Unsolvable> {
    if a.nrows() != b.nrows() {
        return Err(Unsolvable::RowsDiffer { left: a.nrows(), right: b.nrows() });
    }
    let (scaled, shift) = scaled(a).ok_or(Unsolvable::NotFinite)?;
    let projection = project(&scaled, bits);
    if projection.pivots.len() < a.ncols() {
        return Err(Unsolvable::DependentColumns { columns: a.ncols(), rank: projection.pivots.len() });
    }
    let column = |index: usize| -> Result<Vec<T>, Unsolvable> {
        let right: Vec<T> = b.column(index).iter().map(|entry| entry.shifted(shift)).collect();
        let x = projection.coordinates(&right);
        if !x.iter().all(Real::finite) {
            return Err(Unsolvable::NotFinite);
        }
        if a.nrows() > a.ncols() && !consistent(&scaled, &x, &right, bits) {
            return Err(Unsolvable::Inconsistent);
        }
        Ok(x)
    };
    // Two times off the basis, and back: some five products an entry of A.
    let columns = collect(b.ncols(), 5 * a.len(), column);
    let solution = columns.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    Ok(DMatrix::from_vec(a.ncols(), b.ncols(), solution))
}

/// A · 2^shift with entries below 1, and the shift; `None` if an entry is not finite.
fn scaled<T: Real>(a: &DMatrix<T>) -> Option<(DMatrix<T>, i32)> {
    let shift = -a.iter().filter_map(Real::exponent).max().unwrap_or(0);
    a.iter().all(Real::finite).then(|| (a.map(|entry| entry.shifted(shift)), shift))
}

fn project<T: Real>(a: &DMatrix<T>, bits: u32) -> Projection<T> {
    let threshold = threshold(a);
    let mut projection = Projection { pivots: Vec::new(), basis: Vec::new(), triangle: Vec::new() };
    for (index, column) in a.column_iter().enumerate() {
        let mut rest: Vec<T> = column.iter().cloned().collect();
        let mut coefficients = projection.take_off(&mut rest);
        let again = projection.take_off(&mut rest);
        coefficients.iter_mut().zip(&again).for_each(|(total, part)| *total = total.plus(part));
        let Some(length) = norm(&rest) else { continue };
        if length > ulp(&length.same_precision(threshold), bits) {
            projection.basis.push(rest.iter().map(|entry| entry.over(&length)).collect());
            coefficients.push(length);
            projection.triangle.push(coefficients);
            projection.pivots.push(index);
        }
    }
    projection
}

impl<T: Real> Projection<T> {
    /// Subtracts from a vector its part along the basis; returns the coefficients.
    fn take_off(&self, vector: &mut [T]) -> Vec<T> {
        let take = |direction: &Vec<T>| {
            let along = dot(direction, vector)?;
            vector.iter_mut().zip(direction).for_each(|(entry, unit)| *entry = entry.minus(&along.times(unit)));
            Some(along)
        };
        self.basis.iter().filter_map(take).collect()
    }

    /// The coordinates of the projection of a vector in the pivot columns: back substitution.
    fn coordinates(&self, vector: &[T]) -> Vec<T> {
        let mut rest = vector.to_vec();
        let mut x = self.take_off(&mut rest);
        let again = self.take_off(&mut rest);
        x.iter_mut().zip(&again).for_each(|(total, part)| *total = total.plus(part));
        for (step, column) in self.triangle.iter().enumerate().rev() {
            x[step] = x[step].over(&column[step]);
            for above in 0..step {
                x[above] = x[above].minus(&column[above].times(&x[step]));
            }
        }
        x
    }
}

/// value · ε = value · 2^(1−p).
fn ulp<T: Real>(value: &T, bits: u32) -> T {
    value.shifted(1i32.saturating_sub_unsigned(bits))
}

/// ½ √(m + n + 1) σ_max(A) for a finite A with entries below 1.
fn threshold<T: Real>(a: &DMatrix<T>) -> f64 {
    let (rows, columns) = a.shape();
    if rows == 0 || columns == 0 {
        return 0.0;
    }
    let approximate = a.map(|entry| entry.approximate());
    let frobenius = approximate.norm();
    // The norm stands in, within a factor √n, if the iteration does not converge.
    let largest = SVD::try_new(approximate, false, false, f64::EPSILON, 10_000)
        .map_or(frobenius, |decomposition| decomposition.singular_values.max());
    0.5 * ((rows + columns + 1) as f64).sqrt() * largest
}

/// Whether ‖b − A x‖ ≤ (m + n + 1) ε (‖A‖_F ‖x‖ + ‖b‖).
fn consistent<T: Real>(a: &DMatrix<T>, x: &[T], b: &[T], bits: u32) -> bool {
    let mut residual = b.to_vec();
    for (column, factor) in a.column_iter().zip(x) {
        residual.iter_mut().zip(column.iter()).for_each(|(rest, entry)| *rest = rest.minus(&entry.times(factor)));
    }
    let entries: Vec<T> = a.iter().cloned().collect();
    let size = |vector: &[T]| norm(vector).unwrap_or_else(|| b[0].same_precision(0.0));
    let scale = size(&entries).times(&size(x)).plus(&size(b));
    let tolerance = scale.times(&scale.same_precision((a.nrows() + a.ncols() + 1) as f64));
    size(&residual) <= ulp(&tolerance, bits)
}

/// The scalar product; `None` for empty vectors, which have no precision.
fn dot<T: Real>(left: &[T], right: &[T]) -> Option<T> {
    left.iter().zip(right).map(|(x, y)| x.times(y)).reduce(|sum, term| sum.plus(&term))
}

/// The Euclidean norm; `None` for an empty vector.
fn norm<T: Real>(vector: &[T]) -> Option<T> {
    dot(vector, vector).map(|square| square.root())
}
