//! The network over a piece [a, b] of a straight line, enclosed to second order, in integers throughout.
//!
//! With λ = a + s (b − a), s in [0, 1], the features of a level are (1 − s) A + s B + E with |E| ≤ R for all s; A, B and R
//! are integers times 2^−p. For parameters W that run straight from W_a to W_b,
//!
//! > F W = (1 − s) A W_a + s B W_b − s (1 − s) K + E W, K = (B − A)(W_b − W_a),
//!
//! and s (1 − s) is in [0, 1/4]: K is taken as K/8 ± |K|/8. σ has a largest slope on the range of an entry, by which R
//! grows; between A and B it sags from its chord by what it does at the breakpoints there. For a convex φ the supremum
//! of φ over the box around the output is convex in s, so that its values at s = 0 and s = 1 bound the loss on the piece.
//!
//! Integers are exact; every division is rounded down and counted as one unit of R.

use super::{
    activation::{Activation, Thresholds},
    interval::{Interval, Precision},
    matrix::Matrix,
    state::{Change, Changes, State},
};
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{One, Signed, Zero};
use std::rc::Rc;

/// (1 − s) start + s end ± radius, entries times 2^p, row by row.
struct Chord {
    start: Vec<BigInt>,
    end: Vec<BigInt>,
    radius: Vec<BigInt>,
}

/// A piecewise-linear σ at p bits.
pub struct Pieces<'a> {
    activation: &'a Activation,
    precision: Precision,
    /// The breakpoints, times 2^p.
    thresholds: Thresholds,
}

/// All that moves along a line.
pub struct Tube<'a> {
    precision: Precision,
    pieces: Pieces<'a>,
    /// The first pre-activation that moves: it runs straight.
    first: Ends,
    /// The layers after it: weight, bias and the number of inputs.
    layers: Vec<(Ends, Ends, usize)>,
    outputs: usize,
}

/// A matrix at both ends of the line, or once if it does not move.
struct Ends {
    start: Vec<Interval>,
    end: Option<Vec<Interval>>,
}

impl Ends {
    fn new(precision: Precision, start: &Matrix, end: Option<&Rc<Matrix>>) -> Self {
        let enclose = |matrix: &Matrix| -> Vec<Interval> {
            matrix.num().iter().map(|number| precision.enclose(number, matrix.den())).collect()
        };
        Ends { start: enclose(start), end: end.map(|end| enclose(end)) }
    }

    /// The entries on [i, i+1]/2^h: they run straight, so that both ends and the larger of their errors say all.
    fn on(&self, i: &BigInt, h: u64) -> Chord {
        let Some(end) = &self.end else {
            let start: Vec<BigInt> = self.start.iter().map(|entry| entry.lower.clone()).collect();
            let radius = self.start.iter().map(|entry| &entry.upper - &entry.lower).collect();
            return Chord { end: start.clone(), start, radius };
        };
        let whole = BigInt::one() << h;
        let at = |start: &Interval, end: &Interval, i: &BigInt| {
            let lower = (&start.lower * (&whole - i) + &end.lower * i).div_floor(&whole);
            let upper = (&start.upper * (&whole - i) + &end.upper * i).div_ceil(&whole);
            (upper - &lower, lower)
        };
        let (mut chord, next) = (Chord { start: vec![], end: vec![], radius: vec![] }, i + 1);
        for (start, end) in self.start.iter().zip(end) {
            let ((left_error, left), (right_error, right)) = (at(start, end, i), at(start, end, &next));
            chord.start.push(left);
            chord.end.push(right);
            chord.radius.push(left_error.max(right_error));
        }
        chord
    }
}

impl<'a> Tube<'a> {
    /// The line from a state to another one of the same data that differs in these layers.
    pub fn new(state: &State<'a>, end: &State<'a>, target: &Changes, precision: Precision) -> Self {
        let depth = state.setting.depth();
        let first = target.keys().next().copied().unwrap_or(depth);
        let rest = Change::default();
        let layers = (first + 1..=depth).map(|k| {
            let (from, to) = (state.layer(k), target.get(&k).unwrap_or(&rest));
            let ends = |start: &Matrix, end: &Option<Rc<Matrix>>| Ends::new(precision, start, end.as_ref());
            (ends(&from.weight, &to.weight), ends(&from.bias, &to.bias), state.setting.widths[k - 1])
        });
        Tube {
            precision,
            pieces: Pieces::new(&state.setting.activation, precision),
            first: Ends::new(precision, state.pre(first), Some(end.pre(first))),
            layers: layers.collect(),
            outputs: end.output().cols(),
        }
    }

