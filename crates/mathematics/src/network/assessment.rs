//! How a network does on the data, in doubles: what shows that a file was read as something else than was meant.
//!
//! Nothing here is proved; the exact losses come later.

use super::data::{DataSet, Targets};
use super::forward::forward_rows;
use super::import::{Expected, Warning};
use super::loss::Loss;
use super::parameters::{Parameters, ShapeError};
use super::smooth::Nonlinearity;
use crate::arith::counted;
use crate::linalg::Double;
use nalgebra::DMatrix;
use rug::Rational;
use serde::Serialize;
use std::collections::BTreeMap;

/// How far outputs may be from what the user's framework computes, relative to the largest of them and to 1: more than
/// single precision loses, and less than another network.
pub const OUTPUTS_TOLERANCE: f64 = 1e-3;

/// How far single precision is from doubles, relative to the largest output and to 1: hundreds of its roundings.
pub const ROUNDING: f64 = 1e-5;

/// The network's output F_L [N, n_L] in doubles.
///
/// # Errors
/// [`ShapeError::Inputs`].
pub fn outputs(
    activation: impl Into<Nonlinearity>,
    data: &DataSet,
    network: &Parameters<Rational>,
) -> Result<DMatrix<f64>, ShapeError> {
    let inputs = data.inputs.rounded();
    forward_rows(&Double, &activation.into().in_doubles(), &inputs.import(&Double), &network.import(&Double))
}

/// A network on the data.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Assessment {
    /// The network's file.
    pub file: String,
    /// φ.
    pub loss: f64,
    /// The least loss of a prediction that is the same for all samples, of those that were tried: zeros, and the mean of
    /// the targets.
    pub constant_loss: f64,
    /// [`accuracy`], of labels.
    pub accuracy: Option<f64>,
    /// The share of the most frequent label.
    pub majority: Option<f64>,
}

impl Assessment {
    /// Compares the output [N, n_L] of a network with the targets of the data.
    pub fn new(file: &str, output: &DMatrix<f64>, data: &DataSet, loss: &Loss) -> Self {
        let constants = std::iter::once(DMatrix::zeros(output.nrows(), output.ncols())).chain(mean_targets(data));
        let constant_loss = constants.map(|constant| loss.approximate(&constant)).fold(f64::INFINITY, f64::min);
        let labels = match &data.targets {
            Targets::Labels(labels) => Some(labels),
            _ => None,
        };
        let share = |count: usize| count as f64 / output.nrows().max(1) as f64;
        // Beyond the numbers of doubles nothing is larger than anything.
        let known = labels.filter(|_| output.iter().all(|entry| entry.is_finite()));
        let accuracy = known.map(|labels| accuracy(output, labels));
        let majority = labels.map(|labels| {
            let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
            labels.iter().for_each(|&label| *counts.entry(label).or_default() += 1);
            share(counts.into_values().max().unwrap_or(0))
        });
        Assessment { file: file.into(), loss: loss.approximate(output), constant_loss, accuracy, majority }
    }

    /// That the network is no better than a constant, if so.
    pub fn warning(&self) -> Option<Warning> {
        let suspects = "is it the network that was trained on these data, with this order of layers, layout, scaling and \
                        activation?";
        if let (Some(accuracy), Some(majority)) = (self.accuracy, self.majority)
            && accuracy <= majority
            && majority < 1.0
        {
            let message = format!(
                "{} says the right class for {:.1} % of the samples, and always the most frequent one would be right for \
                 {:.1} %: {suspects}",
                self.file,
                100.0 * accuracy,
                100.0 * majority
            );
            return Some(Warning::new("no-better-than-chance", message));
        }
        if self.loss.is_nan() {
            let message = format!(
                "{} has outputs beyond the numbers of doubles: what is said of it here in floats is nothing",
                self.file
            );
            return Some(Warning::new("beyond-doubles", message));
        }
        (self.loss >= self.constant_loss && self.constant_loss > 0.0).then(|| {
            let message = format!(
                "{} has the loss {:.6} and a constant prediction has {:.6}: {suspects}",
                self.file, self.loss, self.constant_loss
            );
            Warning::new("no-better-than-chance", message)
        })
    }
}

/// The share of the samples whose output [N, n_L] is largest at the label and nowhere else; of a single output, whose
/// sign is the label's, + for 1 and − for 0. A tie counts as an error.
///
/// # Panics
/// If a label is no output.
pub fn accuracy(output: &DMatrix<f64>, labels: &[usize]) -> f64 {
    let is_right = |sample: usize, label: usize| match output.ncols() {
        1 => output[(sample, 0)] * if label == 0 { -1.0 } else { 1.0 } > 0.0,
        outputs => (0..outputs).all(|j| j == label || output[(sample, label)] > output[(sample, j)]),
    };
    let right = labels.iter().enumerate().filter(|&(sample, &label)| is_right(sample, label));
    right.count() as f64 / labels.len().max(1) as f64
}

/// The mean of the targets, in every row.
fn mean_targets(data: &DataSet) -> Option<DMatrix<f64>> {
    let (Targets::Values(values) | Targets::Shares(values)) = &data.targets else { return None };
    let values = values.map(|value| value.to_f64());
    let mean = values.row_mean();
    Some(DMatrix::from_fn(values.nrows(), values.ncols(), |_, j| mean[j]))
}

