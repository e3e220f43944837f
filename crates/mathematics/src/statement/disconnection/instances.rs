//! Instances of the first three obstructions, found by construction; [`Disconnection::verify`] proves each.

use super::{Disconnection, Obstruction, margin_form};
use crate::statement::exact_signs::{determinant, squares};
use crate::{
    linalg::Kernel,
    network::{Activation, Parameters, with_ones},
};
use nalgebra::DMatrix;
use rug::Rational;

/// Why no instance is constructed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoInstance {
    /// The construction needs more samples.
    #[error("at least {needed} samples are needed, not {found}")]
    Samples { needed: usize, found: usize },
    /// The slope of the leaky ReLU is not between 0 and 1.
    #[error("the slope has to lie strictly between 0 and 1")]
    Slope,
    /// The slope of the leaky ReLU does not part neurons in order.
    #[error(
        "the slope has to be at least 0 and below 1, or, for an even number of samples with targets that rise and fall in turn, at least −1 and below 0"
    )]
    OrderedSlope,
    /// With slope 0 there is no network in order.
    #[error("for slope 0 some step of the targets has to go against their first second difference")]
    NoStepAgainst,
    /// The second differences of the targets do not alternate, in the order of the inputs (from 0).
    #[error("the second differences of the targets do not alternate at sample {sample}, in the order of the inputs")]
    SecondDifferences { sample: usize },
    /// An input is on no line with the others (from 0).
    #[error("input {sample} is not on the line through the others")]
    NotCollinear { sample: usize },
    /// Y u is not defined, or u = 0.
    #[error("a direction of {outputs} numbers, not all of them 0, is needed; found {found}")]
    Direction { outputs: usize, found: usize },
    /// rank of the centred targets < m: det W_L may vanish at loss 0.
    #[error("the centred targets have rank {rank}, and {outputs} columns")]
    CentredRank { rank: usize, outputs: usize },
    /// The layer before the last hidden one is too narrow for this construction.
    #[error("the layer before the last hidden one needs {needed} neurons at least, not {found}")]
    HiddenWidth { needed: usize, found: usize },
    /// σ is constant.
    #[error("the activation is constant")]
    Constant,
    /// Inputs and targets are of different numbers.
    #[error("{inputs} inputs, but {targets} targets")]
    Targets { inputs: usize, targets: usize },
    /// Two inputs are equal (from 0).
    #[error("the inputs {first} and {second} are equal")]
    EqualInputs { first: usize, second: usize },
    /// rank [Y, 1] < N: no margin.
    #[error("rank [Y, 1] = {rank} < N = {samples}")]
    TargetRank { rank: usize, samples: usize },
    /// The features of one column do not have rank N: σ is affine and N > 2, or σ is constant.
    #[error("the features reach rank {rank} < N = {samples}: the activation is affine")]
    FeatureRank { rank: usize, samples: usize },
}

fn integers(rows: usize, columns: usize, entries: &[i32]) -> DMatrix<Rational> {
    DMatrix::from_row_slice(rows, columns, entries).map(Rational::from)
}

/// One hidden layer: stacked U_1 [d + 1, n] and U_2 [n + 1, m].
pub(super) fn one_hidden_layer(first: DMatrix<Rational>, second: DMatrix<Rational>) -> Parameters<Rational> {
    Parameters::new(vec![first, second]).expect("the layers are built to fit")
}

/// Obstruction 1, the smallest: x = (0, 1), y = (0, 1), one hidden neuron, leaky ReLU with slope > 0, both losses 0.
///
/// # Errors
/// [`NoInstance::Slope`] unless 0 < slope < 1.
pub fn two_samples(slope: Rational) -> Result<Disconnection, NoInstance> {
    if slope <= 0 || slope >= 1 {
        return Err(NoInstance::Slope);
    }
    Ok(Disconnection {
        activation: Activation::leaky_relu(slope),
        inputs: integers(2, 1, &[0, 1]),
        targets: integers(2, 1, &[0, 1]),
        obstruction: Obstruction::SingleNeuron,
        positive: one_hidden_layer(integers(2, 1, &[1, 0]), integers(2, 1, &[1, 0])),
        negative: one_hidden_layer(integers(2, 1, &[-1, 1]), integers(2, 1, &[-1, 1])),
    })
}

