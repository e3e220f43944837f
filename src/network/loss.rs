//! The convex losses φ of the network's output that the program knows by name, enclosed exactly.
//!
//! Rows of the output F = F_L [N, n_L] are samples; thesis (Nguyen 2019), section 1.1:
//!
//! - square: φ(F) = ½ ‖F − Y‖_F²;
//! - cross-entropy: φ(F) = (1/N) Σ_i −log softmax(F_i)[y_i], the natural logarithm;
//! - multi-class hinge: φ(F) = (1/N) Σ_i max_{j≠y_i} max(0, 1 − (F_{i,y_i} − F_{ij})).

use super::data::{DataSet, Targets};
use crate::arith::Interval;
use nalgebra::DMatrix;
use rug::{Float, Integer, Rational, float::Round, ops::AddAssignRound};
use std::{fmt, str::FromStr};

/// The precision of [`Loss::enclose`].
const PRECISION_BITS: u32 = 128;

/// Sums of logarithms below 2^−TINY_BITS are enclosed by [0, 2^−TINY_BITS], so that no end has more bits than this.
const TINY_BITS: u32 = 1 << 16;

/// Why data and loss do not go together. Samples and labels are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LossError {
    /// Not a loss's name.
    #[error("unknown loss `{found}`; expected `square`, `cross-entropy` or `hinge`")]
    Unknown { found: String },
    /// A mean over no samples.
    #[error("the data have no samples")]
    NoSamples,
    /// The data are inputs alone.
    #[error("the {loss} loss needs {}, but the data are inputs alone", needs(*loss))]
    NoTargets { loss: LossKind },
    /// The data have values where the loss needs classes.
    #[error("the {loss} loss needs labels (one class a sample), but the data have values as targets")]
    NeedsLabels { loss: LossKind },
    /// Another number of targets than of samples.
    #[error("{found} targets for {samples} samples")]
    Count { found: usize, samples: usize },
    /// A label that is no output of the network.
    #[error("sample {sample} has the label {label}, but a network with {outputs} outputs needs labels below {outputs}")]
    Label { sample: usize, label: usize, outputs: usize },
    /// Target rows of another length than the network's output.
    #[error("the targets have {found} columns, but the network has {outputs} outputs")]
    Columns { found: usize, outputs: usize },
}

fn needs(loss: LossKind) -> &'static str {
    match loss {
        LossKind::Square => "targets or labels",
        LossKind::CrossEntropy | LossKind::Hinge => "labels",
    }
}

/// The name of a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LossKind {
    /// `square`.
    Square,
    /// `cross-entropy`.
    CrossEntropy,
    /// `hinge`.
    Hinge,
}

impl fmt::Display for LossKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LossKind::Square => "square",
            LossKind::CrossEntropy => "cross-entropy",
            LossKind::Hinge => "hinge",
        })
    }
}

impl FromStr for LossKind {
    type Err = LossError;

    fn from_str(text: &str) -> Result<Self, LossError> {
        let kinds = [LossKind::Square, LossKind::CrossEntropy, LossKind::Hinge];
        kinds.into_iter().find(|kind| kind.to_string() == text).ok_or_else(|| LossError::Unknown { found: text.into() })
    }
}

/// A loss with the targets that it measures against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loss {
    /// ½ ‖F − Y‖_F² with the targets Y [N, n_L].
    Square(DMatrix<Rational>),
    /// The mean of −log softmax(F_i)\[y_i\] with the labels y, N of them, each below n_L.
    CrossEntropy(Vec<usize>),
    /// The mean of max_{j≠y_i} max(0, 1 − (F_{i,y_i} − F_{ij})) with the labels y, N of them, each below n_L. The
    /// maximum over no j (n_L = 1) is 0.
    Hinge(Vec<usize>),
}

