//! Losses and gradients in single precision, a column a sample: features [n + 1, B] with a last row of ones, stacked
//! layers [m, n + 1].

use crate::linalg::{Double, Kernel};
use crate::network::{Activation, Criterion, InDoubles, Inputs, Loss, Nonlinearity, Parameters};
use nalgebra::DMatrix;
use rug::Rational;

/// Stacked layers, transposed.
pub type Layers = Vec<DMatrix<f32>>;

/// A network in single precision.
pub fn layers(network: &Parameters<Rational>) -> Layers {
    let single = |layer: &DMatrix<Rational>| {
        let entries = layer.iter().map(|entry| Double.import(entry) as f32);
        DMatrix::from_iterator(layer.nrows(), layer.ncols(), entries).transpose()
    };
    network.layers().iter().map(|layer| single(layer)).collect()
}

/// The inputs in single precision with a last row of ones, [d + 1, N].
pub fn columns(inputs: &Inputs) -> DMatrix<f32> {
    let (samples, features) = inputs.shape();
    let imported = inputs.import(&Double);
    let mut columns = DMatrix::from_element(features + 1, samples, 1.0);
    for i in 0..samples {
        let column = imported.columns(i..i + 1);
        columns.view_mut((0, i), (features, 1)).zip_apply(&column, |to, from| *to = from as f32);
    }
    columns
}

/// A W for A [m, k] and W [k, n].
pub fn product(a: &DMatrix<f32>, b: &DMatrix<f32>) -> DMatrix<f32> {
    let mut out = DMatrix::zeros(a.nrows(), b.ncols());
    out.gemm(1.0, a, b, 0.0);
    out
}

/// σ.
pub enum Sigma {
    PiecewiseLinear(Pieces),
    /// Evaluated in doubles.
    Smooth(InDoubles),
}

impl Sigma {
    pub fn new(activation: &Nonlinearity) -> Self {
        match activation {
            Nonlinearity::PiecewiseLinear(activation) => Sigma::PiecewiseLinear(Pieces::new(activation)),
            Nonlinearity::Smooth(_) => Sigma::Smooth(activation.in_doubles()),
        }
    }

    /// [σ(P); 1], [n + 1, B].
    pub fn features(&self, pre: &DMatrix<f32>) -> DMatrix<f32> {
        match self {
            Sigma::PiecewiseLinear(pieces) => with_ones(pre, |x| pieces.value(x)),
            Sigma::Smooth(sigma) => with_ones(pre, |x| sigma.value(f64::from(x)) as f32),
        }
    }

    /// D ∘ σ'(P).
    fn back(&self, gradient: &mut DMatrix<f32>, pre: &DMatrix<f32>) {
        match self {
            Sigma::PiecewiseLinear(pieces) => gradient.zip_apply(pre, |d, x| *d *= pieces.slope(x)),
            Sigma::Smooth(sigma) => gradient.zip_apply(pre, |d, x| *d *= sigma.slope(f64::from(x)) as f32),
        }
    }
}

/// [f(P); 1], [n + 1, B], for P [n, B].
fn with_ones(pre: &DMatrix<f32>, f: impl Fn(f32) -> f32) -> DMatrix<f32> {
    let (n, samples) = pre.shape();
    let mut features = DMatrix::from_element(n + 1, samples, 1.0);
    // Half of one neuron is none.
    for (to, from) in features.as_mut_slice().chunks_exact_mut(n + 1).zip(pre.as_slice().chunks_exact(n.max(1))) {
        to.iter_mut().zip(from).for_each(|(y, &x)| *y = f(x));
    }
    features
}

/// A piecewise-linear σ.
pub struct Pieces {
    breakpoints: Vec<f32>,
    slopes: Vec<f32>,
    intercepts: Vec<f32>,
}

impl Pieces {
    fn new(activation: &Activation) -> Self {
        let floats = |numbers: &[Rational]| numbers.iter().map(|number| number.to_f64() as f32).collect();
        Pieces {
            breakpoints: floats(activation.breakpoints()),
            slopes: floats(activation.slopes()),
            intercepts: floats(activation.intercepts()),
        }
    }

