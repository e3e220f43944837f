//! The losses: their values at an output, and how they move along a straight output.
//!
//! A loss is φ(F) = (1/D) Σ_i w_i ℓ_i(F_i) with a term ℓ_i for each sample, convex in the row F_i of the output, and
//! weights w_i ≥ 0, which are 1 if none are given. With V = Σ_i w_i:
//!
//! | loss | ℓ_i(f) | D |
//! |---|---|---|
//! | square | ‖f − Y_i‖² | 2 |
//! | mean-square | ‖f − Y_i‖² | n_L V |
//! | cross-entropy | ln Σ_j exp(f_j) − f_{y_i} | V |
//! | cross-entropy, soft labels | Σ_j t_ij (ln Σ_k exp(f_k) − f_j), t_ij ≥ 0 | V |
//! | binary cross-entropy | Σ_j ln(1 + exp f_j) − t_ij f_j, 0 ≤ t_ij ≤ 1 | n_L V |
//! | hinge | max(0, max_{j ≠ y_i} 1 + f_j − f_{y_i}) | V |
//!
//! The squares and the hinge loss of a rational output are rational and are computed exactly. The others are enclosed, the
//! more narrowly the more bits are asked for: all three are sums of cross-entropies with soft labels, the binary one of
//! two logits 0 and f_j with the soft labels 1 − t_ij and t_ij.

use super::{
    Targets, cores,
    exponential::{Exponentials, POINT},
    interval::{Interval, Precision},
    matrix::{Matrix, Reading},
    polynomial::Polynomial,
    verdict::{Enclosure, LossName, Part, Rejection, Scope, Undecided},
};
use crate::certificate::{self, Exceeded, Limits};
use crate::rational::Rational;
use num_bigint::{BigInt, Sign};
use num_integer::Integer as _;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::{borrow::Cow, cmp::Ordering};

/// The precisions that are tried one after the other.
const BITS: [u64; 5] = [64, 128, 256, 512, 1024];

/// Outputs of all samples from which on they are spread over the cores.
const SPREAD: usize = 256;

/// A convex loss φ of the output F `[N, n_L]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    criterion: Criterion,
    /// The numerators of N weights of at least 0, over the denominator `den`.
    weights: Vec<BigInt>,
    den: BigInt,
    /// D `den`, positive.
    divisor: BigInt,
    /// Whether it is the user's, where the certificate names none.
    substituted: bool,
}

/// What is known of the loss on the way from one output straight to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fall {
    /// It falls strictly.
    Strictly,
    /// It never rises.
    Never,
    /// Nothing moves.
    Rests,
    /// It rises just before the end.
    Rises,
    /// Not decided.
    Open,
}

/// What belongs to a sample's term.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Criterion {
    Square(Matrix),
    MeanSquare(Matrix),
    CrossEntropy(Vec<usize>),
    SoftCrossEntropy(Matrix),
    BinaryCrossEntropy(Matrix),
    Hinge(Vec<usize>),
}

impl Loss {
    /// The loss of a certificate or of the user, for N samples and n_L outputs.
    pub fn read(
        source: &certificate::LossRecord,
        samples: usize,
        outputs: usize,
        reading: Reading,
    ) -> Result<Self, Rejection> {
        let criterion = Criterion::read(&source.criterion, samples, outputs, reading)?;
        let (weights, den) = match &source.weights {
            None => (vec![BigInt::one(); samples], BigInt::one()),
            Some(weights) => {
                let weights = Matrix::read(weights, Part::SampleWeights, (samples, 1), reading)?;
                if let Some(sample) = weights.num().iter().position(Signed::is_negative) {
                    return Err(Rejection::NegativeWeight { sample });
                }
                (weights.num().to_vec(), weights.den().clone())
            }
        };
        // V times `den`.
        let total: BigInt = weights.iter().sum();
        if total.is_zero() {
            return Err(Rejection::ZeroWeights);
        }
        let divisor = match criterion {
            Criterion::Square(_) => &den * 2,
            Criterion::MeanSquare(_) | Criterion::BinaryCrossEntropy(_) => total * outputs,
            Criterion::CrossEntropy(_) | Criterion::SoftCrossEntropy(_) | Criterion::Hinge(_) => total,
        };
        Ok(Loss { criterion, weights, den, divisor, substituted: false })
    }

    /// The same as the user's own, where the certificate names none.
    pub fn substituted(self) -> Self {
        Loss { substituted: true, ..self }
    }

    /// Whether its samples have weights of their own.
    pub fn is_weighted(&self) -> bool {
        self.weights.iter().any(|weight| *weight != self.den)
    }

    /// Whether it is the user's own, as the certificate names none.
    pub fn is_substituted(&self) -> bool {
        self.substituted
    }

    /// Whether it is about these labels or targets. Labels may be those of unit rows, and of targets 0 and 1 for a single
    /// output.
    pub fn is_about(&self, given: &Targets, reading: Reading) -> bool {
        match (&self.criterion, given) {
            (Criterion::CrossEntropy(labels) | Criterion::Hinge(labels), Targets::Labels(given)) => labels == given,
            (Criterion::CrossEntropy(_) | Criterion::Hinge(_), Targets::Values(_)) => false,
            (
                Criterion::Square(targets)
                | Criterion::MeanSquare(targets)
                | Criterion::SoftCrossEntropy(targets)
                | Criterion::BinaryCrossEntropy(targets),
                Targets::Values(given),
            ) => {
                let shape = (targets.rows(), targets.cols());
                Matrix::read(given, Part::Targets, shape, reading).as_ref() == Ok(targets)
            }
            (
                Criterion::Square(targets) | Criterion::MeanSquare(targets) | Criterion::SoftCrossEntropy(targets),
                Targets::Labels(given),
            ) => are_rows(targets, given, |row, label| label < row.len() && is_unit(row, label)),
            (Criterion::BinaryCrossEntropy(targets), Targets::Labels(given)) => {
                targets.cols() == 1 && are_rows(targets, given, |row, label| row[0] == BigInt::from(label))
            }
        }
    }

