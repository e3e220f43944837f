//! Trains a network, or the bend of a path between two networks: plain seeded Adam on the cross-entropy, for examples.
//!
//! ```text
//! train network --data D --activation A --widths 64,128,10 --seed 1 --steps 300 --out a.safetensors
//! train bend    --data D --activation A --from a.safetensors --to b.safetensors --steps 300 --out bend.safetensors
//! train bezier  … the same for the control point of a quadratic Bézier curve
//! ```
//!
//! A bend C is trained as in Garipov et al. 2018: the mean loss at points spread over the chain A → C → B (or the curve)
//! goes down, A and B stay. The weights are rounded to f32. Nothing here is certified.

use clap::{Parser, ValueEnum};
use nalgebra::DMatrix;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;
use std::path::PathBuf;
use sublevel::linalg::Double;
use sublevel::network::{Activation, Parameters, Targets, read_network, read_samples, with_ones};

type Layers = Vec<DMatrix<f64>>;

#[derive(Parser)]
struct Arguments {
    what: What,
    #[arg(long)]
    data: PathBuf,
    /// How many samples, from the first.
    #[arg(long, default_value_t = 1000)]
    samples: usize,
    #[arg(long)]
    activation: Activation,
    #[arg(long, value_delimiter = ',', default_value = "64,128,10")]
    widths: Vec<usize>,
    #[arg(long)]
    from: Option<PathBuf>,
    #[arg(long)]
    to: Option<PathBuf>,
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[arg(long, default_value_t = 300)]
    steps: usize,
    #[arg(long, default_value_t = 0.003)]
    rate: f64,
    #[arg(long)]
    out: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    Network,
    Bend,
    Bezier,
}

/// The training data: inputs with a column of ones, [N, d + 1], and labels.
struct Data {
    inputs: DMatrix<f64>,
    labels: Vec<usize>,
    activation: Activation,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let set = read_samples(&arguments.data, arguments.samples)?;
    let Targets::Labels(labels) = set.targets else { return Err("the data have no labels".into()) };
    let inputs = with_ones(&Double, &set.inputs.import(&Double).rows(0..labels.len()));
    let data = Data { inputs, labels, activation: arguments.activation.clone() };
    let mut random = ChaCha8Rng::seed_from_u64(arguments.seed);
    let trained = match arguments.what {
        What::Network => {
            let start = initial(&mut random, &arguments.widths);
            adam(start, &arguments, |layers| gradient(&data, layers))
        }
        what => {
            let end = |path: &Option<PathBuf>| -> Result<Layers, Box<dyn std::error::Error>> {
                let network = read_network(path.as_ref().ok_or("--from and --to are needed")?)?;
                Ok(network.import(&Double).layers().iter().map(|layer| layer.as_ref().clone()).collect())
            };
            let (from, to) = (end(&arguments.from)?, end(&arguments.to)?);
            let middle = mix(&[(0.5, &from), (0.5, &to)]);
            adam(middle, &arguments, |bend| bend_gradient(&data, what, [&from, bend, &to], &mut random))
        }
    };
    std::fs::write(&arguments.out, to_bytes(&trained)?)?;
    Ok(())
}

/// He's initialisation, biases zero.
fn initial(random: &mut ChaCha8Rng, widths: &[usize]) -> Layers {
    let layer = |pair: &[usize]| {
        let scale = (6.0 / pair[0] as f64).sqrt();
        DMatrix::from_fn(pair[0] + 1, pair[1], |i, _| {
            let uniform: f64 = random.random_range(-1.0..1.0);
            if i < pair[0] { scale * uniform } else { 0.0 }
        })
    };
    widths.windows(2).map(layer).collect()
}

/// Σ weight · layers.
fn mix(terms: &[(f64, &Layers)]) -> Layers {
    (0..terms[0].1.len()).map(|k| terms.iter().map(|(weight, layers)| &layers[k] * *weight).sum()).collect()
}