/// How outputs that the user's framework computed agree with those of the network that was read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Agreement {
    /// The array of what the framework computed.
    pub array: String,
    /// The network's file.
    pub file: String,
    /// What the framework applied to the outputs: `nothing`, `log-softmax`, `softmax` or `sigmoid`.
    pub applied: &'static str,
    /// The largest difference.
    pub largest_difference: f64,
    /// Where it is, counted from 0.
    pub sample: usize,
    /// Where it is, counted from 0.
    pub output: usize,
    /// Whether it is more than rounding to single precision usually makes: more than 10⁻⁵ for 1 and for the largest output. Not said
    /// of shares.
    pub beyond_rounding: bool,
}

/// Outputs that do not agree.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Disagreement {
    /// Of another shape.
    #[error("`{array}` has {}, but {file} has {}", counted(*found, "column"), counted(*expected, "output"))]
    Columns { array: String, file: String, found: usize, expected: usize },
    /// Other numbers.
    #[error(
        "`{array}` is not what {file} computes here: at sample {sample}, output {output} (counted from 0) it is {theirs}, \
         here {ours}; another order of layers (--layers), layout (--layout), scaling (--scale, --mean, --std), activation, \
         or another network was read; if the array holds targets, call it `targets`; if it is about another network, save the \
         data without it"
    )]
    Numbers { array: String, file: String, sample: usize, output: usize, theirs: f64, ours: f64 },
}

impl Agreement {
    /// Compares what the framework computed with the output [N, n_L] of a network: equal up to [`OUTPUTS_TOLERANCE`], or
    /// equal after what frameworks put behind the last layer.
    ///
    /// # Errors
    /// All of [`Disagreement`].
    pub fn new(expected: &Expected, file: &str, output: &DMatrix<f64>) -> Result<Self, Disagreement> {
        let (array, file) = (expected.array.to_owned(), file.to_owned());
        let theirs = &expected.outputs;
        // Two shares of which the second is that of the only output, as scikit-learn gives them.
        let pair = theirs.ncols() == 2 && output.ncols() == 1;
        if theirs.ncols() != output.ncols() && !pair {
            return Err(Disagreement::Columns { array, file, found: theirs.ncols(), expected: output.ncols() });
        }
        let forms = if pair { vec![("sigmoid", shares_of_two(output))] } else { forms(output) };
        for (applied, ours) in forms {
            let (largest_difference, sample, output) = largest_difference(theirs, &ours);
            // Shares of confident networks are all nearly 0 or 1: their logarithms tell networks apart.
            let is_share = matches!(applied, "softmax" | "sigmoid");
            let (a, b) = if is_share { (theirs.map(logarithm), ours.map(logarithm)) } else { (theirs.clone(), ours) };
            let scale = a.amax().max(1.0);
            if self::largest_difference(&a, &b).0 <= OUTPUTS_TOLERANCE * scale {
                let beyond_rounding = !is_share && largest_difference > ROUNDING * scale;
                return Ok(Agreement { array, file, applied, largest_difference, sample, output, beyond_rounding });
            }
        }
        let plain = if pair { shares_of_two(output) } else { output.clone() };
        let (_, sample, j) = largest_difference(theirs, &plain);
        let (theirs, ours) = (theirs[(sample, j)], plain[(sample, j)]);
        Err(Disagreement::Numbers { array, file, sample, output: j, theirs, ours })
    }
}

/// The outputs, and what frameworks make of them.
fn forms(output: &DMatrix<f64>) -> Vec<(&'static str, DMatrix<f64>)> {
    let mut forms = vec![("nothing", output.clone())];
    if output.ncols() > 1 {
        let mut logarithms = output.clone();
        for mut row in logarithms.row_iter_mut() {
            let largest = row.max();
            let sum: f64 = row.iter().map(|x| (x - largest).exp()).sum();
            row.add_scalar_mut(-largest - sum.ln());
        }
        let shares = logarithms.map(f64::exp);
        forms.extend([("log-softmax", logarithms), ("softmax", shares)]);
    }
    forms.push(("sigmoid", output.map(sigmoid)));
    forms
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The shares of the classes 0 and 1, [N, 2], of one output [N, 1].
fn shares_of_two(output: &DMatrix<f64>) -> DMatrix<f64> {
    DMatrix::from_fn(output.nrows(), 2, |i, j| sigmoid(if j == 1 { output[(i, 0)] } else { -output[(i, 0)] }))
}

/// The logarithm of a share, of single precision's smallest ones too.
fn logarithm(share: f64) -> f64 {
    share.max(1e-30).ln()
}

/// The largest difference, and where it is; a NaN counts as infinite.
fn largest_difference(a: &DMatrix<f64>, b: &DMatrix<f64>) -> (f64, usize, usize) {
    let mut largest = (0.0, 0, 0);
    for i in 0..a.nrows() {
        for j in 0..a.ncols() {
            let difference = (a[(i, j)] - b[(i, j)]).abs();
            let difference = if difference.is_nan() { f64::INFINITY } else { difference };
            if difference > largest.0 {
                largest = (difference, i, j);
            }
        }
    }
    largest
}

impl std::fmt::Display for Agreement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Agreement { array, file, applied, largest_difference, sample, output, beyond_rounding } = self;
        let is = if *beyond_rounding { "is nearly" } else { "is" };
        write!(f, "`{array}` {is} what {file} computes")?;
        match *applied {
            "nothing" => {}
            "log-softmax" => write!(f, ", behind a log-softmax, which makes no difference to the cross-entropy")?,
            _ => write!(f, ", behind a {applied}; losses here are of the outputs in front of it")?,
        }
        write!(f, ": largest difference {largest_difference:.1e} (sample {sample}, output {output})")?;
        if *beyond_rounding {
            write!(
                f,
                ", more than single precision makes: rounded weights, another slope of σ, or another ε of a BatchNorm?"
            )?;
        }
        Ok(())
    }
}
