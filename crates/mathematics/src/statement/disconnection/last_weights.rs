//! Instances of the obstruction by the last weights: n_(L−1) = m, at any depth, with all layers before as wide as one likes.
//!
//! On a piece of slope a ≠ 0 around z_0, of half-width r: σ(z_0 + x) = σ(z_0) + a x for |x| ≤ r.
//!
//! 1. A direction w separates the inputs, z = X w. Where there are several layers before the last hidden one, the first
//!    neuron of each but the last of them carries z on, scaled into the piece.
//! 2. The last of them has N − 1 neurons with [1, σ(z + b)] regular, and [F, 1] has rank N. With none of them, F = X.
//! 3. The last hidden layer solves [F, 1] U = z_0 + ε Y with |ε Y| ≤ r. Its features are σ(z_0) + a ε Y.
//! 4. W_L = I/(a ε) and b_L = −σ(z_0)/(a ε) make Y of them.
//! 5. θ′ has two neurons of the last hidden layer exchanged, for m ≥ 2; for m = 1 it has −ε in the place of ε.

use super::instances::{NoInstance, independent_biases, largest_margin, separating_direction};
use super::{Disconnection, Obstruction, ones_appended, output_form, product};
use crate::{
    linalg::{Exact, Kernel},
    network::{Activation, Parameters},
    statement::exact_signs::determinant,
};
use nalgebra::DMatrix;
use rug::Rational;

/// Obstruction 5: N distinct inputs, rank of the centred targets m = n_L, any σ with two slopes, the hidden widths
/// (`before`, m) with any N − 1 or more in the last place of `before`; both losses 0. If `before` is empty, rank [X, 1] = N is
/// asked for, and any σ that is not constant will do.
///
/// # Errors
/// [`NoInstance::Targets`], [`NoInstance::CentredRank`], [`NoInstance::EqualInputs`], [`NoInstance::Constant`],
/// [`NoInstance::HiddenWidth`], [`NoInstance::FeatureRank`].
///
/// # Panics
/// If a width is 0.
pub fn last_weights(
    activation: &Activation,
    inputs: &DMatrix<Rational>,
    targets: &DMatrix<Rational>,
    before: &[usize],
) -> Result<Disconnection, NoInstance> {
    let (samples, outputs) = (inputs.nrows(), targets.ncols());
    if targets.nrows() != samples {
        return Err(NoInstance::Targets { inputs: samples, targets: targets.nrows() });
    }
    let rank = Exact.rank(&ones_appended(targets)) - 1;
    if rank < outputs {
        return Err(NoInstance::CentredRank { rank, outputs });
    }
    let piece = Piece::of(activation)?;
    let (mut layers, features) = layers_before(activation, inputs, before, &piece)?;
    let pivots = Exact.pivot_columns(&features);
    if pivots.len() < samples {
        return Err(NoInstance::FeatureRank { rank: pivots.len(), samples });
    }
    let scale = piece.scale(targets);
    let mut last_two = |scale: &Rational| {
        let wanted = targets.map(|entry| entry * scale + &piece.middle);
        let solved = Exact.solve(&features.select_columns(&pivots), &wanted).expect("the pivots are independent");
        let mut hidden = DMatrix::from_element(features.ncols(), outputs, Rational::new());
        pivots.iter().enumerate().for_each(|(row, &place)| hidden.set_row(place, &solved.row(row)));
        layers.truncate(before.len());
        layers.extend([hidden, piece.undone(scale, outputs)]);
        Parameters::new(layers.clone()).expect("the layers are built to fit")
    };
    let one = last_two(&scale);
    let other = if outputs == 1 { last_two(&-scale) } else { exchanged_before_the_last(&one) };
    let swap = determinant(&super::last_matrix(&one)).0 < 0;
    let (positive, negative) = if swap { (other, one) } else { (one, other) };
    let margin = largest_margin(least_column(targets), |margin| output_form(targets, margin));
    let (activation, inputs, targets) = (activation.clone(), inputs.clone(), targets.clone());
    Ok(Disconnection {
        activation,
        inputs,
        targets,
        obstruction: Obstruction::LastWeights { margin },
        positive,
        negative,
    })
}

/// A piece of σ on which it is not constant.
struct Piece {
    /// z_0.
    middle: Rational,
    /// r.
    radius: Rational,
    /// σ(z_0).
    value: Rational,
    /// a.
    slope: Rational,
}

