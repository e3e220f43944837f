//! Activations that are not piecewise linear, enclosed in integers.
//!
//! With e = exp(−|t|): sigmoid(t) = 1/(1 + e) for t ≥ 0 and e/(1 + e) below; tanh(t) = 2 sigmoid(2t) − 1; softplus_γ(t) =
//! max(t, 0) + log(1 + e^(−γ|t|))/γ with log(1 + a) = 2 atanh(a/(2 + a)), an argument of at most 1/3; ELU is t, or α (e^t − 1) for
//! t < 0. All four increase, so that an interval is enclosed by its ends.

use super::{
    exponential::{Exponentials, POINT, POWER},
    interval::{Interval, Precision},
    matrix::fraction,
    verdict::Rejection,
};
use crate::certificate::graph::SmoothRecord;
use crate::rational::Rational;
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::fmt;

/// Bits behind the point beyond those asked for, with which logarithms are summed up.
const GUARD: u64 = 16;

/// σ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Smooth {
    Sigmoid,
    Tanh,
    /// With γ > 0.
    Softplus(Rational),
    /// With α > 0.
    Elu(Rational),
}

impl Smooth {
    /// The function of a certificate.
    pub fn read(source: &SmoothRecord) -> Result<Self, Rejection> {
        let positive = |source| {
            let number = fraction(source)?;
            if number.is_positive() { Ok(number) } else { Err(Rejection::NotPositive { found: number.to_string() }) }
        };
        Ok(match source {
            SmoothRecord::Sigmoid => Smooth::Sigmoid,
            SmoothRecord::Tanh => Smooth::Tanh,
            SmoothRecord::Softplus { gamma } => Smooth::Softplus(positive(gamma)?),
            SmoothRecord::Elu { alpha } => Smooth::Elu(positive(alpha)?),
        })
    }

    /// Whether σ is real analytic on ℝ.
    pub fn is_analytic(&self) -> bool {
        !matches!(self, Smooth::Elu(_))
    }

    /// σ(t·2^−p).
    pub fn at(&self, p: Precision, t: &BigInt) -> Interval {
        if p.0 == u64::from(POINT)
            && let Some([lower, upper]) = t.to_i64().and_then(|t| self.in_words(t))
        {
            return Interval { lower: lower.into(), upper: upper.into() };
        }
        match self {
            Smooth::Sigmoid => sigmoid(p, t),
            Smooth::Tanh => {
                let Interval { lower, upper } = sigmoid(p, &(t * 2));
                Interval { lower: 2 * lower - p.one(), upper: 2 * upper - p.one() }
            }
            Smooth::Softplus(gamma) => softplus(p, t, gamma, GUARD),
            Smooth::Elu(_) if !t.is_negative() => Interval::point(t.clone()),
            Smooth::Elu(alpha) => {
                let Interval { lower, upper } = p.exp(t);
                let times = |number: BigInt| (number - p.one()) * alpha.numer();
                Interval { lower: times(lower).div_floor(alpha.denom()), upper: times(upper).div_ceil(alpha.denom()) }
            }
        }
    }

    /// The same in machine words, for p = 40; `None` for numbers that are too large.
    fn in_words(&self, t: i64) -> Option<[i64; 2]> {
        let (tables, size) = (Exponentials::tables(), t.unsigned_abs());
        if size > 1 << 60 {
            return None;
        }
        let words = |number: &Rational| Some((number.numer().to_u32()?, number.denom().to_u32()?));
        match self {
            Smooth::Sigmoid => Some(sigmoid_in_words(t, tables.between(size))),
            Smooth::Tanh => {
                let sigmoid = sigmoid_in_words(t, tables.between(2 * size));
                Some(sigmoid.map(|value| 2 * value - (1 << POINT)))
            }
            Smooth::Softplus(gamma) => {
                let (a, b) = words(gamma)?;
                let product = u128::from(size) * u128::from(a);
                // What is too large for a word has a power of 0.
                let word = |number: u128| u64::try_from(number).unwrap_or(u64::MAX);
                let (least, most) = (word(product / u128::from(b)), word(product.div_ceil(b.into())));
                let [lower, upper] = tables.log_1_plus([tables.between(most)[0], tables.between(least)[1]]);
                let [lower, upper] = [lower, upper].map(|number| i128::from(number) * i128::from(b));
                let whole = i128::from(t.max(0));
                in_a_word([whole + lower.div_euclid(a.into()), whole - (-upper).div_euclid(a.into())])
            }
            Smooth::Elu(_) if t >= 0 => Some([t, t]),
            Smooth::Elu(alpha) => {
                let (a, b) = words(alpha)?;
                let below = tables.between(size).map(|power| (i128::from(power) - (1 << POWER)) * i128::from(a));
                let unit = i128::from(b) << (POWER - POINT);
                in_a_word([below[0].div_euclid(unit), -(-below[1]).div_euclid(unit)])
            }
        }
    }

