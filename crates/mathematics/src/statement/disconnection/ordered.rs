//! Instances of the obstruction by order: N inputs on a line, N − 1 neurons of a leaky ReLU with slope s.
//!
//! 1. Neuron j bends at sample j, so that [F_1, 1] is regular: W_2 and b_2 fit all columns of Y.
//! 2. It looks the way that the obstruction asks for, e = (+, +, −, +, …), or all signs reversed if no step of y = Y u goes
//!    against the first second difference γ_1 (see `crates/checker/src/objects/ordered.rs`). The bends at the samples 2, …, N − 1
//!    are the γ_i, and that of the first neuron is g_1 − p_0, p_0 the slope left of all samples.
//! 3. Let γ_1 > 0, else negate y, T = Σ |γ_i|, and g_i the slopes. If some g_i < 0,
//!    2 p_0 = (1 + s)(g_1 + T) − (1 − s) g_(N−1), and p_0 > g_1 as T ≥ g_1 + g_(N−1) − 2 min g. If none is, and s > 0,
//!    2 s p_0 = (1 + s)(g_1 + T) + (1 − s) g_(N−1), which is larger than 2 s g_1. So v_1 has the other sign than γ_1, as it should.
//!    For s < 0, alternating targets and even N, see the first theorem of the file named.
//! 4. θ⁻ has the first two neurons exchanged.

use super::instances::{NoInstance, one_hidden_layer, with_neurons_exchanged};
use super::{Disconnection, Obstruction, ones_appended, product};
use crate::{
    linalg::{Exact, Kernel},
    network::Activation,
};
use nalgebra::DMatrix;
use rug::Rational;

/// Obstruction 4 for one input and one output: [`ordered_outputs`] with u = 1.
///
/// # Errors
/// As [`ordered_outputs`].
pub fn ordered_neurons(
    inputs: &[Rational],
    targets: &[Rational],
    slope: &Rational,
) -> Result<Disconnection, NoInstance> {
    let column = |list: &[Rational]| DMatrix::from_column_slice(list.len(), 1, list);
    let mut instance = ordered_outputs(&column(inputs), &column(targets), &[Rational::from(1)], slope)?;
    instance.obstruction = Obstruction::Ordered { direction: None, samples: None };
    Ok(instance)
}

/// Obstruction 4: any N ≥ 3 distinct inputs on a line, [N, d], and any targets Y [N, m] for which Y u [N, 1] has second
/// differences that alternate; N − 1 neurons of a leaky ReLU with slope s, both losses 0.
///
/// For 0 < s < 1 there is nothing else to ask for; for s = 0 some step of Y u has to go against the first second
/// difference; for −1 ≤ s < 0 the steps themselves have to alternate, and N to be even. The samples of the instance are
/// in their order on the line.
///
/// # Errors
/// [`NoInstance::Targets`], [`NoInstance::Samples`], [`NoInstance::Direction`], [`NoInstance::NotCollinear`],
/// [`NoInstance::EqualInputs`], [`NoInstance::SecondDifferences`], [`NoInstance::OrderedSlope`],
/// [`NoInstance::NoStepAgainst`].
pub fn ordered_outputs(
    inputs: &DMatrix<Rational>,
    targets: &DMatrix<Rational>,
    direction: &[Rational],
    slope: &Rational,
) -> Result<Disconnection, NoInstance> {
    let samples = inputs.nrows();
    if targets.nrows() != samples {
        return Err(NoInstance::Targets { inputs: samples, targets: targets.nrows() });
    }
    if samples < 3 {
        return Err(NoInstance::Samples { needed: 3, found: samples });
    }
    if direction.len() != targets.ncols() || direction.iter().all(Rational::is_zero) {
        return Err(NoInstance::Direction { outputs: targets.ncols(), found: direction.len() });
    }
    let (axis, order) = order_on_a_line(inputs)?;
    let (inputs, targets) = (inputs.select_rows(&order), targets.select_rows(&order));
    let direction = DMatrix::from_column_slice(direction.len(), 1, direction);
    let outputs = product(&targets, &direction);
    let rises = first_neurons_rise(inputs.column(axis).as_slice(), outputs.as_slice(), slope)?;
    let first = neurons_at_samples(&inputs, axis, rises);
    let activation = Activation::leaky_relu(slope.clone());
    let features = product(&ones_appended(&inputs), &first).map(|entry| activation.evaluate(&entry));
    let second = Exact.solve(&ones_appended(&features), &targets).expect("[F_1, 1] is regular");
    let positive = one_hidden_layer(first, second);
    Ok(Disconnection {
        activation,
        inputs,
        targets,
        obstruction: Obstruction::Ordered { direction: Some(direction), samples: None },
        negative: with_neurons_exchanged(&positive),
        positive,
    })
}

