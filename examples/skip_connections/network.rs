//! Fully connected networks with any hidden units connected to the output, the gradient of their loss, and their training.

use nalgebra::{DMatrix, DMatrixView};
use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

const MOMENTUM: f64 = 0.9;
/// The sharpness of softplus, as in the paper.
const GAMMA: f64 = 20.0;

/// Samples as rows, [n, d], and their classes.
#[derive(Clone)]
pub struct Samples {
    pub inputs: DMatrix<f64>,
    pub labels: Vec<usize>,
}

impl Samples {
    /// Some of them, in this order.
    fn select(&self, rows: &[usize]) -> Self {
        Samples { inputs: self.inputs.select_rows(rows), labels: rows.iter().map(|&row| self.labels[row]).collect() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    Sigmoid,
    Softplus,
}

/// How a network is trained.
pub struct Descent {
    pub epochs: usize,
    /// Samples of a step.
    pub batch: usize,
    pub rate: f64,
    /// Whether the rate falls to a tenth after one half and again after three quarters of the epochs.
    pub falls: bool,
}

impl Descent {
    fn rate_at(&self, epoch: usize) -> f64 {
        match 4 * epoch / self.epochs {
            2 if self.falls => self.rate / 10.0,
            3 if self.falls => self.rate / 100.0,
            _ => self.rate,
        }
    }
}

/// A fully connected network; layers have their biases as the last row.
#[derive(Clone)]
pub struct Network {
    activation: Activation,
    /// U: [n_{k−1} + 1, n_k] for each hidden layer k.
    hidden: Vec<DMatrix<f64>>,
    /// (k, unit) for every column of Ψ; layer 0 are the inputs.
    connected: Vec<(usize, usize)>,
    /// V and the biases of the output: [M + 1, m].
    pub output: DMatrix<f64>,
}

impl Activation {
    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sigmoid => "sigmoid",
            Self::Softplus => "softplus",
        }
    }

    fn value(self, t: f64) -> f64 {
        match self {
            // e^{−|t|} does not overflow.
            Self::Sigmoid if t >= 0.0 => 1.0 / (1.0 + (-t).exp()),
            Self::Sigmoid => t.exp() / (1.0 + t.exp()),
            Self::Softplus => t.max(0.0) + (-GAMMA * t.abs()).exp().ln_1p() / GAMMA,
        }
    }

    /// σ'(t) from σ(t).
    fn slope(self, value: f64) -> f64 {
        match self {
            Self::Sigmoid => value * (1.0 - value),
            Self::Softplus => -(-GAMMA * value).exp_m1(),
        }
    }
}

impl Network {
    /// Random weights, biases 0; the last hidden layer is connected, or `skips` units drawn from all hidden layers.
    ///
    /// `widths` are those of the inputs and of the hidden layers. U is drawn first: with and without skips it is the same.
    pub fn draw(
        random: &mut ChaCha8Rng,
        activation: Activation,
        widths: &[usize],
        classes: usize,
        skips: Option<usize>,
    ) -> Self {
        let hidden: Vec<_> = widths.windows(2).map(|pair| initial(random, pair[0], pair[1])).collect();
        let connected = match skips {
            None => units(widths, hidden.len()).collect(),
            Some(skips) => {
                let mut pool: Vec<_> = (1..=hidden.len()).flat_map(|k| units(widths, k)).collect();
                pool.shuffle(random);
                pool.truncate(skips);
                pool.sort_unstable();
                pool
            }
        };
        let output = initial(random, connected.len(), classes);
        Network { activation, hidden, connected, output }
    }

    /// The linear classifier with this V: no hidden layers, every input is connected to the output.
    pub fn linear(output: DMatrix<f64>) -> Self {
        let connected = (0..output.nrows() - 1).map(|unit| (0, unit)).collect();
        Network { activation: Activation::Sigmoid, hidden: vec![], connected, output }
    }