impl Piece {
    fn of(activation: &Activation) -> Result<Self, NoInstance> {
        let kinks = activation.breakpoints();
        let index = activation.slopes().iter().position(|slope| !slope.is_zero()).ok_or(NoInstance::Constant)?;
        let (left, right) = (index.checked_sub(1).map(|i| &kinks[i]), kinks.get(index));
        let (middle, radius) = match (left, right) {
            (Some(left), Some(right)) => (Rational::from(left + right) / 2u32, Rational::from(right - left) / 2u32),
            (Some(left), None) => (Rational::from(left + 1u32), Rational::from(1)),
            (None, Some(right)) => (Rational::from(right - 1u32), Rational::from(1)),
            (None, None) => (Rational::new(), Rational::from(1)),
        };
        Ok(Piece { value: activation.evaluate(&middle), slope: activation.slopes()[index].clone(), middle, radius })
    }

    /// ε > 0 with |ε x| ≤ r for all entries.
    fn scale(&self, matrix: &DMatrix<Rational>) -> Rational {
        let largest = matrix.iter().map(|entry| Rational::from(entry.abs_ref())).max().unwrap_or_default();
        if largest.is_zero() { self.radius.clone() } else { Rational::from(&self.radius / &largest) }
    }

    /// U_L [m + 1, m]: σ(z_0) + a ε y becomes y.
    fn undone(&self, scale: &Rational, outputs: usize) -> DMatrix<Rational> {
        let factor = Rational::from(&self.slope * scale).recip();
        DMatrix::from_fn(outputs + 1, outputs, |row, column| match row {
            row if row == column => factor.clone(),
            row if row == outputs => -Rational::from(&factor * &self.value),
            _ => Rational::new(),
        })
    }
}

/// The layers before the last hidden one, and [F, 1] behind them.
fn layers_before(
    activation: &Activation,
    inputs: &DMatrix<Rational>,
    before: &[usize],
    piece: &Piece,
) -> Result<(Vec<DMatrix<Rational>>, DMatrix<Rational>), NoInstance> {
    let direction = separating_direction(inputs)?;
    let Some((&wide, carrying)) = before.split_last() else { return Ok((vec![], ones_appended(inputs))) };
    let needed = inputs.nrows() - 1;
    if wide < needed {
        return Err(NoInstance::HiddenWidth { needed, found: wide });
    }
    let (mut layers, mut features, mut along) = (vec![], ones_appended(inputs), direction);
    for &width in carrying {
        let z = product(&features, &along.clone().insert_row(along.nrows(), Rational::new()));
        let scale = piece.scale(&z);
        let layer = DMatrix::from_fn(along.nrows() + 1, width, |row, neuron| match along.get(row) {
            _ if neuron > 0 => Rational::new(),
            Some(weight) => Rational::from(weight * &scale),
            None => piece.middle.clone(),
        });
        features = ones_appended(&product(&features, &layer).map(|entry| activation.evaluate(&entry)));
        layers.push(layer);
        along = DMatrix::from_fn(width, 1, |row, _| Rational::from(u32::from(row == 0)));
    }
    let z = product(&features, &along.clone().insert_row(along.nrows(), Rational::new()));
    let biases = independent_biases(&Exact, activation, &z)?;
    let layer = DMatrix::from_fn(along.nrows() + 1, wide, |row, neuron| match (biases.get(neuron), along.get(row)) {
        (None, _) => Rational::new(),
        (Some(_), Some(weight)) => weight.clone(),
        (Some(bias), None) => bias.clone(),
    });
    features = ones_appended(&product(&features, &layer).map(|entry| activation.evaluate(&entry)));
    layers.push(layer);
    Ok((layers, features))
}

/// The same network with the first two neurons of its last hidden layer exchanged.
fn exchanged_before_the_last(parameters: &Parameters<Rational>) -> Parameters<Rational> {
    let mut layers: Vec<_> = parameters.layers().iter().map(|layer| (**layer).clone()).collect();
    let depth = layers.len();
    layers[depth - 2].swap_columns(0, 1);
    layers[depth - 1].swap_rows(0, 1);
    Parameters::new(layers).expect("the shapes have not changed")
}

/// The least diagonal entry of GᵀG: no margin is larger.
fn least_column(targets: &DMatrix<Rational>) -> Rational {
    let centred = super::centred(targets);
    let norms = centred.column_iter().map(|column| column.iter().map(|entry| Rational::from(entry.square_ref())).sum());
    norms.min().expect("there are outputs")
}
