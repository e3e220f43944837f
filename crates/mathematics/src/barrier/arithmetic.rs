//! What the bounds ask of a float type: the standard model of rounding, products, exp and log with stated errors.
//!
//! Standard model, with the unit roundoff u = 2^−p: fl(x ∘ y) = (x ∘ y)(1 + δ) + η with |δ| ≤ u and |η| ≤ 2^−1074 for
//! one operation of +, −, ×, ÷, rounded to nearest (Higham 2002, *Accuracy and Stability of Numerical Algorithms*, 2.2).
//! An inner product of n terms then errs by at most γ_n Σ|x_i||y_i| + n 2^−1074 with γ_n = n u / (1 − n u), in any order
//! of summation and with or without fused multiply-add (ibid., 3.1). The rounding mode is never changed.

use super::patches::{AddProduct, Patched};
use crate::arith::Number;
use crate::linalg::{Double, Kernel, Multiprecision};
use nalgebra::DMatrix;
use pulp::Arch;
use rug::{Float, float::Round};

/// A float kernel whose rounding errors are bounded.
pub trait Arithmetic: Kernel {
    /// The unit roundoff u as a power of two.
    fn unit_roundoff(&self) -> f64;

    /// More than all that is lost to underflow in any bound of this room, and still a normal number.
    fn tiny(&self) -> Self::Scalar;

    /// A magnitude above this counts as an overflow.
    fn huge(&self) -> Self::Scalar;

    /// This f64, exactly.
    fn float(&self, value: f64) -> Self::Scalar;

    /// out += a b: a is [m, n], b is [n, p]. Errs by at most γ_{n+1} (|a||b| + |out|), entry by entry.
    fn add_product(&self, out: &mut DMatrix<Self::Scalar>, a: &DMatrix<Self::Scalar>, b: &DMatrix<Self::Scalar>);

    /// out += a b for the patches b, as columns; errs like [`Arithmetic::add_product`].
    fn add_patches(&self, out: &mut DMatrix<Self::Scalar>, a: &DMatrix<Self::Scalar>, b: &Patched<'_, Self::Scalar>) {
        self.add_product(out, a, &b.matrix(&self.float(0.0)));
    }

    /// An approximation y of e^x for x ≤ 0 with |y − e^x| ≤ 16 u e^x + tiny.
    fn exp(&self, x: &Self::Scalar) -> Self::Scalar;

    /// [`Arithmetic::exp`] of every number, in place: the same values, faster where there are many.
    fn exp_each(&self, values: &mut [Self::Scalar]) {
        values.iter_mut().for_each(|x| *x = self.exp(x));
    }

    /// An approximation y of log(1 + x) for 0 ≤ x ≤ 1.001 with |y − log(1 + x)| ≤ 8 u log(1 + x) + tiny.
    fn ln_1p(&self, x: &Self::Scalar) -> Self::Scalar;

    /// [`Arithmetic::ln_1p`] of every number, in place.
    fn ln_1p_each(&self, values: &mut [Self::Scalar]) {
        values.iter_mut().for_each(|x| *x = self.ln_1p(x));
    }

    /// √x for x ≥ 0, rounded to nearest.
    fn sqrt(&self, x: &Self::Scalar) -> Self::Scalar;

    /// log x for x ≥ 1, rounded in this direction to an f64 (infinite if x is).
    fn ln(&self, x: &Self::Scalar, round: Round) -> f64;

    /// The f64 next to the number in this direction; infinite beyond the range.
    fn to_f64(&self, x: &Self::Scalar, round: Round) -> f64;
}

impl Arithmetic for Double {
    fn unit_roundoff(&self) -> f64 {
        f64::EPSILON / 2.0
    }

    fn tiny(&self) -> f64 {
        2f64.powi(-960)
    }

    fn huge(&self) -> f64 {
        2f64.powi(1000)
    }

    fn float(&self, value: f64) -> f64 {
        value
    }

    fn add_product(&self, out: &mut DMatrix<f64>, a: &DMatrix<f64>, b: &DMatrix<f64>) {
        out.gemm(1.0, a, b, 1.0);
    }

    fn add_patches(&self, out: &mut DMatrix<f64>, a: &DMatrix<f64>, b: &Patched<'_, f64>) {
        Arch::new().dispatch(AddProduct { out, weight: a, patched: b });
    }

    fn exp(&self, x: &f64) -> f64 {
        exponential(*x)
    }

    fn exp_each(&self, values: &mut [f64]) {
        Arch::new().dispatch(
            #[inline(always)]
            || values.iter_mut().for_each(|x| *x = exponential(*x)),
        );
    }

    fn ln_1p(&self, x: &f64) -> f64 {
        logarithm_of_one_plus(*x)
    }

    fn ln_1p_each(&self, values: &mut [f64]) {
        Arch::new().dispatch(
            #[inline(always)]
            || values.iter_mut().for_each(|x| *x = logarithm_of_one_plus(*x)),
        );
    }

