//! **Theorem R as a path**: two residual networks of any width, by way of l neurons without a branch.
//!
//! D are l neurons, W\* and W_1\* a network of one hidden layer of l neurons. From one network, with one block or L:
//!
//! | move | what moves | the output |
//! |---|---|---|
//! | 1 | of a cut and one block: V onto neurons K whose rows of W span all of them, V W the same | constant |
//! | 2 | W to one that is 0 on D | straight |
//! | 3 | U_k to one that is 0 on D, block by block | piecewise linear: the moves that are *bounded* |
//! | 4 | W_1 on D to W_1\*, V_k to 0 there: D is not heard | constant |
//! | 5 | W to W\* on D and 0 elsewhere: S = H on D | straight |
//!
//! Then everything but W and the neurons D goes to where the second network has it, which is not heard; and its own moves backwards. A
//! convex loss is at most the largest of its values at the vertices and of its maxima on the moves 3
//! ([`kinks::maximum`](super::kinks::maximum)), which are exact. Where that is no more than the larger end, the networks are
//! *connected*; else it is a *barrier* that is not exceeded.
//!
//! Theorem R (see [`merge`](super::merge)) bounds what moves 2 and 3 cost if the weights of D are cut off ([`Emptied::cut`]; added to the
//! nearest neurons by [`Emptied::merged`]), and l is small; its K is for P = V W to stay as it is on move 2. What is made of W and U is free otherwise: a fit by floats is as good as its maximum is low.
//!
//! # Example
//! ```
//! use sublevel::{certificate::Claim, checker::Verdict, example::integers};
//! use sublevel::network::{Activation, Dense, Loss, Residual};
//! use sublevel::statement::residual::{emptied::{Emptied, Target, connect}, path::ResidualProblem};
//!
//! // Three samples, two neurons: x ↦ W (h + V relu(U h)), h = relu(x W_1).
//! let dense = |rows, cols, entries: &[i32]| Dense { weight: integers(rows, cols, entries), bias: None };
//! let network = |u: &[i32], head: &[i32]| {
//!     let block = vec![dense(2, 1, u), dense(1, 2, &[1, 0])];
//!     Residual::new(Some(dense(1, 2, &[1, -1])), vec![block], dense(2, 1, head)).unwrap()
//! };
//! let (from, to) = (network(&[1, 1], &[1, 0]), network(&[0, 1], &[1, 1]));
//! let problem = ResidualProblem { activation: Activation::relu(), inputs: integers(3, 1, &[1, 2, -1]) };
//! let loss = Loss::square(integers(3, 1, &[2, 4, 0]));
//! // The second neuron alone is to make x ↦ 2 relu(x).
//! let target = Target { emptied: vec![1], stem: dense(1, 1, &[1]), head: dense(1, 1, &[2]) };
//! let ends = [&from, &to].map(|network| Emptied::cut(network, &target.emptied));
//! let found = connect(&problem, &loss, [&from, &to], &target, &ends).unwrap();
//! let (_, verdict) = found.path.prove(found.claim, &problem, Some(&loss));
//! assert!(matches!(verdict, Verdict::Valid(_)));
//! ```

use super::super::Obstacle;
use super::super::weight_copying::independent;
use super::kinks::maximum;
use super::path::{ResidualMove, ResidualPath, ResidualProblem, output};
use super::wide::{NoPath, with_neurons};
use crate::arith::Interval;
use crate::certificate::Claim;
use crate::linalg::{Exact, Kernel};
use crate::network::{Dense, Loss, Residual};
use nalgebra::DMatrix;
use rug::Rational;
use std::sync::Arc;

/// The label of its certificates.
pub const LABEL: &str = "ijcai-2020/theorem-r";

const STEP: &str = "Theorem R, moving V onto few neurons";

