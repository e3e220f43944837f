//! Continuous piecewise-linear functions with rational pieces.

use super::{
    matrix::{Matrix, fraction},
    verdict::{Failure, Rejection, Undecided},
};
use crate::certificate::{self, Limit, Limits};
use crate::rational::Rational;
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::{fmt, ops::RangeInclusive};

/// σ: x ↦ slope·x + intercept on each piece; piece i ends at breakpoint i. Neighbouring slopes differ.
///
/// All pieces are integers over one denominator, so that r pieces cost r multiplications and no common factors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    breakpoints: Vec<Rational>,
    /// The slopes as fractions in lowest terms.
    slopes: Vec<Rational>,
    pieces: Vec<Piece>,
    /// The denominator of the pieces: a multiple of those of all slopes times those of all breakpoints.
    den: BigInt,
}

/// Slope and intercept over the common denominator.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    slope: BigInt,
    intercept: BigInt,
}

/// The breakpoints seen from the integers over one denominator d: n/d ≤ β_i ⇔ n ≤ below\[i\], n/d ≥ β_i ⇔ n ≥ above\[i\].
pub struct Thresholds<T = BigInt> {
    below: Vec<T>,
    above: Vec<T>,
}

impl Thresholds {
    /// The same for words: what is beyond all words is put at the ends of `i128`, where there is none.
    pub fn of_words(&self) -> Thresholds<i128> {
        let word =
            |number: &BigInt| number.to_i128().unwrap_or(if number.is_negative() { i128::MIN } else { i128::MAX });
        let [below, above] = [&self.below, &self.above].map(|list| list.iter().map(word).collect());
        Thresholds { below, above }
    }
}

impl<T: Ord> Thresholds<T> {
    /// The last piece that contains the number (the closed pieces overlap at the breakpoints).
    pub fn piece(&self, number: &T) -> usize {
        self.above.partition_point(|above| above <= number)
    }

    /// Whether the number, not left of the piece, is in it.
    pub fn is_within(&self, number: &T, piece: usize) -> bool {
        self.below.get(piece).is_none_or(|below| number <= below)
    }
}

impl Activation {
    /// The function of a certificate; breakpoints where the slope does not change are dropped.
    pub fn read(source: &certificate::ActivationRecord, limits: &Limits) -> Result<Self, Failure> {
        let read = |list: &[certificate::Fraction]| list.iter().map(fraction).collect::<Result<Vec<_>, _>>();
        limits.allow(Limit::Breakpoints, source.breakpoints.len() as u64)?;
        let (breakpoints, slopes, value) =
            (read(&source.breakpoints)?, read(&source.slopes)?, fraction(&source.value)?);
        if breakpoints.is_empty() || slopes.len() != breakpoints.len() + 1 {
            return Err(Rejection::SlopeCount { breakpoints: breakpoints.len(), slopes: slopes.len() }.into());
        }
        if !breakpoints.is_sorted_by(|left, right| left < right) {
            return Err(Rejection::BreakpointsNotAscending.into());
        }
        let intercept = value - &breakpoints[0] * &slopes[0];
        Ok(Activation::through(breakpoints, slopes, intercept, limits)?)
    }

