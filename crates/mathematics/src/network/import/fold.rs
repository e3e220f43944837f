//! Batch normalisation in eval mode, folded into a linear layer.
//!
//! y = γ (x − μ)/√(v + ε) + β = s x + t, feature by feature. Behind a linear layer x = W h + b this is (s W) h + (s b + t);
//! in front of one, W y + b = (W s) x + (W t + b). s is irrational: products and sums are computed in 256 bits and rounded
//! to doubles, each parameter once. The folded network is a network of its own; that is said.

use super::array::Array;
use super::names::{compare_numbers, numbers, numeric_order};
use super::options::{FoldBatchNorm, ImportOptions};
use super::problem::ImportProblem;
use super::report::LayerReport;
use nalgebra::DMatrix;
use rug::{Float, Rational};
use std::cmp::Ordering;

const PRECISION_BITS: u32 = 256;

/// A batch normalisation over n features.
#[derive(Debug, Clone)]
pub struct Norm {
    pub label: String,
    scale: Option<Vec<f64>>,
    shift: Option<Vec<f64>>,
    mean: Vec<f64>,
    variance: Vec<f64>,
}

impl Norm {
    /// Scale γ (1 if missing), shift β (0), running mean μ and variance v.
    pub fn new(
        label: String,
        scale: Option<Array>,
        shift: Option<Array>,
        mean: Option<Array>,
        variance: Option<Array>,
    ) -> Result<Self, ImportProblem> {
        let broken = |reason: &str| ImportProblem::Fold { layer: label.clone(), reason: reason.into() };
        let vector = |array: Array| match array.shape.len() {
            1 => array.check_floats().and_then(|()| array.doubles()),
            _ => Err(array.misshapen("(features)")),
        };
        let (scale, shift) = (scale.map(vector).transpose()?, shift.map(vector).transpose()?);
        let mean = mean.map(vector).transpose()?.ok_or_else(|| broken("its running mean is missing"))?;
        let variance = variance.map(vector).transpose()?.ok_or_else(|| broken("its running variance is missing"))?;
        let lengths = [scale.as_ref(), shift.as_ref(), Some(&variance)];
        if lengths.into_iter().flatten().any(|vector| vector.len() != mean.len()) {
            return Err(broken("its arrays have different lengths"));
        }
        Ok(Norm { label, scale, shift, mean, variance })
    }

    /// Folded into the layer [W; bᵀ] before it, a column a feature, and the largest rounding.
    ///
    /// # Errors
    /// [`ImportProblem::Fold`].
    pub fn fold_into(
        &self,
        layer: &DMatrix<Rational>,
        epsilon: f64,
    ) -> Result<(DMatrix<Rational>, f64), ImportProblem> {
        let (folded, rounding) = fold_previous(layer, &self.lines(epsilon)?);
        let reason = "a folded parameter is no finite double".into();
        Ok((folded.ok_or(ImportProblem::Fold { layer: self.label.clone(), reason })?, rounding))
    }

    /// (s, t) of each feature.
    fn lines(&self, epsilon: f64) -> Result<Vec<(Float, Float)>, ImportProblem> {
        let float = |x: f64| Float::with_val(PRECISION_BITS, x);
        let line = |i: usize| {
            let spread = float(self.variance[i]) + epsilon;
            if spread.is_nan() || spread <= 0.0 {
                let reason = format!("feature {i} has the variance {} and ε is {epsilon}", self.variance[i]);
                return Err(ImportProblem::Fold { layer: self.label.clone(), reason });
            }
            let scale = float(self.scale.as_ref().map_or(1.0, |scale| scale[i])) / spread.sqrt();
            let shift = float(self.shift.as_ref().map_or(0.0, |shift| shift[i]));
            let shift = shift - float(self.mean[i]) * &scale;
            Ok((scale, shift))
        };
        (0..self.mean.len()).map(line).collect()
    }
}

