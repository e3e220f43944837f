//! Trials of what parts networks that are one neuron short: neurons in order, and the last weights.

use super::claims::{disconnected_although, problem_of};
use super::statement::{Control, Outcome, Refusal, unproved, words};
use super::{Draw, Proof, Setup, Twist};
use crate::arith::write_rational;
use crate::checker::Unproved;
use crate::network::Activation;
use crate::statement::disconnection::{
    Disconnection, NoInstance, Obstruction, last_weights, ordered_neurons, ordered_outputs,
};
use crate::statement::{Hypothesis, wide_first_layer};
use nalgebra::DMatrix;
use rug::Rational;

/// Numbers p/r with 1 ≤ p ≤ 40, 1 ≤ r ≤ 4.
fn positive(draw: &mut Draw, count: usize) -> Vec<Rational> {
    (0..count).map(|_| Rational::from((draw.count(1..=40) as u32, draw.count(1..=4) as u32))).collect()
}

/// The sums of the first terms, from one on.
fn sums(terms: impl IntoIterator<Item = Rational>) -> Vec<Rational> {
    let mut sum = Rational::new();
    let add = |term: Rational| {
        sum += term;
        sum.clone()
    };
    terms.into_iter().map(add).collect()
}

/// Every other number with the other sign.
fn in_turn(draw: &mut Draw, numbers: Vec<Rational>) -> Vec<Rational> {
    let first = usize::from(draw.once_in(2));
    numbers.into_iter().enumerate().map(|(i, number)| if (i + first) % 2 == 0 { number } else { -number }).collect()
}

/// s in hundredths, at least `least`.
fn slope(draw: &mut Draw, least: usize) -> Rational {
    Rational::from((draw.count(least..=99) as u32, 100))
}

/// Targets that rise and fall in turn; of an even number also slopes below 0.
fn alternating(draw: &mut Draw) -> Result<Disconnection, String> {
    let samples = draw.count(3..=13);
    let (inputs, steps) = (positive(draw, samples), positive(draw, samples));
    let targets = sums(in_turn(draw, steps));
    let mut slope = slope(draw, 0);
    if samples.is_multiple_of(2) && draw.once_in(3) {
        slope = -slope - Rational::from((1, 100));
    }
    ordered_neurons(&sums(inputs), &targets, &slope).map_err(words)
}

/// Inputs, and targets of which only the second differences alternate: all steps rise.
fn bending(draw: &mut Draw) -> (Vec<Rational>, Vec<Rational>) {
    let samples = draw.count(3..=13);
    let (distances, bends) = (positive(draw, samples), positive(draw, samples - 2));
    let slopes = sums(in_turn(draw, bends));
    let least = slopes.iter().min().map_or_else(Rational::new, |least| Rational::from(least.min(&Rational::new())));
    let slopes = [Rational::new()].into_iter().chain(slopes).map(|slope| slope + 1u32 - &least);
    let steps = slopes.zip(&distances[1..]).map(|(slope, distance)| slope * distance);
    let targets = sums([Rational::new()].into_iter().chain(steps));
    (sums(distances), targets)
}

/// Only the second differences alternate.
fn rising(draw: &mut Draw) -> Result<Disconnection, String> {
    let (inputs, targets) = bending(draw);
    ordered_neurons(&inputs, &targets, &slope(draw, 1)).map_err(words)
}

/// Inputs on a line in the space, two outputs of which the sum has such second differences, further samples.
fn on_a_line(draw: &mut Draw) -> Result<Disconnection, String> {
    let (places, sum) = bending(draw);
    let (n, way) = (places.len(), positive(draw, 3));
    let inputs = DMatrix::from_fn(n, 3, |i, k| Rational::from(&places[i] * &way[k]) - k as u32);
    let first = draw.matrix(n, 1);
    let targets =
        DMatrix::from_fn(n, 2, |i, j| if j == 0 { first[i].clone() } else { Rational::from(&sum[i] - &first[i]) });
    let instance = ordered_outputs(&inputs, &targets, &[1, 1].map(Rational::from), &slope(draw, 1)).map_err(words)?;
    let further = draw.count(0..=4);
    Ok(if further == 0 { instance } else { instance.with_labelled_samples(&draw.matrix(further, 3)) })
}

