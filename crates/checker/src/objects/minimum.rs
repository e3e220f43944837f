//! **A minimum.** One hidden layer, Φ = ½‖F − Y‖², R = F − Y the residual of the given network, which is not zero.
//!
//! *In a cell* (no `barycentres`): no pre-activation z_ij of a sample i and a neuron j is a breakpoint of σ. While all stay in
//! their pieces, the features of neuron j are D_j (X w_j + b_j) + κ_j with the slopes D_j and the intercepts κ_j of these pieces,
//! so that every column of the output is in the span of 1 and of all columns of D_j X, D_j 1 and κ_j. If all columns of R are
//! orthogonal to it, F′ − F is orthogonal to R there, and Φ(θ′) = Φ(θ) + ½‖F′ − F‖². It is so at least for all θ′ with
//! |θ′ − θ|² < min (z_ij − t)²/(|x_i|² + 1) over samples, neurons and breakpoints t, by Cauchy and Schwarz.
//!
//! *By Jensen's inequality* (with `barycentres` P `[N, N]`): one output, σ convex, v = W_2 > 0, P ≥ 0, R = Pᵀ1 − P1, and
//! P X = diag(P1) X: row k of P weighs the samples so that their barycentre is x_k. For every convex g then
//! Σ_i P_ki g(x_i) ≥ (P1)_k g(x_k), with equality for affine ones, and summed up ⟨R, g(X)⟩ ≥ 0, ⟨R, 1⟩ = 0. Every neuron is
//! a convex function of the input: all networks with v′ ≥ 0 have ⟨R, F′⟩ ≥ 0, and with ⟨R, F⟩ = 0
//! Φ(θ′) ≥ Φ(θ) + ⟨R, F′ − F⟩ ≥ Φ(θ). To a lower loss a path has to leave v ≥ 0; a path on which the loss never rises has
//! constant loss until then, on which some v_j has fallen to 0: a way of length min v at least.

use crate::rational::Rational;
use crate::{
    certificate::{Limit, Limits, object},
    finding::{Extent, Finding, Own, Unproved},
    matrix::{Matrix, Reading},
    state::{Setting, State},
    verdict::{Failure, Part, Rejection},
};
use num_bigint::BigInt;
use num_traits::Signed;

pub fn check(minimum: &object::Minimum, reading: Reading, limits: &Limits) -> Result<Finding, Failure> {
    let setting = setting(minimum, reading, limits)?;
    let shape = (setting.samples(), setting.widths[2]);
    let targets = Matrix::read(&minimum.targets, Part::Targets, shape, reading)?;
    let state = setting.network(&minimum.network.layers, reading)?;
    let residual = setting.minus(state.output(), &targets)?;
    if residual.is_zero() {
        return Err(Rejection::from(Unproved::LossZero).into());
    }
    let extent = match &minimum.barycentres {
        None => cell(&state, &residual)?,
        Some(weights) => {
            let weights = Matrix::read(weights, Part::Object("barycentres"), (shape.0, shape.0), reading)?;
            orthant(&state, &residual, &weights)?
        }
    };
    let value = half_square(&residual);
    let loss = |layers| -> Result<_, Failure> {
        Ok(half_square(&setting.minus(setting.network(layers, reading)?.output(), &targets)?))
    };
    let lower = minimum.lower.as_ref().map(loss).transpose()?;
    if lower.as_ref().is_some_and(|lower| *lower >= value) {
        return Err(Rejection::from(Unproved::NotLower).into());
    }
    Ok(Finding::Minimum { widths: setting.widths.clone(), value, lower, extent, compared: Own::default() })
}

/// Two layers, and data of their shapes.
fn setting(minimum: &object::Minimum, reading: Reading, limits: &Limits) -> Result<Setting, Failure> {
    let (widths, samples) = (minimum.network.widths.clone(), minimum.inputs.rows);
    if widths.len() != 3 || widths.contains(&0) || samples == 0 {
        return Err(Rejection::Widths { widths }.into());
    }
    let setting = Setting::of_object(&widths, &minimum.network.activation, &minimum.inputs, reading, limits)?;
    let [d, n, m] = [widths[0], widths[1], widths[2]].map(|width| width as u64);
    let products = (d + m + 2).saturating_mul(n).saturating_mul(m).max((d + 2).saturating_mul(samples as u64));
    limits.allow(Limit::Products, products.saturating_mul(samples as u64))?;
    Ok(setting)
}