    /// Its name in a statement.
    pub fn scope(&self) -> Scope {
        let name = match self.criterion {
            Criterion::Square(_) => LossName::Square,
            Criterion::MeanSquare(_) => LossName::MeanSquare,
            Criterion::CrossEntropy(_) => LossName::CrossEntropy,
            Criterion::SoftCrossEntropy(_) => LossName::SoftCrossEntropy,
            Criterion::BinaryCrossEntropy(_) => LossName::BinaryCrossEntropy,
            Criterion::Hinge(_) => LossName::Hinge,
        };
        Scope::Loss { name, weighted: self.is_weighted(), substituted: self.substituted }
    }

    /// Whether what it computes of an output may be held.
    pub fn allow(&self, output: &Matrix, limits: &Limits) -> Result<(), Exceeded> {
        match &self.criterion {
            Criterion::Square(targets) | Criterion::MeanSquare(targets) => output.allow_sum(targets, limits),
            _ => Ok(()),
        }
    }

    /// φ(F), if it is rational.
    fn exact(&self, output: &Matrix) -> Option<Rational> {
        let weighted = |terms: &mut dyn Iterator<Item = BigInt>| -> BigInt {
            terms.zip(&self.weights).map(|(term, weight)| term * weight).sum()
        };
        match &self.criterion {
            Criterion::Square(targets) | Criterion::MeanSquare(targets) => {
                let difference = output.minus(targets);
                let square = |row: &[BigInt]| row.iter().map(|entry| entry * entry).sum();
                let sum = weighted(&mut (0..difference.rows()).map(|sample| square(&difference.row(sample))));
                Some(Rational::new(sum, difference.den() * difference.den() * &self.divisor))
            }
            Criterion::Hinge(labels) => {
                let worst = |(row, label): (Cow<[BigInt]>, usize)| {
                    margins(&row, label, output.den()).fold(BigInt::zero(), BigInt::max)
                };
                let sum = weighted(&mut samples(output, labels).map(worst));
                Some(Rational::new(sum, output.den() * &self.divisor))
            }
            Criterion::CrossEntropy(_) | Criterion::SoftCrossEntropy(_) | Criterion::BinaryCrossEntropy(_) => None,
        }
    }

    /// φ(F) between two numbers; `bits` matter only where it is not rational.
    pub fn enclose(&self, output: &Matrix, bits: u64) -> Enclosure {
        if let Some(value) = self.exact(output) {
            return Enclosure { lower: value.clone(), upper: value };
        }
        let p = Precision(bits);
        let entries: Vec<Interval> = output.num().iter().map(|number| p.enclose(number, output.den())).collect();
        let Interval { lower, upper } = self.enclose_box(&entries, output.cols(), p);
        Enclosure { lower: p.rational(&lower), upper: p.rational(&upper) }
    }

    /// Encloses φ on a box of outputs, row by row.
    pub fn enclose_box(&self, entries: &[Interval], cols: usize, p: Precision) -> Interval {
        let cores = if entries.len() < SPREAD { 1 } else { cores::count() };
        let share = (entries.len() / cols).div_ceil(cores).max(1);
        let of_share = |(number, entries)| self.enclose_sum(number * share, entries, cols, p);
        if cores == 1 {
            return divide(of_share((0, entries)), &self.divisor);
        }
        let shares = cores::map(cores, entries.chunks(share * cols).enumerate().collect(), of_share);
        divide(total(&shares), &self.divisor)
    }

    /// Encloses the sum over samples from `first` on that [`Loss::divisor`] divides, on a box of their outputs, row by row.
    fn enclose_sum(&self, first: usize, entries: &[Interval], cols: usize, p: Precision) -> Interval {
        let mut sum = Interval::point(BigInt::zero());
        for ((sample, row), weight) in (first..).zip(entries.chunks(cols)).zip(&self.weights[first..]) {
            let term = self.criterion.enclose(sample, row, p);
            sum = sum.plus(&Interval { lower: term.lower * weight, upper: term.upper * weight });
        }
        sum
    }

    /// An upper bound of the sum over samples from `first` on that [`Loss::divisor`] divides, times 2^p, on a box of their
    /// outputs, row by row.
    pub fn sum_above(&self, first: usize, entries: &[Interval], cols: usize, p: Precision) -> BigInt {
        let above = |(i, row): (usize, &[Interval])| {
            let words = if p.0 == u64::from(POINT) { self.criterion.above_in_words(first + i, row) } else { None };
            words.unwrap_or_else(|| self.criterion.above(first + i, row, p)) * &self.weights[first + i]
        };
        entries.chunks(cols).enumerate().map(above).sum()
    }

    /// Whether φ is proved to be at most the bound on a box of outputs, row by row.
    pub fn is_below_on(&self, entries: &[Interval], cols: usize, p: Precision, bound: &Rational) -> bool {
        self.sum_above(0, entries, cols, p) * bound.denom() <= (bound.numer() * &self.divisor) << p.0
    }

    /// What φ(F) is a sum over the samples divided by, positive.
    pub fn divisor(&self) -> &BigInt {
        &self.divisor
    }

    /// The labels, where every term is −log softmax of the label's output.
    pub fn labels_of_cross_entropy(&self) -> Option<&[usize]> {
        if let Criterion::CrossEntropy(labels) = &self.criterion { Some(labels) } else { None }
    }

    /// The numerator of a sample's weight.
    pub fn weight(&self, sample: usize) -> &BigInt {
        &self.weights[sample]
    }

    /// Whether φ(left) ≤ φ(right).
    pub fn is_at_most(&self, left: &Matrix, right: &Matrix) -> Result<bool, Undecided> {
        if left == right {
            return Ok(true);
        }
        decide(|bits| (self.enclose(left, bits), self.enclose(right, bits)))
    }