    /// The function with these breakpoints, which ascend, these slopes, and this intercept of its first piece.
    fn through(
        breakpoints: Vec<Rational>,
        slopes: Vec<Rational>,
        intercept: Rational,
        limits: &Limits,
    ) -> Result<Self, Undecided> {
        let bends: Vec<usize> = (0..breakpoints.len()).filter(|&i| slopes[i] != slopes[i + 1]).collect();
        let slopes: Vec<_> = [0].into_iter().chain(bends.iter().map(|i| i + 1)).map(|i| slopes[i].clone()).collect();
        let breakpoints: Vec<_> = bends.into_iter().map(|i| breakpoints[i].clone()).collect();
        let den = common(&slopes, limits)? * common(&breakpoints, limits)?;
        let den = multiple(&den, intercept.denom());
        let over = |number: &Rational| number.numer() * (&den / number.denom());
        let mut pieces = vec![Piece { slope: over(&slopes[0]), intercept: over(&intercept) }];
        for (breakpoint, slope) in breakpoints.iter().zip(&slopes[1..]) {
            let (last, slope) = (&pieces[pieces.len() - 1], over(slope));
            // Continuity: s x + c = s' x + c' at the breakpoint. The quotient is exact: both slopes times `den` are multiples
            // of the breakpoint's denominator.
            let intercept = (&last.slope - &slope) * breakpoint.numer() / breakpoint.denom() + &last.intercept;
            limits.allow_bits(den.bits().max(intercept.bits()))?;
            pieces.push(Piece { slope, intercept });
        }
        Ok(Activation { breakpoints, slopes, pieces, den })
    }

    /// σ⁻¹, if σ is strictly monotone: then it maps ℝ onto ℝ too, having finitely many pieces.
    pub fn inverse(&self, limits: &Limits) -> Result<Option<Self>, Undecided> {
        let sign = self.slopes[0].signum();
        if sign.is_zero() || self.slopes.iter().any(|slope| slope.signum() != sign) {
            return Ok(None);
        }
        let image = |(breakpoint, piece): (&Rational, &Piece)| {
            let numer = &piece.slope * breakpoint.numer() / breakpoint.denom() + &piece.intercept;
            Rational::new(numer, self.den.clone())
        };
        let mut breakpoints: Vec<_> = self.breakpoints.iter().zip(&self.pieces).map(image).collect();
        let mut slopes: Vec<_> = self.slopes.iter().map(Rational::recip).collect();
        let mut first = &self.pieces[0];
        if sign.is_negative() {
            breakpoints.reverse();
            slopes.reverse();
            first = &self.pieces[self.pieces.len() - 1];
        }
        let intercept = Rational::new(-&first.intercept, first.slope.clone());
        Activation::through(breakpoints, slopes, intercept, limits).map(Some)
    }

    /// Whether σ(x) = x for every x.
    pub fn is_identity(&self) -> bool {
        let one = Rational::one();
        self.breakpoints.is_empty() && self.value(&Rational::zero()).is_zero() && self.value(&one) == one
    }

    /// Whether σ(c x) = c σ(x) for every x and c ≥ 0: it bends nowhere but at 0, where it is 0.
    pub fn is_homogeneous(&self) -> bool {
        self.breakpoints.iter().all(Zero::is_zero) && self.value(&Rational::zero()).is_zero()
    }

    /// Whether σ(x) ≥ 0 for every x: it is so at 0 and where it bends, and σ falls on its first piece and rises on its last, or rests.
    pub fn is_nonnegative(&self) -> bool {
        let zero = Rational::zero();
        let ends = [&self.slopes[0], &self.slopes[self.slopes.len() - 1]];
        !ends[0].is_positive()
            && !ends[1].is_negative()
            && self.breakpoints.iter().chain([&zero]).all(|x| !self.value(x).is_negative())
    }

    /// The points where the slope changes, ascending.
    pub fn breakpoints(&self) -> &[Rational] {
        &self.breakpoints
    }

    /// Slope and intercept of every piece, over the denominator that comes with them.
    pub fn pieces(&self) -> (impl Iterator<Item = (&BigInt, &BigInt)>, &BigInt) {
        (self.pieces.iter().map(|piece| (&piece.slope, &piece.intercept)), &self.den)
    }

    /// σ(x).
    pub fn value(&self, x: &Rational) -> Rational {
        let passed = |breakpoint: &Rational| breakpoint.numer() * x.denom() <= x.numer() * breakpoint.denom();
        let Piece { slope, intercept } = &self.pieces[self.breakpoints.partition_point(passed)];
        Rational::new(slope * x.numer() + intercept * x.denom(), x.denom() * &self.den)
    }