/// The cell around the network, if the residual is orthogonal to what is reached in it.
fn cell(state: &State, residual: &Matrix) -> Result<Extent, Rejection> {
    let (activation, pre) = (&state.setting.activation, state.pre(1));
    let thresholds = activation.thresholds(pre.den());
    let width = pre.cols();
    for (at, number) in pre.num().iter().enumerate() {
        // The last piece that holds it begins with it.
        if thresholds.piece(number).checked_sub(1).is_some_and(|before| thresholds.is_within(number, before)) {
            return Err(Unproved::OnBreakpoint { sample: at / width, neuron: at % width }.into());
        }
    }
    let (inputs, columns) = (state.setting.inputs.with_ones(), residual.transposed());
    if !columns.times(&state.features(1).with_ones()).is_zero() {
        return Err(Unproved::OutputDescends.into());
    }
    let (slopes, _) = activation.pieces();
    let slopes: Vec<&BigInt> = slopes.map(|(slope, _)| slope).collect();
    for neuron in 0..width {
        let slope = |sample: usize| slopes[thresholds.piece(&pre.at(sample, neuron))];
        let row = |i: usize| inputs.row(i).iter().map(|x| x * slope(i)).collect::<Vec<_>>();
        let num = (0..inputs.rows()).flat_map(row).collect();
        let reached = inputs.with((inputs.rows(), inputs.cols()), num, inputs.den().clone());
        if !columns.times(&reached).is_zero() {
            return Err(Unproved::NeuronDescends { neuron }.into());
        }
    }
    Ok(Extent::Cell { squared_radius: squared_radius(state) })
}

/// min (z_ij − t)²/(|x_i|² + 1); none if there is no breakpoint.
fn squared_radius(state: &State) -> Option<Rational> {
    let (pre, inputs) = (state.pre(1), &state.setting.inputs);
    let of_sample = |i: usize| {
        let squares: BigInt = inputs.row(i).iter().map(|x| x * x).sum();
        let spread = Rational::new(squares, inputs.den() * inputs.den()) + BigInt::from(1);
        let places = (i * pre.cols()..(i + 1) * pre.cols()).map(|place| pre.entry(place));
        let breakpoints = state.setting.activation.breakpoints();
        // The nearest breakpoints are the last one up to z and the first one behind it.
        let gaps = places.flat_map(|z| {
            let behind = breakpoints.partition_point(|t| *t <= z);
            breakpoints[behind.saturating_sub(1)..].iter().take(2).map(move |t| &z - t).collect::<Vec<_>>()
        });
        gaps.map(|gap| &gap * &gap).min().map(|square| square / spread)
    };
    (0..pre.rows()).filter_map(of_sample).min()
}

/// The networks with W_2 ≥ 0, if Jensen's inequality says that none has a lower loss.
fn orthant(state: &State, residual: &Matrix, weights: &Matrix) -> Result<Extent, Rejection> {
    let (pieces, _) = state.setting.activation.pieces();
    let slopes: Vec<&BigInt> = pieces.map(|(slope, _)| slope).collect();
    if slopes.windows(2).any(|pair| pair[0] > pair[1]) {
        return Err(Unproved::NotConvex.into());
    }
    let last = &state.layer(2).weight;
    if last.cols() != 1 {
        return Err(Unproved::SeveralOutputs { outputs: last.cols() }.into());
    }
    if let Some(neuron) = last.num().iter().position(|weight| !weight.is_positive()) {
        return Err(Unproved::OutgoingNotPositive { neuron }.into());
    }
    barycentres(&state.setting.inputs, residual, weights)?;
    if !residual.transposed().times(state.output()).is_zero() {
        return Err(Unproved::OutputNotOrthogonal.into());
    }
    let least = last.num().iter().min().cloned().unwrap_or_default();
    Ok(Extent::Orthant { least: Rational::new(least, last.den().clone()) })
}

/// P ≥ 0, P X = diag(P1) X and R = Pᵀ1 − P1.
fn barycentres(inputs: &Matrix, residual: &Matrix, weights: &Matrix) -> Result<(), Rejection> {
    let samples = weights.rows();
    if let Some(at) = weights.num().iter().position(Signed::is_negative) {
        return Err(Unproved::NegativeBarycentre { row: at / samples, column: at % samples }.into());
    }
    let sums: Vec<BigInt> = (0..samples).map(|k| weights.row(k).iter().sum()).collect();
    let num = (0..samples).flat_map(|k| inputs.row(k).iter().map(|x| x * &sums[k]).collect::<Vec<_>>()).collect();
    let centres = inputs.with((samples, inputs.cols()), num, inputs.den() * weights.den());
    let found = weights.times(inputs);
    if let Some(row) = (0..samples).find(|&k| found.row_range(k..k + 1) != centres.row_range(k..k + 1)) {
        return Err(Unproved::Barycentre { row }.into());
    }
    let column = |i: usize| (0..samples).map(|k| weights.at(k, i).into_owned()).sum::<BigInt>();
    let num = (0..samples).map(|i| column(i) - &sums[i]).collect();
    match *residual == residual.with((samples, 1), num, weights.den().clone()) {
        true => Ok(()),
        false => Err(Unproved::ResidualNotThat.into()),
    }
}

/// ½‖A‖².
fn half_square(matrix: &Matrix) -> Rational {
    let sum: BigInt = matrix.num().iter().map(|entry| entry * entry).sum();
    Rational::new(sum, matrix.den() * matrix.den() * 2)
}