/// The network of l neurons in the middle.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// D.
    pub emptied: Vec<usize>,
    /// W_1\*, `[d, l]`, with a bias if the networks have one.
    pub stem: Dense<Rational>,
    /// W\*, `[l, d_y]`, likewise.
    pub head: Dense<Rational>,
}

/// What a network goes to, so that D is not heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Emptied {
    /// W, with zero rows on D.
    pub head: Dense<Rational>,
    /// U_k of each block, likewise.
    pub first: Vec<Dense<Rational>>,
    /// Whether move 1 comes before.
    pub keeps_product: bool,
}

/// A path, and what it proves.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The path.
    pub path: ResidualPath<Rational>,
    /// `connected` or `barrier`.
    pub claim: Claim,
    /// The losses of both ends.
    pub ends: [Interval; 2],
    /// What the loss is at most on the whole path.
    pub highest: Rational,
}

impl Emptied {
    /// The same weights but for those of D.
    pub fn cut(network: &Residual<Rational>, emptied: &[usize]) -> Self {
        let without = |layer: &Arc<Dense<Rational>>| {
            let mut layer = (**layer).clone();
            emptied.iter().for_each(|&neuron| layer.weight.row_mut(neuron).fill(Rational::new()));
            layer
        };
        let first = network.blocks.iter().map(|layers| without(&layers[0])).collect();
        Emptied { head: without(&network.head), first, keeps_product: network.blocks.len() == 1 }
    }

    /// The same, but the weights of each neuron of D are added to those of the nearest one that is kept and, of one block, not in K: of nearly
    /// equal neurons next to nothing is lost. Angle and lengths of their weights in the stem are taken in f64: which one it is, and the
    /// factor, is a proposal like any other.
    ///
    /// # Errors
    /// [`NoPath::NoStem`].
    pub fn merged(network: &Residual<Rational>, emptied: &[usize]) -> Result<Self, NoPath> {
        let stem = network.stem.as_ref().ok_or(NoPath::NoStem)?;
        let one_block = network.blocks.len() == 1;
        let carriers = if one_block { carriers(&Exact, &network.head, emptied).0 } else { vec![] };
        let into: Vec<usize> =
            (0..network.width()).filter(|neuron| !emptied.contains(neuron) && !carriers.contains(neuron)).collect();
        let near = emptied.iter().map(|&neuron| Some((neuron, nearest(stem, neuron, &into)?)));
        let near: Vec<(usize, (usize, Rational))> = near.flatten().collect();
        let mut merged = Emptied::cut(network, emptied);
        let old = network.blocks.iter().map(|layers| &layers[0]);
        let layers = merged.first.iter_mut().zip(old).chain([(&mut merged.head, &network.head)]);
        for (new, old) in layers {
            for (neuron, (into, factor)) in &near {
                let more = old.weight.row(*neuron).map(|weight| weight * factor);
                new.weight.row_mut(*into).iter_mut().zip(more.iter()).for_each(|(entry, more)| *entry += more);
            }
        }
        Ok(merged)
    }
}

/// Which of these neurons has the weights nearest in angle to those of the given one, and by how much the given one's are longer; `None`
/// if there is none, or none that has weights.
fn nearest(stem: &Dense<Rational>, neuron: usize, among: &[usize]) -> Option<(usize, Rational)> {
    let weights = |neuron: usize| -> Vec<f64> {
        let bias = stem.bias.iter().map(|bias| bias[neuron].to_f64());
        stem.weight.column(neuron).iter().map(Rational::to_f64).chain(bias).collect()
    };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let own = weights(neuron);
    let cosine = |other: &[f64]| dot(&own, other) / (dot(&own, &own) * dot(other, other)).sqrt();
    let others = among.iter().map(|&other| (other, weights(other)));
    let near = others.filter(|(_, other)| cosine(other).is_finite());
    let (into, other) = near.max_by(|(_, a), (_, b)| cosine(a).total_cmp(&cosine(b)))?;
    Some((into, Rational::from_f64((dot(&own, &own) / dot(&other, &other)).sqrt())?))
}

