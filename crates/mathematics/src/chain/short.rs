//! A short path for one loss: lines with numbers of single precision.
//!
//! The paths of the theorems keep the output exactly constant while layers are rebuilt: that serves every convex loss at
//! once, and costs numbers of O(N) bits. For *one* loss less is enough. On a line with affine output a convex loss is at
//! most the larger one of its values at the two ends, so that a path of such lines is proved by its vertices; and a vertex
//! whose loss is below the larger end of the path may be any network, with short numbers for instance.
//!
//! **Two kinds of lines**, whatever σ and the features are: the last layer moves, and the output is affine; or *dead*
//! neurons, those without outgoing weights, take other incoming weights, and the output is constant.
//!
//! **A network on few neurons.** Each hidden layer k has a part H_k of its neurons.
//! 1. The last layer goes to one that uses H_{L−1} alone, a *refit*.
//! 2. For k = L − 2, …, 1: above k the other neurons are dead. They become a copy of what lives there, but for layer k + 1,
//!    which uses H_k alone; then the last layer goes from the neurons that lived to the copies.
//!
//! In the end the network lives on a part of every hidden layer, and everything else is dead, as with the dropout-stable
//! networks of Kuditipudi et al. 2019, whose paths are made of the same lines.
//!
//! **The path.** A goes to few neurons; B does to others. A's dead neurons become those on which B lives, the last layer
//! goes from these to those, the neurons on which A lived become the rest of B's, and B's lines follow, backwards. With h
//! hidden layers these are 2 h (h + 1) + 1 lines: five with one, 13 with two.
//!
//! **A refit** of the last layer is the least-squares fit of the outputs after a step down the loss, with a small ridge;
//! that of another layer fits its own pre-activations. Where the loss is not well below the goal yet, Adam goes on with all
//! layers above k.
//!
//! **Why it works with one hidden layer.** Let r be the rank of \[F_1, 1\] less one, for A and for B: *if r_A + r_B ≤ n, and
//! in particular if n ≥ 2N − 2, and if the larger end's loss can be lowered by its last layer (both ends', where they are
//! equal), there is such a path, of seven lines at most.* As r_A neurons and the ones span all columns of A's features
//! ([`pivots`]), whatever output A's last layer can make is also made on these neurons alone: one with a loss below the
//! larger end, too. The other n − r_A ≥ r_B neurons are dead then, and there is room for r_B neurons that span B's. Those of
//! them that are among A's pivots come to other places first, and home on two lines more, once nothing of A lives any
//! more. Neither σ nor the samples matter.
//!
//! The program finds it: a least-squares refit is a step down the loss, projected to the outputs that these neurons can make.
//! For the square losses and cross-entropies with equal weights the step is short enough for the curvature, so that the
//! refit alone lowers the loss, up to ridge and rounding; and a loss strictly below the larger end leaves room for these.
//! What is missing then is digits of single precision. With other losses or weights it is up to Adam.
//!
//! Without such a *margin*, where the last layer of the larger end is the best one for its features, nothing is found. The
//! path of Theorem 5.1 ([`crate::statement`]) needs none.
//!
//! **With more hidden layers** the refits of the halves are as good as their networks where the features of each half have
//! rank N with the ones, which n_k ≥ 2N neurons allow: then every layer can have the pre-activations that it had. Where
//! ranks are smaller no theorem says so, but it often fits.

use super::Setting;
use super::gradient::{Layers, layers, product, step_down};
use super::pivots::pivots;
use super::train::{Trainer, exact};
use super::walk::{Stacked, Walk};
use crate::network::Parameters;
use nalgebra::DMatrix;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rug::Rational;
use std::sync::Arc;

/// Ways to halve the neurons that are tried first, with the first ridge alone.
const HALVES: u64 = 4;

/// Ridges, relative to the mean square of a feature column, down to where the rounding of the features counts.
pub(super) const RIDGES: [f64; 3] = [1e-7, 1e-10, 1e-13];

/// A refit whose loss is below so much of the goal is left as it is.
pub(super) const ENOUGH: f64 = 0.98;