impl Disconnection {
    /// The same with further samples behind those that there are: any inputs, [K, d], labelled by the network θ⁺. For fewer than
    /// N − 1 neurons.
    ///
    /// # Panics
    /// Unless the obstruction is one by order, and the inputs have d entries.
    #[must_use]
    pub fn with_labelled_samples(mut self, inputs: &DMatrix<Rational>) -> Self {
        let Obstruction::Ordered { samples, .. } = &mut self.obstruction else { panic!("not by order") };
        samples.get_or_insert_with(|| (0..self.inputs.nrows()).collect());
        let rows = |matrix: &DMatrix<Rational>| matrix.row_iter().map(|row| row.into_owned()).collect::<Vec<_>>();
        self.inputs = DMatrix::from_rows(&[rows(&self.inputs), rows(inputs)].concat());
        let labels = self.output(&self.positive);
        let known = self.targets.nrows();
        self.targets = DMatrix::from_fn(labels.nrows(), labels.ncols(), |i, j| {
            if i < known { self.targets[(i, j)].clone() } else { labels[(i, j)].clone() }
        });
        self
    }
}

/// A coordinate that tells the inputs apart, and the samples in its order, if the inputs are distinct points on a line.
fn order_on_a_line(inputs: &DMatrix<Rational>) -> Result<(usize, Vec<usize>), NoInstance> {
    let difference = |i: usize, k: usize| Rational::from(&inputs[(i, k)] - &inputs[(0, k)]);
    let apart = |&(i, k): &(usize, usize)| !difference(i, k).is_zero();
    let pairs = (1..inputs.nrows()).flat_map(|i| (0..inputs.ncols()).map(move |k| (i, k)));
    let Some((other, axis)) = pairs.clone().find(apart) else {
        return Err(NoInstance::EqualInputs { first: 0, second: 1 });
    };
    let off = |&(i, k): &(usize, usize)| {
        difference(i, k) * difference(other, axis) != difference(i, axis) * difference(other, k)
    };
    if let Some((sample, _)) = pairs.clone().find(off) {
        return Err(NoInstance::NotCollinear { sample });
    }
    let mut order: Vec<usize> = (0..inputs.nrows()).collect();
    order.sort_by(|&a, &b| inputs[(a, axis)].cmp(&inputs[(b, axis)]));
    match order.windows(2).find(|pair| inputs[(pair[0], axis)] == inputs[(pair[1], axis)]) {
        Some(pair) => Err(NoInstance::EqualInputs { first: pair[0].min(pair[1]), second: pair[0].max(pair[1]) }),
        None => Ok((axis, order)),
    }
}

/// Whether e_1 > 0, if there are networks for these ascending places, outputs and slope.
fn first_neurons_rise(places: &[Rational], outputs: &[Rational], slope: &Rational) -> Result<bool, NoInstance> {
    let differences = |list: &[Rational]| list.windows(2).map(|pair| Rational::from(&pair[1] - &pair[0])).collect();
    let (steps, distances): (Vec<Rational>, Vec<Rational>) = (differences(outputs), differences(places));
    let slopes: Vec<Rational> = steps.iter().zip(&distances).map(|(step, h)| Rational::from(step / h)).collect();
    let bends: Vec<Rational> = differences(&slopes);
    if let Some(i) = first_without_change(&bends) {
        return Err(NoInstance::SecondDifferences { sample: i + 1 });
    }
    let parted = first_without_change(&steps).is_none() && steps.len() % 2 == 1;
    if *slope >= 1 || *slope < -1 || (*slope < 0 && !parted) {
        return Err(NoInstance::OrderedSlope);
    }
    let against = steps.iter().any(|step| Rational::from(step * &bends[0]) < 0);
    if slope.is_zero() && !against { Err(NoInstance::NoStepAgainst) } else { Ok(against) }
}

/// The place of the first number that is 0, or of the sign of the one before it.
fn first_without_change(numbers: &[Rational]) -> Option<usize> {
    let same = |&i: &usize| Rational::from(&numbers[i] * &numbers[i - 1]) >= 0;
    if numbers[0].is_zero() { Some(0) } else { (1..numbers.len()).find(same) }
}

/// U_1 [d + 1, N − 1]: neuron j is 0 at sample j, along one coordinate, and rises or falls on it as e_j asks for.
fn neurons_at_samples(inputs: &DMatrix<Rational>, axis: usize, rises: bool) -> DMatrix<Rational> {
    let bias = inputs.ncols();
    let turned = |j: usize| (j != 0 && j.is_multiple_of(2)) == rises;
    DMatrix::from_fn(bias + 1, inputs.nrows() - 1, |row, j| {
        let weight = Rational::from(if turned(j) { -1 } else { 1 });
        match row {
            row if row == axis => weight,
            row if row == bias => -weight * &inputs[(j, axis)],
            _ => Rational::new(),
        }
    })
}