/// A square last matrix behind layers that are wide enough for everything else.
fn square(draw: &mut Draw, activation: &Activation) -> Result<Disconnection, String> {
    let outputs = draw.count(1..=3);
    let samples = outputs + draw.count(1..=3);
    let before = [2 * samples + draw.count(0..=2), samples - 1 + draw.count(0..=2)];
    let first = usize::from(draw.once_in(2));
    loop {
        let (inputs, targets) = (draw.matrix(samples, 2), draw.matrix(samples, outputs));
        match last_weights(activation, &inputs, &targets, &before[..2 - first]) {
            Err(NoInstance::CentredRank { .. } | NoInstance::EqualInputs { .. }) => {}
            found => return found.map_err(words),
        }
    }
}

/// Two networks of loss 0 that no path joins: by the order of their neurons, or by a square last matrix.
pub fn threshold(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("threshold", setup.seed, setup.twist);
    let instance = match setup.seed % 4 {
        0 => alternating(&mut draw),
        1 => rising(&mut draw),
        2 => on_a_line(&mut draw),
        _ => {
            let activation = draw.activation();
            square(&mut draw, &activation)
        }
    }?;
    let levels = instance.verify().map_err(words)?;
    if !levels.attained.is_zero() {
        return Err(format!("a loss of {}", write_rational(&levels.attained)));
    }
    let stray = instance.decide_in_double().map(|decided| if decided { 0.0 } else { 1.0 });
    let floats = vec![super::Float { kernel: "double".into(), stray }];
    Ok(Proof { moves: instance.positive.widths()[1], floats, ..Proof::default() })
}

/// One control a hypothesis.
pub fn controls() -> Vec<Control> {
    let control = |without, refuse| Control { without, refuse };
    vec![
        control("two orders of the neurons", one_order),
        control("second differences that alternate", straight),
        control("inputs in order", equal_inputs),
        control("inputs on a line", off_the_line),
        control("slopes s < 1", no_bend),
        control("s ≥ 0, for targets that do not alternate", falling_piece),
        control("an even number of samples, for s < 0", odd_number),
        control("Y u with second differences that alternate", flat_direction),
        control("u ≠ 0", no_direction),
        control("n + 1 distinct samples", sample_twice),
        control("n_(L-1) = n_L", oblong),
        control("centred targets of rank n_L", dependent_outputs),
        control("two signs of det W_L", one_sign),
    ]
}

/// An instance with one thing forged, which the checker has to name.
fn refuse(
    instance: Result<Disconnection, String>,
    forge: impl FnOnce(&mut Disconnection),
    expected: impl FnOnce(&Unproved) -> bool,
) -> Refusal {
    let mut forged = instance?;
    forge(&mut forged);
    unproved(forged.verify(), expected)
}

fn drawn(seed: u64) -> Draw {
    Draw::new("threshold-control", seed, Twist::Generic)
}

/// Both points in one order.
fn one_order(seed: u64) -> Refusal {
    let same = |forged: &mut Disconnection| forged.negative = forged.positive.clone();
    refuse(alternating(&mut drawn(seed)), same, |why| *why == Unproved::Signs)
}

/// The second target is on the line through its neighbours.
fn straight(seed: u64) -> Refusal {
    let straighten = |forged: &mut Disconnection| {
        let [x, y] = [&forged.inputs, &forged.targets].map(|matrix| [0, 1, 2].map(|i| matrix[i].clone()));
        let ratio = Rational::from(&x[1] - &x[0]) / Rational::from(&x[2] - &x[0]);
        forged.targets[1] = ratio * Rational::from(&y[2] - &y[0]) + &y[0];
    };
    refuse(rising(&mut drawn(seed)), straighten, |why| *why == Unproved::SecondDifferences { sample: 1 })
}

/// Two inputs in one place.
fn equal_inputs(seed: u64) -> Refusal {
    let equal = |forged: &mut Disconnection| forged.inputs[1] = forged.inputs[0].clone();
    refuse(alternating(&mut drawn(seed)), equal, |why| *why == Unproved::NotAscending { sample: 0 })
}

/// One coordinate of one input moves.
fn off_the_line(seed: u64) -> Refusal {
    let moved = |forged: &mut Disconnection| forged.inputs[(1, 2)] += 1;
    refuse(on_a_line(&mut drawn(seed)), moved, |why| *why == Unproved::NotCollinear { sample: 1 })
}