    /// How many outputs there are.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Boxes around the output at both ends of [i, i+1]/2^h, row by row: the supremum of a convex loss over the first or
    /// that over the second is at least the loss everywhere on the piece.
    pub fn output(&self, i: &BigInt, h: u64) -> [Vec<Interval>; 2] {
        let mut level = self.first.on(i, h);
        for (weight, bias, inner) in &self.layers {
            self.activate(&mut level);
            level = self.affine(&level, *inner, &weight.on(i, h), &bias.on(i, h));
        }
        let around = |values: &[BigInt]| -> Vec<Interval> {
            let boxed = |(value, radius): (&BigInt, &BigInt)| Interval { lower: value - radius, upper: value + radius };
            values.iter().zip(&level.radius).map(boxed).collect()
        };
        [around(&level.start), around(&level.end)]
    }

    /// F W + 1 bᵀ for F with `inner` columns.
    fn affine(&self, features: &Chord, inner: usize, weight: &Chord, bias: &Chord) -> Chord {
        let cols = bias.start.len();
        // |W| with its error, and how W changes.
        let size = |(entry, radius): (usize, &BigInt)| weight.start[entry].abs().max(weight.end[entry].abs()) + radius;
        let sizes: Vec<BigInt> = weight.radius.iter().enumerate().map(size).collect();
        let changes: Vec<BigInt> = weight.end.iter().zip(&weight.start).map(|(end, start)| end - start).collect();
        let mut result = Chord { start: vec![], end: vec![], radius: vec![] };
        let mut sums = Sums::default();
        for row in 0..features.start.len() / inner {
            sums.clear(cols);
            for i in 0..inner {
                let at = row * inner + i;
                let (start, end, radius) = (&features.start[at], &features.end[at], &features.radius[at]);
                let (change, largest) = (end - start, start.abs().max(end.abs()));
                for j in 0..cols {
                    let entry = i * cols + j;
                    add_product(&mut sums.start[j], start, &weight.start[entry]);
                    add_product(&mut sums.end[j], end, &weight.end[entry]);
                    add_product(&mut sums.bend[j], &change, &changes[entry]);
                    add_product(&mut sums.radius[j], radius, &sizes[entry]);
                    add_product(&mut sums.radius[j], &largest, &weight.radius[entry]);
                }
            }
            for j in 0..cols {
                // Sums are times 2^2p; K/8 is brought in over 8 times that.
                let shift = self.precision.0 + 3;
                let value = |sum: &BigInt, bias: &BigInt| ((sum * 8 - &sums.bend[j]) >> shift) + bias;
                result.start.push(value(&sums.start[j], &bias.start[j]));
                result.end.push(value(&sums.end[j], &bias.end[j]));
                let radius: BigInt = (&sums.radius[j] * 8 + sums.bend[j].abs()) >> shift;
                // One unit for the rounding of the radius, one for that of the values.
                result.radius.push(radius + &bias.radius[j] + 2);
            }
        }
        result
    }

    /// σ, entry by entry.
    fn activate(&self, level: &mut Chord) {
        for ((start, end), radius) in level.start.iter_mut().zip(&mut level.end).zip(&mut level.radius) {
            self.pieces.apply(start, end, radius);
        }
    }
}

impl<'a> Pieces<'a> {
    pub fn new(activation: &'a Activation, precision: Precision) -> Self {
        Pieces { activation, precision, thresholds: activation.thresholds(&precision.one()) }
    }

    /// σ of the entry (1 − s) start + s end ± radius.
    pub fn apply(&self, start: &mut BigInt, end: &mut BigInt, radius: &mut BigInt) {
        let (low, high) = (&*start.min(end) - &*radius, &*start.max(end) + &*radius);
        let piece = self.thresholds.piece(&low);
        if self.thresholds.is_within(&high, piece) {
            *start = self.activation.line(piece, start, &self.precision.one());
            *end = self.activation.line(piece, end, &self.precision.one());
            // Nothing is rounded where slopes are integers, on a flat piece in particular.
            let rounding = u8::from(!self.activation.pieces().1.is_one());
            *radius = self.activation.stretched(piece..=piece, radius) + rounding;
        } else {
            self.bend(start, end, radius, piece..=self.thresholds.piece(&high));
        }
    }

