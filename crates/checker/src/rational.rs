//! Fractions of integers of any length.

use num_bigint::BigInt;
use num_rational::{BigRational, ParseRatioError};
use num_traits::{Num, One, Pow, Signed, Zero};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Rem, Sub, SubAssign};
use std::str::FromStr;

/// A fraction in lowest terms over a positive denominator.
///
/// It is that of `num-rational` but for what compares and hashes. There both go through the continued fractions of their
/// operands, one call inside the other for each of their terms: two quotients of neighbouring Fibonacci numbers, of a few
/// thousand digits, take all of the stack. Here equal fractions are those of the same integers, and others are compared by
/// products crosswise.
#[derive(Clone)]
pub struct Rational(BigRational);

impl Rational {
    /// The quotient of two integers.
    ///
    /// # Panics
    /// If the second one is 0.
    pub fn new(numerator: BigInt, denominator: BigInt) -> Self {
        Self(BigRational::new(numerator, denominator))
    }

    /// The fraction of these integers, which have no common divisor; the second one is positive.
    pub fn in_lowest_terms(numerator: BigInt, denominator: BigInt) -> Self {
        Self(BigRational::new_raw(numerator, denominator))
    }

    /// Its numerator.
    pub fn numer(&self) -> &BigInt {
        self.0.numer()
    }

    /// Its denominator, which is positive.
    pub fn denom(&self) -> &BigInt {
        self.0.denom()
    }

    /// The same number of `num-rational`, which compares by continued fractions.
    pub fn ratio(&self) -> &BigRational {
        &self.0
    }

    /// 1/x.
    ///
    /// # Panics
    /// If it is 0.
    pub fn recip(&self) -> Self {
        Self(self.0.recip())
    }

    /// The largest integer that is not above it, as a fraction.
    pub fn floor(&self) -> Self {
        Self(self.0.floor())
    }

    /// The nearest integer, as a fraction; of two the one farther from 0.
    pub fn round(&self) -> Self {
        Self(self.0.round())
    }

    /// Its integer, rounded towards 0.
    pub fn to_integer(&self) -> BigInt {
        self.0.to_integer()
    }
}

impl PartialEq for Rational {
    fn eq(&self, other: &Self) -> bool {
        self.numer() == other.numer() && self.denom() == other.denom()
    }
}

impl Eq for Rational {}

impl Hash for Rational {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.numer().hash(state);
        self.denom().hash(state);
    }
}

impl Ord for Rational {
    fn cmp(&self, other: &Self) -> Ordering {
        match self.numer().sign().cmp(&other.numer().sign()) {
            Ordering::Equal if self.denom() == other.denom() => self.numer().cmp(other.numer()),
            Ordering::Equal => (self.numer() * other.denom()).cmp(&(other.numer() * self.denom())),
            by_sign => by_sign,
        }
    }
}

impl PartialOrd for Rational {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// An operation of values and references alike.
macro_rules! operation {
    ($operation:ident, $function:ident) => {
        impl $operation for Rational {
            type Output = Rational;
            fn $function(self, other: Rational) -> Rational {
                Rational(self.0.$function(other.0))
            }
        }
        impl $operation<&Rational> for Rational {
            type Output = Rational;
            fn $function(self, other: &Rational) -> Rational {
                Rational(self.0.$function(&other.0))
            }
        }
        impl $operation<Rational> for &Rational {
            type Output = Rational;
            fn $function(self, other: Rational) -> Rational {
                Rational((&self.0).$function(other.0))
            }
        }
        impl $operation<&Rational> for &Rational {
            type Output = Rational;
            fn $function(self, other: &Rational) -> Rational {
                Rational((&self.0).$function(&other.0))
            }
        }
        impl $operation<BigInt> for Rational {
            type Output = Rational;
            fn $function(self, other: BigInt) -> Rational {
                Rational(self.0.$function(other))
            }
        }
        impl $operation<BigInt> for &Rational {
            type Output = Rational;
            fn $function(self, other: BigInt) -> Rational {
                Rational((&self.0).$function(other))
            }
        }
        impl $operation<&BigInt> for &Rational {
            type Output = Rational;
            fn $function(self, other: &BigInt) -> Rational {
                Rational((&self.0).$function(other))
            }
        }
    };
}

operation!(Add, add);
operation!(Sub, sub);
operation!(Mul, mul);
operation!(Div, div);
operation!(Rem, rem);

/// An operation in place, by a value or a reference.
macro_rules! operation_in_place {
    ($operation:ident, $function:ident) => {
        impl $operation for Rational {
            fn $function(&mut self, other: Rational) {
                self.0.$function(other.0);
            }
        }
        impl $operation<&Rational> for Rational {
            fn $function(&mut self, other: &Rational) {
                self.0.$function(&other.0);
            }
        }
    };
}

operation_in_place!(AddAssign, add_assign);
operation_in_place!(SubAssign, sub_assign);
operation_in_place!(MulAssign, mul_assign);

impl Neg for Rational {
    type Output = Rational;
    fn neg(self) -> Rational {
        Rational(-self.0)
    }
}

impl Neg for &Rational {
    type Output = Rational;
    fn neg(self) -> Rational {
        Rational(-&self.0)
    }
}

impl Zero for Rational {
    fn zero() -> Self {
        Self(BigRational::zero())
    }