    /// inf σ.
    pub fn infimum(&self) -> Rational {
        match self {
            Smooth::Sigmoid | Smooth::Softplus(_) => Rational::zero(),
            Smooth::Tanh => -Rational::one(),
            Smooth::Elu(alpha) => -alpha,
        }
    }

    /// S with |σ(x) − σ(y)| ≤ S |x − y|.
    pub fn slope(&self) -> Rational {
        match self {
            Smooth::Sigmoid => Rational::new(1.into(), 4.into()),
            Smooth::Tanh | Smooth::Softplus(_) => Rational::one(),
            Smooth::Elu(alpha) => alpha.clone().max(Rational::one()),
        }
    }

    /// σ′ on all of [lower, upper]·2^−p; none if σ has a kink.
    ///
    /// The bell e/(1 + e)², e = exp(−|t|), is the slope of the sigmoid; that of tanh is four times that at 2t, that of softplus the
    /// sigmoid at γt, that of ELU with α = 1 is e^t below 0 and 1 above.
    pub fn derivative(&self, p: Precision, lower: &BigInt, upper: &BigInt) -> Option<Interval> {
        Some(match self {
            Smooth::Sigmoid => bell(p, lower, upper),
            Smooth::Tanh => {
                let Interval { lower, upper } = bell(p, &(lower * 2), &(upper * 2));
                Interval { lower: 4 * lower, upper: 4 * upper }
            }
            Smooth::Softplus(gamma) => {
                let (numer, denom) = (gamma.numer(), gamma.denom());
                let lower = sigmoid(p, &(lower * numer).div_floor(denom)).lower;
                Interval { lower, upper: sigmoid(p, &(upper * numer).div_ceil(denom)).upper }
            }
            Smooth::Elu(alpha) if alpha.is_one() => {
                let below = |t: &BigInt| p.exp(&t.clone().min(BigInt::zero()));
                Interval { lower: below(lower).lower, upper: below(upper).upper }
            }
            Smooth::Elu(_) => return None,
        })
    }

    /// (C, K): between x and y, at distance δ, σ is nowhere further from the chord of its values than C δ²/8 + K δ/4.
    ///
    /// |σ″| ≤ C: at most 1/(6√3) for the sigmoid, 4/(3√3) for tanh, γ/4 for softplus. ELU is the sum of a function with |σ″| ≤ α and
    /// of a kink at 0 where the slope changes by K = |1 − α|.
    pub fn curvature(&self) -> (Rational, Rational) {
        let ratio = |numer: i64, denom: i64| Rational::new(numer.into(), denom.into());
        match self {
            Smooth::Sigmoid => (ratio(1, 10), Rational::zero()),
            Smooth::Tanh => (ratio(4, 5), Rational::zero()),
            Smooth::Softplus(gamma) => (gamma * ratio(1, 4), Rational::zero()),
            Smooth::Elu(alpha) => (alpha.clone(), (Rational::one() - alpha).abs()),
        }
    }
}

/// Both numbers as words, if they are: those of a large α or 1/γ are not.
fn in_a_word(numbers: [i128; 2]) -> Option<[i64; 2]> {
    let [lower, upper] = numbers.map(|number| i64::try_from(number).ok());
    Some([lower?, upper?])
}

/// sigmoid(t·2^−40) times 2^40, from exp(−|t|) times 2^62.
fn sigmoid_in_words(t: i64, [least, most]: [u64; 2]) -> [i64; 2] {
    let one = 1u128 << POWER;
    let [least, most] = [least, most].map(u128::from);
    let (low, high) = if t < 0 { ((least, least), (most, most)) } else { ((one, most), (one, least)) };
    let lower = (low.0 << POINT) / (one + low.1);
    let upper = (high.0 << POINT).div_ceil(one + high.1);
    [lower as i64, upper as i64]
}