    /// Whether φ(F) ≤ bound.
    pub fn is_below(&self, output: &Matrix, bound: &Rational) -> Result<bool, Undecided> {
        decide(|bits| (self.enclose(output, bits), Enclosure { lower: bound.clone(), upper: bound.clone() }))
    }

    /// Whether bound ≤ φ(F).
    pub fn is_above(&self, output: &Matrix, bound: &Rational) -> Result<bool, Undecided> {
        decide(|bits| (Enclosure { lower: bound.clone(), upper: bound.clone() }, self.enclose(output, bits)))
    }

    /// Whether φ is proved not to rise anywhere on the way from one output straight to the other.
    ///
    /// φ is convex along the way, so this is so exactly if its left derivative at the end is ≤ 0.
    pub fn never_rises(&self, from: &Matrix, to: &Matrix) -> bool {
        let step = to.minus(from);
        self.precisions().iter().any(|&bits| !self.slope_above(to, &step, bits).is_positive())
    }

    /// Whether φ falls strictly on the way from one output straight to the other.
    ///
    /// By convexity it does if its left derivative at the end is negative, and it does not if that is positive. Where it
    /// is 0, a square loss falls exactly if the output of a sample that counts moves: its second derivative is positive
    /// then. The hinge loss does not fall, as it is affine just before the end.
    pub fn falls(&self, from: &Matrix, to: &Matrix) -> Result<bool, Undecided> {
        let step = to.minus(from);
        for &bits in self.precisions() {
            let slope = self.slope_above(to, &step, bits);
            if slope.is_negative() {
                return Ok(true);
            }
            if self.exact(to).is_some() {
                let moves = |(sample, weight): (usize, &BigInt)| {
                    !weight.is_zero() && step.row(sample).iter().any(|entry| !entry.is_zero())
                };
                return Ok(slope.is_zero() && self.is_square() && self.weights.iter().enumerate().any(moves));
            }
            // φ is smooth: its derivative the other way is the negative.
            if self.slope_above(to, &from.minus(to), bits).is_negative() {
                return Ok(false);
            }
        }
        Err(Undecided::SlopeTooFlat { bits: BITS[BITS.len() - 1] })
    }

    /// How φ behaves on the way to an output in a box, straight, by a step in another box; row by row.
    ///
    /// The cross-entropy with labels falls strictly if every margin F_y − F_j of every sample that counts grows: no exponential
    /// is needed, however small the loss is.
    pub fn fall(&self, end: &[Interval], step: &[Interval], cols: usize, p: Precision) -> Fall {
        let rows = || end.chunks(cols).zip(step.chunks(cols)).enumerate().filter(|(i, _)| !self.weights[*i].is_zero());
        let grows = |label: usize, step: &[Interval]| {
            differences(step, label).iter().enumerate().all(|(j, change)| j == label || change.upper.is_negative())
        };
        if let Criterion::CrossEntropy(labels) = &self.criterion
            && cols > 1
            && rows().all(|(sample, (_, step))| grows(labels[sample], step))
        {
            return Fall::Strictly;
        }
        let slope = |step: &dyn Fn(&[Interval]) -> Vec<Interval>| -> BigInt {
            let of = |(sample, (end, own)): (usize, (&[Interval], &[Interval]))| {
                self.criterion.slope_on(sample, end, &step(own), p) * &self.weights[sample]
            };
            rows().map(of).sum()
        };
        let forward = slope(&|step| step.to_vec());
        let backward = |step: &[Interval]| -> Vec<Interval> {
            step.iter().map(|entry| Interval { lower: -&entry.upper, upper: -&entry.lower }).collect()
        };
        match forward.sign() {
            // The bound of the hinge loss holds of both derivatives, anywhere before the end.
            Sign::Minus => Fall::Strictly,
            Sign::NoSign => Fall::Never,
            Sign::Plus if self.is_smooth() && slope(&backward).is_negative() => Fall::Rises,
            Sign::Plus => Fall::Open,
        }
    }

    /// The second derivative of φ where entry k of every row of the output moves by its sample's entry of `feature`, for outputs
    /// in a box; nothing for the hinge loss.
    pub fn curvature(
        &self,
        output: &[Interval],
        feature: &[Interval],
        (k, cols): (usize, usize),
        p: Precision,
    ) -> Option<Interval> {
        let mut sum = Interval::point(BigInt::zero());
        for (sample, (row, feature)) in output.chunks(cols).zip(feature).enumerate() {
            let bend = self.criterion.bend(sample, row, k, p)?;
            let square = square(feature, p);
            let term = p.times(&bend, &square);
            let weight = &self.weights[sample];
            sum = sum.plus(&Interval { lower: term.lower * weight, upper: term.upper * weight });
        }
        Some(divide(sum, &self.divisor))
    }

    /// Whether it has a derivative everywhere.
    fn is_smooth(&self) -> bool {
        !matches!(self.criterion, Criterion::Hinge(_))
    }

    /// Whether it is a sum of squares.
    pub fn is_square(&self) -> bool {
        matches!(self.criterion, Criterion::Square(_) | Criterion::MeanSquare(_))
    }

    /// φ(F(λ)) times a positive number, as a polynomial, for a square loss.
    pub fn along(&self, output: &Polynomial, limits: &Limits) -> Result<Option<Polynomial>, Exceeded> {
        let (Criterion::Square(targets) | Criterion::MeanSquare(targets)) = &self.criterion else { return Ok(None) };
        self.allow(&output.coefficients()[0], limits)?;
        let mut residual = output.coefficients().to_vec();
        residual[0] = residual[0].minus(targets);
        let product = |left: &Matrix, right: &Matrix| {
            let row =
                |sample| left.row(sample).iter().zip(right.row(sample).iter()).map(|(x, y)| x * y).sum::<BigInt>();
            let sum = self.weights.iter().enumerate().map(|(sample, weight)| row(sample) * weight).sum();
            left.with((1, 1), vec![sum], left.den() * right.den())
        };
        let degree = residual.len() - 1;
        let coefficient = |k: usize| {
            let terms = (k.saturating_sub(degree)..=k.min(degree)).map(|i| product(&residual[i], &residual[k - i]));
            terms.reduce(|sum, term| sum.plus(&term)).expect("a term")
        };
        Ok(Some(Polynomial::new((0..=2 * degree).map(coefficient).collect())))
    }

