//! Bounds of a block's losses from a bounded output.
//!
//! **Upper.** For any convex φ the function s ↦ sup {φ((1 − s) z_a + s z_b + e) : |e| ≤ r} is convex, as a supremum of
//! convex functions: over the interval it is at most the chord of its values at both ends, and so is the sum over the
//! samples, with weights w ≥ 0 or without. Each end's value is computed here, per loss, exactly but for rounding:
//!
//! - squares: Σ (|z_j − y_j| + r_j)²;
//! - hinge: max(0, 1 + max_{j≠y} (z_j − z_y + h_j));
//! - cross-entropy: log(1 + Σ_{j≠y} exp(z_j − z_y + h_j)),
//!
//! the last two through the differences z_j − z_y alone, with h_j = r_j + r_y + |K_j − K_y|/8: the bends of both outputs
//! are subtracted before the absolute value is taken.
//!
//! - cross-entropy with soft labels t: with c the output of the largest label, d_j = z_j − z_c, h_j as above, h_c = 0 and
//!   τ = Σ_j t_j, the loss is τ log Σ_j exp(d_j) − Σ_j t_j d_j. The first part grows with every d_j and the second falls:
//!   τ log Σ_j exp(d_j + h_j) − Σ_j t_j (d_j − h_j) is a bound, and itself convex in s. It is the value above for a label
//!   1 beside zeros. So for the binary cross-entropy, whose logits are 0 and z_j, with the labels 1 − t_j and t_j.
//!
//! **Lower**, at a point: the same with −r and −h.
//!
//! **Upper, through the gradient.** A convex φ is at z + δ at most φ(z) + ∇φ(z + δ) δ. If the gradient is within g ± w for all |δ| ≤ h and all
//! s, φ(z + δ) ≤ φ(z) + g δ + w h: of the errors only one functional counts, whose bound may be far below |g| h, and what is besides it is
//! of second order. Both ends take it, and the chord of φ stays above. For cross-entropy the gradient by z_j − z_y is
//! p_j = exp(x_j)/(1 + Σ exp(x_k)), j and k ≠ y, between its values where x_j is least and the others largest, and the other way round; for
//! squares it is z − y. The same is not built for the other losses.
//!
//! The largest exponent m ≥ 0 is taken out of a log-sum-exp, so that nothing overflows: m + log Σ exp(x_j − m), where one
//! term of the sum is 1; and τ m − Σ_j t_j x_j is Σ_j t_j (m − x_j), a sum of terms that are not negative but for the radius.
//! The sums of a block are multiplied, and the logarithm is taken once: it is the only call of MPFR, correctly rounded.
//! With weights, and with soft labels, each has its coefficient, and the logarithm is taken of each.
//!
//! **Coefficients**, the shares w_i/Σ w of weighted samples and the labels t, are rational; each is imported twice, as a lower
//! and as an upper bound. What is not finite in the end is no bound: then the lower bound is 0 and the upper one ∞.

use super::arithmetic::{Arithmetic, larger, magnitude, smaller};
use super::forward::{Bent, are_finite};
use crate::arith::Number;
use crate::network::{self, Loss};
use nalgebra::DMatrix;
use rug::{Float, Rational, float::Round};

/// A loss with its targets in floats, a column a sample.
pub struct Targets<T> {
    criterion: Criterion<T>,
    /// w_i/Σ w, if the samples have weights.
    shares: Option<Vec<Coefficient<T>>>,
    /// What the sum over the samples is divided by, rounded down and up.
    divisor: [f64; 2],
}

enum Criterion<T> {
    /// Σ_j ½ (z_j − y_j)², Y imported, [n_L, N].
    Squares(DMatrix<T>),
    CrossEntropy(Vec<usize>),
    /// For each sample.
    SoftCrossEntropy(Vec<SoftLabels<T>>),
    /// 1 − t and t for the logits 0 and z_j, [n_L, N].
    BinaryCrossEntropy(DMatrix<[Coefficient<T>; 2]>),
    Hinge(Vec<usize>),
}

/// A lower and an upper bound of a number of at least 0; both are 0 for 0.
#[derive(Debug, Clone, PartialEq)]
struct Coefficient<T> {
    lower: T,
    upper: T,
}

/// The soft labels of a sample.
struct SoftLabels<T> {
    /// The output of the largest of them.
    largest: usize,
    labels: Vec<Coefficient<T>>,
    /// Their sum, if it is not 1.
    total: Option<Coefficient<T>>,
}

