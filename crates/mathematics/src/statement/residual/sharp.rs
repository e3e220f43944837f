//! **The width of Theorem B is sharp**: one neuron less, and sublevel sets of Φ = ½‖F − Y‖² are disconnected.
//!
//! Theorem B ([`wide`](super::wide)) joins any two networks from m = N + 1 on, with biases from m = N on. Let B = h + Σ g_k V_k be
//! what the head takes, and Ψ = B, or [B, 1] if the head has a bias. Two functions of the parameters vanish only where Φ is high; the
//! argument stands in `crates/checker/src/objects/graph_networks.rs`.
//!
//! 1. **det Ψ**, for m = N, with a bias m = N − 1, and rank Y = N, with a bias rank [Y, 1] = N: where it is 0, the output has
//!    a rank that the targets keep away from, Φ ≥ μ/2. Any blocks, any number of them, any stem or none.
//! 2. **det (h_i; h_k)** for two samples, m = 2, σ ≥ 0 and σ(c x) = c σ(x) for c > 0, and no biases but that of the stem: where
//!    it is 0, both outputs are multiples of one by numbers that are not negative. In the direction u = Y_i − Y_k the targets
//!    have opposite signs if Y_i·Y_k < min(‖Y_i‖², ‖Y_k‖²), and Φ ≥ min(y_i², y_k²)/(2‖u‖²), y = Y u. For N = 2 and one output,
//!    y = (1, −1), this is m = N with d_y < N.
//!
//! [`separate`] takes two networks that are given; [`exchanged`] makes the other one: two neurons exchanged, which changes neither
//! the output nor anything but the sign, or for m = 1 another V.
//!
//! # Example
//! ```
//! use sublevel::example::integers;
//! use sublevel::network::{Activation, Dense, Residual};
//! use sublevel::statement::residual::{path::ResidualProblem, sharp::{exchanged, fitted}};
//!
//! // Two samples e_1, e_2, y = (1, −1): two neurons are one short of Theorem B.
//! let dense = |rows, cols, entries: &[i32]| Dense { weight: integers(rows, cols, entries), bias: None };
//! let block = vec![dense(2, 1, &[1, -1]), dense(1, 2, &[1, 0])];
//! let network = Residual::new(Some(dense(2, 2, &[1, 0, 0, 1])), vec![block], dense(2, 1, &[0, 0])).unwrap();
//! let problem = ResidualProblem { activation: Activation::relu(), inputs: integers(2, 2, &[1, 0, 0, 1]) };
//! let targets = integers(2, 1, &[1, -1]);
//! let network = fitted(&problem, &targets, &network).unwrap();
//! let levels = exchanged(&problem, &targets, &network).unwrap().verify().unwrap();
//! assert_eq!((levels.attained, levels.barrier), (0.into(), (1, 2).into()));
//! ```

use super::super::disconnection::{Levels, largest_margin, margin_form, target_margin};
use super::super::exact_signs::{determinant, squares};
use super::super::object::{Refused, number, prove};
use super::path::{ResidualProblem, whole};
use crate::arith::write_rational;
use crate::certificate::{
    Object,
    object::{Function, GraphNetworks},
};
use crate::checker::Finding;
use crate::linalg::{Double, Exact, Kernel};
use crate::network::{Activation, Dense, Residual, import_matrix, with_ones};
use crate::path::{to_fraction, to_matrix};
use nalgebra::DMatrix;
use rug::Rational;
use std::cmp::Ordering;
use std::sync::Arc;

/// The function that cannot vanish below the barrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Separator {
    /// det Ψ, with ‖uᵀY‖² ≥ μ ‖u‖² for all u, with a bias for all u ⟂ 1.
    Features {
        /// μ > 0.
        margin: Rational,
    },
    /// det (h_i; h_k).
    Cone {
        /// i and k, from 0.
        samples: [usize; 2],
        /// u, `[d_y, 1]`.
        direction: DMatrix<Rational>,
    },
}