    /// The precisions that are tried: one for all where slopes are exact.
    fn precisions(&self) -> &'static [u64] {
        match self.criterion {
            Criterion::Square(_) | Criterion::MeanSquare(_) | Criterion::Hinge(_) => &BITS[..1],
            Criterion::CrossEntropy(_) | Criterion::SoftCrossEntropy(_) | Criterion::BinaryCrossEntropy(_) => &BITS,
        }
    }

    /// An upper bound of the left derivative of φ at the end of a step, times a positive number; the derivative itself
    /// for squares and the hinge loss.
    fn slope_above(&self, to: &Matrix, step: &Matrix, bits: u64) -> BigInt {
        let weighted = |slope: &dyn Fn(usize) -> BigInt| -> BigInt {
            let slopes = self.weights.iter().enumerate().filter(|(_, weight)| !weight.is_zero());
            slopes.map(|(sample, weight)| slope(sample) * weight).sum()
        };
        match &self.criterion {
            Criterion::Square(targets) | Criterion::MeanSquare(targets) => {
                let residual = to.minus(targets);
                let product = |(residual, step): (&BigInt, &BigInt)| residual * step;
                weighted(&|sample| residual.row(sample).iter().zip(step.row(sample).iter()).map(product).sum())
            }
            Criterion::Hinge(labels) => {
                weighted(&|sample| hinge_slope(&to.row(sample), &step.row(sample), labels[sample], to.den()))
            }
            Criterion::CrossEntropy(_) | Criterion::SoftCrossEntropy(_) | Criterion::BinaryCrossEntropy(_) => {
                let p = Precision(bits);
                weighted(&|sample| {
                    let row: Vec<Interval> = to.row(sample).iter().map(|entry| p.enclose(entry, to.den())).collect();
                    let gains: Vec<Interval> = step.row(sample).iter().cloned().map(Interval::point).collect();
                    let steps = self.criterion.soft(sample, &gains);
                    let parts = self.criterion.soft(sample, &row).into_iter().zip(&steps);
                    parts.map(|(part, step)| part.slope(&step.differences, p)).sum()
                })
            }
        }
    }
}

impl Criterion {
    fn read(
        source: &certificate::Criterion,
        samples: usize,
        outputs: usize,
        reading: Reading,
    ) -> Result<Self, Rejection> {
        use certificate::Criterion as Source;
        let labels = |labels: &[usize]| match labels.iter().position(|label| *label >= outputs) {
            _ if labels.len() != samples => Err(Rejection::LabelCount { expected: samples, found: labels.len() }),
            Some(sample) => Err(Rejection::Label { sample, label: labels[sample], classes: outputs }),
            None => Ok(labels.to_vec()),
        };
        let targets = |targets: &certificate::Matrix, expected, is_fit: fn(&BigInt, &BigInt) -> bool| {
            let targets = Matrix::read(targets, Part::Targets, (samples, outputs), reading)?;
            match targets.num().iter().position(|entry| !is_fit(entry, targets.den())) {
                None => Ok(targets),
                Some(at) => {
                    let found = Rational::new(targets.num()[at].clone(), targets.den().clone()).to_string();
                    Err(Rejection::Target { sample: at / outputs, output: at % outputs, found, expected })
                }
            }
        };
        let any = |source| targets(source, "", |_, _| true);
        Ok(match source {
            Source::Square { targets } => Criterion::Square(any(targets)?),
            Source::MeanSquare { targets } => Criterion::MeanSquare(any(targets)?),
            Source::CrossEntropy { labels: source } => Criterion::CrossEntropy(labels(source)?),
            Source::SoftCrossEntropy { targets: source } => {
                Criterion::SoftCrossEntropy(targets(source, "of at least 0", |entry, _| !entry.is_negative())?)
            }
            Source::BinaryCrossEntropy { targets: source } => {
                let is_probability = |entry: &BigInt, den: &BigInt| !entry.is_negative() && entry <= den;
                Criterion::BinaryCrossEntropy(targets(source, "from 0 to 1", is_probability)?)
            }
            Source::Hinge { labels: source } => Criterion::Hinge(labels(source)?),
        })
    }

    /// Encloses a sample's term on a box.
    fn enclose(&self, sample: usize, row: &[Interval], p: Precision) -> Interval {
        let zero = || Interval::point(BigInt::zero());
        match self {
            Criterion::Square(targets) | Criterion::MeanSquare(targets) => {
                let of =
                    |(entry, target): (&Interval, &BigInt)| square(&entry.minus(&p.enclose(target, targets.den())), p);
                row.iter().zip(targets.row(sample).iter()).map(of).fold(zero(), |sum, square| sum.plus(&square))
            }
            Criterion::Hinge(labels) => {
                // It grows with every F_j − F_y.
                let ahead = differences(row, labels[sample]);
                let worst = |side: fn(&Interval) -> &BigInt| {
                    let ahead: Vec<BigInt> = ahead.iter().map(|difference| side(difference).clone()).collect();
                    margins(&ahead, labels[sample], &p.one()).fold(BigInt::zero(), BigInt::max)
                };
                Interval { lower: worst(|difference| &difference.lower), upper: worst(|difference| &difference.upper) }
            }
            Criterion::CrossEntropy(_) | Criterion::SoftCrossEntropy(_) | Criterion::BinaryCrossEntropy(_) => {
                let parts = self.soft(sample, row);
                parts.iter().map(|part| part.enclose(p)).fold(zero(), |sum, part| sum.plus(&part))
            }
        }
    }