/// Which end of the enclosure is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Lower,
    Upper,
}

/// The gradient of a sample's loss over an interval: within g ± w.
struct Tangent<T> {
    /// g, by each output.
    gradient: Vec<T>,
    /// At least w h.
    rest: T,
    /// What the radii, and no gradient, add to the loss at least; without rounding, as it decides only which bound is taken.
    by_radii: T,
}

/// Leaves of a sample's output the chord less K/8, with the error of its rounding.
fn without_errors<F: Arithmetic>(float: &F, output: &mut Bent<F::Scalar>, column: usize) {
    let (eighth, unit) = (float.float(0.125), float.float(8.0 * float.unit_roundoff()));
    let Bent { chord, bend } = output;
    for j in 0..chord.start.nrows() {
        let at = (j, column);
        let shift = bend.as_mut().map(|bend| eighth.times(&std::mem::replace(&mut bend[at], float.float(0.0))));
        let mut size = float.float(0.0);
        for values in [Some(&mut chord.start), chord.end.as_mut()].into_iter().flatten() {
            size = size.plus(&magnitude(&values[at]));
            if let Some(shift) = &shift {
                size = size.plus(&magnitude(shift));
                values[at] = values[at].minus(shift);
            }
        }
        chord.radius[at] = unit.times(&size).plus(&float.tiny());
    }
}

/// Lower and upper bound of a sum of losses.
pub type Bounds = (f64, f64);

impl<T: Number> Coefficient<T> {
    /// The import errs by at most u of the number, and by less than `tiny` where it underflows.
    fn new<F: Arithmetic<Scalar = T>>(float: &F, value: &Rational) -> Self {
        let zero = float.float(0.0);
        if value.is_zero() {
            return Coefficient { lower: zero.clone(), upper: zero };
        }
        let near = float.import(value);
        let error = near.times(&float.float(4.0 * float.unit_roundoff())).plus(&float.tiny());
        if near < float.huge() {
            Coefficient { lower: larger(zero, near.minus(&error)), upper: near.plus(&error) }
        } else {
            Coefficient { lower: zero, upper: float.float(f64::INFINITY) }
        }
    }

    fn on(&self, side: Side) -> &T {
        if side == Side::Upper { &self.upper } else { &self.lower }
    }
}

impl<T: Number> Targets<T> {
    pub fn new<F: Arithmetic<Scalar = T>>(float: &F, loss: &Loss) -> Self {
        let coefficient = |value: &Rational| Coefficient::new(float, value);
        let criterion = match loss.criterion() {
            network::Criterion::Square(targets) | network::Criterion::MeanSquare(targets) => {
                Criterion::Squares(network::import_matrix(float, &targets.transpose()))
            }
            network::Criterion::CrossEntropy(labels) => Criterion::CrossEntropy(labels.clone()),
            network::Criterion::SoftCrossEntropy(targets) => {
                let rows =
                    targets.row_iter().map(|row| SoftLabels::new(float, &row.iter().cloned().collect::<Vec<_>>()));
                Criterion::SoftCrossEntropy(rows.collect())
            }
            network::Criterion::BinaryCrossEntropy(targets) => {
                let pair = |t: Rational| [coefficient(&Rational::from(1 - &t)), coefficient(&t)];
                Criterion::BinaryCrossEntropy(targets.transpose().map(pair))
            }
            network::Criterion::Hinge(labels) => Criterion::Hinge(labels.clone()),
        };
        let shares = loss.weights().map(|_| loss.shares().iter().map(coefficient).collect());
        let halved = matches!(criterion, Criterion::Squares(_));
        let divisor = loss.divisor() / if halved { 2 } else { 1 };
        let divisor =
            [Round::Down, Round::Up].map(|round| Float::with_val_round(53, &divisor, round).0.to_f64_round(round));
        Targets { criterion, shares, divisor }
    }

    /// The loss at both ends of an interval, from upper bounds of the sums of parts of the samples.
    pub fn chord_above(&self, parts: &[[f64; 2]]) -> [f64; 2] {
        [0, 1].map(|end| self.mean_above(parts.iter().fold(0.0, |sum: f64, part| (sum + part[end]).next_up())))
    }