/// Two residual networks in different components of a sublevel set.
#[derive(Debug, Clone, PartialEq)]
pub struct Separated {
    /// σ and X.
    pub problem: ResidualProblem,
    /// Y, `[N, d_y]`.
    pub targets: DMatrix<Rational>,
    /// f.
    pub separator: Separator,
    /// Where f > 0.
    pub positive: Residual<Rational>,
    /// Where f < 0.
    pub negative: Residual<Rational>,
}

/// Why two networks are not known to be separated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSeparated {
    /// Two shapes, or data of others.
    #[error(
        "two networks of one shape are needed, with inputs and targets that fit: as many samples, {inputs} and {outputs} columns"
    )]
    Shapes {
        /// d.
        inputs: usize,
        /// d_y.
        outputs: usize,
    },
    /// Neither N features, nor two neurons in a cone.
    #[error(
        "{features} features (a column of ones counts) for {samples} samples: det Ψ needs as many, and the cone a stem of two neurons with σ ≥ 0, σ(c x) = c σ(x), \
         and no other biases"
    )]
    Width {
        /// M.
        features: usize,
        /// N.
        samples: usize,
    },
    /// Targets that features of less than full rank can have.
    #[error(
        "the targets (with a column of ones, if the head has a bias) have rank {rank} for {samples} samples, and no two that a cone keeps apart"
    )]
    Targets {
        /// Their rank.
        rank: usize,
        /// N.
        samples: usize,
    },
    /// One sign, or 0.
    #[error("the determinants are {} and {}: opposite signs are needed", write_rational(first), write_rational(second))]
    Signs {
        /// Of the first network.
        first: Rational,
        /// Of the second one.
        second: Rational,
    },
    /// Ψ has less than full rank, or V has no influence on its determinant.
    #[error("det Ψ is 0, or is that for all V: there is no network on either side with these branches")]
    Singular,
}

/// Two networks of one shape, on different sides of a function that vanishes only where Φ is high. That their losses are below that
/// is what [`Separated::verify`] says.
///
/// # Errors
/// [`NotSeparated`].
pub fn separate(
    problem: &ResidualProblem,
    targets: &DMatrix<Rational>,
    first: &Residual<Rational>,
    second: &Residual<Rational>,
) -> Result<Separated, NotSeparated> {
    if first.shapes() != second.shapes() || !fits(problem, targets, first) {
        return Err(NotSeparated::Shapes { inputs: first.inputs(), outputs: first.outputs() });
    }
    let separator = separator(problem, targets, first)?;
    let [a, b] = [first, second].map(|network| separator.value(problem, network));
    let (positive, negative) = match (a.cmp0(), b.cmp0()) {
        (Ordering::Greater, Ordering::Less) => (first, second),
        (Ordering::Less, Ordering::Greater) => (second, first),
        _ => return Err(NotSeparated::Signs { first: a, second: b }),
    };
    let [positive, negative] = [positive, negative].map(Clone::clone);
    Ok(Separated { problem: problem.clone(), targets: targets.clone(), separator, positive, negative })
}

/// A network and another one with the same output on the samples and the other sign.
///
/// # Errors
/// [`NotSeparated`].
pub fn exchanged(
    problem: &ResidualProblem,
    targets: &DMatrix<Rational>,
    network: &Residual<Rational>,
) -> Result<Separated, NotSeparated> {
    if !fits(problem, targets, network) {
        return Err(NotSeparated::Shapes { inputs: network.inputs(), outputs: network.outputs() });
    }
    let other = if network.stem.is_some() && network.width() > 1 {
        first_two_exchanged(network)
    } else {
        turned(problem, network)?
    };
    separate(problem, targets, network, &other)
}

/// The network with the head that makes Y of its features: loss 0.
///
/// # Errors
/// [`NotSeparated::Shapes`], [`NotSeparated::Width`], [`NotSeparated::Singular`].
pub fn fitted(
    problem: &ResidualProblem,
    targets: &DMatrix<Rational>,
    network: &Residual<Rational>,
) -> Result<Residual<Rational>, NotSeparated> {
    if !fits(problem, targets, network) {
        return Err(NotSeparated::Shapes { inputs: network.inputs(), outputs: network.outputs() });
    }
    let features = features(problem, network);
    if !features.is_square() {
        return Err(NotSeparated::Width { features: features.ncols(), samples: features.nrows() });
    }
    with_head(network, &features, targets)
}