impl Loss {
    /// The loss of this kind for the targets of the data and a network with n_L = `outputs` outputs. For the square
    /// loss, labels stand for their unit rows.
    ///
    /// # Errors
    /// All of [`LossError`] but `Unknown`.
    pub fn from_data(kind: LossKind, data: &DataSet, outputs: usize) -> Result<Self, LossError> {
        if data.samples() == 0 {
            return Err(LossError::NoSamples);
        }
        match (kind, &data.targets) {
            (_, Targets::None) => Err(LossError::NoTargets { loss: kind }),
            (LossKind::Square, Targets::Values(values)) => {
                check_count(values.nrows(), data)?;
                let found = values.ncols();
                let fits = found == outputs;
                fits.then(|| Loss::Square(values.clone())).ok_or(LossError::Columns { found, outputs })
            }
            (_, Targets::Values(_)) => Err(LossError::NeedsLabels { loss: kind }),
            (_, Targets::Labels(labels)) => {
                check_count(labels.len(), data)?;
                if let Some(sample) = labels.iter().position(|&label| label >= outputs) {
                    return Err(LossError::Label { sample, label: labels[sample], outputs });
                }
                Ok(match kind {
                    LossKind::Square => Loss::Square(unit_rows(labels, outputs)),
                    LossKind::CrossEntropy => Loss::CrossEntropy(labels.clone()),
                    LossKind::Hinge => Loss::Hinge(labels.clone()),
                })
            }
        }
    }

    /// The loss's name.
    pub fn kind(&self) -> LossKind {
        match self {
            Loss::Square(_) => LossKind::Square,
            Loss::CrossEntropy(_) => LossKind::CrossEntropy,
            Loss::Hinge(_) => LossKind::Hinge,
        }
    }

    /// An interval that contains φ(F) for the output F [N, n_L]: [`Loss::enclose_at`] with 128 bits.
    ///
    /// # Panics
    /// If the output has another shape than the targets.
    pub fn enclose(&self, output: &DMatrix<Rational>) -> Interval {
        self.enclose_at(output, PRECISION_BITS)
    }

    /// An interval that contains φ(F) for the output F [N, n_L].
    ///
    /// Its width is 0 for the square loss and the hinge loss. For the cross-entropy every operation that is not exact
    /// is rounded down for the lower end and up for the upper end, with p bits (at least 2): the width is at most
    /// (4 n_L + 4 + 2 (N + 2) φ(F)) 2^(1−p) + 2^−65536.
    ///
    /// # Panics
    /// If the output has another shape than the targets.
    pub fn enclose_at(&self, output: &DMatrix<Rational>, precision_bits: u32) -> Interval {
        match self {
            Loss::Square(targets) => {
                assert_eq!(output.shape(), targets.shape(), "output and targets have the same shape");
                let squares = output.iter().zip(targets.iter()).map(|(f, y)| Rational::from(f - y).square());
                Interval::point(squares.sum::<Rational>() / 2)
            }
            Loss::CrossEntropy(labels) => enclose_cross_entropy(output, labels, precision_bits.max(2)),
            Loss::Hinge(labels) => Interval::point(mean(samples(output, labels).map(|(row, y)| hinge(&row, y)))),
        }
    }

    /// φ(F) in doubles, without a bound on its error: for plots.
    ///
    /// # Panics
    /// If the output has another shape than the targets.
    pub fn approximate(&self, output: &DMatrix<f64>) -> f64 {
        let losses: Vec<f64> = match self {
            Loss::Square(targets) => {
                let errors = output - targets.map(|y| y.to_f64());
                return errors.norm_squared() / 2.0;
            }
            Loss::CrossEntropy(labels) => samples(output, labels)
                .map(|(row, y)| {
                    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    let sum: f64 = row.iter().map(|x| (x - largest).exp()).sum();
                    sum.ln() + (largest - row[y])
                })
                .collect(),
            Loss::Hinge(labels) => samples(output, labels)
                .map(|(row, y)| {
                    let others = row.iter().enumerate().filter(|&(j, _)| j != y);
                    others.map(|(_, x)| 1.0 - (row[y] - x)).fold(0.0, f64::max)
                })
                .collect(),
        };
        losses.iter().sum::<f64>() / losses.len() as f64
    }
}