fn other_slope(instance: Result<Disconnection, String>, slope: Rational) -> Refusal {
    refuse(instance, |forged| forged.activation = Activation::leaky_relu(slope), |why| *why == Unproved::NoHinge)
}

/// A σ that does not bend, or bends the other way.
fn no_bend(seed: u64) -> Refusal {
    other_slope(rising(&mut drawn(seed)), Rational::from(1 + (seed % 2) as u32))
}

/// A σ that falls for x < 0.
fn falling_piece(seed: u64) -> Refusal {
    other_slope(rising(&mut drawn(seed)), Rational::from((-1 - (seed % 50) as i32, 100)))
}

/// The same with alternating targets of an odd number.
fn odd_number(seed: u64) -> Refusal {
    let mut draw = drawn(seed);
    let odd = std::iter::repeat_with(|| alternating(&mut draw))
        .find(|found| found.as_ref().map_or(true, |instance| instance.inputs.nrows() % 2 == 1));
    other_slope(odd.expect("half of them are odd"), Rational::from((-1, 2)))
}

fn in_direction(forged: &mut Disconnection, u: [i32; 2]) {
    if let Obstruction::Ordered { direction, .. } = &mut forged.obstruction {
        *direction = Some(DMatrix::from_row_slice(2, 1, &u.map(Rational::from)));
    }
}

/// A direction in which the targets are 0.
fn flat_direction(seed: u64) -> Refusal {
    let flat = |forged: &mut Disconnection| {
        forged.targets.column_mut(0).fill(Rational::new());
        in_direction(forged, [1, 0]);
    };
    refuse(on_a_line(&mut drawn(seed)), flat, |why| *why == Unproved::SecondDifferences { sample: 1 })
}

/// u = 0.
fn no_direction(seed: u64) -> Refusal {
    refuse(on_a_line(&mut drawn(seed)), |forged| in_direction(forged, [0, 0]), |why| *why == Unproved::Direction)
}

/// One of the samples used is named twice.
fn sample_twice(seed: u64) -> Refusal {
    let twice = |forged: &mut Disconnection| {
        let neurons = forged.positive.widths()[1];
        if let Obstruction::Ordered { samples, .. } = &mut forged.obstruction {
            *samples = Some((0..=neurons).map(|i| i.min(neurons - 1)).collect());
        }
    };
    refuse(on_a_line(&mut drawn(seed)), twice, |why| *why == Unproved::Samples)
}

/// Neurons in order, and the last weights in question: more neurons than outputs.
fn oblong(seed: u64) -> Refusal {
    let other = |forged: &mut Disconnection| {
        forged.obstruction = Obstruction::LastWeights { margin: Rational::from(1) };
    };
    refuse(alternating(&mut drawn(seed)), other, |why| matches!(why, Unproved::NotSquare { outputs: 1, .. }))
}

/// A column of the targets is constant.
fn dependent_outputs(seed: u64) -> Refusal {
    let constant = |forged: &mut Disconnection| forged.targets.column_mut(0).fill(Rational::from(1));
    refuse(square(&mut drawn(seed), &Activation::relu()), constant, |why| *why == Unproved::OutputMargin)
}

/// Both networks on one side.
fn one_sign(seed: u64) -> Refusal {
    let same = |forged: &mut Disconnection| forged.negative = forged.positive.clone();
    refuse(square(&mut drawn(seed), &Activation::relu()), same, |why| *why == Unproved::Signs)
}

/// Theorem 5.1 without widths that decrease above the first layer: n_(L−1) = n_L, 2N neurons or more in the first layer, and a
/// sublevel set that is disconnected.
pub fn disconnected_without_narrowing_above(seed: u64) -> Refusal {
    let mut draw = Draw::new("threshold-narrowing", seed, Twist::Generic);
    let activation = draw.monotone_activation();
    let found = square(&mut draw, &activation)?;
    match wide_first_layer::hypotheses(&problem_of(&found)) {
        Err(reason @ Hypothesis::NotNarrowing { .. }) => disconnected_although(&reason, &found),
        other => Err(format!("expected widths that do not decrease, found {other:?}")),
    }
}
