//! A short path between residual networks, for one loss: by way of few neurons, as in [`crate::statement::residual::emptied`].
//!
//! What that asks for is found in floats. D are the l neurons that are lightest in both networks together; the network in the middle is
//! trained from those of the first one; the head without D is the least-squares fit of the outputs after a step down the loss,
//! trained on where it is not below the larger end yet, or not by enough for what follows; and the first layer of each block without
//! D that of what the block takes in. The best of several l is then bounded exactly.

use super::Setting;
use super::gradient::{columns, step_down};
use super::short::{ENOUGH, RIDGES, fit};
use super::train::{Trainer, exact};
use crate::linalg::Double;
use crate::network::{Activation, Dense, Loss, PiecewiseLinear, Residual, import_matrix};
use crate::statement::residual::emptied::{Emptied, Found, Target, connect};
use crate::statement::residual::path::ResidualProblem;
use crate::statement::residual::wide::NoPath;
use nalgebra::DMatrix;
use rug::Rational;

/// Parts of the neurons that are emptied, one after the other.
const SHARES: [f64; 4] = [0.25, 0.125, 0.375, 0.5];

/// Parts of the larger end's loss that the head without D is trained to, one after the other: where the output bends the loss rises.
const ROOMS: [f64; 4] = [1.0, 0.5, 0.125, 0.03];

/// Rounds of training of the network in the middle.
const ROUNDS: usize = 24;

/// Points of a bounded move at which the loss is looked at.
const POINTS: u32 = 32;

/// How far a path for some l would come: floats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attempt {
    /// l.
    pub emptied: usize,
    /// The loss of the network in the middle.
    pub middle: f64,
    /// The largest loss that was seen on the way of each network to its emptied one.
    pub ways: [f64; 2],
}

impl Attempt {
    /// The largest of all.
    pub fn highest(&self) -> f64 {
        self.ways[0].max(self.ways[1]).max(self.middle)
    }
}

/// Looks for a path below `goal`, and bounds the best that was found; `progress` hears of every attempt and says whether to go on.
///
/// # Errors
/// [`NoPath::NoStem`], [`NoPath::Shapes`].
pub fn short_residual(
    (problem, setting): (&ResidualProblem, &Setting<'_>),
    [from, to]: [&Residual<Rational>; 2],
    goal: f64,
    progress: &mut dyn FnMut(Attempt) -> bool,
) -> Result<(Attempt, Found), NoPath> {
    NoPath::compare(from, to)?;
    let ends = [End::new(problem, setting.loss, from)?, End::new(problem, setting.loss, to)?];
    let trainer = Trainer::new(setting);
    let order = lightest(&ends);
    let mut best: Option<(Attempt, Target, [Emptied; 2])> = None;
    let mut counts: Vec<usize> = SHARES.map(|share| (share * order.len() as f64) as usize).to_vec();
    counts.iter_mut().for_each(|count| *count = (*count).clamp(1, order.len().saturating_sub(1).max(1)));
    counts.dedup();
    for count in counts {
        let mut emptied = order[..count].to_vec();
        emptied.sort_unstable();
        let (middle, target) = ends[0].target(&trainer, setting, &emptied, goal);
        let found = ends.each_ref().map(|end| end.refit(&trainer, &emptied, goal));
        let attempt = Attempt { emptied: count, middle, ways: found.each_ref().map(|(highest, _)| *highest) };
        let is_better = best.as_ref().is_none_or(|(best, ..)| attempt.highest() < best.highest());
        if is_better {
            best = Some((attempt, target, found.map(|(_, emptied)| emptied)));
        }
        if !progress(attempt) || attempt.highest() < ENOUGH * goal {
            break;
        }
    }
    let (attempt, target, emptied) = best.expect("one attempt at least");
    Ok((attempt, connect(problem, setting.loss, [from, to], &target, &emptied)?))
}

/// A network whose neurons are to be emptied, in floats.
struct End<'a> {
    network: &'a Residual<Rational>,
    loss: &'a Loss,
    own: Residual<f64>,
    activation: PiecewiseLinear<f64>,
    inputs: DMatrix<f64>,
    /// S_0, …, S_L, `[N, m]`.
    states: Vec<DMatrix<f64>>,
    /// S_{k−1} U_k + b.
    entries: Vec<DMatrix<f64>>,
    output: DMatrix<f64>,
}

