//! Instances to try statements on: random, and adversarial in the ways that have broken proofs and programs.

use crate::network::{Activation, Criterion, Loss, Parameters};
use crate::statement::Problem;
use nalgebra::DMatrix;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::{Integer, Rational};

/// A problem, two networks for it, and a loss.
#[derive(Debug, Clone)]
pub struct Instance {
    /// What it is, in a few words.
    pub name: String,
    /// σ, X and the widths.
    pub problem: Problem,
    /// One end.
    pub from: Parameters<Rational>,
    /// The other.
    pub to: Parameters<Rational>,
    /// φ.
    pub loss: Loss,
}

impl Instance {
    /// A number so far above the infimum of the loss, which is where a descent may come.
    pub fn epsilon(&self, above: (u32, u32)) -> Rational {
        self.loss.infimum(64).hi() + Rational::from(above)
    }
}

/// What is special about the networks or data of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Twist {
    /// Nothing: small random rationals.
    Generic,
    /// The first network is zero throughout.
    Zero,
    /// Both are.
    BothZero,
    /// Half of the hidden neurons have zero outgoing weights.
    DeadNeurons,
    /// All neurons of a hidden layer have the same incoming weights.
    EqualNeurons,
    /// The second network is the first with its hidden neurons in another order.
    Permuted,
    /// The two networks are one.
    Identical,
    /// Weights of magnitude 2^±200.
    HugeAndTiny,
    /// The last samples differ from the first in 2^-100 only.
    NearlyEqualSamples,
}

impl Twist {
    /// All of them.
    pub const ALL: [Twist; 9] = [
        Twist::Generic,
        Twist::Zero,
        Twist::BothZero,
        Twist::DeadNeurons,
        Twist::EqualNeurons,
        Twist::Permuted,
        Twist::Identical,
        Twist::HugeAndTiny,
        Twist::NearlyEqualSamples,
    ];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Twist::Generic => "generic",
            Twist::Zero => "from the zero network",
            Twist::BothZero => "both ends zero",
            Twist::DeadNeurons => "dead neurons",
            Twist::EqualNeurons => "equal neurons",
            Twist::Permuted => "permuted neurons",
            Twist::Identical => "identical ends",
            Twist::HugeAndTiny => "weights of 2^200 and 2^-200",
            Twist::NearlyEqualSamples => "samples 2^-100 apart",
        }
    }
}

/// The activations that statements are tried with; all satisfy Assumption 2.2.
///
/// # Panics
/// Never: the texts are constants that every test reads.
pub fn activations() -> Vec<Activation> {
    let many: Vec<String> = (0..24).map(|i| i.to_string()).collect();
    let slopes: Vec<String> = (0..25).map(|i| format!("{}/3", 1 + (i * 7) % 5)).collect();
    let dozens = format!("pl:breakpoints={};slopes={};value=-1/2", many.join(","), slopes.join(","));
    ["relu", "leaky-relu=0.01", "abs", "hard-tanh", "pl:breakpoints=-1,1/2;slopes=-2,-1/3,-1;value=0", &dozens]
        .iter()
        .map(|text| text.parse().expect("an activation"))
        .collect()
}

/// Those that are strictly monotone and onto as well (Assumption 2.1).
pub fn monotone_activations() -> Vec<Activation> {
    activations().into_iter().filter(Activation::is_strictly_monotone_onto).collect()
}

/// An instance of small random rationals with the given shape and twist; the same for the same seed.
///
/// The rows of the inputs are distinct, and independent with the ones column where they can be.
pub fn instance(seed: u64, activation: &Activation, samples: usize, widths: &[usize], twist: Twist) -> Instance {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let inputs = distinct_rows(&mut random, samples, widths[0], twist);
    let mut from = network(&mut random, widths);
    let mut to = network(&mut random, widths);
    twist_networks(&mut random, twist, &mut from, &mut to);
    let outputs = widths[widths.len() - 1];
    let loss = loss(&mut random, seed, samples, outputs);
    let shape = widths.iter().map(ToString::to_string).collect::<Vec<_>>().join("-");
    let name = format!("{}, {shape}, N = {samples}, {activation}, seed {seed}", twist.name());
    let build = |layers: Vec<DMatrix<Rational>>| Parameters::new(layers).expect("layers of the given widths");
    let problem = Problem { activation: activation.clone(), inputs, widths: widths.to_vec() };
    Instance { name, problem, from: build(from), to: build(to), loss }
}