    /// An upper bound of the derivative of a sample's term at an output in a box, in a direction in another box, times a positive
    /// number that is the same for all samples. Of the hinge loss, of any slope on the way there.
    fn slope_on(&self, sample: usize, end: &[Interval], step: &[Interval], p: Precision) -> BigInt {
        match self {
            Criterion::Square(targets) | Criterion::MeanSquare(targets) => {
                let product = |((entry, target), step): ((&Interval, &BigInt), &Interval)| {
                    p.times(&entry.minus(&p.enclose(target, targets.den())), step).upper
                };
                end.iter().zip(targets.row(sample).iter()).zip(step).map(product).sum()
            }
            Criterion::Hinge(labels) => {
                let ahead = differences(step, labels[sample]);
                ahead.into_iter().map(|change| change.upper).fold(BigInt::zero(), BigInt::max)
            }
            Criterion::CrossEntropy(_) | Criterion::SoftCrossEntropy(_) | Criterion::BinaryCrossEntropy(_) => {
                let steps = self.soft(sample, step);
                let parts = self.soft(sample, end).into_iter().zip(&steps);
                parts.map(|(part, step)| part.slope(&step.differences, p)).sum()
            }
        }
    }

    /// The second derivative of a sample's term in entry k of its output, in a box; nothing for the hinge loss.
    fn bend(&self, sample: usize, row: &[Interval], k: usize, p: Precision) -> Option<Interval> {
        match self {
            Criterion::Square(_) | Criterion::MeanSquare(_) => Some(Interval::point(p.one() * 2)),
            Criterion::Hinge(_) => None,
            Criterion::CrossEntropy(_) | Criterion::SoftCrossEntropy(_) => self.soft(sample, row).first()?.bend(k, p),
            // The logits are 0 and that of output k.
            Criterion::BinaryCrossEntropy(_) => self.soft(sample, row).get(k)?.bend(1, p),
        }
    }

    /// The upper end of [`Criterion::enclose`], without the work for the lower one.
    fn above(&self, sample: usize, row: &[Interval], p: Precision) -> BigInt {
        match self {
            Criterion::CrossEntropy(_) | Criterion::SoftCrossEntropy(_) | Criterion::BinaryCrossEntropy(_) => {
                self.soft(sample, row).iter().map(|part| part.above(p)).sum()
            }
            Criterion::Square(_) | Criterion::MeanSquare(_) | Criterion::Hinge(_) => self.enclose(sample, row, p).upper,
        }
    }

    /// The same in machine words for the cross-entropy with labels, for p = 40.
    fn above_in_words(&self, sample: usize, row: &[Interval]) -> Option<BigInt> {
        let Criterion::CrossEntropy(labels) = self else { return None };
        let label = labels[sample];
        let lowest = row[label].lower.to_i128()?;
        let ahead = |(j, entry): (usize, &Interval)| {
            if j == label { Some(0) } else { entry.upper.to_i128()?.checked_sub(lowest) }
        };
        let ahead = row.iter().enumerate().map(ahead).collect::<Option<Vec<_>>>()?;
        let fits = ahead.len() < 1 << 20 && ahead.iter().all(|number| number.unsigned_abs() < 1 << 62);
        fits.then(|| Exponentials::tables().log_sum(&ahead).map(BigInt::from)).flatten()
    }

    /// A sample's term as a sum of cross-entropies with soft labels.
    fn soft(&self, sample: usize, row: &[Interval]) -> Vec<SoftCrossEntropy> {
        match self {
            Criterion::CrossEntropy(labels) => {
                let unit = |j| BigInt::from(u8::from(j == labels[sample]));
                vec![SoftCrossEntropy::new(row, (0..row.len()).map(unit).collect(), BigInt::one())]
            }
            Criterion::SoftCrossEntropy(targets) => {
                vec![SoftCrossEntropy::new(row, targets.row(sample).to_vec(), targets.den().clone())]
            }
            Criterion::BinaryCrossEntropy(targets) => {
                let part = |(entry, target): (&Interval, &BigInt)| {
                    let logits = [Interval::point(BigInt::zero()), entry.clone()];
                    let labels = vec![targets.den() - target, target.clone()];
                    SoftCrossEntropy::new(&logits, labels, targets.den().clone())
                };
                row.iter().zip(targets.row(sample).iter()).map(part).collect()
            }
            Criterion::Square(_) | Criterion::MeanSquare(_) | Criterion::Hinge(_) => vec![],
        }
    }
}

/// Σ_j t_j (ln Σ_k exp(f_k) − f_j) = τ ln Σ_k exp(d_k) − Σ_j t_j d_j for logits f in a box, with τ = Σ_j t_j and the
/// differences d_j = f_j − f_c from the logit c of the largest label: for a label 1 beside zeros the second sum is 0.
struct SoftCrossEntropy {
    differences: Vec<Interval>,
    /// The numerators of t, over `den`.
    labels: Vec<BigInt>,
    den: BigInt,
}

impl SoftCrossEntropy {
    fn new(logits: &[Interval], labels: Vec<BigInt>, den: BigInt) -> Self {
        let largest = (0..labels.len()).fold(0, |best, j| if labels[j] > labels[best] { j } else { best });
        SoftCrossEntropy { differences: differences(logits, largest), labels, den }
    }

    /// The smallest and the largest value of Σ_j t_j x_j for x in a box, times `den`.
    fn labelled(&self, entries: &[Interval]) -> Interval {
        let products = entries
            .iter()
            .zip(&self.labels)
            .map(|(entry, label)| Interval { lower: &entry.lower * label, upper: &entry.upper * label });
        total(&products.collect::<Vec<_>>())
    }

    fn enclose(&self, p: Precision) -> Interval {
        let side = |side: fn(&Interval) -> &BigInt| -> Vec<BigInt> {
            self.differences.iter().map(|difference| side(difference).clone()).collect()
        };
        let sum: BigInt = self.labels.iter().sum();
        let lower = log_sum_exp(&side(|difference| &difference.lower), p).lower;
        let upper = log_sum_exp(&side(|difference| &difference.upper), p).upper;
        let logarithms = Interval { lower: lower * &sum, upper: upper * &sum };
        divide(logarithms.minus(&self.labelled(&self.differences)), &self.den)
    }