fn sigmoid(p: Precision, t: &BigInt) -> Interval {
    let (e, one) = (p.exp(&-t.abs()), p.one());
    // e/(1 + e) rises with e, 1/(1 + e) falls.
    let [low, high] = if t.is_negative() {
        [(&e.lower, &e.lower), (&e.upper, &e.upper)]
    } else {
        [(&one, &e.upper), (&one, &e.lower)]
    };
    let lower = (low.0 * &one).div_floor(&(&one + low.1));
    let upper = (high.0 * &one).div_ceil(&(&one + high.1));
    Interval { lower, upper }
}

/// e/(1 + e)² for e = exp(−|t|), which falls with |t|.
fn bell(p: Precision, lower: &BigInt, upper: &BigInt) -> Interval {
    let (a, b) = (lower.abs(), upper.abs());
    let near = if lower.is_positive() || upper.is_negative() { a.clone().min(b.clone()) } else { BigInt::zero() };
    let one = p.one();
    let [far, near] = [a.max(b), near].map(|size| p.exp(&-size));
    let sum = |e: &BigInt| {
        let sum = &one + e;
        &sum * &sum
    };
    // It rises with e as far as 1.
    let (least, most) = (far.lower, near.upper.min(one.clone()));
    Interval {
        lower: ((&least * &one) * &one).div_floor(&sum(&least)),
        upper: ((&most * &one) * &one).div_ceil(&sum(&most)),
    }
}

/// With so many more bits on the way.
fn softplus(p: Precision, t: &BigInt, gamma: &Rational, guard: u64) -> Interval {
    let fine = Precision(p.0 + guard);
    // γ |t|, between two neighbours.
    let product = (t.abs() * gamma.numer()) << guard;
    let (least, most) = (product.div_floor(gamma.denom()), product.div_ceil(gamma.denom()));
    // 2 atanh(a/(2 + a)) rises with a.
    let log1p = |a: &BigInt| fine.atanh(a, &(2 * fine.one() + a));
    let lower: BigInt = 2 * log1p(&fine.exp(&-most).lower).lower;
    let upper: BigInt = 2 * log1p(&fine.exp(&-least).upper).upper;
    let divisor: BigInt = gamma.numer() << guard;
    let whole = t.clone().max(BigInt::zero());
    Interval {
        lower: &whole + (lower * gamma.denom()).div_floor(&divisor),
        upper: whole + (upper * gamma.denom()).div_ceil(&divisor),
    }
}

impl fmt::Display for Smooth {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Smooth::Sigmoid => f.write_str("sigmoid"),
            Smooth::Tanh => f.write_str("tanh"),
            Smooth::Softplus(gamma) => write!(f, "softplus with γ = {gamma}"),
            Smooth::Elu(alpha) => write!(f, "ELU with α = {alpha}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all() -> Vec<Smooth> {
        let ratio = |numer: i64, denom: i64| Rational::new(numer.into(), denom.into());
        let softplus = [(1, 1), (20, 1), (1, 3)].map(|(a, b)| Smooth::Softplus(ratio(a, b)));
        let elu = [(1, 1), (5, 2), (1, 3)].map(|(a, b)| Smooth::Elu(ratio(a, b)));
        [Smooth::Sigmoid, Smooth::Tanh].into_iter().chain(softplus).chain(elu).collect()
    }

    /// −α, far to the left, is beyond a word's 2⁶³/2⁴⁰ from α = 2²³ on; and so is (ln 2)/γ.
    #[test]
    fn a_value_that_is_no_word_is_none() {
        let [large, small] = [24u32, 22].map(|k| Rational::from(BigInt::from(1u64 << k)));
        assert_eq!(Smooth::Elu(large.clone()).in_words(-50 << POINT), None);
        assert!(Smooth::Elu(small).in_words(-50 << POINT).is_some());
        assert_eq!(Smooth::Softplus(large.recip()).in_words(0), None);
    }

