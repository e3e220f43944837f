//! Batch normalisation with fixed statistics, γ (x − μ)/√(v + ε) + β, along a piece of a line on which all of it may move.
//!
//! u(v) = (v + ε)^(−1/2) is convex and falls. With v between the lines v̲ and v̄ it is at most u(v̲), so below the chord of u at the
//! ends of v̲; and at least u(v̄), which sags from its chord by at most max u″ (Δv̄)²/8 = 3/32 (Δv̄)² u⁵, u the largest.

use super::Level;
use crate::interval::{Interval, Precision};
use crate::rational::Rational;
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{One as _, Signed, Zero};

/// (1 − s) start + s end ± radius, times 2^p.
pub struct Line {
    pub start: BigInt,
    pub end: BigInt,
    pub radius: BigInt,
}

/// γ/√(v + ε), μ and β of one channel.
struct Gain {
    gain: Line,
    mean: Line,
    shift: Line,
}

/// Those of all channels.
pub struct Gains(Vec<Gain>);

impl Gains {
    /// From the weight `[3, C]` and the bias `[1, C]`; no v is negative.
    pub fn new([weight, bias]: &[Level; 2], epsilon: &Rational, p: Precision) -> Self {
        let channels = weight.cols;
        let channel = |c: usize| {
            let root = inverse_root(&Line::of(weight, 2 * channels + c), epsilon, p);
            let gain = Line::of(weight, c).times(&root, p);
            Gain { gain, mean: Line::of(weight, channels + c), shift: Line::of(bias, c) }
        };
        Gains((0..channels).map(channel).collect())
    }

    /// γ/√(v + ε), μ and β, channel by channel.
    pub fn lines(&self) -> impl Iterator<Item = [&Line; 3]> {
        self.0.iter().map(|Gain { gain, mean, shift }| [gain, mean, shift])
    }

    /// A column of features of this channel.
    pub fn normalise(&self, mut column: Level, channel: usize, p: Precision) -> Level {
        let Gain { gain, mean, shift } = &self.0[channel];
        let moves = column.moves() || [gain, mean, shift].iter().any(|line| line.start != line.end);
        let end = moves.then(|| column.end.clone().unwrap_or_else(|| column.start.clone()));
        let mut ends = end.unwrap_or_default();
        for (i, (start, radius)) in column.start.iter_mut().zip(&mut column.radius).enumerate() {
            let x = Line { start: start.clone(), end: ends.get(i).unwrap_or(start).clone(), radius: radius.clone() };
            let y = gain.times(&x.minus(mean), p);
            *start = y.start + &shift.start;
            *radius = y.radius + &shift.radius;
            if moves {
                ends[i] = y.end + &shift.end;
            }
        }
        column.end = moves.then_some(ends);
        column
    }
}

impl Line {
    fn of(level: &Level, entry: usize) -> Self {
        let start = level.start[entry].clone();
        let end = level.end.as_ref().map_or_else(|| start.clone(), |end| end[entry].clone());
        Line { start, end, radius: level.radius[entry].clone() }
    }

    fn minus(&self, other: &Line) -> Line {
        Line { start: &self.start - &other.start, end: &self.end - &other.end, radius: &self.radius + &other.radius }
    }

    /// A B = (1 − s) A_0 B_0 + s A_1 B_1 − s (1 − s) K with K = ΔA ΔB, taken as −K/8 ± |K|/8, and |A| r_B + |B| r_A + r_A r_B.
    fn times(&self, other: &Line, p: Precision) -> Line {
        let bend = (&self.end - &self.start) * (&other.end - &other.start);
        let rounded = |a: &BigInt, b: &BigInt| (a * b * 8 - &bend) >> (p.0 + 3);
        let errors = self.size() * &other.radius + (other.size() + &other.radius) * &self.radius;
        // One unit for the rounding of the radius, one for that of the values.
        let radius = ((errors * 8 + bend.abs()) >> (p.0 + 3)) + 2;
        Line { start: rounded(&self.start, &other.start), end: rounded(&self.end, &other.end), radius }
    }

