//! What a construction asks of a scalar, exact or rounded.

use rug::{Float, Rational, ops::NegAssign};

/// The scalar of a kernel: exact (`Rational`), multiprecision (`Float`) or double (`f64`).
///
/// Operations of a rounded type round to nearest; a `Float` result has the larger of its operands' precisions.
pub trait Number: nalgebra::Scalar + PartialOrd + Send + Sync {
    /// `self + other`.
    fn plus(&self, other: &Self) -> Self;
    /// `self - other`.
    fn minus(&self, other: &Self) -> Self;
    /// `self * other`.
    fn times(&self, other: &Self) -> Self;
    /// `self / other`; `other` is not zero.
    fn over(&self, other: &Self) -> Self;
    /// `-self`.
    fn negated(&self) -> Self;
    /// |self|; a NaN for a NaN. In doubles without a branch, which half of all features would take.
    fn magnitude(&self) -> Self;
    /// Whether the number is exactly zero.
    fn is_zero(&self) -> bool;
    /// The number as a rational: exact for all three types. `None` for an infinity or a NaN.
    fn to_rational(&self) -> Option<Rational>;
    /// The bits of numerator and denominator together; 0 for an infinity or a NaN.
    fn bits(&self) -> u64 {
        self.to_rational().map_or(0, |value| value.bits())
    }
}

/// The double that this number is, if it is an integer below 2^53 over a power of two, as weights from files are: without the
/// division by which any other rational is rounded.
pub(crate) fn as_double(value: &Rational) -> Option<f64> {
    let (numerator, denominator) = (value.numer().to_i64()?, value.denom());
    let exponent = match denominator.to_u64() {
        Some(word) if word.is_power_of_two() => word.trailing_zeros(),
        None if denominator.is_power_of_two() => denominator.significant_bits() - 1,
        _ => return None,
    };
    let fits = numerator.unsigned_abs() < 1 << f64::MANTISSA_DIGITS && exponent <= 900;
    // 2^−exponent by its bits.
    fits.then(|| numerator as f64 * f64::from_bits((1023 - u64::from(exponent)) << 52))
}

impl Number for Rational {
    fn plus(&self, other: &Self) -> Self {
        Rational::from(self + other)
    }
    fn minus(&self, other: &Self) -> Self {
        Rational::from(self - other)
    }
    fn times(&self, other: &Self) -> Self {
        Rational::from(self * other)
    }
    fn over(&self, other: &Self) -> Self {
        Rational::from(self / other)
    }
    fn negated(&self) -> Self {
        Rational::from(-self)
    }
    fn magnitude(&self) -> Self {
        self.clone().abs()
    }
    fn is_zero(&self) -> bool {
        Rational::is_zero(self)
    }
    fn to_rational(&self) -> Option<Rational> {
        Some(self.clone())
    }
    fn bits(&self) -> u64 {
        u64::from(self.numer().significant_bits()) + u64::from(self.denom().significant_bits())
    }
}

impl Number for f64 {
    #[inline]
    fn plus(&self, other: &Self) -> Self {
        self + other
    }
    #[inline]
    fn minus(&self, other: &Self) -> Self {
        self - other
    }
    #[inline]
    fn times(&self, other: &Self) -> Self {
        self * other
    }
    #[inline]
    fn over(&self, other: &Self) -> Self {
        self / other
    }
    #[inline]
    fn negated(&self) -> Self {
        -self
    }
    #[inline]
    fn magnitude(&self) -> Self {
        self.abs()
    }
    #[inline]
    fn is_zero(&self) -> bool {
        *self == 0.0
    }
    fn to_rational(&self) -> Option<Rational> {
        Rational::from_f64(*self)
    }
}

impl Number for Float {
    fn plus(&self, other: &Self) -> Self {
        Float::with_val(self.prec().max(other.prec()), self + other)
    }
    fn minus(&self, other: &Self) -> Self {
        Float::with_val(self.prec().max(other.prec()), self - other)
    }
    fn times(&self, other: &Self) -> Self {
        Float::with_val(self.prec().max(other.prec()), self * other)
    }
    fn over(&self, other: &Self) -> Self {
        Float::with_val(self.prec().max(other.prec()), self / other)
    }
    fn negated(&self) -> Self {
        let mut value = self.clone();
        value.neg_assign();
        value
    }
    fn magnitude(&self) -> Self {
        self.clone().abs()
    }
    fn is_zero(&self) -> bool {
        Float::is_zero(self)
    }
    fn to_rational(&self) -> Option<Rational> {
        Float::to_rational(self)
    }
}

#[cfg(test)]
mod tests {
    use super::as_double;
    use rug::Rational;

    #[test]
    fn what_is_a_double_is_that_double() {
        let doubles = [0.0, 1.0, -0.75, 1e15, 0.1, -3.0e-200, f64::from(f32::MIN_POSITIVE), 9007199254740991.0];
        for double in doubles {
            assert_eq!(as_double(&Rational::from_f64(double).unwrap()), Some(double));
        }
        // One more bit, another denominator, and exponents that are left to who rounds.
        let others = [Rational::from((1i64 << 53) + 1), Rational::from((1, 3)), Rational::from_f64(5e-324).unwrap()];
        assert!(others.iter().all(|other| as_double(other).is_none()));
    }
}
