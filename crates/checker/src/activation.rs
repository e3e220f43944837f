//! Continuous piecewise-linear functions with rational pieces.

use super::{
    matrix::{Matrix, fraction},
    verdict::Rejection,
};
use crate::certificate;
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use std::fmt;

/// σ: x ↦ slope·x + intercept on each piece; piece i ends at breakpoint i. Neighbouring slopes differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    breakpoints: Vec<BigRational>,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    slope: BigRational,
    intercept: BigRational,
}

/// The breakpoints seen from the integers over one denominator d: n/d ≤ β_i ⇔ n ≤ below\[i\], n/d ≥ β_i ⇔ n ≥ above\[i\].
pub struct Thresholds {
    below: Vec<BigInt>,
    above: Vec<BigInt>,
}

impl Thresholds {
    /// The last piece that contains the number (the closed pieces overlap at the breakpoints).
    pub fn piece(&self, number: &BigInt) -> usize {
        self.above.partition_point(|above| above <= number)
    }

    /// Whether the number, not left of the piece, is in it.
    pub fn is_within(&self, number: &BigInt, piece: usize) -> bool {
        self.below.get(piece).is_none_or(|below| number <= below)
    }
}

impl Activation {
    /// The function of a certificate; breakpoints where the slope does not change are dropped.
    pub fn read(source: &certificate::Activation) -> Result<Self, Rejection> {
        let read = |list: &[certificate::Fraction]| list.iter().map(fraction).collect::<Result<Vec<_>, _>>();
        let (breakpoints, slopes, value) =
            (read(&source.breakpoints)?, read(&source.slopes)?, fraction(&source.value)?);
        if breakpoints.is_empty() || slopes.len() != breakpoints.len() + 1 {
            return Err(Rejection::SlopeCount { breakpoints: breakpoints.len(), slopes: slopes.len() });
        }
        if !breakpoints.is_sorted_by(|left, right| left < right) {
            return Err(Rejection::BreakpointsNotAscending);
        }
        Ok(Activation::through(breakpoints, slopes, value))
    }

    /// The function with these slopes and this value at the first breakpoint.
    fn through(breakpoints: Vec<BigRational>, slopes: Vec<BigRational>, value: BigRational) -> Self {
        let mut slopes = slopes.into_iter();
        let slope = slopes.next().expect("one slope more than breakpoints");
        let first = breakpoints.first().expect("a breakpoint");
        let intercept = value - first * &slope;
        let mut merged = Activation { breakpoints: vec![], pieces: vec![Piece { slope, intercept }] };
        for (breakpoint, slope) in breakpoints.into_iter().zip(slopes) {
            let last = &merged.pieces[merged.pieces.len() - 1];
            if slope != last.slope {
                // Continuity: s x + c = s' x + c' at the breakpoint.
                let intercept = (&last.slope - &slope) * &breakpoint + &last.intercept;
                merged.pieces.push(Piece { slope, intercept });
                merged.breakpoints.push(breakpoint);
            }
        }
        merged
    }

    /// σ⁻¹, if σ is strictly monotone: then it maps ℝ onto ℝ too, having finitely many pieces.
    pub fn inverse(&self) -> Option<Self> {
        let signs: Vec<_> = self.pieces.iter().map(|piece| piece.slope.signum()).collect();
        if signs[0].is_zero() || signs.iter().any(|sign| *sign != signs[0]) {
            return None;
        }
        let invert =
            |piece: &Piece| Piece { slope: piece.slope.recip(), intercept: -(&piece.intercept / &piece.slope) };
        let value = |(breakpoint, piece): (&BigRational, &Piece)| &piece.slope * breakpoint + &piece.intercept;
        let mut inverse = Activation {
            breakpoints: self.breakpoints.iter().zip(&self.pieces).map(value).collect(),
            pieces: self.pieces.iter().map(invert).collect(),
        };
        if signs[0].is_negative() {
            inverse.breakpoints.reverse();
            inverse.pieces.reverse();
        }
        Some(inverse)
    }

    /// The points where the slope changes, ascending.
    pub fn breakpoints(&self) -> &[BigRational] {
        &self.breakpoints
    }

    /// The breakpoints as thresholds for numerators over `den`.
    pub fn thresholds(&self, den: &BigInt) -> Thresholds {
        let scaled = |beta: &BigRational| (beta.numer() * den, beta.denom().clone());
        let scaled: Vec<_> = self.breakpoints.iter().map(scaled).collect();
        Thresholds {
            below: scaled.iter().map(|(numer, denom)| numer.div_floor(denom)).collect(),
            above: scaled.iter().map(|(numer, denom)| numer.div_ceil(denom)).collect(),
        }
    }

    /// σ of one number.
    pub fn value(&self, number: &BigRational) -> BigRational {
        let piece = &self.pieces[self.breakpoints.partition_point(|breakpoint| breakpoint <= number)];
        &piece.slope * number + &piece.intercept
    }

