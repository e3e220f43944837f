//! Table 2.2 of the thesis (chapter 2) in small: the rank of the features of a trained convolutional layer, certified.
//!
//! ```text
//! cargo run --release --example convolution_rank
//! ```
//!
//! One layer of T filters of 3 × 3 on the first 128 carried digits (8 × 8) with some noise, sigmoid, a dense output of ten, square loss, Adam: F_1
//! `[128, 36 T]`. The thesis has MNIST (N = 60000, 28 × 28, F_1 `[60000, 676 T]`), two convolutional layers with pooling and T from 10 to 100. Its
//! threshold n_1 ≥ N is at T = 89; here it is at T = 4.
//!
//! The rank is certified, by the claim *bounded-gradient* with k = 1 = L − 1, whose c is then a lower bound of σ_min(F_1). Below the threshold it is
//! the rank of 36 T samples of the 128, chosen in doubles: the columns of F_1 are independent, and c bounds σ_min of these rows. Training is
//! in doubles, and nothing about it is certified.

use nalgebra::DMatrix;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::Rational;
use std::collections::BTreeMap;
use std::error::Error;
use sublevel::certificate::graph::BlockRule;
use sublevel::network::{GraphLayer, GraphNetwork, Smooth, Targets, parse_data};
use sublevel::statement::convolution::chains::{Layer, chain, square_patches};
use sublevel::statement::convolution::gradient::{Fit, bounded_gradient};

/// N.
const SAMPLES: usize = 128;
/// How many patches of 3 × 3 there are.
const PATCHES: usize = 36;
const EPOCHS: usize = 1500;

/// Weights of T filters, with a bias a unit or a filter, and of the output.
struct Model {
    tied: bool,
    /// W, b, V, c.
    parts: [DMatrix<f64>; 4],
}

fn main() -> Result<(), Box<dyn Error>> {
    let data = parse_data(include_bytes!("../tests/data/digits/digits-1797.npz"), "digits")?;
    let Targets::Labels(labels) = &data.targets else { return Err("digits have labels".into()) };
    let all = data.inputs.exact().map(|x| x.to_f64() / 16.0);
    let mut random = ChaCha8Rng::seed_from_u64(0);
    // Of variance 10⁻⁵, as in the thesis; in multiples of 2⁻²⁰, so that the numbers are short.
    let short = |x: f64| (x * f64::from(1 << 20)).round() / f64::from(1 << 20);
    let train = all.rows(0, SAMPLES).map(|x| short(x + 0.0055 * (random.random::<f64>() * 2.0 - 1.0)));
    let test = all.rows(SAMPLES, all.nrows() - SAMPLES).into_owned();
    println!("tied  T  size of F_1  rank  σ_min ≥     in doubles   loss      train errors  test error");
    for tied in [false, true] {
        for filters in 1..=6 {
            let model = train_model(&train, &labels[..SAMPLES], filters, tied);
            row(&model, (&train, &labels[..SAMPLES]), (&test, &labels[SAMPLES..]))?;
        }
    }
    Ok(())
}

/// A line of the table.
fn row(
    model: &Model,
    (train, labels): (&DMatrix<f64>, &[usize]),
    (test, others): (&DMatrix<f64>, &[usize]),
) -> Result<(), Box<dyn Error>> {
    let features = model.features(train);
    let rank = SAMPLES.min(features.ncols());
    let rows = independent_rows(&features, rank);
    let exact = |x: f64| Rational::from_f64(x).expect("a finite number");
    let inputs = train.select_rows(&rows).map(exact);
    let targets = targets(labels).select_rows(&rows).map(exact);
    let found = bounded_gradient(&model.network()?, &Fit { inputs: &inputs, targets: &targets, level: 1 }, 1024)?;
    let errors = |inputs: &DMatrix<f64>, labels: &[usize]| {
        let output = model.output(&model.features(inputs));
        let wrong = |(row, label): (usize, &usize)| output.row(row).transpose().argmax().0 != *label;
        labels.iter().enumerate().filter(|sample| wrong(*sample)).count()
    };
    let difference = model.output(&features) - self::targets(labels);
    println!(
        "{:<5} {}  128 × {:<5}  {rank:<4}  {:<9.3e}  {:<9.3e}   {:<8.2e}  {:<12}  {:.3}",
        model.tied,
        features.ncols() / PATCHES,
        features.ncols(),
        found.bounds[0].to_f64(),
        features.singular_values().min(),
        difference.norm_squared() / 2.0,
        errors(train, labels),
        errors(test, others) as f64 / others.len() as f64,
    );
    Ok(())
}

fn targets(labels: &[usize]) -> DMatrix<f64> {
    DMatrix::from_fn(labels.len(), 10, |i, j| f64::from(u8::from(labels[i] == j)))
}

/// Rows that are far from the span of those before them, one after the other.
fn independent_rows(matrix: &DMatrix<f64>, count: usize) -> Vec<usize> {
    let mut rest = matrix.clone();
    let mut rows = vec![];
    for _ in 0..count {
        let norms: Vec<f64> = rest.row_iter().map(|row| row.norm()).collect();
        let best = (0..norms.len()).fold(0, |best, row| if norms[row] > norms[best] { row } else { best });
        let direction = rest.row(best) / norms[best];
        let along = &rest * direction.transpose();
        rest -= along * direction;
        rows.push(best);
    }
    rows.sort_unstable();
    rows
}