    /// The values of all layers, [n, n_k], the inputs first.
    pub fn features(&self, inputs: &DMatrix<f64>) -> Vec<DMatrix<f64>> {
        let mut features = vec![inputs.clone()];
        for layer in &self.hidden {
            let pre = affine(&features[features.len() - 1], layer);
            features.push(pre.map(|t| self.activation.value(t)));
        }
        features
    }

    /// Ψ: the columns that are connected to the output, [n, M].
    pub fn connected_features(&self, features: &[DMatrix<f64>]) -> DMatrix<f64> {
        let columns: Vec<_> = self.connected.iter().map(|&(k, unit)| features[k].column(unit)).collect();
        DMatrix::from_columns(&columns)
    }

    /// [n, m].
    pub fn outputs(&self, inputs: &DMatrix<f64>) -> DMatrix<f64> {
        affine(&self.connected_features(&self.features(inputs)), &self.output)
    }

    /// The mean cross-entropy's gradient by the hidden layers and, last, by V.
    fn gradient(&self, samples: &Samples) -> Vec<DMatrix<f64>> {
        let features = self.features(&samples.inputs);
        let connected = self.connected_features(&features);
        let residual = residual(affine(&connected, &self.output), &samples.labels);
        let by_connected = &residual * weights(&self.output).transpose();
        let mut back: Vec<_> = features.iter().map(|values| DMatrix::zeros(values.nrows(), values.ncols())).collect();
        for (column, &(k, unit)) in by_connected.column_iter().zip(&self.connected) {
            back[k].column_mut(unit).copy_from(&column);
        }
        let mut gradients = vec![layer_gradient(&connected, &residual)];
        for k in (1..features.len()).rev() {
            let slopes = features[k].map(|value| self.activation.slope(value));
            let by_pre = back[k].component_mul(&slopes);
            gradients.push(layer_gradient(&features[k - 1], &by_pre));
            if k > 1 {
                back[k - 1] += &by_pre * weights(&self.hidden[k - 1]).transpose();
            }
        }
        gradients.reverse();
        gradients
    }

    /// SGD with Nesterov's momentum on the mean cross-entropy; `watch` is told every epoch that is over.
    pub fn train(
        &mut self,
        samples: &Samples,
        descent: &Descent,
        random: &mut ChaCha8Rng,
        mut watch: impl FnMut(usize, &Network),
    ) {
        let mut velocities: Vec<_> = self.parameters().map(|layer| layer.map(|_| 0.0)).collect();
        let mut order: Vec<usize> = (0..samples.labels.len()).collect();
        for epoch in 0..descent.epochs {
            let rate = descent.rate_at(epoch);
            order.shuffle(random);
            for batch in order.chunks(descent.batch) {
                let gradient = self.gradient(&samples.select(batch));
                for ((layer, velocity), slope) in self.parameters().zip(&mut velocities).zip(&gradient) {
                    velocity.zip_apply(slope, |v, g| *v = MOMENTUM * *v + g);
                    layer.zip_zip_apply(velocity, slope, |w, v, g| *w -= rate * (g + MOMENTUM * v));
                }
            }
            watch(epoch + 1, self);
        }
    }

    fn parameters(&mut self) -> impl Iterator<Item = &mut DMatrix<f64>> {
        self.hidden.iter_mut().chain([&mut self.output])
    }
}

/// The units of layer k.
fn units(widths: &[usize], k: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..widths[k]).map(move |unit| (k, unit))
}

/// A layer with He's variance 2/fan-in, normal and truncated at two standard deviations as in the paper; biases 0.
fn initial(random: &mut ChaCha8Rng, inputs: usize, outputs: usize) -> DMatrix<f64> {
    let deviation = (2.0 / inputs as f64).sqrt();
    DMatrix::from_fn(inputs + 1, outputs, |i, _| if i < inputs { deviation * truncated_normal(random) } else { 0.0 })
}

/// A standard normal number (Box and Muller), drawn again outside [−2, 2].
fn truncated_normal(random: &mut ChaCha8Rng) -> f64 {
    loop {
        let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
        let normal = radius * (std::f64::consts::TAU * random.random::<f64>()).cos();
        if normal.abs() <= 2.0 {
            return normal;
        }
    }
}