    /// The upper end of [`SoftCrossEntropy::enclose`].
    fn above(&self, p: Precision) -> BigInt {
        let upper: Vec<BigInt> = self.differences.iter().map(|difference| difference.upper.clone()).collect();
        let sum: BigInt = self.labels.iter().sum();
        let above = log_sum_exp(&upper, p).upper * sum - self.labelled(&self.differences).lower;
        above.div_ceil(&self.den)
    }

    /// τ p (1 − p) for the probability p of entry k: the exponentials of entry k and of all others, each by their sum.
    fn bend(&self, k: usize, p: Precision) -> Option<Interval> {
        let maximum = self.differences.iter().map(|entry| &entry.upper).max()?;
        let power = |entry: &Interval| p.exp(&(&entry.lower - maximum)).hull(p.exp(&(&entry.upper - maximum)));
        let powers: Vec<Interval> = self.differences.iter().map(power).collect();
        let others: Vec<Interval> =
            powers.iter().enumerate().filter(|(j, _)| *j != k).map(|(_, x)| x.clone()).collect();
        let (own, rest) = (powers.get(k)?, total(&others));
        // a/(a + b) grows with a ≥ 0 and falls with b ≥ 0.
        let share = |a: &Interval, b: &Interval| {
            let part = |a: &BigInt, b: &BigInt| {
                let (a, b) = (a.clone().max(BigInt::zero()), b.clone().max(BigInt::zero()));
                let sum = &a + b;
                if sum.is_zero() { None } else { Some(p.enclose(&a, &sum)) }
            };
            let lower = part(&a.lower, &b.upper).map_or_else(BigInt::zero, |share| share.lower);
            let upper = part(&a.upper, &b.lower).map_or_else(|| p.one(), |share| share.upper);
            Interval { lower, upper: upper.min(p.one()) }
        };
        let both = p.times(&share(own, &rest), &share(&rest, own));
        let sum: BigInt = self.labels.iter().sum();
        Some(divide(Interval { lower: both.lower * &sum, upper: both.upper * &sum }, &self.den))
    }

    /// An upper bound of the derivative Σ_j (τ softmax(f)_j − t_j) g_j, times `den` 2^p, where the integers g say how the
    /// differences change.
    fn slope(&self, gains: &[Interval], p: Precision) -> BigInt {
        // Softmax of a point between the ends of each entry's enclosure: bounded by the quotient of the enclosures.
        let maximum = self.differences.iter().map(|entry| &entry.upper).max().expect("an output");
        let side = |side: fn(&Interval) -> &BigInt| -> Vec<Interval> {
            self.differences.iter().map(|entry| p.exp(&(side(entry) - maximum))).collect()
        };
        let (lower, upper) = (side(|entry| &entry.lower), side(|entry| &entry.upper));
        let powers: Vec<Interval> = lower.into_iter().zip(upper).map(|(lower, upper)| lower.hull(upper)).collect();
        let total = total(&powers);
        let mean: BigInt = if total.lower.is_positive() {
            let products = powers.iter().zip(gains).map(|(power, gain)| {
                let share = p.divided(power, &total);
                (share.lower * &gain.upper).max(share.upper * &gain.upper)
            });
            products.sum()
        } else {
            // A mean is at most the largest.
            gains.iter().map(|gain| &gain.upper * p.one()).max().expect("an output")
        };
        let sum: BigInt = self.labels.iter().sum();
        mean * sum - self.labelled(gains).lower * p.one()
    }
}

/// Whether all the rows of an integer matrix fit their labels.
fn are_rows(targets: &Matrix, labels: &[usize], fits: impl Fn(&[BigInt], usize) -> bool) -> bool {
    let mut rows = samples(targets, labels);
    targets.rows() == labels.len() && targets.den().is_one() && rows.all(|(row, label)| fits(&row, label))
}

/// Whether a row is 1 at the label and 0 elsewhere.
fn is_unit(row: &[BigInt], label: usize) -> bool {
    row.iter().enumerate().all(|(j, entry)| *entry == BigInt::from(u8::from(j == label)))
}

/// x² for x in an interval.
fn square(entry: &Interval, p: Precision) -> Interval {
    let square = p.times(entry, entry);
    Interval { lower: square.lower.max(BigInt::zero()), ..square }
}

/// An interval divided by a positive number.
fn divide(Interval { lower, upper }: Interval, divisor: &BigInt) -> Interval {
    Interval { lower: lower.div_floor(divisor), upper: upper.div_ceil(divisor) }
}

/// How far each entry of a box is above that of the label, which is not above itself.
fn differences(row: &[Interval], label: usize) -> Vec<Interval> {
    let zero = || Interval::point(BigInt::zero());
    let difference = |(j, entry): (usize, &Interval)| if j == label { zero() } else { entry.minus(&row[label]) };
    row.iter().enumerate().map(difference).collect()
}

/// Whether the first of two numbers is at most the second, from enclosures with more and more bits.
pub fn decide(enclose: impl Fn(u64) -> (Enclosure, Enclosure)) -> Result<bool, Undecided> {
    for bits in BITS {
        let (left, right) = enclose(bits);
        if left.upper <= right.lower {
            return Ok(true);
        }
        if left.lower > right.upper {
            return Ok(false);
        }
    }
    Err(Undecided::LossesTooClose { bits: BITS[BITS.len() - 1] })
}

/// The rows of a matrix with the samples' labels.
fn samples<'a>(matrix: &'a Matrix, labels: &'a [usize]) -> impl Iterator<Item = (Cow<'a, [BigInt]>, usize)> {
    labels.iter().enumerate().map(|(sample, &label)| (matrix.row(sample), label))
}