/// Obstruction 2: N ≥ 3 inputs 0, …, N − 1, n = max(2, N − 2) neurons of a leaky ReLU, both losses 0.
///
/// The network comes first, the targets are its outputs. Neuron j bends at j, by −1, 1 − ε, −1, 1 − ε, …, and looks to
/// the left (weight −1), so that with an even number of neurons the slope at −∞ is (n/2) ε/(1 − slope). For odd n the
/// last neuron looks to the right and bends by −(1 + slope)/2 · D, D = (n − 1)/2 · ε. With ε as chosen the slopes of the
/// N − 1 pieces alternate. θ⁻ has the neuron that bends down in the first place, θ⁺ its neighbour.
///
/// # Errors
/// [`NoInstance::Slope`] unless 0 < slope < 1, [`NoInstance::Samples`].
pub fn alternating_targets(samples: usize, slope: Rational) -> Result<Disconnection, NoInstance> {
    if slope <= 0 || slope >= 1 {
        return Err(NoInstance::Slope);
    }
    if samples < 3 {
        return Err(NoInstance::Samples { needed: 3, found: samples });
    }
    let width = (samples - 2).max(2);
    let paired = width - width % 2;
    let drop = Rational::from(1 - &slope);
    let epsilon = Rational::from(&drop / paired as u64);
    let bend = |neuron: usize| match neuron {
        last if last == paired => -Rational::from(1 + &slope) * &drop / 4u32,
        even if even % 2 == 0 => Rational::from(-1),
        _ => Rational::from(1 - &epsilon),
    };
    let way = |neuron: usize| Rational::from(if neuron == paired { 1 } else { -1 });
    let first = DMatrix::from_fn(2, width, |row, neuron| match row {
        0 => way(neuron),
        _ => -way(neuron) * (neuron as u64 + 1),
    });
    let second = DMatrix::from_fn(width + 1, 1, |row, _| if row < width { bend(row) / &drop } else { Rational::new() });
    let negative = one_hidden_layer(first, second);
    let mut instance = Disconnection {
        activation: Activation::leaky_relu(slope),
        inputs: DMatrix::from_fn(samples, 1, |i, _| Rational::from(i)),
        targets: DMatrix::from_element(samples, 1, Rational::new()),
        obstruction: Obstruction::Alternation,
        positive: with_neurons_exchanged(&negative),
        negative,
    };
    instance.targets = instance.output(&instance.negative);
    Ok(instance)
}

/// Obstruction 3: any N ≥ 2 samples with distinct inputs and rank [Y, 1] = N, one hidden layer of N − 1 neurons, any σ
/// with two slopes (for N = 2, any that is not constant), both losses 0.
///
/// All neurons look at the same projection z = X w with distinct entries. Their biases are pivots among the kinks
/// t_j − z_i and a point beyond each end, as in Lemma 4.4, after the column of ones. For N ≥ 3 the second point
/// exchanges two neurons; for N = 2 it mirrors z.
///
/// # Errors
/// All of [`NoInstance`] but `Slope`.
pub fn independent_targets<K: Kernel<Scalar = Rational>>(
    kernel: &K,
    activation: &Activation,
    inputs: &DMatrix<Rational>,
    targets: &DMatrix<Rational>,
) -> Result<Disconnection, NoInstance> {
    let (samples, width) = (inputs.nrows(), inputs.nrows().saturating_sub(1));
    check_data(kernel, inputs, targets)?;
    let direction = separating_direction(inputs)?;
    let z = kernel.product(inputs, &direction);
    let biases = independent_biases(kernel, activation, &z)?;
    let first = DMatrix::from_fn(inputs.ncols() + 1, width, |row, neuron| {
        direction.get(row).cloned().unwrap_or_else(|| biases[neuron].clone())
    });
    let fitted = |first: DMatrix<Rational>| {
        let hidden = kernel.product(&with_ones(kernel, inputs), &first).map(|entry| activation.evaluate(&entry));
        let second = kernel.solve(&with_ones(kernel, &hidden), targets);
        one_hidden_layer(first, second.expect("[F_1, 1] is regular"))
    };
    let one = fitted(first.clone());
    let other = if samples == 2 { fitted(mirrored(&first, &z)) } else { with_neurons_exchanged(&one) };
    let obstruction = Obstruction::Features { margin: target_margin(targets) };
    let (activation, inputs, targets) = (activation.clone(), inputs.clone(), targets.clone());
    let instance = Disconnection { activation, inputs, targets, obstruction, positive: one, negative: other };
    let swap = determinant(&instance.last_features(&instance.positive)).0 < 0;
    Ok(if swap { instance.with_ends_exchanged() } else { instance })
}

impl Disconnection {
    fn with_ends_exchanged(self) -> Self {
        Disconnection { positive: self.negative, negative: self.positive, ..self }
    }
}

fn check_data<K: Kernel<Scalar = Rational>>(
    kernel: &K,
    inputs: &DMatrix<Rational>,
    targets: &DMatrix<Rational>,
) -> Result<(), NoInstance> {
    let samples = inputs.nrows();
    if targets.nrows() != samples {
        return Err(NoInstance::Targets { inputs: samples, targets: targets.nrows() });
    }
    if samples < 2 {
        return Err(NoInstance::Samples { needed: 2, found: samples });
    }
    let rank = kernel.rank(&with_ones(kernel, targets));
    if rank < samples { Err(NoInstance::TargetRank { rank, samples }) } else { Ok(()) }
}

