//! The three losses: their values at an output, and how they move along a straight output.
//!
//! Square and hinge loss of a rational output are rational and are computed exactly. Cross-entropy is enclosed, the more
//! narrowly the more bits are asked for.

use super::{
    Targets,
    interval::{Interval, Precision},
    matrix::{Matrix, Reading},
    verdict::{Enclosure, Part, Rejection, Scope, Undecided},
};
use crate::certificate;
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use std::cmp::Ordering;

/// The precisions that are tried one after the other.
const BITS: [u64; 5] = [64, 128, 256, 512, 1024];

/// A convex loss φ of the output F `[N, n_L]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loss {
    /// ½‖F − Y‖².
    Square { targets: Matrix },
    /// (1/N) Σ_i ln Σ_j exp(F_{i,j} − F_{i,y_i}).
    CrossEntropy { labels: Vec<usize> },
    /// (1/N) Σ_i max(0, max_{j ≠ y_i} 1 + F_{i,j} − F_{i,y_i}).
    Hinge { labels: Vec<usize> },
}

impl Loss {
    /// The loss of a certificate or of the user, for N samples and n_L outputs.
    pub fn read(
        source: &certificate::Loss,
        samples: usize,
        outputs: usize,
        reading: Reading,
    ) -> Result<Self, Rejection> {
        let check = |labels: &[usize]| match labels.iter().position(|label| *label >= outputs) {
            _ if labels.len() != samples => Err(Rejection::LabelCount { expected: samples, found: labels.len() }),
            Some(sample) => Err(Rejection::Label { sample, label: labels[sample], classes: outputs }),
            None => Ok(labels.to_vec()),
        };
        Ok(match source {
            certificate::Loss::Square { targets } => {
                Loss::Square { targets: Matrix::read(targets, Part::Targets, (samples, outputs), reading)? }
            }
            certificate::Loss::CrossEntropy { labels } => Loss::CrossEntropy { labels: check(labels)? },
            certificate::Loss::Hinge { labels } => Loss::Hinge { labels: check(labels)? },
        })
    }

    /// Whether it is about these labels or targets.
    pub fn is_about(&self, given: &Targets, reading: Reading) -> bool {
        match (self, given) {
            (Loss::CrossEntropy { labels } | Loss::Hinge { labels }, Targets::Labels(given)) => labels == given,
            (Loss::CrossEntropy { .. } | Loss::Hinge { .. }, Targets::Values(_)) => false,
            (Loss::Square { targets }, Targets::Values(given)) => {
                let shape = (targets.rows(), targets.cols());
                Matrix::read(given, Part::Targets, shape, reading).as_ref() == Ok(targets)
            }
            (Loss::Square { targets }, Targets::Labels(given)) => {
                let is_unit_row = |row: &[BigInt], label: usize| {
                    label < row.len()
                        && row.iter().enumerate().all(|(j, entry)| *entry == BigInt::from(u8::from(j == label)))
                };
                let mut rows = (0..targets.rows()).zip(given);
                targets.rows() == given.len()
                    && targets.den().is_one()
                    && rows.all(|(sample, label)| is_unit_row(targets.row(sample), *label))
            }
        }
    }

    /// Its name in a statement.
    pub fn scope(&self) -> Scope {
        match self {
            Loss::Square { .. } => Scope::Square,
            Loss::CrossEntropy { .. } => Scope::CrossEntropy,
            Loss::Hinge { .. } => Scope::Hinge,
        }
    }

    /// φ(F), if it is rational.
    fn exact(&self, output: &Matrix) -> Option<BigRational> {
        match self {
            Loss::Square { targets } => {
                let difference = output.minus(targets);
                let sum: BigInt = difference.num().iter().map(|entry| entry * entry).sum();
                Some(BigRational::new(sum, difference.den() * difference.den() * 2))
            }
            Loss::CrossEntropy { .. } => None,
            Loss::Hinge { labels } => {
                let sum: BigInt = samples(output, labels)
                    .map(|(row, label)| margins(row, label, output.den()).max().unwrap_or_default().max(BigInt::zero()))
                    .sum();
                Some(BigRational::new(sum, output.den() * BigInt::from(labels.len())))
            }
        }
    }

