//! [`Tube`](crate::chord::Tube) in machine words: the same enclosure, for networks that are large.
//!
//! Entries are i64 times 2^−p with p = 40, sums of products i128. With λ = a + s (b − a), s in [0, 1], a level is
//! (1 − s) A + s B + E with |E| ≤ R, and the rules are those of [`crate::chord`]; here is how each rounding goes outward:
//!
//! - an entry is enclosed by two neighbouring integers; the lower one is the value, their distance goes into R;
//! - a value that is rounded down errs by less than one unit, which R is given;
//! - R itself is rounded up.
//!
//! What does not fit into a word gives no answer (`None`), and the big integers of `chord` take over. A block of samples at
//! a time goes through all layers, so that memory does not grow with their number.

use super::{
    activation::Activation,
    exponential::{Exponentials, POINT},
    interval::{Interval, Precision},
    loss::Loss,
    matrix::Matrix,
    pieces::GRID,
    state::{Change, Changes, State},
};
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::ToPrimitive;
use std::ops::{Range, RangeInclusive};

/// Samples that go through the layers together.
const BLOCK: usize = 64;

/// Entries are smaller than 2^62, so that a sum of a few of them is an i64.
const LARGEST: i64 = 1 << 62;

/// (1 − s) start + s end ± radius, row by row.
#[derive(Default)]
struct Chord {
    start: Vec<i64>,
    end: Vec<i64>,
    radius: Vec<i64>,
}

/// A matrix at both ends of the line: enclosures of its entries; once if it does not move.
struct Ends {
    start: Vec<[i64; 2]>,
    end: Option<Vec<[i64; 2]>>,
}

/// W and b over a piece, and what a row of features is multiplied with.
struct Layer {
    point: u32,
    inner: usize,
    weight: Chord,
    bias: Chord,
    /// W_b − W_a, and |W| with its error.
    change: Vec<i64>,
    size: Vec<i64>,
    /// The largest error of W in each column.
    error: Vec<i64>,
    /// The bits of the largest entry.
    bits: u32,
}

/// σ in words.
pub struct Sigma {
    point: u32,
    /// Slope and intercept of each piece, over `den`.
    pieces: Vec<(i64, i64)>,
    den: i64,
    /// Breakpoints as numerator and denominator.
    breakpoints: Vec<(i64, i64)>,
    /// Numbers ≤ a breakpoint are ≤ below, numbers ≥ it ≥ above.
    below: Vec<i64>,
    above: Vec<i64>,
    /// σ at the breakpoints, rounded down.
    corners: Vec<i64>,
}

/// All that moves along a line, in words.
pub struct Words<'a> {
    point: u32,
    loss: &'a Loss,
    exponentials: &'static Exponentials,
    sigma: Sigma,
    /// The first pre-activation that moves, and how many columns it has.
    first: Ends,
    width: usize,
    samples: usize,
    layers: Vec<(Ends, Ends, usize)>,
}

/// The number as a word below [`LARGEST`].
pub fn word(number: &BigInt) -> Option<i64> {
    number.to_i64().filter(|word| word.unsigned_abs() < LARGEST.unsigned_abs())
}

/// The number as a word below [`LARGEST`].
pub fn narrow(number: i128) -> Option<i64> {
    i64::try_from(number).ok().filter(|word| word.unsigned_abs() < LARGEST.unsigned_abs())
}

impl Ends {
    fn new(point: u32, start: &Matrix, end: Option<&Matrix>) -> Option<Self> {
        let enclose = |matrix: &Matrix| -> Option<Vec<[i64; 2]>> {
            let entry = |number: &BigInt| {
                let Interval { lower, upper } = Precision(point.into()).enclose(number, matrix.den());
                Some([word(&lower)?, word(&upper)?])
            };
            matrix.num().iter().map(entry).collect()
        };
        let end = match end {
            Some(end) => Some(enclose(end)?),
            None => None,
        };
        Some(Ends { start: enclose(start)?, end })
    }

