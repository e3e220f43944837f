//! Bounds of a block's losses from a bounded output.
//!
//! **Upper.** For any convex φ the function s ↦ sup {φ((1 − s) z_a + s z_b + e) : |e| ≤ r} is convex, as a supremum of
//! convex functions: over the interval it is at most the chord of its values at both ends, and so is the sum over the
//! samples. Each end's value is computed here, per loss, exactly but for rounding:
//!
//! - square: Σ ½ (|z_j − y_j| + r_j)²;
//! - hinge: max(0, 1 + max_{j≠y} (z_j − z_y + h_j));
//! - cross-entropy: log(1 + Σ_{j≠y} exp(z_j − z_y + h_j)),
//!
//! the last two through the differences z_j − z_y alone, with h_j = r_j + r_y + |K_j − K_y|/8: the bends of both outputs
//! are subtracted before the absolute value is taken.
//!
//! **Lower**, at a point: the same with −r and −h.
//!
//! The largest exponent m ≥ 0 is taken out of a log-sum-exp, so that nothing overflows: m + log Σ exp(x_j − m), where one
//! term of the sum is 1. The sums of a block are multiplied, and the logarithm is taken once: it is the only call of
//! MPFR, correctly rounded.

use super::arithmetic::{Arithmetic, larger, magnitude};
use super::forward::Bent;
use crate::arith::Number;
use crate::network::Loss;
use nalgebra::DMatrix;
use rug::float::Round;

/// A loss with its targets in floats, a column a sample.
pub enum Targets<T> {
    /// Y imported, [n_L, N].
    Square(DMatrix<T>),
    CrossEntropy(Vec<usize>),
    Hinge(Vec<usize>),
}

/// Which end of the enclosure is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Lower,
    Upper,
}

/// Lower and upper bound of a sum of losses.
pub type Bounds = (f64, f64);

/// A lower bound of something that is not negative; 0 where the number is not below the largest finite one, as after an
/// overflow.
pub fn lower_bound(number: f64) -> f64 {
    if number < f64::MAX { number.max(0.0) } else { 0.0 }
}

impl<T: Number> Targets<T> {
    pub fn new<F: Arithmetic<Scalar = T>>(float: &F, loss: &Loss) -> Self {
        match loss {
            Loss::Square(targets) => Targets::Square(crate::network::import_matrix(float, &targets.transpose())),
            Loss::CrossEntropy(labels) => Targets::CrossEntropy(labels.clone()),
            Loss::Hinge(labels) => Targets::Hinge(labels.clone()),
        }
    }

    /// Upper bounds of the sum of the losses of a block at the two ends of an interval: by convexity their chord bounds
    /// the sum on the whole interval. Infinite if the output is.
    pub fn upper<F: Arithmetic<Scalar = T>>(&self, float: &F, first_sample: usize, output: &Bent<T>) -> [f64; 2] {
        let end = output.chord.end.as_ref().unwrap_or(&output.chord.start);
        [&output.chord.start, end].map(|values| self.sum(float, Side::Upper, first_sample, values, output))
    }

    /// Bounds of the sum of the losses of a block at a point.
    pub fn bounds<F: Arithmetic<Scalar = T>>(&self, float: &F, first_sample: usize, output: &Bent<T>) -> Bounds {
        let sum = |side| self.sum(float, side, first_sample, &output.chord.start, output);
        (sum(Side::Lower), sum(Side::Upper))
    }

    fn sum<F: Arithmetic<Scalar = T>>(
        &self,
        float: &F,
        side: Side,
        first_sample: usize,
        values: &DMatrix<T>,
        output: &Bent<T>,
    ) -> f64 {
        let huge = float.huge();
        let finite = |matrix: &DMatrix<T>| matrix.iter().all(|x| magnitude(x) < huge);
        if !(finite(values) && finite(&output.chord.radius) && output.bend.as_ref().is_none_or(finite)) {
            return if side == Side::Upper { f64::INFINITY } else { 0.0 };
        }
        let block = Block { float, side, first_sample, values, output };
        match self {
            Targets::Square(targets) => block.square(targets),
            Targets::CrossEntropy(labels) => block.cross_entropy(labels),
            Targets::Hinge(labels) => block.hinge(labels),
        }
    }
}

/// The outputs of a block at one end of an interval.
struct Block<'a, F: Arithmetic> {
    float: &'a F,
    side: Side,
    first_sample: usize,
    values: &'a DMatrix<F::Scalar>,
    output: &'a Bent<F::Scalar>,
}