impl Found {
    /// What a path proves for this loss: `connected` if the loss is nowhere above the larger end, and a `barrier` else. On lines and curves the
    /// output runs straight, so that vertices are enough there; on `bounded` ones, whose bounds are set here, the loss is maximised.
    pub fn of(mut path: ResidualPath<Rational>, problem: &ResidualProblem, loss: &Loss) -> Self {
        let maxima: Vec<Option<Rational>> =
            (0..path.moves.len()).map(|number| path.maximum(number, problem, loss)).collect();
        let outputs = [&path.start, path.end()].map(|network| output(problem, network));
        let ends = outputs.each_ref().map(|output| loss.enclose(output));
        let vertices = path.vertices().map(|vertex| output(problem, vertex)).filter(|vertex| !outputs.contains(vertex));
        let inner =
            vertices.map(|vertex| loss.enclose(&vertex).hi().clone()).chain(maxima.iter().flatten().cloned()).max();
        let larger = ends.iter().map(Interval::lo).max().expect("two ends").clone();
        let connected = inner.as_ref().is_none_or(|inner| *inner <= larger);
        let highest = ends.iter().map(|end| end.hi().clone()).chain(inner).max().expect("two ends");
        for (step, maximum) in path.moves.iter_mut().zip(maxima) {
            if let (ResidualMove::Bounded(_, bound), Some(maximum)) = (step, maximum) {
                // A barrier is the largest bound.
                *bound = if connected { maximum } else { highest.clone() };
            }
        }
        let is_bounded = |step: &ResidualMove<Rational>| matches!(step, ResidualMove::Bounded(..));
        if !connected && !path.moves.iter().any(is_bounded) {
            // Nothing bends, and a barrier needs a bound.
            let to = path.moves[0].to().clone();
            path.moves[0] = ResidualMove::Bounded(to, highest.clone());
        }
        Found { path, claim: if connected { Claim::Connected } else { Claim::Barrier }, ends, highest }
    }

    /// How far the path rises above the larger end, at most; 0 where both are proved to be connected.
    pub fn excess(&self) -> Rational {
        if self.claim == Claim::Connected {
            return Rational::new();
        }
        let [start, end] = self.ends.each_ref().map(|loss| loss.lo());
        Rational::from(&self.highest - start.max(end)).max(Rational::new())
    }
}

/// The path for this loss.
///
/// # Errors
/// [`NoPath::NoStem`], [`NoPath::Shapes`].
///
/// # Panics
/// If target or emptied layers are of other shapes.
pub fn connect(
    problem: &ResidualProblem,
    loss: &Loss,
    [from, to]: [&Residual<Rational>; 2],
    target: &Target,
    emptied: &[Emptied; 2],
) -> Result<Found, NoPath> {
    NoPath::compare(from, to)?;
    let mut path = walk(&Exact, from, target, &emptied[0])?;
    let other = walk(&Exact, to, target, &emptied[1])?;
    path.back_along(&other);
    Ok(Found::of(path, problem, loss))
}