    /// The loss at a point, from bounds of the sums of parts of the samples.
    pub fn mean_between(&self, parts: &[Bounds]) -> Bounds {
        let lower = parts.iter().fold(0.0, |sum: f64, part| (sum + part.0).next_down().max(0.0));
        let upper = parts.iter().fold(0.0, |sum: f64, part| (sum + part.1).next_up());
        (self.mean_below(lower), self.mean_above(upper))
    }

    /// The loss from bounds of the sum over all samples, rounded outward.
    fn mean_above(&self, sum: f64) -> f64 {
        Side::Upper.finite((sum / self.divisor[0]).next_up())
    }

    /// [`Targets::mean_above`] from below.
    fn mean_below(&self, sum: f64) -> f64 {
        Side::Lower.finite((sum / self.divisor[1]).next_down())
    }

    /// Upper bounds of the sum of the losses of a block at the two ends of an interval: by convexity their chord bounds
    /// the sum on the whole interval. Infinite if the output is.
    pub fn upper<F: Arithmetic<Scalar = T>>(&self, float: &F, first_sample: usize, output: &Bent<T>) -> [f64; 2] {
        let end = output.chord.end.as_ref().unwrap_or(&output.chord.start);
        [&output.chord.start, end].map(|values| self.sum(float, Side::Upper, first_sample, values, output))
    }

    /// [`Targets::upper`], with the gradient's way where it is better: `reach` bounds |g δ| for the sample in a column, over the interval and in
    /// every direction that its errors may have, for δ from the chord less K/8.
    pub fn upper_by<F: Arithmetic<Scalar = T>>(
        &self,
        float: &F,
        first_sample: usize,
        output: &Bent<T>,
        mut reach: impl FnMut(usize, &[T]) -> T,
    ) -> [f64; 2] {
        let (mut output, mut more) = (output.clone(), 0.0_f64);
        for column in 0..output.chord.start.ncols() {
            let Some(tangent) = self.tangent(float, first_sample, &output, column) else { continue };
            let above = reach(column, &tangent.gradient).plus(&tangent.rest);
            if above < tangent.by_radii {
                let share = self.shares.as_ref().map(|shares| &shares[first_sample + column].upper);
                let above = share.map_or_else(|| above.clone(), |share| share.times(&above));
                // The next number is beyond the rounding of the product.
                more = (more + float.to_f64(&above, Round::Up).next_up()).next_up();
                without_errors(float, &mut output, column);
            }
        }
        self.upper(float, first_sample, &output).map(|bound| (bound + more).next_up())
    }

    /// The gradient of a sample's loss over an interval. `None` if that is not built, or no better than radii whatever is cancelled.
    fn tangent<F: Arithmetic<Scalar = T>>(
        &self,
        float: &F,
        first_sample: usize,
        output: &Bent<T>,
        column: usize,
    ) -> Option<Tangent<T>> {
        let end = output.chord.end.as_ref()?;
        let block = |values| Block { float, side: Side::Upper, first_sample, values, output };
        let blocks = [block(&output.chord.start), block(end)];
        let tangent = match &self.criterion {
            Criterion::CrossEntropy(labels) => {
                blocks[0].tangent_of_cross_entropy(&blocks[1], labels[first_sample + column], column)
            }
            Criterion::Squares(targets) => blocks[0].tangent_of_squares(&blocks[1], targets, column),
            _ => return None,
        };
        (tangent.rest < tangent.by_radii).then_some(tangent)
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
        let finite = |matrix: &DMatrix<T>| are_finite(float, matrix);
        if !(finite(values) && finite(&output.chord.radius) && output.bend.as_ref().is_none_or(finite)) {
            return if side == Side::Upper { f64::INFINITY } else { 0.0 };
        }
        let block = Block { float, side, first_sample, values, output };
        let mut sum = Sum::new(float, side);
        for column in 0..values.ncols() {
            sum.share = self.shares.as_ref().map(|shares| shares[first_sample + column].clone());
            if sum.share.as_ref().is_none_or(|share| share.upper > float.float(0.0)) {
                block.add_sample(&mut sum, &self.criterion, column);
            }
        }
        side.finite(sum.bound())
    }
}

impl Side {
    fn other(self) -> Self {
        if self == Side::Upper { Side::Lower } else { Side::Upper }
    }

    fn round(self) -> Round {
        if self == Side::Upper { Round::Up } else { Round::Down }
    }