impl<F: Arithmetic> Block<'_, F> {
    /// K/8 for output j of a sample.
    fn shift(&self, j: usize, sample: usize) -> F::Scalar {
        match &self.output.bend {
            None => self.float.float(0.0),
            Some(bend) => bend[(j, sample)].times(&self.float.float(0.125)),
        }
    }

    /// The sum of this many non-negative terms, each with a few roundings, moved outward.
    fn outward(&self, sum: &F::Scalar, operations: usize) -> F::Scalar {
        // A multiple of 2 u, so that 1 ± slack is exact.
        let slack = self.float.float(2.0 * (operations as f64 + 16.0) * self.float.unit_roundoff());
        let one = self.float.float(1.0);
        let tiny = self.float.tiny();
        match self.side {
            Side::Upper => sum.times(&one.plus(&slack)).plus(&tiny),
            Side::Lower => larger(self.float.float(0.0), sum.times(&one.minus(&slack)).minus(&tiny)),
        }
    }

    /// The bound as an f64. A lower one that is not below the largest finite number comes from an overflow: it is none.
    fn to_f64(&self, sum: &F::Scalar) -> f64 {
        match self.side {
            Side::Upper => self.float.to_f64(sum, Round::Up),
            Side::Lower => lower_bound(self.float.to_f64(sum, Round::Down)),
        }
    }

    /// Σ ½ (|z − y| ± r)². The distance is computed with three operations and an imported y: 16 u (|z| + |K| + |y|).
    fn square(&self, targets: &DMatrix<F::Scalar>) -> f64 {
        let float = self.float;
        let (zero, half, rounding) = (float.float(0.0), float.float(0.5), float.float(16.0 * float.unit_roundoff()));
        let mut sum = zero.clone();
        for sample in 0..self.values.ncols() {
            for j in 0..self.values.nrows() {
                let (z, y) = (&self.values[(j, sample)], &targets[(j, self.first_sample + sample)]);
                let shift = self.shift(j, sample);
                let size = magnitude(z).plus(&magnitude(&shift)).plus(&magnitude(y));
                let radius = self.output.chord.radius[(j, sample)].plus(&magnitude(&shift));
                let radius = radius.plus(&rounding.times(&size.plus(&radius)));
                let distance = magnitude(&z.minus(&shift).minus(y));
                let far = match self.side {
                    Side::Upper => distance.plus(&radius),
                    Side::Lower => larger(zero.clone(), distance.minus(&radius)),
                };
                // Halved first: the square alone may overflow.
                sum = sum.plus(&half.times(&far).times(&far));
            }
        }
        self.to_f64(&self.outward(&sum, self.values.len()))
    }

    /// z_j − z_y ± h_j for output j, moved outward by 16 u (|z_j| + |z_y| + |K_j| + |K_y| + r_j + r_y + 1) for its own
    /// rounding and that of adding 1.
    fn margin(&self, j: usize, y: usize, sample: usize) -> F::Scalar {
        let (zj, zy) = (&self.values[(j, sample)], &self.values[(y, sample)]);
        let (kj, ky) = (self.shift(j, sample), self.shift(y, sample));
        let radius = self.output.chord.radius[(j, sample)].plus(&self.output.chord.radius[(y, sample)]);
        let size = magnitude(zj).plus(&magnitude(zy)).plus(&magnitude(&kj)).plus(&magnitude(&ky)).plus(&radius);
        let rounding = self.float.float(16.0 * self.float.unit_roundoff());
        let bend = kj.minus(&ky);
        let slack = rounding.times(&size.plus(&self.float.float(1.0)));
        let h = radius.plus(&magnitude(&bend)).plus(&slack);
        let difference = zj.minus(zy).minus(&bend);
        if self.side == Side::Upper { difference.plus(&h) } else { difference.minus(&h) }
    }

    /// The margins of all outputs but y, into `margins`; the largest of them and `floor`.
    fn margins(&self, y: usize, sample: usize, floor: f64, margins: &mut Vec<F::Scalar>) -> F::Scalar {
        margins.clear();
        margins.extend((0..self.values.nrows()).filter(|&j| j != y).map(|j| self.margin(j, y, sample)));
        margins.iter().cloned().fold(self.float.float(floor), larger)
    }

    fn hinge(&self, labels: &[usize]) -> f64 {
        let one = self.float.float(1.0);
        let mut sum = self.float.float(0.0);
        let mut margins = Vec::with_capacity(self.values.nrows());
        for sample in 0..self.values.ncols() {
            // max(0, 1 + margin) = 1 + max(−1, margin).
            let worst = self.margins(labels[self.first_sample + sample], sample, -1.0, &mut margins);
            sum = sum.plus(&one.plus(&worst));
        }
        self.to_f64(&self.outward(&sum, self.values.ncols()))
    }

    /// Σ m + log Π Σ exp(x − m).
    ///
    /// x − m rounded and exp together err by at most (17 + |x − m|) u e^(x−m) + 2^−990 ≤ 18 u a term, and the sum is at
    /// least 1: with the additions and the multiplication its relative error is below 32 (n_L + 8) u.
    fn cross_entropy(&self, labels: &[usize]) -> f64 {
        let float = self.float;
        let zero = float.float(0.0);
        let relative = 32.0 * (self.values.nrows() as f64 + 8.0) * float.unit_roundoff();
        let (one, large, relative) = (float.float(1.0), float.float(2f64.powi(500)), float.float(relative));
        let outward = if self.side == Side::Upper { one.plus(&relative) } else { one.minus(&relative) };
        let (mut linear, mut product, mut logarithms) = (zero.clone(), one.clone(), 0.0);
        let mut margins = Vec::with_capacity(self.values.nrows());
        for sample in 0..self.values.ncols() {
            let largest = self.margins(labels[self.first_sample + sample], sample, 0.0, &mut margins);
            let terms = margins.iter().map(|x| float.exp(&x.minus(&largest)));
            let sum = terms.fold(float.exp(&zero.minus(&largest)), |sum, term| sum.plus(&term));
            product = product.times(&larger(sum.times(&outward), one.clone()));
            linear = linear.plus(&largest);
            if large < product {
                logarithms = self.add(logarithms, self.logarithm(&product));
                product = one.clone();
            }
        }
        logarithms = self.add(logarithms, self.logarithm(&product));
        self.add(logarithms, self.to_f64(&self.outward(&linear, self.values.ncols())))
    }

    fn logarithm(&self, product: &F::Scalar) -> f64 {
        self.float.ln(product, if self.side == Side::Upper { Round::Up } else { Round::Down })
    }

    /// A sum of two non-negative f64, rounded outward.
    fn add(&self, a: f64, b: f64) -> f64 {
        if self.side == Side::Upper { (a + b).next_up() } else { lower_bound((a + b).next_down()) }
    }
}