    /// The most monotone runs that a combination of so many copies of σ can have, each stretched and moved.
    pub fn runs(&self, copies: usize) -> usize {
        let turns = self.slopes.iter().any(Signed::is_positive) && self.slopes.iter().any(Signed::is_negative);
        match copies {
            0 => 0,
            1 if !turns => 1,
            _ => copies * self.breakpoints.len() + 1,
        }
    }

    /// The breakpoints as thresholds for numerators over `den`.
    pub fn thresholds(&self, den: &BigInt) -> Thresholds {
        let scaled = |beta: &Rational| (beta.numer() * den, beta.denom().clone());
        let scaled: Vec<_> = self.breakpoints.iter().map(scaled).collect();
        Thresholds {
            below: scaled.iter().map(|(numer, denom)| numer.div_floor(denom)).collect(),
            above: scaled.iter().map(|(numer, denom)| numer.div_ceil(denom)).collect(),
        }
    }

    /// The affine function of a piece, of number/one, times `one`, rounded down.
    pub fn line(&self, piece: usize, number: &BigInt, one: &BigInt) -> BigInt {
        let Piece { slope, intercept } = &self.pieces[piece];
        (slope * number + intercept * one).div_floor(&self.den)
    }

    /// σ at breakpoint i, times `one`, rounded down.
    pub fn corner(&self, i: usize, one: &BigInt) -> BigInt {
        let (Piece { slope, intercept }, at) = (&self.pieces[i], &self.breakpoints[i]);
        ((slope * at.numer() + intercept * at.denom()) * one).div_floor(&(at.denom() * &self.den))
    }

    /// The length of an interval times the largest |slope| of these pieces, rounded up.
    pub fn stretched(&self, pieces: RangeInclusive<usize>, length: &BigInt) -> BigInt {
        let steepest = self.pieces[pieces].iter().map(|piece| piece.slope.abs()).max().unwrap_or_default();
        (steepest * length).div_ceil(&self.den)
    }

    /// σ, entry by entry.
    pub fn apply(&self, matrix: &Matrix) -> Matrix {
        let thresholds = self.thresholds(matrix.den());
        let words = thresholds.of_words();
        self.image(matrix, true, |_, word| Some(words.piece(word)), |_, number| Some(thresholds.piece(number)))
    }

    /// The affine function of the given piece, entry by entry, or only its slope; zero where there is no piece.
    pub fn apply_pieces(&self, matrix: &Matrix, pieces: &[Option<usize>], with_intercept: bool) -> Matrix {
        self.image(matrix, with_intercept, |i, _| pieces[i], |i, _| pieces[i])
    }

    /// The same with the piece of each entry told by its place and its numerator, a word or an integer of any length.
    fn image(
        &self,
        matrix: &Matrix,
        with_intercept: bool,
        of_word: impl Fn(usize, &i128) -> Option<usize> + Sync,
        of_long: impl Fn(usize, &BigInt) -> Option<usize>,
    ) -> Matrix {
        let shift = |piece: &Piece| if with_intercept { &piece.intercept * matrix.den() } else { BigInt::zero() };
        let shifts: Vec<BigInt> = self.pieces.iter().map(shift).collect();
        let slopes: Vec<BigInt> = self.pieces.iter().map(|piece| piece.slope.clone()).collect();
        let num = matrix.numbers().affine(&slopes.into(), &shifts.into(), of_word, of_long);
        matrix.with_numbers((matrix.rows(), matrix.cols()), num, &self.den * matrix.den())
    }
}

/// The least common multiple of the denominators.
fn common(numbers: &[Rational], limits: &Limits) -> Result<BigInt, Undecided> {
    numbers.iter().try_fold(BigInt::one(), |den, number| {
        let den = multiple(&den, number.denom());
        limits.allow_bits(den.bits())?;
        Ok(den)
    })
}

