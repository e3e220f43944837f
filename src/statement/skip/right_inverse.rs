//! A right inverse of the features that need not be exact, at the least precision that gives one.

use crate::linalg::{Double, Kernel, Multiprecision};
use crate::network::{GraphNetwork, Real};
use nalgebra::DMatrix;
use rug::{Float, Rational};

/// The precisions that are tried after doubles, in bits.
pub const PRECISIONS: [u32; 8] = [128, 256, 512, 1024, 2048, 4096, 8192, 16_384];

/// R `[M, N]` with a small ‖I − Ψ R‖, and Ψ, in the arithmetic that gave it.
pub struct RightInverse {
    /// R, rounded to a multiple of 2^−q with q as small as it may be.
    pub inverse: DMatrix<Rational>,
    /// Bits behind the point with which Ψ has to be known, by an estimate.
    pub bits: u64,
    /// The precision of the floats in bits.
    pub precision: u32,
}

/// R where some precision gives ‖I − Ψ R‖ < ½; `tell` hears which one is tried.
pub fn right_inverse(
    network: &GraphNetwork,
    inputs: &DMatrix<Rational>,
    most: u32,
    tell: &mut dyn FnMut(u32),
) -> Option<RightInverse> {
    tell(f64::MANTISSA_DIGITS);
    let psi = network.features(&Double, &inputs.map(|x| x.to_f64()));
    if let Some(found) = in_double(&psi) {
        return Some(rounded(&found, |x| Rational::from_f64(*x), &psi, f64::MANTISSA_DIGITS));
    }
    PRECISIONS.into_iter().take_while(|&precision| precision <= most).find_map(|precision| {
        tell(precision);
        let kernel = Multiprecision::new(precision);
        let psi = network.features(&kernel, &inputs.map(|x| kernel.import(&x)));
        let found = in_multiprecision(&kernel, &psi)?;
        Some(rounded(&found, Float::to_rational, &psi, precision))
    })
}

/// The whole matrix at once: R = Ψᵀ (Ψ Ψᵀ)^−1, or Ψ^−1 of a square one.
fn in_double(psi: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    let inverse = if psi.is_square() {
        psi.clone().lu().try_inverse()?
    } else {
        let transposed = psi.transpose();
        &transposed * (psi * &transposed).cholesky()?.inverse()
    };
    contracts(&(psi * &inverse), 0.5).then_some(inverse)
}

fn in_multiprecision(kernel: &Multiprecision, psi: &DMatrix<Float>) -> Option<DMatrix<Float>> {
    let identity = kernel.identity(psi.nrows());
    let inverse = if psi.is_square() {
        kernel.solve(psi, &identity).ok()?
    } else {
        let transposed = psi.transpose();
        kernel.product(&transposed, &kernel.solve(&kernel.product(psi, &transposed), &identity).ok()?)
    };
    contracts(&kernel.product(psi, &inverse), Float::with_val(kernel.precision_bits(), 0.5)).then_some(inverse)
}

/// Whether all row sums of |I − product| are below a number.
fn contracts<T: Real>(product: &DMatrix<T>, below: T) -> bool {
    let (zero, one) = (below.minus(&below), below.plus(&below));
    (0..product.nrows()).all(|row| {
        let size = |column: usize| {
            let entry = &product[(row, column)];
            let entry = if row == column { one.minus(entry) } else { entry.clone() };
            if entry < zero { entry.negated() } else { entry }
        };
        (0..product.ncols()).map(size).fold(zero.clone(), |sum, size| sum.plus(&size)) < below
    })
}

/// Rounds R to 2 bitlen(N) + 3 + log₂ max |ψ| bits behind the point: that moves ‖Ψ R‖ by less than 1/8, whatever the size of R.
fn rounded<T: Real>(
    inverse: &DMatrix<T>,
    exact: impl Fn(&T) -> Option<Rational>,
    psi: &DMatrix<T>,
    precision: u32,
) -> RightInverse {
    let exact = |x: &T| exact(x).expect("a row sum of it is finite");
    let largest = psi.iter().map(|x| exact(x).abs()).max().unwrap_or_default();
    let length = |number: u64| u64::from(u64::BITS - number.leading_zeros());
    let behind = 2 * length(psi.ncols().max(psi.nrows()) as u64) + 3 + log2(&largest);
    let behind = u32::try_from(behind).expect("a few hundred bits");
    let inverse = inverse.map(|x| (exact(&x) << behind).round() >> behind);
    let total: Rational = inverse.iter().map(|x| x.clone().abs()).sum();
    RightInverse { bits: log2(&total) + 10, inverse, precision }
}

/// At least log₂ x, 0 for x ≤ 1.
fn log2(x: &Rational) -> u64 {
    u64::from((x.numer().significant_bits() + 1).saturating_sub(x.denom().significant_bits()))
}