    /// σ of an entry whose range meets these pieces.
    fn bend(&self, start: &mut BigInt, end: &mut BigInt, radius: &mut BigInt, pieces: std::ops::RangeInclusive<usize>) {
        let one = &self.precision.one();
        let crossed = *pieces.start()..*pieces.end();
        let value = |number: &BigInt| self.activation.line(self.thresholds.piece(number), number, one);
        let (left, right) = (value(start), value(end));
        let (mut lowest, mut highest) = (BigInt::ZERO, BigInt::ZERO);
        for i in crossed {
            let breakpoint = &self.activation.breakpoints()[i];
            // β − a and b − a, times the denominator of β.
            let part = breakpoint.numer() * one - &*start * breakpoint.denom();
            let whole = (&*end - &*start) * breakpoint.denom();
            if part.signum() != whole.signum() || part.abs() >= whole.abs() {
                continue;
            }
            let chord = (&left * (&whole - &part) + &right * &part).div_floor(&whole);
            let sag = self.activation.corner(i, one) - chord;
            // The corner is up to one unit above its rounded value, the chord up to two above its own.
            lowest = lowest.min(&sag - 2);
            highest = highest.max(sag + 1);
        }
        let (shift, half) =
            ((&highest + &lowest).div_floor(&BigInt::from(2)), (highest - lowest).div_ceil(&BigInt::from(2)));
        (*start, *end) = (left + &shift, right + &shift);
        *radius = self.activation.stretched(pieces, radius) + half + 2;
    }
}

/// sum += a b; most radii and many changes are zero.
fn add_product(sum: &mut BigInt, a: &BigInt, b: &BigInt) {
    if !a.is_zero() && !b.is_zero() {
        *sum += a * b;
    }
}

/// What is added up for a row.
#[derive(Default)]
struct Sums {
    start: Vec<BigInt>,
    end: Vec<BigInt>,
    bend: Vec<BigInt>,
    radius: Vec<BigInt>,
}