/// Moves 1 to 5; bounds are 0.
///
/// # Errors
/// [`NoPath::NoStem`]; what a kernel of floats cannot solve.
///
/// # Panics
/// If target or emptied layers are of other shapes.
pub fn walk<K: Kernel>(
    kernel: &K,
    network: &Residual<Rational>,
    target: &Target,
    emptied: &Emptied,
) -> Result<ResidualPath<K::Scalar>, NoPath> {
    let import = |layer: &Dense<Rational>| layer.import(kernel);
    let none = kernel.import(&Rational::new());
    let mut path = ResidualPath::at(network.import(kernel));
    let mut next = path.end().clone();
    let stem = next.stem.clone().ok_or(NoPath::NoStem)?;
    if emptied.keeps_product {
        for layers in &mut next.blocks {
            let last = layers.len() - 1;
            layers[last] = Arc::new(onto_few(kernel, &layers[last], &next.head, &target.emptied)?);
        }
        path.line(next.clone());
    }
    next.head = Arc::new(import(&emptied.head));
    path.line(next.clone());
    for (block, first) in emptied.first.iter().enumerate() {
        next.blocks[block][0] = Arc::new(import(first));
        if next != *path.end() {
            path.moves.push(ResidualMove::Bounded(next.clone(), Rational::new()));
        }
    }
    next.stem = Some(Arc::new(with_neurons(&stem, &target.emptied, &import(&target.stem))));
    for layers in &mut next.blocks {
        let last = layers.len() - 1;
        let mut branch = (*layers[last]).clone();
        for matrix in [Some(&mut branch.weight), branch.bias.as_mut()].into_iter().flatten() {
            target.emptied.iter().for_each(|&neuron| matrix.column_mut(neuron).fill(none.clone()));
        }
        layers[last] = Arc::new(branch);
    }
    path.line(next.clone());
    let small = import(&target.head);
    let mut weight = DMatrix::from_element(network.width(), network.outputs(), none);
    target.emptied.iter().enumerate().for_each(|(row, &neuron)| weight.set_row(neuron, &small.weight.row(row)));
    next.head = Arc::new(Dense { weight, bias: small.bias });
    path.line(next);
    Ok(path)
}

/// K: neurons outside of D whose rows of W span those of all others there; and whether those of D too.
fn carriers<K: Kernel>(kernel: &K, head: &Dense<K::Scalar>, emptied: &[usize]) -> (Vec<usize>, bool) {
    let rows = head.weight.transpose();
    let kept: Vec<usize> = (0..rows.ncols()).filter(|neuron| !emptied.contains(neuron)).collect();
    let all: Vec<usize> = kept.iter().chain(emptied).copied().collect();
    let few = independent(kernel, &rows, &kept);
    let span_all = few.len() == independent(kernel, &rows, &all).len();
    (few, span_all)
}

/// V′ with V′ W = V W that is 0 but for columns K, none of them in D, whose rows of W span all the others outside of D; V itself if
/// these do not span all.
fn onto_few<K: Kernel>(
    kernel: &K,
    layer: &Dense<K::Scalar>,
    head: &Dense<K::Scalar>,
    emptied: &[usize],
) -> Result<Dense<K::Scalar>, NoPath> {
    let (few, span_all) = carriers(kernel, head, emptied);
    if !span_all {
        return Ok(layer.clone());
    }
    let span = head.weight.transpose().select_columns(&few);
    let moved = |matrix: &DMatrix<K::Scalar>| -> Result<DMatrix<K::Scalar>, NoPath> {
        let product = kernel.product(matrix, &head.weight).transpose();
        // Of W = 0 no row is needed.
        let solution = match few.is_empty() {
            true => product.rows(0, 0).into_owned(),
            false => kernel.solve(&span, &product).map_err(Obstacle::at(STEP))?,
        };
        let mut moved = DMatrix::from_element(matrix.nrows(), matrix.ncols(), kernel.import(&Rational::new()));
        few.iter().enumerate().for_each(|(row, &neuron)| moved.set_column(neuron, &solution.row(row).transpose()));
        Ok(moved)
    };
    let bias = match &layer.bias {
        Some(bias) => Some(moved(bias)?),
        None => None,
    };
    Ok(Dense { weight: moved(&layer.weight)?, bias })
}

impl ResidualPath<Rational> {
    /// The largest loss on a bounded move, by its number from 0.
    fn maximum(&self, number: usize, problem: &ResidualProblem, loss: &Loss) -> Option<Rational> {
        let from = self.vertices().nth(number)?;
        match &self.moves[number] {
            ResidualMove::Bounded(to, _) => Some(maximum(problem, loss, from, to)),
            ResidualMove::Line(_) | ResidualMove::Curve(..) => None,
        }
    }
}
