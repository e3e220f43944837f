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
    /// The margin of the targets is computed anew, as the least eigenvalue of G Gᵀ on the complement of 1, or of GᵀG. For the
    /// obstructions by alternation and by order it is taken for granted that the targets alternate often enough, that
    /// the inputs are in order on a line, and that σ is one for which it matters.
    pub fn decide_in_double(&self) -> Option<bool> {
        if self.inputs.nrows() != self.targets.nrows() || self.positive.widths() != self.negative.widths() {
            return None;
        }
        let targets = import_matrix(&Double, &self.targets);
        let centred =
            DMatrix::from_fn(targets.nrows(), targets.ncols(), |i, j| targets[(i, j)] - targets.column(j).mean());
        let barrier = match &self.obstruction {
            Obstruction::SingleNeuron => centred.norm_squared() / 2.0,
            Obstruction::Alternation => least_quarter(&differences(targets.as_slice())),
            Obstruction::Ordered { .. } => Order::of(self)?.barrier,
            Obstruction::Features { .. } => least_eigenvalue(&centred) / 2.0,
            Obstruction::LastWeights { .. } => (centred.transpose() * &centred).symmetric_eigenvalues().min() / 2.0,
        };
        let (loss, value) = self.double_point(&self.positive, &targets)?;
        let (other_loss, other_value) = self.double_point(&self.negative, &targets)?;
        Some(loss.max(other_loss) < barrier && value > 0.0 && other_value < 0.0)
    }

    /// f of the obstruction at a network, in f64; `None` if the shapes or the widths do not fit.
    pub fn function_in_double(&self, parameters: &Parameters<Rational>) -> Option<f64> {
        self.double_point(parameters, &import_matrix(&Double, &self.targets)).map(|(_, value)| value)
    }

    /// The loss and the obstruction's function.
    fn double_point(&self, parameters: &Parameters<Rational>, targets: &DMatrix<f64>) -> Option<(f64, f64)> {
        let inputs = import_matrix(&Double, &self.inputs);
        let parameters = parameters.import(&Double);
        let pass = forward(&Double, &self.activation.import(&Double), &inputs, &parameters).ok()?;
        let value = match self.obstruction {
            Obstruction::SingleNeuron | Obstruction::Alternation => parameters.layer(parameters.depth())[(0, 0)],
            Obstruction::Ordered { .. } => Order::of(self)?.value(&inputs, &parameters)?,
            Obstruction::Features { .. } => {
                let features = pass.features.last()?;
                features.is_square().then(|| features.determinant())?
            }
            Obstruction::LastWeights { .. } => {
                let last = parameters.layer(parameters.depth());
                let weights = last.rows(0, last.nrows() - 1).into_owned();
                weights.is_square().then(|| weights.determinant())?
            }
        };
        Some(((pass.output() - targets).norm_squared() / 2.0, value))
    }
}

/// Neurons in order: what the data say of their signs; see `crates/checker/src/objects/ordered.rs`.
struct Order {
    /// The first and the last sample used, and how many there are.
    ends: [usize; 2],
    used: usize,
    /// u.
    direction: DMatrix<f64>,
    /// The signs of γ_1 and of p.
    bend: f64,
    way: f64,
    /// β.
    barrier: f64,
}

impl Order {
    fn of(instance: &Disconnection) -> Option<Order> {
        let Obstruction::Ordered { direction, samples } = &instance.obstruction else { return None };
        let used = samples.clone().unwrap_or_else(|| (0..instance.inputs.nrows()).collect());
        let direction = direction.clone().unwrap_or_else(|| DMatrix::from_element(1, 1, Rational::from(1)));
        let direction = import_matrix(&Double, &direction);
        let fits = used.len() > 2 && used.iter().all(|&i| i < instance.inputs.nrows());
        if !fits || direction.nrows() != instance.targets.ncols() {
            return None;
        }
        let inputs = import_matrix(&Double, &instance.inputs).select_rows(&used);
        let outputs = import_matrix(&Double, &instance.targets).select_rows(&used) * &direction;
        let line = inputs.row(used.len() - 1) - inputs.row(0);
        let places: Vec<f64> = inputs.row_iter().map(|row| row.dot(&line) / line.norm()).collect();
        let (steps, distances) = (differences(outputs.as_slice()), differences(&places));
        let slopes: Vec<f64> = steps.iter().zip(&distances).map(|(step, h)| step / h).collect();
        let bends = differences(&slopes);
        let bend = bends[0].signum();
        let way = if steps.iter().any(|step| step * bend < 0.0) { -bend } else { bend };
        let barrier = if steps.windows(2).all(|pair| pair[0] * pair[1] < 0.0) {
            least_quarter(&steps)
        } else {
            let largest = steps.iter().map(|step| step * way).fold(0.0, f64::max);
            let norms = distances.windows(2).map(|d| (1.0 / d[0], 1.0 / d[1]));
            let norms = norms.map(|(a, b)| a * a + (a + b) * (a + b) + b * b);
            bends.iter().zip(norms).map(|(bend, norm)| bend * bend / norm / 2.0).fold(largest * largest / 4.0, f64::min)
        };
        let barrier = barrier / direction.norm_squared();
        Some(Order { ends: [used[0], used[used.len() - 1]], used: used.len(), direction, bend, way, barrier })
    }

    /// The least of the signed weights and kink distances; none if the widths do not fit.
    fn value(&self, inputs: &DMatrix<f64>, parameters: &Parameters<f64>) -> Option<f64> {
        let (first, last) = (parameters.layer(1), parameters.layer(parameters.depth()));
        let width = first.ncols();
        if parameters.depth() != 2 || width + 1 != self.used {
            return None;
        }
        let at = |sample: usize, j: usize| inputs.row(sample).transpose().dot(&first.view((0, j), (inputs.ncols(), 1)));
        let weight = |j: usize| at(self.ends[1], j) - at(self.ends[0], j);
        let bias = |j: usize| at(self.ends[0], j) + first[(inputs.ncols(), j)];
        let outgoing = last.rows(0, width) * &self.direction;
        let bent = |j: usize| if j.is_multiple_of(2) { -self.bend } else { self.bend };
        let turned = |j: usize| -self.way * if j == 0 { self.bend } else { bent(j) };
        let of_neuron = (0..width).map(|j| (turned(j) * weight(j)).min(bent(j) * outgoing[j]));
        let pairs = (0..width).flat_map(|i| (i + 1..width).map(move |j| (i, j)));
        let of_pair = pairs.map(|(i, j)| turned(i) * turned(j) * (bias(i) * weight(j) - bias(j) * weight(i)));
        Some(of_neuron.chain(of_pair).fold(f64::INFINITY, f64::min))
    }
}

fn differences(list: &[f64]) -> Vec<f64> {
    list.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// ¼ min δ².
fn least_quarter(steps: &[f64]) -> f64 {
    steps.iter().map(|step| step * step).fold(f64::INFINITY, f64::min) / 4.0
}

/// The least eigenvalue of G Gᵀ on the complement of 1: there the added multiple of 11ᵀ is zero, on 1 it is large.
fn least_eigenvalue(centred: &DMatrix<f64>) -> f64 {
    let samples = centred.nrows() as f64;
    let form = (centred * centred.transpose()).add_scalar(centred.norm_squared() / samples);
    form.symmetric_eigenvalues().min()
}