fn fits(problem: &ResidualProblem, targets: &DMatrix<Rational>, network: &Residual<Rational>) -> bool {
    let samples = problem.inputs.nrows();
    samples > 0 && problem.inputs.ncols() == network.inputs() && targets.shape() == (samples, network.outputs())
}

/// The network with the head for which Ψ V is this output.
fn with_head(
    network: &Residual<Rational>,
    features: &DMatrix<Rational>,
    output: &DMatrix<Rational>,
) -> Result<Residual<Rational>, NotSeparated> {
    if Exact.rank(features) < features.ncols() {
        return Err(NotSeparated::Singular);
    }
    let stacked = Exact.solve(features, output).map_err(|_| NotSeparated::Singular)?;
    let width = network.width();
    let bias = network.head.bias.is_some().then(|| stacked.rows(width, 1).into_owned());
    let head = Arc::new(Dense { weight: stacked.rows(0, width).into_owned(), bias });
    Ok(Residual { head, ..network.clone() })
}

/// B, or [B, 1] if the head has a bias.
fn features(problem: &ResidualProblem, network: &Residual<Rational>) -> DMatrix<Rational> {
    let pass = network.pass(&Exact, &problem.activation.import(&Exact), &problem.inputs);
    let last = pass.states.last().expect("there is a state");
    if network.head.bias.is_some() { with_ones(&Exact, last) } else { last.clone() }
}

/// det Ψ where there are N features and the targets have a margin; else the cone.
fn separator(
    problem: &ResidualProblem,
    targets: &DMatrix<Rational>,
    network: &Residual<Rational>,
) -> Result<Separator, NotSeparated> {
    let (samples, has_bias) = (targets.nrows(), network.head.bias.is_some());
    let features = network.width() + usize::from(has_bias);
    let rank = if has_bias { Exact.rank(&with_ones(&Exact, targets)) } else { Exact.rank(targets) };
    if features == samples && rank == samples {
        let margin = if has_bias { target_margin(targets) } else { plain_margin(targets) };
        return Ok(Separator::Features { margin });
    }
    if is_cone(&problem.activation, network) {
        return cone(targets).ok_or(NotSeparated::Targets { rank, samples });
    }
    if features == samples {
        return Err(NotSeparated::Targets { rank, samples });
    }
    Err(NotSeparated::Width { features, samples })
}

/// A μ > 0 with Y Yᵀ − μ I ⪰ 0, within 1 % of the largest; no μ exceeds the square of a row.
fn plain_margin(targets: &DMatrix<Rational>) -> Rational {
    let high = targets.row_iter().map(|row| dot(row.iter(), row.iter())).min().unwrap_or_default();
    largest_margin(high, |margin| plain_form(targets, margin))
}

/// Y Yᵀ − μ I.
fn plain_form(targets: &DMatrix<Rational>, margin: &Rational) -> DMatrix<Rational> {
    let mut form = Exact.product(targets, &targets.transpose());
    (0..form.nrows()).for_each(|i| form[(i, i)] -= margin);
    form
}

/// Two neurons, σ ≥ 0 and homogeneous, and no biases behind the stem.
fn is_cone(activation: &Activation, network: &Residual<Rational>) -> bool {
    let behind = network.blocks.iter().flatten().chain([&network.head]);
    let at = |x: i32| activation.evaluate(&Rational::from(x));
    let bends_at_zero = activation.breakpoints().iter().all(Rational::is_zero) && at(0).is_zero();
    network.stem.is_some()
        && network.width() == 2
        && behind.into_iter().all(|layer| layer.bias.is_none())
        && bends_at_zero
        && at(1) >= 0
        && at(-1) >= 0
}