    /// These entries on [a, b]·2^−GRID: they run straight, so that both ends and the larger of their errors say all.
    fn on(&self, entries: Range<usize>, a: i64, b: i64) -> Chord {
        let mut chord = Chord::default();
        for entry in entries {
            let start = self.start[entry];
            let end = self.end.as_ref().map_or(start, |end| end[entry]);
            let [left, right] = [a, b].map(|at| [0, 1].map(|side| between(start[side], end[side], at, side == 1)));
            chord.start.push(left[0]);
            chord.end.push(right[0]);
            chord.radius.push((left[1] - left[0]).max(right[1] - right[0]));
        }
        chord
    }
}

/// start + (end − start)·at·2^−GRID, rounded down or up; it lies between two words.
fn between(start: i64, end: i64, at: i64, up: bool) -> i64 {
    if start == end {
        return start;
    }
    let sum = i128::from(start) * i128::from((1 << GRID) - at) + i128::from(end) * i128::from(at);
    let rounded = if up { -(-sum >> GRID) } else { sum >> GRID };
    rounded as i64
}

impl Layer {
    fn on(point: u32, (weight, bias, inner): &(Ends, Ends, usize), a: i64, b: i64) -> Self {
        let cols = bias.start.len();
        let (weight, bias) = (weight.on(0..inner * cols, a, b), bias.on(0..cols, a, b));
        let ends = || weight.start.iter().zip(&weight.end);
        let size: Vec<i64> = ends().zip(&weight.radius).map(|((a, b), r)| a.abs().max(b.abs()) + r).collect();
        let error = (0..cols).map(|j| (0..*inner).map(|i| weight.radius[i * cols + j]).max().unwrap_or(0)).collect();
        let change = ends().map(|(a, b)| b - a).collect();
        // A change is below twice the largest entry.
        let bits = 65 - size.iter().max().map_or(64, |largest| largest.leading_zeros());
        Layer { point, inner: *inner, weight, bias, change, size, error, bits }
    }
}

impl Sigma {
    /// At `point` bits, if its numbers are words.
    pub fn new(point: u32, activation: &Activation) -> Option<Self> {
        let one = Precision(point.into()).one();
        let thresholds = activation.breakpoints().iter().map(|at| {
            let scaled = at.numer() * &one;
            let (below, above) = (scaled.div_floor(at.denom()), scaled.div_ceil(at.denom()));
            Some((word(&below)?, word(&above)?))
        });
        let (below, above) = thresholds.collect::<Option<Vec<_>>>()?.into_iter().unzip();
        let breakpoints = activation.breakpoints().iter().map(|at| Some((word(at.numer())?, word(at.denom())?)));
        let corners = (0..activation.breakpoints().len()).map(|i| word(&activation.corner(i, &one)));
        let (pieces, den) = activation.pieces();
        let pieces = pieces.map(|(slope, intercept)| Some((word(slope)?, word(&(intercept * &one))?)));
        Some(Sigma {
            point,
            pieces: pieces.collect::<Option<_>>()?,
            den: word(den)?,
            breakpoints: breakpoints.collect::<Option<_>>()?,
            below,
            above,
            corners: corners.collect::<Option<_>>()?,
        })
    }

    /// The last piece that contains the number.
    fn piece(&self, number: i64) -> usize {
        self.above.partition_point(|&above| above <= number)
    }

    /// The affine function of a piece, rounded down.
    fn line(&self, piece: usize, number: i64) -> Option<i64> {
        let (slope, intercept) = self.pieces[piece];
        let value = i128::from(slope).checked_mul(number.into())? + i128::from(intercept);
        narrow(if self.den == 1 { value } else { value.div_euclid(self.den.into()) })
    }

    /// A length times the largest |slope| of these pieces, rounded up.
    fn stretched(&self, pieces: RangeInclusive<usize>, length: i64) -> Option<i64> {
        let steepest = self.pieces[pieces].iter().map(|(slope, _)| slope.abs()).max().unwrap_or(0);
        let stretched = i128::from(steepest) * i128::from(length);
        narrow(if self.den == 1 { stretched } else { -(-stretched).div_euclid(self.den.into()) })
    }