/// A loss of squares for a seed that 3 divides, then one with labels, then a cross-entropy with targets; for a single
/// output, of which the losses with labels make nothing, a binary cross-entropy in the place of both. Weighted once in three
/// times.
fn loss(random: &mut ChaCha8Rng, seed: u64, samples: usize, outputs: usize) -> Loss {
    let [family, member, weighted] = [seed % 3, seed / 3 % 2, seed / 6 % 3].map(|choice| choice as usize);
    let values = matrix(random, samples, outputs);
    // |k|/8 and 0 or 1, for the entries k/4 of the values.
    let shares = values.map(|y| y.abs() / 2u32);
    let units = values.map(|y| Rational::from(u8::from(y > 0)));
    let labels = (0..samples).map(|_| random.random_range(0..outputs)).collect();
    let criterion = match (family, member, outputs) {
        (0, 0, _) => Criterion::Square(values),
        (0, _, _) => Criterion::MeanSquare(values),
        (1, 0, 2..) => Criterion::CrossEntropy(labels),
        (1, _, 2..) => Criterion::Hinge(labels),
        (2, 0, 2..) => Criterion::SoftCrossEntropy(shares),
        (1, ..) => Criterion::BinaryCrossEntropy(units),
        _ => Criterion::BinaryCrossEntropy(shares),
    };
    let loss = Loss::new(criterion).expect("targets in their range");
    if weighted < 2 {
        return loss;
    }
    let mut weights: Vec<Rational> = (0..samples).map(|_| Rational::from((random.random_range(0..=8), 4))).collect();
    weights[0] += 1u32;
    loss.weighted(weights).expect("weights of which one is not 0")
}

fn network(random: &mut ChaCha8Rng, widths: &[usize]) -> Vec<DMatrix<Rational>> {
    widths.windows(2).map(|pair| matrix(random, pair[0] + 1, pair[1])).collect()
}

/// Entries k/4 with |k| ≤ 8.
fn matrix(random: &mut ChaCha8Rng, rows: usize, columns: usize) -> DMatrix<Rational> {
    DMatrix::from_fn(rows, columns, |_, _| Rational::from((random.random_range(-8..=8), 4)))
}

fn distinct_rows(random: &mut ChaCha8Rng, samples: usize, inputs: usize, twist: Twist) -> DMatrix<Rational> {
    let mut rows = matrix(random, samples, inputs);
    // Row i differs from all others in its first entry.
    for i in 0..samples {
        rows[(i, 0)] += Rational::from(5 * i);
    }
    if twist == Twist::NearlyEqualSamples && samples > 1 {
        let near = Rational::from((1, Integer::from(1) << 100));
        for j in 0..inputs {
            rows[(samples - 1, j)] = Rational::from(&rows[(0, j)] + &near);
        }
    }
    rows
}

type Layers = Vec<DMatrix<Rational>>;

fn twist_networks(random: &mut ChaCha8Rng, twist: Twist, from: &mut Layers, to: &mut Layers) {
    let hidden = from.len() - 1;
    match twist {
        Twist::Generic | Twist::NearlyEqualSamples => {}
        Twist::Zero => from.iter_mut().for_each(|layer| layer.fill(Rational::new())),
        Twist::BothZero => from.iter_mut().chain(to).for_each(|layer| layer.fill(Rational::new())),
        Twist::DeadNeurons => {
            for layer in from[1..].iter_mut().chain(&mut to[1..]) {
                (0..layer.nrows() - 1).step_by(2).for_each(|row| layer.row_mut(row).fill(Rational::new()));
            }
        }
        Twist::EqualNeurons => {
            for layer in from[..hidden].iter_mut().chain(&mut to[..hidden]) {
                let first = layer.column(0).into_owned();
                (1..layer.ncols()).for_each(|column| layer.set_column(column, &first));
            }
        }
        Twist::Permuted => {
            to.clone_from(from);
            for k in 0..hidden {
                let width = to[k].ncols();
                let mut order: Vec<usize> = (0..width).collect();
                order.shuffle(random);
                to[k] = to[k].select_columns(&order);
                order.push(width);
                to[k + 1] = to[k + 1].select_rows(&order);
            }
        }
        Twist::Identical => to.clone_from(from),
        Twist::HugeAndTiny => {
            let scale = Integer::from(1) << 200;
            from.iter_mut().for_each(|layer| layer.iter_mut().for_each(|entry| *entry *= &scale));
            to.iter_mut().for_each(|layer| layer.iter_mut().for_each(|entry| *entry /= &scale));
        }
    }
}
