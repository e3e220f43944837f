//! The double kernel: f64 throughout.

use super::{Kernel, Unsolvable, projection};
use crate::arith::as_double;
use nalgebra::DMatrix;
use rug::Rational;

/// The f64 kernel; it decides by the threshold ½ √(m + n + 1) σ_max ε with ε = 2⁻⁵², on the distance of a column from
/// the span of the pivot columns before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Double;

impl Kernel for Double {
    type Scalar = f64;

    fn name(&self) -> String {
        "double".into()
    }

    fn import(&self, value: &Rational) -> f64 {
        as_double(value).unwrap_or_else(|| rug::Float::with_val(53, value).to_f64())
    }

    fn import_double(&self, value: f64) -> f64 {
        value
    }

    fn product(&self, a: &DMatrix<f64>, b: &DMatrix<f64>) -> DMatrix<f64> {
        a * b
    }

    fn pivot_columns(&self, a: &DMatrix<f64>) -> Vec<usize> {
        projection::pivot_columns(a, f64::MANTISSA_DIGITS)
    }

    fn solve(&self, a: &DMatrix<f64>, b: &DMatrix<f64>) -> Result<DMatrix<f64>, Unsolvable> {
        projection::solve(a, b, f64::MANTISSA_DIGITS)
    }
}
