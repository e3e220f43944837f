//! A right inverse of the features that need not be exact, at the least precision that gives one.

use crate::linalg::{Double, Kernel, Multiprecision};
use crate::network::{GraphNetwork, Real};
use nalgebra::DMatrix;
use rug::{Float, Rational};

/// The precisions that are tried after doubles, in bits.
pub const PRECISIONS: [u32; 8] = [128, 256, 512, 1024, 2048, 4096, 8192, 16_384];

/// The enclosure of a feature is so many bits wide, by experience: inputs that are no binary fractions have an error of a unit each, and
/// a few hundred of them, with weights below 1, and two or three layers make that some thousand units. Times Σ |R_ij| that has
/// to be well below 1.
const ROOM: u64 = 14;

/// R `[M, N]` with a small ‖I − Ψ R‖, as far as the arithmetic that gave it sees.
#[derive(Debug, Clone)]
pub struct RightInverse {
    /// R, rounded to a multiple of 2^−q with q as small as it may be.
    pub inverse: DMatrix<Rational>,
    /// Bits behind the point with which Ψ has to be known, by an estimate from the size of R.
    pub bits: u64,
    /// The precision of the floats in bits.
    pub precision: u32,
}

/// R where some precision gives ‖I − Ψ R‖ < ½, one after the other as far as `accepts` does not: `tell` hears which one is
/// tried. Ψ may be wrong in rounded numbers, and ‖I − Ψ R‖ small for the wrong one.
pub fn right_inverse<A>(
    network: &GraphNetwork,
    inputs: &DMatrix<Rational>,
    most: u32,
    tell: &mut dyn FnMut(u32),
    mut accepts: impl FnMut(RightInverse) -> Option<A>,
) -> Option<A> {
    tell(f64::MANTISSA_DIGITS);
    let psi = network.features(&Double, &inputs.map(|x| x.to_f64()));
    let found = in_double(&psi).map(|found| rounded(&found, &psi, f64::MANTISSA_DIGITS));
    if let Some(accepted) = found.and_then(&mut accepts) {
        return Some(accepted);
    }
    PRECISIONS.into_iter().take_while(|&precision| precision <= most).find_map(|precision| {
        tell(precision);
        let kernel = Multiprecision::new(precision);
        let psi = network.features(&kernel, &inputs.map(|x| kernel.import(&x)));
        let found = in_multiprecision(&kernel, &psi)?;
        accepts(rounded(&found, &psi, precision))
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
fn rounded<T: Real>(inverse: &DMatrix<T>, psi: &DMatrix<T>, precision: u32) -> RightInverse {
    let exact = |x: &T| x.to_rational().expect("a row sum of it is finite");
    let zero = psi[(0, 0)].minus(&psi[(0, 0)]);
    let size = |x: &T| if *x < zero { x.negated() } else { x.clone() };
    // Only the largest becomes a rational: a sigmoid may be as small as e^(−2^30).
    let largest = psi.iter().map(size).fold(zero.clone(), |a, b| if a < b { b } else { a });
    let length = |number: u64| u64::from(u64::BITS - number.leading_zeros());
    let behind = 2 * length(psi.ncols().max(psi.nrows()) as u64) + 3 + log2(&exact(&largest));
    let behind = u32::try_from(behind).expect("a few hundred bits");
    let half_unit = zero.like(&(Rational::from(1) >> (behind + 1)));
    let round = |x: &T| if size(x) < half_unit { Rational::new() } else { (exact(x) << behind).round() >> behind };
    let inverse = inverse.map(|x| round(&x));
    let total: Rational = inverse.iter().map(|x| x.clone().abs()).sum();
    RightInverse { bits: log2(&total) + ROOM, inverse, precision }
}

/// At least log₂ x, 0 for x ≤ 1.
fn log2(x: &Rational) -> u64 {
    u64::from((x.numer().significant_bits() + 1).saturating_sub(x.denom().significant_bits()))
}