    fn piece(&self, x: f32) -> usize {
        match self.breakpoints[..] {
            [only] => usize::from(x > only),
            _ => self.breakpoints.partition_point(|&breakpoint| breakpoint < x),
        }
    }

    fn value(&self, x: f32) -> f32 {
        let piece = self.piece(x);
        self.slopes[piece] * x + self.intercepts[piece]
    }

    fn slope(&self, x: f32) -> f32 {
        self.slopes[self.piece(x)]
    }
}

/// What is measured of a sample's output.
enum Measure {
    Squares(DMatrix<f32>),
    CrossEntropy(Vec<usize>),
    SoftCrossEntropy(DMatrix<f32>),
    BinaryCrossEntropy(DMatrix<f32>),
    Hinge(Vec<usize>),
}

/// φ, and how much each sample counts.
pub struct Target {
    measure: Measure,
    /// φ is the sum over samples of share times measure.
    shares: Vec<f32>,
}

impl Target {
    pub fn new(loss: &Loss) -> Self {
        // A column a sample.
        let floats = |matrix: &DMatrix<Rational>| matrix.map(|entry| entry.to_f64() as f32).transpose();
        let measure = match loss.criterion() {
            Criterion::Square(targets) | Criterion::MeanSquare(targets) => Measure::Squares(floats(targets)),
            Criterion::CrossEntropy(labels) => Measure::CrossEntropy(labels.clone()),
            Criterion::SoftCrossEntropy(targets) => Measure::SoftCrossEntropy(floats(targets)),
            Criterion::BinaryCrossEntropy(targets) => Measure::BinaryCrossEntropy(floats(targets)),
            Criterion::Hinge(labels) => Measure::Hinge(labels.clone()),
        };
        let divisor = loss.divisor();
        let shares = loss.shares().iter().map(|share| Rational::from(share / &divisor).to_f64() as f32).collect();
        Target { measure, shares }
    }

    /// A step down the loss that is not too long for the curvature of any of them.
    fn step(&self) -> f32 {
        match self.measure {
            // Straight to the targets.
            Measure::Squares(_) => 0.5,
            Measure::Hinge(_) => 1.0,
            Measure::CrossEntropy(_) | Measure::SoftCrossEntropy(_) | Measure::BinaryCrossEntropy(_) => 2.0,
        }
    }

    /// The share of a sample in φ; its output becomes the gradient of that.
    fn sample(&self, index: usize, output: &mut [f32]) -> f64 {
        let share = self.shares[index];
        let value = match &self.measure {
            Measure::Squares(targets) => {
                let mut value = 0.0;
                for (f, y) in output.iter_mut().zip(targets.column(index).iter()) {
                    let residual = *f - y;
                    value += residual * residual;
                    *f = 2.0 * residual;
                }
                value
            }
            Measure::CrossEntropy(labels) => {
                let own = output[labels[index]];
                let log_sum = softmax(output);
                output[labels[index]] -= 1.0;
                log_sum - own
            }
            Measure::SoftCrossEntropy(targets) => {
                let targets = targets.column(index);
                let (mass, inner) = targets.iter().zip(&*output).fold((0.0, 0.0), |(m, s), (t, f)| (m + t, s + t * f));
                let log_sum = softmax(output);
                output.iter_mut().zip(targets.iter()).for_each(|(f, t)| *f = mass * *f - t);
                mass * log_sum - inner
            }
            Measure::BinaryCrossEntropy(targets) => {
                let mut value = 0.0;
                for (f, t) in output.iter_mut().zip(targets.column(index).iter()) {
                    value += f.max(0.0) + (-f.abs()).exp().ln_1p() - t * *f;
                    *f = 1.0 / (1.0 + (-*f).exp()) - t;
                }
                value
            }
            Measure::Hinge(labels) => hinge(output, labels[index]),
        };
        output.iter_mut().for_each(|f| *f *= share);
        f64::from(share) * f64::from(value)
    }
}

