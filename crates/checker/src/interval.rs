//! Intervals with end points that are multiples of 2^−p, rounded outwards, in integers throughout.

use crate::rational::Rational;
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{One, Signed, Zero};

/// All numbers from lower·2^−p to upper·2^−p; p belongs to the [`Precision`] that computes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    pub lower: BigInt,
    pub upper: BigInt,
}

/// The number p of bits behind the point.
#[derive(Debug, Clone, Copy)]
pub struct Precision(pub u64);

impl Interval {
    /// The number n·2^−p.
    pub fn point(number: BigInt) -> Self {
        Interval { lower: number.clone(), upper: number }
    }

    pub fn plus(&self, other: &Self) -> Self {
        Interval { lower: &self.lower + &other.lower, upper: &self.upper + &other.upper }
    }

    pub fn minus(&self, other: &Self) -> Self {
        Interval { lower: &self.lower - &other.upper, upper: &self.upper - &other.lower }
    }

    /// The smallest interval around both.
    pub fn hull(self, other: Self) -> Self {
        Interval { lower: self.lower.min(other.lower), upper: self.upper.max(other.upper) }
    }
}

/// ⌊n·2^−shift⌋ and ⌈n·2^−shift⌉.
fn shift_down(number: &BigInt, shift: u64) -> BigInt {
    number >> shift
}

fn shift_up(number: &BigInt, shift: u64) -> BigInt {
    -(-number >> shift)
}

impl Precision {
    /// 1.
    pub fn one(self) -> BigInt {
        BigInt::one() << self.0
    }

    /// Encloses n/d, d > 0.
    pub fn enclose(self, numer: &BigInt, denom: &BigInt) -> Interval {
        let scaled = numer << self.0;
        Interval { lower: scaled.div_floor(denom), upper: scaled.div_ceil(denom) }
    }

    /// The number n·2^−p.
    pub fn rational(self, number: &BigInt) -> Rational {
        Rational::new(number.clone(), self.one())
    }

    /// The product.
    pub fn times(self, left: &Interval, right: &Interval) -> Interval {
        let products = [
            &left.lower * &right.lower,
            &left.lower * &right.upper,
            &left.upper * &right.lower,
            &left.upper * &right.upper,
        ];
        let (lower, upper) = (products.iter().min(), products.iter().max());
        let (lower, upper) = lower.zip(upper).expect("four products");
        Interval { lower: shift_down(lower, self.0), upper: shift_up(upper, self.0) }
    }

    /// The quotient by a positive interval.
    pub fn divided(self, left: &Interval, right: &Interval) -> Interval {
        let quotients = |numer: &BigInt| [self.enclose(numer, &right.lower), self.enclose(numer, &right.upper)];
        let [a, b] = quotients(&left.lower);
        let [c, d] = quotients(&left.upper);
        a.hull(b).hull(c).hull(d)
    }

    /// exp(n·2^−p) for n ≤ 0.
    ///
    /// With y = |x|/2^k ≤ 1/2 it is 1/exp(y)^(2^k).
    pub fn exp(self, number: &BigInt) -> Interval {
        assert!(!number.is_positive());
        let size = number.abs();
        if size > self.one() * self.0 {
            // exp(−p) < 2^−p.
            return Interval { lower: BigInt::zero(), upper: BigInt::one() };
        }
        let halvings = (size.bits() + 1).saturating_sub(self.0);
        let fine = Precision(self.0 + 2 * halvings + 32);
        let y = size << (fine.0 - self.0 - halvings);
        let mut sum = fine.growth(&y);
        for _ in 0..halvings {
            sum = fine.times(&sum, &sum);
        }
        let unit = BigInt::one() << (fine.0 + self.0);
        Interval { lower: unit.div_floor(&sum.upper), upper: unit.div_ceil(&sum.lower) }
    }

    /// exp(y·2^−p) = Σ (y·2^−p)^i/i! for 0 ≤ y·2^−p ≤ 1/2. All terms are positive; the rest of the series is at most its
    /// last term, since every term is at most half the one before it.
    fn growth(self, y: &BigInt) -> Interval {
        let mut term = Interval::point(self.one());
        let mut sum = term.clone();
        let mut index = BigInt::zero();
        while term.upper > BigInt::one() {
            index += 1;
            term.lower = shift_down(&(&term.lower * y), self.0).div_floor(&index);
            term.upper = shift_up(&(&term.upper * y), self.0).div_ceil(&index);
            sum = sum.plus(&term);
        }
        sum.upper += &term.upper;
        sum
    }

    /// ln(n·2^−p) for a number ≥ 1.
    ///
    /// x = 2^e u with 1 ≤ u < 2: ln x = 2 atanh((u−1)/(u+1)) + 2 e atanh(1/3).
    pub fn ln(self, number: &BigInt) -> Interval {
        assert!(*number >= self.one());
        let exponent = number.bits() - 1 - self.0;
        let power = self.one() << exponent;
        let fraction = self.atanh(&(number - &power), &(number + &power));
        let two = self.atanh(&BigInt::one(), &BigInt::from(3));
        let double = |value: &BigInt, two: &BigInt| 2 * (value + two * exponent);
        Interval { lower: double(&fraction.lower, &two.lower), upper: double(&fraction.upper, &two.upper) }
    }