/// The nine pixels of every patch, `[9, N · 36]`.
fn patches(inputs: &DMatrix<f64>) -> DMatrix<f64> {
    let patches = square_patches(8, 8, 3);
    DMatrix::from_fn(9, inputs.nrows() * PATCHES, |r, i| inputs[(i / PATCHES, patches[i % PATCHES][r])])
}

impl Model {
    /// F_1 `[N, 36 T]`.
    fn features(&self, inputs: &DMatrix<f64>) -> DMatrix<f64> {
        let [weight, bias, ..] = &self.parts;
        let filters = weight.ncols();
        let sums = weight.transpose() * patches(inputs);
        DMatrix::from_fn(inputs.nrows(), PATCHES * filters, |i, unit| {
            let (p, t) = (unit / filters, unit % filters);
            1.0 / (1.0 + (-sums[(t, i * PATCHES + p)] - bias[if self.tied { t } else { unit }]).exp())
        })
    }

    fn output(&self, features: &DMatrix<f64>) -> DMatrix<f64> {
        let [.., output, bias] = &self.parts;
        let product = features * output;
        DMatrix::from_fn(product.nrows(), product.ncols(), |i, j| product[(i, j)] + bias[j])
    }

    /// The gradient of ½‖F − Y‖² in all parts.
    fn gradient(&self, inputs: &DMatrix<f64>, patches: &DMatrix<f64>, targets: &DMatrix<f64>) -> [DMatrix<f64>; 4] {
        let filters = self.parts[0].ncols();
        let features = self.features(inputs);
        let third = self.output(&features) - targets;
        let second = (&third * self.parts[2].transpose()).component_mul(&features.map(|f| f * (1.0 - f)));
        let spread =
            DMatrix::from_fn(patches.ncols(), filters, |i, t| second[(i / PATCHES, i % PATCHES * filters + t)]);
        let sum = |matrix: &DMatrix<f64>| DMatrix::from_row_slice(1, matrix.ncols(), matrix.row_sum().as_slice());
        let bias = if self.tied { sum(&spread) } else { sum(&second) };
        [patches * &spread, bias, features.transpose() * &third, sum(&third)]
    }

    /// The network of these numbers, exactly.
    fn network(&self) -> Result<GraphNetwork, Box<dyn Error>> {
        let exact = self.parts.each_ref().map(|part| part.map(|x| Rational::from_f64(x).expect("a finite number")));
        let [weight, bias, output, output_bias] = exact;
        let layers = [Layer::Filters(square_patches(8, 8, 3), weight.ncols())];
        let mut graph = chain(64, &layers, 10, &Smooth::Sigmoid.into());
        if let BlockRule::Filters { tied, .. } = &mut graph.blocks[0].rule {
            *tied = self.tied;
        }
        let block = GraphLayer { weight, bias: Some(bias) };
        let output = GraphLayer { weight: output, bias: Some(output_bias) };
        Ok(GraphNetwork::new(graph, BTreeMap::from([(1, block), (2, output)]))?)
    }
}

/// Adam with a falling rate; at the end every number is rounded to 24 bits, as frameworks keep it.
fn train_model(inputs: &DMatrix<f64>, labels: &[usize], filters: usize, tied: bool) -> Model {
    let mut random = ChaCha8Rng::seed_from_u64(filters as u64);
    // Uniform, of this standard deviation.
    let mut drawn = |rows: usize, columns: usize, size: f64| {
        DMatrix::from_fn(rows, columns, |_, _| (random.random::<f64>() * 2.0 - 1.0) * size * 3f64.sqrt())
    };
    let units = PATCHES * filters;
    let weight = drawn(9, filters, 0.5);
    let output = drawn(units, 10, 1.0 / (6.0 * (filters as f64).sqrt()));
    let bias = DMatrix::zeros(1, if tied { filters } else { units });
    let mut model = Model { tied, parts: [weight, bias, output, DMatrix::zeros(1, 10)] };
    let (patches, targets) = (patches(inputs), targets(labels));
    let mut moments = model.parts.each_ref().map(|part| [part * 0.0, part * 0.0]);
    for epoch in 0..EPOCHS {
        let rate = 0.01 * (1.0 - epoch as f64 / EPOCHS as f64) + 1e-5;
        let corrections = [0.9f64, 0.999].map(|decay| 1.0 - decay.powi(epoch as i32 + 1));
        let gradients = model.gradient(inputs, &patches, &targets);
        for ((part, gradient), [first, second]) in model.parts.iter_mut().zip(&gradients).zip(&mut moments) {
            *first = &*first * 0.9 + gradient * 0.1;
            *second = &*second * 0.999 + gradient.map(|g| g * g) * 0.001;
            let step = first.zip_map(second, |m, v| m / corrections[0] / ((v / corrections[1]).sqrt() + 1e-8));
            *part -= step * rate;
        }
    }
    model.parts.iter_mut().for_each(|part| part.apply(|x| *x = f64::from(*x as f32)));
    model
}