    /// σ, entry by entry.
    fn activate(&self, level: &mut Chord) -> Option<()> {
        for ((start, end), radius) in level.start.iter_mut().zip(&mut level.end).zip(&mut level.radius) {
            (*start, *end, *radius) = self.apply(*start, *end, *radius)?;
        }
        Some(())
    }

    /// σ of the entry (1 − s) start + s end ± radius, of numbers below [`LARGEST`].
    pub fn apply(&self, start: i64, end: i64, radius: i64) -> Option<(i64, i64, i64)> {
        let (low, high) = (start.min(end) - radius, start.max(end) + radius);
        let piece = self.piece(low);
        if self.below.get(piece).is_none_or(|&below| high <= below) {
            // Nothing is rounded where slopes are integers, on a flat piece in particular.
            let rounding = i64::from(self.den != 1);
            let radius = self.stretched(piece..=piece, radius)? + rounding;
            return Some((self.line(piece, start)?, self.line(piece, end)?, radius));
        }
        self.bend(start, end, radius, piece..=self.piece(high))
    }

    /// σ of an entry whose range meets these pieces: between its ends it sags from its chord by what it does at the
    /// breakpoints there.
    fn bend(&self, start: i64, end: i64, radius: i64, pieces: RangeInclusive<usize>) -> Option<(i64, i64, i64)> {
        let value = |number: i64| self.line(self.piece(number), number);
        let (left, right) = (value(start)?, value(end)?);
        let (mut lowest, mut highest) = (0i128, 0i128);
        for i in *pieces.start()..*pieces.end() {
            let (numer, denom) = self.breakpoints[i];
            // β − a and b − a, times the denominator of β.
            let part = (i128::from(numer) << self.point).checked_sub(i128::from(start).checked_mul(denom.into())?)?;
            let whole = (i128::from(end) - i128::from(start)).checked_mul(denom.into())?;
            if part.signum() != whole.signum() || part.abs() >= whole.abs() {
                continue;
            }
            let chord =
                i128::from(left).checked_mul(whole - part)?.checked_add(i128::from(right).checked_mul(part)?)?;
            // Rounded down, whatever the sign of the divisor; between the values at the ends, which are words.
            let chord = narrow(chord.checked_mul(whole.signum())?.div_euclid(whole.abs()))?;
            let sag = i128::from(self.corners[i]) - i128::from(chord);
            // The corner is up to one unit above its rounded value, the chord up to two above its own.
            lowest = lowest.min(sag - 2);
            highest = highest.max(sag + 1);
        }
        let shift = narrow((highest + lowest).div_euclid(2))?;
        let half = narrow((highest - lowest + 1).div_euclid(2))?;
        let radius = self.stretched(pieces, radius)?.checked_add(half + 2)?;
        Some((narrow((left + shift).into())?, narrow((right + shift).into())?, narrow(radius.into())?))
    }
}

impl<'a> Words<'a> {
    /// The line from a state to another one of the same data that differs in these layers; `None` if a number of it is no
    /// word.
    pub fn new(state: &State, end: &State, target: &Changes, loss: &'a Loss) -> Option<Self> {
        let depth = state.setting.depth();
        let first = target.keys().next().copied().unwrap_or(depth);
        let rest = Change::default();
        let layers = (first + 1..=depth).map(|k| {
            let (from, to) = (state.layer(k), target.get(&k).unwrap_or(&rest));
            let weight = Ends::new(POINT, &from.weight, to.weight.as_deref())?;
            let bias = Ends::new(POINT, &from.bias, to.bias.as_deref())?;
            Some((weight, bias, state.setting.widths[k - 1]))
        });
        Some(Words {
            point: POINT,
            loss,
            exponentials: Exponentials::tables(),
            sigma: Sigma::new(POINT, &state.setting.activation)?,
            first: Ends::new(POINT, state.pre(first), Some(end.pre(first)))?,
            width: state.setting.widths[first],
            samples: state.setting.samples(),
            layers: layers.collect::<Option<_>>()?,
        })
    }