/// Weights (1, k, k², …) with the smallest k ≥ 0 for which X w has distinct entries, [d, 1].
///
/// Two distinct rows agree for at most d − 1 values of k, so the search ends.
pub(super) fn separating_direction(inputs: &DMatrix<Rational>) -> Result<DMatrix<Rational>, NoInstance> {
    for second in 1..inputs.nrows() {
        if let Some(first) = (0..second).find(|&first| inputs.row(first) == inputs.row(second)) {
            return Err(NoInstance::EqualInputs { first, second });
        }
    }
    let direction = |k: u32| {
        let mut power = Rational::from(1);
        DMatrix::from_fn(inputs.ncols(), 1, |_, _| {
            let weight = power.clone();
            power *= k;
            weight
        })
    };
    let separates = |direction: &DMatrix<Rational>| {
        let mut z: Vec<Rational> = super::product(inputs, direction).iter().cloned().collect();
        z.sort();
        z.windows(2).all(|pair| pair[0] != pair[1])
    };
    Ok((0..).map(direction).find(separates).expect("the search ends"))
}

/// N − 1 biases b for which [1, σ(z + b_1), …, σ(z + b_(N−1))] is regular.
pub(super) fn independent_biases<K: Kernel<Scalar = Rational>>(
    kernel: &K,
    activation: &Activation,
    z: &DMatrix<Rational>,
) -> Result<Vec<Rational>, NoInstance> {
    let samples = z.nrows();
    let kinks = activation.breakpoints();
    let mut biases: Vec<Rational> = kinks.iter().flat_map(|t| z.iter().map(move |x| Rational::from(t - x))).collect();
    biases.sort();
    biases.dedup();
    match (biases.first().cloned(), biases.last().cloned()) {
        (Some(first), Some(last)) => biases.extend([first - 1u32, last + 1u32]),
        _ => biases.push(Rational::new()),
    }
    let columns = DMatrix::from_fn(samples, biases.len() + 1, |i, j| match j.checked_sub(1) {
        Some(j) => activation.evaluate(&Rational::from(&z[i] + &biases[j])),
        None => Rational::from(1),
    });
    let pivots = kernel.pivot_columns(&columns);
    if pivots.len() < samples {
        return Err(NoInstance::FeatureRank { rank: pivots.len(), samples });
    }
    Ok(pivots[1..].iter().map(|&column| biases[column - 1].clone()).collect())
}

/// For N = 2: the layer that sends each sample where the other one went, z ↦ z_1 + z_2 − z.
fn mirrored(first: &DMatrix<Rational>, z: &DMatrix<Rational>) -> DMatrix<Rational> {
    let mut mirrored = first.map(|weight| -weight);
    let bias = first.nrows() - 1;
    mirrored[(bias, 0)] = Rational::from(&z[0] + &z[1]) + &first[(bias, 0)];
    mirrored
}

/// The same network with its first two hidden neurons exchanged.
pub(super) fn with_neurons_exchanged(parameters: &Parameters<Rational>) -> Parameters<Rational> {
    let (mut first, mut second) = ((**parameters.layer(1)).clone(), (**parameters.layer(2)).clone());
    first.swap_columns(0, 1);
    second.swap_rows(0, 1);
    one_hidden_layer(first, second)
}

/// A μ > 0 with ‖uᵀY‖² ≥ μ ‖u‖² for all u ⟂ 1, within 1 % of the largest; [Y, 1] has rank N.
///
/// No μ can exceed ½ ‖y_1 − y_2‖², which is what u = e_1 − e_2 gives.
pub(in crate::statement) fn target_margin(targets: &DMatrix<Rational>) -> Rational {
    let difference = |j: usize| Rational::from(&targets[(0, j)] - &targets[(1, j)]).square();
    let high = (0..targets.ncols()).map(difference).sum::<Rational>() / 2u32;
    largest_margin(high, |margin| margin_form(targets, margin))
}

/// The largest μ up to `high` for which the form is positive semidefinite, within 1 %; for some μ > 0 it is.
pub(in crate::statement) fn largest_margin(
    mut high: Rational,
    form: impl Fn(&Rational) -> DMatrix<Rational>,
) -> Rational {
    let holds = |margin: &Rational| squares(&form(margin)).1;
    if holds(&high) {
        return high;
    }
    let mut low = Rational::from(&high / 2u32);
    while !holds(&low) {
        high = low;
        low = Rational::from(&high / 2u32);
    }
    for _ in 0..7 {
        let middle = Rational::from(&low + &high) / 2u32;
        if holds(&middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}
