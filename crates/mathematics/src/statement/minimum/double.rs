//! The float counterpart: the same conditions in f64.

use super::Minimum;
use crate::linalg::Double;
use crate::network::{forward, import_matrix, with_ones};
use nalgebra::DMatrix;

/// A product of f64 counts as 0 if it is at most this times the product of the norms.
const TOLERANCE: f64 = 1e-9;

impl Minimum {
    /// What [`Minimum::verify`] decides, in f64 with a tolerance: `None` if the shapes do not fit. It can be wrong both ways.
    /// That there is a network with a lower loss is not asked.
    pub fn decide_in_double(&self) -> Option<bool> {
        let (activation, network) = (self.problem.activation.import(&Double), self.network.import(&Double));
        let (inputs, targets) = (import_matrix(&Double, &self.problem.inputs), import_matrix(&Double, &self.targets));
        let pass = forward(&Double, &activation, &inputs, &network).ok()?;
        let residual = (pass.output().shape() == targets.shape()).then(|| pass.output() - &targets)?;
        if residual.norm() <= TOLERANCE * targets.norm() {
            return Some(false);
        }
        let vanishes =
            |a: &DMatrix<f64>, b: &DMatrix<f64>| (a.transpose() * b).norm() <= TOLERANCE * a.norm() * b.norm();
        if let Some(weights) = &self.barycentres {
            let weights = import_matrix(&Double, weights);
            let (ones, last) = (DMatrix::from_element(inputs.nrows(), 1, 1.0), network.weight(2));
            let centres = DMatrix::from_diagonal(&(&weights * &ones).column(0).into_owned()) * &inputs;
            let rest = weights.transpose() * &ones - &weights * &ones - &residual;
            let convex = activation.slopes().windows(2).all(|pair| pair[0] <= pair[1]);
            let holds = [
                convex && weights.iter().chain(last.iter()).all(|x| *x >= 0.0),
                (&weights * &inputs - &centres).norm() <= TOLERANCE * centres.norm().max(1.0),
                rest.norm() <= TOLERANCE * residual.norm(),
                vanishes(&residual, pass.output()),
            ];
            return Some(holds.iter().all(|holds| *holds));
        }
        let pre = &pass.pre_activations[0];
        let data = with_ones(&Double, &inputs);
        let orthogonal = |neuron: usize| {
            let slope = |i: usize| activation.slopes()[activation.piece(&pre[(i, neuron)])];
            vanishes(&DMatrix::from_fn(data.nrows(), data.ncols(), |i, j| slope(i) * data[(i, j)]), &residual)
        };
        let inside = pre.iter().all(|z| activation.breakpoints().iter().all(|t| t != z));
        Some(inside && vanishes(&pass.features[1], &residual) && (0..pre.ncols()).all(orthogonal))
    }
}