    /// Whether φ is proved to be at most the bound, numerator and denominator, on [a, b]·2^−GRID; `None` if that is beyond
    /// what words hold.
    ///
    /// The supremum of φ over the box around the output is convex in s: its values at both ends bound it.
    pub fn is_below(&self, a: i64, b: i64, bound: (&BigInt, &BigInt)) -> Option<bool> {
        let layers = self.layers_on(a, b);
        let mut sums = [BigInt::ZERO, BigInt::ZERO];
        for first in (0..self.samples).step_by(BLOCK) {
            let rows = first..self.samples.min(first + BLOCK);
            let output = self.output(&layers, rows.clone(), a, b)?;
            for (sum, values) in sums.iter_mut().zip([&output.start, &output.end]) {
                *sum += self.above(rows.clone(), values, &output.radius)?;
            }
        }
        // sum / divisor · 2^−p ≤ bound.
        let (numer, denom) = bound;
        Some(sums.iter().all(|sum| sum * denom <= (numer * self.loss.divisor()) << self.point))
    }

    fn layers_on(&self, a: i64, b: i64) -> Vec<Layer> {
        self.layers.iter().map(|layer| Layer::on(self.point, layer, a, b)).collect()
    }

    /// The output of these samples on [a, b]·2^−GRID.
    fn output(&self, layers: &[Layer], samples: Range<usize>, a: i64, b: i64) -> Option<Chord> {
        let mut level = self.first.on(samples.start * self.width..samples.end * self.width, a, b);
        for layer in layers {
            self.sigma.activate(&mut level)?;
            level = layer.affine(&level)?;
        }
        Some(level)
    }

    /// At least what these samples add to the sum that φ is, before it is divided, for outputs in a box.
    fn above(&self, samples: Range<usize>, values: &[i64], radius: &[i64]) -> Option<BigInt> {
        let cols = values.len() / samples.len();
        let rows = values.chunks(cols).zip(radius.chunks(cols));
        let Some(labels) = self.loss.labels_of_cross_entropy() else {
            let boxed = values.iter().zip(radius).map(|(value, radius)| [value - radius, value + radius]);
            let boxed = boxed.map(|[lower, upper]| Interval { lower: lower.into(), upper: upper.into() });
            let (entries, point) = (boxed.collect::<Vec<_>>(), Precision(self.point.into()));
            return Some(self.loss.sum_above(samples.start, &entries, cols, point));
        };
        let mut sum = BigInt::ZERO;
        let mut ahead = vec![0; cols];
        for (sample, (values, radius)) in samples.zip(rows) {
            // How far each output is ahead of the label's, at most; the label's is not ahead of itself.
            let label = labels[sample];
            let lowest = i128::from(values[label]) - i128::from(radius[label]);
            for (j, ahead) in ahead.iter_mut().enumerate() {
                *ahead = if j == label { 0 } else { i128::from(values[j]) + i128::from(radius[j]) - lowest };
            }
            sum += self.loss.weight(sample) * self.exponentials.log_sum(&ahead)?;
        }
        Some(sum)
    }
}

