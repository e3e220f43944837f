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
    /// obstruction by alternation it is taken for granted that the targets alternate often enough.
    pub fn decide_in_double(&self) -> Option<bool> {
        if self.inputs.nrows() != self.targets.nrows() || self.positive.widths() != self.negative.widths() {
            return None;
        }
        let targets = import_matrix(&Double, &self.targets);
        let centred =
            DMatrix::from_fn(targets.nrows(), targets.ncols(), |i, j| targets[(i, j)] - targets.column(j).mean());
        let barrier = match &self.obstruction {
            Obstruction::SingleNeuron => centred.norm_squared() / 2.0,
            Obstruction::Alternation => {
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
            Obstruction::Features { .. } => {
                let features = pass.features.last()?;
                features.is_square().then(|| features.determinant())?
            }
        };
        Some(((pass.output() - targets).norm_squared() / 2.0, value))
    }
}

/// The least eigenvalue of G Gᵀ on the complement of 1: there the added multiple of 11ᵀ is zero, on 1 it is large.
fn least_eigenvalue(centred: &DMatrix<f64>) -> f64 {
    let samples = centred.nrows() as f64;
    let form = (centred * centred.transpose()).add_scalar(centred.norm_squared() / samples);
    form.symmetric_eigenvalues().min()
}