/// The two samples that a cone keeps apart best, with u = Y_i − Y_k.
fn cone(targets: &DMatrix<Rational>) -> Option<Separator> {
    let rows: Vec<Vec<Rational>> = targets.row_iter().map(|row| row.iter().cloned().collect()).collect();
    let between = |a: usize, b: usize| dot(rows[a].iter(), rows[b].iter());
    let squares: Vec<Rational> = (0..rows.len()).map(|i| between(i, i)).collect();
    let mut best: Option<(Rational, [usize; 2])> = None;
    for i in 0..rows.len() {
        for k in i + 1..rows.len() {
            let both = between(i, k);
            let [y, z] = [&squares[i], &squares[k]].map(|square| Rational::from(square - &both));
            if y <= 0 || z <= 0 {
                continue;
            }
            let norm = Rational::from(&y + &z);
            let bound = y.min(z).square() / norm;
            if best.as_ref().is_none_or(|(found, _)| *found < bound) {
                best = Some((bound, [i, k]));
            }
        }
    }
    let (_, samples) = best?;
    let direction = (targets.row(samples[0]).transpose()).zip_map(&targets.row(samples[1]).transpose(), |a, b| a - b);
    let direction = DMatrix::from_column_slice(direction.nrows(), 1, direction.as_slice());
    Some(Separator::Cone { samples, direction })
}

fn dot<'a>(a: impl Iterator<Item = &'a Rational>, b: impl Iterator<Item = &'a Rational>) -> Rational {
    a.zip(b).map(|(a, b)| Rational::from(a * b)).sum()
}

/// The first two neurons exchanged: in the stem, in the first and the last layer of each block, and in the head.
fn first_two_exchanged(network: &Residual<Rational>) -> Residual<Rational> {
    let columns = |layer: &mut Arc<Dense<Rational>>| {
        let Dense { weight, bias } = Arc::make_mut(layer);
        weight.swap_columns(0, 1);
        bias.iter_mut().for_each(|bias| bias.swap_columns(0, 1));
    };
    let rows = |layer: &mut Arc<Dense<Rational>>| Arc::make_mut(layer).weight.swap_rows(0, 1);
    let mut other = network.clone();
    other.stem.iter_mut().for_each(columns);
    for layers in &mut other.blocks {
        let last = layers.len() - 1;
        rows(&mut layers[0]);
        columns(&mut layers[last]);
    }
    rows(&mut other.head);
    other
}

/// The same output with the other sign, by an entry v of the last V: det Ψ = a + c v, and c (v − 2 det Ψ/c) + a is −det Ψ. The head is
/// the one that makes the same output of the other features.
fn turned(problem: &ResidualProblem, network: &Residual<Rational>) -> Result<Residual<Rational>, NotSeparated> {
    let value = |network: &Residual<Rational>| {
        let features = features(problem, network);
        features
            .is_square()
            .then(|| determinant(&features).0)
            .ok_or(NotSeparated::Width { features: features.ncols(), samples: features.nrows() })
    };
    let here = value(network)?;
    let (block, last) = (network.blocks.len() - 1, network.blocks[network.blocks.len() - 1].len() - 1);
    let moved = |entry: usize, by: &Rational| {
        let mut other = network.clone();
        Arc::make_mut(&mut other.blocks[block][last]).weight[entry] += by;
        other
    };
    for entry in 0..network.blocks[block][last].weight.len() {
        let slope = value(&moved(entry, &Rational::from(1)))? - &here;
        if !slope.is_zero() && !here.is_zero() {
            let other = moved(entry, &(Rational::from(-2 * &here) / slope));
            let output = super::path::output(problem, network);
            return with_head(&other, &features(problem, &other), &output);
        }
    }
    Err(NotSeparated::Singular)
}

impl Separator {
    /// f at a network.
    fn value(&self, problem: &ResidualProblem, network: &Residual<Rational>) -> Rational {
        match self {
            Separator::Features { .. } => determinant(&features(problem, network)).0,
            Separator::Cone { samples: [i, k], .. } => {
                let pass = network.pass(&Exact, &problem.activation.import(&Exact), &problem.inputs);
                let h = &pass.states[0];
                Rational::from(&h[(*i, 0)] * &h[(*k, 1)]) - Rational::from(&h[(*i, 1)] * &h[(*k, 0)])
            }
        }
    }
}