    /// The bound, or what is a bound of any loss.
    fn finite(self, bound: f64) -> f64 {
        match self {
            Side::Upper if bound.is_nan() => f64::INFINITY,
            Side::Upper => bound,
            Side::Lower if bound < f64::MAX => bound.max(0.0),
            Side::Lower => 0.0,
        }
    }

    /// The next number outward; 0 for a lower bound beyond the range, which an overflow on the way may have made.
    fn next(self, number: f64) -> f64 {
        match self {
            Side::Upper => number.next_up(),
            Side::Lower if number.is_finite() => number.next_down().max(0.0),
            Side::Lower => 0.0,
        }
    }
}

/// What the losses of a block sum up to, on one side.
struct Sum<'a, F: Arithmetic> {
    float: &'a F,
    side: Side,
    /// The share of the sample at hand.
    share: Option<Coefficient<F::Scalar>>,
    /// A sum of terms of at least 0, each with a few roundings, and how many there are.
    terms: (F::Scalar, usize),
    /// The same of what is to be subtracted.
    subtracted: (F::Scalar, usize),
    /// A product of numbers of at least 1 whose logarithm is still to be taken.
    product: F::Scalar,
    logarithms: f64,
}

impl<'a, F: Arithmetic> Sum<'a, F> {
    fn new(float: &'a F, side: Side) -> Self {
        let none = || (float.float(0.0), 0);
        Sum { float, side, share: None, terms: none(), subtracted: none(), product: float.float(1.0), logarithms: 0.0 }
    }

    /// Adds a term of at least 0, a bound on this side.
    fn add(&mut self, term: &F::Scalar) {
        let term = self.share.as_ref().map_or_else(|| term.clone(), |share| share.on(self.side).times(term));
        self.terms = (self.terms.0.plus(&term), self.terms.1 + 1);
    }

    /// Adds t x for a label t and a bound x on this side: below 0 the other bounds of t and of the share count.
    fn add_labelled(&mut self, label: &Coefficient<F::Scalar>, x: &F::Scalar) {
        if *x < self.float.float(0.0) {
            let term = label.on(self.side.other()).times(&x.negated());
            let term =
                self.share.as_ref().map_or_else(|| term.clone(), |share| share.on(self.side.other()).times(&term));
            self.subtracted = (self.subtracted.0.plus(&term), self.subtracted.1 + 1);
        } else {
            self.add(&label.on(self.side).times(x));
        }
    }

    /// Adds τ log x for a bound x ≥ 1 on this side; τ is 1 if it is not given.
    fn add_logarithm(&mut self, x: &F::Scalar, total: Option<&Coefficient<F::Scalar>>) {
        let coefficient = match (&self.share, total) {
            (None, None) => {
                self.product = self.product.times(x);
                if self.float.float(2f64.powi(500)) < self.product {
                    self.take_logarithm();
                }
                return;
            }
            (Some(one), None) | (None, Some(one)) => one.on(self.side).clone(),
            (Some(share), Some(total)) => share.on(self.side).times(total.on(self.side)),
        };
        // The next number is beyond the rounding of the product.
        let coefficient = self.side.next(self.float.to_f64(&coefficient, self.side.round()));
        let term = self.side.next(coefficient * self.float.ln(x, self.side.round()));
        self.logarithms = self.side.next(self.logarithms + term);
    }

    fn take_logarithm(&mut self) {
        self.logarithms = self.side.next(self.logarithms + self.float.ln(&self.product, self.side.round()));
        self.product = self.float.float(1.0);
    }

    fn bound(mut self) -> f64 {
        self.take_logarithm();
        let outward = |side, (sum, count): &_| self.float.to_f64(&outward(self.float, side, sum, *count), side.round());
        let sum = self.side.next(self.logarithms + outward(self.side, &self.terms));
        match self.subtracted.1 {
            0 => sum,
            _ => self.side.next(sum - outward(self.side.other(), &self.subtracted)),
        }
    }
}

/// The sum of this many terms of at least 0, each with a few roundings, moved outward.
fn outward<F: Arithmetic>(float: &F, side: Side, sum: &F::Scalar, count: usize) -> F::Scalar {
    // A multiple of 2 u, so that 1 ± slack is exact.
    let slack = float.float(2.0 * (count as f64 + 16.0) * float.unit_roundoff());
    let (one, tiny) = (float.float(1.0), float.tiny());
    match side {
        Side::Upper => sum.times(&one.plus(&slack)).plus(&tiny),
        Side::Lower => larger(float.float(0.0), sum.times(&one.minus(&slack)).minus(&tiny)),
    }
}