    fn is_zero(&self) -> bool {
        self.0.is_zero()
    }
}

impl One for Rational {
    fn one() -> Self {
        Self(BigRational::one())
    }
}

impl Num for Rational {
    type FromStrRadixErr = ParseRatioError;

    fn from_str_radix(text: &str, radix: u32) -> Result<Self, ParseRatioError> {
        BigRational::from_str_radix(text, radix).map(Self)
    }
}

impl Signed for Rational {
    fn abs(&self) -> Self {
        Self(self.0.abs())
    }

    fn abs_sub(&self, other: &Self) -> Self {
        if self > other { self - other } else { Self::zero() }
    }

    fn signum(&self) -> Self {
        Self(self.0.signum())
    }

    fn is_positive(&self) -> bool {
        self.0.is_positive()
    }

    fn is_negative(&self) -> bool {
        self.0.is_negative()
    }
}

impl Pow<u32> for &Rational {
    type Output = Rational;
    fn pow(self, exponent: u32) -> Rational {
        Rational(Pow::pow(&self.0, exponent))
    }
}

impl Pow<usize> for &Rational {
    type Output = Rational;
    fn pow(self, exponent: usize) -> Rational {
        Rational(Pow::pow(&self.0, exponent))
    }
}

impl Pow<usize> for Rational {
    type Output = Rational;
    fn pow(self, exponent: usize) -> Rational {
        Pow::pow(&self, exponent)
    }
}

impl Default for Rational {
    fn default() -> Self {
        Self::zero()
    }
}

impl From<BigInt> for Rational {
    fn from(integer: BigInt) -> Self {
        Self(integer.into())
    }
}

impl From<BigRational> for Rational {
    fn from(fraction: BigRational) -> Self {
        Self(fraction.reduced())
    }
}

impl Sum for Rational {
    fn sum<I: Iterator<Item = Self>>(terms: I) -> Self {
        Self(terms.map(|term| term.0).sum())
    }
}

impl<'a> Sum<&'a Rational> for Rational {
    fn sum<I: Iterator<Item = &'a Self>>(terms: I) -> Self {
        Self(terms.map(|term| &term.0).sum())
    }
}

impl FromStr for Rational {
    type Err = ParseRatioError;

    fn from_str(text: &str) -> Result<Self, ParseRatioError> {
        text.parse().map(Self)
    }
}

impl fmt::Display for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::{BuildHasher, RandomState};

    /// All quotients of small integers compare as those of `num-rational` do, and equal ones have one hash.
    #[test]
    fn fractions_compare_by_their_integers() {
        let quotients: Vec<(i64, i64)> = (-6..=6).flat_map(|n| (-6..=6).map(move |d| (n, d))).collect();
        let quotients: Vec<_> = quotients.into_iter().filter(|(_, d)| *d != 0).collect();
        let hasher = RandomState::new();
        for &(n, d) in &quotients {
            let [a, other] =
                [Rational::new(n.into(), d.into()), Rational::from(BigRational::new_raw(n.into(), d.into()))];
            assert_eq!((&a, hasher.hash_one(&a)), (&other, hasher.hash_one(&other)));
            for &(m, e) in &quotients {
                let b = Rational::new(m.into(), e.into());
                assert_eq!(a.cmp(&b), a.ratio().cmp(b.ratio()), "{a} {b}");
                assert_eq!(a == b, a.ratio() == b.ratio(), "{a} {b}");
            }
        }
    }
}