impl Separated {
    /// The checker's answer: the levels between which the sublevel set is disconnected.
    ///
    /// # Errors
    /// [`Refused`] names what does not hold.
    pub fn verify(&self) -> Result<Levels, Refused> {
        match prove(self.object())? {
            Finding::SeparatedGraphs { attained, barrier, .. } => {
                Ok(Levels { attained: number(&attained), barrier: number(&barrier) })
            }
            other => unreachable!("{other}"),
        }
    }

    /// All that the checker needs.
    pub fn object(&self) -> Object {
        Object::GraphNetworks(Box::new(GraphNetworks {
            graph: self.positive.graph(&self.problem.activation.clone().into()),
            inputs: to_matrix(&self.problem.inputs),
            targets: to_matrix(&self.targets),
            function: self.function(),
            positive: whole(&self.positive),
            negative: whole(&self.negative),
        }))
    }

    /// f, and what shows it.
    fn function(&self) -> Function {
        let factors = |network: &Residual<Rational>| {
            let features = features(&self.problem, network);
            features.is_square().then(|| determinant(&features).1)
        };
        match &self.separator {
            Separator::Features { margin } => {
                let form = match self.positive.head.bias {
                    Some(_) => margin_form(&self.targets, margin),
                    None => plain_form(&self.targets, margin),
                };
                Function {
                    margin: Some(to_fraction(margin)),
                    squares: Some(squares(&form).0),
                    positive: factors(&self.positive),
                    negative: factors(&self.negative),
                    ..Function::named("features")
                }
            }
            Separator::Cone { samples, direction } => Function {
                samples: Some(samples.to_vec()),
                direction: Some(to_matrix(direction)),
                ..Function::named("cone")
            },
        }
    }

    /// What [`Separated::verify`] decides, in f64 throughout; it can be wrong both ways.
    pub fn decide_in_double(&self) -> bool {
        let targets = import_matrix(&Double, &self.targets);
        let barrier = match &self.separator {
            Separator::Features { .. } if self.positive.head.bias.is_some() => {
                let centred = DMatrix::from_fn(targets.nrows(), targets.ncols(), |i, j| {
                    targets[(i, j)] - targets.column(j).mean()
                });
                let samples = targets.nrows() as f64;
                let form = (&centred * centred.transpose()).add_scalar(centred.norm_squared() / samples);
                form.symmetric_eigenvalues().min() / 2.0
            }
            Separator::Features { .. } => (&targets * targets.transpose()).symmetric_eigenvalues().min() / 2.0,
            Separator::Cone { samples, direction } => {
                let direction = import_matrix(&Double, direction);
                let outputs = &targets * &direction;
                let [y, z] = samples.map(|sample| outputs[sample]);
                if y * z < 0.0 { (y * y).min(z * z) / direction.norm_squared() / 2.0 } else { 0.0 }
            }
        };
        let [(loss, value), (other_loss, other_value)] =
            [&self.positive, &self.negative].map(|network| self.in_double(network, &targets));
        loss.max(other_loss) < barrier && value > 0.0 && other_value < 0.0
    }

    /// Φ and f in f64.
    fn in_double(&self, network: &Residual<Rational>, targets: &DMatrix<f64>) -> (f64, f64) {
        let inputs = import_matrix(&Double, &self.problem.inputs);
        let network = network.import(&Double);
        let pass = network.pass(&Double, &self.problem.activation.import(&Double), &inputs);
        let value = match &self.separator {
            Separator::Features { .. } => {
                let last = &pass.states[pass.states.len() - 1];
                let features = if network.head.bias.is_some() { with_ones(&Double, last) } else { last.clone() };
                if features.is_square() { features.determinant() } else { 0.0 }
            }
            Separator::Cone { samples: [i, k], .. } => {
                let h = &pass.states[0];
                h[(*i, 0)] * h[(*k, 1)] - h[(*i, 1)] * h[(*k, 0)]
            }
        };
        ((pass.output - targets).norm_squared() / 2.0, value)
    }
}
