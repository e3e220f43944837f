//! A short path for one loss and one hidden layer: five lines with numbers of single precision.
//!
//! The paths of the theorems keep the output exactly constant while layers are rebuilt: that serves every convex loss at
//! once, and costs numbers of O(N) bits. For *one* loss less is enough. On a line with affine output a convex loss is at
//! most the larger one of its values at the two ends, so that a path of such lines is proved by its vertices; and a vertex
//! whose loss is below the larger end of the path may be any network, with short numbers for instance.
//!
//! The neurons are two halves, H and H'.
//! 1. The last layer of A goes to one that uses H alone (a *refit*): the output is affine.
//! 2. The neurons H', which are dead, take B's incoming weights: the output is constant.
//! 3. The last layer goes to one that uses H' alone, a refit of B: the output is affine.
//! 4. The neurons H take B's incoming weights.
//! 5. The last layer goes to B's.
//!
//! The losses at the vertices are those of A, of the two refits, and of B. A refit is the least-squares fit of the outputs
//! after a step down the loss, with a small ridge, then Adam on the loss itself.
//!
//! **When it works.** With rank F_A(:, H) = rank F_B(:, H') = N a refit can have any outputs, up to the ridge and the
//! rounding, so that its loss is below that of its network: as in the theorem of width 2N. Where the ranks are smaller no
//! theorem says so, but it often fits.

use super::Setting;
use super::gradient::{layers, step_down};
use super::train::Trainer;
use crate::network::Parameters;
use nalgebra::DMatrix;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rug::Rational;
use std::sync::Arc;

/// Ways to halve the neurons that are tried.
const HALVES: u64 = 4;

/// The ridge, relative to the mean square of a feature column.
const RIDGE: f64 = 1e-7;

/// A refit whose loss is below so much of the goal is left as it is.
const ENOUGH: f64 = 0.98;

/// A short path, or how far the best attempt got.
#[derive(Debug, Clone)]
pub struct Short {
    /// The networks after lines 1 to 4.
    pub vertices: [Parameters<Rational>; 4],
    /// The losses of the two refits, in floats: below the goal both, or the best that was found.
    pub refits: [f64; 2],
}

/// Looks for refits of both networks, of one hidden layer, with losses below `goal`: with several halves, from `seed` on.
/// `progress` hears of the refits of every attempt and says whether to go on. `None` if no refit is finite in single
/// precision.
///
/// # Panics
/// If the networks have another depth than 2.
pub fn short(
    setting: &Setting<'_>,
    [from, to]: [&Parameters<Rational>; 2],
    goal: f64,
    seed: u64,
    progress: &mut dyn FnMut([f64; 2]) -> bool,
) -> Option<Short> {
    assert_eq!(from.depth(), 2, "one hidden layer");
    let trainer = Trainer::new(setting);
    let sides = [from, to].map(|network| Side::new(&trainer, network));
    let width = from.widths()[1];
    let mut best: Option<Short> = None;
    for attempt in 0..HALVES {
        let mut order: Vec<usize> = (0..width).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed.wrapping_add(attempt)));
        let (first, second) = order.split_at(width.div_ceil(2));
        let [(a, layer_a), (b, layer_b)] =
            [(&sides[0], first), (&sides[1], second)].map(|(side, half)| side.refit(&trainer, half, goal));
        let worst = |refits: [f64; 2]| refits[0].max(refits[1]);
        // A refit that is not finite is no refit; other halves may have one.
        if let (Some(layer_a), Some(layer_b)) = (layer_a, layer_b)
            && best.as_ref().is_none_or(|best| worst([a, b]) < worst(best.refits))
        {
            let vertices = vertices([from, to], second, [layer_a, layer_b]);
            best = Some(Short { vertices, refits: [a, b] });
        }
        if worst([a, b]) < goal || !progress([a, b]) {
            break;
        }
    }
    best
}

/// The networks after lines 1 to 4; `second` is H'.
fn vertices(
    [from, to]: [&Parameters<Rational>; 2],
    second: &[usize],
    [layer_a, layer_b]: [DMatrix<Rational>; 2],
) -> [Parameters<Rational>; 4] {
    let mut mixed = DMatrix::clone(from.layer(1));
    second.iter().for_each(|&neuron| mixed.set_column(neuron, &to.layer(1).column(neuron)));
    let (mixed, [layer_a, layer_b]) = (Arc::new(mixed), [layer_a, layer_b].map(Arc::new));
    let network = |first: &Arc<DMatrix<Rational>>, last: &Arc<DMatrix<Rational>>| {
        Parameters::from_shared(vec![first.clone(), last.clone()]).expect("the shapes are those of the ends")
    };
    [
        network(from.layer(1), &layer_a),
        network(&mixed, &layer_a),
        network(&mixed, &layer_b),
        network(to.layer(1), &layer_b),
    ]
}

/// A network whose last layer is refitted.
struct Side {
    /// [F_1; 1], [n + 1, N].
    features: DMatrix<f32>,
    /// The outputs after a step down the loss, [m, N].
    goal: DMatrix<f64>,
}

impl Side {
    fn new(trainer: &Trainer, network: &Parameters<Rational>) -> Self {
        let own = layers(network);
        let features = trainer.last_features(&own);
        let goal = step_down(&trainer.target, trainer.last_output(&own, &features)).map(f64::from);
        Side { features, goal }
    }

    /// The loss and the stacked layer [n + 1, m] of a refit on these neurons; no layer if it is not finite.
    fn refit(&self, trainer: &Trainer, half: &[usize], goal: f64) -> (f64, Option<DMatrix<Rational>>) {
        let ones = self.features.nrows() - 1;
        let rows: Vec<usize> = half.iter().copied().chain([ones]).collect();
        let used = self.features.select_rows(&rows);
        let start = fit(&used.map(f64::from), &self.goal).map(|entry| entry as f32);
        let (loss, layer) = trainer.polish(start, &used, ENOUGH * goal);
        let Some(layer) = super::train::exact(&layer) else { return (f64::INFINITY, None) };
        let mut stacked = DMatrix::from_element(ones + 1, layer.ncols(), Rational::new());
        rows.iter().enumerate().for_each(|(from, &to)| stacked.set_row(to, &layer.row(from)));
        (loss, Some(stacked))
    }
}

/// The layer [m, k] with the smallest ‖layer · features − goal‖² + ridge ‖layer‖², for features [k, N] and a goal [m, N]:
/// by a system of the smaller one of k and N equations.
fn fit(features: &DMatrix<f64>, goal: &DMatrix<f64>) -> DMatrix<f64> {
    let (size, samples) = features.shape();
    let transposed = features.transpose();
    let ridge = RIDGE * features.norm_squared() / size.min(samples) as f64;
    let with_ridge = |mut gram: DMatrix<f64>| {
        (0..gram.nrows()).for_each(|i| gram[(i, i)] += ridge);
        gram.cholesky()
    };
    let nothing = || DMatrix::zeros(goal.nrows(), size);
    if size <= samples {
        let Some(gram) = with_ridge(features * &transposed) else { return nothing() };
        gram.solve(&(features * goal.transpose())).transpose()
    } else {
        let Some(gram) = with_ridge(&transposed * features) else { return nothing() };
        gram.solve(&goal.transpose()).transpose() * transposed
    }
}