    fn sqrt(&self, x: &f64) -> f64 {
        x.sqrt()
    }

    fn ln(&self, x: &f64, round: Round) -> f64 {
        let mut logarithm = Float::with_val(64, x);
        logarithm.ln_round(round);
        logarithm.to_f64_round(round)
    }

    fn to_f64(&self, x: &f64, _round: Round) -> f64 {
        *x
    }
}

/// e^x for x ≤ 0: Cody and Waite's reduction x = k log 2 + r, then the Taylor polynomial of degree 13.
///
/// |r| ≤ 0.347, so that the rest of the series is below 5e−18 ≤ u/20 of the value. k·HIGH and x − k·HIGH are exact
/// (HIGH has 32 significant bits and |k| < 2^10), the other steps of the reduction move r by less than u, and
/// Horner's scheme errs by less than 4 u for so small an r: together less than 16 u. Scaling by 2^k is exact.
///
/// Without branches or calls, so that a loop over many x takes several at once. A number of magnitude below 2^51 is rounded to
/// an integer k by adding and subtracting SHIFT; the sum's last bits are k's, in two's complement.
#[inline(always)]
fn exponential(x: f64) -> f64 {
    const HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
    const LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);
    const SHIFT: f64 = 6_755_399_441_055_744.0; // 3 · 2^51
    const LEAST: f64 = -690.0; // e^−690 < 2^−995
    let reduced = if x < LEAST { LEAST } else { x };
    let shifted = reduced * std::f64::consts::LOG2_E + SHIFT;
    let k = shifted - SHIFT;
    let r = (reduced - k * HIGH) - k * LOW;
    let mut sum = 1.0;
    for i in (1..=13).rev() {
        sum = 1.0 + sum * (r * RECIPROCALS[i]);
    }
    // The biased exponent of 2^k is between 1023 − 996 and 1023.
    let power = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
    if x < LEAST { 0.0 } else { sum * power }
}

/// log(1 + x) = 2 artanh z = 2 z (1 + q/3 + q²/5 + …) with z = x/(2 + x) and q = z², for 0 ≤ x ≤ 1.001.
///
/// q < 0.1113, so that what is left out after 17 terms is at most q^17/(35 (1 − q)) < 2e−18 ≤ u/50 of the sum, which is at
/// least 1. z has a relative error of 2 u (a sum, a quotient), q one of 5 u. All terms are positive and those after the first
/// sum up to less than 0.04: q's error, and those of Horner's scheme before its last step, move the sum by less than u; its
/// last step and the product with 2 z take 2 u. With z's own: less than 6 u.
#[inline(always)]
fn logarithm_of_one_plus(x: f64) -> f64 {
    let z = x / (2.0 + x);
    let q = z * z;
    let mut sum = ODD_RECIPROCALS[16];
    for i in (0..16).rev() {
        sum = ODD_RECIPROCALS[i] + q * sum;
    }
    2.0 * z * sum
}

/// 1/(2 i + 1), rounded to nearest.
const ODD_RECIPROCALS: [f64; 17] = [
    1.0,
    1.0 / 3.0,
    1.0 / 5.0,
    1.0 / 7.0,
    1.0 / 9.0,
    1.0 / 11.0,
    1.0 / 13.0,
    1.0 / 15.0,
    1.0 / 17.0,
    1.0 / 19.0,
    1.0 / 21.0,
    1.0 / 23.0,
    1.0 / 25.0,
    1.0 / 27.0,
    1.0 / 29.0,
    1.0 / 31.0,
    1.0 / 33.0,
];

/// 1/i, rounded to nearest; 1/0 is not used.
const RECIPROCALS: [f64; 14] = [
    0.0,
    1.0,
    1.0 / 2.0,
    1.0 / 3.0,
    1.0 / 4.0,
    1.0 / 5.0,
    1.0 / 6.0,
    1.0 / 7.0,
    1.0 / 8.0,
    1.0 / 9.0,
    1.0 / 10.0,
    1.0 / 11.0,
    1.0 / 12.0,
    1.0 / 13.0,
];

impl Arithmetic for Multiprecision {
    fn unit_roundoff(&self) -> f64 {
        // A normal f64 up to 1022 bits; the search uses far fewer.
        2f64.powi(-i32::try_from(self.precision_bits()).unwrap_or(i32::MAX))
    }

    fn tiny(&self) -> Float {
        Float::with_val(self.precision_bits(), 1) >> (1u32 << 20)
    }

    /// 2^(2^20): MPFR's exponents have 62 bits, so that no sum or product of numbers below it overflows.
    fn huge(&self) -> Float {
        Float::with_val(self.precision_bits(), 1) << (1u32 << 20)
    }

    fn float(&self, value: f64) -> Float {
        Float::with_val(self.precision_bits(), value)
    }