    /// Known values, to forty digits (of any book of tables, or by a series).
    #[test]
    fn known_values_are_enclosed() {
        for (smooth, t, digits) in [
            (Smooth::Sigmoid, 1, "0.7310585786300048792511592418218362743651"),
            (Smooth::Sigmoid, -1, "0.2689414213699951207488407581781637256349"),
            (Smooth::Tanh, 1, "0.7615941559557648881194582826047935904128"),
            (Smooth::Softplus(Rational::one()), 0, "0.6931471805599453094172321214581765680755"),
            (Smooth::Softplus(Rational::one()), 1, "1.3132616875182228340489954949678556419153"),
        ] {
            for bits in [10, 64, 120] {
                let p = Precision(bits);
                let found = smooth.at(p, &(p.one() * t));
                let (whole, decimals) = digits.split_once('.').unwrap();
                let numer: BigInt = format!("{whole}{decimals}").parse().unwrap();
                let true_one = p.enclose(&numer, &BigInt::from(10).pow(40));
                assert!(found.lower <= true_one.upper && true_one.lower <= found.upper, "{smooth} {t} {bits}");
                assert!(&found.upper - &found.lower <= 8.into(), "{smooth} {t} {bits}: {found:?}");
            }
        }
    }

    /// softplus(t·2^−p) is all but a multiple of 2^−p, found among some millions of t: within 2^−5 (p = 4) to 2^−32 (p = 24) of a unit
    /// below it or above it, so that an end that is off by a little is off by a unit.
    #[test]
    fn values_next_to_a_multiple_of_a_unit_are_enclosed() {
        let near = [
            (1, 4, [-7, -16]),
            (1, 8, [-292, -1419]),
            (1, 16, [-91_444, -491_950]),
            (1, 24, [-2_026_427, -31_795]),
            (1, 32, [-1_099_450, -1_919_034]),
            (20, 8, [-23, -17]),
            (20, 16, [-5343, -8069]),
        ];
        for (gamma, bits, [below, above]) in near {
            let gamma = Rational::from(BigInt::from(gamma));
            for (t, side) in [(below, 1), (above, 0)] {
                let few = softplus(Precision(bits), &t.into(), &gamma, GUARD);
                let many = softplus(Precision(150), &(BigInt::from(t) << (150 - bits)), &gamma, GUARD);
                let unit = BigInt::one() << (150 - bits);
                assert!(&few.lower * &unit <= many.lower && many.upper <= &few.upper * &unit, "{t} {bits}: {few:?}");
                // What the table says of it.
                let next: BigInt = ((&many.lower + (&unit >> 1u32)) / &unit) * &unit;
                let (apart, room) = (if side == 1 { &next - &many.lower } else { &many.upper - &next }, &unit >> 4u32);
                assert!(apart.is_positive() && apart <= room, "{t} {bits}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 3000, ..ProptestConfig::default() })]

        /// With few bits a rounding in the wrong direction is seen against many bits; slope and curvature are bounds.
        #[test]
        fn few_bits_enclose_what_many_do(k in 0..8usize, bits in 1..9u64, t in -600..600i64) {
            let (smooth, p, fine) = (&all()[k], Precision(bits), Precision(150));
            let (few, many) = (smooth.at(p, &t.into()), smooth.at(fine, &(BigInt::from(t) << (150 - bits))));
            prop_assert!(&few.lower << (150 - bits) <= many.lower && many.upper <= &few.upper << (150 - bits));
            let width = match smooth { Smooth::Softplus(gamma) if gamma < &Rational::one() => 16, Smooth::Elu(_) => 12, _ => 6 };
            prop_assert!(&few.upper - &few.lower <= width.into(), "{smooth} {few:?}");
        }

        /// So few bits on the way that each of them counts: what is rounded in the wrong direction there changes a value with all
        /// of [`GUARD`] by 2^−16 units, which nearly always disappears when that is rounded in its turn.
        #[test]
        fn every_bit_of_a_logarithm_counts(bits in 1..9u64, guard in 0..5u64, k in 0..4usize, t in -600..600i64) {
            let gamma = [(1, 1), (20, 1), (1, 3), (7, 5)].map(|(a, b)| Rational::new(a.into(), b.into()))[k].clone();
            let few = softplus(Precision(bits), &t.into(), &gamma, guard);
            let many = softplus(Precision(150), &(BigInt::from(t) << (150 - bits)), &gamma, GUARD);
            prop_assert!(&few.lower << (150 - bits) <= many.lower && many.upper <= &few.upper << (150 - bits), "{few:?}");
        }

        /// The slope on an interval encloses that at its points, and a difference quotient inside.
        #[test]
        fn derivatives_enclose_difference_quotients(k in 0..8usize, bits in 2..9u64, t in -600..600i64, width in 0..40i64, s in 0..=8i64) {
            let (smooth, p, fine) = (&all()[k], Precision(bits), Precision(160));
            let kinked = matches!(smooth, Smooth::Elu(alpha) if !alpha.is_one());
            let Some(found) = smooth.derivative(p, &t.into(), &(t + width).into()) else {
                prop_assert!(kinked);
                return Ok(());
            };
            prop_assert!(!kinked);
            // A point of it, and a step of 2^−60 to both sides, in units of 2^−160.
            let point = (BigInt::from(8 * t + s * width) << (160 - bits)) / 8;
            let at = |number: BigInt| smooth.at(fine, &number);
            let step = BigInt::one() << 100;
            let rise = at(&point + &step).minus(&at(&point - &step));
            // The quotient misses σ′ by less than a few times 2^−60, the enclosures by less than 2^−80.
            let slope = |number: &BigInt| Rational::new(number.clone(), &step * 2);
            let room = Precision(50).rational(&BigInt::from(1));
            prop_assert!(p.rational(&found.lower) <= slope(&rise.upper) + &room, "{smooth} {found:?}");
            prop_assert!(slope(&rise.lower) - &room <= p.rational(&found.upper), "{smooth} {found:?}");
        }

        /// Machine words enclose what big integers do, and are nearly as narrow.
        #[test]
        fn words_enclose_what_many_bits_do(k in 0..8usize, t in prop_oneof![-(1i64 << 44)..1 << 44, any::<i64>()]) {
            let (smooth, fine) = (&all()[k], Precision(200));
            if let Some([lower, upper]) = smooth.in_words(t) {
                let many = smooth.at(fine, &(BigInt::from(t) << 160));
                prop_assert!(BigInt::from(lower) << 160 <= many.lower && many.upper <= BigInt::from(upper) << 160);
                prop_assert!(upper - lower <= 80, "{smooth} {lower} {upper}");
            } else {
                prop_assert!(t.unsigned_abs() > 1 << 60);
            }
        }

        /// The largest α and 1/γ that have words themselves: values that have none are left to big integers.
        #[test]
        fn words_of_extreme_parameters_enclose_or_are_none(k in 22..32u32, t in prop_oneof![-(1i64 << 44)..1 << 44, any::<i64>()]) {
            let (large, fine) = (BigInt::from((1u64 << k) - 1), Precision(200));
            let steep = Smooth::Softplus(Rational::new(BigInt::one(), large.clone()));
            for smooth in [Smooth::Elu(large.into()), steep] {
                let Some([lower, upper]) = smooth.in_words(t) else { continue };
                let many = smooth.at(fine, &(BigInt::from(t) << 160));
                prop_assert!(BigInt::from(lower) << 160 <= many.lower && many.upper <= BigInt::from(upper) << 160, "{smooth}");
            }
        }

        #[test]
        fn slope_and_curvature_are_bounds(k in 0..8usize, x in -2000..2000i64, y in -2000..2000i64, s in 0..=16i64) {
            let (smooth, p) = (&all()[k], Precision(100));
            let at = |sixteenths: BigInt| smooth.at(p, &((p.one() * sixteenths) / (256 * 16)));
            let value = |found: &BigInt| p.rational(found);
            let [at_x, at_y, between] =
                [16 * x, 16 * y, 16 * x + s * (y - x)].map(|point| at(point.into()));
            let delta = Rational::new((x - y).abs().into(), 256.into());
            let rise = (value(&at_x.lower) - value(&at_y.lower)).abs();
            let tiny = p.rational(&BigInt::from(1 << 20));
            prop_assert!(rise <= &delta * smooth.slope() + &tiny);
            let share = Rational::new(s.into(), 16.into());
            let chord = value(&at_x.lower) * (Rational::one() - &share) + value(&at_y.lower) * share;
            let (curvature, kink) = smooth.curvature();
            let bound = curvature * &delta * &delta / BigInt::from(8) + kink * &delta / BigInt::from(4);
            prop_assert!((value(&between.lower) - chord).abs() <= bound + tiny);
        }
    }
}