    /// φ(F) between two numbers; `bits` matter for cross-entropy only.
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
        let mut sum = Interval::point(BigInt::zero());
        match self {
            Loss::Square { targets } => {
                for (entry, target) in entries.iter().zip(targets.num()) {
                    let difference = entry.minus(&p.enclose(target, targets.den()));
                    let mut square = p.times(&difference, &difference);
                    square.lower = square.lower.max(BigInt::zero());
                    sum = sum.plus(&square);
                }
                divide(sum, 2)
            }
            Loss::CrossEntropy { labels } | Loss::Hinge { labels } => {
                for (row, &label) in entries.chunks(cols).zip(labels) {
                    let ahead: Vec<Interval> = row.iter().map(|entry| entry.minus(&row[label])).collect();
                    // Both losses grow with every F_j − F_y, j ≠ y; F_y − F_y is 0.
                    let side = |side: fn(&Interval) -> &BigInt| -> Vec<BigInt> {
                        let number = |(j, entry)| if j == label { BigInt::zero() } else { BigInt::clone(side(entry)) };
                        ahead.iter().enumerate().map(number).collect()
                    };
                    let value = |numbers: Vec<BigInt>| match self {
                        Loss::CrossEntropy { .. } => log_sum_exp(&numbers, p),
                        _ => Interval::point(margins(&numbers, label, &p.one()).fold(BigInt::zero(), BigInt::max)),
                    };
                    sum.lower += value(side(|entry| &entry.lower)).lower;
                    sum.upper += value(side(|entry| &entry.upper)).upper;
                }
                divide(sum, labels.len())
            }
        }
    }

    /// Whether φ(left) ≤ φ(right).
    pub fn is_at_most(&self, left: &Matrix, right: &Matrix) -> Result<bool, Undecided> {
        if left == right {
            return Ok(true);
        }
        decide(|bits| (self.enclose(left, bits), self.enclose(right, bits)))
    }

    /// Whether φ(F) ≤ bound.
    pub fn is_below(&self, output: &Matrix, bound: &BigRational) -> Result<bool, Undecided> {
        decide(|bits| (self.enclose(output, bits), Enclosure { lower: bound.clone(), upper: bound.clone() }))
    }

    /// Whether bound ≤ φ(F).
    pub fn is_above(&self, output: &Matrix, bound: &BigRational) -> Result<bool, Undecided> {
        decide(|bits| (Enclosure { lower: bound.clone(), upper: bound.clone() }, self.enclose(output, bits)))
    }

    /// Whether φ is proved not to rise anywhere on the way from one output straight to the other.
    ///
    /// φ is convex along the way, so this is so exactly if its left derivative at the end is ≤ 0.
    pub fn never_rises(&self, from: &Matrix, to: &Matrix) -> bool {
        let step = to.minus(from);
        match self {
            Loss::Square { targets } => {
                let residual = to.minus(targets);
                let sum: BigInt = residual.num().iter().zip(step.num()).map(|(residual, step)| residual * step).sum();
                !sum.is_positive()
            }
            Loss::Hinge { labels } => {
                let sum: BigInt = samples(to, labels)
                    .zip(0..)
                    .map(|((row, label), sample)| hinge_slope(row, step.row(sample), label, to.den()))
                    .sum();
                !sum.is_positive()
            }
            Loss::CrossEntropy { labels } => {
                BITS.iter().any(|&bits| !cross_entropy_slope(to, &step, labels, Precision(bits)).is_positive())
            }
        }
    }
}

/// An interval divided by a positive number.
fn divide(Interval { lower, upper }: Interval, divisor: usize) -> Interval {
    let divisor = BigInt::from(divisor);
    Interval { lower: lower.div_floor(&divisor), upper: upper.div_ceil(&divisor) }
}

/// Whether the first of two numbers is at most the second, from enclosures with more and more bits.
fn decide(enclose: impl Fn(u64) -> (Enclosure, Enclosure)) -> Result<bool, Undecided> {
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
fn samples<'a>(matrix: &'a Matrix, labels: &'a [usize]) -> impl Iterator<Item = (&'a [BigInt], usize)> {
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

/// An upper bound of N times the derivative of the cross-entropy at `to` in the direction `step`:
/// Σ_i Σ_j softmax(F_i)_j (ΔF_{i,j} − ΔF_{i,y_i}).
fn cross_entropy_slope(to: &Matrix, step: &Matrix, labels: &[usize], p: Precision) -> BigInt {
    let mut sum = BigInt::zero();
    for ((row, label), sample) in samples(to, labels).zip(0..) {
        let gains = step.row(sample).iter().map(|gain| p.enclose(&(gain - &step.row(sample)[label]), step.den()));
        // Softmax of a point between the ends of each entry's enclosure: bounded by the quotient of the enclosures.
        let entries: Vec<Interval> = row.iter().map(|number| p.enclose(number, to.den())).collect();
        let maximum = entries.iter().map(|entry| &entry.upper).max().expect("an output");
        let side = |side: fn(&Interval) -> &BigInt| -> Vec<Interval> {
            entries.iter().map(|entry| p.exp(&(side(entry) - maximum))).collect()
        };
        let (lower, upper) = (side(|entry| &entry.lower), side(|entry| &entry.upper));
        let powers = lower.into_iter().zip(upper).map(|(lower, upper)| lower.hull(upper)).collect::<Vec<_>>();
        let total = total(&powers);
        if !total.lower.is_positive() {
            return p.one();
        }
        for (power, gain) in powers.iter().zip(gains) {
            sum += p.times(&p.divided(power, &total), &gain).upper;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_by_enclosures_that_do_not_overlap() {
        let compare = |left: [i32; 2], right: [i32; 2]| {
            let enclosure = |ends: [i32; 2]| {
                let [lower, upper] = ends.map(|end| BigRational::from(BigInt::from(end)));
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
            let Interval { lower, upper } = divide(Interval { lower: lower.into(), upper: upper.into() }, divisor);
            assert_eq!((lower, upper), (BigInt::from(expected.0), BigInt::from(expected.1)));
        }
    }
}