/// log Σ exp F; the output becomes its softmax.
fn softmax(output: &mut [f32]) -> f32 {
    let largest = output.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    output.iter_mut().for_each(|f| *f = (*f - largest).exp());
    let sum: f32 = output.iter().sum();
    output.iter_mut().for_each(|f| *f /= sum);
    largest + sum.ln()
}

/// max(0, 1 + the largest other output − the label's); the output becomes a subgradient.
fn hinge(output: &mut [f32], label: usize) -> f32 {
    let others = (0..output.len()).filter(|&j| j != label);
    let rival = others.max_by(|&i, &j| output[i].total_cmp(&output[j]));
    let value = rival.map_or(0.0, |rival| 1.0 + output[rival] - output[label]);
    output.fill(0.0);
    match rival {
        Some(rival) if value > 0.0 => {
            (output[rival], output[label]) = (1.0, -1.0);
            value
        }
        _ => 0.0,
    }
}

/// A network's layers above the first, as a pass over samples needs them.
pub struct Upper {
    layers: Layers,
    /// W_kᵀ without the bias, [n, m].
    transposed: Layers,
}

impl Upper {
    pub fn new(layers: Layers) -> Self {
        let transposed = layers.iter().map(|layer| layer.columns(0, layer.ncols() - 1).transpose()).collect();
        Upper { layers, transposed }
    }
}

/// The gradient of a part of φ.
pub struct Gradient {
    /// The part.
    pub value: f64,
    /// By P_1, [n_1, B].
    pub pre: DMatrix<f32>,
    /// By the layers above the first.
    pub upper: Layers,
}

/// The part of φ of these samples, from their P_1 [n_1, B].
pub fn value(sigma: &Sigma, target: &Target, upper: &Upper, pre: DMatrix<f32>, samples: &[usize]) -> f64 {
    let mut output = pre;
    for layer in &upper.layers {
        output = product(layer, &sigma.features(&output));
    }
    columns_of(target, &mut output, samples)
}

/// The same with its gradient, by back-propagation.
pub fn gradient(sigma: &Sigma, target: &Target, upper: &Upper, pre: DMatrix<f32>, samples: &[usize]) -> Gradient {
    let (mut features, mut pres) = (Vec::new(), vec![pre]);
    for layer in &upper.layers {
        features.push(sigma.features(&pres[pres.len() - 1]));
        pres.push(product(layer, &features[features.len() - 1]));
    }
    let mut back = pres.pop().expect("there is an output");
    let value = columns_of(target, &mut back, samples);
    let mut gradients = Vec::with_capacity(features.len());
    for ((features, transposed), pre) in features.iter().zip(&upper.transposed).zip(&pres).rev() {
        gradients.push(product(&back, &features.transpose()));
        back = product(transposed, &back);
        sigma.back(&mut back, pre);
    }
    gradients.reverse();
    Gradient { value, pre: back, upper: gradients }
}

/// The part of φ of these outputs, which become its gradient.
fn columns_of(target: &Target, output: &mut DMatrix<f32>, samples: &[usize]) -> f64 {
    let rows = output.nrows();
    let columns = output.as_mut_slice().chunks_exact_mut(rows);
    columns.zip(samples).map(|(column, &index)| target.sample(index, column)).sum()
}

