//! The convex losses φ of the network's output that the program knows by name, enclosed exactly.
//!
//! Rows of the output F = F_L [N, n_L] are samples. Sample i counts w_i ≥ 0, which is 1 if no weights are given, and
//! V = Σ_i w_i; y_i are labels, Y and T targets [N, n_L]:
//!
//! | name | φ(F) | PyTorch |
//! |---|---|---|
//! | `square` | ½ Σ_i w_i ‖F_i − Y_i‖² | half of `MSELoss(reduction="sum")` |
//! | `mean-square` | (1/(n_L V)) Σ_i w_i ‖F_i − Y_i‖² | `MSELoss()` |
//! | `cross-entropy` | (1/V) Σ_i w_i (−log softmax(F_i)[y_i]) | `CrossEntropyLoss()` |
//! | the same with soft labels T ≥ 0 | (1/V) Σ_i w_i Σ_j t_ij (−log softmax(F_i)[j]) | `CrossEntropyLoss()` |
//! | `binary-cross-entropy`, 0 ≤ T ≤ 1 | (1/(n_L V)) Σ_i w_i Σ_j (log(1 + e^F_ij) − t_ij F_ij) | `BCEWithLogitsLoss()` |
//! | `hinge` | (1/V) Σ_i w_i max(0, max_{j≠y_i} 1 + F_ij − F_i,y_i) | `MultiMarginLoss()`, but for the maximum in the place of a mean over j |
//!
//! The logarithm is the natural one. Square, cross-entropy and hinge loss are those of the thesis (Nguyen 2019), section
//! 1.1. All are convex in F, and none is negative.

use super::data::{DataSet, Targets};
use crate::arith::{Interval, counted, write_rational};
use nalgebra::DMatrix;
use rug::{Float, Integer, Rational, float::Round, ops::AddAssignRound};
use std::{fmt, str::FromStr};

/// The precision of [`Loss::enclose`].
const PRECISION_BITS: u32 = 128;

/// Sums of logarithms below 2^−TINY_BITS are enclosed by [0, 2^−TINY_BITS], so that no end has more bits than this.
const TINY_BITS: u32 = 1 << 16;

/// Why data and loss do not go together. Samples, labels, classes and outputs are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LossError {
    /// Not a loss's name.
    #[error("unknown loss `{found}`; expected {}", LossKind::names())]
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
    /// Labels stand for the targets of a single output only.
    #[error(
        "the {loss} loss of a network with {} needs targets, a number from 0 to 1 for each output; labels \
         0 and 1 stand for the targets of a single output",
        counted(*outputs, "output")
    )]
    NeedsTargets { loss: LossKind, outputs: usize },
    /// A loss that compares outputs, of which there is one.
    #[error(
        "the {loss} loss compares the outputs of a network with each other: of a single output it is 0 whatever the \
         network says (`binary-cross-entropy` is the loss for one logit)"
    )]
    OneOutput { loss: LossKind },
    /// Another number of targets than of samples.
    #[error("{} for {}", counted(*found, "target"), counted(*samples, "sample"))]
    Count { found: usize, samples: usize },
    /// A label that is no output of the network.
    #[error("sample {sample} has the label {label}, but {}", labels_below(*outputs))]
    Label { sample: usize, label: usize, outputs: usize },
    /// A label that is neither 0 nor 1.
    #[error(
        "sample {sample} has the label {label}, but the binary-cross-entropy loss of one output needs labels 0 and 1"
    )]
    BinaryLabel { sample: usize, label: usize },
    /// Target rows of another length than the network's output.
    #[error("the targets have {}, but the network has {}", counted(*found, "column"), counted(*outputs, "output"))]
    Columns { found: usize, outputs: usize },
    /// A soft label is a number of at least 0.
    #[error("the soft label of sample {sample} for output {output} is {found}; expected a number of at least 0")]
    SoftLabel { sample: usize, output: usize, found: String },
    /// A target of the binary cross-entropy is a probability.
    #[error(
        "the target of sample {sample} for output {output} is {found}; the binary-cross-entropy loss needs numbers from \
         0 to 1"
    )]
    Probability { sample: usize, output: usize, found: String },
    /// Weights are for classes, and so for labels.
    #[error("class weights are for labels, and for the losses `cross-entropy`, `binary-cross-entropy` and `hinge`")]
    NoClasses,
    /// One weight a class, or a sample.
    #[error("{found} weights for {expected} {}; expected one for each", of.plural())]
    WeightCount { found: usize, expected: usize, of: Weighted },
    /// A weight is a number of at least 0.
    #[error("the weight of {} {place} is {found}; expected a number of at least 0", of.singular())]
    NegativeWeight { place: usize, found: String, of: Weighted },
    /// No sample counts.
    #[error("the weights of the samples sum to 0: no sample counts")]
    ZeroWeights,
}

/// What weights are given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weighted {
    /// The classes that labels name.
    Classes,
    /// The samples.
    Samples,
}