/// The mean over four points spread evenly from a random offset, by the weight of C at each.
fn bend_gradient(data: &Data, what: What, [from, bend, to]: [&Layers; 3], random: &mut ChaCha8Rng) -> (f64, Layers) {
    const POINTS: u32 = 4;
    let offset: f64 = random.random_range(0.0..1.0);
    let (mut loss, mut total) = (0.0, mix(&[(0.0, bend)]));
    for i in 0..POINTS {
        let t = (f64::from(i) + offset) / f64::from(POINTS);
        let weights = match what {
            What::Bezier => [(1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t],
            _ => [(1.0 - 2.0 * t).max(0.0), 1.0 - (1.0 - 2.0 * t).abs(), (2.0 * t - 1.0).max(0.0)],
        };
        let point = mix(&[(weights[0], from), (weights[1], bend), (weights[2], to)]);
        let (value, slope) = gradient(data, &point);
        loss += value / f64::from(POINTS);
        total = mix(&[(1.0, &total), (weights[1] / f64::from(POINTS), &slope)]);
    }
    (loss, total)
}

/// The cross-entropy and its gradient by back-propagation.
fn gradient(data: &Data, layers: &Layers) -> (f64, Layers) {
    let activation = data.activation.import(&Double);
    let mut features = vec![data.inputs.clone()];
    let mut slopes = Vec::new();
    for layer in &layers[..layers.len() - 1] {
        let pre = &features[features.len() - 1] * layer;
        slopes.push(pre.map(|x| activation.slopes()[activation.piece(&x)]));
        features.push(with_ones(&Double, &activation.apply(&pre)));
    }
    let mut output = &features[features.len() - 1] * &layers[layers.len() - 1];
    let (samples, mut loss) = (output.nrows() as f64, 0.0);
    for (mut row, &label) in output.row_iter_mut().zip(&data.labels) {
        let largest = row.max();
        row.apply(|x| *x = (*x - largest).exp());
        row /= row.sum();
        loss -= row[label].ln() / samples;
        row[label] -= 1.0;
        row /= samples;
    }
    let mut back = output;
    let mut gradients = Vec::new();
    for k in (0..layers.len()).rev() {
        gradients.push(features[k].tr_mul(&back));
        if k > 0 {
            let weights = layers[k].rows(0, layers[k].nrows() - 1);
            back = (back * weights.transpose()).component_mul(&slopes[k - 1]);
        }
    }
    gradients.reverse();
    (loss, gradients)
}

fn adam(mut layers: Layers, arguments: &Arguments, mut gradient: impl FnMut(&Layers) -> (f64, Layers)) -> Layers {
    let zero = mix(&[(0.0, &layers)]);
    let (mut mean, mut square) = (zero.clone(), zero);
    for step in 1..=arguments.steps {
        let (loss, slope) = gradient(&layers);
        let power = i32::try_from(step).unwrap_or(i32::MAX);
        let (first, second) = (1.0 - 0.9f64.powi(power), 1.0 - 0.999f64.powi(power));
        for k in 0..layers.len() {
            mean[k].zip_apply(&slope[k], |m, g| *m = 0.9 * *m + 0.1 * g);
            square[k].zip_apply(&slope[k], |s, g| *s = 0.999 * *s + 0.001 * g * g);
            layers[k].zip_zip_apply(&mean[k], &square[k], |w, m, s| {
                *w -= arguments.rate * (m / first) / ((s / second).sqrt() + 1e-8);
            });
        }
        if step % 50 == 0 || step == arguments.steps {
            eprintln!("step {step}: loss {loss:.6}");
        }
    }
    layers
}

/// Safetensors in f32 with the names that PyTorch gives.
fn to_bytes(layers: &Layers) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    use safetensors::tensor::{Dtype, TensorView};
    Parameters::new(layers.clone())?;
    let bytes = |matrix: DMatrix<f64>| -> Vec<u8> { matrix.iter().flat_map(|x| (*x as f32).to_le_bytes()).collect() };
    let mut arrays: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    for (k, layer) in layers.iter().enumerate() {
        let (rows, columns) = (layer.nrows() - 1, layer.ncols());
        // A column of ours is a row of PyTorch's (out, in), and nalgebra stores columns one after the other.
        arrays.push((format!("{}.weight", 2 * k), vec![columns, rows], bytes(layer.rows(0, rows).into_owned())));
        arrays.push((format!("{}.bias", 2 * k), vec![columns], bytes(layer.rows(rows, 1).into_owned())));
    }
    let views: HashMap<String, TensorView<'_>> = arrays
        .iter()
        .map(|(name, shape, data)| Ok((name.clone(), TensorView::new(Dtype::F32, shape.clone(), data)?)))
        .collect::<Result<_, safetensors::SafeTensorError>>()?;
    Ok(safetensors::serialize(views, None)?)
}