/// Folds the normalisations into the layers (in their order, stacked, with their labels); says what was done.
pub fn fold(
    norms: &[Norm],
    labels: &[&str],
    layers: &mut [DMatrix<Rational>],
    reports: &mut [LayerReport],
    options: &ImportOptions,
) -> Result<Vec<String>, ImportProblem> {
    let mut notes = vec![];
    for norm in norms {
        let refused = |reason: String| ImportProblem::Fold { layer: norm.label.clone(), reason };
        let before = layers_before(norm, labels)?;
        let lines = norm.lines(options.batch_norm_epsilon)?;
        // Nothing stands between the inputs and a normalisation before the first layer.
        let into_next = before == 0 || options.fold_batch_norm == Some(FoldBatchNorm::AfterActivation);
        let into = if into_next { before } else { before - 1 };
        let layer = layers.get(into).ok_or_else(|| refused("no linear layer stands behind it".into()))?;
        let features = if into_next { layer.nrows() - 1 } else { layer.ncols() };
        if features != lines.len() {
            let side = if into_next { "inputs" } else { "neurons" };
            return Err(refused(format!(
                "it has {} features, but `{}` has {features} {side}",
                lines.len(),
                labels[into]
            )));
        }
        let (folded, rounding) = if into_next { fold_next(layer, &lines) } else { fold_previous(layer, &lines) };
        layers[into] = folded.ok_or_else(|| refused("a folded parameter is no finite double".into()))?;
        reports[into].folded.push(norm.label.clone());
        notes.push(format!(
            "BatchNorm `{}` (eval mode, ε = {}) folded into `{}`, rounded to doubles: no parameter moved by more than {rounding:.1e}",
            norm.label, options.batch_norm_epsilon, labels[into]
        ));
    }
    Ok(notes)
}

/// How many of the layers stand before the normalisation, by the numbers in the names: `net.1` behind `net.0`, `bn1` behind
/// `fc1`.
fn layers_before(norm: &Norm, labels: &[&str]) -> Result<usize, ImportProblem> {
    let own = numbers(&norm.label);
    let is_before = |label: &&str| match numeric_order(label, &norm.label) {
        Some(order) => Some(order.is_lt()),
        None => {
            let other = numbers(label);
            let compared = other.iter().zip(&own).map(|(x, y)| compare_numbers(x, y)).find(|order| order.is_ne());
            (!own.is_empty() && own.len() == other.len()).then(|| compared.unwrap_or(Ordering::Equal).is_le())
        }
    };
    let unknown =
        || ImportProblem::Fold { layer: norm.label.clone(), reason: "the names do not say where it stands".into() };
    let before = labels.iter().map(is_before).collect::<Option<Vec<bool>>>().ok_or_else(unknown)?;
    let count = before.iter().take_while(|before| **before).count();
    if before[count..].contains(&true) { Err(unknown()) } else { Ok(count) }
}

/// [s W; s b + t], and the largest rounding.
fn fold_previous(layer: &DMatrix<Rational>, lines: &[(Float, Float)]) -> (Option<DMatrix<Rational>>, f64) {
    let bias = layer.nrows() - 1;
    rounded(layer, |i, j| {
        let (scale, shift) = &lines[j];
        let product = Float::with_val(PRECISION_BITS, &layer[(i, j)]) * scale;
        if i == bias { product + shift } else { product }
    })
}

/// [W s; W t + b], and the largest rounding.
fn fold_next(layer: &DMatrix<Rational>, lines: &[(Float, Float)]) -> (Option<DMatrix<Rational>>, f64) {
    let bias = layer.nrows() - 1;
    let float = |i: usize, j: usize| Float::with_val(PRECISION_BITS, &layer[(i, j)]);
    rounded(layer, |i, j| match i == bias {
        false => float(i, j) * &lines[i].0,
        true => lines.iter().enumerate().fold(float(bias, j), |sum, (i, (_, shift))| sum + float(i, j) * shift),
    })
}

fn rounded(layer: &DMatrix<Rational>, entry: impl Fn(usize, usize) -> Float) -> (Option<DMatrix<Rational>>, f64) {
    let mut largest = 0f64;
    let mut entries = Vec::with_capacity(layer.len());
    for j in 0..layer.ncols() {
        for i in 0..layer.nrows() {
            let value = entry(i, j);
            let double = value.to_f64();
            largest = largest.max((value - double).to_f64().abs());
            entries.push(Rational::from_f64(double));
        }
    }
    let entries: Option<Vec<Rational>> = entries.into_iter().collect();
    (entries.map(|entries| DMatrix::from_vec(layer.nrows(), layer.ncols(), entries)), largest)
}