/// A lower and an upper bound.
type Edges<T> = [T; 2];

/// A logit's label and its edges.
type Labelled<'a, T> = (&'a Coefficient<T>, Edges<T>);

/// The outputs of a block at one end of an interval.
struct Block<'a, F: Arithmetic> {
    float: &'a F,
    side: Side,
    first_sample: usize,
    values: &'a DMatrix<F::Scalar>,
    output: &'a Bent<F::Scalar>,
}

impl<F: Arithmetic> Block<'_, F> {
    /// Adds the loss of the sample in this column of the block.
    fn add_sample(&self, sum: &mut Sum<'_, F>, criterion: &Criterion<F::Scalar>, column: usize) {
        let (outputs, sample) = (self.values.nrows(), self.first_sample + column);
        match criterion {
            Criterion::Squares(targets) => {
                (0..outputs).for_each(|j| sum.add(&self.square(j, column, &targets[(j, sample)])));
            }
            Criterion::Hinge(labels) => {
                // max(0, 1 + margin) = 1 + max(−1, margin).
                let margins = self.margins(labels[sample], column).map(|(_, edges)| self.on(&edges).clone());
                sum.add(&self.float.float(1.0).plus(&margins.fold(self.float.float(-1.0), larger)));
            }
            Criterion::CrossEntropy(labels) => {
                let margins = self.margins(labels[sample], column).map(|(_, edges)| self.on(&edges).clone());
                let (largest, argument) = self.log_sum_exp(&margins.collect::<Vec<_>>());
                sum.add(&largest);
                sum.add_logarithm(&argument, None);
            }
            Criterion::SoftCrossEntropy(labels) => {
                let SoftLabels { largest, labels, total } = &labels[sample];
                let others = self.margins(*largest, column).map(|(j, edges)| (&labels[j], edges));
                self.add_soft(sum, &labels[*largest], &others.collect::<Vec<_>>(), total.as_ref());
            }
            Criterion::BinaryCrossEntropy(targets) => {
                for j in 0..outputs {
                    let [zero, one] = &targets[(j, sample)];
                    let [below, above] = self.logit(j, column);
                    if zero.upper < one.upper {
                        self.add_soft(sum, one, &[(zero, [above.negated(), below.negated()])], None);
                    } else {
                        self.add_soft(sum, zero, &[(one, [below, above])], None);
                    }
                }
            }
        }
    }

    /// Adds τ log Σ_j exp(x_j) − Σ_j t_j x_j, bounded on this side, with x = 0 for the largest label and x between its edges
    /// for the others. τ is 1 if it is not given.
    fn add_soft(
        &self,
        sum: &mut Sum<'_, F>,
        largest_label: &Coefficient<F::Scalar>,
        others: &[Labelled<'_, F::Scalar>],
        total: Option<&Coefficient<F::Scalar>>,
    ) {
        let exponents: Vec<F::Scalar> = others.iter().map(|(_, edges)| self.on(edges).clone()).collect();
        let (largest, argument) = self.log_sum_exp(&exponents);
        sum.add_labelled(largest_label, &largest);
        for (label, [below, above]) in others {
            let other = if self.side == Side::Upper { below } else { above };
            sum.add_labelled(label, &largest.minus(other));
        }
        sum.add_logarithm(&argument, total);
    }

    /// The edge on this side.
    fn on<'b>(&self, [below, above]: &'b Edges<F::Scalar>) -> &'b F::Scalar {
        if self.side == Side::Upper { above } else { below }
    }

    /// K/8 for output j of a sample.
    fn shift(&self, j: usize, sample: usize) -> F::Scalar {
        match &self.output.bend {
            None => self.float.float(0.0),
            Some(bend) => bend[(j, sample)].times(&self.float.float(0.125)),
        }
    }

    /// ½ (|z − y| ± r)², halved first as the square alone may overflow. The distance is computed with three operations and an imported y: 16 u (|z| + |K| + |y|).
    fn square(&self, j: usize, sample: usize, y: &F::Scalar) -> F::Scalar {
        let (float, z, shift) = (self.float, &self.values[(j, sample)], self.shift(j, sample));
        let rounding = float.float(16.0 * float.unit_roundoff());
        let size = magnitude(z).plus(&magnitude(&shift)).plus(&magnitude(y));
        let radius = self.output.chord.radius[(j, sample)].plus(&magnitude(&shift));
        let radius = radius.plus(&rounding.times(&size.plus(&radius)));
        let distance = magnitude(&z.minus(&shift).minus(y));
        let far = match self.side {
            Side::Upper => distance.plus(&radius),
            Side::Lower => larger(float.float(0.0), distance.minus(&radius)),
        };
        float.float(0.5).times(&far).times(&far)
    }

    /// Of the cross-entropy of a sample with the label y, this block being the start of the interval.
    ///
    /// With m at least every x, e^(x − m) errs by (17 + |x − m|) u of itself, less than 710 u, and by `tiny`; each denominator, a sum of n_L terms of which
    /// one was taken out of all and put in again, by (n_L + 8) u of the sum of all: for the largest p_j that is at most the denominator itself, for the
    /// least it is added.
    fn tangent_of_cross_entropy(&self, end: &Self, y: usize, column: usize) -> Tangent<F::Scalar> {
        let (float, outputs) = (self.float, self.values.nrows());
        let (zero, half, tiny) = (float.float(0.0), float.float(0.5), float.tiny());
        let slack = float.float(128.0 * (outputs as f64 + 8.0) * float.unit_roundoff());
        let both = self.margins(y, column).zip(end.margins(y, column));
        let edges: Vec<(usize, Edges<F::Scalar>, F::Scalar)> = both
            .map(|((j, [below, above]), (_, [other_below, other_above]))| {
                let h = half.times(&above.minus(&below));
                (j, [smaller(below, other_below), larger(above, other_above)], h)
            })
            .collect();
        let largest = edges.iter().map(|(_, [_, above], _)| above.clone()).fold(zero.clone(), larger);
        let power = |x: &F::Scalar| float.exp(&x.minus(&largest));
        let powers: Vec<Edges<F::Scalar>> =
            edges.iter().map(|(_, [below, above], _)| [power(below), power(above).plus(&tiny)]).collect();
        let total = |k: usize| powers.iter().fold(power(&zero), |sum, powers| sum.plus(&powers[k]));
        let totals = [total(0), total(1)];
        let mut tangent = Tangent { gradient: vec![zero.clone(); outputs], rest: tiny.clone(), by_radii: zero.clone() };
        for ((j, _, h), [low, high]) in edges.iter().zip(&powers) {
            let most = high.over(&totals[0].minus(low).plus(high)).times(&float.float(1.0).plus(&slack));
            let least = low.over(&totals[1].minus(high).plus(low).plus(&slack.times(&totals[1])));
            let least = larger(zero.clone(), least.times(&float.float(1.0).minus(&slack)).minus(&tiny));
            tangent.add(float, *j, [least, most.plus(&tiny)], h);
        }
        let sum = tangent.gradient.iter().fold(zero, |sum, p| sum.plus(p));
        tangent.gradient[y] = sum.negated();
        tangent
    }

    /// Of the squares of a sample, this block being the start of the interval. The target errs by u of itself.
    fn tangent_of_squares(&self, end: &Self, targets: &DMatrix<F::Scalar>, column: usize) -> Tangent<F::Scalar> {
        let float = self.float;
        let (zero, half) = (float.float(0.0), float.float(0.5));
        let slack = float.float(4.0 * float.unit_roundoff());
        let mut tangent =
            Tangent { gradient: vec![zero.clone(); self.values.nrows()], rest: float.tiny(), by_radii: zero };
        for j in 0..self.values.nrows() {
            let y = &targets[(j, self.first_sample + column)];
            let ([below, above], [other_below, other_above]) = (self.logit(j, column), end.logit(j, column));
            let h = half.times(&above.minus(&below));
            let (low, high) = (smaller(below, other_below).minus(y), larger(above, other_above).minus(y));
            let error = slack.times(&magnitude(&low).plus(&magnitude(&high)).plus(&magnitude(y)));
            tangent.add(float, j, [low.minus(&error), high.plus(&error)], &h);
        }
        tangent
    }

    /// z_j ∓ r_j with the bend, moved outward by 16 u (|z_j| + |K_j| + r_j + 1).
    fn logit(&self, j: usize, sample: usize) -> Edges<F::Scalar> {
        let (z, shift) = (&self.values[(j, sample)], self.shift(j, sample));
        self.edges(
            &z.minus(&shift),
            &self.output.chord.radius[(j, sample)],
            &shift,
            magnitude(z).plus(&magnitude(&shift)),
        )
    }

    /// z_j − z_y ∓ h_j for every output j but y, moved outward by 16 u (|z_j| + |z_y| + |K_j| + |K_y| + r_j + r_y + 1) for
    /// its own rounding and that of adding 1.
    fn margins(&self, y: usize, sample: usize) -> impl Iterator<Item = (usize, Edges<F::Scalar>)> {
        let (zy, ky) = (&self.values[(y, sample)], self.shift(y, sample));
        (0..self.values.nrows()).filter(move |&j| j != y).map(move |j| {
            let (zj, kj) = (&self.values[(j, sample)], self.shift(j, sample));
            let radius = self.output.chord.radius[(j, sample)].plus(&self.output.chord.radius[(y, sample)]);
            let size = magnitude(zj).plus(&magnitude(zy)).plus(&magnitude(&kj)).plus(&magnitude(&ky));
            let bend = kj.minus(&ky);
            (j, self.edges(&zj.minus(zy).minus(&bend), &radius, &bend, size))
        })
    }

    /// value ∓ (radius + |bend|), moved outward by 16 u (size + radius + 1).
    fn edges(&self, value: &F::Scalar, radius: &F::Scalar, bend: &F::Scalar, size: F::Scalar) -> Edges<F::Scalar> {
        let rounding = self.float.float(16.0 * self.float.unit_roundoff());
        let slack = rounding.times(&size.plus(radius).plus(&self.float.float(1.0)));
        let h = radius.plus(&magnitude(bend)).plus(&slack);
        [value.minus(&h), value.plus(&h)]
    }

    /// m = max(0, max x) and a bound of Σ exp(x − m), the sum over these x and 0.
    ///
    /// x − m rounded and exp together err by at most (17 + |x − m|) u e^(x−m) + 2^−990 ≤ 18 u a term, and the sum is at
    /// least 1: with the additions and the multiplication its relative error is below 32 (n_L + 8) u.
    fn log_sum_exp(&self, exponents: &[F::Scalar]) -> (F::Scalar, F::Scalar) {
        let float = self.float;
        let (zero, one) = (float.float(0.0), float.float(1.0));
        let relative = float.float(32.0 * (self.values.nrows() as f64 + 8.0) * float.unit_roundoff());
        let outward = if self.side == Side::Upper { one.plus(&relative) } else { one.minus(&relative) };
        let largest = exponents.iter().cloned().fold(zero.clone(), larger);
        let terms = exponents.iter().map(|x| float.exp(&x.minus(&largest)));
        let sum = terms.fold(float.exp(&zero.minus(&largest)), |sum, term| sum.plus(&term));
        (largest, larger(sum.times(&outward), one))
    }
}

