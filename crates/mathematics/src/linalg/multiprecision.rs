//! The multiprecision kernel: `rug::Float` at a fixed number of bits.

use super::{Kernel, Unsolvable, integers::collect, projection};
use nalgebra::DMatrix;
use rug::{Assign, Float, Rational, float};

/// The kernel of p-bit floats; it decides by the threshold ½ √(m + n + 1) σ_max ε with ε = 2^(1−p), on the distance of a
/// column from the span of the pivot columns before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Multiprecision {
    precision_bits: u32,
}

impl Multiprecision {
    /// The kernel at the given precision in bits, brought into the range that MPFR allows.
    pub fn new(precision_bits: u32) -> Self {
        Self { precision_bits: precision_bits.clamp(float::prec_min().max(2), float::prec_max()) }
    }

    /// The precision in bits.
    pub fn precision_bits(&self) -> u32 {
        self.precision_bits
    }
}

impl Kernel for Multiprecision {
    type Scalar = Float;

    fn name(&self) -> String {
        format!("multiprecision-{}", self.precision_bits)
    }

    fn import(&self, value: &Rational) -> Float {
        Float::with_val(self.precision_bits, value)
    }

    fn product(&self, a: &DMatrix<Float>, b: &DMatrix<Float>) -> DMatrix<Float> {
        let entry = |row: usize, column: usize| {
            let (mut sum, mut term) = (Float::new(self.precision_bits), Float::new(self.precision_bits));
            for inner in 0..a.ncols() {
                term.assign(&a[(row, inner)] * &b[(inner, column)]);
                sum += &term;
            }
            sum
        };
        let columns: Vec<Vec<Float>> =
            collect(b.ncols(), a.len(), |column| (0..a.nrows()).map(|row| entry(row, column)).collect());
        DMatrix::from_vec(a.nrows(), b.ncols(), columns.into_iter().flatten().collect())
    }

    fn pivot_columns(&self, a: &DMatrix<Float>) -> Vec<usize> {
        projection::pivot_columns(a, self.precision_bits)
    }

    fn solve(&self, a: &DMatrix<Float>, b: &DMatrix<Float>) -> Result<DMatrix<Float>, Unsolvable> {
        projection::solve(a, b, self.precision_bits)
    }
}
