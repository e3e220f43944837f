//! Loss and accuracy on the lines and planes through a few networks, in floats: no proof.
//!
//! At the network Σ_i w_i θ_i with Σ_i w_i = 1 the first layer's pre-activation is Σ_i w_i P_1(θ_i), as its inputs stay: X is
//! multiplied once for each θ_i, and no more at any of the points.

use crate::arith::parallel;
use crate::linalg::{Double, Kernel};
use crate::network::{Activation, Loss, LossKind, Parameters, PiecewiseLinear, accuracy, forward, with_ones};
use nalgebra::DMatrix;
use serde::Serialize;
use std::sync::Arc;

/// Loss and accuracy at a point of a way, in floats.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Sample {
    /// Where on the way.
    pub at: f64,
    /// φ.
    pub loss: f64,
    /// [`accuracy`], where the targets name one class a sample ([`Loss::labels`]).
    pub accuracy: Option<f64>,
}

/// The networks Σ_i w_i θ_i, Σ_i w_i = 1.
pub(super) struct Span<'a> {
    activation: PiecewiseLinear<f64>,
    measure: Measure<'a>,
    /// P_1 of each θ_i, [N, n_1].
    first: Vec<DMatrix<f64>>,
    /// The layers above the first of each θ_i.
    above: Vec<Vec<Arc<DMatrix<f64>>>>,
}

/// What is measured of an output.
pub(super) struct Measure<'a> {
    loss: &'a Loss,
    labels: Option<Vec<usize>>,
}

impl<'a> Measure<'a> {
    /// φ, and what it says of classes for so many outputs.
    pub fn new(loss: &'a Loss, outputs: usize) -> Self {
        // A single output compares with itself; only the binary cross-entropy means its sign.
        let compares = outputs > 1 || loss.kind() == LossKind::BinaryCrossEntropy;
        Measure { loss, labels: compares.then(|| loss.labels()).flatten() }
    }

    /// Loss and accuracy of an output [N, n_L].
    pub fn sample(&self, at: f64, output: &DMatrix<f64>) -> Sample {
        let accuracy = self.labels.as_ref().map(|labels| accuracy(output, labels));
        Sample { at, loss: self.loss.approximate(output), accuracy }
    }
}

impl<'a> Span<'a> {
    /// Through these networks of one architecture, at least one; inputs are [N, d].
    pub fn new(activation: &Activation, inputs: &DMatrix<f64>, loss: &'a Loss, through: &[&Parameters<f64>]) -> Self {
        let inputs = with_ones(&Double, inputs);
        let widths = through[0].widths();
        Span {
            activation: activation.import(&Double),
            measure: Measure::new(loss, widths[widths.len() - 1]),
            first: through.iter().map(|network| Double.product(&inputs, network.layer(1))).collect(),
            above: through.iter().map(|network| network.layers()[1..].to_vec()).collect(),
        }
    }

    /// Loss and accuracy with these weights.
    pub fn sample(&self, at: f64, weights: &[f64]) -> Sample {
        self.measure.sample(at, &self.output(weights))
    }

    /// The output [N, n_L] with these weights.
    pub fn output(&self, weights: &[f64]) -> DMatrix<f64> {
        let pre = combined(self.first.iter(), weights);
        if self.above[0].is_empty() {
            return pre;
        }
        // What is above the first layer is a network on its features.
        let layer = |k: usize| combined(self.above.iter().map(|layers| &*layers[k]), weights);
        let upper = Parameters::new((0..self.above[0].len()).map(layer).collect()).expect("the layers of a network");
        let pass = forward(&Double, &self.activation, &self.activation.apply(&pre), &upper);
        pass.expect("the features of one architecture").output().clone()
    }

    /// `count` ≥ 2 evenly spaced points from the first network to the second.
    pub fn line(&self, count: usize) -> Vec<Sample> {
        let point = |i: usize| {
            let lambda = i as f64 / (count - 1) as f64;
            self.sample(lambda, &[1.0 - lambda, lambda])
        };
        parallel::collect(count, point)
    }
}

/// Σ_i w_i A_i.
fn combined<'m>(matrices: impl Iterator<Item = &'m DMatrix<f64>>, weights: &[f64]) -> DMatrix<f64> {
    let sum = matrices.zip(weights).fold(None, |sum: Option<DMatrix<f64>>, (matrix, &weight)| match sum {
        None => Some(matrix * weight),
        Some(sum) => Some(sum + matrix * weight),
    });
    sum.expect("at least one network")
}
