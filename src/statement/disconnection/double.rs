//! The float counterpart: the same question answered in f64, with no certificate.

use super::{Disconnection, Obstruction};
use crate::{
    linalg::Double,
    network::{Parameters, forward, import_matrix},
};
use nalgebra::DMatrix;
use rug::Rational;

impl Disconnection {
    /// What [`Disconnection::verify`] decides, in f64 throughout: `Some` answer, `None` if the shapes or the widths do
    /// not fit. It can be wrong both ways.
    ///
    /// The margin of the targets is computed anew, as the least eigenvalue of G Gᵀ on the complement of 1. For the
    /// obstructions by alternation and by order it is taken for granted that the targets alternate often enough.
    pub fn decide_in_double(&self) -> Option<bool> {
        if self.inputs.nrows() != self.targets.nrows() || self.positive.widths() != self.negative.widths() {
            return None;
        }
        let targets = import_matrix(&Double, &self.targets);
        let centred =
            DMatrix::from_fn(targets.nrows(), targets.ncols(), |i, j| targets[(i, j)] - targets.column(j).mean());
        let barrier = match &self.obstruction {
            Obstruction::SingleNeuron => centred.norm_squared() / 2.0,
            Obstruction::Alternation | Obstruction::Ordered => {
                let changes = targets.as_slice().windows(2).map(|pair| (pair[1] - pair[0]).powi(2));
                changes.fold(f64::INFINITY, f64::min) / 4.0
            }
            Obstruction::Features { .. } => least_eigenvalue(&centred) / 2.0,
        };
        let (loss, value) = self.double_point(&self.positive, &targets)?;
        let (other_loss, other_value) = self.double_point(&self.negative, &targets)?;
        Some(loss.max(other_loss) < barrier && value > 0.0 && other_value < 0.0)
    }

    /// The loss and the obstruction's function.
    fn double_point(&self, parameters: &Parameters<Rational>, targets: &DMatrix<f64>) -> Option<(f64, f64)> {
        let inputs = import_matrix(&Double, &self.inputs);
        let parameters = parameters.import(&Double);
        let pass = forward(&Double, &self.activation.import(&Double), &inputs, &parameters).ok()?;
        let value = match self.obstruction {
            Obstruction::SingleNeuron | Obstruction::Alternation => parameters.layer(parameters.depth())[(0, 0)],
            Obstruction::Ordered => {
                (parameters.widths() == [1, targets.len().checked_sub(1)?, 1]).then(|| order(&parameters, targets))?
            }
            Obstruction::Features { .. } => {
                let features = pass.features.last()?;
                features.is_square().then(|| features.determinant())?
            }
        };
        Some(((pass.output() - targets).norm_squared() / 2.0, value))
    }
}

/// The least of the signed weights and kink distances; see `crates/checker/src/objects/networks.rs`.
fn order(parameters: &Parameters<f64>, targets: &DMatrix<f64>) -> f64 {
    let (first, last) = (parameters.layer(1), parameters.layer(2));
    let width = first.ncols();
    let way = |j: usize| if j != 0 && j.is_multiple_of(2) { -1.0 } else { 1.0 };
    let rises = if targets[1] < targets[0] { -1.0 } else { 1.0 };
    let bend = |j: usize| if j % 2 == 1 { -rises } else { rises };
    let of_neuron = (0..width).map(|j| (way(j) * first[(0, j)]).min(bend(j) * last[(j, 0)]));
    let distance = |i: usize, j: usize| first[(1, i)] * first[(0, j)] - first[(1, j)] * first[(0, i)];
    let pairs = (0..width).flat_map(|i| (i + 1..width).map(move |j| (i, j)));
    of_neuron.chain(pairs.map(|(i, j)| way(i) * way(j) * distance(i, j))).fold(f64::INFINITY, f64::min)
}

/// The least eigenvalue of G Gᵀ on the complement of 1: there the added multiple of 11ᵀ is zero, on 1 it is large.
fn least_eigenvalue(centred: &DMatrix<f64>) -> f64 {
    let samples = centred.nrows() as f64;
    let form = (centred * centred.transpose()).add_scalar(centred.norm_squared() / samples);
    form.symmetric_eigenvalues().min()
}