impl Layer {
    /// F W + 1 bᵀ.
    fn affine(&self, features: &Chord) -> Option<Chord> {
        let (inner, cols) = (self.inner, self.bias.start.len());
        let largest_of = |entries: &[i64]| entries.iter().map(|entry| entry.unsigned_abs()).max().unwrap_or(0);
        let largest = largest_of(&features.start).max(largest_of(&features.end)).max(largest_of(&features.radius));
        // A sum of `inner` products, eight times it and one more like it: below 2^126. A change of features has a bit more.
        let bits = self.bits + (65 - largest.leading_zeros()) + inner.ilog2() + 1 + 4;
        if bits > 126 {
            return None;
        }
        let mut result = Chord::default();
        let mut sums = vec![[0i128; 4]; cols];
        for row in 0..features.start.len() / inner {
            sums.fill([0; 4]);
            let mut all = 0i128;
            for i in 0..inner {
                let at = row * inner + i;
                let (start, end, radius) = (features.start[at], features.end[at], features.radius[at]);
                if start == 0 && end == 0 && radius == 0 {
                    continue;
                }
                let change = i128::from(end - start);
                all += i128::from(start.abs().max(end.abs()));
                let (start, end, radius) = (i128::from(start), i128::from(end), i128::from(radius));
                let entries = i * cols..(i + 1) * cols;
                let weights = self.weight.start[entries.clone()].iter().zip(&self.weight.end[entries.clone()]);
                let moves = self.change[entries.clone()].iter().zip(&self.size[entries]);
                for ((sum, (from, to)), (step, size)) in sums.iter_mut().zip(weights).zip(moves) {
                    sum[0] += start * i128::from(*from);
                    sum[1] += end * i128::from(*to);
                    sum[2] += change * i128::from(*step);
                    sum[3] += radius * i128::from(*size);
                }
            }
            for (j, [start, end, bend, radius]) in sums.iter().enumerate() {
                // Sums are times 2^2p; K/8 is brought in over 8 times that.
                let shift = self.point + 3;
                let value = |sum: &i128, bias: i64| narrow((((sum * 8) - bend) >> shift) + i128::from(bias));
                result.start.push(value(start, self.bias.start[j])?);
                result.end.push(value(end, self.bias.end[j])?);
                let radius = (radius + all * i128::from(self.error[j])) * 8 + bend.abs();
                // One unit for the rounding of the radius, one for that of the values.
                result.radius.push(narrow((radius >> shift) + i128::from(self.bias.radius[j]) + 2)?);
            }
        }
        Some(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Arithmetic;
    use crate::certificate::{Criterion, LossRecord};
    use crate::chord::tests::bent;
    use crate::matrix::Reading;
    use crate::rational::Rational;
    use proptest::prelude::*;

    /// −2⁶³ has no absolute value.
    #[test]
    fn words_are_below_the_largest() {
        for (number, is_word) in [(LARGEST - 1, true), (1 - LARGEST, true), (LARGEST, false), (i64::MIN, false)] {
            assert_eq!(word(&number.into()), is_word.then_some(number));
            assert_eq!(narrow(number.into()), is_word.then_some(number));
        }
        assert_eq!(narrow(i128::MIN), None);
    }

    fn matrix(rows: usize, cols: usize, den: i64, num: &[i64]) -> Matrix {
        let num = num.iter().copied().map(BigInt::from).collect();
        Matrix::over((rows, cols), num, den.into(), Arithmetic::OWN)
    }

    fn loss(labels: Vec<usize>) -> Loss {
        let samples = labels.len();
        let source = LossRecord::from(Criterion::CrossEntropy { labels });
        Loss::read(&source, samples, 2, Reading::Users(Arithmetic::OWN)).unwrap()
    }

    /// Two pre-activations of two samples that run straight, and two outputs whose weights and biases do too.
    struct Case {
        pre: [Matrix; 2],
        weight: [Matrix; 2],
        bias: [Matrix; 2],
    }

    impl Case {
        fn new(den: i64, numbers: &[i64]) -> Self {
            let pair = |rows, cols, at: usize| {
                let size = rows * cols;
                [at, at + size].map(|at| matrix(rows, cols, den, &numbers[at..at + size]))
            };
            Case { pre: pair(2, 2, 0), weight: pair(2, 2, 8), bias: pair(1, 2, 16) }
        }

        fn words<'a>(&self, point: u32, activation: &Activation, loss: &'a Loss) -> Words<'a> {
            let ends = |pair: &[Matrix; 2]| Ends::new(point, &pair[0], Some(&pair[1])).unwrap();
            Words {
                point,
                loss,
                exponentials: Exponentials::tables(),
                sigma: Sigma::new(point, activation).unwrap(),
                first: ends(&self.pre),
                width: 2,
                samples: 2,
                layers: vec![(ends(&self.weight), ends(&self.bias), 2)],
            }
        }

        fn output(&self, activation: &Activation, lambda: &Rational) -> Matrix {
            let at = |pair: &[Matrix; 2]| pair[0].plus(&pair[1].minus(&pair[0]).scaled(lambda));
            // [F, 1] times [W; bᵀ].
            let [weight, bias] = [at(&self.weight), at(&self.bias)];
            let (weights, biases) = (weight.num(), bias.num());
            let both = weights.iter().map(|entry| entry * bias.den());
            let num = both.chain(biases.iter().map(|entry| entry * weight.den())).collect();
            let layer = weight.with((3, 2), num, weight.den() * bias.den());
            activation.apply(&at(&self.pre)).with_ones().times(&layer)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

        /// With few bits behind the point every rounding in the wrong direction is seen sooner or later.
        #[test]
        fn words_contain_the_output(
            den in 1..30i64, numbers in prop::collection::vec(-60..60i64, 20), bits in 0..7u32,
            (h, i) in (0..4u64).prop_flat_map(|h| (Just(h), 0..1i64 << h)), step in 0..=8i64, whole: bool,
        ) {
            let activation = bent(if whole { ["0", "1", "-2", "3"] } else { ["1/3", "-5/7", "3/2", "0"] });
            let (case, loss) = (Case::new(den, &numbers), loss(vec![0, 1]));
            let words = case.words(bits, &activation, &loss);
            let (a, b) = (i << (GRID - h), (i + 1) << (GRID - h));
            let chord = words.output(&words.layers_on(a, b), 0..2, a, b).unwrap();
            let s = Rational::new(step.into(), 8.into());
            let lambda = (Rational::from(BigInt::from(i)) + &s) / Rational::from(BigInt::from(1i64 << h));
            let output = case.output(&activation, &lambda);
            let precision = Precision(bits.into());
            let rational = |number: i64| precision.rational(&number.into());
            for (k, num) in output.num().iter().enumerate() {
                let exact = Rational::new(num.clone(), output.den().clone());
                let (start, end) = (rational(chord.start[k]), rational(chord.end[k]));
                let (middle, radius) = (&start + &s * (&end - &start), rational(chord.radius[k]));
                prop_assert!(&middle - &radius <= exact && exact <= middle + radius);
            }
        }

        /// What words call below the bound is; what is well below it they call so.
        #[test]
        fn words_and_exact_losses_agree(
            den in 8..30i64, numbers in prop::collection::vec(-60..60i64, 20), labels in prop::array::uniform2(0..2usize),
            bound in 1..40i64, (h, i) in (0..6u64).prop_flat_map(|h| (Just(h), 0..1i64 << h)),
        ) {
            let activation = bent(["0", "1", "-2", "3"]);
            let (case, loss) = (Case::new(den, &numbers), loss(labels.to_vec()));
            let words = case.words(POINT, &activation, &loss);
            let (a, b) = (i << (GRID - h), (i + 1) << (GRID - h));
            let bound = Rational::new(bound.into(), 8.into());
            let below = words.is_below(a, b, (bound.numer(), bound.denom())).unwrap();
            let points = (0..=8).map(|step| {
                let lambda = (Rational::from(BigInt::from(i)) + Rational::new(step.into(), 8.into()))
                    / Rational::from(BigInt::from(1i64 << h));
                case.output(&activation, &lambda)
            });
            let points: Vec<Matrix> = points.collect();
            if below {
                prop_assert!(points.iter().all(|output| loss.is_below(output, &bound).unwrap()));
            }
            // On a point the enclosure is as narrow as the numbers are.
            let at = Rational::new(a.into(), BigInt::from(1i64 << GRID));
            let output = case.output(&activation, &at);
            let near = Rational::new(BigInt::from(1), BigInt::from(1 << 20));
            let (nearly, just) = (loss.is_below(&output, &(&bound - &near)), loss.is_below(&output, &bound));
            let found = words.is_below(a, a, (bound.numer(), bound.denom())).unwrap();
            prop_assert!(found || nearly == Ok(false));
            prop_assert!(!found || just == Ok(true));
        }
    }

    /// Numbers of more than a word are not rounded into one.
    #[test]
    fn what_is_no_word_gives_no_answer() {
        let large = matrix(1, 1, 1, &[1 << 40]);
        assert!(Ends::new(20, &large, None).is_some());
        assert!(Ends::new(40, &large, None).is_none());
        let sigma = Sigma::new(40, &bent(["0", "1", "-2", "3"])).unwrap();
        let chord = |start| Chord { start: vec![start], end: vec![start], radius: vec![0] };
        assert!(sigma.activate(&mut chord(1 << 59)).is_some());
        assert!(sigma.activate(&mut chord(1 << 61)).is_none());
    }
}