    fn size(&self) -> BigInt {
        self.start.abs().max(self.end.abs())
    }
}

/// (v + ε)^(−1/2).
fn inverse_root(variance: &Line, epsilon: &Rational, p: Precision) -> Line {
    let at = |variance_at: &BigInt| {
        let root = |variance: BigInt| {
            let sum = p.rational(&variance.max(BigInt::zero())) + epsilon;
            root_between(sum.denom(), sum.numer(), p)
        };
        let (above, below) = (root(variance_at - &variance.radius), root(variance_at + &variance.radius));
        Interval { lower: below.lower, upper: above.upper }
    };
    let (start, end) = (at(&variance.start), at(&variance.end));
    let largest = start.upper.clone().max(end.upper.clone());
    let change = (&variance.end - &variance.start).abs();
    let sag: BigInt = BigInt::from(3) * &change * &change * largest.pow(5);
    let sag = (sag >> (p.0 * 6 + 5)) + 1;
    let width = (&start.upper - &start.lower).max(&end.upper - &end.lower);
    let sag = if change.is_zero() { BigInt::zero() } else { sag };
    Line { start: start.lower, end: end.lower, radius: width + sag }
}

/// √(n/d) for n, d > 0.
fn root_between(numer: &BigInt, denom: &BigInt, p: Precision) -> Interval {
    let scaled: BigInt = (numer << (2 * p.0)).div_floor(denom);
    let lower = scaled.sqrt();
    Interval { upper: &lower + BigInt::one(), lower }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_traits::ToPrimitive as _;
    use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

    fn float(number: &BigInt, p: Precision) -> f64 {
        number.to_f64().expect("a number") / p.one().to_f64().expect("a number")
    }

    /// Random pieces, everything moving: doubles at 33 points of each are inside, but for their own rounding, and a radius a little
    /// smaller than it has to be would be seen.
    #[test]
    fn doubles_are_inside() {
        let (p, mut rng) = (Precision(50), StdRng::seed_from_u64(7));
        let mut reached: f64 = 0.0;
        for _ in 0..2000 {
            let mut ends = |low: f64, high: f64| [rng.random_range(low..high), rng.random_range(low..high)];
            let lines = [ends(-2.0, 2.0), ends(-1.0, 1.0), ends(0.0, 1.0), ends(-1.0, 1.0), ends(-3.0, 3.0)];
            let epsilon = Rational::new(1.into(), 100.into());
            let integer = |x: f64| BigInt::from((x * 2f64.powi(50)) as i64);
            let level = |lines: &[[f64; 2]], cols| Level {
                cols,
                start: lines.iter().map(|line| integer(line[0])).collect(),
                end: Some(lines.iter().map(|line| integer(line[1])).collect()),
                radius: vec![BigInt::zero(); lines.len()],
            };
            let layer = [level(&lines[..3], 1), level(&lines[3..4], 1)];
            let y = Gains::new(&layer, &epsilon, p).normalise(level(&lines[4..], 1), 0, p);
            let (start, end) = (float(&y.start[0], p), float(&y.end.expect("it moves")[0], p));
            let radius = float(&y.radius[0], p);
            for i in 0..=32 {
                let s = f64::from(i) / 32.0;
                let at = |k: usize| (1.0 - s) * lines[k][0] + s * lines[k][1];
                let value = at(0) * (at(4) - at(1)) / (at(2) + 0.01).sqrt() + at(3);
                let off = (value - (1.0 - s) * start - s * end).abs();
                assert!(off <= radius * (1.0 + 1e-9) + 1e-9, "{value} is {off} from the chord, {radius} allowed");
                reached = reached.max(off / radius);
            }
        }
        assert!(reached > 0.9, "the bound is never close: {reached}");
    }
}