    /// atanh(n/d) = Σ z^(2i+1)/(2i+1) for 0 ≤ z = n/d ≤ 1/3; the rest of the series is at most its last term.
    pub(crate) fn atanh(self, numer: &BigInt, denom: &BigInt) -> Interval {
        let z = self.enclose(numer, denom);
        let square = self.times(&z, &z);
        let (mut power, mut sum, mut odd) = (z.clone(), z, BigInt::one());
        while power.upper > BigInt::one() {
            power = self.times(&power, &square);
            odd += 2;
            sum.lower += power.lower.div_floor(&odd);
            sum.upper += power.upper.div_ceil(&odd);
        }
        sum.upper += power.upper;
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value of a decimal text at p bits, rounded down.
    fn decimal(precision: Precision, digits: &str) -> BigInt {
        let (whole, fraction) = digits.split_once('.').unwrap();
        let numer: BigInt = format!("{whole}{fraction}").parse().unwrap();
        precision.enclose(&numer, &BigInt::from(10).pow(u32::try_from(fraction.len()).unwrap())).lower
    }

    fn assert_encloses(interval: &Interval, value: &BigInt, width: u32) {
        assert!(interval.lower <= *value && *value <= interval.upper, "{interval:?} {value}");
        assert!(&interval.upper - &interval.lower <= BigInt::from(width), "{interval:?}");
    }

    #[test]
    fn exponential_and_logarithm_enclose_known_digits() {
        for bits in [10, 64, 100] {
            let p = Precision(bits);
            let e = decimal(p, "0.36787944117144232159552377016146086744581113103176783450783680169746149574489980");
            assert_encloses(&p.exp(&-p.one()), &e, 3);
            let e20 = decimal(p, "0.0000000020611536224385578279659403801558209763758072755991036929895915947672");
            assert_encloses(&p.exp(&(p.one() * -20)), &e20, 3);
            assert_encloses(&p.exp(&BigInt::zero()), &p.one(), 3);
            let ln2 = decimal(p, "0.69314718055994530941723212145817656807550013436025525412068000949339362196969471");
            assert_encloses(&p.ln(&(p.one() * 2)), &ln2, 300);
            let ln10 = decimal(p, "2.30258509299404568401799145468436420760110148862877297603332790096757260967735248");
            assert_encloses(&p.ln(&(p.one() * 10)), &ln10, 600);
            assert_encloses(&p.ln(&p.one()), &BigInt::zero(), 8);
            assert_encloses(&p.exp(&(p.one() * -1000)), &BigInt::zero(), 1);
        }
    }

    /// With few bits behind the point, what is left out of a series is seen.
    #[test]
    fn series_are_enclosed_with_what_is_left_out() {
        let rational = |numer: i64, denom: i64| Rational::new(numer.into(), denom.into());
        // The sum of the first terms, and again with the last one as an upper bound of the rest.
        let bounds = |terms: &[Rational]| -> [Rational; 2] {
            let sum: Rational = terms.iter().sum();
            [sum.clone(), sum + &terms[terms.len() - 1]]
        };
        let assert_contains = |p: Precision, found: Interval, [low, high]: [Rational; 2]| {
            assert!(p.rational(&found.lower) <= low && high <= p.rational(&found.upper), "{found:?}: {low}, {p:?}");
        };
        for bits in 1..9 {
            let (p, one) = (Precision(bits), 1i64 << bits);
            for y in 0..=one / 2 {
                let mut terms = vec![Rational::one()];
                (1..40).for_each(|i| terms.push(&terms[terms.len() - 1] * rational(y, one * i)));
                assert_contains(p, p.growth(&y.into()), bounds(&terms));
            }
            let quotients = (1..=20).flat_map(|n| (3 * n..100).step_by(7).chain([one]).map(move |d| (n, d)));
            for (numer, denom) in quotients.filter(|(numer, denom)| 3 * numer <= *denom) {
                let z = rational(numer, denom);
                let mut powers = vec![z.clone()];
                (1..40).for_each(|_| powers.push(&powers[powers.len() - 1] * &z * &z));
                let terms: Vec<_> = powers.iter().zip(0..).map(|(power, i)| power / rational(2 * i + 1, 1)).collect();
                assert_contains(p, p.atanh(&numer.into(), &denom.into()), bounds(&terms));
            }
        }
    }

    #[test]
    fn products_and_quotients_are_rounded_outwards() {
        let p = Precision(4);
        let third = p.enclose(&BigInt::from(-1), &BigInt::from(3));
        assert_eq!(third, Interval { lower: (-6).into(), upper: (-5).into() });
        assert_eq!(p.times(&third, &third), Interval { lower: 1.into(), upper: 3.into() });
        let two = Interval::point(p.one() * 2);
        assert_eq!(p.divided(&third, &two), Interval { lower: (-3).into(), upper: (-2).into() });
    }
}