    /// The affine function of a piece, of number/one, times `one`, rounded down.
    pub fn line(&self, piece: usize, number: &BigInt, one: &BigInt) -> BigInt {
        let Piece { slope, intercept } = &self.pieces[piece];
        let sum = slope.numer() * number * intercept.denom() + intercept.numer() * one * slope.denom();
        sum.div_floor(&(slope.denom() * intercept.denom()))
    }

    /// The length of an interval times the largest |slope| of these pieces, rounded up.
    pub fn stretched(&self, pieces: std::ops::RangeInclusive<usize>, length: &BigInt) -> BigInt {
        let steepest = self.pieces[pieces].iter().map(|piece| piece.slope.abs()).max().unwrap_or_default();
        (steepest.numer() * length).div_ceil(steepest.denom())
    }

    /// σ, entry by entry.
    pub fn apply(&self, matrix: &Matrix) -> Matrix {
        let thresholds = self.thresholds(matrix.den());
        let pieces: Vec<_> = matrix.num().iter().map(|number| Some(thresholds.piece(number))).collect();
        self.apply_pieces(matrix, &pieces, true)
    }

    /// The affine function of the given piece, entry by entry, or only its slope; zero where there is no piece.
    pub fn apply_pieces(&self, matrix: &Matrix, pieces: &[Option<usize>], with_intercept: bool) -> Matrix {
        let numbers = self.pieces.iter().flat_map(|piece| [&piece.slope, &piece.intercept]);
        let common = numbers.fold(BigInt::one(), |common, number| common.lcm(number.denom()));
        let over = |number: &BigRational| number.numer() * (&common / number.denom());
        let slopes: Vec<_> = self.pieces.iter().map(|piece| over(&piece.slope)).collect();
        let shift = |piece: &Piece| if with_intercept { over(&piece.intercept) * matrix.den() } else { BigInt::zero() };
        let shifts: Vec<_> = self.pieces.iter().map(shift).collect();
        let image = |(number, piece): (&BigInt, &Option<usize>)| match *piece {
            Some(piece) => number * &slopes[piece] + &shifts[piece],
            None => BigInt::zero(),
        };
        let num = matrix.num().iter().zip(pieces).map(image).collect();
        matrix.with((matrix.rows(), matrix.cols()), num, common * matrix.den())
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let list = |numbers: &mut dyn Iterator<Item = &BigRational>| {
            numbers.map(BigRational::to_string).collect::<Vec<_>>().join(", ")
        };
        write!(f, "piecewise linear with slopes {}", list(&mut self.pieces.iter().map(|piece| &piece.slope)))?;
        match self.breakpoints.first() {
            Some(first) => {
                write!(
                    f,
                    ", breakpoints {}, value {} at {first}",
                    list(&mut self.breakpoints.iter()),
                    self.value(first)
                )
            }
            None => write!(f, ", value {} at 0", self.pieces[0].intercept),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rational(numer: i64, denom: i64) -> BigRational {
        BigRational::new(numer.into(), denom.into())
    }

    /// |x|/3.
    fn third() -> Activation {
        Activation::through(vec![rational(0, 1)], vec![rational(-1, 3), rational(1, 3)], rational(0, 1))
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
        let bent = Activation::through(breakpoints, slopes, rational(5, 1));
        for (x, value) in [(-3, -2), (-2, 4), (-1, 10), (0, 11), (1, 12), (2, 13), (3, 11), (12, -7)] {
            assert_eq!(bent.value(&rational(x, 1)), rational(value, 2), "{x}");
        }
        assert_eq!(bent.breakpoints(), [rational(-1, 1), rational(2, 1)]);
        assert_eq!(bent.inverse(), None);
    }

    #[test]
    fn an_inverse_undoes_rising_and_falling_functions() {
        for sign in [1, -1] {
            let slopes = [(2, 1), (1, 3), (5, 2)].map(|(numer, denom)| rational(sign * numer, denom)).to_vec();
            let rising = Activation::through(vec![rational(-1, 2), rational(3, 1)], slopes, rational(7, 4));
            let inverse = rising.inverse().unwrap();
            for x in (-40..=40).map(|x| rational(x, 8)) {
                assert_eq!(inverse.value(&rising.value(&x)), x);
                assert_eq!(rising.value(&inverse.value(&x)), x);
            }
            let images = rising.breakpoints().iter().map(|breakpoint| rising.value(breakpoint));
            let mut images: Vec<_> = images.collect();
            images.sort();
            assert_eq!(inverse.breakpoints(), images);
        }
    }

    #[test]
    fn thresholds_are_those_of_the_breakpoints() {
        let half = BigRational::new(1.into(), 2.into());
        let slopes = [0, 1].map(|slope| BigRational::from(BigInt::from(slope))).to_vec();
        let step = Activation::through(vec![half], slopes, BigRational::zero());
        for den in 1..6 {
            let thresholds = step.thresholds(&den.into());
            for number in -10..10 {
                let (piece, left) = (thresholds.piece(&number.into()), thresholds.is_within(&number.into(), 0));
                assert_eq!((piece == 1, left), (2 * number >= den, 2 * number <= den), "{number}/{den}");
            }
        }
    }
}