fn check_count(found: usize, data: &DataSet) -> Result<(), LossError> {
    let samples = data.samples();
    if found == samples { Ok(()) } else { Err(LossError::Count { found, samples }) }
}

/// One row a label, 1 at the label and 0 elsewhere: [N, outputs].
fn unit_rows(labels: &[usize], outputs: usize) -> DMatrix<Rational> {
    DMatrix::from_fn(labels.len(), outputs, |sample, output| Rational::from(u8::from(labels[sample] == output)))
}

/// The rows of the output with their labels.
fn samples<'a, T: nalgebra::Scalar>(
    output: &'a DMatrix<T>,
    labels: &'a [usize],
) -> impl Iterator<Item = (Vec<T>, usize)> + 'a {
    assert_eq!(output.nrows(), labels.len(), "one label a row of the output");
    output.row_iter().map(|row| row.iter().cloned().collect()).zip(labels.iter().copied())
}

fn mean(values: impl Iterator<Item = Rational>) -> Rational {
    let (sum, count) = values.fold((Rational::new(), 0u64), |(sum, count), value| (sum + value, count + 1));
    sum / count
}

/// max_{j≠y} max(0, 1 − (F_y − F_j)).
fn hinge(row: &[Rational], y: usize) -> Rational {
    let others = row.iter().enumerate().filter(|&(j, _)| j != y);
    others.map(|(_, x)| 1 - Rational::from(&row[y] - x)).fold(Rational::new(), Rational::max)
}

/// The cross-entropy's enclosure.
///
/// With m = max_j F_ij, taken out exactly, −log softmax(F_i)\[y\] = (m − F_iy) + log(1 + Σ exp(F_ij − m)), the sum over
/// all j but one with F_ij = m. The gaps are rational; every other term is in (0, 1] and only loses to rounding.
fn enclose_cross_entropy(output: &DMatrix<Rational>, labels: &[usize], precision: u32) -> Interval {
    let mut gaps = Rational::new();
    let (mut lower, mut upper) = (Float::new(precision), Float::new(precision));
    for (row, y) in samples(output, labels) {
        let largest = (0..row.len()).fold(0, |best, j| if row[j] > row[best] { j } else { best });
        gaps += Rational::from(&row[largest] - &row[y]);
        let others: Vec<Rational> =
            (0..row.len()).filter(|&j| j != largest).map(|j| Rational::from(&row[j] - &row[largest])).collect();
        lower.add_assign_round(log_one_plus_exponentials(&others, precision, Round::Down), Round::Down);
        upper.add_assign_round(log_one_plus_exponentials(&others, precision, Round::Up), Round::Up);
    }
    let tiny = Rational::from((Integer::from(1), Integer::from(1) << TINY_BITS));
    let lower = if lower < tiny { Rational::new() } else { lower.to_rational().unwrap_or_default() };
    let upper = if upper < tiny && !upper.is_zero() { Some(tiny) } else { upper.to_rational() };
    let (lower, upper) = (lower, upper.expect("a sum of N logarithms of numbers up to n_L is finite"));
    let end = |logarithms: Rational, round| shorten((logarithms + &gaps) / labels.len(), precision, round);
    Interval::new(end(lower, Round::Down), end(upper, Round::Up)).expect("rounded down is not above rounded up")
}

/// log(1 + Σ exp(x)) for x ≤ 0, every step rounded in this direction.
fn log_one_plus_exponentials(exponents: &[Rational], precision: u32, round: Round) -> Float {
    let mut sum = Float::new(precision);
    for exponent in exponents {
        let mut exponential = Float::with_val_round(precision, exponent, round).0;
        exponential.exp_round(round);
        sum.add_assign_round(exponential, round);
    }
    sum.ln_1p_round(round);
    sum
}

/// The number rounded to this precision in this direction; the number itself if its exponent is out of range.
fn shorten(value: Rational, precision: u32, round: Round) -> Rational {
    Float::with_val_round(precision, &value, round).0.to_rational().unwrap_or(value)
}