impl Weighted {
    fn singular(self) -> &'static str {
        match self {
            Weighted::Classes => "class",
            Weighted::Samples => "sample",
        }
    }

    fn plural(self) -> &'static str {
        match self {
            Weighted::Classes => "classes",
            Weighted::Samples => "samples",
        }
    }
}

/// What is asked of the labels of a network with so many outputs.
fn labels_below(outputs: usize) -> String {
    match outputs {
        1 => "a network with one output needs labels below 1, unless the loss is `binary-cross-entropy`, to which the \
              labels 0 and 1 are targets; for a square loss call the array `targets`"
            .into(),
        _ => format!("a network with {} needs labels below {outputs}", counted(outputs, "output")),
    }
}

fn needs(loss: LossKind) -> &'static str {
    match loss {
        LossKind::Hinge => "labels",
        _ => "targets or labels",
    }
}

/// The name of a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LossKind {
    /// `square`.
    Square,
    /// `mean-square`.
    MeanSquare,
    /// `cross-entropy`.
    CrossEntropy,
    /// `binary-cross-entropy`.
    BinaryCrossEntropy,
    /// `hinge`.
    Hinge,
}

impl LossKind {
    /// All of them.
    pub const ALL: [LossKind; 5] =
        [LossKind::Square, LossKind::MeanSquare, LossKind::CrossEntropy, LossKind::BinaryCrossEntropy, LossKind::Hinge];

    /// The usual loss for these targets: the square loss for values; for labels, soft ones too, the cross-entropy, the binary one if the
    /// network has one output and every label is 0 or 1.
    pub fn usual(targets: &Targets, outputs: usize) -> Option<Self> {
        match targets {
            Targets::None => None,
            Targets::Values(_) => Some(LossKind::Square),
            Targets::Shares(_) => Some(LossKind::CrossEntropy),
            Targets::Labels(labels) if outputs == 1 && labels.iter().all(|&label| label < 2) => {
                Some(LossKind::BinaryCrossEntropy)
            }
            Targets::Labels(_) => Some(LossKind::CrossEntropy),
        }
    }

    /// The names as they are listed in a message.
    fn names() -> String {
        let names = Self::ALL.map(|kind| format!("`{kind}`"));
        let (last, others) = names.split_last().expect("there are losses");
        format!("{} or {last}", others.join(", "))
    }
}

impl fmt::Display for LossKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LossKind::Square => "square",
            LossKind::MeanSquare => "mean-square",
            LossKind::CrossEntropy => "cross-entropy",
            LossKind::BinaryCrossEntropy => "binary-cross-entropy",
            LossKind::Hinge => "hinge",
        })
    }
}

impl FromStr for LossKind {
    type Err = LossError;

    fn from_str(text: &str) -> Result<Self, LossError> {
        let kind = Self::ALL.into_iter().find(|kind| kind.to_string() == text);
        kind.ok_or_else(|| LossError::Unknown { found: text.into() })
    }
}

/// What is measured of each sample, with its labels or targets: a loss whose samples count alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Criterion {
    /// ½ ‖F − Y‖_F² with the targets Y [N, n_L].
    Square(DMatrix<Rational>),
    /// ‖F − Y‖_F² / (N n_L) with the targets Y [N, n_L].
    MeanSquare(DMatrix<Rational>),
    /// The mean of −log softmax(F_i)\[y_i\] with the labels y, N of them, each below n_L.
    CrossEntropy(Vec<usize>),
    /// The mean over samples of Σ_j t_ij (−log softmax(F_i)\[j\]) with the soft labels T ≥ 0 [N, n_L].
    SoftCrossEntropy(DMatrix<Rational>),
    /// The mean over samples and outputs of log(1 + e^F_ij) − t_ij F_ij with the targets T in \[0, 1\] [N, n_L].
    BinaryCrossEntropy(DMatrix<Rational>),
    /// The mean of max_{j≠y_i} max(0, 1 − (F_{i,y_i} − F_{ij})) with the labels y, N of them, each below n_L. The
    /// maximum over no j (n_L = 1) is 0.
    Hinge(Vec<usize>),
}

impl Criterion {
    /// N.
    pub fn samples(&self) -> usize {
        match self {
            Criterion::CrossEntropy(labels) | Criterion::Hinge(labels) => labels.len(),
            Criterion::Square(targets)
            | Criterion::MeanSquare(targets)
            | Criterion::SoftCrossEntropy(targets)
            | Criterion::BinaryCrossEntropy(targets) => targets.nrows(),
        }
    }