/// 1 + F_j − F_y for j ≠ y, as numerators over `one`.
fn margins<'a>(row: &'a [BigInt], label: usize, one: &'a BigInt) -> impl Iterator<Item = BigInt> {
    row.iter().enumerate().filter(move |(j, _)| *j != label).map(move |(_, entry)| one + entry - &row[label])
}

/// The left derivative of one sample's hinge loss at the end of a step: the smallest slope of those functions
/// among 0 and 1 + F_j − F_y that attain the maximum there.
fn hinge_slope(row: &[BigInt], step: &[BigInt], label: usize, one: &BigInt) -> BigInt {
    let slopes = (0..row.len()).filter(|j| *j != label).map(|j| &step[j] - &step[label]);
    let mut best = (BigInt::zero(), BigInt::zero());
    for (margin, slope) in margins(row, label, one).zip(slopes) {
        best = match margin.cmp(&best.0) {
            Ordering::Greater => (margin, slope),
            Ordering::Equal => (margin, slope.min(best.1)),
            Ordering::Less => best,
        };
    }
    best.1
}

/// ln Σ_j exp(x_j) = m + ln Σ_j exp(x_j − m) with the maximum m, so that the sum is at least 1.
fn log_sum_exp(numbers: &[BigInt], p: Precision) -> Interval {
    let maximum = numbers.iter().max().expect("an output");
    let Interval { lower, upper } = total(&numbers.iter().map(|number| p.exp(&(number - maximum))).collect::<Vec<_>>());
    Interval { lower: maximum + p.ln(&lower.max(p.one())).lower, upper: maximum + p.ln(&upper.max(p.one())).upper }
}