/// A layer without its biases.
fn weights(layer: &DMatrix<f64>) -> DMatrixView<'_, f64> {
    layer.rows(0, layer.nrows() - 1)
}

/// [features, 1] · layer.
fn affine(features: &DMatrix<f64>, layer: &DMatrix<f64>) -> DMatrix<f64> {
    let mut result = features * weights(layer);
    for (mut column, bias) in result.column_iter_mut().zip(layer.row(layer.nrows() - 1).iter()) {
        column.add_scalar_mut(*bias);
    }
    result
}

/// [features, 1]ᵀ · back.
fn layer_gradient(features: &DMatrix<f64>, back: &DMatrix<f64>) -> DMatrix<f64> {
    // `tr_mul` would not use the fast product.
    let by_weights = features.transpose() * back;
    let biases = by_weights.nrows();
    let mut gradient = by_weights.insert_row(biases, 0.0);
    gradient.set_row(biases, &back.row_sum());
    gradient
}

/// The gradient of the mean cross-entropy by the outputs: (softmax − one-hot)/n.
fn residual(mut outputs: DMatrix<f64>, labels: &[usize]) -> DMatrix<f64> {
    for (mut row, &label) in outputs.row_iter_mut().zip(labels) {
        let largest = row.max();
        row.apply(|x| *x = (*x - largest).exp());
        row /= row.sum();
        row[label] -= 1.0;
    }
    outputs / labels.len() as f64
}

pub fn cross_entropy(outputs: &DMatrix<f64>, labels: &[usize]) -> f64 {
    let losses = outputs.row_iter().zip(labels).map(|(row, &label)| {
        let largest = row.max();
        row.iter().map(|x| (x - largest).exp()).sum::<f64>().ln() + largest - row[label]
    });
    losses.sum::<f64>() / labels.len() as f64
}

/// The share of samples whose label alone has the largest output.
pub fn accuracy(outputs: &DMatrix<f64>, labels: &[usize]) -> f64 {
    let is_right = |row: usize, label: usize| {
        (0..outputs.ncols()).all(|j| j == label || outputs[(row, label)] > outputs[(row, j)])
    };
    let right = labels.iter().enumerate().filter(|&(row, &label)| is_right(row, label)).count();
    right as f64 / labels.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    /// A quotient of differences at every weight, for skips from every layer.
    #[test]
    fn the_gradient_is_that_of_the_loss() {
        for activation in [Activation::Sigmoid, Activation::Softplus] {
            let mut random = ChaCha8Rng::seed_from_u64(1);
            let inputs = DMatrix::from_fn(5, 3, |_, _| truncated_normal(&mut random));
            let samples = Samples { inputs, labels: vec![0, 1, 2, 1, 0] };
            let network = Network::draw(&mut random, activation, &[3, 4, 3, 4], 3, Some(7));
            let loss = |network: &Network| cross_entropy(&network.outputs(&samples.inputs), &samples.labels);
            for (k, gradient) in network.gradient(&samples).iter().enumerate() {
                for entry in 0..gradient.len() {
                    let beside = |step: f64| {
                        let mut network = network.clone();
                        network.parameters().nth(k).unwrap()[entry] += step;
                        loss(&network)
                    };
                    let quotient = (beside(1e-5) - beside(-1e-5)) / 2e-5;
                    assert!((quotient - gradient[entry]).abs() < 1e-6, "{activation:?}, layer {k}, entry {entry}");
                }
            }
        }
    }

    #[test]
    fn a_tie_is_an_error() {
        let outputs = DMatrix::from_row_slice(3, 2, &[1.0, 1.0, 0.0, 1.0, f64::NAN, f64::NAN]);
        assert_eq!(accuracy(&outputs, &[0, 1, 1]), 1.0 / 3.0);
    }

    #[test]
    fn large_arguments_do_not_overflow() {
        for t in [-1e300, 1e300] {
            for activation in [Activation::Sigmoid, Activation::Softplus] {
                let value = activation.value(t);
                assert!(value.is_finite() && (0.0..=1.0).contains(&activation.slope(value)));
            }
        }
    }
}