/// The outputs of all samples, [m, N], after a step down the loss of each.
pub fn step_down(target: &Target, output: DMatrix<f32>) -> DMatrix<f32> {
    let (rows, mut gradient) = (output.nrows(), output.clone());
    for (i, column) in gradient.as_mut_slice().chunks_exact_mut(rows).enumerate() {
        target.sample(i, column);
        let share = target.shares[i];
        if share > 0.0 {
            column.iter_mut().for_each(|g| *g *= target.step() / share);
        }
    }
    output - gradient
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wiggles of one number, on networks and data without round numbers.
    fn number(i: usize) -> f64 {
        (i as f64 * 0.754_877_67 + 0.1).fract() - 0.5
    }

    fn matrix(rows: usize, cols: usize, from: usize) -> DMatrix<f32> {
        DMatrix::from_fn(rows, cols, |i, j| 3.0 * number(from + 7 * i + 31 * j) as f32)
    }

    fn losses() -> Vec<Loss> {
        let exact = |matrix: &DMatrix<f32>| matrix.map(|x| Rational::from_f32(x).unwrap());
        let targets = exact(&matrix(5, 3, 500));
        let shares = targets.map(|x| x.square() / 10u32).map(|x| x.min(Rational::from(1)));
        let weights = (1..=5).map(|i| Rational::from((i, 3))).collect();
        let of = |criterion| Loss::new(criterion).unwrap();
        vec![
            of(Criterion::Square(targets.clone())),
            of(Criterion::MeanSquare(targets.clone())).weighted(weights).unwrap(),
            of(Criterion::CrossEntropy(vec![0, 2, 1, 1, 0])),
            of(Criterion::SoftCrossEntropy(shares.clone())),
            of(Criterion::BinaryCrossEntropy(shares)),
            of(Criterion::Hinge(vec![2, 0, 1, 2, 1])),
        ]
    }

    /// The directional derivatives by difference quotients, for every loss: of P_1 and of the layers above.
    #[test]
    fn gradients_are_difference_quotients() {
        for sigma in ["pl:breakpoints=-1,1/2;slopes=1/2,2,-1;value=0", "sigmoid", "tanh", "softplus=3", "elu=2"] {
            assert_gradients(&Sigma::new(&sigma.parse().unwrap()));
        }
    }

    fn assert_gradients(sigma: &Sigma) {
        let (pre, upper) = (matrix(4, 5, 0), vec![matrix(4, 5, 90), matrix(3, 5, 200)]);
        let samples = [0, 1, 2, 3, 4];
        for loss in losses() {
            let target = Target::new(&loss);
            let found = gradient(sigma, &target, &Upper::new(upper.clone()), pre.clone(), &samples);
            let value_at = |pre: DMatrix<f32>, upper: Layers| value(sigma, &target, &Upper::new(upper), pre, &samples);
            assert_eq!(found.value, value_at(pre.clone(), upper.clone()), "{loss}");
            let close = |by_difference: f64, by_rule: f32| {
                let by_rule = f64::from(by_rule);
                assert!(
                    (by_difference - by_rule).abs() < 2e-2 * by_rule.abs().max(0.1),
                    "{loss}: {by_difference} {by_rule}"
                );
            };
            let step = 1.0 / 512.0;
            for entry in 0..pre.len() {
                let moved = |by: f32| {
                    let mut pre = pre.clone();
                    pre[entry] += by;
                    value_at(pre, upper.clone())
                };
                close((moved(step) - moved(-step)) / f64::from(2.0 * step), found.pre[entry]);
            }
            for k in 0..upper.len() {
                for entry in 0..upper[k].len() {
                    let moved = |by: f32| {
                        let mut upper = upper.clone();
                        upper[k][entry] += by;
                        value_at(pre.clone(), upper)
                    };
                    close((moved(step) - moved(-step)) / f64::from(2.0 * step), found.upper[k][entry]);
                }
            }
        }
    }

    /// The value is the loss, in doubles too; a step down lowers it.
    #[test]
    fn values_are_losses_and_steps_go_down() {
        let output = matrix(3, 5, 40);
        for loss in losses() {
            let (target, none) = (Target::new(&loss), Upper::new(vec![]));
            let sigma = Sigma::new(&Activation::relu().into());
            let of = |output: &DMatrix<f32>| value(&sigma, &target, &none, output.clone(), &[0, 1, 2, 3, 4]);
            let double = loss.approximate(&output.map(f64::from).transpose());
            assert!((of(&output) - double).abs() < 1e-5 * double.max(1.0), "{loss}: {} {double}", of(&output));
            assert!(of(&step_down(&target, output.clone())) < of(&output), "{loss}");
        }
    }
}
