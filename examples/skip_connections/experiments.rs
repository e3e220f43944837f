//! The two experiments: which networks are trained how, and what is measured.

use crate::network::{Activation, Descent, Network, Samples, accuracy, cross_entropy};
use crate::{Data, Setting};
use nalgebra::DMatrix;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// What is trained of which network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// The last hidden layer is connected to the output; U and V are trained.
    Plain,
    /// N units of all hidden layers are connected; U and V are trained.
    Skip,
    /// N units of all hidden layers are connected; U stays as drawn, V is trained.
    Random,
    /// N units of all hidden layers are connected; U stays as drawn, V solves Ψ(U) V = one-hot labels.
    Solved,
}

impl Model {
    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Skip => "skip-SGD",
            Self::Random => "skip-rand, SGD",
            Self::Solved => "skip-rand, solved",
        }
    }
}

/// A row of the tables: the accuracies of every draw of the weights and of the connected units.
pub struct Row {
    pub activation: Activation,
    pub model: Model,
    /// The learning rate with the best training accuracy; none where nothing is trained step by step.
    pub rate: Option<f64>,
    pub train: Vec<f64>,
    pub test: Vec<f64>,
    /// The largest condition number of Ψ(U) for the drawn U.
    pub condition: Option<f64>,
}

/// What a training has reached after some epochs.
pub struct Point {
    pub epoch: usize,
    pub loss: f64,
    /// The share of the training samples that are misclassified.
    pub error: f64,
}

/// The learning rates of the tables; the paper has 0.01, 0.1 for one of the networks.
const TABLE_RATES: [f64; 2] = [0.1, 0.01];
/// Those of Figure 5 that are tried; the paper also has 1e-4 and 1e-5.
const DEPTH_RATES: [f64; 2] = [1e-2, 1e-3];
/// So many times the epochs where V alone is trained: it converges slowly, and the paper too has more for it.
pub const LINEAR_EPOCHS: usize = 10;
/// Epochs between two points of a curve.
const STRIDE: usize = 10;

/// Tables 1 and 2: every activation and model.
pub fn tables(data: &Data, setting: &Setting) -> Vec<Row> {
    let models = [Model::Plain, Model::Skip, Model::Random, Model::Solved];
    let rows: Vec<_> = [Activation::Sigmoid, Activation::Softplus]
        .into_iter()
        .flat_map(|activation| models.map(|model| (activation, model)))
        .collect();
    rows.into_par_iter().map(|(activation, model)| row(data, setting, activation, model)).collect()
}

fn row(data: &Data, setting: &Setting, activation: Activation, model: Model) -> Row {
    let runs =
        |rate| (0..setting.draws).into_par_iter().map(move |draw| run(data, setting, activation, model, rate, draw));
    let mean = |(_, runs): &(_, Vec<Run>)| runs.iter().map(|run| run.train).sum::<f64>();
    let rates = if model == Model::Solved { vec![None] } else { TABLE_RATES.map(Some).to_vec() };
    let tried: Vec<(Option<f64>, Vec<Run>)> =
        rates.into_par_iter().map(|rate| (rate, runs(rate.unwrap_or(0.0)).collect())).collect();
    let (rate, runs) = tried.into_iter().max_by(|a, b| mean(a).total_cmp(&mean(b))).expect("a rate at least");
    Row {
        activation,
        model,
        rate,
        train: runs.iter().map(|run| run.train).collect(),
        test: runs.iter().map(|run| run.test).collect(),
        condition: runs.iter().filter_map(|run| run.condition).max_by(f64::total_cmp),
    }
}

/// The accuracies that one training reached.
struct Run {
    train: f64,
    test: f64,
    condition: Option<f64>,
}

fn run(data: &Data, setting: &Setting, activation: Activation, model: Model, rate: f64, draw: u64) -> Run {
    let mut random = ChaCha8Rng::seed_from_u64(setting.seed);
    random.set_stream(draw);
    let mut network = setting.network(data, activation, model != Model::Plain, &mut random);
    let descent = setting.descent(rate, true);
    let mut condition = None;
    match model {
        Model::Plain | Model::Skip => network.train(&data.train, &descent, &mut random, |_, _| ()),
        Model::Random => {
            let descent = Descent { epochs: setting.epochs * LINEAR_EPOCHS, ..descent };
            train_output(&mut network, data, &descent, &mut random);
        }
        Model::Solved => condition = Some(solve_output(&mut network, data)),
    }
    let accuracy = |samples: &Samples| accuracy(&network.outputs(&samples.inputs), &samples.labels);
    Run { train: accuracy(&data.train), test: accuracy(&data.test), condition }
}

/// SGD for V: the linear classifier of the fixed features Ψ(U).
fn train_output(network: &mut Network, data: &Data, descent: &Descent, random: &mut ChaCha8Rng) {
    let inputs = network.connected_features(&network.features(&data.train.inputs));
    let features = Samples { inputs, labels: data.train.labels.clone() };
    let mut classifier = Network::linear(network.output.clone());
    classifier.train(&features, descent, random, |_, _| ());
    network.output = classifier.output;
}

/// The V of the least norm among those with the least ‖Ψ(U) V − one-hot labels‖, no biases; the condition number of Ψ(U).
fn solve_output(network: &mut Network, data: &Data) -> f64 {
    let features = network.connected_features(&network.features(&data.train.inputs));
    let labels = &data.train.labels;
    let targets = DMatrix::from_fn(labels.len(), data.classes, |i, j| f64::from(u8::from(labels[i] == j)));
    let (units, svd) = (features.ncols(), features.svd(true, true));
    let (largest, smallest) = (svd.singular_values.max(), svd.singular_values.min());
    let solution = svd.solve(&targets, f64::EPSILON * largest).expect("both factors were asked for");
    network.output = solution.insert_row(units, 0.0);
    largest / smallest
}

/// Figure 5: the curves of a plain and a skip network with softplus, each at the rate with the lower final loss.
pub fn depth(data: &Data, setting: &Setting) -> [(f64, Vec<Point>); 2] {
    let tasks: Vec<_> = [false, true].into_iter().flat_map(|skip| DEPTH_RATES.map(|rate| (skip, rate))).collect();
    let curves: Vec<_> = tasks.into_par_iter().map(|(skip, rate)| (rate, curve(data, setting, skip, rate))).collect();
    let last = |(_, curve): &(f64, Vec<Point>)| curve.last().map_or(f64::INFINITY, |point| point.loss);
    let mut curves = curves.into_iter();
    [(); 2].map(|()| {
        curves.by_ref().take(DEPTH_RATES.len()).min_by(|a, b| last(a).total_cmp(&last(b))).expect("a rate at least")
    })
}

fn curve(data: &Data, setting: &Setting, skip: bool, rate: f64) -> Vec<Point> {
    let mut random = ChaCha8Rng::seed_from_u64(setting.seed);
    let mut network = setting.network(data, Activation::Softplus, skip, &mut random);
    let mut curve = vec![point(&network, &data.train, 0)];
    network.train(&data.train, &setting.descent(rate, false), &mut random, |epoch, network| {
        if epoch % STRIDE == 0 || epoch == setting.epochs {
            curve.push(point(network, &data.train, epoch));
        }
    });
    curve
}

fn point(network: &Network, samples: &Samples, epoch: usize) -> Point {
    let outputs = network.outputs(&samples.inputs);
    let (loss, accuracy) = (cross_entropy(&outputs, &samples.labels), accuracy(&outputs, &samples.labels));
    Point { epoch, loss, error: 1.0 - accuracy }
}