impl<'a> End<'a> {
    fn new(problem: &ResidualProblem, loss: &'a Loss, network: &'a Residual<Rational>) -> Result<Self, NoPath> {
        if network.stem.is_none() {
            return Err(NoPath::NoStem);
        }
        let activation: &Activation = &problem.activation;
        let (own, activation) = (network.import(&Double), activation.import(&Double));
        let inputs = import_matrix(&Double, &problem.inputs);
        let pass = own.pass(&Double, &activation, &inputs);
        let (states, entries, output) = (pass.states, pass.entries, pass.output);
        Ok(End { network, loss, own, activation, inputs, states, entries, output })
    }

    /// (‖w_2i‖_1 + Σ ‖u_ki‖_1) ‖w_1i‖ of each neuron.
    fn weights(&self) -> Vec<f64> {
        let stem = self.own.stem.as_ref().expect("asked for at the start");
        let first = self.own.blocks.iter().map(|layers| &layers[0]);
        let layers: Vec<_> = first.chain([&self.own.head]).collect();
        let size = |i: usize| layers.iter().map(|layer| layer.weight.row(i).lp_norm(1)).sum::<f64>();
        (0..self.own.width()).map(|i| size(i) * stem.weight.column(i).norm()).collect()
    }

    /// The network of these neurons alone, trained, and its loss.
    fn target(&self, trainer: &Trainer, setting: &Setting<'_>, emptied: &[usize], goal: f64) -> (f64, Target) {
        let stem = self.network.stem.as_ref().expect("asked for at the start");
        let has_bias = [stem.bias.is_some(), self.own.head.bias.is_some()];
        let hidden = features(&self.states[0], emptied, has_bias[1]);
        let mut head = fit(&hidden, &self.goal(trainer), RIDGES[0]).map(|entry| entry as f32);
        let mut own = stacked(stem, emptied);
        let mut loss = f64::INFINITY;
        for _ in 0..ROUNDS {
            // With biases everywhere both layers are trained, else the head alone.
            let (found, mut layers) = match has_bias {
                [true, true] => {
                    trainer.polish(vec![own.clone(), head.clone()], &columns(setting.inputs), ENOUGH * goal)
                }
                _ => trainer.polish(vec![head.clone()], &hidden.map(|entry| entry as f32), ENOUGH * goal),
            };
            let ended = found < ENOUGH * goal || found > 0.999 * loss;
            (loss, head) = (found, layers.pop().expect("there is the head"));
            own = layers.pop().unwrap_or(own);
            if ended {
                break;
            }
        }
        let target =
            Target { emptied: emptied.to_vec(), stem: dense(&own, has_bias[0]), head: dense(&head, has_bias[1]) };
        (loss, target)
    }

    /// The outputs after a step down the loss, `[d_y, N]`.
    fn goal(&self, trainer: &Trainer) -> DMatrix<f64> {
        step_down(&trainer.target, self.output.transpose().map(|entry| entry as f32)).map(f64::from)
    }