fn total(terms: &[Interval]) -> Interval {
    terms.iter().fold(Interval::point(BigInt::zero()), |sum, term| sum.plus(term))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Arithmetic;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_compared_by_enclosures_that_do_not_overlap() {
        let compare = |left: [i32; 2], right: [i32; 2]| {
            let enclosure = |ends: [i32; 2]| {
                let [lower, upper] = ends.map(|end| Rational::from(BigInt::from(end)));
                Enclosure { lower, upper }
            };
            decide(|_| (enclosure(left), enclosure(right)))
        };
        let undecided = Err(Undecided::LossesTooClose { bits: 1024 });
        assert_eq!(compare([0, 1], [1, 2]), Ok(true));
        assert_eq!(compare([0, 2], [1, 3]), undecided);
        assert_eq!(compare([1, 2], [0, 1]), undecided);
        assert_eq!(compare([2, 3], [0, 1]), Ok(false));
    }

    #[test]
    fn means_are_rounded_outwards() {
        for (lower, upper, divisor, expected) in [(-7, 7, 2, (-4, 4)), (1, 1, 3, (0, 1)), (6, 6, 3, (2, 2))] {
            let Interval { lower, upper } =
                divide(Interval { lower: lower.into(), upper: upper.into() }, &BigInt::from(divisor));
            assert_eq!((lower, upper), (BigInt::from(expected.0), BigInt::from(expected.1)));
        }
    }

    const ARITHMETIC: Arithmetic = Arithmetic::OWN;

    fn matrix(rows: usize, cols: usize, num: &[i64], den: i64) -> Matrix {
        Matrix::over((rows, cols), num.iter().copied().map(BigInt::from).collect(), den.into(), ARITHMETIC)
    }

    fn ratio(numer: i64, denom: i64) -> Rational {
        Rational::new(numer.into(), denom.into())
    }

    /// Every loss of 2 samples and 3 outputs, weighted or not; targets are sevenths.
    fn losses(numbers: &[i64], weights: Option<[i64; 2]>) -> Vec<Loss> {
        let text = |number: &i64| certificate::Integer::new(number.to_string()).unwrap();
        let source = |num: &[i64], cols: usize, den: i64| {
            let num = num.chunks(cols).map(|row| row.iter().map(text).collect()).collect::<Vec<_>>();
            certificate::Matrix::new(2, cols, text(&den), num).unwrap()
        };
        let labels: Vec<usize> = numbers[..2].iter().map(|number| number.unsigned_abs() as usize % 3).collect();
        let any = source(&numbers[..6], 3, 7);
        let soft: Vec<i64> = numbers[..6].iter().map(|number| number.abs()).collect();
        let shares: Vec<i64> = soft.iter().map(|number| number % 8).collect();
        let criteria = [
            certificate::Criterion::Square { targets: any.clone() },
            certificate::Criterion::MeanSquare { targets: any },
            certificate::Criterion::Hinge { labels: labels.clone() },
            certificate::Criterion::CrossEntropy { labels },
            certificate::Criterion::SoftCrossEntropy { targets: source(&soft, 3, 7) },
            certificate::Criterion::BinaryCrossEntropy { targets: source(&shares, 3, 7) },
        ];
        let weights = weights.map(|weights| source(&weights, 1, 3));
        let read = |criterion| {
            let source = certificate::LossRecord { criterion, weights: weights.clone() };
            Loss::read(&source, 2, 3, Reading::Users(ARITHMETIC)).unwrap()
        };
        criteria.into_iter().map(read).collect()
    }

    fn any_weights() -> impl Strategy<Value = Option<[i64; 2]>> {
        prop_oneof![Just(None), (0..9i64, 1..9i64).prop_map(|(first, second)| Some([first, second]))]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 80, ..ProptestConfig::default() })]

        /// A loss that never rises does not rise between points of the way; one that does has risen at its end.
        #[test]
        fn the_slope_at_the_end_says_whether_a_loss_rises(
            numbers in prop::collection::vec(-12..=12i64, 18), weights in any_weights(),
        ) {
            let (from, to) = (matrix(2, 3, &numbers[6..12], 5), matrix(2, 3, &numbers[12..], 4));
            let step = to.minus(&from);
            let at = |lambda: &Rational| from.plus(&step.scaled(lambda));
            for loss in losses(&numbers, weights) {
                if loss.never_rises(&from, &to) {
                    let values: Vec<_> = (0..=16).map(|k| loss.enclose(&at(&ratio(k, 16)), 256)).collect();
                    prop_assert!(values.windows(2).all(|pair| pair[1].lower <= pair[0].upper), "{loss:?}");
                } else {
                    // Just before the end, by 2^-100; a slope of 0 may be undecided, and there φ is as flat as a square.
                    let back = Rational::new(BigInt::one(), BigInt::one() << 100);
                    let before = loss.enclose(&at(&(Rational::one() - &back)), 1024);
                    let rise = loss.enclose(&to, 1024).upper - before.lower;
                    let flat = loss.exact(&to).is_none().then(|| &back * &back * ratio(1_000_000, 1));
                    prop_assert!(rise > -flat.unwrap_or_default(), "{loss:?}: {rise}");
                }
            }
        }

        /// On a box of outputs every loss is within its enclosure, which is the loss itself for a box that is a point.
        #[test]
        fn a_box_contains_the_losses_of_its_points(
            numbers in prop::collection::vec(-12..=12i64, 12), weights in any_weights(), bits in 0..60u64,
            (radii, steps) in (prop::collection::vec(0..9i64, 6), prop::collection::vec(0..=4i64, 6)),
        ) {
            let p = Precision(bits);
            let entries: Vec<Interval> = numbers[6..].iter().zip(&radii).map(|(middle, radius)| {
                let [lower, upper] = [middle - radius, middle + radius].map(|end| p.enclose(&end.into(), &BigInt::from(4)));
                Interval { lower: lower.lower, upper: upper.upper }
            }).collect();
            // A point of it, and its middle.
            let inside: Vec<i64> =
                numbers[6..].iter().zip(&radii).zip(&steps).map(|((m, r), s)| 2 * m - 2 * r + s * r).collect();
            for loss in losses(&numbers, weights) {
                let found = loss.enclose_box(&entries, 3, p);
                let [lower, upper] = [p.rational(&found.lower), p.rational(&found.upper)];
                for inside in [&inside, &numbers[6..].iter().map(|m| 2 * m).collect()] {
                    let value = loss.enclose(&matrix(2, 3, inside, 8), 256);
                    prop_assert!(lower <= value.upper && value.lower <= upper, "{loss:?}: {lower} {upper} {value}");
                }
            }
        }

        /// With few bits a rounding in the wrong direction is seen: a slope is not below the true one.
        #[test]
        fn slopes_are_rounded_up(
            numbers in prop::collection::vec(-12..=12i64, 6), labels in prop::collection::vec(0..5i64, 3), bits in 1..8u64,
        ) {
            let gains: Vec<Interval> = numbers[3..].iter().map(|gain| Interval::point(BigInt::from(*gain))).collect();
            let at = |p: Precision| {
                let logits: Vec<Interval> =
                    numbers[..3].iter().map(|logit| p.enclose(&BigInt::from(*logit), &BigInt::from(5))).collect();
                let part = |entries: &[Interval]| {
                    SoftCrossEntropy::new(entries, labels.iter().copied().map(BigInt::from).collect(), 4.into())
                };
                p.rational(&part(&logits).slope(&part(&gains).differences, p))
            };
            prop_assert!(at(Precision(bits)) + ratio(1, 1 << 40) >= at(Precision(200)));
        }

        /// A label's cross-entropy and hinge loss, and targets 0 and 1, are as large on a box as at its worst corner.
        #[test]
        fn a_box_is_as_large_as_its_worst_corner(
            numbers in prop::collection::vec(-12..=12i64, 12), radii in prop::collection::vec(0..9i64, 6),
        ) {
            let p = Precision(64);
            let units: Vec<i64> = numbers[..6].iter().map(|number| if *number > 0 { 7 } else { 0 }).collect();
            let named = losses(&numbers, None).into_iter().chain(losses(&units, None));
            for loss in named {
                let up = |at: usize| match &loss.criterion {
                    Criterion::CrossEntropy(labels) | Criterion::Hinge(labels) => Some(labels[at / 3] != at % 3),
                    Criterion::BinaryCrossEntropy(targets) => match &targets.num()[at] {
                        target if target.is_zero() => Some(true),
                        target if target == targets.den() => Some(false),
                        _ => None,
                    },
                    _ => None,
                };
                let corner: Option<Vec<i64>> = (0..6)
                    .map(|at| up(at).map(|up| if up { numbers[6 + at] + radii[at] } else { numbers[6 + at] - radii[at] }))
                    .collect();
                let Some(corner) = corner else { continue };
                let entries: Vec<Interval> = numbers[6..].iter().zip(&radii).map(|(middle, radius)| Interval {
                    lower: p.one() * (middle - radius),
                    upper: p.one() * (middle + radius),
                }).collect();
                let worst = loss.enclose(&matrix(2, 3, &corner, 1), 128).upper;
                let found = p.rational(&loss.enclose_box(&entries, 3, p).upper);
                prop_assert!(found <= worst + Rational::new(1000.into(), p.one()), "{loss:?}");
            }
        }

        /// The more bits, the narrower: a point is enclosed within a few units in the last place.
        #[test]
        fn points_are_enclosed_narrowly(
            numbers in prop::collection::vec(-12..=12i64, 12), weights in any_weights(), bits in 32..200u64,
        ) {
            let output = matrix(2, 3, &numbers[6..], 5);
            for loss in losses(&numbers, weights) {
                let (wide, narrow) = (loss.enclose(&output, bits), loss.enclose(&output, 2 * bits));
                prop_assert!(wide.lower <= narrow.upper && narrow.lower <= wide.upper);
                let unit = Rational::new(ratio(5000, 1).to_integer(), BigInt::one() << bits);
                prop_assert!(&wide.upper - &wide.lower <= unit, "{loss:?}: {wide}");
                prop_assert!(loss.exact(&output).is_none_or(|value| value == wide.lower && value == wide.upper));
            }
        }
    }
}