/// The least common multiple of two positive integers, of which the first one may be much larger.
fn multiple(large: &BigInt, small: &BigInt) -> BigInt {
    large * (small / small.gcd(&(large % small)))
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let list = |numbers: &mut dyn Iterator<Item = &Rational>| {
            numbers.map(Rational::to_string).collect::<Vec<_>>().join(", ")
        };
        write!(f, "piecewise linear with slopes {}", list(&mut self.slopes.iter()))?;
        let over = |numer: BigInt| Rational::new(numer, self.den.clone());
        let Piece { slope, intercept } = &self.pieces[0];
        match self.breakpoints.first() {
            Some(first) => {
                let value = over(slope * first.numer() / first.denom() + intercept);
                write!(f, ", breakpoints {}, value {value} at {first}", list(&mut self.breakpoints.iter()))
            }
            None => write!(f, ", value {} at 0", over(intercept.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Arithmetic;

    fn rational(numer: i64, denom: i64) -> Rational {
        Rational::new(numer.into(), denom.into())
    }

    /// The function with this value at its first breakpoint.
    fn through(breakpoints: Vec<Rational>, slopes: Vec<Rational>, value: Rational) -> Activation {
        let intercept = value - &breakpoints[0] * &slopes[0];
        Activation::through(breakpoints, slopes, intercept, &Limits::NONE).unwrap()
    }

    fn value(activation: &Activation, number: &Rational) -> Rational {
        let matrix = Matrix::over((1, 1), vec![number.numer().clone()], number.denom().clone(), Arithmetic::OWN);
        let image = activation.apply(&matrix);
        Rational::new(image.num()[0].clone(), image.den().clone())
    }

    /// |x|/3.
    fn third() -> Activation {
        through(vec![rational(0, 1)], vec![rational(-1, 3), rational(1, 3)], rational(0, 1))
    }

    /// A first slope of 0 says nothing of the others: a hat goes up and down, steps do not.
    #[test]
    fn one_copy_has_one_run_exactly_if_no_two_slopes_have_opposite_signs() {
        let of = |slopes: &[i64]| {
            let breakpoints = (1..slopes.len() as i64).map(|i| rational(i, 1)).collect();
            through(breakpoints, slopes.iter().map(|&slope| rational(slope, 1)).collect(), rational(0, 1)).runs(1)
        };
        for one in [&[0, 1, 0][..], &[1, 0, 2], &[-1, 0], &[0, -2]] {
            assert_eq!(of(one), 1, "{one:?}");
        }
        for (several, runs) in [(&[0, 1, -1, 0][..], 4), (&[0, -1, 1], 3), (&[1, 0, -1], 3)] {
            assert_eq!(of(several), runs, "{several:?}");
        }
    }

    #[test]
    fn values_are_rounded_down_and_lengths_up() {
        let one = BigInt::from(1);
        for (piece, number, value) in [(0, -1, 0), (0, -3, 1), (0, 1, -1), (1, 1, 0), (1, 4, 1), (1, -1, -1)] {
            assert_eq!(third().line(piece, &number.into(), &one), value.into(), "{piece} {number}");
        }
        for (length, stretched) in [(0, 0), (1, 1), (2, 1), (3, 1), (4, 2)] {
            assert_eq!(third().stretched(0..=1, &length.into()), stretched.into(), "{length}");
        }
    }

    /// Slopes 3, 1/2, 1/2, −1 with breakpoints −1, 0, 2 and the value 5 at −1.
    #[test]
    fn a_function_goes_through_its_value() {
        let breakpoints = [-1, 0, 2].map(|breakpoint| rational(breakpoint, 1)).to_vec();
        let slopes = vec![rational(3, 1), rational(1, 2), rational(1, 2), rational(-1, 1)];
        let bent = through(breakpoints, slopes, rational(5, 1));
        for (x, value) in [(-3, -2), (-2, 4), (-1, 10), (0, 11), (1, 12), (2, 13), (3, 11), (12, -7)] {
            assert_eq!(super::tests::value(&bent, &rational(x, 1)), rational(value, 2), "{x}");
        }
        assert_eq!(bent.breakpoints(), [rational(-1, 1), rational(2, 1)]);
        assert_eq!(bent.inverse(&Limits::NONE), Ok(None));
    }

    #[test]
    fn an_inverse_undoes_rising_and_falling_functions() {
        for sign in [1, -1] {
            let slopes = [(2, 1), (1, 3), (5, 2)].map(|(numer, denom)| rational(sign * numer, denom)).to_vec();
            let rising = through(vec![rational(-1, 2), rational(3, 1)], slopes, rational(7, 4));
            let inverse = rising.inverse(&Limits::NONE).unwrap().unwrap();
            for x in (-40..=40).map(|x| rational(x, 8)) {
                assert_eq!(value(&inverse, &value(&rising, &x)), x);
                assert_eq!(value(&rising, &value(&inverse, &x)), x);
            }
            let images = rising.breakpoints().iter().map(|breakpoint| value(&rising, breakpoint));
            let mut images: Vec<_> = images.collect();
            images.sort();
            assert_eq!(inverse.breakpoints(), images);
        }
    }

    #[test]
    fn cones_are_recognised() {
        let at = |breakpoint, slopes: [i64; 2], value| {
            through(vec![rational(breakpoint, 1)], slopes.map(|slope| rational(slope, 1)).to_vec(), rational(value, 1))
        };
        for (sigma, homogeneous, nonnegative) in [
            (at(0, [0, 1], 0), true, true),
            (at(0, [-1, 2], 0), true, true),
            (at(0, [1, 2], 0), true, false),
            (at(0, [0, -1], 0), true, false),
            (at(0, [1, 1], 0), true, false),
            (at(0, [0, 0], 0), true, true),
            (at(0, [0, 0], -1), false, false),
            (at(0, [0, 0], 3), false, true),
            (at(0, [0, 1], 1), false, true),
            (at(1, [0, 1], 0), false, true),
            (at(1, [-1, 1], -1), false, false),
        ] {
            assert_eq!((sigma.is_homogeneous(), sigma.is_nonnegative()), (homogeneous, nonnegative), "{sigma}");
        }
    }

    /// Thresholds beyond all words are beyond them for words too.
    #[test]
    fn thresholds_of_words_are_those_of_integers() {
        let most: BigInt = (BigInt::one() << 126u32) - 1;
        let numbers = [-&most, BigInt::from(-1), BigInt::zero(), BigInt::one(), most.clone()];
        for (power, sign) in [0u32, 1, 125, 126, 127, 128, 300].into_iter().flat_map(|power| [(power, 1), (power, -1)])
        {
            for more in -1..=1 {
                let beta = Rational::from((BigInt::one() << power) * sign + more);
                let slopes = vec![Rational::zero(), Rational::one()];
                let step = through(vec![beta], slopes, Rational::zero());
                let thresholds = step.thresholds(&BigInt::one());
                let words = thresholds.of_words();
                for number in &numbers {
                    let word = number.to_i128().unwrap();
                    assert_eq!(words.piece(&word), thresholds.piece(number), "{number} {power}");
                    assert_eq!(words.is_within(&word, 0), thresholds.is_within(number, 0), "{number} {power}");
                }
            }
        }
    }

    #[test]
    fn thresholds_are_those_of_the_breakpoints() {
        let half = Rational::new(1.into(), 2.into());
        let slopes = [0, 1].map(|slope| Rational::from(BigInt::from(slope))).to_vec();
        let step = through(vec![half], slopes, Rational::zero());
        for den in 1..6 {
            let thresholds = step.thresholds(&den.into());
            for number in -10..10 {
                let (piece, left) = (thresholds.piece(&number.into()), thresholds.is_within(&number.into(), 0));
                assert_eq!((piece == 1, left), (2 * number >= den, 2 * number <= den), "{number}/{den}");
            }
        }
    }
}