/// A short path, or how far the best attempt got.
#[derive(Debug, Clone)]
pub struct Short {
    /// The networks between the lines, if all refits have losses below the goal.
    pub networks: Option<Vec<Parameters<Rational>>>,
    /// The largest loss of a refit, in floats, of both ends; infinite where none is finite.
    pub refits: [f64; 2],
}

/// Looks for refits of both networks with losses below `goal`: with several halves, from `seed` on, and pivots. `progress`
/// hears of the refits of every attempt and says whether to go on.
///
/// # Panics
/// If the networks have no hidden layer, or not the same widths.
pub fn short(
    setting: &Setting<'_>,
    [from, to]: [&Parameters<Rational>; 2],
    goal: f64,
    seed: u64,
    progress: &mut dyn FnMut([f64; 2]) -> bool,
) -> Short {
    assert!(from.depth() > 1, "a hidden layer");
    assert_eq!(from.widths(), to.widths(), "one architecture");
    let trainer = Trainer::new(setting);
    let ends: [End<'_>; 2] = rayon::join(|| End::new(&trainer, from), || End::new(&trainer, to)).into();
    let mut best = [f64::INFINITY; 2];
    for attempt in 0..=HALVES {
        let parts = match attempt {
            HALVES if from.depth() == 2 => pivot_parts(&ends),
            _ => random_parts(&from.widths(), seed.wrapping_add(attempt)),
        };
        let ridges = if attempt < HALVES { &RIDGES[..1] } else { &RIDGES };
        let reduced = |end: usize| ends[end].reduce(&trainer, &parts[end], ridges, goal);
        let ((a, walk_a), (b, walk_b)) = rayon::join(|| reduced(0), || reduced(1));
        if let (Some(walk_a), Some(walk_b)) = (walk_a, walk_b) {
            return Short { networks: Some(walk_a.meet(walk_b)), refits: [a, b] };
        }
        if a.max(b) < best[0].max(best[1]) {
            best = [a, b];
        }
        if !progress([a, b]) {
            break;
        }
    }
    Short { networks: None, refits: best }
}

/// Two disjoint sets of neurons for each hidden layer, from 1: where a network shall live, and where else it may.
type Parts = Vec<[Vec<usize>; 2]>;

/// Random halves of every hidden layer; what is left over of an odd number lives nowhere. The halves of one end are those of
/// the other, exchanged.
fn random_parts(widths: &[usize], seed: u64) -> [Parts; 2] {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let halves = |&width: &usize| {
        let mut order: Vec<usize> = (0..width).collect();
        order.shuffle(&mut random);
        let second = order.split_off(width.div_ceil(2));
        order.truncate(second.len());
        [order, second]
    };
    let parts: Parts = widths[1..widths.len() - 1].iter().map(halves).collect();
    let exchanged = parts.iter().map(|[first, second]| [second.clone(), first.clone()]).collect();
    [parts, exchanged]
}

/// One hidden layer: the pivots of both ends, as many as there is room for. They may be the same neurons.
fn pivot_parts(ends: &[End<'_>; 2]) -> [Parts; 2] {
    let [(mut first, rank), (mut second, other)] = ends.each_ref().map(|end| pivots(&end.features[0]));
    let width = first.len();
    let room = other.min((width / 2).max(width.saturating_sub(rank)));
    first.truncate(width - room);
    second.truncate(room);
    [first, second].map(|own| vec![[own, vec![]]])
}

/// A network that is to live on few of its neurons.
struct End<'a> {
    network: &'a Parameters<Rational>,
    layers: Layers,
    /// [F_k; 1] of the hidden layers k, from 1, [n_k + 1, N].
    features: Vec<DMatrix<f32>>,
    /// The outputs after a step down the loss, [m, N].
    goal: DMatrix<f64>,
}

impl<'a> End<'a> {
    fn new(trainer: &Trainer, network: &'a Parameters<Rational>) -> Self {
        let layers = layers(network);
        let features: Vec<_> = (1..layers.len()).map(|k| trainer.features(&layers[..k])).collect();
        let output = product(&layers[layers.len() - 1], &features[features.len() - 1]);
        let goal = step_down(&trainer.target, output).map(f64::from);
        End { network, layers, features, goal }
    }

    /// The largest loss of a refit, and the walk to a network that lives on these parts alone if all are below the goal.
    fn reduce(&self, trainer: &Trainer, parts: &Parts, ridges: &[f64], goal: f64) -> (f64, Option<Walk>) {
        let (mut walk, mut worst) = (Walk::new(self.network), 0.0f64);
        // The layers above hidden layer h, between the neurons that live.
        let mut upper: Layers = Vec::new();
        for (h, [own, _]) in parts.iter().enumerate().rev() {
            let features = select(&self.features[h], own);
            let refits = ridges.iter().map(|&ridge| {
                let mut layers = upper.clone();
                layers.insert(0, self.refit(h, &features, &walk.live, ridge));
                trainer.polish(layers, &features, ENOUGH * goal)
            });
            let (loss, layers) = first_below(goal, refits);
            (upper, worst) = (layers, worst.max(loss));
            // What is above moves to the parts that are dead.
            let mut live = walk.live.clone();
            live[h].clone_from(own);
            for (live, [first, second]) in live.iter_mut().zip(parts).skip(h + 1) {
                *live = if live == first { second.clone() } else { first.clone() };
            }
            let Some(layers) = placed(walk.layers(), &upper, &live).filter(|_| loss < goal) else {
                return (worst, None);
            };
            walk.rebuild(h + 2, &layers);
            walk.read(layers[layers.len() - 1].clone(), live);
        }
        (worst, Some(walk))
    }

    /// The layer above hidden layer h on these of its features: the last one for outputs of smaller loss, another one for
    /// the pre-activations of the neurons that live above.
    fn refit(&self, h: usize, features: &DMatrix<f32>, live: &[Vec<usize>], ridge: f64) -> DMatrix<f32> {
        let features = features.map(f64::from);
        let layer = match live.get(h + 1) {
            None => fit(&features, &self.goal, ridge),
            Some(live) => {
                let pre = product(&self.layers[h + 1].select_rows(live), &self.features[h]);
                fit(&features, &pre.map(f64::from), ridge)
            }
        };
        layer.map(|entry| entry as f32)
    }
}

/// The first of these with a loss below the goal, or the best one.
fn first_below(goal: f64, refits: impl Iterator<Item = (f64, Layers)>) -> (f64, Layers) {
    let mut best = (f64::INFINITY, Vec::new());
    for refit in refits {
        if refit.0 < best.0 {
            best = refit;
        }
        if best.0 < goal {
            break;
        }
    }
    best
}

/// These features, and the ones.
fn select(features: &DMatrix<f32>, neurons: &[usize]) -> DMatrix<f32> {
    let ones = features.nrows() - 1;
    let rows: Vec<usize> = neurons.iter().copied().chain([ones]).collect();
    features.select_rows(&rows)
}

/// The stacked layers whose last ones are these, between these neurons and zero elsewhere; `None` if a number is not finite.
fn placed(layers: &Stacked, upper: &Layers, live: &[Vec<usize>]) -> Option<Stacked> {
    let mut layers = layers.clone();
    let first = layers.len() - upper.len();
    for (k, small) in (first..).zip(upper) {
        let (ones, width) = (layers[k].nrows() - 1, layers[k].ncols());
        let outputs: Vec<usize> = (0..width).collect();
        let (rows, columns) = (live[k - 1].iter().chain([&ones]), live.get(k).unwrap_or(&outputs));
        let (small, mut layer) = (exact(small)?, DMatrix::from_element(ones + 1, width, Rational::new()));
        for (i, &row) in rows.enumerate() {
            columns.iter().enumerate().for_each(|(j, &column)| layer[(row, column)].clone_from(&small[(i, j)]));
        }
        layers[k] = Arc::new(layer);
    }
    Some(layers)
}

/// The layer [m, k] with the smallest ‖layer · features − goal‖² + ridge ‖layer‖², for features [k, N] and a goal [m, N]:
/// by a system of the smaller one of k and N equations.
pub(super) fn fit(features: &DMatrix<f64>, goal: &DMatrix<f64>, ridge: f64) -> DMatrix<f64> {
    let (size, samples) = features.shape();
    let transposed = features.transpose();
    let ridge = ridge * features.norm_squared() / size.min(samples) as f64;
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