    /// There are samples, and the targets are in their range.
    fn check(&self) -> Result<(), LossError> {
        if self.samples() == 0 {
            return Err(LossError::NoSamples);
        }
        let first = |targets: &DMatrix<Rational>, is_wrong: fn(&Rational) -> bool| {
            let places = (0..targets.nrows()).flat_map(|i| (0..targets.ncols()).map(move |j| (i, j)));
            let place = places.into_iter().find(|&place| is_wrong(&targets[place]));
            place.map(|place| (place, write_rational(&targets[place])))
        };
        match self {
            Criterion::Square(targets) | Criterion::MeanSquare(targets) if targets.ncols() == 0 => {
                Err(LossError::Columns { found: 0, outputs: 1 })
            }
            Criterion::SoftCrossEntropy(targets) => match first(targets, |t| *t < 0) {
                Some(((sample, output), found)) => Err(LossError::SoftLabel { sample, output, found }),
                None => Ok(()),
            },
            Criterion::BinaryCrossEntropy(targets) => match first(targets, |t| *t < 0 || *t > 1) {
                Some(((sample, output), found)) => Err(LossError::Probability { sample, output, found }),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

/// A loss with the targets that it measures against, and how much each sample counts.
///
/// ```
/// use rug::Rational;
/// use sublevel::{example::integers, network::Loss};
///
/// // ‖(1, 3) − (0, 1)‖² = 5, and 0 for the second sample, which counts four times.
/// let loss = Loss::mean_square(integers(2, 2, &[0, 1, 2, 3]));
/// let loss = loss.weighted(vec![1.into(), 4.into()]).unwrap();
/// assert_eq!(*loss.enclose(&integers(2, 2, &[1, 3, 2, 3])).lo(), Rational::from((5, 2 * 5)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    criterion: Criterion,
    /// N numbers w ≥ 0 that are not all 0; not there if all samples count alike: w = 1, or w constant in a mean.
    weights: Option<Vec<Rational>>,
}

impl fmt::Display for Loss {
    /// The name, and whether samples are weighted or labels soft.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weighted = if self.weights.is_some() { "weighted " } else { "" };
        let soft = if matches!(self.criterion, Criterion::SoftCrossEntropy(_)) { " with soft labels" } else { "" };
        write!(f, "{weighted}{}{soft}", self.kind())
    }
}

impl Loss {
    /// The loss in which all samples count alike.
    ///
    /// # Errors
    /// [`LossError::NoSamples`], [`LossError::SoftLabel`], [`LossError::Probability`], or [`LossError::Columns`] for
    /// targets without a column.
    pub fn new(criterion: Criterion) -> Result<Self, LossError> {
        criterion.check()?;
        Ok(Loss { criterion, weights: None })
    }

    /// ½ ‖F − Y‖_F² with the targets Y [N, n_L].
    ///
    /// # Panics
    /// If Y is empty.
    pub fn square(targets: DMatrix<Rational>) -> Self {
        Self::new(Criterion::Square(targets)).expect("there are targets")
    }

    /// ‖F − Y‖_F² / (N n_L) with the targets Y [N, n_L].
    ///
    /// # Panics
    /// If Y is empty.
    pub fn mean_square(targets: DMatrix<Rational>) -> Self {
        Self::new(Criterion::MeanSquare(targets)).expect("there are targets")
    }

    /// The mean of −log softmax(F_i)\[y_i\] with the labels y, N of them, each below n_L.
    ///
    /// # Panics
    /// If there are no labels.
    pub fn cross_entropy(labels: Vec<usize>) -> Self {
        Self::new(Criterion::CrossEntropy(labels)).expect("there are labels")
    }

    /// The mean of max_{j≠y_i} max(0, 1 − (F_{i,y_i} − F_{ij})) with the labels y, N of them, each below n_L.
    ///
    /// # Panics
    /// If there are no labels.
    pub fn hinge(labels: Vec<usize>) -> Self {
        Self::new(Criterion::Hinge(labels)).expect("there are labels")
    }

    /// The same loss with sample i counting w_i times: a mean becomes a weighted mean, a sum a weighted sum.
    ///
    /// # Errors
    /// [`LossError::WeightCount`], [`LossError::NegativeWeight`] or [`LossError::ZeroWeights`].
    pub fn weighted(self, weights: Vec<Rational>) -> Result<Self, LossError> {
        let (found, expected, of) = (weights.len(), self.criterion.samples(), Weighted::Samples);
        if found != expected {
            return Err(LossError::WeightCount { found, expected, of });
        }
        check_weights(&weights, of)?;
        if weights.iter().all(Rational::is_zero) {
            return Err(LossError::ZeroWeights);
        }
        // In a mean a common factor cancels.
        let one = if self.kind() == LossKind::Square { Rational::from(1) } else { weights[0].clone() };
        let count_alike = weights.iter().all(|weight| *weight == one);
        Ok(Loss { weights: (!count_alike).then_some(weights), ..self })
    }

    /// The loss of this kind for the targets of the data and a network with n_L = `outputs` outputs. For the squares, labels
    /// stand for their unit rows; for the binary cross-entropy, labels 0 and 1 stand for the targets of a single output;
    /// for the cross-entropy, values are soft labels.
    ///
    /// # Errors
    /// A [`LossError`], but not `Unknown` and not one of those on weights.
    pub fn from_data(kind: LossKind, data: &DataSet, outputs: usize) -> Result<Self, LossError> {
        if data.samples() == 0 {
            return Err(LossError::NoSamples);
        }
        let criterion = match (kind, &data.targets) {
            (_, Targets::None) => return Err(LossError::NoTargets { loss: kind }),
            (LossKind::Hinge, Targets::Values(_) | Targets::Shares(_)) => {
                return Err(LossError::NeedsLabels { loss: kind });
            }
            (LossKind::BinaryCrossEntropy, Targets::Labels(_)) if outputs != 1 => {
                return Err(LossError::NeedsTargets { loss: kind, outputs });
            }
            (LossKind::CrossEntropy | LossKind::Hinge, _) if outputs == 1 => {
                return Err(LossError::OneOutput { loss: kind });
            }
            (LossKind::Square, Targets::Values(values) | Targets::Shares(values)) => Criterion::Square(values.clone()),
            (LossKind::MeanSquare, Targets::Values(values) | Targets::Shares(values)) => {
                Criterion::MeanSquare(values.clone())
            }
            (LossKind::CrossEntropy, Targets::Values(values) | Targets::Shares(values)) => {
                Criterion::SoftCrossEntropy(values.clone())
            }
            (LossKind::BinaryCrossEntropy, Targets::Values(values) | Targets::Shares(values)) => {
                Criterion::BinaryCrossEntropy(values.clone())
            }
            (LossKind::Square, Targets::Labels(labels)) => Criterion::Square(unit_rows(labels, outputs)?),
            (LossKind::MeanSquare, Targets::Labels(labels)) => Criterion::MeanSquare(unit_rows(labels, outputs)?),
            (LossKind::CrossEntropy, Targets::Labels(labels)) => Criterion::CrossEntropy(labels.clone()),
            (LossKind::BinaryCrossEntropy, Targets::Labels(labels)) => Criterion::BinaryCrossEntropy(binary(labels)?),
            (LossKind::Hinge, Targets::Labels(labels)) => Criterion::Hinge(labels.clone()),
        };
        let loss = Self::new(criterion)?;
        loss.fits(data.samples(), outputs)?;
        Ok(loss)
    }

    /// [`Loss::from_data`] for labels, where a sample counts as much as its class: one weight a class, of which the binary
    /// cross-entropy has two and the others one an output.
    ///
    /// # Errors
    /// Those of [`Loss::from_data`], [`LossError::NoClasses`], or one of those on weights.
    pub fn with_class_weights(
        kind: LossKind,
        data: &DataSet,
        outputs: usize,
        class_weights: &[Rational],
    ) -> Result<Self, LossError> {
        let expected = match kind {
            LossKind::CrossEntropy | LossKind::Hinge => outputs,
            LossKind::BinaryCrossEntropy => 2,
            LossKind::Square | LossKind::MeanSquare => return Err(LossError::NoClasses),
        };
        let Targets::Labels(labels) = &data.targets else { return Err(LossError::NoClasses) };
        let loss = Self::from_data(kind, data, outputs)?;
        let (found, of) = (class_weights.len(), Weighted::Classes);
        if found != expected {
            return Err(LossError::WeightCount { found, expected, of });
        }
        check_weights(class_weights, of)?;
        loss.weighted(labels.iter().map(|&label| class_weights[label].clone()).collect())
    }

    /// Whether it is a loss of outputs [samples, outputs].
    ///
    /// # Errors
    /// [`LossError::Count`], [`LossError::Columns`] or [`LossError::Label`].
    pub fn fits(&self, samples: usize, outputs: usize) -> Result<(), LossError> {
        let found = self.criterion.samples();
        if found != samples {
            return Err(LossError::Count { found, samples });
        }
        match &self.criterion {
            Criterion::CrossEntropy(labels) | Criterion::Hinge(labels) => check_labels(labels, outputs),
            Criterion::Square(targets)
            | Criterion::MeanSquare(targets)
            | Criterion::SoftCrossEntropy(targets)
            | Criterion::BinaryCrossEntropy(targets) => match targets.ncols() {
                found if found == outputs => Ok(()),
                found => Err(LossError::Columns { found, outputs }),
            },
        }
    }

    /// What is measured of each sample.
    pub fn criterion(&self) -> &Criterion {
        &self.criterion
    }

    /// The class of each sample, where the targets name one: labels; rows with a single 1 and zeros; of one output of the
    /// binary cross-entropy, 0 and 1. `None` for other targets, real numbers and shares: there is nothing to be right about.
    pub fn labels(&self) -> Option<Vec<usize>> {
        let is_bit = |target: &Rational| *target == 0 || *target == 1;
        match &self.criterion {
            Criterion::CrossEntropy(labels) | Criterion::Hinge(labels) => Some(labels.clone()),
            Criterion::BinaryCrossEntropy(targets) if targets.ncols() == 1 => {
                targets.iter().map(|target| is_bit(target).then(|| usize::from(*target == 1))).collect()
            }
            Criterion::Square(targets)
            | Criterion::MeanSquare(targets)
            | Criterion::SoftCrossEntropy(targets)
            | Criterion::BinaryCrossEntropy(targets) => {
                let class = |row: Vec<Rational>| {
                    let unit = row.len() > 1 && row.iter().all(is_bit) && row.iter().sum::<Rational>() == 1;
                    unit.then(|| row.iter().position(|target| *target == 1))?
                };
                (0..targets.nrows()).map(|sample| class(row(targets, sample))).collect()
            }
        }
    }

    /// The weights w of the samples, N of them; `None` if all samples count alike.
    pub fn weights(&self) -> Option<&[Rational]> {
        self.weights.as_deref()
    }

    /// The loss's name.
    pub fn kind(&self) -> LossKind {
        match self.criterion {
            Criterion::Square(_) => LossKind::Square,
            Criterion::MeanSquare(_) => LossKind::MeanSquare,
            Criterion::CrossEntropy(_) | Criterion::SoftCrossEntropy(_) => LossKind::CrossEntropy,
            Criterion::BinaryCrossEntropy(_) => LossKind::BinaryCrossEntropy,
            Criterion::Hinge(_) => LossKind::Hinge,
        }
    }

    /// What the loss is, in a formula and in words; of soft labels also how far the sum of a row is from 1 at most.
    pub fn definition(&self) -> String {
        let (term, per_output) = match &self.criterion {
            Criterion::Square(_) => ("‖F_i − Y_i‖²", false),
            Criterion::MeanSquare(_) => ("‖F_i − Y_i‖²", true),
            Criterion::CrossEntropy(_) => ("(−ln softmax(F_i)[y_i])", false),
            Criterion::SoftCrossEntropy(_) => ("Σ_j t_ij (−ln softmax(F_i)[j])", false),
            Criterion::BinaryCrossEntropy(_) => ("Σ_j (ln(1 + e^F_ij) − t_ij F_ij)", true),
            Criterion::Hinge(_) => ("max(0, max_{j≠y_i} 1 + F_ij − F_i,y_i)", false),
        };
        let (factor, words) = match (self.kind(), self.weights.is_some(), per_output) {
            (LossKind::Square, false, _) => ("½ Σ_i", "half the sum over samples and outputs"),
            (LossKind::Square, true, _) => ("½ Σ_i w_i", "half the weighted sum over samples and outputs"),
            (_, false, false) => ("(1/N) Σ_i", "the mean over samples"),
            (_, true, false) => ("(1/Σ_i w_i) Σ_i w_i", "the weighted mean over samples"),
            (_, false, true) => ("(1/(N n_L)) Σ_i", "the mean over samples and outputs"),
            (_, true, true) => ("(1/(n_L Σ_i w_i)) Σ_i w_i", "the weighted mean over samples and outputs"),
        };
        let rows = match &self.criterion {
            Criterion::SoftCrossEntropy(targets) => row_sums(targets),
            _ => String::new(),
        };
        format!("{factor} {term}, {words}{rows}")
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
    /// Its width is 0 for the squares and the hinge loss. For the cross-entropies every operation that is not exact
    /// is rounded down for the lower end and up for the upper end, with p bits (at least 2): the width is at most
    /// ((4 n + 4) τ + 2 (M + 3) φ(F)) 2^(1−p) + 2^−65536 with n = n_L and M = N, where τ is the (weighted) mean of the
    /// rows' sums of soft labels and 1 for labels; for the binary cross-entropy n = 2, M = N n_L, τ = 1.
    ///
    /// # Panics
    /// If the output has another shape than the targets.
    pub fn enclose_at(&self, output: &DMatrix<Rational>, precision_bits: u32) -> Interval {
        let exact = |term: &dyn Fn(usize) -> Rational| {
            let terms = self.shares().into_iter().enumerate().map(|(sample, share)| term(sample) * share);
            Interval::point(terms.sum::<Rational>() / self.divisor())
        };
        assert_eq!(output.nrows(), self.criterion.samples(), "one row of the output a sample");
        match &self.criterion {
            Criterion::Square(targets) | Criterion::MeanSquare(targets) => {
                assert_eq!(output.shape(), targets.shape(), "output and targets have the same shape");
                let square = |(f, y): (&Rational, &Rational)| Rational::from(f - y).square();
                exact(&|sample| output.row(sample).iter().zip(targets.row(sample).iter()).map(square).sum())
            }
            Criterion::Hinge(labels) => exact(&|sample| hinge(&row(output, sample), labels[sample])),
            Criterion::CrossEntropy(_) | Criterion::SoftCrossEntropy(_) | Criterion::BinaryCrossEntropy(_) => {
                self.enclose_logarithms(output, precision_bits.max(2))
            }
        }
    }

    /// φ(F) in doubles, without a bound on its error: for plots.
    ///
    /// # Panics
    /// If the output has another shape than the targets.
    pub fn approximate(&self, output: &DMatrix<f64>) -> f64 {
        let doubles = |row: &[Rational]| -> Vec<f64> { row.iter().map(Rational::to_f64).collect() };
        let term = |sample: usize| -> f64 {
            let outputs = row(output, sample);
            match &self.criterion {
                Criterion::Square(targets) | Criterion::MeanSquare(targets) => {
                    let targets = doubles(&row(targets, sample));
                    outputs.iter().zip(targets).map(|(f, y)| (f - y).powi(2)).sum()
                }
                Criterion::CrossEntropy(labels) => log_softmax(&outputs)(labels[sample]),
                Criterion::SoftCrossEntropy(targets) => {
                    let minus_log = log_softmax(&outputs);
                    doubles(&row(targets, sample)).iter().enumerate().map(|(j, t)| t * minus_log(j)).sum()
                }
                Criterion::BinaryCrossEntropy(targets) => {
                    let targets = doubles(&row(targets, sample));
                    let slope = |f: f64, t: f64| if f < 0.0 { t } else { 1.0 - t };
                    outputs.iter().zip(targets).map(|(&f, t)| slope(f, t) * f.abs() + (-f.abs()).exp().ln_1p()).sum()
                }
                Criterion::Hinge(labels) => {
                    let others = outputs.iter().enumerate().filter(|&(j, _)| j != labels[sample]);
                    others.map(|(_, f)| 1.0 - (outputs[labels[sample]] - f)).fold(0.0, f64::max)
                }
            }
        };
        let sum: f64 = self.shares().iter().enumerate().map(|(sample, share)| term(sample) * share.to_f64()).sum();
        sum / self.divisor().to_f64()
    }

    /// An upper bound of φ over all outputs that are, entry by entry, at most the radius from the given one, both [N, n_L].
    ///
    /// It is φ itself for a radius of zero. For the squares, for labels, and for targets 0 and 1 it is (but for the
    /// rounding of [`Loss::enclose`]) the largest value of φ there. With soft labels the logarithm grows with every output,
    /// and the linear part −t_ij F_ij falls: both are taken where they are largest, 2 t_ij r_ij apart. So for the binary
    /// cross-entropy, with the signs of F and 1 − 2T turned where t_ij > 1/2.
    ///
    /// # Panics
    /// If output or radius have another shape than the targets.
    pub fn bound_within(&self, output: &DMatrix<Rational>, radius: &DMatrix<Rational>) -> Rational {
        let (shares, mut apart) = (self.shares(), Rational::new());
        let worst = DMatrix::from_fn(output.nrows(), output.ncols(), |i, j| {
            let [value, radius] = [&output[(i, j)], &radius[(i, j)]];
            let mut add = |target: &Rational| apart += Rational::from(2 * target) * radius * &shares[i];
            let up = match &self.criterion {
                Criterion::Square(targets) | Criterion::MeanSquare(targets) => *value >= targets[(i, j)],
                Criterion::CrossEntropy(labels) | Criterion::Hinge(labels) => labels[i] != j,
                Criterion::SoftCrossEntropy(targets) => {
                    add(&targets[(i, j)]);
                    true
                }
                Criterion::BinaryCrossEntropy(targets) => {
                    let target = &targets[(i, j)];
                    let up = *target <= Rational::from((1, 2));
                    add(&if up { target.clone() } else { Rational::from(1 - target) });
                    up
                }
            };
            if up { Rational::from(value + radius) } else { Rational::from(value - radius) }
        });
        self.enclose(&worst).hi() + apart / self.divisor()
    }

    /// An interval that contains the infimum of φ over all outputs, computed with this precision (at least 2 bits).
    ///
    /// It is 0, but for soft labels and for targets of the binary cross-entropy that are neither 0 nor 1: there it is the
    /// (weighted) mean of the entropies Σ_j t_j log(τ/t_j), τ = Σ_j t_j.
    pub fn infimum(&self, precision_bits: u32) -> Interval {
        let rows: Vec<(Rational, Vec<Rational>)> = match &self.criterion {
            Criterion::SoftCrossEntropy(targets) => {
                self.shares().into_iter().enumerate().map(|(i, share)| (share, row(targets, i))).collect()
            }
            Criterion::BinaryCrossEntropy(targets) => {
                let shares = self.shares();
                let places = (0..targets.nrows()).flat_map(|i| (0..targets.ncols()).map(move |j| (i, j)));
                let pair = |t: &Rational| vec![Rational::from(1 - t), t.clone()];
                places.map(|(i, j)| (shares[i].clone(), pair(&targets[(i, j)]))).collect()
            }
            _ => return Interval::point(Rational::new()),
        };
        let mut sum = LogarithmSum::new(precision_bits.max(2));
        for (share, labels) in rows {
            let total: Rational = labels.iter().sum();
            for label in labels.iter().filter(|label| !label.is_zero()) {
                let ratio = Rational::from(&total / label);
                sum.add(&Rational::from(&share * label), |precision, round| {
                    let mut ratio = Float::with_val_round(precision, &ratio, round).0;
                    ratio.ln_round(round);
                    ratio
                });
            }
        }
        sum.finish(&Rational::new(), &self.divisor())
    }

    /// How much each sample counts in the sum that [`Loss::divisor`] divides: w_i/V, or 1 if all count alike.
    pub(crate) fn shares(&self) -> Vec<Rational> {
        match &self.weights {
            None => vec![Rational::from(1); self.criterion.samples()],
            Some(weights) => {
                let total: Rational = weights.iter().sum();
                weights.iter().map(|weight| Rational::from(weight / &total)).collect()
            }
        }
    }

    /// φ(F) is the sum over the samples of their shares times ‖F_i − Y_i‖² or the term in the table above, divided by
    /// this.
    pub(crate) fn divisor(&self) -> Rational {
        let count = match &self.weights {
            None => Rational::from(self.criterion.samples()),
            Some(_) => Rational::from(1),
        };
        match (&self.criterion, &self.weights) {
            (Criterion::Square(_), None) => Rational::from(2),
            (Criterion::Square(_), Some(weights)) => 2 / weights.iter().sum::<Rational>(),
            (Criterion::MeanSquare(targets) | Criterion::BinaryCrossEntropy(targets), _) => count * targets.ncols(),
            (Criterion::CrossEntropy(_) | Criterion::SoftCrossEntropy(_) | Criterion::Hinge(_), _) => count,
        }
    }

    /// The enclosure of a cross-entropy.
    ///
    /// With m = max_j f_j, taken out exactly, Σ_j t_j (log Σ_k exp(f_k) − f_j) = Σ_j t_j (m − f_j) + τ log(1 + Σ exp(f_k −
    /// m)), τ = Σ_j t_j, the last sum over all k but one with f_k = m. The gaps m − f_j are rational; every other term is in
    /// (0, 1] and only loses to rounding. The binary one has the logits 0 and F_ij with the labels 1 − t_ij and t_ij.
    fn enclose_logarithms(&self, output: &DMatrix<Rational>, precision: u32) -> Interval {
        let (mut gaps, mut sum) = (Rational::new(), LogarithmSum::new(precision));
        let mut add = |share: &Rational, logits: &[Rational], labels: &dyn Fn(usize) -> Rational| {
            let largest = (0..logits.len()).fold(0, |best, j| if logits[j] > logits[best] { j } else { best });
            let mut total = Rational::new();
            for (j, logit) in logits.iter().enumerate() {
                let label = labels(j);
                gaps += Rational::from(&logits[largest] - logit) * &label * share;
                total += label;
            }
            let others = (0..logits.len()).filter(|&j| j != largest);
            let others: Vec<Rational> = others.map(|j| Rational::from(&logits[j] - &logits[largest])).collect();
            sum.add(&(total * share), |precision, round| log_one_plus_exponentials(&others, precision, round));
        };
        for (sample, share) in self.shares().iter().enumerate() {
            let logits = row(output, sample);
            match &self.criterion {
                Criterion::CrossEntropy(labels) => {
                    add(share, &logits, &|j| Rational::from(u8::from(j == labels[sample])));
                }
                Criterion::SoftCrossEntropy(targets) => add(share, &logits, &|j| targets[(sample, j)].clone()),
                Criterion::BinaryCrossEntropy(targets) => {
                    for (j, logit) in logits.into_iter().enumerate() {
                        let target = &targets[(sample, j)];
                        let labels = |k| if k == 0 { Rational::from(1 - target) } else { target.clone() };
                        add(share, &[Rational::new(), logit], &labels);
                    }
                }
                Criterion::Square(_) | Criterion::MeanSquare(_) | Criterion::Hinge(_) => {}
            }
        }
        sum.finish(&gaps, &self.divisor())
    }
}

/// A sum of coefficients c ≥ 0 times logarithms ≥ 0, every step rounded down and rounded up.
struct LogarithmSum {
    precision: u32,
    lower: Float,
    upper: Float,
}

impl LogarithmSum {
    fn new(precision: u32) -> Self {
        LogarithmSum { precision, lower: Float::new(precision), upper: Float::new(precision) }
    }

    /// Adds c times a logarithm, which is given for a precision and a direction of rounding.
    fn add(&mut self, coefficient: &Rational, logarithm: impl Fn(u32, Round) -> Float) {
        for (sum, round) in [(&mut self.lower, Round::Down), (&mut self.upper, Round::Up)] {
            let mut term = logarithm(self.precision, round);
            if *coefficient != 1 {
                term = Float::with_val_round(self.precision, &term * coefficient, round).0;
            }
            sum.add_assign_round(term, round);
        }
    }

    /// (gaps + sum)/divisor.
    fn finish(self, gaps: &Rational, divisor: &Rational) -> Interval {
        let tiny = Rational::from((Integer::from(1), Integer::from(1) << TINY_BITS));
        let lower = if self.lower < tiny { Rational::new() } else { self.lower.to_rational().unwrap_or_default() };
        let upper = if self.upper < tiny && !self.upper.is_zero() { Some(tiny) } else { self.upper.to_rational() };
        let upper = upper.expect("a sum of logarithms of numbers up to n_L is finite");
        let end = |sum: Rational, round| shorten((sum + gaps) / divisor, self.precision, round);
        Interval::new(end(lower, Round::Down), end(upper, Round::Up)).expect("rounded down is not above rounded up")
    }
}

/// All of these are numbers of at least 0.
fn check_weights(weights: &[Rational], of: Weighted) -> Result<(), LossError> {
    match weights.iter().position(|weight| *weight < 0) {
        Some(place) => Err(LossError::NegativeWeight { place, found: write_rational(&weights[place]), of }),
        None => Ok(()),
    }
}

fn check_labels(labels: &[usize], outputs: usize) -> Result<(), LossError> {
    match labels.iter().position(|&label| label >= outputs) {
        Some(sample) => Err(LossError::Label { sample, label: labels[sample], outputs }),
        None => Ok(()),
    }
}

/// One row a label, 1 at the label and 0 elsewhere: [N, outputs].
fn unit_rows(labels: &[usize], outputs: usize) -> Result<DMatrix<Rational>, LossError> {
    check_labels(labels, outputs)?;
    let entry = |sample: usize, output| Rational::from(u8::from(labels[sample] == output));
    Ok(DMatrix::from_fn(labels.len(), outputs, entry))
}

/// Labels 0 and 1 as the targets of a single output: [N, 1].
fn binary(labels: &[usize]) -> Result<DMatrix<Rational>, LossError> {
    match labels.iter().position(|&label| label > 1) {
        Some(sample) => Err(LossError::BinaryLabel { sample, label: labels[sample] }),
        None => Ok(DMatrix::from_iterator(labels.len(), 1, labels.iter().map(|&label| Rational::from(label)))),
    }
}

/// How far the sums of the rows of T are from 1, rounded up: rows of floats sum to it only up to their rounding.
fn row_sums(targets: &DMatrix<Rational>) -> String {
    let deviation = |row: usize| (targets.row(row).iter().sum::<Rational>() - 1u32).abs();
    let farthest =
        (0..targets.nrows()).map(|row| (deviation(row), row)).max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
    match farthest {
        Some((deviation, row)) if !deviation.is_zero() => {
            let deviation = Float::with_val_round(64, &deviation, Round::Up).0;
            let deviation = deviation.to_string_radix_round(10, Some(3), Round::Up);
            format!("; |Σ_j t_ij − 1| is at most {deviation}, in row {row} (counted from 0)")
        }
        _ => "; the rows of T sum to 1".into(),
    }
}

fn row<T: nalgebra::Scalar>(matrix: &DMatrix<T>, index: usize) -> Vec<T> {
    matrix.row(index).iter().cloned().collect()
}

/// max_{j≠y} max(0, 1 − (F_y − F_j)).
fn hinge(row: &[Rational], y: usize) -> Rational {
    let others = row.iter().enumerate().filter(|&(j, _)| j != y);
    others.map(|(_, x)| 1 - Rational::from(&row[y] - x)).fold(Rational::new(), Rational::max)
}

/// j ↦ −log softmax(f)\[j\] in doubles.
fn log_softmax(logits: &[f64]) -> impl Fn(usize) -> f64 + '_ {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let logarithm = logits.iter().map(|x| (x - largest).exp()).sum::<f64>().ln();
    move |j| logarithm + (largest - logits[j])
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

#[cfg(test)]
mod tests {
    use super::*;

    /// With few bits a rounding in the wrong direction is seen.
    #[test]
    fn coefficients_are_rounded_outwards() {
        for (numer, denom) in (1..30).flat_map(|numer| [(numer, 7), (numer, 16)]) {
            let coefficient = Rational::from((numer, denom));
            for exponent in 1..20 {
                let logarithm =
                    |precision, round| log_one_plus_exponentials(&[Rational::from((-exponent, 5))], precision, round);
                let at = |precision| {
                    let mut sum = LogarithmSum::new(precision);
                    sum.add(&coefficient, logarithm);
                    sum.finish(&Rational::new(), &Rational::from(1))
                };
                let truth = at(300);
                for narrow in [2, 3, 4].map(at) {
                    assert!(narrow.lo() <= truth.lo() && truth.hi() <= narrow.hi(), "{coefficient} {exponent}");
                }
            }
        }
    }

    /// The entropy of one target, likewise.
    #[test]
    fn an_infimum_is_rounded_outwards() {
        for target in (1..60).flat_map(|numer| [(numer, 60), (numer, 64)]).map(Rational::from) {
            let targets = DMatrix::from_element(1, 1, target.clone());
            let labels = DMatrix::from_row_slice(1, 2, &[target.clone(), Rational::from(1)]);
            for criterion in [Criterion::BinaryCrossEntropy(targets), Criterion::SoftCrossEntropy(labels)] {
                let loss = Loss::new(criterion).expect("probabilities");
                let truth = loss.infimum(300);
                for narrow in [2, 3, 4].map(|precision| loss.infimum(precision)) {
                    assert!(narrow.lo() <= truth.lo() && truth.hi() <= narrow.hi(), "{loss} {target}");
                }
            }
        }
    }
}