    fn add_product(&self, out: &mut DMatrix<Float>, a: &DMatrix<Float>, b: &DMatrix<Float>) {
        for column in 0..b.ncols() {
            for inner in 0..a.ncols() {
                let factor = &b[(inner, column)];
                if factor.is_zero() {
                    continue;
                }
                for row in 0..a.nrows() {
                    let entry = &a[(row, inner)];
                    out[(row, column)] += entry * factor;
                }
            }
        }
    }

    /// Rounded correctly, as all of MPFR's functions are.
    fn exp(&self, x: &Float) -> Float {
        Float::with_val(self.precision_bits(), x.exp_ref())
    }

    fn ln_1p(&self, x: &Float) -> Float {
        Float::with_val(self.precision_bits(), x.ln_1p_ref())
    }

    fn sqrt(&self, x: &Float) -> Float {
        Float::with_val(self.precision_bits(), x.sqrt_ref())
    }

    fn ln(&self, x: &Float, round: Round) -> f64 {
        let mut logarithm = x.clone();
        logarithm.ln_round(round);
        logarithm.to_f64_round(round)
    }

    fn to_f64(&self, x: &Float, round: Round) -> f64 {
        x.to_f64_round(round)
    }
}

/// |x|; a NaN for a NaN.
#[inline]
pub fn magnitude<T: Number>(x: &T) -> T {
    x.magnitude()
}

/// The smaller of two numbers that are no NaNs.
#[inline]
pub fn smaller<T: Number>(x: T, y: T) -> T {
    if y < x { y } else { x }
}

/// The larger of two numbers that are no NaNs.
#[inline]
pub fn larger<T: Number>(x: T, y: T) -> T {
    if x < y { y } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rug::Rational;

    /// e^x to 200 bits, against the stated error.
    fn assert_exp(x: f64) {
        let truth = Float::with_val(200, x).exp();
        let error = Float::with_val(200, Double.exp(&x) - &truth).abs();
        assert!(error <= truth * (16.0 * Double.unit_roundoff()) + 2f64.powi(-990), "exp({x})");
    }

    #[test]
    fn exp_keeps_its_promise() {
        for x in [0.0, -0.0, -f64::MIN_POSITIVE, -5e-324, -1e-300, -0.5, -1.0, -689.999, -690.0, -690.1, -1e4, -1e300] {
            assert_exp(x);
        }
        // The reduction is worst half-way between two multiples of log 2.
        for k in 0..996 {
            let half_way = -(f64::from(k) + 0.5) * std::f64::consts::LN_2;
            for x in [half_way, half_way.next_up(), half_way.next_down(), half_way * 0.731] {
                assert_exp(x.max(-690.5));
            }
        }
    }

    #[test]
    fn ln_1p_keeps_its_promise() {
        let numbers = (0..=4_000).map(|i| f64::from(i) / 3_997.0);
        for x in numbers.chain([0.0, 5e-324, f64::MIN_POSITIVE, 1e-300, 1e-17, 1e-9, 1.0, 1.001]) {
            let truth = Float::with_val(200, x).ln_1p();
            for (found, u) in [
                (Float::with_val(200, Double.ln_1p(&x)), Double.unit_roundoff()),
                (Float::with_val(200, Multiprecision::new(60).ln_1p(&Float::with_val(60, x))), 2f64.powi(-60)),
            ] {
                let error = Float::with_val(200, found - &truth).abs();
                assert!(error <= truth.clone() * (8.0 * u) + 2f64.powi(-990), "log(1 + {x})");
            }
        }
    }

    #[test]
    fn many_at_once_are_the_same() {
        let numbers: Vec<f64> = (0..1_001).map(|i| -0.7 * f64::from(i)).chain([-0.0, -5e-324, -1e300]).collect();
        let (mut powers, mut logarithms) = (numbers.clone(), numbers.clone());
        Double.exp_each(&mut powers);
        logarithms.iter_mut().for_each(|x| *x = -*x / 1e301);
        let shares = logarithms.clone();
        Double.ln_1p_each(&mut logarithms);
        assert_eq!(powers, numbers.iter().map(|x| Double.exp(x)).collect::<Vec<_>>());
        assert_eq!(logarithms, shares.iter().map(|x| Double.ln_1p(x)).collect::<Vec<_>>());
    }

    #[test]
    fn the_constants_are_powers_of_two() {
        assert_eq!(Double.unit_roundoff(), 2f64.powi(-53));
        assert_eq!(Multiprecision::new(200).unit_roundoff(), 2f64.powi(-200));
    }

    #[test]
    fn ln_is_rounded_in_the_direction() {
        let (down, up) = (Double.ln(&3.0, Round::Down), Double.ln(&3.0, Round::Up));
        assert!(down < up && up.next_down().next_down() <= down);
        let third = Multiprecision::new(100).import(&Rational::from((1, 3)));
        let multi = Multiprecision::new(100);
        assert!(multi.to_f64(&third, Round::Down) < multi.to_f64(&third, Round::Up));
        assert_eq!(magnitude(&-2.5), 2.5);
        assert_eq!(larger(1.0, 2.0), 2.0);
    }
}