    /// W and U_k without these neurons, and the largest loss that was seen on the way there.
    fn refit(&self, trainer: &Trainer, emptied: &[usize], goal: f64) -> (f64, Emptied) {
        let kept: Vec<usize> = (0..self.own.width()).filter(|neuron| !emptied.contains(neuron)).collect();
        let spread = |layer: &DMatrix<f32>, has_bias: bool| {
            let small = dense(layer, has_bias);
            let mut weight = DMatrix::from_element(self.own.width(), small.weight.ncols(), Rational::new());
            kept.iter().enumerate().for_each(|(row, &neuron)| weight.set_row(neuron, &small.weight.row(row)));
            Dense { weight, bias: small.bias }
        };
        let has_bias = self.own.head.bias.is_some();
        let last = features(&self.states[self.states.len() - 1], &kept, has_bias);
        let (goal_output, narrow) = (self.goal(trainer), last.map(|entry| entry as f32));
        let heads = RIDGES.map(|ridge| fit(&last, &goal_output, ridge).map(|entry| entry as f32));
        let firsts = RIDGES.map(|ridge| -> Vec<Dense<Rational>> {
            let first = self.own.blocks.iter().zip(&self.states).zip(&self.entries).map(|((layers, state), entry)| {
                let has_bias = layers[0].bias.is_some();
                let layer = fit(&features(state, &kept, has_bias), &entry.transpose(), ridge);
                spread(&layer.map(|entry| entry as f32), has_bias)
            });
            first.collect()
        });
        let mut best: Option<(f64, Emptied)> = None;
        for room in ROOMS {
            let polished = heads.iter().map(|head| trainer.polish(vec![head.clone()], &narrow, room * ENOUGH * goal));
            let (_, mut layers) = polished.min_by(|a, b| a.0.total_cmp(&b.0)).expect("a ridge");
            let head = spread(&layers.pop().expect("there is the head"), has_bias);
            for first in &firsts {
                let emptied = Emptied { head: head.clone(), first: first.clone(), keeps_product: false };
                let highest = self.highest(&emptied);
                if best.as_ref().is_none_or(|(best, _)| highest < *best) {
                    best = Some((highest, emptied));
                }
            }
            if best.as_ref().is_some_and(|(highest, _)| *highest < ENOUGH * goal) {
                break;
            }
        }
        best.expect("at least one attempt")
    }

    /// The largest loss at some points of the way.
    fn highest(&self, emptied: &Emptied) -> f64 {
        let mut network = self.own.clone();
        network.head = emptied.head.import(&Double).into();
        let mut highest = self.loss_of(&network);
        for (block, first) in emptied.first.iter().enumerate() {
            let (start, end) = (network.blocks[block][0].clone(), first.import(&Double));
            for point in 1..=POINTS {
                let t = f64::from(point) / f64::from(POINTS);
                let between = |a: &DMatrix<f64>, b: &DMatrix<f64>| a * (1.0 - t) + b * t;
                let bias = start.bias.as_ref().zip(end.bias.as_ref()).map(|(a, b)| between(a, b));
                network.blocks[block][0] = Dense { weight: between(&start.weight, &end.weight), bias }.into();
                highest = highest.max(self.loss_of(&network));
            }
        }
        if highest.is_nan() { f64::INFINITY } else { highest }
    }

    fn loss_of(&self, network: &Residual<f64>) -> f64 {
        self.loss.approximate(&network.pass(&Double, &self.activation, &self.inputs).output)
    }
}

/// All neurons, the lightest in both networks together first.
fn lightest(ends: &[End<'_>; 2]) -> Vec<usize> {
    let [first, second] = ends.each_ref().map(End::weights);
    let mut order: Vec<usize> = (0..first.len()).collect();
    order.sort_by(|&a, &b| (first[a] + second[a]).total_cmp(&(first[b] + second[b])));
    order
}

/// These columns as rows, with a row of ones behind them if there is a bias.
fn features(state: &DMatrix<f64>, neurons: &[usize], has_bias: bool) -> DMatrix<f64> {
    let rows = state.select_columns(neurons).transpose();
    if has_bias { rows.clone().insert_row(rows.nrows(), 1.0) } else { rows }
}

/// These neurons of a layer, transposed, with the bias as last column if there is one.
fn stacked(layer: &Dense<Rational>, neurons: &[usize]) -> DMatrix<f32> {
    let weight = layer.weight.select_columns(neurons).transpose();
    let whole = match &layer.bias {
        Some(bias) => {
            let mut whole = weight.insert_column(layer.weight.nrows(), Rational::new());
            whole.set_column(layer.weight.nrows(), &bias.select_columns(neurons).row(0).transpose());
            whole
        }
        None => weight,
    };
    whole.map(|entry| entry.to_f64() as f32)
}

/// The layer of a stacked one whose last column is the bias, if there is one; what is not finite is 0.
fn dense(stacked: &DMatrix<f32>, has_bias: bool) -> Dense<Rational> {
    let finite = stacked.map(|entry| if entry.is_finite() { entry } else { 0.0 });
    let whole = exact(&finite).expect("finite floats");
    let rows = whole.nrows() - usize::from(has_bias);
    Dense { weight: whole.rows(0, rows).into_owned(), bias: has_bias.then(|| whole.rows(rows, 1).into_owned()) }
}