impl Sums {
    fn clear(&mut self, cols: usize) {
        for sums in [&mut self.start, &mut self.end, &mut self.bend, &mut self.radius] {
            sums.clear();
            sums.resize(cols, BigInt::ZERO);
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::Arithmetic;
    use crate::certificate::{self, Fraction, Limits};
    use crate::rational::Rational;
    use proptest::prelude::*;

    fn matrix(rows: usize, cols: usize, den: i64, num: &[i64]) -> Rc<Matrix> {
        let num = num.iter().copied().map(BigInt::from).collect();
        Rc::new(Matrix::over((rows, cols), num, den.into(), Arithmetic::OWN))
    }

    /// A + λ (B − A).
    fn between(a: &Matrix, b: &Matrix, lambda: &Rational) -> Matrix {
        a.plus(&b.minus(a).scaled(lambda))
    }

    /// Three breakpoints that are no multiples of 2^−p.
    pub fn bent(slopes: [&str; 4]) -> Activation {
        let list = |texts: &[&str]| texts.iter().map(|text| Fraction::new(*text).unwrap()).collect();
        let source = certificate::ActivationRecord {
            breakpoints: list(&["-1/3", "2/5", "1"]),
            slopes: list(&slopes),
            value: Fraction::new("1/6").unwrap(),
        };
        Activation::read(&source, &Limits::NONE).unwrap()
    }

    /// Two pre-activations of two samples that run straight, σ, and two outputs whose weights and biases run straight too.
    #[derive(Debug)]
    struct Case {
        pre: [Rc<Matrix>; 2],
        weight: [Rc<Matrix>; 2],
        bias: [Rc<Matrix>; 2],
        moves: bool,
    }

    impl Case {
        fn new(den: i64, numbers: &[i64], moves: bool) -> Self {
            let pair = |rows, cols, at: usize| {
                let size = rows * cols;
                [at, at + size].map(|at| matrix(rows, cols, den, &numbers[at..at + size]))
            };
            let [mut weight, mut bias] = [pair(2, 2, 8), pair(1, 2, 16)];
            if !moves {
                (weight[1], bias[1]) = (weight[0].clone(), bias[0].clone());
            }
            Case { pre: pair(2, 2, 0), weight, bias, moves }
        }

        fn tube<'a>(&self, activation: &'a Activation, precision: Precision) -> Tube<'a> {
            let ends = |pair: &[Rc<Matrix>; 2]| Ends::new(precision, &pair[0], self.moves.then_some(&pair[1]));
            let first = Ends::new(precision, &self.pre[0], Some(&self.pre[1]));
            Tube {
                precision,
                pieces: Pieces::new(activation, precision),
                first,
                layers: vec![(ends(&self.weight), ends(&self.bias), 2)],
                outputs: 2,
            }
        }

        fn output(&self, activation: &Activation, lambda: &Rational) -> Matrix {
            let at = |pair: &[Rc<Matrix>; 2]| between(&pair[0], &pair[1], lambda);
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
        fn the_tube_contains_the_output(
            den in 1..30i64, numbers in prop::collection::vec(-60..60i64, 20), moves: bool,
            bits in 0..7u64, (h, i) in (0..4u64).prop_flat_map(|h| (Just(h), 0..1i64 << h)), step in 0..=8i64,
        ) {
            let activation = bent(["1/3", "-5/7", "3/2", "0"]);
            let (case, precision) = (Case::new(den, &numbers, moves), Precision(bits));
            let [start, end] = case.tube(&activation, precision).output(&BigInt::from(i), h);
            let s = Rational::new(step.into(), 8.into());
            let lambda = (Rational::from(BigInt::from(i)) + &s) / Rational::from(BigInt::one() << h);
            let output = case.output(&activation, &lambda);
            for ((start, end), num) in start.iter().zip(&end).zip(output.num().iter()) {
                let exact = Rational::new(num.clone(), output.den().clone());
                let at = |a: &BigInt, b: &BigInt| {
                    let [a, b] = [precision.rational(a), precision.rational(b)];
                    &a + &s * (b - &a)
                };
                let (low, high) = (at(&start.lower, &end.lower), at(&start.upper, &end.upper));
                prop_assert!(low <= exact && exact <= high, "{low} {exact} {high}");
            }
        }

        /// Whatever the radius and wherever the breakpoints: σ of all that is in a chord is in the new one.
        #[test]
        fn an_activation_keeps_all_of_a_chord(
            start in -60..60i64, end in -60..60i64, radius in 0..40i64, bits in 0..7u64,
            step in 0..=8i64, side in -4..=4i64, rising: bool,
        ) {
            let slopes = if rising { ["0", "1/4", "3/2", "4"] } else { ["-5", "2", "1/3", "0"] };
            let (activation, precision) = (bent(slopes), Precision(bits));
            let [s, side] = [Rational::new(step.into(), 8.into()), Rational::new(side.into(), 4.into())];
            let on = |start: &BigInt, end: &BigInt, radius: &BigInt, side: &Rational| {
                let [start, end, radius] = [start, end, radius].map(|number| precision.rational(number));
                &start + &s * (end - &start) + side * radius
            };
            let image = activation.value(&on(&start.into(), &end.into(), &radius.into(), &side));
            let [mut start, mut end, mut radius] = [start, end, radius].map(BigInt::from);
            Pieces::new(&activation, precision).apply(&mut start, &mut end, &mut radius);
            let edge = |side: i64| on(&start, &end, &radius, &Rational::from(BigInt::from(side)));
            let (low, high) = (edge(-1), edge(1));
            prop_assert!(low <= image && image <= high, "{low} {image} {high}");
        }

        /// The ends of a straight entry: at most their error below the truth, and never above it.
        #[test]
        fn a_straight_entry_is_rounded_down(
            den in 1..30i64, from in -60..60i64, to in -60..60i64, bits in 0..4u64,
            (h, i) in (0..4u64).prop_flat_map(|h| (Just(h), 0..1i64 << h)),
        ) {
            let (from, to, precision) = (matrix(1, 1, den, &[from]), matrix(1, 1, den, &[to]), Precision(bits));
            let chord = Ends::new(precision, &from, Some(&to)).on(&BigInt::from(i), h);
            for (value, i) in [(&chord.start[0], i), (&chord.end[0], i + 1)] {
                let exact = between(&from, &to, &Rational::new(i.into(), BigInt::one() << h));
                let exact = Rational::new(exact.num()[0].clone(), exact.den().clone());
                let (low, high) = (precision.rational(value), precision.rational(&(value + &chord.radius[0])));
                prop_assert!(low <= exact && exact <= high, "{low} {exact} {high}");
            }
        }
    }
}