impl<T: Number> Tangent<T> {
    /// The loss has a derivative between these two by an output whose error is at most h.
    fn add<F: Arithmetic<Scalar = T>>(&mut self, float: &F, output: usize, [least, most]: Edges<T>, h: &T) {
        let (zero, half) = (float.float(0.0), float.float(0.5));
        let width = half
            .times(&most.minus(&least))
            .plus(&float.float(8.0 * float.unit_roundoff()).times(&magnitude(&least).plus(&magnitude(&most))));
        let inflate = float.float(1.0 + 64.0 * float.unit_roundoff().max(f64::EPSILON / 2.0));
        self.rest = self.rest.plus(&width.times(h)).times(&inflate);
        self.by_radii = self.by_radii.plus(&larger(larger(least.clone(), most.negated()), zero).times(h));
        self.gradient[output] = half.times(&least.plus(&most));
    }
}

impl<T: Number> SoftLabels<T> {
    fn new<F: Arithmetic<Scalar = T>>(float: &F, row: &[Rational]) -> Self {
        let total: Rational = row.iter().sum();
        SoftLabels {
            largest: (0..row.len()).fold(0, |best, j| if row[j] > row[best] { j } else { best }),
            labels: row.iter().map(|label| Coefficient::new(float, label)).collect(),
            total: (total != 1).then(|| Coefficient::new(float, &total)),
        }
    }
}
